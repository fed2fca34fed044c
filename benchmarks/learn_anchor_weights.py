"""Learn what anchors weigh, and how long languages are, from documents translated sentence by sentence.

    python benchmarks/learn_anchor_weights.py DOCUMENTS.jsonl.gz [--worlds 16] [--check] [--section anchors|lexicon]

DOCUMENTS has a line a document and language: language (ISO 639-3, maybe with a script), document, sentences. Writes
syndetect/data/anchors/translation_weights.json. The pairs are the candidates of open worlds made of the documents (see
anchor_worlds.py), of pages whole, cut, of six and of three sentences. How careful to be is read from worlds of
documents not learnt from, a third of them at a time. --check prints what those worlds give, by size of their pages,
without writing.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from anchor_worlds import Documents, World, label, length_norms, make_world, naming_keys, read_documents, teach

from syndetect.anchors import judge
from syndetect.anchors.decide import LEAST_ANCHORS, SHARED, SHORT_LOGITS, TIES, share_kinds
from syndetect.anchors.features import N_FEATURES
from syndetect.anchors.margins import BESIDE, beside, find_rivals, sides, with_common
from syndetect.anchors.pairs import pair_features, weigh_keys
from syndetect.anchors.weights import EXTRACTED, LEXICON, Weights
from syndetect.schema import F64, I64, Bools

OUT = Path(__file__).parents[1] / "syndetect" / "data" / "anchors" / "translation_weights.json"
SEED = 20_180_930
SIZES = ("mixed", "full", "mixed", "six", "mixed", "three", "mixed", "full")
"""Pages of one world after the other."""
N_PAGES = 1_000
RIDGE = 2.0
EVERY = 4
"""One of so many pairs that are no translation is learnt from, and counts for all of them."""
PRECISION = 0.975
"""Share of right pairs that is wanted at the operating point."""
FOLDS = 3
LEAST_TAUGHT, MOST_TAUGHT = 8, 38
"""Documents that a lexicon is learnt on."""
WORLDS_A_LEXICON = 4


@dataclass(frozen=True)
class Trial:
    """The candidates of a world as the judge sees them."""

    world: World
    marked: judge.Marked
    features: F64
    n_shared: I64  # marks


def take(world: World, letters: dict[str, float]) -> Trial:
    """Compare the candidates of a world."""
    sizes = judge.measure(world.pages)
    marked = judge.Marked(world.anchors, sizes, weigh_keys(world.anchors, sizes))
    features, counts = compare(world.found, marked, letters)
    return Trial(world, marked, features, counts[:, SHARED])


def compare(pairs: pl.DataFrame, marked: judge.Marked, letters: dict[str, float]) -> tuple[F64, I64]:
    """The features of pairs by themselves, and counts."""
    return pair_features(pairs, marked.anchors, marked.pages, letters, marked.key_weights)


def fit(x: F64, y: Bools, *, every: int = EVERY) -> F64:
    """Ridge-weighed logistic regression by Newton's method; the last number is the constant."""
    used = y | (np.arange(len(y)) % every == 0)
    x, y = np.column_stack([x[used], np.ones(used.sum())]), y[used]
    times = np.where(y, 1.0, every)
    ridge = np.append(np.full(x.shape[1] - 1, RIDGE), 1e-6)
    sign = np.where(y, 1.0, -1.0)

    def loss(w: F64) -> float:
        return float((times * np.logaddexp(0, -sign * (x @ w))).sum() + 0.5 * (ridge * w * w).sum())

    w = np.zeros(x.shape[1])
    w[-1] = np.log((y.sum() + 1) / (times[~y].sum() + 1))
    now = loss(w)
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        curve = (x * (times * np.maximum(p * (1 - p), 1e-9))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(curve, x.T @ (times * (p - y)) + ridge * w)
        then = loss(w - step)
        while then > now and np.abs(step).max() > 1e-6:
            step /= 2
            then = loss(w - step)
        gain, w, now = now - then, w - step, then
        if gain < 1e-3:
            break
    return w


def learn(trials: list[Trial], letters: dict[str, float]) -> Weights:
    """Fit the regressions on the pairs of all trials."""
    y = np.concatenate([trial.world.labels for trial in trials])
    common = np.concatenate([trial.features[:, BESIDE] for trial in trials])
    usual, spread = common.mean(axis=0), common.std(axis=0)
    every = [
        np.column_stack([t.features, beside(with_common(t.world.found, t.features), usual, spread)]) for t in trials
    ]
    x = np.concatenate(every)
    mean, varies = x.mean(axis=0), x.std(axis=0)
    scale = np.where(varies > 1e-4, varies, 1.0)  # a feature that no page of the trials has
    first = fit((x - mean) / scale, y)
    alone = [(one - mean) / scale @ first[:-1] + first[-1] for one in every]
    rivals = [
        label(find_rivals(t.world.found, t.marked.pages, s), t.world.pages) for t, s in zip(trials, alone, strict=True)
    ]
    of_rivals = np.concatenate([compare(r, t.marked, letters)[0] for r, t in zip(rivals, trials, strict=True)])
    twins = fit((of_rivals - mean[:N_FEATURES]) / scale[:N_FEATURES], pl.concat(rivals)["label"].to_numpy(), every=1)
    n_pages = float(np.mean([len(trial.world.pages) for trial in trials]))
    events = np.concatenate([trial.world.events for trial in trials])
    event = fit((x[~y] - mean) / scale, events[~y])
    weights = Weights(mean, scale, first, np.zeros(0), twins, event, letters, n_pages, 0.0)
    both = [
        sides(judge.margins_of(t.world.found, t.marked, scores, weights))
        for t, scores in zip(trials, alone, strict=True)
    ]
    last = fit(np.column_stack([(x - mean) / scale, np.concatenate(both)]), y)
    return Weights(mean, scale, first, last, twins, event, letters, n_pages, 0.0)


def score(trial: Trial, weights: Weights) -> F64:
    """Logits of the candidates of a trial."""
    return judge.score_pairs(trial.world.found, trial.marked, trial.features, weights)


def figures(scores: F64, labels: Bools, n_true: int, at: float) -> dict[str, float]:
    """The best F1 over thresholds, precision, recall and F1 at one, and the recall that goes with a precision."""
    order = np.argsort(-scores)
    hits, taken = np.cumsum(labels[order]), np.arange(1, len(order) + 1)
    n = int((scores > at).sum())
    right = int(hits[n - 1]) if n else 0
    found = {"best": float((2 * hits / (taken + n_true)).max()), "F1": 2 * right / (n + n_true)}
    found |= {"P": right / max(n, 1), "R": right / n_true}
    found |= {f"R at P {p}": float(hits[hits >= p * taken].max(initial=0)) / n_true for p in (0.95, 0.99)}
    return found | {"candidates": float(labels.sum()) / n_true}


def threshold(scores: F64, labels: Bools) -> float:
    """The lowest logit from which the share of right pairs is as wanted."""
    order = np.argsort(-scores)
    good = np.flatnonzero(np.cumsum(labels[order]) >= PRECISION * np.arange(1, len(order) + 1))
    return float(scores[order[good[-1]]]) if len(good) else 0.0


def reliability(scores: F64, labels: Bools) -> list[tuple[float, float, int]]:
    """Mean probability, share that is right and number of pairs, by fifths of the probability."""
    p = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    fifth = np.minimum((5 * p).astype(np.int64), 4)
    return [(p[fifth == i].mean(), labels[fifth == i].mean(), int((fifth == i).sum())) for i in range(5)]


def _lesson(documents: Documents, teachers: Documents | None, rng: random.Random) -> tuple[Documents, pl.DataFrame]:
    """The documents to make worlds of, and a lexicon learnt on some teachers: without any on some of the documents."""
    known = sorted(teachers or documents)
    n = rng.randint(LEAST_TAUGHT, min(MOST_TAUGHT, len(known) if teachers else 2 * len(known) // 3))
    taught = set(rng.sample(known, n))
    lexicon = teach({name: (teachers or documents)[name] for name in sorted(taught)}, rng)
    return {name: texts for name, texts in documents.items() if name not in taught}, lexicon


@dataclass(frozen=True)
class Course:
    """What worlds are made with: a section of weights, and what holds of all documents."""

    section: str
    naming: pl.DataFrame
    letters: dict[str, float]

    def worlds(
        self, documents: Documents, sizes: list[str], seed: int = SEED, teachers: Documents | None = None
    ) -> list[Trial]:
        """Worlds of documents, looked at; every few with a lexicon of their own in the section that has one."""
        # Lexicons are drawn by themselves, so that pages are the same with one and without.
        rng, of_lessons = random.Random(seed), random.Random(seed + 1)
        trials, told, lexicon = [], documents, None
        for i, size in enumerate(sizes):
            if self.section == LEXICON and i % WORLDS_A_LEXICON == 0:
                told, lexicon = _lesson(documents, teachers, of_lessons)
            world = make_world(told, self.naming, rng, n_pages=N_PAGES, size=size, lexicon=lexicon)
            trials.append(take(world, self.letters))
        return trials


def course_of(documents: Documents, section: str = EXTRACTED) -> Course:
    """The course for documents."""
    return Course(section, naming_keys(documents), length_norms(documents))


def learn_from(documents: Documents, *, worlds: int, seed: int = SEED, section: str = EXTRACTED) -> Weights:
    """Weights learnt on worlds of some documents; how careful to be is left open."""
    course = course_of(documents, section)
    return learn(course.worlds(documents, _sizes(worlds), seed), course.letters)


def _sizes(worlds: int) -> list[str]:
    return [SIZES[i % len(SIZES)] for i in range(worlds)]


def unseen(
    course: Course, documents: Documents, sizes: list[str], tested: list[str]
) -> dict[str, list[tuple[F64, Trial]]]:
    """Scores of worlds of documents that were not learnt from, by size of their pages: each third in its turn."""
    scored: dict[str, list[tuple[F64, Trial]]] = {size: [] for size in tested}
    for fold in range(FOLDS):
        held = {name: texts for i, (name, texts) in enumerate(documents.items()) if i % FOLDS == fold}
        seen = {name: texts for name, texts in documents.items() if name not in held}
        weights = learn(course.worlds(seen, sizes), course.letters)
        for size in tested:
            for trial in course.worlds(held, [size] * 2, teachers=seen):
                scored[size].append((score(trial, weights), trial))
    return scored


def joined(scored: list[tuple[F64, Trial]]) -> tuple[F64, Bools, int]:
    """Scores, labels and the number of true pairs of several trials."""
    labels = np.concatenate([trial.world.labels for _, trial in scored])
    return np.concatenate([scores for scores, _ in scored]), labels, sum(trial.world.n_true for _, trial in scored)


def _rounded(weights: Weights, careful: float) -> dict[str, object]:
    arrays = {
        name: getattr(weights, name).round(5).tolist() for name in ("mean", "scale", "first", "last", "twins", "event")
    }
    return {"n_pages": round(weights.n_pages, 1), "careful": round(careful, 3), **arrays}


def _check(scored: dict[str, list[tuple[F64, Trial]]], careful: float) -> None:
    """Print what worlds of unseen documents give."""
    scores, labels, _ = joined(scored["mixed"])
    print(f"precision {PRECISION} from a logit of {careful:.2f}; reliability", np.round(reliability(scores, labels), 3))
    for size, some in scored.items():
        print(size, {name: round(value, 3) for name, value in figures(*joined(some), careful).items()})


def _check_short(scored: list[tuple[F64, Trial]], letters: dict[str, float], careful: float) -> None:
    """Print how many pairs with a short page are right, by logit, with a date or link in common and without.

    Those that share too few marks, which are unsure whatever they score, are left out.
    """
    rows = []
    for scores, trial in scored:
        found, pages = trial.world.found, trial.marked.pages
        short = judge.compare_sizes(found, pages, letters)[1] & (trial.n_shared >= LEAST_ANCHORS)
        tied = share_kinds(found, trial.world.anchors, TIES)
        sure = np.where(scores - careful >= SHORT_LOGITS, 2, np.where(scores >= careful, 1, 0))
        rows.append(pl.DataFrame({"tied": tied, "sure": sure, "right": trial.world.labels}).filter(short & (sure > 0)))
    by = pl.concat(rows).group_by("tied", "sure").agg(pl.len().alias("pairs"), pl.col("right").sum())
    for tied, sure, n, right in by.sort("tied", "sure").iter_rows():
        of = f"from {SHORT_LOGITS} on" if sure == 2 else f"from 0 to {SHORT_LOGITS}"
        print(f"short pages, {'a' if tied else 'no'} date or link in common, logits {of}: {right} of {n} right")


def main() -> None:
    """Learn, and write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--worlds", type=int, default=16)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--section", choices=(EXTRACTED, LEXICON), help="learn this one, and keep the other as it is")
    options = parser.parse_args()
    documents = read_documents(options.documents)
    sizes, tested = _sizes(options.worlds), ["mixed", "full", "six", "three"] if options.check else ["mixed"]
    written = json.loads(OUT.read_text(encoding="utf-8"))
    plain = course_of(documents)
    for section in [options.section] if options.section else [EXTRACTED, LEXICON]:
        course = replace(plain, section=section)
        scored = unseen(course, documents, sizes, tested)
        careful = threshold(*joined(scored["mixed"])[:2])
        if options.check:
            print(section)
            _check(scored, careful)
            some = [one for size in tested if size != "full" for one in scored[size]]
            _check_short(some, course.letters, careful)
        else:
            written[section] = _rounded(learn(course.worlds(documents, sizes), course.letters), careful)
    if not options.check:
        OUT.write_text(json.dumps({**written, "letters": plain.letters}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
