"""Marks of all pages -> how rare each key is in each language, and which pages have it.

One pass in place of joins: rows are dealt out by the upper bits of their keys, and each part is sorted and counted by
itself, on all threads. What comes out depends on neither. Only an eighth of the rows is held a second time at once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from syndetect.anchors.marks import Marks
from syndetect.schema import F32, F64, I16, I32, I64, U8, U32, U64, Bools

SHRINK, PAGES_BEFORE = 50.0, 100.0
"""Pages of a language at which its own counts weigh as much as those of all; pages imagined without any key, so that in
a small store not all is common. The weights of `judge_translations` were learnt with them."""
STEP = 0.5 * np.log(2.0)
"""Weights are whole numbers of half octaves, so that a few new pages do not move every score; one is so many nats."""
_PART_BITS = 8
"""Upper bits of a key that say which of 256 parts it is counted in: 100,000 rows each at 200,000 pages."""
_PARTS_AT_ONCE = 32
"""Parts that are dealt out at once: a row takes 16 bytes more while it is."""


@dataclass(frozen=True)
class Rarity:
    """The keys of a store. A holding is a key in one language; those of a key stand side by side, by language."""

    keys: U64  # distinct, ascending
    holdings: I32  # key k has the holdings holdings[k]:holdings[k + 1]
    languages: I16  # of each holding
    sizes: I32  # of each holding: on how many pages it is
    weights: U8  # of each holding: how surprising the key is in the language, shrunk to how it is in all, in STEPs
    postings: I64  # holding h is on the pages slots[postings[h]:postings[h + 1]]
    slots: I32  # places of pages in the order given, ascending in a holding; none of keys in one language only
    positions: F32  # 0..1, where in each of these pages the key stands first
    key_of: I32  # of each holding
    unseen: F64  # by language: what a key weighs that no page has, in nats

    def several(self) -> Bools:
        """Which keys more than one language has."""
        of_several: Bools = np.diff(self.holdings) > 1
        return of_several


@njit(cache=True, nogil=True)
def _count_parts(offsets, keys, shift, sizes):  # type: ignore[no-untyped-def]
    for page in range(len(offsets) - 1):
        for row in range(offsets[page], offsets[page + 1]):
            if row == offsets[page] or keys[row] != keys[row - 1]:
                sizes[keys[row] >> shift] += 1


@njit(cache=True, nogil=True)
def _deal(offsets, keys, order, shift, first, at, dealt, slots, rows):  # type: ignore[no-untyped-def]
    """Write each key of each page, pages in the given order, to the part of its upper bits; `at` says where.

    The parts are those from `first` on that `at` has places for: a run of each page's rows, which are sorted by key.
    """
    least, last = np.uint64(first) << shift, np.uint64(first + len(at))
    for slot in range(len(order)):
        page = order[slot]
        row, b = offsets[page], offsets[page + 1]
        a, end = row, b
        while row < end:
            middle = (row + end) // 2
            if keys[middle] < least:
                row = middle + 1
            else:
                end = middle
        while row < b and keys[row] >> shift < last:
            if row == a or keys[row] != keys[row - 1]:
                part = np.int64(keys[row] >> shift) - first
                to = at[part]
                dealt[to], slots[to], rows[to] = keys[row], slot, row
                at[part] = to + 1
            row += 1


@njit(cache=True, nogil=True)
def _weight(n_here, n_all, n_language, n_pages, shrink, before):  # type: ignore[no-untyped-def]
    """How surprising a key is, in half octaves."""
    share = (n_here + shrink * n_all / (n_pages + before)) / (n_language + shrink)
    return max(0.0, -np.floor(2.0 * np.log2(share) + 0.5))


@njit(cache=True, nogil=True)
def _settle(order, dealt, slots, languages):  # type: ignore[no-untyped-def]
    """Put equal keys of a part, sorted by `order`, in the order of slots; how many keys, holdings, postings it has."""
    n, n_keys, n_holdings, n_postings = len(order), 0, 0, 0
    a = 0
    while a < n:
        b = a + 1
        while b < n and dealt[order[b]] == dealt[order[a]]:
            b += 1
        if b - a > 1:
            order[a:b].sort()  # rows came in the order of slots
        before = n_holdings
        for i in range(a, b):
            n_holdings += i == a or languages[slots[order[i]]] != languages[slots[order[i - 1]]]
        n_keys += 1
        n_postings += b - a if n_holdings - before > 1 else 0
        a = b
    return n_keys, n_holdings, n_postings


@njit(cache=True, nogil=True)
def _write_part(  # type: ignore[no-untyped-def]
    order, dealt, slots, rows, positions, languages, sizes, shrink, before, at, out, holding
):
    """Count one part, sorted by `order`: write its keys, holdings, postings from `at` on, and the holdings of rows."""
    keys, held, holders, held_by, weights, posted, out_slots, out_positions, key_of = out
    key, h, posting = at
    n, n_pages, a = len(order), sizes.sum(), 0
    while a < n:
        b = a + 1
        while b < n and dealt[order[b]] == dealt[order[a]]:
            b += 1
        keys[key], held[key] = dealt[order[a]], h
        several = languages[slots[order[a]]] != languages[slots[order[b - 1]]]
        i = a
        while i < b:
            language, j = languages[slots[order[i]]], i
            posted[h] = posting
            while j < b and languages[slots[order[j]]] == language:
                row = rows[order[j]]
                holding[row] = h
                if several:
                    out_slots[posting], out_positions[posting] = slots[order[j]], positions[row]
                    posting += 1
                j += 1
            holders[h], held_by[h], key_of[h] = language, j - i, key
            weights[h] = _weight(j - i, b - a, sizes[language], n_pages, shrink, before)
            h += 1
            i = j
        key += 1
        a = b


@njit(cache=True, nogil=True)
def _spread(offsets, keys, holding):  # type: ignore[no-untyped-def]
    """Give the further occurrences of a key on a page what the first has."""
    for page in range(len(offsets) - 1):
        for row in range(offsets[page] + 1, offsets[page + 1]):
            if keys[row] == keys[row - 1]:
                holding[row] = holding[row - 1]


class _Table:
    """A Rarity being written: room for as many keys as there are rows, of which the system gives what is written to."""

    def __init__(self, n: int, unseen: F64) -> None:
        self._made = Rarity(
            keys=np.empty(n, np.uint64), holdings=np.empty(n + 1, np.int32), languages=np.empty(n, np.int16),
            sizes=np.empty(n, np.int32), weights=np.empty(n, np.uint8), postings=np.empty(n + 1, np.int64),
            slots=np.empty(n, np.int32), positions=np.empty(n, np.float32), key_of=np.empty(n, np.int32),
            unseen=unseen,
        )  # fmt: skip
        self._n_keys, self._n_holdings, self._n_postings = 0, 0, 0

    @property
    def columns(self) -> tuple[object, ...]:
        """What is written to."""
        made = self._made
        return (
            made.keys, made.holdings, made.languages, made.sizes, made.weights, made.postings, made.slots,
            made.positions, made.key_of,
        )  # fmt: skip

    def places(self, counts: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """Where parts of so many keys, holdings and postings begin, behind what there is."""
        found = []
        for n_keys, n_holdings, n_postings in counts:
            found.append((self._n_keys, self._n_holdings, self._n_postings))
            self._n_keys += n_keys
            self._n_holdings += n_holdings
            self._n_postings += n_postings
        return found

    def close(self) -> Rarity:
        """What was written."""
        made = self._made
        made.holdings[self._n_keys], made.postings[self._n_holdings] = self._n_holdings, self._n_postings
        _cut(made.keys, self._n_keys)
        _cut(made.holdings, self._n_keys + 1)
        _cut(made.postings, self._n_holdings + 1)
        for of_holding in (made.languages, made.sizes, made.weights, made.key_of):
            _cut(of_holding, self._n_holdings)
        for of_posting in (made.slots, made.positions):
            _cut(of_posting, self._n_postings)
        return made


def _cut(column: NDArray[np.generic], size: int) -> None:
    column.resize(size, refcheck=False)  # in place: the rest was never written to


def count_keys(
    marks: Marks,
    order: I64,
    languages: I32,
    *,
    threads: int = 1,
    shrink: float = SHRINK,
    pages_before: float = PAGES_BEFORE,
    parts_at_once: int = _PARTS_AT_ONCE,
) -> tuple[Rarity, I32]:
    """Count the keys of all pages.

    Args:
        marks: Of all pages.
        order: Rows of pages, those of a language side by side; postings come in this order.
        languages: The language of each page in that order, ascending from 0.
        threads: Parts counted at a time.
        shrink: Pages of a language at which its own counts weigh as much as those of all languages.
        pages_before: Pages imagined without any key.
        parts_at_once: Of the 256 parts, so many are dealt out at once; bounds memory.

    Returns:
        The rarity of all keys, and the holding of each row of `marks`.
    """
    shift = np.uint64(64 - _PART_BITS)
    counts = np.zeros(1 << _PART_BITS, np.int64)
    _count_parts(marks.offsets, marks.keys, shift, counts)
    sizes = np.bincount(languages, minlength=1).astype(np.int64)
    unseen = [STEP * _weight(1, 1, size, sizes.sum(), shrink, pages_before) for size in sizes]
    table, holding = _Table(int(counts.sum()), np.array(unseen, np.float64)), np.empty(len(marks.keys), np.int32)
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(counts), parts_at_once):
            cuts = np.concatenate([[0], np.cumsum(counts[first : first + parts_at_once])])
            dealt, slots, rows = (np.empty(cuts[-1], kind) for kind in (np.uint64, np.int32, np.uint32))
            _deal(marks.offsets, marks.keys, order, shift, first, cuts[:-1].copy(), dealt, slots, rows)
            parts = [(dealt[a:b], slots[a:b], rows[a:b]) for a, b in pairwise(cuts.tolist())]

            def sort(part: tuple[U64, I32, U32]) -> tuple[I64, tuple[int, int, int]]:
                by_key = np.argsort(part[0])
                return by_key, _settle(by_key, part[0], part[1], languages)

            def write(part: tuple[U64, I32, U32], by_key: I64, at: tuple[int, int, int]) -> None:
                _write_part(
                    by_key, *part, marks.positions, languages, sizes, shrink, pages_before, at, table.columns, holding
                )

            ordered = list(pool.map(sort, parts))
            list(pool.map(write, parts, [by_key for by_key, _ in ordered], table.places([n for _, n in ordered])))
    _spread(marks.offsets, marks.keys, holding)
    return table.close(), holding
