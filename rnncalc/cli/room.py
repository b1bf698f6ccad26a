"""Room for NumPy: where memory is limited (``ulimit -v``) it is looked for before NumPy is loaded.

OpenBLAS ends the whole process, with the exit code 1, where it finds none.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from typing import Any

ROOM = 128 << 20
"""Bytes that loading NumPy and a first product of matrices take."""


def look() -> None:
    """Have ``import numpy`` raise MemoryError where memory is limited and no room is left."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Asked first where a module is; it knows none."""

    def find_spec(self, name: str, *more: Any) -> ModuleSpec | None:
        if name == "numpy":
            import mmap

            try:
                mmap.mmap(-1, ROOM).close()
            except OSError:
                raise MemoryError(f"to load NumPy: {ROOM >> 20} MiB are needed") from None
        return None
