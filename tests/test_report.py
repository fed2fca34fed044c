"""What people see: tables and colour on a terminal only, trees, right-to-left titles, plain lines elsewhere."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SAMPLE, page, write_lines

import syndetect
from syndetect.archive import Archive
from syndetect.cli import run_cli
from syndetect.report import terminal
from syndetect.report.pages import PageCard
from syndetect.report.passages import align
from syndetect.settings import Settings

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

SEED_SHAPED = "https://jisr-translate.example/437019.html"
ISOLATE, POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@pytest.fixture(scope="module")
def archive(warc_store: Path) -> Iterator[Archive]:
    with syndetect.open(warc_store) as opened:
        yield opened


def on_terminal(*arguments: str) -> tuple[int, str]:
    """The status of a command on a terminal of 120 columns, and all it wrote there."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "syndetect", *arguments], stdin=its, stdout=its, stderr=its,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(SAMPLE.parent)},
    )  # fmt: skip
    os.close(its)
    written = b""
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # Linux says so when the other side is closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    return process.wait(), written.decode()


class FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_shows_a_rate_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = FakeTerminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.RunWatch() as watch:
        for part in range(1, 6):
            watch("crawl", part * 1_000_000, 10_000_000)
    assert re.search(r"crawl .*━.* [\d.]+ MB/s.*\d:\d\d:\d\d", screen.getvalue())


def test_the_stages_after_reading_are_steps_of_one_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = FakeTerminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.RunWatch(["times", "claims"]) as watch:
        watch("crawl", 1, 2)
        watch("times", 0, 0)
        watch("claims", 0, 0)
    assert "claims (2 of 2)" in screen.getvalue()


def test_a_run_on_a_terminal_shows_a_bar_and_ends_with_a_table(tmp_path: Path) -> None:
    dumps = [str(SAMPLE / name) for name in ("crawl.jsonl.gz", "crawl.parquet")]
    status, written = on_terminal("run", *dumps, "--store", str(tmp_path / "s.duckdb"), "--stop-after", "verify")
    assert status == 0
    assert "━" in written
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    for name, n in (("documents", 199), ("new", 199), ("rejected", 0)):
        assert re.search(rf" {name} +{n} *\r?\n", plain)
    assert re.search(r"[\d.]+ s, \d+ MiB", plain)


def test_a_table_with_colour_appears_on_a_terminal(warc_store: Path) -> None:
    status, written = on_terminal("stories", "--store", str(warc_store), "--limit", "3")
    assert status == 0
    assert "\x1b[1m" in written
    assert "\t" not in written
    with syndetect.open(warc_store) as archive:
        assert archive.stories()["story_id"][0] in written


def captured(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert run_cli(arguments) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    return out.splitlines()


def test_elsewhere_a_list_is_tab_separated_without_colour(warc_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, *rows = captured(capsys, "stories", "--store", str(warc_store), "--limit", "0")
    columns = ["story_id", "n_documents", "n_sites", "languages", "first_published_at", "origin_site", "title"]
    assert header.split("\t") == columns
    assert {len(row.split("\t")) for row in rows} == {len(columns)}


def test_trace_prints_a_tree_from_the_page_to_the_origin(warc_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = captured(capsys, "trace", SEED_SHAPED, "--store", str(warc_store))
    assert re.match(r"before 2026-03-04 13:40  jisr-translate\.example  ar  " + ISOLATE, lines[0])
    assert re.match(r"├── translates  (?:0\.\d\d|>0\.99)$", lines[1])
    assert any("names en.caravannews.example as first publisher" in line for line in lines)
    assert any(re.match(r"└── 2026-03-04 10:20  en\.caravannews\.example  en  Velmora", line) for line in lines)
    assert any(re.match(r" +└── origin  (?:0\.\d\d|>0\.99)  earliest seen, not proven first$", line) for line in lines)
    assert re.match(r"story [0-9a-f]{16}: \d+ pages on \d+ sites in ar, en", lines[-1])
    assert all(line == line.rstrip() for line in lines)


def test_titles_written_from_right_to_left_are_isolated_and_others_left_alone(
    warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(captured(capsys, "trace", SEED_SHAPED, "--store", str(warc_store)))
    assert text.count(ISOLATE) == text.count(POP) == 1
    (isolated,) = re.findall(f"{ISOLATE}(.*){POP}", text)
    assert terminal.RIGHT_TO_LEFT.search(isolated)


def test_the_trace_of_a_page_in_no_story_says_so(
    archive: Archive, warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (alone, *_) = archive.query("SELECT url FROM documents ANTI JOIN story_members USING (url) ORDER BY url")["url"]
    lines = captured(capsys, "trace", alone, "--store", str(warc_store))
    assert lines[1] == "└── in no story: nothing in the store tells the same, and it names no source"
    assert len(lines) == 2


def test_the_trace_of_a_digest_does_not_say_that_nothing_tells_the_same(
    archive: Archive, warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (digest, *_) = archive.query("SELECT url FROM documents WHERE kind = 'digest' ORDER BY url")["url"]
    lines = captured(capsys, "trace", digest, "--store", str(warc_store))
    assert lines[1:] == ["└── in no story: its kind is digest, and stories are made of articles"]


def test_the_trace_of_an_unseen_source_ends_in_its_host(
    archive: Archive, warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, site, named = archive.query(
        "SELECT url, parent_site, named_url FROM provenance WHERE parent_url IS NULL AND parent_site IS NOT NULL"
        " ORDER BY named_url NULLS LAST, url LIMIT 1"
    ).row(0)
    lines = captured(capsys, "trace", url, "--store", str(warc_store))
    assert f"└── unseen source  {site}" + (f"  {named}" if named else "") in lines


def test_explain_shows_judgement_scores_and_passages(
    archive: Archive, warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = archive.query("SELECT left_url, right_url FROM pairs WHERE relation = 'near-duplicate' ORDER BY ALL").row(0)
    lines = captured(capsys, "explain", *pair, "--store", str(warc_store))
    assert "judgement: same, near-duplicate" in lines
    assert "one story" in lines
    assert any(re.match(r"  similarity +0\.\d{3}$", line) for line in lines)
    assert any(line.startswith("kept ") for line in lines)
    assert any(line.startswith(("only left", "only right")) for line in lines)


def test_claims_of_two_pages_say_where_they_stand_and_which_time_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = write_lines(tmp_path / "d.jsonl", page(1, published="2026-02-28T10:00:00Z"), page(2))
    syndetect.run([str(dump)], store=tmp_path / "s.duckdb")
    pair = ("https://site1.example/a", "https://site2.example/a")
    lines = captured(capsys, "explain", *pair, "--store", str(tmp_path / "s.duckdb"))
    times = "2026-02-28T10:00:00Z  2026-02-28 10:00"
    assert f"  left   published        input        {times}" in lines


def test_markup_in_a_title_is_shown_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = write_lines(tmp_path / "d.jsonl", page(1, title="[bold]Sale[/bold] [/] \\[x]"))
    syndetect.run([str(dump)], store=tmp_path / "s.duckdb")
    (first, *_) = captured(capsys, "trace", "https://site1.example/a", "--store", str(tmp_path / "s.duckdb"))
    assert first.endswith("[bold]Sale[/bold] [/] \\[x]")


def test_nothing_but_words_goes_to_stderr_where_it_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = write_lines(tmp_path / "d.jsonl", page(1), {})
    assert run_cli(["run", str(dump), "--store", str(tmp_path / "s.duckdb")]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    lines = [
        r"(?:first run here.*\n)?documents 1, new 1, rejected 1, stories 0, .*", r"columns of 1 input: url = url, .*",
        r"32 bands .*", r"[\d.]+ s, \d+ MiB\n",
    ]  # fmt: skip
    assert re.fullmatch("\n".join(lines), err)


@pytest.mark.parametrize(
    ("low", "at", "high", "words"),
    [
        ((3, 0), (3, 0), (3, 0), "2026-03-01 03:00"),
        ((2, 0), (3, 0), (4, 0), "about 2026-03-01 03:00"),
        ((0, 0), (12, 0), (48, 0), "about 2026-03-01"),
        (None, None, None, "before 2026-03-02 00:00"),
    ],
)
def test_a_time_is_told_no_more_exactly_than_it_is_known(
    low: tuple[int, int] | None, at: tuple[int, int] | None, high: tuple[int, int] | None, words: str
) -> None:
    day = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    def moment(clock: tuple[int, int] | None) -> dt.datetime | None:
        return day + dt.timedelta(hours=clock[0], minutes=clock[1]) if clock else None

    card = PageCard(
        1,
        "u",
        "s",
        "t",
        "en",
        "article",
        moment(at),
        moment(low),
        moment(high),
        "meta",
        day + dt.timedelta(days=1),
        None,
    )
    assert card.when() == words


def test_an_alignment_keeps_runs_and_shows_what_changed() -> None:
    run = "one two three four five six seven eight nine ten"
    found = [(p.what, p.left, p.right) for p in align(f"New lead. {run}. Left end", f"{run}; right end here")]
    assert found == [("left only", "New lead", ""), ("kept", run, run), ("changed", "Left end", "right end here")]
    assert align("", "") == []
    assert [p.what for p in align("a b", "")] == ["left only"]


def test_cells_are_plain_words() -> None:
    rows: list[dict[str, object]] = [
        {
            "a": None,
            "b": [1, "x"],
            "c": 0.123456,
            "d": dt.date(2026, 3, 1),
            "e": dt.datetime(2026, 3, 1, 9, 5),
            "f": "x\ty\nz",
        }
    ]
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        terminal.print_rows(rows, list("abcdef"))
        printed = sys.stdout.getvalue()
    finally:
        sys.stdout = out
    assert printed == "a\tb\tc\td\te\tf\n\t1,x\t0.123456\t2026-03-01\t2026-03-01 09:05\tx y z\n"


def test_two_copies_of_one_text_are_exact_whichever_of_them_the_run_compared(tmp_path: Path) -> None:
    text = " ".join(f"word{n} tells of the harbour" for n in range(30))
    dump = tmp_path / "d.jsonl"
    dump.write_text("\n".join(json.dumps({"url": f"https://s{n}.example/a", "text": text}) for n in range(3)))
    syndetect.run([str(dump)], store=tmp_path / "s.duckdb")
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        pairs = [(a, b) for a in range(3) for b in range(a)]
        found = [archive.explain(f"https://s{a}.example/a", f"https://s{b}.example/a") for a, b in pairs]
    assert {(one.judgement, one.relation) for one in found} == {("same", "exact")}


def test_pages_the_run_did_not_compare_are_judged_by_its_settings(tmp_path: Path) -> None:
    words = [f"w{n}" for n in range(300)]
    other = [word if n % 5 else f"x{n}" for n, word in enumerate(words)]
    dump = tmp_path / "d.jsonl"
    rows = [{"url": f"https://s{n}.example/a", "text": " ".join(text)} for n, text in enumerate((words, other, other))]
    dump.write_text("\n".join(map(json.dumps, rows)))
    settings = Settings(shingle_words=2)
    syndetect.run([str(dump)], store=tmp_path / "s.duckdb", settings=settings)
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        found = [archive.explain("https://s0.example/a", f"https://s{n}.example/a") for n in (1, 2)]
    assert found[0].scores["similarity"] == found[1].scores["similarity"]
