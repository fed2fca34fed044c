"""How each page that may have been a source compares with the others its child may have been taken from.

Some evidence is told only beside others: of several pages of one text the one whose changes the child has, of several
pages of one language the one whose sentences a translation follows, the earliest page of a story.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.schema import F32, F64, I64

LIKELY = 0.2
"""How likely a page was there before its child to be what others are compared with."""
ALIKE = 0.2
"""Share of the child's text that it has, in the same language."""
FEW = 4.0
COMPARED = (
    "page_first", "page_rank", "likely", "sure", "same_more_gaps", "same_more_holes", "same_few", "same_least",
    "cross_more_cost", "cross_more_new", "cross_more_left_out", "cross_other_cost", "cross_other_left_out",
    "cross_least", "cross_residue_most", "cross_fewer_numbers", "cross_unlike",
)  # fmt: skip
"""What `compare_beside` adds."""


def earlier_pages(child: I64, p: F32, n_pages: int) -> tuple[F64, F64]:
    """How many pages of its story were before each page; the logarithm of how likely none was.

    Args:
        child: Rows of pages, one for each page that can have been there before it.
        p: How likely it was.
        n_pages: Number of pages.
    """
    chance = p.astype(np.float64)
    many: F64 = np.bincount(child, chance, minlength=n_pages).astype(np.float64)
    none: F64 = np.bincount(child, np.log1p(-np.minimum(chance, 0.999)), minlength=n_pages).astype(np.float64)
    return many, none


def compare_beside(pairs: pl.DataFrame, languages: pl.Series, earlier: tuple[F64, F64]) -> pl.DataFrame:
    """Add COMPARED to all pairs of some children.

    Args:
        pairs: child, page, p, contain, and the features of each pair by itself; all pairs of a child.
        languages: Of all pages.
        earlier: From `earlier_pages`.
    """
    page = pairs["page"].to_numpy()
    frame = pairs.with_columns(
        spoken=languages.gather(pairs["page"]), page_first=pl.Series(np.exp(earlier[1][page])),
        page_rank=pl.Series(np.log1p(earlier[0][page])), gaps=pl.col("same_gaps").exp() - 1,
        holes=pl.col("same_holes").exp() - 1,
    )  # fmt: skip
    cross, likely = pl.col("cross") == 1, pl.col("p") >= LIKELY
    same = likely & ~cross & (pl.col("contain") >= ALIKE)

    def more(name: str, *, among: pl.Expr, keys: tuple[str, ...] = ("child",)) -> pl.Expr:
        least = pl.col(name).filter(among).min().over(keys)
        return (pl.col(name) - least).clip(0, None).fill_null(0.0)

    changes = more("gaps", among=same) + more("holes", among=same)
    within = ("child", "spoken")
    most_numbers = pl.col("cross_numbers").filter(cross & likely).max().over("child")
    cross_more = {
        f"cross_more_{name}": more(f"cross_{name}", among=cross & likely, keys=within) * cross
        for name in ("cost", "new", "left_out")
    }
    frame = frame.with_columns(
        likely=pl.col("p"), sure=((pl.col("p") - 0.5) * 2).clip(0, 1),
        same_more_gaps=more("gaps", among=same).log1p() * ~cross,
        same_more_holes=more("holes", among=same).log1p() * ~cross,
        same_few=changes.clip(0, FEW) * ~cross, same_least=~cross & (changes == 0), **cross_more,
        cross_other_cost=more("cross_cost", among=cross & likely) * cross,
        cross_other_left_out=more("cross_left_out", among=cross & likely) * cross,
        cross_residue_most=(pl.col("cross_residue").max().over("child") - pl.col("cross_residue")) * cross,
        cross_fewer_numbers=(most_numbers - pl.col("cross_numbers")).clip(0, None).fill_null(0.0) * cross,
        cross_unlike=(1.02 - (pl.col("contain") * pl.col("p")).max().over("child")).log() * cross,
    )  # fmt: skip
    least = cross & (pl.sum_horizontal(*cross_more) < 0.05)
    return frame.with_columns(cross_least=least).drop("spoken", "gaps", "holes")
