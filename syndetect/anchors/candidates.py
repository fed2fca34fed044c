"""Pages of two languages that share rare anchors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl

from syndetect.anchors.joint import join_neighbours
from syndetect.anchors.marks import Marks
from syndetect.anchors.pairs import language_code
from syndetect.anchors.rarity import PAGES_BEFORE, SHRINK, STEP, Rarity, count_keys
from syndetect.anchors.search import NO_TIME, collect, weigh_rows
from syndetect.schema import F32, I8, I32, I64, ID, U8, Bools

CANDIDATE: dict[str, pl.DataType] = {
    "left_id": ID,
    "right_id": ID,
    "weight": pl.Float64(),  # squared weights of what they share, over the root of those of the page found
    "n_shared": pl.Int32(),  # keys that they share
}
SKIPPED_KEY: dict[str, pl.DataType] = {
    "key": ID,
    "joint": pl.Boolean(),  # of two marks that stand side by side
    "n_documents": pl.Int64(),
}

_MICROSECONDS_A_DAY = 86_400_000_000
_PAGES_AT_ONCE = 2_000


@dataclass(frozen=True)
class Searched:
    """The pages among which candidates were searched, their marks weighed."""

    marks: Marks
    steps: U8  # of each row of `marks`: how surprising the key is in the page's language, in rarity.STEPs
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
                "weight": STEP * self.rarity.weights[at],
            }
        )
        unseen = pl.DataFrame({"language": self.languages, "weight": self.rarity.unseen})
        return pl.concat([known, unseen.select(pl.lit(None, pl.UInt64).alias("key"), "language", "weight")])

    def counts(self) -> pl.DataFrame:
        """key, language, n_documents of the keys on two pages and more: one that is not here is on one at most."""
        first = self.rarity.holdings[:-1]
        n_all = np.add.reduceat(self.rarity.sizes, first) if len(first) else self.rarity.sizes
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
    return column.cast(pl.Int64).fill_null(NO_TIME).to_numpy()


def _place(languages: I32, starts: I64, ends: I64, window: int) -> _Places:
    """Sort pages so that those a page is compared with are runs.

    A page known to a span longer than the window is near most pages: it stands with those that have no time.
    """
    known = (starts != NO_TIME) & (ends != NO_TIME)
    known[known] = ends[known] - starts[known] <= window
    when = np.where(known, starts, NO_TIME)
    order = np.lexsort((when, languages))
    languages, known = languages[order], known[order]
    when, starts, ends = when[order], starts[order], ends[order]
    n_languages = int(languages[-1]) + 1 if len(languages) else 0
    dated = np.empty(n_languages, np.int32)
    lows, highs = (np.empty((len(order), n_languages), np.int32) for _ in range(2))
    longest = int((ends[known] - starts[known]).max(initial=0))
    for language in range(n_languages):
        a, b = np.searchsorted(languages, [language, language + 1])
        dated[language] = first = a + np.searchsorted(when[a:b], NO_TIME, side="right")
        lows[:, language] = np.where(known, first + np.searchsorted(when[first:b], starts - window - longest), first)
        highs[:, language] = np.where(known, first + np.searchsorted(when[first:b], ends + window, side="right"), b)
    return _Places(order, languages, dated, lows, highs, starts, ends)


def _arrays(rarity: Rarity) -> tuple[object, ...]:
    return (
        rarity.holdings, rarity.languages, rarity.weights, rarity.postings, rarity.slots, rarity.key_of,
        rarity.positions,
    )  # fmt: skip


def _weigh(offsets: I64, holding: I32, rarity: Rarity) -> tuple[I8, F32]:
    """The weight of each row's key, -1 for what need not be looked at; what sums of a page are multiplied with."""
    worths, sums = np.empty(len(holding), np.int8), np.zeros(len(offsets) - 1, np.float64)
    weigh_rows(offsets, holding, _arrays(rarity), worths, sums)
    return worths, (1 / np.sqrt(np.maximum(sums, 1))).astype(np.float32)


def _search(
    marks: Marks, holding: I32, rarity: Rarity, joints: tuple[Marks, I32, Rarity], places: _Places, *, window: int,
    most: int, most_joint: int, least_shared: int, k: int, look: int, threads: int,
) -> tuple[pl.DataFrame, Bools, Bools]:  # fmt: skip
    """CANDIDATE pairs of the pages; which keys, and which joint keys, some page passed over."""
    n = len(places.order)
    best, weights = np.full((n, k), -1, np.int32), np.zeros((n, k), np.float32)
    shared = np.zeros((n, k), np.int32)
    joint, joint_holding, joint_rarity = joints
    passed_over, joint_passed_over = (np.zeros(len(of.keys), np.bool_) for of in (rarity, joint_rarity))
    worths, scale = _weigh(marks.offsets, holding, rarity)
    joint_worths, _ = _weigh(joint.offsets, joint_holding, joint_rarity)
    scale = scale[places.order]

    def work(part: tuple[int, int]) -> None:
        collect(
            *part, (marks.offsets, marks.keys, holding, worths, marks.positions, _arrays(rarity), passed_over),
            (joint.offsets, joint_holding, joint_worths, joint.positions, _arrays(joint_rarity),
             joint_passed_over), scale,
            (places.order, places.dated, places.lows, places.highs, places.starts, places.ends), window, most,
            most_joint, least_shared, max(look, k), best, weights, shared,
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
    # Both pages of a pair may have found it.
    new = (pl.col("left_id") != pl.col("left_id").shift()) | (pl.col("right_id") != pl.col("right_id").shift())
    return pairs.filter(new.fill_null(value=True)), passed_over, joint_passed_over


def _skipped(rarity: Rarity, passed_over: Bools, *, joint: bool) -> pl.DataFrame:
    """SKIPPED_KEY: of keys that some page passed over."""
    first, last = rarity.holdings[:-1][passed_over], rarity.holdings[1:][passed_over]
    sizes = rarity.postings[last] - rarity.postings[first]
    return pl.DataFrame({"key": rarity.keys[passed_over], "joint": joint, "n_documents": sizes}, schema=SKIPPED_KEY)


def find_candidates(
    marks: Marks,
    pages: pl.DataFrame,
    *,
    window_days: int = 60,
    max_postings: int = 5_000,
    max_joint: int = 2_500,
    look: int = 40,
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
        max_joint: As many that its joint keys (joint.py) may lead to.
        look: Candidates a page that are compared in all their keys, before the best of them are kept.
        best: Candidates kept a page, by weight; a pair stays if it is among the best of either page.
        least_shared: Keys a pair must share: one alone is shared with hundreds.
        shrink: Pages of a language at which its own counts weigh as much as those of all languages.
        pages_before: Pages imagined without any key of the store, so that in a small store not all is common.
        threads: Pages searched side by side.

    Returns:
        pairs: CANDIDATE, sorted.
        skipped: SKIPPED_KEY: keys, and joint keys, that some page had to pass over, and the pages that have them.
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
    joint = join_neighbours(marks, rarity.several()[rarity.key_of][holding], languages)
    joint_rarity, joint_holding = count_keys(
        joint, places.order, places.languages, threads=threads, shrink=shrink, pages_before=pages_before
    )
    joint = replace(joint, keys=joint.keys[:0].copy())  # the search follows holdings
    pairs, passed_over, joint_passed_over = _search(
        marks, holding, rarity, (joint, joint_holding, joint_rarity), places, window=window, most=max_postings,
        most_joint=max_joint, least_shared=least_shared, k=best, look=look, threads=threads,
    )  # fmt: skip
    skipped = pl.concat(
        [_skipped(rarity, passed_over, joint=False), _skipped(joint_rarity, joint_passed_over, joint=True)]
    )
    # Postings are needed no more, and are as large as the marks.
    rarity = replace(rarity, slots=rarity.slots[:0].copy(), positions=rarity.positions[:0].copy())
    return pairs, skipped, Searched(marks, rarity.weights[holding], rarity, names)
