"""One page by itself: when it was published by what it says, the addresses it was seen at, its earlier texts."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from itertools import pairwise

from syndetect.addresses import steps
from syndetect.report.chain import page_dict
from syndetect.report.pages import PageCard, find_page
from syndetect.report.passages import Passage, align
from syndetect.store import Store


@dataclass(frozen=True)
class Address:
    """An address that the page was seen at, and what was done to it to see that it is the same page."""

    url: str
    steps: list[str]


@dataclass(frozen=True)
class Version:
    """An earlier text of a page: when it was fetched last, and what the text that followed made of it.

    `left` of a passage is this text, `right` the one after it; passages that were kept are left out.
    """

    crawled_at: dt.datetime | None
    title: str | None
    n_characters: int
    kept_share: float
    passages: list[Passage]


@dataclass(frozen=True)
class Account:
    """What the store knows of one page; of its claims all but the links."""

    page: PageCard
    addresses: list[Address]
    versions: list[Version]
    claims: list[dict[str, object]]

    def to_dict(self) -> dict[str, object]:
        """The account for JSON."""
        return {
            "page": page_dict(self.page),
            "addresses": [asdict(address) for address in self.addresses],
            "versions": [asdict(version) for version in self.versions],
            "claims": self.claims,
        }


ADDRESSES = """
SELECT DISTINCT s.url FROM sighting s JOIN document d USING (url_key) WHERE d.doc_id = $doc_id
ORDER BY s.url <> $url, s.url
"""
VERSIONS = "SELECT crawled_at, title, text FROM versions WHERE url = $url"
CLAIMS = """
SELECT kind, value, site, time_from, time_to, zone_known, rule FROM claim WHERE doc_id = $doc_id AND kind <> 'link'
ORDER BY kind, span_start NULLS FIRST, rule, value
"""


def account_of(store: Store, url: str) -> Account:
    """What the store knows of the page at an address.

    Raises:
        NotInStoreError: `not-in-store`.
    """
    page = find_page(store, url)
    seen = store.rows(ADDRESSES, doc_id=page.doc_id, url=page.url)
    return Account(
        page=page,
        addresses=[Address(str(row["url"]), steps(str(row["url"]))) for row in seen],
        versions=earlier_versions(store, page),
        claims=store.rows(CLAIMS, doc_id=page.doc_id),
    )


def earlier_versions(store: Store, page: PageCard) -> list[Version]:
    """The texts that a page had before, the latest first, each against the one that followed it."""
    rows = store.rows(VERSIONS, url=page.url)
    return [_version(older, newer) for newer, older in pairwise(rows)]


def _version(older: dict[str, object], newer: dict[str, object]) -> Version:
    text = str(older["text"])
    passages = align(text, str(newer["text"]))
    kept = sum(len(passage.left) for passage in passages if passage.what == "kept")
    whole = sum(len(passage.left) for passage in passages)
    at, title = older["crawled_at"], older["title"]
    return Version(
        at if isinstance(at, dt.datetime) else None,
        None if title is None else str(title),
        len(text),
        kept / max(1, whole),
        [passage for passage in passages if passage.what != "kept"],
    )
