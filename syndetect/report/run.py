"""The report of a run: what it read, what each stage did, what the store holds after it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from syndetect.banding import BandLayout


@dataclass(frozen=True)
class StageReport:
    """A stage: what it counted, and seconds by the wall clock and of the processors."""

    name: str
    n: int
    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Outcome:
    """What the store holds after the run."""

    documents: int
    languages: int
    stories: int
    copies: int
    translations: int
    unseen_sources: int
    unsure: int
    too_short: int
    large_buckets: int
    sources_not_weighed: int


@dataclass(frozen=True)
class RunReport:
    """What `run --json` prints. `faults` are inputs that could not be opened or were cut short."""

    run_id: int
    inputs: list[dict[str, object]]
    documents: dict[str, int]
    stories: int
    stages: list[StageReport]
    peak_rss_mib: float
    exit_status: int
    outcome: Outcome
    band_layout: BandLayout
    faults: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether the run changed the store."""
        return bool(self.documents["new"] or self.documents["changed"] or self.stages[1:])

    def to_json(self) -> str:
        """The report as one JSON document."""
        return json.dumps(asdict(self), ensure_ascii=False)
