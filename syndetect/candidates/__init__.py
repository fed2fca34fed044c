"""Equal keys -> candidate pairs: sorted keys, one compiled pass over their runs.

Two ways in. Band keys of the signatures find texts that are alike as wholes; fingerprints find texts that share a
passage, of which two must be common. A key and the number of its text are packed into one 64-bit word, so that grouping
is a sort of plain integers: band by band, and for fingerprints part by part (by their highest byte). Nothing but one
band or part is unpacked at a time. `keys` holds and reads them, `buckets` makes pairs of them.

Texts in the same words are one text before they come here. Buckets of which not all pairs are taken are listed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat

import numpy as np
import polars as pl
from numba import njit

from syndetect.candidates.buckets import (
    DEAD,
    LOW,
    NO_SITE,
    SHIFT,
    Buckets,
    Standing,
    bucket_pairs,
    pair_bits,
    sort_by_bits,
)
from syndetect.candidates.keys import Bands, Parts, stored_bands, stored_fingerprints
from syndetect.schema import I32, I64, U32, U64, Bools

SKIPPED = pl.Schema({"way": pl.String(), "key": pl.UInt64(), "n_documents": pl.UInt32(), "n_hubs": pl.UInt32()})
"""Buckets of which not all pairs were taken. way: band or fingerprint, of which star edges from n_hubs texts were
taken; template: texts of one site that share a fingerprint, of which no pairs were taken."""
LEAST_SHARED = 2
"""Fingerprints a pair must share: one in common is chance, or a phrase."""
N_HUBS = 4
"""Earliest texts of a bucket over its limit that are compared with all others of it."""


@dataclass(frozen=True)
class Candidates:
    """Pairs of texts worth comparing, sorted; `left < right` are numbers of texts.

    `n_bands` and `n_fingerprints` count the keys the two have in common, as far as their buckets gave pairs. `template`
    marks two pages of a site that share its template and next to nothing else: they are copies only if they are alike
    as wholes.
    """

    left: U32
    right: U32
    n_bands: U32
    n_fingerprints: U32
    template: Bools
    skipped: pl.DataFrame


@njit(cache=True, nogil=True)
def _count_runs(values, out, counts):  # type: ignore[no-untyped-def]
    """The distinct values of a sorted array, and how often each stands in it."""
    n, at = 0, 0
    while at < len(values):
        end = at + 1
        while end < len(values) and values[end] == values[at]:
            end += 1
        out[n], counts[n] = values[at], end - at
        n, at = n + 1, end
    return n


def _sort_and_count(pairs: list[U64], n_bits: int) -> tuple[U64, U32]:
    """The distinct pairs of some lists, sorted by the `n_bits` that say which they are, and how often each came."""
    together = np.concatenate([np.empty(0, np.uint64), *pairs])
    sort_by_bits(together, np.empty_like(together), 0, n_bits)
    counts = np.empty(len(together), np.uint32)
    # A value is written at or before the place it was read from.
    n = _count_runs(together, together, counts)
    return together[:n].copy(), counts[:n].copy()


class _Counter:
    """Distinct pairs and how often each came, counted in a pool some millions at a time."""

    AT_A_TIME = 8_000_000

    def __init__(self, pool: ThreadPoolExecutor, n_bits: int) -> None:
        self._count = partial(pool.submit, partial(_sort_and_count, n_bits=n_bits))
        self._waiting: list[U64] = []
        self._n_waiting = 0
        self._counted: list[Future[tuple[U64, U32]]] = []

    def add(self, pairs: U64) -> None:
        """Take pairs."""
        self._waiting.append(pairs)
        self._n_waiting += len(pairs)
        if self._n_waiting > self.AT_A_TIME:
            self._settle()

    def _settle(self) -> None:
        self._counted.append(self._count(self._waiting))
        self._waiting, self._n_waiting = [], 0

    def take(self, *, least: int) -> tuple[U64, U32]:
        """The pairs that came `least` times or more, sorted, and how often."""
        self._settle()
        pairs, counts = self._counted.pop().result()
        while self._counted:
            others, of_others = self._counted.pop().result()
            room = len(pairs) + len(others)
            merged, both = np.empty(room, np.uint64), np.zeros((room, 2), np.uint32)
            n = _merge(pairs, counts, others, of_others, merged, both)
            pairs, counts = merged[:n].copy(), both[:n].sum(axis=1, dtype=np.uint32)
        keep = counts >= least
        return pairs[keep], counts[keep]


@dataclass(frozen=True)
class _Gathered:
    """What all sources gave: pairs and how often; the large buckets and templates of each; how often texts met one."""

    pairs: U64
    counts: U32
    large: list[U64]
    templates: list[U64]
    n_templated: I64


def _gather(
    sources: Iterable[U64], standing: Standing, *, least: int, max_bucket: int, n_hubs: int, threads: int
) -> _Gathered:
    """What all sources give; a few more are unpacked at a time than there are threads."""
    work = partial(bucket_pairs, max_bucket=max_bucket, n_hubs=n_hubs)
    large, templates = [], []
    n_templated = np.zeros(len(standing.ranks), np.int64)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        counter = _Counter(pool, 2 * pair_bits(len(standing.ranks)))
        running: deque[Future[Buckets]] = deque()
        # Some wait in line, so that none stands idle while pairs are counted here.
        line = threads + 4
        for packed in chain(sources, repeat(None, line)):
            if len(running) == line or (packed is None and running):
                found = running.popleft().result()
                counter.add(found.pairs)
                large.append(found.large)
                templates.append(found.templates)
                np.add.at(n_templated, found.templated, 1)
            if packed is not None:
                running.append(pool.submit(work, packed, standing))
        pairs, counts = counter.take(least=least)
    return _Gathered(pairs, counts, large, templates, n_templated)


def _skipped(way: str, buckets: list[U64], n_hubs: int) -> pl.DataFrame:
    """SKIPPED; the key has the number of the band, or the highest byte of the fingerprint, above its 32 bits."""
    flat = np.concatenate(buckets) if buckets else np.empty(0, np.uint64)
    high = np.repeat(np.arange(len(buckets), dtype=np.uint64), [len(one) for one in buckets])
    rows = {"key": (high << SHIFT) | (flat >> SHIFT), "n_documents": (flat & LOW).astype(np.uint32)}
    return pl.DataFrame(rows).select(way=pl.lit(way), key="key", n_documents="n_documents", n_hubs=n_hubs).cast(SKIPPED)


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


def _only_template(left: U32, right: U32, counts: U32, sites: I32, n_fingerprints: U32, n_templated: I64) -> Bools:
    """Pairs of pages of one site that share its template and nothing else, or next to nothing of what else they have.

    A fingerprint is the least of a run where none was sampled; a changing field decides whether a template's own
    shingle is it, so that some pages of a template share a few that not all have. Fields break up to half of the
    shingles of a page that is all template, so a quarter of template is much.
    """
    much, besides = n_templated * 4 > n_fingerprints, n_fingerprints - n_templated
    at_home = (sites[left] == sites[right]) & (n_templated[left] > 0) & (n_templated[right] > 0)
    few = much[left] & much[right] & (counts * 2 < np.minimum(besides[left], besides[right]))
    found: Bools = at_home & (few | (counts == 0))
    return found


def standing_of(ranks: U32, sites: I64, *, template_pages: int) -> Standing:
    """What `find_candidates` has to know of the texts.

    As with repeated lines, a larger site must have a passage on more of its pages for it to be of a template: a
    quotation runs through a year's coverage.

    Args:
        ranks: For each text its place in time; DEAD for one to be passed over.
        sites: For each the number of its site from 0, or NO_SITE.
        template_pages: Texts of a small site that are enough.
    """
    living = sites[(sites >= 0) & (ranks != DEAD)]
    n_texts = np.bincount(living, minlength=int(sites.max(initial=-1)) + 1)
    return Standing(
        ranks, sites.astype(np.int32), np.maximum(template_pages, np.ceil(np.sqrt(n_texts) / 2)).astype(np.int64)
    )


def find_candidates(
    bands: Iterable[U64],
    fingerprints: Iterable[U64],
    standing: Standing,
    n_fingerprints: U32,
    *,
    max_bucket: int = 50,
    max_passage_bucket: int = 20,
    n_hubs: int = N_HUBS,
    threads: int = 1,
) -> Candidates:
    """Pairs of texts that are worth comparing.

    The pairs depend on the set of texts and what is known of them alone, not on the order in which keys come. Two pages
    of one site that share its template and next to nothing else are candidates only if they share a band, and marked.

    Args:
        bands: For each band the keys of all texts, packed.
        fingerprints: For each part the fingerprints, packed; nothing for the first way alone.
        standing: What is known of the texts, from `standing_of`.
        n_fingerprints: How many fingerprints each text has.
        max_bucket: Texts with one band key of which all pairs are taken.
        max_passage_bucket: The same for a fingerprint.
        n_hubs: Earliest texts of a larger bucket, each compared with all others of it.
        threads: Bands or parts worked on side by side; the answer is the same.
    """
    everywhere = standing._replace(floors=np.empty(0, np.int64))
    wholes = _gather(bands, everywhere, least=1, max_bucket=max_bucket, n_hubs=n_hubs, threads=threads)
    passages = _gather(
        fingerprints, standing, least=LEAST_SHARED, max_bucket=max_passage_bucket, n_hubs=n_hubs, threads=threads
    )
    room = len(wholes.pairs) + len(passages.pairs)
    pairs, counts = np.empty(room, np.uint64), np.zeros((room, 2), np.uint32)
    n = _merge(wholes.pairs, wholes.counts, passages.pairs, passages.counts, pairs, counts)
    bits = np.uint64(pair_bits(len(standing.ranks)))
    left = (pairs[:n] >> bits).astype(np.uint32)
    right = (pairs[:n] & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.uint32)
    template = _only_template(left, right, counts[:n, 1], standing.sites, n_fingerprints, passages.n_templated)
    # Of a template they share passages in any case: it takes a band to ask whether they are alike as wholes.
    keep = ~template | (counts[:n, 0] > 0)
    skipped = [
        _skipped("band", wholes.large, n_hubs),
        _skipped("fingerprint", passages.large, n_hubs),
        _skipped("template", passages.templates, 0),
    ]
    return Candidates(
        left=left[keep], right=right[keep], n_bands=counts[:n, 0][keep], n_fingerprints=counts[:n, 1][keep],
        template=template[keep],
        skipped=pl.concat(skipped).sort("way", "key", "n_documents"),
    )  # fmt: skip


__all__ = [
    "DEAD", "LEAST_SHARED", "NO_SITE", "N_HUBS", "SKIPPED", "Bands", "Candidates", "Parts", "Standing", "bucket_pairs",
    "find_candidates", "standing_of", "stored_bands", "stored_fingerprints",
]  # fmt: skip
