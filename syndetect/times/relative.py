"""Times that need the moment of the fetch to be read: "3 hours ago", "yesterday, 14:05", "6 March, 14:05".

The words go through the columns as they stand; what they mean in UTC is worked out where the fetch time is known.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import orjson
import regex

from syndetect.times.calendars import fold_text, may_be_month, month_of
from syndetect.times.words import clock_near, day_month_pattern

SECONDS = {
    "second": 1, "minute": 60, "hour": 3_600,
    "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400, "year": 365 * 86_400,
}  # fmt: skip
MAX_LINE = 90
"""Longer lines tell a story in which such words mean another day."""
_MAX_OTHER_LETTERS = 24
"""A day and month without a year date a page only where little else stands beside them: a headline has dates too."""
_NUMBER = regex.compile(r"(?<![\d.,:/-])\d{1,3}(?![\d.,:/-]*\d)")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_SPACE = regex.compile(r"\s+")


@dataclass(frozen=True)
class Relative:
    """What words say against the fetch: an age in units (`n` of `unit`), a named day, or a day of an unnamed year."""

    unit: str | None = None
    n: int = 0
    days_ago: int | None = None
    month: int | None = None
    day: int | None = None
    minutes: int | None = None  # since midnight, by the page's clock
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class _Table:
    """Words around a number with what they mean: by language, and over all languages that agree."""

    shapes: dict[str, dict[tuple[str, str], str]]
    lefts: frozenset[str]
    rights: frozenset[str]
    phrases: dict[str, tuple[str, int]]
    days: dict[str, int]
    words: regex.Pattern[str]


_ANY = ""
"""The key of what all languages agree on."""


@lru_cache(maxsize=1)
def _table() -> _Table:
    """Read data/relative.json (made from CLDR) and data/relative_extra.toml (made by hand)."""
    folder = files("syndetect") / "data"
    made = orjson.loads((folder / "relative.json").read_bytes())
    extra = tomllib.loads((folder / "relative_extra.toml").read_text(encoding="utf-8"))
    shapes: dict[str, dict[tuple[str, str], str]] = {_ANY: {}}
    phrases: dict[str, tuple[str, int]] = {}
    days: dict[str, int] = {}
    unclear: set[tuple[str, str]] = set()
    for language in sorted({*made, *extra}):
        by_hand, from_cldr = extra.get(language, {}), made.get(language, {"patterns": {}, "phrases": {}})
        mine = shapes.setdefault(language, {})
        for shape, unit in [*by_hand.get("patterns", []), *from_cldr["patterns"].items()]:
            left, _, right = (part.strip() for part in fold_text(shape).partition("#"))
            mine.setdefault((left, right), unit)
            if shapes[_ANY].setdefault((left, right), unit) != unit:
                unclear.add((left, right))
        for phrase, unit, n in [*by_hand.get("phrases", []), *((k, *v) for k, v in from_cldr["phrases"].items())]:
            phrases.setdefault(fold_text(phrase), (unit, n))
        for n, name in enumerate(("today", "yesterday", "before")):
            for word in by_hand.get(name, []):
                days.setdefault(fold_text(word), n)
    for shape in unclear:
        del shapes[_ANY][shape]
    words = "|".join(regex.escape(one) for one in sorted({*phrases, *days}, key=lambda one: (-len(one), one)))
    every = {shape for mine in shapes.values() for shape in mine}
    return _Table(
        shapes, frozenset(left for left, _ in every), frozenset(right for _, right in every), phrases, days,
        regex.compile(rf"(?<![\p{{L}}\p{{M}}])(?:{words})(?![\p{{L}}\p{{M}}])|(?:{_wide(phrases, days)})"),
    )  # fmt: skip


def _wide(*tables: dict[str, object] | dict[str, int] | dict[str, tuple[str, int]]) -> str:
    """Words of scripts without spaces, before an hour or at the end."""
    found = sorted(
        {one for table in tables for one in table if _UNSPACED.search(one)}, key=lambda one: (-len(one), one)
    )
    return "|".join(rf"{regex.escape(one)}(?=\s*\d|$)" for one in found)


def read_relative(raw: str, language: str | None = None) -> Relative | None:
    """Read words that tell a time from the moment of the fetch; None if there are none, or the line is a sentence."""
    if len(raw) > MAX_LINE:
        return None
    folded = fold_text(raw)
    return _age(folded, language) or _named_day(folded) or _day_of_some_year(folded, language)


def read_day(raw: str, language: str | None = None) -> tuple[int, int] | None:
    """Month and day of the first day without a year in a few words; None if there is none."""
    for found in day_month_pattern().finditer(fold_text(raw)):
        month, day = _month_and_day(found, language)
        if month and 1 <= day <= 31:
            return month, day
    return None


def _age(folded: str, language: str | None) -> Relative | None:
    table = _table()
    mine = table.shapes.get(language or _ANY, {})
    for number in _NUMBER.finditer(folded):
        start, end = number.span()
        for right, stop in _beside(folded, end, table.rights):
            for left, begin in _before(folded, start, table.lefts):
                unit = mine.get((left, right)) or table.shapes[_ANY].get((left, right))
                if unit and (left or right):
                    return Relative(unit=unit, n=int(number[0]), span=(begin, stop))
    return None


def _beside(folded: str, end: int, rights: frozenset[str]) -> list[tuple[str, int]]:
    """What stands right of a number and is known, the longest first, each with its end."""
    found = []
    at = end + 1 if folded[end : end + 1].isspace() else end
    for stop in range(min(len(folded), at + 28), at - 1, -1):
        words = folded[at:stop]
        if words in rights and (not words or _ends(folded, stop)):
            found.append((words, stop if words else end))
    return found


def _before(folded: str, start: int, lefts: frozenset[str]) -> list[tuple[str, int]]:
    found = []
    at = start - 1 if folded[start - 1 : start].isspace() and start else start
    for begin in range(max(0, at - 24), at + 1):
        words = folded[begin:at]
        if words in lefts and (not words or begin == 0 or not folded[begin - 1].isalpha()):
            found.append((words, begin if words else start))
    return found


def _ends(folded: str, stop: int) -> bool:
    """Whether a word ends here: scripts without spaces don't show it."""
    return stop == len(folded) or not folded[stop].isalpha() or bool(_UNSPACED.match(folded[stop - 1]))


def _named_day(folded: str) -> Relative | None:
    table = _table()
    found = table.words.search(folded)
    if found is None:
        return None
    words = found[0]
    if words in table.phrases:
        unit, n = table.phrases[words]
        return Relative(unit=unit, n=n, span=found.span()) if _other_letters(folded, found.span()) <= 12 else None
    clock, start, end = clock_near(folded, *found.span())
    if _other_letters(folded, (start, end)) > (_MAX_OTHER_LETTERS if clock else 4):
        return None
    minutes = clock[0] * 60 + clock[1] if clock else None
    return Relative(days_ago=table.days[words], minutes=minutes, span=(start, end))


def _day_of_some_year(folded: str, language: str | None) -> Relative | None:
    for found in day_month_pattern().finditer(folded):
        month_number, day = _month_and_day(found, language)
        if not month_number or not 1 <= day <= 31:
            continue
        clock, start, end = clock_near(folded, *found.span())
        if _other_letters(folded, (start, end)) > (_MAX_OTHER_LETTERS if clock else 4):
            continue
        minutes = clock[0] * 60 + clock[1] if clock else None
        return Relative(month=month_number, day=day, minutes=minutes, span=(start, end))
    return None


def _month_and_day(found: regex.Match[str], language: str | None) -> tuple[int | None, int]:
    if found["m1"]:
        month = int(found["m1"])
        return (month if 1 <= month <= 12 else None), int(found["d1"])
    words = found["w2"] or found["w3"]
    day = int(found["d2"] or found["d3"])
    for part in (words, *reversed(words.split())) if found["w3"] else (words, *words.split()):
        if may_be_month(part):
            named = month_of(part, language)
            if named and named[0] == "gregorian":
                return named[1], day
    return None, day


def _other_letters(folded: str, span: tuple[int, int]) -> int:
    return sum(c.isalpha() for c in folded[: span[0]] + folded[span[1] :])
