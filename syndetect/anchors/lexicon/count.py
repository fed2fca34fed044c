"""How often words of two languages stand at the same place of a story, and whether that is more than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csc_matrix

from syndetect.schema import F64, I64, U64

WIDTH, FUZZ = 100.0, 40.0
"""English letters of a window, and how far a place may be off. Of 60+30, 80+40, 100+30, 100+50, 150+75, 200+60 those
near 100 gave most entries that hold (whole news stories, 8 to 58 of them, German to Thai)."""
LEAST_STORIES = 2
"""Stories in which two words must meet."""
LEAST_LLR, LEAST_DICE = 20.0, 0.30
"""What two words must have in common: log-likelihood ratio, Dice's coefficient."""
MOST_WINDOWS = 0.5
"""Share of the windows above which a word tells nothing."""
RIVALS = 2
"""A word of the pivot may be the best of so many words (a word and its plural); a word has one counterpart."""


@dataclass(frozen=True)
class Occurrences:
    """Words in windows: a row a word and a window that it may be in; `exact` where its own place is in the window."""

    words: U64
    windows: I64
    exact: np.ndarray[tuple[int], np.dtype[np.bool_]]


def log_likelihood(both: F64, left: F64, right: F64, n: int) -> F64:
    """Dunning's ratio for two events that happen `left` and `right` times in n windows, `both` times together."""

    def entropy(x: F64) -> F64:
        return x * np.log(np.maximum(x, 1e-12))

    inside = entropy(both) + entropy(left - both) + entropy(right - both) + entropy(n - left - right + both)
    outside = entropy(left) + entropy(n - left) + entropy(right) + entropy(n - right)
    total: F64 = 2 * (inside - outside + n * np.log(n))
    return total


def _incidence(rows: I64, columns: I64, shape: tuple[int, int]) -> csc_matrix:
    """A 0/1 matrix; the same place twice is one."""
    matrix = csc_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _frequent(found: Occurrences, story: I64) -> tuple[U64, csc_matrix, F64]:
    """Words in enough stories and not in every window: words, windows x words, windows that each stands in."""
    words, column = np.unique(found.words, return_inverse=True)
    n = len(story)
    stories = _incidence(story[found.windows], column, (int(story.max(initial=0)) + 1, len(words)))
    in_stories = np.diff(stories.indptr)
    exact = _incidence(found.windows[found.exact], column[found.exact], (n, len(words)))
    own = np.diff(exact.indptr)
    kept = np.flatnonzero((in_stories >= LEAST_STORIES) & (own < MOST_WINDOWS * n))
    return words[kept], _incidence(found.windows, column, (n, len(words)))[:, kept], own[kept].astype(np.float64)


def associate(pivot: Occurrences, other: Occurrences, story: I64) -> pl.DataFrame:
    """Words of another language with the word of the pivot that stands where they stand.

    Args:
        pivot: Occurrences in the pivot, in one window each.
        other: Occurrences in the other language, in the windows that they may be in.
        story: Story of each window.

    Returns:
        word, concept (the word of the pivot), n_stories, llr, dice: sorted by word.
    """
    empty = {"word": pl.UInt64, "concept": pl.UInt64, "n_stories": pl.Int64, "llr": pl.Float64, "dice": pl.Float64}
    if not len(story) or not len(pivot.words) or not len(other.words):
        return pl.DataFrame(schema=empty)
    left_words, left, left_own = _frequent(pivot, story)
    right_words, right, right_own = _frequent(other, story)
    met = (right.T @ left).tocoo()
    usual = met.data >= LEAST_STORIES
    rows, columns, both = met.row[usual], met.col[usual], met.data[usual].astype(np.float64)
    n_left, n_right = np.diff(left.indptr).astype(np.float64)[columns], np.diff(right.indptr).astype(np.float64)[rows]
    dice = 2 * np.minimum(both, np.minimum(left_own[columns], right_own[rows])) / (left_own[columns] + right_own[rows])
    frame = pl.DataFrame(
        {
            "row": rows.astype(np.int64), "column": columns.astype(np.int64), "dice": dice,
            "llr": log_likelihood(both, n_left, n_right, len(story)),
            "word": right_words[rows], "concept": left_words[columns], "more": both * len(story) > n_left * n_right,
        }
    ).filter("more")  # fmt: skip
    # Equal ratios are parted by the words, so that the order of pages decides nothing.
    frame = frame.with_columns(pl.col("llr").round(6)).sort(["llr", "dice", "word", "concept"], descending=True)
    frame = frame.filter(pl.int_range(pl.len()).over("word") == 0)
    frame = frame.filter(pl.int_range(pl.len()).over("concept") < RIVALS)
    frame = frame.filter((pl.col("llr") >= LEAST_LLR) & (pl.col("dice") >= LEAST_DICE))
    together = right[:, frame["row"].to_numpy()].multiply(left[:, frame["column"].to_numpy()]).tocoo()
    n_stories = np.diff(_incidence(story[together.row], together.col, (int(story.max()) + 1, len(frame))).indptr)
    frame = frame.with_columns(pl.Series("n_stories", n_stories, dtype=pl.Int64))
    return frame.filter(pl.col("n_stories") >= LEAST_STORIES).select(*empty).sort("word")
