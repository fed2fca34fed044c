"""Crawls with copying trees are what their truth says, and provenance is scored on them as the contract has it."""

from __future__ import annotations

import gzip
import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from fastwarc import ArchiveIterator, WarcRecordType
from hypothesis import given
from hypothesis import strategies as st

import syndetect

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from cascades.__main__ import main
from cascades.baselines import RULES, Told, found_by, likeness, names_only, simple_rule, spanning_tree
from cascades.conditions import BASE, CONDITIONS, MODES, Condition
from cascades.crawls import Crawl, make_crawl
from cascades.files import Naming, truth_rows, write_crawl
from cascades.phrasing import languages, open_example, phrases
from cascades.rendering import html_of, lines_of, row_of
from cascades.robustness import AGAINST, Size, as_markdown, below, make_worlds, slug
from cascades.score import (
    FOUND,
    Figures,
    Judged,
    closure,
    f1,
    pooled,
    read_found,
    read_truth,
    score,
    with_right,
    written,
)
from cascades.texts import Library, read_documents
from cascades.trees import World, make_sites, words
from quality import measure

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = read_documents(None)
LIBRARY = Library(DOCUMENTS, languages())
SMALL = 90


def crawl_of(name: str = "base", seed: object = 3, pages: int = SMALL) -> Crawl:
    return make_crawl(World(LIBRARY, CONDITIONS[name].noise, seed, pages))


CRAWL = crawl_of()
TRUTH = truth_rows(CRAWL)


def packed_lines(path: Path) -> list[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


# what is made


def test_one_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for folder, seed in (("one", 3), ("again", 3), ("other", 4)):
        write_crawl(crawl_of(seed=seed), tmp_path / folder)
    for name in ("crawl.warc.gz", "crawl.jsonl.gz", "truth.jsonl"):
        one, again, other = ((tmp_path / folder / name).read_bytes() for folder in ("one", "again", "other"))
        assert one == again
        assert one != other


def test_both_dumps_hold_the_pages_of_the_truth_and_no_other(tmp_path: Path) -> None:
    write_crawl(CRAWL, tmp_path)
    urls = {str(row["url"]) for row in TRUTH}
    assert {str(row["url"]) for row in packed_lines(tmp_path / "crawl.jsonl.gz")} == urls
    with (tmp_path / "crawl.warc.gz").open("rb") as stream:
        records = ArchiveIterator(stream, record_types=WarcRecordType.response)
        assert {record.headers["WARC-Target-URI"] for record in records} == urls
    assert all(not page.crawls for page in CRAWL.pages if page.url not in urls)


def test_a_source_exists_and_was_there_before() -> None:
    by_url = {page.url: page for page in CRAWL.pages}
    assert len(by_url) == len(CRAWL.pages)
    for row in TRUTH:
        page, ancestors = by_url[str(row["url"])], row["crawled_ancestors"]
        if row["parent_url"] is None:
            assert (row["relation"], row["origin_url"], ancestors) == ("origin", page.url, [])
            continue
        parent = by_url[str(row["parent_url"])]
        assert parent.published < page.published
        assert row["parent_crawled"] == bool(parent.crawls)
        assert isinstance(ancestors, list)
        assert row["nearest_crawled_ancestor"] == (ancestors[0] if ancestors else None)
        assert by_url[str(row["origin_url"])].parent is None
        assert (row["relation"] == "translation") == (parent.language != page.language)


def test_a_name_that_the_truth_says_is_there_stands_in_the_dump() -> None:
    seen = {"warc": 0, "jsonl": 0}
    for row in TRUTH:
        page = next(page for page in CRAWL.fetched if page.url == row["url"])
        dumps = {"warc": html_of(page, []), "jsonl": json.dumps(row_of(page, page.crawls[0]), ensure_ascii=False)}
        for dump, host in row["names_parent_in"].items():  # type: ignore[attr-defined]
            if host is None or page.parent is None:
                continue
            site = page.parent.site
            assert any(word in dumps[dump] for word in (site.host.removeprefix("www."), site.name, site.tag)), page.url
            seen[dump] += 1
    assert seen["warc"] > seen["jsonl"] > 5


def test_rows_have_no_marks_of_a_pages_head() -> None:
    naming = Naming(CRAWL)
    marks = [c for page in CRAWL.fetched for c in page.credits if c.kind in {"canonical", "jsonld"}]
    assert marks
    assert all(naming.tells(credit, "warc") and not naming.tells(credit, "jsonl") for credit in marks)


def test_a_condition_leaves_the_trees_as_they_are() -> None:
    def trees(crawl: Crawl) -> list[tuple[str, str | None, str]]:
        return [(page.name, page.parent.name if page.parent else None, page.site.name) for page in crawl.pages]

    for name in CONDITIONS:
        assert trees(crawl_of(name)) == trees(CRAWL), name


def test_without_dates_no_page_states_one() -> None:
    crawl = crawl_of("no dates")
    assert {page.mode for page in crawl.pages} == {"none"}
    assert {row["stated_at"] for row in truth_rows(crawl)} == {None}
    assert all(row_of(page, page.crawls[0])["date_publish"] is None for page in crawl.fetched)
    page = crawl.fetched[0]
    assert "datePublished" not in html_of(page, [])


def test_every_way_of_stating_a_time_is_there() -> None:
    sites = make_sites(1, 300, ["en", "fa"], BASE)
    assert {site.mode for site in sites} == set(MODES)


def test_without_attribution_nothing_names_a_source() -> None:
    assert {json.dumps(row["names_parent_in"]) for row in truth_rows(crawl_of("no attribution"))} == {
        '{"warc": null, "jsonl": null}'
    }


def test_with_the_origins_gone_no_origin_of_a_story_was_crawled() -> None:
    rows = truth_rows(crawl_of("origin and a fifth gone"))
    assert not [row for row in rows if row["parent_url"] is not None and row["origin_crawled"]]


def test_a_false_line_names_a_site_that_the_page_is_not_from() -> None:
    crawl = make_crawl(World(LIBRARY, replace(CONDITIONS["no attribution"].noise, false=1.0), 3, SMALL))
    for page in crawl.pages:
        for credit in page.credits:
            if credit.kind == "line" and page.parent:
                assert credit.site not in {page.site, page.parent.site}


def test_lines_of_a_page_hold_its_sentences() -> None:
    page = next(page for page in CRAWL.fetched if page.parent and len(page.body) > 3)
    text = " ".join(line.text for line in lines_of(page))
    assert all(passage.text in text for passage in page.body)


# wordings


def test_wordings_of_our_own_are_in_twenty_languages_and_not_in_the_packages_list() -> None:
    known = phrases()
    assert len(languages()) >= 20
    assert set(languages()) == set(words())
    packaged = {phrase.text for all_of in known.values() for phrase in all_of if not phrase.own}
    for language in languages():
        for kind in ("source", "first", "tail", "note", "cites"):
            own = [phrase.text for phrase in known[language, kind] if phrase.own]
            assert own, (language, kind)
            assert not packaged & set(own)
    assert len({language for (language, _), all_of in known.items() if any(not p.own for p in all_of)}) >= 20


@pytest.mark.parametrize(
    ("template", "example", "opened"),
    [
        ("^(Source|Sources): {S}", "Source: Xinhua", "Source: {site}"),
        ("The (post|article) {T} (appeared first on) {S}", "The post X appeared first on Y.",
         "The post {title} appeared first on {site}."),
        ("{S} (から転載|より転載)", "東洋経済より転載", "{site}より転載"),
        ("(経|经) {S} (授权)", "本文经端传媒授权转载", "本文经{site}授权转载"),
        ("{S} (as of) {D} (says)", "Meduza as of 5 May 2026 says", "{site} as of {time} says"),
        ("(From) {S}", "From one name of very many words", None),
        ("(From) {S}", "By somebody", None),
    ],
)  # fmt: skip
def test_the_name_is_taken_out_of_an_example(template: str, example: str, opened: str | None) -> None:
    assert open_example(template, example) == opened


# what is found, judged

URLS = "o a b x y s"


def row_of_truth(url: str, language: str, parent: str | None, **fields: object) -> dict[str, object]:
    crawled = parent is not None and parent in URLS.split()
    return {
        "url": url, "story": "S1", "language": language, "relation": "copy" if parent else "origin",
        "parent_url": parent, "parent_site": f"{parent}.test" if parent else None, "parent_crawled": crawled,
        "nearest_crawled_ancestor": parent if crawled else None, "crawled_ancestors": [parent] if crawled else [],
        "origin_url": "o", "names_parent_in": {"warc": None, "jsonl": None}, **fields,
    }  # fmt: skip


TINY = [
    row_of_truth("o", "en", None),
    row_of_truth("a", "en", "o"),
    row_of_truth("b", "de", "a", relation="translation", crawled_ancestors=["a", "o"]),
    row_of_truth("x", "en", "u", names_parent_in={"warc": "u.test", "jsonl": None}, origin_url="u"),
    row_of_truth("y", "en", "v", nearest_crawled_ancestor="o", crawled_ancestors=["o"]),
    row_of_truth("s", "en", None, story="S2", origin_url="s"),
]
FOUND_ROWS = [
    ("o", "T", None, None, "origin", 0.9),
    ("a", "T", "o", "o.test", "copies", 0.8),
    ("b", "T", "o", "o.test", "translates", 0.6),
    ("x", "T2", None, "www.U.test", "copies", 0.7),
    ("y", "T", "o", "o.test", "copies", 0.5),
    ("s", "T2", None, None, "origin", None),
]


def tiny(tmp_path: Path) -> Judged:
    (tmp_path / "truth.jsonl").write_text("".join(json.dumps(row) + "\n" for row in TINY))
    pl.DataFrame(FOUND_ROWS, dict(FOUND), orient="row").write_ndjson(tmp_path / "found.jsonl")
    return Judged(read_truth(tmp_path / "truth.jsonl"), read_found(tmp_path / "found.jsonl"))


def test_figures_are_those_that_a_person_counts(tmp_path: Path) -> None:
    figures = score(tiny(tmp_path))
    expected = {
        "pages": 6, "pairs_precision": 6 / 7, "pairs_recall": 6 / 10, "pairs_f1": 12 / 17, "mono_f1": 6 / 10,
        "cross_f1": 6 / 7, "b3": 2 * (5 / 6) * (4.4 / 6) / (5 / 6 + 4.4 / 6),
        "parent": 1 / 2, "parent_same": 1.0, "parent_translated": 0.0, "parent_named": None, "parent_unnamed": 1 / 2,
        "external": 1.0, "relation": 1.0, "ancestors_precision": 1.0, "ancestors_recall": 2 / 3, "ancestors_f1": 0.8,
        "origin": 1.0, "brier": 0.15, "brier_constant": 0.16, "ece": 1.7 / 5, "sure": 2 / 5, "unsure": 3 / 5,
    }  # fmt: skip
    assert figures == {name: value if value is None else pytest.approx(value) for name, value in expected.items()}


def test_one_world_pooled_with_itself_has_the_figures_of_one(tmp_path: Path) -> None:
    one = tiny(tmp_path)
    figures, twice = score(one), score(pooled([one, one]))
    assert twice.pop("pages") == 2 * (figures.pop("pages") or 0)
    assert twice == pytest.approx(figures)


# name | crawled, named, nearest ancestor, origin itself | found url, found site | right
CASES = [
    ("the direct source", (True, None, "p", False), ("p", "p.test"), True),
    ("another page", (True, None, "p", False), ("q", "q.test"), False),
    ("the host of a crawled source without its page", (True, "p.test", "p", False), (None, "p.test"), False),
    ("no source where one was crawled", (True, None, "p", False), (None, None), False),
    ("the host of a source not crawled", (False, "p.test", None, False), (None, "p.test"), True),
    ("the same with www and capitals", (False, "p.test", None, False), (None, "WWW.P.test"), True),
    ("the host of one not crawled and not named", (False, None, None, False), (None, "p.test"), True),
    ("another host", (False, "p.test", None, False), (None, "q.test"), False),
    ("the nearest ancestor of a nameless source not crawled", (False, None, "n", False), ("n", "n.test"), True),
    ("the nearest ancestor of a named source not crawled", (False, "p.test", "n", False), ("n", "n.test"), False),
    ("none, where no source can be seen", (False, None, None, False), (None, None), True),
    ("none, where a source is named", (False, "p.test", None, False), (None, None), False),
    ("none, where an ancestor was crawled", (False, None, "n", False), (None, None), False),
    ("none, of an origin", (False, None, None, True), (None, None), True),
    ("a page, of an origin", (False, None, None, True), ("q", "q.test"), False),
    ("a host, of an origin", (False, None, None, True), (None, "q.test"), False),
]


@pytest.mark.parametrize(("truth", "found", "right"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_row_is_right_as_the_contract_says(
    truth: tuple[bool, str | None, str | None, bool], found: tuple[str | None, str | None], right: bool
) -> None:
    crawled, named, nearest, origin = truth
    frame = pl.DataFrame(
        {
            "url": ["c"], "names": [named], "parent_url": [None if origin else "p"],
            "parent_site": [None if origin else "p.test"], "parent_crawled": [crawled],
            "nearest_crawled_ancestor": [nearest],
        },
        schema_overrides=dict.fromkeys(("names", "parent_url", "parent_site", "nearest_crawled_ancestor"), pl.String),
    )  # fmt: skip
    row = ("c", "T", *found, "copies", 0.5)
    rows = with_right(Judged(frame, pl.DataFrame([row], dict(FOUND), orient="row")))
    assert rows["right"].to_list() == [right]


@given(st.lists(st.integers(-1, 11), min_size=12, max_size=12))
def test_ancestors_are_those_that_one_meets_going_up(parents: list[int]) -> None:
    slow = set()
    for page in range(12):
        at, seen = page, {page}
        while (at := parents[at]) >= 0 and at not in seen:
            seen.add(at)
            slow.add((str(page), str(at)))
    edges = {str(i): str(parent) if parent >= 0 else None for i, parent in enumerate(parents)}
    frame = pl.DataFrame(
        {"url": list(edges), "parent_url": list(edges.values())}, schema_overrides={"parent_url": pl.String}
    )
    assert set(closure(frame).select("url", "ancestor").iter_rows()) == slow


@pytest.mark.parametrize("dump", ["warc", "jsonl"])
def test_figures_of_a_store_are_those_of_a_slow_count(sample_store: Callable[[str], Path], dump: str) -> None:
    path = ROOT / "sample_corpus" / "truth.jsonl"
    store = sample_store(f"crawl.{dump}.gz")
    slow = measure(
        store, {row["url"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}, dump
    )
    fast = score(Judged(read_truth(path, dump=dump), read_found(store)))
    same = {
        "mono_f1": "same_language_f1", "cross_f1": "across_languages_f1", "parent": "parent", "origin": "origin",
        "external": "unseen_source", "relation": "relation", "ece": "calibration_error",
    }  # fmt: skip
    assert {name: fast[name] for name in same} == pytest.approx({name: slow[other] for name, other in same.items()})


def test_nothing_to_judge_is_no_figure() -> None:
    assert f1(0, 0, 0) == {"precision": None, "recall": None, "f1": None}
    assert written({"a": None, "b": 1.0, "c": 0.1234}) == ["–", "1.000", ".123"]


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pl.DataFrame({"url": ["a"]}), "no column story_id"),
        (pl.DataFrame([FOUND_ROWS[0], FOUND_ROWS[0]], dict(FOUND), orient="row"), "two rows for one url"),
        (pl.DataFrame([(*FOUND_ROWS[0][:5], 1.01)], dict(FOUND), orient="row"), "outside 0..1"),
    ],
    ids=["column", "twice", "confidence"],
)
def test_rows_that_cannot_be_judged_are_refused(tmp_path: Path, frame: pl.DataFrame, says: str) -> None:
    frame.write_parquet(tmp_path / "found.parquet")
    with pytest.raises(ValueError, match=says):
        read_found(tmp_path / "found.parquet")


# rules


def told(name: str, language: str, text: str, named: tuple[str, ...] = ()) -> Told:
    units = text.split()
    pairs = frozenset(f"{a} {b}" for a, b in itertools.pairwise(units))
    return Told(name, f"{name}.test", language, name, pairs, frozenset(w for w in units if w.isascii()), named)


STORY = [
    told("1", "en", "a b c d 12"),
    told("2", "en", "a b x y 13"),
    told("3", "ru", "ж з 13"),
    told("4", "en", "a b x y z", ("9.test",)),
    told("5", "ru", "ж з", ("1.test",)),
]


def test_rules_choose_as_they_say() -> None:
    assert [edge[:2] for edge in simple_rule(STORY)] == [("2", "1"), ("3", "1"), ("4", "2"), ("5", "3")]
    assert names_only(STORY)[2:] == [("4", None, "9.test"), ("5", "1", "1.test")]
    tree = {child: parent for child, parent, _ in spanning_tree(STORY)}
    assert tree == {"2": "1", "4": "2", "3": "2", "5": "3"}
    assert likeness(STORY[0], STORY[2]) < likeness(STORY[1], STORY[2])


def test_a_rule_gives_a_row_a_page_and_says_how_sure_it_is_of_none() -> None:
    for rule in RULES.values():
        found = found_by(rule, {"S": STORY})
        assert found["url"].to_list() == ["1", "2", "3", "4", "5"]
        assert found["parent_site"].null_count() <= 1
        assert found["confidence"].null_count() == 5


# the table


def test_a_crawl_is_made_run_scored_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(
        ["table", "--pages", "30", "--conditions", "base", "--keep", str(tmp_path), "--json", str(tmp_path / "f.json")]
    )
    shown = capsys.readouterr().out
    figures = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))["base"]
    assert set(figures) == {"syndetect", *RULES}
    assert shown.count("| base |") == 3
    folder = tmp_path / slug("base") / "world-0"
    main(["score", str(folder / "warc.duckdb"), str(folder / "truth.jsonl"), "--json"])
    assert json.loads(capsys.readouterr().out) == pytest.approx(figures["syndetect"])
    with syndetect.open(folder / "warc.duckdb") as store:
        assert store.documents().height == figures["syndetect"]["pages"]


def test_what_is_no_better_than_the_simple_rule_is_told() -> None:
    ours: Figures = dict.fromkeys(("pages", "pairs_f1", "parent", "ancestors_f1", "origin"), 0.5)
    assert below({"syndetect": ours, "simple rule": {**ours, "parent": 0.4}}) == ["ancestors_f1", "origin"]
    assert set(AGAINST) <= set(ours)


def test_worlds_of_a_condition_differ(tmp_path: Path) -> None:
    folders = make_worlds(DOCUMENTS, Condition(BASE), Size(pages=20, worlds=2), tmp_path)
    assert len({(folder / "truth.jsonl").read_bytes() for folder in folders}) == 2


def test_an_unknown_condition_is_refused() -> None:
    with pytest.raises(SystemExit, match="no condition is called rain; choose of base"):
        main(["table", "--conditions", "base,rain"])


def test_the_table_marks_what_stands_below_the_rule() -> None:
    keys = ("pages", "pairs_f1", "parent", "parent_named", "parent_unnamed", "ancestors_f1", "origin", "external",
            "relation", "brier", "ece", "sure")  # fmt: skip
    figures: dict[str, Figures] = {name: dict.fromkeys(keys, 0.5) for name in ("syndetect", *RULES)}
    assert as_markdown({"base": figures}).count("parent, ancestors_f1, origin") == 1
