"""Clocks of countries: a local time on a site under a country's domain -> when that can have been in UTC."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import orjson
import polars as pl

from syndetect.schema import STRING, TIME

LOCAL = pl.Datetime("us")
_BOUNDS = pl.Schema({"country": STRING, "local": LOCAL, "earliest": TIME, "latest": TIME, "likely": TIME})


@lru_cache(maxsize=1)
def zones() -> dict[str, list[str]]:
    """The zones of each country by its domain, that of most people first; domains that anyone uses are left out."""
    table: dict[str, list[str]] = orjson.loads((files("syndetect") / "data" / "country_zones.json").read_bytes())
    return table


def country_of(site: pl.Expr) -> pl.Expr:
    """The country of a host's domain; NULL for domains of no country, and those that sites of all countries use."""
    domain = site.str.extract(r"\.([a-z]{2})$", 1)
    return pl.when(domain.is_in(sorted(zones()))).then(domain)


def _in_utc(zone: str, local: pl.Expr, *, latest: bool) -> pl.Expr:
    """A zone's local time in UTC; NULL for an hour that summer time skips."""
    zoned = local.dt.replace_time_zone(zone, ambiguous="latest" if latest else "earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")


def bounds_of(times: pl.DataFrame) -> pl.DataFrame:
    """When a local time can have been in its country.

    Args:
        times: country, local.

    Returns:
        A row each pair of them: earliest, latest over the country's zones, and likely, by the zone of most people.
        Summer time counts: an hour that comes twice allows both, one that is skipped gives no row.
    """
    pairs = times.select("country", "local").drop_nulls().unique()
    parts = []
    for country, rows in sorted(pairs.partition_by("country", as_dict=True).items()):
        names = zones()[str(country[0])]
        local = pl.col("local")
        parts.append(
            rows.select(
                "country",
                "local",
                earliest=pl.min_horizontal(_in_utc(name, local, latest=False) for name in names),
                latest=pl.max_horizontal(_in_utc(name, local, latest=True) for name in names),
                likely=_in_utc(names[0], local, latest=False),
            )
        )
    return pl.concat(parts).drop_nulls() if parts else pl.DataFrame(schema=_BOUNDS)


def days_of(moments: pl.DataFrame) -> pl.DataFrame:
    """Which day the clocks of a country show.

    Args:
        moments: country, moment (UTC).

    Returns:
        A row each pair of them: country_day, NULL where the zones of the country disagree.
    """
    pairs = moments.select("country", "moment").drop_nulls().unique()
    parts = []
    for country, rows in sorted(pairs.partition_by("country", as_dict=True).items()):
        days = [pl.col("moment").dt.convert_time_zone(name).dt.date() for name in zones()[str(country[0])]]
        first, last = pl.min_horizontal(days), pl.max_horizontal(days)
        parts.append(rows.select("country", "moment", country_day=pl.when(first == last).then(first)))
    empty = pl.DataFrame(schema={"country": STRING, "moment": TIME, "country_day": pl.Date()})
    return pl.concat(parts) if parts else empty
