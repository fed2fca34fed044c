"""Pairs from equal keys: all of a small bucket, star edges of a large one, and the large ones are listed."""

from __future__ import annotations

from collections import Counter

import duckdb
import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from syndetect.candidates import (
    DEAD,
    Bands,
    Candidates,
    Parts,
    bucket_pairs,
    find_candidates,
    stored_bands,
    stored_fingerprints,
)  # fmt: skip
from syndetect.schema import I64, U32, U64

N_TEXTS = 10
Entries = list[tuple[int, int]]


def pack(entries: Entries) -> U64:
    return np.array([key << 32 | text for key, text in entries], np.uint64)


def unpack(pairs: U64) -> list[tuple[int, int]]:
    return [(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in pairs]


def in_order(n: int = N_TEXTS) -> U32:
    return np.arange(n, dtype=np.uint32)


def slow_pairs(entries: Entries, ranks: U32, max_bucket: int, n_hubs: int) -> tuple[list[tuple[int, int]], Entries]:
    """The pairs of each bucket and the large buckets, by the definition."""
    pairs, large = [], []
    for key in sorted({key for key, _ in entries}):
        members = sorted({t for k, t in entries if k == key and ranks[t] != DEAD}, key=lambda text: int(ranks[text]))
        hubs = members
        if len(members) > max_bucket:
            hubs = members[:n_hubs]
            large.append((key, len(members)))
        found = {(min(a, b), max(a, b)) for a in hubs for b in members if a != b}
        pairs += sorted(found)
    return sorted(pairs), large


rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, N_TEXTS - 1)), max_size=60)
ranked = st.permutations(range(N_TEXTS)).flatmap(
    lambda order: st.sets(st.integers(0, N_TEXTS - 1), max_size=3).map(
        lambda dead: np.array([DEAD if n in dead else rank for n, rank in enumerate(order)], np.uint32)
    )
)


@given(rows, ranked, st.integers(2, 12), st.integers(1, 4))
def test_pairs_are_those_of_the_slow_loop(entries: Entries, ranks: U32, max_bucket: int, n_hubs: int) -> None:
    pairs, big = bucket_pairs(pack(entries), ranks, max_bucket=max_bucket, n_hubs=n_hubs)
    assert (sorted(unpack(pairs)), unpack(big)) == slow_pairs(entries, ranks, max_bucket, n_hubs)


def test_a_bucket_is_kept_at_the_limit_and_starred_above_it() -> None:
    for size, n_pairs, n_big in ((5, 10, 0), (6, 2 * 6 - 3, 1)):
        pairs, big = bucket_pairs(pack([(7, n) for n in range(size)]), in_order(), max_bucket=5, n_hubs=2)
        assert len(pairs) == n_pairs
        assert unpack(big) == [(7, size)] * n_big
    assert {left for left, _ in unpack(pairs)} == {0, 1}


def test_twenty_thousand_equal_keys_cost_star_edges_not_squares() -> None:
    members = [(0, n) for n in range(20_000)]
    pairs, big = bucket_pairs(pack(members), in_order(20_000), max_bucket=50, n_hubs=4)
    assert len(pairs) == 4 * 20_000 - 10
    assert unpack(big) == [(0, 20_000)]


def test_no_keys_give_no_pairs() -> None:
    pairs, big = bucket_pairs(np.empty(0, np.uint64), in_order(), max_bucket=5, n_hubs=2)
    assert (len(pairs), len(big)) == (0, 0)
    assert len(find_candidates(Bands(), Parts(), in_order()).left) == 0


def some_keys(n: int = 400) -> tuple[U32, U64, U32]:
    """Band keys of n texts, four bands, many alike; fingerprints of 40 bits, each with its text."""
    generator = np.random.default_rng(9)
    bands = generator.integers(0, 150, (n, 4)).astype(np.uint32)
    pool = generator.integers(0, 1 << 40, 700, dtype=np.uint64)
    texts = generator.integers(0, n, 6 * n).astype(np.uint32)
    return bands, pool[generator.integers(0, 700, len(texts))], texts


def held(bands: U32, keys: U64, texts: U32, *, batches: int, order: I64 | None = None) -> Candidates:
    kept, parts = Bands(), Parts()
    for cut in np.array_split(np.arange(len(bands)), batches):
        kept.add(bands[cut])
    for cut in np.array_split(order if order is not None else np.arange(len(keys)), batches):
        parts.add(keys[cut], texts[cut])
    return find_candidates(kept, parts, in_order(len(bands)), max_bucket=4, max_passage_bucket=12, n_hubs=2)


def listed(found: Candidates) -> list[tuple[int, ...]]:
    columns = (found.left, found.right, found.n_bands, found.n_fingerprints)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_candidates_are_those_of_the_slow_loop_and_shared_keys_are_counted() -> None:
    bands, keys, texts = some_keys()
    ranks, of_bands, of_prints = in_order(len(bands)), Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for band in range(4):
        of_bands.update(slow_pairs([(int(k), n) for n, k in enumerate(bands[:, band])], ranks, 4, 2)[0])
    of_prints.update(slow_pairs(list(zip(keys.tolist(), texts.tolist(), strict=True)), ranks, 12, 2)[0])
    wanted = of_bands.keys() | {pair for pair, n in of_prints.items() if n >= 2}
    expected = [(*pair, of_bands[pair], of_prints[pair] if of_prints[pair] >= 2 else 0) for pair in sorted(wanted)]
    assert listed(held(bands, keys, texts, batches=1)) == expected
    assert any(n for *_, n in expected)


def test_batches_order_and_threads_change_nothing() -> None:
    bands, keys, texts = some_keys()
    one = held(bands, keys, texts, batches=1)
    shuffled = np.random.default_rng(2).permutation(len(keys))
    other = held(bands, keys, texts, batches=7, order=shuffled)
    assert listed(one) == listed(other)
    assert one.skipped.equals(other.skipped)
    kept, parts = Bands(), Parts()
    kept.add(bands)
    parts.add(keys, texts)
    ranks = in_order(len(bands))
    threaded = find_candidates(kept, parts, ranks, max_bucket=4, max_passage_bucket=12, n_hubs=2, threads=3)
    assert listed(one) == listed(threaded)


def test_keys_read_from_a_store_give_what_keys_in_memory_give() -> None:
    bands, keys, texts = some_keys()
    con = duckdb.connect()
    con.execute("CREATE TABLE band_key (band UTINYINT, key UINTEGER, text_no UINTEGER)")
    con.execute("CREATE TABLE fingerprint (key UBIGINT, text_no UINTEGER)")
    number, band = np.repeat(in_order(len(bands)), 4), np.tile(np.arange(4, dtype=np.uint8), len(bands))
    rows = pa.table({"band": band, "key": bands.ravel(), "text_no": number})  # noqa: F841 - DuckDB finds it
    prints = pa.table({"key": keys, "text_no": texts})  # noqa: F841
    con.execute("INSERT INTO band_key SELECT * FROM rows")
    con.execute("INSERT INTO fingerprint SELECT * FROM prints")
    ranks = in_order(len(bands))
    found = find_candidates(
        stored_bands(con, 4), stored_fingerprints(con), ranks, max_bucket=4, max_passage_bucket=12, n_hubs=2
    )
    assert listed(found) == listed(held(bands, keys, texts, batches=3))


def test_a_large_bucket_is_listed_with_its_whole_key() -> None:
    kept, parts = Bands(), Parts()
    kept.add(np.array([[1, 9]] * 6, np.uint32))
    parts.add(np.full(6, (200 << 32) | 5, np.uint64), in_order(6))
    found = find_candidates(kept, parts, in_order(6), max_bucket=5, max_passage_bucket=5, n_hubs=3)
    assert found.skipped.rows() == [
        ("band", 1, 6, 3), ("band", (1 << 32) | 9, 6, 3), ("fingerprint", (200 << 32) | 5, 6, 3),
    ]  # fmt: skip


@given(rows, rows)
def test_an_unrelated_text_changes_nothing(entries: Entries, others: Entries) -> None:
    with_it = [*entries, *((key + 100, N_TEXTS) for key, _ in others)]
    one, _ = bucket_pairs(pack(entries), in_order(N_TEXTS + 1), max_bucket=4, n_hubs=2)
    other, _ = bucket_pairs(pack(with_it), in_order(N_TEXTS + 1), max_bucket=4, n_hubs=2)
    assert sorted(unpack(one)) == sorted(unpack(other))
