"""Agency tags and datelines: `DOHA (AFP) –`, `(서울=연합뉴스)`, `新华社北京3月6日电`, and tail lines such as `mna/`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import polars as pl
import regex

from syndetect.claims.attributions import LAST_LINES, Claim, _before_lines
from syndetect.claims.folding import name_key
from syndetect.claims.phrases import generic_keys
from syndetect.claims.sources import known_sources, look_up
from syndetect.times import find_dates

LEAD_LINES, LEAD_CHARS = 3, 300
MAX_TAG, MAX_PLACE = 24, 48
_OPEN, _CLOSE, _DASH = r"[(（\[/]", r"[)）\]/]", r"[-–—−‑]{1,2}"
_BRACKETED = regex.compile(
    rf"^(?P<place>[^\n()（）\[\]/]{{0,60}}?)\s*{_OPEN}\s*©?\s*(?P<tag>[^()（）\[\]/\n=]{{2,30}}?)\s*{_CLOSE}\s*"
    rf"(?P<dash>{_DASH}|[.:：,،=]\s*{_DASH}?)?"
)
_COUNTRY = regex.compile(
    r"(?<=^\p{L}[\p{L} ]{1,24}\s)\[\p{L}[\p{L} ]{1,24}\](?=,)"
)  # New Delhi [India], March 6 (ANI):
_KOREAN = regex.compile(r"^[(\[【](?P<place>[^()=\[\]\n]{1,16})=(?P<tag>[^()=\[\]\n]{2,12})[)\]】]")
_HAN_DATED = regex.compile(
    r"^[（(【\s]*(?P<tag>[\p{Han}]{2,6}?(?:社|网|網|报|報|讯|訊))(?:记者|記者)?(?P<place>[^\s，。、（）()]{0,14}?)"
    r"(?:\p{N}{1,2}月)?\p{N}{1,2}日(?:[^\s，。]{0,4})?[电電讯訊]"
)
_HAN_PRESS = regex.compile(
    r"^[【（(](?P<place>[^】）)\n]{0,12}?)\s*(?P<tag>\p{Han}{2}|AFP|ロイター|CNN|AP)(?:通信)?[】）)]"
)
_SPELT = r"(?<![\p{{L}}\p{{N}}])(?P<tag>{})(?![\p{{L}}\p{{N}}])"
_PLAIN_DATELINE = regex.compile(
    rf"^(?P<place>\p{{Lu}}[\p{{Lu}}\p{{M}}.'’ -]{{2,30}}(?:,\s?[\p{{L}}. ]{{2,24}})?)\s*{_DASH}\s+(?=[\p{{Lu}}\"“«])"
)
_PLACE_AND_TAG = regex.compile(
    rf"^(?P<place>\p{{L}}[\p{{L}}\p{{M}} ]{{1,24}}?)\s*{_DASH}\s*(?P<tag>[^\n]{{2,20}}?)\s*$"
)
_TAIL_LINE = regex.compile(
    r"^[\s*•–—-]*(?P<open>[/(\[（【]{0,2})\s*(?P<c>©?)\s*(?P<tag>[^/()\[\]（）【】\n©]{2,30}?)\s*"
    r"(?P<more>/[\p{L}]{1,6})?(?P<close>[/)\]）】]{0,2})\.?\s*$"
)
_TAIL_END = regex.compile(r"[.!?。»”\"]\s*[(（/\[]\s*©?\s*(?P<tag>[^()（）/\[\]\n]{2,24})\s*[)）/\]]?\.?\s*$")
_EDITED = regex.compile(r"(?i)\breporting by [^\n]{3,200}(?:editing|writing) by [^\n]{3,80}$")
_SHAPES = regex.compile(r"(?:\p{Lu}[\p{Lu}\p{N}]{1,9}|\p{Ll}{2,6}|\p{Lu}\p{L}{2,11})")
_CASELESS_TAG = regex.compile(r"[\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Thai}\p{Hangul}\p{Han}]{2,8}")
_MONTHED = regex.compile(
    r"[\s,،.]*\(?\p{N}{1,4}(?:\p{L}{1,2})?[\s.,/\-]*(?:(?:de |of )?\p{L}+\.?)?(?:[\s.,/\-]*\p{N}{1,4})*[\s.,،:]*$"
)
_WORD_DATE = regex.compile(
    r"(?:[,،.]\s*(?:\p{L}+,\s*)?|\s+)\p{L}{3,10}\.?\s\p{N}{1,2}(?:st|nd|rd|th)?(?:,?\s\p{N}{4})?[\s.,،:]*$"
)
_PREFILTER_LEAD = (
    r"(?m)^[^\n()（\[/]{0,60}[(（\[/]\s*©?[^()（）\[\]/\n]{2,34}[)）\]/]|^【[^】\n]{2,20}】|^[^\n，。]{2,30}日[^\n，。]{0,4}[电電讯訊]"
    r"|^\p{Lu}[\p{Lu}\p{M}.,'’ -]{2,50}[-–—]"
)
_PREFILTER_TAIL = r"(?m)[/)\]）】]\.?\s*$|^\s*[/(©][^\n]{2,24}$|^[^\n.!?。؟]{2,14}$|(?i:reporting by)"


@lru_cache(maxsize=1)
def _spelt_leads() -> tuple[regex.Pattern[str], list[str]]:
    """Known agencies' names between a place and a dash, a full stop or a slash."""
    names = {agency.name for agency in known_sources().values() if agency.is_agency and len(agency.name) > 1}
    ordered = sorted(names, key=lambda n: (-len(n), n))
    spelt = "|".join(map(regex.escape, ordered))
    pattern = regex.compile(
        rf"^(?P<place>[^\n()]{{0,48}}?)(?:[\s,،/–—-]|^)\s*{_SPELT.format(spelt)}\s*(?P<dash>{_DASH}|[:：./])(?=[\s\p{{L}}\"“«]|$)"
    )
    return pattern, ordered


def read_tags(documents: pl.DataFrame) -> Iterator[tuple[int, Claim]]:
    """Agency and dateline claims as (row of the document, claim)."""
    text = pl.col("page_text").fill_null("")
    rows = documents.select(row=pl.int_range(pl.len()), lead=text.str.head(LEAD_CHARS), tail=text.str.tail(LEAD_CHARS))
    names = _spelt_leads()[1]
    lead = pl.col("lead").str.contains(_PREFILTER_LEAD) | pl.col("lead").str.head(90).str.contains_any(names)
    hits = rows.select("row", lead=lead, tail=pl.col("tail").str.contains(_PREFILTER_TAIL))
    texts = documents["page_text"]
    for row in hits.filter(pl.col("lead"))["row"].to_list():
        for claim in read_lead(texts[row]):
            yield row, claim
    for row in hits.filter(pl.col("tail"))["row"].to_list():
        for claim in read_tail(texts[row]):
            yield row, claim


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if text[start:stop].strip():
            yield start, stop
        start = stop + 1


def read_lead(text: str) -> list[Claim]:
    """The first tag and dateline of the first lines."""
    for n, (start, stop) in enumerate(_lines(text, 0, min(len(text), 4 * LEAD_CHARS))):
        if n == LEAD_LINES:
            break
        line = text[start : min(stop, start + LEAD_CHARS)]
        claims = _lead(line)
        if claims:
            return [replace(c, start=(c.start or 0) + start, end=(c.end or 0) + start) for c in claims]
    return []


def _lead(line: str) -> list[Claim]:
    for shape, rule in ((_KOREAN, "lead:="), (_HAN_DATED, "lead:dated"), (_HAN_PRESS, "lead:press")):
        found = shape.match(line)
        if found and (look_up(found["tag"]) or shape is not _HAN_PRESS):
            return _tag_and_place(found, rule)
    found = _BRACKETED.match(_COUNTRY.sub(lambda country: " " * len(country[0]), line))
    if found and _is_lead(found):
        return _tag_and_place(found, "lead:brackets")
    found = _spelt_leads()[0].match(line)
    if found and _is_place(found["place"]):
        return _tag_and_place(found, "lead:spelt")
    found = _PLACE_AND_TAG.match(line)
    if found and (agency := look_up(found["tag"])) and agency.is_agency and not look_up(found["place"]):
        return _tag_and_place(found, "lead:line")
    found = _PLAIN_DATELINE.match(line)
    if found and not look_up(found["place"]):
        place = found["place"].strip(" ,.-")
        return [Claim("dateline", place, None, 0, len(place), "lead:place")] if len(place.split()) <= 4 else []
    return []


def _is_lead(found: regex.Match[str]) -> bool:
    tag, place = found["tag"].strip(), found["place"]
    known = look_up(tag)
    if known and known.is_agency:
        return _is_place(place) and bool(found["dash"] or not place.strip() or _place(place)[:1].isupper())
    dash = found["dash"] or ""
    return is_tag_shape(tag) and _is_place(place) and any(c in dash for c in "-–—−‑:：.") and (
        not place.strip() or place.strip()[0].isupper() or bool(_CASELESS_TAG.match(place.strip()))
    )  # fmt: skip


def is_tag_shape(tag: str) -> bool:
    """Whether an unknown word has the look of an agency's tag."""
    if name_key(tag) in generic_keys():
        return False
    return bool(_SHAPES.fullmatch(tag) or _CASELESS_TAG.fullmatch(tag))


def _place(words: str) -> str:
    """The place before a date in a dateline."""
    words = words.strip(" \t,،.:-–—/")
    for dated in find_dates(words):
        words = words[: dated.span_start]
    for shape in (_WORD_DATE, _MONTHED):
        words = shape.sub("", words)
    return str(regex.sub(r"\s+(?:في|في يوم|le|el|den|am|dne|w)$", "", words)).strip(" \t,،.:-–—/")


def _is_place(words: str) -> bool:
    place = _place(words)
    if not place:
        return True
    if len(place) > MAX_PLACE or len(place.split()) > 5:
        return False
    return not regex.search(r"[!?;\"“”«»]|\.\s", place) and not regex.match(r"\p{Ll}", place)


def _tag_and_place(found: regex.Match[str], rule: str) -> list[Claim]:
    tag = found["tag"].strip()
    claims = [_tag_claim(tag, found.start("tag"), rule)]
    place = _place(found["place"])
    if place and not look_up(place):
        at = found.start("place") + found["place"].index(place)
        claims.append(Claim("dateline", place, None, at, at + len(place), rule))
    return claims


def read_tail(text: str) -> list[Claim]:
    """Tags that stand alone on one of the last lines, or in brackets after the last sentence."""
    stripped = text.rstrip()
    claims: list[Claim] = []
    for start, stop in _lines(text, _before_lines(stripped, 2 * LAST_LINES), len(stripped)):
        claim = _tail(text, start, stop)
        if claim and all(name_key(claim.value) != name_key(other.value) for other in claims):
            claims.append(claim)
    return claims


def _tail(text: str, start: int, stop: int) -> Claim | None:
    line = text[start:stop]
    if len(line) <= 40 and (found := _TAIL_LINE.match(line)):
        tag = found["tag"].strip()
        known = look_up(tag)
        known = known if known and known.is_agency else None
        marked = bool(found["close"] or found["open"] or found["c"])
        bare = known is not None and (tag.isupper() or tag.lower() == tag.upper())
        if (known and (marked or bare)) or (marked and "】" not in line and is_tag_shape(tag)):
            return _tag_claim(tag, start + found.start("tag"), "tail:line")
    if found := _TAIL_END.search(line, max(0, len(line) - 40)):
        tag = found["tag"].strip()
        known = look_up(tag)
        tagged = (known and known.is_agency) or regex.fullmatch(r"\p{Lu}{2,6}", tag)
        if tagged and name_key(tag) not in generic_keys():
            return _tag_claim(tag, start + found.start("tag"), "tail:end")
    if _EDITED.search(line):
        return Claim("agency", "Reuters", "reuters.com", start, stop, "tail:edited")
    return None


def _tag_claim(tag: str, at: int, rule: str) -> Claim:
    """A known tag in small letters is given as data/agencies.tsv spells it: `mna/` and `(MNA)` are one value."""
    known = look_up(tag)
    if known is None:
        return Claim("agency", tag, None, at, at + len(tag), f"{rule}:unknown")
    value = known.name if tag.islower() else tag
    return Claim("agency", value, known.domains[0] if known.domains else None, at, at + len(tag), rule)
