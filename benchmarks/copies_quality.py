"""A corpus of what near-duplicates leave out: excerpts, passages, rewrites, digests, and what only looks like copies.

True kinds, each planted against an original of the same corpus:

- `excerpt`, `excerpt_within`: 25-100% of a page as a page of its own, or inside a page of 150-450 other words
- `passage_60`, `passage_40`, `passage_60_edited`: so many words of one page, the last with 5% of them substituted,
  inside an otherwise unrelated page
- `rewrite`: 10-30% of the words substituted
- `reordered`: the sentences in another order
- `digest`: the heads (40-80 words, to the end of a sentence) of five pages, one after another

False kinds, which nothing was copied for: `weather`, `fixtures`, `obituaries` are pages of a site's template, fixed
sentences in which 15, 35 and 25% of the words change (obituaries with 60 words of their own); `stock` are pages that
share one sentence of 15-25 words, the same on many sites. Words are words of the language, also where no space parts
them; there they count for one word in the mean (see copies_words.py), so that 40 count for 40, give or take 2 or 3.
A page is later than what it carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import copies_words as cw
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from copies_corpus import N_SITES, Parameters, as_table, is_made, note_of

SHARES = {
    "excerpt": 0.06, "excerpt_within": 0.06, "passage_60": 0.05, "passage_40": 0.05, "passage_60_edited": 0.05,
    "rewrite": 0.06, "reordered": 0.04, "digest": 0.03, "weather": 0.04, "fixtures": 0.03, "obituaries": 0.03,
    "stock": 0.08,
}  # fmt: skip
"""Shares of the documents; the rest are originals."""
FIELDS = {"weather": 0.15, "fixtures": 0.35, "obituaries": 0.25}
N_TEMPLATES, N_STOCK = 25, 20
EMBEDDED = ["excerpt_within", "passage_60", "passage_40", "passage_60_edited"]


@dataclass(frozen=True)
class Part:
    """Pages of one kind: their texts, the original that each carries text of (five a digest), the site or -1."""

    kind: str
    texts: cw.Texts
    origins: cw.I64
    site: cw.I64


def substitute(language: cw.Language, texts: cw.Texts, share: cw.F64, generator: np.random.Generator) -> cw.Texts:
    """Other words, drawn by frequency, for a share of each text's."""
    words = texts.words.copy()
    swapped = generator.random(len(words)) < share[texts.owners()]
    words[swapped] = language.draws[generator.integers(0, cw.DRAWS, int(swapped.sum()))]
    return cw.Texts(words, texts.ends, texts.offsets)


def passages(language: cw.Language, texts: cw.Texts, lengths: cw.I64, generator: np.random.Generator) -> cw.Texts:
    """One run from anywhere in each text, of made-up words that count together for so many words, or all there is.

    Where no space parts words, made-up words count for one on average only.
    """
    counted = np.add.reduceat(language.shares[language.tokens], language.starts[:-1])
    upto = cw.offsets_of(counted[texts.words])
    begin, end = texts.offsets[:-1], texts.offsets[1:]
    wanted = np.minimum(lengths * cw.WORD, upto[end] - upto[begin])
    # The last place from which so much is left.
    latest = np.searchsorted(upto, upto[end] - wanted, side="right") - 1
    first = begin + np.floor((latest - begin + 1) * generator.random(len(lengths))).astype(np.int64)
    last = np.searchsorted(upto, upto[first] + wanted, side="left")
    place = np.arange(len(texts.words))
    owner = texts.owners()
    return cw.keep(texts, (place >= first[owner]) & (place < last[owner]))


def heads(texts: cw.Texts, generator: np.random.Generator) -> cw.Texts:
    """The first sentences of each text, up to the one that ends after 40 words or a few more, 80 at most."""
    owner, position = texts.owners(), texts.positions()
    least = generator.integers(40, 52, len(texts.lengths))
    whole = texts.ends & (position + 1 >= least[owner])
    end = np.full(len(texts.lengths), 80, np.int64)
    np.minimum.at(end, owner[whole], position[whole] + 1)
    return cw.keep(texts, position < end[owner])


def reorder(texts: cw.Texts, generator: np.random.Generator) -> cw.Texts:
    """The sentences of each text in another order."""
    sentence = np.concatenate([np.zeros(1, np.int64), np.cumsum(texts.ends)[:-1]])
    key = generator.random(int(sentence[-1]) + 1)[sentence]
    order = np.lexsort((texts.positions(), key, texts.owners()))
    return cw.Texts(texts.words[order], texts.ends[order], texts.offsets)


def embed(language: cw.Language, inner: cw.Texts, generator: np.random.Generator) -> cw.Texts:
    """Each text inside a page of 150 to 450 other words."""
    n = len(inner.lengths)
    before, after = (cw.draw_texts(language, generator.integers(75, 226, n), generator) for _ in range(2))
    return cw.join([before, inner, after])


def in_fives(texts: cw.Texts) -> cw.Texts:
    """Five texts after another as one."""
    return cw.Texts(texts.words, texts.ends, texts.offsets[::5].copy())


def derived(kind: str, n: int, originals: cw.Texts, language: cw.Language, generator: np.random.Generator) -> Part:
    """Pages that carry text of originals."""
    n_originals = len(originals.lengths)
    if kind == "digest":
        # The heads of one digest are those of different pages.
        origins = np.concatenate([generator.choice(n_originals, 5, replace=False) for _ in range(n)])
        return Part(kind, in_fives(heads(cw.take(originals, origins), generator)), origins, np.full(n, -1))
    origins = generator.integers(0, n_originals, n)
    source = cw.take(originals, origins)
    if kind == "rewrite":
        texts = substitute(language, source, generator.uniform(0.1, 0.3, n), generator)
    elif kind == "reordered":
        texts = reorder(source, generator)
    elif kind.startswith("excerpt"):
        texts = passages(
            language, source, np.ceil(source.lengths * generator.uniform(0.25, 1, n)).astype(np.int64), generator
        )
    else:
        texts = passages(language, source, np.full(n, int(kind.split("_")[1])), generator)
        if kind.endswith("edited"):
            texts = substitute(language, texts, np.full(n, 0.05), generator)
    return Part(kind, embed(language, texts, generator) if kind in EMBEDDED else texts, origins, np.full(n, -1))


def templated(kind: str, n: int, language: cw.Language, generator: np.random.Generator) -> Part:
    """Pages of a site's template: the same sentences, with fields whose places are the template's too."""
    templates = cw.draw_texts(language, generator.integers(80, 161, N_TEMPLATES), generator)
    field = generator.random(len(templates.words)) < FIELDS[kind]
    which = generator.integers(0, N_TEMPLATES, n)
    texts = cw.take(templates, which)
    changing = field[cw.runs(templates.offsets[which], texts.lengths)]
    texts.words[changing] = language.draws[generator.integers(0, cw.DRAWS, int(changing.sum()))]
    if kind == "obituaries":
        texts = cw.join([texts, cw.draw_texts(language, np.full(n, 60), generator)])
    return Part(kind, texts, np.zeros(0, np.int64), which)


def stocked(n: int, language: cw.Language, generator: np.random.Generator) -> Part:
    """Unrelated pages with one sentence in common."""
    sentences = cw.draw_texts(language, generator.integers(15, 26, N_STOCK), generator)
    sentences.ends[:] = False
    sentences.ends[sentences.offsets[1:] - 1] = True
    texts = embed(language, cw.take(sentences, generator.integers(0, N_STOCK, n)), generator)
    return Part("stock", texts, np.zeros(0, np.int64), np.full(n, -1))


def make_parts(parameters: Parameters, language: cw.Language, generator: np.random.Generator) -> list[Part]:
    """All pages, originals first."""
    counts = {kind: int(parameters.documents * share) for kind, share in SHARES.items()}
    n = parameters.documents - sum(counts.values())
    lengths = np.clip(generator.lognormal(np.log(400) - 0.125, 0.5, n), 150, 2_000).astype(np.int64)
    originals = cw.draw_texts(language, lengths, generator)
    parts = [Part("original", originals, np.zeros(0, np.int64), np.full(n, -1))]
    for kind, count in counts.items():
        if kind in FIELDS:
            parts.append(templated(kind, count, language, generator))
        elif kind == "stock":
            parts.append(stocked(count, language, generator))
        else:
            parts.append(derived(kind, count, originals, language, generator))
    return parts


def in_time(parts: list[Part], generator: np.random.Generator) -> tuple[cw.I64, cw.I64, cw.I64]:
    """An order of all pages in which each is later than what it carries.

    Returns:
        order: The page, by its place among `parts`, of each row.
        pages: Pages that carry, by place, one a page and origin.
        origins: What they carry, by place.
    """
    starts = cw.offsets_of(np.array([len(part.texts.lengths) for part in parts]))
    pages, origins = [], []
    for start, part in zip(starts, parts, strict=False):
        each = len(part.origins) // max(len(part.texts.lengths), 1)
        pages.append(start + np.repeat(np.arange(len(part.texts.lengths)), each))
        origins.append(part.origins)
    page, origin = np.concatenate(pages), np.concatenate(origins)
    time = generator.random(int(starts[-1]))
    latest = np.zeros(len(time))
    np.maximum.at(latest, page, time[origin])
    return np.argsort(latest + (1 - latest) * time, kind="stable"), page, origin


def make_quality(parameters: Parameters, folder: Path) -> tuple[Path, Path, Path]:
    """Write the corpus, the same without times, and its truth, unless they are there.

    Returns:
        corpus, untimed: id, url, site, text, published; `published` is NULL in the second.
        carries: row, origin, kind: whose text a page carries; every page but a digest also carries itself.
    """
    paths = tuple(parameters.path(folder, part) for part in ("", ".untimed", ".carries"))
    if all(is_made(path, parameters) for path in paths):
        return paths[0], paths[1], paths[2]
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(parameters.seed)
    language = cw.make_language(parameters.language, seed=parameters.seed)
    parts = make_parts(parameters, language, generator)
    order, page, origin = in_time(parts, generator)
    row = np.argsort(order)
    site = np.concatenate([part.site for part in parts])
    site = np.where(site < 0, generator.integers(N_TEMPLATES, N_SITES, len(site)), site)[order]
    text = pa.concat_arrays([cw.write_texts(language, part.texts) for part in parts]).take(pa.array(order))
    kind = np.repeat([part.kind for part in parts], [len(part.texts.lengths) for part in parts])
    table = as_table(np.arange(len(order)), text, site, parameters)
    blank = pa.nulls(len(order), table.schema.field("published").type)
    untimed = table.set_column(table.schema.get_field_index("published"), "published", blank)
    alone = kind != "digest"
    carries = pl.DataFrame(
        {
            "row": np.concatenate([row[page], row[alone]]).astype(np.uint32),
            "origin": np.concatenate([row[origin], row[alone]]).astype(np.uint32),
            "kind": np.concatenate([kind[page], kind[alone]]).tolist(),
        }
    ).sort("row", "origin")
    truth = carries.to_arrow().replace_schema_metadata(note_of(parameters))
    for path, made in zip(paths, (table, untimed, truth), strict=True):
        pq.write_table(made, path.with_suffix(".part"), compression="zstd")
        path.with_suffix(".part").replace(path)
    return paths[0], paths[1], paths[2]
