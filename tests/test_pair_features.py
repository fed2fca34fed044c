"""Laws of the features of a pair, and the worlds that weigh them."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndetect.anchors import kinds
from syndetect.anchors.features import (
    CHAIN,
    COUNTS,
    COVERAGE,
    GROUPS,
    MATCHED,
    N_FEATURES,
    N_GROUPS,
    SHARED,
    WINDOW,
    compare_pairs,
)
from syndetect.schema import F64, I64

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from anchor_worlds import Documents, label, length_norms, make_pages, make_world, naming_keys
from learn_anchor_weights import fit, learn, score, take, threshold

KINDS = st.sampled_from([kinds.NUMBER, kinds.DATE, kinds.PLACE, kinds.NAME, kinds.WORD])
MARK = st.tuples(st.integers(1, 30), st.integers(0, 999))
MARKS = st.lists(MARK, max_size=12, unique=True)
Page = list[tuple[int, int]]


def _kind(key: int) -> int:
    return (kinds.NUMBER, kinds.DATE, kinds.PLACE, kinds.NAME, kinds.WORD)[key % 5]


def _compare(left: Page, right: Page, lengths: tuple[float, float] = (1000.0, 1100.0)) -> tuple[F64, I64]:
    rows = [sorted(left), sorted(right)]
    keys = np.array([key for page in rows for key, _ in page], np.uint64)
    features, counts = np.zeros((1, N_FEATURES)), np.zeros((1, COUNTS), np.int64)
    compare_pairs(
        np.array([0]), np.array([1]), np.array([0, len(left), len(left) + len(right)]), keys,
        GROUPS[[_kind(int(key)) for key in keys]], 1.0 + keys % 7,
        np.array([at for page in rows for _, at in page], np.float64), np.array(lengths), features, counts,
    )  # fmt: skip
    return features[0], counts[0]


@settings(max_examples=100, deadline=None)
@given(MARKS, MARKS)
def test_features_do_not_tell_which_page_is_called_left(left: Page, right: Page) -> None:
    features, counts = _compare(left, right)
    turned, turned_counts = _compare(right, left, (1100.0, 1000.0))
    assert features.tolist() == turned.tolist()
    assert counts[[0, 2, 1, 3, 4, 5, 6, 7, 8]].tolist() == turned_counts.tolist()


@settings(max_examples=100, deadline=None)
@given(MARKS, MARKS, st.integers(0, 999), st.integers(0, 999))
def test_a_mark_more_on_both_sides_takes_nothing_from_what_is_shared(left: Page, right: Page, a: int, b: int) -> None:
    before, counts = _compare(left, right)
    after, more = _compare([*left, (31, a)], [*right, (31, b)])
    grown = [CHAIN, MATCHED, *range(SHARED, SHARED + N_GROUPS)]
    assert (after[grown] >= before[grown] - 1e-9).all()
    assert more[7] == counts[7] + 1


@settings(max_examples=100, deadline=None)
@given(MARKS, MARKS)
def test_shares_are_shares_and_pages_without_a_common_mark_have_no_span(left: Page, right: Page) -> None:
    features, counts = _compare(left, right)
    shares = [*range(COVERAGE, COVERAGE + N_GROUPS), WINDOW, WINDOW + 1, WINDOW + 2]
    assert ((features[shares] >= 0) & (features[shares] <= 1)).all()
    if counts[7] == 0:
        assert not features[WINDOW:].any()
        assert features[CHAIN] == 0


FIRST = "Amelia Bertram Clovis Dorina Edwin Fabian Gustav Hedwig Ilaria Jasper Kirsten Lorenz".split()
LAST = "Hartmann Castellan Wintergreen Barlowe Fitzgerald Montague Sutherland Pemberton Kowalski Vandermeer".split()
SAID = {
    "en": "{a} told {b} that {n} ships left the harbour with {m} tonnes of grain.",
    "de": "{a} sagte {b}, dass {n} Schiffe den Hafen mit {m} Tonnen Getreide verlassen haben.",
    "fr": "{a} a dit à {b} que {n} navires ont quitté le port avec {m} tonnes de blé.",
}


def _documents(n: int) -> Documents:
    rng = random.Random(3)
    documents: Documents = {}
    for i in range(n):
        told = [
            {"a": f"{rng.choice(FIRST)} {rng.choice(LAST)}", "b": rng.choice(LAST), "n": rng.randrange(2, 900),
             "m": rng.randrange(1_000, 90_000)}
            for _ in range(12)
        ]  # fmt: skip
        documents[f"d{i:02}"] = {code: [[said.format(**row) for row in told]] for code, said in SAID.items()}
    return documents


def test_halves_of_one_document_are_no_translation_and_two_years_of_it_are_not_asked_for() -> None:
    documents = _documents(8)
    pages = make_pages(documents, random.Random(1), n_pages=150)
    same = pages.select("doc_id", "document", "year", "story", "kept")
    pairs = same.join(same, how="cross", suffix="_b").filter(pl.col("doc_id") < pl.col("doc_id_b"))
    labelled = label(pairs.select(left_id="doc_id", right_id="doc_id_b"), pages)
    one = labelled.filter(pl.col("document") == pl.col("document_right"))
    assert (one["year"] == one["year_right"]).all()
    assert (one.filter("label")["story"] == one.filter("label")["story_right"]).all()
    other = one.filter(~pl.col("label"))
    assert other.height > 0
    assert other.select(pl.col("kept").list.set_intersection("kept_right").list.len().max()).item() == 0


def test_what_is_learnt_from_small_worlds_tells_translations_from_the_rest() -> None:
    documents = _documents(8)
    letters, naming = length_norms(documents), naming_keys(documents)
    trials = [
        take(make_world(documents, naming, random.Random(seed), n_pages=80, size="six"), letters) for seed in (1, 2)
    ]
    weights = learn(trials[:1], letters)
    scores, labels = score(trials[1], weights), trials[1].world.labels
    assert labels.sum() >= 5
    assert np.median(scores[labels]) > np.quantile(scores[~labels], 0.99)


def test_the_regression_finds_the_odds_and_the_threshold_the_precision() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20_000, 2))
    labels = rng.random(20_000) < 1 / (1 + np.exp(-(2 * x[:, 0] - 3)))
    found = fit(x, labels)
    assert found == pytest.approx([2.0, 0.0, -3.0], abs=0.15)
    scores = x @ found[:-1] + found[-1]
    at = threshold(scores, labels)
    assert labels[scores >= at].mean() >= 0.975
