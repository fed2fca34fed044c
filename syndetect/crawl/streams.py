"""Bytes of a file, unpacked, as far as it can be read."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Protocol

from fastwarc.stream_io import ZstdReader

from syndetect.crawl.outcome import CUT_SHORT, Outcome
from syndetect.crawl.places import Place

_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def open_bytes(place: Place, outcome: Outcome, *, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
    """Yield the content of a plain, .gz, .bz2, .xz or .zst file in chunks.

    A file that ends too early or is damaged yields what comes before; `outcome.fault` then says so.
    """
    with place.open() as file:
        magic = file.read(6)
    if magic.startswith(_ZSTD):
        yield from _zstd(place, outcome, chunk_bytes)
    elif magic.startswith(_GZIP):
        yield from _packed(place, outcome, chunk_bytes, lambda: zlib.decompressobj(31))
    elif magic.startswith(b"BZh"):
        yield from _packed(place, outcome, chunk_bytes, bz2.BZ2Decompressor)
    elif magic.startswith(b"\xfd7zXZ"):
        yield from _packed(place, outcome, chunk_bytes, lzma.LZMADecompressor)
    else:
        with place.open() as file:
            while chunk := file.read(chunk_bytes):
                outcome.n_bytes += len(chunk)
                yield chunk


def _packed(place: Place, outcome: Outcome, chunk_bytes: int, unpacker: object) -> Iterator[bytes]:
    assert callable(unpacker)
    state: _Unpacker = unpacker()
    fresh = True
    with place.open() as file:
        while raw := file.read(chunk_bytes):
            outcome.n_bytes += len(raw)
            while raw:
                try:
                    data = state.decompress(raw)
                except (zlib.error, OSError, lzma.LZMAError, EOFError):
                    # Bytes behind the last member (padding) are no damage; anything inside one is.
                    if not fresh or raw.strip(b"\0"):
                        outcome.fault = f"{CUT_SHORT}: damaged before byte {file.tell()}"
                    return
                fresh = False
                if data:
                    yield data
                raw = b""
                if state.eof:
                    raw, state, fresh = state.unused_data, unpacker(), True
    if not fresh:
        outcome.fault = f"{CUT_SHORT}: the packed data ends too early"


def _zstd(place: Place, outcome: Outcome, chunk_bytes: int) -> Iterator[bytes]:
    with place.open() as file:
        reader = ZstdReader(file)
        while True:
            try:
                data = reader.read(chunk_bytes)
            except (OSError, EOFError):
                outcome.fault = f"{CUT_SHORT}: the packed data is damaged or ends too early"
                return
            if not data:
                return
            outcome.n_bytes = file.tell()
            yield bytes(data)


def lines_of(place: Place, outcome: Outcome, *, max_bytes: int | None = None) -> Iterator[bytes]:
    """Yield the lines of a file without their ends; the last one may lack its own.

    Of a line longer than `max_bytes` its first max_bytes + 1 bytes are yielded, and no more is ever held.
    """
    held: list[bytes] = []
    n_held = 0
    for chunk in open_bytes(place, outcome):
        first, *lines = chunk.split(b"\n")
        if max_bytes is None or n_held <= max_bytes:
            held.append(first)
            n_held += len(first)
        if lines:
            yield _within(b"".join(held), max_bytes)
            *whole, last = lines
            yield from whole if max_bytes is None else (_within(line, max_bytes) for line in whole)
            held, n_held = [last], len(last)
    if n_held:
        yield _within(b"".join(held), max_bytes)


def _within(line: bytes, max_bytes: int | None) -> bytes:
    return line if max_bytes is None else line[: max_bytes + 1]
