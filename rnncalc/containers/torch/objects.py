"""Objects of pickles as data: attributes by name, arrays and numbers of NumPy; nothing is called.

``machine.py`` keeps what a class or function that is not known was given; what NumPy's few names
mean is known, and read here. Whatever else there is stays an ``Instance``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rnncalc.array import Array
from rnncalc.containers import raw
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.machine import Made, Pairs
from rnncalc.errors import FileError

RECONSTRUCT = "numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct"
SCALAR = "numpy.core.multiarray scalar", "numpy._core.multiarray scalar"
BUFFER = "numpy.core.numeric _frombuffer", "numpy._core.numeric _frombuffer"
TYPES = {kind: dtype for dtype, kind in raw.KINDS.items() if dtype not in ("bool", "bfloat16")}
TYPES["b1"] = "bool"
"""NumPy's codes, ``f8``, and the types that they are of."""

ORDERS = {"<": "<", "=": "<", "|": "<", ">": ">"}


class Instance(dict[str, Any]):
    """An object of a class that is not known: what it holds, by the names of its attributes.

    Attributes:
        kind: module and name of the class, or of the function that would make it.
    """

    def __init__(self, kind: str, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.kind = kind


def pairs_of(made: Made) -> list[Any]:
    """What it holds, by name: its items, attributes and slots, then what has no name."""
    state = made.state
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    if all(part is None or type(part) is Pairs for part in parts):
        attributes = [pair for part in parts if part is not None for pair in part.pairs]
    else:
        attributes = [("state", state)]
    unnamed = {"arguments": list(made.arguments), "values": made.values}
    return [*made.pairs, *attributes, *((key, value) for key, value in unnamed.items() if value)]


def of_numpy(made: Made) -> Callable[[str], Tensor] | float | None:
    """An array, as what makes a Tensor of its name, or a number; None for what is neither.

    Errors: FileError, where its bytes are not as many as its shape says.
    """
    if made.name in RECONSTRUCT and isinstance(made.state, tuple) and len(made.state) == 5:
        _, shape, dtype, fortran, data = made.state
        return _array(data, dtype, shape, bool(fortran))
    if made.name in BUFFER and len(made.arguments) == 4:
        data, dtype, shape, order = made.arguments
        return _array(data, dtype, shape, order == "F")
    if made.name in SCALAR and len(made.arguments) == 2:
        array = _array(made.arguments[1], made.arguments[0], (), False)
        return None if array is None else _number(array("number"))
    return None


def _number(tensor: Tensor) -> float:
    value = float(tensor.read())
    return int(value) if "int" in tensor.dtype else value


def _array(data: Any, dtype: Any, shape: Any, fortran: bool) -> Callable[[str], Tensor] | None:
    """What makes the tensor; None for arrays of objects, of text, of dates."""
    kind, order = _type(dtype)
    content = _letters(data)
    if not kind or content is None or not isinstance(shape, tuple):
        return None
    if len(shape) > raw.MOST_AXES or not all(type(n) is int and n >= 0 for n in shape):
        raise FileError("is damaged: an array has no shape")
    if len(content) != math.prod(shape) * raw.WIDTHS[kind]:
        there = f"{len(content):,} bytes for the shape {shape} of {kind}"
        raise FileError(f"is damaged: an array has {there}")

    def numbers() -> Array:
        whole = content if isinstance(content, bytes) else _encoded(content)
        if whole is None:
            raise FileError("is damaged: an array has letters that are no bytes")
        return raw.floats(whole, kind, order).reshape(shape, order="F" if fortran else "C")

    return lambda name: Tensor(name, shape, kind, numbers)


def _type(dtype: Any) -> tuple[str, str]:
    """Which numbers an array has, and the order of their bytes; nothing for what is none."""
    if not isinstance(dtype, Made) or dtype.name != "numpy dtype" or not dtype.arguments:
        return "", "<"
    code, state = dtype.arguments[0], dtype.state
    order = state[1] if isinstance(state, tuple) and len(state) > 1 else "<"
    if not isinstance(code, str) or not isinstance(order, str) or order not in ORDERS:
        return "", "<"
    return TYPES.get(code.lstrip("<>|="), ""), ">" if code[:1] == ">" else ORDERS[order]


def _letters(data: Any) -> bytes | str | None:
    """Bytes, or the text that stands for them in protocol 2: a letter for each.

    Many arrays may share one text, so its letters are looked at when their numbers are read.
    """
    if isinstance(data, Made) and data.name == "_codecs encode" and data.arguments:
        text = data.arguments[0]
        return text if data.arguments[1:] == ("latin1",) and isinstance(text, str) else None
    return data if isinstance(data, bytes) else None


def _encoded(text: str) -> bytes | None:
    try:
        return text.encode("latin1")
    except UnicodeEncodeError:
        return None


def bytes_of(data: Any) -> bytes | None:
    """Bytes that stand in a pickle; None for what is none."""
    content = _letters(data)
    return _encoded(content) if isinstance(content, str) else content
