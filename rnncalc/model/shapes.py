"""What fits what: the axes of every array in words, and one function that brings arrays into shape.

Orientation is the textbook's: one row of a matrix per unit. One number and lists are accepted where
only one reading fits; every misfit is said with the shape, what was expected, and who says so.
Arrays under a framework's own names are ``conventions/axes.py``'s.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.array import Array, plain
from rnncalc.errors import ShapeError, printable

SHAPES = {
    "W_x": ("units", "features"),
    "W_h": ("units", "units"),
    "bias": ("units",),
    "bias_h": ("units",),
    "P": ("units",),
    "W_r": ("projected", "units"),
    "h0": ("units",),
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
"""The axes of every array, in words; those of one gate (``W_x.i``) are the same."""

PROJECTED = {"W_h": ("units", "projected"), "h0": ("projected",)}
"""The axes that are others where ``W_r`` projects h."""

Sizes = dict[str, tuple[int, str]]
"""What is known of the sizes so far: ``units`` to (3, "W_h"), the array that told it."""


def fitted(name: str, given: Any, sizes: Sizes, axes: tuple[str, ...] = ()) -> Array:
    """An array in the shape that SHAPES has for its name, or with these axes.

    One number and lists are accepted where only one reading fits. ``sizes`` is what other arrays
    have told, and learns from this one.
    """
    axes = axes or axes_of(name, sizes)
    array = real(name, given)
    for shape in _readings(array, axes, sizes):
        if _fits(shape, axes, sizes):
            break
    else:
        raise _misfit(name, array, axes, sizes)
    array = np.broadcast_to(array, shape) if array.ndim == 0 else array.reshape(shape)
    for axis, size in zip(axes, array.shape, strict=True):
        sizes.setdefault(axis, (size, name))
    return frozen(array)


def axes_of(name: str, sizes: Sizes) -> tuple[str, ...]:
    """The axes of an array by its name, of a gate's by the name before the dot."""
    base = name if name in SHAPES else name.split(".")[0]
    projected = PROJECTED.get(base) if "projected" in sizes else None
    return projected or SHAPES[base]


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


def _readings(array: Array, axes: tuple[str, ...], sizes: Sizes) -> list[tuple[int, ...]]:
    """The shapes that may be meant: a list may be one row or one column, 0 any bias."""
    if array.ndim == 0 and len(axes) == 1 and array == 0:
        return [(sizes.get(axes[0], (1, ""))[0],)]
    if array.ndim == 0:
        return [(1,) * len(axes)]
    if array.ndim == 1 and len(axes) == 2:
        return [(array.size, 1), (1, array.size)]
    return [array.shape]


def _fits(shape: tuple[int, ...], axes: tuple[str, ...], sizes: Sizes) -> bool:
    if len(shape) != len(axes):
        return False
    known = {axis: size for axis, (size, _) in sizes.items()}
    return all(known.setdefault(a, size) == size for a, size in zip(axes, shape, strict=True))


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
    if array.ndim == len(axes) == 2 and _fits(array.shape[::-1], axes, sizes):
        return ": transposed? Keras stores (features, units)"
    return ""
