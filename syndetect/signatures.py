"""Text -> shingles -> MinHash signatures, band keys and fingerprints; one compiled pass a document.

A shingle is `shingle_words` words in a row, or the characters that count for as many. A *signature* holds, for each
permutation, the least permuted shingle hash: the share of equal values estimates the Jaccard similarity of two texts.
The permutations are those of datasketch's `affine32` scheme, so a signature is a `LeanMinHash` that datasketch loads,
compares and indexes. *Band keys* hash the signature a few values at a time, to 32 bits: what collides by chance is
found out when pairs are verified. *Fingerprints* are a sample of the shingles themselves, 40 bits each, dense enough
that any longer passage two texts share holds a common one: they find excerpts, whose Jaccard is small.

A document goes through all steps while its words are in the processor's cache; of a text nothing is kept but numbers.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit

from syndetect.errors import SettingsError
from syndetect.schema import F32, I32, I64, U8, U32, U64
from syndetect.text import (
    GOLDEN,
    SHARES,
    WORD,
    folding,
    mix,
    ranges,
    room_for_words,
    share_of_words,
    split_document,
    string_buffers,
)

if TYPE_CHECKING:
    from datasketch import LeanMinHash

SCHEME = "affine32"
SEED = 1
"""datasketch's default seed; with its scheme it names the permutations."""
LONGEST_GAP = 24
"""A run of this many shingles without a fingerprint gives its least, so that no passage is bare."""
_SAMPLE_BITS = np.uint64(24)
_SAMPLE_MASK = np.uint64((1 << 24) - 1)
"""The low bits of a shingle hash say whether it is sampled, the 40 above them are the fingerprint."""
_FACTORS = np.array([pow(0xD1342543DE82EF95, n + 1, 1 << 64) for n in range(92)], np.uint64)
"""Odd multipliers: for the length, then one for each place in a shingle, which has at most 20 words of five tokens."""


@dataclass(frozen=True)
class Signed:
    """A batch of texts as numbers; one row a document.

    `n_words` counts words, one-character words at their share `per_token`; `text_keys` hash the words in their order,
    so that equal texts have equal keys. `minhash` is (n_documents, n_permutations), `bands` (n_documents, n_bands). The
    words of document i are `words[word_offsets[i]:word_offsets[i + 1]]`, 32 bits each; its fingerprints
    `fingerprints[offsets[i]:offsets[i + 1]]`, in the order of its text, a repeated shingle as often as it stands there.
    """

    n_words: I32
    per_token: F32
    text_keys: U64
    n_shingles: U32
    minhash: U32
    bands: U32
    words: U32
    word_offsets: I64
    fingerprints: U64
    offsets: I64


def permutations(n_permutations: int) -> tuple[U32, U32]:
    """The multipliers (odd) and summands of datasketch's affine32 permutations.

    Source:
        datasketch 2.0, `MinHash._init_permutations`; a test compares them.
    """
    generator = np.random.RandomState(SEED)
    a = generator.randint(0, 1 << 31, n_permutations, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, n_permutations, dtype=np.uint32)
    return a, b


@njit(cache=True, nogil=True, inline="always")
def shingle_hash(hashes, at, width):  # type: ignore[no-untyped-def]
    """Hash `width` tokens from `at` on; the order of the tokens matters."""
    h = np.uint64(width) * _FACTORS[0]
    for j in range(width):
        h += np.uint64(hashes[at + j]) * _FACTORS[1 + j]
    return mix(h)


@njit(cache=True, nogil=True, inline="always")
def _share(word, shift):  # type: ignore[no-untyped-def]
    return SHARES[np.int64((np.uint64(word) >> np.uint64(shift)) & np.uint64(7))]


@njit(cache=True, nogil=True)
def _plain_hashes(hashes, n, width, out):  # type: ignore[no-untyped-def]
    """`shingle_hashes` of words of letters: place by place in the shingle, so that several are done at once."""
    take = min(width, n)
    count = n - take + 1 if n > 0 else 0
    out[:count] = np.uint64(take) * _FACTORS[0]
    for j in range(take):
        factor = _FACTORS[1 + j]
        for i in range(count):
            out[i] += np.uint64(hashes[i + j]) * factor
    for i in range(count):
        out[i] = mix(out[i])
    return count


@njit(cache=True, nogil=True)
def shingle_hashes(hashes, n, width, shift, out):  # type: ignore[no-untyped-def]
    """The hash of the shingle that starts at each place of hashes[:n], into out; how many there are.

    A shingle is as many tokens as count for `width` words: five words of letters, nine Chinese characters, 21 Thai
    ones. Five characters of a script without spaces stand in every other text. A text too short is one shingle.

    Args:
        hashes: Words, 64 bits or 32.
        n: How many.
        width: Words a shingle.
        shift: Where in a hash the class of its word stands.
        out: Room for n hashes.
    """
    classes = np.uint64(0)
    for i in range(n):
        classes |= np.uint64(hashes[i])
    if (classes >> np.uint64(shift)) & np.uint64(7) == 0:
        return _plain_hashes(hashes, n, width, out)
    end, counted, count = 0, 0, 0
    for i in range(n):
        while end < n and counted < width * WORD:
            counted += _share(hashes[end], shift)
            end += 1
        if counted < width * WORD and i > 0:
            break
        out[i] = shingle_hash(hashes, i, end - i)
        count += 1
        counted -= _share(hashes[i], shift)
    return count


@njit(cache=True, nogil=True, inline="always")
def _spread(shingle):  # type: ignore[no-untyped-def]
    """The top half of a shingle hash, mixed as datasketch mixes what its hash function returns."""
    # numba widens products of 32 bits to 64, hence the casts.
    h = np.uint32(shingle >> np.uint64(32))
    h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(h ^ (h >> np.uint32(16)))


@njit(cache=True, nogil=True)
def _least(shingles, count, a, b, least):  # type: ignore[no-untyped-def]
    """The least permuted hash of shingles[:count] for each permutation.

    Four shingles a round halve what goes into loading and storing.
    """
    least[:] = np.uint32(0xFFFFFFFF)
    whole = count - count % 4
    for i in range(0, whole, 4):
        h0, h1, h2, h3 = (
            _spread(shingles[i]),
            _spread(shingles[i + 1]),
            _spread(shingles[i + 2]),
            _spread(shingles[i + 3]),
        )
        for p in range(len(a)):
            v0, v1 = np.uint32(a[p] * h0 + b[p]), np.uint32(a[p] * h1 + b[p])
            v2, v3 = np.uint32(a[p] * h2 + b[p]), np.uint32(a[p] * h3 + b[p])
            least[p] = min(least[p], v0, v1, v2, v3)
    for i in range(whole, count):
        h = _spread(shingles[i])
        for p in range(len(a)):
            least[p] = min(least[p], np.uint32(a[p] * h + b[p]))


@njit(cache=True, nogil=True)
def _sample(shingles, count, one_in, longest_gap, out, at):  # type: ignore[no-untyped-def]
    """Keep one shingle in `one_in`, by its low bits, and of each run of `longest_gap` without one its least."""
    limit, begin = (_SAMPLE_MASK + np.uint64(1)) // np.uint64(one_in), at
    gap, least, kept = 0, _SAMPLE_MASK + np.uint64(1), np.uint64(0)
    for i in range(count):
        low = shingles[i] & _SAMPLE_MASK
        if low < least:
            least, kept = low, shingles[i]
        gap += 1
        if low < limit or gap == longest_gap:
            out[at] = kept >> _SAMPLE_BITS
            at += 1
            gap, least = 0, _SAMPLE_MASK + np.uint64(1)
    if count > 0 and at == begin:
        out[at] = kept >> _SAMPLE_BITS
        at += 1
    return at


@njit(cache=True, nogil=True)
def _band_keys(least, keys):  # type: ignore[no-untyped-def]
    rows = len(least) // len(keys)
    for band in range(len(keys)):
        h = np.uint64(band + 1)
        for row in range(band * rows, (band + 1) * rows):
            h = (h ^ np.uint64(least[row])) * GOLDEN
            h ^= h >> np.uint64(29)
        keys[band] = np.uint32(mix(h) >> np.uint64(32))


@njit(cache=True, nogil=True)
def _sign(data, offsets, folding, width, a, b, one_in, longest_gap, minhash, bands, counts, keys, words, prints):  # type: ignore[no-untyped-def]
    """Sign data[offsets[i]:offsets[i + 1]]; counts: tokens, hundredths of words, shingles, fingerprints a document."""
    longest = 0
    for doc in range(len(offsets) - 1):
        longest = max(longest, offsets[doc + 1] - offsets[doc])
    room = longest * 4 // 3 + 2
    hashes, shingles = np.empty(room, np.uint64), np.empty(room, np.uint64)
    nowhere = np.empty(0, np.uint32)
    at_word, at_print = 0, 0
    for doc in range(len(offsets) - 1):
        n, counted = split_document(data, offsets[doc], offsets[doc + 1], folding, hashes, nowhere, nowhere, 0)
        # A sum of words that are mixed with their places: unlike a chain it is done several words at a time.
        key = np.uint64(n)
        for i in range(n):
            words[at_word + i] = np.uint32(hashes[i] >> np.uint64(32))
            key += mix(hashes[i] + np.uint64(i) * GOLDEN)
        at_word += n
        keys[doc] = mix(key)
        count = shingle_hashes(hashes, n, width, 32, shingles)
        _least(shingles, count, a, b, minhash[doc])
        _band_keys(minhash[doc], bands[doc])
        before = at_print
        if one_in > 0:
            at_print = _sample(shingles, count, one_in, longest_gap, prints, at_print)
        counts[doc, 0], counts[doc, 1], counts[doc, 2], counts[doc, 3] = n, counted, count, at_print - before
    return at_word, at_print


def _sign_part(
    data: U8, offsets: I64, *, shingle_words: int, n_permutations: int, n_bands: int, one_in: int
) -> tuple[U32, U32, I64, U64, U32, U64]:
    n = len(offsets) - 1
    room = room_for_words(int(offsets[-1] - offsets[0]), n)
    a, b = permutations(n_permutations)
    minhash, bands = np.empty((n, n_permutations), np.uint32), np.empty((n, n_bands), np.uint32)
    counts, keys = np.zeros((n, 4), np.int64), np.empty(n, np.uint64)
    words, prints = np.empty(room, np.uint32), np.empty(room if one_in else 0, np.uint64)
    n_words, n_prints = _sign(
        data,
        offsets,
        folding(),
        shingle_words,
        a,
        b,
        one_in,
        LONGEST_GAP,
        minhash,
        bands,
        counts,
        keys,
        words,
        prints,
    )
    return minhash, bands, counts, keys, words[:n_words], prints[:n_prints]


def sign_texts(
    column: pl.Series | pa.Array,
    *,
    shingle_words: int = 5,
    n_permutations: int = 128,
    n_bands: int = 32,
    one_in: int = 8,
    threads: int = 1,
) -> Signed:
    """Sign a column of texts.

    Args:
        column: The texts; NULL counts as empty.
        shingle_words: Words a shingle; a shorter text is one shingle. At most 20.
        n_permutations: Values a signature.
        n_bands: Number of bands; must divide n_permutations.
        one_in: A shingle in this many is a fingerprint, and the least of each run of LONGEST_GAP without one: two texts
            that share 60 words share two fingerprints in over 99% of cases (a test). 0 for no fingerprints.
        threads: Kernels run side by side; the answer is the same.

    Returns:
        The signatures; an empty text has the one that datasketch gives the empty set.

    Raises:
        SettingsError: `bands-divide`, if n_bands does not divide n_permutations.
    """
    if n_bands < 1 or n_permutations % n_bands:
        fitting = [n for n in range(1, n_permutations + 1) if n_permutations % n == 0]
        raise SettingsError(
            f"bands = {n_bands} does not divide permutations = {n_permutations}; choose one of {fitting}",
            slug="bands-divide",
        )
    data, offsets = string_buffers(column)

    def work(part: tuple[int, int]) -> tuple[U32, U32, I64, U64, U32, U64]:
        return _sign_part(
            data, offsets[part[0] : part[1] + 1], shingle_words=shingle_words, n_permutations=n_permutations,
            n_bands=n_bands, one_in=one_in,
        )  # fmt: skip

    parts = ranges(len(column), least=256, threads=threads)
    if len(parts) == 1:
        done = [work(parts[0])]
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            done = list(pool.map(work, parts))
    # One part is taken as it is: copying the words would take a tenth of the time.
    together = done[0] if len(done) == 1 else tuple(np.concatenate(part) for part in zip(*done, strict=True))
    minhash, bands, counts, keys, words, prints = together
    bounds = np.zeros((2, len(column) + 1), np.int64)
    np.cumsum(counts[:, [0, 3]].T, axis=1, out=bounds[:, 1:])
    per_token = share_of_words(counts[:, 0], counts[:, 1])
    return Signed(
        n_words=np.rint(counts[:, 0] * per_token).astype(np.int32), per_token=per_token, text_keys=keys,
        n_shingles=counts[:, 2].astype(np.uint32), minhash=minhash, bands=bands, words=words, word_offsets=bounds[0],
        fingerprints=prints, offsets=bounds[1],
    )  # fmt: skip


def lean_minhash(signature: U32) -> LeanMinHash:
    """One signature, (n_permutations,), as datasketch's LeanMinHash."""
    from datasketch import LeanMinHash  # noqa: PLC0415 - it imports scipy, which takes most of a second

    return LeanMinHash(seed=SEED, hashvalues=signature, scheme=SCHEME)


def signature(text: str, *, shingle_words: int = 5, permutations: int = 128) -> LeanMinHash:
    """Sign a text of your own as the texts of a store are signed, to ask `Archive.lsh` with it.

    Args:
        text: Any text; case and punctuation do not matter.
        shingle_words: The setting that the store was made with.
        permutations: The same.
    """
    signed = sign_texts(
        pl.Series([text], dtype=pl.String),
        shingle_words=shingle_words,
        n_permutations=permutations,
        n_bands=1,
        one_in=0,
    )
    return lean_minhash(signed.minhash[0])
