"""What one step of a graph computes, for inputs and states that are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.loops.activations import Gate
from rnncalc.readers.of_onnx.loops.cells import Samples, gates_of, in_terms
from rnncalc.readers.of_onnx.loops.terms import leaf
from rnncalc.readers.of_onnx.operators.table import computed

SEED = 20260101
ROWS = 16
SCALES = (0.01, 0.5, 3.0, 40.0)
"""How large the inputs and states are for which a step is compared with a cell."""


@dataclass(frozen=True)
class Step:
    """One step of a recurrence, as a graph says it.

    Attributes:
        nodes: what computes it, in order.
        constants: the numbers that it reads.
        x, states: the names of its input and of the states before it, h before c.
        after: the names of the states after it, in the same order.
        budget: the work that may still be spent on its graph.
    """

    nodes: Sequence[Node]
    constants: Mapping[str, Array]
    x: str
    states: tuple[str, ...]
    after: tuple[str, ...]
    budget: Budget

    def gates(self, sizes: Mapping[str, int]) -> list[Gate]:
        """The sums that it is made of."""
        names = zip((self.x, *self.states), "xhc", strict=False)
        leaves = {name: leaf(ours, sizes[name]) for name, ours in names}
        known = {**self.constants, **leaves}
        return gates_of(self.nodes, known, self.after, partial(in_terms, budget=self.budget))


def samples_of(step: Step) -> Samples:
    """What the graph computes for inputs and states that are drawn."""
    sizes = widths(step)
    random = np.random.default_rng(SEED)
    scale = np.repeat(SCALES, ROWS)[:, None]
    drawn = {n: scale * random.standard_normal((len(scale), size)) for n, size in sizes.items()}
    values: dict[str, Array] = {**step.constants, **drawn}
    for node in step.nodes:
        given = [values[name] if name else None for name in node.inputs]
        values |= dict(zip(node.outputs, computed(node, given, step.budget), strict=False))
    given_states = tuple(drawn[name] for name in step.states)
    return Samples(drawn[step.x], given_states, tuple(values[name] for name in step.after))


def widths(step: Step) -> dict[str, int]:
    """How many columns the input and the states have, by the matrices that they meet."""
    sizes: dict[str, int] = {}
    copies = {name: name for name in (step.x, *step.states)}
    for node in step.nodes:
        if node.op == "Identity" and node.inputs[0] in copies:
            copies[node.outputs[0]] = copies[node.inputs[0]]
        if node.op in ("MatMul", "Gemm") and node.inputs[0] in copies:
            matrix = step.constants.get(node.inputs[1])
            shape = _shape(step, node.inputs[1]) if matrix is None else matrix.shape
            turned = node.attributes.get("transB", 0)
            sizes[copies[node.inputs[0]]] = shape[-1] if turned else shape[-2]
    if step.x not in sizes or step.states[0] not in sizes:
        raise RnncalcError("its input, or its state, is not multiplied with a matrix")
    return {name: sizes.get(name, sizes[step.states[0]]) for name in (step.x, *step.states)}


def _shape(step: Step, name: str) -> tuple[int, ...]:
    """The shape of a matrix that is cut out of a constant."""
    values: dict[str, Array] = dict(step.constants)
    for node in step.nodes:
        if all(one in values or not one for one in node.inputs):
            given = [values[one] if one else None for one in node.inputs]
            values |= dict(zip(node.outputs, computed(node, given, step.budget), strict=False))
    if name not in values or values[name].ndim != 2:
        raise RnncalcError("it multiplies two things that both depend on the input")
    return values[name].shape
