"""A Scan as the Loop that it is: it reads its sequences one step after another, by itself.

PyTorch's newer exporter writes one for ``torch.scan``. Sequences that are read from their end, or
whose timesteps are another axis than the first, are turned in front and behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Given, Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import Names

SAID = {
    "body", "num_scan_inputs", "scan_input_axes", "scan_input_directions", "scan_output_axes",
    "scan_output_directions",
}  # fmt: skip
BACKWARD = {"starts": -1, "ends": np.iinfo(np.int64).min, "axes": 0, "steps": -1}
"""The bounds of a Slice that turns the first axis around."""


@dataclass(frozen=True)
class Unscanned:
    """A Scan as a Loop.

    Attributes:
        loop: the loop.
        front, behind: what turns sequences before and after it.
        constants: what these read.
    """

    loop: Node
    front: list[Node]
    behind: list[Node]
    constants: dict[str, Tensor]


def unscanned(node: Node) -> Unscanned:
    """A Scan as a Loop.

    Errors: RnncalcError where it is none of opset 9 or later.
    """
    body, sequences = node.attributes.get("body"), node.attributes.get("num_scan_inputs")
    if not isinstance(body, Graph) or not isinstance(sequences, int):
        raise RnncalcError("it has no body, or does not say how many sequences it reads")
    states = len(node.inputs) - sequences
    fits = len(body.inputs) == len(node.inputs) and len(body.outputs) == len(node.outputs)
    if set(node.attributes) - SAID or "" in node.inputs or not 0 < states <= len(body.outputs):
        raise RnncalcError("it is a Scan of opset 8, or carries no state")
    if not fits or sequences < 1:
        raise RnncalcError("it gives its body other values than that takes")
    turns = _Turns(node)
    read = [turns.front(i, name) for i, name in enumerate(node.inputs[states:])]
    given = [turns.behind(i, name) for i, name in enumerate(node.outputs[states:])]
    loop = replace(
        node, op="Loop", inputs=("", "", *node.inputs[:states]),
        outputs=(*node.outputs[:states], *given), attributes={"body": _body(body, states, read)},
    )  # fmt: skip
    return Unscanned(loop, turns.before, turns.after, turns.constants)


def _body(body: Graph, states: int, read: Sequence[str]) -> Graph:
    """The body of a loop: it takes the steps of its sequences itself."""
    names = list(body.inputs)
    values = {name for node in body.nodes for name in (*node.inputs, *node.outputs)}
    free = Names(values | body.inputs.keys() | body.constants.keys())
    step, go_on = free.unique("step"), free.unique("goes_on")
    gathers = [
        Node("Gather", inner, (outer, step), (inner,), {})
        for outer, inner in zip(read, names[states:], strict=True)
    ]
    inputs = {step: Given("int64", ()), go_on: Given("bool", ())}
    inputs |= {name: body.inputs[name] for name in names[:states]}
    return replace(
        body, nodes=(*gathers, *body.nodes), inputs=inputs, outputs=(go_on, *body.outputs)
    )


class _Turns:
    """What turns the sequences of a Scan."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.before: list[Node] = []
        self.after: list[Node] = []
        self.constants: dict[str, Tensor] = {}

    def front(self, index: int, name: str) -> str:
        """A sequence as a loop reads it; its name."""
        if self._is_one("scan_input_axes", index):
            name = self._add(self.before, "Transpose", name, {"perm": (1, 0, 2)})
        if self._is_one("scan_input_directions", index):
            name = self._add(self.before, "Slice", name, {})
        return name

    def behind(self, index: int, name: str) -> str:
        """The name of what a loop gives, of which a sequence is made."""
        if self._is_one("scan_output_axes", index):
            name = self._add(self.after, "Transpose", name, {"perm": (1, 0, 2)}, back=True)
        if self._is_one("scan_output_directions", index):
            name = self._add(self.after, "Slice", name, {}, back=True)
        return name

    def _is_one(self, key: str, index: int) -> bool:
        """Whether an axis, or a direction, is 1; 0 where it is not said."""
        given = self.node.attributes.get(key, ())
        value = given[index] if index < len(given) else 0
        if value not in (0, 1):
            raise RnncalcError(f"its {key} has {value}, expected 0 or 1")
        return bool(value)

    def _add(
        self, nodes: list[Node], op: str, name: str, says: Mapping[str, Any], *, back: bool = False
    ) -> str:
        """A node that reads a value of this name, or gives it (``back``); the name of the other."""
        other = f"{self.node.name}/{op}/{name}"
        source, target = (other, name) if back else (name, other)
        bounds = self._bounds() if op == "Slice" else ()
        nodes.insert(
            0 if back else len(nodes), Node(op, target, (source, *bounds), (target,), says)
        )
        return other

    def _bounds(self) -> tuple[str, ...]:
        for key, number in BACKWARD.items():
            name = f"{self.node.name}/{key}"
            numbers: Callable[[], Array] = partial(np.full, (1,), float(number))
            self.constants[name] = Tensor(name, (1,), "int64", numbers)
        return tuple(f"{self.node.name}/{key}" for key in BACKWARD)
