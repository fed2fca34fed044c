"""The nearest pages in other languages: exact against a plain loop, the inverted file against the exact ones."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndetect import embeddings
from syndetect.embeddings import NO_TIME
from syndetect.schema import F32, I64

Page = tuple[int, int, int | None, int]


def _unit(vectors: F32) -> F32:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: F32 = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0).astype(np.float32)
    return unit


def _topics(n: int, seed: int = 0) -> tuple[F32, I64]:
    """Vectors in clumps, and languages."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(n // 10, 32))
    vectors = centres[random.integers(0, len(centres), n)] + 0.7 * random.normal(size=(n, 32))
    return _unit(vectors.astype(np.float32)), random.integers(0, 4, n)


PAGES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 2), st.none() | st.integers(0, 9), st.integers(0, 2)), max_size=9
)


@settings(max_examples=60, deadline=None)
@given(PAGES, st.integers(0, 4))
def test_neighbours_are_those_of_the_plain_loop(pages: list[Page], window: int) -> None:
    # A page whose vector has no direction is nobody's neighbour.
    angles = np.array([angle for angle, *_ in pages], np.float64)
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32) * (angles > 0)[:, None]
    languages = np.array([language for _, language, *_ in pages], np.int64)
    starts = np.array([NO_TIME if at is None else at for *_, at, _ in pages], np.int64)
    ends = np.array([NO_TIME if at is None else at + long for *_, at, long in pages], np.int64)
    found = embeddings.nearest(vectors.reshape(-1, 2), languages, starts, ends, window=window, k=3)
    for i in range(len(pages)):
        others = [
            j
            for j in range(len(pages))
            if languages[j] != languages[i] and angles[i] > 0 and angles[j] > 0
            and (NO_TIME in (starts[i], starts[j]) or max(starts[i] - ends[j], starts[j] - ends[i]) <= window)
        ]  # fmt: skip
        best = sorted((-float(vectors[i] @ vectors[j]), j) for j in others)[:3]
        assert found.cosines[i][: len(best)] == pytest.approx([-cosine for cosine, _ in best], abs=1e-6)
        assert (found.rows[i] >= 0).sum() == len(best)
        assert set(found.rows[i][: len(best)].tolist()) <= set(others)


def test_pages_are_neighbours_at_the_window_and_not_past_it_and_always_without_a_time() -> None:
    vectors = np.full((2, 4), 0.5, np.float32)
    for second, there in ((60, True), (61, False), (NO_TIME, True)):
        times = np.array([0, second], np.int64)
        for most_exact in (2, 1):
            found = embeddings.nearest(vectors, np.array([0, 1]), times, times, window=60, k=1, most_exact=most_exact)
            assert (found.rows[:, 0] == [1, 0]).all() == there
            assert (found.rows[:, 0] == -1).all() != there


def test_above_the_limit_the_inverted_file_finds_nearly_all_that_the_exact_search_finds() -> None:
    vectors, languages = _topics(4_000)
    random = np.random.default_rng(1)
    starts = random.integers(0, 1_000, len(vectors))
    starts[:400] = NO_TIME
    ends = np.where(starts == NO_TIME, NO_TIME, starts + random.integers(0, 20, len(vectors)))
    exact, found = (
        embeddings.nearest(vectors, languages, starts, ends, window=150, most_exact=most)
        for most in (len(vectors), len(vectors) - 1)
    )
    again = embeddings.nearest(vectors, languages, starts, ends, window=150, most_exact=len(vectors) - 1)
    assert (found.rows == again.rows).all()
    page, place = np.nonzero(found.rows >= 0)
    other = found.rows[page, place]
    assert (languages[page] != languages[other]).all()
    dated = (starts[page] != NO_TIME) & (starts[other] != NO_TIME)
    apart = np.maximum(starts[page] - ends[other], starts[other] - ends[page])
    assert (apart[dated] <= 150).all()
    shares = [len(set(a) & set(b)) / len(a) for a, b in zip(exact.rows.tolist(), found.rows.tolist(), strict=True)]
    assert np.mean(shares) >= 0.97


def test_what_a_language_shares_is_taken_out() -> None:
    vectors, languages = _topics(600)
    random = np.random.default_rng(2)
    accents = 0.4 * random.normal(size=(4, 32)).astype(np.float32)
    undated = np.full(len(vectors), NO_TIME)

    def found(given: F32) -> I64:
        return embeddings.nearest(given, languages, undated, undated, window=0, k=1).rows[:, 0]

    plain = found(embeddings.centre(vectors, languages))
    shifted = found(embeddings.centre(_unit(vectors + accents[languages]), languages))
    assert (plain == shifted).mean() > 0.5 > (plain == found(_unit(vectors + accents[languages]))).mean()


def test_vectors_that_only_tell_languages_apart_hold_no_page_nearer_than_another() -> None:
    languages = np.arange(200) % 4
    vectors = _unit(np.random.default_rng(3).normal(size=(4, 16)).astype(np.float32))[languages]
    undated = np.full(200, NO_TIME)
    centred = embeddings.centre(vectors, languages)
    near = embeddings.nearest(centred, languages, undated, undated, window=0)
    own = zip(languages.tolist(), near.cosines.round(4).tolist(), strict=True)
    assert len({(language, *row) for language, row in own}) == 4
    constant = embeddings.centre(np.full((200, 16), 0.25, np.float32), languages)
    assert (embeddings.nearest(constant, languages, undated, undated, window=0).rows == -1).all()


def test_candidates_are_kept_and_new_ones_are_told_from_them() -> None:
    vectors, languages = _topics(60)
    ids = pl.Series(np.arange(100, 160), dtype=pl.UInt64)
    vectors[7] = 0.0
    undated = np.full(60, NO_TIME)
    near = embeddings.nearest(vectors, languages, undated, undated, window=0)
    pairs = pl.DataFrame(
        {"left_id": [100, 107], "right_id": [101, 108], "weight": [9.0, 8.0]},
        schema_overrides={"left_id": pl.UInt64, "right_id": pl.UInt64},
    )
    both = embeddings.add_neighbours(pairs, ids, vectors, near)
    assert both.select("left_id", "right_id").is_unique().all()
    assert both.filter(~pl.col("by_vectors")).select(pairs.columns).equals(pairs)
    assert both.filter(pl.col("by_vectors"))["weight"].null_count() == both["by_vectors"].sum() > 100
    unknown = (both["left_id"] == 107) | (both["right_id"] == 107)
    assert both.filter(unknown)["nearness"].is_nan().all()
    assert both.filter(~unknown)["nearness"].is_finite().all()
    row = both.filter(pl.col("by_vectors")).row(0, named=True)
    a, b = row["left_id"] - 100, row["right_id"] - 100
    usual = [float(near.cosines[i][near.rows[i] >= 0].mean()) for i in (a, b)]
    assert row["nearness"] == pytest.approx(float(vectors[a] @ vectors[b]) - sum(usual) / 2, abs=1e-6)
