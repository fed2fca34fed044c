"""What attributions and links are worth as evidence that two pages tell one story."""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.schema import F64, Bools

RELIED_ON = 0.5
"""Share of the translations naming a source whose naming leads to the page compared: others name a page between, a
source of the source, or a wrong one."""
VOUCHED = 6.0
"""Logits that the very address adds where a page gives it as its own elsewhere, as its source or as its translation. A
candidate by marks is one of 20 a page, of which one at most is right as a rule; of pages that are vouched for 19 in 20
are one story at least, so that the odds are 19 * 19 times better. No text is overruled: one that speaks against a pair
as clearly as those of unrelated pages do has less than -VOUCHED."""
MOST_BACKING = 3.0
"""Logits that words about a source add at most: pages repeat the attributions of what they copied, and a page may take
one story from a site and tell another of the same day by itself."""


def backing_logits(backed: pl.DataFrame, *, n_store_pages: int) -> F64:
    """How much likelier a pair is for one of its pages naming the other's site, or address.

    The site of an unrelated page is the one named as often as that site has pages: 1 in 100 on a site with a hundredth
    of the store. So the odds rise by RELIED_ON / that share.

    Args:
        backed: by_address, vouched, n_site_pages; NULL where nothing is said. One row a pair.
        n_store_pages: Pages in the store.

    Returns:
        Logits, 0 to MOST_BACKING; VOUCHED for a page that is vouched for.
    """
    pages = backed["n_site_pages"].fill_null(n_store_pages).to_numpy().astype(np.float64)
    logits = np.log(RELIED_ON * max(n_store_pages, 1) / np.maximum(pages, 1.0))
    by_address = backed["by_address"].fill_null(False).to_numpy()
    found: F64 = np.where(by_address, MOST_BACKING, np.clip(logits, 0.0, MOST_BACKING))
    return np.where(is_vouched(backed), VOUCHED, found)


def is_vouched(backed: pl.DataFrame) -> Bools:
    """Which pairs have a page that gives the other's address as its own, its source's or its translation's."""
    if "vouched" not in backed.columns:
        return np.zeros(len(backed), np.bool_)
    vouched: Bools = backed["vouched"].fill_null(value=False).to_numpy()
    return vouched
