"""Times in the story itself: of its dateline, and the newest day that it mentions.

Neither says when the page was published. A dateline survives copying and dates the origin; a day that is mentioned had
come, or was planned, when the story was written. Both stay claims.
"""

from __future__ import annotations

import polars as pl

from syndetect.schema import CLAIM, STRING
from syndetect.times.readings import MAX_AHEAD, last_such_day
from syndetect.times.relative import read_day
from syndetect.times.words import find_dates

_DATELINE_CHARS = 32
"""The day of a dateline stands so near behind its place."""
_WORD = r"\p{L}[\p{L}\p{M}]+\.?"
_MENTIONED = (
    r"[0-9]{4}\s?[年/.\-]\s?[0-9]{1,2}\s?[月/.\-]\s?[0-9]{1,2}日?"
    r"|[0-9]{1,2}[./\-][0-9]{1,2}[./\-][0-9]{4}"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th|er|º|°)?\s(?:de\s|of\s)?{_WORD},?\s(?:de\s|del\s)?\d{{4}}"
    rf"|{_WORD}\s[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s[0-9]{{4}}"
)
"""Whole dates in the most usual forms; which of them are dates is looked at after. Word boundaries would make it
some twenty times as slow (timed on 3 MB of news in 17 languages)."""


def date_datelines(claims: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Give the claims of kind `dateline` the interval of the day that stands behind their place.

    Args:
        claims: Rows of schema.CLAIM.
        documents: doc_id, language, page_text, and at: when the page was published, or else crawled. A dateline has no
            year: it is the last such day before.

    Returns:
        The claims in their order.
    """
    numbered = claims.with_row_index("row")
    texts = documents.select("doc_id", "language", "page_text", fetched_at="at")
    lines = numbered.filter((pl.col("kind") == "dateline") & pl.col("span_end").is_not_null()).join(texts, on="doc_id")
    behind = pl.col("page_text").str.slice(pl.col("span_end"), _DATELINE_CHARS).str.extract(r"^([^\n]*)", 1)
    lines = lines.select("row", "language", "fetched_at", words=behind).filter(pl.col("words").str.contains(r"\d"))
    words = lines.select("words", "language").unique(maintain_order=True)
    days = [read_day(text, language) for text, language in words.iter_rows()]
    words = words.with_columns(
        month=pl.Series([day[0] if day else None for day in days], dtype=pl.Int64),
        day=pl.Series([day[1] if day else None for day in days], dtype=pl.Int64),
        minutes=pl.lit(None, pl.Int64),
    )
    lines = lines.join(words, on=["words", "language"], nulls_equal=True).rename({"row": "order"})
    dated = last_such_day(lines.filter(pl.col("month").is_not_null())).drop_nulls()
    at = pl.col("this_year").dt.replace_time_zone("UTC")
    found = dated.select(row="order", low=at - MAX_AHEAD, high=at + pl.duration(days=1) + MAX_AHEAD)
    return (
        numbered.join(found, on="row", how="left", maintain_order="left")
        .with_columns(
            time_from=pl.coalesce("time_from", "low"), time_to=pl.coalesce("time_to", "high"),
            zone_known=pl.when(pl.col("low").is_not_null()).then(pl.lit(False)).otherwise("zone_known"),
        )
        .select(CLAIM.names())
    )  # fmt: skip


def newest_mentioned(documents: pl.DataFrame) -> pl.DataFrame:
    """The newest day that each text mentions, of those before its crawl.

    Args:
        documents: doc_id, language, page_text, crawled_at.

    Returns:
        Rows of schema.CLAIM, kind `published`, rule `mentioned`: the page is hardly older than the end of the interval.
    """
    found = (
        documents.select("doc_id", "language", "crawled_at", value=pl.col("page_text").str.extract_all(_MENTIONED))
        .explode("value")
        .drop_nulls("value")
    )
    words = found.select("value", "language").unique(maintain_order=True)
    read = [next(find_dates(text, language), None) for text, language in words.iter_rows()]
    times = [one.reading if one else None for one in read]
    words = words.with_columns(
        time_from=pl.Series([one.start if one else None for one in times], dtype=CLAIM["time_from"]),
        time_to=pl.Series([one.end if one else None for one in times], dtype=CLAIM["time_to"]),
    ).drop_nulls("time_from")
    found = found.join(words, on=["value", "language"], nulls_equal=True, maintain_order="left")
    before = pl.col("time_from") + MAX_AHEAD <= pl.col("crawled_at")
    newest = (
        found.filter(before.fill_null(True))
        .sort("doc_id", "time_from", "value", descending=[False, True, False])
        .unique("doc_id", keep="first", maintain_order=True)
        .join(documents.select("doc_id", "page_text"), on="doc_id", maintain_order="left")
    )
    start = pl.col("page_text").str.split(pl.col("value")).list.first().str.len_chars().cast(pl.Int32)
    claims = newest.with_columns(
        kind=pl.lit("published"), site=pl.lit(None, STRING), zone_known=pl.lit(False), rule=pl.lit("mentioned"),
        span_start=start, span_end=start + pl.col("value").str.len_chars().cast(pl.Int32),
    )  # fmt: skip
    return claims.select(CLAIM.names()).match_to_schema(CLAIM)
