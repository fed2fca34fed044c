from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
from datetime import UTC, datetime
from pathlib import Path

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from syndetect.crawl import Outcome, Place, find_inputs, read_pages, sha256_of
from syndetect.errors import InputError
from syndetect.schema import PAGE, REJECTED

HTML = b"<html><body><p>Some words of a page.</p></body></html>"


def warc_record(
    url: str, body: bytes, *, head: str = "Content-Type: text/html; charset=utf-8", status: int = 200
) -> bytes:
    http = f"HTTP/1.1 {status} OK\r\n{head}\r\n\r\n".encode() + body
    fields = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-02-08T20:14:27Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{hashlib.md5(url.encode()).hexdigest()}>\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return fields.encode() + http + b"\r\n\r\n"


def lines(*records: object) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def read(path: Path) -> tuple[pl.DataFrame, Outcome]:
    (source,) = find_inputs([str(path)])
    outcome = Outcome(str(path))
    frames = list(read_pages(source, outcome))
    return pl.concat(frames) if frames else pl.DataFrame(schema=PAGE), outcome


PAGE_LINE = {"url": "https://a.test/1", "maintext": "Words.", "title": "T", "date_download": "2026-02-08 20:14:27"}


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\[no-such-input\]"):
        find_inputs([str(tmp_path / "none.jsonl")])
    with pytest.raises(InputError, match=r"\[no-such-input\]"):
        find_inputs([str(tmp_path / "*.jsonl")])


def test_a_folder_without_a_dump_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("nothing")
    (tmp_path / "truth.jsonl").write_bytes(lines({"url": "https://a.test/1", "story": 3}))
    with pytest.raises(InputError, match=r"\[no-dump\]"):
        find_inputs([str(tmp_path)])


def test_a_folder_gives_its_dumps_and_a_named_file_is_taken_whatever_it_holds(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.jsonl.gz").write_bytes(gzip.compress(lines(PAGE_LINE)))
    (tmp_path / "a.warc").write_bytes(warc_record("https://a.test/", HTML))
    (tmp_path / "truth.jsonl").write_bytes(lines({"url": "https://a.test/1", "story": 3}))
    found = find_inputs([str(tmp_path)])
    assert [(one.place.path.name, one.format, one.named) for one in found] == [
        ("a.warc", "warc", False),
        ("b.jsonl.gz", "jsonl", False),
    ]
    both = find_inputs([str(tmp_path), str(tmp_path / "truth.jsonl"), str(tmp_path / "a.warc")])
    assert [(one.place.path.name, one.named) for one in both] == [
        ("a.warc", True),
        ("b.jsonl.gz", False),
        ("truth.jsonl", True),
    ]


def test_a_list_file_names_inputs_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(PAGE_LINE))
    (tmp_path / "list.txt").write_text("# dumps\n\na.jsonl\n")
    assert [one.place.path.name for one in find_inputs([f"@{tmp_path / 'list.txt'}"])] == ["a.jsonl"]


def test_the_content_tells_the_format_before_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt.gz"
    path.write_bytes(gzip.compress(warc_record("https://a.test/", HTML)))
    assert find_inputs([str(path)])[0].format == "warc"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_packed_and_plain_lines_read_alike(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    path = tmp_path / "dump.jsonl"
    path.write_bytes(pack(lines(PAGE_LINE)))
    pages, outcome = read(path)
    assert pages["text"].to_list() == ["Words."]
    assert pages["crawled_at"].to_list() == [datetime(2026, 2, 8, 20, 14, 27, tzinfo=UTC)]
    assert (outcome.n_records, outcome.n_rejected, outcome.fault) == (1, 0, None)


def test_bad_records_are_listed_with_a_reason_and_the_good_ones_read(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_bytes(lines(PAGE_LINE, {"url": "https://a.test/2"}, {"text": "x"}, [1]) + b"nope\n" + lines(PAGE_LINE))
    pages, outcome = read(path)
    assert pages["record"].to_list() == [0, 5]
    frame = outcome.rejected_frame()
    assert frame.schema == REJECTED
    assert frame["record"].to_list() == [1, 2, 3, 4]
    assert [reason.split(":")[0] for reason in frame["reason"]] == ["no-text", "no-url", "not-a-record", "bad-json"]
    assert outcome.fault is None


def test_a_file_cut_short_gives_what_comes_before_and_says_so(tmp_path: Path) -> None:
    whole = lines(PAGE_LINE, PAGE_LINE, PAGE_LINE)
    for name, raw in (("cut.jsonl", whole[:-9]), ("cut.jsonl.gz", gzip.compress(whole, mtime=0)[:-12])):
        path = tmp_path / name
        path.write_bytes(raw)
        pages, outcome = read(path)
        assert pages.height >= 1, name
        assert outcome.fault is not None, name
        assert outcome.fault.startswith("cut short"), name


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_list_and_an_indented_object_are_read_whole(tmp_path: Path, indent: int | None) -> None:
    for name, data, n in (("list.json", [PAGE_LINE, PAGE_LINE], 2), ("one.json", PAGE_LINE, 1)):
        (tmp_path / name).write_text(json.dumps(data, indent=indent))
        pages, outcome = read(tmp_path / name)
        assert pages.height == outcome.n_records == n


def test_an_empty_file_and_a_false_name_are_faults_not_errors(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "false.parquet").write_text("just some words")
    assert read(tmp_path / "empty.jsonl")[1].fault == "empty file"
    assert read(tmp_path / "false.parquet")[1].fault == "is no Parquet file, though its name says so"


def test_parquet_reads_like_lines(tmp_path: Path) -> None:
    records = [
        {
            "url": "https://a.test/1",
            "text": "Words.",
            "date": "2025-03-06T09:03:00Z",
            "dump": "CC-MAIN",
            "title": "None",
        },
        {"url": None, "text": "x", "date": None, "dump": "CC-MAIN", "title": None},
    ]
    pl.DataFrame(records).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_bytes(lines(*records))
    (rows, seen), (other, _) = read(tmp_path / "a.parquet"), read(tmp_path / "a.jsonl")
    assert rows.drop("path").equals(other.drop("path"))
    assert rows["crawled_at"].to_list() == [datetime(2025, 3, 6, 9, 3, tzinfo=UTC)]
    assert rows["title"].to_list() == [None]
    assert seen.rejected == [(1, "no-url: record has no url")]


def test_parquet_times_and_nested_columns_are_read(tmp_path: Path) -> None:
    at = datetime(2025, 3, 6, 9, 3, tzinfo=UTC)
    frame = pl.DataFrame(
        {"text": ["Words."], "metadata": [{"url": "https://a.test/1", "date": "x"}], "fetch_time": [at]}
    )
    frame.write_parquet(tmp_path / "a.parquet")
    pages, _ = read(tmp_path / "a.parquet")
    assert pages.select("url", "crawled_at").rows() == [("https://a.test/1", at)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A headline\nThe first line.", "A headline"),
        ("One line that is all there is", None),
        ("A paragraph that ends as one does.\nAnother.", None),
        ("“Quoted to its end.”\nAnother.", None),
        ("一个段落。\n另一个", None),
    ],
)
def test_the_first_line_of_a_text_file_is_a_headline_unless_it_reads_as_text(
    tmp_path: Path, text: str, title: str | None
) -> None:
    path = tmp_path / "page.txt"
    path.write_text(text, encoding="utf-8")
    assert read(path)[0]["title"].to_list() == [title]


def test_a_text_file_is_one_page_with_its_own_address(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text("A headline\n\nThe first line.\nThe second.\n", encoding="utf-8")
    pages, outcome = read(path)
    assert pages.select("url", "title").rows() == [(path.as_uri(), "A headline")]
    assert outcome.n_records == 1


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    assert sha256_of(Place(str(path))) == hashlib.sha256(b"abc").hexdigest()


def test_a_dump_in_a_folder_is_known_by_its_columns_even_if_the_first_texts_are_empty(tmp_path: Path) -> None:
    lines = [json.dumps({"url": f"https://a.example/{n}", "text": "" if n < 60 else "Words."}) for n in range(61)]
    (tmp_path / "dump.jsonl").write_bytes(b"\xef\xbb\xbf" + "\n".join(lines).encode())
    (tmp_path / "labels.jsonl").write_text('{"url": "https://a.example/1", "label": "x"}\n')
    assert [one.place.path.name for one in find_inputs([str(tmp_path)])] == ["dump.jsonl"]


def test_a_url_of_blanks_is_no_url(tmp_path: Path) -> None:
    dump = tmp_path / "d.jsonl"
    dump.write_text('{"url": "  ", "text": "Some words."}\n{"url": "https://a.example/", "text": " "}\n')
    outcome = Outcome(str(dump))
    assert sum(frame.height for frame in read_pages(find_inputs([str(dump)])[0], outcome)) == 0
    assert [reason.split(":")[0] for _, reason in outcome.rejected] == ["no-url", "no-text"]


@pytest.mark.parametrize("kind", ["strings", "bytes", "bytes in a record"])
def test_bytes_in_parquet_that_are_no_utf8_are_replaced_not_fatal(kind: str, tmp_path: Path) -> None:
    raw = pa.array([b"caf\xe9 au lait", b"tea"], pa.binary())
    text = raw if kind != "strings" else pa.StringArray.from_buffers(2, *raw.buffers()[1:])
    urls = pa.array(["https://a.example/1", "https://a.example/2"])
    if kind == "bytes in a record":
        page = pa.StructArray.from_arrays([raw, urls], ["content", "responded_url"])
        table = pa.table({"HTML": page})
    else:
        table = pa.table({"url": urls, "text": text})
    pq.write_table(table, tmp_path / "a.parquet")
    pages, _ = read(tmp_path / "a.parquet")
    # Bytes of HTML stay as they are: the page says what they are.
    is_page = "HTML" in table.column_names
    found = [one.decode("utf-8", "replace") for one in pages["html"]] if is_page else pages["text"].to_list()
    assert found == ["caf\N{REPLACEMENT CHARACTER} au lait", "tea"]
