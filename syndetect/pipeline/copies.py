"""Copies in a collection of texts, without a store: texts -> keys -> candidates -> verified pairs -> groups.

Texts are streamed: a batch is read while the ones before it are signed and written out. What stays in memory is the
keys, 4 bytes a band and 8 a fingerprint; the words wait on disk until their pairs are verified, block by block.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from syndetect import candidates, signatures, stories, verify
from syndetect.errors import InputError
from syndetect.report.run import StageReport
from syndetect.schema import I32, I64, U64, Bools
from syndetect.settings import Settings
from syndetect.text import says_enough
from syndetect.utf8 import decoded, is_binary, valid_utf8

BATCH = 2_048
"""Texts read at a time: some 5 MB, little enough that the allocator gives the same memory again."""
Source = str | Path | pl.DataFrame | Sequence[str | Path | pl.DataFrame]


@dataclass(frozen=True)
class Copies:
    """What `find_copies` found. Texts are named by their row, counted from 0 over all that was given.

    pairs: left, right (left < right), judgement, relation, similarity (exact Jaccard of shingles), left_containment,
        right_containment, matched_words, longest_passage, passages, not_joined (why a pair of the same text does not
        join its pages). Texts in the same words are paired with the first of them only, and only that one is compared.
    groups: row, group: the first row of the group; every row once.
    skipped: buckets of keys that too many texts share, of which only pairs with the earliest texts were looked at, and
        passages of a site's template, through which no pairs were.
    stages: what was counted in each stage, and its seconds.
    """

    pairs: pl.DataFrame
    groups: pl.DataFrame
    skipped: pl.DataFrame
    stages: list[StageReport] = field(default_factory=list)


@dataclass
class _Keys:
    """What stays in memory of the texts that were signed."""

    texts: list[U64] = field(default_factory=lambda: [np.zeros(0, np.uint64)])
    n_words: list[I32] = field(default_factory=lambda: [np.zeros(0, np.int32)])
    n_fingerprints: list[I64] = field(default_factory=lambda: [np.zeros(0, np.int64)])
    besides: list[pl.DataFrame] = field(default_factory=list)
    enough: list[Bools] = field(default_factory=lambda: [np.zeros(0, np.bool_)])
    bands: candidates.Bands = field(default_factory=candidates.Bands)
    fingerprints: candidates.Parts = field(default_factory=candidates.Parts)

    def add(self, signed: signatures.Signed, settings: Settings) -> None:
        first = self.bands.n_texts
        self.bands.add(signed.bands)
        rows = np.arange(first, first + len(signed.n_words), dtype=np.uint32)
        self.fingerprints.add(signed.fingerprints, np.repeat(rows, np.diff(signed.offsets)))
        self.texts.append(signed.text_keys)
        self.n_words.append(signed.n_words)
        self.n_fingerprints.append(np.diff(signed.offsets))
        self.enough.append(
            says_enough(
                signed.words, signed.word_offsets, signed.per_token, shingle_words=settings.shingle_words,
                least_words=settings.least_words,
            )
        )  # fmt: skip


def _batches(source: Source, columns: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Columns of each source under the names of their parts, some rows at a time.

    Args:
        source: As for `find_copies`.
        columns: Of each part (text, site, published) the column that plays it.
    """
    for one in [source] if isinstance(source, str | Path | pl.DataFrame | pl.LazyFrame) else source:
        if isinstance(one, pl.DataFrame):
            _check_columns(one.head(0).to_arrow().schema, columns, "the frame")
            for batch in one.select(**{part: pl.col(name) for part, name in columns.items()}).iter_slices(BATCH):
                yield from map(_texts_first, batch.to_arrow().to_batches())
            continue
        if not isinstance(one, str | Path):
            raise InputError(
                f"a {type(one).__name__} is neither a Parquet file nor a polars DataFrame; give one of these",
                slug="no-such-input",
            )
        try:
            file = pq.ParquetFile(one)
        except (OSError, pa.ArrowInvalid) as error:
            path = Path(one)
            why = "it is a folder" if path.is_dir() else str(error).rstrip(".") if path.exists() else "it is not there"
            raise InputError(
                f"{one} can't be read as Parquet: {why}; give a Parquet file", slug="no-such-input"
            ) from None
        _check_columns(file.schema_arrow, columns, str(one))
        names = list(dict.fromkeys(columns.values()))
        for group in range(file.num_row_groups):
            # A group at a time: pyarrow keeps what it has read of a file until its iterator ends.
            for batch in file.iter_batches(BATCH, row_groups=[group], columns=names, use_threads=False):
                arrays = [batch.column(name) for name in columns.values()]
                yield _texts_first(pa.RecordBatch.from_arrays(arrays, list(columns)))


def _texts_first(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with valid strings as its first column, whatever held the texts."""
    first = batch.column(0)
    if is_binary(first.type):
        batch = batch.set_column(0, "text", decoded(first))
    elif pa.types.is_null(first.type):
        batch = batch.set_column(0, "text", pa.nulls(len(first), pa.large_string()))
    return valid_utf8(batch)


def _check_columns(schema: pa.Schema, columns: Mapping[str, str], where: str) -> None:
    for part, name in columns.items():
        if name not in schema.names:
            raise InputError(
                f"{where} has no column {name}; name one of {', '.join(schema.names)}", slug="no-such-column"
            )
        dtype = schema.field(name).type
        if not pa.types.is_null(dtype) and not _FITS[part](dtype):
            raise InputError(
                f"the column {name} of {where} holds {dtype}, and {part} takes {_WANTED[part]}; cast it, or name"
                " another",
                slug="column-kind",
            )


def _is_text(dtype: pa.DataType) -> bool:
    if pa.types.is_dictionary(dtype):
        return _is_text(dtype.value_type)
    return is_binary(dtype) or any(
        is_kind(dtype) for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    )


_FITS: Mapping[str, Callable[[pa.DataType], bool]] = {
    "text": _is_text,
    "site": lambda dtype: _is_text(dtype) or pa.types.is_integer(dtype),
    "published": lambda dtype: pa.types.is_timestamp(dtype) or pa.types.is_date(dtype),
}
_WANTED = {"text": "text", "site": "text or whole numbers", "published": "dates or moments"}


def _sign(batches: Iterable[pa.RecordBatch], spool: verify.Spool, settings: Settings, *, passages: bool) -> _Keys:
    """Sign batches side by side and take them in their order: keys to memory, words to the spool.

    Args:
        batches: The texts in the first column; what else there is is kept as it is.
        spool: Where the words go.
        settings: How to sign.
        passages: Whether fingerprints are wanted.
    """
    work = partial(
        signatures.sign_texts, shingle_words=settings.shingle_words, n_permutations=settings.permutations,
        n_bands=settings.band_layout.bands, one_in=settings.fingerprint_one_in if passages else 0,
    )  # fmt: skip
    keys = _Keys()

    def take(signed: signatures.Signed) -> None:
        keys.add(signed, settings)
        spool.append(verify.Texts(signed.words, signed.word_offsets, signed.per_token))

    with ThreadPoolExecutor(settings.n_threads) as pool:
        running: deque[Future[signatures.Signed]] = deque()
        for batch in batches:
            if len(running) > settings.n_threads:
                take(running.popleft().result())
            keys.besides.append(_besides(batch))
            running.append(pool.submit(work, batch.column(0)))
        for future in running:
            take(future.result())
    return keys


def _besides(batch: pa.RecordBatch) -> pl.DataFrame:
    """Site (as text) and published (a moment in UTC), as far as there are any; the same types for every source."""
    parts = {"site": pl.String(), "published": pl.Datetime("us")}
    frame = pl.DataFrame(pa.Table.from_batches([batch]).drop_columns(["text"]))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in parts.items() if name in frame.columns)


def verify_pairs(
    spool: verify.Spool, rows: tuple[I64, I64], ids: tuple[U64, U64], template: Bools, settings: Settings
) -> pl.DataFrame:
    """Measure and judge pairs.

    Args:
        spool: Holds the words of their texts.
        rows: Numbers in the spool of the left and right texts.
        ids: Ids of the left and right documents; left < right.
        template: Pairs that share the template of a site, and are copies only if they are alike as wholes.
        settings: Says how long a shingle is, and what makes a copy.

    Returns:
        VERIFIED, in the order of the pairs.
    """
    found = measure_pairs(spool, rows, settings)
    return verify.judge(
        ids, found, template=template, least_jaccard=settings.least_jaccard, least_passage=settings.least_passage
    )


def measure_pairs(spool: verify.Spool, rows: tuple[I64, I64], settings: Settings) -> verify.Overlap:
    """What the texts of pairs share, block by block.

    Args:
        spool: Holds the words of the texts.
        rows: Numbers in the spool of the left and right texts.
        settings: Says how long a shingle is.
    """
    found = verify.empty_overlap(len(rows[0]))

    def work(block: tuple[I64, verify.Texts, I64, I64]) -> None:
        places, texts, left, right = block
        overlap = verify.compare(texts, left, right, shingle_words=settings.shingle_words)
        # Each block has places of its own, so that they can be written side by side.
        verify.put_overlap(found, places, overlap)

    with ThreadPoolExecutor(settings.n_threads) as pool:
        running: deque[Future[None]] = deque()
        for block in spool.blocks(*rows):
            if len(running) > settings.n_threads:
                running.popleft().result()
            running.append(pool.submit(work, block))
        for future in running:
            future.result()
    return found


class _Clock:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.stages: list[StageReport] = []
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def end(self, name: str, n: int) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        self.stages.append(StageReport(name, n, round(wall - self._wall, 3), round(cpu - self._cpu, 3)))
        self._wall, self._cpu = wall, cpu


def find_copies(
    source: Source,
    *,
    text: str = "text",
    site: str | None = None,
    published: str | None = None,
    settings: Settings | None = None,
    passages: bool = True,
) -> Copies:
    """Find exact copies, near-duplicates and excerpts among texts.

    Args:
        source: Parquet files or polars frames, one or several; read a batch at a time.
        text: The column that holds the texts; bytes are read as UTF-8.
        site: The column that names the site of each, or numbers it: what many pages of a site share is then its
            template, no copy.
        published: The column with the time of each, UTC where it names no zone: the earliest stand for the others, and
            digests are told better.
        settings: Defaults where not given.
        passages: Whether to look for shared passages besides texts that are alike as wholes; it takes about as long
            again. Templates are told by passages.

    Raises:
        InputError: `no-such-input`, `no-such-column`, `column-kind`.
    """
    settings = settings or Settings()
    clock = _Clock()
    with verify.Spool() as spool:
        parts = {"text": text, "site": site, "published": published}
        columns = {part: name for part, name in parts.items() if name}
        keys = _sign(_batches(source, columns), spool, settings, passages=passages)
        n_words = np.concatenate(keys.n_words)
        documents = _documents(keys, n_words)
        clock.end("signatures", len(n_words))
        first, copies = _first_of_each(np.concatenate(keys.texts), np.concatenate(keys.enough))
        found = candidates.find_candidates(
            keys.bands, keys.fingerprints, _standing(documents, first, settings), np.concatenate(keys.n_fingerprints),
            max_bucket=settings.max_bucket, max_passage_bucket=settings.max_passage_bucket, threads=settings.n_threads,
        )  # fmt: skip
        del keys
        clock.end("candidates", len(found.left))
        rows = found.left.astype(np.int64), found.right.astype(np.int64)
        ids = found.left.astype(np.uint64), found.right.astype(np.uint64)
        judged = verify_pairs(spool, rows, ids, found.template, settings)
        exact = verify.exact_pairs(first[copies].astype(np.uint64), copies.astype(np.uint64))
        judged = pl.concat([judged, exact])
        clock.end("verify", judged.height)
    groups, judged, _ = stories.group_copies(judged, documents.drop("site"))
    clock.end("groups", groups["group_id"].n_unique())
    return Copies(
        pairs=judged.rename({"left_id": "left", "right_id": "right"}).cast({"left": pl.UInt32, "right": pl.UInt32}),
        groups=groups.select(row=pl.col("doc_id").cast(pl.UInt32), group=pl.col("group_id").cast(pl.UInt32)),
        skipped=found.skipped, stages=clock.stages,
    )  # fmt: skip


def _documents(keys: _Keys, n_words: I32) -> pl.DataFrame:
    """doc_id (the row), n_words, at (time; NULL where not known), site (a number; NULL where not known)."""
    besides = pl.concat(keys.besides) if keys.besides else pl.DataFrame()
    time, number = pl.lit(None, pl.Datetime("us", "UTC")), pl.lit(None, pl.Int64)
    if "published" in besides.columns:
        time = pl.col("published").dt.replace_time_zone("UTC")
    if "site" in besides.columns:
        number = pl.col("site").rank("dense").cast(pl.Int64) - 1
    rows = pl.DataFrame({"doc_id": np.arange(len(n_words), dtype=np.uint64), "n_words": n_words})
    return pl.concat([rows, besides], how="horizontal").select("doc_id", "n_words", at=time, site=number)


def _standing(documents: pl.DataFrame, first: I64, settings: Settings) -> candidates.Standing:
    """The place in time of each text, and its site; a text that another stands for has no place."""
    order = documents.select("doc_id", "at").sort("at", "doc_id", nulls_last=True)["doc_id"].to_numpy().astype(np.int64)
    ranks = np.empty(len(order), np.uint32)
    ranks[order] = np.arange(len(order), dtype=np.uint32)
    ranks[first != np.arange(len(first))] = candidates.DEAD
    sites = documents["site"].fill_null(candidates.NO_SITE).to_numpy()
    return candidates.standing_of(ranks, sites, template_pages=settings.template_pages)


def _first_of_each(text_keys: U64, enough: Bools) -> tuple[I64, I64]:
    """For each text the first one in the same words, -1 for one that says too little; the rows of the copies."""
    rows = np.arange(len(text_keys))
    _, at, which = np.unique(text_keys, return_index=True, return_inverse=True)
    first = np.where(enough, at[which], -1).astype(np.int64)
    return first, rows[(first >= 0) & (first != rows)]
