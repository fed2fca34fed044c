"""JSON text → records, as far as it can be read: what is not quite JSON is read too, what is broken is passed over.

`read_value` reads one line. `Values` reads a text of any length that is not a record a line: a list, objects over
several lines or one behind another, an object that holds the list. Only one record is held at a time. Python's own
decoder reads a value from the middle of a text and says where it ends, which orjson doesn't; it is faster at that than
an event parser (222,000 records of 2 kB a second against ijson's 158,000), and where a value is broken reading goes on
at the next one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from syndetect.crawl.columns import container_names, sources_of

_LONE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[\s\0\ufeff]*")
_KEY = re.compile(r'\s*[{,]\s*"((?:[^"\\]|\\.)*)"\s*:\s*')
_LIST = re.compile(r"\[\s*(?=\{)")
_RESUME = re.compile(r"(?:\n|[,}\]])\s*(?=\{)")
"""Where the next record may begin: behind the end of a line, a comma or another record."""
_SLACK = 64
"""Characters at the end of what has been read that may be part of a word that goes on."""
_HEAD_CHARS = 1 << 16


def _whole_number(digits: str) -> int | float:
    """As orjson has it: what 64 bits don't hold is a fraction."""
    if len(digits) < 19:
        return int(digits)
    if len(digits) > 400:
        return float("-inf" if digits[0] == "-" else "inf")
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(number)


_DECODER = json.JSONDecoder(parse_int=_whole_number)
_LENIENT = json.JSONDecoder(parse_int=_whole_number, strict=False)


def read_value(raw: bytes) -> object:
    """Read a line that a strict reader refuses.

    Bytes that are no UTF-8 and halves of surrogate pairs are read as U+FFFD; NaN, Infinity, control characters in
    strings and NUL around the value are let pass.

    Raises:
        ValueError: With the reason.
    """
    text = raw.decode("utf-8", "replace").strip("\0\ufeff \t\r\n")
    try:
        return whole_characters(_LENIENT.decode(text), text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def whole_characters(value: object, text: str) -> object:
    """The value that was read from a text, with U+FFFD for halves of surrogate pairs."""
    return _mended(value) if "\\ud" in text or "\\uD" in text else value


def _mended(value: object) -> object:
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_LONE.sub("\ufffd", name): _mended(item) for name, item in value.items()}
    return value


class BadValueError(ValueError):
    """A value that can't be read, with the reason."""

    def __init__(self, reason: str, *, is_too_large: bool = False) -> None:
        super().__init__(reason)
        self.is_too_large = is_too_large


class Values:
    """The records of a JSON text that comes in pieces."""

    def __init__(self, pieces: Iterator[str], *, max_chars: int) -> None:
        """Begin to read.

        Args:
            pieces: The text.
            max_chars: A value longer than this is not kept.
        """
        self._pieces = pieces
        self._text = ""
        self._at = 0
        self._max = max_chars
        self._open: list[str] = []  # what encloses the records: lists and objects
        self.n_chars = 0  # of the last value
        self.whole = True  # whether all that was opened has been closed

    def __iter__(self) -> Iterator[object]:
        """Yield the records, or BadValueError with the reason for what can't be read."""
        while mark := self._peek():
            if mark in ",]}":
                self._at += 1
                if mark != "," and self._open:
                    self._open.pop()
            elif self._open[-1:] == ["{"]:
                yield from self._skip_member()
            elif mark == "[" and "[" not in self._open:
                self._at += 1
                self._open.append("[")
            elif mark != "{" or "[" in self._open or not self._enter():
                yield from self._value()
        self.whole = not self._open

    def _fill(self) -> bool:
        """Read at least as much again as has not been used, so that no text is looked at often."""
        wanted = max(_HEAD_CHARS, len(self._text) - self._at)
        parts = [self._text[self._at :]]
        got = 0
        for piece in self._pieces:
            parts.append(piece)
            got += len(piece)
            if got >= wanted:
                break
        self._text, self._at = "".join(parts), 0
        return got > 0

    def _peek(self) -> str:
        """The next character that is no space; nothing at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            assert match is not None
            self._at = match.end()
            if self._at < len(self._text) or not self._fill():
                return self._text[self._at : self._at + 1]

    def _decode(self) -> object:
        """Read the value that begins here.

        Raises:
            BadValueError: If it is none, or too long.
        """
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                goes_on = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _SLACK
                if not goes_on:
                    raise BadValueError(error.msg) from None
                if len(self._text) - self._at > self._max:
                    raise BadValueError("too large", is_too_large=True) from None
                if not self._fill():
                    raise BadValueError("cut short") from None
            except RecursionError:
                raise BadValueError("nested too deep") from None
            else:
                # A number may go on in the next piece.
                if end >= len(self._text) and isinstance(value, (int, float)) and self._fill():
                    continue
                if end - self._at > self._max:
                    raise BadValueError("too large", is_too_large=True)
                begin, self._at, self.n_chars = self._at, end, end - self._at
                return whole_characters(value, self._text[begin:end])

    def _value(self) -> Iterator[object]:
        try:
            yield self._decode()
        except BadValueError as broken:
            yield broken
            yield from self._resume()

    def _resume(self) -> Iterator[object]:
        """Behind what is broken go on at the next place where a whole record begins."""
        while True:
            match = _RESUME.search(self._text, self._at)
            if match is None:
                self._at = max(self._at, len(self._text) - _SLACK)
                left = len(self._text) - self._at
                if not self._fill():
                    # The end of the list may be whole, though its last record is not.
                    if self._text[-left:].rstrip().endswith(("]", "}")):
                        self._open.clear()
                    self._at = len(self._text)
                    return
                continue
            self._at = match.end()
            try:
                yield self._decode()
            except BadValueError:
                continue
            return

    def _skip_member(self) -> Iterator[object]:
        """Pass over a name and its value, behind the list in the object that holds it."""
        try:
            self._decode()
            if self._peek() != ":":
                raise BadValueError("a name without a value")
            self._at += 1
            self._peek()
            self._decode()
        except BadValueError as broken:
            self._open.clear()
            yield broken
            yield from self._resume()

    def _enter(self) -> bool:
        """Go into the list that an object holds, if it holds one by a name of containers and is no record itself."""
        if len(self._text) - self._at < _HEAD_CHARS:
            self._fill()
        found = list_within(self._text, self._at)
        if found is None:
            return False
        depth, self._at = found
        self._open += ["{"] * depth + ["["]
        return True


def list_within(text: str, at: int) -> tuple[int, int] | None:
    """The list of records in the object that begins here.

    Returns:
        How many objects stand around the list, and where its first record begins; None if the object is a record,
        which has an address or a text before any list, or holds no list.
    """
    depth = 1
    while match := _KEY.match(text, at):
        name, at = match[1], match.end()
        if name in container_names() and (opening := _LIST.match(text, at)):
            return depth, opening.end()
        if name in container_names() and text[at : at + 1] == "{":
            depth += 1
            continue
        roles = sources_of(frozenset((name,)))
        if roles["url"] or roles["text"] or roles["html"]:
            return None
        try:
            _, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
    return None


def starts_with_two(text: str) -> bool:
    """Whether a text begins with an object, and another one behind it."""
    try:
        _, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text[end:].lstrip(" ,\t")[:1] == "{"
