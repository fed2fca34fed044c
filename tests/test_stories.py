"""Groups of copies, digests, stories: what joins and what must stay apart."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.stories import PASSAGES, group_copies, join_languages
from syndetect.stories.graph import name_components
from syndetect.stories.parts import _claim

PAIR = pl.Schema(
    {
        "left_id": pl.UInt64(), "right_id": pl.UInt64(), "judgement": pl.String(), "relation": pl.String(),
        "similarity": pl.Float64(), "left_containment": pl.Float64(), "right_containment": pl.Float64(),
        "passages": PASSAGES,
    }
)  # fmt: skip
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def documents(n: int, words: dict[int, int] | None = None) -> pl.DataFrame:
    """Documents 1..n, one an hour, 400 words unless said otherwise."""
    rows = [(i, (words or {}).get(i, 400), NOON + dt.timedelta(hours=i)) for i in range(1, n + 1)]
    return pl.DataFrame(
        rows, schema={"doc_id": pl.UInt64, "n_words": pl.Int32, "at": pl.Datetime("us", "UTC")}, orient="row"
    )


def pair(left: int, right: int, *, shares: tuple[float, float] = (1.0, 1.0), relation: str = "near-duplicate",
         span: tuple[int, int, int, int] = (0, 400, 0, 400)) -> tuple[object, ...]:  # fmt: skip
    return (left, right, "same", relation, 0.8, *shares, [span])


def pairs(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=PAIR, orient="row")


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
        pair(1, 3, shares=(0.2, 0.2), relation="excerpt", span=(0, 80, 0, 80)),
        pair(2, 3, shares=(0.9, 0.2), relation="excerpt", span=(0, 80, 90, 170)),
    )
    groups, judged, digests = group_copies(found, documents(3, {2: 90}))
    assert digests.to_list() == [3]
    assert groups_of(groups) == []
    assert judged.select("judgement", "relation").unique().rows() == [("different", "excerpt")]


def test_a_page_whose_passages_come_from_one_story_is_no_digest() -> None:
    found = pairs(
        pair(1, 2),
        pair(1, 3, shares=(0.4, 0.2), relation="excerpt", span=(0, 80, 0, 80)),
        pair(2, 3, shares=(0.4, 0.2), relation="excerpt", span=(0, 80, 90, 170)),
    )
    assert group_copies(found, documents(3))[2].is_empty()


def test_two_excerpts_of_one_page_do_not_make_it_a_digest_when_they_are_not_heads() -> None:
    found = pairs(
        pair(1, 2, shares=(0.2, 0.45), relation="excerpt", span=(0, 80, 90, 170)),
        pair(1, 3, shares=(0.2, 0.45), relation="excerpt", span=(100, 180, 120, 200)),
    )
    assert group_copies(found, documents(3))[2].is_empty()


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


# Pages made of runs of words, so that pairs with their passages follow from what the pages are made of.


def simulation() -> ModuleType:
    path = Path(__file__).resolve().parent.parent / "benchmarks" / "grouping.py"
    spec = importlib.util.spec_from_file_location("grouping_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SIMULATION = simulation()
Run = tuple[int, int, int]


def grouped(*pages: list[Run], times: bool = True, order: list[int] | None = None) -> tuple[list[set[int]], set[int]]:
    """Groups of two and more, and digests, of pages 1.. (the earliest first), each a list of (text, from, to)."""
    numbers = order or list(range(1, len(pages) + 1))
    rows = []
    for number, page in zip(numbers, pages, strict=True):
        place = 0
        for text, begin, end in page:
            rows.append((number, text, begin, end, place))
            place += end - begin
    words = np.zeros(max(numbers) + 1, np.int64)
    words[numbers] = [sum(end - begin for _, begin, end in page) for page in pages]
    segments = pl.DataFrame(rows, schema=["page", "text", "begin", "end", "at"], orient="row")
    found = SIMULATION.judge(SIMULATION.find_pairs(segments), words, np.zeros(len(words)))
    about = [(n, int(words[n]), NOON + dt.timedelta(hours=i) if times else None) for i, n in enumerate(numbers)]
    schema = pl.Schema({"doc_id": pl.Int64(), "n_words": pl.Int32(), "at": pl.Datetime("us", "UTC")})
    groups, _, digests = group_copies(found, pl.DataFrame(about, schema=schema, orient="row"))
    place_of = {number: i + 1 for i, number in enumerate(numbers)}
    named = [{place_of[doc_id] for doc_id in group} for group in groups_of(groups)]
    return sorted(named, key=min), {place_of[doc_id] for doc_id in digests.to_list()}


def item(text: int, begin: int = 0, end: int = 400) -> list[Run]:
    return [(text, begin, end)]


FIVE = [item(text) for text in range(1, 6)]
HEADS = [(text, 0, 80) for text in range(1, 6)]
WHOLE = [(text, 0, 400) for text in range(1, 6)]
MIDDLES = [(text, 150, 230) for text in range(1, 6)]
RUNNING = [run for text in range(1, 6) for run in ((text, 150, 210), (50 + text, 0, 60))]
SHORT = [item(text, 0, 40) for text in range(1, 6)]


@pytest.mark.parametrize("times", [True, False])
@pytest.mark.parametrize(
    ("items", "digest"),
    [
        (FIVE, HEADS), (FIVE, WHOLE), (FIVE, MIDDLES), (FIVE, RUNNING), (SHORT, HEADS),
        ([item(text) for text in range(1, 21)], [(text, 0, 60) for text in range(1, 21)]),
        ([item(1), item(2)], [(1, 0, 400), (2, 0, 400)]),
    ],
)  # fmt: skip
def test_a_digest_joins_none_of_its_items(items: list[list[Run]], digest: list[Run], times: bool) -> None:
    assert grouped(*items, digest, times=times)[0] == []
    assert grouped(digest, *items, times=times)[0] == []


@pytest.mark.parametrize("digest", [HEADS, WHOLE])
def test_copies_of_a_digest_are_one_group_and_join_none_of_its_items(digest: list[Run]) -> None:
    groups, digests = grouped(*FIVE, *FIVE, digest, digest, digest)
    assert groups == [{1, 6}, {2, 7}, {3, 8}, {4, 9}, {5, 10}, {11, 12, 13}]
    assert digests == {11, 12, 13}


def test_an_excerpt_of_a_quarter_joins_its_page() -> None:
    assert grouped(item(1), item(1, 0, 100), item(1, 300, 400), item(1))[0] == [{1, 2, 3, 4}]


def test_of_two_excerpts_apart_one_stays_where_neither_times_nor_copies_speak_for_their_page() -> None:
    assert grouped(item(1), item(1, 0, 100), item(1, 300, 400), times=False) == ([{1, 2}], set())


def test_a_page_that_holds_a_whole_article_joins_it_and_no_second_one_that_it_holds() -> None:
    assert grouped(item(1), [(9, 0, 300), (1, 0, 400), (9, 300, 600)])[0] == [{1, 2}]
    two = [(1, 0, 400), (9, 0, 100), (2, 0, 100)]
    assert grouped(item(1), item(2, 0, 100), two)[0] == [{1, 3}]


def test_edits_of_edits_are_one_story() -> None:
    # Each edition drops a tenth of the one before and adds as much.
    editions = [[(1, 40 * n, 400), (10 + n, 0, 40 * n)] if n else item(1) for n in range(4)]
    assert grouped(*editions)[0] == [{1, 2, 3, 4}]


def test_a_page_that_grew_by_another_item_of_its_story_stays_in_it() -> None:
    assert grouped(item(1), [(1, 0, 400), (2, 0, 150)], [(1, 0, 400), (2, 0, 300)])[0] == [{1, 2, 3}]


def test_a_page_between_two_texts_in_equal_parts_joins_neither() -> None:
    assert grouped(item(1), item(2), [(1, 0, 200), (2, 0, 200)])[0] == []


def test_a_chain_of_templates_whose_ends_share_little_is_cut() -> None:
    chain = [pair(n, n + 1) for n in range(1, 20)]
    loose = [(*row[:4], 0.72, *row[5:]) for row in chain]
    groups, judged, _ = group_copies(pairs(*loose), documents(20))
    assert groups_of(groups) == []
    cut = judged.filter(pl.col("not_joined") == "a link of a chain whose ends share little")
    assert cut["judgement"].unique().to_list() == ["unsure"]
    firm = [(*row[:4], 0.9, *row[5:]) for row in chain]
    assert groups_of(group_copies(pairs(*firm), documents(20))[0]) == [set(range(1, 21))]


def test_a_story_around_one_page_keeps_its_looser_copies() -> None:
    star = [(*pair(1, n)[:4], 0.72, *pair(1, n)[5:]) for n in range(2, 12)]
    tail = [(*pair(n, n + 1)[:4], 0.72, *pair(n, n + 1)[5:]) for n in range(11, 16)]
    assert groups_of(group_copies(pairs(*star, *tail), documents(16))[0]) == [set(range(1, 12))]


def test_a_cut_pair_keeps_its_relation_and_says_why() -> None:
    found = pairs(
        pair(1, 2, shares=(1.0, 0.8), span=(0, 400, 0, 400)),
        pair(2, 3, shares=(0.2, 1.0), relation="excerpt", span=(400, 500, 0, 100)),
    )
    _, judged, _ = group_copies(found, documents(3, {2: 500, 3: 100}))
    assert judged.select("judgement", "relation", "not_joined").row(1) == (
        "unsure", "excerpt", "the two parts share no other text",
    )  # fmt: skip
    assert judged["not_joined"][0] is None


@given(st.permutations(range(1, 9)), st.booleans())
def test_ids_change_nothing_where_times_tell_pages_apart(order: list[int], digest: bool) -> None:
    last = HEADS if digest else [(1, 0, 90), (9, 0, 200)]
    pages = [*FIVE, item(1, 0, 200), item(2, 10, 400), last]
    assert grouped(*pages, order=list(order)) == grouped(*pages)


@pytest.mark.parametrize("wrong", [0.0, 0.1, None])
def test_few_copies_are_lost_and_no_stories_chained_in_a_made_up_world(wrong: float | None) -> None:
    figures, floor, _ = SIMULATION.run(400, 3, wrong=wrong)
    assert figures["stories wrongly joined"] == 0
    assert floor["stories wrongly joined"] > 0.5
    assert figures["copy joined"] > 0.99
    assert figures["excerpt joined"] > 0.97


@pytest.mark.parametrize("times", [True, False])
def test_a_quotation_that_makes_up_most_of_a_short_excerpt_joins_no_second_story(times: bool) -> None:
    quoting = [(1, 0, 100), (9, 0, 55), (1, 100, 400)]
    excerpt = [(1, 90, 100), (9, 0, 55), (1, 100, 130)]
    other = [(2, 0, 200), (9, 0, 55), (2, 200, 400)]
    groups, _ = grouped(quoting, excerpt, other, other, times=times)
    assert groups == [{1, 2}, {3, 4}]


def test_a_page_that_holds_an_excerpt_for_its_quotation_joins_not_the_story_of_the_excerpt() -> None:
    quoting = [(1, 0, 100), (9, 0, 60), (1, 100, 400)]
    other = [(2, 0, 100), (9, 0, 60), (2, 100, 400)]
    groups, _ = grouped(quoting, quoting, [(9, 0, 60), (1, 100, 108)], other)
    assert groups == [{1, 2, 3}]


@pytest.mark.parametrize("times", [True, False])
def test_a_digest_of_a_digest_hides_not_that_the_larger_one_is_a_digest(times: bool) -> None:
    larger = [(1, 0, 370), (2, 0, 370)]
    smaller = [(8, 0, 12), (1, 206, 284), (2, 241, 319)]
    # Of the items two regions apart are known, so that these are in question as well.
    heads = [(7, 0, 40), (1, 0, 90), (2, 0, 90)]
    groups, digests = grouped(item(1, 0, 370), item(2, 0, 370), smaller, heads, larger, times=times)
    assert not any({1, 2} <= group for group in groups)
    assert 5 in digests


@pytest.mark.parametrize("times", [True, False])
def test_a_story_with_many_copies_stays_whole_where_two_excerpts_cover_it(times: bool) -> None:
    # The copies differ too much to be near-equal to each other: each has a fifth of its own, in the middle.
    copies = [[(1, 0, 220), (20 + n, 0, 130), (1, 220, 440)] for n in range(12)]
    groups, digests = grouped(*copies, item(1, 0, 215), item(1, 225, 440), times=times)
    assert groups == [set(range(1, 15))]
    assert digests == set()


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_components_are_named_by_their_least_row(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    n, edges = drawn
    slow = list(range(n))
    for _ in range(n):
        for a, b in edges:
            slow[a] = slow[b] = min(slow[a], slow[b])
    left, right = np.array(edges, np.int64).reshape(-1, 2).T
    assert name_components(n, left, right).tolist() == slow


@given(st.lists(st.tuples(st.integers(0, 299), st.integers(1, 200)), max_size=6))
def test_regions_are_the_same_tokens_as_a_loop_marks(spans: list[tuple[int, int]]) -> None:
    marked = {t for begin, length in spans for t in range(begin, begin + length)}
    rows = np.array([(0, 0, begin, begin + length) for begin, length in spans], np.int32).reshape(-1, 4)
    bits, zero = np.full(8, 2**64 - 1, np.uint64), np.zeros(1, np.int64)
    found = _claim(0, 1, zero, zero + 1, np.array([0, len(spans)]), rows, np.ones(1, np.bool_), bits)
    assert found == (len(marked), max(marked) + 1 - min(marked) if marked else 0)
    assert {64 * word + bit for word in range(8) for bit in range(64) if int(bits[word]) >> bit & 1} == marked
