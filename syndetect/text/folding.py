"""What a character is treated as when texts are compared: one table over all of Unicode.

A character is read as its compatibility decomposition in lower case (Unicode's NFKD and full case folding), and then
accents, vowel points, letter variants and native digits are made alike; invisible characters vanish; what is no
letter, digit or mark ends a word. Characters of scripts that put no space between words are words of their own, with
the marks that belong to them dropped. `fold_expansions` has what follows the first character where one stands for
several (ß, æ, ligatures). Every departure from Unicode's own folding is named in tests/test_text.py.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from syndetect.schema import I64, U8, U32, Bools

TABLE_SIZE = 0x30000
SEPARATOR, SKIP = 0, 1
"""Values of the fold table below any letter: what ends a word, what vanishes from it."""
SINGLE = 0x8000_0000
"""Bit of the fold table: this character is a word of its own."""
EXPANDS = 0x4000_0000
"""Bit of the kernels' fold table: the rest is the row of `Folding.rows` that has the characters this one stands for."""
LONGEST_TAIL = 3
"""Characters an expansion adds at most; what is longer is cut."""

Ranges = tuple[tuple[int, int], ...]

SPACELESS: Ranges = (
    (0x0E01, 0x0EDF), (0x1000, 0x109F), (0x1780, 0x17FF),  # Thai and Lao, Myanmar, Khmer
    (0x1950, 0x19DF), (0x1A20, 0x1AAF), (0x1B00, 0x1B7F),  # Tai Le and New Tai Lue, Tai Tham, Balinese
    (0x3005, 0x3007), (0x3021, 0x3029), (0x3031, 0x303C),  # 々 〆 〇, numerals, repeat marks
    (0x3041, 0x30FF), (0x3105, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF),  # kana, bopomofo
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA48F),  # Han, Yi
    (0xA980, 0xA9FF), (0xAA60, 0xAADF),  # Javanese, Myanmar extended, Tai Viet
    (0xFA0E, 0xFA29),  # twelve of the compatibility block are unified ideographs
    (0x16FE0, 0x18DFF), (0x1AFF0, 0x1B2FF), (0x20000, 0x2FFFF),  # Tangut and Khitan, old kana and Nushu, Han
)  # fmt: skip
"""Scripts without spaces: line breaking classes SA and ID of Unicode (UAX #14), Javanese and Balinese."""

DROPPED_MARKS: Ranges = (
    (0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),  # of any script
    (0x0483, 0x0489), (0x2DE0, 0x2DFF), (0xA66F, 0xA67D), (0xA69E, 0xA69F),  # Cyrillic
    (0x0591, 0x05C7), (0xFB1E, 0xFB1E),  # Hebrew points
    (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED), (0x0898, 0x089F), (0x08CA, 0x08FF),
    (0x0711, 0x0711), (0x0730, 0x074A),  # Arabic (above) and Syriac points
    (0x093C, 0x093C), (0x09BC, 0x09BC), (0x0A3C, 0x0A3C), (0x0ABC, 0x0ABC), (0x0B3C, 0x0B3C), (0x0C3C, 0x0C3C),
    (0x0CBC, 0x0CBC), (0x110BA, 0x110BA),  # nukta: left out by half of the writers
    (0x135D, 0x135F),  # Ethiopic gemination
    (0x180B, 0x180F), (0xFE00, 0xFE0F),  # variation selectors
    (0x302A, 0x302F), (0x3099, 0x309A),  # tone and voicing marks of kana and Han
)  # fmt: skip
"""Marks that are dropped, besides all marks of scripts without spaces: optional in practice, or parted by NFD."""

VANISHING_LETTERS = "\u0640\u06e5\u06e6\u07fa\u115f\u1160\u180a"
"""Letters by name that show nothing of their own: tatweel and its like, Quranic small letters, Hangul fillers."""

APOSTROPHES = "ʹʺʻʼʽʾʿˈˮߴߵꞋꞌ\u055a"
"""Letters by name that look like an apostrophe, for which they are exchanged: мʼята, oʻzbek. They part words as it."""

TRADE_MARKS = "℠™🅪🅫🅬"
"""Signs that Unicode spells in letters, but no writer does."""

ALIKE = {
    "ة": "ه", "ۃ": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ى": "ي", "ی": "ي", "ے": "ي", "ۍ": "ي", "ک": "ك", "ګ": "گ",
    "ٱ": "ا",  # Arabic letters that keyboards exchange; those with hamza or madda are decomposed
    "ı": "i", "ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y",  # left off like accents
    "ऀ": "ं", "ँ": "ं",  # Devanagari candrabindu and anusvara
}  # fmt: skip
"""Letters that writers of one language exchange, and Unicode keeps apart."""

SPELLED = {
    "æ": "ae", "œ": "oe",
    "ൺ": "ണ്", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "ൿ": "ക്", "ൔ": "മ്", "ൕ": "യ്", "ൖ": "ഴ്",
    "ৎ": "ত্",
}  # fmt: skip
"""Letters that are also spelled as several: ligatures, Malayalam chillus and Bengali khanda ta (before Unicode 5.1)."""

_SYLLABLE = re.compile("[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?")
"""A Korean syllable as its letters."""

_PLAIN: Ranges = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4), (0x20000, 0x2F800))
"""Han and Hangul syllables, which are treated as themselves."""


def mask_of(ranges: Ranges) -> Bools:
    """The ranges, ends included, as a mask over the characters below TABLE_SIZE."""
    mask = np.zeros(TABLE_SIZE, np.bool_)
    for low, high in ranges:
        mask[low : high + 1] = True
    return mask


def _others() -> list[int]:
    """The characters that have to be looked at one by one: not Han, Hangul syllables, surrogates, private use."""
    ends = [(0, 0x3400), (0x4DC0, 0x4E00), (0xA000, 0xAC00), (0xD7B0, 0xD800), (0xF900, 0x20000), (0x2F800, 0x2FA20)]
    return [point for low, high in ends for point in range(low, high)]


def _atoms(points: list[int], categories: list[str]) -> U32:
    """What each character that can't be decomposed is treated as."""
    values = np.zeros(TABLE_SIZE, np.uint32)
    for low, high in _PLAIN:
        values[low:high] = np.arange(low, high)
    kinds, at = np.array(categories), np.array(points)
    major = kinds.astype("U1")
    lettered = at[np.isin(major, ["L", "N", "M"])]
    values[lettered] = lettered
    for old, new in ALIKE.items():
        values[ord(old)] = ord(new)
    for point in at[kinds == "Nd"].tolist():
        values[point] = ord("0") + unicodedata.decimal(chr(point))
    spaceless = mask_of(SPACELESS)
    single = spaceless & (values > ord("9"))
    values[single] |= np.uint32(SINGLE)
    marks = at[major == "M"]
    values[marks[mask_of(DROPPED_MARKS)[marks] | spaceless[marks]]] = SKIP
    values[at[kinds == "Cf"]] = SKIP
    values[[ord(char) for char in VANISHING_LETTERS]] = SKIP
    values[[ord(char) for char in APOSTROPHES]] = SEPARATOR
    return values


def _decompose(points: list[int]) -> str:
    """The characters decomposed, in lower case and spelled out, a line a character.

    All at once, since a call a character takes five times as long. A line feed is not changed by any step, and no
    step looks past it.
    """
    text = "\n".join(map(chr, points))
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = _SYLLABLE.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
    for char, spelled in SPELLED.items():
        text = text.replace(char, spelled)
    return text


def _settle(values: list[int]) -> list[int]:
    """One separator for several, at most LONGEST_TAIL + 1 in all."""
    kept = [v for at, v in enumerate(values) if v != SEPARATOR or at == 0 or values[at - 1] != SEPARATOR]
    return kept[: LONGEST_TAIL + 1]


@lru_cache(maxsize=1)
def _tables() -> tuple[U32, U32, U32]:
    """The fold table, the characters that expand, and their tails."""
    points = _others()
    categories = [unicodedata.category(chr(point)) for point in points]
    atoms = _atoms(points, categories)
    table = atoms.copy()
    worth = [p for p, c in zip(points, categories, strict=True) if c[0] in "LNMS" and chr(p) not in TRADE_MARKS]
    read = np.frombuffer(_decompose(worth).encode("utf-32-le"), np.uint32)
    ends = read == ord("\n")
    owner: I64 = np.cumsum(ends)
    values = atoms[read]
    kept = ~ends & (values != SKIP)
    owner, values = owner[kept], values[kept]
    at = np.array(worth)
    table[at] = SKIP
    owners, firsts, counts = np.unique(owner, return_index=True, return_counts=True)
    table[at[owners]] = values[firsts]
    many = np.flatnonzero(counts > 1).tolist()
    runs = {int(at[owners[i]]): _settle(values[firsts[i] : firsts[i] + counts[i]].tolist()) for i in many}
    runs = {point: run for point, run in runs.items() if len(run) > 1}
    tails = np.full((len(runs), LONGEST_TAIL), SKIP, np.uint32)
    for row, run in enumerate(runs.values()):
        tails[row, : len(run) - 1] = run[1:]
    return table, np.array(list(runs), np.uint32), tails


def fold_table() -> U32:
    """The fold table: for each character below U+30000 SEPARATOR, SKIP, or its folded form (with bit SINGLE)."""
    return _tables()[0]


def fold_expansions() -> tuple[U32, U32]:
    """What follows a character's value in the fold table, where it stands for several (ß, æ, ﬁ, ﻻ, two-part vowels).

    Returns:
        points: (n,) the characters, ascending.
        tails: (n, LONGEST_TAIL) values like those of the fold table, filled up with SKIP. SEPARATOR and SINGLE occur:
            a character gives up to four words, and takes three bytes or more where it gives over two.
    """
    return _tables()[1:]


WORD = 100
SHARES = np.array([WORD, 60, 32, 29, 25, 24], np.int64)
"""What words of each class count for, in hundredths of a word: class 0 are words of letters, the others characters that
are words of their own.

From benchmarks/script_words.py on 58 news documents in parallel: one-character words without their marks, for words in
English, German and Russian. Han has the Chinese figure in Japanese too, where kana take the rest. Scripts that were not
measured have the figure of the measured script nearest in kind.
"""
_CLASS_BLOCKS: tuple[tuple[tuple[int, ...], int], ...] = (
    ((0x30, 0x31, 0x1AF, 0x1B0, 0x1B1), 2),  # kana; bopomofo
    ((0x10, 0xA9, 0xAA), 3),  # Myanmar; Javanese, Tai Viet
    ((0x17, 0x19, 0x1A, 0x1B), 4),  # Khmer; Tai Le, New Tai Lue, Tai Tham, Balinese
    ((0x0E,), 5),  # Thai, Lao
)


class Folding(NamedTuple):
    """The tables as a kernel reads them.

    `table`: (TABLE_SIZE,) the fold table, but EXPANDS | row where a character stands for several; `rows`: (n, 4) those;
    `classes`: (TABLE_SIZE >> 8,) the class (see SHARES) of one-character words, by folded character >> 8.
    """

    table: U32
    rows: U32
    classes: U8


@lru_cache(maxsize=1)
def folding() -> Folding:
    """The fold table and what belongs to it, made once a process."""
    table, points, tails = _tables()
    rows = np.column_stack([table[points], tails])
    table = table.copy()
    table[points] = EXPANDS | np.arange(len(points), dtype=np.uint32)
    classes = np.ones(TABLE_SIZE >> 8, np.uint8)
    for blocks, number in _CLASS_BLOCKS:
        classes[list(blocks)] = number
    return Folding(table, rows, classes)
