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
COMMON = 0.3
"""Subtracted from each weight in a chain: what stands in most pages leads nowhere."""

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
N_FEATURES = PRODUCTS + 7
COUNTS = 8
"""Columns of the counts: numbers shared, left, right; names, dates, places shared; marks in order; all shared."""


@njit(cache=True, nogil=True)
def _place(keys, groups, weights, at_left, at_right, a, a_end, b, b_end, points, n):  # type: ignore[no-untyped-def]
    """Add each pairing of the occurrences a..a_end and b..b_end of a key as a point (left, right, weight, group)."""
    for i in range(a, min(a_end, a + MOST_REPEATS)):
        for j in range(b, min(b_end, b + MOST_REPEATS)):
            if n == MOST_POINTS:
                return n
            points[n, 0], points[n, 1] = at_left[i], at_right[j]
            points[n, 2], points[n, 3] = 0.5 * (weights[i] + weights[j]), groups[a]
            n += 1
    return n


@njit(cache=True, nogil=True)
def _chain(points, n, scores, lengths):  # type: ignore[no-untyped-def]
    """The best chain of points whose steps are of like length on both sides: its weight and its number of points."""
    order = np.argsort(points[:n, 0] + 1e-6 * points[:n, 1])
    best, best_length = 0.0, 0
    for i in range(n):
        p = order[i]
        own = points[p, 2] - COMMON
        scores[i], lengths[i] = own, 1
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
                scores[i], lengths[i] = score, lengths[i - back] + 1
        if scores[i] > best:
            best, best_length = scores[i], lengths[i]
    return best, best_length


@njit(cache=True, nogil=True)
def _matched(points, n, side):  # type: ignore[no-untyped-def]
    """The weight of the distinct words of a side that have a counterpart: of several readings the rarest."""
    order = np.argsort(points[:n, side])
    total, i = 0.0, 0
    while i < n:
        at, best = points[order[i], side], 0.0
        while i < n and points[order[i], side] == at:
            best = max(best, points[order[i], 2])
            i += 1
        total += best
    return total


@njit(cache=True, nogil=True)
def _compare(a, a_end, b, b_end, keys, groups, weights, places, shared, missing, total, points, counts):  # type: ignore[no-untyped-def]
    """Merge two pages' rows, sorted by key: fills what is shared, missing and all a side by group; returns points."""
    n = 0
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
            total[0, group] += weights[a]
        if b_to > b:
            total[1, group] += weights[b]
        if a_to > a and b_to > b:
            shared[group] += 0.5 * (weights[a] + weights[b])
            counts[group] += 1
            n = _place(keys, groups, weights, places, places, a, a_to, b, b_to, points, n)
        elif a_to > a:
            missing[0, group] += weights[a]
        else:
            missing[1, group] += weights[b]
        if group == NUMBERS:
            counts[N_GROUPS] += a_to > a
            counts[N_GROUPS + 1] += b_to > b
        a, b = a_to, b_to
    return n


@njit(cache=True, nogil=True)
def _multiply(f):  # type: ignore[no-untyped-def]
    for i, factor in enumerate((CHAIN, SHORTER, CHANCE, COVERAGE + NUMBERS, COVERAGE + NAMES)):
        f[PRODUCTS + i] = f[CHAIN] * f[factor]
    f[PRODUCTS + 5], f[PRODUCTS + 6] = f[MATCHED] * f[MATCHED], f[MATCHED] * f[SHORTER]


@njit(cache=True, nogil=True)
def compare_pairs(left, right, offsets, keys, groups, weights, places, lengths, features, counts):  # type: ignore[no-untyped-def]
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
    """
    points = np.empty((MOST_POINTS, 4), np.float64)
    scores, chain_lengths = np.empty(MOST_POINTS, np.float64), np.empty(MOST_POINTS, np.int64)
    shared, tally = np.empty(N_GROUPS, np.float64), np.empty(N_GROUPS + 2, np.int64)
    missing, total = np.empty((2, N_GROUPS), np.float64), np.empty((2, N_GROUPS), np.float64)
    for pair in range(len(left)):
        a, b, f, c = left[pair], right[pair], features[pair], counts[pair]
        shared[:], missing[:], total[:], tally[:] = 0.0, 0.0, 0.0, 0
        n = _compare(offsets[a], offsets[a + 1], offsets[b], offsets[b + 1], keys, groups, weights, places,
                     shared, missing, total, points, tally)  # fmt: skip
        chain, chain_points = _chain(points, n, scores, chain_lengths)
        matched = min(_matched(points, n, 0), _matched(points, n, 1))
        points[:n, 1] = lengths[b] - points[:n, 1]
        f[CHANCE] = np.log1p(_chain(points, n, scores, chain_lengths)[0])
        shorter = max(min(lengths[a], lengths[b]), 1.0)
        f[CHAIN] = np.log1p(chain)
        f[CHAIN_DENSITY] = np.log1p(100.0 * chain / shorter)
        f[MATCHED], f[MATCHED_DENSITY] = np.log1p(matched), np.log1p(100.0 * matched / shorter)
        f[CHAIN_POINTS] = np.log1p(chain_points)
        f[LENGTH] = min(2.0, abs(np.log(max(lengths[a], 1.0) / max(lengths[b], 1.0))))
        f[SHORTER] = np.log(shorter)
        n_shared = 0
        for group in range(N_GROUPS):
            n_shared += tally[group]
            f[SHARED + group] = np.log1p(shared[group])
            least = min(total[0, group], total[1, group])
            f[COVERAGE + group] = min(1.0, shared[group] / least) if least > 0 else 0.0
            if group <= PLACES:
                f[MISSING_LEAST + group] = np.log1p(min(missing[0, group], missing[1, group]))
                f[MISSING_MOST + group] = np.log1p(max(missing[0, group], missing[1, group]))
        f[IN_ORDER] = chain_points / max(1.0, n_shared)
        _multiply(f)
        c[0], c[1], c[2] = tally[NUMBERS], tally[N_GROUPS], tally[N_GROUPS + 1]
        c[3], c[4], c[5] = tally[NAMES] + tally[WORDS], tally[DATES], tally[PLACES]
        c[6], c[7] = chain_points, n_shared
