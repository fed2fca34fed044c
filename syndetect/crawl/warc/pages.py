"""A record of a WARC file → a row of schema.PAGE, or what it is instead."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urljoin

from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from syndetect.crawl.outcome import Outcome
from syndetect.crawl.warc.records import Record
from syndetect.crawl.warc.responses import Response, UnusableError, read_response, unpack_body

_TYPES = frozenset(("response", "resource", "conversion", "revisit"))
_OTHER_TYPES = frozenset(("warcinfo", "request", "metadata", "continuation"))
_PROFILES = ("identical-payload-digest", "server-not-modified")
_WHOLE_KINDS = frozenset(("image", "video", "audio", "font"))
"""Content types that are counted as one, whatever their subtype."""
_MAX_COUNTS = 50
_KIND = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
_PERHAPS_HTML = frozenset(("", "text/xml", "application/xml", "text/plain"))
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_CONTROLS = bytes((*range(7), *range(0x0E, 0x1B)))
_PEEK_BYTES = 1024
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_CANONICAL = re.compile(r"""\brel\s*=\s*(?:"[^"]*\bcanonical\b[^"]*"|canonical\b)""", re.IGNORECASE)


class PageRow(NamedTuple):
    """The columns of schema.PAGE that a WARC file fills."""

    record: int
    url: str
    crawled_at: str | None
    html: bytes | None = None
    charset: str | None = None
    text: str | None = None
    language: str | None = None
    canonical: str | None = None
    updated: str | None = None
    same_as: str | None = None


FIELDS = PageRow._fields


class _NoPageError(Exception):
    """A record that holds no page, with what it holds instead."""


def page_of(record: Record, outcome: Outcome, *, max_page_bytes: int) -> PageRow | None:
    """The page of a record. None for one that holds none, which is counted, or can't be used, which is listed.

    A page that the crawler cut (WARC-Truncated) is a page; robots.txt is none.
    """
    row = None
    try:
        row = _read(record, max_page_bytes)
    except _NoPageError as error:
        what = str(error)
        if what not in outcome.passed_over and len(outcome.passed_over) >= _MAX_COUNTS:
            what = f"{what.partition(':')[0]}: other"
        outcome.passed_over[what] += 1
        return None
    except UnusableError as error:
        outcome.reject(record.number, str(error))
    outcome.n_records += 1
    return row


def _read(record: Record, max_page_bytes: int) -> PageRow:
    sort = record.fields.get("warc-type", "").lower()
    if record.problem and not record.problem.startswith("too-large"):
        raise UnusableError(record.problem)
    if sort not in _TYPES:
        raise _NoPageError(sort if sort in _OTHER_TYPES else "unknown")
    kind = _kind(record.fields.get("content-type", ""))
    if kind == "application/http" or record.data.startswith(b"HTTP/", record.start):
        response = read_response(record.data, record.start, record.end)
        kind = _kind(response.fields.get("content-type") or record.fields.get("warc-identified-payload-type", ""))
    else:
        response = Response(None, {}, record.data[record.start : record.end])
        kind = kind or ("text/plain" if sort == "conversion" else "")
    row = PageRow(
        record.number, _address(record.fields.get("warc-target-uri")), record.fields.get("warc-date"),
        language=response.fields.get("content-language") or record.fields.get("warc-identified-content-language"),
        updated=response.fields.get("last-modified"),
        canonical=_canonical(response.fields.get("link", ""), record.fields.get("warc-target-uri", "")),
    )  # fmt: skip
    if sort == "revisit":
        return _revisit(record, row, response.status, kind)
    _check(sort, row, response.status, kind)
    if record.problem:
        raise UnusableError(record.problem)
    return _page(sort, row, kind, response, unpack_body(response, max_bytes=max_page_bytes))


def _page(sort: str, row: PageRow, kind: str, response: Response, body: bytes) -> PageRow:
    if not body or body.isspace():
        raise UnusableError("no-text: the page is empty")
    charset = _CHARSET.search(response.fields.get("content-type", ""))
    if "html" in kind or (kind in _PERHAPS_HTML and _looks_like_html(body)):
        return row._replace(html=body, charset=charset and charset[1])
    if kind != "text/plain":
        raise _NoPageError(f"{sort}: {_counted(kind)}")
    peek = body[:_PEEK_BYTES]
    # Ten times as fast as a search for any of them.
    if len(peek.translate(None, _CONTROLS)) < len(peek) and not peek.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnusableError("not-text: the page holds binary data")
    # Texts of conversions are UTF-8 by the practice of all that write them.
    text = body.decode("utf-8", "replace") if sort == "conversion" else _text(body, charset and charset[1])
    return row._replace(text=text)


def _revisit(record: Record, row: PageRow, status: int | None, kind: str) -> PageRow:
    """A page that was found as it was fetched before."""
    if not any(profile in record.fields.get("warc-profile", "") for profile in _PROFILES):
        raise _NoPageError("revisit: another profile")
    _check("revisit", row, None if status == 304 else status, kind)
    return row._replace(same_as=_address(record.fields.get("warc-refers-to-target-uri")) or row.url)


def _check(sort: str, row: PageRow, status: int | None, kind: str) -> None:
    """Whether a record may hold a page, as far as its heads tell."""
    if status is not None and 300 <= status < 400:
        raise _NoPageError("redirect")
    if "html" not in kind and kind not in _PERHAPS_HTML:
        raise _NoPageError(f"{sort}: {_counted(kind)}")
    if row.url.endswith("/robots.txt"):
        raise _NoPageError("robots.txt")
    if status is not None and not 200 <= status < 300:
        raise UnusableError(f"http-status: the server answered {status}")
    if not row.url:
        raise UnusableError("no-url: the record has no address")


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _counted(kind: str) -> str:
    """A content type as it is counted."""
    main = kind.partition("/")[0]
    if main in _WHOLE_KINDS:
        return main
    return kind if _KIND.fullmatch(kind) else "other" if kind else "no content type"


def _address(value: str | None) -> str:
    """An address of a field: version 1.0 writes it in angle brackets."""
    return (value or "").strip("<> \t\0")


def _looks_like_html(body: bytes) -> bool:
    head = body[:2048]
    return b"<" in head and (b"<html" in (low := head.lower()) or b"<!doctype html" in low)


def _text(body: bytes, charset: str | None) -> str:
    try:
        return bytes_to_str(body, charset or detect_encoding(body) or "utf-8")
    except LookupError:
        return bytes_to_str(body, detect_encoding(body) or "utf-8")


def _canonical(link: str, url: str) -> str | None:
    """The address that a Link field calls the page's own."""
    for one in _LINK.finditer(link) if "canonical" in link.lower() else ():
        if _CANONICAL.search(one[2]):
            try:
                return urljoin(_address(url), str(one[1]).strip())
            except ValueError:
                return None
    return None
