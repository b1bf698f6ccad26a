"""Networks in npz files: arrays named as a config's keys, with dots, or as a framework names them.

``W_x``, ``W_x.i``, ``encoder.forward.W_h.z``, ``output.W_y``; Keras' ``kernel``; ONNX' ``W``. Which
cell it is stands in the gates, or in the shapes. The names of a whole state dict of PyTorch
(``lstm.weight_ih_l0_reverse``) are read as those of its own files are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.config import keys
from rnncalc.config.said import Said
from rnncalc.config.stateless import WEIGHTS as DENSE
from rnncalc.containers import raw
from rnncalc.containers.natural_order import in_numbers
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import CONVENTIONS, convention_of, names_in, symbols_of
from rnncalc.equations import CELL_OF, CELLS
from rnncalc.errors import FileError, located, printable, suggestion
from rnncalc.model.layer import DIRECTIONS
from rnncalc.model.origin import Assumption

TOP = (*keys.INPUTS, "embedding.weights", *(f"output.{key}" for key in (*DENSE, "bias")))
"""The arrays that belong to no layer."""

IN_CONFIGS = [CONVENTIONS[name] for name in ("keras", "torch", "onnx")]
"""The conventions that are told by their names alone."""


Address = tuple[str, str, tuple[str, ...]]
"""Layer, direction, weight and gate."""


DEFAULT = "rnncalc's default; arrays do not say it"


def said_of(tensors: Mapping[str, Tensor], name: str, *, ordered: bool = True) -> Said:
    """What arrays with the names of a config say.

    Args:
        ordered: whether they stand in the order of their layers.

    Errors: FileError for one that no network has.
    """
    with located(name):
        for key, tensor in tensors.items():
            if tensor.dtype == "bool" and key not in keys.INPUTS:
                raise FileError(f"{printable(key)} {raw.unfit(tensor.dtype)}")
        arrays = {key: tensor.read() for key, tensor in tensors.items()}
        blocks = _blocks({key: array for key, array in arrays.items() if key not in TOP})
    result = Said(name=name)
    for key in arrays.keys() & set(TOP):
        result.set(tuple(key.split(".")), arrays[key], "")
    result.flags.clear()
    alone = list(blocks) == [""]
    blocks = blocks if ordered else {key: blocks[key] for key in in_numbers(blocks)}
    names = {key: key or ("layer0" if alone else block.get("cell", "rnn"))
             for key, block in blocks.items()}  # fmt: skip
    result.assumed = tuple(one for key in blocks for one in _assumptions(names[key], blocks[key]))
    result.assumed += tuple(_assumptions_of_output(result.data))
    if alone:
        result.data |= blocks[""]
        return result
    if not ordered and len(blocks) > 1:
        result.assumed += (_order(result.data, names.values()),)
        result.remedy = f"The order of the layers is assumed: --layers {','.join(names.values())}"
    if blocks:
        result.data["layers"] = [{"name": names[key], **block} for key, block in blocks.items()]
    return result


OF_STATE = re.compile(r"(^|\.)(W_h(\.[a-z])?|recurrent_kernel|weight_hh|R)$")
"""A name that Flax has not; its own have dots, as names of layers may: ``i.kernel``."""


@cache
def _pattern(flax: bool = True) -> str:
    """``encoder.forward.W_h.z``: layer, direction, whatever an array is called by, gate."""
    names = {n for convention in CONVENTIONS.values() for n in names_in(convention)}
    kept = [name for name in names if flax or "." not in name]
    theirs = "|".join(map(re.escape, sorted(kept, key=len, reverse=True)))
    ours = "|".join((*keys.OWN, *keys.STATES))
    ways = "|".join(DIRECTIONS)
    return rf"(?:(.+?)\.)??(?:({ways})\.)?(?:({ours})(?:\.([a-z]))?|({theirs}))"


def is_of_config(key: str) -> bool:
    """Whether an array may have this name in a config, however it is cut."""
    return key in TOP or bool(re.fullmatch(_pattern(), key))


def is_weight(key: str) -> bool:
    """Whether it is the name of a matrix of weights, which results have none of."""
    return is_of_config(key) and key not in TOP and "bias" not in key


def _address(key: str, flax: bool) -> Address:
    """What an array's name means."""
    if match := re.fullmatch(_pattern(flax), key):
        layer, way, ours, gate, theirs = match.groups()
        return layer or "", way or "", (ours, gate) if gate else (ours or theirs,)
    hint = suggestion(key, [*keys.OWN, *TOP])
    if re.fullmatch(r"arr_\d+", key):
        hint = "NumPy calls arrays so that were saved without names: numpy.savez(file, kernel=...)"
    raise FileError(f"there is no '{printable(key)}' in a model. {hint}")


def _blocks(arrays: Mapping[str, Array]) -> dict[str, dict[str, Any]]:
    """The layers by name, as they come in the file, each with what its arrays tell."""
    flax = not any(map(OF_STATE.search, arrays))
    places = {key: _address(key, flax) for key in arrays}
    blocks: dict[str, dict[str, Any]] = {}
    for key, (layer, way, weight) in places.items():
        block = blocks.setdefault(layer, {})
        _put(block.setdefault(way, {}) if way else block, weight, arrays[key])
    for block in blocks.values():
        for one in [block[way] for way in DIRECTIONS if way in block] or [block]:
            _complete(one)
    return blocks


def _assumptions(layer: str, block: dict[str, Any]) -> Iterator[Assumption]:
    """Say what arrays cannot: the functions, and which GRU it is. They are then in the block."""
    inner = block.get("forward", block)
    cell = inner.get("cell", "rnn")
    for key, default in (("activation", "tanh"), ("recurrent_activation", "sigmoid")):
        if key == "activation" or CELLS[cell].gates:
            block[key] = default
            yield Assumption(layer, key, default, DEFAULT)
    rows = "bias_ih" in inner or not isinstance(inner.get("bias", {}), dict)  # they tell
    if cell == "gru" and not rows:
        onnx = "W" in inner
        block["reset_after"] = not onnx
        whose = "ONNX' default, linear_before_reset 0" if onnx else "rnncalc's default"
        yield Assumption(layer, "reset_after", not onnx, f"{whose}; arrays do not say it")
    if "backward" in block:
        block["merge"] = "concat"
        yield Assumption(layer, "merge", "concat", DEFAULT)


def _assumptions_of_output(data: dict[str, Any]) -> Iterator[Assumption]:
    """Say what arrays cannot of the output layer. It is then in its block."""
    if "output" in data:
        data["output"]["activation"] = "linear"
        yield Assumption("output", "activation", "linear", DEFAULT)


def _order(data: Mapping[str, Any], names: Iterable[str]) -> Assumption:
    """Say in which order the layers run, where the file does not keep it."""
    front, behind = ([key] if key in data else [] for key in ("embedding", "output"))
    shown = ", ".join(map(printable, [*front, *names, *behind]))
    return Assumption("", "layers", shown, "the order of their names; this file keeps none")


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


def _complete(block: dict[str, Any]) -> None:
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
            return CELL_OF.get(_gates(block[theirs], block))
    names = ", ".join(of_state) or "one array of the state alone"
    raise FileError(f"no recurrent weights ({names}): they tell which cell it is")


def _gates(recurrent: Array, block: Mapping[str, Any]) -> int:
    """How many gates are stacked in a recurrent matrix, whichever way it lies."""
    rows, columns = recurrent.shape[-2:] if recurrent.ndim > 1 else (1, recurrent.size)
    projected = block.get("weight_hr")
    units = min(rows, columns) if projected is None else np.atleast_2d(projected).shape[1]
    return int(max(rows, columns) // units) if units else 0
