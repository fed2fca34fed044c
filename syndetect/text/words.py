"""Text as numbers: fold, split into words, hash; one compiled pass over Arrow string buffers.

A *word* is a run of letters, digits and marks after folding: case, width, accents, vowel points, Arabic and Persian
letter variants and native digits are made alike; invisible characters vanish. Scripts that put no space between words
(Han, kana, Thai, Lao, Khmer, Burmese) give one word a character. No Python object is made per document: the kernels
read the UTF-8 bytes where Arrow keeps them and release the GIL.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit

from syndetect.schema import F32, I32, I64, U8, U32, U64
from syndetect.text.folding import SEPARATOR, SINGLE, SKIP, TABLE_SIZE, fold_table


@dataclass(frozen=True)
class Words:
    """The words of a batch of documents, as hashes.

    Document i has `hashes[offsets[i]:offsets[i + 1]]`; `starts` and `ends` are the bytes of each word in the
    document's own UTF-8 text. `per_token` is what a token counts in words: 1, or less for one-character words.
    """

    hashes: U64
    starts: U32
    ends: U32
    offsets: I64
    per_token: F32


@njit(cache=True, nogil=True, inline="always")
def mix(h):  # type: ignore[no-untyped-def]
    """The 64-bit finalizer of MurmurHash3: every input bit reaches every output bit."""
    h = np.uint64(h)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@njit(cache=True, nogil=True, inline="always")
def decode(data, at):  # type: ignore[no-untyped-def]
    """The character that starts at byte `at` of valid UTF-8, and where the next one starts."""
    byte = np.uint32(data[at])
    if byte < 0x80:
        return byte, at + 1
    second = np.uint32(data[at + 1] & 0x3F)
    if byte < 0xE0:
        return ((byte & 0x1F) << 6) | second, at + 2
    third = np.uint32(data[at + 2] & 0x3F)
    if byte < 0xF0:
        return ((byte & 0x0F) << 12) | (second << 6) | third, at + 3
    return ((byte & 0x07) << 18) | (second << 12) | (third << 6) | np.uint32(data[at + 3] & 0x3F), at + 4


@njit(cache=True, nogil=True)
def _split(data, offsets, table, hashes, starts, ends, counts, singles):  # type: ignore[no-untyped-def]
    """Fold, split and hash the documents data[offsets[i]:offsets[i + 1]]; words go to hashes in order."""
    out = 0
    for doc in range(len(offsets) - 1):
        first, last, begin = offsets[doc], offsets[doc + 1], out
        at, word_from, word_to, h = first, np.int64(-1), first, np.uint64(0)
        while at <= last:
            here, folded = at, np.uint32(SEPARATOR)
            if at < last:
                point, at = decode(data, at)
                if point < TABLE_SIZE:
                    folded = table[point]
            else:
                # One separator past the end closes the last word.
                at += 1
            if folded == SKIP:
                continue
            if SKIP < folded < SINGLE:
                if word_from < 0:
                    word_from, h = here, np.uint64(0)
                h = (h ^ np.uint64(folded)) * np.uint64(0x9E3779B97F4A7C15)
                h ^= h >> np.uint64(29)
                word_to = at
                continue
            if word_from >= 0:
                hashes[out], starts[out], ends[out] = mix(h), word_from - first, word_to - first
                out += 1
                word_from = np.int64(-1)
            if folded >= SINGLE:
                h = np.uint64(folded) * np.uint64(0x9E3779B97F4A7C15)
                hashes[out], starts[out], ends[out] = mix(h), here - first, at - first
                out += 1
                singles[doc] += 1
        counts[doc] = out - begin
    return out


def string_buffers(column: pl.Series) -> tuple[U8, I64]:
    """The bytes and offsets of a string column without copying the text; NULL counts as empty.

    Returns:
        data: All bytes.
        offsets: (n + 1,) int64.
    """
    array = column.fill_null("").cast(pl.String).rechunk().to_arrow()
    array = array.cast(pa.large_string())
    _, offset_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    size = int(offsets[-1]) if len(offsets) else 0
    data = np.frombuffer(data_buffer, np.uint8)[:size] if data_buffer is not None else np.zeros(0, np.uint8)
    return data, offsets


WORDS_PER_SINGLE = 0.6
"""A Chinese or Japanese word has 1.6 characters in running text, so a one-character token counts as 0.6 words."""


def _split_range(data: U8, offsets: I64) -> Words:
    n, n_bytes = len(offsets) - 1, int(offsets[-1] - offsets[0]) if len(offsets) else 0
    # At most one word in two bytes and one a document more; the pages past the last word are never touched.
    room = n_bytes // 2 + n + 1
    hashes, starts, ends = np.empty(room, np.uint64), np.empty(room, np.uint32), np.empty(room, np.uint32)
    counts, singles = np.zeros(n, np.int64), np.zeros(n, np.int64)
    n_words = _split(data, offsets, fold_table(), hashes, starts, ends, counts, singles)
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    share = singles / np.maximum(counts, 1)
    per_token = (1 - share * (1 - WORDS_PER_SINGLE)).astype(np.float32)
    return Words(hashes[:n_words].copy(), starts[:n_words].copy(), ends[:n_words].copy(), bounds, per_token)


def ranges(n: int, *, least: int, threads: int) -> list[tuple[int, int]]:
    """Cut 0..n into at most `threads` like ranges of at least `least`."""
    parts = max(1, min(threads, n // max(1, least)))
    cuts = [n * part // parts for part in range(parts + 1)]
    return list(itertools.pairwise(cuts))


def split_words(column: pl.Series, *, threads: int = 1) -> Words:
    """Fold, split and hash the words of a string column."""
    data, offsets = string_buffers(column)
    parts = ranges(len(column), least=256, threads=threads)
    if len(parts) == 1:
        return _split_range(data, offsets)
    with ThreadPoolExecutor(len(parts)) as pool:
        done = list(pool.map(lambda part: _split_range(data, offsets[part[0] : part[1] + 1]), parts))
    before = np.concatenate([[0], np.cumsum([len(words.hashes) for words in done])])
    bounds = [words.offsets[:-1] + shift for words, shift in zip(done, before[:-1], strict=True)]
    return Words(
        hashes=np.concatenate([words.hashes for words in done]),
        starts=np.concatenate([words.starts for words in done]),
        ends=np.concatenate([words.ends for words in done]),
        offsets=np.concatenate([*bounds, before[-1:]]),
        per_token=np.concatenate([words.per_token for words in done]),
    )


@njit(cache=True, nogil=True)
def _hash_runs(values, offsets, out):  # type: ignore[no-untyped-def]
    for i in range(len(offsets) - 1):
        # The length is mixed first: a bare one would cancel a value equal to it, and all such runs would be alike.
        h = mix(np.uint64(offsets[i + 1] - offsets[i] + 1))
        for j in range(offsets[i], offsets[i + 1]):
            h = (h ^ np.uint64(values[j])) * np.uint64(0x9E3779B97F4A7C15)
            h ^= h >> np.uint64(32)
        out[i] = mix(h)


def hash_runs(values: U8 | U64, offsets: I64) -> U64:
    """One 64-bit hash for each run values[offsets[i]:offsets[i + 1]], the same on every machine and run."""
    out = np.empty(max(len(offsets) - 1, 0), np.uint64)
    _hash_runs(values, offsets, out)
    return out


def n_words(words: Words) -> I32:
    """Words a document, one-character words counted at their share."""
    return np.rint(np.diff(words.offsets) * words.per_token).astype(np.int32)
