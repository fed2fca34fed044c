"""The stage across languages: marks of pages, candidates, judgements, stories.

One page stands for each group of copies in a language while candidates are searched. A pair that is worth a second look
is then compared in all pages of its groups, with what they say of their sources.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Protocol

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

KEY_COUNTS = """
DROP TABLE IF EXISTS anchor;
CREATE OR REPLACE TABLE anchor_key (key UBIGINT, language VARCHAR, n_documents UINTEGER)
"""
"""Stores made earlier have all marks instead."""
PAGES_AT_ONCE = 2_000
"""Pages a thread reads at a time."""


def match_languages(store: Store, settings: Settings, model: Model | None = None) -> int:
    """Groups of copies in several languages -> anchors, candidates, translations, stories; with vectors of a model."""
    store.con.execute("DELETE FROM anchor_page")
    store.con.execute("INSERT INTO anchor_page BY NAME " + sql_text("anchor_pages.sql"))
    ids = store.frame("SELECT doc_id FROM anchor_page ORDER BY doc_id")["doc_id"]
    store.con.execute(KEY_COUNTS)
    store.con.execute("DELETE FROM anchor_skipped")
    groups = store.frame("SELECT * FROM copy_group")
    if store.count("SELECT count(DISTINCT language) FROM anchor_page") < 2:
        # Nothing to compare with: the marks are read when a second language comes.
        store.replace("story_group", groups)
        return 0
    n_pages = store.count("SELECT count(*) FROM story_text")
    marks, measures = _read(store, ids, settings.n_threads)
    pairs, skipped, searched = anchors.find_candidates(
        marks,
        store.frame("SELECT * FROM anchor_page"),
        window_days=settings.window_days,
        threads=settings.n_threads,
    )
    store.replace("anchor_skipped", skipped)
    store.append("anchor_key", searched.counts())
    look = partial(
        anchors.first_look, searched=searched, pages=measures, n_store_pages=n_pages, threads=settings.n_threads
    )
    found = look(pairs)
    if model is not None:
        found = _add_neighbours(store, settings, model, found, look)
    judged = _judge(store, found, searched, n_pages)
    between = anchors.between_groups(judged)
    links = anchors.link(between, n_store_pages=n_pages)
    further = look(anchors.pairs_within(links, between, measures), among=found)
    judged = pl.concat([anchors.hold_cut(judged, links), _judge(store, further, searched, n_pages)])
    store.append("judged_pair", judged.select(*JUDGED_PAIR).sort("left_id", "right_id"))
    store.replace("story_group", stories.join_languages(groups, links, store.frame(TIMES)))
    return links.height


def _read_part(texts: pl.DataFrame) -> tuple[anchors.Marks, pl.DataFrame]:
    return anchors.pack_marks(anchors.extract_anchors(texts), texts["doc_id"]), anchors.measure(texts)


def _read(store: Store, ids: pl.Series, threads: int) -> tuple[anchors.Marks, pl.DataFrame]:
    """The marks and measures of all pages to compare."""
    done = []
    with ThreadPoolExecutor(threads) as pool:
        for texts in store.batches(STORY_TEXT, ids, rows=BATCH):
            done += list(pool.map(_read_part, texts.iter_slices(PAGES_AT_ONCE)))
    return anchors.join_marks([marks for marks, _ in done]), pl.concat([measures for _, measures in done])


def _mark(store: Store, ids: pl.Series, searched: anchors.Searched) -> anchors.Marked:
    """The marks and measures of some pages, weighed as those that were searched."""
    marks, measures = [], []
    for texts in store.batches(STORY_TEXT, ids, rows=BATCH):
        marks.append(anchors.extract_anchors(texts))
        measures.append(anchors.measure(texts))
    read = pl.concat(marks)
    return anchors.Marked(read, pl.concat(measures), searched.key_weights(read["key"]))


class _Look(Protocol):
    """anchors.first_look, its store given."""

    def __call__(self, pairs: pl.DataFrame, *, among: pl.DataFrame | None = None) -> pl.DataFrame: ...


def _add_neighbours(store: Store, settings: Settings, model: Model, found: pl.DataFrame, look: _Look) -> pl.DataFrame:
    """Candidates by marks -> the same and those by vectors, with what the vectors say of each."""
    from syndetect.pipeline.vectors import add_neighbours  # noqa: PLC0415 - only who asks for it needs the extra

    both = add_neighbours(store, model, found.select("left_id", "right_id"), window_days=settings.window_days)
    # What anchors found is judged without what vectors propose, which may be worth nothing.
    looked_at = pl.concat([found, look(both.filter("by_vectors"), among=found)]).sort("left_id", "right_id")
    languages = store.frame("SELECT doc_id, language FROM anchor_page ORDER BY doc_id")
    return anchors.add_nearness(looked_at.hstack(both.select("nearness", "by_vectors")), languages)


def _judge(store: Store, pairs: pl.DataFrame, searched: anchors.Searched, n_pages: int) -> pl.DataFrame:
    """Judge pairs of groups: those worth a second look by all their pages and what these say."""
    near = pairs.filter(pl.col("score") >= anchors.WORTH_A_LOOK)
    far = pairs.filter(pl.col("score") < anchors.WORTH_A_LOOK)
    if near.is_empty():
        return anchors.judge_far(far.filter(pl.col("score") >= anchors.LEAST_KEPT))
    compared = anchors.pair_variants(near, anchors.choose_variants(_members(store, near)))
    judged = anchors.judge_translations(
        near,
        _mark(store, pl.concat([compared["left_id"], compared["right_id"]]).unique().sort(), searched),
        n_store_pages=n_pages,
        compared=compared,
        backed=_backed(store, near),
    )
    beside = (pl.col("score") >= anchors.LEAST_KEPT) | pl.Series(anchors.hang_together(judged, far))
    return pl.concat([judged, anchors.judge_far(far.filter(beside))])


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
