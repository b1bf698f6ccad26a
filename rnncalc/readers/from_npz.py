"""Networks in npz files: arrays named as a config's keys, with dots, or as a framework names them.

``W_x``, ``W_x.i``, ``encoder.forward.W_h.z``, ``output.W_y``; Keras' ``kernel``; ONNX' ``W``;
PyTorch's ``lstm.weight_ih_l0_reverse``. Which cell it is stands in the gates, or in the shapes.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import npy
from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.conventions import CONVENTIONS, convention_of, names_in, symbols_of
from rnncalc.errors import FileError, RnncalcWarning, located, printable, suggestion
from rnncalc.layer import DIRECTIONS
from rnncalc.readers import keys
from rnncalc.readers.said import Said

TOP = ("x", "lengths", "mask", "h0", "c0", "embedding.weights", "output.W_y", "output.kernel",
       "output.weight", "output.bias")  # fmt: skip
"""The arrays that belong to no layer."""

STATES = ("h0", "c0")
IN_CONFIGS = [CONVENTIONS[name] for name in ("keras", "torch", "onnx")]
"""The conventions that are told by their names alone."""


Place = tuple[str, int, str, tuple[str, ...]]
"""Module, number of the layer in it (-1: the module is the layer), direction, weight and gate."""


def from_npz(path: Path, name: str) -> Said:
    """What an npz file says. Errors: FileError for an array that no network has."""
    arrays = npy.read_npz(path)
    result = Said(name=name)
    with located(name):
        places = {key: _place(key) for key in arrays if key not in TOP}
        blocks = _blocks(arrays, places)
        for block in blocks.values():
            for one in [block[way] for way in DIRECTIONS if way in block] or [block]:
                _settle(one)
    for key in arrays.keys() & set(TOP):
        result.set(tuple(key.split(".")), arrays[key], "")
    result.flags.clear()
    if list(blocks) == [""]:
        result.data |= blocks[""]
    elif blocks:
        result.data["layers"] = [{"name": _name(n, block), **block} for n, block in blocks.items()]
    return result


@cache
def _pattern() -> str:
    """``encoder.forward.W_h.z``: layer, direction, whatever an array is called by, gate."""
    names = {n for convention in CONVENTIONS.values() for n in names_in(convention)}
    theirs = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    ours = "|".join((*keys.OWN, *STATES))
    return rf"(?:(.+?)\.)??(?:({'|'.join(DIRECTIONS)})\.)?({ours}|{theirs})(?:\.([a-z]))?"


def _place(key: str) -> Place:
    """What an array's name means."""
    if match := re.fullmatch(_pattern(), key):
        layer, way, weight, gate = match.groups()
        return layer or "", -1, way or "", (weight, gate) if gate else (weight,)
    if match := re.fullmatch(r"(?:(.+)\.)?((?:weight|bias)_\w\w)_l(\d{1,4})(_reverse)?", key):
        module, weight, index, reverse = match.groups()
        return module or "", int(index), "backward" if reverse else "forward", (weight,)
    hint = suggestion(key, [*keys.OWN, *TOP])
    if re.fullmatch(r"arr_\d+", key):
        hint = "NumPy calls arrays so that were saved without names: numpy.savez(file, kernel=...)"
    raise FileError(f"there is no '{printable(key)}' in a model. {hint}")


def _blocks(arrays: Mapping[str, Array], places: Mapping[str, Place]) -> dict[str, dict[str, Any]]:
    """The layers by name: modules as they come in the file, the layers of a module by number."""
    modules = list(dict.fromkeys(module for module, *_ in places.values()))
    _refuse_gaps(places)
    blocks: dict[str, dict[str, Any]] = {}
    for key in sorted(places, key=lambda key: (modules.index(places[key][0]), places[key][1])):
        module, index, way, weight = places[key]
        of_module = [place for place in places.values() if place[0] == module and place[1] >= 0]
        if index >= 0:
            module = f"{module}.{index}" if any(place[1] for place in of_module) else module or "."
            way = way if any(place[2] == "backward" for place in of_module) else ""
        block = blocks.setdefault(module, {})
        _put(block.setdefault(way, {}) if way else block, weight, arrays[key])
    return blocks


def _refuse_gaps(places: Mapping[str, Place]) -> None:
    """Layers of a PyTorch module that are not there; modules whose order nobody knows."""
    layers: dict[str, set[int]] = {}
    for module, index, *_ in places.values():
        if index >= 0:
            layers.setdefault(module, set()).add(index)
    for module, numbers in layers.items():
        if missing := {*range(max(numbers))} - numbers:
            what = f"layer {min(missing)} of {printable(module) or 'the module'}"
            raise FileError(
                f"{what} is missing: there is _l{max(numbers)}, but no _l{min(missing)}"
            )
    if len(layers) > 1:
        order = ", ".join(map(printable, layers))
        message = f"{order}: taken to follow each other in this order, which no npz says"
        warnings.warn(message, RnncalcWarning, stacklevel=2)


def _put(block: dict[str, Any], weight: tuple[str, ...], array: Array) -> None:
    name, *gate = weight
    if not gate:
        if name in block:
            raise FileError(f"{name} stands there whole and gate by gate")
        block[name] = array
    elif isinstance(block.setdefault(name, {}), dict):
        block[name][gate[0]] = array
    else:
        raise FileError(f"{name} stands there whole and gate by gate")


def _name(layer: str, block: Mapping[str, Any]) -> str:
    """A bare PyTorch layer is called by its cell."""
    inner = block.get("forward", block)
    return (
        f"{inner.get('cell', 'rnn')}{layer.removesuffix('.')}" if layer[:1] in ("", ".") else layer
    )


def _settle(block: dict[str, Any]) -> None:
    """Add whose names these are, where a config would have to say it, and which cell."""
    theirs = [key for key in block if keys.is_framework(key)]
    if theirs and not any(key in names_in(one) for key in theirs for one in IN_CONFIGS):
        found = [n for n, one in CONVENTIONS.items() if {*theirs} <= {*names_in(one)}]
        block |= {"convention": found[0]} if len(found) == 1 else {}
    if cell := _cell(block):
        block["cell"] = cell


def _cell(block: Mapping[str, Any]) -> str | None:
    """The cell whose gates stand in a block, or whose number of gates its shapes show."""
    for weight in ("W_x", "W_h"):
        if isinstance(block.get(weight), dict):
            gates = set(block[weight])
            return next((name for name, one in CELLS.items() if gates & set(one.gates)), None)
    named = block.get("convention")
    convention = CONVENTIONS[named] if named else convention_of(block)
    if convention is None:
        return None
    of_state = [n for n, one in symbols_of(convention, "lstm").items() if one.ours == ("W_h",)]
    for theirs in of_state:
        if theirs in block:
            return {1: "rnn", 3: "gru", 4: "lstm"}.get(_gates(block[theirs], block))
    names = ", ".join(of_state) or "one array of the state alone"
    raise FileError(f"no recurrent weights ({names}): they tell which cell it is")


def _gates(recurrent: Array, block: Mapping[str, Any]) -> int:
    """How many gates are stacked in a recurrent matrix, whichever way it lies."""
    rows, columns = recurrent.shape[-2:] if recurrent.ndim > 1 else (1, recurrent.size)
    projected = block.get("weight_hr")
    units = min(rows, columns) if projected is None else np.atleast_2d(projected).shape[1]
    return int(max(rows, columns) // units)
