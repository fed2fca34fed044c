"""The corpora of the benchmarks are what they say, and the scorer counts what it says."""

from __future__ import annotations

import itertools
import os
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from syndetect.crawl import Outcome, find_inputs, read_pages
from syndetect.signatures import sign_texts
from syndetect.text.folding import SHARES as SIGNED
from syndetect.text.folding import folding

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from copies_corpus import Parameters, is_made, make_corpus, shingles_of
from copies_quality import FIELDS, SHARES, make_quality
from copies_score import found_pairs, same_pairs, score_copies, score_quality, share_joined
from copies_words import N_WORDS, WORD, draw_texts, make_language, write_texts
from copies_words import SHARES as WORD_SHARES
from near_duplicates import peer_reason, run_tool
from reading import run_tool as run_reader
from reading import table_of
from reading_corpus import make_documents, make_pages, shards
from reading_score import Read, score_dates, score_segments, score_texts
from reading_score import shingles as page_shingles

FIRST_CORE = set(sorted(os.sched_getaffinity(0))[:1])


LANGUAGES = ["en", "ru", "ar", "fa", "he", "hi", "zh", "ja", "th", "ko"]


def counted(text: str, language: str) -> list[tuple[str, int]]:
    """The tokens of a written text, each with the hundredths of a word that it counts for, the slow way."""
    if language not in {"zh", "ja", "th"}:
        return [(word.strip(".।"), 100) for word in text.lower().split()]
    letters = [c for c in text if unicodedata.category(c) == "Lo"]
    return [(c, 24 if "ก" <= c <= "๙" else 32 if "ぁ" <= c <= "ん" else 60) for c in letters]


def shingles(text: str, language: str) -> set[tuple[str, ...]]:
    """Shingles of five words of a written text, the slow way."""
    tokens = counted(text, language)
    found = set()
    for start in range(len(tokens)):
        for end in range(start + 1, len(tokens) + 1):
            if sum(share for _, share in tokens[start:end]) >= 500:
                found.add(tuple(token for token, _ in tokens[start:end]))
                break
    return found or {tuple(token for token, _ in tokens)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_planted_jaccard_is_that_of_the_written_texts(tmp_path: Path, language: str) -> None:
    corpus, truth = make_corpus(Parameters(150, language), tmp_path)
    sets = [shingles(text, language) for text in pl.read_parquet(corpus)["text"]]
    pairs = pl.read_parquet(truth)
    assert pairs.height > 20
    for left, right, jaccard in pairs.select("left", "right", "jaccard").iter_rows():
        assert jaccard == pytest.approx(len(sets[left] & sets[right]) / len(sets[left] | sets[right]), abs=1e-12)


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_a_text_that_counts_for_less_than_five_words_is_one_shingle(language: str) -> None:
    made = make_language(language)
    texts = draw_texts(made, np.array([1, 2, 3, 4, 5, 6, 7, 8, 40] * 20), np.random.default_rng(1))
    written = write_texts(made, texts).to_pylist()
    slow = [len(shingles(text, language)) for text in written]
    assert np.diff(shingles_of(made, texts).indptr).tolist() == slow
    short = [sum(share for _, share in counted(text, language)) < 500 for text in written]
    assert {n for n, is_short in zip(slow, short, strict=True) if is_short} == {1}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_made_up_word_counts_for_one_word_in_the_mean(language: str) -> None:
    made = make_language(language)
    texts = draw_texts(made, np.full(50, 1_000), np.random.default_rng(1))
    column = write_texts(made, texts)
    shares = [share for text in column.to_pylist() for _, share in counted(text, language)]
    assert sum(shares) / 5_000_000 == pytest.approx(1, abs=0.03)
    assert sign_texts(column).n_words.sum() == pytest.approx(sum(shares) / 100, rel=1e-4)
    frequency = np.bincount(made.draws, minlength=N_WORDS) / len(made.draws)
    of_words = np.bincount(np.repeat(np.arange(N_WORDS), np.diff(made.starts)), made.shares[made.tokens])
    assert frequency @ of_words == pytest.approx(100, abs=3)


def test_shares_of_words_are_those_of_signatures() -> None:
    classes = folding().classes
    assert {
        name: SIGNED[classes[ord(char) >> 8]] for name, char in (("CJK", "一"), ("HIRAGANA", "あ"), ("THAI", "ก"))
    } == WORD_SHARES
    assert SIGNED[0] == WORD


def test_every_pair_above_the_threshold_is_planted(tmp_path: Path) -> None:
    corpus, truth = make_corpus(Parameters(300), tmp_path)
    sets = [shingles(text, "en") for text in pl.read_parquet(corpus)["text"]]
    planted = set(pl.read_parquet(truth).filter(pl.col("jaccard") >= 0.7).select("left", "right").iter_rows())
    near = {
        (i, j)
        for i in range(len(sets))
        for j in range(i + 1, len(sets))
        if len(sets[i] & sets[j]) >= 0.7 * len(sets[i] | sets[j])
    }
    assert near == planted


def test_the_same_seed_gives_the_same_corpus_and_another_seed_another(tmp_path: Path) -> None:
    made = [make_corpus(Parameters(100, seed=seed), tmp_path / name) for seed, name in ((1, "a"), (1, "b"), (2, "c"))]
    assert [path.read_bytes() for path in made[0]] == [path.read_bytes() for path in made[1]]
    assert made[0][0].read_bytes() != made[2][0].read_bytes()


def test_a_corpus_is_made_again_only_if_its_parameters_changed(tmp_path: Path) -> None:
    corpus, _ = make_corpus(Parameters(100), tmp_path)
    made = corpus.stat().st_mtime_ns
    assert make_corpus(Parameters(100), tmp_path)[0].stat().st_mtime_ns == made
    other, _ = make_corpus(Parameters(100, seed=12), tmp_path)
    other.replace(corpus)
    make_corpus(Parameters(100), tmp_path)
    assert pl.read_parquet(corpus).equals(pl.read_parquet(make_corpus(Parameters(100), tmp_path / "fresh")[0]))


def test_a_corpus_made_by_other_code_is_made_again(tmp_path: Path) -> None:
    parameters = Parameters(100)
    corpus, _ = make_corpus(parameters, tmp_path)
    assert is_made(corpus, parameters)
    assert not is_made(corpus, replace(parameters, made_by="older"))


def test_each_quality_page_carries_what_its_kind_says(tmp_path: Path) -> None:
    corpus, untimed, truth = make_quality(Parameters(400, kind="quality"), tmp_path)
    texts, carries = pl.read_parquet(corpus)["text"], pl.read_parquet(truth)
    sets = [shingles(text, "en") for text in texts]
    # The word beside a passage can by chance be that of its source too.
    shared = {"passage_60": (56, 58), "passage_40": (36, 38), "passage_60_edited": (1, 58), "digest": (36, 78)}
    planted = carries.filter(pl.col("row") != pl.col("origin"))
    assert set(planted["kind"]) == set(SHARES) - {*FIELDS, "stock"}
    for row, origin, kind in planted.iter_rows():
        least, most = shared.get(kind, (1, 2_000))
        assert least <= len(sets[row] & sets[origin]) <= most, (row, origin, kind)
        assert row > origin
    assert planted.filter(kind="digest").group_by("row").len()["len"].unique().to_list() == [5]
    assert pl.read_parquet(untimed)["published"].null_count() == len(texts)
    assert pl.read_parquet(untimed)["text"].equals(texts)


def test_quality_pages_share_text_only_by_an_original_a_template_or_stock(tmp_path: Path) -> None:
    corpus, _, truth = make_quality(Parameters(300, kind="quality"), tmp_path)
    sets = [shingles(text, "en") for text in pl.read_parquet(corpus)["text"]]
    carried: dict[int, set[int]] = {}
    kinds = {}
    for row, origin, kind in pl.read_parquet(truth).iter_rows():
        carried.setdefault(row, set()).add(origin)
        kinds[row] = kind
    for i, j in itertools.combinations(range(len(sets)), 2):
        if not carried[i] & carried[j] and not ({kinds[i], kinds[j]} & {*FIELDS, "stock"}):
            assert len(sets[i] & sets[j]) < 5


TRUTH = pl.DataFrame({"left": [0, 0, 1, 3, 5], "right": [1, 2, 2, 4, 6], "jaccard": [1.0, 0.75, 0.75, 0.9, 0.5]})


def reported(*rows: tuple[int, int, str, str, float]) -> pl.DataFrame:
    """Pairs as find_copies gives them."""
    names = {"left": pl.UInt32, "right": pl.UInt32, "judgement": pl.String, "relation": pl.String}
    return pl.DataFrame(rows, schema={**names, "similarity": pl.Float64}, orient="row")


def test_a_peer_is_scored_by_all_it_reports() -> None:
    given = pl.DataFrame({"left": [0, 3, 5, 7], "right": [1, 4, 6, 8]})
    score = score_copies(given, TRUTH)
    assert score == {"reported": 4, "precision": 0.5, "recall": 0.5, "recall_80": 1.0}


def test_a_pair_is_found_through_those_that_stand_for_its_texts() -> None:
    ours = reported((0, 1, "same", "exact", 1.0), (0, 2, "same", "near-duplicate", 0.75))
    assert score_copies(ours, TRUTH) == {"reported": 2, "precision": 1.0, "recall": 0.75, "recall_80": 0.5}
    assert found_pairs(TRUTH, ours, same_pairs(ours)).to_list() == [True, True, True, False, False]


def test_two_copies_of_one_text_are_found_by_their_star() -> None:
    ours = reported((2, 5, "same", "exact", 1.0), (2, 9, "same", "exact", 1.0))
    wanted = pl.DataFrame({"left": [5, 5], "right": [9, 7]})
    assert found_pairs(wanted, ours, same_pairs(ours)).to_list() == [True, False]


def test_only_pairs_judged_the_same_count_and_from_the_threshold_on() -> None:
    ours = reported((0, 1, "unsure", "", 0.9), (0, 2, "same", "near-duplicate", 0.7), (3, 4, "same", "excerpt", 0.69))
    assert same_pairs(ours).select("left", "right").rows() == [(0, 2)]
    assert same_pairs(ours, threshold=None).height == 2


CARRIES = pl.DataFrame(
    [
        (0, 0, "original"), (1, 1, "original"), (2, 2, "passage_40"), (2, 0, "passage_40"), (3, 0, "digest"),
        (3, 1, "digest"), (4, 4, "weather"), (5, 5, "weather"), (6, 6, "excerpt"), (6, 0, "excerpt"),
    ],
    schema={"row": pl.UInt32, "origin": pl.UInt32, "kind": pl.String},
    orient="row",
)  # fmt: skip


def test_quality_counts_recall_by_kind_siblings_as_right_and_templates_as_wrong() -> None:
    ours = reported(
        (0, 2, "same", "excerpt", 0.1), (2, 6, "same", "excerpt", 0.1), (4, 5, "same", "near-duplicate", 0.8),
        (0, 3, "different", "excerpt", 0.1), (1, 5, "same", "excerpt", 0.1),
    )  # fmt: skip
    groups = pl.DataFrame({"row": range(7), "group": [0, 1, 0, 3, 4, 4, 0]})
    score = score_quality(ours, groups, CARRIES)
    assert score == {
        "recall_digest": 0.5, "recall_excerpt": 0.0, "recall_passage_40": 1.0, "reported": 4, "precision": 0.5,
        "precision_no_templates": 2 / 3, "false_other": 1, "false_weather": 1, "joined": 0.0,
    }  # fmt: skip


def test_stories_are_joined_when_two_originals_share_a_group() -> None:
    assert share_joined(pl.DataFrame({"row": range(7), "group": [0, 0, 2, 0, 4, 5, 6]}), CARRIES) == 1.0


def test_a_tool_that_cannot_run_is_listed_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(tmp_path, "gaoya.py").write_text("raise ImportError('no gaoya here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = run_tool("gaoya", tmp_path / "corpus.parquet", tmp_path / "out", FIRST_CORE, Path(sys.executable))
    assert run == {"tool": "gaoya", "cores": 1, "reason": "ImportError: no gaoya here"}


def test_a_tool_runs_pinned_in_a_process_of_its_own_and_leaves_its_pairs(tmp_path: Path) -> None:
    corpus, truth = make_corpus(Parameters(400), tmp_path)
    run = run_tool("datasketch", corpus, tmp_path / "out", FIRST_CORE, Path(sys.executable))
    assert run["cores"] == 1
    assert 0 < float(str(run["cpu_s"])) < 60
    score = score_copies(pl.read_parquet(tmp_path / "out" / "pairs.parquet"), pl.read_parquet(truth))
    assert score["recall_80"] > 0.9
    assert 0.5 < score["precision"] < 1


def test_peers_are_left_out_above_their_limit_and_where_no_space_parts_words() -> None:
    assert peer_reason(200_000, "en") is None
    assert peer_reason(200_001, "en") is not None
    assert peer_reason(1_000, "zh") is not None


def test_a_page_hangs_on_the_seed_and_its_number_alone(tmp_path: Path) -> None:
    whole, start, again = (make_pages(0, n, tmp_path / name, seed=1) for n, name in ((30, "a"), (12, "b"), (30, "c")))
    other = make_pages(0, 12, tmp_path, seed=2)
    assert whole.path.read_bytes() == again.path.read_bytes()
    assert whole.path.read_bytes().startswith(start.path.read_bytes())
    assert other.path.read_bytes() != start.path.read_bytes()
    made = whole.path.stat().st_mtime_ns
    assert make_pages(0, 30, tmp_path / "a", seed=1) == whole
    assert whole.path.stat().st_mtime_ns == made


def test_pages_hold_their_known_text_in_all_layouts_and_languages(tmp_path: Path) -> None:
    pages = make_pages(0, 24, tmp_path, seed=1)
    assert pages.truth is not None
    truth = pl.read_parquet(pages.truth)
    assert truth["url"].n_unique() == 24
    assert 13_000 < pages.n_bytes / 24 < 17_000
    assert all(len(text.encode()) > 1_800 for text in truth["text"])
    run, read = run_reader(
        "pages", "resiliparse", [pages.path], pages.path, sorted(FIRST_CORE), most=None, python=Path(sys.executable)
    )
    assert run["n"] == 24
    known = {url: (title, text) for url, title, text in truth.iter_rows()}
    assert score_texts(read, known, list(known))["recall"] > 0.98


@pytest.mark.parametrize("name", ["wet.gz", "jsonl.gz", "jsonl", "parquet"])
def test_documents_are_read_whole_in_every_format(tmp_path: Path, name: str) -> None:
    made = make_documents(0, 60, tmp_path, seed=1)[name]
    assert 1_600 < made.n_bytes / 60 < 2_400
    texts = [
        text
        for source in find_inputs([str(made.path)])
        for frame in read_pages(source, Outcome(str(made.path)))
        for text in frame["text"]
    ]
    assert len(texts) == 60
    assert sum(len(text.encode()) for text in texts) >= made.n_bytes


def test_shards_cover_all_once() -> None:
    assert shards(7, 2) == [(0, 3), (3, 7)]


def test_texts_are_scored_by_shingles_without_the_title_and_what_is_passed_over_is_missed() -> None:
    truth = {"u": ("The title", "one two three four five"), "v": ("Other", "six seven eight nine")}
    assert page_shingles("A b") == {("a", "b"): 1}
    assert page_shingles("大桥今天") == {tuple("大桥今天"): 1}
    # Of u one shingle of two with one that is wrong; v is missed: 1 right of 2 given, of 3 wanted.
    read = [Read("u", None, "The title\none two three four menu")]
    assert score_texts(read, truth, ["u", "v"]) == pytest.approx({"precision": 0.5, "recall": 1 / 3, "f1": 0.4})
    assert score_texts([Read("u", "The title", truth["u"][1])], truth, ["u"])["f1"] == pytest.approx(1)
    twice = [Read("v", None, "six seven eight nine six seven eight nine")]
    assert score_texts(twice, truth, ["v"])["precision"] == pytest.approx(1 / 5)


def test_real_pages_are_scored_by_segments_and_days() -> None:
    truth: dict[str, dict[str, object]] = {
        "u": {"date": "2026-03-02", "with": ["first  line", "lost"], "without": ["menu"]},
        "v": {"date": "2026-03-03"},
        "w": {"date": "2026-03-04", "with": ["more"], "without": ["cookies"]},
    }
    read = [
        Read("u", "A title with first", "line and menu", "2026-03-02T10:00:00"), Read("v", None, None, "2026-03-05"),
        Read("w", "More", "more"),
    ]  # fmt: skip
    # Of three segments two are there, beside one that must not be.
    assert score_segments(read, truth) == pytest.approx({"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3})
    assert score_dates(read, truth) == pytest.approx({"dates": 1 / 3, "dates_of_given": 1 / 2})


def test_a_reader_that_cannot_run_is_listed_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(tmp_path, "warcio.py").write_text("raise ImportError('no warcio here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    path = tmp_path / "pages.warc.gz"
    run, read = run_reader("wet", "warcio", [path], path, sorted(FIRST_CORE), most=None, python=Path(sys.executable))
    assert (run, read) == ({"tool": "warcio", "cores": 1, "reason": "ImportError: no warcio here"}, [])
    assert table_of([run], "none", {"number": ("n", None)}).row_count == 1
