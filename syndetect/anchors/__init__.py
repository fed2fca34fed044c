"""Marks that survive translation, and what pages of two languages share of them.

`extract_anchors` reads numbers, dates, places and names out of texts; `find_candidates` pairs pages of different
languages that share rare ones; `judge_translations` gives each pair a probability and its evidence; `link` keeps the
pairs that hold when pages are joined to stories. No model of any language is needed.
"""

from syndetect.anchors.candidates import find_candidates
from syndetect.anchors.extract import extract_anchors, shared_anchors
from syndetect.anchors.judge import judge_translations, measure
from syndetect.anchors.kinds import KINDS
from syndetect.anchors.link import link

__all__ = ["KINDS", "extract_anchors", "find_candidates", "judge_translations", "link", "measure", "shared_anchors"]
