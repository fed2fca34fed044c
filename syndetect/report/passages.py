"""Two texts of one language, aligned: what is kept, what is changed, what only one of them has."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from rapidfuzz.distance import Indel

from syndetect.text import split_words

CONTEXT_WORDS = 8
"""A run of equal words of at least this length is shown as kept."""


@dataclass(frozen=True)
class Passage:
    """A piece of the alignment: what (kept, changed, left only, right only), and the text on either side."""

    what: str
    left: str
    right: str


def align(left: str, right: str) -> list[Passage]:
    """Align two texts of one language word by word.

    Runs of at least CONTEXT_WORDS equal words are kept; what lies between them is changed, or stands on one side only.
    """
    words = split_words(pl.Series([left, right]))
    cut = int(words.offsets[1])
    hashes = words.hashes.tolist()
    raw = (left.encode(), right.encode())

    def text(side: int, begin: int, end: int) -> str:
        shift = cut if side else 0
        if begin >= end:
            return ""
        return raw[side][words.starts[shift + begin] : words.ends[shift + end - 1]].decode()

    passages: list[Passage] = []
    a = b = 0
    blocks = Indel.opcodes(hashes[:cut], hashes[cut:]).as_matching_blocks() if hashes else []
    blocks = [block for block in blocks if block.size >= CONTEXT_WORDS]
    for a_from, b_from, size in [*((block.a, block.b, block.size) for block in blocks), (cut, len(hashes) - cut, 0)]:
        before = (text(0, a, a_from), text(1, b, b_from))
        if any(before):
            what = "changed" if all(before) else "left only" if before[0] else "right only"
            passages.append(Passage(what, *before))
        if size:
            passages.append(Passage("kept", text(0, a_from, a_from + size), text(1, b_from, b_from + size)))
        a, b = a_from + size, b_from + size
    return passages
