"""Two texts of different languages -> the marks they share, in order, and what has no counterpart, for a person.

The judgement of a run counts these marks by the thousand, compiled; here one pair is looked at again, with places and
surfaces. The weights and the chain are those of the judgement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter

import numpy as np
import polars as pl

from syndetect.anchors import kinds
from syndetect.anchors.decide import LEAST_ANCHORS
from syndetect.anchors.extract import extract_anchors
from syndetect.anchors.features import BACK, COMMON, DRIFT, JUMP, LOOK_BACK, MOST_REPEATS, NEAR
from syndetect.anchors.keycounts import Rarity, filed_under
from syndetect.anchors.weights import load_weights
from syndetect.schema import F64, Bools

Anchor = tuple[int, int, float, int, int]
"""Key, kind, place from the beginning (0..1), begin and end in bytes."""
Pairing = tuple[Anchor, Anchor]
"""An occurrence of a key in the left text and one in the right text."""
Span = tuple[float, float]

UNCOUNTED = 4.6
"""Weight of every mark where the store keeps no counts: as if one page in a hundred had it."""
MOST_PLACED = 16_384
"""Pairings of marks that are put in order, the heaviest first: half a second; a pair of stories has some hundred."""
RANK = (
    kinds.DATE, kinds.NUMBER, kinds.PLACE, kinds.MONTH, kinds.WEEKDAY, kinds.CURRENCY, kinds.LANGUAGE, kinds.LINK,
    kinds.CONCEPT, kinds.LEARNT, kinds.WORD, kinds.NAME, kinds.COGNATE,
)  # fmt: skip
"""Of several readings of one word the first is named: a month is a month, though it also sounds alike."""
VALUES = (kinds.NUMBER, kinds.DATE, kinds.MONTH, kinds.WEEKDAY, kinds.PLACE, kinds.LANGUAGE, kinds.CURRENCY, kinds.LINK)
"""Kinds that are read in every language, so that what is missing can be told."""
NOUNS_IN_CAPITALS = ("de", "lb", "nds", "gsw", "bar", "ksh", "pfl")
"""Languages that write every noun with a capital."""
ENDING = ".!?…:;¿¡\n|•–—-"
"""Behind these a word may have a capital because a sentence begins."""
OPENING = " \t\u00a0\"'“”„«»‘’‹›()[]"


@dataclass(frozen=True)
class Surface:
    """How a mark stands in a text: the words, where they begin and end in characters, and how far down (0..1)."""

    text: str
    start: int
    end: int
    position: float


@dataclass(frozen=True)
class SharedMark:
    """A mark of both texts; `left` and `right` are the two that belong together.

    `in_order` says that they stand in the common order; `left_all` and `right_all` are the spans of every occurrence.
    `n_pages` is None where the store keeps no counts.
    """

    kind: str
    left: Surface
    right: Surface
    in_order: bool
    weight: float
    n_pages: int | None
    left_all: list[tuple[int, int]] = field(default_factory=list)
    right_all: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class MissingMark:
    """A mark of one text without a counterpart in the other; `covered`: in the part that the other text covers."""

    kind: str
    surface: Surface
    times: int
    covered: bool
    weight: float
    n_pages: int | None


@dataclass(frozen=True)
class SharedMarks:
    """What two texts share, in the order of the left one, and what each of them lacks, in the order of the other.

    `chain_weight` is the weight of the common order; `covered` the part of each text, as shares of it, that the other
    covers as far as that order says; `n_not_placed` pairings of marks that were too many to put in order.
    """

    shared: list[SharedMark]
    left_missing: list[MissingMark]
    right_missing: list[MissingMark]
    chain_weight: float
    covered: tuple[Span, Span]
    length_ratio: float | None
    usual_length_ratio: float | None
    n_not_placed: int = 0


def read_marks(left: str, left_language: str | None, right: str, right_language: str | None) -> pl.DataFrame:
    """The anchors of two texts: schema.ANCHOR, doc_id 0 for the left and 1 for the right one."""
    frame = pl.DataFrame(
        {"doc_id": [0, 1], "language": [left_language, right_language], "story_text": [left, right]},
        schema={"doc_id": pl.UInt64, "language": pl.String, "story_text": pl.String},
    )
    return extract_anchors(frame)


def best_chain(points: F64) -> tuple[float, list[int]]:
    """The best chain of points whose steps are of like length on both sides, as `features` scores it.

    Args:
        points: (n, 3): place left and right in English letters, weight.

    Returns:
        Its weight, and its points in order; none where no point weighs anything.
    """
    order = np.argsort(points[:, 0] + 1e-6 * points[:, 1], kind="stable").tolist()
    rows = points[order].tolist()
    scores: list[float] = []
    before: list[int] = []
    for i, (x, y, weight) in enumerate(rows):
        own = weight - COMMON
        score, source = own, -1
        for j in range(i - 1, max(i - LOOK_BACK, 0) - 1, -1):
            dx, dy = x - rows[j][0], y - rows[j][1]
            # Several readings of one word are one point.
            if (dx < 1.0 and dy > BACK) or dy < BACK or abs(dy) < 1.0:
                continue
            apart = abs(dx - dy) / (NEAR + DRIFT * max(dx, dy))
            if (through := scores[j] + own - min(JUMP, 2.0 * apart * apart)) > score:
                score, source = through, j
        scores.append(score)
        before.append(source)
    if not scores or max(scores) <= 0:
        return 0.0, []
    at = int(np.argmax(scores))
    best, path = scores[at], []
    while at >= 0:
        path.append(order[at])
        at = before[at]
    return best, path[::-1]


class _Side:
    """One text with its anchors by key, those of a key in order."""

    def __init__(self, text: str, language: str | None, anchors: pl.DataFrame, rarity: Rarity | None) -> None:
        self.text, self.language, self.rarity = text, language, rarity
        self.by_key: dict[int, list[Anchor]] = defaultdict(list)
        columns = ("key", "kind", "position", "span_start", "span_end")
        for anchor in sorted(anchors.select(columns).iter_rows(), key=itemgetter(0, 3)):
            self.by_key[anchor[0]].append(anchor)
        self.length = len(text) / load_weights().letters.get(filed_under(language), 1.0)
        # Characters that begin before each byte, so that spans of bytes cut strings.
        raw = np.frombuffer(text.encode(), np.uint8)
        self.begun = np.concatenate([[0], np.cumsum((raw & 0xC0) != 0x80)])

    def few(self, key: int) -> list[Anchor]:
        """The occurrences that are placed."""
        return self.by_key[key][:MOST_REPEATS]

    def weight(self, key: int) -> float:
        return self.rarity.weight(key, self.language) if self.rarity else UNCOUNTED

    def place(self, anchor: Anchor) -> float:
        return anchor[2] * self.length

    def span(self, anchor: Anchor) -> tuple[int, int]:
        return int(self.begun[anchor[3]]), int(self.begun[anchor[4]])

    def surface(self, anchor: Anchor) -> Surface:
        start, end = self.span(anchor)
        return Surface(self.text[start:end], start, end, round(anchor[2], 4))

    def marked(self, anchors: Iterable[Anchor]) -> Bools:
        """Which bytes these anchors take up."""
        mask = np.zeros(len(self.begun), np.bool_)
        for anchor in anchors:
            mask[anchor[3] : anchor[4]] = True
        return mask


def _pairings(left: _Side, right: _Side, weights: Mapping[int, float]) -> tuple[F64, list[Pairing], int]:
    """Each pairing of occurrences of a shared key: points for `best_chain`, the anchors, and how many were left out."""
    pairs = [pair for key in weights for pair in product(left.few(key), right.few(key))]
    rows = [(left.place(a), right.place(b), weights[a[0]]) for a, b in pairs]
    points = np.array(rows, np.float64).reshape(-1, 3)
    if len(pairs) <= MOST_PLACED:
        return points, pairs, 0
    kept = np.sort(np.argsort(-points[:, 2], kind="stable")[:MOST_PLACED])
    return points[kept], [pairs[i] for i in kept], len(pairs) - MOST_PLACED


def _ordered(chain: list[Pairing]) -> Callable[[Anchor, Anchor], bool]:
    """A function that says whether two words are a step of the common order, in whichever reading."""
    spans = np.array([(*a[3:], *b[3:]) for a, b in chain], np.int64).reshape(-1, 4)

    def ordered(a: Anchor, b: Anchor) -> bool:
        here = (spans[:, 0] < a[4]) & (spans[:, 1] > a[3])
        return bool((here & (spans[:, 2] < b[4]) & (spans[:, 3] > b[3])).any())

    return ordered


def _belong_together(
    left: _Side, right: _Side, chain: list[Pairing], weights: Mapping[int, float]
) -> list[tuple[Anchor, Anchor, bool]]:
    """The pairs of words to show, and whether each stands in the common order: every word of either text once.

    Dates go first, since their parts are marks as well; then what stands in the common order; then what is rarer.
    """
    ordered = _ordered(chain)
    pairings: dict[int, list[tuple[Anchor, Anchor, bool]]] = {}
    for key in weights:
        found = [(a, b, ordered(a, b)) for a, b in product(left.few(key), right.few(key))]
        pairings[key] = sorted(found, key=lambda one: not one[2])

    def first(key: int) -> tuple[bool, bool, float, int, int, int]:
        anchor, _, in_order = pairings[key][0]
        kind = anchor[1]
        return kind != kinds.DATE, not in_order, -weights[key], RANK.index(kind), anchor[3], key

    used = left.marked(()), right.marked(())
    told: set[tuple[str, str]] = set()
    chosen = []
    for key in sorted(weights, key=first):
        for a, b, in_order in pairings[key]:
            # Another reading of the same words adds no line where they stand again.
            words = left.surface(a).text.casefold(), right.surface(b).text.casefold()
            if words not in told and not used[0][a[3] : a[4]].any() and not used[1][b[3] : b[4]].any():
                used[0][a[3] : a[4]] = used[1][b[3] : b[4]] = True
                told.add(words)
                chosen.append((a, b, in_order))
                break
    return sorted(chosen, key=lambda one: (one[0][3], one[0][4]))


def _share(left: _Side, right: _Side, chain: list[Pairing], weights: Mapping[int, float]) -> list[SharedMark]:
    """One line a word of the left text that the right one has too."""
    readings: dict[tuple[int, int, int, int], list[int]] = defaultdict(list)
    for key in weights:
        for a, b in product(left.few(key), right.few(key)):
            # What may be a name where there are no capitals is a loanword if the other text has it in lower case.
            readings[a[3], a[4], b[3], b[4]].append(max(a[1], b[1], key=RANK.index))
    return [
        SharedMark(
            kind=kinds.KINDS[min(readings[a[3], a[4], b[3], b[4]], key=RANK.index)],
            left=left.surface(a),
            right=right.surface(b),
            in_order=in_order,
            weight=round(weights[a[0]], 3),
            n_pages=left.rarity.n_pages(a[0]) if left.rarity else None,
            left_all=[left.span(one) for one in left.by_key[a[0]]],
            right_all=[right.span(one) for one in right.by_key[a[0]]],
        )
        for a, b, in_order in _belong_together(left, right, chain, weights)
    ]


def _cover(left: _Side, right: _Side, chain: list[Pairing]) -> tuple[Span, Span]:
    """The part of either text that the other covers: what lies about the common order, as far as the other goes on."""
    if len(chain) < LEAST_ANCHORS:
        return (0.0, 1.0), (0.0, 1.0)
    places = np.array([(left.place(a), right.place(b)) for a, b in chain])
    lengths = np.array([left.length, right.length])
    low, high = places.min(axis=0), places.max(axis=0)
    start, end = low - low[::-1], high + (lengths - high)[::-1]
    # A sentence more or less is no part that is left out.
    starts = np.where(start < NEAR, 0.0, start / lengths).round(4).tolist()
    ends = np.where(lengths - end < NEAR, 1.0, end / lengths).round(4).tolist()
    return (starts[0], ends[0]), (starts[1], ends[1])


def tells_names(text: str, language: str | None) -> bool:
    """Whether capitals tell the names of a text from its other words; looks at its beginning."""
    return _is_cased(text) and filed_under(language) not in NOUNS_IN_CAPITALS


def _is_cased(text: str) -> bool:
    letters = [c for c in text[:4_000] if c.isalpha()]
    return 2 * sum(c.isupper() or c.islower() for c in letters) > len(letters)


def _is_name(text: str, start: int, end: int, *, cased: bool) -> bool:
    """Whether a word is a name by its letters: a capital amid a sentence; else katakana or Latin."""
    word = text[start:end]
    if not cased:
        return word.isascii() or all("\u30a0" <= c <= "\u30ff" for c in word)
    before = text[max(0, start - 8) : start].rstrip(OPENING)
    return word[0].isupper() and bool(before) and before[-1] not in ENDING


def _miss(side: _Side, other: _Side, covered: Span) -> list[MissingMark]:
    """The marks of a text that the other has nowhere, of kinds that can be told, in order; every word once."""
    shared = [one for key, anchors in side.by_key.items() if key in other.by_key for one in anchors]
    taken = side.marked(shared)
    # A date is missing though its month, or a number like its day, is there.
    dates = side.marked(one for one in shared if one[1] == kinds.DATE)
    cased = _is_cased(side.text)
    told = not cased or tells_names(side.text, side.language)
    found: list[tuple[Anchor, int]] = []
    for key, anchors in side.by_key.items():
        if key in other.by_key:
            continue
        mask = dates if anchors[0][1] == kinds.DATE else taken
        free = [one for one in anchors if not mask[one[3] : one[4]].any()]
        if free and (free[0][1] in VALUES or (told and _is_name(side.text, *side.span(free[0]), cased=cased))):
            found.append((free[0], len(anchors)))
    used, missing = side.marked(()), []
    for anchor, times in sorted(found, key=lambda one: (RANK.index(one[0][1]), one[0][3], -one[0][4], one[0][0])):
        if used[anchor[3] : anchor[4]].any():
            continue
        used[anchor[3] : anchor[4]] = True
        weight, n_pages = round(side.weight(anchor[0]), 3), side.rarity.n_pages(anchor[0]) if side.rarity else None
        inside = covered[0] <= anchor[2] <= covered[1]
        missing.append(MissingMark(kinds.KINDS[anchor[1]], side.surface(anchor), times, inside, weight, n_pages))
    return sorted(missing, key=lambda one: (one.surface.start, one.surface.end))


def share_marks(
    texts: tuple[str, str], languages: tuple[str | None, str | None], anchors: pl.DataFrame, rarity: Rarity | None
) -> SharedMarks:
    """What two texts share and lack.

    Args:
        texts: The left and the right text.
        languages: Theirs; None where unknown.
        anchors: Of these texts, from `read_marks`.
        rarity: Of the keys among them; None where nothing was counted: all weigh the same.
    """
    left, right = (
        _Side(text, language, anchors.filter(pl.col("doc_id") == i), rarity)
        for i, (text, language) in enumerate(zip(texts, languages, strict=True))
    )
    keys = sorted(left.by_key.keys() & right.by_key.keys())
    weights = {key: 0.5 * (left.weight(key) + right.weight(key)) for key in keys}
    points, pairings, n_not_placed = _pairings(left, right, weights)
    chain_weight, path = best_chain(points)
    chain = [pairings[i] for i in path]
    covered = _cover(left, right, chain)
    letters = [load_weights().letters.get(filed_under(language)) for language in languages]
    return SharedMarks(
        shared=_share(left, right, chain, weights),
        left_missing=_miss(left, right, covered[0]),
        right_missing=_miss(right, left, covered[1]),
        chain_weight=round(chain_weight, 3),
        covered=covered,
        length_ratio=round(len(texts[0]) / len(texts[1]), 3) if texts[1] else None,
        usual_length_ratio=round(letters[0] / letters[1], 3) if letters[0] and letters[1] else None,
        n_not_placed=n_not_placed,
    )


def shared_anchors(
    left: str, left_language: str | None, right: str, right_language: str | None
) -> list[tuple[str, str, str]]:
    """What two texts share, without a store: kind, how it stands in the left one, how in the right one."""
    anchors = read_marks(left, left_language, right, right_language)
    found = share_marks((left, right), (left_language, right_language), anchors, None)
    return [(mark.kind, mark.left.text, mark.right.text) for mark in found.shared]
