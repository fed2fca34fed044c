"""Documents and a lexicon to anchors of the kind `learnt`."""

from __future__ import annotations

import numpy as np
import polars as pl

from syndetect.anchors import kinds
from syndetect.anchors.extract import parts_of
from syndetect.anchors.lexicon.words import emit_learnt, entry_keys
from syndetect.anchors.names import index_keys
from syndetect.anchors.tables import affixes, characters, language_hashes
from syndetect.schema import ANCHOR, I32, I64, U8, U64
from syndetect.text import string_buffers


def _table(lexicon: pl.DataFrame) -> tuple[U64, I32, U64]:
    """The table that the kernel looks words up in: keys, rows, concepts."""
    lexicon = lexicon.unique(["language", "word"]).sort("language", "word")
    keys = np.empty(len(lexicon), np.uint64)
    entry_keys(language_hashes(lexicon["language"]), lexicon["word"].to_numpy(), keys)
    return (*index_keys(keys, np.arange(len(keys), dtype=np.int32)), lexicon["concept"].to_numpy())


def _emit_part(data: U8, offsets: I64, languages: U64, table: tuple[U64, I32, U64]) -> tuple[U64, I32, I32, I64]:
    text = np.concatenate([data[offsets[0] : offsets[-1]], np.zeros(4, np.uint8)])
    out = (np.empty(len(text), np.uint64), np.empty(len(text), np.int32), np.empty(len(text), np.int32))
    counts = np.zeros(len(offsets) - 1, np.int64)
    char = characters()
    n = emit_learnt(
        text, offsets - offsets[0], languages, (char.classes, char.scripts, char.folds), affixes(), table, out, counts
    )
    return out[0][:n].copy(), out[1][:n].copy(), out[2][:n].copy(), counts


def learnt_anchors(documents: pl.DataFrame, lexicon: pl.DataFrame) -> pl.DataFrame:
    """The words of each document that the lexicon knows, as anchors.

    Args:
        documents: doc_id, language, story_text.
        lexicon: learn.LEXICON.

    Returns:
        schema.ANCHOR, documents in the order given.
    """
    if lexicon.is_empty() or documents.is_empty():
        return pl.DataFrame(schema=ANCHOR)
    data, offsets = string_buffers(documents["story_text"])
    languages = language_hashes(documents["language"])
    table = _table(lexicon)
    done = [_emit_part(data, offsets[a : b + 1], languages[a:b], table) for a, b in parts_of(offsets)]
    keys, starts, ends, counts = (np.concatenate(column) for column in zip(*done, strict=True))
    sizes = np.repeat(np.maximum(np.diff(offsets), 1), counts)
    return pl.DataFrame(
        {
            "doc_id": np.repeat(documents["doc_id"].to_numpy(), counts),
            "key": keys,
            "kind": np.full(len(keys), kinds.LEARNT, np.uint8),
            "position": (starts / sizes).astype(np.float32),
            "span_start": starts,
            "span_end": ends,
        },
        schema=ANCHOR,
    )
