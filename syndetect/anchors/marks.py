"""Anchors of many pages in little room: 13 bytes an occurrence, page by page, each page's by key.

Some 150 anchors a page of 2 kB: 30 million of them at 200,000 pages are 400 MB here, more than twice that as a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import F32, I64, U8, U64


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


def join_marks(parts: Sequence[Marks]) -> Marks:
    """One for many, whose documents follow each other."""
    sizes = np.cumsum([0, *(len(part.keys) for part in parts)])
    offsets = [part.offsets[:-1] + size for part, size in zip(parts, sizes, strict=False)]
    return Marks(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([*offsets, sizes[-1:]]).astype(np.int64),
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.kinds for part in parts]),
        np.concatenate([part.positions for part in parts]),
    )
