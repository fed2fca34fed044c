"""Static models, where a text is the mean of the vectors of its tokens.

model2vec and the StaticEmbedding of sentence-transformers keep a matrix in model.safetensors beside tokenizer.json, so
that neither library, nor torch, is needed to read them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

from syndetect.embeddings.tokens import read_tokenizer
from syndetect.schema import F32

NAMES = ("embeddings", "embedding.weight")
"""What the matrix is called: by model2vec, by sentence-transformers."""
BATCH = 512


class StaticEncoder:
    """The mean of the vectors of the tokens of a text, unknown ones left out."""

    def __init__(self, tokenizer: Tokenizer, vectors: F32, weights: F32, rows: np.ndarray, prompt: str = "") -> None:
        self._tokenizer, self._vectors, self._weights, self._rows = tokenizer, vectors, weights, rows
        self._prompt = prompt
        self._unknown = _unknown_token(tokenizer)

    def encode(self, texts: list[str], /) -> F32:
        """Encode texts, some at a time."""
        out = np.zeros((len(texts), self._vectors.shape[1]), np.float32)
        for at in range(0, len(texts), BATCH):
            out[at : at + BATCH] = self._encode([self._prompt + text for text in texts[at : at + BATCH]])
        return out

    def _encode(self, texts: list[str]) -> F32:
        found = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        lengths = np.array([len(one.ids) for one in found], np.int64)
        tokens = np.fromiter((token for one in found for token in one.ids), np.int64, int(lengths.sum()))
        owner = np.repeat(np.arange(len(texts)), lengths)
        known = tokens != self._unknown
        tokens, owner = tokens[known], owner[known]
        shares = self._weights[tokens] / np.maximum(np.bincount(owner, minlength=len(texts)), 1)[owner]
        # Only the rows that these texts use are touched; the matrix may be kept in half precision.
        used, columns = np.unique(self._rows[tokens], return_inverse=True)
        counts = csr_matrix((shares.astype(np.float32), (owner, columns)), shape=(len(texts), len(used)))
        mean: F32 = counts @ self._vectors[used].astype(np.float32)
        return mean


def read_static(folder: Path, *, prompt: str = "") -> StaticEncoder:
    """Read a matrix and its tokenizer.

    Args:
        folder: Holds model.safetensors and tokenizer.json.
        prompt: Put before each text.

    Raises:
        ValueError: In words, if the files can't be read or do not belong together.
    """
    tokenizer = read_tokenizer(folder / "tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    try:
        with safe_open(folder / "model.safetensors", framework="numpy") as tensors:
            kept = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 - it is no dictionary
    except (SafetensorError, OSError, TypeError, AttributeError) as error:
        raise ValueError(f"model.safetensors can't be read ({error})") from None
    vectors = next((kept[name] for name in NAMES if name in kept), None)
    if vectors is None or vectors.ndim != 2:
        raise ValueError(f"model.safetensors holds no matrix of {' or '.join(NAMES)}, but {', '.join(sorted(kept))}")
    n_tokens = max(tokenizer.get_vocab(with_added_tokens=True).values()) + 1
    rows = kept["mapping"].astype(np.int64) if "mapping" in kept else np.arange(len(vectors))
    weights = kept["weights"].astype(np.float32) if "weights" in kept else np.ones(len(rows), np.float32)
    if len(rows) < n_tokens or len(weights) < n_tokens or (len(rows) and int(rows.max()) >= len(vectors)):
        raise ValueError(f"tokenizer.json knows {n_tokens} tokens, model.safetensors has vectors for {len(rows)}")
    return StaticEncoder(tokenizer, vectors, weights, rows, prompt)


def _unknown_token(tokenizer: Tokenizer) -> int:
    """The number of the token for what is not known; -1 if there is none."""
    model = json.loads(tokenizer.to_str())["model"]
    if model.get("unk_token") is not None:
        found = tokenizer.token_to_id(model["unk_token"])
        return -1 if found is None else int(found)
    return -1 if model.get("unk_id") is None else int(model["unk_id"])
