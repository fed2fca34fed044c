"""Provenance: hand-made stories, laws, and compiled parts against slow loops."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import duckdb
import numpy as np
import polars as pl
import pytest

from syndetect.addresses import url_key
from syndetect.provenance import trace_sources
from syndetect.provenance.choice import load_weights, softmax
from syndetect.provenance.clocks import NO_TIME, Clocks, before, lag_likelihood, possible_pairs, read_clocks
from syndetect.provenance.credits import ACROSS, inherited_lines
from syndetect.provenance.options import FEATURES
from syndetect.provenance.passages import LONG, Marks, compare_marks, number_keys, sentence_runs, sentences
from syndetect.schema import CLAIM, EDGE, TIME
from syndetect.text import split_words

NOON = datetime(2024, 3, 6, 12, tzinfo=UTC)
STORY = tuple(
    f"Sentence {word} tells how the {word} council of the town met its {number} neighbours on the {word} bridge."
    for number, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ]
    )
)
GERMAN = tuple(
    f"Satz {n} erzählt, wie der Rat der kleinen Stadt auf der Brücke Nummer {n} die Nachbarn traf." for n in range(12)
)

NOBODY = pl.DataFrame(schema={"child": pl.Int64, "page": pl.Int64})


@dataclass
class Page:
    host: str
    hours: float | None = None
    text: Sequence[str] = STORY
    story: str = "s"
    language: str = "en"
    claims: Sequence[tuple[str, str, str | None]] = ()
    claimed: datetime | None = None
    unsure: float = 0.0  # hours the time can be off either way
    rule: str | None = None  # of its claims

    @property
    def url(self) -> str:
        return f"https://{self.host}/{self.story}"

    @property
    def number(self) -> int:
        return int.from_bytes(hashlib.sha256(self.url.encode()).digest()[:7], "little")


@dataclass
class Rows:
    document: list[tuple[object, ...]] = field(default_factory=list)
    text: list[tuple[object, ...]] = field(default_factory=list)
    publication: list[tuple[object, ...]] = field(default_factory=list)
    claim: list[tuple[object, ...]] = field(default_factory=list)
    story: list[tuple[object, ...]] = field(default_factory=list)


def rows_of(pages: Iterable[Page]) -> Rows:
    rows = Rows()
    for page in pages:
        at = NOON + timedelta(hours=page.hours) if page.hours is not None else None
        off = timedelta(hours=page.unsure)
        low, high = (at - off, at + off) if at else (None, None)
        crawled = at + timedelta(days=2) if at else None
        rows.document.append((page.number, page.url, page.host, "A title", page.language, crawled))
        rows.text.append((page.number, "\n".join(page.text), 15 * len(page.text)))
        rows.publication.append((page.number, at, low, high, "json-ld" if at else None))
        rows.story.append((page.story, page.number))
        for kind, value, site in page.claims:
            stated = (
                (page.claimed - timedelta(hours=14), page.claimed + timedelta(hours=14))
                if page.claimed
                else (None, None)
            )
            rule = page.rule or {"attribution": "src_label:en"}.get(kind, kind)
            rows.claim.append((page.number, kind, value, site, *stated, False, None, None, rule))
    return rows


def connect(pages: Iterable[Page]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(files("syndetect").joinpath("sql", "tables.sql").read_text(encoding="utf-8"))
    rows = rows_of(pages)
    schemas: dict[str, tuple[list[tuple[object, ...]], dict[str, object]]] = {
        "document": (
            rows.document,
            {
                "doc_id": pl.UInt64,
                **dict.fromkeys(("url", "site", "title", "language"), pl.String),
                "first_crawled_at": TIME,
            },
        ),
        "story_text": (rows.text, {"doc_id": pl.UInt64, "text": pl.String, "n_words": pl.Int32}),
        "publication": (
            rows.publication,
            {
                "doc_id": pl.UInt64,
                **dict.fromkeys(("published_at", "published_from", "published_to"), TIME),
                "published_by": pl.String,
            },
        ),
        "claim": (rows.claim, dict(CLAIM)),
        "story_document": (rows.story, {"story_id": pl.String, "doc_id": pl.UInt64}),
    }  # fmt: skip
    for table, (values, schema) in schemas.items():
        frame = pl.DataFrame(values, schema, orient="row")  # type: ignore[arg-type]
        if table == "document":
            frame = frame.with_columns(url_key=url_key(pl.col("url")))
        con.register("frame", frame.to_arrow())
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM frame")
        con.unregister("frame")
    return con


@dataclass(frozen=True)
class Edge:
    parent: str | None
    site: str | None
    relation: str
    confidence: float
    named_url: str | None
    evidence: list[dict[str, object]]

    @property
    def words(self) -> list[str]:
        return [str(item["words"]) for item in self.evidence]


def trace(pages: Sequence[Page]) -> dict[str, Edge]:
    """Host and story -> edge; a parent is given by its host."""
    names = {page.number: page for page in pages}
    edges = trace_sources(connect(pages))
    assert edges.schema == EDGE
    assert sorted(edges["doc_id"]) == sorted(names)
    found = {}
    for row in edges.iter_rows(named=True):
        parent = names[row["parent_id"]].host if row["parent_id"] is not None else None
        name = names[row["doc_id"]].host
        found[name] = Edge(
            parent,
            row["parent_site"],
            row["relation"],
            row["confidence"],
            row["named_url"],
            json.loads(row["evidence"]),
        )
    return found


def without(text: Sequence[str], *places: int) -> list[str]:
    return [sentence for place, sentence in enumerate(text) if place not in places]


def changed(text: Sequence[str], *places: int) -> list[str]:
    return [s.replace("town met", "small town met all of") if place in places else s for place, s in enumerate(text)]


def credit(host: str) -> tuple[str, str, str | None]:
    return ("attribution", host, host)


def test_the_copy_follows_the_original_and_the_original_has_no_source() -> None:
    found = trace([Page("a.test", 0), Page("b.test", 1)])
    assert found["b.test"].parent == "a.test"
    assert found["b.test"].relation == "copies"
    assert found["a.test"].relation == "origin"
    assert (found["a.test"].parent, found["a.test"].site) == (None, None)


def test_a_named_parent_wins_over_a_more_similar_page() -> None:
    found = trace(
        [Page("a.test", 0, changed(STORY, 2)), Page("b.test", 1), Page("c.test", 2, claims=[credit("a.test")])]
    )
    assert found["c.test"].parent == "a.test"
    assert "names a.test as source" in found["c.test"].words


def test_the_page_whose_changes_a_copy_has_is_its_parent() -> None:
    found = trace(
        [Page("a.test", 0), Page("b.test", 1, changed(STORY, 1, 4, 7)), Page("c.test", 2, changed(STORY, 1, 4, 7))]
    )
    assert found["c.test"].parent == "b.test"
    assert found["b.test"].parent == "a.test"


def test_what_was_left_out_does_not_come_back() -> None:
    found = trace([Page("a.test", 0), Page("b.test", 3, without(STORY, 3, 5, 8)), Page("c.test", 4)])
    assert found["c.test"].parent == "a.test"


def test_a_credit_that_an_earlier_copy_carries_weighs_less() -> None:
    def pages(carried: bool) -> list[Page]:
        middle = Page("b.test", 1, changed(STORY, 1, 4), claims=[credit("a.test")] if carried else [])
        return [Page("a.test", 0), middle, Page("c.test", 2, changed(STORY, 1, 4), claims=[credit("a.test")])]

    def likely(pages: list[Page]) -> float:
        edge = trace(pages)["c.test"]
        if edge.parent == "b.test":
            return edge.confidence
        other = [
            item["probability"] for item in edge.evidence if item["kind"] == "alternative" and item["site"] is None
        ]
        return float(str(other[0])) if other else 0.0

    assert likely(pages(True)) > likely(pages(False))


def test_a_page_set_back_by_an_hour_keeps_the_parent_whose_address_it_gives() -> None:
    child = Page("c.test", -1, without(STORY, 4), claims=[("canonical", "https://a.test/s", "a.test")])
    found = trace([Page("a.test", 0), Page("b.test", -3), child])
    assert found["c.test"].parent == "a.test"


def test_a_copy_is_never_taken_from_a_page_days_later() -> None:
    found = trace([Page("a.test", 0, claims=[credit("b.test")]), Page("b.test", 72)])
    assert (found["a.test"].parent, found["a.test"].site) == (None, "b.test")


def test_a_source_without_a_page_is_unseen() -> None:
    found = trace([Page("a.test", 0, claims=[credit("wire.test")]), Page("b.test", 1, claims=[credit("a.test")])])
    assert (found["a.test"].parent, found["a.test"].site) == (None, "wire.test")
    assert found["b.test"].parent == "a.test"


def test_the_address_of_an_unseen_source_is_kept() -> None:
    found = trace([Page("a.test", 0, claims=[("canonical", "https://wire.test/x", "wire.test")])])
    assert (found["a.test"].site, found["a.test"].named_url) == ("wire.test", "https://wire.test/x")


def test_a_host_with_an_earlier_page_in_the_story_is_not_unseen() -> None:
    found = trace([Page("a.test", 0, GERMAN, language="de"), Page("b.test", 1, claims=[credit("a.test")])])
    assert (found["b.test"].parent, found["b.test"].relation) == ("a.test", "translates")


def test_the_longer_host_is_the_source_where_a_tag_names_its_owner() -> None:
    claims = [credit("en.wire.test"), ("agency", "WIRE", "wire.test"), ("translation-note", "Google", None)]
    found = trace([Page("a.test", None, claims=claims)])["a.test"]
    assert (found.parent, found.site, found.relation) == (None, "en.wire.test", "translates")
    assert found.confidence > 0.8
    assert found.words[0] == "names en.wire.test as source"


@pytest.mark.parametrize("kind", ["citation", "dateline", "published"])
def test_a_citation_is_never_an_edge(kind: str) -> None:
    told, plain = Page("a.test", 0, claims=[(kind, "axios.test", "axios.test")]), Page("a.test", 0)
    assert trace([told])["a.test"] == trace([plain])["a.test"]
    assert trace([told])["a.test"].site is None


def test_a_page_that_names_its_own_site_is_an_origin() -> None:
    assert trace([Page("a.test", 0, claims=[credit("a.test")])])["a.test"].relation == "origin"


def test_two_pages_that_no_text_tells_apart_get_like_confidence() -> None:
    found = trace([Page("a.test", 0), Page("b.test", 0), Page("c.test", 5)])
    edge = found["c.test"]
    other = [item for item in edge.evidence if item["kind"] == "alternative" and item["url"]]
    assert edge.confidence < 0.55
    assert float(str(other[0]["probability"])) == pytest.approx(edge.confidence, abs=0.01)


def test_a_short_copy_is_an_excerpt() -> None:
    found = trace([Page("a.test", 0), Page("b.test", 1, STORY[:5])])
    assert (found["b.test"].parent, found["b.test"].relation) == ("a.test", "excerpts")


def test_the_time_a_credit_gives_tells_its_pages_apart() -> None:
    first, second = Page("a.test", 0.021), Page("b.test", 1.037)
    child = Page("c.test", 5, claims=[("attribution", "Some Paper", None)], claimed=NOON + timedelta(hours=3.037))
    found = trace([first, second, child])
    assert found["c.test"].parent == "b.test"
    assert any(
        words.startswith("the time it gives, 2024-03-06 15:02, is that page's") for words in found["c.test"].words
    )


def random_pages(seed: int, n: int) -> list[Page]:
    rng = random.Random(seed)
    pages = []
    for number in range(n):
        text = changed(STORY, *rng.sample(range(12), rng.randint(0, 4)))[: rng.randint(5, 12)]
        hours = None if rng.random() < 0.2 else rng.choice((0.0, 1.0, 1.5, 2.0))
        claims = [credit(f"s{rng.randrange(n + 2)}.test") for _ in range(rng.randint(0, 2))]
        pages.append(Page(f"s{number}.test", hours, text, claims=claims, unsure=rng.choice((0.0, 5.0, 14.0))))
    return pages


@pytest.mark.parametrize("seed", range(6))
def test_no_page_is_its_own_ancestor_and_order_of_rows_changes_nothing(seed: int) -> None:
    pages = random_pages(seed, 12)
    found = trace(pages)
    for host in found:
        way, at = [host], found[host].parent
        while at is not None:
            assert at not in way
            way.append(at)
            at = found[at].parent
    shuffled = random.Random(seed).sample(pages, len(pages))
    assert trace(shuffled) == found


def test_an_unrelated_page_changes_nothing() -> None:
    pages = random_pages(3, 8)
    other = Page("other.test", 1, GERMAN, story="t", language="de", claims=[credit("s1.test")])
    found = trace([*pages, other])
    del found["other.test"]
    assert found == trace(pages)


def test_batches_change_nothing() -> None:
    pages = [*random_pages(3, 6), *(Page(f"t{n}.test", n, GERMAN, story="t", language="de") for n in range(4))]
    con = connect(pages)
    assert trace_sources(con).equals(trace_sources(con, pages_at_once=1))


def test_a_store_without_stories_has_no_edges() -> None:
    assert trace_sources(connect([])).schema == EDGE


def test_every_feature_has_a_weight() -> None:
    assert sorted(load_weights()) == sorted(FEATURES)


def test_probabilities_of_a_run_add_up_to_one() -> None:
    p = softmax(np.array([1.0, 1.0, 800.0, -800.0, 3.0]), np.array([0, 2, 4]))
    assert p.tolist() == pytest.approx([0.5, 0.5, 1.0, 0.0, 1.0])


def test_shared_marks_are_counted_as_a_slow_loop_counts_them() -> None:
    rng = random.Random(5)
    pages = [[rng.randrange(12) for _ in range(rng.randint(1, 15))] for _ in range(5)]
    marks = Marks(np.array([*itertools.chain(*pages)], np.int64), np.cumsum([0, *map(len, pages)]).astype(np.int64))
    pairs = [(c, q) for c in range(5) for q in range(5) if c != q]
    child, page = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    p = np.array([rng.random() for _ in pairs], np.float32)
    shared = compare_marks(marks, child, page, p)
    chance = dict(zip(pairs, p.tolist(), strict=True))
    for at, (c, q) in enumerate(pairs):
        found = [t in pages[q] for t in pages[c]]
        missing = [
            max((chance[c, o] for o in range(5) if o not in (c, q) and t in pages[o]), default=0.0) for t in pages[c]
        ]
        assert shared.found[at] == sum(found)
        assert shared.missing[at] == pytest.approx(sum(m for m, f in zip(missing, found, strict=True) if not f))
        assert shared.kept[at] == sum(t in pages[c] for t in pages[q])
        alone = "".join("x" if all(t not in pages[o] for o in range(5) if o != c) else " " for t in pages[c])
        assert shared.novel[at] == sum(len(run) >= LONG for run in alone.split())


def test_sentences_are_the_same_whatever_the_line_breaks() -> None:
    texts = pl.Series(
        [
            "One is here. Two is there!\nThree?",
            "One is here.\nTwo is there. Three",
            "昨日雨。今日晴！",
            "昨日雨\n今日晴",
            "Version 2.5 is out.",
        ]
    )
    words = split_words(texts)
    marks = sentences(sentence_runs(texts, words), words)
    of = [marks.ids[a:b].tolist() for a, b in itertools.pairwise(marks.offsets)]
    assert of[0] == of[1]
    assert len(of[0]) == 3
    assert of[2] == of[3]
    assert len(of[4]) == 1


def test_times_of_pages_are_compared_as_distributions() -> None:
    def page(hours: float | None, off: float = 0.0) -> tuple[datetime | None, ...]:
        at = NOON + timedelta(hours=hours) if hours is not None else None
        return (at, at - timedelta(hours=off), at + timedelta(hours=off), None) if at else (None, None, None, None)

    rows = [page(0), page(1), page(1, 14), page(None), page(0)]
    names = ("published_at", "published_from", "published_to", "first_crawled_at")
    frame = pl.DataFrame(rows, dict.fromkeys(names, TIME), orient="row")
    clocks = read_clocks(frame, delay=6.0)

    def p(a: int, b: int) -> float:
        return float(before(clocks.at, clocks.weights, clocks.offsets, a, b))

    assert p(0, 1) > 0.95
    assert 0 < p(1, 0) < 0.05
    assert 0.5 < p(0, 2) < 0.95
    assert p(0, 3) == 0.5
    assert p(0, 4) == pytest.approx(0.5)
    child, earlier, chance, skipped = possible_pairs(clocks, np.array([0, 5]), NOBODY)
    assert skipped.tolist() == [0]
    assert all(chance[(child == 1) & (earlier == 0)] > 0.95)
    assert clocks.at.min() > NO_TIME


def hourly_clocks(n: int) -> Clocks:
    at = [NOON + timedelta(hours=place) for place in range(n)]
    frame = pl.DataFrame(dict.fromkeys(("published_at", "published_from", "published_to"), at)).with_columns(
        first_crawled_at=pl.lit(None, TIME)
    )
    return read_clocks(frame.cast(TIME), delay=6.0)


def test_in_a_large_story_a_page_is_compared_with_the_first_its_neighbours_and_those_it_names() -> None:
    n = 30
    clocks, named = hourly_clocks(n), pl.DataFrame({"child": [25, 25], "page": [9, 24]})

    def of(child: int, small: int) -> list[int]:
        rows, pages, _, _ = possible_pairs(clocks, np.array([0, n]), named, small=small, window=3, first=4)
        assert len({*zip(rows.tolist(), pages.tolist(), strict=True)}) == len(rows)
        return [p for p in pages[rows == child].tolist() if p < child]

    assert of(25, small=n) == list(range(25))
    assert of(25, small=n - 1) == [0, 1, 2, 3, 9, 22, 23, 24]
    assert of(2, small=n - 1) == [0, 1]


@pytest.mark.parametrize("small", [29, 30])
def test_pairs_left_out_of_large_stories_are_counted(small: int) -> None:
    n = 30
    named = pl.DataFrame({"child": [25, 20], "page": [9, 28]})
    starts = np.array([0, n])
    rows, pages, _, skipped = possible_pairs(hourly_clocks(n), starts, named, small=small, window=3, first=4)
    in_order = n * (n - 1) // 2
    assert skipped.tolist() == [in_order - sum(p < c for c, p in zip(rows.tolist(), pages.tolist(), strict=True))]
    assert (skipped[0] == 0) == (small >= n)


def test_a_story_too_large_to_compare_all_pairs_is_recorded() -> None:
    con = connect([Page(f"s{n}.test", n / 10, STORY[:2]) for n in range(401)])
    for _ in range(2):
        assert trace_sources(con).height == 401
        (row,) = con.sql("SELECT story_id, n_pages, n_pairs_skipped FROM provenance_skipped").fetchall()
        assert row[:2] == ("s", 401)
        assert 0 < row[2] < 401 * 400 // 2
    assert not connect_and_trace([Page("a.test", 0), Page("b.test", 1)])


def connect_and_trace(pages: Sequence[Page]) -> list[tuple[object, ...]]:
    con = connect(pages)
    trace_sources(con)
    return con.sql("FROM provenance_skipped").fetchall()


def reworded(text: Sequence[str], share: float, seed: int = 0) -> list[str]:
    """Put other words in place of a share of them."""
    rng = random.Random(seed)
    return [
        " ".join(f"other{rng.randrange(900)}" if rng.random() < share else word for word in sentence.split())
        for sentence in text
    ]


@pytest.mark.parametrize("days", [0.1, 1, 5, 20])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.12])
def test_of_two_like_pages_the_later_is_a_copy_however_late(days: float, share: float) -> None:
    edge = trace([Page("a.test", 0), Page("b.test", 24 * days, reworded(STORY, share))])["b.test"]
    assert edge.parent == "a.test"
    assert edge.confidence > 0.6


def test_a_late_excerpt_is_a_copy() -> None:
    edge = trace([Page("a.test", 0), Page("b.test", 240, STORY[:4])])["b.test"]
    assert (edge.parent, edge.relation) == ("a.test", "excerpts")
    assert edge.confidence > 0.6


def test_an_origin_whose_text_stood_elsewhere_before_says_so() -> None:
    claims = [credit("b.test")]
    edge = trace([Page("a.test", 0), Page("b.test", 120, claims=claims)])["b.test"]
    assert edge.relation == "origin"
    told = [item for item in edge.evidence if item["kind"] == "origin"]
    assert [item["words"] for item in told] == [
        "the same text stood on a.test 5 d before; a common source that is not in the dump is likelier"
    ]
    assert told[0]["site"] == "a.test"


def test_a_line_that_a_page_in_another_language_has_is_no_fresh_credit() -> None:
    credits = pl.DataFrame({"row": [0, 1], "kind": "attribution", "key": "wire.test", "generic": False})
    pairs = pl.DataFrame({"child": [1], "page": [0], "p": [1.0], "contain": [0.0], "page_site": ["a.test"]})
    across, same = (inherited_lines(credits, pairs.with_columns(cross=pl.lit(x)))[0] for x in (1.0, 0.0))
    assert across["inherited"].to_list() == [ACROSS]
    assert same["inherited"].to_list() == [0.0]


def test_keys_are_numbered_by_first_occurrence() -> None:
    keys = np.random.default_rng(3).integers(0, 50, 400).astype(np.uint64) << np.uint64(40)
    seen: dict[int, int] = {}
    assert number_keys(keys).tolist() == [seen.setdefault(int(key), len(seen)) for key in keys]
    assert number_keys(np.zeros(0, np.uint64)).tolist() == []


def test_of_two_like_pages_the_one_an_hour_before_is_likelier_the_source_than_the_one_a_day_before() -> None:
    at = [NOON + timedelta(hours=hours) for hours in (0, 23, 24)]
    frame = pl.DataFrame(dict.fromkeys(("published_at", "published_from", "published_to"), at))
    clocks = read_clocks(frame.with_columns(first_crawled_at=pl.lit(None, TIME)).cast(TIME), delay=6.0)
    usual, rate = lag_likelihood(clocks, np.array([2, 2]), np.array([0, 1]), np.array([False, False])).T
    assert usual[1] > usual[0] > 0
    assert rate[1] / rate[0] > 10 * usual[1] / usual[0]
    found = trace([Page("a.test", 0), Page("b.test", 23), Page("c.test", 24)])
    assert found["c.test"].parent == "b.test"


def test_a_credit_that_most_pages_of_a_site_carry_weighs_little() -> None:
    pages = [
        Page("origin.example", 0),
        Page("other.example", 0, GERMAN, language="de"),
        Page("copy.example", 5, changed(STORY, 3), claims=[credit("other.example")]),
    ]
    furniture = [
        Page("copy.example", 5, changed(STORY, 3), claims=[credit("other.example")], rule="src_label:en:furniture")
    ]
    assert trace(pages)["copy.example"].parent == "other.example"
    assert trace([*pages[:2], *furniture])["copy.example"].parent == "origin.example"


def test_furniture_names_no_unseen_source_unless_another_page_of_the_story_does() -> None:
    rule = "src_label:en:furniture"
    alone = [Page("a.example", 0, claims=[credit("wire.example")], rule=rule)]
    assert trace(alone)["a.example"].site is None
    freely = [Page("b.example", 0, changed(STORY, 2), claims=[credit("wire.example")])]
    assert trace([*alone, *freely])["b.example"].site == "wire.example"
