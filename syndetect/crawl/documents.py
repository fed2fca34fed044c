"""Files that are one page each: plain text and HTML. Many travel in one frame."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from syndetect.crawl.outcome import BATCH_BYTES, BATCH_HTML_PAGES, CUT_SHORT, Options, Outcome, page_frame
from syndetect.crawl.places import Place
from syndetect.crawl.streams import whole_bytes

_SENTENCE_END = re.compile(r"[.!?…。！？۔।؟][\"'”»」』)\]]*\s*$")


@dataclass
class _Rows:
    """Pages that wait to travel."""

    paths: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    htmls: list[bytes | None] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    titles: list[str | None] = field(default_factory=list)
    n_bytes: int = 0

    def add(self, raw: bytes, url: str, outcome: Outcome, *, is_html: bool) -> None:
        """Take the page that bytes are; what is none is listed."""
        outcome.n_records = 1
        text, title = (None, None) if is_html else _read_text(raw, outcome)
        if is_html or text is not None:
            self.paths.append(outcome.path)
            self.urls.append(url)
            self.htmls.append(raw if is_html else None)
            self.texts.append(text)
            self.titles.append(title)
            self.n_bytes += len(raw)

    def frame(self) -> Iterator[pl.DataFrame]:
        """The pages as a frame, if there are any."""
        if self.paths:
            columns: dict[str, list[object] | pl.Series] = {
                "record": pl.Series([0] * len(self.paths)), "url": pl.Series(self.urls),
                "html": pl.Series(self.htmls, dtype=pl.Binary), "text": pl.Series(self.texts, dtype=pl.String),
                "title": pl.Series(self.titles, dtype=pl.String),
            }  # fmt: skip
            yield page_frame("", columns).with_columns(path=pl.Series(self.paths))


def read_page_files(files: Sequence[tuple[Place, bool, Outcome]], options: Options) -> Iterator[pl.DataFrame]:
    """Read files that are one page each: a text, its first line the title, or (True) HTML; their addresses are theirs.

    A file that can't be read says so in its own outcome.
    """
    rows = _Rows()
    for place, is_html, outcome in files:
        try:
            raw = whole_bytes(place, outcome, max_bytes=options.max_page_bytes)
            if raw is None:
                outcome.n_records = 1
            else:
                rows.add(raw, place.address, outcome, is_html=is_html)
        except OSError as error:
            begun = CUT_SHORT if outcome.n_bytes else "could not be opened"
            outcome.fault = f"{begun}: {error.strerror or error}"
        if len(rows.paths) >= BATCH_HTML_PAGES or rows.n_bytes >= BATCH_BYTES:
            yield from rows.frame()
            rows = _Rows()
    yield from rows.frame()


def text_page(raw: bytes, url: str, outcome: Outcome) -> Iterator[pl.DataFrame]:
    """The page that the bytes of a plain text are."""
    rows = _Rows()
    rows.add(raw, url, outcome, is_html=False)
    yield from rows.frame()


def html_page(raw: bytes, url: str, outcome: Outcome) -> Iterator[pl.DataFrame]:
    """The page that the bytes of an HTML document are."""
    rows = _Rows()
    rows.add(raw, url, outcome, is_html=True)
    yield from rows.frame()


def _read_text(raw: bytes, outcome: Outcome) -> tuple[str | None, str | None]:
    """The text that bytes are, and its headline if it has one; None, with the reason listed, if they are none."""
    if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        outcome.reject(0, "not-text: the file holds binary data")
        return None, None
    text = bytes_to_str(raw, detect_encoding(raw) or "utf-8").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        outcome.reject(0, "no-text: the file holds no words")
        return None, None
    title, _, rest = text.partition("\n")
    # What is long, ends as a sentence does or stands alone is a text, not a headline, and must not be cut from it.
    return text, title.strip() if rest and len(title) <= 300 and not _SENTENCE_END.search(title) else None
