"""Lines that sites repeat."""

from __future__ import annotations

import duckdb
import polars as pl

from syndetect.boilerplate import page_lines, split_lines, strip
from syndetect.store import sql_text

NO_CLAIMS = pl.DataFrame(schema={"doc_id": pl.UInt64, "line": pl.UInt32})


def pages(*texts: str, site: str = "a.example") -> pl.DataFrame:
    ids = pl.Series(range(1, len(texts) + 1), dtype=pl.UInt64)
    return pl.DataFrame({"doc_id": ids, "site": [site] * len(texts), "page_text": list(texts)})


def site_lines(documents: pl.DataFrame, *, least_pages: int = 3) -> pl.DataFrame:
    con = duckdb.connect()
    con.register("page_line", page_lines(documents).to_arrow())
    found: pl.DataFrame = con.sql(
        sql_text("site_lines.sql"), params={"least_pages": least_pages, "least_words": 20}
    ).pl()
    return found


def story(n: int) -> str:
    return f"The council of town {n} met on Monday to speak about matter {n} and the cost of it."


def test_a_line_on_three_different_pages_is_boilerplate_and_on_two_it_is_not() -> None:
    three = pages(*(f"{story(n)}\nFollow us!" for n in range(3)))
    assert strip(three, site_lines(three), NO_CLAIMS)["text"].to_list() == [story(n) for n in range(3)]
    two = three.head(2)
    assert strip(two, site_lines(two), NO_CLAIMS)["text"].to_list() == two["page_text"].to_list()


def test_a_story_that_a_site_carries_often_stays_whole() -> None:
    often = pages(*[f"{story(1)}\nThe mayor spoke.\nPart {n}" for n in range(5)])
    assert "The mayor spoke." in strip(often, site_lines(often), NO_CLAIMS)["text"][0]


def brief(n: int) -> str:
    return (
        f"The council of town {n} met on Monday to speak about matter {n} and the cost of it, which rose to {n} coins."
    )


FOOTERS = ("All that stands here is given as it came, without warranty. " * 8, "No part of it may be sold on. " * 9)


def test_footers_longer_than_the_texts_are_boilerplate_on_nine_pages_and_on_eight_they_are_not() -> None:
    nine = pages(*("\n".join((brief(n), *FOOTERS)) for n in range(9)))
    assert strip(nine, site_lines(nine), NO_CLAIMS)["text"].to_list() == [brief(n) for n in range(9)]
    assert site_lines(nine.head(8)).is_empty()


def test_a_long_line_on_less_than_half_of_a_sites_pages_is_story_text() -> None:
    said = FOOTERS[0]
    half = pages(*(f"{brief(n)}\n{said}" for n in range(9)), *(brief(n) for n in range(9, 18)))
    assert site_lines(half)["n_pages"].to_list() == [9]
    less = pages(*(f"{brief(n)}\n{said}" for n in range(9)), *(brief(n) for n in range(9, 19)))
    assert site_lines(less).is_empty()


def test_a_brief_that_a_site_carries_often_under_other_headlines_stays() -> None:
    often = pages(*(f"Part {n} of what the council said\n{FOOTERS[0]}" for n in range(12)))
    assert site_lines(often).is_empty()


def test_another_site_may_say_what_is_boilerplate_here() -> None:
    here = pages(*(f"{story(n)}\nFollow us!" for n in range(3)))
    there = pages(f"{story(9)}\nFollow us!", site="b.example")
    lines = site_lines(pl.concat([here, there]))
    assert strip(there, lines, NO_CLAIMS)["text"].item() == there["page_text"].item()


def test_case_and_punctuation_of_a_repeated_line_do_not_matter() -> None:
    mixed = pages(f"{story(1)}\nFollow us!", f"{story(2)}\nFOLLOW US", f"{story(3)}\n» follow us «")
    assert strip(mixed, site_lines(mixed), NO_CLAIMS)["text"].to_list() == [story(1), story(2), story(3)]


def test_credit_lines_go_and_blank_lines_with_them() -> None:
    page = pages("First.\n\n***\nSource: Somebody\nLast.")
    claimed = pl.DataFrame({"doc_id": [1], "line": [3]}, schema=NO_CLAIMS.schema)
    assert strip(page, site_lines(page), claimed)["text"].item() == "First.\nLast."


def test_a_page_of_nothing_but_boilerplate_keeps_an_empty_text() -> None:
    documents = pages(*(f"{story(n)}\nFollow us!" for n in range(3)), "Follow us!")
    assert strip(documents, site_lines(documents), NO_CLAIMS)["text"].to_list()[3] == ""


def test_lines_are_numbered_as_they_stand_and_empty_ones_have_no_key() -> None:
    lines = split_lines(pages("a b\n\nc"))
    assert lines["line"].to_list() == [0, 1, 2]
    assert lines["line_key"].is_null().to_list() == [False, True, False]
