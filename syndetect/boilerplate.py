"""Lines a site repeats on pages that tell different things: not story text, but evidence.

A line is boilerplate where it stands on several pages of a site whose longest lines differ: the longest line of a page
is story text, so a story that a site carries three times does not make its own sentences boilerplate. A footer that is
longer than the texts is found by standing on half of a larger site's pages.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.text import hash_runs, split_words

PAGE_LINE = pl.Schema(
    {
        "doc_id": pl.UInt64(), "site": pl.String(), "line_key": pl.UInt64(), "page_key": pl.UInt64(),
        "n_words": pl.Int32(),
    }
)  # fmt: skip
"""A line of a page: its hash, that of the page's longest line, and how many words it has."""


def split_lines(documents: pl.DataFrame) -> pl.DataFrame:
    """Cut pages into lines.

    Args:
        documents: doc_id, page_text.

    Returns:
        doc_id, line (number from 0), text, line_key (hash of the folded words; NULL for a line without any), n_words.
    """
    lines = (
        documents.select("doc_id", text=pl.col("page_text").fill_null("").str.split("\n"))
        .explode("text")
        .with_columns(line=pl.int_range(pl.len(), dtype=pl.UInt32).over("doc_id"))
    )
    words = split_words(lines["text"])
    empty = words.offsets[1:] == words.offsets[:-1]
    keys = pl.Series("line_key", hash_runs(words.hashes, words.offsets), dtype=pl.UInt64)
    n_words = pl.Series(np.rint(np.diff(words.offsets) * words.per_token).astype(np.int32))
    return lines.with_columns(n_words=n_words, line_key=pl.when(pl.Series(empty)).then(None).otherwise(keys))


def page_lines(documents: pl.DataFrame) -> pl.DataFrame:
    """What has to be counted to find boilerplate.

    Args:
        documents: doc_id, site, page_text.

    Returns:
        PAGE_LINE, each line of a page once.
    """
    lines = split_lines(documents).drop_nulls("line_key")
    longest = lines.group_by("doc_id").agg(
        page_key=pl.col("line_key")
        .sort_by(pl.col("text").str.len_bytes(), "line_key", descending=[True, False])
        .first()
    )
    return (
        lines.select("doc_id", "line_key", "n_words")
        .unique(["doc_id", "line_key"])
        .join(longest, on="doc_id")
        .join(documents.select("doc_id", "site"), on="doc_id")
        .select(*PAGE_LINE)
    )


def strip(documents: pl.DataFrame, site_lines: pl.DataFrame, claim_lines: pl.DataFrame) -> pl.DataFrame:
    """Take boilerplate and credit lines out of the pages.

    Args:
        documents: doc_id, site, page_text.
        site_lines: site, line_key: what `site_lines.sql` counted.
        claim_lines: doc_id, line: lines that say where a page is from.

    Returns:
        doc_id, text; in the order of the documents. A page of nothing else keeps an empty text.
    """
    # Most pages have neither: only those that may lose a line are cut into lines.
    touched = documents.filter(
        pl.col("site").is_in(site_lines["site"].implode()) | pl.col("doc_id").is_in(claim_lines["doc_id"].implode())
    )
    lines = split_lines(touched).join(touched.select("doc_id", "site"), on="doc_id", maintain_order="left")
    kept = (
        lines.join(site_lines.select("site", "line_key"), on=["site", "line_key"], how="anti", maintain_order="left")
        .join(
            claim_lines.select("doc_id", pl.col("line").cast(pl.UInt32)),
            on=["doc_id", "line"],
            how="anti",
            maintain_order="left",
        )
        .drop_nulls("line_key")
        .sort("doc_id", "line")
        .group_by("doc_id", maintain_order=True)
        .agg(pl.col("text").str.join("\n"))
    )
    cut = touched.select("doc_id").join(kept, on="doc_id", how="left").with_columns(pl.col("text").fill_null(""))
    return (
        documents.select("doc_id", "page_text")
        .join(cut, on="doc_id", how="left", maintain_order="left")
        .select("doc_id", text=pl.coalesce("text", pl.col("page_text").fill_null("")))
    )
