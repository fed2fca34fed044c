"""Equal keys -> candidate pairs; compiled, no list of a bucket is ever made in Python.

Two ways in: band keys of the signatures find texts that are alike as wholes, fingerprints find texts that share a
passage. A bucket of up to `max_bucket` documents gives all its pairs. A larger one (a wire flash, a template) gives
star edges only, from its earliest documents to all others, and is listed: n pairs a hub instead of n * (n - 1) / 2.
"""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import ID, U32, U64

CANDIDATE = pl.Schema({"left_id": ID, "right_id": ID, "way": pl.String(), "n_shared": pl.UInt32()})
"""way: band or fingerprint; n_shared: keys of that way the two have in common."""
SKIPPED = pl.Schema({"way": pl.String(), "key": ID, "n_documents": pl.UInt32(), "n_hubs": pl.UInt32()})
"""Buckets over the limit, of which only star edges were taken."""


@njit(cache=True, nogil=True)
def _emit(keys, members, max_bucket, n_hubs, pairs, big):  # type: ignore[no-untyped-def]
    """Write pairs (left << 32 | right) of each run of equal keys; with empty `pairs` and `big` only count them."""
    n_pairs, n_big, at = 0, 0, 0
    while at < len(keys):
        end = at + 1
        while end < len(keys) and keys[end] == keys[at]:
            end += 1
        size = end - at
        hubs = size
        if size > max_bucket:
            hubs = n_hubs
            if len(big):
                big[n_big] = at
            n_big += 1
        for i in range(at, min(at + hubs, end)):
            for j in range(i + 1, end):
                if members[i] != members[j]:
                    if len(pairs):
                        pairs[n_pairs] = (np.uint64(members[i]) << np.uint64(32)) | np.uint64(members[j])
                    n_pairs += 1
        at = end
    return n_pairs, n_big


def bucket_pairs(keys: U64, members: U32, *, max_bucket: int, n_hubs: int) -> tuple[U64, U64, U32]:
    """All pairs of members with an equal key, as left << 32 | right with left < right, with repeats.

    Args:
        keys: One key a row.
        members: The document of each row, as its rank in time, so that the hubs of a large bucket are its earliest.
        max_bucket: A bucket of more members gives star edges only.
        n_hubs: Hubs of such a bucket.

    Returns:
        pairs; the keys of large buckets; their sizes.
    """
    order = np.lexsort((members, keys))
    keys, members = keys[order], members[order]
    empty_pairs, empty_big = np.empty(0, np.uint64), np.empty(0, np.int64)
    n_pairs, n_big = _emit(keys, members, max_bucket, n_hubs, empty_pairs, empty_big)
    pairs, big = np.empty(n_pairs, np.uint64), np.empty(n_big, np.int64)
    if n_pairs or n_big:
        # A zero-length array means "count only" to the kernel, so an empty output gets room for one.
        room = big if n_big else np.empty(1, np.int64)
        _emit(keys, members, max_bucket, n_hubs, pairs if n_pairs else np.empty(1, np.uint64), room)
    ends = np.searchsorted(keys, keys[big], side="right") if n_big else empty_big
    return pairs, keys[big], (ends - big).astype(np.uint32)


def _skipped(way: str, keys: U64, sizes: U32, n_hubs: int) -> pl.DataFrame:
    rows = {"way": [way] * len(keys), "key": keys, "n_documents": sizes, "n_hubs": [n_hubs] * len(keys)}
    return pl.DataFrame(rows, schema=SKIPPED)


def _ranks(con: duckdb.DuckDBPyConnection) -> U64:
    """Ids of the signed documents, the earliest first."""
    rows = con.sql(
        "SELECT doc_id FROM signature JOIN document USING (doc_id) LEFT JOIN publication USING (doc_id)"
        " ORDER BY coalesce(published_at, first_crawled_at) NULLS LAST, doc_id"
    )
    ids: U64 = rows.to_arrow_table().column(0).to_numpy().astype(np.uint64)
    return ids


def _rank_of(ids: U64, ranked: U64) -> U32:
    order = np.argsort(ranked, kind="stable")
    return order[np.searchsorted(ranked, ids, sorter=order)].astype(np.uint32)


def _counted(pairs: U64, *, least: int) -> tuple[U64, U32]:
    distinct, counts = np.unique(pairs, return_counts=True)
    keep = counts >= least
    return distinct[keep], counts[keep].astype(np.uint32)


def _frame(pairs: U64, counts: U32, ranked: U64, way: str) -> pl.DataFrame:
    a, b = ranked[(pairs >> np.uint64(32)).astype(np.int64)], ranked[(pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    rows = {"left_id": np.minimum(a, b), "right_id": np.maximum(a, b), "way": [way] * len(pairs), "n_shared": counts}
    return pl.DataFrame(rows, schema=CANDIDATE)


def _from_bands(con: duckdb.DuckDBPyConnection, ranked: U64, *, max_bucket: int, n_hubs: int) -> list[pl.DataFrame]:
    table = con.sql("SELECT doc_id, bands FROM signature").to_arrow_table().combine_chunks()
    if not len(table):
        return [pl.DataFrame(schema=CANDIDATE), pl.DataFrame(schema=SKIPPED)]
    members = _rank_of(table.column(0).to_numpy().astype(np.uint64), ranked)
    keys = table.column(1).chunk(0).flatten().to_numpy().reshape(len(table), -1)
    found, skipped = [np.empty(0, np.uint64)], [pl.DataFrame(schema=SKIPPED)]
    # A band at a time: what is sorted stays small however many documents there are.
    for band in range(keys.shape[1]):
        pairs, big, sizes = bucket_pairs(
            np.ascontiguousarray(keys[:, band]), members, max_bucket=max_bucket, n_hubs=n_hubs
        )
        found.append(np.unique(pairs))
        skipped.append(_skipped("band", big, sizes, n_hubs))
    pairs, counts = _counted(np.concatenate(found), least=1)
    return [_frame(pairs, counts, ranked, "band"), pl.concat(skipped)]


def _from_fingerprints(
    con: duckdb.DuckDBPyConnection, ranked: U64, *, max_bucket: int, n_hubs: int, least_shared: int
) -> list[pl.DataFrame]:
    table = con.sql(
        "SELECT key, doc_id FROM fingerprint"
        " WHERE key IN (SELECT key FROM fingerprint GROUP BY key HAVING count(*) > 1)"
    ).to_arrow_table()
    keys = table.column(0).to_numpy().astype(np.uint64)
    members = _rank_of(table.column(1).to_numpy().astype(np.uint64), ranked)
    pairs, big, sizes = bucket_pairs(keys, members, max_bucket=max_bucket, n_hubs=n_hubs)
    pairs, counts = _counted(pairs, least=least_shared)
    return [_frame(pairs, counts, ranked, "fingerprint"), _skipped("fingerprint", big, sizes, n_hubs)]


def find_candidates(
    con: duckdb.DuckDBPyConnection,
    *,
    max_bucket: int = 50,
    max_passage_bucket: int = 20,
    n_hubs: int = 4,
    least_shared: int = 2,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs of documents in the tables `signature` and `fingerprint` that are worth comparing.

    Args:
        con: The open store.
        max_bucket: Documents with one band key of which all pairs are taken.
        max_passage_bucket: The same for a fingerprint.
        n_hubs: Earliest documents of a larger bucket, each compared with all others of it.
        least_shared: Fingerprints a pair must share.

    Returns:
        The pairs (CANDIDATE), a pair once for each way it was found; the large buckets (SKIPPED).
    """
    ranked = _ranks(con)
    bands, skipped_bands = _from_bands(con, ranked, max_bucket=max_bucket, n_hubs=n_hubs)
    passages, skipped_passages = _from_fingerprints(
        con, ranked, max_bucket=max_passage_bucket, n_hubs=n_hubs, least_shared=least_shared
    )
    pairs = pl.concat([bands, passages]).sort("left_id", "right_id", "way")
    return pairs, pl.concat([skipped_bands, skipped_passages]).sort("way", "key")
