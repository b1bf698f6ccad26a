"""Models in: ``load``. A config is read here, a model file by ``model_file``.

``containers/`` opens files, whoever wrote them; ``of_keras/`` and ``of_torch/`` know whose layers
are in them; what they find is a ``Contents`` of ``Part``s, which becomes the keys of a config.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.config import network
from rnncalc.config.said import Said
from rnncalc.config.stateless import blocks_of
from rnncalc.errors import FileError, RnncalcError
from rnncalc.model.model import Model
from rnncalc.readers.contents.contents import Contents

TEXT = (".yaml", ".yml", ".json")
KNOWN = (
    *TEXT, ".npz", ".keras", ".h5", ".pt", ".pth", ".pt2", ".pkl", ".joblib", ".safetensors",
    ".onnx", ".tflite",
)  # fmt: skip

Source = str | Path | Mapping[str, Any]


def load(
    source: Source,
    *,
    layers: Sequence[str] = (),
    assume: Sequence[str] = (),
    set: Mapping[str, Any] | Sequence[str] = (),  # as the command line says it
    weights: str | Path | None = None,
) -> Model:
    """A Model from a file or from a mapping.

    Args:
        source: the path of a YAML, JSON or npz file, of a model file of Keras, PyTorch, ONNX or
            TensorFlow Lite, ``-`` for a config on stdin; or a mapping: the keys of a config
            (``{"W_x": 0.5, "W_h": 1, "x": [1, 2, 3]}``), a state dict of PyTorch (an input may
            stand in it as ``x``), or what an npz file holds. Arrays may be tensors and tables of
            any package.
        layers: the layers to run, in this order; by default all of them.
        assume: what a model file does not say, as ``"rnn.activation=relu"``.
        set: other values in place of what it says, as ``"lstm.bias.f=1"`` or ``{"W_h": 1.1}``.
        weights: the .h5 of the weights of an architecture (Keras' ``to_json``), where it is not
            found beside it by its name.

    Errors: FileError for a file that cannot be read or says something unknown, with line and
    column; ShapeError where its arrays do not fit; RnncalcError for a layer that there is not.
    """
    said = read(source, layers=layers, assume=assume, weights=weights)
    said.settings = set
    return network.model(said)


def read(
    source: Source,
    *,
    layers: Sequence[str] = (),
    assume: Sequence[str] = (),
    weights: str | Path | None = None,
) -> Said:
    """What a file or mapping says, before it becomes a Model: flags may still be laid over it."""
    path = file_of(Path(source)) if isinstance(source, (str, os.PathLike)) else None
    found = (
        _with_weights(path, weights) if weights else _in_file(path) if path else _in_mapping(source)
    )
    if isinstance(found, Contents):
        from rnncalc.readers.contents.assume import assuming

        found = assuming(found, assume)
        return (found.picked(layers) if layers else found).said()
    if assume and not found.assumed:
        raise RnncalcError(f"--assume {assume[0]}: a config leaves nothing unsaid: write it there")
    if assume:
        from rnncalc.readers.contents.assume import assuming_arrays

        found = assuming_arrays(found, assume)
    found.picked = tuple(layers)
    if layers:
        found.assumed = tuple(one for one in found.assumed if one.key != "layers")
    return found


def contents_of(path: Path, kind: str) -> Contents | None:
    """The Contents of a model file; None for arrays that have the names of a config."""
    from rnncalc.readers.model_file import contents

    return contents(path, kind)


def file_of(path: Path) -> Path:
    """The file that a path means: of a folder the one model in it."""
    if path.is_dir():
        from rnncalc.readers.folder import model_in
        from rnncalc.readers.model_file import is_checkpoint

        if is_checkpoint(path):
            return path
        return model_in(path) or path
    return path


def container(path: Path) -> str | None:
    """The container of a model file; None for text. Errors: FileError for what is neither."""
    from rnncalc.readers import not_a_model
    from rnncalc.readers.model_file import is_checkpoint, kind_of

    if files.is_pipe(path):
        return None
    if path.suffix.lower() in TEXT:
        return "json" if path.suffix.lower() == ".json" and is_model(path) else None
    if is_checkpoint(path):
        return "tensorflow"
    if path.is_dir() or not path.exists():
        known = not_a_model.by_suffix(path) or not_a_model.FOLDER
        what = known if path.is_dir() else files.missing(path)
        raise FileError(f"{files.shown(path)}: {what}")
    if kind := kind_of(path):
        return kind
    known = f"not a model file that can be read here; known are {', '.join(KNOWN)}"
    raise FileError(f"{files.shown(path)}: {not_a_model.by_suffix(path) or known}")


def is_model(path: Path) -> bool:
    """Whether a file of text is a network of another program, or arrays by name: no config, and no
    numbers of anything else."""
    if path.suffix.lower() == ".json":
        from rnncalc.readers.of_json import file as of_json

        return of_json.is_model(path)
    from rnncalc.containers.csv_arrays import HEAD, is_one

    with files.opened(path) as file:
        return is_one(file.read(2 * len(HEAD)))


def _in_file(path: Path) -> Contents | Said:
    """What a model file holds; or what a config says, be it text or an npz file of its names."""
    name, kind = files.shown(path), container(path)
    if not kind:
        return in_text(files.read_text(path), path)
    if found := contents_of(path, kind):
        return found
    from rnncalc.config.arrays import said_of
    from rnncalc.readers.model_file import ORDERED, flat

    return said_of(flat(path, kind), name, ordered=kind in ORDERED)


def _with_weights(path: Path | None, weights: str | Path) -> Contents:
    """What an architecture is with its weights. Errors: FileError for any other file."""
    from rnncalc.readers.of_json.file import of_file

    if path is None or container(path) != "json":
        shown = files.shown(path) if path else "a mapping"
        raise FileError(f"{shown}: --weights is for an architecture (JSON, Keras' to_json)")
    return of_file(path, files.shown(path), Path(weights))


def _in_model_file(path: Path) -> Contents | Said:
    """The same of a model file. Errors: FileError for a config."""
    if not container(path):
        raise FileError(f"{files.shown(path)}: is a config: weights are those of a model file")
    return _in_file(path)


def in_text(text: str, path: Path) -> Said:
    """What a config says, whose text was read from a file or a pipe."""
    from rnncalc.config.document import Document

    folder = Path() if files.is_pipe(path) else path.parent
    found = network.said(Document(text, files.shown(path), folder))
    _take_parts(found, folder)
    return found


def _take_parts(said: Said, folder: Path = Path()) -> None:
    """Put what model files hold in the place of the blocks of a config that name it."""
    if any("weights" in block for path, block in blocks_of(said.data) if path):
        from rnncalc.readers.parts import take

        take(said, lambda name: _in_model_file(folder / name))


def _in_mapping(given: Any) -> Contents | Said:
    """What a state dict holds; or what arrays say that are named as in an npz file, or a config."""
    if not isinstance(given, Mapping):
        state = ": write load(module.state_dict())" if hasattr(given, "state_dict") else ""
        kind = type(given).__name__
        raise RnncalcError(f"a mapping or a file's name was expected, not {kind}{state}")
    from rnncalc.readers import from_arrays

    found = from_arrays.contents(given) or from_arrays.said(given)
    if found is None:
        found = network.from_mapping(given)
        _take_parts(found)
    return found
