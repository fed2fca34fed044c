"""WARC records as crawlers write them, made by hand: what a library would not write is what is tested."""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence

from fastwarc.stream_io import ZstdWriter

HTML = b"<html><body><p>Some words of a page.</p></body></html>"
DATE = "2026-02-08T20:14:27Z"


def record(
    url: str | None,
    block: bytes,
    *,
    sort: str = "response",
    fields: Sequence[str] = ("Content-Type: application/http; msgtype=response",),
    length: int | str | None = -1,
    version: str = "1.0",
    date: str = DATE,
    line_end: str = "\r\n",
) -> bytes:
    """A record; `length` -1 is the true one, None leaves the field out."""
    lines = [f"WARC/{version}", f"WARC-Type: {sort}", f"WARC-Date: {date}", *fields]
    if url is not None:
        lines.append(f"WARC-Target-URI: {url}")
    if length is not None:
        lines.append(f"Content-Length: {len(block) if length == -1 else length}")
    return line_end.join([*lines, "", ""]).encode() + block + 2 * line_end.encode()


def http(
    body: bytes, *, head: Sequence[str] = ("Content-Type: text/html; charset=utf-8",), status: str = "200 OK"
) -> bytes:
    """The block of a response."""
    return "\r\n".join([f"HTTP/1.1 {status}", *head, "", ""]).encode() + body


def page(url: str, body: bytes = HTML, *, head: Sequence[str] = ("Content-Type: text/html; charset=utf-8",)) -> bytes:
    """A record with a page."""
    return record(url, http(body, head=head))


def zstd(data: bytes, dictionary: bytes | None = None, *, packs_dictionary: bool = False) -> bytes:
    """A zstd frame; with a dictionary, its frame comes before."""
    out = io.BytesIO()
    writer = ZstdWriter(out, dictionary=dictionary, compress_dictionary_frame=packs_dictionary)
    for at in range(0, len(data), 1 << 20):  # it takes no more than some megabytes at once, and says how many
        writer.write(data[at : at + (1 << 20)])
    writer.close()
    return out.getvalue()


def gzipped(records: Sequence[bytes]) -> list[bytes]:
    """Each record a gzip member."""
    return [gzip.compress(one, 6, mtime=0) for one in records]
