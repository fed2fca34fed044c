"""What was found in pools, as figures for --json and tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from anchor_worlds import NEWS
from cross_lingual_score import (
    Found,
    curve,
    event_figures,
    language_pair,
    length_class,
    pair_figures,
    recall_by,
    story_figures,
)  # fmt: skip
from rich.console import Console
from rich.table import Table

THRESHOLDS = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
Figures = dict[str, object]


def in_news() -> pl.Expr:
    """How many languages of a pair are in the NEWS list: both, one, none."""
    sides = [pl.col(f"{side}_language").is_in(NEWS).cast(pl.Int64) for side in ("left", "right")]
    n = sides[0] + sides[1]
    return pl.when(n == 2).then(pl.lit("both")).when(n == 1).then(pl.lit("one")).otherwise(pl.lit("none"))


def figures_of(found: Found, events: set[tuple[str, str]]) -> Figures:
    """All figures of some pools; `events` are pairs of stories that tell of one event."""
    why = found.true["why"].drop_nulls().value_counts(sort=True).rows()
    return {
        "pages": found.n_store,
        "compared": found.n_compared,
        "language_right": found.language_right,
        "stories": story_figures(found),
        "judged": pair_figures(found),
        "one_event": event_figures(found, events),
        "curve": curve(found, THRESHOLDS),
        "by_kind": recall_by(found, pl.col("kind")).to_dicts(),
        "by_length": recall_by(found, length_class()).to_dicts(),
        "by_news": recall_by(found, in_news()).to_dicts(),
        "by_pair": recall_by(found, language_pair()).to_dicts(),
        "missed": {str(name): int(n) for name, n in sorted(why, key=lambda row: (-row[1], row[0]))},
    }


def print_table(console: Console, title: str, rows: Sequence[Mapping[str, object]], most: int = 20) -> None:
    """Rows as a table; what is left off is counted."""
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="left" if isinstance(rows[0][name], str) else "right")
    for row in rows[:most]:
        table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))
    console.print(table)
    if len(rows) > most:
        console.print(f"and {len(rows) - most} more; --json has them")


def print_figures(console: Console, figures: Figures) -> None:
    """Every table of `figures_of`."""
    console.print(
        f"{figures['pages']} pages, {figures['compared']} compared; language right on {figures['language_right']:.3f}"
    )
    stories: dict[str, dict[str, object]] = figures["stories"]  # type: ignore[assignment]
    print_table(console, "pairs in one story", [{"pairs": name, **row} for name, row in stories.items()])
    judged: dict[str, object] = figures["judged"]  # type: ignore[assignment]
    print_table(console, "judged pairs", [{"figure": name, "value": value} for name, value in judged.items()])
    event: dict[str, object] = figures["one_event"]  # type: ignore[assignment]
    print_table(console, "pairs of two stories of one event", [event])
    for name, title in (
        ("curve", "judged pairs by threshold (logit)"), ("by_kind", "recall by kind of story"),
        ("by_length", "recall by the shorter page"), ("by_news", "recall by languages in NEWS"),
        ("by_pair", "recall by pair of languages"),
    ):  # fmt: skip
        print_table(console, title, figures[name])  # type: ignore[arg-type]
    missed: dict[str, int] = figures["missed"]  # type: ignore[assignment]
    print_table(console, "missed, why", [{"why": why, "pairs": n} for why, n in missed.items()])


def worst(found: Found, most: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Missed pairs, those with the lowest logits first, and pairs wrongly judged the same, the highest first."""
    columns = ("left_url", "right_url", "left_story", "left_language", "right_language", "kind", "shorter")
    missed = found.true.filter(~pl.col("together")).sort("score", "left_url", nulls_last=False).head(most)
    wrong = found.judged.filter(~pl.col("label")).sort("score", "left_url", descending=[True, False]).head(most)
    wrong = wrong.select(
        "left_url", "right_url", "left_story", "right_story", "left_language", "right_language", "score", "same"
    )
    return missed.select(*columns, "score", "why").to_dicts(), wrong.to_dicts()
