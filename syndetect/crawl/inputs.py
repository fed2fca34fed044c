"""From what the user names to a list of files, each with its format."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from syndetect.crawl.columns import columns_of, sources_of
from syndetect.crawl.json_lines import json_records
from syndetect.crawl.outcome import Outcome
from syndetect.crawl.places import Place
from syndetect.crawl.streams import open_bytes
from syndetect.crawl.tables import header_names_pages
from syndetect.errors import InputError

Format = Literal["warc", "jsonl", "csv", "parquet", "text", "html"]

_FORMATS: dict[str, Format] = {
    ".warc": "warc", ".wet": "warc", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv",
    ".tsv": "csv", ".parquet": "parquet", ".txt": "text", ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip
_PACKED = (".gz", ".zst", ".bz2", ".xz")
_NOT_READ = (".xml", ".pdf", ".zip", ".tar", ".xlsx", ".db", ".duckdb", ".sqlite")
"""Suffixes of files that are no plain text, whatever their first bytes look like."""
_PROBE_RECORDS = 50


@dataclass(frozen=True)
class Input:
    """A file to read; `named` if the user gave it, not only a folder around it; `fault` if it can't be read at all."""

    place: Place
    format: Format
    named: bool
    fault: str | None = None


def find_inputs(inputs: Sequence[str]) -> list[Input]:
    """Find the files that files, folders, globs and `@list.txt` stand for, each once, in order of their paths.

    In a folder only files with a known suffix are taken, and of those no JSON or table that holds no texts.

    Raises:
        InputError: `no-such-input`, if a path does not exist; `no-dump`, if a folder or list names no dump.
    """
    found: dict[Place, Input] = {}
    for given in inputs:
        for one in _expand(given):
            known = found.get(one.place.resolved())
            if known is None or (one.named and not known.named):
                found[one.place.resolved()] = one
    return sorted(found.values(), key=lambda one: one.place.name)


def sha256_of(place: Place) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with place.open() as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _expand(given: str) -> Iterator[Input]:
    path = Path(given)
    if given.startswith("@") and not path.exists():
        yield from _listed(Path(given[1:]))
    elif path.is_dir():
        files = [_probe(file, named=False) for file in sorted(path.rglob("*")) if file.is_file() and _by_suffix(file)]
        dumps = [one for one in files if one.fault or _holds_texts(one)]
        if not dumps:
            raise InputError(
                f"{path} holds no dump; name a file, or a folder with {' '.join(sorted(_FORMATS))} files",
                slug="no-dump",
            )
        yield from dumps
    elif path.exists():
        yield _probe(path, named=True)
    else:
        # Path.glob refuses absolute patterns.
        matches = [Path(match) for match in sorted(glob.glob(given, recursive=True))]  # noqa: PTH207
        if not matches:
            raise InputError(f"{given} does not exist; check the path", slug="no-such-input")
        yield from (_probe(match, named=True) for match in matches if match.is_file())


def _listed(path: Path) -> Iterator[Input]:
    """The files of a list file: a line each, relative to the list's own folder; lines with # are comments."""
    if not path.is_file():
        raise InputError(f"the list {path} does not exist; check the path behind @", slug="no-such-input")
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    entries = [line for line in lines if line and not line.startswith("#")]
    if not entries:
        raise InputError(f"the list {path} names no file; write one a line", slug="no-dump")
    for entry in entries:
        beside = path.parent / entry
        yield from _expand(str(beside) if not Path(entry).exists() and beside.exists() else entry)


def _suffixes(path: Path) -> tuple[str, bool]:
    """The suffix that tells the format, and whether the file is packed."""
    parts = [suffix.lower() for suffix in path.suffixes]
    packed = bool(parts) and parts[-1] in _PACKED
    rest = parts[:-1] if packed else parts
    return (rest[-1] if rest else ""), packed


def _by_suffix(path: Path) -> Format | None:
    return _FORMATS.get(_suffixes(path)[0])


def _probe(path: Path, *, named: bool) -> Input:
    """Tell the format by the first bytes where they tell it, by the suffix else."""
    suffix, place = _by_suffix(path), Place(str(path))
    try:
        with place.open() as file:
            magic = file.read(4)
        head = b"" if magic == b"PAR1" else next(iter(open_bytes(place, Outcome(place.name), chunk_bytes=4096)), b"")
    except OSError as error:
        return Input(place, suffix or "text", named, f"could not be opened: {error.strerror or error}")
    if magic == b"PAR1":
        return Input(place, "parquet", named)
    content = _by_content(head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1024], suffix)
    if content:
        return Input(place, content, named)
    if magic and suffix == "parquet":
        return Input(place, suffix, named, "is no Parquet file, though its name says so")
    kind = _suffixes(path)[0]
    if kind in _NOT_READ:
        return Input(place, "text", named, f"is a {kind[1:]} file, which is not read yet")
    return Input(place, suffix or "text", named)


def _by_content(head: bytes, suffix: Format | None) -> Format | None:
    if head.startswith(b"WARC/"):
        return "warc"
    if suffix in ("text", "html"):
        return None
    if head[:1] == b"{" or (head[:1] == b"[" and suffix == "jsonl"):
        return "jsonl"
    low = head.lower()
    if suffix is None and (low.startswith(b"<!doctype html") or low.startswith(b"<html")):
        return "html"
    return None


def _holds_texts(one: Input) -> bool:
    """Whether any of the first records of a JSON file or the header of a table has a text; a list of labels has not."""
    if one.format == "csv":
        return header_names_pages(one.place)
    if one.format != "jsonl":
        return True
    for _, record in islice(json_records(one.place, Outcome(one.place.name)), _PROBE_RECORDS):
        # Columns, not values: the first pages of a dump may be empty ones.
        roles = sources_of(columns_of(record))
        if roles["text"] or roles["html"]:
            return True
    return False
