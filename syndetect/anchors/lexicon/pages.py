"""Pages as their words and marks, each with its place in English letters from the beginning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from syndetect.anchors.extract import extract_anchors
from syndetect.anchors.lexicon.words import read_words
from syndetect.anchors.tables import affixes, characters
from syndetect.anchors.weights import load_weights
from syndetect.schema import F64, I64, U64
from syndetect.text import string_buffers


@dataclass(frozen=True)
class Pages:
    """Words of page i are word_from[i]:word_from[i + 1], by place; marks key_from[i]:key_from[i + 1], by key."""

    languages: pl.Series
    lengths: F64
    words: U64
    word_from: I64
    word_at: F64
    keys: U64
    key_from: I64
    key_at: F64

    def rows(self, pages: I64) -> tuple[I64, I64]:
        """Rows of the words of pages, one page after another, and the place in `pages` that each belongs to."""
        counts = self.word_from[pages + 1] - self.word_from[pages]
        before = np.cumsum(counts) - counts
        place = np.repeat(np.arange(len(pages)), counts)
        return self.word_from[pages][place] + np.arange(counts.sum()) - before[place], place


def read_pages(texts: pl.DataFrame) -> Pages:
    """Read pages: doc_id, language (as CLDR files it), story_text; page i is row i."""
    per_letter = pl.col("language").replace_strict(load_weights().letters, default=1.0, return_dtype=pl.Float64)
    text = pl.col("story_text").fill_null("")
    lengths = texts.select((text.str.len_chars() / per_letter).alias("n")).to_series().to_numpy().astype(np.float64)
    data, offsets = string_buffers(texts["story_text"])
    data = np.concatenate([data[offsets[0] : offsets[-1]], np.zeros(4, np.uint8)])
    words, starts = np.empty(len(data), np.uint64), np.empty(len(data), np.int32)
    counts, char = np.zeros(len(texts), np.int64), characters()
    known = (char.classes, char.scripts, char.folds)
    n = read_words(data, offsets - offsets[0], known, affixes(), words, starts, counts)
    per_byte: F64 = lengths / np.maximum(np.diff(offsets), 1)
    marks = extract_anchors(texts).join(texts.select("doc_id").with_row_index("page"), on="doc_id")
    marks = marks.sort("page", "key", "span_start")
    of_mark = marks["page"].to_numpy()
    return Pages(
        languages=texts["language"],
        lengths=lengths,
        words=words[:n].copy(),
        word_from=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        word_at=np.repeat(per_byte, counts) * starts[:n].astype(np.float64),
        keys=marks["key"].to_numpy(),
        key_from=np.searchsorted(of_mark, np.arange(len(texts) + 1)).astype(np.int64),
        key_at=marks["position"].to_numpy().astype(np.float64) * lengths[of_mark],
    )
