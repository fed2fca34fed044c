"""What the corpus is made from, as frozen records read from sites.toml, stories/*.toml and extras.toml."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tables import CorpusError, Table, load_toml, read_paragraphs

DATE_MODES = ("jsonld_tz", "meta_tz", "meta_naive", "visible_local", "day_only", "url_date", "none")
RELATIONS = ("origin", "copy", "near-duplicate", "excerpt", "translation")
MADE = ("original", "human", "machine", "rewrite")
MARKS = ("line", "canonical", "based-on", "link")
LAYOUTS = ("classic", "magazine", "blog", "divsoup")


@dataclass(frozen=True)
class Site:
    """One fictional site; `rank` is its place among the sites of its language, by which it picks its wording."""

    key: str
    host: str
    name: str
    language: str
    dates: str
    offset_hours: float
    layout: str
    agency: str | None
    charset: str
    charset_in: str  # both, header, meta: where its pages declare the charset
    months: str  # "" or "levant": which of two sets of month names an Arabic site uses
    digits: str  # "" or ten digits that its visible dates are written in
    rank: int

    @property
    def bare_host(self) -> str:
        """The host as truth.jsonl names parents and origins: without www."""
        return self.host.removeprefix("www.")


@dataclass(frozen=True)
class Version:
    """One text of a story: paragraphs of sentences."""

    key: str
    language: str
    made: str
    made_from: str | None
    title: str
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph)


@dataclass(frozen=True)
class PagePlan:
    """One page as its author planned it; the fields are the keys of README.md."""

    id: str
    site: str
    version: str
    relation: str
    parent: str | None
    published: datetime
    crawled: datetime | None
    title: str | None
    keep: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    dateline: str
    credit: tuple[str, ...]
    credit_link: bool
    names: tuple[str, ...]
    canonical: bool
    based_on: bool
    dates: str | None
    backdated_hours: float
    comments: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """A story file; a page of singles.toml is a story of one version and one page."""

    slug: str
    where: str
    versions: dict[str, Version]
    pages: dict[str, PagePlan]


@dataclass(frozen=True)
class DigestItem:
    story: str
    page: str
    keep: str | None
    heading: str


@dataclass(frozen=True)
class Digest:
    """A page made of items of several stories; `slug` numbers the digests in the order of the file."""

    slug: str
    where: str
    site: str
    published: datetime
    crawled: datetime
    title: str
    intro: str
    dates: str | None
    items: tuple[DigestItem, ...]


@dataclass(frozen=True)
class ExtraPage:
    """A page that is no article: kind is list, error or wall."""

    slug: str
    where: str
    kind: str
    site: str
    path: str
    crawled: datetime
    title: str
    text: tuple[str, ...]


@dataclass(frozen=True)
class Recrawl:
    """A page that stands in the dump a second time."""

    where: str
    story: str
    page: str
    crawled: datetime


@dataclass(frozen=True)
class Sources:
    sites: dict[str, Site]
    stories: dict[str, Story]
    digests: tuple[Digest, ...]
    extras: tuple[ExtraPage, ...]
    recrawls: tuple[Recrawl, ...]


def read_sites(path: Path) -> dict[str, Site]:
    sites: dict[str, Site] = {}
    ranks: dict[str, int] = {}
    for key, values in load_toml(path).items():
        table = Table(values, f"{path.name}: {key}")
        language = table.text("language")
        rank = ranks[language] = ranks.get(language, -1) + 1
        sites[key] = Site(
            key=key,
            host=table.text("host"),
            name=table.text("name"),
            language=language,
            dates=table.text("dates", choices=DATE_MODES),
            offset_hours=table.number("offset"),
            layout=table.text("template", choices=LAYOUTS),
            agency=table.maybe("agency"),
            charset=table.maybe("charset") or "utf-8",
            charset_in=table.maybe("charset_in", choices=("both", "header", "meta")) or "both",
            months=table.maybe("months", choices=("levant",)) or "",
            digits=table.maybe("digits") or "",
            rank=rank,
        )
        table.end()
    return sites


def read_version(key: str, values: object, where: str) -> Version:
    table = Table(values, f"{where}: versions.{key}")
    version = Version(
        key=key,
        language=table.text("language"),
        made=table.text("made", choices=MADE),
        made_from=table.maybe("from"),
        title=table.text("title"),
        paragraphs=read_paragraphs(table.text("text")),
    )
    table.end()
    return version


def read_page(values: object, where: str, number: int) -> PagePlan:
    table = Table(values, f"{where}: page number {number}")
    page_id = table.text("id")
    table.where = f"{where}: page {page_id}"
    uncrawled = table.flag("uncrawled")
    crawled = table.moment("crawled") if table.has("crawled") or not uncrawled else None
    page = PagePlan(
        id=page_id,
        site=table.text("site"),
        version=table.text("version"),
        relation=table.text("relation", choices=RELATIONS),
        parent=table.maybe("parent"),
        published=table.moment("published"),
        crawled=None if uncrawled else crawled,
        title=table.maybe("title"),
        keep=table.maybe("keep"),
        before=table.lines("before"),
        after=table.lines("after"),
        dateline=table.maybe("dateline") or "",
        credit=table.lines("credit"),
        credit_link=table.flag("credit_link"),
        names=table.lines("names", choices=MARKS),
        canonical=table.flag("canonical"),
        based_on=table.flag("based_on"),
        dates=table.maybe("dates", choices=DATE_MODES),
        backdated_hours=table.number("backdated_hours"),
        comments=table.lines("comments"),
    )
    table.end()
    return page


def read_story(path: Path) -> Story:
    table = Table(load_toml(path), path.name)
    slug = table.text("slug")
    table.text("about")
    versions = {key: read_version(key, values, path.name) for key, values in table.table("versions").items()}
    pages: dict[str, PagePlan] = {}
    for number, values in enumerate(table.tables("pages"), start=1):
        page = read_page(values, path.name, number)
        if page.id in pages:
            raise CorpusError(f"{path.name}: page {page.id} stands there twice; give the second another id")
        pages[page.id] = page
    table.end()
    return Story(slug, path.name, versions, pages)


def read_single(values: object, where: str, number: int, sites: dict[str, Site]) -> Story:
    """A page of its own as a story of one version and one page, so that all that follows knows one form only."""
    table = Table(values, f"{where}: single number {number}")
    site = table.text("site")
    if site not in sites:
        raise CorpusError(f"{table.where}: site = {site!r} is no key of sites.toml")
    slug = f"single-{number:02}"
    text, title = table.text("text"), table.text("title")
    version = Version(site, sites[site].language, "original", None, title, read_paragraphs(text))
    plan: dict[str, object] = {"id": "a", "site": site, "version": site, "relation": "origin"} | table.rest()
    return Story(slug, f"{where}: single number {number}", {site: version}, {"a": read_page(plan, table.where, 1)})


def read_digest(values: object, where: str, number: int) -> Digest:
    table = Table(values, f"{where}: digest number {number}")
    items: list[DigestItem] = []
    for place, item_values in enumerate(table.tables("items"), start=1):
        item = Table(item_values, f"{table.where}: item {place}")
        items.append(DigestItem(item.text("story"), item.text("page"), item.maybe("keep"), item.maybe("heading") or ""))
        item.end()
    digest = Digest(
        slug=f"digest-{number:02}",
        where=table.where,
        site=table.text("site"),
        published=table.moment("published"),
        crawled=table.moment("crawled"),
        title=table.text("title"),
        intro=table.maybe("intro") or "",
        dates=table.maybe("dates", choices=DATE_MODES),
        items=tuple(items),
    )
    table.end()
    return digest


def read_extras(path: Path) -> tuple[tuple[ExtraPage, ...], tuple[Recrawl, ...]]:
    top = Table(load_toml(path), path.name)
    extras: list[ExtraPage] = []
    for kind in ("list", "error", "wall"):
        for number, values in enumerate(top.tables(kind), start=1):
            table = Table(values, f"{path.name}: {kind} number {number}")
            site, address, crawled = table.text("site"), table.text("path"), table.moment("crawled")
            title = table.text("title")
            extras.append(
                ExtraPage(f"{kind}-{number}", table.where, kind, site, address, crawled, title, table.lines("text"))
            )
            table.end()
    recrawls: list[Recrawl] = []
    for number, values in enumerate(top.tables("again"), start=1):
        table = Table(values, f"{path.name}: again number {number}")
        recrawls.append(Recrawl(table.where, table.text("story"), table.text("page"), table.moment("crawled")))
        table.end()
    top.end()
    return tuple(extras), tuple(recrawls)


def read_sources(sites_path: Path, stories_folder: Path, extras_path: Path) -> tuple[Sources, list[str]]:
    """Everything the corpus is made from, and one line for each file that could not be read.

    Args:
        stories_folder: Holds one file a story, singles.toml and digest.toml.
    """
    problems: list[str] = []
    stories: dict[str, Story] = {}
    digests: list[Digest] = []
    sites = read_sites(sites_path)
    extras, recrawls = read_extras(extras_path)
    for path in sorted(stories_folder.glob("*.toml")):
        try:
            if path.name == "digest.toml":
                tables = Table(load_toml(path), path.name).tables("digest")
                digests += [read_digest(values, path.name, number) for number, values in enumerate(tables, start=1)]
                continue
            if path.name == "singles.toml":
                tables = Table(load_toml(path), path.name).tables("single")
                found = [read_single(values, path.name, number, sites) for number, values in enumerate(tables, start=1)]
            else:
                found = [read_story(path)]
        except CorpusError as error:
            problems.append(str(error))
            continue
        for story in found:
            if story.slug in stories:
                taken_by = stories[story.slug].where
                problems.append(f"{story.where}: slug {story.slug} is taken by {taken_by}; choose another")
            stories[story.slug] = story
    return Sources(sites, stories, tuple(digests), extras, recrawls), problems
