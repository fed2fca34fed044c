"""Logits of pairs -> translation, unsure or different, with what the answer rests on."""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.anchors import kinds
from syndetect.schema import F64, I64, JUDGED_PAIR, Bools

SURE, UNSURE = 0.5, 0.1
"""Probability from which a pair is the same story, and from which a person might say so."""
AT_MOST_UNSURE = -0.01
"""Logits of a pair that a rule below keeps from being sure."""
LEAST_ANCHORS = 4
"""Shared marks below which a pair is at most unsure: any text shares three with some page of a large crawl."""
SHORT_SENTENCES, SHORT_LETTERS = 5, 500
"""A page of fewer sentences is short, and needs more than its words: a date, a link or an attribution, or SHORT_LOGITS.
A hundred letters of an English text as long are a sentence too (news has some 120 in one): not every script, and not
every machine, ends sentences with a full stop."""
SHORT_LOGITS = 2.0
"""Logits from which a pair with a short page is sure without a date, link or attribution. In worlds of documents not
learnt from (benchmarks/learn_anchor_weights.py --check) 671 of 677 such pairs are right from here on and 179 of 198
between 0 and this; of short pages with a date or link in common 580 of 587 are from 0 on."""
TIES = (kinds.DATE, kinds.MONTH, kinds.WEEKDAY, kinds.LINK)
"""Kinds of which one in common is enough for a short page."""

FEW, SHORT, SAME_EVENT = (
    "fewer than four marks in common",
    "a short page, and no date, link or attribution in common",
    "same event, not the same text",
)
"""Why a pair is not what its score says, or is more than an unrelated one."""
VOUCHED = '"vouched":true'
"""Stands in the evidence of a pair of which one page gives the address of the other."""
SHARED, SHARED_WORDS = 7, 8
"""Of features.COUNTS: marks shared, and those of them that are words of a lexicon. Common words may be among these, and
two pages on one subject share many, so that they don't count as LEAST_ANCHORS."""
NAMES_OF_COUNTS = (
    "numbers_shared", "numbers_left", "numbers_right", "names_shared", "dates_shared", "places_shared", "in_order",
    "shared",
)  # fmt: skip


def share_kinds(pairs: pl.DataFrame, anchors: pl.DataFrame, wanted: tuple[int, ...]) -> Bools:
    """Which pairs have an anchor of one of the kinds in common.

    Args:
        pairs: left_id, right_id.
        anchors: doc_id, key, kind of the pages.
        wanted: Kinds.
    """
    marks = anchors.filter(pl.col("kind").is_in(list(wanted))).select("doc_id", "key").unique()
    rows = pairs.select("left_id", "right_id").with_row_index("row")
    left = rows.join(marks, left_on="left_id", right_on="doc_id")
    found = left.join(marks, left_on=["right_id", "key"], right_on=["doc_id", "key"], how="semi")["row"]
    flags: Bools = np.zeros(len(pairs), np.bool_)
    flags[found.to_numpy()] = True
    return flags


def is_short(n_sentences: I64, letters: F64) -> Bools:
    """Which pages are too short to be told by their words alone.

    Args:
        n_sentences: Sentences of each page.
        letters: Its length in letters of an English text as long.
    """
    short: Bools = (n_sentences < SHORT_SENTENCES) & (letters < SHORT_LETTERS)
    return short


def hold_back(
    logits: F64, counts: I64, *, by_marks: F64, short: Bools, tied: Bools, vouched: Bools
) -> tuple[F64, pl.Series]:
    """Keep pairs that rest on too little from being sure.

    Args:
        logits: Of each pair.
        counts: features.COUNTS of each.
        by_marks: The logits without what vectors add.
        short: One of the pages is short.
        tied: They share a date or a link, or one names the other's site as its source.
        vouched: One gives the other's address as its own, its source's or its translation's: more than marks by chance.

    Returns:
        The logits, and why a pair was held back (NULL where it was not).
    """
    few = (counts[:, SHARED] - counts[:, SHARED_WORDS] < LEAST_ANCHORS) & ~vouched
    bare = short & ~tied & (by_marks < SHORT_LOGITS)
    held = (few | bare) & (logits > AT_MOST_UNSURE)
    frame = pl.DataFrame({"held": held, "few": few})
    why = pl.when("held").then(pl.when("few").then(pl.lit(FEW)).otherwise(pl.lit(SHORT)))
    return np.where(held, AT_MOST_UNSURE, logits), frame.select(why.alias("reason"))["reason"]


def decide(
    pairs: pl.DataFrame,
    *,
    scores: F64,
    counts: I64,
    length_ratio: F64,
    backing: F64,
    short: Bools,
    tied: Bools,
    same_event: Bools,
    vouched: Bools | None = None,
    nearness: F64 | None = None,
) -> pl.DataFrame:
    """Give each pair its answer and the evidence for it.

    Args:
        pairs: left_id, right_id of the pages compared.
        scores: Logits of each pair, `backing` among them.
        counts: features.COUNTS.
        length_ratio: Letters of the left page to those of the right.
        backing: Logits that come from what pages say of their source.
        short: One of the pages is short.
        tied: They share a date or a link, or one names the other's site as its source.
        same_event: The pages share what an event gives: told of those that are not the same story.
        vouched: As for `hold_back`; noted in the evidence. None for none.
        nearness: Logits that the nearness of vectors added to `scores`; None where none were asked.

    Returns:
        schema.JUDGED_PAIR in the order given; similarity is the probability, `score` in the evidence the logits before
        a pair was held back. Containments are not known across languages and NULL.
    """
    by_marks = scores if nearness is None else scores - nearness
    vouched = np.zeros(len(scores), np.bool_) if vouched is None else vouched
    logits, reasons = hold_back(scores, counts, by_marks=by_marks, short=short, tied=tied, vouched=vouched)
    probability = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    same, unsure = pl.col("similarity") >= SURE, pl.col("similarity") >= UNSURE
    evidence: dict[str, I64 | F64] = {name: counts[:, i] for i, name in enumerate(NAMES_OF_COUNTS)}
    evidence |= {"length_ratio": length_ratio.round(3), "backing": backing.round(3), "score": scores.round(3)}
    if counts[:, SHARED_WORDS].any():
        evidence["words_shared"] = counts[:, SHARED_WORDS]
    if nearness is not None:
        evidence["nearness"] = nearness.round(3)
    frame = pairs.select("left_id", "right_id").with_columns(
        pl.Series("similarity", probability),
        pl.Series("event", same_event),
        reasons.alias("reason"),
        pl.Series("vouched", vouched),
        pl.DataFrame(evidence).to_struct("evidence"),
    )
    told = pl.coalesce("reason", pl.when(pl.col("event") & ~unsure).then(pl.lit(SAME_EVENT)))
    inner = pl.col("json").str.slice(0, pl.col("json").str.len_chars() - 1)
    with_reason = pl.format('{},"reason":"{}"}}', inner, told)
    frame = frame.with_columns(pl.col("evidence").struct.json_encode().alias("json"))
    frame = frame.with_columns(
        json=pl.when("vouched").then(pl.format("{},{}}}", inner, pl.lit(VOUCHED))).otherwise("json")
    )
    return frame.select(
        "left_id",
        "right_id",
        pl.when(same).then(pl.lit("same")).when(unsure).then(pl.lit("unsure")).otherwise(pl.lit("different"))
        .alias("judgement"),
        pl.when(same).then(pl.lit("translation")).otherwise(None).alias("relation"),
        "similarity",
        pl.lit(None, pl.Float64).alias("left_containment"),
        pl.lit(None, pl.Float64).alias("right_containment"),
        pl.coalesce(with_reason, "json").alias("evidence"),
    ).match_to_schema(JUDGED_PAIR)  # fmt: skip
