"""Same-text pairs -> groups of copies, digests, stories.

Texts that contain each other for the most part are one group. An excerpt joins the group of the *one* page it is
mostly taken from: if every shared passage joined two groups, quotations and stock sentences would chain thousands of
stories into one. A page that carries passages of several stories is a digest: it joins none, and its pairs say so. A
page through which alone two parts hang together that share no other text stays with one of them. Groups of several
languages are joined by verified translations.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.schema import I32, I64, Bools
from syndetect.stories.chains import find_loose
from syndetect.stories.digests import resolve
from syndetect.stories.graph import (
    LEAST_COVER,
    NEARLY_ALL,
    Documents,
    Pairs,
    name_components,
    order_documents,
    read_pairs,
    rows_of,
)
from syndetect.stories.parts import find_suspects, number_runs, starts_of_runs

LONG = 0.8
"""Members of at least this share of a group's longest are taken for its longest: of a text that others cut, the cut
ones must not decide where it belongs."""

PASSAGES = pl.List(pl.Array(pl.Int32, 4))
"""[left from, left to, right from, right to] of each passage, in tokens."""
OF_DIGEST = "one page is a digest of several stories"
BRIDGE = "the two parts share no other text"
CHAIN = "a link of a chain whose ends share little"
ELSEWHERE = "less than half of either page, or more of it stands elsewhere"
"""Why a pair of the same text does not join its pages."""


def _long_members(groups: I64, words: I32, wanted: I64) -> tuple[Bools, Bools]:
    """Which documents are about as long as the longest of their group, and which are no shorter than its median.

    Args:
        groups: The group of each row, by its least row.
        words: The length of each row.
        wanted: Rows of whose groups it is asked; all others get no flag.
    """
    asked = np.zeros(len(groups), np.bool_)
    asked[groups[wanted]] = True
    rows = np.flatnonzero(asked[groups])
    rows = rows[np.lexsort((words[rows], groups[rows]))]
    starts = starts_of_runs(groups[rows])
    of_run = number_runs(groups[rows])
    sizes = np.diff(np.append(starts, len(rows)))
    longest, usual = np.zeros(len(groups), np.bool_), np.zeros(len(groups), np.bool_)
    lengths = words[rows]
    longest[rows] = lengths >= LONG * lengths[starts + sizes - 1][of_run]
    usual[rows] = lengths >= lengths[starts + (sizes - 1) // 2][of_run]
    return longest, usual


def _one_source_each(pairs: Pairs, chosen: Bools, groups: I64, words: I32) -> tuple[I64, I64]:
    """For each group the one page of another group that it goes with.

    That is the page that most of the words of its longest members stand in; where there is none, a page that it holds
    as a whole in a longer text of its own, one that is no cut copy of its group.

    Args:
        pairs: Judged the same.
        chosen: Excerpts that may join.
        groups: The group of each row.
        words: The length of each row.
    """
    rows = np.flatnonzero(chosen & (groups[pairs.left] != groups[pairs.right]))
    page = np.concatenate([pairs.left[rows], pairs.right[rows]])
    other = np.concatenate([pairs.right[rows], pairs.left[rows]])
    share = np.concatenate([pairs.left_cover[rows], pairs.right_cover[rows]])
    other_share = np.concatenate([pairs.right_cover[rows], pairs.left_cover[rows]])
    longest, usual = _long_members(groups, words, page)
    held = share < LEAST_COVER
    mostly = (share >= other_share) & ~held
    whole = (other_share >= NEARLY_ALL) & held & usual[other]
    at = np.flatnonzero((mostly | whole) & longest[page])
    # Of pages that it holds the one that makes up most of it.
    at = at[np.lexsort((page[at], other[at], -share[at], held[at], groups[page[at]]))]
    at = at[starts_of_runs(groups[page[at]])]
    return page[at], other[at]


def _frame_groups(documents: Documents, labels: I64) -> pl.DataFrame:
    """doc_id, group_id: a group named by its earliest member."""
    frame = pl.DataFrame({"doc_id": documents.ids, "group_id": documents.ids.gather(labels)})
    return frame if frame["doc_id"].is_sorted() else frame.sort("doc_id")


def _rows_different(pairs: pl.DataFrame, documents: Documents) -> tuple[I64, I64]:
    """Rows of the pairs that were compared and found to share no text worth naming."""
    is_different = (pl.col("judgement") == "different") & pl.col("relation").is_null()
    found = pairs.lazy().filter(is_different).select("left_id", "right_id").collect()
    return rows_of(documents, found["left_id"]), rows_of(documents, found["right_id"])


def _judge_anew(pairs: pl.DataFrame, same: Bools, why: dict[str, Bools]) -> pl.DataFrame:
    """Say of the pairs judged the same why they do not join their pages.

    Args:
        pairs: As given.
        same: Which of them were judged the same.
        why: For each reason which of those it holds for; of several the first.
    """
    reasons = list(why)
    rows = np.flatnonzero(same)
    code = np.full(len(pairs), len(reasons), np.int64)
    for number in reversed(range(len(reasons))):
        code[rows[why[reasons[number]]]] = number
    said = pl.Series("not_joined", [*reasons, None], dtype=pl.String).gather(code)
    of_digest = pl.col("not_joined") == OF_DIGEST
    return pairs.with_columns(said).with_columns(
        judgement=pl.when(of_digest)
        .then(pl.lit("different"))
        .when(pl.col("not_joined").is_in([BRIDGE, CHAIN]))
        .then(pl.lit("unsure"))
        .otherwise("judgement"),
        relation=pl.when(of_digest).then(pl.lit("excerpt")).otherwise("relation"),
    )


def group_copies(pairs: pl.DataFrame, documents: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Group the copies of one text.

    Args:
        pairs: left_id, right_id, judgement, relation, similarity, left_containment, right_containment, and passages
            (PASSAGES, empty where none) of texts in the same words; further columns are kept. Ids are any integers.
        documents: doc_id, n_words, at (time; may be NULL).

    Returns:
        doc_id, group_id (the earliest document of its group) of every document; the pairs, with `not_joined`, which
        says why a pair judged the same does not join its pages: pairs of a digest and what it carries turn to
        different, those that alone hang two parts together to unsure; ids of the digests, sorted.
    """
    ordered = order_documents(documents)
    n = len(ordered)
    is_same = (pairs["judgement"] == "same").fill_null(value=False)
    same = read_pairs(pairs, is_same, ordered)
    digests, bridges = resolve(same, find_suspects(same, n), ordered)
    one, other = digests[same.left], digests[same.right]
    of_digest = (one | other) & (same.excerpt | ~(one & other))
    bridge = np.zeros(len(same.left), np.bool_)
    bridge[bridges] = True
    near = ~same.excerpt & ~of_digest & ~bridge
    loose = np.zeros(len(near), np.bool_)
    loose[near] = find_loose(
        n, (same.left[near], same.right[near]), same.similarity[near], _rows_different(pairs, ordered)
    )
    near &= ~loose
    left, right = same.left[near], same.right[near]
    excerpt = same.excerpt & ~of_digest & ~bridge
    child, source = _one_source_each(same, excerpt, name_components(n, left, right), ordered.words)
    labels = name_components(n, np.concatenate([left, child]), np.concatenate([right, source]))
    apart = labels[same.left] != labels[same.right]
    why = {OF_DIGEST: of_digest, BRIDGE: bridge & apart, CHAIN: loose & apart, ELSEWHERE: apart}
    judged = _judge_anew(pairs, is_same.to_numpy(), why)
    return _frame_groups(ordered, labels), judged, ordered.ids.filter(pl.Series(digests)).sort()


def join_languages(groups: pl.DataFrame, links: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Join groups of copies into stories along verified translations.

    Args:
        groups: doc_id, group_id.
        links: left_id, right_id of accepted translations.
        documents: doc_id, at (time; may be NULL).

    Returns:
        doc_id, group_id, a story named by its earliest document, so that its name stays while that does.
    """
    ordered = order_documents(documents)
    left = pl.concat([groups["group_id"], links["left_id"].cast(groups["group_id"].dtype)])
    right = pl.concat([groups["doc_id"], links["right_id"].cast(groups["doc_id"].dtype)])
    labels = name_components(len(ordered), rows_of(ordered, left), rows_of(ordered, right))
    return _frame_groups(ordered, labels)


__all__ = ["PASSAGES", "group_copies", "join_languages"]
