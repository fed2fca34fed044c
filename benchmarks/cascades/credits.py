"""What pages say of where they are from, true, inherited or wrong, and of sites they are not from: page -> credits."""

from __future__ import annotations

import random
from dataclasses import replace

from cascades.clocks import for_readers, local_clock
from cascades.conditions import Noise
from cascades.phrasing import choose
from cascades.texts import stream
from cascades.trees import Credit, Page, Site, World

WAYS = {"line": 0.46, "first_published": 0.14, "tail": 0.08, "link": 0.13, "canonical": 0.09, "jsonld": 0.1}
"""How those that give their source away do it."""
CARRIED = {"line", "first_published", "tail", "own", "note", "photo"}
RESAID = 0.5
"""Lines that a translation says in its own language; the others it leaves as they were."""
NOTED = 0.5
"""Machine translations that say they are."""
KEPT_CITES = 0.8
FURTHER_TIME = 0.3
"""First-published lines that give the time although the wording has no place for it."""


def add_credits(page: Page, earlier: list[Page], world: World) -> None:
    """Add what a page says; `earlier` are the pages of its story, its own source among them."""
    noise, rng = world.noise, stream(world.seed, "credit", page.name)
    parent = page.parent
    if parent is not None:
        page.credits += _carried(page, parent, noise)
        page.credits += _given(page, parent, noise, rng)
    if page.machine and rng.random() < NOTED:
        phrase = choose(page.language, "note", rng, own=noise.own_phrases)
        page.credits.append(Credit("note", None, phrase.text, own_phrase=phrase.own))
    _add_false(page, earlier, world)
    _add_others(page, earlier, world)
    if page.site.agency and noise.tags:
        page.credits = [c for c in page.credits if c.kind != "agency"] + [_tag(page.site, page.name)]
    if page.site.own_footer:
        page.credits.append(_say("own", page.site, page, page, stream(world.seed, "own", page.name), noise))


def _tag(site: Site, name: object) -> Credit:
    """An agency's mark: before the first sentence, or in a line at the end."""
    shape = stream("tag", name).choice(("({}) - ", "({}) — ", "{}/", "({})"))
    return Credit("agency", site, shape.format(site.tag))


def _carried(page: Page, parent: Page, noise: Noise) -> list[Credit]:
    """What the source page said and this one says again."""
    rng = stream("carry", page.name)
    across, kept = page.language != parent.language, []
    for credit in parent.credits:
        share = 0.0
        if credit.kind in CARRIED:
            share = noise.inherited * (0.5 if across else 1.0)
        elif credit.kind == "agency":
            share = noise.tags
        elif credit.kind == "cite":
            share = KEPT_CITES
        again = rng.random() < share
        resaid = across and rng.random() < RESAID and credit.kind in {"line", "cite", "photo"} and credit.site
        if again and resaid and credit.site:
            kind = {"line": "source", "cite": "cites"}.get(credit.kind, credit.kind)
            phrase = choose(page.language, kind, rng, own=noise.own_phrases)
            text = phrase.text.replace("{site}", credit.site.name)
            kept.append(replace(credit, text=text, names="name", own_phrase=phrase.own, href=""))
        elif again:
            kept.append(replace(credit, kind="tail" if credit.kind == "own" else credit.kind, href=""))
    return [credit for credit in kept if credit.site is not page.site]


def _given(page: Page, parent: Page, noise: Noise, rng: random.Random) -> list[Credit]:
    """What the page says of its own accord."""
    found = []
    if parent.site.agency and rng.random() < noise.tags and not any(c.kind == "agency" for c in page.credits):
        found.append(_tag(parent.site, page.name))
    says, elder = rng.random() < noise.credited, rng.random() < noise.grandparent
    of = parent.parent if elder and parent.parent else parent
    kind = rng.choices(list(WAYS), list(WAYS.values()))[0]
    if says and of.site is not page.site:
        found.append(_say(kind, of.site, of, page, rng, noise))
    return found


def _say(kind: str, site: Site, of: Page, page: Page, rng: random.Random, noise: Noise) -> Credit:
    """A credit of a kind to a site's page."""
    if kind in {"canonical", "jsonld"}:
        return Credit(kind, site, href=of.url, names="mark")
    if kind == "link":
        by_name = rng.random() < 0.5
        return Credit(kind, site, site.name if by_name else of.title.text, of.url, names="name" if by_name else "mark")
    if kind == "first_published" and of.stated is None:
        kind = "line"
    wanted = {"line": "source", "first_published": "first", "own": "tail", "cite": "cites"}.get(kind, kind)
    phrase = choose(page.language, wanted, rng, own=noise.own_phrases)
    names = "name"
    if rng.random() < noise.hosts:
        names = rng.choice(("host", "both", "address"))
    bare = site.host.removeprefix("www.")
    shown = {"name": site.name, "host": bare, "both": f"{site.name} ({bare})", "address": of.url}[names]
    text = phrase.text
    if of.stated is not None:
        local = local_clock(of.site, of.stated)
        time = f"{local:%Y-%m-%d %H:%M:%S}" if rng.random() < 0.5 else for_readers(local, page.language)
        if kind == "first_published" and "{time}" not in text and rng.random() < FURTHER_TIME:
            text = f"{text.rstrip('.。।')}, {{time}}"
        text = text.replace("{time}", time)
    text = text.replace("{time}", "").replace("{title}", of.title.text).replace("{site}", shown)
    href = of.url if names != "address" and rng.random() < 0.4 else ""
    return Credit(kind, site, text, href, phrase.own, "host" if names == "address" else names)


def _add_false(page: Page, earlier: list[Page], world: World) -> None:
    rng = stream(world.seed, "false", page.name)
    if page.kind != "article" or rng.random() >= world.noise.false:
        return
    pages = [other for other in earlier if other is not page.parent and other.site is not page.site]
    if pages and rng.random() < 0.6:
        wrong = rng.choice(pages)
        page.credits.append(_say("line", wrong.site, wrong, page, rng, world.noise))
    else:
        site = rng.choice([site for site in world.sites if site is not page.site])
        shown = replace(page, url=f"https://{site.host}/")
        page.credits.append(_say("line", site, shown, page, rng, world.noise))


def _add_others(page: Page, earlier: list[Page], world: World) -> None:
    """Names and links that say nothing of the source."""
    noise, rng = world.noise, stream(world.seed, "others", page.name)
    cites, photo, decoy = (rng.random() < share for share in (noise.cites, noise.photos, noise.decoys))
    if cites and page.relation in {"origin", "near-duplicate"}:
        page.credits.append(_of_anybody("cite", page, world, rng))
    if photo:
        page.credits.append(_of_anybody("photo", page, world, rng))
    known = [other for other in earlier if other.site is not page.site and other is not page.parent]
    if decoy and known:
        other = rng.choice(known)
        page.credits.append(Credit("decoy", other.site, other.title.text, other.url, names="mark"))


def _of_anybody(kind: str, page: Page, world: World, rng: random.Random) -> Credit:
    site = rng.choice([site for site in world.sites if site is not page.site])
    phrase = choose(page.language, {"cite": "cites"}.get(kind, kind), rng, own=world.noise.own_phrases)
    return Credit(kind, site, phrase.text.replace("{site}", site.name), own_phrase=phrase.own)
