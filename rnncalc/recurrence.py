"""The recurrence: carry the state from step to step, and from layer to layer.

A cell says what one step computes; this file only says in which order the steps happen. It knows
no file, no format and no terminal.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnncalc import cells
from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.errors import RnncalcWarning
from rnncalc.model import Layer, Model, Output, cast, checked_input, initial_state, quantities
from rnncalc.trace import DirectionTrace, LayerTrace, Trace

LARGE = 10_000_000
"""More hidden numbers than this are computed in float32 where that was asked for."""

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
        dtype: float64, float32 or float16; by default the model's. float32 is computed in float64
            and rounded once, unless it is a large job (``Trace.arithmetic`` tells).
        record: the names of the quantities to keep, besides h; by default all of them.

    Returns:
        A Trace; its arrays are of the dtype.

    Errors: ShapeError where x does not fit; RnncalcError where a number is too large for the dtype.
    Warns: RnncalcWarning where NaN or infinity came out.
    """
    dtype = dtype or model.dtype
    inputs, batched = checked_input(model, model.x if x is None else x)
    columns = cast("x", inputs, dtype).transpose(1, 2, 0)  # (timesteps, features, batch)
    precision = Precision(dtype, arithmetic(model, columns, dtype))
    with np.errstate(all="ignore"):
        trace = _run(model, columns.astype(precision.arithmetic), batched, precision, record)
    if count := trace.not_finite():
        message = f"{count:,} of the results {'is' if count == 1 else 'are'} NaN or infinite"
        warnings.warn(message, RnncalcWarning, stacklevel=2)
    return trace


class Precision(NamedTuple):
    """What numbers are given in, and what they are computed in."""

    dtype: str
    arithmetic: str

    def weight(self, name: str, array: Array) -> Array:
        """An array of the model as it is computed with: rounded to the dtype first."""
        return cast(name, array, self.dtype).astype(self.arithmetic)

    def series(self, columns: Array, batched: bool) -> Array:
        """(timesteps, width, batch) as people see it: ([batch,] timesteps, width)."""
        rows = columns.transpose(2, 0, 1)
        return np.ascontiguousarray(rows if batched else rows[0], self.dtype)

    def rows(self, columns: Array, batched: bool) -> Array:
        """(width, batch) as people see it: ([batch,] width)."""
        return np.ascontiguousarray(columns.T if batched else columns[:, 0], self.dtype)


def arithmetic(model: Model, columns: Array, dtype: str) -> str:
    """The type that a run computes in: float32 in float64, rounded once, unless it is a large job.

    The choice depends on the model and the shape of the input alone.
    """
    timesteps, _, batch = columns.shape
    numbers = batch * max(timesteps, model.timesteps or 0) * model.layers[-1].units
    return "float64" if dtype == "float32" and numbers <= LARGE else dtype


def _run(
    model: Model,
    columns: Array,
    batched: bool,
    precision: Precision,
    record: Collection[str] | None,
) -> Trace:
    layer = model.layers[0]
    output = _output(model.output, precision) if model.output else None
    feed, timesteps = _feed(model, columns, output)
    h0, inputs, values = _steps(layer, feed, (timesteps, columns.shape[-1]), precision, record)
    y = np.stack([output(h) for h in values["h"]]) if output else None
    final = {"h": precision.rows(values["h"][-1], batched)}
    series = {name: precision.series(array, batched) for name, array in values.items()}
    forward = DirectionTrace(precision.rows(h0, batched), series, final)
    layers = (LayerTrace(layer.name, forward),)
    x = precision.series(inputs, batched)
    if y is not None and model.mode == "many-to-one":
        return Trace(model, *precision, x, layers, precision.rows(y[-1], batched), batched)
    outputs = None if y is None else precision.series(y, batched)
    return Trace(model, *precision, x, layers, outputs, batched)


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
    again = later[model.feedback or "y"]
    return (lambda t, h_prev: again(h_prev) if t else columns[0]), model.timesteps or 0


def _steps(
    layer: Layer,
    feed: Feed,
    size: tuple[int, int],
    precision: Precision,
    record: Collection[str] | None,
) -> tuple[Array, Array, dict[str, Array]]:
    """One layer over all its steps: h_0, the inputs, and each quantity, timestep first."""
    cell = CELLS[layer.cell]
    timesteps, batch = size
    operands = _operands(layer, precision)
    names = [n for n in quantities(layer) if record is None or n in record or n == "h"]
    kept = {name: np.empty((timesteps, layer.units, batch), precision.arithmetic) for name in names}
    inputs = np.empty((timesteps, layer.features, batch), precision.arithmetic)
    h = h0 = precision.weight("h0", initial_state(layer, batch))
    for t in range(timesteps):
        inputs[t] = feed(t, h)
        values = cell.step(inputs[t], h, **operands)
        h = values["h"]
        for name in names:
            kept[name][t] = values[name]
    return h0, inputs, kept


def _operands(layer: Layer, precision: Precision) -> dict[str, Any]:
    """What the cell's equations take: the weights, biases as columns."""
    operands: dict[str, Any] = {"activation": layer.activation}
    for name in (*CELLS[layer.cell].required, *CELLS[layer.cell].optional):
        weight = precision.weight(name, layer.weights.get(name, np.zeros(layer.units)))
        operands[name] = weight[:, None] if weight.ndim == 1 else weight
    return operands


def _output(layer: Output, precision: Precision) -> Callable[[Array], Array]:
    """y of a state (units, batch): (outputs, batch)."""
    W_y = precision.weight("output.W_y", layer.W_y)
    b_y = precision.weight("output.bias", layer.bias)[:, None]
    return lambda h: cells.output.step(h, W_y=W_y, b_y=b_y, activation=layer.activation)
