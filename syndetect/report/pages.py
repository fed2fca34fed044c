"""One page of the store, as every report shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz, process

from syndetect.addresses import url_key
from syndetect.errors import NotInStoreError
from syndetect.store import Store

PAGE = """
SELECT d.doc_id, d.url, d.site, d.title, d.language, coalesce(t.kind, d.kind) AS kind, p.published_at,
       p.published_from, p.published_to, p.published_by, d.first_crawled_at, s.story_id
FROM document d
LEFT JOIN publication p USING (doc_id)
LEFT JOIN story_text t USING (doc_id)
LEFT JOIN story_document s USING (doc_id)
WHERE d.doc_id = $doc_id
"""
MINUTES_TO_DAY = 24 * 60


@dataclass(frozen=True)
class PageCard:
    """Where a page stands, when it was published, what it is called."""

    doc_id: int
    url: str
    site: str | None
    title: str | None
    language: str | None
    kind: str
    published_at: dt.datetime | None
    published_from: dt.datetime | None
    published_to: dt.datetime | None
    published_by: str | None
    first_crawled_at: dt.datetime | None
    story_id: str | None

    @property
    def bounds(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """From when to when it can have been published."""
        return self.published_from, self.published_to

    def when(self) -> str:
        """The publication time in words, no more exact than it is known."""
        if self.published_at is None:
            if self.first_crawled_at is None:
                return "time unknown"
            return f"before {self.first_crawled_at:%Y-%m-%d %H:%M}"
        low, high = self.published_from, self.published_to
        known = low is not None and high is not None and (high - low) <= dt.timedelta(minutes=1)
        if known:
            return f"{self.published_at:%Y-%m-%d %H:%M}"
        if low is not None and high is not None and high - low > dt.timedelta(minutes=MINUTES_TO_DAY + 1):
            return f"about {self.published_at:%Y-%m-%d}"
        return f"about {self.published_at:%Y-%m-%d %H:%M}"


def find_page(store: Store, url: str) -> PageCard:
    """The page at an address: as crawled, or any other address it was seen at.

    Raises:
        NotInStoreError: `not-in-store`; the message names the likest address there is.
    """
    found = store.value(
        "SELECT doc_id FROM document WHERE url = $url OR list_contains(also_at, $url) ORDER BY url <> $url LIMIT 1",
        url=url,
    )
    if found is None:
        found = store.value(
            "SELECT doc_id FROM document WHERE url_key = $key LIMIT 1", key=pl.select(url_key(pl.lit(url))).item()
        )
    if found is None:
        urls = [row["url"] for row in store.rows("SELECT url FROM document ORDER BY url")]
        like = process.extractOne(url, [str(one) for one in urls], scorer=fuzz.ratio, score_cutoff=60)
        hint = f"did you mean {like[0]}" if like else "syndetect query 'SELECT url FROM documents' lists what is"
        raise NotInStoreError(f"{url} is not in the store; {hint}", slug="not-in-store")
    return card(store, int(str(found)))


def card(store: Store, doc_id: int) -> PageCard:
    """The page with an id."""
    return PageCard(**store.rows(PAGE, doc_id=doc_id)[0])  # type: ignore[arg-type]
