"""The command `judge`: a person's word on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import syndetect
from syndetect.cli.commands import cli, json_option, store_option
from syndetect.cli.printing import print_json, print_listing

if TYPE_CHECKING:
    from syndetect.pipeline.judging import Said

COLUMNS = ("said_at", "said_by", "state", "word", "url_a", "url_b", "parent_site", "note")


FORMS = """
\b
What can be said:
  syndetect judge URL URL same
  syndetect judge URL URL different
  syndetect judge URL --parent URL     the page was taken from this one
  syndetect judge URL --parent HOST    ... from this site, by a page that is not in the store
  syndetect judge URL --parent none    ... from nowhere: it is an origin
  syndetect judge URL URL --withdraw   take back the latest word on the two
  syndetect judge URL --withdraw       take back the latest word on its parent
"""


@cli.command("judge", epilog=FORMS)
@click.argument("said", nargs=-1, metavar="URL [URL] [same|different]")
@click.option("--parent", metavar="URL|HOST|none", help="Where the page was taken from; none: it is an origin.")
@click.option("--withdraw", is_flag=True, help="Take back the latest word on the two pages, or on the page's parent.")
@click.option("--by", metavar="NAME", help="Who says so.  [default: the user of the system]")
@click.option("--note", metavar="TEXT", help="Why.")
@click.option("--later", is_flag=True, help="Keep the word, and leave it to the next word or run to apply it.")
@click.option("--list", "listed", is_flag=True, help="Print what was said, the latest first.")
@store_option
@json_option
def judge_command(
    said: tuple[str, ...], parent: str | None, withdraw: bool, by: str | None, note: str | None, later: bool,
    listed: bool, store: str, as_json: bool,
) -> int:  # fmt: skip
    """Keep your word on two pages, or on a page's source.

    A word outweighs all evidence, outlives re-runs, and is applied at once. Of words that contradict each other the
    latest counts.
    """
    if listed:
        if said or parent or withdraw:
            raise click.UsageError("--list takes no pages")
        with syndetect.open(store) as archive:
            rows = archive.judgements().to_dicts()
        print_listing(rows, COLUMNS, as_json=as_json, limit=0)
        return 0
    url, other, word = _parts(said, alone=withdraw or parent is not None)
    found = syndetect.judge(
        url, other, word, parent=parent, withdraw=withdraw, by=by, note=note, store=store, later=later
    )
    if as_json:
        print_json(found.to_dict())
    from syndetect.report.terminal import printable

    for line in _lines(found):
        click.echo(printable(line), err=True)
    return 0


def _parts(said: tuple[str, ...], *, alone: bool) -> tuple[str, str | None, str | None]:
    """The two pages and the word, as far as they are given."""
    if not said:
        raise click.UsageError("Missing argument 'URL'")
    if len(said) > (2 if alone else 3):
        raise click.UsageError(f"Got unexpected extra argument ({said[-1]})")
    if not alone and len(said) < 3:
        raise click.UsageError("give two pages and same or different, or one page and --parent")
    url, other, word = (*said, None, None)[:3]
    return str(url), other, word


def _lines(found: Said) -> list[str]:
    """What became of a word, for people."""
    state = found.judgement["state"]
    first = f"{'withdrawn' if state == 'withdrawn' else 'kept'}: {_words(found.judgement)}"
    lines = [first, *(f"overridden: {_words(row)}" for row in found.overridden)]
    lines += [f"counts again: {_words(row)}" for row in found.revived]
    if not found.applied:
        lines.append("stories and parents are as before; the next run, or the next word, applies it")
    return lines


def _words(row: dict[str, object]) -> str:
    """A word as a sentence."""
    if row["word"] == "origin":
        what = f"{row['url_a']} is an origin"
    elif row["word"] == "parent":
        what = f"{row['url_a']} was taken from {row['url_b'] or row['parent_site']}"
    else:
        what = f"{row['url_a']} and {row['url_b']} are {'the same' if row['word'] == 'same' else 'different'}"
    return f"{what}, said {row['said_by']}" + (f": {row['note']}" if row["note"] else "")
