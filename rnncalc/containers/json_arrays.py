"""Arrays in JSON: lists of numbers, whose type the numbers tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.bounds import MOST_AXES
from rnncalc.containers.tensor import Tensor


def with_arrays(value: Any) -> Any:
    """What JSON holds, with arrays in place of lists of numbers; other lists stay as they are."""
    if isinstance(value, dict):
        return {key: with_arrays(part) for key, part in value.items()}
    if not isinstance(value, list):
        return value
    found = array(value)
    return value if found is None else found


def array(value: list[Any]) -> Array | None:
    """The array that lists are, in the type that its numbers are of.

    None where they are of unequal length, or hold anything but numbers.
    """
    if not _numeric(value, MOST_AXES):
        return None
    try:
        found: Array = np.asarray(value, np.float64)
    except (ValueError, OverflowError):
        return None
    return typed(found)


def typed(found: Array) -> Array:
    """Numbers of a text in the type that they are of: float32 where all are such, else float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = found.astype(np.float32)
    return narrow if np.array_equal(narrow, found, equal_nan=True) else found


def tensor(name: str, found: Array) -> Tensor:
    """A tensor of an array that was read already."""
    return Tensor(name, found.shape, found.dtype.name, lambda: found)


def _numeric(value: list[Any], depth: int) -> bool:
    """Whether lists hold numbers and lists of them only: no text, no truth, no null."""
    inner = [part for part in value if isinstance(part, list)]
    if inner:
        return depth > 1 and len(inner) == len(value) and all(_numeric(p, depth - 1) for p in inner)
    return all(type(part) in (int, float) for part in value)
