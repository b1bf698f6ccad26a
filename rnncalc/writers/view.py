"""What part of a Trace is shown, and how its numbers are written: the choice of the person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncalc import digits
from rnncalc.activations import Array
from rnncalc.errors import RnncalcError, printable, suggestion
from rnncalc.layer import quantities as model_quantities
from rnncalc.model import Model
from rnncalc.trace import Quantity, Trace

NARROW = 7
"""So many numbers a timestep (x, a, h and y together) are all shown; of more only h and y."""

Part = int | slice
"""One timestep or unit, or a range of them as Python's slices."""


@dataclass(frozen=True)
class View:
    """What is shown of a Trace.

    Attributes:
        show: names of quantities, or ``all``; empty: what suits the network's width.
        steps, units: which timesteps (from 1) and units (from 0); None for all.
        digits: significant digits in people's formats.
        non_finite: how JSON writes NaN and infinities: string, null or error.
        width, color, encoding: of the terminal.
        every_row: whether a long table shows all of its rows.
    """

    show: Sequence[str] = ()
    steps: Part | None = None
    units: Part | None = None
    digits: digits.Digits = digits.DEFAULT
    non_finite: str = "string"
    width: int = 80
    color: bool = False
    encoding: str = "utf-8"
    every_row: bool = False

    def names(self, model: Model) -> list[str]:
        """The quantities that are shown. Errors: RnncalcError for one that the model lacks."""
        there = quantities(model)
        bases = [name.split(".")[0] for name in there]
        for name in self.show:
            if name not in (*there, *bases, "all"):
                hint = suggestion(name, there)
                raise RnncalcError(f"--show: there is no {printable(name)} here. {hint}")
        shown = there if "all" in self.show else self.show or default(model, there)
        return [name for name in there if {name, name.split(".")[0]} & {*shown}]

    def parts(self, trace: Trace) -> list[Quantity]:
        """The quantities that are shown, cut to the steps and units that are."""
        return self.cut(trace, self.names(trace.model))

    def cut(self, trace: Trace, names: Iterable[str]) -> list[Quantity]:
        """The named quantities, cut to the steps and units that are shown."""
        t = chosen(self.steps, trace.timesteps, 1, "--steps", "step")
        units = chosen(self.units, trace.h.shape[-1], 0, "--units", "unit")
        parts = [part.part(t, units) for part in trace.quantities(names)]
        return [part for part in parts if part.values.size]


def quantities(model: Model) -> list[str]:
    """Every quantity that can be shown of a model, in the order in which it is computed."""
    output = ["y"] if model.outputs else []
    ways = [one for layer in model.layers for one in layer.passes.values()]
    return list(dict.fromkeys(["x", *(q for one in ways for q in model_quantities(one)), *output]))


def default(model: Model, there: list[str]) -> list[str]:
    """x, a, h and y of a narrow network; h and y of a wide one."""
    outputs = model.outputs[-1].outputs if model.outputs else 0
    plain = not any(layer.gated or layer.backward for layer in model.layers)
    if plain and model.features + 2 * model.layers[-1].units + outputs <= NARROW:
        return ["x", "a", "h", "y"]
    return ["h", "y"]


def chosen(part: Part | None, count: int, first: int, flag: str, what: str) -> Array | None:
    """The indices, from ``first`` on, that a part means; None for all.

    Errors: RnncalcError where there is nothing to show.
    """
    if part is None:
        return None
    every = np.arange(first, first + count)
    last = first + count - 1
    if isinstance(part, slice):
        found = every[_shifted(part, first)]
    else:
        wanted = part if part >= 0 else last + 1 + part
        found = every[every == wanted]
    if not found.size:
        there = f"there are {what}s {first} to {last}" if count > 1 else f"there is {what} {first}"
        zero = "; h0 is the initial state" if part == 0 and first == 1 else ""
        raise RnncalcError(f"{flag} '{written(part)}': {there}{zero}")
    return found


def written(part: Part) -> str:
    """A part as the command line writes it."""
    if isinstance(part, slice):
        return ":".join("" if end is None else str(end) for end in (part.start, part.stop))
    return str(part)


def _shifted(part: slice, first: int) -> slice:
    """A slice in t (from 1) as a slice of an array (from 0)."""

    def shift(end: Any) -> Any:
        return end if end is None or end < 0 else max(end - first, 0)

    return slice(shift(part.start), shift(part.stop))
