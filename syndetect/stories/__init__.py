"""Same-text pairs -> groups of copies, digests, stories.

Texts that contain each other for the most part are one group. An excerpt joins the group of the *one* page it is
mostly taken from: if every shared passage joined two groups, quotations and stock sentences would chain thousands of
stories into one. A page that carries passages of several stories is a digest: it joins none, and its pairs say so. A
page through which alone two parts hang together that share no other text stays with one of them. Groups of several
languages are joined by verified translations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from syndetect.schema import F64, I32, I64, Bools
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
from syndetect.stories.said import regroup

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


@dataclass(frozen=True)
class _Ends:
    """Excerpts from the view of one of their pages: rows of both, the share of `page` and that of `other` in common."""

    page: I64
    other: I64
    share: F64
    other_share: F64

    def where(self, flags: Bools | I64) -> _Ends:
        return _Ends(self.page[flags], self.other[flags], self.share[flags], self.other_share[flags])


def _ends_of(pairs: Pairs) -> _Ends:
    """Both ends of all excerpts; the second half are those of the right pages."""
    rows = np.flatnonzero(pairs.excerpt)
    return _Ends(
        np.concatenate([pairs.left[rows], pairs.right[rows]]),
        np.concatenate([pairs.right[rows], pairs.left[rows]]),
        np.concatenate([pairs.left_cover[rows], pairs.right_cover[rows]]),
        np.concatenate([pairs.right_cover[rows], pairs.left_cover[rows]]),
    )


def _first_of_groups(ends: _Ends, groups: I64) -> _Ends:
    """Of each group the end of which most is in the other page; of equals the earliest other page."""
    order = np.lexsort((ends.page, ends.other, -ends.share, groups[ends.page]))
    return ends.where(order[starts_of_runs(groups[ends.page[order]])])


def _one_source_each(pairs: Pairs, chosen: Bools, groups: I64, words: I32) -> tuple[I64, I64]:
    """For each group the one page of another group that it goes with.

    That is the page that most of the words of its longest members stand in, if no page that it may not join holds more
    of them; where there is none, a page that it holds as a whole in a longer text of its own. Which pages are cut
    copies, and so not held as a whole, shows once these have gone with what they were cut from.

    Args:
        pairs: Judged the same.
        chosen: Excerpts that may join.
        groups: The group of each row.
        words: The length of each row.
    """
    ends = _ends_of(pairs)
    ends = ends.where(np.tile(chosen[pairs.excerpt], 2) & (groups[ends.page] != groups[ends.other]))
    ends = ends.where(_long_members(groups, words, ends.page)[0][ends.page])
    mostly = (ends.share >= LEAST_COVER) & (ends.share >= ends.other_share)
    first = _first_of_groups(ends.where(mostly & (ends.share >= NEARLY_ALL * pairs.most[ends.page])), groups)
    has_source = np.zeros(len(groups), np.bool_)
    has_source[groups[first.page]] = True
    joined = name_components(len(groups), groups[first.page], groups[first.other])[groups]
    whole = (ends.other_share >= NEARLY_ALL) & (ends.share < LEAST_COVER) & ~has_source[groups[ends.page]]
    ends = ends.where(whole & (joined[ends.page] != joined[ends.other]))
    ends = ends.where(_long_members(joined, words, ends.other)[1][ends.other])
    held = _first_of_groups(ends, groups)
    return np.concatenate([first.page, held.page]), np.concatenate([first.other, held.other])


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


def same_texts(doc_ids: pl.Series, pairs: pl.DataFrame) -> pl.DataFrame:
    """Which pages of stories carry one text. Two that only share a part of theirs may have begun apart.

    Args:
        doc_ids: The pages.
        pairs: left_id, right_id of those that have the same text or translate it; no excerpts.

    Returns:
        doc_id, text_id (the least doc_id of the pages with this text), sorted.
    """
    ids = doc_ids.unique().sort()
    left, right = (ids.search_sorted(pairs[side]).to_numpy().astype(np.int64) for side in ("left_id", "right_id"))
    return pl.DataFrame({"doc_id": ids, "text_id": ids.gather(name_components(len(ids), left, right))})


__all__ = ["PASSAGES", "group_copies", "join_languages", "regroup", "same_texts"]
