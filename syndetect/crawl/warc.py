"""WARC files: HTML responses, and the texts of WET files."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from syndetect.crawl.columns import crawl_times
from syndetect.crawl.outcome import BATCH_BYTES, BATCH_HTML_PAGES, CUT_SHORT, Options, Outcome, page_frame
from syndetect.crawl.places import Place

_GZIP = b"\x1f\x8b\x08"
_TYPES = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
_SEARCH_BYTES = 1 << 20


@dataclass
class _Page:
    record: int
    url: str
    crawled_at: str | None
    html: bytes | None
    charset: str | None
    text: str | None
    language: str | None


def read_warc(place: Place, outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """Read the HTML responses of a WARC file; other records are passed over, unusable ones listed.

    Behind a damaged gzip member reading goes on at the next whole one.
    """
    batch: list[_Page] = []
    n_bytes = 0
    for page in _pages(place, outcome):
        batch.append(page)
        n_bytes += len(page.html or b"") + len(page.text or "")
        if len(batch) >= BATCH_HTML_PAGES or n_bytes >= BATCH_BYTES:
            yield _frame(outcome.path, batch)
            batch, n_bytes = [], 0
    if batch:
        yield _frame(outcome.path, batch)


def _frame(path: str, batch: list[_Page]) -> pl.DataFrame:
    names = ("record", "url", "html", "charset", "text", "language")
    columns: dict[str, list[object] | pl.Series] = {name: [getattr(page, name) for page in batch] for name in names}
    columns["crawled_at"] = crawl_times(pl.Series([page.crawled_at for page in batch], dtype=pl.String))
    return page_frame(path, columns)


def _pages(place: Place, outcome: Outcome) -> Iterator[_Page]:
    size = place.size()
    start = 0
    number = 0
    while start is not None and start < size:
        at = start
        held: _Page | None = None
        with place.open() as file:
            file.seek(start)
            try:
                for record in ArchiveIterator(file, parse_http=False, buffer_size=1 << 16):
                    if held:
                        yield held
                    at = outcome.n_bytes = start + record.stream_pos
                    held = _page(record, number, outcome) if record.record_type & _TYPES else None
                    number += 1
                damage = _cut_short(place, at, size)
            except OSError:
                # The error shows at the member after the last whole record, or within that record itself.
                damage = f"damaged behind byte {at}"
        if damage is None:
            if held:
                yield held
            return
        outcome.fault = f"{CUT_SHORT}: {damage}"
        following = _next_member(place, at + 1)
        if held:
            # A record at the very place of the damage may lack its end.
            if _whole(place, at):
                yield held
            else:
                outcome.reject(held.record, "cut-short: the record is not whole")
        start = following if following is not None else size


def _page(record: WarcRecord, number: int, outcome: Outcome) -> _Page | None:
    """The page of a record, None for records that hold none; those that should but don't are listed."""
    headers = record.headers
    url = (headers.get("WARC-Target-URI") or "").strip("<> ")
    date = headers.get("WARC-Date")
    if record.record_type == WarcRecordType.conversion:
        outcome.n_records += 1
        text = record.reader.read().decode("utf-8", "replace")
        if not url or not text.strip():
            outcome.reject(number, "no-text: the record has no words" if url else "no-url: the record has no address")
            return None
        return _Page(number, url, date, None, None, text, headers.get("WARC-Identified-Content-Language"))
    if record.record_type == WarcRecordType.resource:
        return _resource(record, number, url, date, outcome)
    if not record.is_http:
        return None
    return _response(record, number, url, date, outcome)


def _response(record: WarcRecord, number: int, url: str, date: str | None, outcome: Outcome) -> _Page | None:
    try:
        record.parse_http(auto_decode="all", strict_mode=False)
        kind = (record.http_content_type or "").lower()
        status = record.http_headers.status_code if record.http_headers else None
        body = record.reader.read() if not kind or "html" in kind else b""
    except (OSError, ValueError) as error:
        outcome.n_records += 1
        outcome.reject(number, f"bad-body: {' '.join(str(error).split())}")
        return None
    if (kind and "html" not in kind) or (not kind and not _looks_like_html(body)):
        return None
    outcome.n_records += 1
    if reason := _unusable(url, status, body):
        outcome.reject(number, reason)
        return None
    return _Page(number, url, date, body, record.http_charset, None, None)


def _looks_like_html(body: bytes) -> bool:
    head = body[:2048].lower()
    return b"<html" in head or b"<!doctype html" in head


def _resource(record: WarcRecord, number: int, url: str, date: str | None, outcome: Outcome) -> _Page | None:
    """The page of a record that was stored without its HTTP headers."""
    if "html" not in (record.headers.get("Content-Type") or "").lower():
        return None
    outcome.n_records += 1
    body = record.reader.read()
    if reason := _unusable(url, None, body):
        outcome.reject(number, reason)
        return None
    return _Page(number, url, date, body, None, None, None)


def _unusable(url: str, status: int | None, body: bytes) -> str | None:
    if status is not None and not 200 <= status < 300:
        return f"http-status: the server answered {status}"
    if not url:
        return "no-url: the record has no address"
    return None if body.strip() else "no-text: the page is empty"


def _cut_short(place: Place, last: int, size: int) -> str | None:
    """Whether the last record of a file, at byte `last`, lacks its end: fastwarc stops there without a word."""
    return None if _whole(place, last) else f"the record at byte {last} of {size} ends too early"


def _whole(place: Place, at: int) -> bool:
    """Whether the record at a byte is there to its end."""
    with place.open() as file:
        file.seek(at)
        magic = file.read(6)
        file.seek(at)
        if magic.startswith(_GZIP):
            return _member_ends(file.read)
        if magic.startswith(b"WARC/"):
            head = file.read(_SEARCH_BYTES)
            end = head.find(b"\r\n\r\n")
            length = next(
                (line[15:] for line in head[:end].split(b"\r\n") if line[:15].lower() == b"content-length:"), b"0"
            )
            return end >= 0 and at + end + 4 + int(length) <= place.size()
        # One gzip member around all records: only the whole stream can tell.
        file.seek(0)
        return file.read(3) != _GZIP or (file.seek(0) == 0 and _member_ends(file.read))


def _member_ends(read: object) -> bool:
    assert callable(read)
    state = zlib.decompressobj(31)
    while raw := read(_SEARCH_BYTES):
        try:
            while raw:
                state.decompress(raw, _SEARCH_BYTES)
                raw = state.unconsumed_tail
        except zlib.error:
            return False
        if state.eof:
            return True
    return False


def _next_member(place: Place, at: int) -> int | None:
    """The byte at which the next whole gzip member with a WARC record begins."""
    with place.open() as file:
        file.seek(at)
        base, window = at, b""
        while chunk := file.read(_SEARCH_BYTES):
            window += chunk
            found = window.find(_GZIP)
            while found >= 0:
                try:
                    if zlib.decompressobj(31).decompress(window[found : found + 4096], 16).startswith(b"WARC/"):
                        return base + found
                except zlib.error:
                    pass
                found = window.find(_GZIP, found + 1)
            # Keep what may be the head of a member that goes on in the next chunk.
            base, window = base + max(0, len(window) - 4096), window[-4096:]
    return None
