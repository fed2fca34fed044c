"""Words and calendars behind a date: month names by language, day periods, the Persian and the Islamic calendar."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

import orjson

Month = tuple[str, int]
"""Calendar (gregorian, jalali, hijri) and number of the month."""

HIJRI_YEARS = range(1410, 1526)  # 1989 to 2101
JALALI_YEARS = range(1370, 1431)  # 1991 to 2051; in figures these are Persian, with month names either

_ALIKE = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ی", "ي": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ئ": "ی"})
_HIJRI_EPOCH = 227_015  # 19 July 622 of the Gregorian calendar, carried back
_FIRST_VOWEL_SIGN = "\u0900"
_JALALI_LEAP_BREAKS = (
    -61, 9, 38, 199, 426, 686, 756, 818, 1111, 1181, 1210, 1635, 2060, 2097, 2192, 2262, 2324, 2394, 2456, 3178,
)  # fmt: skip


@lru_cache(maxsize=1)
def _characters() -> dict[int, str]:
    """Table for `fold_text`: native digits, full-width forms, odd spaces; a character for a character."""
    table = {ord("İ"): "i", 0x200E: " ", 0x200F: " ", 0x202A: " ", 0x202B: " ", 0x202C: " ", 0x2069: " ", 0xFEFF: " "}
    for point in (*range(0x80, 0x3000), *range(0xA000, 0x12000), *range(0xFF00, 0xFFF0), 0x3000):
        char = chr(point)
        category = unicodedata.category(char)
        if category == "Nd":
            table[point] = str(unicodedata.decimal(char))
        elif category == "Zs" or 0xFF01 <= point <= 0xFF5E:
            table[point] = unicodedata.normalize("NFKC", char)[0]
    return table


def fold_text(text: str) -> str:
    """Lower the case and turn native digits into 0-9, keeping every character in its place."""
    folded = text.translate(_characters())
    lower = folded.lower()
    return lower if len(lower) == len(text) else "".join(c.lower()[:1] or c for c in folded)


def fold_word(word: str) -> str:
    """The form in which month names are compared: without case, accents, points, dots and letter variants."""
    decomposed = unicodedata.normalize("NFKD", word.translate(_ALIKE).casefold())
    # Vowel signs of the scripts of India and Thailand are letters: without them जन is January and June.
    kept = "".join(c for c in decomposed if c >= _FIRST_VOWEL_SIGN or unicodedata.category(c) not in ("Mn", "Cf"))
    kept = kept.replace("\u200c", "").replace("\u200d", "")
    return " ".join(kept.translate(_ALIKE).replace(".", " ").replace("'", "").replace("’", "").split())


@dataclass(frozen=True)
class Names:
    """What the data files say: months by language and over all (None: languages differ), day periods, zones."""

    by_language: dict[str, dict[str, Month]]
    overall: dict[str, Month | None]
    periods: dict[str, bool]
    zones: dict[str, int]


@lru_cache(maxsize=1)
def names() -> Names:
    """Read data/months.json (made from CLDR) and data/months_extra.toml (made by hand)."""
    folder = files("syndetect") / "data"
    made = orjson.loads((folder / "months.json").read_bytes())
    extra = tomllib.loads((folder / "months_extra.toml").read_text(encoding="utf-8"))
    by_language: dict[str, dict[str, Month]] = {
        language: {word: ("gregorian", number) for word, number in entry.items()} for language, entry in made.items()
    }
    for calendar in extra["calendar"]:
        for language in calendar["languages"]:
            known = by_language.setdefault(language, {})
            for number, forms in enumerate(calendar["months"], 1):
                for form in forms:
                    known.setdefault(fold_word(form), (calendar["kind"], number))
    overall: dict[str, Month | None] = {}
    told: set[str] = set()
    widespread = set(extra["widespread"])
    for language in sorted(by_language, key=lambda one: (one in widespread, one)):
        for word, month in by_language[language].items():
            # The same word for two months (listopad: October in Croatian, November in Polish) needs the language,
            # unless the other language is a small one.
            if len(word) > 2 and not word.isdigit():
                agreed = overall.get(word, month) == month or (language in widespread and word not in told)
                overall[word] = month if agreed else None
                if language in widespread:
                    told.add(word)
    # A dump without a known language writes English more often than the small languages that share its short forms.
    overall.update(by_language["en"])
    periods = {word: kind == "pm" for kind in ("am", "pm") for word in extra["periods"][kind]}
    return Names(by_language, overall, periods, extra["zones"])


def month_of(word: str, language: str | None) -> Month | None:
    """Which month a word names: in its language first, else in any, if all languages agree."""
    known = names()
    mine = known.by_language.get(language or "", {})
    for candidate in _forms(word):
        month = mine.get(candidate) or known.overall.get(candidate)
        if month:
            return month
    return None


def may_be_month(words: str) -> bool:
    """Whether a word, or one of two, names a month in any language."""
    overall = names().overall
    return any(form in overall for word in (words, *words.replace("/", " ").split()) for form in _forms(word))


def _forms(word: str) -> tuple[str, str]:
    """A word, and without what hangs on it: Hebrew writes "in March" as one word, Kurdish "of March"."""
    form = fold_word(word)
    return form, form[1:] if form[:1] in ("ב", "ל") else form.removesuffix("ی")


def hijri_to_date(year: int, month: int, day: int) -> date:
    """Turn a date of the Islamic calendar into a Gregorian one, by the table that may be a day off the sighted moon.

    Raises:
        ValueError: If there is no such day.

    Source:
        Reingold, Dershowitz, "Calendrical Calculations", chapter 7: the arithmetic calendar with leap years
        2, 5, 7, 10, 13, 16, 18, 21, 24, 26 and 29 of 30.
    """
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError(f"no day {year}/{month}/{day} in the Islamic calendar")
    days = (year - 1) * 354 + (3 + 11 * year) // 30 + 29 * (month - 1) + month // 2 + day
    return date.fromordinal(_HIJRI_EPOCH + days - 1)


def jalali_to_date(year: int, month: int, day: int) -> date:
    """Turn a date of the Persian solar calendar into a Gregorian one.

    Raises:
        ValueError: If there is no such day.

    Source:
        Borkowski, "The Persian calendar for 3000 years", 1996: leap years by the breaks between 33-year cycles.
    """
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        raise ValueError(f"no day {year}/{month}/{day} in the Persian calendar")
    march, leap = _first_of_farvardin(year)
    if month == 12 and day == 30 and not leap:
        raise ValueError(f"the Persian year {year} is no leap year")
    day_of_year = (month - 1) * 31 - max(0, month - 7) + day - 1
    return date(year + 621, 3, march) + timedelta(days=day_of_year)


def _first_of_farvardin(year: int) -> tuple[int, bool]:
    """The day of March on which the Persian year begins, and whether the year is a leap year."""
    leaps, last = -14, _JALALI_LEAP_BREAKS[0]
    jump = 0
    for border in _JALALI_LEAP_BREAKS[1:]:
        jump = border - last
        if year < border:
            break
        leaps += jump // 33 * 8 + jump % 33 // 4
        last = border
    n = year - last
    leaps += n // 33 * 8 + (n % 33 + 3) // 4
    if jump % 33 == 4 and jump - n == 4:
        leaps += 1
    gregorian = year + 621
    gregorian_leaps = gregorian // 4 - (gregorian // 100 + 1) * 3 // 4 - 150
    if jump - n < 6:
        n = n - jump + (jump + 4) // 33 * 33
    return 20 + leaps - gregorian_leaps, ((n + 1) % 33 - 1) % 4 == 0
