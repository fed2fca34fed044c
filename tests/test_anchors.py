from __future__ import annotations

import datetime as dt
import json
from itertools import combinations
from operator import itemgetter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from syndetect import anchors
from syndetect.anchors import sounds
from syndetect.anchors.decide import SHORT
from syndetect.anchors.features import BACK, COMMON, DRIFT, JUMP, LOOK_BACK, NEAR, _chain
from syndetect.anchors.joint import join_neighbours, joint_key
from syndetect.anchors.judge import score_alone
from syndetect.anchors.margins import BESIDE, beside, with_common
from syndetect.anchors.pairs import language_code, pair_features
from syndetect.anchors.rarity import STEP, count_keys
from syndetect.anchors.tables import characters, transliteration_han
from syndetect.anchors.weights import load_weights, prior_logits
from syndetect.schema import ANCHOR, JUDGED_PAIR, TIME

CASES = Path(__file__).parent / "cases"

STORY = {
    "en": "Robert Hamilton, 45, told Reuters in Singapore on Sunday that Westfield paid $3.5 million "
    "to 1,200 workers.\n"
    "On September 30, 2018 the president Donald Trump went to Germany with Margaret Sullivan and 17 ministers.\n"
    "About 62.5 percent of the voters in Vladivostok backed Natalia Petrova, who won 48,213 votes.",
    "ru": "Роберт Хэмилтон, 45 лет, сообщил в воскресенье Рейтер в Сингапуре, что Вестфилд заплатил 3,5 млн долларов "
    "1200 рабочим.\n30 сентября 2018 года президент Дональд Трамп поехал в Германию с Маргарет Салливан и "
    "17 министрами.\n"
    "Около 62,5 процента избирателей во Владивостоке поддержали Наталью Петрову, набравшую 48 213 голосов.",
}
OTHER = {
    "en": "The harvest in Tuscany begins early this year, said Giovanni Bellini, whose 12 hectares lie near Lucca.\n"
    "Prices rose by 7.3 percent in August, and 2,900 tonnes had been sold by Thursday.",
    "ru": "В пятницу в Казани открылся музей, куда пришли 640 человек.\nДиректор Ильдар Хасанов обещал 25 новых залов "
    "к 2021 году и потратил 9,1 млрд рублей.",
}


def _lines(name: str) -> list[list[str]]:
    text = (CASES / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def _documents(*rows: tuple[int, str | None, str]) -> pl.DataFrame:
    schema = {"doc_id": pl.UInt64, "language": pl.String, "story_text": pl.String}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _pages() -> pl.DataFrame:
    rows = [(STORY, "en"), (STORY, "ru"), (OTHER, "en"), (OTHER, "ru")]
    return _documents(*((i + 1, language, texts[language]) for i, (texts, language) in enumerate(rows)))


def _where(pages: pl.DataFrame, times: dict[int, str] | None = None) -> pl.DataFrame:
    when = pl.Series([(times or {}).get(i) for i in pages["doc_id"]], dtype=pl.String).str.to_datetime(time_zone="UTC")
    return pages.select("doc_id", "language").with_columns(
        when.cast(TIME).alias("published_from"), when.cast(TIME).alias("published_to")
    )


def _find(
    marks: pl.DataFrame, pages: pl.DataFrame, times: dict[int, str] | None = None, **limits: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    ids = pages["doc_id"].sort()
    return anchors.find_candidates(anchors.pack_marks(marks, ids), _where(pages, times), **limits)[:2]


def _keys(keys: list[list[int]]) -> pl.DataFrame:
    """Marks of pages 1, 2, ... that have these keys."""
    rows = [(page + 1, key, 1, 0.08 * at, at, at + 1) for page, own in enumerate(keys) for at, key in enumerate(own)]
    return pl.DataFrame(rows, schema=dict(ANCHOR), orient="row")


@pytest.mark.parametrize("case", _lines("anchor_values.txt"), ids=lambda case: case[0])
def test_a_mark_is_the_same_in_both_languages(case: list[str]) -> None:
    _, language_a, text_a, kind, language_b, text_b = case
    marks = anchors.extract_anchors(_documents((1, language_a, text_a), (2, language_b, text_b)))
    number = next(number for number, name in anchors.KINDS.items() if name == kind)
    left = marks.filter((pl.col("doc_id") == 1) & (pl.col("kind") == number))
    assert set(left["key"]) & set(marks.filter(pl.col("doc_id") == 2)["key"])


@pytest.mark.parametrize("case", _lines("anchor_nothing_shared.txt"), ids=lambda case: case[0])
def test_these_share_nothing(case: list[str]) -> None:
    _, language_a, text_a, language_b, text_b = case
    assert anchors.shared_anchors(text_a, language_a, text_b, language_b) == []


def test_anchors_have_the_schema_and_their_spans_the_words() -> None:
    text = "Ётот 2,5 млн в Германии"
    marks = anchors.extract_anchors(_documents((7, "ru", text)))
    assert dict(marks.schema) == dict(ANCHOR)
    words = [text.encode()[a:b].decode() for a, b in marks.select("span_start", "span_end").iter_rows()]
    assert {"2,5 млн", "Германии"} <= set(words)


def test_no_documents_no_text_and_no_language_give_no_error() -> None:
    assert anchors.extract_anchors(_documents()).is_empty()
    marks = anchors.extract_anchors(_documents((1, None, ""), (2, "xx", "5 Trump"), (3, None, "5 Trump")))
    assert marks.filter(pl.col("doc_id") == 2)["key"].to_list() == marks.filter(pl.col("doc_id") == 3)["key"].to_list()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_a_document_gives_the_same_anchors_alone_and_among_others(texts: list[str]) -> None:
    rows = [(i, "ru" if i % 2 else "zh", text) for i, text in enumerate(texts)]
    together = anchors.extract_anchors(_documents(*rows))
    alone = [anchors.extract_anchors(_documents(row)) for row in rows]
    assert together.equals(pl.concat([pl.DataFrame(schema=ANCHOR), *alone]))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_spans_lie_in_the_text_in_whole_characters(text: str) -> None:
    raw = text.encode()
    marks = anchors.extract_anchors(_documents((1, "en", text)))
    for a, b in marks.select("span_start", "span_end").iter_rows():
        assert 0 <= a < b <= len(raw)
        raw[a:b].decode()


def test_a_skeleton_is_what_the_docstring_says() -> None:
    char = characters()

    def skeletons(word: str, *, latin: bool) -> set[int]:
        points = np.array([ord(c) for c in word], np.uint32)
        out = np.zeros(64, np.uint8)
        n, _ = sounds.spell(points, 0, len(points), char.sound_from, char.sounds, out)
        return {int(sounds.skeleton(out, n, latin, variant)[0]) for variant in range(3)}

    def code(letters: str) -> int:
        return int("".join(str("_ABTKSRMNH".index(c)) for c in letters))

    assert code("TRNB") in skeletons("Trump", latin=True) & skeletons("特朗普", latin=False)
    assert code("RBT") in skeletons("Robert", latin=True) & skeletons("ロバート", latin=False)
    assert code("KBN") in skeletons("Kavanaugh", latin=True) & skeletons("卡瓦诺", latin=False)


def test_the_character_of_the_genitive_spells_no_names() -> None:
    assert "的" not in transliteration_han()


def test_shared_anchors_names_both_surfaces() -> None:
    shared = anchors.shared_anchors(STORY["en"], "en", STORY["ru"], "ru")
    assert ("number", "3.5 million", "3,5 млн") in shared
    assert ("date", "September 30", "30 сентября") in shared
    assert ("name", "Sullivan", "Салливан") in shared
    assert ("number", "48,213", "48 213") in shared


def test_a_translation_is_found_and_two_pages_of_one_language_are_never_paired() -> None:
    pages = _pages()
    pairs, skipped = _find(anchors.extract_anchors(pages), pages)
    assert pairs.select("left_id", "right_id").rows()[0] == (1, 2)
    assert (1, 3) not in pairs.select("left_id", "right_id").rows()
    assert skipped.is_empty()


def test_candidates_do_not_depend_on_the_order_of_rows() -> None:
    pages = _pages()
    first, _ = _find(anchors.extract_anchors(pages), pages)
    second, _ = _find(anchors.extract_anchors(pages.reverse()), pages.reverse())
    assert first.equals(second)


def test_a_key_is_followed_at_the_limit_and_skipped_and_listed_above_it() -> None:
    marks = _keys([[5, 6]] * 4)
    pages = pl.DataFrame({"doc_id": [1, 2, 3, 4], "language": ["en", "en", "ru", "ru"]})
    at, none = _find(marks, pages, max_postings=4, max_joint=0)
    above, skipped = _find(marks, pages, max_postings=3, max_joint=0)
    assert (len(at), len(none.filter(~pl.col("joint"))), len(above)) == (4, 0, 0)
    assert skipped.filter(~pl.col("joint")).select("key", "n_documents").rows() == [(6, 4)]


def test_a_joint_key_is_followed_at_the_limit_and_skipped_and_listed_above_it() -> None:
    marks = _keys([[5, 6]] * 4)
    pages = pl.DataFrame({"doc_id": [1, 2, 3, 4], "language": ["en", "en", "ru", "ru"]})
    at, none = _find(marks, pages, max_postings=0, max_joint=2)
    above, skipped = _find(marks, pages, max_postings=0, max_joint=1)
    assert (len(at), len(none.filter("joint")), len(above)) == (4, 0, 0)
    joint = skipped.filter("joint").select("key", "n_documents")
    assert joint.rows() == [(int(joint_key(np.uint64(5), np.uint64(6))), 4)]


def test_pages_outside_the_window_cost_a_page_nothing() -> None:
    marks = _keys([[5, 6]] * 6)
    pages = pl.DataFrame({"doc_id": range(1, 7), "language": ["en", "ru"] * 3})
    times = {i: f"{2000 + (i + 1) // 2}-01-01T00:00:00" for i in range(1, 7)}
    near, none = _find(marks, pages, times, max_postings=2)
    assert near.select("left_id", "right_id").rows() == [(1, 2), (3, 4), (5, 6)]
    assert none.is_empty()


def test_pages_are_compared_at_the_window_and_not_past_it_and_always_without_a_time() -> None:
    pages = _pages().head(2)
    marks = anchors.extract_anchors(pages)
    first = "2020-01-01T00:00:00"
    for second, n in (("2020-03-01T00:00:00", 1), ("2020-03-01T00:00:01", 0), (None, 1)):
        times = {1: first} | ({2: second} if second else {})
        assert len(_find(marks, pages, times, window_days=60)[0]) == n


PAGE = st.tuples(
    st.lists(st.integers(1, 8), unique=True, max_size=6),
    st.sampled_from(["en", "ru", "zh"]),
    st.none() | st.tuples(st.integers(0, 150), st.sampled_from([0, 1, 59, 61, 400])),
)


def _plain_candidates(
    drawn: list[tuple[list[int], str, tuple[int, int] | None]], weights: dict[tuple[int, str], float], most: int, k: int
) -> set[tuple[int, int]]:
    """Each page against each, as the docstring of find_candidates says it; pages are days from..from + length."""
    n = len(drawn)

    def near(a: int, b: int) -> bool:
        one, other = drawn[a][2], drawn[b][2]
        return not one or not other or (one[0] <= sum(other) + 60 and other[0] <= sum(one) + 60)

    pairs = set()
    for a, (keys, language, _) in enumerate(drawn):
        read, shared = 0, {b: list[int]() for b in range(n) if drawn[b][1] != language and near(a, b)}
        for key in sorted(keys, key=lambda key: (-weights[key, language], key)):
            holders = [b for b in shared if key in drawn[b][0]]
            if read + len(holders) <= most:
                read += len(holders)
                for b in holders:
                    shared[b].append(key)

        def rank(
            b: int, own: str = language, shared: dict[int, list[int]] = shared, here: list[int] = keys
        ) -> tuple[float, int]:
            total, languages = 0.0, {key: {one[1] for one in drawn if key in one[0]} for key in drawn[b][0]}
            norm = sum(weights[key, drawn[b][1]] ** 2 for key in drawn[b][0] if len(languages[key]) > 1)
            for key in set(here) & set(drawn[b][0]):
                far = abs(drawn[b][0].index(key) - here.index(key)) > 1
                total += (weights[key, own] + weights[key, drawn[b][1]]) ** 2 / 4 * (0.7 if far else 1.0)
            return -round(total / max(norm, 1) ** 0.5, 3), b

        found = sorted((b for b in shared if len(shared[b]) >= 2), key=rank)
        pairs |= {(min(a, b) + 1, max(a, b) + 1) for b in found[:k]}
    return pairs


@settings(max_examples=60, deadline=None)
@given(st.lists(PAGE, min_size=2, max_size=9), st.sampled_from([2, 5, 100]), st.sampled_from([1, 2, 20]))
def test_candidates_are_those_of_the_plain_loop(
    drawn: list[tuple[list[int], str, tuple[int, int] | None]], most: int, k: int
) -> None:
    # Spans longer than the window stand with the pages without a time: they are read, so the loop may not count them.
    if most < 100:
        drawn = [(keys, language, when if when and when[1] <= 1 else None) for keys, language, when in drawn]
    marks = _keys([keys for keys, _, _ in drawn])
    pages = pl.DataFrame({"doc_id": range(1, len(drawn) + 1), "language": [language for _, language, _ in drawn]})
    where = pages.with_columns(
        pl.Series(name, [day(when) for _, _, when in drawn], dtype=pl.Datetime("us")).cast(TIME)
        for name, day in (("published_from", _first_day), ("published_to", _last_day))
    )
    packed = anchors.pack_marks(marks, pages["doc_id"].cast(pl.UInt64))
    found, _, searched = anchors.find_candidates(packed, where, max_postings=most, max_joint=0, best=k)
    known = searched.key_weights(marks["key"]).drop_nulls("key")
    weights = {(key, language): weight for key, language, weight in known.iter_rows()}
    assert set(found.select("left_id", "right_id").rows()) == _plain_candidates(drawn, weights, most, k)
    threaded = anchors.find_candidates(packed, where, max_postings=most, max_joint=0, best=k, threads=3)
    assert found.equals(threaded[0])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.lists(st.integers(0, 9), max_size=8), st.integers(0, 2)), min_size=1, max_size=8),
    st.sampled_from([1, 3, 256]),
    st.integers(1, 3),
)
def test_keys_counted_some_at_a_time_are_those_of_the_plain_loop(
    drawn: list[tuple[list[int], int]], parts_at_once: int, threads: int
) -> None:
    far = [0, 1, 2**56 - 1, 2**56, 2**57 + 5, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1]
    drawn = [([far[key] for key in keys], language) for keys, language in sorted(drawn, key=itemgetter(1))]
    marks = anchors.pack_marks(_keys([keys for keys, _ in drawn]), pl.Series(range(1, len(drawn) + 1), dtype=pl.UInt64))
    languages = np.array([language for _, language in drawn], np.int32)
    rarity, holding = count_keys(marks, np.arange(len(drawn)), languages, threads=threads, parts_at_once=parts_at_once)
    expected: dict[int, dict[int, list[int]]] = {}
    for slot, (keys, language) in enumerate(drawn):
        for key in set(keys):
            expected.setdefault(key, {}).setdefault(language, []).append(slot)
    assert rarity.keys.tolist() == sorted(expected)
    assert np.diff(rarity.holdings).tolist() == [len(expected[key]) for key in sorted(expected)]
    held = [(key, language) for key in sorted(expected) for language in sorted(expected[key])]
    assert list(zip(rarity.keys[rarity.key_of].tolist(), rarity.languages.tolist(), strict=True)) == held
    assert rarity.sizes.tolist() == [len(expected[key][language]) for key, language in held]
    for h, (key, language) in enumerate(held):
        slots = rarity.slots[rarity.postings[h] : rarity.postings[h + 1]].tolist()
        assert slots == (expected[key][language] if len(expected[key]) > 1 else [])
    of_row = [held[h] for h in holding.tolist()]
    slots_of_rows = np.repeat(np.arange(len(drawn)), np.diff(marks.offsets)).tolist()
    assert of_row == [(key, drawn[slot][1]) for key, slot in zip(marks.keys.tolist(), slots_of_rows, strict=True)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.lists(st.integers(1, 6), max_size=8), st.integers(0, 2)), min_size=1, max_size=6),
    st.integers(1, 3),
)
def test_joint_keys_are_those_of_the_plain_loop(drawn: list[tuple[list[int], int]], further: int) -> None:
    marks = anchors.pack_marks(_keys([keys for keys, _ in drawn]), pl.Series(range(1, len(drawn) + 1), dtype=pl.UInt64))
    wanted = marks.keys != 6
    expected: list[set[tuple[int, int]]] = []
    for keys, _ in drawn:
        row = [key for key in keys if key != 6]
        joined = [(one, [other for other in row[i + 1 :] if other != one][:further]) for i, one in enumerate(row)]
        expected.append({(min(one, other), max(one, other)) for one, others in joined for other in others})
    languages = np.array([language for _, language in drawn], np.int32)
    made = join_neighbours(marks, wanted, languages, further=further)
    code = {
        (a, b): int(joint_key(np.uint64(b), np.uint64(a))) for a in range(1, 7) for b in range(a + 1, 7)
    }  # either way round
    for page, pairs in enumerate(expected):
        found = made.keys[made.offsets[page] : made.offsets[page + 1]].tolist()
        holders = {pair: {int(languages[i]) for i, other in enumerate(expected) if pair in other} for pair in pairs}
        assert found == sorted(found)
        assert {code[pair] for pair in pairs if len(holders[pair]) > 1} <= set(found) <= {code[pair] for pair in pairs}


def test_pages_whose_keys_are_all_too_common_meet_by_those_that_stand_side_by_side() -> None:
    rows = [[5, 6, 7, 8], [5, 7, 6, 8], [6, 5, 8, 7], [7, 5, 8, 6], [5, 6, 7, 8]]
    marks = _keys(rows)
    pages = pl.DataFrame({"doc_id": range(1, 6), "language": ["en", "en", "en", "en", "ru"]})
    alone, _ = _find(marks, pages, max_postings=1, max_joint=0)
    joined, _ = _find(marks, pages, max_postings=0, max_joint=20, best=1)
    assert alone.filter(pl.col("left_id") == 2).is_empty()
    assert (1, 5) in joined.select("left_id", "right_id").rows()


def _first_day(when: tuple[int, int] | None) -> dt.datetime | None:
    return dt.datetime(2020, 1, 1) + dt.timedelta(days=when[0]) if when else None


def _last_day(when: tuple[int, int] | None) -> dt.datetime | None:
    return dt.datetime(2020, 1, 1) + dt.timedelta(days=sum(when)) if when else None


def test_keys_weigh_what_counting_by_joins_says() -> None:
    pages = pl.concat([_pages(), _documents((7, "de", "5 Trump"), (9, "nb", ""), (11, "no", "Trump"))])
    marks = anchors.extract_anchors(pages)
    _, _, searched = anchors.find_candidates(anchors.pack_marks(marks, pages["doc_id"]), _where(pages))
    found = searched.key_weights(marks["key"]).sort("key", "language")
    counted = anchors.weigh_keys(marks, pages).sort("key", "language")
    assert_frame_equal(found, counted)
    rows = pl.DataFrame({"key": searched.marks.keys, "weight": STEP * searched.steps})
    rows = rows.with_columns(doc_id=pl.Series(np.repeat(searched.marks.ids, np.diff(searched.marks.offsets))))
    assert_frame_equal(
        rows.join(pages.select("doc_id", language=language_code()), on="doc_id")
        .join(counted.rename({"weight": "counted"}), on=["key", "language"])
        .select(weight="counted"),
        rows.select("weight"),
        check_row_order=False,
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 6)), unique=True, max_size=20))
def test_the_chain_is_that_of_the_plain_loop(rows: list[tuple[int, int, int]]) -> None:
    rows.sort(key=lambda row: row[0] + 1e-6 * row[1])
    points = np.zeros((512, 4))
    points[: len(rows), :3] = np.array(rows, np.float64).reshape(-1, 3)
    best = 0.0
    scores: list[float] = []
    for i, (x, y, weight) in enumerate(rows):
        before = [0.0]
        for j in range(max(0, i - LOOK_BACK), i):
            dx, dy = x - rows[j][0], y - rows[j][1]
            if not ((dx < 1 and dy > BACK) or dy < BACK or abs(dy) < 1):
                apart = abs(dx - dy) / (NEAR + DRIFT * max(dx, dy))
                before.append(scores[j] - min(JUMP, 2 * apart**2))
        scores.append(weight - COMMON + max(before))
        best = max(best, scores[-1])
    found, *_ = _chain(points, np.arange(len(rows)), np.zeros(512), np.zeros(512, np.int64), np.zeros(512, np.int64))
    assert found == pytest.approx(best)


def _judge(pages: pl.DataFrame, n_store_pages: int = 100) -> pl.DataFrame:
    marks = anchors.extract_anchors(pages)
    pairs, _ = _find(marks, pages)
    marked = anchors.Marked(marks, anchors.measure(pages))
    return anchors.between_groups(anchors.judge_translations(pairs, marked, n_store_pages=n_store_pages))


def test_a_translation_is_judged_the_same_and_unrelated_pages_are_not() -> None:
    judged = _judge(_pages())
    assert dict(judged.schema) == dict(JUDGED_PAIR)
    assert judged.filter(pl.col("judgement") == "same").select("left_id", "right_id", "relation").rows() == [
        (1, 2, "translation")
    ]
    evidence = json.loads(judged.row(0, named=True)["evidence"])
    assert evidence["numbers_shared"] >= 6
    assert evidence["names_shared"] >= 6
    assert evidence["places_shared"] >= 2


BREAD = {
    "en": "A bakery in Ostrava has baked a loaf 62 metres long. Its owner gave it to a shelter for the homeless of the"
    " city in the evening.",
    "fr": "Une boulangerie d'Ostrava a cuit un pain de 62 mètres de long. Son propriétaire l'a donné le soir à un"
    " refuge pour les sans-abri.",
}
FEW_PAGES = 3_000
"""Pages of a store in which BREAD is likely and not sure."""


@pytest.mark.parametrize(
    ("n_site_pages", "judgement", "reason"),
    [(FEW_PAGES // 2, "same", None), (FEW_PAGES, "same", None), (None, "unsure", SHORT)],
)
def test_a_short_page_that_names_its_source_is_tied_to_it_though_the_name_adds_nothing(
    n_site_pages: int | None, judgement: str, reason: str | None
) -> None:
    pages = _documents(*((i + 1, language, text) for i, (language, text) in enumerate(BREAD.items())))
    marks = anchors.extract_anchors(pages)
    backed = pl.DataFrame(
        {"by_address": [None if n_site_pages is None else False], "n_site_pages": [n_site_pages]},
        schema={"by_address": pl.Boolean, "n_site_pages": pl.Int64},
    )
    pair = pl.DataFrame({"left_id": [1], "right_id": [2]}, schema={"left_id": pl.UInt64, "right_id": pl.UInt64})
    marked = anchors.Marked(marks, anchors.measure(pages))
    row = anchors.judge_translations(pair, marked, n_store_pages=FEW_PAGES, backed=backed).row(0, named=True)
    evidence = json.loads(row["evidence"])
    assert (row["judgement"], evidence["backing"], evidence.get("reason")) == (judgement, 0.0, reason)


def test_a_larger_store_asks_for_more() -> None:
    small, large = (_judge(_pages(), n)["similarity"][0] for n in (1_000, 1_000_000))
    assert large < small


def test_no_candidates_give_no_judgements() -> None:
    assert dict(_judge(_pages().head(1)).schema) == dict(JUDGED_PAIR)


def test_an_unrelated_page_in_the_store_does_not_undo_a_translation() -> None:
    more = pl.concat([_pages(), _documents((9, "de", "Der Wetterbericht für morgen: Regen."))])
    assert _judge(more).filter(pl.col("judgement") == "same").select("left_id", "right_id").rows() == [(1, 2)]


def test_the_first_look_is_the_same_in_any_batches_and_on_any_threads() -> None:
    pages = _pages()
    marks = anchors.extract_anchors(pages)
    pairs, _, searched = anchors.find_candidates(
        anchors.pack_marks(marks, pages["doc_id"]), _where(pages), least_shared=1
    )
    measures = anchors.measure(pages)
    first = anchors.first_look(pairs, searched, measures, n_store_pages=1_000)
    small = anchors.first_look(pairs, searched, measures, n_store_pages=1_000, threads=3, pairs_at_once=1)
    assert len(first) >= 2
    assert first.equals(small)
    weights = load_weights()
    features, counts = pair_features(pairs, marks, measures, weights.letters)
    assert first["counts"].to_list() == counts.tolist()
    others = beside(with_common(pairs, features), *weights.usual(BESIDE))
    alone = score_alone(np.column_stack([features, others]), weights)
    assert first["score"].to_numpy() == pytest.approx(alone - prior_logits(1_000), abs=1e-5)


def _judged(rows: dict[tuple[int, int], float]) -> pl.DataFrame:
    told = {p: "same" if p >= 0.5 else "unsure" if p >= 0.1 else "different" for p in rows.values()}
    frame = pl.DataFrame(
        [(a, b, told[p], "translation", p, None, None, "{}") for (a, b), p in rows.items()],
        schema=dict(JUDGED_PAIR),
        orient="row",
    )
    return frame


def test_one_lucky_pair_does_not_chain_two_stories() -> None:
    clique = {pair: 0.999 for side in ((1, 2, 3), (4, 5, 6)) for pair in combinations(side, 2)}
    linked = anchors.link(_judged(clique | {(3, 4): 0.9}))
    assert set(linked.select("left_id", "right_id").rows()) == set(clique)


def test_two_fair_pairs_join_what_neither_joins_alone() -> None:
    pairs = {(1, 2): 0.999, (1, 3): 0.45, (2, 3): 0.45}
    alone = anchors.link(_judged({(1, 3): 0.45}), n_store_pages=1_000)
    both = anchors.link(_judged(pairs), n_store_pages=1_000)
    assert alone.is_empty()
    assert {1, 2, 3} == set(both["left_id"]) | set(both["right_id"])


def test_links_do_not_depend_on_the_order_of_pairs() -> None:
    judged = _judged({(1, 2): 0.9, (2, 3): 0.8, (1, 3): 0.7, (3, 4): 0.6, (5, 6): 0.99})
    assert anchors.link(judged).equals(anchors.link(judged.reverse()))
    assert anchors.link(judged.clear()).is_empty()


def test_the_weights_fit_the_features() -> None:
    weights = load_weights()
    assert len(weights.first) == len(weights.mean) + 1
    assert len(weights.last) == len(weights.mean) + 3
    assert weights.letters["en"] == 1.0
