"""Models in: which reader opens a file, by its suffix."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.errors import FileError
from rnncalc.model import Model
from rnncalc.readers import config
from rnncalc.readers.said import Said

TEXT = (".yaml", ".yml", ".json")
KNOWN = (*TEXT, ".npz")


def load(source: str | Path | Mapping[str, Any]) -> Model:
    """A Model from a file or from a mapping.

    Args:
        source: the path of a YAML, JSON or npz file, ``-`` for a config on stdin, or a mapping with
            the keys of a config (``{"W_x": 0.5, "W_h": 1, "x": [1, 2, 3]}``; arrays are welcome).

    Errors: FileError for a file that cannot be read or says something unknown, with line and
    column; ShapeError where its arrays do not fit.
    """
    return config.model(read(source))


def read(source: str | Path | Mapping[str, Any]) -> Said:
    """What a file or mapping says, before it becomes a Model: flags may still be laid over it."""
    if not isinstance(source, (str, os.PathLike)):
        return config.from_mapping(source)
    path = Path(source)
    name = files.shown(path)
    if path.suffix.lower() == ".npz":
        from rnncalc.readers.from_npz import from_npz

        return from_npz(path, name)
    if path != files.STDIN and not path.is_fifo() and path.suffix.lower() not in TEXT:
        raise FileError(f"{name}: {_not_a_model(path)}")
    from rnncalc.readers.from_yaml import Document

    return config.said(Document(files.read_text(path), name, path.parent))


def _not_a_model(path: Path) -> str:
    if os.path.isdir(path):
        return "is a folder, not a file"
    if os.path.exists(path):
        return f"not a model file that can be read here; known are {', '.join(KNOWN)}"
    return "there is no such file"
