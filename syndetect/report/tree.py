"""All pages of a story as trees: a root, and below each page those that were taken from it, by time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syndetect.store import Row, Store

PAGES = """
SELECT d.doc_id, d.url, d.site, d.title, d.language, p.published_at, p.published_from, p.published_to,
       d.first_crawled_at, e.parent_id, e.parent_site, e.relation, e.confidence,
       date_diff('minute', pp.published_at, p.published_at) AS lag_minutes,
       coalesce(pp.published_to <= p.published_from, false) AS lag_settled,
       len(list_filter(json_extract_string(e.evidence, '$[*].kind'), lambda k: k = 'conflict')) AS n_conflicts,
       len(list_filter(json_extract_string(e.evidence, '$[*].kind'), lambda k: k = 'person')) > 0 AS by_person
FROM story_document s
JOIN document d USING (doc_id)
JOIN provenance_edge e USING (doc_id)
LEFT JOIN publication p ON p.doc_id = d.doc_id
LEFT JOIN publication pp ON pp.doc_id = e.parent_id
WHERE s.story_id = $story
ORDER BY coalesce(p.published_at, d.first_crawled_at), d.url
"""
"""The pages of a story by time, each with its edge."""


def plain(value: object) -> object:
    """A value for JSON: times in ISO 8601."""
    return value.isoformat() if isinstance(value, dt.datetime) else value


@dataclass(frozen=True)
class Node:
    """A page in a tree: `depth` 0 is the root page, 1 what was taken from it, or from an unseen root.

    `row` has the columns of PAGES; `parent` is the address of the page it was taken from; `n_below` counts all pages
    that come of it; `asked` marks the page that was asked about.
    """

    row: Row
    depth: int
    parent: str | None
    n_below: int
    asked: bool

    @property
    def url(self) -> str:
        """Its address."""
        return str(self.row["url"])

    def to_dict(self) -> dict[str, object]:
        """The node for JSON."""
        row = self.row
        moment = {name: plain(row[name]) for name in ("published_at", "first_crawled_at")}
        told = ("language", "relation", "confidence", "lag_minutes", "lag_settled", "n_conflicts", "by_person")
        return {
            "depth": self.depth, "url": self.url, "site": row["site"], "title": row["title"], **moment,
            "parent_url": self.parent, "parent_site": row["parent_site"], **{name: row[name] for name in told},
            "n_below": self.n_below, "asked": self.asked,
        }  # fmt: skip


@dataclass(frozen=True)
class Root:
    """Where chains end: an origin (`url` set), or an unseen source (`url` None), and how many pages come of it.

    The root page itself counts; an unseen source has none.
    """

    url: str | None
    site: str | None
    n_pages: int

    @property
    def unseen(self) -> bool:
        """Whether no page of it is in the dump."""
        return self.url is None

    def to_dict(self) -> dict[str, object]:
        """The root for JSON."""
        return {"url": self.url, "site": self.site, "unseen": self.unseen, "n_pages": self.n_pages}


@dataclass(frozen=True)
class ProvenanceTree:
    """The tree of a root, its pages before what came of them, siblings by time; the other roots of the story."""

    root: Root
    nodes: list[Node]
    other_roots: list[Root]

    def to_dict(self) -> dict[str, object]:
        """The tree for JSON."""
        return {
            "root": self.root.to_dict(),
            "pages": [node.to_dict() for node in self.nodes],
            "other_roots": [root.to_dict() for root in self.other_roots],
        }

    def shown(self, limit: int) -> tuple[list[Node], dict[str | None, tuple[int, int]]]:
        """The nodes to show where not all are: those nearest to the root, and the way to the page asked about.

        Args:
            limit: Pages at most, but for that way; 0 for all.

        Returns:
            The nodes in their order; for the address of each page of which something is folded (None: the unseen
            root) how many of its own copies, and how many pages in all.
        """
        if not limit or len(self.nodes) <= limit:
            return self.nodes, {}
        first = sorted(range(len(self.nodes)), key=lambda i: (self.nodes[i].depth, i))[:limit]
        by_url = {node.url: node for node in self.nodes}
        kept = {self.nodes[i].url for i in first}
        at = next((node for node in self.nodes if node.asked), None)
        while at is not None and at.url not in kept:
            kept.add(at.url)
            at = by_url[at.parent] if at.parent is not None else None
        folded: dict[str | None, tuple[int, int]] = {}
        for node in self.nodes:
            if node.url not in kept and (node.parent is None or node.parent in kept):
                copies, pages = folded.get(node.parent, (0, 0))
                folded[node.parent] = copies + 1, pages + 1 + node.n_below
        return [node for node in self.nodes if node.url in kept], folded


def _in_order(tops: Sequence[int], children: dict[int, list[int]]) -> Iterator[tuple[int, int]]:
    """Places and depths, each page before what came of it."""
    stack = [(top, 0) for top in reversed(tops)]
    while stack:
        at, depth = stack.pop()
        yield at, depth
        stack.extend((child, depth + 1) for child in reversed(children[at]))


def tree_of(store: Store, story_id: str, doc_id: int) -> ProvenanceTree:
    """The tree that a page of a story stands in.

    Args:
        store: Open for reading.
        story_id: The story.
        doc_id: The page asked about; it is of the story.
    """
    rows = store.rows(PAGES, story=story_id)
    place = {row["doc_id"]: i for i, row in enumerate(rows)}
    children: dict[int, list[int]] = defaultdict(list)
    roots: dict[tuple[object, object], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        if row["parent_id"] is not None:
            children[place[row["parent_id"]]].append(i)
        else:
            roots[(None, row["parent_site"]) if row["parent_site"] else (row["url"], row["site"])].append(i)
    n_below: dict[int, int] = defaultdict(int)
    trees = {root: list(_in_order(tops, children)) for root, tops in roots.items()}
    for tree in trees.values():
        for i, _ in reversed(tree):
            parent = rows[i]["parent_id"]
            if parent is not None:
                n_below[place[parent]] += n_below[i] + 1
    mine = next(root for root, tree in trees.items() if any(rows[i]["doc_id"] == doc_id for i, _ in tree))
    shift = 1 if mine[0] is None else 0
    nodes = [
        Node(
            row=rows[i],
            depth=depth + shift,
            parent=None if rows[i]["parent_id"] is None else str(rows[place[rows[i]["parent_id"]]]["url"]),
            n_below=n_below[i],
            asked=rows[i]["doc_id"] == doc_id,
        )
        for i, depth in trees[mine]
    ]
    named = {root: Root(root[0], root[1], len(tree)) for root, tree in trees.items()}  # type: ignore[arg-type]
    return ProvenanceTree(named[mine], nodes, [root for key, root in named.items() if key != mine])
