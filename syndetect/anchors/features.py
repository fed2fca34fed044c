"""What two pages of different languages have in common, as numbers: compiled, a pair at a time."""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors import kinds

NUMBERS, DATES, PLACES, NAMES, WORDS, CONCEPTS, LEARNTS = range(7)
GROUPS = np.full(256, -1, np.int8)
"""Kind -> the group it is weighed in."""
for _kinds, _group in (
    ((kinds.NUMBER,), NUMBERS),
    ((kinds.DATE, kinds.MONTH, kinds.WEEKDAY), DATES),
    ((kinds.PLACE, kinds.LANGUAGE, kinds.CURRENCY), PLACES),
    ((kinds.NAME, kinds.COGNATE), NAMES),
    ((kinds.WORD, kinds.LINK), WORDS),
    ((kinds.CONCEPT,), CONCEPTS),
    ((kinds.LEARNT,), LEARNTS),
):
    GROUPS[list(_kinds)] = _group
N_GROUPS = 7

MOST_REPEATS = 4
"""Occurrences of a key a side that are placed: names that stand everywhere place nothing."""
MOST_POINTS = 512
LOOK_BACK = 24
NEAR, DRIFT = 130.0, 0.15
"""Two steps are of like length if they differ by at most NEAR + DRIFT x length English letters: about a sentence."""
JUMP = 3.0
"""What a step of unlike length costs: sentences were dropped or added there."""
BACK = -60.0
"""How far a step may go back: word order differs within a sentence."""
COMMON = 1.0
"""Subtracted from each weight in a chain: what stands in most pages leads nowhere."""
SPAN_EDGE = 60.0
"""The part that a chain spans goes on for half a sentence before its first point and behind its last."""

# Columns of the features of a pair.
CHAIN, CHAIN_DENSITY, CHAIN_POINTS, LENGTH, SHORTER, IN_ORDER = range(6)
SHARED = 6  # + group: weight shared
MISSING_LEAST = SHARED + N_GROUPS  # + group, NUMBERS to PLACES: weight missing on the side that misses least
MISSING_MOST = MISSING_LEAST + 3
COVERAGE = MISSING_MOST + 3  # + group: share of the weight of the side that has less
CHANCE = COVERAGE + N_GROUPS
"""Chain that the same marks give when the right page is read backwards: what chance gives for this topic and length."""
MATCHED, MATCHED_DENSITY = CHANCE + 1, CHANCE + 2
"""Weight of the words that have a counterpart, each counted once."""
PRODUCTS = CHANCE + 3
"""Chain x itself, length, chance, coverage of numbers and of names; matched x itself and length."""
WINDOW = PRODUCTS + 7
"""Share of the page that the chain spans (the lesser, the greater); share of all points inside; weight of numbers,
dates and places that are alone inside (the lesser side, the greater); by how much the two spans differ in length."""
N_FEATURES = WINDOW + 6
COUNTS = 9
"""Columns of the counts: numbers shared, left, right; names, dates, places shared; marks in order; all shared, and of
these the words of a lexicon."""


@njit(cache=True, nogil=True)
def _place(groups, weights, places, units, a, a_end, b, b_end, points, n):  # type: ignore[no-untyped-def]
    """Add each pairing of the occurrences a..a_end and b..b_end of a key as a point (left, right, weight, group)."""
    for i in range(a, min(a_end, a + MOST_REPEATS)):
        for j in range(b, min(b_end, b + MOST_REPEATS)):
            if n == MOST_POINTS:
                return n
            points[n, 0], points[n, 1] = units[1] * places[i], units[2] * places[j]
            points[n, 2], points[n, 3] = 0.5 * (units[0] * weights[i] + units[0] * weights[j]), groups[a]
            n += 1
    return n


@njit(cache=True, nogil=True)
def _chain(points, order, scores, lengths, starts):  # type: ignore[no-untyped-def]
    """The best chain of points whose steps are of like length on both sides: weight, points, the first, the last.

    `order` has the points by their place on the left.
    """
    best, best_length, first, last = 0.0, 0, -1, -1
    for i, p in enumerate(order):
        own = points[p, 2] - COMMON
        scores[i], lengths[i], starts[i] = own, 1, p
        for back in range(1, LOOK_BACK + 1):
            if back > i:
                break
            q = order[i - back]
            dx, dy = points[p, 0] - points[q, 0], points[p, 1] - points[q, 1]
            # Several readings of one word are one point.
            if (dx < 1.0 and dy > BACK) or dy < BACK or abs(dy) < 1.0:
                continue
            apart = abs(dx - dy) / (NEAR + DRIFT * max(dx, dy))
            score = scores[i - back] + own - min(JUMP, 2.0 * apart * apart)
            if score > scores[i]:
                scores[i], lengths[i], starts[i] = score, lengths[i - back] + 1, starts[i - back]
        if scores[i] > best:
            best, best_length, first, last = scores[i], lengths[i], starts[i], p
    return best, best_length, first, last


@njit(cache=True, nogil=True)
def _matched(points, order, side):  # type: ignore[no-untyped-def]
    """The weight of the distinct words of a side that have a counterpart: of several readings the rarest."""
    n = len(order)
    total, i = 0.0, 0
    while i < n:
        at, best = points[order[i], side], 0.0
        while i < n and points[order[i], side] == at:
            best = max(best, points[order[i], 2])
            i += 1
        total += best
    return total


@njit(cache=True, nogil=True, inline="always")
def _leave(lonely, alone, group, side, place, weight):  # type: ignore[no-untyped-def]
    """Note where a number, date or place stands that the other side has not; returns how many are noted."""
    if group > PLACES or alone == MOST_POINTS:
        return alone
    lonely[alone, 0], lonely[alone, 1], lonely[alone, 2] = side, place, weight
    return alone + 1


@njit(cache=True, nogil=True)
def _compare(  # type: ignore[no-untyped-def]
    a, a_end, b, b_end, keys, groups, weights, places, units, shared, missing, total, points, counts, lonely
):
    """Merge two pages' rows, sorted by key: fills what is shared, missing and all a side by group.

    `units` are those of weights, and of places on the left and on the right.

    Returns how many points there are, and how many numbers, dates and places that only one side has.
    """
    n, alone = 0, 0
    while a < a_end or b < b_end:
        a_to, b_to = a, b
        if b >= b_end or (a < a_end and keys[a] <= keys[b]):
            while a_to < a_end and keys[a_to] == keys[a]:
                a_to += 1
        if a >= a_end or (b < b_end and keys[b] <= keys[a]):
            while b_to < b_end and keys[b_to] == keys[b]:
                b_to += 1
        group = groups[a] if a_to > a else groups[b]
        if a_to > a:
            total[0, group] += units[0] * weights[a]
        if b_to > b:
            total[1, group] += units[0] * weights[b]
        if a_to > a and b_to > b:
            shared[group] += 0.5 * (units[0] * weights[a] + units[0] * weights[b])
            counts[group] += 1
            n = _place(groups, weights, places, units, a, a_to, b, b_to, points, n)
        elif a_to > a:
            missing[0, group] += units[0] * weights[a]
            alone = _leave(lonely, alone, group, 0, units[1] * places[a], units[0] * weights[a])
        else:
            missing[1, group] += units[0] * weights[b]
            alone = _leave(lonely, alone, group, 1, units[2] * places[b], units[0] * weights[b])
        if group == NUMBERS:
            counts[N_GROUPS] += a_to > a
            counts[N_GROUPS + 1] += b_to > b
        a, b = a_to, b_to
    return n, alone


@njit(cache=True, nogil=True)
def _window(points, n, first, last, lonely, alone, length_a, length_b, f):  # type: ignore[no-untyped-def]
    """Fill what is told of the part of both pages that the chain from point `first` to `last` spans."""
    a, a_to = points[first, 0] - SPAN_EDGE, points[last, 0] + SPAN_EDGE
    b = min(points[first, 1], points[last, 1]) - SPAN_EDGE
    b_to = max(points[first, 1], points[last, 1]) + SPAN_EDGE
    share_a = (min(a_to, length_a) - max(a, 0.0)) / max(length_a, 1.0)
    share_b = (min(b_to, length_b) - max(b, 0.0)) / max(length_b, 1.0)
    f[WINDOW], f[WINDOW + 1] = min(share_a, share_b), max(share_a, share_b)
    inside, total = 0.0, 0.0
    for i in range(n):
        total += points[i, 2]
        if a <= points[i, 0] <= a_to and b <= points[i, 1] <= b_to:
            inside += points[i, 2]
    f[WINDOW + 2] = inside / max(total, 0.01)
    alone_a, alone_b = 0.0, 0.0
    for i in range(alone):
        if lonely[i, 0] == 0.0 and a <= lonely[i, 1] <= a_to:
            alone_a += lonely[i, 2]
        elif lonely[i, 0] == 1.0 and b <= lonely[i, 1] <= b_to:
            alone_b += lonely[i, 2]
    f[WINDOW + 3], f[WINDOW + 4] = np.log1p(min(alone_a, alone_b)), np.log1p(max(alone_a, alone_b))
    f[WINDOW + 5] = abs(np.log((a_to - a) / (b_to - b)))


@njit(cache=True, nogil=True)
def _weigh_groups(shared, missing, total, f):  # type: ignore[no-untyped-def]
    """Fill what each group shares, misses and covers."""
    for group in range(N_GROUPS):
        f[SHARED + group] = np.log1p(shared[group])
        least = min(total[0, group], total[1, group])
        f[COVERAGE + group] = min(1.0, shared[group] / least) if least > 0 else 0.0
        if group <= PLACES:
            f[MISSING_LEAST + group] = np.log1p(min(missing[0, group], missing[1, group]))
            f[MISSING_MOST + group] = np.log1p(max(missing[0, group], missing[1, group]))


@njit(cache=True, nogil=True)
def _multiply(f):  # type: ignore[no-untyped-def]
    for i, factor in enumerate((CHAIN, SHORTER, CHANCE, COVERAGE + NUMBERS, COVERAGE + NAMES)):
        f[PRODUCTS + i] = f[CHAIN] * f[factor]
    f[PRODUCTS + 5], f[PRODUCTS + 6] = f[MATCHED] * f[MATCHED], f[MATCHED] * f[SHORTER]


@njit(cache=True, nogil=True)
def compare_pairs(  # type: ignore[no-untyped-def]
    left, right, offsets, keys, groups, weights, places, lengths, features, counts, unit=1.0, letters=None
):
    """Fill the features and counts of each pair of pages.

    Args:
        left: Page rows.
        right: Page rows.
        offsets: Rows of page i are offsets[i]:offsets[i + 1], sorted by key, then place.
        keys: Anchor keys.
        groups: Their groups.
        weights: How surprising each is in its page's language.
        places: Where each stands, in English letters from the beginning.
        lengths: Length of each page in English letters.
        features: (pairs, N_FEATURES) to fill.
        counts: (pairs, COUNTS) to fill.
        unit: What weights are given in.
        letters: By page, what places are given in; English letters if None.
    """
    points, lonely = np.empty((MOST_POINTS, 4), np.float64), np.empty((MOST_POINTS, 3), np.float64)
    scores, starts = np.empty(MOST_POINTS, np.float64), np.empty(MOST_POINTS, np.int64)
    steps, tally = np.empty(MOST_POINTS, np.int64), np.empty(N_GROUPS + 2, np.int64)
    shared, missing = np.empty(N_GROUPS, np.float64), np.empty((2, N_GROUPS), np.float64)
    total = np.empty((2, N_GROUPS), np.float64)
    for pair in range(len(left)):
        a, b, f, c = left[pair], right[pair], features[pair], counts[pair]
        # The shorter page comes first, whichever is called left.
        turned = lengths[a] > lengths[b]
        a, b = (b, a) if turned else (a, b)
        shared[:], missing[:], total[:], tally[:] = 0.0, 0.0, 0.0, 0
        units = (unit, 1.0, 1.0) if letters is None else (unit, letters[a], letters[b])
        n, alone = _compare(offsets[a], offsets[a + 1], offsets[b], offsets[b + 1], keys, groups, weights, places,
                            units, shared, missing, total, points, tally, lonely)  # fmt: skip
        order = np.argsort(points[:n, 0] + 1e-6 * points[:n, 1])
        chain, chain_points, first, last = _chain(points, order, scores, steps, starts)
        f[WINDOW:] = 0.0
        if chain_points > 0:
            _window(points, n, first, last, lonely, alone, lengths[a], lengths[b], f)
        matched = min(_matched(points, order, 0), _matched(points, np.argsort(points[:n, 1]), 1))
        points[:n, 1] = lengths[b] - points[:n, 1]
        f[CHANCE] = np.log1p(_chain(points, order, scores, steps, starts)[0])
        f[CHAIN], f[CHAIN_POINTS], f[MATCHED] = np.log1p(chain), np.log1p(chain_points), np.log1p(matched)
        shorter = max(lengths[a], 1.0)
        f[CHAIN_DENSITY], f[MATCHED_DENSITY] = np.log1p(100.0 * chain / shorter), np.log1p(100.0 * matched / shorter)
        f[LENGTH] = min(2.0, np.log(max(lengths[b], 1.0) / shorter))
        f[SHORTER] = np.log(shorter)
        n_shared = tally[:N_GROUPS].sum()
        f[IN_ORDER] = chain_points / max(1.0, n_shared)
        _weigh_groups(shared, missing, total, f)
        _multiply(f)
        c[0], c[1 + turned], c[2 - turned] = tally[NUMBERS], tally[N_GROUPS], tally[N_GROUPS + 1]
        c[3], c[4], c[5] = tally[NAMES] + tally[WORDS], tally[DATES], tally[PLACES]
        c[6], c[7], c[8] = chain_points, n_shared, tally[LEARNTS]
