"""Folders of sentence-transformers, by that library, where it is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from syndetect.schema import F32


class TransformerEncoder:
    """A model of the library, on whatever device it chooses."""

    def __init__(self, model: SentenceTransformer, prompt: str) -> None:
        self._model, self._prompt = model, prompt

    def encode(self, texts: list[str], /) -> F32:
        """Encode texts."""
        return np.asarray(
            self._model.encode([self._prompt + text for text in texts], prompt="", show_progress_bar=False)
        )


def read_transformer(folder: Path, *, prompt: str = "") -> TransformerEncoder:
    """Read a model from its folder, and from nowhere else."""
    try:
        return TransformerEncoder(SentenceTransformer(str(folder), local_files_only=True), prompt)
    except (OSError, RuntimeError, KeyError) as error:
        raise ValueError(f"sentence-transformers can't read it ({error})") from None
