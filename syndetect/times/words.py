"""Dates in words and figures of any language, found in running text, each with the time of day beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial

import regex

from syndetect.times.calendars import (
    HIJRI_YEARS,
    JALALI_YEARS,
    fold_text,
    hijri_to_date,
    jalali_to_date,
    may_be_month,
    month_of,
    names,
)
from syndetect.times.intervals import FIRST_YEAR, LAST_YEAR, TimeReading, day_if_midnight, offset_of, reading_of

_ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911, "중화민국": 1911}
_MINGUO_YEARS = range(90, 190)
_BUDDHIST_YEARS = range(2533, 2643)
_BEFORE, _AFTER = 64, 48
"""Words of a date stand so near to its year."""
_YEARISH = regex.compile(
    r"(?<!\d)(?:(?:1[345]|19|20|2[56])\d\d(?!\d)|\d{1,2}\s?[./\-]\s?\d{1,2}\s?[./\-]\s?\d\d(?!\d)|\d{2,3}年)"
    r"|令和|平成|民國|民国|\p{L}\.?[\-/]'?\d\d(?!\d)|\s['’]\d\d(?!\d)"
)


@dataclass(frozen=True)
class FoundDate:
    """A date in running text: `text[span_start:span_end]`."""

    reading: TimeReading
    span_start: int
    span_end: int


@dataclass(frozen=True)
class _Clock:
    hour: int
    minute: int
    second: int | None
    offset: timedelta | None


_WORD = r"\p{L}[\p{L}\p{M}'’\u200c]*"
_MONTH = rf"{_WORD}(?:\.{_WORD})*\.?(?:[ /]{_WORD})?"
_DAY_END = r"(?:st|nd|rd|th|er|re|ª|º|°|-?\p{L}{1,2})??"


@lru_cache(maxsize=1)
def _patterns() -> tuple[regex.Pattern[str], regex.Pattern[str], regex.Pattern[str]]:
    """Date, clock after a date, clock before a date; on text folded by `fold_text`."""
    period = "|".join(regex.escape(p) for p in sorted(names().periods, key=lambda p: (-len(p), p)))
    # Before the hour only names of other scripts: "am 7." is German for "on the 7th".
    early = "|".join(regex.escape(p) for p in sorted(names().periods, key=lambda p: (-len(p), p)) if not p.isascii())
    zone = "|".join(regex.escape(z) for z in sorted(names().zones, key=lambda z: (-len(z), z)))
    link = rf"(?:{_WORD}\.?[\s,]+)??"
    date_pattern = regex.compile(
        r"(?<!\d)(?<!\d[.,:/\-])(?:"
        r"(?P<y1>\d{4})\s?[年년/.\-]\s?(?P<m1>\d{1,2})\s?[月월/.\-]\s?(?P<d1>\d{1,2})(?:\s?[日일號号.])?"
        r"|(?P<era>令和|平成|民國|民国)?\s?(?P<ye>\d{1,3}|元)\s?年\s?(?P<me>\d{1,2})\s?月\s?(?P<de>\d{1,2})\s?日"
        r"|(?P<n1>\d{1,2})(?P<s>\s?[./\-]\s?)(?P<n2>\d{1,2})(?P=s)(?P<y2>\d{4}|\d{2}(?=[\s,;|)]|$))"
        rf"|(?P<d8>\d{{1,2}})[\-/ ](?P<w8>{_WORD})\.?(?:[\-/]|,?\s?['’])(?P<y8>\d{{2}})(?![\d:])"
        rf"|(?P<d3>\d{{1,2}}){_DAY_END}[\s.,/·\-]*(?:(?:de|of|di|d['’])\s*)?{link}(?P<w3>{_MONTH})[\s.,/·\-]*"
        rf"(?:\p{{L}}{{1,4}}\.?(?:\p{{L}}\.)?[\s,]*)?(?P<y3>\d{{4}})"
        rf"|(?P<w4>{_WORD}\.?(?:[\s\-]{_WORD})?)[\s.]*(?P<d4>\d{{1,2}}){_DAY_END}(?:\s*,\s*|\s+)(?:{_WORD}\s)?"
        r"(?P<y4>\d{4})"
        rf"|(?P<y7>\d{{4}})[.,]?\s(?:(?:gada|ж\.|жылғы)\s)?(?P<d7>\d{{1,2}})\.?[\s\-](?P<w7>{_WORD})"
        rf"|(?P<y5>\d{{4}})[.,\-]?\s?(?:(?:g\.|m\.|gada|e\.|оны)\s)?(?P<w5>{_WORD}\.?)[\s\-](?P<d5>\d{{1,2}})"
        rf"|(?P<d6>\d{{1,2}})\s+tháng\s+(?P<m6>\d{{1,2}})(?:\s*,\s*|\s+)(?:năm\s+)?(?P<y6>\d{{4}})"
        r")(?!\d)"
    )
    clock = (
        rf"(?:(?P<p1>{early})\s*)?(?P<h>2[0-4]|[01]?\d)(?!\d)"
        r"(?:\s?[:.٫h時时點点시]\s?(?P<mi>[0-5]\d)(?:\s?[:.分분]\s?(?P<se>[0-5]\d)(?:[.,]\d+)?)?[秒초分분]?(?![\d]))?"
        rf"(?:\s?h(?!\p{{L}}))?(?:\s*(?P<p2>{period})(?!\p{{L}}))?"
        rf"(?:\s*\(?(?P<z>(?:utc|gmt)?[+\-−]\d{{1,2}}(?::?\d\d)?|{zone})(?![\p{{L}}\d]))?"
    )
    gap = r"(?:[\s.,،、|–—\-·•@()/:]|日|号)*"
    after = regex.compile(rf"(?:t|{gap}(?:{_WORD}\.?{gap}){{0,2}}?){clock}")
    before = regex.compile(rf"(?<![\d.,:/])(?:{clock})(?:\s*uhr)?[\s,،|–—\-·•/]{{1,4}}(?:{_WORD}\.?,?\s){{0,2}}$")
    return date_pattern, after, before


@lru_cache(maxsize=1)
def day_month_pattern() -> regex.Pattern[str]:
    """A day and a month without a year; on text folded by `fold_text`."""
    # A number may follow only as the hour of a clock.
    end = r"(?!\p{L})(?![\s.,/\-]*(?:'\d\d|\d{3,}|\d{1,2}(?![:.٫h時时點点시\d]|\s*(?:[ap]\.?m|uhr))))"
    return regex.compile(
        rf"(?<![\d.,:/\-])(?:(?P<m1>\d{{1,2}})\s?[月월]\s?(?P<d1>\d{{1,2}})\s?[日일號号]?"
        rf"|(?P<d2>\d{{1,2}}){_DAY_END}[\s.]*(?:(?:de|of|di)\s)?(?P<w2>{_WORD}(?:\.{_WORD})*\.?){end}"
        rf"|(?P<w3>{_WORD}\.?)\s(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]){end})"
    )


def find_dates(text: str, language: str | None = None) -> Iterator[FoundDate]:
    """Find whole dates (with a year) in running text, each with the time of day that stands beside it."""
    return _find(fold_text(text), partial(_day_of, language=language))


def mentions_date(text: str) -> Iterator[tuple[int, int]]:
    """Find where dates stand, whatever the language: of words that mean two months in two languages too."""
    return ((one.span_start, one.span_end) for one in _find(fold_text(text), _some_day))


_Days = tuple[date | None, date | None]


def _some_day(found: regex.Match[str]) -> _Days:
    """A day if a match is a date in any language; which one does not matter."""
    words = _part(found, "w")
    if words is not None and not may_be_month(words):
        return None, None
    day, _ = _day_of(found, None)
    return day or (date(2000, 1, 1) if words else None), None


def _part(found: regex.Match[str], name: str) -> str | None:
    return next((found[f"{name}{i}"] for i in "34578" if found[f"{name}{i}"]), None)


def _find(folded: str, day_of: Callable[[regex.Match[str]], _Days]) -> Iterator[FoundDate]:
    at = 0
    for low, high in _windows(folded):
        at = max(at, low)
        while found := _patterns()[0].search(folded, at, high):
            day, other = day_of(found)
            if day is None:
                # The words before a number may belong to the next date: go on one word further.
                at = _next_word(folded, found.start())
                continue
            one, at = _dated(folded, found, day, other)
            if one:
                yield one


def _windows(folded: str) -> Iterator[tuple[int, int]]:
    """Stretches around what may be a year: the pattern of a whole date costs too much to be tried at every word."""
    low = high = -1
    for found in _YEARISH.finditer(folded):
        start, end = max(0, found.start() - _BEFORE), min(len(folded), found.end() + _AFTER)
        if start > high:
            if high >= 0:
                yield low, high
            low = start
        high = end
    if high >= 0:
        yield low, high


def _dated(folded: str, found: regex.Match[str], day: date, other: date | None) -> tuple[FoundDate | None, int]:
    """A date with the clock beside it, and where to go on."""
    start, end = found.span()
    beside = _patterns()[1].match(folded, end, min(len(folded), end + 60))
    clock = _clock_of(beside)
    if clock and beside:
        end = beside.end()
    else:
        clock, start = _clock_before(folded, start)
    reading = _reading(day, clock)
    if reading and other and (second := _reading(other, clock)):
        reading = TimeReading(
            min(reading.start, second.start), max(reading.end, second.end), False, reading.day_only, reading.local
        )
    if reading and _is_hijri(found):
        # The sighted moon and the calendars of countries are up to a day off the table.
        moon = timedelta(days=1)
        reading = replace(reading, start=reading.start - moon, end=reading.end + moon, day_only=True)
    return (FoundDate(reading, start, end) if reading else None), max(end, found.end())


def clock_near(folded: str, start: int, end: int) -> tuple[tuple[int, int] | None, int, int]:
    """The hour and minute after or before words of a day, and the span of all."""
    beside = _patterns()[1].match(folded, end, min(len(folded), end + 40))
    clock = _clock_of(beside)
    if clock and beside:
        return (clock.hour, clock.minute), start, beside.end()
    clock, begin = _clock_before(folded, start)
    return ((clock.hour, clock.minute) if clock else None), begin, end


def _next_word(folded: str, at: int) -> int:
    at += 1
    while at < len(folded) and folded[at].isalnum() and folded[at - 1].isalnum() == folded[at].isalnum():
        at += 1
    return at


def _day_of(found: regex.Match[str], language: str | None) -> _Days:
    """The day that a match names, and the other one where day and month can change places."""
    try:
        if found["n1"]:
            # No locale of CLDR puts the month first before a full stop, none of English either.
            month_first = language == "en" and "." not in found["s"]
            return _numeric(int(found["n1"]), int(found["n2"]), found["y2"], may_be_month_first=month_first)
        if words := _part(found, "w"):
            year = int(_part(found, "y") or 0)
            # The month is the word next to the day.
            return _worded(
                words, int(_part(found, "d") or 0), year + (2000 if found["y8"] else 0), language,
                last_first=bool(found["w4"]),
            ), None  # fmt: skip
        if found["ye"]:
            return _era_date(
                found["era"], 1 if found["ye"] == "元" else int(found["ye"]), found["me"], found["de"]
            ), None
        if found["y6"]:
            return date(int(found["y6"]), int(found["m6"]), int(found["d6"])), None
        return _date(int(found["y1"]), int(found["m1"]), int(found["d1"])), None
    except ValueError:
        return None, None


def _era_date(era: str | None, year: int, month: str, day: str) -> date:
    """Japan counts years by reigns, Taiwan from the republic, whose years may stand without its name."""
    if era is None and year not in _MINGUO_YEARS:
        raise ValueError(f"the year {year} is of no era")
    return date(_ERAS[era or "民國"] + year, int(month), int(day))


def _date(year: int, month: int, day: int) -> date:
    if year in JALALI_YEARS:
        return jalali_to_date(year, month, day)
    if year in HIJRI_YEARS:
        return hijri_to_date(year, month, day)
    if year in _BUDDHIST_YEARS:
        year -= 543
    if not FIRST_YEAR <= year < LAST_YEAR:
        raise ValueError(f"no crawl holds pages of the year {year}")
    return date(year, month, day)


def _is_hijri(found: regex.Match[str]) -> bool:
    year = found["y1"] or found["y2"] or _part(found, "y")
    if year is None or len(year) < 4 or int(year) not in HIJRI_YEARS:
        return False
    words = _part(found, "w")
    if words is None:
        return int(year) not in JALALI_YEARS
    return _month_in(words, "ar", last_first=bool(found["w4"]), kind="hijri") is not None


def _numeric(first: int, second: int, year_digits: str, *, may_be_month_first: bool) -> tuple[date | None, date | None]:
    year = int(year_digits) + (2000 if len(year_digits) == 2 else 0)
    if first > 12 or year in JALALI_YEARS or year in HIJRI_YEARS:
        return _date(year, second, first), None
    if second > 12:
        return _date(year, first, second), None
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    if not may_be_month_first or day_first == month_first:
        return day_first, None
    return month_first, day_first


def _month_in(words: str, language: str | None, *, last_first: bool, kind: str | None = None) -> tuple[str, int] | None:
    """The month among one word or two."""
    parts = words.replace("/", " ").split()
    for part in (" ".join(parts), *(reversed(parts) if last_first else parts)):
        found = month_of(part, language)
        if found and (kind is None or found[0] == kind):
            return found
    return None


def _worded(words: str, day: int, year: int, language: str | None, *, last_first: bool) -> date | None:
    if year in HIJRI_YEARS:
        # Its month names are the same in all languages, and those of the Persian calendar share no word with them.
        named = _month_in(words, "ar", last_first=last_first, kind="hijri")
        if named:
            return hijri_to_date(year, named[1], day)
    month = _month_in(words, language, last_first=last_first)
    if month is None:
        return None
    calendar, number = month
    if calendar == "jalali":
        return jalali_to_date(year, number, day) if year in JALALI_YEARS else None
    return None if calendar == "hijri" or year in JALALI_YEARS or year in HIJRI_YEARS else _date(year, number, day)


def _clock_of(found: regex.Match[str] | None) -> _Clock | None:
    if found is None:
        return None
    period = found["p1"] or found["p2"]
    if found["mi"] is None and period is None:
        return None
    hour = int(found["h"]) % 24
    if period is not None and hour <= 12:
        hour = hour % 12 + (12 if names().periods[period] else 0)
    return _Clock(hour, int(found["mi"] or 0), int(found["se"]) if found["se"] else None, offset_of(found["z"]))


def _clock_before(folded: str, start: int) -> tuple[_Clock | None, int]:
    """A time of day that stands before its date: `09:03, 06.03.2025`."""
    lead = max(0, start - 40)
    if not any(c.isdigit() for c in folded[lead:start]):
        return None, start
    found = _patterns()[2].search(folded[lead:start])
    clock = _clock_of(found)
    return (clock, lead + found.start()) if clock and found else (None, start)


def _reading(day: date, clock: _Clock | None) -> TimeReading | None:
    if clock is None:
        return reading_of(datetime(day.year, day.month, day.day), day_only=True)
    local = datetime(day.year, day.month, day.day, clock.hour, clock.minute, clock.second or 0)
    if clock.second == 0:
        return day_if_midnight(local, clock.offset, to_second=True)
    return reading_of(local, offset=clock.offset, to_second=clock.second is not None)
