"""How many independent beginnings a story has: by made-up tables against a slow count, and by crawls."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from conftest import WORDS, page, run, write_lines

import syndetect
from syndetect.store import Store
from syndetect.stories import same_texts

Edge = tuple[int | None, str | None]
"""parent_id, parent_site."""


@dataclass(frozen=True)
class Story:
    """Sites of its pages; their edges; pairs with one text; excerpts; excerpts that tie nothing. Ids are below 100."""

    sites: dict[int, str]
    edges: dict[int, Edge] = field(default_factory=dict)
    whole: list[tuple[int, int]] = field(default_factory=list)
    parts: list[tuple[int, int]] = field(default_factory=list)
    apart: list[tuple[int, int]] = field(default_factory=list)

    def edge(self, page: int) -> Edge:
        return self.edges.get(page, (None, None))


def counted(folder: Path, *stories: Story) -> list[int]:
    """n_origins of each story, as the view has it."""
    pages, judged = [], []
    for number, story in enumerate(stories):
        shift = 100 * number
        for one, site in story.sites.items():
            parent = story.edge(one)[0]
            up = None if parent is None else shift + parent
            pages.append((f"{number:03}", shift + one, site, up, _site_of(story.sites, story.edge(one))))
        for relation, why, share, pairs in (
            ("near-duplicate", "{}", 1.0, story.whole), ("excerpt", "{}", 0.5, story.parts),
            ("excerpt", '{"not_joined": "why"}', 0.5, story.apart), ("excerpt", "{}", 0.49, story.apart),
        ):  # fmt: skip
            judged += [(shift + min(pair), shift + max(pair), relation, why, share) for pair in pairs]
    schema = {"story_id": pl.String, "doc_id": pl.UInt64, "site": pl.String, "parent_id": pl.UInt64}
    page = pl.DataFrame(pages, {**schema, "parent_site": pl.String}, orient="row")
    names = {"left_id": pl.UInt64, "right_id": pl.UInt64, "relation": pl.String, "evidence": pl.String}
    names["left_containment"] = pl.Float64
    pair = pl.DataFrame(judged, names, orient="row").with_columns(
        judgement=pl.lit("same"), similarity=1.0, right_containment=0.1
    )
    edge = page.select("doc_id", "parent_id", "parent_site", relation=pl.lit("copies"), confidence=0.9)
    with Store.create_or_open(folder / "s.duckdb", {}) as store:
        store.append("document", page.select("doc_id", "site"))
        store.append("story_document", page.select("story_id", "doc_id"))
        store.append("provenance_edge", edge)
        store.append("judged_pair", pair)
        store.append("same_text", same_texts(page["doc_id"], pair.filter(pl.col("relation") != "excerpt")))
        return store.frame("SELECT n_origins FROM stories ORDER BY story_id")["n_origins"].to_list()


def _site_of(sites: dict[int, str], edge: Edge) -> str | None:
    return sites[edge[0]] if edge[0] is not None else edge[1]


A, B, C = "a.example", "b.example", "c.example"
CASES = {
    "one origin": (1, {1: A, 2: B, 3: C}, {2: (1, None), 3: (2, None)}, [(1, 2), (2, 3)], [], []),
    "an origin that was not crawled, named by two": (1, {1: A, 2: B}, {1: (None, C), 2: (None, C)}, [(1, 2)], [], []),
    "named by two that share a part too small to join": (1, {1: A, 2: B}, {1: (None, C), 2: (None, C)}, [], [], []),
    "two names of one host": (1, {1: A, 2: B}, {1: (None, "en.c.example"), 2: (None, C)}, [], [], []),
    "hosts that only end alike": (2, {1: A, 2: B}, {1: (None, "c.example"), 2: (None, "xc.example")}, [], [], []),
    "an unseen source, and an origin of its host": (1, {1: A, 2: B}, {2: (None, A)}, [], [], []),
    "two roots with one text": (1, {1: A, 2: B}, {}, [(1, 2)], [], []),
    "two unseen sources of one text": (1, {1: A, 2: B}, {1: (None, "x.example"), 2: (None, C)}, [(1, 2)], [], []),
    "one text through a page between": (1, {1: A, 2: B, 3: C}, {3: (1, None)}, [(1, 3), (3, 2)], [], []),
    "a root that is largely a part of another": (1, {1: A, 2: B}, {}, [], [(1, 2)], []),
    "two roots that share a quotation": (2, {1: A, 2: B}, {}, [], [], [(1, 2)]),
    "a page made of two that share nothing": (2, {1: A, 2: B, 3: C}, {3: (1, None)}, [], [(1, 3), (2, 3)], []),
    "and a copy of either": (
        2, {1: A, 2: B, 3: C, 4: "d.example", 5: "e.example"}, {3: (1, None), 4: (1, None)},
        [(1, 4), (2, 5)], [(1, 3), (2, 3)], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_story_has_as_many_beginnings_as_share_neither_text_nor_host(name: str, tmp_path: Path) -> None:
    n, *story = CASES[name]
    assert counted(tmp_path, Story(*story)) == [n]  # type: ignore[arg-type]


def slow_count(story: Story) -> int:
    """Groups of roots, merged for as long as any two of them are tied."""

    def merged(groups: list[set[int]], ties: Iterable[tuple[int, int]]) -> list[set[int]]:
        for one, other in ties:
            first, second = (next(group for group in groups if page in group) for page in (one, other))
            if first is not second:
                groups = [group for group in groups if group is not first and group is not second] + [first | second]
        return groups

    texts = merged([{one} for one in story.sites], story.whole)
    roots = [one for one in story.sites if story.edge(one)[0] is None]
    host = {one: _site_of(story.sites, story.edge(one)) or story.sites[one] for one in roots}
    ties = [(a, b) for a, b in combinations(roots, 2) if host[a] == host[b]]
    ties += [(a, b) for a, b in combinations(roots, 2) if any({a, b} <= text for text in texts)]
    rooted = [text for text in texts if text & set(roots)]
    for pair in story.parts:
        of = [text for page in pair for text in rooted if page in text]
        if len(of) == 2:
            ties.append((min(of[0] & set(roots)), min(of[1] & set(roots))))
    return len(merged([{one} for one in roots], ties))


def made_up(seed: int) -> Story:
    chosen = random.Random(seed)
    ids = range(1, chosen.randint(2, 9))
    edges: dict[int, Edge] = {}
    for one in ids:
        edges[one] = chosen.choice([(None, None), (None, chosen.choice("xyz")), (chosen.randint(1, 9), None)])
        if (parent := edges[one][0]) is not None and parent >= one:
            edges[one] = (None, None)
    pairs = [pair for pair in combinations(ids, 2) if chosen.random() < 2 / len(ids) ** 2]
    whole = [pair for pair in pairs if chosen.random() < 0.5]
    return Story({one: chosen.choice("abcdefghijklm") for one in ids}, edges, whole, list({*pairs} - {*whole}))


def test_the_view_counts_as_a_slow_count_does(tmp_path: Path) -> None:
    stories = [made_up(seed) for seed in range(400)]
    slow = [slow_count(story) for story in stories]
    assert max(slow) > 3
    assert counted(tmp_path, *stories) == slow


def sentences(number: int, n: int = 14) -> list[str]:
    chosen = random.Random(number)
    return [" ".join(chosen.choice(WORDS.split()) for _ in range(12)).capitalize() + "." for _ in range(n)]


def told(tmp_path: Path, *pages: dict[str, object]) -> list[dict[str, object]]:
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "d.jsonl", *pages))
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        return archive.query("SELECT * FROM stories ORDER BY n_documents DESC, first_published_at").to_dicts()


def article(site: str, hour: int, text: list[str], *notes: str) -> dict[str, object]:
    at = f"2026-03-01T{hour:02}:00:00Z"
    body = "\n".join([" ".join(text[:7]), " ".join(text[7:]), *notes])
    return page(hour, url=f"https://{site}/a", title=text[0], text=body, published=at)


def test_a_source_that_was_not_crawled_and_two_copies_that_name_it_are_one_beginning(tmp_path: Path) -> None:
    text, note = sentences(1), "Source: unseenwire.example"
    pages = [article("one.example", 9, text, note), article("two.example", 10, [*text[:-1], *sentences(5, 2)], note)]
    (story,) = told(tmp_path, *pages)
    assert (story["n_documents"], story["n_origins"], story["origin_site"]) == (2, 1, "unseenwire.example")


def test_two_names_of_a_source_that_was_not_crawled_are_one_beginning(tmp_path: Path) -> None:
    text = sentences(1)
    notes = ("Source: https://unseenwire.example/1", "Source: https://en.unseenwire.example/1")
    (story,) = told(tmp_path, *(article(f"s{n}.example", 9 + n, text, note) for n, note in enumerate(notes)))
    assert story["n_origins"] == 1


def test_a_digest_of_two_stories_adds_no_beginning_to_either(tmp_path: Path) -> None:
    texts = [sentences(n) for n in (1, 2, 3)]
    pages = [article(f"s{n}{c}.example", 8 + n + c, text) for n, text in enumerate(texts) for c in range(2)]
    digest = article("digest.example", 20, [line for text in texts for line in text[:5]])
    stories = told(tmp_path, *pages, digest)
    assert [(story["n_documents"], story["n_origins"]) for story in stories] == [(2, 1)] * 3


def test_a_report_that_is_cited_is_no_beginning(tmp_path: Path) -> None:
    text = [*sentences(1), "The talks will go on, according to Axios."]
    cited = article("axios.com", 7, sentences(9))
    stories = told(tmp_path, cited, article("one.example", 9, text), article("two.example", 11, text))
    assert [(story["n_documents"], story["n_origins"], story["origin_site"]) for story in stories] == [
        (2, 1, "one.example")
    ]
