"""Publication times as distributions: how likely one page was there before another, and after how long.

A time with a zone is a point, with a small chance that the page was set back by hours; one without a zone is most
likely what the site's clock says, and else anywhere in its interval; a day is every hour of it; a page without a time
was published some hours before it was first crawled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import F32, F64, I64, Bools

MINUTE = 60_000_000
HOUR = 60 * MINUTE
SET_BACK = 0.03
"""Share of stated times that are set back, by up to SET_BACK_HOURS."""
SET_BACK_HOURS = 6
LEAST = 0.004
"""Pairs less likely to be in an order are left out."""
SMALL_STORY = 400
"""In stories of up to so many pages each is compared with each; in larger ones"""
WINDOW, FIRST = 60, 40
"""with so many next before it and next after it in time, and with so many of the earliest."""
NO_TIME = np.iinfo(np.int64).min
DELAY_HOURS = 6.0
"""Median hours from publication to first crawl where the store does not say."""
DELAY_SPREAD = 1.2
"""Standard deviation of the logarithm of that delay."""
LEAST_DATED = 50
"""Dated pages from which on the store's own delay counts."""
LAG_CENTRE = (4.0, 5.7)
LAG_SPREAD = (1.3, 1.4)
"""Logarithm of the minutes from a page to its copy, in one language and across two: centre and spread."""
LATE_SHARE = 0.1
LATE_CENTRE, LATE_SPREAD = 8.5, 1.2
"""Some copies are made days or weeks after: logarithm of the minutes."""
_NORMAL_QUANTILES = (-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645)


@dataclass(frozen=True)
class Clocks:
    """Moments page i can have been published at: `at[offsets[i]:offsets[i + 1]]` in microseconds, with weights.

    A page of which nothing is known has none.
    """

    at: I64
    weights: F64
    offsets: I64


def usual_delay(dated: pl.DataFrame) -> float:
    """Median hours from publication to first crawl, in coarse steps (powers of the root of two).

    Args:
        dated: published_at, published_from, published_to, first_crawled_at of pages.
    """
    sure = dated.filter(pl.col("published_from") == pl.col("published_to"))
    delays = (sure["first_crawled_at"] - sure["published_at"]).dt.total_seconds().drop_nulls()
    delays = delays.filter(delays > 0)
    if len(delays) < LEAST_DATED:
        return DELAY_HOURS
    hours = max(float(str(delays.median())) / 3600, 0.05)
    return float(2 ** (round(2 * math.log2(hours)) / 2))


@njit(cache=True, nogil=True)
def _spread(low, high, n, weight, at, weights, m):  # type: ignore[no-untyped-def]
    """Write n moments evenly between low and high; the place after the last."""
    for i in range(n):
        at[m + i], weights[m + i] = low + (high - low) * (2 * i + 1) // (2 * n), weight
    return m + n


@njit(cache=True, nogil=True)
def _around(best, trust, low, high, n, at, weights, m):  # type: ignore[no-untyped-def]
    """Write the best guess and, in their order, n other moments between low and high."""
    end = _spread(low, high, n, (1 - trust) / n, at, weights, m)
    k = end
    while k > m and at[k - 1] > best:
        at[k], weights[k] = at[k - 1], weights[k - 1]
        k -= 1
    at[k], weights[k] = best, trust
    return end + 1


@njit(cache=True, nogil=True)
def _moments(times, delays, at, weights, offsets):  # type: ignore[no-untyped-def]
    """Write the moments of each page; `times`: best guess, least, most, first crawl."""
    m = 0
    for page in range(len(times)):
        best, low, high, crawled = times[page]
        if best == NO_TIME and high == NO_TIME:
            high = crawled
        width = high - low
        if high == NO_TIME:
            pass
        elif NO_TIME in (best, low):
            for k in range(len(delays)):
                at[m], weights[m] = high - delays[k], 1 / len(delays)
                m += 1
        elif width < 2 * MINUTE:
            late = best + SET_BACK_HOURS * HOUR // 2
            if crawled != NO_TIME:
                late = min(late, crawled)
            at[m], weights[m] = best, 1 - SET_BACK
            at[m + 1], weights[m + 1] = max(best, late), SET_BACK
            m += 2
        # A day's best guess is its noon by the site's clock, or where the crawl cuts it short: no stated moment.
        elif width > 20 * HOUR and (best % (15 * MINUTE) == 0 or best in (low, high)):
            m = _spread(low, high, 24, 1 / 24, at, weights, m)
        elif width <= 3 * HOUR:
            m = _around(best, 0.85, low, high, 8, at, weights, m)
        else:
            m = _around(best, 0.6, low, high, 16, at, weights, m)
        offsets[page + 1] = m
    return m


def read_clocks(pages: pl.DataFrame, *, delay: float) -> Clocks:
    """Turn intervals into moments.

    Args:
        pages: published_at, published_from, published_to, first_crawled_at.
        delay: Median hours from publication to first crawl.
    """
    names = ("published_at", "published_from", "published_to", "first_crawled_at")
    times = np.column_stack([pages[name].cast(pl.Int64).fill_null(NO_TIME).to_numpy() for name in names])
    hours = [delay * math.exp(DELAY_SPREAD * z) for z in reversed(_NORMAL_QUANTILES)]
    delays = np.array([int(h * HOUR) for h in hours], np.int64)
    at, weights = np.empty(24 * pages.height, np.int64), np.empty(24 * pages.height, np.float64)
    offsets = np.zeros(pages.height + 1, np.int64)
    n = _moments(np.ascontiguousarray(times, np.int64), delays, at, weights, offsets)
    return Clocks(at[:n].copy(), weights[:n].copy(), offsets)


@njit(cache=True, nogil=True)
def before(at, weights, offsets, a, b):  # type: ignore[no-untyped-def]
    """Probability that page a was published before page b; one half where nothing is known."""
    if offsets[a] == offsets[a + 1] or offsets[b] == offsets[b + 1]:
        return 0.5
    total = 0.0
    for i in range(offsets[a], offsets[a + 1]):
        for j in range(offsets[b], offsets[b + 1]):
            if at[i] < at[j]:
                total += weights[i] * weights[j]
            elif at[i] == at[j]:
                total += 0.5 * weights[i] * weights[j]
    return total


@njit(cache=True, nogil=True)
def _emit(at, weights, offsets, child, page, least, n_out, out_child, out_page, out_p):  # type: ignore[no-untyped-def]
    if page == child:
        return n_out
    p = before(at, weights, offsets, page, child)
    if p < least:
        return n_out
    if len(out_child):
        out_child[n_out], out_page[n_out], out_p[n_out] = child, page, p
    return n_out + 1


@njit(cache=True, nogil=True)
def _pairs_of(clocks, story_from, order, place, named_from, named, limits, least, out):  # type: ignore[no-untyped-def]
    """Ordered pairs (child, page that can have been before it) of each story; with empty outputs only counts them.

    `skipped` becomes how many pairs of a page of the story and one before it in time were not looked at.
    """
    at, weights, offsets = clocks
    out_child, out_page, out_p, skipped = out
    small, window, first = limits
    n_out = 0
    for story in range(len(story_from) - 1):
        low, high = story_from[story], story_from[story + 1]
        skipped[story] = 0
        for i in range(low, high):
            child = order[i]
            head, left, right = low, low, high
            if high - low > small:
                head, left, right = low + first, max(low + first, i - window), min(high, i + window)
            skipped[story] += max(0, min(left, i) - head)
            for j in range(low, head):
                n_out = _emit(at, weights, offsets, child, order[j], least, n_out, out_child, out_page, out_p)
            for j in range(left, right):
                n_out = _emit(at, weights, offsets, child, order[j], least, n_out, out_child, out_page, out_p)
            for j in range(named_from[child], named_from[child + 1]):
                where = place[named[j]]
                if where >= head and (where < left or where >= right):
                    skipped[story] -= where < i
                    n_out = _emit(at, weights, offsets, child, named[j], least, n_out, out_child, out_page, out_p)
    return n_out


def middle_moments(clocks: Clocks) -> I64:
    """The middle one of each page's moments; NO_TIME where nothing is known."""
    middle = np.full(len(clocks.offsets) - 1, NO_TIME, np.int64)
    known = np.flatnonzero(np.diff(clocks.offsets) > 0)
    middle[known] = clocks.at[(clocks.offsets[known] + clocks.offsets[known + 1] - 1) // 2]
    return middle


def order_in_time(clocks: Clocks, story_from: I64) -> tuple[I64, I64]:
    """The pages story by story in the order of time, those without a time first; the place of each in there."""
    stories = np.repeat(np.arange(len(story_from) - 1), np.diff(story_from))
    rows = np.arange(len(stories))
    order = np.lexsort((rows, middle_moments(clocks), stories)).astype(np.int64)
    place = np.empty(len(rows), np.int64)
    place[order] = rows
    return order, place


def possible_pairs(
    clocks: Clocks, story_from: I64, named: pl.DataFrame,
    *, least: float = LEAST, small: int = SMALL_STORY, window: int = WINDOW, first: int = FIRST,
) -> tuple[I64, I64, F32, I64]:  # fmt: skip
    """List for each page the pages of its story that can have been there before.

    Args:
        clocks: When the pages, sorted by story, can have been published.
        story_from: Where each story begins among the pages, and the end of the last.
        named: child, page: what a page of a large story is compared with besides its neighbours in time: pages of
            whose site or address it speaks, those that its text is like.
        least: See LEAST.
        small: See SMALL_STORY.
        window: See WINDOW.
        first: See FIRST.

    Returns:
        child, page, probability that page was there before child; sorted by child and page. By story: how many pairs of
        a page and one before it in time were not looked at.
    """
    order, place = order_in_time(clocks, story_from)
    n_pages = len(order)
    links = named.select("child", "page").unique().sort("child", "page")
    named_from = np.searchsorted(links["child"].to_numpy(), np.arange(n_pages + 1)).astype(np.int64)
    none = np.zeros(0, np.int64)
    moments = (clocks.at, clocks.weights, clocks.offsets)
    wanted = links["page"].cast(pl.Int64).to_numpy()
    given = (moments, story_from, order, place, named_from, wanted, (small, window, first), least)
    skipped = np.zeros(len(story_from) - 1, np.int64)
    n = _pairs_of(*given, (none, none, np.zeros(0, np.float32), skipped))
    child, page, p = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.float32)
    if n:
        _pairs_of(*given, (child, page, p, skipped))
    by_child = np.lexsort((page, child))
    return child[by_child], page[by_child], p[by_child], skipped


@njit(cache=True, nogil=True)
def _lags(at, weights, offsets, child, page, cross, centre, spread, out):  # type: ignore[no-untyped-def]
    for k in range(len(child)):
        a, b = page[k], child[k]
        if offsets[a] == offsets[a + 1] or offsets[b] == offsets[b + 1]:
            out[k, 0] = out[k, 1] = np.nan
            continue
        mu, sigma = centre[cross[k]], spread[cross[k]]
        total, rate = 0.0, 0.0
        for i in range(offsets[a], offsets[a + 1]):
            for j in range(offsets[b], offsets[b + 1]):
                lag = at[j] - at[i]
                if lag > 0:
                    minutes = np.log(lag / 60_000_000 + 0.5)
                    z, late = (minutes - mu) / sigma, (minutes - LATE_CENTRE) / LATE_SPREAD
                    usual = (1 - LATE_SHARE) * np.exp(-0.5 * z * z)
                    usual = usual + LATE_SHARE * np.exp(-0.5 * late * late)
                    total += weights[i] * weights[j] * usual
                    rate += weights[i] * weights[j] * usual / (lag / 3_600_000_000 + 0.05)
        out[k, 0], out[k, 1] = total, rate


def lag_likelihood(clocks: Clocks, child: I64, page: I64, cross: Bools) -> F64:
    """How usual the time from each page to its child is for a copy, 0..1, and how usual a copy is at that hour.

    Two columns; NaN where a time is not known. The second is the first by hours passed: of two pages that a copy can
    have been taken from, one an hour and one a day before, it is the likelier source that came last.

    Args:
        clocks: When the pages can have been published.
        child: Rows of the later pages.
        page: Rows of the earlier ones.
        cross: Whether they are in two languages.
    """
    out = np.zeros((len(child), 2), np.float64)
    _lags(
        clocks.at, clocks.weights, clocks.offsets, child, page, cross.astype(np.int64),
        np.array(LAG_CENTRE), np.array(LAG_SPREAD), out,
    )  # fmt: skip
    return out
