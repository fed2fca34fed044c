"""What a page made of parts is: a digest, the source of excerpts, or a page that can be of one of its parts only.

Whether a page was put together from its parts or they were taken from it, the overlap alone can't tell. A digest gives
itself away by the number of its parts, by holding little else, or by coming after all of them. A source of excerpts
shows by time and copies together: times alone may be wrong, and a digest is rarely copied more than its items. What
neither shows is resolved the safe way: such a page stays with its largest part, since a wrong merge destroys a story
and a cut loses a page.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from syndetect.schema import F64, I64, Bools
from syndetect.stories.graph import LEAST_COVER, Documents, Pairs, name_components, spread
from syndetect.stories.parts import (
    Ends,
    Parts,
    all_of,
    any_of,
    ends_of,
    find_parts,
    hang_together,
    number_runs,
    starts_of_runs,
    sum_of,
)

N_ROUNDS = 3
"""Pages that turn out to be of one piece tie together what others share with them, which clears others in turn."""
ALL = 0.8
"""Parts that make up this share of a page leave nothing that it could be the source with."""
HEADS = 1 / 4
"""Heads of items are no chance quotations where they make up this share of a page."""
ITEMS = 1 / 3
"""The same for pieces from anywhere in pages that came before it."""
MANY_TIMES = 10
"""A text with so many times the copies of its parts is their source, whatever the times say."""
FEW = 0.05
"""Pages more of which than this came before what stands in them were not made of it: of a tenth of wrong times half
are early."""
ROBUST = 0.2
"""The time of copies is this quantile of theirs: one wrong time among many must not make them the first."""


@dataclass(frozen=True)
class Summary:
    """One row a part of a page, sorted as in `Parts`, as what its components say of it together.

    `strong`: it joins. `taken`: all say that it was taken from the page. `head`, `item`: a weak one holds a head, or a
    head or what came before. `after`: the page came after all that join. `home`: the page has it in common with pages
    near-equal to it. `proven`: it joins, and was taken from the page.
    """

    page: I64
    cover: F64
    strong: Bools
    taken: Bools
    head: Bools
    item: Bools
    after: Bools
    home: Bools
    proven: Bools


@dataclass(frozen=True)
class Kinds:
    """What each page is: of several stories, undecided, of one with weak regions of several, or (none) of one part."""

    page: I64
    digest: Bools
    unclear: Bools
    mixed: Bools


def _compare_times(parts: Parts, near: I64, documents: Documents) -> tuple[Bools, Bools, I64, I64]:
    """Whether the near-equal pages that share a part came before or after it; how many they are, the copies of it."""
    order = np.lexsort((parts.page, parts.component, parts.tight))
    tight, component, page = parts.tight[order], parts.component[order], parts.page[order]
    starts = starts_of_runs(tight, component)
    sizes = np.diff(np.append(starts, len(page)))
    first_of_page = np.zeros(len(page), np.bool_)
    first_of_page[starts_of_runs(tight, component, page)] = True
    number = np.empty(len(page), np.int64)
    number[order] = number_runs(tight, component)
    source = page[starts + ((sizes - 1) * ROBUST).astype(np.int64)][number]
    n_sources = sum_of(first_of_page, starts).astype(np.int64)[number]
    timed = (source < documents.n_timed) & (parts.component < documents.n_timed)
    n_copies = np.bincount(near, minlength=len(near))[parts.component]
    return timed & (source < parts.component), timed & (source > parts.component), n_sources, n_copies


def _holders(parts: Parts, rows: I64, kin: I64, documents: Documents) -> tuple[I64, Bools]:
    """For some rows: how many pages of a kin share the component, and whether hardly any of these came before it."""
    page, component = parts.page[rows], parts.component[rows]
    order = np.lexsort((page, component, kin[page]))
    page, component = page[order], component[order]
    once = starts_of_runs(kin[page], component, page)
    holders = page[once]
    starts, of_once = starts_of_runs(kin[holders], component[once]), number_runs(kin[holders], component[once])
    sizes = np.diff(np.append(starts, len(once)))
    n_holders, early = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    of_run = of_once[number_runs(kin[page], component, page)]
    n_holders[order] = sizes[of_run]
    early[order] = holders[starts + ((sizes - 1) * FEW).astype(np.int64)][of_run]
    component = parts.component[rows]
    timed = (early < documents.n_timed) & (component < documents.n_timed)
    return n_holders, timed & (early > component)


def _held_by_many(parts: Parts, near: I64, kin: I64, documents: Documents) -> Bools:
    """Parts that stand together in so many pages like theirs that they were taken from these. One flag a part.

    A digest is rarely copied more than its items: all parts of the page must have fewer copies than there are pages
    that hold them all, and one part many times fewer. What the pages share with each other is no such part.

    Args:
        parts: Those that are made by their components.
        near: The component of each document, near-equal suspects in one.
        kin: The same, near-duplicate suspects in one.
        documents: By time.
    """
    number, starts = parts.number, starts_of_runs(parts.page, parts.part)
    foreign = parts.joins & (kin[parts.component] != kin[parts.page])
    rows = np.flatnonzero(foreign)
    n_holders, after = _holders(parts, rows, kin, documents)
    held, copies = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int64)
    late = np.zeros(len(starts), np.bool_)
    np.maximum.at(held, number[rows], n_holders)
    np.add.at(copies, number[rows], np.bincount(near, minlength=len(near))[parts.component[rows]])
    np.logical_or.at(late, number[rows], after)
    is_foreign = any_of(foreign, starts)
    pages, of_page = starts_of_runs(parts.page[starts]), number_runs(parts.page[starts])
    together = np.full(len(pages), len(near))
    np.minimum.at(together, of_page[is_foreign], held[is_foreign])
    more = all_of(~is_foreign | (together[of_page] > copies), pages)
    far_more = any_of(is_foreign & (together[of_page] >= MANY_TIMES * copies), pages)
    proven: Bools = is_foreign & (more & far_more & ~any_of(late, pages))[of_page]
    return proven


def _sum_up(parts: Parts, near: I64, kin: I64, documents: Documents) -> Summary:
    """What all components that make a part say of it."""
    home = any_of(parts.component == parts.tight, starts_of_runs(parts.page, parts.part))
    parts = parts.where(parts.makes)
    before, after, n_sources, n_copies = _compare_times(parts, near, documents)
    more, far_more = n_sources > n_copies, n_sources >= MANY_TIMES * n_copies
    taken = (before & more) | far_more
    starts = starts_of_runs(parts.page, parts.part)
    page, cover = parts.page[starts], parts.cover[starts]
    strong, weak = any_of(parts.joins, starts), ~parts.joins
    of_page = number_runs(page)
    pages = starts_of_runs(page)
    n_strong, total = (sum_of(values, pages)[of_page] for values in (strong, np.where(strong, cover, 0)))
    both = all_of(weak | before, starts) & all_of(weak | more, starts)
    by_time = both & (n_strong == 2) & (total < ALL)
    by_copies = all_of(weak | far_more, starts) & ~any_of(parts.joins & after, starts)
    return Summary(
        page=page, cover=cover, strong=strong, taken=all_of(taken, starts),
        head=any_of(weak & parts.head & ~taken, starts),
        item=any_of(weak & (parts.head | after) & ~taken, starts),
        after=all_of(weak | after, starts), home=home,
        # What the page has in common with pages near-equal to it was not taken from it: it is what they are.
        proven=strong & ((~home & (by_time | by_copies)) | _held_by_many(parts, near, kin, documents)),
    )  # fmt: skip


def classify(parts: Summary) -> Kinds:
    """Say of each page with parts what it is: of one part, or the source of the others, if none of the kinds."""
    strong = parts.strong & ~parts.proven
    item, head = parts.item & ~strong, parts.head & ~strong
    pages = starts_of_runs(parts.page)

    def count(flags: Bools) -> F64:
        return sum_of(flags, pages)

    def cover(flags: Bools) -> F64:
        return sum_of(np.where(flags, parts.cover, 0.0), pages)

    n_strong, n_heads = count(strong), count(head)
    all_after = all_of(~strong | parts.after, pages)
    covers = np.where(parts.strong, parts.cover, 0.0)
    covers = covers[np.lexsort((-covers, parts.page))]
    first, second = covers[pages], np.append(covers, 0.0)[pages + 1]
    second[np.diff(np.append(pages, len(covers))) < 2] = 0.0
    dominant = (first >= LEAST_COVER) & (first >= 2 * second)
    digest = ~dominant & (
        (n_strong >= 3)
        | ((n_strong >= 2) & ((cover(strong) >= ALL) | all_after))
        | ((n_heads >= 2) & (cover(head) >= HEADS))
        | ((count(item) >= 2) & (cover(item) >= ITEMS))
        | ((n_strong >= 1) & (n_heads >= 1) & all_after & (cover(strong) + cover(item) >= ITEMS))
    )
    unclear = ~digest & (n_strong >= 2)
    mixed = ~digest & ~unclear & (count(~parts.strong & ~parts.taken) >= 2)
    return Kinds(parts.page[pages], digest, unclear, mixed)


def _cut(parts: Parts, summary: Summary, of_end: I64, ends: Ends, unclear: I64, n: int) -> I64:
    """Rows of pairs to cut: all of an unclear page but those of its largest part and of what was taken from it.

    Near-equal pages choose together: if each chose for itself, they would chain what they chose.
    """
    number = parts.number
    proven, home = summary.proven[number], summary.home[number]
    in_question = np.zeros(n, np.bool_)
    in_question[parts.tight[np.isin(parts.page, unclear)]] = True
    free = in_question[parts.tight] & ~proven & parts.joins & (parts.makes | home)
    tight, component = parts.tight[free], np.where(home, parts.tight, parts.component)[free]
    order = np.lexsort((component, tight))
    tight, component = tight[order], component[order]
    starts = starts_of_runs(tight, component)
    tight, component = tight[starts], component[starts]
    cover = sum_of(parts.cover[free][order], starts)
    best = np.lexsort((component, -cover, component != tight, tight))
    best = best[starts_of_runs(tight[best])]
    chosen = np.full(n, -1, np.int64)
    chosen[tight[best]] = component[best]
    keeps = proven | home | (parts.makes & (parts.component == chosen[parts.tight]))
    kept = any_of(keeps | ~in_question[parts.tight], starts_of_runs(parts.page, parts.part))
    at = np.flatnonzero(of_end >= 0)
    cut: I64 = np.unique(ends.pair[at[~kept[of_end[at]]]])
    return cut


def resolve(pairs: Pairs, suspects: Bools, documents: Documents) -> tuple[Bools, I64]:
    """Which documents are digests, and which pairs hang parts together that share no other text.

    Args:
        pairs: Judged the same.
        suspects: Pages with regions apart from each other.
        documents: By time.

    Returns:
        A flag a document; rows of pairs, sorted.
    """
    copied = pairs.left[pairs.copied], pairs.right[pairs.copied]
    for turn in range(N_ROUNDS):
        labels, ends = hang_together(pairs, suspects), ends_of(pairs, suspects)
        parts, of_end = find_parts(pairs, ends, suspects, labels)
        related = ~pairs.excerpt & suspects[pairs.left] & suspects[pairs.right]
        kin = name_components(len(suspects), pairs.left[related], pairs.right[related])
        summary = _sum_up(parts, labels[1], kin, documents)
        kinds = classify(summary)
        unsolved = np.zeros(len(suspects), np.bool_)
        unsolved[kinds.page[kinds.digest | kinds.unclear | kinds.mixed]] = True
        # Copies are cleared together: one that was compared with less knows less of itself.
        unsolved = spread(unsolved, *copied) & suspects
        if turn + 1 == N_ROUNDS or np.array_equal(unsolved, suspects):
            break
        suspects = unsolved
    digests = np.zeros(len(suspects), np.bool_)
    digests[kinds.page[kinds.digest]] = True
    digests = spread(digests, *copied)
    unclear = kinds.page[kinds.unclear]
    return digests, _cut(parts, summary, of_end, ends, unclear[~digests[unclear]], len(suspects))
