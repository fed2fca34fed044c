"""The inputs of a store once more: their rows with all their columns, a batch at a time.

Parquet, JSON and CSV are read from their files, which have to be what they were when the store was made. Rows of other
formats (WARC, HTML, text), and of what came through a pipe, are those of the view `documents`, from the store; their
files are not opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from syndetect.crawl import Options, Outcome, Place, json_records, table_records
from syndetect.dedup.json_types import Shape, schema_of, table_of
from syndetect.errors import InputError, SettingsError
from syndetect.store import Store
from syndetect.utf8 import is_binary, valid_utf8

BATCH_BYTES = 16 << 20
BATCH_ROWS = 5_000
JSON_BATCH_ROWS = 5_000
"""Records that are Python objects at one time."""
RECORDS = {"jsonl": json_records, "csv": table_records}
"""How formats are read that have no schema."""
OPENED = ("parquet", *RECORDS)
DOCUMENTS = "SELECT v.* FROM documents v JOIN wanted w ON w.stored_url = v.url ORDER BY w.place"


@dataclass(frozen=True)
class Source:
    """An input as the store knows it."""

    path: str
    sha256: str | None
    n_records: int
    n_rejected: int
    format: str
    stamp: str | None
    mapping: str
    page_bytes: int

    def records(self) -> Iterator[tuple[int, dict[str, object]]]:
        """The records of a file whose format has no schema, each with its number, as they were read for the store."""
        options = Options(self.page_bytes, json.loads(self.mapping))
        return RECORDS[self.format](Place(self.path), Outcome(self.path), options)


def sources_of(store: Store) -> list[Source]:
    """The inputs that gave records, in order of their paths."""
    # What came through a pipe can't be read again.
    query = (
        "SELECT path, sha256, n_records, n_rejected, if(stamp = 'stream', 'stream', format) AS format, stamp, mapping,"
        " page_bytes FROM input_file WHERE n_records > 0 ORDER BY path"
    )
    return [Source(**row) for row in store.rows(query)]  # type: ignore[arg-type]


def check_unchanged(sources: Sequence[Source]) -> None:
    """See that the files that are read again are those the store was made from.

    Raises:
        InputError: `input-gone`, `input-changed`.
    """
    for source in sources:
        if source.format not in OPENED:
            continue
        try:
            place = Place(source.path)
            mark = (place.sha256(), place.stamp())
        except OSError as error:
            raise InputError(
                f"the input {source.path} can't be read any more ({error.strerror or error}); put it back",
                slug="input-gone",
            ) from None
        if mark != (source.sha256, source.stamp):
            raise InputError(
                f"the input {source.path} has changed since it was read; run it into the store again, then dedup",
                slug="input-changed",
            )


class Inputs:
    """All inputs of a store as rows of one schema: columns united by name, NULL where an input lacks one."""

    def __init__(self, store: Store, sources: Sequence[Source]) -> None:
        """Look over all inputs for their columns.

        Raises:
            SettingsError: `column-types`, if a column has types that no type holds.
        """
        self._store = store
        self.sources = sources
        self._shape = Shape()
        for source in sources:
            if source.format in RECORDS:
                for _, record in source.records():
                    self._shape.see(record)
        self.schema = _unite([(source.path, self._schema(source)) for source in sources])

    def _schema(self, source: Source) -> pa.Schema:
        if source.format == "parquet":
            with Place(source.path).with_ranges() as place, place.open() as file:
                return pq.read_schema(file)
        if source.format in RECORDS:
            return schema_of(self._shape.fields)
        return self._documents(pl.DataFrame(schema={"stored_url": pl.String})).schema

    def _documents(self, wanted: pl.DataFrame) -> pa.Table:
        self._store.con.register("wanted", wanted.with_row_index("place").to_arrow())
        rows = self._store.con.sql(DOCUMENTS).to_arrow_table()
        self._store.con.unregister("wanted")
        return rows

    def batches(self, records: pl.DataFrame, name: str | None = None) -> Iterator[tuple[pl.DataFrame, pa.Table]]:
        """Yield all rows: of the files that are read again in order of their paths, then those from the store.

        Args:
            records: The records that were used: path, record, url, site, crawled_at, stored_url (the url of the
                document), stands (whether the document is this record's), and whatever else is to be carried along.
            name: The one column that is wanted.

        Yields:
            The rows of `records`, with `row`: where each stands in the table; and the table, with the columns of
            `schema`.
        """
        wanted = self.schema if name is None else pa.schema([self.schema.field(name)])
        of_path = {str(path): part for (path,), part in records.partition_by("path", as_dict=True).items()}
        for source in self.sources:
            if source.format in OPENED and source.path in of_path:
                for numbers, rows in self._open(source, name):
                    found = pl.DataFrame({"record": numbers}).with_row_index("row")
                    known = found.join(of_path[source.path], on="record", how="inner", maintain_order="left")
                    yield known, fit(rows, wanted)
        opened = [source.path for source in self.sources if source.format in OPENED]
        for part in records.filter(~pl.col("path").is_in(opened)).iter_slices(BATCH_ROWS):
            yield part.with_row_index("row"), fit(self._stored(part), wanted)

    def _open(self, source: Source, name: str | None) -> Iterator[tuple[pl.Series, pa.Table]]:
        """The records of a file by their numbers, as they stand there."""
        if source.format == "parquet":
            with Place(source.path).with_ranges() as place, place.open() as file:
                yield from _parquet_batches(pq.ParquetFile(file), name)
            return
        fields = {key: shape for key, shape in self._shape.fields.items() if name in (None, key)}
        for numbers, rows in _record_batches(source):
            yield numbers, table_of(rows, fields)

    def _stored(self, records: pl.DataFrame) -> pa.Table:
        """Rows of `documents`; a fetch that is not the one kept in the store has only its address and time."""
        rows = pl.from_arrow(self._documents(records.select("stored_url")))
        assert isinstance(rows, pl.DataFrame)
        own = {"url": "url", "site": "site", "first_crawled_at": "crawled_at", "last_crawled_at": "crawled_at"}
        values = [
            pl.when(records["stands"]).then(pl.col(name)).otherwise(records[own[name]] if name in own else None)
            for name in rows.columns
        ]
        return rows.with_columns(value.alias(name) for name, value in zip(rows.columns, values, strict=True)).to_arrow()

    def column(self, name: str, records: pl.DataFrame) -> pl.DataFrame:
        """The values of one column that can be put in order.

        Args:
            name: A column of any input.
            records: As for `batches`, with doc_id.

        Returns:
            doc_id, value: a row for each of `records`.

        Raises:
            SettingsError: `keep-column`, if no input has it or its values have no order.
        """
        if name not in self.schema.names:
            known = ", ".join(self.schema.names)
            raise SettingsError(
                f"no input has a column {name!r} to keep pages by; there are {known}", slug="keep-column"
            )
        dtype = self.schema.field(name).type
        if pa.types.is_nested(dtype) or pa.types.is_duration(dtype) or is_binary(dtype):
            raise SettingsError(
                f"the column {name!r} is {dtype}, which has no order; choose another", slug="keep-column"
            )
        parts = [pl.DataFrame({"doc_id": pl.Series([], dtype=pl.UInt64), "value": _series(self.schema.field(name))})]
        for found, rows in self.batches(records, name):
            value = pl.Series("value", pl.from_arrow(rows.column(0))).gather(found["row"])
            parts.append(found.select("doc_id").with_columns(value))
        return pl.concat(parts)


def _series(column: pa.Field) -> pl.Series:
    return pl.Series("value", pl.from_arrow(pa.array([], column.type)))


def _parquet_batches(file: pq.ParquetFile, name: str | None) -> Iterator[tuple[pl.Series, pa.Table]]:
    columns = None if name is None else [one for one in file.schema_arrow.names if one == name]
    meta = file.metadata
    n_bytes = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
    rows = max(1, min(BATCH_ROWS, BATCH_BYTES * meta.num_rows // max(1, n_bytes)))
    first = 0
    # A group at a time: over several groups pyarrow holds on to what it has read of each.
    for group in range(meta.num_row_groups):
        end = first + meta.row_group(group).num_rows
        try:
            for batch in file.iter_batches(batch_size=rows, row_groups=[group], columns=columns):
                records = pl.int_range(first, first + batch.num_rows, dtype=pl.UInt32, eager=True)
                first += batch.num_rows
                yield records, pa.Table.from_batches([valid_utf8(batch)])
        except (pa.ArrowException, OSError):
            pass  # the rows of a damaged group were rejected before, those of the others were read
        first = end


def _record_batches(source: Source) -> Iterator[tuple[pl.Series, list[dict[str, object]]]]:
    numbers: list[int] = []
    rows: list[dict[str, object]] = []
    n_characters = 0
    for number, record in source.records():
        numbers.append(number)
        rows.append(record)
        n_characters += sum(len(value) for value in record.values() if isinstance(value, str))
        if len(rows) >= JSON_BATCH_ROWS or n_characters >= BATCH_BYTES:
            yield pl.Series(numbers, dtype=pl.UInt32), rows
            numbers, rows, n_characters = [], [], 0
    if rows:
        yield pl.Series(numbers, dtype=pl.UInt32), rows


def _unite(schemas: Sequence[tuple[str, pa.Schema]]) -> pa.Schema:
    """One schema for all: columns in the order they are first seen in, numbers widened to what holds them."""
    if len({schema for _, schema in schemas}) == 1:
        return schemas[0][1]
    known: dict[str, tuple[str, pa.Field]] = {}
    for path, schema in schemas:
        for column in schema:
            loose = column.with_nullable(True)
            where, before = known.get(column.name, (path, loose))
            known[column.name] = (where, _widen(before, loose, where, path))
    return pa.schema([column for _, column in known.values()])


def _widen(before: pa.Field, column: pa.Field, where: str, path: str) -> pa.Field:
    try:
        # Text is no bytes, though pyarrow would make it so.
        if is_binary(before.type) == is_binary(column.type):
            one = [pa.schema([field]) for field in (before, column)]
            return pa.unify_schemas(one, promote_options="permissive").field(0)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        pass
    raise SettingsError(
        f"the column {column.name!r} is {before.type} in {where} and {column.type} in {path}; give one of them another"
        " name or type, or dedup stores of their own",
        slug="column-types",
    )


def fit(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows with the columns of a schema: cast where they are wider there, NULL where they are not here.

    Raises:
        SettingsError: `column-types`, for a value that the wider type does not hold.
    """
    there = set(rows.schema.names)
    arrays = []
    for column in schema:
        try:
            found = rows.column(column.name) if column.name in there else pa.nulls(rows.num_rows, column.type)
            arrays.append(found if found.type == column.type else found.cast(column.type))
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0]
            raise SettingsError(
                f"the column {column.name!r} can't be made {column.type}, as other inputs want it: {reason}; give it"
                " another name, or dedup stores of their own",
                slug="column-types",
            ) from None
    return pa.Table.from_arrays(arrays, schema=schema)
