"""Pairs of pages that are surely one story -> which words of each language stand for which word of the commonest.

A word of another language is the counterpart of a word of the commonest language among the pairs (the pivot) if the two
stand at the same places of the stories that both languages tell, far more often than chance. Two languages meet through
the pivot without a pair of their own.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from syndetect.anchors.extract import extract_anchors
from syndetect.anchors.lexicon.align import place_words
from syndetect.anchors.lexicon.count import FUZZ, WIDTH, Occurrences, associate
from syndetect.anchors.lexicon.words import read_words
from syndetect.anchors.pairs import language_code
from syndetect.anchors.tables import affixes, characters
from syndetect.anchors.weights import load_weights
from syndetect.schema import F64, I64, ID, U64
from syndetect.text import string_buffers

LEXICON: dict[str, pl.DataType] = {
    "language": pl.String(),
    "word": ID,  # hash of a word of that language, see words.read_words
    "concept": ID,  # hash of the word of the pivot
    "n_stories": pl.Int64(),  # in which the two met; of the pivot's own words the most
    "llr": pl.Float64(),
    "dice": pl.Float64(),
}
"""Which words mean the same."""

LEAST_PAIRS = 6
"""Stories that a language must share with the pivot: of fewer nothing is learnt that finds more."""
MOST_PAIRS = 400
"""Stories a language that are read; 58 already give nearly all that a lexicon can."""
MOST_CHANCE = 0.25
"""Entries that stories put together wrongly give, to those of the stories as they are, above which none is kept."""


def _stories(pairs: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """One page for each story and language: story, language, page, of pages that hang together over pairs."""
    row = pages.select("doc_id", "page")
    ends = pairs.join(row, left_on="left_id", right_on="doc_id").join(
        row, left_on="right_id", right_on="doc_id", suffix="_right"
    )
    a, b = ends["page"].to_numpy(), ends["page_right"].to_numpy()
    n = len(pages)
    _, label = connected_components(coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False)
    n_pairs = np.bincount(np.concatenate([a, b]), minlength=n)
    members = pages.select("page", "doc_id", "language").with_columns(
        pl.Series("n_pairs", n_pairs), pl.Series("label", label)
    )
    members = members.filter(pl.col("n_pairs") > 0).sort(["n_pairs", "doc_id"], descending=[True, False])
    members = members.unique(["label", "language"], keep="first", maintain_order=True)
    return members.select("language", "page", pl.col("doc_id").min().over("label").alias("story"))


class _Pages:
    """Words and marks of pages, in English letters from the beginning."""

    def __init__(self, texts: pl.DataFrame) -> None:
        letters = load_weights().letters
        per_letter = pl.col("language").replace_strict(letters, default=1.0, return_dtype=pl.Float64)
        lengths = texts.select(pl.col("story_text").fill_null("").str.len_chars() / per_letter).to_series()
        self.lengths: F64 = lengths.to_numpy().astype(np.float64)
        data, offsets = string_buffers(texts["story_text"])
        data = np.concatenate([data[offsets[0] : offsets[-1]], np.zeros(4, np.uint8)])
        words, starts = np.empty(len(data), np.uint64), np.empty(len(data), np.int32)
        counts, char = np.zeros(len(texts), np.int64), characters()
        n = read_words(
            data, offsets - offsets[0], (char.classes, char.scripts, char.folds), affixes(), words, starts, counts
        )
        self.words: U64 = words[:n].copy()
        self.word_from: I64 = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        per_byte = self.lengths / np.maximum(np.diff(offsets), 1)
        self.at: F64 = starts[:n] * np.repeat(per_byte, counts)
        marks = extract_anchors(texts).join(texts.select("doc_id", "page"), on="doc_id")
        marks = marks.sort("page", "key", "span_start")
        pages = marks["page"].to_numpy()
        self.keys: U64 = marks["key"].to_numpy()
        self.key_from: I64 = np.searchsorted(pages, np.arange(len(texts) + 1)).astype(np.int64)
        self.key_at: F64 = marks["position"].to_numpy().astype(np.float64) * self.lengths[pages]

    def rows(self, pages: I64) -> tuple[I64, I64]:
        """Rows of the words of pages, one page after another, and which page each is of."""
        counts = self.word_from[pages + 1] - self.word_from[pages]
        before = np.cumsum(counts) - counts
        place = np.repeat(np.arange(len(pages)), counts)
        return self.word_from[pages][place] + np.arange(counts.sum()) - before[place], place


def _meet(pages: _Pages, pivot: I64, other: I64) -> pl.DataFrame:
    """What the words of `other` stand for, if each of its pages tells the story of the page of `pivot` beside it."""
    own, own_page = pages.rows(pivot)
    rows, page = pages.rows(other)
    at = np.empty(len(rows), np.float64)
    place_words(pivot, other, pages.lengths, pages.key_from, pages.keys, pages.key_at, pages.word_from, pages.at, at)
    n_windows = np.ceil(pages.lengths[pivot] / WIDTH).astype(np.int64) + 1
    first = np.cumsum(n_windows) - n_windows
    story = np.repeat(np.arange(len(pivot)), n_windows)
    inside = np.flatnonzero((at > -WIDTH) & (at < pages.lengths[pivot][page] + WIDTH))
    rows, page, at = rows[inside], page[inside], at[inside]
    low, middle, high = (
        first[page] + np.clip(np.floor((at + off) / WIDTH).astype(np.int64), 0, n_windows[page] - 1)
        for off in (-FUZZ, 0.0, FUZZ)
    )
    # FUZZ is less than half a window: the place is in one window or near a second.
    beside = np.flatnonzero(low != high)
    second = np.where(low == middle, high, low)[beside]
    words = pages.words[rows]
    exact = np.repeat([True, False], [len(rows), len(beside)])
    return associate(
        Occurrences(
            pages.words[own], first[own_page] + (pages.at[own] / WIDTH).astype(np.int64), np.ones(len(own), np.bool_)
        ),
        Occurrences(np.concatenate([words, words[beside]]), np.concatenate([middle, second]), exact),
        story,
    )


def learn(pairs: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Learn which words mean the same from pairs of pages that are surely one story.

    Args:
        pairs: left_id, right_id.
        texts: doc_id, language, story_text of these pages.

    Returns:
        LEXICON, sorted by language and word. Empty where no language shares LEAST_PAIRS stories with the commonest.
        Which entries there are depends on the set of pairs only, not on the order of the rows.
    """
    empty = pl.DataFrame(schema=LEXICON)
    wanted = pl.concat([pairs["left_id"], pairs["right_id"]]).unique()
    used = texts.filter(pl.col("doc_id").is_in(wanted.implode()) & pl.col("language").is_not_null())
    used = used.with_columns(language_code().alias("language")).unique("doc_id").sort("doc_id").with_row_index("page")
    if used.is_empty():
        return empty
    told = _stories(pairs, used)
    counts = told.group_by("language").len().sort(["len", "language"], descending=[True, False])
    pivot = counts["language"][0]
    own = told.filter(pl.col("language") == pivot).select("story", pl.col("page").alias("pivot_page"))
    both = told.filter(pl.col("language") != pivot).join(own, on="story").sort("language", "story")
    both = both.filter(pl.len().over("language") >= LEAST_PAIRS)
    both = both.filter(pl.col("story").rank("ordinal").over("language") <= MOST_PAIRS)
    if both.is_empty():
        return empty
    kept = pl.concat([both["page"], both["pivot_page"]]).unique().sort()
    used = used.filter(pl.col("page").is_in(kept.implode()))
    number = np.full(int(kept.max()) + 1, -1, np.int64)  # type: ignore[arg-type]
    number[kept.to_numpy()] = np.arange(len(kept))
    pages = _Pages(used.drop("page").with_row_index("page"))
    found = []
    for (language,), rows in both.group_by("language", maintain_order=True):
        left, right = number[rows["pivot_page"].to_numpy()], number[rows["page"].to_numpy()]
        entries = _meet(pages, left, right)
        if len(_meet(pages, np.roll(left, 1), right)) <= MOST_CHANCE * len(entries):
            found.append(entries.select(pl.lit(language).alias("language"), pl.all()))
    if not found:
        return empty
    lexicon = pl.concat(found)
    concepts = lexicon.group_by("concept").agg(pl.col("n_stories", "llr", "dice").max())
    concepts = concepts.select(pl.lit(pivot).alias("language"), pl.col("concept").alias("word"), pl.all())
    return pl.concat([lexicon, concepts]).cast(LEXICON).sort("language", "word")  # type: ignore[arg-type]
