"""What is asked about -> one page: a file of any format that a run reads, standard input, or a text of your own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from syndetect.crawl import Outcome, find_inputs, html_page, read_pages, text_page
from syndetect.errors import InputError

NO_ADDRESS = "-"
"""Stands for the address of a page that has none; no host can be read from it."""
_ADDRESS = re.compile(r"\s*https?://\S+\s*")
_MARKUP = re.compile(rb"\s*<(?:[a-z][a-z0-9]*[\s>/]|!doctype\b|!--|\?xml\b)", re.IGNORECASE)


def is_address(page: object) -> bool:
    """Whether it is an address and nothing else."""
    return isinstance(page, str) and _ADDRESS.fullmatch(page) is not None


def read_one(page: str | bytes | Path, *, url: str | None = None, record: int | None = None) -> pl.DataFrame:
    """Read one page.

    Args:
        page: A file; or a text or HTML itself, told by its first characters.
        url: The address of a page that has none of its own, or another than the input says.
        record: Number of the page in its file, from 0, where that holds several.

    Returns:
        A row of schema.PAGE.

    Raises:
        InputError: `no-such-input`, `one-page`, `no-page`.
    """
    name = str(page) if isinstance(page, Path) else "the text"
    outcome = Outcome(name, address=url)
    found = _chosen(_pages(page, outcome), outcome, record)
    return found.with_columns(url=pl.lit(url)) if url is not None else found


def _pages(page: str | bytes | Path, outcome: Outcome) -> Iterator[pl.DataFrame]:
    if isinstance(page, Path):
        return _pages_of_file(page, outcome)
    raw = page.encode("utf-8", "surrogatepass") if isinstance(page, str) else page
    is_html = _MARKUP.match(raw.removeprefix(b"\xef\xbb\xbf"))
    return (html_page if is_html else text_page)(raw, NO_ADDRESS, outcome)


def _pages_of_file(path: Path, outcome: Outcome) -> Iterator[pl.DataFrame]:
    if path.is_dir():
        raise InputError(f"{path} is a folder; give one file", slug="one-page")
    if not path.exists():
        raise InputError(f"{path} does not exist; check the path", slug="no-such-input")
    # A path that exists is taken as it is, with no glob and no list in it.
    yield from read_pages(find_inputs([str(path)])[0], outcome)


def _chosen(frames: Iterator[pl.DataFrame], outcome: Outcome, record: int | None) -> pl.DataFrame:
    """The one page, or the one whose number was given."""
    found: pl.DataFrame | None = None
    for frame in frames:
        wanted = frame if record is None else frame.filter(pl.col("record") == record)
        if record is not None and wanted.height:
            return wanted.head(1)
        if record is None and (found is not None or wanted.height > 1):
            frames = iter(frames)
            n, more = (0 if found is None else 1) + wanted.height, next(frames, None) is not None
            raise InputError(
                f"{outcome.path} holds {'more than ' if more else ''}{n} pages; choose one with --record N, from 0",
                slug="one-page",
            )
        found = wanted if wanted.height else found
    reasons = {number: reason for number, reason in outcome.rejected if record is None or number == record}
    why = next(iter(reasons.values()), None) or outcome.fault
    if record is not None and why is None:
        last = f"0 to {outcome.n_records - 1}" if outcome.n_records > 1 else "0"
        raise InputError(f"{outcome.path} has no record {record}; choose from {last}", slug="one-page")
    if found is None or record is not None:
        remedy = "add --url URL" if (why or "").startswith("no-url") else "give HTML, a text or a record of a dump"
        raise InputError(f"{outcome.path} gives no page to match: {why or 'it holds none'}; {remedy}", slug="no-page")
    return found
