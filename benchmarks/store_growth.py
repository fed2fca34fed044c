"""New documents against a large store: seconds by stage, memory, bytes a document of what the store keeps for matching.

    python benchmarks/near_duplicates.py --documents 1000000 --ours-only --keep build/corpora
    python benchmarks/store_growth.py CORPUS.parquet --new 10000

The corpus (url, site, text, published) goes into a store but for `--new` documents of it, taken evenly; these follow as
a run of their own. Reading dumps is left out: pages are put straight into the table `document`, then the stages from
`signatures` to `stories` are run as a run does. Old matches are those of the whole corpus in one run: with --check the
pairs of both are compared.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow.parquet as pq

from syndetect.pipeline import matching
from syndetect.settings import Settings
from syndetect.store import Store

Figures = dict[str, object]
STAGES: dict[str, Callable[[Store, Settings], int]] = {
    "signatures": matching.sign_texts,
    "candidates": matching.pair_texts,
    "verify": matching.judge_texts,
    "stories": matching.group_copies,
}
ADD = """
INSERT INTO document BY NAME
SELECT md5_number_lower(url) AS doc_id, 'corpus' AS path, file_row_number::UINTEGER AS record, url, url AS url_key,
       split_part(url, '/', 3) AS site, text AS page_text,
       'en' AS language, 'article' AS kind, published::TIMESTAMPTZ AS first_crawled_at, []::VARCHAR[] AS also_at
FROM read_parquet($corpus, file_row_number = true)
WHERE (file_row_number % $every = 0) = $new
"""
TABLES = (
    "document",
    "story_text",
    "signed_text",
    "band_key",
    "fingerprint",
    "candidate_pair",
    "judged_pair",
    "copy_group",
)
BLOCKS = """
SELECT count(DISTINCT block_id) FROM pragma_storage_info('{table}') WHERE block_id IS NOT NULL AND block_id >= 0
"""


def grow(path: Path, corpus: Path, *, every: int, new: bool | None, settings: Settings) -> Figures:
    """Add the new documents, the others, or with None all; run the stages."""
    figures: Figures = {}
    with Store.create_or_open(path, settings.shaping()) as store:
        store.limit(threads=settings.n_threads, memory_mib=settings.memory_mib)
        for part in (True, False) if new is None else (new,):
            store.con.execute(ADD, {"corpus": str(corpus), "every": every, "new": part})
        store.clear_derived(keep_lasting=True)
        for name, work in STAGES.items():
            wall, cpu = time.perf_counter(), time.process_time()
            n = work(store, settings)
            figures[name] = {
                "n": n, "wall_s": round(time.perf_counter() - wall, 2), "cpu_s": round(time.process_time() - cpu, 2),
            }  # fmt: skip
        # Nothing that `match` or `stories` reads is missing, though the later stages were left out.
        store.mark_finished(settings.deciding())
    figures["peak_rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return figures


def sizes(path: Path) -> Figures:
    """Bytes a document of each table."""
    with Store.create_or_open(path, Settings().shaping()) as store:
        n = store.count("SELECT count(*) FROM document")
        block = store.count("SELECT block_size FROM pragma_database_size()")
        return {table: round(store.count(BLOCKS.format(table=table)) * block / n, 1) for table in TABLES}


def pairs_of(path: Path) -> list[tuple[object, ...]]:
    """All judged pairs."""
    with Store.open(path) as store:
        return store.frame("SELECT * EXCLUDE (evidence) FROM judged_pair ORDER BY ALL").rows()


def in_process(function: Callable[..., Figures], *arguments: object, **options: object) -> Figures:
    """Run in a process of its own, so that the peak of memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments, **options).result()


def main() -> None:
    """Fill a store, add to it, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--new", type=int, default=10_000)
    parser.add_argument("--memory", type=int, default=0, metavar="MIB", help="what DuckDB may hold in memory")
    parser.add_argument("--store", type=Path, help="keep the store here")
    parser.add_argument("--check", action="store_true", help="compare with a store made in one run")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    n = pq.ParquetFile(arguments.corpus).metadata.num_rows
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.store or Path(folder, "store.duckdb")
        options = {"every": max(1, n // arguments.new), "settings": Settings(memory_mib=arguments.memory)}
        figures: Figures = {
            "documents": n,
            "first": in_process(grow, path, arguments.corpus, new=False, **options),
            "bytes_a_document": in_process(sizes, path),
            "growth": in_process(grow, path, arguments.corpus, new=True, **options),
            "bytes_a_document_after": in_process(sizes, path),
        }
        if arguments.check:
            whole = Path(folder, "whole.duckdb")
            in_process(grow, whole, arguments.corpus, new=None, **options)
            figures["same_pairs"] = pairs_of(path) == pairs_of(whole)
    print(json.dumps(figures, indent=None if arguments.json else 1))


if __name__ == "__main__":
    main()
