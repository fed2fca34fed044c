"""Candidate pairs across languages -> probability that one is a translation of the other, with evidence."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from syndetect.anchors.candidates import PAGES_BEFORE, SHRINK
from syndetect.anchors.features import COUNTS, GROUPS, N_FEATURES, compare_pairs
from syndetect.anchors.tables import DATA, LANGUAGE_ALIASES
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

MARGIN_CUT = 6.0
"""A margin over the second best candidate counts up to this many logits."""
NO_RIVAL = -6.0
"""Logits of the second best candidate of a page that has none."""
SURE, UNSURE = 0.5, 0.1
"""Probability from which a pair is the same story, and from which a person might say so."""
LEAST_ANCHORS = 4
"""Shared marks below which a pair is at most unsure: any text shares three with some page of a large crawl."""


@dataclass(frozen=True)
class Weights:
    """A logistic regression, learnt by benchmarks/learn_anchor_weights.py; of standardised features.

    `first` weighs the pair by itself; `last` the same and the two margins over the second best candidate of either
    page in the other's language. The last number of each is the constant.
    """

    mean: F64
    scale: F64
    first: F64
    last: F64
    letters: dict[str, float]  # letters a language needs for one English letter
    n_pages: float  # pages of the stores it was learnt in


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The weights that come with the package."""
    raw = json.loads((DATA / "translation_weights.json").read_text(encoding="utf-8"))
    arrays = {name: np.array(raw[name], np.float64) for name in ("mean", "scale", "first", "last")}
    return Weights(**arrays, letters={str(k): float(v) for k, v in raw["letters"].items()}, n_pages=raw["n_pages"])


def prior_logits(n_store_pages: int) -> float:
    """What a pair must have more in a store of so many pages than in those the weights were learnt in.

    The more pages there are, the more a page can be mistaken for: the odds of a candidate fall with their number
    (measured: the best threshold rises by about ln(pages) from 1,000 to 200,000 pages).
    """
    return max(0.0, math.log(max(n_store_pages, 1) / load_weights().n_pages))


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


def _code() -> pl.Expr:
    return pl.col("language").fill_null("").str.split("-").list.first().replace(LANGUAGE_ALIASES)


def _weigh(anchors: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Give each anchor its weight: how surprising the key is in the page's language, shrunk to how it is in all.

    Counts are taken in half octaves, so that a few new pages do not move every score.
    """
    known = anchors.join(pages.select("doc_id", "language"), on="doc_id", how="inner")
    once = known.select("doc_id", "key", "language").unique()
    in_language = once.group_by("key", "language").agg(pl.len().alias("n_in_language"))
    in_all = in_language.group_by("key").agg(pl.col("n_in_language").sum().alias("n_in_all"))
    sizes = pages.group_by("language").agg(pl.len().alias("n_language"))
    in_any = pl.col("n_in_all") / (len(pages) + PAGES_BEFORE)
    share = (pl.col("n_in_language") + SHRINK * in_any) / (pl.col("n_language") + SHRINK)
    weights = in_language.join(in_all, on="key").join(sizes, on="language", nulls_equal=True)
    weights = weights.select(
        "key", "language", (-0.5 * math.log(2) * (2 * share.log(2)).round()).clip(0.0, None).alias("weight")
    )
    return known.join(weights, on=["key", "language"], how="left", nulls_equal=True)


def pair_features(
    candidates: pl.DataFrame, anchors: pl.DataFrame, pages: pl.DataFrame, letters: dict[str, float]
) -> tuple[F64, I64]:
    """The features (features.N_FEATURES columns) and counts (features.COUNTS) of each candidate pair."""
    used = pages.with_columns(_code().alias("language")).sort("doc_id").with_row_index("page")
    per_letter = pl.col("language").replace_strict(letters, default=1.0, return_dtype=pl.Float64)
    used = used.with_columns((pl.col("n_chars") / per_letter).alias("length"))
    wanted = pl.concat([candidates["left_id"], candidates["right_id"]]).unique()
    rows = _weigh(anchors, used).filter(pl.col("doc_id").is_in(wanted.implode()))
    rows = rows.join(used.select("doc_id", "page", "length"), on="doc_id").sort("page", "key", "span_start")
    groups = GROUPS[rows["kind"].to_numpy()]
    page_of = used.select("doc_id", "page")
    ids = candidates.select("left_id", "right_id")
    ids = ids.join(page_of, left_on="left_id", right_on="doc_id", how="left", maintain_order="left")
    ids = ids.join(page_of, left_on="right_id", right_on="doc_id", how="left", maintain_order="left", suffix="_right")
    offsets = np.searchsorted(rows["page"].to_numpy(), np.arange(len(used) + 1)).astype(np.int64)
    features = np.zeros((len(ids), N_FEATURES), np.float64)
    counts = np.zeros((len(ids), COUNTS), np.int64)
    compare_pairs(
        ids["page"].to_numpy().astype(np.int64), ids["page_right"].to_numpy().astype(np.int64), offsets,
        rows["key"].to_numpy(), groups, rows["weight"].to_numpy(),
        (rows["position"].cast(pl.Float64) * rows["length"]).to_numpy(), used["length"].to_numpy(), features, counts,
    )  # fmt: skip
    return features, counts


def margins(candidates: pl.DataFrame, pages: pl.DataFrame, scores: F64) -> F64:
    """By how much each pair's score is above the best other one of either page in the same language: (pairs, 2).

    Negative where another is better. A page has translations in several languages, so only candidates of one language
    are rivals.
    """
    language = pages.select("doc_id", _code().alias("language"))
    frame = candidates.select("left_id", "right_id").with_columns(pl.Series("score", scores)).with_row_index("row")
    frame = frame.join(language, left_on="left_id", right_on="doc_id", maintain_order="left")
    frame = frame.join(language, left_on="right_id", right_on="doc_id", maintain_order="left", suffix="_right")
    out = np.empty((len(frame), 2), np.float64)
    for side, (own, other) in enumerate((("left_id", "language_right"), ("right_id", "language"))):
        top = pl.col("score").top_k(2).over(own, other, mapping_strategy="join")
        best = pl.col("score").max().over(own, other)
        second = pl.when(pl.col("score").len().over(own, other) > 1).then(top.list.last()).otherwise(NO_RIVAL)
        rival = pl.when(pl.col("score") < best).then(best).otherwise(second)
        margin = (pl.col("score") - rival.clip(NO_RIVAL, None)).clip(-MARGIN_CUT, MARGIN_CUT)
        out[:, side] = frame.select(margin.alias("margin")).to_series().to_numpy()
    return out


def sides(both: F64) -> F64:
    """The lesser and the greater margin of each pair, as the second regression reads them."""
    return np.column_stack([both.min(axis=1), both.max(axis=1)]) / MARGIN_CUT


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
