"""CSV and its kin → pages: fields separated by commas, semicolons, tabs or bars, the first line naming the columns.

Read by Python's csv module, which holds one row at a time, however long, and says which one is wrong. pyarrow's reader
is twice as fast (183,000 rows of 2 kB a second against 90,000), but wants UTF-8 and rows that fit its blocks.
How fields are separated and quoted is told by the first rows: the way in which most of them have as many fields as the
header.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from itertools import chain, islice
from typing import TYPE_CHECKING

import polars as pl
from resiliparse.parse.encoding import detect_encoding

from syndetect.crawl.columns import Chosen, Source, chosen_columns, table_sources
from syndetect.crawl.outcome import BATCH_BYTES, BATCH_ROWS, CUT_SHORT, Options, Outcome
from syndetect.crawl.places import Place
from syndetect.crawl.rows import Part, missing_columns, row_pages, too_large
from syndetect.crawl.streams import open_bytes

if TYPE_CHECKING:
    from _csv import Reader

_HEAD_BYTES = 1 << 20
_DELIMITERS = ",;\t|"
_TRIED_ROWS = 200
_END = "\0\0 end of table"
"""A line behind the last one: it is a row of its own unless it stands within quotes."""
_BY_NUMBER = re.compile(r"#\d+")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class _Layout:
    """How the fields of a table are written."""

    delimiter: str
    quoting: bool = True
    escape: str | None = None


def read_csv(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """Read a table whose first line names its columns; a row with more or fewer fields than that is listed.

    If the columns that the user sets are numbers (#1 is the first), the table has no header.

    Raises:
        SettingsError: `unknown-role`.
    """
    chosen = chosen_columns(options.columns)
    header, fitting = _open_table(place, chosen, outcome, options)
    sources = table_sources(frozenset(header), chosen)
    if not _names_pages(sources, header, outcome, chosen):
        return
    rows = _Rows(header, sources)
    for number, fields in fitting:
        rows.add(number, fields)
        if rows.is_full():
            yield from rows.pages(outcome, options)
    yield from rows.pages(outcome, options)
    missing_columns(options, outcome, header, sources)


def table_records(
    place: Place, outcome: Outcome, options: Options | None = None
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the rows of a table by the names of its columns, each with its number; those that do not fit are listed."""
    options = options or Options()
    header, fitting = _open_table(place, chosen_columns(options.columns), outcome, options)
    for number, fields in fitting:
        yield number, dict(zip(header, fields, strict=True))


def _open_table(
    place: Place, chosen: Chosen, outcome: Outcome, options: Options
) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The names of the columns, and the rows that have as many fields."""
    head = _head(place)
    encoding = _encoding(head)
    layout, header = _layout(head.decode(encoding, "replace"), len(head) < _HEAD_BYTES, chosen)
    # The header counts as the row before the first.
    first = 0 if _by_number(chosen) else -1
    return header, _fitting(_rows(place, encoding, layout, first, outcome, options), len(header), outcome)


def _fitting(rows: Iterable[tuple[int, list[str]]], n_fields: int, outcome: Outcome) -> Iterator[tuple[int, list[str]]]:
    for number, fields in rows:
        if number >= 0 and len(fields) == n_fields:
            yield number, fields
        elif number >= 0:
            outcome.reject(number, f"wrong-fields: the row has {len(fields)} fields, the header {n_fields}")


def header_names_pages(place: Place) -> bool:
    """Whether the first line of a table names what a page needs."""
    head = _head(place)
    _, header = _layout(head.decode(_encoding(head), "replace"), len(head) < _HEAD_BYTES, ())
    return _names_pages(table_sources(frozenset(header)), header, Outcome(place.name))


def _names_pages(
    sources: dict[str, tuple[Source, ...]], header: list[str], outcome: Outcome, chosen: Chosen = ()
) -> bool:
    """Whether a header names what a page needs; if not, that is the file's fault."""
    there = {role: [one for one in found if one.name in header] for role, found in sources.items()}
    missing = [] if there["url"] or outcome.address else ["url"]
    missing += [] if there["text"] or there["html"] else ["text or html"]
    lost = [name for _, name in chosen if name not in header]
    if missing:
        names = ", ".join(name[:_NAME_CHARS] for name in header[:_NAMED])
        outcome.fault = (
            f"names no column {' or '.join(lost)} in its first line ({names}); set one of these"
            if lost
            else f"names no column for {' and '.join(missing)} in its first line ({names}); give it a header, or say"
            " which column plays which part"
        )
    return not missing


_NAMED = 20
_NAME_CHARS = 40
"""What stands in a first line that is no header may be a whole text."""


class _Rows:
    """Rows that wait to be made pages: only the fields that play a part."""

    def __init__(self, header: list[str], sources: dict[str, tuple[Source, ...]]) -> None:
        self._wanted = [
            (role, source, header.index(source.name))
            for role, found in sources.items()
            for source in found
            if source.name in header
        ]
        self._numbers: list[int] = []
        self._fields: list[list[str]] = []
        self._n_chars = 0

    def add(self, number: int, fields: list[str]) -> None:
        """Take a row."""
        taken = [fields[place] for _, _, place in self._wanted]
        self._numbers.append(number)
        self._fields.append(taken)
        self._n_chars += sum(map(len, taken))

    def is_full(self) -> bool:
        """Whether there are as many as a batch may hold."""
        return len(self._numbers) >= BATCH_ROWS or self._n_chars >= BATCH_BYTES

    def pages(self, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
        """Yield the pages of the rows taken, and let go of these."""
        if not self._numbers:
            return
        columns = zip(*self._fields, strict=True)
        parts = [
            Part(role, source, pl.Series(values, dtype=pl.String))
            for (role, source, _), values in zip(self._wanted, columns, strict=True)
        ]
        record = pl.Series(self._numbers, dtype=pl.UInt32)
        self._numbers, self._fields, self._n_chars = [], [], 0
        yield from row_pages(record, parts, outcome, options)


def _head(place: Place) -> bytes:
    head = b""
    for chunk in open_bytes(place, Outcome(place.name), chunk_bytes=_HEAD_BYTES):
        head += chunk
        if len(head) >= _HEAD_BYTES:
            break
    return head[:_HEAD_BYTES]


def _encoding(head: bytes) -> str:
    """By the byte order mark, else UTF-8 unless the first bytes are none."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        found = detect_encoding(head) or "cp1252"
        try:
            return codecs.lookup(found).name
        except LookupError:
            return "cp1252"
    return "utf-8"


def _by_number(chosen: Chosen) -> bool:
    """Whether the user tells columns by their numbers: then there is no header."""
    return bool(chosen) and all(_BY_NUMBER.fullmatch(name) for _, name in chosen)


def _layout(head: str, is_all: bool, chosen: Chosen) -> tuple[_Layout, list[str]]:
    """How the fields are separated and quoted, and the names of the columns.

    Of all layouts the one in which the header names most parts, and then the one in which fewest rows are odd: have
    other fields than the header, or quotes around one where there is no quoting.
    """
    by_number = _by_number(chosen)
    best: tuple[tuple[int, int], _Layout, list[str]] | None = None
    first_line = head.partition("\n")[0]
    for delimiter in [one for one in _DELIMITERS if one in first_line] or [","]:
        plain, escaped = _Layout(delimiter), _Layout(delimiter, escape="\\")
        quoted = (escaped, plain) if len(_ESCAPED.findall(head)) > len(_DOUBLED.findall(head)) else (plain, escaped)
        for layout in (*quoted, _Layout(delimiter, quoting=False)):
            header, *rows = _try(head, is_all, layout) or [[]]
            if by_number:
                rows = [header, *rows]
                header = [f"#{number}" for number in range(1, len(header) + 1)]
            header = [name.strip("\0\ufeff \t") for name in header]
            sources = table_sources(frozenset(header), chosen)
            roles = sum(any(one.name in header for one in found) for found in sources.values())
            n_odd = sum(len(row) != len(header) or any(map(_QUOTED.fullmatch, row)) for row in rows)
            if best is None or (roles, -n_odd) > best[0]:
                best = ((roles, -n_odd), layout, header)
    assert best is not None
    return best[1], best[2]


_ESCAPED = re.compile(r'\\"\w')
_DOUBLED = re.compile(r'""\w')
_QUOTED = re.compile(r'\s*".*"\s*', re.DOTALL)


def _try(head: str, is_all: bool, layout: _Layout) -> list[list[str]]:
    """The first rows in a layout."""
    rows: list[list[str]] = []
    reader = _open(StringIO(head, newline=""), layout, max_chars=_HEAD_BYTES)
    with suppress(csv.Error):  # a field as long as the head: what stands before tells
        rows += (row for row in islice(reader, _TRIED_ROWS) if row)
        if len(rows) > 2 and not is_all and next(reader, None) is None:
            rows.pop()  # which may go on behind the head
    return rows


def _open(lines: Iterable[str], layout: _Layout, *, max_chars: int) -> Reader:
    csv.field_size_limit(max_chars)
    return csv.reader(
        lines,
        delimiter=layout.delimiter,
        quoting=csv.QUOTE_MINIMAL if layout.quoting else csv.QUOTE_NONE,
        escapechar=layout.escape,
        doublequote=layout.escape is None,
    )


class _Lines:
    """The lines of a table with their ends, and how many quotes they held since `n_quotes` was last set to 0."""

    def __init__(self, pieces: Iterator[str], max_chars: int) -> None:
        self._lines = _lines(pieces, max_chars)
        self.n_quotes = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.n_quotes += line.count('"')
        return line


def _lines(pieces: Iterator[str], max_chars: int) -> Iterator[str]:
    """Lines with their ends, of any of the three kinds; one of more than a page is cut, which makes no rows of it."""
    held: list[str] = []
    n_held = 0
    for piece in pieces:
        held.append(piece)
        n_held += len(piece)
        if "\n" in piece or "\r" in piece or n_held > max_chars:
            *lines, last = StringIO("".join(held), newline="")
            yield from lines
            held = [last]
            n_held = len(last)
            if n_held > max_chars or last.endswith("\n"):
                yield last
                held, n_held = [], 0
    if n_held:
        yield "".join(held)


def _rows(
    place: Place, encoding: str, layout: _Layout, first: int, outcome: Outcome, options: Options
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table, each with its number from `first`."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    lines = _Lines(map(decoder.decode, open_bytes(place, outcome)), options.max_page_bytes)
    reader = _open(chain(lines, (_END,)), layout, max_chars=options.max_page_bytes)
    last: tuple[int, list[str]] | None = None
    number, ended = first, False
    while not ended:
        try:
            fields = next(reader, None)
        except csv.Error:
            if number >= 0:
                outcome.reject(number, too_large(options))
            number += 1
            outcome.n_records = max(0, number)
            _leave_quotes(lines)
            continue
        lines.n_quotes = 0
        ended = fields is None or fields == [_END]
        if fields and not ended:
            if last is not None:
                yield last
            last = (number, fields)
            number += 1
            outcome.n_records = max(0, number)
    if last is None:
        return
    if fields is None or outcome.fault is not None:
        # What stands behind the last row was read as a part of it: its quotes are not closed.
        outcome.fault = outcome.fault or f"{CUT_SHORT}: the last row is not whole"
        if last[0] >= 0:
            outcome.reject(last[0], "cut-short: the row is not whole")
    else:
        yield last


def _leave_quotes(lines: _Lines) -> None:
    """Read to the end of the row that a too large field stands in."""
    while lines.n_quotes % 2:
        if next(lines, None) is None:
            return
