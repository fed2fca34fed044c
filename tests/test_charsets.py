"""Pages in the charsets of the web, called by their names, by other names and by none."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from syndetect.extract.charsets import decode, python_name

CASES = [
    [part.strip() for part in line.split(" | ")]
    for line in (Path(__file__).parent / "cases" / "charsets.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
NAMES = [case[0] for case in CASES]


def page(text: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}<title>1</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(("charset", "called", "text"), CASES, ids=NAMES)
def test_the_servers_word_is_taken(charset: str, called: str, text: str) -> None:
    assert decode(page(text).encode(charset), called) == page(text)


@pytest.mark.parametrize(("charset", "called", "text"), CASES, ids=NAMES)
def test_the_pages_own_word_is_taken(charset: str, called: str, text: str) -> None:
    html = page(text, f'<meta http-equiv="Content-Type" content="text/html; charset={called}">')
    assert decode(html.encode(charset), None) == html
    html = f'<?xml version="1.0" encoding="{called}"?>{page(text)}'
    assert decode(html.encode(charset), "no-such-charset") == html


@pytest.mark.parametrize(("charset", "called", "text"), CASES, ids=NAMES)
def test_the_bytes_tell_where_nobody_says(charset: str, called: str, text: str) -> None:
    assert decode(page(text).encode(charset), None) == page(text), called


@pytest.mark.parametrize(("charset", "called", "text"), CASES, ids=NAMES)
def test_a_server_that_the_bytes_contradict_is_not_believed(charset: str, called: str, text: str) -> None:
    html = page(text, f"<meta charset={called}>")
    assert decode(html.encode(charset), "utf-8") == html


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1251", "gbk", "utf-16", None])
def test_utf_8_is_read_as_such_whatever_it_is_called(charset: str | None) -> None:
    html = page("Les pêcheurs s’inquiètent", "<meta charset=windows-1252>")
    assert decode(html.encode(), charset) == html


@pytest.mark.parametrize(
    ("mark", "charset"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_beats_all(mark: bytes, charset: str) -> None:
    html = page("市议会周二决定", "<meta charset=big5>")
    assert decode(mark + html.encode(charset), "koi8-r") == html


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "cp932", "cp949"])
def test_a_page_cut_within_a_letter_keeps_its_charset(charset: str) -> None:
    text = next(text for name, _, text in CASES if name == {"utf-8": "gb18030"}.get(charset, charset))
    raw = page(text).encode(charset)
    cut = raw[: raw.index(b"</p>") - 1]
    assert text[:-1] in decode(cut, charset)


def test_one_letter_of_another_charset_does_not_spoil_a_page() -> None:
    text = "Городской совет решил во вторник закрыть старый мост в порту. " * 5
    raw = page(text).encode().replace(b"</p>", b"\xe9</p>")
    assert text in decode(raw, "utf-8")


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("latin1", "cp1252"), ("ISO-8859-1", "cp1252"), ("us-ascii", "cp1252"), ("gb2312", "gb18030"),
        ("x-gbk", "gb18030"), ("x-sjis", "cp932"), ("ks_c_5601-1987", "cp949"), ("'Windows-1251';", "cp1251"),
        ("cp-1251", "cp1251"), ("utf8", "utf-8"), ("iso-8859-8-i", "iso8859-8"), ("tis-620", "cp874"), ("none", None),
        ("", None), ("\0", None), ("hex", None), ("idna", None), ("rot13", None), ("utf-7", None),
    ],
)  # fmt: skip
def test_names_mean_what_browsers_mean(written: str, known: str | None) -> None:
    assert python_name(written) == known


@pytest.mark.parametrize("raw", [b"", b"\0", b"\xff", b"\xff\xfe\x00", b"\x1b$B", b"\x00\x00\x00\x00", b"\x80" * 9])
def test_any_bytes_give_some_text(raw: bytes) -> None:
    assert isinstance(decode(raw, "utf-8"), str)
