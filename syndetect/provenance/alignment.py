"""Which sentences of a translation stand for which of its source: lengths, numbers and names, in order.

Each page and each page of another language that may have been its source are aligned sentence by sentence (after
Gale and Church, A program for aligning sentences in bilingual corpora, 1993). Sentences that the one has and the other
lacks tell sources of one language apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from syndetect.provenance.passages import number_keys
from syndetect.schema import F64, I64, Bools
from syndetect.text import Words

SPREAD = 0.35
"""Standard deviation of the logarithm of the ratio of two sentences' lengths, each in terms of its language's mean."""
WORST = 5.0
"""No pair of sentences costs more than this by its lengths."""
NEW, LEFT_OUT, TAIL, JOINED = 4.0, 2.5, 0.25, 1.5
"""Costs of a sentence the source lacks, of one left out inside, of one left out at the end, of two told as one."""
MOST_BONUS = 4.0
MOST_SENTENCES = 120
"""Sentences of a page that are aligned: the first ones. Bounds the time a pair takes."""


@dataclass(frozen=True)
class Aligned:
    """What each pair shares; zeros where it was not aligned.

    `cost` of the alignment a sentence of the child; `new` sentences of the child that the source lacks; sentences
    `left_out` before the child's last.
    """

    cost: F64
    new: F64
    left_out: F64


@njit(cache=True, nogil=True)
def _match_cost(a, b):  # type: ignore[no-untyped-def]
    z = np.log(a / b) / SPREAD
    return min(0.5 * z * z, WORST)


@njit(cache=True, nogil=True)
def _join(best, way, before, shared, a, b, joining):  # type: ignore[no-untyped-def]
    """The better of the best way and one that tells two sentences as one; lengths only add to its cost."""
    shared = min(shared, MOST_BONUS)
    if before + JOINED - shared < best:
        value = before + JOINED + _match_cost(a, b) - shared
        if value < best:
            return value, joining
    return best, way


@njit(cache=True, nogil=True)
def _align(a, b, bonus, cost, step):  # type: ignore[no-untyped-def]
    """Fill cost[i, j] of the first i sentences of the child and j of the source, and the step that led there."""
    n, m = len(a), len(b)
    for i in range(n + 1):
        for j in range(m + 1):
            if i == 0 and j == 0:
                cost[0, 0] = 0.0
                continue
            best, way = np.inf, 0
            if i:
                best, way = cost[i - 1, j] + NEW, 2
            if j:
                value = cost[i, j - 1] + (TAIL if i == n else LEFT_OUT)
                if value < best:
                    best, way = value, 3
            # Lengths only add to a cost, so that what is dearer without them need not be worked out.
            shared = min(bonus[i - 1, j - 1], MOST_BONUS) if i and j else 0.0
            if i and j and cost[i - 1, j - 1] - shared <= best:
                value = cost[i - 1, j - 1] + _match_cost(a[i - 1], b[j - 1]) - shared
                if value <= best:
                    best, way = value, 1
            if i and j > 1:
                shared = bonus[i - 1, j - 1] + bonus[i - 1, j - 2]
                best, way = _join(best, way, cost[i - 1, j - 2], shared, a[i - 1], b[j - 1] + b[j - 2], 4)
            if i > 1 and j:
                shared = bonus[i - 1, j - 1] + bonus[i - 2, j - 1]
                best, way = _join(best, way, cost[i - 2, j - 1], shared, a[i - 1] + a[i - 2], b[j - 1], 5)
            cost[i, j], step[i, j] = best, way


@njit(cache=True, nogil=True)
def _count(step, n, m):  # type: ignore[no-untyped-def]
    """Sentences that are new, and those left out before the child's last."""
    i, j, new, left_out = n, m, 0, 0
    while i or j:
        way = step[i, j]
        if way == 1:
            i, j = i - 1, j - 1
        elif way == 2:
            i, new = i - 1, new + 1
        elif way == 3:
            left_out += i < n
            j -= 1
        elif way == 4:
            i, j = i - 1, j - 2
        else:
            i, j = i - 2, j - 1
    return new, left_out


@njit(cache=True, nogil=True)
def _align_pairs(sentences, word_table, n_ids, child, by_page, page, out):  # type: ignore[no-untyped-def]
    lengths, of = sentences
    ids, word_of, weights, word_from = word_table
    stamp, place = np.full(n_ids, -1, np.int64), np.zeros(n_ids, np.int64)
    size = MOST_SENTENCES + 1
    cost, step = np.zeros((size, size)), np.zeros((size, size), np.uint8)
    bonus = np.zeros((size, size))
    marked = np.int64(-1)
    for k in by_page:
        c, q = child[k], page[k]
        n, m = min(of[c + 1] - of[c], MOST_SENTENCES), min(of[q + 1] - of[q], MOST_SENTENCES)
        if q != marked:
            for i in range(word_from[q], word_from[q + 1]):
                if weights[i] > 0 and stamp[ids[i]] != q:
                    stamp[ids[i]], place[ids[i]] = q, word_of[i] - of[q]
            marked = q
        bonus[:n, :m] = 0.0
        for i in range(word_from[c], word_from[c + 1]):
            if weights[i] > 0 and stamp[ids[i]] == q:
                row, column = word_of[i] - of[c], place[ids[i]]
                if row < n and column < m:
                    bonus[row, column] += weights[i]
        _align(lengths[of[c] : of[c] + n], lengths[of[q] : of[q] + m], bonus, cost, step)
        new, left_out = _count(step, n, m)
        out[k, 0], out[k, 1], out[k, 2] = cost[n, m] / max(n, 1), new, left_out


def sentence_lengths(words: Words, bounds: I64, offsets: I64, group: I64) -> F64:
    """Length of each sentence in terms of the mean of its group (a story's pages of one language)."""
    n = len(bounds) - 1
    if not n:
        return np.zeros(0, np.float64)
    size = (words.ends[bounds[1:] - 1].astype(np.int64) - words.starts[bounds[:-1]]).astype(np.float64)
    of = np.repeat(group, np.diff(offsets))
    total, count = np.bincount(of, size), np.bincount(of)
    lengths: F64 = np.maximum(size / np.maximum(total / np.maximum(count, 1), 1.0)[of], 0.02)
    return lengths


@dataclass(frozen=True)
class Measured:
    """Sentences of pages by length (`sentence_lengths`), and their words: numbered, of which sentence, their weight."""

    lengths: F64
    offsets: I64
    ids: I64
    word_of: I64
    weights: F64
    word_offsets: I64


def measure_sentences(words: Words, runs: tuple[I64, I64], numeric: Bools, group: I64) -> Measured:
    """Prepare the sentences of pages for being aligned.

    Args:
        words: The words of the pages.
        runs: Their sentences, from `sentence_runs`.
        numeric: Which words are numbers.
        group: Number of the story and language of each page.
    """
    bounds, offsets = runs
    size = words.ends.astype(np.int64) - words.starts
    # A word that two languages share is a name, a number or one left in the source's language.
    weights = np.where(numeric, 1.5, np.where(size >= 4, 1.0, 0.0))
    word_of = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    lengths = sentence_lengths(words, bounds, offsets, group)
    return Measured(lengths, offsets, number_keys(words.hashes), word_of, weights, words.offsets)


def align_sentences(told: Measured, child: I64, page: I64, cross: Bools) -> Aligned:
    """Align the sentences of each pair in two languages.

    Args:
        told: The sentences of all pages.
        child: Rows of the later pages.
        page: Rows of the earlier ones.
        cross: Which pairs are in two languages; others are left alone.
    """
    out = np.zeros((len(child), 3), np.float64)
    if cross.any():
        some = np.flatnonzero(cross)
        by_page = some[np.lexsort((child[some], page[some]))].astype(np.int64)
        word_table = (told.ids, told.word_of, told.weights, told.word_offsets)
        n_ids = int(told.ids.max()) + 1 if len(told.ids) else 1
        _align_pairs((told.lengths, told.offsets), word_table, n_ids, child, by_page, page, out)
    return Aligned(out[:, 0], out[:, 1], out[:, 2])
