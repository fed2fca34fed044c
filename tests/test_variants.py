"""Which pages of groups of copies are compared across languages, and what backs a pair."""

from __future__ import annotations

import itertools
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.anchors.backing import MOST_BACKING, RELIED_ON, VOUCHED, backing_logits
from syndetect.anchors.variants import best_variants, choose_variants, pair_variants
from syndetect.pipeline.addressed import find_named_pages
from syndetect.store import Store, sql_text


def members(sizes: list[int]) -> pl.DataFrame:
    rows = [(100 * page, 100 * page + i, 50 + 7 * i) for page, n in enumerate(sizes, start=1) for i in range(n)]
    return pl.DataFrame(rows, schema={"page": pl.UInt64, "doc_id": pl.UInt64, "n_words": pl.Int32}, orient="row")


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(2, 12))
def test_a_group_gives_all_its_pages_or_so_many_from_the_shortest_to_the_longest(sizes: list[int], most: int) -> None:
    found = choose_variants(members(sizes), most=most)
    for page, n in enumerate(sizes, start=1):
        kept = [doc - 100 * page for doc in found.filter(pl.col("page") == 100 * page)["doc_id"].to_list()]
        assert len(kept) == min(n, most)
        assert kept[0] == 0
        assert kept[-1] == n - 1
        gaps = np.diff(kept)
        assert gaps.size == 0 or gaps.max() - gaps.min() <= 1


def test_every_page_of_one_group_is_paired_with_every_page_of_the_other() -> None:
    variants = choose_variants(members([2, 3, 1]))
    pairs = pl.DataFrame({"left_id": [100, 100], "right_id": [200, 300]}, schema_overrides={"left_id": pl.UInt64})
    found = pair_variants(pairs.with_columns(pl.col("right_id").cast(pl.UInt64)), variants)
    expected = [(0, a, b) for a, b in itertools.product((100, 101), (200, 201, 202))]
    expected += [(1, 100, 300), (1, 101, 300)]
    assert found.rows() == expected


def test_the_best_pair_of_pages_stands_for_the_groups_and_the_first_of_equals() -> None:
    compared = pl.DataFrame({"row": [0, 0, 0, 1, 1], "left_id": [1, 1, 2, 5, 6], "right_id": [3, 4, 3, 7, 7]})
    assert best_variants(compared, np.array([-1.0, 2.0, 2.0, -9.0, -8.5])).tolist() == [1, 4]


def backed(rows: list[tuple[bool | None, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"by_address": pl.Boolean, "n_site_pages": pl.Int64}, orient="row")


def test_a_named_site_counts_by_how_seldom_it_would_be_named_by_chance() -> None:
    logits = backing_logits(
        backed([(None, None), (False, 100), (False, 500), (False, 1), (True, 900)]), n_store_pages=1000
    )
    assert logits[0] == 0.0
    assert logits[1] == pytest.approx(np.log(RELIED_ON * 10))
    assert logits[2] == 0.0
    assert logits[3] == logits[4] == MOST_BACKING


def test_a_page_that_gives_the_very_address_as_its_source_counts_for_more_than_a_link() -> None:
    pairs = backed([(True, 1), (True, 1), (None, None)]).with_columns(vouched=pl.Series([True, False, None]))
    assert backing_logits(pairs, n_store_pages=1000).tolist() == [VOUCHED, MOST_BACKING, 0.0]


PAGES = [
    (1, "https://a.example/1", "a.example"),
    (2, "https://b.example/2", "b.example"),
    (3, "https://c.example/3", "c.example"),
    (4, "https://b.example/4", "b.example"),
]


def store_of_claims() -> duckdb.DuckDBPyConnection:
    """Pages 2 and 4 are copies of each other."""
    con = duckdb.connect()
    con.execute(sql_text("tables.sql"))
    con.executemany("INSERT INTO document (doc_id, url, site, url_key) VALUES ($1, $2, $3, $2[9:])", PAGES)
    con.execute("CREATE TABLE wanted_pair AS FROM (VALUES (1, 2), (1, 3), (2, 3)) AS t (left_id, right_id)")
    con.execute("CREATE TABLE anchor_member AS FROM (VALUES (1, 1), (2, 2), (2, 4), (3, 3)) AS t (page, doc_id)")
    return con


def backing(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    find_named_pages(Store(con, Path(), built_at=None, writing=True))
    found: list[tuple[object, ...]] = con.execute(sql_text("anchor_backing.sql")).fetchall()
    return found


def claim(
    con: duckdb.DuckDBPyConnection, doc_id: int, kind: str, site: str, value: str, rule: str = ""
) -> list[tuple[object, ...]]:
    con.execute("DELETE FROM claim")
    con.execute(
        "INSERT INTO claim (doc_id, kind, site, value, rule) VALUES (?, ?, ?, ?, ?)", [doc_id, kind, site, value, rule]
    )
    return backing(con)


@pytest.mark.parametrize(
    ("doc_id", "kind", "site", "value", "expected"),
    [
        (1, "attribution", "b.example", "B News", [(1, 2, False, False, 2)]),
        (4, "attribution", "a.example", "A", [(1, 2, False, False, 1)]),  # a copy of page 2 says it
        (3, "link", "b.example", "https://b.example/4", [(2, 3, True, False, 2)]),
        (3, "link", "b.example", "https://b.example/other", []),
        (3, "canonical", "a.example", "https://a.example/1", [(1, 3, True, True, 1)]),
        (2, "attribution", "b.example", "B News", []),  # a site naming itself
        (3, "citation", "b.example", "B News", []),
        (1, "attribution", "elsewhere.example", "Elsewhere", []),
    ],
)
def test_a_pair_is_backed_by_a_named_source_or_by_a_link_to_the_page_itself(
    doc_id: int, kind: str, site: str, value: str, expected: list[tuple[object, ...]]
) -> None:
    con = store_of_claims()
    assert claim(con, doc_id, kind, site, value) == expected
    con.close()


def test_a_page_that_lists_another_as_its_translation_backs_the_pair() -> None:
    con = store_of_claims()
    con.execute("UPDATE document SET alternates = [{'language': 'fr', 'url': 'https://b.example/4'}] WHERE doc_id = 3")
    assert backing(con) == [(2, 3, True, True, 2)]
    con.execute("UPDATE document SET alternates = [{'language': 'fr', 'url': 'https://b.example/'}] WHERE doc_id = 3")
    assert backing(con) == []
    con.close()


def test_what_most_pages_of_a_site_name_as_their_source_backs_no_pair() -> None:
    con = store_of_claims()
    assert claim(con, 1, "attribution", "b.example", "B News", "src_label:en:furniture") == []
    con.close()
