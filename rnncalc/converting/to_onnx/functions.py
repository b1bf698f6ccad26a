"""Our activations in a graph of ONNX: by name in a recurrent node, as nodes elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncalc.conventions.onnx_activations import COMPOSED, decimal, in_node, operator
from rnncalc.converting.refusal import refused
from rnncalc.converting.to_onnx.graph import TYPES, GraphBuilder
from rnncalc.equations.activations import Activation


def listed(where: str, functions: Sequence[Activation]) -> dict[str, list[str] | list[float]]:
    """The attributes of a recurrent node for its functions, in their order.

    Each function takes its parameters from the front of ``activation_alpha`` and
    ``activation_beta``; they are always written, since runtimes have different defaults.

    Errors: RnncalcError for a function that such nodes do not have.
    """
    names: list[str] = []
    numbers: dict[str, list[float]] = {"alpha": [], "beta": []}
    for one in functions:
        found = in_node(one)
        if found is None:
            raise refused(where, f"activation {one}: ONNX' recurrent nodes do not have it")
        names.append(found[0])
        for key, value in found[1].items():
            numbers[key].append(value)
    more = {f"activation_{key}": values for key, values in numbers.items() if values}
    return {"activations": names, **more}


def shortened(functions: Sequence[Activation]) -> bool:
    """Whether some parameter changes: attributes hold float32, and read as the shortest decimal."""
    written = [found for one in functions if (found := in_node(one) or operator(one))]
    return any(decimal(p) != p for _, parameters in written for p in parameters.values())


class Nodes:
    """Nodes that compute a function, one after the other; numbers stand as constants of a type."""

    def __init__(self, graph: GraphBuilder, dtype: str) -> None:
        self.graph, self.dtype = graph, dtype

    def __call__(self, operation: str, *inputs: str | float, **attributes: Any) -> str:
        given = (one if isinstance(one, str) else self._constant(one) for one in inputs)
        return self.graph.add(operation, *given, **attributes)

    def _constant(self, value: float) -> str:
        return self.graph.constant("number", np.array(value, dtype=self.dtype))

    def cast(self, condition: str) -> str:
        """1 where it holds, else 0."""
        return self.graph.add("Cast", condition, to=TYPES[self.dtype])


def nodes_of(graph: GraphBuilder, x: str, one: Activation, dtype: str) -> str:
    """A function as nodes.

    Errors: RnncalcError for one that no operators are written for.
    """
    if one.name == "linear":
        return x
    if found := operator(one):
        operation, attributes = found
        more: dict[str, Any] = {**attributes}
        return graph.add(operation, x, **more)
    if one.name not in COMPOSED:
        raise refused(one.name, "ONNX has no operator for this activation")
    numbers = {key: float(value) for key, value in one.parameters.items()}
    return COMPOSED[one.name](Nodes(graph, dtype), x, **numbers)
