"""Documents to anchors, batch by batch."""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.anchors.kernel import extract
from syndetect.anchors.names import names
from syndetect.anchors.tables import affixes, characters, language_hashes
from syndetect.schema import ANCHOR, I32, I64, U8, U64
from syndetect.text import string_buffers

BYTES_AT_ONCE = 4 << 20
"""Text that one call of the kernel sees: its output needs room for the worst case, some 70 bytes a byte of text."""


def parts_of(offsets: I64) -> list[tuple[int, int]]:
    """Ranges of documents with at most BYTES_AT_ONCE of text, or one document."""
    parts, first = [], 0
    n = len(offsets) - 1
    while first < n:
        last = int(np.searchsorted(offsets, offsets[first] + BYTES_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), n)
        parts.append((first, last))
        first = last
    return parts


def _extract_part(data: U8, offsets: I64, languages: U64) -> tuple[U64, U8, I32, I32, I64]:
    text = np.concatenate([data[offsets[0] : offsets[-1]], np.zeros(4, np.uint8)])
    room = 4 * (len(text) + len(offsets))
    out = (np.empty(room, np.uint64), np.empty(room, np.uint8), np.empty(room, np.int32), np.empty(room, np.int32))
    counts = np.zeros(len(offsets) - 1, np.int64)
    char, known = characters(), names()
    n = extract(
        text, offsets - offsets[0], languages,
        (char.classes, char.scripts, char.folds, char.sound_from, char.sounds),
        (
            known.stem_keys, known.stem_rows, known.stem_lengths, known.stem_capital,
            known.name_keys, known.name_rows, known.name_kinds, known.name_values,
            known.stem_filter, known.name_filter,
        ),
        affixes(), out, counts,
    )  # fmt: skip
    return out[0][:n].copy(), out[1][:n].copy(), out[2][:n].copy(), out[3][:n].copy(), counts


def extract_anchors(documents: pl.DataFrame) -> pl.DataFrame:
    """Find the marks of each document that survive translation.

    Args:
        documents: doc_id, language (ISO 639-1 or -3, NULL where unknown), story_text.

    Returns:
        schema.ANCHOR, documents in the order given; a token can give several anchors, an anchor can stand in a
        document several times.
    """
    data, offsets = string_buffers(documents["story_text"])
    languages = language_hashes(documents["language"])
    done = [_extract_part(data, offsets[a : b + 1], languages[a:b]) for a, b in parts_of(offsets)]
    if not done:
        return pl.DataFrame(schema=ANCHOR)
    keys, kind, starts, ends, counts = (np.concatenate(column) for column in zip(*done, strict=True))
    sizes = np.repeat(np.maximum(np.diff(offsets), 1), counts)
    return pl.DataFrame(
        {
            "doc_id": np.repeat(documents["doc_id"].to_numpy(), counts),
            "key": keys,
            "kind": kind,
            "position": (starts / sizes).astype(np.float32),
            "span_start": starts,
            "span_end": ends,
        },
        schema=ANCHOR,
    )
