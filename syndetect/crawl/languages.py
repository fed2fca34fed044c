"""Names of languages, as some dumps have them → codes."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import polars as pl

_IS_NAME = r"^\s*[\p{L}\p{M}]{4,}"
"""Codes have two or three letters, and what follows stands behind a hyphen or another sign."""


def language_codes(values: pl.Series) -> pl.Series:
    """Languages as an input gives them; those given by their name, in English or their own language, as codes."""
    names = values.filter(values.str.contains(_IS_NAME).fill_null(False)).unique().to_list()
    codes = {name: code for name in names if (code := _code(name))}
    return values.replace(codes) if codes else values


def _code(words: str) -> str | None:
    """The code of a language by its whole name, else by what stands before a bracket or comma."""
    whole = " ".join(words.lower().split())
    short = whole.split("(")[0].split(",")[0].split(";")[0].strip()
    return _codes().get(whole) or _codes().get(short)


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    lines = (files("syndetect") / "data" / "language_names.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))
