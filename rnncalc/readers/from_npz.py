"""Networks in npz files: arrays named as a config's keys, with dots, or as a framework names them.

``W_x``, ``W_x.i``, ``encoder.forward.W_h.z``, ``output.W_y``; Keras' ``kernel``; ONNX' ``W``;
PyTorch's ``lstm.weight_ih_l0_reverse``. Which cell it is stands in the gates, or in the shapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnncalc import npy
from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.conventions import CONVENTIONS, convention_of, names_in, symbols_of
from rnncalc.errors import FileError, printable, suggestion
from rnncalc.readers import keys
from rnncalc.readers.said import Said

TOP = ("x", "lengths", "mask", "h0", "c0", "embedding.weights", "output.W_y", "output.kernel",
       "output.weight", "output.bias")  # fmt: skip
"""The arrays that belong to no layer."""

STATES = ("h0", "c0")


def from_npz(path: Path, name: str) -> Said:
    """What an npz file says. Errors: FileError for an array that no network has."""
    arrays = npy.read_npz(path)
    result = Said(name=name)
    blocks: dict[str, dict[str, Any]] = {}
    for key, array in arrays.items():
        if key in TOP:
            result.set(tuple(key.split(".")), array, "")
        else:
            layer, way, weight = _place(key, name, arrays)
            block = blocks.setdefault(layer, {})
            block = block.setdefault(way, {}) if way else block
            _put(block, weight, array)
    result.flags.clear()
    return _named(result, blocks)


def _place(key: str, name: str, arrays: Mapping[str, Array]) -> tuple[str, str, tuple[str, ...]]:
    """The layer, the direction and the weight that an array's name means."""
    names = {n for convention in CONVENTIONS.values() for n in names_in(convention)}
    theirs = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    ours = "|".join((*keys.OWN, *STATES))
    pattern = rf"(?:(.+?)\.)??(?:(forward|backward)\.)?({ours}|{theirs})(?:\.([a-z]))?"
    if match := re.fullmatch(pattern, key):
        layer, way, weight, gate = match.groups()
        return layer or "", way or "", (weight, gate) if gate else (weight,)
    if match := re.fullmatch(r"(?:(.+)\.)?((?:weight|bias)_\w\w)_l(\d+)(_reverse)?", key):
        module, weight, index, reverse = match.groups()
        several = any(re.search(r"_l[1-9]\d*(_reverse)?$", other) for other in arrays)
        both = any(other.endswith("_reverse") for other in arrays)
        layer = ".".join([module or "", index] if several else [module or ""])
        return layer, ("backward" if reverse else "forward") if both else "", (weight,)
    hint = suggestion(key, [*keys.OWN, *TOP])
    raise FileError(f"{name}: there is no '{printable(key)}' in a model. {hint}")


def _put(block: dict[str, Any], weight: tuple[str, ...], array: Array) -> None:
    for part in weight[:-1]:
        block = block.setdefault(part, {})
    block[weight[-1]] = array


def _named(said: Said, blocks: Mapping[str, dict[str, Any]]) -> Said:
    """The blocks as a config has them: one at the top, or a list of them with their names."""
    for block in blocks.values():
        inner = [block[way] for way in ("forward", "backward") if way in block]
        for one in inner or [block]:
            if cell := _cell(one):
                one["cell"] = cell
    if list(blocks) == [""]:
        said.data |= blocks[""]
    elif blocks:
        said.data["layers"] = [
            {"name": _name(layer, block), **block} for layer, block in blocks.items()
        ]
    return said


def _name(layer: str, block: Mapping[str, Any]) -> str:
    """A bare PyTorch layer is called by its cell."""
    inner = block.get("forward", block)
    return f"{inner.get('cell', 'rnn')}{layer}" if layer[:1] in ("", ".") else layer


def _cell(block: Mapping[str, Any]) -> str | None:
    """The cell whose gates stand in a block, or whose number of gates its shapes show."""
    for weight in ("W_x", "W_h"):
        if isinstance(block.get(weight), dict):
            gates = set(block[weight])
            return next((name for name, one in CELLS.items() if gates & set(one.gates)), None)
    if convention := convention_of(block):
        for theirs, symbol in symbols_of(convention, "lstm").items():
            if symbol.ours == ("W_h",) and theirs in block:
                return {1: "rnn", 3: "gru", 4: "lstm"}.get(_gates(block[theirs], block))
    return None


def _gates(recurrent: Array, block: Mapping[str, Any]) -> int:
    """How many gates are stacked in a recurrent matrix, whichever way it lies."""
    rows, columns = recurrent.shape[-2:] if recurrent.ndim > 1 else (1, recurrent.size)
    projected = block.get("weight_hr")
    units = min(rows, columns) if projected is None else projected.shape[1]
    return int(max(rows, columns) // units)
