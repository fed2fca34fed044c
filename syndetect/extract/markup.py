"""Names that pages use in their markup, from data/markup.toml."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def markup() -> dict[str, list[str]]:
    """The lists of data/markup.toml by name."""
    return tomllib.loads((files("syndetect") / "data" / "markup.toml").read_text(encoding="utf-8"))
