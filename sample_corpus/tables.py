"""Reads TOML tables by type, for people who write them by hand: a slip is one line that names file and place."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path


class CorpusError(Exception):
    """A slip in a source file: where, what is wrong with which value, what to do."""


class Table:
    """One TOML table while it is read: gives its values by type and, at the end, refuses keys that nobody asked for."""

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, dict):
            raise CorpusError(f"{where}: a table is expected here, not {values!r}")
        self.where = where
        self._left: dict[str, object] = dict(values)
        self._seen: set[str] = set()

    def has(self, key: str) -> bool:
        return key in self._left

    def rest(self) -> dict[str, object]:
        """All that was not read yet, which leaves nothing for end() to refuse."""
        left, self._left = self._left, {}
        return left

    def _take(self, key: str) -> object:
        self._seen.add(key)
        return self._left.pop(key, None)

    def maybe(self, key: str, *, choices: tuple[str, ...] = ()) -> str | None:
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise CorpusError(f"{self.where}: {key} = {value!r} must be a string in quotes")
        if choices and value not in choices:
            raise CorpusError(f"{self.where}: {key} = {value!r}; choose one of {list(choices)}")
        return value.strip() if key != "dateline" else value

    def text(self, key: str, *, choices: tuple[str, ...] = ()) -> str:
        value = self.maybe(key, choices=choices)
        if not value:
            raise CorpusError(f"{self.where}: {key} is missing or empty; give it a string")
        return value

    def lines(self, key: str, *, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
            raise CorpusError(f"{self.where}: {key} = {value!r} must be a list of strings")
        for line in value:
            if choices and line not in choices:
                raise CorpusError(f"{self.where}: {key} holds {line!r}; choose from {list(choices)}")
        return tuple(" ".join(line.split()) for line in value)

    def number(self, key: str) -> float:
        value = self._take(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise CorpusError(f"{self.where}: {key} = {value!r} must be a number")
        return float(value) if isinstance(value, int | float) else 0.0

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            raise CorpusError(f"{self.where}: {key} = {value!r} must be true or false")
        return value is True

    def moment(self, key: str) -> datetime:
        """A time in UTC, to the second, that says so ("2026-03-02T09:14:00Z")."""
        value = self._take(key)
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            raise CorpusError(f'{self.where}: {key} = {value!r} is no time; write "2026-03-02T09:14:00Z"') from None
        if moment.tzinfo is None:
            raise CorpusError(f"{self.where}: {key} = {value!r} has no zone; end it with Z")
        return moment.astimezone(UTC).replace(microsecond=0)

    def tables(self, key: str) -> list[object]:
        value = self._take(key)
        if value is not None and not isinstance(value, list):
            raise CorpusError(f"{self.where}: {key} must be a list of tables, [[{key}]]")
        return list(value) if isinstance(value, list) else []

    def table(self, key: str) -> dict[str, object]:
        value = self._take(key)
        if not isinstance(value, dict):
            raise CorpusError(f"{self.where}: {key} is missing; write [{key}.xx] tables")
        return {str(name): inner for name, inner in value.items()}

    def end(self) -> None:
        if self._left:
            unknown = ", ".join(sorted(self._left))
            raise CorpusError(f"{self.where}: unknown key {unknown}; known here: {', '.join(sorted(self._seen))}")


def load_toml(path: Path) -> dict[str, object]:
    """The file as a table; bad TOML is told in one line with the place."""
    try:
        return dict(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name}: not valid TOML: {error}") from None


def read_paragraphs(text: str) -> tuple[tuple[str, ...], ...]:
    """One sentence a line; a blank line ends a paragraph."""
    paragraphs: list[tuple[str, ...]] = []
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            lines.append(" ".join(line.split()))
        elif lines:
            paragraphs.append(tuple(lines))
            lines = []
    return tuple(paragraphs)
