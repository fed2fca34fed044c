"""Pairs of pages that are surely one story -> which words of each language stand for which word of the commonest.

A word of another language is the counterpart of a word of the commonest language among the pairs (the pivot) if the two
stand at the same places of the stories that both languages tell, far more often than chance has it. Where a story is
not told in the pivot, a page of a third language whose words are known already speaks for it: so two languages meet
that have no pair of their own. Nothing is learnt of a language that tells few of the stories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from syndetect.anchors.lexicon.align import place_words
from syndetect.anchors.lexicon.count import FUZZ, WIDTH, Occurrences, associate
from syndetect.anchors.lexicon.pages import Pages, read_pages
from syndetect.anchors.pairs import language_code
from syndetect.schema import I64, ID, U64

LEXICON: dict[str, pl.DataType] = {
    "language": pl.String(),
    "word": ID,  # hash of a word of that language: see words.read_words
    "concept": ID,  # hash of the word of the pivot that it stands for; of the pivot's own words the same
    "n_stories": pl.Int64(),  # in which the two met; of the pivot's own words the most of any counterpart
    "llr": pl.Float64(),
    "dice": pl.Float64(),
}
"""Which words mean the same."""

SURE_ENOUGH = 0.75
"""Probability from which a pair is learnt from, about 1 in logits: such pairs taught as much as true ones."""
LEAST_STORIES = 20
"""Stories that a language must share with languages that are known. Twenty give half of what 58 do, eight next to
nothing: their marks stand on unrelated pages nearly as often (benchmarks/lexicon.py, held and by chance; Thai, 6
stories: .59 and .55; 8: .65 and .45; 30: .42 and .21), and all pages would be looked at again for a handful of words.
"""
MOST_STORIES = 400
"""Stories a language that are read; 58 give most of what a lexicon can."""
MOST_CHANCE = 0.25
"""Entries that stories put together wrongly give, to those of the stories as they are, above which none is kept."""
ROUNDS = 3
"""Passes: the second has about twice the entries of the first where stories stand in two or three of sixteen
languages, the third a tenth to a third more."""


def sure_pairs(judged: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """The pairs to learn from: sure, and for both pages the best in the other's language.

    Args:
        judged: schema.JUDGED_PAIR.
        pages: doc_id, language.

    Returns:
        left_id, right_id, similarity.
    """
    language = pages.select("doc_id", language_code().alias("language"))
    named = judged.filter(pl.col("similarity") >= SURE_ENOUGH).select("left_id", "right_id", "similarity")
    named = named.join(language, left_on="left_id", right_on="doc_id")
    named = named.join(language, left_on="right_id", right_on="doc_id", suffix="_right")
    best = [
        pl.col("similarity") == pl.col("similarity").max().over(own, other)
        for own, other in (("left_id", "language_right"), ("right_id", "language"))
    ]
    return named.filter(*best).select("left_id", "right_id", "similarity").sort("left_id", "right_id")


def stories_told(pairs: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Choose the pages to learn from: one for each story and language, of what hangs together over pairs.

    Args:
        pairs: left_id, right_id.
        pages: doc_id, language.

    Returns:
        story (the least doc_id), language, doc_id, pivot (whether the language is the commonest): at most MOST_STORIES
        stories a language but the pivot, first those that the pivot tells. Empty where no two languages share
        LEAST_STORIES stories.
    """
    ids = pl.concat([pairs["left_id"], pairs["right_id"]]).to_numpy()
    members, row = np.unique(ids, return_inverse=True)
    ends = (row[: len(pairs)], row[len(pairs) :])
    graph = coo_matrix((np.ones(len(pairs)), ends), shape=(len(members), len(members)))
    _, label = connected_components(graph, directed=False)
    told = pl.DataFrame({"doc_id": members, "label": label, "n": np.bincount(row, minlength=len(members))})
    told = told.join(pages.select("doc_id", language_code().alias("language")), on="doc_id")
    told = told.filter(pl.col("language") != "").sort(["n", "doc_id"], descending=[True, False])
    told = told.unique(["label", "language"], keep="first", maintain_order=True)
    told = told.select(pl.col("doc_id").min().over("label").alias("story"), "language", "doc_id")
    told = told.filter(pl.len().over("story") > 1)
    sizes = told.group_by("language").len().sort(["len", "language"], descending=[True, False])
    if len(sizes) < 2 or sizes["len"][1] < LEAST_STORIES:
        return told.clear().with_columns(pl.lit(False).alias("pivot"))
    told = told.with_columns((pl.col("language") == sizes["language"][0]).alias("pivot"))
    told = told.sort(pl.col("pivot").any().over("story"), "story", descending=[True, False])
    told = told.filter(pl.col("pivot") | (pl.int_range(pl.len()).over("language") < MOST_STORIES))
    return told.filter(pl.len().over("story") > 1).sort("story", "language")


def _meet(pages: Pages, concepts: U64, left: I64, right: I64) -> pl.DataFrame:
    """What the words of `right` stand for, if each of its pages tells the story of the page of `left` beside it."""
    known, known_page = pages.rows(left)
    understood = concepts[known] != 0
    known, known_page = known[understood], known_page[understood]
    rows, page = pages.rows(right)
    at = np.empty(len(rows), np.float64)
    place_words(
        left, right, pages.lengths, pages.key_from, pages.keys, pages.key_at, pages.word_from, pages.word_at, at
    )
    n_windows = np.ceil(pages.lengths[left] / WIDTH).astype(np.int64) + 1
    first = np.cumsum(n_windows) - n_windows
    inside = np.flatnonzero((at > -WIDTH) & (at < pages.lengths[left][page] + WIDTH))
    rows, page, at = rows[inside], page[inside], at[inside]
    low, middle, high = (
        first[page] + np.clip(np.floor((at + off) / WIDTH).astype(np.int64), 0, n_windows[page] - 1)
        for off in (-FUZZ, 0.0, FUZZ)
    )
    # FUZZ is less than half a window, so that a place is near at most one other.
    beside = np.flatnonzero(low != high)
    words = pages.words[rows]
    return associate(
        Occurrences(
            concepts[known],
            first[known_page] + (pages.word_at[known] / WIDTH).astype(np.int64),
            np.ones(len(known), np.bool_),
        ),
        Occurrences(
            np.concatenate([words, words[beside]]),
            np.concatenate([middle, np.where(low == middle, high, low)[beside]]),
            np.repeat([True, False], [len(rows), len(beside)]),
        ),
        np.repeat(np.arange(len(left)), n_windows),
    )


def _concepts(pages: Pages, lexicon: pl.DataFrame, pivot: str) -> U64:
    """What each word stands for: itself on pages of the pivot, 0 where it is not known."""
    of_word = np.repeat(np.arange(len(pages.languages)), np.diff(pages.word_from))
    words = pl.DataFrame({"word": pages.words, "language": pages.languages.gather(of_word)})
    words = words.join(lexicon, on=["language", "word"], how="left", maintain_order="left")
    itself = pl.when(pl.col("language") == pivot).then(pl.col("word")).otherwise(pl.col("concept"))
    return words.select(itself.fill_null(0).alias("concept"))["concept"].to_numpy()


def _partners(told: pl.DataFrame, pages: Pages, concepts: U64) -> pl.DataFrame:
    """For each page not of the pivot the page that explains it: the pivot's, else the one with most known words."""
    before = np.concatenate([[0], np.cumsum(concepts != 0)])
    n_known = before[pages.word_from[1:]] - before[pages.word_from[:-1]]
    known = told.select("story", "pivot", pl.col("language").alias("via"), pl.col("page").alias("left"))
    known = known.with_columns(pl.Series("n_known", n_known[known["left"].to_numpy()])).filter(pl.col("n_known") > 0)
    pairs = told.filter(~pl.col("pivot")).select("story", "language", "page").join(known, on="story")
    pairs = pairs.filter(pl.col("via") != pl.col("language"))
    pairs = pairs.sort(["pivot", "n_known", "via"], descending=[True, True, False])
    pairs = pairs.unique(["story", "language"], keep="first", maintain_order=True)
    return pairs.filter(pl.len().over("language") >= LEAST_STORIES).sort("language", "story")


def _read_round(told: pl.DataFrame, pages: Pages, concepts: U64) -> pl.DataFrame:
    """Entries of each language, if they are not what any pages give."""
    found = []
    for (language,), rows in _partners(told, pages, concepts).group_by("language", maintain_order=True):
        left, right = (rows[side].to_numpy().astype(np.int64) for side in ("left", "page"))
        entries = _meet(pages, concepts, left, right)
        by_chance = _meet(pages, concepts, np.roll(left, 1), right)
        if len(by_chance) <= MOST_CHANCE * len(entries):
            found.append(entries.select(pl.lit(language).alias("language"), pl.all()))
    return pl.concat([pl.DataFrame(schema=LEXICON), *found])


def learn(pairs: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Learn which words mean the same from pairs of pages that are surely one story.

    Args:
        pairs: left_id, right_id.
        texts: doc_id, language, story_text; of the pages that `stories_told` chooses at least.

    Returns:
        LEXICON, sorted by language and word. Empty where no language shares LEAST_STORIES stories with the commonest.
        It depends on the set of pairs and texts only, not on the order of the rows.
    """
    told = stories_told(pairs, texts)
    used = texts.filter(pl.col("doc_id").is_in(told["doc_id"].implode())).unique("doc_id").sort("doc_id")
    if used.is_empty():
        return pl.DataFrame(schema=LEXICON)
    used = used.with_columns(language_code().alias("language"))
    told = told.join(used.select("doc_id").with_row_index("page"), on="doc_id", maintain_order="left")
    pages, pivot = read_pages(used), str(told.filter("pivot")["language"][0])
    lexicon = pl.DataFrame(schema=LEXICON)
    for _ in range(ROUNDS):
        lexicon = _read_round(told, pages, _concepts(pages, lexicon, pivot))
    own = lexicon.group_by("concept").agg(pl.col("n_stories", "llr", "dice").max())
    own = own.select(pl.lit(pivot).alias("language"), pl.col("concept").alias("word"), pl.all())
    return pl.concat([lexicon, own]).sort("language", "word")


def learn_words(
    judged: pl.DataFrame, pages: pl.DataFrame, read_texts: Callable[[pl.Series], Iterable[pl.DataFrame]]
) -> pl.DataFrame:
    """Learn from the judged pairs that are sure.

    Args:
        judged: left_id, right_id, similarity.
        pages: doc_id, language of the pages that were compared.
        read_texts: Gives doc_id, language, story_text of the ids asked for, in batches.

    Returns:
        LEXICON; empty where the sure pairs are too few, and then there is nothing to judge again.
    """
    sure = sure_pairs(judged, pages)
    told = stories_told(sure, pages)
    if told.is_empty():
        return pl.DataFrame(schema=LEXICON)
    return learn(sure, pl.concat(read_texts(told["doc_id"].sort())))
