"""The chain of a page and the tree it stands in, for people: with guides on a terminal, a tree by indents elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from syndetect.report.chain import EARLIEST_SEEN, OUTSIDE, UNCERTAIN, Alternative
from syndetect.report.terminal import chance, console, count, in_line, page_line, print_trimmed, printable

if TYPE_CHECKING:
    import datetime as dt

    from syndetect.report.chain import Chain, Step
    from syndetect.report.tree import Node, ProvenanceTree, Root

MOST_PAGES = 200
"""Pages of a tree that are shown unless more are asked for; how many are folded is said at each place."""
MOST_ROOTS = 12
LEGEND = {
    "~": "~: about then",
    "?": "?: the times do not settle which was first",
    "one of several": "below 0.60: one of several, see its trace",
}
BY_PERSON = "a person's word"
ALONE = "in no story: nothing in the store tells the same, and it names no source"
ASKED = "<- the page asked about"


def _line(words: str) -> str:
    return escape(in_line(words))


def _where(one: Alternative) -> str:
    if one.url:
        return _line(one.url)
    return f"an unseen source, {_line(one.site)}" if one.site else "nothing: it is an origin itself"


def _add_choice(tree: Tree, step: Step) -> None:
    """The parent and what is about as likely, where none stands out."""
    if step.parent is not None:
        chosen = _line(step.parent.url)
    else:
        chosen = _where(Alternative(None, step.parent_site, step.confidence))
        if step.outside is not None:
            chosen = f"a source outside the story, {_line(step.outside)}"
    likelier = any(one.probability > step.confidence for one in step.alternatives)
    why = ", since the tree as a whole is likeliest so" if likelier else ""
    branch = tree.add(f"[yellow]one of these[/]; the first is followed{why}:")
    branch.add(f"{chance(step.confidence)}  {chosen}")
    for one in step.alternatives:
        branch.add(f"{chance(one.probability)}  {_where(one)}")
    if (rest := step.rest) >= 0.005:
        branch.add(f"{chance(rest)}  all others, none of 0.10 or more")


def _evidence_lines(step: Step) -> Iterator[str]:
    """What speaks for a step: a person's word first, then what warns, then the rest."""
    yield from (f"[bold]{BY_PERSON}:[/] {_line(words)}" for words in step.words_of("person"))
    yield from (f"[yellow]warning:[/] {_line(words)}" for words in step.words_of("conflict"))
    yield from map(_line, step.main_words())
    if not step.uncertain:
        yield from map(_line, step.words_of("alternative"))


def _add_step(tree: Tree, step: Step) -> Tree | None:
    """Hang a step under its page: relation and confidence, the evidence, then the parent."""
    sure = BY_PERSON if step.words_of("person") else chance(step.confidence)
    if step.relation == "origin":
        end = tree.add(f"origin  {sure}  {EARLIEST_SEEN}")
        for line in _evidence_lines(step):
            end.add(line)
        if step.uncertain:
            _add_choice(end, step)
        return None
    edge = tree.add(f"[green]{step.relation}[/]  {sure}")
    for line in _evidence_lines(step):
        edge.add(line)
    if step.uncertain:
        _add_choice(edge, step)
    if step.parent is not None:
        return tree.add(page_line(step.parent))
    if step.outside is not None:
        tree.add(f"[bold]source outside the story[/]  [cyan]{_line(step.outside)}[/]").add(OUTSIDE)
        return None
    named = f"  {_line(step.named_url)}" if step.named_url else ""
    unseen = tree.add(f"[bold]unseen source[/]  [cyan]{_line(step.parent_site or '')}[/]{named}")
    unseen.add("its page is not in the dump: when it published this, and where it had it from, is not known")
    return None


def print_chain(chain: Chain) -> None:
    """The chain as a tree on stdout, the page first, each parent below its child."""
    top = tree = Tree(page_line(chain.page))
    for step in chain.steps:
        following = _add_step(tree, step)
        if following is None:
            break
        tree = following
    if not chain.steps:
        kind = chain.page.kind
        top.add(ALONE if kind == "article" else f"in no story: its kind is {kind}, and stories are made of articles")
    out = console(sys.stdout)
    print_trimmed(out, top)
    if len(chain.steps) > 1:
        n = len(chain.steps) if chain.steps[-1].relation != "origin" else len(chain.steps) - 1
        out.print(
            f"chain: {count(n, 'step')} back; all of it is right with probability {chance(chain.confidence)}, the steps"
            " multiplied",
            markup=False,
        )
    for line in _story_lines(chain):
        out.print(line, markup=False)


def _story_lines(chain: Chain) -> Iterator[str]:
    """The story a page is of, and where its chains end."""
    if chain.story is None or chain.tree is None:
        return
    story = chain.story
    languages = ", ".join(str(one) for one in story["languages"] if one)  # type: ignore[attr-defined]
    roots, beginnings = 1 + len(chain.tree.other_roots), int(str(story["n_origins"]))
    ends = "one root" if roots == 1 else f"{roots} roots, {count(beginnings, 'independent beginning')}"
    yield (
        f"story {story['story_id']}: {count(int(str(story['n_documents'])), 'page')} on "
        f"{count(int(str(story['n_sites'])), 'site')} in {languages}; {ends}"
    )


def span(minutes: int) -> str:
    """Minutes in words: 3 h 20 min."""
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (0 if days else rest, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def _when(node: Node) -> str:
    row = node.row
    at: dt.datetime | None = row["published_at"]  # type: ignore[assignment]
    crawled: dt.datetime | None = row["first_crawled_at"]  # type: ignore[assignment]
    if at is None:
        return f"before {crawled:%Y-%m-%d %H:%M}" if crawled else "time unknown"
    return f"{at:%Y-%m-%d %H:%M}" if row["published_from"] == row["published_to"] else f"~{at:%Y-%m-%d %H:%M}"


def _lag(node: Node) -> str:
    minutes = node.row["lag_minutes"]
    if node.parent is None:
        return ""
    if minutes is None:
        return "lag unknown"
    if node.row["lag_settled"]:
        return f"{span(int(str(minutes)))} later"
    way = "later" if int(str(minutes)) >= 0 else "earlier"
    return f"{span(abs(int(str(minutes))))} {way}?"


def node_line(node: Node) -> Text:
    """A page of a tree in a line: when, language, how it was taken, after what time, where it stands."""
    row, line = node.row, Text()
    line.append(_when(node), style="bold")
    line.append(f"  {row['language'] or '?'}")
    sure = BY_PERSON if row["by_person"] else chance(float(str(row["confidence"])))
    line.append(f"  {row['relation']} {sure}", style="green")
    if lag := _lag(node):
        line.append(f"  {lag}")
    line.append(f"  {printable(str(row['site'] or ''))}", style="cyan")
    line.append(f"  {in_line(str(row['title'] or node.url))}")
    if row["n_conflicts"]:
        line.append(f"  {count(int(str(row['n_conflicts'])), 'warning')}: see its trace", style="yellow")
    if node.asked:
        line.append(f"  {ASKED}", style="bold")
    return line


def _folded_words(folded: tuple[int, int]) -> str:
    copies, pages = folded
    below = f", {count(pages, 'page')} with what came of them" if pages > copies else ""
    return f"and {count(copies, 'page')} more taken from here{below}; --limit 0 shows all"


def _root_words(root: Root) -> str:
    where = f"unseen source  {in_line(root.site or '')}" if root.unseen else in_line(root.url or "")
    return f"{where}  ({count(root.n_pages, 'page')})"


def _lines(tree: ProvenanceTree, limit: int) -> Iterator[tuple[int, Text]]:
    """Depth and line of all that is shown, in order."""
    nodes, folded = tree.shown(limit)
    if tree.root.unseen:
        yield 0, Text(f"unseen source  {in_line(tree.root.site or '')}", style="bold")
    open_: list[tuple[int, str | None]] = [(0, None)] if tree.root.unseen else []
    for node in nodes:
        while open_ and open_[-1][0] >= node.depth:
            depth, url = open_.pop()
            if url in folded:
                yield depth + 1, Text(_folded_words(folded[url]), style="yellow")
        yield node.depth, node_line(node)
        open_.append((node.depth, node.url))
    for depth, url in reversed(open_):
        if url in folded:
            yield depth + 1, Text(_folded_words(folded[url]), style="yellow")


def _legend(tree: ProvenanceTree, limit: int) -> Iterator[str]:
    """What the signs of the lines that are shown mean."""
    nodes, _ = tree.shown(limit)
    if any(_when(node).startswith("~") for node in nodes):
        yield LEGEND["~"]
    if any(_lag(node).endswith("?") for node in nodes):
        yield LEGEND["?"]
    if any(float(str(node.row["confidence"])) < UNCERTAIN for node in nodes):
        yield LEGEND["one of several"]


def print_tree(chain: Chain, *, limit: int = MOST_PAGES) -> None:
    """The whole tree that a page stands in, on stdout.

    Args:
        chain: Of the page.
        limit: Pages to show, 0 for all; what is folded is counted where it stands.
    """
    out = console(sys.stdout)
    if chain.tree is None:
        print_chain(chain)
        return
    lines = list(_lines(chain.tree, limit))
    if sys.stdout.isatty():
        way: list[Tree] = []
        for depth, line in lines:
            del way[depth:]
            way.append(way[-1].add(line) if way else Tree(line))
        print_trimmed(out, way[0])
    else:
        for depth, line in lines:
            out.print("  " * depth + line.plain, markup=False)
    if chain.tree.root.url is not None:
        out.print(f"the root is the {EARLIEST_SEEN}", markup=False)
    out.print("; ".join([*_legend(chain.tree, limit), "addresses stand in --json"]), markup=False)
    others = chain.tree.other_roots
    if others:
        out.print("other roots of the story; trace --tree of a page below one shows its tree:", markup=False)
        for root in others[:MOST_ROOTS]:
            out.print(f"  {_root_words(root)}", markup=False)
        if len(others) > MOST_ROOTS:
            out.print(f"  and {len(others) - MOST_ROOTS} more; --json has all", markup=False)
    for words in _story_lines(chain):
        out.print(words, markup=False)
