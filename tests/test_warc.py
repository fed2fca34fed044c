from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import threading
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import brotli
import polars as pl
import pytest
from fastwarc.stream_io import ZstdWriter, zstd_train_dictionary_from_samples
from hypothesis import given, settings
from hypothesis import strategies as st
from warc_files import HTML, gzipped, http, page, record, zstd

from syndetect.crawl import Options, Outcome, Place, find_inputs, read_pages
from syndetect.crawl.warc import read_warc
from syndetect.schema import PAGE

URLS = [f"https://a.test/{i}" for i in range(6)]
PAGES = [page(url, HTML * (20 + i)) for i, url in enumerate(URLS)]


def read(path: Path, *, options: Options | None = None) -> tuple[pl.DataFrame, Outcome]:
    (source,) = find_inputs([str(path)])
    outcome = Outcome(str(path))
    frames = list(read_pages(source, outcome, options))
    return pl.concat(frames) if frames else pl.DataFrame(schema=PAGE), outcome


@pytest.fixture
def reads(tmp_path: Path) -> Callable[..., tuple[pl.DataFrame, Outcome]]:
    def read_bytes(raw: bytes, *, options: Options | None = None) -> tuple[pl.DataFrame, Outcome]:
        path = tmp_path / "crawl.warc"
        path.write_bytes(raw)
        return read(path, options=options)

    return read_bytes


Reads = Callable[..., tuple[pl.DataFrame, Outcome]]


def reasons(outcome: Outcome) -> list[tuple[int, str]]:
    return [(number, reason.partition(":")[0]) for number, reason in outcome.rejected]


def test_a_warc_gives_its_html_and_lists_errors(reads: Reads) -> None:
    records = [
        page("https://a.test/1"),
        record("https://a.test/2", http(b"gone", status="404 Not Found")),
        page("https://a.test/i.png", b"\x89PNG", head=["Content-Type: image/png"]),
        page("https://a.test/3", gzip.compress(HTML), head=["Content-Type: text/html", "Content-Encoding: gzip"]),
    ]
    for raw in (b"".join(records), b"".join(gzipped(records))):
        pages, outcome = reads(raw)
        assert pages["html"].to_list() == [HTML] * 2
        assert pages["record"].to_list() == [0, 3]
        assert pages["charset"].to_list() == ["utf-8", None]
        assert pages["crawled_at"].to_list() == [datetime(2026, 2, 8, 20, 14, 27, tzinfo=UTC)] * 2
        assert outcome.n_records == 3
        assert outcome.rejected == [(1, "http-status: the server answered 404")]
        assert outcome.passed_over == {"response: image": 1}
        assert outcome.fault is None


SAMPLES = [page(f"https://a.test/{i}", HTML + str(i).encode()) for i in range(500)]


def _with_dictionary(*, packs: bool) -> bytes:
    dictionary = zstd_train_dictionary_from_samples(SAMPLES, 4096)
    out = io.BytesIO()
    writer = ZstdWriter(out, dictionary=dictionary, compress_dictionary_frame=packs)
    for one in PAGES:
        writer.write(one)
        writer.finish()
    writer.close()
    return out.getvalue()


PACKINGS = {
    "plain": b"".join(PAGES),
    "gzip by record": b"".join(gzipped(PAGES)),
    "gzip around all": gzip.compress(b"".join(PAGES)),
    "gzip by blocks that are no records": b"".join(
        gzip.compress(b"".join(PAGES)[at : at + 1000]) for at in range(0, len(b"".join(PAGES)), 1000)
    ),
    "zstd by record": b"".join(map(zstd, PAGES)),
    "zstd around all": zstd(b"".join(PAGES)),
    "zstd with a dictionary": _with_dictionary(packs=False),
    "zstd with a packed dictionary": _with_dictionary(packs=True),
    "bz2": bz2.compress(b"".join(PAGES)),
    "xz": lzma.compress(b"".join(PAGES)),
    "gzip, then plain": b"".join(gzipped(PAGES[:3])) + b"".join(PAGES[3:]),
    "gzip, padded with zeros": b"".join(gzipped(PAGES)) + b"\0" * 5000,
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_reads_alike(packing: str, reads: Reads) -> None:
    pages, outcome = reads(PACKINGS[packing])
    assert pages["url"].to_list() == URLS
    assert pages["html"].to_list() == [HTML * (20 + i) for i in range(len(URLS))]
    assert pages["record"].to_list() == list(range(len(URLS)))
    assert (outcome.n_records, outcome.rejected, outcome.fault) == (len(URLS), [], None)


def _raw_deflate(body: bytes) -> bytes:
    state = zlib.compressobj(9, zlib.DEFLATED, -15)
    return state.compress(body) + state.flush()


def _chunked(body: bytes, *, extension: bytes = b"", line_end: bytes = b"\r\n") -> bytes:
    parts = [body[at : at + 20] for at in range(0, len(body), 20)]
    chunks = [b"%x%s%s%s%s" % (len(part), extension, line_end, part, line_end) for part in parts]
    return b"".join([*chunks, b"0", line_end, b"Trailer: x", line_end, line_end])


TEXT = HTML * 3
CODED = "Content-Encoding: "
BODIES: dict[str, tuple[list[str], bytes]] = {
    "chunked": (["Transfer-Encoding: chunked"], _chunked(TEXT)),
    "chunked with extensions": (["Transfer-Encoding: chunked"], _chunked(TEXT, extension=b";a=b")),
    "chunked with bare line feeds": (["Transfer-Encoding: chunked"], _chunked(TEXT, line_end=b"\n")),
    "chunked by name only": (["Transfer-Encoding: chunked"], TEXT),
    "gzip": ([CODED + "gzip"], gzip.compress(TEXT)),
    "x-gzip in capitals": ([CODED + "X-GZIP"], gzip.compress(TEXT)),
    "gzip of two members": ([CODED + "gzip"], gzip.compress(TEXT[:70]) + gzip.compress(TEXT[70:])),
    "gzip with something behind": ([CODED + "gzip"], gzip.compress(TEXT) + b"\r\n\0\0"),
    "gzip that says nothing": ([], gzip.compress(TEXT)),
    "deflate": ([CODED + "deflate"], zlib.compress(TEXT)),
    "raw deflate": ([CODED + "deflate"], _raw_deflate(TEXT)),
    "br": ([CODED + "br"], brotli.compress(TEXT)),
    "zstd": ([CODED + "zstd"], zstd(TEXT)),
    "gzip in br": ([CODED + "gzip, br"], brotli.compress(gzip.compress(TEXT))),
    "gzip in br in two fields": ([CODED + "gzip", CODED + "br"], brotli.compress(gzip.compress(TEXT))),
    "chunked gzip": ([CODED + "gzip", "Transfer-Encoding: chunked"], _chunked(gzip.compress(TEXT))),
    "gzip by name only": ([CODED + "gzip"], TEXT),
    "br by name only": ([CODED + "br"], TEXT),
    "zstd by name only": ([CODED + "zstd"], TEXT),
    "deflate by name only": ([CODED + "deflate"], TEXT),
    "an encoding that is none": ([CODED + "utf-8"], TEXT),
    "a folded field": ([CODED + "gzip,\r\n\tbr"], brotli.compress(gzip.compress(TEXT))),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_are_unpacked_whatever_they_claim(name: str, reads: Reads) -> None:
    fields, body = BODIES[name]
    pages, outcome = reads(page(URLS[0], body, head=["content-type: text/html", *fields]))
    assert outcome.rejected == []
    assert pages["html"].to_list() == [TEXT]


def test_a_body_that_ends_too_early_is_a_page_and_one_that_is_damaged_is_not(reads: Reads) -> None:
    body = b"".join(b"<p>Paragraph %d of the page.</p>" % i for i in range(3000))
    packed = gzip.compress(body, mtime=0)
    pages, _ = reads(page(URLS[0], packed[:-400], head=["Content-Type: text/html", "Content-Encoding: gzip"]))
    assert body.startswith(pages["html"][0])
    assert len(pages["html"][0]) > len(body) // 2
    broken = packed[:2000] + bytes(byte ^ 0xFF for byte in packed[2000:2100]) + packed[2100:]
    _, outcome = reads(page(URLS[0], broken, head=["Content-Type: text/html", "Content-Encoding: gzip"]))
    assert reasons(outcome) == [(0, "bad-body")]
    assert outcome.fault is None


@pytest.mark.parametrize("status", ["HTTP/2 200", "HTTP/1.0 200 OK", "HTTP/1.1 203  Odd", "HTTP/3 206 "])
def test_status_lines_of_every_version_are_read(status: str, reads: Reads) -> None:
    block = status.encode() + b"\r\nContent-Type: text/html\r\n\r\n" + HTML
    assert reads(record(URLS[0], block))[0]["html"].to_list() == [HTML]


def test_a_response_without_http_fields_is_a_page_if_it_looks_like_one(reads: Reads) -> None:
    pages, _ = reads(record(URLS[0], HTML) + record(URLS[1], b"HTTP/1.1 200 OK\r\n\r\n" + HTML))
    assert pages["html"].to_list() == [HTML, HTML]
    assert reads(record(URLS[0], b"just words"))[1].passed_over == {"response: no content type": 1}


def test_versions_and_their_quirks_are_read(reads: Reads) -> None:
    records = [
        record(f"<{URLS[0]}>", http(HTML), version="0.18"),
        record(URLS[1], http(HTML), version="1.1", date="2026-02-08T20:14:27.123456Z"),
        record(URLS[2], http(HTML), line_end="\n"),
        record(URLS[3], http(HTML))
        .replace(b"WARC-Target-URI: ", b"warc-target-uri:\0")
        .replace(b"WARC-Type", b"wArC-tYpE"),
        record(URLS[4], http(HTML), length=None),
        record(URLS[5], http(HTML), fields=["Content-Type: application/http", "WARC-Truncated: length"]),
    ]
    for raw in (b"".join(records), b"".join(gzipped(records)), b"\r\n\r\n".join(records).rstrip()):
        pages, outcome = reads(raw)
        assert outcome.rejected == []
        assert pages["url"].to_list() == URLS
        assert [body.rstrip() for body in pages["html"]] == [HTML] * 6
        assert pages["crawled_at"][1] == datetime(2026, 2, 8, 20, 14, 27, 123456, tzinfo=UTC)
        assert outcome.fault is None


def test_records_without_pages_are_counted_by_what_they_are(reads: Reads) -> None:
    records = [
        record(None, b"software: x\r\n", sort="warcinfo", fields=["Content-Type: application/warc-fields"]),
        record(URLS[0], b"GET / HTTP/1.1\r\n\r\n", sort="request"),
        record(URLS[0], b"a: b", sort="metadata"),
        record(URLS[0], b"?", sort="odd"),
        record(URLS[0], http(b"", status="301 Moved")),
        record("https://a.test/robots.txt", http(b"User-agent: *", head=["Content-Type: text/plain"])),
        record("dns:a.test", b"20260208 1.2.3.4", fields=["Content-Type: text/dns"]),
        page(URLS[0], b"\x89PNG", head=["Content-Type: image/png"]),
        page(URLS[0], b"\xff\xd8", head=["Content-Type: image/jpeg"]),
        page(URLS[0], b"%PDF", head=["Content-Type: Application/PDF; x=y"]),
        page(URLS[0], b"x", head=["Content-Type: ?"]),
    ]
    pages, outcome = reads(b"".join(records))
    assert pages.height == outcome.n_records == 0
    assert outcome.fault is None
    assert outcome.passed_over == {
        "warcinfo": 1, "request": 1, "metadata": 1, "unknown": 1, "redirect": 1, "robots.txt": 1,
        "response: text/dns": 1, "response: image": 2, "response: application/pdf": 1, "response: other": 1,
    }  # fmt: skip


def test_no_more_than_fifty_kinds_are_told_apart(reads: Reads) -> None:
    odd = [page(URLS[0], b"x", head=[f"Content-Type: odd/x{i}"]) for i in range(52)]
    counts = reads(b"".join(odd))[1].passed_over
    assert (len(counts), counts["response: odd/x49"], counts["response: other"]) == (51, 1, 2)


def test_a_revisit_is_a_row_that_says_what_it_is_the_same_as(reads: Reads) -> None:
    profile = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/"
    sent = http(b"", head=["Content-Type: text/html", "Last-Modified: Sun, 08 Feb 2026 10:00:00 GMT"])
    old = f"WARC-Refers-To-Target-URI: <{URLS[1]}>"
    records = [
        record(URLS[0], sent, sort="revisit", fields=[profile + "identical-payload-digest", old]),
        record(URLS[2], http(b"", status="304 Not Modified"), sort="revisit", fields=[profile + "server-not-modified"]),
        record(URLS[3], b"", sort="revisit", fields=[profile + "identical-payload-digest"]),
        record(URLS[3], sent, sort="revisit", fields=["WARC-Profile: http://a.test/other"]),
        record(
            URLS[3], http(b"", head=["Content-Type: image/png"]), sort="revisit",
            fields=[profile + "identical-payload-digest"],
        ),
        record(URLS[3], http(b"", status="302 Found"), sort="revisit", fields=[profile + "identical-payload-digest"]),
        record(URLS[3], http(b"", status="404 Gone"), sort="revisit", fields=[profile + "identical-payload-digest"]),
    ]  # fmt: skip
    pages, outcome = reads(b"".join(records))
    assert pages.select("record", "url", "same_as", "html", "text").rows() == [
        (0, URLS[0], URLS[1], None, None),
        (1, URLS[2], URLS[2], None, None),
        (2, URLS[3], URLS[3], None, None),
    ]
    assert pages["crawled_at"].null_count() == 0
    assert pages["updated"].to_list() == ["Sun, 08 Feb 2026 10:00:00 GMT", None, None]
    assert outcome.passed_over == {"revisit: another profile": 1, "revisit: image": 1, "redirect": 1}
    assert reasons(outcome) == [(6, "http-status")]


def test_http_fields_tell_change_canonical_and_language(reads: Reads) -> None:
    head = [
        "Content-Type: text/html", "Last-Modified: Sun, 08 Feb 2026 10:00:00 GMT", "Content-Language: pt-BR",
        'Link: </style.css>; rel=preload, </story>; title="a, b"; rel="shortlink canonical"',
    ]  # fmt: skip
    pages, _ = reads(page("https://a.test/amp/story", HTML, head=head))
    assert pages.select("updated", "language", "canonical").rows() == [
        ("Sun, 08 Feb 2026 10:00:00 GMT", "pt-BR", "https://a.test/story")
    ]


def test_a_wet_file_gives_its_texts(reads: Reads) -> None:
    fields = ["Content-Type: text/plain", "WARC-Identified-Content-Language: fra,eng", "WARC-Refers-To: <urn:uuid:1>"]
    text = "Un titre\nDes mots très français.\n"
    pages, outcome = reads(
        record(URLS[0], text.encode(), sort="conversion", fields=fields)
        + record(URLS[1], b" \n", sort="conversion", fields=fields)
        + record(URLS[2], HTML, sort="conversion", fields=["Content-Type: text/html"])
    )
    assert pages.select("url", "text", "html", "language", "title").rows() == [
        (URLS[0], text, None, "fra,eng", None),
        (URLS[2], None, HTML, None, None),
    ]
    assert reasons(outcome) == [(1, "no-text")]


def test_plain_text_is_a_page_in_its_own_charset(reads: Reads) -> None:
    pages, outcome = reads(
        page(URLS[0], "Слова".encode("cp1251"), head=["Content-Type: text/plain; charset=windows-1251"])
        + page(URLS[1], "Слова".encode(), head=["Content-Type: text/plain; charset=nonsense"])
        + page(URLS[2], HTML, head=["Content-Type: text/plain"])
        + page(URLS[3], b"\x00\x01\x02", head=["Content-Type: text/plain"])
        + record(URLS[4], b"Words.", sort="resource", fields=["Content-Type: text/plain"])
        + record(URLS[5], HTML, sort="resource", fields=["Content-Type: application/xhtml+xml"])
    )
    assert pages.select("url", "text", "html").rows() == [
        (URLS[0], "Слова", None), (URLS[1], "Слова", None), (URLS[2], None, HTML),
        (URLS[4], "Words.", None), (URLS[5], None, HTML),
    ]  # fmt: skip
    assert reasons(outcome) == [(3, "not-text")]


def test_a_record_without_address_or_words_is_rejected(reads: Reads) -> None:
    _, outcome = reads(record(None, http(HTML)) + page(URLS[0], b" \r\n"))
    assert reasons(outcome) == [(0, "no-url"), (1, "no-text")]


def flipped(raw: bytes, start: int, end: int) -> bytes:
    return raw[:start] + bytes(byte ^ 0xFF for byte in raw[start:end]) + raw[end:]


def joined(parts: list[bytes], at: int, part: bytes) -> bytes:
    return b"".join([*parts[:at], part, *parts[at + 1 :]])


ZIPPED = gzipped(PAGES)
FRAMES = [zstd(one) for one in PAGES]
WHOLE = b"".join(PAGES)
THIRD = record(URLS[2], http(HTML * 22), length=60)
"""A record that says it is shorter than it is."""
DAMAGED: dict[str, tuple[bytes, list[int], list[tuple[int, str]], str | None]] = {
    # name: the file, the pages that are read, what is rejected, whether the file has a fault
    "a damaged gzip member": (
        joined(ZIPPED, 2, flipped(ZIPPED[2], 60, 90)), [0, 1, 3, 4, 5], [(2, "damaged")], "a record is lost, number 2",
    ),
    "two damaged gzip members apart": (
        joined(ZIPPED, 1, flipped(ZIPPED[1], 60, 90)).replace(ZIPPED[4], flipped(ZIPPED[4], 60, 90)),
        [0, 2, 3, 5], [(1, "damaged"), (4, "damaged")], "2 records are lost, the first number 1",
    ),
    "two damaged gzip members in a row": (
        joined(ZIPPED, 1, flipped(ZIPPED[1], 60, 90)).replace(ZIPPED[2], flipped(ZIPPED[2], 60, 90)),
        # Nothing tells that there were two.
        [0, 3, 4, 5], [(1, "damaged")], "a record is lost, number 1",
    ),
    "a gzip member with a wrong checksum": (
        joined(ZIPPED, 2, flipped(ZIPPED[2], len(ZIPPED[2]) - 8, len(ZIPPED[2]) - 7)),
        [0, 1, 3, 4, 5], [(2, "damaged")], "a record is lost, number 2",
    ),
    "a gzip member without its head": (
        joined(ZIPPED, 2, ZIPPED[2][12:]), [0, 1, 3, 4, 5], [(2, "damaged")], "a record is lost, number 2",
    ),
    "the first gzip member without its head": (
        joined(ZIPPED, 0, ZIPPED[0][12:]), [1, 2, 3, 4, 5], [(0, "damaged")], "a record is lost, number 0",
    ),
    "a gzip member that lacks its end": (
        joined(ZIPPED, 2, ZIPPED[2][:-40]), [0, 1, 3, 4, 5], [(2, "damaged")], "a record is lost, number 2",
    ),
    "words between gzip members": (
        b"".join([*ZIPPED[:3], b"some words", *ZIPPED[3:]]), [0, 1, 2, 3, 4, 5], [(3, "damaged")], "a record is lost",
    ),
    "a gzip file cut in its last member": (
        b"".join(ZIPPED)[:-30], [0, 1, 2, 3, 4], [(5, "cut-short")], "a record is lost, number 5: the record is not",
    ),
    "gzip around all, damaged": (
        flipped(gzip.compress(WHOLE), len(gzip.compress(WHOLE)) - 80, len(gzip.compress(WHOLE)) - 70),
        [], [(0, "damaged")], "a record is lost",
    ),
    "gzip around all, cut": (gzip.compress(WHOLE, 0)[:-1000], [0, 1, 2, 3, 4], [(5, "cut-short")], "a record is lost"),
    "a damaged zstd frame": (
        joined(FRAMES, 2, flipped(FRAMES[2], 60, 90)), [0, 1, 3, 4, 5], [(2, "damaged")], "a record is lost, number 2",
    ),
    "a zstd frame without its head": (
        joined(FRAMES, 2, FRAMES[2][9:]), [0, 1, 3, 4, 5], [(2, "damaged")], "a record is lost, number 2",
    ),
    "a zstd file cut in its last frame": (
        b"".join(FRAMES)[:-9], [0, 1, 2, 3, 4], [(5, "cut-short")], "a record is lost",
    ),
    "a plain file cut in its last record": (WHOLE[:-30], [0, 1, 2, 3, 4], [(5, "cut-short")], "a record is lost"),
    "a plain file cut in its last head": (
        b"".join(PAGES[:5]) + PAGES[5][:40], [0, 1, 2, 3, 4], [(5, "cut-short")], "a record is lost",
    ),
    "a plain record whose first line is overwritten": (
        joined(PAGES, 2, b"\0" * 10 + PAGES[2][10:]), [0, 1, 3, 4, 5], [(2, "no-record")], "a record is lost, number 2",
    ),
    "a record that claims too much": (
        joined(PAGES, 2, record(URLS[2], http(HTML), length=2000)), [0, 1, 3, 4, 5], [(2, "wrong-length")], None,
    ),
    "a record that claims all the rest": (
        joined(PAGES, 2, record(URLS[2], http(HTML), length=10**7)), [0, 1, 3, 4, 5], [(2, "wrong-length")], None,
    ),
    "a record that claims more than is held": (
        joined(PAGES, 2, record(URLS[2], http(HTML), length=10**12)), [0, 1, 3, 4, 5], [(2, "wrong-length")], None,
    ),
    "a record that claims too little": (joined(PAGES, 2, THIRD), [0, 1, 3, 4, 5], [(2, "wrong-length")], None),
    "too much in a gzip member": (
        joined(ZIPPED, 2, gzip.compress(record(URLS[2], http(HTML), length=2000))),
        [0, 1, 3, 4, 5], [(2, "wrong-length")], None,
    ),
    "too little in a gzip member": (
        joined(ZIPPED, 2, gzip.compress(THIRD)), [0, 1, 3, 4, 5], [(2, "wrong-length")], None,
    ),
    "too little in gzip around all": (
        gzip.compress(joined(PAGES, 2, THIRD)), [0, 1, 3, 4, 5], [(2, "wrong-length")], None,
    ),
    "a length that is no number": (
        joined(PAGES, 2, record(URLS[2], http(HTML * 22), length="12x")), [0, 1, 2, 3, 4, 5], [], None,
    ),
    "a head without end": (
        joined(PAGES, 2, b"WARC/1.0\r\nA: " + b"b" * (1 << 20) + b"\r\n\r\n"),
        [0, 1, 3, 4, 5], [(2, "bad-head")], None,
    ),
    "gzip of something else": (gzip.compress(b"nothing of the kind"), [], [], "is no WARC file"),
    "zstd of something else": (zstd(b"nothing of the kind"), [], [], "is no WARC file"),
    "words": (b"nothing of the kind", [], [], "is no WARC file"),
    "nothing": (b"", [], [], "empty file"),
    "gzip of nothing": (gzip.compress(b""), [], [], "holds no records"),
    "a zstd dictionary that is damaged": (
        flipped(PACKINGS["zstd with a packed dictionary"], 12, 16), [], [(0, "damaged")], "a record is lost",
    ),
    "a plain zstd dictionary that is damaged": (
        flipped(PACKINGS["zstd with a dictionary"], 16, 40), [], [(0, "damaged")], "a record is lost",
    ),
    "a zstd dictionary that claims all that follows": (
        zstd(PAGES[0]) + b"\x5d\x2a\x4d\x18\xff\xff\xff\x7f" + b"".join(FRAMES[2:]),
        [0, 2, 3, 4, 5], [(1, "cut-short")], "a record is lost",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_costs_the_record_it_hits_and_is_told(name: str, reads: Reads) -> None:
    raw, whole, rejected, fault = DAMAGED[name]
    pages, outcome = reads(raw)
    assert [int(url[-1]) for url in pages["url"]] == whole
    assert reasons(outcome) == rejected
    assert outcome.n_records == len(whole) + len(rejected)
    assert (outcome.fault or "").removeprefix("cut short: ").startswith(fault or "")
    assert (outcome.fault is None) == (fault is None)
    # A number stands for the same record whatever was lost before.
    if not name.startswith("words between") and "in a row" not in name:
        assert pages["record"].to_list() == whole


def test_gzip_around_all_is_read_up_to_the_damage(reads: Reads) -> None:
    words = random.Random(5)
    bodies = [HTML + words.randbytes(3000).hex().encode() for _ in range(900)]
    packed = gzip.compress(b"".join(page(f"https://a.test/{i}", body) for i, body in enumerate(bodies)), mtime=0)
    middle = len(packed) // 2
    pages, outcome = reads(packed[:middle] + b"\xff" * 200 + packed[middle + 200 :])
    assert pages["html"].to_list() == bodies[: pages.height]
    # What was unpacked together with the damaged bytes is given up: 64 kB, here some 20 records.
    assert 400 < pages.height < 450
    # Where the damage is not seen at once, a record comes out wrong before.
    assert [number for number, _ in outcome.rejected] == list(range(pages.height, pages.height + outcome.n_rejected))
    assert reasons(outcome)[-1][1] == "damaged"
    assert (outcome.fault or "").startswith("cut short")


def test_bodies_at_the_limit_are_read_and_larger_ones_rejected(reads: Reads) -> None:
    limit = 3000
    fits, larger = b"<html>" + b"x" * (limit - 6), b"<html>" + b"x" * (limit - 5)
    coded = ["Content-Type: text/html", "Content-Encoding: "]
    records = [page(URLS[0], fits), page(URLS[1], larger)]
    for name, pack in (("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd)):
        for body in (fits, larger):
            records.append(page(URLS[2], pack(body), head=[coded[0], coded[1] + name]))
    for raw in (b"".join(records), b"".join(gzipped(records))):
        pages, outcome = reads(raw, options=Options(max_page_bytes=limit))
        assert pages["record"].to_list() == [0, 2, 4, 6, 8]
        assert reasons(outcome) == [(number, "too-large") for number in (1, 3, 5, 7, 9)]
        assert outcome.fault is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_records_too_large_to_be_held_are_passed_over(pack: Callable[[bytes], bytes], reads: Reads) -> None:
    large = HTML + b"x" * (3 << 20)
    video = page(URLS[3], large, head=["Content-Type: video/mp4"])
    records = [PAGES[0], page(URLS[1], large), PAGES[2], video, record(URLS[4], http(large), length=None), PAGES[5]]
    for raw in (b"".join(map(pack, records)), pack(b"".join(records))):
        pages, outcome = reads(raw, options=Options(max_page_bytes=1 << 20))
        assert pages["url"].to_list() == [URLS[0], URLS[2], URLS[5]]
        assert pages["record"].to_list() == [0, 2, 5]
        assert reasons(outcome) == [(1, "too-large"), (4, "too-large")]
        assert (outcome.passed_over, outcome.fault) == ({"response: video": 1}, None)


def test_memory_does_not_grow_with_what_is_packed(tmp_path: Path) -> None:
    zeros = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([*(zeros.compress(bytes(1 << 24)) for _ in range(5)), zeros.flush()])
    coded = ["Content-Type: text/html", "Content-Encoding: gzip"]
    record_bomb = gzip.compress(record(URLS[1], http(HTML)) + b"no record" + bytes(80 << 20), 1)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join([*gzipped([PAGES[0], page(URLS[2], bomb, head=coded)]), record_bomb, ZIPPED[3]]))
    (source,) = find_inputs([str(path)])
    tracemalloc.start()
    outcome = Outcome(str(path))
    (pages,) = read_pages(source, outcome, Options(max_page_bytes=8 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert pages["url"].to_list() == [URLS[0], URLS[1], URLS[3]]
    assert reasons(outcome) == [(1, "too-large"), (3, "no-record")]
    assert peak < 48 << 20


@pytest.mark.parametrize("name", [name for name, case in DAMAGED.items() if case[3] != "empty file"])
def test_a_pipe_reads_like_a_file(name: str, tmp_path: Path) -> None:
    raw = DAMAGED[name][0]
    file, pipe = tmp_path / "a.warc", tmp_path / "pipe"
    file.write_bytes(raw)
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(raw,))
    writer.start()
    from_file, from_pipe = Outcome("x"), Outcome("x")
    frames = list(read_warc(Place(str(pipe)), from_pipe, Options()))
    writer.join()
    for mine, other in zip(frames, read_warc(Place(str(file)), from_file, Options()), strict=True):
        assert mine.equals(other)
    assert from_pipe == from_file


RECORDS = gzipped([page(f"https://a.test/{i}", HTML + b"%d" % i * 40) for i in range(8)])
ENDS = list(accumulate(map(len, RECORDS)))


@st.composite
def mutations(draw: st.DrawFn) -> tuple[bytes, set[int]]:
    """A file of gzip members with some damage, and the members that it did not touch."""
    raw = b"".join(RECORDS)
    start = draw(st.integers(0, len(raw) - 1))
    end = draw(st.integers(start + 1, min(len(raw), start + 600)))
    kind = draw(st.sampled_from(["flip", "cut", "insert", "repeat", "swap", "tail"]))
    starts = [0, *ENDS[:-1]]
    if kind in ("insert", "repeat"):
        # Nothing is lost but the member into which something was put.
        new = draw(st.binary(min_size=1, max_size=300)) if kind == "insert" else raw[start:end]
        whole = {i for i in range(len(RECORDS)) if not starts[i] < start < ENDS[i]}
        return raw[:start] + new + raw[start:], whole
    if kind == "tail":
        return raw[:start], {i for i in range(len(RECORDS)) if ENDS[i] <= start}
    whole = {i for i in range(len(RECORDS)) if ENDS[i] <= start or starts[i] >= end}
    new = {"flip": flipped(raw, start, end)[start:end], "cut": b"", "swap": raw[start:end][::-1]}[kind]
    return raw[:start] + new + raw[end:], whole


@settings(max_examples=150, deadline=None, derandomize=True)
@given(case=mutations())
def test_whatever_is_damaged_every_other_gzip_member_is_read(
    case: tuple[bytes, set[int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw, whole = case
    path = tmp_path_factory.getbasetemp() / "mutated.warc.gz"
    path.write_bytes(raw)
    outcome = Outcome(str(path))
    frames = list(read_warc(Place(str(path)), outcome, Options(max_page_bytes=1 << 16)))
    found = {int(url[-1]) for frame in frames for url in frame["url"]}
    assert whole <= found
    assert outcome.n_records == sum(frame.height for frame in frames) + outcome.n_rejected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    packing=st.sampled_from(sorted(set(PACKINGS) - {"bz2", "xz"})),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=8)), min_size=1, max_size=4),
)
def test_no_damage_raises_and_numbers_go_up(
    packing: str, edits: list[tuple[float, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = PACKINGS[packing]
    for place, n_removed, added in edits:
        at = int(place * len(raw))
        raw = raw[:at] + added + raw[at + n_removed :]
    path = tmp_path_factory.getbasetemp() / "edited.warc"
    path.write_bytes(raw)
    outcome = Outcome(str(path))
    frames = list(read_warc(Place(str(path)), outcome, Options(max_page_bytes=1 << 16)))
    numbers = [number for frame in frames for number in frame["record"]]
    assert numbers == sorted(set(numbers))
    assert not set(numbers) & {number for number, _ in outcome.rejected}
    assert outcome.n_records == len(numbers) + outcome.n_rejected
