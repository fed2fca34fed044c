"""From plans to documents: what stands on a page, under which address, and what is true of it."""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

from calendars import local_clock, visible
from checks import kept_numbers, names_in_line
from furniture import Words
from sources import Digest, ExtraPage, PagePlan, Site, Sources, Story, Version

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)  # article numbers count from here
SECTIONS = ("news", "world", "local", "public", "stories")
LETTERS_WITHOUT_MARK = str.maketrans({"ß": "ss", "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "’": "", "'": ""})


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of a page's text; `linked` is the part of it that leads to `href`."""

    text: str
    kind: str = "text"  # text, heading, credit, item
    href: str = ""
    linked: str = ""


@dataclass(frozen=True)
class Document:
    """One page, crawled or not (then `crawls` is empty)."""

    key: str  # story/page: seeds and references, never shown
    story: str
    kind: str  # article, digest, list, error, wall
    site: Site
    url: str
    title: str
    paragraphs: tuple[Paragraph, ...]
    published: datetime
    stated: datetime  # what the page says: earlier, if it is backdated
    dates: str
    crawls: tuple[datetime, ...]
    relation: str = "origin"
    machine: bool = False
    parent: str | None = None
    marks: tuple[str, ...] = ()  # how it gives its parent away: README's `names`, and agency
    named_by_host: bool = False
    named_by_name: bool = False
    canonical: str = ""
    based_on: str = ""
    comments: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(paragraph.text for paragraph in self.paragraphs)


def seed(*parts: str) -> int:
    """A number that hangs on the parts alone: the only chance in the corpus."""
    return int.from_bytes(sha256("\x1f".join(parts).encode()).digest()[:8], "big")


def slug_of(title: str) -> str:
    """The first words of a headline as an address shows them: Latin words bare, others percent-encoded."""
    bare = unicodedata.normalize("NFKD", title.lower().translate(LETTERS_WITHOUT_MARK))
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    latin = re.findall(r"[a-z0-9]+", bare)
    if sum(map(len, latin)) * 2 > len(bare.replace(" ", "")):
        return "-".join(latin[:7])
    words = re.findall(r"[^\W_]+(?:[\u0300-\u036f\u0900-\u0963\u200c]+[^\W_]*)*", title)
    return quote("-".join(words[:6])[:40].rstrip("-"))


class Addresses:
    """Gives each page its address; keeps what is taken, so that no two pages share one."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, site: Site, dates: str, title: str, story: str, published: datetime, stated: datetime) -> str:
        """An address in the site's own style; never the story's id, which would give the truth away."""
        slug, style = slug_of(title), seed("address", site.key) % 4
        number = 10_000 + seed("number", site.key) % 700_000 + int((published - EPOCH).total_seconds()) // 420
        number += next(step for step in range(1000) if self._free(site, number + step))
        if story in slug or (slug.startswith("%") and style == 0):
            slug = ""  # a number alone will do
        paths = (
            f"/{slug}-{number}.html".replace("/-", "/"),
            f"/{SECTIONS[seed(site.key) % 5]}/{number}",
            f"/{slug or number}/",
            f"/article/{number}/{slug}",
        )
        dated = f"/{local_clock(site, stated):%Y/%m/%d}/{slug or number}/"
        url = f"https://{site.host}{dated if dates == 'url_date' else paths[style]}"
        while url in self._taken:
            url = f"{url.rstrip('/')}-2/"
        self._taken |= {url, f"{site.key} {number}"}
        return url

    def _free(self, site: Site, number: int) -> bool:
        return f"{site.key} {number}" not in self._taken


def sentences_joined(version: Version, keep: str | None, joiner: str, dateline: str = "") -> list[str]:
    """The kept sentences as paragraphs; the dateline stands before the first."""
    kept = set(kept_numbers(keep, len(version.sentences)))
    paragraphs: list[str] = []
    number = 0
    for paragraph in version.paragraphs:
        numbers = range(number + 1, number + 1 + len(paragraph))
        number += len(paragraph)
        chosen = [sentence for place, sentence in zip(numbers, paragraph, strict=True) if place in kept]
        if chosen:
            paragraphs.append(joiner.join(chosen))
    if dateline and paragraphs:
        paragraphs[0] = dateline + paragraphs[0]
    return paragraphs


def credit_paragraphs(plan: PagePlan, parent: Document | None) -> list[Paragraph]:
    """The lines that tell where a page is from, with the parent's name, host, address and clock filled in."""
    paragraphs: list[Paragraph] = []
    for number, line in enumerate(plan.credit):
        text, href, linked = line, "", ""
        if parent is not None:
            clock = f"{local_clock(parent.site, parent.stated):%Y-%m-%d %H:%M:%S}"
            text = line.replace("{name}", parent.site.name).replace("{host}", parent.site.host)
            text = text.replace("{url}", parent.url).replace("{local_time}", clock)
            if plan.credit_link and number == 0:
                href = parent.url
                linked = next((part for part in (parent.url, parent.site.host, parent.site.name) if part in text), text)
        paragraphs.append(Paragraph(text, "credit", href, linked))
    return paragraphs


def article(
    story: Story, plan: PagePlan, url: str, parent: Document | None, sources: Sources, words: Words
) -> Document:
    version, site = story.versions[plan.version], sources.sites[plan.site]
    text = sentences_joined(version, plan.keep, words.joiner, plan.dateline)
    host, name, tag = names_in_line(plan, parent.site) if parent else (False, False, False)
    return Document(
        key=f"{story.slug}/{plan.id}",
        story=story.slug,
        kind="article",
        site=site,
        url=url,
        title=plan.title or version.title,
        paragraphs=(
            *(Paragraph(line) for line in (*plan.before, *text, *plan.after)),
            *credit_paragraphs(plan, parent),
        ),
        published=plan.published,
        stated=plan.published - timedelta(hours=plan.backdated_hours),
        dates=plan.dates or site.dates,
        crawls=() if plan.crawled is None else (plan.crawled,),
        relation=plan.relation,
        machine=plan.relation == "translation" and version.made == "machine",
        parent=parent.key if parent else None,
        marks=(*plan.names, *(("agency",) if tag else ())),
        named_by_host=host,
        named_by_name=name,
        canonical=parent.url if parent and plan.canonical else "",
        based_on=parent.url if parent and plan.based_on else "",
        comments=plan.comments,
    )


def digest_document(digest: Digest, sources: Sources, addresses: Addresses, words: Words) -> Document:
    """A page of several stories' items; the truth counts it as a story of its own."""
    site = sources.sites[digest.site]
    dates = digest.dates or site.dates
    paragraphs = [Paragraph(digest.intro)] if digest.intro else []
    for item in digest.items:
        story = sources.stories[item.story]
        version = story.versions[story.pages[item.page].version]
        paragraphs += [Paragraph(item.heading, "heading")] if item.heading else []
        paragraphs += [Paragraph(text) for text in sentences_joined(version, item.keep, words.joiner)]
    url = addresses.give(site, dates, digest.title, digest.slug, digest.published, digest.published)
    return Document(
        key=digest.slug,
        story=digest.slug,
        kind="digest",
        site=site,
        url=url,
        title=digest.title,
        paragraphs=tuple(paragraphs),
        published=digest.published,
        stated=digest.published,
        dates=dates,
        crawls=(digest.crawled,),
    )


def extra_document(extra: ExtraPage, sources: Sources, known: list[Document], words: Words) -> Document:
    """A page that is no article; a list page shows the headlines that its site had when it was crawled."""
    site = sources.sites[extra.site]
    paragraphs = [Paragraph(line) for line in extra.text]
    if extra.kind == "list":
        listed = [document for document in known if document.site == site and document.published < extra.crawled]
        for document in sorted(listed, key=lambda document: (document.stated, document.key), reverse=True):
            day = visible(site, words, document.stated, with_time=False)
            paragraphs.append(Paragraph(f"{document.title} ({day})", "item", document.url, document.title))
    return Document(
        key=extra.slug,
        story=extra.slug,
        kind=extra.kind,
        site=site,
        url=f"https://{site.host}{extra.path}",
        title=extra.title,
        paragraphs=tuple(paragraphs),
        published=extra.crawled,
        stated=extra.crawled,
        dates="none",
        crawls=(extra.crawled,),
    )


def story_documents(sources: Sources, furniture: dict[str, Words], addresses: Addresses) -> list[Document]:
    """Parents before children, for a page's credit quotes its parent's address."""
    plans = [(story, plan) for story in sources.stories.values() for plan in story.pages.values()]
    made: dict[str, Document] = {}
    for story, plan in sorted(plans, key=lambda pair: (pair[1].published, pair[0].slug, pair[1].id)):
        site = sources.sites[plan.site]
        stated = plan.published - timedelta(hours=plan.backdated_hours)
        title = plan.title or story.versions[plan.version].title
        url = addresses.give(site, plan.dates or site.dates, title, story.slug, plan.published, stated)
        parent = made[f"{story.slug}/{plan.parent}"] if plan.parent else None
        document = article(story, plan, url, parent, sources, furniture[site.language])
        made[document.key] = document
    return list(made.values())


def make_documents(sources: Sources, furniture: dict[str, Words]) -> list[Document]:
    """All pages of the corpus, those that were not crawled too."""
    addresses = Addresses()
    documents = story_documents(sources, furniture, addresses)
    for digest in sources.digests:
        words = furniture[sources.sites[digest.site].language]
        documents.append(digest_document(digest, sources, addresses, words))
    again: dict[str, list[datetime]] = defaultdict(list)
    for recrawl in sources.recrawls:
        again[f"{recrawl.story}/{recrawl.page}"].append(recrawl.crawled)
    documents = [replace(document, crawls=(*document.crawls, *again[document.key])) for document in documents]
    articles = list(documents)
    for extra in sources.extras:
        documents.append(extra_document(extra, sources, articles, furniture[sources.sites[extra.site].language]))
    return documents
