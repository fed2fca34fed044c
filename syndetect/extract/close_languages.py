"""A second look at what a detector says of a text: small words, alphabets, and words that tell close languages apart.

In: a sample of a text in one script, and the language named first. Out: the language it is. Groups of letters, which
detectors count, say little of a sentence full of foreign names, and next to nothing between Croatian and Bosnian.
"""

from __future__ import annotations

import string
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

_DATA = Path(__file__).resolve().parent.parent / "data"
_SIGNS = {ord(sign): " " for sign in string.punctuation + string.digits if sign not in "'-"}
_ALPHABETS = {
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюяѝ",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
"""The Slavic languages in Cyrillic: a text in one has no letters but these."""
_ODDS = 1.0, 2.5
"""By so much another language's small words must outweigh those of the language named, where that is English or
uncertain, and where it is neither. Chosen on the sentences of every other document of benchmarks/languages.py."""
_UNLISTED = 2.0
"""The same where the language named has no small words listed and is uncertain."""
_HINT_WORTH = 1.5
"""What an input's word for one of two close languages weighs, in words that tell them apart."""


@dataclass(frozen=True)
class Group:
    """Languages taken for one another: of each the words, and beginnings of words, that not all of them have."""

    words: dict[str, frozenset[str]]
    stems: dict[str, tuple[str, ...]]
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What was found of each word before: texts of a language share most of theirs."""

    def scores(self, words: list[str]) -> dict[str, float]:
        """How many words speak for each language."""
        speaking = Counter(language for word in words for language in self._of(word))
        return {language: float(speaking[language]) for language in self.words}

    def _of(self, word: str) -> tuple[str, ...]:
        if (known := self.seen.get(word)) is None:
            known = tuple(name for name, own in self.words.items() if word in own or word.startswith(self.stems[name]))
            self.seen[word] = known
        return known


def is_close(language: str | None) -> bool:
    """Whether whole documents in a language are taken for one in another."""
    return language in _groups()


def words_of(text: str) -> list[str]:
    """The words of a sample in lower case, with apostrophes and hyphens within them."""
    return [word.strip("'’-") for word in text.lower().translate(_SIGNS).split()]


def by_alphabet(text: str, named: str | None, *, is_sure: bool) -> str | None:
    """The Slavic language whose alphabet a Cyrillic text keeps to; of several the one of its small words."""
    if named is not None and named not in _ALPHABETS:
        return named
    letters = Counter(char for char in text.lower() if char.isalpha())
    strange = {name: sum(n for char, n in letters.items() if char not in own) for name, own in _ALPHABETS.items()}
    least = min(strange.values())
    fitting = [name for name, n in strange.items() if n == least]
    scores = small_words(words_of(text))
    best = max(fitting, key=lambda name: (scores[name], name == named))
    if named in fitting and is_sure and scores[best] < scores[named] + _ODDS[0]:
        return named
    return best


def by_small_words(words: list[str], named: str | None, *, is_sure: bool) -> str | None:
    """The language of a short text in Latin letters: the one named, unless another's small words outweigh its own."""
    scores = Counter({name: score for name, score in small_words(words).items() if name in _latin()})
    if not scores or (is_sure and named not in _latin()):
        return named
    best = max(sorted(scores), key=scores.__getitem__)
    odds = _ODDS[is_sure and named not in ("en", None)] if named is None or named in _latin() else _UNLISTED
    return best if scores[best] >= scores[named or ""] + odds else named


def among_neighbours(words: list[str], named: str, hint: str | None) -> str:
    """Of close languages the one that most telling words speak for; of equals the one named."""
    scores = _groups()[named].scores(words)
    if hint in scores:
        scores[hint] += _HINT_WORTH
    return max(scores, key=lambda name: (scores[name], name == named))


def small_words(words: list[str]) -> Counter[str]:
    """How much the small words of a text speak for each language; a word that n languages have counts 1/n."""
    scores: Counter[str] = Counter()
    owners = _owners()
    for word in words:
        for language in owners.get(word, ()):
            scores[language] += 1 / len(owners[word])  # type: ignore[assignment]
    return scores


@lru_cache(maxsize=1)
def _tables() -> dict[str, set[str]]:
    raw = tomllib.loads((_DATA / "function_words.toml").read_text(encoding="utf-8"))
    return {name: set(words.split()) for name, words in raw.items()}


@lru_cache(maxsize=1)
def _owners() -> dict[str, list[str]]:
    """Small word → the languages that have it. `sr-Cyrl` is Serbian too."""
    owners: dict[str, list[str]] = {}
    for name, words in _tables().items():
        for word in words:
            owners.setdefault(word, []).append(name.split("-")[0])
    return owners


@lru_cache(maxsize=1)
def _latin() -> frozenset[str]:
    """The languages whose small words in Latin letters are listed."""
    return frozenset(name for name, words in _tables().items() if min(map(min, words)) < "\u0250")


@lru_cache(maxsize=1)
def _groups() -> dict[str, Group]:
    """Language → its group."""
    found: dict[str, Group] = {}
    for raw in tomllib.loads((_DATA / "close_languages.toml").read_text(encoding="utf-8"))["group"]:
        languages = raw.pop("languages")
        lists = {name: {w for key in raw if name in key.split() for w in raw[key].split()} for name in languages}
        shared = set.intersection(*lists.values())
        group = Group(
            {name: frozenset(w for w in words - shared if w[-1] != "*") for name, words in lists.items()},
            {name: tuple(sorted(w[:-1] for w in words - shared if w[-1] == "*")) for name, words in lists.items()},
        )
        found.update(dict.fromkeys(languages, group))
    return found
