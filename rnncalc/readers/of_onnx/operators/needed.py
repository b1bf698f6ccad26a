"""Which nodes lead to a value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rnncalc.containers.onnx.file import Graph, Node


def leading(
    nodes: Sequence[Node], names: Collection[str], stop: Collection[str] = ()
) -> list[Node]:
    """The nodes that values are made by, in their order, down to those that are given.

    Args:
        stop: the names of those that are given.
    """
    wanted, found = set(names) - set(stop), []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            wanted.update(name for name in read(node) if name not in stop)
            found.append(node)
    return found[::-1]


def read(node: Node) -> Iterator[str]:
    """The names that a node reads, itself or in graphs of its own."""
    yield from filter(None, node.inputs)
    for value in node.attributes.values():
        if isinstance(value, Graph):
            yield from value.outputs
            for inner in value.nodes:
                yield from read(inner)
