"""JSON-LD as pages write it, broken or not → the items a page speaks of itself with, and values of their properties."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import orjson

Item = dict[str, object]

_WRAPPING = re.compile(
    r"^\s*(?:(?://|/\*)?\s*(?:<!\[CDATA\[|<!--)\s*(?:\*/)?)+|(?:(?://|/\*)?\s*(?:\]\]>|-->)\s*(?:\*/)?\s*)+$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_NO_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])|\\u(?![0-9A-Fa-f]{4})')
_MOST_ITEMS = 200
"""Of a list: pages that list more speak of others."""
_DEEPEST = 4


def parse(raw: str) -> object:
    """Read what a script holds; None if it is broken beyond reading.

    orjson refuses NaN, lone surrogates and control characters, which the standard library reads.
    """
    text = _WRAPPING.sub("", raw).strip().rstrip(";")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    if "&quot;" in text[:200]:
        text = html.unescape(text)
    for attempt in (text, _NO_ESCAPE.sub(r"\\\\", _TRAILING_COMMA.sub("", text))):
        try:
            return _concatenated(attempt)
        except (ValueError, RecursionError):
            continue
    return None


def _concatenated(text: str) -> object:
    """One value, or several behind one another."""
    decoder = json.JSONDecoder(strict=False)
    values: list[object] = []
    at = 0
    while at < len(text) and len(values) < _MOST_ITEMS:
        value, at = decoder.raw_decode(text, at)
        values.append(value)
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return values[0] if len(values) == 1 else values


def items_of(data: object, depth: int = 0) -> Iterator[Item]:
    """The items a page speaks of itself with: lists, graphs and main entities, not what those nest."""
    if depth > _DEEPEST:
        return
    if isinstance(data, list):
        for item in data[:_MOST_ITEMS]:
            yield from items_of(item, depth + 1)
    elif isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(data.get(name), (dict, list)):
                yield from items_of(data[name], depth + 1)


def type_of(item: Item) -> str:
    """The types of an item, one behind another."""
    kind = item.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return " ".join(one.rpartition("/")[2] for one in kinds if isinstance(one, str))


def text_of(value: object) -> str | None:
    """The text of a property, its first if it has several."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return clean(value).strip() or None if isinstance(value, str) else None


def name_of(value: object) -> str | None:
    """The name of an item that is the value of a property."""
    if isinstance(value, list):
        value = value[0] if value else None
    return text_of(value.get("name")) if isinstance(value, dict) else None


def references(value: object, names: tuple[str, ...] = ("url", "@id", "sameAs", "name", "headline")) -> list[str]:
    """Addresses or names of the items that are the value of a property."""
    if isinstance(value, str):
        return [clean(value)]
    if isinstance(value, list):
        return [one for part in value[:20] for one in references(part, names)]
    if isinstance(value, dict):
        for name in names:
            if found := text_of(value.get(name)):
                return [found]
    return []


def clean(text: str) -> str:
    """The text without halves of surrogate pairs, which no output can hold."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
