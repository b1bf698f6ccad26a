"""From a SavedModel or a checkpoint of TensorFlow to ``Contents``: whose layers are in it.

Keras 2 writes configs into a SavedModel, which then says as much as an ``.h5``; a checkpoint holds
variables, and a tree of objects that names them; older ones, and those of Keras 3, names alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.tensor_bundle.file import Bundle, bundle
from rnncalc.conventions import keras_versions
from rnncalc.conventions.keras_versions import Version
from rnncalc.errors import FileError, located, printable
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.silence import SAVED_MODEL, silent
from rnncalc.readers.of_keras.file import Weights, of_parts, of_saved_model, of_variables
from rnncalc.readers.of_tensorflow import cells
from rnncalc.readers.of_tensorflow.objects import Found, entries_of, variables_of
from rnncalc.readers.of_tensorflow.places import folder_of, prefix_of
from rnncalc.readers.of_tensorflow.saved_model import Described, described

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"

EARLY, RECENT = "2.2.4-tf", "2.5.0"
"""The Keras of TensorFlow 1.13 to 2.1, and one of those whose trees of objects say more."""

OBJECTS = "the order in which the checkpoint lists them"
VARIABLES = (
    "the order of the variables; layers without any (an activation, a pooling) are not in the file"
)
IN_GRAPH = (
    "the order of the variables; layers without any (an activation, a pooling) are only in the "
    "graph in saved_model.pb, which is not read"
)


def of_path(path: Path, name: str) -> Contents:
    """What is there. Errors: FileError, with its name."""
    prefix = _prefix(path)
    folder = folder_of(prefix)
    said = described(folder) if folder else None
    held = bundle(prefix, folder)
    with located(name):
        found = _found(held)
        if found is None:
            contents = cells.contents(name, _what(said), held.tensors)
            return silent(contents, SAVED_MODEL) if said else contents
        if said and said.keras:
            return _of_keras(name, said, said.keras, found)
        why = OBJECTS if found.given else IN_GRAPH if said else VARIABLES
        what = f"{_what(said)}, {'read for its weights' if said else 'weights only'}"
        contents = of_variables(name, what, entries_of(found), _version(found), why)
    contents.left_out += _left_out(found)
    return silent(contents, SAVED_MODEL) if said else contents


def of_architecture(path: Path, name: str, architecture: Mapping[str, Any]) -> Contents:
    """An architecture of Keras with the variables of a checkpoint."""
    shown = files.shown(path)
    prefix = _prefix(path)
    held = bundle(prefix, folder_of(prefix))
    with located(shown):
        found = _found(held)
        if found is None:
            raise FileError("is a checkpoint without the names of Keras' layers")
    with located(name):
        return of_parts(name, shown, architecture, _weights(found))


def _prefix(path: Path) -> Path:
    """What the names of the checkpoint's files begin with. Errors: FileError where none is said."""
    prefix = prefix_of(path)
    if prefix is None:
        raise FileError(f"{files.shown(path)}: names no checkpoint, as TensorFlow's file does")
    return prefix


def _found(held: Bundle) -> Found | None:
    """The variables of Keras' layers; None where names alone are there, and others."""
    if GRAPH in held.texts:
        return variables_of(held.texts[GRAPH](), held.tensors)
    tensors = held.tensors
    if not any(key.endswith("/recurrent_kernel") for key in tensors):
        return None
    own = [one for key, one in tensors.items() if not cells.is_beside(key, one, tensors)]
    names = {one.name for one in own}
    left_out = {printable(key, 60): 1 for key in tensors if key not in names}
    return Found(sorted(own, key=_rank), left_out=left_out)


def _rank(one: Tensor) -> tuple[bool, int]:
    """Where Keras lists a variable of a layer; names alone are in alphabetical order."""
    late = (("bias", "beta"), ("moving_mean", "moving_variance"))
    own = one.name.rpartition("/")[2]
    return "/backward_" in one.name, next((i for i, names in enumerate(late, 1) if own in names), 0)


def _of_keras(name: str, said: Described, model: Mapping[str, Any], found: Found) -> Contents:
    """A SavedModel of Keras 2."""
    version = keras_versions.version(model.get("keras_version", RECENT), "keras_version")
    what = f"Keras {version.text}, SavedModel of TensorFlow {said.tensorflow}".rstrip()
    layers = list(said.layers.values())
    return of_saved_model(name, what, model, version, _weights(found), layers)


def _what(said: Described | None) -> str:
    """What a file is."""
    if said is None:
        return "TensorFlow, checkpoint"
    return f"TensorFlow {said.tensorflow}, SavedModel".replace("  ", " ")


def _weights(found: Found) -> Weights:
    """The variables, for whoever has a config that says whose they are."""
    return Weights(found.variables, _version(found), _left_out(found))


def _version(found: Found) -> Version:
    """Which Keras' defaults are those of the layers."""
    return keras_versions.version(RECENT if found.recent else EARLY, "keras_version")


def _left_out(found: Found) -> list[str]:
    several = found.left_out.items()
    return [f"{key}: {count} array{'s' * (count != 1)}" for key, count in several]
