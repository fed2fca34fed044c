"""Numbers that a site counts its pages with: where they grow with time, a page lies between its neighbours."""

from __future__ import annotations

import polars as pl

from syndetect.schema import STRING, TIME

LEAST_PAGES = 12
LEAST_ORDER = 0.98
"""A series is taken for one that grows with time from so many dated pages, and from this rank correlation on. Numbers
drawn at random pass with twelve pages once in 8 million series (57 of the 12! orders)."""
NEIGHBOURS = 3
"""A page is held against the middle one of so many on either side: one backdated neighbour decides nothing."""
TOLERANCE = pl.duration(days=2)
"""Numbers are given to drafts, which go out days later: a claim this near to its neighbours is no contradiction."""
WIDEST_SURE = pl.duration(hours=60)
"""Times with a wider interval teach nothing of an order."""
WIDEST_ESTIMATE = pl.duration(days=3)
"""Between neighbours further apart the middle would be no estimate."""
_NUMBERED = (
    "p|id|aid|nid|sid|pid|newsid|news_id|articleid|article_id|storyid|story_id|artid|post|content_id"  # as CMSs have it
)
_IN_QUERY = rf"[?&;]({_NUMBERED})=(\d{{2,12}})(?:[&;#]|$)"
_YEAR = r"^(?:19|20)\d\d$"
_DATE = r"(?:19|20)\d\d[/\-_.]?(?:0?[1-9]|1[0-2])(?:[/\-_.]?(?:0?[1-9]|[12]\d|3[01]))?"

_EMPTY = pl.Schema(
    {
        "doc_id": pl.UInt64(),
        "number": STRING,
        "after": TIME,
        "until": TIME,
        "contradicts": pl.Boolean(),
        "undated": pl.Boolean(),
    }
)


def numbers_of(url: pl.Expr) -> pl.Expr:
    """The number that a page is counted with, and the name of its series on the site: a struct of series and number.

    `?p=123` is of the series `p`, `/article/228123` and `/228123.html` of the series of paths. Dates are no numbers.
    """
    rest = url.str.replace(r"^\w+://[^/]*", "").str.replace("#.*$", "")
    query = rest.str.extract_groups(_IN_QUERY)
    path = rest.str.replace(r"\?.*$", "").str.replace(_DATE + r"(?:$|[^0-9])", "/")
    number = path.str.extract(r"(?:^|[^0-9])(\d{3,12})[^0-9]*$", 1)
    number = pl.when(~number.str.contains(_YEAR)).then(number)
    in_query = query.struct.field("2")
    return pl.struct(
        series=pl.when(in_query.is_not_null()).then(pl.lit("?") + query.struct.field("1")).otherwise(pl.lit("/")),
        number=pl.coalesce(in_query, number).cast(pl.Int64),
    )


def series_of(documents: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """What the order of numbers says of each page of a series that grows with time.

    Args:
        documents: doc_id, site, url, crawled_at.
        found: Rows of schema.PUBLISHED, as pages state it.

    Returns:
        doc_id, number, after and until (between the neighbours; NULL where there is none), contradicts (the page claims
        another time), undated (it states none). Only pages that have a series and one of the two are given.
    """
    rows = documents.select("doc_id", "site", "crawled_at", numbers_of(pl.col("url")).alias("n")).unnest("n")
    rows = rows.drop_nulls(["site", "number"]).join(
        found.select("doc_id", "published_at", "published_from", "published_to"), on="doc_id"
    )
    sure = pl.col("published_at").is_not_null() & (pl.col("published_to") - pl.col("published_from") <= WIDEST_SURE)
    rows = rows.with_columns(sure=sure.fill_null(False))
    keys = ["site", "series"]
    order = (
        rows.filter("sure")
        .group_by(keys)
        .agg(n=pl.len(), order=pl.corr(pl.col("number").rank(), pl.col("published_at").rank()))
        .filter((pl.col("n") >= LEAST_PAGES) & (pl.col("order") >= LEAST_ORDER))
    )
    rows = rows.join(order, on=keys, how="semi").sort(*keys, "number", "doc_id")
    if rows.is_empty():
        return pl.DataFrame(schema=_EMPTY)
    before, behind = _neighbours(rows, keys)
    rows = rows.with_columns(after=before, until=behind)
    apart = (pl.col("published_to") < pl.col("after") - TOLERANCE) | (
        pl.col("published_from") > pl.col("until") + TOLERANCE
    )
    contradicts = pl.col("sure") & apart.fill_null(False)
    undated = pl.col("published_at").is_null()
    return (
        rows.with_columns(contradicts=contradicts, undated=undated)
        .filter(pl.col("contradicts") | pl.col("undated"))
        .select("doc_id", pl.col("number").cast(STRING), "after", "until", "contradicts", "undated")
        .match_to_schema(_EMPTY)
    )


def _neighbours(rows: pl.DataFrame, keys: list[str]) -> tuple[pl.Series, pl.Series]:
    """When the nearest dated pages before and behind each were out: the middle one of three on either side."""
    sides = []
    for name, down in (("published_from", False), ("published_to", True)):
        dated = rows.filter("sure").select(*keys, "number", "doc_id", at=name)
        dated = dated.sort(*keys, "number", "doc_id", descending=[False, False, down, down])
        near = [pl.col("at").shift(i).over(keys) for i in range(NEIGHBOURS)]
        middle = pl.concat_list(pl.col("at"), *near[1:]).list.drop_nulls().list.sort(descending=down)
        # Of three the second, of two or one the most cautious.
        dated = dated.with_columns(
            middle=middle.list.get(pl.when(middle.list.len() == NEIGHBOURS).then(1).otherwise(0))
        )
        own = rows.with_row_index("row")
        joined = own.sort("number").join_asof(
            dated.select(*keys, "number", "middle").sort("number"), on="number", by=keys,
            strategy="forward" if down else "backward", allow_exact_matches=False, check_sortedness=False,
        )  # fmt: skip
        sides.append(joined.sort("row")["middle"])
    return sides[0], sides[1]


def place_by_number(found: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """Give pages without a time of their own the interval between their neighbours."""
    placed = found.join(
        numbered.filter("undated").select("doc_id", "after", "until"), on="doc_id", how="left", maintain_order="left"
    )
    low = pl.col("after")
    high = pl.min_horizontal("until", "published_to")
    ordered = (low <= high).fill_null(True) & (low.is_not_null() | pl.col("until").is_not_null())
    near = ordered & (high - low <= WIDEST_ESTIMATE)
    return placed.with_columns(
        published_from=pl.when(ordered).then(low).otherwise("published_from"),
        published_to=pl.when(ordered).then(high).otherwise("published_to"),
        published_at=pl.when(near).then(low + (high - low) / 2).otherwise("published_at"),
        published_by=pl.when(near).then(pl.lit("url")).otherwise("published_by"),
    ).select(found.columns)
