"""What the nearness of two pages' vectors is worth, measured against the anchors themselves.

A model may be good, poor, or good in some languages only, and how near translations are differs from model to model.
So nothing is assumed: of the candidates, those that anchors are sure of are held against those that anchors reject,
and a logistic regression says by how many logits a translation is the likelier the nearer two pages are. Where its
slope may well be chance, vectors add nothing; what they add is bounded, so that anchors still have to confirm; and
pages that are not near speak against a pair only in languages in which the model was seen to know translations.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.anchors.pairs import language_code
from syndetect.schema import F64, I64, Bools

SURE = 3.0
"""Logits above which a pair is taken for a translation, and below minus which for none."""
LEAST_SURE = 30
"""Pairs of either kind below which nothing is said."""
BEYOND_CHANCE = 3.0
"""Standard errors that the slope has to be above 0; one is taken off it then."""
MOST = 1.5
"""Logits that nearness adds at most. Two reports of one event are as near as translations, and rarely
among the rejected; 2.5 gives no more (F1 .909 and .908, benchmarks/embeddings.py --sentences 4)."""
MOST_AGAINST = 0.5
"""Logits that distance takes away at most: words that the model does not know look like it. 1.5 gives no more."""
PAIRS_BEFORE = 6.0
"""Sure pairs imagined in each language that gain half as much as is usual: of a language in which anchors are sure of
nothing, vectors are half believed."""


def add_nearness(looked_at: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Add to pairs what the nearness of their vectors is worth.

    Args:
        looked_at: left_id, right_id, score by anchors alone, nearness, by_vectors (embeddings.add_neighbours).
        pages: doc_id, language.

    Returns:
        The same with the logits that nearness gives, as `extra` and in `score`. If it is worth nothing, without the
        pairs that only vectors proposed.
    """
    numbers = pages.select("doc_id", language_code().rank("dense").cast(pl.Int64).alias("language"))
    languages = [
        looked_at.select(pl.col(side).alias("doc_id"))
        .join(numbers, on="doc_id", how="left", maintain_order="left")["language"]
        .to_numpy()
        for side in ("left_id", "right_id")
    ]
    extra = nearness_logits(looked_at["nearness"].to_numpy(), looked_at["score"].to_numpy(), *languages)
    used = looked_at.with_columns(pl.Series("extra", extra), pl.col("score") + pl.Series(extra))
    return used if extra.any() else used.filter(~pl.col("by_vectors"))


def nearness_logits(nearness: F64, scores: F64, left: I64, right: I64) -> F64:
    """Logits that nearness adds to each pair.

    Args:
        nearness: NaN where it is not known.
        scores: Logits by anchors alone.
        left: Language of the left page, as a number.
        right: Of the right one.

    Returns:
        Zeros, where vectors do not tell translations from others.
    """
    known = np.isfinite(nearness)
    sure, rejected = known & (scores > SURE), known & (scores < -SURE)
    out = np.zeros(len(nearness), np.float64)
    if min(int(sure.sum()), int(rejected.sum())) < LEAST_SURE:
        return out
    centre, spread = _scale(nearness, sure, rejected)
    if spread <= 0:
        return out
    slope, constant, error = _regress((nearness - centre) / spread, sure, rejected)
    if slope < BEYOND_CHANCE * error:
        return out
    # The point where neither is the likelier stays where it was found.
    x = (nearness[known] - centre) / spread + constant / slope
    out[known] = np.clip((slope - error) * x, -MOST_AGAINST, MOST)
    return np.where(out < 0, out * _trust(out, sure, left, right), out)


def _trust(logits: F64, sure: Bools, left: I64, right: I64) -> F64:
    """How well the model knows the languages of each pair, 0 to 1: what sure pairs in them gain, beside what all do."""
    usual = logits[sure].mean()
    if usual <= 0:
        return np.zeros(len(logits))
    n = int(max(left.max(), right.max())) + 1
    gained, pairs = np.full(n, 0.5 * usual * PAIRS_BEFORE), np.full(n, PAIRS_BEFORE)
    for side in (left[sure], right[sure]):
        np.add.at(gained, side, logits[sure])
        np.add.at(pairs, side, 1.0)
    trust = np.clip(gained / (pairs * usual), 0.0, 1.0)
    both: F64 = np.minimum(trust[left], trust[right])
    return both


def _scale(nearness: F64, sure: Bools, rejected: Bools) -> tuple[float, float]:
    both = np.concatenate([nearness[sure], nearness[rejected]])
    return float(both.mean()), float(nearness[rejected].std())


def _regress(x: F64, sure: Bools, rejected: Bools) -> tuple[float, float, float]:
    """Logistic regression in which both kinds weigh the same: slope, constant, standard error of the slope."""
    values = np.concatenate([x[sure], x[rejected]])
    labels = np.concatenate([np.ones(int(sure.sum())), np.zeros(int(rejected.sum()))])
    least = min(int(sure.sum()), int(rejected.sum()))
    weights = least * np.concatenate([labels[labels > 0] / sure.sum(), (1 - labels[labels == 0]) / rejected.sum()])
    design = np.column_stack([values, np.ones(len(values))])
    # A slope of 1 a standard deviation costs half a logit: without that, pairs that are told apart by a line have none.
    ridge = np.diag([1.0, 0.0])
    found = np.zeros(2)
    for _ in range(50):
        likely = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (weights * (labels - likely)) - ridge @ found
        curvature = (design * (weights * likely * (1 - likely))[:, None]).T @ design + ridge + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        found += np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-9:
            break
    return float(found[0]), float(found[1]), float(np.sqrt(np.linalg.inv(curvature)[0, 0]))
