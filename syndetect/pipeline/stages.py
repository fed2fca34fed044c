"""What each stage reads from the store, which module it calls, and what it writes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from syndetect import anchors, boilerplate, candidates, claims, provenance, signatures, stories, times, verify
from syndetect.schema import I64, U64
from syndetect.settings import Settings
from syndetect.store import Store, sql_text
from syndetect.text import Words, hash_runs, n_words, split_words

BATCH = 20_000
"""Documents that travel together: some 50 MB of text."""
LEAST_WORDS = 20
"""A text of fewer words is compared with nothing: a headline or a greeting is no story."""
BY_TIME = (
    "SELECT doc_id FROM document LEFT JOIN publication USING (doc_id)"
    " ORDER BY coalesce(published_at, first_crawled_at) NULLS LAST, doc_id"
)
STORY_TEXT = (
    "SELECT doc_id, language, text FROM story_text JOIN document USING (doc_id) JOIN wanted USING (doc_id)"
    " ORDER BY wanted.place"
)
TIMES = (
    "SELECT doc_id, coalesce(n_words, 0) AS n_words, coalesce(published_at, first_crawled_at) AS at FROM document"
    " LEFT JOIN publication USING (doc_id) LEFT JOIN story_text USING (doc_id)"
)


def _pages(store: Store, columns: str, ids: pl.Series | None = None) -> Iterator[pl.DataFrame]:
    """Columns of the documents, a batch at a time, in the order of the ids."""
    wanted = store.frame("SELECT doc_id FROM document ORDER BY doc_id")["doc_id"] if ids is None else ids
    query = f"SELECT {columns} FROM document JOIN wanted USING (doc_id) ORDER BY wanted.place"
    return store.batches(query, wanted, rows=BATCH)


def date_documents(store: Store, settings: Settings) -> int:
    """What pages state and how the clocks of their sites run -> when each can have been published."""
    # A page was published before it was first seen, whenever its text was fetched last.
    columns = "doc_id, site, language, url, first_crawled_at AS crawled_at, stated_times"
    documents = store.frame(f"SELECT {columns} FROM document ORDER BY doc_id")
    found = times.published(documents, times.learn_offsets(documents))
    store.replace("publication", found)
    return found.height


def read_claims(store: Store, settings: Settings) -> int:
    """What each document says of itself; the names in it are tied to hosts over all documents."""
    found = pl.concat([claims.read_claims(batch) for batch in _pages(store, "document.*")])
    about = store.frame(
        "SELECT * EXCLUDE (page_text) REPLACE (first_crawled_at AS crawled_at) FROM document ORDER BY doc_id"
    )
    hosts = about["site"].drop_nulls().unique().sort().to_list()
    resolved = claims.resolve_sites(found, claims.name_sites(about, found), hosts)
    store.replace("claim", pl.concat([resolved, times.publication_claims(about)]))
    return resolved.height


def find_boilerplate(store: Store, settings: Settings) -> int:
    """Lines that sites repeat, counted over all pages."""
    lines = pl.concat([boilerplate.page_lines(batch) for batch in _pages(store, "doc_id, site, page_text")])
    store.con.register("page_line", lines.to_arrow())
    found = store.frame(sql_text("site_lines.sql"), least_pages=settings.boilerplate_pages)
    store.con.unregister("page_line")
    store.replace("site_line", found)
    return found.height


def sign_texts(store: Store, settings: Settings) -> int:
    """Pages without boilerplate -> story texts, signatures, fingerprints."""
    for table in ("story_text", "signature", "fingerprint"):
        store.con.execute(f"DELETE FROM {table}")
    site_lines = store.frame("SELECT * FROM site_line")
    # The earliest first, so that it is the one that stands for all texts in the same words.
    for pages in _pages(store, "doc_id, site, language, kind, page_text", store.frame(BY_TIME)["doc_id"]):
        store.con.register("page", pages.select("doc_id").to_arrow())
        claimed = store.frame("SELECT claim.* FROM claim JOIN page USING (doc_id)")
        store.con.unregister("page")
        texts = boilerplate.strip(pages, site_lines, claims.claim_lines(pages, claimed))
        _sign_batch(store, texts.with_columns(pages["kind"]), settings)
    return store.count("SELECT count(*) FROM signature")


def _sign_batch(store: Store, texts: pl.DataFrame, settings: Settings) -> None:
    words = split_words(texts["text"], threads=settings.n_threads)
    texts = texts.with_columns(
        n_words=pl.Series(n_words(words)), text_key=pl.Series(hash_runs(words.hashes, words.offsets))
    )
    matched = (pl.col("n_words") >= LEAST_WORDS) & (pl.col("kind") == "article")
    texts = texts.with_columns(text_key=pl.when(matched).then("text_key"))
    known = store.frame("SELECT DISTINCT text_key FROM story_text WHERE text_key IS NOT NULL")["text_key"]
    first = (
        texts["text_key"].is_first_distinct()
        & ~texts["text_key"].is_in(known.implode())
        & texts["text_key"].is_not_null()
    )
    store.append("story_text", texts)
    signed = signatures.sign(
        words, shingle_words=settings.shingle_words, n_permutations=settings.permutations,
        one_in=settings.fingerprint_one_in, threads=settings.n_threads,
    )  # fmt: skip
    bands = signatures.band_keys(signed.minhash, settings.bands)
    frame = texts.select("doc_id").with_columns(
        n_shingles=pl.Series(signed.n_shingles), minhash=pl.Series(signed.minhash), bands=pl.Series(bands)
    )
    store.append("signature", frame.filter(first))
    keys = pl.DataFrame(
        {"key": signed.fingerprints, "row": np.repeat(np.arange(texts.height), np.diff(signed.offsets))}
    )
    keep = texts.select("doc_id").with_row_index("row").filter(first).with_columns(pl.col("row").cast(pl.Int64))
    store.append(
        "fingerprint",
        keys.join(keep, on="row", maintain_order="left").select("key", "doc_id").unique(maintain_order=True),
    )


def pair_texts(store: Store, settings: Settings) -> int:
    """Equal band keys and shared fingerprints -> candidate pairs."""
    pairs, skipped = candidates.find_candidates(
        store.con, max_bucket=settings.max_bucket, max_passage_bucket=settings.max_passage_bucket
    )
    store.replace("candidate_pair", pairs)
    store.replace("band_skipped", skipped)
    return pairs.height


def judge_texts(store: Store, settings: Settings) -> int:
    """Candidate pairs -> verified pairs, and star edges between equal texts."""
    pairs = store.frame("SELECT DISTINCT left_id, right_id FROM candidate_pair ORDER BY ALL")
    ids = pl.concat([pairs["left_id"], pairs["right_id"]]).unique().sort()
    words, of = _words_of(store, ids, settings)
    left, right = pairs["left_id"].to_numpy(), pairs["right_id"].to_numpy()
    overlap = verify.compare(
        words, of(left), of(right), shingle_words=settings.shingle_words, threads=settings.n_threads
    )
    judged = verify.judge(
        (left, right), overlap, least_jaccard=settings.least_jaccard, least_passage=settings.least_passage
    )
    equal = store.frame(
        "SELECT s.doc_id AS a, t.doc_id AS b FROM signature s JOIN story_text k USING (doc_id)"
        " JOIN story_text t ON t.text_key = k.text_key AND t.doc_id <> s.doc_id"
    )
    exact = verify.exact_pairs(equal["a"].to_numpy(), equal["b"].to_numpy())
    store.replace("judged_pair", pl.concat([judged, exact]).sort("left_id", "right_id"))
    return judged.height + exact.height


def _words_of(store: Store, ids: pl.Series, settings: Settings) -> tuple[Words, Callable[[U64], I64]]:
    """The words of some story texts, and the row that each id has among them."""
    texts = list(store.batches(STORY_TEXT, ids, rows=len(ids) or 1))
    words = split_words(texts[0]["text"] if texts else pl.Series([], dtype=pl.String), threads=settings.n_threads)
    ordered = ids.to_numpy()
    return words, lambda wanted: np.searchsorted(ordered, wanted)


def group_copies(store: Store, settings: Settings) -> int:
    """Same-text pairs -> groups of copies; digests are told apart."""
    documents = store.frame(TIMES)
    judged = store.frame("SELECT * FROM judged_pair ORDER BY left_id, right_id")
    groups, judged, digests = stories.group_copies(judged, documents)
    store.replace("judged_pair", judged)
    store.replace("copy_group", groups)
    store.con.register("digest", digests.to_frame().to_arrow())
    store.con.execute("UPDATE story_text SET kind = 'digest' WHERE doc_id IN (SELECT doc_id FROM digest)")
    store.con.unregister("digest")
    return groups["group_id"].n_unique()


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


def trace_sources(store: Store, settings: Settings) -> int:
    """Claims, times and texts -> the parent of each page of a story, with confidence and evidence."""
    store.con.execute("DELETE FROM story_document")
    store.con.execute("INSERT INTO story_document BY NAME " + sql_text("story_documents.sql"))
    edges = provenance.trace_sources(store.con)
    store.replace("provenance_edge", edges)
    # A page alone in its story is one only for its unseen source.
    store.con.execute(sql_text("drop_lone_pages.sql"))
    return store.count("SELECT count(*) FROM provenance_edge WHERE parent_id IS NOT NULL OR parent_site IS NOT NULL")
