"""What fits what: shapes in words against shapes in numbers, ours and those of every convention.

``fit`` brings an array into the shape that its words ask for, and learns from it. One number and
lists are accepted where only one reading fits. ``fitted`` does it for arrays under our own names,
one row of a matrix per unit; a misfit is said with the shape, what was expected, and who says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array, plain
from rnncalc.errors import ShapeError, printable

SHAPES = {
    "W_x": ("units", "features"),
    "W_h": ("units", "state"),
    "bias": ("units",),
    "bias_h": ("units",),
    "P": ("units",),
    "W_r": ("projected", "units"),
    "h0": ("state",),
    "c0": ("units",),
    "embedding.weights": ("ids", "features"),
    "output.W_y": ("outputs", "units"),
    "output.bias": ("outputs",),
    "output.alpha": ("units",),
    "output.gamma": ("units",),
    "output.beta": ("units",),
    "output.mean": ("units",),
    "output.variance": ("units",),
}
"""The axes of every array, in words; those of one gate (``W_x.i``) are the same.

``state`` is what h has: the units, or what ``W_r`` projects them to.
"""

Words = tuple[str, ...]
"""A shape: ``("units", "features")``; of a framework's ``("features + units", "4 * units")``."""

Sizes = dict[str, tuple[int, str]]
"""What is known of the sizes so far: ``units`` to (3, "W_h"), the array that told it."""


def fit(
    name: str, array: Array, shapes: Sequence[Words], sizes: Sizes
) -> tuple[Array, Sizes] | None:
    """The array in the first of the shapes in words that fits, and what is then known."""
    for words in shapes:
        for shape in _readings(array, words, sizes):
            if (known := learned(words, shape, sizes, name)) is not None:
                full = np.broadcast_to(array, shape) if array.ndim == 0 else array.reshape(shape)
                return full, known
    return None


def learned(words: Sequence[str], shape: Sequence[int], sizes: Sizes, teller: str) -> Sizes | None:
    """What is known of the sizes with this shape; None if it does not fit what was known."""
    if len(words) != len(shape):
        return None
    known = dict(sizes)
    for word, size in sorted(zip(words, shape, strict=True), key=lambda pair: "+" in pair[0]):
        factor, names = factored(word)
        unknown = [name for name in names if name not in known]
        rest = size - product(factor, names, known)
        if not unknown and rest:
            return None
        if len(unknown) == 1:
            if rest <= 0 or rest % factor:
                return None
            known[unknown[0]] = (rest // factor, teller)
    return known


def factored(word: str) -> tuple[int, list[str]]:
    """``4 * units`` as 4 and its names; ``2`` as 2 and none."""
    if word.isdigit():
        return int(word), []
    factor, _, names = word.rpartition(" * ")
    return int(factor or 1), names.split(" + ")


def product(factor: int, names: list[str], sizes: Sizes) -> int:
    """The length of such an axis, as far as its sizes are known."""
    return factor * (sum(sizes[n][0] for n in names if n in sizes) if names else 1)


def _readings(array: Array, words: Words, sizes: Sizes) -> list[tuple[int, ...]]:
    """The shapes that may be meant: a list is one row or one column, 0 any bias."""
    if array.ndim == 0 and len(words) == 1 and array == 0:
        factor, names = factored(words[0])
        return [(product(factor, names, sizes) or factor,)]
    if array.ndim == 0:
        return [(1,) * len(words)]
    if array.ndim == 1 and len(words) == 2 and not words[0].isdigit():
        return [(array.size, 1), (1, array.size)]
    return [array.shape]


def fitted(name: str, given: Any, sizes: Sizes, axes: tuple[str, ...] = ()) -> Array:
    """An array in the shape that SHAPES has for its name, or with these axes.

    One number and lists are accepted where only one reading fits. ``sizes`` is what other arrays
    have told, and learns from this one.
    """
    axes = axes or axes_of(name, sizes)
    array = real(name, given)
    if (found := fit(name, array, [axes], sizes)) is None:
        raise _misfit(name, array, axes, sizes)
    array, known = found
    sizes |= known
    return frozen(array)


def axes_of(name: str, sizes: Sizes) -> tuple[str, ...]:
    """The axes of an array by its name, of a gate's by the name before the dot."""
    base = name if name in SHAPES else name.split(".")[0]
    state = "projected" if "projected" in sizes else "units"
    return tuple(axis.replace("state", state) for axis in SHAPES[base])


def initial(name: str, given: Any, sizes: Sizes) -> Array:
    """h0 or c0 as (units) or (batch, units)."""
    array = real(name, given)
    if array.ndim == 3 and array.shape[0] == 1:  # (layers * directions, batch, units)
        array = array[0]
    if array.ndim == 2 and array.shape[1] == sizes[axes_of(name, sizes)[0]][0]:
        return frozen(array)
    return fitted(name, array, sizes)


def frozen(array: Array) -> Array:
    """The array, made so that nobody writes to it."""
    # A view is copied, too: whoever has what it shows could write there.
    array = np.array(array) if array.flags.writeable or not array.flags.owndata else array
    array.flags.writeable = False
    return array


def real(name: str, given: Any) -> Array:
    """The array as floating point, of any shape, row by row in memory.

    In which order numbers lie decides how products are added up, and so the last bits.
    Errors: ShapeError for text, ragged and empty.
    """
    try:
        array = plain(given)
        if array.dtype.kind in "cmMSU":
            raise ValueError(f"{array.dtype}")
        if array.dtype.kind == "O":  # NumPy takes None for NaN, and reads texts
            _refuse_none_and_text(array)
        if isinstance(given, np.ndarray) and np.any(getattr(given, "mask", False)):
            raise ValueError("some are masked")  # to import numpy.ma takes 9 ms
        kept = array.dtype.kind == "f" and array.dtype != np.longdouble
        dtype = array.dtype.newbyteorder("=") if kept else np.float64
        array = np.asarray(array, dtype, order="C")
    except (TypeError, ValueError) as error:
        message = f"{name} is not an array of real numbers: {error}"
        raise ShapeError(message, about=(name,)) from None
    if array.size == 0:
        raise ShapeError(f"{name} is empty: shape {array.shape}", about=(name,))
    return array


def _refuse_none_and_text(array: Array) -> None:
    for one in array.flat:
        if one is None or isinstance(one, (str, bytes)):
            raise ValueError(f"{printable(repr(one))} among them")


def _misfit(name: str, array: Array, axes: tuple[str, ...], sizes: Sizes) -> ShapeError:
    wanted = [str(sizes[axis][0]) if axis in sizes else axis for axis in axes]
    shape = ", ".join(wanted)
    expected = f"{shape if len(axes) == 1 else f'({shape})'} ({', '.join(axes)})"
    if axes == ("units", "units") and not sizes:
        expected = "a square matrix (units, units)"
    tellers = [sizes[axis][1] for axis in axes if axis in sizes]
    message = f"{name} {described(array)}, expected {expected}"
    if tellers:
        message += f", as {' and '.join(dict.fromkeys(tellers))} says"
    return ShapeError(message + _hint(array, axes, sizes), about=(name, *tellers))


def described(array: Array) -> str:
    """An array by its shape, as a part of a sentence."""
    if array.ndim == 0:
        return f"is one number ({array.item():g})"
    return f"is a list of {array.size}" if array.ndim == 1 else f"has shape {array.shape}"


def _hint(array: Array, axes: tuple[str, ...], sizes: Sizes) -> str:
    if array.ndim == 0 and len(axes) == 1:
        return ": write them all, or 0"
    if array.ndim == len(axes) == 2 and learned(axes, array.shape[::-1], sizes, ""):
        return ": transposed? Keras stores (features, units)"
    return ""
