"""What a text says if what it repeats is counted once."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.signatures import sign_texts
from syndetect.text import says_enough

NATURAL = {
    "english": "The council voted on Tuesday to close the old bridge for nine weeks while the engineers replace the"
    " corroded beams and repaint the railings",
    "russian": "Совет города во вторник решил закрыть старый мост на девять недель пока инженеры меняют ржавые балки и"
    " красят перила перед весенним паводком на реке",
    "thai": "สภาเมืองลงมติเมื่อวันอังคารให้ปิดสะพานเก่าเป็นเวลาเก้าสัปดาห์ระหว่างที่วิศวกรเปลี่ยนคานที่ผุกร่อนและทาสีราวสะพานใหม่ก่อนน้ำหลาก",
    "chinese": "市议会周二投票决定关闭旧桥九周以便工程师更换锈蚀的横梁并在春潮到来之前重新粉刷栏杆",
}


def enough(text: str, *, least_words: int = 20) -> bool:
    signed = sign_texts(pl.Series([text]))
    (said,) = says_enough(signed.words, signed.word_offsets, signed.per_token, shingle_words=5, least_words=least_words)
    return bool(said)


@pytest.mark.parametrize("script", NATURAL)
def test_a_sentence_of_twenty_words_says_enough_in_every_script(script: str) -> None:
    text = NATURAL[script]
    assert sign_texts(pl.Series([text])).n_words[0] >= 20
    assert enough(text)
    assert not enough(text[: len(text) // 2])


@pytest.mark.parametrize("piece", ["buy ", "click here to read more now ", "загрузка ", "กรุณารอ", "加载中"])
def test_a_piece_that_is_repeated_never_says_enough(piece: str) -> None:
    assert sign_texts(pl.Series([piece * 200])).n_words[0] >= 20
    assert not enough(piece * 200)


def test_at_the_limit_a_text_says_enough_and_one_word_below_it_does_not() -> None:
    words = [f"w{n}" for n in range(20)]
    assert enough(" ".join(words))
    assert not enough(" ".join(words[:19]))
    # What stands twice adds the runs that lead into it, and no more.
    assert not enough(" ".join(words[:10] * 5), least_words=19)
    assert enough(" ".join(words[:10] * 5), least_words=14)


def slowly(words: list[str], width: int, least: int) -> bool:
    width = min(width, len(words))
    runs = {tuple(words[at : at + width]) for at in range(len(words) - width + 1)}
    return len(words) >= least and len(runs) + width - 1 >= least


@given(
    st.lists(st.lists(st.sampled_from("abcd"), max_size=60), min_size=1, max_size=6),
    st.integers(1, 8),
    st.integers(1, 40),
)
def test_the_kernel_counts_as_a_slow_loop_does(texts: list[list[str]], width: int, least: int) -> None:
    words = [[f"word{letter}" for letter in text] for text in texts]
    signed = sign_texts(pl.Series([" ".join(text) for text in words]))
    found = says_enough(signed.words, signed.word_offsets, signed.per_token, shingle_words=width, least_words=least)
    assert found.tolist() == [slowly(text, width, least) for text in words]
