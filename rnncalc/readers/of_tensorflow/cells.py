"""The variables of TensorFlow 1 by their names: ``rnn/basic_lstm_cell/kernel``.

Which cell it is stands in the name, and whether it is one of a bidirectional pair. What reads its
outputs does not: a matrix and a bias are taken for a dense layer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from rnncalc import equations
from rnncalc.array import Array
from rnncalc.containers.natural_order import in_numbers
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.tf1 import CELLS, EARLIER, FORGET_BIAS, WAYS
from rnncalc.errors import RnncalcError, printable
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.ordering import ordered_by_widths
from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_tensorflow.heads import heads
from rnncalc.readers.of_torch.stage import Stage, other

CELL = re.compile(
    rf"(?P<module>(?:.*/)?(?P<cell>{'|'.join(CELLS)})(?:_\d+)?)/(?P<array>[^/]+(?:/kernel|/bias)?)",
    re.DOTALL,
)
WAY = re.compile(r"(.*?)(?:/|^)(fw|bw)/(.*)", re.DOTALL)
"""The name of a cell in a bidirectional pair: what is around both, and what is inside each."""

OPAQUE = re.compile("cudnn|layer_norm_basic_lstm", re.IGNORECASE)
FORGET = "the default of TensorFlow 1's LSTM cells, which add it as they run; it is not in the file"
MERGE = "what a program does with both outputs is not in the file; most put them side by side"
WITHOUT = "layers without variables are not in a checkpoint of names"
MODE = "a file of weights does not say what is read of the last layer"

Choice = Callable[[Assumption], Contents]
Cells = dict[str, dict[str, Tensor]]
"""The variables of each cell, by the cell's name and their own."""


class Module(NamedTuple):
    """A cell, or those of both directions: the part's name, and each direction's cells."""

    name: str
    ways: dict[str, Cells]


def contents(name: str, what: str, tensors: Mapping[str, Tensor]) -> Contents:
    """The layers of a checkpoint that holds names alone."""
    left_out = [key for key, one in tensors.items() if is_beside(key, one, tensors)]
    weights = {key: one for key, one in tensors.items() if key not in left_out}
    cells, rest = _cells(weights)
    stages = [_stage(module) for module in _modules(cells)] + heads(rest, OPAQUE)
    ordered, why = ordered_by_widths(stages)
    parts = [part for stage in ordered for part in stage.parts]
    assumed = [Assumption("", "mode", "many-to-many", MODE)]
    names = ", ".join(printable(part.name) for part in parts)
    assumed.append(Assumption("", "layers", names, f"{why}; {WITHOUT}"))
    shown = [printable(key, 60) for key in left_out]
    found = Contents(name, f"{what}, names of TensorFlow 1", "tf1", parts, assumed=assumed,
                     left_out=shown)  # fmt: skip
    return _with_choices(found)


def is_beside(name: str, tensor: Tensor, tensors: Mapping[str, Tensor]) -> bool:
    """Whether a tensor is what an optimizer remembers of another, or a counter."""
    return not tensor.ndim or name.rpartition("/")[0] in tensors


def _cells(tensors: Mapping[str, Tensor]) -> tuple[Cells, dict[str, Tensor]]:
    """The variables of cells, and all others."""
    cells: Cells = {}
    rest: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        found = CELL.fullmatch(name)
        if found is None or OPAQUE.search(name):
            rest[name] = tensor
            continue
        *around, last = found["array"].split("/")
        array = "/".join([*around, EARLIER.get(last, last)])
        cells.setdefault(found["module"], {})[array] = tensor
    return cells, rest


def _modules(cells: Cells) -> list[Module]:
    """The cells one by one, but for those that are directions of one layer."""
    pairs: dict[str, dict[str, Cells]] = {}
    for name in in_numbers(cells):
        found = WAY.fullmatch(name)
        around, way = (found[1], WAYS[found[2]]) if found else (name, "forward")
        pairs.setdefault(around or "bidirectional", {}).setdefault(way, {})[name] = cells[name]
    return [Module(around, ways) for around, ways in pairs.items()]


def _stage(module: Module) -> Stage:
    """The part that a cell is, or those of two directions."""
    whole = {
        f"{name}/{key}": one
        for cells in module.ways.values() for name, own in cells.items() for key, one in own.items()
    }  # fmt: skip
    for name in whole:
        if not _is_known(name):
            return other(module.name, whole, f"has {printable(name, 200)}, which no such cell has")
    part = Part(_called(module.name), "recurrent", _kinds(module), path=module.name)
    ways = {way: _loop(cells) for way, cells in module.ways.items()}
    if len(ways) == 2:
        part.block = dict(ways)
        part.assume("merge", "concat", MERGE)
    elif "backward" in ways:
        return other(module.name, whole, "is a backward direction alone: the other is not there")
    else:
        part.block = ways["forward"]
    if "lstm" in part.says.lower():
        part.assumed.append(Assumption(part.name, "forget_bias", FORGET_BIAS, FORGET))
    sizes = [_sizes(cells) for cells in module.ways.values()]
    return Stage(part.name, [part], sizes[0][0], sum(gives for _, gives in sizes))


def _is_known(name: str) -> bool:
    """Whether the cells of TensorFlow 1 have such an array."""
    found = CELL.fullmatch(name)
    array = found["array"] if found else ""
    return bool(re.fullmatch(r"((gates|candidate|projection)/)?kernel|"
                             r"((gates|candidate)/)?bias|w_[ifo]_diag", array))  # fmt: skip


def _loop(cells: Cells) -> dict[str, object]:
    """The block of one cell, or of those of a list."""
    blocks = [{"cell": _kind(name), "convention": "tf1", **own} for name, own in cells.items()]
    return blocks[0] if len(blocks) == 1 else {"cells": blocks}


def _kind(name: str) -> str:
    found = CELL.fullmatch(f"{name}/kernel")
    return CELLS[found["cell"]] if found else ""


def _kinds(module: Module) -> str:
    """What TensorFlow calls its cells."""
    names = [name for cells in module.ways.values() for name in cells]
    found = [CELL.fullmatch(f"{name}/kernel") for name in names]
    kinds = dict.fromkeys(one["cell"] for one in found if one)
    both = ", bidirectional" * (len(module.ways) == 2)
    return f"TensorFlow 1's {', '.join(kinds)}{both}"


def _called(path: str) -> str:
    """A name for a part: its path, without what every loop is called."""
    return path.removeprefix("rnn/").replace("multi_rnn_cell/", "").replace("/", ".")


def _sizes(cells: Cells) -> tuple[int | None, int]:
    """How many numbers a step of the first cell takes, and one of the last gives."""
    widths = [_widths(own, equations.CELLS[_kind(name)].blocks) for name, own in cells.items()]
    return widths[0][0], widths[-1][1]


def _widths(own: Mapping[str, Tensor], blocks: int) -> tuple[int | None, int]:
    """Rows are features and state; the state is what is given, too."""
    if "candidate/kernel" in own:
        both, units = own["candidate/kernel"].shape[0], own["candidate/kernel"].shape[-1]
    else:
        shape = own["kernel"].shape if "kernel" in own else (0, 0)
        gated = own["bias"].size if "bias" in own else shape[-1]
        both, units = shape[0], gated // blocks
    if "projection/kernel" in own:
        units = own["projection/kernel"].shape[-1]
    return both - units, units


def _with_choices(found: Contents) -> Contents:
    """The contents; a forget bias may be said."""
    parts = [part for part in found.parts if part.assumes("forget_bias")]
    every = tuple(part.name for part in parts)
    choices: dict[str, Choice] = {
        f"{name}.forget_bias": partial(_forgetting, found, (name,)) for name in every
    }
    if every:
        choices["forget_bias"] = partial(_forgetting, found, every)
    found.choices = choices
    return found


def _forgetting(found: Contents, names: tuple[str, ...], said: Assumption) -> Contents:
    """The contents whose LSTMs of these names add another forget bias.

    Errors: RnncalcError for what is no number.
    """
    if not isinstance(said.value, float):
        raise RnncalcError("a number was expected")
    parts = []
    for part in found.parts:
        if part.name in names:
            assumed = [one for one in part.assumed if one.key != "forget_bias"]
            assumed.append(said._replace(layer=part.name))
            part = replace(part, block=_biased(part.block, said.value), assumed=assumed)
        parts.append(part)
    return _with_choices(replace(found, parts=parts))


def _biased(block: object, forget: float) -> dict[str, object]:
    """The block, whose biases make up for what the convention adds."""
    assert isinstance(block, dict)
    result = dict(block)
    for key in ("forward", "backward"):
        if key in block:
            result[key] = _biased(block[key], forget)
    if "cells" in block:
        result["cells"] = [_biased(one, forget) for one in block["cells"]]
    if block.get("cell") == "lstm" and "bias" in block:
        held: Tensor = block["bias"]
        result["bias"] = held.made(held.shape, partial(_moved, by=forget - FORGET_BIAS))
    return result


def _moved(bias: Array, by: float) -> Array:
    """A bias (i j f o) with more in the gate f."""
    units, moved = len(bias) // 4, bias.copy()
    moved[2 * units : 3 * units] += by
    return moved
