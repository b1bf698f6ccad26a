"""What a SavedModel says of itself: which TensorFlow wrote it, and Keras 2's configs of its layers.

From TensorFlow 2.5 on they stand in ``keras_metadata.pb``, before that in ``saved_model.pb``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rnncalc import files
from rnncalc.containers.folder import Folder
from rnncalc.containers.protobuf import Message, message
from rnncalc.containers.strict_json import parsed
from rnncalc.errors import FileError, located, printable
from rnncalc.readers.of_tensorflow.places import METADATA, SAVED_MODEL

LONGEST = {SAVED_MODEL: 256 * files.MIB, METADATA: 32 * files.MIB}
"""The graph of a large network has some tens, its configs have one or two."""

ROOT = "root"
LAYERS = "_tf_keras_"
"""How Keras' objects are marked."""


class Described(NamedTuple):
    """What is said.

    Attributes:
        tensorflow: its version; nothing where it is not said.
        keras: what Keras wrote of the model as a whole; None where it is none of Keras 2.
        layers: what it wrote of the objects that the model has, by their names.
    """

    tensorflow: str
    keras: Mapping[str, Any] | None
    layers: Mapping[str, Mapping[str, Any]]


def described(folder: Path) -> Described:
    """What a folder says. Errors: FileError, with the file's name, for what is damaged."""
    path = folder / SAVED_MODEL
    with files.reading(path):
        graphs = _message(path).inner(2)
        if len(graphs) != 1:
            raise FileError(f"holds {len(graphs)} graphs, one was expected")
        tensorflow = graphs[0].inner(1)[0].text(5) if graphs[0].every(1) else ""
        objects = dict(_objects(graphs[0]))
    beside = folder / METADATA
    if os.path.lexists(beside):
        with files.reading(beside):
            objects = dict(_nodes(_message(beside)))
    root = objects.pop(ROOT, None)
    return Described(printable(tensorflow, 20), root, objects)


def _message(path: Path) -> Message:
    with files.opened(Folder(path.parent).member(path), again=True) as file:
        if files.size(file) > LONGEST[path.name]:
            raise FileError(f"is longer than {LONGEST[path.name] // files.MIB} MiB")
        return message(file.read())


def _nodes(metadata: Message) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What ``keras_metadata.pb`` says: of the model, and of what it has itself."""
    for node in metadata.inner(1):
        name = node.text(3).removeprefix(f"{ROOT}.")
        if node.text(4).startswith(LAYERS) and "." not in name:
            with located(printable(name, 60)):
                yield name, parsed(node.bytes(5))


def _objects(graph: Message) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the objects of a graph say that TensorFlow 2.0 to 2.4 wrote: of the model."""
    roots = (root for tree in graph.inner(7) for root in tree.every(1)[:1])
    for user in (user for root in roots for user in message(root).inner(4)):
        with located(ROOT):
            if user.text(1).startswith(LAYERS) and user.bytes(3):
                yield ROOT, parsed(user.bytes(3))
