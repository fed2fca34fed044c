"""Files that are one page each: plain text and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from syndetect.crawl.outcome import Options, Outcome, page_frame
from syndetect.crawl.places import Place
from syndetect.crawl.streams import open_bytes

_SENTENCE_END = re.compile(r"[.!?…。！？۔।؟][\"'”»」』)\]]*\s*$")


def read_text_file(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """A text file is one page: its first line the title, its address the file's own."""
    yield from text_page(b"".join(open_bytes(place, outcome)), place.address, outcome)


def read_html_file(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """An HTML file is one page, its address the file's own."""
    yield from html_page(b"".join(open_bytes(place, outcome)), place.address, outcome)


def text_page(raw: bytes, url: str, outcome: Outcome) -> Iterator[pl.DataFrame]:
    """The page that the bytes of a plain text are."""
    outcome.n_records = 1
    if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        outcome.reject(0, "not-text: the file holds binary data")
        return
    text = bytes_to_str(raw, detect_encoding(raw) or "utf-8").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        outcome.reject(0, "no-text: the file holds no words")
        return
    title, _, rest = text.partition("\n")
    # What is long, ends as a sentence does or stands alone is a text, not a headline, and must not be cut from it.
    headline = title.strip() if rest and len(title) <= 300 and not _SENTENCE_END.search(title) else None
    yield page_frame(outcome.path, {"record": [0], "url": [url], "text": [text], "title": [headline]})


def html_page(raw: bytes, url: str, outcome: Outcome) -> Iterator[pl.DataFrame]:
    """The page that the bytes of an HTML document are."""
    outcome.n_records = 1
    yield page_frame(outcome.path, {"record": [0], "url": [url], "html": [raw]})
