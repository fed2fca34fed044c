"""Addresses as pages write them → absolute ones: canonical address, links, images, translations."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from syndetect.extract.blocks import Image, Page
from syndetect.extract.story import Story
from syndetect.extract.tags import Attributes

_ONE_SLASH = re.compile(r"^(https?):?/*(?=[^/:])", re.IGNORECASE)
_BARE_HOST = re.compile(r"^(?:www\.[^/\s]+\.[a-z]{2,}|[^/\s:@]+\.[a-z]{2,}/)", re.IGNORECASE)
_PLAIN = re.compile(r"https?://[A-Za-z0-9._\-]+(?::\d+)?(?:/[!-~\u00a1-\uffff]*)?$")
_NO_SPACE = re.compile(r"[\t\r\n]+")
_IMAGE_SOURCES = (
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-srcset", "data-lazy-srcset", "srcset", "src",
)  # fmt: skip
_PIXEL = re.compile(
    r"(?:^|[/_.\-])(?:1x1|pixel|spacer|blank|transparent|tracking|beacon|clear)\.(?:gif|png)|/pixel[/?]"
)
_LEAST_SIDE = 32
"""Images that say they are smaller are pixels for counting readers, icons and faces of a text."""
_MOST_IMAGES = 200


def absolute(base: str, href: str | None) -> str | None:
    """The absolute address, without its fragment; None if it is none of the web."""
    if not href:
        return None
    if _PLAIN.match(href):
        return href.partition("#")[0]
    try:
        joined = urljoin(base, _NO_SPACE.sub("", href.strip()))
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined.split("#", 1)[0].replace(" ", "%20") if parts.scheme in ("http", "https") and parts.netloc else None


def canonical(base: str, href: str | None) -> str | None:
    """The canonical address; people write it by hand: without a scheme, or with half of one."""
    if not href:
        return None
    href = _NO_SPACE.sub("", href.strip())
    if href[:4].lower() == "http" and "://" not in href[:8] and _ONE_SLASH.match(href):
        href = _ONE_SLASH.sub(r"\1://", href)
    elif _BARE_HOST.match(href):
        href = f"{urlsplit(base).scheme}://{href}"
    return absolute(base, href)


def links_of(page: Page, story: Story, base: str, url: str) -> list[str]:
    """The addresses that the story links to, other than its own."""
    found: dict[str, None] = {}
    own = url.split("#", 1)[0]
    for i in story.blocks:
        for href in page.blocks[i].hrefs:
            address = absolute(base, href) if href[:1] != "#" else None
            if address and address != own:
                found[address] = None
    return list(found)


def images_of(page: Page, story: Story, base: str, of_head: Iterable[str]) -> list[str]:
    """The addresses of the head's images and of those that stand in the story."""
    found = dict.fromkeys(address for href in of_head if (address := _image(base, href)))
    first = min(story.headline if story.headline >= 0 else story.blocks[0], story.blocks[0]) if story.blocks else 0
    last = story.blocks[-1] + 1 if story.blocks else -1
    for image in page.images:
        if first <= image.block <= last and not _in_furniture(page, image.element, story.blocks):
            found.update(dict.fromkeys(_sources(base, image)))
    return list(found)[:_MOST_IMAGES]


def alternates_of(base: str, links: Iterable[Attributes]) -> list[tuple[str, str]]:
    """The page's translations: language code as written, in lower case, and absolute address."""
    found: dict[tuple[str, str], None] = {}
    for link in links:
        language = (link.get("hreflang") or "").strip().lower()
        kind = (link.get("type") or "").lower()
        is_feed = "rss" in kind or "atom" in kind or "json" in kind or "xml" in kind.removeprefix("application/xhtml")
        address = absolute(base, link.get("href"))
        if language and address and not is_feed:
            found[language, address] = None
    return list(found)


def _sources(base: str, image: Image) -> list[str]:
    sides = [_side(image.attributes.get(name)) for name in ("width", "height")]
    if any(side is not None and side < _LEAST_SIDE for side in sides):
        return []
    for name in _IMAGE_SOURCES:
        value = (image.attributes.get(name) or "").strip()
        if name.endswith("srcset"):
            value = value.split(" ", 1)[0].rstrip(",")
        if value and (address := _image(base, value)):
            return [address]
    return []


def _image(base: str, href: str) -> str | None:
    address = absolute(base, href) if href[:5].lower() != "data:" else None
    return address if address and not _PIXEL.search(address.lower()) else None


def _side(value: str | None) -> float | None:
    written = (value or "").strip().lower().removesuffix("px")
    return float(written) if written.isascii() and written.isdecimal() else None


def _in_furniture(page: Page, element: int, told: list[int]) -> bool:
    """Whether an element stands in furniture: what holds a part of the story is a wrapper."""
    while element >= 0:
        at = page.elements[element]
        if at.body:
            return False
        if at.furniture and not at.pictures:
            nearest = bisect_left(told, at.first_block)
            if nearest == len(told) or told[nearest] >= at.end_block:
                return True
        element = at.parent
    return False
