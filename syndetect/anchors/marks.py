"""Anchors of many pages in little room: 13 bytes an occurrence, page by page, each page's by key.

Some 150 anchors a page of 2 kB: 30 million of them at 200,000 pages are 400 MB here, more than twice that as a frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from syndetect.schema import F32, I64, U8, U64

_ROOM_BITS = 4
"""What is joined gets a sixteenth more room than it needs when it grows."""


@dataclass(frozen=True)
class Marks:
    """Anchors of pages: those of page i are the rows offsets[i]:offsets[i + 1], sorted by key, then place."""

    ids: U64  # documents, ascending
    offsets: I64
    keys: U64
    kinds: U8
    positions: F32  # 0..1, where in the text each stands


@njit(cache=True, nogil=True)
def _sort_pages(offsets, keys, starts, order):  # type: ignore[no-untyped-def]
    """Rows of each page by key, then start."""
    for page in range(len(offsets) - 1):
        a, b = offsets[page], offsets[page + 1]
        order[a:b] = a + np.argsort(keys[a:b], kind="mergesort")
        for i in range(a + 1, b):
            row, j = order[i], i
            while j > a and keys[order[j - 1]] == keys[row] and starts[order[j - 1]] > starts[row]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = row


def pack_marks(anchors: pl.DataFrame, ids: pl.Series) -> Marks:
    """Pack anchors.

    Args:
        anchors: schema.ANCHOR, each document's rows side by side.
        ids: The documents, ascending; those without anchors too.
    """
    if not anchors["doc_id"].is_sorted():
        anchors = anchors.sort("doc_id", maintain_order=True)
    documents = ids.to_numpy()
    offsets = np.append(np.searchsorted(anchors["doc_id"].to_numpy(), documents), len(anchors)).astype(np.int64)
    keys = anchors["key"].to_numpy()
    order = np.empty(len(keys), np.int64)
    _sort_pages(offsets, keys, anchors["span_start"].to_numpy(), order)
    kinds, positions = anchors["kind"].to_numpy(), anchors["position"].to_numpy()
    return Marks(documents, offsets, keys[order], kinds[order], positions[order])


def _put(column: NDArray[np.generic], at: int, values: NDArray[np.generic]) -> None:
    """Write values from a place on, making room first if need be."""
    end = at + len(values)
    if len(column) < end:
        column.resize(end + (end >> _ROOM_BITS), refcheck=False)  # the system moves a large one, nobody copies it
    column[at:end] = values


def join_marks(parts: Iterable[Marks]) -> Marks:
    """One for many, whose documents follow each other; each is copied and let go before the next is taken."""
    made = Marks(
        np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.uint8),
        np.empty(0, np.float32),
    )  # fmt: skip
    n_pages, n = 0, 0
    for part in parts:
        _put(made.ids, n_pages, part.ids)
        _put(made.offsets, n_pages, part.offsets[:-1] + n)
        _put(made.keys, n, part.keys)
        _put(made.kinds, n, part.kinds)
        _put(made.positions, n, part.positions)
        n_pages += len(part.ids)
        n += len(part.keys)
    _put(made.offsets, n_pages, np.array([n], np.int64))
    made.ids.resize(n_pages, refcheck=False)
    made.offsets.resize(n_pages + 1, refcheck=False)
    for column in (made.keys, made.kinds, made.positions):
        column.resize(n, refcheck=False)
    return made
