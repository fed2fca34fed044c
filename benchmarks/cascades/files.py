"""A crawl as files: crawl.warc.gz, crawl.jsonl.gz, truth.jsonl; equal crawls give equal bytes."""

from __future__ import annotations

import gzip
import json
from base64 import b32encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha1
from io import BytesIO
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cascades.clocks import at_face_value
from cascades.crawls import Crawl
from cascades.rendering import html_of, row_of, titled_with_name
from cascades.texts import stream
from cascades.trees import Credit, Page

SOURCES = {"line", "first_published", "tail", "agency", "canonical", "jsonld", "link"}
"""Kinds of credits that say whence a page is."""
N_HEADLINES = 4


def _member(data: bytes) -> bytes:
    """A gzip member without time and name."""
    out = BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
        packed.write(data)
    return out.getvalue()


def _digest(data: bytes) -> str:
    return "sha1:" + b32encode(sha1(data, usedforsecurity=False).digest()).decode()


def _record(page: Page, at: datetime, html: str) -> bytes:
    payload = html.encode()
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + payload
    stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    lines = [
        "WARC/1.0", "WARC-Type: response", f"WARC-Record-ID: <urn:uuid:{uuid5(NAMESPACE_URL, page.url + stamp)}>",
        f"WARC-Date: {stamp}", f"WARC-Target-URI: {page.url}", f"WARC-Payload-Digest: {_digest(payload)}",
        "Content-Type: application/http; msgtype=response", f"Content-Length: {len(block)}",
    ]  # fmt: skip
    return _member("\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n")


def fetches(crawl: Crawl) -> list[tuple[datetime, Page]]:
    """Every fetch, in the order of time."""
    found = [(at, page) for page in crawl.fetched for at in page.crawls]
    return sorted(found, key=lambda fetch: (fetch[0], fetch[1].url))


def write_warc(crawl: Crawl, path: Path) -> None:
    """A response record a fetch."""
    titles: dict[str, list[str]] = {}
    for page in crawl.fetched:
        titles.setdefault(page.language, []).append(page.title.text)
    with path.open("wb") as out:
        for at, page in fetches(crawl):
            near = titles[page.language]
            beside = stream("beside", page.name, at).sample(near, min(N_HEADLINES, len(near)))
            out.write(_record(page, at, html_of(page, beside)))


def write_rows(rows: Iterable[dict[str, object]], path: Path) -> None:
    """JSON lines, packed if the name ends so."""
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(_member(data) if path.suffix == ".gz" else data)


class Naming:
    """What ties names to hosts in each dump: pages on which both stand."""

    def __init__(self, crawl: Crawl) -> None:
        both = {c.site.host for page in crawl.fetched for c in page.credits if c.site and c.names == "both"}
        own_line = {p.site.host for p in crawl.fetched if p.site.own_footer or titled_with_name(p)}
        self.tags = {p.site.host for p in crawl.fetched for c in p.credits if c.kind == "agency" and c.site is p.site}
        self.names = {"warc": both | {p.site.host for p in crawl.fetched}, "jsonl": both | own_line}

    def tells(self, credit: Credit, dump: str) -> bool:
        """Whether the credit lets one tell a host, in that dump."""
        if credit.kind not in SOURCES or credit.site is None:
            return False
        host = credit.site.host
        if credit.kind == "agency":
            return host in self.tags
        if dump == "warc" and (credit.names in {"host", "both", "mark"} or credit.href):
            return True
        return credit.names in {"host", "both"} or (credit.names == "name" and host in self.names[dump])


def truth_rows(crawl: Crawl) -> list[dict[str, object]]:
    """A row a crawled page, sorted by address."""
    naming = Naming(crawl)
    return [_truth(page, naming) for page in sorted(crawl.fetched, key=lambda page: page.url)]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _truth(page: Page, naming: Naming) -> dict[str, object]:
    ancestors = page.ancestors()
    parent, origin = page.parent, (ancestors or [page])[-1]
    crawled = [other.url for other in ancestors if other.crawls]
    sources = [credit for credit in page.credits if credit.kind in SOURCES]
    of_parent = [credit for credit in sources if parent and credit.site is parent.site]
    names = {
        dump: parent.site.host if parent and any(naming.tells(credit, dump) for credit in of_parent) else None
        for dump in ("warc", "jsonl")
    }
    return {
        "url": page.url,
        "story": page.story,
        "language": page.language,
        "site": page.site.host,
        "published_at": _time(page.published),
        "date_mode": page.mode,
        "stated_at": _time(at_face_value(page)),
        "first_crawled_at": _time(page.crawls[0]),
        "backdated": page.backdated,
        "relation": page.relation,
        "machine_translated": page.machine,
        "parent_url": parent.url if parent else None,
        "parent_site": parent.site.host if parent else None,
        "parent_crawled": bool(parent and parent.crawls),
        "nearest_crawled_ancestor": crawled[0] if crawled else None,
        "crawled_ancestors": crawled,
        "origin_url": origin.url,
        "origin_site": origin.site.host,
        "origin_crawled": bool(origin.crawls),
        "names_parent": names["warc"],
        "names_parent_in": names,
        "names_parent_how": sorted({credit.kind for credit in of_parent}),
        "own_phrases": any(credit.own_phrase for credit in of_parent),
        "named_sites": [credit.site.host for credit in sources if credit.site],
    }


def write_crawl(crawl: Crawl, folder: Path) -> None:
    """Write the three files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_warc(crawl, folder / "crawl.warc.gz")
    write_rows((row_of(page, at) for at, page in fetches(crawl)), folder / "crawl.jsonl.gz")
    write_rows(truth_rows(crawl), folder / "truth.jsonl")
