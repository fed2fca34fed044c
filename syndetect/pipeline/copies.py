"""Copies in a collection of texts, without a store: texts -> keys -> candidates -> verified pairs -> groups.

Texts are streamed: a batch is read while the ones before it are signed and written out. What stays in memory is the
keys, 4 bytes a band and 8 a fingerprint; the words wait on disk until their pairs are verified, block by block.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
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
from syndetect.schema import I64, U64, Bools
from syndetect.settings import Settings
from syndetect.text import says_enough

BATCH = 4_096
"""Texts read at a time: some 10 MB."""
Source = str | Path | pl.DataFrame | Sequence[str | Path | pl.DataFrame]


@dataclass(frozen=True)
class Copies:
    """What `find_copies` found. Texts are named by their row, counted from 0 over all that was given.

    pairs: left, right (left < right), judgement, relation, similarity (exact Jaccard of shingles), left_containment,
        right_containment, matched_words, longest_passage, passages. Texts in the same words are paired with the first
        of them only, and only that one is compared with others.
    groups: row, group: the first row of the group; every row once.
    skipped: buckets of keys that too many texts share, of which only pairs with the earliest texts were looked at.
    stages: what was counted in each stage, and its seconds.
    """

    pairs: pl.DataFrame
    groups: pl.DataFrame
    skipped: pl.DataFrame
    stages: list[StageReport] = field(default_factory=list)


@dataclass
class _Keys:
    """What stays in memory of the texts that were signed."""

    texts: list[U64] = field(default_factory=list)
    n_words: list[np.ndarray] = field(default_factory=list)
    enough: list[Bools] = field(default_factory=list)
    bands: candidates.Bands = field(default_factory=candidates.Bands)
    fingerprints: candidates.Parts = field(default_factory=candidates.Parts)

    def add(self, signed: signatures.Signed, settings: Settings) -> None:
        first = self.bands.n_texts
        self.bands.add(signed.bands)
        rows = np.arange(first, first + len(signed.n_words), dtype=np.uint32)
        self.fingerprints.add(signed.fingerprints, np.repeat(rows, np.diff(signed.offsets)))
        self.texts.append(signed.text_keys)
        self.n_words.append(signed.n_words)
        self.enough.append(
            says_enough(
                signed.words, signed.word_offsets, signed.per_token, shingle_words=settings.shingle_words,
                least_words=settings.least_words,
            )
        )  # fmt: skip


def _batches(source: Source, text: str) -> Iterator[pa.Array]:
    """The text column of each source, some rows at a time."""
    for one in [source] if isinstance(source, str | Path | pl.DataFrame) else source:
        if isinstance(one, pl.DataFrame):
            _check_column(one.columns, text, "the frame")
            for batch in one.iter_slices(BATCH):
                yield batch[text].cast(pl.String).rechunk().to_arrow()
            continue
        try:
            file = pq.ParquetFile(one)
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError(
                f"{one} can't be read as Parquet: {error}; give a Parquet file", slug="no-such-input"
            ) from None
        _check_column(file.schema_arrow.names, text, str(one))
        for batch in file.iter_batches(BATCH, columns=[text], use_threads=False):
            yield batch.column(0)


def _check_column(names: Sequence[str], text: str, where: str) -> None:
    if text not in names:
        raise InputError(f"{where} has no column {text}; name one of {', '.join(names)}", slug="no-such-column")


def _sign(texts: Iterable[pa.Array], spool: verify.Spool, settings: Settings, *, passages: bool) -> _Keys:
    """Sign batches side by side and take them in their order: keys to memory, words to the spool."""
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
        for batch in texts:
            if len(running) > settings.n_threads:
                take(running.popleft().result())
            running.append(pool.submit(work, batch))
        for future in running:
            take(future.result())
    return keys


def verify_pairs(spool: verify.Spool, rows: tuple[I64, I64], ids: tuple[U64, U64], settings: Settings) -> pl.DataFrame:
    """Measure and judge pairs, block by block.

    Args:
        spool: Holds the words of their texts.
        rows: Numbers in the spool of the left and right texts.
        ids: Ids of the left and right documents; left < right.
        settings: Says how long a shingle is, and what makes a copy.

    Returns:
        VERIFIED, sorted by the ids.
    """

    def work(block: tuple[I64, verify.Texts, I64, I64]) -> pl.DataFrame:
        places, texts, left, right = block
        overlap = verify.compare(texts, left, right, shingle_words=settings.shingle_words)
        return verify.judge(
            (ids[0][places], ids[1][places]), overlap, least_jaccard=settings.least_jaccard,
            least_passage=settings.least_passage,
        )  # fmt: skip

    done = [pl.DataFrame(schema=verify.VERIFIED)]
    with ThreadPoolExecutor(settings.n_threads) as pool:
        running: deque[Future[pl.DataFrame]] = deque()
        for block in spool.blocks(*rows):
            if len(running) > settings.n_threads:
                done.append(running.popleft().result())
            running.append(pool.submit(work, block))
        done += [future.result() for future in running]
    return pl.concat(done).sort("left_id", "right_id")


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
    source: Source, *, text: str = "text", settings: Settings | None = None, passages: bool = True
) -> Copies:
    """Find exact copies, near-duplicates and excerpts among texts.

    Args:
        source: Parquet files or polars frames, one or several; read a batch at a time.
        text: The column that holds the texts.
        settings: Defaults where not given.
        passages: Whether to look for shared passages besides texts that are alike as wholes; it takes about as long
            again.

    Raises:
        InputError: `no-such-input`, `no-such-column`.
    """
    settings = settings or Settings()
    clock = _Clock()
    with verify.Spool() as spool:
        keys = _sign(_batches(source, text), spool, settings, passages=passages)
        n_words = np.concatenate([np.zeros(0, np.int32), *keys.n_words])
        clock.end("signatures", len(n_words))
        enough = np.concatenate([np.zeros(0, np.bool_), *keys.enough])
        first, copies = _first_of_each(np.concatenate([np.zeros(0, np.uint64), *keys.texts]), enough)
        ranks = np.where(first == np.arange(len(first)), first, candidates.DEAD).astype(np.uint32)
        found = candidates.find_candidates(
            keys.bands, keys.fingerprints, ranks, max_bucket=settings.max_bucket,
            max_passage_bucket=settings.max_passage_bucket, threads=settings.n_threads,
        )  # fmt: skip
        del keys
        clock.end("candidates", len(found.left))
        rows = found.left.astype(np.int64), found.right.astype(np.int64)
        judged = verify_pairs(spool, rows, (found.left.astype(np.uint64), found.right.astype(np.uint64)), settings)
        exact = verify.exact_pairs(first[copies].astype(np.uint64), copies.astype(np.uint64))
        judged = pl.concat([judged, exact])
        clock.end("verify", judged.height)
    documents = pl.DataFrame({"doc_id": np.arange(len(n_words), dtype=np.uint64), "n_words": n_words}).with_columns(
        at=pl.lit(None, pl.Datetime("us", "UTC"))
    )
    groups, judged, _ = stories.group_copies(judged, documents)
    clock.end("groups", groups["group_id"].n_unique())
    return Copies(
        pairs=judged.rename({"left_id": "left", "right_id": "right"}).cast({"left": pl.UInt32, "right": pl.UInt32}),
        groups=groups.select(row=pl.col("doc_id").cast(pl.UInt32), group=pl.col("group_id").cast(pl.UInt32)),
        skipped=found.skipped, stages=clock.stages,
    )  # fmt: skip


def _first_of_each(text_keys: U64, enough: Bools) -> tuple[I64, I64]:
    """For each text the first one in the same words, -1 for one that says too little; the rows of the copies."""
    rows = np.arange(len(text_keys))
    _, at, which = np.unique(text_keys, return_index=True, return_inverse=True)
    first = np.where(enough, at[which], -1).astype(np.int64)
    return first, rows[(first >= 0) & (first != rows)]
