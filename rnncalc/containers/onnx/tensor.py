"""Tensors of ONNX: in the file itself, one number after another or as raw bytes, or beside it.

What a tensor claims is checked against the bytes that are there; its numbers are read when they are
asked for. A model names the file beside it, and is not trusted with the name (``folder.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import raw
from rnncalc.containers.folder import Folder
from rnncalc.containers.onnx.limits import LARGEST_OFFSET
from rnncalc.containers.onnx.wire import text
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, located, printable

TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8_e4m3fn", 18: "float8_e4m3fnuz",
    19: "float8_e5m2", 20: "float8_e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4_e2m1",
}  # fmt: skip
"""TensorProto.DataType to the names that people know."""

FIELDS = {
    "float32": "float_data", "float64": "double_data", "int64": "int64_data",
    "uint32": "uint64_data", "uint64": "uint64_data",
    **dict.fromkeys(
        ("int32", "int16", "int8", "uint16", "uint8", "bool", "float16", "bfloat16"), "int32_data"
    ),
}  # fmt: skip
"""Where a tensor without raw bytes keeps its numbers; those of half precision by their bits."""

HALVES = ("float16", "bfloat16")
EXTERNAL = 1
KEPT = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data",
        "string_data")  # fmt: skip
"""Where a tensor may keep its numbers in the file itself."""


def type_of(number: int) -> str:
    """A type by its name."""
    return TYPES.get(number, f"type {number}")


def tensor(proto: Any, folder: Folder) -> Tensor:
    """A TensorProto.

    Args:
        folder: where files beside the model's are.

    Errors: FileError where its claims and its bytes differ. One of a type that is not read is
    refused when it is read.
    """
    name = text(proto.name)
    with located(f"tensor {printable(name, 200) or 'without a name'}"):
        shape, dtype = tuple(proto.dims), type_of(proto.data_type)
        if len(shape) > raw.MOST_AXES or any(length < 0 for length in shape):
            raise FileError(f"has shape {printable(str(shape), 80)}, which no array has")
        if proto.HasField("segment"):
            raise FileError("is kept in segments, which are not read")
        _refuse_two_places(proto)
        numbers = _source(proto, folder, shape, dtype)
    return Tensor(name, shape, dtype, numbers)


def _refuse_two_places(proto: Any) -> None:
    """Errors: FileError for a tensor that keeps numbers in two places: which ones count?"""
    places = [field for field in KEPT if len(getattr(proto, field))]
    if proto.external_data or proto.data_location == EXTERNAL:
        places.append("another file")
    if len(places) > 1:
        raise FileError(f"is kept twice: in {' and in '.join(places)}")
    if proto.external_data and proto.data_location != EXTERNAL:
        raise FileError("names another file, and says that it is kept in this one")


def _source(proto: Any, folder: Folder, shape: tuple[int, ...], dtype: str) -> Callable[[], Array]:
    """What reads the numbers."""
    count = math.prod(shape)
    if dtype not in raw.KINDS:
        return partial(_refused, dtype)
    if proto.data_location == EXTERNAL:
        return _beside(proto, folder, shape, dtype)
    if count > raw.MOST:
        raise FileError(f"has {count:,} numbers, at most {raw.MOST:,} are read")
    field = FIELDS[dtype]
    if proto.HasField("raw_data") and not len(getattr(proto, field)):
        size, expected = len(proto.raw_data), count * raw.WIDTHS[dtype]
        if size != expected:
            raise FileError(f"has shape {shape}, {expected:,} bytes, and {size:,} are there")
        return partial(_raw, proto, shape, dtype)
    kept = len(getattr(proto, field))
    if kept != count:
        raise FileError(f"has shape {shape}, {count:,} numbers in {field}, and {kept:,} are there")
    return partial(_typed, proto, shape, dtype)


def _refused(dtype: str) -> Array:
    raise FileError(raw.unfit(dtype))


def _raw(proto: Any, shape: tuple[int, ...], dtype: str) -> Array:
    return raw.floats(proto.raw_data, dtype).reshape(shape)


def _typed(proto: Any, shape: tuple[int, ...], dtype: str) -> Array:
    kept = getattr(proto, FIELDS[dtype])
    if FIELDS[dtype] == "int32_data":
        kept = _narrow(np.fromiter(kept, np.int64, len(kept)), dtype)
    if dtype in HALVES:
        return raw.floats(kept.astype("<u2").tobytes(), dtype).reshape(shape)
    return np.fromiter(kept, np.float64, len(kept)).reshape(shape)


def _narrow(numbers: Array, dtype: str) -> Array:
    """Numbers kept in a wider type. Errors: FileError for one that their own does not have."""
    own = {"bool": (0, 1), **dict.fromkeys(HALVES, (0, 0xFFFF))}.get(dtype)
    low, high = own or (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if wrong := [int(one) for one in numbers[(numbers < low) | (numbers > high)][:1]]:
        raise FileError(f"has {wrong[0]} where {dtype} has {low} to {high}")
    return numbers


def _beside(proto: Any, folder: Folder, shape: tuple[int, ...], dtype: str) -> Callable[[], Array]:
    """What reads the numbers of a tensor that lies beside the model.

    Errors: FileError for a place that may not be read, or that does not hold the tensor.
    """
    says = {text(entry.key): text(entry.value) for entry in proto.external_data}
    start, count = _whole(says, "offset", 0), math.prod(shape)
    needed = count * raw.WIDTHS[dtype]
    if (length := _whole(says, "length", needed)) != needed:
        message = f"has shape {shape}, {needed:,} bytes, and a length of {length:,}"
        raise FileError(f"{message} in another file")
    location = says.get("location", "")
    with located(f"external data '{printable(location, 200)}'"):
        file = folder.file(location)
        size = folder.size(file)
        if start + needed > size:
            message = f"has {size:,} bytes, and the tensor ends at {start + needed:,}"
            raise FileError(message)
    layout = raw.NumberLayout(start, dtype, "<", shape, raw.in_order(shape))
    return partial(_read, folder, file, layout)


def _read(folder: Folder, file: Path, layout: raw.NumberLayout) -> Array:
    with located(f"external data '{printable(file.name, 200)}'"):
        folder.size(file)
        with files.opened(file, again=True) as opened:
            return raw.read(opened, layout)


def _whole(says: dict[str, str], key: str, default: int) -> int:
    """A whole number in the words of a model."""
    word = says.get(key, "")
    if not word:
        return default
    if not (word.isascii() and word.isdigit() and len(word) < 20 and int(word) < LARGEST_OFFSET):
        raise FileError(f"has {key} '{printable(word)}' in another file: no whole number")
    return int(word)
