"""A stream of bytes → the same, with what was read last kept, so that a reader can go back behind damage."""

from __future__ import annotations

import re
from typing import Protocol

KEPT_BYTES = 32 << 20
"""A damaged record may have swallowed what follows it; compressed ones are some 20 kB, the largest some megabytes."""
_CHUNK_BYTES = 1 << 16
"""What is behind a member is copied when it ends: with 256 kB chunks, members of 2 kB unpacked a third slower."""


class ByteStream(Protocol):
    """What is asked of a stream: one that can't seek says so."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes; none at the end."""

    def seekable(self) -> bool:
        """Whether it can go back by itself."""

    def seek(self, offset: int, /) -> int:
        """Go to a byte."""


class Rewind:
    """A buffered stream; `back_to` goes to any byte of a stream that can seek, else to one of the last kept ones.

    Byte 0 is where the stream stands when it is handed over, which for one that can seek is its first byte.
    """

    def __init__(self, stream: ByteStream, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._stream = stream
        self._kept_bytes = 0 if stream.seekable() else kept_bytes
        self._seeks = stream.seekable()
        self._old = bytearray()  # of a stream that can't seek: what was before `_data`
        self._data = b""
        self._start = 0  # of `_data` in the stream
        self._pos = 0
        self._ahead = b""  # bytes behind `_data` that were read already

    def tell(self) -> int:
        """The byte that is read next."""
        return self._start + self._pos

    def peek(self, n: int) -> bytes:
        """The next n bytes, fewer at the end, without reading on."""
        while len(self._data) - self._pos < n and (more := self._read()):
            self._keep(self._data[: self._pos])
            self._start += self._pos
            self._data, self._pos = self._data[self._pos :] + more, 0
        return self._data[self._pos : self._pos + n]

    def take(self, n: int = _CHUNK_BYTES) -> bytes:
        """At least one and at most n of the next bytes; none at the end."""
        if self._pos >= len(self._data):
            self._keep(self._data)
            self._start += len(self._data)
            self._data, self._pos = self._read(), 0
        taken = self._data[self._pos : self._pos + n]
        self._pos += len(taken)
        return taken

    def untake(self, n: int) -> None:
        """Give back the last n bytes of what `take` gave last."""
        self._pos -= n

    def back_to(self, at: int) -> int:
        """Go back to a byte, or to the first that is still kept; returns which that is."""
        if self._seeks:
            if not self._start <= at <= self._start + len(self._data):
                self._stream.seek(at)
                self._start, self._data, self._ahead = at, b"", b""
            self._pos = at - self._start
            return at
        oldest = self._start - len(self._old)
        at = max(at, oldest)
        if at < self._start:
            whole = bytes(self._old[at - oldest :])
            self._ahead = self._data + self._ahead
            del self._old[at - oldest :]
            self._data, self._start = whole, at
        self._pos = at - self._start
        return at

    def find(self, pattern: re.Pattern[bytes], longest: int) -> bool:
        """Read on to the next match, of at most `longest` bytes; to the end, and False, if there is none."""
        while not (match := pattern.search(self._data, self._pos)):
            self._pos = max(self._pos, len(self._data) - longest + 1)
            have = len(self._data) - self._pos
            if len(self.peek(have + 1)) == have:
                self._pos = len(self._data)
                return False
        self._pos = match.start()
        return True

    def _read(self) -> bytes:
        if self._ahead:
            more, self._ahead = self._ahead, b""
            return more
        return self._stream.read(_CHUNK_BYTES)

    def _keep(self, read: bytes) -> None:
        if self._kept_bytes and read:
            self._old += read
            if len(self._old) > 2 * self._kept_bytes:
                del self._old[: -self._kept_bytes]
