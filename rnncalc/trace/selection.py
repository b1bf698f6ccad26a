"""Which part of a run is shown: quantities, timesteps, units, a layer: the choice of the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, listed, printable, suggestion
from rnncalc.numbers.digits import counted

if TYPE_CHECKING:
    from rnncalc.array import Array
    from rnncalc.model.model import Model
    from rnncalc.trace.quantity import Quantity
    from rnncalc.trace.trace import Trace

Index = int | slice
"""One timestep or unit, or a range of them as Python's slices."""


@dataclass(frozen=True)
class Selection:
    """What is shown of a run.

    Attributes:
        show: names of quantities, or ``all``; empty: what suits the network's width.
        steps, units: which timesteps (from 1) and units (from 0); None for all.
        of: the layer, or ``LAYER.forward``, that is shown; empty: all of them.
        summary: whether what stands out is said, too; the trace has then every quantity.
        sequence: which sequences of a batch (from 0), which keep their numbers; None for all.
    """

    show: Sequence[str] = ()
    steps: Index | None = None
    units: Index | None = None
    of: str = ""
    summary: bool = False
    sequence: Index | None = None

    @property
    def asked(self) -> str:
        """The flag that asks for a part; nothing where all is shown."""
        flags = {
            "--show": self.show or None, "--steps": self.steps, "--units": self.units,
            "--of": self.of or None, "--sequence": self.sequence,
        }  # fmt: skip
        return next((flag for flag, value in flags.items() if value is not None), "")

    def names(self, model: Model) -> list[str]:
        """The quantities that are shown. Errors: RnncalcError for one that the model lacks."""
        from rnncalc.trace.quantities import default, finals, quantities

        there, ends = quantities(model, *self.place(model)), finals(model, *self.place(model))
        bases = [name.split(".")[0] for name in there]
        lacks = self._lacks_y(model)
        for name in self.show:
            known = name in (*there, *bases, *ends, "final", "all")
            if not known or (lacks and name.split(".")[0] == "y"):
                gates = [one for one in there if one.split(".")[0] == name.split(".")[0]]
                own = [one for one in there if not (lacks and one.split(".")[0] == "y")]
                hint = suggestion(name, [*own, *ends])
                if len(gates) > 1 and "." in name:
                    hint = f"There are: {', '.join(gates)}."
                elif written := by_layer(model, name):
                    hint = f"Write {written}."
                elif " " in name:
                    hint = f"Write {','.join(name.split())}."
                raise RnncalcError(f"--show: there is no {printable(name)} here. {hint}")
        shown = [*there, *self.show] if "all" in self.show else self.show or default(model, there)
        if self.of and not self.show:
            inside = [n for one in model.stateless if one.name == self.of for n in one.quantities]
            shown = inside or [n for n in shown if n.split(".")[0] not in ("x", "y")]
        return [name for name in (*there, *ends) if {name, name.split(".")[0]} & {*shown}]

    def _lacks_y(self, model: Model) -> bool:
        """Whether it is of a recurrent layer of a graph: y is of others."""
        return bool(model.wiring) and self.place(model)[0] in [one.name for one in model.layers]

    def recorded(self, model: Model) -> list[str]:
        """Those of them that a run has to keep, as there is one of them at every timestep."""
        from rnncalc.trace.quantities import FINAL

        return [name for name in self.names(model) if not name.startswith(FINAL)]

    @property
    def finals(self) -> bool:
        """Whether final states are shown, which nobody knows before the end."""
        return any(name.split(".")[0] == "final" for name in self.show)

    def place(self, model: Model) -> tuple[str, str]:
        """The layer and direction that are shown; empty where all are.

        Errors: RnncalcError for one that there is not.
        """
        if not self.of:
            return "", ""
        names = [layer.name for layer in model.layers] + [one.name for one in model.stateless]
        places = {name: (name, "") for name in names}
        for layer in model.layers:
            for way in layer.passes:
                places.setdefault(f"{layer.name}.{way}", (layer.name, way))
        if self.of not in places:
            hint = suggestion(self.of, places)
            raise RnncalcError(f"--of: there is no layer {printable(self.of)}. {hint}")
        return places[self.of]

    def shows(self, model: Model, layer: str, direction: str | None = None) -> bool:
        """Whether a layer is shown; with a direction, whether that is ("": both, merged)."""
        wanted = self.place(model)
        return wanted[0] in ("", layer) and (direction is None or wanted[1] in ("", direction))

    def parts(self, trace: Trace) -> list[Quantity]:
        """The quantities that are shown, cut to the steps and units that are."""
        return self.cut(trace, self.names(trace.model))

    def cut(self, trace: Trace, names: Iterable[str]) -> list[Quantity]:
        """The named quantities of what is shown, cut to the steps and units that are.

        Errors: RnncalcError where nothing is left.
        """
        parts = self.whole(trace, names)
        rows = self.rows(trace)
        chosen = self.columns(trace, parts), self.sequences(trace)
        cut = [part.part(self._own(trace, part, rows), *chosen) for part in parts]
        return [part for part in cut if part.values.size] or self.refuse(parts)

    def _own(self, trace: Trace, part: Quantity, rows: list[int] | None) -> list[int] | None:
        """The timesteps that are shown of a quantity; in a graph each is counted to its own end."""
        if self.steps is None or not trace.model.wiring:
            return rows
        return [*_found(self.steps, int(part.t[-1]), 1)]

    def refuse(self, parts: Sequence[Quantity]) -> NoReturn:
        """Errors: RnncalcError, as no timestep is left of these quantities."""
        if all(part.single for part in parts):
            names = dict.fromkeys(part.name for part in parts)
            raise RnncalcError(f"nothing is left to show: {_only(names)} at the last step only")
        ends = {part.layer or part.name: int(part.t[-1]) for part in parts if not part.single}
        said = listed(
            [f"{printable(name)} has {counted(t, 'timestep')}" for name, t in ends.items()]
        )
        asked = "" if self.steps is None else f"--steps '{_text(self.steps)}': "
        raise RnncalcError(f"{asked}{said}")

    def whole(self, trace: Trace, names: Iterable[str]) -> list[Quantity]:
        """The named quantities of what is shown, uncut."""
        return [part for part in trace.quantities(names) if self._shows(trace.model, part)]

    def _shows(self, model: Model, part: Quantity) -> bool:
        """Whether a quantity is shown: y of the network, or, where a layer without a state is
        asked for, that of the layer."""
        inside = self.place(model)[0] in [one.name for one in model.stateless]
        other = part.base == "y" and bool(part.layer) != inside and "all" not in self.show
        return not other and (not part.layer or self.shows(model, part.layer, part.direction))

    def rows(self, trace: Trace, flag: str = "--steps") -> list[int] | None:
        """The timesteps that are shown, of the layer that is asked for; None for all.

        One row of a graph stands at the last timestep of what made it.
        """
        layer = self.place(trace.model)[0]
        count = trace.end_of(layer) if layer else trace.length
        if self.steps is not None and layer and not _found(self.steps, count, 1):
            raise RnncalcError(f"{flag} '{_text(self.steps)}': {trace.steps_of(layer)}")
        return chosen(self.steps, count, 1, flag, "step")

    def settled(self, trace: Trace) -> Selection:
        """The same of all layers, each at the timesteps that are shown of what is asked for."""
        rows = self.rows(trace)
        steps = None if rows is None else slice(rows[0], rows[-1] + 1)
        return replace(self, of="", show=("all",), steps=steps)

    def columns(self, trace: Trace, parts: Iterable[Quantity] = ()) -> list[int] | None:
        """The units that are shown, of the widest of these parts; None for all."""
        widths = [part.values.shape[-1] for part in parts if part.layer]
        return chosen(self.units, max(widths, default=trace.h.shape[-1]), 0, "--units", "unit")

    def sequences(self, trace: Trace) -> list[int] | None:
        """The sequences that are shown; None for all."""
        count = len(trace.x) if trace.batched else 1
        return chosen(self.sequence, count, 0, "--sequence", "sequence")

    def of_sequences(self, trace: Trace, array: Array) -> Array:
        """Of an array with the batch in front, where there is one, the sequences that are shown."""
        shown = self.sequences(trace)
        return array if shown is None or not trace.batched else array[shown]

    def states(self, trace: Trace, states: Mapping[str, Array]) -> dict[str, Array]:
        """States by name, of the sequences that are shown."""
        return {name: self.of_sequences(trace, state) for name, state in states.items()}

    def outputs(self, trace: Trace) -> Array:
        """What the layer or direction that is shown gives, else h of the last layer, uncut."""
        layer, direction = self.place(trace.model)
        if not layer:
            return trace.h
        if layer in trace.inside:
            return [*trace.inside[layer].values()][-1]
        traced = next(one for one in trace.layers if one.name == layer)
        if direction:
            return traced[direction]["h"]
        if traced.h is None:
            raise RnncalcError(f"--of {layer}: it has two outputs: write .forward or .backward")
        return traced.h


def by_layer(model: Model, name: str) -> str:
    """The flags that ask for ``LAYER.QUANTITY``; nothing where a name is none."""
    from rnncalc.trace.quantities import finals, quantities

    inside = {one.name: {*one.quantities} for one in model.stateless}
    for layer in model.layers:
        inside[layer.name] = {*quantities(model, layer.name), *finals(model, layer.name)}
        inside[layer.name] -= {"x", "y"}
    for owner, there in inside.items():
        own = name.removeprefix(f"{owner}.")
        if own != name and own in there:
            return f"--of {printable(owner)} --show {own}"
    return ""


def _only(names: Iterable[str]) -> str:
    """What there is but one row of."""
    said = ["y of many-to-one" if name == "y" else name for name in names]
    return f"{listed(said)} {'are' if len(said) > 1 else 'is'}"


def chosen(part: Index | None, count: int, first: int, flag: str, what: str) -> list[int] | None:
    """The indices, from ``first`` on, that a part means; None for all.

    Errors: RnncalcError where there is nothing to show.
    """
    return None if part is None else list(_chosen(part, count, first, flag, what))


def last_of(steps: Index | None, timesteps: int) -> int:
    """The last timestep that is shown. Errors: RnncalcError where none is."""
    return timesteps if steps is None else _chosen(steps, timesteps, 1, "--steps", "step")[-1]


def _chosen(part: Index, count: int, first: int, flag: str, what: str) -> range:
    last = first + count - 1
    found = _found(part, count, first)
    if not found:
        there = f"there are {what}s {first} to {last}" if count > 1 else f"there is {what} {first}"
        zero = "; h0 is the initial state" if part == 0 and first == 1 else ""
        raise RnncalcError(f"{flag} '{_text(part)}': {there}{zero}{_turned(part)}")
    return found


def _turned(part: Index) -> str:
    """What is said of 5:3, in which there is nothing."""
    start, stop = (part.start, part.stop) if isinstance(part, slice) else (0, 0)
    backwards = start is not None and stop is not None and start > stop >= 0
    return f"; from {start} to {stop} is none, write {stop}:{start}" if backwards else ""


def _found(part: Index, count: int, first: int) -> range:
    """The indices, from ``first`` on, that a part means; none where there is nothing."""
    last = first + count - 1
    every = range(first, last + 1)
    if isinstance(part, slice):
        return every[_shifted(part, first)]
    wanted = part if part >= 0 else last + 1 + part
    return range(wanted, wanted + 1) if wanted in every else range(0)


def _text(part: Index) -> str:
    """A part as the command line writes it."""
    if isinstance(part, slice):
        return ":".join("" if end is None else str(end) for end in (part.start, part.stop))
    return str(part)


def _shifted(part: slice, first: int) -> slice:
    """A slice in t (from 1) as a slice of an array (from 0)."""

    def shift(end: Any) -> Any:
        return end if end is None or end < 0 else max(end - first, 0)

    return slice(shift(part.start), shift(part.stop))
