"""Translations found in open worlds made from documents and languages that nothing was tuned on.

    python benchmarks/cross_lingual.py pools --sample                       # the stories of the sample corpus
    python benchmarks/cross_lingual.py pools --ntrex NTREX --learnt-on LEARNT.jsonl.gz --unrelated 900
    python benchmarks/cross_lingual.py pools --ntrex LEARNT.jsonl.gz --held-out --unrelated 900 --pools 8
    python benchmarks/cross_lingual.py hard --ntrex LEARNT.jsonl.gz --held-out --pools 8
    python benchmarks/cross_lingual.py mt --ntrex NTREX --pools 6
    python benchmarks/cross_lingual.py around --ntrex NTREX --sizes 1000,10000,50000,200000
    python benchmarks/cross_lingual.py scale --ntrex NTREX --sizes 10000,30000,100000,300000

`pools` makes pools (cross_lingual_pools.py), runs each through the pipeline, and prints what was found: stories, judged
pairs over all thresholds and at the one in use, recall by language pair, kind and length, why pairs were missed. `hard`
does so with pairs of languages that share the least, and sets each beside the mean of random pairs of the learn
script's NEWS. `mt` sets machine translations beside human ones. `around` puts one pool into stores of several sizes;
`scale` does too, says how time grows, and how many documents of 2 kB a core reads in a second. Unrelated pages
(--unrelated; cross_lingual_noise.py) or another dump's (--unrelated-file) lie around the stories.

Which documents are scored: with --learnt-on, those that benchmarks/learn_anchor_weights.py did not read from that
file; with --held-out, each half of the documents by weights learnt on the other half; without either, all, by the
weights that come with the package.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import learn_anchor_weights as learning
import polars as pl
from anchor_worlds import NEWS
from cross_lingual_mt import INSTALL, ROUTES, engines, side_by_side, translate_all
from cross_lingual_noise import Words, words_of, write_unrelated
from cross_lingual_pools import KINDS, Page, Plan, Row, Truth, make_stories, read_around, write_pool
from cross_lingual_scale import growth, speed
from cross_lingual_score import (
    Found,
    Learnt,
    Runner,
    found_in,
    language_pair,
    pair_figures,
    prf,
    recall_by,
    run_alone,
    run_here,
    story_figures,
    together,
)
from cross_lingual_sources import Documents, halves, read_translations, same_event, sample_stories, without
from cross_lingual_tables import Figures, figures_of, print_figures, print_table, worst
from rich.console import Console

from syndetect.anchors.weights import EXTRACTED, LEXICON, load_weights

HARD = (("ar", "ko"), ("he", "zh"), ("th", "ru"), ("ja", "fa"))
HARD_SHARE = 2
"""Stories in hard pairs to one in a random pair."""
SIZES_AROUND = (2, 3, 4, 5)
"""Languages of a story in a large store: one pool has to give enough pairs."""


@dataclass(frozen=True)
class Side:
    """Documents that are scored, others for added paragraphs, and the weights; without, those of the package."""

    name: str
    scored: Documents
    strangers: Documents
    learnt: Learnt | None

    @property
    def all(self) -> Documents:
        """Both, as texts that unrelated pages take their words from."""
        return {**self.scored, **self.strangers}


def learn_weights(documents: Documents, trials: int, seed: int) -> Learnt:
    """Weights learnt on these documents, as benchmarks/learn_anchor_weights.py learns them."""
    plain = {
        name: {of: [list(one.sentences) for one in versions] for of, versions in texts.items()}
        for name, texts in documents.items()
    }
    return {
        section: replace(
            learning.learn_from(plain, worlds=trials, seed=seed, section=section), careful=load_weights(section).careful
        )
        for section in (EXTRACTED, LEXICON)
    }


def sides_of(options: argparse.Namespace) -> list[Side]:
    """What is scored by which weights."""
    documents = sample_stories() if options.sample else read_translations(options.ntrex)
    if options.learnt_on:
        documents = without(documents, read_translations(options.learnt_on))
    if not documents:
        sys.exit("no document is left to score; with --learnt-on give a file that lacks some of --ntrex")
    if not options.held_out:
        return [Side("all", documents, {}, None)]
    one, other = halves(documents)
    return [
        Side(f"half{i + 1}", scored, seen, learn_weights(seen, options.trials, options.seed))
        for i, (scored, seen) in enumerate(((one, other), (other, one)))
    ]


def plan_of(options: argparse.Namespace) -> Plan:
    """The plan that the options ask for."""
    kinds = options.kinds.split(",") if options.kinds else list(KINDS)
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        sys.exit(f"there is no kind {', '.join(unknown)}; choose of {', '.join(KINDS)}")
    chosen = tuple((kind, KINDS[kind]) for kind in kinds)
    return Plan(chosen, tuple(NEWS), options.share_news, options.sentences)


def only_languages(documents: Documents, wanted: str | None) -> Documents:
    """Documents in some languages only: a list, or `news` or `other` for those in the NEWS or not."""
    if wanted is None:
        return documents
    names = set(NEWS) if wanted in ("news", "other") else set(wanted.split(","))
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


class Bench:
    """The pools of one call: where they lie, what lies around them, and how they are run."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self._words: dict[str, dict[str, Words]] = {}

    def words(self, side: Side) -> dict[str, Words]:
        """What unrelated pages of a side are made of, from all its documents."""
        if side.name not in self._words:
            self._words[side.name] = words_of(side.all)
        return self._words[side.name]

    def around(self, side: Side) -> list[tuple[Row, Truth]]:
        """Pages of other dumps."""
        return [one for path in self.options.unrelated_file or () for one in read_around(path, side.all)]

    def score(
        self, side: Side, name: str, pages: Sequence[Page], *, n: int | None = None, run: Runner = run_here
    ) -> tuple[Found, Figures]:
        """Write a pool, run it with n unrelated pages and those of other dumps; what was found and what it cost."""
        rng = random.Random(f"{self.options.seed} {name}")
        crawl, truth = write_pool(self.folder / f"{side.name}-{name}", pages, rng, self.around(side))
        store = crawl.with_name("store.duckdb")
        n = self.options.unrelated if n is None else n
        seed = rng.randrange(1 << 30)
        inputs = [crawl, *([write_unrelated(crawl.parent, n, self.words(side), seed=seed)[0]] if n else [])]
        report = run(inputs, store, side.learnt)
        found = found_in(store, truth_frame(truth))
        stage = next(stage for stage in report.stages if stage.name == "anchors")
        cost: Figures = {
            "stage_cpu_s": stage.cpu_s, "stage_wall_s": stage.wall_s, "peak_rss_mib": report.peak_rss_mib,
            "run_cpu_s": sum(stage.cpu_s for stage in report.stages),
        }  # fmt: skip
        if not self.options.keep:
            store.unlink()
        return found, cost


def measure_pools(bench: Bench, sides: Sequence[Side], console: Console) -> Figures:
    """Pools of every side."""
    options, plan, found = bench.options, plan_of(bench.options), []
    for side in sides:
        documents = only_languages(side.scored, options.languages)
        for number in range(options.pools):
            rng = random.Random(f"{options.seed} {side.name} {number}")
            pages = make_stories(documents, plan, rng, side.strangers)
            found.append(bench.score(side, f"pool{number}", pages)[0])
    every = together(found)
    figures = figures_of(every, set().union(*(same_event(side.scored) for side in sides)))
    print_figures(console, figures)
    missed, wrong = worst(every, options.worst)
    print_table(console, "worst missed", missed, options.worst)
    print_table(console, "wrong pairs", wrong, options.worst)
    return {**figures, "worst_missed": missed, "wrong_pairs": wrong}


def measure_hard(bench: Bench, sides: Sequence[Side], console: Console) -> Figures:
    """Pools of stories in two languages, most of them in pairs that share the least."""
    options, found = bench.options, []
    for side in sides:
        for number in range(options.pools):
            rng = random.Random(f"{options.seed} {side.name} {number}")
            news = [language for language in NEWS if any(language in t for t in side.scored.values())]
            random_pairs = [(rng.choice(news), rng.choice(news)) for _ in range(200)]
            random_pairs = [(a, b) for a, b in random_pairs if a != b and (a, b) not in HARD and (b, a) not in HARD]
            pairs = (*random_pairs[:100], *HARD * (HARD_SHARE * 100 // len(HARD)))
            plan = replace(plan_of(options), pairs=pairs)
            pages = make_stories(side.scored, plan, rng, side.strangers)
            found.append(bench.score(side, f"hard{number}", pages)[0])
    every = together(found)
    hard = ["-".join(sorted(pair)) for pair in HARD]
    group = pl.when(language_pair().is_in(hard)).then(language_pair()).otherwise(pl.lit("random pairs of NEWS"))
    rows = recall_by(every, group).to_dicts()
    mean = next((row for row in rows if row["group"].startswith("random")), None)
    for row in rows:
        for name in ("at_p95", "together"):
            row[f"{name}_ratio"] = row[name] / max(mean[name], 1e-9) if mean else 0.0
    figures: Figures = {"stories": story_figures(every), "judged": pair_figures(every), "by_pair": rows}
    print_table(console, "hard pairs: recall, and in one story against the mean of random pairs", rows)
    print_table(console, "pairs in one story", [{"pairs": k, **v} for k, v in story_figures(every).items()])
    return figures


def measure_mt(bench: Bench, sides: Sequence[Side], console: Console) -> Figures:
    """Pools with human texts and the same with the machine's."""
    options, installed = bench.options, engines()
    routes = [route for route in ROUTES if route.engine in installed]
    if not routes:
        sys.exit(f"no engine of Apertium is installed; {INSTALL}")
    found: dict[str, list[Found]] = {"human": [], "machine": []}
    named: list[pl.DataFrame] = []
    for side in sides:
        made, reasons = translate_all(side.scored, routes, keep_marks=options.keep_marks)
        console.print(*reasons, sep="\n", end="\n" if reasons else "")
        for number in range(options.pools):
            seed = f"{options.seed} {side.name} {number}"
            human, machine, chosen = side_by_side(side.scored, made, random.Random(seed))
            pairs = tuple(sorted({(a, b) for texts in human.values() for a, b in [sorted(texts)]}))
            plan = replace(plan_of(options), pairs=pairs)
            engine = {name: route.engine for name, route in chosen.items()}
            for kind, documents in (("human", human), ("machine", machine)):
                pages = make_stories(documents, plan, random.Random(seed), side.strangers)
                one = bench.score(side, f"{kind}{number}", pages)[0]
                found[kind].append(one)
                named.append(one.true.with_columns(
                    pl.col("left_story").replace_strict(engine, default="").alias("engine"), pl.lit(kind).alias("by"),
                ))  # fmt: skip
    rows: list[dict[str, object]] = []
    for name, part in sorted(pl.concat(named).group_by("engine"), key=lambda group: str(group[0])):
        by = {kind: part.filter(pl.col("by") == kind) for kind in found}
        shares = {kind: float(frame["together"].mean() or 0.0) for kind, frame in by.items()}  # type: ignore[arg-type]
        rows.append({"engine": str(name[0]), "pairs": by["human"].height, **shares})
    figures: Figures = {
        kind: {"stories": story_figures(together(many))["across"], "judged": pair_figures(together(many))}
        for kind, many in found.items()
    }
    across = [{"text": kind, **story_figures(together(many))["across"]} for kind, many in found.items()]
    print_table(console, "pairs in one story, across languages", across)
    print_table(console, "recall by engine", rows, len(rows))
    if len(routes) < len(ROUTES):
        console.print(f"not installed: {', '.join(r.engine for r in ROUTES if r not in routes)}; {INSTALL}")
    return {**figures, "by_engine": rows}


def measure_around(bench: Bench, sides: Sequence[Side], console: Console) -> Figures:
    """One pool a side in stores of several sizes, each in a process of its own."""
    options = bench.options
    rows: list[dict[str, float]] = []
    spent: list[dict[str, float]] = []
    plan = replace(plan_of(options), sizes=SIZES_AROUND)
    for size in sorted(int(one) for one in options.sizes.split(",")):
        found, costs = [], []
        for side in sides:
            documents = only_languages(side.scored, options.languages)
            pages = make_stories(documents, plan, random.Random(f"{options.seed} {side.name}"), side.strangers)
            one, cost = bench.score(side, f"around{size}", pages, n=max(0, size - len(pages)), run=run_alone)
            found.append(one)
            costs.append({name: float(str(value)) for name, value in cost.items()})
        every = together(found)
        judged, across = pair_figures(every), story_figures(every)["across"]
        n_same = int(every.judged["same"].sum())
        right = int(every.judged.filter("same")["label"].sum())
        at_threshold = prf(right, n_same, every.true.height)
        rows.append({
            "pages": every.n_store // len(sides), "precision": at_threshold["precision"],
            "recall": at_threshold["recall"], "story_precision": across["precision"], "story_recall": across["recall"],
            "recall_at_p94": judged.get("recall_at_0.94", 0.0), "best_f1": judged.get("best_f1", 0.0),
            "best_threshold": judged.get("best_threshold", 0.0), "candidate_recall": judged["candidate_recall"],
            "candidates_a_page": judged["judged_a_page"],
        })  # fmt: skip
        spent.append({"pages": rows[-1]["pages"], **{name: max(cost[name] for cost in costs) for name in costs[0]}})
        print_table(console, "so far", rows[-1:])
    fit = growth([int(row["pages"]) for row in rows], [float(row["stage_cpu_s"]) for row in spent])
    print_table(console, "in stores of several sizes", rows)
    print_table(console, "what they cost", spent)
    print_table(console, "CPU time of the stage grows as", [{"of": name, "exponent": e} for name, e in fit.items()])
    return {"around": rows, "costs": spent, "growth": fit}


def measure_scale(bench: Bench, sides: Sequence[Side], console: Console) -> Figures:
    """Speed of reading anchors by language, then growth."""
    rows = speed(bench.words(sides[0]), seed=bench.options.seed)
    print_table(console, "anchors of 2 kB documents, one core", rows, len(rows))
    return {"speed": rows, **measure_around(bench, sides, console)}


Measure = Callable[[Bench, Sequence[Side], Console], Figures]
COMMANDS: dict[str, tuple[Measure, str]] = {
    "pools": (measure_pools, "open worlds of stories in one to three languages"),
    "hard": (measure_hard, "pairs of languages that share the least"),
    "mt": (measure_mt, "machine translation beside human"),
    "around": (measure_around, "a pool in stores of several sizes"),
    "scale": (measure_scale, "documents a second, and growth with the store"),
}


def _add_options(parser: argparse.ArgumentParser, command: str) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--sample", action="store_true", help="the stories of sample_corpus/")
    source.add_argument("--ntrex", type=Path, help="a checkout of NTREX-128, or a .jsonl.gz of its rows")
    parser.add_argument("--learnt-on", type=Path, help="leave out the documents of this file")
    parser.add_argument("--held-out", action="store_true", help="learn on a half of the documents, score the other")
    parser.add_argument("--trials", type=int, default=12, help="open worlds to learn a half's weights on")
    parser.add_argument("--pools", type=int, default=4, help="pools of each side")
    parser.add_argument("--sentences", type=int, help="stories cut to their first sentences")
    parser.add_argument("--kinds", help=f"of {', '.join(KINDS)}; all if not given")
    parser.add_argument(
        "--languages", help="news, other, or a list with commas; all if not given (pools, around, scale)"
    )
    parser.add_argument("--share-news", type=float, default=0.6, help="share of pages in a language of NEWS")
    parser.add_argument("--unrelated", type=int, default=0, help="made-up unrelated pages around each pool")
    parser.add_argument("--unrelated-file", type=Path, action="append", help="a crawl.jsonl.gz of unrelated pages")
    sizes = "10000,30000,100000,300000" if command == "scale" else "1000,10000,50000,200000"
    parser.add_argument("--sizes", default=sizes, help="pages of the stores (around, scale)")
    parser.add_argument("--keep-marks", action="store_true", help="keep the marks of unknown words (mt)")
    parser.add_argument("--worst", type=int, default=0, help="print so many of the worst pairs (pools)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="write the pools to this folder and leave them there")
    parser.add_argument("--json", type=Path, help="write the figures to this file")


def main() -> None:
    """Make pools, run them, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, what) in COMMANDS.items():
        _add_options(commands.add_parser(name, help=what), name)
    options = parser.parse_args()
    measure, _ = COMMANDS[options.command]
    with tempfile.TemporaryDirectory() as scratch:
        console = Console(width=None if sys.stdout.isatty() else 150)
        figures = measure(Bench(options, options.keep or Path(scratch)), sides_of(options), console)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
