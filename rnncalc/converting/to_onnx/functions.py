"""Our activations in a graph of ONNX: by name in a recurrent node, as nodes elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnncalc.conventions.onnx_functions import decimal, in_node, operator
from rnncalc.converting.refusal import refused
from rnncalc.converting.to_onnx.graph import TYPES, Graph
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

    def __init__(self, graph: Graph, dtype: str) -> None:
        self.graph, self.dtype = graph, dtype

    def __call__(self, operation: str, *inputs: str | float) -> str:
        given = (one if isinstance(one, str) else self._constant(one) for one in inputs)
        return self.graph.add(operation, *given)

    def _constant(self, value: float) -> str:
        return self.graph.constant("number", np.array(value, dtype=self.dtype))

    def cast(self, condition: str) -> str:
        """1 where it holds, else 0."""
        return self.graph.add("Cast", condition, to=TYPES[self.dtype])


def applied(graph: Graph, x: str, one: Activation, dtype: str) -> str:
    """A function as nodes.

    Errors: RnncalcError for one that no operators are written for.
    """
    if one.name == "linear":
        return x
    if found := operator(one):
        operation, attributes = found
        more: dict[str, Any] = {**attributes}
        return graph.add(operation, x, **more)
    if one.name not in WRITTEN_OUT:
        raise refused(one.name, "ONNX has no operator for this activation")
    numbers = {key: float(value) for key, value in one.parameters.items()}
    return WRITTEN_OUT[one.name](Nodes(graph, dtype), x, **numbers)


def _times(add: Nodes, x: str, factor: float) -> str:
    """The same number of times, without a node for once."""
    return x if factor == 1 else add("Mul", x, factor)


def _gelu(add: Nodes, x: str) -> str:
    share = add("Add", add("Erf", add("Mul", x, 1 / math.sqrt(2))), 1.0)
    return add("Mul", add("Mul", x, 0.5), share)


def _gelu_tanh(add: Nodes, x: str) -> str:
    cubed = add("Mul", add("Mul", add("Mul", x, x), x), 0.044715)
    inner = add("Mul", add("Add", x, cubed), math.sqrt(2 / math.pi))
    return add("Mul", add("Mul", x, 0.5), add("Add", add("Tanh", inner), 1.0))


def _clipped_relu(add: Nodes, x: str, alpha: float, beta: float, theta: float) -> str:
    top = x if math.isinf(beta) else add("Min", x, beta)
    below = _times(add, add("Sub", x, theta), alpha)
    return add("Where", add("Greater", x, theta), top, below)


def _sparse_plus(add: Nodes, x: str) -> str:
    root = add("Max", add("Add", x, 1.0), 0.0)
    parabola = add("Mul", add("Mul", root, root), 0.25)
    return add("Where", add("Less", x, 1.0), parabola, x)


WRITTEN_OUT: dict[str, Callable[..., str]] = {
    "silu": lambda add, x: add("Mul", x, add("Sigmoid", x)),
    "scaled_silu": lambda add, x, alpha: add("Mul", x, add("Sigmoid", add("Mul", x, alpha))),
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "mish": lambda add, x: add("Mul", x, add("Tanh", add("Softplus", x))),
    "celu": lambda add, x, alpha: add("Mul", add("Elu", add("Div", x, alpha)), alpha),
    "affine": lambda add, x, alpha, beta: add("Add", add("Mul", x, alpha), beta),
    "scaled_tanh": lambda add, x, alpha, beta: add("Mul", add("Tanh", add("Mul", x, beta)), alpha),
    "scaled_softplus": lambda add, x, alpha: add("Div", add("Softplus", add("Mul", x, alpha)),
                                                 alpha),
    "log_sigmoid": lambda add, x: add("Neg", add("Softplus", add("Neg", x))),
    "softmin": lambda add, x: add.graph.add("Softmax", add("Neg", x), axis=-1),
    "relu6": lambda add, x: add("Clip", x, 0.0, 6.0),
    "hard_tanh": lambda add, x, alpha, beta: add("Clip", x, alpha, beta),
    "sparse_sigmoid": lambda add, x: add("Clip", add("Add", add("Mul", x, 0.5), 0.5), 0.0, 1.0),
    "clipped_relu": _clipped_relu,
    "threshold": lambda add, x, alpha, beta: add("Where", add("Greater", x, alpha), x, beta),
    "soft_shrink": lambda add, x, alpha: add("Sub", x, add("Clip", x, -alpha, alpha)),
    "hard_shrink": lambda add, x, alpha: add("Where", add("Greater", add("Abs", x), alpha), x, 0.0),
    "tanh_shrink": lambda add, x: add("Sub", x, add("Tanh", x)),
    "squareplus": lambda add, x, alpha: add(
        "Mul", add("Add", x, add("Sqrt", add("Add", add("Mul", x, x), alpha))), 0.5),
    "sparse_plus": _sparse_plus,
    "step": lambda add, x: add.cast(add("GreaterOrEqual", x, 0.0)),
}  # fmt: skip
"""Those that the operator set of our files has no operator for."""
