from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndetect import anchors
from syndetect.anchors import names as naming
from syndetect.anchors.tables import DATA

CASES = Path(__file__).parent / "cases" / "anchors_words.txt"
LANGUAGES = ("th", "km", "lo", "zh", "ja", "ko", "ka", "ar", "he", "sw", "en", None)
LETTERS = "0๑๕ 三十百千万億〇六名年9월에ทรัมป์โดกเลขជំខែកລາ်ბერს ხთwordMilioni-.,/éა"


def _lines() -> list[list[str]]:
    lines = [line for line in CASES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def _find(text: str, language: str | None) -> list[tuple[str, str]]:
    """Kind and words of each mark."""
    schema = {"doc_id": pl.UInt64, "language": pl.String, "story_text": pl.String}
    marks = anchors.extract_anchors(pl.DataFrame([(1, language, text)], schema=schema, orient="row"))
    raw = text.encode()
    rows = marks.select("kind", "span_start", "span_end").iter_rows()
    return [(anchors.KINDS[kind], raw[a:b].decode()) for kind, a, b in rows]


@pytest.mark.parametrize("case", _lines(), ids=lambda case: case[0])
def test_what_a_text_gives(case: list[str]) -> None:
    _, language, text, kind, wanted, unwanted = case
    found = {words for name, words in _find(text, language) if name == kind}
    assert {word.strip() for word in wanted.split(";")} - {""} <= found
    assert not {word.strip() for word in unwanted.split(";")} & found


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=LETTERS, max_size=40), st.sampled_from(LANGUAGES))
def test_spans_lie_in_any_text_of_any_script(text: str, language: str | None) -> None:
    for _, words in _find(text, language):
        assert words
        assert words in text


@pytest.mark.parametrize("dense", ["ร์", "กร์ก", "ដុ៍", "三百", "월1", "W", "ก ", "ב", "والב"])
def test_the_densest_text_leaves_room_for_its_marks(dense: str) -> None:
    for language in LANGUAGES:
        assert len(_find(dense * 400, language)) <= 4 * (len((dense * 400).encode()) + 1)


def test_number_words_and_digits_are_one_value() -> None:
    rows = [(1, "en", "seven people"), (2, "ru", "7 человек"), (3, "zh", "七人"), (4, "ka", "შვიდი")]
    marks = anchors.extract_anchors(
        pl.DataFrame(rows, schema={"doc_id": pl.UInt64, "language": pl.String, "story_text": pl.String}, orient="row")
    )
    number = next(kind for kind, name in anchors.KINDS.items() if name == "number")
    assert marks.filter(pl.col("kind") == number).group_by("key").len()["len"].to_list() == [4]


def test_a_corrected_line_changes_what_is_found() -> None:
    frame = pl.DataFrame(
        [("en", "place", "DE", "Germany"), ("en", "place", "BG", "Hard")],
        schema=["language", "kind", "value", "form"],
        orient="row",
    )
    corrections = naming.read_corrections(
        "# a comment\nen\tplace\tBG\tHard\tremove\tno place\nen\tplace\tFR\tGermany\tadd\twins over the file\n"
    )
    corrected = naming.correct(frame, corrections)
    assert corrected.rows() == [("en", "place", "FR", "Germany"), ("en", "place", "DE", "Germany")]
    before, after = (naming.index_names(rows) for rows in (frame, corrected))
    assert before.name_values[0] != after.name_values[0]
    assert naming.correct(frame, corrections.clear()).equals(frame)


def test_each_correction_is_of_a_known_kind_and_removes_what_is_there() -> None:
    corrections = naming.read_corrections((DATA / "corrections.tsv").read_text(encoding="utf-8"))
    assert set(corrections["change"]) == {"add", "remove"}
    files = [pl.read_parquet((DATA / name).read_bytes()) for name in ("names.parquet", "concepts.parquet")]
    known = pl.concat(files)
    assert set(corrections["kind"]) <= set(known["kind"])
    for row in corrections.filter(pl.col("change") == "remove").select(known.columns).iter_rows():
        assert row in set(known.filter(pl.col("form") == row[3]).rows())
    assert corrections.select(known.columns).is_unique().all()
