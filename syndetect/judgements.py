"""What people said of pages: which of their words count beside later ones that say otherwise.

A word is `same` or `different` of two pages, `parent` of a page and the one it was taken from (which makes the two the
same story) or the site of an unseen source, `origin` of a page that was taken from nowhere. Pages go by the keys of
their addresses, so that a word holds whatever text a page is fetched with, and whether or not the store has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

COUNTS, OVERRIDDEN, WITHDRAWN = "counts", "overridden", "withdrawn"
"""States of a word."""
OF_PAIRS, OF_SOURCES = ("same", "different"), ("parent", "origin")


class Word(NamedTuple):
    """One word: `number` orders words in time; `b` is None for an origin, and for an unseen source of host `site`."""

    number: int
    word: str
    a: str
    b: str | None = None
    site: str | None = None

    @property
    def joins(self) -> bool:
        """Whether it says that two pages are of one story."""
        return self.word == "same" or (self.word == "parent" and self.b is not None)

    @property
    def pair(self) -> frozenset[str] | None:
        """The two pages that it judges; None for one that speaks of a source outside the store, or of none."""
        return frozenset((self.a, self.b)) if self.b is not None else None


class _Kept:
    """Words that count: who is one with whom, who is apart, who was taken from whom."""

    def __init__(self) -> None:
        self.one_with: dict[str, str] = {}
        self.apart: list[tuple[str, str]] = []
        self.parent: dict[str, str] = {}

    def root(self, page: str) -> str:
        while page in self.one_with:
            page = self.one_with[page]
        return page

    def allows(self, word: Word) -> bool:
        """Whether a word contradicts none of those that are kept, nor makes a page its own ancestor."""
        if word.b is None:
            return True
        ends = {self.root(word.a), self.root(word.b)}
        if not word.joins:
            return len(ends) == 2
        if len(ends) > 1 and any({self.root(a), self.root(b)} == ends for a, b in self.apart):
            return False
        return word.word == "same" or word.a not in self.way_up(word.b)

    def way_up(self, page: str) -> list[str]:
        """A page, its parent, the parent of that and so on."""
        way = [page]
        while way[-1] in self.parent:
            way.append(self.parent[way[-1]])
        return way

    def keep(self, word: Word) -> None:
        if word.b is None:
            return
        if not word.joins:
            self.apart.append((word.a, word.b))
            return
        low, high = sorted((self.root(word.a), self.root(word.b)))
        if low != high:
            self.one_with[high] = low
        if word.word == "parent":
            self.parent[word.a] = word.b


def settle(words: Iterable[Word]) -> dict[int, str]:
    """Say of each word whether it counts: the latest do, and an older one where it contradicts none of them.

    Words contradict each other of the same two pages, of the source of one page, through other pages (two are the same
    as a third, and different), and where parents would make a ring.

    Args:
        words: All that were not withdrawn.

    Returns:
        number -> COUNTS or OVERRIDDEN.
    """
    kept, states = _Kept(), {}
    of_pair: dict[frozenset[str], bool] = {}
    of_source: dict[str, tuple[str, str | None, str | None]] = {}
    for word in sorted(words, key=lambda one: -one.number):
        is_held = kept.allows(word)
        if word.word in OF_SOURCES:
            told = (word.word, word.b, word.site)
            is_held &= of_source.setdefault(word.a, told) == told
        if word.pair is not None and (is_held or word.word in OF_PAIRS):
            is_held &= of_pair.setdefault(word.pair, word.joins) == word.joins
        if is_held:
            kept.keep(word)
        states[word.number] = COUNTS if is_held else OVERRIDDEN
    return states


def ring_of(words: Sequence[Word], child: str, parent: str) -> list[str]:
    """The ring that a parent would close: from the parent up to the child; empty if it closes none.

    Args:
        words: Those that count.
        child: A page.
        parent: The page that it is said to be taken from.
    """
    kept = _Kept()
    for word in words:
        if word.word == "parent" and word.a != child:
            kept.keep(word)
    way = kept.way_up(parent)
    return way if way[-1] == child else []


def words_for(said_by: str, day: str, note: str | None) -> str:
    """A word as evidence in words."""
    return f"{said_by} said so on {day}" + (f": {note}" if note else "")
