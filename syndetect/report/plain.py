"""Rows as plain lines, for programs and files; what is shown in colour is in `terminal`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence


def print_plain(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> None:
    """Rows as tab-separated lines with a header, on stdout."""
    print("\t".join(columns))
    for row in rows:
        print("\t".join(plain_cell(row[name]).replace("\t", " ").replace("\n", " ") for name in columns))


def plain_cell(value: object) -> str:
    """A value for a program: every digit of it."""
    if isinstance(value, float):
        return repr(value)
    return cell(value)


def cell(value: object) -> str:
    """A value for a reader."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ",".join(cell(one) for one in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else str(value)
