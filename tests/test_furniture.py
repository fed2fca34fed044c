"""Credits that most pages of a site make: marked over all pages, and weak in provenance."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from syndetect.claims import mark_furniture
from syndetect.schema import CLAIM


def claims_of(*rows: tuple[int, str, str, str | None]) -> pl.DataFrame:
    blank: dict[str, object] = dict.fromkeys(CLAIM)
    given = [
        {**blank, "doc_id": doc_id, "kind": kind, "value": value, "rule": rule or "src_label:en"}
        for doc_id, kind, value, rule in rows
    ]
    return pl.DataFrame(given, schema=dict(CLAIM))


def pages_of(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"doc_id": range(n), "site": ["a.example"] * n}, schema={"doc_id": pl.UInt64, "site": pl.String}
    )


def marked(claims: pl.DataFrame, n: int) -> int:
    return mark_furniture(claims, pages_of(n)).filter(pl.col("rule").str.ends_with(":furniture")).height


@pytest.mark.parametrize(
    ("saying", "pages", "wanted"), [(5, 9, 5), (5, 10, 0), (4, 4, 0), (5, 5, 5), (50, 100, 0), (51, 100, 51)]
)
def test_what_more_than_half_of_five_pages_and_more_say_is_furniture(saying: int, pages: int, wanted: int) -> None:
    claims = claims_of(*((n, "attribution", "The Daily Quill", None) for n in range(saying)))
    assert marked(claims, pages) == wanted


def test_the_words_must_be_the_same() -> None:
    assert marked(claims_of(*((n, "attribution", f"Quill {n}", None) for n in range(9))), 9) == 0
    assert marked(claims_of(*((n, "attribution", "quill" if n % 2 else "QUILL ", None) for n in range(9))), 9) == 9


def test_a_line_with_a_time_of_its_own_is_of_its_page() -> None:
    claims = claims_of(*((n, "attribution", "quill.example", None) for n in range(9)))
    times = pl.Series([datetime(2026, 2, 5, n, tzinfo=UTC) for n in range(9)], dtype=CLAIM["time_from"])
    assert marked(claims.with_columns(time_from=times), 9) == 0
    assert marked(claims.with_columns(time_from=times.gather([0] * 9)), 9) == 9


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("agency", "tail:line"), ("citation", "cites:en"), ("attribution", "src_label:en:generic"),
     ("translation-note", "mt_note:en"), ("published", "json-ld")],
)  # fmt: skip
def test_tags_notes_and_values_that_name_no_one_are_left_alone(kind: str, rule: str) -> None:
    assert marked(claims_of(*((n, kind, "AFP", rule) for n in range(9))), 9) == 0


def test_claims_keep_their_order_and_pages_without_a_site_are_no_obstacle() -> None:
    claims = claims_of(*((n % 7, "attribution", f"v{n}", None) for n in range(20)))
    assert mark_furniture(claims, pages_of(7).with_columns(site=pl.lit(None, pl.String))).equals(claims)
