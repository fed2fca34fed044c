"""What the kernel looks up of characters: classes, folds and sounds; and the affixes that are no part of a name.

Made on first use from data/anchors/: transliteration_han.txt, which benchmarks/make_anchor_data.py writes from CLDR,
and affixes.tsv.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
import polars as pl
from anyascii import anyascii

from syndetect.anchors import kinds
from syndetect.schema import I32, U8, U32, U64
from syndetect.text import SINGLE, TABLE_SIZE, fold_table, hash_runs

DATA = resources.files("syndetect") / "data" / "anchors"

LANGUAGE_ALIASES = {"nb": "no", "tl": "fil", "iw": "he", "in": "id", "ji": "yi", "mo": "ro", "sh": "sr", "cmn": "zh"}
"""Language codes in use beside the one that CLDR files a language under."""

_SOUNDS = {
    "ا": "a", "آ": "a", "أ": "a", "إ": "a", "ع": "a", "א": "a", "ע": "a", "ו": "w", "و": "w", "ۆ": "w",
    "ב": "b", "פ": "p", "ッ": "", "ー": "", "χ": "kh", "Χ": "kh", "х": "kh", "ъ": "", "ь": "", "ё": "o",
    "č": "ch", "ć": "ch", "ç": "ch", "š": "sh", "ş": "sh", "ș": "sh", "ś": "sh", "ž": "zh", "ź": "zh", "ż": "zh",
    "ř": "r", "ğ": "", "ł": "l", "đ": "d", "ñ": "n", "ń": "n",
}  # fmt: skip
"""Where anyascii keeps the letter and loses the sound, or writes nothing for what stands for a vowel. Bet and pe are
read in two ways, which are one sound here, but for the m before them: טראמפ is Trump."""

_PINYIN = (("zh", "s"), ("ch", "s"), ("sh", "s"), ("x", "s"), ("q", "s"), ("c", "s"), ("z", "s"), ("j", "s"))


UNSPACED = ((0x0E00, 0x1000), (0x1780, 0x1800))
"""Thai, Lao and Tibetan; Khmer. Not Burmese: half of the web writes its signs in an order and by codes of its own."""
_BEFORE = ("SARA E", "SARA AE", "SARA O", "SARA AI", "VOWEL SIGN E", "VOWEL SIGN EI", "VOWEL SIGN O", "VOWEL SIGN AI",
           "VOWEL SIGN AY")  # fmt: skip


@dataclass(frozen=True)
class Characters:
    """By code point: class, script, folded letter, and its sounds as sounds[sound_from[c]:sound_from[c + 1]]."""

    classes: U8
    scripts: U8
    folds: U32
    sound_from: I32
    sounds: U8


def _script(char: str, name: str) -> int:
    for prefix, script in (
        ("LATIN", kinds.LATIN), ("CYRILLIC", kinds.CYRILLIC), ("GREEK", kinds.GREEK), ("ARABIC", kinds.ARABIC),
        ("HEBREW", kinds.HEBREW), ("ARMENIAN", kinds.ARMENIAN), ("FULLWIDTH LATIN", kinds.LATIN),
    ):  # fmt: skip
        if name.startswith(prefix):
            return script
    return kinds.OTHER


def _class(point: int, fold: int) -> int:
    char = chr(point)
    category = unicodedata.category(char)
    if category == "Sc":
        return kinds.SYMBOL
    if fold < 2:
        return fold
    if category == "Nd":
        return kinds.DIGIT
    if category in ("Lu", "Lt"):
        return kinds.UPPER
    return kinds.SINGLE if fold & SINGLE else kinds.LOWER


def _sound(char: str, *, han: bool = False) -> bytes:
    sound = _SOUNDS.get(char)
    if sound is None:
        sound = _SOUNDS.get(char.lower())
    if sound is None:
        sound = "".join(c for c in anyascii(char).lower() if "a" <= c <= "z")
        if han:
            for spelled, spoken in _PINYIN:
                if sound.startswith(spelled):
                    sound = spoken + sound[len(spelled) :]
                    break
            sound = "r" if sound == "er" else sound.removesuffix("g") if sound.endswith("ng") else sound
    return sound.encode()


@lru_cache(maxsize=1)
def transliteration_han() -> frozenset[str]:
    """Han characters that spell foreign names."""
    return frozenset((DATA / "transliteration_han.txt").read_text(encoding="utf-8").strip())


def _mark_vowels(folds: U32, classes: U8, sounds: list[bytes]) -> None:
    """In scripts without spaces a sign on a character tells words apart: it is kept, and sounds as a vowel or nasal."""
    for low, high in UNSPACED:
        for point in range(low, high):
            name = unicodedata.name(chr(point), "")
            if folds[point] == kinds.SKIP and name:
                classes[point] = kinds.MARK
                sounds[point] = b"m" if "NIKAHIT" in name or "NIGGAHITA" in name or "ANUSVARA" in name else b""
                sounds[point] = b"a" if "VOWEL SIGN" in name or "SARA" in name or "HAN-AKAT" in name else sounds[point]
            elif "SARA" in name or "VOWEL SIGN" in name:
                # Written before the consonant that it follows in speech, or within a word.
                sounds[point] = b"" if any(letter in name for letter in _BEFORE) else b"a"
            elif "O ANG" in name or name == "LAO LETTER O":
                sounds[point] = b"a"


@lru_cache(maxsize=1)
def characters() -> Characters:
    """Classes, scripts, folds and sounds of all characters below U+30000."""
    folds = fold_table().copy()
    classes, scripts = np.zeros(TABLE_SIZE, np.uint8), np.zeros(TABLE_SIZE, np.uint8)
    sounds: list[bytes] = [b""] * TABLE_SIZE
    for low, high in ((0x20, 0x3400), (0xA000, 0xAC00), (0xF900, 0x11000), (0x1D400, 0x1D800)):
        for point in range(low, high):
            fold = int(folds[point])
            classes[point] = _class(point, fold)
            if classes[point] == kinds.SYMBOL:
                folds[point] = point
            if fold >= 2:
                scripts[point] = _script(chr(point), unicodedata.name(chr(point), ""))
                sounds[point] = _sound(chr(point))
    _mark_vowels(folds, classes, sounds)
    for point in range(0xAC00, 0xD7A4):
        sounds[point] = _sound(chr(point))
        if (point - 0xAC00) % 28 in (19, 20):  # s closes a syllable as t: 로버트, 브렛
            sounds[point] = sounds[point].rstrip(b"s") + b"t"
    classes[0xAC00:0xD7A4], scripts[0xAC00:0xD7A4] = kinds.LOWER, kinds.HANGUL
    for low, high in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x30000)):
        classes[low:high], scripts[low:high] = kinds.HAN, kinds.CJK
    for char in transliteration_han():
        sounds[ord(char)] = _sound(char, han=True)
    for low, high in ((0x30A1, 0x30FB), (0x30FC, 0x3100), (0x31F0, 0x3200), (0xFF66, 0xFF9E)):
        classes[low:high], scripts[low:high] = kinds.KATAKANA, kinds.CJK
    folds &= np.uint32(~np.uint32(SINGLE))
    bounds = np.zeros(TABLE_SIZE + 1, np.int32)
    np.cumsum([len(sound) for sound in sounds], out=bounds[1:])
    return Characters(classes, scripts, folds, bounds, np.frombuffer(b"".join(sounds) + b"\0", np.uint8))


@lru_cache(maxsize=1)
def affixes() -> tuple[I32, U32]:
    """Clitics and particles, folded.

    Returns:
        rows: (n, 4) script, 1 for a suffix, first and last letter in `letters`; longest first.
        letters: Folded code points.
    """
    folds = characters().folds
    scripts = {"Arabic": kinds.ARABIC, "Hebrew": kinds.HEBREW, "Hangul": kinds.HANGUL}
    lines = (DATA / "affixes.tsv").read_text(encoding="utf-8").splitlines()
    table = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    rows: list[tuple[int, int, int, int]] = []
    letters: list[int] = []
    for script, side, affix in sorted(table, key=lambda row: (-len(row[2]), row)):
        rows.append((scripts[script], int(side == "suffix"), len(letters), len(letters) + len(affix)))
        letters.extend(int(folds[ord(char)]) for char in affix)
    return np.array(rows, np.int32).reshape(-1, 4), np.array(letters, np.uint32)


def language_hashes(languages: pl.Series) -> U64:
    """A number for each language code; 0 for none. Regions and scripts after a hyphen do not count."""
    codes = languages.fill_null("").str.split("-").list.first().str.to_lowercase().replace(LANGUAGE_ALIASES)
    distinct = codes.unique(maintain_order=True)
    raw = [code.encode() for code in distinct]
    bounds = np.cumsum([0, *map(len, raw)]).astype(np.int64)
    hashes = hash_runs(np.frombuffer(b"".join(raw) or b"\0", np.uint8), bounds)
    hashes = np.where((distinct == "").to_numpy(), np.uint64(0), hashes)
    found: U64 = hashes[codes.cast(pl.Enum(distinct)).to_physical().to_numpy()].astype(np.uint64)
    return found
