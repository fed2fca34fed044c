"""syndetect: the same story, republished across sites and languages, and where it came from.

    >>> import syndetect
    >>> report = syndetect.run(["crawl.warc.gz"], store="news.duckdb")
    >>> with syndetect.open("news.duckdb") as store:
    ...     store.stories()

What is named here is public; importing it loads neither DuckDB nor numba.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from syndetect.archive import Archive as Archive
    from syndetect.archive import open_archive as open
    from syndetect.pipeline import run as run
    from syndetect.pipeline.copies import find_copies as find_copies
    from syndetect.pipeline.judging import judge as judge
    from syndetect.signatures import signature as signature

_LATE = {
    "run": ("syndetect.pipeline", "run"),
    "open": ("syndetect.archive", "open_archive"),
    "Archive": ("syndetect.archive", "Archive"),
    "judge": ("syndetect.pipeline.judging", "judge"),
    "find_copies": ("syndetect.pipeline.copies", "find_copies"),
    "signature": ("syndetect.signatures", "signature"),
}

__all__ = ["Archive", "__version__", "find_copies", "judge", "open", "run", "signature"]


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module 'syndetect' has no attribute '{name}'")
    module, attribute = _LATE[name]
    return getattr(import_module(module), attribute)
