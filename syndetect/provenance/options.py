"""For each page the sources it can have: pages of its story, unseen hosts, none; with the features to weigh them by."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from syndetect.provenance import credits as cr
from syndetect.provenance.beside import COMPARED, compare_beside, earlier_pages
from syndetect.provenance.clocks import SMALL_STORY, Clocks, middle_moments, possible_pairs, read_clocks
from syndetect.provenance.distant import distant_pairs
from syndetect.provenance.naming import date_named, keep_named, name_surely
from syndetect.provenance.pairs import Pairs, Texts, compare_pairs, read_texts, shared_text
from syndetect.provenance.passages import Marks, word_pairs
from syndetect.schema import F64
from syndetect.text import split_words

PAGE, UNSEEN, NONE = 0, 1, 2
"""Kinds of options."""
LEAST_BEFORE = 0.05
"""A host of which the story has a page is unseen only where that page is less likely to have been before, and is not
the very page whose address is given as the original's."""
PAIRS_AT_ONCE = 100_000
"""Pairs whose options are built together: bounds memory, at some 2 kB a pair for each thread."""
THREADS = 2
HALF, MOST = 0.5, 0.8
"""Shares of a page's text that an earlier page has."""
SEEN = ("first", "best", "unlike", "held", "held_all", "alike", "novel", "soon", "across", "many")
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


def _list_pairs(
    pages: pl.DataFrame, credits: pl.DataFrame, hosts: pl.DataFrame, clocks: Clocks, marks: Marks, like: pl.DataFrame
) -> tuple[Pairs, pl.DataFrame]:
    """The pairs to compare; the stories in which some are left out."""
    story = pages["story"].to_numpy()
    story_from = np.searchsorted(story, np.arange((story[-1] if len(story) else -1) + 2)).astype(np.int64)
    others = pl.DataFrame(schema={"child": pl.Int64, "page": pl.Int64})
    if (np.diff(story_from) > SMALL_STORY).any():
        large = pages.with_columns(when=pl.Series(middle_moments(clocks))).filter(pl.len().over("story") > SMALL_STORY)
        known = like.join(large.select("story", child_id="doc_id", child="row"), on="child_id").join(
            large.select("story", page_id="doc_id", page="row"), on=["page_id", "story"]
        )
        named, distant = cr.named_pairs(credits, hosts, large), distant_pairs(clocks, marks, story_from)
        others = pl.concat([named, distant, known.select("child", "page")])
    child, page, p, n_skipped = possible_pairs(clocks, story_from, others)
    timed = pages.with_columns(when=pl.Series(middle_moments(clocks)))
    child, page, p = keep_named(child, page, p, name_surely(credits, hosts, timed))
    skipped = pages.group_by("story_id", maintain_order=True).agg(n_pages=pl.len().cast(pl.Int64))
    skipped = skipped.with_columns(n_pairs_skipped=pl.Series(n_skipped)).filter(pl.col("n_pairs_skipped") > 0)
    return Pairs(child, page, p), skipped


@dataclass(frozen=True)
class Said:
    """What pages say.

    `credits`; the hosts of their story that these name (`hosts`); the lines that were carried along (`inherited`, and
    by pair `shared`); how each page names sites (`named`) and `addresses`; `notes` by page; `counts` of those that name
    a host.
    """

    credits: pl.DataFrame
    hosts: pl.DataFrame
    inherited: pl.DataFrame
    shared: pl.DataFrame
    named: pl.DataFrame
    addresses: pl.DataFrame
    notes: pl.DataFrame
    counts: pl.DataFrame


def _inherited(
    pages: pl.DataFrame, credits: pl.DataFrame, texts: Texts, pairs: Pairs
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`inherited_lines` of the pairs of which both have lines."""
    has = np.zeros(pages.height, np.bool_)
    has[credits.filter(pl.col("kind").is_in(cr.CARRIED))["row"].to_numpy()] = True
    some = np.flatnonzero(has[pairs.child] & has[pairs.page])
    child, page = pairs.child[some], pairs.page[some]
    contain, cross = shared_text(texts, child, page)
    sites = pages["site"].gather(page).alias("page_site")
    columns = {"child": child, "page": page, "p": pairs.p[some].astype(np.float64), "contain": contain * ~cross}
    return cr.inherited_lines(credits, pl.DataFrame({**columns, "cross": cross * 1.0, "page_site": sites}))


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


def _naming_counts(credits: pl.DataFrame, hosts: pl.DataFrame, inherited: pl.DataFrame) -> pl.DataFrame:
    """How many pages of a story name each host, and how many of their own accord: story, host, n_naming, n_fresh."""
    plain = ~pl.col("own") & ~pl.col("kind").is_in(["link", cr.BESIDE])
    named = cr.carried(credits.filter(plain), inherited)
    named = named.select("story", "row", "site", fresh=1 - pl.col("inherited")).drop_nulls()
    alias = hosts.rename({"page_site": "host"})
    as_pages = named.join(alias, on=["story", "site"]).select("story", "row", "host", "fresh")
    both = pl.concat([named.rename({"site": "host"}), as_pages])
    # In order, as sums of floats depend on theirs.
    both = both.group_by("story", "host", "row").agg(pl.col("fresh").max()).sort("story", "host", "row")
    counts = both.group_by("story", "host", maintain_order=True)
    return counts.agg(n_naming=pl.len().cast(pl.Float64), n_fresh=pl.col("fresh").sum())


def _capped(count: pl.Expr) -> pl.Expr:
    """Names within a story come from one another, so that many of them tell little more than some."""
    return count.fill_null(0.0).clip(0, 8).log1p()


def _page_options(pairs: pl.DataFrame, pages: pl.DataFrame, said: Said) -> pl.DataFrame:
    reverse = (
        pairs.select("child", "page")
        .join(pages.select("site", child="row"), on="child")
        .join(
            said.named.select(
                page="child",
                site="page_site",
                names_child=pl.max_horizontal("attribution_fresh", "canonical", "based_on"),
            ),
            on=["page", "site"],
        )
    )
    reverse = reverse.select("page", "child", "names_child")
    story = pages.select("story", child="row")
    marks = said.notes.select("row", "note", "attributes", "tagged")
    frame = (
        pairs.join(story, on="child", how="left", maintain_order="left")
        .join(said.named, on=["child", "page_site"], how="left", maintain_order="left")
        .join(said.addresses, on=["child", "page"], how="left", maintain_order="left")
        .join(cr.fit_times(said.credits, pairs, pages), on=["child", "page"], how="left", maintain_order="left")
        .join(said.shared, on=["child", "page"], how="left", maintain_order="left")
        .join(reverse, on=["child", "page"], how="left", maintain_order="left")
        .join(marks.rename({"row": "child"}), on="child", how="left", maintain_order="left")
        .join(marks.rename({"row": "page"}), on="page", how="left", maintain_order="left", suffix="_page")
        .join(said.counts.rename({"host": "page_site"}), on=["story", "page_site"], how="left", maintain_order="left")
    )
    named_by_child = pl.max_horizontal(*cr.NAMING).fill_null(0.0) > 0
    others = pl.col("n_naming").fill_null(0.0) - named_by_child.cast(pl.Float64)
    best_same = (pl.col("contain") * pl.col("p")).max().over("child")
    zero = pl.col("shared_attribution", "shared_agency", "shared_link").fill_null(0).clip(0, 2).cast(pl.Float64)
    return frame.with_columns(zero).with_columns(
        hub=_capped(others),
        hub_fresh=_capped(pl.col("n_fresh").fill_null(0.0) - cr.named_afresh().fill_null(0.0)),
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
        unlike=(1.02 - (pl.col("p") * pl.col("contain")).max()).log(),
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
            hub_fresh=_capped(pl.col("n_fresh")) * (1 - pl.col("fresh").fill_null(0.0)),
        )
    )


def _options_of(
    pages: pl.DataFrame, clocks: Clocks, texts: Texts, pairs: Pairs, said: Said, languages: pl.DataFrame,
    earlier: tuple[F64, F64], children: tuple[int, int],
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """The options of some children, and the facts of their pairs."""
    low, high = children
    compared, facts = compare_pairs(pages, clocks, texts, pairs.of(low, high))
    compared = compare_beside(compared, pages["language"], earlier)
    mine = pages[low:high]
    given = said.addresses.filter(pl.max_horizontal("url_canonical", "url_based_on") > 0)
    reachable = pl.concat(
        [compared.filter(pl.col("p") >= LEAST_BEFORE), compared.join(given, on=["child", "page"], how="semi")]
    )
    reachable = reachable.select("child", "page_site").unique()
    credits = said.credits.filter(pl.col("row").is_between(low, high - 1))
    unseen = cr.unseen_sources(credits, said.hosts, said.inherited, reachable)
    direct = pl.max_horizontal("attribution_fresh", "canonical", "based_on").alias("fresh")
    fresh = pl.concat([frame.select("child", direct) for frame in (said.named, unseen)])
    fresh = fresh.group_by("child").agg(pl.col("fresh").max())
    state = _story_state(mine, compared, said.notes, said.counts, fresh)
    told = ("story", "lone", *SEEN)
    spoken = pl.col("language") == pl.col("host_language")
    sites = compared.select("child", "page_site").drop_nulls().unique()
    there = (
        unseen.select("child", "host").join(sites, on="child").filter(cr.same_host(pl.col("host"), pl.col("page_site")))
    )
    there = there.select("child", "host").unique().with_columns(there=pl.lit(1.0))
    unseen = (
        unseen.join(mine.select("language", child="row"), on="child", how="left", maintain_order="left")
        .join(languages, left_on="host", right_on="site", how="left", maintain_order="left")
        .join(state.select("row", *told), left_on="child", right_on="row", how="left", maintain_order="left")
        .join(said.counts, on=["story", "host"], how="left", maintain_order="left")
        .join(there, on=["child", "host"], how="left", maintain_order="left")
        .with_columns(
            **{f"unseen_{name}": pl.col(name) for name in (*cr.NAMING, "with_time", *told[1:])},
            unseen=pl.lit(1.0), unseen_hub=_capped(pl.col("n_naming") - 1),
            unseen_hub_fresh=_capped(pl.col("n_fresh") - cr.named_afresh()),
            unseen_home=spoken.fill_null(value=False), unseen_abroad=(~spoken).fill_null(value=False),
            # A page of that host is an option, too, if a later one by its time.
            unseen_there=pl.col("there").fill_null(0.0),
            kind=pl.lit(UNSEEN), page=pl.lit(-1, pl.Int64),
        )
        .drop("there", *cr.NAMING, "with_time", *told, "n_naming", "n_fresh", "language", "host_language")
    )  # fmt: skip
    names = (
        *SEEN,
        "lone",
        "hub",
        "hub_fresh",
        "fresh",
        "attributes",
        "tagged",
        "unresolved",
        "own",
        "linked",
        "note",
        "left_over",
    )
    none = state.select(
        pl.col("row").alias("child"), *(pl.col(name).cast(pl.Float64).alias(f"none_{name}") for name in names),
        none=pl.lit(1.0), kind=pl.lit(NONE), page=pl.lit(-1, pl.Int64), host=pl.lit(None, pl.String),
        named_url=pl.lit(None, pl.String),
    )  # fmt: skip
    frame = pl.concat([_page_options(compared, pages, said), unseen, none], how="diagonal_relaxed")
    features = pl.col(FEATURES).fill_null(0.0).cast(pl.Float64)
    frame = frame.select("child", "kind", "page", "host", "named_url", features)
    return frame.sort("child", "kind", "page", "host"), facts


def _cut(pairs: Pairs, n_pages: int, most: int) -> list[tuple[int, int]]:
    """Cut pages 0 .. n_pages - 1 into ranges that have some `most` pairs each."""
    part = np.searchsorted(pairs.child, np.arange(n_pages)) // most
    starts = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), n_pages]
    return [(low, high) for low, high in itertools.pairwise(starts) if low < high]


def build_options(
    pages: pl.DataFrame, claims: pl.DataFrame, learnt: Learnt, *, known_links: pl.Series, languages: pl.DataFrame,
    like: pl.DataFrame, keep: Callable[[pl.DataFrame], pl.DataFrame] = pl.DataFrame.clone,
    pairs_at_once: int = PAIRS_AT_ONCE, threads: int = THREADS,
) -> Options:  # fmt: skip
    """Build the options of every page of some whole stories.

    Args:
        pages: From `number_pages`.
        claims: Their claims.
        learnt: What the store as a whole tells.
        known_links: Keys of addresses that pages give and that are pages of the store.
        languages: site, host_language: the language most pages of a site that is named are in.
        like: child_id, page_id: pages known to be of one text, which are compared in large stories, too.
        keep: What to make of the options of some pages before the next ones' are built: all features of all pairs
            of a large story take much memory.
        pairs_at_once: See PAIRS_AT_ONCE; the answer does not depend on it,
        threads: nor on how many such parts are built at a time.
    """
    credits = cr.read_credits(claims, pages).with_columns(known_page=pl.col("address").is_in(known_links.implode()))
    clocks = read_clocks(date_named(pages, credits), delay=learnt.delay)
    hosts = cr.match_hosts(credits, pages)
    words = split_words(pages["text"], threads=threads)
    marks = word_pairs(words, pages["story"].to_numpy())
    pairs, skipped = _list_pairs(pages, credits, hosts, clocks, marks, like)
    texts = read_texts(pages, words, marks, learnt.vocabulary, pairs)
    cuts, earlier = _cut(pairs, pages.height, pairs_at_once), earlier_pages(pairs.child, pairs.p, pages.height)
    with ThreadPoolExecutor(threads) as pool:
        carried = pool.map(lambda cut: _inherited(pages, credits, texts, pairs.of(*cut)), cuts)
        inherited, shared = (pl.concat(parts) for parts in zip(*carried, strict=True))
        said = Said(
            credits, hosts, inherited, shared, cr.name_pages(credits, hosts, inherited),
            cr.name_addresses(credits, pages, inherited), _notes(credits, pages),
            _naming_counts(credits, hosts, inherited),
        )  # fmt: skip

        def build(cut: tuple[int, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
            frame, facts = _options_of(pages, clocks, texts, pairs, said, languages, earlier, cut)
            return keep(frame), facts

        frames, facts = zip(*pool.map(build, cuts), strict=True)
    return Options(pl.concat(frames), pl.concat(facts), credits, languages, skipped)


FEATURES = (
    "before", "same_lag", "cross_lag", "same_rate", "cross_rate", "same_site", "same_found", "same_any", "same_gaps",
    "same_missing", "same_rare", "same_only", "same_kept", "same_holes", "same_tail", "same_equal", "same_sentences",
    "same_sentence_gaps", "same_title", "same_title_rare", "same_title_gaps", "same_residue_lost", "same_note_lost",
    "same_note_shared", "same_note_new", "cross", "cross_residue", "cross_numbers", "cross_cost", "cross_new",
    "cross_left_out", "cross_longer", "cross_shorter", "cross_note", "cross_novel", "cross_first", "attribution_fresh",
    "attribution_inherited", "agency_fresh", "agency_inherited", "canonical", "based_on", "link_fresh",
    "link_inherited", "line_fresh", "line_inherited", "url_canonical", "url_based_on", "url_link",
    "url_link_inherited", "fit_named", "fit_other", "time_miss", "shared_attribution", "shared_agency", "shared_link",
    "lost_attribution", "lost_agency", "names_child", "hub", "hub_fresh", *COMPARED, "unseen",
    "unseen_attribution_fresh", "unseen_attribution_inherited", "unseen_agency_fresh", "unseen_agency_inherited",
    "unseen_canonical", "unseen_based_on", "unseen_link_fresh", "unseen_link_inherited", "unseen_line_fresh",
    "unseen_line_inherited", "unseen_with_time", "unseen_hub", "unseen_hub_fresh", "unseen_home", "unseen_abroad",
    "unseen_lone", "unseen_there", *(f"unseen_{name}" for name in SEEN), "none", "none_lone",
    *(f"none_{name}" for name in SEEN),
    "none_hub", "none_hub_fresh", "none_fresh", "none_attributes", "none_tagged", "none_unresolved", "none_own",
    "none_linked", "none_note", "none_left_over",
)  # fmt: skip
"""What options are weighed by; data/provenance_weights.json gives each its weight."""

WEIGHED = (
    "child",
    "kind",
    "page",
    "host",
    "named_url",
    "probability",
    "fit_named",
    "fit_other",
    "time_miss",
    "none_first",
    "likely",
    "cross",
)
"""What is needed of options once they are weighed."""
