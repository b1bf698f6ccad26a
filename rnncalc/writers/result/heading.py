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
    placed,
    places,
)
from rnncalc.model.graph import Node
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Output, Stateless
from rnncalc.numbers import digits
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace


def heading(trace: Trace, selection: Selection, wanted: digits.Digits) -> list[str]:
    """The formulas and the sizes; of one layer every array: its number if it is one, or its shape.

    Of several layers each is named above its formulas; those that share them stand together.
    """
    model = trace.model
    read = [line for layer in range(len(model.layers)) for line in order(trace, layer)]
    if model.wiring:
        read = [*own_timesteps(trace), *read]
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
    groups: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
    for place in places(model):
        layer = place.node.layer
        if not selection.shows(model, layer.name) or not (model.wiring or isinstance(layer, Layer)):
            continue
        if isinstance(layer, Layer):
            lines = _equations(layer, model, selection, write)
            shared = tuple(lines)
        else:
            lines = placed(place, write)
            shared = (layer.name, *lines)
        groups.setdefault(shared, ([], lines))[0].append(_label(model, place.node))
    return [*groups.values()]


def _label(model: Model, node: Node) -> str:
    """What a layer is and, in a graph, reads: ``dec: gru, 4 features, 3 units <- x; h0 from a``."""
    layer = node.layer
    if isinstance(layer, Layer):
        what = f"{described(layer)}{', one row' * (bool(model.wiring) and node.single)}"
    else:
        width = model.shapes[node.name].width
        kind = str(layer).removesuffix(f": {width}").replace(": ", " ")
        kind = layer.word if isinstance(layer, Output) else kind
        what = f"{node.name}: {kind}{f', {width} wide' if width else ''}"
    return f"{what} <- {', '.join(node.reads)}{_from(model, node)}" if model.wiring else what


def _from(model: Model, node: Node) -> str:
    """Whose final states a layer begins with: ``; h0, c0 from enc``."""
    sources: dict[str, list[str]] = {}
    directions = {layer.name: len(layer.passes) for layer in model.layers}
    for state, full in node.states.items():
        place, final, _ = full.partition(".final.")
        layer = place.rpartition(".")[0]
        source = layer if final and directions.get(layer) == 1 else place
        sources.setdefault(source, []).append(state)
    return "".join(f"; {', '.join(states)} from {one}" for one, states in sources.items())


def _equations(
    layer: Layer, model: Model, selection: Selection, write: Callable[..., str]
) -> list[str]:
    """The equations of a layer's directions that are shown, and of what stands before it."""
    lines = before_formulas(layer, write)
    for way in (way for way in layer.passes if selection.shows(model, layer.name, way)):
        inside = equations(layer, way, write)
        lines += [f"{way}:", *(f"  {line}" for line in inside)] if layer.backward else inside
    return lines


def order(trace: Trace, index: int) -> list[str]:
    """How a layer in processing order reads its sequence, over two lines; nothing of others."""
    layer = trace.model.layers[index]
    if layer.order != "processing" or layer.same_loop:
        return []
    first = index == 0 and not trace.model.wiring
    read = "x" if first else f"h of {trace.layers[index - 1].name}"
    if trace.model.wiring:
        (read,) = next(node.reads for node in trace.model.nodes if node.name == layer.name)
    own = "" if trace.layers[index].ends is None else " of each sequence"
    rows = "x_t is what step t read" if first else f"t of {layer.name} counts its steps"
    start = f"{layer.name} reads {read} from the last timestep{own} to the first"
    return [f"{start}:", f"  order: processing, {rows}, at t = 1 the last timestep"]


def sizes(trace: Trace) -> str:
    """How much of everything there is: ``5 timesteps, 1 feature, 1 unit; float64``."""
    model = trace.model
    if model.wiring:
        return _sizes_of_graph(trace)
    counts = [(trace.length, "timestep")]
    if model.alone:  # else it stands with each
        counts += [(model.features, "feature"), (model.layers[0].units, "unit")]
    counts += [(trace.y.shape[-1], "output")] if trace.y is not None else []
    counts = [(trace.x.shape[0], "sequence"), *counts] if trace.batched else counts
    text = ", ".join(digits.counted(count, what) for count, what in counts)
    mode = "" if model.mode == "many-to-many" else f"; {model.mode}"
    feedback = f", feedback {model.feedback}" if model.mode == "one-to-many" else ""
    if model.feedback == "sample":
        temperature = digits.whole(float(model.temperature or 1))
        feedback += f" (seed {model.seed}, temperature {temperature})"
    return f"{text}{mode}{feedback}; {trace.dtype}"


def _sizes_of_graph(trace: Trace) -> str:
    """``x.a: 5 timesteps, 2 features; y: 4 timesteps, 3 outputs; float64``."""
    parts = [digits.counted(len(trace.x), "sequence")] if trace.batched else []
    for letter, what, arrays in (
        ("x", "feature", trace.inputs), ("y", "output", trace.outputs)
    ):  # fmt: skip
        for name, array in arrays.items():
            counts = [digits.counted(array.shape[-1], what)]
            if trace.is_series(array):
                counts = [digits.counted(array.shape[-2], "timestep"), *counts]
            named = letter if len(arrays) == 1 else f"{letter}.{name}"
            parts.append(f"{named}: {', '.join(counts)}")
    return "; ".join([*parts, trace.dtype])


def own_timesteps(trace: Trace) -> list[str]:
    """How many timesteps the layers have, where not all have those of x."""
    arrays = {name: [*values.values()][-1] for name, values in trace.inside.items()}
    lengths = {name: array.shape[-2] for name, array in arrays.items() if trace.is_series(array)}
    lengths |= {layer.name: layer.rows[-1] for layer in trace.layers}
    inputs = [x.shape[-2] for x in trace.inputs.values() if trace.is_series(x)]
    if {*lengths.values()} == {*inputs[:1]}:
        return []
    names = [node.name for node in trace.model.nodes if node.name in lengths]
    return [f"timesteps: {', '.join(f'{name} {lengths[name]}' for name in names)}"]


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
    for layer in [node.layer for node in model.nodes] if model.wiring else model.layers:
        if not selection.shows(model, layer.name):
            continue
        if not isinstance(layer, Layer):
            yield layer.name, layer.operands
            continue
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
