"""Copies with invisible characters or foreign letters inside words: still found, and said of the pair."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import page, write_lines

import syndetect
from syndetect.archive import Archive
from syndetect.cli import run_cli

PLAIN = " ".join(
    f"The harbour council told its {n} engineers on Tuesday to repaint bridge {n * 7} before the tides of {n + 1900}."
    for n in range(8)
)
HIDDEN = PLAIN.replace("engineers", "engi\u200bne\u200bers", 6)
LOOKALIKE = PLAIN.replace("council", "c\u043euncil", 3)
URLS = {name: f"https://{name}.example/a" for name in ("plain", "hidden", "lookalike")}


def dump(folder: Path, name: str, *names: str) -> str:
    texts = {"plain": PLAIN, "hidden": HIDDEN, "lookalike": LOOKALIKE}
    records = [
        page(n, url=URLS[which], text=texts[which], date_download=f"2026-03-0{1 + list(URLS).index(which)} 10:00:00")
        for n, which in enumerate(names)
    ]
    return str(write_lines(folder / name, *records))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hidden")
    syndetect.run([dump(folder, "d.jsonl", *URLS)], store=folder / "s.duckdb")
    return folder / "s.duckdb"


def evidence(archive: Archive) -> dict[tuple[str, str], dict[str, object]]:
    """Of each pair: its relation, and what it says of hidden characters of either page."""
    return {
        (row["left_url"], row["right_url"]): {
            "relation": row["relation"],
            row["left_url"]: json.loads(row["evidence"]).get("left_hidden"),
            row["right_url"]: json.loads(row["evidence"]).get("right_hidden"),
        }
        for row in archive.pairs().to_dicts()
    }


def test_a_copy_with_invisible_characters_is_exact_and_the_pair_counts_them(store: Path) -> None:
    with syndetect.open(store) as archive:
        found = {frozenset(urls): said for urls, said in evidence(archive).items()}
        assert found[frozenset((URLS["plain"], URLS["hidden"]))] == {
            "relation": "exact", URLS["plain"]: None, URLS["hidden"]: 12
        }  # fmt: skip
        assert archive.documents()["text"].to_list()[0] == HIDDEN


def test_a_copy_with_foreign_letters_is_a_near_duplicate(store: Path) -> None:
    with syndetect.open(store) as archive:
        pairs = evidence(archive)
        relations = {
            said["relation"] for urls, said in pairs.items() if URLS["lookalike"] in urls and URLS["plain"] in urls
        }
        assert relations == {"near-duplicate"}
        assert archive.stories()["n_documents"].to_list() == [3]


@pytest.mark.parametrize("turned", [False, True], ids=["as given", "turned round"])
def test_explain_says_what_is_hidden_on_which_side(
    store: Path, capsys: pytest.CaptureFixture[str], turned: bool
) -> None:
    def lines(left: str, right: str) -> list[str]:
        assert run_cli(["explain", URLS[left], URLS[right], "--store", str(store)]) == 0
        return [line for line in capsys.readouterr().out.splitlines() if line.startswith(("  left has", "  right has"))]

    side, order = ("left", -1) if turned else ("right", 1)
    other = "right" if turned else "left"
    assert lines(*("plain", "hidden")[::order]) == [f"  {side} has 12 invisible characters inside words"]
    assert lines(*("plain", "lookalike")[::order]) == [
        f"  {side} has 3 words more than {other} in letters of two alphabets that look like one"
    ]
    assert lines(*("plain", "plain")[::order]) == []


def test_explain_json_counts_both_pages(store: Path) -> None:
    none = {"n_hidden": 0, "n_in_place": 0, "n_soft_hyphens": 0, "n_mixed": 0}
    with syndetect.open(store) as archive:
        found = archive.explain(URLS["hidden"], URLS["lookalike"]).to_dict()
    assert found["invisible"] == {"left": none | {"n_hidden": 12}, "right": none | {"n_mixed": 3}}


def test_hidden_characters_are_counted_alike_however_the_pages_come(store: Path, tmp_path: Path) -> None:
    grown = tmp_path / "s.duckdb"
    for name in ("lookalike", "plain", "hidden"):
        syndetect.run([dump(tmp_path, f"{name}.jsonl", name)], store=grown)
    with syndetect.open(store) as one, syndetect.open(grown) as other:
        assert evidence(one) == evidence(other)
