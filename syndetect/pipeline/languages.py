"""The stage across languages: marks of pages, candidates, judgements, stories.

One page stands for each group of copies in a language while candidates are searched. A pair that is worth a second look
is then compared in all pages of its groups, with what they say of their sources. Where the pairs that are sure teach
which words mean the same, all of it is done once more with these words as marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from syndetect import anchors, stories
from syndetect.pipeline.addressed import named_translations
from syndetect.pipeline.stages import BATCH, TIMES, give_back
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
CREATE OR REPLACE TABLE anchor_key (key UBIGINT, language VARCHAR, n_documents UINTEGER);
CREATE OR REPLACE TABLE anchor_skipped (key UBIGINT, joint BOOLEAN, n_documents UINTEGER)
"""
"""Stores made earlier have all marks instead, and no joint ones among those skipped."""
PAGES_AT_ONCE = 2_000
"""Pages a thread reads at a time."""


def match_languages(store: Store, settings: Settings, model: Model | None = None) -> int:
    """Groups of copies in several languages -> anchors, candidates, translations, stories; with vectors of a model."""
    store.con.execute("DELETE FROM anchor_page")
    store.con.execute("INSERT INTO anchor_page BY NAME " + sql_text("anchor_pages.sql"))
    ids = store.frame("SELECT doc_id FROM anchor_page ORDER BY doc_id")["doc_id"]
    store.con.execute(KEY_COUNTS)
    groups = store.frame("SELECT * FROM copy_group")
    if store.count("SELECT count(DISTINCT language) FROM anchor_page") < 2:
        # Nothing to compare with: the marks are read when a second language comes.
        store.replace("story_group", groups)
        return 0
    seen, found = _search(store, settings, ids, model)
    judged = _judge(seen, found)
    lexicon = _learn(store, judged)
    if lexicon is not None:
        del seen, found, judged  # the marks of all pages, which are about to be read again
        seen, found = _search(store, settings, ids, model, lexicon)
        judged = _judge(seen, found)
    store.append("anchor_key", seen.searched.counts())
    store.con.execute("DELETE FROM meta WHERE key = 'translation_weights'")
    store.con.execute("INSERT INTO meta VALUES ('translation_weights', ?)", [seen.section])
    between = anchors.between_groups(judged)
    links = anchors.link(between, n_store_pages=seen.n_pages, section=seen.section)
    further = seen.look(anchors.pairs_within(links, between, seen.measures), among=found)
    judged = pl.concat([anchors.hold_cut(judged, links), _judge(seen, further)])
    store.append("judged_pair", judged.select(*JUDGED_PAIR).sort("left_id", "right_id"))
    store.replace("story_link", links)
    store.replace("story_group", stories.join_languages(groups, links, store.frame(TIMES)))
    return links.height


@dataclass(frozen=True)
class _Seen:
    """All pages as they were read and searched once, and what pairs of them are looked at with."""

    store: Store
    searched: anchors.Searched
    measures: pl.DataFrame
    named: pl.DataFrame  # pairs of which one page names the other by its address
    lexicon: pl.DataFrame | None  # of which the words are marks too
    n_pages: int  # of the store
    threads: int

    @property
    def section(self) -> str:
        """The weights for these marks."""
        return anchors.EXTRACTED if self.lexicon is None else anchors.LEXICON

    def look(self, pairs: pl.DataFrame, *, among: pl.DataFrame | None = None) -> pl.DataFrame:
        """A first look at pairs."""
        return anchors.first_look(
            pairs, self.searched, self.measures, n_store_pages=self.n_pages, among=among, threads=self.threads,
            section=self.section,
        )  # fmt: skip


def _search(
    store: Store, settings: Settings, ids: pl.Series, model: Model | None, lexicon: pl.DataFrame | None = None
) -> tuple[_Seen, pl.DataFrame]:
    """Read the pages, search them, take a first look at the candidates and at pairs of which one names the other."""
    marks, measures = _read(store, ids, settings.n_threads, lexicon)
    pairs, skipped, searched = anchors.find_candidates(
        marks,
        store.frame("SELECT * FROM anchor_page"),
        window_days=settings.window_days,
        threads=settings.n_threads,
    )
    store.replace("anchor_skipped", skipped)
    n_pages = store.count("SELECT count(*) FROM story_text")
    seen = _Seen(store, searched, measures, named_translations(store), lexicon, n_pages, settings.n_threads)
    found = seen.look(pairs)
    # What they share with pages that name them says nothing of the others, which are judged as if there were none.
    further = seen.look(seen.named.join(found, on=["left_id", "right_id"], how="anti"), among=found)
    found = pl.concat([found, further]).sort("left_id", "right_id")
    return seen, found if model is None else _add_neighbours(seen, settings, model, found)


def _learn(store: Store, judged: pl.DataFrame) -> pl.DataFrame | None:
    """The words that the pairs that are sure teach, if these are enough."""
    lexicon = anchors.learn_words(
        anchors.between_groups(judged),
        store.frame("SELECT doc_id, language FROM anchor_page ORDER BY doc_id"),
        partial(store.batches, STORY_TEXT, rows=BATCH),
    )
    return None if lexicon.is_empty() else lexicon


def _marks_of(texts: pl.DataFrame, lexicon: pl.DataFrame | None) -> pl.DataFrame:
    """The marks of texts, and the words that a lexicon knows."""
    marks = anchors.extract_anchors(texts)
    return marks if lexicon is None else pl.concat([marks, anchors.learnt_anchors(texts, lexicon)])


def _read_part(texts: pl.DataFrame, lexicon: pl.DataFrame | None) -> tuple[anchors.Marks, pl.DataFrame]:
    return anchors.pack_marks(_marks_of(texts, lexicon), texts["doc_id"]), anchors.measure(texts)


def _read(
    store: Store, ids: pl.Series, threads: int, lexicon: pl.DataFrame | None
) -> tuple[anchors.Marks, pl.DataFrame]:
    """The marks and measures of all pages to compare."""
    measures: list[pl.DataFrame] = []

    def parts(pool: ThreadPoolExecutor) -> Iterator[anchors.Marks]:
        for texts in store.batches(STORY_TEXT, ids, rows=BATCH):
            for marks, measured in pool.map(partial(_read_part, lexicon=lexicon), texts.iter_slices(PAGES_AT_ONCE)):
                measures.append(measured)
                yield marks

    with ThreadPoolExecutor(threads) as pool:
        marks = anchors.join_marks(parts(pool))
    give_back(store)
    return marks, pl.concat(measures)


def _mark(seen: _Seen, ids: pl.Series) -> anchors.Marked:
    """The marks and measures of some pages, weighed as those that were searched."""
    marks, measures = [], []
    for texts in seen.store.batches(STORY_TEXT, ids, rows=BATCH):
        marks.append(_marks_of(texts, seen.lexicon))
        measures.append(anchors.measure(texts))
    read = pl.concat(marks)
    return anchors.Marked(read, pl.concat(measures), seen.searched.key_weights(read["key"]))


def _add_neighbours(seen: _Seen, settings: Settings, model: Model, found: pl.DataFrame) -> pl.DataFrame:
    """Candidates by marks -> the same and those by vectors, with what the vectors say of each."""
    from syndetect.pipeline.vectors import add_neighbours  # noqa: PLC0415 - only who asks for it needs the extra

    both = add_neighbours(seen.store, model, found.select("left_id", "right_id"), window_days=settings.window_days)
    # What anchors found is judged without what vectors propose, which may be worth nothing.
    looked_at = pl.concat([found, seen.look(both.filter("by_vectors"), among=found)]).sort("left_id", "right_id")
    languages = seen.store.frame("SELECT doc_id, language FROM anchor_page ORDER BY doc_id")
    return anchors.add_nearness(looked_at.hstack(both.select("nearness", "by_vectors")), languages)


def _judge(seen: _Seen, pairs: pl.DataFrame) -> pl.DataFrame:
    """Judge pairs of groups: those worth a second look by all their pages and what these say."""
    named = pairs.join(
        seen.named.with_columns(named=True), on=["left_id", "right_id"], how="left", maintain_order="left"
    )
    worth = (pairs["score"] >= anchors.WORTH_A_LOOK) | named["named"].fill_null(value=False)
    near, far = pairs.filter(worth), pairs.filter(~worth)
    if near.is_empty():
        return anchors.judge_far(far.filter(pl.col("score") >= anchors.LEAST_KEPT))
    members = _members(seen.store, near)
    compared = anchors.pair_variants(near, anchors.choose_variants(members))
    judged = anchors.judge_translations(
        near,
        _mark(seen, pl.concat([compared["left_id"], compared["right_id"]]).unique().sort()),
        n_store_pages=seen.n_pages,
        compared=compared,
        backed=_backed(seen.store, near, members),
        section=seen.section,
    )
    beside = (pl.col("score") >= anchors.LEAST_KEPT) | pl.Series(anchors.hang_together(judged, far))
    return pl.concat([judged, anchors.judge_far(far.filter(beside))])


def _members(store: Store, pairs: pl.DataFrame) -> pl.DataFrame:
    """All pages of the groups of some pairs: page, doc_id, n_words."""
    wanted = pl.concat([pairs["left_id"], pairs["right_id"]]).unique()
    members = store.frame(sql_text("anchor_members.sql"))
    return members.filter(pl.col("page").is_in(wanted.implode()))


def _backed(store: Store, pairs: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """What the pages of each pair of groups say of the other's site, in the order of the pairs."""
    with store.given(wanted_pair=pairs.select("left_id", "right_id"), anchor_member=members):
        backed = store.frame(sql_text("anchor_backing.sql"))
    return pairs.select("left_id", "right_id").join(
        backed, on=["left_id", "right_id"], how="left", maintain_order="left"
    )
