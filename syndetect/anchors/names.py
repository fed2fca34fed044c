"""The names of CLDR as hash tables: (language, word) -> stem, sequence of stems -> what it stands for.

A word of a name is found in a text by the word itself or by its stem (the word without a last vowel), which the word in
the text may go on from by three letters: Германия, Германии and германский have one stem. Made on first use (half a
second) from data/anchors: names.parquet, which benchmarks/make_anchor_data.py writes, concepts.parquet (common nouns,
units, number words) from benchmarks/make_anchor_concepts.py, and corrections.tsv on top, which a translator edits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import polars as pl
from numba import njit

from syndetect.anchors import kinds
from syndetect.anchors.tables import DATA, characters, language_hashes
from syndetect.anchors.tokens import (
    CAPITAL,
    CLASS,
    FIRST,
    HOST,
    LAST,
    N_FIELDS,
    SCRIPT,
    SINGLE,
    WORD,
    hash_letters,
    step,
    tokenise,
)
from syndetect.schema import I32, I64, U8, U32, U64
from syndetect.text import mix, string_buffers

SCALE = 0
"""Kind of scale words in `name_kinds`; they give no anchor of their own."""

_KIND = {
    "scale": SCALE, "month": kinds.MONTH, "weekday": kinds.WEEKDAY, "place": kinds.PLACE,
    "currency": kinds.CURRENCY, "language": kinds.LANGUAGE, "concept": kinds.CONCEPT,
    "number": kinds.NUMBER,
}  # fmt: skip
LEAST_STEM = 4
"""Letters a stem must have, so that Mali is not found in malice."""
LEAST_UNSPACED = 3
MOST_WORDS = 24
"""Words of a name; where no spaces are written a character is a word."""


@dataclass(frozen=True)
class Names:
    """Two open-addressing tables (keys of 0 are free) and what their rows mean.

    `stem_keys` -> `stem_rows` -> `stem_lengths` (bit n: a name of n words begins so) and `stem_capital` (1: all its
    forms are capitalised). `name_keys` (hashes of sequences of stem rows) -> `name_rows` -> `name_kinds`,
    `name_values`. `stem_filter` has a bit set for each stem key; it stays in the cache, where the table does not.
    """

    stem_keys: U64
    stem_rows: I32
    stem_lengths: U32
    stem_capital: U8
    name_keys: U64
    name_rows: I32
    name_kinds: U8
    name_values: U64
    stem_filter: U64
    name_filter: U64


FILTER_BITS = 23


@njit(cache=True, nogil=True)
def find(keys, rows, key):  # type: ignore[no-untyped-def]
    """The row of a key, or -1."""
    at = key & np.uint64(len(keys) - 1)
    while keys[at] != 0:
        if keys[at] == key:
            return rows[at]
        at = (at + np.uint64(1)) & np.uint64(len(keys) - 1)
    return np.int32(-1)


@njit(cache=True, nogil=True, inline="always")
def may_have(bits, key):  # type: ignore[no-untyped-def]
    """Whether a key can be in the table: False is certain."""
    at = key >> np.uint64(64 - FILTER_BITS)
    return (bits[at >> np.uint64(6)] >> (at & np.uint64(63))) & np.uint64(1) != 0


@njit(cache=True, nogil=True)
def _fill(wanted, targets, keys, rows):  # type: ignore[no-untyped-def]
    """Put wanted[i] -> targets[i] into the table; the first of equal keys stays."""
    for i in range(len(wanted)):
        at = wanted[i] & np.uint64(len(keys) - 1)
        while keys[at] != 0 and keys[at] != wanted[i]:
            at = (at + np.uint64(1)) & np.uint64(len(keys) - 1)
        if keys[at] == 0:
            keys[at], rows[at] = wanted[i], targets[i]


@njit(cache=True, nogil=True, inline="always")
def stem_key(language, h):  # type: ignore[no-untyped-def]
    """Key of a word (by its rolling hash) in a language."""
    return mix(h ^ mix(language)) | np.uint64(1)


@njit(cache=True, nogil=True)
def stem_end(letters, first, last):  # type: ignore[no-untyped-def]
    """Where the stem of a word ends: before a last vowel, soft sign or teh marbuta, if enough is left."""
    c = letters[last - 1]
    vowel = (
        c in (97, 101, 105, 111, 117, 121)  # a e i o u y
        or c in (0x430, 0x435, 0x438, 0x439, 0x43E, 0x443, 0x44B, 0x44C, 0x44D, 0x44E, 0x44F, 0x456, 0x457)
        or c in (0x3B1, 0x3B5, 0x3B7, 0x3B9, 0x3BF, 0x3C9, 0x627, 0x647, 0x5D4)
        or c in (0x10D0, 0x10D4, 0x10D8, 0x10DD, 0x10E3)  # Georgian a e i o u
    )
    return last - 1 if vowel and last - 1 - first >= LEAST_STEM else last


@njit(cache=True, nogil=True)
def _read_forms(data, offsets, languages, classes, scripts, folds, out):  # type: ignore[no-untyped-def]
    """A row a word of a form: form, key of the word, key of its stem, whether it is capitalised."""
    most = np.max(offsets[1:] - offsets[:-1]) + 1
    letters, points = np.empty(most, np.uint32), np.empty(most, np.uint32)
    tokens = np.empty((most, N_FIELDS), np.int32)
    n_out = 0
    for form in range(len(offsets) - 1):
        n = tokenise(data, offsets[form], offsets[form + 1], classes, scripts, folds, letters, points, tokens)
        # Two characters of a script without spaces stand in every other word.
        if n > MOST_WORDS or (n > 0 and tokens[0, CLASS] == SINGLE and tokens[n - 1, LAST] < LEAST_UNSPACED):
            continue
        for t in range(n):
            first, last = tokens[t, FIRST], tokens[t, LAST]
            end = stem_end(letters, first, last) if tokens[t, CLASS] == WORD else last
            out[n_out, 0] = form
            out[n_out, 1] = stem_key(languages[form], hash_letters(letters, first, last))
            # The Arabic article goes with the clitics before it: بالصين is ب and الصين.
            article = end - first >= 5 and letters[first] == 0x627 and letters[first + 1] == 0x644
            begin = first + 2 if article else first
            out[n_out, 2] = stem_key(languages[form], hash_letters(letters, begin, end))
            cased = tokens[t, CLASS] == WORD and (1 <= tokens[t, SCRIPT] <= 3 or tokens[t, SCRIPT] == kinds.ARMENIAN)
            out[n_out, 3] = tokens[t, CAPITAL] if cased else 0
            n_out += 1 if tokens[t, CLASS] != HOST else 0
    return n_out


@njit(cache=True, nogil=True)
def _chain(forms, stems, n_forms, out):  # type: ignore[no-untyped-def]
    for i in range(len(forms)):
        out[forms[i]] = step(out[forms[i]], np.uint64(stems[i]) + np.uint64(1))
    for i in range(n_forms):
        out[i] = mix(out[i]) | np.uint64(1)


@njit(cache=True, nogil=True)
def _enumerate(wanted, keys, rows, out):  # type: ignore[no-untyped-def]
    """Number the distinct keys in the order they come; fills the table, writes a number a key, returns how many."""
    n = 0
    for i in range(len(wanted)):
        at = wanted[i] & np.uint64(len(keys) - 1)
        while keys[at] != 0 and keys[at] != wanted[i]:
            at = (at + np.uint64(1)) & np.uint64(len(keys) - 1)
        if keys[at] == 0:
            keys[at], rows[at] = wanted[i], n
            n += 1
        out[i] = rows[at]
    return n


def _room(n: int) -> tuple[U64, I32]:
    """An empty table for n keys, at most two thirds full."""
    size = 1 << max(4, int(np.ceil(np.log2(1.5 * n + 1))))
    return np.zeros(size, np.uint64), np.zeros(size, np.int32)


def index_keys(wanted: U64, targets: I32) -> tuple[U64, I32]:
    """The table in which `find` looks up: keys, rows; keys are not 0."""
    keys, rows = _room(len(wanted))
    _fill(wanted, targets, keys, rows)
    return keys, rows


@njit(cache=True, nogil=True)
def _filter(keys):  # type: ignore[no-untyped-def]
    """A bit for each key."""
    bits = np.zeros(1 << (FILTER_BITS - 6), np.uint64)
    for key in keys:
        at = key >> np.uint64(64 - FILTER_BITS)
        bits[at >> np.uint64(6)] |= np.uint64(1) << (at & np.uint64(63))
    return bits


def _values(frame: pl.DataFrame) -> U64:
    """Numbers as they are, codes as hashes that stay the same."""
    distinct = frame["value"].unique(maintain_order=True)
    codes = frame["value"].cast(pl.Enum(distinct)).to_physical().to_numpy()
    data, offsets = string_buffers(distinct)
    hashed = np.array([_hash_bytes(data[a:b]) for a, b in pairwise(offsets)], np.uint64)
    number = distinct.cast(pl.UInt64, strict=False).fill_null(0).to_numpy()
    numeric = frame["kind"].is_in(["scale", "month", "weekday", "number"]).to_numpy()
    values: U64 = np.where(numeric, number[codes], hashed[codes]).astype(np.uint64)
    return values


def _hash_bytes(data: U8) -> int:
    return int(hash_letters(data.astype(np.uint32), 0, len(data)))


def read_corrections(text: str) -> pl.DataFrame:
    """The rows of corrections.tsv: language, kind, value, form, change (add or remove), why."""
    columns = ["language", "kind", "value", "form", "change", "why"]
    lines = [line.split("\t") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return pl.DataFrame(lines, schema=dict.fromkeys(columns, pl.String), orient="row")


def correct(frame: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """Names as a translator wants them: forms taken out, then forms put in, which win over all others."""
    row = ["language", "kind", "value", "form"]
    removed = corrections.filter(pl.col("change") == "remove")
    kept = frame.join(removed, on=row, how="anti", maintain_order="left") if len(removed) else frame
    return pl.concat([corrections.filter(pl.col("change") == "add").select(row), kept])


@lru_cache(maxsize=1)
def names() -> Names:
    """All names of all languages; of two that fall together the one that comes first stays.

    The files are in order: kinds as they matter, then territories, then the code that sorts first.
    """
    frame = pl.concat([pl.read_parquet((DATA / name).read_bytes()) for name in ("names.parquet", "concepts.parquet")])
    return index_names(correct(frame, read_corrections((DATA / "corrections.tsv").read_text(encoding="utf-8"))))


def index_names(frame: pl.DataFrame) -> Names:
    """Make the tables of rows of language, kind, value, form."""
    data, offsets = string_buffers(frame["form"])
    data = np.concatenate([data, np.zeros(4, np.uint8)])
    words = np.zeros((len(data), 4), np.uint64)
    char = characters()
    n = _read_forms(data, offsets, language_hashes(frame["language"]), char.classes, char.scripts, char.folds, words)
    return _index(words[:n], frame)


def _index(words: U64, frame: pl.DataFrame) -> Names:
    forms = words[:, 0].astype(np.int64)
    keys, rows = _room(2 * len(words))
    stem_of_word = np.zeros(len(words), np.int32)
    n_stems = _enumerate(words[:, 2].copy(), keys, rows, stem_of_word)
    # A concept does not take the capital from a name: polish is no Polish.
    named = ~frame["kind"].is_in(["concept", "number"]).to_numpy()[forms]
    capital = np.full(n_stems, 2, np.uint8)
    np.minimum.at(capital, stem_of_word[named], words[named, 3].astype(np.uint8))
    # A word leads to the row of its stem; a stem to its own row, which wins where another word is spelled so.
    wanted = np.concatenate([keys[keys != 0], words[:, 1]])
    targets = np.concatenate([rows[keys != 0], stem_of_word])
    distinct = np.zeros(len(wanted), np.int32)
    stem_keys, stem_rows = _room(_enumerate(wanted, *_room(len(wanted)), distinct))
    _fill(wanted, targets, stem_keys, stem_rows)
    counts = np.bincount(forms, minlength=len(frame))
    starts: I64 = np.concatenate([[0], np.cumsum(counts)[:-1]])
    lengths = np.zeros(n_stems, np.uint32)
    used = np.flatnonzero(counts)
    np.bitwise_or.at(lengths, stem_of_word[starts[used]], (np.uint32(1) << counts[used].astype(np.uint32)))
    chained = np.zeros(len(frame), np.uint64)
    _chain(forms, stem_of_word, len(frame), chained)
    name_keys, name_rows = index_keys(chained[used], used.astype(np.int32))
    kind = frame["kind"].replace_strict(_KIND, return_dtype=pl.UInt8).to_numpy()
    return Names(
        stem_keys, stem_rows, lengths, (capital == 1).astype(np.uint8),
        name_keys, name_rows, kind, _values(frame), _filter(stem_keys), _filter(name_keys),
    )  # fmt: skip
