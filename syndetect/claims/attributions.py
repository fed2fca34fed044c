"""Attributions, citations and translation notes: phrases in the head, the tail and the sentences of a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import polars as pl
import regex

from syndetect.claims.folding import fold_text, folded
from syndetect.claims.phrases import KINDS, Phrase, is_of_photo, load_phrases
from syndetect.claims.sources import Source, read_citation, read_claimed_time, read_names
from syndetect.times import TimeReading

HEAD_LINES, HEAD_CHARS = 3, 400
TAIL_LINES, TAIL_CHARS = 15, 1500
LAST_LINES = 6
"""Where a short word alone (`Via X`) is taken for a credit though X is unknown."""
NOUN_CAPITALS = frozenset({"de", "lb"})
"""Languages that write every noun with a capital: one capital is no sign of a name."""
_REACH = 80  # characters beside a citing phrase that can hold the name
_LABEL_CHARS = 12  # before a label that make another label of it
_LABEL = regex.compile(r"[\p{L}\p{M} '’-]{2,24}\s*[:：]\s*$")


@dataclass(frozen=True)
class Claim:
    """A row of schema.CLAIM without its document."""

    kind: str
    value: str
    site: str | None
    start: int | None
    end: int | None
    rule: str
    time_from: datetime | None = None
    time_to: datetime | None = None
    zone_known: bool | None = None


@dataclass(frozen=True)
class _Hit:
    phrase: Phrase
    start: int
    end: int
    found: regex.Match[str]
    offset: int  # what to add to a position in the zone to get one in the page's text


@lru_cache(maxsize=2)
def _by_trigger(*, citing: bool) -> dict[str, tuple[Phrase, ...]]:
    table: dict[str, list[Phrase]] = {}
    for phrase in load_phrases():
        if (phrase.kind == "cites") == citing:
            for trigger in phrase.triggers:
                table.setdefault(trigger, []).append(phrase)
    return {trigger: tuple(phrases) for trigger, phrases in sorted(table.items())}


def zones(text: str) -> list[tuple[int, int]]:
    """Spans of the head and the tail of a text; one span where they meet."""
    head = min(_after_lines(text, HEAD_LINES), HEAD_CHARS)
    tail = max(_before_lines(text, TAIL_LINES), len(text) - TAIL_CHARS)
    return [(0, len(text))] if tail <= head else [(0, head), (tail, len(text))]


def _after_lines(text: str, n: int) -> int:
    at = 0
    for _ in range(n):
        at = text.find("\n", at) + 1
        if not at:
            return len(text)
    return at


def _before_lines(text: str, n: int) -> int:
    at = len(text)
    for _ in range(n):
        at = text.rfind("\n", 0, at)
        if at < 0:
            return 0
    return at + 1


def read_phrases(documents: pl.DataFrame) -> Iterator[tuple[int, Claim]]:
    """Attribution, citation and translation-note claims as (row of the document, claim)."""
    newline = pl.lit("\n")
    rows = documents.select("page_text", "language", row=pl.int_range(pl.len()))
    rows = rows.with_columns(text=pl.concat_str(newline, folded(pl.col("page_text").fill_null(""))))
    text = pl.col("text")
    ends = pl.concat_str(text.str.head(HEAD_CHARS + 1), newline, text.str.tail(TAIL_CHARS))
    for citing, where, read in ((False, ends, read_credits), (True, text, read_citations)):
        triggers = list(_by_trigger(citing=citing))
        hit = rows.with_columns(where=where).filter(pl.col("where").str.contains_any(triggers))
        found = pl.col("where").str.extract_many(triggers, overlapping=True).list.unique().list.sort()
        for row, raw, language, zone, held in hit.select("row", "page_text", "language", "text", found).iter_rows():
            for claim in read(raw, zone, held, language):
                yield row, claim


def _phrases_of(triggers: list[str], language: str | None, *, citing: bool) -> list[Phrase]:
    table = _by_trigger(citing=citing)
    phrases = {phrase.number: phrase for trigger in triggers for phrase in table[trigger]}
    return sorted(phrases.values(), key=lambda p: (p.lang != language, p.number))


def _matches(phrase: Phrase, zone: str) -> Iterator[regex.Match[str]]:
    """Matches of a phrase, tried only in the lines that hold one of its triggers (and, for labels, in the next)."""
    at = 0
    for start in sorted(_trigger_lines(phrase, zone)):
        stop = zone.find("\n", start + 1)
        if stop >= 0 and phrase.labelled:
            stop = zone.find("\n", stop + 1)
        stop = len(zone) if stop < 0 else stop
        if start >= at:
            for found in phrase.pattern.finditer(zone, start, stop):
                yield found
                at = found.end()


def _trigger_lines(phrase: Phrase, zone: str) -> set[int]:
    lines = set()
    for trigger in phrase.triggers:
        at = zone.find(trigger)
        while at >= 0:
            lines.add(zone.rfind("\n", 0, at + 1) if at else 0)
            stop = zone.find("\n", at + 1)
            at = zone.find(trigger, stop) if stop >= 0 else -1
    return lines


def read_credits(text: str, folded_text: str, triggers: list[str], language: str | None) -> list[Claim]:
    """Attributions and translation notes of one text; where two phrases overlap, the longer wording is kept.

    Args:
        text: The page's text.
        folded_text: The same, folded, after a line break.
        triggers: The phrases' triggers that stand in it.
        language: The page's language, whose phrases are tried first.
    """
    hits: list[_Hit] = []
    phrases = _phrases_of(triggers, language, citing=False)
    for start, end in zones(text):
        zone = "\n" + folded_text[start + 1 : end + 1]
        for phrase in phrases:
            for found in _matches(phrase, zone):
                hits.append(_Hit(phrase, found.start() + start - 1, found.end() + start - 1, found, start - 1))
    hits.sort(key=lambda h: (-_n_literal(h), h.phrase.lang != language, h.start, h.phrase.number))
    taken: list[tuple[int, int]] = []
    claims: list[Claim] = []
    for hit in hits:
        marks = _mark(hit)
        if any(low < marks[1] and marks[0] < high for low, high in taken):
            continue
        made = _credit(text, hit, language, [(h.start, h.end) for h in hits if h is not hit])
        if made:
            claims += made
            ends = [claim.end or 0 for claim in made]
            taken.append((marks[0], max([marks[1], *ends])))
    return sorted(claims, key=lambda c: (c.start or 0, c.end or 0, c.rule))


def _n_literal(hit: _Hit) -> int:
    """Characters of the phrase's own words in a match."""
    groups = (group for group in hit.found.groupdict().values() if group)
    return hit.end - hit.start - sum(map(len, groups))


def _mark(hit: _Hit) -> tuple[int, int]:
    """The span of the phrase's own words; a name at its end is not part of it."""
    groups = hit.found.groupdict()
    if groups.get("s") is not None and hit.found.end("s") == hit.found.end():
        return hit.start, max(hit.start + 1, hit.found.start("s") + hit.offset)
    return hit.start, hit.end


def _credit(text: str, hit: _Hit, language: str | None, others: list[tuple[int, int]]) -> list[Claim]:
    kind, rule = KINDS[hit.phrase.kind], f"{hit.phrase.kind}:{hit.phrase.lang}"
    if hit.phrase.labelled and is_of_photo(
        text[max(_line_start(text, hit.start), hit.start - _LABEL_CHARS) : hit.start]
    ):
        return []  # 图片来源：
    if "s" not in hit.found.groupdict():
        return [Claim(kind, text[hit.start : hit.end].strip("\n ."), None, hit.start, hit.end, rule)]
    start, end = hit.found.start("s") + hit.offset, hit.found.end("s") + hit.offset
    if "\n" in text[max(hit.start, 0) : start].lstrip("\n") and not _stands_alone(text, start, others):
        return []
    names = read_names(text, start, end, labelled=hit.phrase.labelled, language=language)
    if hit.phrase.confidence == "known" or (hit.phrase.line_end and hit.phrase.confidence == "unsure"):
        last = _before_lines(text.rstrip("\n"), LAST_LINES) if hit.phrase.confidence == "unsure" else len(text)
        names = [n for n in names if n.known or n.site or n.generic or (start >= last and _is_short_name(n.value))]
    if kind == "translation-note":
        return [Claim(kind, name.value, None, name.start, name.end, rule) for name in names[:1]]
    line_end = text.find("\n", end)
    stated = read_claimed_time(text[max(hit.start, 0) : line_end if line_end >= 0 else len(text)].strip("\n"), language)
    return [_attribution(name, rule, stated) for name in names]


def _is_short_name(value: str) -> bool:
    return not value[0].islower() and len(value.split()) <= 5


def _attribution(name: Source, rule: str, stated: TimeReading | None) -> Claim:
    rule += ":generic" if name.generic else ""
    times = (stated.start, stated.end, stated.zone_known) if stated else (None, None, None)
    return Claim("attribution", name.value, name.site, name.start, name.end, rule, *times)


def _stands_alone(text: str, start: int, others: list[tuple[int, int]]) -> bool:
    """Whether the line after a bare label can be its value: no phrase, no further label, no sentence."""
    stop = text.find("\n", start)
    line = text[start : stop if stop >= 0 else len(text)]
    if any(low <= start + len(line) and start <= high - 1 and low >= start - 1 for low, high in others):
        return False
    return len(line) <= 60 and not regex.search(r"[.!?。؟…]$", line.strip()) and not _LABEL.match(line)


def read_citations(text: str, folded_text: str, triggers: list[str], language: str | None) -> list[Claim]:
    """What a text says it relies on; one claim a name, at its first mention. Arguments as for `read_credits`."""
    claims: dict[tuple[int, int], Claim] = {}
    for phrase in _phrases_of(triggers, language, citing=True):
        for found in _matches(phrase, folded_text):
            start, end = found.start("s") - 1, found.end("s") - 1
            after = not phrase.source_first
            noun = "{N}" in phrase.template
            bounded = not phrase.template.endswith("{S}")
            stop = end if bounded else min(start + _REACH, _line_end(text, start))
            name = read_citation(text, max(start, 0), stop, after=after, noun=noun)
            if name and phrase.lang in NOUN_CAPITALS and not name.known and not _is_more_than_noun(name.value):
                continue
            if name and (noun or not bounded or name.end - name.start >= (stop - start) * 0.5):
                claims.setdefault((name.start, name.end), Claim(
                    "citation", name.value, name.site, name.start, name.end, f"cites:{phrase.lang}"
                ))  # fmt: skip
    return _first_mentions(sorted(claims.values(), key=lambda c: (c.start or 0, -(c.end or 0))))


def _is_more_than_noun(value: str) -> bool:
    return " " in value or sum(char.isupper() for char in value) > 1


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, max(at, 0)) + 1


def _line_end(text: str, start: int) -> int:
    stop = text.find("\n", start)
    return stop if stop >= 0 else len(text)


def _first_mentions(claims: list[Claim]) -> list[Claim]:
    kept: dict[str, Claim] = {}
    reach = -1
    for claim in claims:
        if (claim.start or 0) >= reach:
            kept.setdefault(fold_text(claim.value), claim)
            reach = claim.end or 0
    return list(kept.values())
