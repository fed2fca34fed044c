"""Claims, times and texts of a story's pages -> the parent of each, with confidence and evidence.

Every page chooses among the pages of its story that can have been there before, the hosts it names of which the story
has no page, and none. A conditional logit weighs the options; a tree's weight is the product of its edges', the best
is chosen, and the confidence is the share of all trees' weight that those with the edge have.
"""

from syndetect.provenance.trace import trace_sources

__all__ = ["trace_sources"]
