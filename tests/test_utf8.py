"""Bytes in string columns that are no UTF-8 become the replacement character; all else stays as it is."""

from __future__ import annotations

import pyarrow as pa
import pytest

from syndetect.utf8 import valid_utf8

RAW = [b"caf\xe9", None, b"whole", b"\xf0"]
GOOD = ["caf\N{REPLACEMENT CHARACTER}", None, "whole", "\N{REPLACEMENT CHARACTER}"]


def strings() -> pa.Array:
    """RAW as a column that says it holds strings."""
    raw = pa.array(RAW, pa.binary())
    validity, offsets, data = raw.buffers()
    return pa.StringArray.from_buffers(len(raw), offsets, data, validity)


def in_batch(column: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(range(len(column))), column], ["number", "column"])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (strings(), GOOD),
        (strings().slice(1), GOOD[1:]),
        (pa.ListArray.from_arrays([0, 2, 4], strings()), [GOOD[:2], GOOD[2:]]),
        (pa.DictionaryArray.from_arrays(pa.array([3, 0]), strings()), [GOOD[3], GOOD[0]]),
        (
            pa.StructArray.from_arrays([strings(), pa.array(RAW, pa.binary())], ["words", "bytes"]),
            [{"words": words, "bytes": raw} for words, raw in zip(GOOD, RAW, strict=True)],
        ),
    ],
    ids=["plain", "sliced", "in a list", "in a dictionary", "in a record beside bytes"],
)
def test_bytes_that_are_no_utf8_are_replaced(column: pa.Array, expected: list[object]) -> None:
    mended = valid_utf8(in_batch(column))
    assert mended.column(1).to_pylist() == expected
    assert mended.schema == in_batch(column).schema
    mended.validate(full=True)


@pytest.mark.parametrize("column", [pa.array(["à", None, "漢"]), pa.array(RAW, pa.binary()), strings().slice(1, 2)])
def test_a_batch_of_good_strings_is_given_back_as_it_is(column: pa.Array) -> None:
    batch = in_batch(column)
    assert valid_utf8(batch) is batch
