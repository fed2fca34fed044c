"""Pairs as a graph over documents that are numbered by time, so that the least number names a group.

Documents are rows 0..n-1, the earliest first (those without a time last, equals by id). Ids are only compared and
sorted; inside the package everything is a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from syndetect.schema import F64, I32, I64, Bools

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

    @property
    def near_equal(self) -> Bools:
        """Pairs of which neither text has a part of its own."""
        alike: Bools = (self.similarity >= NEAR) | (np.minimum(self.left_cover, self.right_cover) >= NEARLY_ALL)
        return alike & ~self.excerpt

    @property
    def copied(self) -> Bools:
        """Pairs of which each text is all in the other."""
        all_in: Bools = np.minimum(self.left_cover, self.right_cover) >= COPIED
        return all_in & ~self.excerpt


def order_documents(documents: pl.DataFrame) -> Documents:
    """Number the documents by time.

    Args:
        documents: doc_id, at (time; may be NULL), and n_words where lengths are needed.
    """
    ordered = documents.sort("at", "doc_id", nulls_last=True)
    words = ordered["n_words"].fill_null(0).cast(pl.Int32) if "n_words" in ordered.columns else pl.Series([0])
    return Documents(ordered["doc_id"], words.to_numpy(), ordered.height - ordered["at"].null_count())


def rows_of(documents: Documents, ids: pl.Series) -> I64:
    """The row of each id; ids must be among the documents."""
    known = documents.ids.to_numpy()
    order = np.argsort(known)
    rows: I64 = order[np.searchsorted(known, ids.to_numpy(), sorter=order)].astype(np.int64)
    return rows


def name_components(n: int, left: I64, right: I64) -> I64:
    """For each of n rows the least row of its connected component."""
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(n, n))
    labels = connected_components(graph, directed=False)[1]
    first = np.empty(n, np.int64)
    # Written from the end, so that the least row of a label is what stays.
    first[labels[::-1]] = np.arange(n - 1, -1, -1)
    named: I64 = first[labels]
    return named


def spread(flags: Bools, left: I64, right: I64) -> Bools:
    """Flag every row that hangs together with a flagged one."""
    labels = name_components(len(flags), left, right)
    reached: Bools = (np.bincount(labels[flags], minlength=len(flags)) > 0)[labels]
    return reached


@njit(cache=True)
def _lengths_in_tokens(left, right, offsets, spans, tokens):  # type: ignore[no-untyped-def]
    """Raise `tokens` to the furthest end of a passage, where one-character words make it more than the words."""
    for p in range(len(left)):
        for s in range(offsets[p], offsets[p + 1]):
            tokens[left[p]] = max(tokens[left[p]], spans[s, 1])
            tokens[right[p]] = max(tokens[right[p]], spans[s, 3])


@njit(cache=True)
def _are_placed(left, right, covers, offsets, spans, tokens, accounted):  # type: ignore[no-untyped-def]
    placed = np.zeros(len(left), np.bool_)
    for p in range(len(left)):
        of_left, of_right = 0, 0
        for s in range(offsets[p], offsets[p + 1]):
            of_left += spans[s, 1] - spans[s, 0]
            of_right += spans[s, 3] - spans[s, 2]
        placed[p] = (
            of_left > 0
            and of_left >= accounted * covers[p, 0] * tokens[left[p]]
            and of_right >= accounted * covers[p, 1] * tokens[right[p]]
        )
    return placed


def read_pairs(pairs: pl.DataFrame, documents: Documents) -> Pairs:
    """The columns of pairs as arrays.

    Args:
        pairs: left_id, right_id, relation, similarity, left_containment, right_containment, passages.
        documents: All documents that stand in them.
    """
    left, right = rows_of(documents, pairs["left_id"]), rows_of(documents, pairs["right_id"])
    counts = pairs["passages"].list.len().fill_null(0).to_numpy()
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    flat = pairs["passages"].explode(empty_as_null=False, keep_nulls=False)
    spans = flat.arr.explode().to_numpy().reshape(-1, 4).astype(np.int32)
    covers = pairs.select("left_containment", "right_containment").fill_null(0.0).to_numpy()
    tokens = np.maximum(documents.words, 1).astype(np.int64)
    _lengths_in_tokens(left, right, offsets, spans, tokens)
    return Pairs(
        left=left,
        right=right,
        similarity=pairs["similarity"].fill_null(0.0).to_numpy(),
        left_cover=np.ascontiguousarray(covers[:, 0]),
        right_cover=np.ascontiguousarray(covers[:, 1]),
        excerpt=(pairs["relation"] == "excerpt").fill_null(value=False).to_numpy(),
        offsets=offsets,
        spans=spans,
        placed=_are_placed(left, right, np.ascontiguousarray(covers), offsets, spans, tokens, ACCOUNTED),
        tokens=tokens,
    )
