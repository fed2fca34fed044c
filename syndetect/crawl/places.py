"""Where an input lives, and how its bytes are opened: a path, standard input or a named pipe, an address."""

from __future__ import annotations

import hashlib
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from io import BufferedIOBase
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import unquote, urlsplit

from syndetect.crawl.pipes import Once
from syndetect.crawl.remote import Info, Remote, is_remote, public_name

STDIN = "-"


class _Opened:
    """What stays with a place once it was looked into: bytes that can be read once, what a server said."""

    def __init__(self) -> None:
        self.once: Once | None = None
        self.remote: Remote | None = None


@dataclass(frozen=True)
class Place:
    """An input to read.

    `name` is what the user gives, without passwords and signatures: of an address that has any, `secret` is all of it.
    """

    name: str
    secret: str | None = field(default=None, compare=False, repr=False)
    _opened: _Opened = field(default_factory=_Opened, compare=False, repr=False)

    @staticmethod
    def of(given: str, info: Info | None = None) -> Place:
        """The place that a user names; `info` is what a server has said of it."""
        if given.lower().startswith("file://"):
            return Place(unquote(urlsplit(given).path))
        if not is_remote(given):
            return Place(given)
        place = Place(public_name(given), given)
        place._opened.remote = Remote(given, info)
        return place

    @property
    def path(self) -> Path:
        """The local path."""
        return Path(self.name)

    @cached_property
    def is_remote(self) -> bool:
        """Whether it is an address."""
        return is_remote(self.name)

    @cached_property
    def is_stream(self) -> bool:
        """Whether its bytes come once: standard input, named pipes, terminals."""
        if self.is_remote or self.name == STDIN:
            return self.name == STDIN
        try:
            mode = self.path.stat().st_mode
        except OSError:
            return False
        return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)

    @property
    def address(self) -> str:
        """The address that stands for the page of a file that holds one without its own; of a stream its content's."""
        if self.is_stream:
            return f"urn:sha256:{self._stream().sha256()}"
        return self.name if self.is_remote else self.path.resolve().as_uri()

    @property
    def broken(self) -> str | None:
        """Why reading it ended before its end, though it could be opened."""
        return self._opened.remote.broken if self._opened.remote else None

    def resolved(self) -> Place:
        """The same place under the one name that the store knows it by."""
        if self.is_stream or self.is_remote:
            return self
        return Place(str(self.path.resolve()))

    def open(self) -> BufferedIOBase:
        """Open it at its first byte; a stream only as long as no more than its head was read.

        Raises:
            OSError: If it can't be.
        """
        if self.is_stream:
            return self._stream().open()
        return self._remote().open() if self.is_remote else self.path.open("rb")

    def size(self) -> int:
        """Its length in bytes, 0 where that is not known before it is read; raises OSError as `open` does."""
        if self.is_stream:
            return 0
        return (self._remote().size() or 0) if self.is_remote else self.path.stat().st_size

    def is_empty(self) -> bool:
        """Whether it holds nothing; raises OSError as `open` does."""
        if self.is_stream:
            return self._stream().is_empty()
        if self.is_remote:
            return self._remote().size() == 0
        return self.path.stat().st_size == 0

    def stamp(self) -> str | None:
        """What a server says of the version of its file; None where nothing does. Raises OSError as `open` does."""
        return self._remote().stamp() if self.is_remote else None

    def sha256(self) -> str | None:
        """The digest of its bytes, in hexadecimal, of a stream all that came; raises OSError as `open` does.

        None for a remote file, whose bytes would have to be fetched for it.
        """
        if self.is_stream:
            return self._stream().sha256()
        if self.is_remote:
            return None
        with self.open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @contextmanager
    def with_ranges(self) -> Iterator[Place]:
        """The place as one that can be read from anywhere; if need be, a copy on disk while it is used."""
        if not self.is_stream and not (self.is_remote and not self._remote().takes_ranges()):
            yield self
            return
        with NamedTemporaryFile(prefix="syndetect-") as copy:
            with self.open() as file:
                shutil.copyfileobj(file, copy, 1 << 20)
            copy.flush()
            yield Place(copy.name)

    def _remote(self) -> Remote:
        if self._opened.remote is None:
            self._opened.remote = Remote(self.secret or self.name)
        return self._opened.remote

    def _stream(self) -> Once:
        if self._opened.once is None:
            if self.name != STDIN:
                self._opened.once = Once(self.path.open("rb"), ours=True)
            elif sys.stdin is None:
                raise OSError("standard input is closed")
            else:
                self._opened.once = Once(sys.stdin.buffer, ours=False)
        return self._opened.once
