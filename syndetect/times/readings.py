"""Stated times by columns: each value read once, turned into an interval, and marked where it can't speak."""

from __future__ import annotations

import polars as pl

from syndetect.schema import STRING, TIME
from syndetect.times.intervals import FIRST_YEAR, LAST_YEAR
from syndetect.times.reading import read_time
from syndetect.times.relative import SECONDS, read_relative

MAX_AHEAD = pl.duration(hours=14)
"""A stated time this far after the crawl is void: no clock of the world shows it."""
FAR_FROM_ADDRESS = pl.duration(days=3)
"""An address is given with the first draft; more than days before it goes out is rare."""
IMPORT_PAGES, IMPORT_PAGES_ON_THE_MINUTE = 5, 20
"""So many pages of a site with one and the same second were put there by an import; a paper that goes out at six has
many pages with a round minute. By judgement: no crawl with a known import was at hand."""
RANK = {"json-ld": 0, "meta": 1, "visible": 2, "input": 3, "script": 3, "url": 4}
NO_YEAR_RANK, TEXT_RANK, UPDATED_RANK = 6, 7, 8
_READ_ALIKE = ("visible", "text", "updated-visible", "input")
"""Sources whose words may tell a time against the fetch."""

_ZONED = r"^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$"
_PLAIN = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d$"
_DAY = r"^\d{4}-\d\d-\d\d$"
_LOCAL = pl.Datetime("us")
_READING = pl.Schema(
    {
        "value": STRING, "language": STRING, "start": TIME, "end": TIME, "zone_known": pl.Boolean(),
        "day_only": pl.Boolean(), "local": _LOCAL, "age": pl.Int64(), "unit": pl.Int64(), "days_ago": pl.Int64(),
        "month": pl.Int64(), "day": pl.Int64(), "minutes": pl.Int64(),
    }
)  # fmt: skip
_CLOCK = r"(^|[^0-9:])([01]?[0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9])?"
_AFTERNOON = 13


def readings(documents: pl.DataFrame) -> pl.DataFrame:
    """One row a stated time that can be read, best first.

    Args:
        documents: doc_id, site, language, crawled_at (first seen), stated_times; fetched_at, if these were found in a
            later fetch.

    Returns:
        doc_id, site, language, crawled_at, fetched_at, source, value; start, end (UTC), zone_known, day_only, local
        (the page's clock; NULL where it depends on the fetch), days_ago, minutes; told: relative, no-year; state: NULL
        where the time can speak for the publication, else after-crawl, import, updated, text; rank and order: the
        lowest speaks first.
    """
    fetched = "fetched_at" if "fetched_at" in documents.columns else "crawled_at"
    stated = (
        documents.select("doc_id", "site", "language", "crawled_at", "stated_times", fetched_at=pl.col(fetched))
        .explode("stated_times")
        .drop_nulls("stated_times")
        .unnest("stated_times")
        .drop_nulls("value")
        .with_columns(order=pl.int_range(pl.len()))
    )
    joined = stated.join(
        _read(stated.select("value", "language").unique(maintain_order=True)),
        on=["value", "language"],
        nulls_equal=True,
    )
    rows = _possible_day(_against_fetch(joined).drop_nulls("start"))
    rows = rows.filter(pl.col("local").dt.year().is_between(FIRST_YEAR, LAST_YEAR - 1).fill_null(True))
    return _marked(_with_right_zone(rows)).sort("rank", "order")


def _read(pairs: pl.DataFrame) -> pl.DataFrame:
    """Read each distinct value and language: ISO by columns, the rest once in Python."""
    value = pl.col("value")
    midnight = value.str.contains("[T ]00:00:00")
    zoned = value.str.contains(_ZONED) & ~midnight
    plain = (value.str.contains(_PLAIN) & ~midnight) | value.str.contains(_DAY)
    parts = [
        _read_zoned(pairs.filter(zoned)),
        _read_plain(pairs.filter(plain)),
        _read_words(pairs.filter(~zoned & ~plain)),
    ]
    return pl.concat([part.match_to_schema(_READING, missing_columns="insert") for part in parts])


def _read_zoned(values: pl.DataFrame) -> pl.DataFrame:
    at = pl.col("value").str.replace(" ", "T").str.replace("Z$", "+00:00")
    utc = at.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC", strict=False)
    local = at.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    return values.select("value", "language", start=utc, end=utc, zone_known=True, day_only=False, local=local)


def _read_plain(values: pl.DataFrame) -> pl.DataFrame:
    """ISO without a zone: what any zone allows. Years of other calendars are left to the slow way."""
    at = pl.col("value").str.replace("T", " ")
    local = pl.coalesce(
        at.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False),
        at.str.to_date("%Y-%m-%d", strict=False).cast(_LOCAL),
    )
    rows = values.with_columns(local=local, day_only=pl.col("value").str.len_chars() == 10)
    odd = ~rows["local"].dt.year().is_between(FIRST_YEAR, LAST_YEAR - 1).fill_null(False)
    at_utc = pl.col("local").dt.replace_time_zone("UTC")
    length = pl.when("day_only").then(pl.duration(days=1)).otherwise(pl.duration(days=0))
    read = rows.filter(~odd).with_columns(
        start=at_utc - MAX_AHEAD, end=at_utc + length + MAX_AHEAD, zone_known=pl.lit(False)
    )
    slow = _read_words(values.filter(odd))
    return pl.concat([one.match_to_schema(_READING, missing_columns="insert") for one in (read, slow)])


def _read_words(pairs: pl.DataFrame) -> pl.DataFrame:
    """Read words in Python, minutes and later hours apart: of many pages few distinct values are left."""
    value = pl.col("value")
    found = value.str.extract_groups(_CLOCK)
    hour, minute = found.struct.field("2").cast(pl.Int64), found.struct.field("3")
    second = found.struct.field("4").str.slice(1)
    # The rest of a clock does not change how the words are read, but that of 00:00:00, which is a day.
    fits = (value.str.count_matches(r"[0-9]:[0-9]") == second.is_not_null().cast(pl.UInt32) + 1) & (minute != "00")
    # Hours up to twelve may be of either half of the day.
    shift = pl.when(hour > _AFTERNOON).then(hour - _AFTERNOON).otherwise(0)
    rows = pairs.with_columns(
        fits=fits.fill_null(False), shift=shift, minute=minute.cast(pl.Int64), second=second.cast(pl.Int64)
    )
    usual = pl.concat_str(
        pl.when(pl.col("shift") > 0).then(pl.lit(f"${{1}}{_AFTERNOON}:30")).otherwise(pl.lit("${1}${2}:30")),
        pl.when(pl.col("second").is_null()).then(pl.lit("")).otherwise(pl.lit(":30")),
    )
    rows = rows.with_columns(words=pl.when("fits").then(value.str.replace(_CLOCK, usual)).otherwise(value))
    distinct = rows.select("words", "language").unique(maintain_order=True)
    read = pl.DataFrame(
        [(words, language, *_reading(words, language)) for words, language in distinct.iter_rows()],
        schema={"words": STRING, **{name: dtype for name, dtype in _READING.items() if name != "value"}}, orient="row",
    )  # fmt: skip
    rows = rows.join(read, on=["words", "language"], nulls_equal=True, maintain_order="left")
    n_minutes = 60 * pl.col("shift") + pl.col("minute") - 30
    later = pl.duration(minutes=n_minutes, seconds=pl.col("second").fill_null(30) - 30)
    moved = pl.col("fits") & ~pl.col("day_only")
    return rows.select(
        "value", "language",
        *(pl.when(moved).then(pl.col(name) + later).otherwise(name).alias(name) for name in ("start", "end", "local")),
        "zone_known", "day_only", "age", "unit", "days_ago", "month", "day",
        minutes=pl.when(pl.col("fits")).then(pl.col("minutes") + n_minutes).otherwise("minutes"),
    )  # fmt: skip


def _reading(words: str, language: str | None) -> tuple[object, ...]:
    """The columns of _READING after value and language."""
    read = read_time(words, language)
    if read is not None:
        return (read.start, read.end, read.zone_known, read.day_only, read.local, *[None] * 6)
    told = read_relative(words, language)
    if told is None:
        return (None,) * 11
    unit = SECONDS[told.unit] if told.unit else None
    return (
        None, None, None, told.minutes is None, None, told.n if unit else None, unit,
        told.days_ago, told.month, told.day, told.minutes,
    )  # fmt: skip


def _against_fetch(rows: pl.DataFrame) -> pl.DataFrame:
    """Give times that are told against the fetch their interval.

    An age of n units may be cut, rounded or counted up: from n - 1 to n + 1 of them. A named day is one by the reader's
    zone, which may be any. A day without a year is the last such day before the fetch.
    """
    fetched = pl.col("fetched_at")
    told = pl.col("source").is_in(_READ_ALIKE)
    is_age, is_named = told & pl.col("unit").is_not_null(), told & pl.col("days_ago").is_not_null()
    second = pl.col("unit")
    day = pl.duration(days=pl.col("days_ago"))
    local = last_such_day(rows.filter(told & pl.col("month").is_not_null()))
    rows = rows.join(local, on="order", how="left", maintain_order="left")
    is_dated = pl.col("this_year").is_not_null()
    at = pl.col("this_year").dt.replace_time_zone("UTC")
    length = pl.when("day_only").then(pl.duration(days=1)).otherwise(pl.duration(minutes=1))
    return rows.with_columns(
        start=pl.when(is_age).then(fetched - pl.duration(seconds=second * (pl.col("age") + 1)))
        .when(is_named).then(fetched - day - pl.duration(days=1))
        .when(is_dated).then(at - MAX_AHEAD).otherwise("start"),
        end=pl.when(is_age).then(fetched - pl.duration(seconds=second * (pl.col("age") - 1).clip(0)))
        .when(is_named).then(pl.min_horizontal(fetched, fetched - day + pl.duration(days=1)))
        .when(is_dated).then(at + length + MAX_AHEAD).otherwise("end"),
        local=pl.when(is_dated).then("this_year").otherwise("local"),
        zone_known=pl.when(is_age | is_named | is_dated).then(is_age).otherwise("zone_known"),
        told=pl.when(is_age | is_named).then(pl.lit("relative")).when(is_dated).then(pl.lit("no-year")),
        moment=pl.when(is_age).then(fetched - pl.duration(seconds=second * pl.col("age"))),
    ).drop("this_year")  # fmt: skip


def last_such_day(rows: pl.DataFrame) -> pl.DataFrame:
    """order, this_year: the last day of a month and day, with its clock, that was there at the fetch by any zone."""
    years = []
    for back in range(-1, 5):  # east of here the new year has begun; a 29th of February may be four years ago
        text = pl.format(
            "{}-{}-{}", pl.col("fetched_at").dt.year() - back,
            pl.col("month").cast(STRING).str.zfill(2), pl.col("day").cast(STRING).str.zfill(2),
        )  # fmt: skip
        day = text.str.to_date("%Y-%m-%d", strict=False).cast(_LOCAL)
        at = day + pl.duration(minutes=pl.col("minutes").fill_null(0))
        there = at <= pl.col("fetched_at").dt.replace_time_zone(None) + MAX_AHEAD
        years.append(pl.when(there).then(at))
    return rows.select("order", this_year=pl.coalesce(years))


def _possible_day(rows: pl.DataFrame) -> pl.DataFrame:
    """Of 05/03 in English, which is a day in March or in May, the first where the second comes after the crawl."""
    local, first = pl.col("local"), (pl.col("start") + MAX_AHEAD).dt.replace_time_zone(None)
    reads_two_ways = (first.dt.day() == local.dt.month()) & (first.dt.month() == local.dt.day()) & (first < local)
    late = local.dt.replace_time_zone("UTC") - MAX_AHEAD > pl.col("crawled_at")
    moved = (~pl.col("zone_known") & pl.col("told").is_null() & reads_two_ways & late).fill_null(False)
    return rows.with_columns(
        local=pl.when(moved).then(first).otherwise("local"),
        end=pl.when(moved).then(pl.col("end") - (local - first)).otherwise("end"),
    )


def _with_right_zone(rows: pl.DataFrame) -> pl.DataFrame:
    """A zoned time after the crawl, but not by more than any clock, is local time with a wrong zone."""
    wrong = (pl.col("zone_known") & (pl.col("start") > pl.col("crawled_at") + pl.duration(minutes=5))).fill_null(False)
    wrong &= pl.col("told").is_null()
    local = pl.col("local").dt.replace_time_zone("UTC")
    return rows.with_columns(
        start=pl.when(wrong).then(local - MAX_AHEAD).otherwise("start"),
        end=pl.when(wrong).then(local + MAX_AHEAD).otherwise("end"),
        zone_known=pl.col("zone_known") & ~wrong,
    )


def _marked(rows: pl.DataFrame) -> pl.DataFrame:
    """State and rank of each time."""
    updated = pl.col("source").str.starts_with("updated")
    late = (pl.col("start") > pl.col("crawled_at")).fill_null(False)
    rows = rows.with_columns(
        state=pl.when(late).then(pl.lit("after-crawl")).when(updated).then(pl.lit("updated"))
        .when(pl.col("source") == "text").then(pl.lit("text"))
    )  # fmt: skip
    rows = rows.with_columns(
        state=pl.when(_is_import() & pl.col("state").is_null()).then(pl.lit("import")).otherwise("state")
    )
    # What readers see of an import is the import's day.
    imported = pl.col("local").filter(pl.col("state") == "import").first().over("doc_id")
    shown = (
        (pl.col("source") == "visible") & (pl.col("local").dt.date() == imported.dt.date()) & pl.col("state").is_null()
    )
    rows = rows.with_columns(state=pl.when(shown.fill_null(False)).then(pl.lit("import")).otherwise("state"))
    rank = pl.col("source").replace_strict(RANK, default=9, return_dtype=pl.Int8)
    return rows.with_columns(
        rank=pl.when(pl.col("state") == "updated").then(UPDATED_RANK)
        .when(pl.col("state") == "text").then(TEXT_RANK)
        .when(pl.col("told") == "no-year").then(NO_YEAR_RANK)
        .when(_contradicts_address()).then(RANK["url"] + 1)
        .otherwise(rank)
    )  # fmt: skip


def _is_import() -> pl.Expr:
    """Whether many pages of a site bear one and the same second."""
    exact = (
        pl.col("source").is_in(("json-ld", "meta", "input", "script")) & ~pl.col("day_only") & pl.col("told").is_null()
    )
    on_the_minute = pl.col("local").dt.second() == 0
    least = pl.when(on_the_minute).then(IMPORT_PAGES_ON_THE_MINUTE).otherwise(IMPORT_PAGES)
    n_pages = pl.col("doc_id").filter(exact).n_unique().over("site", "local")
    return (exact & pl.col("site").is_not_null() & (n_pages >= least)).fill_null(False)


def in_utc(suffix: str = "") -> pl.Expr:
    """Whether a time is given in UTC, as servers write it: then its day is not the readers'."""
    ahead = pl.col(f"local{suffix}") - pl.col(f"start{suffix}").dt.replace_time_zone(None)
    return (pl.col(f"zone_known{suffix}") & (ahead.abs() < pl.duration(seconds=1))).fill_null(False)


def _contradicts_address() -> pl.Expr:
    """Whether a date that readers see is far from the one in the page's address: then it dates what is told."""
    in_address = pl.col("local").filter(pl.col("source") == "url").first().over("doc_id")
    apart = (pl.col("local") - in_address).abs() > FAR_FROM_ADDRESS
    return (pl.col("source") == "visible") & apart.fill_null(False)
