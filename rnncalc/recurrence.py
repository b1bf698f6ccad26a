"""The recurrence: carry the state from step to step, and from layer to layer.

A cell says what one step computes; this file only says in which order the steps happen: forward and
backward, over batches, with lengths and masks, layer after layer. It knows no file, no format and
no terminal. Inside it, arrays are columns, timestep first: (timesteps, width, batch).
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnncalc import cells
from rnncalc.activations import Array, Clip
from rnncalc.cells import CELLS
from rnncalc.cells.gates import unclipped
from rnncalc.errors import RnncalcWarning
from rnncalc.inputs import Steps, checked_input, initial_states, steps_of
from rnncalc.kernels import Padding, States, swept
from rnncalc.layer import Layer, quantities
from rnncalc.model import Model, cast
from rnncalc.precision import Precision, arithmetic
from rnncalc.trace import DirectionTrace, LayerTrace, Trace

MERGE = {
    "concat": lambda one, other: np.concatenate([one, other], axis=-2),
    "sum": lambda one, other: one + other,
    "mul": lambda one, other: one * other,
    "ave": lambda one, other: (one + other) / 2,
}
"""How the outputs of two directions become one."""


class Passed(NamedTuple):
    """One direction of one layer, gone through: everything in input time, timestep first.

    Attributes:
        values: quantity to (timesteps, width, batch); ``h`` is the output as it is handed on.
        initial, final: the states before the first and after the last step.
        last: the output that was computed last, (width, batch).
    """

    values: dict[str, Array]
    initial: States
    final: States
    last: Array

    @property
    def outputs(self) -> Array:
        """What the next layer gets."""
        return self.values["h"]


Ways = dict[str, Passed]
"""What each direction of a layer computed, by its name."""


class Run(NamedTuple):
    """What every part of a run needs to know."""

    steps: Steps
    precision: Precision
    record: Collection[str] | None
    sequential: bool


def run(
    model: Model,
    x: npt.ArrayLike | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    mask: npt.ArrayLike | None = None,
    dtype: str | None = None,
    record: Collection[str] | None = None,
    sequential: bool = False,
) -> Trace:
    """Compute every hidden state.

    Args:
        model: the network.
        x: (timesteps, features), (batch, timesteps, features), or (timesteps) for one feature; by
            default the input that came with the model. Before an embedding: ids.
        lengths: (batch), the true length of each padded sequence, as PyTorch's packed sequences and
            ONNX' sequence_lens have it: padded outputs are 0, a backward direction starts at each
            sequence's own end. By default the model's, as for the mask.
        mask: (batch, timesteps) of 0 and 1, as Keras has it: where 0, the state is frozen and the
            last output repeated (0 before the first real step).
        dtype: float64, float32 or float16; by default the model's. float32 is computed in float64
            and rounded once, unless it is a large job (``Trace.arithmetic`` tells).
        record: the names of the quantities to keep, besides h; by default all of them.
        sequential: compute one step after the other, nothing in parallel over time.

    Returns:
        A Trace; its arrays are of the dtype.

    Errors: ShapeError where x does not fit; RnncalcError where a number is too large for the dtype.
    Warns: RnncalcWarning where NaN or infinity came out.
    """
    dtype = dtype or model.dtype
    given = model.x if x is None else x
    inputs, batched = checked_input(model, given)
    if lengths is None and mask is None:
        lengths, mask = model.lengths, model.mask
    steps = steps_of(model, given, inputs.shape, lengths, mask)
    columns = cast("x", inputs, dtype).transpose(1, 2, 0)
    precision = Precision(dtype, arithmetic(model, columns, dtype))
    with np.errstate(all="ignore"):
        started = Run(steps, precision, record, sequential)
        trace = _traced(model, columns.astype(precision.arithmetic), batched, started)
    if count := trace.not_finite():
        message = f"{count:,} of the results {'is' if count == 1 else 'are'} NaN or infinite"
        warnings.warn(message, RnncalcWarning, stacklevel=2)
    return trace


def _traced(model: Model, columns: Array, batched: bool, this: Run) -> Trace:
    go = _feed_back if model.mode == "one-to-many" else _through
    columns, passed, y = go(model, columns, this)
    precision, mask = this.precision, this.steps.active
    layers = tuple(
        _layer_trace(layer, ways, batched, precision)
        for layer, ways in zip(model.layers, passed, strict=True)
    )
    if y is not None:
        single = model.mode == "many-to-one"
        y = precision.rows(y, batched) if single else precision.series(y, batched)
    real = None if mask is None else np.ascontiguousarray(mask.T if batched else mask[:, 0])
    x = precision.series(columns, batched)
    return Trace(model, *precision, x, layers, y, batched, real, this.steps.ends)


def _layer_trace(layer: Layer, ways: Ways, batched: bool, precision: Precision) -> LayerTrace:
    traces = {}
    for way, passed in ways.items():
        initial = {name: precision.rows(state, batched) for name, state in passed.initial.items()}
        final = {name: precision.rows(state, batched) for name, state in passed.final.items()}
        series = {name: precision.series(array, batched) for name, array in passed.values.items()}
        traces[way] = DirectionTrace(initial, series, final)
    h = None if layer.merge == "none" else precision.series(_merged(layer, ways), batched)
    return LayerTrace(layer.name, h, traces)


def _through(model: Model, columns: Array, this: Run) -> tuple[Array, list[Ways], Array | None]:
    """The whole input through every layer, and through the output layers."""
    passed, h = _stacked(model, columns, this, {})
    if not model.outputs:
        return columns, passed, None
    if model.mode == "many-to-one":
        return columns, passed, _output(model, _last(model.layers[-1], passed[-1], h, this), this)
    return columns, passed, np.stack([_output(model, h_t, this) for h_t in h])


def _feed_back(model: Model, columns: Array, this: Run) -> tuple[Array, list[Ways], Array | None]:
    """One-to-many: a step at a time through every layer, whose outcome is the next input."""
    inputs: list[Array] = [columns[0]]
    ys: list[Any] = []
    steps = []
    states: dict[str, States] = {}
    for _ in range(model.timesteps or 0):
        passed, h = _stacked(model, inputs[-1][None], this, states)
        for layer, ways in zip(model.layers, passed, strict=True):
            states[layer.name] = ways["forward"].final
        steps.append(passed)
        ys.append(_output(model, h[0], this) if model.outputs else None)
        inputs.append({"x": columns[0], "y": ys[-1]}.get(model.feedback or "y", columns[0] * 0))
    joined = [_joined(over_time) for over_time in zip(*steps, strict=True)]
    return np.stack(inputs[:-1]), joined, np.stack(ys) if model.outputs else None


def _joined(over_time: tuple[Ways, ...]) -> Ways:
    """Single steps of a forward layer as one pass."""
    first, last = over_time[0]["forward"], over_time[-1]["forward"]
    values = {
        name: np.concatenate([step["forward"].values[name] for step in over_time])
        for name in first.values
    }
    return {"forward": Passed(values, first.initial, last.final, last.last)}


def _stacked(
    model: Model, columns: Array, this: Run, states: Mapping[str, States]
) -> tuple[list[Ways], Array]:
    """The input through layer after layer: what each computed, and what the last hands on.

    Args:
        states: by the name of a forward layer, what it goes on from; else its initial states.
    """
    passed: list[Ways] = []
    h = columns
    for loop in model.loops:
        ways: list[Ways] = [{} for _ in loop]
        for way in loop[0].passes:
            for here, one in zip(ways, _pass(loop, way, h, this, states), strict=True):
                here[way] = one
        passed += ways
        if loop[-1].merge != "none":
            h = _merged(loop[-1], ways[-1])
    return passed, h


def _pass(
    loop: tuple[Layer, ...], way: str, columns: Array, this: Run, states: Mapping[str, States]
) -> Iterator[Passed]:
    """One direction of the layers in one time loop: turn the input around if need be, and back."""
    steps, back = this.steps, way == "backward"
    active = steps.active
    if back:
        columns = steps.turned(columns)
        active = None if active is None else steps.turned(active[:, None])[:, 0]
    for layer in loop:
        hold = steps.hold and not layer.zero_output_for_mask
        padding = None if active is None else Padding(active, hold)
        passed = _swept(layer.passes[way], columns, padding, this, states.get(layer.name))
        columns = passed.outputs
        if back and layer.order == "input":
            values = {name: steps.turned(array) for name, array in passed.values.items()}
            passed = passed._replace(values=values)
        yield passed


def _swept(
    one: Layer, columns: Array, padding: Padding | None, this: Run, states: States | None
) -> Passed:
    """One direction of a layer through the whole sequence, by its kernel."""
    precision, kind = this.precision, CELLS[one.cell]
    if states is None:
        given = initial_states(one, columns.shape[-1]).items()
        states = {name: precision.weight(f"{name}0", state) for name, state in given}
    weights = {name: precision.weight(name, array) for name, array in one.weights.items()}
    for name in kind.names("bias"):
        weights.setdefault(name, np.zeros(one.units, precision.arithmetic))
    settings = {name: getattr(one, name) for name in (*kind.functions, *kind.options)}
    settings["clip"] = Clip(one.clip) if one.clip else unclipped
    names = quantities(one) if this.record is None else this.record
    how: Any = {"names": names, "padding": padding, "sequential": this.sequential}
    done = swept(one.cell, weights, settings, columns, states, **how)
    return Passed(done.values, states, done.final, done.last)


def _merged(layer: Layer, ways: Ways) -> Array:
    """The outputs of a layer, (timesteps, width, batch)."""
    outputs = [passed.outputs for passed in ways.values()]
    return outputs[0] if len(outputs) == 1 else MERGE[layer.merge or "concat"](*outputs)


def _last(layer: Layer, ways: Ways, h: Array, this: Run) -> Array:
    """What y of many-to-one is computed from, (width, batch)."""
    if layer.return_sequences:
        return this.steps.last(h)
    lasts = [passed.last if this.steps.hold else passed.final["h"] for passed in ways.values()]
    return lasts[0] if len(lasts) == 1 else MERGE[layer.merge or "concat"](*lasts)


def _output(model: Model, h: Array, this: Run) -> Array:
    """y of a state (units, batch): (outputs, batch), through every output layer."""
    weight = this.precision.weight
    for layer in model.outputs:
        W_y, b_y = weight("output.W_y", layer.W_y), weight("output.bias", layer.bias)[:, None]
        h = cells.output.step(h, W_y=W_y, b_y=b_y, activation=layer.activation)
    return h
