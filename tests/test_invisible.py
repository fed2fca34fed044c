"""What is counted as hidden, and what as the ordinary use of a script."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.text import INVISIBLE, invisible_counts

CASES = [
    # text, hidden, in place, soft hyphens, mixed words
    ("zero-width spaces in a word", "pass\u200bw\u200bo\u200brd", (3, 0, 0, 0)),
    ("several at one place", "wo\u2060\u200b\ufeffrd", (3, 0, 0, 0)),
    ("behind an accent", "e\u0301\u200ba", (1, 0, 0, 0)),
    ("beside a space", "one \u200btwo\u200b three", (0, 0, 0, 0)),
    ("at both ends", "\ufeffone two\u200b", (0, 0, 0, 0)),
    ("soft hyphens", "Donau\u00addampf\u00adschiff", (0, 0, 2, 0)),
    ("persian joiner", "می\u200cشود", (0, 1, 0, 0)),
    ("joiner in latin", "w\u200dorld", (1, 0, 0, 0)),
    ("joiner in cyrillic", "мир\u200cный", (1, 0, 0, 0)),
    ("joiner in sinhala", "ක්\u200dෂ", (0, 1, 0, 0)),
    ("break between khmer words", "ភាសា\u200bខ្មែរ", (0, 1, 0, 0)),
    ("break in chinese", "中\u200b文", (1, 0, 0, 0)),
    ("variant of a character", "葛\U000e0100城", (0, 1, 0, 0)),
    ("variation selector in latin", "wo\ufe0frd", (1, 0, 0, 0)),
    ("mark of direction where it changes", "abc\u200eשלום", (0, 1, 0, 0)),
    ("mark of direction in a word", "wo\u200erd", (1, 0, 0, 0)),
    ("tags in a word", "wo\U000e0041\U000e0042rd", (2, 0, 0, 0)),
    ("family of emoji", "👩\u200d👩\u200d👧 ❤\ufe0f", (0, 0, 0, 0)),
    ("hangul filler", "a\u3164b", (1, 0, 0, 0)),
    ("invisible operator", "a\u2063b", (1, 0, 0, 0)),
    ("cyrillic letters in a latin word", "p\u0430yp\u0430l \u0440aypal", (0, 0, 0, 2)),
    ("latin letters in a cyrillic word", "М\u006fсква", (0, 0, 0, 1)),
    ("greek letter in a latin word", "N\u03bfvember", (0, 0, 0, 1)),
    ("hidden and mixed", "p\u0430y\u200bpal", (1, 0, 0, 1)),
    ("mixed word at the end of the text", "the \u0440aypal", (0, 0, 0, 1)),
    ("letters of one word are not the next one's", "Мос mo", (0, 0, 0, 0)),
    ("latin name with a cyrillic ending", "PDFка VIPы", (0, 0, 0, 0)),
    ("units and formulas", "kΩ μm ΔT", (0, 0, 0, 0)),
    ("two alphabets side by side", "Путин Putin-Путин", (0, 0, 0, 0)),
    ("nothing", "", (0, 0, 0, 0)),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES, ids=[name for name, *_ in CASES])
def test_hidden_as_the_table_says(name: str, text: str, expected: tuple[int, ...]) -> None:
    assert invisible_counts(pl.Series([text])).row(0) == expected, name


def test_texts_are_counted_each_alone_and_null_is_empty() -> None:
    texts = pl.Series([*(text for _, text, _ in CASES), None])
    counts = invisible_counts(texts)
    assert counts.schema == INVISIBLE
    assert counts.rows() == [*(expected for *_, expected in CASES), (0, 0, 0, 0)]
    assert invisible_counts(texts[3:]).rows() == counts.rows()[3:]
    assert invisible_counts(pl.Series([], dtype=pl.String)).rows() == []


def test_ordinary_texts_of_all_scripts_hide_nothing() -> None:
    lines = (Path(__file__).parent / "cases" / "scripts.txt").read_text(encoding="utf-8").splitlines()
    texts = [line.split("|")[1] for line in lines if line and line[0] != "#"]
    counts = invisible_counts(pl.Series(texts))
    assert counts.sum().row(0)[0::3] == (0, 0)
    assert counts["n_in_place"].sum() > 0


@given(st.lists(st.sampled_from([*"abcß", *"\u200b\u2060\ufeff\u200d"]), max_size=20))
def test_what_hides_between_latin_letters_is_all_counted(chars: list[str]) -> None:
    text = "".join(chars)
    inner = text.strip("\u200b\u2060\ufeff\u200d")
    hidden = len(inner) - sum(char.isalpha() for char in inner)
    assert invisible_counts(pl.Series([text])).row(0) == (hidden, 0, 0, 0)
