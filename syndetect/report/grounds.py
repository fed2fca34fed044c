"""What the evidence of a provenance edge counts, laid open, so that it can be counted again from the two pages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise

import polars as pl

from syndetect.provenance.passages import sentence_runs
from syndetect.report.pages import PageCard
from syndetect.store import Store
from syndetect.text import Words, hash_runs, split_words

LEAST_LETTERS = 3
"""Bytes of a word that counts as left over in a translation."""
STORY_TEXTS = """
SELECT d.url, d.language, t.text
FROM story_document s
JOIN document d USING (doc_id)
JOIN story_text t USING (doc_id)
WHERE s.story_id = $story AND d.language IS NOT DISTINCT FROM $language AND t.text IS NOT NULL
ORDER BY d.url
"""
LINES = """
WITH mine AS (
    SELECT kind, value, site, lower(regexp_replace(trim(value), '\\s+', ' ', 'g')) AS line
    FROM claim
    WHERE doc_id = $child AND kind IN ('attribution', 'agency')
)
SELECT m.kind, m.value, d.url
FROM mine m
JOIN claim c ON c.kind = m.kind
 AND coalesce(c.site, lower(regexp_replace(trim(c.value), '\\s+', ' ', 'g'))) = coalesce(m.site, m.line)
JOIN story_document s ON s.doc_id = c.doc_id AND s.story_id = $story
JOIN document d ON d.doc_id = c.doc_id
-- On its own pages a site's name is no credit.
WHERE c.doc_id <> $child
  AND coalesce(c.site <> d.site AND NOT ends_with(c.site, '.' || d.site) AND NOT ends_with(d.site, '.' || c.site), true)
GROUP BY ALL
ORDER BY ALL
"""
LINKS = """
SELECT value FROM claim
WHERE doc_id = $child AND kind = 'link'
  AND (site = $site OR ends_with(site, '.' || $site) OR ends_with($site, '.' || site))
ORDER BY value
"""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the page: whether its parent has it, and which other pages of the story in its language."""

    text: str
    on_parent: bool
    also_on: list[str]


@dataclass(frozen=True)
class Line:
    """A line of credit, and the other pages of the story that carry it."""

    kind: str
    value: str
    also_on: list[str]


@dataclass(frozen=True)
class Grounds:
    """What is counted of a page and its parent.

    Pairs are pairs of neighbouring words: of the page's `n_pairs` the parent has `n_pairs_shared`; of the parent's
    `n_parent_pairs` the page has `n_pairs_kept`. All of them and the sentences are 0 and empty across languages, where
    `shared_words` are the words that both pages have letter by letter. `links` lead from the page to its parent's site.
    """

    page: str
    n_pairs: int
    n_pairs_shared: int
    n_parent_pairs: int
    n_pairs_kept: int
    sentences: list[Sentence]
    shared_words: list[str]
    lines: list[Line]
    links: list[str]

    def to_dict(self) -> dict[str, object]:
        """The grounds for JSON."""
        return asdict(self)


def _pairs(words: Words, row: int) -> list[tuple[int, int]]:
    run = words.hashes[words.offsets[row] : words.offsets[row + 1]].tolist()
    return list(pairwise(run))


def _sentences(store: Store, child: PageCard, parent: PageCard) -> list[Sentence]:
    """The sentences of a page, each with the pages of the story that have it."""
    pages = store.frame(STORY_TEXTS, story=child.story_id, language=child.language)
    words = split_words(pages["text"])
    bounds, offsets = sentence_runs(pages["text"], words)
    keys = hash_runs(words.hashes, bounds)
    urls = pages["url"].to_list()
    if child.url not in urls:
        return []
    at = urls.index(child.url)
    having: dict[int, list[str]] = {}
    for row, url in enumerate(urls):
        for key in dict.fromkeys(keys[offsets[row] : offsets[row + 1]].tolist()):
            having.setdefault(key, []).append(url)
    raw = str(pages["text"][at]).encode()
    found = []
    for number in range(offsets[at], offsets[at + 1]):
        first, last = bounds[number], bounds[number + 1] - 1
        others = [url for url in having[int(keys[number])] if url not in (child.url, parent.url)]
        text = " ".join(raw[words.starts[first] : words.ends[last]].decode(errors="replace").split())
        found.append(Sentence(text, parent.url in having[int(keys[number])], others))
    return found


def _shared_words(texts: pl.Series, words: Words) -> list[str]:
    """Words that both texts have, but for numbers and short ones, in the order of the first."""
    theirs = set(words.hashes[words.offsets[1] :].tolist())
    raw = str(texts[0]).encode()
    found: dict[int, str] = {}
    for i in range(int(words.offsets[1])):
        word = raw[words.starts[i] : words.ends[i]].decode(errors="replace")
        if int(words.hashes[i]) in theirs and len(word.encode()) >= LEAST_LETTERS and not word[0].isdigit():
            found.setdefault(int(words.hashes[i]), word)
    return list(found.values())


def grounds_of(store: Store, child: PageCard, parent: PageCard, texts: tuple[str, str]) -> Grounds:
    """Count what a page has of its parent.

    Args:
        store: Open for reading.
        child: The page.
        parent: What it was taken from.
        texts: Theirs.
    """
    both = pl.Series([*texts])
    words = split_words(both)
    mine, theirs = _pairs(words, 0), _pairs(words, 1)
    here, there = set(mine), set(theirs)
    across = child.language != parent.language
    lines: dict[tuple[str, str], list[str]] = {}
    for row in store.rows(LINES, child=child.doc_id, story=child.story_id):
        lines.setdefault((str(row["kind"]), str(row["value"])), []).append(str(row["url"]))
    return Grounds(
        page=child.url,
        n_pairs=0 if across else len(mine),
        n_pairs_shared=0 if across else sum(pair in there for pair in mine),
        n_parent_pairs=0 if across else len(theirs),
        n_pairs_kept=0 if across else sum(pair in here for pair in theirs),
        sentences=[] if across else _sentences(store, child, parent),
        shared_words=_shared_words(both, words) if across else [],
        lines=[Line(kind, value, urls) for (kind, value), urls in lines.items()],
        links=[str(row["value"]) for row in store.rows(LINKS, child=child.doc_id, site=parent.site)],
    )
