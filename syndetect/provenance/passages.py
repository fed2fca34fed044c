"""What the texts of a story share: word pairs and sentences, page by page, compiled.

For a page and each page that may have been its source: how much of the page stands there, how many places of the page
do *not* stand there though some other earlier page has them, and how much of the source was left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import F32, F64, I64, U8, U64
from syndetect.text import Words, hash_runs, split_words, string_buffers

LONG = 8
"""Word pairs on end that no edit of single words explains."""


@dataclass(frozen=True)
class Marks:
    """Numbered marks (word pairs, sentences) of pages in reading order: `ids[offsets[i]:offsets[i + 1]]`."""

    ids: I64
    offsets: I64


@dataclass(frozen=True)
class Shared:
    """What child and source share, one row a pair; counts are of marks.

    `found` of the child's `length` stand in the source; `gaps` places of the child do not, though an earlier page has
    them; `rare` sums over what is found one over the earlier pages that have it; `only` is found in no other earlier
    page. `kept` of the source's `source_length` stand in the child; it lost `holes` places inside
    and `tail` marks at the end. In `novel` places LONG marks and more of the child on end stand in no earlier page.
    """

    length: F64
    found: F64
    gaps: F64
    missing: F64
    rare: F64
    only: F64
    source_length: F64
    kept: F64
    holes: F64
    tail: F64
    novel: F64


@njit(cache=True, nogil=True)
def _word_pairs(hashes, offsets, stories, out, out_offsets):  # type: ignore[no-untyped-def]
    n = 0
    for doc in range(len(offsets) - 1):
        salt = np.uint64(stories[doc] + 1) * np.uint64(0x9E3779B97F4A7C15)
        for i in range(offsets[doc], offsets[doc + 1] - 1):
            h = (hashes[i] ^ salt) * np.uint64(0xFF51AFD7ED558CCD)
            h ^= h >> np.uint64(33)
            h = (h ^ hashes[i + 1]) * np.uint64(0xC4CEB9FE1A85EC53)
            out[n] = h ^ (h >> np.uint64(29))
            n += 1
        out_offsets[doc + 1] = n
    return n


@njit(cache=True, nogil=True)
def _sentence_ends(data, text_offsets, starts, ends, offsets, out):  # type: ignore[no-untyped-def]
    """Mark the words that end a sentence: a line break, or a full stop and the like that is followed by no letter."""
    for doc in range(len(offsets) - 1):
        base = text_offsets[doc]
        for i in range(offsets[doc], offsets[doc + 1]):
            if i + 1 == offsets[doc + 1]:
                out[i] = 1
                continue
            low, high = base + ends[i], base + starts[i + 1]
            for at in range(low, high):
                byte = data[at]
                spaced = at + 1 < high
                if byte == 10 or (spaced and byte in (46, 33, 63)):
                    out[i] = 1
                elif at + 2 < high:
                    second, third = data[at + 1], data[at + 2]
                    # 。 ！ ？ ।
                    if (
                        (byte == 0xE3 and second == 0x80 and third == 0x82)
                        or (byte == 0xEF and second == 0xBC and third in (0x81, 0x9F))
                        or (byte == 0xE0 and second == 0xA5 and third == 0xA4)
                    ):
                        out[i] = 1
                if byte == 0xD8 and at + 1 < high and data[at + 1] == 0x9F:
                    out[i] = 1


@njit(cache=True, nogil=True)
def _number(keys, mask, slots, numbers, out):  # type: ignore[no-untyped-def]
    """Number distinct keys by first occurrence; slots is a table of at least twice as many places, a power of two."""
    n = 0
    for i in range(len(keys)):
        at = (keys[i] ^ (keys[i] >> np.uint64(32))) & mask
        while numbers[at] >= 0 and slots[at] != keys[i]:
            at = (at + np.uint64(1)) & mask
        if numbers[at] < 0:
            slots[at], numbers[at] = keys[i], n
            n += 1
        out[i] = numbers[at]


def number_keys(keys: U64) -> I64:
    """Number distinct keys by first occurrence."""
    size = 1 << max(4, (2 * len(keys)).bit_length())
    out = np.empty(len(keys), np.int64)
    _number(keys, np.uint64(size - 1), np.empty(size, np.uint64), np.full(size, -1, np.int32), out)
    return out


def _numbered(keys: U64, offsets: I64) -> Marks:
    return Marks(number_keys(keys), offsets)


def word_pairs(words: Words, stories: I64) -> Marks:
    """Pairs of neighbouring words, those of each story numbered apart."""
    keys = np.empty(max(len(words.hashes), 1), np.uint64)
    offsets = np.zeros(len(words.offsets), np.int64)
    n = _word_pairs(words.hashes, words.offsets, stories, keys, offsets)
    return _numbered(keys[:n], offsets)


def sentence_runs(texts: pl.Series, words: Words) -> tuple[I64, I64]:
    """Where sentences begin among the words, and which sentences each document has.

    Returns:
        bounds: (n_sentences + 1,) positions in `words.hashes`.
        offsets: (n_documents + 1,) positions in `bounds`.
    """
    data, text_offsets = string_buffers(texts)
    closing: U8 = np.zeros(len(words.hashes), np.uint8)
    _sentence_ends(data, text_offsets, words.starts, words.ends, words.offsets, closing)
    ends = np.flatnonzero(closing) + 1
    bounds = np.concatenate([np.zeros(1, np.int64), ends.astype(np.int64)])
    offsets = np.searchsorted(bounds, words.offsets).astype(np.int64)
    return bounds, offsets


def sentences(runs: tuple[I64, I64], words: Words) -> Marks:
    """Sentences, as `sentence_runs` gives them, as one mark each, whatever their punctuation and line breaks."""
    bounds, offsets = runs
    return _numbered(hash_runs(words.hashes, bounds), offsets)


@njit(cache=True, nogil=True)
def _available(ids, offsets, by_page, child, page, p, n_ids, best, second, best_page, having):  # type: ignore[no-untyped-def]
    """For each mark of each child: which earlier page most surely had it, the next best, and how many had it."""
    stamp = np.full(n_ids, -1, np.int64)
    marked = np.int64(-1)
    for k in by_page:
        c, q = child[k], page[k]
        if q != marked:
            for i in range(offsets[q], offsets[q + 1]):
                stamp[ids[i]] = q
            marked = q
        for i in range(offsets[c], offsets[c + 1]):
            if stamp[ids[i]] == q:
                having[i] += p[k]
                if p[k] > best[i]:
                    second[i], best[i], best_page[i] = best[i], p[k], q
                elif p[k] > second[i]:
                    second[i] = p[k]


@njit(cache=True, nogil=True)
def _child_side(ids, offsets, by_page, child, page, p, n_ids, best, second, best_page, having, out):  # type: ignore[no-untyped-def]
    stamp = np.full(n_ids, -1, np.int64)
    marked = np.int64(-1)
    for k in by_page:
        c, q = child[k], page[k]
        if q != marked:
            for i in range(offsets[q], offsets[q + 1]):
                stamp[ids[i]] = q
            marked = q
        found, gaps, missing, rare, only, open_gap, novel, run = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
        for i in range(offsets[c], offsets[c + 1]):
            run = run + 1 if having[i] == 0 else 0
            novel += run == LONG
            if stamp[ids[i]] == q:
                found += 1
                rare += p[k] / max(having[i], p[k])
                if having[i] - p[k] < 0.05:
                    only += 1
                gaps += open_gap
                open_gap = 0.0
                continue
            elsewhere = second[i] if best_page[i] == q else best[i]
            missing += elsewhere
            open_gap = max(open_gap, elsewhere)
        out[k, 0], out[k, 1], out[k, 2] = offsets[c + 1] - offsets[c], found, gaps + open_gap
        out[k, 3], out[k, 4], out[k, 5], out[k, 10] = missing, rare, only, novel


@njit(cache=True, nogil=True)
def _source_side(ids, offsets, child, page, n_ids, out):  # type: ignore[no-untyped-def]
    stamp = np.full(n_ids, -1, np.int64)
    marked = np.int64(-1)
    for k in range(len(child)):
        c, q = child[k], page[k]
        if c != marked:
            for i in range(offsets[c], offsets[c + 1]):
                stamp[ids[i]] = c
            marked = c
        kept, holes, run, started = 0.0, 0.0, 0.0, False
        for i in range(offsets[q], offsets[q + 1]):
            if stamp[ids[i]] == c:
                kept += 1
                if run > 0 and started:
                    holes += 1
                run, started = 0.0, True
            else:
                run += 1
        out[k, 6], out[k, 7], out[k, 8], out[k, 9] = offsets[q + 1] - offsets[q], kept, holes, run


def compare_marks(marks: Marks, child: I64, page: I64, p: F32) -> Shared:
    """Compare each child with each page that may have been its source.

    Args:
        marks: Of all pages.
        child: Rows of the children, sorted.
        page: Rows of the pages that may have been before.
        p: How likely they were.
    """
    n_ids = int(marks.ids.max()) + 1 if len(marks.ids) else 1
    by_page = np.lexsort((child, page)).astype(np.int64)
    n = len(marks.ids)
    best, second, having = np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    best_page = np.full(n, -1, np.int64)
    out = np.zeros((len(child), 11), np.float64)
    given = (marks.ids, marks.offsets, by_page, child, page, p, n_ids, best, second, best_page, having)
    _available(*given)
    _child_side(*given, out)
    _source_side(marks.ids, marks.offsets, child, page, n_ids, out)
    return Shared(*(out[:, i] for i in range(11)))


@njit(cache=True, nogil=True)
def _found(ids, offsets, by_page, child, page, n_ids, out):  # type: ignore[no-untyped-def]
    stamp = np.full(n_ids, -1, np.int64)
    marked = np.int64(-1)
    for k in by_page:
        c, q = child[k], page[k]
        if q != marked:
            for i in range(offsets[q], offsets[q + 1]):
                stamp[ids[i]] = q
            marked = q
        found = 0
        for i in range(offsets[c], offsets[c + 1]):
            found += stamp[ids[i]] == q
        out[k] = found / max(offsets[c + 1] - offsets[c], 1)


def containment(marks: Marks, child: I64, page: I64) -> F64:
    """The share of each child's marks that stand in the page beside it: `found / length` of `compare_marks`."""
    out = np.zeros(len(child), np.float64)
    by_page = np.lexsort((child, page)).astype(np.int64)
    _found(marks.ids, marks.offsets, by_page, child, page, int(marks.ids.max(initial=0)) + 1, out)
    return out


__all__ = ["Marks", "Shared", "compare_marks", "containment", "sentence_runs", "sentences", "split_words", "word_pairs"]
