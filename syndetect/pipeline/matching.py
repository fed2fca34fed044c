"""Copies within the store: story texts -> keys -> candidate pairs -> verified pairs -> groups.

Only texts that are not signed yet are signed, only pairs that were not compared yet are compared. Candidates are made
from all keys each time: they are a function of the set of texts, so that any split of the input into runs gives the
same pairs, and a pass over sorted keys is cheaper than keeping count of what new keys change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from syndetect import boilerplate, candidates, claims, signatures, stories, verify
from syndetect.pipeline.addressed import find_named_pages, named_copies
from syndetect.pipeline.copies import measure_pairs
from syndetect.pipeline.stages import BATCH, TIMES
from syndetect.schema import U64
from syndetect.settings import Settings
from syndetect.store import Store, sql_text
from syndetect.text import invisible_counts, says_enough, split_words

UNSIGNED = "SELECT rowid AS place, doc_id FROM document ANTI JOIN story_text USING (doc_id) ORDER BY rowid"
PAGES = (
    "SELECT doc_id, site, language, kind, page_text FROM document JOIN wanted USING (doc_id)"
    " WHERE document.rowid BETWEEN $first AND $last ORDER BY wanted.place"
)
WORDS_OF = (
    "SELECT text FROM story_text JOIN wanted USING (doc_id) WHERE story_text.rowid BETWEEN $first AND $last"
    " ORDER BY wanted.place"
)
SORTED_UNTIL = "SELECT value::BIGINT FROM meta WHERE key = 'sorted_until'"
TEMPLATE = "SELECT left_id, right_id, template FROM candidate_pair WHERE template"
OF_TEMPLATE = pl.when(pl.col("template") & (pl.col("judgement") == "different")).then(
    pl.lit("what they share is a template of their site")
)
"""Why a pair that has passages in common does not join its pages, beside the reasons of `stories`."""
JUDGED = "SELECT * FROM judged_pair WHERE left_id BETWEEN $first AND $last"
SAID = ["judgement", "relation", "not_joined"]
PAIRS_AT_A_TIME = 200_000
"""Pairs whose evidence is text at a time: some 30 MB, and as much again on its way to the store."""
KEYS_AT_A_TIME = 1_000_000
"""Keys written to the store at a time: some 12 MB."""
MOST_UNSORTED = 0.25
"""Keys are sorted anew when so large a share of the texts came after the last sorting; each run's are sorted apart."""
MOST_DEAD = 0.1
"""Keys of texts that are no more are taken out when they are so large a share."""


def sign_texts(store: Store, settings: Settings) -> int:
    """Pages without boilerplate -> story texts; their band keys and fingerprints, for texts not met before."""
    first = store.count("SELECT coalesce(max(text_no) + 1, 0) FROM signed_text")
    bands, parts, n = candidates.Bands(), candidates.Parts(), first
    site_lines = store.frame("SELECT * FROM site_line")
    for pages in _in_place(store, PAGES, store.frame(UNSIGNED)):
        with store.given(page=pages.select("doc_id")):
            claimed = store.frame("SELECT claim.* FROM claim JOIN page USING (doc_id)")
        texts = boilerplate.strip(pages, site_lines, claims.claim_lines(pages, claimed))
        n += _sign_batch(store, texts.with_columns(pages["kind"], pages["site"]), n, (bands, parts), settings)
    _write_keys(store, bands, parts, first)
    if first == 0:
        _note_sorted(store)
    _tidy_keys(store)
    return store.count("SELECT count(*) FROM signed_text")


def _sign_batch(
    store: Store, texts: pl.DataFrame, number: int, keys: tuple[candidates.Bands, candidates.Parts], settings: Settings
) -> int:
    """Sign a batch; how many texts were new. The first of them gets the number given."""
    signed = signatures.sign_texts(
        texts["text"], shingle_words=settings.shingle_words, n_permutations=settings.permutations,
        n_bands=settings.band_layout.bands, one_in=settings.fingerprint_one_in, threads=settings.n_threads,
    )  # fmt: skip
    texts = texts.with_columns(n_words=pl.Series(signed.n_words), text_key=pl.Series(signed.text_keys))
    texts = texts.with_columns(invisible_counts(texts["text"])["n_hidden"])
    enough = says_enough(
        signed.words, signed.word_offsets, signed.per_token, shingle_words=settings.shingle_words,
        least_words=settings.least_words,
    )  # fmt: skip
    matched = pl.Series(enough) & (texts["kind"] == "article")
    texts = texts.with_columns(text_key=pl.when(matched).then("text_key"))
    with store.given(batch=texts.select("text_key")):
        known = store.frame("SELECT text_key FROM signed_text SEMI JOIN batch USING (text_key)")
    new = texts.select(
        (
            pl.col("text_key").is_not_null()
            & pl.col("text_key").is_first_distinct()
            & ~pl.col("text_key").is_in(known["text_key"].implode())
        ).fill_null(value=False)
    ).to_series()
    store.append("story_text", texts)
    rows = np.flatnonzero(new.to_numpy())
    numbers = np.arange(number, number + len(rows), dtype=np.uint32)
    counts = pl.Series(np.diff(signed.offsets)[rows], dtype=pl.UInt32)
    known_now = texts.filter(new).select("text_key").with_columns(text_no=pl.Series(numbers), n_fingerprints=counts)
    store.append("signed_text", known_now)
    bands, parts = keys
    bands.add(signed.bands[rows])
    kept = np.repeat(new.to_numpy(), np.diff(signed.offsets))
    parts.add(signed.fingerprints[kept], np.repeat(numbers, np.diff(signed.offsets)[rows]))
    return len(rows)


def _in_place(store: Store, query: str, wanted: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows of `query` for documents in the order they stand in a table; each batch reads its own part of it alone.

    Args:
        store: Open for reading.
        query: Reads from `wanted(place, doc_id)`, of a table whose rowid is between $first and $last.
        wanted: place (rowid in the table), doc_id; sorted by place.
    """
    for part in wanted.iter_slices(BATCH):
        with store.given(wanted=part):
            yield store.frame(query, first=part["place"][0], last=part["place"][-1])


def _write_keys(store: Store, bands: candidates.Bands, parts: candidates.Parts, first: int) -> None:
    """Append keys sorted, so that the store packs them tightly and finds one without reading all."""
    _append_together(store, "band_key", (_band_rows(band, packed, first) for band, packed in enumerate(bands)))
    _append_together(store, "fingerprint", (_fingerprint_rows(part, packed) for part, packed in enumerate(parts)))


def _band_rows(band: int, packed: U64, first: int) -> pl.DataFrame:
    """Rows of `band_key`, sorted; the texts are numbered from `first`."""
    packed.sort()
    key, text_no = (packed >> np.uint64(32)).astype(np.uint32), packed.astype(np.uint32) + np.uint32(first)
    return pl.DataFrame({"key": key, "text_no": text_no}).with_columns(band=pl.lit(band, pl.UInt16))


def _fingerprint_rows(part: int, packed: U64) -> pl.DataFrame:
    """Rows of `fingerprint`, sorted."""
    packed.sort()
    key = (packed >> np.uint64(32)) | (np.uint64(part) << np.uint64(32))
    return pl.DataFrame({"key": key, "text_no": packed.astype(np.uint32)})


def _append_together(store: Store, table: str, frames: Iterable[pl.DataFrame]) -> None:
    """Append frames, small ones together: a statement costs more than the few keys of a small run."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(one.height for one in held) >= KEYS_AT_A_TIME:
            store.append(table, pl.concat(held))
            held.clear()
    if held:
        store.append(table, pl.concat(held))


def _tidy_keys(store: Store) -> None:
    """Sort the keys as a whole and leave out those of texts that are no more, when either has come to be felt."""
    count = "SELECT count(*) FROM signed_text"
    alive = "text_key IN (SELECT text_key FROM story_text WHERE text_key IS NOT NULL)"
    n, dead, sorted_until = store.count(count), store.count(f"{count} WHERE NOT {alive}"), store.count(SORTED_UNTIL)
    if n == 0 or (dead <= n * MOST_DEAD and n - sorted_until <= n * MOST_UNSORTED):
        return
    store.con.execute(f"DELETE FROM signed_text WHERE NOT {alive}")
    for table, order in (("band_key", "band, key, text_no"), ("fingerprint", "key, text_no")):
        store.con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT {table}.* FROM {table} SEMI JOIN signed_text USING (text_no)"
            f" ORDER BY {order}"
        )
    _note_sorted(store)


def _note_sorted(store: Store) -> None:
    """Remember that the keys of all texts there are stand sorted as a whole."""
    store.con.execute("DELETE FROM meta WHERE key = 'sorted_until'")
    store.con.execute("INSERT INTO meta SELECT 'sorted_until', count(*)::VARCHAR FROM signed_text")


def pair_texts(store: Store, settings: Settings) -> int:
    """Equal band keys, shared fingerprints, addresses -> candidate pairs of documents that stand for their texts."""
    store.con.execute("CREATE OR REPLACE TEMP TABLE stands AS " + sql_text("text_ranks.sql"))
    standing = store.frame("SELECT text_no, doc_id, site, n_fingerprints FROM stands ORDER BY place")
    n_texts = store.count("SELECT coalesce(max(text_no) + 1, 0) FROM signed_text")
    numbers = standing["text_no"].to_numpy()
    ranks, sites = np.full(n_texts, candidates.DEAD, np.uint32), np.full(n_texts, candidates.NO_SITE, np.int64)
    ids, n_fingerprints = np.zeros(n_texts, np.uint64), np.zeros(n_texts, np.uint32)
    ranks[numbers], ids[numbers] = np.arange(len(numbers), dtype=np.uint32), standing["doc_id"].to_numpy()
    sites[numbers] = _numbered(standing["site"]).to_numpy()
    n_fingerprints[numbers] = standing["n_fingerprints"].to_numpy()
    found = candidates.find_candidates(
        candidates.stored_bands(store.con, settings.band_layout.bands), candidates.stored_fingerprints(store.con),
        candidates.standing_of(ranks, sites, template_pages=settings.template_pages), n_fingerprints,
        max_bucket=settings.max_bucket, max_passage_bucket=settings.max_passage_bucket, threads=settings.n_threads,
    )  # fmt: skip
    a, b = ids[found.left], ids[found.right]
    counts = {"n_bands": found.n_bands, "n_fingerprints": found.n_fingerprints, "template": found.template}
    pairs = pl.DataFrame({"left_id": np.minimum(a, b), "right_id": np.maximum(a, b), **counts})
    find_named_pages(store)
    further = named_copies(store).join(pairs, on=["left_id", "right_id"], how="anti")
    none = {name: pl.lit(0, pairs.schema[name]) for name in ("n_bands", "n_fingerprints")}
    pairs = pl.concat([pairs, further.with_columns(**none, template=pl.lit(value=False))])
    store.replace("candidate_pair", pairs)
    store.replace("band_skipped", found.skipped)
    return pairs.height


def _numbered(sites: pl.Series) -> pl.Series:
    """A number for each site; which one it is does not matter."""
    return sites.cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(candidates.NO_SITE)


def judge_texts(store: Store, settings: Settings) -> int:
    """Candidate pairs -> verified pairs, those compared before left as they are; star edges between equal texts."""
    store.con.execute(sql_text("drop_pairs.sql"))
    pairs = store.frame(sql_text("not_judged.sql"))
    left, right = pairs["left_id"].to_numpy(), pairs["right_id"].to_numpy()
    with verify.Spool(store.path.parent) as spool:
        ids = _spool_texts(store, np.unique(np.concatenate([left, right])), spool, settings)
        order = np.argsort(ids)
        rows = order[np.searchsorted(ids, left, sorter=order)], order[np.searchsorted(ids, right, sorter=order)]
        overlap = measure_pairs(spool, rows, settings)
    for at in range(0, len(pairs), PAIRS_AT_A_TIME):
        part = slice(at, at + PAIRS_AT_A_TIME)
        judged = verify.judge(
            (left[part], right[part]), verify.Overlap._make(measured[part] for measured in overlap),
            template=pairs["template"][part].to_numpy(), least_jaccard=settings.least_jaccard,
            least_passage=settings.least_passage,
        )  # fmt: skip
        store.append("judged_pair", verify.pack_evidence(judged))
    equal = store.frame(sql_text("exact_copies.sql"))
    exact = verify.exact_pairs(equal["a"].to_numpy(), equal["b"].to_numpy())
    store.append("judged_pair", verify.pack_evidence(exact))
    return store.count("SELECT count(*) FROM judged_pair")


def _spool_texts(store: Store, ids: U64, spool: verify.Spool, settings: Settings) -> U64:
    """Put the words of some story texts within reach; the ids in the order they were put there."""
    with store.given(asked=pl.DataFrame({"doc_id": ids})):
        wanted = store.frame("SELECT s.rowid AS place, doc_id FROM story_text s JOIN asked USING (doc_id) ORDER BY ALL")
    for texts in _in_place(store, WORDS_OF, wanted):
        words = split_words(texts["text"], threads=settings.n_threads)
        spool.append(verify.texts_of(words))
    return wanted["doc_id"].to_numpy()


def group_copies(store: Store, settings: Settings) -> int:
    """Same-text pairs -> groups of copies; digests are told apart, and pairs that join nothing say why.

    What was said of a pair in its group by an earlier run is forgotten first: it is judged anew by its own numbers.
    """
    told = _read_judged(store)
    stored = told.select(SAID)
    groups, said, digests = stories.group_copies(
        _decide_anew(store, told.drop("not_joined"), settings), store.frame(TIMES)
    )
    del told
    said = said.with_columns(not_joined=pl.coalesce("not_joined", OF_TEMPLATE))
    # Both are sorted by pair; what was measured is as it was stored.
    changed = said.filter(pl.any_horizontal(said[name].ne_missing(stored[name]).alias(name) for name in SAID))
    with store.given(changed=verify.pack_evidence(changed), digest=digests.to_frame("doc_id")):
        store.con.execute(sql_text("mark_digests.sql"))
    store.replace("copy_group", groups)
    return groups["group_id"].n_unique()


def _read_judged(store: Store) -> pl.DataFrame:
    """All pairs of one language as verify.VERIFIED, and not_joined; sorted by pair."""
    # Not by row number: rows that this run has added and not yet committed have numbers far beyond the others.
    lefts = store.frame("SELECT left_id, count(*)::BIGINT AS n FROM judged_pair GROUP BY left_id ORDER BY left_id")
    part = (lefts["n"].cum_sum() - lefts["n"]) // PAIRS_AT_A_TIME
    spans = lefts.group_by(part.alias("part"), maintain_order=True).agg(
        first=pl.col("left_id").first(), last=pl.col("left_id").last()
    )
    parts = [
        verify.unpack_evidence(store.frame(JUDGED, first=first, last=last), with_reasons=True)
        for first, last in spans.select("first", "last").iter_rows()
    ]
    if not parts:
        return verify.unpack_evidence(store.frame("SELECT * FROM judged_pair"), with_reasons=True)
    return pl.concat(parts).sort("left_id", "right_id")


def _decide_anew(store: Store, told: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Pairs judged by their own numbers alone, and whether they share no more than a template; sorted by pair."""
    exact = told.filter(pl.col("relation") == "exact").with_columns(template=pl.lit(value=False))
    others = told.filter(pl.col("relation").ne_missing("exact"))
    marked = others.join(store.frame(TEMPLATE), on=["left_id", "right_id"], how="left").with_columns(
        pl.col("template").fill_null(value=False)
    )
    del others
    fresh = verify.decide(marked, least_jaccard=settings.least_jaccard, least_passage=settings.least_passage)
    return pl.concat([fresh, exact]).sort("left_id", "right_id")
