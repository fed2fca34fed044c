"""The keys of one text -> the texts of the store that are worth comparing with it.

The rules are those of `candidates.find_candidates`: an equal band key, or two fingerprints in common; a bucket over the
limit gives its earliest texts only. A page that is in the store is thus compared with the texts it was compared with in
the run, and one that is not as if it had come last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from syndetect.candidates import LEAST_SHARED, N_HUBS
from syndetect.settings import Settings
from syndetect.signatures import Signed
from syndetect.store import Store, sql_text

ROW_GROUP = 122_880
"""Rows that DuckDB packs together: with their least and greatest key known, the others are passed over."""
BAND_ROWS = "SELECT {0}::UINTEGER AS place, text_no FROM band_key WHERE band = $band{0} AND key = $key{0}"
PRINT_ROWS = "SELECT {0}::UINTEGER AS place, text_no FROM fingerprint WHERE key = $key{0}"
BANDS_PASS = "SELECT place, text_no FROM band_key JOIN asked USING (band, key)"
PRINTS_PASS = "SELECT place, text_no FROM fingerprint JOIN asked USING (key)"
SORTED_UNTIL = "SELECT value::BIGINT FROM meta WHERE key = 'sorted_until'"
BUCKET = pl.Schema({"place": pl.UInt32(), "text_no": pl.UInt32()})
"""A key, by its place among those asked for, and a text that has it."""


@dataclass(frozen=True)
class Search:
    """What shares keys with a text.

    texts: text_no, text_key, doc_id, place, is_digest: the documents of all texts met, and of the text itself.
    candidates: text_key of the texts to compare, sorted; the text itself is not among them.
    n_large: Buckets over the limit.
    """

    texts: pl.DataFrame
    candidates: pl.Series
    n_large: int


def look_up(store: Store, signed: Signed, settings: Settings) -> Search:
    """Find the texts that share keys with one.

    Args:
        store: Open for reading.
        signed: The text, alone in its batch.
        settings: Of the last run: how large a bucket may be.
    """
    mine, unsorted = int(signed.text_keys[0]), _share_unsorted(store)
    bands = pl.DataFrame({"key": signed.bands[0]}).with_row_index("band").cast({"band": pl.UInt8})
    prints = pl.DataFrame({"key": np.unique(signed.fingerprints)})
    by_band = _texts_of_keys(store, "band_key", bands, BAND_ROWS, BANDS_PASS, unsorted)
    by_print = _texts_of_keys(store, "fingerprint", prints, PRINT_ROWS, PRINTS_PASS, unsorted)
    with store.given(asked=pl.concat([by_band, by_print]).select(pl.col("text_no").unique())):
        texts = store.frame(sql_text("match_texts.sql"), text_key=mine)
    found, n_large = [], 0
    for buckets, limit, least in (
        (by_band, settings.max_bucket, 1),
        (by_print, settings.max_passage_bucket, LEAST_SHARED),
    ):
        partners, n = _partners(store, buckets, texts, mine, limit)
        found.append(partners.group_by("text_key").len().filter(pl.col("len") >= least)["text_key"])
        n_large += n
    return Search(texts, pl.concat(found).unique().sort(), n_large)


def _share_unsorted(store: Store) -> float:
    """The share of the keys that runs have added since all were sorted."""
    n = store.count("SELECT count(*) FROM signed_text")
    return 1 - store.count(SORTED_UNTIL) / n if n else 0.0


def _texts_of_keys(store: Store, table: str, keys: pl.DataFrame, one: str, all_: str, unsorted: float) -> pl.DataFrame:
    """The texts that have each of some keys.

    A key on its own is found by the least and greatest keys of row groups: one is read for it, and those that are not
    sorted among the others. Many keys, or any in a small store, are found sooner in one pass over the table.
    """
    if keys.is_empty():
        return pl.DataFrame(schema=BUCKET)
    keys = keys.with_row_index("place")
    n_groups = -(-store.count(f"SELECT count(*) FROM {table}") // ROW_GROUP)
    if keys.height * (1 + unsorted * n_groups) >= n_groups:
        with store.given(asked=keys):
            return store.frame(all_).cast(dict(BUCKET)).unique()  # type: ignore[arg-type]
    query = " UNION ALL ".join(one.format(place) for place in keys["place"])
    given = {f"{name}{key['place']}": key[name] for key in keys.to_dicts() for name in key if name != "place"}
    return store.frame(query, **given).cast(dict(BUCKET)).unique()  # type: ignore[arg-type]


def _partners(
    store: Store, buckets: pl.DataFrame, texts: pl.DataFrame, mine: int, limit: int
) -> tuple[pl.DataFrame, int]:
    """place, text_key: what each bucket pairs the text with; how many buckets are over the limit.

    The text counts as one of its bucket whether the store has it or not.
    """
    known = texts.select("text_no", "text_key").unique()
    members = buckets.join(known, on="text_no").select("place", "text_key").filter(pl.col("text_key") != mine)
    members = members.with_columns(large=pl.len().over("place") + 1 > limit)
    large = members.filter("large").drop("large")
    if large.is_empty():
        return members.drop("large"), 0
    ranks = _ranks(store, texts.join(large, on="text_key", how="semi"), texts.filter(pl.col("text_key") == mine))
    # Its own place is the last if the store does not have it.
    own = ranks.filter(pl.col("text_key") == mine)["rank"].first()
    earlier = large.join(ranks, on="text_key").with_columns(
        order=pl.col("rank").rank("ordinal").over("place"),
        is_hub=(pl.col("rank") < (ranks.height if own is None else own)).sum().over("place") < N_HUBS,
    )
    kept = earlier.filter((pl.col("order") <= N_HUBS) | pl.col("is_hub")).select("place", "text_key")
    return pl.concat([members.filter(~pl.col("large")).drop("large"), kept]), large["place"].n_unique()


def _ranks(store: Store, texts: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """text_key, rank: texts in the order of their earliest documents, as in text_ranks.sql."""
    texts = pl.concat([texts, own])
    with store.given(asked=texts.select("doc_id").unique()):
        moments = store.frame(sql_text("match_moments.sql"))
    return (
        texts.select("text_key", "doc_id")
        .join(moments, on="doc_id")
        .sort("moment", "doc_id", nulls_last=True)
        .unique("text_key", keep="first", maintain_order=True)
        .select("text_key")
        .with_row_index("rank")
    )
