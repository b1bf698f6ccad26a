"""Which container a model file is, told by its first bytes, and what it holds.

The suffix is looked at where the bytes do not tell. Each reader opens one container; whose names
stand in it is told by the names.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

from rnncalc import files
from rnncalc.config.keys import TEST, TESTED
from rnncalc.containers import csv_arrays
from rnncalc.containers.packed import beginning, packing
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, located, printable
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.not_a_model import by_members, by_names, by_start
from rnncalc.readers.of_tensorflow.places import prefix_of as _prefix_of

ZIP, HDF5, NPY = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"\x93NUMPY"
PICKLE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
SUFFIXES = {
    ".keras": "keras", ".h5": "hdf5", ".hdf5": "hdf5", ".pt": "torch", ".pth": "torch",
    ".ckpt": "torch", ".bin": "torch", ".safetensors": "safetensors", ".npz": "npz", ".npy": "npy",
    ".onnx": "onnx", ".tflite": "tflite", ".pt2": "pt2", ".ptl": "torch",
}  # fmt: skip
"""What a suffix stands for where the first bytes do not tell."""

ONNX = b"\x08", b"\x12\x1a\x22\x28\x32\x3a\x42"
"""How an ONNX file begins: its version, a small number, and one of the fields that follow it."""

TFLITE = b"TFL3"
"""What stands behind the first four bytes of a TensorFlow Lite file."""

FLAT = ("npz", "safetensors", "csv")
"""The containers of arrays by name."""

SHARDED = ("safetensors", "torch")
"""The containers that may be one of several files of a network."""

ORDERED = ("npz", "csv")
"""Those of them that keep the order in which arrays were written."""

STORED = tuple(f"{TEST}.{key}" for key in TESTED)
"""The arrays of a stored test, which are none of the network."""

KEEPERS = {
    "config.json": "keras", "model.weights.h5": "keras", "data.pkl": "torch",
    "constants.pkl": "torch", "archive_format": "pt2", "serialized_state_dict.pt": "pt2",
    "serialized_state_dict.json": "pt2",
}  # fmt: skip
"""The members by which a zip is told."""


def kind_of(path: Path) -> str | None:
    """The container of a model file: ``keras``, ``hdf5``, ``torch``, ``safetensors``, ``npz``,
    ``npy``, ``csv``, ``onnx``, ``pt2``, ``tflite``; None for text, pipes, and what is
    not known.

    Errors: FileError where there is no such file, and for what cannot be a model file.
    """
    if files.is_pipe(path):
        return None
    with files.opened(path) as file:
        start, end = file.read(512), _end(file)
        if start[:4] == ZIP:
            from rnncalc.containers.zip_archive import opened_zip

            return _zipped({name.rpartition("/")[2] for name in opened_zip(file).namelist()})
        if packing(start) and beginning(file)[:2] in PICKLE:
            return "torch"
    if what := by_start(path, start, end):
        raise FileError(f"{files.shown(path)}: {what}")
    if start[4:8] == TFLITE:
        return "tflite"
    if start[:8] == HDF5:
        return "hdf5"
    if start[:6] == NPY:
        return "npy"
    if csv_arrays.is_one(start):
        return "csv"
    if (start[8:9] == b"{" and not start[:8].isascii()) or start[8:10] == b'{"':
        return "safetensors"
    if start[:1] == ONNX[0] and b"\0" < start[1:2] < b" " and start[2:3] in ONNX[1]:
        return "onnx"
    by_suffix = SUFFIXES.get(path.suffix.lower())
    if start[:2] in PICKLE:
        return "torch"
    return by_suffix


def is_checkpoint(path: Path) -> bool:
    """Whether it is a SavedModel or a checkpoint of TensorFlow: a folder, or what names one.

    Errors: FileError for a folder of several checkpoints.
    """
    return _prefix_of(path) is not None


def _end(file: IO[bytes]) -> bytes:
    """The last bytes of a file, as far as it has an end; it stands at its beginning then."""
    try:
        size = files.size(file)
    except FileError:
        return b""
    file.seek(max(0, size - 8))
    end = file.read(8)
    file.seek(0)
    return end


def _zipped(inside: set[str]) -> str:
    """Which container a zip is, by its members. Errors: FileError for one without arrays."""
    kinds = list(dict.fromkeys(kind for name, kind in KEEPERS.items() if name in inside))
    kind = next(iter(kinds), "npz")
    if len(kinds) > 1 and "constants.pkl" not in inside:  # TorchScript may carry any file
        there = " and ".join(name for name in KEEPERS if name in inside)
        raise FileError(f"is two models in one zip archive: it holds {there}")
    kind = "torch" if len(kinds) > 1 else kind
    if kind == "npz" and inside and not any(name.endswith(".npy") for name in inside):
        if what := by_members(inside):
            raise FileError(what)
        names = printable(", ".join(sorted(filter(None, inside))[:4]), 100)
        raise FileError(f"is a zip archive without a model's arrays: it holds {names}")
    return kind


def contents(path: Path, kind: str) -> Contents | None:
    """What a model file of a container holds; None for arrays that have the names of a config.

    Errors: FileError with its name.
    """
    if kind not in SHARDED:
        return _whole(path, kind)
    from rnncalc.readers.of_torch.shards import of_shard

    return of_shard(path, lambda: _whole(path, kind))


def _whole(path: Path, kind: str) -> Contents | None:
    """What a file holds by itself."""
    name = files.shown(path)
    if kind in FLAT:
        from rnncalc.readers import from_lists
        from rnncalc.readers.of_torch.file import contents_of

        tensors = flat(path, kind)
        if from_lists.is_list([*tensors]):
            return from_lists.contents([*tensors.values()], name, kind)
        found = contents_of(tensors, name, kind, ordered=kind in ORDERED)
        if found is None and (what := by_names(tensors)):
            raise FileError(f"{name}: {what}")
        return found
    return READERS[kind](path, name)


def flat(path: Path, kind: str) -> dict[str, Tensor]:
    """The arrays of a container that holds arrays by name, and nothing else."""
    if kind == "csv":
        return csv_arrays.tensors_of(path)
    if kind == "npz":
        from rnncalc.containers.npy import tensors_of

        own = tensors_of(path)
        return {name: one for name, one in own.items() if name not in STORED}
    from rnncalc.containers.safetensors import tensors

    return tensors(path)[0]


def _torch(path: Path, name: str) -> Contents:
    from rnncalc.containers.torch.file import checkpoint
    from rnncalc.readers import from_lists
    from rnncalc.readers.of_torch.file import of_stored

    stored = checkpoint(path)
    if isinstance(stored, list) and stored and all(isinstance(one, Tensor) for one in stored):
        return from_lists.contents(stored, name, "a list of arrays")
    return of_stored(path, name, stored)


def _keras(path: Path, name: str) -> Contents:
    from rnncalc.containers.keras_archive import archive
    from rnncalc.readers.of_keras.file import of_archive

    found = archive(path)
    with located(name):
        return of_archive(name, found.config, found.metadata, found.weights)


def _hdf5(path: Path, name: str) -> Contents:
    from rnncalc.containers.hdf5.tree import tree
    from rnncalc.readers.of_keras.file import of_hdf5

    root = tree(path)
    with located(name):
        return of_hdf5(name, root)


def _onnx(path: Path, name: str) -> Contents:
    from rnncalc.containers.onnx.file import model
    from rnncalc.readers.of_onnx.file import of_model

    found = model(path)
    with located(name):
        return of_model(name, found)


def _tensorflow(path: Path, name: str) -> Contents:
    from rnncalc.readers.of_tensorflow.file import of_path

    return of_path(path, name)


def _pt2(path: Path, name: str) -> Contents:
    from rnncalc.readers.of_torch.exported import of_file

    return of_file(path, name)


def _tflite(path: Path, name: str) -> Contents:
    from rnncalc.containers.tflite.file import model
    from rnncalc.readers.of_tflite.file import of_model

    found = model(path)
    with located(name):
        return of_model(name, found)


def _json(path: Path, name: str) -> Contents:
    from rnncalc.readers.of_json.file import of_file

    return of_file(path, name)


def _npy(path: Path, name: str) -> Contents:
    message = "holds one array without a name, and a network has several"
    remedy = "numpy.savez(file, W_x=..., W_h=...) writes them with names"
    raise FileError(f"{name}: {message}: {remedy}")


READERS = {
    "keras": _keras, "hdf5": _hdf5, "torch": _torch, "npy": _npy, "onnx": _onnx, "json": _json,
    "tensorflow": _tensorflow, "pt2": _pt2, "tflite": _tflite,
}  # fmt: skip
"""The containers that say more than names of arrays, and what reads them."""
