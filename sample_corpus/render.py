"""Documents as HTML: each site in its layout and its words, always with the same furniture."""

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from string import Template
from urllib.parse import quote

from calendars import local_clock, visible
from furniture import Words
from pages import Document, Paragraph, seed
from sources import Site

PREFIXES = ("", "c-", "site-", "tpl_", "x", "art-", "nx-")
NETWORKS = ("Facebook", "X", "Telegram", "WhatsApp", "VK", "LINE", "E-mail")
ZONED = ("jsonld_tz", "meta_tz")
RELATED_LINKS = 4


@dataclass(frozen=True)
class Furniture:
    """What the pages of one site have in common, and the words of its language."""

    site: Site
    words: Words
    prefix: str

    def box(self, name: str, heading: str, inner: str) -> str:
        """A block beside the article, in the tags of the layout."""
        p = self.prefix
        match self.site.layout:
            case "classic":
                return f'<section class="{p}{name}">\n<h3>{heading}</h3>\n{inner}\n</section>'
            case "magazine":
                return f'<section class="{p}{name}"><h2>{heading}</h2>{inner}</section>'
            case "blog":
                return f'<div class="widget widget_{name}"><h2 class="widget-title">{heading}</h2>\n{inner}\n</div>'
            case _:
                return f'<div class="{p}{name[:3]}"><div class="{p}h">{heading}</div>\n{inner}\n</div>'

    def entries(self, links: Iterable[tuple[str, str]]) -> str:
        """Links one below the other."""
        anchors = [f'<a href="{html.escape(href)}">{html.escape(text, quote=False)}</a>' for href, text in links]
        if self.site.layout == "divsoup":
            return "\n".join(f"<div>{anchor}</div>" for anchor in anchors)
        return "<ul>\n" + "\n".join(f"<li>{anchor}</li>" for anchor in anchors) + "\n</ul>"


def furniture_of(site: Site, words: Words) -> Furniture:
    return Furniture(site, words, PREFIXES[seed("prefix", site.key) % len(PREFIXES)])


def stated_time(document: Document) -> str:
    """The page's time as a machine reads it from the head, "" where the page has none for machines."""
    clock = local_clock(document.site, document.stated)
    if document.dates in ZONED:
        zone = timezone(timedelta(hours=document.site.offset_hours))
        return clock.replace(tzinfo=zone).isoformat().replace("+00:00", "Z")
    if document.dates == "meta_naive":
        return clock.isoformat(sep=" " if document.site.rank % 2 else "T")
    return f"{clock:%Y-%m-%d}" if document.dates == "day_only" else ""


def authors_of(document: Document, words: Words) -> list[str]:
    """One of the site's two authors; digests, pages that are no articles and sites without bylines have none."""
    if document.kind != "article" or document.site.layout == "divsoup":
        return []
    return [words.pick("authors", document.site.rank * 2 + seed("author", document.key) % 2)]


def description_of(document: Document) -> str:
    """The first words of the text, as a content system fills the field when nobody does."""
    text = next((paragraph.text for paragraph in document.paragraphs), document.title)
    return text if len(text) <= 150 else text[:147].rsplit(" ", 1)[0] + "…"


def image_of(document: Document) -> str:
    if document.kind not in ("article", "digest"):
        return ""
    return f"https://{document.site.host}/media/{seed('image', document.key):016x}.jpg"


def json_ld(document: Document, words: Words, crawled: datetime) -> str:
    """A NewsArticle in one of the three forms that are met: a plain object, a @graph, a list."""
    site = document.site
    news: dict[str, object] = {"@type": "NewsArticle", "headline": document.title, "mainEntityOfPage": document.url}
    if document.dates in ("jsonld_tz", "day_only"):
        news["datePublished"] = stated_time(document)
    modified = document.stated + timedelta(minutes=10 + seed("modified", document.key) % 50)
    if document.dates == "jsonld_tz" and site.rank % 2 == 0 and document.published < modified < crawled:
        zone = timezone(timedelta(hours=site.offset_hours))
        news["dateModified"] = modified.astimezone(zone).isoformat().replace("+00:00", "Z")
    news |= {"author": [{"@type": "Person", "name": name} for name in authors_of(document, words)]}
    news |= {"publisher": {"@type": "NewsMediaOrganization", "name": site.name, "url": f"https://{site.host}/"}}
    news |= {"image": [image_of(document)], "inLanguage": site.language}
    if document.based_on:
        news["isBasedOn"] = document.based_on
    context = {"@context": "https://schema.org"}
    page = {"@type": "WebPage", "@id": document.url, "name": document.title}
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [{"@type": "ListItem", "position": 1, "name": words.all("nav")[0]}],
    }
    forms: tuple[object, ...] = (context | news, context | {"@graph": [page, news]}, [context | crumbs, context | news])
    ascii_only = site.charset != "utf-8" or site.rank % 2 == 1
    text = json.dumps(forms[seed("json", site.key) % 3], ensure_ascii=ascii_only, indent=None if ascii_only else 1)
    return '<script type="application/ld+json">' + text.replace("</", "<\\/") + "</script>"


def head_of(document: Document, words: Words, crawled: datetime) -> str:
    """What browsers don't show: the marks by which pages tell machines who and when they are."""
    site = document.site
    lines: list[str] = []
    if site.charset != "utf-8" and site.charset_in != "header":
        lines.append(f'<meta http-equiv="Content-Type" content="text/html; charset={site.charset}">')
    elif site.charset_in != "header":
        lines.append('<meta charset="utf-8">')
    lines.append(f"<title>{html.escape(document.title, quote=False)} | {html.escape(site.name, quote=False)}</title>")
    metas = [("name", "viewport", "width=device-width, initial-scale=1")]
    if document.kind == "error":
        metas.append(("name", "robots", "noindex"))
    else:
        lines.append(f'<link rel="canonical" href="{html.escape(document.canonical or document.url)}">')
        is_article = document.kind in ("article", "digest")
        metas += [("name", "description", description_of(document)), ("property", "og:site_name", site.name)]
        metas += [("property", "og:type", "article" if is_article else "website"), ("property", "og:url", document.url)]
        metas += [("property", "og:title", document.title), ("property", "og:image", image_of(document))]
        if document.dates in ("meta_tz", "meta_naive"):
            metas.append(("property", "article:published_time", stated_time(document)))
    lines += [f'<meta {kind}="{key}" content="{html.escape(value)}">' for kind, key, value in metas if value]
    lines.append('<link rel="alternate" type="application/rss+xml" href="/feed/">')
    if document.dates in ("jsonld_tz", "day_only") or document.based_on:
        lines.append(json_ld(document, words, crawled))
    return "\n".join(lines)


def stamp_of(document: Document, words: Words) -> str:
    """The date that readers see. It carries a zone for machines only where the head does."""
    if document.dates in ("none", "url_date"):
        return ""
    shown = visible(document.site, words, document.stated, with_time=document.dates != "day_only")
    label = words.pick("published", document.site.rank)
    text = html.escape(f"{label} {shown}".strip(), quote=False)
    if document.dates in (*ZONED, "day_only") and document.site.layout != "divsoup":
        return f'<time datetime="{stated_time(document)}">{text}</time>'
    return f'<span class="date">{text}</span>'


def inner_html(paragraph: Paragraph) -> str:
    """The paragraph's text, with its link if it has one."""
    if not paragraph.href:
        return html.escape(paragraph.text, quote=False)
    before, _, after = paragraph.text.partition(paragraph.linked)
    link = f'<a href="{html.escape(paragraph.href)}">{html.escape(paragraph.linked, quote=False)}</a>'
    return html.escape(before, quote=False) + link + html.escape(after, quote=False)


def flowing_body(document: Document, tags: dict[str, tuple[str, str]]) -> list[str]:
    """One element a paragraph, in the tags that the layout has for its kind."""
    return [tags[part.kind][0] + inner_html(part) + tags[part.kind][1] for part in document.paragraphs]


def figure_of(document: Document, words: Words) -> str:
    if not image_of(document):
        return ""
    caption = words.pick("photo", document.site.rank)
    image = f'<img src="{image_of(document)}" alt="{html.escape(document.title)}" width="960" height="540">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def magazine_body(document: Document, words: Words, prefix: str) -> str:
    """Sections of three paragraphs, a figure below the first, and a sentence of the text once more in large type."""
    tags = {
        "text": ("<p>", "</p>"),
        "heading": ("<h2>", "</h2>"),
        "item": ("<p>", "</p>"),
        "credit": ("<p><small>", "</small></p>"),
    }
    parts = flowing_body(document, tags)
    sections = [parts[start : start + 3] for start in range(0, len(parts), 3)]
    written: list[str] = []
    for number, section in enumerate(sections):
        written.append(f'<section class="{prefix}text">\n' + "\n".join(section) + "\n</section>")
        if number == 0:
            written.append(figure_of(document, words))
        if number == 1 and document.kind == "article":
            quoted = html.escape(document.paragraphs[min(1, len(parts) - 1)].text[:90].rsplit(" ", 1)[0], quote=False)
            written.append(f'<aside class="{prefix}quote"><blockquote>{quoted} …</blockquote></aside>')
    return "\n".join(written)


def divsoup_body(document: Document, prefix: str) -> str:
    """Text straight in a div, paragraphs parted by two line breaks: what editors of the early web left behind."""
    tags = {"text": ("", ""), "heading": ("<b>", "</b>"), "item": ("&bull; ", ""), "credit": ("<i>", "</i>")}
    return f'<div class="{prefix}txt"><div>' + "<br><br>\n".join(flowing_body(document, tags)) + "</div></div>"


def body_of(document: Document, words: Words, prefix: str) -> str:
    p = ("<p>", "</p>")
    match document.site.layout:
        case "magazine":
            return magazine_body(document, words, prefix)
        case "divsoup":
            return divsoup_body(document, prefix)
        case "blog":
            tags = {"text": p, "heading": ("<h3>", "</h3>"), "item": p, "credit": ("<p><em>", "</em></p>")}
        case _:
            tags = {
                "text": p,
                "heading": ("<h2>", "</h2>"),
                "item": p,
                "credit": (f'<p class="{prefix}source">', "</p>"),
            }
    return "\n".join([figure_of(document, words), *flowing_body(document, tags)]).lstrip("\n")


def comments_of(document: Document, fittings: Furniture) -> str:
    """Readers' comments with names and dates of their own, spread between publication and the first crawl."""
    words, site = fittings.words, document.site
    if document.kind not in ("article", "digest"):
        return ""
    open_time = max(document.crawls[0] - document.published, timedelta(minutes=2))
    blocks: list[str] = []
    for number, comment in enumerate(document.comments, start=1):
        moment = document.published + open_time * number / (len(document.comments) + 1)
        reader = words.pick("readers", seed("reader", document.key) + number * 3)
        when = visible(site, words, moment, with_time=True)
        name, text = html.escape(reader, quote=False), html.escape(comment, quote=False)
        if site.layout == "divsoup":
            blocks.append(f"<div><b>{name}</b> <span>{when}</span><div>{text}</div></div>")
        else:
            reply = f'<a href="#r">{words.text("reply")}</a>'
            blocks.append(f'<li class="comment"><cite>{name}</cite> <span>{when}</span><p>{text}</p>{reply}</li>')
    listed = "\n".join(blocks)
    if blocks and site.layout != "divsoup":
        listed = f'<ol class="comment-list">\n{listed}\n</ol>'
    label = f"<label>{words.text('comment_form')}</label>"
    form = f'<form method="post" action="/comment">{label}<textarea name="c"></textarea></form>'
    return fittings.box("comments", words.pick("comments", site.rank), f"{listed}\n{form}".strip())


def neighbours_of(document: Document, crawled: datetime, documents: Iterable[Document]) -> list[Document]:
    """Other articles of the site that stood there when the page was crawled, in an order of the page's own."""
    others = [
        other
        for other in documents
        if other.site == document.site and other.kind in ("article", "digest") and other.key != document.key
    ]
    others = [other for other in others if other.published < crawled]
    return sorted(others, key=lambda other: seed("neighbour", document.key, other.key))


class Renderer:
    """Holds the templates and the words while the pages are written."""

    def __init__(self, layouts: Path, words: dict[str, Words], documents: list[Document]) -> None:
        self._templates = {path.stem: Template(path.read_text(encoding="utf-8")) for path in layouts.glob("*.tpl")}
        self._words = words
        self._documents = documents

    def page(self, document: Document, crawled: datetime) -> bytes:
        """The page as the site served it at that crawl, in the site's charset."""
        site, words = document.site, self._words[document.site.language]
        fittings = furniture_of(site, words)
        others = [(other.url, other.title) for other in neighbours_of(document, crawled, self._documents)]
        slots = self._site_slots(fittings) | {
            "kind": "article" if document.kind == "article" else "page",
            "head": head_of(document, words, crawled),
            "headline": html.escape(document.title, quote=False),
            "byline": " ".join(words.text("byline").format(name=name) for name in authors_of(document, words)),
            "stamp": stamp_of(document, words),
            "body": body_of(document, words, fittings.prefix),
            "comments": comments_of(document, fittings),
            "related": "",
            "popular": "",
        }
        if others:
            related, popular = others[:RELATED_LINKS], sorted(others[-RELATED_LINKS:])
            slots["related"] = fittings.box("related", words.pick("related", site.rank), fittings.entries(related))
            slots["popular"] = fittings.box("popular", words.pick("popular", site.rank), fittings.entries(popular))
        text = self._templates[site.layout].substitute(slots)
        return text.encode(site.charset, errors="xmlcharrefreplace")

    def _site_slots(self, fittings: Furniture) -> dict[str, str]:
        """What stands on every page of the site, word for word."""
        site, words = fittings.site, fittings.words
        labels = words.all("nav")
        first = 1 + seed("nav", site.key) % (len(labels) - 1)
        shown = [labels[0], *(labels[first:] + labels[1:first])[:7]]
        nav = [(f"/{quote(label.lower().replace(' ', '-'))}/", label) for label in shown]
        networks = [NETWORKS[(seed("networks", site.key) + step) % len(NETWORKS)] for step in range(4)]
        button = f"<button>{words.text('subscribe')}</button>"
        field = f'<form action="/subscribe"><input type="email" name="e">{button}</form>'
        tags = [words.pick("tag_words", site.rank + step) for step in range(3)]
        tag_links = ", ".join(f'<a href="/tag/{quote(tag)}/" rel="tag">{tag}</a>' for tag in tags)
        imprint = [(f"/page-{number}/", label) for number, label in enumerate(words.all("imprint"), start=1)]
        buttons = " ".join(f'<button type="button">{label}</button>' for label in words.all("accept"))
        return {
            "p": fittings.prefix,
            "theme": "newsline" if site.rank % 2 else "dailypress",
            "lang": site.language,
            "direction": words.text("direction"),
            "site": html.escape(site.name, quote=False),
            "search": words.text("search"),
            "nav": fittings.entries(nav),
            "share": words.pick("share", site.rank),
            "networks": " ".join(f'<a href="#share" rel="nofollow">{network}</a>' for network in networks),
            "newsletter": fittings.box("newsletter", words.pick("newsletter", site.rank), field),
            "tags": f"{words.pick('tags', site.rank)}: {tag_links}",
            "cookie": words.pick("cookies", site.rank),
            "accept": buttons,
            "imprint": fittings.entries(imprint),
            "follow": " · ".join(words.all("follow")),
            "disclaimer": words.text("disclaimer"),
            "copyright": f"© 2026 {html.escape(site.name, quote=False)}. {words.text('rights')}",
        }
