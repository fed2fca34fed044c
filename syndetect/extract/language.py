"""Which language a text is in: by its script where one language writes that, else by pycld2 and a second look.

Texts, their titles and what the input says → ISO 639-1 codes (639-3 where there is none), NULL where it can't be told.
A page in several languages is in that of most of its letters. Under 20 letters nothing is told: what the input says is
kept, for it is the site's word and not a guess from a name or two, unless it is written in other letters; else the
language is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import polars as pl
import pycld2
from babel.core import get_global

from syndetect.extract.close_languages import (
    among_neighbours,
    by_alphabet,
    by_small_words,
    is_close,
    small_words,
    words_of,
)
from syndetect.extract.scripts import CYRILLIC, HAN, KANA, LATIN, NO_LETTER, SETTLED, Samples, sample

LEAST_LETTERS = 20
"""Fewer letters tell no language: they are a name, a heading, a phrase on loan. A Han character stands for
three letters, a kana and a Hangul syllable for two (scripts.WEIGHTS), so 7 and 10 of them are enough."""
SURE_LETTERS = 200
"""From so many letters on foreign names no longer outweigh a text's own words, and the detector's word is taken."""
_KANA_SHARE = 0.08
"""Of Han and kana together; Japanese prose has .4 to .6, Chinese at most a の in a brand."""
_MORE_PIECES = 25
"""For languages that few words tell apart, and for pages in two: some 2,500 letters."""
_ALL_PIECES = 10_000
"""So many that nothing lies between them."""
_ACCENTED = re.compile(rb"[\xc3-\xca\xe1]")  # the first byte of Latin letters beyond ASCII
_FEW_ACCENTED = 3
"""More of these in 320 letters of English than names bring."""
_ALONE_BELOW, _TWO_FROM = 10, 20
"""Percent of a text that pycld2 may give to another language before more, or all, of it is looked at."""

_CODES = {"jw": "jv", "sh": "sr", "nb": "no", "arb": "ar", "per": "fa"}
"""What CLDR's aliases lack or name otherwise than ISO 639 users do."""
_UNKNOWN = frozenset(("und", "un", "unk", "xxx", "mul", "zxx", "mis"))
_ASK = "?"
_LEAST_PLAIN = 15
"""Characters of words without a capital that are worth a second question."""


def language_of(text: str, hint: str | None = None) -> str | None:
    """The language of one text; see `languages`."""
    clean = text.encode("utf-8", "replace").decode()
    return str(told) if (told := languages(pl.Series([clean]), None, [hint])[0]) is not None else None


def languages(texts: pl.Series, titles: pl.Series | None, hints: list[str | None]) -> pl.Series:
    """The language of each text with its title, in ISO 639-1 (639-3 where there is none), NULL if it can't be told.

    Args:
        texts: The texts; addresses in them are passed over.
        titles: Their titles.
        hints: The codes that the input gives. They count where a text has under 20 letters, where its words do not
            tell, and for one of two close languages (Croatian and Bosnian) unless its words say another.
    """
    titles = pl.repeat(None, len(texts), dtype=pl.String, eager=True) if titles is None else titles
    samples = sample(texts, titles)
    found = _by_script(samples)
    asked = [i for i, told in enumerate(found) if told == _ASK]
    for i, told in enumerate(found):
        if told is None:
            hint = code_of(hints[i])
            # A template that says "en" of every page is wrong of a page in other letters.
            found[i] = hint if samples.main[i] in (LATIN, NO_LETTER) or hint not in _in_latin() else None
    more = []
    for i in asked:
        text = samples.text(i)
        guess = _detect(text)
        if samples.n_letters[i] < SURE_LETTERS:
            found[i] = _second_look(samples, i, guess, code_of(hints[i]))
        elif guess.is_sure and guess.second_share < _ALONE_BELOW and not (is_close(guess.named) or _odd(guess, text)):
            found[i] = guess.named
        else:
            more.append(i)
    for pieces in (_MORE_PIECES, _ALL_PIECES):
        samples = sample(texts.gather(more), titles.gather(more), pieces=pieces)
        several = []
        for n, i in enumerate(more):
            guess = _detect(samples.text(n))
            found[i] = _second_look(samples, n, guess, code_of(hints[i]))
            if guess.second_share >= _TWO_FROM:
                several.append(i)
        more = several
    return pl.Series(found, dtype=pl.String)


def _by_script(samples: Samples) -> list[str | None]:
    """What the script alone tells; None for too few letters, _ASK where several languages write it."""
    kana, han = samples.letters[:, KANA].tolist(), samples.letters[:, HAN].tolist()
    found: list[str | None] = []
    for i, (main, n_letters) in enumerate(zip(samples.main, samples.n_letters, strict=True)):
        if n_letters < LEAST_LETTERS:
            found.append(None)
        elif main == HAN:
            found.append("ja" if kana[i] >= _KANA_SHARE * (kana[i] + han[i]) else "zh")
        else:
            found.append(SETTLED[main] or _ASK)
    return found


class _Guess(NamedTuple):
    """What pycld2 says: the language of most of a text, whether it is sure, the percent of the next, all it named."""

    named: str | None
    is_sure: bool
    second_share: int
    all_named: tuple[str, ...]


def _odd(guess: _Guess, text: bytes) -> bool:
    """Whether English has more accents than names bring: the menu around a story in another language."""
    return guess.named == "en" and not text.isascii() and len(_ACCENTED.findall(text)) >= _FEW_ACCENTED


def _detect(text: bytes) -> _Guess:
    is_sure, _, ((_, first, _, _), (_, second, share, _), (_, third, _, _)) = pycld2.detect(
        text, isPlainText=True, bestEffort=True
    )
    named = _detected(first)
    return _Guess(named, is_sure and named is not None, share, (first, second, third))


def _second_look(samples: Samples, row: int, guess: _Guess, hint: str | None) -> str | None:
    """The language of a short or uncertain text, of one in two languages, or in one of some close ones."""
    named, is_sure, script = guess.named, guess.is_sure, samples.main[row]
    text = samples.text(row).decode()
    if script == CYRILLIC:
        named = by_alphabet(text, named, is_sure=is_sure)
    elif script == LATIN and samples.n_letters[row] < SURE_LETTERS:
        words = words_of(text)
        if named == "en" or not is_sure:
            named = _without_names(text, words, named)
        named = by_small_words(words, named, is_sure=is_sure)
    if hint and not is_sure and (named is None or hint in map(_detected, guess.all_named)):
        named = hint
    return among_neighbours(words_of(text), named, hint) if script == LATIN and named and is_close(named) else named


def _without_names(text: str, words: list[str], named: str | None) -> str | None:
    """What the words without a capital are in, unless the small words are English: names are in no language."""
    plain = " ".join(word for word in text.split() if word.islower())
    if len(plain) < _LEAST_PLAIN:
        return named
    again = _detect(plain.encode()).named
    scores = small_words(words)
    return again if again and (scores[again] >= scores["en"] or not scores[again]) else named


def code_of(raw: str | None) -> str | None:
    """A language code as inputs and detectors write it → ISO 639-1, or 639-3; None for none."""
    return _code_of(raw) if raw else None


@lru_cache(maxsize=4096)
def _code_of(raw: str) -> str | None:
    first = re.split(r"[\s,;\n]", raw.strip(), maxsplit=1)[0].replace("_", "-")
    code = first.split("-")[0].lower()
    code = _CODES.get(code) or _aliases().get(code, code)
    code = _CODES.get(code, code.split("-")[0].split("_")[0])
    known = 2 <= len(code) <= 3 and code.isascii() and code.isalpha()
    return code if known and code not in _UNKNOWN else None


@lru_cache(maxsize=1)
def _in_latin() -> frozenset[str]:
    """The languages that are written in Latin letters as a rule, by CLDR."""
    tags: Mapping[str, str] = get_global("likely_subtags")
    return frozenset(tag for tag, likely in tags.items() if "_Latn" in likely and tag.isalpha())


def _detected(code: str) -> str | None:
    # pycld2 knows Kurdish in Arabic letters only: Central Kurdish, which has no code of two letters.
    return "ckb" if code == "ku" else code_of(code)


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    """Old, three-letter and alternative codes by CLDR: iw → he, eng → en."""
    return dict(get_global("language_aliases"))
