"""The corpora of the benchmarks are what they say, and the scorer counts what it says."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from copies_corpus import Parameters, make_corpus


def shingles(text: str, language: str) -> set[tuple[str, ...]]:
    """Shingles of five tokens of a written text, the slow way."""
    if language in {"zh", "ja", "th"}:
        words = [c for c in text if not c.isspace() and c != "。"]
    else:
        words = [word.strip(".।") for word in text.lower().split()]
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


@pytest.mark.parametrize("language", ["en", "ru", "ar", "fa", "he", "hi", "zh", "ja", "th", "ko"])
def test_the_planted_jaccard_is_that_of_the_written_texts(tmp_path: Path, language: str) -> None:
    corpus, truth = make_corpus(Parameters(150, language), tmp_path)
    sets = [shingles(text, language) for text in pl.read_parquet(corpus)["text"]]
    pairs = pl.read_parquet(truth)
    assert pairs.height > 20
    for left, right, jaccard in pairs.select("left", "right", "jaccard").iter_rows():
        assert jaccard == pytest.approx(len(sets[left] & sets[right]) / len(sets[left] | sets[right]), abs=1e-12)


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
