"""Candidate pairs across languages -> probability that one is a translation of the other, with evidence.

A first look scores each candidate by what the two pages share. A pair worth a second look is compared in all variants
of its pages, weighed against its rivals and by what the pages say of their source, and judged.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from syndetect.anchors.backing import backing_logits, is_vouched
from syndetect.anchors.candidates import Searched
from syndetect.anchors.decide import TIES, decide, is_short, share_kinds
from syndetect.anchors.features import COUNTS, N_FEATURES
from syndetect.anchors.margins import BESIDE, N_BESIDE, beside, find_rivals, margins, sides, with_common
from syndetect.anchors.pairs import language_code, lengths, pair_features, prepare
from syndetect.anchors.variants import best_variants
from syndetect.anchors.weights import EXTRACTED, Weights, growth_logits, load_weights, prior_logits
from syndetect.schema import F64, ID, JUDGED_PAIR, Bools
from syndetect.text import n_words, split_words

MEASURE: dict[str, pl.DataType] = {
    "doc_id": ID,
    "language": pl.String(),
    "n_words": pl.Int32(),
    "n_chars": pl.Int32(),
    "n_sentences": pl.Int32(),
}
"""How long a page is."""

COMPARED = pl.Schema({**JUDGED_PAIR, "left_page": ID, "right_page": ID, "is_best": pl.Boolean()})
"""Judged pairs, the pages that stand for their groups, and whether this is the pair that the groups are judged by."""

WORTH_A_LOOK = -7.0
"""Logits by itself from which a pair is looked at again: other variants, rivals and sources move it by less."""
LEAST_KEPT = -9.2
"""Logits by itself (a probability of 1 in 10,000) from which a pair is kept, so that a threshold can be moved. Of those
below, only pairs that `link` needs are: in a store of 200,000 pages they are nearly all."""

PAIRS_AT_ONCE = 20_000
"""Pairs whose features are in memory at a time and thread: 6 MB."""


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


@dataclass(frozen=True)
class Marked:
    """Pages with their marks: what comparing them needs."""

    anchors: pl.DataFrame  # schema.ANCHOR
    pages: pl.DataFrame  # MEASURE
    key_weights: pl.DataFrame | None = None  # pairs.weigh_keys over all pages compared; counted in `anchors` if None


def score_pairs(candidates: pl.DataFrame, marked: Marked, features: F64, weights: Weights) -> F64:
    """Logits of candidates, in a store of `weights.n_pages` pages; `features` as `pair_features` gives them."""
    others = beside(with_common(candidates, features), *weights.usual(BESIDE))
    full = np.column_stack([features, others])
    both = margins_of(candidates, marked, score_alone(full, weights), weights)
    return score_with_rivals(full, both, weights)


def margins_of(pairs: pl.DataFrame, marked: Marked, alone: F64, weights: Weights) -> F64:
    """The margins of pairs over rivals that do not tell the same story."""
    rivals = find_rivals(pairs, marked.pages, alone)
    return margins(pairs, marked.pages, alone, find_twins(rivals, marked, weights))


def find_twins(rivals: pl.DataFrame, marked: Marked, weights: Weights) -> pl.DataFrame:
    """The pairs of pages of one language that tell the same story."""
    if rivals.is_empty():
        return rivals
    features, _ = pair_features(rivals, marked.anchors, marked.pages, weights.letters, marked.key_weights)
    return rivals.filter(pl.Series(weights.own(weights.twins, features) > 0.0))


def score_with_rivals(features: F64, both: F64, weights: Weights) -> F64:
    """Logits of pairs whose margins over the second best are known; `features` with those of the others beside."""
    scaled = (features - weights.mean) / weights.scale
    last: F64 = np.column_stack([scaled, sides(both)]) @ weights.last[:-1] + weights.last[-1]
    return last


def score_alone(features: F64, weights: Weights) -> F64:
    """Logits of the pairs without their rivals; `features` with those of the others beside (`margins.beside`)."""
    return _weigh(features, weights.first, weights)


def _weigh(features: F64, weighing: F64, weights: Weights) -> F64:
    n = N_FEATURES
    return weights.own(weighing, features[:, :n]) + weights.others(weighing, features[:, n:])


def first_look(
    pairs: pl.DataFrame,
    searched: Searched,
    pages: pl.DataFrame,
    *,
    n_store_pages: int,
    among: pl.DataFrame | None = None,
    threads: int = 1,
    pairs_at_once: int = PAIRS_AT_ONCE,
    section: str = EXTRACTED,
) -> pl.DataFrame:
    """Score pairs by themselves, beside the other candidates of their pages.

    Args:
        pairs: left_id, right_id.
        searched: Their pages, and more.
        pages: MEASURE of all of those.
        n_store_pages: Pages in the store; the more, the more it takes.
        among: The candidates looked at before, if `pairs` are none.
        threads: Batches compared side by side.
        pairs_at_once: Pairs a batch: their features are in memory only so long.
        section: The weights, of the kinds of marks that `searched` has.

    Returns:
        left_id, right_id, score (logits in a store of so many pages), event (whether they tell of one event), counts
        (features.COUNTS of them), common and beside (as `margins.beside` takes and gives them).
    """
    learnt = load_weights(section)
    comparable = prepare(searched.marks, searched.steps, pages, learnt.letters)
    left, right = (np.searchsorted(searched.marks.ids, pairs[side].to_numpy()) for side in ("left_id", "right_id"))
    own, event = np.empty(len(pairs), np.float64), np.empty(len(pairs), np.float64)
    counts = np.empty((len(pairs), COUNTS), np.int32)
    common = np.empty((len(pairs), len(BESIDE)), np.float32)

    def work(start: int) -> None:
        part = slice(start, start + pairs_at_once)
        features, counts[part] = comparable.compare(left[part], right[part])
        own[part], event[part] = learnt.own(learnt.first, features), learnt.own(learnt.event, features)
        common[part] = features[:, BESIDE]

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(0, len(pairs), pairs_at_once)))
    looked_at = pairs.select("left_id", "right_id").with_columns(
        pl.Series("counts", counts, dtype=pl.Array(pl.Int32, COUNTS)),
        pl.Series("common", common, dtype=pl.Array(pl.Float32, len(BESIDE))),
    )
    others = beside(looked_at, *learnt.usual(BESIDE), among)
    return looked_at.with_columns(
        pl.Series("score", own + learnt.others(learnt.first, others) - prior_logits(n_store_pages, section)),
        pl.Series("event", event + learnt.others(learnt.event, others) > growth_logits(n_store_pages, learnt)),
        pl.Series("beside", others.astype(np.float32), dtype=pl.Array(pl.Float32, N_BESIDE)),
    )


def judge_far(looked_at: pl.DataFrame) -> pl.DataFrame:
    """Judge pairs by the first look alone: COMPARED."""
    n = len(looked_at)
    none = np.zeros(n, np.bool_)
    counts = looked_at["counts"].to_numpy().reshape(n, COUNTS)  # also where there are none
    scores = looked_at["score"].to_numpy()
    judged = decide(
        looked_at, scores=scores, counts=counts, length_ratio=np.full(n, np.nan), backing=np.zeros(n), short=none,
        tied=none, same_event=looked_at["event"].to_numpy(),
    )  # fmt: skip
    return _of_groups(judged, looked_at, np.ones(n, np.bool_))


def _of_groups(judged: pl.DataFrame, groups: pl.DataFrame, best: Bools) -> pl.DataFrame:
    """Judged pairs as COMPARED; `groups`: left_id, right_id of the pages that stand for theirs, in the same order."""
    return judged.with_columns(
        groups["left_id"].alias("left_page"), groups["right_id"].alias("right_page"), pl.Series("is_best", best)
    ).match_to_schema(COMPARED)


def between_groups(judged: pl.DataFrame) -> pl.DataFrame:
    """COMPARED -> schema.JUDGED_PAIR of the pages that stand for the groups, a row a pair of groups."""
    best = judged.filter("is_best").with_columns(left_id="left_page", right_id="right_page")
    return best.select(*JUDGED_PAIR)


def compare_sizes(pairs: pl.DataFrame, pages: pl.DataFrame, letters: dict[str, float]) -> tuple[F64, Bools]:
    """How many letters the left page of each pair has to one of the right, and whether one of them is short."""
    coded = pages.select("doc_id", "n_chars", "n_sentences", language_code().alias("language"))
    known = coded.select("doc_id", "n_chars", "n_sentences", lengths(letters).alias("length"))
    both = pairs.select("left_id", "right_id").join(known, left_on="left_id", right_on="doc_id", maintain_order="left")
    both = both.join(known, left_on="right_id", right_on="doc_id", maintain_order="left", suffix="_right")
    short = [
        is_short(both[f"n_sentences{side}"].to_numpy(), both[f"length{side}"].to_numpy()) for side in ("", "_right")
    ]
    ratio = both.select(pl.col("n_chars") / pl.col("n_chars_right").clip(1, None))["n_chars"].to_numpy()
    return ratio, short[0] | short[1]


def _beside(pairs: pl.DataFrame, learnt: Weights) -> F64:
    """What the other candidates of the pages of each pair have: as first looked at, else as usual."""
    if "beside" in pairs.columns:
        return pairs["beside"].to_numpy().reshape(len(pairs), N_BESIDE).astype(np.float64)
    return np.tile(np.repeat(learnt.mean[list(BESIDE)], 2), (len(pairs), 1))


def judge_translations(
    pairs: pl.DataFrame,
    marked: Marked,
    *,
    n_store_pages: int,
    compared: pl.DataFrame | None = None,
    backed: pl.DataFrame | None = None,
    section: str = EXTRACTED,
) -> pl.DataFrame:
    """Judge pairs of pages of different languages.

    Args:
        pairs: left_id, right_id; beside, if they were looked at (`first_look`); extra, if vectors were asked
            (nearness.add_nearness).
        marked: The pages compared, and those of `pairs`.
        n_store_pages: Pages in the store; the more, the more it takes.
        compared: From variants.pair_variants: the pairs of pages that each may rest on; without it the pair itself.
        backed: by_address, vouched, n_site_pages a pair, as backing.backing_logits takes them; without it nothing backs
            any.
        section: The weights, of the kinds of marks that `marked` has.

    Returns:
        COMPARED, sorted by pair: of each pair of groups the best pair of pages, by which they are judged, and where it
        is the same all others that are so by themselves. `score` in the evidence is the logit.
    """
    learnt = load_weights(section)
    if compared is None:
        compared = pairs.select("left_id", "right_id").with_row_index("row")
    of_pair = compared["row"].to_numpy()
    features, counts = pair_features(compared, marked.anchors, marked.pages, learnt.letters, marked.key_weights)
    features = np.column_stack([features, _beside(pairs, learnt)[of_pair]])
    alone = score_alone(features, learnt)
    best = best_variants(compared, alone)
    extra = pairs["extra"].to_numpy() if "extra" in pairs.columns else np.zeros(len(pairs))
    rivals = margins_of(pairs, marked, alone[best] + extra, learnt)[of_pair]
    if backed is None:
        backing, named, vouched = np.zeros(len(compared)), *np.zeros((2, len(compared)), np.bool_)
    else:
        backing = backing_logits(backed, n_store_pages=n_store_pages)[of_pair]
        # In a store of few pages a name adds nothing to the score, and still ties a short page to its source.
        named = backed["n_site_pages"].is_not_null().to_numpy()[of_pair]
        vouched = is_vouched(backed)[of_pair]
    ratio, short = compare_sizes(compared, marked.pages, learnt.letters)
    judged = decide(
        compared,
        scores=score_with_rivals(features, rivals, learnt)
        - prior_logits(n_store_pages, section)
        + backing
        + extra[of_pair],
        counts=counts,
        length_ratio=ratio,
        backing=backing,
        nearness=extra[of_pair] if "extra" in pairs.columns else None,
        short=short,
        tied=share_kinds(compared, marked.anchors, TIES) | named,
        vouched=vouched,
        same_event=_weigh(features, learnt.event, learnt) > growth_logits(n_store_pages, learnt),
    )
    is_best = np.zeros(len(compared), np.bool_)
    is_best[best] = True
    same = (judged["judgement"] == "same").to_numpy()
    kept = is_best | (same & same[best][of_pair])
    return _of_groups(judged, pairs[of_pair], is_best).filter(kept)
