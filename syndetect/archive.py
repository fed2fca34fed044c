"""A finished store, to read from: the public Python API beside `syndetect.run`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from syndetect.dedup import KEEP, PREFIX, DedupReport, Per, dedup
from syndetect.errors import SettingsError
from syndetect.match import match_page
from syndetect.report.account import Account, account_of
from syndetect.report.chain import Chain, trace
from syndetect.report.comparison import Comparison, compare_pages
from syndetect.report.flows import SiteFlows, flows_of, list_flows
from syndetect.report.listing import StoryFilter, list_stories
from syndetect.report.match import MatchReport
from syndetect.signatures import lean_minhash, sign_texts
from syndetect.store import Store

if TYPE_CHECKING:
    from datasketch import MinHashLSH

_ANSWERING = frozenset((duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI))
"""Statements that answer; MULTI is what PIVOT becomes."""


class Archive:
    """The views of a store as polars frames, and what is asked of single pages. Use as a context, or close it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._store.con.close()

    def documents(self) -> pl.DataFrame:
        """The view `documents`."""
        return self.query("SELECT * FROM documents ORDER BY url")

    def pairs(self) -> pl.DataFrame:
        """The view `pairs`, those judged different and unsure included."""
        return self.query("SELECT * FROM pairs ORDER BY left_url, right_url")

    def stories(self) -> pl.DataFrame:
        """The view `stories`, the largest first."""
        return self.query("SELECT * FROM stories ORDER BY n_documents DESC, story_id")

    def provenance(self) -> pl.DataFrame:
        """The view `provenance`."""
        return self.query("SELECT * FROM provenance ORDER BY story_id, url")

    def judgements(self) -> pl.DataFrame:
        """The view `judgements`: what people said, the latest first."""
        return self.query("SELECT * FROM judgements ORDER BY said_id DESC")

    def query(self, sql: str) -> pl.DataFrame:
        """The answer of one SELECT over the views. It can neither write nor read files.

        Raises:
            SettingsError: `query`, if the SQL is wrong or no single SELECT.
        """
        try:
            statements = self._store.con.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in _ANSWERING:
                raise SettingsError("query takes one SELECT; give that", slug="query")
            return self._store.frame(sql)
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            first = str(error).strip().splitlines()[0]
            raise SettingsError(f"the query failed: {first}; mend the SQL", slug="query") from None

    def list_stories(
        self, wanted: StoryFilter, *, order: str = "largest", min_similarity: float | None = None
    ) -> list[dict[str, object]]:
        """The stories that pass a filter, `largest` or `newest` first.

        Args:
            wanted: The filter.
            order: `largest` or `newest`.
            min_similarity: Stories as they would be if two pages had to share so much of their text (0..1): of
                near-duplicates both, of excerpts one; of translations it is the probability. Nothing is written.

        Raises:
            SettingsError: `min-similarity`, if it is not above 0 and at most 1.
        """
        return list_stories(self._store, wanted, order=order, min_similarity=min_similarity)

    def trace(self, url: str) -> Chain:
        """The chain from a page back to its earliest source.

        Raises:
            NotInStoreError: `not-in-store`.
        """
        return trace(self._store, url)

    def sites(self, *, order: str = "stories") -> list[dict[str, object]]:
        """Who republishes whom: the rows of `site_flows`, by `stories`, `uncredited`, `fastest` or `languages`.

        Raises:
            SettingsError: `flow-order`.
        """
        return list_flows(self._store, order=order)

    def site(self, host: str, *, order: str = "stories") -> SiteFlows:
        """Whom one site takes from, and who takes from it.

        Raises:
            NotInStoreError: `site-not-in-store`. SettingsError: `flow-order`.
        """
        return flows_of(self._store, host, order=order)

    def explain(self, url_a: str, url_b: str) -> Comparison:
        """Why two pages are, or are not, the same story.

        Raises:
            NotInStoreError: `not-in-store`.
        """
        return compare_pages(self._store, url_a, url_b)

    def account(self, url: str) -> Account:
        """What the store knows of one page: times, addresses, earlier texts, claims.

        Raises:
            NotInStoreError: `not-in-store`.
        """
        return account_of(self._store, url)

    def match(self, page: str | bytes | Path, *, url: str | None = None, record: int | None = None) -> MatchReport:
        """Who has the text of a page: a Path to a file, a text or HTML itself, or the address of a page of the store.

        See `syndetect.match.match_page` for arguments, order and errors.
        """
        return match_page(self._store, page, url=url, record=record)

    def dedup(
        self,
        kept: str | Path,
        dropped: str | Path | None = None,
        *,
        per: Per = "story",
        keep: str = KEEP,
        sites: Sequence[str] = (),
        articles_only: bool = False,
        prefix: str = PREFIX,
    ) -> DedupReport:
        """Write the inputs' rows without copies: one survivor a story, and apart from them what is dropped, with why.

        See `syndetect.dedup.dedup` for arguments and errors.
        """
        return dedup(
            self._store, kept, dropped, per=per, keep=keep, sites=sites, articles_only=articles_only, prefix=prefix
        )

    def lsh(self, threshold: float = 0.7) -> MinHashLSH:
        """A live datasketch index over all signed documents, keyed by url.

        To ask it with a text of your own, sign that with `syndetect.signature(text)`.

        Args:
            threshold: Jaccard from which on pairs should be found.
        """
        from datasketch import MinHashLSH  # noqa: PLC0415 - it imports scipy

        used = self._store.settings()
        n_permutations = int(used.get("permutations", 128))
        index = MinHashLSH(threshold=threshold, num_perm=n_permutations)
        query = (
            "SELECT d.url, t.text FROM story_text t JOIN document d USING (doc_id) WHERE t.text_key IS NOT NULL"
            " ORDER BY d.url"
        )
        with index.insertion_session() as session:
            for batch in self._store.frame(query).iter_slices(10_000):
                signed = sign_texts(
                    batch["text"], shingle_words=int(used.get("shingle_words", 5)), n_permutations=n_permutations,
                    n_bands=1, one_in=0,
                )  # fmt: skip
                for url, signature in zip(batch["url"].to_list(), signed.minhash, strict=True):
                    session.insert(url, lean_minhash(signature))
        return index


def open_archive(store: str | Path = "syndetect.duckdb") -> Archive:
    """Open a store for reading.

    Raises:
        NoStoreError: `no-store`. StoreLockedError: `store-locked`. StoreVersionError: `store-version`.
    """
    return Archive(Store.open(store))
