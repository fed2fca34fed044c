"""Fetches that brought word of an earlier one in place of a text: a crawler does not write the same page twice."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import warc_files
from conftest import assert_same, run, views

from syndetect.cli import run_cli

PROSE = "The ministers met on Tuesday in the old harbour hall to speak about grain. They parted without a treaty. " * 4
PROFILE = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
PAGE, COPY, LONE = "https://a.example/1", "https://mirror.example/1", "https://lone.example/9"


def fetch(url: str, text: str, day: int) -> bytes:
    html = f"<title>Grain talks</title><h1>Grain talks</h1><p>{text}</p>".encode()
    return warc_files.record(url, warc_files.http(html), date=f"2026-03-{day:02}T10:00:00Z")


def revisit(url: str, same_as: str, day: int) -> bytes:
    fields = [PROFILE, f"WARC-Refers-To-Target-URI: {same_as}"]
    return warc_files.record(
        url, warc_files.http(b""), sort="revisit", fields=fields, date=f"2026-03-{day:02}T10:00:00Z"
    )


def dump(path: Path, *records: bytes) -> Path:
    path.write_bytes(b"".join(warc_files.gzipped(records)))
    return path


RECORDS = [fetch(PAGE, PROSE, 1), revisit(PAGE, PAGE, 3), revisit(COPY, PAGE, 4), revisit(LONE, LONE, 5)]


def test_a_revisit_says_when_a_page_was_last_there_and_what_another_address_held(tmp_path: Path) -> None:
    report = run(tmp_path / "s.duckdb", dump(tmp_path / "a.warc.gz", *RECORDS))
    found = views(tmp_path / "s.duckdb")
    rows = {row["url"]: row for row in found["documents"].to_dicts()}
    assert set(rows) == {PAGE, COPY}
    assert f"{rows[PAGE]['last_crawled_at']:%d} {rows[COPY]['first_crawled_at']:%d}" == "03 04"
    assert rows[COPY]["text"] == rows[PAGE]["text"] == PROSE.strip()
    assert (found["pairs"]["relation"].to_list(), found["stories"]["n_sites"].to_list()) == (["exact"], [2])
    assert report.documents == {"read": 3, "new": 2, "changed": 0, "rejected": 1}


def test_a_revisit_of_a_page_that_was_never_read_is_listed_until_the_page_comes(tmp_path: Path) -> None:
    first = dump(tmp_path / "a.warc.gz", *RECORDS)
    run(tmp_path / "s.duckdb", first, stop_after="crawl")
    found = views(tmp_path / "s.duckdb")
    assert found["rejected"].select("record", "reason").rows() == [
        (3, "revisit-alone: the page it found unchanged is in no input")
    ]
    assert found["inputs"]["n_rejected"].to_list() == [1]
    run(tmp_path / "s.duckdb", dump(tmp_path / "b.warc.gz", fetch(LONE, PROSE, 2)), stop_after="crawl")
    found = views(tmp_path / "s.duckdb")
    assert found["rejected"].is_empty()
    assert found["inputs"]["n_rejected"].to_list() == [0, 0]
    assert f"{found['documents'].filter(url=LONE)['last_crawled_at'].item():%d}" == "05"


def test_a_revisit_at_another_address_has_the_text_that_was_there_before_it(tmp_path: Path) -> None:
    records = [fetch(PAGE, PROSE, 1), fetch(PAGE, f"{PROSE} Nobody spoke.", 5), revisit(COPY, PAGE, 4)]
    run(tmp_path / "s.duckdb", dump(tmp_path / "a.warc.gz", *records), stop_after="signatures")
    texts = dict(views(tmp_path / "s.duckdb")["documents"].select("url", "text").rows())
    assert texts == {COPY: PROSE.strip(), PAGE: f"{PROSE.strip()} Nobody spoke."}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_revisits_do_not_depend_on_the_order_of_the_runs(tmp_path: Path, order: tuple[int, ...]) -> None:
    parts = (RECORDS[:1], RECORDS[1:3], [RECORDS[3], fetch(COPY, PROSE, 2)])
    files = [dump(tmp_path / f"{n}.warc.gz", *part) for n, part in enumerate(parts)]
    run(tmp_path / "at_once.duckdb", *files, stop_after="crawl")
    for n in order:
        run(tmp_path / "s.duckdb", files[n], stop_after="crawl")
    assert_same(tmp_path / "at_once.duckdb", tmp_path / "s.duckdb", inputs=False)


def test_revisits_that_are_read_again_add_nothing(tmp_path: Path) -> None:
    run(tmp_path / "s.duckdb", dump(tmp_path / "a.warc.gz", *RECORDS), stop_after="crawl")
    before = views(tmp_path / "s.duckdb", inputs=False)
    report = run(tmp_path / "s.duckdb", dump(tmp_path / "a.warc.gz", *RECORDS, b""), stop_after="crawl")
    assert not any(source["read_before"] for source in report.inputs)
    after = views(tmp_path / "s.duckdb", inputs=False)
    assert all(after[name].equals(frame) for name, frame in before.items())


def test_dedup_counts_every_revisit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path / "s.duckdb", dump(tmp_path / "a.warc.gz", *RECORDS))
    assert run_cli(["dedup", "--store", str(tmp_path / "s.duckdb"), "-o", str(tmp_path / "k.parquet")]) == 0
    assert "rows 4 = kept 1 + dropped 2 + rejected 1" in capsys.readouterr().err
