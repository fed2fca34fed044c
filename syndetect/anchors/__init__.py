"""Marks that survive translation, and what pages of two languages share of them.

`extract_anchors` reads numbers, dates, places and names out of texts; `find_candidates` pairs pages of different
languages that share rare ones; `first_look` scores each by itself, `judge_translations` gives those that are worth it a
probability and its evidence, from all variants of their texts; `link` keeps the pairs that hold when pages are joined
to stories, and `pairs_within` finds those that only then turn out to belong together; `share_marks` shows of one pair
what it shares and lacks. `learn_words` learns from the pairs that are sure which words mean the same, and
`learnt_anchors` marks them on all pages for another round. No model of any language is needed.
"""

from syndetect.anchors.candidates import Searched, find_candidates
from syndetect.anchors.extract import extract_anchors
from syndetect.anchors.judge import (
    LEAST_KEPT,
    WORTH_A_LOOK,
    Marked,
    between_groups,
    first_look,
    judge_far,
    judge_translations,
    measure,
)
from syndetect.anchors.keycounts import Rarity, count_rarity
from syndetect.anchors.kinds import KINDS
from syndetect.anchors.lexicon import learn_words, learnt_anchors
from syndetect.anchors.link import hang_together, hold_cut, link, pairs_within
from syndetect.anchors.marks import Marks, join_marks, pack_marks
from syndetect.anchors.nearness import add_nearness
from syndetect.anchors.pairs import weigh_keys
from syndetect.anchors.shared import (
    MissingMark,
    SharedMark,
    SharedMarks,
    read_marks,
    share_marks,
    shared_anchors,
    tells_names,
)
from syndetect.anchors.variants import choose_variants, pair_variants
from syndetect.anchors.weights import EXTRACTED, LEXICON

__all__ = [
    "EXTRACTED",
    "KINDS",
    "LEAST_KEPT",
    "LEXICON",
    "WORTH_A_LOOK",
    "Marked",
    "Marks",
    "MissingMark",
    "Rarity",
    "Searched",
    "SharedMark",
    "SharedMarks",
    "add_nearness",
    "between_groups",
    "choose_variants",
    "count_rarity",
    "extract_anchors",
    "find_candidates",
    "first_look",
    "hang_together",
    "hold_cut",
    "join_marks",
    "judge_far",
    "judge_translations",
    "learn_words",
    "learnt_anchors",
    "link",
    "measure",
    "pack_marks",
    "pair_variants",
    "pairs_within",
    "read_marks",
    "share_marks",
    "shared_anchors",
    "tells_names",
    "weigh_keys",
]
