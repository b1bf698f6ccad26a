"""A network as people describe it, key by key: from a config, from a mapping, from flags.

``said`` and ``from_mapping`` check the keys; ``model`` turns what was said into a Model, and every
error is placed at the key or flag that it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.errors import FileError, RnncalcError, dotted
from rnncalc.errors import Path as Way
from rnncalc.model import Embedding, Model, Output
from rnncalc.readers import keys
from rnncalc.readers.layers import layers
from rnncalc.readers.said import Said

if TYPE_CHECKING:
    from rnncalc.readers.from_yaml import Document

USE = ("mode", "timesteps", "feedback", "dtype")
INPUTS = ("x", "lengths", "mask", "h0", "c0")
OUTPUT_WEIGHTS = ("W_y", "kernel", "weight")
"""Ours, Keras' (transposed) and PyTorch's names of the output layer's weights."""

MISSING = (
    ("W_x", "--wx", "input weights (units, features)"),
    ("W_h", "--wh", "recurrent weights (units, units)"),
)


def said(document: Document) -> Said:
    """What a YAML or JSON config says, once its keys and types are checked.

    Errors: FileError with line, column and key.
    """
    data = document.data
    if not isinstance(data, dict):
        what = "is empty" if data is None else "holds no keys"
        raise FileError(f"{document.name}: {what}. What a config looks like: rnncalc example")
    for way, error in keys.unknown(data):
        raise document.placed(error, way, at_key=True)
    if wrong := keys.mistyped(data):
        raise document.placed(wrong[1], wrong[0])
    return Said(data, document.name, document)


def from_mapping(data: Mapping[str, Any]) -> Said:
    """What a mapping says in Python: a config's keys, with arrays or lists or numbers."""
    keys.refuse_blocks(data)
    for way, error in keys.unknown(data):
        hint = error.message.partition(". ")[2]
        raise RnncalcError(f"there is no key {dotted(way)}. {hint}")
    return Said(_copied(data))


def model(said: Said) -> Model:
    """The Model that was described. Errors: RnncalcError, placed at the key or flag."""
    data = said.data
    arrays = {key: said.array(key) for key in INPUTS if data.get(key) is not None}
    use = {key: data[key] for key in USE if data.get(key) is not None}
    with said.located():
        _refuse_missing(data)
    made = layers(said)
    outputs = _outputs(said)
    with said.located():
        return Model(tuple(made), output=outputs, embedding=_embedding(said), **arrays, **use)


def _outputs(said: Said) -> Output | tuple[Output, ...] | None:
    blocks = said.data.get("output")
    if not blocks:
        return None
    if isinstance(blocks, dict):
        return _output(said, ("output",))
    return tuple(_output(said, ("output", i)) for i in range(len(blocks)))


def _output(said: Said, way: Way) -> Output:
    block = said.at(way)
    given = [key for key in OUTPUT_WEIGHTS if block.get(key) is not None]
    with said.located(*way):
        if len(given) != 1:
            what = f"has {' and '.join(given)}: give one" if given else "needs W_y (outputs, units)"
            raise RnncalcError(f"output {what}; on the command line --wy")
    W_y = said.array(*way, given[0])
    W_y = np.transpose(W_y) if given[0] == "kernel" else W_y
    bias = 0.0 if block.get("bias") is None else said.array(*way, "bias")
    function = said.activation(*way, "activation") or "linear"
    name = {"name": block["name"]} if block.get("name") else {}
    with said.located():
        return Output(W_y, bias, function, **name)


def _embedding(said: Said) -> Embedding | None:
    block = said.data.get("embedding")
    if not block:
        return None
    if block.get("weights") is None:
        with said.located("embedding"):
            raise RnncalcError("needs weights (ids, features)")
    return Embedding(said.array("embedding", "weights"), bool(block.get("mask_zero")))


def _refuse_missing(data: Mapping[str, Any]) -> None:
    """A single simple layer in our own names tells which flags there are."""
    if any(data.get(key) is not None for key in ("layers", "forward", "backward", "cells")):
        return
    gated = (data.get("cell") or "rnn") != "rnn"
    if gated or any(keys.is_framework(key) for key in data):
        return
    for name, flag, what in MISSING:
        if data.get(name) is None:
            give = f"give {flag} on the command line or {name}: in a file"
            raise RnncalcError(f"{name} is missing, the {what}: {give}")


def _copied(block: Any) -> Any:
    """Blocks and lists of blocks anew, so that flags may be laid over them; arrays as they are."""
    if isinstance(block, Mapping):
        return {key: _copied(value) for key, value in block.items()}
    if isinstance(block, (list, tuple)) and block and isinstance(block[0], Mapping):
        return [_copied(part) for part in block]
    return block
