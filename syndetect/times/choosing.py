"""Of each document the stated time to go by."""

from __future__ import annotations

import polars as pl

from syndetect.times.readings import in_utc

_SAME_MOMENT = pl.duration(minutes=1)
_JUST_MADE = pl.duration(hours=1)
"""A last change so shortly before the fetch is what a server says of every page it makes: it speaks for nothing."""
_WITNESSES = ("json-ld", "meta", "visible", "url")
"""Places of a page that are filled in apart from one another."""


def choose(rows: pl.DataFrame) -> pl.DataFrame:
    """Pick the reading to go by.

    The best source speaks, unless two others agree against it on the day; a finer reading that agrees with it (their
    intervals meet) takes its place. A date in a sentence at the end, and then a last change, speak where nothing else
    does.

    Args:
        rows: From `readings.readings`.

    Returns:
        One of the rows a document, with shown_day (the day of the agreeing date that readers see).
    """
    speaking = rows.filter(pl.col("state").is_null() | (pl.col("state") == "text") | _may_speak())
    speaking = speaking.join(_outvoted(rows), on="doc_id", how="left", maintain_order="left")
    lost = pl.col("order").is_in(pl.col("outvoted")).fill_null(False)
    speaking = speaking.with_columns(rank=pl.when(lost).then(pl.lit(5, pl.Int8)).otherwise("rank")).sort(
        "rank", "order"
    )
    base = speaking.unique("doc_id", keep="first", maintain_order=True).select(
        "doc_id", base_start="start", base_end="end", base_state="state"
    )
    agreeing = speaking.join(base, on="doc_id", maintain_order="left").filter(
        (pl.col("start") <= pl.col("base_end")) & (pl.col("end") >= pl.col("base_start")),
        # A last change is no finer word on a publication.
        pl.col("state").eq_missing(pl.col("base_state")),
    )
    width = pl.col("end") - pl.col("start")
    fineness = (
        pl.when(width > pl.duration(days=3)).then(3).when("day_only").then(2).when("zone_known").then(0).otherwise(1)
    )
    best = agreeing.with_columns(fineness=fineness).sort("fineness", "rank", "order")
    best = best.unique("doc_id", keep="first", maintain_order=True)
    # A clock in UTC is what a program wrote between the words, not the readers'.
    shown = (
        agreeing.filter((pl.col("source") == "visible") & ~in_utc())
        .drop_nulls("local")
        .unique("doc_id", keep="first", maintain_order=True)
        .select("doc_id", shown_day=pl.col("local").dt.date())
    )
    return best.join(shown, on="doc_id", how="left", maintain_order="left")


def _may_speak() -> pl.Expr:
    made = (pl.col("source") == "updated") & (pl.col("end") > pl.col("fetched_at") - _JUST_MADE)
    return (pl.col("state") == "updated") & ~made.fill_null(False)


def _outvoted(rows: pl.DataFrame) -> pl.DataFrame:
    """doc_id, outvoted: the readings that stand alone with their day where two other places of the page agree.

    What equals a last change is a publication time that is set anew with each change, and has no vote.
    """
    firsts = (
        rows.filter(pl.col("state").is_null() & pl.col("told").is_null() & pl.col("source").is_in(_WITNESSES))
        .unique(["doc_id", "source"], keep="first", maintain_order=True)
        .select("doc_id", "source", "order", "start", "end", "local", "zone_known")
    )
    firsts = firsts.filter(pl.col("local").dt.date().n_unique().over("doc_id") > 1)
    if firsts.is_empty():
        return pl.DataFrame(schema={"doc_id": rows.schema["doc_id"], "outvoted": pl.List(pl.Int64)})
    changes = rows.filter(pl.col("state") == "updated", pl.col("doc_id").is_in(firsts["doc_id"].implode()))
    changed = firsts.join(changes.select("doc_id", change="start", change_local="local"), on="doc_id")
    same = ((pl.col("start") - pl.col("change")).abs() <= _SAME_MOMENT) | (pl.col("local") == pl.col("change_local"))
    bumped = changed.filter(same.fill_null(False))["order"]
    voting = firsts.filter(~pl.col("order").is_in(bumped.implode()))
    pairs = voting.join(
        voting.select("doc_id", "source", "start", "end", "local", "zone_known"), on="doc_id", suffix="_b"
    )
    meet = (pl.col("start") <= pl.col("end_b")) & (pl.col("end") >= pl.col("start_b"))
    agree = (pl.col("local").dt.date() == pl.col("local_b").dt.date()) | ((in_utc() | in_utc("_b")) & meet)
    votes = pairs.filter(pl.col("source") != pl.col("source_b")).group_by("doc_id", "order").agg(n=agree.sum())
    alone = votes.filter((pl.col("n") == 0) & (pl.col("n").max().over("doc_id") > 0))
    return alone.group_by("doc_id").agg(outvoted=pl.col("order").cast(pl.Int64))
