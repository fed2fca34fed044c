"""One HTML page → the fields of one document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from resiliparse.extract.html2text import extract_plain_text
from selectolax.lexbor import LexborHTMLParser

from syndetect.extract.blocks import Page, blocks_of
from syndetect.extract.charsets import decode
from syndetect.extract.dates import times_of, without_dates
from syndetect.extract.hrefs import absolute, alternates_of, canonical, images_of, links_of
from syndetect.extract.kinds import TEASER_WORDS, Signs, kind_of, n_words
from syndetect.extract.marks import Marks, bare_title, marks_of
from syndetect.extract.story import Story, find_story, n_articles, n_linked_stories, same_words
from syndetect.extract.taming import tame

_MIN_OWN_CHARS = 200


@dataclass
class PageFields:
    """What a page gives to schema.DOCUMENT; times are pairs of source and value, best first."""

    title: str | None = None
    page_text: str = ""
    site_name: str | None = None
    canonical: str | None = None
    language: str | None = None  # as the page words it
    kind: str = "other"
    based_on: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    alternates: list[tuple[str, str]] = field(default_factory=list)  # language and address
    times: list[tuple[str, str]] = field(default_factory=list)


def read_page(raw: bytes, url: str, charset: str | None) -> PageFields:
    """Read an HTML page."""
    html = decode(raw, charset)
    html = tame(html.replace("\0", "") if b"\0" in raw else html)
    tree = LexborHTMLParser(html)
    marks = marks_of(tree)
    base = absolute(url, marks.base) or url
    titles = [*marks.titles, *filter(None, (bare_title(marks), marks.page_title))]
    page = blocks_of(tree, titles)
    site = urlsplit(url).netloc.removeprefix("www.")
    story = find_story(page, titles, marks.description, site=site)
    fields = PageFields(site_name=marks.site_name, canonical=canonical(base, marks.canonical), based_on=marks.based_on)
    heading = page.blocks[story.headline].text if story.headline >= 0 else None
    fields.title = _title(marks, heading)
    lines = without_dates([page.blocks[i].text for i in story.blocks])
    fields.language = marks.language
    fields.links = links_of(page, story, base, url)
    fields.images = images_of(page, story, base, marks.images)
    fields.alternates = alternates_of(base, marks.alternates)
    if sum(map(len, lines)) < _MIN_OWN_CHARS:
        lines = _second_opinion(html, lines, marks.article_body)
    fields.page_text = "\n".join(without_title(lines, fields.title))
    fields.times = times_of(html, marks, page, story)
    signs = _signs(marks, page, story, fields, url)
    fields.kind = kind_of(fields.page_text, title=fields.title, signs=signs)
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


def _signs(marks: Marks, page: Page, story: Story, fields: PageFields, url: str) -> Signs:
    blocks = [page.blocks[i] for i in story.blocks]
    return Signs(
        url=url,
        site_name=fields.site_name,
        heading=page.blocks[story.headline].text if story.headline >= 0 else None,
        link_share=sum(b.link_chars for b in blocks) / max(1, sum(len(b.text) for b in blocks)),
        asks_to_log_in=page.asks_to_log_in,
        has_wall=page.has_wall,
        is_locked=marks.is_locked,
        teasers=_teasers(page, story),
        linked_stories=n_linked_stories(page, story, urlsplit(url).netloc.removeprefix("www.")),
        articles=n_articles(page, story),
        types=frozenset(kind for kinds in marks.types for kind in kinds.split()),
        og_type=marks.og_type,
        status=marks.status,
    )


def _teasers(page: Page, story: Story) -> int:
    """Lines outside the story that are one link with as many words as a headline has."""
    told = set(story.blocks)
    links = (block for i, block in enumerate(page.blocks) if i not in told and block.link_share >= 0.66)
    return sum(n_words(block.text) >= TEASER_WORDS for block in links)
