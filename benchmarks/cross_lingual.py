"""Translations found in open worlds made from documents and languages that nothing was tuned on.

    python benchmarks/cross_lingual.py pools --sample                       # the stories of the sample corpus
    python benchmarks/cross_lingual.py pools --ntrex NTREX --learnt-on LEARNT.jsonl.gz
    python benchmarks/cross_lingual.py pools --ntrex LEARNT.jsonl.gz --held-out --unrelated 900 --pools 8

`pools` makes pools (cross_lingual_pools.py), runs each through the pipeline, and prints what was found: stories, judged
pairs over all thresholds and at the one in use, recall by language pair, kind and length, why pairs were missed.

Which documents are scored: with --learnt-on, those that benchmarks/learn_anchor_weights.py did not read from that
file; with --held-out, each half of the documents by weights learnt on the other half; without either, all.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import learn_anchor_weights as learning
import numpy as np
import polars as pl
from cross_lingual_pools import KINDS, Plan, Row, Truth, make_stories, read_around, write_pool
from cross_lingual_score import (
    Found,
    curve,
    found_in,
    language_pair,
    length_class,
    pair_figures,
    recall_by,
    run_here,
    story_figures,
    together,
)  # fmt: skip
from cross_lingual_sources import Documents, halves, read_translations, sample_stories, without
from rich.console import Console
from rich.table import Table

from syndetect.anchors.weights import Weights

THRESHOLDS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
Figures = dict[str, object]
Side = tuple[str, Documents, Documents, Weights | None]
"""A name, the documents scored, others for added paragraphs, and the weights; without, those that come with it."""


def learn_weights(documents: Documents, trials: int, seed: int) -> Weights:
    """Weights learnt on these documents, as benchmarks/learn_anchor_weights.py learns them."""
    plain = {name: {of: list(v[0].sentences) for of, v in texts.items()} for name, texts in documents.items()}
    letters = learning.length_norms(plain)
    rng = random.Random(seed)
    done = [learning.run_trial(learning.make_trial(plain, rng), letters) for _ in range(trials)]
    return learning.learn(done, letters)


def sides_of(options: argparse.Namespace) -> list[Side]:
    """What is scored by which weights."""
    documents = sample_stories() if options.sample else read_translations(options.ntrex)
    if options.learnt_on:
        documents = without(documents, read_translations(options.learnt_on))
    if not documents:
        sys.exit("no document is left to score; with --learnt-on give a file that lacks some of --ntrex")
    if not options.held_out:
        return [("all", documents, {}, None)]
    one, other = halves(documents)
    return [
        (f"half {i + 1}", scored, seen, learn_weights(seen, options.trials, options.seed))
        for i, (scored, seen) in enumerate(((one, other), (other, one)))
    ]


def plan_of(options: argparse.Namespace) -> Plan:
    """The plan that the options ask for."""
    kinds = options.kinds.split(",") if options.kinds else list(KINDS)
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        sys.exit(f"there is no kind {', '.join(unknown)}; choose of {', '.join(KINDS)}")
    chosen = tuple((kind, KINDS[kind]) for kind in kinds)
    return Plan(chosen, tuple(learning.NEWS), options.share_news, options.sentences)


def only_languages(documents: Documents, wanted: str | None) -> Documents:
    """Documents in some languages only: a list, or `news` or `other` for those in the learn script's NEWS or not."""
    if wanted is None:
        return documents
    names = set(learning.NEWS) if wanted in ("news", "other") else set(wanted.split(","))
    keep = {
        name: {of: v for of, v in texts.items() if (of in names) != (wanted == "other")}
        for name, texts in documents.items()
    }
    return {name: texts for name, texts in keep.items() if texts}


def truth_frame(truth: Sequence[Truth]) -> pl.DataFrame:
    """What scoring reads of the truth: pages that tell stories."""
    columns = ("url", "story", "language", "kind", "document", "n_sentences")
    rows = [[row[name] for name in columns] for row in truth if row["kind"] != "unrelated"]
    types = [pl.String, pl.String, pl.String, pl.String, pl.String, pl.Int64]
    return pl.DataFrame(rows, schema=list(zip(columns, types, strict=True)), orient="row")


def score_pools(sides: Sequence[Side], plan: Plan, options: argparse.Namespace, folder: Path) -> Found:
    """Make and score the pools of all sides."""
    found = []
    for name, scored, strangers, learnt in sides:
        documents = only_languages(scored, options.languages)
        around: list[tuple[Row, Truth]] = []
        for path in options.unrelated_file or ():
            around += read_around(path, {**scored, **strangers})
        for number in range(options.pools):
            rng = random.Random(f"{options.seed} {name} {number}")
            pages = make_stories(documents, plan, rng, strangers)
            crawl, truth = write_pool(folder / f"{name}-{number}".replace(" ", "-"), pages, rng, around)
            store = crawl.with_name("store.duckdb")
            run_here([crawl], store, learnt)
            found.append(found_in(store, truth_frame(truth)))
            store.unlink()
    return together(found)


def figures_of(found: Found) -> Figures:
    """All figures, for people and for --json."""
    why = found.true["why"].drop_nulls().value_counts(sort=True)
    news = set(learning.NEWS)
    in_news = [pl.col(f"{side}_language").is_in(news).cast(pl.Int64) for side in ("left", "right")]
    n_news = in_news[0] + in_news[1]
    by_list = pl.when(n_news == 2).then(pl.lit("both")).when(n_news == 1).then(pl.lit("one")).otherwise(pl.lit("none"))
    return {
        "pages": found.n_store,
        "compared": found.n_compared,
        "language_right": found.language_right,
        "stories": story_figures(found),
        "judged": pair_figures(found),
        "curve": curve(found, THRESHOLDS),
        "by_kind": recall_by(found, pl.col("kind")).to_dicts(),
        "by_length": recall_by(found, length_class()).to_dicts(),
        "by_news": recall_by(found, by_list).to_dicts(),
        "by_pair": recall_by(found, language_pair()).to_dicts(),
        "missed": dict(why.iter_rows()),
    }


def print_table(console: Console, title: str, rows: Sequence[dict[str, object]], most: int = 20) -> None:
    """Rows as a table; what is left off is counted."""
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="left" if isinstance(rows[0][name], str) else "right")
    for row in rows[:most]:
        table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))
    console.print(table)
    if len(rows) > most:
        console.print(f"and {len(rows) - most} more; --json has them")


def print_figures(console: Console, figures: Figures) -> None:
    """Every table of `figures_of`."""
    console.print(
        f"{figures['pages']} pages, {figures['compared']} compared; language right on {figures['language_right']:.3f}"
    )
    stories: dict[str, dict[str, object]] = figures["stories"]  # type: ignore[assignment]
    print_table(console, "pairs in one story", [{"pairs": name, **row} for name, row in stories.items()])
    judged: dict[str, object] = figures["judged"]  # type: ignore[assignment]
    print_table(console, "judged pairs", [{"figure": name, "value": value} for name, value in judged.items()])
    for name, title in (
        ("curve", "by threshold"), ("by_kind", "recall by kind of story"),
        ("by_length", "recall by the shorter page"), ("by_news", "recall by languages in NEWS"),
        ("by_pair", "recall by pair of languages"),
    ):  # fmt: skip
        print_table(console, title, figures[name])  # type: ignore[arg-type]
    missed: dict[str, int] = figures["missed"]  # type: ignore[assignment]
    print_table(console, "missed, why", [{"why": why, "pairs": n} for why, n in missed.items()])


def _add_sources(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--sample", action="store_true", help="the stories of sample_corpus/")
    source.add_argument("--ntrex", type=Path, help="a checkout of NTREX-128, or a .jsonl.gz of its rows")
    parser.add_argument("--learnt-on", type=Path, help="leave out the documents of this file")
    parser.add_argument("--held-out", action="store_true", help="learn on a half of the documents, score the other")
    parser.add_argument("--trials", type=int, default=12, help="open worlds to learn a half's weights on")
    parser.add_argument("--pools", type=int, default=4, help="pools of each side")
    parser.add_argument("--sentences", type=int, help="stories cut to their first sentences")
    parser.add_argument("--kinds", help=f"of {', '.join(KINDS)}; all if not given")
    parser.add_argument("--languages", help="news, other, or a list with commas; all if not given")
    parser.add_argument("--share-news", type=float, default=0.6, help="share of pages in a language of NEWS")
    parser.add_argument("--unrelated-file", type=Path, action="append", help="a crawl.jsonl.gz of unrelated pages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="write the pools to this folder and leave them there")
    parser.add_argument("--json", type=Path, help="write the figures to this file")


def main() -> None:
    """Make pools, run them, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_sources(commands.add_parser("pools", help="open worlds of stories in one to three languages"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = score_pools(sides_of(options), plan_of(options), options, options.keep or Path(scratch))
    figures = figures_of(found)
    print_figures(Console(), figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, default=np.ndarray.tolist) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
