"""Vectors of the pages that are compared across languages: kept in the store, encoded once; candidates by nearness."""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from syndetect import embeddings
from syndetect.embeddings import Model
from syndetect.schema import F32, I64
from syndetect.store import Store

BATCH = 4_096
"""Texts that are encoded and stored at a time."""
TEXTS = "SELECT doc_id, text FROM story_text JOIN wanted USING (doc_id) ORDER BY wanted.place"
STORED = "SELECT wanted.place, vector FROM embedding JOIN wanted USING (text_hash) ORDER BY wanted.place"
_MICROSECONDS_A_DAY = 86_400_000_000


def add_neighbours(store: Store, model: Model, pairs: pl.DataFrame, *, window_days: int) -> pl.DataFrame:
    """Candidates, and those that vectors propose, with how near the pages of each are.

    Reads the table anchor_page; keeps the vectors of its pages in the table embedding.
    """
    pages = store.frame("SELECT * FROM anchor_page ORDER BY doc_id")
    vectors = _vectors(store, model, pages["doc_id"])
    languages = pages["language"].rank("dense").to_numpy().astype(np.int64)
    centred = embeddings.centre(vectors, languages)
    near = embeddings.nearest(
        centred, languages, _micros(pages["published_from"]), _micros(pages["published_to"]),
        window=window_days * _MICROSECONDS_A_DAY,
    )  # fmt: skip
    return embeddings.add_neighbours(pairs, pages["doc_id"], centred, near)


def _vectors(store: Store, model: Model, ids: pl.Series) -> F32:
    """A unit vector a document, of the store where it has one made by this model from the same text."""
    _keep_model(store, model)
    hashes = pl.concat([_hashes(texts) for texts in store.batches(TEXTS, ids, rows=BATCH)])
    with store.given(current=hashes):
        store.con.execute("DELETE FROM embedding WHERE text_hash NOT IN (SELECT text_hash FROM current)")
    for part in hashes.iter_slices(BATCH):
        with store.given(wanted=part):
            missing = part.join(
                store.frame("SELECT text_hash FROM embedding SEMI JOIN wanted USING (text_hash)"),
                on="text_hash",
                how="anti",
            ).unique("text_hash", maintain_order=True)
        if missing.is_empty():
            continue
        texts = next(store.batches(TEXTS, missing["doc_id"], rows=BATCH))
        made = embeddings.encode_texts(model, embeddings.excerpt(texts["text"]).to_list())
        rows = pl.Series([row.tobytes() for row in made], dtype=pl.Binary)
        store.append("embedding", pl.DataFrame({"text_hash": missing["text_hash"], "vector": rows}))
    with store.given(wanted=hashes.with_row_index("place")):
        stored = store.frame(STORED)
    found = np.frombuffer(b"".join(stored["vector"]), np.float16)
    return found.reshape(len(ids), model.dimension).astype(np.float32)


def _hashes(texts: pl.DataFrame) -> pl.DataFrame:
    excerpts = embeddings.excerpt(texts["text"])
    return texts.select("doc_id", pl.Series("text_hash", map(embeddings.excerpt_key, excerpts), dtype=pl.UInt64))


def _keep_model(store: Store, model: Model) -> None:
    """Note which model the vectors are of; those of another one can't be compared with its, and are dropped."""
    known = json.loads(str(store.value("SELECT value FROM meta WHERE key = 'embeddings'") or "{}"))
    # A folder that was moved holds the same model.
    if (known.get("dimension"), known.get("digest")) != (model.dimension, model.digest):
        store.con.execute("DELETE FROM embedding")
    said = json.dumps({"model": model.name, "dimension": model.dimension, "digest": model.digest})
    store.con.execute("DELETE FROM meta WHERE key = 'embeddings'")
    store.con.execute("INSERT INTO meta VALUES ('embeddings', ?)", [said])


def _micros(times: pl.Series) -> I64:
    return times.cast(pl.Int64).fill_null(embeddings.NO_TIME).to_numpy()
