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

SYLLABLES = ["ba", "ko", "ri", "ten", "mu", "sal", "ve", "dor", "lin", "ga", "pes", "tu", "hal", "no", "mer", "qui"]
START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def vocabulary(n: int, generator: np.random.Generator) -> list[str]:
    """Words of two to four syllables, each once."""
    words: dict[str, None] = {}
    while len(words) < n:
        words["".join(generator.choice(SYLLABLES, generator.integers(2, 5)))] = None
    return list(words)


def sentence(words: list[str], shares: np.ndarray, generator: np.random.Generator) -> str:
    """A sentence of 8 to 30 words, with a name, a number or a date now and then."""
    picked = [words[i] for i in generator.choice(len(words), generator.integers(8, 31), p=shares)]
    kind = generator.integers(4)
    if kind == 0:
        picked[len(picked) // 2] = picked[len(picked) // 2].title() + " " + picked[0].title()
    elif kind == 1:
        picked[-1] = str(generator.integers(2, 99_000))
    elif kind == 2:
        picked[-1] = f"on {generator.integers(1, 29)} March 2026"
    return " ".join(picked).capitalize() + "."


def copy_of(text: str, words: list[str], generator: np.random.Generator) -> str:
    """Another edition of a text."""
    lines = text.split("\n")
    how = generator.integers(4)
    if how == 0:
        return text
    if how == 1:
        return "\n".join(lines[: max(2, int(len(lines) * generator.uniform(0.4, 0.9)))])
    if how == 2:
        return "\n".join(line for line in lines if generator.random() > 0.15) or text
    share = generator.uniform(0.02, 0.15)

    def edit(word: str) -> str:
        return words[generator.integers(len(words))] if generator.random() < share else word

    return "\n".join(" ".join(edit(word) for word in line.split(" ")) for line in lines)


def make_corpus(n: int, path: Path, *, seed: int = 11, n_sites: int = 400) -> None:
    """Write `n` documents of some 400 words as Parquet: url, text, title, published, crawled_at."""
    generator = np.random.default_rng(seed)
    words = vocabulary(30_000, generator)
    shares = 1 / np.arange(10, len(words) + 10) ** 0.9
    shares /= shares.sum()
    texts: list[str] = []
    for _ in range(n):
        if texts and generator.random() < 0.3:
            texts.append(copy_of(texts[generator.integers(len(texts))], words, generator))
            continue
        sentences: list[str] = []
        while sum(map(len, sentences)) < 2_600:
            sentences.append(sentence(words, shares, generator))
        texts.append("\n".join(" ".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2)))
    minutes = np.sort(generator.integers(0, 30 * 24 * 60, n))
    when = [START + dt.timedelta(minutes=int(m)) for m in minutes]
    sites = generator.integers(0, n_sites, n)
    pl.DataFrame(
        {
            "url": [f"https://site{site}.example/news/{i}" for i, site in enumerate(sites)],
            "text": texts,
            "title": [text.split(".")[0][:80] for text in texts],
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
        "documents": arguments.documents, "documents_per_s": round(arguments.documents / wall), "wall_s": round(wall, 1),
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
