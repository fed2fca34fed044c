"""The commands: flags -> one call -> print. What a command needs is imported when it runs."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import syndetect
from syndetect.cli.ending import interrupts
from syndetect.cli.printing import print_json, print_listing
from syndetect.settings import describe, load_settings, mebibytes, pair

if TYPE_CHECKING:
    from syndetect.dedup import Per

STATUSES = """
\b
Exit statuses:
  0    done; records that could not be used are listed in the view rejected
  1    failed; the store is as it was
  2    the command line or a setting is wrong, a path does not exist
  3    done, but an input file could not be opened, was cut short or lacks the columns of a page
  4    the page asked for is not in the store
  10   there is no such store
  11   the store is locked by another process
  12   the store was made by a newer version, or with other settings
  130, 143  interrupted; run again to go on
"""

store_option = click.option(
    "--store", default="syndetect.duckdb", show_default=True, metavar="FILE", help="The store, a DuckDB file."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
config_option = click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings in TOML.")
set_option = click.option("--set", "flags", multiple=True, metavar="NAME=VALUE", help="One setting; may be repeated.")


@click.group(epilog=STATUSES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(syndetect.__version__)
def cli() -> None:
    """Find the same story across sites and languages, and trace it to its source."""


@cli.command("run")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@store_option
@click.option("--stop-after", metavar="STAGE", help="End after this stage.")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="ROLE=COLUMN",
    help="The column of JSON, CSV or Parquet that is the url, text, title, ...; kept for later runs; may be repeated.",
)
@click.option(
    "--embeddings",
    metavar="NAME-OR-DIRECTORY",
    help="A model whose vectors help to match across languages, or `default`; nothing is downloaded.",
)
@click.option("--jobs", type=click.IntRange(0), metavar="N", help="Processes that parse; 0 for all cores.")
@click.option("--memory-limit", metavar="SIZE", help="What all of them may hold together, such as 4GiB.")
@config_option
@set_option
@json_option
def run_command(
    inputs: tuple[str, ...],
    store: str,
    stop_after: str | None,
    mapped: tuple[str, ...],
    embeddings: str | None,
    jobs: int | None,
    memory_limit: str | None,
    config: Path | None,
    flags: tuple[str, ...],
    as_json: bool,
) -> int:
    """Read dumps, find stories, build provenance.

    INPUT is a file, a folder, a glob, a list (@list.txt), an address (https://, s3://) or - for standard input: WARC,
    JSON, CSV, Parquet, HTML, plain text. Again with new input, only what is new is read; the answer is the same as if
    all had been read at once.
    """
    of_machine = [f"jobs={jobs}"] if jobs is not None else []
    of_machine += [f"embeddings={embeddings}"] if embeddings is not None else []
    of_machine += [f"memory_mib={mebibytes(memory_limit)}"] if memory_limit else []
    settings, _ = load_settings(config=config, flags=[*flags, *of_machine])
    columns = dict(pair(one, "--map") for one in mapped)
    from syndetect.pipeline import STAGES, run
    from syndetect.report.terminal import RunWatch, note_first_run, print_run

    with RunWatch(list(STAGES)) as bar:

        def watch(stage: str, done: int, total: int) -> None:
            interrupts.check()
            if stage == next(iter(STAGES)):  # where there is something to do, and kernels are needed
                note_first_run()
            bar(stage, done, total)

        report = run(inputs, store=store, settings=settings, stop_after=stop_after, columns=columns, watch=watch)
    if as_json:
        click.echo(report.to_json())
    print_run(report)
    return report.exit_status


@cli.command()
@click.argument("url")
@store_option
@click.option("--tree", "whole", is_flag=True, help="All pages that came of the same root, this one marked.")
@click.option(
    "--limit", type=click.IntRange(0), default=200, show_default=True, help="Pages of a tree to show; 0 for all."
)
@json_option
def trace(url: str, store: str, whole: bool, limit: int, as_json: bool) -> int:
    """Show the chain from a page to its earliest source.

    The number behind a relation is the probability that the step is right; below .6 the others that it can be are
    shown, too. A chain ends in an unseen source, which is named but not in the dump, or in an origin: the earliest page
    seen, which is not proven to be the first. --json has chain and tree in full.
    """
    with syndetect.open(store) as archive:
        chain = archive.trace(url)
    if as_json:
        print_json(chain.to_dict())
        return 0
    from syndetect.report.tracing import print_chain, print_tree

    if whole:
        print_tree(chain, limit=limit)
    else:
        print_chain(chain)
    return 0


@cli.command()
@click.argument("url_a")
@click.argument("url_b", required=False)
@store_option
@json_option
def explain(url_a: str, url_b: str | None, store: str, as_json: bool) -> int:
    """Show why two pages are, or are not, the same story.

    Of one page: its times by what says so, the addresses it was seen at, its earlier texts, its claims.
    """
    if url_b is None:
        return _explain_one(url_a, store, as_json)
    with syndetect.open(store) as archive:
        comparison = archive.explain(url_a, url_b)
    if as_json:
        print_json(comparison.to_dict())
    else:
        from syndetect.report.explaining import print_comparison

        print_comparison(comparison)
    return 0


def _explain_one(url: str, store: str, as_json: bool) -> int:
    with syndetect.open(store) as archive:
        account = archive.account(url)
    if as_json:
        print_json(account.to_dict())
    else:
        from syndetect.report.terminal import print_account

        print_account(account)
    return 0


DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@cli.command()
@store_option
@click.option("--query", "words", metavar="WORDS", help="All these words stand in one page of the story.")
@click.option("--language", metavar="CODE", help="A page of the story is in this language.")
@click.option("--site", metavar="HOST", help="A page of the story stands on this site.")
@click.option("--since", type=DAY, metavar="DATE", help="First published then or later (UTC).")
@click.option("--until", type=DAY, metavar="DATE", help="First published before (UTC).")
@click.option("--min-sites", type=click.IntRange(1), default=1, metavar="N", help="On so many sites or more.")
@click.option("--crosses-languages", is_flag=True, help="In two languages or more.")
@click.option("--unseen-source", metavar="SITE", help="Taken from this site, which is not in the dump.")
@click.option(
    "--min-similarity",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="X",
    help="Stories as they would be if two pages had to share X (0..1) of their text: near-duplicates of both texts, "
    "excerpts of one; translations need that probability. Nothing is written.",
)
@click.option("--order", type=click.Choice(["largest", "newest"]), default="largest", show_default=True)
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="Rows to print; 0 for all.")
@json_option
def stories(
    store: str, words: str | None, language: str | None, site: str | None, since: dt.datetime | None,
    until: dt.datetime | None, min_sites: int, crosses_languages: bool, unseen_source: str | None,
    min_similarity: float | None, order: str, limit: int, as_json: bool,
) -> int:  # fmt: skip
    """List the stories, the largest first."""
    from syndetect.report.listing import StoryFilter

    wanted = StoryFilter(words, language, site, since, until, min_sites, crosses_languages, unseen_source)
    with syndetect.open(store) as archive:
        rows = archive.list_stories(wanted, order=order, min_similarity=min_similarity)
    print_listing(rows, STORY_COLUMNS, as_json=as_json, limit=limit)
    return 0


STORY_COLUMNS = ("story_id", "n_documents", "n_sites", "languages", "first_published_at", "origin_site", "title")


@cli.command()
@store_option
@click.option("-o", "--output", "kept", required=True, metavar="FILE", help="Rows that are kept: .parquet or .jsonl.")
@click.option("--dropped", metavar="FILE", help="Rows that are not, each with its survivor and why.")
@click.option(
    "--per",
    type=click.Choice(["story", "story-language", "copies"]),
    default="story",
    show_default=True,
    help="One page is kept of each; copies: of one text in one language.",
)
@click.option(
    "--keep",
    default="origin,earliest,longest",
    show_default=True,
    metavar="RULES",
    help="Which page is kept; each rule breaks ties of those before, the url the last: origin, earliest, longest,"
    " sites, column:NAME (highest first), column:-NAME (lowest first).",
)
@click.option("--sites", default="", metavar="HOST,...", help="For the rule sites, the best first; or @file.")
@click.option("--articles-only", is_flag=True, help="Drop digests, lists, walls and errors.")
@click.option("--prefix", default="syndetect_", show_default=True, help="Of the columns that are added.")
@json_option
def dedup(
    store: str, kept: str, dropped: str | None, per: Per, keep: str, sites: str, articles_only: bool, prefix: str,
    as_json: bool,
) -> int:  # fmt: skip
    """Write the rows of the inputs, one survivor a story.

    Copies are left out. Rows keep all their columns. Pages in no story are kept.
    """
    hosts = [host.strip() for host in sites.split(",") if host.strip()]
    with syndetect.open(store) as archive:
        report = archive.dedup(
            kept, dropped, per=per, keep=keep, sites=hosts, articles_only=articles_only, prefix=prefix
        )
    if as_json:
        click.echo(report.to_json())
    from syndetect.report.terminal import print_dedup

    print_dedup(report)
    return 0


@cli.command()
@click.argument("page", metavar="FILE|-|URL")
@store_option
@click.option("--url", metavar="URL", help="The address of a page that has none, or another.")
@click.option("--record", type=click.IntRange(0), metavar="N", help="Which page of a file of several, from 0.")
@click.option("--limit", type=click.IntRange(0), help="Rows to print, 50 without it, with --json all; 0 for all.")
@json_option
def match(page: str, store: str, url: str | None, record: int | None, limit: int | None, as_json: bool) -> int:
    """Find who has the text of a page, without adding it.

    FILE is HTML, a text, or a record of a dump; - reads HTML or text from stdin; URL is a page of the store. Nothing is
    fetched or written. Texts are matched within a language. The status is 0 whether anything was found or not; the
    first line of --json says it, then comes a line a match.
    """
    from syndetect.startup import quick_start

    with quick_start():
        from syndetect.match import is_address, match_page
        from syndetect.store import Store

        with Store.open(store) as opened:
            asked = sys.stdin.buffer.read() if page == "-" else page if is_address(page) else Path(page)
            report = match_page(opened, asked, url=url, record=record)
    rows = [found.to_dict() for found in report.matches]
    if as_json:
        for row in (report.to_dict(), *rows[: limit or None]):
            print_json(row)
        return 0
    if rows:
        columns = MATCH_COLUMNS[:7] if sys.stdout.isatty() else MATCH_COLUMNS
        print_listing(rows, columns, as_json=False, limit=50 if limit is None else limit)
    for line in (report.words(), *report.notes()):
        click.echo(line, err=True)
    return 0


MATCH_COLUMNS = (
    "judgement", "relation", "similarity", "page_containment", "published_at", "language", "url",
    "containment", "story_id", "origin_site",
)  # fmt: skip


@cli.command()
@click.option("--site", metavar="HOST", help="Only this site: whom it takes from, and who takes from it.")
@store_option
@click.option(
    "--order",
    type=click.Choice(["stories", "uncredited", "fastest", "languages"]),
    default="stories",
    show_default=True,
    help="What comes first: most stories, most that are sure and without credit, the least lag, most languages.",
)
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="Rows to print; 0 for all.")
@json_option
def sites(site: str | None, store: str, order: str, limit: int, as_json: bool) -> int:
    """List who republishes whom.

    A row is a pair of sites. n_stories counts the stories that the second seems to have from the first; n_expected is
    how many of them are right by their confidences, n_sure those of .8 and more. A credit is a line, tag or mark of the
    page that names the first site. Before you say that a site takes without credit, look at n_sure_uncredited, and at
    each story with trace.
    """
    with syndetect.open(store) as archive:
        if site is None:
            print_listing(archive.sites(order=order), FLOW_COLUMNS, as_json=as_json, limit=limit)
            return 0
        found = archive.site(site, order=order)
    if as_json:
        print_json(found.to_dict())
        return 0
    if rows := found.rows():
        print_listing(rows, ("flow", "site", *FLOW_COLUMNS[2:]), as_json=False, limit=limit)
    for line in found.words():
        click.echo(line, err=True)
    return 0


FLOW_COLUMNS = (
    "from_site", "to_site", "n_stories", "n_expected", "n_sure", "n_credited", "n_sure_uncredited", "n_translated",
    "median_lag_minutes", "languages",
)  # fmt: skip


@cli.command()
@click.argument("sql")
@store_option
@json_option
def query(sql: str, store: str, as_json: bool) -> int:
    """Answer SQL over the views; read-only."""
    with syndetect.open(store) as archive:
        answer = archive.query(sql)
    print_listing(answer.to_dicts(), answer.columns, as_json=as_json, limit=0)
    return 0


@cli.command("settings")
@config_option
@set_option
@json_option
def settings_command(config: Path | None, flags: tuple[str, ...], as_json: bool) -> int:
    """Show every setting: value, unit, range, where it came from, why."""
    rows = describe(*load_settings(config=config, flags=flags))
    print_listing(rows, ("name", "value", "unit", "range", "from", "why"), as_json=as_json, limit=0)
    return 0
