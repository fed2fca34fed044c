"""One tool over some files in a process of its own: what it read to Parquet, what it cost as a line of JSON on stdout.

    taskset -c 0 python benchmarks/reading_tools.py pages trafilatura pages.warc.gz --warm few.warc.gz --out r.parquet

Every tool reads a file to the end (or to `--most` pages of it) as it would be used for a dump: ours to frames of
schema.PAGE or schema.DOCUMENT, datatrove to its documents, the floors to the bare values. Frames and documents are
dropped when they are counted; of pages, title and text are kept for scoring. Peers are installed in another environment
than syndetect, so a tool's packages are imported when it is known which one is asked for. A run over the few pages of
`--warm` comes before the clock starts; it says `ready` on stdout then, and waits for a line on stdin, so that processes
side by side start together.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import importlib.metadata
import json
import multiprocessing
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from copies_tools import cpu_seconds, peak_mib
from reading_score import Read

if TYPE_CHECKING:
    from syndetect.extract import Workers

Batch = tuple[int, list[Read]]
"""How many documents, and, of pages, what was read."""
READ = {"url": pl.String, "title": pl.String, "text": pl.String, "date": pl.String}


def _frames(path: Path) -> Iterator[pl.DataFrame]:
    """Ours, as far as schema.PAGE; a file that can't be read to its end is no result."""
    from syndetect.crawl import Outcome, find_inputs, read_pages

    for source in find_inputs([str(path)]):
        outcome = Outcome(str(path))
        yield from read_pages(source, outcome)
        if outcome.fault or outcome.rejected:
            raise SystemExit(f"{path}: {outcome.fault or outcome.rejected[0]}")


def read_ours(path: Path) -> Iterator[Batch]:
    """Ours to schema.PAGE: nothing parsed yet."""
    for frame in _frames(path):
        n = frame.height
        del frame  # So that no more than one frame is in memory while the next is made.
        yield n, []


@lru_cache(maxsize=1)
def _workers() -> Workers:
    """As many as there are cores: they last from file to file, as in a run, and start when there is enough to parse."""
    from syndetect.extract import Workers

    return Workers(len(os.sched_getaffinity(0)))


def extract_ours(path: Path) -> Iterator[Batch]:
    """Ours to schema.DOCUMENT, as a run does it."""
    for documents in _workers().extract(_frames(path)):
        n = documents.height
        del documents
        yield n, []


def pages_ours(path: Path) -> Iterator[Batch]:
    """The same, with what is scored kept."""
    for documents in _workers().extract(_frames(path)):
        yield documents.height, [Read(*row) for row in documents.select("url", "title", "page_text").iter_rows()]


def dated_ours(path: Path) -> Iterator[Batch]:
    """The same, with the day each page was published: it takes all pages, for sites show what their clocks are."""
    from syndetect import times

    documents = pl.concat(list(_workers().extract(_frames(path))))
    days = times.published(documents, times.learn_offsets(documents))
    by_page = pl.when(pl.col("published_by") != "crawl").then(pl.col("published_day").cast(pl.String))
    read = documents.join(days.select("doc_id", day=by_page), on="doc_id", how="left", maintain_order="left")
    yield read.height, [Read(*row) for row in read.select("url", "title", "page_text", "day").iter_rows()]


def _warcio(path: Path, kind: str = "response") -> Iterator[tuple[str, bytes]]:
    from warcio.archiveiterator import ArchiveIterator

    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == kind:
                yield record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read()


def _fastwarc(path: Path, kind: str = "response") -> Iterator[tuple[str, bytes]]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    wanted = getattr(WarcRecordType, kind)
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=wanted):
            yield record.headers["WARC-Target-URI"], record.reader.read()


def pages_trafilatura(path: Path) -> Iterator[Batch]:
    """Warcio, then trafilatura's bare_extraction with metadata."""
    from trafilatura import bare_extraction

    for url, html in _warcio(path):
        read = bare_extraction(html, url=url, with_metadata=True, include_comments=False)
        yield 1, [Read(url, read.title, read.text, read.date) if read else Read(url, None, None)]


def pages_htmldate(path: Path) -> Iterator[Batch]:
    """Warcio, then htmldate: the day alone."""
    from htmldate import find_date

    for url, html in _warcio(path):
        yield 1, [Read(url, None, None, find_date(html, url=url, original_date=True))]


def pages_resiliparse(path: Path) -> Iterator[Batch]:
    """Fastwarc, then resiliparse's main content: the floor for how right, and the ceiling for how fast."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    for url, html in _fastwarc(path):
        text = bytes_to_str(html, detect_encoding(html, from_html_meta=True) or "utf-8")
        yield 1, [Read(url, None, extract_plain_text(text, main_content=True))]


def pages_datatrove(path: Path) -> Iterator[Batch]:
    """Datatrove's WarcReader and Trafilatura extractor, each with what it does unless told otherwise."""
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import WarcReader

    for one in Trafilatura().run(WarcReader(str(path.parent), glob_pattern=path.name).run()):
        yield 1, [Read(one.metadata["url"], None, one.text)]


def _count_datatrove(reader: str) -> Callable[[Path], Iterator[Batch]]:
    """A reader of datatrove alone; news-please's text has another name there."""

    def run(path: Path) -> Iterator[Batch]:
        readers = importlib.import_module("datatrove.pipeline.readers")
        names = {"text_key": "maintext", "id_key": "url"} if reader == "JsonlReader" else {}
        for _ in getattr(readers, reader)(str(path.parent), glob_pattern=path.name, **names).run():
            yield 1, []

    return run


def wet_warcio(path: Path) -> Iterator[Batch]:
    """Warcio: address and decoded text."""
    for _, text in _warcio(path, "conversion"):
        text.decode()
        yield 1, []


def wet_fastwarc(path: Path) -> Iterator[Batch]:
    """Fastwarc: address and decoded text, the floor."""
    for _, text in _fastwarc(path, "conversion"):
        text.decode()
        yield 1, []


def jsonl_orjson(path: Path) -> Iterator[Batch]:
    """A plain loop: lines, orjson, five values of each record, the floor."""
    import orjson

    names = ("url", "maintext", "title", "date_publish", "date_download")
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            record = orjson.loads(line)
            [record[name] for name in names]
            yield 1, []


def parquet_pyarrow(path: Path) -> Iterator[Batch]:
    """Pyarrow alone: the columns that play a part, as batches of 20,000 rows, the floor."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=20_000, columns=["url", "text", "date", "language"]):
            yield batch.num_rows, []


Tool = tuple[tuple[str, ...], Callable[[Path], Iterator[Batch]]]
OURS: dict[str, Tool] = {
    "syndetect-read": (("syndetect",), read_ours),
    "syndetect": (("syndetect",), extract_ours),
}
TOOLS: dict[str, dict[str, Tool]] = {
    "pages": {
        "syndetect-read": OURS["syndetect-read"],
        "syndetect": (("syndetect",), pages_ours),
        "trafilatura": (("trafilatura", "warcio"), pages_trafilatura),
        "datatrove": (("datatrove", "trafilatura"), pages_datatrove),
        "resiliparse": (("resiliparse",), pages_resiliparse),
    },
    "wet": OURS
    | {
        "datatrove": (("datatrove",), _count_datatrove("WarcReader")),
        "warcio": (("warcio",), wet_warcio),
        "fastwarc": (("fastwarc",), wet_fastwarc),
    },
    "jsonl": OURS
    | {"datatrove": (("datatrove",), _count_datatrove("JsonlReader")), "orjson": (("orjson",), jsonl_orjson)},
    "parquet": OURS
    | {"datatrove": (("datatrove",), _count_datatrove("ParquetReader")), "pyarrow": (("pyarrow",), parquet_pyarrow)},
    "real": {
        "syndetect": (("syndetect",), dated_ours),
        "trafilatura": (("trafilatura",), pages_trafilatura),
        "resiliparse": (("resiliparse",), pages_resiliparse),
        "htmldate": (("htmldate",), pages_htmldate),
    },
}
"""What is read: tool: the packages it needs, the first of which gives its version, and how it reads."""
PEERS = {"trafilatura", "datatrove", "warcio", "htmldate"}
"""Those that stand in the environment of the peers; the floors are what syndetect stands on, and run in its own."""
SLOW = {("pages", "trafilatura"), ("pages", "datatrove")}
"""Those that read some of the pages only."""


def take(batches: Iterator[Batch], most: int | None) -> Batch:
    """Count, keep; stop after so many."""
    n, kept = 0, []
    for more, read in batches:
        n += more
        kept += read
        if most is not None and n >= most:
            break
    return n, kept


def _end_children(what: str, tool: str) -> int:
    """Wait for the processes that a tool has started, so that their time is counted: how many worked beside it."""
    multiprocessing.active_children()
    if tool in OURS:
        beside = _workers().n_running
        _workers().close()
        return beside
    return int((what, tool) == ("pages", "datatrove"))


def measure(
    what: str, tool: str, paths: list[Path], warm: Path, out: Path | None, most: int | None
) -> dict[str, object]:
    """Run once over a few, so that imports and compiling are done, then measure all."""
    packages, read = TOOLS[what][tool]
    for package in packages:
        importlib.import_module(package)
    take(read(warm), None)
    _end_children(what, tool)
    print("ready", flush=True)
    sys.stdin.readline()
    before, cpu, began = peak_mib(), cpu_seconds(), time.monotonic()
    n, kept = 0, []
    for path in paths:
        more, rows = take(read(path), most)
        n += more
        kept += rows
    beside = _end_children(what, tool)
    ended, cpu = time.monotonic(), cpu_seconds() - cpu
    peak = peak_mib() + beside * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    if out is not None:
        pl.DataFrame([asdict(one) for one in kept], schema=READ).write_parquet(out)
    return {
        "version": importlib.metadata.version(packages[0]), "python": platform.python_version(), "n": n,
        "began": began, "ended": ended, "cpu_s": cpu, "peak_mib": peak, "start_mib": before,
    }  # fmt: skip


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=TOOLS)
    parser.add_argument("tool")
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--warm", type=Path, required=True, help="a small file of the same kind")
    parser.add_argument("--out", type=Path, help="Parquet for what was read of pages")
    parser.add_argument("--most", type=int, help="documents read of each file")
    given = parser.parse_args()
    print(json.dumps(measure(given.what, given.tool, given.paths, given.warm, given.out, given.most)))


if __name__ == "__main__":
    main()
