"""A lexicon learnt from pages that are surely one story, and the anchors that its words give.

`learn_words`: judged pairs -> those that are sure -> which words mean the same. `learnt_anchors`: texts -> the words
that the lexicon knows, as anchors.
"""

from syndetect.anchors.lexicon.emit import learnt_anchors
from syndetect.anchors.lexicon.learn import LEXICON, learn, learn_words, stories_told, sure_pairs

__all__ = ["LEXICON", "learn", "learn_words", "learnt_anchors", "stories_told", "sure_pairs"]
