"""Models in: ``load``. A config is read here, a model file by ``model_file``.

``containers/`` opens files, whoever wrote them; ``of_keras/`` and ``of_torch/`` know whose layers
are in them; what they find is a ``Contents`` of ``Part``s, which becomes the keys of a config.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnncalc import files
from rnncalc.errors import FileError, RnncalcError
from rnncalc.model import Model
from rnncalc.readers import config
from rnncalc.readers.said import Said

if TYPE_CHECKING:
    from rnncalc.readers.contents import Contents

TEXT = (".yaml", ".yml", ".json")
KNOWN = (*TEXT, ".npz", ".keras", ".h5", ".pt", ".pth", ".safetensors", ".onnx")

Source = str | Path | Mapping[str, Any]


def load(source: Source, *, layers: Sequence[str] = (), assume: Sequence[str] = ()) -> Model:
    """A Model from a file or from a mapping.

    Args:
        source: the path of a YAML, JSON or npz file, of a model file of Keras, PyTorch or ONNX,
            ``-`` for a config on stdin, or a mapping with the keys of a config (``{"W_x": 0.5,
            "W_h": 1, "x": [1, 2, 3]}``; arrays are welcome).
        layers: the layers to run, in this order; by default all of them.
        assume: what a model file does not say, as ``"rnn.activation=relu"``.

    Errors: FileError for a file that cannot be read or says something unknown, with line and
    column; ShapeError where its arrays do not fit; RnncalcError for a layer that there is not.
    """
    return config.model(read(source, layers=layers, assume=assume))


def read(source: Source, *, layers: Sequence[str] = (), assume: Sequence[str] = ()) -> Said:
    """What a file or mapping says, before it becomes a Model: flags may still be laid over it."""
    path = Path(source) if isinstance(source, (str, os.PathLike)) else None
    kind = container(path) if path else None
    if path and kind and (found := told(path, kind)):
        from rnncalc.readers.assume import assuming

        found = assuming(found, assume)
        return (found.picked(layers) if layers else found).said()
    said = _config(source, path, kind)
    if assume and kind:
        from rnncalc.readers.assume import assuming_arrays

        said = assuming_arrays(said, assume)
    elif assume:
        raise RnncalcError(f"--assume {assume[0]}: a config leaves nothing unsaid: write it there")
    said.picked = tuple(layers)
    return said


def told(path: Path, kind: str) -> Contents | None:
    """The Contents of a model file; None for arrays that have the names of a config."""
    from rnncalc.readers.model_file import contents

    return contents(path, kind)


def container(path: Path) -> str | None:
    """The container of a model file; None for text. Errors: FileError for what is neither."""
    from rnncalc.readers import mistaken
    from rnncalc.readers.model_file import kind_of

    if path.suffix.lower() in TEXT or files.is_pipe(path):
        return None
    if path.is_dir() or not path.exists():
        what = mistaken.folder(path) if path.is_dir() else "there is no such file"
        raise FileError(f"{files.shown(path)}: {what}")
    if kind := kind_of(path):
        return kind
    known = f"not a model file that can be read here; known are {', '.join(KNOWN)}"
    raise FileError(f"{files.shown(path)}: {mistaken.by_suffix(path) or known}")


def _config(source: Source, path: Path | None, kind: str | None) -> Said:
    """What a config says: a mapping, text, or an npz file with a config's names."""
    if path is None:
        return config.from_mapping(source)  # type: ignore[arg-type]
    name = files.shown(path)
    if kind:
        from rnncalc.readers.from_npz import said_of
        from rnncalc.readers.model_file import flat

        return said_of(flat(path, kind), name)
    from rnncalc.readers.from_yaml import Document

    folder = Path() if files.is_pipe(path) else path.parent
    return config.said(Document(files.read_text(path), name, folder))
