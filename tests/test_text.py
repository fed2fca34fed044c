"""The compiled tokeniser against a slow loop that is plainly right, and its laws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.text import SEPARATOR, SINGLE, SKIP, fold_table, hash_strings, split_words, surfaces

CASES = Path(__file__).parent / "cases" / "words.txt"


def slow_words(text: str) -> list[str]:
    """The words of a text, folded, by the definition."""
    table, words, word = fold_table(), [], ""
    for char in text + " ":
        value = int(table[ord(char)]) if ord(char) < len(table) else SEPARATOR
        if value == SKIP:
            continue
        if value != SEPARATOR and value < SINGLE:
            word += chr(value)
            continue
        if word:
            words.append(word)
            word = ""
        if value >= SINGLE:
            words.append(chr(value & ~SINGLE))
    return words


texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(texts, min_size=1, max_size=6))
def test_words_are_those_of_the_slow_loop(batch: list[str]) -> None:
    words = split_words(pl.Series(batch, dtype=pl.String))
    hashes = words.hashes.tolist()
    found = [hashes[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]
    slow = [slow_words(text) for text in batch]
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


def test_null_is_an_empty_text() -> None:
    words = split_words(pl.Series(["a b", None, "c"]))
    assert words.offsets.tolist() == [0, 2, 2, 3]
    assert split_words(pl.Series([], dtype=pl.String)).offsets.tolist() == [0]


def _cases() -> list[tuple[str, str, str]]:
    rows = [line.split("|") for line in CASES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [(name.strip(), text.strip(), words.strip()) for name, text, words in rows]


@pytest.mark.parametrize(("name", "text", "expected"), _cases(), ids=[case[0] for case in _cases()])
def test_words_as_the_table_says(name: str, text: str, expected: str) -> None:
    assert slow_words(text) == expected.split(), name
    assert len(split_words(pl.Series([text])).hashes) == len(expected.split())


def test_surfaces_are_the_words_as_they_stand_in_the_text() -> None:
    text = "Don't STOP Café 北京2026年"
    assert surfaces(text, split_words(pl.Series([text]))) == ["Don", "t", "STOP", "Café", "北", "京", "2026", "年"]


@given(st.lists(st.text(max_size=20), unique=True, max_size=30))
def test_different_strings_hash_apart_and_equal_ones_alike(values: list[str]) -> None:
    values = [v.encode("utf-8", "ignore").decode() for v in values]
    hashes = hash_strings(pl.Series(values, dtype=pl.String)).to_list()
    assert len(set(hashes)) == len(set(values))
    assert hash_strings(pl.Series([*values, *values], dtype=pl.String)).to_list() == hashes + hashes


def test_a_string_hash_stays_what_it_was() -> None:
    # Ids of documents rest on it: a change here makes every store foreign.
    assert hash_strings(pl.Series(["", "syndetect", "قصة"])).to_list() == PINNED


PINNED = [9038243705893100514, 8167182898748004711, 541804808230596025]
