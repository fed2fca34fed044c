"""Reading dumps to columns, beside the tools one would use instead: speed, memory, precision and recall.

    python benchmarks/reading.py                                # WARC, WET, JSON lines, Parquet, on one core and on two
    python benchmarks/reading.py --pages 2000 --documents 20000 --formats warc,jsonl
    python benchmarks/reading.py --memory                       # peak memory of files of 1, 4 and 16 times the size
    python benchmarks/reading.py --real FOLDER                  # real pages: pages.warc.gz and truth.json

Each tool runs in a process of its own, pinned to its cores; imports, compiling and a run over a few pages come before
the clock starts. Each corpus is two files. On two cores ours reads one after the other, as a run does, with the workers
it starts (their start is counted); any other tool reads both at once, in a process each. `syndetect-read` ends with
schema.PAGE (nothing parsed), `syndetect` with schema.DOCUMENT (title, main text, language, kind, marks of when and
whence). MB are of HTML or text, unpacked. Ratios of CPU time are a document, to syndetect's. Peak memory is that of the
process, and of those that work beside it as many times the largest. trafilatura and datatrove's extractor are given
`--slow-pages` of the pages.

Precision and recall of pages are of shingles of four words, over at most 2,000 pages spread over all that the tool was
given (see reading_score.py for what counts as text). With --real they are of segments that must and must not be in
title and text; `dates` is the share of pages with the right day of publication, of all that have one and of those
given.

Peers have an environment of their own, .venv-peers (`make .venv-peers/.installed`).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from near_duplicates import HERE, PEER_PYTHON, POOLS, Run, machine, shown
from reading_corpus import File, make_documents, make_pages, shards
from reading_score import Read, score_dates, score_segments, score_texts
from reading_tools import OURS, PEERS, SLOW, TOOLS
from rich.console import Console
from rich.table import Table

FORMATS = {"warc": "pages", "wet.gz": "wet", "jsonl.gz": "jsonl", "jsonl": "jsonl", "parquet": "parquet"}
"""Format: the tools that read it."""
SEED = 11
N_SCORED = 2_000
N_WARM = {"pages": 96, "documents": 1_000}
TIMES = (1, 4, 16)
QUIET = {"DO_NOT_TRACK": "true", "HF_HUB_OFFLINE": "1"}


def _start(
    what: str,
    tool: str,
    paths: Sequence[Path],
    warm: Path,
    cores: Sequence[int],
    out: Path,
    most: int | None,
    python: Path,
) -> subprocess.Popen[str]:
    """Start one process of a tool, pinned to cores."""
    command = [str(python), str(HERE / "reading_tools.py"), what, tool, *map(str, paths), "--warm", str(warm)]
    command += ["--out", str(out)] + ([] if most is None else ["--most", str(most)])
    environment = {**os.environ, **QUIET, **{name: str(len(cores)) for name in POOLS}}
    with out.with_suffix(".err").open("w") as errors:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),  # noqa: PLW1509 - it takes no lock
        )  # fmt: skip


def run_tool(
    what: str, tool: str, paths: Sequence[Path], warm: Path, cores: Sequence[int], *, most: int | None, python: Path
) -> tuple[Run, list[Read]]:
    """One tool on some cores: what it cost and read, or the `reason` why it was not run."""
    # Ours spreads over the cores itself; another tool gets a process a core, if there are files for all.
    parts = [list(paths)] if tool in OURS or len(cores) < 2 or len(paths) < 2 else [[path] for path in paths]
    at = [cores] if len(parts) == 1 else [[core] for core in cores[: len(parts)]]
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder, f"{number}.parquet") for number in range(len(parts))]
        started = [
            _start(what, tool, part, warm, where, out, most, python)
            for part, where, out in zip(parts, at, outs, strict=True)
        ]
        said = _side_by_side(started)
        head: Run = {"tool": tool, "cores": len(cores)}
        for process, out in zip(started, outs, strict=True):
            if process.returncode:
                lines = out.with_suffix(".err").read_text(encoding="utf-8").strip().splitlines()
                return {**head, "reason": lines[-1] if lines else f"ended by signal {-process.returncode}"}, []
        costs = [json.loads(one.splitlines()[-1]) for one in said]
        read = [Read(*row) for out in outs for row in pl.read_parquet(out).iter_rows()]
    return {**head, **_together(costs)}, read


def _side_by_side(started: Sequence[subprocess.Popen[str]]) -> list[str]:
    """Let all begin when the last is ready, wait for all: what each said on stdout."""
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        # One that has ended already says why on stderr.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write("\n")
            process.stdin.flush()
    return [process.communicate()[0] for process in started]


def _together(costs: Sequence[Mapping[str, float]]) -> Run:
    """What processes side by side cost: from the first start to the last end."""
    wall = max(cost["ended"] for cost in costs) - min(cost["began"] for cost in costs)
    n, cpu = sum(cost["n"] for cost in costs), sum(cost["cpu_s"] for cost in costs)
    return {
        "version": costs[0]["version"], "python": costs[0]["python"], "n": n, "wall_s": wall, "cpu_s": cpu,
        "per_s": n / wall, "per_cpu_s": n / cpu, "peak_mib": sum(cost["peak_mib"] for cost in costs),
        "start_mib": sum(cost["start_mib"] for cost in costs),
    }  # fmt: skip


def compare(name: str, files: Sequence[File], warm: Path, arguments: argparse.Namespace) -> list[Run]:
    """All tools that read a format, on the cores asked for, with ratios of CPU time to ours."""
    what, runs = FORMATS[name], []
    n, n_bytes = files[-1].end, sum(file.n_bytes for file in files)
    every = sorted(os.sched_getaffinity(0))
    settings = {"one": [every[:1]], "two": [every[:2]], "both": [every[:1], every[:2]] if len(every) > 1 else [every]}
    for cores in settings[arguments.cores]:
        mine: list[Run] = []
        for tool in TOOLS[what]:
            if tool in PEERS - set(arguments.peers):
                continue
            most = -(-arguments.slow_pages // len(files)) if (what, tool) in SLOW else None
            python = arguments.peer_python if tool in PEERS else Path(sys.executable)
            paths = [file.path for file in files]
            run, read = run_tool(what, tool, paths, warm, cores, most=most, python=python)
            if "n" in run:
                run["mb_per_s"] = float(str(run["per_s"])) * n_bytes / n / 1e6
            if read:
                run |= score_texts(read, *_truth(files, most))
            mine.append({"format": name, **run})
        ours = next((run["cpu_s"] for run in mine if run["tool"] == "syndetect" and "cpu_s" in run), None)
        for run in mine:
            if ours is not None and "cpu_s" in run:
                each, base = 1 / float(str(run["per_cpu_s"])), float(str(ours)) / n
                run["cpu_ratio"] = each / base
        runs += mine
    return runs


def _truth(files: Sequence[File], most: int | None) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """The truth of the pages that a tool was given, and the addresses to score."""
    frames = [pl.read_parquet(file.truth) for file in files if file.truth is not None]
    rows = [row for frame in frames for row in frame.head(most or frame.height).iter_rows()]
    truth = {url: (title, text) for url, title, text in rows}
    return truth, list(truth)[:: max(1, -(-len(truth) // N_SCORED))]


def corpora(arguments: argparse.Namespace, n_pages: int, n_documents: int, parts: int) -> dict[str, list[File]]:
    """The files of each format asked for."""
    found: dict[str, list[File]] = {}
    if "warc" in arguments.formats:
        found["warc"] = [make_pages(*span, arguments.folder, seed=SEED) for span in shards(n_pages, parts)]
    if set(arguments.formats) - {"warc"}:
        made = [make_documents(*span, arguments.folder, seed=SEED) for span in shards(n_documents, parts)]
        found |= {name: [one[name] for one in made] for name in FORMATS if name in arguments.formats and name != "warc"}
    return found


def memory(arguments: argparse.Namespace) -> list[Run]:
    """Ours to schema.PAGE over files of 1, 4 and 16 times the size, each in a fresh process."""
    runs, cores = [], sorted(os.sched_getaffinity(0))
    small = _warm(arguments)
    for times in TIMES:
        pages, documents = arguments.pages // 10 * times, arguments.documents // 10 * times
        for name, files in corpora(arguments, pages, documents, 1).items():
            run, _ = run_tool(
                FORMATS[name],
                "syndetect-read",
                [files[0].path],
                small[name],
                cores,
                most=None,
                python=Path(sys.executable),
            )
            runs.append({"format": name, "times": times, "file_mib": files[0].path.stat().st_size >> 20, **run})
    return runs


def _warm(arguments: argparse.Namespace) -> dict[str, Path]:
    """A small file of each format."""
    found = corpora(arguments, N_WARM["pages"], N_WARM["documents"], 1)
    return {name: files[0].path for name, files in found.items()}


def real(arguments: argparse.Namespace) -> list[Run]:
    """Real pages with their truth, on one core."""
    truth = json.loads((arguments.real / "truth.json").read_text(encoding="utf-8"))
    warm = make_pages(0, N_WARM["pages"], arguments.folder, seed=SEED).path
    cores, runs = sorted(os.sched_getaffinity(0))[:1], []
    for tool in TOOLS["real"]:
        if tool in PEERS - set(arguments.peers):
            continue
        python = arguments.peer_python if tool in PEERS else Path(sys.executable)
        run, read = run_tool("real", tool, [arguments.real / "pages.warc.gz"], warm, cores, most=None, python=python)
        if any(one.text for one in read):
            run |= score_segments(read, truth)
        if any(one.date for one in read):
            run |= score_dates(read, truth)
        runs.append({"format": "real", **run})
    return runs


SPEED = {
    "number": ("n", None), "a second": ("per_s", None), "MB/s": ("mb_per_s", 1), "wall s": ("wall_s", 2),
    "CPU s": ("cpu_s", 2), "a CPU s": ("per_cpu_s", None), "CPU ×": ("cpu_ratio", 2), "peak MiB": ("peak_mib", None),
}  # fmt: skip
RIGHT = {"precision": ("precision", 3), "recall": ("recall", 3), "F1": ("f1", 3)}
DATES = {"dates": ("dates", 3), "of given": ("dates_of_given", 3)}
MEMORY = {
    "times": ("times", None), "file MiB": ("file_mib", None), "number": ("n", None), "a second": ("per_s", None),
    "at start": ("start_mib", None), "peak MiB": ("peak_mib", None),
}  # fmt: skip


def table_of(runs: Sequence[Run], title: str, columns: Mapping[str, tuple[str, int | None]]) -> Table:
    """A line a run; one that was not run has its reason below the table."""
    table = Table(title=title, title_justify="left")
    table.add_column("tool", no_wrap=True)
    table.add_column("cores", justify="right")
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for run in runs:
        tool = f"{run['tool']} {run.get('version', '')}".strip()
        cells = [shown(run.get(key), digits) for key, digits in columns.values()]
        table.add_row(tool, str(run["cores"]), *(["not run"] if run.get("reason") else cells))
    return table


def measured(arguments: argparse.Namespace, console: Console) -> list[Run]:
    """Run what is asked for, print a table a format as it is done."""
    if arguments.real:
        runs = real(arguments)
        columns = {name: SPEED[name] for name in ("number", "CPU s", "a CPU s", "peak MiB")} | RIGHT | DATES
        console.print(table_of(runs, f"real pages: {arguments.real.name}", columns))
        return runs
    if arguments.memory:
        runs = memory(arguments)
        for name in dict.fromkeys(str(run["format"]) for run in runs):
            console.print(table_of([run for run in runs if run["format"] == name], f"memory: {name}", MEMORY))
        return runs
    runs, warm = [], _warm(arguments)
    for name, files in corpora(arguments, arguments.pages, arguments.documents, 2).items():
        part = compare(name, files, warm[name], arguments)
        size = sum(file.n_bytes for file in files) / files[-1].end
        noun = "pages" if name == "warc" else "documents"
        title = f"{name}: {files[-1].end:,} {noun} of {size / 1e3:.1f} kB"
        console.print(table_of(part, title, SPEED | (RIGHT if name == "warc" else {})))
        runs += part
    return runs


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000, help="in WARC; with --memory a tenth, 4 and 16 tenths")
    parser.add_argument("--documents", type=int, default=200_000, help="in each other format; the same")
    parser.add_argument("--slow-pages", type=int, default=4_000, help="pages that the slow tools are given")
    parser.add_argument("--formats", default=",".join(FORMATS), help="with commas")
    parser.add_argument("--memory", action="store_true", help="peak memory by size of file; ours only")
    parser.add_argument("--real", type=Path, help="folder with pages.warc.gz and truth.json")
    parser.add_argument("--cores", choices=["one", "two", "both"], default="both")
    parser.add_argument("--ours-only", action="store_true", help="no peers; the floors stay")
    parser.add_argument("--peers", default=",".join(sorted(PEERS)), help="with commas")
    parser.add_argument("--peer-python", type=Path, default=PEER_PYTHON, help="Python that has the peers")
    parser.add_argument("--folder", type=Path, default=HERE.parent / "build" / "reading", help="for corpora")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    arguments.formats = arguments.formats.split(",")
    arguments.peers = [] if arguments.ours_only else arguments.peers.split(",")
    for wrong in [*set(arguments.peers) - PEERS, *set(arguments.formats) - set(FORMATS)]:
        parser.error(f"{wrong} is not known; choose peers of {','.join(sorted(PEERS))}, formats of {','.join(FORMATS)}")
    if not arguments.peer_python.exists():
        arguments.peer_python = Path(sys.executable)
    return arguments


def main() -> None:
    """Make the corpora, run the tools, print and write what was measured."""
    arguments = parse()
    console = Console(width=None if sys.stdout.isatty() else 150)
    place = machine()
    console.print(f"{place['cpu']}, {place['cores']} cores, Python {place['python']}, commit {place['commit']}")
    console.print(str(place["command"]), markup=False)
    runs = measured(arguments, console)
    for run in runs:
        if run.get("reason"):
            said = f"{run['tool']} ({run['format']}, {run['cores']} cores) not run: {run['reason']}"
            console.print(said, markup=False)
    if arguments.json:
        made = {name: getattr(arguments, name) for name in ("pages", "documents", "slow_pages", "formats")}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        made |= {"seed": SEED, "scored": N_SCORED}
        arguments.json.write_text(json.dumps({"machine": place, "parameters": made, "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
