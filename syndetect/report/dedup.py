"""The report of a dedup: rows of the inputs, and what became of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class DedupReport:
    """What `dedup --json` prints. n_rows = kept + dropped + rejected; kept_by_kind counts pages in no story too."""

    n_rows: int
    kept: int
    dropped: int
    rejected: int
    stories: int
    kept_in_stories: int
    dropped_by_rule: dict[str, int]
    dropped_by_relation: dict[str, int]
    kept_by_kind: dict[str, int]
    keep: list[str]
    per: str

    def to_json(self) -> str:
        """The report as one JSON document."""
        return json.dumps(asdict(self), ensure_ascii=False)
