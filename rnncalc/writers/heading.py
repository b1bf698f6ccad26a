"""The lines above a table: the formula, and the sizes and arrays as they were understood."""

from __future__ import annotations

import numpy as np

from rnncalc import digits
from rnncalc.activations import Array
from rnncalc.explanation import formulas
from rnncalc.layer import Layer
from rnncalc.trace import Trace


def heading(trace: Trace, wanted: digits.Digits) -> list[str]:
    """The formulas, then the sizes, then every array: its number if it is one, else its shape."""
    return [*formulas(trace.model), sizes(trace), *arrays(trace, wanted).splitlines()]


def sizes(trace: Trace) -> str:
    """How much of everything there is: ``5 timesteps, 1 feature, 1 unit; float64``."""
    model = trace.model
    counts = [(trace.timesteps, "timestep"), (model.features, "feature")]
    counts += [(layer.units, "unit") for layer in model.layers]
    counts += [(layer.outputs, "output") for layer in model.outputs]
    counts = [(trace.x.shape[0], "sequence"), *counts] if trace.batched else counts
    text = ", ".join(f"{count:,} {what}{'s' * (count != 1)}" for count, what in counts)
    mode = "" if model.mode == "many-to-many" else f"; {model.mode}"
    feedback = f", feedback {model.feedback}" if model.mode == "one-to-many" else ""
    return f"{text}{mode}{feedback}; {trace.dtype}"


def arrays(trace: Trace, wanted: digits.Digits) -> str:
    """``W_x = 0.5, W_h = 1, bias = 0, h0 = 0``; larger ones by their shape: ``W_x (3, 2)``."""
    texts = []
    several = sum(len(layer.passes) for layer in trace.model.layers) > 1
    for layer in trace.model.layers:
        for direction, one in layer.passes.items():
            parts = _weights(one, wanted)
            texts.append(f"{layer.name}.{direction}: {parts}" if several else parts)
    for output in trace.model.outputs:
        texts[-1] += f", {_array('W_y', output.W_y, wanted)}, {_array('b_y', output.bias, wanted)}"
    return "\n".join(texts)


def _weights(one: Layer, wanted: digits.Digits) -> str:
    """The arrays of one direction; those of gates once for all of them, by their shape."""
    plain = {name: array for name, array in one.weights.items() if "." not in name}
    texts = [_array(name, array, wanted) for name, array in plain.items()]
    gated = {name.split(".")[0]: name for name in one.weights if "." in name}
    texts += [f"{base} {one.weights[name].shape} per gate" for base, name in gated.items()]
    texts = [text.replace(",)", ")") for text in texts]
    texts += [] if "bias" in {*plain, *gated} else ["bias = 0"]
    states = {"h0": one.h0, "c0": one.c0}
    given = {name: np.asarray(state) for name, state in states.items() if state is not None}
    return ", ".join(texts + [_array(name, state, wanted) for name, state in given.items()])


def _array(name: str, array: Array, wanted: digits.Digits) -> str:
    if array.size == 1 or not array.any():
        return f"{name} = {digits.number(array.flat[0], wanted)}"
    return f"{name} {array.shape}".replace(",)", ")")
