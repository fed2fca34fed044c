"""A store that tells enough stories in two languages is looked at once more, with the words that they teach."""

from __future__ import annotations

import json
import random
from pathlib import Path

from conftest import assert_same, run, views, write_lines
from made_up_languages import N_WORDS, tell

import syndetect
from syndetect.anchors.lexicon.learn import LEAST_STORIES
from syndetect.settings import Settings

HARD, N_HARD = 1_000, 20
"""The first of the stories that few marks tell, and how many there are."""
COMMONNESS = [1 / (n + 10) for n in range(N_WORDS)]


def pages_of(number: int, n_numbers: int, greatest: int) -> list[dict[str, object]]:
    """A story of twelve sentences in two languages: the first so many of these have a number each."""
    rng = random.Random(number)
    told = [rng.choices(range(N_WORDS), COMMONNESS, k=9) for _ in range(12)]
    numbers = [rng.randrange(2, greatest) for _ in range(n_numbers)]
    pages: list[dict[str, object]] = []
    for language, site in (("el", "west"), ("hy", "east")):
        sentences = tell(told, language, rng).split(". ")
        for i, value in enumerate(numbers):
            sentences[i] += f" {value}"
        record = {"url": f"https://{site}{number}.example/{number}", "title": f"{number}"}
        pages.append({**record, "text": ". ".join(sentences), "date_download": f"2026-03-01 10:{number % 60:02}:00"})
    return pages


def crawl(path: Path, n_clear: int, n_hard: int = N_HARD, *, seed: int = 0) -> Path:
    """Stories that rare numbers tell, and stories with a few common ones."""
    records = [page for i in range(n_clear) for page in pages_of(i, 12, 100_000)]
    records += [page for i in range(HARD, HARD + n_hard) for page in pages_of(i, 5, 30)]
    random.Random(seed).shuffle(records)
    return write_lines(path, *records)


def found(store: Path) -> tuple[list[int], int]:
    """The stories that were found, by number, and how many groups hold pages of several."""
    groups: dict[str, list[int]] = {}
    for url, story in views(store)["story_members"].select("url", "story_id").iter_rows():
        groups.setdefault(story, []).append(int(url.rsplit("/", 1)[1]))
    several = [group for group in groups.values() if len(group) > 1]
    return sorted(group[0] for group in several if group == [group[0]] * 2), sum(len(set(g)) > 1 for g in several)


def words_shared(store: Path) -> list[int]:
    """Learnt words that the pages of each story share."""
    with syndetect.open(store) as archive:
        evidence = archive.query("SELECT evidence FROM pairs WHERE relation = 'translation'")["evidence"]
    return [json.loads(told).get("words_shared", 0) for told in evidence]


def test_words_learnt_are_marks_of_all_pages(tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    run(store, crawl(tmp_path / "crawl.jsonl", 2 * LEAST_STORIES))
    right, several = found(store)
    assert [number for number in right if number < HARD] == list(range(2 * LEAST_STORIES))
    assert len([number for number in right if number >= HARD]) > 0.8 * N_HARD
    assert several == 0
    assert min(words_shared(store)) > 10


def test_too_few_stories_teach_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    run(store, crawl(tmp_path / "crawl.jsonl", LEAST_STORIES - 1, 0))
    assert found(store) == (list(range(LEAST_STORIES - 1)), 0)
    assert set(words_shared(store)) == {0}


def test_what_is_learnt_depends_neither_on_threads_nor_on_the_order_of_pages(tmp_path: Path) -> None:
    stores = [tmp_path / "one.duckdb", tmp_path / "other.duckdb"]
    for seed, store in enumerate(stores):
        dump = crawl(tmp_path / f"{seed}.jsonl", LEAST_STORIES, seed=seed)
        run(store, dump, settings=Settings(threads=1 + seed))
    assert max(words_shared(stores[0])) > 10
    assert_same(*stores, inputs=False)
