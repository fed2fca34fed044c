"""What kind of page a text is, told without the words of any language."""

from __future__ import annotations

import re

import regex

_SENTENCE_END = regex.compile(r"[\p{Sentence_Terminal}…][\p{Pe}\p{Pf}\"'”»」』]*(?=\s|$)|[。！？]")
_WORD = re.compile(r"[^\W_]+")
_WIDE = re.compile("[\u2e80-\uffdc]")
_BARE = regex.compile(r"[^\p{L}\p{M}]+")
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


def n_sentences(text: str) -> int:
    """Sentences that end as such."""
    return len(_SENTENCE_END.findall(text))


def n_words(text: str) -> int:
    """Words; in scripts without spaces two letters count as one."""
    return len(_WORD.findall(text)) + (0 if text.isascii() else len(_WIDE.findall(text)) // 2)


def kind_of(
    text: str,
    *,
    title: str | None,
    site_name: str | None = None,
    heading: str | None = None,
    link_share: float = 0.0,
    asks_to_log_in: bool = False,
    teasers: int = 0,
) -> str:
    """One of article, digest, list, wall, error, other.

    Args:
        text: The main text, a line a block.
        title: Title of the page.
        site_name: What the page calls its site.
        heading: The headline that stands in the page.
        link_share: Share of the text's characters that are links.
        asks_to_log_in: Whether the page has a field for a password.
        teasers: Lines of the page, outside the text, that are one link of a headline's length.
    """
    lines = [line for line in text.split("\n")[:_HEAD_LINES] if line]
    head = text[:HEAD_CHARS]
    sentences, words = n_sentences(head), n_words(head)
    ended = sum(1 for line in lines if _SENTENCE_END.search(line[-4:]))
    short = sum(1 for line in lines if len(line) <= _SHORT_CHARS and n_words(line) <= _SHORT_WORDS)
    names_site = _is_site(title, site_name) and (heading is None or _is_site(heading, site_name))
    many = len(lines) >= _LIST_LINES
    if names_site and many:
        kind = "list" if short >= 0.7 * len(lines) else "digest"
    elif link_share > 0.6 and many:
        kind = "list"
    elif (
        teasers >= _LIST_LINES
        and LEAST_ARTICLE_WORDS < words <= _FRAME_WORDS
        and max(map(n_words, lines)) < _PROSE_WORDS
    ):
        kind = "list"  # what is left of a page of links is its frame
    elif sentences >= ARTICLE_SENTENCES and words > LEAST_ARTICLE_WORDS:
        kind = "article"
    elif many and short >= 0.9 * len(lines) and ended <= 0.2 * len(lines):
        kind = "list"
    elif words <= 2 * LEAST_ARTICLE_WORDS and asks_to_log_in:
        kind = "wall"
    elif words <= LEAST_ARTICLE_WORDS and sentences < ARTICLE_SENTENCES:
        kind = "error" if words and len(lines) <= 3 else "other"
    else:
        kind = "article"
    return kind


def _is_site(title: str | None, site_name: str | None) -> bool:
    if not title or not site_name:
        return False
    left, right = (_BARE.sub("", name).casefold() for name in (title, site_name))
    return bool(left) and left == right
