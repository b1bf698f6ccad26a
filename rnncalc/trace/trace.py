"""Trace: what happened in a run, as named arrays, timestep first.

Plain data: recurrence makes it, everything else reads it. Arrays are (timesteps, units), with the
batch in front where x was a batch. t counts from 1; everything else is an index and counts from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, printable
from rnncalc.faces import Saved, Shown, writer
from rnncalc.model import graph
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.numbers.exact import digits_of
from rnncalc.trace.quantity import Quantity, table

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, eq=False)
class Step:
    """One timestep of one layer and direction: ``step["a"]`` is the pre-activation, (units).

    Attributes:
        t: the timestep, from 1.
        layer, direction: whose step it is.
        values: every recorded quantity, and ``x`` and ``h_prev`` that went into it, by name.
    """

    t: int
    layer: str
    direction: str
    values: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.values[name]


@dataclass(frozen=True, eq=False)
class DirectionTrace:
    """What one direction of one layer computed.

    Attributes:
        initial: state to its value before the first timestep: ``initial["h"]``, ([batch,] units).
        values: quantity to array, ([batch,] timesteps, units).
        final: state to its value after the last timestep: ``final["h"]``, ([batch,] units).
    """

    initial: Mapping[str, Array]
    values: Mapping[str, Array]
    final: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.values[name]


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """What one layer computed: ``h`` as it hands it on, each direction in every detail.

    Attributes:
        name: the layer's.
        h: its outputs, ([batch,] timesteps, width); None where it has two (merge none).
        directions: ``forward`` and ``backward``, as far as there are.
        x: what it read, ([batch,] timesteps, features), where layers without a state stand before
            it, and in a graph; None where it read what is below.
        mask, ends: which timesteps of it are real, and where each sequence ends, as of a Trace.
        single: what it gives, ([batch,] width), where that is one row.
    """

    name: str
    h: Array | None
    directions: Mapping[str, DirectionTrace]
    x: Array | None = None
    mask: Array | None = None
    ends: Array | None = None
    single: Array | None = None

    def __getitem__(self, direction: str) -> DirectionTrace:
        return self.directions[direction]

    def direction(self, direction: str | None) -> str:
        """A direction, by default the first. Errors: RnncalcError for one that there is not."""
        direction = direction or next(iter(self.directions))
        if direction not in self.directions:
            there = ", ".join(self.directions)
            raise RnncalcError(f"{self.name} has no direction {direction}, only {there}")
        return direction

    @property
    def rows(self) -> tuple[int, ...]:
        """([batch,] timesteps) of its arrays."""
        return next(iter(self.directions.values()))["h"].shape[:-1]

    @property
    def forward(self) -> DirectionTrace:
        """What the forward direction computed."""
        return self.directions["forward"]

    @property
    def backward(self) -> DirectionTrace:
        """What the backward direction computed."""
        return self.directions["backward"]


@dataclass(frozen=True, eq=False)
class Trace(Shown, Saved):
    """What happened in a run of a model.

    Attributes:
        model: the model that ran.
        dtype: of the numbers: float64, float32 or float16; mp:50 has objects of 50 digits.
        arithmetic: the dtype that they were computed in.
        x: the input that each timestep got, ([batch,] timesteps, features).
        layers: one LayerTrace per layer.
        y: the output layer's ([batch,] timesteps, outputs); in many-to-one ([batch,] outputs);
            None where there is no output layer.
        batched: whether x was a batch.
        mask: ([batch,] timesteps), False where a step is padded or masked; None where none is.
        start: how many timesteps ran before, where this is a part of a run.
        ends: ([batch]), the last timestep of each sequence, from 1 (0: it has none), where lengths
            tell; else None.
        ended: what many-to-one takes of the last layer, ([batch,] width): h of the last timestep,
            or (return_sequences false) what each direction computed last; None in other modes. Of a
            graph always, the last row of what it gives first.
        inputs: x by its name; each of them, where there are several.
        outputs: y by the name of the layer that gives it; each of them, where there are several.
            One row ([batch,] width), or one of every timestep.
        stateless: the quantities of each layer without a state, by the name of its node,
            ([batch,] [timesteps,] width); the last of them is what it gives.
        masks: which timesteps are real, ([batch,] timesteps), of what is given by name; it has only
            those where not all are.
        ids: ([batch,] timesteps), the ids that feedback argmax or sample chose from y; else None.
        u: ([batch,] timesteps), the numbers from 0 to 1 that feedback sample drew; else None.
        label: what its sequence is called, where it is one of many; else None.
    """

    model: Model
    dtype: str
    arithmetic: str
    x: Array
    layers: tuple[LayerTrace, ...]
    y: Array | None
    batched: bool
    mask: Array | None = None
    ends: Array | None = None
    start: int = 0
    ended: Array | None = None
    inputs: Mapping[str, Array] = field(default_factory=dict)
    outputs: Mapping[str, Array] = field(default_factory=dict)
    stateless: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    masks: Mapping[str, Array] = field(default_factory=dict)
    ids: Array | None = None
    u: Array | None = None
    label: str | int | None = None

    _room = "result"

    @property
    def h(self) -> Array:
        """The outputs of the last layer, ([batch,] timesteps, width); both of merge none."""
        last = self.closing
        if last.h is not None:
            return last.h
        return np.concatenate([way["h"] for way in last.directions.values()], axis=-1)

    def given(self, name: str) -> Array:
        """What a node or an input gives, ([batch,] [timesteps,] width); a final state."""
        if name in self.stateless:
            return [*self.stateless[name].values()][-1]
        for layer in self.layers:
            if name == layer.name and layer.h is not None:
                return layer.h if layer.single is None else layer.single
            for way, one in layer.directions.items():
                if name == f"{layer.name}.{way}":
                    return one["h"]
                for state, final in one.final.items():
                    if name == f"{layer.name}.{way}.final.{state}":
                        return final
        return self.inputs[name]

    @property
    def closing(self) -> LayerTrace:
        """The layer whose h the network gives, or that comes last in front of y."""
        return self.layers[self.model.layers.index(self.model.last)]

    @cached_property
    def timesteps(self) -> int:
        """How many timesteps ran; of the longest series, where they have their own."""
        if not self.model.wiring:
            return int(self.x.shape[-2])
        inside = [[*values.values()][-1] for values in self.inside.values()]
        lengths = [array.shape[-2] for array in (*self.inputs.values(), *inside)
                   if self.is_series(array)]  # fmt: skip
        return int(max([here.rows[-1] for here in self.layers] + lengths))

    @property
    def inside(self) -> Mapping[str, Mapping[str, Array]]:
        """What layers without a state computed in a graph; nothing of those of a row."""
        return self.stateless if self.model.wiring else {}

    def is_series(self, array: Array) -> bool:
        """Whether an array has timesteps, and is not one row."""
        return array.ndim == 2 + self.batched

    def widest(self, layer: str | None = None) -> int:
        """How many units the widest layer has that is told of, or this one."""
        ways = [
            one.state_size
            for each in self.model.layers
            for one in each.passes.values()
            if layer in (None, each.name)
        ]
        for name, quantities in self.inside.items():
            if layer in (None, name):
                ways += [values.shape[-1] for values in quantities.values()]
        if layer is None:
            ways += [width or 0 for width in self.model.widths]
        return max(ways)

    @property
    def length(self) -> int:
        """How many timesteps the whole run has; of one-to-many this may be a part of them."""
        return self.model.timesteps or self.timesteps

    @property
    def last(self) -> Array:
        """The last y where there is an output layer, else the last h: ([batch,] width)."""
        if self.ended is not None and (self.y is None or self.model.wiring):
            return self.ended
        if self.y is None:
            return self.at_end(self.h)
        return self.y if self.model.mode == "many-to-one" else self.at_end(self.y)

    def at_end(self, values: Array) -> Array:
        """The last timestep of ([batch,] timesteps, width), of each sequence where lengths tell.

        Of one without any step it is a padded one, as all of them are. One row is its own end.
        """
        if not self.is_series(values):
            return values
        if self.ends is None or values.shape[-2] != self.x.shape[-2]:
            return values[..., -1, :]
        if not self.batched:
            return np.asarray(values[self.ends[0] - 1])
        return np.asarray(values[np.arange(len(values)), self.ends - 1])

    def step(self, t: int, layer: int = 0, direction: str | None = None) -> Step:
        """Timestep ``t`` (from 1) of a layer and direction, in the time order of its arrays.

        Errors: RnncalcError where there is no such step or direction.
        """
        here = self.layers[layer]
        if not 1 <= t <= here.rows[-1]:
            raise RnncalcError(f"there is no step {t}: t counts from 1 to {here.rows[-1]}")
        direction = here.direction(direction)
        values = {name: array[..., t - 1, :] for name, array in here[direction].values.items()}
        states = here[direction].initial
        before = {f"{state}_prev": self._before(t, layer, direction, state) for state in states}
        inputs = {"x": self._input(t, layer, direction)}
        return Step(t, here.name, direction, inputs | before | values)

    def _input(self, t: int, layer: int, direction: str) -> Array:
        """What a step of a layer read."""
        return self.row(self.source(layer, direction), layer, t)

    def row(self, source: Array, layer: int, t: int) -> Array:
        """The row of what a layer reads that its step t does, ([batch,] features)."""
        rows = self.rows_read(layer, t, self.layers[layer].ends)
        if not self.batched:
            return np.asarray(source[np.ravel(rows)[0]])
        return np.asarray(source[np.arange(len(source)), rows])

    def source(self, layer: int, direction: str) -> Array:
        """What a direction of a layer reads, ([batch,] timesteps, features), in its own time."""
        if self.model.layers[layer].same_loop:
            return self.layers[layer - 1][direction]["h"]
        read = self.layers[layer].x
        return self.below(layer) if read is None else read

    def below(self, layer: int) -> Array:
        """What comes to a layer from below, in front of the layers that stand before it."""
        below = self.x if layer == 0 else self.layers[layer - 1].h
        assert below is not None  # nothing follows a layer with two outputs
        return below

    def rows_read(self, layer: int, t: Any, ends: Any) -> Array:
        """The rows of its source that steps t (from 1) read; ``ends`` as of the trace."""
        own, ends = self.model.layers[layer], self.layers[layer].rows[-1] if ends is None else ends
        if own.order != "processing" or own.same_loop:
            return np.asarray(t - 1)
        return np.asarray(np.where(t <= ends, ends - t, t - 1))

    def _as_read(self, rows: Array) -> Array:
        """Rows of the input in the order in which the first layer's steps read them."""
        if self.model.wiring or self.model.layers[0].order != "processing":
            return rows  # in a graph each layer has its own order, and the heading says so
        ends = None if self.ends is None else self.ends.reshape(self.x.shape[:-2])[..., None]
        read = self.rows_read(0, np.arange(1, self.timesteps + 1), ends)
        read = np.broadcast_to(read, rows.shape[:-1])[..., None]
        return np.take_along_axis(rows, read, axis=-2)

    def real(self, layer: int) -> Array:
        """(sequences, timesteps): which rows of a layer's arrays are real steps."""
        here = self.layers[layer]
        rows = np.ones(here.rows, bool) if here.mask is None else here.mask
        turned = here.ends is None and self.model.layers[layer].order == "processing"
        rows = np.atleast_2d(rows)
        return rows[..., ::-1] if turned else rows  # lengths end in its order, too

    def _before(self, t: int, layer: int, direction: str, state: str) -> Array:
        """A state before a step: after the last real step read before it, else the initial one."""
        way = self.layers[layer].directions[direction]
        states = []
        for sequence, steps in enumerate(self.steps_before(layer, direction)):
            index = (sequence,) if self.batched else ()
            k = steps[t - 1]
            states.append(way.initial[state][index] if k < 0 else way[state][(*index, k)])
        return np.stack(states) if self.batched else states[0]

    def steps_before(self, layer: int, direction: str) -> Array:
        """(sequences, timesteps): the row of the last real step before each, -1 where none is."""
        turned = self.model.layers[layer].turned(direction)
        key = layer, turned
        if key not in self._found:
            real = self.real(layer)[:, :: -1 if turned else 1]
            last = np.maximum.accumulate(np.where(real, np.arange(real.shape[1]), -1), axis=1)
            before = np.roll(last, 1, axis=1)
            before[:, :1] = -1
            if turned:
                before = np.where(before < 0, -1, real.shape[1] - 1 - before)[:, ::-1]
                ends = self.layers[layer].ends
                if ends is not None:  # padding is read last
                    last = np.where(ends, 0, -1).reshape(-1, 1)
                    before = np.where(self.real(layer), before, last)
            self._found[key] = before
        return self._found[key]

    @cached_property
    def _found(self) -> dict[tuple[int, bool], Array]:
        """What was found of steps before others."""
        return {}

    def steps(self) -> Iterator[Step]:
        """Every timestep of every layer and direction, in order."""
        for index, layer in enumerate(self.layers):
            for direction in layer.directions:
                for t in range(1, layer.rows[-1] + 1):
                    yield self.step(t, index, direction)

    def quantities(self, names: Iterable[str]) -> list[Quantity]:
        """The named quantities in the order in which they are computed: x, terms, a, h, y.

        What stands in one row belongs to one step: x is in the order in which it was read.
        """
        wanted = set(names)

        def chosen(name: str) -> bool:
            return bool(wanted & {name, name.split(".")[0]})

        found = [one for one in self._inputs() if chosen(one.name)]
        if self.mask is not None:
            mask = self._as_read(self.mask[..., None])
            found.append(self._quantity("mask", "", "", mask.astype(self.x.dtype)))
        traces = {layer.name: layer for layer in self.layers}
        for node in self.model.nodes:
            if node.name in self.inside:
                found += self._stateless(node.name)
            elif isinstance(node.layer, Layer):
                found += self._recurrent(traces[node.layer.name])
        for name, y in self.outputs.items():
            called = "y" if len(self.outputs) == 1 else f"y.{name}"
            found.append(self._quantity(called, "", "", y, self.ends_at.get(name)))
        for name, one in (("id", self.ids), ("u", self.u)):
            found += [] if one is None else [self._quantity(name, "", "", one[..., None])]
        return [one for one in found if one.name == "mask" or chosen(one.name)]

    @cached_property
    def ends_at(self) -> dict[str, int]:
        """The last timestep of what a graph has by each name; of one row that of what made it."""
        if not self.model.wiring:
            return {}
        found = {name: x.shape[-2] if self.is_series(x) else 1 for name, x in self.inputs.items()}
        rows = {layer.name: layer.rows[-1] for layer in self.layers}
        for node in self.model.nodes:
            if isinstance(node.layer, Layer):
                names = [full for _, _, full in graph.finals(node.name, node.layer)]
                given = [*names, *graph.given(node.name, node.layer)]
                found |= dict.fromkeys(given, rows[node.name])
                continue
            last = [*self.inside[node.name].values()][-1]
            before = max(found[name] for name in node.reads)
            found[node.name] = last.shape[-2] if self.is_series(last) else before
        return found

    def end_of(self, layer: str) -> int:
        """The last timestep of a layer; of one row of a graph that of what made it."""
        recurrent = next((one for one in self.layers if one.name == layer), None)
        if not self.model.wiring:
            return self.length
        return self.ends_at.get(layer, self.length) if recurrent is None else recurrent.rows[-1]

    def single(self, layer: str) -> bool:
        """Whether a layer without a state gives one row of a graph."""
        return layer in self.inside and not self.is_series(self.given(layer))

    def steps_of(self, layer: str) -> str:
        """Which steps a layer has, in words."""
        end = self.end_of(layer)
        if self.single(layer):
            return f"{printable(layer)} is one row, of step {end}"
        return f"{printable(layer)} has {f'steps 1 to {end}' if end > 1 else 'one step, 1'}"

    def _inputs(self) -> Iterator[Quantity]:
        """x, or each of several inputs."""
        if len(self.inputs) < 2:
            yield self._quantity("x", "", "", self._as_read(self.x))
            return
        for name, x in self.inputs.items():
            yield self._quantity(f"x.{name}", "", "", x, self.ends_at[name])

    def _stateless(self, name: str) -> Iterator[Quantity]:
        """What a layer without a state computed."""
        for quantity, values in self.stateless[name].items():
            yield self._quantity(quantity, name, "", values, self.ends_at[name])

    def _recurrent(self, layer: LayerTrace) -> Iterator[Quantity]:
        """What each direction of a layer computed, its final states, and what it hands on."""
        mask = layer.mask if self.model.wiring else None
        if mask is not None and (self.mask is None or not np.array_equal(mask, self.mask)):
            yield self._quantity("mask", layer.name, "", mask[..., None].astype(self.x.dtype))
        for direction, way in layer.directions.items():
            for name, values in way.values.items():
                yield self._quantity(name, layer.name, direction, values)
            for state, last in way.final.items():
                yield self._quantity(f"final.{state}", layer.name, direction, last, layer.rows[-1])
        if len(layer.directions) > 1 and layer.h is not None:
            yield self._quantity("h", layer.name, "", layer.h)

    def _quantity(
        self, name: str, layer: str, direction: str, values: Array, step: int | None = None
    ) -> Quantity:
        """One of them; what is one row stands at a timestep, by default the last."""
        single = not self.is_series(values)
        values = values[..., None, :] if single else values
        t = np.array([step or self.timesteps]) if single else np.arange(1, values.shape[-2] + 1)
        width = values.shape[-1]
        sequences = np.arange(values.shape[0]) if self.batched else None
        index = np.arange(width)
        at = t + self.start
        return Quantity(name, layer, direction, at, index, values, width, sequences, single)

    @property
    def exact(self) -> bool:
        """Whether its numbers have as many digits as were asked for (``mp:50``)."""
        return bool(digits_of(self.dtype))

    def refuse_exact(self, what: str) -> None:
        """Errors: RnncalcError where its numbers are not NumPy's own, and something needs those."""
        if self.exact:
            message = f"{what} computes with numbers of 64 bits, and this run is in {self.dtype}"
            raise RnncalcError(f"{message}: run it in float64")

    @property
    def _ways(self) -> list[DirectionTrace]:
        return [way for layer in self.layers for way in layer.directions.values()]

    def not_finite(self) -> int:
        """How many numbers of h and y are NaN or infinite."""
        arrays = [way["h"] for way in self._ways]
        arrays += [array for values in self.inside.values() for array in values.values()]
        arrays += [y for name, y in self.outputs.items() if name not in self.inside]
        if self.exact:
            return 0
        return sum(array.size - int(np.count_nonzero(np.isfinite(array))) for array in arrays)

    def to_dataframe(self, *names: str) -> pandas.DataFrame:
        """A pandas DataFrame: one row per timestep (and sequence), columns ``x[0]``, ``h[0]`` ...

        Args:
            names: quantities, by default all that were recorded. Needs pandas.
        """
        try:
            import pandas
        except ImportError:
            raise RnncalcError("to_dataframe needs pandas: pip install pandas") from None
        index, columns = self.columns(names)
        return pandas.DataFrame({**index, **columns}).set_index(list(index))

    @property
    def keys(self) -> tuple[str, ...]:
        """What tells the rows of a table apart: t, and the sequence of a batch."""
        return ("t",) if self.label is None and not self.batched else ("sequence", "t")

    def sequences(self, parts: list[Quantity]) -> Iterator[tuple[str | int | None, list[Quantity]]]:
        """The quantities of each sequence by itself, and what it is called; None if it is alone."""
        if parts[0].sequences is None:
            yield self.label, parts
            return
        for i, number in enumerate(parts[0].sequences):
            yield int(number), [replace(part, values=part.values[i]) for part in parts]

    def columns(
        self, names: Iterable[str] = (), *, parts: list[Quantity] | None = None
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Flat columns, one row per (sequence and) timestep: the keys, then the numbers.

        Masked is what has no row: y of many-to-one before its last step.
        """
        if parts is None:
            recorded = {name for way in self._ways for name in way.values}
            recorded |= {name for values in self.inside.values() for name in values}
            parts = self.quantities(names or {"x", "y", *recorded})
        return table(parts)

    def plot(
        self,
        kind: str | None = None,
        ax: Any = None,
        *,
        show: Sequence[str] = (),
        steps: int | slice | None = None,
        units: int | slice | None = None,
        of: str = "",
        sequence: int | None = None,
        blank: Sequence[str] = (),
        digits: int | str | None = None,
    ) -> Any:
        """Draw it with matplotlib, in the style that is set there.

        Args:
            kind: unrolled, cell, heatmap, lines, gates ... as of ``rnncalc plot``; by default what
                suits the network.
            ax: the Axes to draw into; by default those of a new figure.
            show, steps, units, of, sequence, blank, digits: which part, as of ``rnncalc plot``.

        Returns:
            The Axes; the Figure, where a kind draws several.

        Errors: RnncalcError for what there is not; FileError where matplotlib is not installed.
        """
        return writer("picture.to_figure").plotted(
            self, ax, {"show": show, "steps": steps, "units": units, "of": of,
                       "sequence": sequence},
            {"kind": kind, "blank": blank, "digits": digits},
        )  # fmt: skip

    def __repr__(self) -> str:
        return str(self)
