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
from syndetect.text.bits import load8, trailing_zeros
from syndetect.text.folding import EXPANDS, SEPARATOR, SHARES, SINGLE, SKIP, TABLE_SIZE, WORD, folding

CLASS_MASK = np.uint64(7 << 32)
"""The bits of a word's hash that tell its class. They are the lowest of its upper half, which is kept for comparing."""
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FOLD, HIGH = np.uint64(0x2020202020202020), np.uint64(0x8080808080808080)
"""In each byte: the bit that parts capitals from small letters (all digits have it), the bit that ASCII has not."""
FIRST_BYTES = np.array([(1 << 8 * min(n, 8)) - 1 for n in range(17)], np.uint64)
NEXT_BYTES = np.array([(1 << 8 * max(n - 8, 0)) - 1 for n in range(17)], np.uint64)
"""Masks of the bytes that a word of n bytes has among the first eight, and among the next."""


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


@njit(cache=True, nogil=True, inline="always")
def _step(h, block):  # type: ignore[no-untyped-def]
    """Take eight bytes of a folded word into its hash."""
    h = (h ^ block) * GOLDEN
    return h ^ (h >> np.uint64(29))


@njit(cache=True, nogil=True, inline="always")
def _finish(h):  # type: ignore[no-untyped-def]
    """The hash of a word from that of its blocks, without a class."""
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    return (h ^ (h >> np.uint64(32))) & ~CLASS_MASK


@njit(cache=True, nogil=True, inline="always")
def _add_character(h, block, n, folded):  # type: ignore[no-untyped-def]
    """Append a folded character to the block of n bytes that the hash has not seen yet.

    It is one byte if it is ASCII, else three, of which the first has its high bit set: different words have different
    bytes.
    """
    if folded < 0x80:
        value, width = np.uint64(folded), np.uint64(1)
    else:
        value, width = np.uint64(0x80 | (folded & 0x7F)) | (np.uint64(folded >> 7) << np.uint64(8)), np.uint64(3)
    block |= value << (n << np.uint64(3))
    total = n + width
    if total >= np.uint64(8):
        h = _step(h, block)
        over = total - np.uint64(8)
        block = value >> ((width - over) << np.uint64(3)) if over else np.uint64(0)
        total = over
    return h, block, total


@njit(cache=True, nogil=True, inline="always")
def _ascii_letters(chunk):  # type: ignore[no-untyped-def]
    """The high bit of each byte that is an ASCII letter or digit, right up to the first byte that is not.

    Adding to a byte below 0x80 carries its comparison into the high bit and never into the next byte; bytes above a
    non-ASCII one may be wrong, and are not looked at.
    """
    low = chunk | FOLD
    letter = (low + np.uint64(0x1F1F1F1F1F1F1F1F)) & ~(low + np.uint64(0x0505050505050505))
    digit = (chunk + np.uint64(0x5050505050505050)) & ~(chunk + np.uint64(0x4646464646464646))
    return (letter | digit) & ~chunk & HIGH


@njit(cache=True, nogil=True, inline="always")
def _ascii_hash(data, at, length):  # type: ignore[no-untyped-def]
    """The hash of a word of ASCII letters and digits; 16 bytes from anywhere in it can be loaded.

    Words of up to 16 bytes take one way whatever their length: a branch on it is guessed wrong too often.
    """
    h = np.uint64(0)
    while length > 16:
        h, at, length = _step(h, load8(data, at) | FOLD), at + 8, length - 8
    h = _step(h, (load8(data, at) | FOLD) & FIRST_BYTES[length])
    h = _step(h, (load8(data, at + 8) | FOLD) & NEXT_BYTES[length])
    return _finish(h)


@njit(cache=True, nogil=True, inline="always")
def _ascii_block(data, at):  # type: ignore[no-untyped-def]
    """Of 64 bytes: a bit for each that is an ASCII letter or digit, and how many stand before the first other byte."""
    letters, limit = np.uint64(0), np.int64(64)
    for part in range(8):
        chunk = load8(data, at + 8 * part)
        # The product gathers the high bits of the bytes in the highest byte.
        bits = ((_ascii_letters(chunk) >> np.uint64(7)) * np.uint64(0x0102040810204080)) >> np.uint64(56)
        letters |= bits << np.uint64(8 * part)
        if chunk & HIGH:
            limit = 8 * part + np.int64(trailing_zeros(chunk & HIGH) >> np.uint64(3))
            return letters & ((np.uint64(1) << np.uint64(limit)) - np.uint64(1)), limit
    return letters, limit


@njit(cache=True, nogil=True, inline="always")
def _compose(data, at, last, point):  # type: ignore[no-untyped-def]
    """The Korean syllable that starts with the letter `point`, if its letters are given apart (NFD), and where it ends.

    The arithmetic of Unicode, section 3.12. The one script in which the first letter could not stand for the rest.
    """
    if at + 3 > last:
        return point, at
    vowel, after = decode(data, at)
    if vowel < 0x1161 or vowel > 0x1175:
        return point, at
    point, at = 0xAC00 + ((point - 0x1100) * 21 + (vowel - 0x1161)) * 28, after
    if at + 3 <= last:
        final, after = decode(data, at)
        if 0x11A8 <= final <= 0x11C2:
            return np.uint32(point + final - 0x11A7), after
    return np.uint32(point), at


@njit(cache=True, nogil=True, inline="always")
def _look_up(point, table):  # type: ignore[no-untyped-def]
    """What a character folds to, also past the end of the table: rare Han, and tags, which are not seen."""
    if point < TABLE_SIZE:
        return table[point]
    if point < 0x34000:
        return np.uint32(SINGLE) | np.uint32(point)
    return np.uint32(SKIP) if point >> 12 == 0xE0 else np.uint32(SEPARATOR)


@njit(cache=True, nogil=True)
def split_document(data, first, last, folding, hashes, starts, ends, out):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915 - one loop, whose state would be passed to and fro
    """Fold, split and hash data[first:last]: the place after the last word, and what the words count for.

    The words go to hashes[out:], their bytes to starts and ends if there is room for any. CLASS_MASK of a hash is the
    class of the word; what they count for is in hundredths of a word (see SHARES).

    Words of ASCII are found 64 bytes at a time and hashed eight at a time. A word that the block does not show to its
    end, or that has any other character beside it, is read character by character; both ways give the same hash.
    """
    places, begin, counted, at = len(starts) > 0, out, 0, first
    safe = min(last, len(data)) - 80
    row, col = np.int64(-1), 0
    while at < last or row >= 0:
        if row < 0 and at < safe and not load8(data, at) & HIGH:
            letters, limit = _ascii_block(data, at)
            base, at = at, at + limit
            while letters:
                start = np.int64(trailing_zeros(letters))
                end = start + np.int64(trailing_zeros(~(letters >> np.uint64(start))))
                if end >= limit:
                    at = base + start
                    break
                hashes[out] = _ascii_hash(data, base + start, end - start)
                if places:
                    starts[out], ends[out] = base + start - first, base + end - first
                out += 1
                letters = (letters >> np.uint64(end)) << np.uint64(end)
            if at > base:
                continue
        word_from, word_to, h, block, n = np.int64(-1), at, np.uint64(0), np.uint64(0), np.uint64(0)
        single, here, blocks = np.uint32(0), at, 0
        while at < last or row >= 0:
            if row < 0:
                here = at
                point, at = decode(data, at)
                if 0x1100 <= point < 0x1113:
                    point, at = _compose(data, at, last, point)
                folded = _look_up(point, folding.table)
                if folded >= EXPANDS and folded < SINGLE:
                    row, col = np.int64(folded & np.uint32(EXPANDS - 1)), 0
                    continue
            else:
                folded = folding.rows[row, col]
                col += 1
                row = row if col < folding.rows.shape[1] else np.int64(-1)
            if folded == SKIP:
                continue
            if folded == SEPARATOR:
                break
            if folded >= SINGLE:
                single = folded
                break
            word_from = here if word_from < 0 else word_from
            before = n
            h, block, n = _add_character(h, block, n, folded)
            blocks += n <= before
            word_to = at
        if word_from >= 0:
            # A word has two blocks at least, as in the quick way.
            if n or blocks < 2:
                h, blocks = _step(h, block), blocks + 1
            hashes[out] = _finish(_step(h, np.uint64(0)) if blocks < 2 else h)
            if places:
                starts[out], ends[out] = word_from - first, word_to - first
            out += 1
        if single:
            number = _class_of(single & ~np.uint32(SINGLE), folding.classes)
            hashes[out] = (mix(np.uint64(single) * GOLDEN) & ~CLASS_MASK) | (np.uint64(number) << np.uint64(32))
            if places:
                starts[out], ends[out] = here - first, at - first
            out += 1
            counted += SHARES[number] - WORD
    return out, counted + WORD * (out - begin)


@njit(cache=True, nogil=True, inline="always")
def _class_of(point, classes):  # type: ignore[no-untyped-def]
    return classes[point >> 8] if point < TABLE_SIZE else np.uint8(1)


@njit(cache=True, nogil=True)
def _split(data, offsets, folding, hashes, starts, ends, counts, counted):  # type: ignore[no-untyped-def]
    """Fold, split and hash the documents data[offsets[i]:offsets[i + 1]]; words go to hashes in order."""
    out = 0
    for doc in range(len(offsets) - 1):
        end, counted[doc] = split_document(data, offsets[doc], offsets[doc + 1], folding, hashes, starts, ends, out)
        counts[doc], out = end - out, end
    return out


def string_buffers(column: pl.Series | pa.Array) -> tuple[U8, I64]:
    """The bytes and offsets of a string column; NULL counts as empty. The text of an Arrow column is not copied.

    Returns:
        data: All bytes.
        offsets: (n + 1,) int64.
    """
    array = column.rechunk().to_arrow() if isinstance(column, pl.Series) else column
    array = array.fill_null("") if array.null_count else array
    # Casting alone imports pyarrow.compute, which takes 50 ms.
    array = array if array.type == pa.large_string() else array.cast(pa.large_string())
    _, offset_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    size = int(offsets[-1]) if len(offsets) else 0
    data = np.frombuffer(data_buffer, np.uint8)[:size] if data_buffer is not None else np.zeros(0, np.uint8)
    return data, offsets


def room_for_words(n_bytes: int, n_texts: int) -> int:
    """Words that texts of so many bytes have at most: a word takes two bytes, but three can be read as four words.

    It is memory that is asked for and never touched.
    """
    return n_bytes * 4 // 3 + n_texts + 1


def _split_range(data: U8, offsets: I64) -> Words:
    n, n_bytes = len(offsets) - 1, int(offsets[-1] - offsets[0]) if len(offsets) else 0
    room = room_for_words(n_bytes, n)
    hashes, starts, ends = np.empty(room, np.uint64), np.empty(room, np.uint32), np.empty(room, np.uint32)
    counts, counted = np.zeros(n, np.int64), np.zeros(n, np.int64)
    n_words = _split(data, offsets, folding(), hashes, starts, ends, counts, counted)
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    per_token = share_of_words(counts, counted)
    return Words(hashes[:n_words].copy(), starts[:n_words].copy(), ends[:n_words].copy(), bounds, per_token)


def share_of_words(n_tokens: I64, counted: I64) -> F32:
    """What a token of each document counts in words: 1, or less the more of them are one character.

    Args:
        n_tokens: Tokens a document.
        counted: What they count for together, in hundredths of a word.
    """
    return np.where(n_tokens > 0, counted / np.maximum(n_tokens * WORD, 1), 1).astype(np.float32)


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
