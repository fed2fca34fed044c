"""Groups of copies, digests, stories: what joins and what must stay apart."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from syndetect.stories import find_digests, group_copies, join_languages
from syndetect.verify import VERIFIED

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def documents(n: int, words: dict[int, int] | None = None) -> pl.DataFrame:
    """Documents 1..n, one an hour, 400 words unless said otherwise."""
    rows = [(i, (words or {}).get(i, 400), NOON + dt.timedelta(hours=i)) for i in range(1, n + 1)]
    return pl.DataFrame(
        rows, schema={"doc_id": pl.UInt64, "n_words": pl.Int32, "at": pl.Datetime("us", "UTC")}, orient="row"
    )


def pair(left: int, right: int, *, shares: tuple[float, float] = (1.0, 1.0), relation: str = "near-duplicate",
         span: tuple[int, int, int, int] = (0, 100, 0, 100)) -> tuple[object, ...]:  # fmt: skip
    return (left, right, "same", relation, 0.8, *shares, 100, 100, [span])


def pairs(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=VERIFIED, orient="row")


def groups_of(found: pl.DataFrame) -> list[set[int]]:
    members: dict[int, set[int]] = {}
    for doc_id, group_id in found.rows():
        members.setdefault(group_id, set()).add(doc_id)
    return sorted((group for group in members.values() if len(group) > 1), key=min)


def test_near_duplicates_make_one_group_named_by_the_earliest() -> None:
    groups, _, digests = group_copies(pairs(pair(1, 2), pair(2, 3)), documents(4))
    assert groups.rows() == [(1, 1), (2, 1), (3, 1), (4, 4)]
    assert digests.is_empty()


def test_an_excerpt_joins_the_page_most_of_it_stands_in_and_no_other() -> None:
    # 3 stands whole in 1; a quotation of it also stands in 2, which tells something else.
    found = pairs(
        pair(1, 3, shares=(0.3, 0.95), relation="excerpt"), pair(2, 3, shares=(0.15, 0.55), relation="excerpt")
    )
    groups, _, _ = group_copies(found, documents(3, {3: 120}))
    assert groups_of(groups) == [{1, 3}]


def test_a_shared_quotation_joins_nothing() -> None:
    found = pairs(pair(1, 2, shares=(0.2, 0.49), relation="excerpt"))
    groups, _, _ = group_copies(found, documents(2))
    assert groups_of(groups) == []
    groups, _, _ = group_copies(pairs(pair(1, 2, shares=(0.2, 0.5), relation="excerpt")), documents(2))
    assert groups_of(groups) == [{1, 2}]


def test_a_cut_copy_in_a_digest_does_not_pull_its_story_along() -> None:
    # 2 is a cut copy of 1; most of 2 stands in the digest 3, little of 1 does.
    found = pairs(
        pair(1, 2, shares=(0.5, 1.0)),
        pair(1, 3, shares=(0.3, 0.1), relation="excerpt"),
        pair(2, 3, shares=(0.6, 0.1), relation="excerpt"),
    )
    groups, _, _ = group_copies(found, documents(3, {1: 400, 2: 200, 3: 1000}))
    assert groups_of(groups) == [{1, 2}]


def test_a_page_with_the_heads_of_two_stories_is_a_digest_and_its_pairs_are_different() -> None:
    found = pairs(
        pair(1, 3, shares=(0.4, 0.2), relation="excerpt", span=(0, 80, 0, 80)),
        pair(2, 3, shares=(0.9, 0.2), relation="excerpt", span=(0, 80, 90, 170)),
    )
    groups, judged, digests = group_copies(found, documents(3))
    assert digests.to_list() == [3]
    assert groups_of(groups) == []
    assert judged.select("judgement", "relation").unique().rows() == [("different", "excerpt")]


def test_a_page_whose_passages_come_from_one_story_is_no_digest() -> None:
    found = pairs(
        pair(1, 2),
        pair(1, 3, shares=(0.4, 0.2), relation="excerpt", span=(0, 80, 0, 80)),
        pair(2, 3, shares=(0.4, 0.2), relation="excerpt", span=(0, 80, 90, 170)),
    )
    assert find_digests(found, documents(3)).is_empty()


def test_two_excerpts_of_one_page_do_not_make_it_a_digest_when_they_are_not_heads() -> None:
    found = pairs(
        pair(1, 2, shares=(0.2, 0.45), relation="excerpt", span=(0, 80, 90, 170)),
        pair(1, 3, shares=(0.2, 0.45), relation="excerpt", span=(100, 180, 120, 200)),
    )
    assert find_digests(found, documents(3)).is_empty()


def test_translations_join_groups_and_the_story_keeps_the_name_of_its_earliest_page() -> None:
    groups, _, _ = group_copies(pairs(pair(2, 3)), documents(4))
    links = pl.DataFrame({"left_id": [1], "right_id": [3]}, schema={"left_id": pl.UInt64, "right_id": pl.UInt64})
    joined = join_languages(groups, links, documents(4))
    assert groups_of(joined) == [{1, 2, 3}]
    assert joined.filter(pl.col("doc_id") == 3)["group_id"].item() == 1


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)).filter(lambda p: p[0] < p[1]), unique=True), st.randoms()
)
def test_the_order_of_pairs_changes_nothing(edges: list[tuple[int, int]], random: object) -> None:
    rows = [pair(a, b) if (a + b) % 3 else pair(a, b, shares=(0.3, 0.7), relation="excerpt") for a, b in edges]
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = group_copies(pairs(*rows), documents(8)), group_copies(pairs(*shuffled), documents(8))
    assert one[0].rows() == other[0].rows()


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)).filter(lambda p: p[0] < p[1]), unique=True))
def test_an_unrelated_document_changes_nothing(edges: list[tuple[int, int]]) -> None:
    rows = pairs(*(pair(a, b) for a, b in edges))
    without, _, _ = group_copies(rows, documents(8))
    with_it, _, _ = group_copies(rows, documents(9))
    assert with_it.filter(pl.col("doc_id") < 9).rows() == without.rows()
