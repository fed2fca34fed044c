"""Writes the crawl in its three forms and the truth about it; equal documents give equal bytes."""

import json
import struct
import zlib
from base64 import b32encode
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha1
from pathlib import Path
from urllib.parse import quote_plus, urlsplit
from uuid import NAMESPACE_URL, uuid5

import polars as pl
from calendars import local_clock
from furniture import Words
from pages import Document, seed
from render import Renderer, authors_of, description_of, image_of, stated_time

# no time, no name, no system; written here, because what gzip.compress writes depends on the version of Python
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
SERVERS = ("nginx", "Apache", "nginx/1.24.0", "LiteSpeed", "openresty")
NEWS_PLEASE_READS = ("en",)  # the languages in which dateutil, on which it stands, understands a written date

Crawl = tuple[datetime, Document]


def crawls_of(documents: list[Document]) -> list[Crawl]:
    """Every fetch in the order of the crawl; a page crawled twice stands there twice."""
    crawls = [(moment, document) for document in documents for moment in document.crawls]
    return sorted(crawls, key=lambda crawl: (crawl[0], crawl[1].url))


def gzip_member(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(data) + packer.flush()
    return GZIP_HEADER + packed + struct.pack("<II", zlib.crc32(data), len(data))


def warc_record(kind: str, moment: datetime, url: str, block: bytes, headers: dict[str, str]) -> bytes:
    """One record as a gzip member of its own. Its id is made from kind, url and time."""
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{kind} {url} {moment.isoformat()}')}>",
        "WARC-Date": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        **headers,
        "WARC-Block-Digest": digest_of(block),
        "Content-Length": str(len(block)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return gzip_member(b"WARC/1.0\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n")


def digest_of(data: bytes) -> str:
    return "sha1:" + b32encode(sha1(data, usedforsecurity=False).digest()).decode()


def http_head(document: Document, moment: datetime, payload: bytes) -> bytes:
    site = document.site
    charset = "" if site.charset_in == "meta" else f"; charset={site.charset}"
    fields = {
        "Date": format_datetime(moment, usegmt=True),
        "Server": SERVERS[seed("server", site.key) % len(SERVERS)],
        "Content-Type": f"text/html{charset}",
        "Content-Length": str(len(payload)),
        "Connection": "close",
        "Vary": "Accept-Encoding",
        "Cache-Control": f"max-age={60 * (1 + seed('cache', site.key) % 5)}",
    }
    if site.layout == "blog":
        fields |= {"X-Powered-By": "PHP/8.2.18", "Link": f'<https://{site.host}/wp-json/>; rel="https://api.w.org/"'}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return b"HTTP/1.1 200 OK\r\n" + lines.encode() + b"\r\n"


def write_warc(path: Path, crawls: list[Crawl], renderer: Renderer) -> None:
    """A warcinfo record, then a response record a fetch."""
    about = (
        "software: sample_corpus/build.py\r\nformat: WARC File Format 1.0\r\n"
        "description: fictional sites, each sentence written for this corpus\r\n"
    )
    info = {"WARC-Filename": path.name, "Content-Type": "application/warc-fields"}
    members = [warc_record("warcinfo", crawls[0][0], path.name, about.encode(), info)]
    for moment, document in crawls:
        payload = renderer.page(document, moment)
        headers = {
            "WARC-Target-URI": document.url,
            "WARC-IP-Address": f"192.0.2.{1 + seed('address', document.site.key) % 254}",
            "WARC-Payload-Digest": digest_of(payload),
            "Content-Type": "application/http; msgtype=response",
        }
        block = http_head(document, moment, payload) + payload
        members.append(warc_record("response", moment, document.url, block, headers))
    path.write_bytes(b"".join(members))


def news_please_date(document: Document) -> str:
    """The date as news-please writes it: the page's own clock without its zone, "None" where it finds no date.

    It understands what is meant for machines and the day in an address; of dates meant for readers, English ones.
    Source: newsplease/pipeline/extractor/extractors/date_extractor.py, NewsArticle.get_serializable_dict.
    """
    clock = local_clock(document.site, document.stated)
    if document.dates in ("day_only", "url_date"):
        return f"{clock:%Y-%m-%d} 00:00:00"
    if document.dates == "visible_local" and document.site.language in NEWS_PLEASE_READS:
        return f"{clock:%Y-%m-%d %H:%M}:00"
    return f"{clock:%Y-%m-%d %H:%M:%S}" if document.dates in ("jsonld_tz", "meta_tz", "meta_naive") else "None"


def news_please_row(document: Document, moment: datetime, words: Words) -> dict[str, object]:
    """A fetch with news-please's fields; `text`, which it leaves out of its files, is left out here."""
    path = urlsplit(document.url).path.strip("/").replace("/", "_")[:60] or "index"
    return {
        "authors": authors_of(document, words),
        "date_download": f"{moment:%Y-%m-%d %H:%M:%S}",
        "date_modify": "None",
        "date_publish": news_please_date(document),
        "description": None if document.kind == "error" else description_of(document),
        "filename": quote_plus(document.url) + ".json",
        "image_url": image_of(document) or None,
        "language": document.site.language,
        "localpath": f"./data/{moment:%Y/%m/%d}/{document.site.host}/{path}_{int(moment.timestamp())}.html",
        "maintext": document.text,
        "source_domain": document.site.host,
        "title": document.title,
        "title_page": f"{document.title} | {document.site.name}",
        "title_rss": None,
        "url": document.url,
    }


def write_jsonl(path: Path, crawls: list[Crawl], furniture: dict[str, Words]) -> None:
    rows = [news_please_row(document, moment, furniture[document.site.language]) for moment, document in crawls]
    path.write_bytes(gzip_member("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()))


def write_parquet(path: Path, crawls: list[Crawl]) -> None:
    """The columns that someone with a notebook would have: `published` as the head of the page states it, or null."""
    frame = pl.DataFrame(
        {
            "url": [document.url for _, document in crawls],
            "text": [document.text for _, document in crawls],
            "title": [document.title for _, document in crawls],
            "published": [stated_time(document) or None for _, document in crawls],
            "crawled_at": [moment for moment, _ in crawls],
            "language": [document.site.language for _, document in crawls],
            "site": [document.site.host for _, document in crawls],
        },
        schema_overrides={"published": pl.String, "crawled_at": pl.Datetime("us", "UTC")},
    )
    frame.write_parquet(path, compression="zstd", compression_level=9, statistics=True)


def sites_tied_to_names(documents: list[Document]) -> set[str]:
    """Sites whose name the crawl ties to a host: they are in it, or a page of it gives both side by side."""
    tied = {document.site.key for document in documents if document.crawls}
    by_key = {document.key: document for document in documents}
    for document in documents:
        if document.crawls and document.parent and document.named_by_host and document.named_by_name:
            tied.add(by_key[document.parent].site.key)
    return tied


def truth_row(document: Document, by_key: dict[str, Document], tied: set[str]) -> dict[str, object]:
    """What is so, for scoring. Marks only HTML has don't count for the JSONL; an agency tag alone names no host."""
    ancestors: list[Document] = []
    key = document.parent
    while key is not None:
        ancestors.append(by_key[key])
        key = by_key[key].parent
    parent = ancestors[0] if ancestors else None
    origin = ancestors[-1] if ancestors else document
    crawled = [ancestor.url for ancestor in ancestors if ancestor.crawls]
    in_text = parent is not None and (document.named_by_host or (document.named_by_name and parent.site.key in tied))
    in_html = in_text or any(mark in document.marks for mark in ("canonical", "based-on", "link"))
    parent_site = parent.site.bare_host if parent else None
    return {
        "url": document.url,
        "story": document.story,
        "language": document.site.language,
        "site": document.site.host,
        "published_at": f"{document.published:%Y-%m-%dT%H:%M:%SZ}",
        "date_mode": document.dates,
        "backdated": document.stated != document.published,
        "relation": document.relation,
        "machine_translated": document.machine,
        "parent_url": parent.url if parent else None,
        "parent_site": parent_site,
        "parent_crawled": bool(parent and parent.crawls),
        "nearest_crawled_ancestor": crawled[0] if crawled else None,
        "crawled_ancestors": crawled,
        "origin_url": origin.url,
        "origin_site": origin.site.bare_host,
        "origin_crawled": bool(origin.crawls),
        "names_parent": parent_site if document.marks else None,
        "names_parent_in": {"warc": parent_site if in_html else None, "jsonl": parent_site if in_text else None},
        "names_parent_how": list(document.marks),
    }


def write_truth(path: Path, documents: list[Document]) -> None:
    """A line a crawled page; one crawled twice has one line."""
    by_key = {document.key: document for document in documents}
    tied = sites_tied_to_names(documents)
    crawled = sorted((document for document in documents if document.crawls), key=lambda document: document.url)
    rows = [json.dumps(truth_row(document, by_key, tied), ensure_ascii=False) + "\n" for document in crawled]
    path.write_text("".join(rows), encoding="utf-8", newline="\n")
