"""Files that are one page each: plain text and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from syndetect.crawl.outcome import Outcome, page_frame
from syndetect.crawl.streams import open_bytes


def read_text_file(path: Path, outcome: Outcome) -> Iterator[pl.DataFrame]:
    """A text file is one page: its first line the title, its address the file's own."""
    raw = b"".join(open_bytes(path, outcome))
    outcome.n_records = 1
    if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        outcome.reject(0, "not-text: the file holds binary data")
        return
    text = bytes_to_str(raw, detect_encoding(raw) or "utf-8").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        outcome.reject(0, "no-text: the file holds no words")
        return
    title = text.split("\n", 1)[0].strip()
    # One long line is a text, not a headline.
    headline = title if len(title) <= 300 else None
    yield page_frame(str(path), {"record": [0], "url": [path.resolve().as_uri()], "text": [text], "title": [headline]})


def read_html_file(path: Path, outcome: Outcome) -> Iterator[pl.DataFrame]:
    """An HTML file is one page, its address the file's own."""
    raw = b"".join(open_bytes(path, outcome))
    outcome.n_records = 1
    yield page_frame(str(path), {"record": [0], "url": [path.resolve().as_uri()], "html": [raw]})
