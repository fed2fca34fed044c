"""Judged pairs -> the pairs that hold when pages are joined to stories."""

from __future__ import annotations

import numpy as np
import polars as pl
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from syndetect.anchors.decide import VOUCHED
from syndetect.anchors.weights import EXTRACTED, prior_logits
from syndetect.schema import F64, I64, Bools

UNSEEN = -4.0
"""Logit of a pair that was never a candidate."""
CEILING = 12.0
"""Logits above this are as good as certain; one such pair must not carry ten unseen ones."""
WORTH_A_LOOK = -3.0
"""Logit from which a pair can bring two groups together, if the pairs beside it agree."""
AGREEMENT = 0.5
"""Pairs between two groups speak as often as their number to this power: they are not independent of each other."""
CUT = "the other pages of the two stories speak against it"
"""Why a pair that is the same by itself joins nothing."""
MOST_PAGES = 2_000
"""Pages that hang together and are merged at once (n x n numbers); of more only those judged the same are looked at."""


@njit(cache=True, nogil=True)
def _best_of_row(sums, sizes, alive, row):  # type: ignore[no-untyped-def]
    """The group that a group is best merged with, the first of equals, and mean evidence x pairs ** AGREEMENT."""
    best, gain = -1, -np.inf
    for other in range(len(sizes)):
        if alive[other] and other != row:
            value = sums[row, other] * (sizes[row] * sizes[other]) ** (AGREEMENT - 1)
            if value > gain:
                best, gain = other, value
    return best, gain


@njit(cache=True, nogil=True)
def _best_pair(pairs, labels, a, b):  # type: ignore[no-untyped-def]
    """The two pages of two groups whose pair says most, the first of equals."""
    left, right = -1, -1
    for i in range(len(labels)):
        if labels[i] != a:
            continue
        for j in range(len(labels)):
            if labels[j] == b and (left < 0 or pairs[i, j] > pairs[left, right]):
                left, right = i, j
    return left, right


@njit(cache=True, nogil=True)
def merge_groups(n, left, right, evidence, unseen, prior):  # type: ignore[no-untyped-def]
    """Average linkage of n pages: the label of each page, and the rows of `left` and `right` merged over.

    Two groups are merged while mean evidence x pairs ** AGREEMENT is above `prior`. Of equal merges the one with the
    smaller rows comes first. Each group keeps its best partner, so that a merge costs n steps, not n * n.
    """
    sums = np.full((n, n), unseen)
    for i in range(len(left)):
        sums[left[i], right[i]] = sums[right[i], left[i]] = evidence[i]
    pairs = sums.copy()
    sizes, labels, alive = np.ones(n), np.arange(n), np.ones(n, np.bool_)
    partner, gain = np.empty(n, np.int64), np.empty(n, np.float64)
    for row in range(n):
        partner[row], gain[row] = _best_of_row(sums, sizes, alive, row)
    bridges = np.empty((n, 2), np.int64)
    n_bridges = 0
    while n_bridges < n - 1:
        a = int(np.argmax(gain))
        if gain[a] <= prior:
            break
        b = partner[a]
        bridges[n_bridges] = _best_pair(pairs, labels, a, b)
        n_bridges += 1
        sums[a] += sums[b]
        sums[:, a] += sums[:, b]
        sizes[a] += sizes[b]
        alive[b], gain[b] = False, -np.inf
        labels[labels == b] = a
        partner[a], gain[a] = _best_of_row(sums, sizes, alive, a)
        for row in range(n):
            if not alive[row] or row == a:
                continue
            if partner[row] in (a, b):
                partner[row], gain[row] = _best_of_row(sums, sizes, alive, row)
                continue
            value = sums[row, a] * (sizes[row] * sizes[a]) ** (AGREEMENT - 1)
            if value > gain[row] or (value == gain[row] and a < partner[row]):
                partner[row], gain[row] = a, value
    return labels, bridges[:n_bridges]


def _hang_together(left: I64, right: I64, n: int, logits: F64) -> I64:
    """The component of each page over pairs worth a look; where one grows too large, over those above 0."""
    parts = np.zeros(n, np.int64)
    for least in (WORTH_A_LOOK, 0.0):
        used = logits > least
        graph = coo_matrix((np.ones(used.sum()), (left[used], right[used])), shape=(n, n))
        _, found = connected_components(graph, directed=False)
        if least == WORTH_A_LOOK:
            parts = found.astype(np.int64)
            large = np.bincount(parts)[parts] > MOST_PAGES
        else:
            parts = np.where(large, found + n, parts)
    return parts


def hang_together(judged: pl.DataFrame, others: pl.DataFrame) -> Bools:
    """Which other pairs lie between pages that `link` looks at together: it needs them, however little they reach.

    Args:
        judged: judge.COMPARED, with all pairs that reach WORTH_A_LOOK.
        others: left_id, right_id of pairs that do not.
    """
    best = judged.filter("is_best")
    probability = best["similarity"].to_numpy().clip(1e-9, 1 - 1e-9)
    ends = (best["left_page"], best["right_page"], others["left_id"], others["right_id"])
    ids, rows = np.unique(np.concatenate(ends), return_inverse=True)
    left, right, other_left, other_right = np.split(rows, np.cumsum([len(end) for end in ends])[:-1])
    parts = _hang_together(left, right, len(ids), np.log(probability / (1 - probability)))
    found: Bools = parts[other_left] == parts[other_right]
    return found


def _speaks_for_nothing(pairs: pl.DataFrame) -> Bools:
    """Pairs that are different, or held back by a rule: however many there are, they join nothing.

    What a large store asks of every pair more is asked of a merge once; without this, pairs that are different in such
    a store would join pages by their number; and two translations that share the same three marks with a page are no
    two witnesses.
    """
    different = pl.col("judgement") == "different"
    held = pl.col("evidence").str.contains('"reason"') if "evidence" in pairs.columns else pl.lit(False)
    weak: Bools = pairs.select(different | held.fill_null(False)).to_series().to_numpy()
    return weak


def _is_certain(pairs: pl.DataFrame) -> Bools:
    """Pairs that are the same, and of which one page says so: pages nobody compared speak neither for nor against."""
    if "evidence" not in pairs.columns:
        return np.zeros(len(pairs), np.bool_)
    said = pl.col("evidence").str.contains(VOUCHED, literal=True).fill_null(value=False)
    certain: Bools = pairs.select((pl.col("judgement") == "same") & said).to_series().to_numpy()
    return certain


def _join_labels(labels: I64, left: I64, right: I64) -> I64:
    """Labels of pages, those of the two pages of each pair made one."""
    ends = (np.ones(len(left)), (labels[left], labels[right]))
    _, found = connected_components(coo_matrix(ends, shape=(len(labels), len(labels))), directed=False)
    joined: I64 = found.astype(np.int64)[labels]
    return joined


def link(
    judged: pl.DataFrame, *, n_store_pages: int = 1, unseen: float = UNSEEN, section: str = EXTRACTED
) -> pl.DataFrame:
    """Keep the translations that still hold when pages are merged to stories by average linkage.

    Two groups of pages are one story while the pairs between them say so together, a pair that was no candidate
    counting `unseen`: one lucky pair no longer chains two stories, and several fair ones join what none joins alone.
    Stories are joined at last over pairs that are the same and vouched for (backing.is_vouched).

    Args:
        judged: schema.JUDGED_PAIR of pairs across languages, those that are not the same included.
        n_store_pages: What `judge_translations` was given: what it asked of each pair more in a large store is asked
            once of each merge.
        unseen: Logit of a pair that is not in `judged`.
        section: The weights by which they were judged.

    Returns:
        left_id, right_id, similarity: pairs whose pages end in one story and that are judged the same, and of each
        merge the best pair, so that the pairs hang together as the stories do.
    """
    pairs = judged.sort("left_id", "right_id")
    if pairs.is_empty():
        return pairs.select("left_id", "right_id", "similarity")
    probability = pairs["similarity"].to_numpy().clip(1e-9, 1 - 1e-9)
    logits = np.log(probability / (1 - probability))
    prior = prior_logits(n_store_pages, section)
    ids, rows = np.unique(np.concatenate([pairs["left_id"], pairs["right_id"]]), return_inverse=True)
    left, right = rows[: len(pairs)], rows[len(pairs) :]
    weak, certain = _speaks_for_nothing(pairs), _is_certain(pairs)
    parts = _hang_together(left, right, len(ids), logits)
    inside = np.flatnonzero(parts[left] == parts[right])
    inside = inside[np.argsort(parts[left[inside]], kind="stable")]
    labels, place = np.arange(len(ids)), np.zeros(len(ids), np.int64)
    bridges: set[tuple[int, int]] = set()
    for run in np.split(inside, np.flatnonzero(np.diff(parts[left[inside]])) + 1):
        members = np.unique(np.concatenate([left[run], right[run]]))
        place[members] = np.arange(len(members))
        evidence = np.clip(logits[run] + prior, -CEILING, np.where(weak[run], 0.0, CEILING))
        merged, over = merge_groups(len(members), place[left[run]], place[right[run]], evidence, unseen, prior)
        labels[members] = members[merged]
        bridges.update((int(min(members[a], members[b])), int(max(members[a], members[b]))) for a, b in over.tolist())
    labels = _join_labels(labels, left[certain], right[certain])
    same = (pairs["judgement"] == "same").to_numpy() & (labels[left] == labels[right])
    bridge = np.array([(a, b) in bridges for a, b in zip(left.tolist(), right.tolist(), strict=True)], np.bool_)
    return pairs.filter(pl.Series(same | bridge)).select("left_id", "right_id", "similarity")


def pairs_within(links: pl.DataFrame, judged: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Pairs of pages of different languages that `links` join to one story and nobody compared.

    Arabic meets Persian through English: the story is one, and the pair of the two is still to be judged by itself.

    Args:
        links: From `link`.
        judged: left_id, right_id of what was compared.
        pages: doc_id, language.

    Returns:
        left_id, right_id, sorted.
    """
    ids, rows = np.unique(np.concatenate([links["left_id"], links["right_id"]]), return_inverse=True)
    n = len(links)
    graph = coo_matrix((np.ones(n), (rows[:n], rows[n:])), shape=(len(ids), len(ids)))
    part = connected_components(graph, directed=False)[1] if n else np.zeros(0, np.int32)
    of_story = pl.DataFrame({"doc_id": ids, "part": part}).join(pages.select("doc_id", "language"), on="doc_id")
    both = of_story.join(of_story, on="part", suffix="_right")
    both = both.filter((pl.col("doc_id") < pl.col("doc_id_right")) & (pl.col("language") != pl.col("language_right")))
    found = both.select(pl.col("doc_id").alias("left_id"), pl.col("doc_id_right").alias("right_id"))
    return found.join(judged, on=["left_id", "right_id"], how="anti").sort("left_id", "right_id")


def hold_cut(judged: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Make unsure what was judged the same and did not hold when stories were joined.

    Args:
        judged: judge.COMPARED.
        links: From `link`, of the pages that stand for groups.
    """
    of_groups = links.select(pl.col("left_id").alias("left_page"), pl.col("right_id").alias("right_page"), held=True)
    held = judged.join(of_groups, on=["left_page", "right_page"], how="left", maintain_order="left")
    cut = (pl.col("judgement") == "same") & pl.col("held").is_null()
    held = held.filter(pl.col("is_best") | ~cut)  # one pair for a person to look at, not all of the groups'
    inner = pl.col("evidence").str.slice(0, pl.col("evidence").str.len_chars() - 1)
    return held.with_columns(
        pl.when(cut).then(pl.lit("unsure")).otherwise("judgement").alias("judgement"),
        pl.when(cut).then(None).otherwise("relation").alias("relation"),
        pl.when(cut).then(pl.format('{},"reason":"{}"}}', inner, pl.lit(CUT))).otherwise("evidence").alias("evidence"),
    ).drop("held")
