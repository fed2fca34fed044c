"""Rows whose columns play parts → pages.

A reader of a format gives, for some rows, the columns that may play each part as series of words (HTML may be bytes);
frames of schema.PAGE come out. Of each row the first column of a part that holds a value is taken. Rows without an
address, without a text or with too large a one are listed in the outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import polars as pl

from syndetect.crawl.columns import IS_ADDRESS, IS_HTML, ROLES, Source, crawl_times, null_words
from syndetect.crawl.languages import language_codes
from syndetect.crawl.outcome import BATCH_BYTES, BATCH_HTML_PAGES, Options, Outcome, page_frame


@dataclass(frozen=True)
class Part:
    """A column that may play a part: String, or Binary for HTML whose charset is not known."""

    role: str
    source: Source
    values: pl.Series


def row_pages(record: pl.Series, parts: Sequence[Part], outcome: Outcome, options: Options) -> Iterator[pl.DataFrame]:
    """Yield the pages of some rows; what can't be used is listed.

    Args:
        record: The number of each row.
        parts: The columns, those of a role in the order they are asked in.
        outcome: Takes the rejected rows, and which columns held a value.
        options: The size of the largest page.
    """
    rows = _roles(record, parts, outcome)
    if outcome.address is not None:
        rows = rows.with_columns(pl.col("url").fill_null(outcome.address))
    size = pl.max_horizontal(pl.col("text").str.len_bytes(), pl.col("html").bin.size()).fill_null(0)
    reasons = (
        pl.when(pl.col("url").is_null()).then(pl.lit(_no_value("url", options)))
        .when(pl.col("text").is_null() & pl.col("html").is_null()).then(pl.lit(_no_value("text", options)))
        .when(size > options.max_page_bytes).then(pl.lit(too_large(options)))
    )  # fmt: skip
    rows = rows.with_columns(reason=reasons, size=size)
    for number, reason in rows.filter(pl.col("reason").is_not_null()).select("record", "reason").iter_rows():
        outcome.reject(number, reason)
    kept = rows.filter(pl.col("reason").is_null())
    for part in _split(kept):
        columns = {name: part[name] for name in ("record", "html", "charset", "text", *ROLES[3:])}
        columns |= {
            "url": part["url"].str.strip_chars(),
            "crawled_at": crawl_times(part["crawled_at"]),
            "language": language_codes(part["language"]),
        }
        yield page_frame(outcome.path, columns)


def too_large(options: Options) -> str:
    """Why a record is rejected that is larger than a page may be."""
    return f"too-large: the record has more than {options.max_page_bytes:,} bytes"


def _no_value(role: str, options: Options) -> str:
    name = options.columns.get(role)
    if name is not None:
        return f"no-such-column: record has no value in {name}, which is to be its {role}"
    return "no-url: record has no url" if role == "url" else "no-text: record has neither text nor html"


def _split(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Keep frames within what a batch may hold."""
    if rows.is_empty():
        return
    n_bytes = int(rows["size"].sum())
    has_html = rows["html"].is_not_null().any()
    parts = max(1, -(-n_bytes // BATCH_BYTES), -(-rows.height // BATCH_HTML_PAGES) if has_html else 1)
    yield from rows.iter_slices(-(-rows.height // parts))


def _roles(record: pl.Series, parts: Sequence[Part], outcome: Outcome) -> pl.DataFrame:
    """One column a role; a text that is HTML is moved to where HTML stands, whose charset is UTF-8 as for all words."""
    # Not select: a frame of constants alone has one row.
    frame = pl.DataFrame({"record": record, **{str(n): part.values for n, part in enumerate(parts)}})
    kept = frame.with_columns(_holds_value(n, part).alias(f"keep {n}") for n, part in enumerate(parts))
    _note_columns(kept, parts, outcome)
    values = {role: [(n, part) for n, part in enumerate(parts) if part.role == role] for role in ROLES}
    roles = kept.with_columns(
        _first(
            [
                pl.when(pl.col(f"keep {n}")).then(pl.col(str(n)).cast(pl.Binary if role == "html" else pl.String))
                for n, _ in found
            ],
            role,
        ).alias(role)
        for role, found in values.items()
    )
    told = [pl.when(pl.col(f"keep {n}")).then(pl.lit(part.values.dtype == pl.String)) for n, part in values["html"]]
    tagged = pl.col("html").is_null() & pl.col("text").str.contains(IS_HTML).fill_null(False)
    return roles.select(
        "record",
        *(role for role in ROLES if role not in ("html", "text")),
        html=pl.when(tagged).then(pl.col("text").cast(pl.Binary)).otherwise("html"),
        text=pl.when(~tagged).then("text"),
        charset=pl.when(tagged | (pl.coalesce(told) if told else pl.lit(False))).then(pl.lit("utf-8")),
    )


def _first(values: list[pl.Expr], role: str) -> pl.Expr:
    return pl.coalesce(values) if values else pl.lit(None, pl.Binary if role == "html" else pl.String)


def _holds_value(number: int, part: Part) -> pl.Expr:
    values = pl.col(str(number))
    if part.values.dtype == pl.Binary:
        return (values.bin.size() > 0).fill_null(False)
    holds = ~values.str.strip_chars().is_in(sorted(null_words()))
    if part.source.if_address:
        holds &= values.str.contains(IS_ADDRESS)
    elif part.role == "site_name":
        holds &= ~values.str.contains(IS_ADDRESS)
    return holds.fill_null(False)


def _note_columns(kept: pl.DataFrame, parts: Sequence[Part], outcome: Outcome) -> None:
    """Note of each role the columns that held a value, those that are asked first first."""
    used = kept.select(pl.col(f"keep {n}").any() for n in range(len(parts)))
    if not parts:
        return
    asked: dict[str, list[str]] = {}
    for part, holds in zip(parts, used.row(0), strict=True):
        if holds or part.source.name in outcome.columns.get(part.role, ()):
            names = asked.setdefault(part.role, [])
            if part.source.name not in names:
                names.append(part.source.name)
    for role, names in asked.items():
        outcome.columns[role] = [*names, *(name for name in outcome.columns.get(role, ()) if name not in names)]


def missing_columns(
    options: Options, outcome: Outcome, names: Iterable[str], sources: Mapping[str, tuple[Source, ...]]
) -> None:
    """Say so if a column that the user sets held no value in any record, or none is known for what a page needs.

    Args:
        options: With the columns that the user sets.
        outcome: Of the file, read to its end.
        names: The columns there are.
        sources: Of each role those that may play it.
    """
    if not outcome.n_records or outcome.fault is not None:
        return
    lost = [name for role, name in options.columns.items() if name not in outcome.columns.get(role, ())]
    played = {role for role, found in sources.items() if found} | outcome.columns.keys()
    unplayed = [] if "url" in played or outcome.address else ["url"]
    unplayed += [] if played.intersection(("text", "html")) else ["text"]
    if not lost and not unplayed:
        return
    first = list(islice(names, _NAMED + 1))
    there = (", ".join(first[:_NAMED]) + (" and more" if len(first) > _NAMED else "")) or "no columns"
    if lost:
        outcome.fault = f"no record has a value in {', '.join(sorted(lost))}; there are {there}"
    else:
        wanted = " ".join(f"--map {role}=COLUMN" for role in unplayed)
        outcome.fault = f"no column is known to be its {' or its '.join(unplayed)}; there are {there}: give {wanted}"


_NAMED = 40
"""Enough to find the column meant; there may be thousands."""
