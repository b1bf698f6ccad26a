"""What ``joblib.dump`` does to a pickle: the numbers of an array stand between the opcodes.

A stand-in says shape and type; behind the opcode that builds it come its bytes, or, of an array of
objects, a pickle of its own.
"""

from __future__ import annotations

import math
import re
from typing import Any

from rnncalc.containers import raw
from rnncalc.containers.torch.machine import Machine, Made, Pairs
from rnncalc.containers.torch.objects import BUFFER
from rnncalc.errors import FileError

MODULES = ("joblib.numpy_pickle", "sklearn.externals.joblib.numpy_pickle")
WRAPPERS = tuple(f"{module} NumpyArrayWrapper" for module in MODULES)
"""The class that stands in front of an array; old versions of scikit-learn had it in them."""

BESIDE = tuple(
    f"{module}{compat} {kind}"
    for module in MODULES
    for compat in ("", "_compat")
    for kind in ("NDArrayWrapper", "ZNDArrayWrapper")
)
"""Those of joblib before 0.10."""

CODE = re.compile("[<>|=]?([a-zA-Z])([0-9]{0,6})")
"""NumPy's codes, ``f8`` and ``U5``: a letter, and bytes or, of text, letters of four bytes each."""

SAYS = "shape", "order", "dtype", "numpy_array_alignment_bytes"
MOST_ATTRIBUTES = 20
"""A wrapper has six; those of one that stands in the memo are looked through each time."""

FLAGS, HOLDS_OBJECTS = 7, 1
"""Where a type keeps its flags, and the one that says that it has Python objects in it."""


def refuse_beside(name: str) -> None:
    """Errors: FileError for the arrays of old versions, which stand in files of their own."""
    if name in BESIDE:
        message = "was written by joblib before 0.10, which keeps arrays in files beside it"
        raise FileError(f"{message}. Load it with joblib, and dump it anew")


class Wrapper(Made):
    """An array whose numbers stand behind it in the pickle."""

    def built(self, machine: Machine) -> Any:
        """What stands there, taken off the bytes. Errors: FileError for what cannot be known."""
        shape, order, dtype, aligned = map(self._said, SAYS)
        width, objects = _kind(dtype)
        if objects:
            return machine.inner()
        if not isinstance(shape, tuple) or len(shape) > raw.MOST_AXES:
            raise TypeError
        if not all(type(length) is int and length >= 0 for length in shape):
            raise TypeError
        if aligned is not None:
            machine.take(machine.number(1))
        data = machine.take(math.prod(shape) * width)
        return Made(BUFFER[-1], (data, dtype, shape, order))

    def _said(self, key: str) -> Any:
        """One of its attributes; those of other versions are None."""
        pairs = self.state.pairs if isinstance(self.state, Pairs) else []
        if len(pairs) > MOST_ATTRIBUTES:
            raise ValueError
        return next((value for name, value in pairs if name == key), None)


def _kind(dtype: Any) -> tuple[int, bool]:
    """Bytes of one number, or of whatever else; and whether it has Python objects in it."""
    if not isinstance(dtype, Made):
        raise TypeError
    letter, digits = CODE.fullmatch(dtype.arguments[0]).groups()  # type: ignore[union-attr]
    state = dtype.state if isinstance(dtype.state, tuple) else ()
    flags = state[FLAGS] if len(state) > FLAGS else 0
    return int(digits or 1) * (4 if letter == "U" else 1), letter == "O" or bool(
        flags & HOLDS_OBJECTS
    )
