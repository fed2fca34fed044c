"""Candidate pairs, judged on the full texts: exact Jaccard, containment both ways, aligned passages; compiled.

Every candidate is checked, so nothing is reported on the word of a signature. Two texts are *the same* (a copy of one
another, whole or in part) when their shingle sets are alike, or when passages that stand in both in the same words
are long enough that neither chance nor a stock sentence explains them. What comes near is *unsure*.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import F32, F64, I32, I64, JUDGED_PAIR, U64
from syndetect.signatures import shingle_hash
from syndetect.text import Words, ranges

SEED_WORDS = 3
"""Words in a row that must be equal for an alignment to start or go on."""
LONGEST_GAP = 8
"""Words that may differ inside a passage."""
LEAST_BLOCK = 8
"""A passage of fewer equal words is chance."""
N_SPANS = 4
"""Passages kept a pair, the longest ones."""


@dataclass(frozen=True)
class Overlap:
    """What pairs of texts share; one row a pair.

    `jaccard`, `left_containment`, `right_containment` are of shingle sets. `left_matched` counts the words of the left
    text that stand in aligned passages, each once, `right_matched` those of the right; `longest` is the longest
    passage. All are in words, one-character words at their share. `left_words` and `right_words` are the lengths.
    `spans` is (n, N_SPANS, 4): left from, left to, right from, right to, in tokens; -1 where there is none.
    """

    jaccard: F64
    left_containment: F64
    right_containment: F64
    left_matched: F32
    right_matched: F32
    longest: F32
    left_words: F32
    right_words: F32
    spans: I32


@njit(cache=True, nogil=True, inline="always")
def _slot(table, value, mask):  # type: ignore[no-untyped-def]
    at = np.int64(value & mask)
    while table[at] != 0 and table[at] != value:
        at = (at + 1) & np.int64(mask)
    return at


@njit(cache=True, nogil=True)
def _shared_shingles(hashes, a0, a1, b0, b1, width, table, in_b):  # type: ignore[no-untyped-def]
    """Distinct shingles of a, of b, and of both, by one hash set; 0 stands for an empty slot."""
    mask = np.uint64(len(table) - 1)
    table[:] = 0
    in_b[:] = 0
    n_a, n_b, both = 0, 0, 0
    take = min(width, a1 - a0)
    for i in range(a0, a1 - take + 1 if a1 > a0 else a0):
        h = shingle_hash(hashes, i, take) | np.uint64(1)
        at = _slot(table, h, mask)
        if table[at] == 0:
            table[at] = h
            n_a += 1
    take = min(width, b1 - b0)
    for i in range(b0, b1 - take + 1 if b1 > b0 else b0):
        h = shingle_hash(hashes, i, take) | np.uint64(1)
        at = _slot(table, h, mask)
        if table[at] == 0:
            table[at] = h
            in_b[at] = 1
            n_b += 1
        elif in_b[at] == 0:
            in_b[at] = 2
            both += 1
            n_b += 1
    return n_a, n_b, both


@njit(cache=True, nogil=True)
def _next_seed(hashes, a0, a1, b1, i, j, table, heads, nexts, mask):  # type: ignore[no-untyped-def]
    """The first place from (i, j) on, at most LONGEST_GAP words on in both, where SEED_WORDS words are equal."""
    for step in range(LONGEST_GAP + 1):
        if j + step + SEED_WORDS > b1:
            break
        h = shingle_hash(hashes, j + step, SEED_WORDS) | np.uint64(1)
        at = _slot(table, h, mask)
        if table[at] == 0:
            continue
        place = heads[at]
        while place >= 0:
            here = a0 + place
            if here - i > LONGEST_GAP:
                break
            if here >= i:
                return here, j + step
            place = nexts[place]
    return np.int64(-1), np.int64(-1)


@njit(cache=True, nogil=True)
def _follow(hashes, a0, a1, b1, i, j, table, heads, nexts, mask, seen):  # type: ignore[no-untyped-def]
    """Follow a passage from (i, j): words equal on the way, those of a not `seen` before, where it ends in both."""
    equal, fresh, i_end, j_end = 0, 0, i, j
    while i >= 0:
        while i < a1 and j < b1 and hashes[i] == hashes[j]:
            if len(seen) and seen[i - a0] == 0:
                seen[i - a0] = 1
                fresh += 1
            i, j, equal = i + 1, j + 1, equal + 1
        i_end, j_end = i, j
        i, j = _next_seed(hashes, a0, a1, b1, i, j, table, heads, nexts, mask)
    return equal, fresh, i_end, j_end


@njit(cache=True, nogil=True)
def _keep_span(spans, lengths, equal, a_from, a_to, b_from, b_to):  # type: ignore[no-untyped-def]
    worst = 0
    for s in range(1, len(lengths)):
        if lengths[s] < lengths[worst]:
            worst = s
    if equal > lengths[worst]:
        lengths[worst] = equal
        spans[worst, 0], spans[worst, 1], spans[worst, 2], spans[worst, 3] = a_from, a_to, b_from, b_to


@njit(cache=True, nogil=True)
def _index_seeds(hashes, a0, a1, table, heads, nexts, mask):  # type: ignore[no-untyped-def]
    """File where each seed of a stands; filled from the end, so that each chain of equal seeds runs forward."""
    for i in range(a1 - SEED_WORDS, a0 - 1, -1):
        h = shingle_hash(hashes, i, SEED_WORDS) | np.uint64(1)
        at = _slot(table, h, mask)
        table[at] = h
        nexts[i - a0] = heads[at]
        heads[at] = i - a0


@njit(cache=True, nogil=True)
def _place_from(least, place, nexts):  # type: ignore[no-untyped-def]
    """Of the places of a seed the first from `least` on, else the first: copies keep the order of their source."""
    first = place
    while place >= 0:
        if place >= least:
            return place
        place = nexts[place]
    return first


@njit(cache=True, nogil=True)
def _align(hashes, a0, a1, b0, b1, table, heads, nexts, seen, spans):  # type: ignore[no-untyped-def]
    """Passages of b that stand in a, left to right in b: words of a and of b in them, each once, and the longest."""
    mask = np.uint64(len(table) - 1)
    table[:] = 0
    heads[:] = -1
    seen[:] = 0
    unmarked = seen[:0]
    lengths = np.zeros(len(spans), np.int64)
    _index_seeds(hashes, a0, a1, table, heads, nexts, mask)
    of_a, of_b, longest, j, last_a = 0, 0, 0, b0, a0
    while j + SEED_WORDS <= b1:
        h = shingle_hash(hashes, j, SEED_WORDS) | np.uint64(1)
        at = _slot(table, h, mask)
        if table[at] == 0:
            j += 1
            continue
        chosen = _place_from(last_a - a0, heads[at], nexts)
        start = a0 + chosen
        equal, _, i_end, j_end = _follow(hashes, a0, a1, b1, start, j, table, heads, nexts, mask, unmarked)
        if equal < LEAST_BLOCK:
            j += 1
            continue
        _keep_span(spans, lengths, equal, chosen, i_end - a0, j - b0, j_end - b0)
        # A passage of a may stand in b several times: its words are counted when they are first met.
        of_a += _follow(hashes, a0, a1, b1, start, j, table, heads, nexts, mask, seen)[1]
        of_b += equal
        longest = max(longest, equal)
        last_a, j = i_end, j_end
    return of_a, of_b, longest


@njit(cache=True, nogil=True)
def _is_first(hashes, a0, a1, b0, b1):  # type: ignore[no-untyped-def]
    """Whether a is the one that passages are looked up in: the longer; of equals the one with the smaller words."""
    if a1 - a0 != b1 - b0:
        return a1 - a0 > b1 - b0
    for k in range(a1 - a0):
        if hashes[a0 + k] != hashes[b0 + k]:
            return hashes[a0 + k] < hashes[b0 + k]
    return True


@njit(cache=True, nogil=True)
def _compare(hashes, offsets, left, right, width, counts, aligned, spans):  # type: ignore[no-untyped-def]
    most = 0
    for p in range(len(left)):
        both = offsets[left[p] + 1] - offsets[left[p]] + offsets[right[p] + 1] - offsets[right[p]]
        most = max(most, both)
    size = 16
    while size < 2 * most:
        size *= 2
    table, in_b, heads = np.empty(size, np.uint64), np.empty(size, np.uint8), np.empty(size, np.int64)
    nexts, seen = np.empty(most + 1, np.int64), np.empty(most + 1, np.uint8)
    for p in range(len(left)):
        a0, a1 = offsets[left[p]], offsets[left[p] + 1]
        b0, b1 = offsets[right[p]], offsets[right[p] + 1]
        # As little of the tables as this pair needs: clearing them is most of the cost of short texts.
        size = 16
        while size < 2 * (a1 - a0 + b1 - b0):
            size *= 2
        n_a, n_b, both = _shared_shingles(hashes, a0, a1, b0, b1, width, table[:size], in_b[:size])
        counts[p, 0], counts[p, 1], counts[p, 2] = n_a, n_b, both
        # What is found must not depend on which of the two is called left.
        swap = not _is_first(hashes, a0, a1, b0, b1)
        if swap:
            a0, a1, b0, b1 = b0, b1, a0, a1
        marks = seen[: a1 - a0]
        of_a, of_b, longest = _align(hashes, a0, a1, b0, b1, table[:size], heads[:size], nexts, marks, spans[p])
        aligned[p, 0], aligned[p, 1], aligned[p, 2] = of_a, of_b, longest
        if swap:
            aligned[p, 0], aligned[p, 1] = of_b, of_a
            for s in range(spans.shape[1]):
                for side in range(2):
                    kept = spans[p, s, side]
                    spans[p, s, side], spans[p, s, side + 2] = spans[p, s, side + 2], kept


def compare(words: Words, left: I64, right: I64, *, shingle_words: int = 5, threads: int = 1) -> Overlap:
    """Measure what pairs of texts share.

    Args:
        words: The words of the documents.
        left: Row in `words` of the one text of each pair.
        right: Row of the other.
        shingle_words: Words a shingle, as for the signatures.
        threads: Kernels run side by side; the answer is the same.
    """
    n = len(left)
    counts, aligned = np.zeros((n, 3), np.int64), np.zeros((n, 3), np.int64)
    spans = np.full((n, N_SPANS, 4), -1, np.int32)
    parts = ranges(n, least=64, threads=threads)

    def work(part: tuple[int, int]) -> None:
        cut = slice(*part)
        _compare(
            words.hashes, words.offsets, left[cut], right[cut], shingle_words, counts[cut], aligned[cut], spans[cut]
        )

    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(work, parts))
    lengths = np.diff(words.offsets).astype(np.float32)
    unit = np.minimum(words.per_token[left], words.per_token[right])
    either = np.maximum(counts[:, 0] + counts[:, 1] - counts[:, 2], 1)
    return Overlap(
        jaccard=counts[:, 2] / either,
        left_containment=counts[:, 2] / np.maximum(counts[:, 0], 1),
        right_containment=counts[:, 2] / np.maximum(counts[:, 1], 1),
        left_matched=(aligned[:, 0] * unit).astype(np.float32),
        right_matched=(aligned[:, 1] * unit).astype(np.float32),
        longest=(aligned[:, 2] * unit).astype(np.float32),
        left_words=lengths[left] * words.per_token[left],
        right_words=lengths[right] * words.per_token[right],
        spans=spans,
    )


def judge(
    ids: tuple[U64, U64],
    overlap: Overlap,
    *,
    least_jaccard: float = 0.7,
    least_passage: float = 40,
    least_cover: float = 0.35,
    high_cover: float = 0.6,
    few_words: float = 15,
    whole_cover: float = 0.5,
) -> pl.DataFrame:
    """Say of each pair whether it is the same text, and in which relation.

    Args:
        ids: Left and right ids; left < right.
        overlap: What `compare` measured.
        least_jaccard: Two texts are near-duplicates from this Jaccard on.
        least_passage: Words of one aligned passage that make a copy by themselves. At 30 words stock sentences and
            quotations pass (precision .90-.97 on synthetic crawls), at 40 they do not.
        least_cover: Share of the text that is covered more, together with `least_passage` words matched over all
            passages.
        high_cover: The same share from which `few_words` matched words are enough.
        few_words: See high_cover.
        whole_cover: A copy is a near-duplicate, not an excerpt, where this share of each text stands in the other.

    Returns:
        JUDGED_PAIR; evidence is JSON with the counts the judgement rests on and the longest passages, each as
        [left from, left to, right from, right to] in tokens.
    """
    o = overlap
    left_cover = np.minimum(o.left_matched / np.maximum(o.left_words, 1), 1)
    right_cover = np.minimum(o.right_matched / np.maximum(o.right_words, 1), 1)
    cover, of_longer = np.maximum(left_cover, right_cover), np.minimum(left_cover, right_cover)
    # Words repeated in one of the two are no more evidence than they are in the other.
    matched = np.minimum(o.left_matched, o.right_matched)
    passages = (o.longest >= least_passage) | ((matched >= least_passage) & (cover >= least_cover))
    alike = o.jaccard >= least_jaccard
    same = alike | passages | ((cover >= high_cover) & (matched >= few_words))
    # Half of what a copy would need: too much for chance, too little to act on.
    unsure = ~same & ((o.longest >= least_passage / 2) | ((cover >= high_cover / 2) & (matched >= few_words)))
    whole = alike | (of_longer >= whole_cover)
    relation = np.where(same, np.where(whole, "near-duplicate", "excerpt"), "")
    frame = pl.DataFrame(
        {
            "left_id": ids[0], "right_id": ids[1],
            "judgement": np.where(same, "same", np.where(unsure, "unsure", "different")),
            "relation": relation,
            "similarity": o.jaccard,
            # Aligned words, not shingles: one changed word costs a shingle set five, a reader one.
            "left_containment": left_cover.astype(np.float64),
            "right_containment": right_cover.astype(np.float64),
            "matched_words": np.rint(matched).astype(np.int64),
            "longest_passage": np.rint(o.longest).astype(np.int64),
            "passages": pl.Series(o.spans, dtype=pl.Array(pl.Int32, (N_SPANS, 4))),
        }
    )  # fmt: skip
    found = pl.col("passages").arr.to_list().list.eval(pl.element().filter(pl.element().arr.first() >= 0))
    evidence = pl.struct("matched_words", "longest_passage", passages=found)
    return frame.select(
        "left_id", "right_id", "judgement", pl.col("relation").replace("", None), "similarity",
        "left_containment", "right_containment", evidence.struct.json_encode().alias("evidence"),
    ).cast(JUDGED_PAIR)  # fmt: skip


def exact_pairs(ids: U64, copies: U64) -> pl.DataFrame:
    """Pairs of equal texts, as star edges from the document that stands for the text to each of its copies."""
    frame = pl.DataFrame({"a": ids, "b": copies}, schema={"a": pl.UInt64, "b": pl.UInt64})
    return frame.select(
        left_id=pl.min_horizontal("a", "b"), right_id=pl.max_horizontal("a", "b"), judgement=pl.lit("same"),
        relation=pl.lit("exact"), similarity=pl.lit(1.0), left_containment=pl.lit(1.0), right_containment=pl.lit(1.0),
        evidence=pl.lit("{}"),
    ).cast(JUDGED_PAIR)  # fmt: skip
