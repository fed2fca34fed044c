"""What the stage across languages costs: documents a second by language, and how time and memory grow with the store.

`speed` reads the anchors of 2 kB texts, language by language, on one core. `growth` says how the CPU time of the stage
grows between stores of several sizes: the exponent e of n ** e, and of (n ln n) ** e; a stage that is n log n has a
second one of 1.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import polars as pl
from cross_lingual_noise import SCRIPTS, Words, make_unrelated

from syndetect.anchors.extract import extract_anchors

BYTES = 2_000


def texts_of_size(words: dict[str, Words], n: int, seed: int) -> dict[str, pl.Series]:
    """For each language n texts of 2 kB or a few bytes more: unrelated pages, one after the other, cut anew."""
    out: dict[str, pl.Series] = {}
    for frame in make_unrelated(n * len(words) * 2, words, seed=seed):
        raw = "\n".join(frame["text"].to_list()).encode()
        parts = [raw[i : i + BYTES].decode(errors="ignore") for i in range(0, min(len(raw), n * BYTES), BYTES)]
        out.setdefault(frame["language"][0], pl.Series("story_text", parts))
    return out


def speed(words: dict[str, Words], *, n: int = 2_000, seed: int = 1, repeat: int = 3) -> list[dict[str, object]]:
    """Documents of 2 kB a second whose anchors one core reads, by language; the best of some runs, and the mean."""
    rows: list[dict[str, object]] = []
    for language, texts in texts_of_size(words, n, seed).items():
        frame = pl.DataFrame({"doc_id": range(len(texts)), "language": [language] * len(texts), "story_text": texts})
        frame = frame.with_columns(pl.col("doc_id").cast(pl.UInt64))
        extract_anchors(frame.head(10))
        spent, n_anchors = math.inf, 0
        for _ in range(repeat):
            start = time.process_time()
            n_anchors = extract_anchors(frame).height
            spent = min(spent, time.process_time() - start)
        rows.append(
            {
                "language": language,
                "script": SCRIPTS[language],
                "documents_per_s": round(len(texts) / spent),
                "anchors_a_page": n_anchors / len(texts),
            }
        )
    rows.sort(key=lambda row: float(str(row["documents_per_s"])))
    per_document = np.mean([1 / float(str(row["documents_per_s"])) for row in rows])
    rows.append({"language": "all", "script": "", "documents_per_s": round(1 / per_document), "anchors_a_page": 0.0})
    return rows


def growth(pages: Sequence[int], seconds: Sequence[float]) -> dict[str, float]:
    """The exponents that fit seconds over pages best, on logarithms; with fewer than two sizes there are none."""
    if len(pages) < 2:
        return {}
    n, spent = np.array(pages, np.float64), np.log(np.maximum(np.array(seconds, np.float64), 1e-3))
    return {
        "exponent_of_n": float(np.polyfit(np.log(n), spent, 1)[0]),
        "exponent_of_n_log_n": float(np.polyfit(np.log(n * np.log(n)), spent, 1)[0]),
    }
