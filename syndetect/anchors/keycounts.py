"""Counts of keys kept by a run -> how rare a mark is, for the pages of one pair."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import polars as pl

from syndetect.anchors.rarity import PAGES_BEFORE, SHRINK
from syndetect.anchors.tables import LANGUAGE_ALIASES


def filed_under(language: str | None) -> str:
    """A language as CLDR files it, like `pairs.language_code`."""
    first = (language or "").split("-")[0]
    return LANGUAGE_ALIASES.get(first, first)


@dataclass(frozen=True)
class Rarity:
    """In how many of the pages compared across languages each key stands.

    `in_language` counts pages by key and language, `in_all` by key, `pages` by language (as `filed_under` has it).
    """

    in_language: dict[tuple[int, str], int]
    in_all: dict[int, int]
    pages: dict[str, int]

    def n_pages(self, key: int) -> int:
        """Pages that have a key; one that was not counted is on the page it was asked for."""
        return self.in_all.get(key, 1)

    def weight(self, key: int, language: str | None) -> float:
        """How surprising a key is in a page of this language, in nats, as `pairs.weigh_keys` has it."""
        code = filed_under(language)
        # What no page counted has in this language weighs as what one page has.
        here = self.in_language.get((key, code))
        in_all = 1 if here is None else self.in_all[key]
        in_any = in_all / (sum(self.pages.values()) + PAGES_BEFORE)
        share = ((here or 1) + SHRINK * in_any) / (self.pages.get(code, 1) + SHRINK)
        return max(0.0, -0.5 * math.log(2) * round(2 * math.log2(share)))


def count_rarity(counts: pl.DataFrame, pages: pl.DataFrame) -> Rarity:
    """Gather counts.

    Args:
        counts: key, language, n_documents.
        pages: language, n_documents.
    """
    in_language: dict[tuple[int, str], int] = defaultdict(int)
    in_all: dict[int, int] = defaultdict(int)
    of_language: dict[str, int] = defaultdict(int)
    for key, language, n in counts.select("key", "language", "n_documents").iter_rows():
        in_language[key, filed_under(language)] += n
        in_all[key] += n
    for language, n in pages.select("language", "n_documents").iter_rows():
        of_language[filed_under(language)] += n
    return Rarity(dict(in_language), dict(in_all), dict(of_language))
