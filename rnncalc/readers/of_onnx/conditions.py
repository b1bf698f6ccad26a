"""Nodes If: in place of each stands the branch that runs, where it is known which one that is.

Constants and lengths tell it, or somebody does: by what an input of the graph is, or by the node's
own name. The others stay, and are told with what would say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.containers.onnx.file import NO_TENSOR, Given, Graph, Node
from rnncalc.containers.onnx.limits import LISTED
from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.errors import printable
from rnncalc.model.checks import Names
from rnncalc.readers.of_onnx.operators.needed import leading, read
from rnncalc.readers.of_onnx.operators.surroundings import Around, sure
from rnncalc.readers.of_onnx.walk.names import plain

BRANCHES = {True: "then_branch", False: "else_branch"}
PASSES = 4
"""How often a graph is gone through for the conditions that are known by now."""

OPEN = "{} (If) runs one of two branches, and {} which: --assume {} says it"


@dataclass(frozen=True)
class Open:
    """A node If, of which only a run tells which branch it takes.

    Attributes:
        node: the node.
        name: what it is called in results.
        inputs: the graph's inputs of one number that its condition is computed of.
    """

    node: Node
    name: str
    inputs: tuple[str, ...]

    @property
    def why(self) -> str:
        """What it is, and what would say which branch it takes."""
        inputs = ", ".join(map(printable, self.inputs))
        tells = f"the graph's input {inputs} tells" if inputs else "only a run tells"
        words = [f"{printable(one)}=NUMBER" for one in self.inputs] or [f"{self.name}=true"]
        return OPEN.format(printable(self.node.name), tells, " ".join(words))


def resolved(graph: Graph, said: Mapping[str, Any], default: bool | None = None) -> Graph:
    """The graph with branches in place of nodes If.

    Args:
        said: what inputs of the graph are, and conditions of nodes, by their names.
        default: which branch nodes take of which nobody knows; None for none of them.
    """
    if not _conditional(graph):
        return graph
    graph = _with_inputs(graph, said)
    while True:
        graph.budget.spend(looks=PASSES * len(graph.nodes))
        around = Around(graph)
        nodes = _ifs(graph)
        named = {node.input(0): plain(node.name) for node in nodes}
        told = {name: said[word] for name, word in named.items() if word in said}
        chosen = {id(node): _condition(around, node, told, default) for node in nodes}
        if not any(one is not None for one in chosen.values()):
            return replace(graph, nodes=tuple(leading(graph.nodes, graph.outputs)))
        graph = _inlined(graph, chosen)


def unsettled(graph: Graph) -> list[Open]:
    """The nodes If that are left: one for each condition."""
    there = {node.input(0): node for node in reversed(_ifs(graph))} if _conditional(graph) else {}
    return [_open(graph, node) for node in list(there.values())[: -LISTED - 1 : -1]]


def _open(graph: Graph, node: Node) -> Open:
    graph.budget.spend(looks=len(graph.nodes))
    front = leading(graph.nodes, [node.input(0)])
    names = {node.input(0), *(name for one in front for name in read(one))}
    inputs = (name for name, given in graph.inputs.items() if _scalar(given) and name in names)
    return Open(node, plain(node.name), tuple(inputs))


def _conditional(graph: Graph) -> bool:
    return any(node.op == "If" for node in graph.nodes)


def _ifs(graph: Graph) -> list[Node]:
    """Those that have their two branches, and lead to an output."""
    there = (node for node in leading(graph.nodes, graph.outputs) if node.op == "If")
    return [node for node in there if all(map(node.attributes.get, BRANCHES.values()))]


def _scalar(given: Given) -> bool:
    one = given.shape is not None and all(size == 1 for size in given.shape)
    return one and given.dtype != NO_TENSOR


def _with_inputs(graph: Graph, said: Mapping[str, Any]) -> Graph:
    """The graph in which inputs that somebody told are constants."""
    told = {name: said[name] for name in graph.inputs if name in said}
    tensors = {name: _tensor(name, graph.inputs[name], one) for name, one in told.items()}
    inputs = {name: one for name, one in graph.inputs.items() if name not in told}
    return replace(graph, inputs=inputs, constants={**graph.constants, **tensors})


def _tensor(name: str, given: Given, value: Any) -> Tensor:
    numbers = np.full((1,) * len(given.shape or ()), float(value))
    return Tensor(name, numbers.shape, given.dtype, lambda: numbers)


def _condition(
    around: Around, node: Node, told: Mapping[str, Any], default: bool | None
) -> bool | None:
    """Whether a condition holds; None where nobody knows."""
    name = node.input(0)
    if name in told:
        return bool(told[name])
    known = around.known(name)
    if known is None:
        known = sure(around.shapes.rows.get(name))
    if known is None or known.size != 1:
        return default
    return bool(np.all(known))


def _inlined(graph: Graph, chosen: Mapping[int, bool | None]) -> Graph:
    """The graph with the branches that are known in place of their nodes."""
    taken = Names({*graph.inputs, *graph.constants,
                   *(name for node in graph.nodes for name in node.outputs)})  # fmt: skip
    nodes: list[Node] = []
    constants = dict(graph.constants)
    for node in graph.nodes:
        truth = chosen.get(id(node))
        if truth is None:
            nodes.append(node)
            continue
        branch = _branch(node, node.attributes[BRANCHES[truth]], taken)
        nodes += branch.nodes
        constants |= branch.constants
    return replace(graph, nodes=tuple(nodes), constants=constants)


def _branch(node: Node, inner: Graph, taken: Names) -> Graph:
    """A branch as nodes of the graph around it: its outputs are the node's."""
    own = [*inner.constants, *(name for one in inner.nodes for name in one.outputs if name)]
    names = {name: taken.unique(name) for name in own}
    made = {name for one in inner.nodes for name in one.outputs}
    behind = []
    for theirs, ours in zip(inner.outputs, node.outputs, strict=False):
        if theirs in made and names[theirs] not in node.outputs:
            names[theirs] = ours
        else:
            behind.append(Node("Identity", node.name, (names.get(theirs, theirs),), (ours,), {}))
    renamed = _renamed(inner, names)
    return replace(renamed, nodes=(*renamed.nodes, *behind))


def _renamed(graph: Graph, names: Mapping[str, str]) -> Graph:
    """A graph whose values have other names, in graphs inside of it, too."""
    return replace(
        graph,
        nodes=tuple(_node(node, names) for node in graph.nodes),
        outputs=tuple(names.get(name, name) for name in graph.outputs),
        constants={names.get(name, name): one for name, one in graph.constants.items()},
    )


def _node(node: Node, names: Mapping[str, str]) -> Node:
    return replace(
        node,
        inputs=tuple(names.get(name, name) for name in node.inputs),
        outputs=tuple(names.get(name, name) for name in node.outputs),
        attributes={key: _inside(one, names) for key, one in node.attributes.items()},
    )


def _inside(value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, Graph):
        return value
    own = {*value.inputs, *value.constants}
    own.update(name for node in value.nodes for name in node.outputs)
    return _renamed(value, {old: new for old, new in names.items() if old not in own})
