"""The whole run over synthetic English documents: documents a second, CPU seconds by stage, peak memory.

The documents are made of a Zipf-like vocabulary with names, numbers and dates, 400 words each in lines of a few
sentences; 30% are copies of an earlier one: exact, cut, sentences dropped, 2-15% of words changed. Seeded.

    python benchmarks/whole_run.py --documents 20000
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

FREQUENT = (
    "the of and to in a that is was for on with as it by at from be has are have had not this but they which were an "
    "their said will would more its after been one all about when there who than two what also over new first could "
    "other some into only last year years most people time up out them no can if before so three any where between"
).split()
STEMS = (
    "minister council report market river station office school company region season border water bridge hospital "
    "worker price budget election court police farmer village harbour engine energy league player coach museum record "
    "storm flood repair contract union strike meeting official resident researcher study patient vaccine laboratory "
    "island forest mountain railway tunnel airport ticket passenger driver traffic vehicle factory product customer "
    "bank credit payment loan interest account investor share profit loss growth export import tariff agreement treaty "
    "law bill vote member party leader campaign speech debate question answer plan project building street city town "
    "capital province country nation people family child parent teacher student university course exam degree book"
).split()
ENDINGS = ["", "s", "ed", "ing", "er", "al", "ly", "ment", "ist", "less", "ness", "able"]
SYLLABLES = ["Bar", "kel", "Mor", "ten", "Hol", "wick", "Ash", "ford", "Gran", "ley", "Port", "ham", "Wes", "dale"]
START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def vocabulary(generator: np.random.Generator) -> list[str]:
    """English words, the most frequent first, then some thousand names of places and people."""
    derived = [stem + ending for ending in ENDINGS for stem in STEMS]
    names = ["".join(generator.choice(SYLLABLES, 3)).capitalize() for _ in range(4_000)]
    return list(dict.fromkeys([*FREQUENT, *derived, *names]))


def sentences_of(words: list[str], ids: np.ndarray, generator: np.random.Generator) -> list[str]:
    """Sentences of 8 to 30 words, every third with a number or a date at its end."""
    cuts = np.cumsum(generator.integers(8, 31, len(ids) // 8))
    found = []
    for part in np.split(ids, cuts[cuts < len(ids)]):
        picked = [words[i] for i in part]
        kind = generator.integers(6)
        if kind == 0:
            picked.append(str(generator.integers(2, 99_000)))
        elif kind == 1:
            picked.append(f"on {generator.integers(1, 29)} March 2026")
        found.append(" ".join(picked).capitalize() + ".")
    return found


def copy_of(text: str, words: list[str], generator: np.random.Generator) -> str:
    """Another edition of a text: the same, cut, sentences dropped, or 2-15% of its words changed."""
    lines = text.split("\n")
    how = generator.integers(4)
    if how == 0:
        return text
    if how == 1:
        return "\n".join(lines[: max(2, int(len(lines) * generator.uniform(0.4, 0.9)))])
    if how == 2:
        return "\n".join(line for line in lines if generator.random() > 0.15) or text
    share, tokens = generator.uniform(0.02, 0.15), text.split(" ")
    for at in np.flatnonzero(generator.random(len(tokens)) < share):
        tokens[at] = words[generator.integers(len(words))]
    return " ".join(tokens)


def make_corpus(n: int, path: Path, *, seed: int = 11, n_sites: int = 400) -> None:
    """Write `n` documents of some 400 words as Parquet: url, text, title, published, crawled_at."""
    generator = np.random.default_rng(seed)
    words = vocabulary(generator)
    shares = np.cumsum(1 / np.arange(4, len(words) + 4) ** 0.95)
    ids = np.searchsorted(shares / shares[-1], generator.random((n, 400)))
    texts: list[str] = []
    for row in ids:
        if texts and generator.random() < 0.3:
            texts.append(copy_of(texts[generator.integers(len(texts))], words, generator))
            continue
        sentences = sentences_of(words, row, generator)
        texts.append("\n".join(" ".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2)))
    minutes = np.sort(generator.integers(0, 30 * 24 * 60, n))
    when = [START + dt.timedelta(minutes=int(m)) for m in minutes]
    sites = generator.integers(0, n_sites, n)
    pl.DataFrame(
        {
            "url": [f"https://site{site}.example/news/{i}" for i, site in enumerate(sites)],
            "text": texts,
            "title": [" ".join(words[i] for i in row[:9]).capitalize() for row in ids[:, ::-1]],
            "published": [moment.isoformat() for moment in when],
            "crawled_at": [moment + dt.timedelta(hours=5) for moment in when],
        }
    ).write_parquet(path)


def main() -> None:
    """Make the corpus, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus, store = Path(folder, "corpus.parquet"), Path(folder, "store.duckdb")
        make_corpus(arguments.documents, corpus)
        command = [sys.executable, "-m", "syndetect", "run", str(corpus), "--store", str(store), "--json"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        report = json.loads(done.stdout)
    wall, cpu = (sum(stage[name] for stage in report["stages"]) for name in ("wall_s", "cpu_s"))
    figures = {
        "documents": arguments.documents, "documents_per_s": round(arguments.documents / wall),
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1), "peak_rss_mib": report["peak_rss_mib"], "cores": os.cpu_count(),
        "machine": platform.processor() or platform.machine(), "python": platform.python_version(),
    }  # fmt: skip
    if arguments.json:
        print(json.dumps({**figures, "stages": report["stages"]}))
        return
    for name, value in figures.items():
        print(f"{name:<16} {value}")
    for stage in report["stages"]:
        print(f"  {stage['name']:<14} {stage['n']:>9} {stage['wall_s']:>8.2f} s wall {stage['cpu_s']:>8.2f} s cpu")


if __name__ == "__main__":
    main()
