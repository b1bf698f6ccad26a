"""ONNX files: from the nodes of a graph to the layers of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from rnncalc.containers.onnx.file import OnnxModel
from rnncalc.containers.onnx.limits import Budget, OverspentError
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError, RnncalcError, printable
from rnncalc.model.checks import Names
from rnncalc.model.origin import Entry
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption
from rnncalc.readers.of_onnx.conditions import Open, resolved, unsettled
from rnncalc.readers.of_onnx.loops.recurrences import restore
from rnncalc.readers.of_onnx.walk.chain import Chain, chain, parts_of
from rnncalc.readers.of_onnx.walk.ports import entry
from rnncalc.readers.of_onnx.walk.sequences import SequenceReading
from rnncalc.readers.of_onnx.walk.values import Flow
from rnncalc.readers.of_onnx.walk.walk import Walk
from rnncalc.readers.of_onnx.walk.wiring import wiring

LENGTHS = "the graph's input {} gives them, --lengths does it here"
UNKNOWN = "which is not computed here"
NUMBER = "a number was expected"
MIXED = "some of its nodes have the lengths of sequences in the file, and others from its input {}"


def of_model(
    name: str, model: OnnxModel, said: Mapping[str, Assumption] = MappingProxyType({})
) -> Contents:
    """What an ONNX file holds.

    Args:
        said: what somebody says that only a run tells: inputs of the graph, conditions of nodes.

    Errors: FileError where its numbers cannot be read.
    """
    try:
        values = {key: one.value for key, one in said.items()}
        graph = resolved(model.graph, values)
        left = unsettled(graph)
        if left:
            graphs = [resolved(graph, {}, default) for default in (True, False)]
            contents = _both(left, [_contents(name, replace(model, graph=one)) for one in graphs])
        else:
            contents = _contents(name, replace(model, graph=graph))
    except OverspentError as error:
        raise FileError(str(error)) from None
    contents.assumed += said.values()
    for one in left:
        for word in (*one.inputs, one.name):
            kind = bool if word == one.name else float
            contents.choices[word] = partial(_reread, name, model, said, word, kind)
    return contents


def _reread(
    name: str, model: OnnxModel, said: Mapping[str, Assumption], word: str, kind: type,
    one: Assumption,
) -> Contents:  # fmt: skip
    """What a file holds of which somebody said one thing more.

    Args:
        kind: of what is said: true or false, or a number.

    Errors: RnncalcError where it is something else.
    """
    if not isinstance(one.value, (kind, bool)):
        raise RnncalcError("true or false was expected" if kind is bool else NUMBER)
    if isinstance(one.value, float) and one.value.is_integer():
        one = one._replace(value=int(one.value))
    return of_model(name, model, {**said, word: one})


def _both(left: Sequence[Open], found: Sequence[Contents]) -> Contents:
    """What either branch of nodes If holds."""
    first, second = found
    names, paths = Names(part.name for part in first.parts), {part.path for part in first.parts}
    others = [part for part in second.parts if part.path not in paths]
    parts = first.parts + [replace(part, name=names.unique(part.name)) for part in others]
    there = [part for part in parts if part.kind != "other"]
    return Contents(first.name, first.what, "onnx", there or parts, left[0].why)


def _contents(name: str, model: OnnxModel) -> Contents:
    """What a file without nodes If holds."""
    back = restore(model.graph)
    graph = replace(back.graph, budget=Budget())  # what looking for recurrences took is paid
    model = replace(model, graph=graph)
    found, walk = chain(model, back.reasons)
    producer = " ".join(filter(None, [model.producer, model.version])) or "nobody who says so"
    what = f"ONNX, opset {model.opset}, from {printable(producer)}"
    contents = Contents(name, what, "onnx", found.parts, found.branches)
    if not found.whole and _wired(contents, model, back.reasons):
        return contents
    contents.warnings, contents.mode = found.warnings, found.mode
    _lengths(contents, walk.reading, found)
    contents.entry = _entry(walk, found.source)
    return contents


def _wired(contents: Contents, model: OnnxModel, reasons: Mapping[str, str]) -> bool:
    """Whether parts that are no row are a graph, which the contents then are; else they have those
    of the graph, where that says more of what is not computed."""
    found, walk = wiring(model, reasons)
    if found.problem:
        parts, others = parts_of(walk), [one for one in contents.parts if one.kind == "other"]
        vague = any(UNKNOWN in one.problem for one in others)  # a graph may say more of it
        count = sum(one.kind == "other" for one in parts) - vague
        if count < len(others) and any(one.kind == "recurrent" for one in parts):
            contents.parts, contents.branches = parts, found.problem
        return False
    contents.parts, contents.branches = found.parts, ""
    contents.sources, contents.results = [*found.sources.values()], found.results
    contents.rows = found.rows
    if len(found.sources) == 1:
        contents.entry = _entry(walk, *found.sources)
    return True


def _entry(walk: Walk, source: str) -> Entry | None:
    flow = walk.values.get(source)
    return entry(flow) if isinstance(flow, Flow) else None


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
