"""The stage across languages: marks of pages, candidates, judgements, stories."""

from __future__ import annotations

import polars as pl

from syndetect import anchors, stories
from syndetect.pipeline.stages import BATCH, TIMES
from syndetect.settings import Settings
from syndetect.store import Store, sql_text

STORY_TEXT = (
    "SELECT doc_id, language, text FROM story_text JOIN document USING (doc_id) JOIN wanted USING (doc_id)"
    " ORDER BY wanted.place"
)


def match_languages(store: Store, settings: Settings) -> int:
    """Groups of copies in several languages -> anchors, candidates, translations, stories."""
    store.con.execute("DELETE FROM anchor_page")
    store.con.execute("INSERT INTO anchor_page BY NAME " + sql_text("anchor_pages.sql"))
    ids = store.frame("SELECT doc_id FROM anchor_page ORDER BY doc_id")["doc_id"]
    store.con.execute("DELETE FROM anchor")
    store.con.execute("DELETE FROM anchor_skipped")
    if store.count("SELECT count(DISTINCT language) FROM anchor_page") < 2:
        # Nothing to compare with: the marks are read when a second language comes.
        store.replace("story_group", store.frame("SELECT * FROM copy_group"))
        return 0
    measures = []
    for texts in store.batches(STORY_TEXT, ids, rows=BATCH):
        marks = anchors.extract_anchors(texts.rename({"text": "story_text"}))
        store.append("anchor", marks)
        measures.append(anchors.measure(texts.rename({"text": "story_text"})))
    pairs, skipped = anchors.find_candidates(store.con, window_days=settings.window_days)
    store.replace("anchor_skipped", skipped)
    marks = store.frame("SELECT * FROM anchor ORDER BY doc_id, span_start, key")
    n_pages = store.count("SELECT count(*) FROM story_text")
    judged = anchors.judge_translations(pairs, marks, pl.concat(measures), n_store_pages=n_pages)
    store.append("judged_pair", judged)
    links = anchors.link(judged, n_store_pages=n_pages)
    joined = stories.join_languages(store.frame("SELECT * FROM copy_group"), links, store.frame(TIMES))
    store.replace("story_group", joined)
    return links.height
