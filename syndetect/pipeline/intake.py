"""New input files -> documents in the store, each address once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from syndetect import addresses
from syndetect.crawl import Input, Options, Outcome, read_pages, sha256_of
from syndetect.extract import Workers, document_ids
from syndetect.store import Store, sql_text

KNOWN = (
    "SELECT count(*) FROM input_file WHERE sha256 = $sha256 AND path = $path AND mapping = $mapping AND fault IS NULL"
)
PRINT = (
    "SELECT url_key, doc_id, hash(url, site, crawled_at, title, page_text, language, kind, site_name, canonical,"
    " based_on, links, images, alternates, stated_times, first_crawled_at, last_crawled_at) AS print FROM document"
)
"""All that later stages read of a document, as one number: a new title or crawl time counts as much as a new text."""


@dataclass(frozen=True)
class Source:
    """An input file as the run report names it."""

    path: str
    sha256: str | None
    n_records: int
    n_rejected: int
    fault: str | None
    read_before: bool
    passed_over: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Intake:
    """What was read: records; addresses that are new, have a newer text, tell something else (touched), are gone."""

    inputs: list[Source] = field(default_factory=list)
    n_new: int = 0
    n_changed: int = 0
    n_touched: int = 0
    n_gone: int = 0
    n_workers: int = 0

    @property
    def n_files(self) -> int:
        """Files read in this run."""
        return sum(not source.read_before for source in self.inputs)

    @property
    def n_read(self) -> int:
        """Records that became documents or sightings of one."""
        return sum(source.n_records - source.n_rejected for source in self.inputs if not source.read_before)

    @property
    def n_rejected(self) -> int:
        """Records that could not be used."""
        return sum(source.n_rejected for source in self.inputs if not source.read_before)

    @property
    def changed_anything(self) -> bool:
        """Whether there is anything that a stage has not seen."""
        return bool(self.n_new or self.n_changed or self.n_touched or self.n_gone)

    @property
    def faults(self) -> list[str]:
        """Files that could not be read to their end, each with the reason."""
        return [f"{source.path}: {source.fault}" for source in self.inputs if source.fault]


def read_inputs(
    store: Store, found: Sequence[Input], *, watch: Callable[[str, int, int], None], options: Options, jobs: int
) -> Intake:
    """Read the files that were not read before.

    Args:
        store: Open for writing.
        found: From `crawl.find_inputs`.
        watch: Told how many bytes of how many are done.
        options: How they are read.
        jobs: Processes that parse.
    """
    intake = Intake()
    store.con.execute(f"CREATE OR REPLACE TEMP TABLE before AS {PRINT}")
    total = sum(source.place.size() for source in found)
    done = 0
    with Workers(jobs) as workers:
        for source in found:
            intake.inputs.append(_read_file(store, source, options, workers, partial(_advance, watch, done, total)))
            done += source.place.size()
            watch("crawl", done, total)
        intake.n_workers = workers.n_running
    settle_documents(store)
    intake.n_new = store.count("SELECT count(*) FROM document WHERE url_key NOT IN (SELECT url_key FROM before)")
    intake.n_changed = store.count(
        "SELECT count(*) FROM document d JOIN before b USING (url_key) WHERE d.doc_id <> b.doc_id"
    )
    touched = f"SELECT count(*) FROM ({PRINT}) d JOIN before b USING (doc_id) WHERE d.print <> b.print"
    intake.n_touched = store.count(touched)
    intake.n_gone = store.count("SELECT count(*) FROM before ANTI JOIN document USING (url_key)")
    store.con.execute("DROP TABLE before")
    return intake


def _advance(watch: Callable[[str, int, int], None], before: int, total: int, n_bytes: int) -> None:
    watch("crawl", before + n_bytes, total)


def _read_file(
    store: Store, source: Input, options: Options, workers: Workers, advance: Callable[[int], None]
) -> Source:
    source = replace(source, place=source.place.resolved())
    path = source.place.name
    try:
        sha256 = sha256_of(source.place)
    except OSError:
        sha256 = None
    mapping = json.dumps(dict(sorted(options.columns.items())))
    if sha256 and store.count(KNOWN, sha256=sha256, path=path, mapping=mapping):
        return Source(path, sha256, 0, 0, None, read_before=True)
    if source.format in ("text", "html"):
        # A file that is one page and tells no crawl time: what it holds now is newer than what it held.
        store.con.execute("DELETE FROM sighting WHERE doc_id IN (SELECT doc_id FROM document WHERE path = ?)", [path])
        store.con.execute("DELETE FROM document WHERE path = ?", [path])
    if store.count("SELECT count(*) FROM input_file WHERE path = $path", path=path):
        # What it held before may stand elsewhere in it now, or be gone.
        store.con.execute("UPDATE sighting SET path = NULL, record = NULL WHERE path = ?", [path])
    outcome = Outcome(path)
    frames = _fetched(store, read_pages(source, outcome, options), lambda: advance(outcome.n_bytes))
    for documents in workers.extract(frames):
        add_documents(store, documents)
    store.con.execute("DELETE FROM input_file WHERE path = ?", [path])
    store.con.execute("DELETE FROM rejected_record WHERE path = ?", [path])
    row = [path, sha256, outcome.n_records, outcome.n_rejected, dt.datetime.now(dt.UTC), outcome.fault, source.format]
    passed_over = dict(sorted(outcome.passed_over.items()))
    told = [json.dumps(passed_over), json.dumps(outcome.columns), mapping]
    store.con.execute("INSERT INTO input_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [*row, *told])
    store.append("rejected_record", outcome.rejected_frame())
    counts = (outcome.n_records, outcome.n_rejected)
    return Source(path, sha256, *counts, outcome.fault, False, passed_over, outcome.columns)


def _fetched(store: Store, frames: Iterator[pl.DataFrame], advance: Callable[[], None]) -> Iterator[pl.DataFrame]:
    """The pages that brought a text; those that did not are put into the store on the way."""
    is_revisit = pl.col("same_as").is_not_null()
    for pages in frames:
        add_revisits(store, pages.filter(is_revisit))
        yield pages.filter(~is_revisit)
        advance()


def add_documents(store: Store, documents: pl.DataFrame) -> None:
    """Append documents and the moments they were seen at; `settle_documents` then leaves one an address."""
    keyed = documents.with_columns(url_key=addresses.url_key(pl.col("url")))
    store.append("sighting", keyed.select("url_key", "url", "site", "crawled_at", "doc_id", "path", "record"))
    _append_documents(store, keyed)


def add_revisits(store: Store, pages: pl.DataFrame) -> None:
    """Append fetches that brought word of an earlier one in place of a text: moments that pages were seen at."""
    seen = pages.select(
        "url", "crawled_at", "path", "record",
        url_key=addresses.url_key(pl.col("url")),
        site=addresses.host(pl.col("url")),
        same_key=addresses.url_key(pl.col("same_as")),
    )  # fmt: skip
    store.append("sighting", seen)


def settle_documents(store: Store) -> None:
    """Leave of each page its newest text in `document`, earlier ones in `version`; see to fetches without a text."""
    store.con.execute(sql_text("settle_documents.sql"))
    copies = store.frame(sql_text("revisit_texts.sql"))
    if copies.height:
        ids = pl.Series("doc_id", document_ids(copies["url"], copies["page_text"]))
        _append_documents(store, copies.with_columns(ids))
        store.con.execute(sql_text("settle_documents.sql"))
    store.con.execute(sql_text("list_lone_revisits.sql"))


def _append_documents(store: Store, keyed: pl.DataFrame) -> None:
    at = pl.col("crawled_at")
    none = pl.lit([], pl.List(pl.String))
    store.append("document", keyed.with_columns(first_crawled_at=at, last_crawled_at=at, also_at=none))
