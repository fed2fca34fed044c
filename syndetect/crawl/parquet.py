"""Parquet files → pages: a row group at a time, only the columns that play a part, never a Python object a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from syndetect.crawl.columns import Source, chosen_columns, first_steps, table_sources
from syndetect.crawl.nested import series_at
from syndetect.crawl.outcome import BATCH_BYTES, BATCH_ROWS, CUT_SHORT, Options, Outcome
from syndetect.crawl.places import Place
from syndetect.crawl.rows import Part, missing_columns, row_pages
from syndetect.utf8 import valid_utf8

# Column chunks are read by pieces of this size, and not ahead, since a row group may be larger than memory: one of
# 645 MB takes a third of a gigabyte so, and two thirds without.
_BUFFER_BYTES = 1 << 20

_DAMAGE = (pa.ArrowException, OSError, pl.exceptions.PolarsError, UnicodeDecodeError)
"""What damaged data shows as."""


_Rows = tuple[pl.Series, pl.DataFrame]
"""Numbers of rows, and their columns."""


def read_parquet(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """Read Parquet; a row group that is damaged is listed row by row, and the others are read.

    Raises:
        SettingsError: `unknown-role`.
    """
    with place.open() as raw:
        try:
            file = pq.ParquetFile(raw, buffer_size=_BUFFER_BYTES, pre_buffer=False, page_checksum_verification=True)
            names = frozenset(file.schema_arrow.names)
            _check_counts(file.metadata)
        except (*_DAMAGE, ValueError) as error:
            outcome.fault = f"could not be opened: {_first_line(error)}"
            return
        sources = table_sources(names, chosen_columns(options.columns))
        for record, frame in _gathered(_groups(file, sources, place.size(), outcome)):
            yield from row_pages(record, _parts(frame, sources), outcome, options)
        missing_columns(options, outcome, file.schema_arrow.names, sources)


def _check_counts(meta: pq.FileMetaData) -> None:
    """See that the footer agrees with itself: every row of a group that can't be read is listed."""
    rows = [meta.row_group(group).num_rows for group in range(meta.num_row_groups)]
    if sum(rows) != meta.num_rows or min(rows, default=0) < 0:
        raise ValueError(f"the footer is damaged, it counts {meta.num_rows} rows and {sum(rows)} in its row groups")


def _groups(
    file: pq.ParquetFile, sources: Mapping[str, tuple[Source, ...]], size: int, outcome: Outcome
) -> Iterator[_Rows]:
    """The wanted columns, a batch within a row group at a time, with the numbers of the rows."""
    wanted = [name for name in first_steps(sources) if name in file.schema_arrow.names]
    damaged = 0
    # A group at a time: over several groups pyarrow holds on to what it has read of each.
    for group in range(file.metadata.num_row_groups):
        meta = file.metadata.row_group(group)
        first, end = outcome.n_records, outcome.n_records + meta.num_rows
        error = None
        batches = file.iter_batches(batch_size=_batch_rows(meta), row_groups=[group], columns=wanted)
        while outcome.n_records < end:
            try:
                batch = next(batches, None)
                frame = _frame(batch) if batch is not None else None
            except _DAMAGE as damage:
                error = _first_line(damage)
                break
            if batch is None or frame is None:
                error = "it ends too early"
                break
            # A group of no wanted columns has rows all the same.
            record = pl.int_range(first, first + batch.num_rows, dtype=pl.UInt32, eager=True).alias("record")
            first = outcome.n_records = first + batch.num_rows
            outcome.n_bytes = outcome.n_records * size // max(1, file.metadata.num_rows)
            yield record, frame
        if error is not None:
            damaged += 1
            reason = f"damaged-rows: row group {group} can't be read: {error}"
            for number in range(first, end):
                outcome.reject(number, reason)
            outcome.n_records = end
    if damaged:
        outcome.fault = f"{CUT_SHORT}: {damaged} of {file.metadata.num_row_groups} row groups are damaged"


def _gathered(batches: Iterator[_Rows]) -> Iterator[_Rows]:
    """Put batches together: many files have row groups of a thousand rows, and each call costs as much as those."""
    records: list[pl.Series] = []
    frames: list[pl.DataFrame] = []
    for record, frame in batches:
        records.append(record)
        frames.append(frame)
        if sum(map(len, records)) >= BATCH_ROWS or sum(part.estimated_size() for part in frames) >= BATCH_BYTES // 2:
            yield pl.concat(records), pl.concat(frames)
            records, frames = [], []
    if records:
        yield pl.concat(records), pl.concat(frames)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _batch_rows(meta: pq.RowGroupMetaData) -> int:
    """How many rows hold at most some BATCH_BYTES."""
    # By all columns: asking for the size of one ends the process where its statistics are damaged.
    return int(max(1, min(BATCH_ROWS, BATCH_BYTES * meta.num_rows // max(1, meta.total_byte_size))))


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    columns = zip(batch.schema.names, valid_utf8(batch).columns, strict=True)
    return pl.DataFrame({name: _series(column) for name, column in columns})


def _parts(frame: pl.DataFrame, sources: Mapping[str, tuple[Source, ...]]) -> list[Part]:
    """The columns of a frame that may play a part."""
    parts = []
    for role, found in sources.items():
        for source in found:
            values = series_at(frame, source.steps, joined=role == "text", as_bytes=role == "html")
            if values is not None:
                parts.append(Part(role, source, values))
    return parts


def _series(column: pa.Array) -> pl.Series:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pl.Series(pl.from_arrow(column))
