"""Runs of equal keys -> pairs of texts, compiled.

A bucket of up to `max_bucket` texts gives all its pairs. A larger one (a wire flash, a template) gives star edges only,
from its earliest texts to all others: n pairs a hub instead of n * (n - 1) / 2. Texts of one site of which many have
the key give no pairs with each other: what many pages of a site have in common is its template.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from syndetect.schema import I64, U32, U64

DEAD = 0xFFFF_FFFF
"""The rank of a text that no document has any more."""
NO_SITE = -1
LOW = np.uint64(0xFFFF_FFFF)
SHIFT = np.uint64(32)


class Standing(NamedTuple):
    """What is known of the texts, one row a text.

    ranks: Its place in time; DEAD for one to be passed over.
    sites: The number of its site, or NO_SITE.
    floors: One row a site: a key that so many of its texts have is of its template; an empty array for no templates.
    """

    ranks: U32
    sites: I64
    floors: I64


class Buckets(NamedTuple):
    """What runs of equal keys gave.

    pairs: left << 32 | right with left < right, a pair once for each key.
    large: key << 32 | size of the buckets that gave star edges only.
    templates: key << 32 | size for each site that had so many texts in a bucket that they gave no pairs.
    templated: The texts that were passed over so, once for each key.
    """

    pairs: U64
    large: U64
    templates: U64
    templated: U32


DIGIT_BITS, N_DIGITS = np.uint64(11), 3


@njit(cache=True, nogil=True)
def sort_by_key(packed, spare):  # type: ignore[no-untyped-def]
    """Sort by the upper 32 bits, in place, leaving equal keys in their order: digit by digit, the lowest first.

    Three passes whatever the keys are; some five times as fast as a comparing sort of that many random numbers.
    """
    size = np.int64(1) << np.int64(DIGIT_BITS)
    mask = np.uint64(size - 1)
    counts = np.zeros((N_DIGITS, size), np.int64)
    for value in packed:
        for digit in range(N_DIGITS):
            counts[digit, (value >> (SHIFT + np.uint64(digit) * DIGIT_BITS)) & mask] += 1
    source, target = packed, spare
    for digit in range(N_DIGITS):
        starts, at = counts[digit], np.int64(0)
        for place in range(size):
            starts[place], at = at, at + starts[place]
        shift = SHIFT + np.uint64(digit) * DIGIT_BITS
        for value in source:
            place = (value >> shift) & mask
            target[starts[place]] = value
            starts[place] += 1
        source, target = target, source
    packed[:] = source


@njit(cache=True, nogil=True)
def _members(packed, at, ranks, out):  # type: ignore[no-untyped-def]
    """The distinct living texts of the run of equal keys that starts at `at`; how many, and where the run ends."""
    end, n = at, 0
    while end < len(packed) and packed[end] >> SHIFT == packed[at] >> SHIFT:
        text = np.uint32(packed[end] & LOW)
        end += 1
        if ranks[text] == np.uint32(DEAD):
            continue
        # Texts mostly come in their order, so that each goes to the end at once.
        place = n
        while place > 0 and out[place - 1] > text:
            place -= 1
        if place > 0 and out[place - 1] == text:
            continue
        for i in range(n, place, -1):
            out[i] = out[i - 1]
        out[place] = text
        n += 1
    return n, end


@njit(cache=True, nogil=True)
def _longest_run(packed):  # type: ignore[no-untyped-def]
    longest, at = 0, 0
    for i in range(1, len(packed) + 1):
        if i == len(packed) or packed[i] >> SHIFT != packed[at] >> SHIFT:
            longest = max(longest, i - at)
            at = i
    return longest


@njit(cache=True, nogil=True)
def _hubs_first(members, n, ranks, n_hubs):  # type: ignore[no-untyped-def]
    """Move the earliest n_hubs of members[:n] to the front."""
    for i in range(min(n_hubs, n)):
        best = i
        for j in range(i + 1, n):
            if ranks[members[j]] < ranks[members[best]]:
                best = j
        members[i], members[best] = members[best], members[i]


@njit(cache=True, nogil=True)
def _crowded(members, n, standing, tally):  # type: ignore[no-untyped-def]
    """Count the members of each site into `tally`; whether any site has come to its floor."""
    found = False
    for i in range(n):
        site = standing.sites[members[i]]
        if site >= 0:
            tally[site] += 1
            found |= tally[site] >= standing.floors[site]
    return found


@njit(cache=True, nogil=True, inline="always")
def _is_template(one, other, standing, tally):  # type: ignore[no-untyped-def]
    site = standing.sites[one]
    return site >= 0 and site == standing.sites[other] and tally[site] >= standing.floors[site]


@njit(cache=True, nogil=True)
def _list_templates(key, members, n, standing, tally, out, at, counting):  # type: ignore[no-untyped-def]
    """Write the texts of crowded sites to `out.templated` and a line a site to `out.templates`; clears `tally`."""
    n_templates, n_templated = at
    for i in range(n):
        site = standing.sites[members[i]]
        if site >= 0 and tally[site] >= standing.floors[site]:
            if not counting:
                out.templated[n_templated] = members[i]
            n_templated += 1
    for i in range(n):
        site = standing.sites[members[i]]
        if site >= 0:
            if tally[site] >= standing.floors[site]:
                if not counting:
                    out.templates[n_templates] = (key << SHIFT) | np.uint64(tally[site])
                n_templates += 1
            tally[site] = 0
    return n_templates, n_templated


@njit(cache=True, nogil=True)
def _emit(packed, standing, max_bucket, n_hubs, members, tally, out, counting):  # type: ignore[no-untyped-def]
    """Write what each run of equal keys gives to `out`, or, when `counting`, only count it."""
    n_pairs, n_large, listed, at = 0, 0, (0, 0), 0
    while at + 1 < len(packed):
        if packed[at] >> SHIFT != packed[at + 1] >> SHIFT:
            at += 1
            continue
        key = packed[at] >> SHIFT
        n, at = _members(packed, at, standing.ranks, members)
        crowded = len(tally) > 0 and _crowded(members, n, standing, tally)
        hubs = n
        if n > max_bucket:
            hubs = min(n_hubs, n)
            _hubs_first(members, n, standing.ranks, n_hubs)
            if not counting:
                out.large[n_large] = (key << SHIFT) | np.uint64(n)
            n_large += 1
        for i in range(hubs):
            for j in range(i + 1, n):
                if crowded and _is_template(members[i], members[j], standing, tally):
                    continue
                if not counting:
                    left, right = min(members[i], members[j]), max(members[i], members[j])
                    out.pairs[n_pairs] = (np.uint64(left) << SHIFT) | np.uint64(right)
                n_pairs += 1
        if len(tally):
            listed = _list_templates(key, members, n, standing, tally, out, listed, counting)
    return n_pairs, n_large, listed[0], listed[1]


def bucket_pairs(packed: U64, standing: Standing, *, max_bucket: int, n_hubs: int) -> Buckets:
    """All pairs of texts with an equal key.

    Args:
        packed: key << 32 | text, in any order. A text may stand under a key more than once.
        standing: What is known of the texts.
        max_bucket: A bucket of more texts gives star edges only.
        n_hubs: Hubs of such a bucket, its earliest texts.
    """
    packed = packed.copy()
    sort_by_key(packed, np.empty_like(packed))
    members, tally = np.empty(_longest_run(packed), np.uint32), np.zeros(len(standing.floors), np.int64)
    none = np.empty(0, np.uint64)
    nothing = Buckets(none, none, none, np.empty(0, np.uint32))
    sizes = _emit(packed, standing, max_bucket, n_hubs, members, tally, nothing, True)
    pairs, large, templates = (np.empty(n, np.uint64) for n in sizes[:3])
    found = Buckets(pairs, large, templates, np.empty(sizes[3], np.uint32))
    _emit(packed, standing, max_bucket, n_hubs, members, tally, found, False)
    return found
