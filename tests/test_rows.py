from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndetect.crawl import Options, Outcome, Place, find_inputs, read_pages
from syndetect.crawl.json_values import Values
from syndetect.crawl.streams import lines_of
from syndetect.schema import PAGE

A = {"url": "https://a.example/1", "text": "One."}
B = {"url": "https://a.example/2", "text": 'Two {[ " \\ ]}.', "tags": [{"x": 1}, {"y": [2]}], "meta": {"n": -1.5e3}}
C = {"url": "https://a.example/3", "text": "Three é 三."}
URLS = [str(record["url"]) for record in (A, B, C)]


def read(path: Path, **options: int) -> tuple[pl.DataFrame, Outcome]:
    (source,) = find_inputs([str(path)])
    outcome = Outcome(str(path))
    frames = list(read_pages(source, outcome, Options(**options)))  # type: ignore[arg-type]
    return (pl.concat(frames) if frames else pl.DataFrame(schema=PAGE)), outcome


def reasons(outcome: Outcome) -> list[tuple[int, str]]:
    return [(number, reason.split(":")[0]) for number, reason in sorted(outcome.rejected)]


def dumps(*records: object, indent: int | None = None, between: str = "\n") -> str:
    return between.join(json.dumps(record, indent=indent, ensure_ascii=False) for record in records)


LAYOUTS = {
    "a record a line": dumps(A, B, C),
    "with blank lines and the ends of Windows": dumps(A, B, C, between="\r\n\r\n"),
    "a list in one line": json.dumps([A, B, C]),
    "a list, an item a line": "[\n" + dumps(A, B, C, between=",\n") + "\n]\n",
    "an indented list": json.dumps([A, B, C], indent=2),
    "objects one behind another": dumps(A, B, C, between=""),
    "objects behind commas": dumps(A, B, C, between=" , "),
    "indented objects one behind another": dumps(A, B, C, indent=4),
    "a list and objects": json.dumps([A]) + "\n" + dumps(B, C, indent=1),
    "lists one behind another": json.dumps([A, B]) + json.dumps([C]),
    "an object with the list": json.dumps(
        {"status": "ok", "totalResults": 3, "articles": [A, B, C], "more": {"a": [1]}}
    ),
    "an indented object with the list": json.dumps({"info": {"n": [1]}, "data": [A, B, C]}, indent=2),
    "a list two objects deep": json.dumps({"articles": {"page": 1, "results": [A, B, C], "pages": 1}, "x": None}),
    "answers of a service, one a line": dumps({"articles": [A, B]}, {"articles": [C]}),
    "a search engine's answer": json.dumps(
        {
            "took": 3,
            "_shards": {"total": 1},
            "hits": {"total": {"value": 3}, "hits": [{"_source": r} for r in (A, B, C)]},
        }
    ),
    "a search engine's dump": dumps(*({"_index": "i", "_id": "1", "_source": r} for r in (A, B, C))),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_of_any_layout_is_read(name: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(LAYOUTS[name].encode(encoding))
    pages, outcome = read(path)
    assert pages.select("record", "url").rows() == list(enumerate(URLS))
    assert pages["text"].to_list() == [A["text"], B["text"], C["text"]]
    assert (outcome.n_records, outcome.rejected, outcome.fault) == (3, [], None)


@pytest.mark.parametrize("name", LAYOUTS)
def test_json_that_comes_in_small_pieces_is_read_alike(name: str) -> None:
    text = LAYOUTS[name]
    whole = list(Values(iter([text]), max_chars=1 << 20))
    for size in (1, 3, 7, 64):
        pieces = (text[at : at + size] for at in range(0, len(text), size))
        assert list(Values(pieces, max_chars=1 << 20)) == whole


DAMAGED = {
    "words": (b"nope", "bad-json"),
    "no end": (b'{"url": "https://a.example/x", "text": "cut', "bad-json"),
    "a quote too many": (b'{"url": "https://a.example/x", "text": "a" b"}', "bad-json"),
    "no bracket": (b'{"url": "https://a.example/x", "text": "a"', "bad-json"),
    "a comma too many": (b'{"url": "https://a.example/x", "text": "a",}', "bad-json"),
    "a list": (b'["https://a.example/x"]', "not-a-record"),
    "a number": (b"12", "not-a-record"),
    "nothing but NUL": (b"\0" * 40, "bad-json"),
    "nested too deep": (b'{"a":' * 3000 + b"1" + b"}" * 3000, "bad-json"),
    "a digit of thousands": (b'{"n": ' + b"9" * 5000 + b"}", "no-url"),
    "no columns": (b"{}", "no-url"),
    "a list as its url": (b'{"url": {"a": 1}, "text": "x"}', "no-url"),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_damaged_line_is_listed_and_the_others_are_read(name: str, place: int, tmp_path: Path) -> None:
    raw, reason = DAMAGED[name]
    lines = [line.encode() for line in dumps(A, C).split("\n")]
    lines.insert(place, raw)
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    pages, outcome = read(tmp_path / "a.jsonl")
    assert pages["url"].to_list() == [A["url"], C["url"]]
    assert reasons(outcome) == [(place, reason)]
    assert outcome.n_records == 3


@pytest.mark.parametrize("name", sorted(set(DAMAGED) - {"words", "a list", "a number", "nothing but NUL"}))
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_damaged_item_of_a_list_is_listed_and_the_others_are_read(name: str, place: int, tmp_path: Path) -> None:
    raw, reason = DAMAGED[name]
    items = [line.encode() for line in dumps(A, C).split("\n")]
    items.insert(place, raw)
    for between in (b",\n", b",\n\n  "):
        (tmp_path / "a.json").write_bytes(b"[\n" + between.join(items) + b"\n]")
        pages, outcome = read(tmp_path / "a.json")
        assert pages["url"].to_list() == [A["url"], C["url"]], between
        assert reasons(outcome)[:1] == [(place, reason)], between


MENDED = {
    "half a surrogate pair": (b'"a \\ud83d b"', "a \N{REPLACEMENT CHARACTER} b"),
    "a whole surrogate pair": (b'"a \\ud83d\\ude00 b"', "a \N{GRINNING FACE} b"),
    "bytes that are no UTF-8": (b'"caf\xe9"', "caf\N{REPLACEMENT CHARACTER}"),
    "a raw tab": (b'"a\tb"', "a\tb"),
    "a raw NUL": (b'"a\0b"', "a\0b"),
    "not a number": (b'"a", "n": NaN', "a"),
    "infinity": (b'"a", "n": [-Infinity, 1e999]', "a"),
    "a huge number": (b'"a", "n": 123456789012345678901234567890', "a"),
    "a number as the text": (b"12", "12"),
    "the same name twice": (b'"first", "text": "last"', "last"),
    "NUL behind it": (b'"a"}\0\0', "a"),
}


@pytest.mark.parametrize("name", MENDED)
@pytest.mark.parametrize("form", ["a.jsonl", "a.json"])
def test_what_is_not_quite_json_is_read(name: str, form: str, tmp_path: Path) -> None:
    raw, text = MENDED[name]
    record = b'{"url": "https://a.example/1", "text": ' + raw + (b"" if b"}" in raw else b"}")
    if form == "a.json":
        record = b"[" + record + b"]"
        if name.startswith("a raw") or name.startswith("NUL"):
            pytest.skip("only lines tell where a value with such signs ends")
    (tmp_path / form).write_bytes(record + b"\n" + dumps(C).encode())
    pages, outcome = read(tmp_path / form)
    assert pages["text"].to_list() == [text, C["text"]]
    assert (outcome.rejected, outcome.fault) == ([], None)


def test_a_line_is_read_at_the_limit_and_not_held_above_it(tmp_path: Path) -> None:
    line = dumps({"url": "https://a.example/x", "text": "x" * 3_000_000}).encode()
    path = tmp_path / "a.jsonl"
    for content in (
        dumps(A).encode() + b"\n" + line + b"\n" + dumps(C).encode(),
        b"[" + line + b"," + dumps(C).encode() + b"]",
    ):
        path.write_bytes(content)
        pages, outcome = read(path, max_page_bytes=len(line))
        assert outcome.rejected == []
        assert pages["url"][-2:].to_list() == ["https://a.example/x", C["url"]]
        pages, outcome = read(path, max_page_bytes=len(line) - 1)
        assert [reason for _, reason in reasons(outcome)] == ["too-large"]
        assert pages["url"][-1] == C["url"]
        assert pages.height == outcome.n_records - 1


def test_a_line_above_the_limit_is_cut_by_the_reader_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * 5_000_000 + b"\nab\nabc\nabcd\n" + b"y" * 3_000_000)
    found = list(lines_of(Place(str(path)), Outcome("a"), max_bytes=3))
    assert found == [b"xxxx", b"ab", b"abc", b"abcd", b"yyyy"]


@pytest.mark.parametrize("layout", ["a list in one line", "an item a line", "indented", "within an object"])
def test_a_list_cut_short_gives_what_comes_before_and_says_so(layout: str, tmp_path: Path) -> None:
    records = [A, B, C]
    text = {
        "a list in one line": json.dumps(records),
        "an item a line": "[" + dumps(*records, between=",\n") + "]",
        "indented": json.dumps(records, indent=1),
        "within an object": json.dumps({"articles": records}),
    }[layout]
    (tmp_path / "a.json").write_text(text[:-20], encoding="utf-8")
    pages, outcome = read(tmp_path / "a.json")
    assert pages["url"].to_list() == URLS[:2]
    assert outcome.rejected == [(2, "bad-json: cut short")]
    assert outcome.fault == "cut short: the JSON text is not whole"


def test_an_object_that_is_a_record_is_no_holder_of_records(tmp_path: Path) -> None:
    record = {"url": "https://a.example/1", "text": "One.", "items": [A, B], "results": {"data": [C]}}
    for indent in (None, 2):
        (tmp_path / "a.json").write_text(json.dumps(record, indent=indent))
        pages, outcome = read(tmp_path / "a.json")
        assert (pages["url"].to_list(), outcome.n_records) == (["https://a.example/1"], 1)


def test_a_long_list_is_read_without_holding_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    item = json.dumps({"url": "https://a.example/1", "text": "x" * 2_000, "page": "y" * 50_000}).encode()
    path.write_bytes(b"[" + b",\n".join([item] * 1_000) + b"]")
    (source,) = find_inputs([str(path)])
    tracemalloc.start()
    n_rows = sum(pages.height for pages in read_pages(source, Outcome("a")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_rows == 1_000
    assert peak < path.stat().st_size / 3


COMMAS = """\
url,title,text
https://a.example/1,T,One.
https://a.example/2,,"Two, with ""quotes"".
And lines."
"""
ALL_QUOTED = """\
"url","title","text"

"https://a.example/1","T","One."

"https://a.example/2","","Two, with ""quotes"".
And lines."
"""
TABLES = {
    "commas": COMMAS,
    "the ends of Windows": COMMAS.replace("\n", "\r\n").replace(".\r\nAnd", ".\nAnd"),
    "the ends of old Macs": COMMAS.replace("\n", "\r").replace(".\rAnd", ".\nAnd"),
    "semicolons": COMMAS.replace(",", ";").replace("Two;", "Two,"),
    "bars": COMMAS.replace(",", "|").replace("Two|", "Two,"),
    "tabs": COMMAS.replace(",", "\t").replace("Two\t", "Two,"),
    "escaped quotes": COMMAS.replace('""', r"\""),
    "all quoted, empty lines": ALL_QUOTED,
    "no last end": COMMAS[:-1],
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_are_read_however_they_are_written(name: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.tsv" if name == "tabs" else "a.csv")
    path.write_bytes(TABLES[name].encode(encoding))
    pages, outcome = read(path)
    assert pages.select("record", "url", "title", "text").rows() == [
        (0, "https://a.example/1", "T", "One."),
        (1, "https://a.example/2", None, 'Two, with "quotes".\nAnd lines.'),
    ]
    assert (outcome.n_records, outcome.rejected, outcome.fault) == (2, [], None)


def test_quotes_of_a_table_that_has_no_quoting_are_words(tmp_path: Path) -> None:
    rows = [f'https://a.example/{n}\t"Words\tmore "words' for n in range(5)]
    (tmp_path / "a.tsv").write_text("\n".join(["url\ttext\ttitle", *rows]))
    pages, outcome = read(tmp_path / "a.tsv")
    assert pages.select("text", "title").unique().rows() == [('"Words', 'more "words')]
    assert (pages.height, outcome.rejected) == (5, [])


def test_a_table_of_an_old_encoding_is_read(tmp_path: Path) -> None:
    text = "Der Fährdienst läuft wieder, die Gäste müssen früh aufstehen. " * 20
    (tmp_path / "a.csv").write_bytes(f"url;text\nhttps://a.example/1;{text}\n".encode("cp1252"))
    assert read(tmp_path / "a.csv")[0]["text"].to_list() == [text]


def test_bytes_behind_the_head_of_a_table_that_are_no_utf8_are_replaced(tmp_path: Path) -> None:
    row = b"https://a.example/1," + b"x" * 1_100_000 + b"\n"
    (tmp_path / "a.csv").write_bytes(b"url,text\n" + row + b"https://a.example/2,caf\xe9\n")
    assert read(tmp_path / "a.csv")[0]["text"][1] == "caf\N{REPLACEMENT CHARACTER}"


def test_rows_of_a_table_with_other_fields_are_listed(tmp_path: Path) -> None:
    rows = [
        "https://a.example/1,One.",
        "https://a.example/2",
        "https://a.example/3,Three.,more",
        ",no url",
        "https://a.example/5,",
    ]
    (tmp_path / "a.csv").write_text("\n".join(["url,text", *rows, "https://a.example/6,Six."]))
    pages, outcome = read(tmp_path / "a.csv")
    assert pages.select("record", "text").rows() == [(0, "One."), (5, "Six.")]
    assert reasons(outcome) == [(1, "wrong-fields"), (2, "wrong-fields"), (3, "no-url"), (4, "no-text")]
    assert (outcome.n_records, outcome.fault) == (6, None)


def test_a_quote_that_is_not_closed_is_a_cut_at_the_end_and_takes_one_more_row_before(tmp_path: Path) -> None:
    rows = [f'https://a.example/{n},"Words {n}.",T' for n in range(6)]
    cut = [*rows[:5], rows[5][:-5]]
    (tmp_path / "a.csv").write_text("\n".join(["url,text,title", *cut]))
    pages, outcome = read(tmp_path / "a.csv")
    assert pages["record"].to_list() == [0, 1, 2, 3, 4]
    assert reasons(outcome) == [(5, "cut-short")]
    assert outcome.fault == "cut short: the last row is not whole"
    open_quote = [*rows[:2], rows[2].replace('.",T', ".,T"), *rows[3:]]
    (tmp_path / "a.csv").write_text("\n".join(["url,text,title", *open_quote]))
    pages, outcome = read(tmp_path / "a.csv")
    # Its own row goes on to the next quote, which is in the row behind it.
    assert pages["url"].to_list() == [f"https://a.example/{n}" for n in (0, 1, 2, 4, 5)]
    assert outcome.n_records == 5


def test_a_table_cut_within_its_header_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('url,text,"tit')
    pages, outcome = read(tmp_path / "a.csv")
    assert (pages.height, outcome.n_records, outcome.rejected) == (0, 0, [])
    assert outcome.fault == "cut short: the last row is not whole"


def test_a_packed_table_cut_short_loses_its_last_row(tmp_path: Path) -> None:
    rows = "\n".join(["url,text", *(f"https://a.example/{n},{hash_words(n)}" for n in range(2_000))])
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(rows.encode())[:-2_000])
    pages, outcome = read(tmp_path / "a.csv.gz")
    assert 100 < pages.height < 2_000
    assert pages["text"].to_list() == [hash_words(n) for n in range(pages.height)]
    assert outcome.fault is not None
    assert reasons(outcome)[-1] == (outcome.n_records - 1, "cut-short")


def hash_words(n: int) -> str:
    return " ".join(hashlib.sha256(str(n).encode()).hexdigest()[at : at + 4] for at in range(0, 64, 4))


def test_a_field_is_read_at_the_limit_and_passed_over_above_it(tmp_path: Path) -> None:
    long = "word, \n" * 100_000
    rows = ["https://a.example/1,One.", f'https://a.example/2,"{long}"', "https://a.example/3,Three."]
    (tmp_path / "a.csv").write_text("\n".join(["url,text", *rows]))
    pages, outcome = read(tmp_path / "a.csv", max_page_bytes=len(long))
    assert (pages.height, outcome.rejected) == (3, [])
    pages, outcome = read(tmp_path / "a.csv", max_page_bytes=len(long) - 1)
    assert pages.select("record", "text").rows() == [(0, "One."), (2, "Three.")]
    assert reasons(outcome) == [(1, "too-large")]


def test_a_table_without_texts_in_a_folder_is_none_of_its_dumps(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("url,label\nhttps://a.example/1,x\n")
    (tmp_path / "pages.csv").write_text(TABLES["commas"])
    assert [one.place.path.name for one in find_inputs([str(tmp_path)])] == ["pages.csv"]
    assert read(tmp_path / "labels.csv")[1].fault == (
        "names no column for text or html in its first line (url, label); give it a header, or say which column plays"
        " which part"
    )


STRINGS = ["One.", "Two."]
KINDS = {
    "a dictionary": pa.array(STRINGS).dictionary_encode(),
    "large strings": pa.array(STRINGS, pa.large_string()),
    "views of strings": pa.array(STRINGS, pa.string_view()),
    "bytes": pa.array([b"One.", b"Two."]),
    "views of bytes": pa.array([b"One.", b"Two."], pa.binary_view()),
    "bytes of a length": pa.array([b"One.", b"Two."], pa.binary(4)),
    "lists": pa.array([["One."], [None, "Two.", ""]]),
    "lists of a length": pa.array([["One.", None], ["", "Two."]], pa.list_(pa.string(), 2)),
    "lists of lists": pa.array([[["One."]], [[], ["Two."]]]),
    "records": pa.array([{"value": "One."}, {"value": "Two."}]),
    "lists of records": pa.array([[{"value": "One."}], [{"value": None}, {"value": "Two."}]]),
}


@pytest.mark.parametrize("name", KINDS)
def test_parquet_texts_of_any_kind_are_read(name: str, tmp_path: Path) -> None:
    column = "bodies" if "records" in name else "text"
    pq.write_table(pa.table({"url": URLS[:2], column: KINDS[name]}), tmp_path / "a.parquet")
    pages, outcome = read(tmp_path / "a.parquet")
    assert pages["text"].to_list() == STRINGS
    assert outcome.rejected == []


NO_TEXTS = {
    "nothing": pa.nulls(1), "truth": pa.array([True]), "a span": pa.array([1], pa.duration("s")),
    "a map": pa.array([[("a", "b")]], pa.map_(pa.string(), pa.string())),
    "an empty list": pa.array([[]], pa.list_(pa.string())),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_TEXTS)
def test_parquet_columns_of_other_kinds_are_no_texts(name: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"url": URLS[:1], "text": NO_TEXTS[name]}), tmp_path / "a.parquet")
    pages, outcome = read(tmp_path / "a.parquet")
    assert (pages.height, reasons(outcome), outcome.fault) == (0, [(0, "no-text")], None)


AT = datetime(2025, 3, 6, 9, 3, 2, tzinfo=UTC)
TIMES = {
    "nanoseconds": pa.array([AT.replace(tzinfo=None)], pa.timestamp("ns")),
    "milliseconds in UTC": pa.array([AT], pa.timestamp("ms", "UTC")),
    "seconds of a place": pa.array([AT], pa.timestamp("s", "Asia/Tehran")),
    "seconds since 1970": pa.array([int(AT.timestamp())]),
    "fractions since 1970": pa.array([AT.timestamp()]),
    "decimals since 1970": pa.array([Decimal(int(AT.timestamp()))]),
    "digits": pa.array([20250306090302]),
}


@pytest.mark.parametrize("name", TIMES)
def test_parquet_times_of_any_kind_are_read(name: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"url": URLS[:1], "text": ["One."], "crawled_at": TIMES[name]}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet")[0]["crawled_at"].to_list() == [AT]


def test_a_day_in_parquet_is_published_on_a_day(tmp_path: Path) -> None:
    table = pa.table({"url": URLS[:1], "text": ["One."], "publish_date": pa.array([AT.date()])})
    pq.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet")[0]["published"].to_list() == ["2025-03-06"]


def test_the_row_groups_around_a_damaged_one_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = [hash_words(n) for n in range(50)]
    urls = [f"https://a.example/{n}" for n in range(50)]
    # Without compression only its checksum tells a page with another word in it.
    pq.write_table(
        pa.table({"url": urls, "text": texts}), path, row_group_size=10, compression="none", write_page_checksum=True,
        use_dictionary=False, write_statistics=False,
    )  # fmt: skip
    raw = path.read_bytes()
    path.write_bytes(raw.replace(texts[23].encode(), texts[23][::-1].encode()))
    pages, outcome = read(path)
    assert pages["record"].to_list() == [*range(20), *range(30, 50)]
    assert pages["text"].to_list() == texts[:20] + texts[30:]
    assert reasons(outcome) == [(number, "damaged-rows") for number in range(20, 30)]
    assert (outcome.n_records, outcome.fault) == (50, "cut short: 1 of 5 row groups are damaged")


def test_parquet_without_its_end_or_without_rows_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"url": URLS, "text": URLS}), path)
    path.write_bytes(path.read_bytes()[:-10])
    assert (read(path)[1].fault or "").startswith("could not be opened: ")
    for table in (pa.table({"url": URLS, "text": URLS}).slice(0, 0), pa.table({"url": URLS}).select([])):
        pq.write_table(table, path)
        assert read(path)[1].fault == "holds no records"


def test_parquet_without_any_known_column_has_all_rows_listed(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), tmp_path / "a.parquet")
    pages, outcome = read(tmp_path / "a.parquet")
    assert (pages.height, reasons(outcome)) == (0, [(0, "no-url"), (1, "no-url")])


def test_a_text_in_parquet_is_read_at_the_limit_and_listed_above_it(tmp_path: Path) -> None:
    pq.write_table(pa.table({"url": URLS[:2], "text": ["12345", "1é45"]}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", max_page_bytes=5)[1].rejected == []
    assert reasons(read(tmp_path / "a.parquet", max_page_bytes=4)[1]) == [(0, "too-large"), (1, "too-large")]


# What a record is made of: signs that mean something in JSON and CSV, and some that mean something to the reader.
SIGNS = st.text(st.sampled_from('ab é三"\\,;{}[]:\n\r\t\0|<#-1eN'), max_size=12)
CUTS = st.lists(
    st.tuples(st.sampled_from(["drop", "put", "swap", "end"]), st.integers(0, 400), st.binary(max_size=3)), max_size=3
)


def damaged(raw: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    """A line with some bytes changed; it stays one line."""
    for what, place, signs in changes:
        at, new = place % (len(raw) + 1), signs.replace(b"\n", b"").replace(b"\r", b"")
        dropped = {"drop": 3, "put": 0, "swap": len(new), "end": len(raw)}[what]
        raw = raw[:at] + (b"" if what in ("drop", "end") else new) + raw[at + dropped :]
    return raw


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(SIGNS, min_size=3, max_size=5), which=st.integers(0, 4), changes=CUTS)
def test_whatever_stands_in_one_line_the_others_are_read(
    tmp_path: Path, texts: list[str], which: int, changes: list[tuple[str, int, bytes]]
) -> None:
    records = [{"url": f"https://a.example/{n}", "text": f"Text {text}"} for n, text in enumerate(texts)]
    raw = [json.dumps(record).encode() for record in records]
    which %= len(raw)
    raw[which] = damaged(raw[which], changes)
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(raw) + b"\n")
    pages, outcome = read(tmp_path / "a.jsonl")
    assert pages.height + outcome.n_rejected == outcome.n_records
    found = dict(pages.select("url", "text").iter_rows())
    assert all(found[record["url"]] == record["text"] for n, record in enumerate(records) if n != which)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(SIGNS, min_size=3, max_size=5), which=st.integers(0, 4), changes=CUTS)
def test_whatever_stands_in_one_row_of_a_table_reading_goes_on(
    tmp_path: Path, texts: list[str], which: int, changes: list[tuple[str, int, bytes]]
) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [(f"https://a.example/{n}", f"Text {text}") for n, text in enumerate(texts)]
    )
    raw = file.getvalue().encode()
    path = tmp_path / "a.csv"
    path.write_bytes(b"url,text\n" + raw)
    pages, outcome = read(path)
    assert pages["text"].to_list() == [f"Text {text}" for text in texts]
    path.write_bytes(b"url,text\n" + damaged(raw, changes))
    pages, outcome = read(path)
    assert pages.height + outcome.n_rejected == outcome.n_records
