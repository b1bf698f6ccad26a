"""How graphs turn, cut and join the axes of what flows through them, and what that means.

A row of zeros or ones is all that is added or left out: numbers stay what they are. What a new axis
is stands in its atoms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import (
    Atom,
    Axis,
    Length,
    Product,
    bare,
    factors,
    length_of,
    plain,
    product,
    same,
    times_of,
)
from rnncalc.readers.of_onnx.operators.constants import Constant, settings
from rnncalc.readers.of_onnx.operators.lengths import Lengths, lengths_of
from rnncalc.readers.of_onnx.operators.table import (
    OtherError,
    axes_of,
    axis_of,
    new_axes_of,
    order_of,
    pieces_of,
    slices_of,
)
from rnncalc.readers.of_onnx.walk.values import Flow, Origin, Value

Turn = Callable[[Node, Flow, Sequence[Value | None]], "list[Flow]"]


def _unchanged(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    return [flow]


def _dropout(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    """Dropout, where the network is used and not trained."""
    mode = inputs[2] if len(inputs) > 2 else None
    if mode is not None and (not isinstance(mode, Constant) or np.any(mode.few())):
        raise OtherError("is a Dropout in training")
    return [flow]


def _transpose(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    order = order_of(node, len(flow.axes))
    return [replace(flow, axes=tuple(flow.axes[i] for i in order))]


def _unsqueeze(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    axes = list(flow.axes)
    for axis in sorted(new_axes_of(node, settings(inputs), len(axes))):
        axes.insert(axis, ())
    return [replace(flow, axes=tuple(axes))]


def _squeeze(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    given = axes_of(node, settings(inputs), len(flow.axes))
    single = [i for i, axis in enumerate(flow.axes) if length_of(axis) == 1]
    for axis in sorted(single if given is None else given, reverse=True):
        if length_of(flow.axes[axis]) not in (1, *flow.axes[axis]):
            raise OtherError("squeezes an axis that is longer than 1")
        flow = at(flow, axis, 0, keep=False)
    return [flow]


def at(flow: Flow, axis: int, index: int, *, keep: bool) -> Flow:
    """One place of an axis: a timestep, a direction, the only one of an axis of length 1.

    Errors: OtherError for a place in the midst of a sequence, a batch, or features.
    """
    atoms = plain(flow.axes[axis])
    front, back = flow.axes[:axis], flow.axes[axis + 1 :]
    axes = (*front, (), *back) if keep else (*front, *back)
    if not atoms:
        return replace(flow, axes=axes)
    if len(atoms) > 1:
        raise OtherError("takes one place of several axes that were joined")
    (atom,) = atoms
    if atom.size == 1 and atom.role in ("", "batch"):
        return replace(flow, axes=axes)
    if atom.role == "directions" and index in (0, 1, -1, -2):
        return replace(_half(flow, atom, index % 2), axes=axes)
    if flow.graph and atom in flow.features and not atom.role:
        kept = tuple(one for one in flow.features if one is not atom)
        return replace(chosen(flow, atom, slice(index, index + 1 or None), kept), axes=axes)
    if atom.role == "time" and index in (0, -1, (atom.size or 0) - 1):
        end = "first" if index == 0 and atom.size != 1 else "last"
        return replace(_step(flow, atom, end), axes=axes)
    what = {"time": "the sequence", "batch": "the batch"}.get(atom.role, "an axis")
    raise OtherError(f"takes place {index} of {what}, which is not computed here")


def _half(flow: Flow, atom: Atom, index: int) -> Flow:
    """One direction's outputs."""
    if atom in flow.flipped:
        raise OtherError("exchanges the directions of a bidirectional node")
    features = tuple(one for one in flow.features if one is not atom)
    if flow.graph and (flow.link is None or flow.link.part.kind != "recurrent"):
        return chosen(flow, atom, slice(index, index + 1), features)
    taken = flow.taken if index or flow.taken != "last" else "ended"
    return replace(flow, features=features, half=index, taken=taken)


def _step(flow: Flow, atom: Atom, end: str) -> Flow:
    """The first or the last timestep of an array, and which that is of the sequence."""
    part = flow.layer
    flipped = atom in flow.flipped
    first = (end == "first") != flipped
    if flow.graph and (flow.link is None or flow.link.part is not part):
        return _last_of_any(flow, atom, first)
    backward = flow.half == 1 or (part is not None and part.block.get("direction") == "backward")
    both = flow.half is None and part is not None and "backward" in part.block
    if flow.taken or part is None or (first and (both or not backward)):
        raise OtherError("takes the first timestep alone, which is not computed here")
    taken = "ended" if not both and first == backward else "last"
    return replace(flow, taken=taken, cut=True, turned=flipped, flipped=flow.flipped - {atom})


def _last_of_any(flow: Flow, atom: Atom, first: bool) -> Flow:
    """The last timestep of what comes in, or of a layer without a state."""
    if first or flow.taken or flow.spread:
        raise OtherError("takes the first timestep alone, which is not computed here")
    return replace(flow, taken="last", cut=True, flipped=flow.flipped - {atom})


def _gather(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    axis = axis_of(node, len(flow.axes))
    given = inputs[1]
    if not isinstance(given, Constant) or given.tensor.size != 1 or given.tensor.ndim > 1:
        raise OtherError("gathers more than one place of an axis")
    return [at(flow, axis, int(given.few().reshape(())), keep=given.tensor.ndim == 1)]


def _slices(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    for axis, cut in slices_of(node, settings(inputs), len(flow.axes)).items():
        flow = _cut(flow, axis, cut)
    return [flow]


FAR = 1 << 30
"""What graphs write for an end that is beyond every length."""


def _cut(flow: Flow, axis: int, cut: slice) -> Flow:
    """A stretch of an axis: all of it, all of it from its end, one place, or one direction."""
    atoms, size = plain(flow.axes[axis]), length_of(flow.axes[axis])
    size = size if isinstance(size, int) else None
    start, stop, step = cut.start or 0, cut.stop, cut.step or 1
    if step == -1 and stop is None and (start == -1 or start >= (size or FAR) - 1):
        if len(atoms) != 1:
            raise OtherError("turns around several axes that were joined")
        return replace(flow, flipped=flow.flipped ^ set(atoms))
    to_end = stop is None or stop >= (size or FAR)
    if step != 1:
        raise OtherError(f"takes every {step}th place of an axis")
    if start == 0 and to_end:
        return flow
    if size is not None:
        start, stop, _ = cut.indices(size)
    if stop is not None and stop - start == 1:
        return at(flow, axis, start, keep=True)
    if start == -1 and to_end:
        return at(flow, axis, -1, keep=True)
    return _of_direction(flow, axis, start, stop)


def _of_direction(flow: Flow, axis: int, start: int, stop: int) -> Flow:
    """The half of the features that is one direction's."""
    atoms = flow.features
    if same(flow.axes[axis], atoms) and len(atoms) == 2 and atoms[0].role == "directions":
        units = atoms[1].size or 0
        if (start, stop) in ((0, units), (units, 2 * units)):
            axes = (*flow.axes[:axis], atoms[1:], *flow.axes[axis + 1 :])
            return replace(_half(flow, atoms[0], start // units), axes=axes)
    if flow.graph and len(bare(flow.axes[axis])) == 1 and isinstance(length_of(atoms), (int, Atom)):
        (atom,) = bare(flow.axes[axis])
        if not flow.features and not atom.role and axis == len(flow.axes) - 1:
            flow = replace(flow, features=(atom,))
        if atom in flow.features:
            new = Atom(stop - start)
            features = tuple(new if one is atom else one for one in flow.features)
            axes = (*flow.axes[:axis], (new,), *flow.axes[axis + 1 :])
            return replace(chosen(flow, atom, slice(start, stop), features), axes=axes)
    raise OtherError("takes a part of an axis, which is not computed here")


def chosen(flow: Flow, atom: Atom, cut: slice, features: Axis) -> Flow:
    """Some of the features of a step: rows of a dense layer in front, else of what gives them all.

    Args:
        atom: which of the features' axes is cut.
        features: what they are then.
    """
    sizes = [one.size or 0 for one in flow.features]
    every = np.arange(math.prod(sizes)).reshape(sizes)
    at = flow.features.index(atom)
    rows = every[(*[slice(None)] * at, cut)].reshape(-1)
    link = flow.link
    block = link.part.block if link and link.part.kind == "output" else {}
    name = link.part.name if link else flow.source.replace("/", "_")
    called = f"{name}_{rows[0]}_{rows[-1]}"
    if link and {"weight", "kernel"} & block.keys() and not {"activation", "conv1d"} & block.keys():
        part = replace(link.part, name=called, block={
            key: one.made(_cut_shape(key, one, rows), partial(_rows_of, key, rows))
            for key, one in block.items()
        })  # fmt: skip
        link = replace(link, part=part, origin=Origin(part))
        return replace(flow, link=link, features=features, closed=False)
    weights = Tensor(called, (len(rows), every.size), "float32", partial(_ones, rows, every.size))
    part = Part(called, "output", "Slice", {"weight": weights})
    return flow.through(part, features=features)


def _cut_shape(key: str, tensor: Tensor, rows: Array) -> tuple[int, ...]:
    return (tensor.shape[0], len(rows)) if key == "kernel" else (len(rows), *tensor.shape[1:])


def _rows_of(key: str, rows: Array, numbers: Array) -> Array:
    return np.asarray(numbers[:, rows] if key == "kernel" else numbers[rows])


def _ones(rows: Array, size: int) -> Array:
    return np.eye(size)[rows]


def _split(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    axis = axis_of(node, len(flow.axes))
    length = length_of(flow.axes[axis])
    if not isinstance(length, int):
        raise OtherError("splits an axis whose length only a run tells")
    return [_cut(flow, axis, cut) for cut in pieces_of(node, settings(inputs), length)]


def _reshape(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    if not isinstance(inputs[1], (Constant, Lengths)):
        raise OtherError("reshapes to lengths that depend on the input")
    lengths = list(lengths_of(inputs[1]).entries)
    for i, one in enumerate(lengths):
        if one == 0 and not node.attributes.get("allowzero"):
            lengths[i] = length_of(flow.axes[i])
    return [reshaped(flow, [_own(flow, one) for one in lengths] if flow.graph else lengths)]


def _own(flow: Flow, length: Length) -> Length:
    """The length of a batch is that of every input's batch."""
    if isinstance(length, Product):
        found: Length = length.times
        for atom in length.atoms:
            found = product(found, _own(flow, atom))
        return found
    if not isinstance(length, Atom) or length.role != "batch":
        return length
    batches = (atom for axis in flow.axes for atom in axis if atom.role == "batch")
    return next((atom.size or atom for atom in batches), length)


def _flatten(node: Node, flow: Flow, inputs: Sequence[Value | None]) -> list[Flow]:
    axis = int(node.attributes.get("axis", 1)) % (len(flow.axes) + 1)
    sides = flow.axes[:axis], flow.axes[axis:]
    joined = tuple(tuple(atom for one in side for atom in one) for side in sides)
    return [replace(flow, axes=joined)]


def reshaped(flow: Flow, lengths: Sequence[Length]) -> Flow:
    """The flow with the same atoms in axes of these lengths.

    Errors: OtherError where the axes' atoms do not tell how they are joined or cut.
    """
    atoms = tuple(atom for axis in flow.axes for atom in axis)
    if max(len(atoms), len(lengths)) > limits.MOST_AXES:
        most = f"at most {limits.MOST_AXES} are followed"
        raise OtherError(f"reshapes {len(flow.axes)} axes to {len(lengths)}; {most}")
    _settle(atoms, lengths)
    open_ones = sum(one is None or one == -1 for one in lengths)
    axes = next(_grouped(atoms, list(lengths)), None) if open_ones < 2 else None
    if axes is None and flow.graph and open_ones < 2:
        return _split_features(flow, lengths)
    if axes is None:
        raise OtherError("reshapes to axes that are not those it has, joined or cut")
    return replace(flow, axes=axes)


def _split_features(flow: Flow, lengths: Sequence[Length]) -> Flow:
    """The flow whose features are cut into as many parts as it is reshaped to: heads.

    Errors: OtherError where no cut makes axes of these lengths.
    """
    for i, atom in enumerate(flow.features):
        size = atom.size or 0
        sizes = {n for n in lengths if isinstance(n, int) and 1 < n < size and not size % n}
        for n in sorted({*sizes, *(size // n for n in sizes)}):
            parts = Atom(n), Atom(size // n)
            atoms = [new for axis in flow.axes for one in axis for new in _cut_up(one, atom, parts)]
            axes = next(_grouped(tuple(atoms), list(lengths)), None)
            if axes is not None:
                features = (*flow.features[:i], *parts, *flow.features[i + 1 :])
                return replace(flow, axes=axes, features=features)
    raise OtherError("reshapes to axes that are not those it has, joined or cut")


def _cut_up(one: Atom, atom: Atom, parts: Axis) -> Axis:
    return parts if one is atom else (one,)


def _settle(atoms: Axis, lengths: Sequence[Length]) -> None:
    """Give an atom the only length with which atoms come to these lengths, as the graph then runs
    with no other: exporters write a fixed one behind an input whose length they leave open."""
    unknown = [atom for atom in atoms if atom.size is None]
    numbers = [one for one in lengths if isinstance(one, int) and one > 0]
    if len(unknown) == 1 and len(numbers) == len(lengths):
        size, rest = divmod(math.prod(numbers), math.prod(atom.size or 1 for atom in atoms))
        unknown[0].size = size if not rest and size else None


def _grouped(atoms: Axis, lengths: list[Length]) -> Iterator[tuple[Axis, ...]]:
    """The ways to put atoms, in their order, into axes of these lengths; whole ones first.

    One length may be -1 (or not known): whatever is left.
    """
    if not lengths:
        if not atoms:
            yield ()
        return
    counts = [1, 0, *range(2, len(atoms) + 1)] if atoms else [0]
    for count in counts:
        if _fits(atoms[:count], lengths[0]):
            for rest in _grouped(atoms[count:], lengths[1:]):
                yield (atoms[:count], *rest)


def _fits(axis: Axis, length: Length) -> bool:
    """Whether atoms side by side have a length."""
    if length == -1 or length is None:
        return True
    found = length_of(axis) if axis else 1
    if isinstance(length, int):
        return found == length
    known = math.prod(atom.size or 1 for atom in axis)
    unknown = sorted(id(atom.places or atom) for atom in axis if atom.size is None)
    return sorted(map(id, factors(length))) == unknown and times_of(length) == known


TURNS: dict[str, Turn] = {
    "Identity": _unchanged,
    "Cast": _unchanged,
    "Dropout": _dropout,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Gather": _gather,
    "Slice": _slices,
    "Split": _split,
    "Reshape": _reshape,
    "Flatten": _flatten,
}
"""What changes no number of what flows through it."""
