"""A seeded corpus of news-like texts with planted copies, and the exact Jaccard of every planted pair.

30% of the documents are copies of an earlier one: exact, truncated (40-95% kept), sentences dropped, 2-15% of the words
substituted, a site's header and footer added, or two of these (mixed). A story has 1 to 40 copies, few of them many;
three in ten copies of a larger story are copies of its first copy.

The truth lists every pair of one story, copies among each other too, with the exact Jaccard of the sets of shingles,
computed from the token numbers the texts are written from. A token is a word, case and punctuation aside, and a shingle
five of them; in Chinese, Japanese and Thai a token is a character without its marks that counts for a share of a word,
and a shingle as many as count for five words. Two unrelated texts as good as never share five words in a row, and a
site's furniture is at most 40 words beside at least 40 of story, so every pair at a Jaccard of .7 or more is a planted
one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import copies_words as cw
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import csr_array

U64 = NDArray[np.uint64]

KINDS = ["original", "exact", "truncated", "dropped", "substituted", "boilerplate", "mixed"]
CUT, DROP, SWAP, FURNITURE = 1, 2, 4, 8
"""What is done to a copy, as bits; none is an exact copy."""
START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
BATCH = 20_000
N_SITES = 400
MAKERS = ["copies_words.py", "copies_corpus.py", "copies_quality.py"]


def hash_of_makers() -> str:
    """Changes with the code that makes corpora, so that a file made by older code is not taken for a fresh one."""
    sources = b"".join(Path(__file__).with_name(name).read_bytes() for name in MAKERS)
    return hashlib.sha256(sources).hexdigest()[:12]


@dataclass(frozen=True)
class Parameters:
    """What a corpus follows from."""

    documents: int
    language: str = "en"
    seed: int = 11
    kind: str = "copies"
    made_by: str = field(default_factory=hash_of_makers)

    def path(self, folder: Path, part: str) -> Path:
        """Where a part of the corpus is kept."""
        return folder / f"{self.kind}-{self.language}-{self.documents}-{self.seed}{part}.parquet"


@dataclass(frozen=True)
class Plan:
    """Who copies whom: rows of the corpus. `parent` is -1 for an original, `family` -1 for a text without copies."""

    parent: cw.I64
    family: cw.I64
    depth: cw.I64
    done: cw.I64
    length: cw.I64


def plan_copies(n: int, generator: np.random.Generator) -> Plan:
    """Draw families, what is done to each copy, and the lengths of originals: log-normal, 400 words in the mean."""
    weights = 1 / np.arange(1, 41) ** 2.0
    sizes = 1 + generator.choice(np.arange(1, 41), n, p=weights / weights.sum())
    sizes = sizes[: np.searchsorted(np.cumsum(sizes - 1), 0.3 * n)]
    rows = generator.permutation(n)[: sizes.sum()]
    family = np.repeat(np.arange(len(sizes)), sizes)
    rows = rows[np.lexsort((rows, family))]
    first = np.repeat(cw.offsets_of(sizes)[:-1], sizes)
    rank = np.arange(len(rows)) - first
    second_hand = (rank >= 2) & (generator.random(len(rows)) < 0.3)
    plan = Plan(*(np.full(n, value, np.int64) for value in (-1, -1, 0, 0, 0)))
    plan.family[rows] = family
    plan.parent[rows] = np.where(rank == 0, -1, rows[first + second_hand])
    plan.depth[rows] = np.minimum(rank, 1) + second_hand
    single = np.array([0, CUT, DROP, SWAP, FURNITURE])
    double = np.array([CUT | DROP, CUT | SWAP, CUT | FURNITURE, DROP | SWAP, DROP | FURNITURE, SWAP | FURNITURE])
    kind = generator.integers(0, 6, n)
    plan.done[:] = np.where(kind == 5, generator.choice(double, n), single[np.minimum(kind, 4)])
    plan.done[plan.parent < 0] = 0
    plan.length[:] = np.clip(generator.lognormal(np.log(400) - 0.125, 0.5, n), 100, 2_000)
    return plan


def kinds_of(plan: Plan) -> list[str]:
    """The name of what was done to each document."""
    one = {0: "exact", CUT: "truncated", DROP: "dropped", SWAP: "substituted", FURNITURE: "boilerplate"}
    names = np.array([one.get(bits, "mixed") for bits in range(16)])[plan.done]
    names[plan.parent < 0] = "original"
    return [str(name) for name in names]


def edit(language: cw.Language, texts: cw.Texts, done: cw.I64, generator: np.random.Generator) -> cw.Texts:
    """Cut, drop sentences, substitute words, as the bits of each text say."""
    owner, position = texts.owners(), texts.positions()
    room = np.ceil(texts.lengths * generator.uniform(0.4, 0.95, len(done)))
    kept = (done[owner] & CUT == 0) | (position < room[owner])
    sentence = np.concatenate([np.zeros(1, np.int64), np.cumsum(texts.ends)[:-1]])
    dropped = (generator.random(int(sentence[-1]) + 1) < 0.15)[sentence]
    opening = sentence == sentence[texts.offsets[:-1]][owner]
    kept &= (done[owner] & DROP == 0) | ~dropped | opening
    share = np.where(done & SWAP, generator.uniform(0.02, 0.15, len(done)), 0.0)
    swapped = generator.random(len(owner)) < share[owner]
    words = texts.words.copy()
    words[swapped] = language.draws[generator.integers(0, cw.DRAWS, int(swapped.sum()))]
    return cw.keep(cw.Texts(words, texts.ends, texts.offsets), kept)


class Shelf:
    """The texts of families, kept while the corpus is made: 3 bytes a word."""

    def __init__(self, plan: Plan) -> None:
        self.rows = np.flatnonzero(plan.family >= 0)
        self.place = np.full(len(plan.family), -1, np.int64)
        self.place[self.rows] = np.arange(len(self.rows))
        story = np.zeros(plan.family.max() + 1, np.int64)
        np.maximum.at(story, plan.family[self.rows], np.where(plan.parent < 0, plan.length, 0)[self.rows])
        # A copy of a copy can have two sites' furniture.
        room = story[plan.family[self.rows]] + 40 * plan.depth[self.rows]
        self.starts, self.lengths = cw.offsets_of(room)[:-1], np.zeros(len(room), np.int64)
        self.words, self.ends = np.empty(int(room.sum()), np.uint16), np.empty(int(room.sum()), bool)

    def put(self, rows: cw.I64, texts: cw.Texts) -> None:
        """Keep the texts of those rows that have a family."""
        mine = np.flatnonzero(self.place[rows] >= 0)
        texts, at = cw.take(texts, mine), self.place[rows[mine]]
        places = cw.runs(self.starts[at], texts.lengths)
        self.words[places], self.ends[places], self.lengths[at] = texts.words, texts.ends, texts.lengths

    def get(self, rows: cw.I64) -> cw.Texts:
        """The texts of some rows of families."""
        at = self.place[rows]
        places = cw.runs(self.starts[at], self.lengths[at])
        return cw.Texts(self.words[places], self.ends[places], cw.offsets_of(self.lengths[at]))


def make_batch(
    rows: cw.I64, plan: Plan, shelf: Shelf, language: cw.Language, furniture: tuple[cw.Texts, cw.Texts], site: cw.I64,
    generator: np.random.Generator,
) -> cw.Texts:  # fmt: skip
    """The texts of some neighbouring rows: originals, then their copies, then copies of copies."""
    made, order = [], []
    for depth in range(3):
        part = rows[plan.depth[rows] == depth]
        if depth == 0:
            texts = cw.draw_texts(language, plan.length[part], generator)
        else:
            texts = edit(language, shelf.get(plan.parent[part]), plan.done[part], generator)
            header, footer = (cw.take(texts_of_site, site[part]) for texts_of_site in furniture)
            added = plan.done[part] & FURNITURE > 0
            header, footer = (cw.keep(side, added[side.owners()]) for side in (header, footer))
            texts = cw.join([header, texts, footer])
        shelf.put(part, texts)
        made.append(texts)
        order.append(part)
    sizes = np.concatenate([texts.lengths for texts in made])
    whole = cw.Texts(
        np.concatenate([texts.words for texts in made]),
        np.concatenate([texts.ends for texts in made]),
        cw.offsets_of(sizes),
    )
    return cw.take(whole, np.argsort(np.concatenate(order)))


def as_table(rows: cw.I64, text: pa.StringArray, site: cw.I64, parameters: Parameters) -> pa.Table:
    """Rows of a corpus as they are written."""
    frame = pl.DataFrame({"id": rows.astype(np.uint64), "n": site}).with_columns(
        url=pl.format("https://site{}.example/news/{}", "n", "id"), site=pl.format("site{}.example", "n")
    )
    minutes = rows * (30 * 24 * 60) // max(parameters.documents, 1)
    published = pl.Series(np.datetime64(START.replace(tzinfo=None), "ms") + minutes.astype("timedelta64[m]"))
    table = frame.drop("n").with_columns(published=published.dt.replace_time_zone("UTC")).to_arrow()
    return table.add_column(3, "text", text).replace_schema_metadata(note_of(parameters))


def note_of(parameters: Parameters) -> dict[bytes, bytes]:
    """The parameters as they stand in a file."""
    return {b"parameters": json.dumps(asdict(parameters)).encode()}


def is_made(path: Path, parameters: Parameters) -> bool:
    """Whether a whole file of just these parameters is there."""
    return path.exists() and (pq.read_schema(path).metadata or {}).items() >= note_of(parameters).items()


def make_corpus(parameters: Parameters, folder: Path) -> tuple[Path, Path]:
    """Write the corpus and its truth unless they are there.

    Returns:
        corpus: id, url, site, text, published; row groups of 20,000.
        truth: left, right, jaccard, kind: what the later one did to the earlier, `siblings` if it isn't its parent.
    """
    corpus, truth = parameters.path(folder, ""), parameters.path(folder, ".truth")
    if is_made(corpus, parameters) and is_made(truth, parameters):
        return corpus, truth
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(parameters.seed)
    language = cw.make_language(parameters.language, seed=parameters.seed)
    plan = plan_copies(parameters.documents, generator)
    site = (N_SITES * generator.random(parameters.documents) ** 2).astype(np.int64)
    furniture = tuple(cw.draw_texts(language, generator.integers(5, 21, N_SITES), generator) for _ in range(2))
    shelf, writer = Shelf(plan), None
    part = corpus.with_suffix(".part")
    for start in range(0, parameters.documents, BATCH):
        rows = np.arange(start, min(start + BATCH, parameters.documents))
        texts = make_batch(rows, plan, shelf, language, (furniture[0], furniture[1]), site, generator)
        table = as_table(rows, cw.write_texts(language, texts), site[rows], parameters)
        writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=BATCH)
    if writer is not None:
        writer.close()
    pairs = planted_pairs(plan, shelf, language).to_arrow().replace_schema_metadata(note_of(parameters))
    pq.write_table(pairs, truth.with_suffix(".part"), compression="zstd")
    part.replace(corpus)
    truth.with_suffix(".part").replace(truth)
    return corpus, truth


def shingle_sets(texts: cw.Texts, shares: cw.I64 | None = None) -> csr_array:
    """Which text has which shingle of five words: a row a text, a column a different shingle, ones.

    Args:
        texts: Texts of tokens.
        shares: What every token counts for, in hundredths of a word; a word each if not given.
    """
    starts, keys = five_tokens(texts) if shares is None else five_words(texts, shares)
    column = np.unique(keys, return_inverse=True)[1]
    shape = (len(texts.offsets) - 1, int(column.max(initial=-1)) + 1)
    sets = csr_array((np.ones(len(column), np.int32), (texts.owners()[starts], column)), shape=shape)
    sets.data[:] = 1  # a run that a text repeats was counted up
    return sets


def shingles_of(language: cw.Language, texts: cw.Texts) -> csr_array:
    """`shingle_sets` of texts of words."""
    if language.spaced:
        return shingle_sets(texts)
    tokens = cw.tokens_of(language, texts)
    return shingle_sets(cw.keep(tokens, language.shares[tokens.words] > 0), language.shares)


def five_tokens(texts: cw.Texts) -> tuple[cw.I64, U64]:
    """Where runs of five tokens start, and a number of each that only equal runs have in common.

    Runs are told apart by numbering them, not by a hash: four tokens of 16 bits fill one integer; its rank beside
    the fifth another.
    """
    starts = np.flatnonzero(texts.positions() <= np.repeat(texts.lengths, texts.lengths) - 5)
    words = texts.words.astype(np.uint64)
    four = words[starts] | words[starts + 1] << 16 | words[starts + 2] << 32 | words[starts + 3] << 48
    rank = np.unique(four, return_inverse=True)[1].astype(np.uint64)
    return starts, rank << 16 | words[starts + 4]


def five_words(texts: cw.Texts, shares: cw.I64) -> tuple[cw.I64, U64]:
    """Where shingles start, each as many tokens as count for five words or more, and a hash of each.

    Every token must count for something. A text that counts for less than five words is one shingle. The hash is
    a sum of 64 random bits for every token at every place: two different shingles collide with probability 2**-64.
    """
    counted = cw.offsets_of(shares[texts.words])
    least, stop = 5 * cw.WORD, np.repeat(texts.offsets[1:], texts.lengths)
    end = np.searchsorted(counted, counted[:-1] + least)
    starts = np.flatnonzero((end <= stop) | (texts.positions() == 0))
    end = np.minimum(end, stop)[starts]
    longest = int((end - starts).max(initial=0))
    bits = np.random.default_rng(5).integers(0, 1 << 64, (longest, len(shares)), dtype=np.uint64)
    hashes = np.zeros(len(starts), np.uint64)
    for place in range(longest):
        inside = np.flatnonzero(starts + place < end)
        hashes[inside] += bits[place, texts.words[starts[inside] + place]]
    return starts, hashes


def jaccards(sets: csr_array, left: cw.I64, right: cw.I64) -> cw.F64:
    """The exact Jaccard of the shingle sets of pairs of texts, given by place."""
    sizes = np.diff(sets.indptr)
    shared = np.asarray((sets @ sets.T).tocsr()[left, right]).ravel()
    exact: cw.F64 = shared / np.maximum(sizes[left] + sizes[right] - shared, 1)
    return exact


def pairs_within(sizes: cw.I64) -> tuple[cw.I64, cw.I64]:
    """All pairs i < j of places in one run, for runs of some sizes that follow one another."""
    starts, left, right = cw.offsets_of(sizes)[:-1], [], []
    for size in np.unique(sizes):
        one, other = np.triu_indices(int(size), 1)
        left.append((starts[sizes == size][:, None] + one).ravel())
        right.append((starts[sizes == size][:, None] + other).ravel())
    return np.concatenate(left), np.concatenate(right)


def planted_pairs(plan: Plan, shelf: Shelf, language: cw.Language, *, families_at_once: int = 100) -> pl.DataFrame:
    """Every pair of one family with its exact Jaccard, sorted by rows.

    Some hundred thousand shingles at a time sort in a third of the time of millions.
    """
    rows = shelf.rows[np.argsort(plan.family[shelf.rows], kind="stable")]
    sizes, kinds = np.bincount(plan.family[rows]), pl.Series(kinds_of(plan))
    bounds, found = cw.offsets_of(sizes), []
    for start in range(0, len(sizes), families_at_once):
        part = sizes[start : start + families_at_once]
        mine = rows[bounds[start] : bounds[start + len(part)]]
        left, right = pairs_within(part)
        exact = jaccards(shingles_of(language, shelf.get(mine)), left, right)
        kind = pl.Series(np.where(plan.parent[mine[right]] == mine[left], 1, 0)) == 1
        found.append(
            pl.DataFrame(
                {"left": mine[left].astype(np.uint32), "right": mine[right].astype(np.uint32), "jaccard": exact}
            ).with_columns(kind=pl.when(kind).then(kinds.gather(mine[right])).otherwise(pl.lit("siblings")))
        )
    return pl.concat(found).sort("left", "right")
