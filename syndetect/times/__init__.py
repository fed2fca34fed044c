"""When a document can have been published: stated times read in any language, and their sum.

`read_time` and `find_dates` read; `learn_offsets` learns how far a site's clock stands from UTC; `published` decides.
"""

from syndetect.times.intervals import TimeReading
from syndetect.times.offsets import OFFSETS, count_offsets, learn_offsets, offsets_of
from syndetect.times.published import publication_claims, published
from syndetect.times.reading import read_time
from syndetect.times.relative import MAX_LINE, Relative, read_relative
from syndetect.times.texts import date_datelines, newest_mentioned
from syndetect.times.words import FoundDate, find_dates, mentions_date

__all__ = [
    "MAX_LINE",
    "OFFSETS",
    "FoundDate",
    "Relative",
    "TimeReading",
    "count_offsets",
    "date_datelines",
    "find_dates",
    "learn_offsets",
    "mentions_date",
    "newest_mentioned",
    "offsets_of",
    "publication_claims",
    "published",
    "read_relative",
    "read_time",
]  # fmt: skip
