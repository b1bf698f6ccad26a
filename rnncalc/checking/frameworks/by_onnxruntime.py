"""A network as a program of ONNX Runtime: a graph of the nodes that ``convert`` writes, and more
inputs and outputs: lengths, initial and final states.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.checking.frameworks.program import NUMBERS, Program, beside
from rnncalc.converting.refusal import refuse_loops, refuse_masks, refused
from rnncalc.converting.scripts.given import started, states
from rnncalc.converting.to_onnx.file import TITLE
from rnncalc.converting.to_onnx.graph import GraphBuilder
from rnncalc.converting.to_onnx.network import NODES, Asked, network
from rnncalc.errors import RnncalcError, listed
from rnncalc.model.generation import CHOOSING, READS
from rnncalc.model.model import Model
from rnncalc.readers.of_onnx.walk.ports import ports

HEAD = f"""\
from pathlib import Path

import numpy as np
import onnxruntime

onnxruntime.set_default_logger_severity(4)
{NUMBERS}
"""

SESSION = """\
path = str(Path(__file__).with_suffix(".onnx"))
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
given = {one.name: NUMBERS[one.name] for one in session.get_inputs()}
names = [one.name for one in session.get_outputs()]
"""

WHOLE = """\
gave = dict(zip(names, session.run(None, given)))
"""

FILE = """\
session = onnxruntime.InferenceSession(PATH, providers=["CPUExecutionProvider"])
TYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16"}
given = dict(NUMBERS)
for one in session.get_inputs():
    if one.name in STATES:
        shape = [size if isinstance(size, int) else BATCH for size in one.shape]
        given[one.name] = np.zeros(shape)
    kind = TYPES.get(one.type, one.type.removeprefix("tensor(").removesuffix(")"))
    given[one.name] = given[one.name].astype(kind)
RESULTS = {"out": session.run([OUT], given)[0]}
RESULTS["out"] = RESULTS["out"].transpose(ORDER).reshape(SHAPE)
"""

FED_BACK = """\
steps, zeros = [], np.zeros_like(given["x"])
for _ in range(TIMESTEPS):
    steps.append(dict(zip(names, session.run(None, given))))
    states = {NEXT[name]: one for name, one in steps[-1].items() if name in NEXT}
    given |= states | {"x": {"y": steps[-1]["out"], "x": given["x"]}.get(FEEDBACK, zeros)}
gave = {name: np.concatenate([one[name] for one in steps], 1) for name in ("out", "h")}
gave = {**steps[-1], **gave}
"""

RESULTS = """\
RESULTS = {name: gave[name] for name in ("out", "h")}
for name in gave.keys() - RESULTS.keys():
    RESULTS.update({f"{name}.{way}": one for way, one in enumerate(gave[name])})
"""
"""Final states have the directions in front."""


def program(model: Model) -> Program:
    """The program. Errors: RnncalcError for what ONNX' nodes do not compute, by its name."""
    refuse_masks(model, TITLE)
    if model.mask is not None:
        raise refused("mask", f"{TITLE} has no masks")
    refuse_loops(model, TITLE)
    if model.dtype == "float64":  # its recurrent nodes have no kernels for that
        model = replace(model, dtype="float32", x=_plain(model))
    fed_back = model.mode == "one-to-many"
    if model.feedback in CHOOSING:
        raise refused(f"feedback {model.feedback}", f"{TITLE} has no loop that chooses ids")
    if fed_back:
        loop = f"TIMESTEPS, FEEDBACK = {model.timesteps}, {model.feedback!r}\n{_next(model)}\n"
    single = _one_step(model) if fed_back else model
    text = "".join([HEAD, SESSION, loop + FED_BACK if fed_back else WHOLE, RESULTS])
    words = ", ".join(dict.fromkeys(NODES[layer.cell] for layer in model.layers))
    return Program(text, {".onnx": _graph(single), **beside(_inputs(single))}, words)


def of_file(model: Model, path: Path) -> Program:
    """The file itself as a program.

    Errors: RnncalcError for what it cannot be given.
    """
    at = ports(path, model.assumptions)
    x = np.asarray(model.x)
    batch, timesteps = x.shape[:2]
    given = {at.x: _placed(x, at.x_axes), **at.told}
    if at.lengths:
        whole = np.full(batch, timesteps) if model.lengths is None else model.lengths
        given[at.lengths] = np.asarray(whole)
    elif model.lengths is not None and not np.array_equal(at.fixed, model.lengths):  # type: ignore[arg-type]
        raise RnncalcError("the graph has no input of lengths")
    if model.mask is not None:
        raise RnncalcError("the graph has no input of a mask")
    if at.states and started(model):
        raise RnncalcError(f"initial states are inputs of the graph: {listed(at.states)}")
    order = sorted(range(len(at.out_axes)), key=lambda axis: "BT1DF".index(at.out_axes[axis]))
    shape = (batch, -1) if "T" not in at.out_axes else (batch, timesteps, -1)
    constants = {"PATH": str(path.resolve()), "OUT": at.out, "ORDER": order, "SHAPE": shape,
            "STATES": at.states, "BATCH": batch}  # fmt: skip
    text = "".join(f"{name} = {value!r}\n" for name, value in constants.items())
    return Program(f"{HEAD}{text}{FILE}", beside(given), f"{files.shown(path)} itself")


def _placed(x: Array, axes: str) -> Array:
    """The input, (batch, timesteps, features), with the axes of the graph's."""
    there = [axis for axis in axes if axis != "1"]
    known = "BTF" if x.ndim == 3 else "BT"
    if sorted(there) != sorted(known):
        raise RnncalcError(f"the graph's input has other axes: {axes}")
    x = x.transpose([known.index(axis) for axis in there])
    return np.expand_dims(x, [i for i, axis in enumerate(axes) if axis == "1"])


def _plain(model: Model) -> Array:
    x = np.asarray(model.x)
    return x if model.embedding else x.astype("float32")


def _one_step(model: Model) -> Model:
    """The network of one step, behind the embedding: what is fed back goes there."""
    x = model.x
    if model.embedding:
        x = model.embedding.weights[model.x].astype(model.dtype)
    return replace(model, embedding=None, vocab=None, x=x, **READS)


def _next(model: Model) -> str:
    """Which output is which input of the next step."""
    named = {
        f"final.{state}.{i}": f"{layer.name}.{state}0"
        for i, layer in enumerate(model.layers)
        for state in _states_of(model, i)
    }
    return f"NEXT = {named!r}"


def _states_of(model: Model, index: int) -> tuple[str, ...]:
    return ("h", "c") if model.layers[index].cell == "lstm" else ("h",)


def _inputs(model: Model) -> dict[str, Array]:
    """What the graph is given."""
    found = {"x": np.asarray(model.x)} | states(model, every=True)
    if model.lengths is not None:
        found["lengths"] = np.asarray(model.lengths, dtype="int32")
    return found


def _graph(model: Model) -> bytes:
    """The bytes of the graph."""
    graph = GraphBuilder()
    inputs = {name: (one.dtype.name, [*one.shape]) for name, one in _inputs(model).items()}
    for name in (*inputs, "out", "h"):
        graph.name(name)
    made = network(graph, model, Asked("lengths" if "lengths" in inputs else "", states=True))
    whole = graph.add("Transpose", made.h, perm=[1, 0, 2])
    outputs: dict[str, Any] = {"out": made.result, "h": whole}
    for i, final in enumerate(made.finals):
        outputs |= {f"final.{state}.{i}": name for state, name in final.items()}
    for name, inside in outputs.items():
        graph.give(name, inside)
    single = model.mode == "many-to-one"
    ranks = {name: 2 if name == "out" and single else 3 for name in outputs}
    axes = {name: [f"{name}.{axis}" for axis in range(rank)] for name, rank in ranks.items()}
    return graph.content(inputs, {name: (model.dtype, one) for name, one in axes.items()})
