from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndetect.crawl import (
    Options,
    Outcome,
    Place,
    find_inputs,
    groups_of,
    read_page_files,
    read_pages,
)  # fmt: skip
from syndetect.crawl.streams import lines_of, open_bytes
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


Pack = Callable[[bytes], bytes]
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
    assert Place(str(path)).sha256() == hashlib.sha256(b"abc").hexdigest()


def test_a_dump_in_a_folder_is_known_by_its_columns_even_if_the_first_texts_are_empty(tmp_path: Path) -> None:
    lines = [json.dumps({"url": f"https://a.example/{n}", "text": "" if n < 60 else "Words."}) for n in range(61)]
    (tmp_path / "dump.jsonl").write_bytes(b"\xef\xbb\xbf" + "\n".join(lines).encode())
    (tmp_path / "labels.jsonl").write_text('{"url": "https://a.example/1", "label": "x"}\n')
    assert [one.place.path.name for one in find_inputs([str(tmp_path)])] == ["dump.jsonl"]


def zst(data: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(data).to_pybytes()
    return packed


PACKINGS = [gzip.compress, bz2.compress, lzma.compress, zst]
WAYS = ["gz", "bz2", "xz", "zst"]


def content(raw: bytes, tmp_path: Path, **options: int) -> tuple[list[bytes], str | None]:
    (tmp_path / "packed").write_bytes(raw)
    outcome = Outcome("packed")
    return list(open_bytes(Place(str(tmp_path / "packed")), outcome, **options)), outcome.fault


def parts(n: int) -> list[bytes]:
    chosen = random.Random(7)
    return [b"".join(b"%d-%d %d\n" % (i, j, chosen.getrandbits(64)) for j in range(900)) for i in range(n)]


@pytest.mark.parametrize("pack", PACKINGS, ids=WAYS)
@given(
    members=st.lists(st.binary(max_size=300), max_size=4), padding=st.integers(0, 3), chunk=st.sampled_from([7, 4096])
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_members_one_behind_another_are_one_content(
    tmp_path: Path, pack: Pack, members: list[bytes], padding: int, chunk: int
) -> None:
    raw = b"".join(map(pack, members)) + b"\0" * (512 * padding if members else 0)
    chunks, fault = content(raw, tmp_path, chunk_bytes=chunk)
    assert (b"".join(chunks), fault) == (b"".join(members), None)


@pytest.mark.parametrize("pack", PACKINGS, ids=WAYS)
@pytest.mark.parametrize("harm", ["overwritten", "cut", "gone"])
def test_behind_a_damaged_member_reading_goes_on_at_the_next(tmp_path: Path, pack: Pack, harm: str) -> None:
    members = [pack(part) for part in parts(5)]
    half = len(members[2]) // 2
    members[2] = {
        "overwritten": members[2][:40] + b"\xa5" * (len(members[2]) - 60) + members[2][-20:],
        "cut": members[2][:half],
        "gone": members[2][half:],
    }[harm]
    chunks, fault = content(b"".join(members), tmp_path)
    got, wanted = b"".join(chunks), parts(5)
    assert got.startswith(wanted[0] + wanted[1])
    assert got.endswith(wanted[3] + wanted[4])
    at = sum(map(len, members[:2]))
    assert fault is not None
    assert fault.startswith(f"cut short: damaged behind byte {at}, read on at byte {at + len(members[2])}")


@pytest.mark.parametrize("pack", PACKINGS, ids=WAYS)
def test_what_is_cut_or_followed_by_something_else_says_so(tmp_path: Path, pack: Pack) -> None:
    (whole,) = parts(1)
    for raw, words in (
        (pack(whole)[:-9], "the packed data ends too early"),
        (pack(whole)[:13], "the packed data ends too early"),
        (pack(whole) + b"something else", f"damaged behind byte {len(pack(whole))}"),
    ):
        chunks, fault = content(raw, tmp_path)
        assert whole.startswith(b"".join(chunks))
        assert fault == f"cut short: {words}"
    assert b"".join(chunks) == whole


def test_a_zstd_frame_that_holds_nothing_is_passed_over(tmp_path: Path) -> None:
    skipped = b"\x5e\x2a\x4d\x18" + (70_000).to_bytes(4, "little") + bytes(70_000)
    chunks, fault = content(skipped + zst(b"one") + skipped + zst(b"two"), tmp_path)
    assert (b"".join(chunks), fault) == (b"onetwo", None)


@pytest.mark.parametrize("pack", PACKINGS, ids=WAYS)
def test_what_unpacks_to_very_much_comes_in_small_chunks(tmp_path: Path, pack: Pack) -> None:
    chunks, fault = content(pack(bytes(20_000_000)), tmp_path, chunk_bytes=1 << 16)
    assert sum(map(len, chunks)) == 20_000_000
    assert max(map(len, chunks)) < 2 << 16
    assert fault is None


@given(st.text("ab\n\r\0é", max_size=200).map(str.encode), st.integers(1, 60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_are_those_of_a_plain_split_but_for_the_long_ones(tmp_path: Path, raw: bytes, limit: int) -> None:
    (tmp_path / "lines").write_bytes(raw)
    place = Place(str(tmp_path / "lines"))
    wanted = raw.split(b"\n") if raw and not raw.endswith(b"\n") else raw.split(b"\n")[:-1]
    assert list(lines_of(place, Outcome("lines"))) == wanted
    found = list(lines_of(place, Outcome("lines"), max_bytes=limit))
    assert found == [line[: limit + 1] for line in wanted]


def test_a_line_over_the_limit_and_across_chunks_is_cut(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"x" * 3_000_000 + b"\ny\n" + b"z" * 2_500_000)
    found = list(lines_of(Place(str(tmp_path / "lines")), Outcome("lines"), max_bytes=2_500_000))
    assert [len(line) for line in found] == [2_500_001, 1, 2_500_000]


def test_a_line_that_damage_cuts_off_is_not_joined_to_another(tmp_path: Path) -> None:
    first, last = parts(2)
    raw = gzip.compress(first[:-5])[:-8] + b"\xff" * 8 + gzip.compress(last)
    (tmp_path / "lines").write_bytes(raw)
    found = list(lines_of(Place(str(tmp_path / "lines")), Outcome("lines")))
    *whole, cut = first[:-5].split(b"\n")
    assert found[: len(whole)] == whole
    assert cut.startswith(found[len(whole)])
    assert found[len(whole) + 1 :] == last.split(b"\n")[:-1]
    packed = [gzip.compress(lines(PAGE_LINE) * 50 + b'{"url": "https://a.test/'), gzip.compress(lines(PAGE_LINE) * 3)]
    (tmp_path / "dump.jsonl").write_bytes(packed[0][:-8] + b"\xff" * 8 + packed[1])
    pages, outcome = read(tmp_path / "dump.jsonl")
    assert (pages.height, outcome.n_rejected) == (53, 1)


@pytest.mark.parametrize("name", ["page.txt", "page.html", "page.txt.gz"])
def test_a_page_file_over_the_limit_is_listed(tmp_path: Path, name: str) -> None:
    raw = b"Words of a page." * 10
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    (source,) = find_inputs([str(tmp_path / name)])
    for limit, n_rejected in ((len(raw), 0), (len(raw) - 1, 1)):
        outcome = Outcome("page")
        assert sum(frame.height for frame in read_pages(source, outcome, Options(limit))) == 1 - n_rejected
        assert (outcome.n_records, outcome.n_rejected, outcome.fault) == (1, n_rejected, None)
    assert outcome.rejected[0][1].startswith("too-large: ")


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"WARC/1.0\r\n", "warc"), (b"PAR1\x15\x04", "parquet"), (b'{"url": 1}', "jsonl"),
        (b'[\n {"url": 1}]', "jsonl"),
        (b"[1] A note.", "text"), (b"url,text\nu,t\n", "csv"), (b"\xef\xbb\xbfurl\ttitle\ttext\r\nu\tx\tt\r\n", "csv"),
        (b'"url";"maintext"\nu;t\n', "csv"), (b"id,label\n1,2\n", "text"), (b"Once, upon a time\n", "text"),
        (b"<!DOCTYPE html>\n<p>", "html"), (b"<!-- saved -->\n<HTML lang=en>", "html"), (b"<html>", "html"),
        (b'<?xml version="1.0"?>\n<html xmlns="x">', "html"), (b"<htmlx>", "text"), (b"Some words.", "text"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_a_file_without_a_suffix_is_told_by_its_content(tmp_path: Path, head: bytes, found: str, pack: Pack) -> None:
    (tmp_path / "noname").write_bytes(pack(head))
    (source,) = find_inputs([str(tmp_path / "noname")])
    assert source.format == found
    assert (source.fault is None) == (found != "parquet" or pack is bytes)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7", "a PDF file"), (b"PK\x03\x04", "a ZIP archive"), (b"\x89PNG\r\n", "an image"),
        (b"\x00\x01", "binary data"), (b"x" * 257 + b"ustar", "a tar archive"),
        (gzip.compress(b"x", mtime=0), "packed twice"),
    ],
)  # fmt: skip
def test_a_named_file_that_is_nothing_we_read_is_a_fault(tmp_path: Path, data: bytes, what: str) -> None:
    (tmp_path / "noname").write_bytes(gzip.compress(data))
    assert read(tmp_path / "noname")[1].fault == f"holds nothing that is read here: it is {what}"
    (tmp_path / "pages.jsonl").write_bytes(gzip.compress(data))
    assert read(tmp_path / "pages.jsonl")[1].fault == f"is no JSON file, though its name says so: it is {what}"


def test_a_folder_says_what_it_passes_over(tmp_path: Path) -> None:
    folder = tmp_path / "crawl"
    (folder / "deep" / ".git").mkdir(parents=True)
    for name, data in {
        "a.PNG": b"", "b.png": b"", "c.pdf": b"", "notes": b"Some words.", "odd.xyz": b"Some words.", "page.php": HTML,
        "labels.json": b'{"label": 1}', "labels.csv": b"id,label\n", "_SUCCESS": b"", ".hidden.txt": b"x",
        "part-0000": lines(PAGE_LINE), "deep/page.html": HTML, "deep/.git/x.txt": b"x", "list.jsonl": lines(PAGE_LINE),
    }.items():  # fmt: skip
        (folder / name).write_bytes(data)
    (folder / "gone.txt").symlink_to(folder / "nowhere")
    (folder / "round").symlink_to(folder)
    (folder / "itself").symlink_to(folder / "itself")
    os.mkfifo(folder / "pipe.jsonl")
    passed_over: Counter[str] = Counter()
    found = [one.place.path.relative_to(folder).as_posix() for one in find_inputs([str(folder)], passed_over)]
    assert found == ["deep/page.html", "list.jsonl", "page.php", "part-0000"]
    assert passed_over == {
        ".png": 2, ".pdf": 1, "no suffix": 1, ".xyz": 1, ".json without texts": 1, ".csv without texts": 1, "hidden": 2,
        "hidden folder": 1, "broken link": 2, "no file": 1,
    }  # fmt: skip


def test_folders_behind_links_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_text("Words.")
    (tmp_path / "crawl").mkdir()
    for name in ("one", "two"):
        (tmp_path / "crawl" / name).symlink_to(tmp_path / "real")
    assert [one.place.path.name for one in find_inputs([str(tmp_path / "crawl")])] == ["a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_can_not_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Words.")
    (tmp_path / "closed").mkdir(mode=0)
    found = find_inputs([str(tmp_path)])
    assert [one.fault for one in found] == [None, "could not be opened: Permission denied"]


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.warc", "a.parquet"])
def test_a_file_that_has_gone_since_it_was_found_is_a_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "b.txt").write_text("Words.")
    (tmp_path / name).write_bytes({"a.jsonl": lines(PAGE_LINE), "a.warc": b"WARC/1.0"}.get(name, b"PAR1"))
    found = find_inputs([str(tmp_path / "*")])
    (tmp_path / name).unlink()
    outcomes = [Outcome(one.place.name) for one in found]
    if name == "a.txt":
        assert sum(frame.height for frame in read_page_files(found, outcomes)) == 1
    else:
        assert list(read_pages(found[0], outcomes[0])) == []
    assert outcomes[0].fault == "could not be opened: No such file or directory"


def test_page_files_travel_together_and_dumps_alone(tmp_path: Path) -> None:
    for name in ("a.txt", "b.html", "c.jsonl", "d.txt"):
        (tmp_path / name).write_bytes(lines(PAGE_LINE))
    (tmp_path / "b.txt").write_bytes(b"")
    groups = list(groups_of(find_inputs([str(tmp_path)])))
    assert [[one.place.path.name for one in group] for group in groups] == [
        ["a.txt", "b.html", "b.txt"], ["c.jsonl"], ["d.txt"],
    ]  # fmt: skip
    outcomes = [Outcome(one.place.name) for one in groups[0]]
    (frame,) = read_page_files(groups[0], outcomes)
    assert frame.schema == PAGE
    assert frame["path"].to_list() == frame["url"].str.strip_prefix("file://").to_list() == [
        str(tmp_path / "a.txt"), str(tmp_path / "b.html"),
    ]  # fmt: skip
    assert [outcome.fault for outcome in outcomes] == [None, None, "empty file"]
    for source, outcome, row in zip(groups[0], outcomes, frame.iter_slices(1), strict=False):
        alone = Outcome(outcome.path)
        (one,) = read_pages(source, alone)
        assert one.equals(row)
        assert alone == outcome


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
