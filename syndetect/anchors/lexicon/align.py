"""Places of one page in another: between marks that stand once in either, in order, a page is taken to be even."""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors.features import DRIFT, LOOK_BACK, NEAR

MOST_PEGS = 200
LEAST_PEGS = 2
"""Pegs below which the same share of the page is the same place."""


@njit(cache=True, nogil=True)
def _pegs(a, a_end, b, b_end, keys, places, pegs):  # type: ignore[no-untyped-def]
    """Fill `pegs` with the places of keys that stand once on either side; rows sorted by key."""
    n = 0
    while a < a_end and b < b_end:
        if keys[a] < keys[b]:
            a += 1
            continue
        if keys[b] < keys[a]:
            b += 1
            continue
        a_to, b_to = a, b
        while a_to < a_end and keys[a_to] == keys[a]:
            a_to += 1
        while b_to < b_end and keys[b_to] == keys[b]:
            b_to += 1
        if a_to == a + 1 and b_to == b + 1 and n < MOST_PEGS:
            pegs[n, 0], pegs[n, 1] = places[a], places[b]
            n += 1
        a, b = a_to, b_to
    return n


@njit(cache=True, nogil=True)
def _in_order(pegs, n, scores, back, out):  # type: ignore[no-untyped-def]
    """The longest run of pegs whose steps are of like length: their places, in order; returns their number."""
    order = np.argsort(pegs[:n, 0] + 1e-6 * pegs[:n, 1])
    best = -1
    for i in range(n):
        p = order[i]
        scores[i], back[i] = 1.0, -1
        for j in range(max(0, i - LOOK_BACK), i):
            q = order[j]
            dx, dy = pegs[p, 0] - pegs[q, 0], pegs[p, 1] - pegs[q, 1]
            if dx <= 0 or dy <= 0:
                continue
            apart = abs(dx - dy) / (NEAR + DRIFT * max(dx, dy))
            score = scores[j] + 1.0 - min(3.0, apart * apart)
            if score > scores[i]:
                scores[i], back[i] = score, j
        if best < 0 or scores[i] > scores[best]:
            best = i
    n_out, at = 0, best
    while at >= 0:
        n_out += 1
        at = back[at]
    at = best
    for k in range(n_out - 1, -1, -1):
        out[k, 0], out[k, 1] = pegs[order[at], 0], pegs[order[at], 1]
        at = back[at]
    return n_out


@njit(cache=True, nogil=True)
def _place(y, chain, n, k):  # type: ignore[no-untyped-def]
    """Where y is, of a page whose next peg is k."""
    if k == 0:
        return chain[0, 0] - (chain[0, 1] - y)
    if k == n:
        return chain[n - 1, 0] + (y - chain[n - 1, 1])
    x, before = chain[k - 1, 0], chain[k - 1, 1]
    return x + (y - before) * (chain[k, 0] - x) / (chain[k, 1] - before)


@njit(cache=True, nogil=True)
def place_words(left, right, lengths, key_from, keys, key_at, word_from, word_at, at):  # type: ignore[no-untyped-def]
    """For each pair of pages where each word of the right page stands in the left one.

    Args:
        left: Page rows.
        right: Page rows.
        lengths: Length of each page in English letters, as all places are.
        key_from: Marks of page i are key_from[i]:key_from[i + 1], sorted by key.
        keys: Keys of marks.
        key_at: Their places.
        word_from: Words of page i are word_from[i]:word_from[i + 1], by place.
        word_at: Their places.
        at: To fill: a row a word of each right page, pair after pair.
    """
    pegs, chain = np.empty((MOST_PEGS, 2), np.float64), np.empty((MOST_PEGS, 2), np.float64)
    scores, back = np.empty(MOST_PEGS, np.float64), np.empty(MOST_PEGS, np.int64)
    row = 0
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        n = _pegs(key_from[a], key_from[a + 1], key_from[b], key_from[b + 1], keys, key_at, pegs)
        n = _in_order(pegs, n, scores, back, chain) if n > 0 else 0
        slope, k = lengths[a] / max(lengths[b], 1.0), 0
        for word in range(word_from[b], word_from[b + 1]):
            if n < LEAST_PEGS:
                at[row] = word_at[word] * slope
            else:
                while k < n and chain[k, 1] <= word_at[word]:
                    k += 1
                at[row] = _place(word_at[word], chain, n, k)
            row += 1
