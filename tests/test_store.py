"""The store: never half of one, one row an address, locked and foreign ones refused."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from syndetect.errors import NoStoreError, RunError, StoreLockedError, StoreVersionError
from syndetect.store import Store

SHAPE = {"permutations": 128}


def make(path: Path) -> None:
    with Store.create_or_open(path, SHAPE):
        pass


def test_a_store_is_there_only_when_its_first_run_is_done(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store.create_or_open(path, SHAPE):
        assert not path.exists()
    assert path.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["s.duckdb"]


def test_a_first_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Store.create_or_open(tmp_path / "s.duckdb", SHAPE):
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_a_later_run_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    make(path)
    row = pl.DataFrame({"path": ["a"], "record": [1], "reason": ["no-url"]})
    store = Store.create_or_open(path, SHAPE)
    store.append("rejected_record", row)
    store.__exit__(RuntimeError, RuntimeError(), None)
    with Store.open(path) as store:
        assert store.count("SELECT count(*) FROM rejected") == 0


def test_what_a_killed_first_run_left_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "s.duckdb.new").write_bytes(b"half a store")
    make(tmp_path / "s.duckdb")
    assert [p.name for p in tmp_path.iterdir()] == ["s.duckdb"]


def test_a_folder_a_foreign_file_and_a_foreign_database_are_no_stores(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no database at all, and long enough to be read as one" * 99)
    foreign = tmp_path / "foreign.duckdb"
    duckdb.connect(str(foreign)).close()
    for path in (tmp_path, text, foreign):
        with pytest.raises(NoStoreError) as caught:
            Store.create_or_open(path, SHAPE)
        assert caught.value.exit_status == 10
        with pytest.raises(NoStoreError):
            Store.open(path)
    with pytest.raises(NoStoreError, match="no folder"):
        Store.create_or_open(tmp_path / "none" / "s.duckdb", SHAPE)
    assert text.read_text().startswith("no database")


def test_a_store_of_other_settings_or_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    make(path)
    with pytest.raises(
        StoreVersionError, match=r"made with permutations = 128, not 64; .* \[store-settings\]"
    ) as caught:
        Store.create_or_open(path, {"permutations": 64})
    assert caught.value.exit_status == 12
    con = duckdb.connect(str(path))
    con.execute("UPDATE meta SET value = '999' WHERE key = 'syndetect'")
    con.close()
    with pytest.raises(StoreVersionError, match=r"version 999.*\[store-version\]"):
        Store.open(path)


def test_a_store_that_another_process_holds_is_locked_and_the_message_names_it(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    make(path)
    code = f"import duckdb; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLockedError, match=f"held by process {holder.pid}") as caught:
            Store.open(path)
        assert caught.value.exit_status == 11
    finally:
        holder.communicate("\n")


def test_a_left_id_is_smaller_than_its_right_id(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path / "s.duckdb", SHAPE) as store, pytest.raises(duckdb.ConstraintException):
        store.con.execute("INSERT INTO candidate_pair VALUES (2, 1, 1, 1, false)")


def test_times_come_back_aware_and_in_utc(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path / "s.duckdb", SHAPE) as store:
        moment = store.rows("SELECT TIMESTAMPTZ '2026-03-01 12:00:00+03' AS at")[0]["at"]
    assert moment == dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


def test_batches_keep_the_order_of_the_ids(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path / "s.duckdb", SHAPE) as store:
        ids = pl.Series([5, 3, 9, 1], dtype=pl.UInt64)
        parts = list(store.batches("SELECT doc_id FROM wanted ORDER BY place", ids, rows=3))
    assert [part["doc_id"].to_list() for part in parts] == [[5, 3, 9], [1]]


def test_long_queries_print_no_bar_among_the_data(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path / "s.duckdb", {}) as store:
        assert store.value("SELECT current_setting('enable_progress_bar')") is False


def test_what_duckdb_may_take_is_limited(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path / "s.duckdb", {}) as store:
        store.limit(threads=1, memory_mib=300)
        assert store.value("SELECT current_setting('threads')") == 1
        assert store.value("SELECT current_setting('memory_limit')") == "300.0 MiB"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which nobody may make a file")
def test_a_store_that_the_system_will_not_make_is_said_to_be_that() -> None:
    with pytest.raises(RunError, match=r"can't be made: .*; give another --store \[system\]"):
        Store.create_or_open("/proc/self/news.duckdb", {})


def test_memory_is_given_back_within_a_run_that_changes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store.create_or_open(path, {}) as store:
        store.con.execute("CREATE TABLE kept AS SELECT range AS n FROM range(1000)")
    with Store.create_or_open(path, {}) as store:
        store.limit(threads=1, memory_mib=500)
        store.con.execute("CREATE TABLE more AS SELECT range AS n FROM range(100_000)")
        store.con.execute("DELETE FROM kept WHERE n < 10")
        store.give_back()
        assert store.value("SELECT current_setting('memory_limit')") == "500.0 MiB"
        assert (store.count("SELECT count(*) FROM kept"), store.count("SELECT count(*) FROM more")) == (990, 100_000)
    with Store.open(path) as store:
        assert store.count("SELECT count(*) FROM kept") == 990


def test_more_in_use_than_is_left_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndetect.store.LEAST_MIB", 1)
    with Store.create_or_open(tmp_path / "s.duckdb", {}) as store:
        store.con.execute("CREATE TABLE more AS SELECT range AS n FROM range(1_000_000)")
        held = store.con.cursor().execute("SELECT n FROM more ORDER BY n DESC")
        store.give_back()
        assert held.fetchone() == (999_999,)
