"""What goes along into a translation: words left in the language of the source, and numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.provenance.passages import number_keys
from syndetect.schema import F64, I64, U8, U64, Bools
from syndetect.text import GOLDEN, TABLE_SIZE, Words, decode, fold_table, split_words, string_buffers

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
def _telling(ids, offsets, wanted, n_ids, out, out_offsets):  # type: ignore[no-untyped-def]
    """Of each document the first places of those of its distinct words that are wanted."""
    seen = np.full(n_ids, -1, np.int64)
    n = 0
    for doc in range(len(offsets) - 1):
        for i in range(offsets[doc], offsets[doc + 1]):
            if seen[ids[i]] != doc:
                seen[ids[i]] = doc
                if wanted[i]:
                    out[n] = i
                    n += 1
        out_offsets[doc + 1] = n
    return n


@njit(cache=True, nogil=True)
def _compare(words, telling, telling_from, cross, child, by_page, page, n_ids, out):  # type: ignore[no-untyped-def]
    ids, offsets, numeric, native, weights = words
    stamp, is_native = np.full(n_ids, -1, np.int64), np.zeros(n_ids, np.uint8)
    marked = np.int64(-1)
    for k in by_page:
        c, q = child[k], page[k]
        if q != marked:
            for i in range(offsets[q], offsets[q + 1]):
                stamp[ids[i]] = q
                is_native[ids[i]] = native[i]
            marked = q
        left, lost, n_numbers, shared = 0.0, 0.0, 0.0, 0.0
        for i in telling[telling_from[c] : telling_from[c + 1]]:
            t = ids[i]
            has = stamp[t] == q
            if numeric[i]:
                n_numbers += 1
                shared += has
            elif cross[k] and has and is_native[t]:
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


def _number_within(ids: I64, part: I64) -> tuple[I64, I64]:
    """Number the distinct pairs of a word's number and a part of the store; say also which token has each first."""
    keys = ids.astype(np.uint64) * np.uint64(int(part.max(initial=0)) + 1) + part.astype(np.uint64)
    numbers = number_keys(keys * GOLDEN)
    one = np.empty(int(numbers.max(initial=-1)) + 1, np.int64)
    one[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return numbers, one


def _known_words(words: U64, docs: I64, pages: pl.DataFrame, vocabulary: pl.DataFrame) -> Bools:
    """Whether a word stands in another story of its document's language."""
    about = pages.select("language", "story_id")[docs].with_columns(word=pl.Series(words, dtype=pl.UInt64))
    wide = vocabulary.group_by("word", "language").agg(n=pl.len())
    own = vocabulary.drop_nulls("story_id").with_columns(own=pl.lit(1))
    joined = about.join(wide, on=["word", "language"], how="left", maintain_order="left", nulls_equal=True)
    joined = joined.join(own, on=["word", "language", "story_id"], how="left", maintain_order="left", nulls_equal=True)
    known: Bools = (joined["n"].fill_null(0) > joined["own"].fill_null(0)).to_numpy()
    return known


@dataclass(frozen=True)
class Leftovers:
    """The words of texts, numbered, as `Words` has them; which are numbers, which native to their page.

    `weights` are one over the languages of the story to which a word is native; 0 where it is to none. Page i has
    distinct numbers and foreign words at the places `telling[telling_from[i]:telling_from[i + 1]]`.
    """

    ids: I64
    offsets: I64
    numeric: Bools
    native: U8
    weights: F64
    telling: I64
    telling_from: I64


def find_leftovers(pages: pl.DataFrame, words: Words, vocabulary: pl.DataFrame) -> Leftovers:
    """Sort the words of texts into those that are foreign there and those that are native.

    A word is foreign where it is of another script than its text, or where no other story in the text's language has
    it; it is native to a page where another story in that page's language has it, or its script is not Latin.

    Args:
        pages: story_id, story, language, text.
        words: The words of the texts.
        vocabulary: From `count_words`.
    """
    docs = np.repeat(np.arange(len(words.offsets) - 1), np.diff(words.offsets))
    scripts = word_scripts(pages["text"], words)
    other_script: Bools = np.zeros(len(scripts), np.bool_)
    _foreign(scripts, words.offsets, other_script)
    ids = number_keys(words.hashes)
    stories, languages = pages["story"].to_numpy(), pages["language"].rank("dense").cast(pl.Int64).fill_null(0)
    spoken = stories * (int(str(languages.max() or 0)) + 1) + languages.to_numpy()
    of_language, token = _number_within(ids, spoken[docs])
    known = _known_words(words.hashes[token], docs[token], pages, vocabulary)[of_language]
    numeric = scripts == NUMBER
    alphabetic = ~numeric & (scripts != MARK) & (words.ends.astype(np.int64) - words.starts >= 3)
    foreign = alphabetic & (other_script | ~known)
    native = alphabetic & ~other_script & (known | (scripts != LATIN))
    of_story, _ = _number_within(ids, stories[docs])
    somewhere: Bools = np.zeros(len(token), np.bool_)
    somewhere[of_language[native]] = True
    n_languages = np.bincount(of_story[token[somewhere]], minlength=int(of_story.max(initial=-1)) + 1)[of_story]
    weights = np.where(n_languages > 0, 1 / np.maximum(n_languages, 1), 0.0)
    telling, telling_from = np.empty(len(ids), np.int64), np.zeros(len(words.offsets), np.int64)
    wanted = numeric | (foreign & (weights > 0))
    n = _telling(ids, words.offsets, wanted, int(ids.max(initial=0)) + 1, telling, telling_from)
    return Leftovers(ids, words.offsets, numeric, native.astype(np.uint8), weights, telling[:n].copy(), telling_from)


def compare_residue(left: Leftovers, child: I64, page: I64, cross: Bools) -> Residue:
    """Find words of a source's language that a translation left as they were.

    Args:
        left: The words of all pages.
        child: Rows of the later texts.
        page: Rows of the earlier ones.
        cross: Whether the two are in two languages.
    """
    out = np.zeros((len(child), 3), np.float64)
    if len(left.ids) and len(child):
        by_page = np.lexsort((child, page)).astype(np.int64)
        words = (left.ids, left.offsets, left.numeric, left.native, left.weights)
        n_ids = int(left.ids.max()) + 1
        _compare(words, left.telling, left.telling_from, cross, child, by_page, page, n_ids, out)
    return Residue(out[:, 0], out[:, 1], out[:, 2])
