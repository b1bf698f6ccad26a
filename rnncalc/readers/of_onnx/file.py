"""ONNX files: from the nodes of a graph to the layers of a network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.containers.onnx.file import OnnxModel
from rnncalc.containers.onnx.limits import Budget, OverspentError
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, printable
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption
from rnncalc.readers.of_onnx.loops.recurrences import restore
from rnncalc.readers.of_onnx.walk.chain import Chain, chain
from rnncalc.readers.of_onnx.walk.ports import entry
from rnncalc.readers.of_onnx.walk.sequences import SequenceReading
from rnncalc.readers.of_onnx.walk.values import Flow

LENGTHS = "the graph's input {} gives them, --lengths does it here"
MIXED = "some of its nodes have the lengths of sequences in the file, and others from its input {}"


def of_model(name: str, model: OnnxModel) -> Contents:
    """What an ONNX file holds. Errors: FileError where its numbers cannot be read."""
    try:
        back = restore(model.graph)
        graph = replace(back.graph, budget=Budget())  # what looking for recurrences took is paid
        found, walk = chain(replace(model, graph=graph), back.reasons)
    except OverspentError as error:
        raise FileError(str(error)) from None
    producer = " ".join(filter(None, [model.producer, model.version])) or "nobody who says so"
    what = f"ONNX, opset {model.opset}, from {printable(producer)}"
    contents = Contents(name, what, "onnx", found.parts, found.branches)
    contents.warnings, contents.mode = found.warnings, found.mode
    _lengths(contents, walk.reading, found)
    flow = walk.values.get(found.source)
    contents.entry = entry(flow) if isinstance(flow, Flow) else None
    return contents


def _lengths(contents: Contents, reading: SequenceReading, found: Chain) -> None:
    """The lengths of sequences: those in the file, or all steps until somebody gives them."""
    if reading.given:
        why = LENGTHS.format(printable(reading.given[0]))
        contents.assumed.append(Assumption("", "lengths", "all steps", why))
    if not reading.fixed:
        return
    first, *others = [one.read() for one in reading.fixed]
    if reading.given:
        contents.branches = contents.branches or MIXED.format(printable(reading.given[0]))
    if any(not np.array_equal(first, other) for other in others):
        contents.branches = contents.branches or "its nodes are told different lengths of sequences"
    contents.inputs = {"lengths": _whole(reading.fixed[0], first)}


def _whole(tensor: Tensor, lengths: Any) -> Tensor:
    """Lengths in one row. Errors: FileError for what is none."""
    if tensor.ndim != 1 or not tensor.size:
        message = f"tensor {printable(tensor.name)}: has lengths of shape {tensor.shape}"
        raise FileError(f"{message}, expected one for each sequence")
    return tensor
