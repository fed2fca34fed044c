"""Text -> shingles -> MinHash signatures, band keys and fingerprints; compiled.

A shingle is `shingle_words` words in a row. A *signature* holds, for each permutation, the least permuted shingle hash:
the share of equal values estimates the Jaccard similarity of two texts. The permutations are those of datasketch's
`affine32` scheme, so a signature is a `LeanMinHash` that datasketch loads, compares and indexes. *Band keys* hash the
signature four values at a time. *Fingerprints* are a sample of the shingles themselves, dense enough that any longer
passage two texts share holds a common one: they find excerpts, whose Jaccard is small.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numba import njit

from syndetect.errors import SettingsError
from syndetect.schema import I64, U32, U64
from syndetect.text import Words, mix, ranges, split_words

if TYPE_CHECKING:
    from datasketch import LeanMinHash

SCHEME = "affine32"
SEED = 1
"""datasketch's default seed; with its scheme it names the permutations."""


@dataclass(frozen=True)
class Signatures:
    """Signatures of a batch.

    `minhash` is (n_documents, n_permutations). The fingerprints of document i are
    `fingerprints[offsets[i]:offsets[i + 1]]`, in the order of its text, a repeated shingle as often as it stands there.
    """

    minhash: U32
    n_shingles: U32
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


@njit(cache=True, nogil=True)
def shingle_hash(hashes, at, width):  # type: ignore[no-untyped-def]
    """Hash `width` words from `at` on; the order of the words matters."""
    h = np.uint64(width)
    for j in range(at, at + width):
        h = (h ^ hashes[j]) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(31)
    return mix(h)


@njit(cache=True, nogil=True)
def _sign(hashes, offsets, width, a, b, minhash, n_shingles):  # type: ignore[no-untyped-def]
    n_permutations = len(a)
    least = np.empty(n_permutations, np.uint32)
    for doc in range(len(offsets) - 1):
        first, n = offsets[doc], offsets[doc + 1] - offsets[doc]
        take = min(width, n)
        count = n - take + 1 if n > 0 else 0
        least[:] = np.uint32(0xFFFFFFFF)
        for i in range(count):
            # The top half of the shingle hash, mixed as datasketch mixes what its hash function returns.
            h = np.uint32(shingle_hash(hashes, first + i, take) >> np.uint64(32))
            # numba widens products of 32 bits to 64, hence the casts.
            h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            h = np.uint32(h ^ (h >> np.uint32(16)))
            for p in range(n_permutations):
                value = np.uint32(a[p] * h + b[p])
                least[p] = min(least[p], value)
        minhash[doc, :] = least
        n_shingles[doc] = count


@njit(cache=True, nogil=True)
def _sample(hashes, offsets, width, one_in, longest_gap, out, counts):  # type: ignore[no-untyped-def]
    """Keep each shingle whose hash divides by `one_in`, and of each run of `longest_gap` without one its least."""
    at = 0
    for doc in range(len(offsets) - 1):
        first, n, begin = offsets[doc], offsets[doc + 1] - offsets[doc], at
        take = min(width, n)
        count = n - take + 1 if n > 0 else 0
        gap, least = 0, np.uint64(0xFFFFFFFFFFFFFFFF)
        for i in range(count):
            h = shingle_hash(hashes, first + i, take)
            if h % np.uint64(one_in) == 0:
                out[at] = h
                at += 1
                gap, least = 0, np.uint64(0xFFFFFFFFFFFFFFFF)
                continue
            least = min(least, h)
            gap += 1
            if gap == longest_gap:
                out[at] = least
                at += 1
                gap, least = 0, np.uint64(0xFFFFFFFFFFFFFFFF)
        if count > 0 and at == begin:
            out[at] = least
            at += 1
        counts[doc] = at - begin
    return at


def _sign_range(words: Words, part: tuple[int, int], *, shingle_words: int, n_permutations: int, one_in: int,
                longest_gap: int) -> tuple[U32, U32, U64, I64]:  # fmt: skip
    offsets = words.offsets[part[0] : part[1] + 1]
    n = len(offsets) - 1
    a, b = permutations(n_permutations)
    minhash, n_shingles = np.empty((n, n_permutations), np.uint32), np.zeros(n, np.uint32)
    _sign(words.hashes, offsets, shingle_words, a, b, minhash, n_shingles)
    room, counts = np.empty(int(offsets[-1] - offsets[0]) + n + 1, np.uint64), np.zeros(n, np.int64)
    used = _sample(words.hashes, offsets, shingle_words, one_in, longest_gap, room, counts)
    return minhash, n_shingles, room[:used].copy(), counts


def sign(
    words: Words,
    *,
    shingle_words: int = 5,
    n_permutations: int = 128,
    one_in: int = 8,
    longest_gap: int = 24,
    threads: int = 1,
) -> Signatures:
    """Sign each document of a batch.

    Args:
        words: The words, from `text.split_words`.
        shingle_words: Words a shingle; a shorter text is one shingle.
        n_permutations: Values a signature.
        one_in: A shingle in this many is a fingerprint.
        longest_gap: A run of this many shingles without a fingerprint gives its least hash, so that no passage is bare.
            Two texts that share 60 words share two fingerprints in over 99% of cases (a test).
        threads: Kernels run side by side; the answer is the same.

    Returns:
        The signatures; an empty text has the signature that datasketch gives the empty set.
    """
    parts = ranges(len(words.offsets) - 1, least=256, threads=threads)
    with ThreadPoolExecutor(len(parts)) as pool:
        done = list(
            pool.map(
                lambda part: _sign_range(
                    words, part, shingle_words=shingle_words, n_permutations=n_permutations, one_in=one_in,
                    longest_gap=longest_gap,
                ),
                parts,
            )
        )  # fmt: skip
    counts = np.concatenate([part[3] for part in done])
    return Signatures(
        minhash=np.concatenate([part[0] for part in done]),
        n_shingles=np.concatenate([part[1] for part in done]),
        fingerprints=np.concatenate([part[2] for part in done]),
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
    )


@njit(cache=True, nogil=True)
def _band_keys(minhash, rows, keys):  # type: ignore[no-untyped-def]
    for doc in range(minhash.shape[0]):
        for band in range(keys.shape[1]):
            h = np.uint64(band + 1)
            for row in range(band * rows, (band + 1) * rows):
                h = (h ^ np.uint64(minhash[doc, row])) * np.uint64(0x9E3779B97F4A7C15)
                h ^= h >> np.uint64(29)
            keys[doc, band] = mix(h)


def band_keys(signatures: U32, n_bands: int) -> U64:
    """Hash each band of each signature to one 64-bit key.

    With b bands of r rows, a pair of similarity s shares a key with probability 1 - (1 - s**r)**b.

    Args:
        signatures: (n_documents, n_permutations) MinHash values.
        n_bands: Number of bands; must divide n_permutations.

    Returns:
        (n_documents, n_bands) keys; the band number is part of the hash.

    Raises:
        SettingsError: `bands-divide`, if n_bands does not divide n_permutations.

    Source:
        Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4.
    """
    n_documents, n_permutations = signatures.shape
    if n_bands < 1 or n_permutations % n_bands:
        fitting = [n for n in range(1, n_permutations + 1) if n_permutations % n == 0]
        raise SettingsError(
            f"bands = {n_bands} does not divide permutations = {n_permutations}; choose one of {fitting}",
            slug="bands-divide",
        )
    keys = np.empty((n_documents, n_bands), np.uint64)
    _band_keys(signatures, n_permutations // n_bands, keys)
    return keys


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
    words = split_words(pl.Series([text], dtype=pl.String))
    return lean_minhash(sign(words, shingle_words=shingle_words, n_permutations=permutations).minhash[0])
