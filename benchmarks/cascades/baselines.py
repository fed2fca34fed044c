"""What simple rules make of a crawl if they are told the true stories: truth and rows -> edges, as a tool has them.

They take the time that a page states at its face value (one without zone for UTC, a day for its midnight; where it
states none, when it was fetched), and the text as an extractor gave it. Only `names only` is told which hosts the
page's lines name, true or not.
"""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cascades.score import FOUND
from cascades.texts import UNSPACED

ACROSS = 0.1
"""What likeness by numbers and Latin words across languages counts, to likeness by pairs of words within one."""


@dataclass(frozen=True)
class Told:
    """A page as the rules see it."""

    url: str
    site: str
    language: str
    at: str
    pairs: frozenset[str]
    """Pairs of neighbouring words, or of characters."""
    marks: frozenset[str]
    """Numbers and words in Latin letters."""
    named: tuple[str, ...]
    """Hosts that its lines name as a source."""


Edge = tuple[str, str | None, str]
"""A page, the page it is said to be taken from, and that one's host."""
Rule = Callable[[list[Told]], list[Edge]]
"""The pages of a story, the earliest first -> edges; a page without one is an origin."""


def read_told(truth: Path, rows: Path) -> dict[str, list[Told]]:
    """Story -> its crawled pages, the earliest by stated time first."""
    with gzip.open(rows, "rt", encoding="utf-8") as lines:
        texts = {str(row["url"]): str(row["maintext"]) for row in map(json.loads, lines)}
    stories: dict[str, list[Told]] = {}
    for line in truth.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        words = texts[row["url"]].lower().split()
        units = list("".join(words)) if row["language"] in UNSPACED else words
        page = Told(
            row["url"], row["site"], row["language"], row["stated_at"] or row["first_crawled_at"],
            frozenset(map(" ".join, itertools.pairwise(units))),
            frozenset(word for word in words if word.isascii()), tuple(row["named_sites"]),
        )  # fmt: skip
        stories.setdefault(row["story"], []).append(page)
    return {name: sorted(pages, key=lambda page: (page.at, page.url)) for name, pages in sorted(stories.items())}


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def likeness(one: Told, other: Told) -> float:
    """Jaccard similarity, of pairs of words in one language, of numbers and Latin words across two."""
    if one.language == other.language:
        return _shared(one.pairs, other.pairs)
    return ACROSS * _shared(one.marks, other.marks)


def _edge(page: Told, source: Told) -> Edge:
    return page.url, source.url, source.site


def simple_rule(story: list[Told]) -> list[Edge]:
    """The most similar earlier page of the same language, else the earliest page; of equal ones the earlier."""
    edges = []
    for place, page in enumerate(story[1:], 1):
        near = [(likeness(page, other), -n) for n, other in enumerate(story[:place]) if other.language == page.language]
        edges.append(_edge(page, story[-max(near)[1]] if near else story[0]))
    return edges


def earliest_page(story: list[Told]) -> list[Edge]:
    """The earliest page of the story."""
    return [_edge(page, story[0]) for page in story[1:]]


def page_before(story: list[Told]) -> list[Edge]:
    """The page before it, of whatever language."""
    return [_edge(page, before) for before, page in itertools.pairwise(story)]


def names_only(story: list[Told]) -> list[Edge]:
    """The page of the site that it names last, or that site where the story has no page of it; else the simple rule."""
    page_of = {page.site: page for page in story}
    simple = {edge[0]: edge for edge in simple_rule(story)}
    edges: list[Edge] = []
    for page in story:
        if page.named and (named := page_of.get(page.named[-1])) is not None and named is not page:
            edges.append(_edge(page, named))
        elif page.named and page.named[-1] not in page_of:
            edges.append((page.url, None, page.named[-1]))
        elif page.url in simple:
            edges.append(simple[page.url])
    return edges


def spanning_tree(story: list[Told]) -> list[Edge]:
    """The maximum spanning tree by similarity, grown from the earliest page."""
    edges = []
    best = {page.url: (likeness(page, story[0]), story[0]) for page in story[1:]}
    left = {page.url: page for page in story[1:]}
    while left:
        url = min(left, key=lambda url: (-best[url][0], left[url].at, url))
        page = left.pop(url)
        edges.append(_edge(page, best[url][1]))
        for other in left.values():
            like = likeness(other, page)
            if like > best[other.url][0]:
                best[other.url] = (like, page)
    return edges


RULES: dict[str, Rule] = {
    "simple rule": simple_rule,
    "earliest page": earliest_page,
    "page before": page_before,
    "names only": names_only,
    "spanning tree": spanning_tree,
}


def found_by(rule: Rule, stories: dict[str, list[Told]]) -> pl.DataFrame:
    """What a rule finds, as score.FOUND; it says nothing of how sure it is."""
    rows: list[tuple[str, str, str | None, str | None, str, None]] = []
    for name, story in stories.items():
        language = {page.url: page.language for page in story}
        edges = {edge[0]: edge for edge in rule(story)}
        for page in story:
            _, source, site = edges.get(page.url, (page.url, None, None))
            across = source is not None and language[source] != page.language
            relation = "origin" if site is None else "translates" if across else "copies"
            rows.append((page.url, name, source, site, relation, None))
    return pl.DataFrame(rows, dict(FOUND), orient="row")
