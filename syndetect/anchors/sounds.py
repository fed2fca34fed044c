"""Consonant skeletons: what a name keeps when it goes from one alphabet into another; compiled.

A skeleton has at most seven of nine sounds: A (begins with a vowel), B (b p f v), T (d t), K (k g q), S (s z j ch sh),
R (r l), M, N, H (begins with h). Vowels fall out, doubled sounds become one, m before b and p is n, ng is n. Letters
that are read in two ways (w, soft g and ch) give a second skeleton; r that Chinese, Japanese and Korean do not write
gives a third: Trump and 特朗普 are both TRNB, Robert and ロバート both RBT.
"""

from __future__ import annotations

import numpy as np
from numba import njit

A, B, T, K, S, R, M, N, H = range(1, 10)
MOST = 7
"""Sounds a skeleton keeps: more only tells inflections apart."""

_VAV = 0x05D5
_a, _b, _c, _d, _e, _f, _g, _h, _i, _j, _k, _l, _m, _n, _o, _p, _q, _r, _s, _t, _u, _v, _w, _x, _y, _z = range(97, 123)


_VOWEL, _KS, _CONTEXT = 20, 21, 22
"""Beside sounds in the letter table: falls out, is two sounds, depends on what stands around it."""

LETTERS = np.zeros(256, np.uint8)
for _sound_of, _spelled in (
    (_VOWEL, "aeiouy"), (B, "bfpv"), (T, ""), (K, "q"), (S, "szj"), (R, "rl"), (_KS, "x"), (_CONTEXT, "wnmtdcgkh"),
):  # fmt: skip
    LETTERS[[ord(_letter) for _letter in _spelled]] = _sound_of


@njit(cache=True, nogil=True)
def _nasal(c, after, beyond):  # type: ignore[no-untyped-def]
    """N and m: ng is n unless a vowel follows, m before b and p is n."""
    if c == _m:
        return (N if after in (_b, _p) else M), 1
    return N, 2 if after == _g and LETTERS[beyond] != _VOWEL else 1


@njit(cache=True, nogil=True)
def _dental(after, beyond):  # type: ignore[no-untyped-def]
    """T and d: th is t; ts, dz, dj, tch are s."""
    if after == _h:
        return T, 2
    if LETTERS[after] == S:
        return S, 2
    return (S, 3) if after == _c and beyond == _h else (T, 1)


@njit(cache=True, nogil=True)
def _guttural(c, after, beyond, first, latin, second):  # type: ignore[no-untyped-def]
    """c, g and k, which are read by what follows; kh is h."""
    front = latin and after in (_e, _i, _y)
    if after != _h:
        soft = front and (c == _c or (c == _g and not second))
        return (S if soft else K), 2 if c == _c and after == _k else 1
    if c == _c:
        return (K if latin and (second or LETTERS[beyond] == R) else S), 2
    if c == _g:
        return (0 if latin and not first and LETTERS[beyond] != _VOWEL else K), 2
    return (H if first else 0), 2


@njit(cache=True, nogil=True)
def _sound(s, i, n, latin, second):  # type: ignore[no-untyped-def]  # noqa: PLR0911 - a case a letter
    """The sound at letter i (0: none), and the letters it takes."""
    c = s[i]
    plain = LETTERS[c]
    after = s[i + 1] if i + 1 < n else np.uint8(0)
    beyond = s[i + 2] if i + 2 < n else np.uint8(0)
    if plain == _VOWEL:
        return (A if i == 0 else 0), 1
    if plain != _CONTEXT:
        return plain, 2 if after == _h and plain in (B, S) else 1
    if c in (_n, _m):
        return _nasal(c, after, beyond)
    if c in (_t, _d):
        return _dental(after, beyond)
    if c == _w:
        return (B if second else A if i == 0 else 0), 1
    if c == _h:
        return (H if i == 0 else 0), 1
    return _guttural(c, after, beyond, i == 0, latin, second)


@njit(cache=True, nogil=True, inline="always")
def skeleton(s, n, latin, variant):  # type: ignore[no-untyped-def]
    """The skeleton of n letters a-z as a decimal number, and its length.

    Args:
        s: Letters.
        n: How many.
        latin: Whether they are spelled as in Latin script, not transliterated.
        variant: 0, 1 (w sounds, g and ch are hard), 2 (r is silent before a consonant and at the end).
    """
    value, length, before, i = np.uint64(0), 0, 0, 0
    while i < n and length < MOST:
        sound, taken = _sound(s, i, n, latin, variant == 1)
        if variant == 2 and s[i] == _r and (i + 1 >= n or LETTERS[s[i + 1]] != _VOWEL):
            sound = 0
        i += taken
        if sound == 0:
            # A vowel parts like sounds (Nina is NN); a silent h or w does not.
            if LETTERS[s[i - taken]] == _VOWEL:
                before = 0
            continue
        if sound == _KS:
            if before != K:
                value, length = value * np.uint64(10) + np.uint64(K), length + 1
            sound = S
            before = K
        if sound != before:
            value, length = value * np.uint64(10) + np.uint64(sound), length + 1
        before = sound
    return value, length


@njit(cache=True, nogil=True, inline="always")
def spell(points, first, last, sound_from, sounds, out):  # type: ignore[no-untyped-def]
    """Write the sounds of points[first:last] to out; returns how many letters, and whether a w is among them.

    Two vavs in a row are the consonant, one may be a vowel: קוואנו is Kavanaugh.
    """
    n, has_w, i = 0, False, first
    while i < last:
        point = points[i]
        i += 1
        if point == _VAV and i < last and points[i] == _VAV and n < len(out):
            out[n] = _v
            n, i = n + 1, i + 1
            continue
        for j in range(sound_from[point], sound_from[point + 1]):
            if n == len(out):
                return n, has_w
            out[n] = sounds[j]
            has_w |= sounds[j] == _w
            n += 1
    return n, has_w
