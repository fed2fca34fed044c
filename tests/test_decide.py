"""Translation, unsure, different: what a pair across languages is told to be, and why."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from conftest import ROOT

from syndetect.anchors import kinds
from syndetect.anchors.decide import (
    FEW,
    LEAST_ANCHORS,
    SAME_EVENT,
    SHARED,
    SHARED_WORDS,
    SHORT,
    SHORT_LETTERS,
    SHORT_LOGITS,
    SHORT_SENTENCES,
    TIES,
    decide,
    is_short,
    share_kinds,
)
from syndetect.anchors.features import COUNTS
from syndetect.anchors.link import CUT
from syndetect.schema import JUDGED_PAIR


def told(
    score: float,
    *,
    shared: int = 9,
    words: int = 0,
    short: bool = False,
    tied: bool = False,
    vouched: bool = False,
    event: bool = False,
    nearness: float = 0.0,
) -> pl.DataFrame:
    counts = np.zeros((1, COUNTS), np.int64)
    counts[0, SHARED], counts[0, SHARED_WORDS] = shared + words, words
    pair = pl.DataFrame({"left_id": [1], "right_id": [2]}, schema={"left_id": pl.UInt64, "right_id": pl.UInt64})
    return decide(
        pair,
        scores=np.array([score]),
        counts=counts,
        length_ratio=np.array([1.25]),
        backing=np.array([0.0]),
        short=np.array([short]),
        tied=np.array([tied]),
        vouched=np.array([vouched]),
        same_event=np.array([event]),
        nearness=np.array([nearness]) if nearness else None,
    )


@pytest.mark.parametrize(
    ("score", "options", "judgement", "relation", "reason"),
    [
        (0.0, {}, "same", "translation", None),
        (-0.1, {}, "unsure", None, None),
        (-2.1, {}, "unsure", None, None),
        (-2.3, {}, "different", None, None),
        (-2.3, {"event": True}, "different", None, SAME_EVENT),
        (-2.1, {"event": True}, "unsure", None, None),
        (3.0, {"event": True}, "same", "translation", None),
        (SHORT_LOGITS, {"short": True}, "same", "translation", None),
        (SHORT_LOGITS - 0.1, {"short": True}, "unsure", None, SHORT),
        (SHORT_LOGITS - 0.1, {"short": True, "tied": True}, "same", "translation", None),
        (SHORT_LOGITS + 1.0, {"short": True, "nearness": 1.0}, "same", "translation", None),
        (SHORT_LOGITS + 0.9, {"short": True, "nearness": 1.0}, "unsure", None, SHORT),
        (-3.0, {"short": True}, "different", None, None),
        (3.0, {"shared": LEAST_ANCHORS}, "same", "translation", None),
        (0.1, {"shared": LEAST_ANCHORS - 1, "vouched": True}, "same", "translation", None),
        (-0.1, {"shared": LEAST_ANCHORS - 1, "vouched": True}, "unsure", None, None),
        (3.0, {"shared": LEAST_ANCHORS - 1}, "unsure", None, FEW),
        (3.0, {"shared": LEAST_ANCHORS - 1, "tied": True}, "unsure", None, FEW),
        (3.0, {"shared": LEAST_ANCHORS, "words": 20}, "same", "translation", None),
        (3.0, {"shared": LEAST_ANCHORS - 1, "words": 20}, "unsure", None, FEW),
    ],
)
def test_a_pair_is_told_with_its_reason(
    score: float, options: dict[str, bool], judgement: str, relation: str | None, reason: str | None
) -> None:
    found = told(score, **options)
    assert found.schema == JUDGED_PAIR
    row = found.row(0, named=True)
    evidence = json.loads(row["evidence"])
    assert (row["judgement"], row["relation"], evidence.get("reason")) == (judgement, relation, reason)
    assert evidence["score"] == score
    assert evidence["length_ratio"] == 1.25
    assert evidence.get("words_shared", 0) == options.get("words", 0)


def test_short_is_few_sentences_and_few_letters() -> None:
    sentences = np.array([SHORT_SENTENCES - 1, SHORT_SENTENCES, 1, 1])
    letters = np.array([300.0, 300.0, SHORT_LETTERS, SHORT_LETTERS - 1])
    assert is_short(sentences, letters).tolist() == [True, False, False, True]


def test_a_tie_is_a_date_or_a_link_in_common_not_a_name() -> None:
    pairs = pl.DataFrame({"left_id": [1, 1, 1], "right_id": [2, 3, 4]})
    anchors = pl.DataFrame(
        {
            "doc_id": [1, 1, 1, 2, 3, 4],
            "key": [10, 20, 30, 10, 30, 20],
            "kind": [kinds.DATE, kinds.LINK, kinds.NAME, kinds.DATE, kinds.NAME, kinds.LINK],
        }
    )
    assert share_kinds(pairs, anchors, TIES).tolist() == [True, False, True]


@pytest.mark.parametrize("reason", [FEW, SHORT, SAME_EVENT, CUT])
def test_every_reason_stands_in_the_docs_as_it_is_given(reason: str) -> None:
    assert f"| {reason} |" in (ROOT / "docs" / "translations.md").read_text(encoding="utf-8")
