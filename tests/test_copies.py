"""Copies in a collection of texts, without a store."""

from __future__ import annotations

from pathlib import Path

import polars as pl
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
    with pytest.raises(InputError, match=r"nothing.parquet can't be read as Parquet"):
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
