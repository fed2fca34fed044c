"""ONNX exports of transformers: tokens in, states of the tokens out, pooled to a vector a text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from syndetect.embeddings.tokens import read_tokenizer
from syndetect.schema import F32, I64

TOKENS_A_BATCH = 8_192
"""Tokens of a batch, padding counted: bounds memory whatever the length of the texts."""
MOST_TOKENS = 512
"""Tokens read of a text where the model does not say."""


class OnnxEncoder:
    """A session with its tokenizer."""

    def __init__(
        self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, *, pad: int, first_token: bool, prompt: str
    ) -> None:
        self._session, self._tokenizer = session, tokenizer
        self._pad, self._first_token, self._prompt = pad, first_token, prompt
        self._inputs = {one.name for one in session.get_inputs()}
        outputs = [one.name for one in session.get_outputs()]
        self._pooled = "sentence_embedding" in outputs
        self._output = "sentence_embedding" if self._pooled else outputs[0]

    def encode(self, texts: list[str], /) -> F32:
        """Encode texts, those of like length together."""
        found = [one.ids for one in self._tokenizer.encode_batch([self._prompt + text for text in texts])]
        order = sorted(range(len(found)), key=lambda i: (len(found[i]), i))
        rows: dict[int, F32] = {}
        at = 0
        while at < len(order):
            end = at + 1
            while end < len(order) and (end + 1 - at) * max(len(found[order[end]]), 1) <= TOKENS_A_BATCH:
                end += 1
            batch = order[at:end]
            rows.update(zip(batch, self._run([found[i] for i in batch]), strict=True))
            at = end
        return np.stack([rows[i] for i in range(len(texts))])

    def _run(self, tokens: list[list[int]]) -> F32:
        longest = max(1, *map(len, tokens))
        ids: I64 = np.full((len(tokens), longest), self._pad, np.int64)
        mask: I64 = np.zeros((len(tokens), longest), np.int64)
        for row, own in enumerate(tokens):
            ids[row, : len(own)], mask[row, : len(own)] = own, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        found = self._session.run([self._output], {name: given[name] for name in self._inputs & given.keys()})[0]
        states: F32 = np.asarray(found, np.float32)
        if states.ndim != 3:
            return states
        if self._first_token:
            first: F32 = states[:, 0]
            return first
        pooled: F32 = (states * mask[:, :, None]).sum(axis=1, dtype=np.float32)
        pooled /= np.maximum(mask.sum(axis=1, keepdims=True), 1)
        return pooled


def read_onnx(folder: Path, file: Path, *, prompt: str = "", threads: int = 0) -> OnnxEncoder:
    """Read an export.

    Args:
        folder: Holds tokenizer.json, and maybe what sentence-transformers notes of pooling and length.
        file: The graph.
        prompt: Put before each text.
        threads: Of the runtime; 0 for as many as it likes.

    Raises:
        ValueError: In words, if the files can't be read.
    """
    beside = folder / "tokenizer.json"
    tokenizer = read_tokenizer(beside if beside.is_file() else file.parent / "tokenizer.json")
    config = _json(folder / "config.json")
    padding = tokenizer.padding or {}
    pad = int(padding.get("pad_id", config.get("pad_token_id") or 0))
    tokenizer.no_padding()
    length = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    positions = config.get("max_position_embeddings")
    most = (
        length
        if isinstance(length, int)
        else min(MOST_TOKENS, positions if isinstance(positions, int) else MOST_TOKENS)
    )
    tokenizer.enable_truncation(most)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # each of the library's errors is a class of its own, below Exception
        raise ValueError(f"{file.name} can't be read ({error})") from None
    asked = {one.name for one in session.get_inputs()} - {"input_ids", "attention_mask", "token_type_ids"}
    if asked:
        raise ValueError(f"{file.name} asks for {', '.join(sorted(asked))}, which only its own program gives")
    pooling = _json(folder / "1_Pooling" / "config.json")
    first_token = bool(pooling.get("pooling_mode_cls_token")) or pooling.get("pooling_mode") == "cls"
    return OnnxEncoder(session, tokenizer, pad=pad, first_token=first_token, prompt=prompt)


def _json(path: Path) -> dict[str, object]:
    """What a JSON file holds; nothing if it is not there.

    Raises:
        ValueError: In words, if it is no JSON.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ValueError(f"{path.name} is no JSON ({error})") from None
    return found if isinstance(found, dict) else {}
