"""Times as pages write them: machine forms, and dates in words of any language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

import regex

from syndetect.times.calendars import fold_text, jalali_to_date, month_of, names

ANY_ZONE = timedelta(hours=14)
"""How far a clock without a zone can stand from UTC."""
FIRST_YEAR, LAST_YEAR = 1990, 2100
_JALALI_YEARS = range(1370, 1431)  # 1991 to 2051; Hijri years of our time lie above, Gregorian ones far above
_ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}
_NULLS = frozenset({"", "none", "null", "nan", "nat", "0000-00-00 00:00:00"})


@dataclass(frozen=True)
class TimeReading:
    """What a stated time allows: `start` to `end` in UTC, and `local`, the page's own clock."""

    start: datetime
    end: datetime
    zone_known: bool
    day_only: bool
    local: datetime


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


def reading_of(
    local: datetime, *, offset: timedelta | None = None, day_only: bool = False, to_second: bool = True
) -> TimeReading | None:
    """The interval that a local time allows; None for years no crawl can hold."""
    if not FIRST_YEAR <= local.year < LAST_YEAR:
        return None
    length = timedelta(days=1) if day_only else timedelta(0) if to_second else timedelta(minutes=1)
    at = local.replace(tzinfo=UTC)
    if offset is None:
        return TimeReading(at - ANY_ZONE, at + length + ANY_ZONE, False, day_only, local)
    return TimeReading(at - offset, at - offset + length, True, day_only, local)


_ISO = regex.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:(?:[t_ ]|, ?)\s?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,:]\d+)?)?"
    r"\s*(z|utc|gmt|[+-]\d\d:?(?:\d\d)?)?)?"
)
_DIGITS = regex.compile(r"(?:\d{14}|\d{10}|\d{13}|\d{9}00000|\d{10}\.\d+)")


def read_time(raw: str, language: str | None = None) -> TimeReading | None:
    """Read one stated time: ISO, RFC 2822, epoch, 14 digits, or a visible date in any language.

    A time of 00:00:00 is taken as a day: imports and plain date fields write it so. Midnight in UTC says nothing of
    the zone then.
    """
    text = fold_text(raw).strip()
    if text in _NULLS or len(text) > 200:
        return None
    iso = _ISO.fullmatch(text)
    try:
        if iso:
            return _read_iso(iso)
        if _DIGITS.fullmatch(text):
            return _read_digits(text)
        if text.isascii() and (mail := _read_mail(raw.strip())):
            return mail
    except (ValueError, OverflowError):
        return None
    found = next(find_dates(raw, language), None)
    return found.reading if found else None


def _read_iso(iso: regex.Match[str]) -> TimeReading | None:
    year, month, day, hour, minute, second, zone = iso.groups()
    if int(year) in _JALALI_YEARS:
        at = jalali_to_date(int(year), int(month), int(day))
        year, month, day = str(at.year), str(at.month), str(at.day)
    if hour is None:
        return reading_of(datetime(int(year), int(month), int(day)), day_only=True)
    hour_number = 0 if (hour, minute) == ("24", "00") else int(hour)
    local = datetime(int(year), int(month), int(day), hour_number, int(minute), int(second or 0))
    if hour == "24":
        local += timedelta(days=1)
    return _day_if_midnight(local, _offset(zone), to_second=second is not None)


def _day_if_midnight(local: datetime, offset: timedelta | None, *, to_second: bool) -> TimeReading | None:
    midnight = local.hour == local.minute == local.second == 0
    if midnight and offset == timedelta(0):
        offset = None
    return reading_of(local, offset=offset, day_only=midnight, to_second=to_second)


def _read_digits(text: str) -> TimeReading | None:
    if len(text) == 14 and text[:2] in ("19", "20"):
        return _day_if_midnight(datetime.strptime(text, "%Y%m%d%H%M%S"), None, to_second=True)
    seconds = float(text) / (1000 if len(text.partition(".")[0]) == 13 else 1)
    return reading_of(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0), offset=timedelta(0))


def _read_mail(text: str) -> TimeReading | None:
    """RFC 2822, which needs a time of day: `Thu, 06 Mar 2025 09:03:00 +0330`."""
    if text.count(":") < 1 or not regex.match(r"(?:\p{L}{3},?\s)?\d{1,2}\s\p{L}{3}\s\d{4}\s\d\d:\d\d", text):
        return None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return _day_if_midnight(at.replace(tzinfo=None), at.utcoffset(), to_second=True)


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    known = names().zones.get(zone)
    if known is not None:
        return timedelta(minutes=known)
    digits = regex.sub(r"[^\d]", "", zone)
    if not digits:
        return None
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if "-" in zone or "−" in zone else 1)
    return offset if abs(offset) <= ANY_ZONE else None


@lru_cache(maxsize=1)
def _patterns() -> tuple[regex.Pattern[str], regex.Pattern[str], regex.Pattern[str]]:
    """Date, clock after a date, clock before a date; on text folded by `fold_text`."""
    period = "|".join(regex.escape(p) for p in sorted(names().periods, key=lambda p: (-len(p), p)))
    # Before the hour only names of other scripts: "am 7." is German for "on the 7th".
    early = "|".join(regex.escape(p) for p in sorted(names().periods, key=lambda p: (-len(p), p)) if not p.isascii())
    zone = "|".join(regex.escape(z) for z in sorted(names().zones, key=lambda z: (-len(z), z)))
    word = r"\p{L}[\p{L}\p{M}'’\u200c]*"
    month = rf"{word}\.?(?:[ /]{word})?"
    link = rf"(?:{word}\.?[\s,]+)??"
    day_end = r"(?:st|nd|rd|th|er|re|ª|º|°|-?\p{L}{1,2})??"
    date_pattern = regex.compile(
        r"(?<!\d)(?<!\d[.,:/\-])(?:"
        r"(?P<y1>\d{4})\s?[年년/.\-]\s?(?P<m1>\d{1,2})\s?[月월/.\-]\s?(?P<d1>\d{1,2})(?:\s?[日일號号.])?"
        r"|(?P<era>令和|平成|民國|民国)\s?(?P<ye>\d{1,3})\s?年\s?(?P<me>\d{1,2})\s?月\s?(?P<de>\d{1,2})\s?日"
        r"|(?P<n1>\d{1,2})(?P<s>\s?[./\-]\s?)(?P<n2>\d{1,2})(?P=s)(?P<y2>\d{4}|\d{2}(?=[\s,;|)]|$))"
        rf"|(?P<d3>\d{{1,2}}){day_end}[\s.,/·\-]*(?:(?:de|of|di|d['’])\s*)?{link}(?P<w3>{month})[\s.,/·\-]*"
        rf"(?:\p{{L}}{{1,4}}\.?[\s,]+)?(?P<y3>\d{{4}})"
        rf"|(?P<w4>{word}\.?(?:\s{word})?)[\s.]*(?P<d4>\d{{1,2}}){day_end}(?:\s*,\s*|\s+)(?:{word}\s)?(?P<y4>\d{{4}})"
        rf"|(?P<y7>\d{{4}})[.,]?\s(?:(?:gada)\s)?(?P<d7>\d{{1,2}})\.?\s(?P<w7>{word})"
        rf"|(?P<y5>\d{{4}})[.,]?\s(?:(?:g\.|m\.|gada|e\.)\s)?(?P<w5>{word}\.?)\s(?P<d5>\d{{1,2}})"
        rf"|(?P<d6>\d{{1,2}})\s+tháng\s+(?P<m6>\d{{1,2}})(?:\s*,\s*|\s+)(?:năm\s+)?(?P<y6>\d{{4}})"
        r")(?!\d)"
    )
    clock = (
        rf"(?:(?P<p1>{early})\s*)?(?P<h>[01]?\d|2[0-4])"
        r"(?:\s?[:.٫h時时點点시]\s?(?P<mi>[0-5]\d)(?:\s?[:.分분]\s?(?P<se>[0-5]\d)(?:[.,]\d+)?)?[秒초分분]?(?![\d]))?"
        rf"(?:\s?h(?!\p{{L}}))?(?:\s*(?P<p2>{period})(?!\p{{L}}))?"
        rf"(?:\s*\(?(?P<z>(?:utc|gmt)?[+\-−]\d{{1,2}}(?::?\d\d)?|{zone})(?![\p{{L}}\d]))?"
    )
    gap = r"(?:[\s.,،、|–—\-·•@()/:]|日|号)*"
    after = regex.compile(rf"(?:t|{gap}(?:{word}\.?{gap}){{0,2}}?){clock}")
    before = regex.compile(rf"(?<![\d.,:/])(?:{clock})(?:\s*uhr)?[\s,،|–—\-·•/]{{1,4}}(?:{word}\.?,?\s){{0,2}}$")
    return date_pattern, after, before


def find_dates(text: str, language: str | None = None) -> Iterator[FoundDate]:
    """Find whole dates (with a year) in running text, each with the time of day that stands beside it."""
    folded = fold_text(text)
    date_pattern, after, _ = _patterns()
    at = 0
    while found := date_pattern.search(folded, at):
        day, other = _day_of(found, language)
        if day is None:
            # The words before a number may belong to the next date: go on one word further.
            at = _next_word(folded, found.start())
            continue
        start, end = found.span()
        beside = after.match(folded, end, min(len(folded), end + 60))
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
        if reading:
            yield FoundDate(reading, start, end)
        at = max(end, found.end())


def _next_word(folded: str, at: int) -> int:
    at += 1
    while at < len(folded) and folded[at].isalnum() and folded[at - 1].isalnum() == folded[at].isalnum():
        at += 1
    return at


def _day_of(found: regex.Match[str], language: str | None) -> tuple[date | None, date | None]:
    """The day that a match names, and the other one where day and month can change places."""
    part = found.groupdict()
    try:
        if part["y1"]:
            return _date(int(part["y1"]), int(part["m1"]), int(part["d1"])), None
        if part["era"]:
            return date(_ERAS[part["era"]] + int(part["ye"]), int(part["me"]), int(part["de"])), None
        if part["y6"]:
            return date(int(part["y6"]), int(part["m6"]), int(part["d6"])), None
        if part["n1"]:
            return _numeric(int(part["n1"]), int(part["n2"]), part["y2"], language)
        for i in "3457":
            if part[f"w{i}"]:
                # The month is the word next to the day.
                return _worded(
                    part[f"w{i}"], int(part[f"d{i}"]), int(part[f"y{i}"]), language, last_first=i == "4"
                ), None
    except ValueError:
        pass
    return None, None


def _date(year: int, month: int, day: int) -> date:
    if year in _JALALI_YEARS:
        return jalali_to_date(year, month, day)
    if 2533 <= year <= 2643:
        year -= 543  # the Buddhist era of Thailand
    if not FIRST_YEAR <= year < LAST_YEAR:
        raise ValueError(f"no crawl holds pages of the year {year}")
    return date(year, month, day)


def _numeric(first: int, second: int, year_digits: str, language: str | None) -> tuple[date | None, date | None]:
    year = int(year_digits) + (2000 if len(year_digits) == 2 else 0)
    if first > 12 or year in _JALALI_YEARS:
        return _date(year, second, first), None
    if second > 12:
        return _date(year, first, second), None
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    if language != "en" or day_first == month_first:
        return day_first, None
    return month_first, day_first


def _worded(words: str, day: int, year: int, language: str | None, *, last_first: bool) -> date | None:
    parts = words.replace("/", " ").split()
    month = month_of(" ".join(parts), language)
    for part in reversed(parts) if last_first else parts:
        month = month or month_of(part, language)
    if month is None:
        return None
    calendar, number = month
    if calendar == "jalali":
        return jalali_to_date(year, number, day) if year in _JALALI_YEARS else None
    return None if year in _JALALI_YEARS else _date(year, number, day)


def _clock_of(found: regex.Match[str] | None) -> _Clock | None:
    if found is None:
        return None
    period = found["p1"] or found["p2"]
    if found["mi"] is None and period is None:
        return None
    hour = int(found["h"]) % 24
    if period is not None and hour <= 12:
        hour = hour % 12 + (12 if names().periods[period] else 0)
    return _Clock(hour, int(found["mi"] or 0), int(found["se"]) if found["se"] else None, _offset(found["z"]))


def _clock_before(folded: str, start: int) -> tuple[_Clock | None, int]:
    """A time of day that stands before its date: `09:03, 06.03.2025`."""
    lead = max(0, start - 40)
    found = _patterns()[2].search(folded[lead:start])
    clock = _clock_of(found)
    return (clock, lead + found.start()) if clock and found else (None, start)


def _reading(day: date, clock: _Clock | None) -> TimeReading | None:
    if clock is None:
        return reading_of(datetime(day.year, day.month, day.day), day_only=True)
    local = datetime(day.year, day.month, day.day, clock.hour, clock.minute, clock.second or 0)
    if clock.second == 0:
        return _day_if_midnight(local, clock.offset, to_second=True)
    return reading_of(local, offset=clock.offset, to_second=clock.second is not None)
