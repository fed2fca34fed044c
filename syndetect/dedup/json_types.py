"""Types for JSON records: what a field holds over all records, as an Arrow type.

Whole numbers and fractions make fractions. A field that holds values of other kinds side by side, or numbers that no
one type holds without loss, becomes a string: its strings stay as they are, its other values are written as JSON. A
field without any value is a string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import pyarrow as pa

_EXACT = 2**53
"""Up to here a fraction of 64 bits holds every whole number."""


class _Long(int):
    """The kind of whole numbers that no fraction holds."""


class _Huge(int):
    """The kind of whole numbers that 64 bits with a sign do not hold."""


_NUMBERS = {int, _Long, float}


@dataclass
class Shape:
    """What was seen in one place of the records: kinds of values, and the shape of what lists and objects hold."""

    kinds: set[type] = field(default_factory=set)
    item: Shape | None = None
    fields: dict[str, Shape] = field(default_factory=dict)

    def see(self, value: object) -> None:
        """Take note of a value."""
        if value is None:
            return
        if isinstance(value, dict):
            self.kinds.add(dict)
            for name, inner in value.items():
                known = self.fields.get(name)
                if known is None:
                    known = self.fields[name] = Shape()
                known.see(inner)
        elif isinstance(value, list):
            self.kinds.add(list)
            if self.item is None:
                self.item = Shape()
            for inner in value:
                self.item.see(inner)
        else:
            self.kinds.add(_kind(value))

    def is_mixed(self) -> bool:
        """Whether the values here can only be told as strings."""
        if self.kinds == {dict}:
            return not self.fields
        if _Huge in self.kinds or {_Long, float} <= self.kinds:
            return True
        return len(self.kinds) > 1 and not self.kinds <= _NUMBERS

    def arrow(self) -> pa.DataType:
        """The type that holds all values seen."""
        if self.is_mixed() or not self.kinds:
            return pa.string()
        if dict in self.kinds:
            return pa.struct([pa.field(name, shape.arrow()) for name, shape in self.fields.items()])
        if list in self.kinds:
            return pa.list_((self.item or Shape()).arrow())
        if float in self.kinds:
            return pa.float64()
        return {bool: pa.bool_(), str: pa.string()}.get(next(iter(self.kinds)), pa.int64())

    def holds_mixed(self) -> bool:
        """Whether anything here or within has to be turned into strings."""
        inner = [*self.fields.values(), *([self.item] if self.item else [])]
        return self.is_mixed() or any(shape.holds_mixed() for shape in inner)

    def fit(self, value: object) -> object:
        """A value as its type wants it."""
        if value is None:
            return None
        if self.is_mixed():
            return value if isinstance(value, str) else orjson.dumps(value).decode()
        if isinstance(value, dict):
            return {name: self.fields[name].fit(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.item.fit(inner) if self.item else None for inner in value]
        return float(value) if float in self.kinds and isinstance(value, int) else value


def _kind(value: object) -> type:
    if type(value) is not int or -_EXACT <= value <= _EXACT:
        return type(value)
    return _Long if -(2**63) <= value < 2**63 else _Huge


def schema_of(fields: Mapping[str, Shape]) -> pa.Schema:
    """The columns of records with these fields, in the order they were first seen in."""
    return pa.schema([pa.field(name, shape.arrow()) for name, shape in fields.items()])


def table_of(records: Sequence[Mapping[str, object]], fields: Mapping[str, Shape]) -> pa.Table:
    """Records as a table with the columns of `schema_of`; what a record lacks is NULL, what is not asked left out."""
    if not fields:
        return pa.table({"": pa.nulls(len(records))}).select([])
    arrays = []
    for name, shape in fields.items():
        values = [record.get(name) for record in records]
        if shape.holds_mixed() or float in shape.kinds:
            values = [shape.fit(value) for value in values]
        arrays.append(pa.array(values, type=shape.arrow()))
    return pa.Table.from_arrays(arrays, schema=schema_of(fields))
