from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

from syndetect.crawl import Options, Outcome, find_inputs, read_pages
from syndetect.crawl.columns import ROLES
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


def write(path: Path, *records: Record) -> Path:
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
