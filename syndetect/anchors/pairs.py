"""The features of candidate pairs: anchors weighed by rarity, then compared page by page."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from syndetect.anchors.features import COUNTS, GROUPS, N_FEATURES, compare_pairs
from syndetect.anchors.marks import Marks
from syndetect.anchors.rarity import PAGES_BEFORE, SHRINK, STEP
from syndetect.anchors.tables import LANGUAGE_ALIASES
from syndetect.schema import F64, I8, I64, U8


def language_code() -> pl.Expr:
    """The column `language` as CLDR files it."""
    return pl.col("language").fill_null("").str.split("-").list.first().replace(LANGUAGE_ALIASES)


def lengths(letters: dict[str, float]) -> pl.Expr:
    """`n_chars` in letters of an English text as long; `language` as `language_code` gives it."""
    return pl.col("n_chars") / pl.col("language").replace_strict(letters, default=1.0, return_dtype=pl.Float64)


def weigh_keys(anchors: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Give each key its weight: how surprising it is in a language, shrunk to how it is in all.

    Counts are taken in half octaves, so that a few new pages do not move every score.

    Args:
        anchors: schema.ANCHOR.
        pages: doc_id, language of the pages to count in.

    Returns:
        key, language, weight; a row without key a language: what a key that no page counted has weighs in it.
    """
    used = pages.select("doc_id", language_code().alias("language"))
    once = anchors.select("doc_id", "key").unique().join(used, on="doc_id", how="inner")
    in_language = once.group_by("key", "language").agg(pl.len().alias("n_in_language"))
    in_all = in_language.group_by("key").agg(pl.col("n_in_language").sum().alias("n_in_all"))
    sizes = used.group_by("language").agg(pl.len().alias("n_language"))
    unseen = sizes.select(
        pl.lit(None, pl.UInt64).alias("key"), "language", pl.lit(1, pl.UInt32).alias("n_in_language"),
        pl.lit(1, pl.UInt32).alias("n_in_all"), "n_language",
    )  # fmt: skip
    counted = in_language.join(in_all, on="key").join(sizes, on="language").select(unseen.columns)
    in_any = pl.col("n_in_all") / (len(pages) + PAGES_BEFORE)
    share = (pl.col("n_in_language") + SHRINK * in_any) / (pl.col("n_language") + SHRINK)
    return pl.concat([counted, unseen]).select(
        "key", "language", (-0.5 * math.log(2) * (2 * share.log(2)).round()).clip(0.0, None).alias("weight")
    )


def pair_features(
    candidates: pl.DataFrame,
    anchors: pl.DataFrame,
    pages: pl.DataFrame,
    letters: dict[str, float],
    weights: pl.DataFrame | None = None,
) -> tuple[F64, I64]:
    """Compare candidate pairs.

    Args:
        candidates: left_id, right_id.
        anchors: schema.ANCHOR of their pages, or of more.
        pages: doc_id, language, n_chars of the pages that have anchors.
        letters: weights.Weights.letters.
        weights: From `weigh_keys`; counted in `anchors` if not given.

    Returns:
        The features (features.N_FEATURES columns) and counts (features.COUNTS) of each pair.
    """
    used = pages.with_columns(language_code().alias("language")).sort("doc_id").with_row_index("page")
    used = used.with_columns(lengths(letters).alias("length"))
    weights = weigh_keys(anchors, pages) if weights is None else weights
    wanted = pl.concat([candidates["left_id"], candidates["right_id"]]).unique()
    rows = anchors.filter(pl.col("doc_id").is_in(wanted.implode()))
    rows = rows.join(used.select("doc_id", "page", "length", "language"), on="doc_id").sort("page", "key", "span_start")
    rows = rows.join(weights, on=["key", "language"], how="left", maintain_order="left")
    unseen = weights.filter(pl.col("key").is_null()).select("language", pl.col("weight").alias("unseen"))
    rows = rows.join(unseen, on="language", how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("weight", "unseen", 0.0).alias("weight"))
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


@dataclass(frozen=True)
class Comparable:
    """Pages with what `compare` needs of them, in arrays."""

    marks: Marks
    groups: I8
    steps: U8  # of each mark: its weight in rarity.STEPs
    lengths: F64  # of each page, in English letters

    def compare(self, left: I64, right: I64) -> tuple[F64, I64]:
        """The features and counts of pairs of rows of pages."""
        features = np.zeros((len(left), N_FEATURES), np.float64)
        counts = np.zeros((len(left), COUNTS), np.int64)
        compare_pairs(
            left, right, self.marks.offsets, self.marks.keys, self.groups, self.steps, self.marks.positions,
            self.lengths, features, counts, STEP, self.lengths,
        )  # fmt: skip
        return features, counts


def prepare(marks: Marks, steps: U8, pages: pl.DataFrame, letters: dict[str, float]) -> Comparable:
    """Make pages ready to be compared.

    Args:
        marks: Of the pages.
        steps: The weight of each mark, in rarity.STEPs.
        pages: doc_id, language, n_chars of the same pages.
        letters: weights.Weights.letters.
    """
    used = pages.sort("doc_id").with_columns(language_code().alias("language"))
    length = used.select(lengths(letters))["n_chars"].cast(pl.Float64).to_numpy()
    return Comparable(marks, GROUPS[marks.kinds], steps, length)
