"""What reads windows of timesteps, and what makes other timesteps: convolutions, poolings, steps
that are repeated or put around a sequence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, Axis, bare, length_of
from rnncalc.readers.of_onnx.operators.constants import Constant, settings
from rnncalc.readers.of_onnx.operators.lengths import Lengths, lengths_of
from rnncalc.readers.of_onnx.operators.table import OtherError, axes_of, whole
from rnncalc.readers.of_onnx.walk.joins import role
from rnncalc.readers.of_onnx.walk.turns import TURNS
from rnncalc.readers.of_onnx.walk.values import Flow, Padded, Value, constant

Inputs = Sequence[Value | None]
Block = dict[str, Any]

POOLINGS = {"MaxPool": "max", "AveragePool": "average"}
GLOBAL = {"GlobalAveragePool": "average", "GlobalMaxPool": "max"}
NO_PADS = (0, 0)


def windowed(node: Node, name: str, inputs: Inputs) -> Flow | Padded | None:
    """What such a node makes of a sequence; None where it is none.

    Errors: OtherError for what is not computed here.
    """
    first = inputs[0] if inputs else None
    if isinstance(first, Padded):
        return _of_padded(node, name, inputs, first)
    if not isinstance(first, Flow) or node.op not in WINDOWS:
        return None
    found: Flow | Padded | None = WINDOWS[node.op](node, name, inputs, first)
    return found


def _of_padded(node: Node, name: str, inputs: Inputs, padded: Padded) -> Flow | Padded:
    """What reads a sequence with zeros around it."""
    if node.op == "Conv":
        return _conv(node, name, inputs, padded.flow, padded.pads)
    if node.op in ("Transpose", "Unsqueeze", "Squeeze", "Identity", "Cast"):
        (flow,) = TURNS[node.op](node, padded.flow, inputs)
        return replace(padded, flow=flow)
    raise OtherError(
        f"is {node.title} of a sequence with zeros around it, which is not computed here"
    )


def _sequence(flow: Flow) -> tuple[Flow, int]:
    """A sequence with its features in front of its timesteps, and which axis is time.

    Errors: OtherError where it is none.
    """
    longer = [i for i in range(2, len(flow.axes)) if bare(flow.axes[i])] or [len(flow.axes) - 1]
    if len(flow.axes) < 3 or len(longer) > 1:
        raise OtherError("reads windows over more axes than that of time")
    if flow.taken or flow.spread or flow.flipped or flow.order:
        raise OtherError("reads windows of what is no sequence in its order")
    role(flow.axes[0], "batch")
    role(flow.axes[longer[0]], "time")
    return replace(flow, features=flow.rows(flow.axes[1])), longer[0]


def _window(node: Node, at: int, sizes: Sequence[int], pads: tuple[int, int]) -> Block:
    """Size, strides, dilation and padding of the windows along time.

    Errors: OtherError where other axes have windows, too.
    """
    says, rank, own = node.attributes, len(sizes), at - 2

    def along(key: str, default: int) -> int:
        values = whole(says.get(key, (default,) * rank))
        if len(values) != rank:
            raise OtherError(f"has {len(values)} {key} for {rank} axes")
        return values[own]  # of the others, over one place, they are of no matter

    if any(size != 1 for i, size in enumerate(sizes) if i != own):
        raise OtherError("reads windows over more axes than that of time")
    given = whole(says.get("pads", (0,) * 2 * rank))
    if len(given) != 2 * rank or any(n for i, n in enumerate(given) if i % rank != own):
        raise OtherError("has pads over another axis than time")
    strides, dilation = along("strides", 1), along("dilations", 1)
    pads = (pads[0] + given[own], pads[1] + given[own + rank])
    auto = says.get("auto_pad", "NOTSET")
    padding = _padding(auto, strides, dilation * (sizes[own] - 1), pads)
    return {"size": sizes[own], "strides": strides, "dilation": dilation, "padding": padding}


def _padding(auto: str, strides: int, missing: int, pads: tuple[int, int]) -> Any:
    """What stands around a sequence, as a word where there is one.

    Args:
        missing: how many timesteps less there are without any.
    """
    if auto == "SAME_LOWER" and strides == 1 and pads == NO_PADS:
        auto, pads = "NOTSET", (missing - missing // 2, missing // 2)
    if auto not in ("NOTSET", "VALID", "SAME_UPPER") or (auto == "SAME_UPPER" and pads != NO_PADS):
        raise OtherError(f"has auto_pad {auto}, which is not computed here")
    if auto != "SAME_UPPER" and pads == NO_PADS:
        return "valid"
    if auto == "SAME_UPPER" or (strides == 1 and pads == (missing // 2, missing - missing // 2)):
        return "same"
    return "causal" if pads == (missing, 0) else [*pads]


def _steps(time: Atom, window: Block) -> Atom:
    """The timesteps that windows give: the same ones, where there are as many."""
    padding, strides = window["padding"], window["strides"]
    reach = (window["size"] - 1) * window["dilation"]
    pads = {"valid": 0, "same": reach, "causal": reach}
    around = pads[padding] if isinstance(padding, str) else sum(padding)
    if strides == 1 and around == reach:
        return time
    if time.size is None:
        return Atom(None, "time")
    if padding == "same":
        return Atom(-(-time.size // strides), "time")
    return Atom((time.size + around - reach - 1) // strides + 1, "time")


def _time(flow: Flow, at: int) -> Atom:
    return next(iter(bare(flow.axes[at])), Atom(1, "time"))


def _placed(flow: Flow, at: int, atom: Atom, features: Axis) -> dict[str, Any]:
    """The axes behind windows."""
    axes = list(flow.axes)
    axes[1], axes[at] = features, (atom,)
    return {"axes": tuple(axes), "features": features}


def _conv(
    node: Node, name: str, inputs: Inputs, flow: Flow, pads: tuple[int, int] = NO_PADS
) -> Flow:
    flow, at = _sequence(flow)
    weights = constant(inputs[1], "weights")
    if weights.ndim != len(flow.axes) or whole(node.attributes.get("kernel_shape", ())) not in (
        (), weights.shape[2:]
    ):  # fmt: skip
        raise OtherError(f"has weights of shape {weights.shape}, expected {len(flow.axes)} axes")
    window = _window(node, at, weights.shape[2:], pads)
    outputs, features, *_ = weights.shape
    groups = int(node.attributes.get("group", 1))
    known = length_of(flow.features)
    if outputs % groups or known not in (None, features * groups):
        raise OtherError(f"takes {features * groups} features, and is given {known}")
    shape = outputs, features, window.pop("size")
    block: Block = {"conv1d": window.pop("padding"), "weight": _shaped(weights, shape)}
    if len(inputs) > 2 and inputs[2] is not None:
        block["bias"] = constant(inputs[2], "bias")
    block |= {key: one for key, one in {**window, "groups": groups}.items() if one != 1}
    time = _time(flow, at)
    after = _steps(time, {**window, "size": shape[2], "padding": block["conv1d"]})
    return flow.through(Part(name, "output", node.title, block),
                        **_placed(flow, at, after, (Atom(outputs),)))  # fmt: skip


def _shaped(tensor: Any, shape: tuple[int, ...]) -> Any:
    return tensor if tensor.shape == shape else tensor.made(shape, lambda a: a.reshape(shape))


def _pool(node: Node, name: str, inputs: Inputs, flow: Flow) -> Flow:
    flow, at = _sequence(flow)
    says = node.attributes
    if len(node.outputs) > 1 and node.outputs[1]:
        raise OtherError("gives the places of the largest numbers, too")
    sizes = whole(says.get("kernel_shape", ()))
    if len(sizes) != len(flow.axes) - 2:
        raise OtherError("has windows of another number of axes than it reads")
    window = _window(node, at, sizes, NO_PADS)
    if says.get("ceil_mode") and not _whole_windows(flow.axes[at], window):
        if (sizes[at - 2], window["strides"], window["padding"]) != (2, 2, "valid"):
            message = "has a last window beyond the end (ceil_mode)"
            raise OtherError(f"{message}, which is not computed here")
        window["padding"] = "same"
    if window.pop("dilation") != 1:
        raise OtherError("pools timesteps that are not side by side (dilations)")
    if node.op == "AveragePool" and says.get("count_include_pad") and window["padding"] != "valid":
        return _mean(node, name, flow, at, window)
    time = _time(flow, at)
    after = _steps(time, {**window, "dilation": 1})
    block = {"pooling": POOLINGS[node.op], **window}
    return flow.through(Part(name, "output", node.title, block),
                        **_placed(flow, at, after, flow.features))  # fmt: skip


def _mean(node: Node, name: str, flow: Flow, at: int, window: Block) -> Flow:
    """The mean of windows in which zeros around the sequence count: a convolution, as an average
    pooling leaves them out."""
    size, width = window.pop("size"), length_of(flow.features)
    if not isinstance(width, int):
        raise OtherError("averages rows whose length only a run tells")
    weights = Tensor(f"1/{size}", (width, 1, size), "float32", partial(_shares, width, size))
    after = _steps(_time(flow, at), {**window, "size": size, "dilation": 1})
    block = {"conv1d": window["padding"], "weight": weights, "groups": width}
    block |= {"strides": window["strides"]} if window["strides"] != 1 else {}
    return flow.through(Part(name, "output", node.title, block),
                        **_placed(flow, at, after, flow.features))  # fmt: skip


def _shares(width: int, size: int) -> Array:
    return np.full((width, 1, size), 1 / size)


def _whole_windows(axis: Axis, window: Block) -> bool:
    """Whether windows end with the sequence."""
    size = length_of(axis)
    left = size - window["size"] if isinstance(size, int) else 1
    return window["padding"] == "valid" and left % int(window["strides"]) == 0


def _global(node: Node, name: str, inputs: Inputs, flow: Flow) -> Flow:
    flow, at = _sequence(flow)
    axes = (*flow.axes[:at], (), *flow.axes[at + 1 :])
    part = Part(name, "output", node.title, {"pooling": GLOBAL[node.op]})
    return flow.through(part, axes=axes, taken="pooled")


def _pad(node: Node, name: str, inputs: Inputs, flow: Flow) -> Padded:
    """Zeros in front of a sequence, and behind it."""
    pads = whole(node.attributes.get("pads", ()))
    if len(inputs) > 1:
        if not isinstance(inputs[1], Constant):
            raise OtherError("pads by numbers that depend on the input")
        pads = whole(inputs[1].few())
    value = inputs[2] if len(inputs) > 2 else None
    zero = value is None or (isinstance(value, Constant) and not np.any(value.few()))
    mode = node.attributes.get("mode", "constant")
    if mode != "constant" or not zero or node.attributes.get("value") or len(inputs) > 3:
        raise OtherError(f"pads with something else than zeros ({mode})")
    rank = len(flow.axes)
    around = [pads[i::rank] for i in range(rank)]
    places = [i for i, pair in enumerate(around) if any(pair)]
    if len(pads) != 2 * rank or min(pads) < 0 or len(places) != 1:
        raise OtherError("pads other axes than time")
    time = role(flow.axes[places[0]], "time")
    if time is None or flow.taken or flow.flipped or (flow.features and time in flow.features):
        raise OtherError("pads another axis than time")
    front, back = around[places[0]]
    return Padded(flow, time, (front, back))


def _resized(node: Node, name: str, inputs: Inputs, flow: Flow) -> Flow:
    """Every timestep several times."""
    says = node.attributes
    how = (
        says.get("mode", "nearest"), says.get("nearest_mode", "round_prefer_floor"),
        says.get("coordinate_transformation_mode", "half_pixel"),
    )  # fmt: skip
    if how not in NEAREST and not (node.op == "Upsample" and how[0] == "nearest"):
        raise OtherError("resizes in another way than repeating timesteps")
    flow, at = _sequence(flow)
    factors = _factors(node, flow, inputs)
    times = int(factors[at]) if len(factors) == len(flow.axes) else 0
    if any(one != (times if i == at else 1) for i, one in enumerate(factors)) or times < 1:
        raise OtherError("resizes other axes than time, or not by whole numbers")
    time = _time(flow, at)
    after = Atom(time.size and time.size * times, "time")
    part = Part(name, "output", node.title, {"upsampling": times})
    return flow.through(part, **_placed(flow, at, after, flow.features))


def _factors(node: Node, flow: Flow, inputs: Inputs) -> list[float]:
    """How often each axis comes, from scales or from the lengths that are wanted."""
    if len(inputs) > 3 and isinstance(inputs[3], Constant):
        wanted = inputs[3].few().reshape(-1).tolist()
        there = [length_of(axis) for axis in flow.axes]
        known = zip(wanted, there, strict=True)
        return [n / size if isinstance(size, int) else 0 for n, size in known]
    scales = inputs[2] if len(inputs) > 2 else inputs[1] if len(inputs) > 1 else None
    if isinstance(scales, Constant):
        return [float(one) for one in scales.few().reshape(-1)]
    return list(node.attributes.get("scales", ()))


NEAREST = (
    ("nearest", "round_prefer_floor", "half_pixel"),
    ("nearest", "floor", "asymmetric"),
    ("nearest", "round_prefer_ceil", "half_pixel"),
)
"""The ways to count places by which each timestep comes as often as the others."""


def _repeated(node: Node, name: str, inputs: Inputs, flow: Flow) -> Flow:
    """One row as several timesteps."""
    if not isinstance(inputs[1], (Constant, Lengths)):
        raise OtherError("repeats as often as the input says")
    lengths = lengths_of(inputs[1]).entries
    axes = ((),) * (len(lengths) - len(flow.axes)) + flow.axes
    new = [i for i, n in enumerate(lengths)
           if n not in (1, -1) and n != length_of(axes[i]) and not bare(axes[i])]  # fmt: skip
    kept = [n == 1 if node.op == "Tile" else n in (1, -1, length_of(axes[i]))
            for i, n in enumerate(lengths) if i not in new]  # fmt: skip
    if not all(kept) or len(new) > 1 or len(axes) != len(lengths):
        raise OtherError("repeats more than one row")
    if not new:
        return replace(flow, axes=axes)
    times = lengths[new[0]]
    if not flow.taken and isinstance(times, int) and not flow.spread:
        copies = (Atom(times, "copies"),)
        return replace(flow, axes=(*axes[: new[0]], copies, *axes[new[0] + 1 :]))
    if not flow.taken:
        raise OtherError("repeats what is more than one row")
    if isinstance(times, int):
        after = Atom(times, "time")
        part = Part(name, "output", node.title, {"repeat": times})
        return flow.through(part, axes=(*axes[: new[0]], (after,), *axes[new[0] + 1 :]), taken="")
    if not isinstance(times, Atom):
        raise OtherError("repeats one row as often as only a run tells")
    there = replace(flow, axes=(*axes[: new[0]], (times,), *axes[new[0] + 1 :]))
    return replace(there, spread=flow.spread | {times})


def settled(name: str, flow: Flow) -> Flow:
    """What a graph makes of a value's axes: timesteps, and copies of each, are more timesteps."""
    for at, axis in enumerate(flow.axes):
        if [atom.role for atom in axis] in (["time", "copies"], ["", "copies"]):
            time, copies = axis
            role((time,), "time")
            after = Atom(time.size and time.size * (copies.size or 0), "time")
            axes = (*flow.axes[:at], (after,), *flow.axes[at + 1 :])
            return flow.through(
                Part(name, "output", "Tile", {"upsampling": copies.size}), axes=axes
            )
    return flow


def _summed(node: Node, name: str, inputs: Inputs, flow: Flow) -> Flow | None:
    """The sum of timesteps, each times a number: a product of the two."""
    axes = axes_of(node, settings(inputs), len(flow.axes))
    link = flow.link
    if link is None or link.part.block != {"join": "multiply"} or not axes or len(axes) != 1:
        return None
    time = role(flow.axes[axes[0]], "time")
    by_width = sorted((link.reads, *link.others), key=lambda one: math.prod(
        atom.size or 0 for atom in one.features))  # fmt: skip
    if time is None or len(by_width) != 2 or length_of(by_width[0].features) != 1:
        return None
    if any(one.taken or one.flipped for one in by_width):
        return None
    kept: tuple[Axis, ...] = ((),) if node.attributes.get("keepdims", 1) else ()
    part = Part(name, "output", "Mul and ReduceSum", {"join": "dot", "axes": [1, 1]})
    weights, values = by_width
    if weights.link and weights.link.part.block == {"reshape": [-1, 1]}:
        weights = weights.link.reads
    else:
        flat = Part(f"{name}.flatten", "output", "Mul", {"flatten": True})
        weights = weights.through(flat, taken="pooled")
    return weights.through(
        part, values, axes=(*flow.axes[: axes[0]], *kept, *flow.axes[axes[0] + 1 :]),
        features=values.features, taken="pooled",
    )  # fmt: skip


WINDOWS: Mapping[str, Callable[[Node, str, Inputs, Flow], Any]] = {
    "Conv": _conv,
    **dict.fromkeys(POOLINGS, _pool),
    **dict.fromkeys(GLOBAL, _global),
    "Pad": _pad,
    "Resize": _resized,
    "Upsample": _resized,
    "Expand": _repeated,
    "Tile": _repeated,
    "ReduceSum": _summed,
}
"""What such operators make of a sequence, or of one row."""
