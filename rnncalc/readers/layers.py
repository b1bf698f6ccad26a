"""From the blocks of a config to Layers: a block is a layer, a direction, or a cell of a list.

Weights stand there in our names, or in those of one framework, whose layout comes with them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.conventions import CONVENTIONS, convention_of, implied_options, names_in, weights_of
from rnncalc.errors import Path as Way
from rnncalc.errors import RnncalcError, RnncalcWarning, printable, suggestion
from rnncalc.layer import Layer
from rnncalc.readers import keys
from rnncalc.readers.said import Said

FUNCTIONS = ("activation", "recurrent_activation", "state_activation")
OPTIONS = ("cell", "reset_after", "input_forget", "clip")
STATES = ("h0", "c0")
WHOLE = ("direction", "order", "zero_output_for_mask", "return_sequences")
OF_A_LAYER = (*keys.OWN, *FUNCTIONS, *OPTIONS, *WHOLE, "merge", "name", "cells", "forward",
              "backward", "convention")  # fmt: skip
"""The keys of a single layer, which do not stand beside ``layers``."""

ONNX_AXES = {"W": 3, "R": 3, "B": 2, "P": 2}
"""The axes of ONNX' arrays in a file: directions first."""

ASSUMED_AFTER = (
    "reset_after is not said, and computed as true (after the product), rnncalc's default; "
    "ONNX' linear_before_reset, 0 unless given, is reset_after: false"
)

Described = tuple[Way, dict[str, Any]]
"""Where a cell stands in the config, and what Layer is to be called with."""


def layers(said: Said) -> list[Layer]:
    """The recurrent layers that were described. Errors: RnncalcError, placed at the key or flag."""
    blocks = said.data.get("layers")
    if blocks is None:
        return _layer(said, (), "layer0")
    for key in said.data:
        if key in OF_A_LAYER or keys.is_framework(key):
            with said.located(key):
                raise RnncalcError("stands beside layers: put it into one of them")
    if not blocks:
        with said.located("layers"):
            raise RnncalcError("an empty list: a network needs a recurrent layer")
    return [layer for i in range(len(blocks)) for layer in _layer(said, ("layers", i), f"layer{i}")]


def _layer(said: Said, way: Way, name: str) -> list[Layer]:
    """The layer of a block; one per cell where it has a list of them."""
    block = said.at(way)
    whole = {key: block[key] for key in WHOLE if block.get(key) is not None}
    name = block.get("name") or name
    forward, backward = (block.get(key) is not None for key in ("forward", "backward"))
    if not (forward or backward):
        one, *others = [
            _cells(said, way, {}, states=bool(way), part=part)
            for part in range(_directions(said, way, block))
        ]
        return _loop(said, name, block, whole, one, *others)
    with said.located(*way):
        _refuse_beside(block, forward)
    options = _options(said, way)
    chain = _cells(said, (*way, "forward"), options)
    other = _cells(said, (*way, "backward"), options) if backward else None
    return _loop(said, name, block, whole, chain, other)


def _directions(said: Said, way: Way, block: Mapping[str, Any]) -> int:
    """Two where ONNX' arrays hold both directions, in their first axis."""
    if block.get("W") is None or block.get("convention") not in (None, "onnx"):
        return 1
    W = said.array(*way, "W")
    return 2 if np.ndim(W) == ONNX_AXES["W"] and len(W) > 1 else 1


def _refuse_beside(block: Mapping[str, Any], forward: bool) -> None:
    if not forward:
        message = "backward stands alone: give forward beside it, or write direction: backward"
        raise RnncalcError(message, about=("backward",))
    for key in block:
        if key in (*keys.OWN, *STATES, "cells", "convention") or keys.is_framework(key):
            raise RnncalcError(f"{key} stands beside forward: put it there", about=(key,))


def _loop(
    said: Said, name: str, block: Mapping[str, Any], whole: dict[str, Any],
    cells: list[Described], other: list[Described] | None = None,
) -> list[Layer]:  # fmt: skip
    """The layers of one time loop, one for each cell; ``other`` is the backward direction."""
    made: list[Layer] = []
    if other is not None and len(other) != len(cells):
        with said.located(*other[0][0][:-2]):
            counts = f"{len(cells)} cells forward, {len(other)} backward"
            raise RnncalcError(f"{counts}: both directions have as many")
    for i, (way, cell) in enumerate(cells):
        more: dict[str, Any] = {"name": f"{name}.{i}" if len(cells) > 1 else name}
        if other is not None:
            with said.located(*other[i][0]):
                more["backward"] = Layer(**other[i][1])
        last = i == len(cells) - 1
        more |= {"merge": block["merge"]} if last and block.get("merge") is not None else {}
        with said.located(*way):
            made.append(Layer(**cell, **whole, **more, same_loop=i > 0))
    return made


def _cells(
    said: Said, way: Way, inherited: dict[str, Any], *, states: bool = True, part: int = 0
) -> list[Described]:
    """The cell of a block, or those of its list; options of the block hold for all of them.

    Args:
        states: whether h0 and c0 stand in the block (and not at the top, for all layers).
        part: which of both directions is taken, where the arrays hold both.
    """
    block = said.at(way)
    if block.get("cells") is None:
        return [_cell(said, way, inherited, states=states, part=part)]
    with said.located(*way, "cells"):
        if not block["cells"]:
            raise RnncalcError("an empty list: a loop needs a cell")
    options = inherited | _options(said, way)
    return [_cell(said, (*way, "cells", i), options) for i in range(len(block["cells"]))]


def _cell(
    said: Said, way: Way, inherited: dict[str, Any], *, states: bool = True, part: int = 0
) -> Described:
    options = inherited | _options(said, way)
    cell = options.get("cell", "rnn")
    if cell not in CELLS:
        with said.located(*way, "cell"):
            raise RnncalcError(f"cell '{printable(str(cell))}' is not known. "
                               f"{suggestion(str(cell), CELLS)}")  # fmt: skip
    block = said.at(way)
    given = {key: said.array(*way, key) for key in STATES if states and block.get(key) is not None}
    weights, implied = _weights(said, way, cell, options, part)
    return way, {"weights": weights, **implied, **options, **given}


def _options(said: Said, way: Way) -> dict[str, Any]:
    block = said.at(way)
    options = {key: block[key] for key in OPTIONS if block.get(key) is not None}
    functions = {key: said.activation(*way, key) for key in FUNCTIONS}
    return options | {key: one for key, one in functions.items() if one is not None}


def _weights(
    said: Said, way: Way, cell: str, options: Mapping[str, Any], part: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The weights of a cell by our names, and the options that a framework's layout implies."""
    block = {key: value for key, value in said.at(way).items() if value is not None}
    with said.located(*way):
        convention = _convention(block)
        if convention is None:
            return _own(said, way, block, cell), {}
        theirs = names_in(convention)
        tensors = {key: said.array(*way, key) for key in block if key in theirs}
        if convention.name == "onnx":
            tensors = {key: _one_direction(key, array, part) for key, array in tensors.items()}
        implied = implied_options(convention, tensors, cell)
        if convention.name == "onnx" and cell == "gru":
            if "reset_after" not in options:
                warnings.warn(ASSUMED_AFTER, RnncalcWarning, stacklevel=2)
            implied = {}
        _refuse_contradiction(options, implied)
        return weights_of(convention, tensors, cell), implied


def _convention(block: Mapping[str, Any]) -> Any:
    """Whose names the weights of a block have; None for ours."""
    name = block.get("convention")
    if name is None:
        return convention_of(key for key in block if key in keys.OWN or keys.is_framework(key))
    if name not in CONVENTIONS:
        hint = suggestion(str(name), CONVENTIONS)
        message = f"convention '{printable(str(name))}' is not known. {hint}"
        raise RnncalcError(message, about=("convention",))
    known = keys.OWN if name == "textbook" else names_in(CONVENTIONS[name])
    for key in (key for key in block if key in keys.OWN or keys.is_framework(key)):
        if key not in known:
            message = f"{key} is no array of {name}. {suggestion(key, known)}"
            raise RnncalcError(message, about=(key,))
    return None if name == "textbook" else CONVENTIONS[name]


def _own(said: Said, way: Way, block: Mapping[str, Any], cell: str) -> dict[str, Any]:
    """Weights in our names; those of gates one by one. A bias of 0 is none."""
    weights: dict[str, Any] = {}
    for key in (key for key in keys.OWN if key in block):
        if isinstance(block[key], dict) and "file" not in block[key]:
            gates = {f"{key}.{gate}": said.array(*way, key, gate) for gate in block[key]}
            weights |= {name: part for name, part in gates.items() if part is not None}
            continue
        whole = said.array(*way, key)
        zero = np.ndim(whole) == 0 and whole == 0
        if not (CELLS[cell].gates and key in ("bias", "bias_h") and zero):
            weights[key] = whole
    return weights


def _one_direction(key: str, array: Array, part: int) -> Array:
    """One direction of ONNX' array: as it is, or a part of the axis of directions in front."""
    if np.ndim(array) != ONNX_AXES[key]:
        return array
    if part >= len(array):
        raise RnncalcError(f"{key} has {len(array)} directions, W has 2", about=(key, "W"))
    one: Array = array[part]
    return one


def _refuse_contradiction(options: Mapping[str, Any], implied: Mapping[str, Any]) -> None:
    for key, value in implied.items():
        if key in options and options[key] != value:
            message = f"{key} is said to be {options[key]}".lower()
            told = f"the weights' layout says {value}".lower()
            raise RnncalcError(f"{message}, but {told}", about=(key,))
