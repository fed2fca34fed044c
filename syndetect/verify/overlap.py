"""What pairs of texts share, measured on the full texts: exact Jaccard, containment, aligned passages; compiled.

Shingles are counted by a hash set of the one text that the other is looked up in. Passages are found by seeds of a few
equal words and followed over words that differ. Texts are hashed once, not once a pair, and pairs are taken in the
order of their longer text, so that its tables are made once for all it is compared with.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit

from syndetect.schema import F32, F64, I32, I64, U32, U64
from syndetect.signatures import shingle_hashes
from syndetect.text import SHARES, WORD, Words, ranges

SEED_WORDS = 3
"""Words in a row that must be equal for an alignment to start or go on."""
LONGEST_GAP = 8
"""Words that may differ inside a passage."""
LEAST_BLOCK = 8
"""A passage of fewer equal words is chance."""
ALIKE = 0.5
"""From this Jaccard on passages are read off the shingles that both have; the finer alignment takes as long again."""
N_SPANS = 4
"""Passages kept a pair, the longest ones."""


class Texts(NamedTuple):
    """The words of some texts: those of text i are `words[offsets[i]:offsets[i + 1]]`, 32 bits each.

    `per_token` is what a token of each text counts in words: 1, or less for one-character words.
    """

    words: U32
    offsets: I64
    per_token: F32


def texts_of(words: Words) -> Texts:
    """Words as they are compared; half of each hash is enough to tell them apart within two texts."""
    return Texts((words.hashes >> np.uint64(32)).astype(np.uint32), words.offsets, words.per_token)


class Overlap(NamedTuple):
    """What pairs of texts share; one row a pair.

    `jaccard`, `left_containment`, `right_containment` are of shingle sets. `left_matched` counts the words of the left
    text that stand in aligned passages, each once, `right_matched` those of the right; `longest` is the longest
    passage. All are in words, one-character words at their share. `left_words` and `right_words` are the lengths.
    `spans` is (n, N_SPANS, 4): left from, left to, right from, right to, in tokens; -1 where there is none.
    """

    jaccard: F64
    left_containment: F64
    right_containment: F64
    left_matched: F32
    right_matched: F32
    longest: F32
    left_words: F32
    right_words: F32
    spans: I32


def empty_overlap(n: int) -> Overlap:
    """Room for n pairs, to be filled in parts."""
    shares, words = np.empty((3, n), np.float64), np.empty((5, n), np.float32)
    return Overlap(
        shares[0], shares[1], shares[2], words[0], words[1], words[2], words[3], words[4],
        np.empty((n, N_SPANS, 4), np.int32),
    )  # fmt: skip


def put_overlap(whole: Overlap, places: I64, part: Overlap) -> None:
    """Write what was measured of some pairs to their places."""
    for name in Overlap._fields:
        getattr(whole, name)[places] = getattr(part, name)


@njit(cache=True, nogil=True, inline="always")
def _slot(table, value, mask):  # type: ignore[no-untyped-def]
    """Where a value stands in a table of open addresses, or the empty place (0) it would stand at."""
    at = np.int64(value) & mask
    while table[at] != 0 and table[at] != value:
        at = (at + 1) & mask
    return at


@njit(cache=True, nogil=True)
def _room(n):  # type: ignore[no-untyped-def]
    """The size of a table for n values: a power of two, three quarters of it empty, so that few places are disputed."""
    size = 16
    while size < 4 * n:
        size *= 2
    return size


@njit(cache=True, nogil=True)
def _fill(shingles, begin, end, table, places):  # type: ignore[no-untyped-def]
    """File shingles[begin:end] in a cleared table, with the first place of each; how many are distinct."""
    mask, n = np.int64(len(table) - 1), 0
    table[:] = 0
    for i in range(begin, end):
        at = _slot(table, shingles[i], mask)
        if table[at] == 0:
            table[at], places[at] = shingles[i], i - begin
            n += 1
    return n


@njit(cache=True, nogil=True)
def _look_up(shingles, begin, end, table, places, of, seen, pair):  # type: ignore[no-untyped-def]
    """For each of shingles[begin:end] its first place in the text of the table, or -1, into `of`.

    Returns how many distinct ones were found; `seen` says of a place for which pair it was found last.
    """
    mask, n = np.int64(len(table) - 1), 0
    for i in range(begin, end):
        at = _slot(table, shingles[i], mask)
        if table[at] == 0:
            of[i - begin] = -1
            continue
        place = places[at]
        of[i - begin] = place
        n += seen[place] != pair
        seen[place] = pair
    return n


@njit(cache=True, nogil=True)
def _covered(seen, n, pair, width):  # type: ignore[no-untyped-def]
    """Words that stand in one of the n shingles that were seen for a pair."""
    words, until = 0, 0
    for i in range(n):
        if seen[i] == pair:
            words += i + width - max(i, until)
            until = i + width
    return words


@njit(cache=True, nogil=True)
def _keep_span(spans, lengths, equal, a_from, a_to, b_from, b_to):  # type: ignore[no-untyped-def]
    worst = 0
    for s in range(1, len(lengths)):
        if lengths[s] < lengths[worst]:
            worst = s
    if equal > lengths[worst]:
        lengths[worst] = equal
        spans[worst, 0], spans[worst, 1], spans[worst, 2], spans[worst, 3] = a_from, a_to, b_from, b_to


@njit(cache=True, nogil=True)
def _runs(of, n, width, spans):  # type: ignore[no-untyped-def]
    """Passages as runs of shingles that stand in both texts in a row: words of b in them, and the longest."""
    lengths = np.zeros(len(spans), np.int64)
    words, longest, until, i = 0, 0, 0, 0
    while i < n:
        if of[i] < 0:
            i += 1
            continue
        begin = i
        while i + 1 < n and of[i + 1] == of[i] + 1:
            i += 1
        end = i + width
        words += end - max(begin, until)
        until = end
        longest = max(longest, end - begin)
        _keep_span(spans, lengths, end - begin, of[begin], of[i] + width, begin, end)
        i += 1
    return words, longest


@njit(cache=True, nogil=True)
def _index_seeds(seeds, a0, n, table, heads, nexts):  # type: ignore[no-untyped-def]
    """File where each seed of a stands; filled from the end, so that each chain of equal seeds runs forward."""
    mask = np.int64(len(table) - 1)
    table[:] = 0
    for place in range(n - 1, -1, -1):
        at = _slot(table, seeds[a0 + place], mask)
        nexts[place] = heads[at] if table[at] != 0 else -1
        table[at] = seeds[a0 + place]
        heads[at] = place


@njit(cache=True, nogil=True)
def _next_seed(seeds, a0, b_seeds, i, j, gap, table, heads, nexts):  # type: ignore[no-untyped-def]
    """The first place from (i, j) on, at most `gap` tokens on in both, where SEED_WORDS words are equal."""
    mask = np.int64(len(table) - 1)
    for step in range(gap + 1):
        if j + step >= b_seeds:
            break
        at = _slot(table, seeds[j + step], mask)
        place = heads[at] if table[at] != 0 else -1
        while place >= 0:
            here = a0 + place
            if here - i > gap:
                break
            if here >= i:
                return here, j + step
            place = nexts[place]
    return np.int64(-1), np.int64(-1)


@njit(cache=True, nogil=True)
def _follow(words, seeds, a0, a1, b1, b_seeds, i, j, gap, table, heads, nexts, marks, number):  # type: ignore[no-untyped-def]
    """Follow a passage from (i, j): what is equal on the way, what of it in a had no mark, where it ends in both.

    Both are in hundredths of a word. Words of a without a mark get `number` for one.
    """
    equal, fresh, i_end, j_end = 0, 0, i, j
    while i >= 0:
        while i < a1 and j < b1 and words[i] == words[j]:
            share = SHARES[np.int64(words[i] & np.uint32(7))]
            if marks[i - a0] == 0:
                marks[i - a0] = number
                fresh += share
            i, j, equal = i + 1, j + 1, equal + share
        i_end, j_end = i, j
        i, j = _next_seed(seeds, a0, b_seeds, i, j, gap, table, heads, nexts)
    return equal, fresh, i_end, j_end


@njit(cache=True, nogil=True)
def _place_from(least, place, nexts):  # type: ignore[no-untyped-def]
    """Of the places of a seed the first from `least` on, else the first: copies keep the order of their source."""
    first = place
    while place >= 0:
        if place >= least:
            return place
        place = nexts[place]
    return first


@njit(cache=True, nogil=True)
def _align(words, seeds, a0, a1, b0, b1, b_seeds, per_word, table, heads, nexts, marks, spans):  # type: ignore[no-untyped-def]
    """Passages of b that stand in a, left to right in b: what of a and of b is in them, each once, and the longest.

    All in hundredths of a word.
    """
    mask = np.int64(len(table) - 1)
    marks[:] = 0
    lengths = np.zeros(len(spans), np.int64)
    gap, least = np.int64(np.rint(LONGEST_GAP * per_word)), LEAST_BLOCK * WORD
    of_a, of_b, longest, j, last_a, number = 0, 0, 0, b0, a0, 1
    while j < b_seeds:
        at = _slot(table, seeds[j], mask)
        if table[at] == 0:
            j += 1
            continue
        start = a0 + _place_from(last_a - a0, heads[at], nexts)
        equal, fresh, i_end, j_end = _follow(
            words, seeds, a0, a1, b1, b_seeds, start, j, gap, table, heads, nexts, marks, number
        )
        if equal < least:
            for i in range(start - a0, i_end - a0):
                if marks[i] == number:
                    marks[i] = 0
            j += 1
            continue
        _keep_span(spans, lengths, equal, start - a0, i_end - a0, j - b0, j_end - b0)
        # A passage of a may stand in b several times: its words are counted when they are first met.
        of_a += fresh
        of_b += equal
        longest = max(longest, equal)
        last_a, j, number = i_end, j_end, number + 1
    return of_a, of_b, longest


@njit(cache=True, nogil=True)
def _is_first(words, offsets, x, y):  # type: ignore[no-untyped-def]
    """Whether x is the one that passages are looked up in: the longer; of equals the one with the smaller words."""
    n, m = offsets[x + 1] - offsets[x], offsets[y + 1] - offsets[y]
    if n != m:
        return n > m
    for k in range(n):
        u, v = words[offsets[x] + k], words[offsets[y] + k]
        if u != v:
            return u < v
    return True


@njit(cache=True, nogil=True)
def _orient(words, offsets, left, right, first, second):  # type: ignore[no-untyped-def]
    """What is found must not depend on which of the two is called left."""
    for p in range(len(left)):
        in_order = _is_first(words, offsets, left[p], right[p])
        first[p], second[p] = (left[p], right[p]) if in_order else (right[p], left[p])


@njit(cache=True, nogil=True)
def _hash_all(words, offsets, width, hashes, counts):  # type: ignore[no-untyped-def]
    """The hashes of `width` words from each place on, never 0; counts: how many each text has."""
    for text in range(len(offsets) - 1):
        begin, n = offsets[text], offsets[text + 1] - offsets[text]
        counts[text] = shingle_hashes(words[begin : begin + n], n, width, 0, hashes[begin : begin + n])
        for i in range(begin, begin + counts[text]):
            hashes[i] |= np.uint64(1)


@njit(cache=True, nogil=True)
def _compare(texts, width, shingles, seeds, first, second, order, distinct, shared, aligned, spans):  # type: ignore[no-untyped-def]
    """Measure the pairs of `order`, in which pairs of one first text stand together.

    `distinct` is 0 where the distinct shingles of a text are not counted yet; whoever needs the count makes it.
    """
    words, offsets, longest = texts.words, texts.offsets, 0
    for p in order:
        longest = max(longest, offsets[first[p] + 1] - offsets[first[p]])
    size = _room(longest)
    table, places, seen = np.empty(size, np.uint64), np.empty(size, np.int32), np.empty(longest + 1, np.int32)
    other, other_places = np.empty(size, np.uint64), np.empty(size, np.int32)
    of = np.empty(longest + 1, np.int32)
    seed_table, heads, nexts = np.empty(size, np.uint64), np.empty(size, np.int32), np.empty(longest + 1, np.int32)
    marks, filled, indexed, room = np.empty(longest + 1, np.int32), np.int64(-1), np.int64(-1), 0
    for p in order:
        a, b = first[p], second[p]
        a0, a1, b0, b1 = offsets[a], offsets[a + 1], offsets[b], offsets[b + 1]
        a_count, b_count = shingles.counts[a], shingles.counts[b]
        if distinct[b] == 0:
            distinct[b] = _fill(shingles.hashes, b0, b0 + b_count, other[: _room(b1 - b0)], other_places)
        if a != filled:
            # As little of the tables as this text needs: clearing them is most of the cost of short texts.
            filled, room = a, _room(a1 - a0)
            distinct[a] = _fill(shingles.hashes, a0, a0 + a_count, table[:room], places)
            seen[: a1 - a0 + 1] = -1
        n = _look_up(shingles.hashes, b0, b0 + b_count, table[:room], places, of, seen, np.int32(p))
        shared[p] = n
        if texts.per_token[a] == 1 and texts.per_token[b] == 1 and n >= ALIKE * (distinct[a] + distinct[b] - n):
            take = min(width, a1 - a0)
            words_of_b, longest_run = _runs(of, b_count, take, spans[p])
            aligned[p, 0] = WORD * _covered(seen, a_count, np.int32(p), take)
            aligned[p, 1], aligned[p, 2] = WORD * words_of_b, WORD * longest_run
            continue
        if a != indexed:
            indexed = a
            _index_seeds(seeds.hashes, a0, seeds.counts[a], seed_table[:room], heads, nexts)
        per_word = 1 / min(texts.per_token[a], texts.per_token[b])
        aligned[p, 0], aligned[p, 1], aligned[p, 2] = _align(
            words, seeds.hashes, a0, a1, b0, b1, b0 + seeds.counts[b], per_word, seed_table[:room], heads, nexts,
            marks[: a1 - a0], spans[p],
        )  # fmt: skip


class _Grams(NamedTuple):
    """Hashes of some words in a row from each place of each text on; how many each text has."""

    hashes: U64
    counts: I64


def _grams(texts: Texts, width: int) -> _Grams:
    grams = _Grams(np.empty(len(texts.words), np.uint64), np.zeros(len(texts.offsets) - 1, np.int64))
    _hash_all(texts.words, texts.offsets, width, *grams)
    return grams


def compare(texts: Texts, left: I64, right: I64, *, shingle_words: int = 5, threads: int = 1) -> Overlap:
    """Measure what pairs of texts share.

    Args:
        texts: The words of the texts.
        left: Row in `texts` of the one text of each pair.
        right: Row of the other.
        shingle_words: Words a shingle, as for the signatures.
        threads: Kernels run side by side; the answer is the same.
    """
    n, offsets, width = len(left), texts.offsets, shingle_words
    shingles, seeds = (_grams(texts, width) for width in (shingle_words, SEED_WORDS))
    # A text shorter than a seed is one shorter seed, which can't be followed: nothing of it is aligned.
    seeds.counts[np.diff(offsets) < SEED_WORDS] = 0
    distinct, shared = np.zeros(len(offsets) - 1, np.int64), np.zeros(n, np.int64)
    aligned, spans = np.zeros((n, 3), np.int64), np.full((n, N_SPANS, 4), -1, np.int32)
    first, second = np.empty(n, np.int64), np.empty(n, np.int64)
    _orient(texts.words, offsets, left, right, first, second)
    order = np.lexsort((second, first))

    def work(part: tuple[int, int]) -> None:
        _compare(texts, width, shingles, seeds, first, second, order[slice(*part)], distinct, shared, aligned, spans)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        list(pool.map(work, ranges(n, least=64, threads=threads)))
    swapped = first != left
    aligned[swapped] = aligned[swapped][:, [1, 0, 2]]
    spans[swapped] = spans[swapped][:, :, [2, 3, 0, 1]]
    lengths = np.diff(offsets).astype(np.float32)
    either = np.maximum(distinct[left] + distinct[right] - shared, 1)
    return Overlap(
        jaccard=shared / either,
        left_containment=shared / np.maximum(distinct[left], 1),
        right_containment=shared / np.maximum(distinct[right], 1),
        left_matched=(aligned[:, 0] / WORD).astype(np.float32),
        right_matched=(aligned[:, 1] / WORD).astype(np.float32),
        longest=(aligned[:, 2] / WORD).astype(np.float32),
        left_words=lengths[left] * texts.per_token[left],
        right_words=lengths[right] * texts.per_token[right],
        spans=spans,
    )
