"""What the store knows of two pages of different languages: shared marks, rivals, why they were not compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

from syndetect import anchors
from syndetect.anchors.decide import SURE, UNSURE
from syndetect.report.pages import PageCard
from syndetect.store import Store

COUNTS = "SELECT key, language, n_documents FROM anchor_key WHERE key IN (SELECT key FROM wanted)"
PAGES = "SELECT language, count(*) AS n_documents FROM anchor_page GROUP BY language"

RIVAL = """
WITH
mine AS (
    SELECT $page AS doc_id
    UNION SELECT b.doc_id FROM copy_group a JOIN copy_group b USING (group_id) WHERE a.doc_id = $page
),
theirs AS (
    SELECT $other AS doc_id
    UNION SELECT b.doc_id FROM copy_group a JOIN copy_group b USING (group_id) WHERE a.doc_id = $other
),
other AS (
    SELECT right_id AS doc_id, judgement, similarity FROM judged_pair WHERE left_id IN (FROM mine)
    UNION ALL
    SELECT left_id AS doc_id, judgement, similarity FROM judged_pair WHERE right_id IN (FROM mine)
)
SELECT d.url, o.judgement, o.similarity, coalesce(i.story_id = s.story_id, false) AS same_story
FROM other o
JOIN document d USING (doc_id)
LEFT JOIN story_document s ON s.doc_id = d.doc_id
LEFT JOIN story_document i ON i.doc_id = $page
WHERE d.language = $language AND d.doc_id NOT IN (FROM theirs) AND o.similarity IS NOT NULL
ORDER BY o.similarity DESC, d.url
LIMIT 1
"""
"""The page of a language that is likest to a page or its copies, but for one and its copies."""


@dataclass(frozen=True)
class Rival:
    """The next likest page of the same language that was compared; it may tell the same story."""

    url: str
    judgement: str
    similarity: float
    same_story: bool


@dataclass(frozen=True)
class Marks:
    """What two texts of different languages share and lack, and what it is measured by.

    `n_pages` is the number of pages that rarity was counted in, None where the store keeps no counts. `names_told` says
    of the left and the right text whether names are told from other words there; where not, none is missed. `rivals`
    has the next best page for the left page, in the right one's language, and the other way round.
    """

    found: anchors.SharedMarks
    n_pages: int | None
    names_told: tuple[bool, bool]
    rivals: tuple[Rival | None, Rival | None]

    @property
    def limits(self) -> dict[str, float]:
        """From which probability on a pair is judged the same, and from which unsure."""
        return {"same": SURE, "unsure": UNSURE}

    @property
    def n_in_order(self) -> int:
        """Shared marks that stand in the common order."""
        return sum(mark.in_order for mark in self.found.shared)

    def tally(self) -> dict[str, dict[str, int | None]]:
        """How many marks of each kind are shared, and how many either text has; None where that can't be told."""
        words = {}
        for name, group in GROUPS.items():
            n = sum(mark.kind in group for mark in self.found.shared)
            sides = (self.found.left_missing, self.found.right_missing)
            left, right = (n + sum(mark.kind in group for mark in side) if name in COUNTED else None for side in sides)
            words[name] = {"shared": n, "left": left, "right": right}
        return words

    def to_dict(self) -> dict[str, object]:
        """The marks for JSON, but for the shared ones, which have a field of their own."""
        found = self.found
        return {
            "tally": self.tally(),
            "n_shared": len(found.shared),
            "n_in_order": self.n_in_order,
            "n_not_placed": found.n_not_placed,
            "chain_weight": found.chain_weight,
            "covered": dict(zip(("left", "right"), map(list, found.covered), strict=True)),
            "length_ratio": found.length_ratio,
            "usual_length_ratio": found.usual_length_ratio,
            "n_pages_counted": self.n_pages,
            "names_told": dict(zip(("left", "right"), self.names_told, strict=True)),
            "limits": self.limits,
            "next_best": dict(
                zip(("left", "right"), (asdict(one) if one else None for one in self.rivals), strict=True)
            ),
        }


GROUPS = {
    "numbers": {"number"},
    "dates": {"date", "month", "weekday"},
    "places": {"place", "language", "currency"},
    "names": {"name", "word", "link"},
    "other words": {"cognate", "concept", "learnt"},
}
"""Kinds that are counted together."""
COUNTED = ("numbers", "dates", "places")
"""Groups of which each text's own number is known in every language."""


def shared_dict(found: anchors.SharedMarks) -> list[dict[str, object]]:
    """The shared marks for JSON."""
    return [
        {
            "kind": mark.kind,
            "left": mark.left.text,
            "right": mark.right.text,
            "left_span": [mark.left.start, mark.left.end],
            "right_span": [mark.right.start, mark.right.end],
            "left_position": mark.left.position,
            "right_position": mark.right.position,
            "in_order": mark.in_order,
            "weight": mark.weight,
            "n_pages": mark.n_pages,
            "left_spans": mark.left_all,
            "right_spans": mark.right_all,
        }
        for mark in found.shared
    ]


def missing_dict(found: anchors.SharedMarks) -> dict[str, list[dict[str, object]]]:
    """The marks without a counterpart for JSON, by the text that has them."""
    return {
        side: [
            {
                "kind": mark.kind,
                "text": mark.surface.text,
                "span": [mark.surface.start, mark.surface.end],
                "position": mark.surface.position,
                "times": mark.times,
                "covered": mark.covered,
                "weight": mark.weight,
                "n_pages": mark.n_pages,
            }
            for mark in missing
        ]
        for side, missing in (("left", found.left_missing), ("right", found.right_missing))
    }


def count_keys(store: Store, keys: pl.Series) -> anchors.Rarity | None:
    """In how many of the pages that were compared across languages each key stands; None if the store has no counts."""
    known = store.count("SELECT count(*) FROM duckdb_tables() WHERE table_name IN ('anchor_key', 'anchor_page')")
    if known < 2 or store.value("SELECT 1 FROM anchor_key LIMIT 1") is None:
        return None
    with store.given(wanted=pl.DataFrame({"key": keys.unique()}, schema={"key": pl.UInt64})):
        counts = store.frame(COUNTS)
    return anchors.count_rarity(counts, store.frame(PAGES))


def marks_of(store: Store, pages: tuple[PageCard, PageCard], texts: tuple[str, str]) -> Marks:
    """What two pages share and lack.

    Args:
        store: It is read, but no other page's text.
        pages: The left and the right page.
        texts: Theirs.
    """
    languages = (pages[0].language, pages[1].language)
    read = anchors.read_marks(texts[0], languages[0], texts[1], languages[1])
    rarity = count_keys(store, read["key"])
    rivals = []
    for page, other in (pages, pages[::-1]):
        rows = store.rows(RIVAL, page=page.doc_id, other=other.doc_id, language=other.language)
        rivals.append(Rival(**rows[0]) if rows else None)  # type: ignore[arg-type]
    return Marks(
        found=anchors.share_marks(texts, languages, read, rarity),
        n_pages=sum(rarity.pages.values()) if rarity else None,
        names_told=(anchors.tells_names(texts[0], languages[0]), anchors.tells_names(texts[1], languages[1])),
        rivals=(rivals[0], rivals[1]),
    )


def why_not_compared(pages: tuple[PageCard, PageCard], texts: tuple[str, str], used: Mapping[str, float]) -> str:
    """Why a run did not compare two pages of different languages, in words."""
    for side, page, text in zip(("left", "right"), pages, texts, strict=True):
        if page.language is None:
            return f"the language of the {side} page is not known"
        if not text:
            return f"the {side} page has no text of its own"
        if page.kind != "article":
            return f"the {side} page is no article but of kind {page.kind}"
    (from_a, to_a), (from_b, to_b) = pages[0].bounds, pages[1].bounds
    window = int(used.get("window_days", 60))
    if from_a and to_a and from_b and to_b and max(from_a - to_b, from_b - to_a) > dt.timedelta(days=window):
        return f"they were published more than {window} days apart"
    return "they share too few rare marks, or their probability is below 1 in 10,000"
