"""Text as numbers: the fold table, and the kernels that split texts into hashed words."""

from syndetect.text.folding import SEPARATOR, SHARES, SINGLE, SKIP, TABLE_SIZE, WORD, fold_table, folding
from syndetect.text.invisible import INVISIBLE, invisible_counts
from syndetect.text.repeats import says_enough
from syndetect.text.words import (
    GOLDEN,
    Words,
    decode,
    hash_runs,
    mix,
    n_words,
    ranges,
    room_for_words,
    share_of_words,
    split_document,
    split_words,
    string_buffers,
)

__all__ = [
    "GOLDEN", "INVISIBLE", "SEPARATOR", "SHARES", "SINGLE", "SKIP", "TABLE_SIZE", "WORD", "Words", "decode",
    "fold_table", "folding", "hash_runs", "invisible_counts", "mix", "n_words", "ranges", "room_for_words",
    "says_enough", "share_of_words", "split_document", "split_words", "string_buffers",
]  # fmt: skip
