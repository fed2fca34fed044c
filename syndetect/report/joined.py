"""How two pages came into one story that were not compared, or not judged the same: the pages between them."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from dataclasses import dataclass

from syndetect.report.pages import PageCard, card
from syndetect.store import Store

EDGES = """
WITH member AS (SELECT doc_id FROM story_document WHERE story_id = $story)
SELECT left_id, right_id, coalesce(relation, judgement) AS relation, coalesce(similarity, 1.0) AS similarity
FROM judged_pair
WHERE judgement <> 'different' AND evidence->>'not_joined' IS NULL
  AND left_id IN (FROM member) AND right_id IN (FROM member)
UNION ALL
SELECT g.doc_id, g.group_id, 'copies', 1.0
FROM copy_group g
WHERE g.doc_id <> g.group_id AND g.doc_id IN (FROM member) AND g.group_id IN (FROM member)
ORDER BY ALL
"""
"""The comparisons within a story, and its pages each with the one that stands for their copies."""
LEAST_SIMILARITY = 1e-6


@dataclass(frozen=True)
class Link:
    """A step from one page of a story to another: relation as judged, or `copies` where one group holds both."""

    left_url: str
    right_url: str
    relation: str
    similarity: float


def _likeliest(edges: dict[int, list[tuple[float, int, int]]], start: int, end: int) -> list[tuple[int, int]]:
    """The path of least cost as (row of the edge, page it leads to); empty if there is none."""
    queue: list[tuple[float, int, int, int, int]] = [(0.0, 0, start, -1, -1)]
    came: dict[int, tuple[int, int]] = {}
    while queue:
        cost, steps, page, row, before = heapq.heappop(queue)
        if page in came:
            continue
        came[page] = row, before
        if page == end:
            break
        for more, other, edge in edges[page]:
            heapq.heappush(queue, (cost + more, steps + 1, other, edge, page))
    path = []
    while end in came and end != start:
        row, before = came[end]
        path.append((row, end))
        end = before
    return path[::-1]


def joined_through(store: Store, left: PageCard, right: PageCard) -> list[Link]:
    """The likeliest way from one page of a story to another over the pages that were compared with each other.

    Probabilities along a way are multiplied; the comparison of the two themselves is left out, since it did not join
    them. Empty if they are of no story or of two.
    """
    if left.story_id is None or left.story_id != right.story_id:
        return []
    rows = store.rows(EDGES, story=left.story_id)
    edges: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
    for row, edge in enumerate(rows):
        a, b, similarity = int(str(edge["left_id"])), int(str(edge["right_id"])), float(str(edge["similarity"]))
        # An excerpt has a low Jaccard, and still is a sure copy.
        if {a, b} == {left.doc_id, right.doc_id}:
            continue
        sure = edge["relation"] not in ("translation", "unsure")
        cost = 1e-3 if sure else 1e-3 - math.log(max(similarity, LEAST_SIMILARITY))
        edges[a].append((cost, b, row))
        edges[b].append((cost, a, row))
    path = _likeliest(edges, left.doc_id, right.doc_id)
    pages = [left.doc_id, *(page for _, page in path)]
    names = {page: card(store, page).url for page in pages}
    return [
        Link(names[a], names[b], str(rows[row]["relation"]), float(str(rows[row]["similarity"])))
        for a, (row, b) in zip(pages, path, strict=False)
    ]
