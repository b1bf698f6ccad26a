"""Two directions as one: halves of a bidirectional node, or two nodes that read one sequence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, Axis, same
from rnncalc.readers.of_onnx.operators.table import OtherError
from rnncalc.readers.of_onnx.walk.heads import changed
from rnncalc.readers.of_onnx.walk.values import Flow, Link

MERGES = {"Add": "sum", "Sum": "sum", "Mul": "mul", "Mean": "ave", "Concat": "concat"}
"""The operators that merge two directions."""

OF_ONE = ("cell", "reset_after", "clip", "cell_clip", "input_forget", "zero_output_for_mask")
"""What is said once for both directions, where it is the same."""


def joined(op: str, axis: int, one: Flow, other: Flow, *, apart: bool = False) -> Flow:
    """Two flows as one: both directions of a layer, merged.

    Args:
        axis: along which a Concat puts them side by side.
        apart: whether two nodes of one direction stay two layers.

    Errors: OtherError where they are anything else.
    """
    how = MERGES[op]
    last = len(one.axes) - 1
    if one.half is not None and other.half is not None:
        return _halves(how, axis, one, other)
    if how == "concat" and (axis != last or not same(one.axes[-1], one.features)):
        raise OtherError("puts values that depend on the input side by side")
    if apart or one.link is None or other.link is None or len(one.axes) != len(other.axes):
        raise OtherError("joins values that are not the two directions of a layer")
    return _nodes(how, one, other)


def _halves(how: str, axis: int, one: Flow, other: Flow) -> Flow:
    """The two directions of one node."""
    link = one.link
    of_one = link is not None and other.link is not None and link.part is other.link.part
    if not of_one or (one.half, other.half) != (0, 1):
        raise OtherError("joins values that are not the two directions of a node in their order")
    features = all(same(each.axes[-1], one.features) for each in (one, other))
    if not features or axis != len(one.axes) - 1:
        raise OtherError("joins two directions along another axis than the features")
    _refuse_apart(one, other)
    assert link is not None
    if link.part.kind != "recurrent" or link.part.block.get("merge") != "concat":
        raise OtherError("joins two directions behind another layer, which is not computed here")
    both = (Atom(2, "directions"), *one.features)
    if how == "concat":
        return _of_both(replace(one, axes=(*one.axes[:-1], both), features=both), other)
    return _of_both(changed(one, merge=how), other)


def _refuse_apart(one: Flow, other: Flow) -> None:
    """Errors: OtherError where two directions do not stand at the same places."""
    if one.axes[:-1] != other.axes[:-1]:
        raise OtherError("joins two directions whose axes differ, or stand in another order")
    if one.flipped != other.flipped:
        raise OtherError("joins two directions of which one runs backward in time")


def _of_both(joined: Flow, backward: Flow) -> Flow:
    """What both directions give: the steps that the backward one does, as what a forward one
    ``ended`` with is its last step too."""
    cut = joined.cut or backward.cut
    return replace(joined, half=None, taken=backward.taken, cut=cut)


def _nodes(how: str, one: Flow, other: Flow) -> Flow:
    """Two nodes of one direction that read the same sequence."""
    first, second = one.link, other.link
    assert first is not None
    assert second is not None
    parts = first.part, second.part
    ways = [part.block.get("direction", "forward") for part in parts]
    if any(part.kind != "recurrent" or "forward" in part.block for part in parts) or (
        ways != ["forward", "backward"]
    ):
        raise OtherError("joins values that are not a forward and a backward direction")
    if not _same_input(first.reads, second.reads):
        raise OtherError("joins two directions that do not read the same sequence")
    _refuse_apart(one, other)
    part = _both(how, *parts)
    features = _features(how, one.features, other.features)
    first.origin.part, second.origin.part = part, None
    link = Link(part, first.reads, part, first.origin)
    axes = (*one.axes[:-1], features)
    return _of_both(replace(one, link=link, axes=axes, features=features), other)


def _same_input(one: Flow, other: Flow) -> bool:
    """Whether two flows are the same but for the order in time."""
    return (
        one.link is other.link and one.source == other.source and one.features == other.features
        and one.taken == other.taken and one.order is other.order
        and {atom for axis in one.axes for atom in axis}
        == {atom for axis in other.axes for atom in axis}
    )  # fmt: skip


def _features(how: str, one: Axis, other: Axis) -> Axis:
    sizes = [sum(atom.size or 0 for atom in axis) for axis in (one, other)]
    if how != "concat" and sizes[0] != sizes[1]:
        raise OtherError(f"merges a direction of {sizes[0]} units with one of {sizes[1]}")
    return (Atom(sum(sizes) if how == "concat" else sizes[0]),)


def _both(how: str, forward: Part, backward: Part) -> Part:
    """A layer of two directions."""
    blocks = [dict(part.block) for part in (forward, backward)]
    shared: dict[str, Any] = {}
    for key in OF_ONE:
        values = [block.get(key) for block in blocks]
        if values[0] == values[1] and values[0] is not None:
            shared[key] = values[0]
            for block in blocks:
                del block[key]
    blocks[1].pop("direction")
    block = {**shared, "merge": how, "forward": blocks[0], "backward": blocks[1]}
    says = f"{forward.says} and {backward.says} backward"
    return replace(
        forward, says=says, block=block,
        assumed=forward.assumed + backward.assumed,
        warnings=forward.warnings + backward.warnings,
    )  # fmt: skip
