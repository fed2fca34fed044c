"""A comparison of two pages for people: a table of shared marks on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from syndetect.report.terminal import (
    chance,
    claim_line,
    console,
    count,
    in_line,
    interval,
    page_line,
    print_indented,
    print_trimmed,
    printable,
)

if TYPE_CHECKING:
    from rich.console import Console

    from syndetect.anchors import MissingMark, SharedMark
    from syndetect.report.comparison import Comparison
    from syndetect.report.grounds import Grounds
    from syndetect.report.languages import Marks
    from syndetect.report.pages import PageCard

MOST_SHARED, MOST_MISSING, MOST_NAMES = 60, 12, 4
"""Lines of shared marks, and of marks without a counterpart a side; how many more there are is said. Names, which a
language may write so that they are not known again, don't take the room of numbers, dates and places."""
WORDS = {"cognate": "loanword", "concept": "meaning", "learnt": "learnt word"}
"""Kinds that go by another name here."""
NAMES = ("name", "word")
"""Kinds that are missed only where a word is a name by its letters."""
SHOWN_OTHERWISE = frozenset(
    (
        "passages", "numbers_shared", "numbers_left", "numbers_right", "names_shared", "dates_shared",
        "places_shared", "in_order", "shared", "length_ratio",
        "backing", "nearness",
    )
)  # fmt: skip
"""Evidence that is told by the marks themselves."""


def print_comparison(found: Comparison) -> None:
    """Two pages side by side on stdout."""
    out = console(sys.stdout)
    for side, page in (("left ", found.left), ("right", found.right)):
        out.print(f"{side}  {page_line(page)}")
        out.print(f"       {printable(page.url)}", markup=False)
        if found.edge:
            out.print(f"       {_times_line(page)}", markup=False)
    _print_judgement(out, found)
    print_indented(out, _invisible_lines(found.invisible))
    for side, versions in found.versions.items():
        for version in versions:
            when = f" until {version.crawled_at:%Y-%m-%d %H:%M}" if version.crawled_at else ""
            kept = f"{version.kept_share:.0%} of it stand in the next"
            out.print(f"  {side} had another text{when}; {kept}", markup=False)
    if found.edge:
        edge = found.edge
        out.print(in_line(str(edge["url"])), markup=False)
        sure = chance(float(str(edge["confidence"])))
        out.print(f"  {edge['relation']} {in_line(str(edge['parent_url']))} ({sure})", markup=False)
        print_indented(out, (in_line(str(item["words"])) for item in edge["evidence"] if item.get("words")))  # type: ignore[attr-defined]
    if found.grounds is not None:
        out.print("what that counts:")
        print_indented(out, _grounds_lines(found.grounds, found))
    for passage in found.passages:
        if passage.what == "kept":
            out.print(f"[green]kept[/]        {escape(printable(passage.left))}")
            continue
        for side, text in (("left", passage.left), ("right", passage.right)):
            if text:
                out.print(f"[yellow]only {side:<6}[/] {escape(printable(text))}")
    if found.marks is not None:
        _print_marks(out, found, found.marks)
    if found.claims:
        out.print("claims:")
        print_indented(out, (f"{claim['page']:<6} {claim_line(claim)}" for claim in found.claims))


def _times_line(page: PageCard) -> str:
    """When a page can have been published, what says so, and when it was fetched first."""
    crawled = f"; first fetched {page.first_crawled_at:%Y-%m-%d %H:%M}" if page.first_crawled_at else ""
    return f"published {interval(page.bounds)} UTC, as {page.published_by or 'nothing'} says{crawled}"


def _some(words: Sequence[str], most: int) -> str:
    more = f", and {len(words) - most} more; --json has all" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def _grounds_lines(grounds: Grounds, found: Comparison) -> Iterator[str]:
    """The counts behind the evidence of an edge, a line each."""
    if grounds.n_pairs:
        yield (
            f"word pairs: {grounds.n_pairs_shared} of its {grounds.n_pairs} stand on the parent;"
            f" {grounds.n_pairs_kept} of the parent's {grounds.n_parent_pairs} stand on it"
        )
    if grounds.sentences:
        shared = [one for one in grounds.sentences if one.on_parent]
        only = [one for one in shared if not one.also_on]
        yield (
            f"sentences: {len(shared)} of {len(grounds.sentences)} stand on the parent word for word, {len(only)} of"
            " these on no other page of the story in this language"
        )
        for one in grounds.sentences:
            if not one.on_parent:
                yield f"  not there: {in_line(one.text)}"
        elsewhere = Counter(_some([in_line(url) for url in one.also_on], MOST_NAMES) for one in shared if one.also_on)
        for pages, n in elsewhere.most_common():
            yield f"  {n} of them also on {pages}"
    if grounds.shared_words:
        words = _some([in_line(word) for word in grounds.shared_words], MOST_SHARED)
        yield f"words on both, letter by letter: {words}"
        yield "  (left over are those that its own language does not use in other stories)"
    numbers = [found.evidence.get(f"numbers_{name}") for name in ("shared", "left", "right")]
    if numbers[0] is not None:
        yield f"numbers, as the run counted them: {numbers[0]} shared, of {numbers[1]} left and {numbers[2]} right"
    for link in grounds.links:
        yield f"link: {in_line(link)}"
    for line in grounds.lines:
        pages = _some([in_line(url) for url in line.also_on], MOST_MISSING)
        yield f"the same {line.kind}, {in_line(line.value)}, on: {pages}"


def _print_judgement(out: Console, found: Comparison) -> None:
    relation = f", {found.relation}" if found.relation else ""
    how = "" if found.compared_in_run else " (compared now, not in the run)"
    if found.not_compared is not None:
        how = f" ({found.not_compared})"
    out.print(f"judgement: [bold]{found.judgement or 'not compared'}[/]{relation}{how}")
    for copy in found.compared_as or ():
        out.print(f"  compared as  {printable(copy)}", markup=False)
    out.print("one story" if found.same_story else "not in one story")
    if found.joined_through:
        out.print("  joined through other pages, from the left one on:")
    for link in found.joined_through:
        likely = "" if link.relation == "copies" else f" {link.similarity:.2f}"
        there = "the right page" if link.right_url == found.right.url else printable(link.right_url)
        out.print(f"    {link.relation + likely:<20} {there}", markup=False)
    hidden = SHOWN_OTHERWISE if found.marks else {"passages"}
    counted = {name: value for name, value in found.evidence.items() if name not in hidden}
    # Reasons first: they are the answer.
    facts = {name: str(value) for name, value in counted.items() if isinstance(value, str)}
    if found.marks is None:
        facts |= {name: f"{value:.3f}" for name, value in found.scores.items() if value is not None}
    else:
        facts |= dict(_facts(found, found.marks))
    facts |= {name: str(value) for name, value in counted.items()}
    for name, shown in facts.items():
        out.print(f"  {name.replace('_', ' '):<18} {in_line(shown)}", markup=False)


def _facts(found: Comparison, marks: Marks) -> Iterator[tuple[str, str]]:
    """What the judgement of two languages rests on: a name and words each."""
    if (probability := found.scores["similarity"]) is not None:
        limits = marks.limits
        yield "probability", f"{probability:.3f}; same from {limits['same']:g}, unsure from {limits['unsure']:g}"
    if backing := found.evidence.get("backing"):
        yield "backing", f"{backing} of the score come from what the pages say of their source"
    if nearness := found.evidence.get("nearness"):
        yield "nearness", f"{nearness} of the score come from the vectors of the texts"
    for side, language, rival in zip(
        ("left", "right"), (found.right.language, found.left.language), marks.rivals, strict=True
    ):
        if rival is not None:
            story = "of the same story, " if rival.same_story else ""
            words = f"{rival.similarity:.3f} {rival.judgement}, {story}{language or '?'}, {printable(rival.url)}"
            yield f"next best {side}", words
    for name, counts in marks.tally().items():
        if any(counts.values()):
            of = f", of {counts['left']} left and {counts['right']} right" if counts["left"] is not None else ""
            yield name, f"{counts['shared']} shared{of}"
    n_shared = len(marks.found.shared)
    yield "in order", f"{marks.n_in_order} of {count(n_shared, 'shared mark')} stand in one order on both sides"
    if marks.found.n_not_placed:
        yield "not placed", f"{marks.found.n_not_placed} pairings of marks, the commonest, were not put in order"
    if marks.found.length_ratio is not None:
        usual = marks.found.usual_length_ratio
        languages = f"{found.left.language or '?'} and {found.right.language or '?'}"
        known = f"usual for {languages}: {usual:.2g}" if usual else f"what is usual for {languages} is not known"
        yield "length", f"the left text has {marks.found.length_ratio:.2g} of the letters of the right one; {known}"
    for side, other, (start, end) in zip(("left", "right"), ("right", "left"), marks.found.covered, strict=True):
        if (start, end) != (0.0, 1.0):
            yield (
                f"covered {side}",
                f"the {other} text covers {start:.0%} to {end:.0%} of it, as far as the order tells",
            )


def _print_marks(out: Console, found: Comparison, marks: Marks) -> None:
    shared = _most_telling(marks.found.shared, MOST_SHARED)
    if shared:
        counted = f"; pages: of the {marks.n_pages} compared across languages" if marks.n_pages else ""
        out.print(f"shared anchors, in the order of the left text{counted}:")
        if sys.stdout.isatty():
            print_trimmed(out, _table(shared))
        else:
            print_indented(out, map(_shared_line, shared))
        if more := len(marks.found.shared) - len(shared):
            out.print(f"  and {more} more; --json has all")
    else:
        out.print("no shared anchors")
    for side, other, language, missing, told in (
        ("left", "right", found.left.language, marks.found.left_missing, marks.names_told[0]),
        ("right", "left", found.right.language, marks.found.right_missing, marks.names_told[1]),
    ):
        out.print(f"only {side}, no counterpart found:")
        print_indented(out, _missing_lines(missing, other))
        if not told:
            where = f" in {language}" if language else ""
            out.print(f"  (names are left out where nothing tells them from other words, as here{where})")


def _most_telling(marks: Sequence[SharedMark], most: int) -> list[SharedMark]:
    """The marks to show, as they stand: those in order, then the rarest."""
    chosen = sorted(range(len(marks)), key=lambda i: (not marks[i].in_order, -marks[i].weight, i))[:most]
    return [marks[i] for i in sorted(chosen)]


def _pages(n: int | None) -> str:
    return "" if n is None else f"; in {count(n, 'page')}"


def _shared_line(mark: SharedMark) -> str:
    where = f"{mark.left.position:.0%}, {mark.right.position:.0%}"
    order = "in order" if mark.in_order else "elsewhere"
    words = f"{in_line(mark.left.text)}  =  {in_line(mark.right.text)}"
    return f"{WORDS.get(mark.kind, mark.kind):<11} {words}  ({where}; {order}{_pages(mark.n_pages)})"


def _table(marks: Sequence[SharedMark]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 1))
    for name, justify in (("kind", "left"), ("left", "left"), ("at", "right"), ("right", "left"), ("at", "right")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    table.add_column("order", no_wrap=True)
    if counted := any(mark.n_pages is not None for mark in marks):
        table.add_column("pages", justify="right", no_wrap=True)
    for mark in marks:
        row = [
            WORDS.get(mark.kind, mark.kind),
            in_line(mark.left.text),
            f"{mark.left.position:.0%}",
            in_line(mark.right.text),
            f"{mark.right.position:.0%}",
            "in order" if mark.in_order else "elsewhere",
        ]
        if counted:
            row.append("" if mark.n_pages is None else str(mark.n_pages))
        table.add_row(*map(Text, row), style=None if mark.in_order else "dim")
    return table


def _missing_lines(missing: Sequence[MissingMark], other: str) -> Iterator[str]:
    """The marks that only one text has, the rarest ones as they stand, and how many more there are."""
    covered = [mark for mark in missing if mark.covered]
    names = [mark for mark in covered if mark.kind in NAMES]
    values = [mark for mark in covered if mark.kind not in NAMES]
    first = _rarest(values)[: MOST_MISSING - MOST_NAMES] + _rarest(names)[:MOST_NAMES]
    chosen = (first + [mark for mark in _rarest(covered) if mark not in first])[:MOST_MISSING]
    for mark in covered:
        if mark in chosen:
            times = f"; {mark.times} times" if mark.times > 1 else ""
            words = f"{_missing_kind(mark):<11} {in_line(mark.surface.text)}"
            yield f"{words}  ({mark.surface.position:.0%}{times}{_pages(mark.n_pages)})"
    if rest := [mark for mark in covered if mark not in chosen]:
        yield f"and {len(rest)} more: {_kinds(rest)}; --json has all"
    if outside := [mark for mark in missing if not mark.covered]:
        yield f"and {len(outside)} in the part that the {other} text does not cover: {_kinds(outside)}; --json has all"
    if not missing:
        yield "nothing"


def _rarest(marks: Sequence[MissingMark]) -> list[MissingMark]:
    return sorted(marks, key=lambda mark: (-mark.weight, -mark.times, mark.surface.start))


def _missing_kind(mark: MissingMark) -> str:
    return "name" if mark.kind in NAMES else mark.kind


def _kinds(marks: Sequence[MissingMark]) -> str:
    return ", ".join(count(n, kind) for kind, n in Counter(map(_missing_kind, marks)).most_common())


def _invisible_lines(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """What is hidden in a text; of words in mixed letters only how many more the one has: honest texts have some."""
    for side, others in (("left", "right"), ("right", "left")):
        if n := counts[side]["n_hidden"]:
            yield f"{side} has {count(n, 'invisible character')} inside words"
        if (more := counts[side]["n_mixed"] - counts[others]["n_mixed"]) > 0:
            yield f"{side} has {count(more, 'word')} more than {others} in letters of two alphabets that look like one"
