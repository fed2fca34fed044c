"""How a pair stands among the other candidates of its pages: above their mean, above the second best."""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.anchors.features import CHAIN, CHAIN_DENSITY, MATCHED, NAMES, SHARED
from syndetect.anchors.pairs import language_code
from syndetect.schema import F64, I64

MARGIN_CUT = 6.0
"""A margin over the second best candidate counts up to this many logits."""
NO_RIVAL = -6.0
"""Logits of the second best candidate of a page that has none."""
BESIDE = (CHAIN, MATCHED, CHAIN_DENSITY, SHARED + NAMES)
"""Features of which is told what the other candidates of a page have: some pages share much with any page."""
N_BESIDE = 2 * len(BESIDE)
CANDIDATES_BEFORE = 5.0
"""Candidates imagined for each page that are as usual, so that a page with few is judged by what all have."""
STANDS_OUT = 2.0
"""Spreads above the usual chain from which a candidate may be a translation: one in forty of the others is."""
MOST_RIVALS = 3
"""Best candidates of a page in one language that are compared with each other."""
RIVAL = -2.0
"""Logits from which a candidate is a rival worth comparing."""


def with_common(pairs: pl.DataFrame, features: F64) -> pl.DataFrame:
    """Pairs with the features BESIDE of each in the column `common`."""
    kept = features[:, BESIDE].astype(np.float32)
    return pairs.with_columns(pl.Series("common", kept, dtype=pl.Array(pl.Float32, len(BESIDE))))


def beside(pairs: pl.DataFrame, usual: F64, spread: F64, among: pl.DataFrame | None = None) -> F64:
    """What the other candidates of either page have in the mean: of each of BESIDE the lesser page, the greater.

    Candidates whose chain stands out are left out: they may be translations themselves, and a page that is told in
    twenty languages must not be held against each of them.

    Args:
        pairs: left_id, right_id, common: the features BESIDE of the pair.
        usual: What a candidate has of them as a rule.
        spread: By how much that differs from one to another.
        among: The same of the candidates, where `pairs` are none of them.
    """
    known = pairs if among is None else among
    own, common = (frame["common"].to_numpy().reshape(-1, len(BESIDE)).astype(np.float64) for frame in (pairs, known))
    plain = (common[:, 0] <= usual[0] + STANDS_OUT * spread[0]).astype(np.float64)
    seen = np.concatenate([known["left_id"].to_numpy(), known["right_id"].to_numpy()])
    asked = seen if among is None else np.concatenate([pairs["left_id"].to_numpy(), pairs["right_id"].to_numpy()])
    # Of millions of pairs this is the most memory: a page is not looked up twice.
    ids, rows = np.unique(seen if among is None else np.concatenate([seen, asked]), return_inverse=True)
    n = np.bincount(rows[: len(seen)], np.tile(plain, 2), minlength=len(ids))
    itself = plain if among is None else np.zeros(len(pairs))
    left, right = np.split(rows[-2 * len(pairs) :] if len(pairs) else rows[:0], 2)
    out = np.empty((len(pairs), N_BESIDE), np.float64)
    for i in range(len(BESIDE)):
        sums = np.bincount(rows[: len(seen)], np.tile(plain * common[:, i], 2), minlength=len(ids))
        means = [
            (sums[page] - itself * own[:, i] + CANDIDATES_BEFORE * usual[i]) / (n[page] - itself + CANDIDATES_BEFORE)
            for page in (left, right)
        ]
        out[:, 2 * i], out[:, 2 * i + 1] = np.minimum(*means), np.maximum(*means)
    return out


def _by_page(candidates: pl.DataFrame, pages: pl.DataFrame, scores: F64) -> pl.DataFrame:
    """Candidates as their left pages see them, then as their right pages do: row, own page, the other, its language."""
    language = pages.select(pl.col("doc_id").alias("other"), language_code().alias("language"))
    frame = candidates.select("left_id", "right_id").with_columns(pl.Series("score", scores))
    seen = pl.concat(
        frame.select(pl.col(own).alias("own"), pl.col(other).alias("other"), "score")
        for own, other in (("left_id", "right_id"), ("right_id", "left_id"))
    )
    return seen.join(language, on="other", how="left", maintain_order="left").with_row_index("row")


def find_rivals(candidates: pl.DataFrame, pages: pl.DataFrame, scores: F64) -> pl.DataFrame:
    """The pairs of pages of one language that are both among the best candidates of a third: left_id, right_id."""
    seen = _by_page(candidates, pages, scores).filter(pl.col("score") >= RIVAL)
    place = pl.struct(-pl.col("score"), "other").rank("ordinal").over("own", "language")
    best = seen.filter(place <= MOST_RIVALS).select("own", "language", "other")
    pairs = best.join(best, on=["own", "language"], nulls_equal=True).filter(pl.col("other") < pl.col("other_right"))
    return (
        pairs.select(pl.col("other").alias("left_id"), pl.col("other_right").alias("right_id"))
        .unique()
        .sort("left_id", "right_id")
    )


def margins(candidates: pl.DataFrame, pages: pl.DataFrame, scores: F64, twins: pl.DataFrame | None = None) -> F64:
    """By how much each pair's score is above the best other one of either page in the same language: (pairs, 2).

    Negative where another is better. A page has translations in several languages, so only candidates of one language
    are rivals.

    Args:
        candidates: left_id, right_id.
        pages: doc_id, language.
        scores: Logits of the candidates.
        twins: left_id, right_id: pages of one language that tell the same story; they are no rivals of each other.
    """
    seen, group = _by_page(candidates, pages, scores), ["own", "language"]
    best = pl.col("score").max().over(group)
    top = pl.col("score").top_k(2).over(group, mapping_strategy="join")  # in any order
    second = pl.when(pl.len().over(group) > 1).then(top.list.min()).otherwise(NO_RIVAL)
    rival = seen.select(pl.when(pl.col("score") < best).then(best).otherwise(second)).to_series().to_numpy().copy()
    if twins is not None and len(twins):
        rows, found = _rivals_that_are(seen, twins)
        rival[rows] = found
    both: F64 = np.clip(np.tile(scores, 2) - np.maximum(rival, NO_RIVAL), -MARGIN_CUT, MARGIN_CUT)
    return np.column_stack([both[: len(candidates)], both[len(candidates) :]])


def _rivals_that_are(frame: pl.DataFrame, twins: pl.DataFrame) -> tuple[I64, F64]:
    """The rows whose other page has a twin, and the score of the best rival that is none."""
    both = pl.concat([twins.select("left_id", "right_id"), twins.select(left_id="right_id", right_id="left_id")])
    some = frame.filter(pl.col("other").is_in(both["left_id"].unique().implode()))
    rest = some.select("row", "own", "language", "other").join(
        frame.select("own", "language", "score", rival="other"), on=["own", "language"], nulls_equal=True
    )
    rest = rest.filter(pl.col("rival") != pl.col("other"))
    rest = rest.join(both, left_on=["other", "rival"], right_on=["left_id", "right_id"], how="anti")
    best = some.select("row").join(rest.group_by("row").agg(pl.col("score").max()), on="row", how="left").sort("row")
    return best["row"].to_numpy().astype(np.int64), best["score"].fill_null(NO_RIVAL).to_numpy()


def sides(both: F64) -> F64:
    """The lesser and the greater margin of each pair, as the second regression reads them."""
    return np.column_stack([both.min(axis=1), both.max(axis=1)]) / MARGIN_CUT
