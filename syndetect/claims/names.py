"""Which name stands for which host: learnt from all pages, then filled into the claims that name no host."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from syndetect.claims.folding import host_word, latin_key, name_key
from syndetect.claims.sources import known_sources, look_up, strip_noun
from syndetect.schema import CLAIM, STRING

NAMED = pl.Schema({"name": STRING, "site": STRING, "n": pl.Int64(), "by": STRING})
"""A name or tag and the host it stands for; n: pages that say so; by: site-name, title, host, list, beside, tag."""

MIN_TITLES = 2
"""Pages of one site whose titles end (or begin) alike, from which on that is the site's name."""
MIN_OWN_SHARE = 0.6
"""Share of the pages with such a title that must be of one site: a story's own words stand on several."""
MIN_BESIDE, MIN_BESIDE_SHARE = 2, 0.5
"""A name is tied to a host that stands beside it on two pages and on half of the pages where any host does."""
MIN_FUZZY, MIN_FUZZY_LENGTH = 90.0, 8
"""Likeness of two keys (rapidfuzz ratio) from which they are one name; shorter keys are not asked."""
MUCH_MORE = 2
"""A name is its first site's only if fewer than half as many pages say so of another site."""
MIN_RUN = 5
"""Letters of the shortest known name that may stand for a longer one that holds it."""
MIN_TAG = 3
"""Letters of a tag from which on they hardly stand in a host's name by chance."""
_ADDRESS = r"^https?://|\.[a-z]{2,24}(?:/|$)"
_NO_SOURCES = ("hreflang", "image")
"""Rules of addresses that stand beside a name without being what it names."""
_ORDER = ("site-name", "list", "title", "beside", "tag", "host")


def name_sites(documents: pl.DataFrame, claims: pl.DataFrame | None = None) -> pl.DataFrame:
    """Tie names to hosts, from what pages call their sites, how titles end, and what stands beside what.

    Args:
        documents: Columns of schema.DOCUMENT; of all pages of the store.
        claims: Their claims (schema.CLAIM), from which names beside addresses and agencies' tags are learnt.

    Returns:
        NAMED, one row a (name, site, by), sorted; a function of the set of pages.
    """
    credited = _credited(claims) if claims is not None else []
    parts = [_called(documents), _titled(documents, credited), _hosts(documents), _listed()]
    if claims is not None and len(claims):
        sites = documents.select("doc_id", own="site")
        parts += [_beside(claims, sites), _spelt(claims), _tagged(claims, documents)]
    named = pl.concat([part.select(list(NAMED)).cast(dict(NAMED)) for part in parts])  # type: ignore[arg-type]
    return named.filter(pl.col("site").is_not_null() & (pl.col("name") != "")).unique().sort("name", "site", "by", "n")


def _called(documents: pl.DataFrame) -> pl.DataFrame:
    called = documents.filter(pl.col("site_name").is_not_null()).group_by(name="site_name", site="site")
    return called.agg(n=pl.len()).with_columns(by=pl.lit("site-name"))


def _credited(claims: pl.DataFrame) -> list[str]:
    """Names that attributions give."""
    values = claims.filter((pl.col("kind") == "attribution") & ~_is_generic())["value"]
    return values.unique().sort().to_list()


def _titled(documents: pl.DataFrame, credited: list[str]) -> pl.DataFrame:
    """Names from `Headline | Name`, `Name: Headline` and the like, where one site's titles share them.

    One title is enough for a name that some page credits.
    """
    title = pl.col("title").str.strip_chars()
    last = title.str.extract(r"[^\s].*?\s[|–—\-·•»:/]{1,2}\s+([^|–—·•»]{2,40})$")
    first = title.str.extract(r"^([^|–—·•»:]{2,40}?)(?:\s+[|–—\-·•»/]{1,2}\s|:\s).")
    ends = pl.concat([documents.select("site", "title", name=end.str.strip_chars()) for end in (last, first)])
    ends = ends.filter(pl.col("name").is_not_null()).unique()
    counts = ends.group_by("name", "site").agg(n=pl.len())
    counts = counts.with_columns(share=pl.col("n") / pl.col("n").sum().over("name"))
    enough = (pl.col("n") >= MIN_TITLES) | pl.col("name").is_in(credited)
    counts = counts.filter(enough & (pl.col("share") >= MIN_OWN_SHARE))
    # A site has one name: the one most of its titles carry.
    best = counts.filter(pl.col("n") * 2 > pl.col("n").max().over("site"))
    return best.with_columns(by=pl.lit("title"))


def _hosts(documents: pl.DataFrame) -> pl.DataFrame:
    sites = documents.filter(pl.col("site").is_not_null()).group_by("site").agg(n=pl.len())
    words = [host_word(site) for site in sites["site"].to_list()]
    return sites.with_columns(name=pl.Series(words, dtype=STRING), by=pl.lit("host"))


def _listed() -> pl.DataFrame:
    rows = [(a.name, a.domains[0]) for a in known_sources().values() if a.domains]
    frame = pl.DataFrame(rows, schema={"name": STRING, "site": STRING}, orient="row")
    return frame.with_columns(n=pl.lit(0), by=pl.lit("list"))


def _is_generic() -> pl.Expr:
    return pl.col("rule").str.ends_with(":generic")


def _beside(claims: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """Names in attributions of pages that also give a foreign canonical, a base or a link."""
    names = claims.filter((pl.col("kind") == "attribution") & pl.col("site").is_null() & ~_is_generic())
    names = names.select("doc_id", name="value").unique()
    hosts = claims.filter(pl.col("kind").is_in(["canonical", "based-on", "link"]) & pl.col("site").is_not_null())
    hosts = hosts.filter(~pl.col("rule").is_in(_NO_SOURCES))
    hosts = hosts.select("doc_id", "site").unique()
    return _tied(names, hosts, sites).with_columns(by=pl.lit("beside"))


def _spelt(claims: pl.DataFrame) -> pl.DataFrame:
    """Names that stand before an address in one credit: `via Example News https://a.example/x`."""
    spelt = claims.filter((pl.col("kind") == "attribution") & pl.col("site").is_not_null() & ~_is_generic())
    spelt = spelt.filter(~pl.col("value").str.contains(_ADDRESS)).select("doc_id", "site", name="value").unique()
    spelt = spelt.filter(pl.Series([look_up(name) is None for name in spelt["name"].to_list()], dtype=pl.Boolean))
    counts = spelt.group_by("name", "site").agg(n=pl.len())
    most = pl.col("n") * 2 > pl.col("n").sum().over("name")
    return counts.filter(most).with_columns(by=pl.lit("beside"))


def _tied(names: pl.DataFrame, hosts: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    both = names.join(hosts, on="doc_id").join(sites, on="doc_id").filter(pl.col("site") != pl.col("own"))
    asked = both.group_by("name").agg(pages=pl.col("doc_id").n_unique())
    counts = both.group_by("name", "site").agg(n=pl.col("doc_id").n_unique()).join(asked, on="name")
    counts = counts.filter((pl.col("n") >= MIN_BESIDE) & (pl.col("n") >= MIN_BESIDE_SHARE * pl.col("pages")))
    return counts.sort("n", "site", descending=[True, False]).unique("name", keep="first", maintain_order=True)


def _tagged(claims: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Tags: the host that pages with the tag name, or whose own pages mostly carry it, or whose name it abbreviates.

    A tag that a list knows is another's only where it abbreviates the name of a site that signs its pages so: a site
    that prints little but one agency's copy is not that agency.
    """
    sites = documents.select("doc_id", own="site")
    agency = claims.filter(pl.col("kind") == "agency")
    tags = agency.select(
        "doc_id", name=pl.col("value").str.to_uppercase(), listed=pl.col("rule").str.ends_with(":unknown").not_()
    )
    tags = tags.unique()
    hosts = claims.filter(pl.col("kind").is_in(["attribution", "canonical", "based-on", "link"]) & ~_is_generic())
    hosts = hosts.filter(pl.col("site").is_not_null() & ~pl.col("rule").is_in(_NO_SOURCES))
    hosts = hosts.select("doc_id", "site").unique()
    named = _tied(tags.filter(~pl.col("listed")).select("doc_id", "name"), hosts, sites).select("name", "site", "n")
    called = documents.group_by(site="site").agg(
        of_site=pl.len(), called=pl.col("site_name").drop_nulls().mode().sort().first()
    )
    own = tags.join(sites, on="doc_id").group_by("name", "listed", site="own").agg(n=pl.len()).join(called, on="site")
    short = [_abbreviates(tag, host, name) for tag, host, name in own.select("name", "site", "called").iter_rows()]
    mostly = (pl.col("n") >= MIN_TITLES) & (pl.col("n") >= MIN_BESIDE_SHARE * pl.col("of_site"))
    own = own.with_columns(short=pl.Series(short, dtype=pl.Boolean))
    own = own.filter(pl.when("listed").then(mostly & pl.col("short")).otherwise(mostly | pl.col("short")))
    votes = pl.concat([named, own.select("name", "site", "n")]).group_by("name", "site").agg(pl.col("n").sum())
    likeness = [_likeness(tag, host) for tag, host in votes.select("name", "site").iter_rows()]
    votes = votes.with_columns(like=pl.Series(likeness, dtype=pl.Float64))
    votes = votes.sort(pl.col("n") * pl.col("like"), "site", descending=[True, False])
    return votes.unique("name", keep="first", maintain_order=True).with_columns(by=pl.lit("tag"))


def _abbreviates(tag: str, host: str, called: str | None) -> bool:
    """Whether a tag of three letters or more is the initials of a site's name, or its letters stand so in the host."""
    letters = name_key(tag)
    initials = name_key("".join(word[0] for word in (called or "").split()))
    return len(letters) >= MIN_TAG and (letters == initials or _likeness(tag, host) == 2.0)


def _likeness(tag: str, host: str) -> float:
    """1 to 2: how far the tag's letters stand in the host's name, in order, from its first."""
    word, letters, at, hit = host_word(host), name_key(tag), 0, 0
    if not letters or not word or letters[0] != word[0]:
        return 1.0
    for letter in letters:
        found = word.find(letter, at)
        if found >= 0:
            hit, at = hit + 1, found + 1
    return 1.0 + hit / len(letters)


def resolve_sites(claims: pl.DataFrame, names: pl.DataFrame, hosts: Iterable[str | None]) -> pl.DataFrame:
    """Fill `site` of attributions, agencies, citations and bases that name no host.

    In order: the name itself after folding; the longest known name that a run of its words spells (`Levant Press
    Agency` and levantpress.example); the likest known name. What follows a name matters: `Post 24` and `Post +` are
    other names than `Post`. A listed agency's domain that the crawl lacks gives way to one of its hosts there.
    Images of hosts that the crawl has no page of are dropped.

    Args:
        claims: schema.CLAIM.
        names: NAMED, from `name_sites`.
        hosts: The hosts of the crawl; a text file has none.

    Returns:
        The claims with more sites; an attribution to the page's own site keeps its site, too.
    """
    crawled = frozenset(host for host in hosts if host)
    table = _table(names, crawled)
    kinds = pl.col("kind").is_in(["attribution", "agency", "citation", "based-on"])
    asked = claims.filter(kinds & ~_is_generic() & (pl.col("site").is_null() | pl.col("span_start").is_not_null()))
    asked = asked.filter(~pl.col("value").str.contains(_ADDRESS))
    asked = asked.select("kind", "value").unique().sort("kind", "value")
    found = _find(asked, table)
    solved = asked.with_columns(found=pl.Series(found, dtype=STRING)).filter(pl.col("found").is_not_null())
    joined = claims.join(solved, on=["kind", "value"], how="left", maintain_order="left")
    known_elsewhere = pl.col("found").is_in(sorted(crawled)) & ~pl.col("site").is_in(sorted(crawled))
    site = pl.when(pl.col("site").is_null() | known_elsewhere.fill_null(value=False)).then("found").otherwise("site")
    site = pl.when(_is_generic()).then(pl.lit(None, dtype=STRING)).otherwise(site)
    resolved = joined.with_columns(site=site).select(list(CLAIM))
    return resolved.filter((pl.col("rule") != "image") | _of_crawl(resolved["site"], crawled))


def _of_crawl(sites: pl.Series, crawled: frozenset[str]) -> pl.Series:
    """Whether each host is one of the crawl or below one, as `images.example.org` is below `example.org`."""

    def known(site: str | None) -> bool:
        labels = (site or "").split(".")
        return any(".".join(labels[n:]) in crawled for n in range(len(labels) - 1))

    found = {site: known(site) for site in sites.unique().to_list()}
    return pl.Series([found[site] for site in sites.to_list()], dtype=pl.Boolean)


def _table(names: pl.DataFrame, crawled: frozenset[str]) -> dict[str, tuple[str, str]]:
    """Key of a name -> (its best host, what said so); hosts of the crawl first, then by kind of evidence and count.

    A name that two sites bear alike stands for neither: its host is empty.
    """
    rank = {by: n for n, by in enumerate(_ORDER)}
    rows = names.iter_rows(named=True)
    ordered = sorted(
        (r["site"] not in crawled, rank.get(r["by"], len(rank)), -r["n"], r["site"], r["name"], r["by"]) for r in rows
    )
    table: dict[str, tuple[str, str]] = {}
    counts: dict[str, tuple[bool, int, int]] = {}
    shared: set[str] = set()
    for far, place, less, site, name, by in ordered:
        for key in {name_key(name), name_key(strip_noun(name))}:
            if len(key) > 1 and key not in table:
                table[key], counts[key] = (site, by), (far, place, -less)
            elif key in table and host_word(site) != host_word(table[key][0]):
                best = counts[key]
                if (far, place) == best[:2] and by != "list" and -less * MUCH_MORE >= best[2]:
                    shared.add(key)
    return {key: ("", by) if key in shared else (site, by) for key, (site, by) in table.items()}


def _find(asked: pl.DataFrame, table: dict[str, tuple[str, str]]) -> list[str | None]:
    values, kinds = asked["value"].to_list(), asked["kind"].to_list()
    found = [_exact(value, table) for value in values]
    for at, (value, kind) in enumerate(zip(values, kinds, strict=True)):
        if found[at] is None and kind != "agency":
            found[at] = _contained(value, table)
    rest = [at for at, site in enumerate(found) if site is None and kinds[at] != "agency"]
    for at, site in zip(rest, _alike([values[at] for at in rest], table), strict=True):
        found[at] = site
    return [site or None for site in found]


def _exact(value: str, table: dict[str, tuple[str, str]]) -> str | None:
    for key in (name_key(value), name_key(strip_noun(value)), latin_key(value)):
        if key in table:
            return table[key][0]
    return None


def _is_modifier(word: str) -> bool:
    """`24`, `+`: what makes another name of a name."""
    return not any(char.isalpha() for char in word) and any(char.isdigit() or char == "+" for char in word)


def _contained(value: str, table: dict[str, tuple[str, str]]) -> str | None:
    words = value.split()
    if len(words) < 2 or any(_is_modifier(word) for word in words[1:]):
        return None
    runs = [(i, j) for i in range(len(words)) for j in range(i + 1, len(words) + 1) if j - i < len(words)]
    keyed = [(name_key(" ".join(words[i:j])), i) for i, j in runs]
    for key, _ in sorted(keyed, key=lambda run: (-len(run[0]), run[1], run[0])):
        if len(key) >= MIN_RUN and key in table:
            return table[key][0]
    return None


def _alike(values: list[str], table: dict[str, tuple[str, str]]) -> list[str | None]:
    """The host of the likest name by Latin letters; the figures and signs in it must be the same."""
    known = sorted({(latin_key(key), site) for key, (site, _) in table.items() if len(key) >= MIN_FUZZY_LENGTH})
    keys = [latin_key(value) for value in values]
    if not keys or not known:
        return [None] * len(values)
    scores = process.cdist(keys, [key for key, _ in known], scorer=fuzz.ratio, score_cutoff=MIN_FUZZY, dtype=np.float32)
    result: list[str | None] = []
    for key, row in zip(keys, scores, strict=True):
        order: list[int] = np.argsort(-row, kind="stable")[:5].tolist()
        asked = len(key) >= MIN_FUZZY_LENGTH
        likely = [known[i] for i in order if asked and row[i] >= MIN_FUZZY and _figures(known[i][0]) == _figures(key)]
        result.append(likely[0][1] if likely else None)
    return result


def _figures(key: str) -> str:
    return "".join(char for char in key if not char.isalpha())
