"""A page as its site shows it and as an extractor would give it: page -> HTML, news-please-like row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template

from cascades.clocks import for_readers, local_clock, with_zone
from cascades.texts import UNSPACED, stream
from cascades.trees import SKELETONS, Credit, Page, words

RIGHT_TO_LEFT = {"ar", "fa", "he"}
STAMPED = 0.75
"""Pages with a time for machines that show one to readers, too."""
NAMED_IN_HEAD, CANONICAL = 0.8, 0.6
"""Pages with og:site_name; pages with a canonical address of their own."""
LEFT_FURNITURE = 0.15
"""Sites whose menus an extractor takes for text."""
AFTER_TEXT = ("line", "first_published", "tail", "own", "note", "link", "decoy")


@dataclass(frozen=True)
class Line:
    """A paragraph: its words, and the part of them that is a link."""

    text: str
    linked: str = ""
    href: str = ""

    def html(self) -> str:
        """The paragraph as HTML."""
        shown = escape(self.text)
        if self.href and self.linked:
            anchor = f'<a href="{escape(self.href)}">{escape(self.linked)}</a>'
            shown = shown.replace(escape(self.linked), anchor, 1)
        return f"<p>{shown}</p>"


@lru_cache(maxsize=1)
def _skeletons() -> dict[str, Template]:
    folder = Path(__file__).resolve().parent / "skeletons"
    return {name: Template((folder / f"{name}.html").read_text(encoding="utf-8")) for name in SKELETONS}


def _credit_line(credit: Credit) -> Line:
    linked = credit.text
    if credit.href and credit.kind not in {"link", "decoy"} and credit.site:
        host = credit.site.host.removeprefix("www.")
        linked = credit.site.name if credit.site.name in credit.text else host
    return Line(credit.text, linked, credit.href)


def lines_of(page: Page) -> list[Line]:
    """The paragraphs of an article with the lines of credit among and below them."""
    rng = stream("layout", page.name)
    joint = "" if page.language in UNSPACED else " "
    texts: list[str] = []
    room = 0
    for passage in page.body:
        if room == 0 or page.kind in {"digest", "list"}:
            room = rng.randint(1, 3)
            texts.append(passage.text)
        else:
            texts[-1] += joint + passage.text
        room -= 1
    tags = [credit.text for credit in page.credits if credit.kind == "agency"]
    for credit in page.credits:
        if credit.kind == "cite" and texts:
            texts[rng.randrange(len(texts))] += joint + credit.text
    if tags and tags[0].endswith(" ") and texts:
        texts[0] = tags[0] + texts[0]
    lines = [Line(text) for text in texts]
    lines += [_credit_line(credit) for credit in page.credits if credit.kind in AFTER_TEXT]
    return lines + [Line(tag) for tag in tags[:1] if not tag.endswith(" ")]


def _mark(page: Page, kind: str) -> Credit | None:
    return next((credit for credit in page.credits if credit.kind == kind), None)


def _head(page: Page) -> str:
    rng = stream("head", page.name)
    site = page.site
    out = [f'<meta property="og:title" content="{escape(page.title.text)}">']
    if rng.random() < NAMED_IN_HEAD:
        out.append(f'<meta property="og:site_name" content="{escape(site.name)}">')
    canonical, based = _mark(page, "canonical"), _mark(page, "jsonld")
    if canonical or rng.random() < CANONICAL:
        out.append(f'<link rel="canonical" href="{escape(canonical.href if canonical else page.url)}">')
    data: dict[str, object] = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": page.title.text}
    if rng.random() < NAMED_IN_HEAD:
        data["publisher"] = {"@type": "NewsMediaOrganization", "name": site.name, "url": f"https://{site.host}/"}
    if based and based.site and rng.random() < 0.6:
        data["isBasedOn"] = based.href
    elif based and based.site:
        data["sourceOrganization"] = {"@type": "Organization", "name": based.site.name, "url": based.href}
    if page.stated is not None:
        local = local_clock(site, page.stated)
        if page.mode == "jsonld_tz":
            data["datePublished"] = with_zone(site, page.stated)
        elif page.mode == "day_only":
            data["datePublished"] = f"{local:%Y-%m-%d}"
        elif page.mode == "meta_tz":
            out.append(f'<meta property="article:published_time" content="{with_zone(site, page.stated)}">')
        elif page.mode == "meta_naive":
            out.append(f'<meta property="article:published_time" content="{local:%Y-%m-%dT%H:%M:%S}">')
    written = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    out.append(f'<script type="application/ld+json">{written}</script>')
    return "\n".join(out)


def _stamp(page: Page) -> str:
    """The time that readers see."""
    rng = stream("stamp", page.name)
    style, shown = rng.randrange(2), rng.random() < STAMPED
    if page.stated is None or page.mode == "url_date" or not (shown or page.mode == "visible_local"):
        return ""
    local = local_clock(page.site, page.stated)
    text = for_readers(local, page.language, with_time=page.mode != "day_only", style=style)
    label = words()[page.language]["published"]
    if page.mode in {"meta_tz", "jsonld_tz"} and rng.random() < 0.3:
        return f'{label} <time datetime="{with_zone(page.site, page.stated)}">{escape(text)}</time>'
    return f"<span>{label} {escape(text)}</span>"


def html_of(page: Page, headlines: list[str]) -> str:
    """The page as its site shows it; `headlines` stand beside it."""
    of = words()[page.language]
    photo = _mark(page, "photo")
    figure = ""
    if photo:
        caption = f"<figcaption>{escape(photo.text)}</figcaption>"
        figure = f'<figure><img src="/img/{stream("img", page.name).randint(100, 999)}.jpg" alt="">{caption}</figure>'
    return _skeletons()[page.site.skeleton].substitute(
        language=page.language, direction="rtl" if page.language in RIGHT_TO_LEFT else "ltr",
        title=escape(page.title.text), name=escape(page.site.name), host=page.site.host, head=_head(page),
        nav="".join(f'<li><a href="/s/{i}">{escape(word)}</a></li>' for i, word in enumerate(of["nav"])),
        stamp=_stamp(page), figure=figure, body="\n".join(line.html() for line in lines_of(page)),
        related=escape(stream("related", page.site.host).choice(of["related"])),
        others="".join(f'<li><a href="/news/{i}">{escape(text)}</a></li>' for i, text in enumerate(headlines)),
        rights=escape(of["rights"]), follow=escape(of["follow"]),
    )  # fmt: skip


def titled_with_name(page: Page) -> bool:
    """Whether an extractor leaves the site's name in the title."""
    return page.site.skeleton == "wordpress" and page.site.numbered


def row_of(page: Page, fetched: datetime) -> dict[str, object]:
    """The page as news-please would have extracted it."""
    of = words()[page.language]
    date = None
    if page.stated is not None:
        local = local_clock(page.site, page.stated)
        if page.mode in {"jsonld_tz", "meta_tz"}:
            date = with_zone(page.site, page.stated)
        elif page.mode == "meta_naive":
            date = f"{local:%Y-%m-%d %H:%M:%S}"
        elif page.mode in {"day_only", "url_date"}:
            date = f"{local:%Y-%m-%d}"
    lines = [line.text for line in lines_of(page)]
    if stream("furniture", page.site.host).random() < LEFT_FURNITURE:
        lines += [of["follow"], of["rights"]]
    if page.mode == "visible_local" and page.stated is not None:
        shown = for_readers(local_clock(page.site, page.stated), page.language)
        lines.insert(0, f"{of['published']} {shown}")
    return {
        "authors": [],
        "date_download": f"{fetched:%Y-%m-%d %H:%M:%S}",
        "date_modify": None,
        "date_publish": date,
        "description": None,
        "image_url": None,
        "language": page.language if stream("language", page.name).random() < 0.8 else None,
        "maintext": "\n".join(lines),
        "source_domain": page.site.host,
        "title": f"{page.title.text} - {page.site.name}" if titled_with_name(page) else page.title.text,
        "url": page.url,
    }
