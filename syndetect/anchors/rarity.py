"""Marks of all pages -> how rare each key is in each language, and which pages have it.

One pass in place of joins: rows are dealt out by the upper bits of their keys, and each part is sorted and counted by
itself, on all threads. What comes out depends on neither.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

from syndetect.anchors.marks import Marks
from syndetect.schema import F32, F64, I32, I64, U64

SHRINK, PAGES_BEFORE = 50.0, 100.0
"""Pages of a language at which its own counts weigh as much as those of all; pages imagined without any key, so that in
a small store not all is common. The weights of `judge_translations` were learnt with them."""
_PART_BITS = 8
"""Upper bits of a key that say which of 256 parts it is counted in: 100,000 rows each at 200,000 pages."""


@dataclass(frozen=True)
class Rarity:
    """The keys of a store. A holding is a key in one language; those of a key stand side by side, by language."""

    keys: U64  # distinct, ascending
    holdings: I64  # key k has the holdings holdings[k]:holdings[k + 1]
    languages: I32  # of each holding
    sizes: I32  # of each holding: on how many pages it is
    weights: F64  # of each holding: how surprising the key is in the language, shrunk to how it is in all, in nats
    postings: I64  # holding h is on the pages slots[postings[h]:postings[h + 1]]
    slots: I32  # places of pages in the order given, ascending in a holding; none of keys in one language only
    positions: F32  # 0..1, where in each of these pages the key stands first
    key_of: I32  # of each holding
    unseen: F64  # by language: what a key weighs that no page has


@njit(cache=True, nogil=True)
def _count_parts(offsets, keys, shift, sizes):  # type: ignore[no-untyped-def]
    for page in range(len(offsets) - 1):
        for row in range(offsets[page], offsets[page + 1]):
            if row == offsets[page] or keys[row] != keys[row - 1]:
                sizes[keys[row] >> shift] += 1


@njit(cache=True, nogil=True)
def _deal(offsets, keys, order, shift, at, dealt, slots, rows):  # type: ignore[no-untyped-def]
    """Write each key of each page, pages in the given order, to the part of its upper bits; `at` says where."""
    for slot in range(len(order)):
        page = order[slot]
        for row in range(offsets[page], offsets[page + 1]):
            if row == offsets[page] or keys[row] != keys[row - 1]:
                part = keys[row] >> shift
                to = at[part]
                dealt[to], slots[to], rows[to] = keys[row], slot, row
                at[part] = to + 1


@njit(cache=True, nogil=True)
def _weight(n_here, n_all, n_language, n_pages, shrink, before):  # type: ignore[no-untyped-def]
    """How surprising a key is, in half octaves, so that a few new pages do not move every score."""
    share = (n_here + shrink * n_all / (n_pages + before)) / (n_language + shrink)
    return max(0.0, -0.5 * np.log(2.0) * np.floor(2.0 * np.log2(share) + 0.5))


@njit(cache=True, nogil=True)
def _count_part(  # type: ignore[no-untyped-def]
    order, dealt, slots, positions, languages, sizes, shrink, before,
    keys, held, holders, held_by, weights, posted, out_slots, out_positions, of_row,
):  # fmt: skip
    """Count one part: fills its keys and holdings, and which of its holdings each row has; returns how many of each.

    `order` sorts `dealt`; rows came in the order of slots, and equal keys are put in it again.
    """
    n, n_keys, n_holdings, n_slots, n_pages = len(order), 0, 0, 0, sizes.sum()
    a = 0
    while a < n:
        b = a + 1
        while b < n and dealt[order[b]] == dealt[order[a]]:
            b += 1
        order[a:b].sort()
        keys[n_keys], held[n_keys] = dealt[order[a]], n_holdings
        several = languages[slots[order[a]]] != languages[slots[order[b - 1]]]
        i = a
        while i < b:
            language, j = languages[slots[order[i]]], i
            posted[n_holdings] = n_slots
            while j < b and languages[slots[order[j]]] == language:
                of_row[order[j]] = n_holdings
                if several:
                    out_slots[n_slots], out_positions[n_slots] = slots[order[j]], positions[order[j]]
                    n_slots += 1
                j += 1
            holders[n_holdings], held_by[n_holdings] = language, j - i
            weights[n_holdings] = _weight(j - i, b - a, sizes[language], n_pages, shrink, before)
            n_holdings += 1
            i = j
        n_keys += 1
        a = b
    return n_keys, n_holdings, n_slots


@njit(cache=True, nogil=True)
def _spread(offsets, keys, holding):  # type: ignore[no-untyped-def]
    """Give the further occurrences of a key on a page what the first has."""
    for page in range(len(offsets) - 1):
        for row in range(offsets[page] + 1, offsets[page + 1]):
            if keys[row] == keys[row - 1]:
                holding[row] = holding[row - 1]


@dataclass(frozen=True)
class _Part:
    """A part's own Rarity, numbered from 0, and the holding of each of its rows."""

    keys: U64
    holdings: I64
    languages: I32
    sizes: I32
    weights: F64
    postings: I64
    slots: I32
    positions: F32
    of_row: I32


def _read_part(
    dealt: U64, slots: I32, positions: F32, languages: I32, sizes: I64, shrink: float, before: float
) -> _Part:
    n = len(dealt)
    keys, held, posted = np.empty(n, np.uint64), np.empty(n, np.int64), np.empty(n, np.int64)
    holders, held_by, of_row = (np.empty(n, np.int32) for _ in range(3))
    weights = np.empty(n, np.float64)
    posting_slots, posting_positions = np.empty(n, np.int32), np.empty(n, np.float32)
    n_keys, n_holdings, n_slots = _count_part(
        np.argsort(dealt), dealt, slots, positions, languages, sizes, shrink, before, keys, held, holders, held_by,
        weights, posted, posting_slots, posting_positions, of_row,
    )  # fmt: skip
    return _Part(
        keys[:n_keys].copy(), held[:n_keys].copy(), holders[:n_holdings].copy(), held_by[:n_holdings].copy(),
        weights[:n_holdings].copy(),
        posted[:n_holdings].copy(), posting_slots[:n_slots].copy(), posting_positions[:n_slots].copy(), of_row,
    )  # fmt: skip


def _join_parts(parts: list[_Part], unseen: F64) -> Rarity:
    """Parts, whose keys follow each other, as one."""
    n_holdings = np.cumsum([0, *(len(part.languages) for part in parts)])
    n_slots = np.cumsum([0, *(len(part.slots) for part in parts)])
    holdings = [part.holdings + before for part, before in zip(parts, n_holdings, strict=False)]
    postings = [part.postings + before for part, before in zip(parts, n_slots, strict=False)]
    bounds = np.concatenate([*holdings, n_holdings[-1:]])
    return Rarity(
        keys=np.concatenate([part.keys for part in parts]),
        holdings=bounds,
        languages=np.concatenate([part.languages for part in parts]),
        sizes=np.concatenate([part.sizes for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        postings=np.concatenate([*postings, n_slots[-1:]]),
        slots=np.concatenate([part.slots for part in parts]),
        positions=np.concatenate([part.positions for part in parts]),
        key_of=np.repeat(np.arange(len(bounds) - 1, dtype=np.int32), np.diff(bounds)),
        unseen=unseen,
    )


def count_keys(
    marks: Marks,
    order: I64,
    languages: I32,
    *,
    threads: int = 1,
    shrink: float = SHRINK,
    pages_before: float = PAGES_BEFORE,
) -> tuple[Rarity, I32]:
    """Count the keys of all pages.

    Args:
        marks: Of all pages.
        order: Rows of pages, those of a language side by side; postings come in this order.
        languages: The language of each page in that order, ascending from 0.
        threads: Parts counted at a time.
        shrink: Pages of a language at which its own counts weigh as much as those of all languages.
        pages_before: Pages imagined without any key.

    Returns:
        The rarity of all keys, and the holding of each row of `marks`.
    """
    shift = np.uint64(64 - _PART_BITS)
    counts = np.zeros(1 << _PART_BITS, np.int64)
    _count_parts(marks.offsets, marks.keys, shift, counts)
    cuts = np.concatenate([[0], np.cumsum(counts)])
    dealt, slots, rows = np.empty(cuts[-1], np.uint64), np.empty(cuts[-1], np.int32), np.empty(cuts[-1], np.uint32)
    _deal(marks.offsets, marks.keys, order, shift, cuts[:-1].copy(), dealt, slots, rows)
    sizes = np.bincount(languages, minlength=1).astype(np.int64)

    def work(part: tuple[int, int]) -> _Part:
        a, b = part
        return _read_part(dealt[a:b], slots[a:b], marks.positions[rows[a:b]], languages, sizes, shrink, pages_before)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(work, pairwise(cuts.tolist())))
    holding, n_holdings = np.empty(len(marks.keys), np.int32), 0
    for (a, b), part in zip(pairwise(cuts.tolist()), parts, strict=True):
        holding[rows[a:b]] = part.of_row + n_holdings
        n_holdings += len(part.languages)
    _spread(marks.offsets, marks.keys, holding)
    unseen = np.array([_weight(1, 1, size, sizes.sum(), shrink, pages_before) for size in sizes], np.float64)
    return _join_parts(parts, unseen), holding
