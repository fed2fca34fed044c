"""Addresses of one page have one key; addresses of two pages have two."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from syndetect.addresses import host, url_key

CASES = [
    [part.strip() for part in line.split(" | ")]
    for line in (Path(__file__).parent / "cases" / "addresses.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def key(url: str) -> str:
    return str(pl.select(url_key(pl.lit(url))).item())


@pytest.mark.parametrize(("name", "same", "one", "other"), CASES, ids=[case[0] for case in CASES])
def test_addresses_as_the_table_says(name: str, same: str, one: str, other: str) -> None:
    assert (key(one) == key(other)) == (same == "same"), name


def test_a_key_is_its_own_key() -> None:
    for _, _, one, other in CASES:
        assert key(key(one)) == key(one)
        assert key(key(other)) == key(other)


def test_the_host_is_lower_case_without_www_and_port() -> None:
    urls = ["https://WWW.Example.org:8080/a", "http://user@m.example.org", "file:///tmp/a.txt", "nonsense"]
    frame = pl.DataFrame({"url": urls}).select(host(pl.col("url")))
    assert frame["url"].to_list() == ["example.org", "m.example.org", None, None]
