"""What a file is: told by its first bytes where they tell it, by the suffix of its name else."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from syndetect.crawl.columns import columns_of, sources_of, table_sources
from syndetect.crawl.json_lines import json_records
from syndetect.crawl.outcome import Outcome
from syndetect.crawl.places import Place
from syndetect.crawl.remote import is_web
from syndetect.crawl.streams import head_of
from syndetect.crawl.tables import header_names_pages

Format = Literal["warc", "jsonl", "parquet", "csv", "text", "html"]

FORMATS: dict[str, Format] = {
    ".warc": "warc", ".wet": "warc", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet",
    ".csv": "csv", ".tsv": "csv", ".txt": "text", ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip
_PACKED = (".gz", ".zst", ".bz2", ".xz")
_NAMES = {"parquet": "Parquet", "jsonl": "JSON", "csv": "CSV"}
_NOT_READ = (".xml", ".pdf", ".zip", ".tar", ".xlsx", ".db", ".duckdb", ".sqlite")
"""Suffixes of files that are no plain text, whatever their first bytes look like."""
_NEVER = frozenset(
    ".png .jpg .jpeg .gif .webp .avif .svg .ico .bmp .tif .tiff .mp3 .mp4 .m4a .ogg .wav .avi .mov .webm .mkv "
    ".pdf .doc .docx .xls .xlsx .ppt .pptx .odt .epub .zip .tar .tgz .7z .rar .jar .iso .exe .dll .so .o .a "
    ".pyc .py .js .mjs .css .map .scss .ts .woff .woff2 .ttf .otf .eot .db .duckdb .wal .sqlite .sqlite3 .lock "
    ".crc .md5 .sha1 .sha256 .sig .asc .cdx .cdxj .idx .wat .md .rst .log .toml .yaml .yml .ini .cfg .xml .rss "
    ".xsl .ipynb .npy .npz .pkl .pt .bin .safetensors".split()
)
"""Of a folder, files with these suffixes are not even opened."""
_OTHERS = (
    (0, b"%PDF-", "a PDF file"), (0, b"PK\x03\x04", "a ZIP archive"), (257, b"ustar", "a tar archive"),
    (0, b"7z\xbc\xaf", "a 7z archive"), (0, b"Rar!", "a RAR archive"), (0, b"\x89PNG", "an image"),
    (0, b"\xff\xd8\xff", "an image"), (0, b"GIF8", "an image"), (0, b"SQLite format 3", "a SQLite database"),
    (8, b"DUCK", "a DuckDB database"), (0, b"\x7fELF", "a program"), (0, b"\x1f\x8b\x08", "packed twice"),
    (0, b"\x28\xb5\x2f\xfd", "packed twice"), (0, b"ORC", "an ORC file"), (0, b"Obj\x01", "an Avro file"),
)  # fmt: skip
_BOMS = (b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(
    rb"(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,4000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_PROBE_BYTES = 1 << 16
_PROBE_RECORDS = 50


@dataclass(frozen=True)
class Input:
    """A file to read.

    `named` if the user gave it, not only a folder around it; `fault` if it can't be read at all. Unless it is `seen`,
    the format is what its name says: a remote file is looked into when it is known that it has to be read.
    """

    place: Place
    format: Format
    named: bool
    fault: str | None = None
    seen: bool = True


def kind_of(name: str) -> str:
    """The suffix that tells the format, without that of packing; nothing if there is none."""
    path = PurePosixPath(unquote(urlsplit(name).path) if is_web(name) else name.partition("::")[0])
    parts = [suffix.lower() for suffix in path.suffixes]
    rest = parts[:-1] if parts and parts[-1] in _PACKED else parts
    return rest[-1] if rest else ""


def is_never_a_page(name: str) -> bool:
    """Whether a file of a folder need not be opened."""
    return kind_of(name) in _NEVER


def look_into(source: Input) -> Input:
    """Tell the format of a file by its content."""
    if source.seen or source.fault:
        return source
    return probe(source.place, named=source.named)


_SEPARATORS = re.compile(rb"[{,;\t]")


def probe(place: Place, *, named: bool) -> Input:
    """Look into a file."""
    kind = kind_of(place.name)
    by_name = FORMATS.get(kind)
    try:
        head, packed = head_of(place, _PROBE_BYTES)
    except OSError as error:
        return Input(place, by_name or "text", named, f"could not be opened: {error.strerror or error}")
    found = format_of(head, by_name)
    if found == "parquet" and packed:
        return Input(place, "parquet", named, "is Parquet in a packed file; unpack it first")
    # Of lines and rows that hold a NUL the others are read.
    may_be = by_name in ("jsonl", "csv") and not _magic(head) and (not _what(head) or _SEPARATORS.search(head))
    if found is None and head and by_name in _NAMES and not may_be:
        it_is = f": it is {what}" if (what := _what(head)) else ""
        return Input(place, by_name, named, f"is no {_NAMES[by_name]} file, though its name says so{it_is}")
    if found is None and by_name is None:
        if what := _what(head):
            return Input(place, "text", named, f"holds nothing that is read here: it is {what}")
        if kind in _NOT_READ:
            return Input(place, "text", named, f"is a {kind[1:]} file, which is not read yet")
    return Input(place, found or by_name or "text", named)


def format_of(head: bytes, by_name: Format | None) -> Format | None:
    """The format that the first bytes of a file tell beyond doubt; a name says more than what only looks alike."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"WARC/"):
        return "warc"
    if head.startswith(b"PAR1"):
        return "parquet"
    if by_name in ("text", "html", "csv"):
        return None
    if text[:1] == b"{" or (text[:1] == b"[" and (by_name == "jsonl" or text[1:].lstrip()[:1] == b"{")):
        return "jsonl"
    if by_name is None and _HTML.match(text):
        return "html"
    return "csv" if by_name is None and _has_texts(header_of(head)) else None


def header_of(head: bytes) -> frozenset[str]:
    """The columns that the first line of a table names."""
    line, end, _ = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").partition(b"\n")
    if not end and len(line) >= _PROBE_BYTES // 2:
        return frozenset()
    words = line.decode("utf-8", "replace").strip("\r")
    separator = max(",\t;|", key=words.count)
    try:
        return frozenset(name.strip() for name in next(csv.reader([words], delimiter=separator), []))
    except csv.Error:
        return frozenset()


def _has_texts(columns: frozenset[str]) -> bool:
    roles = table_sources(columns)
    return bool(roles.get("url") and (roles.get("text") or roles.get("html")))


def _what(head: bytes) -> str | None:
    """What bytes are that hold no text; None if they may be one."""
    return _magic(head) or ("binary data" if b"\0" in head[:4096] and not head.startswith(_BOMS) else None)


def _magic(head: bytes) -> str | None:
    return next((words for at, magic, words in _OTHERS if head[at:].startswith(magic)), None)


def holds_pages(source: Input) -> bool:
    """Whether a file that lies in a folder is a dump or a page, not a list of labels or a note.

    JSON and tables need a column with texts, files without a known suffix more than plain text.
    """
    if source.fault:
        return kind_of(source.place.name) in FORMATS
    if source.format == "csv":
        return header_names_pages(source.place)
    if source.format == "jsonl":
        return _holds_texts(source.place)
    return source.format != "text" or kind_of(source.place.name) in FORMATS


def _holds_texts(place: Place) -> bool:
    """Whether any of the first records of a JSON file has a text or a page; a list of ids or labels has not."""
    for _, record in islice(json_records(place, Outcome(place.name)), _PROBE_RECORDS):
        # Columns, not values: the first pages of a dump may be empty ones.
        roles = sources_of(columns_of(record))
        if roles["text"] or roles["html"]:
            return True
    return False
