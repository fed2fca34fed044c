"""What others rely on: columns, types, invariants of the views; exit statuses; messages."""

from __future__ import annotations

import datetime as dt
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from conftest import ROOT

import syndetect
from syndetect import errors
from syndetect.archive import Archive
from syndetect.cli.commands import STATUSES

VIEWS = """
documents | url site title text language published_at published_from published_to published_by published_day first_crawled_at last_crawled_at kind also_at n_words
addresses | url page_url key first_crawled_at last_crawled_at
pairs | left_url right_url judgement relation similarity left_containment right_containment evidence
stories | story_id n_documents n_sites languages first_published_at origin_url origin_site n_origins least_similarity
story_members | story_id url
provenance | url story_id parent_url parent_site named_url relation confidence evidence
chains | url depth ancestor_url ancestor_site relation confidence
claims | url kind value site time_from time_to zone_known span_start span_end rule
site_flows | from_site to_site n_stories n_translated n_credited median_lag_minutes n_pages n_expected n_sure n_uncredited n_sure_uncredited languages
inputs | path sha256 n_records n_rejected read_at passed_over columns
versions | url crawled_at title text language is_newest
rejected | path record reason
judgements | said_id url_a url_b word parent_site said_by said_at note state withdrawn_by withdrawn_at
"""  # noqa: E501
COLUMNS = {line.split(" | ")[0]: line.split(" | ")[1].split() for line in VIEWS.strip().splitlines()}

KINDS = {"article", "digest", "list", "wall", "error", "other"}
CLAIM_KINDS = {
    "attribution", "citation", "agency", "dateline", "canonical", "based-on", "link", "translation-note", "published",
}  # fmt: skip
CREDITS = {"attribution", "agency", "canonical", "based-on"}
PUBLISHED_BY = {"json-ld", "meta", "visible", "url", "attribution", "input", "crawl", None}

Row = dict[str, object]


@pytest.fixture(scope="module")
def archive(warc_store: Path) -> Iterator[Archive]:
    with syndetect.open(warc_store) as opened:
        yield opened


@pytest.fixture(scope="module")
def provenance(archive: Archive) -> dict[str, Row]:
    return {str(row["url"]): row for row in archive.provenance().to_dicts()}


def earliest(row: Row) -> dt.datetime:
    moment = row["published_at"] or row["first_crawled_at"]
    assert isinstance(moment, dt.datetime)
    return moment


@pytest.mark.parametrize("view", COLUMNS)
def test_a_view_has_exactly_its_columns_and_times_in_utc(archive: Archive, view: str) -> None:
    frame = archive.query(f"SELECT * FROM {view}")
    assert frame.columns == COLUMNS[view]
    zones = {dtype.time_zone for dtype in frame.schema.dtypes() if isinstance(dtype, pl.Datetime)}
    assert zones <= {"UTC"}
    assert {name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)} == {
        name for name in COLUMNS[view] if name.endswith("_at") and name != "also_at"
    } | ({"published_from", "published_to"} & set(frame.columns)) | ({"time_from", "time_to"} & set(frame.columns))


def test_the_views_are_read_by_duckdb_without_syndetect(warc_store: Path) -> None:
    code = (
        "import sys, duckdb; con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for view in sys.argv[2:]: print(view, con.sql(f'SELECT * FROM {view}').to_arrow_table().num_columns)\n"
        "assert not any(name.startswith('syndetect') for name in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(warc_store), *COLUMNS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:-1] == [f"{view} {len(names)}" for view, names in COLUMNS.items()]


@pytest.mark.parametrize("view", ["documents", "provenance", "story_members"])
def test_there_is_one_row_a_url(archive: Archive, view: str) -> None:
    urls = archive.query(f"SELECT url FROM {view}")["url"]
    assert urls.null_count() == 0
    assert urls.is_unique().all()


def test_documents_hold_what_is_promised(archive: Archive) -> None:
    for row in archive.documents().to_dicts():
        assert row["kind"] in KINDS
        assert row["published_by"] in PUBLISHED_BY
        assert row["language"] is None or re.fullmatch("[a-z]{2,3}", row["language"])
        assert row["url"] not in row["also_at"]
        assert row["first_crawled_at"] <= row["last_crawled_at"]
        low, at, high = row["published_from"], row["published_at"], row["published_to"]
        if at is None:
            assert (low, row["published_by"], high) == (None, "crawl", row["first_crawled_at"])
        else:
            assert low is None or low <= at
            assert at <= high


def test_provenance_has_one_row_for_each_member_of_a_story(archive: Archive, provenance: dict[str, Row]) -> None:
    members = archive.query("SELECT url, story_id FROM story_members").rows()
    assert sorted(members) == sorted((url, row["story_id"]) for url, row in provenance.items())
    for row in provenance.values():
        origin = row["parent_site"] is None
        assert (row["relation"] == "origin") == origin
        assert not (origin and row["parent_url"])
        assert 0 <= float(str(row["confidence"])) <= 1
        assert row["relation"] in {"copies", "excerpts", "translates", "origin"}


def test_a_parent_is_in_the_store_in_the_same_story_and_its_site_is_named(
    archive: Archive, provenance: dict[str, Row]
) -> None:
    sites = dict(archive.query("SELECT url, site FROM documents").rows())
    found = [row for row in provenance.values() if row["parent_url"]]
    assert found
    for row in found:
        parent = str(row["parent_url"])
        assert row["parent_site"] == sites[parent]
        assert provenance[parent]["story_id"] == row["story_id"]


def test_pairs_stand_once_with_shares_between_0_and_1(archive: Archive) -> None:
    pairs = archive.pairs().to_dicts()
    known = set(archive.documents()["url"])
    assert len({frozenset((row["left_url"], row["right_url"])) for row in pairs}) == len(pairs)
    for row in pairs:
        assert row["left_url"] != row["right_url"]
        assert {row["left_url"], row["right_url"]} <= known
        assert row["judgement"] in {"same", "different", "unsure"}
        assert row["relation"] in {"exact", "near-duplicate", "excerpt", "translation", None}
        for name in ("similarity", "left_containment", "right_containment"):
            assert row[name] is None or 0 <= row[name] <= 1


def test_a_relation_stands_where_pages_are_the_same_and_between_a_digest_and_its_items(archive: Archive) -> None:
    kinds = dict(archive.query("SELECT url, kind FROM documents").rows())
    of_digest = 0
    for row in archive.pairs().to_dicts():
        if row["judgement"] == "same":
            assert row["relation"]
        elif row["relation"]:
            assert (row["judgement"], row["relation"]) == ("different", "excerpt")
            assert "digest" in (kinds[row["left_url"]], kinds[row["right_url"]])
            of_digest += 1
    assert of_digest >= 4


def test_chains_equal_a_walk_over_provenance(archive: Archive, provenance: dict[str, Row]) -> None:
    walked = {}
    for url in provenance:
        at, product, depth = url, 1.0, 0
        while at and provenance[at]["parent_site"]:
            row = provenance[at]
            depth, product = depth + 1, product * float(str(row["confidence"]))
            walked[url, depth] = (row["parent_url"], row["parent_site"], row["relation"], pytest.approx(product))
            assert depth <= len(provenance)
            at = str(row["parent_url"] or "")
    chains = {
        (row["url"], row["depth"]): (row["ancestor_url"], row["ancestor_site"], row["relation"], row["confidence"])
        for row in archive.query("SELECT * FROM chains").to_dicts()
    }
    assert chains == walked
    assert max(depth for _, depth in chains) > 1


def names(host: str, site: str) -> bool:
    return host == site or host.endswith("." + site) or site.endswith("." + host)


def test_site_flows_equal_a_slow_count(archive: Archive, provenance: dict[str, Row]) -> None:
    documents = {row["url"]: row for row in archive.documents().to_dicts()}
    credits: dict[object, set[tuple[str, str]]] = defaultdict(set)
    for row in archive.query("SELECT url, kind, site FROM claims WHERE site IS NOT NULL").to_dicts():
        if row["kind"] in CREDITS:
            credits[row["url"]].add((row["kind"], row["site"]))
    counted: dict[tuple[object, object], dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    surest: dict[tuple[object, object], dict[object, float]] = defaultdict(lambda: defaultdict(float))
    for url, row in provenance.items():
        if row["parent_site"] is None:
            continue
        site, story, confidence = str(row["parent_site"]), row["story_id"], float(str(row["confidence"]))
        flow = counted[site, documents[url]["site"]]
        flow["n_stories"].append(story)
        flow["urls"].append(url)
        best = surest[site, documents[url]["site"]]
        best[story] = max(best[story], confidence)
        parent = documents.get(row["parent_url"])
        if row["relation"] == "translates":
            flow["n_translated"].append(story)
            spoken = (parent["language"] if parent else None, documents[url]["language"])
            flow["languages"].append(">".join(one or "?" for one in spoken))
        carried = credits[row["parent_url"]]
        if any(host == site or ((kind, host) not in carried and names(host, site)) for kind, host in credits[url]):
            flow["n_credited"].append(story)
        elif confidence >= 0.8:
            flow["n_sure_uncredited"].append(story)
        if confidence >= 0.8:
            flow["n_sure"].append(story)
        if parent and parent["published_at"] and documents[url]["published_at"]:
            # Minutes begun, as SQL counts them.
            minutes = [int(page["published_at"].timestamp()) // 60 for page in (parent, documents[url])]
            flow["lags"].append(minutes[1] - minutes[0])
    flows = archive.query("SELECT * FROM site_flows").to_dicts()
    assert {(row["from_site"], row["to_site"]) for row in flows} == set(counted)
    for row in flows:
        flow = counted[row["from_site"], row["to_site"]]
        for name in ("n_stories", "n_translated", "n_credited", "n_sure", "n_sure_uncredited"):
            assert row[name] == len(set(flow[name])), name
        assert row["n_pages"] == len(flow["urls"])
        assert row["n_uncredited"] == row["n_stories"] - row["n_credited"]
        assert row["n_expected"] == pytest.approx(sum(surest[row["from_site"], row["to_site"]].values()), abs=1e-4)
        assert row["languages"] == sorted(set(map(str, flow["languages"])))
        lag = statistics.median(flow["lags"]) if flow["lags"] else None  # type: ignore[type-var]
        assert row["median_lag_minutes"] == lag


@pytest.mark.parametrize("view", ["site_flows", "stories", "chains", "provenance"])
def test_no_view_joins_everything_with_everything(archive: Archive, view: str) -> None:
    plan = "\n".join(archive.query(f"EXPLAIN SELECT * FROM {view}")["explain_value"])
    assert re.search("hash.join", plan, re.IGNORECASE)
    assert not re.search("cross.product|nested.loop|nl.join|merge.join|ie.join", plan, re.IGNORECASE)


def test_stories_equal_a_slow_count(archive: Archive, provenance: dict[str, Row]) -> None:
    documents = {row["url"]: row for row in archive.documents().to_dicts()}
    members: dict[object, list[str]] = defaultdict(list)
    for url, row in provenance.items():
        members[row["story_id"]].append(url)
    story_of = {url: row["story_id"] for url, row in provenance.items()}
    least: dict[object, float] = {}
    for pair in archive.pairs().to_dicts():
        story = story_of.get(pair["left_url"])
        if pair["judgement"] == "same" and story and story == story_of.get(pair["right_url"]):
            least[story] = min(least.get(story, 1.0), pair["similarity"])
    stories = {row["story_id"]: row for row in archive.stories().to_dicts()}
    assert set(stories) == set(members)
    for story_id, row in stories.items():
        pages = [documents[url] for url in members[story_id]]
        assert row["n_documents"] == len(pages)
        assert row["n_sites"] == len({page["site"] for page in pages})
        assert row["languages"] == sorted({page["language"] for page in pages})
        assert row["first_published_at"] == min(map(earliest, pages))
        assert row["least_similarity"] == least.get(story_id)
        # No two texts of the sample corpus are told by one story without one being a copy of the other.
        assert row["n_origins"] == 1
        assert (row["origin_url"], row["origin_site"]) == _main_origin(provenance, documents, members[story_id])


def _origin(provenance: dict[str, Row], url: str) -> tuple[object, object]:
    """The page a chain ends in, or the unseen source: (url of the page or None, host of the unseen source or None)."""
    while provenance[url]["parent_url"]:
        url = str(provenance[url]["parent_url"])
    unseen = provenance[url]["parent_site"]
    return (None if unseen else url, unseen)


def _main_origin(provenance: dict[str, Row], documents: dict[str, Row], urls: list[str]) -> tuple[object, object]:
    """What most pages lead to; of equals the earliest."""
    led: dict[tuple[object, object], list[str]] = defaultdict(list)
    for url in urls:
        led[_origin(provenance, url)].append(url)

    def rank(origin: tuple[object, object]) -> tuple[int, dt.datetime]:
        roots = [url for url in urls if not provenance[url]["parent_url"] and _origin(provenance, url) == origin]
        return -len(led[origin]), min(earliest(documents[url]) for url in roots)

    ranked = sorted(led, key=rank)
    assert len(ranked) < 2 or rank(ranked[0]) != rank(ranked[1])
    main, unseen = ranked[0]
    return main, unseen or documents[str(main)]["site"]


def test_claims_point_into_the_page_and_have_known_kinds(archive: Archive) -> None:
    rows = archive.query("SELECT * FROM claims").to_dicts()
    assert {row["kind"] for row in rows} <= CLAIM_KINDS
    for row in rows:
        assert (row["span_start"] is None) == (row["span_end"] is None)
        assert row["span_start"] is None or 0 <= row["span_start"] < row["span_end"]
        assert row["rule"]


def test_every_exit_status_stands_in_help_and_in_the_docs() -> None:
    raised = {cls.exit_status for cls in errors.SyndetectError.__subclasses__()}
    in_help = {int(number) for number in re.findall(r"\b\d+\b", re.sub(r"(?m)^(\s*[\d, ]+)\s.*$", r"\1", STATUSES))}
    contract = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    in_docs = {int(n) for row in re.findall(r"(?m)^\| ([\d, ]+) \|", contract) for n in row.split(",")}
    assert raised <= in_help
    assert in_help == in_docs == {0, 1, 2, 3, 4, 10, 11, 12, 130, 143}


def test_every_message_is_explained_and_every_explanation_has_its_message() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "syndetect").rglob("*.py"))
    raised = set(re.findall(r'slug="([a-z-]+)"', sources)) | set(re.findall(r"slug='([a-z-]+)'", sources))
    assert len(re.findall(r"slug=", sources)) == len(re.findall(r"slug=[\"'][a-z-]+[\"']", sources))
    text = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    explained = re.findall(r"(?m)^### `([a-z-]+)`$", text)
    assert sorted(explained) == sorted(raised)


def test_every_reason_for_a_rejected_record_is_explained() -> None:
    paths = [*(ROOT / "syndetect" / "crawl").rglob("*.py"), *(ROOT / "syndetect" / "sql").glob("*.sql")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    reasons = set(re.findall(r"[\"']([a-z]+(?:-[a-z]+)+|damaged): ", sources))
    text = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"(?m)^\| `([a-z-]+)` \|", text))
    assert reasons == listed
