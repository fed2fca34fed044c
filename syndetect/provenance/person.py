"""What people said of the sources of pages: their option is certain, and what it rules out impossible."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import orjson
import polars as pl

from syndetect.provenance.options import FEATURES, NONE, PAGE, UNSEEN, Options

SAID = "SELECT s.* FROM said_parent s JOIN page USING (doc_id) ORDER BY s.doc_id"
LEAST_NONE = 1e-8
"""Pages of a story of which a person spoke have no source with at least this probability: ten times what the best tree
takes impossible options for, so that where sources make a ring it gives up one that nobody spoke for."""
EDGE_OF = ["kind", "page", "host"]
"""What tells the options of a page apart."""


def apply_words(
    con: duckdb.DuckDBPyConnection, pages: pl.DataFrame, options: Options, weighed: pl.DataFrame
) -> tuple[Options, pl.DataFrame]:
    """Make what people said of pages certain.

    Args:
        con: An open connection; reads the table said_parent.
        pages: The numbered pages of whole stories.
        options: Their options.
        weighed: Their options with probabilities.

    Returns:
        The options with facts of those that were added; the options with other probabilities.
    """
    said = _read(con, pages)
    if said.is_empty():
        return options, weighed
    asked = said.select("child", *EDGE_OF)
    missing = asked.join(weighed, on=["child", *EDGE_OF], how="anti", nulls_equal=True)
    added = missing.with_columns(
        *(pl.lit(0.0).alias(name) for name in FEATURES if name in weighed.columns),
        named_url=pl.lit(None, pl.String),
        probability=pl.lit(0.0),
    )
    every = pl.concat([weighed, added.match_to_schema(weighed.schema, missing_columns="insert")])
    every = every.join(asked.with_columns(given=True), on=["child", *EDGE_OF], how="left", nulls_equal=True)
    every = every.join(said.select("child", spoken=True), on="child", how="left").sort("child", *EDGE_OF)
    ruled_out = _ancestors(said).with_columns(ruled_out=True)
    every = every.join(ruled_out, on=["child", "page"], how="left", maintain_order="left")
    beside = (
        said.select("story").unique().join(pages.select("story", child="row"), on="story").select("child", near=True)
    )
    every = every.join(beside, on="child", how="left", maintain_order="left")
    none = (pl.col("kind") == NONE) & pl.col("near")
    chance = (
        pl.when("spoken").then(pl.col("given").is_not_null().cast(pl.Float64))
        .when("ruled_out").then(0.0)
        .when(none).then(pl.max_horizontal("probability", LEAST_NONE))
        .otherwise("probability")
    )  # fmt: skip
    every = every.with_columns(probability=chance)
    share = pl.col("probability") / pl.col("probability").sum().over("child")
    left = every.with_columns(probability=pl.when("near").then(share).otherwise("probability"))
    return replace(options, facts=_with_facts(options.facts, missing, pages)), left.select(weighed.columns)


def _read(con: duckdb.DuckDBPyConnection, pages: pl.DataFrame) -> pl.DataFrame:
    """What was said of some pages: child, story, kind, page, host."""
    con.register("page", pages.select("doc_id").to_arrow())
    said: pl.DataFrame = con.sql(SAID).pl()
    con.unregister("page")
    said = said.join(pages.select("doc_id", "story", child="row"), on="doc_id", how="left", maintain_order="left")
    parents = pages.select(parent_id="doc_id", page="row")
    said = said.join(parents, on="parent_id", how="left", maintain_order="left")
    kind = (
        pl.when(pl.col("page").is_not_null()).then(PAGE)
        .when(pl.col("parent_site").is_not_null()).then(UNSEEN)
        .otherwise(NONE)
    )  # fmt: skip
    return said.with_columns(kind=kind.cast(pl.Int32), host="parent_site", page=pl.col("page").fill_null(-1))


def _ancestors(said: pl.DataFrame) -> pl.DataFrame:
    """Options that would close a ring with what people said: child (an ancestor by their words), page (below it)."""
    parent = dict(said.filter(pl.col("kind") == PAGE).select("child", "page").iter_rows())
    rows = []
    for page in parent:
        at = page
        while at in parent:
            at = parent[at]
            if at not in parent:
                rows.append((at, page))
    return pl.DataFrame(rows, schema={"child": pl.Int64, "page": pl.Int64}, orient="row")


def _with_facts(facts: pl.DataFrame, missing: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Of pairs that were not held against each other it is known whether they are in two languages."""
    pairs = missing.filter(pl.col("kind") == PAGE).select("child", "page")
    mine, theirs = (pages.select(pl.col("row").alias(name), pl.col("language").fill_null("").alias(f"{name}_language"))
                    for name in ("child", "page"))  # fmt: skip
    told = pairs.join(mine, on="child").join(theirs, on="page")
    told = told.select("child", "page", cross=pl.col("child_language") != pl.col("page_language"))
    return pl.concat([facts, told.match_to_schema(facts.schema, missing_columns="insert")])


def tell_words(con: duckdb.DuckDBPyConnection, edges: pl.DataFrame) -> pl.DataFrame:
    """Put what a person said first in the evidence of the edges it was said of, whose confidence is 1.

    Args:
        con: An open connection; reads the table said_parent.
        edges: schema.EDGE.
    """
    con.register("page", edges.select("doc_id").to_arrow())
    said = con.sql(SAID).pl()
    con.unregister("page")
    if said.is_empty():
        return edges
    items = {row["doc_id"]: row for row in said.iter_rows(named=True)}
    told = [
        _tell(items[doc_id], evidence) if doc_id in items else evidence
        for doc_id, evidence in edges.select("doc_id", "evidence").iter_rows()
    ]
    confidence = pl.when(pl.col("doc_id").is_in(list(items))).then(1.0).otherwise("confidence")
    return edges.with_columns(evidence=pl.Series(told, dtype=pl.String), confidence=confidence)


def _tell(said: dict[str, object], evidence: str) -> str:
    """The evidence with the word before what was measured; `origin` tells why a machine found no source."""
    item = {"kind": "person", "words": said["words"], "said_by": said["said_by"], "said_at": said["said_at"]}
    measured = [one for one in orjson.loads(evidence) if one["words"] and one["kind"] != "origin"]
    return orjson.dumps([item, *measured], option=orjson.OPT_UTC_Z).decode()
