"""The recurrence: an input through a network, and what happened on the way as a Trace.

``run`` computes an input that is there, ``stream`` one that comes in parts, ``generate`` one that
the network makes itself (one-to-many). None of them knows a file, a format or a terminal; which way
the numbers go is told by ``passes.py``.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.array import Array
from rnncalc.bounds import MOST_EXACT, MOST_HELD
from rnncalc.data import NamedTuple
from rnncalc.errors import RnncalcError, RnncalcWarning
from rnncalc.model.layer import Layer, quantities
from rnncalc.model.model import Model, cast, checked_dtype
from rnncalc.numbers.exact import digits_of
from rnncalc.running import passes
from rnncalc.running.inputs import Flow, Steps, checked_input, masks, of_graph, placed, steps_of
from rnncalc.running.kernels import States, chunk_of
from rnncalc.running.passes import LayerPass, NetworkPass, Run, feed_back, through
from rnncalc.running.precision import Precision, arithmetic
from rnncalc.trace.trace import DirectionTrace, LayerTrace, Trace

if TYPE_CHECKING:
    import numpy.typing as npt

PART = 1024, 1 << 20
"""So many timesteps of one-to-many, or of wide networks numbers, are handed on at once."""


def run(
    model: Model,
    x: npt.ArrayLike | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
    mask: npt.ArrayLike | None = None,
    dtype: str | None = None,
    record: Collection[str] | None = None,
    sequential: bool = False,
    until: int | None = None,
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
        dtype: float64, float32, float16, or mp:50 for 50 digits (mpmath); by default the model's.
            float32 is computed in float64 and rounded once, unless it is a large job
            (``Trace.arithmetic`` tells).
        record: the names of the quantities to keep, besides h; by default all of them.
        sequential: compute one step after the other, nothing in parallel over time.
        until: of one-to-many, the last timestep that is computed; by default all are.

    Returns:
        A Trace; its arrays are of the dtype.

    Errors: ShapeError where x does not fit; RnncalcError where a number is too large for the dtype.
    Warns: RnncalcWarning where NaN or infinity came out.
    """
    if not isinstance(model, Model):
        kind = type(model).__name__  # type: ignore[unreachable]
        raise RnncalcError(f"run takes a Model, not {kind}: rnncalc.load makes one of a file")
    inputs, batched, this = started(model, x, lengths, mask, dtype, record, sequential)
    with np.errstate(all="ignore"):
        if model.mode == "one-to-many":
            count = min(until or sys.maxsize, model.timesteps or 0)
            _refuse_huge(model, _batch(inputs), count, record)
            done = next(feed_back(model, inputs, this, count))
        else:
            done = through(inputs, this)
        trace = trace_of(model, done, batched, this)
    _warn(trace.not_finite())
    return trace


def generate(
    model: Model,
    x: npt.ArrayLike | None = None,
    *,
    dtype: str | None = None,
    record: Collection[str] | None = None,
    sequential: bool = False,
) -> Iterator[Trace]:
    """Compute a one-to-many network in parts: a Trace for each, in memory for one of them.

    The numbers are those of one ``run``, bit for bit.

    Args:
        x, dtype, record, sequential: as of ``run``.

    Errors: those of ``run``. Warns: RnncalcWarning at the end where NaN or infinity came out.
    """
    inputs, batched, this = started(model, x, None, None, dtype, record, sequential)
    most, numbers = PART
    count = min(most, numbers // numbers_of(model, _batch(inputs), 1, record) + 1)
    passages = feed_back(model, inputs, this, count)
    start = wrong = 0
    while True:
        with np.errstate(all="ignore"):
            if (done := next(passages, None)) is None:
                break
            trace = replace(trace_of(model, done, batched, this), start=start)
        start += trace.timesteps
        wrong += trace.not_finite()
        yield trace
    _warn(wrong)


def stream(
    model: Model,
    blocks: Iterable[npt.ArrayLike],
    *,
    dtype: str | None = None,
    record: Collection[str] | None = None,
    sequential: bool = False,
) -> Iterator[Trace]:
    """Compute an input that comes in parts: a Trace for each, in memory for one of them.

    Where every part but the last has ``part_of(model)`` timesteps, the numbers are those of one
    ``run``, bit for bit.

    Args:
        blocks: (timesteps, features) each, one after the other in time.
        dtype, record, sequential: as of ``run``.

    Errors: RnncalcError for a model that needs the whole input (``needs_all`` says why), and those
    of ``run``. Warns: RnncalcWarning at the end where NaN or infinity came out.
    """
    if why := needs_all(model):
        raise RnncalcError(why)
    dtype, precision = checked_dtype(dtype or model.dtype), None
    states: dict[str, States] = {}
    start = count = 0
    for block in blocks:
        x, _ = checked_input(model, block)
        columns = cast("x", x, dtype).transpose(1, 2, 0)
        precision = precision or Precision(dtype, arithmetic(model, columns, dtype))
        this = Run(precision, record, sequential, model.nodes, model.given)
        inputs = {model.inputs[0]: Flow(columns.astype(precision.computed))}
        with np.errstate(all="ignore"):
            done = through(inputs, this, states)
            trace = replace(trace_of(model, done, False, this), start=start)
        for layer, ways in zip(model.layers, done.layers, strict=True):
            states[layer.name] = ways["forward"].final
        start += trace.timesteps
        count += trace.not_finite()
        yield trace
    _warn(count)


def needs_all(model: Model) -> str | None:
    """Why a model cannot be computed before all of its input is there, or None."""
    for layer in model.layers:
        if "backward" in layer.passes:
            return f"{layer.name} reads from the end: it needs the whole input"
    if model.mode != "many-to-many":
        return f"mode {model.mode} needs the whole input"
    if model.wiring and (why := _graph_needs_all(model)):
        return why
    if model.lengths is not None or model.mask is not None:
        return "lengths and mask need the whole input"
    return f"{masks(model)} needs the whole input" if masks(model) else None


def _graph_needs_all(model: Model) -> str | None:
    """Why a graph cannot be computed timestep by timestep, or None."""
    if len(model.inputs) > 1:
        return f"{len(model.inputs)} inputs do not come in parts"
    for name in model.results:
        if not model.shapes[name].series:
            return f"{name} is known at the end: it needs the whole input"
    for node in model.nodes:
        if node.states:
            return f"{node.name} starts from the end of another layer: it needs the whole input"
        if node.single or not (isinstance(node.layer, Layer) or node.layer.stepwise):
            return f"{node.name} reads all timesteps: it needs the whole input"
    return None


def part_of(model: Model) -> int:
    """How many timesteps ``stream`` wants at once: a multiple of the chunk of every layer."""
    layers = (one for layer in model.layers for one in layer.passes.values())
    return max(chunk_of(one.cell, one.units, one.features, 1) for one in layers)


def _warn(count: int) -> None:
    if count:
        message = f"{count:,} of the results {'is' if count == 1 else 'are'} NaN or infinite"
        warnings.warn(message, RnncalcWarning, stacklevel=3)


def numbers_of(
    model: Model, batch: int, timesteps: int, record: Collection[str] | None = None
) -> int:
    """About how many numbers a run holds: x, and the quantities that are recorded."""
    counts = [
        one.units * sum(record is None or name in (*record, "h") for name in quantities(one))
        for layer in model.layers
        for one in layer.passes.values()
    ]
    counts += [model.shapes[one.name].width or 0 for one in model.stateless]
    return batch * timesteps * (model.features + sum(counts))


def _batch(inputs: dict[str, Flow]) -> int:
    """How many sequences there are."""
    return int(next(iter(inputs.values())).columns.shape[-1])


def _refuse_huge(model: Model, batch: int, timesteps: int, record: Collection[str] | None) -> None:
    """Nobody gave so many numbers: where they are too many to hold, nothing is computed."""
    count = numbers_of(model, batch, timesteps, record)
    if count > MOST_HELD:
        message = f"{timesteps:,} timesteps are about {count:,} numbers; at most {MOST_HELD:,} are"
        raise RnncalcError(f"{message} held at once: give fewer timesteps", about=("timesteps",))


def started(
    model: Model,
    given: Any,
    lengths: Any,
    mask: Any,
    dtype: str | None,
    record: Collection[str] | None,
    sequential: bool,
) -> tuple[dict[str, Flow], bool, Run]:
    """The inputs as columns, whether they came as a batch, and how it is computed, as ``run``
    says."""
    dtype = checked_dtype(dtype or model.dtype)
    given = model.x if given is None else given
    if lengths is None and mask is None:
        lengths, mask = model.lengths, model.mask
    flows, batched = (of_graph if model.wiring else _of_row)(model, given, lengths, mask, dtype)
    most = max((flow.columns for flow in flows.values()), key=np.size)
    precision = Precision(dtype, arithmetic(model, most, dtype))
    if digits_of(dtype):
        _refuse_many_digits(model, most, record)
    flows = {
        name: flow._replace(columns=flow.columns.astype(precision.computed))
        for name, flow in flows.items()
    }
    return flows, batched, Run(precision, record, sequential, model.nodes, model.given)


def _of_row(
    model: Model, given: Any, lengths: Any, mask: Any, dtype: str
) -> tuple[dict[str, Flow], bool]:
    """The input of a row in the dtype, and whether it came as a batch."""
    given = placed(model, given)
    x, batched = checked_input(model, given)
    x = cast("x", x, dtype)
    steps = steps_of(model, given, x, lengths, mask)
    columns = x.transpose(1, 2, 0)
    if model.masking is not None:
        columns = np.where(steps.active[:, None], columns, 0)
    return {model.inputs[0]: Flow(columns, steps)}, batched


def _refuse_many_digits(model: Model, columns: Array, record: Collection[str] | None) -> None:
    """Errors: RnncalcError where numbers of many digits are too many to hold."""
    timesteps = model.timesteps or len(columns)
    count = numbers_of(model, columns.shape[-1], timesteps, record)
    if count > MOST_EXACT:
        message = f"about {count:,} numbers of so many digits; at most {MOST_EXACT:,} are computed"
        raise RnncalcError(f"{message}: give a shorter input", about=("dtype",))


def trace_of(model: Model, done: NetworkPass, batched: bool, this: Run) -> Trace:
    """What was computed, as people see it: batch first, in the dtype that was asked for."""
    shown = Shown(this.precision, batched)
    layers = tuple(
        _layer_trace(
            layer, ways, shown, done.singles.get(layer.name), bool(layer.chain or model.wiring)
        )
        for layer, ways in zip(model.layers, done.layers, strict=True)
    )
    stateless = {
        name: {key: shown.array(array) for key, array in values.items()}
        for name, values in done.stateless.items()
    }
    outputs = {}
    if model.gives_y:
        outputs = {name: shown.array(_ended(flow) if model.single(name) else flow.columns)
                   for name, flow in done.outputs.items()}  # fmt: skip
    inputs = {name: shown.array(flow.columns) for name, flow in done.x.items()}
    first = next(iter(done.x.values()))
    masked = {name: shown.mask(steps.active) for name, steps in done.steps.items()}
    y, x = next(iter(outputs.values()), None), next(iter(inputs.values()))
    chosen: Any = done.choice.shown(batched) if done.choice else {}
    trace = Trace(
        model, *this.precision, x, layers, y, batched, *shown.steps(first.steps),
        inputs=inputs, outputs=outputs, stateless=stateless, masks=masked, **chosen,
    )  # fmt: skip
    if model.wiring:
        return replace(trace, ended=shown.array(_ended(next(iter(done.outputs.values())))))
    return replace(trace, ended=trace.given(model.ending)) if model.ending else trace


def _ended(flow: Flow) -> Array:
    """The last timestep of a series; one row as it is."""
    return flow.columns if flow.columns.ndim == 2 else flow.steps.last(flow.columns)


def _layer_trace(
    layer: Layer, ways: LayerPass, shown: Shown, single: Array | None, reads: bool
) -> LayerTrace:
    """What a layer computed.

    Args:
        single: what it gives, where that is one row.
        reads: whether what it read is kept.
    """
    traces = {}
    for way, passed in ways.items():
        initial, values, final = (
            {name: shown.array(array) for name, array in part.items()}
            for part in (passed.initial, passed.values, passed.final)
        )
        traces[way] = DirectionTrace(initial, values, final)
    read = next(iter(ways.values())).read
    x = shown.array(read.columns) if reads else None
    mask, ends = shown.steps(read.steps)
    h = None
    if layer.merge != "none":
        h = shown.array(passes.merge(layer, [passed.outputs for passed in ways.values()]))
    row = None if single is None else shown.array(single)
    return LayerTrace(layer.name, h, traces, x, mask, ends, row)


class Shown(NamedTuple):
    """Columns as people see them: batch first, in the dtype that was asked for."""

    precision: Precision
    batched: bool

    def array(self, columns: Array) -> Array:
        """([timesteps,] width, batch) as ([batch,] [timesteps,] width)."""
        how = self.precision.series if columns.ndim == 3 else self.precision.rows
        return how(columns, self.batched)

    def steps(self, steps: Steps) -> tuple[Array | None, Array | None]:
        """Which timesteps are real, ([batch,] timesteps), and where each sequence ends."""
        return None if steps.active is None else self.mask(steps.active), steps.ends

    def mask(self, active: Array) -> Array:
        """(timesteps, batch) as ([batch,] timesteps)."""
        return np.ascontiguousarray(active.T if self.batched else active[:, 0])
