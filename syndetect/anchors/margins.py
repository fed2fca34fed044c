"""By how much a pair is better than the second best candidate of either of its pages."""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.anchors.pairs import language_code
from syndetect.schema import F64

MARGIN_CUT = 6.0
"""A margin over the second best candidate counts up to this many logits."""
NO_RIVAL = -6.0
"""Logits of the second best candidate of a page that has none."""


def margins(candidates: pl.DataFrame, pages: pl.DataFrame, scores: F64) -> F64:
    """By how much each pair's score is above the best other one of either page in the same language: (pairs, 2).

    Negative where another is better. A page has translations in several languages, so only candidates of one language
    are rivals.
    """
    language = pages.select("doc_id", language_code().alias("language"))
    frame = candidates.select("left_id", "right_id").with_columns(pl.Series("score", scores)).with_row_index("row")
    frame = frame.join(language, left_on="left_id", right_on="doc_id", maintain_order="left")
    frame = frame.join(language, left_on="right_id", right_on="doc_id", maintain_order="left", suffix="_right")
    out = np.empty((len(frame), 2), np.float64)
    for side, (own, other) in enumerate((("left_id", "language_right"), ("right_id", "language"))):
        top = pl.col("score").top_k(2).over(own, other, mapping_strategy="join")
        best = pl.col("score").max().over(own, other)
        second = pl.when(pl.col("score").len().over(own, other) > 1).then(top.list.last()).otherwise(NO_RIVAL)
        rival = pl.when(pl.col("score") < best).then(best).otherwise(second)
        margin = (pl.col("score") - rival.clip(NO_RIVAL, None)).clip(-MARGIN_CUT, MARGIN_CUT)
        out[:, side] = frame.select(margin.alias("margin")).to_series().to_numpy()
    return out


def sides(both: F64) -> F64:
    """The lesser and the greater margin of each pair, as the second regression reads them."""
    return np.column_stack([both.min(axis=1), both.max(axis=1)]) / MARGIN_CUT
