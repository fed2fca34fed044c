"""What a lexicon learnt from translated documents holds on others, by the number of stories, and how fast it is.

    python benchmarks/lexicon.py DOCUMENTS.jsonl.gz [--languages ar,he,ko,...]

DOCUMENTS has a line a document and language: language (ISO 639-3, maybe with a script), document, sentences. Documents
are split by every second; words are learnt on the first half, in stories of one part or two parts of a document, and
marked on the second. For each language a line a number of stories:

  entries   words that got a counterpart
  marks     learnt anchors a page (each key once)
  held      share of them that the English page of the same document has too
  chance    share that the English page of another document has
  shuffled  entries that the same pages give when each is put beside the English page of another story
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import polars as pl
from anchor_worlds import Documents, read_documents

from syndetect.anchors import learnt_anchors, lexicon
from syndetect.schema import ID

LANGUAGES = "fa,fi,he,hi,hu,ja,ko,ru,th,tr,zh"
STORIES = (6, 8, 15, 30, 50)
PAGE: dict[str, pl.DataType] = {"doc_id": ID, "language": pl.String(), "story_text": pl.String()}
Parts = list[tuple[str, int, int]]


def parts_of(documents: Documents) -> Parts:
    """Document, first and last sentence of each story: halves of the longer ones."""
    found: Parts = []
    for name, texts in documents.items():
        n = len(texts["en"][0])
        found += [(name, 0, n)] if n < 14 else [(name, 0, n // 2), (name, n // 2, n)]
    return found


def pages(documents: Documents, parts: Parts, language: str, first_id: int) -> pl.DataFrame:
    """A page a part."""
    texts = ["\n".join(documents[name][language][0][a:b]) for name, a, b in parts]
    rows = {"doc_id": range(first_id, first_id + len(parts)), "language": [language] * len(parts), "story_text": texts}
    return pl.DataFrame(rows, schema=PAGE)


def learn(documents: Documents, parts: Parts, language: str, *, shuffled: bool = False) -> pl.DataFrame:
    """The lexicon of English and a language; shuffled, no two stories of one document meet two of one other."""
    english, other = pages(documents, parts, "en", 1), pages(documents, parts, language, 1001)
    n = len(parts)
    pairs = {
        "left_id": range(1, n + 1),
        "right_id": [1001 + (17 * i + 3) % n if shuffled else 1001 + i for i in range(n)],
    }
    both = pl.DataFrame(pairs, schema={"left_id": ID, "right_id": ID})
    return lexicon.learn(both, pl.concat([english, other]))


def held(documents: Documents, parts: Parts, language: str, entries: pl.DataFrame) -> tuple[float, float, float]:
    """Marks a page, the share the English page beside it has, and the share that another has."""
    here = learnt_anchors(pages(documents, parts, language, 0), entries).unique(["doc_id", "key"])
    there = learnt_anchors(pages(documents, parts, "en", 0), entries).unique(["doc_id", "key"])
    both = here.join(there, on=["doc_id", "key"], how="semi").height
    turned = there.with_columns((pl.col("doc_id") + 2) % len(parts))
    other = here.join(turned, on=["doc_id", "key"], how="semi").height
    return here.height / len(parts), both / max(1, here.height), other / max(1, here.height)


def main() -> None:
    """Print what each language reaches, and the speed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--languages", default=LANGUAGES)
    options = parser.parse_args()
    documents = read_documents(options.documents)
    seen = parts_of({name: texts for i, (name, texts) in enumerate(documents.items()) if i % 2 == 0})
    unseen = parts_of({name: texts for i, (name, texts) in enumerate(documents.items()) if i % 2 == 1})
    print(f"{'':8}{'stories':>8}{'entries':>9}{'marks':>8}{'held':>8}{'chance':>8}{'shuffled':>9}")
    for language in options.languages.split(","):
        for n in STORIES:
            chosen = seen[:n]
            entries = learn(documents, chosen, language)
            marks, same, chance = held(documents, unseen, language, entries)
            words = entries.filter(pl.col("language") == language).height
            wrong = learn(documents, chosen, language, shuffled=True).filter(pl.col("language") == language).height
            line = f"{language:8}{len(chosen):8}{words:9}{marks:8.1f}{same:8.3f}{chance:8.3f}{wrong:9}"
            print(line, flush=True)
    languages = options.languages.split(",")
    texts = pl.concat([pages(documents, seen + unseen, language, 0) for language in ["en", *languages]] * 4)
    started = time.process_time()
    learnt_anchors(texts, entries)
    size = float(texts["story_text"].str.len_bytes().sum()) / 2000
    print(f"marked: {size / (time.process_time() - started):.0f} pages of 2 kB a CPU second")


if __name__ == "__main__":
    main()
