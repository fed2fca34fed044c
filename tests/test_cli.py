"""The command line: exit statuses, one line on stderr, data on stdout, nothing half-written whatever comes in."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from conftest import ROOT, SAMPLE, page, write_lines

import syndetect
from syndetect.cli import cli, run_cli

SEED_SHAPED = "https://jisr-translate.example/437019.html"
NOISE = random.Random(0).randbytes(200_000)


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Status, stdout and stderr of a command, run here."""
    status = run_cli([str(one) for one in arguments])
    out, err = capsys.readouterr()
    return status, out, err


def start(*arguments: object, stdout: int | None = None) -> subprocess.Popen[str]:
    """A command as a process of its own."""
    command = [sys.executable, "-m", "syndetect", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, text=True, stdout=stdout, stderr=subprocess.PIPE, env=environment)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A store of two pages."""
    store = tmp_path / "small.duckdb"
    syndetect.run([str(write_lines(tmp_path / "small.jsonl", page(1), page(2)))], store=store, stop_after="crawl")
    return store


# What is wrong before anything is read: one line, the status, and no file is made or touched.


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["run", "none.warc.gz"], 2, r"none.warc.gz does not exist; check the path \[no-such-input\]"),
        (["run", "*.warc"], 2, r"\*.warc does not exist; .*\[no-such-input\]"),
        (["run", "@none.txt"], 2, r"the list none.txt does not exist; .*\[no-such-input\]"),
        (["run", "empty"], 2, r"empty holds no dump; name a file, .*\[no-dump\]"),
        (["run"], 2, r"Missing argument 'INPUT...'; see syndetect run --help \[command-line\]"),
        (["run", "d.jsonl", "--colour"], 2, r"No such option '--colour'; .*\[command-line\]"),
        (["run", "d.jsonl", "--set", "colour=1"], 2, r"unknown setting colour \(--set\); .*\[unknown-setting\]"),
        (["run", "d.jsonl", "--set", "bands"], 2, r"--set bands has no value; .*\[setting-type\]"),
        (["run", "d.jsonl", "--set", "bands=x"], 2, r"bands = x .*\[setting-type\]"),
        (["run", "d.jsonl", "--set", "bands=30"], 2, r"bands = 30 does not divide .*\[bands-divide\]"),
        (["run", "d.jsonl", "--set", "least_jaccard=7"], 2, r"least_jaccard = 7.0 is out of range.*\[setting-range\]"),
        (["run", "d.jsonl", "--config", "none.toml"], 2, r"none.toml can't be read .*\[config\]"),
        (["run", "d.jsonl", "--config", "bad.toml"], 2, r"unknown setting colour \(bad.toml\); .*\[unknown-setting\]"),
        (["run", "d.jsonl", "--config", "no.toml"], 2, r"no.toml is no TOML: .*\[config\]"),
        (["run", "d.jsonl", "--stop-after", "mince"], 2, r"there is no stage mince; .*\[unknown-stage\]"),
        (["run", "d.jsonl", "--store", "empty"], 10, r"empty is a folder; .*\[no-store\]"),
        (["run", "d.jsonl", "--store", "none/s.duckdb"], 10, r"there is no folder none; .*\[no-store\]"),
        (["run", "d.jsonl", "--store", "bad.toml"], 10, r"bad.toml is no syndetect store; .*\[no-store\]"),
        (["run", "d.jsonl", "--store", "void"], 10, r"void is no syndetect store; .*\[no-store\]"),
        (["mince"], 2, r"No such command 'mince'; see syndetect --help \[command-line\]"),
        (["trace", SEED_SHAPED], 10, r"syndetect.duckdb does not exist; make a store with: .*\[no-store\]"),
        (["trace", SEED_SHAPED, "--store", "bad.toml"], 10, r"bad.toml is no syndetect store; .*\[no-store\]"),
        (["trace"], 2, r"Missing argument 'URL'; see syndetect trace --help \[command-line\]"),
        (["stories", "--store", "empty"], 10, r"empty is a folder; .*\[no-store\]"),
        (["stories", "--since", "yesterday"], 2, r"Invalid value for '--since'.*\[command-line\]"),
        (["stories", "--order", "best"], 2, r"'best' is not one of 'largest', 'newest'; .*\[command-line\]"),
        (["query", "SELECT 1"], 10, r"\[no-store\]"),
        (["settings", "--set", "colour=1"], 2, r"unknown setting colour"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, message: str
) -> None:
    write_lines(Path("d.jsonl"), page(1))
    Path("bad.toml").write_text("colour = 1\n")
    Path("no.toml").write_text("bands = = 1\n")
    Path("void").touch()
    Path("empty").mkdir()
    Path("empty/notes.md").write_text("no dump")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    told, out, err = call(capsys, *arguments)
    assert told == status
    assert out == ""
    assert re.match("syndetect: .*" + message, err)
    assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_an_unknown_setting_of_the_environment_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDETECT_COLOUR", "1")
    status, _, err = call(capsys, "run", "d.jsonl")
    assert status == 2
    assert "unknown setting colour (SYNDETECT_COLOUR)" in err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["trace", "https://nowhere.test/"], 4, r"https://nowhere.test/ is not in the store; .*\[not-in-store\]"),
        (["explain", "https://site1.example/a", "x"], 4, r"x is not in the store; .*\[not-in-store\]"),
        (["query", "SELEC 1"], 2, r"the query failed: Parser Error: .*; mend the SQL \[query\]"),
        (["query", "DELETE FROM document"], 2, r"query takes one SELECT; give that \[query\]"),
        (["query", "COPY documents TO 'x.csv'"], 2, r"query takes one SELECT; give that \[query\]"),
        (["query", "SELECT * FROM read_csv('/etc/passwd')"], 2, r"the query failed: Permission Error.*\[query\]"),
        (["run", "small.jsonl", "--set", "bands=16"], 12, r"made with bands = 32, not 16; .*\[store-settings\]"),
        (
            ["run", "small.jsonl", "--set", "least_jaccard=0.9"],
            12,
            r"made with bands = 32, not 16, chosen for least_jaccard = 0.9; use bands = 32, .*\[store-settings\]",
        ),
        (["run", "none.jsonl"], 2, r"\[no-such-input\]"),
    ],
)
def test_what_is_wrong_leaves_a_store_as_it_is_to_the_byte(
    capsys: pytest.CaptureFixture[str], small: Path, arguments: list[str], status: int, message: str
) -> None:
    before = small.read_bytes()
    told, out, err = call(capsys, *arguments, "--store", small)
    assert (told, out) == (status, "")
    assert re.match("syndetect: .*" + message, err)
    assert err.count("\n") == 1
    assert small.read_bytes() == before
    assert sorted(path.name for path in Path().iterdir()) == ["small.duckdb", "small.jsonl"]


def test_a_store_that_another_process_holds_is_locked(capsys: pytest.CaptureFixture[str], small: Path) -> None:
    code = "import sys, duckdb; con = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    command = [sys.executable, "-c", code, str(small)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for arguments in (["run", "small.jsonl"], ["stories"]):
            status, out, err = call(capsys, *arguments, "--store", small)
            assert (status, out) == (11, "")
            assert err == (
                f"syndetect: {small} is held by process {holder.pid}; wait until it has finished [store-locked]\n"
            )
    finally:
        holder.communicate("\n")


# Inputs that are there, but broken: what can be read is read, the rest is told.


def cut(data: bytes, share: float = 0.4) -> bytes:
    return data[: int(len(data) * share)]


def damaged(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + NOISE[:300] + data[middle + 300 :]


LINES = b"".join(json.dumps(page(n)).encode() + b"\n" for n in range(400))
WARC = (SAMPLE / "crawl.warc.gz").read_bytes()
BROKEN = {
    # name: content, status, least and most documents, rejected records, words of the fault
    "empty.jsonl": (b"", 3, 0, 0, 0, "empty file"),
    "text.parquet": (b"These are only words.\n", 3, 0, 0, 0, "is no Parquet file, though its name says so"),
    "text.warc": (b"These are only words.\n", 3, 0, 0, 0, "is no WARC file, though its name says so"),
    "noise.parquet": (b"PAR1" + NOISE + b"PAR1", 3, 0, 0, 0, "could not be opened"),
    "noise.warc.gz": (NOISE, 3, 0, 0, 0, "is no WARC file"),
    "noise.txt": (NOISE, 0, 0, 0, 1, None),
    "noise.bin": (NOISE, 3, 0, 0, 0, "holds nothing that is read here: it is binary data"),
    "noise.html": (NOISE, 0, 1, 1, 0, None),
    "blank.jsonl": (b"\n\n \n", 3, 0, 0, 0, "holds no records"),
    "cut.jsonl.gz": (cut(gzip.compress(LINES)), 3, 100, 399, 1, "cut short"),
    "cut.warc.gz": (cut(WARC), 3, 40, 150, 1, "cut short"),
    "damaged.warc.gz": (damaged(WARC), 3, 190, 198, 1, "cut short: a record is lost, number"),
    "half-a-line.jsonl": (LINES[:-40], 3, 399, 399, 1, "cut short: the last line is not whole"),
    "zero.jsonl.gz": (gzip.compress(b""), 3, 0, 0, 0, "holds no records"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_input_is_read_as_far_as_it_goes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    content, expected, least, most, rejected, fault = BROKEN[name]
    (tmp_path / name).write_bytes(content)
    status, out, err = call(capsys, "run", name, "--stop-after", "crawl", "--json")
    report = json.loads(out)
    assert (status, report["exit_status"]) == (expected, expected)
    assert least <= report["documents"]["new"] <= most
    assert rejected is None or report["documents"]["rejected"] == rejected
    assert [line for line in err.splitlines() if line.startswith("input fault: ")] == [
        f"input fault: {one}" for one in report["faults"]
    ]
    assert fault is None or (fault in err and name in err)
    assert "Traceback" not in err
    assert not Path("syndetect.duckdb.new").exists()
    with syndetect.open() as archive:
        assert archive.query("SELECT count(*) FROM rejected").item() == report["documents"]["rejected"]


def test_records_that_cannot_be_used_are_listed_with_the_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_lines(
        tmp_path / "d.jsonl", page(1), {"text": "no address"}, {"url": None, "text": "x"}, {"url": "https://a.example/1"},
        page(2, text=None), [1], 3, None, "words", {}, b"{not json}", b'{"url": "https://a.test/2", "text": "\\ud8"}',
        b'{"url": "https://a.example/3", "text": "\xff"}', b'{"url": "https://a.example/4", "text": NaN}', page(3),
    )  # fmt: skip
    assert call(capsys, "run", "d.jsonl", "--stop-after", "crawl")[0] == 0
    _, out, _ = call(capsys, "query", "SELECT record, reason FROM rejected ORDER BY record", "--json")
    reasons = {row["record"]: row["reason"].split(":")[0] for row in map(json.loads, out.splitlines())}
    assert reasons == {
        **dict.fromkeys((1, 2, 9), "no-url"), **dict.fromkeys((3, 4, 13), "no-text"),
        **dict.fromkeys((5, 6, 7, 8), "not-a-record"), **dict.fromkeys((10, 11), "bad-json"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        (pl.DataFrame({"colour": [1, 2]}), 3),
        (pl.DataFrame({"url": [None, "https://a.example/"], "text": ["words", None]}), 0),
        (pl.DataFrame({"text": ["words", "words"]}), 3),
        (pl.DataFrame({"url": [None, None], "text": [None, None]}), 0),
    ],
)
def test_parquet_without_what_is_needed_is_rejected_row_by_row(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, frame: pl.DataFrame, wanted: int
) -> None:
    frame.write_parquet(tmp_path / "d.parquet")
    status, out, err = call(capsys, "run", "d.parquet", "--json")
    report = json.loads(out)
    assert status == wanted
    assert report["documents"] == {"read": 0, "new": 0, "changed": 0, "rejected": 2}
    said = "no new document in 1 input; 2 records rejected, each with its reason in the view rejected"
    assert said in err.splitlines()
    assert ("no column is known to be its" in err) == (wanted == 3)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    dump = write_lines(tmp_path / "d.jsonl", page(1))
    dump.chmod(0)
    status, _, err = call(capsys, "run", "d.jsonl")
    assert status == 3
    assert "could not be opened: Permission denied" in err


def test_one_bad_input_among_good_ones_does_not_keep_them_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_lines(tmp_path / "good.jsonl", page(1))
    (tmp_path / "bad.parquet").write_text("words")
    assert call(capsys, "run", "good.jsonl", "bad.parquet", "--stop-after", "crawl")[0] == 3
    write_lines(tmp_path / "bad.parquet", page(2))  # mended; the content tells the format
    status, out, _ = call(capsys, "run", "good.jsonl", "bad.parquet", "--stop-after", "crawl", "--json")
    assert (status, json.loads(out)["documents"]["new"]) == (0, 1)


def test_the_same_input_again_says_that_nothing_is_new(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_lines(tmp_path / "d.jsonl", page(1), page(2))
    assert call(capsys, "run", "d.jsonl")[0] == 0
    before = Path("syndetect.duckdb").read_bytes()
    status, out, err = call(capsys, "run", "d.jsonl")
    assert (status, out) == (0, "")
    assert err == "nothing new in 1 input; the store is as it was\n"
    assert Path("syndetect.duckdb").read_bytes() == before


# Interrupted runs.


def holds(process: subprocess.Popen[str], path: Path) -> bool:
    """Whether a process has a file open."""
    try:
        return any(os.path.realpath(link) == str(path) for link in Path(f"/proc/{process.pid}/fd").iterdir())
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="tells by /proc when the store is open")
@pytest.mark.parametrize(
    ("number", "expected", "existing"), [(signal.SIGINT, 130, False), (signal.SIGTERM, 143, True)],
    ids=["new store", "existing store"],
)  # fmt: skip
def test_an_interrupted_run_leaves_the_store_as_it_was(
    warc_store: Path, tmp_path: Path, number: signal.Signals, expected: int, existing: bool
) -> None:
    store = tmp_path / "s.duckdb"
    if existing:
        shutil.copy(warc_store, store)
    before = store.read_bytes() if existing else b""
    dump = write_lines(tmp_path / "d.jsonl", *(page(n) for n in range(3_000)))
    process = start("run", dump, "--store", store)
    opened = store if existing else tmp_path / "s.duckdb.new"
    while process.poll() is None and not holds(process, opened):
        pass
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == expected
    assert err == "syndetect: interrupted; the store is as it was; run again to go on\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.jsonl", *(["s.duckdb"] if existing else [])]
    assert not existing or store.read_bytes() == before


@pytest.mark.parametrize("arguments", [["stories", "--limit", "0"], ["query", "SELECT * FROM documents"]])
def test_a_reader_that_goes_away_makes_no_noise(warc_store: Path, arguments: list[str]) -> None:
    with start(*arguments, "--store", warc_store, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "\t" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


# What goes right.


def test_bands_given_by_hand_fit_a_store_whose_bands_were_chosen(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_lines(tmp_path / "d.jsonl", page(1), page(2))
    _, _, err = call(capsys, "run", "d.jsonl", "--set", "least_jaccard=0.9")
    assert "\n16 bands of 8 rows: 99.98% of pairs at Jaccard 0.9 become candidates\n" in err
    write_lines(tmp_path / "e.jsonl", page(3))
    given = ["--set", "bands=16", "--set", "least_jaccard=0.9"]
    assert call(capsys, "run", "e.jsonl", *given)[0] == 0
    assert call(capsys, "run", "e.jsonl", *given)[2] == "nothing new in 1 input; the store is as it was\n"
    _, out, _ = call(capsys, "query", "SELECT count(DISTINCT band) AS n FROM band_key")
    assert out == "n\n16\n"


def test_json_of_a_run_is_the_report(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_lines(tmp_path / "d.jsonl", page(1), page(2, text=page(1)["text"]))
    status, out, _ = call(capsys, "run", "d.jsonl", "--json")
    report = json.loads(out)
    assert (status, out.count("\n")) == (0, 1)
    assert {"run_id", "inputs", "documents", "stories", "stages", "peak_rss_mib", "exit_status"} <= set(report)
    recall = pytest.approx(1 - (1 - 0.7**4) ** 32)
    assert report["band_layout"] == {"bands": 32, "rows": 4, "threshold": 0.7, "recall": recall}
    assert report["stories"] == 1
    assert all(set(stage) == {"name", "n", "wall_s", "cpu_s"} for stage in report["stages"])


def test_json_of_a_chain_and_of_a_comparison_is_one_document(
    warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, err = call(capsys, "trace", SEED_SHAPED, "--store", warc_store, "--json")
    chain = json.loads(out)
    assert (err, out.count("\n")) == ("", 1)
    assert chain["url"] == SEED_SHAPED
    assert chain["chain"][0]["parent_site"] == "en.caravannews.example"
    assert chain["chain"][0]["evidence"]
    assert "\\u" not in out
    _, out, _ = call(capsys, "explain", SEED_SHAPED, chain["chain"][0]["parent_url"], "--store", warc_store, "--json")
    found = json.loads(out)
    assert (found["judgement"], found["relation"]) == ("same", "translation")
    assert found["provenance"]["url"] == SEED_SHAPED


def test_json_of_a_list_is_a_line_a_row(warc_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "stories", "--store", warc_store, "--json")
    with syndetect.open(warc_store) as archive:
        assert [json.loads(line)["story_id"] for line in out.splitlines()] == archive.stories()["story_id"].to_list()


def test_the_limit_says_how_many_there_are_besides(warc_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with syndetect.open(warc_store) as archive:
        n = archive.stories().height
    _, out, err = call(capsys, "stories", "--store", warc_store, "--limit", "2")
    assert out.count("\n") == 3
    assert err == f"{n - 2} more; --limit 0 shows all\n"


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("SELECT sum(n) AS n FROM range(3) t(n)", {"n": 3}),
        ("SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b, NULL AS c", {"a": None, "b": None, "c": None}),
        ("SELECT 1.5::DECIMAL(5, 2) AS a", {"a": 1.5}),
        ("SELECT TIMESTAMPTZ '2026-03-01 12:00:00+03' AS at", {"at": "2026-03-01T09:00:00+00:00"}),
        ("SELECT DATE '2026-03-01' AS d, {'k': ['ü', NULL]} AS s", {"d": "2026-03-01", "s": {"k": ["ü", None]}}),
        ("SELECT 18446744073709551615::UBIGINT AS big", {"big": 18446744073709551615}),
    ],
)  # fmt: skip
def test_json_of_an_answer_is_json_whatever_its_types(
    warc_store: Path, capsys: pytest.CaptureFixture[str], sql: str, row: dict[str, object]
) -> None:
    status, out, _ = call(capsys, "query", sql, "--store", warc_store, "--json")
    assert (status, json.loads(out)) == (0, row)


def test_an_answer_without_rows_still_has_its_header(warc_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "query", "SELECT 1 AS a, 2 AS b WHERE false", "--store", warc_store) == (0, "a\tb\n", "")
    assert call(capsys, "query", "SELECT 1 AS a WHERE false", "--store", warc_store, "--json") == (0, "", "")


def test_settings_tell_value_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "settings", "--set", "bands=16", "--json")
    rows = {row["name"]: row for row in map(json.loads, out.splitlines())}
    assert (rows["bands"]["value"], rows["bands"]["from"]) == (16, "--set")
    assert all(set(row) == {"name", "value", "unit", "range", "from", "why"} for row in rows.values())


def test_the_list_of_commands_says_of_each_what_it_does_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    commands = call(capsys, "--help")[1].partition("Commands:")[2].partition("Exit statuses:")[0]
    assert "dedup" in commands
    assert "..." not in commands


def test_help_and_version_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "--help")
    assert status == 0
    assert "Exit statuses:" in out
    for name in cli.commands:
        assert call(capsys, name, "--help")[0] == 0
    assert call(capsys, "--version")[:2] == (0, f"syndetect, version {syndetect.__version__}\n")
    status, _, err = call(capsys)
    assert (status, "Usage: syndetect" in err) == (2, True)
