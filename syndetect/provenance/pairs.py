"""Texts and times of stories' pages -> what they say of each pair of a page and one that can have been before it.

What is read of each page is read once (`read_texts`); pairs are then compared some at a time (`compare_pairs`), so that
memory does not grow with them. No pair's answer depends on which others are compared along with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.provenance.alignment import Aligned, Measured, align_sentences, measure_sentences
from syndetect.provenance.clocks import Clocks, lag_likelihood
from syndetect.provenance.passages import (
    Marks,
    Shared,
    compare_marks,
    containment,
    sentence_runs,
    sentences,
    word_pairs,
)
from syndetect.provenance.residue import NUMBER, Leftovers, Residue, compare_residue, find_leftovers, word_scripts
from syndetect.schema import F32, F64, I64, Bools
from syndetect.text import Words, split_words

UNKNOWN_LAG = 0.3
MISREAD = 0.2
"""Pages of two languages that share more of their word pairs are in one: a language was misread."""


@dataclass(frozen=True)
class Pairs:
    """Rows of pages and of pages that can have been before them, with the probability that they were; sorted."""

    child: I64
    page: I64
    p: F32

    def of(self, low: int, high: int) -> Pairs:
        """The pairs of the children low .. high - 1."""
        cut = slice(*np.searchsorted(self.child, (low, high)))
        return Pairs(self.child[cut], self.page[cut], self.p[cut])


@dataclass(frozen=True)
class Across:
    """What translations are told by, of the pages (`rows`) of stories with pairs in two languages."""

    rows: I64
    leftovers: Leftovers
    measured: Measured


@dataclass(frozen=True)
class Texts:
    """What is read of pages' texts before they are compared; `across` is None where no story has a translation."""

    languages: I64
    marks: Marks
    whole: Marks
    titles: Marks
    across: Across | None


def _codes(column: pl.Series) -> I64:
    return (column.fill_null("").rank("dense").cast(pl.Int64) - 1).to_numpy()


def _title_words(pages: pl.DataFrame) -> pl.Series:
    """Titles without the site's name at their end."""
    return pages["title"].fill_null("").str.replace(r"\s+[|–—·•»]\s+[^|–—·•»]{2,40}$", "")


@njit(cache=True, nogil=True)
def _told_across(ids, offsets, languages, story, child, page, n_ids, out):  # type: ignore[no-untyped-def]
    """Mark the stories with a pair in two languages that are not one misread; most are settled by their first pair."""
    stamp = np.full(n_ids, -1, np.int64)
    for k in range(len(child)):
        c, q = child[k], page[k]
        if out[story[c]] or languages[c] == languages[q]:
            continue
        for i in range(offsets[q], offsets[q + 1]):
            stamp[ids[i]] = k
        found = 0
        for i in range(offsets[c], offsets[c + 1]):
            found += stamp[ids[i]] == k
        out[story[c]] = found / max(offsets[c + 1] - offsets[c], 1) < MISREAD


def _read_across(
    pages: pl.DataFrame, words: Words, vocabulary: pl.DataFrame, marks: Marks, pairs: Pairs, languages: I64
) -> Across | None:
    """Prepare the stories that have a pair in two languages; most have none."""
    story = pages["story"].to_numpy()
    across: Bools = np.zeros(int(story[-1]) + 1 if len(story) else 0, np.bool_)
    n_ids = int(marks.ids.max(initial=0)) + 1
    _told_across(marks.ids, marks.offsets, languages, story, pairs.child, pairs.page, n_ids, across)
    if not across.any():
        return None
    rows = np.flatnonzero(across[story]).astype(np.int64)
    few, told = (pages, words) if len(rows) == pages.height else (pages[rows], split_words(pages["text"].gather(rows)))
    numeric = word_scripts(few["text"], told) == NUMBER
    spoken = pl.concat_str("story_id", pl.col("language").fill_null(""), separator=" ")
    group = _codes(few.select(spoken).to_series())
    measured = measure_sentences(told, sentence_runs(few["text"], told), numeric, group)
    return Across(rows, find_leftovers(few, told, vocabulary), measured)


def read_texts(pages: pl.DataFrame, words: Words, marks: Marks, vocabulary: pl.DataFrame, pairs: Pairs) -> Texts:
    """Read of texts what pairs are compared by.

    Args:
        pages: From `number_pages`.
        words: Of their texts.
        marks: Pairs of their words.
        vocabulary: From `count_words`.
        pairs: All that will be compared.
    """
    languages = _codes(pages["language"])
    titles = word_pairs(split_words(_title_words(pages)), pages["story"].to_numpy())
    whole = sentences(sentence_runs(pages["text"], words), words)
    across = _read_across(pages, words, vocabulary, marks, pairs, languages)
    return Texts(languages, marks, whole, titles, across)


def _compare_across(across: Across | None, child: I64, page: I64, cross: Bools) -> tuple[Residue, Aligned]:
    """What pairs share across languages."""
    n = len(child)
    rows = np.zeros(0, np.int64) if across is None else across.rows
    some = np.flatnonzero(np.isin(child, rows))
    if across is None or not len(some):
        return Residue(*(np.zeros(n) for _ in range(3))), Aligned(*(np.zeros(n) for _ in range(3)))
    a, b, both = np.searchsorted(rows, child[some]), np.searchsorted(rows, page[some]), cross[some]
    residue = compare_residue(across.leftovers, a, b, both)
    aligned = align_sentences(across.measured, a, b, both)

    def spread(values: F64) -> F64:
        out = np.zeros(n)
        out[some] = values
        return out

    return (
        Residue(*(spread(values) for values in (residue.left, residue.lost, residue.numbers))),
        Aligned(*(spread(values) for values in (aligned.cost, aligned.new, aligned.left_out))),
    )


def shared_text(texts: Texts, child: I64, page: I64) -> tuple[F64, Bools]:
    """The share of each child's word pairs that stand in the page beside it; whether the two are in two languages."""
    contain = containment(texts.marks, child, page)
    return contain, _crosses(texts, child, page, contain)


def _crosses(texts: Texts, child: I64, page: I64, contain: F64) -> Bools:
    crosses: Bools = (texts.languages[child] != texts.languages[page]) & (contain < MISREAD)
    return crosses


def compare_pairs(pages: pl.DataFrame, clocks: Clocks, texts: Texts, pairs: Pairs) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compare pages with those that can have been before them.

    Args:
        pages: From `number_pages`.
        clocks: When they can have been published.
        texts: From `read_texts`.
        pairs: All pairs of some children.

    Returns:
        The pairs with their features; the facts that evidence is told from.
    """
    child, page, p = pairs.child, pairs.page, pairs.p
    marks = compare_marks(texts.marks, child, page, p)
    contain = marks.found / np.maximum(marks.length, 1)
    cross = _crosses(texts, child, page, contain)
    whole = compare_marks(texts.whole, child, page, p)
    titles = compare_marks(texts.titles, child, page, p)
    left, aligned = _compare_across(texts.across, child, page, cross)
    lags = lag_likelihood(clocks, child, page, cross)
    lags = np.where(np.isnan(lags), UNKNOWN_LAG, lags)
    frame = _features(pages["site"], pairs, cross, (marks, whole, titles), left, aligned, lags)
    facts = pl.DataFrame(
        {
            "child": child, "page": page, "p": p.astype(np.float64), "cross": cross,
            "n_sentences": whole.length.astype(np.int64), "n_verbatim": whole.found.astype(np.int64),
            "n_only": whole.only.astype(np.int64), "contain": contain,
            "kept": marks.kept / np.maximum(marks.source_length, 1), "residue": left.left, "numbers": left.numbers,
            "same_title": titles.found / np.maximum(titles.length, 1),
        }
    )  # fmt: skip
    return frame, facts


def _features(
    sites: pl.Series, pairs: Pairs, cross: Bools, shared: tuple[Shared, Shared, Shared], left: Residue,
    aligned: Aligned, lags: F64,
) -> pl.DataFrame:  # fmt: skip
    marks, whole, titles = shared
    child, page, p = pairs.child, pairs.page, pairs.p
    same, log1p = ~cross, np.log1p
    length, source = np.maximum(marks.length, 1), np.maximum(marks.source_length, 1)
    n_child, n_page = np.maximum(whole.length, 1), np.maximum(whole.source_length, 1)
    contain = marks.found / length
    ratio = np.log(n_child / n_page)
    return pl.DataFrame(
        {
            "child": child, "page": page, "p": p.astype(np.float64), "contain": contain * same,
            "kept": same * marks.kept / source, "novel": same * log1p(marks.novel),
            "page_site": sites.gather(page), "cross": cross * 1.0,
            "before": np.log(p + 0.01),
            "same_lag": same * np.log(lags[:, 0] + 0.02), "cross_lag": cross * np.log(lags[:, 0] + 0.02),
            "same_rate": same * np.log(lags[:, 1] + 0.002), "cross_rate": cross * np.log(lags[:, 1] + 0.002),
            "same_site": (sites.gather(page) == sites.gather(child)).fill_null(value=False).to_numpy() * 1.0,
            "same_found": same * contain,
            "same_any": same * np.log(contain + 0.05),
            "same_gaps": same * log1p(marks.gaps),
            "same_missing": same * log1p(marks.missing),
            "same_rare": same * marks.rare / length,
            "same_only": same * log1p(marks.only),
            "same_kept": same * marks.kept / source,
            "same_holes": same * log1p(marks.holes),
            "same_tail": same * marks.tail / source,
            "same_equal": same * ((marks.found == marks.length) & (marks.kept == marks.source_length)),
            "same_sentences": same * whole.found / n_child,
            "same_sentence_gaps": same * log1p(whole.gaps),
            "same_title": same * titles.found / np.maximum(titles.length, 1),
            "same_title_rare": same * titles.rare / np.maximum(titles.length, 1),
            "same_title_gaps": same * log1p(titles.gaps),
            "same_residue_lost": same * log1p(left.lost),
            "cross_residue": cross * log1p(left.left),
            "cross_numbers": cross * left.numbers,
            "cross_cost": aligned.cost,
            "cross_new": log1p(aligned.new),
            "cross_left_out": log1p(aligned.left_out),
            "cross_longer": cross * np.maximum(ratio, 0),
            "cross_shorter": cross * np.maximum(-ratio, 0),
        }
    )  # fmt: skip
