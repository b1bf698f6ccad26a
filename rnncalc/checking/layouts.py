"""Layouts: in which order the axes of the expected numbers are, and which of a run's they are.

A quantity of a run is (batch, timesteps, width) here. A layout takes from it what has the shape of
the expected numbers: all of it, without an axis of one, time first, the last timestep only. The
same function takes the places, so that every number still knows whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.part import WHOLE, Part
from rnncalc.errors import RnncalcError, listed, printable, suggestion
from rnncalc.trace.selection import by_layer
from rnncalc.trace.trace import DirectionTrace, LayerTrace, Trace


class Layout(NamedTuple):
    """One order of axes.

    Attributes:
        say: what people are told, or nothing where it is as they would expect.
        take: of (batch, timesteps, width) the numbers in this order.
    """

    say: str
    take: Callable[[Array], Array]


class Series(NamedTuple):
    """A quantity of a run.

    Attributes:
        name: ``y``, ``final.h``, ``final.c``, or a quantity of the last layer: ``h``, ``c``, ``i``.
        values: (batch, timesteps, width); of final states (batch, layers * directions, width).
        batched: whether the input was a batch.
        ways: how many directions lie side by side in the width.
        ends: (batch), the last timestep of each sequence, from 1.
        single: whether it has but the last timestep.
        part: what of it is compared.
    """

    name: str
    values: Array
    batched: bool
    ways: int = 1
    ends: Array | None = None
    single: bool = False
    part: Part = WHOLE

    @property
    def final(self) -> bool:
        """Whether it is a final state, which has no timesteps."""
        return self.name.startswith("final.")


def compared(trace: Trace) -> str:
    """What is compared unless somebody says otherwise: y where there is an output layer, of several
    the first, else h."""
    if len(trace.outputs) > 1:
        return f"y.{next(iter(trace.outputs))}"
    return "y" if trace.y is not None else "h"


def is_y(name: str) -> bool:
    """Whether a quantity is what the network gives: ``y``, ``y.tags``."""
    return name.split(".")[0] == "y"


def end_of(trace: Trace, name: str, part: Part = WHOLE) -> int:
    """The timestep at which a quantity that is one row stands."""
    given = name.partition(".")[2] or next(iter(trace.outputs), "") if is_y(name) else ""
    return trace.ends_at.get(part.layer or given or trace.closing.name, trace.timesteps)


def layer_of(trace: Trace, part: Part = WHOLE) -> LayerTrace:
    """The recurrent layer whose quantities are meant: the one that is named, else the last."""
    named = (layer for layer in trace.layers if layer.name == part.layer)
    return next(named, trace.closing)


def series(trace: Trace, name: str, *, whole: bool = False, part: Part = WHOLE) -> Series:
    """A quantity of a run.

    Args:
        whole: whether every timestep of h is meant, in many-to-one, too.
        part: what of it is compared; where that names a layer, or a direction of it, the quantity
            is that one's own.

    Errors: RnncalcError for one that the network does not have.
    """
    return _series_of(trace, name, whole, part)._replace(part=part)


def _series_of(trace: Trace, name: str, whole: bool, part: Part) -> Series:
    if name.startswith("final."):
        return Series(name, _finals(trace, name[-1], part), trace.batched)
    chosen = whole or part.layer or part.rows is not None
    last, single = layer_of(trace, part), trace.model.mode == "many-to-one" and not chosen
    if part.layer in trace.inside:
        return _of_array(trace, name, trace.inside[part.layer].get(name))
    if is_y(name):
        first = next(iter(trace.outputs), "")
        y = trace.outputs.get(name.partition(".")[2] or first)
        return _of_array(trace, name, y)
    if name == "h" and single:
        ended = _ended(trace, last)
        return _series(trace, name, ended[..., None, :], _ways(last), single)
    if name == "h" and not part.direction and last is trace.closing:
        return _series(trace, name, trace.h, _ways(last), False)
    if name == "h" and not part.direction and last.h is not None:
        return _series(trace, name, last.h, _ways(last), False)
    parts = [way.values[name] for way in _directions(last, part) if name in way.values]
    if not parts:
        raise RnncalcError(f"--show {printable(name)}: {_there_is_none(trace, name)}")
    return _series(trace, name, np.concatenate(parts, axis=-1), len(parts), False)


def _of_array(trace: Trace, name: str, array: Array | None) -> Series:
    """What the network or a layer without a state gives. Errors: RnncalcError for None."""
    if array is None:
        there = [f"y.{one}" for one in trace.outputs] if len(trace.outputs) > 1 else []
        why = f"there are {listed(there)}" if there else "there is no output layer"
        raise RnncalcError(f"--show {printable(name)}: {why}")
    single = not trace.is_series(array)
    return _series(trace, name, array[..., None, :] if single else array, 1, single)


def _ended(trace: Trace, last: LayerTrace) -> Array:
    """What many-to-one takes of h."""
    if trace.model.wiring:
        return trace.at_end(trace.h) if last.single is None else last.single
    return trace.at_end(trace.h) if trace.ended is None else trace.ended


def _series(trace: Trace, name: str, values: Array, ways: int, single: bool) -> Series:
    values = values if trace.batched else values[None]
    ends = trace.ends if values.shape[1] == trace.x.shape[-2] or single else None
    return Series(name, values, trace.batched, ways, ends, single)


def _directions(layer: LayerTrace, part: Part) -> list[DirectionTrace]:
    """The directions of a layer, or the one that is meant."""
    return [one for way, one in layer.directions.items() if part.direction in ("", way)]


def _ways(layer: LayerTrace) -> int:
    """How many directions lie side by side in what a layer gives."""
    widths = [way["h"].shape[-1] for way in layer.directions.values()]
    joined = layer.h is None or layer.h.shape[-1] == sum(widths)
    return len(widths) if joined and len({*widths}) == 1 else 1


def _there_is_none(trace: Trace, name: str) -> str:
    """Why a quantity of the last layer cannot be compared."""
    last = trace.closing
    if written := by_layer(trace.model, name):
        return f"write {written}"
    if name == "c":
        return f"only an lstm has it, and {last.name} is none"
    inner = dict.fromkeys(key for way in last.directions.values() for key in way.values)
    there = [*inner, "y", "final.h", "final.c"]
    return f"{printable(last.name)} has none. {suggestion(name, there)}"


def _finals(trace: Trace, state: str, part: Part) -> Array:
    """(batch, layers * directions, width), as PyTorch's h_n has it but for the first two axes."""
    layers = (layer_of(trace, part),) if part.layer else trace.layers
    ways = [way for layer in layers for way in _directions(layer, part)]
    parts = [way.final[state] for way in ways if state in way.final]
    if not parts:
        raise RnncalcError(f"--show final.{state}: only an lstm has it, and there is none")
    return np.stack([np.atleast_2d(part) for part in alike(parts)], axis=1)


def alike(parts: list[Array]) -> list[Array]:
    """Final states of one size: all, or where layers are of several sizes, the last ones."""
    same = [part.shape == parts[-1].shape for part in reversed(parts)]
    return parts[-same.index(False) :] if False in same else parts


def layouts(this: Series) -> Iterator[Layout]:
    """Every order of axes that people and frameworks have, the plain one first."""
    if not this.part.cuts:
        yield from _every(this)
        return
    for order in _every(_cut(this)):
        yield Layout(order.say, lambda q, take=order.take: take(this.part.of(q)))  # type: ignore[misc]


def _cut(this: Series) -> Series:
    """The part of a quantity that is compared, as if that were all; one sequence is no batch."""
    part, values = this.part, this.part.of(this.values)
    ends = None if part.rows is not None else this.ends
    if ends is not None and part.sequences is not None:
        ends = ends[[*part.sequences]]
    return Series(
        this.name,
        values,
        this.batched and (part.sequences is None or len(values) > 1),
        this.ways if part.units is None else 1,
        ends,
        this.single or (part.rows is not None and values.shape[1] == 1),
        part,
    )


def _every(this: Series) -> Iterator[Layout]:
    """Those of all numbers, then those of the last timestep."""
    yield from _orders(this)
    if not this.final and (this.single or this.part.rows is None):
        yield from _last(this)


def _orders(this: Series) -> Iterator[Layout]:
    batch, _, width = this.values.shape
    if this.final:
        yield from _of_finals(this)
        return
    if this.batched:
        yield Layout("", lambda q: q)
    if batch == 1:
        yield Layout("" if not this.batched else "without the axis of its one sequence", _first)
        yield Layout("as a batch of one sequence" if not this.batched else "", lambda q: q)
    if width == 1:
        yield Layout("", lambda q: q[..., 0])
        yield Layout("", lambda q: q[0, :, 0] if batch == 1 else q[..., 0])
    yield Layout("time first, as PyTorch without batch_first", lambda q: q.swapaxes(0, 1))
    yield from _onnx(this)


def _first(q: Array) -> Array:
    return np.asarray(q[0])


def _onnx(this: Series) -> Iterator[Layout]:
    if this.values.shape[-1] % this.ways:
        return

    def by_direction(q: Array) -> Array:
        return q.reshape(*q.shape[:2], this.ways, -1)  # (batch, timesteps, directions, units)

    yield Layout("as ONNX' Y", lambda q: by_direction(q).transpose(1, 2, 0, 3))
    yield Layout("as ONNX' Y with layout 1", by_direction)


def _last(this: Series) -> Iterator[Layout]:
    """The last timestep, of each sequence its own; none where the axes were turned since."""
    if this.ends is not None and not this.single:
        batch, timesteps, _ = this.values.shape
        if len(this.ends) != batch or this.ends.max() > timesteps:
            return
    say = "" if this.single else "the last timestep only"

    def ends(q: Array) -> Array:
        if this.ends is None or this.single:
            return np.asarray(q[:, -1])
        return np.asarray(q[np.arange(len(q)), this.ends - 1])

    yield Layout(say, ends)
    if len(this.values) == 1:
        yield Layout(say, lambda q: ends(q)[0])
    if this.values.shape[-1] == 1:
        yield Layout(say, lambda q: ends(q)[:, 0])
        yield Layout(say, lambda q: ends(q)[0, 0] if len(q) == 1 else ends(q)[:, 0])


def _of_finals(this: Series) -> Iterator[Layout]:
    yield Layout("", lambda q: q.swapaxes(0, 1) if this.batched else q[0])
    yield Layout("layers * directions first", lambda q: q.swapaxes(0, 1))
    yield Layout("the sequences first", lambda q: q)
    if this.values.shape[1] == 1:
        yield Layout("", lambda q: q[:, 0] if this.batched else q[0, 0])
        yield Layout("", lambda q: q[0, 0])
    if this.values.size == 1:
        yield Layout("", lambda q: q[0, 0, 0])
    yield Layout("the directions side by side", lambda q: q.reshape(len(q), -1))
    if len(this.values) == 1:
        yield Layout("the directions side by side", lambda q: q.reshape(-1))


def plain_shape(trace: Trace, name: str, part: Part = WHOLE) -> tuple[int, ...]:
    """The shape of a quantity as results have it."""
    this = series(trace, name, part=part)
    return next(layouts(this)).take(this.values).shape


def fitting(this: Series, shape: tuple[int, ...]) -> Layout | None:
    """The first layout that gives this shape, or None."""
    return next((one for one in layouts(this) if one.take(this.values).shape == shape), None)


class Reading(NamedTuple):
    """Which quantity the expected numbers are, and in which layout."""

    series: Series
    layout: Layout

    @property
    def numbers(self) -> Array:
        """Ours, in the shape of the expected ones."""
        return self.layout.take(self.series.values)

    def scattered(self, numbers: Array, rest: float) -> Array:
        """Numbers in this layout as (batch, timesteps, width); ``rest`` where there are none."""
        shape = self.series.values.shape
        whole = np.full(shape, rest, dtype=numbers.dtype)
        whole.flat[self.layout.take(np.arange(whole.size).reshape(shape)).ravel()] = numbers.ravel()
        return whole


def readings(
    trace: Trace, shape: tuple[int, ...], name: str | None = None, part: Part = WHOLE
) -> list[Reading]:
    """What of a run has this shape: what is compared first, then what else it may be.

    Args:
        name: the only quantity that is meant.
        part: what of it is.
    """
    found = []
    for each in _candidates(trace, name, part):
        if layout := fitting(each, shape):
            found.append(Reading(each, layout))
    return found


def _candidates(trace: Trace, name: str | None, part: Part) -> Iterator[Series]:
    asked = name or compared(trace)
    yield series(trace, asked, part=part)
    if asked == "h" and trace.model.mode == "many-to-one":
        yield series(trace, "h", whole=True, part=part)
    if name is None and trace.y is None and not part:
        yield series(trace, "final.h")
