"""The chain of a page: from it to the earliest source, with the evidence for each step."""

from __future__ import annotations

import json
from dataclasses import dataclass

from syndetect.report.pages import PageCard, card, find_page
from syndetect.store import Store


@dataclass(frozen=True)
class Step:
    """One step back: from a page to its parent, or to an unseen source (`parent` None, `parent_site` set)."""

    page: PageCard
    parent: PageCard | None
    parent_site: str | None
    named_url: str | None
    relation: str
    confidence: float
    evidence: list[dict[str, object]]

    def words(self) -> list[str]:
        """The evidence, a line each."""
        return [str(item["words"]) for item in self.evidence if item.get("words")]


@dataclass(frozen=True)
class Chain:
    """The steps from a page back; none for a page that is in no story. `story` is the row of the view `stories`."""

    page: PageCard
    steps: list[Step]
    story: dict[str, object] | None

    @property
    def confidence(self) -> float:
        """The probability that every step is right, were they independent."""
        product = 1.0
        for step in self.steps:
            product *= step.confidence
        return product

    def to_dict(self) -> dict[str, object]:
        """The chain for JSON: nearest step first."""
        return {
            "url": self.page.url,
            "page": page_dict(self.page),
            "story": self.story,
            "confidence": round(self.confidence, 6),
            "chain": [
                {
                    "url": step.page.url,
                    "parent": page_dict(step.parent) if step.parent else None,
                    "parent_url": step.parent.url if step.parent else None,
                    "parent_site": step.parent_site,
                    "named_url": step.named_url,
                    "relation": step.relation,
                    "confidence": step.confidence,
                    "evidence": step.evidence,
                }
                for step in self.steps
            ],
        }


def page_dict(page: PageCard) -> dict[str, object]:
    """A page for JSON."""
    times = ("published_at", "published_from", "published_to", "first_crawled_at")
    return {
        "url": page.url, "site": page.site, "title": page.title, "language": page.language, "kind": page.kind,
        "published_by": page.published_by,
        **{name: value.isoformat() if (value := getattr(page, name)) else None for name in times},
    }  # fmt: skip


def _step(store: Store, page: PageCard) -> Step | None:
    rows = store.rows("SELECT * FROM provenance_edge WHERE doc_id = $doc_id", doc_id=page.doc_id)
    if not rows:
        return None
    row = rows[0]
    parent_id = row["parent_id"]
    return Step(
        page=page,
        parent=card(store, int(str(parent_id))) if parent_id is not None else None,
        parent_site=row["parent_site"],  # type: ignore[arg-type]
        named_url=row["named_url"],  # type: ignore[arg-type]
        relation=str(row["relation"]),
        confidence=float(str(row["confidence"])),
        evidence=json.loads(str(row["evidence"] or "[]")),
    )


def trace(store: Store, url: str) -> Chain:
    """Follow a page back to its earliest source.

    Raises:
        NotInStoreError: `not-in-store`.
    """
    start = find_page(store, url)
    steps: list[Step] = []
    step = _step(store, start)
    while step is not None:
        steps.append(step)
        step = _step(store, step.parent) if step.parent is not None else None
    story = store.rows("SELECT * FROM stories WHERE story_id = $story_id", story_id=start.story_id)
    return Chain(start, steps, {key: _plain(value) for key, value in story[0].items()} if story else None)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
