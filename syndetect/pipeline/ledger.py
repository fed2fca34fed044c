"""What a run did: stages with their counts and seconds, documents, faults; kept in the store and printed."""

from __future__ import annotations

import datetime as dt
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Protocol

from syndetect.pipeline.intake import Intake
from syndetect.report.run import Outcome, RunReport, StageReport
from syndetect.settings import Settings
from syndetect.store import Store


class Watch(Protocol):
    """Told what a run is doing; `total` is 0 where it is not known."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Work in `stage` has come to `done` of `total`."""


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


OUTCOME = """
SELECT (SELECT count(*) FROM document) AS documents,
       (SELECT count(DISTINCT language) FROM document) AS languages,
       (SELECT count(DISTINCT story_id) FROM story_document) AS stories,
       (SELECT count(*) FROM provenance_edge WHERE relation IN ('copies', 'excerpts')) AS copies,
       (SELECT count(*) FROM provenance_edge WHERE relation = 'translates') AS translations,
       (SELECT count(DISTINCT parent_site) FROM provenance_edge WHERE parent_id IS NULL) AS unseen_sources,
       (SELECT count(*) FROM judged_pair WHERE judgement = 'unsure') AS unsure,
       (SELECT count(*) FROM story_text LEFT JOIN document USING (doc_id)
        WHERE document.kind = 'article' AND text_key IS NULL) AS too_short,
       (SELECT count(*) FROM band_skipped) AS large_buckets,
       (SELECT coalesce(sum(n_pairs_skipped), 0)::BIGINT FROM provenance_skipped) AS sources_not_weighed
"""


def peak_rss_mib(n_workers: int = 0) -> float:
    """The most memory this process has held, in MiB; with that of so many which ended, each as large as the largest."""
    own, largest = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round((own + n_workers * largest) / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _cpu_seconds() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class Ledger:
    """Times the stages of one run and writes its report."""

    def __init__(self, store: Store, settings: Settings, watch: Watch) -> None:
        self._store = store
        self._settings = settings
        self._watch = watch
        self._started_at = dt.datetime.now(dt.UTC)
        self._stages: list[StageReport] = []
        self._read_with_mib = 0.0

    def note_workers(self, n: int) -> None:
        """So many processes parsed beside this one until now: their memory counts with what this one held by now."""
        self._read_with_mib = peak_rss_mib(n)

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int], None]]:
        """Time what is done inside; call what is given with what was counted."""
        self._watch(name, 0, 0)
        wall, cpu, counted = time.perf_counter(), _cpu_seconds(), [0]

        def count(n: int) -> None:
            counted[0] = n

        yield count
        self._stages.append(
            StageReport(name, counted[0], round(time.perf_counter() - wall, 3), round(_cpu_seconds() - cpu, 3))
        )

    def close(self, intake: Intake, passed_over: Mapping[str, int]) -> RunReport:
        """Make the report, and keep it in the store if the run changed it."""
        outcome = Outcome(**{name: int(str(n)) for name, n in self._store.rows(OUTCOME)[0].items()})
        run_id = self._store.count("SELECT coalesce(max(run_id), 0) + 1 FROM run")
        report = RunReport(
            run_id=run_id,
            inputs=[asdict(source) for source in intake.inputs],
            documents={
                "read": intake.n_read, "new": intake.n_new, "changed": intake.n_changed, "rejected": intake.n_rejected,
            },
            stories=outcome.stories,
            stages=self._stages,
            peak_rss_mib=max(self._read_with_mib, peak_rss_mib()),
            exit_status=3 if intake.faults else 0,
            outcome=outcome,
            band_layout=self._settings.band_layout,
            faults=intake.faults,
            files_passed_over=dict(sorted(passed_over.items())),
        )  # fmt: skip
        if report.changed or intake.n_files:
            finished_at = dt.datetime.now(dt.UTC)
            self._store.con.execute(
                "INSERT INTO run VALUES (?, ?, ?, ?)", [run_id, self._started_at, finished_at, report.to_json()]
            )
        return report
