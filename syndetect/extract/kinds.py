"""What kind of page a text is: by its shape, and by what its head, its address and its markup say of it.

A page that is wrongly called something else than an article is lost to matching; one that is wrongly called an article
only costs time. So marks that a theme gives to all its pages count only beside a shape that fits.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

import regex

_SENTENCE_END = regex.compile(r"[\p{Sentence_Terminal}…][\p{Pe}\p{Pf}\"'”»」』]*(?=\s|$)|[。！？]")
_WORD = re.compile(r"[^\W_]+")
_WIDE = re.compile("[\u2e80-\uabff\uf900-\uffdc]")  # without Hangul, which puts spaces between words
_BARE = regex.compile(r"[^\p{L}\p{M}]+")
_ERROR_NUMBER = re.compile(r"(?<![\d.,])(?:40[0-5]|410|50[0-4])(?![\d.,%])")
_SEARCH_PATH = re.compile(r"/(?:search|suche|recherche|buscar|busca|ricerca|zoeken|szukaj|poisk|arama|cari)(?:/|$|\.)")
_SEARCH_QUERY = re.compile(r"(?:^|&)(?:q|s|query|search|keyword|keywords|search_query)=")
_LIST_TYPES = frozenset(("CollectionPage", "SearchResultsPage", "ProfilePage", "ItemList", "Blog", "ImageGallery"))
_ARTICLE_TYPE = re.compile(r"article|posting|report|review|liveblog", re.IGNORECASE)
ARTICLE_SENTENCES = 3
"""A text of so many sentences is an article, unless its page calls itself by the name of the site."""
LEAST_ARTICLE_WORDS = 30
_LIST_LINES = 5
_FRAME_WORDS, _PROSE_WORDS = 100, 18
"""A text this short without one line this long tells nothing by itself."""
TEASER_WORDS = 5
HEAD_CHARS, _HEAD_LINES = 4_000, 100
"""So much of a text tells its kind."""
_SHORT_WORDS, _SHORT_CHARS = 25, 250
_TEASED_WORDS, _BARRED_WORDS, _ERROR_WORDS = 120, 60, 150
"""Texts that are locked, stand beside a field for a password or under the title of an error are no longer than this."""
_DIGEST_STORIES = 3


@dataclass(frozen=True, slots=True)
class Signs:
    """What a page shows beside its text.

    Attributes:
        url: Its address.
        site_name: What it calls its site.
        heading: The headline that stands in it.
        link_share: Share of the text's characters that are links.
        asks_to_log_in: Whether it has a field for a password.
        has_wall: Whether an element is named after a wall to pay at.
        is_locked: Whether its head says that the text is for subscribers.
        teasers: Lines of it, outside the text, that are one link of a headline's length.
        linked_stories: Parts of its text that stand under a headline which links to another page of the site.
        articles: Parts of its text that are articles of their own in its markup.
        types: Types of its JSON-LD items.
        og_type: Its og:type.
        status: The HTTP status that its head gives.
    """

    url: str = ""
    site_name: str | None = None
    heading: str | None = None
    link_share: float = 0.0
    asks_to_log_in: bool = False
    has_wall: bool = False
    is_locked: bool = False
    teasers: int = 0
    linked_stories: int = 0
    articles: int = 0
    types: frozenset[str] = frozenset()
    og_type: str | None = None
    status: str | None = None


NO_SIGNS = Signs()


@dataclass(frozen=True, slots=True)
class _Shape:
    """Figures of a text: its lines, those that are short, those that end as sentences do, its sentences and words."""

    lines: int
    short: int
    ended: int
    sentences: int
    words: int
    longest: int


_MENU_CHARS = 120


def n_sentences(text: str) -> int:
    """Sentences that end as such."""
    return len(_SENTENCE_END.findall(text))


def n_words(text: str) -> int:
    """Words; in scripts without spaces two letters count as one."""
    return _n_words(text) if len(text) <= _MENU_CHARS else _count_words(text)


def _count_words(text: str) -> int:
    return len(_WORD.findall(text)) + (0 if text.isascii() else len(_WIDE.findall(text)) // 2)


# Lines of menus and teasers stand on many pages of a site.
_n_words = lru_cache(maxsize=1 << 15)(_count_words)


def kind_of(text: str, *, title: str | None, signs: Signs = NO_SIGNS) -> str:
    """One of article, digest, list, wall, error, other.

    Args:
        text: The main text, a line a block.
        title: Title of the page.
        signs: What the page shows beside its text.
    """
    shape = _shape_of(text)
    if _is_error(shape, title, signs):
        return "error"
    if _is_wall(shape, signs):
        return "wall"
    return _many(shape, title, signs) or _by_shape(shape)


def _shape_of(text: str) -> _Shape:
    lines = [line for line in text.split("\n")[:_HEAD_LINES] if line]
    head = text[:HEAD_CHARS]
    words = [n_words(line) if len(line) <= _SHORT_CHARS else _SHORT_WORDS + 1 for line in lines]
    return _Shape(
        lines=len(lines),
        short=sum([n <= _SHORT_WORDS for n in words]),
        ended=sum(1 for line in lines if _SENTENCE_END.search(line[-4:])),
        sentences=n_sentences(head),
        words=n_words(head),
        longest=max(words, default=0),
    )


def _is_error(shape: _Shape, title: str | None, signs: Signs) -> bool:
    if shape.words > _ERROR_WORDS:
        return False
    if signs.status and _ERROR_NUMBER.fullmatch(signs.status):
        return True
    names = [name.casefold() for name in (title, signs.heading) if name and n_words(name) <= 2 * TEASER_WORDS]
    if any(phrase in name for name in names for phrase in not_found()):
        return True
    numbered = any(_ERROR_NUMBER.search(name) and n_words(name) <= TEASER_WORDS + 1 for name in names)
    return numbered and shape.words <= _BARRED_WORDS


def _is_wall(shape: _Shape, signs: Signs) -> bool:
    if signs.is_locked and shape.words <= _TEASED_WORDS:
        return True
    # News flashes are as short; a field for a password or such a name is on all pages of many sites.
    is_flash = shape.sentences >= ARTICLE_SENTENCES and shape.words > LEAST_ARTICLE_WORDS
    return (signs.asks_to_log_in or signs.has_wall) and shape.words <= _BARRED_WORDS and not is_flash


def _many(shape: _Shape, title: str | None, signs: Signs) -> str | None:
    """List or digest, where a page holds several stories; None where it does not look so."""
    names_site = _is_site(title, signs.site_name) and (
        signs.heading is None or _is_site(signs.heading, signs.site_name)
    )
    many = shape.lines >= _LIST_LINES
    kind = None
    if names_site and many:
        kind = "list" if shape.short >= 0.7 * shape.lines else "digest"
    elif signs.link_share > 0.6 and many:
        kind = "list"
    elif signs.teasers >= _LIST_LINES and _says_list(signs):
        kind = "list" if shape.short >= 0.5 * shape.lines or shape.words <= _FRAME_WORDS else None
    elif signs.teasers >= _LIST_LINES and (
        not shape.words or (LEAST_ARTICLE_WORDS < shape.words <= _FRAME_WORDS and shape.longest < _PROSE_WORDS)
    ):
        kind = "list"  # what is left of a page of links is its frame
    stories = max(signs.linked_stories, 0 if _says_article(signs) else signs.articles)
    if kind is None and stories >= _DIGEST_STORIES:
        kind = "list" if _says_list(signs) else "digest"
    return kind


def _says_list(signs: Signs) -> bool:
    """Whether head or address say that a page lists others, and nothing says that it is an article."""
    if _says_article(signs):
        return False
    address = urlsplit(signs.url)
    searches = _SEARCH_PATH.search(address.path.lower()) or _SEARCH_QUERY.search(address.query.lower())
    return bool(searches) or not _LIST_TYPES.isdisjoint(signs.types) or (signs.og_type or "").lower() == "profile"


def _by_shape(shape: _Shape) -> str:
    if shape.sentences >= ARTICLE_SENTENCES and shape.words > LEAST_ARTICLE_WORDS:
        return "article"
    if shape.lines >= _LIST_LINES and shape.short >= 0.9 * shape.lines and shape.ended <= 0.2 * shape.lines:
        return "list"
    if shape.words <= LEAST_ARTICLE_WORDS and shape.sentences < ARTICLE_SENTENCES:
        return "error" if shape.words and shape.lines <= 3 else "other"
    return "article"


def _says_article(signs: Signs) -> bool:
    return any(_ARTICLE_TYPE.search(kind) for kind in signs.types) or (signs.og_type or "").lower() == "article"


@lru_cache(maxsize=1)
def not_found() -> tuple[str, ...]:
    """What pages that are not there call themselves, in lower case."""
    words: dict[str, list[str]] = tomllib.loads((files("syndetect") / "data" / "kind_words.toml").read_text("utf-8"))
    return tuple(phrase.casefold() for phrase in words["not_found"])


def _is_site(title: str | None, site_name: str | None) -> bool:
    if not title or not site_name:
        return False
    left, right = (_BARE.sub("", name).casefold() for name in (title, site_name))
    return bool(left) and left == right
