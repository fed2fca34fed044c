"""Provenance of large stories: what is compared there besides neighbours in time, and that cutting changes nothing."""

from __future__ import annotations

import random
from importlib.resources import files

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_provenance import GERMAN, STORY, Page, changed, connect, credit, hourly_clocks, random_pages

from syndetect.provenance import trace_sources
from syndetect.provenance.alignment import JOINED, LEFT_OUT, MOST_BONUS, NEW, TAIL, _align, _match_cost
from syndetect.provenance.clocks import FIRST, SMALL_STORY, WINDOW
from syndetect.provenance.credits import NEXT_AFTER, NEXT_BEFORE, match_hosts, named_pairs, same_host
from syndetect.provenance.distant import BESIDE, MOST, distant_pairs
from syndetect.provenance.options import Options, build_options, number_pages
from syndetect.provenance.passages import Marks, compare_marks, containment
from syndetect.provenance.trace import MOST_LIKE, learn, read_options
from syndetect.schema import F32, F64


def row_of(pages: pl.DataFrame, page: Page) -> int:
    return int(pages.filter(pl.col("doc_id") == page.number)["row"].item())


def options_of(con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, Options]:
    stories = con.sql("SELECT DISTINCT story_id FROM story_document").pl()
    return read_options(con, stories, learn(con))


def test_a_page_of_a_large_story_finds_the_page_far_before_it_whose_changes_it_has() -> None:
    n, source, copy = 2000, 700, 1900
    pages = [Page(f"s{k}.test", k / 4, changed(STORY, k % 12) if k % 5 else STORY) for k in range(n)]
    other = [s.replace("neighbours", "good old friends") if k in {3, 8} else s for k, s in enumerate(STORY)]
    pages[source], pages[copy] = (Page(f"s{k}.test", k / 4, other) for k in (source, copy))
    edges = trace_sources(connect(pages))
    assert edges.filter(pl.col("doc_id") == pages[copy].number)["parent_id"].item() == pages[source].number


def test_pages_judged_alike_are_compared_in_a_large_story_the_likest_so_many() -> None:
    n, child = SMALL_STORY + 1, 380
    pages = [Page(f"s{k}.test", k, STORY[:2]) for k in range(n)]
    pages[child] = Page(f"s{child}.test", child, GERMAN[:2], language="de")
    con = connect(pages)
    judged = range(60, 60 + MOST_LIKE + 1)
    for place, k in enumerate(judged):
        left, right = sorted((pages[k].number, pages[child].number))
        con.execute(
            "INSERT INTO judged_pair BY NAME SELECT $left AS left_id, $right AS right_id, 'same' AS judgement, "
            "'translation' AS relation, $near AS similarity",
            {"left": left, "right": right, "near": 0.9 - place / 100},
        )
    numbered, options = options_of(con)
    of_child = options.facts.filter(pl.col("child") == row_of(numbered, pages[child]))["page"].to_list()
    found = [row_of(numbered, pages[k]) in of_child for k in judged]
    assert found == [True] * MOST_LIKE + [False]


def slow_distant(marks: list[list[int]]) -> set[tuple[int, int]]:
    """The same for pages in the order of time, hour by hour: none after a page can have been before it."""
    holders: dict[int, list[int]] = {}
    for page, found in enumerate(marks):
        for mark in dict.fromkeys(found):
            holders.setdefault(mark, []).append(page)
    pairs = set()
    for page, found in enumerate(marks):
        score: dict[int, float] = {}
        for mark in dict.fromkeys(found):
            of = [other for other in holders[mark] if other >= FIRST]
            before = [other for other in of if other < page - WINDOW]
            after = [other for other in of if other >= page + WINDOW]
            for other in {*before[:1], *before[-BESIDE:], *after[:BESIDE]}:
                score[other] = score.get(other, 0.0) + 1.0 / len(holders[mark])
        ranked = sorted(score, key=lambda other: (-score[other], abs(other - page), other))[: 3 * MOST]
        pairs |= {(page, other) for other in [o for o in ranked if o < page][:MOST]}
    return pairs


@pytest.mark.parametrize("n_marks", [40, 2000])
def test_distant_pages_are_those_a_slow_loop_finds(n_marks: int) -> None:
    rng, n = random.Random(n_marks), SMALL_STORY + 1
    marks = [[rng.randrange(n_marks) for _ in range(rng.randrange(9))] for _ in range(n)]
    flat = np.array([mark for found in marks for mark in found], np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(found) for found in marks])]).astype(np.int64)
    found = distant_pairs(hourly_clocks(n), Marks(flat, offsets), np.array([0, n]))
    assert set(found.rows()) == slow_distant(marks)
    assert distant_pairs(hourly_clocks(n - 1), Marks(flat, offsets[:-1]), np.array([0, n - 1])).is_empty()


def test_of_a_named_site_with_many_pages_the_nearest_and_the_first_are_compared() -> None:
    n, child = 300, 250
    pages = pl.DataFrame({"row": range(n), "story": 0, "site": "a.test", "url_key": None, "when": range(n)})
    credits = pl.DataFrame(
        {"row": [child], "story": [0], "kind": ["attribution"], "site": ["a.test"], "url": [None], "own": [False]},
        schema_overrides={"url": pl.String},
    )
    hosts = pl.DataFrame({"story": [0], "site": ["a.test"], "page_site": ["a.test"]})
    found = named_pairs(credits, hosts, pages.cast({"url_key": pl.String, "story": pl.Int64}))
    assert sorted(found["page"]) == [*range(NEXT_AFTER), *range(child + 1 - NEXT_BEFORE, child + 1 + NEXT_AFTER)]


labels = st.lists(st.sampled_from(["a", "b", "news", "test"]), min_size=1, max_size=3).map(".".join)


@given(st.lists(labels, min_size=1, max_size=6), st.lists(labels, min_size=1, max_size=6))
def test_hosts_stand_for_sites_as_every_pair_of_them_tells(named: list[str], sites: list[str]) -> None:
    credits = pl.DataFrame({"story": [0] * len(named), "site": named, "own": [False] * len(named)})
    pages = pl.DataFrame({"story": [0] * len(sites), "site": sites})
    every = credits.select("site").unique().join(pages.select(page_site="site").unique(), how="cross")
    wanted = every.filter(same_host(pl.col("site"), pl.col("page_site"))).sort("site", "page_site")
    assert match_hosts(credits, pages).select("site", "page_site").equals(wanted)


def test_what_a_page_contains_is_what_the_comparison_of_marks_finds() -> None:
    rng = np.random.default_rng(1)
    offsets = np.array([0, 5, 5, 30, 42], np.int64)
    marks = Marks(rng.integers(0, 12, 42), offsets)
    child, page = (np.array(x, np.int64) for x in zip(*[(c, q) for c in range(4) for q in range(4)], strict=True))
    p: F32 = np.ones(len(child), np.float32)
    shared = compare_marks(marks, child, page, p)
    assert np.array_equal(containment(marks, child, page), shared.found / np.maximum(shared.length, 1))


def slow_alignment(a: F64, b: F64, bonus: F64) -> float:
    """The cheapest way of telling sentences a of a child by sentences b of its source."""
    n, m = len(a), len(b)
    cost: dict[tuple[int, int], float] = {(0, 0): 0.0}
    for i in range(n + 1):
        for j in range(m + 1):
            ways = [cost[0, 0]] if i == j == 0 else []
            if i and j:
                ways.append(cost[i - 1, j - 1] + _match_cost(a[i - 1], b[j - 1]) - min(bonus[i - 1, j - 1], MOST_BONUS))
            if i:
                ways.append(cost[i - 1, j] + NEW)
            if j:
                ways.append(cost[i, j - 1] + (TAIL if i == n else LEFT_OUT))
            if i and j > 1:
                shared = min(bonus[i - 1, j - 1] + bonus[i - 1, j - 2], MOST_BONUS)
                ways.append(cost[i - 1, j - 2] + JOINED + _match_cost(a[i - 1], b[j - 1] + b[j - 2]) - shared)
            if i > 1 and j:
                shared = min(bonus[i - 1, j - 1] + bonus[i - 2, j - 1], MOST_BONUS)
                ways.append(cost[i - 2, j - 1] + JOINED + _match_cost(a[i - 1] + a[i - 2], b[j - 1]) - shared)
            cost[i, j] = min(ways)
    return cost[n, m]


@pytest.mark.parametrize("seed", range(20))
def test_an_alignment_costs_what_a_slow_loop_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.lognormal(0, 0.5, rng.integers(0, 9)), rng.lognormal(0, 0.5, rng.integers(0, 9))
    bonus = rng.choice([0.0, 0.0, 1.0, 1.5, 6.0], (len(a) + 1, len(b) + 1))
    cost, step = np.zeros((len(a) + 1, len(b) + 1)), np.zeros((len(a) + 1, len(b) + 1), np.uint8)
    _align(a, b, bonus, cost, step)
    assert cost[len(a), len(b)] == slow_alignment(a, b, bonus)


@pytest.mark.parametrize(("pairs_at_once", "threads"), [(1, 1), (7, 2), (50, 3)])
def test_options_do_not_depend_on_how_many_are_built_at_a_time(pairs_at_once: int, threads: int) -> None:
    pages = [*random_pages(5, 9), *(Page(f"t{k}.test", k, GERMAN[k:], story="t", language="de") for k in range(4))]
    pages += [Page("u.test", 3, GERMAN, language="de", claims=[credit("s1.test")]), Page("alone.test", 1, story="z")]
    con = connect(pages)
    numbered, whole = options_of(con)
    con.register("wanted", numbered.select("story_id").unique().to_arrow())
    tables = [
        con.sql(files("syndetect").joinpath("sql", f"provenance_{name}.sql").read_text(encoding="utf-8")).pl()
        for name in ("pages", "claims")
    ]
    languages = con.sql("SELECT DISTINCT site, first(language) AS host_language FROM document GROUP BY site").pl()
    parts = build_options(
        number_pages(tables[0]), tables[1], learn(con), known_links=pl.Series([], dtype=pl.String),
        languages=languages, like=pl.DataFrame(schema={"child_id": pl.UInt64, "page_id": pl.UInt64}),
        pairs_at_once=pairs_at_once, threads=threads,
    )  # fmt: skip
    assert parts.frame.equals(whole.frame)
    assert parts.facts.equals(whole.facts)
