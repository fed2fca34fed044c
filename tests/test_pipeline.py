"""The whole run: increment, order of input, resume, failure, odd corpora."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import polars as pl
import pytest
from conftest import SAMPLE, VIEWS, assert_same, page, run, views, write_lines
from polars.testing import assert_frame_equal

import syndetect
from syndetect.errors import SettingsError
from syndetect.pipeline import STAGES
from syndetect.report.listing import StoryFilter
from syndetect.settings import Settings


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Pages of six stories of the sample corpus, dealt out to two dumps; a third of them stands in both."""
    folder = tmp_path_factory.mktemp("halves")
    wanted = {"stadium-roof", "stadium-roof-local", "water-data", "recount"}
    truth = map(orjson.loads, (SAMPLE / "truth.jsonl").read_bytes().splitlines())
    urls = {row["url"] for row in truth if row["story"] in wanted or row["story"].startswith(("single-0", "digest"))}
    records = map(orjson.loads, gzip.decompress((SAMPLE / "crawl.jsonl.gz").read_bytes()).splitlines())
    kept = [record for record in records if record["url"] in urls]
    left, right = (
        [r for i, r in enumerate(kept) if i % 3 != 0],
        [r for i, r in enumerate(kept) if i % 3 != 1] + [{"url": "https://a.example/empty"}],
    )
    return write_lines(folder / "left.jsonl", *left), write_lines(folder / "right.jsonl", *right)


@pytest.fixture(scope="module")
def at_once(halves: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("at_once") / "s.duckdb"
    run(store, *halves)
    return store


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["left-first", "right-first"])
def test_two_inputs_in_two_runs_give_what_they_give_in_one(
    halves: tuple[Path, Path], at_once: Path, tmp_path: Path, order: tuple[int, int]
) -> None:
    store = tmp_path / "s.duckdb"
    for at in order:
        run(store, halves[at])
    assert_same(at_once, store)
    assert len(views(store)["stories"]) >= 4


def test_the_order_of_records_does_not_matter(halves: tuple[Path, Path], at_once: Path, tmp_path: Path) -> None:
    turned = []
    for half in halves:
        lines = half.read_bytes().splitlines()
        turned.append(write_lines(tmp_path / half.name, *reversed(lines)))
    run(tmp_path / "s.duckdb", *turned)
    assert_same(at_once, tmp_path / "s.duckdb", inputs=False)


def test_a_second_run_over_the_same_input_changes_nothing(
    halves: tuple[Path, Path], at_once: Path, tmp_path: Path
) -> None:
    store = tmp_path / "s.duckdb"
    shutil.copy(at_once, store)
    report = run(store, *halves)
    assert not report.changed
    assert report.exit_status == 0
    assert report.documents == {"read": 0, "new": 0, "changed": 0, "rejected": 0}
    assert [source["read_before"] for source in report.inputs] == [True, True]
    assert_same(at_once, store)


def test_an_unrelated_page_changes_nothing_of_the_stories(
    halves: tuple[Path, Path], at_once: Path, tmp_path: Path
) -> None:
    store = tmp_path / "s.duckdb"
    shutil.copy(at_once, store)
    report = run(store, write_lines(tmp_path / "more.jsonl", page(1)))
    assert report.documents["new"] == 1
    before, after = views(at_once), views(store)
    assert_frame_equal(before["story_members"], after["story_members"])
    edges = [frame["provenance"].select("url", "parent_url", "parent_site", "relation") for frame in (before, after)]
    assert_frame_equal(*edges)


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Seven pages: two copies of one, an excerpt, and others; small, so that a run takes no time."""
    copies = [page(1), page(2, text=page(1)["text"], date_download="2026-03-01 12:00:00")]
    half = " ".join(str(page(1)["text"]).split()[:80])
    return write_lines(tmp_path / "few.jsonl", *copies, page(3, text=half), page(4), page(5), page(6))


def test_a_run_that_was_stopped_after_a_stage_is_gone_on_with(few: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.duckdb", tmp_path / "parts.duckdb"
    run(whole, few)
    for stage in ("crawl", "claims", "verify"):
        report = run(parts, few, stop_after=stage)
        assert report.stages[-1].name == stage
        assert views(parts)["stories"].is_empty()
    assert [stage.name for stage in run(parts, few).stages] == ["crawl", *STAGES]
    assert_same(whole, parts)
    assert len(views(parts)["stories"]) == 1


def test_an_unknown_stage_is_refused_before_anything_is_read(few: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no stage mince; choose one of crawl, times, .*provenance"):
        run(tmp_path / "s.duckdb", few, stop_after="mince")
    assert not (tmp_path / "s.duckdb").exists()


class BrokenRunError(Exception):
    pass


def break_at(stage: str) -> Callable[[str, int, int], None]:
    def watch(name: str, done: int, total: int) -> None:
        if name == stage:
            raise BrokenRunError

    return watch


@pytest.mark.parametrize("stage", ["crawl", "stories", "provenance"])
def test_a_run_that_fails_in_a_stage_leaves_what_was_there(few: Path, tmp_path: Path, stage: str) -> None:
    fresh, store = tmp_path / "fresh.duckdb", tmp_path / "store.duckdb"
    with pytest.raises(BrokenRunError):
        run(fresh, few, watch=break_at(stage))
    assert [path.name for path in tmp_path.iterdir()] == ["few.jsonl"]
    run(store, write_lines(tmp_path / "one.jsonl", page(9)), stop_after="claims")
    before = views(store)
    with pytest.raises(BrokenRunError):
        run(store, few, watch=break_at(stage))
    after = views(store)
    assert all(before[name].equals(after[name]) for name in VIEWS)
    run(store, few)
    assert len(views(store)["documents"]) == 7


def test_the_report_counts_what_was_done_and_is_kept(few: Path, tmp_path: Path) -> None:
    store = tmp_path / "s.duckdb"
    report = run(store, few, write_lines(tmp_path / "bad.jsonl", page(7), {"url": "https://a.example/"}, 3))
    assert report.documents == {"read": 7, "new": 7, "changed": 0, "rejected": 2}
    assert (report.run_id, report.exit_status, report.stories, report.faults) == (1, 0, 1, [])
    assert [stage.name for stage in report.stages] == ["crawl", *STAGES]
    assert all(stage.wall_s >= 0 and stage.cpu_s >= 0 for stage in report.stages)
    assert report.peak_rss_mib > 10
    with syndetect.open(store) as archive:
        kept = archive.query("SELECT run_id, report FROM run").rows()
    assert [(run_id, json.loads(text)) for run_id, text in kept] == [(1, json.loads(report.to_json()))]


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "parquet", "warc.gz"])
def test_progress_is_told_in_bytes_within_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    for module in ("json_lines", "parquet", "rows", "warc"):
        for name in ("BATCH_ROWS", "BATCH_HTML_PAGES"):
            monkeypatch.setattr(f"syndetect.crawl.{module}.{name}", 50, raising=False)
    dump = SAMPLE / f"crawl.{suffix}"
    if suffix == "jsonl":
        dump = tmp_path / "crawl.jsonl"
        dump.write_bytes(gzip.decompress((SAMPLE / "crawl.jsonl.gz").read_bytes()))
    told: list[tuple[int, int]] = []
    run(
        tmp_path / "s.duckdb", dump, stop_after="crawl",
        watch=lambda stage, done, total: told.append((done, total)) if total else None,
    )  # fmt: skip
    size = dump.stat().st_size
    assert len(told) >= 5
    assert told == sorted(told)
    assert {total for _, total in told} == {size}
    assert 0 < told[0][0] <= told[-1][0] == size


def test_a_newer_text_takes_the_place_of_the_older_whatever_is_read_first(tmp_path: Path) -> None:
    old = write_lines(tmp_path / "old.jsonl", page(1), page(2))
    new = write_lines(tmp_path / "new.jsonl", page(1, text=page(5)["text"], date_download="2026-03-04 10:00:00"))
    first, second = tmp_path / "1.duckdb", tmp_path / "2.duckdb"
    run(first, old)
    report = run(first, new)
    assert (report.documents["new"], report.documents["changed"]) == (0, 1)
    run(second, new)
    run(second, old)
    assert_same(first, second)
    assert views(first)["documents"]["text"][0] == page(5)["text"]


def test_addresses_of_one_page_are_one_document_and_each_is_listed(tmp_path: Path) -> None:
    address = str(page(1)["url"])
    twins = [f"{address}?utm_source=feed", address.replace("://", "://m."), address]
    days = ("2026-03-04", "2026-03-02", "2026-03-03")
    dump = write_lines(
        tmp_path / "d.jsonl",
        *(page(1, url=url, date_download=f"{day} 10:00:00") for url, day in zip(twins, days, strict=True)),
        page(2),
    )
    run(tmp_path / "s.duckdb", dump)
    told = views(tmp_path / "s.duckdb")
    page_of = dict(told["addresses"].select("url", "page_url").iter_rows())
    assert [page_of[url] for url in twins] == [twins[1]] * 3
    assert told["addresses"].filter(pl.col("page_url") == twins[1])["key"].n_unique() == 1
    also_at = dict(told["documents"].select("url", "also_at").iter_rows())
    assert sorted(also_at[twins[1]]) == sorted([twins[0], twins[2]])


def test_a_file_that_has_grown_is_read_again(tmp_path: Path) -> None:
    dump, store = write_lines(tmp_path / "d.jsonl", page(1), {}), tmp_path / "s.duckdb"
    run(store, dump)
    write_lines(dump, page(1), {}, page(2))
    report = run(store, dump)
    assert report.documents == {"read": 2, "new": 1, "changed": 0, "rejected": 1}
    found = views(store)
    assert (len(found["documents"]), len(found["inputs"]), len(found["rejected"])) == (2, 1, 1)


ODD = {
    "no page that can be used": [{"url": "https://a.example/", "text": None}, {}, None],
    "one page": [page(1)],
    "nothing but punctuation": [page(1, text="... !!! ??? --- …"), page(2, text="。。。!!")],
    "texts of one word": [page(n, text="word") for n in range(30)],
    "empty titles": [page(1, title=""), page(2, title=None), page(3, title=" ")],
    "one long line": [page(1, text="word " * 200_000), page(2, text="x" * 1_000_000), page(3, text="字" * 200_000)],
    "the same address many times": [page(1, date_download=f"2026-03-{n:02} 10:00:00") for n in range(1, 29)],
    "addresses of all kinds": [
        page(n, url=url)
        for n, url in enumerate([
            "https://a.example/with space/x", "https://münchen.example/ä", "https://例え.テスト/ページ", "http://[::1]:80/x",
            "notaurl", "//x/y", "https://", "javascript:alert(1)", "https://user:pw@h.example:8080/p?q=1#f",
            "HTTPS://WWW.UP.EXAMPLE/A", "https://a.example/" + "x" * 50_000, "\n https://trim.example/ \n",
            "https://a.example/%zz", "https://a.b.example./dot", 5,
        ])
    ],
    "absurd times": [
        page(n, **{name: value})
        for n, (name, value) in enumerate([
            ("date_download", 99999999999999999), ("date_download", "yesterday"), ("date_download", "9999-99-99"),
            ("date_download", "0001-01-01 00:00:00"), ("date_download", "9999-12-31 23:59:59"), ("date_download", ""),
            ("date_download", [1]), ("date_download", "Sun, 01 Mar 2026 10:00:00 GMT"),
            ("date_publish", "31.02.2026"), ("date_publish", "99999-01-01"), ("date_publish", 1e300),
            ("date_publish", "9999-12-31T23:59:59+14:00"), ("date_publish", "0001-01-01T00:00:00-14:00"),
            ("date_publish", "300000-01-01T00:00:00Z"), ("date_publish", -1), ("date_publish", {"a": 1}),
        ])
    ],
    "odd characters": [page(1, text="a\0b " * 40), page(2, text="\u202e\u200f\ufeff " * 40), page(3, title="\0")],
}  # fmt: skip


@pytest.mark.parametrize("records", ODD.values(), ids=ODD)
def test_odd_records_never_break_a_run(tmp_path: Path, records: list[object]) -> None:
    store = tmp_path / "s.duckdb"
    report = run(store, write_lines(tmp_path / "d.jsonl", *records))
    assert report.exit_status == 0
    found = views(store)
    assert report.documents["read"] + report.documents["rejected"] == len(records)
    assert len(found["documents"]) <= len(records)
    assert found["documents"]["url"].is_unique().all()
    for name in VIEWS:
        assert isinstance(found[name].to_dicts(), list)


def test_a_time_in_any_known_wording_is_the_crawl_time(tmp_path: Path) -> None:
    wordings = [
        "2026-03-01 10:00:00",
        "2026-03-01T10:00:00Z",
        "Sun, 01 Mar 2026 10:00:00 GMT",
        "2026-03-01T11:00+01:00",
    ]
    records = (page(n, date_download=words) for n, words in enumerate(wordings))
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "d.jsonl", *records), stop_after="crawl")
    times = views(tmp_path / "s.duckdb")["documents"]["first_crawled_at"]
    assert times.n_unique() == 1
    assert str(times[0]) == "2026-03-01 10:00:00+00:00"


def test_many_equal_texts_are_one_story_with_one_origin(tmp_path: Path) -> None:
    store, n = tmp_path / "s.duckdb", 300
    records = (page(i, text=page(1)["text"], date_download=f"2026-03-{1 + i % 28:02} 10:00:00") for i in range(n))
    run(store, write_lines(tmp_path / "d.jsonl", *records))
    found = views(store)
    (story,) = found["stories"].to_dicts()
    assert (story["n_documents"], story["n_sites"], story["n_origins"]) == (n, n, 1)
    # A star: each copy is compared with the one that stands for all.
    assert found["pairs"].select("judgement", "relation").rows() == [("same", "exact")] * (n - 1)
    assert len(found["provenance"]) == n


@pytest.mark.parametrize(
    "settings",
    [Settings(permutations=64, bands=16, shingle_words=3), Settings(permutations=512, bands=512)],
    ids=["few bands", "many bands"],
)
def test_other_shaping_settings_find_the_same_story(few: Path, tmp_path: Path, settings: Settings) -> None:
    run(tmp_path / "s.duckdb", few, settings=settings)
    assert views(tmp_path / "s.duckdb")["stories"]["n_documents"].to_list() == [3]


TEXT = " ".join(f"The harbour master told number {n} of the long list to the council." for n in range(12))


def _refetch(tmp_path: Path, **changed: object) -> tuple[Path, Path]:
    """Two dumps: two pages with one text, then the second page again with something changed."""
    first = [
        {
            "url": f"https://s{n}.example/a",
            "text": TEXT,
            "published": None,
            "date_download": f"2026-03-0{n + 3} 10:00:00",
        }
        for n in (1, 2)
    ]
    again = {**first[1], **changed}
    return write_lines(tmp_path / "one.jsonl", *first), write_lines(tmp_path / "two.jsonl", again)


@pytest.mark.parametrize(
    "changed",
    [
        {"date_download": "2026-03-01 10:00:00"},
        {"date_publish": "2026-03-02 09:00:00", "date_download": "2026-03-08 10:00:00"},
        {"title": "Another headline", "date_download": "2026-03-08 10:00:00"},
    ],
    ids=["earlier crawl", "stated time", "title"],
)
def test_the_same_text_again_counts_for_what_else_it_tells(tmp_path: Path, changed: dict[str, object]) -> None:
    one, two = _refetch(tmp_path, **changed)
    run(tmp_path / "at_once.duckdb", one, two)
    run(tmp_path / "in_steps.duckdb", one)
    run(tmp_path / "in_steps.duckdb", two)
    assert_same(tmp_path / "at_once.duckdb", tmp_path / "in_steps.duckdb")


def test_a_page_was_published_before_it_was_first_seen(tmp_path: Path) -> None:
    one, two = _refetch(tmp_path, date_download="2026-03-20 10:00:00")
    run(tmp_path / "s.duckdb", one, two)
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        latest = archive.query("SELECT published_to, first_crawled_at FROM documents ORDER BY url").rows()
    assert all(until == seen for until, seen in latest)


def test_a_changed_setting_makes_the_results_anew_and_threads_do_not(tmp_path: Path) -> None:
    one, _ = _refetch(tmp_path)
    store = tmp_path / "s.duckdb"
    run(store, one)
    assert not run(store, one, settings=Settings(threads=1)).changed
    assert run(store, one, settings=Settings(least_passage=50)).changed
    assert not run(store, one, settings=Settings(least_passage=50)).changed


def test_pages_without_a_site_have_stories_and_chains(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(f"{TEXT}\n{TEXT[::-1]}")
    store = tmp_path / "s.duckdb"
    run(store, tmp_path / "one.txt", tmp_path / "two.txt")
    with syndetect.open(store) as archive:
        assert [row["n_documents"] for row in archive.list_stories(StoryFilter())] == [2]
        edges = archive.query("SELECT url FROM provenance WHERE parent_url IS NOT NULL")["url"].to_list()
        assert archive.query("SELECT url FROM chains")["url"].to_list() == edges


def test_a_text_file_that_was_edited_holds_its_new_text(tmp_path: Path) -> None:
    page_file, store = tmp_path / "page.txt", tmp_path / "s.duckdb"
    for edit in range(4):
        page_file.write_text(f"Edition {edit}\n{TEXT}")
        run(store, page_file)
        with syndetect.open(store) as archive:
            assert archive.documents()["title"].to_list() == [f"Edition {edit}"]


def test_a_run_that_ends_early_leaves_nothing_about_pages_that_have_changed(tmp_path: Path) -> None:
    one, two = _refetch(tmp_path, text=TEXT[:400], date_download="2026-03-09 10:00:00")
    store = tmp_path / "s.duckdb"
    run(store, one)
    run(store, two, stop_after="crawl")
    with syndetect.open(store) as archive:
        assert archive.provenance().is_empty()
        assert archive.trace("https://s1.example/a").steps == []


def test_pages_of_a_form_join_at_no_threshold_that_their_jaccard_does_not_reach(tmp_path: Path) -> None:
    form = str(page(1)["text"]).split()[:60]
    records = [
        page(number, url=f"https://a.example/{number}", text=" ".join(
            f"field{number}x{at}" if at % 15 == 7 else word for at, word in enumerate(form)
        ))
        for number in range(8)
    ]  # fmt: skip
    store = tmp_path / "s.duckdb"
    run(store, write_lines(tmp_path / "d.jsonl", *records))
    with syndetect.open(store) as archive:
        pairs = archive.query(
            "SELECT similarity, least(left_containment, right_containment) AS shared, judgement, evidence"
            " FROM judged_pair"
        )
        # Their passages alone would make copies of them at any threshold up to what they share.
        assert pairs.height > 0
        assert set(pairs["judgement"]) == {"different"}
        assert pairs["evidence"].str.contains("template of their site").all()
        reached, shared = max(pairs["similarity"].to_list()), min(pairs["shared"].to_list())
        assert reached < shared
        assert archive.list_stories(StoryFilter(), min_similarity=(reached + shared) / 2) == []


def test_files_that_are_one_page_each_are_known_again_one_by_one(tmp_path: Path) -> None:
    folder, store = tmp_path / "pages", tmp_path / "s.duckdb"
    folder.mkdir()
    for name in ("a.txt", "b.html", "c.txt"):
        (folder / name).write_text(f"A headline\n\n{page(ord(name[0]))['text']}.")
    (folder / "bad.txt").write_bytes(b"\0\1")
    (folder / "empty.txt").touch()
    first = run(store, folder, stop_after="crawl")
    assert first.documents == {"read": 3, "new": 3, "changed": 0, "rejected": 1}
    assert first.faults == [f"{folder / 'empty.txt'}: empty file"]
    (folder / "c.txt").write_text("Another text.")
    (folder / "d.txt").write_text("One more.")
    again = run(store, folder, stop_after="crawl")
    assert (again.documents["new"], again.documents["changed"]) == (1, 1)
    assert {Path(str(one["path"])).name: one["read_before"] for one in again.inputs} == {
        "a.txt": True, "b.html": True, "bad.txt": True, "c.txt": False, "d.txt": False, "empty.txt": False,
    }  # fmt: skip
    kept = views(store)
    assert kept["inputs"].select("n_records", "n_rejected").rows() == [(1, 0), (1, 0), (1, 1), (1, 0), (1, 0), (0, 0)]
    assert kept["rejected"].rows() == [(str(folder / "bad.txt"), 0, "not-text: the file holds binary data")]
    with syndetect.open(store) as archive:
        texts = archive.query("SELECT page_text FROM document ORDER BY url")["page_text"]
    assert texts.to_list()[2:] == ["Another text.", "One more."]
