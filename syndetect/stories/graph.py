"""Pairs as a graph over documents that are numbered by time, so that the least number names a group.

Documents are rows 0..n-1, the earliest first (those without a time last, equals by id). Ids are only compared and
sorted; inside the package everything is a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import F64, I32, I64, Bools

LEAST_COVER = 0.5
"""A page joins the one in which this share of its words stands. Below it, quotations, stock sentences and heads of
items join what tells different things."""
NEAR = 0.7
"""Jaccard from which on two texts are near-equal, whatever the threshold of near-duplicates is."""
NEARLY_ALL = 0.8
"""The same for aligned words of both: what is left apart is less than a part of its own."""
COPIED = 0.95
"""From this share of both on, what is known of one text holds for the other."""
ACCOUNTED = 0.75
"""Passages that make up less than this share of what two texts share do not say where it stands."""


@dataclass(frozen=True)
class Documents:
    """Documents by time: `ids` and `words` of each row, and how many rows (the first ones) have a time."""

    ids: pl.Series
    words: I32
    n_timed: int

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Pairs:
    """Pairs judged the same, one row a pair.

    `left`, `right` are rows of documents; `left_cover`, `right_cover` the shares of their words that stand in the
    other; `spans` (n, 4) are the passages of pair i from `offsets[i]` to `offsets[i + 1]`, in tokens; `excerpt` says
    that one text is a part of the other, or shares a part with it. `placed` is false where the passages do not say
    where all that is shared stands.
    """

    left: I64
    right: I64
    similarity: F64
    left_cover: F64
    right_cover: F64
    excerpt: Bools
    offsets: I64
    spans: I32
    placed: Bools
    tokens: I64

    @cached_property
    def near_equal(self) -> Bools:
        """Pairs of which neither text has a part of its own."""
        alike: Bools = (self.similarity >= NEAR) | (np.minimum(self.left_cover, self.right_cover) >= NEARLY_ALL)
        return alike & ~self.excerpt

    @cached_property
    def copied(self) -> Bools:
        """Pairs of which each text is all in the other."""
        all_in: Bools = np.minimum(self.left_cover, self.right_cover) >= COPIED
        return all_in & ~self.excerpt

    @cached_property
    def joins(self) -> Bools:
        """Pairs of which enough of either text stands in the other to join them."""
        enough: Bools = np.maximum(self.left_cover, self.right_cover) >= LEAST_COVER
        return enough | ~self.excerpt

    @cached_property
    def most(self) -> F64:
        """For each document the largest share of it that another one holds of which it is an excerpt."""
        most = np.zeros(len(self.tokens))
        np.maximum.at(most, self.left[self.excerpt], self.left_cover[self.excerpt])
        np.maximum.at(most, self.right[self.excerpt], self.right_cover[self.excerpt])
        return most

    @cached_property
    def ties(self) -> Bools:
        """Pairs that join, but for those of an excerpt that another page holds more of: a quotation in a short one."""
        left, right = (
            (cover >= LEAST_COVER) & (cover >= NEARLY_ALL * self.most[page])
            for cover, page in ((self.left_cover, self.left), (self.right_cover, self.right))
        )
        tied: Bools = left | right | ~self.excerpt
        return tied


def _in_order(at: pl.Series, ids: pl.Series) -> bool:
    """Whether times rise, those that are not known last, and ids among equals."""
    if not ids.is_sorted():
        rank = at.to_physical().cast(pl.Int64).fill_null(np.iinfo(np.int64).max).to_numpy()
        known = ids.to_numpy()
        return bool(np.all((rank[:-1] < rank[1:]) | ((rank[:-1] == rank[1:]) & (known[:-1] <= known[1:]))))
    return at.null_count() == len(at) or at.is_sorted(nulls_last=True)


def order_documents(documents: pl.DataFrame) -> Documents:
    """Number the documents by time.

    Args:
        documents: doc_id, at (time; may be NULL), and n_words where lengths are needed.
    """
    is_ordered = _in_order(documents["at"], documents["doc_id"])
    ordered = documents if is_ordered else documents.sort("at", "doc_id", nulls_last=True)
    words = ordered["n_words"].fill_null(0).cast(pl.Int32) if "n_words" in ordered.columns else pl.Series([0])
    return Documents(ordered["doc_id"], words.to_numpy(), ordered.height - ordered["at"].null_count())


def rows_of(documents: Documents, ids: pl.Series) -> I64:
    """The row of each id; ids must be among the documents."""
    known, wanted = documents.ids.to_numpy(), ids.to_numpy()
    is_sorted = documents.ids.is_sorted()
    if is_sorted and len(known) and known[-1] - known[0] == len(known) - 1:
        # Ids without a gap, as those of rows are.
        offsets: I64 = (wanted - known[0]).astype(np.int64)
        return offsets
    order = None if is_sorted else np.argsort(known)
    at = np.searchsorted(known, wanted, sorter=order)
    rows: I64 = (at if order is None else order[at]).astype(np.int64)
    return rows


@njit(cache=True)
def _least_rows(n, left, right):  # type: ignore[no-untyped-def]
    """Union and find, each row below the least one that it is known to hang together with."""
    least = np.arange(n)
    for i in range(len(left)):
        a, b = left[i], right[i]
        while least[a] != a:
            least[a] = least[least[a]]
            a = least[a]
        while least[b] != b:
            least[b] = least[least[b]]
            b = least[b]
        if a < b:
            least[b] = a
        else:
            least[a] = b
    for row in range(n):
        # What is above a row is less than it, so it is settled already.
        least[row] = least[least[row]]
    return least


def name_components(n: int, left: I64, right: I64) -> I64:
    """For each of n rows the least row of its connected component."""
    named: I64 = _least_rows(n, left, right)
    return named


def spread(flags: Bools, left: I64, right: I64) -> Bools:
    """Flag every row that hangs together with a flagged one."""
    labels = name_components(len(flags), left, right)
    flagged = np.zeros(len(flags), np.bool_)
    flagged[labels[flags]] = True
    reached: Bools = flagged[labels]
    return reached


@njit(cache=True)
def _lengths_in_tokens(left, right, offsets, spans, tokens):  # type: ignore[no-untyped-def]
    """Raise `tokens` to the furthest end of a passage, where one-character words make it more than the words."""
    for p in range(len(left)):
        for s in range(offsets[p], offsets[p + 1]):
            tokens[left[p]] = max(tokens[left[p]], spans[s, 1])
            tokens[right[p]] = max(tokens[right[p]], spans[s, 3])


@njit(cache=True)
def _are_placed(left, right, left_cover, right_cover, offsets, spans, tokens, accounted):  # type: ignore[no-untyped-def]
    placed = np.zeros(len(left), np.bool_)
    for p in range(len(left)):
        of_left, of_right = 0, 0
        for s in range(offsets[p], offsets[p + 1]):
            of_left += spans[s, 1] - spans[s, 0]
            of_right += spans[s, 3] - spans[s, 2]
        placed[p] = (
            of_left > 0
            and of_left >= accounted * left_cover[p] * tokens[left[p]]
            and of_right >= accounted * right_cover[p] * tokens[right[p]]
        )
    return placed


def read_pairs(pairs: pl.DataFrame, wanted: pl.Series, documents: Documents) -> Pairs:
    """The columns of the wanted pairs as arrays.

    Args:
        pairs: left_id, right_id, relation, similarity, left_containment, right_containment, passages.
        wanted: Flags of the pairs.
        documents: All documents that stand in them.
    """
    ids, shares = ["left_id", "right_id"], ["similarity", "left_containment", "right_containment"]
    pairs = pairs.select(*ids, *shares, "passages", excerpt=pl.col("relation") == "excerpt").filter(wanted)
    left, right = rows_of(documents, pairs["left_id"]), rows_of(documents, pairs["right_id"])
    counts = pairs["passages"].list.len().fill_null(0).to_numpy()
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    flat = pairs["passages"].explode(empty_as_null=False, keep_nulls=False)
    spans = flat.arr.explode().to_numpy().reshape(-1, 4).astype(np.int32)
    similarity, *covers = (pairs[share].fill_null(0.0).to_numpy() for share in shares)
    tokens = np.maximum(documents.words, 1).astype(np.int64)
    _lengths_in_tokens(left, right, offsets, spans, tokens)
    return Pairs(
        left=left, right=right, similarity=similarity, left_cover=covers[0], right_cover=covers[1],
        excerpt=pairs["excerpt"].fill_null(value=False).to_numpy(), offsets=offsets, spans=spans,
        placed=_are_placed(left, right, covers[0], covers[1], offsets, spans, tokens, ACCOUNTED), tokens=tokens,
    )  # fmt: skip
