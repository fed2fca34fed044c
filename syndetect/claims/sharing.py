"""Names within a story: where one page's wording tells the host, the other pages' wordings of the name share it."""

from __future__ import annotations

import polars as pl
import regex
from rapidfuzz import fuzz

from syndetect.claims.folding import fold_text, host_word, latin_key
from syndetect.claims.sources import strip_noun
from syndetect.schema import STRING

SHARED = ":story"
"""What the rule of a claim ends with whose host comes from its story."""
MIN_ALIKE, MIN_LETTERS = 80.0, 5
"""Likeness (rapidfuzz ratio) of two names of a story from which they are one. A story names a few hosts, where the
store has thousands, so less is asked than in `names`; judgement, not measurement."""
MIN_CONSONANTS = 3
"""Consonants that must be all the same where one of two names is written without vowels."""
_NO_VOWELS = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
_ARTICLE = regex.compile(r"^(?:ال|(?:al|el)[- ]?)(?=\p{L}{3})")
_VOWELS = regex.compile(r"[aeiouyw]|h$")
_FOUND = pl.Schema({"story_id": STRING, "value": STRING, "site": STRING})


def share_names(named: pl.DataFrame, hosts: pl.DataFrame) -> pl.DataFrame:
    """Find the hosts of names that are not known, among those their story names or has pages of.

    Args:
        named: story_id, value, site (NULL where not known) of the attributions in stories.
        hosts: story_id, site of whatever else pages of the story name, and of these pages.

    Returns:
        story_id, value, site of those that are like one host's name and no other's; sorted.
    """
    unknown = named.filter(pl.col("site").is_null()).select("story_id", "value").unique().sort("story_id", "value")
    stories = unknown["story_id"].unique().implode()
    known = named.filter(pl.col("site").is_not_null() & pl.col("story_id").is_in(stories))
    words = pl.concat([known.select("story_id", "site"), hosts]).filter(pl.col("story_id").is_in(stories))
    words = words.drop_nulls().unique().sort("story_id", "site")
    names: list[str] = [host_word(site) for site in words["site"].to_list()]
    spelt = words.with_columns(name=pl.Series(names, dtype=STRING)).select("story_id", "name", "site")
    spelt = (
        pl.concat([known.select("story_id", name="value", site="site"), spelt])
        .unique()
        .sort("story_id", "name", "site")
    )
    pairs = unknown.join(spelt, on="story_id", maintain_order="left_right")
    alike = [are_alike(value, name) for value, name in pairs.select("value", "name").iter_rows()]
    found = pairs.filter(pl.Series(alike, dtype=pl.Boolean)).select("story_id", "value", "site").unique()
    owners = pl.Series([host_word(site) for site in found["site"].to_list()], dtype=STRING)
    found = found.with_columns(owner=owners).filter(pl.col("owner").n_unique().over("story_id", "value") == 1)
    # Of an owner's hosts the first: all pages of the story get the same.
    found = found.sort("story_id", "value", "site").unique(["story_id", "value"], keep="first", maintain_order=True)
    return found.select(list(_FOUND)).match_to_schema(_FOUND)


def are_alike(one: str, other: str) -> bool:
    """Whether two names, in whatever script, can be one; figures and `+` in them must be the same."""
    keys = [latin_key(strip_noun(name)) for name in (one, other)]
    if len({"".join(char for char in key if not char.isalpha()) for key in keys}) > 1:
        return False
    if min(map(len, keys)) >= MIN_LETTERS and fuzz.ratio(*keys) >= MIN_ALIKE:
        return True
    if not (_NO_VOWELS.search(one) or _NO_VOWELS.search(other)):
        return False
    bare = {consonants(name) for name in (one, other)}
    return len(bare) == 1 and len(bare.pop()) >= MIN_CONSONANTS


def consonants(name: str) -> str:
    """The consonants of a name without its article: `fjr` of الفجر and of `alfajr`."""
    bare = _ARTICLE.sub("", fold_text(strip_noun(name)))
    return str(_VOWELS.sub("", latin_key(bare).replace("tz", "ts")))
