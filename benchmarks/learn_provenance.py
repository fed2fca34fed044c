"""Learn the weights of syndetect/data/provenance_weights.json on made-up worlds.

    python benchmarks/learn_provenance.py NTREX.jsonl.gz [--worlds 12] [--held-out 4] [--write]

Real news documents (NTREX-128: one sentence list in many languages; github.com/MicrosoftTranslator/NTREX, CC BY-SA 4.0)
are republished along random trees over made-up sites: cut to their top, sentences dropped, words edited, paragraphs
added, titles rewritten, translated. A part of the pages is never crawled; times are as sloppy as the web's; credits
are missing, inherited or wrong. The worlds are made as tables, and the features are those of the stage itself.
Prints how often the choice is right on worlds that were held out, and how honest its probability is.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from scipy.optimize import minimize

from syndetect.addresses import url_key
from syndetect.provenance.choice import runs, softmax, weigh
from syndetect.provenance.options import FEATURES, NONE, PAGE, UNSEEN
from syndetect.provenance.trace import learn, read_options
from syndetect.schema import CLAIM, F64, I64, PUBLISHED, TIME, Bools

WEIGHTS = Path(__file__).parents[1] / "syndetect" / "data" / "provenance_weights.json"
LANGUAGES = {
    "eng-US": "en", "deu": "de", "fra": "fr", "spa": "es", "por": "pt", "ita": "it", "nld": "nl", "pol": "pl",
    "ces": "cs", "rus": "ru", "ukr": "uk", "tur": "tr", "arb": "ar", "fas": "fa", "heb": "he", "hin": "hi",
    "ben": "bn", "jpn": "ja", "kor": "ko", "zho-CN": "zh", "vie": "vi", "ind": "id", "ell": "el", "swe": "sv",
    "ron": "ro", "hun": "hu", "fin": "fi", "tha": "th", "bul": "bg", "urd": "ur",
}  # fmt: skip
OFFSETS = (-480, -300, -180, 0, 0, 60, 60, 120, 120, 180, 180, 210, 240, 300, 330, 420, 480, 540)
START = datetime(2024, 5, 1, tzinfo=UTC)
PRIOR_VARIANCE = 25.0
"""Of the weights: keeps those that few pages speak for near nothing."""

LARGEST = 9.0
"""No feature may weigh more: what made-up worlds never show is not impossible."""
_FOR, _AGAINST = (0.0, LARGEST), (-LARGEST, 0.0)
SPEAK_FOR = """
    before same_lag cross_lag same_found same_rare same_only same_kept same_sentences same_title same_title_rare
    same_equal cross_residue cross_numbers cross_note attribution_fresh attribution_inherited agency_fresh
    agency_inherited canonical based_on link_fresh url_link url_canonical url_based_on fit_named fit_other
    shared_attribution shared_agency shared_link none_own
"""
SPEAK_AGAINST = """
    same_gaps same_missing same_holes same_sentence_gaps same_residue_lost time_miss cross_cost cross_new
    cross_left_out same_note_lost same_title_gaps names_child lost_attribution lost_agency none_fresh
"""
SIGNS = {**dict.fromkeys(SPEAK_FOR.split(), _FOR), **dict.fromkeys(SPEAK_AGAINST.split(), _AGAINST)}
"""What speaks for a source, whatever the made-up worlds say, and what against."""

Documents = dict[str, dict[str, list[str]]]


@dataclass
class Site:
    """A made-up site."""

    host: str
    name: str
    language: str
    offset: int
    mode: str
    is_agency: bool
    tag: str
    resolvable: bool
    """Whether other pages tie its name to its host."""


@dataclass
class Line:
    """A claim as it stands on a page."""

    kind: str
    value: str
    site: str | None
    local_time: datetime | None = None


@dataclass
class Page:
    """A page of a made-up world."""

    url: str
    site: Site
    at: datetime
    parent: Page | None
    keys: list[tuple[str, int]]
    sentences: list[str]
    title: str
    lines: list[Line] = field(default_factory=list)
    crawled: bool = True
    backdated: timedelta = timedelta(0)


@dataclass
class Habits:
    """What differs from world to world."""

    marks: bool
    lag: tuple[float, float]
    lag_across: tuple[float, float]
    credit: float
    inherit: float
    inherit_tag: float
    false: float
    names_resolved: float
    edits: float
    rewording: float
    residue: float
    uncrawled: float
    recent: float
    translate: float
    decoys: float
    furniture: float


def make_habits(rng: random.Random) -> Habits:
    """Draw the habits of a world."""
    return Habits(
        marks=rng.random() < 0.55,
        lag=(rng.uniform(3.6, 4.6), rng.uniform(1.0, 1.5)),
        lag_across=(rng.uniform(5.2, 6.2), rng.uniform(1.1, 1.5)),
        credit=rng.uniform(0.25, 0.5),
        inherit=rng.uniform(0.15, 0.6),
        inherit_tag=rng.uniform(0.4, 0.9),
        false=rng.uniform(0.03, 0.1),
        names_resolved=rng.uniform(0.5, 0.9),
        edits=rng.uniform(0.03, 0.12),
        rewording=rng.uniform(0.1, 0.3),
        residue=rng.uniform(0.01, 0.04),
        uncrawled=rng.uniform(0.12, 0.24),
        recent=rng.uniform(0.3, 1.2),
        translate=rng.uniform(0.1, 0.35),
        decoys=rng.uniform(0.08, 0.3),
        furniture=rng.uniform(0.0, 0.3),
    )


class World:
    """Makes stories along random trees, and the tables that hold them."""

    def __init__(self, documents: Documents, rng: random.Random, n_stories: int) -> None:
        self.documents, self.rng = documents, rng
        self.habits = make_habits(rng)
        self.languages = rng.sample(sorted(LANGUAGES.values()), 16)
        # Few languages have most of the sites.
        self.shares = [1 / (2 + place) for place in range(len(self.languages))]
        self.sites = [self.make_site(n) for n in range(150)]
        self.stories = [self.make_story(name, n) for n, name in enumerate(rng.sample(sorted(documents), n_stories))]

    def make_site(self, number: int) -> Site:
        """Draw a site."""
        rng = self.rng
        syllables = [
            "ba",
            "be",
            "bo",
            "da",
            "de",
            "do",
            "fa",
            "fi",
            "go",
            "ka",
            "ke",
            "ki",
            "la",
            "le",
            "lo",
            "ma",
            "mi",
            "mo",
            "na",
            "ne",
            "no",
            "pa",
            "pe",
            "po",
            "ra",
            "re",
            "ro",
            "sa",
            "se",
            "so",
            "ta",
            "te",
            "to",
        ]
        word = "".join(rng.choice(syllables) for _ in range(rng.randint(3, 4)))
        modes = ("zoned", "naive", "url_day", "day", "none")
        shares = (0.6, 0.2, 0.08, 0.07, 0.05) if self.habits.marks else (0.5, 0.27, 0.05, 0.1, 0.08)
        sub = rng.choice(("", "", "", "news.", "en."))
        return Site(
            host=f"{sub}{word}{number}.test", name=word.title(), language=rng.choices(self.languages, self.shares)[0],
            offset=rng.choice(OFFSETS), mode=rng.choices(modes, shares)[0], is_agency=number % 25 == 0,
            tag=word[:3].upper(),
            resolvable=rng.random() < self.habits.names_resolved,
        )  # fmt: skip

    def make_story(self, name: str, number: int) -> list[Page]:
        """Grow a story along a random tree."""
        rng = self.rng
        n = min(70, max(2, int(rng.lognormvariate(2.5, 0.9))))
        agencies = [site for site in self.sites if site.is_agency]
        first = rng.choice(agencies) if rng.random() < 0.4 else rng.choice(self.sites)
        # A story lives in a few languages; copies find their way mostly within one.
        few = {first.language, *rng.choices(self.languages, self.shares, k=rng.randint(1, 5))}
        pool = [site for site in self.sites if site.language in few or rng.random() < 0.1]
        pages = [self.make_origin(name, first, START + timedelta(minutes=rng.randint(0, 60 * 24 * 12)))]
        used = {first.host}
        for _ in range(3 * n):
            if len(pages) >= n:
                break
            fresh = [site for site in pool if site.host not in used] or [
                site for site in self.sites if site.host not in used
            ]
            parent = self.pick_parent(pages)
            near = [site for site in fresh if site.language == parent.site.language]
            far = [site for site in fresh if site.language != parent.site.language]
            across = bool(far) and (rng.random() < self.habits.translate or not near)
            site = rng.choice(far if across else near or fresh)
            used.add(site.host)
            pages.append(self.make_copy(parent, site, pages))
        for page in pages:
            page.crawled = rng.random() >= self.habits.uncrawled
        return pages

    def pick_parent(self, pages: list[Page]) -> Page:
        """Pick whom to copy: the first, agencies and early pages more often."""
        rng = self.rng
        if rng.random() < 0.25:
            return pages[0]
        weights = [
            (3.0 if page.site.is_agency else 1.0) * (1 + i) ** -self.habits.recent * rng.choice((0.3, 1.0, 2.0))
            for i, page in enumerate(pages)
        ]
        return rng.choices(pages, weights)[0]

    def url(self, site: Site) -> str:
        """An address on a site."""
        return f"https://{site.host}/news/{self.rng.randint(10_000, 10_000_000)}"

    def sentence(self, key: tuple[str, int], language: str) -> str:
        """A sentence in a language."""
        return self.documents[key[0]][language][key[1]]

    def make_origin(self, name: str, site: Site, at: datetime) -> Page:
        """The first page of a story."""
        texts = self.documents[name][site.language]
        keys = [(name, i) for i in range(1, len(texts))]
        page = Page(self.url(site), site, at, None, keys, texts[1:], texts[0])
        if site.is_agency and self.rng.random() < 0.7:
            page.lines.append(Line("agency", site.tag, site.host if site.resolvable else None))
        self.add_marks(page, [])
        return page

    def edit(self, sentence: str, rate: float) -> str:
        """Drop and swap words."""
        rng = self.rng
        spaced = " " in sentence.strip()
        words = sentence.split() if spaced else list(sentence)
        out: list[str] = []
        for word in words:
            if rng.random() >= rate:
                out.append(word)
            elif rng.random() < 0.5 and out:
                out.insert(len(out) - 1, word)
        return (" " if spaced else "").join(out) or sentence

    def reword(self, sentence: str, source: str, *, machine: bool) -> str:
        """A translator's own wording; machines leave words of the source behind."""
        rng = self.rng
        spaced = " " in sentence.strip()
        text = self.edit(sentence, self.habits.rewording)
        if not machine:
            return text
        words = text.split() if spaced else list(text)
        left = source.split() if " " in source.strip() else [source[i : i + 2] for i in range(0, len(source), 2)]
        return (" " if spaced else "").join(
            (f" {rng.choice(left)} " if not spaced else rng.choice(left))
            if rng.random() < self.habits.residue
            else word
            for word in words
        )

    def carry(self, parent: Page, site: Site) -> tuple[list[tuple[str, int]], list[str], str, bool]:
        """What of the parent's text goes into a copy: keys, sentences, title, whether a machine translated."""
        rng = self.rng
        keys, texts, title, machine = list(parent.keys), list(parent.sentences), parent.title, False
        if site.language != parent.site.language:
            machine = rng.random() < 0.35
            texts = [
                self.reword(self.sentence(key, site.language), text, machine=machine)
                for key, text in zip(keys, texts, strict=True)
            ]
            own = self.documents[keys[0][0]][site.language][0] if keys else ""
            title = self.reword(own, parent.title, machine=machine)
        kind = rng.choices(("copy", "near", "excerpt"), (0.3, 0.45, 0.25))[0]
        if kind == "excerpt" and len(texts) > 3:
            cut = max(2, int(len(texts) * rng.uniform(0.3, 0.75)))
            keys, texts = keys[:cut], texts[:cut]
        if kind != "copy":
            kept = [i for i in range(len(texts)) if i < 1 or rng.random() > 0.07]
            keys, texts = [keys[i] for i in kept], [texts[i] for i in kept]
            touched = rng.random() < 0.6
            texts = [
                self.edit(text, 0.08) if touched and rng.random() < 3 * self.habits.edits else text for text in texts
            ]
            if rng.random() < 0.2:
                other = rng.choice(sorted(self.documents))
                first = rng.randrange(1, max(2, len(self.documents[other][site.language]) - 1))
                added = [(other, i) for i in range(first, min(first + 2, len(self.documents[other][site.language])))]
                at = rng.randint(min(2, len(texts)), len(texts))
                keys[at:at] = added
                texts[at:at] = [self.sentence(key, site.language) for key in added]
        if rng.random() < 0.25 and texts:
            title = " ".join(texts[0].split()[:12]) if " " in texts[0] else texts[0][:25]
        return keys, texts, title, machine

    def make_copy(self, parent: Page, site: Site, earlier: list[Page]) -> Page:
        """Republish a page on another site."""
        rng = self.rng
        across = site.language != parent.site.language
        lag = rng.lognormvariate(*(self.habits.lag_across if across else self.habits.lag))
        keys, texts, title, machine = self.carry(parent, site)
        page = Page(
            self.url(site),
            site,
            parent.at + timedelta(minutes=lag, seconds=rng.randint(0, 59)),
            parent,
            keys,
            texts,
            title,
        )
        if rng.random() < 0.03:
            page.backdated = timedelta(hours=rng.uniform(0.5, 6))
        page.lines = [line for line in parent.lines if self.is_inherited(line, across=across)]
        if machine and rng.random() < 0.6:
            page.lines.append(Line("translation-note", "machine", None))
        self.add_credit(page, parent)
        if rng.random() < self.habits.false:
            wrong = rng.choice(earlier).site if rng.random() < 0.5 else rng.choice(self.sites)
            if wrong is not site:
                page.lines.append(Line("attribution", wrong.host, wrong.host))
        self.add_marks(page, earlier)
        return page

    def is_inherited(self, line: Line, *, across: bool) -> bool:
        """Whether a copy carries a line of its source along."""
        share = {
            "attribution": self.habits.inherit, "agency": self.habits.inherit_tag, "translation-note": 0.6,
            "link": self.habits.inherit,
        }  # fmt: skip
        return self.rng.random() < share.get(line.kind, 0.0) * (0.5 if across else 1.0)

    def add_credit(self, page: Page, parent: Page) -> None:
        """Say whence a page is, or not."""
        rng, source = self.rng, parent.site
        ways = rng.random()
        how = []
        if ways < self.habits.credit:
            how = rng.choices(
                (["line"], ["first"], ["link"], ["canonical"], ["based-on"]), (0.5, 0.17, 0.17, 0.07, 0.09)
            )[0]
        if source.is_agency and rng.random() < 0.45:
            tag = Line("agency", source.tag, source.host if source.resolvable else None)
            page.lines = [line for line in page.lines if (line.kind, line.value) != (tag.kind, tag.value)] + [tag]
        if "line" in how or "first" in how:
            by_host = rng.random() < 0.5
            site = source.host if by_host or source.resolvable else None
            if not by_host and rng.random() < 0.04:
                site = rng.choice(self.sites).host
            local = parent.at - parent.backdated + timedelta(minutes=source.offset)
            line = Line("attribution", source.host if by_host else source.name, site, local if "first" in how else None)
            page.lines.append(line)
        for kind in ("link", "canonical", "based-on"):
            if kind in how and self.habits.marks:
                page.lines.append(Line(kind, parent.url, source.host))

    def add_marks(self, page: Page, earlier: list[Page]) -> None:
        """Links that say nothing of the source: to what others have on the story, and to anything."""
        if not self.habits.marks:
            return
        while self.rng.random() < self.habits.decoys:
            known = [other for other in earlier if other.site is not page.site]
            if known and self.rng.random() < 0.6:
                target = self.rng.choice(known)
                page.lines.append(Line("link", target.url, target.site.host))
            else:
                site = self.rng.choice(self.sites)
                page.lines.append(Line("link", self.url(site), site.host))

    def tables(self) -> duckdb.DuckDBPyConnection:
        """An open connection with the tables the stage reads; ids are places in `pages()`."""
        con = duckdb.connect()
        con.execute("SET TimeZone = 'UTC'")
        pages = self.pages()
        ids = {page.url: number for number, (_, page) in enumerate(pages)}
        document: list[tuple[object, ...]] = []
        publication: list[tuple[object, ...]] = []
        claims: list[tuple[object, ...]] = []
        for number, (_, page) in enumerate(pages):
            crawl = page.at + timedelta(hours=min(30, self.rng.lognormvariate(1.5, 1.1)))
            document.append((number, page.url, page.site.host, page.title, page.site.language, crawl))
            publication.append((number, *self.published(page, crawl)))
            claims += [(number, *self.claim(line)) for line in page.lines]
        placed = [(f"s{story}", ids[page.url]) for story, page in pages]
        texts = [
            (number, "\n".join([*page.sentences, *self.furniture(page)]), sum(len(s.split()) for s in page.sentences))
            for number, (_, page) in enumerate(pages)
        ]
        strings = dict.fromkeys(("url", "site", "title", "language"), pl.String)
        schemas: list[tuple[str, list[tuple[object, ...]], dict[str, object]]] = [
            ("story_document", [*placed], {"story_id": pl.String, "doc_id": pl.UInt64}),
            ("document", [*document], {"doc_id": pl.UInt64, **strings, "first_crawled_at": TIME}),
            ("story_text", [*texts], {"doc_id": pl.UInt64, "text": pl.String, "n_words": pl.Int32}),
            ("publication", [*publication], dict(PUBLISHED)),
            ("claim", [*claims], dict(CLAIM)),
        ]
        frames = {name: pl.DataFrame(rows, schema, orient="row") for name, rows, schema in schemas}  # type: ignore[arg-type]
        frames["document"] = frames["document"].with_columns(url_key=url_key(pl.col("url")))
        for name, frame in frames.items():
            con.register("frame", frame.to_arrow())
            con.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
            con.unregister("frame")
        return con

    def furniture(self, page: Page) -> list[str]:
        """Lines of the site that were not told from the story."""
        if self.rng.random() >= self.habits.furniture:
            return []
        return [
            f"{page.site.name} {word}"
            for word in self.rng.sample(("all rights reserved", "follow our channel", "advertise with us"), 2)
        ]

    def pages(self) -> list[tuple[int, Page]]:
        """The pages that were crawled, with the number of their story."""
        return [(n, page) for n, story in enumerate(self.stories) for page in story if page.crawled]

    def published(
        self, page: Page, crawl: datetime
    ) -> tuple[datetime | None, datetime | None, datetime | None, str, None]:
        """What the page's stated time allows, as the stage `times` gives it."""
        stated = (page.at - page.backdated).replace(microsecond=0)
        hour, offset = timedelta(hours=1), timedelta(minutes=page.site.offset)
        mode = page.site.mode if self.rng.random() < 0.85 else "zoned"
        if mode == "zoned":
            return stated, stated, stated, "json-ld", None
        sure = self.rng.random() < 0.5
        guess = offset if sure or self.rng.random() < 0.5 else timedelta(minutes=self.rng.choice(OFFSETS))
        if mode == "naive":
            low, high = (
                (stated - hour, stated + hour) if sure else (stated + offset - 14 * hour, stated + offset + 14 * hour)
            )
            at = stated + offset - guess
            high = min(high, crawl)
            return min(max(at, low), high), low, high, "visible", None
        if mode == "none":
            return None, None, crawl, "crawl", None
        day = (stated + offset).replace(hour=0, minute=0, second=0) - guess
        wide = hour if sure else 14 * hour
        high = min(day + 24 * hour + wide, crawl)
        low = min(day - wide, high)
        return min(max(day + 12 * hour, low), high), low, high, "url", None

    def claim(self, line: Line) -> tuple[object, ...]:
        """A row of CLAIM but for its doc_id."""
        low = high = None
        if line.local_time:
            local = line.local_time.replace(microsecond=0)
            low, high = local - timedelta(hours=14), local + timedelta(hours=14)
        rule = {"attribution": "src_label:xx", "agency": "tail:line"}.get(line.kind, line.kind)
        return line.kind, line.value, line.site, low, high, False if low else None, None, None, rule


def labels(world: World, pages: pl.DataFrame, options: pl.DataFrame) -> Bools:
    """Which options are right: the parent; the host of an unseen one, if it can be told; else the nearest ancestor."""
    made = world.pages()
    of_row = [made[int(str(doc))][1] for doc in pages["doc_id"].to_list()]
    row_of = {page.url: row for row, page in enumerate(of_row)}
    hosts = set(options.filter(pl.col("kind") == UNSEEN).select("child", "host").iter_rows())
    right: dict[int, tuple[int, int, str | None]] = {}
    for row, page in enumerate(of_row):
        parent = page.parent
        if parent is not None and not parent.crawled and (row, parent.site.host) in hosts:
            right[row] = (UNSEEN, -1, parent.site.host)
            continue
        while parent is not None and not parent.crawled:
            parent = parent.parent
        right[row] = (PAGE, row_of[parent.url], None) if parent is not None else (NONE, -1, None)
    rows = options.select("child", "kind", "page", "host").iter_rows()
    return np.array([right[child] == (kind, page, host) for child, kind, page, host in rows])


def make_set(world: World) -> tuple[pl.DataFrame, Bools]:
    """The options of a world's pages and which are right; pages whose right option is none of them are left out."""
    con = world.tables()
    stories = con.sql("SELECT DISTINCT story_id FROM story_document ORDER BY 1").pl()
    pages, options = read_options(con, stories, learn(con))
    right = labels(world, pages, options.frame)
    frame = options.frame.with_columns(right=pl.Series(right))
    frame = frame.filter(pl.col("right").any().over("child"))
    return frame.drop("right"), frame["right"].to_numpy()


def fit(matrix: F64, right: Bools, starts: I64) -> F64:
    """Weights of the conditional logit with a normal prior."""
    scale = np.maximum(matrix.std(axis=0), 1e-3)
    scaled = matrix / scale
    n = len(starts)

    def loss(weights: F64) -> tuple[float, F64]:
        p = softmax(scaled @ weights, starts)
        gradient = scaled.T @ (p - right) + weights / PRIOR_VARIANCE
        return float(
            -np.log(np.maximum(p[right], 1e-300)).sum() + (weights @ weights) / (2 * PRIOR_VARIANCE)
        ) / n, gradient / n

    bounds = [SIGNS.get(name, (-LARGEST, LARGEST)) for name in FEATURES]
    limits = [(low * size, high * size) for (low, high), size in zip(bounds, scale, strict=True)]
    found = minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 500})
    result: F64 = found.x / scale
    return result


def judge(options: pl.DataFrame, right: Bools) -> dict[str, float]:
    """Share of right choices and how honest the probability is."""
    frame = options.with_columns(right=pl.Series(right), is_page=pl.col("kind") == PAGE)
    best = frame.sort("child", "probability", "page", "host", descending=[False, True, False, False]).unique(
        "child", keep="first", maintain_order=True
    )
    truth = frame.filter("right").select("child", true_kind="kind")
    best = best.join(truth, on="child")
    bins = (
        best.with_columns(bin=(pl.col("probability") * 10).floor())
        .group_by("bin")
        .agg(gap=(pl.col("probability") - pl.col("right").cast(pl.Float64)).sum().abs())
    )
    result = {"right": float(best["right"].mean()), "ece": float(bins["gap"].sum()) / len(best)}  # type: ignore[arg-type]
    for kind, name in ((PAGE, "page"), (UNSEEN, "unseen"), (NONE, "none")):
        part = best.filter(pl.col("true_kind") == kind)
        result[name] = float(part["right"].mean() or 0)  # type: ignore[arg-type]
    for across, name in ((0.0, "same"), (1.0, "cross")):
        of = frame.filter(pl.col("right") & (pl.col("kind") == PAGE) & (pl.col("cross") == across)).select("child")
        result[name] = float(best.join(of, on="child")["right"].mean() or 0)  # type: ignore[arg-type]
    result["logloss"] = float(-np.log(np.maximum(options["probability"].to_numpy()[right], 1e-12)).mean())
    return {name: round(value, 4) for name, value in result.items()}


def read_documents(path: Path) -> Documents:
    """Document -> language -> sentences."""
    found: Documents = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["language"] in LANGUAGES and len(row["sentences"]) >= 5:
                found.setdefault(row["document"], {})[LANGUAGES[row["language"]]] = row["sentences"]
    return found


def main() -> None:
    """Make worlds, learn, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ntrex", type=Path)
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument("--held-out", type=int, default=4)
    parser.add_argument("--stories", type=int, default=45)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the weights file")
    given = parser.parse_args()
    documents = read_documents(given.ntrex)
    seeds = [*range(given.worlds), *(500 + n for n in range(given.held_out))]
    sets = [make_set(World(documents, random.Random(given.seed * 1000 + n), given.stories)) for n in seeds]
    taught, held = sets[: given.worlds], sets[given.worlds :]
    matrix = np.concatenate([frame.select(FEATURES).to_numpy() for frame, _ in taught])
    right = np.concatenate([mask for _, mask in taught])
    shift = 0
    children = []
    for frame, _ in taught:
        children.append(frame["child"].to_numpy() + shift)
        shift += int(str(frame["child"].max())) + 1
    weights = fit(matrix, right, runs(np.concatenate(children)))
    named = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}
    print(json.dumps(named, indent=1))
    kinds = Counter(int(kind) for frame, mask in taught for kind in frame["kind"].to_numpy()[mask])
    print("pages learnt from:", dict(kinds))
    found = [judge(weigh(frame, named), mask) for frame, mask in held]
    for row in found:
        print(row)
    print("mean:", {name: round(float(np.mean([row[name] for row in found])), 4) for name in found[0]} if found else {})
    if given.write:
        WEIGHTS.write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
