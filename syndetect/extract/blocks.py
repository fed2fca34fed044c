"""The blocks of a page: its lines of text, each with where it stands and how much of it is links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from syndetect.extract.markup import markup

_MARKUP = markup()
_SKIPPED = frozenset(_MARKUP["skipped_tags"])
_INLINE = frozenset(_MARKUP["inline_tags"])
_FURNITURE_TAGS = frozenset(_MARKUP["furniture_tags"])
_FURNITURE_ROLES = frozenset(_MARKUP["furniture_roles"])
_FURNITURE_WORDS = frozenset(_MARKUP["furniture"]) | frozenset(_MARKUP["comments"])
_COMMENT_WORDS = frozenset(_MARKUP["comments"])
_META_WORDS = frozenset(_MARKUP["meta"])
_META_ENDINGS = tuple(_MARKUP["meta_endings"])
_NOT_META = frozenset(_MARKUP["not_meta"])
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
MAX_DEPTH = 200
"""Elements nested deeper are read as one: no real page is, and a hostile one must not break the run."""


@dataclass
class Element:
    """An element that can hold blocks; `parent` is an index into `Page.elements`."""

    tag: str
    parent: int
    furniture: bool = False
    comments: bool = False
    meta: bool = False
    body: bool = False
    first_block: int = 0
    end_block: int = 0


@dataclass
class Block:
    """One line of text. `link_chars` of its characters are link text."""

    text: str
    tag: str
    element: int
    link_chars: int
    hrefs: list[str]
    in_list: bool

    @property
    def link_share(self) -> float:
        """Share of the characters that are link text."""
        return self.link_chars / max(1, len(self.text))


@dataclass
class Timed:
    """A `<time>` element or the like: its machine value, if any, its words and the block it stands before."""

    value: str | None
    words: str
    block: int
    element: int
    is_published: bool
    is_updated: bool = False


@dataclass
class Page:
    """The blocks of a page in reading order, the elements they stand in, and the marked times."""

    blocks: list[Block] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    times: list[Timed] = field(default_factory=list)


class _Walker:
    """Walks a tree once; state: the text of the line being read."""

    def __init__(self) -> None:
        self.page = Page()
        self._parts: list[str] = []
        self._link_chars = 0
        self._hrefs: list[str] = []
        self._quotes = 0  # embedded posts of others carry dates of their own

    def flush(self, element: int, tag: str, in_list: bool) -> None:
        if not self._parts and not self._hrefs:
            return
        text = " ".join("".join(self._parts).split())
        if text:
            link_chars = min(self._link_chars, len(text))
            self.page.blocks.append(Block(text, tag, element, link_chars, self._hrefs, in_list))
        self._parts, self._link_chars, self._hrefs = [], 0, []

    def walk(self, node: LexborNode, element: int, tag: str, in_list: bool, in_link: bool, depth: int) -> None:
        for child in node.iter(include_text=True):
            name = child.tag or ""
            if name == "-text":
                text = child.text_content or ""
                if text:
                    self._parts.append(text)
                    if in_link:
                        self._link_chars += len(text.strip())
            elif name in _SKIPPED or name[:1] == "-":
                continue
            elif depth > MAX_DEPTH:
                self._parts.append(child.text())
            elif name in ("br", "hr"):
                self.flush(element, tag, in_list)
            elif name in _INLINE:
                self._inline(child, name, element, tag, in_list, in_link, depth)
            else:
                self._element(child, name, element, tag, in_list, in_link, depth)

    def _inline(
        self, node: LexborNode, name: str, element: int, tag: str, in_list: bool, in_link: bool, depth: int
    ) -> None:
        attributes = node.attributes if name in ("a", "time", "span", "abbr", "label") else {}
        if name == "a":
            href = attributes.get("href")
            if href:
                self._hrefs.append(href)
            in_link = in_link or bool(href)
        if attributes and _hides(attributes):
            return
        if name == "time" or (attributes and (_is_timed(attributes) or (name != "a" and _names(attributes).dates))):
            self._timed(node, attributes, element)
        self.walk(node, element, tag, in_list, in_link, depth + 1)

    def _timed(self, node: LexborNode, attributes: dict[str, str | None], element: int) -> None:
        words = " ".join((node.text() or "").split())
        # hAtom writes the machine form into the title of an <abbr>.
        value = attributes.get("datetime") or attributes.get("content") or attributes.get("title")
        names = _names(attributes)
        published = names.published or _is_timed(attributes) or "pubdate" in attributes
        if len(words) <= 120 and (value or words) and self._quotes == 0:
            updated = (names.updated and not published) or (attributes.get("itemprop") or "") == "dateModified"
            self.page.times.append(Timed(value, words, len(self.page.blocks), element, published, updated))

    def _element(
        self, node: LexborNode, name: str, element: int, tag: str, in_list: bool, in_link: bool, depth: int
    ) -> None:
        attributes = node.attributes
        if attributes and (_hides(attributes) or _is_dialog(attributes)):
            return
        self.flush(element, tag, in_list)
        names = _names(attributes)
        mine = Element(
            name,
            element,
            furniture=names.furniture
            or names.comments
            or name in _FURNITURE_TAGS
            or (bool(attributes) and (attributes.get("role") or "") in _FURNITURE_ROLES),
            comments=names.comments,
            meta=names.meta,
            body=name in ("article", "main") or (bool(attributes) and attributes.get("itemprop") == "articleBody"),
            first_block=len(self.page.blocks),
        )
        self.page.elements.append(mine)
        index = len(self.page.elements) - 1
        if attributes and _is_timed(attributes):
            self._timed(node, attributes, index)
        in_list = in_list or name in ("ul", "ol", "dl")
        self._quotes += name == "blockquote"
        self.walk(node, index, name, in_list, in_link, depth + 1)
        self._quotes -= name == "blockquote"
        self.flush(index, name, in_list)
        mine.end_block = len(self.page.blocks)


@dataclass(frozen=True)
class _Names:
    """What class and id names say of an element."""

    furniture: bool = False
    comments: bool = False
    meta: bool = False
    published: bool = False
    updated: bool = False

    @property
    def dates(self) -> bool:
        """Whether the element holds when the page was published or changed."""
        return self.meta or self.published or self.updated


_NAMELESS = _Names()


@lru_cache(maxsize=1 << 16)
def _names_of(css_class: str, css_id: str) -> _Names:
    """Sites write the same few names on all their pages: split each once."""
    words = frozenset(part.lower() for part in _SPLIT.split(f"{css_class} {css_id}") if part)
    return _Names(
        furniture=not words.isdisjoint(_FURNITURE_WORDS),
        comments=not words.isdisjoint(_COMMENT_WORDS),
        meta=not words.isdisjoint(_META_WORDS) or any(w.endswith(_META_ENDINGS) for w in words - _NOT_META),
        published=not words.isdisjoint(("published", "publish", "pubdate", "posted", "entry")),
        updated=not words.isdisjoint(("updated", "modified", "update")),
    )


def _names(attributes: dict[str, str | None]) -> _Names:
    css_class, css_id = attributes.get("class"), attributes.get("id")
    return _names_of(css_class or "", css_id or "") if css_class or css_id else _NAMELESS


def _hides(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN.search(style))


def _is_dialog(attributes: dict[str, str | None]) -> bool:
    return attributes.get("role") == "dialog" or attributes.get("aria-modal") == "true"


def _is_timed(attributes: dict[str, str | None]) -> bool:
    return (attributes.get("itemprop") or "").startswith("datePublished")


def blocks_of(tree: LexborHTMLParser) -> Page:
    """Read the blocks of a parsed page."""
    walker = _Walker()
    if tree.body is not None:
        walker.page.elements.append(Element("body", -1))
        walker.walk(tree.body, 0, "body", False, False, 0)
        walker.flush(0, "body", False)
        walker.page.elements[0].end_block = len(walker.page.blocks)
    return walker.page
