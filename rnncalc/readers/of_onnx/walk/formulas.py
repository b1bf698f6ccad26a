"""Layers that are written out in operators: what is collected until somebody reads the result.

A normalization is a dozen nodes, and none of them is a layer. They are followed as a ``Formula``
of the flow that they begin with; which layer it is, is said in ``normalizations.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.onnx_activations import OPERATORS as FUNCTIONS
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.operators.axes import length_of
from rnncalc.readers.of_onnx.operators.surroundings import Around
from rnncalc.readers.of_onnx.operators.table import (
    ELEMENTWISE,
    OtherError,
    axes_of,
    computed,
)
from rnncalc.readers.of_onnx.walk.values import Flow, Formula, Value

MEANS = ("ReduceMean", "GlobalAveragePool")
OPERATORS = (*(ELEMENTWISE.keys() - {"Identity", "Equal"}), *MEANS)
"""Those that a layer is written out in; which numbers are equal, no sample tells."""
UNARY = ("Log", "Neg", "Abs", "Sqrt", "Reciprocal", "Erf")
"""Those that take one number and are no activation: they go on with one in front of them."""

Named = Mapping[str, "Value | None"]
"""The inputs of a node by their names."""


class Formulas:
    """Follows formulas through a graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.budget = graph, graph.budget
        self.readers = Counter(name for node in graph.nodes for name in set(node.inputs))
        self.unary = Counter(node.input(0) for node in graph.nodes if node.op in UNARY)

    @cached_property
    def around(self) -> Around:
        """The graph's constants."""
        return Around(self.graph)

    def shared(self, node: Node) -> bool:
        """Whether an activation may be part of a formula: others read what it reads, or what reads
        it is none that a layer is.
        """
        if node.op not in FUNCTIONS:
            return False
        (output,) = node.outputs
        goes_on = self.unary[output] == self.readers[output] > 0
        return goes_on or self.readers[node.inputs[0]] > 1

    def extended(self, node: Node, named: Named, why: str = "") -> Formula | None:
        """What a node makes of a formula, or begins one with; None where it does not.

        Args:
            why: why it is no layer by itself.
        """
        old = [one for one in named.values() if isinstance(one, Formula)]
        flows = [one.flow for one in old] + [v for v in named.values() if isinstance(v, Flow)]
        if node.op not in OPERATORS or not flows or any(one is not flows[0] for one in flows):
            return None
        flow = flows[0]
        starts = {name for name, value in named.items() if value is flow}
        nodes = {id(one): one for each in old for one in each.nodes} | {id(node): node}
        if (
            len(nodes) > limits.MOST_OPERATORS
            or not _of_features(flow)
            or not self._fits(node, named, flow)
        ):
            return None
        starts |= {name for one in old for name in one.starts}
        why = next((one.why for one in old), why)
        return Formula(flow, frozenset(starts), tuple(nodes.values()), why)

    def _fits(self, node: Node, named: Named, flow: Flow) -> bool:
        """Whether a node computes row by row, with the same numbers for each."""
        if node.op in MEANS:
            return self._mean_of_features(node, len(flow.axes))
        if any(not name for name in node.inputs) or len(node.outputs) != 1:
            return False
        others = [n for n, v in named.items() if not isinstance(v, (Flow, Formula))]
        return all(self._row(name, flow) for name in others)

    def _row(self, name: str, flow: Flow) -> bool:
        """Whether a value is one number, or one for each feature."""
        numbers = self.around.known(name)
        if numbers is None or np.ndim(numbers) > len(flow.axes) or numbers.dtype.kind not in "fi":
            return False
        sizes = (1, length_of(flow.axes[-1]))
        return numbers.size in sizes and numbers.size == (numbers.shape or (1,))[-1]

    def _mean_of_features(self, node: Node, rank: int) -> bool:
        if node.op == "GlobalAveragePool":
            return rank == 3
        given = [self.around.known(name) if name else None for name in node.inputs]
        try:
            last = axes_of(node, given, rank) == [rank - 1]
        except OtherError:
            return False
        return last and bool(node.attributes.get("keepdims", 1))

    def numbers(self, formula: Formula, rows: Array) -> Array:
        """What a formula makes of rows, (rows, features).

        Errors: RnncalcError for what cannot be computed.
        """
        made: dict[str, Array] = dict.fromkeys(formula.starts, rows)
        for node in formula.nodes:
            if node.op in MEANS:
                result = np.mean(made[node.inputs[0]], -1, keepdims=True)
            else:
                given = [made[n] if n in made else self.around.known(n) for n in node.inputs]
                (result,) = computed(node, given, self.budget)
            made[node.outputs[0]] = result
        return np.broadcast_to(result.reshape(-1, result.shape[-1]), rows.shape)

    def constants(self, formula: Formula) -> list[Tensor]:
        """The constants that a formula is made with: those in the file before those made of them.

        Errors: RnncalcError where there are too many.
        """
        inner = {name for node in formula.nodes for name in node.outputs} | formula.starts
        waiting = [name for node in formula.nodes for name in node.inputs if name not in inner]
        found: dict[str, Tensor] = {}
        seen: set[str] = set()
        while waiting:
            name = waiting.pop(0)
            if name in seen or not name:
                continue
            seen.add(name)
            if len(seen) > limits.MOST_CONSTANTS:
                raise RnncalcError("is made with more constants than any layer is")
            node = self.around.givers.get(name)
            stands = name in self.graph.constants or node is None or node.op == "Constant"
            waiting += [] if stands or node is None else node.inputs
            found[name] = self._tensor(name)
        return list(found.values())

    def _tensor(self, name: str) -> Tensor:
        """A constant as one row."""
        array = np.ravel(np.asarray(self.around.known(name), float))
        node = self.around.givers.get(name)
        kept = self.graph.constants.get(name) or (node and node.attributes.get("value"))
        dtype = kept.dtype if isinstance(kept, Tensor) else "float32"
        return Tensor(name, array.shape, dtype, lambda: array)


def _of_features(flow: Flow) -> bool:
    """Whether the last axis are the features of a step, all of them."""
    if flow.state != "h" or not flow.axes:
        return False
    try:
        flow.rows(flow.axes[-1])
    except OtherError:
        return False
    return True


def distinct(tensors: Iterable[Tensor]) -> list[Tensor]:
    """Those whose numbers are not the same."""
    found: dict[bytes, Tensor] = {}
    for one in tensors:
        found.setdefault(one.read().tobytes(), one)
    return list(found.values())
