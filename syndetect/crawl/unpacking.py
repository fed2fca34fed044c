"""Packed bytes -> unpacked ones, in bounded memory; behind damage reading goes on at the next whole member.

Members are what the formats call so, or streams (.bz2, .xz), or frames (.zst): each can be unpacked without the others.
"""

from __future__ import annotations

import bz2
import lzma
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Protocol

import zstandard
from zlib_ng import zlib_ng

from syndetect.crawl.outcome import CUT_SHORT, Outcome
from syndetect.crawl.zstd_frame import Frame

_STEP_BYTES = 1 << 16
"""Packed bytes that are unpacked at a time."""
_FRAME_STEP_BYTES = 1 << 12
"""What may be lost before damage within a zstd frame: its reader gives whole steps or none."""
_KEPT_BYTES = 1 << 20
"""How far back the start of a member is looked for once damage shows: a decoder may run on into the next one."""
_TRIAL_BYTES = 1 << 18
"""Enough packed bytes for the first block of a zstd frame (128 KB at most), with room to spare."""
_XZ_MEMORY_BYTES = 512 << 20
"""What unpacking .xz may take; `xz -9` needs 65 MB. A header can ask for gigabytes."""

_ZLIB_ERROR: type[Exception] = zlib_ng.error  # type: ignore[assignment]  # its stub has an instance
_ERRORS = (_ZLIB_ERROR, lzma.LZMAError, OSError, EOFError, ValueError)


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Gzip:
    """zlib's decoder with the manners of those of bz2 and lzma; before it fails it gives what comes before damage."""

    def __init__(self) -> None:
        self._state = zlib_ng.decompressobj(31)
        self._error: Exception | None = None

    @property
    def eof(self) -> bool:
        return self._state.eof

    @property
    def needs_input(self) -> bool:
        return not self._state.unconsumed_tail and not self._state.eof and self._error is None

    @property
    def unused_data(self) -> bytes:
        return self._state.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._error:
            raise self._error
        data = self._state.unconsumed_tail + data
        before = self._state.copy()  # type: ignore[attr-defined]  # its stub lacks it
        try:
            return self._state.decompress(data, max_length)
        except _ZLIB_ERROR as error:
            self._error = error
            return _before_damage(before, data, max_length)


def _before_damage(state: zlib_ng._Decompress, data: bytes, max_length: int) -> bytes:
    """What a decoder gives of bytes that it fails at."""
    got: list[bytes] = []
    n_bytes = 0
    with suppress(_ZLIB_ERROR):
        for at in range(len(data)):
            got.append(state.decompress(data[at : at + 1]))
            n_bytes += len(got[-1])
            if n_bytes >= max_length:
                break
    return b"".join(got)


class _Tape:
    """The bytes of a file, of which the last ones are kept to go back to."""

    def __init__(self, file: BufferedIOBase, first: bytes, outcome: Outcome) -> None:
        self._file = file
        self._outcome = outcome
        self._pieces = deque([first])
        self._end = len(first)
        self.first = 0  # the first byte of the file that is kept
        self.at = 0  # the byte of the file that is read next

    def _more(self) -> bool:
        data = self._file.read(_STEP_BYTES)
        while self._pieces:
            behind = self.first + len(self._pieces[0])
            if behind > self.at or self._end - behind < _KEPT_BYTES:
                break
            self.first = behind
            self._pieces.popleft()
        self._pieces.append(data)
        self._end += len(data)
        return bool(data)

    def read(self, size: int = _STEP_BYTES) -> bytes:
        """The next bytes, none at the end."""
        if self.at == self._end and not self._more():
            return b""
        begin = self._end
        for piece in reversed(self._pieces):
            begin -= len(piece)
            if begin <= self.at:
                data = piece[self.at - begin :][:size]
                break
        self.at += len(data)
        self._outcome.n_bytes = max(self._outcome.n_bytes, self.at)
        return data

    def peek(self, at: int, size: int) -> bytes:
        """Bytes from `at` on, fewer only at the end of the file."""
        while self._end < at + size and self._more():
            pass
        begin = self._end
        for n, piece in enumerate(reversed(self._pieces)):
            begin -= len(piece)
            if begin <= at:
                if at + size <= begin + len(piece):
                    return piece[at - begin : at - begin + size]
                return b"".join([*self._pieces][len(self._pieces) - 1 - n :])[at - begin :][:size]
        return b""


@dataclass(frozen=True)
class _Packing:
    """A way of packing: what its members begin with, and whether one can be unpacked that seems to."""

    magic: re.Pattern[bytes]
    start: re.Pattern[bytes]
    begins: Callable[[bytes], bool]
    decoder: Callable[[], _Decoder] | None  # None: zstd, which has a reader


def _gzip_begins(data: bytes) -> bool:
    try:
        return bool(zlib_ng.decompressobj(31).decompress(data, 64))
    except _ZLIB_ERROR:
        return False


def _zstd_begins(data: bytes) -> bool:
    try:
        return bool(zstandard.ZstdDecompressor().stream_reader(data).read(1))
    except zstandard.ZstdError:
        return False


def _xz_begins(data: bytes) -> bool:
    return zlib_ng.crc32(data[6:8]) == int.from_bytes(data[8:12], "little")


_PACKINGS = (
    # Flags beyond the five that RFC 1952 gives are reserved.
    _Packing(re.compile(rb"\x1f\x8b\x08"), re.compile(rb"\x1f\x8b\x08[\x00-\x1f]", re.DOTALL), _gzip_begins, _Gzip),
    _Packing(re.compile(rb"\x28\xb5\x2f\xfd"), re.compile(rb"\x28\xb5\x2f\xfd"), _zstd_begins, None),
    _Packing(
        re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), re.compile(rb"BZh[1-9]1AY&SY"), lambda data: True,
        bz2.BZ2Decompressor,
    ),
    _Packing(
        re.compile(rb"\xfd7zXZ\x00"), re.compile(rb"\xfd7zXZ\x00"), _xz_begins,
        lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES),
    ),
)  # fmt: skip
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
"""A zstd frame that holds no data, as pzstd and seekable files begin with."""


def packing_of(head: bytes) -> _Packing | None:
    """How bytes are packed that begin like this; None if they are not."""
    if _SKIPPABLE.match(head):
        return _PACKINGS[1]
    return next((packing for packing in _PACKINGS if packing.magic.match(head)), None)


def unpack(
    file: BufferedIOBase, first: bytes, packing: _Packing, outcome: Outcome, *, chunk_bytes: int
) -> Iterator[bytes | None]:
    """Yield what is packed in a file, at most `chunk_bytes` at a time; None where reading goes on behind damage.

    Args:
        file: Open behind its first bytes.
        first: These.
        packing: By `packing_of`.
        outcome: Gets n_bytes and, if anything is missing, fault.
        chunk_bytes: Memory stays within a few times this, whatever the bytes unpack to.
    """
    tape = _Tape(file, first, outcome)
    n_gaps, gap = 0, ""
    while True:
        try:
            if packing.decoder is None:
                yield from _frames(tape, chunk_bytes)
            else:
                yield from _members(tape, packing.decoder, chunk_bytes)
            return
        except _Damage as damage:
            start, cut = damage.start, damage.cut
        if start and _only_padding(tape, start):
            return
        n_gaps += 1
        following = _next_start(tape, start + 1, packing)
        ended = "the packed data ends too early" if cut else f"damaged behind byte {start}"
        reached = "" if following is None else f", read on at byte {following}"
        gap = gap or f"{CUT_SHORT}: {ended}{reached}"
        outcome.fault = gap if n_gaps == 1 else f"{gap}; {n_gaps} such places"
        if following is None:
            return
        yield None
        tape.at = following


class _Damage(Exception):  # noqa: N818 - never leaves this module
    """The member that begins at the byte `start` can't be read to its end; `cut` if the file ends first."""

    def __init__(self, start: int, *, cut: bool = False) -> None:
        super().__init__(start)
        self.start = start
        self.cut = cut


def _members(tape: _Tape, make: Callable[[], _Decoder], chunk_bytes: int) -> Iterator[bytes]:
    """Yield what the members of a .gz, .bz2 or .xz file hold."""
    state, start = make(), tape.at
    while raw := tape.read():
        while raw or not state.needs_input:
            try:
                data = state.decompress(raw, chunk_bytes)
            except _ERRORS:
                raise _Damage(start) from None
            if data:
                yield data
            raw = b""
            if state.eof:
                raw, state = state.unused_data, make()
                start = tape.at - len(raw)
    if start != tape.at:
        raise _Damage(start, cut=True)


def _frames(tape: _Tape, chunk_bytes: int) -> Iterator[bytes]:
    """Yield what the frames of a .zst file hold."""
    while head := tape.peek(tape.at, 8):
        start = tape.at
        if _SKIPPABLE.match(head):
            if not _skip(tape, 8 + int.from_bytes(head[4:8], "little")):
                raise _Damage(start)
            continue
        frame, parts, n_bytes = Frame(lambda size: tape.peek(tape.at, size), tape.read), [], 0
        reader = zstandard.ZstdDecompressor().stream_reader(frame, read_size=_STEP_BYTES)  # type: ignore[arg-type]
        try:
            while data := reader.read(_FRAME_STEP_BYTES):
                parts.append(data)
                n_bytes += len(data)
                if n_bytes >= chunk_bytes:
                    yield b"".join(parts)
                    parts, n_bytes = [], 0
            broken = not frame.is_whole
        except zstandard.ZstdError:
            broken = True
        if parts:
            yield b"".join(parts)
        if broken:
            raise _Damage(start, cut=not tape.peek(tape.at, 1))


def _skip(tape: _Tape, size: int) -> bool:
    while size and (data := tape.read(min(size, _STEP_BYTES))):
        size -= len(data)
    return not size


def _only_padding(tape: _Tape, start: int) -> bool:
    """Whether nothing but zeros follows, as tapes and block devices leave them."""
    start = max(start, tape.first)
    while data := tape.peek(start, _STEP_BYTES):
        if data.strip(b"\0"):
            return False
        start += len(data)
        tape.at = start
    return True


def _next_start(tape: _Tape, at: int, packing: _Packing) -> int | None:
    """The byte from `at` on at which the next member begins that can be unpacked."""
    at = max(at, tape.first)
    while True:
        data = tape.peek(at, _STEP_BYTES)
        found = packing.start.search(data)
        if found is None:
            if len(data) < _STEP_BYTES:
                return None
            at += len(data) - 16  # a start may go on behind what was looked at
            tape.at = max(tape.at, at)
        elif packing.begins(tape.peek(at + found.start(), _TRIAL_BYTES)):
            return at + found.start()
        else:
            at += found.start() + 1
