"""Candidate pairs, judged on the full texts; nothing is reported on the word of a signature.

`spool` keeps the words of texts within reach, `overlap` measures what two share, `judge` says what that means.
"""

from syndetect.verify.judge import VERIFIED, decide, exact_pairs, judge, pack_evidence, unpack_evidence
from syndetect.verify.overlap import Overlap, Texts, compare, empty_overlap, put_overlap, texts_of
from syndetect.verify.spool import Spool

__all__ = [
    "VERIFIED", "Overlap", "Spool", "Texts", "compare", "decide", "empty_overlap", "exact_pairs", "judge",
    "pack_evidence", "put_overlap", "texts_of", "unpack_evidence",
]  # fmt: skip
