"""Which blocks of a page are its main text: the smallest element that holds most of the prose, without furniture."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import zip_longest

from syndetect.extract.blocks import Block, Element, Page
from syndetect.extract.margins import HEADINGS, NO_CONTAINERS, cards, without_margins

_WIDE = re.compile("[\u2e80-\uffdc]")
_NOT_BARE = re.compile(r"[\W_]+")
_MIN_PROSE = 40
"""Letters outside links that make a line prose; captions, bylines and menus are shorter."""
_DESCEND = 0.8
"""An element is left for its child while the child holds this share of the prose. Of .65, .7, .75, .8 and .85 the best
on one half of the real pages, second to .85 on the other (F1 .9515 of .949 to .952, .943 of .939 to .944)."""
_WRAPPED, _WRAPPED_BY_HEADLINE = 0.6, 0.3
"""What holds such a share of the prose is no furniture, whatever its name."""
_LEAD_LETTERS = 60
_KEPT_AFTER = 8
"""So many short lines right below the story are kept: source notes, agency tags, feed footers."""


_LEAD_IN_CHARS = 80
_MOST_ARTICLES = 200
_STORIES_SHARE = 0.6
"""A digest's stories hold this share of its prose together, and none of them alone."""


@dataclass(frozen=True)
class Story:
    """Indices of the blocks of the main text, of the block with the headline (-1: none), and of those with prose."""

    blocks: list[int]
    headline: int
    prose: list[int]


def same_words(left: str, right: str) -> bool:
    """Whether two lines are the same but for case, spaces and punctuation."""
    return bool(left) and _bare(left) == _bare(right)


def _bare(line: str) -> str:
    folded = line if line.isascii() else unicodedata.normalize("NFKC", line)
    return _NOT_BARE.sub("", folded.casefold())


def n_linked_stories(page: Page, story: Story, site: str) -> int:
    """Parts of the text that stand under headings which link to pages of the site, if they are most of its prose."""
    return _most_of(_under_links(page, story.prose, site), page, story)


def n_articles(page: Page, story: Story) -> int:
    """`<article>` elements with headings that are parts of the text, if they are most of its prose."""
    return _most_of(_in_articles(page, story.prose), page, story)


def _most_of(lengths: list[int], page: Page, story: Story) -> int:
    if len(lengths) < 2:
        return 0
    enough = _STORIES_SHARE * sum([len(page.blocks[i].text) for i in story.prose])
    return len(lengths) if sum(lengths) >= enough > max(lengths) else 0


def _under_links(page: Page, told: list[int], site: str) -> list[int]:
    """Characters of prose under each heading that is a link."""
    lengths: list[int] = []
    if not told:
        return lengths
    prose = set(told)
    is_open = is_new = False
    for i in range(max(0, told[0] - 2), told[-1] + 1):
        block = page.blocks[i]
        if block.tag in HEADINGS:
            is_open = is_new = block.link_share >= 0.66 and all(
                href[:4] != "http" or site in href.partition("//")[2] for href in block.hrefs
            )
        elif i in prose and is_open:
            if is_new:
                lengths.append(0)
            is_new = False
            lengths[-1] += len(block.text)
    return lengths


def _in_articles(page: Page, told: list[int]) -> list[int]:
    """Characters of prose in each `<article>` that holds no other one."""
    articles = [e for e in page.elements if e.tag == "article" and e.first_block < e.end_block][:_MOST_ARTICLES]
    inner = [e for e, after in zip_longest(articles, articles[1:]) if not _holds(e, after)]
    lengths = [
        sum(len(page.blocks[i].text) for i in told if e.first_block <= i < e.end_block)
        for e in inner
        if any(block.tag in HEADINGS for block in page.blocks[e.first_block : e.end_block])
    ]
    return [length for length in lengths if length]


def _holds(outer: Element, after: Element | None) -> bool:
    return after is not None and after.first_block < outer.end_block


def _weight(block: Block) -> int:
    """Letters of prose in a block: Han and kana say as much in a third of the letters."""
    if block.link_share > 0.5 or block.tag in HEADINGS:
        return 0
    free = len(block.text) - block.link_chars
    length = free if block.text.isascii() else free + 2 * min(len(_WIDE.findall(block.text)), free)
    least = _MIN_PROSE * (2 if block.in_list else 1)
    return length if length >= least else 0


def find_story(page: Page, titles: list[str], description: str | None = None, *, site: str = "") -> Story:
    """Choose the blocks of the main text.

    Args:
        page: The blocks.
        titles: What the page's head calls it, to find the headline.
        description: What its head says of it, to find the lead.
        site: Host of the page.
    """
    blocks = page.blocks
    weights = [_weight(block) for block in blocks]
    headline = _headline(blocks, titles)
    dropped = _furniture(page, weights, headline)
    prose = [0 if dropped[i] else weights[i] for i in range(len(blocks))]
    total = sum(prose)
    if not total:
        kept = [i for i in range(len(blocks)) if not dropped[i] and blocks[i].link_share < 0.5]
        return Story([i for i in kept if i != headline], headline, [])
    sums = [0]
    for weight in prose:
        sums.append(sums[-1] + weight)
    first, end = _container(page, sums, headline)
    told = _within(page, prose, dropped, first, end, headline)
    begun = next((i for i in told if prose[i]), first)
    lead = _lead(page, weights, description, headline, begun)
    kept = without_margins(page, sorted({*lead, *told}), weights, site)
    kept = _without_bare_headings(blocks, kept)
    return Story([i for i in kept if i != headline], headline, [i for i in kept if weights[i]])


def _lead(page: Page, weights: list[int], description: str | None, headline: int, first: int) -> list[int]:
    """The lines between the headline and the story that are prose, or that the head gives as description."""
    told = _bare(description or "")[:_LEAD_LETTERS]
    kept = []
    for i in range(max(0, headline + 1 if headline >= 0 else first - _KEPT_AFTER), first):
        block = page.blocks[i]
        is_told = len(told) >= _MIN_PROSE and _bare(block.text[: 3 * _LEAD_LETTERS]).startswith(told)
        is_near = headline >= 0 and weights[i] >= 2 * _MIN_PROSE and i - headline <= _KEPT_AFTER
        if is_told or (is_near and not page.elements[block.element].pictures):
            kept.append(i)
    return kept


def _headline(blocks: list[Block], titles: list[str]) -> int:
    bare = [_bare(title) for title in titles if title]
    wanted = {title for title in bare if title}
    longest = 2 * max(map(len, titles), default=0)
    for i, block in enumerate(blocks):
        if block.tag in HEADINGS and _bare(block.text) in wanted:
            return i
    first = next((i for i, block in enumerate(blocks) if block.tag == "h1" and block.link_share < 0.9), -1)
    if first >= 0 and any(_bare(blocks[first].text) and _bare(blocks[first].text) in title for title in bare):
        return first
    plain = (i for i, block in enumerate(blocks) if len(block.text) <= longest and block.link_share < 0.5)
    same = next((i for i in plain if _bare(blocks[i].text) in wanted), -1)
    return same if same >= 0 else first


def _furniture(page: Page, weights: list[int], headline: int) -> list[bool]:
    """Which blocks stand in navigation, comments, related links and the like.

    An element that carries such a name but holds the headline beside prose, or most of the page's prose, alone or with
    others of its name beside it, is a wrapper.
    """
    sums = [0]
    for weight in weights:
        sums.append(sums[-1] + weight)
    dropped = [False] * len(page.blocks)
    comments = [False] * len(page.blocks)
    for element in page.elements:
        if element.comments and not element.first_block <= headline < element.end_block:
            for i in range(element.first_block, element.end_block):
                comments[i] = True
    talk = sum(weight for weight, comment in zip(weights, comments, strict=True) if comment)
    told = max(1, sums[-1] - talk)
    alike = _held_alike(page, sums)
    for element in page.elements[1:]:
        if not element.furniture or element.first_block == element.end_block:
            continue
        with_headline = element.first_block <= headline < element.end_block
        if not element.comments and (element.body or _wraps(element, sums, told, with_headline, alike)):
            continue
        for i in range(element.first_block, element.end_block):
            # A header that holds the headline may hold the lead below it.
            dropped[i] = dropped[i] or not (with_headline and i > headline and weights[i])
    for card in cards(page, sums, headline, int(_WRAPPED * told)):
        dropped[card.first_block : card.end_block] = [True] * (card.end_block - card.first_block)
    for i, comment in enumerate(comments):
        dropped[i] = dropped[i] or comment
    return dropped


def _wraps(
    element: Element, sums: list[int], told: int, with_headline: bool, alike: dict[tuple[int, str], int]
) -> bool:
    """Whether an element holds so much of the prose that its name does not count."""
    held = sums[element.end_block] - sums[element.first_block]
    least = (_WRAPPED_BY_HEADLINE if with_headline else _WRAPPED) * told
    return held >= least or (held > 0 and alike.get(_kind(element), 0) >= _WRAPPED * told)


def _held_alike(page: Page, sums: list[int]) -> dict[tuple[int, str], int]:
    """Prose in the elements of furniture that stand beside each other under one name: sections of a story may."""
    alike: dict[tuple[int, str], int] = {}
    for element in page.elements[1:]:
        if element.furniture and element.names:
            kind = _kind(element)
            alike[kind] = alike.get(kind, 0) + sums[element.end_block] - sums[element.first_block]
    return alike


def _kind(element: Element) -> tuple[int, str]:
    return element.parent, element.names.split(maxsplit=1)[0] if element.names.strip() else ""


def _container(page: Page, sums: list[int], headline: int) -> tuple[int, int]:
    """The blocks of the smallest element that holds most of the prose."""
    children: dict[int, list[int]] = {}
    for index, element in enumerate(page.elements):
        if element.first_block < element.end_block:
            children.setdefault(element.parent, []).append(index)
    at = 0
    while True:
        element = page.elements[at]
        held = sums[element.end_block] - sums[element.first_block]
        best, most = -1, 0
        for child in children.get(at, []):
            inner = page.elements[child]
            weight = sums[inner.end_block] - sums[inner.first_block]
            if weight > most and inner.tag not in NO_CONTAINERS:
                best, most = child, weight
        inner_element = page.elements[best] if best >= 0 else None
        marked = inner_element is not None and inner_element.body and most >= 0.5 * held
        if inner_element is not None and _stands_beside(page, inner_element, headline, children[at]):
            break
        if inner_element is None or (most < _DESCEND * held and not marked):
            break
        at = best
    return page.elements[at].first_block, page.elements[at].end_block


def _stands_beside(page: Page, article: Element, headline: int, beside: list[int]) -> bool:
    """Whether the headline stands in an article beside this one: then all are parts of one story."""
    if article.tag != "article" or article.first_block <= headline < article.end_block:
        return False
    others = [page.elements[child] for child in beside if page.elements[child].tag == "article"]
    return any(other.first_block <= headline < other.end_block for other in others)


def _within(page: Page, prose: list[int], dropped: list[bool], first: int, end: int, headline: int) -> list[int]:
    """The story's blocks of the container: what is no furniture, no list of links, no heading over nothing."""
    blocks = page.blocks
    start = headline + 1 if first <= headline < end else first
    begun = next((i for i in range(first, end) if prose[i]), start)
    start = min(start, begun)
    kept = [i for i in range(start, end) if not dropped[i] and not _is_links(blocks, i)]
    if first <= headline < begun:
        # Between headline and story: bylines and dates stand in furniture or are short; a lead or source stays.
        kept = [i for i in kept if i >= begun or blocks[i].link_share < 0.5]
    kept += _below(blocks, dropped, end, _article_end(page, first, end))
    return _without_bare_headings(blocks, kept)


def _without_bare_headings(blocks: list[Block], kept: list[int]) -> list[int]:
    """The lines without headings over nothing that was kept."""
    while kept and blocks[kept[-1]].tag in HEADINGS:
        kept = kept[:-1]
    return [i for n, i in enumerate(kept) if not _heads_nothing(blocks, kept, n)]


def _is_links(blocks: list[Block], i: int) -> bool:
    """Whether a block is one of a run of links: menus, teasers, tags. A paragraph that is one link may be a source."""
    block = blocks[i]
    if block.link_share < 0.66:
        return False
    if block.in_list or block.tag in HEADINGS:
        return True
    free = sum(c.isalpha() for c in block.text) - block.link_chars
    if free >= 8:
        return False
    beside = [blocks[j].link_share >= 0.66 for j in (i - 2, i - 1, i + 1, i + 2) if 0 <= j < len(blocks)]
    return sum(beside) >= 2


def _below(blocks: list[Block], dropped: list[bool], end: int, article_end: int) -> list[int]:
    """Short lines right below the container, up to the first heading, list or, below the article, furniture."""
    kept: list[int] = []
    for i in range(end, min(len(blocks), end + _KEPT_AFTER)):
        block = blocks[i]
        if dropped[i] and i < article_end and not block.in_list and block.tag not in HEADINGS:
            continue  # buttons to share stand between a story and its source
        if dropped[i] or block.in_list or block.tag in HEADINGS or _is_links(blocks, i):
            break
        kept.append(i)
    return kept


def _article_end(page: Page, first: int, end: int) -> int:
    """Where the smallest `<article>` or the like that holds the container ends."""
    ends = [e.end_block for e in page.elements if e.body and e.first_block <= first and end <= e.end_block]
    return min(ends, default=end)


def _heads_nothing(blocks: list[Block], kept: list[int], n: int) -> bool:
    """Whether a heading, or a short line that ends in a colon, stands over blocks, or links, that were all left out."""
    i = kept[n]
    block = blocks[i]
    following = kept[n + 1] if n + 1 < len(kept) else len(blocks)
    if block.tag not in HEADINGS:
        is_lead_in = len(block.text) <= _LEAD_IN_CHARS and block.text.endswith((":", "："))
        return is_lead_in and i + 1 < min(following, len(blocks)) and blocks[i + 1].link_share >= 0.66
    return n + 1 < len(kept) and following > i + 1 and blocks[i + 1].tag not in HEADINGS
