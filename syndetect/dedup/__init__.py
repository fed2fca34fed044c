"""Rows of the inputs without their copies: one survivor a story, and for every other row why it is not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pyarrow as pa

from syndetect.addresses import host
from syndetect.dedup.outputs import Output, check_columns, check_output, publish
from syndetect.dedup.plan import KEEP, PER, Per, Policy, make_plan
from syndetect.dedup.sources import Inputs, Source, check_unchanged, sources_of
from syndetect.errors import InputError, RunError, SettingsError
from syndetect.report.dedup import DedupReport
from syndetect.store import Store
from syndetect.survivors import parse_rules

PREFIX = "syndetect_"
KEPT_COLUMNS = ("path", "record", "story_id", "n_dropped")
DROPPED_COLUMNS = (
    "path", "record", "story_id", "survivor_url", "survivor_path", "survivor_record", "rule", "relation", "similarity",
    "reason",
)  # fmt: skip

ADDED = {
    "path": pa.string(), "record": pa.uint32(), "story_id": pa.string(), "n_dropped": pa.uint32(),
    "survivor_url": pa.string(), "survivor_path": pa.string(), "survivor_record": pa.uint32(), "rule": pa.string(),
    "relation": pa.string(), "similarity": pa.float64(), "reason": pa.string(),
}  # fmt: skip
"""The types of the columns that are added."""


def dedup(
    store: Store,
    kept: str | Path,
    dropped: str | Path | None = None,
    *,
    per: Per = "story",
    keep: str = KEEP,
    sites: Sequence[str] = (),
    articles_only: bool = False,
    prefix: str = PREFIX,
) -> DedupReport:
    """Write the rows that are kept, and if asked those that are dropped, each with all columns of its input.

    Args:
        store: Open for reading.
        kept: The file of survivors and of pages that are in no story: `.parquet` or `.jsonl`.
        dropped: The file of all other rows, with the reason of each.
        per: What one page is kept of: `story`, `story-language`, or `copies` (copies of a text in one language).
        keep: The policy: rules in order, each for the ties of those before.
        sites: Hosts, the best first (a list, or one string with commas), or `@file` with one a line; for the rule
            `sites`, which is looked at first if `keep` does not name it.
        articles_only: Whether to drop pages that are no articles.
        prefix: Of the columns that are added.

    Raises:
        SettingsError: `keep-rule`, `keep-column`, `per`, `output-suffix`, `output-place`, `output-taken`,
            `output-columns`, `column-types`, `column-clash`.
        InputError: `input-gone`, `input-changed`, `no-such-input`.
        RunError: `run-unfinished`, `rows-lost`.
    """
    if per not in PER:
        raise SettingsError(f"there is no {per!r} to keep one page of; choose from {', '.join(PER)}", slug="per")
    listed = _read_sites(sites)
    policy = Policy(per, parse_rules(keep, listed), listed, articles_only)
    sources = sources_of(store)
    paths = [Path(kept), *([Path(dropped)] if dropped is not None else [])]
    _check_outputs(store, paths)
    if store.count("SELECT count(*) FROM document") and not store.settings():
        raise RunError(
            f"the last run into {store.path} did not go through all stages; run it again, then dedup",
            slug="run-unfinished",
        )
    check_unchanged(sources)
    inputs = Inputs(store, sources)
    _check_names(inputs.schema, prefix)
    for path in paths:
        check_columns(path, inputs.schema)
    plan = make_plan(store, inputs, policy)
    _check_count(sources, len(plan), what="the store")
    _write(inputs, plan, paths, prefix)
    return _report(sources, plan, policy)


def _read_sites(sites: Sequence[str]) -> tuple[str, ...]:
    """Hosts as the store has them; `@file` stands for its lines."""
    names: list[str] = []
    for given in sites.split(",") if isinstance(sites, str) else sites:
        if not given.startswith("@"):
            names.append(given)
            continue
        path = Path(given[1:])
        if not path.is_file():
            raise InputError(f"the list {path} does not exist; check the path behind @", slug="no-such-input")
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        names += [line for line in lines if line and not line.startswith("#")]
    whole = pl.Series("site", names, dtype=pl.String).str.strip_chars().str.replace(r"^(?:.*//)?", "//")
    hosts = pl.DataFrame(whole).select(host(pl.col("site"))).to_series().drop_nulls()
    return tuple(dict.fromkeys(hosts))


def _check_outputs(store: Store, paths: Sequence[Path]) -> None:
    # Also files that gave no record: they are inputs all the same.
    inputs = [Path(str(row["path"])) for row in store.rows("SELECT path FROM input_file ORDER BY path")]
    for place, path in enumerate(paths):
        check_output(path, taken=[store.path, *inputs, *paths[:place]])


def _check_names(schema: pa.Schema, prefix: str) -> None:
    for name in dict.fromkeys((*KEPT_COLUMNS, *DROPPED_COLUMNS)):
        if prefix + name in schema.names:
            raise SettingsError(
                f"an input has a column {prefix + name}, which dedup would add; give another --prefix",
                slug="column-clash",
            )


def _check_count(sources: Sequence[Source], n_found: int, *, what: str) -> None:
    """See that nothing is lost: rows of the inputs = kept + dropped + rejected."""
    n_rows, n_rejected = (sum(getattr(source, name) for source in sources) for name in ("n_records", "n_rejected"))
    if n_found + n_rejected != n_rows:
        raise RunError(
            f"the inputs have {n_rows} rows, but {what} accounts for {n_found} and {n_rejected} rejected; nothing was"
            " written; run the inputs into a new store",
            slug="rows-lost",
        )


def _write(inputs: Inputs, plan: pl.DataFrame, paths: Sequence[Path], prefix: str) -> None:
    columns = (KEPT_COLUMNS, DROPPED_COLUMNS)[: len(paths)]
    n_read = 0
    with ExitStack() as stack:
        outputs = []
        for path, names in zip(paths, columns, strict=True):
            schema = pa.schema([*inputs.schema, *(pa.field(prefix + name, ADDED[name]) for name in names)])
            outputs.append(stack.enter_context(Output(path, schema)))
        for decided, rows in inputs.batches(plan):
            n_read += len(decided)
            for output, names, kept in zip(outputs, columns, (True, False), strict=False):
                output.write(_rows(rows, decided.filter(pl.col("kept") == kept), names, output.schema))
        _check_count(inputs.sources, n_read, what="a second reading")
    publish(outputs)


def _rows(rows: pa.Table, chosen: pl.DataFrame, names: Sequence[str], schema: pa.Schema) -> pa.Table:
    """The chosen rows with the columns that are added."""
    added = [chosen[name].to_arrow().cast(ADDED[name]) for name in names]
    return pa.Table.from_arrays([*rows.take(chosen["row"].to_arrow()).columns, *added], schema=schema)


def _report(sources: Sequence[Source], plan: pl.DataFrame, policy: Policy) -> DedupReport:
    kept, dropped = plan.filter("kept"), plan.filter(~pl.col("kept"))
    return DedupReport(
        n_rows=sum(source.n_records for source in sources),
        kept=len(kept),
        dropped=len(dropped),
        rejected=sum(source.n_rejected for source in sources),
        stories=plan["story_id"].drop_nulls().n_unique(),
        kept_in_stories=kept["story_id"].count(),
        dropped_by_rule=_counts(dropped["rule"]),
        dropped_by_relation=_counts(dropped["relation"].drop_nulls()),
        kept_by_kind=_counts(kept["kind"]),
        keep=[rule.name for rule in policy.rules],
        per=policy.per,
    )


def _counts(values: pl.Series) -> dict[str, int]:
    """How often each value stands there, the most frequent first."""
    return dict(sorted(Counter(values.to_list()).items(), key=lambda one: (-one[1], one[0])))


__all__ = ["KEEP", "PER", "PREFIX", "DedupReport", "Per", "dedup"]
