"""Strings whose bytes are no UTF-8: a Parquet writer may put any there, and readers believe it."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

_BYTES: tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...] = (
    (pa.types.is_string, pa.binary()),
    (pa.types.is_large_string, pa.large_binary()),
    (pa.types.is_string_view, pa.large_binary()),
)
"""Kinds of strings, and the bytes they can be read as."""


def valid_utf8(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch, with the replacement character for bytes in its strings that are no UTF-8; as it is where all are."""
    valid = [_is_valid(column) for column in batch.columns]
    if all(valid):
        return batch
    columns = [column if good else _mended(column) for column, good in zip(batch.columns, valid, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def decoded(column: pa.Array) -> pa.Array:
    """Bytes as strings, with the replacement character for what is no UTF-8."""
    # Seen as strings without a look at them, which costs nothing where they are.
    strings = column.cast(pa.large_binary()).view(pa.large_string())
    return strings if _is_valid(strings) else _mended(strings)


def is_binary(dtype: pa.DataType) -> bool:
    """Whether values are bytes."""
    return any(is_kind(dtype) for is_kind in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view))


def _is_valid(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        # There are other faults than these; what has no strings stays as it is.
        return bool(_as_bytes(column.type) == column.type)
    return True


def _mended(column: pa.Array) -> pa.Array:
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    values = plain.cast(_as_bytes(plain.type)).to_pylist()
    return pa.array([_words(value, plain.type) for value in values], column.type)


def _as_bytes(dtype: pa.DataType) -> pa.DataType:
    """The type with bytes where it has strings."""
    for is_kind, as_bytes in _BYTES:
        if is_kind(dtype):
            return as_bytes
    if pa.types.is_dictionary(dtype):
        return _as_bytes(dtype.value_type)
    if pa.types.is_list(dtype):
        return pa.list_(_as_bytes(dtype.value_type))
    if pa.types.is_large_list(dtype):
        return pa.large_list(_as_bytes(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([field.with_type(_as_bytes(field.type)) for field in dtype])
    return dtype


def _words(value: object, dtype: pa.DataType) -> object:
    if isinstance(value, bytes) and any(is_kind(dtype) for is_kind, _ in _BYTES):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return [_words(one, dtype.value_type) for one in value]
    if isinstance(value, dict):
        return {field.name: _words(value[field.name], field.type) for field in dtype}
    return value
