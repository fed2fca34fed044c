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
