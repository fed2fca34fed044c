"""The store: one DuckDB file. Open, lock, create, append, read in batches.

A store that does not exist yet is built beside its place and moved there when the run is done, so there is never half
of one. A store that exists is changed in one transaction, so that a run that fails leaves it as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from types import TracebackType

import duckdb
import polars as pl

from syndetect.errors import NoStoreError, RunError, StoreLockedError, StoreVersionError

VERSION = 8
"""Rises when tables change in a way that older code can't read."""
SUFFIX_NEW = ".new"
LEAST_MIB = 64
"""Memory that DuckDB may go on holding between stages."""
READ = frozenset(("meta", "run", "input_file", "rejected_record", "sighting", "document", "version"))
"""Tables that hold what was read; all others are made from them."""
SAID = frozenset(("judgement",))
"""Tables that hold what people said: no run touches them."""
KEPT = frozenset(("embedding",))
"""Tables whose rows hold whatever the settings are, and are dear: what uses them takes out what is stale."""
LASTING = frozenset(("claim", "site_line", "story_text", "signed_text", "band_key", "fingerprint", "judged_pair"))
"""Tables whose rows stay from run to run while what they were made of does: the stage that makes them takes out what is
stale, and adds what is missing. All other tables are made anew."""
Row = dict[str, object]


def sql_text(name: str) -> str:
    """The text of a file of syndetect/sql."""
    return files("syndetect").joinpath("sql", name).read_text(encoding="utf-8")


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        con = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        held = re.search(r"PID (\d+)", str(error))
        if held or "lock" in str(error).lower():
            holder = f"process {held[1]}" if held else "another process"
            raise StoreLockedError(
                f"{path} is held by {holder}; wait until it has finished", slug="store-locked"
            ) from None
        if not path.exists():
            reason = str(error).splitlines()[0].rpartition(": ")[2]
            raise RunError(f"{path} can't be made: {reason}; give another --store", slug="system") from None
        raise NoStoreError(f"{path} is no syndetect store; give another --store", slug="no-store") from None
    except duckdb.ConnectionException:
        raise StoreLockedError(f"{path} is open in this process; close that first", slug="store-locked") from None
    except duckdb.Error:
        raise NoStoreError(f"{path} is no syndetect store; give another --store", slug="no-store") from None
    con.execute("SET TimeZone = 'UTC'")
    # Its bar goes to stdout, which is for data.
    con.execute("SET enable_progress_bar = false")
    if read_only:
        # What a reader asks may come from anyone: it sees the store, no other file and none of our variables.
        for setting in ("enable_external_access = false", "python_enable_replacements = false"):
            con.execute(f"SET {setting}")
    return con


def _check(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    shaping: Mapping[str, object] | None,
    shaped_by: Mapping[str, str] | None = None,
) -> None:
    """Refuse what is no store of ours, is newer than this code, or holds what these settings can't be compared with."""
    try:
        meta = dict(con.execute("SELECT key, value FROM meta").fetchall())
    except duckdb.Error:
        meta = {}
    if not meta.get("syndetect", "").isdigit():
        con.close()
        raise NoStoreError(f"{path} is no syndetect store; give another --store", slug="no-store")
    if int(meta["syndetect"]) != VERSION:
        con.close()
        what = "upgrade syndetect" if int(meta["syndetect"]) > VERSION else "make a new store from the dumps"
        raise StoreVersionError(
            f"{path} has version {meta['syndetect']}, this syndetect reads version {VERSION}; {what}",
            slug="store-version",
        )
    for name, value in (shaping or {}).items():
        if meta.get(name) != str(value):
            con.close()
            why = f", {shaped_by[name]}" if shaped_by and name in shaped_by else ""
            raise StoreVersionError(
                f"{path} was made with {name} = {meta.get(name)}, not {value}{why}; use {name} = {meta.get(name)}, or"
                " another --store",
                slug="store-settings",
            )


class Store:
    """An open store. Use as a context: leaving it without an error keeps what was done, with one undoes it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, path: Path, *, built_at: Path | None, writing: bool) -> None:
        self.con = con
        self.path = path
        self._built_at = built_at
        self._writing = writing
        self._memory_mib = 0

    @classmethod
    def open(cls, path: str | Path) -> Store:
        """Open for reading.

        Raises:
            NoStoreError: `no-store`. StoreLockedError: `store-locked`. StoreVersionError: `store-version`.
        """
        path = Path(path)
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise NoStoreError(f"{path} {what}; make a store with: syndetect run INPUT --store FILE", slug="no-store")
        con = _connect(path, read_only=True)
        _check(con, path, None)
        return cls(con, path, built_at=None, writing=False)

    @classmethod
    def create_or_open(
        cls, path: str | Path, shaping: Mapping[str, object], shaped_by: Mapping[str, str] | None = None
    ) -> Store:
        """Open for a run that writes, making the store if there is none.

        Args:
            path: Where the store is or will be.
            shaping: The settings that decide what a store holds; they must be those it was made with.
            shaped_by: Of those that were not given but chosen: what for, in words for a message.

        Raises:
            NoStoreError: `no-store`, if path is a folder or a file of another kind, or its folder does not exist.
            StoreLockedError: `store-locked`. StoreVersionError: `store-version`, `store-settings`.
        """
        path = Path(path)
        if path.is_dir() or not path.parent.is_dir():
            what = "is a folder" if path.is_dir() else f"can't be made: there is no folder {path.parent}"
            raise NoStoreError(f"{path} {what}; give a file name in an existing folder", slug="no-store")
        if path.exists():
            con = _connect(path, read_only=False)
            _check(con, path, shaping, shaped_by)
            con.execute("BEGIN TRANSACTION")
            return cls(con, path, built_at=None, writing=True)
        built_at = path.with_name(path.name + SUFFIX_NEW)
        con = _build(built_at, shaping)
        return cls(con, path, built_at=built_at, writing=True)

    @classmethod
    def change(cls, path: str | Path) -> Store:
        """Open a store that is there, to write to it.

        Raises:
            NoStoreError: `no-store`. StoreLockedError: `store-locked`. StoreVersionError: `store-version`.
        """
        if not Path(path).is_file():
            return cls.open(path)  # which says what is wrong
        return cls.create_or_open(path, {})

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._built_at is not None:
            self.con.close()
            if error is None:
                self._built_at.replace(self.path)
            else:
                _remove(self._built_at)
            return
        if self._writing:
            self.con.execute("COMMIT" if error is None else "ROLLBACK")
        self.con.close()

    def limit(self, *, threads: int, memory_mib: int) -> None:
        """Say what DuckDB may take of the machine; of memory 0 means its own limit, most of what there is."""
        self.con.execute(f"SET threads = {threads}")
        self._memory_mib = memory_mib
        self._limit_memory()

    def _limit_memory(self) -> None:
        self.con.execute(f"SET memory_limit = '{self._memory_mib}MiB'" if self._memory_mib else "RESET memory_limit")

    def give_back(self) -> None:
        """Give the system the memory in which DuckDB keeps what it has read, and what it keeps for the next query.

        It does both when its limit is lowered: of a store of 1.2 GB that was read once, 140 MB are left of 1,030.
        """
        # On a connection of its own, since a statement that fails ends the transaction of ours.
        with self.con.cursor() as beside, suppress(duckdb.OutOfMemoryException):  # more is in use: it stays
            beside.execute(f"SET memory_limit = '{LEAST_MIB}MiB'")
        self._limit_memory()

    @contextmanager
    def given(self, **frames: pl.DataFrame) -> Iterator[None]:
        """Frames that queries inside can read by their names."""
        for name, frame in frames.items():
            self.con.register(name, frame.to_arrow())
        try:
            yield
        finally:
            for name in frames:
                self.con.unregister(name)

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add rows; columns are matched by name."""
        if frame.height:
            arrow = frame.to_arrow()  # noqa: F841 - DuckDB finds it by its name
            self.con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM arrow")

    def replace(self, table: str, frame: pl.DataFrame) -> None:
        """Put these rows in place of all there are."""
        self.con.execute(f"DELETE FROM {table}")
        self.append(table, frame)

    def frame(self, query: str, **parameters: object) -> pl.DataFrame:
        """The answer of a query as a polars frame; `$name` in it stands for a parameter."""
        found: pl.DataFrame = self.con.sql(query, params=parameters or None).pl()
        return found

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """The answer of a query as dictionaries; times are aware, in UTC."""
        return self.frame(query, **parameters).to_dicts()

    def value(self, query: str, **parameters: object) -> object:
        """The one value that a query gives; None if it gives no row."""
        # All rows are fetched: a half-read result blocks the connection.
        found = (self.con.execute(query, parameters) if parameters else self.con.execute(query)).fetchall()
        return found[0][0] if found else None

    def count(self, query: str, **parameters: object) -> int:
        """The whole number that a query gives."""
        found = self.value(query, **parameters)
        return found if isinstance(found, int) else 0

    def batches(self, query: str, ids: pl.Series, *, rows: int) -> Iterator[pl.DataFrame]:
        """The rows of `query` for the documents `ids`, some at a time.

        Args:
            query: Reads from a table `wanted(doc_id, place)` that holds the ids of the batch and their order.
            ids: Document ids.
            rows: Documents a batch; bounds memory.
        """
        for at in range(0, len(ids), rows):
            wanted = pl.DataFrame({"doc_id": ids[at : at + rows]}).with_row_index("place")
            with self.given(wanted=wanted):
                frame = self.frame(query)
            yield frame

    def keep_columns(self, given: Mapping[str, str]) -> dict[str, str]:
        """Add to the roles of columns that the user has set, and give all; an empty name takes a role back."""
        known = dict(json.loads(str(self.value("SELECT value FROM meta WHERE key = 'columns'") or "{}")))
        kept = {role: column for role, column in sorted({**known, **given}.items()) if column}
        self.con.execute("DELETE FROM meta WHERE key = 'columns'")
        if kept:
            self.con.execute("INSERT INTO meta VALUES ('columns', ?)", [json.dumps(kept)])
        return kept

    def is_finished(self, deciding: Mapping[str, object]) -> bool:
        """Whether the last run went through all stages, with these settings, or there is nothing to go through."""
        if not self.count("SELECT count(*) FROM document"):
            return True
        if self.has_waiting_words():
            return False
        return self.value("SELECT value FROM meta WHERE key = 'finished'") == json.dumps(deciding, sort_keys=True)

    def has_waiting_words(self) -> bool:
        """Whether a person said something that was not applied yet."""
        return self.value("SELECT value FROM meta WHERE key = 'waiting_words'") is not None

    def note_waiting_words(self, *, waiting: bool) -> None:
        """Remember whether there is something to apply."""
        self.con.execute("DELETE FROM meta WHERE key = 'waiting_words'")
        if waiting:
            self.con.execute("INSERT INTO meta VALUES ('waiting_words', '1')")

    def settings(self) -> dict[str, float]:
        """The settings of the last run that went through all stages; empty if there was none."""
        known: dict[str, float] = json.loads(str(self.value("SELECT value FROM meta WHERE key = 'finished'") or "{}"))
        return known

    def last_settings(self) -> dict[str, float]:
        """The settings that what lasts was made with; empty if nothing was made yet."""
        return dict(json.loads(str(self.value("SELECT value FROM meta WHERE key = 'made_with'") or "{}")))

    def note_settings(self, deciding: Mapping[str, object]) -> None:
        """Remember what the tables are being made with."""
        self.con.execute("DELETE FROM meta WHERE key = 'made_with'")
        self.con.execute("INSERT INTO meta VALUES ('made_with', ?)", [json.dumps(deciding, sort_keys=True)])

    def mark_finished(self, deciding: Mapping[str, object] | None) -> None:
        """Remember that all stages were gone through with these settings, or with None that they were not."""
        self.con.execute("DELETE FROM meta WHERE key = 'finished'")
        if deciding is not None:
            self.con.execute("INSERT INTO meta VALUES ('finished', ?)", [json.dumps(deciding, sort_keys=True)])

    def clear_derived(self, *, keep_lasting: bool) -> None:
        """Empty what stages make, so that a run that ends early leaves no rows about pages that have changed.

        Args:
            keep_lasting: Whether what lasts may stay, but for rows about documents that are no more.
        """
        self.con.execute(sql_text("take_back_words.sql"))
        for (table,) in self.con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall():
            if table not in READ | SAID | KEPT and not (keep_lasting and table in LASTING):
                self.con.execute(f"DELETE FROM {table}")
        if keep_lasting:
            self.con.execute(sql_text("drop_stale.sql"))
            self.con.execute(sql_text("drop_pairs_without_texts.sql"))
        else:
            self.con.execute("DELETE FROM meta WHERE key = 'sorted_until'")


def _build(path: Path, shaping: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
    """Start a store beside its place; what an earlier run that was killed left there is taken away first."""
    if path.exists():
        # A run that still works on it holds its lock; anything else there is of no use.
        with suppress(NoStoreError):
            _connect(path, read_only=False).close()
        _remove(path)
    try:
        con = _connect(path, read_only=False)
        con.execute(sql_text("tables.sql"))
        con.execute(sql_text("views.sql"))
        facts = {"syndetect": VERSION, **shaping}
        con.executemany("INSERT INTO meta VALUES (?, ?)", [[key, str(value)] for key, value in facts.items()])
    except StoreLockedError:
        raise
    except BaseException:
        _remove(path)
        raise
    return con


def _remove(path: Path) -> None:
    for leftover in (path, path.with_name(path.name + ".wal")):
        leftover.unlink(missing_ok=True)
