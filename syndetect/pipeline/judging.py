"""A person's word on pages: say it, take it back, apply it to the store at once.

Words are kept by the addresses of pages, in a table that no run touches. To apply them, groups, stories and parents are
made anew from what the last run found, which takes as long as its last stage.
"""

from __future__ import annotations

import datetime as dt
import getpass
import re
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from syndetect.addresses import host, key_of
from syndetect.errors import SettingsError
from syndetect.judgements import COUNTS, OF_PAIRS, OF_SOURCES, OVERRIDDEN, WITHDRAWN, Word, ring_of, settle
from syndetect.pipeline import stages
from syndetect.pipeline.said import hold_words
from syndetect.report.pages import find_page
from syndetect.settings import Settings
from syndetect.store import Row, Store

NONE = "none"
"""What is given as the parent of an origin."""
HOST = re.compile(r"[^\s/:?#@\[\]]+\.[^\s/:?#@\[\]]+")
"""A host alone: a word without a dot is a slip rather than the name of a site."""


@dataclass(frozen=True)
class Said:
    """What became of a word. `judgement` is its row of the view `judgements`.

    `overridden` are the rows of words that counted until now, `revived` those of words that count again; `applied` says
    whether stories and parents are as it says now, or will be after the next run.
    """

    judgement: Row
    overridden: list[Row]
    revived: list[Row]
    applied: bool

    def to_dict(self) -> dict[str, object]:
        """The answer for JSON."""
        return {
            "judgement": self.judgement, "overridden": self.overridden, "revived": self.revived,
            "applied": self.applied,
        }  # fmt: skip


def judge(
    url: str,
    other: str | None = None,
    word: str | None = None,
    *,
    parent: str | None = None,
    withdraw: bool = False,
    by: str | None = None,
    note: str | None = None,
    store: str | Path = "syndetect.duckdb",
    later: bool = False,
) -> Said:
    """Say whether two pages are the same story, or where a page was taken from; it outweighs all evidence.

    Args:
        url: A page of the store.
        other: Another one, with `word`.
        word: `same` or `different`.
        parent: Instead of other and word: the page that this one was taken from, the host of a source that is not in
            the store, or `none` where the page is an origin.
        withdraw: Take back the latest word on the two pages, or on the source of the one.
        by: Who says so; the user of the system, if not given.
        note: Why.
        store: The store, which must be there.
        later: Keep the word, and leave it to the next word or run to apply it.

    Raises:
        SettingsError: `same-page`, `judge-what`, `parent-ring`, `no-word`. NotInStoreError: `not-in-store`.
        NoStoreError: `no-store`. StoreLockedError: `store-locked`. StoreVersionError: `store-version`.
    """
    _check(other, word, parent, withdraw=withdraw)
    with Store.change(store) as opened:
        before = _states(opened)
        speaker = by or _user()
        if withdraw:
            number = _take_back(opened, url, other, speaker)
        else:
            number = _say(opened, _word(opened, url, other, word, parent), speaker, note)
        _settle(opened)
        applied = not later and _apply(opened)
        opened.note_waiting_words(waiting=not applied)
        rows = {int(str(row["said_id"])): row for row in _rows(opened)}
        after = {one: str(row["state"]) for one, row in rows.items()}
        changed = [one for one in after if one != number and before.get(one) != after[one]]
        return Said(
            rows[number],
            [rows[one] for one in changed if after[one] == OVERRIDDEN],
            [rows[one] for one in changed if after[one] == COUNTS],
            applied,
        )


def _check(other: str | None, word: str | None, parent: str | None, *, withdraw: bool) -> None:
    wrong = None
    if withdraw:
        wrong = "to withdraw a word takes its pages alone" if word or parent else None
    elif parent is not None:
        wrong = "a parent is said of one page" if other or word else None
    elif other is None or word is None:
        wrong = "nothing is said of the page"
    elif word not in OF_PAIRS:
        wrong = f"{word} is no word for two pages"
    if wrong:
        raise SettingsError(f"{wrong}; say URL URL same, URL URL different, or URL with a parent", slug="judge-what")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "unknown"


@dataclass(frozen=True)
class _Spoken:
    """A word to be kept, with the addresses of its pages."""

    word: str
    url: str
    other: str | None = None
    site: str | None = None


def _word(store: Store, url: str, other: str | None, word: str | None, parent: str | None) -> _Spoken:
    """The word as it is kept, of pages that are in the store."""
    page = find_page(store, url)
    if parent == NONE:
        return _Spoken("origin", page.url)
    site = None if parent is None else _host_alone(parent)
    if site is not None:
        return _Spoken("parent", page.url, site=site)
    second = find_page(store, str(other if parent is None else parent))
    if second.doc_id == page.doc_id:
        raise SettingsError(f"{url} and {parent or other} are one page; name two", slug="same-page")
    return _Spoken(str(word) if parent is None else "parent", page.url, second.url)


def _host_alone(parent: str) -> str | None:
    """The site, if what is given is a host without scheme and path; None of an address."""
    if "/" in parent:
        return None
    found: str | None = pl.select(host(pl.lit(f"//{parent}"))).item() if HOST.fullmatch(parent) else None
    if found is None:
        raise SettingsError(
            f"the parent {parent!r} is neither an address nor a host; give one of these, or {NONE}",
            slug="judge-what",
        )
    return found


def _say(store: Store, said: _Spoken, by: str, note: str | None) -> int:
    keys = key_of(said.url), None if said.other is None else key_of(said.other)
    if said.word == "parent" and keys[1] is not None:
        ring = ring_of(_words(store, "state = 'counts'"), keys[0], keys[1])
        if ring:
            way = " from ".join(ring)
            raise SettingsError(
                f"{said.url} can't be taken from {said.other}: people said that {way}; withdraw one of these first",
                slug="parent-ring",
            )
    number = store.count("SELECT coalesce(max(said_id), 0) + 1 FROM judgement")
    store.con.execute(
        "INSERT INTO judgement BY NAME SELECT ? AS said_id, ? AS word, ? AS key_a, ? AS key_b, ? AS url_a, ? AS url_b,"
        " ? AS parent_site, ? AS said_by, ? AS said_at, ? AS note, 'counts' AS state",
        [number, said.word, *keys, said.url, said.other, said.site, by, dt.datetime.now(dt.UTC), note],
    )
    return number


def _take_back(store: Store, url: str, other: str | None, by: str) -> int:
    """Withdraw the latest word on two pages, or on the source of one; they need not be in the store any more."""
    keys = [_known_key(store, one) for one in (url, other) if one is not None]
    if len(keys) == 1:
        kinds, where = OF_SOURCES, "key_a = $a"
    else:
        kinds, where = OF_PAIRS, "(key_a, key_b) IN (($a, $b), ($b, $a))"
    number = store.value(
        f"SELECT max(said_id) FROM judgement WHERE {where} AND word IN {kinds} AND state <> 'withdrawn'",
        **dict(zip("ab", keys, strict=False)),
    )
    if number is None:
        of = f"{url} and {other}" if other else f"the source of {url}"
        raise SettingsError(
            f"there is no word on {of} to withdraw; syndetect judge --list shows what was said", slug="no-word"
        )
    store.con.execute(
        "UPDATE judgement SET state = ?, withdrawn_by = ?, withdrawn_at = ? WHERE said_id = ?",
        [WITHDRAWN, by, dt.datetime.now(dt.UTC), number],
    )
    return int(str(number))


def _known_key(store: Store, url: str) -> str:
    """The key of a page that words speak of, by any address of it."""
    key = key_of(url)
    if store.count("SELECT count(*) FROM judgement WHERE key_a = $key OR key_b = $key", key=key):
        return key
    return key_of(find_page(store, url).url)


def _words(store: Store, where: str) -> list[Word]:
    rows = store.rows(f"SELECT said_id, word, key_a, key_b, parent_site FROM judgement WHERE {where} ORDER BY said_id")
    return [Word(*row.values()) for row in rows]  # type: ignore[arg-type]


def _settle(store: Store) -> None:
    """Say of each word whether it counts, all others considered."""
    for number, state in settle(_words(store, "state <> 'withdrawn'")).items():
        store.con.execute("UPDATE judgement SET state = ? WHERE said_id = ? AND state <> ?", [state, number, state])


def _states(store: Store) -> dict[int, str]:
    return {int(str(row["said_id"])): str(row["state"]) for row in _rows(store)}


def _rows(store: Store) -> list[Row]:
    """The view `judgements`."""
    return store.rows("SELECT * FROM judgements")


def _apply(store: Store) -> bool:
    """Make stories and parents as people said; False if the last run did not come so far."""
    made_with = store.settings()
    if not made_with:
        return False
    settings = Settings()
    settings = replace(
        settings,
        **{name: made_with[name] for name in ("least_jaccard", "least_passage", "shingle_words", "site_habits")},  # type: ignore[arg-type]
    )
    store.limit(threads=settings.n_threads, memory_mib=settings.memory_mib)
    hold_words(store, settings)
    stages.trace_sources(store, settings)
    return True
