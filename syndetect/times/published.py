"""The stated times of a document and its crawl time → one interval and one best estimate; and the same as claims."""

from __future__ import annotations

import polars as pl

from syndetect.schema import CLAIM, ID, PUBLISHED, STRING
from syndetect.times.choosing import choose
from syndetect.times.offsets import count_clocks, offsets_of
from syndetect.times.readings import in_utc, readings
from syndetect.times.series import place_by_number, series_of
from syndetect.times.zones import bounds_of, country_of, days_of

MIN_SURE = 3
"""A site's offset narrows the interval only when so many of its pages show it."""
_SHIFT = pl.duration(hours=1)  # summer time: an offset learnt in one season is an hour off in the other
_DAY = pl.duration(days=1)
_MACHINE = ("json-ld", "meta", "input", "script")
"""Times without a zone that programs write may be in UTC whatever the country."""
_SAID_BY = {"script": "json-ld", "text": "visible", "updated": "input"}
"""What `published_by` calls a source, where its own name is no word for readers."""
_SHOWN_CLAIMS = 2
"""So many different statements of one place of a page become claims; a page that has more lists other pages."""


def published(documents: pl.DataFrame, offsets: pl.DataFrame | None = None) -> pl.DataFrame:
    """When each document can have been published.

    Args:
        documents: doc_id, site, language, crawled_at (first seen), stated_times; where there are any: fetched_at (of
            the fetch that stated the times), url (for numbers that grow with time).
        offsets: rows of OFFSETS for times without a zone; learnt from the documents themselves if None.

    Returns:
        Rows of schema.PUBLISHED in the order of `documents`. Where only the crawl time is known published_at and
        published_from are NULL, published_to is the crawl time and published_by is `crawl`.
    """
    rows = readings(documents)
    found = _by_statements(documents, rows, offsets_of(count_clocks(rows)) if offsets is None else offsets)
    if "url" in documents.columns:
        found = place_by_number(found, series_of(documents, found))
    return found.select(PUBLISHED.names()).match_to_schema(PUBLISHED)


def publication_claims(documents: pl.DataFrame, offsets: pl.DataFrame | None = None) -> pl.DataFrame:
    """What pages state of their own publication, and what speaks against it, as claims.

    Args:
        documents: As for `published`.
        offsets: As for `published`.

    Returns:
        Rows of schema.CLAIM, kind `published`: a row a statement that can be read. The rule is where it stands, and
        after a colon why it does not speak: after-crawl, import; or is less sure: relative, no-year. `id-order` has the
        interval that the numbers in the site's addresses allow, for pages without a time or with one outside it.
    """
    rows = readings(documents)
    # A change after the first fetch is none that can't be, if a later fetch showed it.
    changed = pl.col("source").str.starts_with("updated") & (pl.col("start") <= pl.col("fetched_at"))
    void = pl.col("state").is_in(("after-crawl", "import")) & ~changed.fill_null(False)
    doubt = pl.when(void).then("state").otherwise("told")
    stated = rows.select(
        "doc_id", "value", "zone_known", time_from="start", time_to="end",
        rule=pl.concat_str("source", doubt, separator=":", ignore_nulls=True),
    ).unique(["doc_id", "rule", "time_from", "time_to"], keep="first", maintain_order=True)  # fmt: skip
    stated = stated.filter(pl.int_range(pl.len()).over("doc_id", "rule") < _SHOWN_CLAIMS)
    parts = [stated]
    if "url" in documents.columns:
        known = offsets_of(count_clocks(rows)) if offsets is None else offsets
        numbered = series_of(documents, _by_statements(documents, rows, known))
        parts.append(
            numbered.filter(pl.col("contradicts") | pl.col("undated")).select(
                "doc_id", value="number", zone_known=pl.lit(True), time_from="after", time_to="until",
                rule=pl.lit("id-order"),
            )
        )  # fmt: skip
    claims = pl.concat(parts).with_columns(
        kind=pl.lit("published"), site=pl.lit(None, STRING),
        span_start=pl.lit(None, pl.Int32), span_end=pl.lit(None, pl.Int32),
    )  # fmt: skip
    return claims.select(CLAIM.names()).match_to_schema(CLAIM).sort("doc_id", "rule", "value")


def _by_statements(documents: pl.DataFrame, rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Rows of schema.PUBLISHED by what pages state."""
    by_site = known.drop_nulls("site").select("site", site_minutes="offset_minutes", site_n="n")
    by_language = known.filter(pl.col("site").is_null()).select("language", language_minutes="offset_minutes")
    chosen = choose(rows).drop("site", "language", "crawled_at", "fetched_at")
    fetched = "fetched_at" if "fetched_at" in documents.columns else "crawled_at"
    found = (
        documents.select("doc_id", "site", "language", "crawled_at", fetched_at=pl.col(fetched))
        .join(chosen, on="doc_id", how="left", maintain_order="left")
        .join(by_site, on="site", how="left", maintain_order="left")
        .join(by_language, on="language", how="left", maintain_order="left")
    )
    found = _on_named_day(found.with_columns(country=country_of(pl.col("site"))))
    found = _bounded(_in_utc(found), rows)
    return found.select(
        pl.col("doc_id").cast(ID), "published_at", "published_from", "published_to", published_day=_day(found),
        published_by=pl.col("source").replace(_SAID_BY).str.strip_prefix("updated-")
        .fill_null(pl.when(pl.col("crawled_at").is_not_null()).then(pl.lit("crawl"))),
    ).match_to_schema(PUBLISHED)  # fmt: skip


def _on_named_day(found: pl.DataFrame) -> pl.DataFrame:
    """Turn a named day (yesterday) into the page's own clock, by the zone that is learnt or likely."""
    country = bounds_of(found.select("country", local=pl.col("fetched_at").dt.replace_time_zone(None)))
    likely = (pl.col("local") - pl.col("likely").dt.replace_time_zone(None)).dt.total_minutes()
    minutes = country.select("country", "local", country_minutes=likely)
    found = found.with_columns(fetched=pl.col("fetched_at").dt.replace_time_zone(None)).join(
        minutes, left_on=["country", "fetched"], right_on=["country", "local"], how="left", maintain_order="left"
    )
    offset = pl.duration(minutes=pl.coalesce("site_minutes", "country_minutes", "language_minutes", 0))
    day = (pl.col("fetched") + offset).dt.truncate("1d") - pl.duration(days=pl.col("days_ago"))
    named = pl.col("days_ago").is_not_null()
    return found.with_columns(
        offset=offset,
        local=pl.when(named).then(day + pl.duration(minutes=pl.col("minutes").fill_null(0))).otherwise("local"),
    )


def _in_utc(found: pl.DataFrame) -> pl.DataFrame:
    """Interval and estimate: a learnt clock first, then the country's, then what any zone allows."""
    bounds = bounds_of(found.filter(~pl.col("zone_known")).select("country", "local"))
    ends = found.select("country", local=pl.col("local") + _DAY).filter(found["day_only"].fill_null(False))
    ends = bounds_of(ends).select("country", local=pl.col("local") - _DAY, latest_end=pl.col("latest"))
    found = found.join(bounds, on=["country", "local"], how="left", maintain_order="left")
    found = found.join(ends, on=["country", "local"], how="left", maintain_order="left")
    local = pl.col("local").dt.replace_time_zone("UTC")
    length = pl.when("day_only").then(_DAY).otherwise(pl.col("end") - pl.col("start") - pl.duration(hours=28))
    length = pl.max_horizontal(length, pl.duration(minutes=0))
    naive = ~pl.col("zone_known") & pl.col("days_ago").is_null()
    site = pl.duration(minutes=pl.col("site_minutes"))
    sure = (naive & (pl.col("site_n") >= MIN_SURE) & _is_plain()).fill_null(False)
    # The learnt clock is the country's in this or the other season: its rules are known to the minute.
    is_country = (
        sure
        & ((pl.col("earliest") - (local - site)).abs() <= _SHIFT)
        & (pl.col("latest") - pl.col("earliest") <= _SHIFT)
    )
    known = naive & ~sure & _is_plain() & pl.col("earliest").is_not_null()
    by_machine = pl.col("source").is_in(_MACHINE)
    latest = pl.when("day_only").then(pl.col("latest_end")).otherwise(pl.col("latest") + length)
    low = pl.when(is_country).then("earliest").when(sure).then(local - site - _SHIFT)
    low = low.when(known & by_machine).then(pl.min_horizontal("earliest", local)).when(known).then("earliest")
    high = pl.when(is_country).then(latest).when(sure).then(local - site + length + _SHIFT)
    high = high.when(known & by_machine).then(pl.max_horizontal(latest, local + length)).when(known).then(latest)
    guess = (
        pl.when("zone_known").then(pl.coalesce("moment", "start"))
        .when(is_country | (known & pl.col("site_minutes").is_null())).then("likely")
        .otherwise(local - pl.col("offset"))
    )  # fmt: skip
    found = found.with_columns(
        low=low.otherwise("start").fill_null(pl.col("start")), high=high.otherwise("end").fill_null(pl.col("end"))
    )
    # A day that the learnt clock puts after the crawl shows another clock: back to what the words alone allow.
    late = (pl.col("low") > pl.col("crawled_at")).fill_null(False)
    middle = (
        pl.when(pl.col("day_only") & ~pl.col("zone_known")).then(pl.duration(hours=12)).otherwise(pl.duration(hours=0))
    )
    return found.with_columns(
        low=pl.when(late).then("start").otherwise("low"),
        high=pl.when(late).then("end").otherwise("high"),
        guess=guess + middle,
    )


def _is_plain() -> pl.Expr:
    """Whether the interval is that of one local time: not of a date that reads two ways, or of a moon's month."""
    return (pl.col("end") - pl.col("start")) <= pl.duration(hours=52)


def _bounded(found: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Close the interval at the crawl, and at a last change that lies in it; open it below where only bounds speak."""
    bounds = (
        rows.filter(pl.col("state").is_in(("updated", "import")))
        .select("doc_id", bound="end")
        .join(found.select("doc_id", "low"), on="doc_id")
        .filter((pl.col("bound") >= pl.col("low")) | pl.col("low").is_null())
        .group_by("doc_id")
        .agg(pl.col("bound").min())
    )
    found = found.join(bounds, on="doc_id", how="left", maintain_order="left")
    # A date in the text may be the page's own, that of what it was taken from, or that of a comment.
    bound_only = pl.col("state").is_in(("updated", "text")).fill_null(False)
    in_text = (pl.col("state") == "text").fill_null(False)
    high = pl.when(in_text).then(None).otherwise("high")
    found = found.with_columns(
        published_from=pl.when(bound_only).then(None).otherwise("low"),
        published_to=pl.min_horizontal(high, "bound", "crawled_at"),
    )
    # NULLs bound nothing: clip by a comparison, which they pass.
    at = pl.when(pl.col("guess") > pl.col("published_to")).then("published_to").otherwise("guess")
    at = pl.when(at < pl.col("published_from")).then("published_from").otherwise(at)
    return found.with_columns(published_at=at)


def _day(found: pl.DataFrame) -> pl.Series:
    """The day as the page's own clock shows it: as readers see it, as it is stated, or as the site's clock has it.

    Servers write UTC; near midnight the page's readers have another day.
    """
    moment = pl.coalesce("moment", pl.when("zone_known").then("start"))
    days = days_of(found.select("country", moment=moment))
    stated = pl.col("local").dt.date()
    by_clock = (moment.dt.replace_time_zone(None) + pl.duration(minutes=pl.col("site_minutes"))).dt.date()
    by_clock = pl.when(pl.col("site_n") >= MIN_SURE).then(by_clock)
    aged = (moment.dt.replace_time_zone(None) + pl.col("offset")).dt.date()
    found = found.with_columns(asked=moment).join(
        days, left_on=["country", "asked"], right_on=["country", "moment"], how="left", maintain_order="left"
    )
    own = pl.when(in_utc()).then(pl.coalesce(by_clock, "country_day", stated)).otherwise(stated)
    return found.select(pl.coalesce("shown_day", own, aged)).to_series()
