"""How right extracted texts and dates are: of made pages by shingles, of real ones by the segments of their truth.

The title counts neither for nor against a tool: where a text begins with it, it is cut off, and a tool that gives it
apart loses nothing. Source lines are text, for who tells where a story is from needs them; bylines, visible dates,
captions, pull quotes (a sentence that stands in the text already), comments and menus are not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Marks that join the letters of Indic scripts are no letters to `re`: a run of what is neither space nor punctuation.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:[\u0300-\u036f\u0900-\u0963\u200c]+[^\W_]*)*")
SHINGLE = 4
"""Words in a shingle; a Chinese or Japanese character counts as one."""


@dataclass(frozen=True)
class Read:
    """What a tool made of a page. `title` only where the tool gives it apart; `date` as YYYY-MM-DD."""

    url: str
    title: str | None
    text: str | None
    date: str | None = None


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The shingles of a text, each as often as it stands there; a text of fewer words is one shingle."""
    words = WORD.findall(text.lower())
    if len(words) < SHINGLE:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(*(words[at:] for at in range(SHINGLE)), strict=False))


def body_of(text: str, title: str) -> str:
    """A text without the title at its head."""
    folded, head = " ".join(text.split()), " ".join(title.split())
    return folded.removeprefix(head)


def shares(right: int, given: int, wanted: int) -> dict[str, float]:
    """Precision, recall and their harmonic mean; 0 where there is nothing to divide by."""
    precision, recall = right / max(1, given), right / max(1, wanted)
    return {
        "precision": precision, "recall": recall, "f1": 2 * precision * recall / max(1e-9, precision + recall),
    }  # fmt: skip


def score_texts(read: Sequence[Read], truth: Mapping[str, tuple[str, str]], wanted: Sequence[str]) -> dict[str, float]:
    """Precision and recall of the shingles of the pages `wanted`; a page that a tool passed over is all missed.

    Args:
        read: What the tool gave, at most once a page.
        truth: By address: title and text.
        wanted: The addresses that are scored.
    """
    given = {one.url: one.text or "" for one in read}
    n_right = n_given = n_wanted = 0
    for url in wanted:
        title, text = truth[url]
        mine, theirs = shingles(body_of(given.get(url, ""), title)), shingles(text)
        n_right += (mine & theirs).total()
        n_given += mine.total()
        n_wanted += theirs.total()
    return shares(n_right, n_given, n_wanted)


def score_segments(read: Sequence[Read], truth: Mapping[str, Mapping[str, object]]) -> dict[str, float]:
    """Real pages: segments that must and must not be in a page's title and text, white space aside.

    A segment that must be there and is, is right; one that must not and is, is wrongly given.
    """
    given = {one.url: " ".join(f"{one.title or ''}\n{one.text or ''}".split()) for one in read}
    n_right = n_wrong = n_wanted = 0
    for url, page in truth.items():
        text, needed, barred = given.get(url, ""), page.get("with"), page.get("without")
        if not isinstance(needed, list) or not isinstance(barred, list):
            continue
        n_right += sum(" ".join(segment.split()) in text for segment in needed)
        n_wrong += sum(" ".join(segment.split()) in text for segment in barred)
        n_wanted += len(needed)
    return shares(n_right, n_right + n_wrong, n_wanted)


def score_dates(read: Sequence[Read], truth: Mapping[str, Mapping[str, object]]) -> dict[str, float]:
    """Real pages: the share whose day of publication is right, of all that have one and of those it was given for."""
    given = {one.url: one.date[:10] for one in read if one.date}
    known = {url: page["date"] for url, page in truth.items() if "date" in page}
    right = sum(given.get(url) == day for url, day in known.items())
    n_given = sum(url in given for url in known)
    return {"dates": right / max(1, len(known)), "dates_of_given": right / max(1, n_given)}
