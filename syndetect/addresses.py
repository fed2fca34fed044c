"""Addresses of pages: which of them name the same page, what was done to see it, and the host they stand for.

Columns of addresses → columns of keys and hosts. Most addresses need no more than their scheme and slash taken off,
which is done by column; the others are reduced one by one, each distinct one once.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import polars as pl

_TRACKING = Path(__file__).resolve().parent / "data" / "tracking_parameters.toml"

_SEGMENT = r"[A-Za-z0-9_~!$'()*,:@-][A-Za-z0-9_~!$'()*,:@.-]*"
_PLAIN = rf"^https?://(?:[a-z0-9-]+\.)+[a-z0-9-]+(?:/{_SEGMENT})*/?(?:\?[A-Za-z0-9_]+=[A-Za-z0-9_.-]+)?$"
"""What is its own key but for scheme, www. and the last slash, unless _odd speaks against it."""
_ODD = (
    r"//(?:www\.(?:www|m|mobile|amp|[a-z]{2,3}\.m)|m|mobile|amp|[a-z]{2,3}\.m)\.|//www\.[^./]+(?:[/?]|$)|xn--"
    r"|/amp(?:[/?]|$)|\.amp(?:\.html?)?/?(?:\?|$)|/(?i:index|default)\.|ampproject\.org|bing-amp\.com"
    r"|\?(?i:amp=|outputtype=|output=|sid=[0-9a-f]{16})"
)
_ONLY_UTM = r"^(https?://[^?#]*)\?(?:utm_[a-z_]+=[^&#%]*(?:&|$))+$"
_SCHEME = re.compile(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?//")
_TWIN_HOST = re.compile(r"(?:(www|m|mobile|amp)|([a-z]{2,3})\.m)\.(?=[^.]+\.[^.])")
"""Labels of twins at the head of a host of two labels more: m.site.example, en.m.site.example, but mobile.de."""
_NO_NAMES = re.compile(r"(?:com?|org|net|gov?|ac|edu|ne|or)\.[a-z]{2}")
"""What looks like a name but is a country's ending: mobile.co.uk is no mobile twin of co.uk."""
_WWW_OF_NO_NAME = rf"^https?://www\.(?:{_NO_NAMES.pattern})(?:[/?]|$)"
_CACHE = re.compile(
    r"(?:(?:www\.)?google\.[a-z.]{2,6}/amp|(?:www\.)?bing\.com/amp|(?:[^/]+\.)?cdn\.ampproject\.org/[cv]"
    r"|(?:[^/]+\.)?bing-amp\.com/[cv])/(?:s/)?(?=[^/]+\.[^/]+)",
    re.IGNORECASE,
)
"""Where AMP viewers keep pages of others, whose address follows; s/ for https."""
_SESSION_PART = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;?]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index\.(?:html?|php\d?|aspx?|jsp|shtml|xhtml|cfm)|default\.(?:aspx?|html?))$", re.IGNORECASE)
_AMP_FILE = re.compile(r"(?<=[^/.])\.amp(\.html?)?$")
_AMP_PARAMETER = re.compile(r"amp=(?:1|true)?|(?:outputtype|output)=amp", re.IGNORECASE)
_PAGE_LIKE = re.compile(r"[-_.\d]|[^\x00-\x7f]")
"""In the last part of a path: words joined, numbers, endings, other scripts. /news is a section, /fire-at-sea not."""
_ROUND = re.compile(r"^[\s.]+|[\s.]+$")
_NO_HOST = re.compile(r"[/?#@:%\s]")
_LONG_SESSION = re.compile(r"sid=[0-9a-f]{16,}", re.IGNORECASE)
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|(?:%[0-9A-Fa-f]{2})+")
_TIDY = re.compile(r"[A-Za-z0-9._~/!$'()*,:@=&+;-]*")
_UNSAFE = re.compile(r"[\x00-\x20\"<>\\^`{|}\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]")
"""Characters that an address may hold only escaped."""
_FREE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*,:@")
"""Characters that mean the same escaped and not: RFC 3986 says so of the unreserved, servers take the rest so."""
_FREE_IN_PATH, _FREE_IN_QUERY, _FREE_IN_MARK = _FREE | set("=&+"), _FREE | set("/?[]"), _FREE | set("/?&=")
Note = Callable[[str], None]


def url_key(urls: pl.Expr) -> pl.Expr:
    """What stays the same over the addresses of one page; `steps` says what is taken off and made alike.

    Args:
        urls: An expression of addresses.
    """
    return urls.map_batches(_keys, return_dtype=pl.String, is_elementwise=True)


def steps(url: str) -> list[str]:
    """What was done to an address to get the key of its page, in words, in order; none for one that is plain."""
    said: list[str] = []
    _reduce(url, said.append)
    return said


def host(urls: pl.Expr) -> pl.Expr:
    """The host of an address, lower case, without www. and port, in letters (no xn--); NULL where there is none."""
    found = (
        urls.str.extract(r"^(?i)(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@?#]*@)?([^/:?#\s]+)", 1)
        .str.to_lowercase()
        .str.strip_chars(".")
        .str.strip_prefix("www.")
    )
    return found.map_batches(_in_letters, return_dtype=pl.String, is_elementwise=True)


def _keys(urls: pl.Series) -> pl.Series:
    """Plain addresses by column, the others one by one."""
    return _mended(_plain_keys(urls), urls, _odd_keys).rename(urls.name)


def _plain_keys(urls: pl.Series) -> pl.Series:
    """Keys of plain addresses, NULL for the others."""
    url = pl.col("url")
    bare = url.str.strip_prefix("https://").str.strip_prefix("http://").str.strip_prefix("www.")
    bare = bare.str.replace("/?", "?", literal=True).str.strip_suffix("/")
    is_plain = url.str.contains(_PLAIN) & ~url.str.contains(_odd()) & ~url.str.contains(_WWW_OF_NO_NAME)
    return urls.rename("url").cast(pl.String).to_frame().select(pl.when(is_plain).then(bare)).to_series()


def _odd_keys(urls: pl.Series) -> pl.Series:
    """Keys of other addresses: those that are plain but for the commonest tracking by column."""
    done = _plain_keys(urls.str.replace(_ONLY_UTM, "$1"))
    keys = [key or key_of(url) for key, url in zip(done, urls, strict=True)]
    return pl.Series(keys, dtype=pl.String)


def _in_letters(hosts: pl.Series) -> pl.Series:
    is_odd = (
        hosts.to_frame("host").select(pl.col("host").str.contains(r"xn--|[^\x00-\x7F]")).to_series().fill_null(False)
    )
    if not is_odd.any():
        return hosts
    plain = hosts.to_frame("host").select(pl.when(~is_odd).then("host")).to_series()
    return _mended(plain, hosts, _odd_hosts).rename(hosts.name)


def _odd_hosts(hosts: pl.Series) -> pl.Series:
    return pl.Series([host_in_letters(name) for name in hosts], dtype=pl.String)


def _mended(done: pl.Series, given: pl.Series, by: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What is done, and where it is NULL what a function makes of the values given, each distinct one once."""
    odd = given.filter(done.is_null()).drop_nulls().unique()
    if odd.is_empty():
        return done
    return pl.select(pl.coalesce(done, given.replace_strict(odd, by(odd), default=None))).to_series()


def key_of(url: str) -> str:
    """The key of one address, whatever it looks like."""
    return _reduce(url, lambda step: None)


def host_in_letters(name: str) -> str:
    """A host in lower case and letters: xn--e1afmkfd.xn--p1ai → пример.рф."""
    if name.isascii() and "xn--" not in name.lower():
        return name.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower())
    if _NO_HOST.search(folded):
        return unicodedata.normalize("NFC", name.lower())
    labels = re.split(r"[.。]", folded)
    return ".".join(_label_in_letters(label) for label in labels)


def _label_in_letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        letters = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    # A name that would not come back the same is left as it is.
    is_name = letters == unicodedata.normalize("NFKC", letters).lower() and not letters.isascii()
    is_name &= all(char.isalnum() or char in "-·\u200c\u200d" or unicodedata.combining(char) for char in letters)
    return letters if is_name else label


def _reduce(url: str, note: Note) -> str:
    url = url.strip()
    scheme = _SCHEME.match(url)
    if scheme and (scheme[1] or "http").lower() not in ("http", "https"):
        return url
    rest = url[scheme.end() :] if scheme else url
    while cache := _CACHE.match(rest):
        note(f"taken out of the AMP cache {cache[0].partition('/')[0]}")
        rest = rest[cache.end() :]
    rest, mark, fragment = rest.partition("#")
    if fragment.startswith("!"):
        mark += _escapes_alike(fragment, _FREE_IN_MARK, note)
    elif mark:
        note(f"dropped #{fragment}")
        mark = ""
    rest, _, query = rest.partition("?")
    server, slash, path = rest.partition("/")
    server, path, query = _server(server, note), _path(slash + path, note), _query(query, note)
    key = server + path + ("?" + query if query else "") + mark
    return _reduce(key, note) if _CACHE.match(key) else key


def _server(server: str, note: Note) -> str:
    """The host and port, without user, default port and the labels of twins."""
    user, at, server = server.rpartition("@")
    if at:
        note(f"dropped the user {user.partition(':')[0]}")
    name, colon, port = server.partition(":")
    if colon and port in ("", "80", "443"):
        note(f"dropped the port {port}")
        colon = port = ""
    plain = _ROUND.sub("", host_in_letters(_ROUND.sub("", name)))
    if plain != name:
        note(f"{name} is {plain}")
    while twin := _TWIN_HOST.match(plain):
        bare = f"{twin[2]}." * bool(twin[2]) + plain[twin.end() :]
        if _NO_NAMES.fullmatch(bare):
            break
        label = twin[1] or "m"
        note("dropped www." if label == "www" else f"{'AMP' if label == 'amp' else 'mobile'} twin: dropped {label}.")
        plain = _ROUND.sub("", bare)
    return plain + colon + port


def _path(path: str, note: Note) -> str:
    """The path without dots, double slashes, sessions, the name of an index file, AMP marks and the last slash."""
    path = _escapes_alike(path, _FREE_IN_PATH, note)
    if session := _SESSION_PART.search(path):
        note(f"dropped {session[0]}")
        path = _SESSION_PART.sub("", path)
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    tidy = "".join(f"/{part}" for part in parts)
    if tidy != path.rstrip("/"):
        note(f"{path} is {tidy or '/'}")
    while (plain := _without_amp(_without_index(tidy, note), note)) != tidy:
        tidy = plain
    return tidy


def _without_index(path: str, note: Note) -> str:
    index = _INDEX.search(path)
    if index is None:
        return path
    note(f"dropped {index[0]}")
    return path[: index.start()]


def _without_amp(path: str, note: Note) -> str:
    """The path of the page that an AMP twin is of: `/fire-at-dock/amp`, `/amp/fire-at-dock`, `/fire.amp.html`."""
    if file := _AMP_FILE.search(path):
        note(f"AMP twin: dropped .amp of {file[0]}")
        return (path[: file.start()] + (file[1] or "")).rstrip("/")
    parts = path.split("/")[1:]
    others = [part for part in parts if part != "amp"]
    if len(others) < len(parts) and others and _PAGE_LIKE.search(others[-1]):
        note("AMP twin: dropped /amp")
        return "".join(f"/{part}" for part in others)
    return path


def _query(query: str, note: Note) -> str:
    """The parameters that say what the page is, by name: nobody's page depends on the order of theirs."""
    kept = []
    for part in query.split("&"):
        name, _, value = (_escapes_alike(one, _FREE_IN_QUERY, note) for one in _with_plus(part, note).partition("="))
        if _is_tracking(name.lower()) or _LONG_SESSION.fullmatch(f"{name}={value}"):
            note(f"dropped {part}")
        elif _AMP_PARAMETER.fullmatch(f"{name}={value}"):
            note(f"AMP twin: dropped {part}")
        elif name or value:
            kept.append((name, value))
        elif query:
            note("dropped an empty parameter")
    ordered = sorted(kept, key=lambda pair: pair[0])
    if ordered != kept:
        note("parameters in order of their names")
    return "&".join(f"{name}={value}" if value else name for name, value in ordered)


def _with_plus(part: str, note: Note) -> str:
    """A parameter with its spaces as plus signs, which they are in a query only."""
    plus = part.replace("%20", "+").replace(" ", "+")
    if plus != part:
        note(f"{part} is {plus}")
    return plus


def _escapes_alike(text: str, free: frozenset[str], note: Note) -> str:
    """Escapes of letters and free signs as the characters, other escapes in capitals, spaces escaped."""
    if _TIDY.fullmatch(text):
        return text

    def plain(found: re.Match[str]) -> str:
        if found[0] == "%":
            note("% is %25")
            return "%25"
        chars = bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "surrogateescape")
        decoded = "".join(
            char if char in free or not (char.isascii() or _UNSAFE.match(char)) else _escaped(char) for char in chars
        )
        if decoded != found[0]:
            note(f"{found[0]} is {decoded}")
        return decoded

    if "%" in text:
        text = _ESCAPE.sub(plain, text)
    tidy = _UNSAFE.sub(lambda found: _escaped(found[0]), unicodedata.normalize("NFC", text))
    if tidy != text:
        note(f"{text} is {tidy}")
    return tidy


def _escaped(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


@lru_cache(maxsize=1)
def _tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    """Names of tracking parameters, and beginnings of such names; lower case."""
    table = tomllib.loads(_TRACKING.read_text(encoding="utf-8"))
    names = [name.lower() for source in table.values() for name in source["names"].split()]
    return frozenset(n for n in names if n[-1] != "*"), tuple(n[:-1] for n in names if n[-1] == "*")


@lru_cache(maxsize=1)
def _odd() -> str:
    """What in an address that looks plain says that it is not."""
    names, beginnings = _tracking()
    either = "|".join([*(f"{re.escape(n)}=" for n in sorted(names)), *(re.escape(n) for n in sorted(beginnings))])
    return rf"{_ODD}|\?(?i:{either})"


@lru_cache(maxsize=65_536)
def _is_tracking(name: str) -> bool:
    names, beginnings = _tracking()
    return name in names or name.startswith(beginnings)
