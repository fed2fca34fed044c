"""Any split of the input into runs, in any order, gives what one run over all of it gives."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
import pytest
from conftest import assert_same, run, views, write_lines
from hard_pages import Record, edited, hard_pages, record, words
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from syndetect.crawl import Options, find_inputs
from syndetect.pipeline import STAGES
from syndetect.pipeline.intake import read_inputs
from syndetect.pipeline.ledger import silent
from syndetect.settings import Settings
from syndetect.store import Store, sql_text

SMALL = Settings(max_bucket=4, max_passage_bucket=3)
"""Buckets that the pages of the test fill."""
OTHER = Settings(max_bucket=4, max_passage_bucket=3, least_passage=25, boilerplate_pages=2, least_words=40)
PAGES = hard_pages()
N_RUNS = 5


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("at_once")
    run(folder / "s.duckdb", write_lines(folder / "all.jsonl", *PAGES), settings=SMALL)
    return folder / "s.duckdb"


def test_the_pages_hold_what_they_are_to_try(at_once: Path) -> None:
    found = views(at_once)
    kinds = dict(found["documents"].select("url", "kind").rows())
    assert kinds["https://digest-one.example/a"] == "digest"
    assert kinds["https://digest-two.example/a"] == "article"
    assert len(found["pairs"].filter(pl.col("left_url").str.contains("short"))) == 1
    texts = dict(found["documents"].select("url", "text").rows())
    assert "\n" not in texts["https://paper.example/0"]
    assert "\n" in texts["https://gazette.example/0"]
    assert ("\n" in texts["https://m.mirror.example/a"], "\n" in texts["https://mirror.example/0"]) == (True, False)
    assert {"exact", "near-duplicate", "excerpt", "translation"} <= set(found["pairs"]["relation"])
    resolved = found["claims"].filter(kind="attribution")["site"].to_list()
    assert resolved.count("harbourherald.example") == 3


def test_a_page_ceases_to_be_a_digest_when_what_it_carried_is_fetched_with_another_text(
    at_once: Path, tmp_path: Path
) -> None:
    sites = tuple(f"https://{site}{n}.example/" for site in ("item", "again") for n in (21, 22))
    later = [page for page in PAGES if str(page["url"]).startswith(sites) and "03-09" in str(page["date_download"])]
    one = write_lines(tmp_path / "1.jsonl", *(page for page in PAGES if page not in later))
    two = write_lines(tmp_path / "2.jsonl", *later)
    run(tmp_path / "s.duckdb", one, settings=SMALL)
    kinds = dict(views(tmp_path / "s.duckdb")["documents"].select("url", "kind").rows())
    assert (len(later), kinds["https://digest-two.example/a"]) == (4, "digest")
    run(tmp_path / "s.duckdb", one, two, settings=SMALL)
    assert_same(at_once, tmp_path / "s.duckdb", inputs=False)


def left_over(path: Path) -> list[str]:
    """Columns of tables that name documents which are no more; keys of texts, and facts, that stand twice."""
    with Store.open(path) as store:
        columns = store.rows(
            "SELECT table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name)"
            " WHERE column_name IN ('doc_id', 'left_id', 'right_id', 'parent_id')"
            " AND table_name NOT IN ('sighting', 'version')"
        )
        gone = "SELECT count(*) FROM {table_name} WHERE {column_name} NOT IN (SELECT doc_id FROM document)"
        found = [f"{row['table_name']}.{row['column_name']}" for row in columns if store.count(gone.format(**row))]
        for table, key in {
            "signed_text": "text_key",
            "meta": "key",
            "story_text": "doc_id",
            "document": "url_key",
        }.items():
            if store.count(f"SELECT count(*) - count(DISTINCT {key}) FROM {table}"):
                found.append(f"{table}.{key}")
    assert len(columns) >= 14
    return found


def sizes(path: Path) -> dict[str, int]:
    """Rows of the tables that are the same whatever the runs were; keys of dead texts may stay for a while."""
    own = ("meta", "run", "input_file", "signed_text", "band_key", "fingerprint")
    with Store.open(path) as store:
        tables = [str(row["table_name"]) for row in store.rows("SELECT table_name FROM duckdb_tables()")]
        return {table: store.count(f"SELECT count(*) FROM {table}") for table in tables if table not in own}


def split(seed: int) -> list[list[Record]]:
    """The pages in two to five lists, each in an order of its own.

    Drawn from a seed: of what hypothesis draws itself the first examples put nearly all pages into one list.
    """
    chosen = random.Random(seed)
    parts: list[list[Record]] = [[] for _ in range(chosen.randint(2, N_RUNS))]
    for found in chosen.sample(PAGES, len(PAGES)):
        chosen.choice(parts).append(found)
    return parts


@settings(
    max_examples=5,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    seed=st.integers(0, 2**32),
    stops=st.lists(st.sampled_from([None, None, "crawl", *STAGES]), min_size=N_RUNS, max_size=N_RUNS),
    others=st.lists(st.sampled_from([SMALL, SMALL, SMALL, OTHER]), min_size=N_RUNS, max_size=N_RUNS),
    tidy=st.sampled_from([(0.25, 0.1), (0.0, 0.0), (9.0, 0.0), (9.0, 9.0)]),
)
def test_increments_equal_one_run(
    at_once: Path,
    seed: int,
    stops: list[str | None],
    others: list[Settings],
    tidy: tuple[float, float],
) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr("syndetect.pipeline.matching.MOST_UNSORTED", tidy[0])
        patch.setattr("syndetect.pipeline.matching.MOST_DEAD", tidy[1])
        folder, inputs = Path(name), []
        for n, part in enumerate(split(seed)):
            inputs.append(write_lines(folder / f"{n}.jsonl", *part))
            run(folder / "s.duckdb", *inputs, stop_after=stops[n], settings=others[n])
        run(folder / "s.duckdb", *inputs, settings=SMALL)
        assert_same(at_once, folder / "s.duckdb", inputs=False)
        assert left_over(folder / "s.duckdb") == []
        assert sizes(folder / "s.duckdb") == sizes(at_once)


def test_a_pair_is_compared_anew_when_a_site_begins_to_repeat_a_line(tmp_path: Path) -> None:
    site = [record(f"paper.example/{n}", f"{words(n)}\n{words(9, 70)}", 2 + n) for n in range(3)]
    copy = record("copy.example/a", f"{words(0)}\n{words(8, 30)}", 7)
    one, two = write_lines(tmp_path / "1.jsonl", copy, site[0]), write_lines(tmp_path / "2.jsonl", *site[1:])
    run(tmp_path / "steps.duckdb", one)
    before = views(tmp_path / "steps.duckdb")["pairs"]["similarity"].to_list()
    run(tmp_path / "steps.duckdb", one, two)
    run(tmp_path / "once.duckdb", one, two)
    assert views(tmp_path / "steps.duckdb")["pairs"]["similarity"].to_list() > before
    assert_same(tmp_path / "once.duckdb", tmp_path / "steps.duckdb", inputs=False)


def test_a_run_that_ends_early_leaves_no_pair_of_a_text_that_is_to_be_cut_anew(tmp_path: Path) -> None:
    site = [record(f"paper.example/{n}", f"{words(n)}\n{words(9, 70)}", 2 + n) for n in range(3)]
    one = write_lines(tmp_path / "1.jsonl", site[0], record("copy.example/a", f"{words(0)}\n{words(8, 30)}", 7))
    run(tmp_path / "s.duckdb", one)
    assert len(views(tmp_path / "s.duckdb")["pairs"]) == 1
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "2.jsonl", *site[1:]), stop_after="boilerplate")
    assert views(tmp_path / "s.duckdb")["pairs"].is_empty()


@pytest.mark.parametrize("stop", [None, "crawl", "verify"])
def test_a_setting_that_is_changed_and_changed_back_leaves_no_trace(tmp_path: Path, stop: str | None) -> None:
    short = [record(f"short{n}.example/a", words(1, 35), 2 + n) for n in range(2)]
    one, two = write_lines(tmp_path / "1.jsonl", *short), write_lines(tmp_path / "2.jsonl", record("b/a", words(2), 2))
    run(tmp_path / "once.duckdb", one, two)
    path = tmp_path / "steps.duckdb"
    run(path, one)
    assert len(views(path)["pairs"]) == 1
    run(path, one, settings=Settings(least_words=40), stop_after=stop)
    assert views(path)["pairs"].is_empty()
    run(path, one, two)
    assert_same(tmp_path / "once.duckdb", path)


def test_a_page_of_which_other_lines_are_credits_now_is_cut_anew(tmp_path: Path) -> None:
    """Another version of syndetect may know other phrases."""
    one = write_lines(tmp_path / "1.jsonl", record("a.example/a", f"{words(1)}.\nSource: Harbour Herald", 2))
    two = write_lines(tmp_path / "2.jsonl", record("b.example/a", words(2), 2))
    path = tmp_path / "s.duckdb"
    run(path, one)
    with Store.create_or_open(path, Settings().shaping()) as store:
        assert store.count("SELECT count(*) FROM claim WHERE kind = 'attribution'") == 1
        store.con.execute("DELETE FROM claim")
        store.con.execute("UPDATE story_text SET text = 'cut without the phrase'")
    run(path, one, two)
    assert views(path)["documents"]["text"].to_list() == [f"{words(1)}.", words(2)]


def test_a_host_that_becomes_known_cuts_no_text_anew(tmp_path: Path) -> None:
    one = write_lines(tmp_path / "1.jsonl", record("a.example/a", f"{words(1)}.\nSource: Harbour Herald", 2))
    two = write_lines(tmp_path / "2.jsonl", record("harbourherald.example/a", words(2), 2))
    path = tmp_path / "s.duckdb"
    run(path, one)
    with Store.create_or_open(path, Settings().shaping()) as store:
        store.con.execute("UPDATE story_text SET text = 'as it was'")
    run(path, one, two)
    found = views(path)
    assert found["claims"].filter(kind="attribution")["site"].to_list() == ["harbourherald.example"]
    assert found["documents"]["text"].to_list() == ["as it was", words(2)]


@pytest.mark.parametrize(("was", "is_now"), [("article", "list"), ("digest", "article")])
def test_a_page_that_has_become_of_another_kind_is_signed_anew(tmp_path: Path, was: str, is_now: str) -> None:
    """Titles tell kinds, too: the same text at the same address may be an article, then a list."""
    pages = [record(f"s{n}.example/a", words(1), 2 + n) for n in range(2)]
    one = write_lines(tmp_path / "1.jsonl", *pages)
    path = tmp_path / "s.duckdb"
    for kind in (was, is_now):
        with Store.create_or_open(path, Settings().shaping()) as store:
            if kind == was:
                read_inputs(store, find_inputs([str(one)]), watch=silent, options=Options(), jobs=1)
            store.con.execute("UPDATE document SET kind = ?", [kind])
            store.clear_derived(keep_lasting=True)
            for stage in ("times", "claims", "boilerplate", "signatures"):
                STAGES[stage](store, Settings())
            texts = store.frame("SELECT kind, text_key IS NULL AS bare FROM story_text").unique().rows()
            assert texts == [(kind, kind != "article")]
            # As if the page had been found to be a digest.
            store.con.execute("UPDATE story_text SET kind = 'digest'")


@pytest.mark.parametrize("column", ["kind", "site_name", "based_on", "links"])
def test_of_two_fetches_in_one_moment_the_file_they_stood_in_does_not_decide(tmp_path: Path, column: str) -> None:
    dump = write_lines(tmp_path / "1.jsonl", record("a.example/a", words(1), 2))
    left, right = ("'wall'", "'other'") if column in ("kind", "site_name") else ("['wall']", "['other']")
    kept: list[tuple[object, ...]] = []
    for first, second in ((left, right), (right, left)):
        with Store.create_or_open(tmp_path / f"{len(kept)}.duckdb", Settings().shaping()) as store:
            read_inputs(store, find_inputs([str(dump)]), watch=silent, options=Options(), jobs=1)
            store.con.execute(f"UPDATE document SET {column} = {first}")
            store.con.execute(
                f"INSERT INTO document SELECT * REPLACE ({second} AS {column}, 'z' AS path) FROM document"
            )
            store.con.execute(sql_text("settle_documents.sql"))
            kept += store.frame(f"SELECT {column} FROM document").rows()
    assert kept[0] == kept[1]


def test_a_page_whose_file_holds_nothing_any_more_leaves_its_story(tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.txt" for n in range(3)]
    for file in files:
        file.write_text(words(1))
    run(tmp_path / "s.duckdb", *files)
    assert views(tmp_path / "s.duckdb")["stories"]["n_documents"].to_list() == [3]
    files[0].write_text("")
    assert run(tmp_path / "s.duckdb", *files).changed
    found = views(tmp_path / "s.duckdb")
    assert found["stories"]["n_documents"].to_list() == [2]
    assert len(found["provenance"]) == len(found["story_members"]) == len(found["documents"]) == 2
    with Store.open(tmp_path / "s.duckdb") as store:
        for table in ("story_text", "claim", "judged_pair", "copy_group"):
            key = "left_id" if table == "judged_pair" else "doc_id"
            gone = f"SELECT count(*) FROM {table} WHERE {key} NOT IN (SELECT doc_id FROM document)"
            assert store.count(gone) == 0, table


KILLED = """
import os, signal, sys
import syndetect
from syndetect.pipeline import run

def watch(stage, done, total):
    if stage == "provenance":
        os.kill(os.getpid(), signal.SIGKILL)

run(sys.argv[2:], store=sys.argv[1], watch=watch)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no signal that can't be caught")
def test_a_run_that_is_killed_leaves_the_store_as_it_was_or_none(tmp_path: Path) -> None:
    one = write_lines(tmp_path / "1.jsonl", *(record(f"s{n}.example/a", edited(words(1), n), 2) for n in range(4)))
    two = write_lines(tmp_path / "2.jsonl", *(record(f"t{n}.example/a", edited(words(1), 9 + n), 3) for n in range(4)))
    path, fresh, once = (tmp_path / f"{name}.duckdb" for name in ("s", "fresh", "once"))
    run(once, one, two)
    run(path, one)
    before = views(path)
    for store in (path, fresh):
        code = subprocess.run([sys.executable, "-c", KILLED, store, one, two], check=False).returncode
        assert code == -signal.SIGKILL
    assert not fresh.exists()
    after = views(path)
    assert all(before[name].equals(after[name]) for name in before)
    for store in (path, fresh):
        run(store, one, two)
        assert_same(once, store)
    assert {file.name for file in tmp_path.glob("*.duckdb*")} == {"s.duckdb", "fresh.duckdb", "once.duckdb"}
