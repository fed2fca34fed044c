"""The words of texts on disk while pairs are verified: written once as they come, read in blocks of related pairs.

At 4 bytes a word a million documents of 400 words take 1.6 GB: too much to hold, and cheap to write and to map. The
file has no name, so that nothing is left of it whatever ends the process.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
from numba import njit

from syndetect.schema import F32, I64, U32
from syndetect.verify.overlap import Texts

BLOCK_WORDS = 2_000_000
"""Words compared at a time: with their hashes some 40 MB."""
TEXTS_AT_A_TIME = 512
"""Texts read before the file's pages are given back: the system maps 64 kB around each word that is touched."""


@njit(cache=True, nogil=True)
def _gather(words, begins, bounds, out):  # type: ignore[no-untyped-def]
    for i in range(len(begins)):
        n = bounds[i + 1] - bounds[i]
        out[bounds[i] : bounds[i + 1]] = words[begins[i] : begins[i] + n]


class Spool:
    """Words of texts that are numbered in the order they come. Use as a context, or close it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close()
        self._lengths: list[I64] = []
        self._per_token: list[F32] = []

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def append(self, texts: Texts) -> None:
        """Take the words of the next texts."""
        self._file.write(np.ascontiguousarray(texts.words).data)
        self._lengths.append(np.diff(texts.offsets))
        self._per_token.append(texts.per_token)

    def blocks(self, left: I64, right: I64) -> Iterator[tuple[I64, Texts, I64, I64]]:
        """Cut pairs into blocks that fit into memory, texts that hang together into the same.

        Args:
            left: Number of the one text of each pair.
            right: Number of the other.

        Yields:
            The places of some pairs; the words of their texts; rows in them of the left and the right texts.
        """
        lengths = np.concatenate([np.zeros(0, np.int64), *self._lengths])
        per_token = np.concatenate([np.zeros(0, np.float32), *self._per_token])
        begins = np.cumsum(lengths) - lengths
        order, sizes = _by_component(left, right, lengths)
        words = _Mapped(self._file)
        for part in _cuts(sizes[order]):
            places = order[part]
            texts, rows = np.unique(np.concatenate([left[places], right[places]]), return_inverse=True)
            bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[texts])])
            held = np.empty(bounds[-1], np.uint32)
            for at in range(0, len(texts), TEXTS_AT_A_TIME):
                cut = slice(at, at + TEXTS_AT_A_TIME)
                _gather(words.array, begins[texts[cut]], bounds[at : at + TEXTS_AT_A_TIME + 1], held)
                words.let_go()
            yield places, Texts(held, bounds, per_token[texts]), rows[: len(places)], rows[len(places) :]


def _by_component(left: I64, right: I64, lengths: I64) -> tuple[I64, I64]:
    """An order of pairs in which those of a component stand together, and the words each pair brings at most."""
    # Imported here: it takes a quarter of a second, and who compares one page needs no blocks.
    from scipy.sparse import coo_matrix  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    texts, rows = np.unique(np.concatenate([left, right]), return_inverse=True)
    a, b = rows[: len(left)], rows[len(left) :]
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(len(texts), len(texts)))
    labels = connected_components(graph, directed=False)[1]
    order = np.lexsort((right, left, labels[a]))
    # A text that stands in several pairs in a row is counted once.
    new = np.ones(len(left), np.bool_)
    new[order[1:]] = left[order[1:]] != left[order[:-1]]
    return order, lengths[right] + np.where(new, lengths[left], 0)


def _cuts(sizes: I64) -> Iterator[slice]:
    """Slices of at most BLOCK_WORDS, or of one pair that is larger."""
    ends, begin = np.cumsum(sizes), 0
    while begin < len(sizes):
        before = ends[begin - 1] if begin else 0
        end = max(int(np.searchsorted(ends, before + BLOCK_WORDS, side="right")), begin + 1)
        yield slice(begin, end)
        begin = end


class _Mapped:
    """A file as an array whose pages can be given back; they count as memory of the process while they are held."""

    def __init__(self, file: IO[bytes]) -> None:
        file.flush()
        # An empty file can't be mapped.
        self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else None
        self.array: U32 = np.empty(0, np.uint32) if self._map is None else np.frombuffer(self._map, np.uint32)

    def let_go(self) -> None:
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
