"""Stories by machine: what a rule-based translator makes of the human text of one language, in place of a human's.

Apertium's engines (Debian packages apertium-*) translate the human text of a language into another; the pages of third
languages that it is matched with are human. In each pool a document has one of the routes (engine, from, into) that it
has texts for and one third language; the same pool is made twice, with the human text of the target language and with
the machine's, so that recall can be set side by side. Words that an engine lacks it marks with * # @: a site would
take the marks off, and so do we, unless told to keep them.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import regex
from cross_lingual_sources import Documents, Text

THIRD = ("de", "ru", "ar", "zh", "ja", "fa", "tr")
INSTALL = (
    "apt-get install apertium apertium-eng-spa apertium-fr-es apertium-es-pt apertium-hbs-eng apertium-isl-eng "
    "apertium-mkd-eng apertium-eng-cat apertium-urd-hin apertium-swe-dan apertium-spa-ita "
    "apertium-mkd-bul apertium-afr-nld apertium-ind-zlm"
)
_MARK = regex.compile(r"[*#@](?=\p{L})")


@dataclass(frozen=True)
class Route:
    """An engine and what it translates: from one language into another, as the tool calls them."""

    engine: str
    source: str
    target: str


ROUTES = (
    Route("spa-eng", "es", "en"), Route("mkd-eng", "mk", "en"), Route("hbs-eng", "hr", "en"),
    Route("isl-eng", "is", "en"), Route("cat-eng", "ca", "en"), Route("eng-spa", "en", "es"),
    Route("fr-es", "fr", "es"), Route("es-pt", "es", "pt"), Route("spa-ita", "es", "it"), Route("eng-cat", "en", "ca"),
    Route("urd-hin", "ur", "hi"), Route("swe-dan", "sv", "da"),
    Route("mkd-bul", "mk", "bg"), Route("afr-nld", "af", "nl"), Route("ind-zlm", "id", "ms"),
)  # fmt: skip
"""rus-ukr is not among them: as Debian 12 packs it, it hands one of its steps a flag twice and gives nothing."""


def engines() -> set[str]:
    """The engines that are installed; none where Apertium is not."""
    if shutil.which("apertium") is None:
        return set()
    done = subprocess.run(["apertium", "-l"], check=False, capture_output=True, text=True)
    return set(done.stdout.split())


def without_marks(sentence: str) -> str:
    """A sentence without the marks of unknown words, as a site would print it."""
    return str(_MARK.sub("", sentence))


def translate(sentences: Sequence[str], engine: str, *, keep_marks: bool = False) -> list[str]:
    """Translate sentences, each by itself.

    Raises:
        ValueError: If the engine gives another number of lines than it was given.
    """
    lines = "".join(" ".join(sentence.split()) + "\n" for sentence in sentences)
    command = ["apertium", "-n", "-f", "line", engine]
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=lines)
    out = done.stdout.removesuffix("\n").split("\n")
    if len(out) != len(sentences):
        raise ValueError(f"apertium {engine} gave {len(out)} lines for {len(sentences)}")
    return out if keep_marks else [without_marks(line) for line in out]


def translate_documents(documents: Documents, route: Route, *, keep_marks: bool = False) -> dict[str, Text]:
    """The machine's text of each document that has both a source and a human text of the target."""
    fit = {name: texts for name, texts in documents.items() if {route.source, route.target} <= texts.keys()}
    lines = [line for texts in fit.values() for line in texts[route.source][0].sentences]
    done = translate(lines, route.engine, keep_marks=keep_marks) if lines else []
    made, at = {}, 0
    for name, texts in fit.items():
        n = len(texts[route.source][0].sentences)
        made[name] = Text(tuple(done[at : at + n]), machine=True)
        at += n
    return made


def translate_all(
    documents: Documents, routes: Sequence[Route], *, keep_marks: bool = False
) -> tuple[dict[Route, dict[str, Text]], list[str]]:
    """The machine's texts by route, and why a route gave none."""
    made: dict[Route, dict[str, Text]] = {}
    reasons: list[str] = []
    for route in routes:
        try:
            made[route] = translate_documents(documents, route, keep_marks=keep_marks)
        except (ValueError, subprocess.CalledProcessError) as error:
            reasons.append(str(error))
    return made, reasons


def side_by_side(
    documents: Documents, made: dict[Route, dict[str, Text]], rng: random.Random
) -> tuple[Documents, Documents, dict[str, Route]]:
    """Documents of two languages, the target with a human's text or the machine's and a third, and each one's route."""
    human: Documents = {}
    machine: Documents = {}
    chosen: dict[str, Route] = {}
    for name, texts in documents.items():
        third = [language for language in THIRD if language in texts]
        fit = [
            (route, language)
            for route, by_document in made.items() if name in by_document
            for language in third if language not in (route.source, route.target)
        ]  # fmt: skip
        if fit:
            route, language = rng.choice(fit)
            beside = {language: texts[language][:1]}
            human[name] = {route.target: texts[route.target][:1], **beside}
            machine[name] = {route.target: [made[route][name]], **beside}
            chosen[name] = route
    return human, machine, chosen
