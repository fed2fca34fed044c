"""Marks of pages -> joint keys: two marks that stand next to each other, whichever comes first.

A name and a number that thousands of pages have are, side by side, on a few: a translation tells the same things in
nearly the same order. Only joint keys that two languages have are of use, a fraction of all; a table of a byte a hash
finds them before anything is written down, so that they need no more room than the marks.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors.marks import Marks
from syndetect.schema import I32, U8, Bools

FURTHER = 2
"""Marks behind a mark that it is joined with, as what stands between differs from language to language (measured at
50,000 pages, best 20: recall .955 with 1, .980 with 2 and 3 among words in no order; .897, .913, .915 among
sentences)."""
_SEVERAL = 255
_LEAST_BITS = 10


@njit(cache=True, nogil=True)
def joint_key(one, other):  # type: ignore[no-untyped-def]
    """The key of two keys, the same in either order."""
    low, high = min(one, other), max(one, other)
    mixed = (low * np.uint64(0x9E3779B97F4A7C15)) ^ (high * np.uint64(0xC2B2AE3D27D4EB4F))
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(32))


@njit(cache=True, nogil=True)
def _join_page(keys, positions, wanted, further, out_keys, out_positions):  # type: ignore[no-untyped-def]
    """The joint keys of a page, not in order; how many."""
    order = np.argsort(positions, kind="mergesort")
    m = 0
    for at in order:
        if wanted[at]:
            order[m] = at
            m += 1
    n = 0
    for i in range(m):
        one, seen = order[i], 0
        for j in range(i + 1, m):
            other = order[j]
            if seen == further:
                break
            if keys[other] != keys[one] and positions[other] > positions[one]:
                out_keys[n], out_positions[n] = joint_key(keys[one], keys[other]), positions[one]
                n += 1
                seen += 1
    return n


@njit(cache=True, nogil=True)
def _note(offsets, keys, positions, wanted, languages, further, shift, holders):  # type: ignore[no-untyped-def]
    """Write into the table of hashes which language has a joint key of it, or that several have."""
    room = further * int(np.diff(offsets).max())
    joint, places = np.empty(room, np.uint64), np.empty(room, np.float32)
    for page in range(len(offsets) - 1):
        a, b = offsets[page], offsets[page + 1]
        own = languages[page]
        for i in range(_join_page(keys[a:b], positions[a:b], wanted[a:b], further, joint, places)):
            at = joint[i] >> shift
            if holders[at] == 0:
                holders[at] = own
            elif holders[at] != own:
                holders[at] = _SEVERAL


@njit(cache=True, nogil=True)
def _write(  # type: ignore[no-untyped-def]
    offsets, keys, positions, wanted, further, shift, holders, out_offsets, out_keys, out_positions
):
    """Write joint keys whose hash several languages have, each page's sorted; with no room only count them."""
    room = further * int(np.diff(offsets).max())
    joint, places = np.empty(room, np.uint64), np.empty(room, np.float32)
    n = 0
    for page in range(len(offsets) - 1):
        a, b = offsets[page], offsets[page + 1]
        m = 0
        for i in range(_join_page(keys[a:b], positions[a:b], wanted[a:b], further, joint, places)):
            if holders[joint[i] >> shift] == _SEVERAL:
                joint[m], places[m] = joint[i], places[i]
                m += 1
        if len(out_keys):
            order = np.argsort(joint[:m], kind="mergesort")
            out_keys[n : n + m], out_positions[n : n + m] = joint[:m][order], places[:m][order]
        n += m
        out_offsets[page + 1] = n


def join_neighbours(marks: Marks, wanted: Bools, languages: I32, *, further: int = FURTHER) -> Marks:
    """The joint keys of pages that at least two languages may have: a few of one language are among them.

    Args:
        marks: Of the pages.
        wanted: Which rows of them are joined; the others are as if they were not there.
        languages: Of each page, from 0.
        further: How many marks behind it each is joined with.
    """
    offsets = np.zeros(len(marks.offsets), np.int64)
    n = further * int(wanted.sum())
    if n == 0:
        return Marks(marks.ids, offsets, marks.keys[:0], marks.kinds[:0], marks.positions[:0])
    # Four bytes a joint key: of those that one language has, a fifth share their hash with another language's.
    bits = max(_LEAST_BITS, (4 * n - 1).bit_length() - 1)
    holders, shift = np.zeros(1 << bits, np.uint8), np.uint64(64 - bits)
    few: U8 = np.minimum(languages + 1, _SEVERAL - 1).astype(np.uint8)
    _note(marks.offsets, marks.keys, marks.positions, wanted, few, further, shift, holders)
    none_keys, none_positions = marks.keys[:0], marks.positions[:0]
    given = (marks.offsets, marks.keys, marks.positions, wanted, further, shift, holders, offsets)
    _write(*given, none_keys, none_positions)
    keys, positions = np.empty(offsets[-1], np.uint64), np.empty(offsets[-1], np.float32)
    if len(keys):
        _write(*given, keys, positions)
    return Marks(marks.ids, offsets, keys, np.zeros(0, np.uint8), positions)
