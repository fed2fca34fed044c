"""The block of an HTTP response → its status, its fields, and its body as the server meant it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import brotli
import zstandard
from zlib_ng import zlib_ng

from syndetect.crawl.rewind import Rewind
from syndetect.crawl.warc.packing import DAMAGED, ENDS_EARLY, GZIP, DamagedError, gunzip, unzstd
from syndetect.crawl.warc.records import HEAD_BYTES, read_fields

_STATUS = re.compile(rb"HTTP(?:/\d+(?:\.\d+)?)?[ \t]+(\d{3})\b[^\n]*\n?")
_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
_STEP_BYTES = 1 << 20
_MAX_ENCODINGS = 8
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class UnusableError(Exception):
    """A record that can't be used, with the reason as a slug and its words."""


@dataclass(slots=True)
class Response:
    """A response as it was sent: `body` is still packed; no status if the block has no HTTP head."""

    status: int | None
    fields: dict[str, str]
    body: bytes


def read_response(data: bytes, start: int, end: int) -> Response:
    """Split the block of a record, data[start:end], at the end of its HTTP head."""
    status = _STATUS.match(data, start, end)
    if status is None:
        return Response(None, {}, data[start:end])
    # A head of no field is the status line and a blank line.
    head_end = _HEAD_END.search(data, status.end() - 1, min(end, start + HEAD_BYTES))
    stop = head_end.start() if head_end else min(end, start + HEAD_BYTES)
    fields = read_fields(data[status.end() : stop], "latin-1")
    return Response(int(status[1]), fields, data[head_end.end() : end] if head_end else b"")


def unpack_body(response: Response, *, max_bytes: int) -> bytes:
    """The body without its transfer and content encodings.

    A body that does not have the encoding it claims stays as it is, if it looks like text. Of one that ends too early
    what there is of it counts.

    Raises:
        UnusableError: `too-large`, if it has more than max_bytes; `bad-body`, if it can't be unpacked.
    """
    body = response.body
    if "chunked" in response.fields.get("transfer-encoding", "").lower():
        body = _dechunked(body)
    encodings = response.fields.get("content-encoding", "").lower().split(",")
    if len(encodings) > _MAX_ENCODINGS:
        raise UnusableError(f"bad-body: the body claims {len(encodings)} encodings")
    for encoding in reversed(encodings):
        body = _decoded(body, encoding.strip().removeprefix("x-"), max_bytes) if encoding else body
    if body.startswith(GZIP):
        # Some servers pack a page without saying so; neither HTML nor text begins like this.
        body = _decoded(body, "gzip", max_bytes)
    if len(body) > max_bytes:
        raise UnusableError(f"too-large: the body has {len(body):,} bytes")
    return body


def _dechunked(body: bytes) -> bytes:
    """The chunks of a body joined; the body itself if it has none, as where the crawler joined them."""
    joined = bytearray()
    at = n_chunks = 0
    while chunk := _CHUNK.match(body, at):
        size = int(chunk[1], 16)
        if size == 0:
            return bytes(joined)
        end = chunk.end() + size
        joined += body[chunk.end() : end]
        n_chunks += 1
        at = end + 2 if body.startswith(b"\r\n", end) else end + body.startswith(b"\n", end)
    return bytes(joined) if at >= len(body) > 0 or n_chunks > 1 else body


def _decoded(body: bytes, encoding: str, max_bytes: int) -> bytes:
    if encoding not in _DECODERS:
        return _as_it_is(body, f"its encoding is {encoding[:40]}")
    parts: list[bytes] = []
    n_bytes = 0
    try:
        for part in _DECODERS[encoding](body):
            parts.append(part)
            n_bytes += len(part)
            if n_bytes > max_bytes:
                raise UnusableError(f"too-large: unpacked, the body has more than {max_bytes:,} bytes")
    except DamagedError as error:
        if not n_bytes or str(error) != ENDS_EARLY:
            return _as_it_is(body, f"as {encoding} {error}")
    return b"".join(parts)


def _as_it_is(body: bytes, why: str) -> bytes:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or not _NOT_TEXT.search(body, 0, 4096):
        return body
    raise UnusableError(f"bad-body: the body can't be unpacked: {why}")


def _gunzip(body: bytes) -> Iterator[bytes]:
    """Members of gzip; what follows the last is passed over, as browsers do."""
    raw = Rewind(io.BytesIO(body))
    yield from gunzip(raw, _STEP_BYTES)
    while raw.peek(len(GZIP)) == GZIP:
        yield from gunzip(raw, _STEP_BYTES)


def _unzstd(body: bytes) -> Iterator[bytes]:
    return unzstd(Rewind(io.BytesIO(body)), zstandard.ZstdDecompressor(), _STEP_BYTES)


def _inflate(body: bytes) -> Iterator[bytes]:
    """What is called deflate: zlib by the standard, raw deflate from many a server."""
    is_zlib = len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    state = zlib_ng.decompressobj(15 if is_zlib else -15)
    try:
        while data := state.decompress(body, _STEP_BYTES):
            yield data
            body = state.unconsumed_tail
    except zlib_ng.error as error:  # type: ignore[misc]  # its stub has an instance
        raise DamagedError(DAMAGED) from error
    if not state.eof:
        raise DamagedError(ENDS_EARLY)


def _unbrotli(body: bytes) -> Iterator[bytes]:
    state = brotli.Decompressor()
    try:
        while data := state.process(body, output_buffer_limit=_STEP_BYTES):
            yield data
            body = b""
    except brotli.error as error:
        raise DamagedError(DAMAGED) from error
    if not state.is_finished():
        raise DamagedError(ENDS_EARLY)


def _unchanged(body: bytes) -> Iterator[bytes]:
    yield body


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip, "deflate": _inflate, "br": _unbrotli, "zstd": _unzstd,
    "identity": _unchanged, "none": _unchanged, "": _unchanged,
}  # fmt: skip
