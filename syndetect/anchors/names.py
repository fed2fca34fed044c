"""The names of CLDR as hash tables: (language, word) -> stem, sequence of stems -> what it stands for.

A word of a name is found in a text by the word itself or by its stem (the word without a last vowel), which the word in
the text may go on from by three letters: Германия, Германии and германский have one stem. Made on first use (half a
second) from data/anchors/names.parquet, which benchmarks/make_anchor_data.py writes.
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
    WORD,
    hash_letters,
    step,
    tokenise,
)
from syndetect.schema import I32, I64, U8, U32, U64
from syndetect.text import mix, string_buffers

SCALE = 0
"""Kind of scale words in `name_kinds`; they give no anchor of their own."""

_PRIORITY = {"scale": 0, "month": 1, "weekday": 2, "place": 3, "currency": 4, "language": 5}
_KIND = {
    "scale": SCALE, "month": kinds.MONTH, "weekday": kinds.WEEKDAY, "place": kinds.PLACE,
    "currency": kinds.CURRENCY, "language": kinds.LANGUAGE,
}  # fmt: skip
LEAST_STEM = 4
"""Letters a stem must have, so that Mali is not found in malice."""
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
def _fill(wanted, keys, rows):  # type: ignore[no-untyped-def]
    """Put wanted[i] -> i into the table; the first of equal keys stays."""
    for i in range(len(wanted)):
        at = wanted[i] & np.uint64(len(keys) - 1)
        while keys[at] != 0 and keys[at] != wanted[i]:
            at = (at + np.uint64(1)) & np.uint64(len(keys) - 1)
        if keys[at] == 0:
            keys[at], rows[at] = wanted[i], i


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
        if n > MOST_WORDS:
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


def _table(wanted: U64) -> tuple[U64, I32]:
    room = 1 << max(4, int(np.ceil(np.log2(2 * len(wanted) + 1))))
    keys, rows = np.zeros(room, np.uint64), np.zeros(room, np.int32)
    _fill(wanted, keys, rows)
    return keys, rows


def _values(frame: pl.DataFrame) -> U64:
    """Numbers as they are, codes as hashes that stay the same."""
    as_number = frame["value"].cast(pl.UInt64, strict=False)
    data, offsets = string_buffers(frame["value"])
    hashed = np.array([_hash_bytes(data[a:b]) for a, b in pairwise(offsets)], np.uint64)
    numeric = frame["kind"].is_in(["scale", "month", "weekday"]).to_numpy()
    return np.where(numeric, as_number.fill_null(0).to_numpy(), hashed).astype(np.uint64)


def _hash_bytes(data: U8) -> int:
    return int(hash_letters(data.astype(np.uint32), 0, len(data)))


@lru_cache(maxsize=1)
def names() -> Names:
    """All names of all languages."""
    frame = pl.read_parquet((DATA / "names.parquet").read_bytes())
    code_first = pl.col("value").str.contains("^([A-Z]{2}|[0-9]{3})$").not_()
    # Where two names fall together the kind that matters more wins, then territories, then the code that sorts first.
    frame = frame.sort(pl.col("kind").replace_strict(_PRIORITY), code_first, "value", "language", "form")
    codes = frame.select("kind", "value").unique(maintain_order=True)
    codes = codes.with_columns(pl.Series("hash", _values(codes)))
    frame = frame.join(codes, on=["kind", "value"], how="left", maintain_order="left")
    data, offsets = string_buffers(frame["form"])
    data = np.concatenate([data, np.zeros(4, np.uint8)])
    words = np.zeros((len(data), 4), np.uint64)
    char = characters()
    languages = language_hashes(frame["language"])
    n = _read_forms(data, offsets, languages, char.classes, char.scripts, char.folds, words)
    return _index(words[:n], frame)


def _index(words: U64, frame: pl.DataFrame) -> Names:
    forms = words[:, 0].astype(np.int64)
    stems, stem_of_word = np.unique(words[:, 2], return_inverse=True)
    capital = np.ones(len(stems), np.uint8)
    np.minimum.at(capital, stem_of_word, words[:, 3].astype(np.uint8))
    # A word leads to the row of its stem; a stem to its own row, which wins where another word is spelled so.
    keys = np.concatenate([stems, words[:, 1]])
    targets = np.concatenate([np.arange(len(stems)), stem_of_word]).astype(np.int32)
    keys, first = np.unique(keys, return_index=True)
    stem_keys, places = _table(keys)
    stem_rows = targets[first][places].astype(np.int32)
    counts = np.bincount(forms, minlength=len(frame))
    starts: I64 = np.concatenate([[0], np.cumsum(counts)[:-1]])
    lengths = np.zeros(len(stems), np.uint32)
    used = np.flatnonzero(counts)
    np.bitwise_or.at(lengths, stem_of_word[starts[used]], (np.uint32(1) << counts[used].astype(np.uint32)))
    chained = np.zeros(len(frame), np.uint64)
    _chain(forms, stem_of_word.astype(np.int64), len(frame), chained)
    name_keys, name_rows = _table(np.where(counts > 0, chained, np.uint64(2**63 + 1)))
    kind = frame["kind"].replace_strict(_KIND, return_dtype=pl.UInt8).to_numpy()
    bits = np.zeros(1 << (FILTER_BITS - 6), np.uint64)
    at = keys >> np.uint64(64 - FILTER_BITS)
    np.bitwise_or.at(bits, at >> np.uint64(6), np.uint64(1) << (at & np.uint64(63)))
    values = frame["hash"].to_numpy()
    return Names(stem_keys, stem_rows, lengths, capital, name_keys, name_rows, kind, values, bits)
