"""A stored test: an input that a file carries, and what its network gave of it.

Configs have it as ``test:``, npz files as arrays ``test.x``, ``test.y``; safetensors, ONNX and HDF5
files as a note, in JSON; the JSON of audio plugins as a key. Whoever runs a network passes it over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.config.keys import TEST, TESTED
from rnncalc.config.said import Said
from rnncalc.containers.json_arrays import with_arrays
from rnncalc.containers.strict_json import LONGEST, NotJsonError, parsed
from rnncalc.errors import FileError, located
from rnncalc.model.model import DTYPES
from rnncalc.readers import container, file_of

NOTE = f"rnncalc.{TEST}"
"""What the note is called, where a file has notes."""

MOST = 100_000
"""So many numbers the input of a test may have."""


class StoredTest(NamedTuple):
    """An input, and what was computed of it.

    Attributes:
        x: as a network takes it.
        name: what it gave: ``y``, or ``h`` where there is no output layer.
        expected: the numbers.
    """

    x: Array
    name: str
    expected: Array


def of_said(said: Said, file: str | None) -> StoredTest | None:
    """The test of a network that was read; None where it has none.

    Errors: FileError for one that is damaged.
    """
    if said.at((TEST,)) is not None:
        dtype = str(said.at(("dtype",)) or "float64")
        held = dtype if dtype in DTYPES else "float64"  # digits are those of the network's type
        own = {key: said.array(TEST, key) for key in said.data[TEST]}
        with located(files.shown(Path(file)) if file else said.name):
            return _of({key: np.asarray(one, held) for key, one in own.items() if one is not None})
    path = file_of(Path(file)) if file and file != "-" else None
    kind = container(path) if path else None
    if path is None or kind not in READERS:
        return None
    with located(files.shown(path)):
        found = READERS[kind](path)
        return None if found is None else _of(found)


def _of(found: Any) -> StoredTest:
    """The test. Errors: FileError for what is none."""
    name = next((key for key in ("y", "h") if isinstance(found, Mapping) and key in found), "")
    if not name or {*found} != {"x", name}:
        raise FileError(f"its stored test ({TEST}) is damaged: x and y, or x and h, were expected")
    x, expected = found["x"], found[name]
    if not all(isinstance(one, np.ndarray) and one.dtype.kind == "f" for one in (x, expected)):
        raise FileError(f"its stored test ({TEST}) is damaged: lists of numbers were expected")
    if x.size > MOST:
        raise FileError(f"its stored test ({TEST}) has {x.size:,} numbers in x, at most {MOST:,}")
    if not all(np.isfinite(one).all() for one in (x, expected)):
        raise FileError(f"its stored test ({TEST}) is damaged: no NaN or inf was expected")
    return StoredTest(x, name, expected)


def _npz(path: Path) -> Mapping[str, Array] | None:
    from rnncalc.containers.npy import tensors_of

    there = tensors_of(path)
    found = {key: there[name].read() for key in TESTED if (name := f"{TEST}.{key}") in there}
    return found or None


def _safetensors(path: Path) -> Any:
    from rnncalc.containers.safetensors import tensors

    return _note(tensors(path)[1].get(NOTE))


def _hdf5(path: Path) -> Any:
    from rnncalc.containers.hdf5.tree import tree

    return _note(tree(path).attributes.get(NOTE))


def _onnx(path: Path) -> Any:
    from rnncalc.containers.onnx.file import model

    return _note(model(path).notes.get(NOTE))


def _json(path: Path) -> Any:
    with files.opened(path) as file:
        return with_arrays(parsed(files.text_of(file, longest=LONGEST)).get(TEST))


def _note(text: Any) -> Any:
    """What a note says. Errors: FileError for what is no JSON."""
    if text is None:
        return None
    try:
        return with_arrays(parsed(text if isinstance(text, str) else ""))
    except NotJsonError as error:
        raise FileError(f"its stored test ({NOTE}) is damaged: {error.message}") from None


READERS: dict[str, Callable[[Path], Any]] = {
    "npz": _npz, "safetensors": _safetensors, "hdf5": _hdf5, "onnx": _onnx, "json": _json,
}  # fmt: skip
"""The containers that have room for one."""
