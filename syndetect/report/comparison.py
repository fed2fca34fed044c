"""Two pages side by side: judgement, scores, aligned passages, shared anchors, times, claims."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import polars as pl

from syndetect import verify
from syndetect.report.account import Version, earlier_versions
from syndetect.report.chain import page_dict
from syndetect.report.grounds import Grounds, grounds_of
from syndetect.report.joined import Link, joined_through
from syndetect.report.languages import Marks, marks_of, missing_dict, shared_dict, why_not_compared
from syndetect.report.pages import PageCard, find_page
from syndetect.report.passages import Passage, align
from syndetect.store import Store
from syndetect.text import invisible_counts, split_words


@dataclass(frozen=True)
class Comparison:
    """Why two pages are, or are not, the same story.

    `judgement` is None for pages of two languages that were not compared, and `not_compared` says why. `compared_as`
    are the copies of the two pages that were compared in their place: across languages one page stands for its copies.
    `evidence` is that of the run, its left and right those of this comparison. `marks` is None for pages that are
    compared word by word; `joined_through` leads from the left page to the right one where they are of one story and
    not judged the same. `edge` is the row of the view `provenance` where one page is the other's parent, `grounds` what
    its evidence counts. `invisible` counts for the left and the right page what is hidden in their texts, by the names
    of INVISIBLE; `versions` are their earlier texts.
    """

    left: PageCard
    right: PageCard
    judgement: str | None
    relation: str | None
    scores: dict[str, float | None]
    compared_in_run: bool
    same_story: bool
    evidence: dict[str, object]
    passages: list[Passage] = field(default_factory=list)
    marks: Marks | None = None
    claims: list[dict[str, object]] = field(default_factory=list)
    edge: dict[str, object] | None = None
    compared_as: tuple[str, str] | None = None
    invisible: dict[str, dict[str, int]] = field(default_factory=dict)
    versions: dict[str, list[Version]] = field(default_factory=dict)
    not_compared: str | None = None
    joined_through: list[Link] = field(default_factory=list)
    grounds: Grounds | None = None

    @property
    def shared_anchors(self) -> list[tuple[str, str, str]]:
        """What pages of two languages share: kind, how it stands in the left one, how in the right one."""
        return [(mark.kind, mark.left.text, mark.right.text) for mark in self.marks.found.shared] if self.marks else []

    def to_dict(self) -> dict[str, object]:
        """The comparison for JSON."""
        return {
            "left": page_dict(self.left),
            "right": page_dict(self.right),
            "judgement": self.judgement,
            "relation": self.relation,
            "scores": self.scores,
            "compared_in_run": self.compared_in_run,
            "compared_as": self.compared_as,
            "same_story": self.same_story,
            "evidence": self.evidence,
            "invisible": self.invisible,
            "versions": {side: [asdict(one) for one in versions] for side, versions in self.versions.items()},
            "passages": [{"what": p.what, "left": p.left, "right": p.right} for p in self.passages],
            "shared_anchors": shared_dict(self.marks.found) if self.marks else [],
            "missing": missing_dict(self.marks.found) if self.marks else {"left": [], "right": []},
            "marks": self.marks.to_dict() if self.marks else None,
            "not_compared": self.not_compared,
            "joined_through": [asdict(link) for link in self.joined_through],
            "claims": self.claims,
            "provenance": self.edge,
            "grounds": self.grounds.to_dict() if self.grounds else None,
        }


def _text(store: Store, page: PageCard) -> str:
    return str(store.value("SELECT text FROM story_text WHERE doc_id = $doc_id", doc_id=page.doc_id) or "")


THROUGH_COPIES = """
SELECT j.*, l.url AS left_url, r.url AS right_url
FROM judged_pair j
JOIN copy_group gl ON gl.doc_id = j.left_id
JOIN copy_group gr ON gr.doc_id = j.right_id
JOIN copy_group ga ON ga.doc_id = $a
JOIN copy_group gb ON gb.doc_id = $b
JOIN document l ON l.doc_id = j.left_id
JOIN document r ON r.doc_id = j.right_id
WHERE (gl.group_id, gr.group_id) IN ((ga.group_id, gb.group_id), (gb.group_id, ga.group_id))
  AND l.language IS DISTINCT FROM r.language
ORDER BY j.similarity DESC, j.left_id, j.right_id
LIMIT 1
"""
"""The pages that stood for the copies of two pages when languages were compared."""

OTHER_SIDE = {"left": "right", "right": "left"}
NOT_COMPARED: dict[str, object] = {"judgement": None, "relation": None, "evidence": "{}"}


def _judge_now(texts: tuple[str, str], used: Mapping[str, float]) -> dict[str, object]:
    """The judgement of a pair of one language that the run did not compare, by the settings the run used."""
    words = split_words(pl.Series(list(texts)))
    ids = (np.array([0], np.uint64), np.array([1], np.uint64))
    cut = int(words.offsets[1])
    if cut and np.array_equal(words.hashes[:cut], words.hashes[cut:]):
        return verify.pack_evidence(verify.exact_pairs(*ids)).row(0, named=True)
    overlap = verify.compare(
        verify.texts_of(words), np.array([0]), np.array([1]), shingle_words=int(used.get("shingle_words", 5))
    )
    judged = verify.judge(
        ids, overlap, least_jaccard=used.get("least_jaccard", 0.7), least_passage=used.get("least_passage", 40)
    )
    return verify.pack_evidence(judged).row(0, named=True)


def compare_pages(store: Store, url_a: str, url_b: str) -> Comparison:
    """Compare two pages of the store.

    Raises:
        NotInStoreError: `not-in-store`.
    """
    left, right = find_page(store, url_a), find_page(store, url_b)
    texts = (_text(store, left), _text(store, right))
    same_language = left.language == right.language
    rows = store.rows(
        "SELECT * FROM judged_pair WHERE left_id = $a AND right_id = $b",
        a=min(left.doc_id, right.doc_id), b=max(left.doc_id, right.doc_id),
    )  # fmt: skip
    through = [] if rows or same_language else store.rows(THROUGH_COPIES, a=left.doc_id, b=right.doc_id)
    row = (rows or through or [_judge_now(texts, store.settings()) if same_language else NOT_COMPARED])[0]
    turned = not _stands_for(store, left, row) if through else bool(rows) and left.doc_id > right.doc_id
    mine, theirs = ("right", "left") if turned else ("left", "right")
    same_story = left.story_id is not None and left.story_id == right.story_id
    evidence = json.loads(str(row["evidence"] or "{}"))
    word_by_word = same_language or row.get("left_containment") is not None
    edge = _edge(store, left, right)
    of_edge = (left, right) if edge and edge["url"] == left.url else (right, left)
    return Comparison(
        left=left,
        right=right,
        judgement=str(row["judgement"]) if row["judgement"] else None,
        relation=str(row["relation"]) if row["relation"] else None,
        scores={
            "similarity": _score(row.get("similarity")),
            "left_containment": _score(row.get(f"{mine}_containment")),
            "right_containment": _score(row.get(f"{theirs}_containment")),
        },
        compared_in_run=bool(rows or through),
        same_story=same_story,
        evidence=_turn(evidence) if turned else evidence,
        passages=align(*texts) if word_by_word else [],
        marks=None if word_by_word else marks_of(store, (left, right), texts),
        claims=_claims(store, left, right),
        edge=edge,
        grounds=grounds_of(store, *of_edge, texts if of_edge[0] is left else texts[::-1]) if edge else None,
        compared_as=(str(row[f"{mine}_url"]), str(row[f"{theirs}_url"])) if through else None,
        invisible=dict(zip(("left", "right"), invisible_counts(pl.Series(list(texts))).to_dicts(), strict=True)),
        versions={"left": earlier_versions(store, left), "right": earlier_versions(store, right)},
        not_compared=None if row["judgement"] else why_not_compared((left, right), texts, store.settings()),
        joined_through=joined_through(store, left, right) if same_story and row["judgement"] != "same" else [],
    )


def _score(value: object) -> float | None:
    return None if value is None else float(str(value))


def _stands_for(store: Store, left: PageCard, row: Mapping[str, object]) -> bool:
    """Whether the left page of a compared pair is a copy of this one."""
    same_group = "SELECT 1 FROM copy_group a JOIN copy_group b USING (group_id) WHERE a.doc_id = $a AND b.doc_id = $b"
    return store.value(same_group, a=left.doc_id, b=row["left_id"]) is not None


def _turn(evidence: Mapping[str, object]) -> dict[str, object]:
    """The evidence of a pair as seen from its right page."""
    turned: dict[str, object] = {}
    for name in evidence:
        begins, ends = name.split("_")[0], name.split("_")[-1]
        other = name
        for side in (begins, ends):
            if side in OTHER_SIDE:
                other = name.replace(side, OTHER_SIDE[side])
        turned[name] = evidence.get(other, evidence[name])
    ratio, passages = turned.get("length_ratio"), turned.get("passages")
    if isinstance(ratio, float | int) and ratio > 0:
        turned["length_ratio"] = round(1 / ratio, 3)
    if isinstance(passages, list):
        turned["passages"] = [[*passage[2:], *passage[:2]] for passage in passages]
    return turned


def _claims(store: Store, left: PageCard, right: PageCard) -> list[dict[str, object]]:
    rows = store.rows(
        "SELECT CASE WHEN doc_id = $a THEN 'left' ELSE 'right' END AS page, kind, value, site, rule,"
        " time_from, time_to FROM claim"
        " WHERE doc_id IN ($a, $b) AND kind <> 'link' ORDER BY page, span_start, kind, value",
        a=left.doc_id, b=right.doc_id,
    )  # fmt: skip
    return rows


def _edge(store: Store, left: PageCard, right: PageCard) -> dict[str, object] | None:
    rows = store.rows(
        "SELECT d.url, p.url AS parent_url, e.relation, e.confidence, e.evidence FROM provenance_edge e"
        " JOIN document d USING (doc_id) JOIN document p ON p.doc_id = e.parent_id"
        " WHERE (d.doc_id = $a AND e.parent_id = $b) OR (d.doc_id = $b AND e.parent_id = $a)",
        a=left.doc_id, b=right.doc_id,
    )  # fmt: skip
    return {**rows[0], "evidence": json.loads(str(rows[0]["evidence"] or "[]"))} if rows else None
