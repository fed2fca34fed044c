"""One zstd frame of a stream as a file of its own, so that damage behind it does not spoil what it gives."""

from __future__ import annotations

from collections.abc import Callable

Bytes = Callable[[int], bytes]
"""At most so many bytes from where the stream stands: looked at, or taken."""


class Frame:
    """One zstd frame as a stream of its own. Its blocks are counted, since a decoder reads on behind its end.

    Source: RFC 8878, section 3.1.1.
    """

    def __init__(self, peek: Bytes, take: Bytes) -> None:
        head = peek(5)
        flags = head[4] if len(head) == 5 else 0
        is_single = bool(flags & 0x20)
        content_size = (1 if is_single else 0, 2, 4, 8)[flags >> 6]
        self._peek, self._take = peek, take
        self._left = 5 + (not is_single) + (0, 1, 2, 4)[flags & 3] + content_size
        self._checksum_bytes = 4 if flags & 4 else 0
        self._is_last = False
        self.is_cut = False

    @property
    def is_whole(self) -> bool:
        """Whether it was read to its end."""
        return self._is_last and not self._left

    def read(self, size: int) -> bytes:
        """At most so many bytes; fewer, or none, at the end of the frame."""
        parts = []
        while size > 0 and (self._left or self._open_block()):
            part = self._take(min(size, self._left))
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
        head = self._peek(3)
        bits = int.from_bytes(head, "little")
        kind, size = bits >> 1 & 3, bits >> 3
        if len(head) < 3 or kind == 3:
            self.is_cut = len(head) < 3
            return False
        self._is_last = bool(bits & 1)
        self._left = 3 + (1 if kind == 1 else size) + (self._checksum_bytes if self._is_last else 0)
        return True
