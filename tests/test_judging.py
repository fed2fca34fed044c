"""What a person says outweighs what was found, outlives runs, and leaves no trace when it is taken back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from conftest import run, views, write_lines
from hard_pages import Record, edited, record, words
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import syndetect
from syndetect.cli import run_cli
from syndetect.errors import SettingsError
from syndetect.judgements import COUNTS, Word, ring_of, settle
from syndetect.pipeline.judging import Said
from syndetect.report.listing import StoryFilter
from syndetect.schema import ID
from syndetect.settings import Settings
from syndetect.store import Store
from syndetect.stories import regroup


def url(name: str) -> str:
    return f"https://{name}.example/a"


def pages() -> list[Record]:
    """Two stories of copies, a text of its own, and a page that is a list by its title."""
    found = [record(f"first{n}.example/a", edited(words(1), n) if n else words(1), 2 + n) for n in range(4)]
    found += [record(f"second{n}.example/a", edited(words(2), n) if n else words(2), 2 + n) for n in range(3)]
    found += [record("same0.example/a", words(3), 3), record("same1.example/a", words(3), 4)]
    return [*found, record("alone.example/a", words(4), 5), record("rewritten.example/a", words(5), 8)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("found")
    run(folder / "s.duckdb", write_lines(folder / "all.jsonl", *pages()))
    return folder / "s.duckdb"


@pytest.fixture
def store(found: Path, tmp_path: Path) -> Path:
    shutil.copy(found, tmp_path / "s.duckdb")
    return tmp_path / "s.duckdb"


def say(store: Path, *pages_and_word: str, **more: object) -> Said:
    return syndetect.judge(*pages_and_word, by="ada", store=store, **more)  # type: ignore[arg-type]


def stories_of(store: Path) -> list[set[str]]:
    """The stories as sets of the first part of the host."""
    members = views(store)["story_members"]
    named = members.with_columns(pl.col("url").str.extract(r"//([^.]+)"))
    return sorted((set(group["url"]) for _, group in named.group_by("story_id")), key=min)


def pair_of(store: Path, one: str, other: str) -> dict[str, object]:
    pairs = views(store)["pairs"]
    both = pairs.filter(
        pl.col("left_url").is_in([url(one), url(other)]) & pl.col("right_url").is_in([url(one), url(other)])
    )
    assert len(both) == 1
    return both.row(0, named=True)


def edge_of(store: Path, name: str) -> dict[str, object]:
    return views(store)["provenance"].filter(url=url(name)).row(0, named=True)


def assert_same_but_for_moments(left: Path, right: Path) -> None:
    """The stores are the same, but for when words were said."""
    moment = pl.col("evidence").str.replace(r'"said_at":"[^"]*"', "")
    mine, theirs = views(left, inputs=False), views(right, inputs=False)
    for name, frame in mine.items():
        ours, others = (one.with_columns(moment) if name == "provenance" else one for one in (frame, theirs[name]))
        assert_frame_equal(ours, others, check_exact=False, rel_tol=0, abs_tol=1e-9)


FIRST, SECOND = {f"first{n}" for n in range(4)}, {f"second{n}" for n in range(3)}
SAME = {"same0", "same1"}


def test_pages_called_the_same_are_one_story(store: Path) -> None:
    assert stories_of(store) == [FIRST, SAME, SECOND]
    say(store, url("first2"), url("rewritten"), "same", note="told in other words")
    assert stories_of(store) == [FIRST | {"rewritten"}, SAME, SECOND]
    pair = pair_of(store, "first2", "rewritten")
    assert (pair["judgement"], pair["relation"]) == ("same", None)
    assert json.loads(str(pair["evidence"]))["person"].startswith("ada said so on 2")
    assert json.loads(str(pair["evidence"]))["person"].endswith(": told in other words")
    say(store, url("alone"), url("second0"), "same")
    say(store, url("alone"), url("same0"), "same")
    assert stories_of(store) == [SECOND | SAME | {"alone"}, FIRST | {"rewritten"}]


def test_pages_called_different_are_in_two_stories_whatever_links_them(store: Path) -> None:
    say(store, url("first1"), url("first3"), "different")
    first = [story for story in stories_of(store) if story & FIRST]
    assert [story for story in first if {"first1", "first3"} <= story] == []
    pair = pair_of(store, "first3", "first1")
    assert (pair["judgement"], pair["relation"]) == ("different", None)
    say(store, url("same1"), url("same0"), "different")
    assert not any(story & SAME for story in stories_of(store))
    with Store.open(store) as opened:
        groups = dict(opened.frame("SELECT url, group_id FROM copy_group JOIN document USING (doc_id)").rows())
        assert groups[url("same0")] != groups[url("same1")]
        apart = opened.value(
            "SELECT count(*) FROM copy_group c JOIN story_group s USING (doc_id)"
            " JOIN story_group t ON t.doc_id = c.group_id WHERE s.group_id <> t.group_id"
        )
        assert apart == 0


def test_a_pair_of_the_same_text_says_that_a_word_keeps_it_from_joining(store: Path) -> None:
    say(store, url("first0"), url("first3"), "different")
    kept_apart = views(store)["pairs"].filter(pl.col("evidence").str.contains("a person separated"))
    assert len(kept_apart) >= 1
    assert set(kept_apart["judgement"]) == {"same"}


def test_a_parent_given_by_a_person_is_certain_and_brings_its_page_into_the_story(store: Path) -> None:
    say(store, url("first1"), parent=url("first3"), note="they say so")
    edge = edge_of(store, "first1")
    assert (edge["parent_url"], edge["confidence"], edge["relation"]) == (url("first3"), 1.0, "copies")
    item = json.loads(str(edge["evidence"]))[0]
    assert (item["kind"], item["words"].endswith(": they say so")) == ("person", True)
    assert edge_of(store, "first3")["parent_url"] != url("first1")
    say(store, url("alone"), parent=url("rewritten"))
    assert {"alone", "rewritten"} in stories_of(store)
    assert edge_of(store, "alone")["parent_url"] == url("rewritten")
    assert all(item["words"] for item in json.loads(str(edge_of(store, "alone")["evidence"])))


def test_a_source_outside_the_store_and_none_at_all(store: Path) -> None:
    say(store, url("alone"), parent="www.Wire.example")
    edge = edge_of(store, "alone")
    assert (edge["parent_url"], edge["parent_site"], edge["confidence"]) == (None, "wire.example", 1.0)
    say(store, url("first3"), parent="wire.example")
    assert edge_of(store, "first3")["parent_site"] == "wire.example"
    say(store, url("first3"), parent="none")
    edge = edge_of(store, "first3")
    assert (edge["parent_site"], edge["relation"], edge["confidence"]) == (None, "origin", 1.0)
    say(store, url("alone"), parent="none")
    assert views(store)["provenance"].filter(url=url("alone")).is_empty()


def test_the_latest_word_counts_and_the_older_one_is_listed_as_overridden(store: Path) -> None:
    say(store, url("first0"), url("second0"), "same")
    answer = syndetect.judge(url("second0"), url("first0"), "different", by="bob", store=store)
    assert [row["word"] for row in answer.overridden] == ["same"]
    say(store, url("first1"), parent=url("first2"))
    say(store, url("first1"), parent=url("first0"))
    with syndetect.open(store) as archive:
        told = archive.judgements()
    assert told["word"].to_list() == ["parent", "parent", "different", "same"]
    assert told["state"].to_list() == ["counts", "overridden", "counts", "overridden"]
    assert told["said_by"].to_list() == ["ada", "ada", "bob", "ada"]
    assert edge_of(store, "first1")["parent_url"] == url("first0")
    answer = syndetect.judge(url("first1"), withdraw=True, store=store)
    assert [row["url_b"] for row in answer.revived] == [url("first2")]
    assert edge_of(store, "first1")["parent_url"] == url("first2")


def test_a_ring_of_parents_is_refused_and_one_that_arises_loses_its_oldest_word(store: Path) -> None:
    say(store, url("first0"), parent=url("first1"))
    say(store, url("first1"), parent=url("first2"))
    with pytest.raises(SettingsError, match=r"people said that .*first0.* withdraw one .*\[parent-ring\]"):
        say(store, url("first2"), parent=url("first0"))
    say(store, url("first1"), parent=url("first3"))
    say(store, url("first2"), parent=url("first0"))
    syndetect.judge(url("first1"), withdraw=True, store=store)
    for page, parent in (("first1", "first2"), ("first2", "first0")):
        assert (edge_of(store, page)["parent_url"], edge_of(store, page)["confidence"]) == (url(parent), 1.0)
    assert edge_of(store, "first0")["parent_url"] in (None, url("first3"))
    states = views(store)["judgements"].select(pl.col("url_a").str.slice(8, 6), "state").rows()
    assert states == [
        ("first0", "overridden"),
        ("first1", "counts"),
        ("first1", "withdrawn"),
        ("first2", "counts"),
    ]


WORDS: list[tuple[tuple[str, ...], dict[str, object]]] = [
    ((url("first0"), url("first2"), "different"), {}),
    ((url("rewritten"), url("second1"), "same"), {}),
    ((url("same0"), url("same1"), "different"), {}),
    ((url("alone"),), {"parent": url("first0")}),
    ((url("second0"),), {"parent": "wire.example"}),
    ((url("second2"),), {"parent": url("rewritten")}),
]


def test_a_word_withdrawn_leaves_the_former_answer(store: Path, found: Path) -> None:
    for told, more in WORDS:
        say(store, *told, **more)
    assert stories_of(store) != stories_of(found)
    for told, _ in WORDS:
        say(store, *told[:2], withdraw=True)
    mine, theirs = views(store), views(found)
    for name, frame in theirs.items():
        assert name == "judgements" or frame.equals(mine[name]), name


def test_words_give_the_same_answer_whenever_they_are_said(store: Path, tmp_path: Path) -> None:
    """After the run, before another one with the rest of the pages, before one with other settings and back."""
    for told, more in WORDS:
        say(store, *told, **more)
    half, rest = write_lines(tmp_path / "1.jsonl", *pages()[::2]), write_lines(tmp_path / "2.jsonl", *pages()[1::2])
    early = tmp_path / "early.duckdb"
    run(early, half, rest, stop_after="crawl")
    for told, more in WORDS:
        assert not say(early, *told, **more).applied
    run(early, half, rest)
    assert_same_but_for_moments(store, early)
    run(early, half, rest, settings=Settings(least_words=130))
    assert [story for story in stories_of(early) if "first1" in story] == []
    assert {"rewritten", "second1", "second2"} in stories_of(early)
    run(early, half, rest)
    assert_same_but_for_moments(store, early)


def test_a_word_holds_for_a_new_text_of_its_page_and_waits_for_a_page_that_is_gone(tmp_path: Path) -> None:
    path, file = tmp_path / "s.duckdb", tmp_path / "lone.txt"
    file.write_text(words(6))
    first = write_lines(tmp_path / "1.jsonl", *pages())
    run(path, first, file)
    say(path, url("first1"), url("first2"), "different")
    say(path, file.as_uri(), url("alone"), "same")
    file.write_text("")
    run(path, first, file, write_lines(tmp_path / "2.jsonl", record("first1.example/a", edited(words(1), 77), 9)))
    assert views(path)["judgements"]["state"].to_list() == ["counts", "waiting"]
    assert not any({"first1", "first2"} <= story for story in stories_of(path))
    assert pair_of(path, "first1", "first2")["judgement"] == "different"
    file.write_text(words(7))
    run(path, first, file)
    assert views(path)["judgements"]["state"].to_list() == ["counts", "counts"]


def test_a_word_for_later_is_applied_by_the_next_one_or_a_run(store: Path, found: Path, tmp_path: Path) -> None:
    answer = say(store, url("first0"), url("second0"), "same", later=True)
    assert not answer.applied
    assert stories_of(store) == stories_of(found)
    shutil.copy(store, tmp_path / "t.duckdb")
    say(store, url("same0"), url("alone"), "same")
    assert FIRST | SECOND in stories_of(store)
    again = write_lines(tmp_path / "all.jsonl", *pages())
    run(tmp_path / "t.duckdb", again)
    assert FIRST | SECOND in stories_of(tmp_path / "t.duckdb")


def test_other_thresholds_hold_what_people_said(store: Path) -> None:
    say(store, url("first0"), url("second0"), "same")
    say(store, url("same0"), url("same1"), "different")

    def sizes(least: float) -> list[object]:
        with syndetect.open(store) as archive:
            return [row["n_documents"] for row in archive.list_stories(StoryFilter(), min_similarity=least)]

    assert sizes(0.5) == [7]
    assert sizes(1.0) == [2]


def test_the_sample_corpus_takes_words_across_languages(warc_store: Path, tmp_path: Path) -> None:
    store = tmp_path / "s.duckdb"
    shutil.copy(warc_store, store)
    with syndetect.open(store) as archive:
        pair = archive.query(
            "SELECT left_url, right_url FROM pairs WHERE relation = 'translation' AND judgement = 'same'"
            " ORDER BY similarity DESC, left_url, right_url"
        ).rows()[0]
        far = archive.query(
            "SELECT a.url, b.url FROM documents a, documents b WHERE a.language = 'en' AND b.language <> 'en'"
            " AND a.kind = 'article' AND b.kind IN ('digest', 'list') ORDER BY ALL"
        ).rows()[0]
    say(store, *pair, "different")
    with syndetect.open(store) as archive:
        assert not archive.explain(*pair).same_story
        assert archive.explain(*pair).judgement == "different"
    say(store, *far[::-1], "same")
    say(store, far[1], parent=far[0])
    with syndetect.open(store) as archive:
        told = archive.explain(*far)
        assert told.same_story
        assert archive.trace(far[1]).steps[0].parent.url == far[0]  # type: ignore[union-attr]
        assert archive.list_stories(StoryFilter(), min_similarity=0.5)


EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 9)), max_size=20)
PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=5)


def frame(rows: list[tuple[int, ...]], *names: str) -> pl.DataFrame:
    """Pairs of two pages as left_id < right_id, and other columns."""
    sorted_ids = [(*sorted(row[:2]), *row[2:]) for row in rows if row[0] != row[1]]
    schema = {"left_id": ID, "right_id": ID, **dict.fromkeys(names, pl.Float64())}
    return pl.DataFrame(sorted_ids, schema=pl.Schema(schema), orient="row")


def documents() -> pl.DataFrame:
    at = pl.Series([None] * 8, dtype=pl.Datetime("us", "UTC"))
    return pl.DataFrame({"doc_id": pl.Series(range(8), dtype=ID), "at": at})


@given(copies=EDGES, links=EDGES, said=st.lists(st.tuples(st.sampled_from(["same", "different"]), st.integers(0, 7),
                                                          st.integers(0, 7)), max_size=8))  # fmt: skip
def test_separated_pages_never_share_a_story(
    copies: list[tuple[int, ...]], links: list[tuple[int, ...]], said: list[tuple[str, int, int]]
) -> None:
    told = [Word(n, word, str(a), str(b)) for n, (word, a, b) in enumerate(said) if a != b]
    states = settle(told)
    if told:
        assert states[told[-1].number] == COUNTS
    counting = [one for one in told if states[one.number] == COUNTS]
    same, different = (
        frame([(int(one.a), int(str(one.b))) for one in counting if one.word == word]) for word in ("same", "different")
    )
    given_copies, given_links = frame(copies, "similarity"), frame(links, "similarity")
    same = same.with_columns(copies=pl.lit(value=False))
    found = regroup(documents(), same, given_copies, given_links, different)
    story = dict(found.select("doc_id", "story_id").rows())
    group = dict(found.select("doc_id", "copies_id").rows())
    assert all(story[a] == story[b] for a, b in same.select("left_id", "right_id").rows())
    assert all(story[a] != story[b] for a, b in different.rows())
    assert all(story[page] == story[of] for page, of in group.items())
    # Of links that were refused each would bring together two pages that are apart.
    apart = {frozenset((story[a], story[b])) for a, b in different.rows()}
    refused = [(a, b) for a, b, _ in [*given_copies.rows(), *given_links.rows()] if story[a] != story[b]]
    assert all(frozenset((story[a], story[b])) in apart for a, b in refused)


@given(copies=EDGES, links=EDGES, order=st.randoms())
def test_without_words_groups_are_as_they_were_and_the_order_of_links_changes_nothing(
    copies: list[tuple[int, ...]], links: list[tuple[int, ...]], order: object
) -> None:
    none = frame([])

    def grouped(copies: list[tuple[int, ...]], links: list[tuple[int, ...]], different: pl.DataFrame) -> pl.DataFrame:
        edges = (frame(copies, "similarity"), frame(links, "similarity"))
        return regroup(documents(), none.with_columns(copies=True), *edges, different)

    found = grouped(copies, links, none)
    least = list(range(8))
    for _ in range(8):
        for a, b, _ in [*copies, *links]:
            least[a] = least[b] = min(least[a], least[b])
    assert found["story_id"].to_list() == least
    apart = frame([(0, 1), (2, 5)])
    shuffled = [order.sample(edges, len(edges)) for edges in (copies, links)]  # type: ignore[attr-defined]
    one, other = grouped(copies, links, apart), grouped(shuffled[0], shuffled[1], apart)
    assert one.equals(other)


@given(parents=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_parents_that_count_make_no_ring_and_the_latest_always_counts(parents: list[tuple[int, int]]) -> None:
    told = [Word(n, "parent", str(a), str(b)) for n, (a, b) in enumerate(parents) if a != b]
    states = settle(told)
    counting = {one.a: str(one.b) for one in told if states[one.number] == COUNTS}
    assert not told or states[told[-1].number] == COUNTS
    for page in counting:
        at, way = page, [page]
        while at in counting:
            at = counting[at]
            assert at not in way
            way.append(at)
        if at != page:
            kept = [one for one in told if states[one.number] == COUNTS]
            assert ring_of(kept, at, page) == way


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["x", "y"], 2, r"give two pages and same or different, or one page and --parent; .*\[command-line\]"),
        ([], 2, r"Missing argument 'URL'; .*\[command-line\]"),
        (["x", "y", "alike"], 2, r"alike is no word for two pages; .*\[judge-what\]"),
        (["x", "y", "same", "z"], 2, r"Got unexpected extra argument \(z\); .*\[command-line\]"),
        (["x", "--parent", "y", "--withdraw"], 2, r"to withdraw a word takes its pages alone; .*\[judge-what\]"),
        ([url("alone"), "https://nowhere.test/", "same"], 4, r"https://nowhere.test/ is not in the store; .*"),
        ([url("alone"), "--parent", "https://nowhere.test/"], 4, r"https://nowhere.test/ is not in the store; .*"),
        ([url("alone"), url("alone").replace("https", "http") + "?utm_source=x", "same"], 2, r".* \[same-page\]"),
        ([url("alone"), "--parent", url("alone")], 2, r".* are one page; name two \[same-page\]"),
        ([url("alone"), "--parent", ""], 2, r"the parent '' is neither an address nor a host; .*\[judge-what\]"),
        ([url("alone"), "--parent", "not a host"], 2, r"the parent 'not a host' is neither .*\[judge-what\]"),
        ([url("alone"), "--parent", "None"], 2, r"the parent 'None' is neither .*\[judge-what\]"),
        ([url("alone"), "--parent", "[::1"], 2, r"the parent '\[::1' is neither .*\[judge-what\]"),
        ([url("alone"), url("same1"), "--withdraw"], 2, r"there is no word on .* to withdraw; .*\[no-word\]"),
        ([url("alone"), "--parent", "none", "--store", "none.duckdb"], 10, r"none.duckdb does not exist; .*"),
        (["--list", url("alone")], 2, r"--list takes no pages; .*\[command-line\]"),
    ],
)
def test_what_is_wrong_with_a_word_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], found: Path, arguments: list[str], status: int, message: str
) -> None:
    at = [] if "--store" in arguments else ["--store", str(found)]
    before = found.read_bytes()
    assert run_cli(["judge", *arguments, *at]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert re.match("syndetect: " + message, err), err
    assert found.read_bytes() == before


def test_the_command_says_what_it_kept_and_lists_it(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    at = ["--store", str(store)]
    assert run_cli(["judge", url("first0"), url("second0"), "same", "--by", "ada", *at]) == 0
    assert capsys.readouterr().err == f"kept: {url('first0')} and {url('second0')} are the same, said ada\n"
    assert run_cli(["judge", url("first0"), url("second0"), "different", "--by", "bob", "--json", *at]) == 0
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in err.splitlines()] == ["kept", "overridden"]
    answer = json.loads(out)
    assert (answer["applied"], answer["judgement"]["state"], answer["overridden"][0]["said_by"]) == (
        True,
        "counts",
        "ada",
    )
    assert run_cli(["judge", "--list", "--json", *at]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["said_by"], row["word"], row["state"]) for row in listed] == [
        ("bob", "different", "counts"), ("ada", "same", "overridden"),
    ]  # fmt: skip
    assert run_cli(["explain", url("first0"), url("second0"), *at]) == 0
    assert "person             bob said so on 2" in capsys.readouterr().out
    assert run_cli(["judge", url("first1"), "--parent", url("first2"), "--note", "seen", *at]) == 0
    assert run_cli(["trace", url("first1"), *at]) == 0
    assert ": seen" in capsys.readouterr().out


def test_no_note_steers_a_terminal(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    at = ["--store", str(store)]
    assert run_cli(["judge", url("first0"), "--parent", "none", "--note", "a \x1b]0;t\x07 \u202e b", *at]) == 0
    assert run_cli(["judge", url("first0"), "--parent", "quill.example", *at]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["kept", "kept", "overridden"]
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", "".join(lines))


def test_a_name_loses_the_host_it_had_from_a_page_that_a_word_takes_out_of_its_story(tmp_path: Path) -> None:
    lines = [
        record("dailyquill.example/a", words(1), 2), record("other.example/a", edited(words(1), 1), 3),
        record("naming.example/a", edited(words(1), 2) + "\nSource: The Daily Quil", 4),
    ]  # fmt: skip
    store = tmp_path / "s.duckdb"
    run(store, write_lines(tmp_path / "all.jsonl", *lines))

    def named() -> pl.DataFrame:
        return views(store)["claims"].filter(kind="attribution").select("site", "rule")

    (with_quill,) = named().rows()
    assert with_quill == ("dailyquill.example", "src_label:en:story")
    say(store, url("naming"), url("dailyquill"), "different")
    say(store, url("other"), url("dailyquill"), "different")
    assert named().rows() == [(None, "src_label:en")]
    say(store, url("other"), url("dailyquill"), withdraw=True)
    say(store, url("naming"), url("dailyquill"), withdraw=True)
    assert named().rows() == [with_quill]


def test_a_store_that_is_held_takes_no_word(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    code = "import sys, duckdb; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert run_cli(["judge", url("alone"), "--parent", "none", "--store", str(store)]) == 11
        holder.communicate()
    assert "[store-locked]" in capsys.readouterr().err
