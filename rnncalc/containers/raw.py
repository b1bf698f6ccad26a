"""Raw numbers in model files: how wide a type is, and float64 of its bytes, a block at a time.

It knows no container: who does says where the numbers begin, and has found that they are there.
"""

from __future__ import annotations

import math
from typing import IO, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import FileError
from rnncalc.files import MIB

WIDTHS = {
    **dict.fromkeys(("bool", "uint8", "int8", "qint8", "quint8", "quint4x2", "quint2x4"), 1),
    **dict.fromkeys(("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"), 1),
    **dict.fromkeys(("float8_e8m0fnu", "float4_e2m1fn_x2"), 1),
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 2),
    **dict.fromkeys(("float32", "int32", "uint32", "qint32", "complex32"), 4),
    **dict.fromkeys(("float64", "int64", "uint64", "complex64"), 8),
    "complex128": 16,
}
"""Bytes of one number of every type that PyTorch can save."""

KINDS = {"bfloat16": "u2", "bool": "u1", "float64": "f8", "float32": "f4", "float16": "f2"} | {
    f"{sign}int{8 * width}": f"{sign or 'i'}{width}" for sign in ("", "u") for width in (1, 2, 4, 8)
}
"""How the bytes of the types that are read are taken apart."""

FLOATS = ("float64", "float32", "float16", "bfloat16")
"""The types that weights have. Whole numbers are read for ids and lengths."""

MOST = 1 << 27
"""Numbers of one tensor: 1 GiB as float64, an embedding of 400,000 words and 300 features."""

WIDEST_VIEW = 1 << 26
"""From the first to the last number of a view that leaves out some: all between are read."""


LARGEST = 1 << 48
"""Product of a shape's lengths without those that are 0."""

MOST_AXES = 16


class NumberLayout(NamedTuple):
    """Where the numbers of a tensor lie in a file.

    Attributes:
        start: the byte at which the first one begins.
        dtype: their type, one of WIDTHS.
        order: ``<`` where the lowest byte comes first, ``>`` where the highest does.
        shape: how many there are along each axis.
        strides: how many numbers further the next one along each axis lies.
    """

    start: int
    dtype: str
    order: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def span(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """From the first number to the last one, both counted; 0 where there is none."""
    if 0 in shape:
        return 0
    return 1 + sum((length - 1) * step for length, step in zip(shape, strides, strict=True))


def in_order(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of numbers that follow each other, the last axis fastest."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def read(file: IO[bytes], layout: NumberLayout) -> Array:
    """The numbers that lie so in a file, float64, of its shape.

    Errors: FileError for a type that is not read, for too many, where the file ends before.
    """
    refuse(layout.dtype)
    shape, strides = layout.shape, layout.strides
    if 0 in shape:
        return _nothing(shape)
    if (count := math.prod(shape)) > MOST:
        raise FileError(f"has {count:,} numbers, at most {MOST:,} are read")
    fits = zip(shape, strides, in_order(shape), strict=True)
    if all(length == 1 or step == fit for length, step, fit in fits):
        return _run(file, layout, count).reshape(shape)
    if (width := span(shape, strides)) > WIDEST_VIEW:
        message = f"is a view over {width:,} numbers, at most {WIDEST_VIEW:,} are read"
        raise FileError(f"{message}. Save a copy: tensor.clone()")
    run = _run(file, layout, width)
    steps = [
        run.itemsize * step * (length > 1) for length, step in zip(shape, strides, strict=True)
    ]
    return np.lib.stride_tricks.as_strided(run, shape, steps).copy(order="C")


def _nothing(shape: tuple[int, ...]) -> Array:
    if math.prod(filter(None, shape)) > LARGEST:
        raise FileError("has no numbers, and a shape that no array can have")
    return np.zeros(shape)


def refuse(dtype: str) -> None:
    """FileError for numbers of a type that is not read, with the way out."""
    if dtype not in KINDS:
        raise FileError(unfit(dtype))


def unfit(dtype: str) -> str:
    """Why numbers of this type are no weights, as the rest of a sentence; nothing where they are.

    Whole numbers in place of weights are what is left of them when a network is quantized.
    """
    if dtype in FLOATS:
        return ""
    if dtype == "string":
        return "holds text, not numbers"
    if dtype.startswith("complex"):
        return f"holds {dtype}, not real numbers"
    if dtype == "bool":
        return "holds booleans, not the numbers of weights"
    before = "Save the network as it was before it was quantized"
    if dtype.startswith("q"):
        return f"holds {dtype}, quantized numbers. {before}"
    if dtype in KINDS:
        return f"holds {dtype}, whole numbers, which weights are only once quantized. {before}"
    return f"holds {dtype}, which is not read. Convert it to float32 before"


def floats(data: bytes, dtype: str, order: str = "<") -> Array:
    """The numbers in these bytes: float64, one axis."""
    values = np.frombuffer(data, np.dtype(order + KINDS[dtype]))
    if dtype == "bool":
        values = values != 0
    if dtype == "bfloat16":
        values = (values.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(invalid="ignore"):  # a signalling NaN becomes a quiet one
        return values.astype(np.float64)


def _run(file: IO[bytes], layout: NumberLayout, count: int) -> Array:
    """So many numbers one after another, a MiB at a time: the file's bytes are never all there."""
    width = WIDTHS[layout.dtype]
    values, done = np.empty(count), 0
    file.seek(layout.start)
    while done < count:
        block = min(count - done, MIB // width)
        data = file.read(block * width)
        if len(data) < block * width:
            raise FileError("is truncated: the file ends before its numbers do")
        values[done : done + block] = floats(data, layout.dtype, layout.order)
        done += block
    return values
