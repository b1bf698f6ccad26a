"""A graph of ONNX nodes while it is made, and the bytes that the library makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.extra import needed
from rnncalc.containers.onnx.limits import LONGEST
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import Names

OPSET, IR = 14, 7
TYPES = {"float32": 1, "int32": 6, "int64": 7, "float16": 10, "float64": 11}


class GraphBuilder:
    """Nodes one after the other, and the constants that they read.

    Attributes:
        name: gives a wanted name, or one made of it that nothing else has.
    """

    def __init__(self) -> None:
        self.onnx = needed("onnx", ".onnx", "writing")
        self.nodes: list[Any] = []
        self.constants: dict[str, Array] = {}
        self.name = Names().unique

    def constant(self, wanted: str, array: Any) -> str:
        """Numbers that stand in the file; their name."""
        name = self.name(wanted)
        self.constants[name] = np.asarray(array, order="C")
        return name

    def axes(self, *values: int) -> str:
        """A list of axes, or a shape, as the operations take them."""
        return self.constant("axes", np.array(values, dtype=np.int64))

    def add(
        self, operation: str, *inputs: str, at: str = "", count: int = 1, **attributes: Any
    ) -> str:
        """A node; the name of what it gives (of several the first, then with a number behind).

        Args:
            at: what node and outputs are called by.
            count: how many outputs it has.
        """
        name = self.name(at or operation)
        outputs = [self.name(f"{name}.out{i or ''}") for i in range(count)]
        self._append(operation, inputs, outputs, name, attributes)
        return outputs[0]

    def give(self, name: str, inside: str) -> None:
        """Give what has a name inside by another one, which the graph has taken already."""
        self._append("Identity", [inside], [name], self.name(f"to {name}"), {})

    def _append(
        self,
        operation: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        name: str,
        attributes: Mapping[str, Any],
    ) -> None:
        make = self.onnx.helper.make_node
        self.nodes.append(make(operation, inputs, outputs, name, **attributes))

    def content(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> bytes:
        """The bytes of a model of it.

        Args:
            inputs, outputs: name to (type, axes): sizes, or words for those that are not fixed.

        Errors: RnncalcError for more bytes than a protobuf has.
        """
        size = sum(array.nbytes for array in self.constants.values())
        if size > LONGEST:
            most = f"an .onnx file holds at most {LONGEST:,}. Write .safetensors"
            raise RnncalcError(f"{size:,} bytes of numbers are too many: {most}")
        helper, numpy_helper = self.onnx.helper, self.onnx.numpy_helper
        tensors = [numpy_helper.from_array(one, name) for name, one in self.constants.items()]
        given, gives = (
            [helper.make_tensor_value_info(name, TYPES[kind], axes)
             for name, (kind, axes) in ends.items()]
            for ends in (inputs, outputs)
        )  # fmt: skip
        graph = helper.make_graph(self.nodes, "rnncalc", given, gives, tensors)
        operators = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, ir_version=IR, producer_name="rnncalc", opset_imports=operators
        )
        data: bytes = model.SerializeToString(deterministic=True)
        return data
