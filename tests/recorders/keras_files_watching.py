"""What happens in a model of Keras while it runs: which layers are called, in which order, on what.

The last recurrent layer is then asked once more, for its whole sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

import numpy as np
from golden_file import Array

KINDS = {
    "SimpleRNN": "recurrent", "GRU": "recurrent", "LSTM": "recurrent", "RNN": "recurrent",
    "CuDNNGRU": "recurrent", "CuDNNLSTM": "recurrent", "Bidirectional": "recurrent",
    "Embedding": "embedding", "Masking": "masking", "Dropout": "nothing",
    "SpatialDropout1D": "nothing", "GaussianNoise": "nothing", "GaussianDropout": "nothing",
    "AlphaDropout": "nothing", "ActivityRegularization": "nothing", "Identity": "nothing",
}  # fmt: skip
"""What layers are; those that do not stand here are outputs."""

CELLS = {"SimpleRNN": "rnn", "GRU": "gru", "LSTM": "lstm", "CuDNNGRU": "gru", "CuDNNLSTM": "lstm"}
Call = tuple[Any, tuple[Any, ...], dict[str, Any]]


def plain(result: Any) -> Array:
    """As NumPy has it; bfloat16, which it has not, in float32."""
    array = np.asarray(result)
    return array if array.dtype.kind == "f" else array.astype(np.float32)


def leaves(keras: ModuleType, model: Any) -> Iterable[Any]:
    """The layers that are no models themselves."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(keras, layer)
        else:
            yield layer


def results(model: Any, inputs: Any, given: dict[str, Any]) -> list[Array]:
    """All that a model gives."""
    found = model(inputs, **given)
    return [plain(one) for one in (found if isinstance(found, (list, tuple)) else [found])]


def watched(
    keras: ModuleType, model: Any, inputs: Any, given: dict[str, Any]
) -> tuple[list[Call], list[Array]]:
    """Every call of a layer, in the order in which they happen; and the model's results."""
    calls: list[Call] = []
    found = [layer for layer in leaves(keras, model) if type(layer).__name__ != "InputLayer"]
    own = [layer.call for layer in found]
    for layer, call in zip(found, own, strict=True):
        layer.call = watch(layer, call, calls)
    try:
        out = results(model, inputs, given)
    finally:
        for layer, call in zip(found, own, strict=True):
            layer.call = call
    return calls, out


def watch(layer: Any, call: Any, calls: list[Call]) -> Any:
    """A call that is written down."""

    def written(*arguments: Any, **options: Any) -> Any:
        calls.append((layer, arguments, options))
        return call(*arguments, **options)

    return written


def sequence(calls: list[Call]) -> Array:
    """All outputs of the last recurrent layer."""
    layer, arguments, options = [call for call in calls if kind(call[0]) == "recurrent"][-1]
    halves = [getattr(layer, name, None) for name in ("forward_layer", "backward_layer")]
    whole = [layer, *filter(None, halves)]
    before = [one.return_sequences for one in whole]
    for one in whole:
        one.return_sequences = True
    result = layer(*arguments, **options)
    if isinstance(result, (list, tuple)):  # of an unmerged one both directions, then states
        result = np.concatenate(result[: 2 if layer_is_unmerged(layer) else 1], axis=-1)
    result = plain(result)
    for one, was in zip(whole, before, strict=True):
        one.return_sequences = was
    return result


def layer_is_unmerged(layer: Any) -> bool:
    """Whether it is a Bidirectional that gives its directions apart."""
    return type(layer).__name__ == "Bidirectional" and layer.merge_mode is None


def kind(layer: Any) -> str:
    """recurrent, output, embedding, masking, nothing."""
    return KINDS.get(type(layer).__name__, "output")


def cell_of(layer: Any) -> tuple[str, int]:
    """Which cell, and how many units; of a loop over several cells all of them."""
    name = type(layer).__name__
    if name == "Bidirectional":
        return cell_of(layer.forward_layer)
    if name == "RNN":
        cells = getattr(layer.cell, "cells", [layer.cell])
        kinds = [CELLS[type(cell).__name__.removesuffix("Cell")] for cell in cells]
        return "+".join(kinds), cells[-1].units
    return CELLS[name], layer.units


def parts(calls: list[Call], nothing: bool) -> list[list[Any]]:
    """Name, kind, cell and units of every layer, in the order in which they run.

    Weights alone do not tell what layers without weights are.
    """
    return [
        [layer.name, kind(layer), *(cell_of(layer) if kind(layer) == "recurrent" else (None, None))]
        for layer, _, _ in calls
        if nothing or kind(layer) != "nothing"
    ]


def said(calls: list[Call]) -> str:
    """The layers as Keras calls them."""
    return ", ".join(described(layer) for layer, _, _ in calls)


def described(layer: Any) -> str:
    """One layer, and what is in it."""
    name = type(layer).__name__
    inner = getattr(layer, "forward_layer", getattr(layer, "layer", None))
    if name == "RNN":
        cells = getattr(layer.cell, "cells", [layer.cell])
        return f"RNN({', '.join(described(cell) for cell in cells)})"
    if inner is not None:
        return f"{name}({described(inner)})"
    units = getattr(layer, "units", "")
    return f"{name}({units})" if units else name
