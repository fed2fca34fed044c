"""Random copying trees over made-up sites: documents and noise -> sites, pages, who took which from whom.

What a page says of its source is added by `credits`, how it states its time by `clocks`, whether it was crawled here.
Every purpose has random numbers of its own, so that a condition changes only what it is about.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypedDict, cast
from zoneinfo import ZoneInfo

from anyascii import anyascii

from cascades import texts
from cascades.conditions import MODES, Noise
from cascades.texts import Key, Library, Passage, stream

START = datetime(2025, 9, 8, tzinfo=UTC)
STORIES_BEGIN_WITHIN_DAYS = 20
SYLLABLES = "bra cle dov ek fin gral hul ista jor kem lun mir nev olt pra quin rus sel tav ulm ver wick yar zel".split()
SKELETONS = ("wordpress", "agency", "portal", "plain")
MOST_LAG_DAYS = 60
LEAST_KEPT = 4
"""Sentences that an excerpt keeps at least."""


class Words(TypedDict):
    """A language's part of words.toml."""

    name: str
    a: list[str]
    n: list[str]
    nav: list[str]
    related: list[str]
    rights: str
    follow: str
    published: str
    missing: str
    digest: str
    zones: list[str]


@lru_cache(maxsize=1)
def words() -> dict[str, Words]:
    """words.toml."""
    text = (Path(__file__).resolve().parent / "words.toml").read_text(encoding="utf-8")
    return cast("dict[str, Words]", tomllib.loads(text))


@dataclass(frozen=True)
class Site:
    """A made-up site."""

    host: str
    name: str
    language: str
    zone: str
    skeleton: str
    mode: str
    """How it states times: one of conditions.MODES."""
    agency: bool
    tag: str
    """An agency's short name."""
    own_footer: bool
    """Whether its pages end in a line that names the site itself."""
    zoned_as_utc: bool
    numbered: bool
    """Whether its addresses are numbers rather than words."""
    clock_error: timedelta
    """How far its clock stands from the zone it says."""

    def offset(self, moment: datetime) -> timedelta:
        """Its zone's distance from UTC."""
        return moment.astimezone(ZoneInfo(self.zone)).utcoffset() or timedelta(0)


@dataclass(frozen=True)
class Credit:
    """What a page says of somebody."""

    kind: str
    """line, first_published, tail, agency, canonical, jsonld, link: of a source; cite, photo, note, decoy: of none."""
    site: Site | None
    text: str = ""
    href: str = ""
    own_phrase: bool = False
    names: str = "name"
    """How the site stands in it: name, host (or an address) or both; mark, if only HTML has it."""


@dataclass
class Page:
    """A page of a made-up crawl."""

    name: str
    """The same under every condition."""
    url: str
    site: Site
    story: str
    published: datetime
    parent: Page | None
    relation: str
    title: Passage
    body: list[Passage]
    machine: bool = False
    kind: str = "article"
    credits: list[Credit] = field(default_factory=list)
    mode: str = "none"
    stated: datetime | None = None
    """The moment it states, if its zone is read rightly; None where it states none."""
    backdated: bool = False
    crawls: list[datetime] = field(default_factory=list)
    """When it was fetched; empty if it never was."""

    @property
    def language(self) -> str:
        """The language of its site."""
        return self.site.language

    def ancestors(self) -> list[Page]:
        """The pages it was taken from, nearest first."""
        found, page = [], self.parent
        while page is not None:
            found.append(page)
            page = page.parent
        return found


def make_sites(seed: object, n: int, languages: list[str], noise: Noise) -> list[Site]:
    """Sites, few languages having most of them; every thirtieth is an agency."""
    sites: list[Site] = []
    shares = [1 / (3 + place) for place in range(len(languages))]
    for number in range(n):
        rng = stream(seed, "site", number)
        language = rng.choices(languages, shares)[0]
        of = words()[language]
        agency = number % 30 == 3
        word = "".join(rng.choice(SYLLABLES) for _ in range(2))
        name = of["name"].format(a=rng.choice(of["a"]), n=rng.choice(of["n"]))
        if any(other.name == name for other in sites):
            name = f"{name} {word.title()}"
        if agency:
            name = f"{word.title()} {rng.choice(('Wire', 'Agency', 'Press'))}"
        folded = "".join(c for c in anyascii(name).lower() if c.isalnum())[:22]
        stem = folded if rng.random() < 0.5 else f"{word}{rng.choice(('', '', '-news', 'post', '24'))}"
        sub = rng.choice(("", "", "", "www.", "news."))
        host = f"{sub}{stem}{number}.{rng.choice(('test', 'example'))}"
        zones = sorted({zone for other in words().values() for zone in other["zones"]})
        zone = rng.choice(of["zones"])
        wrong = stream(seed, "clock error", number)
        error = timedelta(0)
        if wrong.random() < noise.zone_off:
            other = datetime(2025, 9, 20, tzinfo=ZoneInfo(wrong.choice(zones)))
            error = (other.utcoffset() or error) - (START.astimezone(ZoneInfo(zone)).utcoffset() or error)
        sites.append(
            Site(
                host=host, name=name, language=language, zone=zone,
                skeleton="agency" if agency else rng.choice(SKELETONS),
                mode=stream(seed, "mode", number).choices(MODES, noise.modes)[0], agency=agency,
                tag=word[:4].upper() if rng.random() < 0.6 else word, own_footer=rng.random() < noise.own_footer,
                zoned_as_utc=rng.random() < 0.15, numbered=rng.random() < 0.4, clock_error=error,
            )
        )  # fmt: skip
    return sites


def address(site: Site, title: str, published: datetime, rng: random.Random, *, dated: bool) -> str:
    """Where a page stands; with the day of its site's clock in it, if `dated`."""
    slug = "-".join("".join(c if c.isalnum() else " " for c in anyascii(title).lower()).split()[:7])
    tail = f"{rng.randint(10_000, 9_999_999)}" if site.numbered or not slug else f"{slug}-{rng.randint(10, 9_999)}"
    local = published + site.offset(published) + site.clock_error
    folder = f"{local:%Y/%m/%d}" if dated else rng.choice(("news", "story", "p"))
    return f"https://{site.host}/{folder}/{tail}{rng.choice(('', '/', '.html')) if not site.numbered else ''}"


class World:
    """Sites, stories and the pages between them."""

    def __init__(self, library: Library, noise: Noise, seed: object, n_pages: int) -> None:
        self.library, self.noise, self.seed = library, noise, seed
        known = sorted({language for texts_ in library.texts.values() for language in texts_} & set(words()))
        self.languages = stream(seed, "languages").sample(known, min(noise.languages, len(known)))
        self.sites = make_sites(seed, max(40, n_pages // 4), self.languages, noise)
        names = stream(seed, "documents").sample(sorted(library.texts), len(library.texts))
        n_aside = max(1, len(names) // 5)
        self.aside = names[:n_aside]
        """Documents that are told by no story: local paragraphs, digests and pages of their own come from them."""
        self.stories = self._grow(names[n_aside:], n_pages)

    def _grow(self, names: list[str], n_pages: int) -> list[list[Page]]:
        sizes: dict[str, int] = {}
        for name in names:
            size = stream(self.seed, "size", name).lognormvariate(*self.noise.story_size)
            sizes[name] = min(self.noise.largest_story, max(2, round(size)))
        # So few documents must carry so many pages: all stories grow alike.
        scale = max(1.0, n_pages / max(1, sum(sizes.values())))
        stories: list[list[Page]] = []
        for name in names:
            if sum(map(len, stories)) < n_pages:
                stories.append(self._story(name, min(len(self.sites), round(sizes[name] * scale))))
        return stories

    def _story(self, name: str, n: int) -> list[Page]:
        rng = stream(self.seed, "tree", name)
        told = self.library.texts[name]
        sites = [site for site in self.sites if site.language in told]
        agencies = [site for site in sites if site.agency]
        first = rng.choice(agencies if agencies and rng.random() < 0.3 else sites)
        few = {first.language, *rng.choices(sorted({site.language for site in sites}), k=rng.randint(1, 4))}
        begin = START + timedelta(minutes=rng.randint(0, 60 * 24 * STORIES_BEGIN_WITHIN_DAYS))
        pages = [self._origin(name, first, begin)]
        # Agencies write; others take from them.
        free = [site for site in sites if site is not first and not site.agency]
        for _ in range(n - 1):
            if not free:
                break
            parent = self._parent(pages, rng)
            near = [site for site in free if site.language == parent.language]
            far = [site for site in free if site.language != parent.language]
            far = [site for site in far if site.language in few] or far
            across = bool(far) and (rng.random() < self.noise.translated or not near)
            site = rng.choice(far if across else near or free)
            free.remove(site)
            pages.append(self._copy(name, parent, site, len(pages)))
        return pages

    def _parent(self, pages: list[Page], rng: random.Random) -> Page:
        weights = [
            (3.0 if page.site.agency else 1.0) * float(1 + i) ** -self.noise.recent * rng.choice((0.3, 1.0, 2.0))
            for i, page in enumerate(pages)
        ]
        return rng.choices(pages, weights)[0]

    def _origin(self, name: str, site: Site, at: datetime) -> Page:
        rng = stream(self.seed, "origin", name)
        version = rng.randrange(4)
        keys: list[Key] = [(name, place) for place in range(self.library.length(name))]
        told = [Passage((key,), self.library.say([key], site.language, version)) for key in keys]
        url = address(site, told[0].text, at, rng, dated=site.mode == "url_date")
        return Page(f"{name}/0", url, site, name, at, None, "origin", told[0], told[1:])

    def _copy(self, name: str, parent: Page, site: Site, number: int) -> Page:
        noise = self.noise
        when, rng = stream(self.seed, "lag", name, number), stream(self.seed, "text", name, number)
        across = site.language != parent.language
        usual = noise.lag_across if across else noise.lag
        minutes = when.lognormvariate(*((8.6, 1.0) if when.random() < noise.late else usual))
        minutes = min(max(1.0, minutes), MOST_LAG_DAYS * 1440.0)
        at = parent.published + timedelta(minutes=minutes, seconds=when.randint(0, 59))
        at = at.replace(microsecond=0)
        shares = (noise.exact, noise.excerpts, max(0.0, 1 - noise.exact - noise.excerpts))
        relation = rng.choices(("copy", "excerpt", "near-duplicate"), shares)[0]
        body, title, machine = list(parent.body), parent.title, False
        if across:
            machine, version = rng.random() < noise.machine, rng.randrange(4)
            told = [p for p in (title, *body) if all(site.language in self.library.texts[name] for name, _ in p.keys)]
            title, *body = [
                texts.translate(
                    p, self.library, site.language, parent.language, rng, noise, machine=machine, version=version
                )
                for p in told
            ]
        if relation == "excerpt" and len(body) > LEAST_KEPT:
            body = body[: max(LEAST_KEPT, round(len(body) * rng.uniform(0.25, 0.8)))]
        if relation != "copy":
            body = texts.shorten(body, rng, noise.dropped)
        if relation == "near-duplicate":
            body = [texts.touch(passage, site.language, rng, noise) for passage in body]
            body = texts.merge(body, rng, noise.merged)
        if rng.random() < noise.local:
            body = self._with_local(body, site.language, rng)
        if rng.random() < noise.retitled:
            title = texts.retitle(title, body, site.language, rng)
        url = address(site, title.text, at, rng, dated=site.mode == "url_date")
        relation = "translation" if across else relation
        return Page(f"{name}/{number}", url, site, name, at, parent, relation, title, body, machine)

    def _with_local(self, body: list[Passage], language: str, rng: random.Random) -> list[Passage]:
        """With one or two sentences of a document that no story tells."""
        told = [name for name in self.aside if language in self.library.texts[name]]
        if not told:
            return body
        name = rng.choice(told)
        place = rng.randrange(1, self.library.length(name) - 1)
        added = [
            Passage(((name, i),), self.library.say([(name, i)], language))
            for i in range(place, place + rng.randint(1, 2))
        ]
        at = rng.randint(min(2, len(body)), len(body))
        return [*body[:at], *added, *body[at:]]
