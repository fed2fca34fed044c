"""How right stories and provenance are, given the truth: rows of a store or of another tool -> figures.

A row of provenance is right when its parent_url is the page that this one was taken from; where that page was neither
crawled nor named, the nearest of its ancestors that was; where it was not crawled but can be told from the page, its
host; and a row without a source is right where there is none to be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import syndetect

Figures = dict[str, float | None]
SURE = 0.8
"""Rows are counted on either side of this confidence."""
N_BINS = 10
WORDED = ("line", "first_published", "tail")
"""Ways of naming a source by a sentence."""

TRUTH: dict[str, pl.DataType | type[pl.DataType]] = {
    "url": pl.String, "story": pl.String, "language": pl.String, "relation": pl.String, "parent_url": pl.String,
    "parent_site": pl.String, "parent_crawled": pl.Boolean, "nearest_crawled_ancestor": pl.String,
    "crawled_ancestors": pl.List(pl.String), "origin_url": pl.String,
    "names_parent_in": pl.Struct({"warc": pl.String, "jsonl": pl.String}),
}  # fmt: skip
"""What of the truth is read; other fields may stand beside."""
FOUND: dict[str, pl.DataType | type[pl.DataType]] = {
    "url": pl.String, "story_id": pl.String, "parent_url": pl.String, "parent_site": pl.String,
    "relation": pl.String, "confidence": pl.Float64,
}  # fmt: skip
"""What another tool delivers, a row a page that it puts into a story or gives a source."""


@dataclass(frozen=True)
class Judged:
    """A truth and what was found of it; a row a page in each."""

    truth: pl.DataFrame
    """The fields of TRUTH and `names`: the host that the page gives away in the dump that was read."""
    found: pl.DataFrame


def read_truth(path: Path, *, dump: str = "warc") -> pl.DataFrame:
    """truth.jsonl, with `names` as the dump has it and whatever other fields it has."""
    frame = pl.read_ndjson(path, schema_overrides=TRUTH, infer_schema_length=None)
    return frame.with_columns(names=pl.col("names_parent_in").struct.field(dump)).sort("url")


def read_found(path: Path) -> pl.DataFrame:
    """A store of the tool, or a .jsonl or .parquet with the columns of FOUND.

    Raises:
        ValueError: If a column is missing, a page has two rows, or a confidence is not between 0 and 1.
    """
    if path.suffix == ".duckdb":
        with syndetect.open(path) as store:
            members = store.query("SELECT url, story_id FROM story_members")
            edges = store.query("SELECT url, parent_url, parent_site, relation, confidence FROM provenance")
        found = members.join(edges, on="url", how="full", coalesce=True)
    else:
        found = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_ndjson(path, infer_schema_length=None)
    missing = [name for name in FOUND if name not in found.columns]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(missing)}; deliver {', '.join(FOUND)}")
    found = found.select(list(FOUND)).cast(dict(FOUND)).sort("url")  # type: ignore[arg-type]
    if found["url"].is_duplicated().any():
        raise ValueError(f"{path.name} has two rows for one url; deliver one a page")
    if not found["confidence"].drop_nulls().is_between(0, 1).all():
        raise ValueError(f"{path.name} has confidences outside 0..1; deliver probabilities")
    return found


def pooled(worlds: Sequence[Judged]) -> Judged:
    """Several worlds as one: what is called alike in two of them stays apart."""
    urls = ["url", "parent_url", "nearest_crawled_ancestor", "origin_url", "story", "story_id"]

    def apart(frame: pl.DataFrame, number: int) -> pl.DataFrame:
        mark = pl.lit(f"{number} ")
        named = [(mark + pl.col(name)).alias(name) for name in urls if name in frame.columns]
        if "crawled_ancestors" in frame.columns:
            named.append(pl.col("crawled_ancestors").list.eval(mark + pl.element()).alias("crawled_ancestors"))
        return frame.with_columns(named)

    truth = pl.concat([apart(world.truth, n) for n, world in enumerate(worlds)])
    return Judged(truth, pl.concat([apart(world.found, n) for n, world in enumerate(worlds)]))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mean(marks: pl.Series) -> float | None:
    return None if marks.is_empty() else float(marks.cast(pl.Float64).sum()) / len(marks)


def f1(right: int, found: int, true: int) -> Figures:
    """Precision, recall and F1 of so many right ones."""
    return {
        "precision": _ratio(right, found), "recall": _ratio(right, true), "f1": _ratio(2 * right, found + true),
    }  # fmt: skip


def _pairs(frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """Pairs of pages in one group, the smaller address first."""
    one = frame.select("url", "language", by).drop_nulls(by)
    both = one.join(one, on=by, suffix="_b").filter(pl.col("url") < pl.col("url_b"))
    return both.select("url", "url_b", across=pl.col("language") != pl.col("language_b"))


def story_figures(judged: Judged) -> Figures:
    """Pairs of pages of one story, within a language (mono) and across two; B-cubed F1 of the stories."""
    pages = judged.truth.select("url", "language", "story").join(
        judged.found.select("url", "story_id"), on="url", how="left"
    )
    true, found = _pairs(pages, "story"), _pairs(pages, "story_id")
    right = true.join(found.select("url", "url_b"), on=["url", "url_b"], how="semi")
    figures: Figures = {}
    for name, across in (("mono", [False]), ("cross", [True]), ("pairs", [False, True])):
        counts = [frame.filter(pl.col("across").is_in(across)).height for frame in (right, found, true)]
        figures[f"{name}_f1"] = f1(*counts)["f1"]
        if name == "pairs":
            figures |= {f"pairs_{key}": f1(*counts)[key] for key in ("precision", "recall")}
    # A page in no story is a story of one.
    grouped = pages.with_columns(
        together=pl.coalesce("story_id", pl.lit("alone ") + pl.col("url")),
    )
    cells = grouped.group_by("story", "together").agg(n=pl.len())
    cells = cells.with_columns(true=pl.col("n").sum().over("story"), found=pl.col("n").sum().over("together"))
    precision = float((cells["n"] ** 2 / cells["found"]).sum()) / pages.height
    recall = float((cells["n"] ** 2 / cells["true"]).sum()) / pages.height
    figures["b3"] = 2 * precision * recall / (precision + recall)
    return figures


def closure(edges: pl.DataFrame) -> pl.DataFrame:
    """Every page with each of its ancestors and its distance: url, parent_url -> url, ancestor, depth.

    A page is no ancestor of its own; rings end where they began.
    """
    steps = edges.select("url", "parent_url").drop_nulls()
    reached = steps.select("url", ancestor="parent_url", depth=pl.lit(1))
    newest = reached
    while not newest.is_empty():
        newest = (
            newest.join(steps, left_on="ancestor", right_on="url")
            .select("url", ancestor="parent_url", depth=pl.col("depth") + 1)
            .filter(pl.col("url") != pl.col("ancestor"))
            .join(reached, on=["url", "ancestor"], how="anti")
            .unique(["url", "ancestor"])
        )
        reached = pl.concat([reached, newest])
    return reached.filter(pl.col("url") != pl.col("ancestor"))


def chain_figures(judged: Judged) -> Figures:
    """Ancestors by precision, recall and F1; origin: chains, crawled throughout, that end where the truth's do.

    Asked for are the ancestors up to the first that was not crawled; what was crawled beyond it is not held against.
    """
    truth = judged.truth
    spelt = closure(judged.found).join(truth.select("url"), on="url", how="semi")
    asked = closure(truth.filter("parent_crawled"))
    allowed = truth.select("url", ancestor="crawled_ancestors").explode("ancestor").drop_nulls()
    keys = ["url", "ancestor"]
    right = spelt.join(asked, on=keys, how="semi").height
    wrong = spelt.join(allowed, on=keys, how="anti").height
    figures: Figures = {f"ancestors_{k}": v for k, v in f1(right, right + wrong, asked.height).items()}
    broken = truth.filter(pl.col("parent_url").is_not_null() & ~pl.col("parent_crawled")).select("url")
    # A chain is broken if the page itself or any of those that lead up from it has a source that was not crawled.
    gaps = pl.concat([broken, asked.join(broken, left_on="ancestor", right_on="url").select("url")]).unique()
    whole = truth.filter("parent_crawled").join(gaps, on="url", how="anti")
    ends = spelt.sort("depth").group_by("url", maintain_order=True).agg(end=pl.col("ancestor").last())
    whole = whole.join(ends, on="url", how="left")
    figures["origin"] = _mean((whole["end"] == whole["origin_url"]).fill_null(value=False))
    return figures


def with_right(judged: Judged) -> pl.DataFrame:
    """The truth with what was found beside it, and `right`: whether the row is, as the module's docstring says."""
    found = judged.found.select(
        "url", "confidence", found_url="parent_url", found_site="parent_site", found_relation="relation"
    )
    rows = judged.truth.join(found, on="url", how="left", maintain_order="left")
    host = [pl.col(name).str.to_lowercase().str.strip_prefix("www.") for name in ("found_site", "parent_site")]
    hidden = ~pl.col("parent_crawled") & pl.col("names").is_null()
    to_page = (pl.col("found_url") == pl.col("parent_url")) | (
        hidden & (pl.col("found_url") == pl.col("nearest_crawled_ancestor"))
    )
    to_host = ~pl.col("parent_crawled") & (host[0] == host[1])
    none = pl.col("parent_url").is_null() | (hidden & pl.col("nearest_crawled_ancestor").is_null())
    right = (
        pl.when(pl.col("found_url").is_not_null()).then(to_page)
        .when(pl.col("found_site").is_not_null()).then(to_host)
        .otherwise(none)
    )  # fmt: skip
    same_host = pl.col("found_url").is_null() & (host[0] == host[1]).fill_null(value=False)
    return rows.with_columns(right=right.fill_null(value=False), same_host=same_host)


def source_figures(rows: pl.DataFrame) -> Figures:
    """Share of right parents, of right hosts of sources that were not crawled, of right relations."""
    crawled = rows.filter("parent_crawled").with_columns(
        ok=(pl.col("found_url") == pl.col("parent_url")).fill_null(value=False)
    )
    unseen = rows.filter(pl.col("parent_url").is_not_null() & ~pl.col("parent_crawled") & pl.col("names").is_not_null())
    right = crawled.filter("ok")
    translated = right["relation"] == "translation"
    across = pl.col("relation") == "translation"
    named = pl.col("names").is_not_null()
    parts = {"same": ~across, "translated": across, "named": named, "unnamed": ~named}
    if "own_phrases" in rows.columns:
        worded = pl.col("names_parent_how").cast(pl.List(pl.String)).list.set_intersection(list(WORDED)).list.len() > 0
        line = named & worded
        parts |= {"own_phrases": line & pl.col("own_phrases"), "known_phrases": line & ~pl.col("own_phrases")}
    return {
        "parent": _mean(crawled["ok"]),
        **{f"parent_{name}": _mean(crawled.filter(part)["ok"]) for name, part in parts.items()},
        "external": _mean(unseen["same_host"]),
        "relation": _mean((right["found_relation"] == "translates") == translated),
    }


def honesty_figures(rows: pl.DataFrame) -> Figures:
    """Brier score, the one a constant would have, expected calibration error, and how rows lie about SURE."""
    told = rows.filter(pl.col("confidence").is_not_null()).with_columns(ok=pl.col("right").cast(pl.Float64))
    if told.is_empty():
        return dict.fromkeys(("brier", "brier_constant", "ece", "sure", "unsure"))
    base = _mean(told["right"]) or 0.0
    bins = told.group_by((pl.col("confidence") * N_BINS).floor().clip(0, N_BINS - 1)).agg(
        gap=(pl.col("confidence").sum() - pl.col("ok").sum()).abs()
    )
    sure = _mean(told["confidence"] >= SURE) or 0.0
    return {
        "brier": _mean((told["confidence"] - told["ok"]) ** 2),
        "brier_constant": base * (1 - base),
        "ece": float(bins["gap"].sum()) / told.height,
        "sure": sure,
        "unsure": 1 - sure,
    }


def score(judged: Judged) -> Figures:
    """All figures; None where there is nothing to judge."""
    rows = with_right(judged)
    pages = {"pages": float(judged.truth.height)}
    return {
        **pages, **story_figures(judged), **source_figures(rows), **chain_figures(judged), **honesty_figures(rows)
    }  # fmt: skip


def written(figures: Figures, names: Iterable[str] | None = None) -> list[str]:
    """Figures as a reader wants them: .873, or a dash."""
    values = [figures[name] for name in names or figures]
    return ["–" if value is None else f"{value:.3f}".removeprefix("0") for value in values]
