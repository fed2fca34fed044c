"""What the features of a pair weigh, learnt beforehand, and what a large store asks more."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from syndetect.anchors.tables import DATA
from syndetect.schema import F64

EXTRACTED, LEXICON = "anchors", "lexicon"
"""Sets of weights: for anchors as extracted, and for those with the words of the store's own lexicon."""

ARRAYS = ("mean", "scale", "first", "last", "twins", "event")
"""Fields of Weights that are rows of numbers."""


@dataclass(frozen=True)
class Weights:
    """A logistic regression, learnt by benchmarks/learn_anchor_weights.py; of standardised features.

    `first` weighs the pair by itself and beside the other candidates of its pages; `last` the same and the two margins
    over the second best candidate of either page in the other's language; `twins` says whether two pages of one
    language tell the same story, `event` whether a pair that is no translation tells of one event (of the features that
    `first` weighs). The last number of each is the constant.
    """

    mean: F64
    scale: F64
    first: F64
    last: F64
    twins: F64
    event: F64
    letters: dict[str, float]  # letters a language needs for one English letter
    n_pages: float  # pages of the stores it was learnt in
    careful: float  # logits a pair must have there: with so many the share of right pairs is as wanted

    def usual(self, columns: tuple[int, ...]) -> tuple[F64, F64]:
        """What a candidate has of some features as a rule, and by how much that differs from one to another."""
        return self.mean[list(columns)], self.scale[list(columns)]

    def own(self, weighing: F64, features: F64) -> F64:
        """What the features of pairs by themselves say under `first` or `event`, in logits; `others` is to be added."""
        n = features.shape[1]
        # Not a BLAS product: that rounds a row by where it stands in its batch.
        said: F64 = np.einsum("ij,j->i", (features - self.mean[:n]) / self.scale[:n], weighing[:n]) + weighing[-1]
        return said

    def others(self, weighing: F64, beside: F64) -> F64:
        """What the other candidates of their pages (`margins.beside`) add."""
        n = beside.shape[1]
        said: F64 = np.einsum("ij,j->i", (beside - self.mean[-n:]) / self.scale[-n:], weighing[-n - 1 : -1])
        return said


@lru_cache(maxsize=2)
def load_weights(section: str = EXTRACTED) -> Weights:
    """The weights that come with the package; those for anchors as extracted where there are no others."""
    raw = json.loads((DATA / "translation_weights.json").read_text(encoding="utf-8"))
    own = raw.get(section, raw[EXTRACTED])
    arrays = {name: np.array(own[name], np.float64) for name in ARRAYS}
    letters = {str(k): float(v) for k, v in raw["letters"].items()}
    return Weights(**arrays, letters=letters, n_pages=own["n_pages"], careful=own["careful"])


def prior_logits(n_store_pages: int, section: str = EXTRACTED) -> float:
    """What a pair must have more in a store of so many pages than even odds in those the weights were learnt in.

    The more pages there are that have no counterpart, the more a page can be mistaken for. Measured in worlds of
    documents not learnt from, where 1,000 pages with their translations lie among 7,000 without: precision .92 where
    nothing more is asked, .97 with ln(pages / 1,000). Where the share of pages that have a translation stays as it is,
    no more is needed from 300 pages to 10,000.
    """
    weights = load_weights(section)
    return weights.careful + growth_logits(n_store_pages, weights)


GROWTH = 0.6
"""Logits that a pair needs more in a store e times as large. The odds of a candidate fall as the number of pages rises,
which would be 1; a part of that the margins over rivals and what other candidates share take up themselves. Measured on
held-out documents among 200,000 made-up pages (benchmarks/cross_lingual.py around): the best threshold lies
where .60 puts it, and at 1,000 and 20,000 pages below that; of the first look there, .3 has a precision of .95."""


def growth_logits(n_store_pages: int, weights: Weights) -> float:
    """What GROWTH asks more of a pair than in the stores the weights were learnt in."""
    return GROWTH * max(0.0, math.log(max(n_store_pages, 1) / weights.n_pages))
