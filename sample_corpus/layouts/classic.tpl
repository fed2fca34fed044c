<!DOCTYPE html>
<html lang="$lang" dir="$direction">
<head>
$head
<link rel="stylesheet" href="/assets/main.css">
<style>
.${p}page{max-width:1080px;margin:0 auto;font:17px/1.6 Georgia,serif}
.${p}meta{color:#666;font-size:.85em}
.${p}share a{margin-inline-end:8px}
</style>
<script>window.dataLayer=window.dataLayer||[];dataLayer.push({'page':'$kind'});</script>
</head>
<body class="${p}page">
<header class="${p}head">
<a class="${p}logo" href="/"><img src="/assets/logo.svg" alt="$site"></a>
<nav class="${p}nav">
$nav
</nav>
<form class="${p}search" action="/search"><input type="search" name="q" placeholder="$search"><button>$search</button></form>
</header>
<main>
<article>
<h1>$headline</h1>
<p class="${p}meta">$byline $stamp</p>
$body
</article>
<div class="${p}share"><span>$share</span>
$networks
</div>
$related
$newsletter
$comments
</main>
<footer class="${p}foot">
$imprint
<p>$copyright</p>
</footer>
<!-- consent -->
<div id="${p}consent" role="dialog"><p>$cookie</p>$accept</div>
<script src="/assets/main.js" defer></script>
</body>
</html>
