"""Stories, filtered and ordered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from syndetect import anchors, stories
from syndetect.errors import SettingsError
from syndetect.store import Store, sql_text

TIMES = (
    "SELECT doc_id, coalesce(n_words, 0) AS n_words, coalesce(published_at, first_crawled_at) AS at FROM document"
    " LEFT JOIN publication USING (doc_id) LEFT JOIN story_text USING (doc_id)"
)
SAID = "SELECT left_id, right_id, judgement FROM judged_pair WHERE evidence->>'person' IS NOT NULL ORDER BY ALL"
"""What people said of pairs, which holds whatever two pages have to share."""
COVERS = ("left_containment", "right_containment")
JOINED = ("left_id", "right_id", "judgement", "shared", "relation", "not_joined", *COVERS)
LEAST_PART = 0.5
"""An excerpt that holds so much of either text ties where they began, as in the view `stories`."""
ORDERS = {"largest": "n_documents DESC, story_id", "newest": "first_published_at DESC NULLS LAST, story_id"}


@dataclass(frozen=True)
class StoryFilter:
    """What a story has to be to be listed; None and the defaults let all pass."""

    words: str | None = None
    language: str | None = None
    site: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    min_sites: int = 1
    crosses_languages: bool = False
    unseen_source: str | None = None


def list_stories(
    store: Store, wanted: StoryFilter, *, order: str = "largest", min_similarity: float | None = None
) -> list[dict[str, object]]:
    """The stories that pass, with the title and address of the page that shows each best.

    Args:
        store: Open for reading.
        wanted: The filter. All words must stand in the title or text of one page of the story.
        order: `largest` or `newest` first.
        min_similarity: Stories as they would be if two pages had to share so much (0..1); None: as the run found them.

    Raises:
        SettingsError: `min-similarity`, if it is not above 0 and at most 1.
    """
    parameters = {**wanted.__dict__, "words": " ".join(wanted.words.lower().split()) if wanted.words else None}
    for name in ("since", "until"):
        moment = getattr(wanted, name)
        parameters[name] = moment.replace(tzinfo=moment.tzinfo or dt.UTC) if moment else None
    query = sql_text("list_stories.sql") + f"ORDER BY {ORDERS[order]}"
    if min_similarity is None:
        return store.rows(query, **parameters)
    if not 0 < min_similarity <= 1:
        raise SettingsError(
            f"min_similarity = {min_similarity} is no share of a text; choose a number above 0, at most 1",
            slug="min-similarity",
        )
    with store.given(**_regroup(store, min_similarity)):
        return store.rows(sql_text("stories_at.sql") + query, **parameters)


def _between_groups(across: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Pairs of pages across languages as pairs of their groups' first pages: of several the likeliest."""
    of_left, of_right = (groups.select(pl.col("doc_id").alias(side), pl.col("group_id").alias(f"{side}_group"))
                         for side in ("left_id", "right_id"))  # fmt: skip
    both = across.join(of_left, on="left_id").join(of_right, on="right_id")
    ends = (pl.col("left_id_group"), pl.col("right_id_group"))
    both = both.with_columns(left_id=pl.min_horizontal(*ends), right_id=pl.max_horizontal(*ends))
    best = both.filter(pl.col("left_id") < pl.col("right_id")).sort("similarity", descending=True)
    return best.unique(["left_id", "right_id"], keep="first", maintain_order=True)


def _regroup(store: Store, least: float) -> dict[str, pl.DataFrame]:
    """Group the compared pairs anew: regrouped, now_digest, now_text, now_part, least_at, as stories_at.sql reads them.

    Pages that were never compared stay apart, however low the threshold.
    """
    documents = store.frame(TIMES)
    pairs = store.frame(sql_text("pairs_at.sql"), least=least)
    within = pairs.filter(~pl.col("across")).with_columns(pl.col("passages").cast(stories.PASSAGES))
    across = pairs.filter("across")
    groups, judged, digests = stories.group_copies(within, documents)
    between = _between_groups(across, groups)
    section = str(store.value("SELECT value FROM meta WHERE key = 'translation_weights'") or anchors.EXTRACTED)
    n_pages = store.count("SELECT count(*) FROM story_text")
    links = anchors.link(between, n_store_pages=n_pages, section=section)
    links = links.filter(pl.col("similarity") >= least)
    said = store.frame(SAID)
    if said.is_empty():
        groups = stories.join_languages(groups, links, documents)
    else:
        copies = judged.filter((pl.col("judgement") == "same") & pl.col("not_joined").is_null())
        apart, same = said.filter(judgement="different"), said.filter(judgement="same").with_columns(copies=False)
        copies = copies.select("left_id", "right_id", similarity="shared")
        held = stories.regroup(documents, same, copies, links, apart)
        groups = held.select("doc_id", group_id="story_id")
    across = across.with_columns(not_joined=pl.lit(None, pl.String))
    held = pl.concat([judged.select(JOINED), across.select(JOINED)]).filter(pl.col("judgement") == "same")
    of_left = groups.rename({"doc_id": "left_id"})
    of_right = groups.rename({"doc_id": "right_id", "group_id": "right_group"})
    inside = held.join(of_left, on="left_id").join(of_right, on="right_id")
    inside = inside.filter(pl.col("group_id") == pl.col("right_group"))
    joining, is_part = inside.filter(pl.col("not_joined").is_null()), pl.col("relation").eq_missing("excerpt")
    half = pl.max_horizontal(*COVERS) >= LEAST_PART
    return {
        "regrouped": groups,
        "now_digest": digests.to_frame("doc_id"),
        "now_text": stories.same_texts(groups["doc_id"], joining.filter(~is_part)),
        "now_part": joining.filter(is_part & half).select("left_id", "right_id"),
        "least_at": inside.group_by("group_id").agg(least_similarity=pl.min("shared")).sort("group_id"),
    }
