"""What people see on a terminal: progress, the table at the end of a run, trees, lists.

Colour, bars and tables appear only on a terminal. Elsewhere the same facts are plain lines.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from syndetect.report.plain import cell, print_plain

if TYPE_CHECKING:
    from syndetect.report.account import Account
    from syndetect.report.dedup import DedupReport
    from syndetect.report.pages import PageCard
    from syndetect.report.run import RunReport

WIDE = 400
"""Columns to lay out where nobody looks: lines must not wrap in a file."""
ISOLATED = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}"
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of writing until another one ends it."""
ALMOST_CERTAIN = 0.995
"""From here on two digits would say 1."""
NEVER_FOLDED = ("story_id", "n_documents", "n_sites", "origin_site", "name", "value", "unit")
"""Columns of a table that are read whole or not at all."""


def console(stream: TextIO) -> Console:
    """A console that colours and wraps only on a terminal."""
    terminal = stream.isatty()
    return Console(
        file=stream, width=None if terminal else WIDE, no_color=not terminal, highlight=False, soft_wrap=not terminal
    )


def note_first_run() -> None:
    """Say why a first run takes longer: numba compiles the kernels and keeps them beside the package."""
    package = Path(__file__).resolve().parents[1]
    if "NUMBA_CACHE_DIR" not in os.environ and not any(package.glob("anchors/__pycache__/*.nbi")):
        console(sys.stderr).print("first run here: kernels are compiled once, which takes about a minute")


class RunWatch:
    """A progress bar on stderr with a rate and the time left; silent where stderr is no terminal.

    Reading is measured in bytes. The stages after it are steps of one bar, whose time left is a rough guess.
    """

    def __init__(self, stages: Sequence[str] = ()) -> None:
        self._stages = list(stages)
        self._progress = Progress(
            TextColumn("{task.description:<20}"),
            BarColumn(),
            TextColumn("{task.fields[rate]:>12}"),
            TimeRemainingColumn(),
            console=console(sys.stderr),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> RunWatch:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show where the run is."""
        if stage in self._stages:
            step, n = self._stages.index(stage), len(self._stages)
            self._show("stages", f"{stage} ({step + 1} of {n})", step, n, rate="")
            return
        speed = self._progress.tasks[-1].speed if self._progress.tasks else None
        self._show("crawl", stage, done, total, rate=f"{speed / 1e6:.1f} MB/s" if speed else "")

    def _show(self, bar: str, words: str, done: int, total: int, *, rate: str) -> None:
        if bar not in self._tasks:
            for task in self._tasks.values():
                self._progress.remove_task(task)
            self._tasks = {bar: self._progress.add_task(words, total=total or None, rate=rate)}
        self._progress.update(self._tasks[bar], description=words, completed=done, total=total or None, rate=rate)


def print_run(report: RunReport) -> None:
    """The short table at the end of a run, on stderr."""
    if not report.changed:
        given = count(len(report.inputs), "input")
        known = all(source["read_before"] for source in report.inputs)
        rejected = f"{count(report.documents['rejected'], 'record')} rejected"
        if report.documents["rejected"]:
            rejected += ", each with its reason in the view rejected"
        _say(
            f"nothing new in {given}; the store is as it was" if known else f"no new document in {given}; {rejected}",
            report,
        )
        return
    rows = {
        "documents": report.outcome.documents, "new": report.documents["new"], "rejected": report.documents["rejected"],
        "stories": report.outcome.stories, "languages": report.outcome.languages, "copies": report.outcome.copies,
        "translations": report.outcome.translations, "unseen sources": report.outcome.unseen_sources,
        "unsure pairs": report.outcome.unsure,
    }  # fmt: skip
    if report.outcome.too_short:
        rows["too short to compare"] = report.outcome.too_short
    if report.outcome.large_buckets:
        rows["buckets not compared all with all"] = report.outcome.large_buckets
    if report.outcome.sources_not_weighed:
        rows["pairs not weighed in large stories"] = report.outcome.sources_not_weighed
    if report.documents["changed"]:
        rows["newer texts"] = report.documents["changed"]
    seconds = sum(stage.wall_s for stage in report.stages)
    out = console(sys.stderr)
    if sys.stderr.isatty():
        table = Table(box=None, show_header=False)
        for name, n in rows.items():
            table.add_row(name, f"{n:,}")
        out.print(table)
    else:
        out.print(", ".join(f"{name} {n}" for name, n in rows.items()))
    for line in report.reading_words():
        out.print(line, markup=False)
    out.print(report.band_layout.words(), markup=False)
    _say(f"{seconds:.1f} s, {report.peak_rss_mib:.0f} MiB", report)


def print_dedup(report: DedupReport) -> None:
    """What became of the rows of the inputs, on stderr."""
    out = console(sys.stderr)
    out.print(
        f"rows {report.n_rows} = kept {report.kept} + dropped {report.dropped} + rejected {report.rejected}",
        markup=False,
    )
    others = report.kept - report.kept_in_stories
    out.print(
        f"stories {report.stories}, kept in them {report.kept_in_stories}, kept in no story {others}", markup=False
    )
    for words, counts in (
        ("kept by kind", report.kept_by_kind),
        ("dropped by rule", report.dropped_by_rule),
        ("dropped by relation", report.dropped_by_relation),
    ):
        if counts:
            out.print(f"{words}: " + ", ".join(f"{name} {n}" for name, n in counts.items()), markup=False)


def _say(line: str, report: RunReport) -> None:
    out = console(sys.stderr)
    out.print(line, markup=False)
    for fault in report.faults:
        out.print(f"input fault: {fault}", markup=False)


def count(n: int, word: str) -> str:
    """A number of things in words."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def chance(probability: float) -> str:
    """A probability in two digits; what was counted is never told as certain."""
    return ">0.99" if probability >= ALMOST_CERTAIN else f"{probability:.2f}"


def _title(page: PageCard) -> str:
    return escape(in_line(page.title or page.url))


def printable(words: str) -> str:
    """The words of a page without what steers a terminal or turns the line that they stand in."""
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", TURNING.sub("", words))


def isolate(words: str) -> str:
    """Keep what is written from right to left from turning round what stands beside it."""
    shown = printable(words)
    return ISOLATED.format(shown) if RIGHT_TO_LEFT.search(shown) else shown


def in_line(words: str) -> str:
    """Words of a page within a line of ours: blanks and ends of lines become one blank."""
    return isolate(" ".join(words.split()))


def page_line(page: PageCard) -> str:
    """A page in a line of markup: when, where, in which language, what it is called."""
    return (
        f"[bold]{page.when()}[/]  [cyan]{escape(printable(page.site or ''))}[/]  {page.language or '?'}  {_title(page)}"
    )


def print_trimmed(out: Console, what: Tree | Table) -> None:
    """Print without the blanks that a layout leaves at the ends of lines."""
    with out.capture() as captured:
        out.print(what)
    out.file.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def print_account(found: Account) -> None:
    """One page on stdout: its times, addresses, earlier texts, claims."""
    out = console(sys.stdout)
    page = found.page
    out.print(page_line(page))
    out.print(f"  {page.url}", markup=False)
    if page.published_by:
        out.print(f"  {page.kind}; published {interval(page.bounds)} UTC, as {page.published_by} says", markup=False)
    if len(found.addresses) > 1:
        out.print("addresses:")
        print_indented(out, (f"{one.url}  {', '.join(one.steps)}".rstrip() for one in found.addresses))
    for version in found.versions:
        when = f"fetched {version.crawled_at:%Y-%m-%d %H:%M}" if version.crawled_at else "fetched before"
        out.print(f"earlier text, {when}: {version.kept_share:.0%} of it stand in the next", markup=False)
        for passage in version.passages:
            for word, text in (("was", passage.left), ("then", passage.right)):
                if text:
                    out.print(f"  [yellow]{word:<4}[/] {escape(isolate(text))}")
    if found.claims:
        out.print("claims:")
        print_indented(out, map(claim_line, found.claims))


def interval(bounds: Iterable[object]) -> str:
    """From when to when, in words; one moment where both are the same."""
    words = ["?" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in bounds]
    return " to ".join(dict.fromkeys(words))


def claim_line(claim: Mapping[str, object]) -> str:
    """A claim in a line."""
    times = (claim["time_from"], claim["time_to"])
    told = [in_line(str(claim["site"]))] if claim["site"] else []
    told += [interval(times)] if any(times) else []
    return "  ".join([f"{claim['kind']:<16} {claim['rule']:<12} {in_line(str(claim['value']))}", *told]).rstrip()


def print_indented(out: Console, lines: Iterable[str]) -> None:
    """Lines that belong to the one above them."""
    for line in lines:
        out.print(f"  {line}", markup=False)


def print_rows(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> None:
    """Rows as a table on a terminal, as tab-separated lines with a header elsewhere."""
    if not sys.stdout.isatty():
        print_plain(rows, columns)
        return
    table = Table(box=None, header_style="bold")
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name in NEVER_FOLDED)
    for row in rows:
        table.add_row(*(Text(isolate(cell(row[name]))) for name in columns))
    console(sys.stdout).print(table)
