"""The stage: stories of the store -> provenance edges.

With habits stories are gone through twice: what the options of all pages weigh by themselves tells who usually takes
from whom, and with that those that are not out of the question are weighed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files

import duckdb
import numpy as np
import polars as pl

from syndetect.addresses import url_key
from syndetect.provenance.choice import choose, load_weights, spread, weigh
from syndetect.provenance.clocks import SMALL_STORY, usual_delay
from syndetect.provenance.conflicts import page_conflicts
from syndetect.provenance.credits import gives_address
from syndetect.provenance.evidence import describe, likest_earlier
from syndetect.provenance.habits import Noticed, apply_habits, join_noticed, learn_habits, load_habit_weights, notice
from syndetect.provenance.options import NONE, WEIGHED, Learnt, Options, build_options, number_pages
from syndetect.provenance.person import apply_words, tell_words
from syndetect.provenance.residue import count_words
from syndetect.schema import EDGE

PAGES_AT_ONCE = 20_000
"""Pages whose stories are traced together: bounds memory."""
PAIRS_A_PAGE = 100
"""Pairs for which a batch counts a page more."""
MOST_LIKE = 20
"""Pages judged to be of one text with a page of a large story that it is compared with: the likest."""
LEAST_KEPT = 1e-4
"""Options less likely by themselves are not weighed again: habits, which speak at most e ** 2 for one, e ** 2 against
the others, would make .0055 of them."""
SAMPLE = 300
"""Pages a language from which its common words are learnt."""
STORIES = "SELECT story_id, count(*)::BIGINT AS n FROM story_document GROUP BY ALL ORDER BY story_id"
DATED = (
    "SELECT published_at, published_from, published_to, first_crawled_at FROM publication JOIN document USING (doc_id)"
)


def _sql(name: str) -> str:
    return files("syndetect").joinpath("sql", name).read_text(encoding="utf-8")


def _batches(stories: pl.DataFrame, most: int) -> Iterator[pl.DataFrame]:
    """Whole stories, some `most` pages at a time."""
    # A page of a small story is held against all others, one of a large story against a number of them.
    n_pairs = stories["n"] * stories["n"].clip(upper_bound=SMALL_STORY)
    cost = stories.select(pl.max_horizontal("n", n_pairs // PAIRS_A_PAGE)).to_series()
    part = (cost.cum_sum() - cost) // most
    yield from (batch for _, batch in stories.group_by(part.alias("part"), maintain_order=True))


def learn(con: duckdb.DuckDBPyConnection) -> Learnt:
    """What the store as a whole tells of delays and words."""
    sample = con.sql(_sql("provenance_vocabulary.sql"), params={"most": SAMPLE}).pl()
    return Learnt(
        delay=usual_delay(con.sql(DATED).pl()),
        vocabulary=count_words(sample),
    )


def read_options(
    con: duckdb.DuckDBPyConnection, stories: pl.DataFrame, learnt: Learnt,
    *, keep: Callable[[pl.DataFrame], pl.DataFrame] = pl.DataFrame.clone,
) -> tuple[pl.DataFrame, Options]:  # fmt: skip
    """Read some stories and build the options of their pages.

    Args:
        con: An open connection.
        stories: story_id.
        learnt: From `learn`.
        keep: What to make of the options of some pages at a time, as in `build_options`.

    Returns:
        The pages, numbered, and their options.
    """
    con.register("wanted", stories.select("story_id").to_arrow())
    pages = number_pages(con.sql(_sql("provenance_pages.sql")).pl())
    claims = con.sql(_sql("provenance_claims.sql")).pl()
    con.unregister("wanted")
    links = claims.filter(gives_address()).select(url_key=url_key(pl.col("value"))).unique().drop_nulls()
    con.register("asked", links.to_arrow())
    known = con.sql("SELECT DISTINCT url_key FROM document JOIN asked USING (url_key) ORDER BY url_key").pl()
    con.unregister("asked")
    con.register("asked", claims.select("site").drop_nulls().unique().to_arrow())
    languages = con.sql(_sql("provenance_languages.sql")).pl()
    con.unregister("asked")
    options = build_options(
        pages, claims, learnt, known_links=known["url_key"], languages=languages, like=_read_like(con, pages), keep=keep
    )
    return pages, options


def _read_like(con: duckdb.DuckDBPyConnection, pages: pl.DataFrame) -> pl.DataFrame:
    """For pages of large stories those judged most like each: child_id, page_id."""
    large = pages.filter(pl.len().over("story") > SMALL_STORY).select("doc_id")
    con.register("page", large.to_arrow())
    like: pl.DataFrame = con.sql(_sql("provenance_like.sql"), params={"most": MOST_LIKE}).pl()
    con.unregister("page")
    return like


def _read_translations(con: duckdb.DuckDBPyConnection, pages: pl.DataFrame) -> pl.DataFrame:
    """Verified translations between the pages."""
    con.register("page", pages.select("doc_id").to_arrow())
    judged: pl.DataFrame = con.sql(_sql("provenance_translations.sql")).pl()
    con.unregister("page")
    return judged


def _skipped(pages: pl.DataFrame, not_compared: pl.DataFrame, pruned: pl.DataFrame) -> pl.DataFrame:
    """By story how many pairs were not compared or not counted in its trees: story_id, n_pages, n_pairs_skipped."""
    sizes = pages.group_by("story", "story_id").agg(n_pages=pl.len().cast(pl.Int64))
    left_out = pruned.join(sizes, on="story").select(
        "story_id", "n_pages", n_pairs_skipped=pl.col("n_pruned").cast(pl.Int64)
    )
    both = pl.concat([not_compared, left_out])
    return both.group_by("story_id", "n_pages").agg(pl.col("n_pairs_skipped").sum()).sort("story_id")


@dataclass(frozen=True)
class Weighed:
    """The pages of some stories, what they contradict themselves in, and their options with probabilities (`frame`)."""

    pages: pl.DataFrame
    options: Options
    frame: pl.DataFrame
    conflicts: pl.DataFrame


def _narrow(weighed: Weighed) -> Weighed:
    """What is needed later of options that are not out of the question."""
    frame = weighed.frame.filter((pl.col("probability") >= LEAST_KEPT) | (pl.col("kind") == NONE))
    pairs = [part.select("child", "page") for part in (frame, likest_earlier(weighed.pages, weighed.options.facts))]
    facts = weighed.options.facts.join(pl.concat(pairs), on=["child", "page"], how="semi", maintain_order="left")
    options = replace(weighed.options, frame=frame.clear(), facts=facts)
    return replace(weighed, pages=weighed.pages.drop("text"), options=options, frame=frame)


def _weigh_all(con: duckdb.DuckDBPyConnection, pages_at_once: int, *, by_habits: bool) -> Iterator[Weighed]:
    """Weigh the options of all stories, some at a time."""
    stories = con.sql(STORIES).pl()
    learnt, weights = learn(con), load_weights()
    parts: list[Weighed] = []
    seen: list[Noticed] = []
    for batch in _batches(stories, pages_at_once):
        pages, options = read_options(con, batch, learnt, keep=lambda some: weigh(some, weights).select(WEIGHED))
        options, frame = apply_words(con, pages, options, options.frame)
        weighed = Weighed(pages, options, frame, page_conflicts(pages, options.credits, options.facts, frame))
        if by_habits:
            seen.append(notice(weighed.pages, weighed.frame))
            parts.append(_narrow(weighed))
        else:
            yield weighed
    if seen:
        habits = learn_habits(join_noticed(seen))
        for part in parts:
            yield replace(part, frame=apply_habits(part.pages, part.frame, habits, load_habit_weights()))


def trace_sources(
    con: duckdb.DuckDBPyConnection, *, site_habits: bool = True, pages_at_once: int = PAGES_AT_ONCE
) -> pl.DataFrame:
    """Find the parent of each page of a story.

    Reads the tables story_document, document, story_text, publication, claim, judged_pair. Writes provenance_skipped
    anew: the stories in which not every page was held against every other, or not every pair counted among the trees.

    Args:
        con: An open connection.
        site_habits: Whether who usually takes from whom counts.
        pages_at_once: Stories are traced in batches of about so many pages.

    Returns:
        schema.EDGE, a row a page of a story, sorted by doc_id. No page is its own ancestor.
    """
    con.execute("DELETE FROM provenance_skipped")
    parts = []
    for found in _weigh_all(con, pages_at_once, by_habits=site_habits):
        pages, options = found.pages, found.options
        numbers = pages["story"].to_numpy().astype(np.int64)
        weighed, pruned = spread(found.frame, numbers)
        chosen = choose(weighed, numbers)
        edges = describe(
            pages, options, weighed, chosen, judged=_read_translations(con, pages), conflicts=found.conflicts
        )
        parts.append(tell_words(con, edges))
        con.register("skipped", _skipped(pages, options.skipped, pruned).to_arrow())
        con.execute("INSERT INTO provenance_skipped BY NAME SELECT * FROM skipped ORDER BY story_id")
        con.unregister("skipped")
    return pl.concat(parts).sort("doc_id") if parts else pl.DataFrame(schema=EDGE)
