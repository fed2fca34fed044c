"""What words spell: skeletons of names and cognates, words in Latin letters, hosts; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors import kinds, sounds
from syndetect.anchors.tokens import (
    CAPITAL,
    CLASS,
    END,
    FIRST,
    GAP,
    HAN,
    HOST,
    KATAKANA,
    LAST,
    SCRIPT,
    SINGLE,
    START,
    WORD,
    hash_letters,
    step,
)  # fmt: skip
from syndetect.text import mix

_NAME, _WORD, _COGNATE, _LINK = kinds.NAME, kinds.WORD, kinds.COGNATE, kinds.LINK
_LATIN, _ARABIC, _HEBREW, _HANGUL, _ARMENIAN = kinds.LATIN, kinds.ARABIC, kinds.HEBREW, kinds.HANGUL, kinds.ARMENIAN
_GREEK = kinds.GREEK

LEAST_SOUNDS = 3
"""Sounds of a name: two are shared by chance in every page."""
LEAST_COGNATE = 4
"""Sounds a word in lower case must have."""
COGNATE_LETTERS = 6
"""Letters a word in lower case must have."""
MOST_HAN_NAME = 10
MOST_UNSPACED = 8
"""Characters of a name where no spaces are written, each with its signs."""
MOST_STARTS = 3
"""Places where a name may begin whose end is known."""
SILENCERS = (0x0E4C, 0x0ECC, 0x17CD)
"""Thanthakhat and the like: the letter is spelled and not spoken, which is to say that the word is foreign."""


@njit(cache=True, nogil=True, inline="always")
def anchor_key(kind, value):  # type: ignore[no-untyped-def]
    """Key of a kind and a value; cognates are filed with names."""
    filed = _NAME if kind == _COGNATE else kind
    return mix(step(step(np.uint64(0), np.uint64(value)), np.uint64(filed)))


@njit(cache=True, nogil=True, inline="always")
def emit(out, n, kind, value, tokens, first, last):  # type: ignore[no-untyped-def]
    """Write an anchor of tokens first..last (inclusive)."""
    keys, out_kinds, starts, ends = out
    keys[n], out_kinds[n] = anchor_key(kind, value), kind
    starts[n], ends[n] = tokens[first, START], tokens[last, END]
    return n + 1


@njit(cache=True, nogil=True, inline="always")
def is_cased(script):  # type: ignore[no-untyped-def]
    """Whether a script has capitals."""
    return (_LATIN <= script <= _GREEK) or script == _ARMENIAN


@njit(cache=True, nogil=True, inline="always")
def strip(letters, first, last, script, rows, affixes):  # type: ignore[no-untyped-def]
    """Take the longest clitic or particle off that leaves two letters."""
    for row in range(len(rows)):
        if rows[row, 0] != script:
            continue
        a, b = rows[row, 2], rows[row, 3]
        if last - first < b - a + 2:
            continue
        offset = last - (b - a) if rows[row, 1] == 1 else first
        same = True
        for i in range(b - a):
            if letters[offset + i] != affixes[a + i]:
                same = False
                break
        if same:
            return (first, last - (b - a)) if rows[row, 1] == 1 else (first + (b - a), last)
    return first, last


@njit(cache=True, nogil=True, inline="always")
def _emit_sounds(points, first, last, latin, cased, kind, char, buffer, tokens, t, until, out, n_out):  # type: ignore[no-untyped-def]
    """The skeletons of the letters first..last-1, each once."""
    n_letters, has_w = sounds.spell(points, first, last, char[3], char[4], buffer)
    least = LEAST_COGNATE if kind == _COGNATE else LEAST_SOUNDS
    seen0, seen1 = np.uint64(0), np.uint64(0)
    for variant in range(3):
        if (variant == 1 and not (has_w or latin)) or (variant == 2 and not cased):
            continue
        value, length = sounds.skeleton(buffer, n_letters, latin, variant)
        if length < least or value in (seen0, seen1):
            continue
        n_out = emit(out, n_out, kind, value, tokens, t, until)
        seen1 = seen0
        seen0 = value
        if kind == _COGNATE:
            break
    return n_out


@njit(cache=True, nogil=True, inline="always")
def _emit_word(tokens, t, letters, points, cased_text, char, clitics, buffer, out, n_out):  # type: ignore[no-untyped-def]
    first, last, script = tokens[t, FIRST], tokens[t, LAST], tokens[t, SCRIPT]
    latin, cased = script == _LATIN, is_cased(script)
    # Latin letters in a text of another script are a name whatever their case.
    name = not cased or tokens[t, CAPITAL] or (latin and not cased_text)
    if latin and name and last - first >= 3:
        n_out = emit(out, n_out, _WORD, hash_letters(letters, first, last), tokens, t, t)
    if not name and last - first < COGNATE_LETTERS:
        return n_out
    kind = _NAME if name else _COGNATE
    n_out = _emit_sounds(points, first, last, latin, cased, kind, char, buffer, tokens, t, t, out, n_out)
    if script in (_ARABIC, _HEBREW, _HANGUL):
        a, b = strip(letters, first, last, script, clitics[0], clitics[1])
        if a != first or b != last:
            n_out = _emit_sounds(points, a, b, latin, cased, kind, char, buffer, tokens, t, t, out, n_out)
    return n_out


@njit(cache=True, nogil=True)
def _spells_name(tokens, t, points, char):  # type: ignore[no-untyped-def]
    point = points[tokens[t, FIRST]]
    return tokens[t, CLASS] == HAN and char[3][point + 1] > char[3][point]


@njit(cache=True, nogil=True)
def _emit_han(tokens, t, n, points, char, buffer, out, n_out):  # type: ignore[no-untyped-def]
    """A run of characters that spell foreign names from token t on, also without its first or last character."""
    end = t + 1
    while end < n and tokens[end, GAP] == 0 and _spells_name(tokens, end, points, char):
        end += 1
    if 2 <= end - t <= MOST_HAN_NAME:
        for a, b in ((t, end), (t, end - 1), (t + 1, end)):
            if b - a >= 2 and (a == t or b == end):
                first, last = tokens[a, FIRST], tokens[b - 1, LAST]
                n_out = _emit_sounds(
                    points, first, last, False, False, _NAME, char, buffer, tokens, a, b - 1, out, n_out
                )
    return n_out, end


@njit(cache=True, nogil=True, inline="always")
def _is_unspaced(tokens, t, points):  # type: ignore[no-untyped-def]
    """Whether a token is a character of Thai, Lao or Khmer, with its signs."""
    point = points[tokens[t, FIRST]]
    return tokens[t, CLASS] == SINGLE and (0x0E00 <= point < 0x0F00 or 0x1780 <= point < 0x1800)


@njit(cache=True, nogil=True)
def _emit_silenced(tokens, begin, t, points, char, buffer, out, n_out):  # type: ignore[no-untyped-def]
    """The ends of a run that stop at token t, from three sounds on."""
    n_starts = 0
    for a in range(t - 1, max(begin, t - MOST_UNSPACED) - 1, -1):
        before = points[tokens[a - 1, FIRST]] if a > begin else np.uint32(0)
        if 0x0E40 <= before <= 0x0E44 or 0x0EC0 <= before <= 0x0EC4:
            continue  # a vowel written before the consonant it belongs to
        n = _emit_sounds(
            points, tokens[a, FIRST], tokens[t, LAST], False, False, _NAME, char, buffer, tokens, a, t, out, n_out
        )
        n_starts += n > n_out
        n_out = n
        if n_starts == MOST_STARTS:
            break
    return n_out


@njit(cache=True, nogil=True)
def _emit_unspaced(tokens, t, n, points, char, buffer, out, n_out):  # type: ignore[no-untyped-def]
    """A short run between spaces; and what ends in a silenced letter, as foreign names in Thai and Khmer do."""
    end = t + 1
    while end < n and tokens[end, GAP] == 0 and _is_unspaced(tokens, end, points):
        end += 1
    if end - t <= MOST_UNSPACED:
        first, last = tokens[t, FIRST], tokens[end - 1, LAST]
        n_out = _emit_sounds(points, first, last, False, False, _NAME, char, buffer, tokens, t, end - 1, out, n_out)
    for at in range(t + 1, end):
        if points[tokens[at, LAST] - 1] in SILENCERS:
            n_out = _emit_silenced(tokens, t, at, points, char, buffer, out, n_out)
    return n_out, end


@njit(cache=True, nogil=True)
def emit_spelled(tokens, n, letters, points, char, clitics, buffer, out, n_out):  # type: ignore[no-untyped-def]
    """Names, words in Latin letters, cognates, hosts."""
    n_cased = 0
    for t in range(n):
        if tokens[t, CLASS] == WORD and is_cased(tokens[t, SCRIPT]):
            n_cased += 1
    cased_text = 2 * n_cased > n
    t = 0
    while t < n:
        kind = tokens[t, CLASS]
        if kind == WORD:
            n_out = _emit_word(tokens, t, letters, points, cased_text, char, clitics, buffer, out, n_out)
        elif kind == KATAKANA:
            first, last = tokens[t, FIRST], tokens[t, LAST]
            n_out = _emit_sounds(points, first, last, False, False, _NAME, char, buffer, tokens, t, t, out, n_out)
        elif kind == HOST:
            first, last = tokens[t, FIRST], tokens[t, LAST]
            if last - first > 4 and letters[first] == 119 and letters[first + 1] == 119 and letters[first + 3] == 46:
                first += 4
            n_out = emit(out, n_out, _LINK, hash_letters(letters, first, last), tokens, t, t)
        elif _spells_name(tokens, t, points, char):
            n_out, t = _emit_han(tokens, t, n, points, char, buffer, out, n_out)
            continue
        elif _is_unspaced(tokens, t, points):
            n_out, t = _emit_unspaced(tokens, t, n, points, char, buffer, out, n_out)
            continue
        t += 1
    return n_out
