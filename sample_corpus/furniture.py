"""The words of furniture.toml, asked for by language and, where a language has several, by site."""

from pathlib import Path

from tables import CorpusError, load_toml


class Words:
    """The furniture words of one language."""

    def __init__(self, language: str, values: dict[str, object]) -> None:
        self.language = language
        self._values = values

    def text(self, key: str) -> str:
        """The phrase, or "" where the language has none."""
        return str(self._values.get(key, ""))

    def all(self, key: str) -> list[str]:
        values = self._values.get(key)
        if not isinstance(values, list):
            raise CorpusError(f"furniture.toml: {self.language}.{key} is missing; give a list of strings")
        return [str(value) for value in values]

    def pick(self, key: str, number: int) -> str:
        """One of a list; equal numbers pick the same."""
        values = self.all(key)
        return values[number % len(values)]

    @property
    def joiner(self) -> str:
        """What stands between two sentences: nothing in Chinese and Japanese."""
        return str(self._values.get("join", " "))


def read_furniture(path: Path) -> dict[str, Words]:
    tables = load_toml(path)
    return {language: Words(language, values) for language, values in tables.items() if isinstance(values, dict)}
