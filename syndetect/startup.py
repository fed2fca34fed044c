"""Start a process that answers one question and ends: what it does not need is not done."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ASKING = "numba.np.arraymath"
_ASKED = "scipy"


@contextmanager
def quick_start() -> Iterator[None]:
    """Import and work without collecting garbage, and load kernels without scipy: together half a second.

    When its first kernel is loaded, numba imports scipy's linear algebra to see whether kernels may use BLAS. Ours
    do not. At the end of the process what is left is not searched for garbage either.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        if _ASKING not in sys.modules and _ASKED not in sys.modules:
            sys.modules[_ASKED] = None  # type: ignore[assignment]
            try:
                importlib.import_module(_ASKING)
            finally:
                del sys.modules[_ASKED]
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
