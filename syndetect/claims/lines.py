"""Lines that are nothing but claims, and what is left over between them."""

from __future__ import annotations

import itertools

import polars as pl
import regex

from syndetect.schema import ID

LINES = pl.Schema({"doc_id": ID, "line": pl.Int32()})
_MAX_LEFTOVER, _MAX_LEFTOVERS = 40, 12
_TAIL_LINES = 25
_SENTENCE = regex.compile(r"[.!?。！？؟।…:;,،，]\s*$")


def claim_lines(documents: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Number the lines of page_text that are wholly claims: credits, translation notes, tags.

    Short lines without the punctuation of a sentence that stand between two of them at the tail (lists of channels to
    follow) go along.

    Args:
        documents: Columns of schema.DOCUMENT.
        claims: Their schema.CLAIM.

    Returns:
        doc_id and line, from 0, sorted.
    """
    spans = claims.filter(
        pl.col("span_start").is_not_null() & pl.col("kind").is_in(["attribution", "translation-note", "agency"])
    )
    grouped = spans.group_by("doc_id").agg(pl.struct("span_start", "span_end", "rule", "kind").sort_by("span_start"))
    rows = documents.select("doc_id", "page_text").join(grouped, on="doc_id").sort("doc_id")
    ids: list[int] = []
    numbers: list[int] = []
    for doc_id, text, found in rows.iter_rows():
        for line in _lines_of(text, found):
            ids.append(doc_id)
            numbers.append(line)
    return pl.DataFrame({"doc_id": ids, "line": numbers}, schema=LINES)


def _lines_of(text: str, found: list[dict[str, object]]) -> list[int]:
    lines = text.split("\n")
    starts = [0]
    for line in lines[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    marked: set[int] = set()
    for claim in found:
        start, end, rule = int(str(claim["span_start"])), int(str(claim["span_end"])), str(claim["rule"])
        number = max(n for n, at in enumerate(starts) if at <= start)
        line = lines[number]
        if rule.startswith("lead:"):
            continue
        if rule.startswith("tail:") and (rule.startswith("tail:line") or rule == "tail:edited"):
            marked.add(number)
        elif not rule.startswith("tail:") and _is_credit(line, start - starts[number], end - starts[number]):
            marked.add(number)
            if number and start - starts[number] <= 2 and _is_label(lines[number - 1], rule):
                marked.add(number - 1)
    return sorted(marked | _between(lines, marked))


def _is_credit(line: str, start: int, end: int) -> bool:
    """Whether no sentence of a story is left when the claim is taken out of its line."""
    before, after = line[:start], line[end:]
    if regex.search(r"[.!?。؟]\s+\S.*\s\S", before):
        return False
    return len(before) <= 120 and len(after.strip()) <= 120 and not regex.search(r"[.!?。؟]\s+\S+(?:\s+\S+){3}", after)


def _is_label(line: str, rule: str) -> bool:
    return rule.startswith("src_label") and 0 < len(line.strip()) <= 30 and not regex.search(r"[.!?。؟]$", line.strip())


def _between(lines: list[str], marked: set[int]) -> set[int]:
    """Short unpunctuated lines between two marked ones in the last part of the text."""
    ordered = sorted(marked)
    left: set[int] = set()
    for above, below in itertools.pairwise(ordered):
        gap = range(above + 1, below)
        at_tail = above >= len(lines) - _TAIL_LINES and 0 < len(gap) <= _MAX_LEFTOVERS
        if at_tail and all(_is_leftover(lines[n]) for n in gap):
            left.update(gap)
    return left


def _is_leftover(line: str) -> bool:
    line = line.strip()
    return len(line) <= _MAX_LEFTOVER and not _SENTENCE.search(line)
