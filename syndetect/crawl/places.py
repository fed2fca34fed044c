"""Where an input lives, and how its bytes are opened."""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A file to read; `name` is the path as the user gives it."""

    name: str

    @property
    def path(self) -> Path:
        """The local path."""
        return Path(self.name)

    @property
    def address(self) -> str:
        """The address that stands for the page of a file that holds one without its own."""
        return self.path.resolve().as_uri()

    def resolved(self) -> Place:
        """The same place under the one name that the store knows it by."""
        return Place(str(self.path.resolve()))

    def open(self) -> BufferedIOBase:
        """Open it at its first byte.

        Raises:
            OSError: If it can't be.
        """
        return self.path.open("rb")

    def size(self) -> int:
        """Its length in bytes; raises OSError as `open` does."""
        return self.path.stat().st_size
