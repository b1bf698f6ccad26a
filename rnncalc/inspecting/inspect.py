"""Inspection: a model file or a config is looked into; what it holds becomes an ``Inspection``.

Shapes alone are looked at; numbers are read for statistics, and of one layer after the other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files, readers
from rnncalc.array import Array
from rnncalc.config import network
from rnncalc.config.foreign import convention_in
from rnncalc.config.layers import layers as layers_of
from rnncalc.config.said import Said
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import CONVENTIONS, Convention
from rnncalc.conventions.cutting import shapes_of
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.errors import RnncalcError, listed, located, printable, suggestion
from rnncalc.inspecting.diagram import Box, boxes
from rnncalc.inspecting.inspection import Inspection, LayerInspection, Shape, Statistics
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Stateless
from rnncalc.readers.contents.blocks import is_row
from rnncalc.readers.contents.contents import Contents, dtype_of, tensors
from rnncalc.readers.contents.part import Part

EQUATIONS = ("activation", "recurrent_activation", "state_activation", "reset_after")
STATES = ("h0", "c0")
OPTIONS = ("zero_output_for_mask", "update", "input_forget", "clip", "cell_clip")
SETTINGS = (*EQUATIONS, "merge", "return_sequences", *OPTIONS)


ReadArrays = Callable[[], dict[str, Array]]
"""Reads the arrays of a row, by the names that they have in it."""

Row = tuple[LayerInspection, ReadArrays]
Rows = list[Row]


def inspect(
    path: Path,
    *,
    layers: Sequence[str] = (),
    assume: Sequence[str] = (),
    statistics: bool = False,
) -> Inspection:
    """What a file holds, a model file or a config; or some of its layers.

    Errors: FileError where it cannot be read, RnncalcError for a layer that there is not.
    """
    found, rows = _look_into(path, layers, assume)
    with located(found.file):
        told = [_with_statistics(row, numbers) if statistics else row for row, numbers in rows]
    return replace(found, layers=tuple(told))


def matrix(
    path: Path, name: str, *, layers: Sequence[str] = (), assume: Sequence[str] = ()
) -> Array:
    """One array by its name: ``lstm.W_x.i``, ``enc.backward.bias.z``; ``W_x`` of the only layer.

    Errors: RnncalcError for a name that there is not, with those that there are.
    """
    found, rows = _look_into(path, layers, assume)
    there = {f"{row.name}.{array}": (array, numbers) for row, numbers in rows
             for array in row.arrays}  # fmt: skip
    fits = [full for full in there if full == name or there[full][0] == name]
    if len(fits) != 1:
        hint = _near(name, there, rows)
        raise RnncalcError(f"--weights: there is no array '{printable(name)}'. {hint}")
    array, numbers = there[fits[0]]
    with located(found.file):
        return numbers()[array].astype(found.dtype)  # nothing is lost: it is the widest of the file


def _near(name: str, there: Iterable[str], rows: Rows) -> str:
    """Which arrays may be meant: those like it, else of the layer that has it in the file."""
    asked = {*name.split(".")}
    close = [full for full in there if asked <= {*full.split(".")}]
    if close:
        return f"There are: {listed(close)}"
    layers = [row for row, _ in rows if any(_is_called(held, asked) for held in row.held)]
    if not layers:
        return suggestion(name, there)
    arrays = listed(f"{row.name}.{array}" for row in layers for array in row.arrays)
    return f"It is a name of the file; what is read of that layer: {arrays}"


def _is_called(held: str, asked: set[str]) -> bool:
    """Whether an array of the file is asked for; in pickles there are words between a name's."""
    *_, last = words = held.split(".")
    return last in asked and asked <= {*words}


def _look_into(path: Path, layers: Sequence[str], assume: Sequence[str]) -> tuple[Inspection, Rows]:
    """What a file holds but for its layers, and these one by one."""
    path = readers.file_of(path)
    kind = readers.container(path)
    contents = readers.contents_of(path, kind) if kind else None
    if contents is None:
        return _of_config(path, kind, layers, assume)
    from rnncalc.readers.contents.assume import assuming

    contents = assuming(contents, assume)
    contents = contents.picked(layers) if layers else contents
    rows: Rows = []
    with located(contents.name):
        for part in contents.parts:
            rows += [(row, partial(_arrays, part, row.name))
                     for row in _rows_of(part, contents.convention)]  # fmt: skip
    dtype = dtype_of(tensor for part in contents.parts for _, tensor in tensors(part.block))
    drawn, why = _graph(contents)
    return Inspection(
        contents.name, contents.what, contents.convention, dtype, (),
        tuple(contents.assumptions), contents.branches, (*contents.alarms, *why),
        tuple(contents.left_out), tuple(contents.outputs), contents.entry, drawn,
    ), rows  # fmt: skip


def _graph(contents: Contents) -> tuple[tuple[Box, ...], tuple[str, ...]]:
    """The boxes of a file's network, where it is no row; or why it cannot be run.

    Its numbers are not read: shapes are told by zeros.
    """
    known = contents.branches or any(part.kind == "other" for part in contents.parts)
    if known or (not contents.results and is_row(contents.parts)):
        return (), ()
    parts = [replace(part, block=_hollow(part.block)) for part in contents.parts]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(boxes(network.model(replace(contents, parts=parts).said()))), ()
    except RnncalcError as error:
        return (), (f"it cannot be run: {error}",)


def _hollow(block: Any) -> Any:
    """A block whose arrays are zeros of their shapes."""
    if isinstance(block, Tensor):
        return replace(block, numbers=lambda: np.zeros(block.shape))
    if isinstance(block, dict):
        return {key: _hollow(value) for key, value in block.items()}
    return [_hollow(value) for value in block] if isinstance(block, list) else block


def _of_config(
    path: Path, kind: str | None, layers: Sequence[str], assume: Sequence[str]
) -> tuple[Inspection, Rows]:
    """A config's network, or that of arrays with the names of a config."""
    said = readers.read(path, layers=layers, assume=assume)
    model = network.model(said)
    what = f"{kind}, the names of a config" if kind else "a config"
    found = Inspection(
        files.shown(path), what, _whose(said.data), model.dtype, (), model.assumptions,
        outputs=model.results, boxes=tuple(boxes(model)) if model.wiring else (),
    )  # fmt: skip
    return found, [_of_layer(layer) for layer in model.layers] + _stateless(model)


def _whose(data: Mapping[str, Any]) -> str:
    """The convention of the first layer's weights."""
    block = (data.get("layers") or [data])[0]
    block = block.get("forward") or block.get("backward") or block
    found = convention_in((block.get("cells") or [block])[0])
    return found.name if found else "textbook"


def _of_layer(layer: Layer) -> Row:
    """A layer that was made, in our names."""
    ways = layer.passes
    arrays = {f"{way}.{name}" if len(ways) > 1 else name: array
              for way, one in ways.items() for name, array in one.weights.items()}  # fmt: skip
    settings, *others = [
        {key: value for key in SETTINGS if (value := getattr(one, key)) is not None}
        for one in ways.values()
    ]
    shapes = {name: array.shape for name, array in arrays.items()}
    row = LayerInspection(
        layer.name, "recurrent", layer.cell, layer.cell, layer.features, layer.units,
        tuple(ways), settings, _differing(settings, *others), shapes, _own(layer.name, shapes),
    )  # fmt: skip
    return row, partial(dict, arrays)


def _stateless(model: Model) -> Rows:
    """The embedding and the layers without a state of a config's network."""
    rows: Rows = []
    if model.embedding:
        table = {"weights": model.embedding.weights}
        rows.append(_plain("embedding", "embedding", table, "embedding"))
    in_front = [one for layer in model.layers for one in layer.chain]
    for one in (*in_front, *model.outputs, *model.stateless):
        arrays = {key: array for key, array in vars(one).items() if isinstance(array, np.ndarray)}
        settings = _told(one) if model.wiring else {}
        rows.append(_plain(one.name, "output", arrays, type(one).__name__.lower(), settings))
    return rows


def _told(one: Stateless) -> dict[str, Any]:
    """The settings of a layer without a state that are not what they mostly are."""
    own = {field.name: field.default for field in fields(one) if field.name != "name"}  # type: ignore[arg-type]
    return {key: value for key, default in own.items()
            if isinstance(value := getattr(one, key), (str, int, float, tuple, Activation))
            and str(value) != str(default)}  # fmt: skip


def _plain(
    name: str, kind: str, arrays: dict[str, Array], says: str, settings: Mapping[str, Any] = {}
) -> Row:
    shapes = {key: array.shape for key, array in arrays.items()}
    row = LayerInspection(
        name, kind, says, settings=settings, arrays=shapes, held=_own(name, shapes)
    )
    return row, partial(dict, arrays)


def _own(layer: str, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """A config's arrays by names that no other layer's have."""
    return {f"{layer}.{name}": shape for name, shape in shapes.items()}


def _rows_of(part: Part, convention: str) -> Iterator[LayerInspection]:
    """The rows of a part: one each, and of several cells in a loop one per cell."""
    if part.kind != "recurrent":
        arrays = {str(way[-1]): tensor.shape for way, tensor in tensors(part.block)}
        settings = {key: value for key, value in part.block.items() if key not in arrays}
        yield LayerInspection(part.name, part.kind, part.says, settings=settings, arrays=arrays,
                        held=_held(part.block), problem=part.problem)  # fmt: skip
        return
    ways = {way: part.block[way] for way in ("forward", "backward") if way in part.block}
    one_way = part.block.get("direction", "forward")
    ways = ways or {one_way: part.block}
    count = len(part.block.get("cells") or next(iter(ways.values())).get("cells") or [0])
    for i in range(count):
        name = f"{part.name}.{i}" if count > 1 else part.name
        row = LayerInspection(name, "recurrent", part.says, directions=tuple(ways))
        for way, block in ways.items():
            cell = {**part.block, **block, **(block["cells"][i] if "cells" in block else {})}
            front = f"{way}." if len(ways) > 1 else ""
            row = _with(row, cell, front, convention)
        yield row


def _held(block: Mapping[str, Any]) -> dict[str, Shape]:
    """The arrays of the file that a block's tensors are made of, by name."""
    found = [one for way, one in tensors(dict(block)) if way[0] not in STATES]
    return {name: shape for one in found for name, shape in one.held.items()}


def _with(
    row: LayerInspection, block: Mapping[str, Any], front: str, convention: str
) -> LayerInspection:
    """The row with one direction of a cell."""
    cell = str(block.get("cell", "rnn"))
    shapes = {".".join(map(str, way)): one.shape for way, one in tensors(dict(block))}
    sizes, arrays = shapes_of(CONVENTIONS[convention], shapes, cell)
    settings = {key: block[key] for key in SETTINGS if block.get(key) is not None}
    if cell == "gru" and (after := _reset_after(CONVENTIONS[convention], shapes)) is not None:
        settings.setdefault("reset_after", after)
    for key, default in CELLS[cell].functions.items():
        settings.setdefault(key, default or settings.get("activation", "tanh"))
    named = {f"{front}{name}": shape for name, shape in arrays.items()}
    return replace(
        row, cell=cell, features=sizes["features"], units=sizes["units"],
        settings=row.settings or settings, backward=_differing(row.settings, settings),
        arrays={**row.arrays, **named}, held={**row.held, **_held(block)},
    )  # fmt: skip


def _reset_after(convention: Convention, shapes: Mapping[str, Shape]) -> bool | None:
    """Which GRU it is, where its framework or the rows of Keras' bias tell."""
    if not convention.both_variants:
        return convention.reset_after
    return len(shapes["bias"]) == 2 if convention.columns and "bias" in shapes else None


def _differing(settings: Mapping[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """What the equations of the other direction have otherwise, where there is one."""
    return {key: other[key] for other in others for key in EQUATIONS
            if settings and key in other and other[key] != settings.get(key)}  # fmt: skip


def _arrays(part: Part, layer: str) -> dict[str, Array]:
    """The numbers of a part: of a recurrent one by our names, of its cell ``layer``."""
    if part.kind != "recurrent":
        return {str(way[-1]): tensor.read() for way, tensor in tensors(part.block)}
    block = {"name": part.name, **part.block}
    made = layers_of(Said({"layers": [block]}, named={("layers", 0): part.path}))
    one = next(each for each in made if each.name == layer)
    several = len(one.passes) > 1
    return {f"{way}.{name}" if several else name: array
            for way, each in one.passes.items()
            for name, array in each.weights.items()}  # fmt: skip


def _with_statistics(row: LayerInspection, read: ReadArrays) -> LayerInspection:
    """The row with statistics of its arrays; one without numbers has none."""
    if not row.arrays:
        return row
    statistics = {name: _statistics(one) for name, one in read().items() if one.size}
    return replace(row, statistics=statistics)


def _statistics(array: Array) -> Statistics:
    with np.errstate(all="ignore"):
        return Statistics(
            float(array.min()), float(array.max()), float(array.mean()), float(array.std()),
            int(array.size - np.count_nonzero(array)),
        )  # fmt: skip
