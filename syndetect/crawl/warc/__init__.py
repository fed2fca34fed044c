"""WARC and WET files → pages: HTML and text responses, resources, texts of WET files, and pages seen unchanged."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from syndetect.crawl.columns import crawl_times
from syndetect.crawl.outcome import BATCH_BYTES, BATCH_HTML_PAGES, CUT_SHORT, Options, Outcome, page_frame
from syndetect.crawl.places import Place
from syndetect.crawl.rewind import Rewind
from syndetect.crawl.streams import open_bytes
from syndetect.crawl.warc.members import Piece, unpack
from syndetect.crawl.warc.pages import FIELDS, PageRow, page_of
from syndetect.crawl.warc.records import HEAD_BYTES, read_records

__all__ = ["read_warc"]

_DAMAGE = ("damaged:", "cut-short:", "no-record:")
_STREAMS = (b"BZh", b"\xfd7zXZ")
"""Packings whose members do not follow the records: .bz2 and .xz."""


def read_warc(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """Read the pages of a WARC file: plain, or packed by record or as a whole (.gz, .zst, .bz2, .xz).

    A revisit that found what was fetched before is a row with `same_as` and neither html nor text. What holds no page
    is counted in `outcome.passed_over`; what can't be used is rejected, and reading goes on at the next whole record.
    """
    batch: list[PageRow] = []
    n_bytes = 0
    for row in _rows(place, outcome, options):
        batch.append(row)
        n_bytes += len(row.html or b"") + len(row.text or "")
        if len(batch) >= BATCH_HTML_PAGES or n_bytes >= BATCH_BYTES:
            yield _frame(outcome.path, batch)
            batch, n_bytes = [], 0
    if batch:
        yield _frame(outcome.path, batch)


def _frame(path: str, batch: list[PageRow]) -> pl.DataFrame:
    columns: dict[str, list[object] | pl.Series] = dict(zip(FIELDS, map(list, zip(*batch, strict=True)), strict=True))
    columns["crawled_at"] = crawl_times(pl.Series(columns["crawled_at"], dtype=pl.String))
    return page_frame(path, columns)


def _rows(place: Place, outcome: Outcome, options: Options) -> Iterator[PageRow]:
    lost: list[tuple[int, str]] = []
    is_warc = False
    with place.open() as stream:
        raw = Rewind(stream)
        pieces = _from_stream(place, outcome) if raw.peek(6).startswith(_STREAMS) else unpack(raw)
        # Chunked, a body is a little larger than it is.
        for record in read_records(pieces, max_block_bytes=options.max_page_bytes + HEAD_BYTES):
            outcome.n_bytes = max(outcome.n_bytes, raw.tell())
            is_warc = is_warc or bool(record.fields)
            if record.problem and record.problem.startswith(_DAMAGE):
                lost.append((record.number, record.problem))
            if row := page_of(record, outcome, max_page_bytes=options.max_page_bytes):
                yield row
    if not is_warc and lost and lost[0][1].startswith("no-record"):
        outcome.fault = "is no WARC file, though its name says so"
        outcome.rejected.clear()
        outcome.n_records = 0
    elif lost and outcome.fault is None:
        number, problem = lost[0]
        count = f"{len(lost)} records are lost, the first" if len(lost) > 1 else "a record is lost,"
        outcome.fault = f"{CUT_SHORT}: {count} number {number}: {problem.partition(': ')[2]}"


def _from_stream(place: Place, outcome: Outcome) -> Iterator[Piece]:
    starts = True
    for data in open_bytes(place, outcome):
        yield Piece(data, 0, starts)
        starts = False
