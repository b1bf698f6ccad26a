"""How a model shows itself where Python prints it and in notebooks: its layers and equations."""

from __future__ import annotations

from rnncalc.errors import printable
from rnncalc.explaining.formulas import output_formulas
from rnncalc.model.model import Model
from rnncalc.numbers.digits import counted
from rnncalc.readers.contents.assume import SAID, shown
from rnncalc.trace.selection import Selection
from rnncalc.writers import html as pieces
from rnncalc.writers.markdown import block
from rnncalc.writers.result.heading import network


def text(model: Model) -> str:
    """What each layer is, its equations, and what was assumed."""
    return "\n".join(_lines(model))


def markdown(model: Model) -> str:
    """The same as a block of code."""
    return block(_lines(model))


def html(model: Model) -> str:
    """The same in lines."""
    return pieces.page([pieces.lines(_lines(model))])


def _lines(model: Model) -> list[str]:
    return [*_equations(model), *_below(model)]


def _equations(model: Model) -> list[str]:
    lines = []
    if model.embedding is not None:
        ids, features = model.embedding.weights.shape
        lines.append(f"embedding: {counted(ids, 'id')}, {counted(features, 'feature')}")
    for labels, inside in network(model, Selection()):
        lines += [*labels, *(f"  {line}" for line in inside)]
    return [printable(line, 1000) for line in [*lines, *output_formulas(model)]]


def _below(model: Model) -> list[str]:
    """How it is used, how many numbers it has, and what a file left open."""
    lines = [f"{counted(_parameters(model), 'parameter')}; {model.mode}; {model.dtype}"]
    for one in model.assumptions:
        if one.why != SAID:
            key = ".".join(filter(None, [one.layer, one.key]))
            lines.append(f"assumed: {printable(key)} = {shown(one.value)} ({one.why})")
    return lines


def _parameters(model: Model) -> int:
    """How many numbers its arrays have."""
    passes = [one for layer in model.layers for one in layer.passes.values()]
    chains = [one for layer in model.layers for one in layer.chain]
    chains += [*model.outputs, *model.stateless]
    arrays = [array for one in passes for array in one.weights.values()]
    arrays += [array for one in chains for array in one.operands.values()]
    arrays += [] if model.embedding is None else [model.embedding.weights]
    return sum(array.size for array in arrays)
