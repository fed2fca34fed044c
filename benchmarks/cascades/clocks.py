"""How pages state their times, as sloppily as the web, and when a crawler came by: page -> mode, stated, crawls."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from babel.dates import format_date, format_datetime

from cascades.conditions import MODES, Noise
from cascades.texts import stream
from cascades.trees import Page, Site

OTHER_MODE = 0.08
"""Pages that state their time in another way than their site does."""
NOWRUZ = date(2025, 3, 21)
"""First day of the Persian year 1404, in which these worlds lie but for their very latest pages."""
PERSIAN_MONTHS = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def set_clock(page: Page, noise: Noise, seed: object) -> None:
    """Decide how the page states its time, and which."""
    rng = stream(seed, "clock", page.name)
    page.mode = page.site.mode
    if rng.random() < OTHER_MODE and page.mode != "url_date":
        mode = rng.choices(MODES, noise.modes)[0]
        page.mode = "day_only" if mode == "url_date" else mode
    back = rng.uniform(0.5, 12)
    page.backdated = rng.random() < noise.backdated
    moment = page.published + page.site.clock_error - timedelta(hours=back) * page.backdated
    page.stated = None if page.mode == "none" else moment.replace(microsecond=0)


def set_crawls(page: Page, noise: Noise, seed: object) -> None:
    """Decide when the page was fetched, if at all."""
    rng = stream(seed, "crawl", page.name)
    missed = rng.random() < (noise.uncrawled_origins if page.relation == "origin" else noise.uncrawled)
    first = page.published + timedelta(hours=min(72.0, rng.lognormvariate(1.4, 1.0)))
    again = first + timedelta(hours=rng.uniform(12, 120))
    twice = rng.random() < noise.crawled_twice
    page.crawls = [] if missed else [moment.replace(microsecond=0) for moment in (first, again)[: 1 + twice]]


def local_clock(site: Site, moment: datetime) -> datetime:
    """A moment as the site's zone has it, without zone."""
    return (moment + site.offset(moment)).replace(tzinfo=None)


def at_face_value(page: Page) -> datetime | None:
    """The time that a page states, by somebody who takes a clock without zone for UTC, and a day for its midnight."""
    if page.stated is None or page.mode in {"jsonld_tz", "meta_tz"}:
        return page.stated
    local = local_clock(page.site, page.stated).replace(tzinfo=UTC)
    return local.replace(hour=0, minute=0, second=0) if page.mode in {"day_only", "url_date"} else local


def with_zone(site: Site, moment: datetime) -> str:
    """A moment with its zone, in the site's own or in UTC."""
    local = local_clock(site, moment)
    if site.zoned_as_utc:
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    minutes = int(site.offset(moment).total_seconds() // 60)
    return f"{local:%Y-%m-%dT%H:%M:%S}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def for_readers(local: datetime, language: str, *, with_time: bool = True, style: int = 0) -> str:
    """A local time as pages of a language print it; Persian pages by their own calendar."""
    day = (local.date() - NOWRUZ).days
    if language == "fa" and 0 <= day < 365:
        month, of_month = divmod(day, 31) if day < 186 else divmod(day - 186, 30)
        month += 6 * (day >= 186)
        time = f" - {local:%H:%M}" if with_time else ""
        return f"{of_month + 1} {PERSIAN_MONTHS[month]} 1404{time}".translate(PERSIAN_DIGITS)
    if not with_time:
        return format_date(local, "long", locale=language)
    if style == 0:
        return f"{format_date(local, 'long', locale=language)} {local:%H:%M}"
    return format_datetime(local, "medium", locale=language)
