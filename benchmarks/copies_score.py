"""How right the reported pairs are: precision and recall at a Jaccard threshold, and by kind of copy."""

from __future__ import annotations

import polars as pl

THRESHOLD = 0.7
PAIR = ["left", "right"]
TEMPLATES = ["weather", "fixtures", "obituaries"]


def share(marks: pl.Series) -> float:
    """The share of true ones."""
    return int(marks.sum()) / max(len(marks), 1)


def same_pairs(pairs: pl.DataFrame, *, threshold: float | None = THRESHOLD) -> pl.DataFrame:
    """The pairs that count as reported: all of a peer's, which gives no judgement; of ours those judged the same.

    Args:
        pairs: left, right; ours also has judgement and similarity.
        threshold: The least similarity of ours; None counts excerpts too.
    """
    if "judgement" in pairs.columns:
        pairs = pairs.filter(pl.col("judgement") == "same")
        if threshold is not None:
            pairs = pairs.filter(pl.col("similarity") >= threshold)
    return pairs


def representatives(pairs: pl.DataFrame) -> pl.DataFrame:
    """Row and the row that stands for it, of texts equal word for word; empty for peers, which report them all."""
    if "relation" not in pairs.columns:
        return pl.DataFrame(schema={"row": pl.UInt32, "stands": pl.UInt32})
    stars = pairs.filter((pl.col("relation") == "exact") & (pl.col("judgement") == "same"))
    return stars.group_by(pl.col("right").alias("row")).agg(stands=pl.col("left").min().cast(pl.UInt32)).sort("row")


def found_pairs(wanted: pl.DataFrame, pairs: pl.DataFrame, reported: pl.DataFrame) -> pl.Series:
    """Whether each wanted pair is found: it, or the pair of those that stand for its texts, is reported.

    Two texts with one representative are found too: both are tied to it as exact duplicates.

    Args:
        wanted: left, right of pairs to find.
        pairs: All pairs of the tool, for who stands for whom.
        reported: Those that count.
    """
    stands = representatives(pairs)
    sides = wanted.select(pl.col(PAIR).cast(pl.UInt32)).with_row_index("at")
    for side in PAIR:
        sides = sides.join(stands, left_on=side, right_on="row", how="left", maintain_order="left")
        sides = sides.with_columns(pl.coalesce("stands", side).alias(side)).drop("stands")
    low, high = pl.min_horizontal(PAIR), pl.max_horizontal(PAIR)
    sides = sides.with_columns(left=low, right=high)
    hit = reported.select(pl.col(PAIR).cast(pl.UInt32)).unique().with_columns(hit=pl.lit(True))
    joined = sides.join(hit, on=PAIR, how="left").sort("at")
    return joined.select(found=pl.col("hit").fill_null(False) | (pl.col("left") == pl.col("right")))["found"]


def score_copies(pairs: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """Precision and recall of near-duplicates at J >= .7, recall also at J >= .8.

    Precision is of pairs as reported: one that isn't planted has a Jaccard near 0 and is wrong, a planted one below
    the threshold is wrong too.
    """
    true, reported = truth.filter(pl.col("jaccard") >= THRESHOLD), same_pairs(pairs)
    distinct = reported.select(pl.col(PAIR).cast(pl.UInt32)).unique()
    right = distinct.join(true.select(pl.col(PAIR).cast(pl.UInt32)), on=PAIR, how="semi").height
    found = found_pairs(true, pairs, reported)
    return {
        "reported": distinct.height,
        "precision": right / max(distinct.height, 1),
        "recall": share(found),
        "recall_80": share(found.filter(true["jaccard"] >= 0.8)),
    }


def score_quality(pairs: pl.DataFrame, groups: pl.DataFrame, carries: pl.DataFrame) -> dict[str, float]:
    """Recall by kind of planted pair, precision over pairs judged the same, stories that digests join.

    Args:
        pairs: Of the tool.
        groups: row, group.
        carries: row, origin, kind: a page and an original whose text it carries; an original carries itself.

    Returns:
        `recall_KIND`; `precision`: pairs that carry text of one original, of all reported, and the same leaving out
        pairs of two pages of templates, whose share is the corpus's choice; `false_KIND`: wrong pairs by the kind of
        both pages, `other` if they differ; `joined`: originals that share a group with another
        one, of the originals in digests.
    """
    reported = same_pairs(pairs, threshold=None).select(pl.col(PAIR).cast(pl.UInt32)).unique().sort(PAIR)
    planted = carries.filter(pl.col("row") != pl.col("origin"))
    planted = planted.with_columns(left=pl.min_horizontal("row", "origin"), right=pl.max_horizontal("row", "origin"))
    # A digest and its item are judged different on purpose, and the pair says that one is an excerpt.
    seen = pairs.filter(pl.col("relation") == "excerpt").select(pl.col(PAIR).cast(pl.UInt32))
    figures: dict[str, float] = {}
    for (kind,), part in planted.sort("kind").group_by("kind", maintain_order=True):
        counted = pl.concat([reported, seen]) if kind == "digest" else reported
        figures[f"recall_{kind}"] = share(found_pairs(part, pairs, counted))
    origin = carries.select(pl.col("row").cast(pl.UInt32), "origin")
    one = reported.join(origin, left_on="left", right_on="row")
    shared = one.join(origin, left_on=["right", "origin"], right_on=["row", "origin"], how="semi").select(PAIR).unique()
    figures["reported"] = reported.height
    figures["precision"] = shared.height / max(reported.height, 1)
    own = carries.filter(pl.col("row") == pl.col("origin")).select(pl.col("row").cast(pl.UInt32), "kind")
    wrong = reported.join(shared, on=PAIR, how="anti")
    wrong = wrong.join(own, left_on="left", right_on="row", how="left")
    wrong = wrong.join(own, left_on="right", right_on="row", how="left")
    alike = pl.when(pl.col("kind") == pl.col("kind_right")).then("kind").otherwise(pl.lit("other")).alias("kind")
    templated = wrong.filter(pl.col("kind").is_in(TEMPLATES) & pl.col("kind_right").is_in(TEMPLATES)).height
    figures["precision_no_templates"] = shared.height / max(reported.height - templated, 1)
    for kind, count in wrong.group_by(alike).len().sort("kind").iter_rows():
        figures[f"false_{kind}"] = count
    figures["joined"] = share_joined(groups, carries)
    return figures


def share_joined(groups: pl.DataFrame, carries: pl.DataFrame) -> float:
    """The share of originals in digests whose group holds another page's own text."""
    own = carries.filter(pl.col("kind") == "original").select(pl.col("row").cast(pl.UInt32))
    grouped = own.join(groups.select(pl.col("row").cast(pl.UInt32), "group"), on="row")
    crowded = grouped.filter(pl.len().over("group") > 1).select("row")
    digested = carries.filter(pl.col("kind") == "digest").select(row=pl.col("origin").cast(pl.UInt32)).unique()
    return digested.join(crowded, on="row", how="semi").height / max(digested.height, 1)
