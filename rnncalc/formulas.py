"""What a network computes, as formulas: read off the cells' own equations, written nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from rnncalc import cells, term
from rnncalc.cells import CELLS
from rnncalc.cells.gates import IDENTITY, NOTHING, Gates, flat
from rnncalc.layer import Layer
from rnncalc.model import Model, Output
from rnncalc.term import Term, symbol

TERMS = ("x_term", "h_term", "bias", "bias_h", "a")
"""Quantities that a formula unfolds: only gates and states are written by their names."""


def formulas(model: Model, write: Callable[..., str] = term.text) -> list[str]:
    """The equations of every recurrent layer that differs, and of the output layers, one text each.

    Args:
        write: ``term.text`` (``h_t = tanh(W_x x_t + ...)``) or ``term.latex``.
    """
    lines: list[str] = []
    for layer in model.layers:
        for one in layer.passes.values():
            lines += [line for line in equations(one, write) if line not in lines]
    return lines + output_formulas(model, write)


def output_formulas(model: Model, write: Callable[..., str] = term.text) -> list[str]:
    """The equations of the output layers: the first one of h_t, the next one of its outcome."""
    lines: list[str] = []
    names = ["y_t"] if len(model.outputs) == 1 else [f"y{i}_t" for i in range(len(model.outputs))]
    h = symbol("h_t")
    for name, dense in zip(names, model.outputs, strict=True):
        lines.append(f"{write(symbol(name))} = {write(output(dense, h))}")
        h = symbol(name)
    return lines


def equations(layer: Layer, write: Callable[..., str] = term.text) -> list[str]:
    """The equations of one direction of a layer: gates, candidate, states, one text each."""
    values = flat(symbolic(layer))
    named = [n for n in values if "." not in n and n not in TERMS] if layer.gated else ["h"]
    names: dict[int, str] = {id(values[name]): f"{name}_t" for name in named}
    lines = []
    for name in named:
        others = {key: label for key, label in names.items() if key != id(values[name])}
        lines.append(f"{write(symbol(f'{name}_t'))} = {write(values[name], others)}")
    return lines


def symbolic(layer: Layer) -> dict[str, Any]:
    """What the layer's cell returns for symbols instead of numbers."""
    kind = CELLS[layer.cell]
    operands: dict[str, Any] = {}
    for weight in kind.required + kind.optional:
        parts = {name: symbol(name) for name in kind.names(weight)}
        given = weight in ("W_x", "W_h", "bias") or any(name in layer.weights for name in parts)
        letters = {name.split(".")[-1]: part for name, part in parts.items()}
        single = weight in parts
        whole: Any = parts[weight] if single else Gates(letters)
        operands[weight] = whole if given else IDENTITY if weight == "W_r" else NOTHING
    states = [symbol(f"{state}_{{t-1}}") for state in kind.states]
    return kind.step(symbol("x_t"), *states, **operands, **layer.settings)


def output(layer: Output, h: Term) -> Term:
    """y_t of an output layer, as a formula of h_t."""
    operands = {"W_y": symbol("W_y"), "b_y": symbol("b_y")}
    return cast(Term, cells.output.step(h, activation=layer.activation, **operands))
