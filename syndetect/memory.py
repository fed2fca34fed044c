"""What libraries keep of memory that is free -> the system, between the stages of a run.

Each of them waits with it for a next time, in a form that no other can use; the peaks of later stages stand on that.
"""

from __future__ import annotations

import ctypes
import gc
import sys

import pyarrow as pa


def give_back() -> None:
    """Give the system what Python, Arrow and the C library (glibc) hold and do not use.

    Polars does so by itself, within a second.
    """
    gc.collect()
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
