"""A small static model from texts aligned sentence by sentence, saved in the formats that real models come in.

Tokens that stand in the same sentences, whatever their language, get like vectors: the singular vectors of the table
of tokens by sentences, each count weighed by how much it is above chance. Good enough to show what a model gains and to
test loaders with real files; no model for use.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from safetensors.numpy import save_file
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import svds
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from syndetect.schema import F32

SEED = 20_180_930
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of scripts that put no spaces between words."""
Aligned = Sequence[Sequence[str]]
"""A document: sentences, each in several languages."""


def _pieces(word: str) -> set[str]:
    """What of a word can be a token: its beginnings, or where words are not spaced all that stands in it."""
    if not UNSPACED.search(word):
        return {word[:n] for n in range(3, len(word) + 1)} | {word[0], *(f"##{letter}" for letter in word[1:])}
    runs = {word[at : at + n] for n in range(1, 5) for at in range(len(word) - n + 1)}
    return runs | {f"##{run}" for run in runs}


def train_tokenizer(texts: Sequence[str]) -> Tokenizer:
    """A WordPiece tokenizer whose pieces stand in two texts or more, or are letters."""
    normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    splitter = pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for text in texts:
        words = {word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))}
        counts.update(set().union(*map(_pieces, words)))
    kept = sorted(piece for piece, n in counts.items() if n >= 2 or len(piece.removeprefix("##")) == 1)
    vocabulary = {piece: number for number, piece in enumerate(["[UNK]", *kept])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=200))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def train(documents: Sequence[Aligned], *, dimension: int) -> tuple[Tokenizer, F32]:
    """Train a tokenizer and a vector a token."""
    sentences = [texts for document in documents for texts in document]
    tokenizer = train_tokenizer([text for texts in sentences for text in texts])
    owner = np.repeat(np.arange(len(sentences)), [len(texts) for texts in sentences])
    found = tokenizer.encode_batch([text for texts in sentences for text in texts], add_special_tokens=False)
    column = np.repeat(owner, [len(one.ids) for one in found])
    row = np.concatenate([one.ids for one in found])
    table = coo_matrix((np.ones(len(row)), (row, column)), shape=(tokenizer.get_vocab_size(), len(sentences)))
    table = table.tocsr().tocoo()
    # How much each count is above chance (pointwise mutual information); rare tokens are shrunk.
    of_token, of_sentence = np.asarray(table.sum(axis=1)).ravel(), np.asarray(table.sum(axis=0)).ravel()
    expected = of_token[table.row] * of_sentence[table.col] / of_token.sum()
    table.data = np.log(np.maximum(table.data / expected, 1.0)) * table.data / (table.data + 0.5)
    start = np.random.default_rng(SEED).normal(size=min(table.shape))
    left, _, _ = svds(table.tocsr(), k=min(dimension, min(table.shape) - 1), v0=start)
    n_sentences = np.bincount(table.row, minlength=len(left))
    # Directions alone; how long a vector is says how rare its token is. Without that half of the counterparts are lost.
    rarity = np.log(len(sentences) / np.maximum(n_sentences, 1))[:, None]
    vectors = left * rarity / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-9)
    vectors[0] = 0.0
    return tokenizer, np.ascontiguousarray(vectors, np.float32)


def save_model2vec(folder: Path, tokenizer: Tokenizer, vectors: F32) -> None:
    """Save as model2vec does."""
    StaticModel(vectors, tokenizer, config={"model_type": "model2vec"}, normalize=True).save_pretrained(folder)


def save_static(folder: Path, tokenizer: Tokenizer, vectors: F32) -> None:
    """Save as sentence-transformers saves a StaticEmbedding."""
    inner = folder / "0_StaticEmbedding"
    inner.mkdir(parents=True)
    save_file({"embedding.weight": vectors}, inner / "model.safetensors")
    tokenizer.save(str(inner / "tokenizer.json"))
    kind = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
    parts = [{"idx": 0, "name": "0", "path": inner.name, "type": kind}]
    (folder / "modules.json").write_text(json.dumps(parts), encoding="utf-8")
    (folder / "config_sentence_transformers.json").write_text('{"prompts": {}, "default_prompt_name": null}')
