"""Runs of equal keys -> pairs of texts, compiled.

A bucket of up to `max_bucket` texts gives all its pairs. A larger one (a wire flash, a template) gives star edges only,
from its earliest texts to all others: n pairs a hub instead of n * (n - 1) / 2. Texts of one site of which many have
the key give no pairs with each other: what many pages of a site have in common is its template.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from syndetect.schema import I32, I64, U32, U64

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
    sites: I32
    floors: I64


class Buckets(NamedTuple):
    """What runs of equal keys gave.

    pairs: left << bits | right with left < right (see `pair_bits`), a pair once for each key.
    large: key << 32 | size of the buckets that gave star edges only.
    templates: key << 32 | size for each site that had so many texts in a bucket that they gave no pairs.
    templated: The texts that were passed over so, once for each key.
    """

    pairs: U64
    large: U64
    templates: U64
    templated: U32


DIGIT_BITS = 11


@njit(cache=True, nogil=True)
def sort_by_bits(values, spare, first_bit, n_bits):  # type: ignore[no-untyped-def]
    """Sort by `n_bits` from `first_bit` on, in place, leaving equals in their order: digit by digit, the lowest first.

    A pass a digit of 11 bits whatever the values are; some five times as fast as a comparing sort of random numbers.
    """
    n_digits = (n_bits + DIGIT_BITS - 1) // DIGIT_BITS
    size = np.int64(1) << DIGIT_BITS
    mask = np.uint64(size - 1)
    counts = np.zeros((n_digits, size), np.int64)
    for value in values:
        for digit in range(n_digits):
            counts[digit, (value >> np.uint64(first_bit + digit * DIGIT_BITS)) & mask] += 1
    source, target = values, spare
    for digit in range(n_digits):
        starts, at = counts[digit], np.int64(0)
        for place in range(size):
            starts[place], at = at, at + starts[place]
        shift = np.uint64(first_bit + digit * DIGIT_BITS)
        for value in source:
            place = (value >> shift) & mask
            target[starts[place]] = value
            starts[place] += 1
        source, target = target, source
    if n_digits % 2:
        values[:] = source


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
def _bounds(packed, max_bucket, n_hubs):  # type: ignore[no-untyped-def]
    """The longest run of equal keys; at most how many pairs, large buckets and members of buckets there are."""
    longest, n_pairs, n_large, n_members, at = 0, 0, 0, 0, 0
    for i in range(1, len(packed) + 1):
        if i < len(packed) and packed[i] >> SHIFT == packed[at] >> SHIFT:
            continue
        n, at = i - at, i
        if n > 1:
            longest, n_members = max(longest, n), n_members + n
            if n > max_bucket:
                n_pairs, n_large = n_pairs + max(max_bucket, n_hubs) * n, n_large + 1
            else:
                n_pairs += n * (n - 1) // 2
    return longest, n_pairs, n_large, n_members


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
def _list_templates(key, members, n, standing, tally, out, n_templates, n_templated):  # type: ignore[no-untyped-def]
    """Write the texts of crowded sites to `out.templated` and a line a site to `out.templates`; clears `tally`."""
    for i in range(n):
        site = standing.sites[members[i]]
        if site >= 0 and tally[site] >= standing.floors[site]:
            out.templated[n_templated] = members[i]
            n_templated += 1
    for i in range(n):
        site = standing.sites[members[i]]
        if site >= 0:
            if tally[site] >= standing.floors[site]:
                out.templates[n_templates] = (key << SHIFT) | np.uint64(tally[site])
                n_templates += 1
            tally[site] = 0
    return n_templates, n_templated


@njit(cache=True, nogil=True)
def _emit(packed, standing, bits, max_bucket, n_hubs, members, tally, out):  # type: ignore[no-untyped-def]
    """Write what each run of equal keys gives to `out`; how much it was of each."""
    n_pairs, n_large, n_templates, n_templated, at = 0, 0, 0, 0, 0
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
            out.large[n_large] = (key << SHIFT) | np.uint64(n)
            n_large += 1
        for i in range(hubs):
            for j in range(i + 1, n):
                if crowded and _is_template(members[i], members[j], standing, tally):
                    continue
                left, right = min(members[i], members[j]), max(members[i], members[j])
                out.pairs[n_pairs] = (np.uint64(left) << bits) | np.uint64(right)
                n_pairs += 1
        if len(tally):
            n_templates, n_templated = _list_templates(key, members, n, standing, tally, out, n_templates, n_templated)
    return n_pairs, n_large, n_templates, n_templated


def pair_bits(n_texts: int) -> int:
    """The bits that the number of a text takes: a pair is left << bits | right, so that few bits have to be sorted."""
    return max(1, (n_texts - 1).bit_length())


def bucket_pairs(packed: U64, standing: Standing, *, max_bucket: int, n_hubs: int) -> Buckets:
    """All pairs of texts with an equal key.

    Args:
        packed: key << 32 | text, in any order. A text may stand under a key more than once.
        standing: What is known of the texts.
        max_bucket: A bucket of more texts gives star edges only.
        n_hubs: Hubs of such a bucket, its earliest texts.
    """
    packed = packed.copy()
    sort_by_bits(packed, np.empty_like(packed), 32, 32)
    longest, *sizes = _bounds(packed, max_bucket, n_hubs)
    members, tally = np.empty(longest, np.uint32), np.zeros(len(standing.floors), np.int64)
    # Room for the most there can be: what is not written to takes no memory.
    n_pairs, n_large, n_members = sizes
    templates = n_members if len(tally) else 0
    room = Buckets(
        np.empty(n_pairs, np.uint64), np.empty(n_large, np.uint64), np.empty(templates, np.uint64),
        np.empty(templates, np.uint32),
    )  # fmt: skip
    bits = np.uint64(pair_bits(len(standing.ranks)))
    used = _emit(packed, standing, bits, max_bucket, n_hubs, members, tally, room)
    return Buckets(
        room.pairs[: used[0]].copy(), room.large[: used[1]].copy(), room.templates[: used[2]].copy(),
        room.templated[: used[3]].copy(),
    )  # fmt: skip
