from __future__ import annotations

import sys

import polars as pl
import pytest

from syndetect.errors import RunError
from syndetect.extract import Workers, extract, workers
from syndetect.schema import DOCUMENT, PAGE

PROSE = "The ministers met on Tuesday in the old harbour hall to speak about grain. They parted without a treaty. " * 4


def pages(n: int, *, html: bool = True) -> pl.DataFrame:
    rows = [
        dict.fromkeys(PAGE)
        | {"path": "x", "record": i, "url": f"https://h.test/{i}"}
        | ({"html": f"<title>No {i}</title><h1>No {i}</h1><p>{PROSE}{i}</p>".encode()} if html else {"text": PROSE})
        for i in range(n)
    ]
    return pl.DataFrame(rows, schema=PAGE)


def test_workers_give_what_one_process_gives_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LEAST_PAGES", 100)
    monkeypatch.setattr(workers, "SLICE_PAGES", 25)
    monkeypatch.setattr(workers, "GATHERED_ROWS", 50)
    given = [pages(120), pages(30, html=False), pages(3), pages(0)]
    with Workers(2) as pool:
        parts = list(pool.extract(iter(given)))
        assert pool.n_running == 2
    assert [part.height for part in parts] == [60, 60, 33]
    assert pl.concat(parts).equals(pl.concat(extract(frame) for frame in given))
    assert parts[0].schema == DOCUMENT


def test_few_pages_and_one_job_start_no_process() -> None:
    with Workers(2) as pool:
        assert [part.height for part in pool.extract(iter([pages(workers.LEAST_PAGES - 1)]))] == [399]
        assert pool.n_running == 0
    with Workers(1) as pool:
        assert [part.height for part in pool.extract(iter([pages(3), pages(2)]))] == [3, 2]
        assert pool.n_running == 0


def test_no_pages_give_no_documents() -> None:
    with Workers(2) as pool:
        assert list(pool.extract(iter([]))) == []


def test_a_worker_that_ends_ends_the_run_with_the_page_it_was_at(monkeypatch: pytest.MonkeyPatch) -> None:
    with Workers(1) as pool:
        monkeypatch.setattr(sys, "executable", "/bin/false")
        pool._start()
        with pytest.raises(RunError, match=r"near https://h.test/0; .*\[html-worker-died\]"):
            pool._extract(pages(2))
