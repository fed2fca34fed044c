"""What the measures of a pair say: same, different or unsure, and in which relation.

Two texts are *the same* (a copy of one another, whole or in part) when their shingle sets are alike, or when passages
that stand in both in the same words are long enough that neither chance nor a stock sentence explains them. What comes
near is *unsure*. The judgement is a function of the five numbers that are kept of a pair, so that it can be made anew
with other limits without the texts.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from syndetect.schema import I32, JUDGED_PAIR, U64, Bools
from syndetect.verify.overlap import Overlap

VERIFIED = pl.Schema(
    {
        "left_id": pl.UInt64(),
        "right_id": pl.UInt64(),
        "judgement": pl.String(),
        "relation": pl.String(),
        "similarity": pl.Float64(),
        "left_containment": pl.Float64(),
        "right_containment": pl.Float64(),
        "matched_words": pl.Int32(),  # words in passages that stand in both, each once
        "longest_passage": pl.Int32(),  # words of the longest one
        "passages": pl.List(
            pl.Array(pl.Int32(), 4)
        ),  # the longest: left from, left to, right from, right to, in tokens
    }
)
"""JUDGED_PAIR with its evidence as columns."""
EVIDENCE = ("matched_words", "longest_passage", "passages")


def _passages(spans: I32) -> pl.Series:
    """(n, N_SPANS, 4) with -1 for none -> a list of passages a pair."""
    there = spans[:, :, 0] >= 0
    offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    flat = pa.FixedSizeListArray.from_arrays(pa.array(spans[there].ravel()), 4)
    found: pl.Series = pl.from_arrow(pa.ListArray.from_arrays(offsets, flat))  # type: ignore[assignment]
    return found


def judge(
    ids: tuple[U64, U64],
    overlap: Overlap,
    *,
    template: Bools | None = None,
    least_jaccard: float = 0.7,
    least_passage: float = 40,
) -> pl.DataFrame:
    """Say of each pair whether it is the same text, and in which relation.

    Args:
        ids: Left and right ids; left < right.
        overlap: What `compare` measured.
        template: Pairs of which passages say nothing, as for `decide`; None for none.
        least_jaccard: As for `decide`.
        least_passage: As for `decide`.

    Returns:
        VERIFIED.
    """
    o = overlap
    # Words repeated in one of the two are no more evidence than they are in the other.
    matched = np.minimum(o.left_matched, o.right_matched)
    # Aligned words, not shingles: one changed word costs a shingle set five, a reader one.
    # 42 of 120 words are .35 in 64 bits, and less than that in 32.
    cover = [
        np.minimum(there.astype(np.float64) / np.maximum(all_, 1), 1)
        for there, all_ in ((o.left_matched, o.left_words), (o.right_matched, o.right_words))
    ]
    frame = pl.DataFrame(
        {
            "left_id": ids[0], "right_id": ids[1], "similarity": o.jaccard, "left_containment": cover[0],
            "right_containment": cover[1], "matched_words": np.rint(matched).astype(np.int32),
            "longest_passage": np.rint(o.longest).astype(np.int32), "passages": _passages(o.spans),
        }
    )  # fmt: skip
    if template is not None:
        frame = frame.with_columns(template=pl.Series(template))
    return decide(frame, least_jaccard=least_jaccard, least_passage=least_passage).select(*VERIFIED)


def decide(
    pairs: pl.DataFrame,
    *,
    least_jaccard: float = 0.7,
    least_passage: float = 40,
    least_cover: float = 0.35,
    high_cover: float = 0.75,
    few_words: int = 15,
    whole_cover: float = 0.5,
) -> pl.DataFrame:
    """Judge pairs by what was measured of them, whatever was said of them before.

    Args:
        pairs: VERIFIED without judgement and relation; if there is a column `template`, the pairs marked in it are
            copies only if they are alike as wholes, and never unsure.
        least_jaccard: Two texts are near-duplicates from this Jaccard on.
        least_passage: Words of one aligned passage that make a copy by themselves. At 30 words stock sentences and
            quotations pass (precision .90-.97 on synthetic crawls), at 40 they do not.
        least_cover: Share of the text that is covered more, together with `least_passage` words matched over all
            passages.
        high_cover: The same share from which `few_words` matched words are enough. Three quarters, so that what is
            asked of a text falls with its length without a step: three quarters of it up to 53 words, then 40 words,
            from 114 words on a third. Unrelated short pages may share half their words and more, a footer and a stock
            sentence. A higher share would lose texts of 20 words with one changed, of which only 15 are matched.
        few_words: See high_cover; three quarters of a text of 20 words.
        whole_cover: A copy is a near-duplicate, not an excerpt, where this share of each text stands in the other.

    Returns:
        VERIFIED.
    """
    cover, of_longer = (
        extreme("left_containment", "right_containment") for extreme in (pl.max_horizontal, pl.min_horizontal)
    )
    matched, longest = pl.col("matched_words"), pl.col("longest_passage")
    alike = pl.col("similarity") >= least_jaccard
    told = ~pl.col("template") if "template" in pairs.columns else pl.lit(value=True)
    passages = (longest >= least_passage) | ((matched >= least_passage) & (cover >= least_cover))
    same = alike | (told & (passages | ((cover >= high_cover) & (matched >= few_words))))
    # Half of what a copy would need: too much for chance, too little to act on.
    near = told & ((longest * 2 >= least_passage) | ((cover >= high_cover / 2) & (matched >= few_words)))
    judgement = pl.when(same).then(pl.lit("same")).when(near).then(pl.lit("unsure")).otherwise(pl.lit("different"))
    whole = alike | (of_longer >= whole_cover)
    relation = pl.when(same).then(pl.when(whole).then(pl.lit("near-duplicate")).otherwise(pl.lit("excerpt")))
    judged = pairs.with_columns(judgement=judgement, relation=relation)
    return judged.select(*VERIFIED, *(set(judged.columns) & {"template"})).cast(dict(VERIFIED))  # type: ignore[arg-type]


def exact_pairs(ids: U64, copies: U64) -> pl.DataFrame:
    """Pairs of equal texts, as star edges from the document that stands for the text to its copies; VERIFIED."""
    frame = pl.DataFrame({"a": ids, "b": copies}, schema={"a": pl.UInt64, "b": pl.UInt64})
    return frame.select(
        left_id=pl.min_horizontal("a", "b"), right_id=pl.max_horizontal("a", "b"), judgement=pl.lit("same"),
        relation=pl.lit("exact"), similarity=pl.lit(1.0), left_containment=pl.lit(1.0), right_containment=pl.lit(1.0),
        matched_words=None, longest_passage=None, passages=pl.lit([], dtype=VERIFIED["passages"]),
    ).cast(VERIFIED)  # fmt: skip


def pack_evidence(pairs: pl.DataFrame) -> pl.DataFrame:
    """VERIFIED -> JUDGED_PAIR, the evidence as JSON; with `not_joined` in it where the pairs have such a column."""
    measured = pl.when(pl.col("relation") == "exact").then(pl.lit("{}")).otherwise(_as_json(*EVIDENCE))
    if "not_joined" in pairs.columns:
        measured = pl.when(pl.col("not_joined").is_null()).then(measured).otherwise(_as_json(*EVIDENCE, "not_joined"))
    return pairs.with_columns(evidence=measured).select(*JUDGED_PAIR).cast(JUDGED_PAIR)


def _as_json(*names: str) -> pl.Expr:
    return pl.struct(*names).struct.json_encode()


def unpack_evidence(pairs: pl.DataFrame, *, with_reasons: bool = False) -> pl.DataFrame:
    """JUDGED_PAIR of one language -> VERIFIED; with reasons also `not_joined`, NULL where none is given."""
    numbers = {"matched_words": pl.Int32(), "longest_passage": pl.Int32(), "passages": pl.List(pl.List(pl.Int32()))}
    reasons = {"not_joined": pl.String()} if with_reasons else {}
    fields = pl.Struct({**numbers, **reasons})
    read = pairs.with_columns(pl.col("evidence").str.json_decode(fields).struct.unnest())
    return read.with_columns(pl.col("passages").fill_null([])).select(*VERIFIED, *reasons).cast(dict(VERIFIED))  # type: ignore[arg-type]
