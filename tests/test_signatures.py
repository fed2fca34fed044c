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
from syndetect.signatures import LONGEST_GAP, lean_minhash, permutations, shingle_hash, sign_texts
from syndetect.text import SHARES, Words, n_words, split_words

vocabulary = st.sampled_from([f"w{n}" for n in range(40)])
texts = st.lists(vocabulary, max_size=60).map(" ".join)
scripts = st.lists(st.one_of(vocabulary, st.sampled_from("中国新聞かなไทยខមဗ")), max_size=60).map(" ".join)


def shingles(words: Words, row: int, width: int = 5) -> list[int]:
    """The shingles of a text by the definition: tokens from each place on until they count for `width` words."""
    first, last = int(words.offsets[row]), int(words.offsets[row + 1])
    shares = [int(SHARES[(int(h) >> 32) & 7]) for h in words.hashes[first:last]]
    found = []
    for i in range(last - first):
        end = next((j for j in range(i, last - first) if sum(shares[i : j + 1]) >= width * 100), None)
        if end is not None:
            found.append(int(shingle_hash(words.hashes, first + i, end + 1 - i)))
    if not found and last > first:
        found = [int(shingle_hash(words.hashes, first, last - first))]
    return found


def test_permutations_are_those_of_datasketch() -> None:
    a, b = permutations(128)
    theirs = MinHash(num_perm=128).permutations
    assert np.array_equal(a, theirs[0])
    assert np.array_equal(b, theirs[1])


@given(st.lists(st.one_of(texts, scripts), min_size=1, max_size=4))
def test_a_signature_is_what_datasketch_makes_of_the_same_shingles(batch: list[str]) -> None:
    column = pl.Series(batch, dtype=pl.String)
    words, signed = split_words(column), sign_texts(column)
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
        column = pl.Series([" ".join(base), " ".join(other)])
        words = split_words(column)
        left, right = set(shingles(words, 0)), set(shingles(words, 1))
        exact = len(left & right) / len(left | right)
        a, b = (lean_minhash(row) for row in sign_texts(column).minhash)
        deviation = (exact * (1 - exact) / 128) ** 0.5
        assert abs(a.jaccard(b) - exact) <= 4 * deviation + 1e-9
        errors.append((a.jaccard(b) - exact) / max(deviation, 1e-9))
    # The mean of 40 estimates strays by a standard deviation / sqrt(40).
    assert abs(np.mean(errors)) <= 3 / len(errors) ** 0.5


def test_a_live_datasketch_index_finds_our_near_duplicates() -> None:
    base = " ".join(f"word{n}" for n in range(300))
    near = base.replace("word250", "changed")
    far = " ".join(f"other{n}" for n in range(300))
    signatures = [lean_minhash(row) for row in sign_texts(pl.Series([base, near, far])).minhash]
    index = MinHashLSH(threshold=0.7, num_perm=128)
    for name, signature in zip(("base", "near", "far"), signatures, strict=True):
        index.insert(name, signature)
    assert sorted(index.query(signatures[0])) == ["base", "near"]


LOW = (1 << 24) - 1


@given(st.lists(st.one_of(texts, scripts), min_size=1, max_size=3), st.integers(1, 8))
def test_fingerprints_are_those_of_the_slow_loop(batch: list[str], one_in: int) -> None:
    column = pl.Series(batch, dtype=pl.String)
    words, signed = split_words(column), sign_texts(column, one_in=one_in)
    for row in range(len(batch)):
        expected: list[int] = []
        run: list[int] = []
        for shingle in shingles(words, row):
            run.append(shingle)
            if shingle & LOW < (1 << 24) // one_in or len(run) == LONGEST_GAP:
                expected.append(min(run, key=lambda value: value & LOW))
                run = []
        if not expected and run:
            expected = [min(run, key=lambda value: value & LOW)]
        found = signed.fingerprints[signed.offsets[row] : signed.offsets[row + 1]].tolist()
        assert found == [value >> 24 for value in expected]


def test_texts_that_share_sixty_words_share_two_fingerprints() -> None:
    generator = np.random.default_rng(3)

    def some(n: int) -> str:
        return " ".join(f"v{value}" for value in generator.integers(0, 10**6, n))

    batch = []
    for _ in range(300):
        passage = some(60)
        batch += [f"{some(70)} {passage} {some(40)}", f"{some(33)} {passage} {some(90)}"]
    signed = sign_texts(pl.Series(batch))
    rows = [set(signed.fingerprints[a:b].tolist()) for a, b in itertools.pairwise(signed.offsets)]
    found = sum(len(a & b) >= 2 for a, b in zip(rows[::2], rows[1::2], strict=True))
    assert found >= 297


@given(st.lists(texts, min_size=1, max_size=4), st.sampled_from([1, 4, 8, 32]))
def test_texts_share_a_band_key_where_their_signatures_agree_in_all_its_rows(batch: list[str], n_bands: int) -> None:
    signed = sign_texts(pl.Series([*batch, *batch[:1]], dtype=pl.String), n_bands=n_bands)
    rows = signed.minhash.reshape(len(batch) + 1, n_bands, -1)
    for a, b in itertools.combinations(range(len(batch) + 1), 2):
        assert (signed.bands[a] == signed.bands[b]).tolist() == (rows[a] == rows[b]).all(axis=1).tolist()


def test_the_number_of_a_band_is_part_of_its_key() -> None:
    assert len(set(sign_texts(pl.Series([""])).bands[0].tolist())) == 32


def test_bands_that_do_not_divide_the_permutations_are_refused_with_what_fits() -> None:
    with pytest.raises(SettingsError, match=r"bands = 30 does not divide permutations = 128; choose one of \[1, 2, 4"):
        sign_texts(pl.Series(["a"]), n_bands=30)


@given(st.lists(st.one_of(texts, st.text(max_size=30)), max_size=6))
def test_a_signed_text_has_the_words_of_a_split_one(batch: list[str]) -> None:
    column = pl.Series(batch, dtype=pl.String)
    words, signed = split_words(column), sign_texts(column)
    assert signed.words.tolist() == (words.hashes >> np.uint64(32)).tolist()
    assert signed.word_offsets.tolist() == words.offsets.tolist()
    assert signed.n_words.tolist() == n_words(words).tolist()


@given(st.lists(texts, min_size=2, max_size=8))
def test_texts_have_one_key_if_they_have_the_same_words_in_the_same_order(batch: list[str]) -> None:
    keys = sign_texts(pl.Series([*batch, batch[0].upper() + " ."], dtype=pl.String)).text_keys.tolist()
    assert keys[0] == keys[-1]
    assert len(set(keys)) == len(set(batch))


def test_threads_and_slices_change_nothing() -> None:
    column = pl.Series([f"word{n} common text {n % 7}, and more of number {n % 11}" for n in range(2000)])
    one, two = sign_texts(column), sign_texts(column, threads=3)
    for name in ("n_words", "text_keys", "minhash", "bands", "words", "fingerprints", "offsets"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert np.array_equal(sign_texts(column[500:700].to_arrow()).bands, one.bands[500:700])
