"""Arrays by name in CSV: a number a line, ``name,row,column,value``, with every digit.

A vector has no column, a single number neither. Lines may stand in any order; the numbers tell
their type, as those of JSON do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.bounds import LONGEST_RESULT
from rnncalc.containers.json_arrays import tensor, typed
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, located, printable
from rnncalc.numbers.cells import csv_rows, name_cell, name_in
from rnncalc.numbers.digits import parsed, whole

HEAD = "name,row,column,value"
INDEX = re.compile(r"\d{1,9}", re.ASCII)
AXES = 2

Numbers = dict[tuple[int, ...], float]
"""What stands at each place of an array."""


def is_one(start: bytes) -> bool:
    """Whether a file that begins so holds arrays by name, and no input."""
    return start.removeprefix(b"\xef\xbb\xbf").startswith(HEAD.encode())


def csv_bytes(arrays: Mapping[str, Array]) -> bytes:
    """Arrays as CSV, in their order. Errors: FileError for more than is read back."""
    import csv
    import io

    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    text.write(f"{HEAD}\n")
    for name, array in arrays.items():
        for place in np.ndindex(array.shape):
            index = [*place, *[""] * (AXES - len(place))]
            lines.writerow([name_cell(name), *index, whole(float(array[place]))])
    data = text.getvalue().encode()
    if len(data) > LONGEST_RESULT:
        limit = f"a .csv of weights is read up to {LONGEST_RESULT // files.MIB} MiB"
        raise FileError(f"{len(data):,} bytes of text are too many: {limit}. Write an .npz")
    return data


def tensors_of(path: Path) -> dict[str, Tensor]:
    """The arrays of such a file. Errors: FileError that names the line, or the array."""
    with files.opened(path) as file:
        text = files.text_of(file, longest=LONGEST_RESULT)
    with located(files.shown(path)):
        arrays: dict[str, Numbers] = {}
        for place, name, index, value in _lines(text):
            own = arrays.setdefault(name, {})
            if index in own:
                raise FileError(f"line {place}: says {printable(name, 60)} {list(index)} twice")
            own[index] = value
        if not arrays:
            raise FileError("has no arrays")
        return {name: tensor(name, _array(name, own)) for name, own in arrays.items()}


def _lines(text: str) -> Iterator[tuple[int, str, tuple[int, ...], float]]:
    """Number of the line, name, place and value. Errors: FileError for a line that is none."""
    _, *lines = text.splitlines()
    for place, row in enumerate(csv_rows(lines), 2):
        if not row:
            continue
        with located(f"line {place}"):
            name, *index, value = row if len(row) == AXES + 2 else ("", "", "", "")
            filled = [one for one in index if one]
            if not name or index[: len(filled)] != filled or not all(map(INDEX.fullmatch, filled)):
                raise FileError(f"{HEAD} was expected: rows and columns count from 0")
            yield place, name_in(name), tuple(map(int, filled)), parsed(value)


def _array(name: str, numbers: Numbers) -> Array:
    """The array of all its numbers. Errors: FileError where some are missing."""
    axes = len(max(numbers, key=len))
    shape = tuple(1 + max(index[i] for index in numbers if len(index) == axes)
                  for i in range(axes))  # fmt: skip
    if any(len(index) != axes for index in numbers) or math.prod(shape) != len(numbers):
        what = f"has {len(numbers):,} numbers, and its rows and columns go to {shape}"
        raise FileError(f"{printable(name, 60)} {what}: some are missing")
    found = np.empty(shape)
    for index, value in numbers.items():
        found[index] = value
    return typed(found)
