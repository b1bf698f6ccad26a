"""Which network a JSON file is, told by its keys; a config is none of these.

A state dict of PyTorch, or the index of one in several files, what GuitarML and NeuralPi keep, what
RTNeural reads, Keras' ``to_json``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rnncalc import files
from rnncalc.containers.json_arrays import with_arrays
from rnncalc.containers.strict_json import LONGEST, NotJsonError, parsed
from rnncalc.errors import FileError, located
from rnncalc.readers import from_arrays
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.of_json import architecture, guitarml, rtneural
from rnncalc.readers.of_torch import shards
from rnncalc.readers.of_torch.file import STATE_DICT

HINT = re.compile(
    r'"(state_dict|in_shape|modelTopology|class_name|weight_map|'
    r'[^"\\]*(weight|bias)_(ih|hh|hr)_l\d+(_reverse)?|[^"\\]*\.(weight|bias)_(ih|hh))"\s*:'
)
"""A key that no config has: where none is there, the text is not taken apart."""

TFJS = (
    "is a model of TensorFlow.js, which is not read: its weights are in files of their own; "
    "save the model in Keras with model.save('model.keras')"
)


def is_model(path: Path) -> bool:
    """Whether a JSON file is a network of another program, and no config.

    Errors: FileError for a text that cannot be read.
    """
    return _kind(_data(path)) is not None


def of_file(path: Path, name: str, weights: Path | None = None) -> Contents:
    """What such a file holds.

    Args:
        weights: the file of the weights of an architecture, where they are not found by their name.
    """
    data = _data(path)
    kind = _kind(data)
    if kind == "index" and not weights:
        return shards.contents(path, data, name)
    if kind == "architecture":
        return architecture.contents(path, data, weights)
    if weights:
        raise FileError(f"{name}: holds its own weights: --weights is for an architecture")
    with located(name):
        if kind == "guitarml":
            return guitarml.contents(data, name)
        if kind == "rtneural":
            return rtneural.contents(data, name)
        if kind == "tfjs":
            raise FileError(TFJS)
    found = from_arrays.contents(with_arrays(data), name, "JSON, PyTorch's names")
    assert found is not None  # its kind was told by its names
    return found


def _kind(data: dict[str, Any]) -> str | None:
    """Whose network it is; None for a config."""
    if architecture.is_architecture(data):
        return "architecture"
    if shards.is_index(data):
        return "index"
    if "modelTopology" in data:
        return "tfjs"
    if {"model_data", "state_dict"} <= data.keys():
        return "guitarml"
    if {"in_shape", "layers"} <= data.keys():
        return "rtneural"
    own = [key for key in from_arrays.inside(data) if STATE_DICT.fullmatch(key)]
    return "torch" if any(HINT.match(f'"{key}":') for key in own) else None


def _data(path: Path) -> dict[str, Any]:
    """What a text says, where it may be such a network; nothing for any other text."""
    with files.opened(path) as file:
        text = files.text_of(file, longest=LONGEST)
    if not HINT.search(text):
        return {}
    try:
        with located(files.shown(path)):
            return parsed(text)
    except NotJsonError:  # as a config is read, it is told where it breaks
        return {}
