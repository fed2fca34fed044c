"""The lines chosen for a story → those without what sites put below it: boxes, invitations, teasers, comments."""

from __future__ import annotations

from urllib.parse import urlsplit

from syndetect.extract.blocks import Block, Page
from syndetect.extract.kinds import n_sentences
from syndetect.extract.markup import markup

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
NO_CONTAINERS = frozenset(("ul", "ol", "dl", "li", "dd", "blockquote", "pre", "p", *HEADINGS))
_NO_FRAMES = NO_CONTAINERS | frozenset(("table", "tbody", "thead", "tr", "td", "th", "figure", "center"))
_MAIN_SHARE = 0.7
"""Paragraphs are told from boxes where so much of the prose has one parent: so it is on four pages of five."""
_TOLD_SHARE = 0.8
_NOTE_CHARS, _NOTE_LINKS = 200, 2
"""A line of no more may be the note of a source: the footers that feeds add have two links."""
_TEASER_CHARS = (20, 200)
_MANY_LINKS = 3
_LEAD_IN_CHARS = 80
_INVITING = ("?", "؟", "？", " »", " ›", "→", ">")
_COLONS = (":", "：")
_NETWORKS = tuple(markup()["networks"])
_STORES = tuple(markup()["stores"])


def without_margins(page: Page, kept: list[int], weights: list[int], site: str) -> list[int]:
    """Leave out what stands below the story's last paragraph but is no note of it, and teasers amid the story.

    Args:
        page: The blocks.
        kept: Indices of the blocks chosen for the story.
        weights: Letters of prose in each block of the page.
        site: Host of the page, to tell links to its other pages.
    """
    kept = _before_comments(page, kept, weights)
    kept = _without_boxes(page, kept, weights)
    blocks = page.blocks
    last = max((i for i in kept if weights[i]), default=-1)
    kept = [i for i in kept if not (_is_teaser(blocks[i]) and (i < last or _is_within(blocks[i], site)))]
    return _without_invitations(blocks, kept, weights)


def _before_comments(page: Page, kept: list[int], weights: list[int]) -> list[int]:
    """The lines without prose below the comments: nothing of a story follows them, but a source note may."""
    enough = _TOLD_SHARE * sum([weights[i] for i in kept])
    starts = [element.first_block for element in page.elements if element.comments]
    before, end = 0, len(page.blocks)
    for start in starts:
        before = sum([weights[i] for i in kept if i < start])
        if before >= enough:
            end = start
            break
    return [i for i in kept if i < end or not weights[i] or _may_be_note(page.blocks[i])]


def _may_be_note(block: Block) -> bool:
    return len(block.text) <= _NOTE_CHARS and len(block.hrefs) <= _NOTE_LINKS


def _frame(page: Page, i: int) -> int:
    """The element that a block stands in beside others: not its paragraph, list, table or figure."""
    at = page.blocks[i].element
    while at > 0 and page.elements[at].tag in _NO_FRAMES:
        at = page.elements[at].parent
    return at


def _without_boxes(page: Page, kept: list[int], weights: list[int]) -> list[int]:
    """The lines without those of boxes below the story: appeals, authors' lives, lists of links with their heading.

    On real pages leads stand in elements of their own above the paragraphs; nothing of a story does below them.
    """
    held: dict[int, int] = {}
    for i in kept:
        if weights[i]:
            frame = _frame(page, i)
            held[frame] = held.get(frame, 0) + weights[i]
    main = max(held, key=lambda frame: held[frame], default=-1)
    if main < 0 or held[main] < _MAIN_SHARE * sum(held.values()):
        return kept
    last = max(i for i in kept if weights[i] and _frame(page, i) == main)
    boxes: dict[int, list[int]] = {}
    for i in kept:
        if i > last and (frame := _frame(page, i)) != main:
            boxes.setdefault(_box(page, frame, last), []).append(i)
    paragraphs = {_class_of(page, i) for i in kept if weights[i] and page.blocks[i].element != main and _frame(page, i) == main} - {""}
    left_out = {i for box, held_lines in boxes.items() for i in _not_told(page, box, main, held_lines, weights, paragraphs)}
    return [i for i in kept if i not in left_out]


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


def _not_told(
    page: Page, box: int, main: int, lines: list[int], weights: list[int], paragraphs: set[str]
) -> list[int]:
    """Which lines of a box below the story are none of it."""
    blocks, element = page.blocks, page.elements[box]
    if any(weights[i] for i in lines):
        is_part = element.names and element.names == page.elements[main].names
        is_part = is_part or any(_class_of(page, i) in paragraphs for i in lines)
        return [] if is_part or (len(lines) == 1 and _may_be_note(blocks[lines[0]])) else lines
    if sum([len(blocks[i].hrefs) for i in lines]) >= _MANY_LINKS:
        return lines
    links = [i for i in range(element.first_block, element.end_block) if blocks[i].link_share >= 0.66]
    heads = set(links) if len(links) >= _MANY_LINKS else set()
    return [i for i in lines if i + 1 in heads or (heads and blocks[i].tag in HEADINGS)]


def _is_teaser(block: Block) -> bool:
    """Whether a line is one link to another story."""
    fits = _TEASER_CHARS[0] <= len(block.text) <= _TEASER_CHARS[1]
    return fits and block.link_share >= 0.9 and n_sentences(block.text) == 0


def _is_within(block: Block, site: str) -> bool:
    """Whether all links of a line lead to pages of the site: below the story, another link may be the source."""
    return all(href[:4] != "http" or site in href.partition("//")[2].partition("/")[0] for href in block.hrefs)


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
        return i + 1 < len(blocks) and blocks[i + 1].link_share >= 0.66 and len(blocks[i + 1].hrefs) > 0
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
