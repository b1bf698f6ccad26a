"""The recurrence: carry the state from step to step, and from layer to layer.

A cell says what one step computes; this file only says in which order the steps happen. It knows
no file, no format and no terminal.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from rnncalc import cells
from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.errors import RnncalcWarning
from rnncalc.model import Layer, Model, Output, cast, checked_input, initial_state, quantities
from rnncalc.trace import DirectionTrace, LayerTrace, Trace

Feed = Callable[[int, Array], Array]
"""The input of a step, (features, batch), from its index and the hidden state before it."""


def run(
    model: Model,
    x: npt.ArrayLike | None = None,
    *,
    dtype: str | None = None,
    record: Collection[str] | None = None,
) -> Trace:
    """Compute every hidden state.

    Args:
        model: the network.
        x: (timesteps, features), (batch, timesteps, features), or (timesteps) for one feature; by
            default the input that came with the model.
        dtype: the arithmetic: float64, float32, float16; by default the model's.
        record: the names of the quantities to keep, besides h; by default all of them.

    Returns:
        A Trace; its arrays are of the dtype.

    Errors: ShapeError where x does not fit; RnncalcError where a number is too large for the dtype.
    Warns: RnncalcWarning where NaN or infinity came out.
    """
    dtype = dtype or model.dtype
    inputs, batched = checked_input(model, model.x if x is None else x)
    columns = cast("x", inputs, dtype).transpose(1, 2, 0)  # (timesteps, features, batch)
    with np.errstate(all="ignore"):
        trace = _run(model, columns, batched, dtype, record)
    if count := trace.not_finite():
        message = f"{count:,} of the results {'is' if count == 1 else 'are'} NaN or infinite"
        warnings.warn(message, RnncalcWarning, stacklevel=2)
    return trace


def _run(
    model: Model, columns: Array, batched: bool, dtype: str, record: Collection[str] | None
) -> Trace:
    layer = model.layers[0]
    output = _output(model.output, dtype) if model.output else None
    feed, timesteps = _feed(model, columns, output)
    h0, inputs, values = _steps(layer, feed, timesteps, columns.shape[-1], dtype, record)
    y = np.stack([output(h) for h in values["h"]]) if output else None
    final = {"h": _rows(values["h"][-1], batched)}
    series = {name: _series(array, batched) for name, array in values.items()}
    forward = DirectionTrace(_rows(h0, batched), series, final)
    layers = (LayerTrace(layer.name, forward),)
    x = _series(inputs, batched)
    return Trace(model, dtype, x, layers, _outputs(y, model.mode, batched), batched)


def _feed(
    model: Model, columns: Array, output: Callable[[Array], Array] | None
) -> tuple[Feed, int]:
    """Where the input of each step comes from, and how many steps there are."""
    if model.mode != "one-to-many":
        return (lambda t, h_prev: columns[t]), len(columns)
    later: dict[str, Callable[[Array], Array]] = {
        "x": lambda h_prev: columns[0],
        "zeros": lambda h_prev: np.zeros_like(columns[0]),
        "y": lambda h_prev: output(h_prev) if output else h_prev,
    }
    again = later[model.feedback]
    return (lambda t, h_prev: again(h_prev) if t else columns[0]), model.timesteps or 0


def _steps(
    layer: Layer,
    feed: Feed,
    timesteps: int,
    batch: int,
    dtype: str,
    record: Collection[str] | None,
) -> tuple[Array, Array, dict[str, Array]]:
    """One layer over all its steps: h_0, the inputs, and each quantity, timestep first."""
    cell = CELLS[layer.cell]
    operands = _operands(layer, dtype)
    names = [n for n in quantities(layer) if record is None or n in record or n == "h"]
    kept = {name: np.empty((timesteps, layer.units, batch), dtype) for name in names}
    inputs = np.empty((timesteps, layer.features, batch), dtype)
    h = h0 = cast("h0", initial_state(layer, batch), dtype)
    for t in range(timesteps):
        inputs[t] = feed(t, h)
        values = cell.step(inputs[t], h, **operands)
        h = values["h"]
        for name in names:
            kept[name][t] = values[name]
    return h0, inputs, kept


def _operands(layer: Layer, dtype: str) -> dict[str, Any]:
    """What the cell's equations take: the weights in this dtype, biases as columns."""
    operands: dict[str, Any] = {"activation": layer.activation}
    for name in (*CELLS[layer.cell].required, *CELLS[layer.cell].optional):
        weight = cast(name, layer.weights.get(name, np.zeros(layer.units)), dtype)
        operands[name] = weight[:, None] if weight.ndim == 1 else weight
    return operands


def _output(layer: Output, dtype: str) -> Callable[[Array], Array]:
    """y of a state (units, batch): (outputs, batch)."""
    W_y = cast("output.W_y", layer.W_y, dtype)
    b_y = cast("output.bias", layer.bias, dtype)[:, None]
    return lambda h: cells.output.step(h, W_y=W_y, b_y=b_y, activation=layer.activation)


def _outputs(y: Array | None, mode: str, batched: bool) -> Array | None:
    if y is None:
        return None
    return _rows(y[-1], batched) if mode == "many-to-one" else _series(y, batched)


def _series(columns: Array, batched: bool) -> Array:
    """(timesteps, width, batch) as people see it: ([batch,] timesteps, width)."""
    rows = columns.transpose(2, 0, 1)
    return np.ascontiguousarray(rows if batched else rows[0])


def _rows(columns: Array, batched: bool) -> Array:
    """(width, batch) as people see it: ([batch,] width)."""
    return np.ascontiguousarray(columns.T if batched else columns[:, 0])
