"""Text as numbers: the fold table, and the kernels that split texts into hashed words."""

from syndetect.text.folding import SEPARATOR, SINGLE, SKIP, TABLE_SIZE, fold_table
from syndetect.text.words import (
    GOLDEN,
    Words,
    decode,
    hash_runs,
    mix,
    n_words,
    ranges,
    share_of_words,
    split_document,
    split_words,
    string_buffers,
)

__all__ = [
    "GOLDEN", "SEPARATOR", "SINGLE", "SKIP", "TABLE_SIZE", "Words", "decode", "fold_table", "hash_runs", "mix",
    "n_words", "ranges", "share_of_words", "split_document", "split_words", "string_buffers",
]  # fmt: skip
