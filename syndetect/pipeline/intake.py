"""New input files -> documents in the store, each address once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import polars as pl

from syndetect import addresses
from syndetect.crawl import Input, Options, Outcome, Place, groups_of, look_into, read_page_files, read_pages
from syndetect.extract import Workers, document_ids
from syndetect.schema import REJECTED
from syndetect.store import Store, sql_text

KNOWN = sql_text("known_inputs.sql")
PRINT = (
    "SELECT url_key, doc_id, hash(url, site, crawled_at, title, page_text, language, kind, site_name, canonical,"
    " based_on, links, images, alternates, stated_times, first_crawled_at, last_crawled_at) AS print FROM document"
)
"""All that later stages read of a document, as one number: a new title or crawl time counts as much as a new text."""

STREAM = "stream"
"""The stamp of what can't be opened again."""
MARKS = dict.fromkeys(("path", "sha256", "stamp"), pl.String())
INPUT_FILE = {
    "path": pl.String(), "sha256": pl.String(), "n_records": pl.Int64(), "n_rejected": pl.Int64(),
    "read_at": pl.Datetime("us", "UTC"), "fault": pl.String(), "format": pl.String(), "passed_over": pl.String(),
    "columns": pl.String(), "mapping": pl.String(), "page_bytes": pl.Int64(), "stamp": pl.String(),
}  # fmt: skip


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
    total = sum(map(_size, found))
    done = 0
    with Workers(jobs) as workers:
        for group in groups_of(found):
            intake.inputs += _read_group(store, group, options, workers, partial(_advance, watch, done, total))
            done += sum(map(_size, group))
            watch("crawl", done, total)
        intake.n_workers = workers.n_running
    settle_documents(store)
    rejected = dict(store.frame("SELECT path, n_rejected FROM input_file").iter_rows())
    intake.inputs = [
        source if source.read_before else replace(source, n_rejected=rejected[source.path]) for source in intake.inputs
    ]
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


def _size(source: Input) -> int:
    """For the progress bar; a file that has gone is told of when it is read."""
    try:
        # A remote file is asked about only when its turn comes.
        return 0 if source.place.is_remote else source.place.size()
    except OSError:
        return 0


class _Mark(NamedTuple):
    """What a file is known again by: the digest of its bytes, or what a server says of its version."""

    sha256: str | None
    stamp: str | None


def _mark(place: Place) -> _Mark:
    if place.is_stream:
        return _Mark(None, None)  # told when it has been read
    try:
        return _Mark(place.sha256(), place.stamp())
    except OSError:
        return _Mark(None, None)  # opening it says why


def _read_group(
    store: Store, group: Sequence[Input], options: Options, workers: Workers, advance: Callable[[int], None]
) -> list[Source]:
    """Read one dump, or many files that are one page each; what was read before is not read again."""
    group = [replace(source, place=source.place.resolved()) for source in group]
    marks = {source.place.name: _mark(source.place) for source in group}
    known = _known(store, marks, options)
    new = [look_into(source) for source in group if source.place.name not in known]
    outcomes = [Outcome(source.place.name) for source in new]
    if new:
        _forget(store, new, marks, options)
        pages = read_pages(new[0], outcomes[0], options) if len(new) == 1 else read_page_files(new, outcomes, options)
        frames = _fetched(store, pages, lambda: advance(sum(outcome.n_bytes for outcome in outcomes)))
        for documents in workers.extract(frames):
            add_documents(store, documents)
    for source, outcome in zip(new, outcomes, strict=True):
        if source.place.is_stream:
            known |= _name_stream(store, source.place, outcome, marks, options)
    rows = [(source, outcome) for source, outcome in zip(new, outcomes, strict=True) if outcome.path not in known]
    read = _list_inputs(store, rows, marks, options)
    before = [Source(path, marks[path].sha256, 0, 0, None, read_before=True) for path in sorted(known)]
    return sorted(before + read, key=lambda source: source.path)


def _mapping(options: Options) -> str:
    return json.dumps(dict(sorted(options.columns.items())))


def _known(store: Store, marks: dict[str, _Mark], options: Options) -> set[str]:
    """The files that were read before, to their end, as they are now and would be read now."""
    named = pl.DataFrame([(path, *mark) for path, mark in marks.items()], schema=MARKS, orient="row")
    with store.given(named=named):
        read_as = {"mapping": _mapping(options), "page_bytes": options.max_page_bytes}
        return set(store.frame(KNOWN, **read_as)["path"])


def _forget(store: Store, sources: Sequence[Input], marks: dict[str, _Mark], options: Options) -> None:
    """Take out what files held when they were read before."""
    renewed = pl.DataFrame(
        [(source.place.name, *marks[source.place.name], source.format in ("text", "html")) for source in sources],
        schema={**MARKS, "single": pl.Boolean()},
        orient="row",
    )
    with store.given(renewed=renewed):
        if store.count("SELECT count(*) FROM renewed JOIN input_file USING (path)"):
            store.con.execute(sql_text("taken_out.sql"), {"mapping": _mapping(options)})
            for table in ("sighting", "document", "version"):
                store.con.execute(f"DELETE FROM {table} WHERE path IN (SELECT path FROM taken_out)")
            # What another held before may stand elsewhere in it now, or be gone.
            store.con.execute("UPDATE sighting SET path = NULL, record = NULL WHERE path IN (SELECT path FROM renewed)")
            store.con.execute("DROP TABLE taken_out")


def _name_stream(store: Store, place: Place, outcome: Outcome, marks: dict[str, _Mark], options: Options) -> set[str]:
    """Name a stream that has been read by what it held, since the next one is another; the name, if it came before."""
    try:
        sha256 = place.sha256()
    except OSError:
        return set()  # nothing came, and the outcome says why
    came_as, outcome.path = outcome.path, f"{place.name}#{(sha256 or '')[:16]}"
    marks[outcome.path] = _Mark(sha256, STREAM)
    known = _known(store, {outcome.path: _Mark(sha256, None)}, options)
    for table in ("sighting", "document"):
        if known:
            store.con.execute(f"DELETE FROM {table} WHERE path = ?", [came_as])
        else:
            store.con.execute(f"UPDATE {table} SET path = ? WHERE path = ?", [outcome.path, came_as])
    return known


def _list_inputs(
    store: Store, read: Sequence[tuple[Input, Outcome]], marks: dict[str, _Mark], options: Options
) -> list[Source]:
    """Put what was read into the tables of inputs and of rejected records."""
    now = dt.datetime.now(dt.UTC)
    rows, found = [], []
    for source, outcome in read:
        path, (sha256, stamp) = outcome.path, marks[outcome.path]
        passed_over = dict(sorted(outcome.passed_over.items()))
        counts = (outcome.n_records, outcome.n_rejected)
        found.append(Source(path, sha256, *counts, outcome.fault, False, passed_over, outcome.columns))
        told = (source.format, json.dumps(passed_over), json.dumps(outcome.columns))
        read_as = (_mapping(options), options.max_page_bytes)
        rows.append((path, sha256, *counts, now, outcome.fault, *told, *read_as, stamp))
    listed = pl.DataFrame(rows, schema=INPUT_FILE, orient="row")
    with store.given(listed=listed):
        for table in ("input_file", "rejected_record"):
            store.con.execute(f"DELETE FROM {table} WHERE path IN (SELECT path FROM listed)")
    store.append("input_file", listed)
    rejected = [outcome.rejected_frame() for _, outcome in read if outcome.rejected]
    store.append("rejected_record", pl.concat(rejected or [pl.DataFrame(schema=REJECTED)]))
    return found


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
