"""HTML that would keep a parser busy for hours → HTML of the same text that does not.

A parser that looks for an open `<p>` at every `<div>`, or for a like-named attribute at every attribute, takes time
that grows with the square of how many are open: 100,000 nested elements cost 13 s, 20,000 attributes of one tag 0.7 s.
Browsers cut both: Chrome nests elements 512 deep at most.
"""

from __future__ import annotations

import re

_LEAST_CHARS = 100_000
"""Shorter pages take seconds at worst."""
_MANY_OPEN = 8_000
_STEP_CHARS = 1 << 14
"""Tags are counted so many characters at a time: open at once within one can be no more than 5,000 that close again."""
_LONG_TAG = 20_000
_DEEPEST = 512
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*>")
_OPTION = re.compile(r"</?option\b[^>]*>", re.IGNORECASE)
_QUOTED_TAG = re.compile(
    r"""<(?:(?:script|style)\b.*?(?:</(?:script|style)|\Z)|!--.*?(?:-->|\Z)|"""
    r"""([a-zA-Z][^\s/>]*+)(?:[^>"']++|"[^"]*+"|'[^']*+')*+>)""",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")
_MOST_ATTRIBUTES = 2_000
# Elements that the next of their kind closes, or that have no content.
_NOT_NESTED = frozenset(
    "p li td th tr dt dd thead tbody tfoot rp rt area base br col embed hr img input link meta param source track "
    "wbr".split()
)


def tame(html: str) -> str:
    """The page, with elements nested no deeper and tags no longer than a parser can bear."""
    if len(html) < _LEAST_CHARS:
        return html
    if _has_long_tag(html):
        html = _QUOTED_TAG.sub(_short, html)
    if html.count("<") > _MANY_OPEN and _has_many_open(html):
        html = _flat(_OPTION.sub(" ", html))
    return html


def _has_many_open(html: str) -> bool:
    """Whether many elements are open in some place; most may be closed again by the end."""
    n_open = 0
    for at in range(0, len(html), _STEP_CHARS):
        part = html[at : at + _STEP_CHARS]
        n_open = max(0, n_open + part.count("<") - 2 * part.count("</"))
        if n_open > _MANY_OPEN:
            return True
    return False


def _has_long_tag(html: str) -> bool:
    at = 0
    while at + _LONG_TAG < len(html):
        end = html.rfind(">", at, at + _LONG_TAG)  # from behind: found at once on pages as they should be
        if end < 0:
            end = html.find(">", at + _LONG_TAG)
            end = end if end >= 0 else len(html)
            start = html.find("<", at, end)
            if start >= 0 and html[start + 1 : start + 2].isalpha() and _has_many_attributes(html[start:end]):
                return True
        at = end + 1
    n_quoted = html.count('="') if len(html) > 3 * _LEAST_CHARS else 0
    return n_quoted > _LONG_TAG and n_quoted > 10 * html.count("<")


def _short(found: re.Match[str]) -> str:
    """A tag, without its attributes if they are too many; scripts and comments as they are."""
    tag, name = found[0], found[1]
    return f"<{name}>" if name and len(tag) >= _LONG_TAG and _has_many_attributes(tag) else tag


def _has_many_attributes(tag: str) -> bool:
    return len(_QUOTED.sub("", tag).split()) > _MOST_ATTRIBUTES


def _flat(html: str) -> str:
    """The page without the tags of elements that are nested too deep."""
    depth = 0

    def kept(found: re.Match[str]) -> str:
        nonlocal depth
        closes, name = found[1], found[2].lower()
        if name in _NOT_NESTED:
            return found[0]
        depth = max(0, depth - 1) if closes else depth + 1
        return found[0] if depth + bool(closes) <= _DEEPEST else " "

    return _TAG.sub(kept, html)
