"""What each stage reads from the store, which module it calls, and what it writes back."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from syndetect import boilerplate, claims, memory, provenance, stories, times
from syndetect.settings import Settings
from syndetect.store import Store, sql_text

BATCH = 20_000
"""Documents that travel together: some 50 MB of text."""
FEW = BATCH
"""In stores of fewer documents there is little to give back, and looking for it costs a fifth of a second a stage."""
DATED_PAGES = (
    "SELECT document.*, coalesce(published_at, first_crawled_at) AS at FROM document JOIN wanted USING (doc_id)"
    " LEFT JOIN publication USING (doc_id) ORDER BY wanted.place"
)
TIMES = (
    "SELECT doc_id, coalesce(n_words, 0) AS n_words, coalesce(published_at, first_crawled_at) AS at FROM document"
    " LEFT JOIN publication USING (doc_id) LEFT JOIN story_text USING (doc_id)"
)

WHOLE_TEXTS = (
    "SELECT left_id, right_id FROM judged_pair JOIN story_document l ON l.doc_id = left_id"
    " JOIN story_document r ON r.doc_id = right_id AND r.story_id = l.story_id"
    " WHERE judgement = 'same' AND relation IS DISTINCT FROM 'excerpt' AND evidence->>'not_joined' IS NULL"
)
"""Pairs of a story whose pages have the same text, whole or edited, or translate it."""


def give_back(store: Store) -> None:
    """Let what comes next start with no more memory than it needs."""
    if store.count("SELECT count(*) FROM document") >= FEW:
        store.give_back()
        memory.give_back()


def pages_of(store: Store, columns: str, ids: pl.Series | None = None) -> Iterator[pl.DataFrame]:
    """Columns of the documents, a batch at a time, in the order of the ids."""
    wanted = store.frame("SELECT doc_id FROM document ORDER BY doc_id")["doc_id"] if ids is None else ids
    query = f"SELECT {columns} FROM document JOIN wanted USING (doc_id) ORDER BY wanted.place"
    return store.batches(query, wanted, rows=BATCH)


def _drop_texts(store: Store, query: str, found: pl.DataFrame) -> None:
    """Drop the texts that have to be cut anew for what was `found` now, and what was compared by them."""
    with store.given(found=found):
        store.con.execute(sql_text(query))
    store.con.execute(sql_text("drop_pairs_without_texts.sql"))


def date_documents(store: Store, settings: Settings) -> int:
    """What pages state and how the clocks of their sites run -> when each can have been published."""
    # A page was published before it was first seen, whenever its text was fetched last.
    columns = "doc_id, site, language, url, first_crawled_at AS crawled_at, crawled_at AS fetched_at, stated_times"
    documents = store.frame(f"SELECT {columns} FROM document ORDER BY doc_id")
    found = times.published(documents)
    store.replace("publication", found)
    return found.height


def _read_batch(batch: pl.DataFrame) -> pl.DataFrame:
    """The claims in the texts of a batch, with their times."""
    found = times.date_datelines(claims.read_claims(batch), batch)
    return pl.concat([found, times.newest_mentioned(batch)])


def read_claims(store: Store, settings: Settings) -> int:
    """What each document says of itself; the names in it are tied to hosts over all documents."""
    ids = store.frame("SELECT doc_id FROM document ORDER BY doc_id")["doc_id"]
    found = pl.concat([_read_batch(batch) for batch in store.batches(DATED_PAGES, ids, rows=BATCH)])
    about = store.frame(
        "SELECT * EXCLUDE (page_text) REPLACE (first_crawled_at AS crawled_at), crawled_at AS fetched_at FROM document"
        " ORDER BY doc_id"
    )
    hosts = about["site"].drop_nulls().unique().sort().to_list()
    resolved = claims.resolve_sites(found, claims.name_sites(about, found), hosts)
    found = pl.concat([claims.mark_furniture(resolved, about), times.publication_claims(about)])
    _drop_texts(store, "drop_texts_of_changed_claims.sql", found)
    store.replace("claim", found)
    return resolved.height


def find_boilerplate(store: Store, settings: Settings) -> int:
    """Lines that sites repeat, counted over all pages."""
    lines = pl.concat([boilerplate.page_lines(batch) for batch in pages_of(store, "doc_id, site, page_text")])
    with store.given(page_line=lines):
        found = store.frame(
            sql_text("site_lines.sql"), least_pages=settings.boilerplate_pages, least_words=settings.least_words
        )
    _drop_texts(store, "drop_texts_of_changed_sites.sql", found)
    store.replace("site_line", found)
    return found.height


def _share_names(store: Store) -> None:
    """Names that no host is known for take that of a like name of their story, as it is now."""
    store.con.execute(sql_text("take_back_names.sql"), {"mark": claims.SHARED})
    named, hosts = store.frame(sql_text("story_names.sql")), store.frame(sql_text("story_hosts.sql"))
    with store.given(shared=claims.share_names(named, hosts)):
        store.con.execute(sql_text("share_names.sql"), {"mark": claims.SHARED})


def trace_sources(store: Store, settings: Settings) -> int:
    """Claims, times and texts -> the parent of each page of a story, with confidence and evidence."""
    store.con.execute("DELETE FROM story_document")
    store.con.execute("INSERT INTO story_document BY NAME " + sql_text("story_documents.sql"))
    _share_names(store)
    edges = provenance.trace_sources(store.con, site_habits=settings.site_habits == 1)
    store.replace("provenance_edge", edges)
    # A page alone in its story is one only for its unseen source.
    store.con.execute(sql_text("drop_lone_pages.sql"))
    members = store.frame("SELECT doc_id FROM story_document")["doc_id"]
    store.replace("same_text", stories.same_texts(members, store.frame(WHOLE_TEXTS)))
    return store.count("SELECT count(*) FROM provenance_edge WHERE parent_id IS NOT NULL OR parent_site IS NOT NULL")
