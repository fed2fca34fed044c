"""Pages that are made of parts: which regions of a page stand in pages that share no other text.

A page hangs two parts of the graph together when what it shares with the one and what it shares with the other are
disjoint regions of it. Successive edits share the same regions, so a chain of them is never in question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from syndetect.schema import F64, I64, Bools
from syndetect.stories.graph import Pairs, name_components, spread

LARGEST_OVERLAP = 0.3
"""Two regions of a page are apart while they overlap by less than this share of the shorter. At .2, two
items of a digest that quote one statement count as one text: 3 of 6,000 made-up stories chained, at .3 none
(benchmarks/grouping.py)."""
HEAD_TOKENS = 40
HEAD_SHARE = 0.15
"""A digest gives the heads of its items: passages that begin within these tokens, or this share, of the item."""


EVERY = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class Ends:
    """Pairs from the view of one of their pages, one row an end: rows of `page` and `other`, the pair, the side."""

    page: I64
    other: I64
    pair: I64
    side: I64


@njit(cache=True)
def _reach(left, right, placed, offsets, spans, n, overlap):  # type: ignore[no-untyped-def]
    """Of each page where the last of its longest passages begins and the first one ends, each drawn in a little."""
    begins, ends = np.full(n, -1.0), np.full(n, np.inf)
    for p in range(len(left)):
        if not placed[p]:
            continue
        longest = offsets[p]
        for s in range(offsets[p], offsets[p + 1]):
            if spans[s, 1] - spans[s, 0] > spans[longest, 1] - spans[longest, 0]:
                longest = s
        for side in range(2):
            page = left[p] if side == 0 else right[p]
            begin, end = spans[longest, 2 * side], spans[longest, 2 * side + 1]
            margin = overlap * (end - begin) / 2
            begins[page] = max(begins[page], begin + margin)
            ends[page] = min(ends[page], end - margin)
    return begins, ends


def find_suspects(pairs: Pairs, n: int) -> Bools:
    """Pages with two passages apart from each other, shared with different pages, and their copies.

    All others are of one piece. A copy counts as its original since of large buckets not all pairs were compared.
    """
    begins, ends = _reach(pairs.left, pairs.right, pairs.placed, pairs.offsets, pairs.spans, n, LARGEST_OVERLAP)
    return spread(begins >= ends, pairs.left[pairs.copied], pairs.right[pairs.copied])


def ends_of(pairs: Pairs, wanted: Bools) -> Ends:
    """The ends of pairs at the wanted pages."""
    at_left, at_right = np.flatnonzero(wanted[pairs.left]), np.flatnonzero(wanted[pairs.right])
    return Ends(
        page=np.concatenate([pairs.left[at_left], pairs.right[at_right]]),
        other=np.concatenate([pairs.right[at_left], pairs.left[at_right]]),
        pair=np.concatenate([at_left, at_right]),
        side=np.repeat([0, 1], [len(at_left), len(at_right)]),
    )


def hang_together(pairs: Pairs, suspects: Bools) -> tuple[I64, I64]:
    """Components of what hangs together without the suspects; each suspect with its copies is one of its own.

    Returns:
        For each document the least row of its component; the same with all near-equal suspects in one.
    """
    one, other = suspects[pairs.left], suspects[pairs.right]
    free = pairs.ties & ~one & ~other
    labels = []
    for alike in (pairs.copied, pairs.near_equal):
        used = free | (alike & one & other)
        labels.append(name_components(len(suspects), pairs.left[used], pairs.right[used]))
    return labels[0], labels[1]


@njit(cache=True)
def _show(begin, end, pair, joins, placed, shows):  # type: ignore[no-untyped-def]
    """Mark the ends of a component that say where it stands: those that join it, or else all; whether any do."""
    strong, known = False, False
    for row in range(begin, end):
        strong |= joins[row]
    for row in range(begin, end):
        shows[row] = placed[pair[row]] and (joins[row] or not strong)
        known |= shows[row]
    return strong, known


@njit(cache=True)
def _mark(bits, begin, end):  # type: ignore[no-untyped-def]
    """Set the bits of tokens `begin` to `end`, 64 of them a word."""
    for word in range(begin >> 6, (end + 63) >> 6):
        low, high = max(begin - 64 * word, 0), min(end - 64 * word, 64)
        bits[word] |= (EVERY << np.uint64(low)) & (EVERY >> np.uint64(64 - high))


@njit(cache=True)
def _n_bits(word):  # type: ignore[no-untyped-def]
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True)
def _claim(begin, end, pair, side, offsets, spans, shows, bits):  # type: ignore[no-untyped-def]
    """Set the bits of the tokens in the regions of a component: how many, and how far it is from first to last."""
    bits[:] = 0
    first, last = 64 * len(bits), 0
    for row in range(begin, end):
        if shows[row]:
            for s in range(offsets[pair[row]], offsets[pair[row] + 1]):
                a, b = spans[s, 2 * side[row]], spans[s, 2 * side[row] + 1]
                first, last = min(first, a), max(last, b)
                _mark(bits, a, b)
    size = 0
    for word in bits:
        size += _n_bits(word)
    return size, max(last - first, 0)


@njit(cache=True)
def _n_shared(bits, owned):  # type: ignore[no-untyped-def]
    """Tokens in both."""
    n = 0
    for word in range(len(bits)):
        n += _n_bits(bits[word] & owned[word])
    return n


@njit(cache=True)
def _most_shared(found, bits, owned, part_size, n_parts, overlap):  # type: ignore[no-untyped-def]
    """The part that a region of `found` tokens is not apart from; -1 if it is a part of its own."""
    mine, most = -1, 0.0
    for k in range(n_parts):
        shared = _n_shared(bits, owned[k]) / max(min(found, part_size[k]), 1)
        if shared >= overlap and shared > most:
            mine, most = k, shared
    return mine


@njit(cache=True)
def _take(bits, owned, mine, n_parts):  # type: ignore[no-untyped-def]
    """Give the claimed tokens that no part owns to a part: how many."""
    n = 0
    for word in range(len(bits)):
        new = bits[word]
        for k in range(n_parts):
            new &= ~owned[k, word]
        owned[mine, word] |= new
        n += _n_bits(new)
    return n


@njit(cache=True)
def _rank(length, found, extent, strong, free, known):  # type: ignore[no-untyped-def]
    """Free components come first, those that join before weak ones, large before small; then suspects, near before far.

    What a digest of a digest has in common with it is little, but lies far apart.
    """
    if not known:
        return 4 * (length + 1)
    least = length - found if free else extent
    return least + (length + 1) * ((0 if free else 2) + (0 if strong else 1))


@njit(cache=True)
def _measure(begins, free, joins, pair, side, offsets, spans, placed, shows, length, bits, facts, found):  # type: ignore[no-untyped-def]
    """The order in which a page's components are looked at.

    Fills the bits of each, how many are set, whether it joins and whether its place is known; what has no known place
    may stand anywhere.
    """
    keys = np.empty(len(facts), np.int64)
    for c in range(len(facts)):
        a, b = begins[c], begins[c + 1]
        facts[c, 0], facts[c, 1] = _show(a, b, pair, joins, placed, shows)
        found[c], extent = _claim(a, b, pair, side, offsets, spans, shows, bits[c])
        keys[c] = _rank(length, found[c], extent, facts[c, 0], free[a], facts[c, 1])
        if not facts[c, 1]:
            _mark(bits[c], 0, length)
            found[c] = length
    return np.argsort(keys, kind="mergesort")


@njit(cache=True)
def _divide_page(begins, free, joins, pair, side, offsets, spans, placed, shows, length, overlap, out):  # type: ignore[no-untyped-def]
    """Do for the ends of one page what `_divide` says; `begins` are the first ends of its components, and the end.

    Fills `out` (part, its tokens, whether it makes the part); returns the number of parts.
    """
    n_comps = len(begins) - 1
    part, size, makes = out
    bits = np.empty((n_comps, (length + 63) >> 6), np.uint64)
    owned = np.zeros((1, bits.shape[1]), np.uint64)
    found, part_size, part_joins = np.zeros(n_comps, np.int64), np.zeros(n_comps, np.int64), np.zeros(n_comps, np.bool_)
    facts = np.empty((n_comps, 2), np.bool_)
    n_parts = 0
    for c in _measure(begins, free, joins, pair, side, offsets, spans, placed, shows, length, bits, facts, found):
        a, b = begins[c], begins[c + 1]
        mine = _most_shared(found[c], bits[c], owned, part_size, n_parts, overlap)
        new = mine < 0
        if new:
            mine = n_parts
            n_parts += 1
            if n_parts > len(owned):
                owned = np.concatenate((owned, np.zeros_like(owned)))
        # What joins makes a part of what was only a quotation before.
        if new or (facts[c, 1] and (free[a] or (facts[c, 0] and not part_joins[mine]))):
            makes[a:b] = True
            part_joins[mine] |= facts[c, 0]
            part_size[mine] += _take(bits[c], owned, mine, n_parts)
        part[a:b] = mine
    for i in range(begins[0], begins[n_comps]):
        size[i] = part_size[part[i]]
    return n_parts


@njit(cache=True)
def _divide(page, component, free, joins, pair, side, offsets, spans, placed, tokens, overlap):  # type: ignore[no-untyped-def]
    """Of each end: its part of the page, the part's tokens, if its component makes the part, if the page has several.

    Ends are sorted by page, then component. Of the components free of suspects the largest region comes first: a copy
    of a page shows that its regions are of one text. Then come suspects, the shortest stretch first, since other pages
    made of the same parts would swallow these. A suspect in a part that is there already and joins says nothing of it;
    nor does what has no known place.
    """
    n = len(page)
    part, size, makes = np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, np.bool_)
    shows, several = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    begins = np.empty(n + 1, np.int64)
    start = 0
    while start < n:
        end, n_comps = start, 0
        while end < n and page[end] == page[start]:
            if end == start or component[end] != component[end - 1]:
                begins[n_comps] = end
                n_comps += 1
            end += 1
        begins[n_comps] = end
        n_parts = _divide_page(
            begins[: n_comps + 1], free, joins, pair, side, offsets, spans, placed, shows, tokens[page[start]], overlap,
            (part, size, makes),
        )  # fmt: skip
        several[start:end] = n_parts > 1
        start = end
    return part, size, makes, several


@njit(cache=True)
def _begins_at_head(pair, side, other, offsets, spans, tokens, head_tokens, head_share):  # type: ignore[no-untyped-def]
    head = np.zeros(len(pair), np.bool_)
    for i in range(len(pair)):
        limit = max(head_tokens, head_share * tokens[other[i]])
        for s in range(offsets[pair[i]], offsets[pair[i] + 1]):
            head[i] |= spans[s, 2 * (1 - side[i])] <= limit
    return head


@dataclass(frozen=True)
class Parts:
    """Parts of pages, one row a page, part and component that it shares the part with, sorted by these.

    `tight`: the pages near-equal to it, by the least row. `part`: numbered on the page. `component`: what hangs
    together without the suspects, by the least row. `cover`: the share of the page that the part is. `makes`: the part
    is there for this component, not only met by it. `joins`: enough of either stands in the other to join them.
    `head`: it begins at the head of a page of the component.
    """

    page: I64
    tight: I64
    part: I64
    component: I64
    cover: F64
    makes: Bools
    joins: Bools
    head: Bools

    @property
    def number(self) -> I64:
        """Parts numbered through, from 0."""
        return number_runs(self.page, self.part)

    def where(self, flags: Bools) -> Parts:
        """Some of the rows."""
        return Parts(**{name: column[flags] for name, column in vars(self).items()})


def any_of(flags: Bools, starts: I64) -> Bools:
    """Whether any row of each run is flagged."""
    found: Bools = np.logical_or.reduceat(flags, starts) if len(starts) else np.zeros(0, np.bool_)
    return found


def all_of(flags: Bools, starts: I64) -> Bools:
    """Whether all rows of each run are flagged."""
    return ~any_of(~flags, starts)


def sum_of(values: I64 | F64 | Bools, starts: I64) -> F64:
    """The sum of each run."""
    found: F64 = np.add.reduceat(values.astype(np.float64), starts) if len(starts) else np.zeros(0)
    return found


def starts_of_runs(*columns: I64) -> I64:
    """The first row of each run of rows that are equal in all columns."""
    new = np.zeros(max(len(columns[0]) - 1, 0), np.bool_)
    for column in columns:
        new |= column[1:] != column[:-1]
    return np.concatenate([np.zeros(min(len(columns[0]), 1), np.int64), np.flatnonzero(new) + 1])


def number_runs(*columns: I64) -> I64:
    """For each row the number of its run, from 0."""
    first = np.zeros(len(columns[0]), np.int64)
    first[starts_of_runs(*columns)[1:]] = 1
    return np.cumsum(first)


def find_parts(pairs: Pairs, ends: Ends, suspects: Bools, labels: tuple[I64, I64]) -> tuple[Parts, I64]:
    """The parts of suspects, but for those that are of one part, as are all near-equal to them.

    Args:
        pairs: Judged the same.
        ends: Of the pairs, at the suspects.
        suspects: Which documents are in question.
        labels: Of `hang_together`.

    Returns:
        The parts; the number of the part that each end belongs to, -1 for the others and those between near-equal
        suspects.
    """
    close, near = labels
    away = np.flatnonzero(suspects[ends.page] & (close[ends.page] != close[ends.other]))
    away = away[np.argsort(ends.page[away] * len(suspects) + close[ends.other[away]])]
    page, other, pair, side = ends.page[away], ends.other[away], ends.pair[away], ends.side[away]
    joins = pairs.joins[pair]
    part, size, makes, several = _divide(
        page, close[other], ~suspects[other], joins, pair, side, pairs.offsets, pairs.spans, pairs.placed,
        pairs.tokens, LARGEST_OVERLAP,
    )  # fmt: skip
    of_several = np.zeros(len(suspects), np.bool_)
    of_several[near[page[several]]] = True
    rows = np.flatnonzero(of_several[near[page]])
    # Of near-equal suspects one makes the part, and all of them say what it is.
    rows = rows[np.lexsort((near[other[rows]], part[rows], page[rows]))]
    page, other, pair, side, part = page[rows], other[rows], pair[rows], side[rows], part[rows]
    head = _begins_at_head(pair, side, other, pairs.offsets, pairs.spans, pairs.tokens, HEAD_TOKENS, HEAD_SHARE)
    starts = starts_of_runs(page, part, near[other])
    parts = Parts(
        page=page[starts], tight=near[page[starts]], part=part[starts], component=near[other[starts]],
        cover=size[rows[starts]] / pairs.tokens[page[starts]], makes=any_of(makes[rows], starts),
        joins=any_of(joins[rows], starts), head=any_of(head, starts),
    )  # fmt: skip
    of_end = np.full(len(ends.page), -1, np.int64)
    of_end[away[rows]] = np.where(near[page] == near[other], -1, number_runs(page, part))
    return parts, of_end
