"""Keys packed with the numbers of their texts into 64-bit words: in memory as they are made, or read from the store."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import duckdb
import numpy as np
from numba import njit

from syndetect.candidates.buckets import LOW, SHIFT
from syndetect.schema import I64, U32, U64

N_PARTS = 256


@njit(cache=True, nogil=True)
def _pack(keys, texts, starts, out):  # type: ignore[no-untyped-def]
    """Part 40-bit keys by their highest byte and pack the rest with the number of their text.

    `starts` has the place of each part in `out`, and comes back moved to its end.
    """
    for i in range(len(keys)):
        part = np.int64(keys[i] >> SHIFT)
        out[starts[part]] = ((keys[i] & LOW) << SHIFT) | np.uint64(texts[i])
        starts[part] += 1


class Parts:
    """Fingerprints with the numbers of their texts, parted by their highest byte; 8 bytes each."""

    def __init__(self) -> None:
        self._batches: list[tuple[U64, I64]] = []

    def add(self, keys: U64, texts: U32) -> None:
        """Take fingerprints of 40 bits, and for each the text it is of."""
        sizes = np.bincount((keys >> SHIFT).astype(np.int64), minlength=N_PARTS)
        bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        packed = np.empty(len(keys), np.uint64)
        _pack(keys, texts, bounds[:-1].copy(), packed)
        self._batches.append((packed, bounds))

    def __iter__(self) -> Iterator[U64]:
        for part in range(N_PARTS if self._batches else 0):
            yield np.concatenate([packed[bounds[part] : bounds[part + 1]] for packed, bounds in self._batches])


class Bands:
    """Band keys of texts numbered from 0 in the order they come; 4 bytes each."""

    def __init__(self) -> None:
        self._batches: list[U32] = []
        self.n_texts = 0

    def add(self, bands: U32) -> None:
        """Take the keys of the next texts, (n, n_bands)."""
        self._batches.append(np.ascontiguousarray(bands.T))
        self.n_texts += len(bands)

    def __iter__(self) -> Iterator[U64]:
        numbers = np.arange(self.n_texts, dtype=np.uint64)
        for band in range(len(self._batches[0]) if self._batches else 0):
            keys = np.concatenate([batch[band] for batch in self._batches]).astype(np.uint64)
            keys <<= SHIFT
            keys |= numbers
            yield keys


def stored_bands(con: duckdb.DuckDBPyConnection, n_bands: int) -> Iterator[U64]:
    """Each band of the table `band_key`, packed."""
    for band in range(n_bands):
        # The narrow columns are widened in DuckDB, which does it while it unpacks them.
        query = "SELECT (key::UBIGINT << 32) | text_no::UBIGINT FROM band_key WHERE band = $band"
        rows = con.sql(query, params={"band": band}).to_arrow_table()
        yield rows.column(0).to_numpy()


ROWS_AT_A_TIME = 8_000_000
"""Fingerprints read from the store at a time: some 200 MB with what is made of them."""


def stored_fingerprints(con: duckdb.DuckDBPyConnection) -> Iterator[U64]:
    """Each part of the table `fingerprint`, packed; some parts are read together."""
    n = con.sql("SELECT count(*) FROM fingerprint").fetchall()[0][0]
    together = N_PARTS
    while together > 1 and n * together > ROWS_AT_A_TIME * N_PARTS:
        together //= 2
    query = "SELECT key, text_no FROM fingerprint WHERE key >= $first AND key < $end"
    for first in range(0, N_PARTS, together):
        bounds = {"first": first << 32, "end": (first + together) << 32}
        rows = con.sql(query, params=bounds).to_arrow_table()
        parts = Parts()
        parts.add(rows.column(0).to_numpy(), rows.column(1).to_numpy())
        yield from islice(parts, first, first + together)
