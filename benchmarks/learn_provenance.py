"""Learn the weights of syndetect/data/provenance_weights.json on made-up worlds.

    python benchmarks/learn_provenance.py NTREX.jsonl.gz [--worlds 100] [--held-out 24] [--write]

The worlds are those of provenance_worlds.py, and the features are those of the stage itself. What is fitted is the
likelihood of the known trees: the product of their edges' weights over that of all trees of a story. Prints how often
the choice is right on worlds that were held out, and how honest its probability is.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from provenance_tables import make_tables
from provenance_worlds import LANGUAGES, Documents, Page, World
from scipy.optimize import minimize

from syndetect.provenance.choice import load_weights, runs, softmax, spread, weigh
from syndetect.provenance.options import FEATURES, NONE, PAGE, UNSEEN
from syndetect.provenance.trace import learn, read_options
from syndetect.provenance.trees import LEAST_WEIGHT, ROOT, edge_marginals
from syndetect.schema import F64, I64, Bools

WEIGHTS = Path(__file__).parents[1] / "syndetect" / "data" / "provenance_weights.json"
PRIOR_VARIANCE = 25.0
"""Of the weights: keeps those that few pages speak for near nothing."""

LARGEST = 9.0
"""No feature may weigh more: what made-up worlds never show is not impossible."""
_FOR, _AGAINST = (0.0, LARGEST), (-LARGEST, 0.0)
SPEAK_FOR = """
    before same_lag cross_lag same_found same_any same_rare same_only same_kept same_sentences same_title
    same_title_rare same_equal cross_residue cross_numbers cross_note attribution_fresh attribution_inherited
    agency_fresh agency_inherited canonical based_on link_fresh url_link url_canonical url_based_on fit_named
    fit_other shared_attribution shared_agency shared_link none_own
"""
SPEAK_AGAINST = """
    same_gaps same_missing same_holes same_sentence_gaps same_residue_lost time_miss cross_cost cross_new
    cross_left_out same_note_lost same_title_gaps names_child lost_attribution lost_agency none_fresh none_held
    none_held_all none_alike
"""
SIGNS = {**dict.fromkeys(SPEAK_FOR.split(), _FOR), **dict.fromkeys(SPEAK_AGAINST.split(), _AGAINST)}
"""What speaks for a source, whatever the made-up worlds say, and what against."""


def read_documents(path: Path) -> Documents:
    """Document -> language -> sentences."""
    found: Documents = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["language"] in LANGUAGES and len(row["sentences"]) >= 5:
                found.setdefault(row["document"], {})[LANGUAGES[row["language"]]] = row["sentences"]
    return found


def labels(world: World, pages: pl.DataFrame, options: pl.DataFrame) -> Bools:
    """Which options are right.

    The parent; an unseen one's host, if it can be told; else the nearest ancestor that was crawled; else the host of
    the nearest that can be told: a line that was carried along still tells more than that the page is an origin.
    """
    made = world.pages()
    of_row = [made[int(str(doc))][1] for doc in pages["doc_id"].to_list()]
    row_of = {page.url: row for row, page in enumerate(of_row)}
    hosts = set(options.filter(pl.col("kind") == UNSEEN).select("child", "host").iter_rows())
    right: dict[int, tuple[int, int, str | None]] = {}
    for row, page in enumerate(of_row):
        above = ancestors(page)
        told = [other.site.host for other in above if not other.crawled and (row, other.site.host) in hosts]
        crawled = [row_of[other.url] for other in above if other.crawled]
        if told and (told[0] == above[0].site.host or not crawled):
            right[row] = (UNSEEN, -1, told[0])
        else:
            right[row] = (PAGE, crawled[0], None) if crawled else (NONE, -1, None)
    rows = options.select("child", "kind", "page", "host").iter_rows()
    return np.array([right[child] == (kind, page, host) for child, kind, page, host in rows])


def ancestors(page: Page) -> list[Page]:
    """The pages a page was taken from, the nearest first."""
    found = []
    while page.parent is not None:
        page = page.parent
        found.append(page)
    return found


@dataclass(frozen=True)
class Taught:
    """Options of the pages of some worlds, numbered through; `right` where they are known to be, `source` as in trees.

    Pages of which no option is right stay, as sources of others; their own is summed over.
    """

    matrix: F64
    right: Bools
    child: I64
    source: I64
    story_from: I64

    @property
    def known(self) -> Bools:
        """Options of the pages one of whose options is right."""
        found: Bools = np.bincount(self.child, self.right)[self.child] > 0
        return found


def make_set(world: World) -> tuple[pl.DataFrame, pl.DataFrame, Bools]:
    """The pages of a world, their options and which are right."""
    con = make_tables(world)
    stories = con.sql("SELECT DISTINCT story_id FROM story_document ORDER BY 1").pl()
    pages, options = read_options(con, stories, learn(con))
    return pages.select("row", "story"), options.frame, labels(world, pages, options.frame)


def join_sets(sets: list[tuple[pl.DataFrame, pl.DataFrame, Bools]]) -> Taught:
    """Number the pages of several worlds through."""
    sizes = [pages.height for pages, *_ in sets]
    shifts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    child = [frame["child"].to_numpy() + shift for (_, frame, _), shift in zip(sets, shifts, strict=True)]
    source = [
        np.where(frame["kind"].to_numpy() == PAGE, frame["page"].to_numpy() + shift, ROOT)
        for (_, frame, _), shift in zip(sets, shifts, strict=True)
    ]
    starts = [runs(pages["story"].to_numpy()) + shift for (pages, *_), shift in zip(sets, shifts, strict=True)]
    return Taught(
        np.concatenate([frame.select(FEATURES).to_numpy() for _, frame, _ in sets]),
        np.concatenate([right for *_, right in sets]),
        np.concatenate(child), np.concatenate(source), np.append(np.concatenate(starts), sum(sizes)),
    )  # fmt: skip


class Trees:
    """Logarithm of the weight of all trees made of some options, and the share of it that each option has."""

    def __init__(self, taught: Taught, used: Bools) -> None:
        self.used, self.n_pages, self.story_from = np.flatnonzero(used), int(taught.story_from[-1]), taught.story_from
        self.child, self.source = taught.child[self.used], taught.source[self.used]
        self.starts = runs(self.child)
        inner = np.flatnonzero(self.source != ROOT)
        cuts = np.searchsorted(self.child[inner], self.story_from)
        self.inner = [
            (inner[low:high], int(first), int(last - first))
            for low, high, first, last in zip(cuts, cuts[1:], self.story_from, self.story_from[1:], strict=False)
            if low < high
        ]

    def __call__(self, scores: F64) -> tuple[float, F64]:
        """Scores of all options -> the logarithm, and the shares (nought for options not used)."""
        mine = scores[self.used]
        chance = softmax(mine, self.starts)
        chance = np.where(self.source == ROOT, np.maximum(chance, LEAST_WEIGHT), chance)
        first = np.add.reduceat(np.exp(mine - self._top(mine)), self.starts)
        total = float((np.maximum.reduceat(mine, self.starts) + np.log(first)).sum())
        for edges, shift, size in self.inner:
            laplacian = np.eye(size)
            np.subtract.at(laplacian, (self.source[edges] - shift, self.child[edges] - shift), chance[edges])
            total += float(np.linalg.slogdet(laplacian)[1])
        shares = np.zeros(len(scores))
        shares[self.used] = edge_marginals(self.child, self.source, chance, self.n_pages).share
        return total, shares

    def _top(self, scores: F64) -> F64:
        sizes = np.diff(np.append(self.starts, len(scores)))
        return np.repeat(np.maximum.reduceat(scores, self.starts), sizes)


def fit(taught: Taught, *, rounds: int = 100) -> F64:
    """Weights under which the known trees are likeliest, with a normal prior.

    The gradient is what features are expected over all trees less what they are over the trees that hold the known
    edges. Begins with the weights that fit each page by itself, which are a few minutes nearer.
    """
    scale = np.maximum(taught.matrix.std(axis=0), 1e-3)
    scaled = taught.matrix / scale
    known = taught.known
    alone, right = scaled[known], taught.right[known]
    starts, n = runs(taught.child[known]), int(taught.right.sum())
    bounds = [SIGNS.get(name, (-LARGEST, LARGEST)) for name in FEATURES]
    limits = [(low * size, high * size) for (low, high), size in zip(bounds, scale, strict=True)]
    every, held = Trees(taught, np.ones(len(known), np.bool_)), Trees(taught, taught.right | ~known)

    def by_page(weights: F64) -> tuple[float, F64]:
        p = softmax(alone @ weights, starts)
        lost = -np.log(np.maximum(p[right], 1e-300)).sum() + (weights @ weights) / (2 * PRIOR_VARIANCE)
        return float(lost) / n, (alone.T @ (p - right) + weights / PRIOR_VARIANCE) / n

    def by_tree(weights: F64) -> tuple[float, F64]:
        scores = scaled @ weights
        (total, shares), (total_held, shares_held) = every(scores), held(scores)
        lost = total - total_held + (weights @ weights) / (2 * PRIOR_VARIANCE)
        return float(lost) / n, (scaled.T @ (shares - shares_held) + weights / PRIOR_VARIANCE) / n

    given = {"jac": True, "method": "L-BFGS-B", "bounds": limits}
    found = minimize(by_page, np.zeros(len(scale)), options={"maxiter": 250}, **given)
    found = minimize(by_tree, found.x, options={"maxiter": rounds}, **given)
    result: F64 = found.x / scale
    return result


def decide(pages: pl.DataFrame, frame: pl.DataFrame, right: Bools, weights: dict[str, float]) -> dict[str, float]:
    """Weigh a world's options as the stage does, and judge them."""
    weighed, _ = spread(weigh(frame, weights), pages["story"].to_numpy())
    known = np.bincount(frame["child"].to_numpy(), right)[frame["child"].to_numpy()] > 0
    return judge(weighed.filter(pl.Series(known)), right[known])


def judge(options: pl.DataFrame, right: Bools) -> dict[str, float]:
    """Share of right choices and how honest the probability is."""
    frame = options.with_columns(right=pl.Series(right), is_page=pl.col("kind") == PAGE)
    best = frame.sort("child", "probability", "page", "host", descending=[False, True, False, False]).unique(
        "child", keep="first", maintain_order=True
    )
    truth = frame.filter("right").select("child", true_kind="kind")
    best = best.join(truth, on="child")
    bins = (
        best.with_columns(bin=(pl.col("probability") * 10).floor())
        .group_by("bin")
        .agg(gap=(pl.col("probability") - pl.col("right").cast(pl.Float64)).sum().abs())
    )
    result = {"right": float(best["right"].mean()), "ece": float(bins["gap"].sum()) / len(best)}  # type: ignore[arg-type]
    result["brier"] = float(((best["probability"] - best["right"].cast(pl.Float64)) ** 2).mean())  # type: ignore[arg-type]
    result["brier_constant"] = result["right"] * (1 - result["right"])
    result["sure"] = float((best["probability"] >= 0.8).mean())  # type: ignore[arg-type]
    for kind, name in ((PAGE, "page"), (UNSEEN, "unseen"), (NONE, "none")):
        part = best.filter(pl.col("true_kind") == kind)
        result[name] = float(part["right"].mean() or 0)  # type: ignore[arg-type]
    for across, name in ((0.0, "same"), (1.0, "cross")):
        of = frame.filter(pl.col("right") & (pl.col("kind") == PAGE) & (pl.col("cross") == across)).select("child")
        result[name] = float(best.join(of, on="child")["right"].mean() or 0)  # type: ignore[arg-type]
    result["logloss"] = float(-np.log(np.maximum(options["probability"].to_numpy()[right], 1e-12)).mean())
    return {name: round(value, 4) for name, value in result.items()}


def teach(sets: list[tuple[pl.DataFrame, pl.DataFrame, Bools]]) -> dict[str, float]:
    """Feature -> weight, of the options of some worlds."""
    kinds = Counter(int(kind) for _, frame, right in sets for kind in frame["kind"].to_numpy()[right])
    print("pages learnt from:", dict(sorted(kinds.items())))
    weights = fit(join_sets(sets))
    return {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}


def main() -> None:
    """Make worlds, learn, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ntrex", type=Path)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--held-out", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--old", action="store_true", help="judge the weights there are too")
    parser.add_argument("--write", type=Path, nargs="?", const=WEIGHTS, help="write the weights file")
    given = parser.parse_args()
    documents = read_documents(given.ntrex)
    seeds = [*range(given.worlds), *(5000 + n for n in range(given.held_out))]
    sets = [make_set(World(documents, random.Random(given.seed * 1000 + n))) for n in seeds]
    taught, held = sets[: given.worlds], sets[given.worlds :]
    named = teach(taught)
    print(json.dumps(named, indent=1))
    for name, weights in (("old", load_weights()),) * given.old + (("new", named),):
        found = [decide(*one, weights) for one in held]
        for row in found:
            print(name, row)
        print(name, "mean:", {key: round(float(np.mean([row[key] for row in found])), 4) for key in found[0]})
    if given.write:
        given.write.write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
