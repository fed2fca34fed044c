<!DOCTYPE html>
<html lang="$lang" dir="$direction" class="no-js">
<head>
$head
<link rel="preload" href="/static/text.woff2" as="font" crossorigin>
<link rel="stylesheet" href="/static/site.min.css">
<style>
.${p}hero figure{margin:0}
.${p}quote{border-inline-start:4px solid #a30;font-size:1.4em}
@media (max-width:700px){.${p}rail{display:none}}
</style>
</head>
<body data-template="$kind">
<div class="${p}consent" hidden><p>$cookie</p>$accept</div>
<header class="${p}top">
<a href="/" rel="home">$site</a>
<nav aria-label="main">
$nav
</nav>
</header>
<main class="${p}grid">
<article class="${p}story">
<header class="${p}hero">
<h1>$headline</h1>
<div class="${p}byline">$byline</div>
<div class="${p}date">$stamp</div>
</header>
$body
<footer class="${p}tools"><span>$share</span> $networks</footer>
</article>
<aside class="${p}rail">
$related
$popular
$newsletter
</aside>
</main>
$comments
<footer class="${p}colophon">
<nav>$imprint</nav>
<p>$follow</p>
<small>$copyright</small>
</footer>
<script>(function(d){d.documentElement.className='js'})(document)</script>
</body>
</html>
