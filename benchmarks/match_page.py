"""`match` of one page against a large store: seconds of a cold process, and by part.

A run of some thousand made-up documents makes a store; its tables are then filled up with rows of random keys to the
size asked for, each document with as many band keys, fingerprints and words as a real one, so that a look-up meets
tables of that size while what it finds stays known. Seeded.

    python benchmarks/match_page.py --documents 1000000 --store big.duckdb
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import polars as pl
from whole_run import make_corpus

N_PRINTS = 54
"""Fingerprints of a text of 400 words."""
FILL = """
CREATE OR REPLACE TEMP TABLE made AS
SELECT i::UINTEGER AS text_no, hash(i, 'doc') AS doc_id, hash(i, 'text') AS text_key
FROM range($first, $n) r(i);
CREATE OR REPLACE TEMP TABLE real_text AS
SELECT row_number() OVER (ORDER BY doc_id) - 1 AS place, text, n_words FROM story_text;
INSERT INTO signed_text SELECT text_no, text_key FROM made;
INSERT INTO story_text
SELECT m.doc_id, 'site' || m.text_no % 400 || '.example', t.text, t.n_words, 'article', m.text_key
FROM made m JOIN real_text t ON t.place = m.text_no % (SELECT count(*) FROM real_text);
INSERT INTO document BY NAME
SELECT doc_id, 'https://site' || text_no % 400 || '.example/made/' || text_no AS url,
       'site' || text_no % 400 || '.example/made/' || text_no AS url_key, 'site' || text_no % 400 || '.example' AS site,
       'A title of some words ' || text_no AS title, 'en' AS language, 'article' AS kind, []::VARCHAR[] AS also_at,
       TIMESTAMPTZ '2026-02-10 00:00:00+00' + INTERVAL 1 SECOND * text_no AS first_crawled_at
FROM made;
INSERT INTO publication BY NAME
SELECT doc_id, TIMESTAMPTZ '2026-02-10 00:00:00+00' + INTERVAL 1 SECOND * text_no AS published_at FROM made;
INSERT INTO story_document SELECT printf('%016x', hash(text_no // 3)), doc_id FROM made;
INSERT INTO provenance_edge BY NAME
SELECT a.doc_id, b.doc_id AS parent_id, 'copies' AS relation, 0.9 AS confidence, '[]'::JSON AS evidence
FROM made a LEFT JOIN made b ON b.text_no = a.text_no - 1 AND a.text_no % 3 > 0;
INSERT INTO claim BY NAME
SELECT doc_id, 'agency' AS kind, 'AG' || text_no % 90 AS value, 'site' || text_no % 90 || '.example' AS site FROM made;
CREATE OR REPLACE TABLE band_key AS
SELECT * FROM (
    FROM band_key
    UNION ALL
    SELECT b::UTINYINT, (hash(text_no, b) & 4294967295)::UINTEGER, text_no FROM made, range(32) r(b)
)
ORDER BY band, key, text_no;
CREATE OR REPLACE TABLE fingerprint AS
SELECT * FROM (
    FROM fingerprint
    UNION ALL
    SELECT hash(text_no, p, 'print') >> 24, text_no FROM made, range($prints) r(p)
)
ORDER BY key, text_no;
DELETE FROM meta WHERE key = 'sorted_until';
INSERT INTO meta SELECT 'sorted_until', count(*)::VARCHAR FROM signed_text;
"""


def make_store(n: int, real: int, store: Path) -> None:
    """A store of `real` documents that went through a run, filled up to `n`."""
    with tempfile.TemporaryDirectory(dir=store.parent) as folder:
        corpus = Path(folder, "corpus.parquet")
        make_corpus(real, corpus)
        command = [sys.executable, "-m", "syndetect", "run", str(corpus), "--store", str(store)]
        subprocess.run(command, check=True)
    with duckdb.connect(str(store)) as con:
        first = con.sql("SELECT max(text_no) + 1 FROM signed_text").fetchall()[0][0]
        for statement in FILL.strip().split(";\n"):
            given = {"first": first, "n": n, "prints": N_PRINTS}
            con.execute(statement, {name: value for name, value in given.items() if f"${name}" in statement})


def ask(store: Path, page: Path) -> tuple[float, float, dict[str, object]]:
    """Wall and CPU seconds of a process that matches a page, and the summary it prints."""
    command = [sys.executable, "-m", "syndetect", "match", str(page), "--store", str(store), "--json"]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall = time.perf_counter() - begin
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return wall, cpu, json.loads(done.stdout.splitlines()[0])


def main() -> None:
    """Make the store if it is not there, match pages, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--real", type=int, default=5_000)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--store", type=Path, required=True)
    arguments = parser.parse_args()
    if not arguments.store.exists():
        make_store(arguments.documents, arguments.real, arguments.store)
    with duckdb.connect(str(arguments.store), read_only=True) as con:
        texts = con.sql(
            f"SELECT text FROM story_text WHERE doc_id IN (SELECT doc_id FROM document WHERE url LIKE '%/news/%')"
            f" ORDER BY hash(doc_id) LIMIT {arguments.pages}"
        ).pl()["text"]
        n = con.sql("SELECT count(*) FROM document").fetchall()[0][0]
    walls, cpus = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            page = Path(folder, f"{number}.txt")
            page.write_text(text, encoding="utf-8")
            wall, cpu, _ = ask(arguments.store, page)
            walls.append(wall)
            cpus.append(cpu)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, polars {pl.__version__}")
    print(f"{n:,} documents; {len(walls)} cold processes")
    print(f"wall: median {statistics.median(walls):.2f} s, most {max(walls):.2f} s")
    print(f"CPU:  median {statistics.median(cpus):.2f} s, most {max(cpus):.2f} s")


if __name__ == "__main__":
    main()
