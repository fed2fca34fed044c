"""Unpacked bytes of a WARC file → its records, each with a number; where one is not whole, what is wrong with it.

Nothing is believed that the bytes do not bear out: a record whose length leads into the midst of something is given up,
and reading goes on where a line begins a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from syndetect.crawl.warc.members import RECORD, Piece
from syndetect.crawl.warc.packing import ENDS_EARLY

HEAD_BYTES = 1 << 20
"""A longer head is none. Of a record too large to be held, so much of its block is kept, to tell what it would be."""
_START = re.compile(rb"\nWARC/\d+\.\d+[ \t]*\r?\n(?=[A-Za-z])")
_LONG_HEAD_BYTES = 1 << 16
_MAX_LIST_CHARS = 1 << 14
_LINE = b"\nWARC/"
_LONGEST_START = 64
_HEAD_END = re.compile(rb"\n\r?\n")
_BLANKS = b"\r\n\0 "
_NO_BLANK = re.compile(rb"[^\r\n\0 ]")
_BEHIND_BYTES = 32
"""So much behind a block is looked at: nothing but blanks and another record may stand there."""
CUT_RECORD = "cut-short: the record is not whole"
_FOLD = re.compile(rb"\r?\n[ \t]+")
_RECORD_END = b"\r\n\r\n"
_LISTS = frozenset(("content-encoding", "transfer-encoding", "link"))
"""Fields that go on when they are repeated; of others the first counts."""


class Record(NamedTuple):
    """A record; `fields` by names in lower case. Its block is data[start:end]; with a `problem`, what there is."""

    number: int
    fields: dict[str, str]
    data: bytes = b""
    start: int = 0
    end: int = 0
    problem: str | None = None


@lru_cache(maxsize=1024)
def _field_name(written: str) -> str:
    return written.strip().lower()


def read_fields(lines: bytes, encoding: str) -> dict[str, str]:
    """The fields of a head without its first line: names in lower case, folded lines joined."""
    if b"\n " in lines or b"\n\t" in lines:
        lines = _FOLD.sub(b" ", lines)
    fields: dict[str, str] = {}
    for line in lines.decode(encoding, "replace").split("\n"):
        written, colon, value = line.partition(":")
        name = _field_name(written)
        if name not in fields:
            if colon and name:
                fields[name] = value.strip()
        elif name in _LISTS and len(fields[name]) < _MAX_LIST_CHARS:
            fields[name] += ", " + value.strip()
    return fields


def read_records(pieces: Iterator[Piece], *, max_block_bytes: int) -> Iterator[Record]:
    """Yield all records in the order of the file; of one with more bytes, whatever it is, only the first are held.

    What is lost counts as a record too, one for each place of damage, so that numbers mean the same in every reading.
    """
    reader = _Reader(pieces, max_block_bytes)
    while reader.open_run():
        yield from reader.run()


_Block = tuple[bytes, int, int, str | None]
"""Data, start and end of a block in it, and what is wrong with it."""


def _no_block(problem: str) -> _Block:
    return b"", 0, 0, problem


def _find_start(data: bytes, start: int, end: int) -> int | None:
    """Where the first line stands that begins a record; the byte before `start` tells whether one begins there."""
    at = data.find(_LINE, max(0, start - 1), end)
    while at >= 0:
        if _START.match(data, at, end):
            return at + 1
        at = data.find(_LINE, at + 1, end)
    return None


class _Reader:
    """The bytes of a run: from where a record begins up to damage, or a member that begins with another record."""

    def __init__(self, pieces: Iterator[Piece], max_block_bytes: int) -> None:
        self._pieces = pieces
        self._max_block_bytes = max_block_bytes
        self._next = next(pieces, None)
        self._number = 0
        self._data = b""
        self._pos = 0
        self._dropped = 0  # bytes of the run before `_data`
        self._is_closed = False
        self._damage: str | None = None  # what ended the run, until a record is found to be lost by it

    def open_run(self) -> bool:
        """Go to the next run; False at the end of the file."""
        piece = self._next
        if piece is None:
            return False
        self._data, self._pos, self._dropped = piece.data, 0, 0
        self._damage = None
        self._go_on(piece)
        return True

    def _go_on(self, piece: Piece) -> None:
        """Look at what follows a piece: nothing, another run, or more of this one."""
        self._next = following = next(self._pieces, None)
        if piece.damage:
            self._damage = CUT_RECORD if piece.damage == ENDS_EARLY else f"damaged: at byte {piece.at} {piece.damage}"
        self._is_closed = (
            following is None
            or piece.damage is not None
            or (following.starts and (following.damage is not None or following.data.startswith(RECORD)))
        )

    def run(self) -> Iterator[Record]:
        while self._skip_blanks():
            if self._need(len(RECORD)) and self._data.startswith(RECORD, self._pos):
                yield self._record()
            else:
                yield Record(self._numbered(), {}, problem=self._junk())
        if self._damage:
            yield Record(self._numbered(), {}, problem=self._damage)

    def _numbered(self) -> int:
        self._number += 1
        return self._number - 1

    def _junk(self) -> str:
        before = self._dropped + self._pos
        if not self._seek_start() and self._damage:
            return self._ended()
        return f"no-record: {self._dropped + self._pos - before:,} bytes begin no record"

    def _record(self) -> Record:
        head_end = self._head_end()
        if head_end is None:
            return Record(self._numbered(), {}, problem=self._no_head())
        fields = read_fields(self._data[self._pos : head_end.start()].partition(b"\n")[2], "utf-8")
        self._pos = head_end.end()
        length = fields.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 19):
            return Record(self._numbered(), fields, *self._block_to_next())
        if int(length) > self._max_block_bytes:
            return Record(self._numbered(), fields, *self._large_block(int(length)))
        return Record(self._numbered(), fields, *self._block(int(length)))

    def _no_head(self) -> str:
        """Go on behind a head without end: no head of what was searched can be shorter than what is left of it."""
        if len(self._data) - self._pos < HEAD_BYTES:
            self._pos = len(self._data)
            return self._ended()
        self._pos += HEAD_BYTES - _LONG_HEAD_BYTES
        self._seek_start()
        return "bad-head: the head of the record has no end"

    def _block(self, length: int) -> _Block:
        """The block of so many bytes, and what is wrong with it; goes behind it, or to where reading can go on."""
        self._need(length + _BEHIND_BYTES)
        end = self._pos + length
        if len(self._data) < end:
            return _no_block(self._wrong_length() if self._seek_start() else self._ended())
        behind = self._data[end : end + _BEHIND_BYTES]
        if not behind.startswith(_RECORD_END):
            rest = behind.lstrip(_BLANKS)
            if rest and not RECORD.startswith(rest[: len(RECORD)]):
                is_found = self._seek_start()
                return _no_block(self._wrong_length() if is_found or not self._damage else self._ended())
        block = (self._data, self._pos, end, None)
        self._pos = end
        # Damage behind the last bytes of a member is found when it is read to its end.
        return block if self._skip_blanks() or not self._damage else _no_block(self._ended())

    def _large_block(self, length: int) -> _Block:
        """The first bytes of a block that is not held; a record that begins within it ends it, for it may claim all."""
        self._need(min(length, HEAD_BYTES))
        if _find_start(self._data, self._pos, len(self._data)) is not None:
            self._seek_start()
            return _no_block(self._wrong_length())
        head = self._data[self._pos : self._pos + HEAD_BYTES]
        end = self._dropped + self._pos + length
        if self._seek_start(end):
            return _no_block(self._wrong_length())
        if self._dropped + self._pos < end or not (self._skip_blanks() or not self._damage):
            return _no_block(self._ended())
        return head, 0, len(head), f"too-large: the record has {length:,} bytes"

    def _block_to_next(self) -> _Block:
        """The block of a record that claims no length: up to the next record."""
        parts, n_bytes, is_found = [], 0, False
        while not is_found:
            start = _find_start(self._data, self._pos, len(self._data))
            is_found = start is not None
            end = max(self._pos, len(self._data) - _LONGEST_START) if start is None else start
            n_bytes += end - self._pos
            parts.append(self._data[self._pos : end] if n_bytes <= self._max_block_bytes else b"")
            self._pos = end
            if not is_found and not self._append():
                parts.append(self._data[self._pos :])
                self._pos = len(self._data)
                break
        if not is_found and self._damage:
            return _no_block(self._ended())
        block = b"".join(parts).removesuffix(_RECORD_END)
        if n_bytes > self._max_block_bytes:
            return block[:HEAD_BYTES], 0, HEAD_BYTES, f"too-large: the record has {n_bytes:,} bytes"
        return block, 0, len(block), None

    @staticmethod
    def _wrong_length() -> str:
        return "wrong-length: the record does not end where it says"

    def _ended(self) -> str:
        """Why the run ended within a record."""
        problem, self._damage = self._damage, None
        return problem or (self._wrong_length() if self._next else CUT_RECORD)

    def _head_end(self) -> re.Match[bytes] | None:
        while not (match := _HEAD_END.search(self._data, self._pos, self._pos + HEAD_BYTES)):
            have = len(self._data) - self._pos
            if have >= HEAD_BYTES or not self._need(have + 1):
                return None
        return match

    def _skip_blanks(self) -> bool:
        """Go to the next byte that is not blank; False if the run ends before one."""
        while True:
            match = _NO_BLANK.search(self._data, self._pos)
            self._pos = match.start() if match else len(self._data)
            if match or self._is_closed:
                return match is not None
            self._append()

    def _seek_start(self, end: int | None = None) -> bool:
        """Go to the next line that begins a record, before a byte of the run; if there is none, there or to its end."""
        while True:
            stop = len(self._data) if end is None else min(len(self._data), end - self._dropped)
            if (start := _find_start(self._data, self._pos, stop)) is not None:
                self._pos = start
                return True
            if end is not None and stop == end - self._dropped:
                self._pos = stop
                return False
            self._pos = max(self._pos, len(self._data) - _LONGEST_START)
            if not self._append():
                self._pos = len(self._data)
                return False

    def _need(self, n: int) -> bool:
        """Have the next n bytes in `_data`; False if the run has fewer."""
        have = len(self._data) - self._pos
        if have >= n or self._is_closed:
            return have >= n
        parts = []
        while have < n and (more := self._pull()):
            parts.append(more)
            have += len(more)
        self._extend(b"".join(parts))
        return have >= n

    def _append(self) -> bool:
        more = self._pull()
        self._extend(more)
        return bool(more)

    def _extend(self, more: bytes) -> None:
        if more:
            # A byte before the place tells whether a line begins there.
            cut = max(0, self._pos - 1)
            self._data = self._data[cut:] + more
            self._dropped += cut
            self._pos -= cut

    def _pull(self) -> bytes:
        """The next bytes of the run; none at its end."""
        piece = self._next
        if self._is_closed or piece is None:
            return b""
        self._go_on(piece)
        return piece.data
