"""Open crawl dumps, yield batches of pages; count and list what can't be read.

`find_inputs` turns what the user names into files; `read_pages` reads one, `read_page_files` many that are one page
each. Nothing here raises over a bad record or a bad file: the `Outcome` of a file says what was wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from syndetect.crawl import documents
from syndetect.crawl.columns import chosen_columns
from syndetect.crawl.documents import html_page, text_page
from syndetect.crawl.inputs import Format, Input, find_inputs, groups_of, look_into
from syndetect.crawl.json_lines import json_records, read_jsonl
from syndetect.crawl.outcome import CUT_SHORT, EMPTY, Options, Outcome
from syndetect.crawl.parquet import read_parquet
from syndetect.crawl.places import Place
from syndetect.crawl.tables import read_csv, table_records
from syndetect.crawl.warc import read_warc

__all__ = [
    "Format", "Input", "Options", "Outcome", "Place", "chosen_columns", "find_inputs", "groups_of", "html_page",
    "json_records", "look_into", "read_page_files", "read_pages", "table_records", "text_page",
]  # fmt: skip

_READERS = {
    "warc": read_warc,
    "jsonl": read_jsonl,
    "csv": read_csv,
}


def read_pages(source: Input, outcome: Outcome, options: Options | None = None) -> Iterator[pl.DataFrame]:
    """Yield the pages of a file as frames of schema.PAGE, some 64 MB or 2,000 HTML pages or 20,000 rows each.

    Args:
        source: One of `find_inputs`.
        outcome: Filled while the frames are taken: counts, rejected records, and `fault` if the file could not be
            opened, is empty or was cut short (what could be read before is yielded).
        options: How it is read; by default as without any setting.
    """
    source, options = look_into(source), options or Options()
    if source.format in ("text", "html"):
        yield from read_page_files([source], [outcome], options)
    elif _can_be_read(source, outcome):
        try:
            if source.format == "parquet":
                # Its reader goes back and forth.
                with source.place.with_ranges() as place:
                    yield from read_parquet(place, outcome, options)
            else:
                yield from _READERS[source.format](source.place, outcome, options)
        except OSError as error:
            begun = CUT_SHORT if outcome.n_records else "could not be opened"
            outcome.fault = f"{begun}: {error.strerror or error}"
        if source.place.broken:
            outcome.fault = f"{CUT_SHORT}: {source.place.broken}"
        elif outcome.n_records == 0 and not outcome.passed_over and outcome.fault is None:
            outcome.fault = "holds no records"


def read_page_files(
    sources: Sequence[Input], outcomes: Sequence[Outcome], options: Options | None = None
) -> Iterator[pl.DataFrame]:
    """Yield the pages of files that are one page each (text, html), gathered: some 64 MB or 2,000 pages a frame.

    Args:
        sources: Of `find_inputs`, all of the formats text and html.
        outcomes: One for each, filled as by `read_pages`.
        options: How they are read; by default as without any setting.
    """
    files = [
        (source.place, source.format == "html", outcome)
        for source, outcome in zip(sources, outcomes, strict=True)
        if _can_be_read(source, outcome)
    ]
    yield from documents.read_page_files(files, options or Options())
    for place, _, outcome in files:
        if place.broken:
            outcome.fault = f"{CUT_SHORT}: {place.broken}"


def _can_be_read(source: Input, outcome: Outcome) -> bool:
    """Whether there is something to read; the outcome says why not."""
    try:
        outcome.fault = EMPTY if source.place.is_empty() else source.fault
    except OSError as error:
        outcome.fault = f"could not be opened: {error.strerror or error}"
    return outcome.fault is None
