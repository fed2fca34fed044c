from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import polars as pl
import pytest

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
