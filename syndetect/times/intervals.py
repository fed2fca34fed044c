"""What a stated time allows: an interval in UTC beside the page's own clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from syndetect.times.calendars import names

ANY_ZONE = timedelta(hours=14)
"""How far a clock without a zone can stand from UTC."""
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True)
class TimeReading:
    """What a stated time allows: `start` to `end` in UTC, and `local`, the page's own clock."""

    start: datetime
    end: datetime
    zone_known: bool
    day_only: bool
    local: datetime


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


def day_if_midnight(local: datetime, offset: timedelta | None, *, to_second: bool) -> TimeReading | None:
    """A time of 00:00:00 is taken as a day; in UTC it says nothing of the zone then."""
    midnight = local.hour == local.minute == local.second == 0
    if midnight and offset == timedelta(0):
        offset = None
    return reading_of(local, offset=offset, day_only=midnight, to_second=to_second)


def offset_of(zone: str | None) -> timedelta | None:
    """How far a zone stands from UTC: a name of data/months_extra.toml, or figures; None if it can't be told."""
    if not zone:
        return None
    known = names().zones.get(zone)
    if known is not None:
        return timedelta(minutes=known)
    digits = re.sub(r"[^\d]", "", zone)
    if not digits:
        return None
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if "-" in zone or "−" in zone else 1)
    return offset if abs(offset) <= ANY_ZONE else None
