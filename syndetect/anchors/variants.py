"""Pairs of groups of copies to pairs of their pages: one page stands for its group in the search, not in judgement.

A translator had one page before them. Copies of a story are cut, and grow paragraphs of their own, so the page that
stands for a group (the longest) may be the one that was not translated. A pair that is worth a second look is compared
page by page, and told by the two pages that have most in common.
"""

from __future__ import annotations

import polars as pl

from syndetect.schema import F64, I64

MOST_VARIANTS = 12
"""Pages of a group that are compared: all of a usual group; of a wire story's hundreds, those of all lengths."""


def choose_variants(members: pl.DataFrame, *, most: int = MOST_VARIANTS) -> pl.DataFrame:
    """Take at most so many pages of each group, the shortest, the longest and evenly between by rank of length.

    Args:
        members: page (the one that stands for a group in one language), doc_id, n_words.
        most: Two or more.

    Returns:
        page, doc_id, sorted.
    """
    rank = pl.int_range(pl.len(), dtype=pl.Int64).over("page")
    n = pl.len().over("page").cast(pl.Int64)
    step = (rank * (most - 1)) // (n - 1).clip(1, None)
    before = ((rank - 1) * (most - 1)) // (n - 1).clip(1, None)
    # The page that stands for the group, the earliest id of the longest, is last and so always kept.
    ordered = members.sort("page", "n_words", "doc_id", descending=[False, False, True])
    kept = ordered.filter((n <= most) | (rank == 0) | (step != before))
    return kept.select("page", "doc_id").sort("page", "doc_id")


def pair_variants(pairs: pl.DataFrame, variants: pl.DataFrame) -> pl.DataFrame:
    """All pairs of pages of each pair of groups.

    Args:
        pairs: left_id, right_id of the pages that stand for the groups.
        variants: From `choose_variants`.

    Returns:
        row (of `pairs`), left_id, right_id (the lesser id left), sorted.
    """
    rows = pairs.select("left_id", "right_id").with_row_index("row")
    left = variants.select(pl.col("page").alias("left_id"), pl.col("doc_id").alias("a"))
    right = variants.select(pl.col("page").alias("right_id"), pl.col("doc_id").alias("b"))
    both = rows.join(left, on="left_id").join(right, on="right_id")
    return both.select(
        "row", pl.min_horizontal("a", "b").alias("left_id"), pl.max_horizontal("a", "b").alias("right_id")
    ).sort("row", "left_id", "right_id")


def best_variants(compared: pl.DataFrame, scores: F64) -> I64:
    """Of each pair of groups the row in `compared` of its best pair of pages; of equals the first.

    Args:
        compared: From `pair_variants`.
        scores: What each pair of pages reaches by itself.
    """
    ranked = compared.select("row", pl.Series("score", scores)).with_row_index("place")
    best = ranked.sort("row", pl.col("score") * -1, "place").unique("row", keep="first", maintain_order=True)
    rows: I64 = best["place"].cast(pl.Int64).to_numpy()
    return rows
