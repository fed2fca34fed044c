"""Texts -> unit vectors, checked: what an encoder is, and which one made a vector."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from syndetect.errors import SettingsError
from syndetect.schema import F32

F16 = NDArray[np.float16]

EXCERPT_CHARS = 2_000
"""Letters of a text that are encoded. Measured by benchmarks/embeddings.py --excerpts: with a static model 500, 1,000,
2,000 and 4,000 letters find .82, .87, .90 and .91 of counterparts; transformers read some 512 tokens, about as many."""
PROBES = [
    "The minister spoke on Tuesday.",
    "Министр выступил во вторник.",
    "部长星期二发表了讲话。",
    "تحدث الوزير يوم الثلاثاء.",
]
"""Texts that tell one encoder from another."""


class Encoder(Protocol):
    """Turns texts into vectors. Any object with this method will do."""

    def encode(self, texts: list[str], /) -> F32:
        """Encode texts: (n, dimension), a row a text, whatever the length of the rows."""


@dataclass(frozen=True)
class Model:
    """An encoder that was tried once.

    `digest` tells models of one name apart: of the files of a folder, else of the vectors of a few texts.
    """

    name: str
    digest: str
    dimension: int
    encoder: Encoder

    @property
    def identity(self) -> str:
        """Name, dimension and digest in a line: vectors of two models with the same line can be compared."""
        return f"{self.name} {self.dimension} {self.digest}"


def wrap(encoder: Encoder, *, name: str | None = None, digest: str | None = None) -> Model:
    """Try an encoder on a few texts.

    Raises:
        SettingsError: `embeddings-vectors`.
    """
    name = name or type(encoder).__qualname__
    vectors = _checked(encoder.encode(list(PROBES)), n=len(PROBES), dimension=None, name=name)
    # Rounded, since another processor may give other last digits.
    seen = hashlib.sha256(np.round(_unit(vectors), 2).astype(np.float16).tobytes()).hexdigest()
    return Model(name, digest or seen[:16], vectors.shape[1], encoder)


def excerpt(texts: pl.Series) -> pl.Series:
    """What of each text is encoded: its beginning."""
    return texts.fill_null("").str.slice(0, EXCERPT_CHARS)


def excerpt_key(text: str) -> int:
    """A number for an excerpt that stays the same from run to run and from version to version."""
    return int.from_bytes(hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest(), "little")


def encode_texts(model: Model, texts: Sequence[str]) -> F16:
    """Unit vectors of texts, (n, model.dimension); a row of zeros where the model knows nothing of a text.

    Raises:
        SettingsError: `embeddings-vectors`, if the model gives something else than it gave when it was tried.
    """
    if not texts:
        return np.zeros((0, model.dimension), np.float16)
    vectors = _checked(model.encoder.encode(list(texts)), n=len(texts), dimension=model.dimension, name=model.name)
    return _unit(vectors).astype(np.float16)


def _unit(vectors: F32) -> F32:
    # The largest number first: the squares of large ones are beyond float32.
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = np.divide(vectors, largest, out=np.zeros_like(vectors), where=largest > 0)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    unit: F32 = np.divide(scaled, length, out=np.zeros_like(scaled), where=length > 0)
    return unit


def _checked(found: object, *, n: int, dimension: int | None, name: str) -> F32:
    try:
        vectors = np.asarray(found, np.float32)
    except (TypeError, ValueError):
        raise SettingsError(
            f"embeddings {name} gave {type(found).__name__} instead of numbers; encode has to return an array (n,"
            " dimension)",
            slug="embeddings-vectors",
        ) from None
    wanted = f"({n}, {dimension or 'dimension'})"
    if vectors.ndim != 2 or len(vectors) != n or not vectors.shape[1] or dimension not in {None, vectors.shape[1]}:
        raise SettingsError(
            f"embeddings {name} gave an array {vectors.shape} for {n} texts, not {wanted}; use a model that gives each"
            " text a vector of one dimension",
            slug="embeddings-vectors",
        )
    wrong = int((~np.isfinite(vectors).all(axis=1)).sum())
    if wrong:
        raise SettingsError(
            f"embeddings {name} gave vectors that hold no numbers (NaN or infinite) for {wrong} of {n} texts; its files"
            " are damaged, or it is no model for texts: use another",
            slug="embeddings-vectors",
        )
    return vectors
