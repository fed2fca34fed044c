"""From which length on a match counts: pages with nothing in them match nothing, short copies are found."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from conftest import page, write_lines

import syndetect
from syndetect.pipeline.copies import Copies, find_copies

SCRIPTS = {
    "english": ("abcdefghiklmnoprstuvw", 3, 8, " "),
    "russian": ("абвгдежзиклмнопрстуфхцчшыьэюя", 3, 8, " "),
    "arabic": ("بتثجحخدذرزسشصضطظعغفقكلمنهوي", 3, 7, " "),
    "korean": ("".join(chr(0xAC00 + 7 * n) for n in range(400)), 2, 4, " "),
    "thai": ("กขคงจชซดตถทนบปผพฟมยรลวสหอ", 5, 5, ""),
    "chinese": ("".join(chr(0x4E00 + n) for n in range(3000)), 2, 2, ""),
}


COUNTED = {"thai": 1.2, "chinese": 1.2}
"""What five Thai letters and two Chinese characters count for, in words."""


class Writer:
    """Made-up words of a script, as many as count for so many words."""

    def __init__(self, script: str) -> None:
        self.letters, self.least, self.most, self.between = SCRIPTS[script]
        self.chosen, self.counted = random.Random(script), COUNTED.get(script, 1)

    def words(self, n: int) -> list[str]:
        lengths = (self.chosen.randint(self.least, self.most) for _ in range(round(n / self.counted)))
        return ["".join(self.chosen.choices(self.letters, k=length)) for length in lengths]

    def text(self, *parts: list[str]) -> str:
        return self.between.join(word for part in parts for word in part)


def judgements(texts: list[str]) -> Counter[str]:
    """What is said of texts 0 and 1, 2 and 3, ...; nothing is said of pairs that were not compared."""
    found: Copies = find_copies(pl.DataFrame({"text": texts}))
    mates = found.pairs.filter(pl.col("left") // 2 == pl.col("right") // 2)
    return Counter(mates["judgement"].to_list())


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("n", [25, 35, 50])
def test_short_pages_with_one_word_changed_are_copies(script: str, n: int) -> None:
    writer, texts = Writer(script), []
    for _ in range(100):
        words = writer.words(n)
        changed = [*words]
        changed[writer.chosen.randrange(len(words))] = writer.words(1)[0]
        texts += [writer.text(words), writer.text(changed)]
    found = judgements(texts)
    assert set(found) == {"same"}
    assert found["same"] >= 98


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(
    ("n", "stock", "said"), [(25, 12, {"different"}), (25, 15, {"different", "unsure"}), (40, 26, {"unsure"})]
)
def test_short_pages_that_share_a_stock_sentence_are_not_the_same(
    script: str, n: int, stock: int, said: set[str]
) -> None:
    writer, texts = Writer(script), []
    for _ in range(50):
        sentence = writer.words(stock)
        texts += [writer.text(writer.words(n - stock), sentence) for _ in range(2)]
    found = judgements(texts)
    assert found
    assert set(found) <= said


@pytest.mark.parametrize("script", SCRIPTS)
def test_under_twenty_words_equal_texts_are_not_compared_and_from_twenty_on_they_are(script: str) -> None:
    writer = Writer(script)
    short, long = (writer.text(writer.words(n)) for n in (18, 22))
    assert judgements([short, short, long, long]) == {"same": 1}


@pytest.mark.parametrize(
    "empty",
    [
        ("", ""), ("", "."), (" \n ", "\u200b" * 40), ("... -- !?" * 40, "... -- !?" * 40), ("buy " * 30, "buy " * 40),
        ("read more here " * 20, "read more here " * 20), ("กรุณารอ" * 30, "กรุณารอ" * 40), ("加载" * 50, "加载" * 60),
    ],
)  # fmt: skip
def test_pages_with_nothing_in_them_match_nothing(empty: tuple[str, str], tmp_path: Path) -> None:
    assert judgements(list(empty)) == {}
    run_on(tmp_path, [f"https://{site}.example/a" for site in "ab"], empty)
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        assert archive.pairs().is_empty()
        assert archive.stories().is_empty()


def run_on(folder: Path, urls: list[str], texts: tuple[str, ...]) -> None:
    records = [
        page(n, url=url, text=text, title=f"T {n}") for n, (url, text) in enumerate(zip(urls, texts, strict=True))
    ]
    syndetect.run([str(write_lines(folder / "d.jsonl", *records))], store=folder / "s.duckdb")


def sentences(n: int, words: int) -> str:
    """Text `n` of two sentences and a half, whose words stand in no other text."""
    made = [f"town{n}word{i}" for i in range(words)]
    made[words // 3] += "."
    made[2 * words // 3] += "."
    return " ".join(made) + "."


FOOTER = "\n".join(f"furniture{n} " + " ".join(f"line{n}part{i}" for i in range(14)) for n in range(5))
LONG_LINE = " ".join(f"legal{n}" for n in range(60))


@pytest.mark.parametrize(("own", "footer", "n_pages"), [(30, FOOTER, 3), (30, LONG_LINE, 9), (80, LONG_LINE, 3)])
def test_pages_of_a_site_with_the_same_long_footer_share_nothing(
    own: int, footer: str, n_pages: int, tmp_path: Path
) -> None:
    texts = [f"{sentences(n, own)}\n{footer}" for n in range(n_pages)]
    run_on(tmp_path, [f"https://one.example/{n:02}" for n in range(n_pages + 2)], (*texts, footer, footer + "\nx"))
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        pairs = archive.pairs()
        kept = archive.documents().sort("url")["text"].to_list()
    assert kept[:n_pages] == [sentences(n, own) for n in range(n_pages)]
    assert pairs.filter(pl.col("judgement") == "same").is_empty()


def test_of_two_pages_no_footer_can_be_learnt_and_forty_words_of_it_are_a_match(tmp_path: Path) -> None:
    footers = (LONG_LINE, " ".join(LONG_LINE.split()[:39]))
    said = []
    for n, footer in enumerate(footers):
        folder = tmp_path / str(n)
        folder.mkdir()
        run_on(
            folder,
            [f"https://one.example/{i}" for i in range(2)],
            tuple(f"{sentences(i, 80)}\n{footer}" for i in (0, 1)),
        )
        with syndetect.open(folder / "s.duckdb") as archive:
            said += archive.pairs()["judgement"].to_list()
    assert said == ["same", "unsure"]


def test_in_a_crawl_a_text_counts_from_31_words_on_and_with_three_sentences_from_20(tmp_path: Path) -> None:
    texts = {
        "20 words, three sentences": sentences(1, 20), "19 words, three sentences": sentences(2, 19),
        "31 words": sentences(3, 31).replace(".", ""), "30 words": sentences(4, 30).replace(".", ""),
    }  # fmt: skip
    urls = [f"https://{site}.example/{n}" for n in range(len(texts)) for site in "ab"]
    run_on(tmp_path, urls, tuple(text for text in texts.values() for _ in "ab"))
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        matched = {int(url.rsplit("/", 1)[1]) for url in archive.pairs()["left_url"]}
    assert [name for n, name in enumerate(texts) if n in matched] == ["20 words, three sentences", "31 words"]
