"""The bytes of a WARC file → its unpacked bytes, member by member; damage is told, and read on behind it.

A member is what is packed by itself: a gzip member, a zstd frame. Mostly each holds one record, so that a damaged one
costs that record alone. All of a plain file is one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import zstandard

from syndetect.crawl.rewind import Rewind
from syndetect.crawl.warc.packing import ENDS_EARLY, GZIP, ZSTD, DamagedError, gunzip, unzstd

RECORD = b"WARC/"
PIECE_BYTES = 1 << 20
_PACKED_START = re.compile(rb"\x1f\x8b\x08|\x28\xb5\x2f\xfd")
_ANY_START = re.compile(rb"\x1f\x8b\x08|\x28\xb5\x2f\xfd|WARC/[0-9]")
_LONGEST_START = 6
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_DICTIONARY = b"\x5d\x2a\x4d\x18"
"""A skippable frame with the dictionary of all that follow, itself packed or not: IIPC's proposal for .warc.zst."""
_MAX_DICTIONARY_BYTES = 64 << 20
_MAX_RETRIED_BYTES = 4 << 30
"""Unpacked in vain, in a whole file. What only looks like a member is tried, then all behind its first byte searched:
a hostile file of nothing but such heads would be tried for ever. From here on search goes on where unpacking failed."""


class Piece(NamedTuple):
    """Bytes of a member that begins at byte `at` of the file; with `damage` none, and the member ends there."""

    data: bytes
    at: int
    starts: bool
    damage: str | None = None


def unpack(raw: Rewind) -> Iterator[Piece]:
    """Yield the pieces of all members, at most PIECE_BYTES each."""
    return _Members(raw).pieces()


class _Members:
    """Where reading stands: the decoder with the dictionary that was met, and how much was unpacked in vain."""

    def __init__(self, raw: Rewind) -> None:
        self._raw = raw
        self._decoder = zstandard.ZstdDecompressor()
        self._retried = 0

    def pieces(self) -> Iterator[Piece]:
        raw = self._raw
        while head := raw.peek(4):
            at = raw.tell()
            if head.startswith((GZIP, ZSTD)):
                yield from self._member(at)
            elif _SKIPPABLE.match(head):
                if damage := self._skip_frame():
                    yield Piece(b"", at, starts=True, damage=damage)
                    raw.back_to(at + 1)
                    self._search(_PACKED_START)
            elif head == RECORD[:4] or (at == 0 and self._is_plain()):
                yield from self._plain()
            elif not head.strip(b"\0"):
                self._skip_padding()
            else:
                yield Piece(b"", at, starts=True, damage="no record begins there")
                self._search(_PACKED_START)

    def _is_plain(self) -> bool:
        """Whether a file of an unknown beginning is plain: it is, unless something packed comes before any record."""
        packed = self._search(_ANY_START) and self._raw.peek(len(RECORD)) != RECORD
        self._raw.back_to(0)
        return not packed

    def _plain(self) -> Iterator[Piece]:
        at, starts = self._raw.tell(), True
        while data := self._raw.take(PIECE_BYTES):
            yield Piece(data, at, starts)
            starts = False

    def _member(self, at: int) -> Iterator[Piece]:
        n_bytes, starts = 0, True
        try:
            for data in self._unpacked(PIECE_BYTES):
                yield Piece(data, at, starts)
                n_bytes, starts = n_bytes + len(data), False
        except DamagedError as error:
            yield Piece(b"", at, starts, str(error))
            self._retried += n_bytes
            if self._retried <= _MAX_RETRIED_BYTES:
                self._raw.back_to(at + 1)
            self._search(_PACKED_START)

    def _unpacked(self, most: int) -> Iterator[bytes]:
        if self._raw.peek(len(GZIP)) == GZIP:
            return gunzip(self._raw, most)
        return unzstd(self._raw, self._decoder, most)

    def _search(self, start: re.Pattern[bytes]) -> bool:
        """Go to the next member that begins with a record; to the end if there is none."""
        while self._raw.find(start, _LONGEST_START):
            if self._begins_record():
                return True
            self._raw.take(1)
        return False

    def _begins_record(self) -> bool:
        at = self._raw.tell()
        if self._raw.peek(len(RECORD)) == RECORD:
            return True
        try:
            head = next(self._unpacked(len(RECORD)), b"")
        except DamagedError:
            head = b""
        self._raw.back_to(at)
        return head == RECORD

    def _skip_padding(self) -> None:
        while chunk := self._raw.take():
            if rest := chunk.lstrip(b"\0"):
                self._raw.untake(len(rest))
                return

    def _skip_frame(self) -> str | None:
        """Pass over a skippable frame, and keep the dictionary that it may hold; says what is wrong with it."""
        head = self._raw.take(len(self._raw.peek(8)))
        size = int.from_bytes(head[4:], "little")
        is_dictionary = head.startswith(_DICTIONARY) and size <= _MAX_DICTIONARY_BYTES
        parts = []
        while size and (part := self._raw.take(min(size, PIECE_BYTES))):
            size -= len(part)
            if is_dictionary:
                parts.append(part)
        if size or len(head) < 8:
            return ENDS_EARLY
        return self._use(b"".join(parts)) if parts else None

    def _use(self, dictionary: bytes) -> str | None:
        """Unpack all that follows with a dictionary; says what is wrong with it."""
        try:
            if dictionary.startswith(ZSTD):
                packed = Rewind(io.BytesIO(dictionary))
                dictionary = next(unzstd(packed, self._decoder, _MAX_DICTIONARY_BYTES), b"")
            self._decoder = zstandard.ZstdDecompressor(zstandard.ZstdCompressionDict(dictionary))
        except (DamagedError, zstandard.ZstdError):
            return "the dictionary is damaged"
        return None
