"""How many bands a signature is cut into: the layout that a threshold asks for, and the recall it promises.

With b bands of r rows, two texts of Jaccard s share a band key, and become candidates, with probability
P(s) = 1 - (1 - s**r)**b. Nothing is imported here, so that `syndetect settings` can show the layout at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

LEAST_RECALL = 0.999
"""What is promised at the threshold. A false candidate costs the time to verify it, a missed pair is lost for good."""
STEPS = 256
"""Intervals of Simpson's rule; enough to choose what exact integrals choose (a test)."""


@dataclass(frozen=True)
class BandLayout:
    """Bands, the rows (signature values) in each, and the share of pairs at the threshold that become candidates."""

    bands: int
    rows: int
    threshold: float
    recall: float

    def words(self) -> str:
        """The promise in words; the share is rounded down."""
        return (
            f"{_count(self.bands, 'band')} of {_count(self.rows, 'row')}: {math.floor(self.recall * 1e4) / 100:.2f}% of"
            f" pairs at Jaccard {self.threshold:g} become candidates"
        )


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def expected_recall(similarity: float, bands: int, rows: int) -> float:
    """The probability that two texts of this Jaccard share a band key.

    Source:
        Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4.
    """
    return 1.0 - float((1.0 - similarity**rows) ** bands)


def expected_error(threshold: float, bands: int, rows: int, *, missed_weight: float = 0.5) -> float:
    """The weighted areas of false candidates below the threshold and of missed pairs above it.

    Source:
        Zhu, Nargesian, Pu, Miller, LSH Ensemble, VLDB 2016; datasketch's `_optimal_param`.
    """
    false = _area(lambda s: expected_recall(s, bands, rows), 0.0, threshold)
    missed = _area(lambda s: 1.0 - expected_recall(s, bands, rows), threshold, 1.0)
    return (1.0 - missed_weight) * false + missed_weight * missed


def _area(of: Callable[[float], float], low: float, high: float) -> float:
    """The integral by Simpson's rule."""
    step = (high - low) / STEPS
    inner = sum((4 if n % 2 else 2) * of(low + n * step) for n in range(1, STEPS))
    return (of(low) + inner + of(high)) * step / 3


@lru_cache(maxsize=64)
def band_layout(
    threshold: float,
    n_permutations: int,
    *,
    missed_weight: float = 0.5,
    least_recall: float = LEAST_RECALL,
    whole: bool = True,
) -> BandLayout:
    """Choose bands and rows for a threshold.

    The layout of least `expected_error` among those that promise `least_recall` at the threshold. Of layouts that use
    all values, one with more rows has fewer candidates at every similarity, and the promise is the harder condition:
    so this is also the one with the fewest false candidates that keeps it. Where none can (few values, low threshold)
    it is the one that promises most, a band for each value.

    Args:
        threshold: Jaccard from which on pairs should be found.
        n_permutations: Values a signature.
        missed_weight: What a missed pair weighs beside a false candidate; both together weigh 1.
        least_recall: The promise; 0 leaves the published optimum as it is.
        whole: Whether bands have to use all values, as band keys do.
    """
    layouts = [
        BandLayout(bands, rows, threshold, expected_recall(threshold, bands, rows))
        for bands in range(1, n_permutations + 1)
        for rows in range(1, n_permutations // bands + 1)
        if not whole or bands * rows == n_permutations
    ]
    promising = [layout for layout in layouts if layout.recall >= least_recall]
    if not promising:
        return max(layouts, key=lambda layout: layout.recall)
    return min(promising, key=lambda one: expected_error(threshold, one.bands, one.rows, missed_weight=missed_weight))
