"""What a network computes, as formulas: read off the cells' own equations, written nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from rnncalc.data import NamedTuple
from rnncalc.equations import CELLS, symbols
from rnncalc.equations.gates import flat
from rnncalc.equations.symbols import Term, symbol
from rnncalc.model import graph
from rnncalc.model.chain import cut
from rnncalc.model.graph import Node
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Pooling, Row, Stateless, makes_row
from rnncalc.numbers.digits import counted
from rnncalc.trace.quantity import INPUT

TERMS = ("x_term", "h_term", "bias", "bias_h", "P_term", "a")
"""Quantities that a formula unfolds: only gates and states are written by their names."""


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


class Place(NamedTuple):
    """A layer in its place, as formulas tell it.

    Attributes:
        node: itself, and what it reads.
        belongs: the layer that it is told with; nothing for what stands behind all of them.
        name: what its outcome is called; nothing where it is not told.
        given: what it is given is called.
        number: of the recurrent layer that it is, or, in a row, in front of which it stands.
        told: whether it is said where what it reads comes from.
        sources: the nodes that give what it reads; None for an input, and for a final state.
    """

    node: Node
    belongs: str
    name: str
    given: tuple[str, ...]
    number: int | None = None
    told: bool = False
    sources: tuple[Node | None, ...] = ()


def places(model: Model) -> Iterator[Place]:
    """The layers of a network in their places, in the order in which they are computed."""
    giver = {name: node for node in model.nodes for name in graph.given(node.name, node.layer)}
    for place in (_in_graph if model.wiring else _in_row)(model):
        yield place._replace(sources=tuple(giver.get(name) for name in place.node.reads))


def _in_row(model: Model) -> Iterator[Place]:
    nodes = iter(model.nodes)
    for index, layer in enumerate(model.layers):
        names = before_names(layer)
        for given, name, node in zip([INPUT, *names], names, nodes, strict=False):
            yield Place(node, layer.name, name, (f"{given}_t",), index, given == INPUT)
        yield Place(next(nodes), layer.name, "h", ("x_t",), index)
    behind = [node for node in nodes if any(node.layer is one for one in model.outputs)]
    given = "h_t"
    for name, node in zip(output_names(model), behind, strict=True):
        given = given.removesuffix("_t") if isinstance(node.layer, Row) else given
        yield Place(node, "", name, (given,))
        given = f"{name}_t" if given.endswith("_t") else name


def _in_graph(model: Model) -> Iterator[Place]:
    recurrent = {name for layer in model.layers for name in graph.given(layer.name, layer)}
    indices = {layer.name: i for i, layer in enumerate(model.layers)}
    for node in model.nodes:
        several = len(node.reads) > 1
        given = []
        for i, source in enumerate(node.reads, 1):
            letter = f"x{i}" if several else "h" if source in recurrent else "x"
            given.append(f"{letter}_t" if model.shapes[source].series else letter)
        index = indices.get(node.name)
        name = "y" if index is None else "h"
        yield Place(node, node.name, name, tuple(given), index, told=True)


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


def placed(place: Place, write: Callable[..., str] = symbols.text) -> list[str]:
    """The equation of a layer without a state, of what it is given; none where it is no line."""
    one, given = place.node.layer, place.given[0]
    assert isinstance(one, Stateless)
    timed = given.endswith("_t")
    if makes_row(one) and timed:
        assert isinstance(one, Row)
        return [f"{write(symbol(place.name))} = {write(row(one, given.removesuffix('_t')))}"]
    if type(one).compute is not Stateless.compute:
        return []
    to = f"{place.name}{'_t' * timed}"
    return [f"{write(symbol(to))} = {write(stateless(one, given))}"]


def row(one: Row, given: str, last: str = "T") -> Term:
    """What makes one row of all timesteps, as a formula of ``h_1, ..., h_T``."""
    label = {"average": "mean"}.get(one.kind, one.kind) if isinstance(one, Pooling) else "flatten"
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
