"""Survivors: which page is kept by which rule, and what is said of the others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.errors import SettingsError
from syndetect.schema import ID, STRING, TIME
from syndetect.survivors import KEEP, Rule, choose_survivors, parse_rules, relation_words

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
SITES = ("one.example", "two.example")
SCHEMA = pl.Schema(
    {
        "doc_id": ID, "key": STRING, "url": STRING, "site": STRING, "is_origin": pl.Boolean(), "n_words": pl.Int32(),
        "published_from": TIME, "published_at": TIME, "published_to": TIME, "column:rank": pl.Float64(),
    }
)  # fmt: skip
CASES = [
    [part.strip() for part in line.split(" | ")]
    for line in (Path(__file__).parent / "cases" / "survivors.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def page(number: int, words: str) -> dict[str, object]:
    """A page as the cases write it."""
    url, *marks = words.split()
    row: dict[str, object] = {"doc_id": number, "key": "s", "url": url, "is_origin": "origin" in marks}
    for name, value in (mark.split("=") for mark in marks if "=" in mark):
        if name == "out":
            low, high = (DAY + dt.timedelta(hours=int(hour)) for hour in value.split(".."))
            row |= {"published_from": low, "published_at": low + (high - low) / 2, "published_to": high}
        else:
            named = {"words": ("n_words", int), "site": ("site", str), "rank": ("column:rank", float)}[name]
            row[named[0]] = named[1](value)
    return row


@pytest.mark.parametrize(("name", "keep", "pages", "survivor", "why"), CASES, ids=[case[0] for case in CASES])
def test_a_policy_keeps_the_page_it_says_and_says_why(
    name: str, keep: str, pages: str, survivor: str, why: str
) -> None:
    rows = [page(number, words) for number, words in enumerate(pages.split(";"))]
    sites = SITES if "sites" in keep else ()
    members = pl.DataFrame(rows, schema=SCHEMA)
    chosen = choose_survivors(members, parse_rules(keep, sites), sites=sites)
    urls = dict(members.select("doc_id", "url").rows())
    assert {urls[one] for one in chosen["survivor_id"]} == {survivor}
    assert len(chosen) == len(rows) - 1
    first = chosen.row(0, named=True)
    assert first["decided"] == why
    assert first["rule"] in (*keep.split(","), "url")


TIMES = st.none() | st.integers(0, 20)
PAGES = st.lists(
    st.tuples(
        st.sampled_from("pqr"), st.sampled_from([*SITES, "x.example", None]), st.booleans(),
        st.integers(0, 3) | st.none(), TIMES, TIMES, st.sampled_from([None, float("nan"), 0.0, 1.0]),
    ),
    max_size=12,
)  # fmt: skip
POLICIES = st.permutations(["origin", "earliest", "longest", "sites", "column:rank", "column:-rank"])


def members_of(pages: list[tuple[object, ...]]) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for number, (key, site, origin, words, low, high, rank) in enumerate(pages):
        at = [DAY + dt.timedelta(hours=hour) if isinstance(hour, int) else None for hour in (low, high)]
        at = sorted(at) if None not in at else at  # type: ignore[type-var]
        rows.append(
            {
                "doc_id": number, "key": key, "url": f"https://{number % 7}.example/{number}", "site": site,
                "is_origin": origin, "n_words": words, "published_from": at[0], "published_at": at[0],
                "published_to": at[1], "column:rank": rank,
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)


@given(pages=PAGES, names=POLICIES, n_rules=st.integers(1, 6))
def test_one_page_of_each_key_survives_and_stands_for_all_others(
    pages: list[tuple[object, ...]], names: list[str], n_rules: int
) -> None:
    members = members_of(pages)
    sites = SITES if "sites" in names[:n_rules] else ()
    chosen = choose_survivors(members, parse_rules(",".join(names[:n_rules]), sites), sites=sites)
    kept = members.filter(~pl.col("doc_id").is_in(chosen["doc_id"].implode()))
    assert sorted(kept["key"]) == sorted(set(members["key"]))
    assert chosen["doc_id"].is_unique().all()
    keys = dict(members.select("doc_id", "key").rows())
    survivors = dict(kept.select("key", "doc_id").rows())
    for doc_id, survivor_id in chosen.select("doc_id", "survivor_id").rows():
        assert survivors[keys[doc_id]] == survivor_id
    assert chosen.null_count().sum_horizontal().sum() == 0
    assert set(chosen["rule"]) <= {*names[:n_rules], "url"}


@given(pages=PAGES, seed=st.integers(0, 99))
def test_the_order_of_the_pages_does_not_matter(pages: list[tuple[object, ...]], seed: int) -> None:
    members = members_of(pages)
    rules = parse_rules(KEEP, ())
    shuffled = members.sample(fraction=1, shuffle=True, seed=seed)
    assert choose_survivors(members, rules).equals(choose_survivors(shuffled, rules))


@given(pages=PAGES)
def test_no_page_that_is_proven_earlier_than_the_survivor_is_dropped(pages: list[tuple[object, ...]]) -> None:
    members = members_of(pages)
    rows = {row["doc_id"]: row for row in members.to_dicts()}
    for doc_id, survivor_id in choose_survivors(members, [Rule("earliest")]).select("doc_id", "survivor_id").rows():
        out, begin = rows[doc_id]["published_to"], rows[survivor_id]["published_from"]
        # An interval without an end proves nothing, and one end is enough.
        assert not (out and begin and rows[survivor_id]["published_to"] and out < begin)


@pytest.mark.parametrize(
    ("keep", "sites", "message"),
    [
        ("oldest", (), r"there is no rule 'oldest' to keep pages by; choose from origin, earliest, .*\[keep-rule\]"),
        ("", (), r"there is no rule ''"),
        ("column:", (), r"there is no rule 'column:'"),
        ("column:-", (), r"there is no rule 'column:-'"),
        ("longest, longest", (), r"the rule longest is named twice; name it once \[keep-rule\]"),
        ("longest,sites", (), r"the rule sites has no list; add --sites a.example,b.example \[keep-rule\]"),
    ],
)
def test_a_policy_that_can_not_be_followed_is_refused(keep: str, sites: tuple[str, ...], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_rules(keep, sites)


def test_a_list_of_sites_is_looked_at_first_unless_the_policy_says_when() -> None:
    assert [rule.name for rule in parse_rules("longest", SITES)] == ["sites", "longest"]
    assert [rule.name for rule in parse_rules("longest,sites", SITES)] == ["longest", "sites"]


@pytest.mark.parametrize(
    ("relation", "similarity", "shares", "same_group", "words"),
    [
        ("exact", 1.0, (1.0, 1.0), True, "the same words as the survivor"),
        ("near-duplicate", 0.9999, (1.0, 1.0), True, "near-duplicate of the survivor (similarity 0.99)"),
        ("near-duplicate", 0.95, (1.0, 1.0), True, "near-duplicate of the survivor (similarity 0.95)"),
        ("near-duplicate", 0.57, (1.0, 1.0), True, "near-duplicate of the survivor (similarity 0.57)"),
        ("near-duplicate", 0.05, (1.0, 1.0), True, "near-duplicate of the survivor (similarity 0.05)"),
        ("excerpt", 0.4, (0.9, 0.4), True, "excerpt of the survivor (similarity 0.40)"),
        ("excerpt", 0.4, (0.4, 0.9), True, "has the survivor as an excerpt (similarity 0.40)"),
        ("translation", 0.98, (None, None), False, "the survivor in another language (probability 0.98)"),
        ("story", None, (None, None), True, "joined to the survivor through other copies of the text"),
        ("story", 0.3, (None, None), False, "joined to the survivor through other pages of the story"),
    ],
)
def test_a_relation_is_put_in_words(
    relation: str, similarity: float | None, shares: tuple[float | None, float | None], same_group: bool, words: str
) -> None:
    row = {
        "relation": relation, "similarity": similarity, "containment": shares[0], "survivor_containment": shares[1],
        "same_group": same_group,
    }  # fmt: skip
    frame = pl.DataFrame([row], schema_overrides=dict.fromkeys(list(row)[1:4], pl.Float64))
    assert frame.select(relation_words()).item() == words
