from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

from syndetect.crawl import Options, Outcome, find_inputs, read_pages
from syndetect.crawl.columns import ROLES, chosen_columns, crawl_times, sources_of
from syndetect.errors import SettingsError
from syndetect.schema import PAGE

Record = dict[str, object]


def cases() -> list[tuple[str, Record, Record]]:
    lines = (ROOT / "tests" / "cases" / "columns.txt").read_text(encoding="utf-8").splitlines()
    split = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    return [(name, json.loads(record), json.loads(parts)) for name, record, parts in split]


CASES = cases()


def read(path: Path, **columns: str) -> tuple[pl.DataFrame, Outcome]:
    (source,) = find_inputs([str(path)])
    outcome = Outcome(str(path))
    frames = list(read_pages(source, outcome, Options(columns=columns)))
    return pl.concat(frames) if frames else pl.DataFrame(schema=PAGE), outcome


def roles(pages: pl.DataFrame) -> Record:
    (row,) = pages.select(ROLES).to_dicts()
    if row["html"] is not None:
        row["html"] = row["html"].decode()
    if row["crawled_at"] is not None:
        row["crawled_at"] = row["crawled_at"].isoformat()
    return {role: value for role, value in row.items() if value is not None}


def write(path: Path, *records: Mapping[str, object]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(list(records)), path)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, fieldnames=list(records[0]))
            rows.writeheader()
            rows.writerows(records)
    else:
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.mark.parametrize(("record", "parts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_columns_play_the_part_of_their_format(record: Record, parts: Record, tmp_path: Path) -> None:
    forms = ["jsonl", "parquet"]
    if not any(isinstance(value, (list, dict)) for value in record.values()):
        forms.append("csv")
    for form in forms:
        pages, outcome = read(write(tmp_path / f"a.{form}", record))
        assert (outcome.fault, outcome.rejected) == (None, []), form
        assert roles(pages) == parts, form
        assert set(outcome.columns) >= set(parts) - {"html"}, form


def test_records_of_several_formats_in_one_file_each_find_their_columns(tmp_path: Path) -> None:
    corpus = {"url": "https://bay.example/1", "text": "One.", "date": "2025-03-07T10:00:02Z", "token_count": 3}
    news = {"url": "https://bay.example/2", "text": "Two.", "date": "2025-03-06"}
    pages, _ = read(write(tmp_path / "a.jsonl", corpus, news, {"link": "https://bay.example/3", "body": "Three."}))
    rows = pages.sort("record").select("url", "text", "published", pl.col("crawled_at").is_not_null()).rows()
    assert rows == [
        ("https://bay.example/1", "One.", None, True),
        ("https://bay.example/2", "Two.", "2025-03-06", False),
        ("https://bay.example/3", "Three.", None, False),
    ]


def test_the_next_column_is_asked_where_the_first_has_no_value(tmp_path: Path) -> None:
    records: list[Record] = [
        {"url": "https://bay.example/1", "maintext": "Whole.", "text": "Short."},
        {"url": "https://bay.example/2", "maintext": None, "text": "Short."},
        {"url": "https://bay.example/3", "maintext": " ", "text": "Short."},
    ]
    for form in ("jsonl", "parquet", "csv"):
        pages, outcome = read(write(tmp_path / f"a.{form}", *records))
        assert pages["text"].to_list() == ["Whole.", "Short.", "Short."]
        assert outcome.columns == {"url": ["url"], "text": ["maintext", "text"]}


def test_columns_that_hold_nothing_are_not_shown(tmp_path: Path) -> None:
    record = {"url": "https://bay.example/1", "maintext": None, "text": "Short.", "title": "None"}
    _, outcome = read(write(tmp_path / "a.jsonl", record))
    assert outcome.columns == {"url": ["url"], "text": ["text"]}


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_column_that_the_user_sets_stands_for_all_others_of_its_part(form: str, tmp_path: Path) -> None:
    record = {
        "url": "https://bay.example/1", "text": "Short.", "html": "<p>Page.</p>", "link": [{"href": "https://x.example/"}],
        "a": {"b": [{"c": "Deep."}, {"c": "Deeper."}]},
    }  # fmt: skip
    pages, outcome = read(write(tmp_path / f"a.{form}", record), text="a.b[1].c", url="link.href")
    assert roles(pages) == {"url": "https://x.example/", "text": "Deeper."}
    assert outcome.columns == {"url": ["link.href"], "text": ["a.b[1].c"]}
    pages, _ = read(tmp_path / f"a.{form}", text="a.b.c")
    assert roles(pages)["text"] == "Deep.\nDeeper."
    pages, _ = read(tmp_path / f"a.{form}", html="a.b[0].c")
    assert roles(pages)["html"] == "Deep."


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ({"$date": "2026-03-05T10:00:00Z"}, "2026-03-05T10:00:00Z"),
        ({"$date": {"$numberLong": "1772704800000"}}, "1772704800000"),
        ({"$date": 1772704800000}, "1772704800000"),
        ({"$date": {"day": 5}}, None), ({"$date": ["5"]}, None), ({"$date": None}, None), ({"date": "5"}, None),
    ],
)  # fmt: skip
def test_times_are_read_as_mongodb_writes_them(written: object, published: str | None, tmp_path: Path) -> None:
    record = {"url": "https://bay.example/1", "text": "Words.", "published_at": written}
    pages, _ = read(write(tmp_path / "a.jsonl", record))
    assert pages["published"].to_list() == [published]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_columns_of_tables_are_found_in_any_case_but_what_is_written_as_it_should_be_goes_first(
    form: str, tmp_path: Path
) -> None:
    capitals = {"URL": "https://bay.example/1", "Title": "T", "Text": "Words.", "Date": "2026-03-05", "LINK": "x"}
    pages, outcome = read(write(tmp_path / f"a.{form}", capitals))
    wanted = {"url": "https://bay.example/1", "title": "T", "text": "Words.", "published": "2026-03-05"}
    assert roles(pages) == wanted
    assert outcome.columns["url"][0] == "URL"
    both = {**capitals, "url": "https://bay.example/2", "TEXT": "Other.", "DATE": "20260306080000"}
    pages, _ = read(write(tmp_path / f"b.{form}", both), text="TEXT")
    assert roles(pages) == {
        **wanted, "url": "https://bay.example/2", "text": "Other.", "crawled_at": "2026-03-06T08:00:00+00:00",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["jsonl", "parquet", "csv"])
def test_a_column_that_no_record_has_is_said_and_its_rows_are_listed(form: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{form}", {"url": "https://bay.example/1", "text": "Words.", "title": "T"})
    pages, outcome = read(path, title="heading")
    assert roles(pages) == {"url": "https://bay.example/1", "text": "Words."}
    assert outcome.fault == "no record has a value in heading; there are url, text, title"
    pages, outcome = read(path, text="heading")
    assert pages.is_empty()
    if form == "csv":
        assert outcome.fault == "names no column heading in its first line (url, text, title); set one of these"
    else:
        assert outcome.rejected == [(0, "no-such-column: record has no value in heading, which is to be its text")]


def test_a_part_that_there_is_not_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"'body'; choose from url, html, .*\[unknown-role\]"):
        chosen_columns({"body": "text"})


def test_a_table_without_a_header_is_read_by_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('1\thttps://bay.example/1\tOne "quoted.\n2\thttps://bay.example/2\tTwo.\n')
    pages, outcome = read(path)
    assert pages.is_empty()
    assert outcome.fault is not None
    assert "give it a header" in outcome.fault
    pages, outcome = read(path, url="#2", text="#3")
    assert pages.select("record", "url", "text").rows() == [
        (0, "https://bay.example/1", 'One "quoted.'),
        (1, "https://bay.example/2", "Two."),
    ]
    assert (outcome.n_records, outcome.fault) == (2, None)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_words_are_utf8_and_bytes_say_themselves_what_they_are(form: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{form}", {"url": "https://bay.example/1", "html": "<p>é</p>"})
    assert read(path)[0].select("html", "charset").rows() == [("<p>é</p>".encode(), "utf-8")]
    if form == "parquet":
        raw = '<meta charset="latin-1"><p>é</p>'.encode("latin-1")
        pq.write_table(pa.table({"url": ["https://bay.example/1"], "html": pa.array([raw], pa.binary())}), path)
        assert read(path)[0].select("html", "charset").rows() == [(raw, None)]


def test_every_part_is_one_of_the_columns_of_a_page() -> None:
    assert set(ROLES) <= set(PAGE)
    assert set(sources_of(frozenset())) == set(ROLES)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2025-03-07 10:00:02", "2025-03-07T10:00:02+00:00"),
        ("2025-03-07T10:00:02.5Z", "2025-03-07T10:00:02.500000+00:00"),
        ("2025-03-07T10:00:02+02:00", "2025-03-07T08:00:02+00:00"),
        ("20250307100002", "2025-03-07T10:00:02+00:00"),
        ("2025-03-07", "2025-03-07T00:00:00+00:00"),
        ("1741341602", "2025-03-07T10:00:02+00:00"),
        ("Fri, 07 Mar 2025 10:00:02 GMT", "2025-03-07T10:00:02+00:00"),
        ("soon", None),
        (None, None),
    ],
)
def test_crawl_times_are_read_in_any_form(value: str | None, time: str | None) -> None:
    for others in ([], ["2025-01-01T00:00:00Z"]):
        found = crawl_times(pl.Series([*others, value], dtype=pl.String))[-1]
        assert (found.isoformat() if found else None) == time


def test_the_columns_that_the_docs_name_for_a_format_play_these_parts() -> None:
    raw = tomllib.loads((ROOT / "syndetect" / "data" / "column_map.toml").read_text(encoding="utf-8"))
    known = {
        role: [*names, *(one["column"] for one in raw["ambiguous"] if one["role"] == role)]
        for role, names in raw["roles"].items()
    }
    table = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8").split("## Formats")[1].split("## Layouts")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")
    ]
    assert len(rows) > 30
    for row in rows:
        for title, cell in zip(head[1:], row[1:], strict=True):
            names = [name for role in re.split(r", | or ", title) for name in known[role]]
            for word in re.sub(r"\(.*?\)", "", cell).split(","):
                found = [name for name in names if name == word.strip() or name.endswith("." + word.strip())]
                assert found or not word.strip(), (row[0], title, word)


def test_the_docs_name_every_part_and_every_name_of_a_list() -> None:
    raw = tomllib.loads((ROOT / "syndetect" / "data" / "column_map.toml").read_text(encoding="utf-8"))
    docs = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    assert {role for role in ROLES if f"| `{role}` |" not in docs} == set()
    assert {name for name in raw["containers"]["names"] if f"`{name}`" not in docs} == set()
    assert {rule["column"] for rule in raw["ambiguous"] if f"`{rule['column']}`" not in docs} == {"metadata.date"}
