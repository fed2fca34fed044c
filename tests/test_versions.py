"""A page that was fetched with several texts: the newest is the document, the earlier ones stay."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from conftest import assert_same, page, run, views, write_lines

import syndetect
from syndetect.cli import run_cli

FIRST = page(1, date_download="2026-03-01 10:00:00")
SAME = page(1, url="http://www.site1.example/a?utm_source=x", date_download="2026-03-02 10:00:00")
CHANGED = page(1, text=f"{FIRST['text']} More was said at night.", date_download="2026-03-03 10:00:00")
AGAIN = page(1, title="Another title", date_download="2026-03-04 10:00:00")
OTHER = page(2)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "a.jsonl", FIRST, SAME, CHANGED, OTHER), stop_after="boilerplate")
    return tmp_path / "s.duckdb"


def test_the_newest_text_is_the_document_and_the_earlier_one_a_version(store: Path) -> None:
    found = views(store)
    documents = found["documents"].filter(site="site1.example").row(0, named=True)
    assert (documents["url"], documents["also_at"]) == (FIRST["url"], [SAME["url"]])
    rows = found["versions"].sort("is_newest", descending=True).select("url", "text", "is_newest").rows()
    assert rows == [(FIRST["url"], CHANGED["text"], True), (FIRST["url"], FIRST["text"], False)]
    at = found["versions"].sort("is_newest", descending=True)["crawled_at"].dt.to_string("%Y-%m-%d").to_list()
    assert at == ["2026-03-03", "2026-03-02"]


def test_the_same_text_fetched_twice_is_one(tmp_path: Path) -> None:
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "a.jsonl", FIRST, SAME, OTHER), stop_after="crawl")
    found = views(tmp_path / "s.duckdb")
    assert found["versions"].is_empty()
    assert found["documents"].height == 2


def test_a_text_that_comes_back_is_the_newest_again(tmp_path: Path) -> None:
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "a.jsonl", FIRST, CHANGED, AGAIN), stop_after="crawl")
    found = views(tmp_path / "s.duckdb")
    assert found["documents"]["title"].to_list() == ["Another title"]
    assert found["versions"].sort("is_newest")["text"].to_list() == [CHANGED["text"], FIRST["text"]]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_versions_do_not_depend_on_the_order_of_the_runs(tmp_path: Path, order: tuple[int, ...]) -> None:
    parts = ([FIRST, OTHER], [CHANGED, SAME], [AGAIN])
    files = [write_lines(tmp_path / f"{n}.jsonl", *part) for n, part in enumerate(parts)]
    run(tmp_path / "at_once.duckdb", *files, stop_after="crawl")
    for n in order:
        run(tmp_path / "s.duckdb", files[n], stop_after="crawl")
    assert_same(tmp_path / "at_once.duckdb", tmp_path / "s.duckdb", inputs=False)


def test_explain_shows_what_a_page_said_before(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["explain", str(FIRST["url"]), "--store", str(store)]) == 0
    shown = capsys.readouterr().out
    assert "earlier text, fetched 2026-03-02 10:00: 100% of it stand in the next" in shown
    assert "then More was said at night" in shown
    assert str(SAME["url"]) in shown
    assert run_cli(["explain", str(SAME["url"]), "--store", str(store), "--json"]) == 0
    account = json.loads(capsys.readouterr().out)
    assert [one["url"] for one in account["addresses"]] == [FIRST["url"], SAME["url"]]
    assert [one["kept_share"] for one in account["versions"]] == [1.0]


def test_a_comparison_tells_that_a_side_had_another_text(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["explain", str(OTHER["url"]), str(FIRST["url"]), "--store", str(store)]) == 0
    assert "right had another text until 2026-03-02 10:00" in capsys.readouterr().out
    with syndetect.open(store) as archive:
        assert archive.explain(str(FIRST["url"]), str(OTHER["url"])).to_dict()["versions"]["right"] == []  # type: ignore[index]


def test_a_file_whose_text_changed_has_no_version(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(str(FIRST["text"]))
    run(tmp_path / "s.duckdb", tmp_path / "a.txt", stop_after="crawl")
    (tmp_path / "a.txt").write_text(str(CHANGED["text"]))
    run(tmp_path / "s.duckdb", tmp_path / "a.txt", stop_after="crawl")
    found = views(tmp_path / "s.duckdb")
    assert (found["documents"].height, found["versions"].height) == (1, 0)
