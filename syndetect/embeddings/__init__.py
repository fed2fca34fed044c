"""Vectors of texts, by a model the user names, for the comparison across languages; optional.

`load_model` reads a model of a folder, or wraps an encoder of one's own; `encode_texts` turns texts into unit vectors;
`nearest` finds for each page the nearest ones in other languages, `add_neighbours` makes them candidates, and says of
all candidates how near they are beside what is near anyway. Vectors propose and support; what they are worth is
measured by anchors, which confirm. Nothing here is imported unless it is asked for, and nothing is ever downloaded.
"""

from syndetect.embeddings.encoder import Encoder, Model, encode_texts, excerpt, excerpt_key, wrap
from syndetect.embeddings.folders import DEFAULT_MODEL, find_folder, load_model
from syndetect.embeddings.neighbours import NO_TIME, Neighbours, add_neighbours, centre, nearest

__all__ = [
    "DEFAULT_MODEL",
    "NO_TIME",
    "Encoder",
    "Model",
    "Neighbours",
    "add_neighbours",
    "centre",
    "encode_texts",
    "excerpt",
    "excerpt_key",
    "find_folder",
    "load_model",
    "nearest",
    "wrap",
]
