"""``Inspection``: what a model file holds, as data: for people to read, for programs to use.

``inspect.py`` finds it out; writers write it. It knows no file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from rnncalc.conventions import CONVENTIONS
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.faces import Saved, Shown
from rnncalc.inspecting.diagram import Box
from rnncalc.model.origin import Assumption, Entry

Shape = tuple[int, ...]


class Statistics(NamedTuple):
    """Of the numbers of an array."""

    min: float
    max: float
    mean: float
    std: float
    zeros: int


@dataclass(frozen=True)
class LayerInspection:
    """One layer of a file.

    Attributes:
        name, kind, says: as of ``Part``.
        cell: of a recurrent one; else nothing.
        features, units: of a recurrent one: how many numbers it takes, and has as a state.
        directions: ``forward`` and ``backward``, as far as it has them.
        settings: what the equations need besides numbers: activations, the variant of a GRU.
        backward: those settings of the backward direction that are not the forward one's.
        arrays: our arrays by name, ``W_x.i`` (of two directions ``forward.W_x.i``), and their
            shapes; of other layers the arrays as the config calls them.
        held: the arrays of the file that they are made of, by their names, and their shapes.
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
    backward: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Shape] = field(default_factory=dict)
    held: Mapping[str, Shape] = field(default_factory=dict)
    statistics: Mapping[str, Statistics] = field(default_factory=dict)
    problem: str = ""

    @property
    def parameters(self) -> int:
        """How many numbers the file holds for it."""
        return sum(map(math.prod, self.held.values()))

    @property
    def per_gate(self) -> dict[str, int]:
        """How many numbers each gate has, of all directions together; nothing where the file
        holds them otherwise.
        """
        gates = CELLS[self.cell].gates if self.cell else ()
        count = dict.fromkeys(gates, 0)
        for name, shape in self.arrays.items():
            if (gate := name.rpartition(".")[2]) in count:
                count[gate] += math.prod(shape)
        more = self.parameters - sum(map(math.prod, self.arrays.values()))
        if more % max(len(gates), 1):
            return {}
        return {gate: number + more // len(gates) for gate, number in count.items()}

    @property
    def arithmetic(self) -> str:
        """How the parameters are counted: ``2*4*(3*4 + 4*4 + 2*4)``, features first."""
        return (self._by_gate() if self.cell else "") or _sum(self.held.values())

    def _by_gate(self) -> str:
        """A recurrent layer's: nothing where its arrays are others."""
        ways, gates = len(self.directions), CELLS[self.cell].blocks
        one_way = {name.rpartition("forward.")[2]: shape for name, shape in self.arrays.items()
                   if not name.startswith("backward.")}  # fmt: skip
        of = {name.partition(".")[0]: shape for name, shape in one_way.items()}
        matrices = [of[name][::-1] for name in ("W_x", "W_h")]
        peepholes = sum(name.startswith("P.") for name in one_way)
        outside: list[Shape] = [(peepholes, self.units)] if peepholes else []
        outside += [of["W_r"][::-1]] if "W_r" in of else []
        rest = self.parameters / ways - sum(map(math.prod, outside))
        biases = (rest / gates - sum(map(math.prod, matrices))) / self.units
        if biases < 0 or biases != int(biases):
            return ""
        inner = _sum([*matrices, *[(self.units,)] * int(biases)])
        inner = f"{gates}*({inner})" if gates > 1 else inner
        whole = " + ".join([inner, *map(_product, outside)])
        if ways == 1:
            return whole
        return f"{ways}*{whole}" if gates > 1 and not outside else f"{ways}*({whole})"


def _product(shape: Shape) -> str:
    return "*".join(map(str, shape)) or "1"


def _sum(shapes: Iterable[Shape]) -> str:
    """The sizes of arrays, those of vectors of one length together."""
    shapes = list(shapes)
    lengths = Counter(shape[0] for shape in shapes if len(shape) == 1)
    vectors = [(count, length) if count > 1 else (length,) for length, count in lengths.items()]
    return " + ".join(map(_product, [*(one for one in shapes if len(one) != 1), *vectors]))


@dataclass(frozen=True)
class Inspection(Shown, Saved):
    """What a model file holds.

    Attributes:
        file, what, convention, branches, warnings, left_out: as of ``Contents``.
        dtype: what it is computed in.
        layers: its layers in order.
        assumed: what the file does not say.
        outputs: what it gives, where that is not only what its last layer gives.
        entry: how it takes its input, where it says so.
        boxes: its network as a graph; nothing where it is a row.
    """

    file: str
    what: str
    convention: str
    dtype: str
    layers: tuple[LayerInspection, ...]
    assumed: tuple[Assumption, ...] = ()
    branches: str = ""
    warnings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    entry: Entry | None = None
    boxes: tuple[Box, ...] = ()

    _room = "inspection"

    @property
    def layout(self) -> str:
        """Whose convention the recurrent weights follow: the order of the gates, orientation."""
        convention = CONVENTIONS[self.convention]
        cells = dict.fromkeys(one.cell for one in self.recurrent)
        orders = [f"{cell} {' '.join(convention.orders[cell])}" for cell in cells
                  if convention.orders.get(cell)]  # fmt: skip
        split = any("{gate}" in name for name, symbol in convention.symbols.items()
                    if "W_h" in symbol.ours)  # fmt: skip
        gates = f"gates stacked {', '.join(orders)}; " if orders else ""
        gates = "one array per gate; " if split and orders else gates
        lies = "one column per unit" if convention.columns else "one row per unit"
        return f"{convention.title}: {gates}{lies}"

    @property
    def parameters(self) -> int:
        """How many numbers the file holds for all layers; what several share counts once."""
        held = {name: shape for layer in self.layers for name, shape in layer.held.items()}
        return sum(map(math.prod, held.values()))

    @property
    def recurrent(self) -> list[LayerInspection]:
        """Its recurrent layers."""
        return [layer for layer in self.layers if layer.kind == "recurrent"]
