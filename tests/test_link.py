"""Joining pages of several languages: compiled average linkage against a slow one that is plainly right."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndetect import anchors
from syndetect.anchors.link import AGREEMENT, link, merge_groups
from syndetect.schema import F64, I64, JUDGED_PAIR


def merge_slowly(
    n: int, left: I64, right: I64, evidence: F64, unseen: float, prior: float
) -> tuple[I64, list[list[int]]]:
    """All groups against all in each step; of equal merges the first of the table."""
    pairs = np.full((n, n), unseen)
    pairs[left, right] = pairs[right, left] = evidence
    sums, sizes, labels, alive, bridges = pairs.copy(), np.ones(n), np.arange(n), np.ones(n, np.bool_), []
    while alive.sum() > 1:
        gain = sums * np.outer(sizes, sizes) ** (AGREEMENT - 1)
        gain[~alive] = gain[:, ~alive] = -np.inf
        np.fill_diagonal(gain, -np.inf)
        a, b = divmod(int(np.argmax(gain)), n)
        if gain[a, b] <= prior:
            break
        of_a, of_b = np.flatnonzero(labels == a), np.flatnonzero(labels == b)
        i, j = divmod(int(np.argmax(pairs[np.ix_(of_a, of_b)])), len(of_b))
        bridges.append([int(of_a[i]), int(of_b[j])])
        sums[a] += sums[b]
        sums[:, a] += sums[:, b]
        sizes[a] += sizes[b]
        alive[b] = False
        labels[of_b] = a
    return labels, bridges


pages = st.integers(2, 14)
logits = st.floats(-6, 12).map(lambda x: round(x, 1))  # equal ones are common


@settings(max_examples=200, deadline=None)
@given(pages, st.dictionaries(st.tuples(st.integers(0, 13), st.integers(0, 13)), logits), st.sampled_from([0.0, 1.5]))
def test_groups_are_merged_as_when_all_are_compared_in_each_step(
    n: int, pairs: dict[tuple[int, int], float], prior: float
) -> None:
    kept = sorted((a, b) for a, b in pairs if a < b < n)
    ends = np.array(kept, np.int64).reshape(-1, 2)
    evidence = np.array([pairs[pair] for pair in kept], np.float64)
    labels, bridges = merge_groups(n, ends[:, 0], ends[:, 1], evidence, -4.0, prior)
    expected, over = merge_slowly(n, ends[:, 0], ends[:, 1], evidence, -4.0, prior)
    assert labels.tolist() == expected.tolist()
    assert bridges.tolist() == over


def test_one_lucky_pair_does_not_chain_two_stories() -> None:
    pairs = {(0, 1): 6.0, (0, 2): 6.0, (1, 2): 6.0, (3, 4): 6.0, (3, 5): 6.0, (4, 5): 6.0, (2, 3): 3.0}
    ends = np.array(sorted(pairs), np.int64)
    evidence = np.array([pairs[a, b] for a, b in ends.tolist()])
    labels, _ = merge_groups(6, ends[:, 0], ends[:, 1], evidence, -4.0, 0.0)
    assert labels.tolist() == [0, 0, 0, 3, 3, 3]
    alone, _ = merge_groups(2, np.array([0]), np.array([1]), np.array([3.0]), -4.0, 0.0)
    assert alone.tolist() == [0, 0]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 9)), st.floats(-15, 12), min_size=1))
def test_pairs_that_reach_little_and_do_not_hang_together_change_no_link(logits: dict[tuple[int, int], float]) -> None:
    rows = [
        (a, b, "same" if x > 0 else "different", 1 / (1 + np.exp(-x))) for (a, b), x in sorted(logits.items()) if a < b
    ]
    kinds = {"left_id": pl.UInt64, "right_id": pl.UInt64, "judgement": pl.String, "similarity": pl.Float64}
    judged = pl.DataFrame(rows, schema=kinds, orient="row")
    compared = judged.with_columns(left_page="left_id", right_page="right_id", is_best=True)
    likely = pl.col("similarity") > 1 / (1 + np.exp(7.0))
    near, far = compared.filter(likely), compared.filter(~likely)
    kept = pl.concat([near, far.filter(pl.Series(anchors.hang_together(near, far), dtype=pl.Boolean))])
    for n_pages in (1, 100_000):
        assert anchors.link(kept, n_store_pages=n_pages).equals(anchors.link(judged, n_store_pages=n_pages))


def judged(pairs: dict[tuple[int, int], tuple[str, float, str]]) -> pl.DataFrame:
    rows = [(a, b, told, None, p, None, None, evidence) for (a, b), (told, p, evidence) in sorted(pairs.items())]
    return pl.DataFrame(rows, schema=JUDGED_PAIR, orient="row")


@pytest.mark.parametrize(
    ("told", "probability", "evidence", "joined"),
    [
        ("unsure", 0.45, "{}", True),
        ("unsure", 0.4975, '{"reason":"fewer than four marks in common"}', False),
        ("different", 0.09, "{}", False),
    ],
)
def test_pairs_that_are_held_back_or_different_join_nothing_however_many(
    told: str, probability: float, evidence: str, joined: bool
) -> None:
    weak = (told, probability, evidence)
    pairs = {(1, 2): ("same", 0.999, "{}"), (1, 3): weak, (2, 3): weak}
    found = link(judged(pairs), n_store_pages=200_000)
    assert (3 in found["right_id"].to_list()) is joined


@pytest.mark.parametrize(
    ("told", "evidence", "joined"),
    [("same", '{"vouched":true}', True), ("unsure", '{"vouched":true}', False), ("same", "{}", False)],
)
def test_a_pair_that_is_the_same_and_vouched_for_joins_two_stories_nobody_compared(
    told: str, evidence: str, joined: bool
) -> None:
    sure = ("same", 0.999, "{}")
    pairs = {(1, 2): sure, (1, 3): sure, (2, 3): sure, (4, 5): sure, (4, 6): sure, (5, 6): sure}
    found = link(judged({**pairs, (3, 4): (told, 0.7 if told == "same" else 0.4, evidence)}))
    assert ((3, 4) in found.select("left_id", "right_id").rows()) is joined
    assert len(found) == 6 + joined
