"""Which column of a dump plays which part: url, text, time of crawl and so on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import polars as pl

from syndetect.schema import TIME
from syndetect.times import read_time

ROLES = ("url", "html", "text", "title", "published", "seen", "language", "canonical")


@dataclass(frozen=True)
class Source:
    """A column as a path of steps into the record; `if_address`: only values that are addresses count."""

    steps: tuple[str, ...]
    if_address: bool = False


@dataclass(frozen=True)
class _Map:
    roles: dict[str, list[str]]
    ambiguous: list[dict[str, object]]
    nulls: frozenset[str]


@lru_cache(maxsize=1)
def _map() -> _Map:
    raw = tomllib.loads((files("syndetect") / "data" / "column_map.toml").read_text(encoding="utf-8"))
    return _Map(raw["roles"], raw["ambiguous"], frozenset(raw["nulls"]["words"]))


def null_words() -> frozenset[str]:
    """Words that stand for "nothing" in dumps, such as the string None."""
    return _map().nulls


def columns_of(record: Mapping[str, object]) -> frozenset[str]:
    """The columns of a record, nested ones as `outer.inner`."""
    names = set(record)
    for name, value in record.items():
        if isinstance(value, dict):
            names.update(f"{name}.{inner}" for inner in value)
    return frozenset(names)


@lru_cache(maxsize=512)
def sources_of(columns: frozenset[str]) -> dict[str, tuple[Source, ...]]:
    """Of each role the columns that may fill it, best first, for records with these columns."""
    known = _map()
    found: dict[str, list[Source]] = {role: [] for role in ROLES}
    for role in ROLES:
        for name in known.roles[role]:
            if name in columns:
                found[role].append(_source(name, columns))
    settled: set[str] = set()
    for rule in known.ambiguous:
        column, any_of = str(rule["column"]), rule.get("any_of", [])
        assert isinstance(any_of, list)
        if column in columns and column not in settled and (not any_of or columns.intersection(any_of)):
            settled.add(column)
            source = _source(column, columns)
            found[str(rule["role"])].append(Source(source.steps, bool(rule.get("if_address"))))
    return {role: tuple(sources) for role, sources in found.items()}


def _source(name: str, columns: frozenset[str]) -> Source:
    outer, dot, inner = name.partition(".")
    return Source((outer, inner) if dot and outer in columns else (name,))


def is_address(value: str) -> bool:
    """Whether a value is an address with a scheme."""
    return value.startswith(("http://", "https://", "file://", "ftp://"))


def roles_of(record: Mapping[str, object]) -> dict[str, str]:
    """The values of a record by the part they play; roles without a value are left out."""
    nulls = null_words()
    values: dict[str, str] = {}
    for role, sources in sources_of(columns_of(record)).items():
        for source in sources:
            value: object = record
            for step in source.steps:
                value = value.get(step) if isinstance(value, dict) else None
            words = _words(value)
            if words.strip() not in nulls and not (source.if_address and not is_address(words)):
                values[role] = words
                break
    return values


def _words(value: object) -> str:
    """A value as words: a list joined by lines, a record by its value or text."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(part for part in map(_words, value) if part)
    if isinstance(value, dict):
        return _words(value.get("value") or value.get("text"))
    return str(value)


def crawl_times(values: pl.Series) -> pl.Series:
    """Read crawl times; one without a zone is UTC, as crawlers write them. What can't be read is NULL."""
    text = values.str.strip_chars().str.replace(" ", "T").str.replace(r"(?:Z|\+00:00)$", "")
    plain = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False).dt.replace_time_zone("UTC")
    left = values.filter(plain.is_null() & values.is_not_null()).unique()
    if left.is_empty():
        return plain.cast(TIME)
    read = {value: _crawl_time(value) for value in left}
    times = pl.Series(read.values(), dtype=TIME)
    return plain.fill_null(values.replace_strict(list(read), times, default=None, return_dtype=TIME))


def _crawl_time(value: str) -> object:
    reading = read_time(value)
    if reading is None:
        return None
    return reading.start if reading.zone_known else pl.select(pl.lit(reading.local).dt.replace_time_zone("UTC")).item()
