"""Times in the story itself: datelines, and the newest day it mentions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from syndetect.claims import read_claims
from syndetect.schema import CLAIM, DOCUMENT
from syndetect.times import date_datelines, newest_mentioned

AT = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)


def document(text: str, language: str) -> pl.DataFrame:
    row = dict.fromkeys(DOCUMENT) | {
        "doc_id": 1, "page_text": text, "language": language, "crawled_at": AT, "url": "https://a.example/x",
        "site": "a.example", "links": [], "based_on": [],
    }  # fmt: skip
    return pl.DataFrame([row], schema=DOCUMENT).with_columns(at=pl.col("crawled_at"))


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("BEIJING, March 6 (Xinhua) -- Exports rose.", "en", (2026, 3, 6)),
        ("BEIJING, Dec. 31 (Xinhua) -- Exports rose.", "en", (2025, 12, 31)),
        ("МОСКВА, 6 марта. /ТАСС/. Переговоры прошли.", "ru", (2026, 3, 6)),
        ("Madrid, 6 mar (EFE).- El Gobierno anunció.", "es", (2026, 3, 6)),
        ("新华社北京3月6日电 国务院总理", "zh", (2026, 3, 6)),
        ("عمان 6 آذار (بترا)- قال وزير الخارجية", "ar", (2026, 3, 6)),
        ("DOHA (AFP) - Talks resumed on Monday.", "en", None),
    ],
)
def test_a_dateline_is_the_last_such_day(text: str, language: str, day: tuple[int, int, int] | None) -> None:
    pages = document(text, language)
    claims = date_datelines(read_claims(pages), pages).filter(kind="dateline")
    assert claims.height == 1
    row = claims.row(0, named=True)
    if day is None:
        assert row["time_from"] is None
        return
    at = datetime(*day, tzinfo=UTC)
    assert row["time_from"] == at - timedelta(hours=14)
    assert row["time_to"] == at + timedelta(hours=38)
    assert row["zone_known"] is False


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("On 3 February 2026 it began, on March 6, 2026 it ended, in 2030-01-01 it returns.", "en", "March 6, 2026"),
        ("Es begann am 3. Februar 2026 und endet am 06.03.2026.", "de", "06.03.2026"),
        ("Началось 3 февраля 2026 года.", "ru", "3 февраля 2026"),
        ("会议于2026年3月6日举行。", "zh", "2026年3月6日"),
        ("In 2026 all will be well, on 12 flats 2026 people live.", "en", None),
    ],
)
def test_the_newest_day_before_the_crawl_is_a_claim(text: str, language: str, words: str | None) -> None:
    claims = newest_mentioned(document(text, language))
    assert claims.schema == CLAIM
    assert claims["value"].to_list() == ([] if words is None else [words])
    for row in claims.iter_rows(named=True):
        assert text[row["span_start"] : row["span_end"]] == words
        assert (row["kind"], row["rule"]) == ("published", "mentioned")
