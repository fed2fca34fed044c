"""Made-up worlds of republished news whose sources are known, to learn from and to measure by.

Real news documents (NTREX-128: one sentence list in many languages; github.com/MicrosoftTranslator/NTREX, CC BY-SA
4.0) are republished along random trees over made-up sites: cut, sentences dropped or merged, words edited or rewritten,
paragraphs added, titles changed, translated; minutes later or weeks. A part of the pages, and some sites as a whole,
are never crawled; times are as sloppy as the web's; credits are missing, inherited or wrong. In most worlds sites have
partners that they take from time and again, and some are never taken from. Worlds differ in all of that, in how many
sites they have, and in how large stories are.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from provenance_habits import make_habits

LANGUAGES = {
    "eng-US": "en", "deu": "de", "fra": "fr", "spa": "es", "por": "pt", "ita": "it", "nld": "nl", "pol": "pl",
    "ces": "cs", "rus": "ru", "ukr": "uk", "tur": "tr", "arb": "ar", "fas": "fa", "heb": "he", "hin": "hi",
    "ben": "bn", "jpn": "ja", "kor": "ko", "zho-CN": "zh", "vie": "vi", "ind": "id", "ell": "el", "swe": "sv",
    "ron": "ro", "hun": "hu", "fin": "fi", "tha": "th", "bul": "bg", "urd": "ur",
}  # fmt: skip
OFFSETS = (-480, -300, -180, 0, 0, 60, 60, 120, 120, 180, 180, 210, 240, 300, 330, 420, 480, 540)
START = datetime(2024, 5, 1, tzinfo=UTC)
SYLLABLES = "ba be bo da de do fa fi go ka ke ki la le lo ma mi mo na ne no pa pe po ra re ro sa se so ta te to".split()
LARGEST_STORY = 60
"""And never more than half of a world's sites."""
MISTIMED = 0.03
"""Share of the times in right credits that are of another article, or of a later edit."""
WORLD_PAGES = 650

Documents = dict[str, dict[str, list[str]]]
Key = tuple[str, tuple[int, ...]]
"""A document's name, and which of its sentences stand in one."""


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
    crawled: bool
    misread: bool
    """Whether its own initials are taken for those of an agency."""
    is_aggregator: bool = False
    """Whether it is never first, and taken from by nobody."""
    partners: tuple[str, ...] = ()
    """Hosts that it takes from time and again."""


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
    keys: list[Key]
    sentences: list[str]
    title: str
    lines: list[Line] = field(default_factory=list)
    crawled: bool = True
    backdated: timedelta = timedelta(0)


class World:
    """Makes stories along random trees, each document told up to so many times, until there are so many pages."""

    def __init__(self, documents: Documents, rng: random.Random, *, pages: int = WORLD_PAGES, told: int = 1) -> None:
        self.documents, self.rng = documents, rng
        self.habits = make_habits(rng)
        self.languages = rng.sample(sorted(LANGUAGES.values()), 16)
        # Few languages have most of the sites.
        self.shares = [1 / (2 + place) for place in range(len(self.languages))]
        self.sites = [self.make_site(n) for n in range(self.habits.n_sites)]
        if self.habits.partners:
            self.find_partners()
        self.stories: list[list[Page]] = []
        n_pages = 0
        for name in rng.sample(sorted(documents), len(documents)) * told:
            if n_pages < pages:
                self.stories.append(self.make_story(name))
                n_pages += len(self.stories[-1])

    def make_site(self, number: int) -> Site:
        """Draw a site."""
        rng = self.rng
        word = "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(3, 4)))
        modes = ("zoned", "naive", "url_day", "day", "none")
        usual = (0.6, 0.2, 0.08, 0.07, 0.05) if self.habits.marks else (0.5, 0.27, 0.05, 0.1, 0.08)
        shares = (*usual[:-1], usual[-1] * self.habits.undated)
        sub = rng.choice(("", "", "", "news.", "en."))
        return Site(
            host=f"{sub}{word}{number}.test", name=word.title(), language=rng.choices(self.languages, self.shares)[0],
            offset=rng.choice(OFFSETS), mode=rng.choices(modes, shares)[0], is_agency=number % 25 == 0,
            tag=word[:3].upper(),
            resolvable=rng.random() < self.habits.names_resolved,
            crawled=rng.random() >= self.habits.uncrawled_sites + self.habits.wires * (number % 25 == 0),
            misread=rng.random() < self.habits.misread,
        )  # fmt: skip

    def find_partners(self) -> None:
        """Give each site up to four others that it takes from: agencies more often, mostly of its language."""
        rng = self.rng
        for site in self.sites:
            site.is_aggregator = not site.is_agency and rng.random() < self.habits.aggregators
        sources = [site for site in self.sites if not site.is_aggregator]
        for site in self.sites:
            weights = [
                (4.0 if other.is_agency else 1.0) * (1.0 if other.language == site.language else 0.1)
                for other in sources
            ]
            drawn = rng.choices(sources, weights, k=rng.randint(0, 4))
            site.partners = tuple(dict.fromkeys(other.host for other in drawn if other is not site))

    def make_story(self, name: str) -> list[Page]:
        """Grow a story along a random tree."""
        rng = self.rng
        n = min(LARGEST_STORY, len(self.sites) // 2, max(2, round(rng.lognormvariate(*self.habits.size))))
        agencies = [site for site in self.sites if site.is_agency]
        sources = [site for site in self.sites if not site.is_aggregator]
        first = rng.choice(agencies) if rng.random() < 0.4 else rng.choice(sources)
        # A story lives in a few languages; copies find their way mostly within one.
        few = {first.language, *rng.choices(self.languages, self.shares, k=rng.randint(1, 5))}
        pool = [site for site in self.sites if site.language in few or rng.random() < 0.1]
        pages = [self.make_origin(name, first, START + timedelta(minutes=rng.randint(0, 60 * 24 * 12)))]
        used = {first.host}
        for _ in range(n - 1):
            fresh = [site for site in pool if site.host not in used]
            fresh = fresh or [site for site in self.sites if site.host not in used]
            known = [(page, site) for page in pages for site in fresh if page.site.host in site.partners]
            if known and rng.random() < self.habits.partners:
                parent, site = rng.choice(known)
            else:
                parent = self.pick_parent(pages)
                site = self.pick_site(parent, fresh)
            used.add(site.host)
            pages.append(self.make_copy(parent, site, pages))
        for page in pages:
            page.crawled = page.site.crawled and rng.random() >= self.habits.uncrawled
        return pages

    def pick_site(self, parent: Page, fresh: list[Site]) -> Site:
        """Pick who copies a page: mostly a site of its language."""
        near = [site for site in fresh if site.language == parent.site.language]
        far = [site for site in fresh if site.language != parent.site.language]
        across = bool(far) and (self.rng.random() < self.habits.translate or not near)
        return self.rng.choice(far if across else near or fresh)

    def pick_parent(self, pages: list[Page]) -> Page:
        """Pick whom to copy: the first, agencies and early pages more often."""
        rng = self.rng
        if rng.random() < self.habits.from_first:
            return pages[0]
        weights = [
            (self.habits.from_agency if page.site.is_agency else 0.01 if page.site.is_aggregator else 1.0)
            * (1 + i) ** -self.habits.recent
            * rng.choice((0.3, 1.0, 2.0))
            for i, page in enumerate(pages)
        ]
        return rng.choices(pages, weights)[0]

    def url(self, site: Site) -> str:
        """An address on a site."""
        return f"https://{site.host}/news/{self.rng.randint(10_000, 10_000_000)}"

    def sentence(self, key: Key, language: str) -> str:
        """One or more sentences told as one, in a language."""
        return " ".join(self.documents[key[0]][language][place] for place in key[1])

    def make_origin(self, name: str, site: Site, at: datetime) -> Page:
        """The first page of a story."""
        texts = self.documents[name][site.language]
        keys: list[Key] = [(name, (i,)) for i in range(1, len(texts))]
        page = Page(self.url(site), site, at, None, keys, texts[1:], texts[0])
        if site.is_agency and self.rng.random() < 0.7:
            page.lines.append(Line("agency", site.tag, site.host if site.resolvable else None))
        self.add_marks(page, [])
        return page

    def edit(self, sentence: str, rate: float) -> str:
        """Drop and swap words."""
        rng = self.rng
        spaced = " " in sentence.strip()
        out: list[str] = []
        for word in sentence.split() if spaced else list(sentence):
            if rng.random() >= rate:
                out.append(word)
            elif rng.random() < 0.5 and out:
                out.insert(len(out) - 1, word)
        return (" " if spaced else "").join(out) or sentence

    def rewrite(self, sentence: str, rate: float, language: str) -> str:
        """Put other words of the language in place of some, or between them."""
        rng = self.rng
        other = rng.choice(self.documents[rng.choice(sorted(self.documents))][language])
        spaced = " " in sentence.strip()
        words, others = (text.split() if spaced else list(text.replace(" ", "")) for text in (sentence, other))
        out: list[str] = []
        for word in words:
            changed = rng.random() < rate
            if not changed or rng.random() < 0.15:
                out.append(word)
            if changed and rng.random() < 0.85:
                out.append(rng.choice(others or words))
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
        left = left if spaced else [f" {word} " for word in left]
        out = [rng.choice(left) if rng.random() < self.habits.residue else word for word in words]
        return (" " if spaced else "").join(out)

    def carry(self, parent: Page, site: Site) -> tuple[list[Key], list[str], str, bool]:
        """What of the parent's text goes into a copy: keys, sentences, title, whether a machine translated."""
        rng, habits = self.rng, self.habits
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
            share = rng.uniform(0.1, 0.35) if rng.random() < habits.hard_cut else rng.uniform(0.3, 0.8)
            cut = max(2, int(len(texts) * share))
            keys, texts = keys[:cut], texts[:cut]
        if rng.random() < habits.rewritten:
            rate = rng.uniform(0.05, 0.3)
            texts = [self.rewrite(text, rate, site.language) for text in texts]
        if kind != "copy":
            keys, texts = self.touch(keys, texts, site.language)
        if rng.random() < habits.retitled:
            title = self.retitle(texts, title, site.language)
        return keys, texts, title, machine

    def retitle(self, texts: list[str], title: str, language: str) -> str:
        """The text's first words for a title, or a wording of one's own."""
        rng = self.rng
        if rng.random() < 0.4 and texts:
            return " ".join(texts[0].split()[:12]) if " " in texts[0] else texts[0][:25]
        return self.rewrite(title, rng.uniform(0.3, 1.0), language)

    def touch(self, keys: list[Key], texts: list[str], language: str) -> tuple[list[Key], list[str]]:
        """Drop, merge and edit sentences, add some from elsewhere."""
        rng = self.rng
        kept = [i for i in range(len(texts)) if i < 1 or rng.random() > 0.07]
        keys, texts = [keys[i] for i in kept], [texts[i] for i in kept]
        at = 0
        while at + 1 < len(texts):
            if keys[at][0] == keys[at + 1][0] and rng.random() < self.habits.merged:
                keys[at : at + 2] = [(keys[at][0], keys[at][1] + keys[at + 1][1])]
                texts[at : at + 2] = [f"{texts[at].rstrip('.!?。।')}, {texts[at + 1]}"]
            at += 1
        if rng.random() < 0.6:
            texts = [self.edit(text, 0.08) if rng.random() < 3 * self.habits.edits else text for text in texts]
        if rng.random() < 0.2:
            other = rng.choice(sorted(self.documents))
            n = len(self.documents[other][language])
            first = rng.randrange(1, max(2, n - 1))
            added: list[Key] = [(other, (i,)) for i in range(first, min(first + 2, n))]
            at = rng.randint(min(2, len(texts)), len(texts))
            keys[at:at] = added
            texts[at:at] = [self.sentence(key, language) for key in added]
        return keys, texts

    def make_copy(self, parent: Page, site: Site, earlier: list[Page]) -> Page:
        """Republish a page on another site."""
        rng, habits = self.rng, self.habits
        across = site.language != parent.site.language
        usual = habits.lag_across if across else habits.lag
        lag = rng.lognormvariate(*(habits.late_lag if rng.random() < habits.late else usual))
        keys, texts, title, machine = self.carry(parent, site)
        at = parent.at + timedelta(minutes=min(lag, 60 * 24 * 90), seconds=rng.randint(0, 59))
        page = Page(self.url(site), site, at, parent, keys, texts, title)
        if rng.random() < habits.backdated:
            page.backdated = timedelta(hours=rng.uniform(0.5, 6) if rng.random() < 0.7 else rng.uniform(6, 48))
        page.lines = [line for line in parent.lines if self.is_inherited(line, across=across)]
        if machine and rng.random() < 0.6:
            page.lines.append(Line("translation-note", "machine", None))
        above = parent.parent if rng.random() < habits.above else None
        self.add_credit(page, above if above is not None and above.site is not site else parent)
        if rng.random() < habits.false:
            places = (rng.choice(earlier).site.host, rng.choice(self.sites).host, f"other{rng.randrange(1000)}.test")
            wrong = rng.choices(places, (4, 3, 1))[0]
            if wrong != site.host:
                kind = rng.choices(("attribution", "line"), (3, 1))[0]
                # The time is that of another article of that site.
                other = at - timedelta(days=rng.uniform(0, 6))
                page.lines.append(
                    Line(kind, wrong, wrong, other if kind == "attribution" and rng.random() < 0.3 else None)
                )
        self.add_marks(page, earlier)
        return page

    def is_inherited(self, line: Line, *, across: bool) -> bool:
        """Whether a copy carries a line of its source along."""
        share = {
            "attribution": self.habits.inherit, "agency": self.habits.inherit_tag, "translation-note": 0.6,
            "link": self.habits.inherit, "line": self.habits.inherit,
        }  # fmt: skip
        return self.rng.random() < share.get(line.kind, 0.0) * (0.5 if across else 1.0)

    def add_credit(self, page: Page, parent: Page) -> None:
        """Say whence a page is, or not."""
        rng, source = self.rng, parent.site
        how = ""
        if rng.random() < self.habits.credit:
            ways = ("named", "first", "line", "link", "canonical", "based-on")
            how = rng.choices(ways, (0.42, 0.17, 0.08, 0.17, 0.07, 0.09))[0]
        if source.is_agency and rng.random() < 0.45:
            tag = Line("agency", source.tag, source.host if source.resolvable else None)
            page.lines = [line for line in page.lines if (line.kind, line.value) != (tag.kind, tag.value)] + [tag]
        if how == "line":
            page.lines.append(Line(how, parent.url if rng.random() < 0.7 else source.host, source.host))
        if how in {"named", "first"}:
            by_host = rng.random() < 0.5
            site = source.host if by_host or source.resolvable else None
            if not by_host and rng.random() < 0.04:
                site = rng.choice(self.sites).host
            local = parent.at - parent.backdated + timedelta(minutes=source.offset)
            if rng.random() < MISTIMED:
                local += timedelta(days=rng.uniform(-5, 5))
            line = Line("attribution", source.host if by_host else source.name, site, local if how == "first" else None)
            page.lines.append(line)
        if how in {"link", "canonical", "based-on"} and self.habits.marks:
            page.lines.append(Line(how, parent.url, source.host))

    def add_marks(self, page: Page, earlier: list[Page]) -> None:
        """What says nothing of the source: the site's own initials, links to others on the story and to anything."""
        if page.site.misread and self.rng.random() < 0.8:
            page.lines.append(Line("agency", page.site.tag, f"{page.site.tag.lower()}-agency.test"))
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

    def pages(self) -> list[tuple[int, Page]]:
        """The pages that were crawled, with the number of their story."""
        return [(n, page) for n, story in enumerate(self.stories) for page in story if page.crawled]
