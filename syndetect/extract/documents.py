"""Rows of schema.PAGE → rows of schema.DOCUMENT.

Parsing HTML is the one place where a Python loop over pages is right: a C parser does the work. Rows that give a text
are read by columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow as pa

from syndetect.addresses import host
from syndetect.extract.columns import read_texts
from syndetect.extract.language import languages
from syndetect.extract.reading import Row, read_row
from syndetect.schema import ALTERNATE, DOCUMENT, STATED_TIME, U64

_FIELDS = ("title", "page_text", "kind", "site_name", "canonical", "based_on", "links", "images")
_COLUMNS = ("row", *_FIELDS, "language", "alternates", "stated_times")
_NONE = pl.lit([], pl.List(pl.String))


def extract(pages: pl.DataFrame) -> pl.DataFrame:
    """Read pages: main text, title, language, kind, and every mark of when and whence.

    Args:
        pages: Rows of schema.PAGE.

    Returns:
        Rows of schema.DOCUMENT in the same order. page_text is a line a block, without the title; a page without any
        text has an empty one and kind `other`.
    """
    numbered = pages.with_row_index("row")
    is_html = pl.col("html").is_not_null()
    parts = [_from_html(part) for part in (numbered.filter(is_html),) if part.height]
    parts += [_from_texts(part) for part in (numbered.filter(~is_html),) if part.height]
    if not parts:
        return pl.DataFrame(schema=DOCUMENT)
    given = numbered.select(
        "row", "path", "record", "url", "crawled_at",
        given_canonical="canonical", given_name="site_name", given_source="based_on", given_times=_given_times(),
    )  # fmt: skip
    read = given.join(pl.concat(parts), on="row", maintain_order="left")
    sourced = pl.when(pl.col("given_source").is_not_null()).then(pl.concat_list("given_source"))
    documents = read.with_columns(
        site=host(pl.col("url")),
        canonical=pl.coalesce("canonical", "given_canonical"),
        site_name=pl.coalesce("site_name", "given_name"),
        based_on=pl.concat_list("based_on", sourced.fill_null(pl.lit([], pl.List(pl.String)))),
        stated_times=pl.concat_list("given_times", "stated_times"),
        doc_id=pl.Series(document_ids(read["url"], read["page_text"])),
    )
    return documents.select(DOCUMENT.names()).match_to_schema(DOCUMENT)


def _given_times() -> pl.Expr:
    """The times that the input gives, as stated times."""
    none = pl.lit([], pl.List(STATED_TIME))
    parts = [
        pl.when(pl.col(name).is_not_null())
        .then(pl.concat_list(pl.struct(source=pl.lit(source), value=pl.col(name))))
        .fill_null(none)
        for source, name in (("input", "published"), ("updated", "updated"))
    ]
    return pl.concat_list(parts)


def _from_html(pages: pl.DataFrame) -> pl.DataFrame:
    """What whole pages hold: parsed one by one."""
    rows: list[Row] = list(pages.select("html", "url", "charset", "text", "title").iter_rows())
    *fields, stated, alternates, times = zip(*map(read_row, rows), strict=True)
    given = pages.select(pl.coalesce("language", pl.Series(stated, dtype=pl.String))).to_series()
    columns = {
        name: _lists(name, values) if DOCUMENT[name] == pl.List else pl.Series(name, values, DOCUMENT[name])
        for name, values in zip(_FIELDS, fields, strict=True)
    }
    read = pages.select("row").with_columns(
        **columns,
        language=languages(columns["page_text"], columns["title"], given.to_list()),
        alternates=_pairs("alternates", alternates, "language", "url"),
        stated_times=_pairs("stated_times", times, "source", "value"),
    )
    return read.select(*_COLUMNS)


def _from_texts(pages: pl.DataFrame) -> pl.DataFrame:
    """What rows hold whose input gives the text: read by columns."""
    read = read_texts(pages)
    by_url = pl.struct(source=pl.lit("url"), value=pl.col("url_day"))
    times = (
        pl.when(pl.col("url_day").is_not_null())
        .then(pl.concat_list(by_url))
        .otherwise(pl.lit([], pl.List(STATED_TIME)))
    )
    return read.select(
        pages["row"], *("title", "page_text", "language", "kind"),
        site_name=pl.lit(None, pl.String), canonical=pl.lit(None, pl.String),
        based_on=_NONE, links=_NONE, images=_NONE, alternates=pl.lit([], pl.List(ALTERNATE)), stated_times=times,
    ).select(*_COLUMNS)  # fmt: skip


def _pairs(name: str, lists: Sequence[Sequence[tuple[str, str]]], *parts: str) -> pl.Series:
    """Lists of pairs → a column of lists of structs, built flat: a Python dict a pair costs more than reading it."""
    flat = [pair for pairs in lists for pair in pairs]
    pairs = [pa.array([pair[i] for pair in flat], pa.large_string()) for i in (0, 1)]
    return _nested(name, lists, pa.StructArray.from_arrays(pairs, parts))


def _lists(name: str, lists: Sequence[Sequence[str]]) -> pl.Series:
    """Lists of words → a column of them, built flat as well."""
    return _nested(name, lists, pa.array([one for words in lists for one in words], pa.large_string()))


def _nested(name: str, lists: Sequence[Sequence[object]], values: pa.Array) -> pl.Series:
    ends = np.cumsum([0, *map(len, lists)])
    column = pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), values)
    return pl.Series(name, pl.from_arrow(column), DOCUMENT[name])


def document_ids(urls: pl.Series, texts: pl.Series) -> U64:
    """The id of a document: 64 bits of BLAKE2b over its address and text, the same in every version and process."""
    keyed = pl.select(pl.concat_str(urls, pl.lit("\0"), texts)).to_series()
    _, offsets, data = keyed.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()
    if data is None:
        return np.zeros(0, np.uint64)
    # The bytes as they lie there: a Python string a text would be made and encoded again.
    ends, raw = np.frombuffer(offsets, np.int64)[: len(keyed) + 1].tolist(), memoryview(data)
    digests = b"".join(hashlib.blake2b(raw[a:b], digest_size=8).digest() for a, b in pairwise(ends))
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)
