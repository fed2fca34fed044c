"""Pages of two languages that share rare anchors."""

from __future__ import annotations

from importlib import resources

import duckdb
import numpy as np
import polars as pl
from numba import njit

from syndetect.schema import ID

CANDIDATE: dict[str, pl.DataType] = {
    "left_id": ID,
    "right_id": ID,
    "weight": pl.Float64(),  # how surprising all that they share is, in nats
    "n_shared": pl.Int32(),  # keys that they share
}
SKIPPED_KEY: dict[str, pl.DataType] = {"key": ID, "n_documents": pl.Int64()}

SHRINK, PAGES_BEFORE = 50.0, 100.0
"""Defaults of `shrink` and `pages_before`; the weights of `judge_translations` were learnt with them."""

_NO_TIME = np.iinfo(np.int64).min
_MICROSECONDS_A_DAY = 86_400_000_000


@njit(cache=True, nogil=True)
def _apart(a, b, starts, ends, window):  # type: ignore[no-untyped-def]
    """Whether two time intervals are further apart than the window; one that is not known is never."""
    if starts[a] == _NO_TIME or starts[b] == _NO_TIME or ends[a] == _NO_TIME or ends[b] == _NO_TIME:
        return False
    return starts[a] - ends[b] > window or starts[b] - ends[a] > window


@njit(cache=True, nogil=True)
def _collect(  # type: ignore[no-untyped-def]
    key_from, key_pages, key_weights, page_from, page_keys, page_weights, languages, starts, ends, window,
    least_weight, least_shared, k, best, weights, shared,
):  # fmt: skip
    """For each page its best k others; `best` is -1 where there are fewer."""
    n = len(page_from) - 1
    total, counts = np.zeros(n, np.float64), np.zeros(n, np.int32)
    touched = np.empty(n, np.int64)
    for page in range(n):
        n_touched = 0
        for i in range(page_from[page], page_from[page + 1]):
            key = page_keys[i]
            for j in range(key_from[key], key_from[key + 1]):
                other = key_pages[j]
                if languages[other] == languages[page]:
                    continue
                if counts[other] == 0:
                    touched[n_touched] = other
                    n_touched += 1
                counts[other] += 1
                total[other] += 0.5 * (page_weights[i] + key_weights[j])
        n_best = 0
        for i in range(n_touched):
            other = touched[i]
            weight, count = total[other], counts[other]
            total[other], counts[other] = 0.0, 0
            if weight < least_weight or count < least_shared or _apart(page, other, starts, ends, window):
                continue
            # Pages are numbered by id, so the smaller id wins a tie.
            at = n_best
            while at > 0 and (
                weight > weights[page, at - 1] or (weight == weights[page, at - 1] and other < best[page, at - 1])
            ):
                at -= 1
            if at >= k:
                continue
            for move in range(min(n_best, k - 1), at, -1):
                best[page, move], weights[page, move] = best[page, move - 1], weights[page, move - 1]
                shared[page, move] = shared[page, move - 1]
            best[page, at], weights[page, at], shared[page, at] = other, weight, count
            n_best = min(n_best + 1, k)


def _group(values: pl.Series, n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Offsets of the runs of a sorted column of 0..n-1."""
    return np.searchsorted(values.to_numpy(), np.arange(n + 1)).astype(np.int64)


def _micros(column: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return column.cast(pl.Int64).fill_null(_NO_TIME).to_numpy()


def _best_pairs(postings: pl.DataFrame, *, window: int, least_weight: float, least_shared: int, k: int) -> pl.DataFrame:
    pages = postings.unique("doc_id").sort("doc_id").with_row_index("page")
    keys = postings.select("key").unique().sort("key").with_row_index("key_row")
    rows = postings.join(pages.select("doc_id", "page"), on="doc_id").join(keys, on="key")
    by_page, by_key = rows.sort("page", "key_row"), rows.sort("key_row", "page")
    n = len(pages)
    best, weights = np.full((n, k), -1, np.int64), np.zeros((n, k), np.float64)
    shared = np.zeros((n, k), np.int32)
    _collect(
        _group(by_key["key_row"], len(keys)), by_key["page"].to_numpy().astype(np.int64), by_key["weight"].to_numpy(),
        _group(by_page["page"], n), by_page["key_row"].to_numpy().astype(np.int64), by_page["weight"].to_numpy(),
        pages["language"].fill_null("").rank("dense").to_numpy().astype(np.int64),
        _micros(pages["published_from"]), _micros(pages["published_to"]), window,
        least_weight, least_shared, k, best, weights, shared,
    )  # fmt: skip
    page, place = np.nonzero(best >= 0)
    ids, other = pages["doc_id"].to_numpy(), best[page, place]
    pairs = pl.DataFrame(
        {
            "left_id": ids[np.minimum(page, other)], "right_id": ids[np.maximum(page, other)],
            "weight": weights[page, place], "n_shared": shared[page, place],
        },
        schema=CANDIDATE,
    )  # fmt: skip
    return pairs.unique(["left_id", "right_id"]).sort("left_id", "right_id")


def find_candidates(
    con: duckdb.DuckDBPyConnection,
    *,
    window_days: int = 60,
    max_documents: int = 300,
    keys_a_page: int = 60,
    best: int = 20,
    least_shared: int = 2,
    least_weight: float = 6.0,
    shrink: float = SHRINK,
    pages_before: float = PAGES_BEFORE,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find pairs of pages of different languages that share rare anchors.

    The result does not depend on the order of the rows: keys and pages are taken by weight, then by id.

    Reads the tables anchor (schema.ANCHOR) and anchor_page (doc_id, language, published_from, published_to), which
    holds the pages to compare: one of each group of copies in one language.

    Args:
        con: An open connection; temporary tables anchor_key and anchor_posting are made in it.
        window_days: Two pages whose times are known and further apart are not compared: a translation follows within
            days, but a day can be all that is known, and wrong.
        max_documents: A key on more pages finds nothing; a number, not a share, else the join grows with the square.
        keys_a_page: The rarest keys of a page that search; 60 keep .97 of true pairs at 10,000 pages.
        best: Candidates kept a page, by weight; a pair stays if it is among the best of either page.
        least_shared: Keys a pair must share: one alone is shared with hundreds.
        least_weight: What their weights must sum to.
        shrink: Pages of a language at which its own counts weigh as much as those of all languages.
        pages_before: Pages imagined without any key of the store, so that in a small store not all is common.

    Returns:
        pairs: CANDIDATE, sorted.
        skipped: SKIPPED_KEY: the keys on more than `max_documents` pages, which found nothing.
    """
    statement = (resources.files("syndetect") / "sql" / "anchor_candidates.sql").read_text(encoding="utf-8")
    numbers = {
        "shrink": shrink,
        "pages_before": pages_before,
        "max_documents": max_documents,
        "keys_a_page": keys_a_page,
    }
    for part in duckdb.extract_statements(statement):
        con.execute(part.query, {name: numbers[name] for name in part.named_parameters})
    postings = con.sql("SELECT * FROM anchor_posting").pl()
    skipped = con.sql(
        "SELECT DISTINCT key, n_documents::BIGINT AS n_documents FROM anchor_key "
        "WHERE n_languages >= 2 AND n_documents > $most ORDER BY key",
        params={"most": max_documents},
    ).pl()
    con.execute("DROP TABLE anchor_posting; DROP TABLE anchor_key")
    pairs = _best_pairs(
        postings,
        window=window_days * _MICROSECONDS_A_DAY,
        least_weight=least_weight,
        least_shared=least_shared,
        k=best,
    )
    return pairs, skipped
