"""When a page says it was published: its head, marked times, dates that readers see; each as the page words it."""

from __future__ import annotations

from syndetect.extract.blocks import Page
from syndetect.extract.marks import Marks
from syndetect.extract.story import Story
from syndetect.times import find_dates

_NEAR_HEADLINE = 6
"""A visible date stands within so many lines of the headline or of the story's end."""
_MAX_DATE_LINE = 160


def times_of(marks: Marks, page: Page, story: Story) -> list[tuple[str, str]]:
    """The stated times of a page, pairs of source and value, best first."""
    times = [("json-ld", value) for value in marks.json_times] + [("meta", value) for value in marks.meta_times]
    times += [("visible", value) for value in _visible(page, story)]
    return list(dict.fromkeys(times))


def without_dates(lines: list[str]) -> list[str]:
    """The lines without those at their head that are nothing but a date: they stand in the stated times."""
    kept = []
    for line in lines[:_NEAR_HEADLINE]:
        rest = line
        for value in _dates_in(line) if len(line) <= _MAX_DATE_LINE else []:
            rest = rest.replace(value, "")
        if rest is line or sum(c.isalpha() for c in rest) > 3:
            kept.append(line)
    return kept + lines[_NEAR_HEADLINE:]


def _visible(page: Page, story: Story) -> list[str]:
    """Dates that readers see, best first: marked ones, lines near the headline or the end, lines of meta elements."""
    first = story.headline if story.headline >= 0 else (story.blocks[0] if story.blocks else 0)
    last = story.blocks[-1] if story.blocks else first
    values: list[str] = []
    marked = [t for t in page.times if not _in_comments(page, t.element)]
    near = [t for t in marked if first - _NEAR_HEADLINE <= t.block <= last + _NEAR_HEADLINE] or marked
    for timed in sorted(near, key=lambda t: (not t.is_published, abs(t.block - first)))[:2]:
        values += [value for value in (timed.value, timed.words) if value]
    lines = [*range(first, min(first + _NEAR_HEADLINE, len(page.blocks)))]
    lines += [*range(first - 1, max(-1, first - _NEAR_HEADLINE), -1)]
    lines += [*range(last, min(last + _NEAR_HEADLINE, len(page.blocks)))]
    meta = [i for i, b in enumerate(page.blocks) if page.elements[b.element].meta and not _in_comments(page, b.element)]
    lines += sorted(meta, key=lambda i: abs(i - first))[:_NEAR_HEADLINE]
    for i in dict.fromkeys(lines):
        block = page.blocks[i]
        longest = 3 * _MAX_DATE_LINE if page.elements[block.element].meta else _MAX_DATE_LINE
        if len(block.text) <= longest:
            values += _dates_in(block.text)
    if not values and story.blocks:
        values += _dates_in(page.blocks[story.blocks[0]].text[: _MAX_DATE_LINE // 2])  # a dateline
    return values


def _dates_in(text: str) -> list[str]:
    if not any(c.isdigit() for c in text):
        return []
    return [text[found.span_start : found.span_end] for found in find_dates(text)]


def _in_comments(page: Page, element: int) -> bool:
    while element >= 0:
        at = page.elements[element]
        if at.comments or at.tag in ("nav", "aside"):
            return True
        element = at.parent
    return False
