"""The bytes of a page → its text: by byte order mark, server, the page's own word, and what the bytes themselves say.

Bytes beyond ASCII that read as UTF-8 are UTF-8, whatever server and page call them: text of another charset hardly
ever does, and many servers send one charset name with all pages. A name that the bytes contradict falls to the next.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:\-]+)", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:\-]+)", re.IGNORECASE)
_HANGUL = re.compile("[\uac00-\ud7a3]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEAD_BYTES = 4_096
_TOLD_BY_BYTES = 65_536
"""The detector is shown so many bytes around the first beyond ASCII."""
_MAX_BAD = 0.02
"""Pages cut within a letter, or with a part pasted in from elsewhere, hold this share of letters that can't be read."""
# As browsers read them, the names of what people wrote with later or wider tables.
_WIDER = {
    "gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
    "iso8859-11": "cp874", "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254",
}  # fmt: skip
_NO_CHARSETS = frozenset(("idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined", "mbcs"))
# Names that people write and neither the standard nor Python knows.
_WRITTEN = re.compile(r"^(?:win|windows|cp)[-_]?(125\d|874)$")


def decode(raw: bytes, charset: str | None) -> str:
    """Decode a page.

    Args:
        raw: The page as served.
        charset: What the server calls its charset.
    """
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(name, "replace")
    if b"\0" in raw[:_HEAD_BYTES] and (wide := _by_zeros(raw)):
        return raw.decode(wide, "replace")
    for name in ("utf-8",) if b"\x1b$" not in raw else ("iso2022_jp", "utf-8"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    names = list(dict.fromkeys(_stated(raw, charset)))
    for name in names:
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    for name in names:
        text = raw.decode(name, "replace")
        if text.count("\ufffd") <= _MAX_BAD * len(_BEYOND_ASCII.findall(text)):
            return text
    return _detected(raw)


def _stated(raw: bytes, charset: str | None) -> Iterator[str]:
    """The charsets that server and page name, as Python calls them."""
    head = raw[:_HEAD_BYTES]
    written = [
        charset,
        *(found[1].decode("ascii", "replace") for found in (_META.search(head), _XML.search(head)) if found),
    ]
    for name in written:
        known = python_name(name) if name else None
        # A page whose first bytes can be read as ASCII is not in UTF-16.
        if known and not known.startswith("utf-16"):
            yield known


@lru_cache(maxsize=1_024)
def python_name(written: str) -> str | None:
    """What Python calls the charset that browsers read under a name; None if there is none."""
    name = written.strip(" \"';,").lower()
    if not name.isascii():
        return None
    if found := _WRITTEN.match(name):
        return f"cp{found[1]}"
    known = map_encoding_to_html5(name, fallback_utf8=False) or name
    try:
        found_name = codecs.lookup(known).name
    except (LookupError, ValueError):
        return None
    if found_name in _NO_CHARSETS:
        return None
    found_name = _WIDER.get(found_name, found_name)
    try:
        return found_name if b"a".decode(found_name) == "a" or found_name.startswith("utf-16") else None
    except (LookupError, UnicodeDecodeError):
        return found_name if found_name.startswith("utf-16") else None


def _by_zeros(raw: bytes) -> str | None:
    """UTF-16 without a mark: in the markup, every other byte is zero."""
    head = raw[:_HEAD_BYTES]
    even, odd = head[::2].count(0), head[1::2].count(0)
    least = len(head) // 40
    if max(even, odd) <= least or min(even, odd) > max(even, odd) // 8:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _detected(raw: bytes) -> str:
    first = next((found.start() for found in re.finditer(rb"[\x80-\xff\x1b]", raw)), 0)
    shown = raw[max(0, first - 1_024) : first + _TOLD_BY_BYTES]
    name = python_name(detect_encoding(shown) or "") or "utf-8"
    if name == "utf-8" and (korean := _korean(raw)) is not None:
        return korean
    # The letters of Ukrainian stand where KOI8-R has frames for tables.
    return bytes_to_str(raw, "koi8-u" if name == "koi8-r" else name, errors="replace")


def _korean(raw: bytes) -> str | None:
    """The text, if the bytes are Korean: the detector takes them for UTF-8, which they are not."""
    text = raw.decode("cp949", "replace")
    letters = len(_BEYOND_ASCII.findall(text))
    return text if letters and len(_HANGUL.findall(text)) >= 0.8 * letters else None
