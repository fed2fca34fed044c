"""Options beside one another: columns against a slow loop."""

from __future__ import annotations

import math
import random

import numpy as np
import polars as pl
import pytest

from syndetect.provenance.beside import ALIKE, COMPARED, FEW, LIKELY, compare_beside, earlier_pages

N = 9
LANGUAGES = pl.Series([("en", "de", "fr")[n % 3] for n in range(N)])


def random_pairs(seed: int) -> pl.DataFrame:
    rng = random.Random(seed)
    rows = []
    for child in range(N):
        for page in rng.sample([n for n in range(N) if n != child], rng.randint(0, N - 1)):
            cross = LANGUAGES[child] != LANGUAGES[page]
            same = 0.0 if cross else 1.0
            rows.append(
                {
                    "child": child, "page": page, "p": rng.choice((0.01, 0.19, 0.2, 0.6, 1.0)),
                    "contain": same * rng.choice((0.1, 0.2, 0.9, 1.0)), "cross": 1 - same,
                    "same_gaps": same * math.log1p(rng.randrange(4)), "same_holes": same * math.log1p(rng.randrange(4)),
                    **{f"cross_{name}": (1 - same) * rng.randrange(5) for name in ("cost", "new", "left_out")},
                    "cross_residue": (1 - same) * rng.random(), "cross_numbers": (1 - same) * rng.random(),
                }
            )  # fmt: skip
    return pl.DataFrame(rows).sort("child", "page")


@pytest.mark.parametrize("seed", range(5))
def test_each_option_is_held_against_the_best_of_its_page(seed: int) -> None:
    pairs = random_pairs(seed)
    earlier = earlier_pages(pairs["child"].to_numpy(), pairs["p"].to_numpy().astype(np.float32), N)
    found = compare_beside(pairs, LANGUAGES, earlier)
    assert set(found.columns) == {*pairs.columns, *COMPARED}
    rows = found.rows(named=True)
    for row in rows:
        all_of = [other for other in rows if other["child"] == row["child"]]
        cross = row["cross"] == 1
        same = [o for o in all_of if o["cross"] == 0 and o["p"] >= LIKELY and o["contain"] >= ALIKE]
        across = [o for o in all_of if o["cross"] == 1 and o["p"] >= LIKELY]
        within = [o for o in across if LANGUAGES[o["page"]] == LANGUAGES[row["page"]]]

        def more(name: str, among: list[dict[str, float]], row: dict[str, float] = row) -> float:
            return max(0.0, row[name] - min(o[name] for o in among)) if among else 0.0

        counts = [
            math.expm1(row[n]) - min((math.expm1(o[n]) for o in same), default=99) for n in ("same_gaps", "same_holes")
        ]
        gaps, holes = (0.0 if cross else max(0.0, count) for count in counts)
        most = max((o["cross_numbers"] for o in across), default=0.0)
        expected = {
            "same_more_gaps": math.log1p(gaps), "same_more_holes": math.log1p(holes),
            "same_few": min(FEW, gaps + holes), "same_least": float(not cross and gaps + holes < 1e-9),
            "cross_more_cost": more("cross_cost", within) if cross else 0.0,
            "cross_other_cost": more("cross_cost", across) if cross else 0.0,
            "cross_fewer_numbers": max(0.0, most - row["cross_numbers"]) if cross else 0.0,
            "likely": row["p"],
        }  # fmt: skip
        assert {name: float(row[name]) for name in expected} == pytest.approx(expected, abs=1e-9)


def test_the_first_page_of_a_story_has_none_before_it() -> None:
    many, none = earlier_pages(np.array([1, 2, 2]), np.array([1.0, 1.0, 0.5], np.float32), 3)
    assert many.tolist() == [0.0, 1.0, 1.5]
    assert np.exp(none) == pytest.approx([1.0, 0.001, 0.0005], rel=1e-4)
