"""Who usually takes from whom: what is counted, that no story speaks for itself, and that it can be switched off."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import duckdb
import numpy as np
import polars as pl
import pytest
from test_provenance import STORY, Page, connect

from syndetect.provenance import trace_sources
from syndetect.provenance.choice import choose, load_weights, spread, weigh
from syndetect.provenance.conflicts import page_conflicts
from syndetect.provenance.evidence import describe
from syndetect.provenance.habits import (
    BACK,
    LEAST_CHANCE,
    MOST,
    ROUNDS,
    SURE,
    TERMS,
    apply_habits,
    join_noticed,
    learn_habits,
    load_habit_weights,
    measure_habits,
    notice,
)
from syndetect.provenance.options import NONE, PAGE, UNSEEN, WEIGHED
from syndetect.provenance.trace import learn, read_options

Option = dict[str, object]
WEIGHTS = {"partner": 1.5, "named": 1.0, "none": 0.2}


def made_up(seed: int, n_stories: int = 12) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pages of some stories over few sites, and options with probabilities, some of them sure."""
    rng = random.Random(seed)
    sites = [f"s{n}.test" for n in range(6)]
    pages: list[dict[str, object]] = []
    rows = []
    for story in range(n_stories):
        first = len(pages)
        for site in rng.sample(sites, rng.randint(2, 5)):
            pages.append({"row": len(pages), "story": story, "story_id": f"story{story:03}", "site": site})
        for child in range(first, len(pages)):
            kinds: list[tuple[int, int, str | None]] = [
                (PAGE, page, None) for page in range(first, len(pages)) if page != child
            ]
            kinds += [(UNSEEN, -1, host) for host in rng.sample(["u1.test", "u2.test"], rng.randint(0, 2))]
            kinds.append((NONE, -1, None))
            sure = rng.randrange(len(kinds)) if rng.random() < 0.7 else None
            weights = [rng.random() + (100 if place == sure else 0) for place in range(len(kinds))]
            for (kind, page, host), weight in zip(kinds, weights, strict=True):
                cross = float(kind == PAGE and (child + page) % 3 == 0)
                rows.append((child, kind, page, host, weight / sum(weights), rng.random(), cross))
    schema = {
        "child": pl.Int64, "kind": pl.Int32, "page": pl.Int64, "host": pl.String, "probability": pl.Float64,
        "likely": pl.Float64, "cross": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(pages), pl.DataFrame(rows, schema, orient="row")


def sure_options(options: Sequence[Option]) -> list[Option]:
    back = {(o["page"], o["child"]) for o in options if o["kind"] == PAGE and float(str(o["probability"])) >= BACK}
    return [o for o in options if float(str(o["probability"])) >= SURE and (o["child"], o["page"]) not in back]


def slow_terms(pages: pl.DataFrame, weighed: pl.DataFrame, smooth: float) -> list[list[float]]:
    """The terms by plain loops, in which each story is counted anew without the others' sums."""
    site, story = pages["site"].to_list(), pages["story"].to_list()
    options: list[dict[str, object]] = weighed.to_dicts()
    sure = sure_options(options)
    passed: list[tuple[int, dict[str, object], list[dict[str, object]], float]] = []
    for edge in sure:
        if edge["kind"] == PAGE:
            beside = [o for o in options if (o["child"], o["kind"], o["cross"]) == (edge["child"], PAGE, edge["cross"])]
            beside = [o for o in beside if float(str(o["likely"])) >= LEAST_CHANCE or o is edge]
            passed.append((int(str(edge["child"])), edge, beside, round(float(str(edge["probability"])), 6)))

    def chance(option: dict[str, object]) -> float:
        return float(np.float32(str(option["likely"])))

    rate: dict[tuple[str, object], float] = {}
    for _ in range(ROUNDS):
        counted: dict[tuple[str, object], list[float]] = {}
        for _, edge, beside, share in passed:
            total = sum(chance(o) * rate.get((site[int(str(o["page"]))], o["cross"]), 1.0) for o in beside)
            for o in beside:
                key = (site[int(str(o["page"]))], o["cross"])
                sums = counted.setdefault(key, [0.0, 0.0])
                sums[0] += share * (o is edge)
                sums[1] += share * chance(o) * rate.get(key, 1.0) / total
        rate |= {key: rate.get(key, 1.0) * (a + 1) / (b + 1) for key, (a, b) in counted.items()}

    def ratio(child: int, source: str) -> float:
        found = expected = 0.0
        for other, edge, beside, share in passed:
            if story[other] == story[child] or site[other] != site[child]:
                continue
            total = sum(chance(o) * rate[site[int(str(o["page"]))], o["cross"]] for o in beside)
            for o in beside:
                key = (site[int(str(o["page"]))], o["cross"])
                if key[0] == source:
                    found += share * (o is edge)
                    expected += share * chance(o) * rate[key] / total
        return math.log((found + smooth) / (expected + smooth))

    whole = sum(round(float(str(o["probability"])), 6) for o in sure)
    begun = sum(round(float(str(o["probability"])), 6) for o in sure if o["kind"] == NONE)
    mean = (begun + 1) / (whole + 2)
    rows = []
    for o in options:
        child = int(str(o["child"]))
        mine = [
            e for e in sure if site[int(str(e["child"]))] == site[child] and story[int(str(e["child"]))] != story[child]
        ]
        held = {id(e): round(float(str(e["probability"])), 6) for e in mine}
        row = [0.0] * 3
        if o["kind"] == PAGE:
            row[0] = ratio(child, site[int(str(o["page"]))])
        elif o["kind"] == UNSEEN:
            row[1] = math.log1p(sum(held[id(e)] for e in mine if e["host"] == o["host"]))
        else:
            stayed = sum(held[id(e)] for e in mine if e["kind"] == NONE)
            went, every = sum(held.values()) - stayed, sum(held.values())
            row[2] = math.log((stayed + 2 * mean) / (mean * (every + 2)))
            row[2] -= math.log((went + 2 * (1 - mean)) / ((1 - mean) * (every + 2)))
        rows.append(row)
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_terms_are_those_of_plain_loops(seed: int) -> None:
    pages, weighed = made_up(seed)
    habits = learn_habits(join_noticed([notice(pages, weighed)]))
    terms, _ = measure_habits(pages, weighed, habits)
    assert np.abs(terms).max(axis=0).min() > 0
    slow = slow_terms(pages, weighed, habits.smooth)
    assert np.allclose(terms, slow, atol=1e-4)


def test_batches_are_counted_as_one() -> None:
    pages, weighed = made_up(7)
    whole = learn_habits(join_noticed([notice(pages, weighed)]))
    parts = []
    for _, some in pages.group_by(pl.col("story") // 5, maintain_order=True):
        first = some["row"][0]
        mine = weighed.filter(pl.col("child").is_in(some["row"].implode()))
        page = pl.when(pl.col("kind") == PAGE).then(pl.col("page") - first).otherwise("page")
        mine = mine.with_columns(page=page, child=pl.col("child") - first)
        parts.append(notice(some.with_columns(pl.col("row") - first), mine))
    split = learn_habits(join_noticed(parts))
    assert np.array_equal(measure_habits(pages, weighed, whole)[0], measure_habits(pages, weighed, split)[0])


def test_a_story_does_not_speak_for_itself() -> None:
    pages, weighed = made_up(5, n_stories=1)
    habits = learn_habits(join_noticed([notice(pages, weighed)]))
    assert not measure_habits(pages, weighed, habits)[0].any()


def test_where_everybody_takes_from_anybody_counts_are_smoothed_to_nought() -> None:
    smooth = [learn_habits(join_noticed([notice(*made_up(seed, n_stories=150))])).smooth for seed in range(4)]
    assert min(smooth) > 8


def test_no_term_is_larger_than_the_most() -> None:
    pages, weighed = made_up(3, n_stories=40)
    habits = learn_habits(join_noticed([notice(pages, weighed)]))
    found = apply_habits(pages, weighed, habits, dict.fromkeys(TERMS, 50.0))
    assert found["speaks"].abs().max() == MOST
    assert np.allclose(found.group_by("child").agg(pl.col("probability").sum())["probability"], 1)


def test_what_is_certain_or_impossible_stays_so() -> None:
    pages, weighed = made_up(3, n_stories=40)
    said = weighed.with_columns(probability=(pl.int_range(pl.len()).over("child") == 0).cast(pl.Float64))
    habits = learn_habits(join_noticed([notice(pages, weighed)]))
    found = apply_habits(pages, said, habits, WEIGHTS)
    assert found["speaks"].to_numpy().any()
    assert found["probability"].equals(said["probability"])


def test_stories_without_sites_or_edges_have_no_habits() -> None:
    pages, weighed = made_up(3)
    nameless = pages.with_columns(site=pl.lit(None, pl.String))
    found = apply_habits(nameless, weighed, learn_habits(join_noticed([notice(nameless, weighed)])), WEIGHTS)
    assert found.filter(pl.col("kind") == PAGE)["speaks"].abs().max() == 0
    doubtful = weighed.with_columns(probability=1 / pl.len().over("child"))
    found = apply_habits(pages, doubtful, learn_habits(join_noticed([notice(pages, doubtful)])), WEIGHTS)
    assert found["speaks"].abs().max() == 0
    assert np.allclose(found["probability"], doubtful["probability"])


def partners(n: int) -> list[Page]:
    """Stories in which taker.test says that it took from partner.test, and one in which it does not say."""
    pages = []
    for story in range(n):
        text = tuple(f"{line} ({story})" for line in STORY)
        names = ["partner.test", "other.test"][:: 1 if story % 2 else -1]
        pages += [Page(name, place / 50, text, story=f"s{story}") for place, name in enumerate(names)]
        for name, source in (("taker.test", "partner.test"), ("second.test", "other.test")):
            said = [("attribution", source, source)] if story else []
            pages.append(Page(name, 3, text, story=f"s{story}", claims=said))
    return pages


def parents_of(con: duckdb.DuckDBPyConnection, page: Page, *, site_habits: bool) -> tuple[int | None, str]:
    edges = trace_sources(con, site_habits=site_habits).filter(pl.col("doc_id") == page.number)
    return edges["parent_id"][0], edges["evidence"][0]


def test_a_page_that_does_not_say_is_taken_from_its_sites_partner_and_that_is_told() -> None:
    pages = partners(14)
    con, asked = connect(pages), pages[2]
    _, without = parents_of(con, asked, site_habits=False)
    parent, evidence = parents_of(con, asked, site_habits=True)
    assert parent == pages[1].number
    assert pages[1].host == "partner.test"
    assert '"kind":"habit"' not in without
    assert (
        '"kind":"habit","words":"its site took 13 of 13 other stories whose source is sure from partner.test"'
        in evidence
    )


def test_switched_off_the_answer_is_that_of_the_pages_alone() -> None:
    con = connect(partners(6))
    stories = con.sql("SELECT DISTINCT story_id FROM story_document ORDER BY 1").pl()
    pages, options = read_options(
        con, stories, learn(con), keep=lambda some: weigh(some, load_weights()).select(WEIGHED)
    )
    numbers = pages["story"].to_numpy().astype(np.int64)
    weighed, _ = spread(options.frame, numbers)
    judged = pl.DataFrame(schema={"left_id": pl.UInt64, "right_id": pl.UInt64, "evidence": pl.String})
    conflicts = page_conflicts(pages, options.credits, options.facts, options.frame)
    alone = describe(pages, options, weighed, choose(weighed, numbers), judged=judged, conflicts=conflicts)
    assert trace_sources(con, site_habits=False).equals(alone.sort("doc_id"))
    assert not trace_sources(con).equals(alone.sort("doc_id"))


def test_batches_change_no_edge() -> None:
    con = connect(partners(5))
    whole = trace_sources(con)
    assert trace_sources(con, pages_at_once=9).equals(whole)
    assert trace_sources(con, pages_at_once=1).equals(whole)


def test_one_story_is_traced_as_without_habits() -> None:
    con = connect(partners(1))
    assert trace_sources(con).equals(trace_sources(con, site_habits=False))


def test_every_term_has_a_weight() -> None:
    assert tuple(load_habit_weights()) == TERMS
