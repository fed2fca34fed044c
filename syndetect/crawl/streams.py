"""Bytes of a file, unpacked, as far as it can be read; and its lines."""

from __future__ import annotations

from collections.abc import Iterator

from syndetect.crawl.outcome import Outcome
from syndetect.crawl.places import Place
from syndetect.crawl.unpacking import packing_of, unpack


def open_bytes(place: Place, outcome: Outcome, *, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
    """Yield the content of a plain, .gz, .bz2, .xz or .zst file in chunks.

    A file that ends too early or is damaged yields what can be read, behind the damage too; `outcome.fault` then says
    so, and where bytes are missing stands the end of a line, so that halves of two records are not taken for one.
    Memory stays within a few times `chunk_bytes`, whatever the bytes unpack to.
    """
    with place.open() as file:
        chunk = file.read(max(chunk_bytes, 16))  # enough to tell how it is packed
        packing = packing_of(chunk)
        if packing is not None:
            for data in unpack(file, chunk, packing, outcome, chunk_bytes=chunk_bytes):
                yield b"\n" if data is None else data
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
            outcome.reject(0, f"too-large: the file has more than {max_bytes:,} bytes")
            return None
    return b"".join(parts)


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
