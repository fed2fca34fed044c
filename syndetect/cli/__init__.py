"""The command line.

stdout carries data, stderr everything meant for people. What a command needs is imported when it runs, so that
`--help` is there at once.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

import click

from syndetect.cli import judging  # noqa: F401 - which adds its command
from syndetect.cli.commands import cli
from syndetect.cli.ending import InterruptionError, interrupts, status_of

__all__ = ["cli", "main", "run_cli"]


def run_cli(arguments: Sequence[str] | None = None) -> int:
    """Do what a command line says.

    Returns:
        The exit status.
    """
    try:
        status = cli.main(
            args=list(arguments) if arguments is not None else None, prog_name="syndetect", standalone_mode=False
        )
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except SystemExit:
        # click ends so when the reader of our output has gone, which is no failure, and after a shell completion.
        return 0
    except (Exception, KeyboardInterrupt, InterruptionError) as error:
        return status_of(error)
    return status if isinstance(status, int) else 0


def main() -> None:
    """The entry point of the command `syndetect`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupts)
    sys.exit(run_cli())
