"""JSON → pages: a record a line, a list, objects one behind another, an object that holds the list.

Lines are read by orjson; a line that it refuses is read leniently before it is given up. Texts of another layout are
read by `json_values`. Records with other columns than the one before are nothing special: which column plays which part
is told for each, and the values are gathered by columns.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import zip_longest

import orjson
import polars as pl

from syndetect.crawl.columns import (
    Chosen,
    chosen_columns,
    first_step,
    first_steps,
    known_names,
    rules_for,
    sources_of,
    unwrapped,
    value_at,
    words_of,
)
from syndetect.crawl.json_values import BadValueError, Values, list_within, read_value, starts_with_two
from syndetect.crawl.outcome import BATCH_BYTES, BATCH_ROWS, CUT_SHORT, Options, Outcome
from syndetect.crawl.places import Place
from syndetect.crawl.rows import Part, missing_columns, row_pages, too_large
from syndetect.crawl.streams import lines_of, open_bytes

_HEAD_BYTES = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_jsonl(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """Read JSON of any layout; a record that can't be read is listed and passed over.

    Raises:
        SettingsError: `unknown-role`.
    """
    chosen = chosen_columns(options.columns)
    rows = _Rows(chosen)
    for number, record, n_bytes in _records(place, outcome, options):
        rows.add(number, unwrapped(record), n_bytes)
        if rows.is_full():
            yield from rows.pages(outcome, options)
    yield from rows.pages(outcome, options)
    missing_columns(options, outcome, rows.names, sources_of(frozenset(rows.names), chosen))


class _Group:
    """Records for which columns of several meanings mean the same: a tuple of values each, of `keys` in their order."""

    def __init__(self, rules: tuple[int, ...]) -> None:
        self.rules = rules
        self.keys: list[str] = []
        self.numbers: list[int] = []
        self.values: list[tuple[object, ...]] = []


class _Rows:
    """Records that wait to be made pages."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._chosen_names = frozenset(part for _, name in chosen for part in (name, first_step(name)))
        self._by_columns: dict[tuple[str, ...], _Group] = {}
        self._groups: dict[tuple[int, ...], _Group] = {}
        self._n_rows = 0
        self._n_bytes = 0
        self.names: dict[str, None] = {}

    def add(self, number: int, record: dict[str, object], n_bytes: int) -> None:
        """Take a record."""
        columns = tuple(record)
        group = self._by_columns.get(columns) or self._group(columns)
        # Keys that are added later are behind these: rows that are too short lack them.
        group.values.append(tuple(map(record.get, group.keys)))
        group.numbers.append(number)
        self._n_rows += 1
        self._n_bytes += n_bytes

    def _group(self, columns: tuple[str, ...]) -> _Group:
        if len(self._by_columns) > _MAX_SHAPES:
            self._by_columns.clear()
        # Without the names that mean nothing there are few kinds of records, though each has columns of its own.
        names = (known_names() | self._chosen_names) & frozenset(columns)
        rules = rules_for(names)
        group = self._groups.setdefault(rules, _Group(rules))
        needed = first_steps(sources_of(names, self._chosen, rules))
        group.keys += [name for name in needed if name in names and name not in group.keys]
        self.names.update(dict.fromkeys(columns[:_MAX_SHAPES]) if len(self.names) < _MAX_SHAPES else {})
        self._by_columns[columns] = group
        return group

    def is_full(self) -> bool:
        return self._n_rows >= BATCH_ROWS or self._n_bytes >= BATCH_BYTES

    def pages(self, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
        for group in self._groups.values():
            if group.numbers:
                record = pl.Series("record", group.numbers, dtype=pl.UInt32)
                yield from row_pages(record, self._parts(group), outcome, options)
            group.numbers, group.values = [], []
        self._n_rows = self._n_bytes = 0

    def _parts(self, group: _Group) -> list[Part]:
        columns = dict(zip(group.keys, zip_longest(*group.values), strict=False))
        strings = {name: _strings(values) for name, values in columns.items()}
        parts = []
        for role, sources in sources_of(frozenset(group.keys), self._chosen, group.rules).items():
            for source in sources:
                name = str(source.steps[0])
                values = strings.get(name)
                if values is None and name in columns:
                    words = [
                        words_of(value_at(value, source.steps[1:]), joined=role == "text") for value in columns[name]
                    ]
                    parts.append(Part(role, source, pl.Series(words, dtype=pl.String)))
                elif values is not None and len(source.steps) == 1:
                    parts.append(Part(role, source, values))
        return parts


_MAX_SHAPES = 10_000
"""Records may each have columns of their own; what is known of them is forgotten then."""


def _strings(values: tuple[object, ...]) -> pl.Series | None:
    """A column of strings; None if any value is something else."""
    try:
        return pl.Series(values, dtype=pl.String, strict=True)
    except (TypeError, pl.exceptions.PolarsError):
        return None


def json_records(
    place: Place, outcome: Outcome, options: Options | None = None
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the records of a JSON file, each with its number; what is no object is listed."""
    for number, record, _ in _records(place, outcome, options or Options()):
        yield number, record


_Record = tuple[int, dict[str, object], int]
"""Number, record, its length as text."""


def _records(place: Place, outcome: Outcome, options: Options) -> Iterator[_Record]:
    head = b""
    for chunk in open_bytes(place, Outcome(place.name), chunk_bytes=_HEAD_BYTES):
        head += chunk
        if len(head) >= _HEAD_BYTES:
            break
    if is_record_a_line(head[:_HEAD_BYTES], goes_on=len(head) >= _HEAD_BYTES):
        return _by_lines(place, outcome, options)
    return _by_values(place, head[:2] in _UTF16, outcome, options)


def is_record_a_line(head: bytes, *, goes_on: bool) -> bool:
    """Whether a JSON text has a record a line, by how it begins.

    It has not if it begins with a list, if its first object holds the list of records, goes on on the next line or in
    what was not read yet, or if another object follows on the same line.
    """
    if head[:2] in _UTF16:
        return False
    first, end, _ = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\0 \t\r\n").partition(b"\n")
    line = first.decode("utf-8", "replace").strip()
    if line[:1] != "{":
        return line[:1] != "["
    if list_within(line, 0) or (goes_on and not end):
        return False
    return line[-1:] not in ("{", "[", ",", ":") and not starts_with_two(line)


def _by_lines(place: Place, outcome: Outcome, options: Options) -> Iterator[_Record]:
    limit = options.max_page_bytes
    loads = orjson.loads
    broken = b""
    for line in lines_of(place, outcome, max_bytes=limit):
        try:
            record = loads(line) if len(line) <= limit else None
        except orjson.JSONDecodeError:
            if not line.strip(b" \t\r\n\xef\xbb\xbf"):
                continue
            record = _lenient(line)
        number = outcome.n_records
        outcome.n_records = number + 1
        broken = b""
        if type(record) is dict:
            yield number, record, len(line)
        elif len(line) > limit:
            outcome.reject(number, too_large(options))
        elif isinstance(record, BadValueError):
            outcome.reject(number, f"bad-json: {record}")
            broken = line.strip()
        else:
            outcome.reject(number, "not-a-record: the line holds no JSON object")
    if broken[:1] == b"{" and broken[-1:] != b"}":
        outcome.rejected[-1] = (outcome.n_records - 1, "bad-json: line cut short")
        outcome.fault = outcome.fault or f"{CUT_SHORT}: the last line is not whole"


def _lenient(line: bytes) -> object:
    try:
        return read_value(line)
    except ValueError as error:
        return BadValueError(" ".join(str(error).split()))


def _by_values(place: Place, is_utf16: bool, outcome: Outcome, options: Options) -> Iterator[_Record]:
    decoder = codecs.getincrementaldecoder("utf-16" if is_utf16 else "utf-8-sig")(errors="replace")
    values = Values(map(decoder.decode, open_bytes(place, outcome)), max_chars=options.max_page_bytes)
    for record in values:
        number = outcome.n_records
        outcome.n_records = number + 1
        if isinstance(record, dict):
            yield number, record, values.n_chars
        elif isinstance(record, BadValueError):
            outcome.reject(number, too_large(options) if record.is_too_large else f"bad-json: {record}")
        else:
            outcome.reject(number, "not-a-record: the item is no JSON object")
    if not values.whole:
        outcome.fault = outcome.fault or f"{CUT_SHORT}: the JSON text is not whole"
