"""Everything that can be set: default, unit, range, why; TOML file, environment and flags -> one frozen object.

Later wins: default, file (`syndetect.toml` here, or --config), environment (SYNDETECT_<NAME>), flag (--set name=value).
A setting marked `shapes_store` decides what the store holds; a store made with another value is refused.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TypeVar

from syndetect.banding import BandLayout, band_layout, expected_recall
from syndetect.errors import SettingsError

Number = int | float
Value = int | float | str
N = TypeVar("N", int, float)
DEFAULT_FILE = "syndetect.toml"
PREFIX = "SYNDETECT_"
OF_THE_MACHINE = ("memory_mib", "threads", "jobs", "page_mib")
"""Settings that nothing made of what was read depends on."""
OWN_MIB, JOB_MIB = 400, 250
"""What the process that stores, and one that parses, hold beside DuckDB's memory, on the safe side: with pages of 10 kB
all of them together held 560 MiB of 900 and 680 of 1,200."""
LEAST_DUCKDB_MIB = 256


def _number(default: N, unit: str, low: Number, high: Number, why: str, *, shapes_store: bool = False) -> N:
    return field(
        default=default,
        metadata={"unit": unit, "low": low, "high": high, "why": why, "shapes_store": shapes_store},
    )


def _text(default: str, unit: str, why: str) -> str:
    return field(default=default, metadata={"unit": unit, "why": why, "shapes_store": False})


@dataclass(frozen=True)
class Settings:
    """The settings of a run."""

    permutations: int = _number(
        128, "values", 16, 1024, "a Jaccard estimate within .044 (one standard deviation)", shapes_store=True
    )
    bands: int = _number(
        0, "bands", 0, 1024, "0 means the fewest that promise 99.9% of pairs at least_jaccard", shapes_store=True
    )
    shingle_words: int = _number(
        5, "words", 1, 20, "five words in a row are rarely shared by chance", shapes_store=True
    )
    fingerprint_one_in: int = _number(
        8, "shingles", 1, 64, "54 fingerprints a page of 400 words find 99% of copied passages", shapes_store=True
    )
    least_words: int = _number(
        20,
        "words",
        1,
        1000,
        "a text of fewer, what it repeats counted once, is compared with nothing: a headline is no story",
    )
    template_pages: int = _number(
        6,
        "pages",
        2,
        100_000,
        "a passage on so many pages of a site is of its template; on more on large sites",
    )
    max_bucket: int = _number(
        50, "documents", 2, 100_000, "above it the documents of a band bucket are compared with its four earliest only"
    )
    max_passage_bucket: int = _number(
        20, "documents", 2, 100_000, "the same for a fingerprint: stock sentences live above it"
    )
    least_jaccard: float = _number(0.7, "share", 0.1, 1.0, "near-duplicates from this Jaccard of shingles on")
    least_passage: int = _number(40, "words", 10, 1000, "a shared passage this long is a copy; at 30, quotations pass")
    boilerplate_pages: int = _number(
        3, "pages", 2, 1000, "a line on this many different pages of a site is boilerplate; more on large sites"
    )
    window_days: int = _number(60, "days", 1, 36_500, "pages further apart are not compared across languages")
    site_habits: int = _number(
        1,
        "switch",
        0,
        1,
        "who usually takes from whom, in other stories of the store, counts a little; 0 judges each story by itself",
    )
    embeddings: str = _text(
        "",
        "name or folder",
        "a model whose vectors help to match across languages; none unless asked for, since anchors alone need none",
    )
    page_mib: int = _number(
        64,
        "MiB",
        1,
        4096,
        "a larger page, line or record, unpacked, is rejected: a bomb, or no page. Parsing one takes some 25 times its"
        " size, beyond memory_mib if need be",
    )
    memory_mib: int = _number(
        0,
        "MiB",
        0,
        10_000_000,
        "what all processes of a run may hold while they read, then DuckDB before it uses the disk; 0 means most of the"
        " machine's",
    )
    jobs: int = _number(0, "processes", 0, 1024, "pages are parsed side by side; 0 means all cores it may use")
    threads: int = _number(0, "threads", 0, 1024, "kernels run side by side; 0 means all cores it may use")

    def __post_init__(self) -> None:
        for spec in fields(self):
            _check(spec, getattr(self, spec.name))
        if self.bands and self.permutations % self.bands:
            fitting = [n for n in range(1, self.permutations + 1) if self.permutations % n == 0]
            raise SettingsError(
                f"bands = {self.bands} does not divide permutations = {self.permutations}; choose one of {fitting}",
                slug="bands-divide",
            )

    @property
    def n_threads(self) -> int:
        """Threads to use: the setting, or all cores this process may run on."""
        return self.threads or _cores()

    @property
    def n_jobs(self) -> int:
        """Processes that parse: the setting, or all cores; fewer where `memory_mib` does not hold them."""
        jobs = self.jobs or _cores()
        if self.memory_mib:
            jobs = min(jobs, (self.memory_mib - OWN_MIB - LEAST_DUCKDB_MIB) // JOB_MIB)
        return max(1, jobs)

    @property
    def reading_mib(self) -> int:
        """What DuckDB may hold while pages are parsed beside it; 0: its own limit."""
        if not self.memory_mib:
            return 0
        others = OWN_MIB + (self.n_jobs * JOB_MIB if self.n_jobs > 1 else 0)
        return max(LEAST_DUCKDB_MIB, self.memory_mib - others)

    @property
    def band_layout(self) -> BandLayout:
        """The layout of the bands, and the share of pairs at `least_jaccard` that it makes candidates."""
        if not self.bands:
            return band_layout(self.least_jaccard, self.permutations)
        rows = self.permutations // self.bands
        return BandLayout(self.bands, rows, self.least_jaccard, expected_recall(self.least_jaccard, self.bands, rows))

    def deciding(self) -> dict[str, Value]:
        """The settings that a result depends on, not what may be taken of the machine; `bands` as it was chosen."""
        values = {spec.name: getattr(self, spec.name) for spec in fields(self) if spec.name not in OF_THE_MACHINE}
        return values | {"bands": self.band_layout.bands}

    def shaping(self) -> dict[str, Value]:
        """The settings that decide what a store holds; `bands` as it was chosen."""
        deciding = self.deciding()
        return {spec.name: deciding[spec.name] for spec in fields(self) if spec.metadata["shapes_store"]}

    def shaped_by(self) -> dict[str, str]:
        """Of settings that were chosen for another one: which, in words."""
        return {} if self.bands else {"bands": f"chosen for least_jaccard = {self.least_jaccard:g}"}


def _cores() -> int:
    # macOS and Windows do not say which cores a process may run on.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check(spec: Field[Value], value: Value) -> None:
    if isinstance(value, str):
        return
    low, high = spec.metadata["low"], spec.metadata["high"]
    if not low <= value <= high:
        raise SettingsError(
            f"{spec.name} = {value} is out of range; choose {low} to {high} {spec.metadata['unit']}",
            slug="setting-range",
        )


def _specs() -> dict[str, Field[Value]]:
    return {spec.name: spec for spec in fields(Settings)}


def _read(name: str, raw: object, source: str) -> Value:
    known = _specs()
    if name not in known:
        raise SettingsError(
            f"unknown setting {name} ({source}); known are {', '.join(sorted(known))}", slug="unknown-setting"
        )
    if isinstance(known[name].default, str):
        if not isinstance(raw, str):
            raise SettingsError(f'{name} = {raw} ({source}) is no text; write {name} = "..."', slug="setting-type")
        return raw
    whole = isinstance(known[name].default, int)
    try:
        if isinstance(raw, bool) or (whole and isinstance(raw, float)):
            raise ValueError
        value: Number = int(str(raw)) if whole else float(str(raw))
    except ValueError:
        raise SettingsError(
            f"{name} = {raw} ({source}) is no {'whole number' if whole else 'number'}; write {name} = "
            f"{known[name].default}, say",
            slug="setting-type",
        ) from None
    return value


def _from_file(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} can't be read ({error.strerror}); give an existing file", slug="config") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no TOML: {error}", slug="config") from None


def pair(given: str, flag: str) -> tuple[str, str]:
    """The two sides of name=value.

    Raises:
        SettingsError: `setting-type`, if there is only one.
    """
    name, equals, value = given.partition("=")
    if not equals:
        raise SettingsError(f"{flag} {given} has no value; write {flag} name=value", slug="setting-type")
    return name.strip(), value.strip()


def mebibytes(size: str) -> int:
    """A size such as 4GiB, 4096M or 4G in MiB.

    Raises:
        SettingsError: `setting-type`, if it is no size.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([MGT])(?:i?B)?\s*", size, re.IGNORECASE)
    if found is None:
        raise SettingsError(f"--memory-limit {size} is no size; write 4GiB or 900MiB, say", slug="setting-type")
    return int(float(found[1]) * {"M": 1, "G": 1024, "T": 1024**2}[found[2].upper()])


def load_settings(
    *,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
) -> tuple[Settings, dict[str, str]]:
    """Read the settings from all their places.

    Args:
        config: A TOML file; without it `syndetect.toml` of the working folder, if there is one.
        environment: Defaults to the process's.
        flags: `name=value` pairs.

    Returns:
        The settings, and for each name where its value came from.

    Raises:
        SettingsError: `unknown-setting`, `setting-type`, `setting-range`, `config`, `bands-divide`.
    """
    values: dict[str, Value] = {}
    origin = dict.fromkeys(_specs(), "default")
    environment = os.environ if environment is None else environment

    def take(name: str, raw: object, source: str) -> None:
        values[name], origin[name] = _read(name, raw, source), source

    path = config or (Path(DEFAULT_FILE) if Path(DEFAULT_FILE).is_file() else None)
    if path is not None:
        for name, raw in _from_file(path).items():
            take(name, raw, str(path))
    for key, raw in sorted(environment.items()):
        if key.startswith(PREFIX):
            take(key.removeprefix(PREFIX).lower(), raw, key)
    for flag in flags:
        take(*pair(flag, "--set"), "--set")
    return Settings(**values), origin  # type: ignore[arg-type]


def describe(settings: Settings, origin: Mapping[str, str]) -> list[dict[str, object]]:
    """Every setting as a row: name, value, unit, range, where it came from, why; of `bands` also what it promises."""
    rows: list[dict[str, object]] = []
    for spec in fields(settings):
        about = spec.metadata
        rows.append(
            {
                "name": spec.name,
                "value": getattr(settings, spec.name),
                "unit": about["unit"],
                "range": [about["low"], about["high"]] if "low" in about else None,
                "from": origin.get(spec.name, "default"),
                "why": about["why"] + (f"; {settings.band_layout.words()}" if spec.name == "bands" else ""),
            }
        )
    return rows
