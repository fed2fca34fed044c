"""Rows and values on stdout: JSON, a table on a terminal, tab-separated lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal

import click


def print_json(value: object) -> None:
    """One line of JSON."""
    import orjson

    # orjson, since NaN is no JSON and becomes null here.
    click.echo(orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode())


def _plain(value: object) -> object:
    if isinstance(value, Decimal):  # what SQL sums whole numbers to
        return int(value) if value == value.to_integral_value() and abs(value) < 2**63 else float(value)
    return str(value)


def print_listing(rows: Sequence[dict[str, object]], columns: Sequence[str], *, as_json: bool, limit: int) -> None:
    """JSON lines of all rows, or a list of the first `limit` that says how many there are besides."""
    if as_json:
        for row in rows:
            print_json(row)
        return
    if sys.stdout.isatty():
        from syndetect.report.terminal import print_rows
    else:
        from syndetect.report.plain import print_plain as print_rows
    print_rows(rows[: limit or None], columns)
    if limit and len(rows) > limit:
        click.echo(f"{len(rows) - limit} more; --limit 0 shows all", err=True)
