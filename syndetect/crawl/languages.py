"""Names of languages, as some dumps have them → codes."""

from __future__ import annotations

from functools import lru_cache

import polars as pl
from babel import Locale
from babel.localedata import locale_identifiers

_IS_NAME = r"^\s*[^\W\d_]{4,}"
"""Codes have two or three letters, and what follows stands behind a hyphen or another sign."""


def language_codes(values: pl.Series) -> pl.Series:
    """Languages as an input gives them; those given by their name, in English or their own language, as codes."""
    names = values.filter(values.str.contains(_IS_NAME).fill_null(False)).unique().to_list()
    codes = {name: code for name in names if (code := _code(name))}
    return values.replace(codes) if codes else values


@lru_cache(maxsize=1024)
def _code(words: str) -> str | None:
    """The code of a language by its whole name, else by what stands before a bracket or comma."""
    whole = " ".join(words.lower().split())
    short = whole.split("(")[0].split(",")[0].split(";")[0].strip()
    return next((table()[name] for table in (_english, _own) for name in (whole, short) if name in table()), None)


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    # A name that several codes have stands for the shortest: Chinese is zh, not zh_Hans.
    names = sorted(Locale("en").languages.items(), key=lambda item: (-len(item[0]), item[0]))
    return {name.lower(): code.split("_")[0] for code, name in names}


@lru_cache(maxsize=1)
def _own() -> dict[str, str]:
    """The names of languages in themselves; only read where a name is not English, for it takes most of a second."""
    names = ((code, Locale(code).languages.get(code)) for code in sorted(locale_identifiers()) if "_" not in code)
    return {name.lower(): code for code, name in names if name}
