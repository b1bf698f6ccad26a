"""``Inspection``: what a model file holds, as data: for people to read, for programs to use.

Shapes alone are looked at; numbers are read for statistics, and of one layer after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnncalc import files, readers
from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.conventions import CONVENTIONS
from rnncalc.conventions.axes import told
from rnncalc.errors import RnncalcError, located, printable, suggestion
from rnncalc.model import Model
from rnncalc.readers.contents import dtype_of, tensors
from rnncalc.readers.layers import layers as layers_of
from rnncalc.readers.part import Assumption, Part
from rnncalc.readers.said import Said

Shape = tuple[int, ...]
SETTINGS = ("activation", "recurrent_activation", "state_activation", "reset_after", "merge",
            "return_sequences", "zero_output_for_mask", "input_forget", "clip")  # fmt: skip


class Statistics(NamedTuple):
    """Of the numbers of an array."""

    min: float
    max: float
    mean: float
    std: float
    zeros: int


@dataclass(frozen=True)
class Inspected:
    """One layer of a file.

    Attributes:
        name, kind, says: as of ``Part``.
        cell: of a recurrent one; else nothing.
        features, units: of a recurrent one: how many numbers it takes, and has as a state.
        directions: ``forward`` and ``backward``, as far as it has them.
        settings: what the equations need besides numbers: activations, the variant of a GRU.
        arrays: our arrays by name, ``W_x.i`` (of two directions ``forward.W_x.i``), and their
            shapes; of other layers the arrays as the config calls them.
        statistics: of the arrays, where they were asked for.
        problem: why it cannot be computed, if it cannot.
    """

    name: str
    kind: str
    says: str
    cell: str = ""
    features: int = 0
    units: int = 0
    directions: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Shape] = field(default_factory=dict)
    statistics: Mapping[str, Statistics] = field(default_factory=dict)
    problem: str = ""

    @property
    def parameters(self) -> int:
        """How many numbers it has."""
        return sum(map(math.prod, self.arrays.values()))

    @property
    def per_gate(self) -> dict[str, int]:
        """How many numbers each gate has, of all directions together."""
        gates = CELLS[self.cell].gates if self.cell else ()
        count = dict.fromkeys(gates, 0)
        for name, shape in self.arrays.items():
            if (gate := name.rpartition(".")[2]) in count:
                count[gate] += math.prod(shape)
        return count


@dataclass(frozen=True)
class Inspection:
    """What a model file holds.

    Attributes:
        file, what, convention, branches, warnings, left_out: as of ``Contents``.
        dtype: what it is computed in.
        layers: its layers in order.
        assumed: what the file does not say.
    """

    file: str
    what: str
    convention: str
    dtype: str
    layers: tuple[Inspected, ...]
    assumed: tuple[Assumption, ...] = ()
    branches: str = ""
    warnings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def layout(self) -> str:
        """Whose convention the recurrent weights follow: the order of the gates, orientation."""
        convention = CONVENTIONS[self.convention]
        cells = dict.fromkeys(one.cell for one in self.recurrent)
        orders = [f"{cell} {' '.join(convention.orders[cell])}" for cell in cells
                  if convention.orders.get(cell)]  # fmt: skip
        gates = f"gates stacked {', '.join(orders)}; " if orders else ""
        lies = "one column per unit" if convention.columns else "one row per unit"
        return f"{convention.title}: {gates}{lies}"

    @property
    def recurrent(self) -> list[Inspected]:
        """Its recurrent layers."""
        return [layer for layer in self.layers if layer.kind == "recurrent"]


Numbers = Callable[[], dict[str, Array]]
"""Reads the arrays of a row, by the names that they have in it."""

Rows = list[tuple[Inspected, Numbers]]


def inspect(path: Path, *, assume: Sequence[str] = (), statistics: bool = False) -> Inspection:
    """What a file holds: a model file, or a config.

    Errors: FileError where it cannot be read.
    """
    found, rows = _looked_into(path, assume)
    with located(found.file):
        layers = [_measured(row, numbers) if statistics else row for row, numbers in rows]
    return replace(found, layers=tuple(layers))


def matrix(path: Path, name: str, *, assume: Sequence[str] = ()) -> Array:
    """One array by its name: ``lstm.W_x.i``, ``enc.backward.bias.z``; ``W_x`` of the only layer.

    Errors: RnncalcError for a name that there is not, with those that there are.
    """
    found, rows = _looked_into(path, assume)
    there = {f"{row.name}.{array}": (array, numbers) for row, numbers in rows
             for array in row.arrays}  # fmt: skip
    fits = [full for full in there if full == name or there[full][0] == name]
    if len(fits) != 1:
        close = [full for full in there if full.endswith(f".{name}")]
        hint = f"There are: {', '.join(close)}" if close else suggestion(name, there)
        raise RnncalcError(f"--weights: there is no array '{printable(name)}'. {hint}")
    array, numbers = there[fits[0]]
    with located(found.file):
        return numbers()[array]


def _looked_into(path: Path, assume: Sequence[str]) -> tuple[Inspection, Rows]:
    """What a file holds but for its layers, and these one by one."""
    kind = readers.container(path)
    contents = readers.told(path, kind) if kind else None
    if contents is None:
        return _of_config(path, assume)
    from rnncalc.readers.assume import assuming

    contents = assuming(contents, assume)
    rows: Rows = []
    with located(contents.name):
        for part in contents.parts:
            rows += [(row, partial(_arrays, part, row.name))
                     for row in _inspected(part, contents.convention)]  # fmt: skip
    dtype = dtype_of(tensor for part in contents.parts for _, tensor in tensors(part.block))
    return Inspection(
        contents.name, contents.what, contents.convention, dtype, (),
        tuple(contents.assumptions), contents.branches, tuple(contents.alarms),
        tuple(contents.left_out),
    ), rows  # fmt: skip


def _of_config(path: Path, assume: Sequence[str]) -> tuple[Inspection, Rows]:
    """A config's network: all of it is in our names, and nothing is left unsaid."""
    model = readers.load(path, assume=assume)
    rows: Rows = []
    for layer in model.layers:
        several = len(layer.passes) > 1
        arrays = {f"{way}.{name}" if several else name: array
                  for way, one in layer.passes.items()
                  for name, array in one.weights.items()}  # fmt: skip
        settings = {key: value for key in SETTINGS if (value := getattr(layer, key)) is not None}
        row = Inspected(
            layer.name, "recurrent", layer.cell, layer.cell, layer.features, layer.units,
            tuple(layer.passes), settings, {name: array.shape for name, array in arrays.items()},
        )  # fmt: skip
        rows.append((row, partial(dict, arrays)))
    found = Inspection(files.shown(path), "a config", "textbook", model.dtype, ())
    return found, rows + _stateless(model)


def _stateless(model: Model) -> Rows:
    """The embedding and the output layers of a config's network."""
    rows: Rows = []
    if model.embedding:
        table = {"weights": model.embedding.weights}
        rows.append(_plain("embedding", "embedding", table))
    for one in model.outputs:
        arrays = {key: array for key, array in vars(one).items() if isinstance(array, np.ndarray)}
        rows.append(_plain(one.name, "output", arrays))
    return rows


def _plain(name: str, kind: str, arrays: dict[str, Array]) -> tuple[Inspected, Numbers]:
    shapes = {key: array.shape for key, array in arrays.items()}
    return Inspected(name, kind, kind, arrays=shapes), partial(dict, arrays)


def _inspected(part: Part, convention: str) -> Iterator[Inspected]:
    """The rows of a part: one each, and of several cells in a loop one per cell."""
    if part.kind != "recurrent":
        arrays = {str(way[-1]): tensor.shape for way, tensor in tensors(part.block)}
        settings = {key: value for key, value in part.block.items() if key not in arrays}
        yield Inspected(part.name, part.kind, part.says, settings=settings, arrays=arrays,
                        problem=part.problem)  # fmt: skip
        return
    ways = {way: part.block[way] for way in ("forward", "backward") if way in part.block}
    one_way = part.block.get("direction", "forward")
    ways = ways or {one_way: part.block}
    count = len(part.block.get("cells") or next(iter(ways.values())).get("cells") or [0])
    for i in range(count):
        name = f"{part.name}.{i}" if count > 1 else part.name
        row = Inspected(name, "recurrent", part.says, directions=tuple(ways))
        for way, block in ways.items():
            cell = {**part.block, **block, **(block["cells"][i] if "cells" in block else {})}
            front = f"{way}." if len(ways) > 1 else ""
            row = _with(row, cell, front, convention)
        yield row


def _with(row: Inspected, block: Mapping[str, Any], front: str, convention: str) -> Inspected:
    """The row with one direction of a cell."""
    cell = str(block.get("cell", "rnn"))
    shapes = {key: one.shape for key, one in block.items() if hasattr(one, "shape")}
    sizes, arrays = told(CONVENTIONS[convention], shapes, cell)
    settings = {key: block[key] for key in SETTINGS if block.get(key) is not None}
    for key, default in CELLS[cell].functions.items():
        settings.setdefault(key, default or settings.get("activation", "tanh"))
    named = {f"{front}{name}": shape for name, shape in arrays.items()}
    return replace(
        row, cell=cell, features=sizes["features"], units=sizes["units"],
        settings=settings | dict(row.settings), arrays={**row.arrays, **named},
    )  # fmt: skip


def _arrays(part: Part, layer: str) -> dict[str, Array]:
    """The numbers of a part: of a recurrent one by our names, of its cell ``layer``."""
    if part.kind != "recurrent":
        return {str(way[-1]): tensor.read() for way, tensor in tensors(part.block)}
    made = layers_of(Said({"layers": [{"name": part.name, **part.block}]}))
    one = next(each for each in made if each.name == layer)
    several = len(one.passes) > 1
    return {
        f"{way}.{name}" if several else name: array
        for way, each in one.passes.items()
        for name, array in each.weights.items()
    }


def _measured(row: Inspected, numbers: Numbers) -> Inspected:
    """The row with statistics of its arrays."""
    if not row.arrays:
        return row
    return replace(row, statistics={name: _statistics(one) for name, one in numbers().items()})


def _statistics(array: Array) -> Statistics:
    with np.errstate(all="ignore"):
        return Statistics(
            float(array.min()), float(array.max()), float(array.mean()), float(array.std()),
            int(array.size - np.count_nonzero(array)),
        )  # fmt: skip
