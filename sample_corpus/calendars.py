"""Dates as the readers of a page see them: in its language, its calendar, its digits, by its clock."""

from datetime import date, datetime, timedelta

from furniture import Words
from sources import Site

FIRST_DAY_OF_1404 = date(2025, 3, 21)


def jalali(day: date) -> tuple[int, int, int]:
    """Year, month and day of the Persian solar calendar.

    Leap years by the 33-year cycle, which is right from 1343 to 1472.

    Raises:
        ValueError: the day lies before 1404.

    Source:
        Borkowski, The Persian calendar for 3000 years, Earth, Moon and Planets 74, 1996.
    """
    year, left = 1404, (day - FIRST_DAY_OF_1404).days
    if left < 0:
        raise ValueError(f"{day} lies before the Persian year 1404")
    while left >= (length := 366 if (25 * year + 11) % 33 < 8 else 365):
        year, left = year + 1, left - length
    month, day_of_month = divmod(left, 31) if left < 186 else divmod(left - 186, 30)
    return year, month + (1 if left < 186 else 7), day_of_month + 1


def local_clock(site: Site, moment: datetime) -> datetime:
    """The moment by the clock on the site's wall, without zone."""
    return moment.replace(tzinfo=None) + timedelta(hours=site.offset_hours)


def visible(site: Site, words: Words, moment: datetime, *, with_time: bool) -> str:
    """The moment as the site prints it above its articles."""
    clock = local_clock(site, moment)
    is_jalali = words.text("calendar") == "jalali"
    year, month, day = jalali(clock.date()) if is_jalali else (clock.year, clock.month, clock.day)
    months = words.all("months_levant" if site.months == "levant" else "months")
    written = words.pick("stamp" if with_time else "day", site.rank).format(
        year=year,
        month=months[month - 1],
        n=month,
        nn=f"{month:02}",
        day=words.text("first_day") if day == 1 and words.text("first_day") else day,
        dd=f"{day:02}",
        weekday=words.all("weekdays")[clock.weekday()],
        hour=clock.hour,
        hh=f"{clock.hour:02}",
        h12=clock.hour % 12 or 12,
        mm=f"{clock.minute:02}",
        ampm=words.all("ampm")[clock.hour // 12],
    )
    return in_digits(written, site.digits or words.text("digits"))


def in_digits(text: str, digits: str) -> str:
    return text.translate(str.maketrans("0123456789", digits)) if digits else text
