"""The choice among a page's options: a conditional logit whose weights were learnt, spread over trees."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

import numpy as np
import polars as pl

from syndetect.provenance.options import FEATURES, PAGE
from syndetect.provenance.trees import ROOT, best_tree, edge_marginals
from syndetect.schema import F64, I64


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


def spread(options: pl.DataFrame, stories: I64) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make the probability of each option its share over all trees: no page is its own ancestor.

    Args:
        options: child, kind, page, probability within the child; sorted by child.
        stories: The story of each page, by row.

    Returns:
        The options with other probabilities. story, n_pruned: stories with so many pages that may be one another's
        ancestors that options of little weight were left out of account.
    """
    child, source = _edges(options)
    found = edge_marginals(child, source, options["probability"].to_numpy(), len(stories))
    # Rounded, as what an inverse gives in its last places depends on the machine.
    spread = options.with_columns(probability=pl.Series(np.round(found.share, 12)))
    pruned = pl.DataFrame({"story": stories[child[found.pruned]]}).group_by("story").agg(n_pruned=pl.len())
    return spread, pruned.sort("story")


def choose(options: pl.DataFrame, stories: I64) -> pl.DataFrame:
    """Choose one option a page: the tree of the largest product of probabilities.

    Args:
        options: child, kind, page, host, probability; sorted by these but for the probability.
        stories: The story of each page, by row.

    Returns:
        The rows chosen, one a page, sorted by child.
    """
    child, source = _edges(options)
    return options[best_tree(child, source, options["probability"].to_numpy(), len(stories))]


def _edges(options: pl.DataFrame) -> tuple[I64, I64]:
    source = np.where(options["kind"].to_numpy() == PAGE, options["page"].to_numpy(), ROOT)
    return options["child"].to_numpy().astype(np.int64), source.astype(np.int64)
