"""A folder that was given for a file: the one model file or index in it, where there is but one."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from rnncalc import files
from rnncalc.errors import FileError, listed, printable

INDEX = ".index.json"
SUFFIXES = (
    ".keras", ".h5", ".hdf5", ".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".onnx", ".pt2",
    ".ptl", ".pkl", ".joblib", ".npz",
)  # fmt: skip
BESIDES = ("training_args", "optimizer", "scheduler", "scaler", "rng_state")
"""How the names begin of what is kept of a training beside a model."""

MOST = 10_000


def model_in(folder: Path) -> Path | None:
    """The model in a folder; None where there is none. Errors: FileError for several."""
    try:
        names = sorted(one.name for one in islice(folder.iterdir(), MOST) if one.is_file())
    except OSError as error:
        raise FileError(f"{files.shown(folder)}: {error.strerror}") from None
    found = [name for name in names if name.endswith(INDEX)]
    sharded = tuple(f"{name.removesuffix(INDEX).rpartition('.')[0]}-" for name in found)
    found += [name for name in names if name.lower().endswith(SUFFIXES)
              and not name.startswith((*BESIDES, *sharded))]  # fmt: skip
    if len(found) > 1:
        there = listed(printable(name) for name in found)
        raise FileError(f"{files.shown(folder)}: is a folder of several models, name one: {there}")
    return folder / found[0] if found else None
