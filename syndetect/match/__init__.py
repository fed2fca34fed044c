"""One page against a store, without adding it: who has this text, and is it new?

`match_page` is the map: the page is read, cut and signed as in a run, its keys are looked up, and the texts found are
compared in full. Nothing is fetched, nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import polars as pl

from syndetect import boilerplate, claims, verify
from syndetect.addresses import url_key
from syndetect.errors import NotInStoreError, RunError
from syndetect.extract import extract
from syndetect.match.reading import NO_ADDRESS, is_address, read_one
from syndetect.match.search import Search, look_up
from syndetect.report.match import Match, MatchReport, NamedSource
from syndetect.schema import DOCUMENT, I64
from syndetect.settings import Settings
from syndetect.signatures import sign_texts
from syndetect.store import Row, Store, sql_text
from syndetect.text import Words, split_words

__all__ = ["is_address", "match_page"]

NAMING = ("attribution", "agency", "canonical", "based-on")
"""Claims that name a source."""
SAME_ADDRESS = (
    "SELECT s.doc_id, s.rowid AS place, s.text_key, s.kind = 'digest' AS is_digest FROM document d"
    " JOIN story_text s USING (doc_id) WHERE d.url_key = $key"
)
TEXT_AT = "SELECT text FROM story_text WHERE rowid = $place"
JUDGEMENTS, RELATIONS = ("same", "unsure", "different"), ("exact", "near-duplicate", "excerpt", "digest item")
"""The order in which matches are listed."""
NO_STORY = ("story_pages", "story_languages", "origin_site", "origin_url")
"""What is not known of a page in no story."""


def match_page(
    store: Store, page: str | bytes | Path, *, url: str | None = None, record: int | None = None
) -> MatchReport:
    """Find the pages of a store that hold the text of a page, or a part of it.

    Args:
        store: Open for reading.
        page: A file; or a text or HTML itself; or the address of a page of the store.
        url: The address of a page that has none of its own: what its site repeats is then taken out.
        record: Number of the page in its file, from 0, where that holds several.

    Returns:
        The matches: the page at the same address first, then by judgement, relation, similarity, share of the page
        that stands in it, time, address.

    Raises:
        InputError: `no-such-input`, `one-page`, `no-page`. RunError: `run-unfinished`. NotInStoreError: `not-in-store`.
    """
    settings = _settings(store)
    document = _stored(store, str(page)) if is_address(page) else extract(read_one(page, url=url, record=record))
    claimed = claims.read_claims(document)
    site_lines = store.frame("SELECT * FROM site_line WHERE site = $site", site=document["site"][0])
    text = boilerplate.strip(document, site_lines, claims.claim_lines(document, claimed))["text"]
    signed = sign_texts(
        text, shingle_words=settings.shingle_words, n_permutations=settings.permutations,
        n_bands=settings.band_layout.bands,
        one_in=settings.fingerprint_one_in,
    )  # fmt: skip
    n_words, address = int(signed.n_words[0]), document["url"][0]
    found = look_up(store, signed, settings) if n_words >= settings.least_words else NOTHING
    here = _same_address(store, address)
    return MatchReport(
        page=None if address == NO_ADDRESS else address,
        language=document["language"][0],
        kind=document["kind"][0],
        n_words=n_words,
        least_words=settings.least_words,
        n_documents=store.count("SELECT count(text_key) FROM story_text"),
        n_candidates=len(found.candidates),
        n_large_buckets=found.n_large,
        matches=_matches(store, _compare(store, text, int(signed.text_keys[0]), found, here, settings), here),
        named_sources=_named(store, document, claimed),
    )


TEXTS = pl.Schema(
    {
        "text_no": pl.UInt32(),
        "text_key": pl.UInt64(),
        "doc_id": pl.UInt64(),
        "place": pl.Int64(),
        "is_digest": pl.Boolean(),
    }
)
NOTHING = Search(pl.DataFrame(schema=TEXTS), pl.Series(dtype=pl.UInt64), 0)


def _settings(store: Store) -> Settings:
    """Those of the last run: a page is compared as the pages of the store were."""
    used = store.settings()
    if not used and store.count("SELECT count(*) FROM document"):
        raise RunError(
            f"the last run into {store.path} did not go through all stages; run it again, then match",
            slug="run-unfinished",
        )
    return Settings(**used)  # type: ignore[arg-type]


def _stored(store: Store, address: str) -> pl.DataFrame:
    """The document at an address, as it was read."""
    columns = ", ".join(DOCUMENT.names())
    found = store.frame(f"SELECT {columns} FROM document WHERE url_key = $key LIMIT 1", key=_key(address))
    if found.is_empty():
        raise NotInStoreError(
            f"{address.strip()} is not in the store, and nothing is fetched; save the page and give: FILE --url URL",
            slug="not-in-store",
        )
    return found.match_to_schema(DOCUMENT)


def _key(address: str) -> str:
    return str(pl.select(url_key(pl.lit(address.strip()))).item())


def _same_address(store: Store, address: str) -> pl.DataFrame:
    """The document at the address of the page, if there is one: a row of TEXTS without its number."""
    if address == NO_ADDRESS:
        return NOTHING.texts.drop("text_no")
    return store.frame(SAME_ADDRESS, key=_key(address)).select(*TEXTS.names()[1:])


@dataclass(frozen=True)
class _Compared:
    """Documents of texts that were compared: doc_id, group; and VERIFIED of each group by its number."""

    documents: pl.DataFrame
    judged: dict[int, Row]


def _compare(
    store: Store, text: pl.Series, text_key: int, found: Search, here: pl.DataFrame, settings: Settings
) -> _Compared:
    """Hold the page against the full texts of the candidates, of its own words, and of the page at its address."""
    wanted = found.texts.filter(pl.col("text_key").is_in(found.candidates.implode()) | (pl.col("text_key") == text_key))
    documents = (
        pl.concat([wanted.drop("text_no"), here])
        .unique("doc_id", keep="first", maintain_order=True)
        # A text too short to have a key is one of its own.
        .with_columns(group=pl.coalesce("text_key", "doc_id").rank("dense") - 1)
        .sort("group", "doc_id")
    )
    standing = documents.unique("group", keep="first", maintain_order=True)
    texts = [str(store.value(TEXT_AT, place=place) or "") for place in standing["place"]]
    words = split_words(pl.concat([text, pl.Series("text", texts, dtype=pl.String)]))
    right = np.arange(1, len(texts) + 1)
    judged = _judge(words, right, settings)
    digests = set(documents.filter("is_digest")["group"])
    mine_is_digest = bool(wanted.filter(pl.col("text_key") == text_key)["is_digest"].any())
    for group, row in enumerate(judged):
        if row["relation"] == "excerpt" and (mine_is_digest or group in digests):
            row.update(judgement="different", relation="digest item")
        row["passages"] = _passages(row, words, group + 1, (text[0].encode(), texts[group].encode()))
    return _Compared(documents.select("doc_id", "group"), dict(enumerate(judged)))


def _judge(words: Words, right: I64, settings: Settings) -> list[Row]:
    """VERIFIED of the first text with each of the others."""
    if not len(right):
        return []
    left = np.zeros(len(right), np.int64)
    overlap = verify.compare(verify.texts_of(words), left, right, shingle_words=settings.shingle_words)
    ids = left.astype(np.uint64), right.astype(np.uint64)
    judged = verify.judge(ids, overlap, least_jaccard=settings.least_jaccard, least_passage=settings.least_passage)
    rows: list[Row] = judged.to_dicts()
    runs = [words.hashes[begin:end] for begin, end in zip(words.offsets[:-1], words.offsets[1:], strict=True)]
    exact = verify.exact_pairs(np.zeros(1, np.uint64), np.ones(1, np.uint64)).row(0, named=True)
    return [{**exact} if np.array_equal(runs[0], run) else row for run, row in zip(runs[1:], rows, strict=True)]


def _passages(row: Row, words: Words, number: int, raw: tuple[bytes, bytes]) -> list[tuple[str, str]]:
    """The words of the passages that the page and a text share, in the order of the page."""
    found = []
    for a_from, a_to, b_from, b_to in sorted(row["passages"]):  # type: ignore[call-overload]
        sides = []
        for side, first, begin, end in ((0, 0, a_from, a_to), (1, int(words.offsets[number]), b_from, b_to)):
            sides.append(
                raw[side][words.starts[first + begin] : words.ends[first + end - 1]].decode("utf-8", "replace")
            )
        found.append((sides[0], sides[1]))
    return found


def _matches(store: Store, compared: _Compared, here: pl.DataFrame) -> list[Match]:
    """The documents that match, with what is shown of each, the best first."""
    own = set(here["doc_id"])
    groups = [g for g, row in compared.judged.items() if row["judgement"] != "different" or row["relation"]]
    kept = compared.documents.filter(pl.col("group").is_in(groups) | pl.col("doc_id").is_in(sorted(own)))
    with store.given(asked=kept.select("doc_id")):
        pages = store.frame(sql_text("match_pages.sql")).join(kept, on="doc_id")
    with store.given(asked=pages.select(pl.col("story_id").drop_nulls().unique())):
        stories = {row["story_id"]: row for row in store.rows(sql_text("match_stories.sql"))} if len(kept) else {}
    found = [
        _match(
            page, compared.judged[page["group"]], stories.get(page["story_id"], {}), same_address=page["doc_id"] in own
        )
        for page in pages.to_dicts()
    ]
    return sorted(found, key=_order)


def _match(page: Row, judged: Row, story: Row, *, same_address: bool) -> Match:
    shares = {"page_containment": judged["left_containment"], "containment": judged["right_containment"]}
    shown = {**dict.fromkeys(NO_STORY), **page, **judged, **story, **shares, "same_address": same_address}
    return Match(**{one.name: shown[one.name] for one in fields(Match)})  # type: ignore[arg-type]


def _order(match: Match) -> tuple[object, ...]:
    moment = match.moment()
    return (
        not match.same_address, JUDGEMENTS.index(match.judgement),
        RELATIONS.index(match.relation) if match.relation else len(RELATIONS), -match.similarity,
        -match.page_containment, moment is None, moment, match.url,
    )  # fmt: skip


def _named(store: Store, document: pl.DataFrame, claimed: pl.DataFrame) -> list[NamedSource]:
    """The sources that the page names, tied to hosts as those pages of the store are that use the same words."""
    generic = pl.col("rule").str.ends_with(":generic")
    named = claimed.filter(pl.col("kind").is_in(NAMING) & ~generic).select("kind", "value", "site").unique()
    if named.is_empty():
        return []
    with store.given(named=named):
        rows = store.rows(sql_text("match_names.sql"))
    return [NamedSource(**row) for row in rows if row["site"] != document["site"][0]]  # type: ignore[arg-type]
