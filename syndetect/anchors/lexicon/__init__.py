"""A lexicon learnt from pages that are surely one story, and the anchors it gives."""

from syndetect.anchors.lexicon.emit import emit
from syndetect.anchors.lexicon.learn import LEXICON, learn

__all__ = ["LEXICON", "emit", "learn"]
