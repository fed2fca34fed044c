"""What the evidence of an edge counts can be counted again from what `explain` shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_report import captured

import syndetect
from syndetect.archive import Archive
from syndetect.report.comparison import Comparison

EDGES = "SELECT url, parent_url FROM provenance WHERE parent_url IS NOT NULL ORDER BY url"


@pytest.fixture(scope="module")
def archive(warc_store: Path) -> Iterator[Archive]:
    with syndetect.open(warc_store) as opened:
        yield opened


def wrong(found: Comparison, item: dict[str, object]) -> str | None:
    """What does not agree of an item of evidence, seen from a comparison with the page on the left."""
    told, grounds = found.to_dict(), found.grounds
    assert grounds is not None
    claims = [claim for claim in found.claims if claim["page"] == "left"]
    here = [one for one in grounds.sentences if one.on_parent]
    low, high = found.left.bounds[0], found.right.bounds[1]
    at, parent_at = found.left.published_at, found.right.published_at
    checks: dict[str, Callable[[], object]] = {
        "sentences": lambda: (len(here), len(grounds.sentences)) == (item["n_verbatim"], item["n_sentences"]),
        "words": lambda: round(grounds.n_pairs_shared / max(grounds.n_pairs, 1), 3) == item["share"],
        "left-out": lambda: round(1 - grounds.n_pairs_kept / max(grounds.n_parent_pairs, 1), 3) == item["share"],
        # Pages that were surely later than this one may have its sentences, too.
        "rare-sentences": lambda: sum(not one.also_on for one in here) <= item["n_sentences"] <= len(here),  # type: ignore[operator]
        "title": lambda: found.left.title and found.right.title,
        "languages": lambda: (found.left.language, found.right.language) == (item["language"], item["parent_language"]),
        "numbers": lambda: (
            (found.evidence["numbers_shared"], found.evidence["numbers_left"]) == (item["n_shared"], item["n_numbers"])
        ),
        "residue": lambda: float(str(item["n_words"])) <= len(grounds.shared_words),
        "credit": lambda: any(claim["value"] == item["value"] for claim in claims) or item["value"] in grounds.links,
        "repeated-credit": lambda: any(
            len(line.also_on) == item["n_pages"] and line.value in str(item["words"]) for line in grounds.lines
        ),
        "translation-note": lambda: any(claim["value"] == item["value"] for claim in claims),
        "claimed-time": lambda: any(claim["time_from"] for claim in claims),
        "later": lambda: high <= low and round((at - parent_at).total_seconds() / 60) == item["minutes"],  # type: ignore[operator]
        "times-overlap": lambda: told["left"]["published_to"] and told["right"]["first_crawled_at"],  # type: ignore[index]
        "known-page": lambda: any(claim["value"] == item["url"] for claim in claims),
        "alternative": lambda: True,
        "conflict": lambda: True,
    }
    return None if checks[str(item["kind"])]() else f"{found.left.url}: {item}"


def test_every_item_of_an_edge_can_be_counted_again(archive: Archive) -> None:
    seen, faults = set(), []
    for url, parent in archive.query(EDGES).rows()[::5]:
        found = archive.explain(url, parent)
        assert found.edge is not None
        for item in found.edge["evidence"]:  # type: ignore[attr-defined]
            seen.add(item["kind"])
            faults.append(wrong(found, item))
    assert [fault for fault in faults if fault] == []
    assert len(seen) >= 11


def test_the_grounds_are_of_the_copy_whichever_page_comes_first(archive: Archive) -> None:
    (url, parent) = archive.query(EDGES.replace("ORDER", "AND relation = 'excerpts' ORDER")).row(0)
    one, other = archive.explain(url, parent), archive.explain(parent, url)
    assert one.grounds == other.grounds
    assert one.grounds is not None
    assert one.grounds.page == url
    assert archive.explain(url, url).grounds is None


def test_the_counts_are_printed_with_both_intervals(
    archive: Archive, warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = archive.query(EDGES.replace("ORDER", "AND relation = 'copies' ORDER")).row(0)
    lines = captured(capsys, "explain", *pair, "--store", str(warc_store))
    assert (
        sum(bool(re.match(r"       published .* UTC, as \S+ says; first fetched 2026-", line)) for line in lines) == 2
    )
    assert any(
        re.match(r"  word pairs: \d+ of its \d+ stand on the parent; \d+ of the parent's \d+", line) for line in lines
    )
    assert any(re.match(r"  sentences: \d+ of \d+ stand on the parent word for word", line) for line in lines)
    captured_json = captured(capsys, "explain", *pair, "--json", "--store", str(warc_store))
    assert json.loads(captured_json[0])["grounds"]["page"] == pair[0]
