"""Signatures against datasketch, the reference of the field, and against slow loops."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st

from syndetect.errors import SettingsError
from syndetect.signatures import band_keys, lean_minhash, permutations, shingle_hash, sign
from syndetect.text import Words, split_words

vocabulary = st.sampled_from([f"w{n}" for n in range(40)])
texts = st.lists(vocabulary, max_size=60).map(" ".join)


def shingles(words: Words, row: int, width: int = 5) -> list[int]:
    first, last = int(words.offsets[row]), int(words.offsets[row + 1])
    take = min(width, last - first)
    return [int(shingle_hash(words.hashes, i, take)) for i in range(first, last - take + 1)] if last > first else []


def test_permutations_are_those_of_datasketch() -> None:
    a, b = permutations(128)
    theirs = MinHash(num_perm=128).permutations
    assert np.array_equal(a, theirs[0])
    assert np.array_equal(b, theirs[1])


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_signature_is_what_datasketch_makes_of_the_same_shingles(batch: list[str]) -> None:
    words = split_words(pl.Series(batch, dtype=pl.String))
    signed = sign(words)
    for row in range(len(batch)):
        theirs = MinHash(num_perm=128, hashfunc=lambda value: value)
        for shingle in shingles(words, row):
            theirs.update(shingle >> 32)
        assert np.array_equal(signed.minhash[row], theirs.hashvalues)
        assert signed.n_shingles[row] == len(shingles(words, row))


def test_jaccard_is_estimated_within_three_standard_deviations() -> None:
    generator = np.random.default_rng(7)
    errors = []
    for share in (0.1, 0.3, 0.5, 0.7, 0.9) * 8:
        base = [f"x{n}" for n in generator.integers(0, 10**6, 400)]
        cut = int(len(base) * share)
        other = base[:cut] + [f"y{n}" for n in generator.integers(0, 10**6, 400 - cut)]
        words = split_words(pl.Series([" ".join(base), " ".join(other)]))
        left, right = set(shingles(words, 0)), set(shingles(words, 1))
        exact = len(left & right) / len(left | right)
        a, b = (lean_minhash(row) for row in sign(words).minhash)
        deviation = (exact * (1 - exact) / 128) ** 0.5
        assert abs(a.jaccard(b) - exact) <= 4 * deviation + 1e-9
        errors.append((a.jaccard(b) - exact) / max(deviation, 1e-9))
    # The mean of 40 estimates strays by a standard deviation / sqrt(40).
    assert abs(np.mean(errors)) <= 3 / len(errors) ** 0.5


def test_a_live_datasketch_index_finds_our_near_duplicates() -> None:
    base = " ".join(f"word{n}" for n in range(300))
    near = base.replace("word250", "changed")
    far = " ".join(f"other{n}" for n in range(300))
    signatures = [lean_minhash(row) for row in sign(split_words(pl.Series([base, near, far]))).minhash]
    index = MinHashLSH(threshold=0.7, num_perm=128)
    for name, signature in zip(("base", "near", "far"), signatures, strict=True):
        index.insert(name, signature)
    assert sorted(index.query(signatures[0])) == ["base", "near"]


@given(st.lists(texts, min_size=1, max_size=3), st.integers(1, 8), st.integers(2, 24))
def test_fingerprints_are_those_of_the_slow_loop(batch: list[str], one_in: int, gap: int) -> None:
    words = split_words(pl.Series(batch, dtype=pl.String))
    signed = sign(words, one_in=one_in, longest_gap=gap)
    for row in range(len(batch)):
        expected: list[int] = []
        run: list[int] = []
        for shingle in shingles(words, row):
            if shingle % one_in == 0:
                expected.append(shingle)
                run = []
                continue
            run.append(shingle)
            if len(run) == gap:
                expected.append(min(run))
                run = []
        if not expected and run:
            expected = [min(run)]
        assert signed.fingerprints[signed.offsets[row] : signed.offsets[row + 1]].tolist() == expected


def test_texts_that_share_sixty_words_share_two_fingerprints() -> None:
    generator = np.random.default_rng(3)

    def some(n: int) -> str:
        return " ".join(f"v{value}" for value in generator.integers(0, 10**6, n))

    batch = []
    for _ in range(300):
        passage = some(60)
        batch += [f"{some(70)} {passage} {some(40)}", f"{some(33)} {passage} {some(90)}"]
    signed = sign(split_words(pl.Series(batch)))
    rows = [set(signed.fingerprints[a:b].tolist()) for a, b in itertools.pairwise(signed.offsets)]
    found = sum(len(a & b) >= 2 for a, b in zip(rows[::2], rows[1::2], strict=True))
    assert found >= 297


def test_equal_bands_have_equal_keys_and_the_band_number_counts() -> None:
    signatures = np.arange(16, dtype=np.uint32).reshape(2, 8)
    signatures[1, :4] = signatures[0, :4]
    keys = band_keys(signatures, 2)
    assert keys[0, 0] == keys[1, 0]
    assert keys[0, 1] != keys[1, 1]
    alike = np.tile(np.array([5, 6, 7, 8], np.uint32), 2).reshape(1, 8)
    assert len(set(band_keys(alike, 2)[0].tolist())) == 2


def test_bands_that_do_not_divide_the_permutations_are_refused_with_what_fits() -> None:
    with pytest.raises(SettingsError, match=r"bands = 30 does not divide permutations = 128; choose one of \[1, 2, 4"):
        band_keys(np.zeros((1, 128), np.uint32), 30)
