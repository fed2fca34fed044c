"""A stream at a gzip member or a zstd frame → what that holds; the stream is left behind its last byte."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard
from zlib_ng import zlib_ng

from syndetect.crawl.rewind import Rewind

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
ENDS_EARLY = "the bytes end too early"
DAMAGED = "the bytes are damaged"


class DamagedError(Exception):
    """Packed bytes that can't be unpacked: ENDS_EARLY or DAMAGED."""


def gunzip(raw: Rewind, most: int) -> Iterator[bytes]:
    """The content of the gzip member that begins here, at most so many bytes at a time."""
    state = zlib_ng.decompressobj(31)
    while not state.eof:
        packed = state.unconsumed_tail or raw.take()
        try:
            data = state.decompress(packed, most)
        except zlib_ng.error as error:  # type: ignore[misc]  # its stub has an instance
            raise DamagedError(DAMAGED) from error
        if data:
            yield data
        elif not packed:
            raise DamagedError(ENDS_EARLY)
    raw.untake(len(state.unused_data))


def unzstd(raw: Rewind, decoder: zstandard.ZstdDecompressor, most: int) -> Iterator[bytes]:
    """The content of the zstd frame that begins here, at most so many bytes at a time."""
    frame = _Frame(raw)
    reader = decoder.stream_reader(frame)  # type: ignore[arg-type]  # it is only read
    try:
        while data := reader.read(most):
            yield data
    except zstandard.ZstdError as error:
        raise DamagedError(ENDS_EARLY if frame.is_cut else DAMAGED) from error
    if frame.read(1):
        raise DamagedError(DAMAGED)
    if frame.is_cut:
        raise DamagedError(ENDS_EARLY)


class _Frame:
    """One zstd frame as a stream of its own. Its blocks are counted, since a decoder reads on behind its end.

    Source: RFC 8878, section 3.1.1.
    """

    def __init__(self, raw: Rewind) -> None:
        head = raw.peek(5)
        flags = head[4] if len(head) == 5 else 0
        is_single = bool(flags & 0x20)
        content_size = (1 if is_single else 0, 2, 4, 8)[flags >> 6]
        self._raw = raw
        self._left = 5 + (not is_single) + (0, 1, 2, 4)[flags & 3] + content_size
        self._checksum_bytes = 4 if flags & 4 else 0
        self._is_last = False
        self.is_cut = False

    def read(self, size: int) -> bytes:
        """At most so many bytes; fewer, or none, at the end of the frame."""
        parts = []
        while size > 0 and (self._left or self._open_block()):
            part = self._raw.take(min(size, self._left))
            if not part:
                self.is_cut = True
                break
            parts.append(part)
            size -= len(part)
            self._left -= len(part)
        return b"".join(parts)

    def _open_block(self) -> bool:
        if self._is_last:
            return False
        head = self._raw.peek(3)
        bits = int.from_bytes(head, "little")
        kind, size = bits >> 1 & 3, bits >> 3
        if len(head) < 3 or kind == 3:
            self.is_cut = len(head) < 3
            return False
        self._is_last = bool(bits & 1)
        self._left = 3 + (1 if kind == 1 else size) + (self._checksum_bytes if self._is_last else 0)
        return True
