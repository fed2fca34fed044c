"""Text as numbers: the fold table, and the kernels that split texts into hashed words."""

from syndetect.text.folding import (
    SEPARATOR,
    SINGLE,
    SKIP,
    TABLE_SIZE,
    compose_hangul,
    fold_expansions,
    fold_table,
    single_weights,
)
from syndetect.text.invisible import INVISIBLE, invisible_counts
from syndetect.text.words import Words, decode, hash_runs, mix, n_words, ranges, split_words, string_buffers

__all__ = [
    "INVISIBLE", "SEPARATOR", "SINGLE", "SKIP", "TABLE_SIZE", "Words", "compose_hangul", "decode", "fold_expansions",
    "fold_table", "hash_runs", "invisible_counts", "mix", "n_words", "ranges", "single_weights", "split_words",
    "string_buffers",
]  # fmt: skip
