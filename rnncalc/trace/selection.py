"""Which part of a run is shown: quantities, timesteps, units, a layer: the choice of the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnncalc.errors import RnncalcError, listed, printable, suggestion

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
        for name in self.show:
            if name not in (*there, *bases, *ends, "final", "all"):
                gates = [one for one in there if one.split(".")[0] == name.split(".")[0]]
                hint = suggestion(name, [*there, *ends])
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
        chosen = self.rows(trace), self.columns(trace, parts), self.sequences(trace)
        cut = [part for part in (part.part(*chosen) for part in parts) if part.values.size]
        if not cut:
            raise RnncalcError(f"nothing is left to show: {_only(names)} at the last step only")
        return cut

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
        """The timesteps that are shown; None for all."""
        return chosen(self.steps, trace.length, 1, flag, "step")

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
    every = range(first, last + 1)
    if isinstance(part, slice):
        found = every[_shifted(part, first)]
    else:
        wanted = part if part >= 0 else last + 1 + part
        found = range(wanted, wanted + 1) if wanted in every else range(0)
    if not found:
        there = f"there are {what}s {first} to {last}" if count > 1 else f"there is {what} {first}"
        zero = "; h0 is the initial state" if part == 0 and first == 1 else ""
        raise RnncalcError(f"{flag} '{_text(part)}': {there}{zero}")
    return found


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
