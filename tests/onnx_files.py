"""Real ONNX files for tests, written field by field: the format is protobuf, and three of its messages are enough."""

from __future__ import annotations

from pathlib import Path

from syndetect.schema import F32

INT64, FLOAT = 7, 1


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _number(number << 3) + _number(value)
    raw = value.encode() if isinstance(value, str) else value
    return _number(number << 3 | 2) + _number(len(raw)) + raw


def _tensor(name: str, values: F32) -> bytes:
    shape = b"".join(_field(1, n) for n in values.shape)
    return shape + _field(2, FLOAT) + _field(8, name) + _field(9, values.astype("<f4").tobytes())


def _value(name: str, kind: int, shape: tuple[str | int, ...]) -> bytes:
    parts = (_field(2, one) if isinstance(one, str) else _field(1, one) for one in shape)
    tensor = _field(1, kind) + _field(2, b"".join(_field(1, part) for part in parts))
    return _field(1, name) + _field(2, _field(1, tensor))


def write_gather(path: Path, vectors: F32) -> None:
    """A model that looks up a vector a token, as the first layer of every transformer does.

    Its inputs and output are named as those of an exported transformer.
    """
    node = _field(1, "vectors") + _field(1, "input_ids") + _field(2, "last_hidden_state") + _field(4, "Gather")
    graph = _field(1, node) + _field(2, "tokens") + _field(5, _tensor("vectors", vectors))
    for name in ("input_ids", "attention_mask"):
        graph += _field(11, _value(name, INT64, ("batch", "length")))
    graph += _field(12, _value("last_hidden_state", FLOAT, ("batch", "length", vectors.shape[1])))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(2, 17)))
