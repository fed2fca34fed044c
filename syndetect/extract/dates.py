"""When a page says it was published or changed: its head, marked times, dates that readers see; each as it is worded.

Sources are json-ld, meta, visible; `text` for a date in a dateline or in a line at the end, which may date what the
page was taken from; `script` for a field of the page's own data; and `updated-` before a source for the last change.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import regex
from selectolax.lexbor import LexborHTMLParser

from syndetect.extract.blocks import Page
from syndetect.extract.marks import Marks
from syndetect.extract.markup import markup
from syndetect.extract.story import Story
from syndetect.times import MAX_LINE, mentions_date, read_relative

_NEAR_HEADLINE = 6
"""A visible date stands within so many lines of the headline or of the story's end."""
_MAX_DATE_LINE = 160
_LABEL_LETTERS, _MAX_LABEL_LETTERS = 3, 60
"""With more letters beside its date a line of the story is a sentence; and one at its end, from the least on, may say
when the source was published."""
_SHORT_LABEL = 12
"""A line of the story with no more letters beside its date is no sentence, however it ends."""
_SENTENCE_END = regex.compile(r"[\p{Sentence_Terminal}…]\W*$")
_LAST_LINES = 2
_UPDATED_REACH = 32
"""The words that tell a last change stand so near before its date."""
_MAX_SCRIPT_TIMES = 2
"""Data with more different times of publication tells of other pages too."""
_EPOCH = re.compile(r"\d{9,14}(?:\.\d+)?")
_MAX_VISIBLE, _MAX_MARKED = 3, 4
_BESIDE = ("updated-visible", "text")
# What speaks for a date, by judgement: an element named for it, one named for what stands around a story, few other
# words in its line; and against it: that it stands in the story, in the headline, or lines away from it.
_MARKED, _META, _PURE = 3.0, 2.0, 2.0
_IN_STORY, _IN_HEADLINE = 1.5, 3.0
_STEP, _FAR = 0.15, 8
_FEW_LETTERS = 40
_DIGIT = re.compile(r"\d")
_FIELDS = re.compile(rf'"(?:{"|".join(markup()["script_fields"])})"\s*:\s*"([^"\\]{{8,40}})"')

Times = list[tuple[str, str]]
"""Pairs of source and value."""
_Scored = tuple[float, str, str]


def times_of(html: str, marks: Marks, page: Page, story: Story) -> Times:
    """The stated times of a page, pairs of source and value, best first."""
    times = [("json-ld", value) for value in marks.json_times] + [("meta", value) for value in marks.meta_times]
    times += _visible(page, story)
    if not times:
        times += [("script", value) for value in _in_scripts(html)]
    times += [("updated-json-ld", value) for value in marks.json_updates[:1]]
    times += [("updated-meta", value) for value in marks.meta_updates[:1]]
    return list(dict.fromkeys(times))


def without_dates(lines: list[str]) -> list[str]:
    """The lines without those at their head that are nothing but a date: they stand in the stated times."""
    kept = []
    for line in lines[:_NEAR_HEADLINE]:
        rest = line
        for value in [line[begin:end] for begin, end in _spans(line)] if len(line) <= _MAX_DATE_LINE else []:
            rest = rest.replace(value, "")
        if rest is line or sum(c.isalpha() for c in rest) > 3:
            kept.append(line)
    return kept + lines[_NEAR_HEADLINE:]


def _visible(page: Page, story: Story) -> Times:
    """Dates that readers see, best first; where there is none, what tells a time against now."""
    place = _Place.of(page, story)
    found = _marked(page, place)
    lines = place.lines(page)
    for i in lines:
        block = page.blocks[i]
        longest = 3 * _MAX_DATE_LINE if place.is_meta(page, i) else _MAX_DATE_LINE
        if len(block.text) <= longest and _DIGIT.search(block.text):
            found += _in_line(page, place, i)
    # The sort is stable: of equals the one that the markup names, then the one nearest to the headline.
    times = [(source, words) for _, source, words in sorted(found, key=lambda one: -one[0])]
    if not times and story.blocks:
        lead = page.blocks[story.blocks[0]].text[: _MAX_DATE_LINE // 2]
        times = [("text", lead[begin:end]) for begin, end in _spans(lead)]  # a dateline
    if not any(source == "visible" for source, _ in times):
        times += [("visible", words) for words in _relative(page, place, lines)]
    changes = {words for source, words in times if source == "updated-visible"}
    times = [one for one in dict.fromkeys(times) if one[0] != "visible" or one[1] not in changes]
    return [one for one in times if one[0] == "visible"][:_MAX_VISIBLE] + [
        next(one for one in times if one[0] == source) for source in _BESIDE if any(s == source for s, _ in times)
    ]


@dataclass(frozen=True)
class _Place:
    """Where the story stands among the blocks: headline or first block, last block; elements named for a date."""

    first: int
    last: int
    headline: int
    told: frozenset[int]
    metas: frozenset[int]

    @staticmethod
    def of(page: Page, story: Story) -> _Place:
        first = story.headline if story.headline >= 0 else (story.blocks[0] if story.blocks else 0)
        last = story.blocks[-1] if story.blocks else first
        metas = frozenset(i for i, one in enumerate(page.elements) if one.meta and not _is_apart(page, i))
        return _Place(first, last, story.headline, frozenset(story.blocks), metas)

    def is_meta(self, page: Page, block: int) -> bool:
        return page.blocks[block].element in self.metas

    def lines(self, page: Page) -> list[int]:
        """The lines that may hold the date: near the headline, of meta elements, near the end."""
        end = len(page.blocks)
        lines = [*range(self.first, min(self.first + _NEAR_HEADLINE, end))]
        lines += [*range(self.first - 1, max(-1, self.first - _NEAR_HEADLINE), -1)]
        meta = [i for i, block in enumerate(page.blocks) if block.element in self.metas] if self.metas else []
        lines += sorted(meta, key=lambda i: abs(i - self.first))[:_NEAR_HEADLINE]
        lines += [*range(self.last, min(self.last + _NEAR_HEADLINE, end))]
        return list(dict.fromkeys(lines))

    def nearness(self, block: int) -> float:
        """How near to the headline a block stands; what follows the story is of other pages more often."""
        near = min(abs(block - self.first), _FAR)
        return -_STEP * near - (1.0 if block > self.last and block > self.first + _NEAR_HEADLINE else 0.0)


def _marked(page: Page, place: _Place) -> list[_Scored]:
    """Times that the markup names."""
    first, last = place.first, place.last
    marked = [t for t in page.times if not _is_apart(page, t.element)]
    near = [t for t in marked if first - _NEAR_HEADLINE <= t.block <= last + _NEAR_HEADLINE] or marked
    found: list[_Scored] = []
    for timed in sorted(near, key=lambda t: (not t.is_published, abs(t.block - first)))[:_MAX_MARKED]:
        beside = abs(timed.block - first) <= _NEAR_HEADLINE
        score = place.nearness(timed.block) + _PURE + (_MARKED if beside else 1.0) + timed.is_published
        source = "updated-visible" if timed.is_updated else "visible"
        found += [(score, source, value) for value in (timed.value, timed.words) if value and _is_time(value)]
    return found


def _in_line(page: Page, place: _Place, i: int) -> list[_Scored]:
    """Dates in a line: the fewer words beside them, the likelier they date the page."""
    text = page.blocks[i].text
    found: list[_Scored] = []
    spans = _spans(text)
    others = sum(c.isalpha() for c in text) - sum(c.isalpha() for begin, end in spans for c in text[begin:end])
    is_meta = place.is_meta(page, i)
    score = place.nearness(i) + (_PURE if others <= _FEW_LETTERS else 1.0 if others <= _MAX_LABEL_LETTERS else 0.0)
    score += (_META if is_meta else 0.0) - (_IN_STORY if i in place.told and others > _SHORT_LABEL else 0.0)
    score -= _IN_HEADLINE if i == place.headline else 0.0
    ends = i >= place.last - _LAST_LINES and i > place.first + _LAST_LINES and not is_meta and others > _LABEL_LETTERS
    is_sentence = others > _MAX_LABEL_LETTERS or (others > _SHORT_LABEL and _SENTENCE_END.search(text))
    if i in place.told and not is_meta and not ends and is_sentence:
        return []
    at = 0
    for begin, end in spans:
        before = text[max(at, begin - _UPDATED_REACH) : begin].casefold()
        source = "updated-visible" if _updated_words().search(before) else "text" if ends else "visible"
        found.append((score, source, text[begin:end]))
        at = end
    return found


def _relative(page: Page, place: _Place, lines: list[int]) -> list[str]:
    """The first line near the headline that tells a time against now, or a day without a year."""
    for i in lines:
        text = page.blocks[i].text
        near = abs(i - place.first) <= _NEAR_HEADLINE or place.is_meta(page, i)
        if near and i != place.headline and len(text) <= MAX_LINE and not _SENTENCE_END.search(text):
            found = read_relative(text)
            if found is not None and sum(c.isalpha() for c in text) <= _FEW_LETTERS:
                return [text[found.span[0] : found.span[1]]]
    return []


def _is_time(words: str) -> bool:
    """Whether an element named for a date holds one, and not the name of a day, an author, a count."""
    return bool(_EPOCH.fullmatch(words) or _spans(words)) or read_relative(words) is not None


@lru_cache(maxsize=1 << 13)
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where dates stand in a line: one is looked at for the time it tells, and for the text it does not belong to."""
    return tuple(mentions_date(text)) if _DIGIT.search(text) else ()


@lru_cache(maxsize=1)
def _updated_words() -> regex.Pattern[str]:
    """Words before the date of a last change, not before that of a publication that stands nearer."""
    table = tomllib.loads((files("syndetect") / "data" / "time_words.toml").read_text(encoding="utf-8"))["updated"]
    words = sorted({word for words in table.values() for word in words}, key=lambda word: (-len(word), word))
    # Chinese and Japanese write on without a space: 更新时间.
    ends = r"(?:(?!\p{L})|(?<=\p{Han}))"
    return regex.compile(rf"(?:(?<!\p{{L}})|(?=\p{{Han}}))(?:{'|'.join(map(regex.escape, words))}){ends}[^/|•·]*$")


def _in_scripts(html: str) -> list[str]:
    """Parses the page once more, for the few that tell no time otherwise: its scripts are out of the tree by now."""
    values: dict[str, None] = {}
    for script in LexborHTMLParser(html).css("script:not([type*='ld+json'])"):
        values |= dict.fromkeys(_FIELDS.findall(script.text() or ""))
    return list(values) if len(values) <= _MAX_SCRIPT_TIMES else []


def _is_apart(page: Page, element: int) -> bool:
    """Whether an element is, or stands in, comments, a menu or an aside."""
    while element >= 0:
        at = page.elements[element]
        if at.comments or at.tag in ("nav", "aside"):
            return True
        element = at.parent
    return False
