"""The wordings of data/attribution_phrases.tsv, compiled.

A template is plain text with `(a|b)` for alternatives (an empty one makes it optional), `{S}` for a source, `{D}` for a
date, `{T}` for a title, `{N}` for an outlet noun of the language, `^` for the start of a line, `$` for its end.
Rows of other kinds are words: outlet_noun, date_word (before a date), photo_word (before the credit of a picture).
Confidence `unsure` with `$`: a name that no list knows counts only in the last lines; `known`: it never counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import regex

from syndetect.claims.folding import HOST, fold_text, name_key

KINDS = {
    "first_pub": "attribution", "src_label": "attribution", "repub": "attribution", "rss_tail": "attribution",
    "cites": "citation", "mt_note": "translation-note",
}  # fmt: skip
_CLOSE_SET = frozenset({"zh", "ja", "th", "km", "lo", "my"})  # a template's spaces only part its groups
_CLOSE_NAMES = frozenset({"ko"})  # particles follow a name without a space
_SPACE, _SPACES = r"[^\S\n]*", r"[^\S\n]+"
_COLON = r"[^\S\n]*(?:[:;՝៖፡：]|[-–—|=](?=[^\S\n]))[^\S\n]*"
_NEXT_LINE = r"[^\S\n]*[:՝៖፡]?[^\S\n]*\n[^\S\n]*"
_LINE_START = r"(?<=\n)[^\S\n]*(?:[-–—*•·|>(\[【（«\"“©■▼◆]+[^\S\n]*)?"
_LINE_END = r"[^\S\n]*[.。)\]】）»\"”]*[^\S\n]*(?=\n|$)"
_MAX_EXPANSIONS = 400
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]"
MIN_PHOTO_STEM = 4
_LEADING_SOURCE = rf"(?<=[\n。!?(（【\[「]|[.!?…]\s|\)\s){_SPACE}(?P<s>{HOST}|[^\n。!?()（）【】\[\]]{{2,60}}?)"
_MIDDLE_SOURCE = r"(?P<s>[^\n]{1,80}?)"


@dataclass(frozen=True)
class Phrase:
    """A wording; `pattern` is matched against folded text, `triggers` are what such a text must hold."""

    number: int
    lang: str
    kind: str
    template: str
    example: str
    confidence: str
    triggers: tuple[str, ...]
    source_first: bool
    line_end: bool

    @property
    def pattern(self) -> regex.Pattern[str]:
        """Compiled when a text first holds a trigger: all of them together take a second."""
        return _compile(self.lang, self.kind, self.template)

    @property
    def labelled(self) -> bool:
        """Whether a label and a colon stand before the name, which then may be anything."""
        return ": {S}" in self.template


def _rows(name: str) -> Iterator[list[str]]:
    text = resources.files("syndetect").joinpath("data", name).read_text(encoding="utf-8")
    for line in text.splitlines()[1:]:
        if line and not line.startswith("#"):
            yield line.split("\t")


@lru_cache(maxsize=1)
def words_of_kind() -> dict[tuple[str, str], tuple[str, ...]]:
    """Rows that are words: (kind, language) -> words, longest first."""
    words: dict[tuple[str, str], list[str]] = {}
    for lang, kind, template, *_ in _rows("attribution_phrases.tsv"):
        if kind not in KINDS:
            words.setdefault((kind, lang), []).append(template)
    return {key: tuple(sorted(values, key=lambda w: (-len(w), w))) for key, values in words.items()}


@lru_cache(maxsize=1)
def outlet_nouns() -> frozenset[str]:
    """Folded words such as `agency` or `صحيفة` in every language."""
    rows = words_of_kind().items()
    return frozenset(fold_text(word) for (kind, _), words in rows if kind == "outlet_noun" for word in words)


@lru_cache(maxsize=1)
def _photo_words() -> regex.Pattern[str]:
    rows = words_of_kind().items()
    words = {fold_text(word) for (kind, _), values in rows if kind == "photo_word" for word in values}
    return regex.compile("|".join(map(_photo_word, sorted(words, key=lambda w: (-len(w), w)))))


def _photo_word(word: str) -> str:
    """It begins a word (`Bildquelle`), in scripts without spaces it stands anywhere; short ones stand alone."""
    if regex.search(_UNSPACED, word):
        return str(regex.escape(word))
    end = r"(?!\p{L})" if len(word) < MIN_PHOTO_STEM else ""
    return rf"(?<![\p{{L}}\p{{N}}]){regex.escape(word)}{end}"


def is_of_photo(label: str) -> bool:
    """Whether the words before a name credit a picture with it, and not the text."""
    return _photo_words().search(fold_text(label)) is not None


@lru_cache(maxsize=1)
def date_words() -> tuple[str, ...]:
    """Folded words that lead in a date, longest first."""
    rows = words_of_kind().items()
    words = {fold_text(word) for (kind, _), values in rows if kind == "date_word" for word in values}
    return tuple(sorted(words, key=lambda w: (-len(w), w)))


@lru_cache(maxsize=1)
def generic_keys() -> frozenset[str]:
    """Keys of what names no source."""
    text = resources.files("syndetect").joinpath("data", "generic_sources.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return frozenset(name_key(line) for line in lines if line and line[0] not in "#[")


def _split(template: str) -> list[str]:
    """Placeholders, `(groups)`, colons, spaces and literals, in order."""
    tokens: list[str] = regex.findall(r"\{[A-Z]\}|\([^()]*\)|:|\^|\$| |[^{}():^$ ]+|[()]", template)
    return tokens


def _literal(text: str, *, close_set: bool) -> str:
    out = []
    for char in fold_text(text):
        if char == " ":
            out.append(_SPACE if close_set else _SPACES)
        elif "\u0600" <= char <= "\u06ff":
            out.append(regex.escape(char) + "[\u064b-\u0652\u0640]*")
        else:
            out.append(regex.escape(char))
    return "".join(out)


def _alternatives(group: str) -> list[str]:
    return group[1:-1].split("|")


@cache
def _compile(lang: str, kind: str, template: str) -> regex.Pattern[str]:
    close_set = lang in _CLOSE_SET
    space = _SPACE if close_set else _SPACES
    tokens = _split(template)
    parts: list[str] = []
    for at, token in enumerate(tokens):
        if token == "{S}":
            parts.append(_source(tokens, at, kind))
        elif token == "{D}":
            parts.append(r"(?P<d>(?:\p{L}{3,12}\.? )?\p{N}[^\n]{3,40}?)")
        elif token == "{T}":
            # A particle ends a title in Korean, and one stands in many a title: the last is the one.
            parts.append(r"[^\n]{1,300}" + "?" * (lang not in _CLOSE_NAMES))
        elif token == "{N}":
            nouns = words_of_kind().get(("outlet_noun", lang), ())
            parts.append("(?:" + "|".join(_literal(noun, close_set=close_set) for noun in nouns) + ")")
        elif token == "^":
            parts.append(_LINE_START)
        elif token == "$":
            parts.append(_LINE_END)
        elif token == ":":
            parts.append(_colon(template, kind))
        elif token == " ":
            before_group = at + 1 < len(tokens) and _is_optional(tokens[at + 1])
            taken = (at and parts[-1].endswith(")?") and _is_optional(tokens[at - 1])) or tokens[at - 1] == ":"
            beside = lang in _CLOSE_NAMES and "{" in tokens[at - 1][0] + tokens[at + 1][0]
            dropped = taken or (before_group and _pulls_space(tokens, at + 1))
            parts.append("" if dropped else _SPACE if beside else space)
        elif token[0] == "(" and token[-1] == ")":
            parts.append(_group(tokens, at, space, close_set=close_set))
        else:
            parts.append(_literal(token, close_set=close_set))
    start = "" if template[0] in "^{" or close_set else r"(?:(?<![\p{L}\p{N}])|(?<=(?<!\p{L})[وفבוהשכ]))"
    return regex.compile(start + "".join(parts))


def _source(tokens: list[str], at: int, kind: str) -> str:
    if at == 0:
        return _LEADING_SOURCE
    if at == len(tokens) - 1 and kind == "cites":
        return r"(?=(?P<s>[^\n]{1,80}))"  # not consumed: one sentence can cite twice
    if at == len(tokens) - 1:
        return r"(?P<s>[^\n]{1,160})"
    return _MIDDLE_SOURCE


def _colon(template: str, kind: str) -> str:
    if template.startswith("^"):
        return f"(?:{_COLON}|{_NEXT_LINE})" if template.endswith(": {S}") else _COLON
    return _COLON if kind == "src_label" else f"(?:{_COLON}|{_SPACES})"


def _is_optional(token: str) -> bool:
    return token[0] == "(" and "" in _alternatives(token)


def _takes_next_space(tokens: list[str], at: int) -> bool:
    spaced = any(choice.endswith(" ") for choice in _alternatives(tokens[at]))
    return not spaced and at + 1 < len(tokens) and tokens[at + 1] == " "


def _pulls_space(tokens: list[str], at: int) -> bool:
    """An optional group at the end of a run takes the space before it along, so that neither is asked for alone."""
    spaced = any(choice.endswith(" ") for choice in _alternatives(tokens[at]))
    return not spaced and not _takes_next_space(tokens, at)


def _group(tokens: list[str], at: int, space: str, *, close_set: bool) -> str:
    choices = sorted({c for c in _alternatives(tokens[at]) if c}, key=lambda c: (-len(c), c))
    body = "(?:" + "|".join(_literal(choice, close_set=close_set) for choice in choices) + ")"
    if not _is_optional(tokens[at]):
        return body
    if _takes_next_space(tokens, at):
        return f"(?:{body}{space})?"
    if at and tokens[at - 1] == " " and _pulls_space(tokens, at):
        return f"(?:{space}{body})?"
    return f"(?:{body})?"


def _triggers(lang: str, template: str) -> tuple[str, ...]:
    """Literals of which every match holds at least one: the best run between placeholders, spelt out."""
    runs: list[list[list[str]]] = [[]]
    for token in _split(template):
        if token == " " and lang in _CLOSE_SET:
            continue
        breaks = token in {":", "^", "$"} or token[0] == "{"
        if breaks or _is_optional(token):
            runs.append([])
        else:
            runs[-1].append(_alternatives(token) if token[0] == "(" and len(token) > 1 else [token])
    best: tuple[int, tuple[str, ...]] = (0, ())
    for run in runs:
        for part in [run] if _n_expansions(run) <= _MAX_EXPANSIONS else [[choices] for choices in run]:
            spelt = {fold_text("".join(choice)).strip() for choice in itertools.product(*part)}
            least = min((len(text) for text in spelt), default=0)
            if least > best[0]:
                best = (least, tuple(sorted(spelt)))
    if template[0] == "^" and template[1] != "{" and best[0] < 5 and lang not in _CLOSE_SET:
        ending = "" if ":" in template else " "
        return tuple(f"\n{text}{ending}" for text in best[1])
    return best[1]


def _n_expansions(run: list[list[str]]) -> int:
    n = 1
    for choices in run:
        n *= len(choices)
    return n


@lru_cache(maxsize=1)
def load_phrases() -> tuple[Phrase, ...]:
    """All wordings, in the order of the file."""
    phrases: list[Phrase] = []
    for lang, kind, template, example, confidence in _rows("attribution_phrases.tsv"):
        if kind in KINDS:
            phrases.append(
                Phrase(
                    len(phrases), lang, kind, template, example, confidence,
                    _triggers(lang, template), template.startswith("{S}"),
                    template.endswith("{S}$"),
                )
            )  # fmt: skip
    return tuple(phrases)
