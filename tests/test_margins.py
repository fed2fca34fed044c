from __future__ import annotations

import pytest
from test_extract import PROSE, read

OTHER = "The harbour master said that the ships would leave before the storm, and that nobody had been told of it."
STORY = f"<p>{PROSE}</p><p>{OTHER}</p><p>{PROSE} Then it rained.</p>"
TOLD = [PROSE, OTHER, f"{PROSE} Then it rained."]
APPEAL = "We write without fear and need you for it; a little every month keeps this paper on its feet for years."


def lines(body: str) -> list[str]:
    return str(read(body)["page_text"]).split("\n")


@pytest.mark.parametrize(
    "box",
    [
        f"<div><b>Stand by us</b><p>{APPEAL}</p></div>",
        f"<div class='who'><h3>Ann Author</h3><p>{APPEAL}</p></div>",
        "<div><h3>More</h3>"
        + "".join(f"<div><a href='/{i}'>A story of the day</a></div>" for i in range(3))
        + "</div>",
        f"<p class='has-pale-background-color has-background'>{APPEAL} {APPEAL}</p>",
    ],
)
@pytest.mark.parametrize(
    "layout",
    [
        "<article><h1>Ministers part</h1>{story}{box}</article>",
        "<article><h1>Ministers part</h1><div class='text'>{story}</div>{box}</article>",
    ],
)
def test_boxes_below_the_story_are_left_out(box: str, layout: str) -> None:
    assert lines(layout.format(story=STORY, box=box)) == TOLD


@pytest.mark.parametrize("length", [200, 201])
def test_a_single_line_in_a_box_is_kept_as_a_note_up_to_200_characters(length: int) -> None:
    note = ("This story was first told by the Herald. " * 9)[: length - 1] + "."
    read_lines = lines(f"<article><h1>Ministers part</h1><div>{STORY}</div><div class='from'>{note}</div></article>")
    assert read_lines == [*TOLD, note] if length == 200 else read_lines == TOLD


def test_paragraphs_below_the_others_are_kept_in_an_element_of_their_own_if_their_names_are_the_same() -> None:
    first, rest = STORY.replace("<p>", "<p class='body'>"), f"<p class='body'>{APPEAL}</p><p class='body'>{OTHER}!</p>"
    body = f"<article><h1>Ministers part</h1>{first * 2}<div class='pic'>{rest}</div></article>"
    assert lines(body)[-2:] == [APPEAL, f"{OTHER}!"]


def test_no_prose_follows_the_comments_but_a_note_may() -> None:
    tail = f"<div class='comments'></div><p>{APPEAL} {APPEAL}</p><p>mna/</p>"
    assert lines(f"<article><h1>Ministers part</h1>{STORY * 2}{tail}</article>") == [*TOLD, *TOLD, "mna/"]


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://www.instagram.com/harbour/", False),
        ("https://t.me/harbour", False),
        ("https://play.google.com/store/apps/details?id=test.harbour", False),
        ("https://twitter.com/minister/status/123", True),
        ("https://www.youtube.com/watch?v=1", True),
        ("https://herald.test/a", True),
        ("https://nottwitter.com/harbour", True),
        ("https://[", True),
    ],
)
def test_last_lines_that_lead_to_accounts_elsewhere_are_left_out(href: str, kept: bool) -> None:
    line = "You find all that the harbour has to say to the world <a href='{}'>over there</a>, day by day."
    read_lines = lines(f"<article><h1>Ministers part</h1>{STORY}<p>{line.format(href)}</p></article>")
    assert (len(read_lines) == len(TOLD) + 1) == kept


def test_below_the_story_a_headline_that_links_within_the_site_is_left_out_and_one_to_elsewhere_kept() -> None:
    for href, kept in (("/b/2", False), ("https://www.harbour.test/b/2", False), ("https://herald.test/b", True)):
        tail = f"<p><a href='{href}'>Another story about the grain</a></p><p>Source: Herald</p>"
        read_lines = lines(f"<article><h1>Ministers part</h1>{STORY}{tail}</article>")
        assert read_lines[-1] == "Source: Herald"
        assert (read_lines[-2] == "Another story about the grain") == kept


def test_links_that_follow_each_other_at_the_end_are_left_out_and_a_single_one_is_kept() -> None:
    tail = "<p><a href='https://x.test/1'>The table of the day</a></p>"
    assert lines(f"<article><h1>Ministers part</h1>{STORY}{tail}</article>")[len(TOLD) :] == ["The table of the day"]
    assert lines(f"<article><h1>Ministers part</h1>{STORY}{tail * 2}</article>") == TOLD


def test_a_line_that_stands_in_the_story_three_times_is_left_out_and_twice_is_kept() -> None:
    told = [f"{PROSE} Part {i}." for i in range(12)]
    for n, kept in ((2, 2), (3, 0)):
        body = "".join(f"<p>{line}</p>" + (f"<p>{OTHER}</p>" if i < n else "") for i, line in enumerate(told))
        assert lines(f"<article><h1>Ministers part</h1>{body}</article>").count(OTHER) == kept
    assert lines(f"<article><h1>Ministers part</h1>{f'<p>{PROSE}</p>' * 3}</article>") == [PROSE] * 3


def test_buttons_and_boxes_without_prose_amid_the_story_are_left_out() -> None:
    button = "<p><a href='/buy'>Order now</a></p>"
    box = "<div class='more'><b>To read on</b><div class='teaser'><a href='/b'>Another story of the day</a></div></div>"
    table = "<table><tr><td>Grain</td><td>12</td></tr></table>"
    first, *rest = (f"<p>{line}</p>" for line in TOLD)
    read_lines = lines(f"<article><h1>Ministers part</h1>{first}{button}{box}{table}{''.join(rest)}</article>")
    assert read_lines == [PROSE, "Grain", "12", *TOLD[1:]]


def test_a_story_in_several_articles_is_read_whole() -> None:
    parts = "".join(f"<article><h2>Part {i}</h2><p>{PROSE}</p></article>" for i in range(1))
    head = "<article><h1>Ministers part</h1><p>Rain and grain.</p></article>"
    read_lines = lines(f"<main>{head}{parts}<article><h2>Steps</h2><p>{OTHER * 9}</p></article></main>")
    assert read_lines == ["Rain and grain.", "Part 0", PROSE, "Steps", OTHER * 9]


def test_sections_of_one_name_of_furniture_are_the_story_if_they_hold_it_together() -> None:
    body = "".join(f"<section class='part ads' id='n{i}'><p>{PROSE} {i}</p></section>" for i in range(4))
    assert lines(f"<article><h1>Ministers part</h1><div>{body}</div></article>") == [f"{PROSE} {i}" for i in range(4)]


def test_headings_stay_that_stand_in_headers_of_their_own() -> None:
    part = f"<section><header><h2>Grain</h2></header><p>{OTHER}</p></section>"
    assert lines(f"<article><h1>Ministers part</h1><p>{PROSE}</p>{part}</article>") == [PROSE, "Grain", OTHER]


def test_a_lead_in_furniture_between_headline_and_story_is_kept_and_a_caption_is_not() -> None:
    for name, kept in (("teaser", True), ("caption", False)):
        body = f"<article><h1>Ministers part</h1><div class='{name}'>{OTHER}</div>{STORY}</article>"
        assert (lines(body)[0] == OTHER) == kept


def test_soft_hyphens_are_no_part_of_words() -> None:
    assert lines("<h1>Ministers part</h1>" + STORY.replace("harbour", "har&shy;bour")) == TOLD


@pytest.mark.parametrize(
    "card",
    [
        "<div class='c'><h3><a href='/{i}'>Rain in the hills</a></h3><p>{i} {other}</p></div>",
        "<div class='c'><a href='/{i}'><img src='{i}.jpg'>Rain in the hills for {i} days</a><p>{i} {other}</p></div>",
    ],
)
def test_three_cards_of_one_shape_are_teasers_and_two_are_not(card: str) -> None:
    for n, kept in ((2, True), (3, False)):
        row = "".join(card.format(i=i, other=OTHER) for i in range(n))
        read_lines = lines(f"<div><h1>Ministers part</h1>{STORY}<div>{row}</div><p>{APPEAL * 5}</p></div>")
        assert (f"1 {OTHER}" in read_lines) == kept
        assert [line for line in read_lines if line[0] not in "01"] == [*TOLD, APPEAL * 5]


def test_short_cards_without_a_headline_that_is_a_link_are_parts_of_the_story() -> None:
    steps = "".join(f"<div class='c'><h3>Step {i}</h3><p>{i} {OTHER}</p></div>" for i in range(3))
    assert lines(f"<article><h1>Ministers part</h1><p>{PROSE}</p>{steps}</article>")[1:3] == ["Step 0", f"0 {OTHER}"]


def test_labels_and_headlines_of_other_stories_amid_the_story_are_left_out() -> None:
    first, *rest = (f"<p>{line}</p>" for line in TOLD)
    for line, kept in (
        ("Read also: <a href='/b'>Why did the harbour close for a week?</a>", False),
        ("अन्य: <a href='/b'>Why did the harbour close for a week?</a>", False),
        ("Source: <a href='https://herald.test'>Herald</a>", True),
        ("The harbour: <a href='/b'>why it closed</a> and for how long nobody knew", True),
    ):
        read_lines = lines(f"<article><h1>Ministers part</h1>{first}<p>{line}</p>{''.join(rest)}</article>")
        assert (len(read_lines) == len(TOLD) + 1) == kept, line


@pytest.mark.parametrize(
    "box",
    [
        "<div><b>Related</b><br><a href='/b'>Another story of a long day</a></div>",
        "<div><div>What readers say</div><form><input></form></div>",
    ],
)
def test_a_heading_over_one_teaser_or_a_form_is_left_out_below_the_story(box: str) -> None:
    assert lines(f"<div><h1>Ministers part</h1><div>{STORY}<p>mna/</p></div>{box}</div>") == [*TOLD, "mna/"]


def test_a_label_over_a_link_to_elsewhere_is_kept_below_the_story() -> None:
    box = "<div><b>First published in</b><br><a href='https://herald.test/b'>The Daily Herald of the Hills</a></div>"
    read_lines = lines(f"<div><h1>Ministers part</h1><div>{STORY}</div>{box}</div>")
    assert read_lines == [*TOLD, "First published in", "The Daily Herald of the Hills"]
