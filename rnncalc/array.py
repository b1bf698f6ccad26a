"""Whatever stands for an array, as NumPy's: tensors of frameworks, tables, numbers, lists of them.

No framework is imported for it: a tensor is known by what it can do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncalc.errors import printable

DEEPEST = 8
"""How far lists of tensors may be nested."""


def like(given: Any) -> bool:
    """Whether something of Python is meant as an array: a tensor, a table, numbers in a row."""
    several = isinstance(given, Sequence) and not isinstance(given, (str, bytes, bytearray))
    return several or hasattr(given, "__array__") or _of_torch(given)


def plain(given: Any) -> Array:
    """The array that something stands for.

    A tensor of PyTorch is detached; bfloat16 and narrower, which NumPy has not, become float32.
    Errors: ValueError, whoever refused it, with the first line of what was said.
    """
    try:
        return _converted(given, DEEPEST)
    except MemoryError:
        raise
    except Exception as error:  # somebody else's code: it may raise anything
        first = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ValueError(printable(first, 200)) from error


def type_name(given: Any) -> str:
    """What an array's or tensor's numbers are called: ``float32``, ``bfloat16``; else nothing."""
    dtype = getattr(given, "dtype", "")
    return str(getattr(dtype, "name", dtype)).rpartition(".")[2]


def _converted(given: Any, depth: int) -> Array:
    if _of_torch(given):
        return _detached(given)
    try:
        array = np.asarray(given)
    except Exception:  # perhaps for one of its tensors
        if not isinstance(given, (list, tuple)) or not depth:
            raise
        array = np.asarray([_converted(part, depth - 1) for part in given])
    numpys = array.dtype.type.__module__ == "numpy"
    return array if numpys else array.astype(np.float32)


def _of_torch(given: Any) -> bool:
    return hasattr(given, "requires_grad") and hasattr(given, "detach")


def _detached(tensor: Any) -> Array:
    try:
        return np.asarray(tensor.numpy(force=True))
    except TypeError:  # a type that NumPy has not
        return np.asarray(tensor.float().numpy(force=True))


Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]
