"""What two texts of different languages share and lack, as a person is shown it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_anchors import OTHER, STORY

from syndetect import anchors
from syndetect.anchors import shared
from syndetect.anchors.features import BACK, MOST_POINTS, _chain
from syndetect.anchors.pairs import weigh_keys
from syndetect.anchors.shared import SharedMarks, best_chain, read_marks, share_marks

LANGUAGES = ("en", "ru", "ar", "zh", "he", "de", "xx", None)
PIECES = st.sampled_from(
    [
        *(sentence for text in (*STORY.values(), *OTHER.values()) for sentence in text.split("\n")),
        "في 30 سبتمبر 2018 قال دونالد ترامب في ألمانيا", "2018年9月30日，特朗普在德国说，48213人。",
        "ניו יורק 3.5 מיליון", "März 03/04/2026", "٣٫٥ مليون", "KTUU kept 12", "𝟙𝟚 🎉 5",
        "e\u0301 Ilden\u0301 7", "\n", ".",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=6).map(" ".join) | st.text(max_size=40)


def share(left: str, left_language: str | None, right: str, right_language: str | None) -> SharedMarks:
    found = read_marks(left, left_language, right, right_language)
    return share_marks((left, right), (left_language, right_language), found, None)


def story() -> SharedMarks:
    return share(STORY["en"], "en", STORY["ru"], "ru")


def test_a_date_is_one_line_not_three() -> None:
    (line,) = (mark for mark in story().shared if "September" in mark.left.text)
    assert (line.kind, line.left.text, line.right.text) == ("date", "September 30", "30 сентября")


def test_marks_of_a_translation_stand_in_order_and_those_of_another_story_hardly() -> None:
    same, other = story(), share(STORY["en"], "en", OTHER["ru"], "ru")
    assert sum(mark.in_order for mark in same.shared) >= 12
    assert sum(mark.in_order for mark in other.shared) < 4
    assert same.chain_weight > 10 * other.chain_weight


def test_what_has_no_counterpart_is_named_on_its_side() -> None:
    changed = STORY["ru"].replace("48 213", "48 999").replace("Германию", "Австрию")
    found = share(STORY["en"], "en", changed, "ru")
    lacking = [(m.kind, m.surface.text) for m in found.left_missing]
    assert [one for one in lacking if one[0] != "word"] == [("place", "Germany"), ("number", "48,213")]
    assert ("place", "Австрию") in [(m.kind, m.surface.text) for m in found.right_missing]
    assert ("number", "48 999") in [(m.kind, m.surface.text) for m in found.right_missing]


def test_another_day_of_a_month_they_share_is_missing_on_both_sides() -> None:
    found = share(STORY["en"], "en", STORY["ru"].replace("30 сентября", "29 сентября"), "ru")
    assert ("date", "September 30") in [(m.kind, m.surface.text) for m in found.left_missing]
    assert ("date", "29 сентября") in [(m.kind, m.surface.text) for m in found.right_missing]


def test_a_name_is_missed_for_its_capital_amid_a_sentence_and_not_at_the_beginning_of_one() -> None:
    text = "Yesterday nothing moved. Otherwise calm, said Okonkwo in the evening."
    missing = [mark.surface.text for mark in share(text, "en", "Ничего нового.", "ru").left_missing]
    assert missing == ["Okonkwo"]


@pytest.mark.parametrize("language", ["de", "lb"])
def test_no_noun_is_missed_where_all_have_capitals(language: str) -> None:
    text = "Gestern sprach der Vorstand über 17 Vorschläge."
    assert [mark.surface.text for mark in share(text, language, "Nothing.", "en").left_missing] == ["17"]
    assert not anchors.tells_names(text, language)


def test_names_in_katakana_and_latin_letters_are_missed_in_japanese_and_other_words_are_not() -> None:
    found = share("カバノー氏は昨日KTUUに語った。", "ja", "Nothing at all.", "en")
    assert [mark.surface.text for mark in found.left_missing] == ["カバノー", "KTUU"]


def test_what_is_left_out_at_the_end_is_not_covered() -> None:
    more = " ".join(f"Later in Vilnius clerk number {n} counted {n * 37} sheets of paper." for n in range(101, 121))
    found = share(f"{STORY['en']} {more}", "en", STORY["ru"], "ru")
    assert found.covered[1] == (0.0, 1.0)
    assert found.covered[0][0] == 0.0
    assert 0.1 < found.covered[0][1] < 0.5
    assert {mark.surface.text for mark in found.left_missing if mark.covered}.isdisjoint({"120", "4440"})
    assert {"120", "4440"} <= {mark.surface.text for mark in found.left_missing}


def test_three_marks_in_order_tell_nothing_of_what_is_covered_and_four_do() -> None:
    left, right = "Then 3001 and 4002 and 5003", "Потом 3001 и 4002 и 5003"
    tail = " and nobody else came to the great square of the old town on the hill" * 8
    assert share(left + tail, "en", right, "ru").covered == ((0.0, 1.0), (0.0, 1.0))
    assert share(f"{left}, 6004{tail}", "en", f"{right}, 6004", "ru").covered[0][1] < 0.5


def test_every_occurrence_is_listed_and_one_is_shown() -> None:
    (mark,) = share("777 and 777 and 777", "en", "777 или 777", "ru").shared
    assert (mark.left_all, mark.right_all) == ([(0, 3), (8, 11), (16, 19)], [(0, 3), (8, 11)])


def test_words_that_are_read_in_two_ways_and_stand_twice_are_one_line() -> None:
    found = share("Then Biden came. Later Biden left.", "en", "Puis Biden vint. Ensuite Biden partit.", "fr")
    assert [(mark.left.text, mark.right.text) for mark in found.shared] == [("Biden", "Biden")]


@pytest.mark.parametrize(("left", "right"), [("", ""), ("", "12 Trump"), ("12 Trump", "")])
def test_an_empty_text_shares_nothing(left: str, right: str) -> None:
    found = share(left, "en", right, None)
    assert (found.shared, found.chain_weight, found.covered) == ([], 0.0, ((0.0, 1.0), (0.0, 1.0)))
    assert found.usual_length_ratio is None


@settings(max_examples=80)
@given(TEXTS, st.sampled_from(LANGUAGES), TEXTS, st.sampled_from(LANGUAGES))
def test_laws_of_what_is_shared_and_what_is_missing(left: str, a: str | None, right: str, b: str | None) -> None:
    found = share(left, a, right, b)
    for text, surfaces in (
        (left, [*(m.left for m in found.shared), *(m.surface for m in found.left_missing)]),
        (right, [*(m.right for m in found.shared), *(m.surface for m in found.right_missing)]),
    ):
        # Every span cuts the words it names, and no word stands in two lines.
        assert all(text[one.start : one.end] == one.text != "" for one in surfaces)
        assert all(0 <= one.position <= 1 for one in surfaces)
    for side in ("left", "right"):
        spans = sorted((getattr(m, side).start, getattr(m, side).end) for m in found.shared)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
        assert all((getattr(m, side).start, getattr(m, side).end) in getattr(m, f"{side}_all") for m in found.shared)
        missing = {(m.surface.start, m.surface.end) for m in getattr(found, f"{side}_missing")}
        assert missing.isdisjoint(spans)
    assert found.shared == sorted(found.shared, key=lambda mark: mark.left.start)


@settings(max_examples=40)
@given(TEXTS, st.sampled_from(LANGUAGES), TEXTS, st.sampled_from(LANGUAGES))
def test_missing_marks_are_the_same_from_either_side(left: str, a: str | None, right: str, b: str | None) -> None:
    one, other = share(left, a, right, b), share(right, b, left, a)

    def told(marks: list[anchors.MissingMark]) -> list[tuple[str, str, int]]:
        return [(mark.kind, mark.surface.text, mark.surface.start) for mark in marks]

    assert told(one.left_missing) == told(other.right_missing)
    assert told(one.right_missing) == told(other.left_missing)


PLACES = st.floats(0, 4000, allow_nan=False).map(lambda x: round(x, 2))
POINTS = st.lists(st.tuples(PLACES, PLACES, st.floats(0, 8, allow_nan=False)), max_size=60, unique_by=lambda p: p[:2])


@settings(max_examples=150)
@given(POINTS)
def test_the_path_has_the_weight_that_the_judgement_gives_the_chain(rows: list[tuple[float, float, float]]) -> None:
    points = np.array([(*row, 0.0) for row in rows], np.float64).reshape(-1, 4)
    weight, path = best_chain(points[:, :3])
    order = np.argsort(points[:, 0] + 1e-6 * points[:, 1])
    room = (np.zeros(MOST_POINTS), np.zeros(MOST_POINTS, np.int64), np.zeros(MOST_POINTS, np.int64))
    expected, length, first, last = _chain(points, order, *room)
    assert (path[0], path[-1]) == (first, last) if path else first == last == -1
    assert weight == pytest.approx(expected)
    assert len(path) == length
    steps = points[path]
    assert (np.diff(steps[:, 0]) >= 0).all()
    assert (np.diff(steps[:, 1]) >= BACK).all()


def test_pairings_are_put_in_order_at_the_limit_and_counted_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = " ".join(str(n) for n in range(1001, 1011))
    for most, not_placed in ((10, 0), (9, 1)):
        monkeypatch.setattr(shared, "MOST_PLACED", most)
        found = share(numbers, "en", numbers, "ru")
        assert found.n_not_placed == not_placed
        assert len(found.shared) == 10


def _counts(marks: pl.DataFrame, pages: pl.DataFrame) -> anchors.Rarity:
    once = marks.join(pages, on="doc_id").group_by("key", "language").agg(pl.col("doc_id").n_unique().alias("n"))
    of_language = pages.group_by("language").agg(pl.len().alias("n"))
    return anchors.count_rarity(once.rename({"n": "n_documents"}), of_language.rename({"n": "n_documents"}))


def test_a_mark_weighs_what_it_weighs_in_the_judgement() -> None:
    rows = [(i, "en" if i % 3 else "ru", (STORY, OTHER)[i % 2]["en" if i % 3 else "ru"]) for i in range(40)]
    schema = {"doc_id": pl.UInt64, "language": pl.String, "story_text": pl.String}
    pages = pl.DataFrame(rows, schema=schema, orient="row")
    marks = anchors.extract_anchors(pages)
    rarity = _counts(marks, pages.select("doc_id", "language"))
    weighed = weigh_keys(marks, pages)
    assert weighed.height > 100
    for key, language, weight in weighed.select("key", "language", "weight").iter_rows():
        # A row without a key is what an uncounted one weighs.
        assert rarity.weight(1 if key is None else key, language) == pytest.approx(weight)


def test_counts_of_one_language_under_two_codes_are_added() -> None:
    counts = pl.DataFrame({"key": [5, 5, 5], "language": ["iw", "he", None], "n_documents": [2, 3, 4]})
    pages = pl.DataFrame({"language": ["iw", "he", None], "n_documents": [10, 20, 30]})
    rarity = anchors.count_rarity(counts, pages)
    assert rarity.in_all == {5: 9}
    assert rarity.pages == {"he": 30, "": 30}
    assert rarity.weight(5, "he") == rarity.weight(5, "iw-IL")


def test_a_mark_that_no_page_was_counted_with_weighs_as_if_one_were() -> None:
    rarity = anchors.count_rarity(
        pl.DataFrame({"key": [5], "language": ["en"], "n_documents": [1]}),
        pl.DataFrame({"language": ["en"], "n_documents": [100]}),
    )
    assert rarity.weight(6, "en") == rarity.weight(5, "en")
    assert math.isfinite(rarity.weight(6, "xx"))
