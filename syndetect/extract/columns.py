"""Rows whose input gives the text: read by columns; Python sees only what a pattern lets through.

An input of a million rows is read at the speed of its strings: the one call a row that is left is the language
detector's, on a sample of the letters.
"""

from __future__ import annotations

import polars as pl

from syndetect.extract.kinds import ARTICLE_SENTENCES, HEAD_CHARS, LEAST_ARTICLE_WORDS, kind_of, not_found
from syndetect.extract.language import languages
from syndetect.extract.reading import url_date
from syndetect.extract.story import same_words

_END = r"[.!?…؟۔।]+[\"'”»」』)\]]*"
_ENDS = _END + r"(?:\s|$)|[。！？]"
_ENDS_WITHIN = _END + r"\s|[。！？]"
# Written so that what is to stay as it is does not match: putting back every single space costs three times the rest.
_LINE_END = r"\r\n|[\r\x0b\x0c\x1c-\x1e\u{85}\u{2028}\u{2029}]"
_WIDE_SPACE = r"[^\S\n]{2,}|[^\S\n ]"
_WIDE_END = r" \n[ \n]*|\n[ \n]+"
_LONGEST_TITLE = 1_000
_FIRST_CHARS = 600
"""Most articles have their three sentences here; the rest of a long head costs five times as much to count."""


def read_texts(pages: pl.DataFrame) -> pl.DataFrame:
    """Read rows of schema.PAGE that give a text.

    Returns:
        title, page_text, language, kind, url_day (a date that stands in the address); in the order of the rows.
    """
    clean = (
        pl.col("text")
        .fill_null("")
        .str.replace_all(_LINE_END, "\n")
        .str.replace_all(_WIDE_SPACE, " ")
        .str.replace_all(_WIDE_END, "\n")
        .str.strip_chars()
    )
    rows = pages.select("url", "title", given="language", page_text=clean)
    rows = rows.with_columns(page_text=_without_title(rows))
    rows = rows.with_columns(
        kind=_kinds(rows), language=languages(rows["page_text"], rows["title"], rows["given"].to_list())
    )
    days = pl.Series([url_date(url) if may else None for url, may in _may_hold_date(rows)], dtype=pl.String)
    return rows.select("title", "page_text", "language", "kind", url_day=days)


def _without_title(rows: pl.DataFrame) -> pl.Series:
    """The texts without a first line that repeats the title; only lines of like length are compared."""
    # A longer line repeats no title; the whole text would be copied to look at its first line.
    first = pl.col("page_text").str.slice(0, _LONGEST_TITLE).str.extract(r"^([^\n]*)\n?", 1)
    near = (first.str.len_chars().cast(pl.Int32) - pl.col("title").str.len_chars().cast(pl.Int32)).abs() <= 20
    suspects = rows.with_row_index("row").filter(near.fill_null(False)).with_columns(first=first)
    repeats = [same_words(a, b) for a, b in suspects.select("first", "title").iter_rows()]
    cut = suspects.filter(pl.Series(repeats, dtype=pl.Boolean))["row"]
    is_cut = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(cut.implode())
    if cut.is_empty():
        return rows["page_text"]
    rest = pl.col("page_text").str.replace(r"^[^\n]*\n?", "")
    return rows.select(pl.when(is_cut).then(rest).otherwise("page_text")).to_series()


def _kinds(rows: pl.DataFrame) -> pl.Series:
    """Texts of some sentences are articles, most of them told by their first lines; the few others one by one."""
    left = rows.select("page_text", "title").with_row_index("row")
    told_missing = pl.col("title").str.to_lowercase().str.contains_any(list(not_found())).fill_null(False)
    kinds = ["article"] * rows.height
    for n_chars, ends in ((_FIRST_CHARS, _ENDS_WITHIN), (HEAD_CHARS, _ENDS)):
        head = pl.col("page_text").str.slice(0, n_chars)
        is_article = (head.str.count_matches(ends) >= ARTICLE_SENTENCES) & (
            head.str.count_matches(r"\w+") > LEAST_ARTICLE_WORDS
        )
        left = left.filter(~is_article | told_missing)
    for row, text, title in left.iter_rows():
        kinds[row] = kind_of(text, title=title)
    return pl.Series(kinds, dtype=pl.String)


def _may_hold_date(rows: pl.DataFrame) -> list[tuple[str, bool]]:
    return rows.select("url", may=pl.col("url").str.contains(r"(?:19|20)\d\d[/\-_.]?[01]?\d")).rows()
