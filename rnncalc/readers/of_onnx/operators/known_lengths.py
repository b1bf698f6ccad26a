"""Lengths that a graph asks for although they are known, and choices that depend on them.

Keras on PyTorch writes a recurrence step by step, and asks at every step how many columns there
are, and whether the sequence goes on. What is known becomes a constant; the rest stays.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.shapes import Shapes
from rnncalc.readers.of_onnx.operators.surroundings import Around, sure


def fold_lengths(graph: Graph) -> Graph:
    """The same graph, where what depends on known lengths alone is a constant."""
    around = Around(graph)
    shapes, nodes, alias = Shapes(graph, around.known), list[Node](), dict[str, str]()
    for original in graph.nodes:
        inputs = tuple(alias.get(name, name) for name in original.inputs)
        node = replace(original, inputs=inputs)
        try:
            name = _chosen(shapes, node)
            if name:
                alias[node.outputs[0]] = name
                if node.outputs[0] not in around.outputs:
                    continue
                node = Node("Identity", node.name, (name,), node.outputs, {})
            elif sure(shapes.visit(node)) is not None:
                continue
        except (RnncalcError, ArithmeticError, LookupError, TypeError, ValueError):
            pass
        nodes.append(node)
    made = {name: one for name, one in shapes.rows.items() if sure(one) is not None}
    if not made:
        return graph
    tensors = {name: _tensor(name, array) for name, array in made.items()}
    needed = tuple(leading(nodes, graph.outputs))
    return replace(graph, nodes=needed, constants={**graph.constants, **tensors})


def _tensor(name: str, array: Array) -> Tensor:
    dtype = {"i": "int64", "b": "bool"}.get(array.dtype.kind, "float32")
    numbers = np.asarray(array, np.float64)
    return Tensor(name, numbers.shape, dtype, lambda: numbers)


def _chosen(shapes: Shapes, node: Node) -> str:
    """The value that a Where takes for all of its numbers; nothing where that is not known."""
    chosen = sure(shapes.rows.get(node.inputs[0])) if node.op == "Where" else None
    if chosen is None or chosen.size != 1:
        return ""
    one, other = (shapes.of.get(name) for name in node.inputs[1:])
    return node.inputs[1 if np.all(chosen) else 2] if one is not None and one == other else ""
