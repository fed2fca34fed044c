"""Made-up languages for benchmarks: vocabularies in ten scripts, texts as numbers, and their fast writing.

A text is a run of word numbers with a mark on each word that ends a sentence; many texts are one flat array with
offsets. Nothing here loops over words; only the vocabulary, made once, is built of Python strings.

Where no space parts words, a character counts for a share of a word (see `SHARES`), and made-up words are so long that
one counts for one word in the mean: passages of so many words are as long in every language.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

U16 = NDArray[np.uint16]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

N_WORDS = 64_000
"""Word forms of a language; word numbers fit 16 bits."""
DRAWS = 1 << 22
"""Slots of the table that frequencies are drawn from: the rarest of 64,000 words by Zipf's law fills more than one."""
WORD = 100
SHARES = {"CJK": 60, "HIRAGANA": 32, "THAI": 24}
"""Hundredths of a word that a character counts for where no space parts words, by the first word of its Unicode name.

The figures of benchmarks/script_words.py; stated here again, so that the truth takes nothing from the code it judges.
"""


@dataclass(frozen=True)
class Script:
    """How words of a language are spelt: a word is syllables, a syllable one part of each list.

    `shortest` words, the most frequent, have the fewest syllables.
    """

    parts: tuple[Sequence[str], ...]
    syllables: tuple[int, int]
    shortest: int = 60
    space: str = " "
    gap: str = " "
    stop: str = "."


def _span(first: int, last: int) -> tuple[str, ...]:
    """The characters from one code point to another."""
    return tuple(map(chr, range(first, last + 1)))


HAN = _span(0x4E00, 0x4E00 + 2_400)
KANA = tuple("あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん")
THAI = "กขคฆงจฉชซฌญฎฏฐณดตถทธนบปผฝพฟภมยรลวศษสหอฮ"
THAI_ONSETS = [before + consonant for before in ("", "เ", "แ", "โ", "ไ") for consonant in THAI]
# Letters that folding makes alike (ё and е, ى and ي, か and が) are left out, so that two words never fold to one; only
# Thai words can differ by marks alone, which are no tokens.
SCRIPTS = {
    "en": Script(
        ("b c d f g h k l m n p r s t v w st tr ch br".split(), "a e i o u ea ou".split(), ["", "n", "r"]), (1, 4)
    ),
    "ru": Script((list("бвгджзклмнпрстхцчш"), list("аеиоуыюя"), ["", "н", "р", "ст"]), (1, 4)),
    "ar": Script((list("بتثجحخدرزسشصضطعغفقلمنه"), ["", "ا", "و", "ي"]), (2, 5)),
    "fa": Script((list("بپتجچحخدرزژسشصطعغفقکگلمن"), ["", "ا", "و", "ی"]), (2, 5)),
    "he": Script((list("אבגדהזחטילמנסעפצקרשת"), ["", "ו"]), (2, 5)),
    "hi": Script((list("कखगघचछजझटठडढतथदधनपफबभमयरलवशसह"), ["", *"ािीुूेो"], ["", "ं"]), (1, 4), stop="।"),
    "ko": Script((_span(0xAC00, 0xAC00 + 1_800),), (1, 4)),
    "zh": Script((HAN,), (1, 2), shortest=160, space="", gap="", stop="。"),
    "ja": Script((KANA * 16 + HAN[:1_200],), (1, 3), shortest=40, space="", gap="", stop="。"),
    "th": Script((THAI_ONSETS, ["", *"ะาิีึืุู"], ["", *"กงดนบมยว่้"]), (1, 2), shortest=700, space="", stop=""),
}


@dataclass(frozen=True)
class Language:
    """A vocabulary ready for drawing and writing.

    Word number w has the tokens `tokens[starts[w]:starts[w + 1]]`: itself where words are spaced, else its characters.
    `draws` holds word numbers as often as they are frequent; `forms` is every token written in each of 8 styles;
    `shares` is what every token counts for, in hundredths of a word.
    """

    draws: U16
    tokens: U16
    starts: I64
    forms: pa.StringArray
    shares: I64
    spaced: bool


@dataclass(frozen=True)
class Texts:
    """Many texts: text i has `words[offsets[i]:offsets[i + 1]]`; `ends` marks the last word of each sentence."""

    words: U16
    ends: Mask
    offsets: I64

    @property
    def lengths(self) -> I64:
        """Words a text."""
        return np.diff(self.offsets)

    def owners(self) -> I64:
        """The text of each word."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)

    def positions(self) -> I64:
        """The place of each word in its text, from 0."""
        return np.arange(len(self.words)) - np.repeat(self.offsets[:-1], self.lengths)


def offsets_of(lengths: I64) -> I64:
    """Where each run starts, with the end of the last."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def runs(starts: I64, lengths: I64) -> I64:
    """The places starts[i] .. starts[i] + lengths[i] - 1 of every run i, one after another."""
    return np.arange(int(lengths.sum())) + np.repeat(starts - offsets_of(lengths)[:-1], lengths)


def _spell(script: Script, generator: np.random.Generator) -> list[str]:
    """Distinct words, frequent ones short."""
    lowest, highest = script.syllables
    syllables = ["".join(parts) for parts in itertools.product(*script.parts)]
    found: dict[str, None] = {}
    for length in range(lowest, highest + 1):
        added = script.shortest if length == lowest else 9_000
        room = N_WORDS if length == highest else min(N_WORDS, added + len(found))
        while len(found) < room:
            picked = generator.integers(0, len(syllables), (room, length))
            found.update(dict.fromkeys("".join(syllables[i] for i in row) for row in picked.tolist()))
            found = dict.fromkeys(list(found)[:room])
    return list(found)


def share_of(char: str) -> int:
    """What a character counts for where no space parts words; 0 for a vowel sign or another mark, which is no token."""
    if unicodedata.category(char).startswith("M"):
        return 0
    return SHARES[unicodedata.name(char).split()[0]]


def make_language(code: str, *, seed: int = 11) -> Language:
    """The vocabulary of a language of `SCRIPTS`, the same for the same seed."""
    script, generator = SCRIPTS[code], np.random.default_rng([seed, *code.encode()])
    words = _spell(script, generator)
    shares = 1 / np.arange(4, len(words) + 4) ** 0.95
    slots = np.floor(np.cumsum(shares / shares.sum()) * DRAWS).astype(np.int64)
    slots[-1] = DRAWS
    draws = np.repeat(np.arange(len(words), dtype=np.uint16), np.diff(slots, prepend=0))
    pieces = words if script.space else sorted(set("".join(words)))
    number = {piece: i for i, piece in enumerate(pieces)}
    spelt = [[i] for i in range(len(words))] if script.space else [[number[c] for c in word] for word in words]
    forms = [form + after for piece in pieces for form in _styled(script, piece) for after in ("", script.stop)]
    lengths = np.array([len(run) for run in spelt], np.int64)
    tokens = np.array([i for run in spelt for i in run], np.uint16)
    counted = np.array([WORD if script.space else share_of(piece) for piece in pieces], np.int64)
    return Language(draws, tokens, offsets_of(lengths), pa.array(forms, pa.string()), counted, bool(script.space))


def _styled(script: Script, piece: str) -> list[str]:
    """A token as it stands inside a sentence, and as the first of a text, a sentence, a line."""
    great = piece.capitalize()
    return [script.space + piece, great, script.gap + great, "\n" + great]


def draw_texts(language: Language, lengths: I64, generator: np.random.Generator) -> Texts:
    """Texts of words drawn by frequency, in sentences of 8 to 30."""
    offsets = offsets_of(lengths)
    total = int(offsets[-1])
    ends = np.zeros(total, bool)
    cuts = np.cumsum(generator.integers(8, 31, total // 8 + 1))
    ends[cuts[cuts < total]] = True
    ends[offsets[1:][lengths > 0] - 1] = True
    return Texts(language.draws[generator.integers(0, DRAWS, total, dtype=np.uint32)], ends, offsets)


def take(texts: Texts, rows: I64) -> Texts:
    """The texts of some rows."""
    lengths = texts.lengths[rows]
    places = runs(texts.offsets[rows], lengths)
    return Texts(texts.words[places], texts.ends[places], offsets_of(lengths))


def keep(texts: Texts, mask: Mask) -> Texts:
    """The marked words of each text; the last one left ends a sentence."""
    counts = np.concatenate([np.zeros(1, np.int64), np.cumsum(mask, dtype=np.int64)])
    offsets = counts[texts.offsets]
    ends = texts.ends[mask]
    ends[offsets[1:][np.diff(offsets) > 0] - 1] = True
    return Texts(texts.words[mask], ends, offsets)


def join(parts: list[Texts]) -> Texts:
    """Text i of every part, one after another."""
    offsets = offsets_of(sum((part.lengths for part in parts), np.zeros(len(parts[0].offsets) - 1, np.int64)))
    words, ends = np.empty(int(offsets[-1]), np.uint16), np.empty(int(offsets[-1]), bool)
    at = offsets[:-1].copy()
    for part in parts:
        places = runs(at, part.lengths)
        words[places], ends[places] = part.words, part.ends
        at += part.lengths
    return Texts(words, ends, offsets)


def tokens_of(language: Language, texts: Texts) -> Texts:
    """Words as what is written and numbered on its own: a character each where no space parts words."""
    if language.spaced:
        return texts
    sizes = np.diff(language.starts)[texts.words]
    places = runs(language.starts[texts.words], sizes)
    ends = np.zeros(len(places), bool)
    after = offsets_of(sizes)
    ends[after[1:] - 1] = texts.ends
    return Texts(language.tokens[places], ends, after[texts.offsets])


def write_texts(language: Language, texts: Texts, *, sentences_a_line: int = 2) -> pa.StringArray:
    """Texts as strings: capitals and full stops where the language has them, two sentences a line."""
    texts = tokens_of(language, texts)
    done = np.concatenate([np.zeros(1, np.int64), np.cumsum(texts.ends, dtype=np.int64)])
    sentence = done[:-1] - np.repeat(done[texts.offsets[:-1]], texts.lengths)
    starts = np.ones(len(texts.words), bool)
    starts[1:] = texts.ends[:-1]
    style = np.where(starts, np.where(sentence % sentences_a_line == 0, 3, 2), 0)
    style[texts.offsets[:-1][texts.lengths > 0]] = 1
    written = language.forms.take(pa.array(texts.words.astype(np.int64) * 8 + style * 2 + texts.ends))
    lists = pa.ListArray.from_arrays(pa.array(texts.offsets.astype(np.int32)), written)
    return pc.binary_join(lists, "")
