"""Credits in words no phrase knows: a short first or last line with a host and a date, or a label and a known name."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import regex

from syndetect.claims.attributions import HEAD_CHARS, LAST_LINES, Claim, _before_lines
from syndetect.claims.folding import HOST, SHARING, host_of
from syndetect.claims.phrases import is_of_photo
from syndetect.claims.sources import is_generic, look_up, read_claimed_time

FIRST_LINES = 2
MAX_WORDS_BESIDE = 9
"""Words a line may hold beside a host to be a credit: `Första gången publicerad på X den 5 februari 2026 kl 6:20`."""
_HOST = regex.compile(HOST, regex.IGNORECASE)
_SHARING = regex.compile(SHARING.replace("(?i)", ""), regex.IGNORECASE)
_LABELLED = regex.compile(
    r"^[\s*•(\[–—-]*(?P<label>[\p{L}\p{M}][\p{L}\p{M} '’-]{1,28}?)\s*[:：]\s*(?P<name>[^\n]{2,60}?)[\s.)\]]*$"
)
_PREFILTER = r"(?m)[a-zA-Z0-9]\.[a-zA-Z][a-zA-Z]|[:：][^\n.!?:：]*$"  # cheap: no counted repeats of big classes
_NO_CREDIT = regex.compile(r"(?i)@|cookie|e-?mail|\bsubscribe\b|©")


def read_unlabelled(documents: pl.DataFrame, phrased: list[tuple[int, Claim]]) -> Iterator[tuple[int, Claim]]:
    """Attributions of lines that no phrase has claimed, as (row of the document, claim)."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for row, claim in phrased:
        if claim.kind != "citation":
            spans.setdefault(row, []).append((claim.start or 0, claim.end or 0))
    text = pl.col("page_text").fill_null("")
    ends = text.str.head(HEAD_CHARS).str.contains(_PREFILTER) | text.str.tail(HEAD_CHARS).str.contains(_PREFILTER)
    hit = documents.select("page_text", "language", "site", row=pl.int_range(pl.len())).filter(ends)
    for raw, language, site, row in hit.select("page_text", "language", "site", "row").iter_rows():
        for start, stop in _ends(raw):
            if not any(low < stop and start < high for low, high in spans.get(row, ())):
                claim_found = _read_line(raw, start, stop, site, language)
                if claim_found:
                    yield row, claim_found


def _ends(text: str) -> list[tuple[int, int]]:
    """Spans of the first and last lines."""
    stripped = text.rstrip()
    spans, at = [], 0
    for line in stripped.split("\n"):
        spans.append((at, at + len(line)))
        at += len(line) + 1
    last = _before_lines(stripped, LAST_LINES)
    return [span for n, span in enumerate(spans) if (n < FIRST_LINES and len(spans) > 2) or span[0] >= last]


def _read_line(text: str, start: int, stop: int, site: str | None, language: str | None) -> Claim | None:
    line = text[start:stop]
    if len(line) > 160 or _NO_CREDIT.search(line):
        return None
    found = _HOST.search(line)
    host = host_of(found[0]) if found else None
    if found and host and not _SHARING.match(host) and (found[0].islower() or "://" in found[0]):
        beside = (line[: found.start()] + " " + line[found.end() :]).split()
        if (
            is_of_photo(line[: found.start()])
            or host == site
            or not beside
            or len(beside) > MAX_WORDS_BESIDE
            or regex.search(r"[.!?]\s+\p{L}", line)
        ):
            return None
        stated = read_claimed_time(line, language)
        times = (stated.start, stated.end, stated.zone_known) if stated else (None, None, None)
        at = start + found.start()
        # Without a date it may as well be an advertisement: an address to look at, as a link would be.
        kind = "attribution" if stated else "link"
        return Claim(kind, found[0], host, at, at + len(found[0]), "line:host", *times)
    label = _LABELLED.match(line)
    if label and (is_of_photo(label["label"]) or is_generic(label["name"])):
        return None
    agency = look_up(label["name"]) if label else None
    if label and agency:
        at = start + label.start("name")
        domain = agency.domains[0] if agency.domains else None
        return Claim("attribution", label["name"], domain, at, at + len(label["name"]), "line:name")
    return None
