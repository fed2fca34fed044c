"""Crawls with known copying trees, and how right provenance is on them.

    python -m benchmarks.cascades table [--texts NTREX.jsonl.gz] [--half second] [--conditions base,JSONL]
    python -m benchmarks.cascades make FOLDER [--condition base]
    python -m benchmarks.cascades score STORE TRUTH [--from jsonl]

`table` makes the crawls of every named condition, runs syndetect on them and prints its figures beside those of simple
rules; `make` only writes crawls; `score` judges a store, or the rows of another tool, against a truth.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cascades.conditions import CONDITIONS
from cascades.robustness import Size, as_markdown, make_worlds, measure, save
from cascades.score import Judged, read_found, read_truth, score, written
from cascades.texts import read_documents


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="what", required=True)
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--texts", type=Path, help="aligned documents: NTREX-128 or its rows; else the sample corpus")
    made.add_argument("--half", choices=["both", "first", "second"], default="both", help="of the documents, by name")
    made.add_argument("--seed", type=int, default=Size.seed)
    made.add_argument("--worlds", type=int, default=Size.worlds, help="crawls a condition, scored as one")
    made.add_argument("--pages", type=int, default=Size.pages, help="pages of stories in a crawl")
    table = parts.add_parser("table", parents=[made], help="the robustness table")
    table.add_argument("--conditions", default=",".join(CONDITIONS), help="of: %(default)s")
    table.add_argument("--keep", type=Path, help="leave crawls, truths and stores in this folder")
    table.add_argument("--json", type=Path, help="write every figure to this file")
    make = parts.add_parser("make", parents=[made], help="write crawls")
    make.add_argument("folder", type=Path)
    make.add_argument("--condition", choices=list(CONDITIONS), default="base")
    judge = parts.add_parser("score", help="judge a store or another tool's rows")
    judge.add_argument("found", type=Path, help="a store (.duckdb), or .jsonl or .parquet with a row a page")
    judge.add_argument("truth", type=Path)
    judge.add_argument("--from", dest="dump", choices=["warc", "jsonl"], default="warc", help="which dump was read")
    judge.add_argument("--json", action="store_true")
    return parser


def _score(given: argparse.Namespace) -> None:
    figures = score(Judged(read_truth(given.truth, dump=given.dump), read_found(given.found)))
    if given.json:
        print(json.dumps(figures))
        return
    for name, text in zip(figures, written(figures), strict=True):
        print(f"{name:<22} {text}")


def main(arguments: list[str] | None = None) -> None:
    """Make, run, score."""
    given = _parser().parse_args(arguments)
    if given.what == "score":
        _score(given)
        return
    documents = read_documents(given.texts, half=given.half)
    size = Size(given.seed, given.worlds, given.pages)
    if given.what == "make":
        for folder in make_worlds(documents, CONDITIONS[given.condition], size, given.folder):
            print(folder)
        return
    names = given.conditions.split(",")
    unknown = [name for name in names if name not in CONDITIONS]
    if unknown:
        sys.exit(f"no condition is called {', '.join(unknown)}; choose of {', '.join(CONDITIONS)}")
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(documents, size, given.keep or Path(scratch), names)
    print(as_markdown(found))
    if given.json:
        save(found, given.json)


if __name__ == "__main__":
    main()
