"""tokenizer.json -> a tokenizer."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer


def read_tokenizer(path: Path) -> Tokenizer:
    """Read a tokenizer.

    Raises:
        ValueError: In words, if it can't be read.
    """
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ValueError(f"{path.name} can't be read ({error})") from None
