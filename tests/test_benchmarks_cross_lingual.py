"""Pools across languages are what they say, and what is found of them is counted as a slow loop would."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import random
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import syndetect
from syndetect.anchors.weights import EXTRACTED, load_weights

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from cross_lingual import main, truth_frame
from cross_lingual_mt import Route, engines, side_by_side, translate, without_marks
from cross_lingual_noise import make_unrelated, unrelated_truth, words_of, write_unrelated
from cross_lingual_pools import LAG_DAYS, TRIPLE, Page, Plan, cut, make_stories, read_around, truth_row, write_pool
from cross_lingual_scale import growth
from cross_lingual_score import (
    Found,
    curve,
    found_in,
    pair_figures,
    recall_by,
    run_here,
    story_figures,
    threshold_at,
    together,
)
from cross_lingual_sources import (
    Documents,
    Text,
    halves,
    language_code,
    read_translations,
    same_event,
    sample_stories,
    without,
)
from cross_lingual_spelling import Syllable, draw_names, spell

SAMPLE = sample_stories()


def write_checkout(folder: Path) -> Path:
    """A checkout of two documents of two and one sentences."""
    (folder / "NTREX-128").mkdir(parents=True)
    (folder / "DOCUMENT_IDS.tsv").write_text("one.1\none.1\ntwo.2\n")
    for name, lines in {
        "src.eng": ["A. ", "B", "C"], "ref.eng-GB": ["A.", "B", "C"], "ref.eng-IN": ["A.", "Bee", "C"],
        "ref.arb": ["أ", "ب", "ج"], "ref.spa": ["a", "b", "c"], "ref-2.spa": ["a", "be", "c"],
        "ref.zho-CN": list("甲乙丙"),
    }.items():  # fmt: skip
        (folder / "NTREX-128" / f"newstest2019-{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_a_checkout_is_read_by_document_with_all_translations_into_one_language(tmp_path: Path) -> None:
    documents = read_translations(write_checkout(tmp_path))
    assert list(documents) == ["one.1", "two.2"]
    assert {language: len(texts) for language, texts in documents["one.1"].items()} == {
        "ar": 1,
        "en": 2,
        "es": 2,
        "zh": 1,
    }
    assert [text.sentences for text in documents["one.1"]["es"]] == [("a", "be"), ("a", "b")]
    assert documents["two.2"] == {
        name: [Text((last,))] for name, last in (("ar", "ج"), ("en", "C"), ("es", "c"), ("zh", "丙"))
    }


def test_rows_give_the_same_documents_as_a_checkout(tmp_path: Path) -> None:
    rows = [
        {"language": "arb", "document": "two.2", "sentences": ["ج"]},
        {"language": "spa-MX", "document": "two.2", "sentences": ["c"]},
    ]
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    whole = read_translations(write_checkout(tmp_path / "checkout"))
    assert read_translations(path)["two.2"].items() <= whole["two.2"].items()


@pytest.mark.parametrize("name", ["newstest2019-ref.deu.txt", "notes.txt"])
def test_a_checkout_with_another_number_of_lines_or_a_strange_file_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_checkout(tmp_path)
    (folder / "NTREX-128" / name).write_text("only one\n")
    if name == "notes.txt":
        (folder / "NTREX-128" / name).rename(folder / "NTREX-128" / "newstest2019-notes.txt")
    with pytest.raises(ValueError, match=r"fetch both anew|take it out"):
        read_translations(folder)


@pytest.mark.parametrize(
    ("name", "code"), [("arb", "ar"), ("zho-TW", "zh"), ("eng-US", "en"), ("nob", "nb"), ("prs", "fa"), ("hmn", "hmn")]
)
def test_languages_are_called_as_the_tool_calls_them(name: str, code: str) -> None:
    assert language_code(name) == code


def test_halves_are_all_documents_each_once() -> None:
    one, other = halves(SAMPLE)
    assert one.keys() | other.keys() == SAMPLE.keys()
    assert not one.keys() & other.keys()
    assert without(SAMPLE, one) == other


def test_documents_of_one_event_are_told_by_rare_names_that_both_have() -> None:
    told = {
        "a": "Then Kubrat met Zlatan and Ondine in London.", "b": "At noon Kubrat left, and Zlatan and Ondine stayed.",
        "c": "Then Kubrat met Zlatan in London, said Bob.", "d": "We saw London and then London again.",
    }  # fmt: skip
    filler = {f"x{i}": {"en": [Text((f"It rained in London {i}.",))]} for i in range(40)}
    assert same_event({name: {"en": [Text((text,))]} for name, text in told.items()} | filler) == {("a", "b")}


def made(seed: int, plan: Plan | None = None, documents: Documents = SAMPLE) -> list[Page]:
    return make_stories(documents, plan or Plan(), random.Random(seed), {})


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_pool(tmp_path: Path) -> None:
    files = [
        write_pool(tmp_path / name, made(seed), random.Random(seed))[0] for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    crawls, truths = (
        [path.with_name(name).read_bytes() for path in files] for name in ("crawl.jsonl.gz", "truth.jsonl")
    )
    assert crawls[0] == crawls[1] != crawls[2]
    assert truths[0] == truths[1] != truths[2]


def test_a_page_stands_in_one_story_and_says_what_its_document_or_a_stranger_says() -> None:
    everything = {
        s for texts in SAMPLE.values() for versions in texts.values() for text in versions for s in text.sentences
    }
    for seed in range(5):
        pages = made(seed)
        assert len({page.url for page in pages}) == len(pages)
        for page in pages:
            own = {s for text in SAMPLE[page.story][page.language] for s in text.sentences}
            assert page.sentences[0] in own
            assert set(page.sentences) <= (everything if page.kind in ("cut", "twice") else own)
        for _, story in itertools.groupby(pages, key=lambda page: page.story):
            first, *later = story
            assert all(0 <= (page.published - first.published).total_seconds() < LAG_DAYS * 86_400 for page in later)


@pytest.mark.parametrize(("kind", "most"), [("six", 6), ("three", 3)])
def test_short_stories_keep_their_first_sentences(kind: str, most: int) -> None:
    for page in made(1, Plan(((kind, 1),))):
        assert any(page.sentences == text.sentences[:most] for text in SAMPLE[page.story][page.language])


def test_an_excerpt_is_a_run_of_sentences_beside_the_whole() -> None:
    parts = 0
    for _, story in itertools.groupby(made(1, Plan((("excerpt", 1),))), key=lambda page: page.story):
        first, *later = story
        assert first.sentences in [text.sentences for text in SAMPLE[first.story][first.language]]
        for page in later:
            whole = [text.sentences for text in SAMPLE[page.story][page.language]]
            n = len(page.sentences)
            assert any(page.sentences == text[i : i + n] for text in whole for i in range(len(text)))
            parts += n < max(map(len, whole))
    assert parts > 3


def test_a_triple_stands_in_arabic_english_and_persian_and_twice_has_two_pages_in_a_language() -> None:
    texts = {language: [Text(tuple(f"{language} {i}." for i in range(12)))] for language in (*TRIPLE, "de")}
    for kind, wanted in (("triple", {1}), ("twice", {2})):
        pages = made(3, Plan(((kind, 1),)), {"d": texts})
        languages = [page.language for page in pages]
        assert {max(languages.count(language) for language in languages)} == wanted
        assert kind != "triple" or set(languages) == set(TRIPLE)


def test_cutting_keeps_the_headline_and_the_order() -> None:
    text = [f"s{i}" for i in range(20)]
    for seed in range(30):
        kept = cut(text, ["strange"], random.Random(seed))
        own = [s for s in kept if s != "strange"]
        assert own[0] == kept[0] == "s0"
        assert own == sorted(own, key=text.index)
        assert kept.count("strange") <= 3


def test_pages_of_another_dump_are_taken_unless_their_story_is_told(tmp_path: Path) -> None:
    crawl, truth = write_pool(tmp_path, made(1), random.Random(1))
    told = sorted({str(row["story"]) for row in truth})
    left = read_around(crawl, {told[0]: {}})
    assert {row["url"] for row, _ in left} == {row["url"] for row in truth if row["story"] != told[0]}
    assert {mark["kind"] for _, mark in left} == {"unrelated"}


NAME: tuple[Syllable, ...] = (("m", "a", ""), ("r", "i", "n"))


@pytest.mark.parametrize(
    ("script", "spelled"),
    [
        ("Latn", "marin"), ("Cyrl", "марин"), ("Grek", "μαριν"), ("Arab", "مارين"), ("Aran", "مارین"), ("Hebr", "מרין"),
        ("Thai", "มารีน"), ("Deva", "मारिन"), ("Jpan", "マリン"), ("Kore", "마린"),
    ],
)  # fmt: skip
def test_a_name_is_spelled_in_every_script(script: str, spelled: str) -> None:
    assert spell(NAME, script) == spelled


def test_final_letters_are_final_and_han_takes_a_character_a_syllable() -> None:
    assert spell((("s", "a", "m"), ("o", "u", ""))[:1], "Hebr").endswith("ם")
    assert spell((("n", "i", "s"),), "Grek").endswith("ς")
    assert len(spell(NAME, "Hans")) == 2
    names = draw_names(200, np.random.default_rng(1))
    assert len({spell(name, "Latn") for name in names}) > 190


def test_unrelated_pages_are_the_same_by_seed_in_every_language_and_alone_in_their_story(tmp_path: Path) -> None:
    words = words_of(SAMPLE)
    assert len(words) >= 12
    pages = pl.concat(list(make_unrelated(120, words, seed=3)))
    assert pages.equals(pl.concat(list(make_unrelated(120, words, seed=3))))
    assert not pages["text"].equals(pl.concat(list(make_unrelated(120, words, seed=4)))["text"])
    assert pages.height == pages["url"].n_unique() == 120
    assert set(pages["language"]) == set(words)
    assert (pages["title"].str.len_chars() > 3).all()
    truth = unrelated_truth(pages)
    assert truth["story"].n_unique() == 120
    told = truth_row(made(1)[0])
    assert set(truth.columns) == told.keys() - {"n_sentences"}
    crawl, known = write_unrelated(tmp_path, 120, words, seed=3)
    assert len(gzip.decompress(crawl.read_bytes()).splitlines()) == len(known.read_bytes().splitlines()) == 120


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Path, pl.DataFrame]:
    """A pool of the sample stories among sixty unrelated pages, run through the pipeline."""
    folder = tmp_path_factory.mktemp("pool")
    crawl, truth = write_pool(folder, made(5), random.Random(5))
    around, _ = write_unrelated(folder, 60, words_of(SAMPLE, ["en", "ru", "ar"]), seed=5)
    run_here([crawl, around], folder / "store.duckdb", None)
    return found_in(folder / "store.duckdb", truth_frame(truth)), folder / "store.duckdb", truth_frame(truth)


def test_a_pool_is_found_by_the_pipeline(scored: tuple[Found, Path, pl.DataFrame]) -> None:
    figures = story_figures(scored[0])["across"]
    assert figures["precision"] > 0.9
    assert figures["recall"] > 0.8


def test_a_run_weighs_by_what_was_learnt_for_it_and_the_next_by_what_comes_with_it(tmp_path: Path) -> None:
    crawl, truth = write_pool(tmp_path, made(5, Plan((("whole", 1),)))[:12], random.Random(5))
    known = load_weights()
    joined = []
    for learnt in ({EXTRACTED: replace(known, last=np.append(known.last[:-1], -60.0))}, None):
        run_here([crawl], tmp_path / "store.duckdb", learnt)
        joined.append(int(found_in(tmp_path / "store.duckdb", truth_frame(truth)).judged["same"].sum()))
    assert joined[0] == 0 < joined[1]
    assert load_weights() is known


def test_pairs_in_one_story_are_counted_as_a_slow_loop_counts_them(scored: tuple[Found, Path, pl.DataFrame]) -> None:
    found, store, truth = scored
    with syndetect.open(store) as archive:
        member = dict(archive.query("SELECT url, story_id FROM story_members").iter_rows())
        named = dict(archive.query("SELECT url, language FROM documents").iter_rows())
    story, language = dict(truth.select("url", "story").iter_rows()), dict(truth.select("url", "language").iter_rows())
    right = given = wanted = 0
    for a, b in itertools.combinations(sorted(named), 2):
        if language.get(a, named[a]) == language.get(b, named[b]):
            continue
        same, joined = story.get(a, a) == story.get(b, b), a in member and member.get(a) == member.get(b)
        right, given, wanted = right + (same and joined), given + joined, wanted + same
    figures = story_figures(found)["across"]
    assert figures == pytest.approx(
        {"precision": right / given, "recall": right / wanted, "f1": 2 * right / (given + wanted)}
    )
    assert found.true.filter(~pl.col("together"))["why"].null_count() == 0
    assert found.n_store == len(named)


def test_figures_of_judged_pairs_are_those_of_a_slow_loop() -> None:
    rng = random.Random(1)
    rows = [(rng.gauss(3 if label else -1, 2), label) for label in [True] * 40 + [False] * 90]
    judged = pl.DataFrame(rows, schema=["score", "label"], orient="row").with_columns(
        (pl.col("score") >= 0).alias("same")
    )
    true = pl.DataFrame({"score": [score for score, label in rows if label] + [None] * 10})
    true = true.with_columns(same=pl.col("score") >= 0, together=pl.col("score") >= 1)
    found = Found(true, judged, judged, 50, 0, 100, 100, 1.0)
    figures = pair_figures(found)
    best: dict[float, float] = {0.95: 0.0, 0.99: 0.0}
    f1 = 0.0
    for threshold, _ in rows:
        taken = [label for score, label in rows if score >= threshold]
        f1 = max(f1, 2 * sum(taken) / (len(taken) + 50))
        for share, recall in best.items():
            if sum(taken) >= share * len(taken):
                best[share] = max(recall, sum(taken) / 50)
    assert figures["best_f1"] == pytest.approx(f1)
    assert {share: figures[f"recall_at_{share:.2f}"] for share in best} == pytest.approx(best)
    assert figures["candidate_recall"] == pytest.approx(0.8)
    assert curve(found, [0.0])[0]["precision"] == pytest.approx(figures["precision_in_use"])
    precise = [score for score, _ in rows if score >= threshold_at(found, 0.95)]
    assert len([1 for score, label in rows if label and score in precise]) / 50 == pytest.approx(best[0.95])
    assert recall_by(found, pl.lit("all"))["at_p95"].to_list() == pytest.approx([best[0.95]])
    assert pair_figures(together([found, found])) == pytest.approx({**figures, "true_pairs": 100.0})


def test_growth_is_one_for_n_log_n_and_more_for_squares() -> None:
    sizes = [10_000, 30_000, 100_000]
    assert growth(sizes, [n * math.log(n) / 1e4 for n in sizes])["exponent_of_n_log_n"] == pytest.approx(1)
    assert growth(sizes, [n * n / 1e7 for n in sizes])["exponent_of_n"] == pytest.approx(2)
    assert growth([10_000], [1.0]) == {}


def test_marks_of_unknown_words_are_taken_off_and_others_stay() -> None:
    assert without_marks("*Vučić said #go to @casa, 3 * 4, #1") == "Vučić said go to casa, 3 * 4, #1"


def test_human_and_machine_pools_differ_in_the_target_language_alone() -> None:
    texts = {name: [Text((name, "x"))] for name in ("es", "en", "de", "zh")}
    route, text = Route("spa-eng", "es", "en"), Text(("by machine", "y"), machine=True)
    human, machine, chosen = side_by_side(
        {"d": texts, "e": {"de": texts["de"]}}, {route: {"d": text}}, random.Random(1)
    )
    assert chosen == {"d": route}
    assert machine["d"].pop("en") == [text]
    assert human["d"].pop("en") == texts["en"]
    assert human == machine


@pytest.mark.skipif("spa-eng" not in engines(), reason="needs apertium-eng-spa")
def test_each_sentence_is_translated_by_itself() -> None:
    assert shutil.which("apertium")
    done = translate(["El presidente dijo algo", "Marzxqo llegó.", "  "], "spa-eng")
    assert len(done) == 3
    assert "president" in done[0]
    assert done[1].startswith("Marzxqo")


def test_the_command_writes_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "figures.json"
    command = f"cross_lingual.py pools --sample --pools 1 --kinds whole --languages en,ru,ar --worst 2 --json {out}"
    monkeypatch.setattr(sys, "argv", command.split())
    main()
    figures = json.loads(out.read_text())
    assert figures["stories"]["across"]["precision"] == 1
    assert figures["one_event"]["in_one_story"] == 0
    assert {"curve", "by_pair", "by_length", "missed", "wrong_pairs"} <= figures.keys()
