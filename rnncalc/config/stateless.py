"""From the blocks of ``output`` and ``before`` to layers without a state.

What a block is stands in its keys: weights, ``normalization``, ``prelu``, ``pooling``,
``flatten``, or an activation alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.config.said import Said
from rnncalc.errors import KeyPath, RnncalcError
from rnncalc.model.stateless import (
    Flatten,
    Function,
    Normalization,
    Output,
    Pooling,
    Prelu,
    Stateless,
)

WEIGHTS = ("W_y", "kernel", "weight")
"""Ours, Keras' (transposed) and PyTorch's names of a dense layer's weights."""

ARRAYS = ("gamma", "beta", "mean", "variance")
"""What a normalization may have."""

TAKES: dict[str, tuple[str, ...]] = {
    "weights": (*WEIGHTS, "bias", "activation"),
    "normalization": ("normalization", *ARRAYS, "epsilon"),
    "prelu": ("prelu",),
    "pooling": ("pooling",),
    "flatten": ("flatten",),
    "activation": ("activation",),
}
"""The keys of each kind of block, besides ``name``; a block is of the first kind that it has."""


def stateless(said: Said, key: str, path: KeyPath = ()) -> Stateless | tuple[Stateless, ...] | None:
    """The layers of the blocks at ``key``: of one, of a list of them, or None.

    Errors: RnncalcError, placed at the key or flag.
    """
    path = (*path, key)
    blocks = said.at(path)
    if blocks is None:
        return None
    if key == "before" and not blocks:
        return ()
    if not blocks:
        with said.located(*path):
            raise RnncalcError("is empty: it needs W_y (outputs, units)")
    if isinstance(blocks, dict):
        return _one(said, path)
    return tuple(_one(said, (*path, i)) for i in range(len(blocks)))


def _one(said: Said, path: KeyPath) -> Stateless:
    given = said.at(path).items()
    block = {key: value for key, value in given if value is not None and value is not False}
    kind = _kind(said, path, block)
    name = {"name": called} if (called := block.pop("name", None)) else {}
    _refuse_others(said, path, block, kind)
    if kind == "weights":
        return _dense(said, path, block, name)
    with said.located(*path):
        if kind == "normalization":
            return _normalization(said, path, block, name)
        if kind == "prelu":
            return Prelu(said.array(*path, "prelu"), **name)
        if kind == "activation":
            return Function(said.activation(*path, "activation") or "linear", **name)
        return Pooling(block["pooling"], **name) if kind == "pooling" else Flatten(**name)


def _kind(said: Said, path: KeyPath, block: Mapping[str, Any]) -> str:
    """What a block is. A flag for the activation needs the weights that it belongs to."""
    if any(key in block for key in WEIGHTS):
        return "weights"
    for kind in ("normalization", "prelu", "pooling", "flatten"):
        if kind in block:
            return kind
    if "activation" in block and "bias" not in block and (*path, "activation") not in said.flags:
        return "activation"
    with said.located(*path):
        what = "needs W_y (outputs, units), normalization, prelu, pooling, flatten or an activation"
        hint = "; on the command line --wy" if path == ("output",) else ""
        raise RnncalcError(f"{_called(path)} {what}{hint}")


def _called(path: KeyPath) -> str:
    """The key that the blocks stand at."""
    return str([key for key in path if isinstance(key, str)][-1])


def _refuse_others(said: Said, path: KeyPath, block: Mapping[str, Any], kind: str) -> None:
    for key in block:
        if key not in TAKES[kind]:
            what = "a dense layer" if kind == "weights" else kind
            with said.located(*path):
                hint = ": write two blocks" if kind != "weights" and key == "activation" else ""
                raise RnncalcError(f"{key} is not of {what}{hint}", about=(key,))


def _dense(said: Said, path: KeyPath, block: Mapping[str, Any], name: dict[str, Any]) -> Output:
    given = [key for key in WEIGHTS if key in block]
    with said.located(*path):
        if len(given) > 1:
            raise RnncalcError(f"{_called(path)} has {' and '.join(given)}: give one")
    W_y = said.array(*path, given[0])
    said.alias[(*path, "W_y")] = (*path, given[0])
    W_y = np.transpose(W_y) if given[0] == "kernel" else W_y
    bias = said.array(*path, "bias") if "bias" in block else 0.0
    function = said.activation(*path, "activation") or "linear"
    with said.located(*path):
        return Output(W_y, bias, function, **name)


def _normalization(
    said: Said, path: KeyPath, block: Mapping[str, Any], name: dict[str, Any]
) -> Normalization:
    if "epsilon" not in block:
        message = "normalization needs epsilon: 1e-3 is Keras' default, 1e-5 PyTorch's"
        raise RnncalcError(message, about=("normalization",))
    arrays = {key: said.array(*path, key) for key in ARRAYS if key in block}
    return Normalization(block["normalization"], block["epsilon"], **arrays, **name)
