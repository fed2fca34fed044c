"""What becomes of every record of the inputs: kept, or dropped for which page and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from syndetect.dedup.sources import Inputs
from syndetect.store import Store, sql_text
from syndetect.survivors import COLUMN, KEEP, Rule, choose_survivors, relation_words

Per = Literal["story", "story-language", "copies"]
PER: tuple[Per, ...] = ("story", "story-language", "copies")
FETCH = "another fetch of the same address; the newest text is kept"
FETCH_DROPPED = "another fetch of the same address, whose newest text is dropped: {}"


@dataclass(frozen=True)
class Policy:
    """What is kept: one page of each what, chosen by which rules."""

    per: Per
    rules: tuple[Rule, ...]
    sites: Sequence[str] = ()
    articles_only: bool = False


def make_plan(store: Store, inputs: Inputs, policy: Policy) -> pl.DataFrame:
    """Decide on every record that was used.

    Returns:
        In order of path and record: path, record, url, site, crawled_at, stored_url, stands (see `Inputs.batches`),
        doc_id, kind, kept, story_id, n_dropped (records dropped for this one); and for dropped records survivor_url,
        survivor_path, survivor_record, rule, relation, similarity, reason.
    """
    records = store.frame(sql_text("dedup_records.sql"))
    members = store.frame(sql_text("dedup_members.sql"), per=policy.per)
    # A page that no input holds any more can't be kept.
    standing = records.filter("stands")
    members = members.join(standing.select("doc_id"), on="doc_id", how="semi")
    for name in dict.fromkeys(rule.column for rule in policy.rules if rule.column):
        values = inputs.column(name, standing).rename({"value": COLUMN + name})
        members = members.join(values, on="doc_id", how="left")
    chosen = choose_survivors(members, policy.rules, sites=policy.sites)
    pages = pl.concat([_drop_members(store, chosen), *_drop_others(standing, policy)], how="diagonal_relaxed")
    return _spread(records, members, pages)


def _drop_members(store: Store, chosen: pl.DataFrame) -> pl.DataFrame:
    """doc_id, survivor_id, rule, relation, similarity, reason of pages that another page of their story stands for."""
    store.con.register("chosen", chosen.select("doc_id", "survivor_id").to_arrow())
    relations = store.frame(sql_text("dedup_relations.sql"))
    store.con.unregister("chosen")
    related = chosen.join(relations, on="doc_id", how="left")
    reason = pl.format("{}; {}", relation_words(), pl.col("decided"))
    return related.select("doc_id", "survivor_id", "rule", "relation", "similarity", reason=reason)


def _drop_others(standing: pl.DataFrame, policy: Policy) -> list[pl.DataFrame]:
    if not policy.articles_only:
        return []
    others = standing.filter(pl.col("kind") != "article")
    reason = pl.format("no article: {}", pl.col("kind"))
    return [others.select("doc_id", rule=pl.lit("kind"), reason=reason)]


def _spread(records: pl.DataFrame, members: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """From decisions on documents to decisions on all records of their addresses."""
    decided = records.join(members.select("doc_id", "story_id"), on="doc_id", how="left", maintain_order="left").join(
        pages, on="doc_id", how="left", maintain_order="left"
    )
    dropped, fetch = pl.col("rule").is_not_null(), ~pl.col("stands")
    decided = decided.with_columns(
        kept=~fetch & ~dropped,
        # A fetch is dropped for what stands for its page: the page itself, its survivor, or nothing.
        survivor_id=pl.when(dropped).then("survivor_id").when(fetch).then("doc_id"),
        reason=pl.when(fetch & dropped)
        .then(pl.format(FETCH_DROPPED, pl.col("reason")))
        .when(fetch)
        .then(pl.lit(FETCH))
        .otherwise("reason"),
        rule=pl.when(fetch).then(pl.lit("fetch")).otherwise("rule"),
        relation=pl.when(fetch).then(pl.lit("fetch")).otherwise("relation"),
        similarity=pl.when(~fetch).then("similarity"),
    )
    kept = decided.filter("kept").select(
        survivor_id="doc_id", survivor_url="stored_url", survivor_path="path", survivor_record="record"
    )
    n_dropped = decided.filter(~pl.col("kept")).group_by(doc_id="survivor_id").agg(n_dropped=pl.len())
    return (
        decided.join(kept, on="survivor_id", how="left", maintain_order="left")
        .join(n_dropped, on="doc_id", how="left", maintain_order="left")
        .with_columns(n_dropped=pl.when("kept").then(pl.col("n_dropped").fill_null(0)))
        .drop("survivor_id")
    )


__all__ = ["KEEP", "PER", "Per", "Policy", "make_plan"]
