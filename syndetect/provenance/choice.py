"""The choice among a page's options: a conditional logit whose weights were learnt, and trees without rings."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

import numpy as np
import polars as pl

from syndetect.provenance.options import FEATURES, NONE, PAGE
from syndetect.schema import F64, I64

MOST_PAGES_EXACT = 100
"""Pages of a story with rings up to which the best tree is looked for: its time grows with their cube (200 equal pages
without times cost 1.5 s, 300 cost 7). In larger ones the surest edges are taken first."""
LEAST_PROBABILITY = 1e-9


@lru_cache(maxsize=1)
def load_weights() -> dict[str, float]:
    """Feature name -> weight; learnt by benchmarks/learn_provenance.py."""
    text = files("syndetect").joinpath("data", "provenance_weights.json").read_text(encoding="utf-8")
    return {name: float(weight) for name, weight in json.loads(text).items()}


def softmax(scores: F64, starts: I64) -> F64:
    """Probabilities within each run scores[starts[i]:starts[i + 1]]; the last run ends with the scores."""
    if not len(scores):
        return scores
    sizes = np.diff(np.append(starts, len(scores)))
    top = np.repeat(np.maximum.reduceat(scores, starts), sizes)
    raised = np.exp(scores - top)
    result: F64 = raised / np.repeat(np.add.reduceat(raised, starts), sizes)
    return result


def runs(child: I64) -> I64:
    """Where each child's options begin in the sorted column of children."""
    return np.flatnonzero(np.append(True, child[1:] != child[:-1])).astype(np.int64) if len(child) else child


def weigh(options: pl.DataFrame, weights: dict[str, float]) -> pl.DataFrame:
    """Add the probability of each option.

    Args:
        options: child, FEATURES; sorted by child.
        weights: A weight a feature; one that is not named weighs nothing.
    """
    matrix = options.select(FEATURES).to_numpy()
    # Rounded, so that the answer is the same however many options are weighed at once.
    scores = np.round(matrix @ np.array([weights.get(name, 0.0) for name in FEATURES]), 9)
    return options.with_columns(probability=pl.Series(softmax(scores, runs(options["child"].to_numpy()))))


def _find_ring(parent: dict[int, int]) -> list[int]:
    """A ring in the map child -> parent, or an empty list."""
    state: dict[int, int] = {}
    for start in sorted(parent):
        at, way = start, []
        while at in parent and at not in state:
            state[at] = start
            way.append(at)
            at = parent[at]
        if at in parent and state.get(at) == start and at in way:
            return way[way.index(at) :]
    return []


def _arborescence(edges: dict[int, dict[int, float]]) -> dict[int, int]:
    """The best choice of one source a page without rings (Chu and Liu, Edmonds).

    Args:
        edges: page -> source -> score. The root, -1, is no page and is a source of every page.

    Returns:
        page -> source.
    """
    chosen = {page: max(sources, key=lambda s: (sources[s], -s)) for page, sources in edges.items()}
    ring = _find_ring({page: source for page, source in chosen.items() if source != -1})
    if not ring:
        return chosen
    inside = set(ring)
    new = max(edges) + 1
    contracted: dict[int, dict[int, float]] = {new: {}}
    enters: dict[int, tuple[int, int]] = {}
    leaves: dict[int, int] = {}
    for page in sorted(edges):
        for source, score in sorted(edges[page].items()):
            if page in inside and source in inside:
                continue
            if page in inside:
                # What is lost when the ring is entered here instead of going round.
                loss = score - edges[page][chosen[page]]
                if source not in contracted[new] or loss > contracted[new][source]:
                    contracted[new][source], enters[source] = loss, (page, source)
                continue
            into = contracted.setdefault(page, {})
            target = new if source in inside else source
            if target not in into or score > into[target]:
                into[target] = score
                if target == new:
                    leaves[page] = source
    solved = _arborescence(contracted)
    result = {page: leaves[page] if source == new else source for page, source in solved.items() if page != new}
    entered = enters[solved[new]]
    result.update({page: chosen[page] for page in ring})
    result[entered[0]] = entered[1]
    return result


def _greedy_tree(edges: dict[int, dict[int, float]]) -> dict[int, int]:
    """A choice of one source a page without rings, the surest first: what `_arborescence` is too slow for."""
    ranked = sorted((-score, page, source) for page, sources in edges.items() for source, score in sources.items())
    chosen: dict[int, int] = {}
    for _, page, source in ranked:
        if page in chosen:
            continue
        above = source
        while above != page and above in chosen:
            above = chosen[above]
        if above != page:
            chosen[page] = source
    return chosen


def choose(options: pl.DataFrame, stories: I64) -> pl.DataFrame:
    """Choose one option a page, so that no ring of parents is left.

    Args:
        options: child, kind, page, host, probability; sorted.
        stories: The story of each page, by row.

    Returns:
        The rows chosen, one a page, sorted by child.
    """
    ordered = options.with_row_index("place").sort(
        "child", "probability", "kind", "page", "host", descending=[False, True, False, False, False]
    )
    best = ordered.unique("child", keep="first", maintain_order=True)
    taken = best.filter(pl.col("kind") == PAGE)
    ringed = _stories_with_rings(dict(taken.select("child", "page").iter_rows()), stories)
    if not ringed:
        return best.drop("place")
    within = pl.Series(np.isin(stories[ordered["child"].to_numpy()], ringed))
    redone = [
        _choose_tree(part)
        for _, part in ordered.filter(within).group_by(
            pl.Series("story", stories[ordered.filter(within)["child"].to_numpy()]), maintain_order=True
        )
    ]
    kept = best.filter(~pl.Series(np.isin(stories[best["child"].to_numpy()], ringed)))
    return pl.concat([kept, *redone]).sort("child").drop("place")


def _stories_with_rings(parent: dict[int, int], stories: I64) -> list[int]:
    found = []
    left = dict(parent)
    while ring := _find_ring(left):
        story = int(stories[ring[0]])
        found.append(story)
        left = {page: source for page, source in left.items() if int(stories[page]) != story}
    return sorted(found)


def _choose_tree(options: pl.DataFrame) -> pl.DataFrame:
    """One story's options -> the rows of its best tree; the root's are the best unseen source or none."""
    score = pl.col("probability").clip(LEAST_PROBABILITY).log()
    source = pl.when(pl.col("kind") == PAGE).then("page").otherwise(-1)
    rows = options.with_columns(source=source, score=score).unique(
        ["child", "source"], keep="first", maintain_order=True
    )
    edges: dict[int, dict[int, float]] = {}
    for child, source_row, value in rows.select("child", "source", "score").iter_rows():
        edges.setdefault(child, {})[source_row] = value
    tree = _arborescence(edges) if len(edges) <= MOST_PAGES_EXACT else _greedy_tree(edges)
    chosen = pl.DataFrame(
        {"child": list(tree), "source": list(tree.values())}, schema={"child": pl.Int64, "source": pl.Int64}
    )
    return rows.join(chosen, on=["child", "source"], how="semi").drop("source", "score")


__all__ = ["NONE", "choose", "load_weights", "runs", "softmax", "weigh"]
