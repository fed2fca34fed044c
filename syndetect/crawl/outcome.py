"""How an input file is to be read, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from syndetect.schema import PAGE, REJECTED

EMPTY = "empty file"
CUT_SHORT = "cut short"

BATCH_BYTES = 64 << 20
BATCH_HTML_PAGES = 2_000
BATCH_ROWS = 20_000


@dataclass(frozen=True)
class Options:
    """How files are read."""

    max_page_bytes: int = 64 << 20  # of a record's body, a line, a file that is one page; unpacked
    columns: Mapping[str, str] = field(default_factory=dict)  # role -> column, as the user sets it


@dataclass
class Outcome:
    """Counts of one input file, filled by `read_pages`. `address` stands for that of a row that has none."""

    path: str
    address: str | None = None
    n_records: int = 0
    fault: str | None = None
    n_bytes: int = 0  # of the file, read so far
    rejected: list[tuple[int, str]] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)  # records that hold no page, by what they are
    columns: dict[str, list[str]] = field(default_factory=dict)  # role -> the columns that play it, best first

    @property
    def n_rejected(self) -> int:
        """How many records could not be used."""
        return len(self.rejected)

    def reject(self, record: int, reason: str) -> None:
        """List a record with the reason: a slug and its words, `no-url: record has no url`."""
        self.rejected.append((record, reason))

    def rejected_frame(self) -> pl.DataFrame:
        """The rejected records as rows of schema.REJECTED, in the order of the file."""
        rows = sorted(self.rejected)
        return pl.DataFrame(
            {"path": [self.path] * len(rows), "record": [r for r, _ in rows], "reason": [w for _, w in rows]},
            schema=REJECTED,
        )


def page_frame(path: str, columns: Mapping[str, list[object] | pl.Series]) -> pl.DataFrame:
    """A frame of schema.PAGE from some of its columns; the others are NULL."""
    frame = pl.DataFrame({name: pl.Series(name, v, dtype=PAGE[name]) for name, v in columns.items()})
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in PAGE.items() if name not in columns]
    return frame.with_columns(missing).with_columns(path=pl.lit(path)).select(PAGE.names())
