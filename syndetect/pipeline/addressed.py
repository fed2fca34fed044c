"""Pages that pages of other sites name by their exact address -> table named_page, and pairs worth comparing for it.

What a page gives as its source, or as itself elsewhere, is compared with it whatever the two texts have in common. What
half the pages of a site name (a menu, a badge) is of the site and says nothing, and of one page no more than MOST
count; both are kept, with why they were left out.
"""

from __future__ import annotations

import polars as pl

from syndetect.addresses import url_key
from syndetect.store import Store, sql_text

MOST = 8
"""Pages that a page is compared with for their addresses alone: the strongest claims first, links last."""
LEAST_NAMING = 3
"""Pages of a site from which what half of them name is the site's: two may well have one source."""
ADDRESSES_AT_ONCE = 200_000


def find_named_pages(store: Store) -> int:
    """Claims, links and lists of translations -> named_page."""
    given = store.frame(sql_text("named_values.sql"))
    parts = [pl.DataFrame(schema={"value": pl.String, "url_key": pl.String})]
    for part in given.iter_slices(ADDRESSES_AT_ONCE):
        with store.given(address=part.with_columns(url_key=url_key(pl.col("value")))):
            parts.append(store.frame("SELECT * FROM address SEMI JOIN document USING (url_key)"))
    with store.given(named_address=pl.concat(parts)):
        found = store.frame(sql_text("named_pages.sql"), most=MOST, least_naming=LEAST_NAMING)
    store.replace("named_page", found)
    return found.height


def named_copies(store: Store) -> pl.DataFrame:
    """Pairs within a language, of documents that stand for their texts (table stands): left_id, right_id."""
    return store.frame(sql_text("named_copies.sql"))


def named_translations(store: Store) -> pl.DataFrame:
    """Pairs across languages, of pages that stand for their groups (table anchor_page): left_id, right_id."""
    with store.given(anchor_member=store.frame(sql_text("anchor_members.sql"))):
        return store.frame(sql_text("named_translations.sql"))
