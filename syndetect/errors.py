"""Every error raised on purpose.

One class an exit status; each message carries a slug that docs/messages.md explains. A message is one line: what is
wrong, with the value, then what to do. A record of a crawl that can't be used is never an error: it is counted and
listed in `rejected`.
"""

from __future__ import annotations


class SyndetectError(Exception):
    """The base of all: `exit_status` is what the command line returns, `slug` names the message in the docs."""

    exit_status = 1

    def __init__(self, message: str, *, slug: str) -> None:
        super().__init__(" ".join(message.split()))
        self.slug = slug

    def __str__(self) -> str:
        return f"{self.args[0]} [{self.slug}]"


class RunError(SyndetectError):
    """The work failed; the store is as it was before."""

    exit_status = 1


class SettingsError(SyndetectError):
    """A setting or the command line is wrong."""

    exit_status = 2


class InputError(SyndetectError):
    """An input does not exist, or a folder holds no dump."""

    exit_status = 2


class NotInStoreError(SyndetectError):
    """The page asked for is not in the store."""

    exit_status = 4


class NoStoreError(SyndetectError):
    """There is no such store, or the file is no syndetect store."""

    exit_status = 10


class StoreLockedError(SyndetectError):
    """Another process holds the store."""

    exit_status = 11


class StoreVersionError(SyndetectError):
    """The store was made by a newer version, or with settings that do not fit."""

    exit_status = 12
