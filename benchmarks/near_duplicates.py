"""Finding copies within a language, beside the tools one would use instead: speed, memory, precision and recall.

    python benchmarks/near_duplicates.py --documents 50000                 # ours and all peers, on one core and on all
    python benchmarks/near_duplicates.py --documents 1000000 --ours-only
    python benchmarks/near_duplicates.py --peers daft,gaoya --cores one --json build/peers.json
    python benchmarks/near_duplicates.py --quality --language all          # excerpts, passages, rewrites, digests

Each tool runs in a process of its own, pinned to its cores, from the same Parquet to pairs in memory; imports,
compiling and a first run over 4,000 documents come before the clock starts. Precision and recall are of pairs at an
exact Jaccard of .7 (see copies_corpus.py); a peer's candidates count as reported, for they are what it gives. Of ours
those count that are judged the same with a Jaccard of .7 or more; copies equal word for word are tied to one that
stands for them, so a pair is found if the pair of those that stand for its texts is.

With --quality: recall by kind of planted pair, precision over all pairs judged the same, wrong pairs by kind, and the
share of stories in digests that were joined with another (see copies_quality.py).

Peers have an environment of their own, .venv-peers (`make .venv-peers/.installed`).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl
from copies_corpus import Parameters, make_corpus
from copies_quality import make_quality
from copies_score import score_copies, score_quality
from copies_tools import TOOLS
from copies_words import SCRIPTS
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
PEER_PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"
OURS = ["syndetect", "syndetect-passages"]
PEERS = [tool for tool in TOOLS if not tool.startswith("syndetect")]
MOST_FOR_PEERS = 200_000
POOLS = ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"]
# daft has no setting for threads: it takes as many as the process may use cores. What it sends home is switched off.
QUIET = {"DAFT_RUNNER": "native", "DAFT_PROGRESS_BAR": "0", "DAFT_ANALYTICS_ENABLED": "0", "DO_NOT_TRACK": "true"}
Run = dict[str, object]


def run_tool(tool: str, corpus: Path, out: Path, cores: set[int], python: Path) -> Run:
    """One tool on some cores: what it cost, or the `reason` why it was not run."""
    environment = {**os.environ, **QUIET, **{name: str(len(cores)) for name in POOLS}}
    for stale in out.glob("*.parquet"):
        stale.unlink()
    command = [str(python), str(HERE / "copies_tools.py"), tool, str(corpus), "--out", str(out)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )  # fmt: skip
    head: Run = {"tool": tool, "cores": len(cores)}
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"]
        return {**head, "reason": said[-1]}
    return {**head, **json.loads(done.stdout.splitlines()[-1])}


def peer_reason(documents: int, language: str) -> str | None:
    """Why peers are not run on a corpus."""
    if documents > MOST_FOR_PEERS:
        return f"peers run up to {MOST_FOR_PEERS:,} documents"
    if not SCRIPTS[language].space:
        return "shingles of words need words parted by spaces"
    return None


def compare(corpus: Path, truth: Path, arguments: argparse.Namespace, language: str) -> list[Run]:
    """All tools asked for, on the cores asked for, with ratios of CPU time to ours."""
    every = sorted(os.sched_getaffinity(0))
    settings = {"one": [every[:1]], "all": [every], "both": [every[:1], every] if len(every) > 1 else [every]}
    pairs, runs = pl.read_parquet(truth), []
    for cores in settings[arguments.cores]:
        base = None
        for tool in [*OURS, *arguments.peers]:
            reason = peer_reason(arguments.documents, language) if tool in PEERS else None
            out = corpus.with_suffix("") / tool
            python = arguments.peer_python if tool in PEERS else Path(sys.executable)
            run = {"tool": tool, "cores": len(cores), "reason": reason}
            if reason is None:
                # Whatever else the machine does only adds: the least of some runs is nearest to the truth.
                tries = [run_tool(tool, corpus, out, set(cores), python) for _ in range(arguments.repeat)]
                run = min(tries, key=lambda one: float(str(one.get("cpu_s", 0))))
            if "wall_s" in run:
                cpu = float(str(run["cpu_s"]))
                base = cpu if tool == OURS[0] else base
                run |= score_copies(pl.read_parquet(out / "pairs.parquet"), pairs) | stages_of(out)
                run["documents_per_s"] = arguments.documents / float(str(run["wall_s"]))
                run["cpu_ratio"] = cpu / base if base else None
            runs.append({"language": language, **run})
    return runs


def stages_of(out: Path) -> Run:
    """Stages and buckets left out, where a tool reports them."""
    said: Run = {}
    if (out / "stages.parquet").exists():
        said["stages"] = pl.read_parquet(out / "stages.parquet").to_dicts()
    if (out / "skipped.parquet").exists():
        said["skipped"] = pl.read_parquet(out / "skipped.parquet").height
    return said


def examine(language: str, arguments: argparse.Namespace) -> list[Run]:
    """Ours over the quality corpus: the floor without the excerpt way, then with it, then without times."""
    parameters = Parameters(arguments.documents, language, arguments.seed, kind="quality")
    corpus, untimed, carries = make_quality(parameters, arguments.folder)
    truth, cores, runs = pl.read_parquet(carries), set(sorted(os.sched_getaffinity(0))[:1]), []
    cases = [("syndetect", corpus, "near-duplicates only"), ("syndetect-sites", corpus, "with passages, sites, times"),
             ("syndetect-sites", untimed, "with passages and sites, no times")]  # fmt: skip
    for tool, path, case in cases:
        out = path.with_suffix("") / tool
        run = run_tool(tool, path, out, cores, Path(sys.executable))
        if "wall_s" in run:
            found, groups = (pl.read_parquet(out / f"{name}.parquet") for name in ("pairs", "groups"))
            run |= score_quality(found, groups, truth) | stages_of(out)
        runs.append({"language": language, "case": case, **run})
    return runs


def machine() -> dict[str, object]:
    """Where and with what this ran."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    git = ["git", "-C", str(HERE), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    commit = subprocess.run(git, check=False, capture_output=True, text=True).stdout.strip()
    return {
        "cpu": models[0] if models else platform.machine(), "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(), "commit": commit or None,
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "command": " ".join(sys.argv),
    }  # fmt: skip


def shown(value: object, digits: int | None = None) -> str:
    """A number for a table: shares with three digits, counts with commas; nothing for None."""
    if value is None:
        return ""
    number = float(str(value))
    return f"{number:.{digits}f}" if digits is not None else f"{number:,.0f}"


COLUMNS = {
    "documents/s": ("documents_per_s", None), "wall s": ("wall_s", 2), "CPU s": ("cpu_s", 2), "CPU ×": ("cpu_ratio", 1),
    "peak MiB": ("peak_mib", None), "at start": ("start_mib", None), "pairs": ("reported", None),
    "precision": ("precision", 3), "recall": ("recall", 3), "at J ≥ .8": ("recall_80", 3),
}  # fmt: skip


def compare_table(runs: Sequence[Mapping[str, object]], title: str) -> Table:
    """A line a tool; a tool that was not run has its reason below the table."""
    table = Table(title=title, title_justify="left")
    table.add_column("tool", no_wrap=True)
    table.add_column("cores", justify="right")
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for run in runs:
        tool = f"{run['tool']} {run.get('version', '')}".strip()
        cells = [shown(run.get(key), digits) for key, digits in COLUMNS.values()]
        table.add_row(tool, str(run["cores"]), *(["not run"] if run.get("reason") else cells))
    return table


def examine_table(runs: Sequence[Mapping[str, object]], title: str) -> Table:
    """A line a figure, a column a language."""
    table = Table(title=title, title_justify="left")
    table.add_column("figure", no_wrap=True)
    for run in runs:
        table.add_column(str(run["language"]), justify="right")
    known = dict.fromkeys(key for run in runs for key in run if key.startswith(("recall_", "false_")))
    for name in [*sorted(known, reverse=True), "precision", "precision_no_templates", "joined", "reported", "cpu_s"]:
        digits = None if name.startswith(("false_", "reported")) else 3
        table.add_row(name, *(shown(run.get(name), digits) for run in runs))
    return table


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, help="50000 unless told, with --quality 20000")
    parser.add_argument("--language", default="en", help=f"with commas, of {','.join(SCRIPTS)}; or all")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--quality", action="store_true", help="excerpts, passages, rewrites and digests; ours only")
    parser.add_argument("--cores", choices=["one", "all", "both"], default="both")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each tool, of which the least CPU time counts")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--peers", default=",".join(PEERS), help="with commas")
    parser.add_argument("--peer-python", type=Path, default=PEER_PYTHON, help="Python that has the peers")
    parser.add_argument("--folder", type=Path, default=HERE.parent / "build" / "near_duplicates", help="for corpora")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    arguments.documents = arguments.documents or (20_000 if arguments.quality else 50_000)
    arguments.peers = [] if arguments.ours_only else arguments.peers.split(",")
    arguments.languages = list(SCRIPTS) if arguments.language == "all" else arguments.language.split(",")
    for wrong in [*set(arguments.peers) - set(PEERS), *set(arguments.languages) - set(SCRIPTS)]:
        parser.error(f"{wrong} is not known; choose peers of {','.join(PEERS)}, languages of {','.join(SCRIPTS)}")
    if not arguments.peer_python.exists():
        arguments.peer_python = Path(sys.executable)
    return arguments


def main() -> None:
    """Make the corpora, run the tools, print and write what was measured."""
    arguments, runs = parse(), []
    console = Console(width=None if sys.stdout.isatty() else 150)
    place = machine()
    console.print(f"{place['cpu']}, {place['cores']} cores, Python {place['python']}, commit {place['commit']}")
    for language in arguments.languages:
        if arguments.quality:
            runs += examine(language, arguments)
            continue
        corpus, truth = make_corpus(Parameters(arguments.documents, language, arguments.seed), arguments.folder)
        part = compare(corpus, truth, arguments, language)
        console.print(compare_table(part, f"{arguments.documents:,} documents, {language}"))
        runs += part
    for case in dict.fromkeys(str(run["case"]) for run in runs if arguments.quality):
        mine = [run for run in runs if run["case"] == case]
        console.print(examine_table(mine, f"{arguments.documents:,} documents, {case}"))
    for run in runs:
        if run.get("reason"):
            console.print(
                f"{run['tool']} ({run['language']}, {run['cores']} cores) not run: {run['reason']}", markup=False
            )
    if arguments.json:
        made = asdict(Parameters(arguments.documents, "", arguments.seed, "quality" if arguments.quality else "copies"))
        made |= {"language": arguments.languages, "permutations": 128, "bands": 16, "shingle": 5}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps({"machine": place, "parameters": made, "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
