<!DOCTYPE html>
<html dir="$direction" lang="$lang">
<head>
$head
<meta name="generator" content="WordPress 6.7.2">
<link rel="stylesheet" id="theme-css" href="/wp-content/themes/$theme/style.css?ver=1.4" media="all">
<style id="theme-inline-css">
body{--accent:#0a6e8a}
.entry-content p{margin-bottom:1.3em}
.widget{border-top:2px solid var(--accent)}
</style>
</head>
<body class="single single-post wp-embed-responsive ${p}theme">
<div id="page" class="site">
<header id="masthead" class="site-header">
<p class="site-title"><a href="/" rel="home">$site</a></p>
<nav id="site-navigation" class="main-navigation">
$nav
</nav>
</header>
<div id="content" class="site-content">
<div id="primary" class="content-area">
<div class="post hentry">
<h1 class="entry-title">$headline</h1>
<div class="entry-meta">$stamp $byline</div>
<div class="entry-content">
$body
</div>
<div class="entry-share">$share: $networks</div>
<div class="entry-tags">$tags</div>
</div>
$related
$comments
</div>
<div id="secondary" class="widget-area">
<div class="widget widget_search"><form role="search" action="/"><input type="search" placeholder="$search" name="s"></form></div>
$popular
$newsletter
<div class="widget widget_text"><p>$disclaimer</p></div>
</div>
</div>
<div id="colophon" class="site-footer">
$imprint
<p>$follow</p>
<p>$copyright</p>
</div>
</div>
<div class="cookie-bar"><span>$cookie</span> $accept</div>
<script src="/wp-includes/js/wp-emoji-release.min.js?ver=6.7.2" defer></script>
</body>
</html>
