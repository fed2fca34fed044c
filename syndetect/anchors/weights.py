"""What the features of a pair weigh, learnt beforehand, and what a large store asks more."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from syndetect.anchors.tables import DATA
from syndetect.schema import F64


@dataclass(frozen=True)
class Weights:
    """A logistic regression, learnt by benchmarks/learn_anchor_weights.py; of standardised features.

    `first` weighs the pair by itself; `last` the same and the two margins over the second best candidate of either
    page in the other's language. The last number of each is the constant.
    """

    mean: F64
    scale: F64
    first: F64
    last: F64
    letters: dict[str, float]  # letters a language needs for one English letter
    n_pages: float  # pages of the stores it was learnt in


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The weights that come with the package."""
    raw = json.loads((DATA / "translation_weights.json").read_text(encoding="utf-8"))
    arrays = {name: np.array(raw[name], np.float64) for name in ("mean", "scale", "first", "last")}
    return Weights(**arrays, letters={str(k): float(v) for k, v in raw["letters"].items()}, n_pages=raw["n_pages"])


def prior_logits(n_store_pages: int) -> float:
    """What a pair must have more in a store of so many pages than in those the weights were learnt in.

    The more pages there are, the more a page can be mistaken for: the odds of a candidate fall with their number
    (measured: the best threshold rises by about ln(pages) from 1,000 to 200,000 pages).
    """
    return max(0.0, math.log(max(n_store_pages, 1) / load_weights().n_pages))
