"""What can't all be true of a page: its times, its number, its credits, its text, its source -> a line of words each.

Nothing is decided by these: they stand beside the source that was chosen, so that a person sees what speaks against it.
"""

from __future__ import annotations

import polars as pl

from syndetect.provenance.credits import STATED, same_host

CONFLICTS = pl.Schema({"child": pl.Int64(), "about": pl.String(), "words": pl.String()})
"""about: after-crawl, number, before-source, credit-time, later-source, text, two-sources, passed-over."""

MUCH, LESS = 0.9, 0.7
"""A text agrees with another page than the one named if so much of it stands there, and on the one named less than so
large a part of that."""
SURE = 0.8
"""How likely that other page was there before."""
_MOMENT = "%Y-%m-%d %H:%M"
_NAMING = ("attribution", "canonical", "based-on")


def page_conflicts(
    pages: pl.DataFrame, credits: pl.DataFrame, facts: pl.DataFrame, weighed: pl.DataFrame
) -> pl.DataFrame:
    """Find what of a page speaks against itself, whatever it was taken from.

    Args:
        pages: The numbered pages.
        credits: What they say, from `credits.read_credits`.
        facts: child, page, p, contain, cross; of all pairs.
        weighed: All options, with fit_named and time_miss.

    Returns:
        CONFLICTS, sorted.
    """
    named = _named_pages(pages, credits)
    return _sorted(
        [
            *_stated(credits, _clocks(pages)), _credit_times(weighed, credits), _other_texts(named, facts, pages),
            _two_sources(credits),
        ]
    )  # fmt: skip


def source_conflicts(
    pages: pl.DataFrame, credits: pl.DataFrame, chosen: pl.DataFrame, *, of_pages: pl.DataFrame
) -> pl.DataFrame:
    """Find what of a page speaks against the source that was chosen, and add it to what speaks against the page itself.

    Args:
        pages: The numbered pages.
        credits: What they say, from `credits.read_credits`.
        chosen: child, kind, page, host of the option that was chosen.
        of_pages: From `page_conflicts`.

    Returns:
        CONFLICTS, sorted. Of a credit that did not decide is told only if nothing else is told of sources.
    """
    clocks = _clocks(pages)
    later = _later_sources(_named_pages(pages, credits), clocks, chosen)
    every = _sorted([of_pages, _before_source(chosen, clocks), later])
    told = every.filter(pl.col("about").is_in(["later-source", "text", "two-sources"]))
    return _sorted([every, _passed_over(credits, pages, chosen).join(told, on="child", how="anti")])


def _clocks(pages: pl.DataFrame) -> pl.DataFrame:
    return pages.select(
        "site", "first_crawled_at", "published_by", child="row", at="published_at", low="published_from",
        high="published_to",
    )  # fmt: skip


def _sorted(found: list[pl.DataFrame]) -> pl.DataFrame:
    every = pl.concat([frame.select(pl.col("child").cast(pl.Int64), "about", "words") for frame in found])
    return every.unique().sort("child", "about", "words")


def _moment(name: str) -> pl.Expr:
    return pl.col(name).dt.to_string(_MOMENT)


def _stated(credits: pl.DataFrame, clocks: pl.DataFrame) -> list[pl.DataFrame]:
    """Times after the first crawl, and numbers out of order with the stated time."""
    stated = credits.filter(pl.col("kind") == STATED).rename({"row": "child"}).join(clocks, on="child")
    late = stated.filter(pl.col("rule").str.ends_with(":after-crawl"))
    words = pl.format("states {} as its time, but was crawled before, at {}", "value", _moment("first_crawled_at"))
    late = late.select("child", about=pl.lit("after-crawl"), words=words)
    number = stated.filter((pl.col("rule") == "id-order") & ~pl.col("published_by").is_in(["crawl", "url"]))
    outside = (pl.col("high") < pl.col("time_from")) | (pl.col("low") > pl.col("time_to"))
    number = number.filter(outside.fill_null(value=False)).drop_nulls("at")
    after, until = _moment("time_from"), _moment("time_to")
    between = (
        pl.when(after.is_null()).then(pl.format("before {}", until))
        .when(until.is_null()).then(pl.format("after {}", after))
        .otherwise(pl.format("between {} and {}", after, until))
    )  # fmt: skip
    words = pl.format("states {}, but its number {} is of pages of its site {}", _moment("at"), "value", between)
    return [late, number.select("child", about=pl.lit("number"), words=words)]


def _before_source(chosen: pl.DataFrame, clocks: pl.DataFrame) -> pl.DataFrame:
    """Pages whose stated time is surely before that of the page they were taken from."""
    theirs = clocks.select(page="child", source_at="at", source_low="low")
    rows = chosen.select("child", "page").join(theirs, on="page").join(clocks, on="child")
    rows = rows.filter(pl.col("high") < pl.col("source_low")).drop_nulls(["at", "source_at"])
    words = pl.format(
        "states {}, before the page it seems taken from ({}): one of the two is set back", _moment("at"),
        _moment("source_at"),
    )  # fmt: skip
    return rows.select("child", about=pl.lit("before-source"), words=words)


def _credit_times(weighed: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """Times in credits that no page of the site they name has."""
    missed = weighed.group_by("child").agg(missed=pl.col("time_miss").max() > 0, met=pl.col("fit_named").max() > 0)
    missed = missed.filter(pl.col("missed") & ~pl.col("met"))
    timed = credits.filter((pl.col("kind") == "attribution") & ~pl.col("own") & pl.col("site").is_not_null())
    timed = timed.drop_nulls(["time_from", "time_to"]).rename({"row": "child"}).join(missed, on="child")
    middle = pl.col("time_from") + (pl.col("time_to") - pl.col("time_from")) / 2
    words = pl.format(
        "gives {} as the time of its source, but no page of {} here has it", middle.dt.to_string(_MOMENT), "site"
    )
    return timed.select("child", about=pl.lit("credit-time"), words=words)


def _named_pages(pages: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """Pages of the sites that a page's credits name: child, site (named), page, page_site."""
    named = credits.filter(pl.col("kind").is_in(_NAMING) & ~pl.col("own") & ~pl.col("generic"))
    named = named.select("story", "site", child="row").drop_nulls().unique()
    sites = pages.select("story", page_site="site").drop_nulls().unique()
    hosts = named.select("story", "site").unique().join(sites, on="story")
    hosts = hosts.filter(same_host(pl.col("site"), pl.col("page_site")))
    there = pages.select("story", page="row", page_site="site")
    return named.join(hosts, on=["story", "site"]).join(there, on=["story", "page_site"])


def _later_sources(named: pl.DataFrame, clocks: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Credits to a site all of whose pages in the story are surely later; that of the source itself is told already."""
    theirs = clocks.select(page="child", source_at="at", source_low="low")
    mine = clocks.select("child", "at", "high")
    rows = named.join(theirs, on="page").join(mine, on="child")
    later = (pl.col("high") < pl.col("source_low")).fill_null(value=False)
    rows = rows.join(chosen.select("child", source="page"), on="child")
    rows = rows.group_by("child", "site").agg(
        later=later.all(), taken=(pl.col("page") == pl.col("source")).any(), at=pl.col("at").first(),
        source_at=pl.col("source_at").min(),
    )  # fmt: skip
    rows = rows.filter(pl.col("later") & ~pl.col("taken").fill_null(value=False)).drop_nulls(["at", "source_at"])
    words = pl.format(
        "names {}, whose first page here is later ({}) than itself ({})", "site", _moment("source_at"), _moment("at")
    )
    return rows.select("child", about=pl.lit("later-source"), words=words)


def _other_texts(named: pl.DataFrame, facts: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Pages that name one source and have the text of another."""
    same = facts.filter(~pl.col("cross")).select("child", "page", "p", "contain")
    of_named = (
        named.join(same, on=["child", "page"]).group_by("child", "site").agg(named_contain=pl.col("contain").max())
    )
    sites = pages.select(page="row", page_site="site")
    other = same.filter((pl.col("p") >= SURE) & (pl.col("contain") >= MUCH)).join(sites, on="page")
    rows = of_named.join(other, on="child").filter(
        (pl.col("named_contain") < LESS * pl.col("contain"))
        & ~same_host(pl.col("site"), pl.col("page_site")).fill_null(value=False)
    )
    rows = rows.join(named.select("child", "page", also=pl.lit(value=True)).unique(), on=["child", "page"], how="anti")
    rows = rows.sort("child", "site", "contain", "page", descending=[False, False, True, False])
    rows = rows.unique(["child", "site"], keep="first", maintain_order=True).drop_nulls("page_site")
    share = [(pl.col(name) * 100).round(0).cast(pl.Int64) for name in ("named_contain", "contain")]
    words = pl.format(
        "names {}, which has {}% of its word pairs, while {} has {}%", "site", share[0], "page_site", share[1]
    )
    return rows.select("child", about=pl.lit("text"), words=words)


def _two_sources(credits: pl.DataFrame) -> pl.DataFrame:
    """Credits to two sites neither of which is a part of the other."""
    named = credits.filter(pl.col("kind").is_in(_NAMING) & ~pl.col("own") & ~pl.col("generic"))
    named = named.select("site", child="row").drop_nulls().unique().sort("child", "site")
    two = named.join(named.rename({"site": "other"}), on="child").filter(pl.col("site") < pl.col("other"))
    two = two.filter(~same_host(pl.col("site"), pl.col("other")))
    two = two.sort("child", "site", "other").unique("child", keep="first", maintain_order=True)
    words = pl.format("names two sources, {} and {}", "site", "other")
    return two.select("child", about=pl.lit("two-sources"), words=words)


def _passed_over(credits: pl.DataFrame, pages: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Credits to another site than the source that was chosen, and that this source does not give itself."""
    named = credits.filter(pl.col("kind").is_in(_NAMING) & ~pl.col("own") & ~pl.col("generic"))
    named = named.filter(~pl.col("rule").str.ends_with(":furniture").fill_null(value=False))
    named = named.select("site", child="row").drop_nulls().unique()
    sites = pages.select(page="row", page_site="site")
    rows = named.join(chosen.select("child", "page", "host"), on="child").join(sites, on="page", how="left")
    source = pl.coalesce("page_site", "host")
    rows = rows.filter(~same_host(pl.col("site"), source).fill_null(value=False))
    # What the source says of its own source was carried along with its text.
    rows = rows.join(named.rename({"child": "page"}), on=["page", "site"], how="anti")
    likelier = pl.when(source.is_null()).then(pl.lit("no page")).otherwise(source)
    words = pl.format("names {} as its source, yet texts and times speak rather for {}", "site", likelier)
    return rows.select(pl.col("child").cast(pl.Int64), about=pl.lit("passed-over"), words=words)
