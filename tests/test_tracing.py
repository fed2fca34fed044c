"""What `trace` shows: chains with alternatives, warnings, a person's word; trees whole and folded; JSON by schema."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import ROOT
from test_report import ISOLATE, POP, captured, on_terminal

import syndetect
from syndetect.archive import Archive
from syndetect.report.tracing import span
from syndetect.store import Store

PAGE = "https://jisr-translate.example/437019.html"
SCHEMA = json.loads((ROOT / "docs" / "trace.schema.json").read_text(encoding="utf-8"))
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
    "null": type(None),
}  # fmt: skip


def faults(value: object, schema: Mapping[str, object], at: str = "$") -> list[str]:
    """Where a value breaks the parts of JSON Schema that ours uses."""
    found = []
    if "$ref" in schema:
        found += faults(value, SCHEMA["$defs"][str(schema["$ref"]).rpartition("/")[2]], at)
    if "anyOf" in schema and all(faults(value, one, at) for one in schema["anyOf"]):  # type: ignore[attr-defined]
        found.append(f"{at} fits none")
    if "enum" in schema and value not in schema["enum"]:  # type: ignore[operator]
        found.append(f"{at} = {value}")
    if "type" in schema:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        fits = any(isinstance(value, TYPES[name]) for name in names)  # type: ignore[attr-defined,arg-type]
        if not fits or (isinstance(value, bool) and "boolean" not in names):  # type: ignore[operator]
            found.append(f"{at} is {type(value).__name__}")
    if isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):  # type: ignore[operator]
        found.append(f"{at} = {value} is out of range")
    if isinstance(value, list) and "items" in schema:
        found += [fault for i, one in enumerate(value) for fault in faults(one, schema["items"], f"{at}[{i}]")]  # type: ignore[arg-type]
    if isinstance(value, dict):
        known: Mapping[str, Mapping[str, object]] = schema.get("properties", {})  # type: ignore[assignment]
        found += [f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value]  # type: ignore[attr-defined]
        if schema.get("additionalProperties") is False:
            found += [f"{at}.{name} is unknown" for name in value if name not in known]
        found += [
            fault for name in known if name in value for fault in faults(value[name], known[name], f"{at}.{name}")
        ]
    return found


@pytest.fixture
def copy(warc_store: Path, tmp_path: Path) -> Path:
    """The store of the sample corpus, to be changed."""
    return Path(shutil.copy(warc_store, tmp_path / "s.duckdb"))


def change(store: Path, sql: str, *values: object) -> None:
    with Store.create_or_open(store, {}) as opened:
        opened.con.execute(sql, values)


def add_evidence(store: Path, *items: dict[str, object], confidence: float = 0.9) -> None:
    """Give the edge of PAGE other evidence and confidence."""
    change(
        store,
        "UPDATE provenance_edge SET evidence = ?, confidence = ?"
        " WHERE doc_id = (SELECT doc_id FROM document WHERE url = ?)",
        json.dumps(items),
        confidence,
        PAGE,
    )


OTHERS: tuple[dict[str, object], ...] = (
    {"kind": "alternative", "words": "could also be an origin (0.1)", "url": None, "site": None, "probability": 0.1},
    {"kind": "alternative", "words": "could also be b (0.25)", "url": "https://b.example/", "site": None,
     "probability": 0.25},
    {"kind": "alternative", "words": "could also be c (0.2)", "url": None, "site": "c.example", "probability": 0.2},
    {"kind": "later", "words": "published 3 h later", "minutes": 180},
)  # fmt: skip


def test_below_a_confidence_of_60_percent_the_parent_is_one_of_several(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_evidence(copy, *OTHERS, confidence=0.41)
    text = "\n".join(line.lstrip("│├└─ ") for line in captured(capsys, "trace", PAGE, "--store", str(copy)))
    (parent,) = re.findall(r"0\.41  (https://en\.caravannews\.example/\S+)", text)
    expected = [
        "one of these; the first is followed:", f"0.41  {parent}", "0.25  https://b.example/",
        "0.20  an unseen source, c.example", "0.10  nothing: it is an origin itself",
        "0.04  all others, none of 0.10 or more",
    ]  # fmt: skip
    assert "\n".join(expected) in text
    assert "could also be" not in text


def test_at_60_percent_alternatives_are_lines_of_the_evidence(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_evidence(copy, *OTHERS[2:], confidence=0.6)
    text = "\n".join(captured(capsys, "trace", PAGE, "--store", str(copy)))
    assert "could also be c (0.2)" in text
    assert "one of these" not in text


def test_a_likelier_alternative_is_explained(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_evidence(copy, OTHERS[1], confidence=0.2)
    text = "\n".join(captured(capsys, "trace", PAGE, "--store", str(copy)))
    assert "one of these; the first is followed, since the tree as a whole is likeliest so:" in text


def test_a_persons_word_comes_first_then_warnings_then_the_rest(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_evidence(
        copy, OTHERS[3], {"kind": "conflict", "words": "states a time after its crawl"},
        {"kind": "person", "words": "Ana says so, 2026-03-09"},
    )  # fmt: skip
    lines = [line.lstrip("│├└─ ") for line in captured(capsys, "trace", PAGE, "--store", str(copy))]
    assert lines[2:5] == [
        "a person's word: Ana says so, 2026-03-09", "warning: states a time after its crawl", "published 3 h later",
    ]  # fmt: skip
    (marked,) = [line for line in captured(capsys, "trace", PAGE, "--tree", "--store", str(copy)) if "<- the" in line]
    assert "  translates a person's word  " in marked
    assert marked.endswith("  1 warning: see its trace  <- the page asked about")


def test_no_sign_of_a_page_steers_a_terminal(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_evidence(copy, {"kind": "credit", "words": "names \x1b[31mred\x1b[0m as source"})
    change(copy, "UPDATE document SET title = ? WHERE url = ?", "a \x1b]0;title\x07 \u202e b", PAGE)
    for more in ((), ("--tree",)):
        lines = captured(capsys, "trace", PAGE, *more, "--store", str(copy))
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", "".join(lines))
    status, written = on_terminal("trace", PAGE, "--store", str(copy))
    assert status == 0
    assert "\x1b[31m" not in written
    assert "\x1b]" not in written


def test_the_end_of_a_chain_is_the_earliest_seen(warc_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = captured(capsys, "trace", PAGE, "--store", str(warc_store))
    assert any(re.search(r"└── origin  (>0\.99|0\.\d\d)  earliest seen, not proven first$", line) for line in lines)


def test_a_tree_has_all_pages_of_its_root_below_their_parents_by_time(
    warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with syndetect.open(warc_store) as archive:
        tree = archive.trace(PAGE).tree
        parents = dict(archive.query("SELECT url, parent_url FROM provenance").rows())
    assert tree is not None
    for before, node in pairwise(tree.nodes):
        assert node.depth <= before.depth + 1
        assert node.parent == parents[node.url]
        assert node.depth != before.depth + 1 or node.parent == before.url
    assert sum(parents[node.url] == tree.root.url for node in tree.nodes) > 1
    assert {node.n_below for node in tree.nodes if node.depth == 0} == {len(tree.nodes) - 1}
    siblings = [node for node in tree.nodes if node.depth == 1]
    times = [node.row["published_at"] or node.row["first_crawled_at"] for node in siblings]
    assert times == sorted(times)  # type: ignore[type-var]
    lines = captured(capsys, "trace", PAGE, "--tree", "--store", str(warc_store))
    assert [len(line) - len(line.lstrip()) for line in lines[: len(tree.nodes)]] == [2 * n.depth for n in tree.nodes]
    assert [line.count(ISOLATE) for line in lines] == [line.count(POP) for line in lines]
    assert sum("<- the page asked about" in line for line in lines) == 1
    status, written = on_terminal("trace", PAGE, "--tree", "--store", str(warc_store))
    assert status == 0
    assert "├── " in written


def test_all_roots_of_a_story_are_told_and_their_trees_add_up(sample: Archive) -> None:
    several = 0
    for story in sample.stories().to_dicts():
        (url, *_) = sample.query(f"SELECT url FROM story_members WHERE story_id = '{story['story_id']}' ORDER BY 1")[
            "url"
        ]
        tree = sample.trace(url).tree
        assert tree is not None
        roots = [tree.root, *tree.other_roots]
        assert sum(root.n_pages for root in roots) == story["n_documents"]
        assert len(tree.nodes) == tree.root.n_pages
        several += len(roots) > 1
    assert several > 2


@pytest.fixture(scope="module")
def sample(warc_store: Path):  # type: ignore[no-untyped-def]
    with syndetect.open(warc_store) as opened:
        yield opened


@pytest.mark.parametrize("limit", [0, 1, 3, 10, 11])
def test_what_is_folded_is_counted_and_the_way_to_the_page_stays(
    limit: int, sample: Archive, warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (deep,) = sample.query("SELECT url FROM chains ORDER BY depth DESC, url LIMIT 1")["url"]
    tree = sample.trace(deep).tree
    assert tree is not None
    shown, folded = tree.shown(limit)
    assert len(shown) + sum(pages for _, pages in folded.values()) == len(tree.nodes)
    assert any(node.asked for node in shown)
    kept = {node.url for node in shown}
    assert all(node.parent is None or node.parent in kept for node in shown)
    lines = captured(capsys, "trace", deep, "--tree", "--limit", str(limit), "--store", str(warc_store))
    assert sum("--limit 0 shows all" in line for line in lines) == len(folded)
    assert bool(folded) == (len(shown) < len(tree.nodes))
    assert folded if limit in (1, 3) else limit == 10 or not folded


def test_a_chain_of_thousands_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "s.duckdb"
    with Store.create_or_open(store, {}) as opened:
        for table, columns in (
            ("document", "'https://a.example/' || range AS url, 'a.example' AS site, 'article' AS kind, [] AS also_at"),
            ("story_document", "'s' AS story_id"),
            ("same_text", "0 AS text_id"),
            ("provenance_edge", "nullif(range, 0) - 1 AS parent_id, if(range > 0, 'a.example', NULL) AS parent_site,"
             " 'copies' AS relation, 1.0 AS confidence, '[]' AS evidence"),
        ):  # fmt: skip
            opened.con.execute(f"INSERT INTO {table} BY NAME SELECT range AS doc_id, {columns} FROM range(3000)")
    lines = captured(capsys, "trace", "https://a.example/5", "--tree", "--limit", "0", "--store", str(store))
    assert sum("a.example" in line for line in lines) == 3000
    lines = captured(capsys, "trace", "https://a.example/5", "--tree", "--store", str(store))
    assert any("and 1 page more taken from here, 2800 pages with what came of them" in line for line in lines)


def test_the_json_of_all_pages_fits_the_schema_and_the_view_chains(sample: Archive) -> None:
    chains = {(row["url"], row["depth"]): row["confidence"] for row in sample.query("SELECT * FROM chains").to_dicts()}
    for url in sample.query("SELECT url FROM documents ORDER BY url")["url"][::9]:
        told = json.loads(json.dumps(sample.trace(url).to_dict(), default=str))
        assert faults(told, SCHEMA) == []
        assert told["end"] is None or (told["end"]["what"] == "unseen") == told["chain"][-1]["unseen"]
        for depth, step in enumerate(told["chain"], start=1):
            if step["parent_site"] is not None:
                assert step["chain_confidence"] == pytest.approx(chains[url, depth], abs=1e-6)
            assert step["confidence"] + sum(one["probability"] for one in step["alternatives"]) <= 1.01


def test_the_schema_refuses_what_it_should(sample: Archive) -> None:
    told = json.loads(json.dumps(sample.trace(PAGE).to_dict(), default=str))
    assert faults({**told, "more": 1}, SCHEMA) == ["$.more is unknown"]
    assert faults({**told, "confidence": 1.5}, SCHEMA) == ["$.confidence = 1.5 is out of range"]
    del told["tree"]["pages"][0]["asked"]
    assert faults(told, SCHEMA) == ["$.tree fits none"]


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (59, "59 min"), (200, "3 h 20 min"), (1445, "1 d")])
def test_minutes_are_told_in_words(minutes: int, words: str) -> None:
    assert span(minutes) == words
