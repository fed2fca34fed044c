"""One tool over one corpus in a process of its own: pairs to Parquet, what it cost as a line of JSON on stdout.

    taskset -c 0 python benchmarks/copies_tools.py datasketch corpus.parquet --out build/datasketch

Every tool starts from the same Parquet and ends with its pairs in memory: word 5-shingles of lower-case text, for the
peers 128 permutations in 16 bands of 8 rows, each used the fastest way it documents. Peers are installed in another
environment than syndetect, so nothing but polars is imported before it is known which tool is asked for. The caller
pins the process to cores and limits thread pools, before Python starts and makes any.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

N_PERMUTATIONS, N_BANDS, N_ROWS = 128, 16, 8
BATCH = 2_000
"""Texts handed over at a time: shingles as Python strings take 50 kB a text."""
ROW_GROUP = 20_000
Frames = dict[str, pl.DataFrame]


def pairs_frame(left: list[int], right: list[int]) -> Frames:
    """Pairs of row numbers, the smaller one left, each once."""
    given = pl.DataFrame({"left": left, "right": right}, schema={"left": pl.UInt32, "right": pl.UInt32})
    return {"pairs": given.unique(maintain_order=False)}


def batches_of(path: Path) -> Iterator[list[str]]:
    """The texts of a corpus, `BATCH` at a time; a row group of it is held."""
    texts = pl.scan_parquet(path).select("text")
    n_texts = pl.scan_parquet(path).select(pl.len()).collect().item()
    for start in range(0, n_texts, ROW_GROUP):
        for part in texts.slice(start, ROW_GROUP).collect().iter_slices(BATCH):
            yield part["text"].to_list()


def shingles(text: str) -> list[str]:
    """Word 5-shingles of one text."""
    words = text.lower().split()
    return list(map(" ".join, zip(words, words[1:], words[2:], words[3:], words[4:], strict=False)))


def run_datasketch(path: Path, cores: int) -> Frames:
    """MinHash.generator, which reuses the permutations, and MinHashLSH; each text is asked for before it is added."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=N_PERMUTATIONS, params=(N_BANDS, N_ROWS))
    left: list[int] = []
    right: list[int] = []
    sets = ([shingle.encode() for shingle in shingles(text)] for texts in batches_of(path) for text in texts)
    for row, signature in enumerate(MinHash.generator(sets, num_perm=N_PERMUTATIONS)):
        found = index.query(signature)
        index.insert(row, signature, check_duplication=False)
        left.extend(found)
        right.extend([row] * len(found))
    return pairs_frame(left, right)


def run_rensa(path: Path, cores: int) -> Frames:
    """Signatures in batches, inserted and asked for in batches."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(0.7, N_PERMUTATIONS, N_BANDS)
    left: list[int] = []
    right: list[int] = []
    start = 0
    for texts in batches_of(path):
        signatures = RMinHash.from_token_sets([shingles(text) for text in texts], N_PERMUTATIONS, 42)
        index.insert_many(signatures, start)
        for row, found in enumerate(index.query_all(signatures), start):
            earlier = [other for other in found if other < row]
            left.extend(earlier)
            right.extend([row] * len(earlier))
        start += len(texts)
    return pairs_frame(left, right)


def run_gaoya(path: Path, cores: int) -> Frames:
    """Shingles made in Rust; bulk calls, which also drop what the signatures put below the threshold."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32, jaccard_threshold=0.7, num_bands=N_BANDS, band_size=N_ROWS, num_hashes=N_PERMUTATIONS,
        analyzer="word", lowercase=True, ngram_range=(5, 5), id_container="smallvec",
    )  # fmt: skip
    left: list[int] = []
    right: list[int] = []
    start = 0
    for texts in batches_of(path):
        index.par_bulk_insert_docs(list(range(start, start + len(texts))), texts)
        for row, found in enumerate(index.par_bulk_query(texts), start):
            earlier = [other for other in found if other < row]
            left.extend(earlier)
            right.extend([row] * len(earlier))
        start += len(texts)
    return pairs_frame(left, right)


def run_daft(path: Path, cores: int) -> Frames:
    """The minhash expression over normalised text, bands by chunk, explode and group; pairs in polars."""
    import daft
    from daft.functions import chunk, minhash, normalize

    text = normalize(daft.col("text"), remove_punct=True, lowercase=True, white_space=True)
    signature = minhash(text, num_hashes=N_PERMUTATIONS, ngram_size=5, seed=1, hash_function="xxhash")
    bands = daft.read_parquet(str(path)).select("id", chunk(signature, N_ROWS).alias("band"))
    buckets = bands.explode("band", index_column="number").groupby("number", "band").agg(daft.col("id").list_agg())
    shared = pl.DataFrame(buckets.where(daft.col("id").list_count() > 1).select("id").to_arrow())
    rows = shared.with_columns(pl.col("id").list.sort()).unique().with_row_index("bucket").explode("id")
    pairs = rows.join(rows, on="bucket").filter(pl.col("id") < pl.col("id_right"))
    return {"pairs": pairs.select(left=pl.col("id").cast(pl.UInt32), right=pl.col("id_right").cast(pl.UInt32)).unique()}


def _run_ours(path: Path, cores: int, *, passages: bool, sites: bool = False) -> Frames:
    """`find_copies` over the Parquet."""
    from syndetect.settings import Settings

    syndetect = importlib.import_module("syndetect")
    known = {"site": "site", "published": "published"} if sites else {}
    copies = syndetect.find_copies(path, text="text", settings=Settings(threads=cores), passages=passages, **known)
    stages = [{"name": s.name, "n": s.n, "wall_s": s.wall_s, "cpu_s": s.cpu_s} for s in copies.stages]
    frames = {"pairs": copies.pairs, "groups": copies.groups, "skipped": copies.skipped}
    return {**frames, "stages": pl.DataFrame(stages)}


def run_near_duplicates(path: Path, cores: int) -> Frames:
    """Ours with the excerpt way off: near-duplicates only, as the peers."""
    return _run_ours(path, cores, passages=False)


def run_passages(path: Path, cores: int) -> Frames:
    """Ours with excerpts, shared passages and light rewrites."""
    return _run_ours(path, cores, passages=True)


def run_sites(path: Path, cores: int) -> Frames:
    """The same, told the site and the time of each page: what a site's template is can be seen only so."""
    return _run_ours(path, cores, passages=True, sites=True)


TOOLS: dict[str, tuple[str, Callable[[Path, int], Frames]]] = {
    "syndetect": ("syndetect", run_near_duplicates),
    "syndetect-passages": ("syndetect", run_passages),
    "syndetect-sites": ("syndetect", run_sites),
    "daft": ("daft", run_daft),
    "gaoya": ("gaoya", run_gaoya),
    "rensa": ("rensa", run_rensa),
    "datasketch": ("datasketch", run_datasketch),
}
"""Tool: the package it comes in, and how it is run."""


def cpu_seconds() -> float:
    """User and system time of this process and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mib() -> int:
    """The most memory this process has held.

    Linux hands the peak of `getrusage` on from the process that started this one; VmHWM begins anew.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def measure(tool: str, corpus: Path, out: Path, cores: int) -> dict[str, object]:
    """Run once over 4,000 documents, so that imports and compiling are done and memory is in use, then measure all."""
    package, run = TOOLS[tool]
    importlib.import_module(package)
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder, "few.parquet")
        pl.scan_parquet(corpus).head(4_000).collect().write_parquet(few)
        run(few, cores)
    before, cpu, wall = peak_mib(), cpu_seconds(), time.perf_counter()
    frames = run(corpus, cores)
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    peak = peak_mib()
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(out / f"{name}.parquet")
    return {
        "tool": tool, "version": importlib.metadata.version(package), "python": platform.python_version(),
        "wall_s": wall, "cpu_s": cpu, "peak_mib": peak, "start_mib": before,
    }  # fmt: skip


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pairs and other frames")
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.tool, arguments.corpus, arguments.out, len(os.sched_getaffinity(0)))))


if __name__ == "__main__":
    main()
