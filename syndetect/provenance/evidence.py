"""The chosen options as rows of schema.EDGE: relation, and evidence in words that a person can check."""

from __future__ import annotations

import polars as pl

from syndetect.provenance.conflicts import source_conflicts
from syndetect.provenance.credits import known_pages, same_host
from syndetect.provenance.habits import HABIT, TERMS
from syndetect.provenance.options import PAGE, UNSEEN, Options
from syndetect.schema import EDGE

EXCERPT_SHARE = 0.7
"""A copy of fewer of its parent's words is an excerpt."""
LEAST_OWN = 0.6
"""An excerpt has at least this share of its text from its parent."""
SURE, LEAST_TOLD, NEARLY_ALL = 0.8, 0.3, 0.95
"""How likely a page was there before, and how much of an origin's text it has, for that to be told."""
LEAST_CHANGE = 0.05
"""Habits that change the share of an option by so much are told."""
LEAST_ALTERNATIVE = 0.1
"""Other options at least so likely are told."""
_CREDIT_WORDS = {
    "first_pub": "names {} as first publisher", "src_label": "names {} as source",
    "repub": "says it is republished from {}",
    "rss_tail": "says it appeared first on {}", "agency": "carries the agency tag {}",
    "canonical": "gives {} as its canonical address", "based-on": "is marked as based on {}", "link": "links to {}",
    "line": "gives {} in a line of its own", "beside": "names {}, but not for this page alone",
}  # fmt: skip
_CREDIT_STRENGTH = {
    "canonical": 9.0, "based-on": 9.0, "attribution": 8.0, "agency": 6.0, "line": 6.0, "link": 5.0, "beside": 1.2,
}  # fmt: skip


def _items(
    frame: pl.DataFrame, kind: str, strength: pl.Expr | float, words: pl.Expr, **fields: pl.Expr | str
) -> pl.DataFrame:
    """One evidence object a row."""
    given = {name: pl.col(value) if isinstance(value, str) else value for name, value in fields.items()}
    named = [pl.lit(kind).alias("kind"), words.alias("words"), *(value.alias(name) for name, value in given.items())]
    item = pl.struct(*named).struct.json_encode()
    weight = strength if isinstance(strength, pl.Expr) else pl.lit(strength)
    return frame.select("child", strength=weight.cast(pl.Float64), item=item)


def _share(value: pl.Expr) -> pl.Expr:
    return (value * 100).round(0).cast(pl.Int64).cast(pl.String) + "%"


def _span(minutes: pl.Expr) -> pl.Expr:
    """Minutes in words: 3 h 20 min."""
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        (days, " d", days > 0),
        (hours, " h", hours > 0),
        (rest, " min", (days == 0) & ((rest > 0) | (minutes == 0))),
    ]
    pieces = [pl.when(shown).then(pl.concat_str(number.cast(pl.String), pl.lit(unit))) for number, unit, shown in parts]
    return pl.concat_str(pieces, separator=" ", ignore_nulls=True)


def _credit_items(chosen: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """What a page says of the source that was chosen, and on how many other pages the same line stands."""
    lines = credits.filter(~pl.col("own") & (pl.col("kind") != "translation-note")).rename({"row": "child"})
    holders = lines.group_by("story", "kind", "key").agg(holders=pl.col("child").n_unique())
    rows = chosen.filter(pl.col("parent_site").is_not_null()).select("child", "parent_site").join(lines, on="child")
    rows = rows.join(holders, on=["story", "kind", "key"]).filter(same_host(pl.col("site"), pl.col("parent_site")))
    rule = pl.col("rule").str.extract(r"^([a-z_]+):", 1)
    wording = (
        pl.when(pl.col("kind") == "attribution")
        .then(rule)
        .otherwise(pl.col("kind"))
        .replace_strict(_CREDIT_WORDS, default="names {} as source")
    )
    is_host = pl.col("value").str.contains(pl.col("site"), literal=True)
    name = pl.when(is_host).then("value").otherwise(pl.format("{} ({})", "value", "site"))
    words = wording.str.replace("{}", name, literal=True)
    rows = rows.with_columns(words=words, weight=pl.col("kind").replace_strict(_CREDIT_STRENGTH, default=5.0))
    rows = rows.unique(["child", "kind", "key", "words"], keep="first", maintain_order=True)
    told = _items(rows, "credit", pl.col("weight"), pl.col("words"), by="kind", value="value", rule="rule")
    repeated = rows.filter((pl.col("holders") > 1) & pl.col("kind").is_in(["attribution", "agency"]))
    n_others = pl.col("holders") - 1
    pages = pl.when(n_others == 1).then(pl.lit("page")).otherwise(pl.lit("pages"))
    others = pl.format("the same line of credit ({}) stands elsewhere in the story, on {} {}", "value", n_others, pages)
    also = _items(repeated, "repeated-credit", 2.0, others, n_pages=n_others)
    return pl.concat([told, also])


def _time_items(rows: pl.DataFrame) -> pl.DataFrame:
    """How the times of page and parent lie."""
    dated = rows.drop_nulls(["at", "parent_at"])
    minutes = ((pl.col("at") - pl.col("parent_at")).dt.total_seconds() / 60).round(0).cast(pl.Int64)
    dated = dated.with_columns(minutes=minutes, apart=(pl.col("parent_to") <= pl.col("from")).fill_null(value=False))
    later = dated.filter(pl.col("apart"))
    exact = (pl.col("from") == pl.col("at")) & (pl.col("parent_to") == pl.col("parent_at"))
    about = pl.when(exact.fill_null(value=False)).then(pl.lit("")).otherwise(pl.lit("about "))
    words = pl.format("published {}{} later", about, _span(pl.col("minutes")))
    sure = _items(later, "later", 3.0, words, minutes="minutes")
    unsure = rows.join(later.select("child"), on="child", how="anti")
    chance = pl.col("p").round(2)
    words = pl.format("times do not settle which was first; that page was with probability {}", chance.cast(pl.String))
    return pl.concat([sure, _items(unsure, "times-overlap", 1.0, words, probability=chance)])


def _text_items(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """What page and parent share."""
    same, across = rows.filter(~pl.col("cross")), rows.filter("cross")
    verbatim = pl.format("{} of {} sentences word for word", "n_verbatim", "n_sentences")
    share = pl.col("n_verbatim") / pl.col("n_sentences").clip(1)
    pairs = pl.format("{} of its word pairs stand on that page", _share(pl.col("contain")))
    named = [pl.col(name).fill_null("an unknown language") for name in ("language", "parent_language")]
    one = pl.lit("has a sentence that of all earlier pages only that page has")
    several = pl.format("has {} sentences that of all earlier pages only that page has", "n_only")
    only = pl.when(pl.col("n_only") == 1).then(one).otherwise(several)
    return [
        _items(same, "sentences", 4 * share + 2, verbatim, n_verbatim="n_verbatim", n_sentences="n_sentences"),
        _items(same, "words", 2.5, pairs, share=pl.col("contain").round(3)),
        _items(same.filter(pl.col("n_only") > 0), "rare-sentences", 7.0, only, n_sentences="n_only"),
        _items(
            same.filter(pl.col("kept") < EXCERPT_SHARE), "left-out", 1.5,
            pl.format("leaves out {} of that page", _share(1 - pl.col("kept"))), share=(1 - pl.col("kept")).round(3),
        ),
        _items(rows.filter(pl.col("same_title") >= 0.99), "title", 1.8, pl.lit("has the same title")),
        _items(
            across.filter(pl.col("residue") >= 1), "residue", 6.5,
            pl.format("words left in that page's language: about {}", pl.col("residue").round(0).cast(pl.Int64)),
            n_words=pl.col("residue").round(1),
        ),
        _items(
            across, "languages", 2.6, pl.format("is in {}, that page in {}", *named),
            language="language", parent_language="parent_language",
        ),
    ]  # fmt: skip


def _numbers_items(rows: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Numbers that a translation kept, as the comparison across languages counted them."""
    found = rows.filter("cross").select(
        "child", "doc_id", low=pl.min_horizontal("doc_id", "parent_id"), high=pl.max_horizontal("doc_id", "parent_id")
    )
    found = found.join(judged, left_on=["low", "high"], right_on=["left_id", "right_id"])
    shared, left, right = (
        pl.col("evidence").str.json_path_match(f"$.numbers_{name}").cast(pl.Int64, strict=False)
        for name in ("shared", "left", "right")
    )
    total = pl.when(pl.col("doc_id") == pl.col("low")).then(left).otherwise(right)
    found = found.with_columns(shared=shared, total=total).drop_nulls(["shared", "total"]).filter(pl.col("total") > 0)
    return _items(
        found, "numbers", 4.0, pl.format("{} of {} numbers", "shared", "total"), n_shared="shared", n_numbers="total"
    )


def _known_page_items(rows: pl.DataFrame) -> pl.DataFrame:
    """The page of the dump that a page gives the address of, where that page was not found to be its source."""
    words = pl.format(
        "{}, whose address it gives, is in the dump, and was not found to tell this story before it", "known_url"
    )
    return _items(rows.drop_nulls("known_url"), "known-page", 8.5, words, url="known_url")


def _alternatives(weighed: pl.DataFrame, chosen: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Other options that are likely, too."""
    key = ["child", "kind", "page", "host"]
    others = weighed.filter(pl.col("probability") >= LEAST_ALTERNATIVE).select(*key, "probability")
    others = others.join(chosen.select(key), on=key, how="anti", nulls_equal=True)
    others = others.join(pages.select(page="row", other_url="url"), on="page", how="left", maintain_order="left")
    shown = pl.col("probability").round(2)
    unseen = pl.format("could also be taken from {}, of which the story has no earlier page ({})", "host", shown)
    words = (
        pl.when(pl.col("kind") == PAGE).then(pl.format("could also be taken from {} ({})", "other_url", shown))
        .when(pl.col("kind") == UNSEEN).then(unseen)
        .otherwise(pl.format("could also be an origin ({})", shown))
    )  # fmt: skip
    return _items(
        others,
        "alternative",
        pl.col("probability") - 1,
        words,
        url="other_url",
        site="host",
        probability=pl.col("probability").round(3),
    )


def _conflict_items(
    pages: pl.DataFrame, options: Options, conflicts: pl.DataFrame, chosen: pl.DataFrame
) -> pl.DataFrame:
    found = source_conflicts(pages, options.credits, chosen, of_pages=conflicts)
    return _items(found, "conflict", 6.2, pl.col("words"), about="about")


def _note_items(chosen: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    notes = credits.filter(pl.col("kind") == "translation-note").select(child="row", value="value")
    notes = notes.unique("child", keep="first", maintain_order=True).join(
        chosen.filter(pl.col("relation") == "translates").select("child"), on="child"
    )
    return _items(notes, "translation-note", 5.5, pl.format("translation note: {}", "value"), value="value")


def _claimed_time_items(chosen: pl.DataFrame, weighed: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    key = ["child", "kind", "page"]
    fits = weighed.filter((pl.col("fit_named") > 0) | (pl.col("fit_other") > 0)).select(key)
    rows = chosen.filter(pl.col("kind") == PAGE).join(fits, on=key, how="semi").select("child")
    given = (pl.col("kind") == "attribution") & pl.col("time_from").is_not_null() & ~pl.col("own")
    timed = credits.filter(given).select(
        child="row", given=pl.col("time_from") + (pl.col("time_to") - pl.col("time_from")) / 2
    )
    rows = rows.join(timed.unique("child", keep="first", maintain_order=True), on="child")
    given = pl.col("given").dt.to_string("%Y-%m-%d %H:%M")
    return _items(rows, "claimed-time", 7.5, pl.format("the time it gives, {}, is that page's", given), time=given)


def likest_earlier(pages: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """For each page the facts of the earlier one of its language that has most of it, with its host and parent_at."""
    earlier = pages.select(page="row", host="site", parent_at="published_at")
    return (
        facts.filter((pl.col("p") >= SURE) & ~pl.col("cross") & (pl.col("contain") >= LEAST_TOLD))
        .join(earlier, on="page")
        .sort("child", "contain", "parent_at", "page", descending=[False, True, False, False], nulls_last=True)
        .unique("child", keep="first", maintain_order=True)
    )


def _habit_items(rows: pl.DataFrame) -> pl.DataFrame:
    """What the page's site did in other stories, where that made the choice likelier or less so."""
    if "without" not in rows.columns:
        return rows.select("child").clear().with_columns(strength=pl.lit(0.0), item=pl.lit(""))
    changed = (pl.col("alone") - pl.col("without")).abs() >= LEAST_CHANGE
    told = rows.filter(changed).with_columns(site=pl.coalesce("page_site", "host"))
    known = pl.format("{} of {} other stories whose source is sure", "n_fed", "n_sure")
    term = pl.col("term")
    likelier = pl.when(pl.col("alone") > pl.col("without")).then(pl.lit("for")).otherwise(pl.lit("against"))
    words = (
        pl.when(term.is_in([TERMS.index("partner"), TERMS.index("named")]))
        .then(pl.format("its site took {} from {}", known, "site"))
        .when(term == TERMS.index("none"))
        .then(pl.format("its site is the origin of {}", known))
        .otherwise(pl.format("what is usual in other stories speaks {} this", likelier))
    )  # fmt: skip
    return _items(
        told, "habit", 1.2, words, n_from="n_fed", n_stories="n_sure", share=pl.col("alone").round(3),
        share_without=pl.col("without").round(3),
    )  # fmt: skip


def _origin_items(chosen: pl.DataFrame, pages: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Why no source is given: nothing was there before, or what was there explains the page less well than none."""
    origins = chosen.filter(pl.col("relation") == "origin").select("child", "none_first", "at")
    held = likest_earlier(pages, facts).join(origins.select("child", "at"), on="child", maintain_order="left")
    minutes = ((pl.col("at") - pl.col("parent_at")).dt.total_seconds() / 60).round(0).cast(pl.Int64)
    lag = pl.when(minutes > 0).then(pl.format("{} before", _span(minutes))).otherwise(pl.lit("before"))
    text = (
        pl.when(pl.col("contain") >= NEARLY_ALL).then(pl.lit("the same text"))
        .otherwise(pl.format("{} of its word pairs", _share(pl.col("contain"))))
    )  # fmt: skip
    words = pl.format(
        "{} stood on {} {}; a common source that is not in the dump is likelier", text, "host", lag.fill_null("before")
    )
    told = _items(held, "origin", 5.0, words, share=pl.col("contain").round(3), site="host")
    plain = origins.join(held.select("child"), on="child", how="anti")
    nothing = (
        pl.when(pl.col("none_first") > -0.05).then(pl.lit("no page of its story can have been there before it"))
        .otherwise(pl.lit("nothing it names and no earlier page is likely enough to be it"))
    )  # fmt: skip
    return pl.concat([told, _items(plain, "origin", 5.0, nothing)])


def _relations(chosen: pl.DataFrame, credits: pl.DataFrame, languages: pl.DataFrame) -> pl.DataFrame:
    noted = credits.filter(pl.col("kind") == "translation-note").select(child="row").unique()
    noted = noted.with_columns(noted=pl.lit(value=True))
    frame = chosen.join(noted, on="child", how="left", maintain_order="left")
    frame = frame.join(languages, left_on="host", right_on="site", how="left", maintain_order="left")
    abroad = (pl.col("host_language") != pl.col("language")).fill_null(value=False)
    translated = pl.col("cross").fill_null(value=False) | (
        (pl.col("kind") == UNSEEN) & (pl.col("noted").fill_null(value=False) | abroad)
    )
    # A page with an unseen parent but words of another language left in it was translated from there.
    shorter = pl.col("n_words") < EXCERPT_SHARE * pl.col("parent_words")
    excerpt = shorter & (pl.col("contain") >= LEAST_OWN)
    relation = (
        pl.when(pl.col("parent_site").is_null() & pl.col("parent_id").is_null()).then(pl.lit("origin"))
        .when(translated).then(pl.lit("translates"))
        .when(excerpt.fill_null(value=False)).then(pl.lit("excerpts"))
        .otherwise(pl.lit("copies"))
    )  # fmt: skip
    return frame.with_columns(relation=relation)


def describe(
    pages: pl.DataFrame, options: Options, weighed: pl.DataFrame, chosen: pl.DataFrame,
    *, judged: pl.DataFrame, conflicts: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    """Make the rows of provenance_edge.

    Args:
        pages: The numbered pages.
        options: Their options with credits and facts.
        weighed: The options with probabilities.
        chosen: The one chosen for each page.
        conflicts: From `page_conflicts`.
        judged: left_id, right_id, evidence of verified translations between pages of these stories.

    Returns:
        schema.EDGE.
    """
    mine = pages.select(
        "doc_id", "language", "n_words", child="row", at="published_at",
        **{"from": pl.col("published_from")},
    )  # fmt: skip
    theirs = pages.select(
        page="row", parent_id="doc_id", page_site="site", parent_language="language", parent_words="n_words",
        parent_at="published_at", parent_to="published_to",
    )  # fmt: skip
    habits = [name for name in HABIT if name in chosen.columns]
    rows = (
        chosen.select("child", "kind", "page", "host", "named_url", "probability", "none_first", *habits)
        .join(mine, on="child", how="left", maintain_order="left")
        .join(theirs, on="page", how="left", maintain_order="left")
        .join(options.facts, on=["child", "page"], how="left", maintain_order="left")
        .with_columns(parent_site=pl.coalesce("page_site", "host"))
    )
    rows = _relations(rows, options.credits, options.languages)
    known = known_pages(rows.filter(pl.col("kind") == UNSEEN), options.credits)
    rows = rows.join(known, on="child", how="left", maintain_order="left")
    rows = rows.with_columns(named_url=pl.coalesce("known_url", "named_url"))
    to_page = rows.filter(pl.col("kind") == PAGE)
    items = pl.concat(
        [
            _credit_items(rows, options.credits), _claimed_time_items(rows, weighed, options.credits),
            _time_items(to_page), *_text_items(to_page), _numbers_items(to_page, judged),
            _known_page_items(rows), _note_items(rows, options.credits), _origin_items(rows, pages, options.facts),
            _alternatives(weighed, rows, pages), _conflict_items(pages, options, conflicts, chosen),
            _habit_items(rows),
        ]
    )  # fmt: skip
    listed = (
        items.sort("child", "strength", "item", descending=[False, True, False])
        .group_by("child", maintain_order=True)
        .agg(evidence=pl.col("item").str.join(","))
    )
    return (
        rows.join(listed, on="child", how="left", maintain_order="left")
        .with_columns(
            evidence=pl.concat_str(pl.lit("["), pl.col("evidence").fill_null(""), pl.lit("]")),
            confidence=pl.col("probability").clip(0.0, 1.0),
        )
        .select(list(EDGE))
        .cast(dict(EDGE))  # type: ignore[arg-type]
    )
