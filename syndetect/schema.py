"""The columns that travel between stages: names, types, units.

Documents travel as polars frames with these schemas, at most some 64 MB of text each. All times are UTC. Ids are
64-bit hashes that stay the same from run to run. `left_id < right_id` in every table of pairs.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

I8 = NDArray[np.int8]
U8 = NDArray[np.uint8]
I16 = NDArray[np.int16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

TIME = pl.Datetime("us", "UTC")
ID = pl.UInt64()
STRING = pl.String()

PAGE = pl.Schema(
    {
        "path": STRING,  # the input file
        "record": pl.UInt32(),  # number of the record in it, from 0
        "url": STRING,  # as crawled; file:// for plain text without one
        "crawled_at": TIME,  # when it was fetched; NULL if the input does not say
        "html": pl.Binary(),  # the page as served, undecoded; NULL where the input gives text
        "charset": STRING,  # of the HTTP header; NULL if it names none
        "text": STRING,  # the text, where the input gives one
        "title": STRING,
        "published": STRING,  # publication time as the input words it
        "language": STRING,  # as the input words it
        "canonical": STRING,
        "site_name": STRING,  # what the input calls the site
        "updated": STRING,  # last change, as the input or the server words it
        "based_on": STRING,  # the address or name that the input gives as the source
        "same_as": STRING,  # of a fetch that found what was fetched before: the address that was fetched then
    }
)
"""`crawl` -> `extract`: one row a fetched record."""

STATED_TIME = pl.Struct({"source": STRING, "value": STRING})
ALTERNATE = pl.Struct({"language": STRING, "url": STRING})

DOCUMENT = pl.Schema(
    {
        "doc_id": ID,  # hash of url and page_text
        "path": STRING,
        "record": pl.UInt32(),
        "url": STRING,
        "site": STRING,  # host, lower case, without www.
        "crawled_at": TIME,
        "title": STRING,
        "page_text": STRING,  # main text with source notes, tags and leftovers; a line a block
        "language": STRING,  # ISO 639-1, or 639-3 where there is none; NULL if it can't be told
        "kind": STRING,  # article, digest, list, wall, error, other
        "site_name": STRING,  # what the page calls its site; NULL if it doesn't
        "canonical": STRING,  # the address the page calls its own; NULL if it gives none
        "based_on": pl.List(STRING),  # JSON-LD isBasedOn, translationOfWork and the like: addresses or names
        "links": pl.List(STRING),  # addresses the main text links to, absolute
        "images": pl.List(STRING),  # addresses of the images of the main text and of its head, absolute
        "alternates": pl.List(ALTERNATE),  # hreflang: the page's own translations, absolute
        # source: json-ld, meta, visible, url, input, script, text; updated and updated-... bound it: see docs/times.md;
        # value as worded
        "stated_times": pl.List(STATED_TIME),
    }
)
"""`extract` -> all that follows: one row a document."""

CLAIM = pl.Schema(
    {
        "doc_id": ID,
        # attribution, citation, agency, dateline, canonical, based-on, link, translation-note, published
        "kind": STRING,
        "value": STRING,  # the name, tag, address or time as the page words it
        "site": STRING,  # the host it stands for; NULL where that is not known
        "time_from": TIME,  # the interval of a time that is claimed
        "time_to": TIME,
        "zone_known": pl.Boolean(),
        "span_start": pl.Int32(),  # characters of page_text; NULL for marks in the page's head
        "span_end": pl.Int32(),
        "rule": STRING,  # which phrase or mark it was read by
    }
)
"""What a document says of itself."""

PUBLISHED = pl.Schema(
    {
        "doc_id": ID,
        "published_at": TIME,  # best single estimate
        "published_from": TIME,
        "published_to": TIME,
        "published_by": STRING,  # json-ld, meta, visible, url, attribution, input, crawl
        "published_day": pl.Date(),  # as the page's own clock shows it
    }
)
"""When a document can have been published."""

ANCHOR = pl.Schema(
    {
        "doc_id": ID,
        "key": ID,  # hash of kind and value
        "kind": pl.UInt8(),  # number, date, place, name, ...: see anchors.KINDS
        "position": pl.Float32(),  # 0..1, where in the text it stands
        "span_start": pl.Int32(),  # bytes of story_text in UTF-8
        "span_end": pl.Int32(),
    }
)
"""Marks that survive translation."""

JUDGED_PAIR = pl.Schema(
    {
        "left_id": ID,
        "right_id": ID,
        "judgement": STRING,  # same, different, unsure
        "relation": STRING,  # exact, near-duplicate, excerpt, translation
        "similarity": pl.Float64(),  # Jaccard of shingles; for translations the probability
        "left_containment": pl.Float64(),  # share of the left text found in the right
        "right_containment": pl.Float64(),
        "evidence": STRING,  # JSON
    }
)
"""Candidate pairs with what the full texts say of them."""

EDGE = pl.Schema(
    {
        "doc_id": ID,
        "parent_id": ID,  # NULL: an unseen source or an origin
        "parent_site": STRING,  # NULL: an origin
        "named_url": STRING,
        "relation": STRING,  # copies, excerpts, translates, origin
        "confidence": pl.Float64(),
        "evidence": STRING,  # JSON list of {kind, words, ...}
    }
)
"""Copy -> parent."""

REJECTED = pl.Schema({"path": STRING, "record": pl.UInt32(), "reason": STRING})
"""Records that could not be used, with the reason as a slug and its words."""
