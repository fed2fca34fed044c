"""Bytes of a file, unpacked, as far as it can be read; and its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import overload

from syndetect.crawl.outcome import Outcome
from syndetect.crawl.places import Place
from syndetect.crawl.unpacking import packing_of, unpack


@dataclass(frozen=True)
class Unread:
    """Stands where a line can't be had, with the reason as `Outcome.reject` takes it.

    Behind a `seam` bytes are missing: the line that follows may lack its beginning.
    """

    reason: str
    seam: bool = False


def open_bytes(place: Place, outcome: Outcome, *, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
    """Yield the content of a plain, .gz, .bz2, .xz or .zst file in chunks.

    A file that ends too early or is damaged yields what can be read, behind the damage too; `outcome.fault` then says
    so. Memory stays within a few times `chunk_bytes`, whatever the bytes unpack to.
    """
    for chunk in _chunks(place, outcome, chunk_bytes):
        if chunk is not None:
            yield chunk


def _chunks(place: Place, outcome: Outcome, chunk_bytes: int) -> Iterator[bytes | None]:
    """The content in chunks; None where something is missing."""
    with place.open() as file:
        chunk = file.read(max(chunk_bytes, 16))  # enough to tell how it is packed
        packing = packing_of(chunk)
        if packing is not None:
            yield from unpack(file, chunk, packing, outcome, chunk_bytes=chunk_bytes)
            return
        while chunk:
            outcome.n_bytes += len(chunk)
            yield chunk
            chunk = file.read(chunk_bytes)


def head_of(place: Place, n_bytes: int) -> tuple[bytes, bool]:
    """The first bytes of the content of a file, and whether it is packed."""
    with place.open() as file:
        raw = file.read(n_bytes)
        packing = packing_of(raw)
        if packing is None:
            return raw, False
        chunks = unpack(file, raw, packing, Outcome(place.name), chunk_bytes=n_bytes)
        return next(chunks, b"") or b"", True


def whole_bytes(place: Place, outcome: Outcome, *, max_bytes: int) -> bytes | None:
    """The content of a file that is one page; None if it is larger, which is listed, and no more of it is read."""
    parts: list[bytes] = []
    n_bytes = 0
    for chunk in open_bytes(place, outcome):
        parts.append(chunk)
        n_bytes += len(chunk)
        if n_bytes > max_bytes:
            outcome.reject(0, f"too-large: the file has more than {max_bytes} bytes (max_page_bytes)")
            return None
    return b"".join(parts)


@overload
def lines_of(place: Place, outcome: Outcome) -> Iterator[bytes]: ...
@overload
def lines_of(place: Place, outcome: Outcome, *, max_bytes: int) -> Iterator[bytes | Unread]: ...
def lines_of(place: Place, outcome: Outcome, *, max_bytes: int | None = None) -> Iterator[bytes | Unread]:
    """Yield the lines of a file without their ends; the last one may lack its own.

    Args:
        place: The file.
        outcome: As for `open_bytes`.
        max_bytes: An `Unread` stands for each longer line, which is never held, and for what is lost to damage.
            Without a limit lines are whole, and damage ends a line.
    """
    lines = _Lines(max_bytes)
    for chunk in _chunks(place, outcome, 1 << 20):
        yield from lines.cut(chunk) if chunk is not None else lines.seam()
    yield from lines.end()


class _Lines:
    """Cuts chunks to lines."""

    def __init__(self, max_bytes: int | None) -> None:
        self._max_bytes = max_bytes
        self._rest: list[bytes] = []
        self._n_rest = 0  # bytes of the line so far, also those that are not held

    def cut(self, chunk: bytes) -> Iterator[bytes | Unread]:
        """The lines that end in a chunk."""
        first, *lines = chunk.split(b"\n")
        self._hold(first)
        if not lines:
            return
        yield self._line()
        last = lines.pop()
        limit = self._max_bytes
        # No line within a chunk is over a limit that is larger than the chunk.
        if limit is None or limit >= len(chunk):
            yield from lines
        else:
            yield from (line if len(line) <= limit else self._too_large(len(line)) for line in lines)
        self._hold(last)

    def seam(self) -> Iterator[bytes | Unread]:
        """What becomes of a line that damage cuts off."""
        if self._max_bytes is not None:
            self._rest, self._n_rest = [], 0
            yield Unread("cut-short: bytes are missing here", seam=True)
        elif self._n_rest:
            yield self._line()

    def end(self) -> Iterator[bytes | Unread]:
        """The line that the end of the file ends."""
        if self._n_rest:
            yield self._line()

    def _hold(self, part: bytes) -> None:
        self._n_rest += len(part)
        if self._max_bytes is not None and self._n_rest > self._max_bytes:
            self._rest = []
        else:
            self._rest.append(part)

    def _line(self) -> bytes | Unread:
        n_bytes, rest = self._n_rest, self._rest
        self._rest, self._n_rest = [], 0
        if self._max_bytes is not None and n_bytes > self._max_bytes:
            return self._too_large(n_bytes)
        return rest[0] if len(rest) == 1 else b"".join(rest)

    def _too_large(self, n_bytes: int) -> Unread:
        return Unread(f"too-large: the line has {n_bytes} bytes, more than {self._max_bytes} (max_page_bytes)")
