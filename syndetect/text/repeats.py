"""How much a text says if what it repeats is counted once: a word said a hundred times is one word."""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.schema import F32, I64, U32, Bools
from syndetect.text.words import GOLDEN, mix


@njit(cache=True, nogil=True)
def _equal(words, a, b, width):  # type: ignore[no-untyped-def]
    i = 0
    while i < width and words[a + i] == words[b + i]:
        i += 1
    return i == width


@njit(cache=True, nogil=True)
def _new_runs(words, begin, end, width, wanted, table):  # type: ignore[no-untyped-def]
    """Distinct runs of `width` tokens in words[begin:end], counted up to `wanted`; table: places + 1, 2**n of them."""
    mask, n = np.int64(len(table) - 1), 0
    table[:] = 0
    for place in range(begin, end - width + 1):
        h = np.uint64(0)
        for i in range(width):
            h = (h + np.uint64(words[place + i])) * GOLDEN
        at = np.int64(mix(h)) & mask
        while table[at] != 0 and not _equal(words, table[at] - 1, place, width):
            at = (at + 1) & mask
        if table[at] == 0:
            table[at] = place + 1
            n += 1
            if n == wanted:
                break
    return n


@njit(cache=True, nogil=True)
def _judge(words, offsets, per_token, shingle_words, least_words, enough):  # type: ignore[no-untyped-def]
    table = np.empty(16, np.int64)
    for doc in range(len(offsets) - 1):
        begin, end = offsets[doc], offsets[doc + 1]
        n, share = end - begin, np.float64(per_token[doc])
        if np.rint(n * share) < least_words:
            continue
        width = min(n, np.int64(np.rint(shingle_words / share)))
        wanted = max(1, np.int64(np.ceil((least_words - 0.5) / share)) - width + 1)
        while len(table) < 4 * wanted:
            table = np.empty(2 * len(table), np.int64)
        enough[doc] = _new_runs(words, begin, end, width, wanted, table) == wanted


def says_enough(words: U32, offsets: I64, per_token: F32, *, shingle_words: int, least_words: int) -> Bools:
    """Whether each text has `least_words` words, runs of `shingle_words` words that it repeats counted once.

    A text that repeats no such run has as many as it has words. Only as much of a text is looked at as is needed to
    tell: the first words of most.

    Args:
        words: Those of text i are `words[offsets[i]:offsets[i + 1]]`.
        offsets: See words.
        per_token: What a token of each text counts in words.
        shingle_words: Words a run.
        least_words: Words that are enough; at least 1.
    """
    enough = np.zeros(len(offsets) - 1, np.bool_)
    _judge(words, offsets, per_token, shingle_words, least_words, enough)
    return enough
