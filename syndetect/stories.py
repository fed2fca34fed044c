"""Same-text pairs -> groups of copies, digests, stories.

Texts that contain each other for the most part are one group. An excerpt joins the group of the *one* page it is
mostly taken from: if every shared passage joined two groups, quotations and stock sentences would chain thousands of
stories into one. A page that carries passages of several stories is a digest: it joins none, and its pairs say so.
Groups of several languages are joined by verified translations.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from syndetect.schema import I64, U64

LEAST_COVER = 0.5
"""A group joins the story of a page in which this share of its longest members' words stands. Below it, quotations,
stock sentences and items of digests join what tells different things."""
LONG = 0.8
"""Members of at least this share of a group's longest are taken for its longest: of a text that others cut, the cut
ones must not decide where it belongs."""
LARGEST_OVERLAP = 0.2
"""Passages of a digest overlap by no more than this share of the shorter."""
HEAD_TOKENS = 40
HEAD_SHARE = 0.15
"""A digest gives the heads of its items: passages that begin within these tokens, or this share, of the item."""

GROUP = pl.Schema({"doc_id": pl.UInt64(), "group_id": pl.UInt64()})
"""A document and the id of the earliest document of its group."""


def components(ids: U64, left: U64, right: U64) -> I64:
    """Number the connected components: for each of the sorted ids the component it is in."""
    a, b = np.searchsorted(ids, left), np.searchsorted(ids, right)
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(len(ids), len(ids)))
    labels: I64 = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def _label(documents: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """doc_id, group_id of each document, a group named by its earliest member (ties by id)."""
    ordered = documents.select("doc_id", "at").sort("doc_id")
    ids = ordered["doc_id"].to_numpy()
    labels = components(ids, edges["left_id"].to_numpy(), edges["right_id"].to_numpy())
    named = ordered.with_columns(label=pl.Series(labels))
    first = named.sort("at", "doc_id", nulls_last=True).group_by("label").agg(group_id=pl.col("doc_id").first())
    return named.join(first, on="label").select("doc_id", "group_id").sort("doc_id")


def _both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    """Each pair from the view of either page: doc_id, other_id, share of doc_id's words, where the passages stand."""
    sides = []
    for mine, theirs, at in (("left", "right", 0), ("right", "left", 2)):
        sides.append(
            pairs.select(
                doc_id=f"{mine}_id", other_id=f"{theirs}_id", share=f"{mine}_containment",
                other_share=f"{theirs}_containment", relation="relation",
                begin=pl.col("passages").list.eval(pl.element().arr.get(at)),
                end=pl.col("passages").list.eval(pl.element().arr.get(at + 1)),
                other_begin=pl.col("passages").list.eval(pl.element().arr.get(2 - at)),
            )
        )  # fmt: skip
    return pl.concat(sides)


def find_digests(pairs: pl.DataFrame, documents: pl.DataFrame) -> pl.Series:
    """Documents that hold the heads of two stories or more, apart from each other.

    Times are no help: a digest may be crawled before its items, or tell none.

    Args:
        pairs: JUDGED_PAIR, judged the same.
        documents: doc_id, n_words, at (time; may be NULL).

    Returns:
        The ids, sorted.
    """
    lengths = documents.select(other_id="doc_id", other_words="n_words")
    heads = (
        _both_ways(pairs.filter(pl.col("relation") == "excerpt"))
        .filter(pl.col("share") < LEAST_COVER)
        .explode("begin", "end", "other_begin")
        .filter(pl.col("begin") >= 0)
        .join(lengths, on="other_id")
        .filter(pl.col("other_begin") <= pl.max_horizontal(HEAD_TOKENS, pl.col("other_words") * HEAD_SHARE))
    )
    suspects = heads.group_by("doc_id").agg(n=pl.col("other_id").n_unique()).filter(pl.col("n") > 1)["doc_id"]
    # Whether two of its sources tell one story is asked without the suspects: they would join them.
    rest = pairs.filter(~pl.col("left_id").is_in(suspects.implode()) & ~pl.col("right_id").is_in(suspects.implode()))
    groups = _label(documents, rest).rename({"doc_id": "other_id"})
    longest = (
        heads.filter(pl.col("doc_id").is_in(suspects.implode()))
        .join(groups, on="other_id")
        .with_columns(length=pl.col("end") - pl.col("begin"))
        .sort("length", "other_id", "begin", descending=[True, False, False])
        .group_by("doc_id", "group_id", maintain_order=True)
        .agg(pl.first("begin", "end", "length"))
    )
    apart = longest.join(longest, on="doc_id", suffix="_b").filter(pl.col("group_id") < pl.col("group_id_b"))
    overlap = pl.min_horizontal("end", "end_b") - pl.max_horizontal("begin", "begin_b")
    shorter = pl.min_horizontal("length", "length_b")
    return apart.filter(overlap < LARGEST_OVERLAP * shorter)["doc_id"].unique().sort()


def _one_source_each(excerpts: pl.DataFrame, groups: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """For each group the one page of another group that most of its longest members' words stand in."""
    sized = groups.join(documents.select("doc_id", "n_words", "at"), on="doc_id")
    long = sized.filter(pl.col("n_words") >= LONG * pl.col("n_words").max().over("group_id"))
    others = sized.select(other_id="doc_id", other_group="group_id", other_at="at")
    best = (
        _both_ways(excerpts)
        .filter((pl.col("share") >= LEAST_COVER) & (pl.col("share") >= pl.col("other_share")))
        .join(long.select("doc_id", "group_id"), on="doc_id")
        .join(others, on="other_id")
        .filter(pl.col("group_id") != pl.col("other_group"))
        .sort("share", "other_at", "other_id", "doc_id", descending=[True, False, False, False], nulls_last=True)
        .group_by("group_id", maintain_order=True)
        .first()
    )
    return best.select(
        left_id=pl.min_horizontal("doc_id", "other_id"), right_id=pl.max_horizontal("doc_id", "other_id")
    )


def group_copies(pairs: pl.DataFrame, documents: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Group the copies of one text.

    Args:
        pairs: JUDGED_PAIR of texts in the same words.
        documents: doc_id, n_words, at (time; may be NULL).

    Returns:
        GROUP for every document; the pairs, those of a digest and its items turned to different; ids of the digests.
    """
    same = pairs.filter(pl.col("judgement") == "same")
    digests = find_digests(same, documents)
    either = pl.col("left_id").is_in(digests.implode()) | pl.col("right_id").is_in(digests.implode())
    of_digest = either & (pl.col("relation") == "excerpt")
    rest = same.filter(~of_digest)
    whole = rest.filter(pl.col("relation") != "excerpt").select("left_id", "right_id")
    excerpts = rest.filter(pl.col("relation") == "excerpt")
    sources = _one_source_each(excerpts, _label(documents, whole), documents)
    judged = pairs.with_columns(
        judgement=pl.when(of_digest & (pl.col("judgement") == "same")).then(pl.lit("different")).otherwise("judgement")
    )
    return _label(documents, pl.concat([whole, sources])), judged, digests


def join_languages(groups: pl.DataFrame, links: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Join groups of copies into stories along verified translations.

    Args:
        groups: GROUP.
        links: left_id, right_id of accepted translations.
        documents: doc_id, at (time; may be NULL).

    Returns:
        GROUP, a story named by its earliest document, so that its name stays while that does.
    """
    members = groups.filter(pl.col("doc_id") != pl.col("group_id")).select(left_id="group_id", right_id="doc_id")
    return _label(documents, pl.concat([members, links.select("left_id", "right_id")]))
