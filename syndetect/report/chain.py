"""The chain of a page: from it to the earliest source, with the evidence for each step, and the tree it stands in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate
from operator import mul

from syndetect.report.pages import PageCard, card, find_page
from syndetect.report.tree import ProvenanceTree, plain, tree_of
from syndetect.store import Store

UNCERTAIN = 0.6
"""Below it the likeliest parent is shown as one of several."""
EARLIEST_SEEN = "earliest seen, not proven first"
OUTSIDE = "named as the source and in the dump, but not found to tell this story before it"
APART = ("alternative", "conflict", "person")
"""Evidence that is shown by itself."""


@dataclass(frozen=True)
class Alternative:
    """What a page can be taken from: a page (`url` set), an unseen source (`site` set), or nothing."""

    url: str | None
    site: str | None
    probability: float

    @property
    def what(self) -> str:
        """Page, unseen or origin."""
        return "page" if self.url else "unseen" if self.site else "origin"

    def to_dict(self) -> dict[str, object]:
        """The alternative for JSON."""
        return {"what": self.what, "url": self.url, "site": self.site, "probability": self.probability}


@dataclass(frozen=True)
class Step:
    """One step back: from a page to its parent, or to a source that is no page of its story.

    Of the latter `parent` is None and `parent_site` is set: it is unseen, or a page of the dump that stands `outside`.
    """

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

    def words_of(self, kind: str) -> list[str]:
        """The evidence of one kind, a line each."""
        return [str(item["words"]) for item in self.evidence if item.get("words") and item["kind"] == kind]

    def main_words(self) -> list[str]:
        """The evidence but for what is shown by itself."""
        return [str(item["words"]) for item in self.evidence if item.get("words") and item["kind"] not in APART]

    @property
    def outside(self) -> str | None:
        """The page of the dump that is named as the source and was not found to tell this story."""
        urls = [str(item["url"]) for item in self.evidence if item["kind"] == "known-page"]
        return urls[0] if urls and self.parent is None else None

    @property
    def unseen(self) -> bool:
        """Whether it leads to a source that is named and not in the dump."""
        return self.parent is None and self.parent_site is not None and self.outside is None

    @property
    def uncertain(self) -> bool:
        """Whether the parent is to be read as the first of several."""
        return self.confidence < UNCERTAIN

    @property
    def alternatives(self) -> list[Alternative]:
        """What else it can be taken from, the likeliest first; the run keeps those of a tenth and more."""
        found = [
            Alternative(
                None if item.get("url") is None else str(item["url"]),
                None if item.get("site") is None else str(item["site"]),
                float(str(item["probability"])),
            )
            for item in self.evidence
            if item["kind"] == "alternative"
        ]
        return sorted(found, key=lambda one: (-one.probability, one.url or "", one.site or ""))

    @property
    def rest(self) -> float:
        """The probability of everything that is neither the parent nor among the alternatives."""
        return max(0.0, 1 - self.confidence - sum(one.probability for one in self.alternatives))

    def to_dict(self, so_far: float) -> dict[str, object]:
        """The step for JSON; `so_far` is the product of the confidences up to it."""
        return {
            "url": self.page.url,
            "parent": page_dict(self.parent) if self.parent else None,
            "parent_url": self.parent.url if self.parent else None,
            "parent_site": self.parent_site,
            "unseen": self.unseen,
            "named_url": self.named_url,
            "relation": self.relation,
            "confidence": self.confidence,
            "chain_confidence": round(so_far, 6),
            "uncertain": self.uncertain,
            "alternatives": [one.to_dict() for one in self.alternatives],
            "rest": round(self.rest, 6),
            "conflicts": self.words_of("conflict"),
            "person": self.words_of("person"),
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class Chain:
    """The steps from a page back; none for a page that is in no story. `story` is the row of the view `stories`."""

    page: PageCard
    steps: list[Step]
    story: dict[str, object] | None
    tree: ProvenanceTree | None = None

    @property
    def confidence(self) -> float:
        """The probability that every step is right, and the chain ends where it does, were they independent."""
        return self.products()[-1]

    def products(self) -> list[float]:
        """1, then after each step the product of the confidences up to it: as in the view `chains`."""
        return list(accumulate((step.confidence for step in self.steps), mul, initial=1.0))

    def end_dict(self) -> dict[str, object] | None:
        """Where the chain ends, for JSON; None for a page of no story."""
        if not self.steps:
            return None
        last = self.steps[-1]
        if last.relation == "origin":
            return {"what": "origin", "url": last.page.url, "site": last.page.site, "words": EARLIEST_SEEN}
        what, words = ("unseen", "named, not in the dump") if last.unseen else ("outside", OUTSIDE)
        return {"what": what, "url": last.named_url, "site": last.parent_site, "words": words}

    def to_dict(self) -> dict[str, object]:
        """The chain for JSON, nearest step first, and the tree it stands in: docs/trace.schema.json."""
        return {
            "url": self.page.url,
            "page": page_dict(self.page),
            "story": self.story,
            "confidence": round(self.confidence, 6),
            "end": self.end_dict(),
            "chain": [step.to_dict(so_far) for step, so_far in zip(self.steps, self.products()[1:], strict=True)],
            "tree": self.tree.to_dict() if self.tree else None,
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
    tree = tree_of(store, start.story_id, start.doc_id) if start.story_id else None
    return Chain(start, steps, {key: plain(value) for key, value in story[0].items()} if story else None, tree)
