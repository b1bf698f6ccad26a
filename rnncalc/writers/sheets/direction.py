"""One direction of a layer in columns: pre-activations, gates, states; the initial ones, too."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnncalc.array import Array as Numbers
from rnncalc.equations import CELLS
from rnncalc.equations.gates import flat
from rnncalc.equations.symbols import names_of
from rnncalc.explaining.formulas import previous, symbolic
from rnncalc.explaining.lines import SUMS, in_order
from rnncalc.writers.sheets.formulas import Formulas, Made
from rnncalc.writers.sheets.layout import Column, Initial, Sheet, Text
from rnncalc.writers.sheets.notation import Array, Columns, letters
from rnncalc.writers.sheets.plan import Plan, column

UNSHOWN = (*SUMS, "P_term", "bias", "bias_h")
"""Quantities without columns: they stand in the formula of what they are added to."""


class Direction:
    """A direction of a layer that ran.

    Args:
        plan: of the workbook.
        sheet: of the layer.
        index, way: which layer and direction.
    """

    def __init__(self, plan: Plan, sheet: Sheet, index: int, way: str) -> None:
        self.plan, self.sheet, self.trace = plan, sheet, plan.trace
        self.layer, self.way = plan.model.layers[index], way
        self.cell = self.layer.passes[way]
        self.turned = self.layer.turned(way)
        self.real = self.trace.real(index)
        times = range(1, self.trace.timesteps + 1)
        before, start = self.trace.steps_before(index, way), self.trace.timesteps + 1
        self.before = np.where(before < 0, start if self.turned else 0, before + 1).tolist()
        self.steps = [self.trace.step(t, index, way) for t in times]
        self.traced = self.trace.layers[index][way]

    def add(self, read: Columns) -> None:
        """Columns for every quantity."""
        kind = CELLS[self.cell.cell]
        prefix = f"{self.way}." if self.layer.backward else ""
        ranges = self.plan.ranges_of(self.layer, self.way)
        states = {previous(state, self.turned): state for state in kind.states}
        operands = {**ranges, "x_t": read}
        formulas = Formulas(self.sheet.next, operands, self._values(states), states)
        terms = flat(symbolic(self.cell, turned=self.turned))
        shown = {n: term for n, term in terms.items() if n.split(".")[0] not in UNSHOWN}
        names = names_of(shown)
        asked = sorted((*(kind.gates or "a"), *kind.states), key=list(terms).index)
        for name in in_order(asked, terms, shown):
            others = {key: other for key, other in names.items() if other != name}
            formulas.add(name, terms[name], others, self.plan.flat(self.traced[name]))
        for made in formulas.made(self.plan.style):
            self._made(made, prefix, ranges)

    def _values(self, states: Mapping[str, str]) -> dict[str, Numbers]:
        """The numbers of what the equations take."""
        given = {"x_t": "x", **{symbol: f"{state}_prev" for symbol, state in states.items()}}
        over_time = {
            symbol: np.stack([step[name] for step in self.steps], axis=-2)
            for symbol, name in given.items()
        }
        arrays = {name: column(array) for name, array in self.cell.arrays.items()}
        return arrays | {name: self.plan.flat(values) for name, values in over_time.items()}

    def _made(self, made: Made, prefix: str, ranges: Mapping[str, Array | Columns]) -> None:
        """The columns of a quantity."""
        kept = self.traced.values.get(made.name)
        values = made.values if kept is not None else made.values * self.real.ravel()
        state = made.name in self.traced.initial
        for unit, (numbers, text) in enumerate(zip(values, made.texts, strict=True)):
            place = letters(made.columns.first + unit)
            head = f"{prefix}{made.name}" + f"[{unit}]" * (made.columns.width > 1)
            initial = self._initial(made.name, unit, ranges) if state else None
            by_sequence = numbers.reshape(self.plan.sequences, -1)
            column = Column(head, by_sequence, self._text(made.name, place, text), initial)
            self.sheet.columns.append(column)
        if made.name == "h":
            first, width = made.columns.first, made.columns.width
            self.sheet.ways[self.way] = list(range(first, first + width))

    def _text(self, name: str, place: str, template: str) -> Text:
        """The formula of each step; where one is masked, what is seen of the state."""
        rows, steps = self.sheet.rows, self.trace.timesteps
        held = self.trace.ends is None and not self.layer.zero_output_for_mask

        def text(sequence: int, t: int) -> str | None:
            before = self.before[sequence][t - 1]
            if self.real[sequence, t - 1]:
                return template.format(r=rows(sequence, t), p=rows(sequence, before))
            if name == "c":
                return f"={place}{rows(sequence, before)}"
            shown = t + 1 if self.turned else t - 1
            if name != "h" or not held or not 1 <= shown <= steps:
                return None
            return f"={place}{rows(sequence, shown)}"

        return text

    def _initial(self, state: str, unit: int, ranges: Mapping[str, Array | Columns]) -> Initial:
        """An initial state, in the row in front of the first step."""
        array = ranges[f"{state}_0"]
        assert isinstance(array, Array)
        own = array.shape[0] > 1 and np.ndim(getattr(self.cell, f"{state}0")) > 1
        every = range(self.plan.sequences)
        texts = [
            f"=INDEX({array.name},{s + 1},{unit + 1})" if own else f"={array.one(unit)}"
            for s in every
        ]
        values = np.atleast_2d(self.traced.initial[state])[:, unit]
        return Initial(self.trace.timesteps + 1 if self.turned else 0, values, texts)
