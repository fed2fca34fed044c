"""Digits to values: separators of all conventions, scale words, numeric dates; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.anchors.names import SCALE, find
from syndetect.anchors.tokens import (
    ADJACENT,
    APOSTROPHE,
    CLASS,
    COMMA,
    DOT,
    FIRST,
    GAP,
    HYPHEN,
    LAST,
    MOST_DIGITS,
    NUMERAL,
    SLASH,
    SPACE,
    step,
)  # fmt: skip
from syndetect.text import mix

HAN_FIRST = 0x3007
HAN_NUMERALS = np.zeros(0xA000 - HAN_FIRST, np.int8)
"""Code point - HAN_FIRST -> 1 + digit; 11 to 15 for ten, hundred, thousand, ten thousand, a hundred million."""
for _row, _chars in enumerate(
    ("〇零", "一", "二两兩", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千", "万萬", "亿億"), 1
):
    HAN_NUMERALS[[ord(_char) - HAN_FIRST for _char in _chars]] = _row
HAN_UNITS = np.array([1e1, 1e2, 1e3, 1e4, 1e8])
HAN_COUNTERS = frozenset(map(ord, "人名个個位次天日年岁歲歳家所枚件只隻辆輛倍回度票分点點台条條届屆社国國州"))
COUNTED = np.zeros(0xA000 - HAN_FIRST, np.bool_)
"""Code point - HAN_FIRST -> counted by a number before it; alone a character for a digit is often part of a word."""
COUNTED[[_point - HAN_FIRST for _point in HAN_COUNTERS]] = True
LEAST_WORDED = 3
"""The least value taken from a number in words; see benchmarks/make_anchor_concepts.py."""

MOST_VALUE = 9e15
"""Above this a value no longer fits thousandths in 63 bits; such a number is cut to it."""


@njit(cache=True, nogil=True, inline="always")
def _n_digits(tokens, t):  # type: ignore[no-untyped-def]
    return tokens[t, LAST] - tokens[t, FIRST]


@njit(cache=True, nogil=True)
def _digits(tokens, letters, t):  # type: ignore[no-untyped-def]
    value = 0.0
    for i in range(tokens[t, FIRST], min(tokens[t, LAST], tokens[t, FIRST] + MOST_DIGITS)):
        value = value * 10 + (letters[i] - 48)
    return value


@njit(cache=True, nogil=True, inline="always")
def _goes_on(tokens, t, n, gap):  # type: ignore[no-untyped-def]
    return t < n and tokens[t, CLASS] == NUMERAL and tokens[t, GAP] == gap


@njit(cache=True, nogil=True)
def read_date(tokens, letters, t, n):  # type: ignore[no-untyped-def]
    """Read 30.09.2018, 9/30/18, 2018-09-30.

    Returns:
        month * 100 + day, or 0; a second reading, or 0, where day and month can be exchanged; the last token.
    """
    if t + 2 >= n or tokens[t + 1, CLASS] != NUMERAL:
        return 0, 0, t
    gap = tokens[t + 1, GAP]
    if gap not in (DOT, SLASH, HYPHEN) or not _goes_on(tokens, t + 2, n, gap) or _goes_on(tokens, t + 3, n, gap):
        return 0, 0, t
    a, b, c = _digits(tokens, letters, t), _digits(tokens, letters, t + 1), _digits(tokens, letters, t + 2)
    if _n_digits(tokens, t) == 4 and _n_digits(tokens, t + 1) <= 2 and _n_digits(tokens, t + 2) <= 2:
        return (int(b) * 100 + int(c), 0, t + 2) if 1 <= b <= 12 and 1 <= c <= 31 else (0, 0, t)
    if _n_digits(tokens, t) > 2 or _n_digits(tokens, t + 1) > 2 or _n_digits(tokens, t + 2) not in (2, 4):
        return 0, 0, t
    day_first = int(b) * 100 + int(a) if 1 <= b <= 12 and 1 <= a <= 31 else 0
    month_first = int(a) * 100 + int(b) if 1 <= a <= 12 and 1 <= b <= 31 and gap == SLASH and a != b else 0
    if day_first == 0:
        return month_first, 0, t + 2
    return day_first, month_first, t + 2


@njit(cache=True, nogil=True)
def _read_plain(tokens, letters, t, n):  # type: ignore[no-untyped-def]
    """A number in digits: 1,234.5 and 1.234,5 and 1 234,5 and 12,34,567 alike."""
    value, last = _digits(tokens, letters, t), t
    gap = tokens[t + 1, GAP] if t + 1 < n and tokens[t + 1, CLASS] == NUMERAL else ADJACENT
    if gap in (DOT, COMMA, APOSTROPHE, SPACE) and _n_digits(tokens, t) <= 3 and letters[tokens[t, FIRST]] != 48:
        end = t + 1
        while _goes_on(tokens, end, n, gap) and _n_digits(tokens, end) == 3:
            end += 1
        if end == t + 1 and gap == COMMA and _n_digits(tokens, t + 1) == 2:
            while _goes_on(tokens, end, n, gap) and _n_digits(tokens, end) == 2:
                end += 1
            indian = _goes_on(tokens, end, n, gap) and _n_digits(tokens, end) == 3
            end = end + 1 if indian else t + 1
        for group in range(t + 1, end):
            value = value * (1000 if _n_digits(tokens, group) == 3 else 100) + _digits(tokens, letters, group)
        last = end - 1
    follows = tokens[last + 1, GAP] if last + 1 < n and tokens[last + 1, CLASS] == NUMERAL else ADJACENT
    # Two separators of a kind are no decimals: 1.2.3, 5,6,7.
    listed = follows in (DOT, COMMA) and (_goes_on(tokens, last + 2, n, follows) or (last > t and follows == gap))
    if follows in (DOT, COMMA) and not listed:
        places = min(_n_digits(tokens, last + 1), MOST_DIGITS)
        value += _digits(tokens, letters, last + 1) / 10.0**places
        last += 1
    return value, last


@njit(cache=True, nogil=True)
def read_scale(tokens, t, n, stems, names):  # type: ignore[no-untyped-def]
    """What the scale word at token t multiplies by (1: none there), and the token after it."""
    if t >= n or stems[t] < 0 or tokens[t, GAP] not in (ADJACENT, SPACE, HYPHEN):
        return 1.0, t
    h, scale, after = np.uint64(0), 1.0, t
    for length in range(1, 4):
        if t + length > n or stems[t + length - 1] < 0:
            break
        h = step(h, np.uint64(stems[t + length - 1]) + np.uint64(1))
        row = find(names[4], names[5], mix(h) | np.uint64(1))
        if row >= 0 and names[6][row] == SCALE:
            scale, after = float(names[7][row]), t + length
    return scale, after


@njit(cache=True, nogil=True)
def read_scale_before(tokens, free, t, stems, names):  # type: ignore[no-untyped-def]
    """What a scale word before the number at token t multiplies by, from token `free` on: milioni 20."""
    if t - 1 < free or stems[t - 1] < 0 or tokens[t, GAP] != SPACE:
        return 1.0
    row = find(names[4], names[5], mix(step(np.uint64(0), np.uint64(stems[t - 1]) + np.uint64(1))) | np.uint64(1))
    return float(names[7][row]) if row >= 0 and names[6][row] == SCALE and names[7][row] >= 1000000 else 1.0


@njit(cache=True, nogil=True)
def read_number(tokens, letters, t, n, stems, names):  # type: ignore[no-untyped-def]
    """The value of the number that begins at token t, and its last token: 1億2000万 is 120,000,000."""
    total, last, least = 0.0, t, np.inf
    while True:
        value, end = _read_plain(tokens, letters, t, n)
        scale, after = read_scale(tokens, end + 1, n, stems, names)
        if scale > 1 and end == t + 1 and value >= 1000:
            value /= 1000.0  # 1.234 million: nobody groups digits before a scale word
        # 3千万: scale words multiply.
        further, beyond = read_scale(tokens, after, n, stems, names) if scale > 1 else (1.0, after)
        if further > 1 and tokens[after, GAP] == ADJACENT:
            scale, after = scale * further, beyond
        # After a space only a lower scale goes on: 12억 3450만, but not 5 million 300 people.
        if scale >= least or (least < np.inf and scale == 1.0 and tokens[t, GAP] == SPACE):
            return total, last
        total, last, least = min(total + value * scale, MOST_VALUE), after - 1, scale
        if scale == 1.0 or not (_goes_on(tokens, after, n, ADJACENT) or _goes_on(tokens, after, n, SPACE)):
            return total, last
        t = after


@njit(cache=True, nogil=True, inline="always")
def han_numeral(tokens, letters, t):  # type: ignore[no-untyped-def]
    """The row of HAN_NUMERALS of a token, 0 for none."""
    at = np.int64(letters[tokens[t, FIRST]]) - HAN_FIRST
    return HAN_NUMERALS[at] if 0 <= at < len(HAN_NUMERALS) else 0


@njit(cache=True, nogil=True)
def _compose(rows):  # type: ignore[no-untyped-def]
    """三百二十万: digits times units, in sections of ten thousand."""
    total, section, digit = 0.0, 0.0, -1.0
    for row in rows:
        if row <= 10:
            digit = row - 1.0
        elif row <= 13:
            section += max(digit, 1.0) * HAN_UNITS[row - 11] if digit != 0 else HAN_UNITS[row - 11]
            digit = -1.0
        else:
            total = (total + section + max(digit, 0.0)) * HAN_UNITS[row - 11]
            section, digit = 0.0, -1.0
    return total + section + max(digit, 0.0)


@njit(cache=True, nogil=True)
def read_han(tokens, letters, t, n):  # type: ignore[no-untyped-def]
    """The value of a number in Han characters that begins at token t (0: none), and its last token."""
    rows = np.zeros(MOST_DIGITS, np.int8)
    end, n_units = t, 0
    while end < n and end - t < MOST_DIGITS and (end == t or tokens[end, GAP] == ADJACENT):
        row = han_numeral(tokens, letters, end)
        if row == 0:
            break
        rows[end - t] = row
        n_units += row > 10
        end += 1
    after_digits = t > 0 and tokens[t, GAP] == ADJACENT and tokens[t - 1, CLASS] == NUMERAL
    if after_digits or rows[0] > 13:
        return 0.0, end - 1
    if end - t == 1:
        at = np.int64(letters[tokens[end, FIRST]]) - HAN_FIRST if end < n and tokens[end, GAP] == ADJACENT else -1
        if rows[0] > 11 or not (0 <= at < len(COUNTED) and COUNTED[at]):
            return 0.0, t
    if n_units == 0 and end - t > 1:
        if end - t != 4:
            return 0.0, end - 1  # 三四 is three or four
        value = 0.0
        for row in rows[:4]:
            value = value * 10 + row - 1
        return value, end - 1
    value = _compose(rows[: end - t])
    return (value if value >= LEAST_WORDED else 0.0), end - 1
