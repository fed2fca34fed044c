"""Chains of pages that are each like the next, while their ends share little: weather reports, fixtures, templates.

Copies of one text lie close around it: an edit of an edit still has most of the first. A component of near-duplicates
in which some page is further away, or whose pages were compared and found different, is a chain.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from syndetect.schema import F64, I64, Bools
from syndetect.stories.graph import name_components

FURTHEST = 3
"""Steps from the page with the most copies; edits of edits of edits of a text are within them."""
LEAST_PAGES = 4
"""Of three pages the two outer ones of Jaccard .7 to the middle still have .4 in common: no chain."""
DIFFERENT = 0.25
"""Share of the pairs compared in a component that were found different, from which it is a chain."""
FIRM = 0.8
"""Pairs of this similarity hold in a chain as well."""


@njit(cache=True)
def _hubs(labels, degree):  # type: ignore[no-untyped-def]
    """For each component, by its least row, the row with the most neighbours; of equals the earliest."""
    hub = np.arange(len(labels))
    for row in range(len(labels)):
        if degree[row] > degree[hub[labels[row]]]:
            hub[labels[row]] = row
    return hub


@njit(cache=True)
def _depths(left, right, labels, hub, furthest):  # type: ignore[no-untyped-def]
    """Steps of each row from the hub of its component, one more than `furthest` for all that is further."""
    depth = np.full(len(labels), furthest + 1, np.int64)
    for row in range(len(labels)):
        depth[hub[labels[row]]] = 0
    for step in range(1, furthest + 1):
        for i in range(len(left)):
            if depth[left[i]] == step - 1 and depth[right[i]] > step:
                depth[right[i]] = step
            elif depth[right[i]] == step - 1 and depth[left[i]] > step:
                depth[left[i]] = step
    return depth


def find_loose(n: int, near: tuple[I64, I64], similarity: F64, different: tuple[I64, I64]) -> Bools:
    """Which near-duplicate pairs are links of a chain.

    In a chain all pairs below FIRM are loose, but for those of a page that half of the chain's pages are copies of.

    Args:
        n: Number of documents.
        near: Rows of both documents of each near-duplicate pair.
        similarity: Of these pairs.
        different: Rows of the pairs that were compared and found different.
    """
    left, right = near
    labels = name_components(n, left, right)
    degree = np.bincount(left, minlength=n) + np.bincount(right, minlength=n)
    hub = _hubs(labels, degree)
    depth = _depths(left, right, labels, hub, FURTHEST)
    size = np.bincount(labels, minlength=n)
    far = np.bincount(labels[depth > FURTHEST], minlength=n) > 0
    inside = labels[different[0]] == labels[different[1]]
    n_different = np.bincount(labels[different[0][inside]], minlength=n)
    n_compared = n_different + np.bincount(labels[left], minlength=n)
    chain = (size >= LEAST_PAGES) & (far | (n_different > DIFFERENT * n_compared))
    centre = hub[labels[left]]
    of_centre = ((left == centre) | (right == centre)) & (2 * (degree[centre] + 1) >= size[labels[left]])
    loose: Bools = chain[labels[left]] & (similarity < FIRM) & ~of_centre
    return loose
