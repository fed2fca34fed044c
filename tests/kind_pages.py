"""Pages of each kind as content systems make them, in a dozen languages: what they are, and their HTML.

Sentences come from cases/charsets.txt, a text of two or three a language; words of interfaces are in WORDS.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from syndetect.extract.kinds import n_words

_LANGUAGES = {
    "windows-1256": "ar", "windows-1251": "ru", "koi8-u": "uk", "gb18030": "zh", "big5": "zh-tw", "euc-jp": "ja",
    "cp949": "ko", "windows-1255": "he", "tis-620": "th", "iso-8859-2": "pl", "windows-1250": "cs",
    "windows-1252": "fr", "windows-1254": "tr", "windows-1253": "el",
}  # fmt: skip
TEXTS = {
    _LANGUAGES[charset]: text.strip()
    for charset, _, text in (
        line.split(" | ")
        for line in (Path(__file__).parent / "cases" / "charsets.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    if charset in _LANGUAGES
}
# The page is not there; log in; subscribe to read on; more; latest news.
WORDS = {
    "ar": ("الصفحة غير موجودة", "تسجيل الدخول", "اشترك لمواصلة القراءة", "المزيد", "آخر الأخبار"),
    "ru": ("Страница не найдена", "Войти", "Подпишитесь, чтобы читать дальше", "Далее", "Последние новости"),
    "uk": ("Сторінку не знайдено", "Увійти", "Підпишіться, щоб читати далі", "Далі", "Останні новини"),
    "zh": ("页面不存在", "登录", "订阅以继续阅读", "更多", "最新消息"),
    "zh-tw": ("找不到網頁", "登入", "訂閱以繼續閱讀", "更多", "最新消息"),
    "ja": ("ページが見つかりません", "ログイン", "続きを読むには購読してください", "続きを読む", "最新ニュース"),
    "ko": ("페이지를 찾을 수 없습니다", "로그인", "계속 읽으려면 구독하세요", "더 보기", "최신 뉴스"),
    "he": ("הדף לא נמצא", "התחברות", "הירשמו כדי להמשיך לקרוא", "עוד", "חדשות אחרונות"),
    "th": ("ไม่พบหน้าที่คุณต้องการ", "เข้าสู่ระบบ", "สมัครสมาชิกเพื่ออ่านต่อ", "เพิ่มเติม", "ข่าวล่าสุด"),
    "pl": ("Nie znaleziono strony", "Zaloguj się", "Wykup dostęp, aby czytać dalej", "Więcej", "Najnowsze"),
    "cs": ("Stránka nenalezena", "Přihlásit se", "Předplaťte si a čtěte dál", "Více", "Nejnovější zprávy"),
    "fr": ("Page introuvable", "Se connecter", "Abonnez-vous pour lire la suite", "Lire la suite", "À la une"),
    "tr": ("Sayfa bulunamadı", "Giriş yap", "Okumaya devam etmek için abone olun", "Devamı", "Son haberler"),
    "el": ("Η σελίδα δεν βρέθηκε", "Σύνδεση", "Γίνετε συνδρομητής", "Περισσότερα", "Τελευταία νέα"),
}
SITE = "Harbour 24"


def headline(code: str, n: int = 0) -> str:
    """A headline: the first words of the text, and a number."""
    text = TEXTS[code]
    words = text.split()
    start = " ".join(words[:7]) if len(words) > 12 else text[:18]
    return f"{start} {n + 1}" if n else start


def paragraphs(code: str, n: int) -> str:
    """Paragraphs of the text in its language."""
    return "".join(f"<p>{TEXTS[code]}</p>" for _ in range(n))


def html(title: str, body: str, *, head: str = "", ld: object = None, og: str | None = None) -> str:
    """A page with the furniture of a news site."""
    data = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    kind = f'<meta property="og:type" content="{og}">' if og else ""
    menu = "".join(f'<li class="menu-item"><a href="/s/{n}">Section {n}</a></li>' for n in range(9))
    return f"""<!DOCTYPE html><html><head><title>{title} - {SITE}</title><meta property="og:site_name" content="{SITE}">
{kind}{data}{head}</head><body class="wp-theme">
<header class="site-header"><a href="/">{SITE}</a><nav><ul>{menu}</ul></nav></header>
{body}
<footer class="site-footer"><p>© 2026 {SITE}</p><ul>{menu}</ul></footer></body></html>"""


def teasers(code: str, n: int, tag: str = "h3") -> str:
    """Linked headlines, as below stories and on pages of lists."""
    return "".join(
        f'<div class="card"><a href="/a/{i}"><img src="/i/{i}.jpg"></a>'
        f'<{tag}><a href="/a/{i}">{headline(code, i + 1)}</a></{tag}>'
        f'<span class="date">0{i % 9 + 1}.03.2026</span></div>'
        for i in range(n)
    )


def _post(code: str, *, n: int = 4, ld: object = None, head: str = "", extra: str = "") -> str:
    title = headline(code)
    body = f"""<main><article class="post"><h1 class="entry-title">{title}</h1><div class="entry-meta"><time
    datetime="2026-03-06">06.03.2026</time></div><div class="entry-content">{paragraphs(code, n)}{extra}</div></article>
    </main><aside class="sidebar">{teasers(code, 6)}</aside>"""
    return html(title, body, head=head, ld=ld or {"@type": "NewsArticle", "headline": title}, og="article")


def _beside_log_in(code: str) -> str:
    form = f'<form class="signin"><input type="password"><button>{WORDS[code][1]}</button></form>'
    return _post(code, n=2).replace("<nav>", f"{form}<nav>")


def _live(code: str) -> str:
    parts = "".join(
        f'<article id="post-{n}"><h3>{headline(code, n + 1)}</h3><time>1{n}:05</time>{paragraphs(code, 1)}</article>'
        for n in range(6)
    )
    return _post(code, n=1, ld={"@type": "LiveBlogPosting", "headline": headline(code)}, extra=parts)


def _links_only(code: str) -> str:
    links = "".join(f'<li><a href="/a/{n}">{headline(code, n + 1)}</a></li>' for n in range(25))
    return html(WORDS[code][4], f"<div id=content><h2>{WORDS[code][4]}</h2><ul>{links}</ul></div>")


def _soup(code: str) -> str:
    lines = "<br><br>".join([TEXTS[code]] * 3)
    return html(
        headline(code),
        f"<div><div><font size=5>{headline(code)}</font><div>{lines}</div></div></div>{teasers(code, 8)}",
    )


def _listicle(code: str) -> str:
    parts = "".join(
        f'<h2><a href="https://maker{n}.test/p">{headline(code, n + 1)}</a></h2>{paragraphs(code, 1)}' for n in range(5)
    )
    return _post(code, n=1, extra=parts)


def _interview(code: str) -> str:
    parts = "".join(f"<p><strong>{headline(code, n + 1)}?</strong></p><p>{TEXTS[code]}</p>" for n in range(5))
    return _post(code, n=0, extra=parts)


def _archive(code: str) -> str:
    parts = "".join(
        f'<article class="post"><h2 class="entry-title"><a href="/a/{n}">{headline(code, n + 1)}</a></h2>'
        f'<div class="entry-summary"><p>{TEXTS[code]} […]</p>'
        f'<a class="more-link" href="/a/{n}">{WORDS[code][3]}</a></div></article>'
        for n in range(6)
    )
    graph = {"@graph": [{"@type": "CollectionPage", "name": WORDS[code][4]}, {"@type": "WebSite", "name": SITE}]}
    return html(WORDS[code][4], f"<main><h1>{WORDS[code][4]}</h1>{parts}</main>", ld=graph, og="website")


def _tag_page(code: str) -> str:
    return html(WORDS[code][4], f"<main><h1>{WORDS[code][4]}</h1>{teasers(code, 14)}</main>")


def _search(code: str) -> str:
    body = f"<main><h1>{WORDS[code][4]}</h1><form><input name=q></form>{teasers(code, 10)}</main>"
    return html(WORDS[code][4], body, ld={"@type": "SearchResultsPage"})


def _home(code: str) -> str:
    page = html(SITE, f"<main><h1>{SITE}</h1>{teasers(code, 20, 'h2')}</main>", og="website")
    return page.replace(f"<title>{SITE} - {SITE}</title>", f"<title>{SITE}</title>")


def _author(code: str) -> str:
    body = f'<main><h1>A. Author</h1><p class="bio-text">{headline(code)}.</p>{teasers(code, 9)}</main>'
    return html("A. Author", body, ld={"@type": "ProfilePage", "mainEntity": {"@type": "Person"}}, og="profile")


def _missing(code: str) -> str:
    body = f"""<main><section class="error-404"><h1>{WORDS[code][0]}</h1><p>{TEXTS[code]}</p><form><input type="search">
    </form></section><h2>{WORDS[code][4]}</h2>{teasers(code, 6)}</main>"""
    return html(WORDS[code][0], body)


def _missing_number(code: str) -> str:
    return html("404", f"<main><h1>404</h1><p>{headline(code)}.</p><a href='/'>{WORDS[code][3]}</a></main>")


def _missing_prerendered(code: str) -> str:
    head = '<meta name="prerender-status-code" content="404"><meta name="robots" content="noindex">'
    return html(SITE, f"<main>{paragraphs(code, 2)}</main>", head=head)


def _log_in(code: str) -> str:
    body = f"""<main><h1>{headline(code)}</h1><p>{TEXTS[code][:120]}…</p><form class="signin">
    <label>{WORDS[code][1]}</label><input type="email"><input type="password">
    <button>{WORDS[code][1]}</button></form></main>"""
    return html(headline(code), body)


def _locked(code: str) -> str:
    ld = {
        "@type": "NewsArticle",
        "headline": headline(code),
        "isAccessibleForFree": "False",
        "hasPart": {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".paywall"},
    }
    return _post(code, n=1, ld=ld, extra=f'<div class="subscribe-box">{WORDS[code][2]}</div>')


def _tiered(code: str) -> str:
    return _post(code, n=1, head='<meta property="article:content_tier" content="locked">')


def _walled(code: str) -> str:
    body = f'<main><h1>{headline(code)}</h1><p>{TEXTS[code]}</p><div id="regwall-root">{WORDS[code][2]}</div></main>'
    return html(headline(code), body, og="article")


def _locked_in_full(code: str) -> str:
    return _post(code, n=9, ld={"@type": "NewsArticle", "headline": headline(code), "isAccessibleForFree": False})


def _open_behind_template(code: str) -> str:
    return _post(code, n=5, extra=f'<div class="paywall-template">{WORDS[code][2]}</div>')


def _briefing(code: str) -> str:
    parts = "".join(f'<h2><a href="/a/{n}">{headline(code, n + 1)}</a></h2>{paragraphs(code, 1)}' for n in range(5))
    return _post(code, n=0, extra=parts)


def _briefs(code: str) -> str:
    parts = "".join(
        f"<article><h3>{headline(code, n + 1)}</h3><time>0{n + 1}:00</time>{paragraphs(code, 1)}</article>"
        for n in range(5)
    )
    return html(WORDS[code][4], f"<main><h1>{WORDS[code][4]}</h1>{parts}</main>")


def _of_404(code: str) -> str:
    return _post(code, n=8).replace(headline(code), "Error 404: page not found, a history")


def _empty(code: str) -> str:
    return html(headline(code), "<div id=root></div><script>render()</script>").split("<header")[0] + "</body></html>"


Maker = Callable[[str], str]
KINDS: list[tuple[str, str, Maker]] = [
    ("article", "post", _post),
    ("article", "flash", lambda code: _post(code, n=2)),
    ("article", "flash beside a field for a password", _beside_log_in),
    ("article", "live", _live),
    ("article", "soup", _soup),
    ("article", "listicle", _listicle),
    ("article", "interview", _interview),
    ("article", "locked in full", _locked_in_full),
    ("article", "open behind a template", _open_behind_template),
    ("article", "about an error", _of_404),
    ("list", "archive", _archive),
    ("list", "links only", _links_only),
    ("list", "tag page", _tag_page),
    ("list", "search", _search),
    ("list", "home", _home),
    ("list", "author", _author),
    ("error", "missing", _missing),
    ("error", "missing, a number", _missing_number),
    ("error", "missing, prerendered", _missing_prerendered),
    ("wall", "log in", _log_in),
    ("wall", "locked", _locked),
    ("wall", "tiered", _tiered),
    ("wall", "walled", _walled),
    ("digest", "briefing", _briefing),
    ("digest", "briefs", _briefs),
    ("other", "empty", _empty),
]


def kind_pages() -> list[tuple[str, str, str, str]]:
    """Kind, name, language code and HTML, each kind of page in each language."""
    return [(kind, name, code, make(code)) for kind, name, make in KINDS for code in TEXTS]


assert min(map(n_words, TEXTS.values())) > 15
