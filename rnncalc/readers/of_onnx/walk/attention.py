"""Attention that is written out in operators: of several heads, or additive.

Scores are products of queries and keys, head by head, or what a vector makes of the tanh of their
sums; a softmax makes shares of them, and a product the context. Of one head, each of these is a
layer by itself (``joins.product``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.onnx_activations import decimal
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, Axis, bare, length_of, same
from rnncalc.readers.of_onnx.operators.constants import Constant, settings
from rnncalc.readers.of_onnx.operators.lengths import asked
from rnncalc.readers.of_onnx.operators.table import OtherError, axes_of, not_computed, place
from rnncalc.readers.of_onnx.walk.heads import factor_of
from rnncalc.readers.of_onnx.walk.joins import role, together
from rnncalc.readers.of_onnx.walk.turns import TURNS
from rnncalc.readers.of_onnx.walk.values import Flow, Scores, Value

Inputs = Sequence[Value | None]


def attending(node: Node, name: str, inputs: Inputs) -> Value | None:
    """What a node makes of scores, or scores that it makes; None where it does neither.

    Errors: OtherError where it does something else with scores.
    """
    scores = next((one for one in inputs if isinstance(one, Scores)), None)
    flows = [one for one in inputs if isinstance(one, Flow)]
    if scores is None:
        if node.op == "MatMul" and len(flows) == 2 and _of_heads(flows[0]) and _of_heads(flows[1]):
            return _heads(*flows)
        if node.op == "Add" and len(flows) == 2 and len(flows[0].axes) == len(flows[1].axes) == 4:
            return _pairs(*flows)
        return None
    if node.op == "Shape":
        return asked(node, map(length_of, scores.flow.axes))
    if node.op in TURNS and inputs[0] is scores:
        (flow,) = TURNS[node.op](node, scores.flow, inputs)
        return replace(scores, flow=flow)
    if node.op == "MatMul" and flows and inputs[0] is scores:
        return _context(name, scores, flows[0])
    found = _further(node, scores, inputs)
    if found is None:
        raise not_computed(node, " of the scores of an attention")
    return found


def _of_heads(flow: Flow) -> bool:
    """Whether its features are cut into heads."""
    last, before = bare(flow.axes[-1]), bare(flow.axes[-2]) if len(flow.axes) > 1 else ()
    cut = [axis for axis in (last, before) if axis and same(axis, flow.features[1:])]
    return len(flow.features) == 2 and bool(cut) and not flow.taken and not flow.flipped


def _heads(query: Flow, key: Flow) -> Scores:
    """The products of queries and keys: each of its own head."""
    if not same(query.axes[-1], query.features[1:]) or not same(key.axes[-2], key.features[1:]):
        raise OtherError("multiplies heads along another axis than their numbers")
    if length_of(query.axes[-1]) != length_of(key.axes[-2]):
        raise OtherError("multiplies heads of different sizes")
    _match(query, key)
    role(query.axes[-2], "time")
    keys = _places(role(key.axes[-1], "time"))
    flow = replace(query, axes=(*query.axes[:-1], keys), features=())
    return Scores(flow, query, key, keys, "scores", {"attention": "multihead", "scale": 1.0})


def _places(time: Atom | None) -> Axis:
    if time is None:
        raise OtherError("attends to one timestep")
    return (Atom(time.size, "", time),)


def _match(one: Flow, other: Flow) -> None:
    """Errors: OtherError where the batch and the heads do not stand at the same places."""
    if len(one.axes) != len(other.axes):
        raise OtherError("multiplies heads that do not stand at the same places")
    for ours, theirs in zip(one.axes[:-2], other.axes[:-2], strict=True):
        kinds = [[atom in flow.features[:1] for atom in bare(axis)]
                 for flow, axis in ((one, ours), (other, theirs))]  # fmt: skip
        sizes = [[atom.size for atom in bare(axis)] for axis in (ours, theirs)]
        if kinds[0] != kinds[1] or sizes[0] != sizes[1]:
            raise OtherError("multiplies heads that do not stand at the same places")
        for a, b in zip(bare(ours), bare(theirs), strict=True):
            if a not in one.features and a is not b:
                together([replace(one, axes=((a,),)), replace(other, axes=((b,),))], 0)
                role((a,), "batch")


def _pairs(one: Flow, other: Flow) -> Scores | None:
    """Each timestep of a query, or one row, with each of a key, added; None for another sum."""
    if any(not same(flow.axes[3], flow.features) for flow in (one, other)):
        return None
    query, key = (one, other) if one.taken or bare(one.axes[1]) else (other, one)
    stands = bool(bare(key.axes[2])) and not bare(key.axes[1]) and not bare(query.axes[2])
    if key.taken or query.spread or not stands or bool(query.taken) == bool(bare(query.axes[1])):
        return None
    if length_of(query.axes[3]) != length_of(key.axes[3]):
        raise OtherError("adds rows of different lengths")
    role(together([query, key], 0), "batch")
    if not query.taken:
        role(query.axes[1], "time")
    keys = _places(role(key.axes[2], "time"))
    flow = replace(query, axes=(query.axes[0], query.axes[1], keys, query.axes[3]), features=())
    return Scores(flow, query, key, keys, "sums", {"attention": "additive"})


def _further(node: Node, scores: Scores, inputs: Inputs) -> Scores | None:
    """The next step on the way from sums, or products, to shares."""
    known = [one for one in inputs if isinstance(one, Constant) and not one.loose]
    flow = scores.flow
    if scores.stage == "sums":
        return _summed(node, scores, inputs)
    if scores.stage == "tanh" and len(known) == 1:
        return _weighed(node, scores, known[0], inputs)
    multihead = scores.block["attention"] == "multihead"
    if scores.stage == "scores" and multihead and (factor := factor_of(node, scores, inputs)):
        scale = scores.block["scale"] * factor
        if any(one.tensor.dtype != "float64" for one in known):
            scale = decimal(scale)
        return replace(scores, block={**scores.block, "scale": scale})
    if scores.stage == "scores" and node.op == "Softmax":
        axis = place(int(node.attributes.get("axis", -1)), len(flow.axes))
        return replace(scores, stage="shares") if same(flow.axes[axis], scores.keys) else None
    return None


def _summed(node: Node, scores: Scores, inputs: Inputs) -> Scores | None:
    """A bias of the sums, a factor behind it, or their tanh."""
    if node.op == "Tanh":
        return replace(scores, stage="tanh")
    known = next((one for one in inputs if isinstance(one, Constant) and not one.loose), None)
    if (factor := factor_of(node, scores, inputs)) and "scale" not in scores.block:
        return replace(scores, block={**scores.block, "scale": factor})
    width = length_of(scores.query.features)
    fits = known is not None and (known.tensor.size,) == known.tensor.shape[-1:] == (width,)
    if node.op != "Add" or known is None or not fits or {"b", "scale"} & scores.block.keys():
        return None
    b = known.tensor.made((known.tensor.size,), lambda a: a.reshape(-1))
    return replace(scores, block={**scores.block, "b": b})


def _weighed(node: Node, scores: Scores, known: Constant, inputs: Inputs) -> Scores | None:
    """What a vector makes of each tanh: one number."""
    flow, width = scores.flow, length_of(scores.query.features)
    if node.op == "ReduceSum" and axes_of(node, settings(inputs), len(flow.axes)) == [3]:
        kept: tuple[Axis, ...] = ((),) if node.attributes.get("keepdims", 1) else ()
        return replace(scores, stage="scores", flow=replace(flow, axes=(*flow.axes[:3], *kept)))
    vector = known.tensor
    if vector.size == 1 and node.op == "Mul" and isinstance(width, int):  # one for all
        vector = vector.made((width,), lambda a: np.broadcast_to(a.reshape(-1), (width,)))
    if vector.size != width or "v" in scores.block or len(flow.axes) != 4:
        return None
    block = {**scores.block, "v": vector.made((vector.size,), lambda a: a.reshape(-1))}
    if node.op == "Mul" and vector.shape[-1] == width:
        return replace(scores, block=block)
    if node.op == "MatMul" and vector.shape == (width, 1) and inputs[0] is scores:
        return replace(scores, stage="scores", block=block,
                       flow=replace(flow, axes=(*flow.axes[:3], ())))  # fmt: skip
    return None


def _context(name: str, scores: Scores, value: Flow) -> Flow:
    """The sum of what each timestep of the value has a share in."""
    if scores.stage != "shares" or not same(scores.flow.axes[-1], scores.keys):
        raise OtherError("multiplies the scores of an attention as no attention does")
    time = role(value.axes[-2], "time")
    if time is not scores.keys[0].places and (not time or time.size != scores.keys[0].size):
        raise OtherError("multiplies shares with other timesteps than those they are of")
    block, query = dict(scores.block), scores.query
    features: Axis = value.features
    if block["attention"] == "multihead":
        if not _of_heads(value) or not same(value.axes[-1], value.features[1:]):
            raise OtherError("multiplies the shares of heads with what has none")
        _match(replace(query, axes=(*scores.flow.axes[:-2], (), ())), value)
        heads = length_of(query.features[:1])
        for key, flow in (("q", query), ("k", scores.key), ("v", value)):
            block[f"W_{key}"] = _each(heads, length_of(flow.features[1:]))
        block["W_o"] = block["W_v"].made(
            (*block["W_v"].shape[:1], *block["W_v"].shape[:0:-1]), lambda a: a.transpose(0, 2, 1)
        )
        features = (query.features[0], *value.features[1:])
    elif len(value.axes) != 3 or not same(value.axes[-1], value.features):
        raise OtherError("multiplies shares with what is no sequence")
    part = Part(name, "output", "operators", block)
    axes = (*scores.flow.axes[:-1], features[1:] if len(features) == 2 else features)
    return query.through(part, value, scores.key, axes=axes, features=features)


def _each(heads: Any, size: Any) -> Tensor:
    """The rows of features that each head has, (heads, size, features)."""
    if not isinstance(heads, int) or not isinstance(size, int):
        raise OtherError("has heads whose number only a run tells")
    shape = (heads, size, heads * size)
    return Tensor("heads", shape, "float32", partial(_chosen, shape))


def _chosen(shape: tuple[int, int, int]) -> Array:
    return np.eye(shape[2]).reshape(shape)
