from __future__ import annotations

import polars as pl
import pytest
from conftest import ROOT

from syndetect.crawl.languages import language_codes

LINES = (ROOT / "tests" / "cases" / "language_names.txt").read_text(encoding="utf-8").splitlines()
CASES = [[part.strip() for part in line.split("|")] for line in LINES if not line.startswith("#")]


@pytest.mark.parametrize(("given", "taken"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_names_of_languages_are_taken_for_their_codes(given: str, taken: str) -> None:
    assert language_codes(pl.Series([None, given], dtype=pl.String)).to_list() == [None, taken]
