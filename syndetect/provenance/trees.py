"""Trees over a story's pages: how likely each edge is over all of them, and the best one; compiled.

Edges (child, source, weight) go in, source ROOT standing for whatever is outside the story; every page takes one. A
choice of one edge a page is a tree where no page is its own ancestor, and its weight is the product of its edges'. By
the matrix-tree theorem (Tutte 1948; Koo, Globerson, Carreras and Collins 2007) the share of all trees' weight that
those with an edge have comes from the inverse of a Laplacian. That is triangular by blocks over the strongly connected
components of the graph of edges, so that only pages which can be one another's ancestors need an inverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from syndetect.schema import F64, I64, Bools

ROOT = -1
LEAST_WEIGHT = 1e-9
"""The root's edges count for at least this, so that there is a tree; those of pages below it count for nothing."""
LARGEST_BLOCK = 3000
"""Pages of a component whose inverse is taken whole: 3,000 take some six seconds of a core and 150 MiB."""
_TICKS = 1e9
"""Scores are counted in these, so that sums are exact and ties are ties."""


@dataclass(frozen=True)
class Marginals:
    """Share of the weight of all trees that the trees with each edge have; which edges were pruned to get there."""

    share: F64
    pruned: Bools


def _components(n: int, child: I64, source: I64, keep: Bools) -> I64:
    """Number the strongly connected components of pages."""
    inner = keep & (source != ROOT)
    graph = coo_array((inner[inner], (source[inner], child[inner])), shape=(n, n))
    number: I64 = connected_components(graph.tocsr(), connection="strong")[1].astype(np.int64)
    return number


@njit(cache=True, nogil=True)
def _block_shares(edges, members, member_from, place, component, keep, total, share):  # type: ignore[no-untyped-def]
    """Fill in the share of each edge, component by component."""
    starts, sources, weights = edges
    for block in range(len(member_from) - 1):
        low, high = member_from[block], member_from[block + 1]
        size = high - low
        if size == 1:
            c = members[low]
            for e in range(starts[c], starts[c + 1]):
                if keep[e]:
                    share[e] = weights[e] / total[c]
            continue
        laplacian = np.eye(size)
        for i in range(size):
            c = members[low + i]
            for e in range(starts[c], starts[c + 1]):
                if keep[e] and sources[e] >= 0 and component[sources[e]] == block:
                    laplacian[place[sources[e]], i] -= weights[e] / total[c]
        inverse = np.linalg.inv(laplacian)
        for i in range(size):
            c = members[low + i]
            of_child = 0.0
            for e in range(starts[c], starts[c + 1]):
                if keep[e]:
                    reached = 0.0
                    if sources[e] >= 0 and component[sources[e]] == block:
                        reached = inverse[i, place[sources[e]]]
                    share[e] = max(0.0, weights[e] / total[c] * (inverse[i, i] - reached))
                    of_child += share[e]
            for e in range(starts[c], starts[c + 1]):
                share[e] /= of_child


def _fall_apart(n: int, edges: tuple[I64, I64, F64], keep: Bools, largest: int) -> tuple[I64, Bools]:
    """Prune the edges of least weight within components of more than `largest` pages until none is left.

    Args:
        n: Pages.
        edges: Children, sources, and weights that add up to one a page.
        keep: Which edges there are.
        largest: Pages of a component.

    Returns:
        The component of each page; which edges are left.
    """
    child, source, weights = edges
    component = _components(n, child, source, keep)
    sizes = np.bincount(component, minlength=1)
    inner = keep & (source != ROOT)
    inner[inner] = component[source[inner]] == component[child[inner]]
    for block in np.flatnonzero(sizes > largest):
        of = np.flatnonzero(inner & (component[child] == block))
        levels = np.unique(weights[of])
        low, high = 0, len(levels) - 1
        while low < high:
            middle = (low + high) // 2
            trial = keep.copy()
            trial[of] = weights[of] > levels[middle]
            fits = np.bincount(_components(n, child, source, trial)[component == block]).max() <= largest
            low, high = (low, middle) if fits else (middle + 1, high)
        keep = keep.copy()
        keep[of] = weights[of] > levels[low]
    return (_components(n, child, source, keep) if (sizes > largest).any() else component), keep


def edge_marginals(
    child: I64, source: I64, weight: F64, n_pages: int, *, largest_block: int = LARGEST_BLOCK
) -> Marginals:
    """Find how likely each edge is over all trees.

    Args:
        child: Of each edge, sorted; every page has an edge from the root.
        source: Page or ROOT; a page may have several edges from the root.
        weight: Not negative; what a page's add up to does not matter.
        n_pages: Pages are 0 .. n_pages - 1.
        largest_block: In components of more pages edges are pruned, those of least weight first.

    Returns:
        Shares that add up to one a page.
    """
    starts = np.searchsorted(child, np.arange(n_pages + 1)).astype(np.int64)
    usable = weight / np.maximum(np.bincount(child, weight, minlength=n_pages), 1e-300)[child]
    usable = np.where(source == ROOT, np.maximum(usable, LEAST_WEIGHT), usable)
    keep = usable >= LEAST_WEIGHT
    component, kept = _fall_apart(n_pages, (child, source, usable), keep, largest_block)
    total = np.bincount(child, usable * kept, minlength=n_pages)
    members = np.argsort(component, kind="stable").astype(np.int64)
    n_found = int(component.max()) + 1 if n_pages else 0
    member_from = np.searchsorted(component[members], np.arange(n_found + 1)).astype(np.int64)
    place = np.empty(n_pages, np.int64)
    place[members] = np.arange(n_pages) - member_from[component[members]]
    share = np.zeros(len(child))
    _block_shares((starts, source, usable), members, member_from, place, component, kept, total, share)
    return Marginals(share, keep & ~kept)


@njit(cache=True, nogil=True)
def _find(above, v):  # type: ignore[no-untyped-def]
    top = v
    while above[top] != top:
        top = above[top]
    while above[v] != top:
        above[v], v = top, above[v]
    return top


@njit(cache=True, nogil=True)
def _settle(v, lazy, cost, left, right):  # type: ignore[no-untyped-def]
    """Hand a heap's pending change of cost down one level."""
    if lazy[v] != 0:
        for below in (left[v], right[v]):
            if below >= 0:
                cost[below] += lazy[v]
                lazy[below] += lazy[v]
        lazy[v] = 0


@njit(cache=True, nogil=True)
def _merge(a, b, heap, way):  # type: ignore[no-untyped-def]
    """Merge two leftist heaps of edges, the cheapest, then the first, on top."""
    cost, lazy, left, right, rank = heap
    depth = 0
    while a >= 0 and b >= 0:
        if cost[b] < cost[a] or (cost[b] == cost[a] and b < a):
            a, b = b, a
        _settle(a, lazy, cost, left, right)
        way[depth] = a
        depth += 1
        a = right[a]
    top = a if a >= 0 else b
    while depth:
        depth -= 1
        v = way[depth]
        right[v] = top
        other = left[v]
        if other < 0 or (top >= 0 and rank[other] < rank[top]):
            left[v], right[v] = top, other
        rank[v] = rank[right[v]] + 1 if right[v] >= 0 else 1
        top = v
    return top


@njit(cache=True, nogil=True)
def _pop(v, heap, way):  # type: ignore[no-untyped-def]
    cost, lazy, left, right, _ = heap
    _settle(v, lazy, cost, left, right)
    return _merge(left[v], right[v], heap, way)


@njit(cache=True, nogil=True)
def _contract(ring, entry, path, length, nodes, heap, way):  # type: ignore[no-untyped-def]
    """Make the end of the path, from `entry` on, one node whose edges cost what they cost more than the ring's own."""
    whole, ring_of, top = nodes
    cost, lazy = heap[0], heap[1]
    w = -1
    while w != entry:
        length -= 1
        w = path[length]
        e = top[w]
        change = -cost[e]
        cost[e] += change
        lazy[e] += change
        top[ring] = _merge(top[ring], _pop(e, heap, way), heap, way)
        whole[w] = ring
        ring_of[w] = ring
    return length


@njit(cache=True, nogil=True)
def _best_tree(n, child, source, cost):  # type: ignore[no-untyped-def]
    """The edge each page takes (Tarjan 1977, with leftist heaps): a ring of cheapest edges becomes one node."""
    m = len(child)
    heap = (cost, np.zeros(m, np.int64), np.full(m, -1, np.int64), np.full(m, -1, np.int64), np.ones(m, np.int64))
    way = np.empty(128, np.int64)
    top, whole, ring_of = np.full(2 * n, -1, np.int64), np.arange(2 * n), np.full(2 * n, -1, np.int64)
    for e in range(m):
        top[child[e]] = _merge(top[child[e]], e, heap, way)
    chosen, mark, path = np.full(2 * n, -1, np.int64), np.full(2 * n, -1, np.int64), np.empty(2 * n, np.int64)
    n_nodes = n
    for first in range(n):
        length, v = 0, _find(whole, first)
        while v != ROOT and mark[v] < 0:
            while source[top[v]] != ROOT and _find(whole, source[top[v]]) == v:
                top[v] = _pop(top[v], heap, way)
            mark[v], path[length], chosen[v] = first, v, top[v]
            length += 1
            u = source[top[v]]
            u = _find(whole, u) if u != ROOT else ROOT
            if u != ROOT and mark[u] == first:
                length = _contract(n_nodes, u, path, length, (whole, ring_of, top), heap, way)
                u, n_nodes = n_nodes, n_nodes + 1
            v = u
    for ring in range(n_nodes - 1, n - 1, -1):
        entered = child[chosen[ring]]
        while ring_of[entered] != ring:
            entered = ring_of[entered]
        chosen[entered] = chosen[ring]
    return chosen[:n]


def best_tree(child: I64, source: I64, share: F64, n_pages: int) -> I64:
    """Find the tree whose edges' shares have the largest product; of edges alike the first is taken.

    Args:
        child: Of each edge.
        source: Page or ROOT.
        share: Of each edge; one of nought is taken only if there is no other way.
        n_pages: Pages are 0 .. n_pages - 1; every page has an edge from the root.

    Returns:
        The edge each page takes.
    """
    logs = np.log(np.maximum(share, LEAST_WEIGHT * LEAST_WEIGHT))
    cost = -np.round(logs * _TICKS).astype(np.int64)
    result: I64 = _best_tree(n_pages, child.astype(np.int64), source.astype(np.int64), cost)
    return result
