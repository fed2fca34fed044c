"""What a page made of parts is: a digest, the source of excerpts, or a page that can be of one of its parts only.

Whether a page was put together from its parts or they were taken from it, the overlap alone can't tell. A digest gives
itself away by the number of its parts, by holding little else, or by coming after all of them. A source of excerpts
shows by time and copies together: times alone may be wrong, and a digest is rarely copied more than its items. What
neither shows is resolved the safe way: such a page stays with its largest part, since a wrong merge destroys a story
and a cut loses a page.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.schema import I64, Bools
from syndetect.stories.graph import Documents, Pairs, spread
from syndetect.stories.parts import LEAST_COVER, Ends, find_parts, hang_together

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
ROBUST = 0.2
"""The time of copies is this quantile of theirs: one wrong time among many must not make them the first."""


def _with_times(parts: pl.DataFrame, near: I64, documents: Documents) -> pl.DataFrame:
    """Add whether the near-equal pages that share a part came before or after it, and the copies of both."""
    parts = parts.filter(pl.col("makes"))
    copies = np.bincount(near, minlength=len(near))
    component = parts["component"].to_numpy()
    held = parts.group_by("tight", "component").agg(
        source=pl.col("page").quantile(ROBUST, "lower").cast(pl.Int64), n_sources=pl.col("page").n_unique()
    )
    timed = (pl.col("source") < documents.n_timed) & (pl.col("component") < documents.n_timed)
    return (
        parts.with_columns(n_copies=pl.Series(copies[component], dtype=pl.Int64))
        .join(held, on=["tight", "component"], how="left", maintain_order="left")
        .with_columns(
            before=timed & (pl.col("source") < pl.col("component")),
            after=timed & (pl.col("source") > pl.col("component")),
        )
    )


def _sum_up(parts: pl.DataFrame, near: I64, documents: Documents) -> pl.DataFrame:
    """One row a part: its cover, whether it joins, whether it was proven to be taken from the page."""
    strong, weak = pl.col("joins"), ~pl.col("joins")
    more = pl.col("n_sources") > pl.col("n_copies")
    far_more = pl.col("n_sources") >= MANY_TIMES * pl.col("n_copies")
    taken = (pl.col("before") & more) | far_more
    summed = (
        _with_times(parts, near, documents)
        .group_by("page", "part")
        .agg(
            strong=strong.any(),
            taken=taken.all(),
            cover=pl.max("cover"),
            head=(weak & pl.col("head") & ~taken).any(),
            item=(weak & (pl.col("head") | pl.col("after")) & ~taken).any(),
            before=(weak | pl.col("before")).all(),
            after=(weak | pl.col("after")).all(),
            known_after=(strong & pl.col("after")).any(),
            more=(weak | more).all(),
            far_more=(weak | far_more).all(),
        )
    )
    n_strong = pl.col("strong").sum().over("page")
    total = pl.col("cover").filter(pl.col("strong")).sum().over("page")
    by_time = pl.col("before") & pl.col("more") & (n_strong == 2) & (total < ALL)
    by_copies = pl.col("far_more") & ~pl.col("known_after")
    # What the page has in common with pages near-equal to it was not taken from it: it is what they are.
    home = parts.filter(pl.col("component") == pl.col("tight")).select("page", "part", home=True).unique()
    proven = pl.col("strong") & ~pl.col("home") & (by_time | by_copies)
    return (
        summed.join(home, on=["page", "part"], how="left")
        .with_columns(pl.col("home").fill_null(value=False))
        .with_columns(proven=proven)
    )


def classify(parts: pl.DataFrame, near: I64, documents: Documents) -> pl.DataFrame:
    """Say of each page with parts what it is.

    Args:
        parts: PARTS.
        near: The component of each document, near-equal suspects in one.
        documents: By time.

    Returns:
        page, kind: `whole` (of one part, or the source of the others), `mixed` (the same, but it shares weak regions
        with several, so it shows nothing of others), `digest`, `unclear`.
    """
    summed = _sum_up(parts, near, documents)
    strong = pl.col("strong") & ~pl.col("proven")
    item = pl.col("item") & ~pl.col("strong")
    head = pl.col("head") & ~pl.col("strong")
    covers = pl.col("cover").filter(pl.col("strong")).sort(descending=True)
    pages = summed.group_by("page").agg(
        n_strong=strong.sum(), n_weak=(~pl.col("strong") & ~pl.col("taken")).sum(),
        n_items=item.sum(), n_heads=head.sum(),
        strong_total=pl.col("cover").filter(strong).sum(), item_total=pl.col("cover").filter(item).sum(),
        head_total=pl.col("cover").filter(head).sum(),
        all_after=(~strong | pl.col("after")).all(),
        first=covers.get(0, null_on_oob=True).fill_null(0.0), second=covers.get(1, null_on_oob=True).fill_null(0.0),
    )  # fmt: skip
    dominant = (pl.col("first") >= LEAST_COVER) & (pl.col("first") >= 2 * pl.col("second"))
    total = pl.col("strong_total") + pl.col("item_total")
    several = pl.col("n_strong") >= 2
    digest = ~dominant & (
        (pl.col("n_strong") >= 3)
        | (several & ((pl.col("strong_total") >= ALL) | pl.col("all_after")))
        | ((pl.col("n_heads") >= 2) & (pl.col("head_total") >= HEADS))
        | ((pl.col("n_items") >= 2) & (pl.col("item_total") >= ITEMS))
        | ((pl.col("n_strong") >= 1) & (pl.col("n_heads") >= 1) & pl.col("all_after") & (total >= ITEMS))
    )
    kind = (
        pl.when(digest)
        .then(pl.lit("digest"))
        .when(several)
        .then(pl.lit("unclear"))
        .when(pl.col("n_weak") >= 2)
        .then(pl.lit("mixed"))
        .otherwise(pl.lit("whole"))
    )
    return pages.select("page", kind=kind)


def _cut(parts: pl.DataFrame, of_end: I64, ends: Ends, unclear: I64, near: I64, documents: Documents) -> I64:
    """Rows of pairs to cut: all of an unclear page but those of its largest part and of what was taken from it.

    Near-equal pages choose together: if each chose for itself, they would chain what they chose.
    """
    mine = parts.filter(pl.col("tight").is_in(near[unclear]))
    proven = _sum_up(mine, near, documents).select("page", "part", "proven", "home")
    rows = mine.join(proven, on=["page", "part"])
    chosen = (
        rows.filter(~pl.col("proven") & pl.col("joins") & (pl.col("makes") | pl.col("home")))
        .with_columns(component=pl.when("home").then("tight").otherwise("component"))
        .group_by("tight", "component")
        .agg(pl.any("home"), pl.sum("cover"))
        .sort("home", "cover", "component", descending=[True, True, False])
        .group_by("tight", maintain_order=True)
        .agg(chosen=pl.first("component"))
    )
    kept = (
        rows.join(chosen, on="tight")
        .filter(pl.col("proven") | pl.col("home") | (pl.col("makes") & (pl.col("component") == pl.col("chosen"))))
        .select("page", "part")
        .unique()
    )
    at = np.flatnonzero((of_end >= 0) & np.isin(near[ends.page], near[unclear]))
    found = pl.DataFrame({"page": ends.page[at], "part": of_end[at], "pair": ends.pair[at]})
    cut: I64 = found.join(kept, on=["page", "part"], how="anti")["pair"].unique().sort().to_numpy()
    return cut


def resolve(pairs: Pairs, suspects: Bools, ends: Ends, documents: Documents) -> tuple[Bools, I64]:
    """Which documents are digests, and which pairs hang parts together that share no other text.

    Args:
        pairs: Judged the same.
        suspects: Pages with regions apart from each other.
        ends: Of the pairs, at the suspects.
        documents: By time.

    Returns:
        A flag a document; rows of pairs, sorted.
    """
    copied = pairs.left[pairs.copied], pairs.right[pairs.copied]
    for turn in range(N_ROUNDS):
        labels = hang_together(pairs, suspects)
        parts, of_end = find_parts(pairs, ends, suspects, labels)
        kinds = classify(parts, labels[1], documents)
        unsolved = np.zeros(len(suspects), np.bool_)
        unsolved[kinds.filter(pl.col("kind") != "whole")["page"].to_numpy()] = True
        # Copies are cleared together: one that was compared with less knows less of itself.
        unsolved = spread(unsolved, *copied) & suspects
        if turn + 1 == N_ROUNDS or np.array_equal(unsolved, suspects):
            break
        suspects = unsolved
    digests = np.zeros(len(suspects), np.bool_)
    digests[kinds.filter(pl.col("kind") == "digest")["page"].to_numpy()] = True
    digests = spread(digests, *copied)
    unclear = kinds.filter(pl.col("kind") == "unclear")["page"].to_numpy()
    return digests, _cut(parts, of_end, ends, unclear[~digests[unclear]], labels[1], documents)
