"""The lines above a table: the formulas, and the sizes and arrays as they were understood."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.symbols import text
from rnncalc.explaining.formulas import (
    before_formulas,
    before_names,
    described,
    equations,
    formulas,
    output_formulas,
    output_names,
)
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Stateless
from rnncalc.numbers import digits
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace


def heading(trace: Trace, selection: Selection, wanted: digits.Digits) -> list[str]:
    """The formulas and the sizes; of one layer every array: its number if it is one, or its shape.

    Of several layers each is named above its formulas; those that share them stand together.
    """
    model = trace.model
    read = [line for layer in range(len(model.layers)) for line in order(trace, layer)]
    if model.alone:
        return [*formulas(model), sizes(trace), *read, *arrays(model, wanted)]
    outputs = [] if selection.of else output_formulas(model)
    lines = [
        line
        for labels, inside in network(model, selection)
        for line in (*labels, *(f"  {line}" for line in inside))
    ]
    return [*lines, *outputs, sizes(trace), *read]


def network(
    model: Model, selection: Selection, write: Callable[..., str] = text
) -> list[tuple[list[str], list[str]]]:
    """What each layer that is shown is, and its formulas; those that share them are together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for layer in (layer for layer in model.layers if selection.shows(model, layer.name)):
        lines = before_formulas(layer, write)
        for way in (way for way in layer.passes if selection.shows(model, layer.name, way)):
            inside = equations(layer, way, write)
            lines += [f"{way}:", *(f"  {line}" for line in inside)] if layer.backward else inside
        groups.setdefault(tuple(lines), []).append(described(layer))
    return [(labels, list(lines)) for lines, labels in groups.items()]


def order(trace: Trace, index: int) -> list[str]:
    """How a layer in processing order reads its sequence, over two lines; nothing of others."""
    layer = trace.model.layers[index]
    if layer.order != "processing" or layer.same_loop:
        return []
    read = "x" if index == 0 else f"h of {trace.layers[index - 1].name}"
    own = "" if trace.ends is None else " of each sequence"
    rows = "x_t is what step t read" if index == 0 else f"t of {layer.name} counts its steps"
    start = f"{layer.name} reads {read} from the last timestep{own} to the first"
    return [f"{start}:", f"  order: processing, {rows}, at t = 1 the last timestep"]


def sizes(trace: Trace) -> str:
    """How much of everything there is: ``5 timesteps, 1 feature, 1 unit; float64``."""
    model = trace.model
    counts = [(trace.length, "timestep")]
    if model.alone:  # else it stands with each
        counts += [(model.features, "feature"), (model.layers[0].units, "unit")]
    counts += [(trace.y.shape[-1], "output")] if trace.y is not None else []
    counts = [(trace.x.shape[0], "sequence"), *counts] if trace.batched else counts
    text = ", ".join(digits.counted(count, what) for count, what in counts)
    mode = "" if model.mode == "many-to-many" else f"; {model.mode}"
    feedback = f", feedback {model.feedback}" if model.mode == "one-to-many" else ""
    return f"{text}{mode}{feedback}; {trace.dtype}"


def arrays(model: Model, wanted: digits.Digits) -> list[str]:
    """``W_x = 0.5, W_h = 1, bias = 0, h0 = 0``; larger ones by their shape: ``W_x (3, 2)``."""
    (one,) = model.layers
    lines, texts = _gated(one, wanted)
    plain = {name: array for name, array in one.weights.items() if "." not in name}
    texts += [_array(name, array, wanted) for name, array in plain.items()]
    bases = {name.split(".")[0] for name in one.weights}
    texts += [] if "bias" in bases else ["bias = 0"]
    states = {"h0": one.h0, "c0": one.c0}
    texts += [
        _array(n, np.asarray(state), wanted) for n, state in states.items() if state is not None
    ]
    before = _of_chain(one.chain, before_names(one), wanted)
    behind = _of_chain(model.outputs, output_names(model), wanted)
    if len(model.outputs) == 1:
        texts, behind = texts + [text.removeprefix("y: ") for text in behind], []
    return [*before, *lines, ", ".join(texts), *behind]


def given(model: Model, selection: Selection) -> Iterator[tuple[str, dict[str, Array]]]:
    """The arrays of everything that is shown, and whose they are; of one layer alone no name."""
    for layer in (layer for layer in model.layers if selection.shows(model, layer.name)):
        for one in layer.chain:
            yield one.name, one.operands
        for way in (way for way in layer.passes if selection.shows(model, layer.name, way)):
            one_way = layer.passes[way]
            states = {"h_0": one_way.h0, "c_0": one_way.c0}
            arrays = {n: np.asarray(array) for n, array in states.items() if array is not None}
            place = f"{layer.name}.{way}" if layer.backward else layer.name
            yield "" if model.alone else place, {**one_way.arrays, **arrays}
    for output in () if selection.of else model.outputs:
        yield "" if len(model.outputs) == 1 else output.name, output.operands


def _of_chain(chain: Sequence[Stateless], names: Iterable[str], wanted: digits.Digits) -> list[str]:
    """The arrays of layers without a state, a line for each that has any."""
    lines = []
    for one, name in zip(chain, names, strict=True):
        if texts := [_array(key, array, wanted) for key, array in one.operands.items()]:
            lines.append(f"{name}: {', '.join(texts)}")
    return lines


def _gated(one: Layer, wanted: digits.Digits) -> tuple[list[str], list[str]]:
    """The weights of gates: a line each where they are single numbers, else their shape."""
    lines, texts = [], []
    for base in dict.fromkeys(name.split(".")[0] for name in one.weights if "." in name):
        parts = {n.split(".")[1]: a for n, a in one.weights.items() if n.split(".")[0] == base}
        shape = f"{next(iter(parts.values())).shape}".replace(",)", ")")
        if all(part.size == 1 for part in parts.values()):
            numbers = [f"{g} {digits.number(a.flat[0], wanted)}" for g, a in parts.items()]
            lines.append(f"{base}: {', '.join(numbers)}")
        else:
            texts.append(f"{base} {shape} per gate")
    return lines, texts


def _array(name: str, array: Array, wanted: digits.Digits) -> str:
    if array.size == 1 or not array.any():
        return f"{name} = {digits.number(array.flat[0], wanted)}"
    return f"{name} {array.shape}".replace(",)", ")")
