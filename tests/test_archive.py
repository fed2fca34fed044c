"""The public Python API: frames, single pages, SQL, the live index."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from datasketch import LeanMinHash, MinHashLSH

import syndetect
from syndetect.archive import Archive
from syndetect.errors import NoStoreError, NotInStoreError, SettingsError, StoreLockedError
from syndetect.report.listing import StoryFilter
from syndetect.signatures import sign_texts

SEED_SHAPED = "https://jisr-translate.example/437019.html"


@pytest.fixture(scope="module")
def archive(warc_store: Path) -> Iterator[Archive]:
    with syndetect.open(warc_store) as opened:
        yield opened


def test_importing_syndetect_loads_nothing_heavy() -> None:
    code = (
        "import sys, syndetect; heavy = {'duckdb', 'numba', 'polars', 'datasketch', 'click', 'numpy'};"
        "print(sorted(heavy & set(sys.modules))); print(sorted(syndetect.__all__));"
        "syndetect.signature, syndetect.run, syndetect.open"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "[]",
        "['Archive', '__version__', 'find_copies', 'judge', 'open', 'run', 'signature']",
    ]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        syndetect.no_such_name  # noqa: B018


def test_the_views_come_as_sorted_frames(archive: Archive) -> None:
    frames = {
        "documents": archive.documents(), "pairs": archive.pairs(), "stories": archive.stories(),
        "provenance": archive.provenance(),
    }  # fmt: skip
    for name, frame in frames.items():
        assert isinstance(frame, pl.DataFrame)
        assert frame.height == archive.query(f"SELECT count(*) FROM {name}").item()
    assert frames["documents"]["url"].is_sorted()
    assert frames["stories"]["n_documents"].is_sorted(descending=True)


def test_a_closed_archive_lets_go_of_the_file(warc_store: Path) -> None:
    archive = syndetect.open(warc_store)
    archive.close()
    archive.close()
    with pytest.raises(Exception, match=r"(?i)closed"):
        archive.documents()


def test_a_store_is_open_to_several_readers_and_to_no_writer_beside_them(warc_store: Path) -> None:
    with syndetect.open(warc_store) as one, syndetect.open(warc_store) as other:
        assert one.stories().equals(other.stories())
        with pytest.raises(StoreLockedError, match="is open in this process; close that first"):
            syndetect.run([str(warc_store)], store=warc_store)


def test_there_is_no_archive_without_a_store(tmp_path: Path) -> None:
    with pytest.raises(NoStoreError, match=r"does not exist; make a store with: syndetect run"):
        syndetect.open(tmp_path / "none.duckdb")


@pytest.mark.parametrize(
    "url",
    [
        SEED_SHAPED,
        SEED_SHAPED + "?utm_source=feed",
        "http://www.jisr-translate.example/437019.html#top",
        "https://m.jisr-translate.example/437019.html",
    ],
)
def test_a_page_is_found_by_any_address_it_has(archive: Archive, url: str) -> None:
    assert archive.trace(url).page.url == SEED_SHAPED


def test_an_unknown_page_is_told_with_the_likest_there_is(archive: Archive) -> None:
    with pytest.raises(
        NotInStoreError, match=r"did you mean https://jisr-translate.example/437019.html \[not-in-store\]"
    ):
        archive.trace("https://jisr-translate.example/437018.html")
    with pytest.raises(NotInStoreError, match="lists what is"):
        archive.explain(SEED_SHAPED, "x")


def test_a_chain_leads_back_to_the_origin(archive: Archive) -> None:
    (longest,) = archive.query("SELECT url FROM chains ORDER BY depth DESC, url LIMIT 1")["url"]
    chain = archive.trace(longest)
    assert len(chain.steps) >= 3
    for step, following in zip(chain.steps, chain.steps[1:], strict=False):
        assert step.parent is not None
        assert step.parent.url == following.page.url
        assert step.words()
    assert chain.steps[-1].relation == "origin" or chain.steps[-1].parent is None
    product = 1.0
    for step in chain.steps:
        product *= step.confidence
    assert chain.confidence == pytest.approx(product)
    assert chain.story is not None
    assert chain.story["story_id"] == chain.page.story_id


def test_a_page_in_no_story_has_a_chain_without_steps(archive: Archive) -> None:
    (alone, *_) = archive.query("SELECT url FROM documents ANTI JOIN story_members USING (url) ORDER BY url")["url"]
    chain = archive.trace(alone)
    assert (chain.steps, chain.story, chain.confidence) == ([], None, 1.0)


def test_scores_of_a_pair_are_turned_with_its_pages(archive: Archive) -> None:
    row = archive.query(
        "SELECT * FROM pairs WHERE relation = 'excerpt' AND judgement = 'same' AND left_containment < right_containment"
        " ORDER BY left_url, right_url LIMIT 1"
    ).to_dicts()[0]
    for a, b, mine, other in (
        (row["left_url"], row["right_url"], "left", "right"),
        (row["right_url"], row["left_url"], "right", "left"),
    ):
        found = archive.explain(a, b)
        assert (found.left.url, found.right.url) == (a, b)
        assert found.scores["left_containment"] == row[f"{mine}_containment"]
        assert found.scores["right_containment"] == row[f"{other}_containment"]
        assert (found.judgement, found.relation, found.compared_in_run) == ("same", "excerpt", True)


def test_the_passages_of_a_comparison_make_up_both_texts(archive: Archive) -> None:
    left, right = archive.query(
        "SELECT left_url, right_url FROM pairs WHERE relation = 'near-duplicate' ORDER BY ALL LIMIT 1"
    ).row(0)
    found = archive.explain(left, right)
    assert {"kept", "changed"} <= {passage.what for passage in found.passages}
    for side, url in (("left", left), ("right", right)):
        text = archive.query(f"SELECT text FROM documents WHERE url = '{url}'").item()
        words = "".join(c for passage in found.passages for c in getattr(passage, side) if c.isalnum())
        assert words == "".join(c for c in text if c.isalnum())


def test_pages_of_one_language_that_were_not_compared_are_compared_now(archive: Archive) -> None:
    one, other = archive.query(
        "WITH page AS (SELECT url FROM documents WHERE language = 'en' AND kind = 'article')"
        " SELECT a.url, b.url FROM page a JOIN page b ON a.url < b.url ANTI JOIN pairs p"
        " ON a.url IN (p.left_url, p.right_url) AND b.url IN (p.left_url, p.right_url) ORDER BY ALL LIMIT 1"
    ).row(0)
    found = archive.explain(one, other)
    assert (found.judgement, found.compared_in_run, found.same_story) == ("different", False, False)


def test_a_translation_whose_copy_was_compared_is_judged_by_that(archive: Archive) -> None:
    source = "https://en.caravannews.example/news/497976"
    found = archive.explain(SEED_SHAPED, source)
    assert (found.judgement, found.relation, found.same_story) == ("same", "translation", True)
    assert found.scores["left_containment"] is None
    assert found.shared_anchors
    assert found.edge is not None
    assert (found.edge["url"], found.edge["parent_url"]) == (SEED_SHAPED, source)
    if found.compared_as:
        languages = dict(archive.query("SELECT url, language FROM documents").rows())
        assert [languages[url] for url in found.compared_as] == ["ar", "en"]
        assert archive.explain(source, SEED_SHAPED).compared_as == found.compared_as[::-1]


def test_pages_of_two_languages_that_share_nothing_were_not_compared(archive: Archive) -> None:
    found = archive.explain(SEED_SHAPED, "https://tribunaserrana.example/788685/")
    assert (found.judgement, found.relation, found.same_story) == (None, None, False)
    assert set(found.scores.values()) == {None}
    # A pair that was a candidate and came out below what is kept can't be told from one that was none.
    assert found.not_compared == "they share too few rare marks, or their probability is below 1 in 10,000"


FILTERS = [
    (StoryFilter(words="velmora karsand"), "88f95a15b86a96c1"),
    (StoryFilter(words="Velmora"), "88f95a15b86a96c1"),
    (StoryFilter(site="jisr-translate.example"), "88f95a15b86a96c1"),
    (StoryFilter(language="fa", site="jisr-translate.example"), "88f95a15b86a96c1"),
    (StoryFilter(min_sites=11, crosses_languages=True), "88f95a15b86a96c1"),
    (StoryFilter(since=dt.datetime(2026, 3, 4), until=dt.datetime(2026, 3, 5)), "88f95a15b86a96c1"),
    (StoryFilter(words="velmora " + "no-such-word"), None),
    (StoryFilter(language="xx"), None),
    (StoryFilter(site="nowhere.example"), None),
    (StoryFilter(min_sites=99), None),
    (StoryFilter(since=dt.datetime(2030, 1, 1)), None),
    (StoryFilter(until=dt.datetime(2000, 1, 1)), None),
    (StoryFilter(unseen_source="nowhere.example"), None),
]


@pytest.mark.parametrize(("wanted", "story_id"), FILTERS)
def test_a_filter_of_stories_keeps_what_fits(archive: Archive, wanted: StoryFilter, story_id: str | None) -> None:
    story = archive.trace(SEED_SHAPED).page.story_id
    ids = [row["story_id"] for row in archive.list_stories(wanted)]
    assert (story in ids) == (story_id is not None)
    assert len(ids) < archive.stories().height or wanted.min_sites == 11
    if story_id is None:
        assert ids == []


def test_stories_of_an_unseen_source_are_found_by_it(archive: Archive) -> None:
    site, expected = archive.query(
        "SELECT parent_site, list(DISTINCT story_id ORDER BY story_id) FROM provenance"
        " WHERE parent_url IS NULL AND parent_site IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 1"
    ).row(0)
    assert sorted(str(row["story_id"]) for row in archive.list_stories(StoryFilter(unseen_source=site))) == expected


def test_a_higher_threshold_only_takes_stories_apart(archive: Archive) -> None:
    rows = [archive.list_stories(StoryFilter(), min_similarity=least) for least in (0.3, 0.6, 0.9, 1.0)]
    sizes = [sum(int(str(row["n_documents"])) for row in listed) for listed in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]


def test_at_any_threshold_what_a_story_has_in_common_reaches_it(archive: Archive) -> None:
    for least in (0.4, 0.8):
        rows = archive.list_stories(StoryFilter(), min_similarity=least)
        shared = [float(str(row["least_similarity"])) for row in rows if row["least_similarity"] is not None]
        assert shared
        assert min(shared) >= least


def test_stories_at_a_threshold_below_all_pairs_hold_those_of_the_run(archive: Archive) -> None:
    found = {row["story_id"]: row for row in archive.list_stories(StoryFilter(), min_similarity=0.5)}
    same = [
        row
        for row in archive.list_stories(StoryFilter())
        if found.get(row["story_id"], {}).get("n_documents") == row["n_documents"]
    ]
    # Where the pages are the same, all else but the shares is.
    assert len(same) > 5
    for row in same:
        other = found[row["story_id"]]
        assert {k: v for k, v in row.items() if k != "least_similarity"} == {
            k: v for k, v in other.items() if k != "least_similarity"
        }


def test_the_filters_of_stories_hold_at_a_threshold(archive: Archive) -> None:
    wanted = StoryFilter(language="en", min_sites=3)
    rows = archive.list_stories(wanted, min_similarity=0.6)
    assert rows
    assert all("en" in row["languages"] and row["n_sites"] >= 3 for row in rows)  # type: ignore[operator]


@pytest.mark.parametrize("least", [0.0, -0.1, 1.01])
def test_a_threshold_that_is_no_share_is_refused(archive: Archive, least: float) -> None:
    with pytest.raises(SettingsError, match=r"min_similarity = .*\[min-similarity\]"):
        archive.list_stories(StoryFilter(), min_similarity=least)


def test_stories_are_listed_largest_or_newest_first(archive: Archive) -> None:
    largest = [row["n_documents"] for row in archive.list_stories(StoryFilter())]
    newest = [row["first_published_at"] for row in archive.list_stories(StoryFilter(), order="newest")]
    assert largest == sorted(largest, reverse=True)  # type: ignore[type-var]
    assert newest == sorted(newest, reverse=True)  # type: ignore[type-var]
    assert len(largest) == len(newest) == archive.stories().height


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT nothing FROM documents", "the query failed: Binder Error"),
        ("SELECT", "the query failed: Parser Error"),
        ("", "query takes one SELECT"),
        ("-- nothing", "query takes one SELECT"),
        ("SELECT 1; SELECT 2", "query takes one SELECT"),
        ("CREATE TABLE t AS SELECT 1", "query takes one SELECT"),
        ("DELETE FROM document", "query takes one SELECT"),
        ("DROP VIEW documents", "query takes one SELECT"),
        ("COPY (SELECT 1) TO 'stolen.csv'", "query takes one SELECT"),
        ("EXPORT DATABASE 'stolen'", "query takes one SELECT"),
        ("ATTACH 'other.duckdb'", "query takes one SELECT"),
        ("INSTALL httpfs", "query takes one SELECT"),
        ("SET enable_external_access = true", "query takes one SELECT"),
        ("BEGIN", "query takes one SELECT"),
        ("PRAGMA python_enable_replacements = true", "query takes one SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", "the query failed: Permission Error"),
        ("SELECT * FROM read_text('/etc/hostname')", "the query failed: Permission Error"),
        ("SELECT * FROM '/etc/passwd'", "the query failed: Catalog Error"),
        ("SELECT * FROM glob('/*')", "the query failed: Permission Error"),
        ("SELECT * FROM statements", "the query failed: Catalog Error"),
        ("SELECT $a", "the query failed: Invalid Input Error"),
        ("SELECT INTERVAL 1 DAY", "the query failed: "),
    ],
)
def test_a_query_only_answers_and_only_from_the_store(archive: Archive, sql: str, why: str) -> None:
    with pytest.raises(SettingsError, match=f"{why}.*\\[query\\]") as caught:
        archive.query(sql)
    assert caught.value.exit_status == 2
    assert "\n" not in str(caught.value)
    assert not list(Path.cwd().iterdir())
    assert archive.query("SELECT count(*) FROM documents").item() > 0


@pytest.mark.parametrize(
    "sql",
    [
        "WITH one AS (SELECT 1 AS a) FROM one",
        "DESCRIBE documents",
        "SUMMARIZE stories",
        "EXPLAIN SELECT 1",
        "PIVOT (SELECT language, kind FROM documents) ON kind USING count(*)",
        "SELECT count(*) FROM documents -- with a comment",
        "SELECT 1;",
    ],
)
def test_what_reads_is_answered(archive: Archive, sql: str) -> None:
    assert archive.query(sql).height >= 1


def test_the_index_is_datasketchs_and_finds_near_duplicates(archive: Archive) -> None:
    index = archive.lsh(threshold=0.7)
    assert isinstance(index, MinHashLSH)
    texts = dict(archive.query("SELECT url, text FROM documents").rows())
    pairs = archive.query("SELECT left_url, right_url FROM pairs WHERE similarity >= 0.9 AND relation <> 'translation'")
    assert pairs.height > 5
    for left, right in pairs.rows():
        found = index.query(syndetect.signature(texts[left]))
        assert {left, right} <= set(found)


def test_every_article_stands_in_the_index_and_a_foreign_text_finds_nothing(archive: Archive) -> None:
    index = archive.lsh()
    articles = archive.query("SELECT url FROM documents WHERE kind IN ('article', 'digest') AND n_words >= 20")["url"]
    assert sorted(index.keys) == sorted(articles)
    assert index.query(syndetect.signature("Nothing of this kind was ever written anywhere. " * 20)) == []


def test_a_signature_is_that_of_the_store_and_of_datasketch(archive: Archive) -> None:
    text, number = archive.query(
        "SELECT text, text_no FROM story_text JOIN signed_text USING (text_key) ORDER BY doc_id LIMIT 1"
    ).row(0)
    signed, here = syndetect.signature(text), sign_texts(pl.Series([text]))
    assert isinstance(signed, LeanMinHash)
    assert signed.hashvalues.tolist() == here.minhash[0].tolist()
    stored = archive.query(f"SELECT key FROM band_key WHERE text_no = {number} ORDER BY band")["key"]
    assert stored.to_list() == here.bands[0].tolist()
    assert signed.jaccard(syndetect.signature(text.upper() + " !")) == 1.0
    assert len(syndetect.signature(text, permutations=64, shingle_words=3)) == 64
    assert syndetect.signature("").jaccard(syndetect.signature("")) == 1.0
