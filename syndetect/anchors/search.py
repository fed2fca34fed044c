"""The search for candidates, page by page: what its keys lead to, and which of it is nearest.

Common keys are followed only as far as a budget goes, so what is found is compared again in all keys before it is kept.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors.rarity import STEP

NEAR, FAR = np.float32(0.1), np.float32(0.7)
"""A key counts FAR of its weight where it stands further apart on the two pages than this share of their text: a
translation has it at the same place, or near it, if neither is cut (measured at 20,000 pages, best 20 kept: recall of
whole pages .892 -> .899 and .903 -> .935, of cut and short ones .846 either way; at .3 that falls by a tenth)."""

NATS = (STEP * np.arange(128)).astype(np.float32)
"""Weights, which are held in a byte each, as they are added up."""

NO_TIME = np.iinfo(np.int64).min
MOST_PASSED = 8
"""Keys a page passes over before it stops: to count what a key leads to costs as much as to follow a rare one, and
those behind it are more common."""


@njit(cache=True, nogil=True)
def _first_at(slots, a, b, least):  # type: ignore[no-untyped-def]
    """The first of the ascending slots[a:b] that is not below `least`."""
    while a < b:
        middle = (a + b) // 2
        if slots[middle] < least:
            a = middle + 1
        else:
            b = middle
    return a


@njit(cache=True, nogil=True)
def _runs(own, slot, rarity, dated, lows, highs, runs):  # type: ignore[no-untyped-def]
    """Where the postings of the key of a holding stand that a page is compared with: fills `runs`; how many, in all."""
    holdings, holders, _, postings, slots, key_of, _ = rarity
    n, n_postings = 0, 0
    for h in range(holdings[key_of[own]], holdings[key_of[own] + 1]):
        if h == own:
            continue
        a, b, of = postings[h], postings[h + 1], holders[h]
        first, low, high = b, b, b
        if slots[b - 1] >= dated[of]:
            first = _first_at(slots, a, b, dated[of])
            low = _first_at(slots, first, b, lows[slot, of])
            if slots[b - 1] >= highs[slot, of]:
                high = _first_at(slots, low, b, highs[slot, of])
        for start, end in ((a, first), (low, high)):
            if end > start:
                runs[n, 0], runs[n, 1], runs[n, 2] = start, end, h
                n_postings += end - start
                n += 1
    return n, n_postings


@njit(cache=True, nogil=True)
def weigh_rows(offsets, holding, rarity, worths, sums):  # type: ignore[no-untyped-def]
    """Fill `worths`, the weight of each row's key in STEPs, -1 if no other language has it or a row before is the same.

    And `sums`: the squares of those of each page. They are read for every pair; the counts lie all over the memory.
    """
    holdings, _, weights, _, _, key_of, _ = rarity
    for page in range(len(offsets) - 1):
        for row in range(offsets[page], offsets[page + 1]):
            own = holding[row]
            key = key_of[own]
            worths[row] = -1
            if (row == offsets[page] or own != holding[row - 1]) and holdings[key + 1] - holdings[key] > 1:
                worths[row] = weights[own]
                sums[page] += (STEP * weights[own]) ** 2


@njit(cache=True, nogil=True)
def _rank_rows(a, b, worths, rows, places):  # type: ignore[no-untyped-def]
    """The rows a..b of keys that other languages have too, the most surprising first, of equals the lesser key.

    `places` has one for each weight there is.
    """
    places[:] = 0
    for row in range(a, b):
        if worths[row] >= 0:
            places[worths[row]] += 1
    n = 0
    for worth in range(len(places) - 1, -1, -1):
        count, places[worth] = places[worth], n
        n += count
    for row in range(a, b):
        if worths[row] >= 0:
            rows[places[worths[row]]] = row
            places[worths[row]] += 1
    return rows[:n]


@njit(cache=True, nogil=True)
def _apart(a, b, starts, ends, window):  # type: ignore[no-untyped-def]
    """Whether two time intervals are further apart than the window; one that is not known is never."""
    if starts[a] == NO_TIME or starts[b] == NO_TIME or ends[a] == NO_TIME or ends[b] == NO_TIME:
        return False
    return starts[a] - ends[b] > window or starts[b] - ends[a] > window


@njit(cache=True, nogil=True)
def _keep(other, weight, count, order, best, weights, shared, n):  # type: ignore[no-untyped-def]
    """Put a candidate where it belongs among the best of a page; of equals the lesser row first. Returns how many."""
    k, at = len(best), n
    while at > 0 and (weight > weights[at - 1] or (weight == weights[at - 1] and order[other] < order[best[at - 1]])):
        at -= 1
    if at >= k:
        return n
    for move in range(min(n, k - 1), at, -1):
        best[move], weights[move], shared[move] = best[move - 1], weights[move - 1], shared[move - 1]
    best[at], weights[at], shared[at] = other, weight, count
    return min(n + 1, k)


@njit(cache=True, nogil=True)
def _fill(table, keys, worths, a, b):  # type: ignore[no-untyped-def]
    """Write the first row of each key among a..b where its last bits say, or behind. Returns the bits that are used.

    They are as few as the page allows: what is looked up for every candidate has to stay near the core.
    """
    mask = np.uint64(1)
    while mask < np.uint64(4 * (b - a)):
        mask = np.uint64(2) * mask + np.uint64(1)
    for row in range(a, b):
        if worths[row] >= 0:
            at = keys[row] & mask
            while table[at] >= 0:
                at = (at + np.uint64(1)) & mask
            table[at] = row
    return mask


@njit(cache=True, nogil=True)
def _clear(table, mask, keys, a, b):  # type: ignore[no-untyped-def]
    for row in range(a, b):
        at = keys[row] & mask
        while table[at] >= 0:
            table[at] = -1
            at = (at + np.uint64(1)) & mask


@njit(cache=True, nogil=True)
def _compare(table, mask, page, other, offsets, keys, worths, positions):  # type: ignore[no-untyped-def]
    """The weight of all keys that a page, whose rows are in `table`, shares with another; and their number."""
    end, n, total = offsets[page + 1], 0, np.float32(0)
    row, last = offsets[other], offsets[other + 1]
    while row < last:
        key, first = keys[row], row
        row += 1
        if worths[first] < 0:
            continue
        at = key & mask
        while table[at] >= 0 and keys[table[at]] != key:
            at = (at + np.uint64(1)) & mask
        if table[at] < 0:
            continue
        while row < last and keys[row] == key:
            row += 1
        apart, mine = np.float32(1), table[at]
        while mine < end and keys[mine] == key:
            for theirs in range(first, row):
                apart = min(apart, abs(positions[mine] - positions[theirs]))
            mine += 1
        gain = (np.float32(0.5) * (NATS[worths[table[at]]] + NATS[worths[first]])) ** 2
        total += gain if apart <= NEAR else FAR * gain
        n += 1
    return total, n


@njit(cache=True, nogil=True)
def _follow(  # type: ignore[no-untyped-def]
    slot, of_page, rarity, windows, most, worth, passed_over, rows, weights_at, runs, sums, touched, n_touched
):  # fmt: skip
    """Add up what a page shares with others, by its keys, the most surprising first, while `most` allows.

    `sums` has the weight and the number of keys for each place: side by side, since they lie all over the memory.
    """
    a, b, holding, worths, own_positions = of_page
    _, _, weights, _, slots, key_of, positions = rarity
    dated, lows, highs = windows
    n_read, n_passed = 0, 0
    for row in _rank_rows(a, b, worths, rows, weights_at):
        own = holding[row]
        if n_passed >= MOST_PASSED:
            passed_over[key_of[own]] = True
            continue
        n_runs, n_postings = _runs(own, slot, rarity, dated, lows, highs, runs)
        if n_read + n_postings > most:
            passed_over[key_of[own]] = True
            n_passed += 1
            continue
        n_read += n_postings
        for i in range(n_runs):
            gain = np.float32((0.5 * (NATS[worths[row]] + STEP * weights[runs[i, 2]])) ** 2)
            for at in range(runs[i, 0], runs[i, 1]):
                other = slots[at]
                if sums[other, 1] == 0:
                    touched[n_touched] = other
                    n_touched += 1
                sums[other, 1] += worth
                sums[other, 0] += gain if abs(positions[at] - own_positions[row]) <= NEAR else FAR * gain
    return n_touched


@njit(cache=True, nogil=True)
def collect(  # type: ignore[no-untyped-def]
    first_slot, last_slot, marks, joints, scale, places, window, most, most_joint, least_shared, look,
    best, best_weights, best_shared,
):  # fmt: skip
    """For each place its best others; `best` is -1 where there are fewer.

    A page follows its joint keys, then its keys. What they find is ranked, and the first `look` compared in all keys.
    """
    offsets, keys, holding, worths, own_positions, rarity, passed_over = marks
    joint_offsets, joint_holding, joint_worths, joint_positions, joint_rarity, joint_passed_over = joints
    order, dated, lows, highs, starts, ends = places
    windows, n = (dated, lows, highs), len(order)
    sums, touched = np.zeros((n, 2), np.float32), np.empty(n, np.int32)
    runs, room = np.empty((2 * len(dated), 3), np.int64), 1
    for page in range(n):
        room = max(room, offsets[page + 1] - offsets[page], joint_offsets[page + 1] - joint_offsets[page])
    rows, weights_at = np.empty(room, np.int64), np.empty(len(NATS), np.int64)
    table = np.full(8 * room, -1, np.int32)
    first, first_weights, first_shared = np.empty(look, np.int32), np.empty(look, np.float32), np.empty(look, np.int32)
    for slot in range(first_slot, last_slot):
        page = order[slot]
        a, b = offsets[page], offsets[page + 1]
        joint = (joint_offsets[page], joint_offsets[page + 1], joint_holding, joint_worths, joint_positions)
        n_touched = _follow(
            slot, joint, joint_rarity, windows, most_joint, 2, joint_passed_over, rows, weights_at, runs, sums,
            touched, 0,
        )  # fmt: skip
        n_touched = _follow(
            slot, (a, b, holding, worths, own_positions), rarity, windows, most, 1, passed_over, rows, weights_at,
            runs, sums, touched, n_touched,
        )  # fmt: skip
        n_first = 0
        for i in range(n_touched):
            other = touched[i]
            weight, count = sums[other, 0] * scale[other], np.int64(sums[other, 1])
            sums[other] = 0.0
            worth = count >= least_shared and (n_first < look or weight >= first_weights[look - 1])
            if worth and not _apart(slot, other, starts, ends, window):
                n_first = _keep(other, weight, count, order, first, first_weights, first_shared, n_first)
        mask = _fill(table, keys, worths, a, b)
        n_best = 0
        for i in range(n_first):
            other = first[i]
            weight, count = _compare(table, mask, page, order[other], offsets, keys, worths, own_positions)
            if count >= least_shared:
                weight *= scale[other]
                n_best = _keep(other, weight, count, order, best[slot], best_weights[slot], best_shared[slot], n_best)
        _clear(table, mask, keys, a, b)
