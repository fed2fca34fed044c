"""`match`: one page against a store gives what a run would have said of it, and changes nothing."""

from __future__ import annotations

import datetime as dt
import io
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import polars as pl
import pytest
from conftest import SAMPLE, WORDS, page, write_lines
from hypothesis import given, settings
from hypothesis import strategies as st

import syndetect
from syndetect import candidates
from syndetect.archive import Archive
from syndetect.cli import run_cli
from syndetect.errors import InputError, NotInStoreError, RunError
from syndetect.match import search
from syndetect.schema import TIME
from syndetect.settings import Settings
from syndetect.store import Store, sql_text

TEXTS = """
SELECT d.url, t.text_key FROM story_text t JOIN document d USING (doc_id) WHERE t.text_key IS NOT NULL ORDER BY d.url
"""
PAIRS = """
SELECT left_url, right_url, judgement, relation FROM pairs
WHERE relation IS DISTINCT FROM 'translation' AND evidence LIKE '%passages%'
"""
FOOTER = "Follow the harbour news every morning in your letter box and on all our channels"
Told = dict[str, set[tuple[str, str, str | None]]]


@pytest.fixture(scope="module")
def archive(warc_store: Path) -> Iterator[Archive]:
    with syndetect.open(warc_store) as opened:
        yield opened


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of twelve pages, five of them on one site, with its footer."""
    folder = tmp_path_factory.mktemp("harbour")
    pages = [page(n) for n in range(7)]
    for n in range(20, 25):
        told = page(n)
        pages.append({**told, "url": f"https://harbour.example/{n}", "text": f"{told['text']}.\n{FOOTER}"})
    syndetect.run([str(write_lines(folder / "dump.jsonl", *pages))], store=folder / "s.duckdb")
    return folder / "s.duckdb"


def words_of(seed: int, n: int) -> str:
    chosen = random.Random(seed)
    return " ".join(chosen.choice(WORDS.split()) for _ in range(n))


def told_by_pairs(archive: Archive) -> Told:
    """What the run says of the texts of each page: a text in the same words has the pairs of any page that has it."""
    keys: dict[str, int] = dict(archive.query(TEXTS).rows())
    at: dict[int, list[str]] = {}
    for url, key in keys.items():
        at.setdefault(key, []).append(url)
    told: Told = {url: {(other, "same", "exact") for other in at[key]} for url, key in keys.items()}
    for left, right, judgement, relation in archive.query(PAIRS).rows():
        for mine, theirs in ((left, right), (right, left)):
            shown = "digest item" if judgement == "different" else relation
            if judgement != "different" or relation:
                for url in at[keys[mine]]:
                    told[url] |= {(other, judgement, shown) for other in at[keys[theirs]]}
    return told


def test_a_page_of_the_store_matches_what_its_pairs_say(archive: Archive) -> None:
    told = told_by_pairs(archive)
    assert sum(len(pairs) > 1 for pairs in told.values()) > 50
    assert any(relation == "digest item" for pairs in told.values() for _, _, relation in pairs)
    rare = [url for url, pairs in told.items() if any(how in {"digest item", None} for _, _, how in pairs)]
    for url in [*list(told)[::3], *rare]:
        found, pairs = archive.match(url), told[url]
        assert {(match.url, match.judgement, match.relation) for match in found.matches} == pairs
        assert (found.matches[0].url, found.matches[0].same_address) == (url, True)


@pytest.mark.parametrize(("dump", "record"), [("crawl.warc.gz", 4), ("crawl.warc.gz", 60), ("crawl.jsonl.gz", 5)])
def test_a_record_of_a_dump_is_read_as_in_a_run(archive: Archive, dump: str, record: int) -> None:
    found = archive.match(SAMPLE / dump, record=record)
    assert found.page is not None
    assert found.matches[0].same_address
    if dump == "crawl.warc.gz":
        assert found == archive.match(found.page)
        assert found.matches[0].relation == "exact"


def test_the_origin_and_size_of_a_story_are_those_of_the_view(archive: Archive) -> None:
    stories = {row["story_id"]: row for row in archive.stories().to_dicts()}
    urls = archive.query("SELECT story_id, min(url) AS url FROM story_members GROUP BY ALL ORDER BY ALL")
    for story_id, url in urls.rows():
        found, story = archive.match(url).matches[0], stories[story_id]
        assert (found.story_id, found.story_pages, found.story_languages, found.origin_site, found.origin_url) == (
            story_id, story["n_documents"], story["languages"], story["origin_site"], story["origin_url"],
        )  # fmt: skip


def test_an_edited_text_is_a_near_duplicate_and_an_excerpt_stands_wholly_in_its_page(harbour: Path) -> None:
    text = str(page(3)["text"])
    words = text.split()
    with syndetect.open(harbour) as store:
        edited = store.match(" ".join([*words[:50], "other", *words[51:]])).matches
        cut = store.match(" ".join(["Quoted:", *words[20:75]])).matches
    assert [(m.url, m.judgement, m.relation) for m in edited] == [(page(3)["url"], "same", "near-duplicate")]
    assert 0.9 < edited[0].page_containment < 1
    assert [(m.url, m.judgement, m.relation) for m in cut] == [(page(3)["url"], "same", "excerpt")]
    assert cut[0].page_containment > 0.9
    assert cut[0].containment < 0.5
    assert cut[0].passages == [(" ".join(words[20:75]), " ".join(words[20:75]))]


def test_a_file_that_was_read_in_a_run_is_itself_first(tmp_path: Path) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text(f"A headline\n{words_of(1, 120)}.\n", encoding="utf-8")
    other.write_text(f"Another headline\n{words_of(1, 120)}.\n", encoding="utf-8")
    syndetect.run([str(one), str(other)], store="files.duckdb")
    with syndetect.open("files.duckdb") as store:
        found = store.match(one).matches
    assert [(m.url, m.same_address, m.relation) for m in found] == [
        (one.as_uri(), True, "exact"), (other.as_uri(), False, "exact"),
    ]  # fmt: skip


def test_what_the_store_has_not_is_nothing_and_a_short_text_is_too_short(harbour: Path) -> None:
    with syndetect.open(harbour) as store:
        unknown, short, enough = (store.match(words_of(1000, n)) for n in (100, 19, 20))
    assert (unknown.outcome, unknown.matches) == ("nothing", [])
    assert unknown.words() == "nothing like it in the store (12 documents compared by keys; 0 candidates looked at)"
    assert (short.outcome, short.words()) == ("too-short", "too short to be matched: 19 words; 20 are needed")
    assert enough.outcome == "nothing"
    with syndetect.open(harbour) as store:
        assert store.match("Hello").words() == "too short to be matched: 1 word; 20 are needed"


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_record_without_an_address_is_matched_at_the_one_given(suffix: str, harbour: Path, tmp_path: Path) -> None:
    one = pl.DataFrame({"text": [words_of(1000, 40)], "title": ["A headline"]})
    path = tmp_path / f"one.{suffix}"
    one.write_parquet(path) if suffix == "parquet" else one.write_ndjson(path)
    with syndetect.open(harbour) as store, pytest.raises(InputError, match="add --url URL"):
        store.match(path)
    with syndetect.open(harbour) as store:
        assert store.match(path, url="https://new.example/1").page == "https://new.example/1"


def test_what_a_site_repeats_is_taken_out_where_the_address_is_given(harbour: Path) -> None:
    text = f"{page(21)['text']}.\n{FOOTER}"
    with syndetect.open(harbour) as store:
        bare, addressed = store.match(text), store.match(text, url="https://harbour.example/other")
    assert [(m.url, m.relation) for m in addressed.matches] == [("https://harbour.example/21", "exact")]
    assert [(m.url, m.relation) for m in bare.matches] == [("https://harbour.example/21", "near-duplicate")]
    assert bare.n_words - addressed.n_words == len(FOOTER.split())


def test_another_text_at_the_same_address_is_listed_first_and_called_different(harbour: Path) -> None:
    with syndetect.open(harbour) as store:
        moved = store.match(str(page(3)["text"]), url=f"{page(4)['url']}?utm_source=x")
        new = store.match(words_of(1000, 100), url=str(page(4)["url"]))
    found = moved.matches
    assert (moved.outcome, new.outcome) == ("found", "nothing")
    assert new.words().startswith("the store has another text at its address; nothing else like it in the store (12 ")
    assert [(match.same_address, match.judgement) for match in new.matches] == [(True, "different")]
    assert [(m.url, m.same_address, m.judgement, m.relation) for m in found] == [
        (page(4)["url"], True, "different", None),
        (page(3)["url"], False, "same", "exact"),
    ]


def test_matches_come_in_the_order_that_is_stated(archive: Archive) -> None:
    names = ("same", "unsure", "different"), ("exact", "near-duplicate", "excerpt", "digest item", None)
    several = 0
    for (url,) in archive.query("SELECT url FROM documents WHERE kind IN ('article', 'digest') ORDER BY url").rows()[
        ::5
    ]:
        keys = [
            (not m.same_address, names[0].index(m.judgement), names[1].index(m.relation), -m.similarity)
            for m in archive.match(url).matches
        ]
        several += len(keys) > 2
        assert keys == sorted(keys)
    assert several > 5


def test_a_source_that_a_page_names_is_tied_to_its_host(archive: Archive) -> None:
    text = f"{words_of(5, 60)}.\n{words_of(6, 60)}.\nSource: CNA"
    named = [(source.value, source.site, source.in_store) for source in archive.match(text).named_sources]
    assert named == [("CNA", "en.caravannews.example", True)]


def test_a_page_of_another_kind_is_matched_too_and_the_report_says_so(harbour: Path) -> None:
    with syndetect.open(harbour) as store:
        words = str(page(2)["text"]).split()
        found = store.match("\n".join(" ".join(words[at : at + 8]) for at in range(0, len(words), 8)))
    assert found.kind == "list"
    assert [match.url for match in found.matches] == [page(2)["url"]]
    assert "its kind is list; a run compares articles only" in found.notes()


# The keys of a text lead to the texts that the candidates stage pairs it with.


def keyed_store(bands: list[list[int]], prints: list[list[int]], moments: list[int | None], dead: set[int]) -> Store:
    """A store in memory of nothing but keys: text n is that of document n, with key n; dead texts have no document."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(sql_text("tables.sql"))
    store = Store(con, Path("none"), built_at=None, writing=False)
    known = [n for n in range(len(bands)) if n not in dead]
    ids = pl.DataFrame({"doc_id": known}, schema={"doc_id": pl.UInt64})
    days = [
        None if moments[n] is None else dt.datetime(2026, 3, 1 + int(str(moments[n])), tzinfo=dt.UTC) for n in known
    ]
    store.append("document", ids.with_columns(first_crawled_at=pl.Series(days, dtype=TIME)))
    store.append("story_text", ids.with_columns(text_key="doc_id", kind=pl.lit("article")))
    store.append("signed_text", pl.DataFrame({"text_no": range(len(bands)), "text_key": range(len(bands))}))
    rows = [(band, key, n) for n, keys in enumerate(bands) for band, key in enumerate(keys)]
    store.append("band_key", pl.DataFrame(rows, schema=["band", "key", "text_no"], orient="row"))
    shared = [(key, n) for n, keys in enumerate(prints) for key in keys]
    store.append("fingerprint", pl.DataFrame(shared, schema=["key", "text_no"], orient="row"))
    return store


def partners_of_run(
    bands: list[list[int]], prints: list[list[int]], moments: list[int | None], dead: set[int], limits: Settings
) -> dict[int, set[int]]:
    """What find_candidates pairs each text with."""
    order = sorted(set(range(len(bands))) - dead, key=lambda n: (moments[n] is None, moments[n] or 0, n))
    ranks = np.full(len(bands), candidates.DEAD, np.uint32)
    ranks[order] = np.arange(len(order))
    nowhere = np.full(len(bands), candidates.NO_SITE, np.int64)
    packed = candidates.Bands()
    packed.add(np.array(bands, np.uint32))
    parts = candidates.Parts()
    counts = [len(keys) for keys in prints]
    flat = np.array([key for keys in prints for key in keys], np.uint64)
    parts.add(flat, np.repeat(np.arange(len(bands), dtype=np.uint32), counts))
    found = candidates.find_candidates(
        packed, parts, candidates.standing_of(ranks, nowhere, template_pages=6), np.zeros(len(bands), np.uint32),
        max_bucket=limits.max_bucket, max_passage_bucket=limits.max_passage_bucket,
    )  # fmt: skip
    partners: dict[int, set[int]] = {n: set() for n in range(len(bands))}
    for left, right in zip(found.left.tolist(), found.right.tolist(), strict=True):
        partners[left].add(right)
        partners[right].add(left)
    return partners


def looked_up(store: Store, number: int, bands: list[int], prints: list[int], limits: Settings) -> set[int]:
    signed = SimpleNamespace(
        text_keys=np.array([number], np.uint64), bands=np.array([bands], np.uint32),
        fingerprints=np.array(prints, np.uint64),
    )  # fmt: skip
    return set(search.look_up(store, signed, limits).candidates)  # type: ignore[arg-type]


@st.composite
def key_worlds(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]], list[int | None], set[int]]:
    """Few keys for many texts, so that buckets are large; a repeated fingerprint; moments that are equal or unknown."""
    n = draw(st.integers(8, 16))
    bands = draw(st.lists(st.lists(st.integers(0, 1), min_size=2, max_size=2), min_size=n, max_size=n))
    key = st.integers(0, 2).map(lambda k: k << 31)
    prints = draw(st.lists(st.lists(key, max_size=4), min_size=n, max_size=n))
    moments = draw(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=n, max_size=n))
    return bands, prints, moments, draw(st.sets(st.integers(0, n - 1), max_size=3))


@pytest.mark.parametrize("row_group", [1, search.ROW_GROUP], ids=["key by key", "in one pass"])
def test_keys_lead_to_the_texts_that_a_run_compares(row_group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ROW_GROUP", row_group)
    monkeypatch.setattr(search, "_share_unsorted", lambda store: 0.0)
    limits = Settings(max_bucket=6, max_passage_bucket=5)
    large = 0

    @settings(max_examples=25)
    @given(key_worlds())
    def check(world: tuple[list[list[int]], list[list[int]], list[int | None], set[int]]) -> None:
        nonlocal large
        bands, prints, moments, dead = world
        partners = partners_of_run(*world, limits)
        store = keyed_store(*world)
        for n in sorted(set(range(len(bands))) - dead)[::3]:
            assert looked_up(store, n, bands[n], prints[n], limits) == partners[n]
        # A text that the store has not is compared as if it had come last.
        last = len(bands) - 1
        if last not in dead:
            moments[last] = None
            partners = partners_of_run(*world, limits)
            rest = keyed_store(bands[:last], prints[:last], moments[:last], dead)
            assert looked_up(rest, last, bands[last], prints[last], limits) == partners[last]
        large += any(sum(keys[0] == key for keys in bands) > limits.max_bucket for key in range(2))

    check()
    assert large > 0


# The command.


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = run_cli([str(one) for one in arguments])
    out, err = capsys.readouterr()
    return status, out, err


def pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))


def test_text_and_html_are_read_from_stdin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, harbour: Path
) -> None:
    words = str(page(3)["text"])
    html = f"<!-- saved --><html><body><article><h1>A title</h1><p>{words}</p></article></body></html>"
    for raw in (words.encode(), b"\xef\xbb\xbf" + html.encode()):
        pipe(monkeypatch, raw)
        status, out, err = call(capsys, "match", "-", "--store", harbour, "--json")
        summary, *rows = [json.loads(line) for line in out.splitlines()]
        assert (status, err) == (0, "")
        assert (summary["page"], summary["outcome"], summary["n_matches"]) == (None, "found", 1)
        assert [(row["url"], row["relation"]) for row in rows] == [(page(3)["url"], "exact")]


def test_what_is_not_found_has_status_0_and_json_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, harbour: Path
) -> None:
    for n, outcome in ((100, "nothing"), (10, "too-short")):
        pipe(monkeypatch, words_of(1000, n).encode())
        status, out, _ = call(capsys, "match", "-", "--store", harbour, "--json")
        assert status == 0
        assert [json.loads(line)["outcome"] for line in out.splitlines()] == [outcome]
        pipe(monkeypatch, words_of(1000, n).encode())
        status, out, err = call(capsys, "match", "-", "--store", harbour)
        assert (status, out) == (0, "")
        assert err.startswith("nothing like it" if outcome == "nothing" else "too short to be matched: 10 words")


def test_rows_are_limited_and_the_rest_is_counted(capsys: pytest.CaptureFixture[str], warc_store: Path) -> None:
    url = "https://jisr-translate.example/437019.html"
    _, whole, sentence = call(capsys, "match", url, "--store", warc_store)
    _, one, err = call(capsys, "match", url, "--store", warc_store, "--limit", 1)
    assert one.splitlines() == whole.splitlines()[:2]
    assert err == "2 more; --limit 0 shows all\n" + sentence
    assert re.match(
        r"is in the store; a near-duplicate of 2 pages of story [0-9a-f]{16}; earliest https://\S+ at ", err[28:]
    )
    _, lines, _ = call(capsys, "match", url, "--store", warc_store, "--limit", 1, "--json")
    assert len(lines.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["none.html"], 2, r"none.html does not exist; check the path \[no-such-input\]"),
        (["folder"], 2, r"folder is a folder; give one file \[one-page\]"),
        (["dump.jsonl"], 2, r"dump.jsonl holds 12 pages; choose one with --record N, from 0 \[one-page\]"),
        (["dump.jsonl", "--record", 12], 2, r"dump.jsonl has no record 12; choose from 0 to 11 \[one-page\]"),
        (["empty.txt"], 2, r"empty.txt gives no page to match: empty file; give HTML, .*\[no-page\]"),
        (["noise"], 2, r"noise gives no page to match: holds nothing that is read here: .*\[no-page\]"),
        (["bad.jsonl"], 2, r"bad.jsonl gives no page to match: no-url: record has no url; add --url URL \[no-page\]"),
        (["https://nowhere.example/1"], 4, r"https://nowhere.example/1 is not in the store, and .*\[not-in-store\]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line_and_the_store_stays_as_it_is(
    capsys: pytest.CaptureFixture[str], harbour: Path, arguments: list[object], status: int, message: str
) -> None:
    before = harbour.read_bytes()
    Path("folder").mkdir()
    Path("dump.jsonl").write_bytes((harbour.parent / "dump.jsonl").read_bytes())
    Path("empty.txt").touch()
    Path("noise").write_bytes(random.Random(0).randbytes(5_000))
    write_lines(Path("bad.jsonl"), {"text": "words without an address"})
    told, out, err = call(capsys, "match", *arguments, "--store", harbour)
    assert (told, out) == (status, "")
    assert re.fullmatch("syndetect: .*" + message + "\n", err)
    assert harbour.read_bytes() == before


def test_without_a_store_or_with_a_run_that_did_not_end_there_is_no_answer(
    capsys: pytest.CaptureFixture[str], harbour: Path
) -> None:
    write_lines(Path("dump.jsonl"), page(1), page(2))
    status, _, err = call(capsys, "match", "dump.jsonl", "--record", 0, "--store", "none.duckdb")
    assert status == 10
    assert "[no-store]" in err
    syndetect.run(["dump.jsonl"], store="half.duckdb", stop_after="verify")
    status, out, err = call(capsys, "match", "dump.jsonl", "--record", 0, "--store", "half.duckdb")
    assert (status, out) == (1, "")
    assert "half.duckdb did not go through all stages; run it again, then match [run-unfinished]" in err


def test_from_python_the_errors_are_the_same(harbour: Path) -> None:
    with syndetect.open(harbour) as store:
        for asked, kind in (
            (Path("none.html"), InputError),
            ("", InputError),
            ("http://none.example", NotInStoreError),
        ):
            with pytest.raises(kind):
                store.match(asked)
    syndetect.run([str(write_lines(Path("d.jsonl"), page(1)))], store="half.duckdb", stop_after="crawl")
    with syndetect.open("half.duckdb") as store, pytest.raises(RunError):
        store.match("any text")


def test_one_page_is_matched_without_what_it_does_not_need(harbour: Path) -> None:
    code = (
        "import sys, gc; from syndetect.cli import run_cli; status = run_cli(sys.argv[1:]);"
        "heavy = {'scipy', 'rich', 'datasketch', 'syndetect.provenance', 'syndetect.anchors'};"
        "print(status, sorted(heavy & set(sys.modules)), gc.isenabled())"
    )
    command = [sys.executable, "-c", code, "match", str(page(3)["url"]), "--store", str(harbour)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 [] True"
