"""Pairs from equal keys: all of a small bucket, star edges of a large one, and the large ones are listed."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from syndetect.candidates import bucket_pairs
from syndetect.schema import U64


def unpack(pairs: U64) -> list[tuple[int, int]]:
    return [(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in pairs]


rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), unique=True, max_size=40)


@given(rows)
def test_pairs_are_those_of_the_slow_loop(entries: list[tuple[int, int]]) -> None:
    keys = np.array([key for key, _ in entries], np.uint64)
    members = np.array([member for _, member in entries], np.uint32)
    pairs, big, _ = bucket_pairs(keys, members, max_bucket=100, n_hubs=4)
    expected: list[tuple[int, int]] = []
    for key in sorted({key for key, _ in entries}):
        expected += itertools.combinations(sorted(m for k, m in entries if k == key), 2)
    assert sorted(unpack(pairs)) == sorted(expected)
    assert not len(big)


def test_a_bucket_is_kept_at_the_limit_and_starred_above_it() -> None:
    for size, n_pairs, n_big in ((5, 10, 0), (6, 2 * 6 - 3, 1)):
        members = np.arange(size, dtype=np.uint32)
        pairs, big, sizes = bucket_pairs(np.full(size, 7, np.uint64), members, max_bucket=5, n_hubs=2)
        assert len(pairs) == n_pairs
        assert len(big) == n_big
        assert sizes.tolist() == [size] * n_big
    assert {left for left, _ in unpack(pairs)} == {0, 1}


def test_twenty_thousand_equal_keys_cost_star_edges_not_squares() -> None:
    members = np.arange(20_000, dtype=np.uint32)
    pairs, big, sizes = bucket_pairs(np.zeros(20_000, np.uint64), members, max_bucket=50, n_hubs=4)
    assert len(pairs) == 4 * 20_000 - 10
    assert big.tolist() == [0]
    assert sizes.tolist() == [20_000]


def test_no_keys_give_no_pairs() -> None:
    pairs, big, sizes = bucket_pairs(np.empty(0, np.uint64), np.empty(0, np.uint32), max_bucket=5, n_hubs=2)
    assert (len(pairs), len(big), len(sizes)) == (0, 0, 0)
