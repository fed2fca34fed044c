"""The lines chosen for a story → those without what sites put below it: boxes, invitations, teasers, comments."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from urllib.parse import urlsplit

from syndetect.extract.blocks import Block, Element, Page
from syndetect.extract.kinds import TEASER_WORDS, n_sentences, n_words
from syndetect.extract.markup import markup

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
NO_CONTAINERS = frozenset(("ul", "ol", "dl", "li", "dd", "blockquote", "pre", "p", *HEADINGS))
_NO_FRAMES = NO_CONTAINERS | frozenset(("table", "tbody", "thead", "tr", "td", "th", "figure", "center"))
_TOLD_TAGS = HEADINGS | frozenset(("td", "th"))
_BUTTON_TAGS = frozenset(("p", "div", "section"))
_BOXED = tuple(markup()["boxed"])
_MAIN_SHARE = 0.7
"""Paragraphs are told from boxes where so much of the prose has one parent: so it is on four pages of five."""
_ABOVE_COMMENTS = 0.6
"""Comments stand below the story if so much of the prose is above them; else the name is that of a button."""
_MOST_REPEATED = 0.2
"""Lines that stand there again and again are furniture up to this share of the prose."""
_NOTE_CHARS, _NOTE_LINKS = 200, 2
"""A line of no more may be the note of a source: the footers that feeds add have two links. With 120 or 300
characters one segment of 61 wrong ones on real pages comes out otherwise, or none."""
_TEASER_CHARS = (20, 200)
_MANY_LINKS = 3
_LINK_SHARE, _ALL_LINK = 0.66, 0.9
_MANY_REPEATS = 3
_CARD_TAGS = frozenset(("div", "li", "article", "section", "td"))
_MANY_CARDS, _CARD_BLOCKS, _CARD_LETTERS = 3, 8, 300
_LEAD_IN_CHARS = 80
_INVITING = ("?", "؟", "？", " »", " ›", "→", ">")
_COLONS = (":", "：")
_NETWORKS = tuple(markup()["networks"])
_STORES = tuple(markup()["stores"])


def cards(page: Page, sums: list[int], headline: int, most: int) -> list[Element]:
    """Elements of one shape beside each other, each with a headline that is a link: teasers of other stories.

    Args:
        page: The blocks.
        sums: Letters of prose before each block and at the end.
        headline: Index of the block with the headline; what holds it is no teaser.
        most: Letters of prose that teasers of one shape may hold together: where they hold more, they are the page.
    """
    alike: dict[tuple[int, str, str], list[Element]] = {}
    for element in page.elements[1:]:
        if element.tag in _CARD_TAGS and 2 <= element.end_block - element.first_block <= _CARD_BLOCKS:
            alike.setdefault((element.parent, element.tag, element.names), []).append(element)
    found = []
    for group in alike.values():
        if len(group) >= _MANY_CARDS and all(_is_card(page, card, sums, headline) for card in group):
            held = sum([sums[card.end_block] - sums[card.first_block] for card in group])
            found += group if held < most else []
    return found


def _is_card(page: Page, card: Element, sums: list[int], headline: int) -> bool:
    """Whether an element is short and has a headline that is a link, or a picture beside a link of as many words."""
    first, end = card.first_block, card.end_block
    if first <= headline < end or sums[end] - sums[first] > _CARD_LETTERS:
        return False
    links = [block for block in page.blocks[first:end] if block.link_share >= _LINK_SHARE]
    if any(block.tag in HEADINGS for block in links):
        return True
    at = bisect_left(page.images, first, key=lambda image: image.block)
    has_picture = at < len(page.images) and page.images[at].block < end
    return has_picture and any(n_words(block.text) >= TEASER_WORDS for block in links)


def without_margins(page: Page, kept: list[int], weights: list[int], site: str) -> list[int]:
    """Leave out what stands below the story's last paragraph but is no note of it; amid the story, teasers and boxes.

    Args:
        page: The blocks.
        kept: Indices of the blocks chosen for the story.
        weights: Letters of prose in each block of the page.
        site: Host of the page, to tell links to its other pages.
    """
    kept = _without_repeats(page, kept, weights)
    kept = _before_comments(page, kept, weights)
    kept = _without_boxes(page, kept, weights, site)
    blocks = page.blocks
    last = max((i for i in kept if weights[i]), default=-1)
    kept = _without_last_links(blocks, kept)
    kept = [i for i in kept if not _is_teaser(blocks[i], site=None if i < last else site)]
    return _without_invitations(blocks, kept, weights)


def _without_repeats(page: Page, kept: list[int], weights: list[int]) -> list[int]:
    """The lines without those of prose that stand there again and again, unless they are most of it."""
    often = Counter([page.blocks[i].text for i in kept if weights[i]])
    repeats = {text for text, n in often.items() if n >= _MANY_REPEATS}
    if not repeats:
        return kept
    repeated = [i for i in kept if page.blocks[i].text in repeats]
    if sum([weights[i] for i in repeated]) > _MOST_REPEATED * sum([weights[i] for i in kept]):
        return kept
    return [i for i in kept if page.blocks[i].text not in repeats]


def _before_comments(page: Page, kept: list[int], weights: list[int]) -> list[int]:
    """The lines without prose that stands below comments: nothing of a story does, but the note of a source may."""
    enough = _ABOVE_COMMENTS * sum([weights[i] for i in kept])
    starts = [element.first_block for element in page.elements if element.comments]
    end = next((at for at in starts if sum([weights[i] for i in kept if i < at]) >= enough), len(page.blocks))
    return [i for i in kept if i < end or not weights[i] or _may_be_note(page.blocks[i])]


def _may_be_note(block: Block) -> bool:
    return len(block.text) <= _NOTE_CHARS and len(block.hrefs) <= _NOTE_LINKS


def _frame(page: Page, i: int) -> int:
    """The element that a block stands in beside others: not its paragraph, list, table or figure."""
    at = page.blocks[i].element
    while at > 0 and page.elements[at].tag in _NO_FRAMES and not any(map(page.elements[at].names.__contains__, _BOXED)):
        at = page.elements[at].parent
    return at


def _without_boxes(page: Page, kept: list[int], weights: list[int], site: str) -> list[int]:
    """The lines without those of boxes: appeals, authors' lives, lists of links with their heading.

    On real pages leads stand in elements of their own above the paragraphs; nothing of a story does below them.
    """
    held: dict[int, int] = {}
    frames = {i: _frame(page, i) for i in kept}
    told = [i for i in kept if weights[i]]
    for i in told:
        held[frames[i]] = held.get(frames[i], 0) + weights[i]
    main = max(held, key=lambda frame: held[frame], default=-1)
    if main < 0 or held[main] < _MAIN_SHARE * sum(held.values()):
        return kept
    paragraphs = [i for i in told if frames[i] == main]
    first, last = paragraphs[0], paragraphs[-1]
    boxes: dict[int, list[int]] = {}
    for i in kept:
        if i > first and frames[i] != main:
            boxes.setdefault(_box(page, frames[i], last), []).append(i)
    names = {_names(page, i) for i in paragraphs if page.blocks[i].element != main}
    names = {*names, page.elements[main].names} - {""}
    left_out: set[int] = set()
    for box, lines in boxes.items():
        if lines[0] < last:
            left_out.update(lines if _is_empty(page, box, lines, weights) else ())
        elif page.elements[box].names not in names and not any(_names(page, i) in names for i in lines):
            left_out.update(_not_told(page, box, lines, weights, site))
    return [i for i in kept if i not in left_out]


def _names(page: Page, i: int) -> str:
    return page.elements[page.blocks[i].element].names


def _box(page: Page, frame: int, last: int) -> int:
    """The largest element around a frame that does not hold the story's last paragraph."""
    while (parent := page.elements[frame].parent) >= 0:
        outer = page.elements[parent]
        if outer.first_block <= last < outer.end_block:
            break
        frame = parent
    return frame


def _class_of(page: Page, i: int) -> str:
    return page.elements[page.blocks[i].element].names


def _is_empty(page: Page, box: int, lines: list[int], weights: list[int]) -> bool:
    """Whether a box amid the story has no prose, and links or furniture that were left out."""
    element = page.elements[box]
    if element.tag in _NO_FRAMES or len(lines) == element.end_block - element.first_block:
        return False
    return not any(weights[i] or page.blocks[i].tag in _TOLD_TAGS for i in lines)


def _not_told(page: Page, box: int, lines: list[int], weights: list[int], site: str) -> list[int]:
    """Which lines of a box below the story are none of it."""
    blocks, element = page.blocks, page.elements[box]
    if any(weights[i] for i in lines):
        return [] if len(lines) == 1 and _may_be_note(blocks[lines[0]]) else lines
    if sum([len(blocks[i].hrefs) for i in lines]) >= _MANY_LINKS:
        return lines
    below = blocks[lines[0] + 1 : element.end_block]
    if (
        below
        and lines[0] == element.first_block
        and all(_is_teaser(block, site=site) or not block.text for block in below)
    ):
        return lines  # a heading over a form or over teasers
    links = {i for i in range(element.first_block, element.end_block) if blocks[i].link_share >= _LINK_SHARE}
    if len(links) < _MANY_LINKS:
        return []
    return [i for i in lines if i + 1 in links or blocks[i].tag in HEADINGS]


def _without_last_links(blocks: list[Block], kept: list[int]) -> list[int]:
    """The lines without a run of links at their end; a single one may be the source."""
    at = len(kept)
    while at and blocks[kept[at - 1]].link_share >= _ALL_LINK:
        at -= 1
    return kept[:at] if len(kept) - at > 1 else kept


def _is_teaser(block: Block, *, site: str | None) -> bool:
    """Whether a line is one link: a button or a headline amid the story, below it (with `site`) a headline of the site.

    Below the story, a link to elsewhere may be the source, and a short one an agency.
    """
    if len(block.text) > _TEASER_CHARS[1]:
        return False
    if block.link_share < _ALL_LINK:
        return site is None and block.link_share >= _LINK_SHARE and _has_label(block) and _sentences(block) == 0
    if len(block.text) < _TEASER_CHARS[0]:
        return site is None and block.tag in _BUTTON_TAGS
    leads_on = site is None or all(
        href[:4] != "http" or site.lower() in href.partition("//")[2].partition("/")[0].lower() for href in block.hrefs
    )
    return leads_on and _sentences(block) == 0


def _has_label(block: Block) -> bool:
    """Whether a line is a few words that end in a colon and then a link as long as a headline."""
    label = max(map(block.text.find, _COLONS))
    free = len(block.text) - block.link_chars
    is_label = label > 0 and label <= free <= label + 2
    return is_label and n_words(block.text[label:]) >= TEASER_WORDS


def _sentences(block: Block) -> int:
    """Sentences of a line, but for a headline that asks or cries out."""
    return n_sentences(block.text.rstrip("?!؟？！ "))


def _without_invitations(blocks: list[Block], kept: list[int], weights: list[int]) -> list[int]:
    """The lines without those at the end that ask, point or lead to the site's places elsewhere."""
    left_out: set[int] = set()
    for i in reversed(kept):
        if _follows_networks(blocks[i]) or (not weights[i] and _is_invitation(blocks, i)):
            left_out.add(i)
        elif weights[i]:
            break
    return [i for i in kept if i not in left_out]


def _is_invitation(blocks: list[Block], i: int) -> bool:
    """Whether a short line below the story asks or points somewhere: no note of a source does."""
    text = blocks[i].text
    if text.endswith(_COLONS) and len(text) <= _LEAD_IN_CHARS:
        return i + 1 < len(blocks) and blocks[i + 1].link_share >= _LINK_SHARE and len(blocks[i + 1].hrefs) > 0
    return text.endswith(_INVITING) and "«" not in text


def _follows_networks(block: Block) -> bool:
    """Whether a line links to an account on a network, not to a post, or to an application."""
    return any(map(_is_account, block.hrefs))


def _is_account(href: str) -> bool:
    if href[:4] != "http":
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    host = "." + parts.netloc.lower()
    if host.endswith(_STORES):
        return True
    is_shallow = parts.path.strip("/").count("/") <= 1 and "v=" not in parts.query
    return host.endswith(_NETWORKS) and is_shallow
