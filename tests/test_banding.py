"""The band layout: that of the published optimum, and the recall it promises is the recall there is."""

from __future__ import annotations

import math
import random

import polars as pl
import pytest
from datasketch.lsh import _false_positive_probability, _optimal_param
from hypothesis import given
from hypothesis import strategies as st

from syndetect.banding import LEAST_RECALL, band_layout, expected_recall
from syndetect.signatures import sign_texts

THRESHOLDS = [n / 20 for n in range(1, 20)]


@pytest.mark.parametrize("n_permutations", [16, 64, 100, 128])
def test_without_a_promise_the_layout_is_that_of_datasketch(n_permutations: int) -> None:
    for threshold in THRESHOLDS:
        for missed in (0.5, 0.9):
            ours = band_layout(threshold, n_permutations, missed_weight=missed, least_recall=0, whole=False)
            theirs = _optimal_param(threshold, n_permutations, 1 - missed, missed)
            assert (ours.bands, ours.rows) == theirs


@pytest.mark.parametrize("n_permutations", [64, 128, 96, 256, 1024])
def test_the_layout_is_the_one_with_the_fewest_false_candidates_that_keeps_the_promise(n_permutations: int) -> None:
    for threshold in [*THRESHOLDS[2:], 1.0]:
        keeping = [
            (n_permutations // rows, rows)
            for rows in range(1, n_permutations + 1)
            if n_permutations % rows == 0 and expected_recall(threshold, n_permutations // rows, rows) >= LEAST_RECALL
        ]
        cheapest = min(keeping, key=lambda one: _false_positive_probability(threshold, *one))
        layout = band_layout(threshold, n_permutations)
        assert (layout.bands, layout.rows) == cheapest
        assert layout.recall == expected_recall(threshold, *cheapest)


def test_where_no_layout_keeps_the_promise_a_band_for_each_value_says_what_it_can() -> None:
    layout = band_layout(0.1, 16)
    assert (layout.bands, layout.rows) == (16, 1)
    assert layout.words() == "16 bands of 1 row: 81.46% of pairs at Jaccard 0.1 become candidates"


@given(st.floats(0, 1), st.integers(1, 64), st.integers(1, 64))
def test_recall_is_a_share_that_rises_with_bands_and_falls_with_rows(similarity: float, bands: int, rows: int) -> None:
    here = expected_recall(similarity, bands, rows)
    assert 0 <= here <= 1
    assert expected_recall(similarity, bands + 1, rows) >= here - 1e-12
    assert expected_recall(similarity, bands, rows + 1) <= here + 1e-12


def pairs_at(shared: int, n_pairs: int) -> list[str]:
    """Texts of 100 shingles, two a pair, which share so many: their Jaccard is shared / (200 - shared)."""
    chosen = random.Random(shared)
    texts = []
    for _ in range(n_pairs):
        head, *tails = (
            [f"{chosen.choice('bcdfgklmnprst')}{chosen.randrange(16**6):06x}" for _ in range(n)]
            for n in (shared + 4, 100 - shared, 100 - shared)
        )
        texts += [" ".join(head + tail) for tail in tails]
    return texts


@pytest.mark.parametrize(
    ("shared", "bands"),
    [(82, 32), (67, 32), (57, 32), (82, 16), (94, 16), (90, 16), (67, 64), (40, 64)],
)
def test_as_many_pairs_share_a_band_key_as_the_layout_promises(shared: int, bands: int) -> None:
    n_pairs = 2_000
    keys = sign_texts(pl.Series(pairs_at(shared, n_pairs)), n_bands=bands, one_in=0).bands
    found = (keys[0::2] == keys[1::2]).any(axis=1).mean()
    promised = expected_recall(shared / (200 - shared), bands, 128 // bands)
    assert abs(found - promised) <= 3 * math.sqrt(promised * (1 - promised) / n_pairs)
