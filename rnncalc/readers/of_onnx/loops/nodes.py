"""The nodes of ONNX that stand for a recurrence: RNN, GRU or LSTM, and the axes around it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import onnx_words
from rnncalc.conventions.onnx import CONVENTION
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.loops.cells import Found
from rnncalc.readers.of_onnx.loops.loop import Recurrence

MASK = onnx_words.INPUTS.index("mask")


class PutBack(Node):
    """A recurrent node that stands for a recurrence that was written out: what no operator of ONNX
    has, it may have: a mask, and other activations."""


class Written(NamedTuple):
    """Nodes, and the numbers that they read."""

    nodes: list[Node]
    constants: dict[str, Tensor]


def written(
    name: str, this: Recurrence, dtype: str, ranks: Mapping[str, int] | None = None
) -> Written:
    """The nodes that compute a recurrence.

    Args:
        name: what the recurrent node is called.
        dtype: the type that its numbers are kept in.
        ranks: how many axes states have, where not two: (1, batch, units).
    """
    ranks = ranks or {}
    if "c" in this.outputs:
        raise RnncalcError("it keeps the sequence of c, which no LSTM gives")
    constants = _constants(name, this.found, dtype)
    nodes, inputs = [], [this.x, f"{name}.W", f"{name}.R"]
    inputs += [f"{name}.B" if f"{name}.B" in constants else "", ""]
    for state in this.initial:
        whole = not state or ranks.get(state) == 3
        inputs.append(state if whole else f"{name}.initial.{len(inputs)}")
        if not whole:
            nodes.append(_axes("Unsqueeze", state, inputs[-1], 0))
    if this.mask:
        inputs += [""] * (MASK - len(inputs)) + [this.mask]
    outputs = [
        f"{name}.Y",
        *(f"{name}.Y_{key}" for key, _ in zip("hc", this.initial, strict=False)),
    ]
    op = this.found.cell.upper()
    nodes.append(PutBack(op, name, tuple(inputs), tuple(outputs), attributes(this)))
    if "h" in this.outputs:
        nodes.append(_axes("Squeeze", outputs[0], this.outputs["h"], 1))
    for state, final in zip(outputs[1:], this.final, strict=True):
        if final:
            whole = ranks.get(final) == 3
            same = Node("Identity", final, (state,), (final,), {})
            nodes.append(same if whole else _axes("Squeeze", state, final, 0))
    for alias, value in this.aliases.items():
        nodes.append(Node("Identity", alias, (value,), (alias,), {}))
    return Written(nodes, constants)


def _constants(name: str, found: Found, dtype: str) -> dict[str, Tensor]:
    """The numbers that the recurrent node reads."""
    biases = sum(len(one) for key, one in found.weights.items() if key.startswith("bias"))
    of = {"B": {f"{name}.B": (biases,)}}  # the others are zeros that no file holds
    return {
        f"{name}.{key}": Tensor(
            f"{name}.{key}", array.shape, dtype, partial(_same, array), of.get(key)
        )
        for key, array in stacked(found).items()
    }


def _same(array: Array) -> Array:
    return array


def _axes(op: str, source: str, target: str, axis: int) -> Node:
    return Node(op, target, (source,), (target,), {"axes": (axis,)})


def attributes(this: Recurrence) -> dict[str, Any]:
    """Those of the recurrent node."""
    found = this.found
    units = len(next(iter(found.weights.values())))
    says: dict[str, Any] = {"hidden_size": units, "direction": this.direction}
    if found.cell == "gru":
        says["linear_before_reset"] = int(found.options["reset_after"])
    says |= {"zero_output_for_mask": 1} if this.zeroed else {}
    roles = onnx_words.ROLES[found.cell.upper()]
    says["activations"] = tuple(found.functions[role] for role in roles)  # no words: ours
    return says


def stacked(found: Found) -> dict[str, Array]:
    """The weights as ONNX has them, (1, gates * units, ...)."""
    order = CONVENTION.orders[found.cell]
    units = len(next(iter(found.weights.values())))

    def rows(weight: str) -> Array:
        names = [f"{weight}.{gate}" for gate in order] or [weight]
        parts = [found.weights.get(name, np.zeros(units)) for name in names]
        return np.concatenate(parts)

    arrays = {"W": rows("W_x")[None], "R": rows("W_h")[None]}
    if any(name.startswith("bias") for name in found.weights):
        arrays["B"] = np.concatenate([rows("bias"), rows("bias_h")])[None]
    return arrays
