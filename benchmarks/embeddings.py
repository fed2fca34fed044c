"""What vectors add to the comparison across languages: with a small model, bad ones and none.

    python benchmarks/embeddings.py DOCUMENTS.jsonl.gz [--trials 6] [--sentences 6] [--excerpts] [--model FOLDER]

DOCUMENTS is as for learn_anchor_weights.py. A small static model is trained on every other document, saved and read
again as model2vec saves it; the figures are those of open worlds made of the rest, pages of a few sentences each. What
anchors weigh was learnt on all documents, so the figures without a model are better than on others. For each model:
F1, precision and recall of pairs, candidates. --excerpts prints instead how many counterparts are the nearest page, by
how many letters of each text are encoded.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from anchor_worlds import NEWS, read_documents
from learn_anchor_weights import figures
from small_model import save_model2vec, train

from syndetect import embeddings
from syndetect.anchors import candidates as search
from syndetect.anchors import judge
from syndetect.anchors.extract import extract_anchors
from syndetect.anchors.marks import pack_marks
from syndetect.anchors.nearness import add_nearness
from syndetect.anchors.pairs import weigh_keys
from syndetect.embeddings import Model
from syndetect.schema import F32, F64, Bools

SEED = 20_180_930
Documents = dict[str, dict[str, list[str]]]
"""Document -> language -> sentences."""
Encode = Callable[[pl.DataFrame], F32]


def _short_pages(documents: Documents, rng: random.Random, n_sentences: int) -> pl.DataFrame:
    """As `make_trial`, but every run of so many sentences is a story: many stories of few words each."""
    rows = []
    for document, texts in documents.items():
        for at in range(0, len(texts["en"]) - n_sentences + 1, n_sentences):
            for language in sorted(rng.sample(NEWS, rng.choice((1, 1, 2, 3)))):
                text = "\n".join(texts[language][at : at + n_sentences])
                rows.append((document, f"{document}/{at}", language, text))
    frame = pl.DataFrame(rows, schema=["document", "story", "language", "story_text"], orient="row")
    return frame.with_row_index("doc_id", offset=1).with_columns(pl.col("doc_id").cast(pl.UInt64))


class _World:
    """Pages of an open world with what anchors find in them."""

    def __init__(self, documents: Documents, rng: random.Random, n_sentences: int) -> None:
        self.pages = _short_pages(documents, rng, n_sentences)
        self.marks = extract_anchors(self.pages)
        self.sizes = judge.measure(self.pages)
        none = pl.lit(None, pl.Datetime("us", "UTC"))
        where = self.pages.select("doc_id", "language", none.alias("published_from"), none.alias("published_to"))
        self.found, _, self.searched = search.find_candidates(pack_marks(self.marks, self.pages["doc_id"]), where)
        per_story = self.pages.group_by("story").len()["len"]
        self.n_true = int((per_story * (per_story - 1) // 2).sum())
        self.languages = self.pages["language"].rank("dense").to_numpy().astype(np.int64)

    def with_neighbours(self, vectors: F32) -> pl.DataFrame:
        """The candidates and those that vectors propose, with nearness."""
        undated = np.full(len(self.pages), embeddings.NO_TIME)
        vectors = embeddings.centre(vectors, self.languages)
        near = embeddings.nearest(vectors, self.languages, undated, undated, window=0)
        return embeddings.add_neighbours(self.found, self.pages["doc_id"], vectors, near)

    def labelled(self, found: pl.DataFrame) -> pl.DataFrame:
        """Candidates without those of two parts of one document; which of the others are translations."""
        names = self.pages.select("doc_id", "document", "story")
        found = found.join(names, left_on="left_id", right_on="doc_id", maintain_order="left")
        found = found.join(names, left_on="right_id", right_on="doc_id", maintain_order="left", suffix="_right")
        found = found.with_columns(label=pl.col("story") == pl.col("story_right"))
        return found.filter((pl.col("document") != pl.col("document_right")) | pl.col("label"))


def _score(world: _World, vectors: F32 | None) -> tuple[F64, Bools, float]:
    """Logits of the candidates as they are judged, which are translations, candidates a page."""
    marked = judge.Marked(world.marks, world.sizes, weigh_keys(world.marks, world.sizes))
    found = world.labelled(world.found)
    looked_at = judge.first_look(found, world.searched, world.sizes, n_store_pages=1)
    if vectors is not None:
        found = world.labelled(world.with_neighbours(vectors))
        proposed = found.filter("by_vectors")
        new = judge.first_look(proposed, world.searched, world.sizes, n_store_pages=1, among=looked_at)
        looked_at = pl.concat([looked_at, new]).sort("left_id", "right_id")
        looked_at = add_nearness(looked_at.hstack(found.select("nearness", "by_vectors")), world.sizes)
    judged = judge.judge_translations(looked_at, marked, n_store_pages=1)
    labels = world.labelled(judged.select("left_id", "right_id"))["label"].to_numpy()
    sure = judged["similarity"].to_numpy().clip(1e-9, 1 - 1e-9)
    return np.log(sure / (1 - sure)), labels, len(looked_at) / len(world.pages)


def _encode(model: Model, pages: pl.DataFrame) -> F32:
    vectors: F32 = embeddings.encode_texts(model, embeddings.excerpt(pages["story_text"]).to_list()).astype(np.float32)
    return vectors


def _bad_encoders(rng: np.random.Generator) -> dict[str, Encode]:
    def by_language(pages: pl.DataFrame) -> F32:
        rows = pages["language"].rank("dense").to_numpy().astype(np.int64)
        vectors: F32 = rng.normal(size=(rows.max() + 1, 64))[rows].astype(np.float32)
        vectors += 0.01 * rng.normal(size=vectors.shape).astype(np.float32)
        return vectors

    return {
        "random": lambda pages: rng.normal(size=(len(pages), 64)).astype(np.float32),
        "constant": lambda pages: np.ones((len(pages), 64), np.float32),
        "by language": by_language,
    }


def _print_excerpts(model: Model, documents: Documents) -> None:
    """How often the counterpart is the nearest page of its language, by letters encoded."""
    languages = [name for name in NEWS if all(name in texts for texts in documents.values())]
    for n_chars in (250, 500, 1_000, 2_000, 4_000, 100_000):
        sides = [
            embeddings.encode_texts(model, ["\n".join(texts[name])[:n_chars] for texts in documents.values()])
            for name in languages
        ]
        centred = [side.astype(np.float32) - side.mean(axis=0, dtype=np.float32) for side in sides]
        hits = [
            (a @ (b / np.linalg.norm(b, axis=1, keepdims=True)).T).argmax(axis=1) == np.arange(len(a))
            for i, a in enumerate(centred) for j, b in enumerate(centred) if i != j
        ]  # fmt: skip
        print(f"{n_chars:>7} letters: counterpart nearest of {len(documents)} in {np.mean(hits):.3f}")


def _small_model(documents: Documents) -> Model:
    """Train on documents, save, read."""
    started = time.process_time()
    aligned = [list(zip(*(texts[name] for name in NEWS), strict=True)) for texts in documents.values()]
    tokenizer, vectors = train(aligned, dimension=256)
    with tempfile.TemporaryDirectory() as folder:
        save_model2vec(Path(folder), tokenizer, vectors)
        model = embeddings.load_model(folder)
    print(f"small model: {vectors.shape}, trained in {time.process_time() - started:.0f} CPU s")
    return model


def _compare(worlds: list[_World], encoders: dict[str, Encode | None]) -> None:
    n_true = sum(world.n_true for world in worlds)
    print(f"{len(worlds)} worlds, {sum(len(world.pages) for world in worlds)} pages, {n_true} true pairs")
    for name, encode in encoders.items():
        done = [_score(world, None if encode is None else encode(world.pages)) for world in worlds]
        scores, labels = (np.concatenate([one[side] for one in done]) for side in (0, 1))
        found = figures(scores, labels.astype(np.bool_), n_true, 0.0)
        words = ", ".join(f"{figure} {value:.4f}" for figure, value in found.items())
        print(f"{name:>12}: {words}, {np.mean([one[2] for one in done]):.1f} candidates a page")


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--trials", type=int, default=6)
    parser.add_argument("--sentences", type=int, default=6, help="of a page")
    parser.add_argument("--excerpts", action="store_true")
    parser.add_argument("--model", help="a model to measure beside the small one, as --embeddings takes it")
    options = parser.parse_args()
    read = read_documents(options.documents)
    documents = {name: {code: told[0] for code, told in texts.items()} for name, texts in read.items()}
    seen = {name: texts for i, (name, texts) in enumerate(documents.items()) if i % 2}
    held = {name: texts for i, (name, texts) in enumerate(documents.items()) if not i % 2}
    models = {"small": _small_model(seen)}
    if options.model:
        models["given"] = embeddings.load_model(options.model)
    if options.excerpts:
        for model in models.values():
            _print_excerpts(model, held)
        return
    rng = random.Random(SEED)
    worlds = [_World(held, rng, options.sentences) for _ in range(options.trials)]
    encoders: dict[str, Encode | None] = {"none": None, **_bad_encoders(np.random.default_rng(SEED))}
    for name, model in models.items():
        encoders[name] = partial(_encode, model)
    _compare(worlds, encoders)


if __name__ == "__main__":
    main()
