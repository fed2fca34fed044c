"""What the head of a page says of it: titles, site, addresses, times, in meta tags and JSON-LD."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser

from syndetect.extract import jsonld
from syndetect.extract.jsonld import items_of, name_of, references, text_of, type_of
from syndetect.extract.markup import markup
from syndetect.extract.tags import Attributes

_TIME_NAMES = markup()["time_names"]
_UPDATED_NAMES = markup()["updated_names"]
_TITLE_NAMES = markup()["title_names"]
_BASED_ON = markup()["based_on"]
_SOURCE_NAMES = markup()["source_names"]
_ARTICLE = re.compile(r"article|posting|report|review|story|liveblog", re.IGNORECASE)
_PAGE_TYPES = frozenset(
    ("WebPage", "CreativeWork", "ItemPage", "VideoObject", "MediaObject", "Event", "Recipe", "Product")
)
_MARKS = 'title,meta,link[rel],base[href],script[type*="ld+json"]'
_TIER_NAMES = markup()["tier_names"]
_LOCKED_TIERS = frozenset(markup()["locked_tiers"])
# What stands on a page beside its text, or is the site itself: their times are not the page's.
_APART_TYPES = frozenset(("Comment", "ImageObject", "WebSite", "Organization", "Person"))
_FIELD = re.compile(r'"(datePublished|headline)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_SUFFIX = re.compile(r"\s+[|\-–—·»«•:›::]+\s+|\s*[|｜_]\s*")

_NAMED_BY = ("property", "name", "itemprop", "http-equiv")


@dataclass
class Marks:
    """What the head says; lists are best first."""

    titles: list[str] = field(default_factory=list)
    page_title: str | None = None
    site_name: str | None = None
    canonical: str | None = None
    based_on: list[str] = field(default_factory=list)
    json_times: list[str] = field(default_factory=list)
    meta_times: list[str] = field(default_factory=list)
    json_updates: list[str] = field(default_factory=list)  # of the last change
    meta_updates: list[str] = field(default_factory=list)
    description: str | None = None
    article_body: str | None = None
    base: str | None = None
    images: list[str] = field(default_factory=list)
    alternates: list[Attributes] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    """Types of the JSON-LD items."""
    og_type: str | None = None
    is_locked: bool = False
    """Whether the head says that the text is for subscribers."""
    status: str | None = None
    language: str | None = None
    """The HTTP status that the page gives to programs that read it, where it could not give it itself."""


def marks_of(tree: LexborHTMLParser) -> Marks:
    """Read the head of a parsed page."""
    marks = Marks()
    metas: dict[str, list[str]] = {}
    for node in tree.css(_MARKS):  # once over the page: each search costs as much as all else here
        if node.tag == "script":
            _read_json_ld(node.text() or "", marks)
        elif node.tag == "title":
            marks.page_title = marks.page_title or " ".join(node.text().split()) or None
        else:
            _read_element(node.tag, node.attributes, marks, metas)
    for name in _TIME_NAMES:
        marks.meta_times += metas.get(name, [])
    for name in _UPDATED_NAMES:
        marks.meta_updates += metas.get(name, [])
    marks.description = next(iter(metas.get("description", []) + metas.get("og:description", [])), None)
    marks.titles = [*metas.get("og:title", [])[:1], *marks.titles]
    for name in _TITLE_NAMES[1:]:
        marks.titles += metas.get(name, [])[:1]
    names = metas.get("og:site_name") or metas.get("application-name") or []
    marks.site_name = next((name for name in [*names[:1], marks.site_name] if name), None) or _suffix_name(marks)
    for name in _SOURCE_NAMES:
        marks.based_on += metas.get(name, [])
    marks.images = [*metas.get("og:image", []), *metas.get("og:image:url", []), *marks.images]
    root = tree.root
    stated = root.attributes.get("lang") or root.attributes.get("xml:lang") if root is not None else None
    marks.language = next(filter(None, [stated, *metas.get("content-language", []), *metas.get("og:locale", [])]), None)
    marks.og_type = next(iter(metas.get("og:type", [])), None)
    marks.status = next(iter(metas.get("prerender-status-code", [])), None)
    tiers = [value.lower() for name in _TIER_NAMES for value in metas.get(name, [])]
    marks.is_locked = marks.is_locked or not _LOCKED_TIERS.isdisjoint(tiers)
    marks.titles = [" ".join(t.split()) for t in marks.titles if t.strip()]
    marks.based_on = list(dict.fromkeys(one.strip() for one in marks.based_on if one.strip()))
    return marks


def _read_element(tag: str | None, attributes: Attributes, marks: Marks, metas: dict[str, list[str]]) -> None:
    """Read a meta element, a link or the base address."""
    if tag == "meta":
        name = next((name for key in _NAMED_BY if (name := attributes.get(key))), None)
        content = attributes.get("content")
        if name and content and (content := content.strip()):
            metas.setdefault(name.strip().lower(), []).append(content)
        return
    href = (attributes.get("href") or "").strip()
    relations = (attributes.get("rel") or "").lower().split()
    if href and tag == "base":
        marks.base = marks.base or href
    elif href and "canonical" in relations:
        marks.canonical = marks.canonical or href
    elif href and "alternate" in relations and attributes.get("hreflang"):
        marks.alternates.append(attributes)


def bare_title(marks: Marks) -> str | None:
    """The `<title>` without the name of the site."""
    title = marks.page_title
    if not title:
        return None
    parts = [part for part in _SUFFIX.split(title) if part.strip()]
    if len(parts) < 2:
        return title
    name = (marks.site_name or "").casefold()
    if name and parts[-1].casefold() == name:
        return title[: title.rindex(parts[-1])].rstrip(" |-–—·»«•:›_｜") or title
    if name and parts[0].casefold() == name:
        return title[len(parts[0]) :].lstrip(" |-–—·»«•:›_｜") or title
    longest = max(parts, key=len)
    return longest if len(longest) > 0.5 * len(title) else title


def _suffix_name(marks: Marks) -> str | None:
    """The name that stands behind or before the headline in the `<title>`."""
    title = marks.page_title
    if not title:
        return None
    for known in marks.titles:
        words = " ".join(known.split())
        if words and title != words and title.startswith(words):
            rest = title[len(words) :]
            parts = [part for part in _SUFFIX.split(rest) if part.strip()]
            if parts and _SUFFIX.match(rest):
                return parts[-1].strip()
    parts = _SUFFIX.split(title)
    if not marks.titles and len(parts) == 2 and len(parts[1]) < 0.5 * len(parts[0]):
        return parts[1].strip() or None
    return None


def _read_json_ld(raw: str, marks: Marks) -> None:
    data = jsonld.parse(raw)
    if data is None:
        # Broken beyond reading: the two fields that matter most, as they stand.
        for name, value in _FIELD.findall(raw):
            written = text_of(jsonld.parse(f'"{value}"')) or value
            (marks.json_times if name == "datePublished" else marks.titles).append(written)
        return
    items = list(items_of(data))
    types = [type_of(item) for item in items]
    marks.types += types
    articles = [item for item, kind in zip(items, types, strict=True) if _ARTICLE.search(kind)]
    others = [
        item
        for item, kind in zip(items, types, strict=True)
        if not _ARTICLE.search(kind) and _PAGE_TYPES.intersection(kind.split())
    ]
    for item in articles + others:
        if value := text_of(item.get("datePublished") or item.get("dateCreated") or item.get("uploadDate")):
            marks.json_times.append(value)
        if value := text_of(item.get("dateModified")):
            marks.json_updates.append(value)
        if str(item.get("isAccessibleForFree")).lower().rpartition("/")[2] == "false":
            marks.is_locked = True
    # A recipe, a guide, a course: any item the page is made of, where no other tells its time.
    told = (
        text_of(item.get("datePublished"))
        for item, kind in zip(items, types, strict=True)
        if not _ARTICLE.search(kind) and not _APART_TYPES.intersection(kind.split())
    )
    marks.json_times = marks.json_times or [value for value in told if value][:1]
    for item in items:
        for name in _BASED_ON:
            marks.based_on += references(item.get(name))
    _read_names(articles, list(zip(items, types, strict=True)), marks)


def _read_names(articles: list[jsonld.Item], items: list[tuple[jsonld.Item, str]], marks: Marks) -> None:
    """Headlines, texts and images of the articles, and the name of the site."""
    for item in articles:
        if headline := text_of(item.get("headline") or item.get("name")):
            marks.titles.append(headline)
        marks.article_body = marks.article_body or text_of(item.get("articleBody"))
        marks.images += references(item.get("image"), ("url", "contentUrl", "@id"))
        if name := name_of(item.get("publisher")):
            marks.site_name = marks.site_name or name
    for item, kind in items:
        if marks.site_name is None and kind in ("WebSite", "NewsMediaOrganization", "Organization"):
            marks.site_name = name_of(item)
