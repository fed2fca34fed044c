"""Pairs measured against slow loops; judgements at their limits."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.text import split_words
from syndetect.verify import (
    Overlap,
    Spool,
    Texts,
    compare,
    decide,
    exact_pairs,
    judge,
    pack_evidence,
    texts_of,
    unpack_evidence,
)

vocabulary = st.sampled_from([f"w{n}" for n in range(12)])
texts = st.lists(vocabulary, max_size=40)


def shingle_set(words: list[str], width: int = 5) -> set[tuple[str, ...]]:
    take = min(width, len(words))
    return {tuple(words[i : i + take]) for i in range(len(words) - take + 1)} if words else set()


def measure(left: list[str], right: list[str]) -> Overlap:
    words = split_words(pl.Series([" ".join(left), " ".join(right)]))
    return compare(texts_of(words), np.array([0]), np.array([1]))


@given(texts, texts)
def test_jaccard_and_containment_are_exact(left: list[str], right: list[str]) -> None:
    a, b = shingle_set(left), shingle_set(right)
    found = measure(left, right)
    assert found.jaccard[0] == len(a & b) / max(len(a | b), 1)
    assert found.left_containment[0] == len(a & b) / max(len(a), 1)
    assert found.right_containment[0] == len(a & b) / max(len(b), 1)


@given(texts, texts)
def test_aligned_words_are_no_more_than_either_text_and_stand_in_both(left: list[str], right: list[str]) -> None:
    found = measure(left, right)
    assert found.left_matched[0] <= len(left)
    assert found.right_matched[0] <= len(right)
    assert found.longest[0] <= min(len(left), len(right))
    for a_from, a_to, b_from, b_to in found.spans[0].tolist():
        if a_from >= 0:
            assert left[a_from : a_from + 3] == right[b_from : b_from + 3]
            assert left[a_to - 1] == right[b_to - 1]


@given(texts, texts)
def test_which_text_is_called_left_changes_nothing(left: list[str], right: list[str]) -> None:
    one, other = measure(left, right), measure(right, left)
    assert one.left_matched[0] == other.right_matched[0]
    assert one.right_matched[0] == other.left_matched[0]
    assert one.longest[0] == other.longest[0]
    assert one.spans[0][:, [2, 3, 0, 1]].tolist() == other.spans[0].tolist()


def test_a_passage_that_a_page_repeats_counts_once_for_the_page_it_is_taken_from() -> None:
    passage = [f"p{n}" for n in range(60)]
    found = measure([*passage, *[f"x{n}" for n in range(250)]], passage * 4)
    assert found.left_matched[0] == 60
    assert found.right_matched[0] == 240


def test_a_passage_is_found_across_a_changed_word_and_measured_without_it() -> None:
    passage = [f"p{n}" for n in range(50)]
    changed = [*passage[:20], "other", *passage[21:]]
    found = measure(["a", "b", *passage, "c"], [*[f"x{n}" for n in range(30)], *changed])
    assert found.left_matched[0] == found.right_matched[0] == 49
    assert found.spans[0][0].tolist() == [2, 52, 30, 80]


def test_two_passages_in_another_order_are_both_found() -> None:
    first, second = [f"f{n}" for n in range(30)], [f"s{n}" for n in range(30)]
    found = measure(first + second, second + first)
    assert found.left_matched[0] == found.right_matched[0] == 60
    assert found.longest[0] == 30


def row(matched: float = 0.0, **values: float) -> dict[str, object]:
    full = {
        "jaccard": 0.0, "left_containment": 0.0, "right_containment": 0.0, "longest": 0.0,
        "left_matched": matched, "right_matched": matched, "left_words": 400.0, "right_words": 400.0, **values,
    }  # fmt: skip
    # In the types that `compare` gives: 42 of 120 is less than .35 in 32 bits.
    arrays = {name: np.array([value], np.float64 if name == "jaccard" else np.float32) for name, value in full.items()}
    overlap = Overlap(**arrays, spans=np.full((1, 4, 4), -1, np.int32))  # type: ignore[arg-type]
    return judge((np.array([1], np.uint64), np.array([2], np.uint64)), overlap).row(0, named=True)


def test_a_pair_is_the_same_at_the_limit_and_not_below_it() -> None:
    assert row(jaccard=0.7)["judgement"] == "same"
    assert row(jaccard=0.699)["judgement"] == "different"
    assert row(longest=40, matched=40)["judgement"] == "same"
    assert row(longest=39, matched=39)["judgement"] == "unsure"
    assert row(matched=240)["judgement"] == "same"
    assert row(matched=15, longest=15, left_words=20)["judgement"] == "same"
    assert row(matched=14, longest=14, left_words=18)["judgement"] == "different"
    assert row(matched=30, longest=15, left_words=40)["judgement"] == "same"
    assert row(matched=29, longest=15, left_words=40)["judgement"] == "unsure"
    assert row(matched=15, longest=15, left_words=40)["judgement"] == "unsure"
    assert row(matched=15, longest=15, left_words=41)["judgement"] == "different"


def test_what_is_asked_of_a_text_falls_with_its_length_without_a_step() -> None:
    least = []
    for n in range(20, 140):
        enough = [m for m in range(10, n + 1) if row(matched=m, longest=10, left_words=n)["judgement"] == "same"]
        assert enough == list(range(enough[0], n + 1))
        least.append(enough[0])
    assert (least[0], least[30], least[40], least[-1]) == (15, 38, 40, 49)
    assert all(0 <= after - before <= 1 for before, after in itertools.pairwise(least))


def test_what_comes_near_is_unsure_and_what_does_not_is_different() -> None:
    assert row(longest=20, matched=20)["judgement"] == "unsure"
    assert row(longest=19, matched=19)["judgement"] == "different"


def test_a_copy_of_most_of_the_longer_text_is_a_near_duplicate_and_of_less_an_excerpt() -> None:
    assert row(matched=200, longest=50)["relation"] == "near-duplicate"
    assert row(matched=199, longest=50)["relation"] == "excerpt"
    assert row(longest=10, matched=10)["relation"] is None


def test_chinese_characters_count_for_less_than_words() -> None:
    base = "".join(chr(0x4E00 + n) for n in range(60))
    words = split_words(pl.Series([base, base]))
    assert abs(float(compare(texts_of(words), np.array([0]), np.array([1])).longest[0]) - 36) < 0.01


def test_exact_pairs_put_the_smaller_id_left() -> None:
    pairs = exact_pairs(np.array([9, 1], np.uint64), np.array([3, 2], np.uint64))
    assert pairs.select("left_id", "right_id").rows() == [(3, 9), (1, 2)]


def some_pairs() -> tuple[Texts, list[tuple[int, int]]]:
    """Sixty texts of few words, so that all share something, with pieces of one in some; some pairs of them."""
    generator = np.random.default_rng(5)
    numbers = [generator.integers(0, 30, generator.integers(0, 90)).tolist() for _ in range(60)]
    for n in range(0, 60, 4):
        numbers[n] += list(range(100 + n, 140))
    column = pl.Series([" ".join(f"w{n}" for n in some) for some in numbers])
    pairs = sorted({(int(min(a, b)), int(max(a, b))) for a, b in generator.integers(0, 60, (200, 2)) if a != b})
    return texts_of(split_words(column)), pairs


def test_a_pair_measures_the_same_alone_among_others_and_on_many_threads() -> None:
    held, pairs = some_pairs()
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    together, threaded = compare(held, left, right), compare(held, left, right, threads=3)
    for n in range(len(pairs)):
        alone = compare(held, left[n : n + 1], right[n : n + 1])
        for name in ("jaccard", "left_matched", "right_matched", "longest", "spans"):
            assert np.array_equal(getattr(alone, name)[0], getattr(together, name)[n])
            assert np.array_equal(getattr(threaded, name)[n], getattr(together, name)[n])


def test_blocks_from_the_spool_hold_each_pair_once_with_the_words_of_its_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndetect.verify.spool.BLOCK_WORDS", 200)
    held, pairs = some_pairs()
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    seen = []
    with Spool() as spool:
        half = int(held.offsets[30])
        spool.append(Texts(held.words[:half], held.offsets[:31], held.per_token[:30]))
        spool.append(Texts(held.words[half:], held.offsets[30:] - half, held.per_token[30:]))
        for places, texts, a, b in spool.blocks(left, right):
            seen += places.tolist()
            for place, row in [*zip(left[places], a, strict=True), *zip(right[places], b, strict=True)]:
                got = texts.words[texts.offsets[row] : texts.offsets[row + 1]]
                assert got.tolist() == held.words[held.offsets[place] : held.offsets[place + 1]].tolist()
    assert sorted(seen) == list(range(len(pairs)))


def test_an_empty_spool_has_no_blocks() -> None:
    with Spool() as spool:
        assert list(spool.blocks(np.empty(0, np.int64), np.empty(0, np.int64))) == []


def test_a_share_is_exact_at_its_limit() -> None:
    at_limit = row(matched=42, longest=20, left_words=120)
    assert (at_limit["left_containment"], at_limit["judgement"]) == (0.35, "same")
    assert row(matched=42, longest=19, left_words=121)["judgement"] != "same"


def test_a_judgement_can_be_made_anew_from_what_the_store_keeps() -> None:
    held, pairs = some_pairs()
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    overlap, ids = compare(held, left, right), (left.astype(np.uint64), right.astype(np.uint64))
    kept = unpack_evidence(pack_evidence(judge(ids, overlap)))
    assert kept.equals(judge(ids, overlap))
    strict = judge(ids, overlap, least_jaccard=0.2, least_passage=12)
    assert decide(kept, least_jaccard=0.2, least_passage=12).equals(strict)
    assert not strict.equals(kept)


def test_a_passage_counts_what_its_own_words_count_for_whatever_else_the_texts_hold() -> None:
    # Forty Han characters in texts of kana: 24 words, though the texts' characters count for less on average.
    passage = "".join(chr(0x4E00 + n) for n in range(40))
    kana = ["".join(chr(0x3042 + (n * step) % 60) for n in range(300)) for step in (7, 11)]
    words = split_words(pl.Series([kana[0] + passage, passage + kana[1]]))
    found = compare(texts_of(words), np.array([0]), np.array([1]))
    assert abs(float(found.longest[0]) - 24) < 0.01
