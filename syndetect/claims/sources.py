"""Names as pages word them: cut out of what follows a phrase, judged, looked up among known agencies and outlets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import regex

from syndetect.claims.folding import HOST, fold_text, host_of, name_key
from syndetect.claims.phrases import date_words, generic_keys, outlet_nouns
from syndetect.times import TimeReading, find_dates

MAX_NAME, MAX_WORDS = 60, 8
_HOST = regex.compile(HOST, regex.IGNORECASE)
_SENTENCE_END = regex.compile(
    r"(?<!\b(?:\p{L}|St|Ste|Dr|Mr|Mrs|Ms|No|Inc|Co|Ltd|U\.S|vs|Jr|Sr|г|ст|д))[.](?=\s|$)|[!?。！？…؟।](?!\p{L})|\n"
)
_CONTINUES = regex.compile(
    r"\s+(?:under (?:a|the) |and (?:is|was|has|are|were) |with permission|as part of|where (?:it|you)|which "
    r"|in (?:19|20)\d\d|by [\p{Lu}]|sous licence|sous une|bajo (?:una )?licencia|unter (?:einer )?|sob (?:a )?licença"
    r"|(?:[|»>]|[-–—]{1,2})\s|il y a |par [\p{Lu}])"
)
_EDGES = " \t\u00a0\u200b\u200e\u200f:;,،、，.。!*|·•-–—=«»\"“”„'‘’<>{}~_「」『』《》〈〉"
_BRACKETS = (("(", ")"), ("[", "]"), ("（", "）"), ("【", "】"))
_JOINTS = regex.compile(
    r"\s*[/،;；、|&]\s*|,\s+|，|\s\+\s(?=\p{L})|\s(?:and|und|et|y|e|и|та|و|ve|och|og|en|i|a|și|és|και|dan|và)\s"
)
_NISBA = regex.compile(r"(?:\s+ال\p{L}+(?:ي|ية|یه|ی|يه)ّ?)+$")
_INNER = r"[\p{L}\p{M}\p{N}&'’+-]|\.(?=[\p{L}\p{N}])|(?<=(?<![\p{L}.])\p{L})\."
_NAME_RUN = regex.compile(
    rf"(?:[\p{{Lu}}\p{{Lt}}](?:{_INNER})*|\p{{N}}+)"
    r"(?:[ \u00a0](?:(?:of|de|del|della|di|da|do|la|le|el|du|des|the|and|&|für|der|van|von)[ \u00a0])?"
    rf"[\p{{Lu}}\p{{Lt}}\p{{N}}](?:{_INNER})*){{0,5}}"
)
_LATIN_INNER = r"[\p{Latin}\p{N}&'’+-]|\.(?=[\p{Latin}\p{N}])"
_LATIN_RUN = regex.compile(rf"\p{{Latin}}(?:{_LATIN_INNER})*(?:[ \u00a0]\p{{Latin}}(?:{_LATIN_INNER})*){{0,4}}")
_TRAILER = regex.compile(r"[,，،;]\s*(?=[\p{Ll}\p{N}]|$)")  # `dpa, eigene Recherche`: what follows is no name
_QUOTED = regex.compile(r"[«\"“「『《]([^«»\"“”「」『』《》\n]{2,40})[»\"”」』》]")
_CASELESS = regex.compile(r"[\p{Arabic}\p{Hebrew}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Devanagari}"
                          r"\p{Bengali}\p{Georgian}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Gujarati}\p{Gurmukhi}"
                          r"\p{Ethiopic}\p{Khmer}\p{Lao}\p{Myanmar}\p{Sinhala}]")  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A name found: `text[start:end]` is `value`."""

    value: str
    start: int
    end: int
    site: str | None
    generic: bool = False
    known: bool = False


@dataclass(frozen=True)
class Agency:
    """A row of data/agencies.tsv under one of its names."""

    name: str
    domains: tuple[str, ...]
    home: str
    is_agency: bool


@lru_cache(maxsize=1)
def known_sources() -> dict[str, Agency]:
    """Agencies and much cited outlets by the key of each of their names; the first row wins a clash."""
    text = resources.files("syndetect").joinpath("data", "agencies.tsv").read_text(encoding="utf-8")
    known: dict[str, Agency] = {}
    for line in text.splitlines()[1:]:
        kind, names, home, domains = [*line.split("\t"), "", "", ""][:4]
        for name in names.split("|"):
            agency = Agency(name, tuple(d for d in domains.split(",") if d), home, kind == "agency")
            known.setdefault(name_key(name), agency)
    return known


def look_up(value: str) -> Agency | None:
    """The agency or outlet of that name, with or without an outlet noun before it."""
    known = known_sources()
    return known.get(name_key(value)) or known.get(name_key(strip_noun(value)))


def strip_noun(value: str) -> str:
    """The name without `the`, `agency`, `صحيفة` and the like before it."""
    words = value.split()
    while len(words) > 1 and fold_text(words[0]) in {*outlet_nouns(), "the"}:
        words = words[1:]
    return " ".join(words)


def is_generic(value: str) -> bool:
    """Whether the words name no one in particular."""
    return name_key(value) in generic_keys() or name_key(strip_noun(value)) in generic_keys()


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start] in _EDGES or text[start].isspace()):
        start += 1
    while end > start and (text[end - 1] in _EDGES or text[end - 1].isspace()):
        end -= 1
    for opening, closing in _BRACKETS:
        if end - start > 1 and text[start] == opening and closing in text[start:end]:
            return _trim(text, start + 1, start + text[start:end].index(closing))
        if end - start > 1 and text[start:end].count(closing) > text[start:end].count(opening):
            return _trim(text, start, start + text[start:end].index(closing))
        if end - start > 1 and text[start:end].count(opening) > text[start:end].count(closing):
            cut = start + text[start:end].index(opening)
            return _trim(text, start, cut) if cut > start else _trim(text, start + 1, end)
    return start, end


def _cut_years(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the years of a copyright line: `2021 Example AG`, `Thomson Reuters 2020`."""
    years = r"(?:19|20)\d\d(?:\s?[-–]\s?(?:19|20)\d\d)?"
    if before := regex.compile(rf"{years}[\s,]+(?=\p{{L}})").match(text, start, end):
        start = before.end()
    after = regex.compile(rf"(?<=\p{{L}})[\s,]+{years}$").search(text, start, end)
    return start, after.start() if after else end


def _cut_date_words(text: str, start: int, end: int) -> int:
    folded = fold_text(text[start:end]).rstrip(_EDGES)
    for word in date_words():
        if folded.endswith(word) and len(folded) > len(word) and not folded[-len(word) - 1].isalnum():
            return start + len(folded) - len(word)
    return start + len(folded)


def read_names(text: str, start: int, end: int, *, labelled: bool, language: str | None) -> list[Source]:
    """The source, or the sources, that `text[start:end]` names; none if it reads like prose.

    Args:
        text: The page's text.
        start: Where the name begins.
        end: Where the phrase or the line ends.
        labelled: Whether a label with a colon leads it in: then it need not look like a name.
        language: The page's language, for dates that stand beside the name.
    """
    start, end = _trim(text, start, end)
    host = _HOST.match(text, start, end)
    if host and (site := host_of(host[0])):
        stop = start + len(host[0].rstrip(".,;:"))
        return [Source(text[start:stop], start, stop, site)]
    if sentence := _SENTENCE_END.search(text, start, end):
        end = sentence.start()
    if any(char.isnumeric() for char in text[start:end]):
        dated = next(find_dates(text[start:end], language), None)
        if dated and dated.span_start > 1:
            end = _cut_date_words(text, start, start + dated.span_start)
    if continued := _CONTINUES.search(text, start, end):
        end = continued.start()
    start, end = _trim(text, start, end)
    start, end = _cut_years(text, start, end)
    inner = _HOST.search(text, start, end)
    if inner and inner.start() - start <= MAX_NAME and (site := host_of(inner[0])):
        # What stands before a host and holds no figures is the name: `Example News (https://example.org/)`.
        first = _trim(text, start, inner.start())
        named = first[1] - first[0] > 1 and not any(c.isnumeric() for c in text[slice(*first)])
        at, stop = first if named else (inner.start(), inner.end())
        return [Source(text[at:stop], at, stop, site)]
    parts = list(_parts(text, start, end))
    if len(parts) > 1 and any(look_up(text[a:b]) or is_generic(text[a:b]) for a, b in parts):
        found = [_judge(text, a, b, labelled=labelled) for a, b in parts]
        return [source for source in found if source]
    lone = _judge(text, start, end, labelled=labelled)
    return [lone] if lone else []


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for joint in [*_JOINTS.finditer(text, start, end), None]:
        part = _trim(text, at, joint.start() if joint else end)
        if part[0] < part[1]:
            yield part
        at = joint.end() if joint else end


def _judge(text: str, start: int, end: int, *, labelled: bool) -> Source | None:
    value = text[start:end]
    if not any(c.isalpha() for c in value):
        return None
    if is_generic(value):
        return Source(value, start, end, None, generic=True)
    if agency := look_up(value):
        return Source(value, start, end, agency.domains[0] if agency.domains else None, known=True)
    if (comma := _TRAILER.search(value)) and comma.start() > 1:
        return _judge(text, *_trim(text, start, start + comma.start()), labelled=labelled)
    return Source(value, start, end, None) if _looks_like_name(value, labelled=labelled) else None


def _looks_like_name(value: str, *, labelled: bool) -> bool:
    words = value.split()
    if not 2 <= len(value) <= MAX_NAME or len(words) > MAX_WORDS:
        return False
    if _CASELESS.search(value):
        return len(value) <= 24 or not regex.search(r"\p{Han}", value)
    n_upper = sum(word[0].isdigit() or any(map(str.isupper, word)) for word in words)  # iDNES
    if not n_upper:
        return labelled and len(words) <= 2
    return len(words) <= 3 or n_upper * 2 >= len(words)


def read_citation(text: str, start: int, end: int, *, after: bool, noun: bool) -> Source | None:
    """The name that stands beside a citing phrase, if it looks like one.

    In scripts without capitals a run of words is no evidence of a name, so there it must be known, quoted, written in
    another script, or led in by an outlet noun.

    Args:
        text: The page's text.
        start: First character that can belong to the name.
        end: One past the last.
        after: Whether the name follows the phrase (it starts at `start`) or ends at `end`.
        noun: Whether an outlet noun stands before it.
    """
    window = text[start:end]
    if not _CASELESS.search(window) and not noun:
        return _run(text, start, end, _NAME_RUN, after=after)
    if latin := _run(text, start, end, _LATIN_RUN, after=after):
        return latin
    quoted = _QUOTED.match(window.lstrip()) if after else None
    if quoted:
        at = start + len(window) - len(window.lstrip()) + quoted.start(1)
        return _cited(text, at, at + len(quoted[1]))
    if known := _longest_known(text, start, end, after=after):
        return known
    if not noun or not after:
        return None
    stop = regex.search(r"[\s\p{P}\n]", window.lstrip())
    first = start + len(window) - len(window.lstrip())
    return _cited(text, first, first + stop.start() if stop else end)


def _run(text: str, start: int, end: int, shape: regex.Pattern[str], *, after: bool) -> Source | None:
    if after:
        found = regex.compile(r"\s*[\"“«„'‘]?").match(text, start, end)
        run = shape.match(text, found.end() if found else start, end)
        return _cited(text, run.start(), run.end()) if run else None
    last = None
    for run in shape.finditer(text, start, end):
        last = run
    if last and not text[last.end() : end].strip(" \"”»'’"):
        return _cited(text, last.start(), last.end())
    return None


def _cited(text: str, start: int, end: int) -> Source | None:
    start, end = _trim(text, start, end)
    if nisba := _NISBA.search(text[start:end]):
        end = start + nisba.start()
    value = text[start:end]
    if len(value) < 2 or not any(c.isalpha() for c in value) or is_generic(value):
        return None
    agency = look_up(value)
    site = host_of(value) if _HOST.fullmatch(value) else agency.domains[0] if agency and agency.domains else None
    return Source(value, start, end, site, known=agency is not None)


def _longest_known(text: str, start: int, end: int, *, after: bool) -> Source | None:
    words = [(m.start(), m.end()) for m in regex.finditer(r"[^\s\p{P}]+(?:[-‌'’][^\s\p{P}]+)*", text[start:end])]
    if not words:
        return None
    limit = words[:5] if after else words[-5:]
    for n in range(len(limit), 0, -1):
        low, high = (limit[0][0], limit[n - 1][1]) if after else (limit[-n][0], limit[-1][1])
        if look_up(text[start + low : start + high]):
            return _cited(text, start + low, start + high)
    return None


def read_claimed_time(text: str, language: str | None) -> TimeReading | None:
    """The first full date in an attribution's words."""
    if not any(char.isnumeric() for char in text):
        return None
    found = next(find_dates(text, language), None)
    return found.reading if found else None
