"""Two machine instructions that numba has no name for: eight bytes at once, and the first bit that is set."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def _load8(typingctx, data, at):  # type: ignore[no-untyped-def]
    """The eight bytes from data[at] on, the first in the lowest bits; data is uint8 and at + 8 <= len(data).

    All machines that numba compiles for by wheel are little-endian.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        word = builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()))
        word.align = 1
        return word

    return types.uint64(data, types.intp), generate


@intrinsic
def _trailing_zeros(typingctx, value):  # type: ignore[no-untyped-def]
    """How many bits below the first that is set; 64 if none is."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


# numba finds the intrinsic behind the name; its types say nothing of how one is called.
load8: Any = _load8
trailing_zeros: Any = _trailing_zeros
