"""Pages named by others of their story: sources whatever the times say, and dated by the credit where they are not."""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.provenance.credits import MARKS, fit_times, named_pairs, same_host
from syndetect.schema import F32, I64

NAMING = ("attribution", "canonical", "based-on")
"""Claims that say where a page was taken from, and not only what stands near."""
MOST_BACK = pl.duration(hours=24)
"""A stated day may be that of another zone, and a clock hours wrong; judgement, not measurement."""
LEAST_BEFORE = 0.004
"""How likely a page that is named was there before, however late its stated time: times are set back and wrong."""


def name_surely(credits: pl.DataFrame, hosts: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Pages that a page gives as its source: child, page.

    By their address, or with a time that they state, however far the page's own time is from theirs. By the name of
    their site alone only where they are at most MOST_BACK later: what a site put out days after is another page of it.
    """
    named = credits.filter(pl.col("kind").is_in(NAMING) & ~pl.col("generic") & ~pl.col("own"))
    times = pages.select("row", "published_at", "published_from", "published_to")
    theirs = times.rename({name: f"source_{name}" for name in times.columns})
    rows = named_pairs(named, hosts, pages).filter(pl.col("child") != pl.col("page"))
    rows = rows.join(times, left_on="child", right_on="row").join(theirs, left_on="page", right_on="source_row")
    near = rows.filter(pl.col("source_published_from") - pl.col("published_to") <= MOST_BACK)
    stated = credits.filter(pl.col("url").is_not_null() & ~pl.col("own") & pl.col("kind").is_in(MARKS))
    addressed = stated.join(pages.select("story", page="row", url="url_key"), on=["story", "url"])
    addressed = addressed.select("page", child="row").filter(pl.col("child") != pl.col("page"))
    timed = fit_times(credits, rows.join(pages.select(page="row", page_site="site"), on="page"), pages)
    timed = timed.filter(pl.col("fit_named") > 0)
    return pl.concat([frame.select("child", "page") for frame in (near, addressed, timed)]).unique()


def keep_named(child: I64, page: I64, p: F32, named: pl.DataFrame) -> tuple[I64, I64, F32]:
    """Add the pairs in which a page names a source that by the stated times was not there before.

    Args:
        child: Rows of pages, and
        page: of those that can have been before, sorted by both.
        p: How likely they were.
        named: From `name_surely`.

    Returns:
        The same with those pairs, sorted.
    """
    there = pl.DataFrame({"child": child, "page": page})
    lacking = (
        named.select(pl.col("child", "page").cast(pl.Int64)).join(there, on=["child", "page"], how="anti").unique()
    )
    if lacking.is_empty():
        return child, page, p
    child = np.concatenate([child, lacking["child"].to_numpy()])
    page = np.concatenate([page, lacking["page"].to_numpy()])
    p = np.concatenate([p, np.full(lacking.height, LEAST_BEFORE, np.float32)])
    order = np.lexsort((page, child))
    return child[order], page[order], p[order]


def date_named(pages: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """Give pages without a time the one that a credit gives them, where it can mean no other page of the story.

    Args:
        pages: The numbered pages.
        credits: What they say.

    Returns:
        The pages, some with published_at, published_from and published_to.
    """
    timed = credits.filter((pl.col("kind") == "attribution") & ~pl.col("own") & pl.col("site").is_not_null())
    timed = timed.drop_nulls(["time_from", "time_to"]).select(
        "story", "site", "zone_known", "time_from", "time_to", by="row"
    )
    if timed.is_empty():
        return pages
    undated = pages.filter(pl.col("published_at").is_null() & pl.col("published_from").is_null())
    undated = undated.select("story", "row", "published_to", page_site="site").drop_nulls("page_site")
    every = pages.select("story", other="row", other_site="site").drop_nulls("other_site")
    told = timed.join(undated, on="story").filter(same_host(pl.col("site"), pl.col("page_site")))
    alone = told.select("story", "site").unique().join(every, on="story")
    alone = alone.filter(same_host(pl.col("site"), pl.col("other_site"))).group_by("story", "site").agg(n=pl.len())
    told = told.join(alone.filter(pl.col("n") == 1), on=["story", "site"], how="semi")
    claimant = pages.select(by="row", out_by="published_to")
    told = told.join(claimant, on="by", how="left").filter(
        (pl.col("time_from") <= pl.min_horizontal("out_by", "published_to")).fill_null(value=True)
    )
    # The surest of several credits: with a zone, then the narrowest.
    width = pl.col("time_to") - pl.col("time_from")
    told = told.sort(
        "row", pl.col("zone_known").fill_null(value=False), width, "time_from", descending=[False, True, False, False]
    )
    told = told.unique("row", keep="first", maintain_order=True)
    high = pl.min_horizontal("time_to", "published_to")
    middle = pl.min_horizontal(pl.col("time_from") + width / 2, high)
    told = told.select("row", at=middle, low="time_from", high=high)
    return (
        pages.join(told, on="row", how="left", maintain_order="left")
        .with_columns(
            published_at=pl.coalesce("published_at", "at"), published_from=pl.coalesce("published_from", "low"),
            published_to=pl.coalesce("high", "published_to"),
        )
        .select(pages.columns)
    )  # fmt: skip
