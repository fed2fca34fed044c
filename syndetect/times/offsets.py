"""How far the clocks of sites stand from UTC, learnt from zoned times and from clocks beside them."""

from __future__ import annotations

import polars as pl

from syndetect.schema import STRING
from syndetect.times.readings import TEXT_RANK, readings

OFFSETS = pl.Schema({"site": STRING, "language": STRING, "offset_minutes": pl.Int32(), "n": pl.UInt32()})
"""Clocks: a row a site (language NULL) and a row a language (site NULL), with the most frequent offset from UTC."""

COUNTS = OFFSETS
"""How many documents of a site and language show an offset: addable over batches, order does not matter."""


def count_offsets(documents: pl.DataFrame) -> pl.DataFrame:
    """Count which offsets from UTC the clocks of sites show: in zoned times, or a local time beside one.

    Args:
        documents: rows of schema.DOCUMENT; doc_id, site, language, crawled_at and stated_times are read.

    Returns:
        Rows of COUNTS; sums over batches may be given to `offsets_of`.
    """
    return count_clocks(readings(documents))


def count_clocks(rows: pl.DataFrame) -> pl.DataFrame:
    """As `count_offsets`, from the rows of `readings.readings`."""
    clocks = rows.filter(~pl.col("day_only") & pl.col("told").is_null() & (pl.col("rank") < TEXT_RANK))
    zoned = clocks.filter("zone_known").unique("doc_id", keep="first", maintain_order=True)
    beside = (
        clocks.filter(~pl.col("zone_known"))
        .unique("doc_id", keep="first", maintain_order=True)
        .select("doc_id", beside=pl.col("local"))
    )
    minutes = (pl.col("local") - pl.col("start").dt.replace_time_zone(None)).dt.total_seconds() / 60
    seen = (pl.col("beside") - pl.col("start").dt.replace_time_zone(None)).dt.total_seconds() / 60
    quarter = (seen / 15).round() * 15
    # A clock beside a zoned time is the page's own; a zone of +00:00 alone says only that the server writes UTC.
    near = ((seen - quarter).abs() <= 2) & seen.is_between(-12 * 60, 14 * 60)
    return (
        zoned.join(beside, on="doc_id", how="left")
        .with_columns(offset_minutes=pl.when(near).then(quarter).when(minutes != 0).then(minutes).cast(pl.Int32))
        .drop_nulls(["offset_minutes", "site"])
        .group_by("site", "language", "offset_minutes")
        .agg(n=pl.len().cast(pl.UInt32))
        .sort("site", "language", "offset_minutes")
        .select(pl.col(name).cast(dtype) for name, dtype in COUNTS.items())
    )


def offsets_of(counts: pl.DataFrame) -> pl.DataFrame:
    """The most frequent offset of each site, and of each language as the next best guess; ties to the smaller."""
    parts = []
    for kept, other in (("site", "language"), ("language", "site")):
        parts.append(
            counts.drop_nulls(kept)
            .group_by(kept, "offset_minutes")
            .agg(pl.col("n").sum())
            .sort([kept, "n", "offset_minutes"], descending=[False, True, False])
            .unique(kept, keep="first", maintain_order=True)
            .with_columns(pl.lit(None, STRING).alias(other))
            .select(pl.col(name).cast(dtype) for name, dtype in OFFSETS.items())
        )
    return pl.concat(parts)


def learn_offsets(documents: pl.DataFrame) -> pl.DataFrame:
    """Learn from documents how far the clock of each site, and of each language, stands from UTC: rows of OFFSETS."""
    return offsets_of(count_offsets(documents))
