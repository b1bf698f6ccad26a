"""What a convention is: a table of a framework's arrays, and what it says for one kind of cell."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError

NO_PLUS: Mapping[str, float] = MappingProxyType({})


class Symbol(NamedTuple):
    """One array of a framework.

    Attributes:
        ours: the arrays in it by our names; several lie one behind the other.
        axes: its axes in words: ``units``, ``features``, ``state`` (what h has: the units, or what
            they are projected to), ``gates * units`` (a block per gate), ``features + state``.
        order: the gates in it, where not those of the convention (peepholes).
        cells: the kinds of cell that have it, where not all have.
        rows: the cells where it may have a row of its own for each of ours; else it is the first.
        flat: whether those rows lie one behind the other, in one long row.
        always: whether the framework never leaves it out; a bias is then zeros.
        paired: whether it is there where the other bias is, be it zeros.
        plus: what the framework adds while it runs and does not store, by our name of the part.
    """

    ours: tuple[str, ...]
    axes: tuple[str, ...]
    order: str = ""
    cells: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    flat: bool = False
    always: bool = False
    paired: bool = False
    plus: Mapping[str, float] = NO_PLUS

    @property
    def joined(self) -> bool:
        """Whether two of ours share their rows: one product with [x; h]."""
        return any("+" in axis for axis in self.axes)


class Convention(NamedTuple):
    """How a framework names, orders and orients the weights of its cells.

    Attributes:
        name: ``keras``, ``torch``, ``onnx`` ...
        title: what people call it.
        symbols: its name of an array to what it is; ``{gate}`` stands for the gate's letter where
            each gate has an array of its own.
        orders: cell to the order of the gates in a stacked array; one block where there are none.
        columns: whether a matrix has one column per unit, (in, out), and not one row.
        reset_after: where the reset gate of its GRU is, unless something says otherwise; None where
            the layout or a setting always says it.
        both_variants: whether it has GRUs of both kinds.
        twin: whether it is another one with its matrices transposed.
        letters: what its names have for ``{gate}``, where that is not our letter of the gate.
    """

    name: str
    title: str
    symbols: Mapping[str, Symbol]
    orders: Mapping[str, str]
    columns: bool = False
    reset_after: bool | None = None
    both_variants: bool = False
    twin: bool = False
    letters: Mapping[str, str] = MappingProxyType({})

    @property
    def possessive(self) -> str:
        """Whose an array is: ``Keras'``, ``PyTorch's``."""
        return self.title + ("'" if self.title[-1] in "sxX" else "'s")


def symbols_of(convention: Convention, cell: str) -> dict[str, Symbol]:
    """The arrays that one kind of cell has, settled for it; one per gate where names say so.

    Errors: RnncalcError where the framework has no such cell.
    """
    if cell not in convention.orders:
        raise RnncalcError(f"{convention.name} has no {cell}", about=("cell",))
    symbols: dict[str, Symbol] = {}
    for theirs, symbol in convention.symbols.items():
        if symbol.cells and cell not in symbol.cells:
            continue
        if symbol.rows and cell not in symbol.rows:
            symbol = symbol._replace(ours=symbol.ours[:1], rows=())
        single = symbol.ours[0] in CELLS[cell].single
        order = "" if single else symbol.order or convention.orders[cell]
        for gates in order or [""] if "{gate}" in theirs else [order]:
            name = theirs.format(gate=convention.letters.get(gates, gates)).rstrip(".")
            symbols[name] = symbol._replace(order=gates)
    return symbols


def names_in(convention: Convention) -> list[str]:
    """Every name that a framework has for an array of any cell."""
    return list(
        dict.fromkeys(n for cell in convention.orders for n in symbols_of(convention, cell))
    )


def arrays_in(symbol: Symbol) -> list[str]:
    """Our names of all that an array holds: ``W_x.i`` ..."""
    return [name for ours in symbol.ours for name in per_gate(ours, symbol.order)]


def per_gate(ours: str, order: str) -> list[str]:
    """An array by its gates' names, or by its own where it is one block."""
    return [f"{ours}.{gate}" for gate in order] or [ours]


def wordings(symbol: Symbol, *, projected: bool = False) -> list[tuple[str, ...]]:
    """The shapes that an array may have, in words: ``("4 * units", "features")``."""
    state = "projected" if projected else "units"
    axes = tuple(_worded(axis, symbol, state) for axis in symbol.axes)
    if symbol.flat and symbol.rows:
        whole = f"{len(symbol.ours)} * {symbol.axes[0]}"
        return [axes, (_worded(whole, symbol, state), *axes[1:])]
    return [axes, (str(len(symbol.ours)), *axes)] if symbol.rows else [axes]


def in_words(shapes: list[tuple[str, ...]]) -> str:
    """Shapes as people write them: ``(3 * units) or (2, 3 * units)``."""
    return " or ".join(f"({', '.join(words)})" for words in shapes)


def _worded(axis: str, symbol: Symbol, state: str) -> str:
    """``2 * gates * units`` with the number of gates: ``8 * units``."""
    *factors, size = axis.replace("state", state).split(" * ")
    number = 1
    for factor in factors:
        number *= len(symbol.order or "-") if factor == "gates" else int(factor)
    return f"{number} * {size}" if number > 1 else size
