"""The words of a text by the definition, character by character: what the kernels are held against."""

from __future__ import annotations

import re
from functools import cache
from unicodedata import normalize

from syndetect.text.folding import SEPARATOR, SINGLE, SKIP, TABLE_SIZE, fold_expansions, fold_table


@cache
def tails() -> dict[int, list[int]]:
    """What follows the first character of those that stand for several."""
    points, rows = fold_expansions()
    return dict(zip(points.tolist(), rows.tolist(), strict=True))


def composed(text: str) -> str:
    """Korean letters put together."""
    return re.sub("[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?", lambda m: normalize("NFC", m[0]), text)


def value_of(point: int) -> int:
    """What a character folds to; past the end of the table are Han, and signs that are not seen."""
    if point < TABLE_SIZE:
        return int(fold_table()[point])
    if point < 0x34000:
        return point | SINGLE
    return SKIP if 0xE0000 <= point <= 0xE0FFF else SEPARATOR


def values_of(text: str) -> list[int]:
    """Values of the fold table for a text, expansions included."""
    values = []
    for char in composed(text):
        values += [value_of(ord(char)), *tails().get(ord(char), [])]
    return [value for value in values if value != SKIP]


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    words, word = [], ""
    for value in [*values_of(text), SEPARATOR]:
        if SKIP < value < SINGLE:
            word += chr(value)
            continue
        words += [word] if word else []
        words += [chr(value & ~SINGLE)] if value >= SINGLE else []
        word = ""
    return words
