"""Stories as people said: what they call the same is joined first, and what they call different is never joined.

The links that joined pages are added again, the surest first; one that would bring together two pages which a person
separated is left out.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numba import njit

from syndetect.stories.graph import name_components, order_documents, rows_of


@njit(cache=True)
def _root(least, row):  # type: ignore[no-untyped-def]
    while least[row] != row:
        least[row] = least[least[row]]
        row = least[row]
    return row


@njit(cache=True)
def join_apart(n, left, right, apart_left, apart_right):  # type: ignore[no-untyped-def]
    """Join rows link by link: the least row of the component of each, and which links hold.

    Args:
        n: Number of rows.
        left: Of each link, in the order in which they are added.
        right: The other row of each.
        apart_left: Of each pair that must not come together.
        apart_right: The other row of each.
    """
    least = np.arange(n)
    holds = np.ones(len(left), np.bool_)
    for i in range(len(left)):
        a, b = _root(least, left[i]), _root(least, right[i])
        if a == b:
            continue
        for k in range(len(apart_left)):
            one, other = _root(least, apart_left[k]), _root(least, apart_right[k])
            if (one == a and other == b) or (one == b and other == a):
                holds[i] = False
                break
        if holds[i]:
            least[max(a, b)] = min(a, b)
    for row in range(n):
        least[row] = least[least[row]]
    return least, holds


def regroup(
    documents: pl.DataFrame, same: pl.DataFrame, copies: pl.DataFrame, links: pl.DataFrame, different: pl.DataFrame
) -> pl.DataFrame:
    """Group the pages of some whole stories anew.

    Args:
        documents: doc_id, at (time; may be NULL).
        same: left_id, right_id, copies (whether they are copies of one text in one language): what people joined. They
            must not contradict `different`.
        copies: left_id, right_id, similarity of copies that stand in one group.
        links: left_id, right_id, similarity of translations that stand in one story.
        different: left_id, right_id of pages that people separated.

    Returns:
        doc_id, copies_id, story_id: group and story are named by their earliest document.
    """
    ordered = order_documents(documents)
    parts = [
        same.select("left_id", "right_id", "copies", level=pl.lit(0), similarity=pl.lit(1.0)),
        copies.select("left_id", "right_id", copies=pl.lit(value=True), level=pl.lit(1), similarity="similarity"),
        links.select("left_id", "right_id", copies=pl.lit(value=False), level=pl.lit(2), similarity="similarity"),
    ]
    edges = pl.concat(parts)
    one, other = rows_of(ordered, edges["left_id"]), rows_of(ordered, edges["right_id"])
    edges = edges.select("copies", "level", "similarity", left=np.minimum(one, other), right=np.maximum(one, other))
    edges = edges.sort("level", "similarity", "left", "right", descending=[False, True, False, False])
    left, right = edges["left"].to_numpy(), edges["right"].to_numpy()
    labels, holds = join_apart(
        len(ordered), left, right, rows_of(ordered, different["left_id"]), rows_of(ordered, different["right_id"])
    )
    of_text = edges["copies"].to_numpy() & holds
    groups = name_components(len(ordered), left[of_text], right[of_text])
    return pl.DataFrame(
        {"doc_id": ordered.ids, "copies_id": ordered.ids.gather(groups), "story_id": ordered.ids.gather(labels)}
    ).sort("doc_id")
