"""What a run is told of its inputs: which column is what, how large a page may be, how many processes parse."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from conftest import page, run, views, write_lines

from syndetect.cli import run_cli
from syndetect.errors import SettingsError
from syndetect.settings import JOB_MIB, LEAST_DUCKDB_MIB, OWN_MIB, Settings, mebibytes


def odd(number: int) -> dict[str, object]:
    """A record whose columns no map knows."""
    known = page(number)
    return {"page": known["url"], "words": known["text"], "title": known["title"]}


def cli(*arguments: object) -> int:
    return run_cli([str(one) for one in arguments])


def test_a_column_that_is_named_is_read_and_kept_for_the_next_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, first = tmp_path / "s.duckdb", write_lines(tmp_path / "1.jsonl", odd(1), odd(2))
    named = ("--map", "url=page", "--map", "text=words")
    assert cli("run", first, "--store", store, "--stop-after", "crawl", *named) == 0
    assert "columns of 1 input: url = page, text = words, title = title" in capsys.readouterr().err
    assert cli("run", write_lines(tmp_path / "2.jsonl", odd(3)), "--store", store, "--stop-after", "crawl") == 0
    found = views(store)
    assert found["documents"].height == 3
    assert json.loads(found["inputs"]["columns"][1])["text"] == ["words"]


def test_a_file_is_read_again_with_other_columns_and_only_then(tmp_path: Path) -> None:
    store, dump = tmp_path / "s.duckdb", write_lines(tmp_path / "1.jsonl", {**page(1), "whole": page(2)["text"]})
    first, other = page(1)["text"], page(2)["text"]
    for columns, before, text in (
        ({}, False, first), ({}, True, first), ({"text": "whole"}, False, other), ({}, True, other),
        ({"text": ""}, False, first),
    ):  # fmt: skip
        report = run(store, dump, stop_after="signatures", columns=columns)
        assert report.inputs[0]["read_before"] == before
        found = views(store)
        assert (found["documents"]["text"].to_list(), found["versions"].height) == ([text], 0)


def test_a_part_that_no_column_plays_is_told_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = write_lines(tmp_path / "1.jsonl", page(1))
    assert cli("run", dump, "--store", tmp_path / "s.duckdb", "--map", "colour=text") == 2
    assert capsys.readouterr().err.strip().endswith("[unknown-role]")
    assert not (tmp_path / "s.duckdb").exists()


def test_a_page_over_the_limit_is_listed_and_read_when_the_limit_is_raised(tmp_path: Path) -> None:
    large = page(2, text=str(page(2)["text"]) * 3_000)
    store, dump = tmp_path / "s.duckdb", write_lines(tmp_path / "1.jsonl", page(1), large, page(3))
    run(store, dump, stop_after="crawl", settings=Settings(page_mib=1))
    found = views(store)
    assert (found["documents"].height, found["rejected"]["record"].to_list()) == (2, [1])
    assert str(found["rejected"]["reason"][0]).startswith("too-large: ")
    assert run(store, dump, stop_after="crawl", settings=Settings(page_mib=1)).inputs[0]["read_before"]
    assert not run(store, dump, stop_after="crawl", settings=Settings(page_mib=8)).inputs[0]["read_before"]
    assert views(store)["documents"].height == 3
    assert run(store, dump, stop_after="crawl", settings=Settings(page_mib=9)).inputs[0]["read_before"]


def test_dedup_reads_an_input_as_the_run_did(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("".join(f"{page(n)['url']},{page(n)['text']}\n" for n in (1, 2)))
    run(tmp_path / "s.duckdb", table, columns={"url": "#1", "text": "#2"})
    assert cli("dedup", "--store", tmp_path / "s.duckdb", "-o", tmp_path / "k.parquet") == 0
    assert pl.read_parquet(tmp_path / "k.parquet").height == 2


@pytest.mark.parametrize(
    ("memory", "jobs", "n_jobs", "duckdb"),
    [
        (0, 3, 3, 0),
        (OWN_MIB + LEAST_DUCKDB_MIB + 2 * JOB_MIB, 3, 2, LEAST_DUCKDB_MIB),
        (OWN_MIB + LEAST_DUCKDB_MIB + 2 * JOB_MIB - 1, 3, 1, LEAST_DUCKDB_MIB + 2 * JOB_MIB - 1),
        (100, 3, 1, LEAST_DUCKDB_MIB),
        (4096, 2, 2, 4096 - OWN_MIB - 2 * JOB_MIB),
    ],
)
def test_processes_and_duckdb_share_the_memory_limit(memory: int, jobs: int, n_jobs: int, duckdb: int) -> None:
    settings = Settings(memory_mib=memory, jobs=jobs)
    assert (settings.n_jobs, settings.reading_mib) == (n_jobs, duckdb)


@pytest.mark.parametrize(("size", "mib"), [("4GiB", 4096), ("900M", 900), ("1.5 g", 1536), ("1TB", 1 << 20)])
def test_a_memory_limit_is_a_size(size: str, mib: int) -> None:
    assert mebibytes(size) == mib


@pytest.mark.parametrize("size", ["4", "GiB", "-1GiB", "4 KiB"])
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(SettingsError, match=r"\[setting-type\]"):
        mebibytes(size)


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (
            {"words": "A text.", "link": "https://a.example/1"},
            "known to be its text; there are words, link: give",
        ),
        ({"text": "A text.", "address": "x"}, "no column is known to be its url; there are text, address"),
        (
            {"a": 1},
            "its url or its text; there are a: give --map url=COLUMN --map text=COLUMN",
        ),
    ],
)
@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_file_without_the_columns_of_a_page_says_which_there_are(
    tmp_path: Path, suffix: str, record: dict[str, object], wanted: str
) -> None:
    dump = tmp_path / f"odd.{suffix}"
    if suffix == "jsonl":
        write_lines(dump, record, record)
    else:
        pl.DataFrame([record, record]).write_parquet(dump)
    report = run(tmp_path / "s.duckdb", dump, write_lines(tmp_path / "good.jsonl", page(1)), stop_after="crawl")
    assert report.exit_status == 3
    assert [fault for fault in report.faults if wanted in fault] == report.faults
    assert (report.documents["read"], report.documents["rejected"]) == (1, 2)


def test_known_columns_without_values_are_no_fault(tmp_path: Path) -> None:
    empty = {"url": "https://a.example/1", "text": None}
    report = run(tmp_path / "s.duckdb", write_lines(tmp_path / "a.jsonl", empty), stop_after="crawl")
    assert (report.exit_status, report.documents["rejected"]) == (0, 1)
