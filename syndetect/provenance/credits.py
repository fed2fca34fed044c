"""What pages say of their source, tied to the pages of their story and to hosts that have none there."""

from __future__ import annotations

import polars as pl

from syndetect.addresses import url_key

LINES = ("attribution", "agency")
"""Claims in words."""
ADDRESSES = ("link", "line")
"""Addresses that nothing names as a source: behind words, or in a line of their own."""
CARRIED = (*LINES, *ADDRESSES)
"""Claims that stand in the text, so that a copy can carry them along."""
MARKS = ("canonical", "based-on", *ADDRESSES)
"""Claims that can give an address."""
BESIDE = "beside"
"""What stands on most pages of a site, translations of the page elsewhere, hosts of its images. They speak for a page
of the host they name where there is one, as a link does, and never for an unseen source alone."""
STATED = "published"
"""Times that a page states of itself and that can't be: kept for what they tell a person."""
_BESIDE_RULE = r":furniture$|^hreflang$|^image$"
ACROSS = 0.7
"""How surely a line that a page in another language has was carried along into a translation of it."""
_QUARTER = 15 * 60
_FIT_SECONDS = 1.5


def read_credits(claims: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Prepare the claims that can name a source.

    Args:
        claims: Rows of table claim.
        pages: row, story, doc_id, site of the pages, sorted by row.

    Returns:
        row, story, kind, site, key (what makes two lines the same claim), url, address (url, or the address in a line
        in words), value, rule, own (names the page's own site), generic, time_from, time_to, zone_known, told (whether
        the story names the site otherwise than BESIDE); sorted.
    """
    alone = (pl.col("kind") == "link") & pl.col("rule").str.starts_with("line:")
    beside = pl.col("rule").str.contains(_BESIDE_RULE).fill_null(value=False)
    line = alone.fill_null(value=False)
    kind = pl.when(beside).then(pl.lit(BESIDE)).when(line).then(pl.lit("line")).otherwise("kind")
    claims = claims.with_columns(kind=kind)
    wanted = claims.filter(pl.col("kind").is_in([*LINES, *MARKS, BESIDE, STATED, "translation-note"]))
    joined = wanted.join(pages.select("row", "story", "doc_id", page_site="site"), on="doc_id")
    is_mark = pl.col("kind").is_in(MARKS) | (pl.col("rule") == "hreflang")
    folded = pl.col("value").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    given = joined.select(
        "row", "story", "kind", "site",
        key=pl.when(pl.col("kind").is_in(ADDRESSES)).then(pl.coalesce(url_key(pl.col("value")), folded))
        .otherwise(pl.coalesce("site", folded)),
        url=pl.when(is_mark).then(url_key(pl.col("value"))),
        address=pl.when(gives_address()).then(url_key(pl.col("value"))),
        value="value", rule="rule",
        own=same_host(pl.col("site"), pl.col("page_site")).fill_null(value=False),
        generic=pl.col("rule").str.ends_with(":generic").fill_null(value=False),
        time_from="time_from", time_to="time_to", zone_known="zone_known",
    ).sort("row", "kind", "key", "value", "rule", "time_from", nulls_last=True)  # fmt: skip
    told = (~pl.col("kind").is_in([BESIDE, "translation-note"]) & ~pl.col("own")).any().over("story", "site")
    return given.with_columns(told=told)


def gives_address() -> pl.Expr:
    """Whether the value of a claim is an address: that of a mark, or one that stands in a line as the source."""
    in_line = (pl.col("kind") == "attribution") & pl.col("value").str.contains(r"^\S+\.\S+/\S+$")
    return pl.col("kind").is_in(MARKS) | in_line


def known_pages(chosen: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """Pages of the dump whose address stands beside a source that the story has no earlier page of.

    Args:
        chosen: child, parent_site of pages whose source is such a host.
        credits: What `read_credits` gives, and known_page.

    Returns:
        child, known_url: as the page gives it; the canonical one or the one it is based on, else the only one there is.
    """
    named = credits.filter(~pl.col("own") & pl.col("known_page").fill_null(value=False)).rename({"row": "child"})
    rows = chosen.select("child", "parent_site").join(named, on="child")
    rows = rows.filter(same_host(pl.col("site"), pl.col("parent_site")))
    rows = rows.with_columns(rank=pl.col("kind").replace_strict({"canonical": 0, "based-on": 1}, default=2))
    rows = rows.filter(pl.col("rank") == pl.col("rank").min().over("child"))
    found = rows.sort("child", "value").group_by("child", maintain_order=True)
    one = found.agg(known_url=pl.col("value").first(), n=pl.col("address").n_unique())
    return one.filter(pl.col("n") == 1).select("child", "known_url")


def same_host(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """Whether two hosts are equal, or one a subdomain of the other."""
    dot = pl.lit(".")
    return (a == b) | a.str.ends_with(pl.concat_str(dot, b)) | b.str.ends_with(pl.concat_str(dot, a))


def _owners(frame: pl.DataFrame, host: str) -> pl.DataFrame:
    """A row for each host and each that it is a subdomain of: owner, n_above (0 for the host itself)."""
    labels = frame.with_columns(labels=pl.col(host).str.split("."))
    rows = labels.with_columns(n_above=pl.int_ranges(0, pl.col("labels").list.len())).explode("n_above")
    return rows.with_columns(owner=pl.col("labels").list.slice(pl.col("n_above")).list.join(".")).drop("labels")


def match_hosts(credits: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Hosts that claims name with the sites of their story that they stand for: story, site (named), page_site."""
    named = credits.filter(~pl.col("own")).select("story", "site").drop_nulls().unique()
    sites = pages.select("story", page_site="site").drop_nulls().unique()
    below = _owners(named, "site").join(sites, left_on=["story", "owner"], right_on=["story", "page_site"], how="semi")
    above = _owners(sites, "page_site").join(named, left_on=["story", "owner"], right_on=["story", "site"], how="semi")
    found = pl.concat(
        [
            below.select("story", "site", page_site="owner"),
            above.filter(pl.col("n_above") > 0).select("story", site="owner", page_site="page_site"),
        ]
    )
    return found.sort("story", "site", "page_site")


MOST_HOSTS, MOST_NAMED = 8, 60
"""A page of a large story is compared with those of so many hosts that it names, and with so many at addresses."""
NEXT_BEFORE, NEXT_AFTER = 40, 10
"""Of a host with many pages in a large story these are compared: the next before and after the page in time, and as
many of the first as after it."""
_RANK = {"canonical": 0, "based-on": 1, "attribution": 2, "line": 3, "agency": 4}


def named_pairs(credits: pl.DataFrame, hosts: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Pages of the sites and at the addresses that a page of their story names: child, page.

    Args:
        credits: What `read_credits` gives.
        hosts: What `match_hosts` gives.
        pages: row, story, site, url_key, when (their place in time) of whole stories.
    """
    foreign = credits.filter(~pl.col("own")).rename({"row": "child"})
    foreign = foreign.with_columns(rank=pl.col("kind").replace_strict(_RANK, default=9))
    by_url = foreign.join(pages.select("story", page="row", url="url_key"), on=["story", "url"])
    by_url = by_url.group_by("child", "page").agg(pl.col("rank").min()).sort("child", "rank", "page")
    named = foreign.join(hosts, on=["story", "site"]).group_by("child", "story", "page_site").agg(pl.col("rank").min())
    named = named.sort("child", "rank", "page_site").group_by("child", maintain_order=True).head(MOST_HOSTS)
    key = ["story", "page_site"]
    of_site = pages.select("story", "when", page="row", page_site="site").sort(*key, "when", "page")
    of_site = of_site.with_columns(number=pl.int_range(pl.len()).over(key, mapping_strategy="group_to_rows"))
    asked = named.join(pages.select("when", child="row"), on="child").sort("when")
    last = asked.join_asof(of_site.sort("when", "number"), on="when", by=key, check_sortedness=False)
    after = pl.col("number").fill_null(-1) + 1
    near = pl.int_ranges((after - NEXT_BEFORE).clip(0), after + NEXT_AFTER)
    wanted = last.select("child", *key, number=pl.concat_list(near, pl.int_ranges(0, pl.lit(NEXT_AFTER))))
    by_site = wanted.explode("number").unique().join(of_site, on=[*key, "number"])
    by_url = by_url.group_by("child", maintain_order=True).head(MOST_NAMED)
    return pl.concat([frame.select("child", "page") for frame in (by_site, by_url)]).unique()


def inherited_lines(credits: pl.DataFrame, pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find lines that a page shares with a page it may be a copy of.

    Args:
        credits: What `read_credits` gives.
        pairs: child, page, p, contain (share of the child's text that stands in the page), cross, page_site.

    Returns:
        child, kind, key, inherited: the largest p * contain (ACROSS in another language) of a page with the same line
        that is not of that host;
        child, page, shared_attribution, shared_agency, shared_link: how many such lines the two share.
    """
    lines = credits.filter(pl.col("kind").is_in(CARRIED) & ~pl.col("generic")).select("row", "kind", "key").unique()
    both = (
        pairs.select("child", "page", "p", "page_site", told=pl.max_horizontal("contain", ACROSS * pl.col("cross")))
        .join(lines.rename({"row": "child"}), on="child")
        .join(lines.rename({"row": "page"}), on=["page", "kind", "key"], how="semi")
        .filter((pl.col("key") != pl.col("page_site")).fill_null(value=True))
    )
    inherited = both.group_by("child", "kind", "key").agg(inherited=(pl.col("p") * pl.col("told")).max())
    counts = both.group_by("child", "page").agg(
        shared_attribution=(pl.col("kind") == "attribution").sum(),
        shared_agency=(pl.col("kind") == "agency").sum(),
        shared_link=pl.col("kind").is_in(ADDRESSES).sum(),
    )
    return inherited, counts


def _strength(*kinds: str, fresh: bool) -> pl.Expr:
    share = 1 - pl.col("inherited") if fresh else pl.col("inherited")
    return pl.when(pl.col("kind").is_in(kinds)).then(share).otherwise(0.0).max().cast(pl.Float64)


NAMING = {
    "attribution_fresh": _strength("attribution", fresh=True),
    "attribution_inherited": _strength("attribution", fresh=False),
    "agency_fresh": _strength("agency", fresh=True),
    "agency_inherited": _strength("agency", fresh=False),
    "canonical": (pl.col("kind") == "canonical").any().cast(pl.Float64),
    "based_on": (pl.col("kind") == "based-on").any().cast(pl.Float64),
    "link_fresh": _strength("link", BESIDE, fresh=True),
    "link_inherited": _strength("link", fresh=False),
    "line_fresh": _strength("line", fresh=True),
    "line_inherited": _strength("line", fresh=False),
}
"""How a page names a host, as features."""


def named_afresh() -> pl.Expr:
    """How surely a page names a host of its own accord, of columns NAMING."""
    return pl.max_horizontal("attribution_fresh", "agency_fresh", "line_fresh", "canonical", "based_on")


def carried(credits: pl.DataFrame, inherited: pl.DataFrame) -> pl.DataFrame:
    """Add how surely each line was carried along from a source."""
    found = credits.join(
        inherited.rename({"child": "row"}), on=["row", "kind", "key"], how="left", maintain_order="left"
    )
    return found.with_columns(pl.col("inherited").fill_null(0.0))


def name_pages(credits: pl.DataFrame, hosts: pl.DataFrame, inherited: pl.DataFrame) -> pl.DataFrame:
    """How each page names the hosts that its story has pages of: child, page_site and NAMING."""
    named = credits.filter(~pl.col("own")).join(hosts, on=["story", "site"])
    named = carried(named, inherited)
    return named.group_by(child="row", page_site="page_site").agg(**NAMING)


def name_addresses(credits: pl.DataFrame, pages: pl.DataFrame, inherited: pl.DataFrame) -> pl.DataFrame:
    """Pages whose very address a page gives: child, page, url_canonical, url_based_on, url_link, url_link_inherited."""
    given = credits.filter(pl.col("url").is_not_null()).select("story", "kind", "key", "url", child="row")
    found = given.join(pages.select("story", page="row", url="url_key"), on=["story", "url"])
    found = found.join(inherited, on=["child", "kind", "key"], how="left").with_columns(
        pl.col("inherited").fill_null(0.0)
    )
    found = found.filter(pl.col("child") != pl.col("page"))
    return found.group_by("child", "page").agg(
        url_canonical=(pl.col("kind") == "canonical").any().cast(pl.Float64),
        url_based_on=(pl.col("kind") == "based-on").any().cast(pl.Float64),
        url_link=_strength(*ADDRESSES, BESIDE, fresh=True),
        url_link_inherited=_strength(*ADDRESSES, fresh=False),
    )


def fit_times(credits: pl.DataFrame, pairs: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Hold the times that attributions give against the pages' own: child, page, fit_named, fit_other, time_miss.

    A time without a zone fits where it differs by whole quarters of an hour, as clocks of the world do.
    """
    timed = credits.filter((pl.col("kind") == "attribution") & pl.col("time_from").is_not_null() & ~pl.col("own"))
    width = (pl.col("time_to") - pl.col("time_from")).dt.total_seconds()
    middle = pl.col("time_from") + (pl.col("time_to") - pl.col("time_from")) / 2
    timed = timed.with_columns(middle=middle, width=width)
    times = pages.select(page="row", at="published_at", low="published_from", high="published_to")
    rows = pairs.select("child", "page", "page_site").join(
        timed.select("site", "middle", "width", "zone_known", "time_from", "time_to", child="row"), on="child"
    )
    rows = rows.join(times, on="page").drop_nulls("at")
    apart = (pl.col("middle") - pl.col("at")).dt.total_milliseconds() / 1000
    quarter = (apart / _QUARTER).round() * _QUARTER
    day = pl.col("width") > 29 * 3600
    exact = (
        pl.when("zone_known")
        .then(apart.abs() <= 60)
        .otherwise(((apart - quarter).abs() <= _FIT_SECONDS) & (apart.abs() <= 14.1 * 3600) & ~day)
    )
    meets = (pl.col("time_from") <= pl.col("high")) & (pl.col("time_to") >= pl.col("low"))
    named = same_host(pl.col("site"), pl.col("page_site")).fill_null(value=False)
    return (
        rows.with_columns(fits=exact, named=named, meets=meets)
        .group_by("child", "page")
        .agg(
            fit_named=(pl.col("fits") & pl.col("named")).any().cast(pl.Float64),
            fit_other=(pl.col("fits") & ~pl.col("named")).any().cast(pl.Float64),
            time_miss=(pl.col("named") & ~pl.col("meets") & ~pl.col("fits")).any().cast(pl.Float64),
        )
    )


def unseen_sources(
    credits: pl.DataFrame, hosts: pl.DataFrame, inherited: pl.DataFrame, reachable: pl.DataFrame
) -> pl.DataFrame:
    """Hosts that a page names and of which its story has no page that can have been before it.

    Args:
        credits: What `read_credits` gives.
        hosts: What `match_hosts` gives.
        inherited: What `inherited_lines` gives first.
        reachable: child, page_site: sites with a page that can have been before the child.

    Returns:
        child, host, NAMING, with_time, named_url; the longest host where one claim names `example.org` and another
        `en.example.org`.
    """
    # Each two names once, not once a story: a site that many stories name would meet the pages of all of them.
    there = hosts.select("site", "page_site").unique().join(reachable, on="page_site").select("child", "site").unique()
    named = (
        credits.filter(~pl.col("own") & pl.col("site").is_not_null() & ~pl.col("generic"))
        .filter(pl.col("kind") != "translation-note")
        .rename({"row": "child"})
        .join(there, on=["child", "site"], how="anti")
        .join(inherited, on=["child", "kind", "key"], how="left")
        .with_columns(pl.col("inherited").fill_null(0.0))
    )
    named = named.filter(~pl.col("kind").is_in(ADDRESSES) | ~pl.col("known_page").fill_null(value=False))
    named = named.filter((pl.col("kind") != BESIDE) | pl.col("told"))
    pick = named.select("child", host="site").unique()
    above = _owners(pick.rename({"host": "longer"}), "longer").filter(pl.col("n_above") > 0).rename({"owner": "host"})
    longer = above.join(pick, on=["child", "host"], how="semi").select("child", "host", "longer")
    longer = longer.sort("child", "host", "longer").unique(["child", "host"], keep="first", maintain_order=True)
    named = named.join(longer, left_on=["child", "site"], right_on=["child", "host"], how="left")
    gives = pl.when(pl.col("kind").is_in(MARKS)).then("value")
    rank = pl.col("kind").replace_strict({"canonical": 0, "based-on": 1, "link": 2, "line": 2}, default=9)
    return (
        named.with_columns(host=pl.coalesce("longer", "site"), gives=gives, rank=rank)
        .sort("child", "host", "rank", "gives", nulls_last=True)
        .group_by("child", "host", maintain_order=True)
        .agg(
            **NAMING,
            with_time=((pl.col("kind") == "attribution") & pl.col("time_from").is_not_null()).any().cast(pl.Float64),
            named_url=pl.col("gives").drop_nulls().first(),
        )
    )
