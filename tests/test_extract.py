from __future__ import annotations

import hashlib
import re

import polars as pl
import pytest

from syndetect.extract import document_ids, extract
from syndetect.schema import DOCUMENT, PAGE

PROSE = (
    "The ministers met on Tuesday in the old harbour hall to speak about the price of grain. "
    "They parted without a treaty, and will meet again in the spring. Nobody spoke to reporters afterwards."
)
HEAD = """<title>Ministers part | The Daily Harbour</title><meta property="og:title" content="Ministers part">
<meta property="og:site_name" content="The Daily Harbour"><link rel="canonical" href="/a/1">"""


def page(body: str, head: str = HEAD, **columns: object) -> pl.DataFrame:
    html = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()
    row = (
        dict.fromkeys(PAGE)
        | {"path": "x", "record": 0, "url": "https://www.Harbour.test/a/1?x=2", "html": html}
        | columns
    )
    return pl.DataFrame([row], schema=PAGE)


def read(body: str, head: str = HEAD, **columns: object) -> dict[str, object]:
    return extract(page(body, head, **columns)).row(0, named=True)


ARTICLE = f"""
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/w">World</a></li></ul></nav></header>
<div id="c"><h1>Ministers part</h1><div class="meta"><time>6 March 2025, 09:03</time></div>
<p>DOHA (AFP) - {PROSE}</p><p>{PROSE} See <a href="https://other.test/r#x">the report</a>.</p>
<div class="share"><a href="#">Share</a></div><p>mna/</p>
<p>The post <a href="https://src.test/p">Ministers part</a> appeared first on <a href="https://src.test">Source</a>.</p></div>
<aside><h3>Most read</h3><ul><li><a href="/a/2">{PROSE[:80]}</a></li></ul></aside>
<div class="comments"><p>{PROSE} I say.</p><p>{PROSE} Me too.</p><p>{PROSE} No!</p></div>
<footer><p>All rights reserved</p></footer>"""


def test_the_story_is_kept_with_its_tags_and_source_notes_and_furniture_is_not() -> None:
    row = read(ARTICLE)
    assert str(row["page_text"]).split("\n") == [
        f"DOHA (AFP) - {PROSE}",
        f"{PROSE} See the report.",
        "mna/",
        "The post Ministers part appeared first on Source.",
    ]
    assert row["kind"] == "article"
    assert row["links"] == ["https://other.test/r", "https://src.test/p", "https://src.test"]


NOTES = [
    "mna/", "Source: Harbour Herald", "Источник: ТАСС", "المصدر: وكالة مهر", "منبع: ایسنا", "来源：新华社",
    "(서울=연합뉴스)",
    "Source : « Le Monde »", "© 2026 AFP", "Quelle: dpa", "مصدر الخبر: مهر 2025-03-06 09:03:00", "— Reuters",
    "ที่มา: มติชน",
    "The post <a href='/p'>Ministers part</a> appeared first on <a href='/'>Source</a>.",
    "Сообщение <a href='/p'>Министры разошлись</a> появились сначала на <a href='/'>Гавань</a>.",
    "<a href='https://src.test/p'>Source: Harbour Herald</a>",
]  # fmt: skip


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize(
    "layout",
    [
        "<article><h1>Ministers part</h1>{story}<p>{note}</p></article>",
        "<article><h1>Ministers part</h1><div>{story}</div><div class='share'><a href='#'>Share</a></div>"
        "<p>{note}</p></article>",
        "<h1>Ministers part</h1><div class='text'>{story}</div><div class='source-note'>{note}</div><footer>©</footer>",
        "<div><div><b>Ministers part</b><br>{story}<br>{note}<br></div></div>",
    ],
)
def test_notes_of_the_source_survive_in_every_layout(note: str, layout: str) -> None:
    text = str(read(layout.format(story=f"<p>{PROSE}</p>" * 3, note=note))["page_text"])
    assert text.rsplit("\n", maxsplit=1)[-1] == re.sub("<[^>]*>", "", note)


def test_lines_below_the_story_that_invite_the_reader_are_left_out() -> None:
    lines = ["Have you read this?", "هل قرأت هذا؟", "All news »", "More →", "Read also:"]
    tail = "".join(f"<p>{line}</p>" for line in lines) + '<ul><li><a href="/2">Another story of the day</a></li></ul>'
    row = read(f"<article><h1>Ministers part</h1>{f'<p>{PROSE}</p>' * 3}<p>mna/</p>{tail}</article>")
    assert str(row["page_text"]).split("\n")[3:] == ["mna/"]


def test_names_in_camel_case_tell_furniture() -> None:
    more = f'<div class="StoryFooter__relatedStories"><p>{PROSE[:100]}</p></div>'
    row = read(f"<article><h1>Ministers part</h1>{f'<p>{PROSE}</p>' * 3}{more}</article>")
    assert row["page_text"] == "\n".join([PROSE] * 3)


def test_the_head_names_title_site_and_canonical_address() -> None:
    row = read(ARTICLE)
    assert (row["title"], row["site_name"], row["site"]) == ("Ministers part", "The Daily Harbour", "harbour.test")
    assert row["canonical"] == "https://www.Harbour.test/a/1"
    assert row["language"] == "en"


def test_the_title_loses_the_name_of_the_site() -> None:
    head = "<title>A long headline of the day - The Daily Harbour</title>"
    assert read(f"<p>{PROSE}</p>", head)["title"] == "A long headline of the day"


def test_a_lead_below_the_headline_belongs_to_the_story() -> None:
    lead = "A lead that stands in the header of the page, right below the headline, and says it all in a sentence."
    row = read(f"<header><h1>Ministers part</h1><p>{lead}</p></header><article><p>{PROSE}</p><p>{PROSE}!</p></article>")
    assert str(row["page_text"]).split("\n")[0] == lead


def times(row: dict[str, object]) -> list[tuple[str, str]]:
    stated = row["stated_times"]
    assert isinstance(stated, list)
    return [(one["source"], one["value"]) for one in stated]


def test_times_are_stated_with_their_source() -> None:
    head = """<meta property="article:published_time" content="2025-03-06T05:33:00Z">
    <script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "Harbour"},
     {"@type": ["NewsArticle"], "datePublished": "2025-03-06T09:03:00+03:30", "isBasedOn": {"url": "https://src.test/p"}}]}
    </script>"""
    row = read(ARTICLE, head, url="https://h.test/2025/03/06/a", published="2025-03-06")
    assert times(row) == [
        ("input", "2025-03-06"),
        ("json-ld", "2025-03-06T09:03:00+03:30"),
        ("meta", "2025-03-06T05:33:00Z"),
        ("visible", "6 March 2025, 09:03"),
        ("url", "2025/03/06"),
    ]
    assert row["based_on"] == ["https://src.test/p"]
    assert row["site_name"] == "Harbour"


@pytest.mark.parametrize(
    "broken",
    [
        '{"@type": "NewsArticle", "datePublished": "2025-03-06T09:03:00Z",}',
        '{"@type": "NewsArticle", "headline": "two\nlines", "datePublished": "2025-03-06T09:03:00Z"};',
        '[{"@type": "NewsArticle", "datePublished": "2025-03-06T09:03:00Z"',
        '<!-- {"@type": "NewsArticle", "datePublished": "2025-03-06T09:03:00Z"} -->',
    ],
)
def test_broken_json_ld_still_gives_its_time(broken: str) -> None:
    row = read(f"<p>{PROSE}</p>", f'<script type="application/ld+json">{broken}</script>')
    assert ("json-ld", "2025-03-06T09:03:00Z") in times(row)


def test_a_date_in_the_words_of_the_page_is_found_near_the_headline() -> None:
    row = read(f"<h1>Ministers part</h1><p>Por Redacción, 9 de febrero de 2026, 14:26</p><p>{PROSE}</p>")
    assert times(row) == [("visible", "9 de febrero de 2026, 14:26")]


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        ("<meta charset=windows-1251><p>Министры разошлись без договора</p>".encode("cp1251"), None),
        ("<p>Министры разошлись без договора</p>".encode("koi8-r"), "koi8-r"),
        ("<p>Министры разошлись без договора</p>".encode("utf-16"), None),
        ("<meta charset=latin1><p>Министры разошлись без договора</p>".encode(), "utf-8"),
    ],
)
def test_pages_are_decoded_by_what_they_and_their_servers_say(raw: bytes, charset: str | None) -> None:
    assert read("", html=raw, charset=charset)["page_text"] == "Министры разошлись без договора"


def test_rows_with_text_keep_it_but_for_a_first_line_that_is_the_title() -> None:
    row = read("", html=None, text="Ministers part\n\nOne line.\nmna/", title="Ministers  part", published="2025-03-06")
    assert row["page_text"] == "One line.\nmna/"
    assert times(row) == [("input", "2025-03-06")]


def kind(body: str, head: str = HEAD) -> object:
    return read(body, head)["kind"]


def test_kinds_are_told_without_words() -> None:
    headlines = "".join(f"<p>Headline number {i} of the morning</p>" for i in range(8))
    teasers = f"<p>{PROSE}</p>" * 6
    assert (
        kind(f"<article><h1>The Daily Harbour</h1>{headlines}</article>", "<title>The Daily Harbour</title>") == "list"
    )
    site = HEAD.replace('"Ministers part"', '"The Daily Harbour"')
    assert kind(f"<article><h1>The Daily Harbour – 29</h1>{teasers}</article>", site) == "digest"
    assert kind("<h1>Nothing here</h1><p>The page is gone.</p>") == "error"
    assert kind("") == "other"
    assert kind("<h1>Ministers part</h1><p>Log in to read on.</p><form><input type='password'></form>") == "wall"


@pytest.mark.parametrize("body", ["<div>" * 3000 + PROSE, f"<p>{PROSE}" * 50, "<table><tr><td>" * 300 + PROSE])
def test_hostile_nesting_is_read(body: str) -> None:
    assert "harbour hall" in str(read(body)["page_text"])


def test_no_pages_give_no_documents() -> None:
    assert extract(pl.DataFrame(schema=PAGE)).schema == DOCUMENT


def test_the_id_of_a_document_never_changes() -> None:
    assert document_ids(pl.Series(["https://a.test/"]), pl.Series(["words"])).tolist() == [7468214838965586934]


def test_an_id_is_the_hash_of_address_and_text_wherever_they_stand_in_a_column() -> None:
    rows = [
        ("https://a.test/", "words"),
        ("https://b.test/ü", ""),
        ("", "слова\nи строки"),
        ("https://a.test/w", "ords"),
    ]
    urls, texts = (pl.Series(values) for values in zip(*rows, strict=True))
    slow = [
        int.from_bytes(hashlib.blake2b(f"{url}\0{text}".encode(), digest_size=8).digest(), "little")
        for url, text in rows
    ]
    assert document_ids(urls, texts).tolist() == slow
    assert document_ids(urls[1:3], texts[1:3]).tolist() == slow[1:3]
    assert document_ids(urls.head(0), texts.head(0)).tolist() == []
