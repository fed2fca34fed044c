"""One HTML page → the fields of one document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5
from selectolax.lexbor import LexborHTMLParser

from syndetect.extract.blocks import Page, blocks_of
from syndetect.extract.dates import times_of, without_dates
from syndetect.extract.kinds import TEASER_WORDS, kind_of, n_words
from syndetect.extract.marks import Marks, bare_title, marks_of
from syndetect.extract.story import Story, find_story, same_words

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:\-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:\-]+)", re.IGNORECASE)
_MIN_OWN_CHARS = 200


@dataclass
class PageFields:
    """What a page gives to schema.DOCUMENT; times are pairs of source and value, best first."""

    title: str | None = None
    page_text: str = ""
    site_name: str | None = None
    canonical: str | None = None
    kind: str = "other"
    based_on: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    alternates: list[tuple[str, str]] = field(default_factory=list)  # language and address
    times: list[tuple[str, str]] = field(default_factory=list)


def decode(raw: bytes, charset: str | None) -> str:
    """Decode a page: byte order mark, then the header's charset, the page's own word, then detection."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("utf-8", "replace")
    head = raw[:4096]
    stated = _META_CHARSET.search(head) or _XML_CHARSET.search(head)
    for name in (charset, stated.group(1).decode("ascii", "replace") if stated else None):
        known = map_encoding_to_html5(name, fallback_utf8=False) if name else None
        if known:
            try:
                return raw.decode(known)
            except (UnicodeDecodeError, LookupError):
                continue
    return bytes_to_str(raw, detect_encoding(raw) or "utf-8", errors="replace")


def read_page(raw: bytes, url: str, charset: str | None) -> PageFields:
    """Read an HTML page."""
    html = decode(raw, charset).replace("\0", "")
    tree = LexborHTMLParser(html)
    marks = marks_of(tree)
    page = blocks_of(tree)
    titles = [*marks.titles, *filter(None, (bare_title(marks), marks.page_title))]
    story = find_story(page, titles, marks.description)
    fields = PageFields(site_name=marks.site_name, canonical=_absolute(url, marks.canonical), based_on=marks.based_on)
    heading = page.blocks[story.headline].text if story.headline >= 0 else None
    fields.title = _title(marks, heading)
    lines = without_dates([page.blocks[i].text for i in story.blocks])
    fields.links = _links(page, story, url)
    if sum(map(len, lines)) < _MIN_OWN_CHARS:
        lines = _second_opinion(html, lines, marks.article_body)
    fields.page_text = "\n".join(without_title(lines, fields.title))
    fields.times = times_of(tree, marks, page, story)
    fields.kind = kind_of(
        fields.page_text,
        title=fields.title,
        site_name=fields.site_name,
        heading=heading,
        link_share=_link_share(page, story),
        asks_to_log_in=tree.css_first('input[type="password"]') is not None,
        teasers=_teasers(page, story),
    )
    return fields


def without_title(lines: list[str], title: str | None) -> list[str]:
    """The lines without a first one that repeats the title."""
    if title and lines and same_words(lines[0], title):
        return lines[1:]
    return lines


def _second_opinion(html: str, lines: list[str], article_body: str | None) -> list[str]:
    """The article in the page's JSON-LD, or resiliparse's main text, where it holds clearly more than we found."""
    if article_body and len(article_body) > 3 * sum(map(len, lines)):
        body = LexborHTMLParser(article_body).body
        return [line for line in (" ".join(raw.split()) for raw in (body.text() if body else "").split("\n")) if line]
    text = extract_plain_text(
        html, preserve_formatting=True, main_content=True, list_bullets=False, alt_texts=False, comments=False
    )
    other = [line for line in (" ".join(raw.split()) for raw in text.split("\n")) if line]
    ours, theirs = sum(map(len, lines)), sum(map(len, other))
    prose = sum(len(line) for line in other if len(line) >= 80)
    return other if theirs > 3 * ours and prose > 0.5 * theirs else lines


def _title(marks: Marks, heading: str | None) -> str | None:
    page_title = bare_title(marks)
    name = marks.site_name
    for title in (*marks.titles, heading, page_title):
        if not title:
            continue
        words = " ".join(title.split())
        if name and words != name and words.endswith(name):
            # "Headline | Site" in og:title
            cut = re.sub(r"\s*[|\-–—·»:]\s*$", "", words[: -len(name)])
            words = cut if cut and cut != words[: -len(name)].rstrip() else words
        if heading and page_title and name and same_words(words, name) and not same_words(heading, name):
            continue  # og:title left at the site's name
        return words
    return None


def _absolute(base: str, href: str | None) -> str | None:
    if not href:
        return None
    try:
        joined = urljoin(base, href.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined.split("#", 1)[0] if parts.scheme in ("http", "https") and parts.netloc else None


def _links(page: Page, story: Story, url: str) -> list[str]:
    found: dict[str, None] = {}
    for i in story.blocks:
        for href in page.blocks[i].hrefs:
            address = _absolute(url, href)
            if address and address != url.split("#", 1)[0]:
                found[address] = None
    return list(found)


def _link_share(page: Page, story: Story) -> float:
    blocks = [page.blocks[i] for i in story.blocks]
    return sum(b.link_chars for b in blocks) / max(1, sum(len(b.text) for b in blocks))


def _teasers(page: Page, story: Story) -> int:
    """Lines outside the story that are one link with as many words as a headline has."""
    told = set(story.blocks)
    links = (block for i, block in enumerate(page.blocks) if i not in told and block.link_share >= 0.66)
    return sum(n_words(block.text) >= TEASER_WORDS for block in links)
