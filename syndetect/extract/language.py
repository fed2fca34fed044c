"""Which language a text is in: pycld2, and the script of the letters where the text is short."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import pycld2
from babel.core import get_global

_CODES = {"jw": "jv", "sh": "sr", "nb": "no", "arb": "ar", "per": "fa"}
"""What CLDR's aliases lack or name otherwise than ISO 639 users do."""
_UNKNOWN = frozenset(("und", "un", "unk", "xxx", "mul", "zxx", "mis"))
_URL = re.compile(r"https?://\S+|www\.\S+|[\w.+-]{1,64}@\S+")
# CLD2 refuses control characters and lone surrogates.
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_MAX_CHARS = 4_000
"""Enough to tell any language; more only costs time."""
_LETTERS = re.compile(r"[^\W\d_](?:[\W\d_]*[^\W\d_]){2}")

# Scripts that one language writes nearly alone, by the range of their letters.
_SCRIPTS = (
    ("el", 0x0370, 0x03FF), ("hy", 0x0530, 0x058F), ("he", 0x0590, 0x05FF), ("pa", 0x0A00, 0x0A7F),
    ("gu", 0x0A80, 0x0AFF), ("or", 0x0B00, 0x0B7F), ("ta", 0x0B80, 0x0BFF), ("te", 0x0C00, 0x0C7F),
    ("kn", 0x0C80, 0x0CFF), ("ml", 0x0D00, 0x0D7F), ("si", 0x0D80, 0x0DFF), ("th", 0x0E00, 0x0E7F),
    ("lo", 0x0E80, 0x0EFF), ("bo", 0x0F00, 0x0FFF), ("my", 0x1000, 0x109F), ("ka", 0x10A0, 0x10FF),
    ("am", 0x1200, 0x137F), ("km", 0x1780, 0x17FF), ("ko", 0xAC00, 0xD7AF), ("ja", 0x3040, 0x30FF),
    ("zh", 0x4E00, 0x9FFF), ("hi", 0x0900, 0x097F), ("bn", 0x0980, 0x09FF), ("ar", 0x0600, 0x06FF),
    ("ru", 0x0400, 0x04FF),
)  # fmt: skip
_TOLD_BY_LETTERS = (
    ("fa", re.compile("[پچژگ]")), ("uk", re.compile("[іїєґ]", re.IGNORECASE)), ("ja", re.compile("[\u3040-\u30ff]")),
)  # fmt: skip


def language_of(text: str, hint: str | None = None) -> str | None:
    """The language of a text in ISO 639-1 (639-3 where there is none), None if it can't be told.

    Args:
        text: The text; addresses in it are passed over.
        hint: A code that the input gives; taken only where the text itself does not tell.
    """
    clean = text[:_MAX_CHARS]
    if "@" in clean or "://" in clean or "www." in clean:
        clean = _URL.sub(" ", clean)
    if _LETTERS.search(clean) is None:
        return code_of(hint)
    reliable, _, details = _detect(clean, best_effort=False)
    found = code_of(details[0][1])
    if reliable and found:
        return found
    _, _, guesses = _detect(clean, best_effort=True)
    guess = code_of(guesses[0][1])
    script = _by_script(clean)
    hinted = code_of(hint)
    return hinted if hinted and hinted in (guess, found, script) else found or guess or script or hinted


def _detect(text: str, *, best_effort: bool) -> tuple[bool, int, tuple[tuple[str, str, int, float], ...]]:
    try:
        return pycld2.detect(text, isPlainText=True, bestEffort=best_effort)  # type: ignore[no-any-return]
    except (pycld2.error, UnicodeEncodeError):
        pass
    try:
        return pycld2.detect(_ODD.sub(" ", text), isPlainText=True, bestEffort=best_effort)  # type: ignore[no-any-return]
    except pycld2.error:
        return False, 0, (("Unknown", "un", 0, 0.0),)


def code_of(raw: str | None) -> str | None:
    """A language code as inputs and detectors write it → ISO 639-1, or 639-3; None for none."""
    if not raw:
        return None
    first = re.split(r"[\s,;\n]", raw.strip(), maxsplit=1)[0].replace("_", "-")
    code = first.split("-")[0].lower()
    code = _CODES.get(code) or _aliases().get(code, code)
    code = _CODES.get(code, code.split("-")[0].split("_")[0])
    known = 2 <= len(code) <= 3 and code.isascii() and code.isalpha()
    return code if known and code not in _UNKNOWN else None


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    """Old, three-letter and alternative codes by CLDR: iw → he, eng → en."""
    return dict(get_global("language_aliases"))


def _by_script(text: str) -> str | None:
    counts: Counter[str] = Counter()
    for char in text[:500]:
        point = ord(char)
        for language, low, high in _SCRIPTS:
            if low <= point <= high:
                counts[language] += 1
                break
    if not counts:
        return None
    best = min(counts.items(), key=lambda item: (-item[1], item[0]))[0]
    for language, letters in _TOLD_BY_LETTERS:
        if letters.search(text) and best in ("ar", "ru", "zh", language):
            same_script = {"fa": "ar", "uk": "ru", "ja": "zh"}[language]
            if best in (same_script, language):
                return language
    return best
