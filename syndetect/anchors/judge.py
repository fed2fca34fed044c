"""Candidate pairs across languages -> probability that one is a translation of the other, with evidence."""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from syndetect.anchors.margins import margins, sides
from syndetect.anchors.pairs import pair_features
from syndetect.anchors.weights import Weights, load_weights, prior_logits
from syndetect.schema import F64, I64, ID, JUDGED_PAIR
from syndetect.text import n_words, split_words

MEASURE: dict[str, pl.DataType] = {
    "doc_id": ID,
    "language": pl.String(),
    "n_words": pl.Int32(),
    "n_chars": pl.Int32(),
    "n_sentences": pl.Int32(),
}
"""How long a page is."""

SURE, UNSURE = 0.5, 0.1
"""Probability from which a pair is the same story, and from which a person might say so."""
LEAST_ANCHORS = 4
"""Shared marks below which a pair is at most unsure: any text shares three with some page of a large crawl."""


def measure(documents: pl.DataFrame) -> pl.DataFrame:
    """How long each document is: doc_id, language, story_text -> MEASURE."""
    text = pl.col("story_text").fill_null("")
    return documents.select(
        "doc_id",
        "language",
        pl.Series("n_words", n_words(split_words(documents["story_text"])), dtype=pl.Int32),
        text.str.len_chars().cast(pl.Int32).alias("n_chars"),
        text.str.count_matches(r"[.!?。！？؟।։።][\s\"'”»)]|[。！？]|\n|$").cast(pl.Int32).alias("n_sentences"),
    )


def score_pairs(candidates: pl.DataFrame, pages: pl.DataFrame, features: F64, weights: Weights) -> F64:
    """Logits of the pairs, in a store of `weights.n_pages` pages."""
    scaled = (features - weights.mean) / weights.scale
    first = scaled @ weights.first[:-1] + weights.first[-1]
    both = margins(candidates, pages, first)
    last: F64 = np.column_stack([scaled, sides(both)]) @ weights.last[:-1] + weights.last[-1]
    return last


def _evidence(counts: I64, lengths: F64, scores: F64) -> list[str]:
    names = (
        "numbers_shared", "numbers_left", "numbers_right", "names_shared", "dates_shared", "places_shared",
        "in_order", "shared",
    )  # fmt: skip
    return [
        json.dumps(dict(zip(names, row, strict=False)) | {"length_ratio": round(ratio, 3), "score": round(score, 3)})
        for row, ratio, score in zip(counts[:, : len(names)].tolist(), lengths.tolist(), scores.tolist(), strict=True)
    ]


def judge_translations(
    candidates: pl.DataFrame, anchors: pl.DataFrame, pages: pl.DataFrame, *, n_store_pages: int
) -> pl.DataFrame:
    """Judge candidate pairs of different languages.

    Args:
        candidates: left_id, right_id.
        anchors: schema.ANCHOR of *all* pages that were compared: rarity is counted in it.
        pages: doc_id, language, n_chars of the same pages (see `measure`).
        n_store_pages: Pages in the store; the more, the more it takes.

    Returns:
        schema.JUDGED_PAIR; similarity is the probability; evidence counts what is shared, `score` in it is the logit.
        Containments are not known across languages and NULL.
    """
    if candidates.is_empty():
        return pl.DataFrame(schema=JUDGED_PAIR)
    weights = load_weights()
    features, counts = pair_features(candidates, anchors, pages, weights.letters)
    scores = score_pairs(candidates, pages, features, weights)
    scores -= prior_logits(n_store_pages)
    scores[counts[:, 7] < LEAST_ANCHORS] = np.minimum(scores[counts[:, 7] < LEAST_ANCHORS], -0.01)
    probability = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    length = dict(zip(pages["doc_id"].to_list(), pages["n_chars"].to_list(), strict=True))
    left, right = (
        np.array([length[i] for i in candidates[side].to_list()], np.float64) for side in ("left_id", "right_id")
    )
    judged = candidates.select("left_id", "right_id").with_columns(
        pl.Series("similarity", probability),
        pl.Series("evidence", _evidence(counts, left / np.maximum(right, 1), scores)),
    )
    same = pl.col("similarity") >= SURE
    return judged.select(
        "left_id",
        "right_id",
        pl.when(same).then(pl.lit("same")).when(pl.col("similarity") >= UNSURE).then(pl.lit("unsure"))
        .otherwise(pl.lit("different")).alias("judgement"),
        pl.when(same).then(pl.lit("translation")).otherwise(None).alias("relation"),
        "similarity",
        pl.lit(None, pl.Float64).alias("left_containment"),
        pl.lit(None, pl.Float64).alias("right_containment"),
        "evidence",
    ).sort("left_id", "right_id")  # fmt: skip
