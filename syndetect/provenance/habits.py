"""Who usually takes from whom, learnt from the edges of the store that are sure without it; a weak prior.

The options of pages, weighed by what the pages themselves tell, go in; for each option comes out a term that is added
to its logit: how much more often the site of the source fed the site of the page, in other stories, than it would have
if every page were taken from the sites of its story by how often each is a source at all. A page's own story is left
out of what is counted for it, so that nothing confirms itself, and what the counts are worth is measured in the store:
where pages are taken from anybody, the terms are nought.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import polars as pl

from syndetect.provenance.options import NONE, PAGE, UNSEEN
from syndetect.schema import F64, I64, Bools

SURE = 0.9
"""Edges at least so likely are counted, by how likely they are."""
BACK = 0.1
"""But not if the reverse is at least so likely: which of two pages was first is then not settled."""
LEAST_CHANCE = 1e-3
"""How likely a page was there before, for it to have been passed over."""
MOST = 2.0
"""No term is larger, in logits: habits tell what is usual, and the pages what happened."""
LEAST_TERM = 0.1
"""In logits: a term below is not what an option was chosen for."""
PRIOR = 2.0
"""Edges that a site's share of origins is held at the mean with."""
ROUNDS = 3
"""Of fitting how often sites are taken from: more change no figure of benchmarks/learn_habits.py."""
GRID = np.array([0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, np.inf])
"""Edges that counts are smoothed with, of which the store chooses; with the last habits tell nothing."""
TERMS = ("partner", "named", "none")
"""What speaks for an option: who feeds whom; which unseen source is a site's; who writes itself. How often a site is a
source at all does not: it made more sure than right, in made-up worlds and in crawls that others made up."""
HABIT = ("without", "alone", "term", "speaks", "n_sure", "n_fed")
"""What `apply_habits` adds to options."""
_TICKS = 1_000_000
"""Counts are whole numbers of these parts, so that sums are exact in any order, and stories can be taken out again."""


@lru_cache(maxsize=1)
def load_habit_weights() -> dict[str, float]:
    """Term -> weight; learnt by benchmarks/learn_habits.py."""
    text = files("syndetect").joinpath("data", "habit_weights.json").read_text(encoding="utf-8")
    return {name: float(weight) for name, weight in json.loads(text).items()}


@dataclass(frozen=True)
class Noticed:
    """What is counted of the pages of some stories.

    `pages`: story_id, site; `sure`: child, kind, source (site), share of the options that are sure; `choices`: child,
    page, cross, chance (to have been there before), share (0 unless sure) of the options, in the language of the sure
    one or not as that, of the pages that have one. Rows of pages are places in `pages`.
    """

    pages: pl.DataFrame
    sure: pl.DataFrame
    choices: pl.DataFrame


def notice(pages: pl.DataFrame, weighed: pl.DataFrame) -> Noticed:
    """See what is sure of some stories.

    Args:
        pages: row, story_id, site.
        weighed: child, kind, page, host, probability, likely, cross; all options of these pages.
    """
    sure = weighed.filter(pl.col("probability") >= SURE).select("child", "kind", "page", "host", "cross", "probability")
    back = weighed.filter((pl.col("probability") >= BACK) & (pl.col("kind") == PAGE)).select(child="page", page="child")
    sure = sure.join(back, on=["child", "page"], how="anti").sort("child")
    sites = pages.select(page="row", page_site="site")
    sure = sure.join(sites, on="page", how="left", maintain_order="left").with_columns(
        share=(pl.col("probability") * _TICKS).round(0).cast(pl.Int64), source=pl.coalesce("page_site", "host")
    )
    taken = sure.filter(pl.col("kind") == PAGE).select("child", "cross", "share", taken="page")
    choices = weighed.filter(pl.col("kind") == PAGE).select("child", "page", "cross", chance=pl.col("likely"))
    choices = choices.join(taken, on=["child", "cross"], how="inner", maintain_order="left")
    is_taken = pl.col("page") == pl.col("taken")
    choices = choices.filter((pl.col("chance") >= LEAST_CHANCE) | is_taken).select(
        pl.col("child", "page").cast(pl.Int32), pl.col("cross").cast(pl.Boolean), pl.col("chance").cast(pl.Float32),
        share=pl.when(is_taken).then("share").otherwise(0), of="share",
    )  # fmt: skip
    return Noticed(pages.select("story_id", "site"), sure.select("child", "kind", "source", "share"), choices)


def join_noticed(parts: list[Noticed]) -> Noticed:
    """What was seen of all stories, whose pages are numbered through."""
    shifts = np.concatenate([[0], np.cumsum([part.pages.height for part in parts])])
    sure = [part.sure.with_columns(pl.col("child") + int(n)) for part, n in zip(parts, shifts, strict=False)]
    rows = pl.col("child", "page")
    choices = [
        part.choices.with_columns((rows + int(n)).cast(pl.Int32)) for part, n in zip(parts, shifts, strict=False)
    ]
    return Noticed(pl.concat([part.pages for part in parts]), pl.concat(sure), pl.concat(choices))


@dataclass(frozen=True)
class Counts:
    """Sums of two columns by key, and by key and story."""

    keys: I64
    sums: I64
    story_keys: I64
    story_sums: I64
    n_stories: int

    def others(self, keys: I64, stories: I64) -> F64:
        """The sums of each key without those of a story: (n, 2)."""
        whole = _look_up(self.keys, self.sums, keys)
        own = _look_up(self.story_keys, self.story_sums, keys * self.n_stories + stories)
        result: F64 = (whole - own) / _TICKS
        return result


def _look_up(keys: I64, sums: I64, wanted: I64) -> I64:
    if not len(keys):
        return np.zeros((len(wanted), 2), np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((keys[at] == wanted)[:, None], sums[at], 0)


def _sum_by(keys: I64, values: I64) -> tuple[I64, I64]:
    unique, place = np.unique(keys, return_inverse=True)
    # Floats hold whole numbers up to 2 ** 53 without loss, a thousand times what a million sure edges sum up to.
    sums = [np.bincount(place, column, minlength=len(unique)) for column in values.T]
    return unique, np.stack(sums, axis=1).astype(np.int64)


def _count(keys: I64, stories: I64, n_stories: int, first: I64, second: I64) -> Counts:
    story_keys, story_sums = _sum_by(keys * n_stories + stories, np.stack([first, second], axis=1))
    return Counts(*_sum_by(story_keys // n_stories, story_sums), story_keys, story_sums, n_stories)


@dataclass(frozen=True)
class Habits:
    """What is usual in a store.

    `sites` and `stories` by number, sorted; `pairs`, by source and taker: edges and edges expected; `named`, by source,
    seen or unseen, and taker: edges; `takers`: edges from a source, and origins. `smooth`: edges that `pairs` are
    smoothed with; `origins`: the mean share of origins.
    """

    sites: pl.Series
    stories: pl.Series
    pairs: Counts
    named: Counts
    takers: Counts
    smooth: float
    origins: float


def learn_habits(seen: Noticed) -> Habits:
    """Count what is usual in all stories together."""
    sites = pl.concat([seen.pages["site"], seen.sure["source"]]).drop_nulls().unique().sort()
    stories = seen.pages["story_id"].unique().sort()
    story, site = _number(stories, seen.pages["story_id"]), _number(sites, seen.pages["site"])
    n, n_stories = len(sites) + 1, len(stories)
    child, page = (seen.choices[name].to_numpy().astype(np.int64) for name in ("child", "page"))
    pair, kind = site[page] * n + site[child], site[page] * 2 + seen.choices["cross"].to_numpy()
    chance = seen.choices["chance"].to_numpy().astype(np.float64)
    share, of = seen.choices["share"].to_numpy(), seen.choices["of"].to_numpy()
    starts = _starts(child)
    rate = np.ones(2 * n)
    for _ in range(ROUNDS):
        expected = _expected(chance * rate[kind], of, starts)
        rate *= (np.bincount(kind, share, 2 * n) + _TICKS) / (np.bincount(kind, expected, 2 * n) + _TICKS)
    expected = _expected(chance * rate[kind], of, starts)
    pairs = _count(pair, story[child], n_stories, share, expected)
    sure = seen.sure.with_columns(from_=pl.Series(_number(sites, seen.sure["source"])))
    row, total = sure["child"].to_numpy(), sure["share"].to_numpy()
    is_origin = sure["kind"].to_numpy() == NONE
    named = _count(sure["from_"].to_numpy() * n + site[row], story[row], n_stories, total * ~is_origin, total * 0)
    takers = _count(site[row], story[row], n_stories, total * ~is_origin, total * is_origin)
    base = np.log(np.maximum(chance, LEAST_CHANCE) * rate[kind])
    smooth = _fit(pairs.others(pair, story[child]), base, share > 0, starts)
    origins = float((total * is_origin).sum() + _TICKS) / float(total.sum() + 2 * _TICKS)
    return Habits(sites, stories, pairs, named, takers, smooth, origins)


def _number(names: pl.Series, column: pl.Series) -> I64:
    """Places of the names; those that are null or not among them come last."""
    frame = pl.DataFrame({"name": names, "place": np.arange(len(names), dtype=np.int64)})
    asked = pl.DataFrame({"name": column.cast(pl.String)})
    found = asked.join(frame, on="name", how="left", maintain_order="left")
    return found["place"].fill_null(len(names)).to_numpy()


def _starts(child: I64) -> I64:
    return np.flatnonzero(np.append(True, child[1:] != child[:-1])).astype(np.int64) if len(child) else child


def _each(values: F64, starts: I64, n: int) -> F64:
    return np.repeat(values, np.diff(np.append(starts, n)))


def _expected(weight: F64, of: I64, starts: I64) -> I64:
    """Ticks that each option would have of its page's edge if options were taken by weight."""
    if not len(weight):
        return of
    total = _each(np.add.reduceat(weight, starts), starts, len(weight))
    return np.round(of * weight / np.maximum(total, 1e-300)).astype(np.int64)


def _fit(others: F64, base: F64, right: Bools, starts: I64) -> float:
    """With how many edges to smooth counts so that they tell best what was taken: the mean over the grid."""
    if not len(base):
        return float(GRID[-1])
    found = []
    for smooth in GRID:
        scores = base + log_ratio(others, float(smooth))
        top = _each(np.maximum.reduceat(scores, starts), starts, len(scores))
        raised = np.exp(scores - top)
        chance = raised / _each(np.add.reduceat(raised, starts), starts, len(scores))
        found.append(float(np.log(np.maximum(chance[right], 1e-300)).sum()))
    likely = np.exp(np.array(found) - max(found))
    # Without habits counts tell as much as with twice the largest number.
    logs = np.log(np.where(np.isinf(GRID), 2 * GRID[-2], GRID))
    return round(float(np.exp((likely * logs).sum() / likely.sum())), 6)


def log_ratio(counted: F64, smooth: float) -> F64:
    """Logarithm of what was counted by what was expected, both smoothed."""
    if np.isinf(smooth):
        return np.zeros(len(counted))
    result: F64 = np.log((counted[:, 0] + smooth) / (counted[:, 1] + smooth))
    return result


def measure_habits(pages: pl.DataFrame, weighed: pl.DataFrame, habits: Habits) -> tuple[F64, I64]:
    """Say of options what is usual in all stories but their own.

    Args:
        pages: row, story_id, site.
        weighed: child, kind, page, host.
        habits: From `learn_habits`.

    Returns:
        (n, TERMS); of how many other stories it is sure where the page's site took them from or that it is their
        origin, and in how many of these that is what the option says: (n, 2), rounded.
    """
    n = len(habits.sites) + 1
    story, site = _number(habits.stories, pages["story_id"]), _number(habits.sites, pages["site"])
    child, page, kind = (weighed[name].to_numpy().astype(np.int64) for name in ("child", "page", "kind"))
    hosts = _number(habits.sites, weighed["host"])
    source = np.where(kind == PAGE, site[np.maximum(page, 0)], hosts)
    known = (source < n - 1) & (site[child] < n - 1)
    stories, taker, pair = story[child], site[child], source * n + site[child]
    fed = habits.named.others(pair, stories)[:, 0] * known
    went, stayed = habits.takers.others(taker, stories).T * (taker < n - 1)
    every = went + stayed
    mean = habits.origins
    origin = np.log((stayed + PRIOR * mean) / (mean * (every + PRIOR)))
    origin -= np.log((went + PRIOR * (1 - mean)) / ((1 - mean) * (every + PRIOR)))
    partner = log_ratio(habits.pairs.others(pair, stories), habits.smooth)
    terms = [partner * (known & (kind == PAGE)), np.log1p(fed) * (kind == UNSEEN), origin * (kind == NONE)]
    told = np.where(kind == NONE, stayed, fed)
    return np.round(np.stack(terms, axis=1), 9), np.round(np.stack([every, told], axis=1)).astype(np.int64)


def apply_habits(pages: pl.DataFrame, weighed: pl.DataFrame, habits: Habits, weights: dict[str, float]) -> pl.DataFrame:
    """Add to the logit of each option what is usual.

    Args:
        pages: row, story_id, site.
        weighed: child, kind, page, host, probability within the child; sorted by child.
        habits: From `learn_habits`.
        weights: TERMS.

    Returns:
        The options with other probabilities, and HABIT: `without`, what they were; `alone`, what they are; `term`, the
        place of the largest among TERMS, -1 if all are slight; `speaks`, their sum; `n_sure` and `n_fed` as in
        `measure_habits`.
    """
    terms, counted = measure_habits(pages, weighed, habits)
    parts = terms * np.array([weights[name] for name in TERMS])
    speaks = np.round(np.clip(parts.sum(axis=1), -MOST, MOST), 9)
    before = weighed["probability"].to_numpy()
    starts = _starts(weighed["child"].to_numpy())
    raised = before * np.exp(speaks)
    total = _each(np.add.reduceat(raised, starts), starts, len(raised)) if len(raised) else raised
    largest = np.where(np.abs(speaks) >= LEAST_TERM, np.abs(parts).argmax(axis=1), -1)
    return weighed.with_columns(
        probability=pl.Series(raised / total), without=pl.Series(before), alone=pl.Series(raised / total),
        term=pl.Series(largest), speaks=pl.Series(speaks), n_sure=pl.Series(counted[:, 0]),
        n_fed=pl.Series(counted[:, 1]),
    )  # fmt: skip
