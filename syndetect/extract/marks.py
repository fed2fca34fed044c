"""What the head of a page says of it: titles, site, addresses, times, in meta tags and JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson
from selectolax.lexbor import LexborHTMLParser

from syndetect.extract.markup import markup

_TIME_NAMES = markup()["time_names"]
_UPDATED_NAMES = markup()["updated_names"]
_TITLE_NAMES = markup()["title_names"]
_BASED_ON = markup()["based_on"]
_SOURCE_NAMES = markup()["source_names"]
_ARTICLE = re.compile(r"article|posting|report|review|story|liveblog", re.IGNORECASE)
_PAGE_TYPES = frozenset(
    ("WebPage", "CreativeWork", "ItemPage", "VideoObject", "MediaObject", "Event", "Recipe", "Product")
)
_FIELD = re.compile(r'"(datePublished|headline)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_SUFFIX = re.compile(r"\s+[|\-–—·»«•:›::]+\s+|\s*[|｜_]\s*")


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


def marks_of(tree: LexborHTMLParser) -> Marks:
    """Read the head of a parsed page."""
    marks = Marks()
    metas = _metas(tree)
    for name in _TIME_NAMES:
        marks.meta_times += metas.get(name, [])
    for name in _UPDATED_NAMES:
        marks.meta_updates += metas.get(name, [])
    marks.description = next(iter(metas.get("description", []) + metas.get("og:description", [])), None)
    for script in tree.css('script[type*="ld+json"]'):
        _read_json_ld(script.text() or "", marks)
    marks.titles = [*metas.get("og:title", [])[:1], *marks.titles]
    for name in _TITLE_NAMES[1:]:
        marks.titles += metas.get(name, [])[:1]
    title = tree.css_first("title")
    marks.page_title = " ".join(title.text().split()) or None if title is not None else None
    names = metas.get("og:site_name") or metas.get("application-name") or []
    marks.site_name = next((name for name in [*names[:1], marks.site_name] if name), None) or _suffix_name(marks)
    for name in _SOURCE_NAMES:
        marks.based_on += metas.get(name, [])
    for link in tree.css('link[rel="canonical"]')[:1]:
        marks.canonical = (link.attributes.get("href") or "").strip() or None
    marks.titles = [" ".join(t.split()) for t in marks.titles if t.strip()]
    marks.based_on = list(dict.fromkeys(one.strip() for one in marks.based_on if one.strip()))
    return marks


def _metas(tree: LexborHTMLParser) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), []).append(content.strip())
    return found


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
    data = _parse(raw)
    if data is None:
        # Broken beyond reading: the two fields that matter most, as they stand.
        for name, value in _FIELD.findall(raw):
            (marks.json_times if name == "datePublished" else marks.titles).append(value)
        return
    items = [item for item in _items(data, 0) if isinstance(item, dict)]
    articles = [item for item in items if _ARTICLE.search(_type(item))]
    rest = [item for item in items if not _ARTICLE.search(_type(item))]
    others = [item for item in rest if _PAGE_TYPES.intersection(_type(item).split())]
    for item in articles + others:
        if value := _text(item.get("datePublished") or item.get("dateCreated") or item.get("uploadDate")):
            marks.json_times.append(value)
        if value := _text(item.get("dateModified")):
            marks.json_updates.append(value)
    # A recipe, a guide, a course: any item the page is made of, where no other tells its time.
    told = (_text(item.get("datePublished")) for item in rest if not _is_about_another(item))
    marks.json_times = marks.json_times or [value for value in told if value][:1]
    for item in items:
        for name in _BASED_ON:
            marks.based_on += _references(item.get(name))
    for item in articles:
        if headline := _text(item.get("headline") or item.get("name")):
            marks.titles.append(headline)
        marks.article_body = marks.article_body or _text(item.get("articleBody"))
        if name := _name(item.get("publisher")):
            marks.site_name = marks.site_name or name
    for item in items:
        if marks.site_name is None and _type(item) in ("WebSite", "NewsMediaOrganization", "Organization"):
            marks.site_name = _name(item)


def _parse(raw: str) -> object:
    text = raw.strip().removeprefix("<![CDATA[").removesuffix("]]>").removeprefix("<!--").removesuffix("-->").strip()
    for attempt in (text, text.rstrip(";"), re.sub(r",(\s*[}\]])", r"\1", text.rstrip(";"))):
        try:
            return orjson.loads(attempt)
        except orjson.JSONDecodeError:
            pass
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _items(data: object, depth: int) -> Iterator[object]:
    """The items a page speaks of itself with: lists, graphs and main entities, not what those nest."""
    if depth > 4:
        return
    if isinstance(data, list):
        for item in data[:200]:
            yield from _items(item, depth + 1)
    elif isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(data.get(name), (dict, list)):
                yield from _items(data[name], depth + 1)


def _type(item: dict[str, object]) -> str:
    kind = item.get("@type")
    if isinstance(kind, list):
        return " ".join(one for one in kind if isinstance(one, str))
    return kind if isinstance(kind, str) else ""


def _is_about_another(item: dict[str, object]) -> bool:
    """What stands on a page beside its text, or is the site itself: their times are not the page's."""
    return bool({"Comment", "ImageObject", "WebSite", "Organization", "Person"}.intersection(_type(item).split()))


def _text(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value.strip() or None if isinstance(value, str) else None


def _name(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return _text(value.get("name")) if isinstance(value, dict) else None


def _references(value: object) -> list[str]:
    """Addresses or names of what an item is based on."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [one for part in value[:20] for one in _references(part)]
    if isinstance(value, dict):
        for name in ("url", "@id", "sameAs", "name", "headline"):
            if found := _text(value.get(name)):
                return [found]
    return []
