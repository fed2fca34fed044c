"""Made-up languages: the word n of each means the same, and no word begins like another."""

from __future__ import annotations

import random

SYLLABLES = {
    "en": ("ba", "ko", "mi", "ru", "ta", "le", "fo", "su", "da", "pe"),
    "ru": ("бы", "ка", "ме", "ры", "то", "лу", "фе", "са", "ду", "пи"),
    "el": ("βα", "κο", "μι", "ρε", "τα", "λε", "φο", "σε", "δα", "πε"),
    "hy": ("բա", "կո", "մի", "րե", "տա", "լե", "ֆո", "սի", "դա", "պե"),
    "ar": ("با", "كو", "مي", "رو", "تا", "لي", "فو", "سا", "دا", "زي"),
}
N_WORDS = 600


def word(language: str, n: int) -> str:
    a, b, c = n // 100, n // 10 % 10, n % 10
    return "".join(SYLLABLES[language][i] for i in (a, b, c))


def tell(sentences: list[list[int]], language: str, rng: random.Random) -> str:
    """A text: the words of each sentence in an order of the language's own."""
    return ". ".join(" ".join(word(language, n) for n in rng.sample(one, len(one))) for one in sentences) + "."
