"""Signs of hidden copying: invisible characters inside words, and words of two alphabets that look like one.

Matching ignores what can't be seen; here it is counted, as evidence. Where writers of a script need such a character
(joiners in Persian and Indic words, breaks between Khmer words, variants of Han, marks of direction where it changes,
soft hyphens), it is counted apart.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import I32, U8
from syndetect.text.folding import SKIP, TABLE_SIZE, Ranges, fold_table, mask_of
from syndetect.text.words import decode, string_buffers

INVISIBLE = pl.Schema({"n_hidden": pl.Int32, "n_in_place": pl.Int32, "n_soft_hyphens": pl.Int32, "n_mixed": pl.Int32})
"""Per text: invisible characters inside words; those that the script calls for; soft hyphens inside words; words that
mix letters of Latin, Greek and Cyrillic so that they look like one."""

_OTHER, _MARK, _DIGIT, _LETTER, _HAN, _COMPLEX, _LATIN, _GREEK, _CYRILLIC = range(9)
_JOINER, _BREAK, _SELECTOR, _DIRECTION, _SOFT_HYPHEN, _HIDDEN = range(9, 15)
_KIND, _LOOKALIKE = 0x0F, 0x10

_RANGES: dict[int, Ranges] = {
    # Joiners and word breaks belong to Arabic, Syriac, Mandaic, Indic, Thai, Khmer, Myanmar, Mongolian and the like.
    _COMPLEX: (
        (0x0600, 0x08FF), (0x0900, 0x109F), (0x1700, 0x18AF), (0x1900, 0x1BFF), (0xA800, 0xAADF), (0xAAE0, 0xAAFF),
        (0xABC0, 0xABFF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC), (0x10A00, 0x11FFF), (0x1E900, 0x1E95F),
    ),
    _HAN: ((0x2E80, 0x2FDF), (0x3005, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF),
           (0xFF66, 0xFF9D), (0x20000, 0x2FFFF)),
    _LATIN: ((0x41, 0x24F), (0x250, 0x2AF), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA722, 0xA7FF), (0xFB00, 0xFB06)),
    _GREEK: ((0x0370, 0x03FF), (0x1F00, 0x1FFF)),
    _CYRILLIC: ((0x0400, 0x052F), (0x1C80, 0x1C8F), (0xA640, 0xA69F)),
}  # fmt: skip
_UNSEEN: dict[int, Ranges] = {
    _JOINER: ((0x200C, 0x200D),),
    _BREAK: ((0x200B, 0x200B), (0x2060, 0x2060)),
    _SELECTOR: ((0x034F, 0x034F), (0x180B, 0x180F), (0xFE00, 0xFE0F)),
    _DIRECTION: ((0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069)),
    _SOFT_HYPHEN: ((0x00AD, 0x00AD),),
    # Hangul fillers, invisible operators, byte order marks, annotation, shorthand and musical controls.
    _HIDDEN: (
        (0x115F, 0x1160), (0x3164, 0x3164), (0xFFA0, 0xFFA0), (0x2061, 0x2065), (0x206A, 0x206F), (0xFEFF, 0xFEFF),
        (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    ),
}  # fmt: skip

_LOOKALIKES = (
    "aceijopsxyABCEHIJKMNOPSTXYZvu"  # Latin
    "οανρυιΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # Greek
    "асеіјорѕхуһԁԛԝѵАВСЕНІЈКМОРЅТХУҮԜ"  # Cyrillic
)
"""Letters that look like one of another of the three alphabets (Unicode's confusables, upright type)."""


@lru_cache(maxsize=1)
def _kinds() -> U8:
    """The kind of each character below TABLE_SIZE, with bit _LOOKALIKE."""
    table = fold_table()
    kinds = np.where(table > SKIP, np.where((table >= 0x30) & (table <= 0x39), _DIGIT, _LETTER), _OTHER)
    kinds[table == SKIP] = _MARK
    for kind, ranges in _RANGES.items():
        kinds[mask_of(ranges) & (kinds == _LETTER)] = kind
    for kind, ranges in _UNSEEN.items():
        kinds[mask_of(ranges)] = kind
    kinds[[ord(char) for char in _LOOKALIKES]] |= _LOOKALIKE
    return kinds.astype(np.uint8)


@njit(cache=True, nogil=True, inline="always")
def _beyond(point):  # type: ignore[no-untyped-def]
    """The kind of a character past the table."""
    if 0xE0100 <= point < 0xE01F0:
        return _SELECTOR
    if 0xE0000 <= point < 0xE1000:
        return _HIDDEN
    return _HAN if point < 0x40000 else _OTHER


@njit(cache=True, nogil=True, inline="always")
def _in_place(unseen, before, after):  # type: ignore[no-untyped-def]
    """Whether writers put this invisible character between letters of these kinds."""
    if unseen in (_JOINER, _BREAK):
        return _COMPLEX in (before, after)
    if unseen == _SELECTOR:
        return before in (_COMPLEX, _HAN, _DIGIT)
    return unseen == _DIRECTION and before != after


@njit(cache=True, nogil=True, inline="always")
def _mixes(letters, alike):  # type: ignore[no-untyped-def]
    """Whether letters of one alphabet in a word all look like letters of another that is there too.

    PDFка and kΩ are honest words: neither side can be taken for the other, or they are too short to tell.
    """
    n_kinds, disguised, total = 0, False, 0
    for k in range(3):
        if letters[k]:
            n_kinds += 1
            total += letters[k]
            disguised |= letters[k] == alike[k]
    return n_kinds > 1 and disguised and total > 2


@njit(cache=True, nogil=True)
def _count(data, offsets, kinds, counts):  # type: ignore[no-untyped-def]
    """Counts of each text: a column a name of INVISIBLE, in its order."""
    waiting, letters, alike = np.zeros(16, np.int64), np.zeros(3, np.int64), np.zeros(3, np.int64)
    for doc in range(len(offsets) - 1):
        at, last, before, n_waiting = offsets[doc], offsets[doc + 1], _OTHER, 0
        while at <= last:
            kind = _OTHER
            if at < last:
                point, at = decode(data, at)
                kind = kinds[point] if point < TABLE_SIZE else _beyond(point)
            else:
                # One separator past the end closes the last word.
                at += 1
            looks, kind = kind & _LOOKALIKE, kind & _KIND
            if kind == _MARK:
                continue
            if kind >= _JOINER:
                waiting[kind] += 1
                n_waiting += 1
                continue
            if n_waiting:
                if _OTHER not in (before, kind):
                    for unseen in range(_JOINER, _HIDDEN + 1):
                        column = 2 if unseen == _SOFT_HYPHEN else int(_in_place(unseen, before, kind))
                        counts[doc, column] += waiting[unseen]
                waiting[:] = 0
                n_waiting = 0
            if kind >= _LATIN:
                letters[kind - _LATIN] += 1
                alike[kind - _LATIN] += looks != 0
            elif kind == _OTHER and before != _OTHER:
                counts[doc, 3] += _mixes(letters, alike)
                letters[:] = 0
                alike[:] = 0
            before = kind


def invisible_counts(texts: pl.Series) -> pl.DataFrame:
    """Count what is hidden in each text; NULL counts as empty.

    Returns:
        A row a text, columns of INVISIBLE.
    """
    data, offsets = string_buffers(texts)
    counts: I32 = np.zeros((len(texts), len(INVISIBLE)), np.int32)
    _count(data, offsets, _kinds(), counts)
    return pl.DataFrame(counts, schema=INVISIBLE, orient="row")
