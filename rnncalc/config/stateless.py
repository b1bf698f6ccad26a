"""From blocks to layers without a state: those of ``output`` and ``before``, and among ``layers``.

What a block is stands in its keys: weights, ``conv1d``, ``attention``, ``pooling``, an activation
alone (``TAKES``). Which of them make a config a graph is told here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from typing import Any, TypeGuard

import numpy as np

from rnncalc.config import keys
from rnncalc.config.said import Said
from rnncalc.errors import KeyPath, RnncalcError
from rnncalc.model.checks import one_of
from rnncalc.model.stateless import (
    POOLINGS,
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

SCORES = ("W_a", "W_q", "W_k", "W_v", "W_o", "v", "b", "b_q", "b_k", "b_v", "b_o")
"""What an attention may have besides."""

JOINING = ("join", "axis", "axes", "normalize")
"""How what several layers give becomes one."""

TAKES: dict[str, tuple[str, ...]] = {
    "conv1d": ("conv1d", *WEIGHTS, "bias", "activation", "strides", "dilation", "groups"),
    "attention": ("attention", "causal", "scale", *SCORES),
    "weights": (*WEIGHTS, "bias", "activation"),
    "normalization": ("normalization", *ARRAYS, "epsilon"),
    "prelu": ("prelu",),
    "pooling": ("pooling", "size", "strides", "padding"),
    "flatten": ("flatten",),
    "upsampling": ("upsampling",),
    "repeat": ("repeat",),
    "reshape": ("reshape",),
    "permute": ("permute",),
    "rescaling": ("rescaling", "offset"),
    "embedding": ("embedding", "mask_zero"),
    "masking": ("masking",),
    "activation": ("activation",),
    "join": JOINING,
}
"""The keys of each kind of block, besides ``name``; a block is of the first kind that it has."""

MAIN = {
    "pooling": "kind", "upsampling": "size", "repeat": "times", "reshape": "target",
    "permute": "order", "rescaling": "scale", "embedding": "weights", "masking": "value",
    "attention": "kind", "join": "kind", "conv1d": "padding",
}  # fmt: skip
"""What the key that tells the kind is called in its class."""

CLASSES = {
    "pooling": "stateless.Pooling", "upsampling": "reshaping.Upsampling",
    "repeat": "reshaping.Repeat", "reshape": "reshaping.Reshape", "permute": "reshaping.Permute",
    "rescaling": "stateless.Rescaling", "embedding": "embedding.Embedding",
    "masking": "masking.Masking", "attention": "attention.Attention",
    "multihead": "attention.MultiHeadAttention", "join": "joins.Join", "dot": "joins.Dot",
    "conv1d": "convolution.Conv1d",
}  # fmt: skip
"""Where each is."""

OWN_CLASS = (("attention", "multihead"), ("join", "dot"))
"""Kinds of a kind that have a class of their own."""

ARRAYS_OF_GRAPHS = ("rescaling", "offset", "embedding", *SCORES)
CONVOLVED = "W_y (outputs, features, size)"

ONLY_RECURRENT = {*keys.OWN, "cell", "cells", "forward", "backward"} - {"bias"}

IN_A_ROW = ("weights", "normalization", "prelu", "pooling", "flatten", "activation")
"""What may stand in ``before``, and in the ``output`` of layers in a row."""


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


def kind_of(block: Mapping[str, Any]) -> str | None:
    """Which layer without a state a block is; None where it is none."""
    for kind in TAKES:
        if kind == "weights" and any(key in block for key in WEIGHTS):
            return kind
        if kind in block and not (kind == "activation" and "bias" in block):
            return kind
    return None


def stateless_kind(block: Mapping[str, Any]) -> str | None:
    """Which layer without a state a block of ``layers`` is; None for a recurrent one."""
    kind = kind_of(given(block))
    weak = kind in ("weights", "activation", "join")
    return None if weak and any(map(_of_recurrent, given(block))) else kind


def _of_recurrent(key: str) -> bool:
    """Whether only a recurrent layer has it."""
    return key in ONLY_RECURRENT or (keys.is_framework(key) and key not in WEIGHTS)


def blocks_of(data: dict[str, Any]) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Every block of a layer with its path, in the order in which they stand."""
    if data.get("layers") is None:
        yield (), data
    for key in ("layers", "output"):
        found = data.get(key) or []
        if isinstance(found, dict):
            yield (key,), found
        else:
            yield from (((key, i), block) for i, block in enumerate(found))


def is_graph(data: dict[str, Any]) -> bool:
    """Whether a config says what only a graph has; else its layers stand in a row."""
    within = (_in_graphs_alone(str(path[0]), block) for path, block in blocks_of(data) if path)
    return several(data.get("x")) or bool(data.get("rows")) or any(within)


def several(x: Any) -> TypeGuard[dict[str, Any]]:
    """Whether x is inputs by their names."""
    return isinstance(x, dict) and "file" not in x


def _in_graphs_alone(key: str, block: Mapping[str, Any]) -> bool:
    """Whether a block has no place in a row."""
    if any(block.get(word) is not None for word in ("input", "join")):
        return True
    if key == "layers":
        return stateless_kind(block) is not None or any(states_of(block))
    kind = kind_of(given(block))
    windows = kind == "pooling" and (block["pooling"] == "last" or {*TAKES[kind][1:]} & {*block})
    return bool(windows) or (kind is not None and kind not in IN_A_ROW)


def states_of(block: Mapping[str, Any], cell: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The states of a block, or of one cell of its list, that other layers give."""
    for way, prefix in (("", ""), ("forward", ""), ("backward", "backward.")):
        inside = (block.get(way) or {}) if way else block
        cells = inside.get("cells")
        inside = cells[cell] if cells and cell < len(cells) else inside
        for key in keys.STATES:
            if of_layer(inside.get(key)):
                yield f"{prefix}{key}", inside[key]


def of_layer(state: Any) -> bool:
    """Whether an initial state is the final one of another layer, and not numbers."""
    return isinstance(state, dict) and "layer" in state


def given(block: Mapping[str, Any]) -> dict[str, Any]:
    """What a block says: a key that is null or false says nothing."""
    return {key: value for key, value in block.items() if value is not None and value is not False}


def _one(said: Said, path: KeyPath) -> Stateless:
    block = given(said.at(path))
    kind = kind_of(block)
    flagged = kind == "activation" and (*path, "activation") in said.flags
    if kind not in IN_A_ROW or flagged:
        with said.located(*path):
            what = "needs W_y (outputs, units), normalization, prelu, pooling, flatten or an"
            hint = "; on the command line --wy" if path == ("output",) else ""
            where = _called(path)
            if kind and not flagged:
                message = f"{kind} does not stand in {where}: give it a place in layers"
                raise RnncalcError(message, about=(kind,))
            raise RnncalcError(f"{where} {what} activation{hint}")
    return made(said, path, block, kind)


def made(said: Said, path: KeyPath, block: Mapping[str, Any], kind: str) -> Stateless:
    """The layer that a block of this kind describes.

    Errors: RnncalcError, placed at the key or flag.
    """
    block = dict(block)
    name = {"name": called} if (called := block.pop("name", None)) else {}
    _refuse_others(said, path, block, kind)
    if kind in ("weights", "conv1d"):
        return _weighed(said, path, block, name)
    with said.located(*path):
        if kind == "normalization":
            return _normalization(said, path, block, name)
        if kind == "prelu":
            return Prelu(said.array(*path, "prelu"), **name)
        if kind == "activation":
            return Function(said.activation(*path, "activation") or "linear", **name)
        if kind == "pooling" and len(block) == 1 and block["pooling"] in POOLINGS:
            return Pooling(block["pooling"], **name)
        if kind == "flatten":
            return Flatten(**name)
        return _of_graph(said, path, block, kind, name)


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


def _weighed(
    said: Said, path: KeyPath, block: Mapping[str, Any], name: dict[str, Any]
) -> Stateless:
    """A dense layer, or a convolution."""
    theirs = [key for key in WEIGHTS if key in block]
    with said.located(*path):
        if len(theirs) != 1:
            has = f"has {' and '.join(theirs)}: give one" if theirs else f"needs {CONVOLVED}"
            raise RnncalcError(f"{block.get('name') or _called(path)} {has}")
    W_y = said.array(*path, theirs[0])
    said.alias[(*path, "W_y")] = (*path, theirs[0])
    W_y = np.transpose(W_y) if theirs[0] == "kernel" else W_y
    bias = said.array(*path, "bias") if "bias" in block else 0.0
    function = said.activation(*path, "activation") or "linear"
    with said.located(*path):
        if "conv1d" not in block:
            return Output(W_y, bias, function, **name)
        options = {key: block[key] for key in ("strides", "dilation", "groups") if key in block}
        made = _class("conv1d")
        return made(W_y, bias, function, padding=block["conv1d"], **options, **name)


def _of_graph(
    said: Said, path: KeyPath, block: dict[str, Any], kind: str, name: dict[str, Any]
) -> Stateless:
    """A layer that stands in graphs alone, whose class is only loaded for one."""
    block |= {key: said.array(*path, key) for key in block if key in ARRAYS_OF_GRAPHS}
    if "scale" in block:  # a model file keeps it as an array
        block["scale"] = float(said.array(*path, "scale"))
    what = block.pop(kind)
    if kind in keys.CHOICES:
        one_of(kind, what, keys.CHOICES[kind])
    layer = _class(what if (kind, what) in OWN_CLASS else kind)
    its = fields(layer)  # type: ignore[arg-type]  # all are dataclasses
    known = {field.name for field in its}
    others = [key for key in block if key not in known]
    if others and what in keys.CHOICES.get(kind, ()):
        raise RnncalcError(f"{others[0]} is not of {kind} {what}", about=(others[0],))
    if kind in MAIN and MAIN[kind] in known:
        block[MAIN[kind]] = what
    needed = (field.name for field in its if field.default is MISSING)
    if missing := next((key for key in needed if key not in block), None):
        raise RnncalcError(f"{kind} {what} needs {missing}", about=(kind,))
    return layer(**{key: value for key, value in block.items() if key in known}, **name)


def keys_of(one: Stateless) -> dict[str, str]:
    """What the fields of a layer that stands in graphs alone are called in its block."""
    whole = f"{type(one).__module__.rpartition('.')[2]}.{type(one).__name__}"
    kind = next((kind for kind, place in CLASSES.items() if place == whole), "")
    return {field.name: kind if field.name == MAIN.get(kind) else field.name
            for field in fields(one)}  # type: ignore[arg-type]  # fmt: skip


def _class(kind: str) -> Callable[..., Stateless]:
    """The class of a layer that stands in graphs alone."""
    module, _, called = CLASSES[kind].rpartition(".")
    found: Callable[..., Stateless] = getattr(import_module(f"rnncalc.model.{module}"), called)
    return found


def _normalization(
    said: Said, path: KeyPath, block: Mapping[str, Any], name: dict[str, Any]
) -> Normalization:
    if "epsilon" not in block:
        message = "normalization needs epsilon: 1e-3 is Keras' default, 1e-5 PyTorch's"
        raise RnncalcError(message, about=("normalization",))
    arrays = {key: said.array(*path, key) for key in ARRAYS if key in block}
    return Normalization(block["normalization"], block["epsilon"], **arrays, **name)
