"""A lexicon learnt from pages that are surely one story, and the anchors that its words give.

`learnt_anchors` does all of it: judged pairs -> pairs that are sure -> entries -> anchors of all pages.
"""

from syndetect.anchors.lexicon.emit import emit, learnt_anchors
from syndetect.anchors.lexicon.learn import LEXICON, learn, stories_told, sure_pairs

__all__ = ["LEXICON", "emit", "learn", "learnt_anchors", "stories_told", "sure_pairs"]
