"""The stated times of a document and its crawl time → one interval and one best estimate."""

from __future__ import annotations

import polars as pl

from syndetect.schema import CLAIM, ID, PUBLISHED, STRING, TIME
from syndetect.times.intervals import FIRST_YEAR, TimeReading
from syndetect.times.reading import read_time

MIN_SURE = 3
"""A site's offset narrows the interval only when so many of its pages show it."""
MAX_AHEAD = pl.duration(hours=14)
"""A stated time this far after the crawl is void: no clock of the world shows it."""
_SHIFT = pl.duration(hours=1)  # summer time: an offset learnt in one season is an hour off in the other
_RANK = {"json-ld": 0, "meta": 1, "visible": 2, "input": 3, "url": 4}
_ZONED = r"^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$"

OFFSETS = pl.Schema({"site": STRING, "language": STRING, "offset_minutes": pl.Int32(), "n": pl.UInt32()})
"""Clocks: a row a site (language NULL) and a row a language (site NULL), with the most frequent offset from UTC."""

COUNTS = OFFSETS
"""How many documents of a site and language show an offset: addable over batches, order does not matter."""

_READING: dict[str, pl.DataType] = {
    "value": STRING,
    "language": STRING,
    "start": TIME,
    "end": TIME,
    "zone_known": pl.Boolean(),
    "day_only": pl.Boolean(),
    "local": pl.Datetime("us"),
}

FAR_FROM_ADDRESS = pl.duration(days=3)
"""An address is given with the first draft; more than days before it goes out is rare."""


def _read_words(pairs: pl.DataFrame) -> pl.DataFrame:
    """Read each distinct value once in Python: what is neither ISO nor zoned is rare or repeats."""
    readings = [read_time(value, language) for value, language in pairs.iter_rows()]
    empty = TimeReading.__annotations__
    columns = {name: [getattr(r, name) if r else None for r in readings] for name in empty}
    return pairs.with_columns(**{k: pl.Series(k, v, dtype=_READING[k]) for k, v in columns.items()})


def _read_zoned(values: pl.DataFrame) -> pl.DataFrame:
    """Read ISO times with a zone by columns."""
    at = pl.col("value").str.replace(" ", "T").str.replace("Z$", "+00:00")
    utc = at.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC", strict=False)
    local = at.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    return values.select(
        "value",
        "language",
        start=utc,
        end=utc,
        zone_known=pl.lit(True),
        day_only=pl.lit(False),
        local=local,
    )


def _readings(documents: pl.DataFrame) -> pl.DataFrame:
    """One row a stated time of each document that can be read and is not void, best first."""
    stated = (
        documents.select("doc_id", "site", "language", "crawled_at", "stated_times")
        .explode("stated_times")
        .drop_nulls("stated_times")
        .unnest("stated_times")
        .drop_nulls("value")
        .with_columns(order=pl.int_range(pl.len()))
    )
    pairs = stated.select("value", "language").unique(maintain_order=True)
    zoned = pl.col("value").str.contains(_ZONED) & ~pl.col("value").str.contains("T00:00:00", literal=True)
    zoned &= ~pl.col("value").str.contains(" 00:00:00", literal=True)
    read = pl.concat([_read_zoned(pairs.filter(zoned)), _read_words(pairs.filter(~zoned))])
    read = read.drop_nulls("start").filter(pl.col("local").dt.year() >= FIRST_YEAR)
    joined = stated.join(read, on=["value", "language"], nulls_equal=True)
    crawled = pl.col("crawled_at")
    # A zoned time after the crawl, but not by more than any clock: local time with a wrong zone.
    wrong = pl.col("zone_known") & (pl.col("start") > crawled + pl.duration(minutes=5))
    local = pl.col("local").dt.replace_time_zone("UTC")
    return (
        joined.with_columns(wrong=wrong.fill_null(False))
        .with_columns(
            start=pl.when("wrong").then(local - MAX_AHEAD).otherwise("start"),
            end=pl.when("wrong").then(local + MAX_AHEAD).otherwise("end"),
            zone_known=pl.col("zone_known") & ~pl.col("wrong"),
            rank=pl.col("source").replace_strict(_RANK, default=9, return_dtype=pl.Int8),
        )
        .filter((pl.col("start") <= crawled).fill_null(True))
        .with_columns(rank=pl.when(_contradicts_address()).then(_RANK["url"] + 1).otherwise("rank"))
        .sort("rank", "order")
        .drop("wrong")
    )


def publication_claims(documents: pl.DataFrame) -> pl.DataFrame:
    """What pages state of their own publication, as claims.

    Args:
        documents: rows of schema.DOCUMENT; doc_id, site, language, crawled_at and stated_times are read.

    Returns:
        Rows of schema.CLAIM, kind `published`: a row a statement that can be read; the rule is where it stands.
    """
    rows = _readings(documents).unique(["doc_id", "source", "value"], keep="first", maintain_order=True)
    claims = rows.select(
        "doc_id", "value", "zone_known", kind=pl.lit("published"), site=pl.lit(None, STRING), time_from="start",
        time_to="end", span_start=pl.lit(None, pl.Int32), span_end=pl.lit(None, pl.Int32), rule="source",
    )  # fmt: skip
    return claims.select(CLAIM.names()).match_to_schema(CLAIM).sort("doc_id", "rule", "value")


def _contradicts_address() -> pl.Expr:
    """Whether a date that readers see is far from the one in the page's address: then it dates what is told."""
    in_address = pl.col("local").filter(pl.col("source") == "url").first().over("doc_id")
    apart = (pl.col("local") - in_address).abs() > FAR_FROM_ADDRESS
    return (pl.col("source") == "visible") & apart.fill_null(False)


def count_offsets(documents: pl.DataFrame) -> pl.DataFrame:
    """Count which offsets from UTC the clocks of sites show: in zoned times, or a local time beside one.

    Args:
        documents: rows of schema.DOCUMENT; doc_id, site, language, crawled_at and stated_times are read.

    Returns:
        Rows of COUNTS; sums over batches may be given to `offsets_of`.
    """
    readings = _readings(documents).filter(~pl.col("day_only"))
    zoned = readings.filter("zone_known").unique("doc_id", keep="first", maintain_order=True)
    beside = (
        readings.filter(~pl.col("zone_known"))
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


def _chosen(readings: pl.DataFrame) -> pl.DataFrame:
    """Of each document the reading to go by, and the day its own clock shows.

    The best source speaks; a finer reading that agrees with it (their intervals meet) takes its place.
    """
    base = readings.unique("doc_id", keep="first", maintain_order=True).select(
        "doc_id", base_start="start", base_end="end"
    )
    agreeing = readings.join(base, on="doc_id", maintain_order="left").filter(
        (pl.col("start") <= pl.col("base_end")) & (pl.col("end") >= pl.col("base_start"))
    )
    fineness = pl.when("day_only").then(2).when("zone_known").then(0).otherwise(1)
    best = agreeing.with_columns(fineness=fineness).sort("fineness", "rank", "order")
    best = best.unique("doc_id", keep="first", maintain_order=True)
    shown = (
        agreeing.filter(pl.col("source") == "visible")
        .unique("doc_id", keep="first", maintain_order=True)
        .select("doc_id", shown_day=pl.col("local").dt.date())
    )
    return best.join(shown, on="doc_id", how="left")


def published(documents: pl.DataFrame, offsets: pl.DataFrame | None = None) -> pl.DataFrame:
    """When each document can have been published.

    Args:
        documents: rows of schema.DOCUMENT; doc_id, site, language, crawled_at and stated_times are read.
        offsets: rows of OFFSETS for times without a zone; learnt from the documents themselves if None.

    Returns:
        Rows of schema.PUBLISHED in the order of `documents`. Where only the crawl time is known published_at and
        published_from are NULL, published_to is the crawl time and published_by is `crawl`.
    """
    known = learn_offsets(documents) if offsets is None else offsets
    by_site = known.drop_nulls("site").select("site", site_minutes="offset_minutes", site_n="n")
    by_language = known.filter(pl.col("site").is_null()).select("language", language_minutes="offset_minutes")
    rows = (
        documents.select("doc_id", "site", "language", "crawled_at")
        .join(_chosen(_readings(documents)).drop("site", "language", "crawled_at"), on="doc_id", how="left")
        .join(by_site, on="site", how="left", maintain_order="left")
        .join(by_language, on="language", how="left", maintain_order="left")
    )
    local = pl.col("local").dt.replace_time_zone("UTC")
    offset = pl.duration(minutes=pl.coalesce("site_minutes", "language_minutes", 0))
    length = pl.when("day_only").then(pl.duration(days=1)).otherwise(pl.duration(minutes=0))
    sure = ~pl.col("zone_known") & (pl.col("site_n") >= MIN_SURE)
    site_offset = pl.duration(minutes=pl.col("site_minutes"))
    middle = pl.when("day_only").then(pl.duration(hours=12)).otherwise(pl.duration(hours=0))
    guess = pl.when("zone_known").then(pl.col("start")).otherwise(local - offset)
    rows = rows.with_columns(
        published_from=pl.when(sure).then(local - site_offset - _SHIFT).otherwise("start"),
        published_to=pl.when(sure).then(local - site_offset + length + _SHIFT).otherwise("end"),
        guess=guess,
    )
    # A day that the learnt clock puts after the crawl shows another clock: back to what the words alone allow.
    late = (pl.col("published_from") > pl.col("crawled_at")).fill_null(False)
    rows = rows.with_columns(published_from=pl.when(late).then("start").otherwise("published_from")).with_columns(
        published_to=pl.min_horizontal(pl.when(late).then("end").otherwise("published_to"), "crawled_at"),
    )
    at = pl.when(pl.col("zone_known")).then("guess").otherwise(pl.col("guess") + middle)
    return rows.select(
        pl.col("doc_id").cast(ID),
        published_at=at.clip("published_from", "published_to"),
        published_from="published_from",
        published_to="published_to",
        published_by=pl.col("source").fill_null(pl.when(pl.col("crawled_at").is_not_null()).then(pl.lit("crawl"))),
        published_day=pl.coalesce("shown_day", pl.col("local").dt.date()),
    ).match_to_schema(PUBLISHED)
