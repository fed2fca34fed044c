"""Dumps with a row a page: JSON lines and Parquet."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from syndetect.crawl.columns import ROLES, Source, crawl_times, null_words, roles_of, sources_of
from syndetect.crawl.outcome import BATCH_BYTES, BATCH_HTML_PAGES, BATCH_ROWS, CUT_SHORT, Options, Outcome, page_frame
from syndetect.crawl.places import Place
from syndetect.crawl.streams import lines_of
from syndetect.utf8 import decoded, valid_utf8


def read_jsonl(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """Read JSON lines, or one JSON list or object; a bad line is listed and passed over."""
    rows: list[tuple[int, dict[str, str]]] = []
    n_bytes = n_html = 0
    for number, record in json_records(place, outcome):
        values = roles_of(record)
        rows.append((number, values))
        n_html += "html" in values
        n_bytes += len(values.get("text", "")) + len(values.get("html", ""))
        if len(rows) >= BATCH_ROWS or n_html >= BATCH_HTML_PAGES or n_bytes >= BATCH_BYTES:
            yield from _row_frame(rows, outcome)
            rows, n_bytes, n_html = [], 0, 0
    yield from _row_frame(rows, outcome)


def json_records(place: Place, outcome: Outcome) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the objects of JSON lines, or of one JSON list, each with its number; what is no object is listed."""
    lines = lines_of(place, outcome)
    last_bad = -1
    for line in lines:
        stripped = line.strip().removeprefix(b"\xef\xbb\xbf")
        if not stripped:
            continue
        number = outcome.n_records
        if number == 0 and (stripped[:1] == b"[" or stripped == b"{"):
            # One JSON text over several lines, not a record a line.
            yield from _whole_json(b"\n".join([stripped, *lines]), outcome)
            return
        outcome.n_records += 1
        try:
            record = orjson.loads(stripped)
        except orjson.JSONDecodeError as error:
            outcome.reject(number, f"bad-json: {error.msg}")
            last_bad = number if stripped[:1] == b"{" and stripped[-1:] != b"}" else -1
            continue
        if isinstance(record, dict):
            yield number, record
        else:
            outcome.reject(number, "not-a-record: the line holds no JSON object")
    if last_bad >= 0 and last_bad == outcome.n_records - 1:
        outcome.rejected[-1] = (last_bad, "bad-json: line cut short")
        outcome.fault = outcome.fault or f"{CUT_SHORT}: the last line is not whole"


def _whole_json(raw: bytes, outcome: Outcome) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        records = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        outcome.n_records = 1
        outcome.reject(0, f"bad-json: {error.msg}")
        outcome.fault = outcome.fault or f"{CUT_SHORT}: the JSON text is not whole"
        return
    for number, record in enumerate(records if isinstance(records, list) else [records]):
        outcome.n_records += 1
        if isinstance(record, dict):
            yield number, record
        else:
            outcome.reject(number, "not-a-record: the item is no JSON object")


def _row_frame(rows: list[tuple[int, dict[str, str]]], outcome: Outcome) -> Iterator[pl.DataFrame]:
    if not rows:
        return
    raw = pl.DataFrame(
        {"record": [n for n, _ in rows], **{role: [values.get(role) for _, values in rows] for role in ROLES}},
        schema={"record": pl.UInt32(), **{role: pl.String() for role in ROLES}},
    )
    yield from _pages(raw, outcome)


def _pages(raw: pl.DataFrame, outcome: Outcome) -> Iterator[pl.DataFrame]:
    """List the rows without url or text, give the others the columns of schema.PAGE."""
    if outcome.address is not None:
        raw = raw.with_columns(pl.col("url").fill_null(outcome.address))
    no_url = pl.col("url").is_null()
    no_text = pl.col("text").is_null() & pl.col("html").is_null()
    for reason, rows in (
        ("no-url: record has no url", raw.filter(no_url)),
        ("no-text: record has neither text nor html", raw.filter(~no_url & no_text)),
    ):
        for record in rows["record"]:
            outcome.reject(record, reason)
    kept = raw.filter(~no_url & ~no_text)
    if kept.height:
        has_html = kept["html"].is_not_null()
        columns = {name: kept[name] for name in ("record", "title", "published", "language", "canonical")}
        yield page_frame(
            outcome.path,
            {
                **columns,
                "url": kept["url"].str.strip_chars(),
                "text": kept["text"],
                "crawled_at": crawl_times(kept["seen"]),
                "html": kept["html"].cast(pl.Binary),
                "charset": pl.select(pl.when(has_html).then(pl.lit("utf-8"))).to_series(),
            },
        )


def read_parquet(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """Read Parquet by row groups, only the columns that play a part."""
    with place.open() as raw:
        try:
            file = pq.ParquetFile(raw)
        except (pa.ArrowInvalid, OSError) as error:
            outcome.fault = f"could not be opened: {str(error).splitlines()[0]}"
            return
        yield from _parquet_pages(file, place.size(), outcome)


def _parquet_pages(file: pq.ParquetFile, size: int, outcome: Outcome) -> Iterator[pl.DataFrame]:
    columns = _parquet_columns(file.schema_arrow)
    sources = sources_of(columns)
    wanted = sorted({source.steps[0] for found in sources.values() for source in found})
    batches = file.iter_batches(batch_size=BATCH_ROWS, columns=wanted)
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as error:
            outcome.fault = f"{CUT_SHORT}: {str(error).splitlines()[0]}"
            return
        if batch is None:
            return
        frame = pl.from_arrow(valid_utf8(batch))
        assert isinstance(frame, pl.DataFrame)
        if not wanted:
            frame = pl.DataFrame({"nothing": [None] * batch.num_rows})
        first = outcome.n_records
        outcome.n_records += frame.height
        outcome.n_bytes = outcome.n_records * size // max(1, file.metadata.num_rows)
        record = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True)
        # Not select: a frame of constants alone has one row.
        roles = frame.with_columns(_role(frame.schema, sources[role]).alias(role) for role in ROLES).select(ROLES)
        yield from _split(roles.insert_column(0, record.alias("record")), outcome)


def _split(raw: pl.DataFrame, outcome: Outcome) -> Iterator[pl.DataFrame]:
    """Keep frames within what a batch may hold."""
    html = raw["html"].is_not_null().any()
    n_bytes = int(raw["text"].str.len_bytes().sum() or 0) + int(raw["html"].str.len_bytes().sum() or 0)
    parts = max(1, -(-n_bytes // BATCH_BYTES), -(-raw.height // BATCH_HTML_PAGES) if html else 1)
    for part in raw.iter_slices(-(-raw.height // parts) or 1):
        yield from _pages(part, outcome)


def _parquet_columns(schema: pa.Schema) -> frozenset[str]:
    names = set(schema.names)
    for field in schema:
        if pa.types.is_struct(field.type):
            names.update(f"{field.name}.{inner.name}" for inner in field.type)
    return frozenset(names)


def _role(schema: pl.Schema, sources: tuple[Source, ...]) -> pl.Expr:
    """The first of the columns that holds a value, as words."""
    parts = []
    for source in sources:
        dtype: pl.DataType = schema[source.steps[0]]
        value = pl.col(source.steps[0])
        for step in source.steps[1:]:
            value = value.struct.field(step)
            assert isinstance(dtype, pl.Struct)
            dtype = dict(dtype.to_schema())[step]  # type: ignore[assignment]
        words = _as_words(value, dtype)
        keep = words.is_not_null() & ~words.str.strip_chars().is_in(sorted(null_words()))
        if source.if_address:
            keep &= words.str.contains(r"^(?:https?|file|ftp)://")
        parts.append(pl.when(keep).then(words))
    return pl.coalesce(parts) if parts else pl.lit(None, pl.String)


def _decoded(values: pl.Series) -> pl.Series:
    return pl.Series(values.name, pl.from_arrow(decoded(values.rechunk().to_arrow())))


def _as_words(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        zone = "+00:00" if dtype.time_zone else ""
        at = value.dt.convert_time_zone("UTC") if dtype.time_zone else value
        return at.dt.strftime(f"%Y-%m-%dT%H:%M:%S{zone}")
    if isinstance(dtype, pl.List):
        return (
            value.cast(pl.List(pl.String), strict=False).list.join("\n")
            if not dtype.inner.is_nested()
            else pl.lit(None, pl.String)
        )
    if dtype == pl.Binary:
        return value.map_batches(_decoded, return_dtype=pl.String)
    return pl.lit(None, pl.String) if dtype.is_nested() else value.cast(pl.String, strict=False)
