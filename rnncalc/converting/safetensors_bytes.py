"""Arrays as a safetensors file: a header in JSON, then the numbers.

The library of the format sorts the names; in the order of the network they say it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from rnncalc.activations import Array

TYPES = {"float64": "F64", "float32": "F32", "float16": "F16"}
ALIGNED = 8
"""The numbers begin at a multiple of so many bytes."""


def content(arrays: Mapping[str, Array]) -> bytes:
    """The bytes of the file, arrays in their order."""
    header, parts, end = {}, [], 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        start, end = end, end + len(data)
        header[name] = {
            "dtype": TYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
        parts.append(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % ALIGNED)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)
