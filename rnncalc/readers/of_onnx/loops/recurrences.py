"""Recurrences that an exporter wrote out, put back as the nodes that they are.

A graph goes in, the same graph comes out with a node RNN, GRU or LSTM in place of every Loop, Scan
and unrolled recurrence that computes what such a node computes. Names count for nothing: weights
are read off the graph's products, and the cell is held against the graph's own arithmetic. Where
that fails, the graph stays as it is, and there is a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace

import numpy as np

from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import Names
from rnncalc.readers.of_onnx.loops.loop import Body, recurrences
from rnncalc.readers.of_onnx.loops.masked_loop import Outside, unmasked
from rnncalc.readers.of_onnx.loops.nodes import Nodes, in_place_of_steps, nodes_of
from rnncalc.readers.of_onnx.loops.scan import unscanned
from rnncalc.readers.of_onnx.loops.timeline import Timeline, roots, timeline
from rnncalc.readers.of_onnx.loops.unrolled import UnrolledChain, chains, unrolled
from rnncalc.readers.of_onnx.operators.known_lengths import fold_lengths
from rnncalc.readers.of_onnx.operators.surroundings import Around, sure

LOOP = (
    "is a {} that is not read as a cell: {}. Export the model with LSTM, GRU or RNN nodes, or "
    "give rnncalc the model itself (.keras, .h5, .pt)"
)
CALLED = "is a {} that is not read as a cell: {}. Give rnncalc the model itself (.keras, .h5)"
UNROLLED = (
    "belongs to an unrolled recurrence that is not read as a cell: {}. Export the model with nodes "
    "RNN, GRU or LSTM: torch.onnx.export(..., dynamo=False), or unroll=False in Keras; or give "
    "rnncalc the model itself (.keras, .h5, .pt)"
)
DAMAGE = (
    RnncalcError, RuntimeError, ArithmeticError, AttributeError, LookupError, TypeError,
    ValueError,
)  # fmt: skip
"""What a graph that is no recurrence, or is damaged, ends in."""
WHOLE = ("RNN", "GRU", "LSTM", "Loop", "Scan")
"""Where one of these stands, recurrences are not written out step by step."""
UNCOUNTED = "nobody can tell how often it runs"
TRIED = (3, 7)
"""How long a sequence is taken to be whose length the graph does not say."""


@dataclass
class Restored:
    """A graph with its recurrences put back.

    Attributes:
        graph: the graph.
        nodes: what was put back: the names of nodes, and what they were: ``Loop``.
        reasons: why a Loop is no cell, by the node's name: the rest of a sentence that begins
            with it.
    """

    graph: Graph
    nodes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def restore(graph: Graph) -> Restored:
    """The graph with a node for every recurrence that was written out."""
    result = Restored(graph)
    for node in graph.nodes:
        if node.op in ("Loop", "Scan"):
            try:
                _loop(result, node)
            except DAMAGE as error:
                told = CALLED if node.called else LOOP
                result.reasons[node.name] = told.format(node.title, reason(error))
    if not any(node.op in WHOLE for node in graph.nodes):
        result.graph = fold_lengths(graph)
    while _unrolled(result):
        pass
    return result


def reason(error: Exception) -> str:
    """What an error says."""
    if isinstance(error, RnncalcError):
        return error.message
    nested = isinstance(error, RecursionError)
    return "it is nested too deeply" if nested else "its operators and inputs do not fit each other"


def _unrolled(result: Restored) -> bool:
    """Whether one more unrolled recurrence was put back."""
    graph, around = result.graph, Around(result.graph)
    for line, chain in _chains(graph, around):
        name = around.givers[chain.before[1]].name
        if name in result.reasons:
            continue
        try:
            found = unrolled(line, around, chain)
            own = Names(node.name for node in graph.nodes).unique(found.found.cell)
            result.graph = in_place_of_steps(graph, around, line.root, found, own, kind_of(graph))
        except DAMAGE as error:
            result.reasons[name] = UNROLLED.format(reason(error))
            continue
        result.nodes[own] = "unrolled"
        return True
    return False


def _chains(graph: Graph, around: Around) -> Iterator[tuple[Timeline, UnrolledChain]]:
    """What may be unrolled recurrences."""
    try:
        for root in roots(graph, around):
            line = timeline(graph, around, root)
            for chain in chains(line):
                yield line, chain
    except DAMAGE:  # of a graph that is something else
        return


def _loop(result: Restored, node: Node) -> None:
    around = Around(result.graph)
    scan = unscanned(node) if node.op == "Scan" else None

    def trips(body: Body, x: str) -> None:
        if not scan:
            refuse_other_trips(around, body, x)

    body = Body(scan.loop if scan else node, around.known, around.budget)
    outside = Outside(around.zeros, lambda name: name in around.readers or name in around.outputs)
    mask = unmasked(body, outside)
    body = Body(mask.node, around.known, around.budget) if mask else body
    found = recurrences(body, trips)
    if mask:
        found = [replace(one, mask=mask.mask, zeroed=mask.zeroed) for one in found]
    names = [f"{node.name}/{i}" for i in range(len(found))] if found[1:] else [node.name]
    dtype = kind_of(result.graph)
    new = [nodes_of(name, one, dtype) for name, one in zip(names, found, strict=True)]
    if scan:
        new = [Nodes(scan.front, scan.constants), *new, Nodes(scan.behind, {})]
    result.graph = replaced(result.graph, node, new)
    result.nodes |= dict.fromkeys(names, node.title)


def kind_of(graph: Graph) -> str:
    """The type that a graph computes in."""
    double = any(one.dtype == "float64" for one in graph.constants.values())
    return "float64" if double else "float32"


def replaced(graph: Graph, loop: Node, new: Sequence[Nodes]) -> Graph:
    """A graph with other nodes in place of a loop."""
    nodes: list[Node] = []
    for node in graph.nodes:
        there = node is loop
        nodes += [own for one in new for own in one.nodes] if there else [node]
    constants = {key: own for one in new for key, own in one.constants.items()}
    return replace(graph, nodes=tuple(nodes), constants={**graph.constants, **constants})


def refuse_other_trips(around: Around, body: Body, x: str) -> None:
    """Errors: RnncalcError where a loop does not run once for every timestep of a sequence."""
    known = around.length(x, 0)
    for length in TRIED if known is None else (known,):
        if length > limits.LONGEST_LOOP:
            most = f"{limits.LONGEST_LOOP:,}"
            raise RnncalcError(f"it runs more than {most} times, which is not counted")
        steps = times(around, body, x, length)
        if steps != length:
            found = f"it runs {steps} times" if steps is not None else UNCOUNTED
            found = found if (steps or 0) <= length else "it runs on when it has read all"
            raise RnncalcError(f"{found} over a sequence of {length} timesteps")


def times(around: Around, body: Body, x: str, length: int) -> int | None:
    """How often a loop runs over a sequence of this length; None where that cannot be told."""
    shapes = around.lengths(x, 0, length)
    count, go = (
        sure(around.values(name, shapes)) if name else np.array(length + 1)
        for name in body.node.inputs[:2]
    )
    if count is None or go is None:
        return None
    most = int(np.ravel(count)[0])
    outside = {n: around.values(body.initial[n], shapes) for n in body.unchanged}
    steps = 0
    while steps < most and go is not None and np.all(go):
        go = body.goes_on(steps, outside, lambda name: around.values(name, shapes))
        steps += 1
        if steps > length:
            return steps
    return None if go is None else steps
