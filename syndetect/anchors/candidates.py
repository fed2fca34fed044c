"""Pages of two languages that share rare anchors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl
from numba import njit

from syndetect.anchors.marks import Marks
from syndetect.anchors.pairs import language_code
from syndetect.anchors.rarity import PAGES_BEFORE, SHRINK, Rarity, count_keys
from syndetect.schema import F64, I32, I64, ID, Bools

CANDIDATE: dict[str, pl.DataType] = {
    "left_id": ID,
    "right_id": ID,
    "weight": pl.Float64(),  # squared weights of what they share, over the root of the marks of the page found
    "n_shared": pl.Int32(),  # keys that they share
}
SKIPPED_KEY: dict[str, pl.DataType] = {"key": ID, "n_documents": pl.Int64()}

NEAR, FAR = np.float32(0.1), np.float32(0.7)
"""A key counts FAR of its weight where it stands further apart on the two pages than this share of their text: a
translation has it at the same place, or near it, if neither is cut (measured at 20,000 pages, best 20 kept: recall of
whole pages .892 -> .899 and .903 -> .935, of cut and short ones .846 either way; at .3 that falls by a tenth)."""

_NO_TIME = np.iinfo(np.int64).min
_MICROSECONDS_A_DAY = 86_400_000_000
_PAGES_AT_ONCE = 2_000


@dataclass(frozen=True)
class Searched:
    """The pages among which candidates were searched, their marks weighed."""

    marks: Marks
    weights: F64  # of each row of `marks`: how surprising the key is in the page's language
    rarity: Rarity  # without postings
    languages: pl.Series  # what the languages of `rarity` are called

    def key_weights(self, keys: pl.Series) -> pl.DataFrame:
        """The weights of some keys, as `pairs.weigh_keys` gives those of all."""
        asked = keys.unique().sort().to_numpy()
        rows = np.flatnonzero(np.isin(self.rarity.keys, asked, assume_unique=True))
        held = self.rarity.holdings[rows + 1] - self.rarity.holdings[rows]
        at = np.repeat(self.rarity.holdings[rows] - np.cumsum(held) + held, held) + np.arange(held.sum())
        known = pl.DataFrame(
            {
                "key": np.repeat(self.rarity.keys[rows], held),
                "language": self.languages.gather(self.rarity.languages[at]),
                "weight": self.rarity.weights[at],
            }
        )
        unseen = pl.DataFrame({"language": self.languages, "weight": self.rarity.unseen})
        return pl.concat([known, unseen.select(pl.lit(None, pl.UInt64).alias("key"), "language", "weight")])

    def counts(self) -> pl.DataFrame:
        """key, language, n_documents of the keys on two pages and more: one that is not here is on one at most."""
        first = self.rarity.holdings[:-1]
        n_all = np.add.reduceat(self.rarity.sizes, first) if len(first) else np.zeros(0, np.int32)
        kept = np.repeat(n_all > 1, np.diff(self.rarity.holdings))
        return pl.DataFrame(
            {
                "key": self.rarity.keys[self.rarity.key_of[kept]],
                "language": self.languages.gather(self.rarity.languages[kept]),
                "n_documents": self.rarity.sizes[kept],
            }
        )


@dataclass(frozen=True)
class _Places:
    """Pages by language and time: those of a language side by side, first those whose time is not known."""

    order: I64  # rows of pages
    languages: I32  # of each place
    dated: I32  # by language: the first place whose time is known
    lows: I32  # by place and language: the first place in the window,
    highs: I32  # and the first behind it
    starts: I64
    ends: I64


def _micros(column: pl.Series) -> I64:
    return column.cast(pl.Int64).fill_null(_NO_TIME).to_numpy()


def _place(languages: I32, starts: I64, ends: I64, window: int) -> _Places:
    """Sort pages so that those a page is compared with are runs.

    A page known to a span longer than the window is near most pages: it stands with those that have no time.
    """
    known = (starts != _NO_TIME) & (ends != _NO_TIME)
    known[known] = ends[known] - starts[known] <= window
    when = np.where(known, starts, _NO_TIME)
    order = np.lexsort((when, languages))
    languages, known = languages[order], known[order]
    when, starts, ends = when[order], starts[order], ends[order]
    n_languages = int(languages[-1]) + 1 if len(languages) else 0
    dated = np.empty(n_languages, np.int32)
    lows, highs = (np.empty((len(order), n_languages), np.int32) for _ in range(2))
    longest = int((ends[known] - starts[known]).max(initial=0))
    for language in range(n_languages):
        a, b = np.searchsorted(languages, [language, language + 1])
        dated[language] = first = a + np.searchsorted(when[a:b], _NO_TIME, side="right")
        lows[:, language] = np.where(known, first + np.searchsorted(when[first:b], starts - window - longest), first)
        highs[:, language] = np.where(known, first + np.searchsorted(when[first:b], ends + window, side="right"), b)
    return _Places(order, languages, dated, lows, highs, starts, ends)


@njit(cache=True, nogil=True)
def _first_at(slots, a, b, least):  # type: ignore[no-untyped-def]
    """The first of the ascending slots[a:b] that is not below `least`."""
    while a < b:
        middle = (a + b) // 2
        if slots[middle] < least:
            a = middle + 1
        else:
            b = middle
    return a


@njit(cache=True, nogil=True)
def _runs(own, slot, rarity, dated, lows, highs, runs):  # type: ignore[no-untyped-def]
    """Where the postings of the key of a holding stand that a page is compared with: fills `runs`; how many, in all."""
    holdings, holders, _, postings, slots, key_of, _ = rarity
    n, n_postings = 0, 0
    for h in range(holdings[key_of[own]], holdings[key_of[own] + 1]):
        if h == own:
            continue
        a, b, of = postings[h], postings[h + 1], holders[h]
        first = _first_at(slots, a, b, dated[of])
        low = _first_at(slots, first, b, lows[slot, of])
        high = _first_at(slots, low, b, highs[slot, of])
        for start, end in ((a, first), (low, high)):
            if end > start:
                runs[n, 0], runs[n, 1], runs[n, 2] = start, end, h
                n_postings += end - start
                n += 1
    return n, n_postings


@njit(cache=True, nogil=True)
def _rank_rows(a, b, holding, rarity, rows, costs):  # type: ignore[no-untyped-def]
    """The rows a..b of keys that other languages have too, the most surprising first, of equals the lesser key."""
    holdings, _, weights, _, _, key_of, _ = rarity
    n = 0
    for row in range(a, b):
        own = holding[row]
        if row > a and holding[row - 1] == own:
            continue
        if holdings[key_of[own] + 1] - holdings[key_of[own]] > 1:
            rows[n], costs[n] = row, -weights[own]
            n += 1
    return rows[:n][np.argsort(costs[:n], kind="mergesort")]


@njit(cache=True, nogil=True)
def _apart(a, b, starts, ends, window):  # type: ignore[no-untyped-def]
    """Whether two time intervals are further apart than the window; one that is not known is never."""
    if starts[a] == _NO_TIME or starts[b] == _NO_TIME or ends[a] == _NO_TIME or ends[b] == _NO_TIME:
        return False
    return starts[a] - ends[b] > window or starts[b] - ends[a] > window


@njit(cache=True, nogil=True)
def _keep(other, weight, count, order, best, weights, shared, n):  # type: ignore[no-untyped-def]
    """Put a candidate where it belongs among the best of a page; of equals the lesser row first. Returns how many."""
    k, at = len(best), n
    while at > 0 and (weight > weights[at - 1] or (weight == weights[at - 1] and order[other] < order[best[at - 1]])):
        at -= 1
    if at >= k:
        return n
    for move in range(min(n, k - 1), at, -1):
        best[move], weights[move], shared[move] = best[move - 1], weights[move - 1], shared[move - 1]
    best[at], weights[at], shared[at] = other, weight, count
    return min(n + 1, k)


@njit(cache=True, nogil=True)
def _collect(  # type: ignore[no-untyped-def]
    first_slot, last_slot, offsets, holding, own_positions, rarity, scale, places, window, most, least_shared,
    passed_over, best, best_weights, best_shared,
):  # fmt: skip
    """For each place its best others; `best` is -1 where there are fewer.

    A page follows its keys, the most surprising first, while the postings it has read are at most `most`.
    """
    order, dated, lows, highs, starts, ends = places
    _, _, weights, _, slots, key_of, positions = rarity
    n = len(order)
    total, counts, touched = np.zeros(n, np.float32), np.zeros(n, np.int32), np.empty(n, np.int32)
    runs = np.empty((2 * len(dated), 3), np.int64)
    rows, costs = np.empty(0, np.int64), np.empty(0, np.float64)
    for slot in range(first_slot, last_slot):
        a, b = offsets[order[slot]], offsets[order[slot] + 1]
        if b - a > len(rows):
            rows, costs = np.empty(b - a, np.int64), np.empty(b - a, np.float64)
        n_touched, n_read = 0, 0
        for row in _rank_rows(a, b, holding, rarity, rows, costs):
            own = holding[row]
            n_runs, n_postings = _runs(own, slot, rarity, dated, lows, highs, runs)
            if n_read + n_postings > most:
                passed_over[key_of[own]] = True
                continue
            n_read += n_postings
            for i in range(n_runs):
                gain = np.float32((0.5 * (weights[own] + weights[runs[i, 2]])) ** 2)
                for at in range(runs[i, 0], runs[i, 1]):
                    other = slots[at]
                    if counts[other] == 0:
                        touched[n_touched] = other
                        n_touched += 1
                    counts[other] += 1
                    total[other] += gain if abs(positions[at] - own_positions[row]) <= NEAR else FAR * gain
        n_best = 0
        for i in range(n_touched):
            other = touched[i]
            weight, count = total[other] * scale[order[other]], counts[other]
            total[other], counts[other] = 0.0, 0
            if count >= least_shared and not _apart(slot, other, starts, ends, window):
                n_best = _keep(other, weight, count, order, best[slot], best_weights[slot], best_shared[slot], n_best)


def _search(
    marks: Marks, holding: I32, rarity: Rarity, places: _Places, *, window: int, most: int, least_shared: int, k: int,
    threads: int,
) -> tuple[pl.DataFrame, Bools]:  # fmt: skip
    """CANDIDATE pairs of the pages, and which keys some page passed over."""
    n = len(places.order)
    best, weights = np.full((n, k), -1, np.int32), np.zeros((n, k), np.float32)
    shared, passed_over = np.zeros((n, k), np.int32), np.zeros(len(rarity.keys), np.bool_)
    # A long page shares more by chance with every other.
    scale = (1 / np.sqrt(np.maximum(np.diff(marks.offsets), 1))).astype(np.float32)

    def work(part: tuple[int, int]) -> None:
        _collect(
            *part, marks.offsets, holding, marks.positions,
            (rarity.holdings, rarity.languages, rarity.weights, rarity.postings, rarity.slots, rarity.key_of,
             rarity.positions), scale,
            (places.order, places.dated, places.lows, places.highs, places.starts, places.ends), window, most,
            least_shared, passed_over, best, weights, shared,
        )  # fmt: skip

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, pairwise([*range(0, n, _PAGES_AT_ONCE), n])))
    slot, at = np.nonzero(best >= 0)
    page, other = places.order[slot], places.order[best[slot, at]]
    pairs = pl.DataFrame(
        {
            "left_id": marks.ids[np.minimum(page, other)], "right_id": marks.ids[np.maximum(page, other)],
            "weight": weights[slot, at], "n_shared": shared[slot, at],
        },
        schema=CANDIDATE,
    )  # fmt: skip
    pairs = pairs.sort("left_id", "right_id", "weight", "n_shared", descending=[False, False, True, True])
    return pairs.unique(["left_id", "right_id"], keep="first", maintain_order=True), passed_over


def find_candidates(
    marks: Marks,
    pages: pl.DataFrame,
    *,
    window_days: int = 60,
    max_postings: int = 20_000,
    best: int = 20,
    least_shared: int = 2,
    shrink: float = SHRINK,
    pages_before: float = PAGES_BEFORE,
    threads: int = 1,
) -> tuple[pl.DataFrame, pl.DataFrame, Searched]:
    """Find pairs of pages of different languages that share rare anchors.

    The result depends neither on the order of the pages nor on the number of threads.

    Args:
        marks: Of the pages to compare: one of each group of copies in one language.
        pages: doc_id, language, published_from, published_to of the same pages.
        window_days: Two pages whose times are known and further apart are not compared: a translation follows within
            days, but a day can be all that is known, and wrong.
        max_postings: Pages of other languages, in the window, that the keys of a page may lead to, one counted as often
            as keys lead to it; a number, not a share, else the search grows with the square. The rarest keys come
            first, one that leads to too many is passed over.
        best: Candidates kept a page, by weight; a pair stays if it is among the best of either page.
        least_shared: Keys a pair must share: one alone is shared with hundreds.
        shrink: Pages of a language at which its own counts weigh as much as those of all languages.
        pages_before: Pages imagined without any key of the store, so that in a small store not all is common.
        threads: Pages searched side by side.

    Returns:
        pairs: CANDIDATE, sorted.
        skipped: SKIPPED_KEY: keys that some page had to pass over, and the pages that have them.
        searched: The same pages, weighed.
    """
    used = pages.with_columns(language_code().alias("language")).sort("doc_id")
    names = used["language"].unique().sort()
    languages = used["language"].rank("dense").cast(pl.Int32).to_numpy() - 1
    window = window_days * _MICROSECONDS_A_DAY
    places = _place(languages, _micros(used["published_from"]), _micros(used["published_to"]), window)
    rarity, holding = count_keys(
        marks, places.order, places.languages, threads=threads, shrink=shrink, pages_before=pages_before
    )
    pairs, passed_over = _search(
        marks, holding, rarity, places, window=window, most=max_postings, least_shared=least_shared, k=best,
        threads=threads,
    )  # fmt: skip
    first, last = rarity.holdings[:-1][passed_over], rarity.holdings[1:][passed_over]
    sizes = rarity.postings[last] - rarity.postings[first]
    skipped = pl.DataFrame({"key": rarity.keys[passed_over], "n_documents": sizes}, schema=SKIPPED_KEY)
    # Postings are needed no more, and are as large as the marks.
    rarity = replace(rarity, slots=rarity.slots[:0].copy(), positions=rarity.positions[:0].copy())
    return pairs, skipped, Searched(marks, rarity.weights[holding], rarity, names)
