"""Texts → a sample of the letters of each in its main script, with how many letters of each script it has.

Pieces spread evenly over a text stand for all of it, so that a menu in English above an Arabic article does not speak
for the article. Addresses, digits, control characters and the letters of other scripts than the main one are left out,
so that names in Latin letters do not speak for a Russian text. Letters are counted by arrays of code points, a few
thousand texts at a time: a compiled kernel is twice as fast, but would have every worker that parses pages load numba.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np
import polars as pl

from syndetect.schema import I64, U8, U32

PIECES = 5
PIECE_CHARS = 64
"""Five pieces of 64 characters: benchmarks/languages.py finds as many documents right with them as with the whole text
(closely related languages are given more, see language.py); the detector's time grows with what it is given."""
_MIXED_PIECES = 25
"""Taken where the five show a second script: few pieces of a page tell badly what most of it is in."""
_MIXED_SHARE = 0.15
_WORD_CHARS = 40
"""A piece begins after a space where one is that near."""
_BATCH = 1_000
_ADDRESS = re.compile(r"(?:[A-Za-z0-9+.-]*://|www\.|[\w.+-]*@(?=[A-Za-z]))[^\s\u2e80-\uffff]*")
"""An address ends at a space or, as no space need follow, at the first character of Chinese or the like."""

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
    """The class of each code point below U+10000, and of those above."""
    classes = np.zeros(0x10001, np.uint8)
    classes[0x10000] = SPACE
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
    parts: list[bytes] = []
    letters = np.zeros((len(texts), N_SCRIPTS), np.int64)
    for begin in range(0, len(texts), _BATCH):
        rows = zip(texts[begin : begin + _BATCH].to_list(), titles[begin : begin + _BATCH].to_list(), strict=True)
        pairs = [(text or "", title or "") for text, title in rows]
        chosen = [_pieces(text, title, pieces) for text, title in pairs]
        points, ends, classes, counts = _counted(chosen)
        mixed = np.flatnonzero(_main(counts)[1] < (1 - _MIXED_SHARE) * counts.sum(axis=1)).tolist()
        if mixed and pieces < _MIXED_PIECES:
            for row in mixed:
                chosen[row] = _pieces(*pairs[row], _MIXED_PIECES)
            points, ends, classes, counts = _counted(chosen)
        letters[begin : begin + len(chosen)] = counts
        parts += _in_main_script(points, ends, classes, counts)
    main, most = _main(letters)
    ends_in_bytes = [0, *accumulate(map(len, parts))]
    return Samples(b"".join(parts), ends_in_bytes, letters, main.tolist(), most.tolist())


def _pieces(text: str, title: str, pieces: int) -> str:
    """Pieces from the middles of equal parts of a text, all of it where it is short, and one of its title.

    What stands at the very ends of a page is seldom its story.
    """
    part = len(text) // pieces
    spare = (part - PIECE_CHARS) // 2
    if spare > 0:
        starts = range(spare, part * pieces, part)
        begins = [_word_start(text, start) for start in starts]
        text = " ".join([text[begin : begin + PIECE_CHARS] for begin in begins])
    chosen = f"{text} {title[:PIECE_CHARS]}" if title else text
    return _ADDRESS.sub(" ", chosen) if "//" in chosen or "@" in chosen or "www." in chosen else chosen


def _word_start(text: str, start: int) -> int:
    """Behind the next space, if one is near."""
    return text.find(" ", start, start + _WORD_CHARS) + 1 or start


def _counted(chosen: list[str]) -> tuple[U32, I64, U8, I64]:
    """The code points of all texts, how many each has, their classes, and the letters of each script in each text."""
    points = np.frombuffer("".join(chosen).encode("utf-32-le"), "<u4")
    lengths = np.fromiter(map(len, chosen), np.int64, len(chosen))
    classes = _classes()[np.minimum(points, 0x10000)]
    classes[(points >= 0x20000) & (points < 0x40000)] = HAN
    cells = np.repeat(np.arange(len(chosen)) * N_SCRIPTS, lengths) + classes
    counts = np.bincount(cells, minlength=len(chosen) * N_SCRIPTS).reshape(-1, N_SCRIPTS)
    return points, lengths, classes, counts * WEIGHTS


def _main(letters: I64) -> tuple[I64, I64]:
    """Of each text the script with the most letters, and how many; Han and kana are one, by the name of Han."""
    scores = letters.copy()
    scores[:, HAN] += scores[:, KANA]
    scores[:, KANA] = 0
    return scores.argmax(axis=1), scores.max(axis=1, initial=0)


def _in_main_script(points: U32, lengths: I64, classes: U8, letters: I64) -> list[bytes]:
    """Each text with spaces for all but the letters of its main script, marks and ASCII signs; none where settled."""
    main, _ = _main(letters)
    kept = (classes == np.repeat(main, lengths)) | (points == ord("’"))
    kept |= (classes == NO_LETTER) & (points > 32) & (points < 127)
    # A mark goes with the letter before it: vowel signs of Burmese alone would make a Malay page Burmese.
    kept = kept[np.maximum.accumulate(np.where(classes == MARK, 0, np.arange(len(classes))))]
    text = np.where(kept, points, np.uint32(32)).tobytes().decode("utf-32-le")
    ends = [0, *accumulate(lengths.tolist())]
    is_settled = _IS_SETTLED[main].tolist()
    return [b"" if is_settled[i] else text[ends[i] : ends[i + 1]].encode() for i in range(len(main))]
