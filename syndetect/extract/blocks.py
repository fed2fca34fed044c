"""The blocks of a page: its lines of text, each with where it stands and how much of it is links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from syndetect.extract import tags
from syndetect.extract.markup import markup
from syndetect.extract.tags import ACTS, BODY_TAGS, FURNITURE_TAGS, Attributes, says

_RAW_TAGS = ",".join(markup()["raw_tags"])
_ODD_INLINE = frozenset(("span", "abbr", "label"))
_LISTS = frozenset(("ul", "ol", "dl"))
_MAX_TIME_WORDS = 120
_MAY_BE_DATED = re.compile(r"\d{4}")
_BYLINE_CHARS = 400
"""Furniture with more text is no byline: a date in it is that of another story, of today or of the site."""
_PROSE = 40
_PASSED_SHARE = 0.03
"""Furniture with less of the page's prose is passed over: story.py says what becomes of more. With .1, pages whose
story stands in several such elements lose parts of it."""
MAX_DEPTH = 200
"""Elements nested deeper are read as one: no real page is, and a hostile one must not break the run."""


@dataclass(slots=True)
class Element:
    """An element that can hold blocks; `parent` is an index into `Page.elements`, `names` its class."""

    tag: str
    parent: int
    furniture: bool = False
    comments: bool = False
    meta: bool = False
    body: bool = False
    first_block: int = 0
    end_block: int = 0
    pictures: bool = False
    names: str = ""


@dataclass(slots=True)
class Block:
    """One line of text. `link_chars` of its characters, the share `link_share`, are link text."""

    text: str
    tag: str
    element: int
    link_chars: int
    hrefs: list[str]
    in_list: bool
    link_share: float


@dataclass(slots=True)
class Timed:
    """A `<time>` element or the like: its machine value, if any, its words and the block it stands before."""

    value: str | None
    words: str
    block: int
    element: int
    is_published: bool
    is_updated: bool = False


@dataclass(slots=True)
class Image:
    """The attributes of an image and the block it stands before."""

    attributes: Attributes
    block: int
    element: int


@dataclass(slots=True)
class Page:
    """The blocks of a page in reading order, the elements they stand in, the marked times and the images."""

    blocks: list[Block] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    times: list[Timed] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    has_wall: bool = False
    asks_to_log_in: bool = False


class _Walker:
    """Walks a tree once; state: the place in it and the text of the line being read."""

    def __init__(self, titles: frozenset[str], prose: int, holders: set[int]) -> None:
        self.page = Page()
        self._holders = holders
        self._titles = titles
        self._passed_chars = _PASSED_SHARE * prose
        self._parts: list[str] = []
        self._link_chars = 0
        self._hrefs: list[str] = []
        self._element = -1
        self._tag = ""
        self._in_link = False
        self._lists = 0
        self._quotes = 0  # embedded posts of others carry dates of their own

    def walk(self, node: LexborNode, depth: int) -> None:
        """Read what an element holds."""
        for child in node.iter(include_text=True):
            name = child.tag or "-"
            act = ACTS.get(name)
            if act is None:
                if name[0] != "-":
                    self.read_element(child, name, depth)
            elif act == tags.TEXT:
                text = child.text_content
                if text and (self._parts or not text.isspace()):
                    self._parts.append(text)
                    if self._in_link:
                        self._link_chars += len(text.strip())
            elif act >= tags.INLINE:
                if act == tags.BREAK:
                    self._flush()
                elif act == tags.IMAGE:
                    self.page.images.append(Image(child.attributes, len(self.page.blocks), self._element))
                elif depth > MAX_DEPTH:
                    self._parts.append(child.text())
                elif act != tags.INLINE or name in _ODD_INLINE:
                    self._inline(child, act, depth)
                else:
                    self.walk(child, depth + 1)

    def _inline(self, node: LexborNode, act: int, depth: int) -> None:
        """A link, a time, or another inline element that may be hidden or dated."""
        attributes = node.attributes
        outside = self._in_link
        if act == tags.LINK and (href := attributes.get("href")):
            self._hrefs.append(href)
            self._in_link = True
        told = says(attributes) if attributes else 0
        if not told & tags.HIDDEN:
            if act == tags.TIME or told & tags.DATED or (act == tags.INLINE and told & tags.DATES):
                self._timed(node, attributes, told)
            self.walk(node, depth + 1)
        self._in_link = outside

    def read_element(self, node: LexborNode, name: str, depth: int) -> None:
        """Read an element that holds blocks."""
        attributes = node.attributes
        told = says(attributes) if attributes else 0
        if told & tags.WALL:
            self.page.has_wall = True
        if told & (tags.HIDDEN | tags.DIALOG):
            return
        self._flush()
        page = self.page
        if depth > MAX_DEPTH:
            self._parts.append(node.text())
            return
        outside, outer_tag = self._element, self._tag
        furniture = told & tags.FURNITURE > 0 or (name in FURNITURE_TAGS and not _is_section_head(node, name))
        body = name in BODY_TAGS or told & tags.BODY > 0
        mine = Element(name, outside, furniture, told & tags.COMMENTS > 0, told & tags.META > 0, body, len(page.blocks))
        page.elements.append(mine)
        self._element, self._tag = len(page.elements) - 1, name
        mine.pictures = told & tags.PICTURES > 0
        mine.names = attributes.get("class") or ""
        if furniture and not body and not mine.pictures and self._holds_nothing(node, name, mine.comments):
            # It stands for what is passed over: what follows is not right below what precedes.
            page.blocks.append(Block("", name, self._element, 0, [], False, 0.0))
        else:
            if told & tags.DATED:
                self._timed(node, attributes, told)
            self._lists += name in _LISTS
            self._quotes += name == "blockquote"
            self.walk(node, depth + 1)
            self._lists -= name in _LISTS
            self._quotes -= name == "blockquote"
            self._flush()
        mine.end_block = len(page.blocks)
        self._element, self._tag = outside, outer_tag

    def _holds_nothing(self, node: LexborNode, name: str, comments: bool) -> bool:
        """Whether an element of furniture holds neither story, headline nor date."""
        if node.mem_id in self._holders:
            return False
        text = node.text(separator="\n")
        is_apart = comments or name in ("nav", "aside")
        if not is_apart and len(text) <= _BYLINE_CHARS and _MAY_BE_DATED.search(text):
            return False
        texts = text.split("\n")
        if len(text) > self._passed_chars and _prose(texts) > self._passed_chars:
            return False
        return self._titles.isdisjoint(texts)

    def _flush(self) -> None:
        if not self._parts and not self._hrefs:
            return
        text = " ".join("".join(self._parts).replace("\xad", "").split())
        if text:
            link_chars = min(self._link_chars, len(text))
            share = link_chars / len(text)
            self.page.blocks.append(
                Block(text, self._tag, self._element, link_chars, self._hrefs, self._lists > 0, share)
            )
        self._parts, self._link_chars, self._hrefs = [], 0, []

    def _timed(self, node: LexborNode, attributes: Attributes, told: int) -> None:
        words = " ".join((node.text() or "").split())
        # hAtom writes the machine form into the title of an <abbr>.
        value = attributes.get("datetime") or attributes.get("content") or attributes.get("title")
        published = told & tags.PUBLISHED > 0
        if len(words) <= _MAX_TIME_WORDS and (value or words) and self._quotes == 0:
            updated = (told & tags.UPDATED and not published) or attributes.get("itemprop") == "dateModified"
            place = len(self.page.blocks)
            self.page.times.append(Timed(value, words, place, self._element, published, bool(updated)))


def blocks_of(tree: LexborHTMLParser, titles: list[str]) -> Page:
    """Read the blocks of a parsed page; its scripts, styles and the like are taken out of the tree.

    Args:
        tree: The page.
        titles: What its head calls it: what holds one of them is not passed over.
    """
    body = tree.body
    if body is None:
        return Page()
    for node in body.css(_RAW_TAGS):
        node.decompose()
    prose = _prose(body.text(separator="\n").split("\n"))
    walker = _Walker(frozenset(titles), prose, _holders(body))
    walker.page.asks_to_log_in = any(map(_stands_in_page, body.css('input[type="password"]')))
    walker.read_element(body, "body", 0)
    return walker.page


def _is_section_head(node: LexborNode, name: str) -> bool:
    """Whether a `<header>` holds a heading below the first level and nothing else: that of a section of the story."""
    if name != "header":
        return False
    heading = node.css_first("h2,h3,h4,h5")
    return heading is not None and len(heading.text().strip()) == len(node.text().strip())


def _prose(texts: list[str]) -> int:
    return sum([length for length in map(len, texts) if length >= _PROSE])


def _stands_in_page(node: LexborNode) -> bool:
    """Whether a field is part of the page, not of its header, a dialog or the like."""
    parent = node.parent
    while parent is not None:
        name = parent.tag or ""
        if name != "form" and (name in FURNITURE_TAGS or says(parent.attributes) & (tags.HIDDEN | tags.DIALOG)):
            return False
        parent = parent.parent
    return True


def _holders(body: LexborNode) -> set[int]:
    """Elements that hold a main heading or a marked time."""
    found: set[int] = set()
    for marked in body.css("h1,time"):
        node: LexborNode | None = marked
        while node is not None and node.mem_id not in found:
            found.add(node.mem_id)
            node = node.parent
    return found
