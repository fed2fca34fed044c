"""Which page of a story is kept: an ordered policy over columns, and words for why each other page is not.

Each rule breaks the ties of those before it; the url breaks the last. A rule is a column to sort by, so that the choice
is the same however pages come in, and the first column in which two pages differ is the reason between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from syndetect.errors import SettingsError

KEEP = "origin,earliest,longest"
"""The default policy: what the others were taken from, else what is proven to be out first, else the fullest."""
PLAIN = ("origin", "earliest", "longest", "sites")
COLUMN = "column:"
LAST = "url"
"""The name of the rule that is left when all others find two pages equal."""
WHEN = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Rule:
    """A rule of a policy. `column`: the column of the input it looks at, highest or lowest first."""

    name: str
    column: str | None = None
    highest: bool = True


@dataclass(frozen=True)
class _Step:
    """A column to sort by, and what it says of a page and the survivor that differ in it first."""

    rule: str
    column: str
    descending: bool
    words: pl.Expr


def parse_rules(keep: str, sites: Sequence[str]) -> tuple[Rule, ...]:
    """Read a policy, `sites,column:-rank,longest` say. A list of sites that no rule names is looked at first.

    Raises:
        SettingsError: `keep-rule`, for a rule that is unknown, named twice or lacks its sites.
    """
    names = [name.strip() for name in keep.split(",")]
    if sites and "sites" not in names:
        names.insert(0, "sites")
    rules = []
    for name in names:
        column = name.removeprefix(COLUMN) if name.startswith(COLUMN) else None
        if name not in PLAIN and not (column and column != "-"):
            known = ", ".join((*PLAIN, "column:NAME", "column:-NAME"))
            raise SettingsError(f"there is no rule {name!r} to keep pages by; choose from {known}", slug="keep-rule")
        highest = column is None or not column.startswith("-")
        rules.append(Rule(name, column if highest or column is None else column[1:], highest))
    for rule in rules:
        if rules.count(rule) > 1:
            raise SettingsError(f"the rule {rule.name} is named twice; name it once", slug="keep-rule")
    if "sites" in names and not sites:
        raise SettingsError("the rule sites has no list; add --sites a.example,b.example", slug="keep-rule")
    return tuple(rules)


def choose_survivors(members: pl.DataFrame, rules: Sequence[Rule], *, sites: Sequence[str] = ()) -> pl.DataFrame:
    """Choose one page of each key, and say of every other page what decided.

    Args:
        members: doc_id, key (one page is kept of each), url, is_origin, published_from, published_at, published_to,
            n_words, site; and `column:NAME` for each rule that looks at a column of the input. Nothing but doc_id, key
            and url must be there: a page without a value comes after those with one.
        rules: The policy.
        sites: Hosts, the best first.

    Returns:
        doc_id, survivor_id, rule (the name of the one that decided), decided (the same in words): a row for each member
        that is not kept, sorted by doc_id.
    """
    listed = {site: place for place, site in enumerate(sites)}
    members = members.with_columns(
        site_place=pl.col("site").replace_strict(listed, default=None, return_dtype=pl.UInt32)
    )
    steps = [step for rule in rules for step in _steps(rule)]
    ranks = [f"rank_{place}" for place in range(len(steps))]
    ranked = members.with_columns(_rank(step, members).alias(rank) for step, rank in zip(steps, ranks, strict=True))
    ordered = ranked.sort("key", *ranks, "url", "doc_id")
    first = ordered.unique("key", keep="first", maintain_order=True)
    pairs = ordered.join(first, on="key", suffix="_kept").filter(pl.col("doc_id") != pl.col("doc_id_kept"))
    rule, words = pl.lit(LAST), pl.lit("equal by every rule, and the survivor's url sorts first")
    for step, rank in reversed(list(zip(steps, ranks, strict=True))):
        differs = pl.col(rank) != pl.col(f"{rank}_kept")
        rule = pl.when(differs).then(pl.lit(step.rule)).otherwise(rule)
        words = pl.when(differs).then(step.words).otherwise(words)
    chosen = pairs.select("doc_id", survivor_id="doc_id_kept", rule=rule, decided=words)
    return chosen.sort("doc_id")


def _rank(step: _Step, members: pl.DataFrame) -> pl.Expr:
    """Places from 1, equal values on equal places; nothing (NULL, NaN) on the last."""
    value = pl.col(step.column)
    if members.schema[step.column].is_float():
        value = value.fill_nan(None)
    return value.rank("dense", descending=step.descending).fill_null(members.height + 1)


def _steps(rule: Rule) -> list[_Step]:
    if rule.column is not None:
        return [_column_step(rule, COLUMN + rule.column)]
    if rule.name == "origin":
        return [_Step("origin", "is_origin", True, pl.lit("the survivor is the origin of the story"))]
    if rule.name == "longest":
        words = pl.format("the survivor is longer: {} words against {}", _shown("n_words_kept"), _shown("n_words"))
        return [_Step("longest", "n_words", True, words)]
    if rule.name == "sites":
        other = pl.when(pl.col("site_place").is_null()).then(pl.lit("is not")).otherwise(pl.lit("comes later"))
        words = pl.format(
            "the survivor's site {} is in the list of sites, {} {}", "site_kept", _shown("site", "this one"), other
        )
        return [_Step("sites", "site_place", False, words)]
    return _earliest_steps()


def _earliest_steps() -> list[_Step]:
    """By the end of the time interval: by then a page was out for certain. Of equals by the estimate.

    A page that is proven to come before another, its interval ending before the other's begins, comes first so too.
    """
    proven = pl.col("published_to_kept") < pl.col("published_from")
    words = (
        pl.when(proven)
        .then(
            pl.format(
                "the survivor is proven earlier: out by {}, this page not before {}",
                _time("published_to_kept"), _time("published_from"),
            )
        )
        .otherwise(
            pl.format(
                "the survivor is known to be out by {}, this page by {}",
                _time("published_to_kept"), _time("published_to"),
            )
        )
    )  # fmt: skip
    likely = pl.format(
        "the survivor is likely earlier: about {} against {}", _time("published_at_kept"), _time("published_at")
    )
    return [_Step("earliest", "published_to", False, words), _Step("earliest", "published_at", False, likely)]


def _column_step(rule: Rule, name: str) -> _Step:
    which = "higher" if rule.highest else "lower"
    words = pl.format(
        "the survivor has the {} {}: {} against {}",
        pl.lit(which), pl.lit(rule.column), _shown(f"{name}_kept"), _shown(name),
    )  # fmt: skip
    return _Step(rule.name, name, rule.highest, words)


def _shown(column: str, nothing: str = "none") -> pl.Expr:
    return pl.col(column).cast(pl.String).fill_null(nothing)


def _time(column: str) -> pl.Expr:
    return pl.col(column).dt.strftime(WHEN).fill_null("an unknown time")


def relation_words() -> pl.Expr:
    """How a page stands to its survivor, in words.

    Reads relation (exact, near-duplicate, excerpt, translation; `story` where the two are joined through other pages),
    similarity (0..1 or NULL), containment and survivor_containment (share of either text found in the other) and
    same_group (whether both are in one group of copies).
    """
    # Cut off, not rounded: nothing but 1 is shown as 1. In whole hundredths, since 35 * 0.01 is shown as
    # 0.35000000000000003, and 0.57 * 100 is less than 57.
    hundredths = (pl.col("similarity") * 100 + 1e-9).floor().cast(pl.Int64)
    digits = (hundredths % 100).cast(pl.String).str.zfill(2)
    score = pl.format("{}.{}", hundredths // 100, digits).fill_null("unknown")
    # Of two texts the one that is found in the other for the greater part is the excerpt.
    inside = pl.col("containment").fill_null(1) >= pl.col("survivor_containment").fill_null(0)
    excerpt = (
        pl.when(inside).then(pl.lit("excerpt of the survivor")).otherwise(pl.lit("has the survivor as an excerpt"))
    )
    relation = pl.col("relation")
    return (
        pl.when(relation == "exact").then(pl.lit("the same words as the survivor"))
        .when(relation == "near-duplicate").then(pl.format("near-duplicate of the survivor (similarity {})", score))
        .when(relation == "excerpt").then(pl.format("{} (similarity {})", excerpt, score))
        .when(relation == "translation").then(pl.format("the survivor in another language (probability {})", score))
        .when("same_group").then(pl.lit("joined to the survivor through other copies of the text"))
        .otherwise(pl.lit("joined to the survivor through other pages of the story"))
    )  # fmt: skip
