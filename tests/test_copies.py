"""Copies in a collection of texts, without a store."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import page
from polars.testing import assert_frame_equal

import syndetect
from syndetect.errors import InputError
from syndetect.pipeline.copies import Copies
from syndetect.settings import Settings


def text(number: int) -> str:
    return str(page(number)["text"])


@pytest.fixture
def frame() -> pl.DataFrame:
    """Eight texts: 0 and 3 equal, 1 an edition of 0, 4 an excerpt of 2, 5 empty, 6 too short, 7 unrelated."""
    edited = text(1).split()
    edited[60] = "otherwise"
    half = " ".join(text(2).split()[20:90])
    return pl.DataFrame(
        {"text": [text(1), " ".join(edited), text(2), text(1).upper() + "!", half, None, "Good morning.", text(3)]}
    )


def pairs(found: Copies) -> list[tuple[int, int, str]]:
    same = found.pairs.filter(pl.col("judgement") == "same")
    return sorted(same.select("left", "right", "relation").rows())


EXPECTED = [(0, 1, "near-duplicate"), (0, 3, "exact"), (2, 4, "near-duplicate")]


def test_copies_of_each_kind_are_found_and_every_row_has_a_group(frame: pl.DataFrame) -> None:
    found = syndetect.find_copies(frame)
    assert pairs(found) == EXPECTED
    assert found.groups.rows() == [(0, 0), (1, 0), (2, 2), (3, 0), (4, 2), (5, 5), (6, 6), (7, 7)]
    assert [(stage.name, stage.n) for stage in found.stages] == [
        ("signatures", 8), ("candidates", 2), ("verify", 3), ("groups", 5),
    ]  # fmt: skip


def test_files_frames_batches_and_threads_change_nothing(
    frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = syndetect.find_copies(frame)
    first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
    frame.head(3).write_parquet(first)
    frame.tail(5).write_parquet(second, compression="zstd")
    monkeypatch.setattr("syndetect.pipeline.copies.BATCH", 2)
    sources: list[list[str | Path | pl.DataFrame]] = [
        [first, second],
        [frame.head(4), frame.tail(4)],
        [str(first), frame.tail(5)],
    ]
    for source in sources:
        for threads in (1, 3):
            found = syndetect.find_copies(source, settings=Settings(threads=threads))
            assert_frame_equal(found.pairs, whole.pairs)
            assert_frame_equal(found.groups, whole.groups)


def test_without_passages_an_excerpt_in_a_longer_text_is_not_looked_for(frame: pl.DataFrame) -> None:
    inside = pl.DataFrame({"text": [*frame["text"], f"{text(5)} {text(2)[100:500]} {text(6)} {text(7)}"]})
    assert (2, 8, "excerpt") in pairs(syndetect.find_copies(inside))
    assert pairs(syndetect.find_copies(inside, passages=False)) == EXPECTED


def test_an_empty_collection_has_no_copies() -> None:
    found = syndetect.find_copies(pl.DataFrame({"text": []}, schema={"text": pl.String}))
    assert (found.pairs.height, found.groups.height, found.skipped.height) == (0, 0, 0)


def test_a_wire_flash_on_many_sites_costs_star_edges_and_is_listed() -> None:
    flash = text(1).split()
    editions = [" ".join([*flash, f"edition{n}", f"of{n}"]) for n in range(300)]
    found = syndetect.find_copies(pl.DataFrame({"text": editions}))
    assert found.groups["group"].n_unique() == 1
    assert found.pairs.height < 300 * 60
    assert found.skipped["n_documents"].max() == 300
    assert set(found.skipped["way"]) == {"band", "fingerprint"}


def test_a_missing_column_or_file_is_refused_with_what_there_is(frame: pl.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the frame has no column body; name one of text \[no-such-column\]"):
        syndetect.find_copies(frame, text="body")
    with pytest.raises(InputError, match=r"nothing.parquet can't be read as Parquet: it is not there; give"):
        syndetect.find_copies(tmp_path / "nothing.parquet")
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(InputError, match=r"x.parquet can't be read as Parquet"):
        syndetect.find_copies(tmp_path / "x.parquet")


def test_what_many_pages_of_a_site_share_is_its_template_and_not_a_copy() -> None:
    form = text(1).split()[:60]
    pages = [
        " ".join(f"{word} {number}x{at}" if at % 6 == 0 else word for at, word in enumerate(form))
        for number in range(8)
    ]
    frame = pl.DataFrame({"text": [*pages, text(2), text(2) + " more"], "host": ["a.example"] * 8 + ["b.example"] * 2})
    blind, told = syndetect.find_copies(frame), syndetect.find_copies(frame, site="host")
    assert blind.groups["group"].n_unique() == 2
    assert pairs(told) == [(8, 9, "near-duplicate")]
    assert set(told.skipped["way"]) == {"template"}


def test_the_earliest_by_time_stands_first_in_a_crowded_bucket() -> None:
    flash = text(1).split()
    editions = [" ".join([*flash, f"edition{n}", f"of{n}"]) for n in range(100)]
    times = [f"2026-03-{1 + n // 24:02}T{n % 24:02}:00:00" for n in reversed(range(100))]
    frame = pl.DataFrame({"text": editions, "at": times}).with_columns(pl.col("at").str.to_datetime())
    found = syndetect.find_copies(frame, published="at")
    # The last four rows are the earliest pages: each is compared with all others.
    assert found.pairs.filter(pl.col("right") >= 96).height == 4 * 96 + 6
    assert found.pairs.height < 100 * 99 / 2


def as_strings(raw: list[bytes]) -> pa.Array:
    """A column that says it holds strings, whatever the bytes are."""
    column = pa.array(raw, pa.binary())
    return pa.StringArray.from_buffers(len(column), *column.buffers()[1:])


@pytest.mark.parametrize("kind", ["strings", "bytes"])
def test_texts_that_are_no_utf8_are_read_with_the_replacement_character(kind: str, tmp_path: Path) -> None:
    raw = [text(number).encode() + b" caf\xe9 \xf0" for number in (1, 2, 1)]
    column = as_strings(raw) if kind == "strings" else pa.array(raw, pa.binary())
    pq.write_table(pa.table({"text": column}), tmp_path / "a.parquet")
    good = pl.DataFrame({"text": [one.decode("utf-8", "replace") for one in raw]})
    found, expected = syndetect.find_copies(tmp_path / "a.parquet"), syndetect.find_copies(good)
    assert pairs(found) == [(0, 2, "exact")]
    assert_frame_equal(found.pairs, expected.pairs)


def test_a_column_of_another_kind_is_refused(frame: pl.DataFrame, tmp_path: Path) -> None:
    other = frame.with_columns(n=pl.lit(1), day=pl.lit("2026-03-01"), tags=pl.lit(["a"]))
    other.write_parquet(tmp_path / "a.parquet")
    sources: list[str | pl.DataFrame] = [other, str(tmp_path / "a.parquet")]
    for source in sources:
        with pytest.raises(InputError, match=r"the column n of .* holds int32, and text takes text.*\[column-kind\]"):
            syndetect.find_copies(source, text="n")
        with pytest.raises(InputError, match=r"the column day of .* and published takes dates or moments"):
            syndetect.find_copies(source, published="day")
        with pytest.raises(InputError, match=r"the column tags of .* and site takes text or whole numbers"):
            syndetect.find_copies(source, site="tags")
    with pytest.raises(InputError, match=r"a LazyFrame is neither a Parquet file nor a polars DataFrame"):
        syndetect.find_copies(other.lazy())  # type: ignore[arg-type]


def test_sources_may_hold_times_and_sites_of_other_types_and_a_column_play_two_parts(frame: pl.DataFrame) -> None:
    day = pl.date(2026, 3, 1)
    parts = [
        frame.head(4).with_columns(at=day, host=pl.lit(7)),
        frame.tail(4).with_columns(at=day.cast(pl.Datetime("ms", "Asia/Tokyo")), host=pl.lit("7")),
    ]
    assert pairs(syndetect.find_copies(parts, site="host", published="at")) == EXPECTED
    assert pairs(syndetect.find_copies(parts, site="text")) == EXPECTED


@pytest.mark.parametrize("nothing", [pl.lit(None), pl.lit(None, pl.String)])
def test_columns_of_nothing_count_as_not_known(frame: pl.DataFrame, nothing: pl.Expr) -> None:
    empty = syndetect.find_copies(frame.with_columns(nothing.alias("text")))
    assert (empty.pairs.height, empty.groups.height) == (0, 8)
    assert pairs(syndetect.find_copies(frame.with_columns(site=nothing), site="site")) == EXPECTED


def test_many_edited_versions_of_one_article_on_one_site_stay_together() -> None:
    words = text(1).split() + text(2).split() + text(3).split()[:60]
    versions = [
        " ".join(f"edit{number}x{at}" if at % 60 == (number * 7) % 60 else word for at, word in enumerate(words))
        for number in range(8)
    ]
    found = syndetect.find_copies(pl.DataFrame({"text": versions, "host": ["a.example"] * 8}), site="host")
    assert found.skipped.filter(pl.col("way") == "template").height > 0
    assert found.groups["group"].n_unique() == 1
    assert set(found.pairs.filter(pl.col("judgement") == "same")["similarity"] >= 0.7) == {True}
