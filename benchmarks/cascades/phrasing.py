"""How pages word that they are taken from somebody: phrases.tsv and the examples of the package's own list.

Half the lines are worded as the tool's data has them, half in ways it has not been told of, so that a figure can be
read for both.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
OWN = HERE / "phrases.tsv"
PACKAGED = HERE.parents[1] / "syndetect" / "data" / "attribution_phrases.tsv"
KINDS = {
    "first_pub": "first", "rss_tail": "tail", "repub": "source", "src_label": "source", "mt_note": "note",
    "cites": "cites",
}  # fmt: skip
"""Kind of the package's list -> kind of a phrase here."""
RARE = {"unsure"}
"""Examples that the package itself thinks unlikely to be credits."""

_MOST_WORDS = 4
"""A name in an example has at most so many words; what is longer holds words of the sentence."""


@dataclass(frozen=True)
class Phrase:
    """A wording with {site}, {time} and {title} left open."""

    text: str
    own: bool
    """Whether it is of phrases.tsv."""


def _rows(path: Path) -> list[list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _piece(part: str) -> str:
    """A piece of a template as a regular expression: alternatives, an open place, or words."""
    if re.fullmatch(r"\{[A-Z]\}", part):
        return f"(?P<{part[1]}>.+?)"
    inner = part[1:-1].split("|") if part.startswith("(") else [part]
    escaped = [re.escape(words).replace(r"\ ", r"\s{}").replace(":", r"\s*[:：៖՝]") for words in inner]
    return "(?:" + "|".join(escaped) + ")"


def open_example(template: str, example: str) -> str | None:
    """An example of the package's list with its name, time and title taken out; None where they can't be told."""
    pattern = template.removeprefix("^").removesuffix("$")
    parts = [_piece(part) for part in re.split(r"(\([^()]*\)|\{[A-Z]\})", pattern)]
    ends = r"(?P<end>[.。）)]?)$" if pattern.endswith("}") else ""
    written = "".join(parts) + ends
    # A template's spaces may be none in languages that set no spaces.
    tries = (re.search(written.replace(r"\s{}", space), example, re.IGNORECASE) for space in (r"\s+", r"\s*"))
    match = next((found for found in tries if found), None)
    if match is None:
        return None
    spans = sorted((match.span(name), name) for name in match.groupdict() if name != "end")
    for (start, end), name in reversed(spans):
        if len(example[start:end].split()) > _MOST_WORDS + 2 * (name == "D"):
            return None
        slot = {"S": "{site}", "D": "{time}", "T": "{title}"}.get(name)
        if slot is None:
            return None
        example = example[:start] + slot + example[end:]
    return example


def _packaged() -> dict[tuple[str, str], list[Phrase]]:
    found: dict[tuple[str, str], list[Phrase]] = {}
    for language, kind, template, example, sure in _rows(PACKAGED):
        if kind not in KINDS or sure in RARE:
            continue
        note = kind == "mt_note" and "{" not in template
        text = example if note else open_example(template, example)
        if text and note == (kind == "mt_note") and note != ("{site}" in text):
            found.setdefault((language, KINDS[kind]), []).append(Phrase(text, own=False))
    return found


@lru_cache(maxsize=1)
def phrases() -> dict[tuple[str, str], list[Phrase]]:
    """Language and kind -> wordings, the package's and our own."""
    found = _packaged()
    for language, kind, text in _rows(OWN):
        found.setdefault((language, kind), []).append(Phrase(text, own=True))
    return found


def languages() -> list[str]:
    """The languages that phrases.tsv speaks."""
    return sorted({language for language, _, _ in _rows(OWN)})


def choose(language: str, kind: str, rng: random.Random, *, own: float) -> Phrase:
    """A wording: with probability `own` one of phrases.tsv, or where the package has none of that kind."""
    all_of = phrases().get((language, kind), [])
    mine, theirs = [p for p in all_of if p.own], [p for p in all_of if not p.own]
    use_own = rng.random() < own
    return rng.choice(mine if (use_own and mine) or not theirs else theirs)
