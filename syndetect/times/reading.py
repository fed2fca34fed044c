"""Times as pages write them: machine forms, and dates in words of any language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import regex

from syndetect.times.calendars import JALALI_YEARS, fold_text, jalali_to_date
from syndetect.times.intervals import TimeReading, day_if_midnight, offset_of, reading_of
from syndetect.times.words import find_dates

_NULLS = frozenset({"", "none", "null", "nan", "nat", "0000-00-00 00:00:00"})


_ISO = regex.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:(?:[t_ ]|, ?)\s?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,:]\d+)?)?"
    r"\s*(z|utc|gmt|[+-]\d\d:?(?:\d\d)?)?)?"
)
_MAIL = regex.compile(r"(?:\p{L}{3},?\s)?\d{1,2}\s\p{L}{3}\s\d{4}\s\d\d:\d\d")
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
    if int(year) in JALALI_YEARS:
        at = jalali_to_date(int(year), int(month), int(day))
        year, month, day = str(at.year), str(at.month), str(at.day)
    if hour is None:
        return reading_of(datetime(int(year), int(month), int(day)), day_only=True)
    hour_number = 0 if (hour, minute) == ("24", "00") else int(hour)
    local = datetime(int(year), int(month), int(day), hour_number, int(minute), int(second or 0))
    if hour == "24":
        local += timedelta(days=1)
    return day_if_midnight(local, offset_of(zone), to_second=second is not None)


def _read_digits(text: str) -> TimeReading | None:
    if len(text) == 14 and text[:2] in ("19", "20"):
        return day_if_midnight(datetime.strptime(text, "%Y%m%d%H%M%S"), None, to_second=True)
    seconds = float(text) / (1000 if len(text.partition(".")[0]) == 13 else 1)
    return reading_of(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0), offset=timedelta(0))


def _read_mail(text: str) -> TimeReading | None:
    """RFC 2822, which needs a time of day: `Thu, 06 Mar 2025 09:03:00 +0330`."""
    if not _MAIL.match(text):
        return None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return day_if_midnight(at.replace(tzinfo=None), at.utcoffset(), to_second=True)
