"""Texts that the input gives are read by columns; here they are read one by one, slowly."""

from __future__ import annotations

import re

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from syndetect.extract.columns import read_texts
from syndetect.extract.kinds import kind_of
from syndetect.schema import PAGE

SPACES = " \n\r\t\v\f\x1c\x1e\x85\xa0\u2003\u2028\u2029\u3000"
WORDS = ["word", "a", "3.5", "U.S.", "end.", "End!\n", "\n", "三。", "؟", "…", "”", "خبر", "."]


def pages(texts: list[str]) -> pl.DataFrame:
    frame = pl.DataFrame({"url": ["https://a.example/"] * len(texts), "text": texts})
    return frame.match_to_schema(PAGE, missing_columns="insert")


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.text(st.sampled_from(SPACES + "ab"), max_size=30), min_size=1, max_size=20))
def test_spaces_and_line_ends_of_any_kind_become_one(texts: list[str]) -> None:
    slow = ["\n".join(line for line in (" ".join(one.split()) for one in text.splitlines()) if line) for text in texts]
    assert read_texts(pages(texts))["page_text"].to_list() == slow


@settings(max_examples=30, deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), times=st.integers(1, 60), room=st.integers(0, 3)
)
def test_texts_are_of_the_kind_that_is_told_one_by_one(words: list[str], times: int, room: int) -> None:
    texts = [(" " * (room > 0)).join(words * times), ("word " * (times * room) + " ".join(words)) * room or "x"]
    read = read_texts(pages(texts))
    clean = [re.sub(r" ?\n[ \n]*", "\n", text).strip() for text in texts]
    assert read["page_text"].to_list() == clean
    assert read["kind"].to_list() == [kind_of(text, title=None) for text in clean]
