"""Learn the weights of syndetect/data/habit_weights.json on made-up worlds, those of pages as they are.

    python benchmarks/learn_habits.py NTREX.jsonl.gz [--worlds 60] [--held-out 60] [--write]

Worlds are those of provenance_worlds.py, in which documents are told again until there are 2,000 pages: who takes from
whom shows in many stories only. What is fitted is the likelihood of the known trees. Prints how often the choice is
right, and how honest its probability is, without habits and with them, in worlds that were held out: by how many copies
are taken from partners.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from learn_provenance import Taught, Trees, judge, labels, read_documents
from provenance_tables import make_tables
from provenance_worlds import Documents, World
from scipy.optimize import minimize

from syndetect.provenance.choice import load_weights, spread, weigh
from syndetect.provenance.habits import (
    TERMS,
    Habits,
    apply_habits,
    join_noticed,
    learn_habits,
    load_habit_weights,
    measure_habits,
    notice,
)
from syndetect.provenance.options import PAGE, WEIGHED
from syndetect.provenance.trace import learn, read_options
from syndetect.provenance.trees import ROOT
from syndetect.schema import F64, Bools

WEIGHTS = Path(__file__).parents[1] / "syndetect" / "data" / "habit_weights.json"
PAGES, TOLD = 2000, 6
LARGEST = 3.0
"""No term may weigh more."""
PRIOR_VARIANCE = 4.0
MANY = 0.35
"""Share of copies from partners at which worlds are told apart."""


@dataclass(frozen=True)
class Lesson:
    """A world: share of copies from partners, its pages, options as the pages weigh them, habits, what is right."""

    partners: float
    pages: pl.DataFrame
    weighed: pl.DataFrame
    habits: Habits
    right: Bools


def make_lesson(documents: Documents, seed: int, weights: dict[str, float]) -> Lesson:
    """Make a world and weigh its options without habits."""
    world = World(documents, random.Random(seed), pages=PAGES, told=TOLD)
    con = make_tables(world)
    stories = con.sql("SELECT DISTINCT story_id FROM story_document ORDER BY 1").pl()
    pages, options = read_options(con, stories, learn(con), keep=lambda some: weigh(some, weights).select(WEIGHED))
    habits = learn_habits(join_noticed([notice(pages, options.frame)]))
    right = labels(world, pages, options.frame)
    return Lesson(world.habits.partners, pages.select("row", "story", "story_id", "site"), options.frame, habits, right)


def fit(lessons: list[Lesson]) -> F64:
    """Weights under which the known trees are likeliest."""
    sizes = [lesson.pages.height for lesson in lessons]
    shifts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    pairs = list(zip(lessons, shifts, strict=False))
    child = np.concatenate([lesson.weighed["child"].to_numpy() + shift for lesson, shift in pairs])
    source = np.concatenate(
        [
            np.where(lesson.weighed["kind"].to_numpy() == PAGE, lesson.weighed["page"].to_numpy() + shift, ROOT)
            for lesson, shift in pairs
        ]
    )
    story = [np.searchsorted(s := one.pages["story"].to_numpy(), np.arange(s[-1] + 1)) + n for one, n in pairs]
    terms = np.concatenate([measure_habits(one.pages, one.weighed, one.habits)[0] for one in lessons])
    base = np.log(np.maximum(np.concatenate([one.weighed["probability"].to_numpy() for one in lessons]), 1e-300))
    right = np.concatenate([one.right for one in lessons])
    taught = Taught(terms, right, child, source, np.append(np.concatenate(story), shifts[-1]).astype(np.int64))
    every, held = Trees(taught, np.ones(len(right), np.bool_)), Trees(taught, right | ~taught.known)
    n = int(right.sum())

    def lost(weights: F64) -> tuple[float, F64]:
        scores = base + terms @ weights
        (total, shares), (total_held, shares_held) = every(scores), held(scores)
        far = total - total_held + (weights @ weights) / (2 * PRIOR_VARIANCE)
        return float(far) / n, (terms.T @ (shares - shares_held) + weights / PRIOR_VARIANCE) / n

    limits = [(0.0, LARGEST)] * len(TERMS)
    result: F64 = minimize(lost, np.zeros(len(TERMS)), jac=True, method="L-BFGS-B", bounds=limits).x
    return result


def decide(lesson: Lesson, weights: dict[str, float] | None) -> dict[str, float]:
    """Weigh a world's options as the stage does, and judge them."""
    weighed = lesson.weighed
    if weights is not None:
        weighed = apply_habits(lesson.pages, weighed, lesson.habits, weights)
    weighed, _ = spread(weighed, lesson.pages["story"].to_numpy())
    child = weighed["child"].to_numpy()
    known = np.bincount(child, lesson.right)[child] > 0
    return judge(weighed.filter(pl.Series(known)), lesson.right[known])


def compare(lessons: list[Lesson], ways: dict[str, dict[str, float] | None]) -> None:
    """Print the means over worlds without partners, with few copies from them, and with many."""
    groups = {
        "no partners": [one for one in lessons if one.partners == 0],
        f"below {MANY}": [one for one in lessons if 0 < one.partners < MANY],
        f"from {MANY}": [one for one in lessons if one.partners >= MANY],
    }
    for group, some in groups.items():
        for way, weights in ways.items():
            found = [decide(one, weights) for one in some]
            if found:
                means = {key: round(float(np.mean([row[key] for row in found])), 4) for key in found[0]}
                print(f"{group} ({len(some)}), {way}:", means)


def main() -> None:
    """Make worlds, learn, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ntrex", type=Path)
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--held-out", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--old", action="store_true", help="judge the weights there are too")
    parser.add_argument("--write", type=Path, nargs="?", const=WEIGHTS, help="write the weights file")
    given = parser.parse_args()
    documents, weights = read_documents(given.ntrex), load_weights()
    seeds = [*range(given.worlds), *(5000 + n for n in range(given.held_out))]
    lessons = [make_lesson(documents, given.seed * 1000 + n, weights) for n in seeds]
    taught, held_out = lessons[: given.worlds], lessons[given.worlds :]
    named = {name: round(float(weight), 4) for name, weight in zip(TERMS, fit(taught), strict=True)}
    print(json.dumps(named, indent=1))
    old = {"as they were": load_habit_weights()} if given.old else {}
    compare(held_out, {"without habits": None, **old, "with habits": named})
    if given.write:
        given.write.write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
