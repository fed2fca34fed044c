"""Text to tokens: words, digit runs, katakana runs, single characters; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors import kinds
from syndetect.text import TABLE_SIZE, decode

WORD, NUMERAL, HAN, KATAKANA, SINGLE, SYMBOL, HOST = range(1, 8)
"""Classes of tokens."""

ADJACENT, DOT, COMMA, APOSTROPHE, SPACE, HYPHEN, SLASH, COLON, OTHER_GAP = range(9)
"""What stands between a token and the one before: nothing, one character, or anything else."""

START, END, CLASS, GAP, SCRIPT, CAPITAL, FIRST, LAST, N_FIELDS = range(9)
"""Columns of the token table: bytes, class, gap before, script, capitalised, letters in the letter buffer."""

MOST_DIGITS = 15

_UPPER, _DIGIT, _LOWER = kinds.UPPER, kinds.DIGIT, kinds.LOWER
_HAN, _KATAKANA, _SINGLE, _SYMBOL, _SKIP = kinds.HAN, kinds.KATAKANA, kinds.SINGLE, kinds.SYMBOL, kinds.SKIP
_MARK = kinds.MARK
_HEBREW, _LATIN = kinds.HEBREW, kinds.LATIN
_GERESH, _QUOTES = (0x27, 0x2018, 0x2019, 0x05F3), (0x201C, 0x201D, 0x201F, 0x2033)
_GIMEL, _J = 0x05D2, 0x6A


@njit(cache=True, nogil=True, inline="always")
def step(h, value):  # type: ignore[no-untyped-def]
    """Add one letter or number to a rolling hash."""
    h = (h ^ np.uint64(value)) * np.uint64(0x9E3779B97F4A7C15)
    return h ^ (h >> np.uint64(29))


@njit(cache=True, nogil=True)
def _gap(point):  # type: ignore[no-untyped-def]  # noqa: PLR0911 - a table of seven rows
    if point in (0x2E, 0x066B, 0xFF0E):
        return DOT
    if point in (0x2C, 0x066C, 0xFF0C, 0x060C):
        return COMMA
    if point in (0x27, 0x2019, 0x05F3, 0x05F4, 0x22):
        return APOSTROPHE
    if point in (0x20, 0xA0, 0x202F, 0x2009, 0x2007):
        return SPACE
    if point in (0x2D, 0x2010, 0x2011, 0x2013, 0x2212):
        return HYPHEN
    if point == 0x2F:
        return SLASH
    return COLON if point == 0x3A else OTHER_GAP


@njit(cache=True, nogil=True)
def _script_at(data, at, last, scripts):  # type: ignore[no-untyped-def]
    """The script of the character at a byte and where it ends; OTHER behind the last."""
    if at >= last:
        return np.uint8(kinds.OTHER), at
    point, end = decode(data, at)
    return scripts[min(point, TABLE_SIZE - 1)], end


@njit(cache=True, nogil=True)
def _is_within_hebrew(data, point, at, last, scripts):  # type: ignore[no-untyped-def]
    """Whether a mark between Hebrew letters is part of the word.

    Quotation marks are written for gershayim as well: those stand before the last letter of an abbreviation.
    """
    script, end = _script_at(data, at, last, scripts)
    if script != _HEBREW:
        return False
    return (
        _gap(point) == APOSTROPHE
        or point in _GERESH
        or (point in _QUOTES and _script_at(data, end, last, scripts)[0] != _HEBREW)
    )


@njit(cache=True, nogil=True)
def _is_address(data, at, last):  # type: ignore[no-untyped-def]
    return at + 3 < last and data[at] == 0x3A and data[at + 1] == 0x2F and data[at + 2] == 0x2F


@njit(cache=True, nogil=True)
def _read_host(data, at, last, letters, n_letters):  # type: ignore[no-untyped-def]
    """Copy the host that begins at a byte, lower case; returns letters used, end of host, end of address."""
    while at < last and (data[at] > 0x2C and data[at] < 0x7F and data[at] not in (0x2F, 0x3A, 0x3C, 0x3E, 0x3F)):
        byte = data[at]
        letters[n_letters] = byte + 32 if 0x41 <= byte <= 0x5A else byte
        n_letters += 1
        at += 1
    host_end = at
    while at < last and data[at] > 0x20 and data[at] < 0x7F and data[at] not in (0x22, 0x29, 0x3C, 0x3E):
        at += 1
    return n_letters, host_end, at


@njit(cache=True, nogil=True)
def tokenise(data, first, last, classes, scripts, folds, letters, points, tokens):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915 - one pass
    """Cut data[first:last] into tokens.

    `letters` and `points` get the folded and the original code points of all tokens, `tokens` a row a token; each must
    have room for last - first + 1 rows.
    """
    n, n_letters, at = 0, 0, first
    open_class, gap, n_between = 0, OTHER_GAP, 0
    while at < last:
        here = at
        point, at = decode(data, at)
        kind = classes[point] if point < TABLE_SIZE else 0
        if kind == _SKIP:
            continue
        if kind == _MARK:
            if open_class == SINGLE:
                letters[n_letters], points[n_letters] = point, point
                n_letters += 1
                tokens[n - 1, END], tokens[n - 1, LAST] = at, n_letters
            continue
        script = scripts[point] if point < TABLE_SIZE else 0
        if kind == 0:
            if point == 0x3A and n > 0 and _is_address(data, here, last) and tokens[n - 1, END] == here:
                begin = here + 3
                tokens[n - 1, START], tokens[n - 1, CLASS] = begin, HOST
                tokens[n - 1, FIRST] = n_letters
                n_letters, host_end, at = _read_host(data, begin, last, letters, n_letters)
                tokens[n - 1, LAST], tokens[n - 1, END] = n_letters, host_end
                open_class, gap, n_between = 0, OTHER_GAP, 1
                continue
            # Gershayim and geresh belong to a Hebrew word; with the geresh a gimel is read as j.
            if open_class == WORD and tokens[n - 1, SCRIPT] == _HEBREW:
                if point in _GERESH and points[n_letters - 1] == _GIMEL:
                    points[n_letters - 1] = _J
                if _is_within_hebrew(data, point, at, last, scripts):
                    continue
            open_class = 0
            gap = _gap(point) if n_between == 0 else OTHER_GAP
            n_between += 1
            continue
        if kind in (_LOWER, _UPPER):
            wanted = WORD
        elif kind == _DIGIT:
            wanted = NUMERAL
        elif kind == _KATAKANA:
            wanted = KATAKANA
        elif kind == _HAN:
            wanted = HAN
        else:
            wanted = SINGLE if kind == _SINGLE else SYMBOL
        joins = wanted == open_class and wanted <= KATAKANA and wanted != HAN
        if joins and wanted == WORD and (script == _LATIN) != (tokens[n - 1, SCRIPT] == _LATIN):
            joins = script == 0  # a mark, as in decomposed letters
        if not joins:
            tokens[n, START], tokens[n, CLASS], tokens[n, SCRIPT] = here, wanted, script
            tokens[n, GAP] = ADJACENT if n_between == 0 else gap
            tokens[n, CAPITAL], tokens[n, FIRST] = kind == _UPPER, n_letters
            n += 1
            open_class, n_between = wanted, 0
        letters[n_letters], points[n_letters] = folds[point], point
        n_letters += 1
        tokens[n - 1, END], tokens[n - 1, LAST] = at, n_letters
    return n


@njit(cache=True, nogil=True)
def hash_letters(letters, first, last):  # type: ignore[no-untyped-def]
    """Rolling hash of letters[first:last]."""
    h = np.uint64(0)
    for i in range(first, last):
        h = step(h, letters[i])
    return h
