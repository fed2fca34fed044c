"""Which column of a dump plays which part: url, text, time of crawl and so on.

The names of a record's columns go in, and for each part the columns that may play it come out, best first. JSON is
looked at record by record, since its records need not have the same columns; a table (CSV, Parquet) once for all rows.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import polars as pl

from syndetect.errors import SettingsError
from syndetect.schema import TIME
from syndetect.times import read_time

ROLES = (
    "url", "html", "text", "title", "published", "updated", "crawled_at", "language", "canonical", "site_name",
    "based_on",
)  # fmt: skip
"""The parts a column can play, by the names of schema.PAGE."""

Chosen = tuple[tuple[str, str], ...]
"""Role and column, as the user sets them."""


@dataclass(frozen=True)
class Source:
    """A column as a path of steps into the record; `if_address`: only values that are addresses count."""

    name: str
    steps: tuple[str | int, ...]
    if_address: bool = False


@dataclass(frozen=True)
class _Rule:
    column: str
    role: str
    any_of: frozenset[str] = frozenset()
    if_address: bool = False


@dataclass(frozen=True)
class _Map:
    roles: dict[str, list[str]]
    rules: tuple[_Rule, ...]
    addresses: frozenset[str]
    nulls: frozenset[str]
    containers: frozenset[str]
    wrapped: tuple[str, ...]


@lru_cache(maxsize=1)
def _map() -> _Map:
    raw = tomllib.loads((files("syndetect") / "data" / "column_map.toml").read_text(encoding="utf-8"))
    rules = tuple(
        _Rule(rule["column"], rule["role"], frozenset(rule.get("any_of", ())), bool(rule.get("if_address")))
        for rule in raw["ambiguous"]
    )
    return _Map(
        raw["roles"], rules, frozenset(raw["addresses"]["only"]), frozenset(raw["nulls"]["words"]),
        frozenset(raw["containers"]["names"]), tuple(raw["containers"]["wrapped"]),
    )  # fmt: skip


def null_words() -> frozenset[str]:
    """Words that stand for "nothing" in dumps, such as the string None."""
    return _map().nulls


def container_names() -> frozenset[str]:
    """Names under which an object holds the list of records."""
    return _map().containers


def unwrapped(record: dict[str, object]) -> dict[str, object]:
    """What was put into a search engine, from its dump's record; any other record as it is."""
    for name in _map().wrapped:
        inner = record.get(name)
        if isinstance(inner, dict):
            return inner
    return record


def columns_of(record: dict[str, object]) -> frozenset[str]:
    """The columns of a record."""
    return frozenset(unwrapped(record))


def chosen_columns(columns: Mapping[str, str]) -> Chosen:
    """The columns that a user sets, role by role.

    Raises:
        SettingsError: `unknown-role`, if a role is none of ROLES.
    """
    for role in columns:
        if role not in ROLES:
            raise SettingsError(
                f"a column plays no part named {role!r}; choose from {', '.join(ROLES)}", slug="unknown-role"
            )
    return tuple(sorted(columns.items()))


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """The names that may stand at the outermost level of a record and mean something."""
    known = _map()
    names = {name for found in known.roles.values() for name in found} | {rule.column for rule in known.rules}
    beside = {name for rule in known.rules for name in rule.any_of}
    return frozenset(names | {name.partition(".")[0] for name in names} | beside)


@lru_cache(maxsize=4096)
def rules_for(columns: frozenset[str]) -> tuple[int, ...]:
    """The rules for columns of several meanings that hold for a record with these columns, by their numbers."""
    found, settled = [], set()
    for number, rule in enumerate(_map().rules):
        if rule.column in settled or not _has(columns, rule.column):
            continue
        if not rule.any_of or columns & rule.any_of:
            found.append(number)
            if not rule.if_address:
                settled.add(rule.column)
    return tuple(found)


def table_sources(columns: frozenset[str], chosen: Chosen = ()) -> dict[str, tuple[Source, ...]]:
    """Of each role the columns of a table that may play it; people name them URL, Title.

    What means nothing as it is written means what it does in other letters, unless another column is written so.
    """
    known = known_names()
    set_by_user = {name for _, name in chosen}
    spelt: dict[str, str] = {}
    for column in sorted(columns - known - set_by_user):
        name = _known_by_fold().get(column.casefold())
        if name is not None and name not in columns:
            spelt.setdefault(name, column)
    found = sources_of(columns - frozenset(spelt.values()) | frozenset(spelt), chosen)
    return {role: tuple(_as_spelt(one, spelt) for one in sources) for role, sources in found.items()}


def _as_spelt(source: Source, spelt: Mapping[str, str]) -> Source:
    name = spelt.get(source.name)
    return source if name is None or len(source.steps) > 1 else Source(name, (name,), source.if_address)


@lru_cache(maxsize=1)
def _known_by_fold() -> dict[str, str]:
    """The known names that are no path, by what they are without case; in small letters before others."""
    known = _map()
    names = {name for found in known.roles.values() for name in found} | {rule.column for rule in known.rules}
    return {name.casefold(): name for name in sorted(names) if "." not in name}


@lru_cache(maxsize=512)
def sources_of(
    columns: frozenset[str], chosen: Chosen = (), rules: tuple[int, ...] | None = None
) -> dict[str, tuple[Source, ...]]:
    """Of each role the columns that may play it, best first.

    Args:
        columns: Names at the outermost level of the records.
        chosen: What the user sets, instead of all other columns for that role.
        rules: What `rules_for` found; by default for these columns.
    """
    known = _map()
    found = {role: [one for name in known.roles[role] for one in _sources(name, columns)] for role in ROLES}
    for number in rules_for(columns) if rules is None else rules:
        rule = known.rules[number]
        found[rule.role] += _sources(rule.column, columns, if_address=rule.if_address)
    if "text" in dict(chosen) and "html" not in dict(chosen):
        found["html"] = []  # HTML goes before text, and would be taken instead
    for role, name in chosen:
        found[role] = [Source(name, (name,) if name in columns else _steps(name))]
    return {role: tuple(sources) for role, sources in found.items()}


def first_step(name: str) -> str:
    """The outermost column that a path such as a[0].b leads through."""
    return str(_steps(name)[0])


def first_steps(sources: Mapping[str, Iterable[Source]]) -> list[str]:
    """The outermost columns that any of the sources need, in a fixed order."""
    return sorted({str(source.steps[0]) for found in sources.values() for source in found})


def _has(columns: frozenset[str], name: str) -> bool:
    return name in columns or name.partition(".")[0] in columns


def _sources(name: str, columns: frozenset[str], *, if_address: bool = False) -> list[Source]:
    """A column by its name: one so named, dots and all, and one within records."""
    if_address = if_address or name in _map().addresses
    found = [Source(name, (name,), if_address)] if name in columns else []
    outer, dot, _ = name.partition(".")
    if dot and outer in columns:
        found.append(Source(name, tuple(name.split(".")), if_address))
    return found


def _steps(name: str) -> tuple[str | int, ...]:
    """The steps of a path such as a[0].b."""
    found = re.findall(r"\[(\d+)\]|([^.\[\]]+)", name)
    return tuple(int(index) if index else step for index, step in found) or (name,)


def value_at(value: object, steps: tuple[str | int, ...]) -> object:
    """What stands at the end of a path; where it leads through a list, all that its items hold."""
    for number, step in enumerate(steps):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        elif isinstance(value, list):
            return [value_at(item, steps[number:]) for item in value]
        else:
            return None
    return value


IS_HTML = (
    r"(?i)^\s*<(?:!doctype\s|!--|/?(?:html|head|body|article|section|main|header|div|p|figure|table|ul|ol|h[1-6]|br|img"
    r"|a|b|strong|em|i|span|blockquote)(?:\s[^<>]*)?/?>)"
)
"""How a text begins that is HTML."""
_is_html = re.compile(IS_HTML).match
IS_ADDRESS = r"(?i)^\s*(?:https?|file|ftp)://"


def words_of(value: object, *, joined: bool) -> str | None:
    """A value as words.

    Args:
        value: A value of a record.
        joined: Whether a list is made one text, a line an item; else its first item counts. Of a text given both in
            plain and as HTML the plain parts are taken.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [words for words in (words_of(item, joined=joined) for item in value) if words]
        if joined and len(parts) > 1:
            return "\n".join([part for part in parts if not _is_html(part)] or parts)
        return parts[0] if parts else None
    # MongoDB writes {"$date": "2026-03-05T10:00:00Z"}, or {"$date": {"$numberLong": "1772704800000"}}.
    for name in ("$date", "$numberLong"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    return None if value is None or isinstance(value, (bool, dict, list)) else str(value)


_TIMES = ("%Y-%m-%dT%H:%M:%S%.f", "%Y%m%d%H%M%S", "%Y/%m/%dT%H:%M:%S%.f", "%Y-%m-%d")
"""How crawlers write times; others are read one by one."""


def crawl_times(values: pl.Series) -> pl.Series:
    """Read crawl times; one without a zone is UTC, as crawlers write them. What can't be read is NULL."""
    text = values.str.strip_chars().str.replace(" ", "T").str.replace(r"(?:Z|\+00:00)$", "")
    times = pl.Series([None], dtype=TIME).new_from_index(0, len(values))
    for pattern in _TIMES:
        if times.null_count() == values.null_count():
            break
        read = text.str.to_datetime(pattern, time_unit="us", strict=False).dt.replace_time_zone("UTC")
        times = times.fill_null(read.cast(TIME))
    left = values.filter(times.is_null() & values.is_not_null()).unique()
    if left.is_empty():
        return times
    by_value = pl.Series([_crawl_time(value) for value in left], dtype=TIME)
    return times.fill_null(values.replace_strict(left, by_value, default=None, return_dtype=TIME))


def _crawl_time(value: str) -> dt.datetime | None:
    reading = read_time(value)
    if reading is None:
        return None
    return reading.start if reading.zone_known else reading.local.replace(tzinfo=dt.UTC)
