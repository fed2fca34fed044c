"""Text as numbers: the fold table, and the kernels that split texts into hashed words."""

from syndetect.text.folding import SEPARATOR, SINGLE, SKIP, TABLE_SIZE, fold_table
from syndetect.text.words import Words, decode, hash_runs, mix, n_words, ranges, split_words, string_buffers

__all__ = [
    "SEPARATOR", "SINGLE", "SKIP", "TABLE_SIZE", "Words", "decode", "fold_table", "hash_runs", "mix", "n_words",
    "ranges", "split_words", "string_buffers",
]  # fmt: skip
