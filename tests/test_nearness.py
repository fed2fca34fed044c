"""What nearness is worth is measured by anchors: nothing where it is chance, little in any case."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from syndetect.anchors.nearness import LEAST_SURE, MOST, MOST_AGAINST, add_nearness, nearness_logits
from syndetect.schema import F64, I64


def _pairs(n_sure: int, n_rejected: int, gap: float, seed: int = 0) -> tuple[F64, F64, I64, I64]:
    """Nearness, scores, languages of both pages; translations are nearer by `gap` standard deviations."""
    random = np.random.default_rng(seed)
    scores = np.concatenate([np.full(n_sure, 5.0), np.full(n_rejected, -5.0), random.uniform(-2, 2, 200)])
    nearness = random.normal(size=len(scores))
    nearness[:n_sure] += gap
    languages = random.integers(0, 3, len(scores))
    return nearness, scores, languages, (languages + 1) % 3


def test_vectors_that_know_nothing_add_nothing() -> None:
    added = [np.abs(nearness_logits(*_pairs(60, 600, 0.0, seed))).max() for seed in range(150)]
    assert np.mean(np.array(added) > 0) < 0.01


@pytest.mark.parametrize("constant", [0.0, 0.3])
def test_vectors_that_are_all_alike_add_nothing(constant: float) -> None:
    nearness, scores, left, right = _pairs(60, 600, 0.0)
    assert not nearness_logits(np.full_like(nearness, constant), scores, left, right).any()


def test_nearness_that_speaks_against_translations_is_not_turned_round() -> None:
    assert not nearness_logits(*_pairs(60, 600, -2.0)).any()


def test_nothing_is_said_below_the_least_number_of_sure_pairs() -> None:
    assert not nearness_logits(*_pairs(LEAST_SURE - 1, 600, 3.0)).any()
    assert not nearness_logits(*_pairs(600, LEAST_SURE - 1, 3.0)).any()
    assert nearness_logits(*_pairs(LEAST_SURE, 600, 3.0)).any()


def test_the_nearer_the_likelier_and_never_by_more_than_the_most() -> None:
    nearness, scores, left, right = _pairs(100, 600, 2.0)
    nearness[-1] = np.nan
    added = nearness_logits(nearness, scores, left, right)
    assert added[-1] == 0.0
    assert added.max() == MOST
    assert added.min() >= -MOST_AGAINST
    one = (left == 0) & (right == 1) & np.isfinite(nearness)
    assert (np.diff(added[one][np.argsort(nearness[one])]) >= 0).all()
    assert added[:100].mean() > 0.5 > -0.2 > added[100:700].mean()


def test_pages_that_are_far_speak_less_in_a_language_that_the_model_does_not_know() -> None:
    nearness, scores, left, right = _pairs(200, 600, 2.5)
    # Language 3: its translations are no nearer than others.
    strange = np.random.default_rng(1).normal(size=40) - 1
    nearness, scores = np.append(nearness, strange), np.append(scores, np.full(40, 5.0))
    left, right = np.append(left, np.zeros(40, np.int64)), np.append(right, np.full(40, 3))
    added = nearness_logits(nearness, scores, left, right)
    assert added[-40:].min() == pytest.approx(0.0, abs=0.05)
    assert added[200:800].min() < -0.4


def test_pairs_that_only_vectors_propose_stay_only_if_vectors_are_worth_something() -> None:
    for gap, stay in ((0.0, False), (2.5, True)):
        nearness, scores, left, right = _pairs(60, 600, gap)
        pages = pl.DataFrame(
            {"doc_id": [0, 1, 2], "language": ["en", "ru", "zh"]}, schema_overrides={"doc_id": pl.UInt64}
        )
        looked_at = pl.DataFrame(
            {
                "left_id": left, "right_id": right, "score": scores, "nearness": nearness,
                "by_vectors": np.arange(len(scores)) % 2 == 1,
            },
            schema_overrides={"left_id": pl.UInt64, "right_id": pl.UInt64},
        )  # fmt: skip
        found = add_nearness(looked_at, pages)
        assert len(found) == (len(looked_at) if stay else (~looked_at["by_vectors"]).sum())
        assert (
            found["extra"].any() == stay if found["extra"].dtype == pl.Boolean else (found["extra"] != 0).any() == stay
        )
        kept = looked_at.filter(stay | ~pl.col("by_vectors"))
        assert found["score"].to_list() == pytest.approx((kept["score"] + found["extra"]).to_list())
