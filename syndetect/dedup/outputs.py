"""The files that are written: refused where they would hit an input, built beside their place, renamed when whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from syndetect.errors import SettingsError
from syndetect.utf8 import is_binary

SUFFIXES = (".parquet", ".jsonl")
GROUP_BYTES = 32 << 20
GROUP_ROWS = 100_000
"""A row group of Parquet is written when it has so many bytes or rows."""


def check_output(path: Path, *, taken: Iterable[Path]) -> None:
    """See that a file can be written without harm.

    Args:
        path: Where it is to be.
        taken: Files that must stay as they are: inputs, the store, the other output.

    Raises:
        SettingsError: `output-suffix`, `output-place`, `output-taken`.
    """
    if path.suffix not in SUFFIXES:
        raise SettingsError(
            f"{path} is no output that can be written; name a .parquet or .jsonl file", slug="output-suffix"
        )
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else f"can't be made: there is no folder {path.parent}"
        raise SettingsError(f"{path} {what}; give a file name in an existing folder", slug="output-place")
    for other in taken:
        if path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other)):
            raise SettingsError(
                f"the output {path} is the same file as {other}, which has to stay; name another", slug="output-taken"
            )


def check_columns(path: Path, schema: pa.Schema) -> None:
    """See that a file of this kind holds these columns.

    Raises:
        SettingsError: `output-columns`.
    """
    for column in schema:
        if path.suffix == ".jsonl" and _holds_bytes(column.type):
            raise SettingsError(
                f"the column {column.name!r} holds bytes, which JSON does not; name a .parquet file instead of {path}",
                slug="output-columns",
            )


def _holds_bytes(dtype: pa.DataType) -> bool:
    return is_binary(dtype) or any(_holds_bytes(dtype.field(place).type) for place in range(dtype.num_fields))


class Output:
    """A file in the making; left without an error it is whole, `publish` puts it in its place."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        # A link stays a link: what it points to is replaced.
        self.path = path.resolve()
        self._built_at = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        self.schema = schema
        self._held: list[pa.Table] = []
        self._parquet: pq.ParquetWriter | None = None
        self._lines: BinaryIO | None = None

    def __enter__(self) -> Output:
        if self.path.suffix == ".parquet":
            self._parquet = pq.ParquetWriter(self._built_at, self.schema, compression="zstd")
        else:
            self._lines = self._built_at.open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if error is None:
                self._flush()
        finally:
            for file in (self._parquet, self._lines):
                if file is not None:
                    file.close()
            if error is not None:
                self.remove()

    def write(self, rows: pa.Table) -> None:
        """Add rows."""
        self._held.append(rows)
        if sum(held.nbytes for held in self._held) >= GROUP_BYTES or sum(map(len, self._held)) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        rows, self._held = pa.concat_tables([self.schema.empty_table(), *self._held]), []
        if self._parquet is not None and len(rows):
            self._parquet.write_table(rows)
        if self._lines is not None:
            frame = pl.from_arrow(rows)
            assert isinstance(frame, pl.DataFrame)
            frame.write_ndjson(self._lines)

    def publish(self) -> None:
        """Put the closed file in its place, in one step."""
        with self._built_at.open("rb") as file:
            os.fsync(file.fileno())
        self._built_at.replace(self.path)

    def remove(self) -> None:
        """Take away what was written."""
        with suppress(OSError):
            self._built_at.unlink()


def publish(outputs: Sequence[Output]) -> None:
    """Put closed files in their places, the first one last: when it is there, all are."""
    try:
        for output in reversed(outputs):
            output.publish()
    except BaseException:
        for output in outputs:
            output.remove()
        raise
