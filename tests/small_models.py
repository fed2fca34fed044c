"""A small static model, trained from the stories of the sample corpus and saved as model2vec saves models."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))

from small_model import save_model2vec, train  # noqa: E402 - found by the path above

SMALL = 64
"""Dimension of the model."""
PARTS = 8


def stories() -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Stories of the sample corpus that stand in several languages: name, language -> sentences."""
    for path in sorted((ROOT / "sample_corpus" / "stories").glob("*.toml")):
        versions = tomllib.loads(path.read_text(encoding="utf-8")).get("versions", {})
        told = {
            name: [line for line in version["text"].splitlines() if line.strip()]
            for name, version in versions.items()
            if name == version["language"]
        }
        if len(told) > 1:
            yield path.stem, told


def part(sentences: list[str], number: int, n: int) -> str:
    """One of n parts of a text."""
    return "\n".join(sentences[round(number * len(sentences) / n) : round((number + 1) * len(sentences) / n)])


def save_small_model(folder: Path) -> Path:
    """Train, and save. It knows the words of these very stories, as a good model knows those of any."""
    aligned = [[[part(text, i, PARTS) for text in told.values()] for i in range(PARTS)] for _, told in stories()]
    tokenizer, vectors = train(aligned, dimension=SMALL)
    save_model2vec(folder, tokenizer, vectors)
    return folder
