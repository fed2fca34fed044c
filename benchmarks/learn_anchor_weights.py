"""Learn what anchors weigh, and how long languages are, from documents translated sentence by sentence.

    python benchmarks/learn_anchor_weights.py DOCUMENTS.jsonl.gz [--trials 24] [--check]

DOCUMENTS has a line a document and language: language (ISO 639-3, maybe with a script), document, sentences. Writes
syndetect/data/anchors/translation_weights.json. Each trial is a small open world: every document gives one or two
stories (whole, or a run of its sentences), each in one to three languages; pages are cut as the web cuts them: whole,
or with sentences dropped, the tail gone, sentences of other documents before, between and behind. Pairs of the
candidates are labelled by story; pairs of two parts of one document are left out. --check learns on two thirds of the
documents and prints what the rest gives, without writing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from babel.core import get_global
from scipy.optimize import minimize

from syndetect.anchors import candidates as search
from syndetect.anchors import judge
from syndetect.anchors.extract import extract_anchors
from syndetect.anchors.margins import margins, sides
from syndetect.anchors.marks import pack_marks
from syndetect.anchors.pairs import pair_features
from syndetect.anchors.weights import Weights
from syndetect.schema import F64, Bools

OUT = Path(__file__).parents[1] / "syndetect" / "data" / "anchors" / "translation_weights.json"
SEED = 20_180_930
NEWS = [
    "en",
    "ru",
    "de",
    "fr",
    "es",
    "zh",
    "ar",
    "pt",
    "it",
    "ja",
    "ko",
    "pl",
    "tr",
    "fa",
    "he",
    "hi",
    "id",
    "uk",
    "nl",
    "cs",
    "vi",
    "el",
    "ro",
    "hu",
    "sv",
    "th",
    "ur",
    "bn",
]
"""Languages most of a crawl is in; half of the pages are in one of them."""
RIDGE = 2.0
Documents = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Trial:
    """One open world: candidates, length of its pages, features, which are translations, how many there are."""

    found: pl.DataFrame
    sizes: pl.DataFrame
    features: F64
    labels: Bools
    n_true: int


def _code(language: str) -> str:
    base = language.split("-", maxsplit=1)[0]
    return str(get_global("language_aliases").get(base, base)).split("_")[0]


def read_documents(path: Path) -> Documents:
    """Document -> language (as the tool calls it) -> sentences."""
    documents: Documents = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            documents[row["document"]].setdefault(_code(row["language"]), row["sentences"])
    return dict(sorted(documents.items()))


def length_norms(documents: Documents) -> dict[str, float]:
    """Letters a language needs for one English letter: the median over documents."""
    ratios: dict[str, list[float]] = defaultdict(list)
    for texts in documents.values():
        english = sum(map(len, texts["en"]))
        for language, sentences in texts.items():
            ratios[language].append(sum(map(len, sentences)) / english)
    return {language: round(float(np.median(values)), 3) for language, values in sorted(ratios.items())}


def _cut(sentences: list[str], strange: list[str], rng: random.Random) -> list[str]:
    """A page as the web has it: now and then whole, else cut, thinned and with furniture."""
    kept = list(sentences)
    if rng.random() < 0.3:
        return kept
    if rng.random() < 0.5:
        kept = kept[: max(3, round(len(kept) * rng.uniform(0.3, 1.0)))]
    if rng.random() < 0.5:
        share = rng.uniform(0.05, 0.4)
        kept = [s for s in kept if rng.random() > share] or kept[:1]
    for _ in range(rng.choice((0, 0, 1, 2, 4))):
        line = rng.choice(strange)
        kept.insert(rng.choice((0, len(kept), rng.randrange(len(kept) + 1))), line)
    return kept


def make_trial(documents: Documents, rng: random.Random) -> pl.DataFrame:
    """Pages of one open world: doc_id, document, story, language, story_text."""
    rows: list[tuple[str, str, str, str]] = []
    for document, texts in documents.items():
        n = len(texts["en"])
        whole = rng.random() < 0.4 or n < 10
        middle = rng.randrange(4, n - 4) if not whole and n > 8 else n
        for part, (a, end) in enumerate(((0, n),) if whole else ((0, middle), (middle, n))):
            b = min(end, a + rng.randrange(4, 9)) if rng.random() < 0.4 else end
            for _ in range(rng.choice((1, 1, 2, 3))):
                language = rng.choice(NEWS) if rng.random() < 0.6 else rng.choice(sorted(texts))
                other = rng.choice([name for name in documents if name != document])
                page = _cut(texts[language][a:b], documents[other][language], rng)
                rows.append((document, f"{document}/{part}", language, "\n".join(page)))
    frame = pl.DataFrame(rows, schema=["document", "story", "language", "story_text"], orient="row")
    frame = frame.unique(["story", "language"], keep="first", maintain_order=True)
    return frame.with_row_index("doc_id", offset=1).with_columns(pl.col("doc_id").cast(pl.UInt64))


def run_trial(pages: pl.DataFrame, letters: dict[str, float]) -> Trial:
    """Search the pages of a trial and take the features of what is found."""
    anchors = extract_anchors(pages)
    none = pl.lit(None, pl.Datetime("us", "UTC"))
    where = pages.select("doc_id", "language", none.alias("published_from"), none.alias("published_to"))
    found, _, _ = search.find_candidates(pack_marks(anchors, pages["doc_id"]), where)
    names = pages.select("doc_id", "document", "story")
    found = found.join(names, left_on="left_id", right_on="doc_id", maintain_order="left")
    found = found.join(names, left_on="right_id", right_on="doc_id", maintain_order="left", suffix="_right")
    # Two parts of one document are neither a translation nor what an unrelated page is.
    found = found.filter((pl.col("document") != pl.col("document_right")) | (pl.col("story") == pl.col("story_right")))
    sizes = judge.measure(pages)
    features, _ = pair_features(found, anchors, sizes, letters)
    per_story = pages.group_by("story").len()["len"]
    n_true = int((per_story * (per_story - 1) // 2).sum())
    return Trial(found, sizes, features, (found["story"] == found["story_right"]).to_numpy(), n_true)


def fit(x: F64, y: Bools) -> F64:
    """Ridge-weighed logistic regression; the last number is the constant."""
    x = np.column_stack([x, np.ones(len(x))])
    sign = np.where(y, 1.0, -1.0)

    def loss(w: F64) -> tuple[float, F64]:
        z = sign * (x @ w)
        gradient = -(x.T @ (sign / (1 + np.exp(np.clip(z, -30, 30)))))
        penalty = RIDGE * w
        penalty[-1] = 0.0
        return float(np.logaddexp(0, -z).sum() + 0.5 * RIDGE * (w[:-1] ** 2).sum()), gradient + penalty

    found: F64 = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    return found


def learn(trials: list[Trial], letters: dict[str, float]) -> Weights:
    """Fit both regressions on the pairs of all trials."""
    x = np.concatenate([trial.features for trial in trials])
    y = np.concatenate([trial.labels for trial in trials])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    scale = np.where(spread > 1e-4, spread, 1.0)  # a feature that no page of the trials has
    first = fit((x - mean) / scale, y)
    both = []
    for trial in trials:
        alone = (trial.features - mean) / scale @ first[:-1] + first[-1]
        both.append(sides(margins(trial.found, trial.sizes, alone)))
    last = fit(np.column_stack([(x - mean) / scale, np.concatenate(both)]), y)
    n_pages = float(np.mean([len(trial.sizes) for trial in trials]))
    return Weights(mean, scale, first, last, letters, n_pages)


def figures(scores: F64, labels: Bools, n_true: int) -> tuple[float, float, float]:
    """The best F1 over thresholds, F1 at 0, and the recall that goes with a precision of .95."""
    order = np.argsort(-scores)
    hits = np.cumsum(labels[order])
    taken = np.arange(1, len(order) + 1)
    f1 = 2 * hits / (taken + n_true)
    at_zero = int((scores > 0).sum())
    precise = hits[hits >= 0.95 * taken]
    return float(f1.max()), float(f1[at_zero - 1]) if at_zero else 0.0, float(precise.max(initial=0)) / n_true


def main() -> None:
    """Learn, and write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    documents = read_documents(options.documents)
    letters = length_norms(documents)
    rng = random.Random(SEED)
    held = {name for i, name in enumerate(documents) if i % 3 == 0} if options.check else set()
    seen = {name: texts for name, texts in documents.items() if name not in held}
    weights = learn([run_trial(make_trial(seen, rng), letters) for _ in range(options.trials)], letters)
    if options.check:
        unseen = {name: texts for name, texts in documents.items() if name in held}
        for name, world in (("learnt on", seen), ("not seen", unseen)):
            done = [run_trial(make_trial(world, rng), letters) for _ in range(12)]
            scores = np.concatenate([judge.score_pairs(t.found, t.sizes, t.features, weights) for t in done])
            result = figures(scores, np.concatenate([t.labels for t in done]), sum(t.n_true for t in done))
            print(f"{name}: best F1, F1 at 0, recall at precision .95:", np.round(result, 4))
        return
    arrays = {name: getattr(weights, name).round(5).tolist() for name in ("mean", "scale", "first", "last")}
    note = "learnt by benchmarks/learn_anchor_weights.py"
    OUT.write_text(
        json.dumps({"note": note, "n_pages": round(weights.n_pages, 1), **arrays, "letters": letters}, indent=1) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
