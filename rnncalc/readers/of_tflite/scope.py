"""A subgraph on its way to nodes: its values by name, constants as what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.tflite.file import ABSENT, LiteModel, LiteTensor, Operator, Subgraph
from rnncalc.conventions import tflite as words
from rnncalc.data import dataclass
from rnncalc.errors import FileError, printable
from rnncalc.model.checks import Names
from rnncalc.readers.of_onnx.operators.table import OtherError
from rnncalc.readers.of_onnx.walk.turns import TURNS

MOST = 50_000
"""Operators that become nodes; those of a subgraph that is called count each time."""

WHOLE = ("int8", "uint8", "int16")
"""The types that stand for numbers where a quantization says how."""

QUANTIZED = (
    "computes with {} in place of numbers (full integer quantization), which is not computed here: "
    "convert without a representative dataset, or give rnncalc the model itself (.keras, .h5)"
)


@dataclass
class Shared:
    """What all subgraphs of a file share.

    Attributes:
        model: the file.
        values, nodes: gives names that no other value or node has.
        left: how many operators may still become nodes.
        hybrid: tensors of whole numbers that were dequantized, and by what.
    """

    model: LiteModel
    values: Names = field(default_factory=Names)
    nodes: Names = field(default_factory=Names)
    left: int = MOST
    hybrid: dict[str, str] = field(default_factory=dict)


class Scope:
    """A subgraph, whose operators become nodes.

    Attributes:
        nodes, constants: what has become of it so far.
        names: the names of its values, by the places of tensors.
        around: the subgraphs that call it.
        suffix: what names of nodes have behind them where an operator calls it.
        rows: values that lack the axis of a batch of one in the file, and have it here, as steps
            of recurrences are tried with batches of any size.
    """

    def __init__(self, shared: Shared, graph: Subgraph, given: Mapping[int, str]) -> None:
        self.shared, self.graph = shared, graph
        self.names = dict(given)
        self.nodes: list[Node] = []
        self.constants: dict[str, Tensor] = {}
        self.suffix = ""
        self.around: tuple[Scope, ...] = ()
        self.rows: set[str] = set()
        self.operator: Operator | None = None
        self.called = self.name = ""

    def inner(self, index: int, given: Sequence[str], *, apart: bool) -> Scope:
        """A subgraph that an operator calls; ``apart`` where it has nodes of its own."""
        graph = self.shared.model.subgraphs[index]
        if len(given) != len(graph.inputs):
            raise FileError(f"calls a subgraph of {len(graph.inputs)} inputs with {len(given)}")
        scope = Scope(self.shared, graph, dict(zip(graph.inputs, given, strict=True)))
        scope.suffix, scope.around = "/body" if apart else "/goes_on", (self, *self.around)
        if not apart:
            scope.nodes, scope.constants = self.nodes, self.constants
        return scope

    def begin(self, operator: Operator) -> None:
        """The nodes that are made from now on are this operator's."""
        self.shared.left -= 1
        if self.shared.left < 0:
            raise FileError(f"has more than {MOST:,} operators, those that it repeats counted")
        self.operator, self.called = operator, operator.op
        self.name = self._module(operator) + self.suffix

    def _module(self, operator: Operator) -> str:
        """What an operator is called: the layer that its outputs, else its weights, tell."""
        for index in (*operator.outputs[:1], *operator.inputs[1:3]):
            if index != ABSENT:
                name = words.module_of(self.graph.tensors[index].name)
                if name and not words.MADE.match(name):
                    return name
        return operator.op.lower()

    def tensor(self, index: int) -> LiteTensor:
        """What the file says of an input of the operator at work. Errors: OtherError for none."""
        return self.graph.tensors[self._place(index)]

    def _place(self, index: int) -> int:
        assert self.operator is not None
        if not self.has(index):
            raise OtherError(f"lacks its input {index}")
        return self.operator.inputs[index]

    @property
    def told(self) -> Mapping[str, Any]:
        """The options of the operator at work."""
        return self.operator.options if self.operator else {}

    @property
    def output(self) -> LiteTensor:
        """What the file says of what the operator at work gives first."""
        assert self.operator is not None
        return self.graph.tensors[self.operator.outputs[0]]

    def readers(self, place: int) -> list[str]:
        """The operators that read a tensor; nothing is told of one that the subgraph gives."""
        ops = [one.op for one in self.graph.operators if place in one.inputs]
        return ["a caller"] if place in self.graph.outputs else ops

    def refuse_whole(self, index: int) -> None:
        """Errors: OtherError where an input that flows holds whole numbers in place of others."""
        tensor = self.tensor(index)
        if tensor.numbers is None and tensor.dtype in WHOLE and tensor.quantization:
            raise OtherError(QUANTIZED.format(tensor.dtype))

    def there(self, place: int) -> bool:
        """Whether a tensor has a value, or numbers in the file."""
        return place in self.names or self.graph.tensors[place].numbers is not None

    def has(self, index: int) -> bool:
        """Whether the operator at work has an input."""
        assert self.operator is not None
        inputs = self.operator.inputs
        return 0 <= index < len(inputs) and inputs[index] != ABSENT

    def value(self, index: int) -> str:
        """The name of an input of the operator at work."""
        return self.of(self._place(index))

    def of(self, place: int) -> str:
        """The name of a tensor's value. Errors: FileError where nothing before has given it."""
        if place in self.names:
            return self.names[place]
        tensor = self.graph.tensors[place]
        stored = numbers_of(self.shared, tensor)
        if stored is None:
            message = f"tensor '{printable(tensor.name, 200)}' is read before an operator gives it"
            raise FileError(message)
        name = self.shared.values.unique(tensor.name or "constant")
        self.constants[name] = Tensor(name, stored.shape, stored.dtype, stored.numbers)
        self.names[place] = name
        return name

    def stored(self, index: int) -> Tensor:
        """The numbers of an input that stand in the file. Errors: OtherError where they do not."""
        tensor, name = self.tensor(index), self.names.get(self._place(index), "")
        scopes = (one for one in (self, *self.around) if name in one.constants)
        if (scope := next(scopes, None)) is not None:
            return scope.constants[name]
        found = numbers_of(self.shared, tensor)
        if found is None:
            what = "are kept from run to run" if tensor.variable else "do not stand in the file"
            raise OtherError(f"has weights that {what}: {printable(tensor.name, 200)}")
        return found

    def few(self, index: int) -> tuple[int, ...]:
        """Axes, bounds or a shape. Errors: OtherError where they are not a few numbers."""
        found = self.stored(index)
        if found.size > 16 or "int" not in found.dtype:
            raise OtherError("has axes or bounds that are not a few whole numbers")
        return tuple(int(one) for one in found.read().reshape(-1))

    def add(self, op: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """A node; the name of what it gives."""
        return self.several(op, *inputs, outputs=outputs, **attributes)[0]

    def several(self, op: str, *inputs: str, outputs: int, **attributes: Any) -> tuple[str, ...]:
        """A node of several outputs, and their names."""
        names = tuple(self.shared.values.unique(f"{self.name}.{op}") for _ in range(outputs))
        moves = op in TURNS and inputs[0] not in self.constants
        own = self.shared.nodes.unique(f"{self.name}/{op}") if moves else self.own()
        node = Node(op, own, inputs, names, attributes, self.called)
        self.nodes.append(node)
        return names

    def own(self) -> str:
        """A name for a node of the operator at work, which may be a layer."""
        return self.shared.nodes.unique(self.name)

    def constant(self, numbers: Any, dtype: str = "int64") -> str:
        """Numbers that no tensor has."""
        array = np.asarray(numbers, np.float64)
        name = self.shared.values.unique(f"{self.name}.constant")
        self.constants[name] = Tensor(name, array.shape, dtype, lambda: array, {})
        return name

    def kept(self, tensor: Tensor) -> str:
        """A constant that is made of the file's."""
        name = self.shared.values.unique(f"{self.name}.weights")
        self.constants[name] = tensor
        return name

    def give(self, names: Iterable[str]) -> None:
        """What the operator at work gives."""
        assert self.operator is not None
        for place, name in zip(self.operator.outputs, names, strict=False):
            if place in self.names or self.graph.tensors[place].numbers is not None:
                name = printable(self.graph.tensors[place].name, 200)
                raise FileError(f"tensor '{name}' is given twice")
            self.names[place] = name


def numbers_of(shared: Shared, tensor: LiteTensor) -> Tensor | None:
    """The numbers of a tensor, what they stand for: None where they do not stand in the file."""
    stored = tensor.numbers
    if stored is None:
        return None
    if tensor.quantization is None or tensor.dtype not in (*WHOLE, "int32"):
        return stored
    if tensor.dtype == "int32" or tensor.quantization.scales.size == 0:
        return stored
    shared.hybrid[tensor.name] = tensor.dtype
    said = tensor.quantization

    def numbers() -> Array:
        return said.of(stored.read()).astype(np.float32).astype(np.float64)

    return Tensor(stored.name, stored.shape, "float32", numbers)
