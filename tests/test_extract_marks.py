"""What the head of a page says, and the addresses in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_extract import PROSE, read, times

from syndetect.extract.hrefs import canonical
from syndetect.extract.jsonld import parse

BODY = f"<article><h1>Ministers part</h1><p>{PROSE}</p><p>{PROSE}</p></article>"


ADDRESSES = [
    [part.strip() for part in line.split("|")]
    for line in (Path(__file__).parent / "cases" / "addresses_in_pages.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("name", "base", "written", "expected"), ADDRESSES, ids=[case[0] for case in ADDRESSES])
def test_canonical_addresses_are_made_absolute(name: str, base: str, written: str, expected: str) -> None:
    assert canonical(base, written.replace("\\n", "\n")) == (expected or None), name


def test_a_base_address_counts_for_all_relative_ones() -> None:
    head = """<base href="https://cdn.test/root/"><link rel="Canonical" href="a/1"><link rel="alternate" hreflang="fr"
     href="fr/1"><meta property="og:image" content="i.jpg">"""
    body = f'<article><h1>Ministers part</h1><p>{PROSE} <a href="b">b</a></p><img src="j.jpg"><p>{PROSE}</p></article>'
    row = read(body, head)
    assert row["canonical"] == "https://cdn.test/root/a/1"
    assert row["links"] == ["https://cdn.test/root/b"]
    assert row["images"] == ["https://cdn.test/root/i.jpg", "https://cdn.test/root/j.jpg"]
    assert row["alternates"] == [{"language": "fr", "url": "https://cdn.test/root/fr/1"}]


def test_translations_are_kept_and_feeds_are_not() -> None:
    head = """<link rel="alternate" hreflang="X-Default" href="/1">
    <link rel="alternate" hreflang="zh-Hant" href="/zh/1">
    <link rel="alternate" hreflang="zh-hant" href="/zh/1"><link rel="alternate" hreflang="de" type="application/rss+xml"
     href="/feed"><link rel="alternate" type="application/rss+xml" href="/f"><link rel="alternate" hreflang="ar">"""
    assert read(BODY, head)["alternates"] == [
        {"language": "x-default", "url": "https://www.Harbour.test/1"},
        {"language": "zh-hant", "url": "https://www.Harbour.test/zh/1"},
    ]


def test_images_are_those_of_the_head_and_of_the_story() -> None:
    head = """<meta property="og:image" content="https://h.test/og.jpg"><script type="application/ld+json">
    {"@type": "NewsArticle", "image":
    [{"@type": "ImageObject", "url": "https://h.test/ld.jpg"}, "https://h.test/og.jpg"]}
    </script>"""
    body = f"""<nav><img src="/logo.png"></nav><article><h1>Ministers part</h1>
    <figure><img src="data:image/gif;base64,R0" data-src="/lazy.jpg"><figcaption>The hall</figcaption></figure>
    <p>{PROSE}</p><picture><source srcset="/p.webp"><img srcset="/small.jpg 320w, /large.jpg 800w"></picture>
    <div class="wp-caption"><img src="/captioned.jpg"><p>A caption</p></div>
    <p>{PROSE}</p><img src="/count.gif" width="1" height="1"><img src="/img/spacer.gif">
    <img src="/icon.png" width="16px">
    <div class="related"><img src="/related.jpg"><a href="/2">Another story</a></div><p>{PROSE}</p></article>
    <aside><img src="/aside.jpg"></aside>"""
    assert read(body, head, url="https://h.test/a")["images"] == [
        "https://h.test/og.jpg", "https://h.test/ld.jpg", "https://h.test/lazy.jpg", "https://h.test/small.jpg",
        "https://h.test/captioned.jpg",
    ]  # fmt: skip


ITEM = '"@type": "NewsArticle", "datePublished": "2025-03-06T09:03:00Z", "headline": "Ministers part at last"'


@pytest.mark.parametrize(
    "written",
    [
        f"{{{ITEM}}}",
        f"{{{ITEM},}}",
        f"[[{{{ITEM}}}]]",
        f'{{"@context": "https://schema.org", "@graph": [{{"@type": "WebSite"}}, {{{ITEM}}}]}}',
        f'{{"@type": "WebPage", "mainEntity": {{{ITEM}}}}}',
        f'{{"@type": "WebPage", "mainEntityOfPage": {{"@graph": [{{{ITEM}}}]}}}}',
        f"{{{ITEM}}}\n{{{ITEM}}}",
        f'{{{ITEM}, "description": "two\nlines\tand a tab \x01"}}',
        f'{{{ITEM}, "description": "a stray \\escape and \\u12"}}',
        f'{{{ITEM}, "wordCount": NaN}}',
        f'{{{ITEM}, "description": "half a pair \\ud83d"}}',
        f"//<![CDATA[\n{{{ITEM}}}\n//]]>",
        f"/*<![CDATA[*/{{{ITEM}}}/*]]>*/",
        f"<!-- {{{ITEM}}} -->",
        f"{{{ITEM}}};",
        f"{{{ITEM}}}".replace('"', "&quot;"),
        f"{{{ITEM}, broken beyond reading",
    ],
)
def test_json_ld_is_read_however_it_is_broken(written: str) -> None:
    row = read(f"<p>{PROSE}</p>", f'<script type="application/ld+json">{written}</script>')
    assert times(row) == [("json-ld", "2025-03-06T09:03:00Z")]
    assert row["title"] == "Ministers part at last"


def test_halves_of_surrogate_pairs_never_leave_json_ld() -> None:
    written = r'{"@type": "NewsArticle", "headline": "A \ud83d half and \ud83d\ude00 a whole", "isBasedOn": "\ud83d"}'
    row = read(f"<p>{PROSE}</p>", f'<script type="application/ld+json">{written}</script>')
    assert row["title"] == "A \ufffd half and 😀 a whole"
    assert row["based_on"] == ["\ufffd"]


def test_deep_json_ld_is_given_up() -> None:
    assert parse("[" * 200_000) is None


def test_several_scripts_are_read_and_a_broken_one_spoils_none() -> None:
    head = "".join(
        f'<script type="application/ld+json">{one}</script>' for one in ("{", "", f"{{{ITEM}}}", '{"@type": 1}', "[1]")
    )
    assert times(read(f"<p>{PROSE}</p>", head)) == [("json-ld", "2025-03-06T09:03:00Z")]
