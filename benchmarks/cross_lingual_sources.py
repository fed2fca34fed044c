"""Stories told in several languages, from where they lie: the sample corpus, NTREX-128 or a file -> documents.

- `sample_stories`: the stories of sample_corpus/, written by hand, each in two to eight languages; versions in one
  language that differ are kept beside each other, what a machine translated is marked.
- `read_translations`: a checkout of github.com/MicrosoftTranslator/NTREX (NTREX-128/newstest2019-ref.LANG.txt with a
  sentence a line and DOCUMENT_IDS.tsv with the document of each), or a .jsonl.gz with a row a document and language:
  `language`, `document`, `sentences`. Languages are called as the tool calls them; two regions of one language are
  two translations of one original (English of Britain and of India, Spanish of Spain and of Mexico).
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.core import get_global

SAMPLE = Path(__file__).resolve().parent.parent / "sample_corpus"
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
"""A capitalised word within a sentence."""
_NTREX_FILE = re.compile(r"newstest2019-(?:src|ref(?:-\d)?)\.([\w-]+)\.txt")


@dataclass(frozen=True)
class Text:
    """One telling of a story; the first sentence is its headline."""

    sentences: tuple[str, ...]
    machine: bool = False


Documents = dict[str, dict[str, list[Text]]]
"""Document -> language -> its texts in that language, all of one original."""


def language_code(name: str) -> str:
    """The language of a file as the tool calls it: arb -> ar, zho-CN -> zh, nob -> nb."""
    base = name.split("-", maxsplit=1)[0]
    return str(get_global("language_aliases").get(base, base)).split("_")[0]


def _add(documents: Documents, document: str, language: str, text: Text) -> None:
    versions = documents.setdefault(document, {}).setdefault(language, [])
    if text.sentences and text not in versions:
        versions.append(text)


def sample_stories(folder: Path = SAMPLE) -> Documents:
    """The stories of the sample corpus that are told in more than one language."""
    documents: Documents = {}
    for path in sorted((folder / "stories").glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        for version in raw.get("versions", {}).values():
            lines = [line.strip() for line in [version["title"], *version["text"].splitlines()]]
            text = Text(tuple(line for line in lines if line), version["made"] == "machine")
            _add(documents, raw["slug"], version["language"], text)
    return {name: texts for name, texts in documents.items() if len(texts) > 1}


def _of_checkout(folder: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Document, language and sentences of each document and file of a checkout."""
    ids = (folder / "DOCUMENT_IDS.tsv").read_text(encoding="utf-8").split("\n")
    ids = [line.split("\t")[-1].strip() for line in ids if line.strip()]
    for path in sorted((folder / "NTREX-128").glob("newstest2019-*.txt")):
        match = _NTREX_FILE.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path.name} is no newstest2019-ref.LANG.txt; take it out of {path.parent}")
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        if len(lines) != len(ids):
            raise ValueError(f"{path.name} has {len(lines)} lines, DOCUMENT_IDS.tsv {len(ids)}; fetch both anew")
        grouped: dict[str, list[str]] = {}
        for name, line in zip(ids, lines, strict=True):
            grouped.setdefault(name, []).append(line.strip())
        for name, sentences in grouped.items():
            yield name, match[1], tuple(sentences)


def _of_rows(path: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield row["document"], row["language"], tuple(row["sentences"])


def read_translations(path: Path) -> Documents:
    """Documents translated sentence by sentence, from a checkout of NTREX-128 or a file of rows.

    Raises:
        ValueError: If a file of a checkout is not what its name says, or has another number of lines than the list.
    """
    documents: Documents = {}
    for document, language, sentences in _of_checkout(path) if path.is_dir() else _of_rows(path):
        _add(documents, document, language_code(language), Text(tuple(s for s in sentences if s)))
    return dict(sorted(documents.items()))


def without(documents: Documents, names: Iterable[str]) -> Documents:
    """The documents of other names."""
    left_out = set(names)
    return {name: texts for name, texts in documents.items() if name not in left_out}


def same_event(documents: Documents) -> set[tuple[str, str]]:
    """Pairs of documents that tell of one event in words of their own, smaller name first, by their English texts."""
    english = {name: texts["en"][0].sentences for name, texts in documents.items() if texts.get("en")}
    return of_one_event(english)


def of_one_event(english: Mapping[str, Sequence[str]], *, least: int = 3, share: float = 0.2) -> set[tuple[str, str]]:
    """Pairs of documents that tell of one event, smaller name first, guessed from their sentences in English.

    They have at least so many names in common that stand in a twentieth of the documents or fewer, and these are such a
    share of the names of the one that has less. Seen in the 58 documents that weights are learnt on: 11 pairs, of which
    10 tell of one event and one of two trials in one city.
    """
    names = {
        document: {name for s in sentences for name in _NAME.findall(s)} for document, sentences in english.items()
    }
    spread = Counter(name for found in names.values() for name in found)
    rare = {name for name, n in spread.items() if n <= 1 + len(english) / 20}
    found = set()
    for a, b in itertools.combinations(sorted(names), 2):
        shared = len(names[a] & names[b] & rare)
        if shared >= max(least, share * min(len(names[a]), len(names[b]))):
            found.add((a, b))
    return found


def halves(documents: Documents) -> tuple[Documents, Documents]:
    """Every other document by name, and the rest."""
    even = {name for i, name in enumerate(sorted(documents)) if i % 2 == 0}
    return without(documents, documents.keys() - even), without(documents, even)
