"""When a document can have been published: stated times read in any language, and their sum.

`read_time` and `find_dates` read; `learn_offsets` learns how far a site's clock stands from UTC; `published` decides.
"""

from syndetect.times.published import OFFSETS, count_offsets, learn_offsets, offsets_of, publication_claims, published
from syndetect.times.reading import FoundDate, TimeReading, find_dates, read_time

__all__ = [
    "OFFSETS",
    "FoundDate",
    "TimeReading",
    "count_offsets",
    "find_dates",
    "learn_offsets",
    "offsets_of",
    "publication_claims",
    "published",
    "read_time",
]  # fmt: skip
