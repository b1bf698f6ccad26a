"""The lines above a table: the formula, and the sizes and arrays as they were understood."""

from __future__ import annotations

import numpy as np

from rnncalc import digits
from rnncalc.activations import Array
from rnncalc.explanation import formulas
from rnncalc.trace import Trace


def heading(trace: Trace, wanted: digits.Digits) -> list[str]:
    """The formulas, then the sizes, then every array: its number if it is one, else its shape."""
    return [*formulas(trace.model), sizes(trace), arrays(trace, wanted)]


def sizes(trace: Trace) -> str:
    """How much of everything there is: ``5 timesteps, 1 feature, 1 unit; float64``."""
    model = trace.model
    counts = [(trace.timesteps, "timestep"), (model.features, "feature")]
    counts += [(model.layers[-1].units, "unit")]
    counts += [(model.output.outputs, "output")] if model.output else []
    counts = [(trace.x.shape[0], "sequence"), *counts] if trace.batched else counts
    text = ", ".join(f"{count:,} {what}{'s' * (count != 1)}" for count, what in counts)
    mode = "" if model.mode == "many-to-many" else f"; {model.mode}"
    feedback = f", feedback {model.feedback}" if model.mode == "one-to-many" else ""
    return f"{text}{mode}{feedback}; {trace.dtype}"


def arrays(trace: Trace, wanted: digits.Digits) -> str:
    """``W_x = 0.5, W_h = 1, bias = 0, h0 = 0``; larger ones by their shape: ``W_x (3, 2)``."""
    layer, output = trace.model.layers[0], trace.model.output
    given = {**layer.weights}
    named = {name: given[name] for name in ("W_x", "W_h", "bias", "bias_h") if name in given}
    texts = [_array(name, array, wanted) for name, array in named.items()]
    texts += [] if "bias" in named else ["bias = 0"]
    texts += [_array("h0", np.asarray(layer.h0), wanted)]
    if output:
        texts += [_array("W_y", output.W_y, wanted), _array("b_y", output.bias, wanted)]
    return ", ".join(texts)


def _array(name: str, array: Array, wanted: digits.Digits) -> str:
    if array.size == 1 or not array.any():
        return f"{name} = {digits.number(array.flat[0], wanted)}"
    return f"{name} {array.shape}".replace(",)", ")")
