"""What the tag, the names and the attributes of an element say of it."""

from __future__ import annotations

import re
from functools import lru_cache

from syndetect.extract.markup import markup

Attributes = dict[str, str | None]

_MARKUP = markup()
_FURNITURE_ROLES = frozenset(_MARKUP["furniture_roles"])
_COMMENT_WORDS = frozenset(_MARKUP["comments"])
_PICTURE_WORDS = frozenset(_MARKUP["pictures"])
_FURNITURE_WORDS = frozenset(_MARKUP["furniture"]) | _COMMENT_WORDS | _PICTURE_WORDS
_WALL_WORDS = frozenset(_MARKUP["walls"])
_META_WORDS = frozenset(_MARKUP["meta"])
_META_ENDINGS = tuple(_MARKUP["meta_endings"])
_NOT_META = frozenset(_MARKUP["not_meta"])
_PUBLISHED_WORDS = frozenset(("published", "publish", "pubdate", "posted", "entry"))
_UPDATED_WORDS = frozenset(("updated", "modified", "update"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ODD = frozenset(("hidden", "style", "role", "aria-modal", "itemprop", "pubdate"))

# What a tag is to a reader of blocks: anything else is an element that holds blocks.
TEXT, SKIPPED, INLINE, LINK, TIME, BREAK, IMAGE = range(7)
ACTS = {
    "-text": TEXT,
    **dict.fromkeys(_MARKUP["skipped_tags"], SKIPPED),
    **dict.fromkeys(_MARKUP["inline_tags"], INLINE),
    **dict.fromkeys(("br", "hr"), BREAK),
    "a": LINK,
    "time": TIME,
    "img": IMAGE,
}
FURNITURE_TAGS = frozenset(_MARKUP["furniture_tags"])
BODY_TAGS = frozenset(("article", "main"))

# What the names and attributes of an element say, as sums.
FURNITURE, COMMENTS, META, PUBLISHED, UPDATED, BODY, DATED, HIDDEN, DIALOG, PICTURES, WALL = (1 << n for n in range(11))

DATES = META | PUBLISHED | UPDATED


def says(attributes: Attributes) -> int:
    """What the attributes of an element say of it."""
    css_class, css_id = attributes.get("class"), attributes.get("id")
    told = (_class_says(css_class) if css_class else 0) | (names_say(css_id) if css_id else 0)
    return told if _ODD.isdisjoint(attributes) else told | _odd_says(attributes)


def names_say(written: str) -> int:
    """What class and id names say."""
    told = 0
    for word in _WORD.findall(written):
        told |= _word_says(word)
    return told


# Sites write the same few class names on all their pages; ids are often numbered.
_class_says = lru_cache(maxsize=1 << 15)(names_say)


@lru_cache(maxsize=1 << 15)
def _word_says(word: str) -> int:
    word = word.lower()
    return (
        FURNITURE * (word in _FURNITURE_WORDS)
        | COMMENTS * (word in _COMMENT_WORDS)
        | WALL * (word in _WALL_WORDS)
        | PICTURES * (word in _PICTURE_WORDS)
        | META * (word in _META_WORDS or (word.endswith(_META_ENDINGS) and word not in _NOT_META))
        | PUBLISHED * (word in _PUBLISHED_WORDS)
        | UPDATED * (word in _UPDATED_WORDS)
    )


def _odd_says(attributes: Attributes) -> int:
    role, style, itemprop = (attributes.get(name) or "" for name in ("role", "style", "itemprop"))
    hidden = "hidden" in attributes or (style and _HIDDEN.search(style) is not None)
    dated = itemprop.startswith("datePublished")
    return (
        HIDDEN * bool(hidden)
        | DIALOG * (role == "dialog" or attributes.get("aria-modal") == "true")
        | FURNITURE * (role in _FURNITURE_ROLES)
        | BODY * (itemprop == "articleBody")
        | DATED * dated
        | PUBLISHED * (dated or "pubdate" in attributes)
    )
