"""What speaks against itself in a page is told; no single time decides who took from whom."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from test_provenance import NOON, STORY, Edge, Page, changed, connect, credit, trace, without

from syndetect.provenance import trace_sources
from syndetect.provenance.conflicts import _passed_over


def conflicts(edge: Edge) -> dict[str, str]:
    return {str(item["about"]): str(item["words"]) for item in edge.evidence if item["kind"] == "conflict"}


def test_a_plain_chain_has_no_conflicts() -> None:
    pages = [
        Page("a.test", 0),
        Page("b.test", 2, claims=[credit("a.test")]),
        Page("c.test", 4, changed(STORY, 3), claims=[credit("b.test")]),
    ]
    assert [conflicts(edge) for edge in trace(pages).values()] == [{}, {}, {}]


def test_a_time_after_the_first_crawl_is_told() -> None:
    late = Page("a.test", 0, claims=[("published", "2030-01-01", None)], rule="json-ld:after-crawl")
    found = trace([late, Page("b.test", 2)])
    assert conflicts(found["a.test"]) == {
        "after-crawl": "states 2030-01-01 as its time, but was crawled before, at 2024-03-08 12:00"
    }


@pytest.mark.parametrize(("days", "told"), [(2.0, True), (0.5, False)])
def test_a_number_out_of_order_with_the_stated_time_is_told(days: float, told: bool) -> None:
    numbered = Page(
        "a.test", 0, claims=[("published", "4711", None)], rule="id-order", claimed=NOON + timedelta(days=days)
    )
    found = conflicts(trace([numbered, Page("b.test", 200)])["a.test"])
    between = "between 2024-03-07 22:00 and 2024-03-09 02:00"
    words = f"states 2024-03-06 12:00, but its number 4711 is of pages of its site {between}"
    assert found == ({"number": words} if told else {})


@pytest.mark.parametrize("hours", [3, 20])
def test_a_page_set_back_before_the_source_it_names_keeps_it_and_says_so(hours: float) -> None:
    pages = [
        Page("a.test", 0),
        Page("other.test", -40, changed(STORY, 1, 4, 7)),
        Page("b.test", -hours, claims=[credit("a.test")]),
    ]
    found = trace(pages)["b.test"]
    assert found.parent == "a.test"
    assert 0.5 < found.confidence < 0.999
    assert list(conflicts(found)) == ["before-source"]


def test_a_page_set_back_by_days_keeps_the_source_whose_address_it_gives() -> None:
    address = ("based-on", "https://a.test/s", "a.test")
    found = trace([Page("a.test", 0), Page("b.test", -90, claims=[address])])["b.test"]
    assert found.parent == "a.test"
    assert "before-source" in conflicts(found)


def test_without_words_the_times_stand() -> None:
    found = trace([Page("a.test", 0), Page("b.test", -20)])
    assert (found["a.test"].parent, found["b.test"].parent) == ("b.test", None)
    assert conflicts(found["a.test"]) == conflicts(found["b.test"]) == {}


def test_the_time_of_a_credit_that_no_page_of_the_site_has_is_told() -> None:
    pages = [Page("a.test", 0), Page("b.test", 60, claims=[credit("a.test")], claimed=NOON + timedelta(hours=40))]
    words = "gives 2024-03-08 04:00 as the time of its source, but no page of a.test here has it"
    assert conflicts(trace(pages)["b.test"])["credit-time"] == words
    fits = [Page("a.test", 0), Page("b.test", 60, claims=[credit("a.test")], claimed=NOON + timedelta(hours=3))]
    assert "credit-time" not in conflicts(trace(fits)["b.test"])


def test_a_source_later_than_the_page_that_names_it_is_told() -> None:
    found = trace([Page("a.test", 72), Page("b.test", 0, claims=[credit("a.test")])])["b.test"]
    assert (found.parent, found.site) == (None, "a.test")
    words = "names a.test, whose first page here is later (2024-03-09 12:00) than itself (2024-03-06 12:00)"
    assert conflicts(found) == {"later-source": words}


def test_a_text_that_agrees_with_another_page_than_the_one_named_is_told() -> None:
    pages = [
        Page("a.test", 0, [*STORY[:3], *(f"Elsewhere number {n} went its own way." for n in range(9))]),
        Page("b.test", 1),
        Page("c.test", 5, claims=[credit("a.test")]),
    ]
    words = conflicts(trace(pages)["c.test"])["text"]
    assert words.startswith("names a.test, which has ")
    assert words.endswith("% of its word pairs, while b.test has 100%")


def test_two_sources_are_told_and_a_host_below_another_is_none() -> None:
    two = Page("c.test", 5, claims=[credit("a.test"), credit("b.test")])
    assert conflicts(trace([Page("a.test", 0), two])["c.test"]) == {
        "two-sources": "names two sources, a.test and b.test"
    }
    one = Page("c.test", 5, claims=[credit("a.test"), credit("en.a.test")])
    assert conflicts(trace([Page("a.test", 0), one])["c.test"]) == {}


def test_the_time_of_a_credit_is_the_clock_of_the_page_it_names_where_that_states_none() -> None:
    # The page without a time was crawled last of all: by the crawl alone it would be the latest.
    named = Page("a.test", None, without(STORY, 11))
    copy = Page("c.test", 30, without(STORY, 11), claims=[("attribution", "a.test", "a.test")], claimed=NOON)
    between = Page("b.test", 20, without(STORY, 11))

    def parent_of_between(*pages: Page) -> object:
        con = connect(pages)
        con.execute("UPDATE document SET first_crawled_at = TIMESTAMPTZ '2024-03-20 12:00:00+00' WHERE site = 'a.test'")
        con.execute("UPDATE publication SET published_to = TIMESTAMPTZ '2024-03-20 12:00:00+00' WHERE doc_id = $1",
                    [named.number])  # fmt: skip
        edges = trace_sources(con)
        return dict(edges.select("doc_id", "parent_id").iter_rows())[between.number]

    silent = Page("c.test", 30, without(STORY, 11), claims=[("attribution", "a.test", "a.test")])
    assert parent_of_between(named, between, silent) is None
    assert parent_of_between(named, between, copy) == named.number


def test_a_credit_that_did_not_decide_is_told_unless_the_source_gives_it_too() -> None:
    pages = pl.DataFrame({"row": [0, 1, 2, 3], "site": ["a.test", "b.test", "c.test", "d.test"]})
    said = [(1, "wire.test", "x"), (2, "wire.test", "x"), (3, "news.a.test", "x"), (0, "z.test", "x:furniture")]
    credits = pl.DataFrame(said, ["row", "site", "rule"], orient="row").with_columns(
        kind=pl.lit("attribution"), own=pl.lit(value=False), generic=pl.lit(value=False)
    )
    # b.test has it of a.test, c.test of b.test, which names the wire too; d.test of the site above the one it names.
    chosen = pl.DataFrame(
        {"child": [1, 2, 3, 0], "page": [0, 1, 0, -1], "host": pl.Series([None] * 4, dtype=pl.String)}
    )
    found = _passed_over(credits, pages, chosen)
    assert found.rows() == [
        (1, "passed-over", "names wire.test as its source, yet texts and times speak rather for a.test")
    ]
