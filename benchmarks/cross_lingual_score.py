"""A pool through the pipeline -> what was found of it, pair by pair, and the figures over many pools.

`found_in` reads a store beside the truth of its pool and gives three frames: `true`, a row a pair of pages of two
languages that tell one story, with the logit the pair was given, whether the two ended in one story and, if not, why;
`judged`, a row a pair of two languages that was compared, with its logit and whether it is true; `joined`, a row a
pair of pages in one story; of pairs in one language only those with a page that tells a story, for the copies among
pages of other dumps are not known. Pages that are copies of each other in one language are compared once, by the page
that stands for them: `true` has each pair of such groups once. Frames of several pools are set one below the other.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from syndetect import pipeline
from syndetect.anchors import weights
from syndetect.anchors.weights import EXTRACTED, Weights
from syndetect.report.run import RunReport

PAGES = """
SELECT d.url, d.doc_id, d.language AS named, s.story_id, coalesce(r.url, d.url) AS page, r.url IS NOT NULL AS compared
FROM document d
LEFT JOIN story_document s USING (doc_id)
LEFT JOIN copy_group g USING (doc_id)
LEFT JOIN (
    SELECT group_id, a.language, o.url FROM anchor_page a JOIN document o USING (doc_id) JOIN copy_group USING (doc_id)
) r ON r.group_id = g.group_id AND r.language = d.language
"""
JUDGED = """
SELECT l.url AS left_url, r.url AS right_url, CAST(j.evidence ->> '$.score' AS DOUBLE) AS score,
       j.judgement = 'same' AS same, j.evidence ->> '$.reason' AS reason
FROM judged_pair j
JOIN document l ON l.doc_id = j.left_id
JOIN document r ON r.doc_id = j.right_id
WHERE (j.evidence ->> '$.score') IS NOT NULL AND l.language IS DISTINCT FROM r.language
"""
LENGTHS = ((3, "to 3 sentences"), (6, "4 to 6"), (12, "7 to 12"), (10_000, "more"))


Learnt = Mapping[str, Weights]
"""Section -> weights."""
Runner = Callable[[Sequence[Path], Path, Learnt | None], RunReport]


@dataclass(frozen=True)
class Found:
    """What was found in one pool or in several; `n_pages` compared, of `n_store` in the stores."""

    true: pl.DataFrame
    judged: pl.DataFrame
    joined: pl.DataFrame
    n_across: int  # pairs of pages that tell one story in two languages
    n_within: int  # and in one
    n_compared: int
    n_store: int
    language_right: float


@contextmanager
def using(learnt: Learnt | None) -> Iterator[None]:
    """Let the pipeline weigh by what was learnt here, not by what comes with it."""
    if learnt is None:
        yield
        return
    load = weights.load_weights
    readers = [module for module in list(sys.modules.values()) if getattr(module, "load_weights", None) is load]
    for module in readers:
        setattr(module, "load_weights", lambda section=EXTRACTED: learnt[section])  # noqa: B010
    try:
        yield
    finally:
        for module in readers:
            setattr(module, "load_weights", load)  # noqa: B010


def run_here(inputs: Sequence[Path], store: Path, learnt: Learnt | None) -> RunReport:
    """Run the pipeline in this process."""
    store.unlink(missing_ok=True)
    with using(learnt):
        return pipeline.run([str(path) for path in inputs], store=store)


def run_alone(inputs: Sequence[Path], store: Path, learnt: Learnt | None) -> RunReport:
    """Run the pipeline in a process of its own, so that its memory and its time are told apart from ours."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(run_here, inputs, store, learnt).result()


def _in_order(frame: pl.DataFrame, *also: str) -> pl.DataFrame:
    """The two pages of each pair in the order of their addresses, with columns that go with the pages turned too."""
    turn = pl.col("left_url") > pl.col("right_url")
    columns: list[pl.Expr] = []
    for name in ("url", *also):
        left, right = pl.col(f"left_{name}"), pl.col(f"right_{name}")
        columns += [
            pl.when(turn).then(right).otherwise(left).alias(f"left_{name}"),
            pl.when(turn).then(left).otherwise(right).alias(f"right_{name}"),
        ]
    return frame.with_columns(columns)


def _between_groups(judged: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """A row a pair of groups of copies, by the pages that stand for them, with the highest logit of their pages."""
    stands = dict(pages.filter(pl.col("url") != pl.col("page")).select("url", "page").iter_rows())
    named = _in_order(judged.with_columns(pl.col("left_url", "right_url").replace(stands)))
    return named.group_by("left_url", "right_url", maintain_order=True).agg(
        pl.col("score").max(), pl.col("same").any(), pl.col("reason").sort_by("score").last()
    )


def _pairs_within(pages: pl.DataFrame, group: str, columns: Sequence[str]) -> pl.DataFrame:
    """All pairs of rows of equal `group`: left_ and right_ of each column."""
    numbered = pages.filter(pl.col(group).is_not_null() & (pl.len().over(group) > 1)).with_row_index("row")
    wanted = numbered.select("row", group, *columns)
    both = wanted.join(wanted, on=group, suffix="_r").filter(pl.col("row") < pl.col("row_r"))
    return both.select(
        *(pl.col(name).alias(f"left_{name}") for name in columns),
        *(pl.col(f"{name}_r").alias(f"right_{name}") for name in columns),
    )


def _why_not() -> pl.Expr:
    known = pl.col("left_named").is_not_null() & pl.col("right_named").is_not_null()
    told = (pl.col("left_named") == pl.col("left_language")) & (pl.col("right_named") == pl.col("right_language"))
    return (
        pl.when("together").then(pl.lit(None, pl.String))
        .when(~known).then(pl.lit("no language"))
        .when(pl.col("left_named") == pl.col("right_named")).then(pl.lit("taken for one language"))
        .when(~(pl.col("left_compared") & pl.col("right_compared"))).then(pl.lit("not compared"))
        .when(pl.col("score").is_null() & ~told).then(pl.lit("no candidate, wrong language"))
        .when(pl.col("score").is_null()).then(pl.lit("no candidate"))
        .when(~pl.col("same") & (pl.col("score") >= 0)).then(pl.coalesce("reason", pl.lit("held back")))
        .when(~pl.col("same")).then(pl.lit("judged below"))
        .otherwise(pl.lit("parted in linking"))
    )  # fmt: skip


def found_in(store: Path, truth: pl.DataFrame) -> Found:
    """Read what a run found beside the truth of its pool (see the module).

    Args:
        store: The store of a run over the pool.
        truth: url, story, language, kind, document, n_sentences of the pages that tell stories; a page that it lacks
            tells a story of its own.
    """
    with duckdb.connect(str(store), read_only=True) as con:
        pages, judged = con.sql(PAGES).pl(), con.sql(JUDGED).pl()
    told = truth.join(pages, on="url", how="left").with_columns(
        pl.coalesce("page", "url").alias("url"), pl.col("compared").fill_null(False), pl.col("story").alias("of")
    )
    columns = ["url", "language", "named", "compared", "story_id", "n_sentences", "kind", "story"]
    true = _pairs_within(told, "of", columns).filter(pl.col("left_language") != pl.col("right_language"))
    true = _in_order(true, *columns[1:]).unique(["left_url", "right_url"], keep="first", maintain_order=True)
    judged = _between_groups(judged, pages)
    true = true.join(judged, on=["left_url", "right_url"], how="left", maintain_order="left").with_columns(
        (pl.col("left_story_id") == pl.col("right_story_id")).fill_null(False).alias("together"),
        pl.min_horizontal("left_n_sentences", "right_n_sentences").alias("shorter"),
        pl.col("left_kind").alias("kind"),
    )
    true = true.with_columns(_why_not().alias("why"))
    story = truth.select("url", "story", "language")
    pages = pages.join(story, on="url", how="left").with_columns(
        pl.col("story").fill_null(pl.col("url")), pl.col("language").fill_null(pl.col("named"))
    )
    of = pages.select("url", "story", "language")
    judged = judged.join(of.select(left_url="url", left_story="story", left_language="language"), on="left_url")
    judged = judged.join(of.select(right_url="url", right_story="story", right_language="language"), on="right_url")
    judged = judged.with_columns((pl.col("left_story") == pl.col("right_story")).alias("label"))
    joined = _pairs_within(pages, "story_id", ["url", "story", "language"])
    told_here = pl.col("left_url").is_in(truth["url"].implode()) | pl.col("right_url").is_in(truth["url"].implode())
    joined = joined.with_columns(
        (pl.col("left_story") == pl.col("right_story")).alias("label"),
        pl.col("left_language").ne_missing(pl.col("right_language")).alias("across"),
    ).filter(pl.col("across") | told_here)
    n_told = pages.join(truth.select("url"), on="url")
    right = float((n_told["named"].fill_null("") == n_told["language"]).mean() or 0.0)
    every = _pairs_within(truth.with_columns(pl.col("story").alias("of")), "of", ["language"])
    across = int((every["left_language"] != every["right_language"]).sum())
    compared = int(pages["compared"].sum())
    return Found(true, judged, joined, across, every.height - across, compared, pages.height, right)


def together(found: Sequence[Found]) -> Found:
    """The frames of several pools as one."""
    return Found(
        pl.concat([one.true for one in found]),
        pl.concat([one.judged for one in found]),
        pl.concat([one.joined for one in found]),
        sum(one.n_across for one in found),
        sum(one.n_within for one in found),
        sum(one.n_compared for one in found),
        sum(one.n_store for one in found),
        float(np.mean([one.language_right for one in found])),
    )


def prf(hits: int, given: int, wanted: int) -> dict[str, float]:
    """Precision, recall and F1."""
    return {
        "precision": hits / max(given, 1),
        "recall": hits / max(wanted, 1),
        "f1": 2 * hits / max(given + wanted, 1),
    }


def story_figures(found: Found) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of pairs in one story: across languages and within one, where there are any."""
    out = {}
    for name, is_across, n_true in (("across", True, found.n_across), ("within", False, found.n_within)):
        part = found.joined.filter(pl.col("across") == is_across)
        if is_across or n_true or part.height:
            out[name] = prf(int(part["label"].sum()), part.height, n_true)
    return out


def pair_figures(found: Found) -> dict[str, float]:
    """Figures of judged pairs over all thresholds and at the one in use (a logit of 0).

    Recall is of all true pairs, found as candidates or not.
    """
    order = found.judged.sort("score", descending=True)
    labels, scores = order["label"].to_numpy(), order["score"].to_numpy()
    hits, taken, n_true = np.cumsum(labels), np.arange(1, len(labels) + 1), found.true.height
    out = {"true_pairs": float(n_true), "judged_a_page": found.judged.height / max(found.n_compared, 1)}
    out["candidate_recall"] = float(found.true["score"].is_not_null().sum()) / max(n_true, 1)
    if not len(labels):
        return out
    for share in (0.94, 0.95, 0.99):
        out[f"recall_at_{share:.2f}"] = float(hits[hits >= share * taken].max(initial=0)) / max(n_true, 1)
    f1 = 2 * hits / (taken + n_true)
    best, used = int(f1.argmax()), int(found.judged["same"].sum())
    right = int(found.judged.filter("same")["label"].sum())
    out |= {"best_f1": float(f1[best]), "best_threshold": float(scores[best])}
    return out | {f"{name}_in_use": value for name, value in prf(right, used, n_true).items()}


def event_figures(found: Found, events: set[tuple[str, str]]) -> dict[str, float]:
    """How many pairs of pages of two languages, of one event but not of one story, were compared and joined."""
    of = pl.concat_list("left_story", "right_story").list.sort().list.join("\n")
    wanted = ["\n".join(pair) for pair in sorted(events)]
    judged = found.judged.filter(of.is_in(wanted))
    joined = found.joined.filter(of.is_in(wanted) & pl.col("across"))
    out = {"compared": float(judged.height), "judged_same": float(judged["same"].sum())}
    highest = judged["score"].max()
    return out | {
        "highest_logit": float(str(highest)) if highest is not None else 0.0,
        "in_one_story": float(joined.height),
    }


def curve(found: Found, thresholds: Sequence[float]) -> list[dict[str, float]]:
    """Precision and recall of judged pairs at logits."""
    out = []
    for threshold in thresholds:
        taken = found.judged.filter(pl.col("score") >= threshold)
        out.append({"threshold": threshold, **prf(int(taken["label"].sum()), taken.height, found.true.height)})
    return out


def threshold_at(found: Found, precision: float) -> float:
    """The lowest logit from which so many of the judged pairs are true."""
    order = found.judged.sort("score", descending=True)
    hits, taken = np.cumsum(order["label"].to_numpy()), np.arange(1, len(order) + 1)
    fit = np.flatnonzero(hits >= precision * taken)
    return float(order["score"][int(fit[-1])]) if len(fit) else np.inf


def recall_by(found: Found, group: pl.Expr) -> pl.DataFrame:
    """Of true pairs by a group: how many, and shares.

    Those that were candidates; above the one threshold that gives all judged pairs a precision of .95; judged the same;
    in one story.
    """
    precise = threshold_at(found, 0.95)
    return (
        found.true.group_by(group.alias("group"))
        .agg(
            pl.len().alias("pairs"),
            pl.col("score").is_not_null().mean().alias("candidates"),
            (pl.col("score") >= precise).fill_null(False).mean().alias("at_p95"),
            pl.col("same").fill_null(False).mean().alias("same"),
            pl.col("together").mean().alias("together"),
        )
        .sort("pairs", "group", descending=[True, False])
    )


def language_pair() -> pl.Expr:
    """The two languages of a pair, by name."""
    sides = pl.concat_list("left_language", "right_language").list.sort()
    return sides.list.join("-")


def length_class() -> pl.Expr:
    """How long the shorter page of a pair is."""
    out = pl.lit(LENGTHS[-1][1])
    for most, name in reversed(LENGTHS[:-1]):
        out = pl.when(pl.col("shorter") <= most).then(pl.lit(name)).otherwise(out)
    return out
