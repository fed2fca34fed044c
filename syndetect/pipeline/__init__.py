"""The whole data flow: from dumps to stories and provenance chains.

`run` is the map. What is new is read into the store; then each stage reads columns from the store, calls one module
and writes columns back. The modules know nothing of each other and, but for those that are joins, nothing of the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from syndetect.crawl import Options, chosen_columns, find_inputs
from syndetect.errors import SettingsError
from syndetect.pipeline import languages, matching, said, stages
from syndetect.pipeline.intake import read_inputs
from syndetect.pipeline.ledger import Ledger, Watch, silent
from syndetect.report.run import RunReport
from syndetect.settings import Settings
from syndetect.store import Store

if TYPE_CHECKING:
    from syndetect.embeddings import Encoder, Model

Stage = Callable[[Store, Settings], int]

STAGES: Mapping[str, Stage] = {
    "times": stages.date_documents,  # stated times -> the interval each page was published in
    "claims": stages.read_claims,  # page text -> whence, by whom, citing whom
    "boilerplate": stages.find_boilerplate,  # lines that sites repeat
    "signatures": matching.sign_texts,  # story text -> words -> MinHash, band keys, fingerprints
    "candidates": matching.pair_texts,  # equal keys -> pairs worth comparing
    "verify": matching.judge_texts,  # pairs -> exact Jaccard, aligned passages, judgement
    "stories": matching.group_copies,  # same-text pairs -> groups of copies, digests
    "anchors": languages.match_languages,  # numbers, dates, names -> translations, groups -> stories
    "judgements": said.hold_words,  # what people said -> pairs and stories as they said
    "provenance": stages.trace_sources,  # claims, times, texts -> parents, unseen sources, confidence
}
"""After the crawl is read, in this order; the value is what a stage counts."""


def run(
    inputs: Sequence[str],
    *,
    store: str | Path = "syndetect.duckdb",
    settings: Settings | None = None,
    stop_after: str | None = None,
    columns: Mapping[str, str] | None = None,
    embeddings: str | Encoder | None = None,
    watch: Watch = silent,
) -> RunReport:
    """Read dumps, find stories, build provenance.

    Args:
        inputs: Files, folders, globs, `@list.txt`.
        store: Where the store is or will be.
        settings: Defaults where not given.
        stop_after: The name of the last stage to run.
        columns: Of inputs with a row a page: role -> the column that plays it. Kept in the store for later runs; an
            empty name takes a role back.
        embeddings: A model whose vectors help to match across languages: as the setting of that name takes it, or an
            object that encodes texts itself; None for what the setting says.
        watch: Told what is going on, for a progress bar.

    Returns:
        What was done. Inputs that were read before are not read again; without anything new nothing changes.

    Raises:
        SyndetectError: With the exit status of what is wrong; the store is then as it was before.
    """
    settings = settings or Settings()
    wanted = _until(stop_after)
    model = _load_model(settings.embeddings if embeddings is None else embeddings, settings)
    deciding = settings.deciding() | {"embeddings": model.identity if model else ""}
    chosen_columns(columns or {})  # a wrong role is told before anything is read
    passed_over: Counter[str] = Counter()
    found = find_inputs(inputs, passed_over)
    with Store.create_or_open(store, settings.shaping(), settings.shaped_by()) as opened:
        options = Options(settings.page_mib << 20, opened.keep_columns(columns or {}))
        ledger = Ledger(opened, settings, watch)
        with ledger.stage("crawl") as counted:
            opened.limit(threads=settings.n_threads, memory_mib=settings.reading_mib)
            intake = read_inputs(opened, found, watch=watch, options=options, jobs=settings.n_jobs)
            ledger.note_workers(intake.n_workers)
            counted(intake.n_read)
            stages.give_back(opened)
        opened.limit(threads=settings.n_threads, memory_mib=settings.memory_mib)
        if intake.changed_anything or not opened.is_finished(deciding):
            # With other settings all is made anew, else only what the new pages touch.
            opened.clear_derived(keep_lasting=opened.last_settings() == deciding)
            opened.note_settings(deciding)
            if model is not None and "anchors" in wanted:
                wanted = {**wanted, "anchors": partial(languages.match_languages, model=model)}
            for name, work in wanted.items():
                with ledger.stage(name) as counted:
                    counted(work(opened, settings))
                    stages.give_back(opened)
            opened.mark_finished(deciding if len(wanted) == len(STAGES) else None)
        return ledger.close(intake, passed_over)


def _load_model(given: str | Encoder, settings: Settings) -> Model | None:
    """The model asked for, tried before anything is read; without one nothing of it is imported."""
    if isinstance(given, str) and not given:
        return None
    from syndetect.embeddings import load_model  # noqa: PLC0415 - only who asks for it needs the extra

    return load_model(given, threads=settings.n_threads)


def _until(stop_after: str | None) -> Mapping[str, Stage]:
    """The stages up to the one named."""
    names = ["crawl", *STAGES]
    if stop_after is not None and stop_after not in names:
        raise SettingsError(f"there is no stage {stop_after}; choose one of {', '.join(names)}", slug="unknown-stage")
    n = len(STAGES) if stop_after is None else names.index(stop_after)
    return dict(list(STAGES.items())[:n])


__all__ = ["STAGES", "RunReport", "run"]
