"""How a graph takes its input and gives its output: the names, and what each axis is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import file
from rnncalc.errors import FileError, printable
from rnncalc.model.origin import BATCH, TIME, Assumption, Entry
from rnncalc.readers.of_onnx.conditions import resolved, unsettled
from rnncalc.readers.of_onnx.loops.recurrences import restore
from rnncalc.readers.of_onnx.operators.axes import Axis, length_of
from rnncalc.readers.of_onnx.walk.chain import chain, main
from rnncalc.readers.of_onnx.walk.values import Flow

ROLES = {"time": "T", "batch": "B", "directions": "D"}
AXES = {"T": TIME, "B": BATCH, "F": "features"}


class Ports(NamedTuple):
    """Where a graph that is a network is fed and read.

    Attributes:
        x: the name of the input.
        x_axes: a letter for each of its axes: B batch, T time, F features, 1 an axis of length 1.
        out: the name of the output.
        out_axes: the same of the output; D are directions.
        lengths: the name of the sequences' lengths, or nothing.
        fixed: lengths that stand in the file, or None.
        states: the names of its further inputs, which are initial states.
        told: what other inputs are, as somebody says.
    """

    x: str
    x_axes: str
    out: str
    out_axes: str
    lengths: str
    fixed: Array | None
    states: tuple[str, ...]
    told: dict[str, Array]


def ports(path: Path, said: Iterable[Assumption] = ()) -> Ports:
    """The ports of a file that has been read as a network.

    Args:
        said: what was assumed of it.

    Errors: FileError where it cannot be read, or does not take what was assumed.
    """
    model = file.model(path)
    values = {".".join(filter(None, one[:2])): one.value for one in said}
    if nodes := [one.name for one in unsettled(resolved(model.graph, {})) if one.name in values]:
        raise FileError(f"which branch {printable(nodes[0])} takes, no input of the graph says")
    told = {name: values[name] for name in model.graph.inputs if name in values}
    graph = restore(resolved(model.graph, told)).graph
    _, walk = chain(replace(model, graph=graph), {})
    flow = main([walk.values[name] for name in graph.outputs])
    if flow is None or flow.link is None:
        raise FileError("is a graph whose parts do not stand in a row")
    out = next(name for name in graph.outputs if walk.values[name] is flow)
    x = flow.link.chain()[0].reads.source
    given = walk.reading.given[:1] or [""]
    states = tuple(name for name in graph.inputs if name not in (x, *given))
    source = walk.values[x]
    assert isinstance(source, Flow)
    fixed = np.asarray(walk.reading.fixed[0].read()) if walk.reading.fixed else None
    fed = {name: np.asarray(graph.constants[name].read()).astype(model.graph.inputs[name].dtype)
           for name in told if name in graph.constants}  # fmt: skip
    return Ports(x, _axes(source), out, _axes(flow), given[0], fixed, states, fed)


def entry(flow: Flow) -> Entry | None:
    """How a graph takes its input; None where that has other axes than a sequence."""
    axes = tuple(AXES.get(letter, "") for letter in _axes(flow))
    if axes.count(TIME) != 1 or axes.count(BATCH) != 1 or "" in axes:
        return None
    lengths = (length_of(axis) for axis in flow.axes)
    return Entry(flow.source, axes, tuple(n if isinstance(n, int) else None for n in lengths))


def _axes(flow: Flow) -> str:
    return "".join(map(_letter, flow.axes))


def _letter(axis: Axis) -> str:
    """What an axis is: directions and features side by side are features."""
    roles = [ROLES.get(atom.role, "F") for atom in axis] or ["1"]
    return roles[-1]
