"""Nodes without a state that are a layer: dense, activations, normalizations, embeddings ..."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import onnx_activations as functions
from rnncalc.errors import RnncalcError
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, bare, length_of, plain, same
from rnncalc.readers.of_onnx.operators.constants import Constant, settings
from rnncalc.readers.of_onnx.operators.table import (
    OtherError,
    axes_of,
    axis_of,
    not_computed,
    place,
)
from rnncalc.readers.of_onnx.walk.values import Flow, Value, constant

MERGES = {"ReduceSum": "sum", "ReduceProd": "mul", "ReduceMean": "ave"}
POOLINGS = {"ReduceMean": "average", "ReduceMax": "max"}
"""What is made of two directions, and of all timesteps."""

Inputs = Sequence[Value | None]
Head = Callable[[Node, str, Inputs, int], Flow]
"""Takes a node, its name, its inputs and the opset; gives what flows out of it."""


def _flow(inputs: Inputs) -> Flow:
    """The one input that depends on the network's. Errors: OtherError where it is not the first."""
    first = inputs[0]
    if not isinstance(first, Flow):
        raise OtherError("has a constant where a value that depends on the input was expected")
    if first.state == "c" and not first.graph:
        raise OtherError("reads a cell state (Y_c), which no layer here does")
    return first


def _last(flow: Flow, name: str = "") -> Flow:
    """A flow whose last axis are its features, or all of its timesteps' one after another.

    Errors: OtherError where it is another one.
    """
    time, *rest = bare(flow.axes[-1]) or (Atom(),)
    if time.role == "time" and flow.spread:
        raise OtherError("flattens one row that is repeated")
    whole = flow.half is None and not flow.flipped
    if time.role == "time" and whole and flow.features and same(tuple(rest), flow.features):
        part = Part(f"{name}.flatten", "output", "Reshape", {"flatten": True})
        return flow.through(part, features=flow.axes[-1], taken="pooled")
    return replace(flow, features=flow.rows(flow.axes[-1]))


def dense(name: str, weights: Tensor, key: str, op: str) -> Part:
    """A part that is a matrix.

    Args:
        key: ``kernel`` where it has a row per feature, ``weight`` where a row per output.
    """
    if weights.ndim != 2:
        raise OtherError(f"has weights of shape {weights.shape}, expected a matrix")
    return Part(name, "output", op, {key: weights})


def _after(flow: Flow, part: Part, outputs: int) -> Flow:
    """What a dense layer gives."""
    atoms = (Atom(outputs),)
    return flow.through(part, axes=(*flow.axes[:-1], atoms), features=atoms)


def _width(flow: Flow, weights: Tensor, axis: int) -> None:
    """Errors: OtherError where a row is not as long as the weights take."""
    sizes = [atom.size for atom in flow.axes[-1]]
    known = None if None in sizes else int(np.prod([size or 1 for size in sizes]))
    if known not in (None, weights.shape[axis]):
        raise OtherError(f"takes {weights.shape[axis]} numbers, and is given {known}")


def _matmul(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    if not isinstance(inputs[1], Constant):
        raise OtherError("is a MatMul of two values that depend on the input")
    flow, weights = _last(_flow(inputs), name), constant(inputs[1], "matrix")
    part = dense(name, weights, "kernel", node.title)
    _width(flow, weights, 0)
    return _after(flow, part, weights.shape[1])


def _gemm(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    says, flow = node.attributes, _last(_flow(inputs), name)
    if says.get("transA") or len(flow.axes) != 2:
        raise OtherError("is a Gemm of a transposed value")
    weights = constant(inputs[1], "matrix")
    turned = bool(says.get("transB"))
    part = dense(name, _scaled(weights, says.get("alpha", 1.0)), "weight" if turned else "kernel",
                 node.title)  # fmt: skip
    _width(flow, weights, int(turned))
    outputs = weights.shape[0 if turned else 1]
    if len(inputs) > 2 and inputs[2] is not None:
        bias = _bias(constant(inputs[2], "bias"), outputs)
        part.block["bias"] = _scaled(bias, says.get("beta", 1.0))
    return _after(flow, part, outputs)


def _scaled(tensor: Tensor, factor: float) -> Tensor:
    return tensor if factor == 1 else tensor.made(tensor.shape, lambda a: a * factor)


def _bias(tensor: Tensor, outputs: int) -> Tensor:
    """One number per output."""
    if tensor.size not in (1, outputs) or tensor.size != (tensor.shape or (1,))[-1]:
        raise OtherError(f"adds {tensor.shape}, expected one number for each of {outputs} outputs")
    return tensor.made((outputs,), lambda a: np.broadcast_to(a.reshape(-1), (outputs,)))


def _add(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    """The bias of the dense layer in front."""
    flow, constant = _pair(inputs)
    cut = len(flow.features)  # heads stand at axes of their own
    if flow.graph and cut > 1 and flow.axes[-cut:] == tuple((atom,) for atom in flow.features):
        shape = (math.prod(atom.size or 0 for atom in flow.features),)
        joined = replace(flow, axes=(*flow.axes[:-cut], flow.features))
        if constant.size == shape[0]:
            flat = constant.made(shape, lambda a: a.reshape(-1))
            return replace(_biased(joined, flat), axes=flow.axes)
    return _biased(flow, constant)


def _biased(flow: Flow, constant: Tensor) -> Flow:
    block = flow.link.part.block if flow.link and flow.link.part.kind == "output" else {}
    matrix = "kernel" in block or "weight" in block
    at = next((i for i, axis in enumerate(flow.axes) if same(axis, flow.features)), None)
    if not matrix or "bias" in block or "activation" in block or at is None:
        raise OtherError("adds a constant to what is no dense layer's output")
    if not flow.graph and at != len(flow.axes) - 1:
        raise OtherError("adds a constant to what is no dense layer's output")
    behind = constant.shape[constant.ndim - (len(flow.axes) - 1 - at) :] if flow.graph else ()
    if all(size == 1 for size in behind):
        shape = constant.shape[: constant.ndim - len(behind)]
        constant = constant.made(shape, lambda a: a.reshape(shape)) if behind else constant
    bias = _bias(constant, math.prod(atom.size or 0 for atom in flow.features))
    return changed(flow, bias=bias)


def _pair(inputs: Inputs) -> tuple[Flow, Tensor]:
    """A value and a constant, in either order."""
    for one, other in ((0, 1), (1, 0)):
        flow, known = inputs[one], inputs[other]
        if isinstance(flow, Flow) and isinstance(known, Constant) and not known.loose:
            return flow, known.tensor
    raise OtherError("joins two values that depend on the input")


def changed(flow: Flow, **more: Any) -> Flow:
    """The flow with more said of the part that it comes from.

    Errors: OtherError where others read that part as it is.
    """
    assert flow.link is not None
    if flow.closed:
        raise OtherError("changes what others read, too")
    old = flow.link.part
    part = replace(old, block=old.block | more)
    flow.link.origin.part = part
    layer = part if part.kind == "recurrent" else flow.link.layer
    return replace(flow, link=replace(flow.link, part=part, layer=layer))


def _activation(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    try:
        ours = functions.of_operator(node.op, node.attributes)
    except RnncalcError as error:
        raise OtherError(error.message) from None
    return _function(ours, name, _flow(inputs), node.title)


def _function(function: Any, name: str, flow: Flow, says: str) -> Flow:
    """An activation: of the dense layer in front, or by itself."""
    block = flow.link.part.block if flow.link and flow.link.part.kind == "output" else {}
    matrix = "kernel" in block or "weight" in block
    if matrix and "activation" not in block and not flow.closed:
        return changed(flow, activation=function)
    return flow.through(Part(name, "output", says, {"activation": function}))


def in_operators(flow: Flow, name: str, block: dict[str, Any]) -> Flow:
    """A layer that was written out in operators: a normalization, or an activation."""
    flow = _last(flow)
    if "activation" in block:
        return _function(block["activation"], name, flow, "operators")
    says = {"layer": "LayerNormalization", "batch": "BatchNormalization"}
    return flow.through(Part(name, "output", f"{says[block['normalization']]} in operators", block))


def _together(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    flow = _flow(inputs)
    axis = place(int(node.attributes.get("axis", -1 if opset >= 13 else 1)), len(flow.axes))
    if any(() if opset >= 13 else flow.axes[axis + 1 :]):
        raise OtherError("is taken over an axis that is not the features of a step")
    ours = functions.TOGETHER[node.op]
    if flow.graph and not flow.taken and [one.role for one in bare(flow.axes[axis])] == ["time"]:
        return _over_time(flow, name, axis, ours, node.title)
    features = flow.rows(flow.axes[axis])
    return _function(ours, name, replace(flow, features=features), node.title)


def _over_time(flow: Flow, name: str, axis: int, function: str, says: str) -> Flow:
    """A function of the one number that each timestep has, taken over all of them."""
    (time,) = bare(flow.axes[axis])
    if length_of(flow.features) != 1 or flow.flipped or flow.spread:
        raise OtherError("is taken over the timesteps, of which each has several numbers")
    features = (Atom(time.size, "", time),)
    axes = (*flow.axes[:axis], features, *flow.axes[axis + 1 :])
    part = Part(f"{name}.flatten", "output", says, {"flatten": True})
    row = flow.through(part, axes=axes, features=features, taken="pooled")
    return row.through(Part(name, "output", says, {"activation": function}))


def _prelu(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    """A slope below 0 for each feature, or one for all of them."""
    flow = _last(_flow(inputs), name)
    slopes = constant(inputs[1], "slope")
    if slopes.size != (slopes.shape or (1,))[-1]:
        raise OtherError(f"has slopes of shape {slopes.shape}, expected one for each feature")
    block = {"prelu": slopes.made((slopes.size,), lambda a: a.reshape(-1))}
    return flow.through(Part(name, "output", node.title, block))


def _layer_norm(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    flow = _last(_flow(inputs))
    if axis_of(node, len(flow.axes), -1) != len(flow.axes) - 1:
        raise OtherError("normalizes more than the features of a step")
    epsilon = functions.decimal(node.attributes.get("epsilon", 1e-5))
    block: dict[str, Any] = {"normalization": "layer", "epsilon": epsilon}
    for key, value in zip(("gamma", "beta"), inputs[1:3], strict=False):
        if value is not None:
            block[key] = _vector(constant(value, key))
    return flow.through(Part(name, "output", node.title, block))


def _vector(tensor: Tensor) -> Tensor:
    if tensor.size != (tensor.shape or (0,))[-1]:
        raise OtherError(f"has {tensor.shape} numbers, expected one for each feature")
    return tensor.made((tensor.size,), lambda a: a.reshape(-1))


def _batch_norm(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    flow = _flow(inputs)
    features = flow.rows(flow.axes[1])
    if node.attributes.get("training_mode"):
        raise OtherError("normalizes in training, which is not computed here")
    epsilon = functions.decimal(node.attributes.get("epsilon", 1e-5))
    block: dict[str, Any] = {"normalization": "batch", "epsilon": epsilon}
    for key, value in zip(("gamma", "beta", "mean", "variance"), inputs[1:5], strict=True):
        block[key] = _vector(constant(value, key))
    flow = replace(flow, features=features)
    return flow.through(Part(name, "output", node.title, block))


def _gather(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    """A row of a table for each id: an embedding."""
    table, ids = constant(inputs[0], "table"), inputs[1]
    if not isinstance(ids, Flow) or ids.link is not None or ids.features:
        raise OtherError("looks up in a table what is no input of the network")
    if table.ndim != 2 or (axis := axis_of(node, 2)) != 0:
        along = f" along axis {axis}" if table.ndim == 2 else ""
        where = f"in a table of shape {table.shape}{along}"
        raise OtherError(f"looks up ids {where}, expected the rows of a matrix")
    features = (Atom(table.shape[1]),)
    part = Part(name, "embedding", node.title, {"weights": table})
    return ids.through(part, axes=(*ids.axes, features), features=features)


def _reduce(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    """A pooling of all timesteps, or the merging of two directions."""
    flow = _flow(inputs)
    given = axes_of(node, settings(inputs), len(flow.axes))
    if not given or len(given) != 1:
        raise OtherError("reduces other axes than the sequence")
    (axis,) = given
    atoms = plain(flow.axes[axis])
    (atom,) = atoms if len(atoms) == 1 else (Atom(),)
    keep: tuple[Any, ...] = ((),) if node.attributes.get("keepdims", 1) else ()
    axes = (*flow.axes[:axis], *keep, *flow.axes[axis + 1 :])
    if atom.role == "directions" and node.op in MERGES and flow.half is None:
        return _merged(flow, atom, axes, MERGES[node.op])
    if atom.role != "time" or node.op not in POOLINGS or flow.taken:
        raise OtherError("reduces another axis than the sequence")
    part = Part(name, "output", node.title, {"pooling": POOLINGS[node.op]})
    flipped = flow.flipped - {atom}
    return flow.through(part, axes=axes, taken="pooled", flipped=flipped)


def _merged(flow: Flow, atom: Atom, axes: tuple[Any, ...], how: str) -> Flow:
    """Both directions' outputs as one."""
    layer = flow.layer
    if not flow.link or layer is not flow.link.part or layer.block.get("merge") != "concat":
        raise OtherError("merges two directions behind another layer, which is not computed here")
    features = tuple(one for one in flow.features if one is not atom)
    return replace(changed(flow, merge=how), axes=axes, features=features)


def _mul(node: Node, name: str, inputs: Inputs, opset: int) -> Flow:
    """Half of the sum of two directions: their average."""
    flow, constant = _pair(inputs)
    half = 2.0 if node.op == "Div" else 0.5
    layer = flow.link.part if flow.link else None
    first = node.op == "Mul" or isinstance(inputs[0], Flow)
    merged = layer is not None and layer.block.get("merge") == "sum"
    if not merged or not first or constant.size != 1 or float(constant.read().reshape(())) != half:
        raise not_computed(node, " with a constant")
    return changed(flow, merge="ave")


def rescaled(node: Node, name: str, inputs: Inputs) -> Flow | None:
    """Every number times the same factor; None where a node does something else."""
    flow = next((one for one in inputs if isinstance(one, Flow)), None)
    factor = factor_of(node, flow, inputs) if flow and flow.link else None
    if flow is None or factor is None:
        return None
    return flow.through(Part(name, "output", node.title, {"rescaling": factor}))


def factor_of(node: Node, value: Value | None, inputs: Inputs) -> float | None:
    """What a node multiplies all numbers of a value with; None where it does something else."""
    others = [one for one in inputs if one is not value]
    known = others[0] if len(others) == 1 and len(inputs) == 2 else None
    if not isinstance(known, Constant) or known.loose or known.tensor.size != 1:
        return None
    factor = float(known.tensor.read().reshape(()))
    factor = factor if known.tensor.dtype == "float64" else functions.decimal(factor)
    if node.op == "Mul":
        return factor
    return 1 / factor if node.op == "Div" and inputs[0] is value and factor else None


HEADS: Mapping[str, Head] = {
    **dict.fromkeys(functions.OPERATORS, _activation),
    **dict.fromkeys(functions.TOGETHER, _together),
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Add": _add,
    "Mul": _mul,
    "Div": _mul,
    "LayerNormalization": _layer_norm,
    "BatchNormalization": _batch_norm,
    "PRelu": _prelu,
    "Gather": _gather,
    **dict.fromkeys((*MERGES, *POOLINGS), _reduce),
}
"""What is a layer by itself, or says more of the one in front."""
