"""Dedup: rows of the inputs come through whole, nothing is lost, every dropped row says why; what is refused."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from conftest import SAMPLE, page, write_lines
from hypothesis import given
from hypothesis import strategies as st

import syndetect
from syndetect.cli import run_cli
from syndetect.dedup.json_types import Shape, table_of
from syndetect.errors import InputError, RunError, SettingsError, SyndetectError
from syndetect.report.dedup import DedupReport

DUMPS = ("crawl.parquet", "crawl.jsonl.gz", "crawl.warc.gz")
S = "syndetect_"


def dedup(store: Path, **options: object) -> tuple[DedupReport, pl.DataFrame, pl.DataFrame]:
    """The report, the kept and the dropped rows, put in the working folder."""
    with syndetect.open(store) as archive:
        report = archive.dedup("kept.parquet", "dropped.parquet", **options)  # type: ignore[arg-type]
    return report, pl.read_parquet("kept.parquet"), pl.read_parquet("dropped.parquet")


def run(*inputs: Path) -> Path:
    syndetect.run([str(path) for path in inputs], store="s.duckdb")
    return Path("s.duckdb")


def copies(text_of: int, *fields: dict[str, object]) -> list[dict[str, object]]:
    """Pages with one text on sites of their own."""
    return [page(100 * text_of + n, text=page(text_of)["text"], **more) for n, more in enumerate(fields)]


def read(dump: str) -> list[dict[str, object]]:
    if dump.endswith("parquet"):
        return pl.read_parquet(SAMPLE / dump).to_dicts()
    return [json.loads(line) for line in gzip.decompress((SAMPLE / dump).read_bytes()).splitlines()]


@pytest.mark.parametrize("dump", DUMPS)
def test_every_row_of_the_sample_corpus_is_kept_or_dropped_with_a_reason(
    sample_store: Callable[[str], Path], dump: str
) -> None:
    store = sample_store(dump)
    report, kept, dropped = dedup(store)
    places = sorted([*kept.select(S + "path", S + "record").rows(), *dropped.select(S + "path", S + "record").rows()])
    assert len(places) == len(set(places)) == report.n_rows == report.kept + report.dropped == 201
    with syndetect.open(store) as archive:
        stories = set(archive.stories()["story_id"])
        members = dict(archive.query("SELECT url, story_id FROM story_members").rows())
        origins = dict(archive.query("SELECT story_id, origin_url FROM stories").rows())
    survivors = kept.drop_nulls(S + "story_id")
    assert sorted(survivors[S + "story_id"]) == sorted(stories)
    assert dropped.select(S + "survivor_url", S + "rule", S + "relation", S + "reason").null_count().row(0) == (0,) * 4
    urls = dict(zip(survivors[S + "story_id"], survivors["url"], strict=True))
    for row in dropped.to_dicts():
        assert members[row[S + "survivor_url"]] == row[S + "story_id"]
        if row[S + "rule"] == "origin":
            assert row[S + "survivor_url"] == origins[row[S + "story_id"]] == urls[row[S + "story_id"]]
    assert kept[S + "n_dropped"].sum() == len(dropped)


@pytest.mark.parametrize("dump", DUMPS[:2])
def test_rows_keep_all_columns_of_their_input(sample_store: Callable[[str], Path], dump: str) -> None:
    _, kept, dropped = dedup(sample_store(dump))
    before = read(dump)
    for frame in (kept, dropped):
        assert frame.columns[: len(before[0])] == list(before[0])
        for row in frame.to_dicts():
            assert {name: row[name] for name in before[0]} == before[row[S + "record"]]


def test_parquet_keeps_the_types_of_its_columns(sample_store: Callable[[str], Path]) -> None:
    dedup(sample_store("crawl.parquet"))
    before = pq.read_schema(SAMPLE / "crawl.parquet")
    for name in ("kept.parquet", "dropped.parquet"):
        assert list(pq.read_schema(name))[: len(before)] == list(before)


def test_rows_of_a_warc_are_those_of_the_view_documents(warc_store: Path) -> None:
    _, kept, dropped = dedup(warc_store)
    with syndetect.open(warc_store) as archive:
        documents = {row["url"]: row for row in archive.documents().to_dicts()}
    shown = [row for frame in (kept, dropped.filter(pl.col(S + "rule") != "fetch")) for row in frame.to_dicts()]
    assert {row["url"]: {name: row[name] for name in documents[row["url"]]} for row in shown} == documents
    # Of a fetch whose text the store no longer has, only address and time are told.
    for row in dropped.filter(pl.col(S + "rule") == "fetch").to_dicts():
        assert row["first_crawled_at"] == row["last_crawled_at"] < documents[row["url"]]["last_crawled_at"]
        assert row["text"] is None


@pytest.mark.parametrize(
    ("per", "columns"), [("story-language", "story_id, language"), ("copies", "story_id, group_id")]
)
def test_one_page_is_kept_of_each_part_of_a_story(warc_store: Path, per: str, columns: str) -> None:
    report, kept, _ = dedup(warc_store, per=per)
    with duckdb.connect(str(warc_store), read_only=True) as con:
        parts = con.sql(
            f"SELECT {columns}, list(url) FROM story_document JOIN document USING (doc_id)"
            " JOIN copy_group USING (doc_id) GROUP BY ALL"
        ).fetchall()
    assert all(len(set(urls) & set(kept["url"])) == 1 for *_, urls in parts)
    assert report.kept_in_stories == len(parts) > report.stories


def test_pages_in_no_story_are_kept_and_only_articles_on_demand(warc_store: Path) -> None:
    report, kept, _ = dedup(warc_store)
    assert set(report.kept_by_kind) == {"article", "list", "digest", "error"}
    assert kept[S + "story_id"].null_count() == report.kept - report.kept_in_stories
    fewer, kept, dropped = dedup(warc_store, articles_only=True)
    assert set(kept["kind"]) == {"article"}
    others = dropped.filter(pl.col(S + "rule") == "kind")
    assert report.kept - fewer.kept == fewer.dropped_by_rule["kind"] == len(others)
    assert set(others[S + "reason"]) == {"no article: list", "no article: digest", "no article: error"}
    assert others[S + "survivor_url"].null_count() == len(others)


def test_the_relation_and_similarity_are_those_of_the_pair_that_was_compared(warc_store: Path) -> None:
    _, _, dropped = dedup(warc_store)
    with syndetect.open(warc_store) as archive:
        pairs = archive.query("SELECT * FROM pairs WHERE judgement = 'same'").to_dicts()
    known = {frozenset((row["left_url"], row["right_url"])): row for row in pairs}
    found = dropped.filter(pl.col(S + "rule") != "fetch").to_dicts()
    compared = [row for row in found if frozenset((row["url"], row[S + "survivor_url"])) in known]
    assert len(compared) > 50
    for row in compared:
        pair = known[frozenset((row["url"], row[S + "survivor_url"]))]
        assert row[S + "relation"] == pair["relation"]
        assert row[S + "similarity"] == pair["similarity"]
    assert {row[S + "relation"] for row in found} == {"exact", "near-duplicate", "excerpt", "translation", "story"}


def test_texts_in_the_same_words_are_exact_copies_though_not_compared_each_with_each(tmp_path: Path) -> None:
    store = run(write_lines(tmp_path / "d.jsonl", *copies(1, {}, {}, {}, {})))
    _, _, dropped = dedup(store, keep="longest")
    assert dropped[S + "relation"].to_list() == ["exact"] * 3
    assert dropped[S + "similarity"].to_list() == [1.0] * 3
    assert set(dropped[S + "reason"]) == {
        "the same words as the survivor; equal by every rule, and the survivor's url sorts first"
    }


def test_other_fetches_of_an_address_are_dropped_for_the_page_or_its_survivor(tmp_path: Path) -> None:
    new, old = page(1), page(1, text=page(7)["text"], date_download="2026-02-01 10:00:00")
    lone = page(5)
    again = page(2, text=page(1)["text"])
    store = run(write_lines(tmp_path / "d.jsonl", old, new, lone, lone, again, again))
    report, kept, dropped = dedup(store, keep="column:-url")
    assert kept.select("url", S + "record", S + "n_dropped").rows() == [(new["url"], 1, 3), (lone["url"], 2, 1)]
    reasons = dict(dropped.select(S + "record", S + "reason").rows())
    assert reasons[0] == reasons[3] == "another fetch of the same address; the newest text is kept"
    assert reasons[5].startswith("another fetch of the same address, whose newest text is dropped: the same words as")
    assert dropped.select(S + "record", S + "survivor_record").rows() == [(0, 1), (3, 2), (4, 1), (5, 1)]
    assert report.dropped_by_rule == {"fetch": 3, "column:-url": 1}


def test_rejected_records_are_counted_and_neither_kept_nor_dropped(tmp_path: Path) -> None:
    store = run(write_lines(tmp_path / "d.jsonl", page(1), b"{", b"", {"url": "https://x.example/"}, page(2), b"7"))
    report, kept, _ = dedup(store)
    assert (report.n_rows, report.kept, report.dropped, report.rejected) == (5, 2, 0, 3)
    assert kept.select("url", S + "record").rows() == [(page(1)["url"], 0), (page(2)["url"], 3)]


def test_a_page_that_its_file_no_longer_holds_stands_for_no_other(tmp_path: Path) -> None:
    first, second = copies(1, {}, {})
    path = write_lines(tmp_path / "d.jsonl", first, second)
    run(path)
    store = run(write_lines(path, page(3), second))
    _, kept, dropped = dedup(store, keep="column:-url")
    assert kept["url"].to_list() == [page(3)["url"], second["url"]]
    assert dropped.is_empty()


def test_an_older_file_with_the_page_gives_its_row_when_the_newer_one_has_changed(tmp_path: Path) -> None:
    old = write_lines(tmp_path / "a.jsonl", page(1))
    new = write_lines(tmp_path / "b.jsonl", page(1, text=page(2)["text"], date_download="2026-03-09 10:00:00"))
    run(old, new)
    store = run(write_lines(new, page(3)))
    _, kept, dropped = dedup(store)
    assert kept.select("url", S + "path").rows() == [(page(1)["url"], str(old)), (page(3)["url"], str(new))]
    assert dropped.is_empty()


def test_a_file_that_is_read_twice_gives_each_row_once(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "d.jsonl", page(1), page(2))
    run(path)
    store = run(write_lines(path, page(1), page(2), page(3)))
    report, kept, _ = dedup(store)
    assert (report.n_rows, len(kept), report.dropped) == (3, 3, 0)


def test_html_and_text_files_are_rows_of_the_view(tmp_path: Path) -> None:
    text = str(page(1)["text"])
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "b.html").write_text(f"<html><title>T</title><body><article><p>{text}</p></article></body></html>")
    (tmp_path / "c.txt").write_text(text)
    store = run(tmp_path / "a.txt", tmp_path / "b.html", tmp_path / "c.txt")
    (tmp_path / "c.txt").unlink()  # it is not needed any more
    report, kept, dropped = dedup(store, keep="column:-url")
    assert (report.kept, report.dropped) == (1, 2)
    assert kept["url"].to_list() == [(tmp_path / "a.txt").as_uri()]
    assert dropped["text"].null_count() == 0


def test_columns_of_several_inputs_are_united_by_name(tmp_path: Path) -> None:
    pl.DataFrame([page(1, id=1, score=1)], schema_overrides={"score": pl.Int32}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame([page(2, id=2, score=2.5, more=[1])]).write_parquet(tmp_path / "b.parquet")
    write_lines(tmp_path / "c.jsonl", page(3, id=3, nested={"a": [1, 2], "b": "x"}), page(4, id=4, nested={"c": True}))
    _, kept, _ = dedup(run(*sorted(tmp_path.glob("[abc].*"))))
    assert kept["id"].to_list() == [1, 2, 3, 4]
    assert kept["score"].to_list() == [1.0, 2.5, None, None]
    assert kept["more"].to_list() == [None, [1], None, None]
    assert kept["nested"].to_list()[2:] == [{"a": [1, 2], "b": "x", "c": None}, {"a": None, "b": None, "c": True}]


def test_rows_of_a_table_keep_their_columns_and_those_that_do_not_fit_are_rejected(tmp_path: Path) -> None:
    rows = copies(1, {"n": "1", "note": 'a, "b"'}, {"n": "", "note": "c"})
    names = list(rows[0])
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerows([names, list(rows[0].values()), ["too", "few"], list(rows[1].values())])
    report, kept, dropped = dedup(run(tmp_path / "a.csv"))
    shown = {row[S + "record"]: row for frame in (kept, dropped) for row in frame.to_dicts()}
    assert {number: {name: row[name] for name in names} for number, row in shown.items()} == {0: rows[0], 2: rows[1]}
    assert (len(kept), len(dropped), report.rejected) == (1, 1, 1)


def test_rows_behind_a_damaged_row_group_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pl.DataFrame([page(number, n=number) for number in range(1, 7)]).to_arrow()
    pq.write_table(table, path, row_group_size=2, compression="none", use_dictionary=False, write_page_checksum=True)
    bad = str(page(3)["text"]).encode()[:30]
    path.write_bytes(path.read_bytes().replace(bad, bad[::-1]))
    report, kept, _ = dedup(run(path))
    assert kept["n"].to_list() == [1, 2, 5, 6]
    assert kept[S + "record"].to_list() == [0, 1, 4, 5]
    assert report.rejected == 2


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ("x", 1, r"the column 'id' is large_string in .*a.parquet and int64 in .*b.parquet; .*\[column-types\]"),
        (b"x", "x", r"the column 'id' is large_binary in .*a.parquet and large_string in .*b.parquet"),
        (
            2**53 + 1,
            0.5,
            r"the column 'id' can't be made double, as other inputs want it: Integer value .*\[column-types\]",
        ),
    ],
)
def test_a_column_of_types_that_do_not_fit_is_refused_and_nothing_is_left(
    tmp_path: Path, left: object, right: object, message: str
) -> None:
    (tmp_path / "in").mkdir()
    for name, number, value in (("b", 1, right), ("a", 2, left)):
        pl.DataFrame([page(number, id=value)]).write_parquet(tmp_path / "in" / f"{name}.parquet")
    store = run(tmp_path / "in")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SettingsError, match=message):
        dedup(store)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5, None], [1.0, 2.5, None]),
        ([1, "x", None], ["1", "x", None]),
        ([1, True], ["1", "true"]),
        ([["a"], "a"], ['["a"]', "a"]),
        ([{"a": 1}, {"a": "x"}], [{"a": "1"}, {"a": "x"}]),
        ([[1, "x"], []], [["1", "x"], []]),
        ([{}, None], ["{}", None]),
        ([2**53 + 1, 1], [2**53 + 1, 1]),
        ([2**53 + 1, 0.5], [str(2**53 + 1), "0.5"]),
        ([2**64 - 1, 1], [str(2**64 - 1), "1"]),
        ([[], None], [[], None]),
    ],
)
def test_a_json_field_of_several_types_becomes_a_string_without_loss(values: list[object], expected: object) -> None:
    shape = Shape()
    for value in values:
        shape.see({"x": value})
    assert table_of([{"x": value} for value in values], shape.fields).column("x").to_pylist() == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pq"), inner, max_size=2),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.sampled_from("xyz"), JSON), max_size=5))
def test_any_json_is_a_table_of_as_many_rows(records: list[dict[str, object]]) -> None:
    shape = Shape()
    for record in records:
        shape.see(record)
    table = table_of(records, shape.fields)
    assert set(table.column_names) == {name for record in records for name in record}
    for name in table.column_names:
        nothing = [record.get(name) is None for record in records]
        assert [value is None for value in table.column(name).to_pylist()] == nothing


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_column_of_the_input_decides(tmp_path: Path, suffix: str) -> None:
    records = copies(1, {"my_id": 7, "rank": 3}, {"my_id": 8, "rank": 9}, {"my_id": 9, "rank": None})
    path = tmp_path / f"d.{suffix}"
    if suffix == "jsonl":
        write_lines(path, *records)
    else:
        pl.DataFrame(records).write_parquet(path)
    store = run(path)
    assert dedup(store, keep="column:rank")[1]["my_id"].to_list() == [8]
    _, kept, dropped = dedup(store, keep="column:-rank")
    assert kept["my_id"].to_list() == [7]
    assert [reason.split("; ")[1] for reason in dropped[S + "reason"]] == [
        "the survivor has the lower rank: 3 against 9", "the survivor has the lower rank: 3 against none",
    ]  # fmt: skip


def test_a_column_of_the_view_decides_between_pages_of_a_warc(warc_store: Path) -> None:
    _, kept, dropped = dedup(warc_store, keep="column:-n_words")
    least = dict(kept.drop_nulls(S + "story_id").select(S + "story_id", "n_words").rows())
    rest = dropped.filter(pl.col(S + "rule") != "fetch")
    assert all(n_words >= least[story] for story, n_words in rest.select(S + "story_id", "n_words").rows())


def test_listed_sites_come_first(tmp_path: Path, sample_store: Callable[[str], Path]) -> None:
    store = sample_store("crawl.parquet")
    site = dedup(store)[2]["site"].value_counts(sort=True)["site"][0]
    (tmp_path / "sites.txt").write_text(f"# ours\nhttps://www.{site}/news\n")
    _, kept, dropped = dedup(store, sites=["@sites.txt"])
    assert dedup(store, sites="@sites.txt")[1].equals(kept)
    with syndetect.open(store) as archive:
        told = archive.query(
            f"SELECT DISTINCT story_id FROM story_members JOIN documents USING (url) WHERE site = '{site}'"
        )["story_id"]
    assert set(kept.filter(pl.col("site") == site)[S + "story_id"].drop_nulls()) == set(told)
    assert f"the survivor's site {site} is in the list of sites" in " ".join(dropped[S + "reason"])


def test_the_same_store_gives_the_same_bytes(sample_store: Callable[[str], Path]) -> None:
    store = sample_store("crawl.jsonl.gz")
    found = []
    for _ in range(2):
        dedup(store)
        found.append([Path(name).read_bytes() for name in ("kept.parquet", "dropped.parquet")])
    assert found[0] == found[1]


def test_json_lines_hold_what_parquet_holds(sample_store: Callable[[str], Path]) -> None:
    store = sample_store("crawl.jsonl.gz")
    _, kept, dropped = dedup(store)
    with syndetect.open(store) as archive:
        archive.dedup("kept.jsonl", "dropped.jsonl")
    for name, frame in (("kept", kept), ("dropped", dropped)):
        assert [json.loads(line) for line in Path(f"{name}.jsonl").read_text().splitlines()] == frame.to_dicts()


def test_bytes_are_no_json(tmp_path: Path) -> None:
    pl.DataFrame([page(1, raw=b"\xff")]).write_parquet(tmp_path / "d.parquet")
    store = run(tmp_path / "d.parquet")
    with syndetect.open(store) as archive, pytest.raises(SettingsError, match=r"'raw' holds bytes.*\[output-columns\]"):
        archive.dedup("kept.jsonl")
    assert dedup(store)[1]["raw"].to_list() == [b"\xff"]


# What is refused, before anything is written.


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A store of three pages in d.jsonl, beside it hard and symbolic links to that."""
    path = write_lines(tmp_path / "d.jsonl", *copies(1, {"my_id": 1}, {"my_id": 2}), page(2, tags=["a"]))
    (tmp_path / "hard.jsonl").hardlink_to(path)
    (tmp_path / "soft.jsonl").symlink_to(path)
    (tmp_path / "folder.parquet").mkdir()
    (tmp_path / "store.parquet").symlink_to(tmp_path / "s.duckdb")
    return run(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["-o", "d.jsonl"],
            r"the output d.jsonl is the same file as .*/d.jsonl, which has to stay; .*\[output-taken\]",
        ),
        (["-o", "hard.jsonl"], r"the output hard.jsonl is the same file as .*/d.jsonl"),
        (["-o", "soft.jsonl"], r"the output soft.jsonl is the same file as .*/d.jsonl"),
        (["-o", "k.jsonl", "--dropped", "./d.jsonl"], r"the output d.jsonl is the same file as .*/d.jsonl"),
        (["-o", "k.parquet", "--dropped", "./k.parquet"], r"the output k.parquet is the same file as k.parquet"),
        (["-o", "store.parquet"], r"the output store.parquet is the same file as s.duckdb"),
        (["-o", "k.csv"], r"k.csv is no output that can be written; name a .parquet or .jsonl file \[output-suffix\]"),
        (["-o", "folder.parquet"], r"folder.parquet is a folder; give a file name .*\[output-place\]"),
        (["-o", "none/k.parquet"], r"none/k.parquet can't be made: there is no folder none; .*\[output-place\]"),
        (["-o", "k.parquet", "--keep", "best"], r"there is no rule 'best' .*\[keep-rule\]"),
        (["-o", "k.parquet", "--keep", "sites"], r"the rule sites has no list; .*\[keep-rule\]"),
        (["-o", "k.parquet", "--sites", "@none"], r"the list none does not exist; .*\[no-such-input\]"),
        (
            ["-o", "k.parquet", "--keep", "column:x"],
            r"no input has a column 'x' .*; there are .*my_id.*\[keep-column\]",
        ),
        (
            ["-o", "k.parquet", "--keep", "column:tags"],
            r"the column 'tags' is list<.*, which has no order.*\[keep-column\]",
        ),
        (["-o", "k.parquet", "--prefix", "my_i", "--per", "page"], r"'page' is not one of 'story'.*\[command-line\]"),
        ([], r"Missing option '-o'.*\[command-line\]"),
    ],
)
def test_what_can_not_be_written_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], few: Path, arguments: list[str], message: str
) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    assert run_cli(["dedup", "--store", str(few), *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.match("syndetect: .*" + message, err), err
    assert err.count("\n") == 1
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def refused(store: Path, error: type[SyndetectError], message: str, **options: object) -> None:
    with pytest.raises(error, match=message):
        dedup(store, **options)
    assert not list(Path().glob("*kept*"))
    assert not list(Path().glob(".*"))


def test_an_input_that_has_changed_or_gone_is_refused(few: Path) -> None:
    path = Path("d.jsonl")
    raw = path.read_bytes()
    path.write_bytes(raw + b"\n")
    refused(few, InputError, r"the input .*/d.jsonl has changed since it was read; run it .*\[input-changed\]")
    path.unlink()
    refused(few, InputError, r"the input .*/d.jsonl can't be read any more \(No such file.*put it back \[input-gone\]")
    path.write_bytes(raw)
    assert dedup(few)[0].kept == 2


def test_an_input_with_a_column_that_would_be_added_is_refused(tmp_path: Path) -> None:
    store = run(write_lines(tmp_path / "d.jsonl", page(1, syndetect_story_id="x")))
    refused(
        store, SettingsError, r"an input has a column syndetect_story_id, .* give another --prefix \[column-clash\]"
    )
    assert dedup(store, prefix="sd_")[1]["syndetect_story_id"].to_list() == ["x"]


def test_a_store_whose_run_ended_early_is_refused(tmp_path: Path) -> None:
    syndetect.run([str(write_lines(tmp_path / "d.jsonl", page(1)))], store="s.duckdb", stop_after="verify")
    refused(Path("s.duckdb"), RunError, r"the last run into s.duckdb did not go .*; run it again.*\[run-unfinished\]")


def test_an_unknown_part_of_a_story_is_refused(few: Path) -> None:
    refused(few, SettingsError, r"there is no 'page' to keep one page of; choose from story, .*\[per\]", per="page")


def test_rows_that_the_store_does_not_account_for_are_an_error(few: Path) -> None:
    with duckdb.connect(str(few)) as con:
        con.execute("DELETE FROM sighting WHERE record = 1")
    refused(few, RunError, r"the inputs have 3 rows, but the store accounts for 2 and 0 rejected; .*\[rows-lost\]")


def test_an_output_that_is_a_link_is_replaced_where_it_points(few: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    Path("kept.parquet").symlink_to("real/k.parquet")
    dedup(few)
    assert Path("kept.parquet").is_symlink()
    assert (tmp_path / "real" / "k.parquet").is_file()


def test_the_command_prints_its_summary_on_stderr_and_json_on_stdout(
    capsys: pytest.CaptureFixture[str], few: Path
) -> None:
    assert run_cli(["dedup", "--store", str(few), "-o", "k.parquet"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "rows 3 = kept 2 + dropped 1 + rejected 0",
        "stories 1, kept in them 1, kept in no story 1",
        "kept by kind: article 2",
        "dropped by rule: origin 1",
        "dropped by relation: exact 1",
    ]
    assert run_cli(["dedup", "--store", str(few), "-o", "k.parquet", "--keep", "longest", "--json"]) == 0
    out, _ = capsys.readouterr()
    report = json.loads(out)
    assert report["n_rows"] == report["kept"] + report["dropped"] + report["rejected"] == 3
    assert report["keep"] == ["longest"]
    assert report["dropped_by_rule"] == {"url": 1}


@pytest.mark.parametrize("records", [[], [{"url": "https://x.example/"}]])
def test_a_store_without_documents_gives_files_without_rows(tmp_path: Path, records: list[object]) -> None:
    path = write_lines(tmp_path / "d.jsonl", *records)
    report, kept, dropped = dedup(run(path), keep="longest")
    assert (report.n_rows, report.rejected) == (len(records), len(records))
    assert kept.is_empty()
    assert dropped.columns[-1] == S + "reason"
