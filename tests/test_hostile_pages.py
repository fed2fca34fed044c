"""Pages that nobody meant to be read: what they hold is read, in time that grows with their length."""

from __future__ import annotations

import random
from functools import lru_cache

import pytest
from conftest import SAMPLE
from fastwarc.warc import ArchiveIterator, WarcRecordType
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_extract import PROSE, read

from syndetect.extract.reading import read_row
from syndetect.extract.taming import tame

MANY = 100_000
STORY = f"<p>{PROSE}</p>"


@pytest.mark.parametrize(
    "before",
    [
        "<div>" * MANY,
        "<ul><li>" * MANY,
        "<table><tr><td>" * (MANY // 2),
        "<b><i>" * MANY,
        "<div class=share>" * MANY,
        "<p " + " ".join(f"a{n}=1" for n in range(MANY)) + ">",
        "<p " + " ".join(f'a{n}=">"' for n in range(MANY)) + ">",
        "<select>" + "<option>x" * MANY + "</select>",
        '<script type="application/ld+json">' + '[{"a":' * MANY + "</script>",
        "<!--" * MANY + "-->",
        "&a" * MANY,
    ],
    ids="div list table inline furniture attributes quoted options json comments entities".split(),
)
def test_a_story_below_much_markup_is_read(before: str) -> None:
    assert PROSE in str(read(before + STORY)["page_text"])


def test_nesting_is_kept_up_to_a_depth_and_pages_in_order_stay_as_they_are() -> None:
    page = f"<ul>{'<li><div><p>words</p></div></li>' * 9_000}</ul>" + "<p>open" * 9_000
    assert tame(page) == page
    flat = tame("<div>" * 513 + "<span>x</span>" * 9_000 + "<div>" * 9_000 + "</div>" * 9_000 + "<i>" * 9_000)
    assert flat.startswith("<div>" * 512 + " ")
    assert flat.count("<div>") == 512


def test_what_is_nested_deep_is_flat_though_all_of_it_is_closed() -> None:
    words, closed = "<p>words</p>" * 9_000, "<p></p></b>" * 9_000
    flat = tame(closed + "<div>" * 60_000 + words + "</div>" * 60_000)
    assert flat.count("<div>") == 512
    assert flat.count(words) == 1
    within = "<div>" * 500 + words + "</div>" * 500
    assert tame(within) == within


def test_long_scripts_and_long_attributes_stay_as_they_are() -> None:
    script = f"<script>for(i=0;i<n;i++)s='{'a b ' * 9_000}\"';</script>"
    image = f'<img alt="{"a b " * 9_000}" src="data:image/png;base64,{"A" * 99_000}">'
    page = f"<body>{script}<!-- {'<p a ' * 9_000} -->{image}{STORY}</body>"
    assert tame(page) == page


def test_a_line_of_many_megabytes_is_read() -> None:
    text = f"{PROSE} " * 20_000
    assert len(str(read(f"<p>{text}</p>")["page_text"])) == len(text) - 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "other"), ("\0", "other"), ("<script>render()</script>", "other"),
        ("<frameset><frame src=a></frameset>", "other"),
        ("<noframes><p>No frames</p></noframes>", "other"), ("<!-- nothing -->", "other"),
        ("<template><p>x</p></template>", "other"),
        ("<br><br>", "other"), ("<p></p>" * 9, "other"), ("<svg><text>x</text></svg>", "other"),
    ],
)  # fmt: skip
def test_pages_without_text_are_of_no_kind(body: str, kind: str) -> None:
    assert read(body, "")["kind"] == kind


def test_zeros_and_halves_of_pairs_are_taken_out() -> None:
    raw = f"<p>{PROSE[:50]}\0{PROSE[50:]}</p>".encode() + b"<p>\xed\xa0\xbd half a pair</p>"
    text = str(read("", html=raw, charset="utf-8")["page_text"])
    assert "\0" not in text
    assert text.startswith(PROSE[:60])
    text.encode()


@lru_cache(maxsize=1)
def layouts() -> list[bytes]:
    """A page of each layout of the sample corpus."""
    found: dict[bytes, bytes] = {}
    with (SAMPLE / "crawl.warc.gz").open("rb") as warc:
        for record in ArchiveIterator(warc, record_types=WarcRecordType.response, parse_http=True):
            raw = record.reader.read()
            found.setdefault(raw[raw.find(b"<body") :][:80], raw)
    return list(found.values())


SPLINTERS = [
    b"<", b">", b"</", b"<!--", b"-->", b"</body>", b"<body>", b"<table>", b"</p>", b"<svg><title>", b"</article>",
    b"\0",
    b"\xff", b"\xed\xa0\xbd", b"&#xD800;", b"&#0;", b'"', b"<a href='http://[x'>", b"<a href=//>", b"<base href=:>",
    b"<time datetime=>", b"<h1>", b"<title>",
    b'<script type="application/ld+json">{"@type":["\\ud800"],"image":{}}</script>',
    b'<script type="application/ld+json">{"@graph":[1,null,{"@type":{}}],"headline":["",1]}</script>',
    b'<link rel="alternate" hreflang="x" href="http://[">', b'<meta property="og:image" content="http://[::1">',
    b"<img srcset=,>", b"<img src='data:x' width=0>", b'<link rel=canonical href="http:///">',
    "\u202e\ufeff".encode(), b"\x1b$B",
]  # fmt: skip


def mutated(seed: int) -> bytes:
    """A page of the sample corpus with some of its parts cut out, doubled, moved or broken."""
    chosen = random.Random(seed)
    raw = chosen.choice(layouts())
    for _ in range(chosen.randint(1, 12)):
        at = chosen.randrange(len(raw) + 1)
        end = min(len(raw), at + chosen.choice((1, 5, 40, 400, 4_000)))
        change = chosen.randrange(4)
        if change == 0:
            raw = raw[:at] + raw[end:]
        elif change == 1:
            raw = raw[:end] + raw[at:end] * chosen.randint(1, 5) + raw[end:]
        elif change == 2:
            raw = raw[:at] + chosen.choice(SPLINTERS) * chosen.randint(1, 3) + raw[at:]
        else:
            to = chosen.randrange(len(raw) + 1)
            raw = raw[:to] + raw[at:end] + raw[to:]
    return raw


@given(st.integers(0, 1 << 32), st.sampled_from([None, "utf-8", "windows-1251", "utf-16", "big5", "x", "\ud800"]))
@example(0, None)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_broken_pages_are_read(seed: int, charset: str | None) -> None:
    check(mutated(seed), charset)


def check(raw: bytes, charset: str | None) -> None:
    """What is read fits the columns: text that can be written, lists of text, pairs of text."""
    url = "https://www.harbour.test/2026/03/06/a?x=1"
    title, text, kind, name, canonical, based_on, links, images, language, alternates, times = read_row(
        (raw, url, charset, None, None)
    )
    assert kind in ("article", "digest", "list", "wall", "error", "other")
    pairs = [part for pair in alternates + times for part in pair]
    for one in (title, text, name, canonical, language, *based_on, *links, *images, *pairs):
        assert one is None or one.encode().decode() == one
    assert all(address.startswith(("http://", "https://")) for address in links + images)
