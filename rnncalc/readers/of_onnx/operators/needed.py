"""What of a graph leads to its outputs, and what comes in."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.conventions import onnx_words as words
from rnncalc.readers.of_onnx.operators.atoms import Atom
from rnncalc.readers.of_onnx.walk.values import Flow, Lost, Value


def needed(graph: Graph) -> list[Node]:
    """The nodes that the graph's outputs are made of, in their order."""
    wanted, found = set(graph.outputs), []
    for node in reversed(graph.nodes):
        if wanted.intersection(node.outputs):
            wanted.update(_read(node))
            found.append(node)
    return found[::-1]


def _read(node: Node) -> Iterator[str]:
    """The names that a node reads, itself or in graphs of its own."""
    yield from filter(None, node.inputs)
    for value in node.attributes.values():
        if isinstance(value, Graph):
            yield from value.outputs
            for inner in value.nodes:
                yield from _read(inner)


def coming_in(graph: Graph, name: str) -> Value:
    """What comes in, as far as its axes are told."""
    shape = graph.inputs[name].shape
    if shape is None and any(node.op in words.CELLS and name == node.input(0)
                             for node in graph.nodes):  # fmt: skip
        shape = (None, None, None)
    if shape is None or len(shape) > limits.MOST_AXES:
        return Lost(frozenset((name,)), "")
    return Flow(tuple((Atom(one),) for one in shape), name)
