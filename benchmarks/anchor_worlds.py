"""Open worlds of any size from few documents that are translated sentence by sentence, with their truth.

A world is made of years. In each year every document is a story or two, told by one page as a rule, by two or three
languages now and then; pages are cut as the web cuts them. What names a document (the marks that it has and few others
have) is exchanged each year for what names another document, in some of the years for the same: so a key that is rare
stays rare in a world of thousands of pages. Pairs of two years of one document are left out: they are no translations,
but they share all that many documents have, which stays as it is.

A pair is a translation if both pages hold the same part of a document in the same year. Pages that took every second
sentence of a document, one the even and the other the odd ones, are two reports of one event and no translations.
"""

from __future__ import annotations

import gzip
import json
import math
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from babel.core import get_global
from cross_lingual_sources import of_one_event

from syndetect.anchors import candidates as search
from syndetect.anchors.extract import extract_anchors
from syndetect.anchors.features import DATES, GROUPS, PLACES
from syndetect.anchors.lexicon import learn as learn_lexicon
from syndetect.anchors.lexicon import learnt_anchors
from syndetect.anchors.marks import pack_marks
from syndetect.schema import U64, Bools

NEWS = (
    "en ru de fr es zh ar pt it ja ko pl tr fa he hi id uk nl cs vi el ro hu sv th ur bn"
).split()  # fmt: skip
"""Languages most of a crawl is in: most pages are in one of them, the more the further it stands in front."""
IN_NEWS = 0.75
_SHARES = {language: 1 / (rank + 4) for rank, language in enumerate(NEWS)}
NAMING = 4.0
"""A key names a document if, weighed by the languages that have it, it stands in at most so many documents."""
BUCKETS = 1_000
"""Exchanged keys fall into one of so many buckets, the first by far the most often: what is rare is rare by degrees."""
OTHERS_TAUGHT = 0.3
"""Share of the languages other than NEWS that a lexicon may know."""
LONG = 14
"""Sentences from which a document is told in two halves when a lexicon is learnt."""
KEPT = 20
"""Candidates of a page that are looked at, as in a run."""

Documents = dict[str, dict[str, list[list[str]]]]
"""Document -> language -> translations, each a list of sentences."""


PAGE = pl.Schema(
    {
        "document": pl.String(), "year": pl.Int64(), "story": pl.String(), "language": pl.String(),
        "kept": pl.List(pl.Int64()), "story_text": pl.String(),
    }
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Pages of one open world with their anchors, candidates and truth."""

    pages: pl.DataFrame  # doc_id, document, year, story, language, story_text
    anchors: pl.DataFrame
    found: pl.DataFrame  # left_id, right_id
    labels: Bools
    events: Bools  # which of the others tell of one event
    n_true: int


def language_of(name: str) -> str:
    """NTREX's name of a language as the tool calls it."""
    base = name.split("-", maxsplit=1)[0]
    return str(get_global("language_aliases").get(base, base)).split("_")[0]


def read_documents(path: Path) -> Documents:
    """Read a line a document and language: language (ISO 639-3, maybe with a script), document, sentences."""
    documents: Documents = defaultdict(lambda: defaultdict(list))
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            documents[row["document"]][language_of(row["language"])].append(row["sentences"])
    return {name: dict(documents[name]) for name in sorted(documents)}


def length_norms(documents: Documents) -> dict[str, float]:
    """Letters a language needs for one English letter: the median over documents."""
    ratios: dict[str, list[float]] = defaultdict(list)
    for texts in documents.values():
        english = sum(map(len, texts["en"][0]))
        for language, (sentences, *_) in texts.items():
            ratios[language].append(sum(map(len, sentences)) / english)
    return {language: round(float(np.median(values)), 3) for language, values in sorted(ratios.items())}


def _cut(part: list[int], rng: random.Random) -> list[int]:
    """Sentences a page keeps: now and then all, else the tail gone and some dropped."""
    kept = list(part)
    if rng.random() < 0.4:
        return kept
    if rng.random() < 0.5:
        kept = kept[: max(4, round(len(kept) * rng.uniform(0.3, 1.0)))]
    if rng.random() < 0.5 and len(kept) > 4:
        share = rng.uniform(0.05, 0.4)
        kept = sorted(rng.sample(kept, max(4, round(len(kept) * (1 - share)))))
    return kept


def _run(part: list[int], n: int, rng: random.Random) -> list[int]:
    """A run of n sentences, as a rule the first."""
    first = 0 if rng.random() < 0.6 else rng.randrange(max(1, len(part) - n + 1))
    return part[first : first + n]


def _parts(n: int, rng: random.Random) -> list[list[int]]:
    """The stories that a document of n sentences gives in a year: whole, in two halves, or every second sentence."""
    everything = list(range(n))
    draw = rng.random()
    if n >= 8 and draw < 0.15:
        return [everything[::2], everything[1::2]]
    if n >= 10 and draw < 0.35:
        middle = rng.randrange(4, n - 4)
        return [everything[:middle], everything[middle:]]
    return [everything]


def _language(texts: dict[str, list[list[str]]], rng: random.Random) -> str:
    news = [language for language in NEWS if language in texts]
    if news and rng.random() < IN_NEWS:
        return rng.choices(news, [_SHARES[language] for language in news])[0]
    return rng.choice(sorted(texts))


def _story(
    texts: dict[str, list[list[str]]], part: list[int], size: str, rng: random.Random
) -> list[tuple[str, int, list[int]]]:
    """Pages of a story: language, which translation, sentences."""
    size = rng.choice(("full", "full", "full", "six", "three", "excerpt")) if size == "mixed" else size
    if size in ("six", "three"):
        part = _run(part, 6 if size == "six" else 3, rng)
    languages = [_language(texts, rng) for _ in range(rng.choice((1, 1, 1, 1, 1, 1, 1, 2, 2, 3)))]
    if len(languages) > 1 and rng.random() < 0.15:
        languages.append(rng.choice(languages))  # a second translation into one of the languages
    pages = []
    for i, language in enumerate(languages):
        versions = texts[language]
        told = _run(part, rng.randrange(3, 8), rng) if size == "excerpt" and i > 0 else part
        kept = told if size in ("six", "three") else _cut(told, rng)
        pages.append((language, languages[:i].count(language) % len(versions), kept))
    return pages


def _furnish(
    lines: list[str], language: str, documents: Documents, stock: list[tuple[str, int]], rng: random.Random
) -> list[str]:
    """Put sentences of other documents before, between and behind, now and then a paragraph; each is used once."""
    lines = list(lines)
    runs = [1] * rng.choice((0, 0, 0, 0, 1, 2))
    if len(lines) > 4 and rng.random() < 0.1:
        runs.append(rng.randrange(2, 5))
    for n in runs:
        at = rng.choice((0, len(lines), rng.randrange(len(lines) + 1)))
        taken = [stock.pop() for _ in range(min(n, len(stock)))]
        lines[at:at] = [documents[name][language][0][j] for name, j in taken]
    return lines


def make_pages(documents: Documents, rng: random.Random, *, n_pages: int, size: str = "mixed") -> pl.DataFrame:
    """Pages of a world: doc_id, document, year, story, language, kept (sentences of the document), story_text.

    Args:
        documents: Of each year.
        rng: Drawn from.
        n_pages: Years are added until there are so many pages.
        size: full, six or three (sentences, of every page); mixed: all of these, and excerpts with the whole.
    """
    rows: list[tuple[str, int, str, str, list[int], str]] = []
    year = 0
    while len(rows) < n_pages:
        quarry = rng.sample(sorted(documents), max(2, len(documents) // 8))  # gives furniture, no story
        stock = [(name, j) for name in quarry for j in range(len(documents[name]["en"][0]))]
        for name, texts in documents.items():
            if name in quarry:
                continue
            for i, part in enumerate(_parts(len(texts["en"][0]), rng)):
                for language, version, kept in _story(texts, part, size, rng):
                    lines = [texts[language][version][j] for j in kept]
                    lines = _furnish(lines, language, documents, stock, rng)
                    rows.append((name, year, f"{year}/{name}/{i}", language, kept, "\n".join(lines)))
        year += 1
    frame = pl.DataFrame(rows[:n_pages], schema=PAGE, orient="row")
    return frame.with_row_index("doc_id", offset=1).with_columns(pl.col("doc_id").cast(pl.UInt64))


def naming_keys(documents: Documents, mark: Callable[[pl.DataFrame], pl.DataFrame] = extract_anchors) -> pl.DataFrame:
    """The keys that are exchanged each year: key, pool (those it is exchanged with), place in it, naming.

    `mark` gives the anchors of texts. All dates, months and weekdays are, since the documents are all of one week, and
    what stands in many documents of numbers and places, for what stands in about as many. `naming` keys fall into
    buckets.
    """
    names, languages, texts = [], [], []
    for name, versions in documents.items():
        for language, (first, *_) in versions.items():
            names.append(name)
            languages.append(language)
            texts.append("\n".join(first))
    frame = pl.DataFrame({"document": names, "language": languages, "story_text": texts}).with_row_index("doc_id")
    anchors = mark(frame.with_columns(pl.col("doc_id").cast(pl.UInt64)))
    anchors = anchors.select("doc_id", "key", "kind").join(
        frame.select(pl.col("doc_id").cast(pl.UInt64), "document"), on="doc_id"
    )
    kind = anchors.group_by("key").agg(pl.col("kind").min())
    counts = (
        anchors.unique(["doc_id", "key"])
        .group_by("key", "document")
        .len("n")
        .with_columns(pl.col("n").cast(pl.Float64))
    )
    spread = counts.group_by("key").agg((pl.col("n").sum() ** 2 / (pl.col("n") ** 2).sum()).alias("spread"))
    keys = kind.join(spread, on="key")
    group = GROUPS[keys["kind"].to_numpy()].astype(np.int64)
    naming = (keys["spread"] <= NAMING).to_numpy() & (group != DATES)
    octave = np.where(group == DATES, 0, np.log2(keys["spread"].to_numpy()).astype(np.int64))
    alike = 100 * keys["kind"].to_numpy().astype(np.int64) + octave
    keys = keys.with_columns(pl.Series("pool", np.where(naming, group, alike)), pl.Series("naming", naming))
    keys = keys.filter(pl.col("naming") | pl.Series(group <= PLACES))
    keys = keys.sort("pool", "key")
    return keys.with_columns((pl.int_range(pl.len()).over("pool")).alias("place"), pl.len().over("pool").alias("size"))


def _mixed(x: U64) -> U64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def exchange(anchors: pl.DataFrame, pages: pl.DataFrame, naming: pl.DataFrame) -> pl.DataFrame:
    """Give the pages of each year the names of other documents: year 0 as well, so that all years are alike."""
    rows = anchors.join(pages.select("doc_id", "year"), on="doc_id", maintain_order="left")
    rows = rows.join(
        naming.select("key", "pool", "place", "size", "naming"), on="key", how="left", maintain_order="left"
    )
    known = rows["pool"].is_not_null().to_numpy()
    some = rows.filter(pl.col("pool").is_not_null())
    year, place = some["year"].to_numpy().astype(np.uint64), some["place"].to_numpy().astype(np.uint64)
    size, pool = some["size"].to_numpy().astype(np.uint64), some["pool"].to_numpy().astype(np.uint64)
    salt = _mixed(year * np.uint64(1_000_003) + pool)
    step = salt % size
    # A step without a common divisor with the size reaches every place once.
    for _ in range(64):
        shared = np.gcd(step, size) > 1
        if not shared.any():
            break
        step = np.where(shared, (step + np.uint64(1)) % np.maximum(size, 1), step)
    step = np.where(size == 1, np.uint64(1), step)
    moved = (place * step + _mixed(salt) % size) % size
    share = _mixed(salt ^ _mixed(place)).astype(np.float64) / 2.0**64
    bucket = np.where(some["naming"].to_numpy(), np.floor(np.exp(share * math.log(BUCKETS))), 0).astype(np.uint64)
    keys = anchors["key"].to_numpy().copy()
    keys[known] = _mixed(_mixed(moved * np.uint64(131) + pool) + bucket)
    return anchors.with_columns(pl.Series("key", keys))


def label(pairs: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Add `label` to pairs.

    Those of one document that are neither are left out: of two years, and parts that hardly overlap.
    """
    columns = pages.select("doc_id", "document", "year", "story", "kept")
    pairs = pairs.join(columns, left_on="left_id", right_on="doc_id", maintain_order="left")
    pairs = pairs.join(columns, left_on="right_id", right_on="doc_id", maintain_order="left", suffix="_right")
    both = pl.col("kept").list.set_intersection("kept_right").list.len()
    least = pl.min_horizontal(pl.col("kept").list.len(), pl.col("kept_right").list.len())
    story, year = pl.col("story") == pl.col("story_right"), pl.col("year") == pl.col("year_right")
    other = (pl.col("document") != pl.col("document_right")) | (year & ~story)
    return pairs.with_columns((story & (2 * both >= least)).alias("label")).filter(other | pl.col("label"))


def _nearest(found: pl.DataFrame) -> pl.DataFrame:
    """Candidates that are among the best of either page, now that those not asked for are gone."""
    ranks = [
        pl.struct(-pl.col("weight"), other).rank("ordinal").over(own)
        for own, other in (("left_id", "right_id"), ("right_id", "left_id"))
    ]
    return found.filter(pl.min_horizontal(ranks) <= KEPT)


def teach(documents: Documents, rng: random.Random) -> pl.DataFrame:
    """A lexicon learnt on documents, each one story or two; a language tells some, and many languages none."""
    names = sorted({language for texts in documents.values() for language in texts} - {"en"})
    shares = {
        language: rng.uniform(0.25, 1.0) for language in names if language in NEWS or rng.random() < OTHERS_TAUGHT
    }
    rows: list[tuple[int, str, str]] = []
    pairs: list[tuple[int, int]] = []
    for texts in documents.values():
        n = len(texts["en"][0])
        for first, last in [(0, n)] if n < LONG else [(0, n // 2), (n // 2, n)]:
            told = ["en", *(language for language in texts if rng.random() < shares.get(language, 0.0))]
            pairs += [(len(rows), len(rows) + i) for i in range(1, len(told))]
            rows += [(len(rows) + i, of, "\n".join(texts[of][0][first:last])) for i, of in enumerate(told)]
    texts_told = pl.DataFrame(
        rows, schema={"doc_id": pl.UInt64, "language": pl.String, "story_text": pl.String}, orient="row"
    )
    return learn_lexicon(
        pl.DataFrame(pairs, schema={"left_id": pl.UInt64, "right_id": pl.UInt64}, orient="row"), texts_told
    )


def _of_one_event(found: pl.DataFrame, documents: Documents) -> Bools:
    """Pairs of one year that are no translations: two parts of one document, or two documents of one event."""
    english = {name: texts["en"][0] for name, texts in documents.items()}
    known = pl.DataFrame(sorted(of_one_event(english)), schema=["least", "most"], orient="row")
    known = known.cast(pl.String).with_columns(event=True)
    least, most = pl.min_horizontal("document", "document_right"), pl.max_horizontal("document", "document_right")
    told = found.with_columns(least=least, most=most).join(
        known, on=["least", "most"], how="left", maintain_order="left"
    )
    one = pl.col("event").fill_null(False) | (pl.col("document") == pl.col("document_right"))
    told = told.select(one & (pl.col("year") == pl.col("year_right")) & ~pl.col("label"))
    return told.to_series().to_numpy()


def make_world(
    documents: Documents,
    naming: pl.DataFrame,
    rng: random.Random,
    *,
    n_pages: int,
    size: str = "mixed",
    lexicon: pl.DataFrame | None = None,
) -> World:
    """Make the pages of a world and search it; with the words of a lexicon if one is given."""
    pages = make_pages(documents, rng, n_pages=n_pages, size=size)
    anchors = extract_anchors(pages)
    if lexicon is not None:
        mark = partial(learnt_anchors, lexicon=lexicon)
        naming = pl.concat([naming, naming_keys(documents, mark)])
        anchors = pl.concat([anchors, mark(pages)]).sort("doc_id", maintain_order=True)
    anchors = exchange(anchors, pages, naming)
    none = pl.lit(None, pl.Datetime("us", "UTC"))
    where = pages.select("doc_id", "language", none.alias("published_from"), none.alias("published_to"))
    n_years = max(1, pages["year"].n_unique())
    found, _, _ = search.find_candidates(pack_marks(anchors, pages["doc_id"]), where, best=KEPT + 2 * n_years)
    found = _nearest(label(found, pages)).sort("left_id", "right_id")
    of_story = pages.select("doc_id", "language", "story")
    every = of_story.join(of_story, on="story", suffix="_right").filter(pl.col("language") != pl.col("language_right"))
    every = every.filter(pl.col("doc_id") < pl.col("doc_id_right")).select(left_id="doc_id", right_id="doc_id_right")
    n_true = label(every, pages).filter("label").height
    labels = found["label"].to_numpy()
    return World(pages, anchors, found.select("left_id", "right_id"), labels, _of_one_event(found, documents), n_true)
