"""Bytes that can be read once: standard input, named pipes. Their head is kept, so that it can be looked at before."""

from __future__ import annotations

import hashlib
from io import BufferedIOBase, BufferedReader, RawIOBase
from typing import BinaryIO

_KEPT_BYTES = 4 << 20
"""As far as anyone may look into a stream and still read it from its first byte."""


class Once:
    """A stream, and the digest of what was taken from it."""

    def __init__(self, file: BinaryIO, *, ours: bool) -> None:
        """Take over a file that is open; if it is `ours`, it is closed at its end."""
        self._file = file
        self._ours = ours
        self._digest = hashlib.sha256()
        self._head: bytearray | None = bytearray()
        self.at = 0
        self.ended = False

    def open(self) -> BufferedIOBase:
        """Read it from its first byte, as long as no more than its head was read before.

        Raises:
            OSError: If it was.
        """
        if self._head is None:
            raise OSError("it can be read only once")
        return BufferedReader(_View(self), 1 << 16)

    def is_empty(self) -> bool:
        """Whether it ends before its first byte."""
        return self._head is not None and not self.read_at(0, 1)

    def read_at(self, at: int, size: int) -> bytes:
        """Some of the bytes from `at` on, none at the end."""
        if self._head is not None and at < len(self._head):
            return bytes(self._head[at : at + size])
        if at != self.at:
            raise OSError("it can be read only once")
        data = b"" if self.ended else _some(self._file, size)
        if not data and not self.ended:
            self.ended = True
            if self._ours:
                self._file.close()
        self._digest.update(data)
        self.at += len(data)
        if self._head is not None:
            self._head = self._head + data if self.at <= _KEPT_BYTES else None
        return data

    def sha256(self) -> str:
        """The digest of all of it; what nobody has read is read."""
        while not self.ended and self.read_at(self.at, 1 << 20):
            pass
        return self._digest.hexdigest()


def _some(file: BinaryIO, size: int) -> bytes:
    """What is there of the next bytes, without waiting for all of them."""
    some: bytes = file.read1(size) if hasattr(file, "read1") else file.read(size)
    return some


class _View(RawIOBase):
    """Reads a stream from its first byte."""

    def __init__(self, once: Once) -> None:
        super().__init__()
        self._once = once
        self._at = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._once.read_at(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
