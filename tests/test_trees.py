"""Trees over a story's pages: marginals and the best tree against all trees, written out."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndetect.provenance.choice import choose, spread
from syndetect.provenance.options import NONE, PAGE, UNSEEN
from syndetect.provenance.trees import ROOT, best_tree, edge_marginals

Edge = tuple[int, int, float]


def is_tree(parents: Sequence[int]) -> bool:
    for start in range(len(parents)):
        at, steps = start, 0
        while at != ROOT and steps <= len(parents):
            at, steps = parents[at], steps + 1
        if at != ROOT:
            return False
    return True


def all_trees(edges: Sequence[Edge], n: int) -> list[tuple[int, ...]]:
    """Every choice of one edge a page in which no page is its own ancestor, by numbers of edges."""
    of_page = [[number for number, edge in enumerate(edges) if edge[0] == page] for page in range(n)]
    return [found for found in itertools.product(*of_page) if is_tree([edges[e][1] for e in found])]


def weight_of(tree: Sequence[int], edges: Sequence[Edge]) -> float:
    return math.prod(edges[e][2] for e in tree)


def marginals(edges: Sequence[Edge], n: int, **kind: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    child, source, weight = zip(*edges, strict=True)
    found = edge_marginals(np.array(child), np.array(source), np.array(weight, float), n, **kind)
    return found.share


def best(edges: Sequence[Edge], n: int) -> list[int]:
    child, source, weight = zip(*edges, strict=True)
    return [int(e) for e in best_tree(np.array(child), np.array(source), np.array(weight, float), n)]


@st.composite
def graphs(draw: st.DrawFn, most: int = 5, weights: st.SearchStrategy[float] | None = None) -> tuple[list[Edge], int]:
    n = draw(st.integers(1, most))
    weight = weights if weights is not None else st.floats(0.001, 1.0)
    edges: list[Edge] = []
    for page in range(n):
        for source in sorted(draw(st.sets(st.integers(0, n - 1))) - {page}):
            edges.append((page, source, draw(weight)))
        edges.extend((page, ROOT, draw(weight)) for _ in range(draw(st.integers(1, 2))))
    return edges, n


@settings(max_examples=80, deadline=None)
@given(graphs())
def test_marginals_are_shares_of_the_weight_of_all_trees(graph: tuple[list[Edge], int]) -> None:
    edges, n = graph
    expected = np.zeros(len(edges))
    for tree in all_trees(edges, n):
        expected[list(tree)] += weight_of(tree, edges)
    sums = np.bincount([edge[0] for edge in edges], expected)
    expected /= sums[0]
    assert marginals(edges, n) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(graphs(weights=st.sampled_from([0.1, 0.2, 0.5, 1.0])))
def test_the_best_tree_is_the_heaviest_of_all(graph: tuple[list[Edge], int]) -> None:
    edges, n = graph
    found = best(edges, n)
    assert is_tree([edges[e][1] for e in found])
    assert weight_of(found, edges) == pytest.approx(max(weight_of(tree, edges) for tree in all_trees(edges, n)))


@given(graphs(most=12), st.randoms(use_true_random=False))
def test_marginals_add_up_to_one_a_page_and_do_not_depend_on_numbers(
    graph: tuple[list[Edge], int], rng: random.Random
) -> None:
    edges, n = graph
    found = marginals(edges, n)
    assert np.bincount([edge[0] for edge in edges], found) == pytest.approx(np.ones(n), abs=1e-12)
    number = list(range(n))
    rng.shuffle(number)
    renamed = [(number[c], number[p] if p != ROOT else ROOT, w) for c, p, w in edges]
    order = sorted(range(len(edges)), key=lambda e: renamed[e][0])
    assert marginals([renamed[e] for e in order], n) == pytest.approx(found[order], abs=1e-12)


@given(graphs(most=12))
def test_where_no_page_can_be_its_own_ancestor_marginals_are_the_weights(graph: tuple[list[Edge], int]) -> None:
    edges, n = graph
    forward = [edge for edge in edges if edge[1] < edge[0]]
    total = np.bincount([edge[0] for edge in forward], [edge[2] for edge in forward])
    assert marginals(forward, n) == pytest.approx([edge[2] / total[edge[0]] for edge in forward], abs=1e-12)


def test_two_pages_without_times_are_each_as_likely_the_others_source() -> None:
    edges = [(0, 1, 0.9), (0, ROOT, 0.1), (1, 0, 0.9), (1, ROOT, 0.1)]
    # Trees: both origins .01, one of the other .09 each.
    assert marginals(edges, 2) == pytest.approx([9 / 19, 10 / 19, 9 / 19, 10 / 19])
    assert best(edges, 2) == [1, 2]


def test_a_long_ring_is_broken_where_that_costs_least() -> None:
    n = 500
    edges: list[Edge] = []
    for page in range(n):
        edges += [(page, (page - 1) % n, 0.9), (page, ROOT, 0.2 if page == 321 else 0.1)]
    found = best(edges, n)
    assert [page for page in range(n) if edges[found[page]][1] == ROOT] == [321]


def test_rings_within_rings_are_broken() -> None:
    edges = [
        (0, 1, 0.9), (0, 3, 0.3), (0, ROOT, 0.001), (1, 0, 0.9), (1, ROOT, 0.001),
        (2, 3, 0.9), (2, 1, 0.5), (2, ROOT, 0.001), (3, 2, 0.9), (3, ROOT, 0.02),
    ]  # fmt: skip
    found = best(edges, 4)
    assert weight_of(found, edges) == max(weight_of(tree, edges) for tree in all_trees(edges, 4))


def test_of_trees_alike_the_first_edges_are_taken_whatever_stands_beside_them() -> None:
    story = [(0, 1, 0.5), (0, 2, 0.5), (0, ROOT, 0.5), (1, 2, 0.5), (1, ROOT, 0.5), (2, ROOT, 0.5)]
    other = [(c + 3, p + 3 if p != ROOT else ROOT, w) for c, p, w in story]
    alone, both = best(story, 3), best([*story, *other], 6)
    assert alone == [0, 3, 5]
    assert both == [*alone, *(e + len(story) for e in alone)]


@pytest.mark.parametrize("largest", [5, 6])
def test_a_block_is_counted_whole_at_the_limit_and_pruned_above_it(largest: int) -> None:
    n = 6
    edges: list[Edge] = [(page, source, 0.5) for page in range(n) for source in (*range(n), ROOT) if source != page]
    # One page is another's source and the other way about only by edges of the least weight.
    edges = [(c, p, 0.01 if p != ROOT and (c < 3) != (p < 3) else w) for c, p, w in edges]
    child, source, weight = (np.array(column) for column in zip(*edges, strict=True))
    found = edge_marginals(child, source, weight, n, largest_block=largest)
    assert found.pruned.tolist() == [largest < n and edge[2] == 0.01 for edge in edges]
    assert np.bincount(child, found.share) == pytest.approx(np.ones(n))
    assert (found.share[found.pruned] == 0).all()


def options(rows: Sequence[tuple[int, int, int, str | None, float]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["child", "kind", "page", "host", "probability"], orient="row")


RING = [
    (0, PAGE, 1, None, 0.6), (0, UNSEEN, -1, "a.test", 0.3), (0, UNSEEN, -1, "b.test", 0.06), (0, NONE, -1, None, 0.04),
    (1, PAGE, 0, None, 0.9), (1, NONE, -1, None, 0.1),
]  # fmt: skip


def test_unseen_hosts_and_none_keep_their_shares_of_what_is_outside() -> None:
    found, pruned = spread(options(RING), np.zeros(2, np.int64))
    outside = found["probability"][1:4]
    # Trees: 0 from outside and 1 from it .36, both from outside .04, 1 from outside and 0 from it .06.
    assert (outside / outside.sum()).to_list() == pytest.approx([0.75, 0.15, 0.1])
    assert found["probability"].to_list() == pytest.approx(
        [0.06 / 0.46, *(x / 0.46 for x in (0.3, 0.06, 0.04)), 0.36 / 0.46, 0.1 / 0.46]
    )
    assert not pruned.height
    chosen = choose(found, np.zeros(2, np.int64))
    assert chosen.select("child", "kind", "page", "host").rows() == [(0, UNSEEN, -1, "a.test"), (1, PAGE, 0, None)]


def test_what_is_given_as_certain_stays_so_and_what_is_ruled_out_is_not_taken() -> None:
    given_rows = [(*row[:4], {0: 1.0, 3: 0.0, 2: 0.0, 1: 0.0}.get(at, row[4])) for at, row in enumerate(RING)]
    found, _ = spread(options(given_rows), np.zeros(2, np.int64))
    assert found["probability"].to_list() == pytest.approx([1, 0, 0, 0, 0, 1], abs=1e-7)
    assert choose(found, np.zeros(2, np.int64))["kind"].to_list() == [PAGE, NONE]


def test_a_story_of_pages_without_times_is_spread_and_chosen_at_once() -> None:
    n = 250
    rows = [
        (page, PAGE if source != page else NONE, source if source != page else -1, None, 1 / n)
        for page in range(n) for source in [*(p for p in range(n) if p != page), page]
    ]  # fmt: skip
    found, _ = spread(options(rows), np.zeros(n, np.int64))
    assert float(str(found["probability"].max())) < 0.1
    parents = choose(found, np.zeros(n, np.int64))["page"].to_list()
    assert is_tree(parents)
