"""Kinds of pages, in many languages."""

from __future__ import annotations

from collections import Counter

import pytest
from kind_pages import KINDS, kind_pages

from syndetect.extract.kinds import Signs, kind_of, n_words
from syndetect.extract.page import read_page

PAGES = kind_pages()


def text_of(words: int) -> str:
    return (
        ". ".join(["One two three four five six seven eight nine ten"] * (words // 10)) + "." + "\nmore" * (words % 10)
    )


def kind_found(name: str, html: str) -> str:
    url = "https://harbour24.test/?s=bridge" if name == "search" else "https://harbour24.test/news/77"
    return read_page(html.encode(), url, "utf-8").kind


@pytest.mark.parametrize("name", [name for _, name, _ in KINDS])
def test_a_page_is_told_for_what_it_is_in_every_language(name: str) -> None:
    wrong = [(code, found) for kind, n, code, html in PAGES if n == name and (found := kind_found(n, html)) != kind]
    # Three short sentences above a field for a password may be a flash on a site with one: kept, for an article lost is
    # worse than a wall kept.
    assert all(found == "article" for _, found in wrong)
    assert len(wrong) <= (3 if name in ("log in", "walled") else 0)


def test_no_article_is_lost_among_them_and_all_kinds_are_there() -> None:
    counts = Counter(kind for kind, *_ in PAGES)
    assert set(counts) == {"article", "digest", "list", "wall", "error", "other"}
    assert counts["article"] >= 40


def test_words_of_korean_are_those_between_spaces() -> None:
    assert n_words("시의회는 화요일 결정했다") == 3
    assert n_words("市议会周二决定") == 1 + 3


@pytest.mark.parametrize(("words", "kind"), [(120, "wall"), (121, "article")])
def test_a_locked_text_is_a_wall_up_to_the_length_of_a_teaser(words: int, kind: str) -> None:
    text = "\n".join(
        [". ".join(["One two three four five six seven eight nine ten"] * (words // 10)) + "."]
        + ["more"] * (words % 10)
    )
    assert kind_of(text, title="A headline", signs=Signs(is_locked=True)) == kind


@pytest.mark.parametrize(("words", "kind"), [(150, "error"), (151, "article")])
def test_a_page_called_missing_is_an_error_up_to_a_length(words: int, kind: str) -> None:
    text = "\n".join(
        [". ".join(["One two three four five six seven eight nine ten"] * (words // 10)) + "."]
        + ["more"] * (words % 10)
    )
    assert kind_of(text, title="Page not found") == kind


def test_numbers_that_are_no_status_make_no_error() -> None:
    text = "Prices rose again in the harbour on Tuesday, the council said.\nNobody was hurt. The ferries sail."
    for title in ("Shares rise by 404%", "The 1,404 islands", "Army kills 500 in raid on the old harbour"):
        assert kind_of(text, title=title) != "error"
