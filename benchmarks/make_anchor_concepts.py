"""Write syndetect/data/anchors/concepts.parquet: common nouns, units and number words, from the JSON files of CLDR.

    for name in annotations-full annotations-derived-full rbnf units-full dates-full; do npm pack cldr-$name; done
    for file in cldr-*.tgz; do mkdir ${file%.tgz} && tar xzf $file -C ${file%.tgz}; done
    python benchmarks/make_anchor_concepts.py FOLDER

FOLDER holds the unpacked packages; Babel carries none of them. A row: language, kind (concept, number), value (what
every language calls by another form), form.

- A concept is an English word for emoji. CLDR gives each emoji a short name and keywords in some 140 languages, but
  does not say which keyword stands for which: a word goes to the English word that labels the same emoji (Dice of the
  two sets of emoji), a short name to the short name.
- Units of time and measure, and what CLDR calls relative days, are concepts too ("unit:hour", "day:-1").
- Number words from three to a hundred are spelled out by the rules of CLDR; their kind is that of digits.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

OUT = Path(__file__).parents[1] / "syndetect" / "data" / "anchors" / "concepts.parquet"
Row = tuple[str, str, str, str]
Labels = dict[str, dict[str, bool]]
"""Word -> emoji it labels -> whether it is the short name."""

LEAST_DICE = 0.5
LEAST_DICE_OFTEN = 0.35
"""Two words that label three emoji both may differ in more of the rest."""
LEAST_LANGUAGES = 10
"""Languages that must have a concept."""
MOST_WORDS = 2
LEAST_LETTERS = {"CJK": 2, "HANGUL": 2, "KATAKANA": 2, "HIRAGANA": 2, "THAI": 4, "LAO": 4, "KHMER": 4, "MYANMAR": 4}
"""By script; three elsewhere. Where no spaces are written a short word is part of many."""
UNITS = (
    "duration-century duration-decade duration-year duration-month duration-week duration-day duration-hour "
    "duration-minute duration-second length-kilometer length-meter length-centimeter length-mile length-foot "
    "length-inch mass-kilogram mass-gram mass-tonne mass-pound area-hectare area-square-kilometer area-acre "
    "volume-liter volume-barrel concentr-percent temperature-celsius temperature-fahrenheit speed-kilometer-per-hour"
).split()
LEAST_NUMBER, MOST_NUMBER = 3, 100
"""One is an article in many languages, and two is said by a dual or by "both"."""
IN_HAN = ("zh", "yue", "ja")
"""Languages whose number words are characters that the tool reads digit by digit."""


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _packages(folder: Path, name: str) -> Path:
    found = sorted(folder.glob(f"cldr-{name}-[0-9]*/package")) + sorted(folder.glob(f"cldr-{name}-full-*/package"))
    if not found:
        raise SystemExit(f"{folder} holds no unpacked cldr-{name}; fetch it as the docstring says")
    return found[-1]


def _languages(files: Iterator[Path], used: set[str]) -> Iterator[tuple[str, str, Path]]:
    """Locale, language and file, of languages that have concepts; spellings in borrowed Latin letters left out."""
    for path in sorted(files):
        locale = path.parent.name
        language = locale.split("-")[0]
        if (language in used and "-Latn-" not in f"{locale}-") or locale == "sr-Latn":
            yield locale, language, path


def _is_variant(emoji: str) -> bool:
    return any(char in "\u2640\u2642" or "\U0001f3fb" <= char <= "\U0001f3ff" for char in emoji)


def read_labels(folder: Path, locale: str) -> Labels:
    """The words of a locale (its own, not its parent's) and the emoji they label; variants of skin and sex left out."""
    labels: Labels = defaultdict(dict)
    for package, key in (("annotations-derived", "annotationsDerived"), ("annotations", "annotations")):
        table = _read(_packages(folder, package) / key / locale / "annotations.json").get(key, {})
        for emoji, words in table.get("annotations", {}).items():
            if _is_variant(emoji):
                continue
            for word in words.get("default", []):
                labels[word.strip().lower()].setdefault(emoji, False)
            for word in words.get("tts", []):
                labels[word.strip().lower()][emoji] = True
    return labels


def is_word(form: str) -> bool:
    """Whether a form is one to find in texts: no sign, no time on a clock, not too short for its script."""
    letters = [char for char in form if unicodedata.category(char)[0] in "LM"]
    rest = [char for char in form if unicodedata.category(char)[0] not in "LM" and char not in " -'’\u200c\u200d"]
    if not letters or rest or len(form.split()) > MOST_WORDS:
        return False
    script = re.split(r"[ -]", unicodedata.name(letters[0], "?"))[0]
    return len(letters) >= LEAST_LETTERS.get(script, 3)


def _index(labels: Labels) -> dict[str, list[str]]:
    by_emoji: dict[str, list[str]] = defaultdict(list)
    for word, emoji in sorted(labels.items()):
        for one in emoji:
            by_emoji[one].append(word)
    return by_emoji


def align(english: Labels, other: Labels) -> dict[str, str]:
    """The words of the other language that have an English one, with it."""
    by_emoji = _index(english)
    found: dict[str, str] = {}
    for word, emoji in sorted(other.items()):
        shared: dict[str, int] = defaultdict(int)
        named: dict[str, int] = defaultdict(int)
        for one, is_name in emoji.items():
            for candidate in by_emoji.get(one, ()):
                shared[candidate] += 1
                named[candidate] += is_name and english[candidate][one]
        best = (0.0, "")
        for candidate, n in shared.items():
            dice = 2 * n / (len(emoji) + len(english[candidate]))
            enough = named[candidate] or (n >= 2 and dice >= (LEAST_DICE if n == 2 else LEAST_DICE_OFTEN))
            # A short name for a short name counts as much as sharing half of all emoji.
            score = dice + 0.5 * (named[candidate] > 0) + 0.02 * min(n, 5)
            if enough and (score, candidate) > best:
                best = (score, candidate)
        if best[1]:
            found[word] = best[1]
    # Where one word is left on both sides of an emoji that no other emoji has, they belong together.
    taken = set(found.values())
    theirs = _index({word: emoji for word, emoji in other.items() if len(emoji) == 1 and word not in found})
    for emoji_left, words in theirs.items():
        left = [word for word in by_emoji.get(emoji_left, ()) if word not in taken and len(english[word]) == 1]
        if len(words) == len(left) == 1:
            found[words[0]] = left[0]
    return found


def concepts(folder: Path) -> Iterator[Row]:
    """Words for emoji."""
    english = {word: emoji for word, emoji in read_labels(folder, "en").items() if is_word(word) and " " not in word}
    found: dict[tuple[str, str], str] = {("en", word): word for word in english}
    locales = sorted(path.name for path in (_packages(folder, "annotations") / "annotations").iterdir())
    locales = [
        locale for locale in locales if not locale.startswith("en") and "-Latn" not in locale.replace("sr-Latn", "sr")
    ]
    for locale in locales:
        language = locale.split("-")[0]
        own = read_labels(folder, locale)
        for word, concept in align(english, {word: emoji for word, emoji in own.items() if is_word(word)}).items():
            found.setdefault((language, word), concept)
    languages: dict[str, set[str]] = defaultdict(set)
    for (language, _), concept in found.items():
        languages[concept].add(language)
    for (language, word), concept in found.items():
        if len(languages[concept]) >= LEAST_LANGUAGES:
            yield language, "concept", concept, word


def units(folder: Path, used: set[str]) -> Iterator[Row]:
    """Names of units in all cases and numbers, and of yesterday and the like."""
    for locale, language, path in _languages((_packages(folder, "units") / "main").glob("*/units.json"), used):
        table = _read(path)["main"][locale]["units"]["long"]
        for unit in UNITS:
            for key, pattern in table.get(unit, {}).items():
                form = re.sub(r"\s*\{0\}\s*", "", pattern).strip().lower() if "count" in key else ""
                if key == "displayName" or form:
                    yield language, "concept", f"unit:{unit.split('-', 1)[1]}", form or pattern.lower()
    for locale, language, path in _languages((_packages(folder, "dates") / "main").glob("*/dateFields.json"), used):
        fields = _read(path)["main"][locale]["dates"]["fields"]
        for field in ("day", "week", "month", "year"):
            for step in (-2, -1, 0, 1):
                form = fields.get(field, {}).get(f"relative-type-{step}")
                if form:
                    yield language, "concept", f"{field}:{step}", form.lower()


class Spellout:
    """The rules by which CLDR spells numbers out in a language, as far as numbers up to a hundred need them."""

    def __init__(self, rules: dict[str, list[list[str]]]) -> None:
        """Keep rules with a plain base number, in order."""
        self.rules = {
            name: [
                (int(row[0].split("/")[0]), row[1].removesuffix(";"))
                for row in rows
                if re.match(r"\d+(/\d+)?$", row[0])
            ]
            for name, rows in rules.items()
        }
        self.radix = {
            (name, int(row[0].split("/")[0])): int(row[0].split("/")[1])
            for name, rows in rules.items()
            for row in rows
            if re.match(r"\d+/\d+$", row[0])
        }

    def spell(self, n: int, name: str, depth: int = 0) -> str:
        """The words for n by a rule set; KeyError, RecursionError where it asks for more than is read here."""
        if depth > 20:
            raise RecursionError(name)
        base, text = max((row for row in self.rules[name] if row[0] <= n), key=lambda row: row[0])
        radix = self.radix.get((name, base), 10)
        divisor = 1
        while base and divisor * radix <= base:
            divisor *= radix
        rest = n % divisor if divisor > 1 else n
        text = re.sub(r"\[(.*?)\]", lambda m: "" if rest == 0 else m[1], text.lstrip("'"))
        if "$" in text or "#" in text or "0=" in text:
            raise KeyError(name)
        text = re.sub(r"→(%[^→]*)?→", lambda m: self.spell(rest, m[1] or name, depth + 1), text)
        text = re.sub(r"←(%[^←]*)?←", lambda m: self.spell(n // divisor, m[1] or name, depth + 1), text)
        return re.sub(r"=(%[^=]*)=", lambda m: self.spell(n, m[1], depth + 1), text)


def numbers(folder: Path) -> Iterator[Row]:
    """Number words."""
    for path in sorted((_packages(folder, "rbnf") / "rbnf").glob("*.json")):
        language = path.stem.split("-")[0]
        if language in IN_HAN:
            continue
        rules = _read(path)["rbnf"]["rbnf"].get("SpelloutRules", {})
        spellout = Spellout({name: [row for row in rows if len(row) == 2] for name, rows in rules.items()})
        for name in spellout.rules:
            if not name.startswith("%spellout-") or "financial" in name or "year" in name:
                continue
            for n in range(LEAST_NUMBER, MOST_NUMBER + 1):
                try:
                    form = spellout.spell(n, name)
                except (KeyError, RecursionError, ValueError):
                    continue
                yield language, "number", str(n), re.sub(r"[\xad\u200b]", "", form).strip()


def make(folder: Path) -> pl.DataFrame:
    """All rows; a form that means two things in a language is left out."""
    named = set(concepts(folder))
    rows = named | set(units(folder, {row[0] for row in named})) | set(numbers(folder))
    frame = pl.DataFrame(sorted(rows), schema=["language", "kind", "value", "form"], orient="row")
    words = [is_word(form) or kind == "number" for kind, form in frame.select("kind", "form").iter_rows()]
    frame = frame.filter(pl.Series(words))
    unit = pl.col("value").str.contains(":")
    # Units are certain, emoji are guesses.
    frame = frame.filter((pl.col("kind") == "number") | unit | ~unit.any().over("language", "form"))
    frame = frame.filter(pl.col("value").n_unique().over("language", "kind", "form") == 1)
    return frame.sort(pl.col("kind") == "concept", "value", "language", "form")


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    frame = make(parser.parse_args().folder)
    frame.write_parquet(OUT, compression="zstd", compression_level=19)
    print(frame.group_by("kind").agg(pl.len(), pl.col("language").n_unique(), pl.col("value").n_unique()))
    print(OUT.stat().st_size)


if __name__ == "__main__":
    main()
