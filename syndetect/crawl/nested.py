"""What stands at the end of a path in columns of any type, as a column of words."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from polars.datatypes import DataTypeClass

from syndetect.crawl.columns import IS_HTML
from syndetect.utf8 import decoded

_Steps = Sequence[str | int]
_Type = pl.DataType | DataTypeClass


def series_at(frame: pl.DataFrame, steps: _Steps, *, joined: bool, as_bytes: bool) -> pl.Series | None:
    """The values at a path, as words; None where the columns have no such place, or one that holds no words.

    Args:
        frame: Columns of any type: records, lists, lists of records.
        steps: Names, and numbers of items of a list.
        joined: Whether the items of a list make one text, a line each; else the first counts. Of a text given both in
            plain and as HTML the plain parts are taken.
        as_bytes: Whether bytes stay what they are; else they are read as UTF-8.
    """
    name = str(steps[0])
    if name not in frame.columns:
        return None
    values = _walk(pl.col(name), frame.schema[name], steps[1:], joined=joined, as_bytes=as_bytes)
    return None if values is None else frame.select(values.alias(name)).to_series()


def _walk(value: pl.Expr, dtype: _Type, steps: _Steps, *, joined: bool, as_bytes: bool) -> pl.Expr | None:
    if isinstance(dtype, pl.Array):
        value, dtype = value.arr.to_list(), pl.List(dtype.inner)
    if isinstance(dtype, pl.List):
        if steps and isinstance(steps[0], int):
            item = value.list.get(steps[0], null_on_oob=True)
            return _walk(item, dtype.inner, steps[1:], joined=joined, as_bytes=as_bytes)
        inner = _walk(pl.element(), dtype.inner, steps, joined=joined, as_bytes=False)
        return None if inner is None else _one(value.list.eval(inner), joined=joined)
    if not steps:
        return _words(value, dtype, as_bytes=as_bytes)
    if not isinstance(dtype, pl.Struct):
        return None
    fields = dict(dtype.to_schema())
    step = steps[0]
    if not isinstance(step, str) or step not in fields:
        return None
    return _walk(value.struct.field(step), fields[step], steps[1:], joined=joined, as_bytes=as_bytes)


def _one(values: pl.Expr, *, joined: bool) -> pl.Expr:
    """A list of words as words."""
    element = pl.element()
    parts = values.list.eval(element.filter(element.is_not_null() & (element != "")))
    if not joined:
        return parts.list.first()
    plain = parts.list.eval(element.filter(~element.str.contains(IS_HTML)))
    chosen = pl.when(plain.list.len() > 0).then(plain).otherwise(parts)
    return pl.when(parts.list.len() > 0).then(chosen.list.join("\n"))


def _words(value: pl.Expr, dtype: _Type, *, as_bytes: bool) -> pl.Expr | None:
    if dtype == pl.String:
        return value
    if dtype == pl.Binary:
        return value if as_bytes else value.map_batches(_decoded, return_dtype=pl.String)
    if isinstance(dtype, pl.Datetime):
        utc = value.dt.convert_time_zone("UTC") if dtype.time_zone else value
        return utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S")
    if dtype == pl.Boolean or dtype.is_nested() or dtype in (pl.Null, pl.Object, pl.Duration):
        return None
    return value.cast(pl.String, strict=False)


def _decoded(values: pl.Series) -> pl.Series:
    return pl.Series(values.name, pl.from_arrow(decoded(values.rechunk().to_arrow())))
