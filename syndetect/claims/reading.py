"""All claims of a batch of documents."""

from __future__ import annotations

import polars as pl

from syndetect.addresses import host
from syndetect.claims.agencies import read_tags
from syndetect.claims.attributions import read_phrases
from syndetect.claims.folding import SHARING
from syndetect.claims.unlabelled import read_unlabelled
from syndetect.schema import CLAIM, STRING, TIME


def read_claims(documents: pl.DataFrame) -> pl.DataFrame:
    """Read what each document says of itself.

    Phrases of all languages are looked for in the head (3 lines, 400 characters) and the tail (15 lines, 1,500
    characters) of every page; citations anywhere. A value that names no one carries `:generic` at the end of its rule.

    Args:
        documents: Columns of schema.DOCUMENT.

    Returns:
        schema.CLAIM, sorted by document, span and rule.
    """
    phrased = list(read_phrases(documents))
    found = [*phrased, *read_unlabelled(documents, phrased), *read_tags(documents)]
    ids = documents["doc_id"]
    text = pl.DataFrame(
        {
            "doc_id": pl.Series([row for row, _ in found], dtype=pl.Int64),
            "kind": pl.Series([c.kind for _, c in found], dtype=STRING),
            "value": pl.Series([c.value for _, c in found], dtype=STRING),
            "site": pl.Series([c.site for _, c in found], dtype=STRING),
            "time_from": pl.Series([c.time_from for _, c in found], dtype=TIME),
            "time_to": pl.Series([c.time_to for _, c in found], dtype=TIME),
            "zone_known": pl.Series([c.zone_known for _, c in found], dtype=pl.Boolean()),
            "span_start": pl.Series([c.start for _, c in found], dtype=pl.Int32()),
            "span_end": pl.Series([c.end for _, c in found], dtype=pl.Int32()),
            "rule": pl.Series([c.rule for _, c in found], dtype=STRING),
        }
    ).with_columns(doc_id=ids.gather(pl.Series([row for row, _ in found], dtype=pl.UInt32())))
    claims = pl.concat([text, _marks(documents)]).select(list(CLAIM)).cast(dict(CLAIM))  # type: ignore[arg-type]
    return claims.unique().sort("doc_id", "span_start", "span_end", "kind", "rule", "value", nulls_last=True)


def _image_hosts(documents: pl.DataFrame) -> pl.DataFrame:
    """One image of each host a page takes images from; `resolve_sites` keeps those of sites of the crawl."""
    images = documents.select("doc_id", "site", value="images").explode("value").drop_nulls("value")
    images = images.with_columns(host=host(pl.col("value"))).sort("doc_id", "host", "value")
    images = images.unique(["doc_id", "host"], keep="first", maintain_order=True)
    return images.select("doc_id", "site", "value", kind=pl.lit("link"), rule=pl.lit("image"))


def _marks(documents: pl.DataFrame) -> pl.DataFrame:
    """Canonical, based-on and link claims from the marks columns; translations and images elsewhere are links, too."""
    # Of a saved page without a web address the canonical one is, as a rule, where it was saved from: no other owner.
    canonical = documents.filter(pl.col("site").is_not_null()).select("doc_id", "site", value="canonical")
    canonical = canonical.with_columns(kind=pl.lit("canonical"), rule=pl.lit("rel=canonical"))
    based = documents.select("doc_id", "site", value="based_on").explode("value")
    based = based.select("doc_id", "site", "value", kind=pl.lit("based-on"), rule=pl.lit("json-ld"))
    links = documents.select("doc_id", "site", value="links").explode("value")
    links = links.select("doc_id", "site", "value", kind=pl.lit("link"), rule=pl.lit("href")).unique()
    others = documents.select("doc_id", "site", alternate="alternates").explode("alternate")
    others = others.select("doc_id", "site", value=pl.col("alternate").struct.field("url"), kind=pl.lit("link"))
    others = others.with_columns(rule=pl.lit("hreflang")).unique()
    marks = pl.concat([canonical, based, links, others, _image_hosts(documents)]).filter(
        pl.col("value").is_not_null() & (pl.col("value") != "")
    )
    marks = marks.with_columns(host=host(pl.col("value")))
    own = pl.col("site").str.strip_prefix("www.")
    same = (
        (pl.col("host") == own)
        | pl.col("host").str.ends_with(pl.concat_str(pl.lit("."), own))
        | own.str.ends_with(pl.concat_str(pl.lit("."), pl.col("host")))
    ).fill_null(value=False)
    named = (pl.col("kind") == "based-on") & pl.col("host").is_null()
    shared = (pl.col("kind") == "link") & pl.col("host").str.contains(SHARING).fill_null(value=False)
    marks = marks.filter(named | (pl.col("host").is_not_null() & ~same & ~shared))
    unset = ("time_from", "time_to", "zone_known", "span_start", "span_end")
    empty = {name: pl.lit(None, dtype=CLAIM[name]) for name in unset}
    return marks.select("doc_id", "kind", "value", pl.col("host").alias("site"), "rule", **empty).select(list(CLAIM))
