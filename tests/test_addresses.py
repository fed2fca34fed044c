"""Addresses of one page have one key; addresses of two pages have two."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syndetect.addresses import host, key_of, steps, url_key

CASES = [
    [part.strip() for part in line.split(" | ")]
    for line in (Path(__file__).parent / "cases" / "addresses.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def keys(urls: list[str]) -> list[str]:
    return pl.DataFrame({"url": urls}, schema={"url": pl.String}).select(url_key(pl.col("url")))["url"].to_list()


@pytest.mark.parametrize(("name", "same", "one", "other"), CASES, ids=[case[0] for case in CASES])
def test_addresses_as_the_table_says(name: str, same: str, one: str, other: str) -> None:
    left, right = keys([one, other])
    assert (left == right) == (same == "same"), name


def test_the_table_has_both_kinds_of_lines() -> None:
    assert min([case[1] for case in CASES].count(kind) for kind in ("same", "other")) >= 25


def test_no_address_has_no_key_and_no_host() -> None:
    frame = pl.DataFrame({"url": [None, "https://a.example/x", None, "https://a.example/x?utm_source=q"]})
    told = frame.select(key=url_key(pl.col("url")), host=host(pl.col("url")))
    assert told["key"].to_list() == [None, "a.example/x", None, "a.example/x"]
    assert told["host"].to_list() == [None, "a.example", None, "a.example"]
    assert frame.clear().select(url_key(pl.col("url")).cast(pl.String))["url"].to_list() == []
    assert pl.select(url_key(pl.lit("https://www.a.example/x/"))).item() == "a.example/x"


pieces = st.sampled_from(
    [
        "http://", "https://", "HTTP://", "//", "www.", "www2.", "m.", "mobile.", "amp.", "en.", "a.example", "example",
        "co.uk", "B.Example", "xn--e1afmkfd.", "xn--a", "ПРИМЕР.", "straße.", "／", ":80", ":443", ":8080", ":", "me@",
        "google.com/amp/s/", "a.cdn.ampproject.org/c/s/", "/", "//", "/x", "/x-1", "/amp", "/amp/", ".amp", ".html",
        "/index.html", "/Index.php", "/default.aspx", "/.", "/..", "/...", ";jsessionid=1", ";sid=", "%41", "%7e",
        "%2e", "%2F", "%3f", "%25", "%", "%zz", "%d9", "%85", "%D9%85", "م", "é", "e\u0301", "\u037e", "\u200c", " ",
        "\u3000", "%20", "+", "?", "&", "=", "id=7", "utm_source=x", "UTM_x", "amp", "amp=1", "b=2", "#", "#!", "!",
        "sid=0123456789abcdef", "top", "\\", "|", "^", "file:///", "\udcff",
    ]
)  # fmt: skip
jumbles = st.lists(pieces, max_size=12).map("".join).map(lambda url: url.encode("utf-8", "replace").decode())
addresses = st.tuples(st.sampled_from(["https://", "http://www.", "https://m."]), jumbles).map("".join) | jumbles


@given(addresses)
@example("https://m.google.com/amp/s/x.y")
@example("//m.//.b")
def test_a_key_is_its_own_key(url: str) -> None:
    assert key_of(key_of(url)) == key_of(url)


@given(st.lists(addresses, min_size=1, max_size=30))
@example(["http://www.co.uk", "https://www.com.au/x", "http://www.co.uk.example", "https://www.ne.jp?id=7"])
def test_keys_by_column_are_those_of_the_slow_way(urls: list[str]) -> None:
    assert keys(urls) == [key_of(url) for url in urls]


@given(addresses)
def test_an_address_of_no_steps_loses_only_its_scheme_and_slashes(url: str) -> None:
    if not steps(url):
        bare = re.sub(r"^(?:https?:)?//", "", url.strip(), flags=re.IGNORECASE)
        left, right = (re.sub("[/?=]", "", one) for one in (key_of(url), bare))
        assert left == right or key_of(url) == url.strip()


names = st.text("abcdefghij", min_size=1, max_size=6)
numbers = st.integers(0, 99).map(str)
pages = st.tuples(
    names.map(lambda name: f"{name}.site.example"),
    st.lists(st.tuples(names, numbers).map("-".join), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(["id", "page", "q", "lang"]), numbers, max_size=3),
)


def address(page: tuple[str, list[str], dict[str, str]]) -> str:
    server, path, parameters = page
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"https://{server}/{'/'.join(path)}" + (f"?{query}" if query else "")


DISGUISES = {
    "scheme": lambda u: u.replace("https://", "http://"),
    "www": lambda u: u.replace("://", "://www."),
    "mobile": lambda u: u.replace("://", "://m."),
    "amp host": lambda u: u.replace("://", "://amp."),
    "port": lambda u: u.replace(".site.example/", ".site.example:443/"),
    "user": lambda u: u.replace("://", "://me@") if "@" not in u else u,
    "capitals": lambda u: u.replace(".site.example", ".SITE.example"),
    "slashes": lambda u: u.replace(".example/", ".example//").replace(":443/", ":443//"),
    "dots": lambda u: u.replace("-", "%2D"),
    "tracking": lambda u: u + ("&" if "?" in u else "?") + "fbclid=IwAR0-x_y",
    "amp": lambda u: u.replace("?", "/amp/?", 1) if "?" in u else u + "/amp",
    "order": lambda u: u if "?" not in u else u.split("?")[0] + "?" + "&".join(reversed(u.split("?", 1)[1].split("&"))),
}


@given(pages, st.lists(st.sampled_from(sorted(DISGUISES)), max_size=6, unique=True))
def test_a_page_in_disguise_is_the_page(page: tuple[str, list[str], dict[str, str]], worn: list[str]) -> None:
    plain = disguised = address(page)
    for name in worn:
        disguised = DISGUISES[name](disguised)
    assert key_of(disguised) == key_of(plain), disguised


@given(pages, pages)
def test_two_pages_are_two(
    one: tuple[str, list[str], dict[str, str]], other: tuple[str, list[str], dict[str, str]]
) -> None:
    assert (key_of(address(one)) == key_of(address(other))) == (one == other)


def test_what_was_done_to_an_address_is_told_in_order() -> None:
    assert steps("https://a.example/x") == steps("http://a.example/x/") == []
    assert steps("https://www.google.com/amp/s/www.A.example/%7Eme/x-1/amp/?utm_source=q&b=2&a=1#top") == [
        "taken out of the AMP cache www.google.com",
        "dropped #top",
        "www.A.example is www.a.example",
        "dropped www.",
        "%7E is ~",
        "AMP twin: dropped /amp",
        "dropped utm_source=q",
        "parameters in order of their names",
    ]


def test_the_host_is_lower_case_without_www_and_port() -> None:
    urls = ["https://WWW.Example.org:8080/a", "http://user@m.example.org", "file:///tmp/a.txt", "nonsense"]
    frame = pl.DataFrame({"url": urls}).select(host(pl.col("url")))
    assert frame["url"].to_list() == ["example.org", "m.example.org", None, None]


def test_the_host_has_one_form_in_letters_and_in_code() -> None:
    urls = [
        "https://xn--e1afmkfd.xn--p1ai/a",
        "https://www.ПРИМЕР.рф./",
        "https://xn--a/",
        "https://xn--pple-43d.example/",
    ]
    frame = pl.DataFrame({"url": urls}).select(host(pl.col("url")))
    assert frame["url"].to_list() == ["пример.рф", "пример.рф", "xn--a", "аpple.example"]
