"""A Job: a network, its input, and what of the run the expected numbers may be.

A mistake is a change of a job. Changes take a job and give another one, so that two mistakes are
two changes one after the other. Arrays keep their shapes where ``alter`` changes them, so nothing
is checked again; what may no longer fit goes through ``dataclasses.replace``, which refuses it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.layouts import Series, fitting, series
from rnncalc.checking.part import WHOLE, Part
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Stateless
from rnncalc.running.recurrence import run
from rnncalc.trace.trace import Trace

KeyPath = tuple[int, str]
"""A direction of a layer: its index and ``forward`` or ``backward``."""

Places = tuple[KeyPath, ...]
"""A part of a network: some directions of its layers."""


NOTHING = RnncalcError, ValueError, IndexError
"""The errors of a changed job that gives nothing; the last: of a part that there is no more."""


def same(this: Series) -> Series:
    """A quantity as it is."""
    return this


@dataclass(frozen=True, eq=False)
class Job:
    """What is run.

    Attributes:
        model: with its input, lengths or mask; computed in float64.
        name: the quantity that is compared.
        whole: whether that is all of h in many-to-one, too.
        turn: what becomes of the quantity before its axes are read.
        join: the quantity of a run, where it is not the plain one.
        part: what of the quantity is compared.
    """

    model: Model
    name: str
    whole: bool = False
    turn: Callable[[Series], Series] = same
    join: Callable[[Trace], Series] | None = None
    part: Part = WHOLE

    def trace(self) -> Trace:
        """The run. Errors: RnncalcError where the changed network has none."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(self.model, record=self.recorded)

    @property
    def recorded(self) -> tuple[str, ...]:
        """The quantities that are looked at."""
        return "c", "h", self.name

    def series(self) -> Series:
        """The quantity of the run that is compared."""
        trace = self.trace()
        if self.join:
            return self.turn(self.join(trace)._replace(part=self.part))
        return self.turn(series(trace, self.name, whole=self.whole, part=self.part))

    def numbers(self, shape: tuple[int, ...]) -> Array | None:
        """What comes out in the shape of the expected numbers; None where nothing has it."""
        try:
            return in_shape(self.series(), shape)
        except NOTHING:
            return None

    def turned(self, turn: Callable[[Series], Series]) -> Job:
        """The job with one more thing done to its quantity."""
        before = self.turn
        return replace(self, turn=lambda this: turn(before(this)))

    def with_model(self, **changes: Any) -> Job:
        """The job with a model that is checked again.

        Errors: RnncalcError where the parts no longer fit.
        """
        return replace(self, model=replace(self.model, **changes))

    def with_altered(self, **changes: Any) -> Job:
        """The job with parts of its model changed, none of their shapes."""
        return replace(self, model=alter(self.model, **changes))

    @property
    def heads(self) -> tuple[Stateless, ...]:
        """The output layers of a row, the layers without a state of a graph."""
        return self.model.stateless if self.model.wiring else self.model.outputs

    def with_heads(self, heads: Sequence[Stateless]) -> Job:
        """The job with others of the same shapes in their place."""
        key = "stateless" if self.model.wiring else "output"
        return self.with_altered(**{key: tuple(heads)}) if heads else self

    def with_layers(self, change: Callable[[Layer], Layer | None], where: Places) -> Job:
        """The job with some directions of its layers changed, none of their shapes.

        Errors: RnncalcError where the change does nothing in all of them.
        """
        layers, done = list(self.model.layers), False
        for index, way in where:
            one = layers[index]
            part = one.passes.get(way)
            changed = None if part is None else change(part)
            if changed is None:
                continue
            done = True
            two_ways = one.backward is not None and way == "backward"
            layers[index] = alter(one, backward=changed) if two_ways else changed
        if not done:
            raise RnncalcError("it changes nothing")
        return self.with_altered(layers=tuple(layers))

    def with_states(self, states: Mapping[KeyPath, tuple[Any, Any]]) -> Job:
        """The job with other initial states (h0, c0) of some directions.

        Errors: RnncalcError where they do not fit.
        """
        job = self
        for way, (h0, c0) in states.items():
            layer = job.layer(way)
            if np.shape(h0)[-1] != layer.state_size or (c0 is None) != (layer.c0 is None):
                raise RnncalcError("the state has another size")
            job = job.with_layers(lambda one, h0=h0, c0=c0: alter(one, h0=h0, c0=c0), (way,))  # type: ignore[misc]
        return job

    @property
    def x(self) -> Array:
        """The input, (batch, timesteps, features)."""
        x = self._first
        return x if x.ndim == 3 else x[None]

    @property
    def _first(self) -> Array:
        """The input, of several the first one that has timesteps."""
        x = self.model.x
        if isinstance(x, Mapping):
            series = [name for name in self.model.inputs if name not in self.model.rows]
            x = x[(series or self.model.inputs)[0]]
        return np.asarray(x)

    @property
    def batched(self) -> bool:
        """Whether the input is a batch."""
        return self._first.ndim == 3

    def with_input(self, x: Array, **more: Any) -> Job:
        """The job with another input, (batch, timesteps, features).

        Errors: RnncalcError where there are several.
        """
        if isinstance(self.model.x, Mapping):
            raise RnncalcError("it has several inputs")
        return self.with_altered(x=np.ascontiguousarray(x), **more)

    def moved(self, function: Callable[[Array], Array]) -> Job:
        """The job with its input rearranged, and its mask with it.

        Errors: RnncalcError where there are lengths, and where masked and real steps would mix.
        """
        if self.model.lengths is not None:
            raise RnncalcError("lengths belong to their axes")
        x = function(self.x)
        mask = self.model.mask
        if mask is not None:
            steps = np.asarray(mask, bool).reshape(self.x.shape[:2])
            each = function(np.broadcast_to(steps[..., None], self.x.shape))
            if (each != each[..., :1]).any():
                raise RnncalcError("masked and real steps are mixed")
            mask = each[..., 0].astype(float)
        if self.batched or len(x) > 1:
            return self.with_input(x, mask=mask)
        return self.with_input(x[0], mask=None if mask is None else mask[0])

    @property
    def ways(self) -> Places:
        """Every direction of every layer."""
        layers = enumerate(self.model.layers)
        return tuple((index, way) for index, layer in layers for way in layer.passes)

    def layer(self, way: KeyPath) -> Layer:
        """One direction as a layer."""
        return self.model.layers[way[0]].passes[way[1]]


def in_shape(found: Series | None, shape: tuple[int, ...]) -> Array | None:
    """A quantity in the shape of the expected numbers; None where nothing of it has that."""
    try:
        layout = None if found is None else fitting(found, shape)
    except NOTHING:
        return None
    return None if found is None or layout is None else layout.take(found.values)


def reweight(layer: Layer, weights: Mapping[str, Array]) -> Layer:
    """A layer with some arrays replaced by others of their shapes."""
    return alter(layer, weights={**layer.weights, **weights})


def job_of(trace: Trace, name: str, *, whole: bool = False, part: Part = WHOLE) -> Job:
    """The job that gave a trace: what the first layer read, and which steps of it were real."""
    model, single = trace.model, trace.model.mode == "one-to-many"
    x = np.float64(trace.x[..., :1, :] if single else trace.x)
    if model.wiring:
        x = _inputs(trace)
    plain: dict[str, Any] = {"embedding": None, "masking": None, "lengths": None, "mask": None}
    real = trace.mask is None or bool(np.all(trace.mask))
    if trace.ends is not None and not real:
        plain["lengths"] = trace.ends
    elif trace.mask is not None and not real:
        plain["mask"] = trace.mask.astype(float)
    return Job(alter(model, x=x, dtype="float64", **plain), name, whole, part=part)


def _inputs(trace: Trace) -> Any:
    """The input of a graph, or several by name; ids as they were given."""
    ids = trace.model.ids
    given = {
        name: np.float64(array[..., 0] if name in ids else array)
        for name, array in trace.inputs.items()
    }
    return given if len(given) > 1 else next(iter(given.values()))
