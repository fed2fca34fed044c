"""What a document says of itself: whence, agency, dateline, canonical, translated by; each with span and rule.

`read_claims` reads them page by page; `name_sites` learns from all pages which name stands for which host, and
`resolve_sites` fills it in; `mark_furniture` marks what most pages of a site say alike; `claim_lines` lists the lines
that are nothing but claims. Once there are stories, `share_names` gives a name the host of a like name of its story.
"""

from syndetect.claims.furniture import FURNITURE, mark_furniture
from syndetect.claims.lines import claim_lines
from syndetect.claims.names import NAMED, name_sites, resolve_sites
from syndetect.claims.reading import read_claims
from syndetect.claims.sharing import SHARED, share_names

__all__ = [
    "FURNITURE", "NAMED", "SHARED", "claim_lines", "mark_furniture", "name_sites", "read_claims", "resolve_sites",
    "share_names",
]  # fmt: skip
