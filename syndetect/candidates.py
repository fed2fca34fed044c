"""Equal keys -> candidate pairs: sorted keys, one compiled pass over their runs, star edges where a run is long.

Two ways in. Band keys of the signatures find texts that are alike as wholes; fingerprints find texts that share a
passage, of which two must be common. A key and the number of its text are packed into one 64-bit word, so that grouping
is a sort of plain integers, which numpy does with the widest instructions of the machine: band by band, and for
fingerprints part by part (by their highest byte). Nothing but one band or part is unpacked at a time.

A bucket of up to `max_bucket` texts gives all its pairs. A larger one (a wire flash, a template) gives star edges
only, from its earliest texts to all others, and is listed: n pairs a hub instead of n * (n - 1) / 2. Texts in the same
words are one text before they come here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, repeat

import duckdb
import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import I64, U32, U64

SKIPPED = pl.Schema({"way": pl.String(), "key": pl.UInt64(), "n_documents": pl.UInt32(), "n_hubs": pl.UInt32()})
"""Buckets over the limit, of which only star edges were taken; way: band or fingerprint."""
DEAD = 0xFFFF_FFFF
"""The rank of a text that no document has any more."""
N_PARTS = 256
LOW = np.uint64(0xFFFF_FFFF)
SHIFT = np.uint64(32)
LEAST_SHARED = 2
"""Fingerprints a pair must share: one in common is chance, or a phrase."""
N_HUBS = 4
"""Earliest texts of a bucket over its limit that are compared with all others of it."""


@dataclass(frozen=True)
class Candidates:
    """Pairs of texts worth comparing, sorted; `left < right` are numbers of texts.

    `n_bands` and `n_fingerprints` count the keys the two have in common, as far as their buckets gave pairs.
    """

    left: U32
    right: U32
    n_bands: U32
    n_fingerprints: U32
    skipped: pl.DataFrame


@njit(cache=True, nogil=True)
def _members(packed, at, ranks, out):  # type: ignore[no-untyped-def]
    """The distinct living texts of the run of equal keys that starts at `at`; how many, and where the run ends."""
    end, n = at, 0
    while end < len(packed) and packed[end] >> SHIFT == packed[at] >> SHIFT:
        text = np.uint32(packed[end] & LOW)
        if ranks[text] != np.uint32(DEAD) and (end == at or packed[end] != packed[end - 1]):
            if n < len(out):
                out[n] = text
            n += 1
        end += 1
    return n, end


@njit(cache=True, nogil=True)
def _longest_run(packed):  # type: ignore[no-untyped-def]
    longest, at = 0, 0
    for i in range(1, len(packed) + 1):
        if i == len(packed) or packed[i] >> SHIFT != packed[at] >> SHIFT:
            longest = max(longest, i - at)
            at = i
    return longest


@njit(cache=True, nogil=True)
def _hubs_first(members, n, ranks, n_hubs):  # type: ignore[no-untyped-def]
    """Move the earliest n_hubs of members[:n] to the front."""
    for i in range(min(n_hubs, n)):
        best = i
        for j in range(i + 1, n):
            if ranks[members[j]] < ranks[members[best]]:
                best = j
        members[i], members[best] = members[best], members[i]


@njit(cache=True, nogil=True)
def _emit(packed, ranks, max_bucket, n_hubs, members, pairs, big, counting):  # type: ignore[no-untyped-def]
    """Write left << 32 | right for the pairs of each run of equal keys, and key << 32 | size of the large ones.

    When `counting`, they are only counted.
    """
    n_pairs, n_big, at = 0, 0, 0
    while at + 1 < len(packed):
        if packed[at] >> SHIFT != packed[at + 1] >> SHIFT:
            at += 1
            continue
        key = packed[at] >> SHIFT
        n, at = _members(packed, at, ranks, members)
        hubs = n
        if n > max_bucket:
            hubs = min(n_hubs, n)
            if not counting:
                _hubs_first(members, n, ranks, n_hubs)
                big[n_big] = (key << SHIFT) | np.uint64(n)
            n_big += 1
        if counting:
            n_pairs += hubs * (hubs - 1) // 2 + hubs * (n - hubs)
            continue
        for i in range(hubs):
            for j in range(i + 1, n):
                left, right = min(members[i], members[j]), max(members[i], members[j])
                pairs[n_pairs] = (np.uint64(left) << SHIFT) | np.uint64(right)
                n_pairs += 1
    return n_pairs, n_big


def bucket_pairs(packed: U64, ranks: U32, *, max_bucket: int, n_hubs: int) -> tuple[U64, U64]:
    """All pairs of texts with an equal key.

    Args:
        packed: key << 32 | text, in any order. A text may stand under a key more than once.
        ranks: For each text its place in time; DEAD for one to be passed over.
        max_bucket: A bucket of more texts gives star edges only.
        n_hubs: Hubs of such a bucket, its earliest texts.

    Returns:
        left << 32 | right with left < right, a pair once for each key; key << 32 | size of the large buckets.
    """
    packed = np.sort(packed)
    members = np.empty(_longest_run(packed), np.uint32)
    nothing = np.empty(0, np.uint64)
    n_pairs, n_big = _emit(packed, ranks, max_bucket, n_hubs, members, nothing, nothing, True)
    pairs, big = np.empty(n_pairs, np.uint64), np.empty(n_big, np.uint64)
    _emit(packed, ranks, max_bucket, n_hubs, members, pairs, big, False)
    return pairs, big


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


@njit(cache=True, nogil=True)
def _count_runs(values, least, out, counts):  # type: ignore[no-untyped-def]
    """The values of a sorted array that stand in it `least` times or more, and how often."""
    n, at = 0, 0
    while at < len(values):
        end = at + 1
        while end < len(values) and values[end] == values[at]:
            end += 1
        if end - at >= least:
            out[n], counts[n] = values[at], end - at
            n += 1
        at = end
    return n


def _counted(found: list[U64], *, least: int) -> tuple[U64, U32]:
    """Distinct pairs that stand in the lists `least` times or more, and how often; empties the lists."""
    pairs = np.concatenate(found) if found else np.empty(0, np.uint64)
    found.clear()
    pairs.sort()
    counts = np.empty(len(pairs), np.uint32)
    # A value is written at or before the place it was read from.
    n = _count_runs(pairs, least, pairs, counts)
    return pairs[:n].copy(), counts[:n].copy()


def _gather(
    sources: Iterable[U64], ranks: U32, *, max_bucket: int, n_hubs: int, threads: int
) -> tuple[list[U64], list[U64]]:
    """The pairs of all buckets of all sources, and for each source its large buckets.

    As many sources as there are threads are unpacked at a time.
    """
    work = partial(bucket_pairs, max_bucket=max_bucket, n_hubs=n_hubs)
    pairs, big = [], []
    with ThreadPoolExecutor(max(1, threads)) as pool:
        running: deque[Future[tuple[U64, U64]]] = deque()
        for packed in chain(sources, repeat(None, threads)):
            if len(running) == threads or (packed is None and running):
                done = running.popleft().result()
                pairs.append(done[0])
                big.append(done[1])
            if packed is not None:
                running.append(pool.submit(work, packed, ranks))
    return pairs, big


def _skipped(way: str, big: list[U64], n_hubs: int) -> pl.DataFrame:
    """SKIPPED; the key has the number of the band, or the highest byte of the fingerprint, above its 32 bits."""
    flat = np.concatenate(big) if big else np.empty(0, np.uint64)
    high = np.repeat(np.arange(len(big), dtype=np.uint64), [len(one) for one in big])
    sizes = pl.Series(flat & LOW, dtype=pl.UInt64).cast(pl.UInt32)
    rows = {
        "way": pl.repeat(way, len(flat), eager=True),
        "key": (high << SHIFT) | (flat >> SHIFT),
        "n_documents": sizes,
    }
    return pl.DataFrame(rows).with_columns(n_hubs=pl.lit(n_hubs, pl.UInt32)).cast(SKIPPED)


@njit(cache=True, nogil=True)
def _merge(a, of_a, b, of_b, pairs, counts):  # type: ignore[no-untyped-def]
    """Merge two sorted lists of distinct pairs; counts (n, 2) says how often each stands in either."""
    i, j, n = 0, 0, 0
    while i < len(a) or j < len(b):
        take_a = i < len(a) and (j == len(b) or a[i] <= b[j])
        take_b = j < len(b) and (i == len(a) or b[j] <= a[i])
        if take_a:
            pairs[n], counts[n, 0] = a[i], of_a[i]
            i += 1
        if take_b:
            pairs[n], counts[n, 1] = b[j], of_b[j]
            j += 1
        n += 1
    return n


def find_candidates(
    bands: Iterable[U64],
    fingerprints: Iterable[U64],
    ranks: U32,
    *,
    max_bucket: int = 50,
    max_passage_bucket: int = 20,
    n_hubs: int = N_HUBS,
    threads: int = 1,
) -> Candidates:
    """Pairs of texts that are worth comparing.

    The pairs depend on the set of texts and their ranks alone, not on the order in which keys come.

    Args:
        bands: For each band the keys of all texts, packed.
        fingerprints: For each part the fingerprints, packed; nothing for the first way alone.
        ranks: For each text its place in time; DEAD for a text to be passed over.
        max_bucket: Texts with one band key of which all pairs are taken.
        max_passage_bucket: The same for a fingerprint.
        n_hubs: Earliest texts of a larger bucket, each compared with all others of it.
        threads: Bands or parts worked on side by side; the answer is the same.
    """
    found, big = _gather(bands, ranks, max_bucket=max_bucket, n_hubs=n_hubs, threads=threads)
    alike, n_bands = _counted(found, least=1)
    skipped = [_skipped("band", big, n_hubs)]
    found, big = _gather(fingerprints, ranks, max_bucket=max_passage_bucket, n_hubs=n_hubs, threads=threads)
    sharing, n_prints = _counted(found, least=LEAST_SHARED)
    skipped.append(_skipped("fingerprint", big, n_hubs))
    room = len(alike) + len(sharing)
    pairs, counts = np.empty(room, np.uint64), np.zeros((room, 2), np.uint32)
    n = _merge(alike, n_bands, sharing, n_prints, pairs, counts)
    return Candidates(
        left=(pairs[:n] >> SHIFT).astype(np.uint32), right=(pairs[:n] & LOW).astype(np.uint32),
        n_bands=counts[:n, 0].copy(), n_fingerprints=counts[:n, 1].copy(),
        skipped=pl.concat(skipped).sort("way", "key"),
    )  # fmt: skip
