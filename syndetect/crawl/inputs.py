"""From what the user names to a list of files, each with its format; and what was passed over on the way."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from syndetect.crawl.formats import FORMATS, Format, Input, holds_pages, is_never_a_page, kind_of, look_into, probe
from syndetect.crawl.outcome import BATCH_HTML_PAGES, Outcome
from syndetect.crawl.places import STDIN, Place
from syndetect.crawl.remote import is_folder, is_remote, is_web, listing, public_name
from syndetect.crawl.streams import open_bytes
from syndetect.errors import InputError

__all__ = ["Format", "Input", "find_inputs", "groups_of", "look_into"]

_PATTERN = frozenset("*?[")


def find_inputs(inputs: Sequence[str], passed_over: Counter[str] | None = None) -> list[Input]:
    """Find what files, folders, globs, addresses, `-` and `@list.txt` stand for, each once, in order of their names.

    Of a folder only files that hold pages are taken: those with a known suffix, but JSON and tables only with a column
    of texts; those without one whose content is a dump or HTML beyond doubt.

    Args:
        inputs: What the user names.
        passed_over: Filled: how many files of folders are not taken, by suffix or by what they are.

    Raises:
        InputError: `no-such-input`, if a path does not exist; `no-dump`, if a folder or list names no dump;
            `remote-extra`, if an address needs packages that are not installed.
    """
    search = _Search(Counter() if passed_over is None else passed_over)
    found: dict[Place, Input] = {}
    for given in inputs:
        for one in search.expand(given):
            place = one.place.resolved()
            known = found.get(place)
            if known is None or (one.named and not known.named):
                found[place] = one
    return sorted(found.values(), key=lambda one: one.place.name)


def groups_of(found: Sequence[Input]) -> Iterator[list[Input]]:
    """Split inputs, in their order, into what is read at one time: one dump, or many files that are one page each."""
    group: list[Input] = []
    for one in found:
        single = one.seen and one.format in ("text", "html") and not one.place.is_stream
        if group and (not single or len(group) >= BATCH_HTML_PAGES):
            yield group
            group = []
        if single:
            group.append(one)
        else:
            yield [one]
    if group:
        yield group


class _Search:
    """What has been passed over, and the lists that are open."""

    def __init__(self, passed_over: Counter[str]) -> None:
        self._passed_over = passed_over
        self._lists: list[str] = []

    def expand(self, given: str) -> Iterator[Input]:
        """The files that a name stands for."""
        path = Path(given)
        if given == STDIN:
            if sys.stdin is None:
                raise InputError("standard input is closed; pipe something into it", slug="no-such-input")
            yield probe(Place(STDIN), named=True)
        elif is_remote(given):
            yield from self._remote(given)
        elif given.lower().startswith("file://"):
            yield from self.expand(Place.of(given).name)
        elif given.startswith("@") and not path.exists():
            yield from self._listed(given[1:])
        elif path.is_dir():
            yield from self._some(given, self._folder(path))
        elif path.exists():
            yield probe(Place(given), named=True)
        else:
            yield from self._matches(given)

    def _some(self, given: str, found: Iterator[Input]) -> Iterator[Input]:
        """What is found in a folder, which must be something."""
        first = next(found, None)
        if first is None:
            raise InputError(
                f"{public_name(given)} holds no dump; name a file, or a folder with {' '.join(sorted(FORMATS))} files",
                slug="no-dump",
            )
        yield first
        yield from found

    def _matches(self, given: str) -> Iterator[Input]:
        # Path.glob refuses absolute patterns.
        matches = [Path(match) for match in sorted(glob.glob(given, recursive=True))]  # noqa: PTH207
        if not matches:
            raise InputError(f"{given} does not exist; check the path", slug="no-such-input")
        for match in matches:
            if match.is_file():
                yield probe(Place(str(match)), named=True)
            else:
                self._passed_over["folder" if match.is_dir() else "no file"] += 1

    def _folder(self, folder: Path) -> Iterator[Input]:
        """The files below a folder that hold pages; links are followed, into each folder once."""
        unreadable: list[Input] = []

        def refused(error: OSError) -> None:
            reason = f"could not be opened: {error.strerror or error}"
            unreadable.append(Input(Place(str(error.filename)), "text", named=False, fault=reason))

        entered: set[tuple[int, int]] = set()
        for where, folders, names in os.walk(folder, onerror=refused, followlinks=True):
            here = os.stat(where)  # noqa: PTH116
            if (here.st_dev, here.st_ino) in entered:
                folders.clear()
                continue
            entered.add((here.st_dev, here.st_ino))
            self._passed_over["hidden folder"] += sum(name.startswith(".") for name in folders)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = os.path.join(where, name)  # noqa: PTH118 - a Path a file costs as much as opening it
                if (reason := _no_page(name)) or (reason := _no_file(path)):
                    self._passed_over[reason] += 1
                else:
                    yield from self._checked(probe(Place(path), named=False))
        yield from unreadable
        self._passed_over += Counter()  # drops what was counted as none

    def _checked(self, one: Input) -> Iterator[Input]:
        """A file of a folder, if it holds pages."""
        try:
            holds = holds_pages(one)
        except OSError:
            holds = True  # what can't be opened any more is told when it is read
        if holds:
            yield one
        else:
            kind = kind_of(one.place.name)
            self._passed_over[f"{kind} without texts" if kind in FORMATS else kind or "no suffix"] += 1

    def _remote(self, address: str) -> Iterator[Input]:
        pattern = not is_web(address) and not _PATTERN.isdisjoint(address)
        if pattern or is_folder(address):
            yield from self._some(address, self._remote_files(address, pattern=pattern))
        else:
            place = Place.of(address)
            yield Input(place, FORMATS.get(kind_of(place.name), "text"), named=True, seen=False)

    def _remote_files(self, address: str, *, pattern: bool) -> Iterator[Input]:
        try:
            files = listing(address, pattern=pattern)
        except OSError as error:
            yield Input(Place.of(address), "text", named=True, fault=f"could not be listed: {error}")
            return
        for name, info in files:
            place, known = Place.of(name, info), FORMATS.get(kind_of(name))
            if pattern or known:
                # Not looked into yet: most are known from an earlier run, and each look is a request.
                yield Input(place, known or "text", named=pattern, seen=False)
            elif reason := _no_page(PurePosixPath(name).name) or kind_of(name):
                self._passed_over[reason] += 1
            else:
                yield from self._checked(probe(place, named=False))

    def _listed(self, name: str) -> Iterator[Input]:
        """The files of a list: a line each, relative to the list's own folder; lines with # are comments."""
        place = Place.of(name)
        if name in self._lists:
            raise InputError(f"the list {place.name} names itself; take that line out", slug="no-dump")
        try:
            content = b"".join(open_bytes(place, Outcome(place.name))).decode("utf-8", "replace")
        except OSError as error:
            gone = isinstance(error, FileNotFoundError)
            why = "does not exist" if gone else f"can't be read ({error.strerror or error})"
            raise InputError(
                f"the list {place.name} {why}; check the path behind @",
                slug="no-such-input",
            ) from None
        lines = [line.strip() for line in content.removeprefix("\ufeff").splitlines()]
        entries = [line for line in lines if line and not line.startswith("#")]
        if not entries:
            raise InputError(f"the list {place.name} names no file; write one a line", slug="no-dump")
        self._lists.append(name)
        for entry in entries:
            yield from self.expand(_beside(name, entry))
        self._lists.pop()


def _beside(name: str, entry: str) -> str:
    """An entry of a list, seen from the folder of the list."""
    if is_remote(entry) or name == STDIN or entry.startswith(("@", "/")):
        return entry
    if is_remote(name):
        return f"{name.partition('?')[0].rpartition('/')[0]}/{entry}"
    beside = Path(name).parent / entry
    return str(beside) if not Path(entry).exists() and beside.exists() else entry


def _no_page(name: str) -> str | None:
    """Why a file of a folder is not opened, by its name."""
    if name.startswith(".") or (name.startswith("_") and "." not in name):
        return "hidden"
    return kind_of(name) if is_never_a_page(name) else None


def _no_file(path: str) -> str | None:
    """Why what lies in a folder is no file to read."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except OSError:
        return "broken link"
    return None if stat.S_ISREG(mode) else "no file"
