"""What a character is treated as when texts are compared: one table over all of Unicode.

Case, width, accents, vowel points, Arabic and Persian letter variants and native digits are made alike; invisible
characters vanish; what is no letter, digit or mark ends a word. Characters of scripts that put no space between words
are words of their own.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

import numpy as np

from syndetect.schema import U32

TABLE_SIZE = 0x30000
SEPARATOR, SKIP = 0, 1
"""Values of the fold table below any letter: what ends a word, what vanishes from it."""
SINGLE = 0x8000_0000
"""Bit of the fold table: this character is a word of its own."""

_SINGLE_RANGES = (
    (0x0E01, 0x0EDF), (0x1000, 0x109F), (0x1780, 0x17D3), (0x3041, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, 0x2FFFF),
)  # fmt: skip
_POINTS = ((0x0300, 0x036F), (0x0591, 0x05C7), (0x064B, 0x065F), (0x0670, 0x0670), (0x0640, 0x0640), (0x06D6, 0x06ED))
_ALIKE = {"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ۀ": "ه", "ە": "ه", "ہ": "ه", "ے": "ي", "ھ": "ه", "ı": "i"}


def _in(point: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= point <= high for low, high in ranges)


def _fold(point: int) -> int:
    """Fold one character: SEPARATOR, SKIP, or the character it is treated as."""
    char = chr(point)
    category = unicodedata.category(char)
    if _in(point, _POINTS) or category == "Cf" or 0xFE00 <= point <= 0xFE0F:
        return SKIP
    if category == "Nd":
        return ord("0") + unicodedata.decimal(char)
    if category[0] not in "LNM":
        return SEPARATOR
    if 0xAC00 <= point <= 0xD7A3:
        return point
    # Accents are dropped where they are optional in practice; in kana and Indic scripts they make another letter.
    form: Literal["NFKC", "NFKD"] = "NFKD" if point < 0x0700 or 0x1E00 <= point < 0x2000 else "NFKC"
    folded = unicodedata.normalize(form, char.casefold())
    base = next((c for c in folded if not unicodedata.combining(c) and not c.isspace()), char)
    base = _ALIKE.get(base, base)
    return ord(base) | (SINGLE if _in(point, _SINGLE_RANGES) else 0)


@lru_cache(maxsize=1)
def fold_table() -> U32:
    """The fold table: for each character below U+30000 SEPARATOR, SKIP, or its folded form (with bit SINGLE)."""
    table = np.zeros(TABLE_SIZE, np.uint32)
    table[0xAC00:0xD7A4] = np.arange(0xAC00, 0xD7A4)
    for low, high in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x30000)):
        table[low:high] = np.arange(low, high, dtype=np.uint32) | SINGLE
    # Left out are hieroglyphs, cuneiform, musical and mathematical signs and the like.
    quick = (
        (0x00, 0x3400), (0xA000, 0xAC00), (0xD7B0, 0xD800), (0xF900, 0x12000), (0x16A00, 0x17000), (0x1D400, 0x1D800),
        (0x1E000, 0x1EF00),
    )  # fmt: skip
    for low, high in quick:
        table[low:high] = [_fold(point) for point in range(low, high)]
    return table
