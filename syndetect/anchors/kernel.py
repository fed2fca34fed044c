"""Tokens to anchors, a document at a time; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors import kinds
from syndetect.anchors.names import LEAST_STEM, SCALE, find, may_have, stem_key
from syndetect.anchors.numerals import (
    han_numeral,
    read_date,
    read_han,
    read_number,
    read_scale,
    read_scale_before,
)  # fmt: skip
from syndetect.anchors.spelled import anchor_key, emit, emit_spelled, is_cased, strip
from syndetect.anchors.tokens import (
    CAPITAL,
    CLASS,
    FIRST,
    GAP,
    HAN,
    HOST,
    LAST,
    N_FIELDS,
    NUMERAL,
    SCRIPT,
    SINGLE,
    WORD,
    hash_letters,
    step,
    tokenise,
)  # fmt: skip
from syndetect.text import mix

__all__ = ["anchor_key", "extract"]

_NUMBER, _DATE, _MONTH = kinds.NUMBER, kinds.DATE, kinds.MONTH
_ARABIC, _HEBREW, _HANGUL = kinds.ARABIC, kinds.HEBREW, kinds.HANGUL

MOST_INFLECTION = 3
"""Letters by which a word may go on from the stem of a name."""
MEMO_BITS = 14
"""Words whose stems are kept at hand, some 200 kB: a few hundred words are half of any text."""
MOST_BETWEEN = 6
"""Characters of a word for month between the day and its name."""


@njit(cache=True, nogil=True, inline="always")
def _find_stem(letters, first, last, inflects, capital, language, names):  # type: ignore[no-untyped-def]
    """The row of the stem of a word: by the word itself, else by its longest beginning that is a stem."""
    n = last - first
    least = n if inflects == 0 else max(LEAST_STEM if inflects == 1 else 4 - inflects, n - MOST_INFLECTION)
    h, best = np.uint64(0), np.int32(-1)
    for i in range(n):
        h = step(h, letters[first + i])
        if i + 1 >= least:
            key = stem_key(language, h)
            if may_have(names[8], key):
                row = find(names[0], names[1], key)
                if row >= 0 and (capital or names[3][row] == 0):
                    best = row
    return best


@njit(cache=True, nogil=True)
def _find_stems(letters, tokens, n, language, names, clitics, memo, stems):  # type: ignore[no-untyped-def]
    """Fill `stems` with the stem row of each token, -1 for none; what was found for a word last is kept in `memo`."""
    rows, affixes = clitics
    known, rows_known = memo
    for t in range(n):
        first, last, script = tokens[t, FIRST], tokens[t, LAST], tokens[t, SCRIPT]
        kind = tokens[t, CLASS]
        if kind == HOST:
            stems[t] = -1
            continue
        inflects = 0
        if kind == WORD:
            inflects = 2 if script == _HANGUL else 1
            if script == _HANGUL and t > 0 and tokens[t, GAP] == 0 and tokens[t - 1, CLASS] == NUMERAL:
                inflects = 3  # 9월에: a counter is one syllable
        capital = tokens[t, CAPITAL] or not is_cased(script)
        key = stem_key(language + np.uint64(4 * inflects + capital), hash_letters(letters, first, last))
        place = key >> np.uint64(64 - MEMO_BITS)
        if known[place] == key:
            stems[t] = rows_known[place]
            continue
        a, b = first, last
        if kind == WORD and script in (_ARABIC, _HEBREW):
            a, b = strip(letters, first, last, script, rows, affixes)
        # The word itself, the word without its clitic, then what each goes on from.
        row = _find_stem(letters, first, last, 0, capital, language, names)
        if row < 0 and (a, b) != (first, last):
            row = _find_stem(letters, a, b, 0, capital, language, names)
            if row < 0:
                row = _find_stem(letters, a, b, inflects, capital, language, names)
        if row < 0 and inflects > 0:
            row = _find_stem(letters, first, last, inflects, capital, language, names)
        stems[t] = row
        known[place], rows_known[place] = key, row


@njit(cache=True, nogil=True)
def _find_name(stems, t, n, names):  # type: ignore[no-untyped-def]
    """The longest name that begins at token t: its row, and its number of tokens."""
    lengths = names[2][stems[t]] >> np.uint32(1)
    h, length, best, longest = np.uint64(0), 0, np.int32(-1), 0
    while lengths != 0 and t + length < n and stems[t + length] >= 0:
        h = step(h, np.uint64(stems[t + length]) + np.uint64(1))
        length += 1
        if lengths & np.uint32(1):
            key = mix(h) | np.uint64(1)
            if may_have(names[9], key):
                row = find(names[4], names[5], key)
                if row >= 0:
                    best, longest = row, length
        lengths >>= np.uint32(1)
    return best, longest


@njit(cache=True, nogil=True)
def _day_beside(tokens, letters, t, length, n):  # type: ignore[no-untyped-def]
    """The token that is the day of a month named by tokens t..t+length-1, or -1; one word may stand between.

    Where a word is cut into characters (30 ខែកញ្ញា) several may.
    """
    first = t
    while first > max(0, t - MOST_BETWEEN) and tokens[first - 1, CLASS] == SINGLE:
        first -= 1
    for distance in (1, 2, 3):
        for at in (t - distance if distance < 3 else first - 1, t + length - 1 + distance):
            if distance == 3 and at != first - 1:
                continue
            if at < 0 or at >= n or tokens[at, CLASS] != NUMERAL or tokens[at, LAST] - tokens[at, FIRST] > 2:
                continue
            if distance == 2:
                between = t - 1 if at < t else at - 1
                if tokens[between, CLASS] not in (WORD, HAN) or tokens[between, LAST] - tokens[between, FIRST] > 3:
                    continue
            day = 0
            for i in range(tokens[at, FIRST], tokens[at, LAST]):
                day = day * 10 + letters[i] - 48
            if 1 <= day <= 31:
                return at, day
    return -1, 0


@njit(cache=True, nogil=True)
def _emit_names(tokens, letters, n, stems, names, out, n_out):  # type: ignore[no-untyped-def]
    """Territories, months and the like, and dates."""
    t = 0
    while t < n:
        if stems[t] < 0:
            t += 1
            continue
        row, length = _find_name(stems, t, n, names)
        if row < 0 or names[6][row] == SCALE:
            t += max(1, length)
            continue
        kind, value = names[6][row], names[7][row]
        if kind == _NUMBER:
            scale, after = read_scale(tokens, t + length, n, stems, names)
            length = after - t
            value = np.uint64(np.int64(np.round(float(value) * 1000 * scale)))
        n_out = emit(out, n_out, kind, value, tokens, t, t + length - 1)
        if kind == _MONTH:
            at, day = _day_beside(tokens, letters, t, length, n)
            if at >= 0:
                n_out = emit(out, n_out, _DATE, value * 100 + day, tokens, min(t, at), max(t + length - 1, at))
        t += length
    return n_out


@njit(cache=True, nogil=True)
def _emit_numbers(tokens, letters, n, stems, names, out, n_out):  # type: ignore[no-untyped-def]
    t, free = 0, 0
    while t < n:
        if tokens[t, CLASS] != NUMERAL:
            if (tokens[t, CLASS] == HAN or tokens[t, CLASS] == SINGLE) and han_numeral(tokens, letters, t) > 0:
                value, last = read_han(tokens, letters, t, n)
                if value > 0:
                    n_out = emit(out, n_out, _NUMBER, np.uint64(np.int64(value * 1000)), tokens, t, last)
                t = last
            t += 1
            continue
        first_date, second_date, last = read_date(tokens, letters, t, n)
        if first_date > 0:
            n_out = emit(out, n_out, _DATE, first_date, tokens, t, last)
            if second_date > 0:
                n_out = emit(out, n_out, _DATE, second_date, tokens, t, last)
            t = free = last + 1
            continue
        value, last = read_number(tokens, letters, t, n, stems, names)
        begin = t
        if t > free and last == t:
            scale = read_scale_before(tokens, free, t, stems, names)
            value, begin = value * scale, t - 1 if scale > 1 else t
        free = last + 1
        # Thousandths beyond 2**53 are no longer told apart, and beyond 2**63 no longer defined.
        if value < 9e12:
            n_out = emit(out, n_out, _NUMBER, np.uint64(np.int64(np.round(value * 1000))), tokens, begin, last)
        t = last + 1
    return n_out


@njit(cache=True, nogil=True)
def extract(data, offsets, languages, char, names, clitics, out, counts):  # type: ignore[no-untyped-def]
    """Write the anchors of the documents data[offsets[i]:offsets[i + 1]]; spans are bytes of the document.

    Args:
        data: UTF-8, padded by four bytes.
        offsets: (n + 1,)
        languages: (n,) from tables.language_hashes.
        char: The arrays of tables.Characters in order.
        names: Those of names.Names.
        clitics: Those of tables.affixes.
        out: keys, kinds, starts, ends to fill: four rows a byte of text and document.
        counts: (n,) anchors a document.
    """
    most = 1
    for doc in range(len(offsets) - 1):
        most = max(most, offsets[doc + 1] - offsets[doc] + 1)
    letters, points = np.empty(most, np.uint32), np.empty(most, np.uint32)
    tokens, stems = np.empty((most, N_FIELDS), np.int32), np.empty(most, np.int32)
    buffer = np.empty(64, np.uint8)
    memo = np.zeros(1 << MEMO_BITS, np.uint64), np.zeros(1 << MEMO_BITS, np.int32)
    n_out = 0
    for doc in range(len(offsets) - 1):
        first, before = offsets[doc], n_out
        n = tokenise(data, first, offsets[doc + 1], char[0], char[1], char[2], letters, points, tokens)
        _find_stems(letters, tokens, n, languages[doc], names, clitics, memo, stems)
        n_out = _emit_names(tokens, letters, n, stems, names, out, n_out)
        n_out = _emit_numbers(tokens, letters, n, stems, names, out, n_out)
        n_out = emit_spelled(tokens, n, letters, points, char, clitics, buffer, out, n_out)
        for i in range(before, n_out):
            out[2][i] -= first
            out[3][i] -= first
        counts[doc] = n_out - before
    return n_out
