"""For each page the sources it can have: pages of its story, unseen hosts, none; with the features to weigh them by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from syndetect.provenance import credits as cr
from syndetect.provenance.alignment import Aligned, align_sentences
from syndetect.provenance.clocks import Clocks, lag_likelihood, possible_pairs, read_clocks
from syndetect.provenance.passages import compare_marks, sentence_runs, sentences, word_pairs
from syndetect.provenance.residue import NUMBER, Residue, compare_residue, word_scripts
from syndetect.schema import F64, I64, Bools
from syndetect.text import Words, split_words

PAGE, UNSEEN, NONE = 0, 1, 2
"""Kinds of options."""
LEAST_BEFORE = 0.05
"""A host of which the story has a page is unseen only where that page is less likely to have been before."""
UNKNOWN_LAG = 0.3
HALF, MOST = 0.5, 0.8
"""Shares of a page's text that an earlier page has."""
SEEN = ("first", "best", "held", "held_all", "alike", "novel", "soon", "across", "many")
"""What a page's story has before it."""


@dataclass(frozen=True)
class Options:
    """The options of pages.

    `frame`: child, kind, page, host and the features, sorted by child, kind, page, host; `facts`: what evidence tells
    of a pair; `credits`: what the pages say; `languages`: site, host_language of the sites they name; `skipped`:
    story_id, n_pages, n_pairs_skipped of stories too large for each page to be held against each.
    """

    frame: pl.DataFrame
    facts: pl.DataFrame
    credits: pl.DataFrame
    languages: pl.DataFrame
    skipped: pl.DataFrame


@dataclass(frozen=True)
class Learnt:
    """What the store as a whole tells: median hours to the first crawl; words by language and story (`count_words`)."""

    delay: float
    vocabulary: pl.DataFrame


def number_pages(pages: pl.DataFrame) -> pl.DataFrame:
    """Sort pages by story and id and number them: row, story."""
    ordered = pages.sort("story_id", "doc_id").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    return ordered.with_columns(story=pl.col("story_id").rank("dense").cast(pl.Int64) - 1)


def _codes(column: pl.Series) -> I64:
    return (column.fill_null("").rank("dense").cast(pl.Int64) - 1).to_numpy()


def _title_words(pages: pl.DataFrame) -> pl.Series:
    """Titles without the site's name at their end."""
    return pages["title"].fill_null("").str.replace(r"\s+[|–—·•»]\s+[^|–—·•»]{2,40}$", "")


def _compare_across(
    pages: pl.DataFrame, words: Words, vocabulary: pl.DataFrame, child: I64, page: I64, cross: Bools
) -> tuple[Residue, Aligned]:
    """What pairs share across languages, where a story has any such pair; most stories have none."""
    n = len(child)
    rows = np.flatnonzero(np.isin(pages["story"].to_numpy(), pages["story"].to_numpy()[child[cross]]))
    some = np.flatnonzero(np.isin(child, rows))
    if not len(some):
        return Residue(*(np.zeros(n) for _ in range(3))), Aligned(*(np.zeros(n) for _ in range(3)))
    few, told = (pages, words) if len(rows) == pages.height else (pages[rows], split_words(pages["text"].gather(rows)))
    a, b, across = np.searchsorted(rows, child[some]), np.searchsorted(rows, page[some]), cross[some]
    residue = compare_residue(few, told, vocabulary, a, b, across)
    numeric = word_scripts(few["text"], told) == NUMBER
    spoken = pl.concat_str("story_id", pl.col("language").fill_null(""), separator=" ")
    group = _codes(few.select(spoken).to_series())
    aligned = align_sentences(told, sentence_runs(few["text"], told), numeric, group, a, b, across)

    def spread(values: F64) -> F64:
        out = np.zeros(n)
        out[some] = values
        return out

    return (
        Residue(*(spread(values) for values in (residue.left, residue.lost, residue.numbers))),
        Aligned(*(spread(values) for values in (aligned.cost, aligned.new, aligned.left_out))),
    )


def _pair_frame(
    pages: pl.DataFrame, clocks: Clocks, named: pl.DataFrame, vocabulary: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The pairs with what times and texts say of them; the facts that evidence is told from; the pairs left out."""
    story = pages["story"].to_numpy()
    story_from = np.searchsorted(story, np.arange((story[-1] if len(story) else -1) + 2)).astype(np.int64)
    child, page, p, n_skipped = possible_pairs(clocks, story_from, named)
    words = split_words(pages["text"])
    languages = _codes(pages["language"])
    pairs = compare_marks(word_pairs(words, story), child, page, p)
    contain = pairs.found / np.maximum(pairs.length, 1)
    # Pages whose language was misread share words all the same.
    cross = (languages[child] != languages[page]) & (contain < 0.2)
    whole = compare_marks(sentences(pages["text"], words), child, page, p)
    titles = compare_marks(word_pairs(split_words(_title_words(pages)), story), child, page, p)
    left, aligned = _compare_across(pages, words, vocabulary, child, page, cross)
    lag = lag_likelihood(clocks, child, page, cross)
    same = ~cross
    sites = pages["site"]
    log1p = np.log1p
    length, source = np.maximum(pairs.length, 1), np.maximum(pairs.source_length, 1)
    n_child, n_page = np.maximum(whole.length, 1), np.maximum(whole.source_length, 1)
    ratio = np.log(n_child / n_page)
    frame = pl.DataFrame(
        {
            "child": child, "page": page, "p": p.astype(np.float64), "contain": contain * same,
            "kept": same * pairs.kept / source, "novel": same * log1p(pairs.novel),
            "page_site": sites.gather(page), "cross": cross * 1.0,
            "before": np.log(p + 0.01),
            "same_lag": same * np.log(np.where(np.isnan(lag), UNKNOWN_LAG, lag) + 0.02),
            "cross_lag": cross * np.log(np.where(np.isnan(lag), UNKNOWN_LAG, lag) + 0.02),
            "same_site": (sites.gather(page) == sites.gather(child)).fill_null(value=False).to_numpy() * 1.0,
            "same_found": same * contain,
            "same_any": same * np.log(contain + 0.05),
            "same_gaps": same * log1p(pairs.gaps),
            "same_missing": same * log1p(pairs.missing),
            "same_rare": same * pairs.rare / length,
            "same_only": same * log1p(pairs.only),
            "same_kept": same * pairs.kept / source,
            "same_holes": same * log1p(pairs.holes),
            "same_tail": same * pairs.tail / source,
            "same_equal": same * ((pairs.found == pairs.length) & (pairs.kept == pairs.source_length)),
            "same_sentences": same * whole.found / n_child,
            "same_sentence_gaps": same * log1p(whole.gaps),
            "same_title": same * titles.found / np.maximum(titles.length, 1),
            "same_title_rare": same * titles.rare / np.maximum(titles.length, 1),
            "same_title_gaps": same * log1p(titles.gaps),
            "same_residue_lost": same * log1p(left.lost),
            "cross_residue": cross * log1p(left.left),
            "cross_numbers": cross * left.numbers,
            "cross_cost": aligned.cost,
            "cross_new": log1p(aligned.new),
            "cross_left_out": log1p(aligned.left_out),
            "cross_longer": cross * np.maximum(ratio, 0),
            "cross_shorter": cross * np.maximum(-ratio, 0),
        }
    )  # fmt: skip
    facts = pl.DataFrame(
        {
            "child": child, "page": page, "p": p.astype(np.float64), "cross": cross,
            "n_sentences": whole.length.astype(np.int64), "n_verbatim": whole.found.astype(np.int64),
            "n_only": whole.only.astype(np.int64), "contain": contain, "kept": pairs.kept / source,
            "residue": left.left, "numbers": left.numbers, "same_title": titles.found / np.maximum(titles.length, 1),
        }
    )  # fmt: skip
    skipped = pages.group_by("story_id", maintain_order=True).agg(n_pages=pl.len().cast(pl.Int64))
    skipped = skipped.with_columns(n_pairs_skipped=pl.Series(n_skipped)).filter(pl.col("n_pairs_skipped") > 0)
    return frame, facts, skipped


def _notes(credits: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """A row a page: whether it has a translation note, credits, names no host is known for, its own name."""
    kind = pl.col("kind")
    flags = credits.group_by("row").agg(
        note=(kind == "translation-note").any(),
        attributes=((kind == "attribution") & ~pl.col("own")).any(),
        tagged=((kind == "agency") & ~pl.col("own")).any(),
        unresolved=((kind == "attribution") & pl.col("site").is_null() & ~pl.col("generic")).any(),
        own=(kind.is_in(cr.LINES) & pl.col("own")).any(),
        linked=((kind == "link") & ~pl.col("own")).any(),
    )
    names = ("note", "attributes", "tagged", "unresolved", "own", "linked")
    joined = pages.select("row").join(flags, on="row", how="left", maintain_order="left")
    return joined.with_columns(pl.col(names).fill_null(value=False).cast(pl.Float64))


def _naming_counts(credits: pl.DataFrame, hosts: pl.DataFrame) -> pl.DataFrame:
    """How many pages of a story name each host: story, host, n_naming."""
    named = credits.filter(~pl.col("own") & (pl.col("kind") != "link")).select("story", "row", "site").drop_nulls()
    alias = hosts.rename({"page_site": "host"})
    as_pages = named.join(alias, on=["story", "site"]).select("story", "row", "host")
    both = pl.concat([named.rename({"site": "host"}), as_pages]).unique()
    return both.group_by("story", "host").agg(n_naming=pl.len().cast(pl.Float64))


def _capped(count: pl.Expr) -> pl.Expr:
    """Names within a story come from one another, so that many of them tell little more than some."""
    return count.fill_null(0.0).clip(0, 8).log1p()


def _page_options(
    pairs: pl.DataFrame, pages: pl.DataFrame, credits: pl.DataFrame, notes: pl.DataFrame, named: pl.DataFrame,
    counts: pl.DataFrame, inherited: pl.DataFrame, shared: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    reverse = named.join(pages.select(page_site="site", story="story", child_row="row"), on="page_site")
    reverse = reverse.join(pages.select(child="row", story="story"), on=["child", "story"])
    reverse = reverse.select(
        page="child", child="child_row", names_child=pl.max_horizontal("attribution_fresh", "canonical", "based_on")
    )
    reverse = reverse.group_by("page", "child").agg(pl.col("names_child").max())
    story = pages.select("story", child="row")
    marks = notes.select("row", "note", "attributes", "tagged")
    frame = (
        pairs.join(story, on="child", how="left", maintain_order="left")
        .join(named, on=["child", "page_site"], how="left", maintain_order="left")
        .join(cr.name_addresses(credits, pages, inherited), on=["child", "page"], how="left", maintain_order="left")
        .join(cr.fit_times(credits, pairs, pages), on=["child", "page"], how="left", maintain_order="left")
        .join(shared, on=["child", "page"], how="left", maintain_order="left")
        .join(reverse, on=["child", "page"], how="left", maintain_order="left")
        .join(marks.rename({"row": "child"}), on="child", how="left", maintain_order="left")
        .join(marks.rename({"row": "page"}), on="page", how="left", maintain_order="left", suffix="_page")
        .join(counts.rename({"host": "page_site"}), on=["story", "page_site"], how="left", maintain_order="left")
    )
    named_by_child = pl.max_horizontal(*cr.NAMING).fill_null(0.0) > 0
    others = pl.col("n_naming").fill_null(0.0) - named_by_child.cast(pl.Float64)
    best_same = (pl.col("contain") * pl.col("p")).max().over("child")
    zero = pl.col("shared_attribution", "shared_agency", "shared_link").fill_null(0).clip(0, 2).cast(pl.Float64)
    return frame.with_columns(zero).with_columns(
        hub=_capped(others),
        lost_attribution=pl.col("attributes_page") * (pl.col("shared_attribution") == 0),
        lost_agency=pl.col("tagged_page") * (pl.col("shared_agency") == 0),
        same_note_lost=pl.col("note") * (1 - pl.col("note_page")) * (1 - pl.col("cross")),
        same_note_shared=pl.col("note") * pl.col("note_page") * (1 - pl.col("cross")),
        same_note_new=(1 - pl.col("note")) * pl.col("note_page") * (1 - pl.col("cross")),
        cross_note=pl.col("note") * pl.col("cross"),
        cross_novel=pl.col("cross") * (1 - best_same),
        cross_first=pl.col("cross") * (best_same <= 0),
        kind=pl.lit(PAGE),
        host=pl.lit(None, pl.String),
        named_url=pl.lit(None, pl.String),
    )


def _story_state(
    pages: pl.DataFrame, pairs: pl.DataFrame, notes: pl.DataFrame, counts: pl.DataFrame, fresh: pl.DataFrame
) -> pl.DataFrame:
    """A row a page: how likely none was before it, the best match among those that were, what it says."""
    chance = pl.col("p").clip(0, 0.999)
    surely = ((pl.col("p") - 0.8) / 0.15).clip(0, 1)
    seen = pairs.group_by("child").agg(
        first=((1 - chance).log().sum().exp() + 0.003).log(),
        best=(pl.col("p") * pl.col("contain")).max(),
        held=(surely * pl.col("contain")).max(),
        held_all=(surely * (pl.col("contain") >= MOST)).max(),
        alike=(surely * pl.min_horizontal("contain", "kept")).max(),
        novel=pl.col("novel").max(),
        soon=pl.col("same_lag").filter((pl.col("contain") >= HALF) & (pl.col("p") >= HALF)).max(),
        across=(pl.col("p") * pl.col("cross")).max(),
        many=pl.col("p").sum().log1p(),
        left_over=pl.max_horizontal(pl.col("cross_residue").max(), 0.0),
    )
    return (
        pages.select("row", "story", "site")
        .join(seen, left_on="row", right_on="child", how="left", maintain_order="left")
        .join(notes, on="row", how="left", maintain_order="left")
        .join(counts.rename({"host": "site"}), on=["story", "site"], how="left", maintain_order="left")
        .join(fresh, left_on="row", right_on="child", how="left", maintain_order="left")
        .with_columns(
            fresh=pl.col("fresh").fill_null(0.0),
            lone=pl.col("best").is_null().cast(pl.Float64),
            **{name: pl.col(name).fill_null(0.0) for name in (*SEEN, "left_over")},
            hub=_capped(pl.col("n_naming")) * (1 - pl.col("fresh").fill_null(0.0)),
        )
    )


def build_options(
    pages: pl.DataFrame, claims: pl.DataFrame, learnt: Learnt, *, known_links: pl.Series, languages: pl.DataFrame
) -> Options:
    """Build the options of every page of some whole stories.

    Args:
        pages: From `number_pages`.
        claims: Their claims.
        learnt: What the store as a whole tells.
        known_links: Keys of addresses that pages link to and that are pages of the store.
        languages: site, host_language: the language most pages of a site that is named are in.
    """
    credits = cr.read_credits(claims, pages).with_columns(known_page=pl.col("url").is_in(known_links.implode()))
    hosts = cr.match_hosts(credits, pages)
    named = cr.named_pairs(credits, hosts, pages)
    pairs, facts, skipped = _pair_frame(pages, read_clocks(pages, delay=learnt.delay), named, learnt.vocabulary)
    inherited, shared = cr.inherited_lines(credits, pairs)
    notes, counts = _notes(credits, pages), _naming_counts(credits, hosts)
    named_pages = cr.name_pages(credits, hosts, inherited)
    page_options = _page_options(pairs, pages, credits, notes, named_pages, counts, inherited, shared)
    reachable = pairs.filter(pl.col("p") >= LEAST_BEFORE).select("child", "page_site").unique()
    unseen = cr.unseen_sources(credits, hosts, inherited, pages, reachable)
    direct = pl.max_horizontal("attribution_fresh", "canonical", "based_on").alias("fresh")
    fresh = pl.concat([frame.select("child", direct) for frame in (named_pages, unseen)])
    fresh = fresh.group_by("child").agg(pl.col("fresh").max())
    state = _story_state(pages, pairs, notes, counts, fresh)
    told = ("story", "lone", *SEEN)
    spoken = pl.col("language") == pl.col("host_language")
    unseen = (
        unseen.join(pages.select("language", child="row"), on="child", how="left", maintain_order="left")
        .join(languages, left_on="host", right_on="site", how="left", maintain_order="left")
        .join(state.select("row", *told), left_on="child", right_on="row", how="left", maintain_order="left")
        .join(counts, on=["story", "host"], how="left", maintain_order="left")
        .with_columns(
            **{f"unseen_{name}": pl.col(name) for name in (*cr.NAMING, "with_time", *told[1:])},
            unseen=pl.lit(1.0), unseen_hub=_capped(pl.col("n_naming") - 1),
            unseen_home=spoken.fill_null(value=False), unseen_abroad=(~spoken).fill_null(value=False),
            kind=pl.lit(UNSEEN), page=pl.lit(-1, pl.Int64),
        )
        .drop(*cr.NAMING, "with_time", *told, "n_naming", "language", "host_language")
    )  # fmt: skip
    names = (*SEEN, "lone", "hub", "fresh", "attributes", "tagged", "unresolved", "own", "linked", "note", "left_over")
    none = state.select(
        pl.col("row").alias("child"), *(pl.col(name).cast(pl.Float64).alias(f"none_{name}") for name in names),
        none=pl.lit(1.0), kind=pl.lit(NONE), page=pl.lit(-1, pl.Int64), host=pl.lit(None, pl.String),
        named_url=pl.lit(None, pl.String),
    )  # fmt: skip
    frame = pl.concat([page_options, unseen, none], how="diagonal_relaxed")
    features = pl.col(FEATURES).fill_null(0.0).cast(pl.Float64)
    frame = frame.select("child", "kind", "page", "host", "named_url", features)
    return Options(frame.sort("child", "kind", "page", "host"), facts, credits, languages, skipped)


FEATURES = (
    "before", "same_lag", "cross_lag", "same_site", "same_found", "same_any", "same_gaps", "same_missing",
    "same_rare", "same_only", "same_kept", "same_holes", "same_tail", "same_equal", "same_sentences",
    "same_sentence_gaps", "same_title", "same_title_rare", "same_title_gaps", "same_residue_lost", "same_note_lost",
    "same_note_shared", "same_note_new", "cross", "cross_residue", "cross_numbers", "cross_cost", "cross_new",
    "cross_left_out", "cross_longer", "cross_shorter", "cross_note", "cross_novel", "cross_first",
    "attribution_fresh", "attribution_inherited", "agency_fresh", "agency_inherited", "canonical", "based_on",
    "link_fresh", "link_inherited", "line_fresh", "line_inherited", "url_canonical", "url_based_on", "url_link",
    "url_link_inherited", "fit_named", "fit_other", "time_miss", "shared_attribution", "shared_agency", "shared_link",
    "lost_attribution", "lost_agency", "names_child", "hub", "unseen", "unseen_attribution_fresh",
    "unseen_attribution_inherited", "unseen_agency_fresh", "unseen_agency_inherited", "unseen_canonical",
    "unseen_based_on", "unseen_link_fresh", "unseen_link_inherited", "unseen_line_fresh", "unseen_line_inherited",
    "unseen_with_time", "unseen_hub", "unseen_home", "unseen_abroad", "unseen_lone",
    *(f"unseen_{name}" for name in SEEN), "none", "none_lone", *(f"none_{name}" for name in SEEN), "none_hub",
    "none_fresh", "none_attributes", "none_tagged", "none_unresolved", "none_own", "none_linked", "none_note",
    "none_left_over",
)  # fmt: skip
"""What options are weighed by; data/provenance_weights.json gives each its weight."""
