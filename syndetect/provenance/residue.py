"""What goes along into a translation: words left in the language of the source, and numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import F64, I64, U8, Bools
from syndetect.text import TABLE_SIZE, Words, decode, fold_table, split_words, string_buffers

LATIN, NUMBER, MARK = 1, 2, 3
_SCRIPTS = (
    (0x370, 0x3FF, 10), (0x400, 0x52F, 11), (0x530, 0x58F, 12), (0x590, 0x5FF, 13), (0x600, 0x8FF, 14),
    (0x900, 0x97F, 15), (0x980, 0x9FF, 16), (0xA00, 0xDFF, 17), (0xE00, 0xE7F, 18), (0x10A0, 0x10FF, 19),
    (0x1100, 0x11FF, 20), (0xAC00, 0xD7AF, 20), (0x1200, 0x139F, 21), (0x1000, 0x109F, 22), (0x1780, 0x17FF, 23),
    (0x3040, 0x30FF, 30), (0x3400, 0x9FFF, 30), (0xF900, 0xFAFF, 30), (0x20000, 0x2FFFF, 30),
)  # fmt: skip
_N_SCRIPTS = 40


@dataclass(frozen=True)
class Residue:
    """What each pair shares across languages.

    `left` words of the source's language stand in the child; `lost` left-over words of the child this page lacks
    though pages of other languages have them; `numbers` is the share of the child's numbers that the page has.
    """

    left: F64
    lost: F64
    numbers: F64


@njit(cache=True, nogil=True)
def _scripts_of(data, text_offsets, starts, offsets, table, lows, highs, numbers, out):  # type: ignore[no-untyped-def]
    for doc in range(len(offsets) - 1):
        for i in range(offsets[doc], offsets[doc + 1]):
            point, _ = decode(data, text_offsets[doc] + starts[i])
            folded = point
            if point < TABLE_SIZE:
                folded = table[point] & np.uint32(0x7FFFFFFF)
            if 48 <= folded <= 57:
                out[i] = NUMBER
            elif folded < 0x250 or 0x1E00 <= folded < 0x2000:
                out[i] = LATIN
            else:
                out[i] = MARK
                for s in range(len(lows)):
                    if lows[s] <= point <= highs[s]:
                        out[i] = numbers[s]


@njit(cache=True, nogil=True)
def _foreign(scripts, offsets, out):  # type: ignore[no-untyped-def]
    """Words in another script than most words of their document."""
    for doc in range(len(offsets) - 1):
        counts = np.zeros(_N_SCRIPTS, np.int64)
        for i in range(offsets[doc], offsets[doc + 1]):
            if scripts[i] != NUMBER:
                counts[scripts[i]] += 1
        main = np.argmax(counts)
        for i in range(offsets[doc], offsets[doc + 1]):
            out[i] = scripts[i] != main and scripts[i] != NUMBER and scripts[i] != MARK


def word_scripts(texts: pl.Series, words: Words) -> U8:
    """The script of each word: LATIN, NUMBER, or another number a script."""
    data, text_offsets = string_buffers(texts)
    out: U8 = np.zeros(len(words.hashes), np.uint8)
    lows, highs, numbers = (np.array(column, np.int64) for column in zip(*_SCRIPTS, strict=True))
    _scripts_of(data, text_offsets, words.starts, words.offsets, fold_table(), lows, highs, numbers, out)
    return out


@njit(cache=True, nogil=True)
def _compare(ids, offsets, numeric, foreign, native, weights, cross, child, by_page, page, n_ids, out):  # type: ignore[no-untyped-def]
    """Distinct words are counted once by a second stamp."""
    stamp, is_native = np.full(n_ids, -1, np.int64), np.zeros(n_ids, np.uint8)
    seen = np.full(n_ids, -1, np.int64)
    marked = np.int64(-1)
    for k in by_page:
        c, q = child[k], page[k]
        if q != marked:
            for i in range(offsets[q], offsets[q + 1]):
                stamp[ids[i]] = q
                is_native[ids[i]] = native[i]
            marked = q
        left, lost, n_numbers, shared = 0.0, 0.0, 0.0, 0.0
        for i in range(offsets[c], offsets[c + 1]):
            t = ids[i]
            if seen[t] == k:
                continue
            seen[t] = k
            has = stamp[t] == q
            if numeric[i]:
                n_numbers += 1
                shared += has
            elif foreign[i] and weights[i] > 0:
                if cross[k] and has and is_native[t]:
                    left += weights[i]
                elif not cross[k] and not has:
                    lost += 1
        out[k, 0], out[k, 1] = left, lost
        out[k, 2] = shared / n_numbers if n_numbers else 1.0


def count_words(sample: pl.DataFrame) -> pl.DataFrame:
    """Count in how many stories of each language a word stands.

    Args:
        sample: language, story_id (NULL for a page in none), text of pages of the store.

    Returns:
        word, language, story_id (rows of one story each).
    """
    words = split_words(sample["text"])
    docs = np.repeat(np.arange(sample.height), np.diff(words.offsets))
    about = sample.select("language", "story_id")[docs]
    return about.with_columns(word=pl.Series(words.hashes, dtype=pl.UInt64)).unique()


def _known_words(words: Words, docs: I64, pages: pl.DataFrame, vocabulary: pl.DataFrame) -> Bools:
    """Whether a word stands in another story of its document's language."""
    about = pages.select("language", "story_id")[docs].with_columns(word=pl.Series(words.hashes, dtype=pl.UInt64))
    wide = vocabulary.group_by("word", "language").agg(n=pl.len())
    own = vocabulary.drop_nulls("story_id").with_columns(own=pl.lit(1))
    joined = about.join(wide, on=["word", "language"], how="left", maintain_order="left", nulls_equal=True)
    joined = joined.join(own, on=["word", "language", "story_id"], how="left", maintain_order="left", nulls_equal=True)
    known: Bools = (joined["n"].fill_null(0) > joined["own"].fill_null(0)).to_numpy()
    return known


def compare_residue(
    pages: pl.DataFrame, words: Words, vocabulary: pl.DataFrame, child: I64, page: I64, cross: Bools
) -> Residue:
    """Find words of a source's language that a translation left as they were.

    A word is foreign where it is of another script than its text, or where no other story in the text's language has
    it; it is native to a page where another story in that page's language has it, or its script is not Latin.

    Args:
        pages: story_id, story, language, text.
        words: The words of the texts.
        vocabulary: From `count_words`.
        child: Rows of the later texts.
        page: Rows of the earlier ones.
        cross: Whether the two are in two languages.
    """
    out = np.zeros((len(child), 3), np.float64)
    if not len(words.hashes) or not len(child):
        return Residue(out[:, 0], out[:, 1], out[:, 2])
    docs = np.repeat(np.arange(len(words.offsets) - 1), np.diff(words.offsets))
    scripts = word_scripts(pages["text"], words)
    stories = pages["story"].to_numpy()[docs]
    other_script: Bools = np.zeros(len(scripts), np.bool_)
    _foreign(scripts, words.offsets, other_script)
    known = _known_words(words, docs, pages, vocabulary)
    ids = pl.Series(words.hashes, dtype=pl.UInt64).rank("dense").cast(pl.Int64).to_numpy() - 1
    numeric = scripts == NUMBER
    alphabetic = ~numeric & (scripts != MARK) & (words.ends.astype(np.int64) - words.starts >= 3)
    foreign = alphabetic & (other_script | ~known)
    native = alphabetic & ~other_script & (known | (scripts != LATIN))
    spoken = (
        pages.select("language")[docs]
        .with_columns(id=pl.Series(ids), story=pl.Series(stories))
        .filter(pl.Series(native))
    )
    counts = spoken.unique().group_by("id", "story").agg(n=pl.len())
    tokens = pl.DataFrame({"id": ids, "story": stories})
    n_languages = (
        tokens.join(counts, on=["id", "story"], how="left", maintain_order="left")["n"].fill_null(0).to_numpy()
    )
    weights = np.where(n_languages > 0, 1 / np.maximum(n_languages, 1), 0.0)
    by_page = np.lexsort((child, page)).astype(np.int64)
    _compare(
        ids, words.offsets, numeric, foreign, native.astype(np.uint8), weights, cross, child, by_page, page,
        int(ids.max()) + 1, out,
    )  # fmt: skip
    return Residue(out[:, 0], out[:, 1], out[:, 2])
