"""Open crawl dumps, yield batches of pages; count and list what can't be read.

`find_inputs` turns what the user names into files; `read_pages` reads one. Nothing here raises over a bad record or a
bad file: the `Outcome` of a file says what was wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from syndetect.crawl.documents import html_page, read_html_file, read_text_file, text_page
from syndetect.crawl.inputs import Format, Input, find_inputs, sha256_of
from syndetect.crawl.json_lines import json_records, read_jsonl
from syndetect.crawl.outcome import EMPTY, Options, Outcome
from syndetect.crawl.parquet import read_parquet
from syndetect.crawl.places import Place
from syndetect.crawl.tables import read_csv, table_records
from syndetect.crawl.warc import read_warc

__all__ = [
    "Format", "Input", "Options", "Outcome", "Place", "find_inputs", "html_page", "json_records", "read_pages",
    "sha256_of", "table_records", "text_page",
]  # fmt: skip

_READERS = {
    "warc": read_warc,
    "jsonl": read_jsonl,
    "csv": read_csv,
    "parquet": read_parquet,
    "text": read_text_file,
    "html": read_html_file,
}


def read_pages(source: Input, outcome: Outcome, options: Options | None = None) -> Iterator[pl.DataFrame]:
    """Yield the pages of a file as frames of schema.PAGE, some 64 MB or 2,000 HTML pages or 20,000 rows each.

    Args:
        source: One of `find_inputs`.
        outcome: Filled while the frames are taken: counts, rejected records, and `fault` if the file could not be
            opened, is empty or was cut short (what could be read before is yielded).
        options: How it is read; by default as without any setting.
    """
    try:
        if source.place.size() == 0:
            outcome.fault = EMPTY
            return
        if source.fault:
            outcome.fault = source.fault
            return
        yield from _READERS[source.format](source.place, outcome, options or Options())
    except OSError as error:
        outcome.fault = f"could not be opened: {error.strerror or error}"
    else:
        if outcome.n_records == 0 and not outcome.passed_over and outcome.fault is None:
            outcome.fault = "holds no records"
