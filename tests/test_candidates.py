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
    NO_SITE,
    Bands,
    Candidates,
    Parts,
    Standing,
    bucket_pairs,
    find_candidates,
    standing_of,
    stored_bands,
    stored_fingerprints,
)
from syndetect.candidates.buckets import Buckets, pair_bits, sort_by_bits
from syndetect.schema import I64, U32, U64

N_TEXTS = 10
Entries = list[tuple[int, int]]


def pack(entries: Entries) -> U64:
    return np.array([key << 32 | text for key, text in entries], np.uint64)


def unpack(packed: U64, bits: int = 32) -> list[tuple[int, int]]:
    return [(int(p) >> bits, int(p) & ((1 << bits) - 1)) for p in packed]


def pairs_of(found: Buckets, n_texts: int = N_TEXTS) -> list[tuple[int, int]]:
    return unpack(found.pairs, pair_bits(n_texts))


def in_order(n: int = N_TEXTS) -> U32:
    return np.arange(n, dtype=np.uint32)


def nowhere(ranks: U32) -> Standing:
    """Texts of no site."""
    return standing_of(ranks, np.full(len(ranks), NO_SITE, np.int64), template_pages=6)


def many(n: int) -> U32:
    """As many fingerprints a text as no template comes up to."""
    return np.full(n, 1000, np.uint32)


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
    found = bucket_pairs(pack(entries), nowhere(ranks), max_bucket=max_bucket, n_hubs=n_hubs)
    assert (sorted(pairs_of(found)), unpack(found.large)) == slow_pairs(entries, ranks, max_bucket, n_hubs)


def test_a_bucket_is_kept_at_the_limit_and_starred_above_it() -> None:
    for size, n_pairs, n_big in ((5, 10, 0), (6, 2 * 6 - 3, 1)):
        found = bucket_pairs(pack([(7, n) for n in range(size)]), nowhere(in_order()), max_bucket=5, n_hubs=2)
        assert len(found.pairs) == n_pairs
        assert unpack(found.large) == [(7, size)] * n_big
    assert {left for left, _ in pairs_of(found)} == {0, 1}


def test_twenty_thousand_equal_keys_cost_star_edges_not_squares() -> None:
    members = [(0, n) for n in range(20_000)]
    found = bucket_pairs(pack(members), nowhere(in_order(20_000)), max_bucket=50, n_hubs=4)
    assert len(found.pairs) == 4 * 20_000 - 10
    assert unpack(found.large) == [(0, 20_000)]


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50), st.integers(0, 40), st.integers(1, 24))
def test_values_are_sorted_by_their_bits_and_equals_keep_their_order(
    values: list[int], first_bit: int, n_bits: int
) -> None:
    array = np.array(values, np.uint64)
    sort_by_bits(array, np.empty_like(array), first_bit, n_bits)
    whole = -(-n_bits // 11) * 11  # digits are taken as a whole
    assert array.tolist() == sorted(values, key=lambda value: (value >> first_bit) % (1 << whole))


def test_no_keys_give_no_pairs() -> None:
    found = bucket_pairs(np.empty(0, np.uint64), nowhere(in_order()), max_bucket=5, n_hubs=2)
    assert [len(column) for column in found] == [0, 0, 0, 0]
    assert len(find_candidates(Bands(), Parts(), nowhere(in_order()), many(N_TEXTS)).left) == 0


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
    n = len(bands)
    return find_candidates(kept, parts, nowhere(in_order(n)), many(n), max_bucket=4, max_passage_bucket=12, n_hubs=2)


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
    standing = nowhere(in_order(len(bands)))
    threaded = find_candidates(
        kept, parts, standing, many(len(bands)), max_bucket=4, max_passage_bucket=12, n_hubs=2, threads=3
    )
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
    standing = nowhere(in_order(len(bands)))
    found = find_candidates(
        stored_bands(con, 4), stored_fingerprints(con), standing, many(len(bands)), max_bucket=4,
        max_passage_bucket=12, n_hubs=2,
    )  # fmt: skip
    assert listed(found) == listed(held(bands, keys, texts, batches=3))


def test_a_large_bucket_is_listed_with_its_whole_key() -> None:
    kept, parts = Bands(), Parts()
    kept.add(np.array([[1, 9]] * 6, np.uint32))
    parts.add(np.full(6, (200 << 32) | 5, np.uint64), in_order(6))
    found = find_candidates(kept, parts, nowhere(in_order(6)), many(6), max_bucket=5, max_passage_bucket=5, n_hubs=3)
    assert found.skipped.rows() == [
        ("band", 1, 6, 3), ("band", (1 << 32) | 9, 6, 3), ("fingerprint", (200 << 32) | 5, 6, 3),
    ]  # fmt: skip


@given(rows, rows)
def test_an_unrelated_text_changes_nothing(entries: Entries, others: Entries) -> None:
    with_it = [*entries, *((key + 100, N_TEXTS) for key, _ in others)]
    standing = nowhere(in_order(N_TEXTS + 1))
    one = bucket_pairs(pack(entries), standing, max_bucket=4, n_hubs=2)
    other = bucket_pairs(pack(with_it), standing, max_bucket=4, n_hubs=2)
    assert sorted(pairs_of(one, N_TEXTS + 1)) == sorted(pairs_of(other, N_TEXTS + 1))


placed = st.lists(st.sampled_from([NO_SITE, 0, 1]), min_size=N_TEXTS, max_size=N_TEXTS)


@given(rows, placed, st.integers(2, 5), st.integers(3, 12))
def test_texts_of_one_site_give_no_pairs_through_a_key_that_many_of_the_site_have(
    entries: Entries, sites: list[int], floor: int, max_bucket: int
) -> None:
    standing = Standing(in_order(), np.array(sites, np.int64), np.full(2, floor, np.int64))
    found = bucket_pairs(pack(entries), standing, max_bucket=max_bucket, n_hubs=2)
    expected, templates, templated = [], [], []
    for key in sorted({key for key, _ in entries}):
        bucket = [(k, t) for k, t in set(entries) if k == key]
        of_site = Counter(sites[text] for _, text in bucket if sites[text] != NO_SITE)
        crowded = {site for site, n in of_site.items() if n >= floor}
        for a, b in slow_pairs(bucket, in_order(), max_bucket, 2)[0]:
            if sites[a] not in crowded or sites[a] != sites[b]:
                expected.append((a, b))
        templates += [(key, of_site[site]) for site in crowded]
        templated += [text for _, text in bucket if sites[text] in crowded]
    assert sorted(pairs_of(found)) == sorted(expected)
    assert sorted(unpack(found.templates)) == sorted(templates)
    assert sorted(found.templated.tolist()) == sorted(templated)


def test_pages_of_a_template_are_compared_only_if_they_share_more_or_a_band_and_are_marked() -> None:
    # Ten pages of one site share fingerprints 1-4; 0 and 1 share 50 and 51 besides; 2 and 3, 4 and 5 share bands.
    bands = np.arange(40, dtype=np.uint32).reshape(10, 4)
    bands[3, :2] = bands[2, :2]
    bands[5, 0] = bands[4, 0]
    kept, parts = Bands(), Parts()
    kept.add(bands)
    shared = [(key, text) for key in range(1, 5) for text in range(10)] + [(50, 0), (51, 0), (50, 1), (51, 1)]
    parts.add(np.array([key for key, _ in shared], np.uint64), np.array([text for _, text in shared], np.uint32))
    home = standing_of(in_order(), np.zeros(10, np.int64), template_pages=6)
    found = find_candidates(kept, parts, home, np.full(10, 6, np.uint32), max_passage_bucket=20)
    assert listed(found) == [(0, 1, 0, 2), (2, 3, 2, 0), (4, 5, 1, 0)]
    assert found.template.tolist() == [False, True, True]
    assert found.skipped.rows() == [("template", key, 10, 0) for key in range(1, 5)]
    # The same pages on ten sites, or fewer of them, are copies.
    away = standing_of(in_order(), np.arange(10), template_pages=6)
    assert len(find_candidates(kept, parts, away, np.full(10, 6, np.uint32)).left) == 45
    few = standing_of(in_order(), np.zeros(10, np.int64), template_pages=11)
    assert len(find_candidates(kept, parts, few, np.full(10, 6, np.uint32)).left) == 45


def test_a_large_site_needs_a_passage_on_more_pages_for_a_template() -> None:
    sites = np.array([0] * 1000 + [1] * 9 + [NO_SITE], np.int64)
    assert standing_of(in_order(1010), sites, template_pages=6).floors.tolist() == [16, 6]
    dead = np.full(1010, DEAD, np.uint32)
    assert standing_of(dead, sites, template_pages=6).floors.tolist() == [6, 6]
