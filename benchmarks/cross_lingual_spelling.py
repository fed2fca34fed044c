"""Made-up names, each of one sound, as the languages of the world write them.

A name is syllables of an onset, a vowel and a coda. Latin letters spell it as it sounds; Cyrillic, Greek, Arabic,
Hebrew, Hangul, katakana, Han, Thai and Devanagari each by their own convention for foreign names: Arabic writes no
short vowels and has no p, Hebrew ends in final letters, katakana and Hangul break up clusters, Han takes a character
a syllable from those that CLDR spells foreign names with. So a name is one name in every language, as real names are,
and as lossy.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from anyascii import anyascii

from syndetect.anchors.tables import transliteration_han

Syllable = tuple[str, str, str]

ONSETS = ("b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "sh", "ch", "")
OFTEN = (7, 6, 3, 4, 4, 3, 8, 8, 9, 7, 4, 9, 8, 7, 5, 2, 3, 2, 4)
VOWELS = ("a", "e", "i", "o", "u")
CODAS = ("", "n", "r", "l", "s", "m", "k", "t", "d")
CODAS_OFTEN = (18, 6, 4, 3, 3, 2, 1, 1, 1)

_LETTERS = {
    "Cyrl": "бдфгхжклмнпрствзшч",
    "Arab": "بدفغهجكلمنبرستفزش چ",
    "Aran": "بدفگهجکلمنپرستوزشچ",
    "Hebr": "בדפגהגקלמנפרסטוזשצ",
    "Thai": "บดฟกฮจคลมนพรสตวซชช",
    "Deva": "बदफगहजकलमनपरसतवजशच",
}
_SPELLED = {
    "Grek": ("μπ", "ντ", "φ", "γκ", "χ", "τζ", "κ", "λ", "μ", "ν", "π", "ρ", "σ", "τ", "β", "ζ", "σ", "τσ", ""),
    **{script: (*letters.replace(" ", ""), "") for script, letters in _LETTERS.items()},
}
_SPELLED["Arab"] = (*_SPELLED["Arab"][:17], "تش", "")
_VOWELS = {
    "Cyrl": ("а", "е", "и", "о", "у"),
    "Grek": ("α", "ε", "ι", "ο", "ου"),
    "Arab": ("ا", "", "ي", "و", "و"),
    "Aran": ("ا", "", "ی", "و", "و"),
    "Hebr": ("", "", "י", "ו", "ו"),
    "Thai": ("{}า", "เ{}", "{}ี", "โ{}", "{}ู"),
    "Deva": ("ा", "े", "ि", "ो", "ु"),
}
_FIRST_VOWELS = {
    "Arab": ("ا", "إ", "إي", "أو", "أو"),
    "Aran": ("آ", "ا", "ای", "او", "او"),
    "Hebr": ("א", "א", "אי", "או", "או"),
    "Deva": ("आ", "ए", "इ", "ओ", "उ"),
}
_FINAL = {"נ": "ן", "מ": "ם", "פ": "ף", "צ": "ץ", "σ": "ς"}
_KANA = {
    "": "アエイオウ", "b": "バベビボブ", "d": "ダデディドドゥ", "f": "ファフェフィフォフ", "g": "ガゲギゴグ",
    "h": "ハヘヒホフ", "k": "カケキコク", "l": "ラレリロル", "m": "マメミモム", "n": "ナネニノヌ", "p": "パペピポプ",
    "r": "ラレリロル", "s": "サセシソス", "v": "バベビボブ", "z": "ザゼジゾズ", "t": "タテティトトゥ",
    "j": "ジャジェジジョジュ", "sh": "シャシェシショシュ", "ch": "チャチェチチョチュ",
}  # fmt: skip
_KANA_CODAS = {"n": "ン", "r": "ル", "l": "ル", "s": "ス", "m": "ム", "k": "ク", "t": "ト", "d": "ド"}
_HANGUL_ONSETS = {
    "g": 0, "n": 2, "d": 3, "r": 5, "l": 5, "m": 6, "b": 7, "v": 7, "s": 9, "sh": 9, "": 11, "j": 12, "z": 12,
    "ch": 14, "k": 15, "t": 16, "p": 17, "f": 17, "h": 18,
}  # fmt: skip
_HANGUL_VOWELS = {"a": 0, "e": 5, "i": 20, "o": 8, "u": 13}
_HANGUL_CODAS = {"": 0, "n": 4, "l": 8, "r": 8, "m": 16, "k": 1}
_HANGUL_AFTER = {"s": "스", "t": "트", "d": "드"}
_HAN_ONSETS = {"r": "l", "v": "w", "j": "j", "": "", "ch": "q"}
_HAN_VOWELS = {"a": ("a", "ya", "ia"), "e": ("e", "ei", "ai"), "i": ("i", "yi", "ei"), "o": ("o", "uo", "ao", "ou"),
               "u": ("u", "wu", "ou")}  # fmt: skip
_HAN_CODAS = {"r": "尔", "l": "尔", "s": "斯", "m": "姆", "k": "克", "t": "特", "d": "德"}


def draw_names(n: int, rng: np.random.Generator, least: int = 2, most: int = 3) -> list[tuple[Syllable, ...]]:
    """Distinct names of `least` to `most` syllables."""
    names: dict[tuple[Syllable, ...], None] = {}
    onset_shares, coda_shares = (np.array(often) / sum(often) for often in (OFTEN, CODAS_OFTEN))
    while len(names) < n:
        size = (n, most)
        onsets = rng.choice(len(ONSETS), size, p=onset_shares).tolist()
        vowels = rng.integers(0, len(VOWELS), size).tolist()
        codas = rng.choice(len(CODAS), size, p=coda_shares).tolist()
        lengths = rng.integers(least, most + 1, n).tolist()
        for row, k in enumerate(lengths):
            parts = zip(onsets[row][:k], vowels[row][:k], codas[row][:k], strict=True)
            names.setdefault(tuple((ONSETS[a], VOWELS[b], CODAS[c]) for a, b, c in parts))
    return list(names)[:n]


def _kana(onset: str, vowel: str) -> str:
    row = _KANA[onset]
    if len(row) == 5:
        return row[VOWELS.index(vowel)]
    parts: list[str] = []  # a small letter belongs to the one before
    for char in row:
        if char in "ァィェォャュョゥ":
            parts[-1] += char
        else:
            parts.append(char)
    return parts[VOWELS.index(vowel)]


def _hangul(syllable: Syllable) -> str:
    onset, vowel, coda = syllable
    code = 0xAC00 + (_HANGUL_ONSETS[onset] * 21 + _HANGUL_VOWELS[vowel]) * 28 + _HANGUL_CODAS.get(coda, 0)
    return chr(code) + _HANGUL_AFTER.get(coda, "")


@lru_cache(maxsize=1)
def _han_by_sound() -> dict[str, str]:
    found: dict[str, str] = {}
    for char in sorted(transliteration_han()):
        found.setdefault("".join(c for c in anyascii(char).lower() if "a" <= c <= "z"), char)
    return found


@lru_cache(maxsize=2048)
def _han(syllable: Syllable) -> str:
    onset, vowel, coda = syllable
    known, first = _han_by_sound(), _HAN_ONSETS.get(onset, onset)
    nasal = [first + v + "n" for v in _HAN_VOWELS[vowel]] if coda == "n" else []
    for sound in [*nasal, *(first + v for v in _HAN_VOWELS[vowel])]:
        if sound in known:
            return known[sound] + (_HAN_CODAS.get(coda, "") if not sound.endswith("n") else "")
    near = min((sound for sound in known if sound.startswith(first)), default="a", key=len)
    return known[near] + _HAN_CODAS.get(coda, "")


def _by_letters(name: tuple[Syllable, ...], script: str) -> str:
    consonants, vowels, out = _SPELLED[script], _VOWELS[script], ""
    for place, (onset, vowel, coda) in enumerate(name):
        letter, v = consonants[ONSETS.index(onset)], VOWELS.index(vowel)
        if not letter and script in _FIRST_VOWELS and (place == 0 or script == "Deva"):
            out += _FIRST_VOWELS[script][v]
        elif script == "Thai":
            out += vowels[v].format(letter or "อ")
        else:
            out += letter + vowels[v]
        out += consonants[ONSETS.index(coda)] + ("์" if script == "Thai" and coda in ("r", "l", "s") else "")
    return out[:-1] + _FINAL.get(out[-1], out[-1]) if script in ("Hebr", "Grek") else out


def spell(name: tuple[Syllable, ...], script: str) -> str:
    """A name in a script (ISO 15924; Aran for Persian and Urdu, Jpan, Hans, Kore), lower case where there is case."""
    if script == "Latn":
        return "".join(map("".join, name))
    if script == "Jpan":
        return "".join(_kana(onset, vowel) + _KANA_CODAS.get(coda, "") for onset, vowel, coda in name)
    if script == "Kore":
        return "".join(map(_hangul, name))
    if script == "Hans":
        return "".join(map(_han, name))
    return _by_letters(name, script)
