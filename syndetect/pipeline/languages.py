"""The stage across languages: marks of pages, candidates, judgements, stories.

One page stands for each group of copies in a language while candidates are searched. A pair that is worth a second look
is then compared in all pages of its groups, with what they say of their sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from syndetect import anchors, stories
from syndetect.pipeline.stages import BATCH, TIMES
from syndetect.schema import JUDGED_PAIR
from syndetect.settings import Settings
from syndetect.store import Store, sql_text

if TYPE_CHECKING:
    from syndetect.embeddings import Model

STORY_TEXT = (
    "SELECT doc_id, language, text AS story_text FROM story_text JOIN document USING (doc_id)"
    " JOIN wanted USING (doc_id) ORDER BY wanted.place"
)


def match_languages(store: Store, settings: Settings, model: Model | None = None) -> int:
    """Groups of copies in several languages -> anchors, candidates, translations, stories; with vectors of a model."""
    store.con.execute("DELETE FROM anchor_page")
    store.con.execute("INSERT INTO anchor_page BY NAME " + sql_text("anchor_pages.sql"))
    ids = store.frame("SELECT doc_id FROM anchor_page ORDER BY doc_id")["doc_id"]
    store.con.execute("DELETE FROM anchor")
    store.con.execute("DELETE FROM anchor_skipped")
    groups = store.frame("SELECT * FROM copy_group")
    if store.count("SELECT count(DISTINCT language) FROM anchor_page") < 2:
        # Nothing to compare with: the marks are read when a second language comes.
        store.replace("story_group", groups)
        return 0
    marked = _mark(store, ids, keep=True)
    n_pages = store.count("SELECT count(*) FROM story_text")
    pairs = _search(store, settings, marked, n_pages, model)
    judged = _judge(store, pairs, marked, n_pages)
    between = anchors.between_groups(judged)
    links = anchors.link(between, n_store_pages=n_pages)
    further = anchors.pairs_within(links, between, marked.pages)
    further = anchors.first_look(further, marked, n_store_pages=n_pages, among=pairs)
    judged = pl.concat([anchors.hold_cut(judged, links), _judge(store, further, marked, n_pages)])
    store.append("judged_pair", judged.select(*JUDGED_PAIR).sort("left_id", "right_id"))
    store.replace("story_group", stories.join_languages(groups, links, store.frame(TIMES)))
    return links.height


def _mark(store: Store, ids: pl.Series, *, keep: bool = False) -> anchors.Marked:
    """The marks and measures of pages; kept in the store if they are to be searched."""
    marks, measures = [], []
    for texts in store.batches(STORY_TEXT, ids, rows=BATCH):
        marks.append(anchors.extract_anchors(texts))
        measures.append(anchors.measure(texts))
        if keep:
            store.append("anchor", marks[-1])
    return anchors.Marked(pl.concat(marks), pl.concat(measures))


def _search(
    store: Store, settings: Settings, marked: anchors.Marked, n_pages: int, model: Model | None
) -> pl.DataFrame:
    """Pairs that share rare marks, or are near, with what they reach by themselves."""
    pairs, skipped = anchors.find_candidates(store.con, window_days=settings.window_days)
    store.replace("anchor_skipped", skipped)
    looked_at = anchors.first_look(pairs, marked, n_store_pages=n_pages)
    if model is None:
        return looked_at
    from syndetect.pipeline.vectors import add_neighbours  # noqa: PLC0415 - only who asks for it needs the extra

    both = add_neighbours(store, model, pairs, window_days=settings.window_days)
    # What anchors found is judged without what vectors propose, which may be worth nothing.
    new = anchors.first_look(both.filter("by_vectors"), marked, n_store_pages=n_pages, among=looked_at)
    looked_at = pl.concat([looked_at, new]).sort("left_id", "right_id")
    return anchors.add_nearness(looked_at.hstack(both.select("nearness", "by_vectors")), marked.pages)


def _judge(store: Store, pairs: pl.DataFrame, marked: anchors.Marked, n_pages: int) -> pl.DataFrame:
    """Judge pairs of groups: those worth a second look by all their pages and what these say."""
    near = pairs.filter(pl.col("score") >= anchors.WORTH_A_LOOK)
    far = anchors.judge_far(pairs.filter(pl.col("score") < anchors.WORTH_A_LOOK))
    if near.is_empty():
        return far
    compared = anchors.pair_variants(near, anchors.choose_variants(_members(store, near)))
    read = pl.concat([compared["left_id"], compared["right_id"]]).unique().sort()
    again = _mark(store, read)
    key_weights = anchors.weigh_keys(marked.anchors, marked.pages)
    judged = anchors.judge_translations(
        near,
        anchors.Marked(again.anchors, again.pages, key_weights),
        n_store_pages=n_pages,
        compared=compared,
        backed=_backed(store, near),
    )
    return pl.concat([judged, far])


def _members(store: Store, pairs: pl.DataFrame) -> pl.DataFrame:
    """All pages of the groups of some pairs: page, doc_id, n_words."""
    wanted = pl.concat([pairs["left_id"], pairs["right_id"]]).unique()
    members = store.frame(sql_text("anchor_members.sql"))
    return members.filter(pl.col("page").is_in(wanted.implode()))


def _backed(store: Store, pairs: pl.DataFrame) -> pl.DataFrame:
    """What the pages of each pair of groups say of the other's site, in the order of the pairs."""
    with store.given(wanted_pair=pairs.select("left_id", "right_id"), anchor_member=_members(store, pairs)):
        backed = store.frame(sql_text("anchor_backing.sql"))
    return pairs.select("left_id", "right_id").join(
        backed, on=["left_id", "right_id"], how="left", maintain_order="left"
    )
