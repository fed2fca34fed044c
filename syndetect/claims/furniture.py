"""Credits that a site puts below whatever it prints, told by how many of its pages say the same."""

from __future__ import annotations

import polars as pl

from syndetect.schema import CLAIM

FURNITURE = ":furniture"
"""What the rule of such a claim ends with."""
LEAST_PAGES = 5
"""Pages of a site that must say the same; fewer may all have been taken from one source."""
LEAST_SHARE = 0.5
"""Share of a site's pages above which what they all say is no word on one of them."""
_KINDS = ("attribution", "link", "canonical", "based-on")


def mark_furniture(claims: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Mark the claims that most pages of a site make in the same words.

    A claim with a time of its own is of its page, unless all give the same time. Agency tags and datelines stand in
    stories and are left alone, and so are values that name no one.

    Args:
        claims: schema.CLAIM of all pages of the store.
        documents: doc_id, site of all pages.

    Returns:
        The claims in their order, with FURNITURE at the end of the rule of those.
    """
    sites = documents.select("doc_id", own="site").drop_nulls()
    rows = claims.with_row_index("row").filter(pl.col("kind").is_in(_KINDS) & ~pl.col("rule").str.ends_with(":generic"))
    said = pl.col("value").str.to_lowercase().str.strip_chars()
    rows = rows.join(sites, on="doc_id").select("row", "doc_id", "own", "kind", "time_from", said=said)
    same = ["own", "kind", "said", "time_from"]
    counted = rows.group_by(same).agg(n=pl.col("doc_id").n_unique())
    counted = counted.join(sites.group_by("own").agg(pages=pl.len()), on="own")
    common = counted.filter((pl.col("n") >= LEAST_PAGES) & (pl.col("n") > LEAST_SHARE * pl.col("pages")))
    marked = rows.join(common, on=same, how="semi", nulls_equal=True)["row"]
    rule = pl.when(pl.int_range(pl.len()).is_in(marked.implode())).then(pl.col("rule") + FURNITURE).otherwise("rule")
    return claims.with_columns(rule=rule).select(list(CLAIM))
