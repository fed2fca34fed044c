"""Tokens to anchors, a document at a time; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors import kinds, sounds
from syndetect.anchors.names import LEAST_STEM, SCALE, find, may_have, stem_key
from syndetect.anchors.numerals import read_date, read_number, read_scale, read_scale_before
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
    N_FIELDS,
    NUMERAL,
    SCRIPT,
    SINGLE,
    START,
    WORD,
    hash_letters,
    step,
    tokenise,
)  # fmt: skip
from syndetect.text import mix

_NUMBER, _DATE, _MONTH, _NAME, _WORD = kinds.NUMBER, kinds.DATE, kinds.MONTH, kinds.NAME, kinds.WORD
_COGNATE, _LINK = kinds.COGNATE, kinds.LINK
_LATIN, _ARABIC, _HEBREW, _HANGUL, _ARMENIAN = kinds.LATIN, kinds.ARABIC, kinds.HEBREW, kinds.HANGUL, kinds.ARMENIAN
_GREEK = kinds.GREEK

LEAST_SOUNDS = 3
"""Sounds of a name: two are shared by chance in every page."""
LEAST_COGNATE = 4
"""Sounds a word in lower case must have."""
COGNATE_LETTERS = 6
"""Letters a word in lower case must have."""
MOST_INFLECTION = 3
"""Letters by which a word may go on from the stem of a name."""
MOST_HAN_NAME = 10
MOST_BETWEEN = 6
"""Characters of a word for month between the day and its name."""
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
def _emit(out, n, kind, value, tokens, first, last):  # type: ignore[no-untyped-def]
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
def _strip(letters, first, last, script, rows, affixes):  # type: ignore[no-untyped-def]
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
def _find_stems(letters, tokens, n, language, names, clitics, stems):  # type: ignore[no-untyped-def]
    """Fill `stems` with the stem row of each token, -1 for none."""
    rows, affixes = clitics
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
        a, b = first, last
        if kind == WORD and script in (_ARABIC, _HEBREW):
            a, b = _strip(letters, first, last, script, rows, affixes)
        # The word itself, the word without its clitic, then what each goes on from.
        row = _find_stem(letters, first, last, 0, capital, language, names)
        if row < 0 and (a, b) != (first, last):
            row = _find_stem(letters, a, b, 0, capital, language, names)
            if row < 0:
                row = _find_stem(letters, a, b, inflects, capital, language, names)
        if row < 0 and inflects > 0:
            row = _find_stem(letters, first, last, inflects, capital, language, names)
        stems[t] = row


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
        n_out = _emit(out, n_out, kind, value, tokens, t, t + length - 1)
        if kind == _MONTH:
            at, day = _day_beside(tokens, letters, t, length, n)
            if at >= 0:
                n_out = _emit(out, n_out, _DATE, value * 100 + day, tokens, min(t, at), max(t + length - 1, at))
        t += length
    return n_out


@njit(cache=True, nogil=True)
def _emit_numbers(tokens, letters, n, stems, names, out, n_out):  # type: ignore[no-untyped-def]
    t, free = 0, 0
    while t < n:
        if tokens[t, CLASS] != NUMERAL:
            t += 1
            continue
        first_date, second_date, last = read_date(tokens, letters, t, n)
        if first_date > 0:
            n_out = _emit(out, n_out, _DATE, first_date, tokens, t, last)
            if second_date > 0:
                n_out = _emit(out, n_out, _DATE, second_date, tokens, t, last)
            t = free = last + 1
            continue
        value, last = read_number(tokens, letters, t, n, stems, names)
        if t > free and last == t:
            value *= read_scale_before(tokens, free, t, n, stems, names)
        free = last + 1
        # Thousandths beyond 2**53 are no longer told apart, and beyond 2**63 no longer defined.
        if value < 9e12:
            n_out = _emit(out, n_out, _NUMBER, np.uint64(np.int64(np.round(value * 1000))), tokens, t, last)
        t = last + 1
    return n_out


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
        n_out = _emit(out, n_out, kind, value, tokens, t, until)
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
        n_out = _emit(out, n_out, _WORD, hash_letters(letters, first, last), tokens, t, t)
    if not name and last - first < COGNATE_LETTERS:
        return n_out
    kind = _NAME if name else _COGNATE
    n_out = _emit_sounds(points, first, last, latin, cased, kind, char, buffer, tokens, t, t, out, n_out)
    if script in (_ARABIC, _HEBREW, _HANGUL):
        a, b = _strip(letters, first, last, script, clitics[0], clitics[1])
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
def _emit_spelled(tokens, n, letters, points, char, clitics, buffer, out, n_out):  # type: ignore[no-untyped-def]
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
            n_out = _emit(out, n_out, _LINK, hash_letters(letters, first, last), tokens, t, t)
        elif _spells_name(tokens, t, points, char):
            n_out, t = _emit_han(tokens, t, n, points, char, buffer, out, n_out)
            continue
        elif _is_unspaced(tokens, t, points):
            n_out, t = _emit_unspaced(tokens, t, n, points, char, buffer, out, n_out)
            continue
        t += 1
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
    n_out = 0
    for doc in range(len(offsets) - 1):
        first, before = offsets[doc], n_out
        n = tokenise(data, first, offsets[doc + 1], char[0], char[1], char[2], letters, points, tokens)
        _find_stems(letters, tokens, n, languages[doc], names, clitics, stems)
        n_out = _emit_names(tokens, letters, n, stems, names, out, n_out)
        n_out = _emit_numbers(tokens, letters, n, stems, names, out, n_out)
        n_out = _emit_spelled(tokens, n, letters, points, char, clitics, buffer, out, n_out)
        for i in range(before, n_out):
            out[2][i] -= first
            out[3][i] -= first
        counts[doc] = n_out - before
    return n_out
