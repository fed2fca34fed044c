<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html lang="$lang" dir="$direction">
<head>
$head
<link rel="stylesheet" type="text/css" href="/css/style.css">
<script type="text/javascript" src="/js/jquery-1.12.4.min.js"></script>
</head>
<body>
<div id="${p}wrap">
<div class="${p}bar"><div class="${p}bar2">$cookie $accept</div></div>
<div id="${p}top"><div class="${p}logo"><a href="/">$site</a></div>
<div class="${p}menu">
$nav
</div></div>
<div id="${p}mid">
<div class="${p}col1"><div class="${p}box">
<div class="${p}title">$headline</div>
<div class="${p}info"><div>$stamp</div></div>
$body
<div class="${p}soc">$share: $networks</div>
</div>
$related
$comments
</div>
<div class="${p}col2">
$popular
$newsletter
</div>
</div>
<div id="${p}bot"><div>$imprint</div><div>$follow</div><div>$copyright</div></div>
</div>
<script type="text/javascript">var _cnt=_cnt||[];_cnt.push(['hit','$kind']);</script>
</body>
</html>
