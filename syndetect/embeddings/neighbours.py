"""Vectors of pages -> the nearest pages in other languages within the time window, and how near a pair is beside them.

Up to `MOST_EXACT` pages every pair is looked at; above, an inverted file of faiss looks at those near enough. faiss was
taken over usearch for two reasons, measured on 100,000 vectors of 256 dimensions: it builds in 3 CPU seconds instead of
15 at the same recall (.999 and .997 of the 32 nearest), and gives the same answer on every run, which a graph built by
several threads does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import F32, F64, I64, Bools

MOST_EXACT = 50_000
"""Pages up to which every pair is looked at: 25 s of one core with 256 dimensions."""
K = 10
"""Neighbours a page."""
SHRINK = 5.0
"""Pages of a language at which its own mean counts as much as that of all."""
BLOCK = 2_048
"""Pages held against `BLOCK` others at a time: 16 MB of products."""
PAGES_A_CELL, PROBED = 200, 24
"""Of the inverted file: pages a cell has in the mean, and cells a page is looked for in."""
NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Neighbours:
    """For each page its nearest ones in other languages: rows, -1 where there are fewer, and cosines, best first."""

    rows: I64
    cosines: F32

    @property
    def usual(self) -> F64:
        """How near a page's neighbours are in the mean; 0 for a page that has none.

        Some pages are near to everything: beside that a cosine says what it is worth (Conneau et al., Word translation
        without parallel data, section 2.3).
        """
        there = self.rows >= 0
        mean: F64 = np.where(there, self.cosines, 0.0).sum(axis=1, dtype=np.float64) / np.maximum(there.sum(axis=1), 1)
        return mean


def centre(vectors: F32, languages: I64) -> F32:
    """Take out of each vector what all of its language share, and make it of length 1 again.

    Models put texts of one language near each other; what is left tells subjects apart. The mean of a language with
    few pages is shrunk to that of all. A page without a vector stays without.
    """
    known = vectors.any(axis=1)
    n = np.bincount(languages[known], minlength=int(languages.max(initial=-1)) + 1).astype(np.float32)
    if not known.any():
        return vectors
    total = vectors[known].mean(axis=0)
    sums = np.zeros((len(n), vectors.shape[1]), np.float32)
    np.add.at(sums, languages[known], vectors[known])
    means = (sums + SHRINK * total) / (n + SHRINK)[:, None]
    out: F32 = vectors - means[languages]
    length = np.linalg.norm(out, axis=1, keepdims=True)
    # What is left of a vector that is its language's mean is noise of the last digits.
    out = np.divide(out, length, out=np.zeros_like(out), where=length > 1e-3)
    out[~known] = 0.0
    return out


@njit(cache=True, nogil=True)
def _keep(products, row_from, column_from, known, languages, starts, ends, window, rows, cosines):  # type: ignore[no-untyped-def]
    """Merge a block of products into the best of each page of the block; of equals the earlier page wins."""
    k = rows.shape[1]
    for i in range(products.shape[0]):
        page = row_from + i
        if not known[page]:
            continue
        for j in range(products.shape[1]):
            cosine = products[i, j]
            if cosine <= cosines[page, k - 1] and rows[page, k - 1] >= 0:
                continue
            other = column_from + j
            if languages[other] == languages[page] or not known[other]:
                continue
            dated = min(starts[page], ends[page], starts[other], ends[other]) != NO_TIME
            if dated and max(starts[page] - ends[other], starts[other] - ends[page]) > window:
                continue
            at = k - 1
            while at > 0 and (rows[page, at - 1] < 0 or cosine > cosines[page, at - 1]):
                rows[page, at], cosines[page, at] = rows[page, at - 1], cosines[page, at - 1]
                at -= 1
            rows[page, at], cosines[page, at] = other, cosine


def nearest(
    vectors: F32, languages: I64, starts: I64, ends: I64, *, window: int, k: int = K, most_exact: int = MOST_EXACT
) -> Neighbours:
    """The k nearest pages of each page, among those in other languages.

    Args:
        vectors: (n, dimension), of length 1; zeros for a page that has none.
        languages: A number a page.
        starts: When each can have been published first, in microseconds; NO_TIME if that is not known.
        ends: When last.
        window: Microseconds; two pages whose times are known and further apart are not compared.
        k: Neighbours a page.
        most_exact: Pages up to which every pair is looked at.
    """
    vectors = np.ascontiguousarray(vectors, np.float32)
    found = Neighbours(np.full((len(vectors), k), -1, np.int64), np.full((len(vectors), k), -2.0, np.float32))
    known: Bools = np.asarray(vectors.any(axis=1))
    if len(vectors) <= most_exact:
        for row in range(0, len(vectors), BLOCK):
            for column in range(0, len(vectors), BLOCK):
                products = vectors[row : row + BLOCK] @ vectors[column : column + BLOCK].T
                _keep(
                    products, row, column, known, languages, starts, ends, window, found.rows, found.cosines
                )  # fmt: skip
        return found
    _search(vectors, known, languages, starts, ends, window, found)
    return found


def _search(vectors: F32, known: Bools, languages: I64, starts: I64, ends: I64, window: int, found: Neighbours) -> None:
    """Fill in what an inverted file finds. Pages of one language and time are looked for together."""
    import faiss  # noqa: PLC0415 - needs the extra, and only large stores do

    n, dimension = vectors.shape
    n_cells = max(1, n // PAGES_A_CELL)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, n_cells, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter, index.cp.max_points_per_centroid, index.cp.seed = 8, 64, 20_180_930
    index.train(vectors[known])
    index.add(vectors)
    # Twice as many as wanted: of a time slice some are beyond the window of a page all the same.
    k = 2 * found.rows.shape[1]
    for pages, others in _slices(known, languages, starts, ends, window):
        allowed = np.packbits(others, bitorder="little")
        parameters = faiss.SearchParametersIVF(nprobe=min(PROBED, n_cells), sel=faiss.IDSelectorBitmap(allowed))
        cosines, rows = index.search(vectors[pages], k, params=parameters)
        far = _further_apart(starts, ends, np.broadcast_to(pages[:, None], rows.shape), rows, window)
        # Those that count come first, in their order.
        order = np.argsort((rows < 0) | far, axis=1, kind="stable")[:, : found.rows.shape[1]]
        good = np.take_along_axis((rows >= 0) & ~far, order, axis=1)
        found.rows[pages] = np.where(good, np.take_along_axis(rows, order, axis=1), -1)
        found.cosines[pages] = np.where(good, np.take_along_axis(cosines, order, axis=1), -2.0)


def _further_apart(starts: I64, ends: I64, pages: I64, others: I64, window: int) -> Bools:
    dated = np.minimum(starts, ends) != NO_TIME
    apart = np.maximum(starts[pages] - ends[others], starts[others] - ends[pages]) > window
    both: Bools = dated[pages] & dated[others] & apart
    return both


def _slices(known: Bools, languages: I64, starts: I64, ends: I64, window: int) -> Iterator[tuple[I64, Bools]]:
    """Pages of one language and one slice of time, and the pages that any of them may be compared with."""
    undated: Bools = np.asarray(np.minimum(starts, ends) == NO_TIME)
    first = starts[~undated].min(initial=np.iinfo(np.int64).max)
    slices = np.where(undated, -1, (np.where(undated, first, starts) - first) // max(window, 1))
    for language in np.unique(languages[known]):
        elsewhere = known & (languages != language)
        of_language = known & (languages == language)
        for number in np.unique(slices[of_language]):
            pages = np.flatnonzero(of_language & (slices == number))
            if number < 0:
                yield pages, elsewhere
                continue
            earliest, latest = starts[pages].min() - window, ends[pages].max() + window
            yield pages, elsewhere & (undated | ((ends >= earliest) & (starts <= latest)))


def nearness(vectors: F32, left: I64, right: I64, usual: F64) -> F64:
    """How near the pages of each pair are beside what is usual for both; NaN where one has no vector."""
    out = np.empty(len(left), np.float64)
    for at in range(0, len(left), 65_536):
        a, b = left[at : at + 65_536], right[at : at + 65_536]
        out[at : at + 65_536] = np.einsum("ij,ij->i", vectors[a], vectors[b])
    known: Bools = np.asarray(vectors.any(axis=1))
    return np.where(known[left] & known[right], out - 0.5 * (usual[left] + usual[right]), np.nan)


def add_neighbours(pairs: pl.DataFrame, ids: pl.Series, vectors: F32, near: Neighbours) -> pl.DataFrame:
    """Add to candidate pairs those that are near, and say of all how near they are.

    Args:
        pairs: left_id, right_id, and what else is known of them.
        ids: Document of each row of the vectors, ascending.
        vectors: As `nearest` had them.
        near: What it found.

    Returns:
        The pairs and new ones, of which nothing else is known; by_vectors tells new ones, nearness is NaN where a page
        has no vector. Sorted.
    """
    page, place = np.nonzero(near.rows >= 0)
    other = near.rows[page, place]
    numbers = ids.to_numpy()
    proposed = pl.DataFrame(
        {"left_id": numbers[np.minimum(page, other)], "right_id": numbers[np.maximum(page, other)]},
        schema={"left_id": pl.UInt64, "right_id": pl.UInt64},
    ).unique()
    new = proposed.join(pairs, on=["left_id", "right_id"], how="anti").with_columns(by_vectors=pl.lit(value=True))
    both = pl.concat([pairs.with_columns(by_vectors=pl.lit(value=False)), new], how="diagonal")
    both = both.sort("left_id", "right_id")
    left, right = (np.searchsorted(numbers, both[side].to_numpy()) for side in ("left_id", "right_id"))
    return both.with_columns(nearness=pl.Series(nearness(vectors, left, right, near.usual)))
