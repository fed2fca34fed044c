"""When pages can have been published, by all that they state; and what is kept of it as claims."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syndetect.schema import CLAIM
from syndetect.times import publication_claims, published, read_relative, read_time
from syndetect.times.readings import IMPORT_PAGES, IMPORT_PAGES_ON_THE_MINUTE, readings
from syndetect.times.series import LEAST_PAGES, numbers_of
from syndetect.times.zones import bounds_of, zones

CRAWLED = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
SCHEMA = pl.Schema(
    {
        "doc_id": pl.UInt64(), "site": pl.String(), "language": pl.String(), "url": pl.String(),
        "crawled_at": pl.Datetime("us", "UTC"), "fetched_at": pl.Datetime("us", "UTC"),
        "stated_times": pl.List(pl.Struct({"source": pl.String(), "value": pl.String()})),
    }
)  # fmt: skip


def page(*times: tuple[str, str], **fields: object) -> dict[str, object]:
    usual = {"site": "a.example", "language": "en", "crawled_at": CRAWLED, "url": "https://a.example/x"}
    stated = [{"source": source, "value": value} for source, value in times]
    return {"fetched_at": fields.get("crawled_at", CRAWLED)} | usual | {"stated_times": stated} | fields


def pages(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{"doc_id": i} | row for i, row in enumerate(rows)], schema=SCHEMA)


def rules(*rows: dict[str, object]) -> list[str]:
    return publication_claims(pages(*rows))["rule"].to_list()


def one(*times: tuple[str, str], **fields: object) -> dict[str, object]:
    return published(pages(page(*times, **fields))).row(0, named=True)


def width(row: dict[str, object]) -> timedelta:
    low, high = row["published_from"], row["published_to"]
    assert isinstance(low, datetime)
    assert isinstance(high, datetime)
    return high - low


@pytest.mark.parametrize(("words", "day"), [("03/04/2026", date(2026, 3, 4)), ("04/03/2026", date(2026, 3, 4))])
def test_of_two_days_that_an_english_date_may_be_the_one_after_the_crawl_is_none(words: str, day: date) -> None:
    row = one(("visible", words))
    assert row["published_day"] == day
    assert row["published_from"] == datetime(2026, 3, 3, 10, tzinfo=UTC)
    later = one(("visible", words), crawled_at=datetime(2026, 5, 1, tzinfo=UTC))
    assert later["published_to"] == datetime(2026, 4, 4, 14, tzinfo=UTC)


def test_a_last_change_bounds_a_day_from_above() -> None:
    row = one(("visible", "11 March 2026"), ("updated-json-ld", "2026-03-11T09:00:01Z"))
    assert (row["published_by"], row["published_day"]) == ("visible", date(2026, 3, 11))
    assert row["published_to"] == datetime(2026, 3, 11, 9, 0, 1, tzinfo=UTC)
    assert row["published_from"] == datetime(2026, 3, 10, 10, tzinfo=UTC)


def test_a_last_change_before_the_stated_time_bounds_nothing() -> None:
    row = one(("json-ld", "2026-03-11T09:00:01Z"), ("updated-json-ld", "2026-03-10T21:00:00Z"))
    assert row["published_from"] == row["published_to"] == datetime(2026, 3, 11, 9, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "by"),
    [
        ("updated", "input"), ("updated-meta", "meta"), ("updated-json-ld", "json-ld"), ("updated-visible", "visible"),
    ],
)  # fmt: skip
def test_a_last_change_speaks_alone_and_leaves_the_interval_open_below(source: str, by: str) -> None:
    row = one((source, "2026-03-11T09:00:01Z"))
    assert row["published_by"] == by
    assert row["published_from"] is None
    assert row["published_at"] == row["published_to"] == datetime(2026, 3, 11, 9, 0, 1, tzinfo=UTC)


def test_a_server_that_made_the_page_for_the_fetch_says_nothing() -> None:
    hour_before = (CRAWLED - timedelta(hours=1)).isoformat()
    assert one(("updated", hour_before))["published_by"] == "input"
    later = (CRAWLED - timedelta(minutes=59)).isoformat()
    assert one(("updated", later))["published_by"] == "crawl"


def test_two_places_of_a_page_that_agree_outvote_a_third() -> None:
    told = [("json-ld", "2019-01-16T14:53:35+01:00"), ("meta", "2026-03-10T12:01:11+01:00"), ("visible", "10.03.2026")]
    assert one(*told, language="de")["published_day"] == date(2026, 3, 10)
    assert one(*told[:2])["published_day"] == date(2019, 1, 16)
    assert rules(page(*told)) == ["json-ld", "meta", "visible"]


def test_what_is_set_anew_with_each_change_has_no_vote() -> None:
    told = [("json-ld", "2019-01-16T14:53:35+01:00"), ("meta", "2026-03-10T12:01:11+01:00"), ("visible", "10.03.2026")]
    changed = ("updated-json-ld", "2026-03-10T11:01:11Z")
    assert one(*told, changed, language="de")["published_day"] == date(2019, 1, 16)


def test_a_time_after_the_first_crawl_is_void_and_kept_as_a_claim() -> None:
    ahead = page(("json-ld", "2026-03-14T10:00:01Z"), ("url", "2026/03/11"))
    assert published(pages(ahead))["published_by"].to_list() == ["url"]
    assert rules(ahead) == ["json-ld:after-crawl", "url"]
    # Found in a later fetch: the page was there before the time that it states now.
    again = page(("json-ld", "2026-03-14T10:00:01Z"), fetched_at=datetime(2026, 3, 20, tzinfo=UTC))
    assert published(pages(again))["published_by"].to_list() == ["crawl"]


def test_a_change_that_a_later_fetch_shows_is_no_impossible_time() -> None:
    fetched_at = datetime(2026, 3, 20, tzinfo=UTC)
    for at, rule in (("2026-03-19T10:00:01Z", "updated-meta"), ("2026-03-21T10:00:01Z", "updated-meta:after-crawl")):
        assert rules(page(("updated-meta", at), fetched_at=fetched_at)) == [rule]


@pytest.mark.parametrize(("second", "least"), [(7, IMPORT_PAGES), (0, IMPORT_PAGES_ON_THE_MINUTE)])
def test_one_second_on_many_pages_of_a_site_is_an_import(second: int, least: int) -> None:
    at = ("json-ld", f"2026-03-01T06:00:{second:02}+01:00")
    shown = ("visible", "1 March 2026")
    few = published(pages(*[page(at, shown) for _ in range(least - 1)]))
    assert set(few["published_by"]) == {"json-ld"}
    many = pages(*[page(at, shown) for _ in range(least)], page(at, site="b.example"))
    found = published(many)
    assert found["published_by"].to_list() == ["crawl"] * least + ["json-ld"]
    assert found["published_at"].to_list()[:least] == [None] * least
    # They were out by then.
    assert found["published_to"][0] == datetime(2026, 3, 1, 5, 0, second, tzinfo=UTC)
    assert set(publication_claims(many)["rule"]) == {"json-ld:import", "visible:import", "json-ld"}


def test_words_against_now_are_read_from_the_fetch_that_showed_them() -> None:
    seen = datetime(2026, 3, 1, tzinfo=UTC)
    fields = {"crawled_at": datetime(2026, 3, 12, 10, tzinfo=UTC), "fetched_at": CRAWLED}
    row = one(("visible", "3 hours ago"), **fields)
    assert (row["published_at"], row["published_by"]) == (CRAWLED - timedelta(hours=3), "visible")
    assert row["published_from"] == CRAWLED - timedelta(hours=4)
    assert row["published_to"] == CRAWLED - timedelta(hours=2)
    assert one(("visible", "3 hours ago"), crawled_at=seen, fetched_at=CRAWLED)["published_by"] == "crawl"
    assert rules(page(("visible", "yesterday, 14:05"))) == ["visible:relative"]


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)),
    minutes=st.integers(1, 20 * 24 * 60),
    hours=st.integers(-12, 14),
)
@example(at=datetime(2020, 12, 31, 21, 0), minutes=1, hours=3)  # the new year has begun there
@settings(max_examples=40)
def test_the_interval_of_words_against_now_holds_the_truth_in_every_zone(
    at: datetime, minutes: int, hours: int
) -> None:
    """However the site rounds, and wherever its clock stands."""
    truth = at.replace(tzinfo=UTC, microsecond=0)
    fetched, offset = truth + timedelta(minutes=minutes), timedelta(hours=hours)
    local, now = truth + offset, fetched + offset
    seconds = minutes * 60
    told = [f"{seconds // 3600} hours ago", f"{round(seconds / 86400)} days ago", f"{-(-seconds // 60)} minutes ago"]
    days = (now.date() - local.date()).days
    told += [f"{('today', 'yesterday')[days]}, {local:%H:%M}"] if days < 2 else []
    told += [f"{local:%d} {local:%B}, {local:%H:%M}"] if minutes < 300 * 24 * 60 else []
    told = [words for words in told if read_relative(words, "en")]  # numbers of four figures are no age
    rows = [page(("visible", words), crawled_at=fetched, fetched_at=fetched) for words in told]
    for words, row in zip(told, published(pages(*rows)).iter_rows(named=True), strict=True):
        assert row["published_from"] <= truth <= row["published_to"], words
        assert row["published_from"] <= row["published_at"] <= row["published_to"]


def test_a_day_without_a_year_is_the_last_one_before_the_fetch() -> None:
    told = ("visible", "13 March, 14:05")
    assert one(told)["published_day"] == date(2025, 3, 13)
    assert one(("visible", "12 March, 23:59"))["published_day"] == date(2026, 3, 12)  # somewhere it is that late
    assert one(("visible", "29 февраля, 14:05"), language="ru")["published_day"] == date(2024, 2, 29)
    assert one(told, ("url", "2026/03/10"))["published_by"] == "url"
    assert rules(page(told)) == ["visible:no-year"]


def test_a_date_in_the_text_speaks_only_alone_and_leaves_the_interval_open() -> None:
    taken_from = ("text", "2026-03-06 09:03:00")
    assert one(taken_from, ("url", "2026/03/10"))["published_by"] == "url"
    row = one(taken_from)
    assert (row["published_by"], row["published_from"], row["published_to"]) == ("visible", None, CRAWLED)
    assert row["published_day"] == date(2026, 3, 6)


def test_a_clock_without_a_zone_is_that_of_the_country_and_of_utc_where_a_program_wrote_it() -> None:
    summer = {"site": "zeitung.de", "crawled_at": datetime(2026, 8, 1, tzinfo=UTC), "language": "de"}
    shown, written = one(("visible", "06.07.2026 14:05"), **summer), one(("meta", "2026-07-06 14:05:09"), **summer)
    assert shown["published_from"] == shown["published_at"] == datetime(2026, 7, 6, 12, 5, tzinfo=UTC)
    assert shown["published_to"] == datetime(2026, 7, 6, 12, 6, tzinfo=UTC)
    assert written["published_from"] == written["published_at"] == datetime(2026, 7, 6, 12, 5, 9, tzinfo=UTC)
    assert written["published_to"] == datetime(2026, 7, 6, 14, 5, 9, tzinfo=UTC)
    anywhere = one(("visible", "06.07.2026 14:05"), **(summer | {"site": "zeitung.io"}))
    assert width(anywhere) == timedelta(hours=28, minutes=1)


def test_a_day_in_a_country_has_the_length_that_its_clock_gives_it() -> None:
    row = one(("visible", "29.03.2026"), site="zeitung.de", crawled_at=datetime(2026, 4, 1, tzinfo=UTC), language="de")
    assert width(row) == timedelta(hours=23)


def test_the_day_of_a_time_in_utc_is_the_one_that_readers_had() -> None:
    late = ("json-ld", "2026-03-11T00:23:33.312Z")
    assert one(late)["published_day"] == date(2026, 3, 11)
    assert one(late, site="journal.ca")["published_day"] == date(2026, 3, 10)  # in all its zones
    assert one(("json-ld", "2026-03-11T04:23:33Z"), site="journal.ca")["published_day"] == date(2026, 3, 11)  # in some
    assert one(late, ("visible", "11 March 2026"), site="journal.ca")["published_day"] == date(2026, 3, 11)
    assert one(("json-ld", "2026-03-11T00:23:33+02:00"), site="journal.ca")["published_day"] == date(2026, 3, 11)


@given(
    at=st.datetimes(datetime(2001, 1, 1), datetime(2026, 3, 1)),
    country=st.sampled_from(["de", "uk", "ru", "br", "us", "ir", "au", "cn", "in"]),
    which=st.integers(0, 30),
)
def test_the_bounds_of_a_country_hold_the_time_in_each_of_its_zones(at: datetime, country: str, which: int) -> None:
    """Against the standard library's tz database."""
    names = zones()[country]
    truth = at.replace(tzinfo=UTC, microsecond=0)
    local = truth.astimezone(ZoneInfo(names[which % len(names)])).replace(tzinfo=None)
    found = bounds_of(pl.DataFrame({"country": [country], "local": [local]}))
    for row in found.iter_rows(named=True):  # no row where a zone skips the hour
        assert row["earliest"] <= truth <= row["latest"]
        assert row["earliest"] <= row["likely"] <= row["latest"]


def numbered(n: int, days: list[int], **odd: int) -> list[dict[str, object]]:
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return [
        page(
            ("json-ld", f"{start + timedelta(days=day, seconds=1):%Y-%m-%dT%H:%M:%SZ}"),
            url=f"https://a.example/n/{n + 5 * i}",
        )
        for i, day in enumerate(days)
    ]


def test_a_page_without_a_time_lies_between_its_neighbours_in_a_series_that_grows() -> None:
    rows = numbered(1000, list(range(LEAST_PAGES)))
    undated = page(url="https://a.example/n/1022")
    found = published(pages(*rows, undated)).row(-1, named=True)
    # Of three neighbours on either side the middle one.
    assert found["published_from"] == datetime(2026, 1, 4, 12, 0, 1, tzinfo=UTC)
    assert found["published_to"] == datetime(2026, 1, 7, 12, 0, 1, tzinfo=UTC)
    assert (found["published_by"], found["published_day"]) == ("url", None)
    assert found["published_at"] == datetime(2026, 1, 6, 0, 0, 1, tzinfo=UTC)
    assert rules(*rows, undated).count("id-order") == 1
    too_few = published(pages(*rows[1:], undated)).row(-1, named=True)
    assert (too_few["published_by"], too_few["published_from"]) == ("crawl", None)


def test_numbers_that_do_not_grow_with_time_place_no_page() -> None:
    rows = numbered(1000, [3, 1, 4, 11, 5, 9, 2, 6, 10, 8, 7, 0])
    assert published(pages(*rows, page(url="https://a.example/n/1022"))).row(-1, named=True)["published_from"] is None


def test_a_page_that_claims_another_time_than_its_neighbours_is_flagged_and_left_as_it_is() -> None:
    days = list(range(3 * LEAST_PAGES))
    days[20] = 17  # two days and an hour out of place would do; the middle neighbours are of the days 18 and 22
    rows = numbered(1000, days)
    found = published(pages(*rows))
    assert set(found["published_by"]) == {"json-ld"}
    assert found["published_day"][20] == date(2026, 1, 18)
    assert "id-order" not in rules(*rows)
    days[20] = 10
    claims = publication_claims(pages(*numbered(1000, days))).filter(rule="id-order")
    assert claims["doc_id"].to_list() == [20]
    assert claims["time_from"][0] == datetime(2026, 1, 19, 12, 0, 1, tzinfo=UTC)
    assert claims["value"].to_list() == ["1100"]


@pytest.mark.parametrize(
    ("url", "series", "number"),
    [
        ("https://a.example/?p=123", "?p", 123), ("https://a.example/article/228123", "/", 228123),
        ("https://a.example/437019.html", "/", 437019), ("https://a.example/2026/03/06/words-18123/", "/", 18123),
        ("https://a.example/2026/03/06/words", None, None), ("https://a.example/20260306/words", None, None),
        ("https://a.example/a.php?storyid=504&x=1", "?storyid", 504), ("https://a.example/words-of-2026", None, None),
        ("https://a.example/top-10", None, None), ("https://a.example/n/1234567890123456", None, None),
    ],
)  # fmt: skip
def test_numbers_of_pages_are_told_from_dates(url: str, series: str | None, number: int | None) -> None:
    found = pl.DataFrame({"url": [url]}).select(numbers_of(pl.col("url")).alias("n")).unnest("n").row(0, named=True)
    assert found["number"] == number
    assert number is None or found["series"] == series


def cases() -> list[tuple[str, str]]:
    """Words and languages of the case tables, and clocks of all hours."""
    found = []
    for name in ("visible_dates.txt", "relative_times.txt"):
        lines = (Path(__file__).parent / "cases" / name).read_text(encoding="utf-8").splitlines()
        parts = [line.split(" | ") for line in lines if line and not line.startswith("#")]
        found += [(words.strip(), language.strip()) for language, words, *_ in parts]
    for hour in range(24):
        for rest in ("00", "07", "59", "00:00", "31:00", "31:09"):
            found += [(f"6. März 2025, {hour:02}:{rest} Uhr", "de"), (f"March 6, 2025, {hour}:{rest} PM", "en")]
            found += [(f"2025-03-06T{hour:02}:{rest}+03:30", "en"), (f"yesterday {hour}:{rest[:2]}", "en")]
    return found


def test_reading_by_columns_is_reading_each_value() -> None:
    rows = readings(pages(*[page(("visible", words), language=language) for words, language in cases()]))
    found = {(row["value"], row["language"]): row for row in rows.iter_rows(named=True)}
    for words, language in cases():
        read, row = read_time(words, language), found.get((words, language))
        if read is not None:
            assert row is not None
            assert (row["local"], row["day_only"]) == (read.local, read.day_only)
            if row["state"] is None and read.end < CRAWLED:
                assert (row["start"], row["end"], row["zone_known"]) == (read.start, read.end, read.zone_known)
        else:
            told = read_relative(words, language)
            assert (row is None) == (told is None)
            assert row is None or told is None or row["minutes"] == told.minutes


def test_claims_are_few_and_hold_every_place_that_speaks() -> None:
    told = [
        ("json-ld", "2026-03-10T12:01:11+01:00"), ("meta", "2026-03-10"), ("visible", "10 March 2026"),
        ("text", "6 March 2026"), ("updated-meta", "2026-03-11"), ("url", "2026/03/10"),
    ]  # fmt: skip
    many = [("json-ld", f"2026-03-{day:02}T12:01:11Z") for day in range(1, 10)]
    claims = publication_claims(pages(page(*told, *many)))
    assert claims.schema == CLAIM
    assert claims["rule"].to_list() == ["json-ld", "json-ld", "meta", "text", "updated-meta", "url", "visible"]


def test_the_order_of_documents_changes_nothing() -> None:
    rows = [*numbered(1000, list(range(14))), page(url="https://a.example/n/1022"), page(("visible", "3 hours ago"))]
    there, back = pages(*rows), pages(*rows).reverse()
    assert published(there).equals(published(back).reverse())
    assert publication_claims(there).equals(publication_claims(back))


def test_a_learnt_clock_that_is_its_countrys_follows_the_countrys_summer_time() -> None:
    """Pages of winter teach +01:00; a time of July is read by the rules, not with an hour to either side."""
    winter = [page(("json-ld", f"2026-01-0{i}T09:0{i}:07+01:00"), site="zeitung.de") for i in range(1, 4)]
    july = page(("meta", "2025-07-06 14:05:09"), site="zeitung.de")
    row = published(pages(*winter, july)).row(-1, named=True)
    assert row["published_from"] == row["published_to"] == datetime(2025, 7, 6, 12, 5, 9, tzinfo=UTC)
    elsewhere = [row | {"site": "zeitung.io"} for row in (*winter, july)]
    row = published(pages(*elsewhere)).row(-1, named=True)
    assert width(row) == timedelta(hours=2)
    assert row["published_from"] <= datetime(2025, 7, 6, 12, 5, 9, tzinfo=UTC) <= row["published_to"]


def test_a_clock_that_is_not_its_countrys_is_believed() -> None:
    abroad = [page(("json-ld", f"2026-01-0{i}T09:0{i}:07+05:30"), site="zeitung.de") for i in range(1, 4)]
    row = published(pages(*abroad, page(("meta", "2026-01-06 14:05:09"), site="zeitung.de"))).row(-1, named=True)
    assert row["published_at"] == datetime(2026, 1, 6, 8, 35, 9, tzinfo=UTC)
    assert width(row) == timedelta(hours=2)
