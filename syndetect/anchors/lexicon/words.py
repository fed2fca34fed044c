"""Text to the words that a lexicon counts: runs of letters without their ends, pairs of characters; compiled.

Flows in: UTF-8 of a batch of documents. Flows out: for each word its hash and its bytes; or, given a table of words
known, the concept of each word that is in it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors import kinds
from syndetect.anchors.names import find
from syndetect.anchors.spelled import anchor_key, is_cased
from syndetect.anchors.spelled import strip as strip_affix
from syndetect.anchors.tokens import (
    ADJACENT,
    CLASS,
    END,
    FIRST,
    GAP,
    HAN,
    KATAKANA,
    LAST,
    N_FIELDS,
    SCRIPT,
    SINGLE,
    START,
    WORD,
    hash_letters,
    step,
    tokenise,
)
from syndetect.text import mix

_ARABIC, _HEBREW, _HANGUL, _LEARNT = kinds.ARABIC, kinds.HEBREW, kinds.HANGUL, kinds.LEARNT

STEM, STEM_HANGUL, STEM_OTHER = 5, 2, 5
"""Letters of a word that count: of scripts with capitals, of Hangul, of others. Inflection is in the rest."""
LEAST_CASED = 3
"""Letters a word must have in scripts with capitals; elsewhere two, since vowels are often not written."""
LEAST_ROOT = 3
"""Letters of an Arabic or Hebrew word that are left."""
HIRAGANA, HIRAGANA_END = 0x3040, 0x30A0
"""Hiragana is grammar and gives no words; of Thai, Lao, Khmer and Burmese three characters are one."""


@njit(cache=True, nogil=True)
def _strip_all(letters, first, last, script, clitics):  # type: ignore[no-untyped-def]
    """Take clitics and particles off while enough is left.

    A letter of the word itself goes with them if it looks like one, but then it goes from all forms of the word alike.
    """
    least = 2 if script == _HANGUL else LEAST_ROOT
    while True:
        a, b = strip_affix(letters, first, last, script, clitics[0], clitics[1])
        if b - a < least or b - a == last - first:
            return first, last
        first, last = a, b


@njit(cache=True, nogil=True, inline="always")
def _run(tokens, t, n, kind, length):  # type: ignore[no-untyped-def]
    """Whether `length` characters of a kind stand together from token t on."""
    if t + length > n:
        return False
    together = True
    for i in range(t + 1, t + length):
        together = together and tokens[i, CLASS] == kind and tokens[i, GAP] == ADJACENT
    return together


@njit(cache=True, nogil=True, inline="always")
def _read_word(tokens, t, n, letters, points, clitics):  # type: ignore[no-untyped-def]
    """The hash of the word that begins at token t, 0 for none, and its last token."""
    kind, first, last, script = tokens[t, CLASS], tokens[t, FIRST], tokens[t, LAST], tokens[t, SCRIPT]
    until, least, most = t, 2, STEM_OTHER
    if kind == WORD and is_cased(script):
        least, most = LEAST_CASED, STEM
    elif kind == WORD and script in (_ARABIC, _HEBREW, _HANGUL):
        first, last = _strip_all(letters, first, last, script, clitics)
        most = STEM_HANGUL if script == _HANGUL else STEM_OTHER
    elif kind == HAN and _run(tokens, t, n, HAN, 2):
        until = t + 1
    elif kind == SINGLE and not (HIRAGANA <= points[first] < HIRAGANA_END) and _run(tokens, t, n, SINGLE, 3):
        until = t + 2
    elif kind not in (WORD, KATAKANA):
        return np.uint64(0), t
    last = tokens[until, LAST] if until > t else last
    if last - first < least:
        return np.uint64(0), t
    return mix(hash_letters(letters, first, min(last, first + most))), until


@njit(cache=True, nogil=True)
def read_words(data, offsets, char, clitics, words, starts, counts):  # type: ignore[no-untyped-def]
    """Write hash and first byte of the words of the documents data[offsets[i]:offsets[i + 1]]; returns their number."""
    most = 1
    for doc in range(len(offsets) - 1):
        most = max(most, offsets[doc + 1] - offsets[doc] + 1)
    letters, points = np.empty(most, np.uint32), np.empty(most, np.uint32)
    tokens = np.empty((most, N_FIELDS), np.int32)
    n_out = 0
    for doc in range(len(offsets) - 1):
        first, before = offsets[doc], n_out
        n = tokenise(data, first, offsets[doc + 1], char[0], char[1], char[2], letters, points, tokens)
        for t in range(n):
            word, _ = _read_word(tokens, t, n, letters, points, clitics)
            if word != 0:
                words[n_out] = word
                starts[n_out] = tokens[t, START] - first
                n_out += 1
        counts[doc] = n_out - before
    return n_out


@njit(cache=True, nogil=True, inline="always")
def entry_key(language, word):  # type: ignore[no-untyped-def]
    """Key of a word of a language in the table; never 0."""
    return mix(step(np.uint64(language), word)) | np.uint64(1)


@njit(cache=True, nogil=True)
def emit_learnt(data, offsets, languages, char, clitics, table, out, counts):  # type: ignore[no-untyped-def]
    """Write an anchor for each word that the table knows; returns their number.

    Pairs of characters that overlap and mean the same are one anchor.

    Args:
        data: UTF-8, padded by four bytes.
        offsets: (n + 1,)
        languages: (n,) from tables.language_hashes.
        char: Classes, scripts and folds of characters.
        clitics: From tables.affixes.
        table: keys (see `entry_key`), rows, concepts.
        out: keys, starts, ends to fill: a row a byte.
        counts: (n,) anchors a document.
    """
    most = 1
    for doc in range(len(offsets) - 1):
        most = max(most, offsets[doc + 1] - offsets[doc] + 1)
    letters, points = np.empty(most, np.uint32), np.empty(most, np.uint32)
    tokens = np.empty((most, N_FIELDS), np.int32)
    n_out = 0
    for doc in range(len(offsets) - 1):
        first, before = offsets[doc], n_out
        n = tokenise(data, first, offsets[doc + 1], char[0], char[1], char[2], letters, points, tokens)
        for t in range(n):
            word, last = _read_word(tokens, t, n, letters, points, clitics)
            row = find(table[0], table[1], entry_key(languages[doc], word)) if word != 0 else np.int32(-1)
            if row < 0:
                continue
            key = anchor_key(_LEARNT, table[2][row])
            start, end = tokens[t, START] - first, tokens[last, END] - first
            if n_out > before and out[0][n_out - 1] == key and start < out[2][n_out - 1]:
                out[2][n_out - 1] = end
                continue
            out[0][n_out], out[1][n_out], out[2][n_out] = key, start, end
            n_out += 1
        counts[doc] = n_out - before
    return n_out


@njit(cache=True, nogil=True)
def entry_keys(languages, words, out):  # type: ignore[no-untyped-def]
    """`entry_key` of each row."""
    for i in range(len(words)):
        out[i] = entry_key(languages[i], words[i])
