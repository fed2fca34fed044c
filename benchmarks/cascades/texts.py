"""What is told, and what copying and translating does to it: documents -> passages -> changed passages.

A passage is one or more sentences of a document told as one. It keeps the words that a machine left untranslated and
the numbers that somebody changed, so that both outlive the next translation, as they do on the web.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cross_lingual_sources import Documents, halves, read_translations, sample_stories

from cascades.conditions import Noise

Key = tuple[str, int]
"""A document, and the place of a sentence in it; 0 is its headline."""

UNSPACED = {"ja", "zh", "th"}
_DIGITS = re.compile(r"\d{2,}")
_END = re.compile(r"[.!?。！？।۔]+[\"”»’]?$")
LEFT_AGAIN = 0.6
"""Words left in a foreign language that the next translation leaves as well."""


def stream(*parts: object) -> random.Random:
    """Random numbers of one purpose alone: what a condition does not touch stays as it is."""
    return random.Random("/".join(map(str, parts)))


@dataclass(frozen=True)
class Passage:
    """Sentences of a document told as one, in one language."""

    keys: tuple[Key, ...]
    text: str
    left: tuple[str, ...] = ()
    """Words that an earlier machine left untranslated."""
    numbers: tuple[tuple[str, str], ...] = ()
    """Numbers that somebody changed: as they were, as they are."""


class Library:
    """Documents with the same sentences in every language."""

    def __init__(self, documents: Documents, languages: Sequence[str]) -> None:
        self.texts: dict[str, dict[str, list[tuple[str, ...]]]] = {}
        for name, versions in documents.items():
            counts = [len(texts[0].sentences) for texts in versions.values()]
            usual = max(sorted(set(counts)), key=counts.count)
            aligned = {
                language: [text.sentences for text in texts if len(text.sentences) == usual]
                for language, texts in sorted(versions.items())
                if language in languages
            }
            aligned = {language: texts for language, texts in aligned.items() if texts}
            if usual >= 5 and len(aligned) > 1:
                self.texts[name] = aligned

    def say(self, keys: Sequence[Key], language: str, version: int = 0) -> str:
        """Sentences in a language; where it has several translations, `version` tells which."""
        parts = []
        for document, place in keys:
            texts = self.texts[document][language]
            parts.append(texts[version % len(texts)][place])
        return (" " if language not in UNSPACED else "").join(parts)

    def length(self, document: str) -> int:
        """How many sentences a document has, its headline with them."""
        return len(next(iter(self.texts[document].values()))[0])


def read_documents(path: Path | None, *, half: str = "both") -> Documents:
    """Documents of a file or a checkout, or the stories of the sample corpus; `first` or `second` half, or both.

    Halves are those of `cross_lingual_sources.halves`: every other document by name.
    """
    documents = read_translations(path) if path else sample_stories()
    if half == "both":
        return documents
    return halves(documents)[("first", "second").index(half)]


def split_words(text: str, language: str) -> tuple[list[str], str]:
    """The words of a text, or its characters where words are not set apart, and what joins them."""
    return (list(text), "") if language in UNSPACED else (text.split(), " ")


def edit(text: str, language: str, rng: random.Random, rate: float) -> str:
    """Drop words and put them elsewhere."""
    words, joint = split_words(text, language)
    out: list[str] = []
    for word in words:
        if rng.random() >= rate:
            out.append(word)
        elif rng.random() < 0.5 and out:
            out.insert(len(out) - 1, word)
    return joint.join(out) or text


def mistype(text: str, language: str, rng: random.Random) -> str:
    """Change places of two letters of a word."""
    words, joint = split_words(text, language)
    long = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return text
    at = rng.choice(long)
    word = words[at]
    cut = rng.randint(1, len(word) - 3)
    words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return joint.join(words)


def misnumber(passage: Passage, rng: random.Random) -> Passage:
    """Change a digit of a number."""
    found = list(_DIGITS.finditer(passage.text))
    if not found:
        return passage
    match = rng.choice(found)
    old = match[0]
    at = rng.randrange(1, len(old))
    new = old[:at] + str((int(old[at]) + rng.randint(1, 9)) % 10) + old[at + 1 :]
    text = passage.text[: match.start()] + new + passage.text[match.end() :]
    return replace(passage, text=text, numbers=(*passage.numbers, (old, new)))


def touch(passage: Passage, language: str, rng: random.Random, noise: Noise) -> Passage:
    """What an editor may do to a sentence."""
    if rng.random() < noise.edited:
        passage = replace(passage, text=edit(passage.text, language, rng, rng.uniform(0.05, 0.25)))
    if rng.random() < noise.typos:
        passage = replace(passage, text=mistype(passage.text, language, rng))
    return misnumber(passage, rng) if rng.random() < noise.numbers else passage


def merge(passages: Sequence[Passage], rng: random.Random, share: float) -> list[Passage]:
    """Tell some neighbouring sentences as one."""
    out: list[Passage] = []
    for passage in passages:
        if out and len(out[-1].keys) == 1 and out[-1].keys[0][0] == passage.keys[0][0] and rng.random() < share:
            last = out.pop()
            text = f"{_END.sub('', last.text)}, {passage.text}"
            joined = Passage(last.keys + passage.keys, text, last.left + passage.left, last.numbers + passage.numbers)
            out.append(joined)
        else:
            out.append(passage)
    return out


def shorten(passages: Sequence[Passage], rng: random.Random, share: float) -> list[Passage]:
    """Leave out sentences here and there, never the first."""
    return [passage for i, passage in enumerate(passages) if i == 0 or rng.random() >= share]


def translate(
    passage: Passage, library: Library, language: str, source: str, rng: random.Random, noise: Noise,
    *, machine: bool, version: int,
) -> Passage:  # fmt: skip
    """A passage in another language; a machine leaves words of the source's language behind."""
    text = library.say(passage.keys, language, version)
    for old, new in passage.numbers:
        text = text.replace(old, new)
    text = edit(text, language, rng, noise.rewording * rng.uniform(0.3, 1.2))
    left = [word for word in passage.left if rng.random() < LEFT_AGAIN]
    if machine:
        words, _ = split_words(passage.text, source)
        pieces = words if source not in UNSPACED else [passage.text[i : i + 3] for i in range(0, len(words), 3)]
        left += [piece for piece in pieces if rng.random() < noise.leftovers]
    words, joint = split_words(text, language)
    for word in left:
        at = rng.randint(0, len(words))
        words[at : at + 1] = [word if joint else f" {word} "]
    return Passage(passage.keys, joint.join(words), tuple(left), passage.numbers)


def retitle(title: Passage, body: Sequence[Passage], language: str, rng: random.Random) -> Passage:
    """Another headline: the first words of the text, or fewer and other words than the old one had."""
    joint = split_words("", language)[1]
    if rng.random() < 0.45:
        words = split_words(body[0].text, language)[0]
        return replace(title, text=joint.join(words[: rng.randint(7, 12) if joint else rng.randint(14, 24)]))
    words = split_words(title.text, language)[0]
    other = split_words(rng.choice(body).text, language)[0]
    kept = [word for word in words if rng.random() < 0.6]
    return replace(title, text=joint.join([*kept, *rng.sample(other, min(2, len(other)))]) or title.text)
