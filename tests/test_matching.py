"""What matching keeps from run to run: texts, keys, compared pairs; any split of the documents gives the same."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from conftest import WORDS
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from syndetect.pipeline import matching
from syndetect.settings import Settings
from syndetect.store import Store

SMALL = Settings(max_bucket=4, max_passage_bucket=3, least_words=10, least_passage=20)
STAGES = (matching.sign_texts, matching.pair_texts, matching.judge_texts, matching.group_copies)
RESULTS = {
    "candidate_pair": "SELECT * FROM candidate_pair",
    "judged_pair": "SELECT * REPLACE (evidence::VARCHAR AS evidence) FROM judged_pair",
    "copy_group": "SELECT * FROM copy_group",
    "band_skipped": "SELECT * FROM band_skipped",
    "story_text": "SELECT * FROM story_text",
    # The numbers of texts are as they came; what stands under them is not.
    "band_key": "SELECT band, key, text_key FROM band_key JOIN signed_text USING (text_no) SEMI JOIN story_text USING"
    " (text_key)",
    "fingerprint": "SELECT key, text_key FROM fingerprint JOIN signed_text USING (text_no) SEMI JOIN story_text USING"
    " (text_key)",
}


@dataclass(frozen=True)
class Page:
    """A document of a crawl: its number, the fetch, its text, the hour it was crawled."""

    number: int
    fetch: int
    text: str
    hour: int

    @property
    def doc_id(self) -> int:
        return 1 + hash((self.number, self.fetch)) % (1 << 60)


def pages_of(chosen: random.Random) -> list[Page]:
    """Pages made of a few passages, whole or cut, some in words of their own, some fetched twice."""
    passages = [" ".join(chosen.choices(WORDS.split(), k=chosen.randint(8, 45))) for _ in range(6)]
    found = []
    for number in range(chosen.randint(8, 40)):
        for fetch in range(1 + (chosen.random() < 0.2)):
            parts = chosen.choices(passages, k=chosen.randint(1, 3))
            if chosen.random() < 0.5:
                parts.append(" ".join(chosen.choices(WORDS.split(), k=chosen.randint(1, 40))))
            words = " ".join(parts).split()
            cut = words[chosen.choice([0, 0, 5]) :]
            found.append(Page(number, fetch, " ".join(cut), chosen.randint(0, 5)))
    return found


def add(store: Store, pages: list[Page]) -> None:
    """Put pages into the table of documents, the last fetch of each in place of those before it."""
    start = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    rows = [
        {
            "doc_id": page.doc_id, "record": page.fetch, "url": f"https://s{page.number}.example/",
            "url_key": str(page.number), "site": f"s{page.number}.example", "page_text": page.text, "language": "en",
            "kind": "article", "first_crawled_at": start + dt.timedelta(hours=page.hour),
        }
        for page in pages
    ]  # fmt: skip
    schema = {"doc_id": pl.UInt64, "record": pl.UInt32}
    store.append("document", pl.DataFrame(rows, schema_overrides=schema))
    newest = "SELECT max(record) FROM document o WHERE o.url_key = document.url_key"
    store.con.execute(f"DELETE FROM document WHERE record < ({newest})")


def grow(path: Path, runs: list[list[Page]], chosen: Settings = SMALL) -> None:
    """One run after the other, each in a transaction of its own."""
    for pages in runs:
        with Store.create_or_open(path, chosen.shaping()) as store:
            add(store, pages)
            store.clear_derived(keep_lasting=True)
            for stage in STAGES:
                stage(store, chosen)


def results(path: Path) -> dict[str, pl.DataFrame]:
    with Store.open(path) as store:
        return {name: store.frame(f"{query} ORDER BY ALL") for name, query in RESULTS.items()}


@settings(max_examples=10, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    seed=st.integers(0, 2**32),
    batch=st.sampled_from([2, 7, 20_000]),
    tidy=st.sampled_from([(0.25, 0.1), (0.0, 0.0), (9.0, 0.0), (9.0, 9.0)]),
    threads=st.sampled_from([1, 0]),
)
def test_any_split_of_the_documents_gives_the_same(
    seed: int, batch: int, tidy: tuple[float, float], threads: int
) -> None:
    chosen = random.Random(seed)
    pages = pages_of(chosen)
    runs: list[list[Page]] = [[] for _ in range(chosen.randint(2, 5))]
    for page in chosen.sample(pages, len(pages)):
        chosen.choice(runs).append(page)
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        grow(Path(name, "once"), [pages])
        patch.setattr(matching, "BATCH", batch)
        patch.setattr(matching, "KEYS_AT_A_TIME", 100 * batch)
        patch.setattr(matching, "MOST_UNSORTED", tidy[0])
        patch.setattr(matching, "MOST_DEAD", tidy[1])
        grow(Path(name, "steps"), runs, Settings(**{**SMALL.deciding(), "threads": threads}))  # type: ignore[arg-type]
        once, steps = results(Path(name, "once")), results(Path(name, "steps"))
    for table, frame in once.items():
        assert_frame_equal(frame, steps[table])
    assert len(once["judged_pair"])


def key_rows(path: Path) -> tuple[int, int, int, int]:
    """Texts; rows of both tables of keys; up to which text keys are sorted."""
    with Store.open(path) as store:
        tables = ("signed_text", "band_key", "fingerprint")
        n_texts, n_bands, n_prints = (store.count(f"SELECT count(*) FROM {table}") for table in tables)
        return n_texts, n_bands, n_prints, store.count(matching.SORTED_UNTIL)


def is_sorted(path: Path) -> bool:
    with Store.open(path) as store:
        bands = store.frame("SELECT band, key, text_no FROM band_key ORDER BY rowid").rows()
        prints = store.frame("SELECT key, text_no FROM fingerprint ORDER BY rowid").rows()
    return bands == sorted(bands) and prints == sorted(prints)


def fresh(number: int, fetch: int = 0) -> Page:
    return Page(number, fetch, " ".join(random.Random(number * 10 + fetch).choices(WORDS.split(), k=60)), 1)


def test_keys_are_sorted_as_a_whole_when_a_quarter_of_the_texts_is_new(tmp_path: Path) -> None:
    path = tmp_path / "s"
    grow(path, [[fresh(n) for n in range(12)]])
    assert (key_rows(path)[3], is_sorted(path)) == (12, True)
    grow(path, [[fresh(n) for n in range(12, 16)]])
    assert (key_rows(path)[3], is_sorted(path)) == (12, False)
    grow(path, [[fresh(16)]])
    assert (key_rows(path)[3], is_sorted(path)) == (17, True)


def test_keys_of_texts_that_are_no_more_go_when_they_are_more_than_a_tenth(tmp_path: Path) -> None:
    path = tmp_path / "s"
    grow(path, [[fresh(n) for n in range(20)]])
    grow(path, [[Page(n, 1, fresh(0).text, 1)] for n in (18, 19)])
    assert key_rows(path)[0] == 20
    grow(path, [[Page(17, 1, fresh(0).text, 1)]])
    n_texts, n_bands, _, sorted_until = key_rows(path)
    assert (n_texts, n_bands, sorted_until) == (17, 17 * SMALL.band_layout.bands, 17)
    # Their numbers are given to other texts: these share nothing with what the numbers stood for.
    grow(path, [[fresh(30), fresh(31), fresh(32), fresh(19, 2)]])
    grow(
        tmp_path / "once",
        [
            [
                *(fresh(n) for n in range(17)),
                Page(17, 1, fresh(0).text, 1),
                Page(18, 1, fresh(0).text, 1),
                fresh(19, 2),
                *(fresh(n) for n in (30, 31, 32)),
            ]
        ],
    )
    once, steps = results(tmp_path / "once"), results(path)
    for table in RESULTS:
        assert_frame_equal(once[table], steps[table])


def test_other_settings_forget_how_far_keys_were_sorted(tmp_path: Path) -> None:
    path = tmp_path / "s"
    grow(path, [[fresh(n) for n in range(12)]])
    with Store.create_or_open(path, SMALL.shaping()) as store:
        store.clear_derived(keep_lasting=False)
        assert store.value(matching.SORTED_UNTIL) is None
