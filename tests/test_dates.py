"""Which times a page states, and where: the words as they stand, best first."""

from __future__ import annotations

import pytest

from syndetect.extract.page import read_page

STORY = "".join(
    f"<p>Paragraph {i} of a report on the harbour, long enough to be read as a story and not as its frame.</p>"
    for i in range(6)
)


def times(body: str, head: str = "") -> list[tuple[str, str]]:
    html = f"<html><head><title>Harbour closed</title>{head}</head><body>{body}</body></html>"
    return read_page(html.encode(), "https://a.example/x", "utf-8").times


def article(*parts: str) -> str:
    return f"<article><h1>Harbour closed</h1>{''.join(parts)}</article>"


def test_a_marked_date_comes_before_one_in_the_story() -> None:
    told = (
        "<p>On 3 March 2026 the council met and closed the harbour, as its chairman said to the press on the day.</p>"
    )
    assert times(article(told, '<span class="itemPostDate">am 25.08.2015 22:30</span>', STORY))[0] == (
        "visible", "am 25.08.2015 22:30",
    )  # fmt: skip


def test_a_date_in_the_headline_gives_way_to_one_beside_it() -> None:
    line = "<p>von Marc | 20. Mai 2007 | Ergebnisse</p>"
    body = f"<article><h1>Results of 19.5.2007, Aalen</h1>{line}{STORY}</article>"
    assert times(body)[0] == ("visible", "20. Mai 2007")


def test_dates_of_other_pages_after_the_story_give_way() -> None:
    others = "".join(f'<div><a href="/{i}">More</a> <span class="date">0{i}/09/2019</span></div>' for i in range(1, 5))
    assert times(article("<div>27 Sep 2016</div>", STORY) + others)[0] == ("visible", "27 Sep 2016")


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("Updated: 6 March 2026, 14:05", "updated-visible"), ("Aktualisiert am 6. März 2026", "updated-visible"),
        ("آخر تحديث: 6 مارس 2026", "updated-visible"), ("更新时间：2026年3月6日", "updated-visible"),
        ("Обновлено 6 марта 2026, 14:05", "updated-visible"), ("Published: 6 March 2026", "visible"),
        ("Veröffentlicht am 6. März 2026", "visible"),
    ],
)  # fmt: skip
def test_words_before_a_date_tell_a_last_change(line: str, source: str) -> None:
    assert [found for found, _ in times(article(f"<p>{line}</p>", STORY))] == [source]


def test_a_line_with_both_gives_both() -> None:
    found = times(article("<p>Published: 5 March 2026 | Updated: 6 March 2026</p>", STORY))
    assert found == [("visible", "5 March 2026"), ("updated-visible", "6 March 2026")]


def test_a_date_in_a_sentence_at_the_end_is_one_of_the_text() -> None:
    for line in ("First published on north.example on 6 March 2026 at 09:03.", "مصدر الخبر: north.example 2026-03-06"):
        (source, _), = times(article(STORY, f"<p>{line}</p>"))  # fmt: skip
        assert source == "text"
    assert times(article(STORY, '<p class="posted-date">6 March 2026</p>'))[0][0] == "visible"


def test_a_sentence_of_the_story_states_no_time_of_the_page() -> None:
    told = "<p>The council had met on 3 March 2026.</p>"
    assert times(article("<p>Short.</p>", STORY, told, STORY)) == []


def test_last_changes_of_the_head_are_kept_apart() -> None:
    head = (
        '<meta property="og:updated_time" content="2026-03-07T10:00:00Z">'
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-03-06T09:00:00Z",'
        ' "dateModified": "2026-03-07T09:00:00Z"}</script>'
    )
    assert times(article(STORY), head) == [
        ("json-ld", "2026-03-06T09:00:00Z"), ("updated-json-ld", "2026-03-07T09:00:00Z"),
        ("updated-meta", "2026-03-07T10:00:00Z"),
    ]  # fmt: skip


def test_words_against_now_pass_as_they_stand_where_there_is_no_date() -> None:
    assert times(article("<p>By Ann Lee · 3 hours ago</p>", STORY)) == [("visible", "3 hours ago")]
    assert times(article("<p>6 марта, 14:05</p>", STORY)) == [("visible", "6 марта, 14:05")]
    dated = times(article("<p>3 hours ago</p><p>6 March 2026</p>", STORY))
    assert dated == [("visible", "6 March 2026")]


def test_a_field_of_the_pages_own_data_speaks_where_nothing_else_does() -> None:
    script = '<script>window.state = {"id": 4, "publishedDate":"2016-11-04T20:37:27Z", "n": 1}</script>'
    assert times(article(STORY), script) == [("script", "2016-11-04T20:37:27Z")]
    assert times(article("<p>6 March 2026</p>", STORY), script) == [("visible", "6 March 2026")]
    listed = "".join(f'{{"publishedDate": "2016-11-0{i}"}},' for i in range(1, 4))
    assert times(article(STORY), f"<script>x = [{listed}]</script>") == []


def test_an_item_of_any_type_tells_its_time_if_no_article_does() -> None:
    guide = '<script type="application/ld+json">{"@type": "HowTo", "datePublished": "2022-01-10T22:06:08Z"}</script>'
    comment = '<script type="application/ld+json">{"@type": "Comment", "datePublished": "2022-01-10"}</script>'
    assert times(article(STORY), guide) == [("json-ld", "2022-01-10T22:06:08Z")]
    assert times(article(STORY), comment) == []
