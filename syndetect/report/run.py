"""The report of a run: what it read, what each stage did, what the store holds after it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import cast

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
    files_passed_over: dict[str, int] = field(default_factory=dict)

    def reading_words(self) -> list[str]:
        """What was read as what, and what was not, in lines for people."""
        records: Counter[str] = Counter()
        for source in self.inputs:
            records.update(cast(dict[str, int], source["passed_over"]))
        lines = self._column_words()
        for what, counts in (("records that hold no page", records), ("files", Counter(self.files_passed_over))):
            if counts:
                lines.append(f"passed over {what}: " + ", ".join(f"{name} {n}" for name, n in counts.most_common()))
        return lines

    def _column_words(self) -> list[str]:
        """Which columns played which part, a line for the inputs that have the same ones."""
        files: dict[str, int] = {}
        for source in self.inputs:
            columns = cast(dict[str, list[str]], source["columns"])
            words = ", ".join(f"{role} = {' or '.join(names)}" for role, names in columns.items() if names)
            if words:
                files[words] = files.get(words, 0) + 1
        return [f"columns of {n} input{'' if n == 1 else 's'}: {words}" for words, n in files.items()]

    @property
    def changed(self) -> bool:
        """Whether the run changed the store."""
        return bool(self.documents["new"] or self.documents["changed"] or self.stages[1:])

    def to_json(self) -> str:
        """The report as one JSON document."""
        return json.dumps(asdict(self), ensure_ascii=False)
