"""Rows of text: what table, markdown and latex have in common before they draw their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import listed
from rnncalc.numbers import digits
from rnncalc.trace.quantity import INPUT, Quantity, is_absent
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace

ROWS = 40
"""A longer table shows its head and its tail, half of it each, on a terminal."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Text in rows and columns, made while somebody goes through it: a run may be long.

    Attributes:
        head: the names of the columns; the first ``keys`` of them tell the rows apart.
        columns: the numbers of each column, the keys first.
        digits: of the texts.
        hidden: how many rows stand between the head and the tail, or 0.
        others: where only what the network gives is shown, how the rest is asked for.
        texts: how many of the last columns are text already.
    """

    head: list[str]
    keys: int
    columns: list[Array]
    digits: digits.Digits
    hidden: int
    others: str = ""
    texts: int = 0

    def rows(self, columns: Sequence[int] | None = None) -> Iterator[tuple[str, ...]]:
        """The cells of these columns or of all, row by row.

        Empty where there is no number (y of many-to-one before its last step).
        """
        chosen = range(len(self.columns)) if columns is None else columns
        return zip(*(self._texts(column) for column in chosen), strict=True)

    def _texts(self, column: int) -> Iterator[str]:
        if column not in self._numbers:
            return map(str, self.columns[column])
        return (_cell(value, self.digits) for value in self.columns[column])

    @property
    def _numbers(self) -> range:
        return range(self.keys, len(self.columns) - self.texts)

    @cached_property
    def rounded(self) -> bool:
        """Whether any number has more digits than are shown."""
        if self.digits in ("full", "hex"):
            return False
        with np.errstate(over="ignore"):  # 65500 has no float16
            return any(
                text and digits.changed(value, text)
                for i in self._numbers
                for value, text in zip(self.columns[i], self._texts(i), strict=True)
            )


def grid(trace: Trace, selection: Selection, wanted: digits.Digits, *, cut: bool = False) -> Grid:
    """The text of what is selected; with ``cut``, head and tail of a long table."""
    every = list(once(trace, selection.parts(trace)))
    parts = every if selection.show or selection.of else given(trace, every)
    if not parts:
        selection.refuse(given(trace, selection.whole(trace, selection.names(trace.model))))
    keys, numbers = trace.columns(parts=parts)
    places = [(i, index) for i, part in enumerate(parts) for index in part.index]
    heads = [named(parts, *place) for place in places]
    columns, count = [*keys.values(), *numbers.values()], len(keys["t"])
    shown = ends(count, selection) if cut else slice(None)
    hidden = count - len(shown) if isinstance(shown, np.ndarray) else 0
    others = _others(trace, every, parts)
    columns = [column[shown] for column in columns]
    return Grid([*keys, *heads], len(keys), columns, wanted, hidden, others)


def ends(count: int, selection: Selection) -> Array | slice:
    """Which rows a terminal sees: head and tail of a long table, unless steps were chosen."""
    if count <= ROWS or selection.steps is not None:
        return slice(None)
    return np.asarray(np.r_[: ROWS // 2, count - ROWS // 2 : count])


def given(trace: Trace, parts: list[Quantity]) -> list[Quantity]:
    """What a network gives, where it is too wide to show all: y, else h of its last layer."""
    if {part.base for part in parts} - {"h", "y", "mask", "id"}:
        return parts
    last, names = trace.model.last.name, {part.base for part in parts}
    outcome = "id" if "id" in names else "y" if trace.model.gives_y else ""

    def isgiven(part: Quantity) -> bool:
        return part.base == outcome if outcome else part.layer == last

    def isknown(part: Quantity) -> bool:
        return part.name == "mask" and part.layer in ("", last)

    return [part for part in parts if isknown(part) or isgiven(part)]


def _others(trace: Trace, every: list[Quantity], shown: list[Quantity]) -> str:
    """How the states that are not shown are asked for; nothing where all are."""
    names = {part.layer for part in shown}
    hidden = dict.fromkeys(part.layer for part in every if part.layer and part.layer not in names)
    if not hidden:
        return ""
    if any(part.name == "id" for part in shown):
        hints = "--show y,id: y, too; --show all: every quantity"
        return f"Shown is the id that each step chose from y. {hints}."
    outputs = [part.name for part in shown if part.base == "y"]
    what = listed(outputs) if outputs else f"h of {trace.model.last.name}"
    of = "; --of LAYER: one layer" if len(trace.layers) > 1 or trace.inside else ""
    ways = f"--show h: h of {listed(hidden)}; --show all: every quantity{of}"
    verb = "are" if len(outputs) > 1 else "is"
    return f"Shown {verb} {what}, which the network gives. {ways}."


def summary(trace: Trace, selection: Selection, *, indent: int = 0) -> list[str]:
    """What stands out, below a blank line; nothing where nobody asked for it."""
    if not selection.summary:
        return []
    from rnncalc.writers.result.standout import lines

    return ["", *(" " * indent + line for line in lines(trace, selection))]


def once(trace: Trace, parts: list[Quantity]) -> Iterator[Quantity]:
    """The quantities without those that stand there already: the joined h of two directions, y of
    a graph's layer that the graph gives."""
    joined = {layer.name for layer in trace.model.layers if layer.merge == "concat"}
    ways = {(part.layer, part.direction) for part in parts if part.name == "h"}
    outputs = [part for part in parts if part.base == "y" and not part.layer]
    given = dict(zip(trace.outputs, outputs, strict=False))
    for part in parts:
        if part.name == "x" and trace.model.layers[0].chain:  # the layer's x is another
            part = replace(part, name=INPUT)
        halves = {(part.layer, "forward"), (part.layer, "backward")} <= ways
        twice = halves and part.layer in joined and not part.direction
        if part.name == "y" and part.layer in given:
            twice = len(part.t) == len(given[part.layer].t)
        if not twice:
            yield part


def _label(parts: Sequence[Quantity], part: Quantity) -> str:
    """A quantity's name, with the layer in front where there are several, and of two directions."""
    shown = {other.layer for other in parts if other.layer}
    layers = [part.layer] if len(shown) > 1 else []
    two = len({other.direction for other in parts if other.layer == part.layer}) > 1
    merged = "" if part.direction or not two or layers else "merged"
    where = [*layers, part.direction if two else "", merged if part.layer else ""]
    return ".".join([*filter(None, where), part.name])


def named(parts: Sequence[Quantity], place: int, index: int) -> str:
    """``encoder.h_t[0]``; of one unit without its index: ``x_t``, ``h_t``, but ``x_term``."""
    part = parts[place]
    label = _label(parts, part)
    timed = f"{label}_t" if len(part.name) == 1 or part.name == INPUT else label
    return timed if part.width == 1 else f"{timed}[{index}]"


def _cell(value: Any, wanted: digits.Digits) -> str:
    return "" if is_absent(value) else digits.number(value, wanted)
