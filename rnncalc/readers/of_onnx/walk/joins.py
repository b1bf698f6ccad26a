"""Several values that depend on the input and become one: joined, or multiplied as matrices.

What stands at one place must be the same axis, or two of which nothing says that they differ; of
one row, or of one number, there is one for each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnncalc.containers.onnx.file import Node
from rnncalc.errors import printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, Axis, bare, length_of, plain, same
from rnncalc.readers.of_onnx.operators.table import OtherError, axis_of
from rnncalc.readers.of_onnx.walk.values import Flow, Value

JOINS: Mapping[str, str] = {
    "Add": "add", "Sum": "add", "Sub": "subtract", "Mul": "multiply", "Max": "maximum",
    "Mean": "average", "Concat": "concat",
}  # fmt: skip
"""The operators that join values, and how."""

Inputs = Sequence[Value | None]


def join(node: Node, name: str, inputs: Inputs) -> Flow:
    """Several values as one. Errors: OtherError where they do not stand at the same places."""
    flows = [_plain(one) for one in inputs]
    rank = max(len(one.axes) for one in flows)
    flows = [replace(one, axes=((),) * (rank - len(one.axes)) + one.axes) for one in flows]
    flows, at = _standing(name, flows)
    _refuse_pairs(flows, at)
    axis = axis_of(node, rank, None) if node.op == "Concat" else at
    axes = [together(flows, place) for place in range(rank) if place not in (at, axis)]
    block: dict[str, object] = {"join": JOINS[node.op]}
    if node.op == "Concat":
        return _behind(name, flows, at, axis, rank, block)
    widest = max(flows, key=lambda one: _width(one.axes[at]))
    if any(_width(one.axes[at]) not in (1, _width(widest.axes[at])) for one in flows):
        raise OtherError("joins rows of different lengths")
    axes.insert(at, widest.axes[at])
    single = all(one.taken for one in flows)
    spread = frozenset().union(*(one.spread for one in flows)) if single else frozenset()
    first, *others = flows
    return first.through(
        Part(name, "output", node.title, block), *others, axes=tuple(axes), spread=spread,
        features=_rows(widest, at), taken="pooled" if single else "",
    )  # fmt: skip


def _refuse_pairs(flows: Sequence[Flow], at: int) -> None:
    """Errors: OtherError where not all timesteps stand at one axis."""
    longer = {
        i
        for one in flows
        for i, axis in enumerate(one.axes)
        if i != at and bare(axis) and all(atom.role != "batch" for atom in axis)
    }
    if len(longer) > 1 and any(not bare(one.axes[i]) for one in flows for i in longer):
        raise OtherError("joins each timestep with each of another value")


def _plain(value: Value | None) -> Flow:
    """A value that depends on the input, in its order. Errors: OtherError for any other."""
    if not isinstance(value, Flow) or value.order:
        raise OtherError("joins a value that depends on the input with one that is not followed")
    if value.flipped:
        raise OtherError("joins values of which one runs backward in time")
    return value


def _standing(name: str, flows: Sequence[Flow]) -> tuple[list[Flow], int]:
    """The values with their features at one axis, and which that is."""
    rank, known = len(flows[0].axes), [one for one in flows if one.features]
    plain_ones = [one for one in known if not any(atom.places for atom in one.features)] or known
    found = {_features_of(one) for one in plain_ones}
    if len(found) > 1:
        raise OtherError("joins values whose features stand at different axes")
    at = next(iter(found), rank - 1)
    return [one if not one.features or _features_of(one) == at else _turned(name, one, at)
            for one in flows], at  # fmt: skip


def _features_of(flow: Flow) -> int:
    places = [i for i, axis in enumerate(flow.axes) if same(axis, flow.features)]
    if not places:
        raise OtherError("joins rows that are not the features of a step")
    return places[-1]


def _turned(name: str, flow: Flow, at: int) -> Flow:
    """What has a number for each timestep of another value, as timesteps: where those stand."""
    place = _features_of(flow)
    axes, atoms = list(flow.axes), bare(flow.features)
    times = atoms[0].places or Atom(atoms[0].size, "time") if len(atoms) == 1 else None
    if times is None or flow.spread or flow.half is not None:
        raise OtherError("joins values whose features stand at different axes")
    if flow.taken:  # one row becomes timesteps of one number
        block: dict[str, object] = {"reshape": [-1, 1]}
        features: Axis = (Atom(1),)
    else:
        role(flow.axes[at], "time")
        block, features = {"permute": [2, 1]}, (Atom(plain(flow.axes[at])[0].size),)
    axes[place], axes[at] = (times,), features
    part = Part(f"{name}.turned", "output", "Transpose", block)
    return flow.through(part, axes=tuple(axes), features=features, taken="")


def _rows(flow: Flow, at: int) -> Axis:
    """The features of a value; those of an input are what stands there."""
    return flow.features or flow.axes[at]


def _width(axis: Axis) -> int:
    size = length_of(axis)
    if not isinstance(size, int):
        raise OtherError("joins rows whose length only a run tells")
    return size


def _behind(
    name: str, flows: list[Flow], at: int, axis: int, rank: int, block: dict[str, object]
) -> Flow:
    """Values one behind the other: the features of each step, or the steps themselves."""
    if any(one.spread for one in flows):
        raise OtherError("puts one row beside timesteps, as many as only a run tells")
    axes = [together(flows, place) if place not in (at, axis) else () for place in range(rank)]
    first, *others = flows
    part = Part(name, "output", "Concat", block)
    if axis == at:
        atoms: Axis = (Atom(sum(_width(one.axes[at]) for one in flows)),)
        axes[at] = atoms
        single = all(one.taken for one in flows)
        return first.through(part, *others, axes=tuple(axes), features=atoms,
                             taken="pooled" if single else "")  # fmt: skip
    times = [role(one.axes[axis], "time") for one in flows]
    if None in times or any(one.taken for one in flows):
        raise OtherError("puts values side by side along what is neither features nor timesteps")
    axes[at] = together(flows, at)
    sizes = [time.size for time in times if time]
    total = sum(size for size in sizes if size) if all(sizes) else None
    axes[axis] = (Atom(total, "time"),)
    return first.through(replace(part, block=block | {"axis": 1}), *others, axes=tuple(axes),
                         features=_rows(first, at), taken="")  # fmt: skip


def together(flows: Sequence[Flow], place: int) -> Axis:
    """One axis of all: where some are 1 long, that of the others."""
    longer = [one for one in flows if bare(one.axes[place])]
    for other in longer[1:]:
        if not same(longer[0].axes[place], other.axes[place]):
            _match(longer[0], other, place)
    return longer[0].axes[place] if longer else ()


def _match(one: Flow, other: Flow, place: int) -> None:
    """Two axes that nobody knows to be the same, and nothing says to differ.

    Errors: OtherError where something does.
    """
    a, b = plain(one.axes[place]), plain(other.axes[place])
    moved = {*b} & {atom for axis in one.axes for atom in axis}
    if len(a) != 1 or len(b) != 1 or moved:
        raise OtherError("joins values whose axes stand in another order")
    (first,), (second,) = a, b
    sizes = {first.size, second.size} - {None}
    if len(sizes) > 1 or (first.role and second.role and first.role != second.role):
        raise OtherError("joins axes that are not the same")
    first.role = second.role = first.role or second.role
    first.size = second.size = first.size or second.size


def role(axis: Axis, what: str) -> Atom | None:
    """The axis as time, or as the batch; None for one of length 1.

    Errors: OtherError where it is another one.
    """
    atoms = plain(axis)
    if not atoms:
        return None
    (atom,) = atoms if len(atoms) == 1 else (Atom(0, "joined"),)
    if atom.role not in ("", what):
        raise OtherError(f"reads as {what} an axis that is something else")
    atom.role = what
    return atom


def product(node: Node, name: str, inputs: Inputs) -> Flow:
    """Two values multiplied as matrices: of each sequence, summed over an axis of both.

    Errors: OtherError where the axes are others.
    """
    x, y = (_known(_plain(one)) for one in inputs)
    if not len(x.axes) == len(y.axes) == 3 or x.spread or y.spread:
        raise OtherError(f"is a {node.title} of values that do not have three axes")
    batch = together([x, y], 0)
    role(batch, "batch")
    axes = [_axis(x, 2), _axis(y, 1)]
    _refuse_others(x.axes[2], y.axes[1])
    part = Part(name, "output", node.title, {"join": "dot", "axes": axes})
    front, back = x.axes[1], y.axes[2]
    if not x.taken and not y.taken:
        front, back = _as_time(x, front), _as_features(y, back)
    elif not x.taken or not y.taken:
        front, back = ((), _as_features(y, back)) if x.taken else (_as_features(x, front), ())
    else:
        back = (Atom(1),)
    return x.through(part, y, axes=(batch, front, back), features=back or front,
                     taken="pooled" if x.taken or y.taken else "")  # fmt: skip


def einsum(node: Node, name: str, inputs: Inputs) -> Flow:
    """Such a product as letters say it: ``bqd,bkd->bqk``.

    Errors: OtherError for any other.
    """
    says = str(node.attributes.get("equation", "")).replace(" ", "")
    match = re.fullmatch("([a-z]{3}),([a-z]{3})->([a-z]{3})", says)
    one, other, made = match.groups() if match else ("", "", "")
    batch, summed = {*one} & {*other} & {*made}, ({*one} & {*other}) - {*made}
    if len(batch) != 1 or len(summed) != 1 or len({*one, *other, *made}) != 4:
        raise OtherError(f"is an Einsum of {printable(says)}, which is not computed here")
    (b,), (k,) = batch, summed
    front, back = ({*letters} - {b, k} for letters in (one, other))
    orders = (b, *front, k), (b, k, *back)
    turned = [
        replace(flow, axes=tuple(flow.axes[letters.index(letter)] for letter in order))
        for flow, letters, order in zip(map(_plain, inputs), (one, other), orders, strict=True)
    ]
    found = product(node, name, turned)
    axes = dict(zip((b, *front, *back), found.axes, strict=True))
    return replace(found, axes=tuple(axes[letter] for letter in made))


def _known(flow: Flow) -> Flow:
    """The value; of an input whose time is known, with its features."""
    if flow.features:
        return flow
    timed = [any(atom.role == "time" for atom in axis) for axis in flow.axes]
    if len(flow.axes) != 3 or timed.count(True) != 1 or timed[0]:
        raise OtherError("multiplies an input, and nothing says which of its axes is time")
    return replace(flow, features=flow.axes[2 if timed[1] else 1])


def _axis(flow: Flow, summed: int) -> int:
    """Which axis of a layer's output is summed over: 1 timesteps, or the numbers of a row; 2
    features."""
    other = flow.axes[3 - summed]
    of_features = same(flow.axes[summed], flow.features)
    if flow.taken:
        if not of_features or bare(other):
            raise OtherError("multiplies one row along an axis that is not its numbers")
        return 1
    if not of_features and not same(other, flow.features):
        raise OtherError("multiplies along an axis that is neither features nor timesteps")
    role(other if of_features else flow.axes[summed], "time")
    return 2 if of_features else 1


def _refuse_others(one: Axis, other: Axis) -> None:
    """Errors: OtherError where two axes are summed over that do not have the same places."""
    a, b = bare(one), bare(other)
    first, second = ([atom.places or atom for atom in axis] for axis in (a, b))
    sizes = {length_of(a), length_of(b)}
    known = all(isinstance(size, int) for size in sizes)
    if first != second and (len(sizes) > 1 or not known):
        raise OtherError("multiplies along two axes of which nothing says that they are as long")


def _as_time(flow: Flow, axis: Axis) -> Axis:
    if not same(axis, flow.features):
        return axis
    size = length_of(axis)
    return (Atom(size if isinstance(size, int) else None, "time"),)


def _as_features(flow: Flow, axis: Axis) -> Axis:
    """The axis that is left, as the numbers of a step: perhaps one for each timestep."""
    if same(axis, flow.features) or not bare(axis):
        return flow.features if same(axis, flow.features) else (Atom(1),)
    (atom,) = plain(axis)
    return (Atom(atom.size, "", atom),)
