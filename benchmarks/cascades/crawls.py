"""A whole crawl: documents, noise and a seed -> the pages of stories and those that lie between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cascades.clocks import set_clock, set_crawls
from cascades.credits import add_credits
from cascades.texts import Passage, stream
from cascades.trees import START, Page, World, address, words


@dataclass
class Crawl:
    """Pages, crawled or not, in a fixed order."""

    world: World
    pages: list[Page]

    @property
    def fetched(self) -> list[Page]:
        """The pages that the crawler saw."""
        return [page for page in self.pages if page.crawls]


def make_crawl(world: World) -> Crawl:
    """Give the pages of a world their times, credits and crawls, and add pages of no story."""
    noise, seed = world.noise, world.seed
    for story in world.stories:
        for page in story:
            set_clock(page, noise, seed)
            set_crawls(page, noise, seed)
        for place, page in enumerate(story):
            add_credits(page, story[:place], world)
    told = [page for story in world.stories for page in story]
    others = [*_singles(world, round(noise.singles * len(told))), *_gatherings(world, told)]
    for page in others:
        set_clock(page, noise, seed)
        set_crawls(page, noise, seed)
    return Crawl(world, [*told, *others])


def _page_at(world: World, name: str, kind: str, title: str, body: list[Passage], at: datetime) -> Page:
    rng = stream(world.seed, "aside", name)
    sites = [site for site in world.sites if site.language == world.languages[0]] if kind == "single" else world.sites
    site = rng.choice(sites)
    url = address(site, title or name, at, rng, dated=site.mode == "url_date")
    return Page(name, url, site, name, at, None, "origin", Passage((), title), body, kind=kind)


def _moment(world: World, name: str) -> datetime:
    return START + timedelta(seconds=stream(world.seed, "moment", name).randint(0, 86400 * 25))


def _singles(world: World, n: int) -> list[Page]:
    """Pages that tell what no other page tells: each sentence of the documents set aside is used once."""
    language = world.languages[0]
    keys = [
        (name, place)
        for name in world.aside
        if language in world.library.texts[name]
        for place in range(world.library.length(name))
    ]
    stream(world.seed, "singles").shuffle(keys)
    n = min(n, len(keys) // 6)
    pages = []
    for number in range(n):
        told = [Passage((key,), world.library.say([key], language)) for key in keys[6 * number : 6 * number + 6]]
        name = f"single-{number}"
        pages.append(_page_at(world, name, "single", told[0].text[:80], told[1:], _moment(world, name)))
    return pages


def _gatherings(world: World, told: list[Page]) -> list[Page]:
    """Digests with the first sentences of several stories, lists of headlines, pages that say there is none."""
    noise, pages = world.noise, []
    for kind, share in (("digest", noise.digests), ("list", noise.lists), ("error", noise.errors)):
        for number in range(round(share * len(told))):
            name = f"{kind}-{number}"
            rng = stream(world.seed, name)
            page = _page_at(world, name, kind, "", [], _moment(world, name))
            of = words()[page.language]
            pages.append(page)
            if kind == "error":
                page.title, page.body = Passage((), of["missing"]), [Passage((), of["missing"])]
                continue
            near = [other for other in told if other.language == page.language] or told
            chosen = {other.story: other for other in rng.sample(near, min(6, len(near)))}
            page.title = Passage((), of["digest"] if kind == "digest" else rng.choice(of["nav"]))
            for other in chosen.values():
                page.body += [other.title, *(other.body[:2] if kind == "digest" else [])]
            # It was there after what it lists.
            page.published = max(page.published, *(other.published for other in chosen.values()))
    return pages
