"""How many words a character of a script without spaces counts for, and how often unrelated texts share shingles.

    python benchmarks/script_words.py PARALLEL.jsonl.gz

reads documents that stand in all languages (a line a document: language, document, sentences), and prints for each
script characters and words, and the figure that makes its words as many as those of the same documents in English,
German and Russian; then the share of shingles that another document of the language has too, at several widths.
`syndetect.text.folding.single_weights` holds the figures.
"""

from __future__ import annotations

import gzip
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import orjson

from syndetect.text import SINGLE, fold_table
from syndetect.text.folding import SEPARATOR, SKIP

SPACED = ("eng-US", "deu", "rus")
HAN, KANA = ("zho-CN", "zho-TW", "yue"), "jpn"
OTHERS = ("tha", "lao", "khm", "mya")
WIDTHS = (5, 8, 12, 16)


def words_of(text: str) -> list[int | str]:
    """The words of a text: a number for a one-character word."""
    words: list[int | str] = []
    word = ""
    points = np.frombuffer(f"{text} ".encode("utf-32-le"), np.uint32)
    for value in fold_table()[np.minimum(points, len(fold_table()) - 1)].tolist():
        if value == SKIP:
            continue
        if SEPARATOR < value < SINGLE:
            word += chr(value)
            continue
        words += [word] if word else []
        words += [value & ~SINGLE] if value >= SINGLE else []
        word = ""
    return words


def shared(texts: list[list[int | str]], width: int) -> float:
    """The share of shingles that another document has too."""
    sets = [{tuple(words[at : at + width]) for at in range(len(words) - width + 1)} for words in texts]
    seen = Counter(shingle for one in sets for shingle in one)
    return sum(seen[shingle] > 1 for one in sets for shingle in one) / sum(map(len, sets))


def main(path: Path) -> None:
    """Print both tables."""
    wanted = {*SPACED, *HAN, KANA, *OTHERS}
    texts: dict[str, list[list[int | str]]] = {language: [] for language in wanted}
    with gzip.open(path) as lines:
        for line in lines:
            row = orjson.loads(line)
            if row["language"] in wanted:
                texts[row["language"]].append(words_of("\n".join(row["sentences"])))
    n_words = sum(len(words) for language in SPACED for words in texts[language]) / len(SPACED)
    han_figures: list[float] = []
    for language in (*HAN, KANA, *OTHERS):
        all_words = [word for words in texts[language] for word in words]
        singles = [word for word in all_words if isinstance(word, int)]
        rest = n_words - (len(all_words) - len(singles))
        if language == KANA:
            n_kana = sum(0x3031 <= word < 0x3400 for word in singles)
            rest -= float(np.mean(han_figures)) * (len(singles) - n_kana)
            singles = singles[:n_kana]
        figure = rest / len(singles)
        han_figures += [figure] if language in HAN else []
        print(f"{language:8} {len(singles):7} characters for {rest:8.0f} words: {figure:.3f}")
    for language in (*SPACED, *HAN, KANA, *OTHERS):
        shares = "  ".join(f"{width}: {shared(texts[language], width):.4f}" for width in WIDTHS)
        print(f"{language:8} shingles that another document has too, by width  {shares}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
