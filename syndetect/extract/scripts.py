"""Texts → a sample of the letters of each in its main script, with how many letters of each script it has.

A compiled pass over Arrow string buffers: pieces spread evenly over a text stand for all of it, so that a menu in
English above an Arabic article does not speak for the article. Addresses, digits, control characters and the letters
of other scripts than the main one are left out, so that names in Latin letters do not speak for a Russian text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import I64, U8
from syndetect.text import string_buffers
from syndetect.text.words import decode

PIECES = 5
PIECE_BYTES = 90
"""Five pieces of 90 bytes: benchmarks/languages.py finds as many documents right with them as with the whole text
(closely related languages are given more, see language.py); the detector's time grows with what it is given. Pieces of
as many bytes, not letters, leave each script its share of the text."""
_MIXED_PIECES = 25
"""Taken where the five show a second script: few pieces of a page tell badly what most of it is in."""
_MIXED_SHARE = 0.15
_WORD_BYTES = 48
"""A piece begins and ends between words where a space is that near."""

NO_LETTER, SPACE, MARK = 0, 1, 2
LATIN, CYRILLIC, ARABIC, HAN, KANA, HANGUL = 3, 4, 5, 6, 7, 8
_FIRST_OTHER = 9

_NAMED = {
    LATIN: ((0x41, 0x24F), (0x250, 0x2AF), (0x1E00, 0x1EFF), (0xFF21, 0xFF5A)),
    CYRILLIC: ((0x400, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)),
    ARABIC: ((0x600, 0x6FF), (0x750, 0x77F), (0x870, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)),
    HAN: ((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),
    KANA: ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9D)),
    HANGUL: ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),
}
"""Ranges of code points of the scripts that are spoken of by name."""
# The others, by the language that writes them (nearly) alone, None where there are several.
_OTHERS: tuple[tuple[str | None, tuple[tuple[int, int], ...]], ...] = (
    ("el", ((0x370, 0x3FF), (0x1F00, 0x1FFF))),
    ("hy", ((0x530, 0x58F), (0xFB13, 0xFB17))),
    (None, ((0x590, 0x5FF), (0xFB1D, 0xFB4F))),  # Hebrew: he, yi
    ("syr", ((0x700, 0x74F),)),
    ("dv", ((0x780, 0x7BF),)),
    ("nqo", ((0x7C0, 0x7FF),)),
    (None, ((0x900, 0x97F), (0xA8E0, 0xA8FF))),  # Devanagari: hi, mr, ne, bho …
    (None, ((0x980, 0x9FF),)),  # Bengali: bn, as
    ("pa", ((0xA00, 0xA7F),)),
    ("gu", ((0xA80, 0xAFF),)),
    ("or", ((0xB00, 0xB7F),)),
    ("ta", ((0xB80, 0xBFF),)),
    ("te", ((0xC00, 0xC7F),)),
    ("kn", ((0xC80, 0xCFF),)),
    ("ml", ((0xD00, 0xD7F),)),
    ("si", ((0xD80, 0xDFF),)),
    ("th", ((0xE00, 0xE7F),)),
    ("lo", ((0xE80, 0xEFF),)),
    (None, ((0xF00, 0xFFF),)),  # Tibetan: bo, dz
    ("my", ((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))),
    ("ka", ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F))),
    (None, ((0x1200, 0x139F), (0x2D80, 0x2DDF), (0xAB00, 0xAB2F))),  # Ethiopic: am, ti
    ("chr", ((0x13A0, 0x13FF), (0xAB70, 0xABBF))),
    ("iu", ((0x1400, 0x167F),)),
    ("km", ((0x1780, 0x17FF),)),
    ("mn", ((0x1800, 0x18AF),)),
)
N_SCRIPTS = _FIRST_OTHER + len(_OTHERS)
SETTLED: list[str | None] = [*[None] * HANGUL, "ko", *[None] * (_FIRST_OTHER - HANGUL - 1)] + [
    language for language, _ in _OTHERS
]
"""By script: the language that writes it alone."""

_IS_SETTLED = np.array([language is not None for language in SETTLED])
_IS_SETTLED[[HAN, KANA]] = True

WEIGHTS = np.ones(N_SCRIPTS, np.int64)
WEIGHTS[[NO_LETTER, SPACE, MARK]] = 0
WEIGHTS[[HAN, KANA, HANGUL]] = 3, 2, 2
"""Letters that a character stands for: an English document has 2.6 letters for each character of its Chinese
translation, 2.0 of the Japanese, 2.1 of the Korean (NTREX, 58 documents; Arabic, Thai and Khmer 1.1 to 1.2, though Thai
and Khmer put no spaces between words)."""


@dataclass(frozen=True)
class Samples:
    """The samples of a batch of texts.

    Text i has the UTF-8 bytes `data[offsets[i]:offsets[i + 1]]` in its main script; `letters[i]` are the weighed
    letters of each script over the pieces taken, `main[i]` the script with the most, Han and kana taken as one,
    `n_letters[i]` how many those are. Where the script settles the language there are no bytes.
    """

    data: bytes
    offsets: list[int]
    letters: I64
    main: list[int]
    n_letters: list[int]

    def text(self, row: int) -> bytes:
        """The sample of a text."""
        return self.data[self.offsets[row] : self.offsets[row + 1]]


@lru_cache(maxsize=1)
def _classes() -> U8:
    """The class of each code point below U+10000."""
    classes = np.zeros(0x10000, np.uint8)
    named = [*_NAMED.items(), *((_FIRST_OTHER + i, ranges) for i, (_, ranges) in enumerate(_OTHERS))]
    for script, ranges in named:
        for low, high in ranges:
            classes[low : high + 1] = script
    for point in range(0x3400):
        _refine(classes, point)
    for point in (*range(0xA000, 0xAC00), *range(0xD7A4, 0x10000)):
        _refine(classes, point)
    return classes


def _refine(classes: U8, point: int) -> None:
    """Set apart what is no letter. Between the blocks named there are Han characters and Hangul only."""
    kind = unicodedata.category(chr(point))
    if kind[0] == "M" or point in (0x200C, 0x200D):
        classes[point] = MARK
    elif kind[0] != "L" and point != 0x3007:
        classes[point] = SPACE if kind[0] in "ZC" else NO_LETTER


def sample(texts: pl.Series, titles: pl.Series, *, pieces: int = PIECES) -> Samples:
    """Take a sample of each text and its title; NULL counts as empty.

    Args:
        texts: The texts.
        titles: Of each a title, of which one piece is taken.
        pieces: How many pieces are taken of a text.
    """
    (data, bounds), (title_data, title_bounds) = string_buffers(texts), string_buffers(titles)
    longest, most = PIECE_BYTES + _WORD_BYTES + 8, max(pieces, _MIXED_PIECES)
    room = np.minimum(np.diff(bounds), most * longest).sum() + np.minimum(np.diff(title_bounds), longest).sum()
    out = np.empty(int(room) + (most + 1) * (len(texts) + 1), np.uint8)
    ends, main = np.zeros(len(texts) + 1, np.int64), np.zeros(len(texts), np.int64)
    letters, counts = np.zeros((len(texts), N_SCRIPTS), np.int64), np.zeros(len(texts), np.int64)
    _sample(
        (data, title_data), (bounds, title_bounds), pieces, _classes(), WEIGHTS, _IS_SETTLED, out,
        np.empty((most + 1) * (longest + 1), np.uint8), ends, letters, main, counts,
    )  # fmt: skip
    return Samples(out[: ends[-1]].tobytes(), ends.tolist(), letters, main.tolist(), counts.tolist())


@njit(cache=True, nogil=True)
def _sample(  # type: ignore[no-untyped-def]
    data, bounds, pieces, classes, weights, is_settled, out, kinds, ends, letters, main, counts
):
    for i in range(len(main)):
        begin, row = out[ends[i] :], letters[i]
        for n_pieces in (pieces, max(pieces, _MIXED_PIECES)):
            row[:] = 0
            at = _take(data[0], bounds[0][i], bounds[0][i + 1], n_pieces, classes, weights, begin, kinds, 0, row)
            at = _take(data[1], bounds[1][i], bounds[1][i + 1], 1, classes, weights, begin, kinds, at, row)
            main[i], counts[i] = _main_script(row)
            if counts[i] >= (1 - _MIXED_SHARE) * row.sum():
                break
        ends[i + 1] = ends[i] + (0 if is_settled[main[i]] else _keep_script(begin, kinds, at, main[i]))


@njit(cache=True, nogil=True)
def _main_script(letters):  # type: ignore[no-untyped-def]
    """The script with the most letters, and how many; Han and kana are one, by the name of Han."""
    best, most = 0, 0
    for script in range(LATIN, len(letters)):
        count = letters[script]
        if script == HAN:
            count += letters[KANA]
        elif script == KANA:
            count = 0
        if count > most:
            best, most = script, count
    return best, most


@njit(cache=True, nogil=True)
def _take(data, begin, end, pieces, classes, weights, out, kinds, at, letters):  # type: ignore[no-untyped-def]
    """Copy pieces from the middles of equal parts of a text, all of it where it is short.

    What stands at the very ends of a page is seldom its story.
    """
    done, part = begin, (end - begin) // pieces
    spare = (part - PIECE_BYTES) // 2
    for piece in range(pieces):
        start = begin + part * piece + spare
        start = done if spare <= 0 or start <= done else _word_start(data, start, end)
        if start >= end:
            break
        done, at = _copy_piece(data, start, end, classes, weights, out, kinds, at, letters)
        out[at], kinds[at] = 32, SPACE
        at += 1
    return at


@njit(cache=True, nogil=True)
def _word_start(data, start, end):  # type: ignore[no-untyped-def]
    """Where the next word begins; the next character, if no space is near."""
    for near in range(start, min(start + _WORD_BYTES, end)):
        if data[near] == 32 or data[near] == 10:
            return near + 1
    while start < end and data[start] & 0xC0 == 0x80:
        start += 1
    return start


@njit(cache=True, nogil=True, inline="always")
def _kind(point, classes):  # type: ignore[no-untyped-def]
    if point < 0x10000:
        return classes[point]
    return HAN if 0x20000 <= point < 0x40000 else SPACE


@njit(cache=True, nogil=True)
def _copy_piece(data, start, end, classes, weights, out, kinds, at, letters):  # type: ignore[no-untyped-def]
    """Copy letters, marks and ASCII signs until there are bytes enough; what is no letter of ours becomes a space.

    Returns:
        The byte of the text to go on from, and of the sample.
    """
    begin, word, word_at, here = at, start, at, start
    while here < end:
        point, after = decode(data, here)
        kind = _kind(point, classes)
        if kind == SPACE or HAN <= kind <= HANGUL:
            if here - start >= PIECE_BYTES:
                break
            word, word_at = after, at + (1 if kind == SPACE else after - here)
        elif here - start >= PIECE_BYTES + _WORD_BYTES:
            break
        elif _is_address(data, word, here, end, point):
            _take_back(data, word, here, classes, weights, letters)
            after = _address_end(data, here, end)
            # An address takes nothing of what a piece may hold.
            at, start, here, word = word_at, start + after - word, after, after
            continue
        if kind > SPACE or (32 < point < 127) or point == 0x2019:
            for k in range(here, after):
                out[at], kinds[at] = data[k], kind
                at += 1
            letters[kind] += weights[kind]
        elif at > begin and kinds[at - 1] != SPACE:
            out[at], kinds[at] = 32, SPACE
            at += 1
        word_at = min(word_at, at)
        here = after
    return here, at


@njit(cache=True, nogil=True, inline="always")
def _is_address(data, word, here, end, point):  # type: ignore[no-untyped-def]
    """Whether a sign within a word makes it an address: `://`, `www.`, an `@` before a letter."""
    if point == 58:
        return here + 2 < end and data[here + 1] == 47 and data[here + 2] == 47
    if point == 64:
        return here + 1 < end and (data[here + 1] | 32) - 97 < 26 and (data[here + 1] | 32) >= 97
    return (
        point == 46 and here - word >= 3 and data[here - 1] == 119 and data[here - 2] == 119 and data[here - 3] == 119
    )


@njit(cache=True, nogil=True)
def _take_back(data, word, here, classes, weights, letters):  # type: ignore[no-untyped-def]
    """Uncount the letters of a word that turns out to be an address."""
    while word < here:
        point, word = decode(data, word)
        kind = _kind(point, classes)
        letters[kind] -= weights[kind]


@njit(cache=True, nogil=True)
def _address_end(data, here, end):  # type: ignore[no-untyped-def]
    """Where an address ends: at a space or, as no space need follow, at the first character of Chinese or the like."""
    while here < end:
        point, after = decode(data, here)
        if point <= 32 or point >= 0x2E80 or point == 0xA0:
            break
        here = after
    return here


@njit(cache=True, nogil=True)
def _keep_script(out, kinds, end, main):  # type: ignore[no-untyped-def]
    """Keep, in place, the letters of the main script with their marks, and ASCII signs; one space for the others."""
    at, kept = 0, True
    for i in range(end):
        kind = kinds[i]
        if kind >= LATIN:
            kept = kind == main
        if kind <= SPACE or kept:
            out[at] = out[i]
            at += 1
        elif at > 0 and out[at - 1] != 32:
            out[at] = 32
            at += 1
    return at
