"""Who republishes whom: credit, certainty, orders, one site, what is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import syndetect
from syndetect.archive import Archive
from syndetect.cli import run_cli
from syndetect.errors import NotInStoreError, SettingsError
from syndetect.report.flows import flows_of
from syndetect.store import Store

AGENCY = "en.caravannews.example"


@pytest.fixture(scope="module")
def archive(warc_store: Path) -> Iterator[Archive]:
    with syndetect.open(warc_store) as opened:
        yield opened


Claim = tuple[int, str, str]
"""doc_id, kind, site."""


def flow_of(folder: Path, parent: str, claims: list[Claim], confidence: float = 0.9) -> dict[str, object]:
    """The flow from page 1 on the parent's site to page 2."""
    ids = pl.Series("doc_id", [1, 2], pl.UInt64)
    page = pl.DataFrame({"doc_id": ids, "site": [parent, "taker.example"], "language": ["en", "fr"]})
    edge = pl.DataFrame({"doc_id": ids, "parent_id": [None, 1], "parent_site": [None, parent]}).with_columns(
        relation=pl.lit("copies"), confidence=confidence
    )
    with Store.create_or_open(folder / "s.duckdb", {}) as store:
        store.append("document", page)
        store.append("story_document", page.select("doc_id", story_id=pl.lit("one")))
        store.append("provenance_edge", edge)
        names = {"doc_id": pl.UInt64, "kind": pl.String, "site": pl.String}
        store.append("claim", pl.DataFrame(claims, names, orient="row"))
        (flow,) = store.rows("SELECT * FROM site_flows")
    return flow


@pytest.mark.parametrize(
    ("parent", "claims", "credited"),
    [
        ("wire.example", [(2, "attribution", "wire.example")], 1),
        ("wire.example", [(2, "canonical", "wire.example")], 1),
        ("wire.example", [(1, "agency", "wire.example"), (2, "agency", "wire.example")], 1),
        ("en.wire.example", [(2, "agency", "wire.example")], 1),
        ("wire.example", [(2, "agency", "en.wire.example")], 1),
        ("en.wire.example", [(1, "agency", "wire.example"), (2, "agency", "wire.example")], 0),
        ("wire.example", [(2, "agency", "livewire.example")], 0),
        ("wire.example", [(1, "attribution", "wire.example")], 0),
        ("wire.example", [(1, "attribution", "other.example"), (2, "attribution", "other.example")], 0),
        ("wire.example", [(2, "link", "wire.example"), (2, "citation", "wire.example")], 0),
        ("wire.example", [], 0),
    ],
)
def test_credit_is_a_line_tag_or_mark_of_the_page_that_names_its_parent(
    parent: str, claims: list[Claim], credited: int, tmp_path: Path
) -> None:
    flow = flow_of(tmp_path, parent, claims)
    assert (flow["n_credited"], flow["n_uncredited"], flow["n_sure_uncredited"]) == (credited, *[1 - credited] * 2)


@pytest.mark.parametrize(("confidence", "sure"), [(0.8, 1), (0.79, 0)])
def test_a_flow_is_sure_from_a_confidence_of_80_percent_on(confidence: float, sure: int, tmp_path: Path) -> None:
    flow = flow_of(tmp_path, "wire.example", [], confidence)
    assert (flow["n_stories"], flow["n_sure"], flow["n_sure_uncredited"]) == (1, sure, sure)
    assert flow["n_expected"] == confidence


def test_flows_come_in_the_order_asked_for(archive: Archive) -> None:
    by_stories = [row["n_expected"] for row in archive.sites()]
    assert by_stories == sorted(by_stories, reverse=True)  # type: ignore[type-var]
    lone = [row["n_sure_uncredited"] for row in archive.sites(order="uncredited")]
    assert lone == sorted(lone, reverse=True)  # type: ignore[type-var]
    lags = [row["median_lag_minutes"] for row in archive.sites(order="fastest")]
    known = [lag for lag in lags if lag is not None and lag >= 0]  # type: ignore[operator]
    assert lags[: len(known)] == sorted(known)  # type: ignore[type-var]
    with pytest.raises(SettingsError, match=r"order = largest is none of .*\[flow-order\]"):
        archive.sites(order="largest")


def test_one_site_shows_whom_it_takes_from_and_who_takes_from_it(archive: Archive) -> None:
    found = archive.site(f"https://www.{AGENCY}/world/")
    assert found.site == AGENCY
    assert {row["from_site"] for row in found.taken_by} == {AGENCY}
    both = [row for row in archive.sites() if AGENCY in (row["from_site"], row["to_site"])]
    assert len(found.rows()) == len(both)
    assert found.n_pages == 5


def test_a_source_that_was_never_crawled_has_its_flows(tmp_path: Path) -> None:
    flow_of(tmp_path, "wire.example", [])
    with Store.create_or_open(tmp_path / "s.duckdb", {}) as store:
        store.con.execute("DELETE FROM document WHERE doc_id = 1")
        store.con.execute("UPDATE provenance_edge SET parent_id = NULL WHERE doc_id = 2")
        found = flows_of(store, "wire.example")
    assert not found.in_store
    assert [row["to_site"] for row in found.taken_by] == ["taker.example"]
    assert found.words()[0] == "wire.example: no page of it was crawled; pages name it as their source"


def test_a_site_that_is_not_there_names_the_likest_one(archive: Archive) -> None:
    with pytest.raises(NotInStoreError, match=rf"caravannews.exampl is .*did you mean {AGENCY} \[site-not-in-store\]"):
        archive.site("caravannews.exampl")


def test_the_command_prints_rows_on_stdout_and_sums_on_stderr(
    warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["sites", "--store", str(warc_store), "--limit", "2"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("from_site\tto_site\tn_stories\tn_expected\t")
    assert len(out.splitlines()) == 3
    assert err.endswith(" more; --limit 0 shows all\n")
    assert run_cli(["sites", "--site", AGENCY, "--store", str(warc_store)]) == 0
    out, err = capsys.readouterr()
    assert {line.split("\t")[0] for line in out.splitlines()[1:]} == {"is taken by"}
    assert "takes from no other site, as far as is seen" in err
    assert run_cli(["sites", "--site", AGENCY, "--json", "--store", str(warc_store)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told) == ["site", "in_store", "n_pages", "n_stories", "n_origins", "takes_from", "taken_by"]
    assert run_cli(["sites", "--site", "nowhere.test", "--store", str(warc_store)]) == 4
