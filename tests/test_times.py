from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.schema import CLAIM, DOCUMENT, PUBLISHED
from syndetect.times import (
    find_dates,
    learn_offsets,
    mentions_date,
    publication_claims,
    published,
    read_relative,
    read_time,
)
from syndetect.times.calendars import fold_text, jalali_to_date

CASES = [
    [part.strip() for part in line.split(" | ")]
    for line in (Path(__file__).parent / "cases" / "times.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
LENGTH = {"second": timedelta(0), "minute": timedelta(minutes=1), "day": timedelta(days=1)}
CRAWLED = datetime(2026, 2, 13, 18, 0, tzinfo=UTC)


def documents(*rows: dict[str, object]) -> pl.DataFrame:
    empty = dict.fromkeys(DOCUMENT)
    return pl.DataFrame([empty | {"doc_id": i} | row for i, row in enumerate(rows)], schema=DOCUMENT)


def stated(**times: str) -> list[dict[str, str]]:
    return [{"source": source.replace("_", "-"), "value": value} for source, value in times.items()]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_times_are_read_as_the_table_says(case: list[str]) -> None:
    _, language, words, local, *rest = [part.strip(" |") for part in case]
    reading = read_time(words, None if language == "-" else language)
    if not local:
        assert reading is None
        return
    zone, precision = rest
    assert reading is not None
    clock = datetime.fromisoformat(local)
    assert reading.local == clock
    assert reading.day_only == (precision in ("day", "moon"))
    assert reading.zone_known == (zone != "-")
    at = clock.replace(tzinfo=UTC)
    if precision == "moon":  # the sighted moon may be a day off the table
        assert reading.day_only
        assert reading.start == at - timedelta(days=1, hours=14)
        assert reading.end == at + timedelta(days=2, hours=14)
    elif zone == "-":
        assert reading.start == at - timedelta(hours=14)
        assert reading.end == at + LENGTH[precision] + timedelta(hours=14)
    else:
        assert reading.start == at - timedelta(minutes=int(zone))
        assert reading.end == reading.start + LENGTH[precision]


def test_an_english_date_of_two_readings_allows_both() -> None:
    reading = read_time("03/06/2025", "en")
    assert reading is not None
    assert reading.local == datetime(2025, 3, 6)
    assert reading.start < datetime(2025, 3, 6, tzinfo=UTC)
    assert reading.end > datetime(2025, 6, 3, tzinfo=UTC)


def test_found_dates_carry_the_span_of_their_words() -> None:
    text = "Ein Bericht vom 6. März 2025, ergänzt am 7. März 2025 um 14:26 Uhr."
    found = list(find_dates(text, "de"))
    assert [text[one.span_start : one.span_end] for one in found] == ["6. März 2025", "7. März 2025 um 14:26"]
    assert found[1].reading.local == datetime(2025, 3, 7, 14, 26)


@given(st.text(max_size=80))
def test_folding_keeps_every_character_in_its_place_and_reading_never_fails(text: str) -> None:
    assert len(fold_text(text)) == len(text)
    read_time(text)
    for found in find_dates(text):
        assert 0 <= found.span_start < found.span_end <= len(text)


@given(st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)), st.integers(-12 * 4, 14 * 4))
def test_a_zoned_time_is_one_moment_whatever_its_zone(at: datetime, quarters: int) -> None:
    local = at.replace(microsecond=0, second=at.second or 1)
    sign, minutes = "-" if quarters < 0 else "+", abs(quarters) * 15
    reading = read_time(f"{local.isoformat()}{sign}{minutes // 60:02}:{minutes % 60:02}")
    assert reading is not None
    assert reading.start == reading.end == local.replace(tzinfo=UTC) - timedelta(minutes=quarters * 15)


def test_the_persian_year_begins_at_the_equinox() -> None:
    days = [jalali_to_date(year, 1, 1) for year in (1399, 1400, 1403, 1404)]
    assert days == [date(2020, 3, 20), date(2021, 3, 21), date(2024, 3, 20), date(2025, 3, 21)]


def test_the_best_source_speaks_and_the_interval_ends_at_the_crawl() -> None:
    rows = published(
        documents(
            {"crawled_at": CRAWLED, "stated_times": stated(json_ld="2026-02-13T12:52:43+03:30", meta="2026-02-10")},
            {"crawled_at": CRAWLED, "stated_times": stated(url="2026/02/13")},
            {"crawled_at": CRAWLED, "stated_times": []},
            {"crawled_at": None, "stated_times": None},
        )
    )
    assert rows.schema == PUBLISHED
    assert rows["published_by"].to_list() == ["json-ld", "url", "crawl", None]
    assert rows["published_at"][0] == datetime(2026, 2, 13, 9, 22, 43, tzinfo=UTC)
    assert rows["published_to"].to_list() == [rows["published_at"][0], CRAWLED, CRAWLED, None]
    assert rows["published_from"].to_list()[1:] == [datetime(2026, 2, 12, 10, tzinfo=UTC), None, None]
    assert rows["published_day"].to_list() == [date(2026, 2, 13), date(2026, 2, 13), None, None]


def test_a_finer_time_that_agrees_with_a_day_takes_its_place() -> None:
    row = published(
        documents({"crawled_at": CRAWLED, "stated_times": stated(json_ld="2026-02-13", visible="13 Feb 2026, 10:15")})
    ).row(0, named=True)
    assert row["published_by"] == "visible"
    assert row["published_at"] == datetime(2026, 2, 13, 10, 15, tzinfo=UTC)


def test_a_time_is_void_when_no_clock_shows_it_at_the_crawl() -> None:
    fourteen_ahead = "2026-02-14T08:00:00"
    rows = published(
        documents(
            {"crawled_at": CRAWLED, "stated_times": stated(meta=fourteen_ahead)},
            {"crawled_at": CRAWLED, "stated_times": stated(meta="2026-02-14T08:00:01")},
            {"crawled_at": CRAWLED, "stated_times": stated(meta="2026-02-13T20:00:00Z")},
        )
    )
    assert rows["published_by"].to_list() == ["meta", "crawl", "meta"]
    # Zoned, but after the crawl: local time with a wrong zone.
    assert rows["published_from"][2] == datetime(2026, 2, 13, 6, tzinfo=UTC)
    assert rows["published_at"][2] == CRAWLED


def test_a_sites_clock_is_learnt_from_zoned_times_and_from_clocks_beside_them() -> None:
    zoned = {"site": "a.test", "language": "hi", "crawled_at": CRAWLED}
    pages = documents(
        zoned | {"stated_times": stated(json_ld="2026-02-13T12:00:00+05:30")},
        zoned | {"stated_times": stated(meta="2026-02-13T09:28:56Z", visible="February 13, 2026, 2:58:56 PM")},
        zoned | {"stated_times": stated(meta="2026-02-13T09:28:56Z")},
        zoned | {"stated_times": stated(visible="February 13, 2026, 2:00 PM")},
        {"site": "b.test", "language": "hi", "crawled_at": CRAWLED}
        | {"stated_times": stated(visible="February 13, 2026, 2:00 PM")},
    )
    offsets = learn_offsets(pages)
    assert offsets.rows() == [("a.test", None, 330, 2), (None, "hi", 330, 2)]
    rows = published(pages)
    assert rows["published_at"][3] == rows["published_at"][4] == datetime(2026, 2, 13, 8, 30, tzinfo=UTC)
    # Two pages are not enough to narrow the interval, three are.
    assert rows["published_from"][3] == datetime(2026, 2, 13, 0, 0, tzinfo=UTC)
    sure = published(pages, offsets.with_columns(n=pl.lit(3, pl.UInt32)))
    assert sure["published_from"][3] == datetime(2026, 2, 13, 7, 30, tzinfo=UTC)
    assert sure["published_to"][3] == datetime(2026, 2, 13, 9, 31, tzinfo=UTC)  # a time to the minute lasts one


def test_the_order_of_documents_changes_no_answer() -> None:
    pages = documents(
        *(
            {
                "site": f"{i % 3}.test",
                "language": "en",
                "crawled_at": CRAWLED,
                "stated_times": stated(json_ld=f"2026-02-{i:02}T10:00:01+0{i % 4}:00", visible=f"Feb {i}, 2026"),
            }
            for i in range(1, 13)
        )
    )
    there, back = published(pages), published(pages.reverse())
    assert there.equals(back.reverse())
    assert there["doc_id"].to_list() == pages["doc_id"].to_list()


def test_a_visible_date_far_from_the_one_in_the_address_dates_what_is_told() -> None:
    stated = [
        {"source": "visible", "value": "3 February 2022"},
        {"source": "url", "value": "2026/03/10"},
    ]
    near = [{"source": "visible", "value": "11 March 2026, 09:30"}, stated[1]]
    crawled = datetime(2026, 3, 12, tzinfo=UTC)
    told = pl.DataFrame(
        {
            "doc_id": [1, 2], "site": ["a.example"] * 2, "language": ["en"] * 2, "crawled_at": [crawled] * 2,
            "stated_times": [stated, near],
        }
    )  # fmt: skip
    found = published(told)
    assert [str(day) for day in found["published_day"]] == ["2026-03-10", "2026-03-11"]
    assert found["published_by"].to_list() == ["url", "visible"]


def test_what_a_page_states_of_its_publication_is_a_claim_with_its_interval() -> None:
    zoned = {"source": "json-ld", "value": "2026-03-10T09:00:00+01:00"}
    rows = [zoned, {"source": "visible", "value": "10 March 2026"}]
    told = pl.DataFrame(
        {
            "doc_id": pl.Series([1], dtype=pl.UInt64), "site": ["a.example"], "language": ["en"],
            "crawled_at": [datetime(2026, 3, 12, tzinfo=UTC)], "stated_times": [rows],
        }
    )  # fmt: skip
    claims = publication_claims(told)
    assert claims.schema == CLAIM
    assert claims["rule"].to_list() == ["json-ld", "visible"]
    assert claims["zone_known"].to_list() == [True, False]
    assert claims["time_from"][0] == datetime(2026, 3, 10, 8, tzinfo=UTC)
    assert claims["time_to"][1] - claims["time_from"][1] == timedelta(hours=52)


def lines_of(name: str) -> list[list[str]]:
    lines = (Path(__file__).parent / "cases" / name).read_text(encoding="utf-8").splitlines()
    return [[part.strip() for part in line.split(" | ")] for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(("language", "words", "clock"), lines_of("visible_dates.txt"))
def test_dates_that_readers_see_are_read_in_their_language(language: str, words: str, clock: str) -> None:
    reading = read_time(words, language)
    assert reading is not None
    assert f"{reading.local:%Y-%m-%d %H:%M}".startswith(clock)
    assert reading.day_only == (len(clock) == len("2025-03-06"))
    begin, end = next(iter(mentions_date(words)))
    assert read_time(words[begin:end], language) == reading  # what a page reader keeps of a line says the same


@pytest.mark.parametrize(("language", "words", "meaning"), lines_of("relative_times.txt"))
def test_times_told_from_the_moment_of_reading_are_read(language: str, words: str, meaning: str) -> None:
    found = read_relative(words, language)
    if found is None:
        assert meaning == "nothing"
        return
    clock = "" if found.minutes is None else f" {found.minutes // 60:02}:{found.minutes % 60:02}"
    if found.unit:
        assert f"{found.n} {found.unit}" == meaning
    elif found.days_ago is not None:
        assert f"{found.days_ago} days ago{clock}" == meaning
    else:
        assert f"{found.month:02}-{found.day:02}{clock}" == meaning


def test_the_tables_hold_three_lines_of_thirty_languages_each() -> None:
    for name in ("visible_dates.txt", "relative_times.txt"):
        n = Counter(line[0] for line in lines_of(name))
        assert sum(times >= 3 for times in n.values()) >= 30
