"""Pages of a large story that share what few of its pages have, however far apart in time.

A large story's pages are held against their neighbours in time. A page that was taken from one far before tells so by
what the two have and few others: an edit, a sentence of their own. Each mark's holders are listed in the order of time;
a page looks at those next beyond its neighbours in the list of each of its marks, and the rarer a mark the more it
counts.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numba import njit

from syndetect.provenance.clocks import FIRST, LEAST, SMALL_STORY, WINDOW, Clocks, before, order_in_time
from syndetect.provenance.passages import Marks
from syndetect.schema import I64

MOST = 20
"""Pages a page is held against because of what they share."""
BESIDE = 6
"""Holders of a mark before a page's neighbours, and after them, that it looks at, next to the first one."""


@njit(cache=True, nogil=True)
def _list_holders(ids, offsets, order, base, n_ids):  # type: ignore[no-untyped-def]
    """The places in `order` of the pages that have each mark, by mark and place; ids are counted from base."""
    starts = np.zeros(n_ids + 1, np.int64)
    for fill in range(2):
        if fill:
            starts[1:] = np.cumsum(starts[1:])
            holders, used = np.empty(starts[n_ids], np.int64), starts[:-1].copy()
        seen = np.full(n_ids, -1, np.int64)
        for place in range(len(order)):
            page = order[place]
            for i in range(offsets[page], offsets[page + 1]):
                mark = ids[i] - base
                if seen[mark] == place:
                    continue
                seen[mark] = place
                if fill:
                    holders[used[mark]] = place
                    used[mark] += 1
                else:
                    starts[mark + 1] += 1
    return starts, holders


@njit(cache=True, nogil=True, inline="always")
def _touch(other, weight, score, touched, n):  # type: ignore[no-untyped-def]
    if score[other] == 0.0:
        touched[n] = other
        n += 1
    score[other] += weight
    return n


@njit(cache=True, nogil=True)
def _look_around(ids, offsets, page, place, base, lists, passed, score, touched):  # type: ignore[no-untyped-def]
    """Add up what the page at a place shares with others beyond its neighbours; how many are `touched`.

    `passed` tells for each mark where its holders from this place on begin; places come in order.
    """
    starts, holders = lists
    n = 0
    for i in range(offsets[page], offsets[page + 1]):
        mark = ids[i] - base
        low, high, at = starts[mark], starts[mark + 1], passed[mark]
        if at == high or holders[at] != place:
            continue
        passed[mark] = at + 1
        weight = 1.0 / (high - low)
        # Neighbours are compared anyway: the holders looked at are the last before them and the first after.
        earliest = low + np.searchsorted(holders[low:high], FIRST)
        left = low + np.searchsorted(holders[low:high], place - WINDOW)
        right = low + np.searchsorted(holders[low:high], place + WINDOW)
        for j in range(max(earliest, left - BESIDE), left):
            n = _touch(holders[j], weight, score, touched, n)
        for j in range(max(earliest, right), min(high, right + BESIDE)):
            n = _touch(holders[j], weight, score, touched, n)
        if earliest < left - BESIDE:
            n = _touch(holders[earliest], weight, score, touched, n)
    return n


@njit(cache=True, nogil=True)
def _pick(touched, score, place):  # type: ignore[no-untyped-def]
    """The place that shares most; of like ones the nearest."""
    best = touched[0]
    for other in touched[1:]:
        apart = abs(other - place) - abs(best - place)
        if score[other] > score[best] or (score[other] == score[best] and (apart < 0 or (apart == 0 and other < best))):
            best = other
    return best


@njit(cache=True, nogil=True)
def _distant(ids, offsets, clocks, order, out):  # type: ignore[no-untyped-def]
    """Write child and page of pairs of one story, given its pages in the order of time; how many there are."""
    at, weights, moments = clocks
    base, most = np.int64(2**62), np.int64(-1)
    longest = 0
    for page in order:
        longest = max(longest, offsets[page + 1] - offsets[page])
        for i in range(offsets[page], offsets[page + 1]):
            base, most = min(base, ids[i]), max(most, ids[i])
    lists = _list_holders(ids, offsets, order, base, max(most - base + 1, 0))
    passed, score = lists[0][:-1].copy(), np.zeros(len(order))
    touched = np.empty(min(len(order), longest * (2 * BESIDE + 1)) + 1, np.int64)
    n_out = 0
    for place in range(len(order)):
        child = order[place]
        n = _look_around(ids, offsets, child, place, base, lists, passed, score, touched)
        n_picked = 0
        for _ in range(3 * MOST if n else 0):
            best = _pick(touched[:n], score, place)
            if score[best] == 0.0 or n_picked == MOST:
                break
            score[best] = 0.0
            if before(at, weights, moments, order[best], child) >= LEAST:
                out[n_out, 0], out[n_out, 1] = child, order[best]
                n_out += 1
                n_picked += 1
        score[touched[:n]] = 0.0
    return n_out


def distant_pairs(clocks: Clocks, marks: Marks, story_from: I64) -> pl.DataFrame:
    """List for the pages of large stories those far from them in time that share most with them.

    Args:
        clocks: When the pages, sorted by story, can have been published.
        marks: Pairs of their words.
        story_from: Where each story begins among the pages, and the end of the last.

    Returns:
        child, page: at most MOST a child, none that is among its neighbours in time.
    """
    order, _ = order_in_time(clocks, story_from)
    found = [np.zeros((0, 2), np.int64)]
    for story in np.flatnonzero(np.diff(story_from) > SMALL_STORY):
        mine = order[story_from[story] : story_from[story + 1]]
        out = np.empty((MOST * len(mine), 2), np.int64)
        n = _distant(marks.ids, marks.offsets, (clocks.at, clocks.weights, clocks.offsets), mine, out)
        found.append(out[:n])
    return pl.DataFrame(np.concatenate(found), schema={"child": pl.Int64, "page": pl.Int64}, orient="row")
