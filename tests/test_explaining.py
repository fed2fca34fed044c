"""What `explain` shows of two pages of different languages: on a terminal, in a pipe, as JSON."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import run, write_lines
from test_report import ISOLATE, POP, captured, on_terminal

import syndetect
from syndetect.anchors import extract_anchors
from syndetect.archive import Archive
from syndetect.report.comparison import Comparison
from syndetect.report.joined import joined_through
from syndetect.report.languages import count_keys

GOLD = Path(__file__).parent / "gold" / "explain_translation.txt"
PAIR = ("https://www.haderech.example/local/501183", "https://www.borazhaber.example/world/706435")
"""Hebrew and Turkish, of one story."""
LEARNT = re.compile(r"(?m)^(  (?:probability|next best \w+|score) +)\S+")
"""What the weights of the judgement give, which are learnt anew now and then."""

TRANSLATIONS = """
SELECT p.left_url, p.right_url FROM pairs p
JOIN documents l ON l.url = p.left_url JOIN documents r ON r.url = p.right_url
WHERE p.relation = 'translation' ORDER BY ALL
"""
OF_TWO_LANGUAGES = """
SELECT p.left_url, p.right_url FROM pairs p
JOIN documents l ON l.url = p.left_url JOIN documents r ON r.url = p.right_url
WHERE l.language <> r.language AND p.judgement = 'different' ORDER BY p.similarity DESC, p.left_url, p.right_url LIMIT 5
"""


@pytest.fixture(scope="module")
def archive(warc_store: Path) -> Iterator[Archive]:
    with syndetect.open(warc_store) as opened:
        yield opened


def test_a_translation_is_shown_mark_by_mark(warc_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Made by: syndetect explain PAIR --store STORE > tests/gold/explain_translation.txt
    printed = "\n".join(captured(capsys, "explain", *PAIR, "--store", str(warc_store))) + "\n"
    assert LEARNT.sub(r"\1*", printed) == LEARNT.sub(r"\1*", GOLD.read_text(encoding="utf-8"))


def test_marks_are_a_table_on_a_terminal_and_lines_elsewhere(
    warc_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = captured(capsys, "explain", *PAIR, "--store", str(warc_store))
    assert any(re.match(r"  number      \S+  =  \S+  \(\d+%, \d+%; in order; in \d+ pages?\)$", line) for line in lines)
    status, written = on_terminal("explain", *PAIR, "--store", str(warc_store))
    assert status == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    assert re.search(r"kind +left +at +right +at +order +pages", plain)
    assert re.search(r"number +\S+ +\d+% +\S+ +\d+% +in order +\d+", plain)


def test_every_isolate_is_closed_in_its_line(warc_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = captured(capsys, "explain", *PAIR, "--store", str(warc_store))
    assert any(ISOLATE in line for line in lines)
    assert all(line.count(ISOLATE) == line.count(POP) for line in lines)


def check(archive: Archive, found: Comparison) -> None:
    """What the JSON says holds of the texts."""
    told = json.loads(json.dumps(found.to_dict(), default=str))
    texts = {}
    for side in ("left", "right"):
        url = getattr(found, side).url
        texts[side] = archive.query(f"SELECT text FROM documents WHERE url = '{url}'").item() or ""
    for mark in told["shared_anchors"]:
        for side, text in texts.items():
            start, end = mark[f"{side}_span"]
            assert text[start:end] == mark[side]
            assert [start, end] in mark[f"{side}_spans"]
    for side, marks in told["missing"].items():
        assert all(texts[side][slice(*mark["span"])] == mark["text"] for mark in marks)
    marks = told["marks"]
    assert marks["n_shared"] == len(told["shared_anchors"])
    assert marks["n_in_order"] == sum(mark["in_order"] for mark in told["shared_anchors"])
    assert marks["tally"]["numbers"]["left"] == sum(
        mark["kind"] == "number" for mark in (*told["shared_anchors"], *told["missing"]["left"])
    )
    assert found.shared_anchors == [(mark["kind"], mark["left"], mark["right"]) for mark in told["shared_anchors"]]


def test_the_json_of_translations_and_of_different_pages_cuts_what_it_names(archive: Archive) -> None:
    pairs = [*archive.query(TRANSLATIONS).rows()[::12], *archive.query(OF_TWO_LANGUAGES).rows()]
    assert len(pairs) > 8
    for pair in pairs:
        check(archive, archive.explain(*pair))


def test_a_pair_read_from_its_right_page_is_turned(archive: Archive) -> None:
    one, other = archive.explain(*PAIR), archive.explain(*PAIR[::-1])
    assert one.marks is not None
    assert other.marks is not None
    assert one.evidence["numbers_left"] == other.evidence["numbers_right"]
    assert one.evidence["numbers_shared"] == other.evidence["numbers_shared"]
    ratio = float(str(one.evidence["length_ratio"]))
    assert ratio * float(str(other.evidence["length_ratio"])) == pytest.approx(1, abs=0.01)
    assert ratio == pytest.approx(one.marks.found.length_ratio, rel=0.1)
    assert one.marks.rivals == other.marks.rivals[::-1]
    assert {(m.left.text, m.right.text) for m in one.marks.found.shared if m.in_order} & {
        (m.right.text, m.left.text) for m in other.marks.found.shared if m.in_order
    }


def test_the_passages_of_a_pair_read_from_its_right_page_are_turned(archive: Archive) -> None:
    pair = archive.query("SELECT left_url, right_url FROM pairs WHERE relation = 'excerpt' ORDER BY ALL LIMIT 1").row(0)
    one, other = archive.explain(*pair).evidence["passages"], archive.explain(*pair[::-1]).evidence["passages"]
    assert [[*passage[2:], *passage[:2]] for passage in other] == one  # type: ignore[attr-defined]


def test_the_next_best_page_is_the_likest_other_one_of_that_language(archive: Archive) -> None:
    groups = dict(archive._store.frame("SELECT url, group_id FROM copy_group JOIN document USING (doc_id)").rows())
    languages = dict(archive.query("SELECT url, language FROM documents").rows())
    pairs = archive.query("SELECT left_url, right_url, similarity FROM pairs").rows()
    rows = sorted(
        (-similarity, other)
        for a, b, similarity in pairs
        for one, other in ((a, b), (b, a))
        if groups[one] == groups[PAIR[0]] and groups[other] != groups[PAIR[1]] and languages[other] == "tr"
    )
    marks = archive.explain(*PAIR).marks
    assert marks is not None
    assert (rows != []) == (marks.rivals[0] is not None)
    if marks.rivals[0] is not None:
        assert (-marks.rivals[0].similarity, marks.rivals[0].url) == rows[0]


def test_pages_of_one_story_that_were_not_compared_are_joined_through_others(archive: Archive) -> None:
    one, other = archive.query(
        "SELECT a.url, b.url FROM story_members a JOIN story_members b USING (story_id) ANTI JOIN pairs p"
        " ON a.url IN (p.left_url, p.right_url) AND b.url IN (p.left_url, p.right_url) WHERE a.url < b.url"
        " ORDER BY ALL LIMIT 1"
    ).row(0)
    left, right = archive.explain(one, other).left, archive.explain(one, other).right
    links = joined_through(archive._store, left, right)
    assert len(links) >= 2
    assert [links[0].left_url, *(link.right_url for link in links)] == [
        one, *(link.left_url for link in links[1:]), other,
    ]  # fmt: skip
    turned = joined_through(archive._store, right, left)
    assert [link.right_url for link in turned][:-1] == [link.left_url for link in links][:0:-1]


def test_pages_of_two_stories_are_not_joined(archive: Archive) -> None:
    one, other = archive.query(
        "SELECT min(url) AS url FROM story_members GROUP BY story_id ORDER BY url LIMIT 2"
    )["url"]  # fmt: skip
    found = archive.explain(one, other)
    assert (found.same_story, found.joined_through) == (False, [])


EN = "Robert Hamilton, 45, said on Sunday that Westfield paid 1,200 workers in Singapore and 48,213 in [bold]Lagos[/]."
RU = "Роберт Хэмилтон, 45 лет, сообщил в воскресенье, что Вестфилд заплатил 1200 рабочим в Сингапуре и 48 213 в Африке."


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")

    def record(name: str, **fields: object) -> dict[str, object]:
        return {"url": f"https://{name}.example/a", "title": name, **fields}

    dump = write_lines(
        folder / "d.jsonl",
        record("en", text=f"{EN} {EN.replace('48,213', '77,001')}", title="One\x1b[31m\r\n[bold]two[/] \u202ethree"),
        record("ru", text=f"{RU} {RU.replace('48 213', '77 002')}", date_publish="2026-01-01 10:00:00"),
        record("none", text="12 45 1200 9999 " * 30),
        record("de", text="Sie sagte im Mai 2021, dass sie nach Bonn fahre. " * 8, date_publish="2020-01-01 10:00:00"),
    )
    run(folder / "s.duckdb", dump)
    return folder / "s.duckdb"


def lines_of(store: Path, capsys: pytest.CaptureFixture[str], *names: str) -> list[str]:
    return captured(capsys, "explain", *(f"https://{name}.example/a" for name in names), "--store", str(store))


def test_titles_and_marks_can_neither_steer_a_terminal_nor_break_a_line(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = lines_of(store, capsys, "en", "ru")
    assert lines[0].endswith("  One\N{REPLACEMENT CHARACTER}[31m [bold]two[/] three")
    assert lines[1] == "       https://en.example/a"


def test_a_value_that_differs_is_named_on_both_sides(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(store, capsys, "en", "ru")
    left, right = lines.index("only left, no counterpart found:"), lines.index("only right, no counterpart found:")
    assert any(re.match(r"  number      77,001  \(\d+%", line) for line in lines[left:right])
    assert any(re.match(r"  number      77 002  \(\d+%", line) for line in lines[right:])


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        (("none", "ru"), "the language of the left page is not known"),
        (("ru", "none"), "the language of the right page is not known"),
        (("de", "ru"), "they were published more than 60 days apart"),
    ],
)
def test_a_pair_that_was_not_compared_says_why(
    store: Path, capsys: pytest.CaptureFixture[str], pair: tuple[str, str], why: str
) -> None:
    lines = lines_of(store, capsys, *pair)
    assert f"judgement: not compared ({why})" in lines
    assert any(line.startswith("  in order ") for line in lines)


def test_marks_beyond_the_limit_are_counted(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = [line for line in lines_of(store, capsys, "en", "ru") if "  =  " in line]
    for most, more in ((len(shown), 0), (len(shown) - 1, 1)):
        monkeypatch.setattr("syndetect.report.explaining.MOST_SHARED", most)
        lines = lines_of(store, capsys, "en", "ru")
        assert len([line for line in lines if "  =  " in line]) == most
        assert ("  and 1 more; --json has all" in lines) == (more == 1)


def test_a_store_without_counts_leaves_rarity_out(
    warc_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "bare.duckdb"
    shutil.copy(warc_store, bare)
    with duckdb.connect(str(bare)) as con:
        con.execute("DROP TABLE anchor_key")
    lines = captured(capsys, "explain", *PAIR, "--store", str(bare))
    assert "shared anchors, in the order of the left text:" in lines
    assert any(re.match(r"  number      .*  \(\d+%, \d+%; in order\)$", line) for line in lines)
    with syndetect.open(bare) as archive:
        found = archive.explain(*PAIR)
        assert found.marks is not None
        assert found.marks.n_pages is None
        assert {mark.n_pages for mark in found.marks.found.shared} == {None}


def test_counts_of_keys_are_those_of_the_pages_that_were_compared(archive: Archive) -> None:
    store = archive._store
    keys = store.frame("SELECT DISTINCT key FROM anchor_key ORDER BY key LIMIT 50")["key"]
    rarity = count_keys(store, keys)
    texts = store.frame("SELECT doc_id, language, text AS story_text FROM anchor_page JOIN story_text USING (doc_id)")
    marks = extract_anchors(texts).select("doc_id", "key").unique()
    held = dict(marks.group_by("key").len().iter_rows())
    assert rarity is not None
    assert sum(rarity.pages.values()) == store.count("SELECT count(*) FROM anchor_page")
    for key in keys:
        assert rarity.in_all[key] == held.get(key)
