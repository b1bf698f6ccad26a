"""TensorFlow Lite files: from operators, by way of nodes, to the layers of a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Given, Graph, OnnxModel
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.tflite.file import LiteModel
from rnncalc.conventions import onnx
from rnncalc.errors import FileError, printable
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx import file as of_onnx
from rnncalc.readers.of_tflite.operators import run
from rnncalc.readers.of_tflite.scope import Scope, Shared

OPSET = 18
"""Whose meaning of the operators the nodes have."""

WHAT = "TensorFlow Lite"
HYBRID = (
    "weights kept as {} ({}): computed with the numbers that they stand for; the interpreter "
    "rounds what they are multiplied with to 8 bits, too (by up to 1/254 of the largest number of "
    "a row), and gives others"
)
NO_CELL = "has no recurrent operator, and no loop that is a cell; its operators are: {}"


def of_model(name: str, model: LiteModel) -> Contents:
    """What a file holds. Errors: FileError for damage, and where its numbers cannot be read."""
    shared = Shared(model)
    found = of_onnx.of_model(name, OnnxModel(_graph(shared), OPSET, "", "", {}))
    by = f" ({printable(model.description.rstrip('.'))})" if model.description else ""
    found.what, found.convention = f"{WHAT}{by}", "textbook"
    found.parts = [_told(part, model) for part in found.parts]
    if shared.hybrid:
        names = printable(", ".join(sorted(shared.hybrid)[:3]), 200)
        more = f" and {len(shared.hybrid) - 3} more" if len(shared.hybrid) > 3 else ""
        types = " and ".join(sorted(set(shared.hybrid.values())))
        found.warnings = [*found.warnings, HYBRID.format(types, f"{names}{more}")]
    return found


def _graph(shared: Shared) -> Graph:
    """The network, as nodes."""
    main = shared.model.subgraphs[0]
    tensors = [main.tensors[place] for place in main.inputs]
    names = {place: shared.values.unique(_input(tensor.name))
             for place, tensor in zip(main.inputs, tensors, strict=True)}  # fmt: skip
    scope = Scope(shared, main, names)
    try:
        run(scope)
    except RecursionError:
        raise FileError("has loops inside loops, too many of them") from None
    outputs = tuple(scope.of(place) for place in main.outputs)
    inputs = {names[place]: Given(one.dtype, one.shape)
              for place, one in zip(main.inputs, tensors, strict=True)}  # fmt: skip
    return Graph(tuple(scope.nodes), inputs, outputs, scope.constants)


def _input(name: str) -> str:
    """An input as a model's signature calls it."""
    return name.removeprefix("serving_default_").removesuffix(":0") or "x"


def _told(part: Part, model: LiteModel) -> Part:
    """A part in the words of this format: by our names of gates, as it has a tensor for each."""
    if part.kind == "other" and part.path == "graph":
        counts = Counter(one.op for graph in model.subgraphs for one in graph.operators)
        shown = ", ".join(f"{printable(op)} ({count})" for op, count in counts.most_common(8))
        return replace(part, says=WHAT, problem=NO_CELL.format(shown or "none"))
    if part.kind != "recurrent":
        return part
    ways = [way for way in ("forward", "backward") if way in part.block]
    block = dict(part.block)
    for way in ways:
        block[way] = _by_gate(block[way], str(part.block.get("cell", block[way].get("cell"))))
    return replace(part, block=block if ways else _by_gate(block, str(block["cell"])))


def _by_gate(block: Mapping[str, Any], cell: str) -> dict[str, Any]:
    """A block whose arrays stand in ONNX' order, by our names."""
    if "W" not in block:
        return dict(block)
    ours = {key: one for key, one in block.items() if key not in ("W", "R", "B")}
    order = onnx.CONVENTION.orders[cell]
    rows = block["R"].shape[0] // (len(order) or 1)
    for key, theirs, first in (("W_x", "W", 0), ("W_h", "R", 0), ("bias", "B", 0),
                               ("bias_h", "B", len(order) or 1)):  # fmt: skip
        if theirs in block:
            parts = {gate: _rows(block[theirs], (first + i) * rows, rows)
                     for i, gate in enumerate(order or "-")}  # fmt: skip
            ours[key] = parts if order else parts["-"]
    return ours


def _rows(tensor: Tensor, start: int, count: int) -> Tensor:
    return tensor.made((count, *tensor.shape[1:]), partial(_cut, start, count))


def _cut(start: int, count: int, numbers: Array) -> Array:
    return np.asarray(numbers[start : start + count])
