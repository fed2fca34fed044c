"""What a store holds of one page: the report of `match`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Outcome = Literal["found", "nothing", "too-short"]


@dataclass(frozen=True)
class Match:
    """A page of the store that holds the text that was asked about, or a part of it.

    judgement: same or unsure; different for a digest and an item of it, as in the view `pairs`, and for another text
        at the same address.
    relation: exact, near-duplicate, excerpt, digest item; None unless same, or a digest item.
    similarity: Jaccard of shingles.
    page_containment: Share of the words asked about that stands in this page.
    containment: Share of this page's words that stands in what was asked about.
    origin_site: Where the story comes from; None where it is not known, or the page is in no story.
    passages: The longest in common, as they stand on the page asked about and on this one; none of an exact copy.
    """

    url: str
    site: str | None
    title: str | None
    language: str | None
    published_at: dt.datetime | None
    first_crawled_at: dt.datetime | None
    same_address: bool
    judgement: str
    relation: str | None
    similarity: float
    page_containment: float
    containment: float
    matched_words: int | None
    story_id: str | None
    story_pages: int | None
    story_languages: list[str] | None
    origin_site: str | None
    origin_url: str | None
    passages: list[tuple[str, str]]

    def to_dict(self) -> dict[str, object]:
        """The match for JSON."""
        return {**asdict(self), "passages": [{"page": mine, "match": theirs} for mine, theirs in self.passages]}

    @property
    def is_alike(self) -> bool:
        """Whether it holds the text or a part of it; the page at the same address may hold another."""
        return self.judgement != "different" or self.relation is not None

    def moment(self) -> dt.datetime | None:
        """When it was published, else first seen."""
        return self.published_at or self.first_crawled_at


@dataclass(frozen=True)
class NamedSource:
    """A source that the page names: by which kind of claim, in which words, and the host they stand for."""

    kind: str
    value: str
    site: str
    in_store: bool


@dataclass(frozen=True)
class MatchReport:
    """What was asked, what was looked at, and what was found, the best first.

    n_documents: Pages of the store whose texts can be matched.
    n_candidates: Texts that were compared in full.
    n_large_buckets: Keys that too many texts share, of which only the earliest were looked at.
    """

    page: str | None
    language: str | None
    kind: str
    n_words: int
    least_words: int
    n_documents: int
    n_candidates: int
    n_large_buckets: int
    matches: list[Match]
    named_sources: list[NamedSource]

    @property
    def outcome(self) -> Outcome:
        """Whether the text was found, or is too short to be looked for."""
        if self.n_words < self.least_words:
            return "too-short"
        return "found" if any(match.is_alike for match in self.matches) else "nothing"

    def to_dict(self) -> dict[str, object]:
        """All but the matches, for JSON."""
        return {
            "page": self.page,
            "outcome": self.outcome,
            "words": self.words(),
            "language": self.language,
            "kind": self.kind,
            "n_words": self.n_words,
            "n_matches": len(self.matches),
            "n_documents": self.n_documents,
            "n_candidates": self.n_candidates,
            "n_large_buckets": self.n_large_buckets,
            "named_sources": [asdict(source) for source in self.named_sources],
        }

    def words(self) -> str:
        """What was found, in a sentence."""
        if self.n_words < self.least_words:
            return f"too short to be matched: {_count(self.n_words, 'word')}; {self.least_words} are needed"
        others = [match for match in self.matches if not match.same_address]
        here = ""
        if len(others) < len(self.matches):
            same = self.matches[0].is_alike
            here = "is in the store; " if same else "the store has another text at its address; "
        if not others:
            documents, candidates = _count(self.n_documents, "document"), _count(self.n_candidates, "candidate")
            looked = f"{documents} compared by keys; {candidates} looked at"
            return f"{here}nothing {'else ' if here else ''}like it in the store ({looked})"
        best = others[0]
        alike = [m for m in others if (m.judgement, m.relation) == (best.judgement, best.relation)]
        rest = len(others) - len(alike)
        return f"{here}{_relation(best)} {_pages(alike)}{_earliest(alike)}" + (f"; {rest} more below" if rest else "")

    def notes(self) -> list[str]:
        """What else a reader should know."""
        lines = [
            f"names {source.value} as its source ({source.site}, {'in' if source.in_store else 'not in'} the store)"
            if source.value != source.site
            else f"names {source.site} as its source ({'in' if source.in_store else 'not in'} the store)"
            for source in self.named_sources
        ]
        if self.kind != "article":
            lines.append(f"its kind is {self.kind}; a run compares articles only")
        if self.n_large_buckets:
            lines.append(
                f"{self.n_large_buckets} of its keys stand in more texts than a run compares all with all; of those"
                " only the earliest were looked at"
            )
        return lines


def _relation(best: Match) -> str:
    if best.judgement == "unsure":
        return "shares passages, but too little to be sure, with"
    names = {
        "exact": "an exact copy of",
        "near-duplicate": "a near-duplicate of",
        "digest item": "carries items of, or is an item of,",
    }
    return names.get(best.relation or "", "shares a long passage with")


def _pages(alike: Sequence[Match]) -> str:
    stories = sorted({match.story_id for match in alike if match.story_id})
    told = f" of story {stories[0]}" if len(stories) == 1 else f" of {len(stories)} stories" if stories else ""
    return f"{_count(len(alike), 'page')}{told}"


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _earliest(alike: Sequence[Match]) -> str:
    timed = [(moment, match.url) for match in alike if (moment := match.moment())]
    if not timed:
        return ""
    moment, url = min(timed)
    return f"; earliest {url} at {moment:%Y-%m-%d %H:%M}"
