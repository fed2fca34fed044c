"""A stream at a gzip member or a zstd frame → what that holds; the stream is left behind its last byte."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard
from zlib_ng import zlib_ng

from syndetect.crawl.rewind import Rewind
from syndetect.crawl.zstd_frame import Frame

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
ENDS_EARLY = "the bytes end too early"
DAMAGED = "the bytes are damaged"


class DamagedError(Exception):
    """Packed bytes that can't be unpacked: ENDS_EARLY or DAMAGED."""


def gunzip(raw: Rewind, most: int) -> Iterator[bytes]:
    """The content of the gzip member that begins here, at most so many bytes at a time."""
    state = zlib_ng.decompressobj(31)
    while not state.eof:
        packed = state.unconsumed_tail or raw.take()
        try:
            data = state.decompress(packed, most)
        except zlib_ng.error as error:  # type: ignore[misc]  # its stub has an instance
            raise DamagedError(DAMAGED) from error
        if data:
            yield data
        elif not packed:
            raise DamagedError(ENDS_EARLY)
    raw.untake(len(state.unused_data))


def unzstd(raw: Rewind, decoder: zstandard.ZstdDecompressor, most: int) -> Iterator[bytes]:
    """The content of the zstd frame that begins here, at most so many bytes at a time."""
    frame = Frame(raw.peek, raw.take)
    reader = decoder.stream_reader(frame)  # type: ignore[arg-type]  # it is only read
    try:
        while data := reader.read(most):
            yield data
    except zstandard.ZstdError as error:
        raise DamagedError(ENDS_EARLY if frame.is_cut else DAMAGED) from error
    if frame.read(1):
        raise DamagedError(DAMAGED)
    if frame.is_cut:
        raise DamagedError(ENDS_EARLY)
