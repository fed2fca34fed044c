"""Letters made alike without moving them, so that a span in folded text is a span in the page's."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import polars as pl
import regex
from anyascii import anyascii

_ALIKE = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ى": "ی", "ي": "ی", "ك": "ک", "ۀ": "ه", "ہ": "ه", "ے": "ی",
    "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "\u00a0": " ", "\u202f": " ", "\u3000": " ", "\u2009": " ",
    "ё": "е", "ς": "σ", "ı": "i", "：": ":", "﹕": ":", "︰": ":", "\t": " ", "״": '"',
}  # fmt: skip
_TABLE = str.maketrans({**_ALIKE, "İ": "i"})
_CHANGED = {old: new for old, new in _ALIKE.items() if old != new}

_LABEL = "[a-z0-9\u00df-\u024f](?:[a-z0-9\u00df-\u024f-]*[a-z0-9\u00df-\u024f])?"
HOST = (
    r"(?:https?://[^\s<>\"'»”)\]،，。]+"
    rf"|(?<![\p{{Latin}}\p{{Cyrillic}}\p{{N}}@.])(?:(?:{_LABEL}\.)+(?:xn--[a-z0-9-]+|[a-z]{{2,24}})"
    r"|(?:[\p{Cyrillic}\p{N}-]+\.)+(?:рф|укр|бел))(?![\p{Latin}\p{Cyrillic}\p{N}@])(?:/[^\s<>\"'»”)\]،，。]*)?)"
)
"""An address, or a host that stands alone in a text."""
_HOST_OF = regex.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@?#]*@)?([^/:?#\s]+)", regex.IGNORECASE)
_FILE_ENDINGS = frozenset(
    ("jpg", "jpeg", "png", "gif", "pdf", "doc", "html", "htm", "php", "mp4", "mp3", "txt", "js", "css", "py", "sh")
)


def fold_text(text: str) -> str:
    """Lower case, letter variants and apostrophes made alike; as many characters as before."""
    return text.translate(_TABLE).lower()


def folded(column: pl.Expr) -> pl.Expr:
    """`fold_text` for a column."""
    lower = column.str.replace_all("İ", "i", literal=True).str.to_lowercase()
    return lower.str.replace_many([*_CHANGED], [*_CHANGED.values()])


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """What two spellings of a name share: letters, digits and `+`, without marks, case, spaces and points."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_TABLE).casefold().replace("ß", "ss"))
    return "".join(c for c in decomposed if c.isalnum() or c == "+")


@lru_cache(maxsize=200_000)
def latin_key(name: str) -> str:
    """The name's key in Latin letters, by sound."""
    return name_key(str(anyascii(name)))


def host_of(address: str) -> str | None:
    """The host of an address or of a bare host, lower case, without `www.`; None if it holds none."""
    address = address.strip()
    found = _HOST_OF.match(address)
    host = found[1] if found else address.split("/", 1)[0].split(":", 1)[0]
    host = host.lower().strip(".").removeprefix("www.")
    last = host.rpartition(".")[2]
    if "." not in host or not last.isalpha() or last in _FILE_ENDINGS or len(host) < 4:
        return None
    return host


_SECOND_LEVEL = frozenset(("co", "com", "org", "net", "gov", "gob", "gouv", "ac", "edu", "or", "ne", "go", "gv"))
_PREFIXES = frozenset(("www", "m", "mobile", "amp", "news", "en", "ar", "fa", "ru", "fr", "de", "es", "edition", "web"))


def host_word(host: str) -> str:
    """The label of a host that names it: `mehrnews` of en.mehrnews.com, `example` of news.example.co.uk."""
    labels = host.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels = labels[:-1]
    while len(labels) > 1 and labels[0] in _PREFIXES:
        labels = labels[1:]
    return name_key(labels[-1]) if labels else ""


SHARING = (
    r"(?i)^(?:[a-z0-9-]+\.)*(?:facebook\.com|fb\.com|twitter\.com|x\.com|t\.co|t\.me|telegram\.(?:me|org)|wa\.me|whatsapp\.com"
    r"|instagram\.com|youtube\.com|youtu\.be|tiktok\.com|linkedin\.com|pinterest\.[a-z.]+|reddit\.com|vk\.com|ok\.ru|weibo\.com"
    r"|line\.me|news\.google\.com|nabd\.com|threads\.net|bsky\.app|tumblr\.com|getpocket\.com|flipboard\.com|apple\.com"
    r"|play\.google\.com|addtoany\.com|sharethis\.com|feedburner\.com|doubleclick\.net|googletagmanager\.com|wikipedia\.org)$"
)
"""Hosts that a page links to for sharing or for background: never where its text was taken from."""
