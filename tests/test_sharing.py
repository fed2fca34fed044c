"""Names that pages of one story share, and unseen sources that are crawled later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl
import pytest
from test_claims import frame, table

from syndetect import run
from syndetect.claims import name_sites, read_claims, resolve_sites, share_names
from syndetect.claims.sharing import are_alike


@pytest.mark.parametrize(("name", "one", "other", "wanted"), table("names_alike.txt", 4))
def test_names_are_alike_as_the_table_says(name: str, one: str, other: str, wanted: str) -> None:
    assert are_alike(one, other) is are_alike(other, one) is (wanted == "yes")


def shared(
    named: Sequence[tuple[str, str, str | None]], hosts: Sequence[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    text = {"story_id": pl.String, "value": pl.String, "site": pl.String}
    found = share_names(
        pl.DataFrame(named, schema=text, orient="row"),
        pl.DataFrame(hosts, schema={"story_id": pl.String, "site": pl.String}, orient="row"),
    )
    return found.rows()


def test_a_name_takes_the_host_that_another_wording_in_its_story_has_and_no_other_storys() -> None:
    named = [("s", "الفجر", None), ("s", "Al-Fajr", "fajr-news.example"), ("t", "الفجر", None)]
    assert shared(named, []) == [("s", "الفجر", "fajr-news.example")]


def test_a_name_like_two_hosts_stays_a_name_and_two_hosts_of_one_owner_are_one() -> None:
    named = [("s", "Daily Quill", None)]
    assert shared(named, [("s", "dailyquill.example"), ("s", "dailyquil.example")]) == []
    assert shared(named, [("s", "dailyquill.example"), ("s", "en.dailyquill.example")]) == [
        ("s", "Daily Quill", "dailyquill.example")
    ]


def test_a_name_of_a_site_is_learnt_from_what_its_pages_call_it_with_or_without_an_outlet_noun() -> None:
    documents = frame({"site": "alfajr.example", "site_name": "الفجر"}, {"page_text": "A.\nالمصدر: صحيفة الفجر"})
    claims = read_claims(documents)
    solved = resolve_sites(claims, name_sites(documents, claims), documents["site"].to_list())
    assert solved["site"].to_list() == ["alfajr.example"]


def test_a_name_that_one_page_gives_with_its_address_has_that_host_on_other_pages() -> None:
    documents = frame(
        {"page_text": "A.\nvia Example News https://news-of-us.example/x"}, {"page_text": "B.\nSource: Example News"}
    )
    claims = read_claims(documents)
    solved = resolve_sites(claims, name_sites(documents, claims), documents["site"].to_list())
    assert solved["site"].to_list() == ["news-of-us.example"] * 2


@pytest.mark.parametrize(("others", "wanted"), [(1, None), (2, None), (5, "q1.example")])
def test_a_name_that_two_sites_bear_alike_stays_a_name(others: int, wanted: str | None) -> None:
    named = [{"site": "q1.example", "site_name": "The Quill"}] * others
    documents = frame(*named, {"site": "p2.example", "site_name": "The Quill"}, {"page_text": "A.\nSource: The Quill"})
    claims = read_claims(documents)
    solved = resolve_sites(claims, name_sites(documents, claims), documents["site"].to_list())
    assert solved["site"].to_list() == [wanted]


STORY = "\n".join(
    f"In the {number} part the council of the {word} harbour told its neighbours why the {word} bridge had to close."
    for number, word in enumerate(["old", "new", "long", "short", "north", "south", "small", "large", "grey", "blue"])
)


def page(url: str, hour: int, text: str, **more: object) -> dict[str, object]:
    stamp = f"2026-02-05T{hour:02}:00:00Z"
    return {"url": url, "title": "The bridge", "text": text, "date_publish": stamp, "language": "en",
            "date_download": "2026-02-07 00:00:00", **more}  # fmt: skip


def parents(store: Path) -> dict[str, tuple[str | None, str | None]]:
    with duckdb.connect(str(store), read_only=True) as con:
        rows = con.execute("SELECT url, parent_url, parent_site FROM provenance").fetchall()
    return {url: (parent, site) for url, parent, site in rows}


def attributions(store: Path) -> dict[str, str | None]:
    with duckdb.connect(str(store), read_only=True) as con:
        return dict(con.execute("SELECT url, site FROM claims WHERE kind = 'attribution'").fetchall())


def test_pages_of_a_story_share_an_unseen_source_and_it_is_filled_in_when_it_is_crawled(tmp_path: Path) -> None:
    store, source = tmp_path / "s.duckdb", "https://alfajr.example/1"
    one, other = "https://one.example/a", "https://other.example/b"
    copies = [
        page(one, 9, STORY.replace("long harbour", "longest of harbours") + "\nFirst published on alfajr.example"),
        page(other, 10, STORY.replace("grey bridge", "greyish viaduct") + "\nالمصدر: صحيفة الفجر"),
    ]
    for name, pages in (("first.jsonl", copies), ("second.jsonl", [page(source, 6, STORY)])):
        (tmp_path / name).write_text("\n".join(map(json.dumps, pages)), encoding="utf-8")
    run([str(tmp_path / "first.jsonl")], store=store)
    assert parents(store)[one] == (None, "alfajr.example")
    assert attributions(store) == {one: "alfajr.example", other: "alfajr.example"}
    run([str(tmp_path / "second.jsonl")], store=store)
    assert parents(store) == {
        source: (None, None), one: (source, "alfajr.example"), other: (source, "alfajr.example"),
    }  # fmt: skip
    run([str(tmp_path / name) for name in ("second.jsonl", "first.jsonl")], store=tmp_path / "whole.duckdb")
    assert parents(store) == parents(tmp_path / "whole.duckdb")
