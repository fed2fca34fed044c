"""Pages that are made of parts: which regions of a page stand in pages that share no other text.

A page hangs two parts of the graph together when what it shares with the one and what it shares with the other are
disjoint regions of it. Successive edits share the same regions, so a chain of them is never in question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import I64, Bools
from syndetect.stories.graph import Pairs, name_components, spread

LEAST_COVER = 0.5
"""A page joins the one in which this share of its words stands. Below it, quotations, stock sentences and heads of
items join what tells different things."""
LARGEST_OVERLAP = 0.3
"""Two regions of a page are apart while they overlap by less than this share of the shorter. At .2, two
items of a digest that quote one statement count as one text: 3 of 6,000 made-up stories chained, at .3 none
(benchmarks/grouping.py)."""
HEAD_TOKENS = 40
HEAD_SHARE = 0.15
"""A digest gives the heads of its items: passages that begin within these tokens, or this share, of the item."""


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
    joins = (np.maximum(pairs.left_cover, pairs.right_cover) >= LEAST_COVER) | ~pairs.excerpt
    free = joins & ~one & ~other
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
def _claim(begin, end, pair, side, offsets, spans, shows, stamp, number, owner, counts):  # type: ignore[no-untyped-def]
    """Tokens in the regions of a component, each once, and how many of them each part owns."""
    size = 0
    for row in range(begin, end):
        if not shows[row]:
            continue
        for s in range(offsets[pair[row]], offsets[pair[row] + 1]):
            for t in range(spans[s, 2 * side[row]], spans[s, 2 * side[row] + 1]):
                if stamp[t] != number:
                    stamp[t] = number
                    size += 1
                    if owner[t] >= 0:
                        counts[owner[t]] += 1
    return size


@njit(cache=True)
def _claim_all(length, stamp, number, owner, counts):  # type: ignore[no-untyped-def]
    """The same for a component that may stand anywhere: all of the page."""
    for t in range(length):
        stamp[t] = number
        if owner[t] >= 0:
            counts[owner[t]] += 1
    return length


@njit(cache=True)
def _most_shared(found, counts, part_size, n_parts, overlap):  # type: ignore[no-untyped-def]
    """The part that a region of `found` tokens is not apart from; -1 if it is a part of its own."""
    mine, most = -1, 0.0
    for k in range(n_parts):
        shared = counts[k] / max(min(found, part_size[k]), 1)
        if shared >= overlap and shared > most:
            mine, most = k, shared
    return mine


@njit(cache=True)
def _rank(length, found, strong, free, known):  # type: ignore[no-untyped-def]
    """Free components come first, those that join before weak ones, large before small; then suspects, small first."""
    if not known:
        return 4 * (length + 1)
    if free:
        found = length - found
    return found + (length + 1) * ((0 if free else 2) + (0 if strong else 1))


@njit(cache=True)
def _measure(begins, free, joins, pair, side, offsets, spans, placed, shows, length, stamp, number, owner, keys, facts):  # type: ignore[no-untyped-def]
    """Fill for each component of a page its place in the order, whether it joins and whether its place is known."""
    counts = np.zeros(1, np.int64)
    for c in range(len(keys)):
        a, b = begins[c], begins[c + 1]
        facts[c, 0], facts[c, 1] = _show(a, b, pair, joins, placed, shows)
        found = _claim(a, b, pair, side, offsets, spans, shows, stamp, number + c, owner, counts)
        keys[c] = _rank(length, found, facts[c, 0], free[a], facts[c, 1])


@njit(cache=True)
def _take(length, stamp, number, owner, mine):  # type: ignore[no-untyped-def]
    """Give the claimed tokens that no part owns to a part: how many."""
    n = 0
    for t in range(length):
        if stamp[t] == number and owner[t] < 0:
            owner[t] = mine
            n += 1
    return n


@njit(cache=True)
def _divide_page(  # type: ignore[no-untyped-def]
    begins, free, joins, pair, side, offsets, spans, placed, shows, length, stamp, number, owner, overlap, out
):
    """Do for the ends of one page what `_divide` says; `begins` are the first ends of its components, and the end."""
    n_comps = len(begins) - 1
    owner[:length] = -1
    keys, facts = np.empty(n_comps, np.int64), np.empty((n_comps, 2), np.bool_)
    _measure(begins, free, joins, pair, side, offsets, spans, placed, shows, length, stamp, number, owner, keys, facts)
    number += n_comps
    counts, part_size = np.zeros(n_comps, np.int64), np.zeros(n_comps, np.int64)
    part_joins = np.zeros(n_comps, np.bool_)
    part, size, makes = out
    n_parts = 0
    for c in np.argsort(keys, kind="mergesort"):
        a, b = begins[c], begins[c + 1]
        counts[:n_parts] = 0
        if facts[c, 1]:
            found = _claim(a, b, pair, side, offsets, spans, shows, stamp, number, owner, counts)
        else:
            found = _claim_all(length, stamp, number, owner, counts)
        mine = _most_shared(found, counts, part_size, n_parts, overlap)
        new = mine < 0
        if new:
            mine = n_parts
            n_parts += 1
        # What joins makes a part of what was only a quotation before.
        if new or (facts[c, 1] and (free[a] or (facts[c, 0] and not part_joins[mine]))):
            makes[a:b] = True
            part_joins[mine] |= facts[c, 0]
            part_size[mine] += _take(length, stamp, number, owner, mine)
        number += 1
        part[a:b] = mine
    for i in range(begins[0], begins[n_comps]):
        size[i] = part_size[part[i]]
    return number


@njit(cache=True)
def _divide(page, component, free, joins, pair, side, offsets, spans, placed, tokens, overlap):  # type: ignore[no-untyped-def]
    """Of each end: the part of its page that it belongs to, the part's tokens, whether its component makes the part.

    Ends are sorted by page, then component. Of the components free of suspects the largest region comes first: a copy
    of a page shows that its regions are of one text. Then come suspects, the smallest first, since other pages made of
    the same parts would swallow these. A suspect in a part that is there already and joins says nothing of it; nor
    does what has no known place.
    """
    n = len(page)
    part, size, makes = np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, np.bool_)
    shows = np.zeros(n, np.bool_)
    longest = np.int64(1)
    for i in range(n):
        longest = max(longest, tokens[page[i]])
    stamp, owner = np.full(longest, -1, np.int64), np.full(longest, -1, np.int64)
    number, start = np.int64(0), 0
    begins = np.empty(n + 1, np.int64)
    while start < n:
        end, n_comps = start, 0
        while end < n and page[end] == page[start]:
            if end == start or component[end] != component[end - 1]:
                begins[n_comps] = end
                n_comps += 1
            end += 1
        begins[n_comps] = end
        number = _divide_page(
            begins[: n_comps + 1], free, joins, pair, side, offsets, spans, placed, shows, tokens[page[start]], stamp,
            number, owner, overlap, (part, size, makes),
        )  # fmt: skip
        start = end
    return part, size, makes


@njit(cache=True)
def _begins_at_head(pair, side, other, offsets, spans, tokens, head_tokens, head_share):  # type: ignore[no-untyped-def]
    head = np.zeros(len(pair), np.bool_)
    for i in range(len(pair)):
        limit = max(head_tokens, head_share * tokens[other[i]])
        for s in range(offsets[pair[i]], offsets[pair[i] + 1]):
            head[i] |= spans[s, 2 * (1 - side[i])] <= limit
    return head


PARTS = pl.Schema(
    {
        "page": pl.Int64(),
        "tight": pl.Int64(),  # the pages near-equal to it, by the least row
        "part": pl.Int64(),  # numbered on the page
        "component": pl.Int64(),  # what hangs together without the suspects, by the least row
        "cover": pl.Float64(),  # share of the page that the part is
        "makes": pl.Boolean(),  # the part is there for this component, not only met by it
        "joins": pl.Boolean(),  # enough of either stands in the other to join them
        "head": pl.Boolean(),  # it begins at the head of a page of the component
    }
)
"""A row: a page and a component that it shares a region with."""


def find_parts(pairs: Pairs, ends: Ends, suspects: Bools, labels: tuple[I64, I64]) -> tuple[pl.DataFrame, I64]:
    """The parts of suspects.

    Args:
        pairs: Judged the same.
        ends: Of the pairs, at the suspects.
        suspects: Which documents are in question.
        labels: Of `hang_together`.

    Returns:
        PARTS; the part that each end belongs to, -1 for those between near-equal suspects.
    """
    close, near = labels
    away = np.flatnonzero(suspects[ends.page] & (close[ends.page] != close[ends.other]))
    away = away[np.lexsort((ends.pair[away], close[ends.other[away]], ends.page[away]))]
    page, other, pair, side = ends.page[away], ends.other[away], ends.pair[away], ends.side[away]
    joins = (np.maximum(pairs.left_cover, pairs.right_cover) >= LEAST_COVER) | ~pairs.excerpt
    part, size, makes = _divide(
        page, close[other], ~suspects[other], joins[pair], pair, side, pairs.offsets, pairs.spans, pairs.placed,
        pairs.tokens, LARGEST_OVERLAP,
    )  # fmt: skip
    head = _begins_at_head(pair, side, other, pairs.offsets, pairs.spans, pairs.tokens, HEAD_TOKENS, HEAD_SHARE)
    rows = pl.DataFrame(
        {
            "page": page, "tight": near[page], "part": part, "component": near[other],
            "cover": size / pairs.tokens[page], "makes": makes, "joins": joins[pair], "head": head,
        }
    )  # fmt: skip
    # Of near-equal suspects one makes the part, and all of them say what it is.
    key = ["page", "tight", "part", "component"]
    parts = rows.group_by(key).agg(pl.max("cover"), pl.any("makes"), pl.any("joins"), pl.any("head"))
    of_end = np.full(len(ends.page), -1, np.int64)
    of_end[away] = np.where(near[page] == near[other], -1, part)
    return parts.select(PARTS.names()).cast(PARTS).sort("page", "part", "component"), of_end
