"""What people see on a terminal: progress, the table at the end of a run, trees, lists.

Colour, bars and tables appear only on a terminal. Elsewhere the same facts are plain lines.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    from syndetect.report.chain import Chain, Step
    from syndetect.report.comparison import Comparison
    from syndetect.report.dedup import DedupReport
    from syndetect.report.pages import PageCard
    from syndetect.report.run import RunReport

WIDE = 400
"""Columns to lay out where nobody looks: lines must not wrap in a file."""
ISOLATED = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}"
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
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
        given = _count(len(report.inputs), "input")
        known = all(source["read_before"] for source in report.inputs)
        rejected = f"{_count(report.documents['rejected'], 'record')} rejected"
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


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _title(page: PageCard) -> str:
    return _isolate(escape(page.title or page.url))


def _isolate(words: str) -> str:
    """Keep what is written from right to left from turning round what stands beside it."""
    return ISOLATED.format(words) if RIGHT_TO_LEFT.search(words) else words


def _page_line(page: PageCard) -> str:
    return f"[bold]{page.when()}[/]  [cyan]{escape(page.site or '')}[/]  {page.language or '?'}  {_title(page)}"


def _add_step(tree: Tree, step: Step) -> Tree | None:
    """Hang a step under its page: relation and confidence, the evidence, then the parent."""
    if step.relation == "origin":
        tree.add(f"origin  {step.confidence:.2f}" + "".join(f"\n  {escape(line)}" for line in step.words()))
        return None
    edge = tree.add(f"[green]{step.relation}[/]  {step.confidence:.2f}")
    for line in step.words():
        edge.add(escape(line))
    if step.parent is not None:
        return tree.add(_page_line(step.parent))
    named = f"  {escape(step.named_url)}" if step.named_url else ""
    tree.add(f"[bold]unseen source[/]  [cyan]{escape(step.parent_site or '')}[/]{named}")
    return None


def print_chain(chain: Chain) -> None:
    """The chain as a tree on stdout, the page first, each parent below its child."""
    top = tree = Tree(_page_line(chain.page))
    for step in chain.steps:
        following = _add_step(tree, step)
        if following is None:
            break
        tree = following
    if not chain.steps:
        top.add("in no story: nothing in the store tells the same, and it names no source")
    out = console(sys.stdout)
    _print_trimmed(out, top)
    if chain.story:
        story = chain.story
        languages = ", ".join(str(one) for one in story["languages"])  # type: ignore[attr-defined]
        out.print(
            f"story {story['story_id']}: {_count(int(str(story['n_documents'])), 'page')} on "
            f"{_count(int(str(story['n_sites'])), 'site')} in {languages}"
        )


def _print_trimmed(out: Console, what: Tree | Table) -> None:
    """Print without the blanks that a layout leaves at the ends of lines."""
    with out.capture() as captured:
        out.print(what)
    out.file.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def print_comparison(found: Comparison) -> None:
    """Two pages side by side on stdout."""
    out = console(sys.stdout)
    for side, page in (("left ", found.left), ("right", found.right)):
        out.print(f"{side}  {_page_line(page)}")
        out.print(f"       {page.url}", markup=False)
    _print_judgement(out, found)
    _print_indented(out, _invisible_lines(found.invisible))
    for side, versions in found.versions.items():
        for version in versions:
            when = f" until {version.crawled_at:%Y-%m-%d %H:%M}" if version.crawled_at else ""
            kept = f"{version.kept_share:.0%} of it stand in the next"
            out.print(f"  {side} had another text{when}; {kept}", markup=False)
    if found.edge:
        edge = found.edge
        out.print(edge["url"], markup=False)
        out.print(f"  {edge['relation']} {edge['parent_url']} ({edge['confidence']:.2f})", markup=False)
        _print_indented(out, (str(item["words"]) for item in edge["evidence"] if item.get("words")))  # type: ignore[attr-defined]
    for passage in found.passages:
        if passage.what == "kept":
            out.print(f"[green]kept[/]        {escape(passage.left)}")
            continue
        for side, text in (("left", passage.left), ("right", passage.right)):
            if text:
                out.print(f"[yellow]only {side:<6}[/] {escape(text)}")
    if found.shared_anchors:
        out.print("shared anchors:")
        _print_indented(
            out, (f"{kind:<10} {_isolate(left)}  =  {_isolate(right)}" for kind, left, right in found.shared_anchors)
        )
    if found.claims:
        out.print("claims:")
        _print_indented(out, (f"{claim['page']:<6} {_claim_line(claim)}" for claim in found.claims))


def print_account(found: Account) -> None:
    """One page on stdout: its times, addresses, earlier texts, claims."""
    out = console(sys.stdout)
    page = found.page
    out.print(_page_line(page))
    out.print(f"  {page.url}", markup=False)
    if page.published_by:
        out.print(f"  {page.kind}; published {_interval(page.bounds)} UTC, as {page.published_by} says", markup=False)
    if len(found.addresses) > 1:
        out.print("addresses:")
        _print_indented(out, (f"{one.url}  {', '.join(one.steps)}".rstrip() for one in found.addresses))
    for version in found.versions:
        when = f"fetched {version.crawled_at:%Y-%m-%d %H:%M}" if version.crawled_at else "fetched before"
        out.print(f"earlier text, {when}: {version.kept_share:.0%} of it stand in the next", markup=False)
        for passage in version.passages:
            for word, text in (("was", passage.left), ("then", passage.right)):
                if text:
                    out.print(f"  [yellow]{word:<4}[/] {escape(_isolate(text))}")
    if found.claims:
        out.print("claims:")
        _print_indented(out, map(_claim_line, found.claims))


def _interval(bounds: Iterable[object]) -> str:
    words = ["?" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in bounds]
    return " to ".join(dict.fromkeys(words))


def _claim_line(claim: Mapping[str, object]) -> str:
    times = (claim["time_from"], claim["time_to"])
    interval = _interval(times) if any(times) else ""
    value = _isolate(str(claim["value"]))
    return f"{claim['kind']:<16} {claim['rule']:<12} {value}  {claim['site'] or interval}".rstrip()


def _print_judgement(out: Console, found: Comparison) -> None:
    relation = f", {found.relation}" if found.relation else ""
    how = "" if found.compared_in_run else " (compared now, not in the run)"
    if found.judgement is None:
        how = " (they share too few rare marks)"
    out.print(f"judgement: [bold]{found.judgement or 'not compared'}[/]{relation}{how}")
    for copy in found.compared_as or ():
        out.print(f"  seen on  {copy}", markup=False)
    out.print("one story" if found.same_story else "not in one story")
    scores = {name: f"{value:.3f}" for name, value in found.scores.items() if value is not None}
    counted = {name: value for name, value in found.evidence.items() if name != "passages"}
    for name, shown in (scores | counted).items():
        out.print(f"  {name.replace('_', ' '):<18} {shown}", markup=False)


def _invisible_lines(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """What is hidden in a text; of words in mixed letters only how many more the one has: honest texts have some."""
    for side, others in (("left", "right"), ("right", "left")):
        if n := counts[side]["n_hidden"]:
            yield f"{side} has {_count(n, 'invisible character')} inside words"
        if (more := counts[side]["n_mixed"] - counts[others]["n_mixed"]) > 0:
            yield f"{side} has {_count(more, 'word')} more than {others} in letters of two alphabets that look like one"


def _print_indented(out: Console, lines: Iterable[str]) -> None:
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
        table.add_row(*(Text(_isolate(cell(row[name]))) for name in columns))
    console(sys.stdout).print(table)
