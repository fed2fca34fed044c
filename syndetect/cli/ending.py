"""How a command ends: its exit status, one line for what went wrong, signals."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import click

from syndetect.errors import RunError, SettingsError, SyndetectError


class InterruptionError(BaseException):
    """A signal came; no `except Exception` on the way may hold it up, nor click print a blank line."""


class Interrupts:
    """Ends the work on SIGINT and SIGTERM.

    The signal is remembered as well as raised: DuckDB makes a RuntimeError of what a handler raises inside a query,
    and what it raises inside a callback is lost.
    """

    def __init__(self) -> None:
        self.number: int | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal; a second one ends whatever is going on."""
        again, self.number = self.number is not None, number
        while frame is not None and not again:
            if "importlib" in frame.f_code.co_filename:
                return  # an import that is broken off can end the process in C++; `check` comes soon after
            frame = frame.f_back
        raise InterruptionError

    def check(self) -> None:
        """Raise what was lost on the way."""
        if self.number is not None:
            raise InterruptionError


interrupts = Interrupts()


def _usage_error(error: click.ClickException) -> SettingsError:
    """What click says of a wrong command line, on one line like every other message."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "syndetect"
    return SettingsError(f"{error.format_message().rstrip('.')}; see {command} --help", slug="command-line")


def status_of(error: BaseException) -> int:
    """Say on one line of stderr what went wrong; what nobody foresaw is raised again."""
    if isinstance(error, BrokenPipeError):
        # The reader of our output has gone; what is left is not wanted.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    status = 1
    if isinstance(error, InterruptionError | KeyboardInterrupt | click.Abort) or interrupts.number is not None:
        line = "interrupted; the store is as it was; run again to go on"
        status = 128 + (interrupts.number or signal.SIGINT)
    elif isinstance(error, SyndetectError):
        from syndetect.report.terminal import printable

        line, status = printable(str(error)), error.exit_status
    elif isinstance(error, click.ClickException):
        line, status = str(_usage_error(error)), 2
    elif isinstance(error, OSError | MemoryError) or _is_of_duckdb(error):
        line = str(RunError(f"{str(error) or 'out of memory'}; free the resource and run again", slug="system"))
    else:
        raise error
    click.echo(f"syndetect: {line}", err=True)
    return status


def _is_of_duckdb(error: BaseException) -> bool:
    """Whether it is one of DuckDB's errors: a full disk, too little memory."""
    duckdb = sys.modules.get("duckdb")
    return duckdb is not None and isinstance(error, duckdb.Error)
