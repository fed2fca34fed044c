"""The compiled tokeniser against a slow loop that is plainly right, and its laws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_text import words_of

from syndetect.text import SHARES, hash_runs, n_words, split_words

CASES = Path(__file__).parent / "cases" / "words.txt"


# Long words and runs of ASCII too, so that words end on either side of the bytes that are read at a time.
ascii_words = st.text(alphabet="abzAZ019 ,.-_\n", max_size=200)
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)


odd = st.sampled_from(
    ["é", "ß", "ﬁ", "’", "\u00ad", "中", "か", "ไทย", "한", "한", "\U000e0041", "\U00030001", "\u200b", "½"]
)
mixed = st.lists(st.one_of(texts, ascii_words, odd), max_size=8).map("".join)


@given(st.lists(mixed, min_size=1, max_size=6))
def test_words_are_those_of_the_slow_loop(batch: list[str]) -> None:
    words = split_words(pl.Series(batch, dtype=pl.String))
    hashes = words.hashes.tolist()
    found = [hashes[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]
    slow = [words_of(text) for text in batch]
    assert [len(one) for one in found] == [len(one) for one in slow]
    # Equal words have equal hashes, different words different ones.
    by_word = dict(zip((w for one in slow for w in one), (h for one in found for h in one), strict=True))
    assert len(set(by_word.values())) == len(by_word)
    assert [[by_word[w] for w in one] for one in slow] == found


@given(st.lists(texts, min_size=2, max_size=5))
def test_a_document_has_the_same_words_whatever_stands_beside_it(batch: list[str]) -> None:
    together = split_words(pl.Series(batch, dtype=pl.String))
    alone = split_words(pl.Series(batch[1:2], dtype=pl.String))
    assert together.hashes[together.offsets[1] : together.offsets[2]].tolist() == alone.hashes.tolist()


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_slice_of_a_column_reads_its_own_texts(batch: list[str]) -> None:
    whole = pl.Series([*batch, "last one"], dtype=pl.String)
    cut, fresh = split_words(whole.slice(1)), split_words(pl.Series(whole.to_list()[1:], dtype=pl.String))
    assert cut.hashes.tolist() == fresh.hashes.tolist()
    assert cut.offsets.tolist() == fresh.offsets.tolist()


def test_threads_change_nothing() -> None:
    column = pl.Series([f"word{n} common text {n % 7}" for n in range(2000)])
    one, four = split_words(column), split_words(column, threads=4)
    assert np.array_equal(one.hashes, four.hashes)
    assert np.array_equal(one.offsets, four.offsets)
    assert np.array_equal(one.ends, four.ends)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("word " * 50, 100),
        ("新聞" * 30, 60),
        ("かな" * 30, 32),
        ("ไทย" * 20, 24),
        ("ខ្មែរ" * 20, 25),
        ("မြန်မာ" * 20, 29),
    ],
)
def test_a_character_that_is_a_word_counts_at_the_share_of_its_script(text: str, share: int) -> None:
    words = split_words(pl.Series([text, "", "a " + text]))
    tokens = len(words_of(text))
    assert share in SHARES
    assert n_words(words).tolist() == [round(tokens * share / 100), 0, round(1 + tokens * share / 100)]
    assert words.per_token[0] == pytest.approx(share / 100)
    assert words.per_token[1] == 1


def test_null_is_an_empty_text() -> None:
    words = split_words(pl.Series(["a b", None, "c"]))
    assert words.offsets.tolist() == [0, 2, 2, 3]
    assert split_words(pl.Series([], dtype=pl.String)).offsets.tolist() == [0]


def _cases() -> list[tuple[str, str, str]]:
    rows = [line.split("|") for line in CASES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [(name.strip(), text.strip(), words.strip()) for name, text, words in rows]


@pytest.mark.parametrize(("name", "text", "expected"), _cases(), ids=[case[0] for case in _cases()])
def test_words_as_the_table_says(name: str, text: str, expected: str) -> None:
    assert words_of(text) == expected.split(), name
    assert len(split_words(pl.Series([text])).hashes) == len(expected.split())


def test_bounds_of_words_are_bytes_of_their_own_text() -> None:
    text = "Don't STOP Café 北京2026年"
    words, raw = split_words(pl.Series(["before", text])), text.encode()
    bounds = list(zip(words.starts.tolist(), words.ends.tolist(), strict=True))[1:]
    assert [raw[a:b].decode() for a, b in bounds] == ["Don", "t", "STOP", "Café", "北", "京", "2026", "年"]


runs = st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=6).map(tuple), max_size=30)


def hashes_of(values: list[tuple[int, ...]]) -> list[int]:
    flat = np.array([v for run in values for v in run], np.uint64)
    offsets = np.cumsum([0, *map(len, values)]).astype(np.int64)
    return [int(value) for value in hash_runs(flat, offsets)]


@given(runs)
def test_different_runs_hash_apart_and_equal_ones_alike(values: list[tuple[int, ...]]) -> None:
    assert len(set(hashes_of(values))) == len(set(values))
    assert hashes_of([*values, *values]) == hashes_of(values) * 2


def test_an_empty_run_and_a_run_of_a_small_number_hash_apart() -> None:
    assert len(set(hashes_of([(), (0,), (1,), (0, 0), (2,), (2, 0)]))) == 6
