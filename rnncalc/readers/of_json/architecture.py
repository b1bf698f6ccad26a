"""An architecture of Keras (``to_json``): layers without weights, which are in a file beside it.

That file is named, or found by its name: ``model.json`` has ``model.weights.h5`` or ``model.h5``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.containers.hdf5.tree import tree
from rnncalc.errors import FileError, listed, located
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption

ENDINGS = (".weights.h5", ".h5", ".hdf5", "_weights.h5", "-weights.h5", "_weights.hdf5")
"""How the names of weights end, behind that of the architecture."""

OWN = re.compile(r"[_-]?(architecture|arch|config|model|json)$", re.IGNORECASE)
"""What the name of an architecture may end in, and that of its weights not."""

ALONE = ("weights.h5", "model.weights.h5", "model_weights.h5", "model.h5")
"""The names of weights where the architecture has no name of its own: ``config.json``."""

FOUND = "found beside it by its name; --weights FILE names another"


def is_architecture(data: Mapping[str, Any]) -> bool:
    """Whether a mapping is what ``to_json`` writes."""
    return isinstance(data.get("class_name"), str) and isinstance(data.get("config"), (dict, list))


def contents(path: Path, data: Mapping[str, Any], weights: Path | None) -> Contents:
    """The network of an architecture and its weights.

    Errors: FileError where there are none beside it, or several; and for what is no such file.
    """
    from rnncalc.readers.model_file import is_checkpoint, kind_of
    from rnncalc.readers.of_keras.file import of_architecture

    file, name = weights or _beside(path), files.shown(path)
    if is_checkpoint(file):
        from rnncalc.readers.of_tensorflow import file as of_tensorflow

        return of_tensorflow.of_architecture(file, name, data)
    if kind_of(file) != "hdf5":
        expected = "an .h5 of weights, or a checkpoint of TensorFlow, was expected"
        raise FileError(f"{files.shown(file)}: {expected}, beside {name}")
    root = tree(file)
    with located(name):
        found = of_architecture(name, files.shown(file), data, root)
    if not weights:
        found.assumed.append(Assumption("", "weights", file.name, FOUND))
    return found


def _beside(path: Path) -> Path:
    """The weights of an architecture, by their name. Errors: FileError for none or several."""
    there = [
        one for name in dict.fromkeys(_names(path.stem)) if (one := path.parent / name).is_file()
    ]
    if len(there) == 1:
        return there[0]
    what = f"{files.shown(path)}: is an architecture of Keras (to_json) without weights"
    if there:
        raise FileError(f"{what}, and beside it are {listed(one.name for one in there)}: "
                        "--weights FILE says which")  # fmt: skip
    raise FileError(f"{what}: --weights FILE.h5 names them, or {path.stem}.weights.h5 beside it")


def _names(stem: str) -> Iterator[str]:
    own = OWN.sub("", stem)
    for name in filter(None, (stem, own)):
        yield from (name + ending for ending in ENDINGS)
    if not own:
        yield from ALONE
