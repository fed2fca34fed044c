"""Margins over rivals, and what a page shares with its other candidates."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndetect.anchors.features import N_FEATURES
from syndetect.anchors.margins import (
    BESIDE,
    CANDIDATES_BEFORE,
    MARGIN_CUT,
    MOST_RIVALS,
    NO_RIVAL,
    RIVAL,
    STANDS_OUT,
    beside,
    find_rivals,
    margins,
    with_common,
)

LANGUAGES = ["en", "ru", "ru", "ar", "en", "ru", "ar", None]
IDS = range(1, len(LANGUAGES) + 1)
PAGES = pl.DataFrame({"doc_id": IDS, "language": LANGUAGES}, schema={"doc_id": pl.UInt64, "language": pl.String})
LANGUAGE = dict(zip(IDS, LANGUAGES, strict=True))
CANDIDATES = [pair for pair in combinations(IDS, 2) if LANGUAGE[pair[0]] != LANGUAGE[pair[1]]]
TWINS = [pair for pair in combinations(IDS, 2) if LANGUAGE[pair[0]] == LANGUAGE[pair[1]]]
SCORED = st.dictionaries(st.sampled_from(CANDIDATES), st.integers(-80, 80).map(lambda x: x / 10), min_size=1)


def _pairs(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"left_id": pl.UInt64, "right_id": pl.UInt64}, orient="row")


def _slow_margin(
    pair: tuple[int, int], side: int, scored: dict[tuple[int, int], float], twins: set[frozenset[int]]
) -> float:
    own, other = pair[side], pair[1 - side]
    rivals = [NO_RIVAL]
    for (a, b), of_rival in scored.items():
        if own not in (a, b):
            continue
        rival = b if a == own else a
        if rival != other and LANGUAGE[rival] == LANGUAGE[other] and frozenset((rival, other)) not in twins:
            rivals.append(of_rival)
    return min(MARGIN_CUT, max(-MARGIN_CUT, scored[pair] - max(rivals)))


@settings(max_examples=100, deadline=None)
@given(SCORED, st.lists(st.sampled_from(TWINS), unique=True, max_size=4))
def test_margins_are_those_of_the_plain_loop_and_twins_are_no_rivals(
    scored: dict[tuple[int, int], float], twins: list[tuple[int, int]]
) -> None:
    scores = np.array(list(scored.values()))
    found = margins(_pairs(list(scored)), PAGES, scores, _pairs(twins))
    same = {frozenset(pair) for pair in twins}
    assert found.tolist() == pytest.approx(
        np.array([[_slow_margin(pair, side, scored, same) for side in (0, 1)] for pair in scored])
    )
    if not twins:
        assert (margins(_pairs(list(scored)), PAGES, scores) == found).all()


def test_two_translations_into_one_language_spoil_each_others_margin_unless_they_are_twins() -> None:
    pairs, scores = _pairs([(1, 2), (1, 3), (1, 6)]), np.array([5.0, 4.0, -5.0])
    assert margins(pairs, PAGES, scores)[:2, 0].tolist() == [1.0, -1.0]
    assert margins(pairs, PAGES, scores, _pairs([(2, 3)]))[:2, 0].tolist() == [MARGIN_CUT, MARGIN_CUT]


def test_rivals_are_the_best_of_a_page_in_one_language_from_a_score_on() -> None:
    pages = pl.DataFrame({"doc_id": range(1, 8), "language": ["en", *["ru"] * 6]}, schema=PAGES.schema)
    pairs = _pairs([(1, other) for other in range(2, 8)])
    scores = np.array([RIVAL - 0.1, RIVAL, 3.0, 2.0, 2.0, 2.0])
    rivals = find_rivals(pairs, pages, scores)
    best = sorted(range(2, 8), key=lambda i: (-scores[i - 2], i))[:MOST_RIVALS]
    assert rivals.rows() == sorted(combinations(sorted(best), 2))
    for low, n in ((RIVAL, 1), (RIVAL - 0.1, 0)):
        assert find_rivals(pairs.head(2), pages, np.array([3.0, low])).height == n


@settings(max_examples=50, deadline=None)
@given(SCORED)
def test_what_others_have_is_the_mean_of_the_plain_loop(scored: dict[tuple[int, int], float]) -> None:
    features = np.zeros((len(scored), N_FEATURES))
    features[:, BESIDE[0]] = list(scored.values())
    usual = np.zeros(len(BESIDE))
    usual[0] = 2.0
    found = beside(with_common(_pairs(list(scored)), features), usual, np.full(len(BESIDE), 3.0))
    for pair, row in zip(scored, found, strict=True):
        means = []
        for page in pair:
            others = [score for other, score in scored.items() if page in other and other != pair]
            others = [score for score in others if score <= 2.0 + STANDS_OUT * 3.0]
            means.append((sum(others) + 2.0 * CANDIDATES_BEFORE) / (len(others) + CANDIDATES_BEFORE))
        assert row[:2] == pytest.approx(sorted(means), abs=1e-5)  # kept in single precision


def test_a_pair_that_is_no_candidate_is_put_beside_all_candidates_of_its_pages() -> None:
    features = np.zeros((3, N_FEATURES))
    features[:, BESIDE[0]] = [1.0, 2.0, 6.0]
    among = with_common(_pairs([(1, 2), (1, 3), (4, 5)]), features)
    found = beside(
        with_common(_pairs([(1, 4), (7, 8)]), features[:2]), np.zeros(len(BESIDE)), np.full(len(BESIDE), 9.0), among
    )
    assert found[0, :2] == pytest.approx([3.0 / (2 + CANDIDATES_BEFORE), 6.0 / (1 + CANDIDATES_BEFORE)])
    assert found[1, :2] == pytest.approx([0.0, 0.0])
