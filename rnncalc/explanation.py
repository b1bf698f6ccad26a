"""What a network computes, as formulas: read off the cells' own equations, written nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from rnncalc import cells, term
from rnncalc.cells import CELLS
from rnncalc.model import Layer, Model, Output
from rnncalc.term import NOTHING, Term, symbol


def formulas(model: Model, write: Callable[[Term], str] = term.text) -> list[str]:
    """The equations of the recurrent layer and of the output layer, one text each.

    Args:
        write: ``term.text`` (``h_t = tanh(W_x x_t + ...)``) or ``term.latex``.
    """
    lines = [(symbol("h_t"), hidden(layer)) for layer in model.layers]
    if model.output:
        lines.append((symbol("y_t"), output(model.output)))
    return [f"{write(left)} = {write(right)}" for left, right in lines]


def hidden(layer: Layer) -> Term:
    """h_t of a layer, as a formula of x_t and h_{t-1}."""
    cell = CELLS[layer.cell]
    operands: dict[str, Any] = {name: symbol(name) for name in cell.required + cell.optional}
    if "bias_h" not in layer.weights:
        operands["bias_h"] = NOTHING
    values = cell.step(symbol("x_t"), symbol("h_{t-1}"), activation=layer.activation, **operands)
    return cast(Term, values["h"])


def output(layer: Output) -> Term:
    """y_t of an output layer, as a formula of h_t."""
    operands = {"W_y": symbol("W_y"), "b_y": symbol("b_y")}
    return cast(Term, cells.output.step(symbol("h_t"), activation=layer.activation, **operands))
