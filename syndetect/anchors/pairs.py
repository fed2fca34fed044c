"""The features of candidate pairs: anchors weighed by rarity, then compared page by page."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from syndetect.anchors.candidates import PAGES_BEFORE, SHRINK
from syndetect.anchors.features import COUNTS, GROUPS, N_FEATURES, compare_pairs
from syndetect.anchors.tables import LANGUAGE_ALIASES
from syndetect.schema import F64, I64


def language_code() -> pl.Expr:
    """The column `language` as CLDR files it."""
    return pl.col("language").fill_null("").str.split("-").list.first().replace(LANGUAGE_ALIASES)


def weigh(anchors: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Give each anchor its weight: how surprising the key is in the page's language, shrunk to how it is in all.

    Counts are taken in half octaves, so that a few new pages do not move every score.
    """
    known = anchors.join(pages.select("doc_id", "language"), on="doc_id", how="inner")
    once = known.select("doc_id", "key", "language").unique()
    in_language = once.group_by("key", "language").agg(pl.len().alias("n_in_language"))
    in_all = in_language.group_by("key").agg(pl.col("n_in_language").sum().alias("n_in_all"))
    sizes = pages.group_by("language").agg(pl.len().alias("n_language"))
    in_any = pl.col("n_in_all") / (len(pages) + PAGES_BEFORE)
    share = (pl.col("n_in_language") + SHRINK * in_any) / (pl.col("n_language") + SHRINK)
    weights = in_language.join(in_all, on="key").join(sizes, on="language", nulls_equal=True)
    weights = weights.select(
        "key", "language", (-0.5 * math.log(2) * (2 * share.log(2)).round()).clip(0.0, None).alias("weight")
    )
    return known.join(weights, on=["key", "language"], how="left", nulls_equal=True)


def pair_features(
    candidates: pl.DataFrame, anchors: pl.DataFrame, pages: pl.DataFrame, letters: dict[str, float]
) -> tuple[F64, I64]:
    """The features (features.N_FEATURES columns) and counts (features.COUNTS) of each candidate pair."""
    used = pages.with_columns(language_code().alias("language")).sort("doc_id").with_row_index("page")
    per_letter = pl.col("language").replace_strict(letters, default=1.0, return_dtype=pl.Float64)
    used = used.with_columns((pl.col("n_chars") / per_letter).alias("length"))
    wanted = pl.concat([candidates["left_id"], candidates["right_id"]]).unique()
    rows = weigh(anchors, used).filter(pl.col("doc_id").is_in(wanted.implode()))
    rows = rows.join(used.select("doc_id", "page", "length"), on="doc_id").sort("page", "key", "span_start")
    groups = GROUPS[rows["kind"].to_numpy()]
    page_of = used.select("doc_id", "page")
    ids = candidates.select("left_id", "right_id")
    ids = ids.join(page_of, left_on="left_id", right_on="doc_id", how="left", maintain_order="left")
    ids = ids.join(page_of, left_on="right_id", right_on="doc_id", how="left", maintain_order="left", suffix="_right")
    offsets = np.searchsorted(rows["page"].to_numpy(), np.arange(len(used) + 1)).astype(np.int64)
    features = np.zeros((len(ids), N_FEATURES), np.float64)
    counts = np.zeros((len(ids), COUNTS), np.int64)
    compare_pairs(
        ids["page"].to_numpy().astype(np.int64), ids["page_right"].to_numpy().astype(np.int64), offsets,
        rows["key"].to_numpy(), groups, rows["weight"].to_numpy(),
        (rows["position"].cast(pl.Float64) * rows["length"]).to_numpy(), used["length"].to_numpy(), features, counts,
    )  # fmt: skip
    return features, counts
