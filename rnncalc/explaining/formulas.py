"""What a network computes, as formulas: read off the cells' own equations, written nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from rnncalc.equations import CELLS, symbols
from rnncalc.equations.gates import flat
from rnncalc.equations.symbols import Term, symbol
from rnncalc.model.chain import cut
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Pooling, Row, Stateless
from rnncalc.numbers.digits import counted

TERMS = ("x_term", "h_term", "bias", "bias_h", "P_term", "a")
"""Quantities that a formula unfolds: only gates and states are written by their names."""


INPUT = "input"
"""What is in front of what stands before a layer; ``x_t`` is what the layer reads."""


def formulas(model: Model, write: Callable[..., str] = symbols.text) -> list[str]:
    """The equations of every layer that differs, those in front of it and the output, a text each.

    Args:
        write: ``symbols.text`` (``h_t = tanh(W_x x_t + ...)``) or ``symbols.latex``.
    """
    lines: list[str] = []
    for layer in model.layers:
        lines += [line for line in before_formulas(layer, write) if line not in lines]
        for way in layer.passes:
            lines += [line for line in equations(layer, way, write) if line not in lines]
    return lines + output_formulas(model, write)


def described(layer: Layer) -> str:
    """``encoder: bidirectional lstm (concat), 2 features, 3 units``."""
    kind = f"{layer.direction} {layer.cell}" if layer.direction == "backward" else layer.cell
    if layer.backward:
        merged = f" ({layer.merge})" if layer.merge != "none" else ""
        kind = f"bidirectional {layer.cell}{merged}"
    counts = [counted(layer.features, "feature"), counted(layer.units, "unit")]
    return f"{layer.name}: {kind}, {', '.join(counts)}"


def output_formulas(model: Model, write: Callable[..., str] = symbols.text) -> list[str]:
    """The equations of the output layers: the first one of h_t, the next one of its outcome."""
    return _written(model.outputs, "h", output_names(model), write)


def before_formulas(layer: Layer, write: Callable[..., str] = symbols.text) -> list[str]:
    """The equations of what stands before a layer: of its input, which becomes x_t."""
    return _written(layer.chain, INPUT, before_names(layer), write)


def output_names(model: Model) -> list[str]:
    """What the outcomes of the output layers are called: y, or y0, y1 ..."""
    count = len(model.outputs)
    return ["y"] if count == 1 else [f"y{i}" for i in range(count)]


def before_names(layer: Layer) -> list[str]:
    """What the outcomes of what stands before a layer are called: x, in front of it x0, x1 ..."""
    return [f"x{i}" for i in range(len(layer.chain) - 1)] + ["x"] * bool(layer.chain)


def _written(
    chain: Sequence[Stateless], given: str, names: list[str], write: Callable[..., str]
) -> list[str]:
    lines = []
    at = cut(chain)
    for i, (one, name) in enumerate(zip(chain, names, strict=True)):
        of = f"{given}_t" if at is None or i <= at else given
        to = f"{name}_t" if at is None or i < at else name
        formula = row(one, given) if isinstance(one, Row) else stateless(one, of)
        lines.append(f"{write(symbol(to))} = {write(formula)}")
        given = name
    return lines


def row(one: Row, given: str, last: str = "T") -> Term:
    """What makes one row of all timesteps, as a formula of ``h_1, ..., h_T``."""
    names = {"average": "mean", "max": "max"}
    label = names[one.kind] if isinstance(one, Pooling) else "flatten"
    parts = ["..."] if last not in ("1", "2") else []
    ends = [f"{given}_1", *parts, f"{given}_{last}"] if last != "1" else [f"{given}_1"]
    return Term("function", label, tuple(map(symbol, ends)))


def stateless(one: Stateless, given: str) -> Term:
    """What a layer without a state computes, as a formula of ``h_t``."""
    symbols = {name: symbol(name) for name in one.operands}
    return cast(Term, one.step(symbol(given), symbols, lambda function: function))


def equations(layer: Layer, way: str, write: Callable[..., str] = symbols.text) -> list[str]:
    """The equations of one direction of a layer: gates, candidate, states, one text each."""
    values = flat(symbolic(layer.passes[way], turned=layer.turned(way)))
    named = [n for n in values if "." not in n and n not in TERMS] if layer.gated else ["h"]
    names: dict[int, str] = {id(values[name]): f"{name}_t" for name in named}
    lines = []
    for name in named:
        others = {key: label for key, label in names.items() if key != id(values[name])}
        lines.append(f"{write(symbol(f'{name}_t'))} = {write(values[name], others)}")
    return lines


def previous(state: str, turned: bool) -> str:
    """The state before a step: ``h_{t-1}``, or ``h_{t+1}`` where steps go from the last t on."""
    return f"{state}_{{t{'+' if turned else '-'}1}}"


def symbolic(layer: Layer, *, turned: bool = False) -> dict[str, Any]:
    """What the cell of one direction returns for symbols instead of numbers.

    Args:
        turned: whether the direction goes from the last t to the first.
    """
    kind = CELLS[layer.cell]
    operands = kind.operands({name: symbol(name) for name in layer.arrays})
    states = [symbol(previous(state, turned)) for state in kind.states]
    return kind.step(symbol("x_t"), *states, **operands, **layer.settings)
