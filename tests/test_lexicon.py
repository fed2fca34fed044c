from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from conftest import SAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_languages import N_WORDS, tell, word

from syndetect import anchors
from syndetect.anchors import kinds, lexicon
from syndetect.anchors.lexicon.align import place_words
from syndetect.anchors.lexicon.count import LEAST_DICE, LEAST_LLR, Occurrences, associate, log_likelihood
from syndetect.anchors.lexicon.learn import LEAST_STORIES
from syndetect.anchors.lexicon.pages import read_pages
from syndetect.schema import ANCHOR, ID


def make_store(
    n_stories: int, languages: Callable[[int], tuple[str, ...]], *, seed: int = 1, truth: bool = True
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Stories of 12 sentences, told in the languages of each: pairs, texts. Words are as common as in Zipf's law."""
    rng = random.Random(seed)
    rows, pairs = [], []
    weights = [1 / (n + 10) for n in range(N_WORDS)]
    for story in range(n_stories):
        told = [rng.choices(range(N_WORDS), weights, k=9) for _ in range(12)]
        ids = []
        for language in languages(story):
            sentences = told if truth else [rng.choices(range(N_WORDS), weights, k=9) for _ in range(12)]
            rows.append((rng.getrandbits(60), language, tell(sentences, language, rng)))
            ids.append(rows[-1][0])
        pairs += [(min(a, b), max(a, b)) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    texts = pl.DataFrame(rows, schema={"doc_id": ID, "language": pl.String, "story_text": pl.String}, orient="row")
    return pl.DataFrame(pairs, schema={"left_id": ID, "right_id": ID}, orient="row"), texts


def keys_of(language: str, entries: pl.DataFrame) -> dict[int, int]:
    """Word n -> the key that it has as an anchor, of the words that the lexicon knows."""
    words = pl.DataFrame(
        {"doc_id": range(N_WORDS), "language": language, "story_text": [word(language, n) for n in range(N_WORDS)]},
        schema={"doc_id": ID, "language": pl.String, "story_text": pl.String},
    )
    return dict(anchors.learnt_anchors(words, entries).select("doc_id", "key").iter_rows())


def agreement(a: str, b: str, entries: pl.DataFrame) -> tuple[int, int]:
    """Words that both languages know, and how many of them have one key in both."""
    left, right = keys_of(a, entries), keys_of(b, entries)
    return len(left.keys() & right.keys()), sum(left[n] == right[n] for n in left.keys() & right.keys())


def test_words_of_two_languages_get_one_key() -> None:
    entries = lexicon.learn(*make_store(60, lambda i: ("en", "ru")))
    known, right = agreement("en", "ru", entries)
    assert known > 200
    assert right > 0.97 * known
    assert entries.filter(pl.col("language") == "ru").height < 1.03 * right + 10


def test_two_languages_without_a_pair_of_their_own_meet_through_the_commonest() -> None:
    entries = lexicon.learn(*make_store(100, lambda i: ("en", "ru") if i % 2 else ("en", "ar")))
    known, right = agreement("ru", "ar", entries)
    assert known > 80
    assert right > 0.95 * known


def test_stories_that_the_commonest_language_does_not_tell_teach_through_a_third() -> None:
    def languages(i: int) -> tuple[str, ...]:
        return ("en", "ru") if i < 60 else ("ru", "ar") if i < 100 else ("en", "ar")

    with_pivot_only = make_store(106, lambda i: languages(i) if i < 60 or i >= 100 else ("en",))
    few = lexicon.learn(*with_pivot_only).filter(pl.col("language") == "ar").height
    entries = lexicon.learn(*make_store(106, languages))
    known, right = agreement("en", "ar", entries)
    assert entries.filter(pl.col("language") == "ar").height > few + 60
    assert right > 0.95 * known


def test_pages_that_tell_different_stories_teach_next_to_nothing() -> None:
    true = lexicon.learn(*make_store(60, lambda i: ("en", "ru")))
    shuffled = lexicon.learn(*make_store(60, lambda i: ("en", "ru"), truth=False))
    assert shuffled.height <= 0.02 * true.height


def test_some_wrong_pairs_among_the_sure_ones_spoil_nothing() -> None:
    pairs, texts = make_store(60, lambda i: ("en", "ru"))
    wrong = make_store(6, lambda i: ("en", "ru"), seed=2, truth=False)
    entries = lexicon.learn(pl.concat([pairs, wrong[0]]), pl.concat([texts, wrong[1]]))
    known, right = agreement("en", "ru", entries)
    assert known > 180
    assert right > 0.97 * known


def test_nothing_is_learnt_below_the_least_number_of_stories() -> None:
    enough = make_store(LEAST_STORIES, lambda i: ("en", "ru"))
    assert lexicon.stories_told(*enough).height == 2 * LEAST_STORIES
    too_few = make_store(LEAST_STORIES - 1, lambda i: ("en", "ru"))
    assert lexicon.stories_told(*too_few).is_empty()
    assert lexicon.learn(*too_few).is_empty()
    assert lexicon.learn(too_few[0].clear(), too_few[1].clear()).is_empty()


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_is_nothing(rng: random.Random) -> None:
    pairs, texts = make_store(24, lambda i: ("en", "ru", "ar")[: 2 + i % 2])
    expected = lexicon.learn(pairs, texts)
    shuffled = [frame[rng.sample(range(len(frame)), len(frame))] for frame in (pairs, texts)]
    assert expected.height > 20
    assert lexicon.learn(*shuffled).equals(expected)


def test_pages_of_no_pair_change_nothing() -> None:
    pairs, texts = make_store(24, lambda i: ("en", "ru"))
    other = make_store(10, lambda i: ("en", "ru"), seed=3)[1]
    assert lexicon.learn(pairs, pl.concat([texts, other])).equals(lexicon.learn(pairs, texts))


def test_one_page_speaks_for_a_story_and_language() -> None:
    pairs, texts = make_store(LEAST_STORIES, lambda i: ("en", "ru", "ru"))
    told = lexicon.stories_told(pairs, texts)
    assert told.height == 2 * LEAST_STORIES
    assert told.select("story", "language").is_unique().all()


def test_only_what_is_best_for_both_pages_is_sure() -> None:
    pages = pl.DataFrame(
        {"doc_id": [1, 2, 3, 4], "language": ["en", "ru", "ru", "fr"]}, schema={"doc_id": ID, "language": pl.String}
    )
    judged = pl.DataFrame(
        {"left_id": [1, 1, 1, 2], "right_id": [2, 3, 4, 4], "similarity": [0.99, 0.9, 0.75, 0.74]},
        schema={"left_id": ID, "right_id": ID, "similarity": pl.Float64},
    )
    assert lexicon.sure_pairs(judged, pages).select("left_id", "right_id").rows() == [(1, 2), (1, 4)]


def test_the_ratio_is_that_of_dunning() -> None:
    # Both sides of one table by its definition: sum of observed x ln(observed / expected), twice.
    table = np.array([[12.0, 30.0], [18.0, 940.0]])
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    found = log_likelihood(np.array([12.0]), np.array([42.0]), np.array([30.0]), 1000)
    assert found[0] == pytest.approx(2 * (table * np.log(table / expected)).sum())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_associations_are_those_of_a_slow_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    story = np.repeat(np.arange(12), 5)
    pivot = [(int(w), t) for t in range(60) for w in rng.integers(1, 25, 4)]
    other = [(w + 100, t) for w, t in pivot if rng.random() < 0.7]
    other += [(int(w) + 100, t) for t in range(60) for w in rng.integers(1, 25, 2)]

    def occurrences(rows: list[tuple[int, int]]) -> Occurrences:
        words, windows = (np.array(column) for column in zip(*rows, strict=True))
        return Occurrences(words.astype(np.uint64), windows.astype(np.int64), np.ones(len(words), np.bool_))

    found = associate(occurrences(pivot), occurrences(other), story)
    at_left = {w: {t for v, t in pivot if v == w} for w, _ in pivot}
    at_right = {w: {t for v, t in other if v == w} for w, _ in other}
    for w, concept, n_stories, llr, dice in found.iter_rows():
        both = at_left[concept] & at_right[w]
        sizes = len(at_left[concept]), len(at_right[w])
        met, left, right = (np.array([float(n)]) for n in (len(both), *sizes))
        expected = log_likelihood(met, left, right, 60)
        assert llr == pytest.approx(expected[0], abs=1e-5)
        assert dice == pytest.approx(2 * len(both) / sum(sizes))
        assert n_stories == len({story[t] for t in both}) >= 2
        assert llr >= LEAST_LLR
        assert dice >= LEAST_DICE
    assert found["word"].is_unique().all()


def test_a_place_between_two_marks_lies_between_them_on_the_other_page() -> None:
    # Mark 7 at 100 and 500, mark 8 at 300 and 900; on the right page a word before, between and behind.
    at = np.empty(3)
    place_words(
        np.array([0]), np.array([1]), np.array([1000.0, 1500.0]), np.array([0, 2, 4]),
        np.array([7, 8, 7, 8], np.uint64), np.array([100.0, 300.0, 500.0, 700.0]),
        np.array([0, 0, 3]), np.array([450.0, 600.0, 800.0]), at,
    )  # fmt: skip
    assert at.tolist() == [50.0, 200.0, 400.0]


def test_without_marks_the_same_share_of_the_page_is_the_same_place() -> None:
    at = np.empty(2)
    place_words(
        np.array([0]), np.array([1]), np.array([1000.0, 500.0]), np.zeros(3, np.int64), np.empty(0, np.uint64),
        np.empty(0), np.array([0, 0, 2]), np.array([0.0, 250.0]), at,
    )  # fmt: skip
    assert at.tolist() == [0.0, 500.0]


CASES = [
    line.split("|")
    for line in (Path(__file__).parent / "cases" / "lexicon_words.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].strip())
def test_forms_of_a_word_are_one(case: list[str]) -> None:
    _, language, one, other, same = (cell.strip() for cell in case)
    rows = pl.DataFrame(
        {"doc_id": [1, 2], "language": [language] * 2, "story_text": [one, other]},
        schema={"doc_id": ID, "language": pl.String, "story_text": pl.String},
    )
    words = read_pages(rows)
    left, right = (set(words.words[a:b].tolist()) for a, b in zip(words.word_from, words.word_from[1:], strict=False))
    assert bool(left & right) == (same == "yes")


def test_spans_are_the_words_in_the_text() -> None:
    pairs, texts = make_store(24, lambda i: ("en", "ru"))
    entries = lexicon.learn(pairs, texts)
    marks = anchors.learnt_anchors(texts, entries)
    assert marks.schema == ANCHOR
    assert marks["kind"].unique().to_list() == [kinds.LEARNT]
    raw = {doc: text.encode() for doc, text in texts.select("doc_id", "story_text").iter_rows()}
    spelled = {word(language, n) for language in ("en", "ru") for n in range(N_WORDS)}
    for doc, position, start, end in marks.select("doc_id", "position", "span_start", "span_end").iter_rows():
        assert raw[doc][start:end].decode() in spelled
        assert position == pytest.approx(start / len(raw[doc]))


def test_characters_that_overlap_and_mean_the_same_are_one_anchor() -> None:
    text = pl.DataFrame(
        {"doc_id": [1], "language": ["zh"], "story_text": ["一二三四"]},
        schema={"doc_id": ID, "language": pl.String, "story_text": pl.String},
    )
    words = read_pages(text).words
    entries = pl.DataFrame({"language": "zh", "word": words, "concept": np.array([5, 5, 6], np.uint64)})
    marks = anchors.learnt_anchors(text, entries)
    assert marks.select("span_start", "span_end").rows() == [(0, 9), (6, 12)]


def test_spans_lie_within_real_pages_of_all_their_languages() -> None:
    with gzip.open(SAMPLE / "crawl.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = pl.DataFrame(
        {
            "doc_id": range(1, len(rows) + 1),
            "language": [row.get("language") for row in rows],
            "story_text": [row.get("maintext") for row in rows],
        },
        schema={"doc_id": ID, "language": pl.String, "story_text": pl.String},
    )
    pages = read_pages(texts)
    of_word = np.repeat(np.arange(texts.height), np.diff(pages.word_from))
    entries = pl.DataFrame({"language": texts["language"].gather(of_word), "word": pages.words, "concept": pages.words})
    marks = anchors.learnt_anchors(texts, entries.drop_nulls())
    raw = {doc: text.encode() for doc, text in texts.drop_nulls().select("doc_id", "story_text").iter_rows()}
    assert marks["doc_id"].n_unique() > 0.9 * texts.drop_nulls().height
    for doc, start, end in marks.select("doc_id", "span_start", "span_end").iter_rows():
        assert raw[doc][start:end].decode().strip()
    assert anchors.learnt_anchors(texts, entries.clear()).is_empty()


def test_sure_pairs_teach_and_too_few_do_not() -> None:
    pairs, texts = make_store(40, lambda i: ("en", "ru"))
    judged = pairs.with_columns(pl.lit(0.99).alias("similarity"))

    def read(ids: pl.Series) -> list[pl.DataFrame]:
        chosen = texts.filter(pl.col("doc_id").is_in(ids.implode()))
        return [chosen[:10], chosen[10:]]

    pages = texts.select("doc_id", "language")
    entries = anchors.learn_words(judged, pages, read)
    assert entries.equals(lexicon.learn(pairs, texts))
    assert anchors.learnt_anchors(texts, entries)["doc_id"].n_unique() == texts.height
    assert anchors.learn_words(judged[: LEAST_STORIES - 1], pages, read).is_empty()
    unsure = judged.with_columns(pl.lit(0.7).alias("similarity"))
    assert anchors.learn_words(unsure, pages, read).is_empty()
