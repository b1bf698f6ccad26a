"""From the blocks of a config to Layers: a block is a layer, a direction, or a cell of a list.

Weights stand there in our names, or in those of one framework, whose layout comes with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.config import keys
from rnncalc.config.said import Said
from rnncalc.config.stateless import of_layer, stateless
from rnncalc.config.weights import ONE, Share, weights
from rnncalc.equations import CELLS
from rnncalc.errors import KeyPath, RnncalcError, printable, suggestion
from rnncalc.model.layer import Layer
from rnncalc.model.shapes import described

Described = tuple[KeyPath, dict[str, Any]]
"""Where a cell stands in the config, and what Layer is to be called with."""


def layers(said: Said) -> list[Layer]:
    """The recurrent layers that were described. Errors: RnncalcError, placed at the key or flag."""
    blocks = said.data.get("layers")
    if blocks is None:
        return made(said, (), "layer0")
    for key in said.data:
        if (key in keys.OF_LAYER and key not in keys.STATES) or keys.is_framework(key):
            with said.located(key):
                raise RnncalcError("stands beside layers: put it into one of them")
    if not blocks:
        with said.located("layers"):
            raise RnncalcError("an empty list: a network needs a recurrent layer")
    for i, block in enumerate(blocks[:-1]):
        if block.get("return_sequences") is False:
            message = "false gives one row, and the layer behind it reads a series of timesteps"
            with said.located("layers", i, "return_sequences"):
                raise RnncalcError(message)
    return [layer for i in range(len(blocks)) for layer in made(said, ("layers", i), f"layer{i}")]


def made(said: Said, path: KeyPath, name: str) -> list[Layer]:
    """The layer of a block; one per cell where it has a list of them.

    Args:
        name: what it is called if it does not say so.
    """
    block = said.at(path)
    whole = {key: block[key] for key in keys.OF_PASSES if block.get(key) is not None}
    before = stateless(said, "before", path)
    whole |= {} if before is None else {"before": before}
    name = block.get("name") or name
    forward, backward = (block.get(key) is not None for key in ("forward", "backward"))
    if not (forward or backward):
        count = _directions(said, path, block)
        one, *others = [
            _cells(said, path, {}, states=bool(path), share=(index, count))
            for index in range(count)
        ]
        return _loop(said, name, block, whole, one, *others)
    with said.located(*path):
        if not forward:
            message = "backward stands alone: give forward beside it, or write direction: backward"
            raise RnncalcError(message, about=("backward",))
        _refuse_beside(block, "forward", keys.STATES if path else ())
    options = _options(said, path)
    chain = _cells(said, (*path, "forward"), options)
    other = _cells(said, (*path, "backward"), options) if backward else None
    return _loop(said, name, block, whole, chain, other)


def _directions(said: Said, path: KeyPath, block: Mapping[str, Any]) -> int:
    """Two where ONNX' arrays hold both directions, in their first axis."""
    if block.get("W") is None or block.get("convention") not in (None, "onnx"):
        return 1
    W = said.array(*path, "W")
    if np.ndim(W) != keys.ONNX_AXES["W"] or len(W) < 2:
        return 1
    if len(W) > 2 or block.get("direction") == "backward":
        with said.located(*path):
            message = f"W has {len(W)} directions, expected 1 or 2; 2 are forward and backward"
            raise RnncalcError(message, about=("W",))
    return 2


def _refuse_beside(block: Mapping[str, Any], inner: str, states: tuple[str, ...]) -> None:
    """What belongs into the blocks of directions or cells, and not beside them."""
    for key in (key for key, value in block.items() if value is not None):
        if (
            key in (*keys.OWN, *states, "convention")
            or keys.is_framework(key)
            or (key == "cells" and inner != "cells")
        ):
            raise RnncalcError(f"{key} stands beside {inner}: put it there", about=(key,))


def _loop(
    said: Said, name: str, block: Mapping[str, Any], whole: dict[str, Any],
    cells: list[Described], other: list[Described] | None = None,
) -> list[Layer]:  # fmt: skip
    """The layers of one time loop, one for each cell; ``other`` is the backward direction."""
    loop: list[Layer] = []
    if other is not None and len(other) != len(cells):
        with said.located(*other[0][0][:-2]):
            counts = f"{len(cells)} cells forward, {len(other)} backward"
            raise RnncalcError(f"{counts}: both directions have as many")
    for i, (path, cell) in enumerate(cells):
        more: dict[str, Any] = {"name": f"{name}.{i}" if len(cells) > 1 else name}
        if other is not None:
            with said.located(*other[i][0]):
                more["backward"] = Layer(**other[i][1])
        last = i == len(cells) - 1
        more |= {"merge": block["merge"]} if last and block.get("merge") is not None else {}
        if i:
            whole.pop("before", None)
        with said.located(*path):
            loop.append(Layer(**cell, **whole, **more, same_loop=i > 0))
    return loop


def _cells(
    said: Said, path: KeyPath, inherited: dict[str, Any], *, states: bool = True, share: Share = ONE
) -> list[Described]:
    """The cell of a block, or those of its list; options of the block hold for all of them.

    Args:
        states: whether h0 and c0 stand in the block (and not at the top, for all layers).
        share: which direction is taken of how many that the arrays hold.
    """
    block = said.at(path)
    if block.get("cells") is None:
        return [_cell(said, path, inherited, states=states, share=share)]
    with said.located(*path, "cells"):
        if not block["cells"]:
            raise RnncalcError("an empty list: a loop needs a cell")
    with said.located(*path):
        _refuse_beside(block, "cells", keys.STATES if states else ())
    options = inherited | _options(said, path)
    kinds = [one.get("cell", options.get("cell", "rnn")) for one in block["cells"]]
    return [
        _cell(said, (*path, "cells", i), _fit(options, kind, kinds)) for i, kind in enumerate(kinds)
    ]


def _fit(options: dict[str, Any], kind: str, kinds: list[str]) -> dict[str, Any]:
    """What a list of cells says of all that have it: an rnn among them has no gates."""
    known = {cell: CELLS[cell].functions for cell in kinds if cell in CELLS}
    others = {name for functions in known.values() for name in functions}
    foreign = others - set(known.get(kind, others))
    return {name: value for name, value in options.items() if name not in foreign}


def _cell(
    said: Said, path: KeyPath, inherited: dict[str, Any], *, states: bool = True, share: Share = ONE
) -> Described:
    options = inherited | _options(said, path)
    cell = options.get("cell", "rnn")
    if cell not in CELLS:
        with said.located(*path, "cell"):
            raise RnncalcError(f"cell '{printable(str(cell))}' is not known. "
                               f"{suggestion(str(cell), CELLS)}")  # fmt: skip
    block = said.at(path)
    there = [key for key in keys.STATES if states and block.get(key) is not None]
    given = {key: said.array(*path, key) for key in there if not of_layer(block[key])}
    if share != ONE:
        given = {
            key: _of_direction(said, path, key, share[0], state) for key, state in given.items()
        }
    arrays, implied = weights(said, path, cell, options, share)
    return path, {"weights": arrays, **implied, **options, **given}


def _options(said: Said, path: KeyPath) -> dict[str, Any]:
    block = said.at(path)
    options = {key: block[key] for key in keys.OPTIONS if block.get(key) is not None}
    functions = {key: said.activation(*path, key) for key in keys.FUNCTIONS}
    return options | {key: one for key, one in functions.items() if one is not None}


def _of_direction(said: Said, path: KeyPath, key: str, index: int, state: Array) -> Array:
    """A direction's part of an initial state (2, [batch,] units)."""
    with said.located(*path):
        if np.ndim(state) == 0:
            return state
        if np.ndim(state) < 2 or len(state) != 2:
            raise RnncalcError(
                f"{key} {described(state)}, expected (2, [batch,] units): W has two directions",
                about=(key,),
            )
    part: Array = state[index]
    return part
