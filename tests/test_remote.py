from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import page, views, write_lines

import syndetect
from syndetect.crawl import Outcome, Place, find_inputs, read_pages, remote
from syndetect.crawl.remote import public_name
from syndetect.crawl.streams import open_bytes
from syndetect.errors import InputError
from syndetect.pipeline import RunReport
from syndetect.schema import PAGE

HTML = b"<html><body><p>Some words of a page.</p></body></html>"


def warc_record(url: str, body: bytes) -> bytes:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    fields = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-02-08T20:14:27Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{hashlib.md5(url.encode()).hexdigest()}>\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return fields.encode() + http + b"\r\n\r\n"


def lines(*records: object) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


needs_web = pytest.mark.skipif(
    not (importlib.util.find_spec("fsspec") and importlib.util.find_spec("aiohttp")),
    reason="the extra `remote` is not installed",
)
needs_s3 = pytest.mark.skipif(
    not (importlib.util.find_spec("s3fs") and importlib.util.find_spec("moto") and importlib.util.find_spec("flask")),
    reason="s3fs or moto is not installed",
)


class _Handler(BaseHTTPRequestHandler):
    """Serves what `server.files` holds; the first part of a path says how."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(head=True)

    def do_GET(self) -> None:
        self._answer(head=False)

    def _answer(self, *, head: bool) -> None:
        _, how, name = self.path.partition("?")[0].split("/", 2)
        asked = self.headers.get("Range")
        self.server.asked.append(("HEAD" if head else "GET", how, asked))
        data = self.server.files.get(name)
        if how == "secret" and self.headers.get("Authorization") != "Basic dXNlcjpwYXNz":  # user:pass
            return self._refuse(401)
        if data is None or how in ("403", "503") or (how == "once-503" and self._first()):
            return self._refuse(404 if data is None else 503 if how.endswith("503") else 403)
        start, end, status = 0, len(data), 200
        if asked and how not in ("plain", "plain-cut"):
            first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", asked).groups()  # type: ignore[union-attr]
            start, end, status = int(first), min(end, int(last) + 1) if last else end, 206
        self.send_response(status)
        self.send_header("Content-Length", str(end - start))
        if how != "unmarked":
            self.send_header("ETag", f'"{self.server.version}-{len(data)}"')
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        self.end_headers()
        if head:
            return None
        if how == "cut":
            end = min(end, start + 100_000)
        if how == "plain-cut" and self._first():
            end //= 2
        if how == "dead":
            end = min(end, 150_000)
        self.wfile.write(data[start:end])
        if end < len(data):
            self.close_connection = True
        return None

    def _first(self) -> bool:
        self.server.n_refused += 1
        return self.server.n_refused == 1

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server on loopback; `asked` lists the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, str | None]] = []
        self.version = 1
        self.n_refused = 0

    def url(self, how: str, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{how}/{name}"

    @property
    def n_fetched(self) -> int:
        return sum(method == "GET" for method, _, _ in self.asked)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as opened:
        threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield opened
        opened.shutdown()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new try comes at once."""
    monkeypatch.setattr(remote, "RETRY_PAUSES_S", (0.0, 0.0, 0.0))


def zst(data: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(data).to_pybytes()
    return packed


RECORDS = [page(n) for n in range(40)]


def parquet() -> bytes:
    target = BytesIO()
    pq.write_table(pa.Table.from_pylist(RECORDS), target, row_group_size=10)
    return target.getvalue()


def warc() -> bytes:
    return b"".join(gzip.compress(warc_record(f"https://a.test/{n}", HTML)) for n in range(40))


DUMPS = {"a.warc.gz": warc(), "a.jsonl.zst": zst(lines(*RECORDS)), "a.parquet": parquet()}


def read(name: str) -> tuple[pl.DataFrame, Outcome]:
    (source,) = find_inputs([name])
    outcome = Outcome(source.place.name)
    frames = list(read_pages(source, outcome))
    return pl.concat(frames) if frames else pl.DataFrame(schema=PAGE), outcome


def crawl(store: Path, *inputs: str) -> RunReport:
    return syndetect.run(inputs, store=store, stop_after="crawl")


@needs_web
@pytest.mark.parametrize("how", ["ranges", "plain", "once-503", "unmarked"])
@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_on_the_web_reads_like_one_on_disk(server: Server, tmp_path: Path, name: str, how: str) -> None:
    server.files[name] = DUMPS[name]
    (tmp_path / name).write_bytes(DUMPS[name])
    there, outcome = read(server.url(how, name))
    here, _ = read(str(tmp_path / name))
    assert there.drop("path").equals(here.drop("path"))
    assert there["path"].unique().to_list() == [server.url(how, name)]
    assert (outcome.n_records, outcome.fault) == (40, None)


BIG = lines(*(page(n) for n in range(1_500)))


@needs_web
@pytest.mark.parametrize("how", ["cut", "plain-cut"])
def test_a_connection_that_breaks_is_gone_on_with_at_its_byte(server: Server, how: str) -> None:
    server.files["big.jsonl"] = BIG
    place = Place.of(server.url(how, "big.jsonl"))
    assert b"".join(open_bytes(place, Outcome(place.name))) == BIG
    assert server.n_fetched >= (len(BIG) // 100_000 if how == "cut" else 2)


@needs_web
@pytest.mark.parametrize("name", ["big.jsonl", "big.jsonl.gz", "big.warc", "big.html"])
def test_a_server_that_never_sends_the_rest_gives_what_came_before_and_a_fault(server: Server, name: str) -> None:
    html = b"<html><body>" + b"<p>Some words of a page.</p>" * 9_000
    record = warc_record("https://a.test/", HTML)
    server.files.update(
        {
            "big.jsonl": BIG, "big.jsonl.gz": gzip.compress(BIG, 1), "big.warc": record * 1_000, "big.html": html,
        }
    )  # fmt: skip
    pages, outcome = read(server.url("dead", name))
    assert outcome.fault is not None
    assert re.fullmatch(r"cut short: the connection broke, at byte \d+", outcome.fault)
    assert pages.height == outcome.n_records - outcome.n_rejected > 0


@needs_web
@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ("ranges", "could not be opened: the server answered 404"),
        ("403", "could not be opened: the server answered 403"),
        ("503", "could not be opened: the server answered 503"),
        ("secret", "could not be opened: the server answered 401"),
    ],
)
def test_what_the_server_does_not_give_is_a_fault(server: Server, tmp_path: Path, how: str, fault: str) -> None:
    if how != "ranges":
        server.files["a.jsonl"] = lines(*RECORDS)
    report = crawl(tmp_path / "s.duckdb", server.url(how, "a.jsonl"))
    assert report.exit_status == 3
    assert report.faults == [f"{server.url(how, 'a.jsonl')}: {fault}"]


@needs_web
def test_a_server_that_is_not_there_is_a_fault(server: Server) -> None:
    address = server.url("ranges", "a.jsonl")
    server.shutdown()
    server.server_close()
    _, outcome = read(address)
    assert outcome.fault is not None
    assert outcome.fault.startswith("could not be opened: ")


@needs_web
def test_what_has_not_changed_on_a_server_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    server.files["a.jsonl"], store = lines(page(1)), tmp_path / "s.duckdb"
    address = server.url("ranges", "a.jsonl")
    crawl(store, address)
    n_fetched = server.n_fetched
    again = crawl(store, address)
    assert (server.n_fetched, again.inputs[0]["read_before"]) == (n_fetched, True)
    server.files["a.jsonl"], server.version = lines(page(2)), 2
    assert crawl(store, address).documents["new"] == 1
    # Without a mark of its version a file has to be read to know.
    unmarked = server.url("unmarked", "a.jsonl")
    assert [crawl(store, unmarked).inputs[0]["read_before"] for _ in range(2)] == [False, False]
    assert views(store)["inputs"].select("path", "sha256").rows() == [(address, None), (unmarked, None)]


@needs_web
def test_a_password_opens_a_file_and_is_neither_stored_nor_told(server: Server, tmp_path: Path) -> None:
    server.files["a.jsonl"] = lines(page(1))
    told = server.url("secret", "a.jsonl")
    for secret, found in (("user:pass@", 1), ("user:wrong@", 0)):
        store = tmp_path / f"{found}.duckdb"
        report = crawl(store, told.replace("//", f"//{secret}"))
        assert report.inputs[0]["path"] == told
        assert views(store)["documents"].height == found
        assert secret not in report.to_json()
        assert secret.encode() not in store.read_bytes()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://user:pass@a.test/x?y=1", "https://a.test/x?y=1"),
        ("https://token@a.test/x", "https://a.test/x"),
        ("https://a.test/x?X-Amz-Signature=1&y=2&X-Amz-Date=3", "https://a.test/x?y=2"),
        ("https://a.test/x?y=%20&z", "https://a.test/x?y=%20&z"),
        ("https://a.blob.test/x?sv=1&sig=abc&se=2", "https://a.blob.test/x"),
        ("sftp://user:pass@a.test/x", "sftp://user@a.test/x"),
        ("s3://bucket/a#b?c", "s3://bucket/a#b?c"),
        ("zip://*.csv::https://user:pass@a.test/x.zip", "zip://*.csv::https://a.test/x.zip"),
    ],
)
def test_an_address_is_named_without_its_secrets(address: str, name: str) -> None:
    assert public_name(address) == name
    assert Place.of(address).name == name
    assert "pass" not in repr(Place.of(address))


@needs_web
def test_a_list_may_lie_on_a_server_and_name_files_beside_it(server: Server) -> None:
    server.files.update(DUMPS)
    other = server.url("plain", "a.parquet")
    server.files["lists/all.txt.gz"] = gzip.compress(f"# all\n../a.warc.gz\n{other}\n".encode())
    found = find_inputs(["@" + server.url("ranges", "lists/all.txt.gz")])
    assert [one.place.name for one in found] == [other, server.url("ranges", "lists/../a.warc.gz")]
    with pytest.raises(InputError, match=r"there is no such file.*\[no-such-input\]"):
        find_inputs(["@" + server.url("ranges", "none.txt")])


def test_an_address_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    (source,) = find_inputs(["https://a.test/x.jsonl"])
    with pytest.raises(InputError, match=r'pip install "syndetect\[remote\]".*\[remote-extra\]'):
        list(read_pages(source, Outcome("x")))


@needs_web
def test_an_address_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(InputError, match=r"nosuch://a/b can't be opened: .*\[no-such-input\]"):
        find_inputs(["nosuch://a/b"])


@needs_web
def test_an_address_of_a_local_file_is_that_file(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a b.jsonl", page(1))
    assert [one.place for one in find_inputs([path.as_uri(), str(path)])] == [Place(str(path))]


@needs_web
def test_a_folder_in_memory_gives_its_dumps_and_says_what_is_passed_over() -> None:
    import fsspec  # noqa: PLC0415

    memory = fsspec.filesystem("memory")
    for name, data in {**DUMPS, "b.png": b"\x89PNG", "_SUCCESS": b"", "part-0": lines(page(1)), "c": b"words"}.items():
        memory.pipe_file(f"/dumps/deep/{name}", data)
    counted: Counter[str] = Counter()
    found = find_inputs(["memory://dumps/"], counted)
    assert [one.place.name.rpartition("/")[2] for one in found] == ["a.jsonl.zst", "a.parquet", "a.warc.gz", "part-0"]
    assert counted == {".png": 1, "hidden": 1, "no suffix": 1}
    with pytest.raises(InputError, match=r"\[no-dump\]"):
        find_inputs(["memory://dumps/none-*.jsonl"])
    memory.rm("/dumps", recursive=True)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of a server that speaks S3, with the dumps and more."""
    boto3, server = pytest.importorskip("boto3"), pytest.importorskip("moto.server")
    started = server.ThreadedMotoServer(port=0, verbose=False)
    started.start()
    _, port = started.get_host_and_port()
    patch = pytest.MonkeyPatch()
    settings = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "key", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret", "AWS_CONFIG_FILE": "/dev/null",
    }  # fmt: skip
    for name, value in settings.items():
        patch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="crawl")
    for name, data in {**DUMPS, "b.png": b"\x89PNG", "notes.md": b"notes"}.items():
        client.put_object(Bucket="crawl", Key=f"2026/{name}", Body=data)
    yield "s3://crawl/2026"
    client.close()
    patch.undo()
    started.stop()


@needs_s3
@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_in_a_bucket_reads_like_one_on_disk(bucket: str, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(DUMPS[name])
    there, outcome = read(f"{bucket}/{name}")
    here, _ = read(str(tmp_path / name))
    assert there.drop("path").equals(here.drop("path"))
    assert (outcome.n_records, outcome.fault) == (40, None)


@needs_s3
@pytest.mark.parametrize("named", ["/", "", "/*", "/a.*"])
def test_a_folder_and_a_pattern_in_a_bucket_give_their_dumps(bucket: str, named: str) -> None:
    found = [one.place.name for one in find_inputs([bucket + named])]
    assert [name for name in found if "/a." in name] == [f"{bucket}/{name}" for name in sorted(DUMPS)]
    assert len(found) == (5 if named == "/*" else 3)


@needs_s3
def test_what_has_not_changed_in_a_bucket_is_not_read_again(bucket: str, tmp_path: Path) -> None:
    store = tmp_path / "s.duckdb"
    first = crawl(store, f"{bucket}/a.*")
    assert [one["n_records"] for one in first.inputs] == [40, 40, 40]
    again = crawl(store, f"{bucket}/a.*", f"{bucket}/none.jsonl")
    assert [one["read_before"] for one in again.inputs] == [True, True, True, False]
    assert again.faults == [f"{bucket}/none.jsonl: could not be opened: there is no such file"]


@needs_s3
def test_dedup_reads_a_bucket_again(bucket: str, tmp_path: Path) -> None:
    syndetect.run([f"{bucket}/a.*"], store=tmp_path / "s.duckdb")
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        archive.dedup(tmp_path / "kept.parquet")
    kept = pl.read_parquet(tmp_path / "kept.parquet")
    assert set(kept["syndetect_path"]) <= {f"{bucket}/{name}" for name in DUMPS}
    assert kept["url"].n_unique() == kept.height


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=BytesIO(data)))


@pytest.mark.parametrize("name", [*DUMPS, "a.jsonl"])
def test_standard_input_reads_like_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    data = DUMPS.get(name) or BIG * 4  # more than is kept of its head
    (tmp_path / name).write_bytes(data)
    standard_input(monkeypatch, data)
    there, outcome = read("-")
    here, _ = read(str(tmp_path / name))
    assert there.drop("path").equals(here.drop("path"))
    assert outcome.fault is None


def test_what_came_through_standard_input_is_known_by_its_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store, paths = tmp_path / "s.duckdb", []
    for records, n_new, before in (([1, 2], 2, False), ([1, 2], 0, True), ([2, 3], 1, False)):
        standard_input(monkeypatch, lines({}, *map(page, records)))
        report = syndetect.run(["-", "-"], store=store)
        assert (report.documents["new"], [one["read_before"] for one in report.inputs]) == (n_new, [before])
        paths.append(report.inputs[0]["path"])
    assert paths[0] == paths[1] != paths[2]
    found = views(store)
    assert found["inputs"]["path"].to_list() == sorted({*map(str, paths)})
    assert found["documents"].height == 3
    assert set(found["rejected"]["path"]) == set(paths)
    with syndetect.open(store) as archive:
        archive.dedup(tmp_path / "kept.jsonl")
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 3


def test_a_text_on_standard_input_has_the_address_of_its_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for text in ("One text of some words.", "Another text of some words."):
        standard_input(monkeypatch, text.encode())
        crawl(tmp_path / "s.duckdb", "-")
    urls = views(tmp_path / "s.duckdb")["documents"]["url"]
    assert urls.str.starts_with("urn:sha256:").to_list() == [True, True]


def test_an_empty_standard_input_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    standard_input(monkeypatch, b"")
    assert read("-")[1].fault == "empty file"


def test_a_named_pipe_is_a_stream(tmp_path: Path) -> None:
    pipe, store = tmp_path / "pipe", tmp_path / "s.duckdb"
    os.mkfifo(pipe)
    for records in ([1], [2]):
        writer = threading.Thread(target=pipe.write_bytes, args=(lines(*map(page, records)),))
        writer.start()
        assert crawl(store, str(pipe)).documents["new"] == 1
        writer.join()
    assert views(store)["documents"].height == 2
    assert views(store)["inputs"]["path"].str.starts_with(f"{pipe}#").all()
