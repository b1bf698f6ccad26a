"""The sheets of a network that ran: every number a formula of the cells' own equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rnncalc.array import Array as Numbers
from rnncalc.equations.symbols import Notation, symbol
from rnncalc.explaining.formulas import (
    before_names,
    output_formulas,
    output_names,
    row,
    stateless,
)
from rnncalc.explaining.stateless import inside
from rnncalc.model.chain import cut
from rnncalc.model.layer import Layer
from rnncalc.model.stateless import Pooling, Row, Stateless
from rnncalc.running.inputs import Steps
from rnncalc.running.passes import MERGE
from rnncalc.running.stateless_passes import make_row, real_steps
from rnncalc.trace.quantity import INPUT
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.result.heading import network
from rnncalc.writers.sheets import notation
from rnncalc.writers.sheets.direction import Direction
from rnncalc.writers.sheets.formulas import Formulas
from rnncalc.writers.sheets.layout import Column, Rows, Sheet, Text
from rnncalc.writers.sheets.notation import Columns
from rnncalc.writers.sheets.plan import Plan, column


class Network(Plan):
    """The plan of a network's workbook."""

    def __init__(self, trace: Trace, style: Notation) -> None:
        super().__init__(trace, style)
        for index in range(len(self.model.layers)):
            self._layer(index)
        if self.model.outputs:
            self._outputs()

    def _sheet(self, name: str, lines: list[str], timesteps: int, *initial: bool) -> Sheet:
        rows = Rows(len(lines) + 3, self.sequences, timesteps, *initial)
        sheet = Sheet(self.names.sheet(name), lines, rows, self.trace.keys)
        self.sheets.append(sheet)
        return sheet

    def _layer(self, index: int) -> None:
        """A layer's sheet: what it reads, each direction, and the outcome."""
        layer = self.model.layers[index]
        turned = [layer.turned(way) for way in layer.passes]
        ((labels, formulas),) = network(self.model, Selection(of=layer.name))
        below = self.sheets[-1] if index else None
        lines = [*labels, *formulas]
        sheet = self._sheet(layer.name, lines, self.trace.timesteps, not all(turned), any(turned))
        for way, columns in self._read(sheet, index, below).items():
            Direction(self, sheet, index, way).add(columns)
        if layer.merge in ("sum", "mul", "ave"):
            joined = self.flat(self.trace.layers[index].h)
            sheet.gives = self._merge(sheet, str(layer.merge), sheet.ways, joined)
        else:
            sheet.gives = [column for columns in sheet.ways.values() for column in columns]

    def _read(self, sheet: Sheet, index: int, below: Sheet | None) -> dict[str, Columns]:
        """What each direction of a layer reads: from below, through what stands before it."""
        layer, read = self.model.layers[index], {}
        if below and layer.same_loop:
            for way in layer.passes:
                texts = _references(below, below.ways[way])
                values = self.flat(self.trace.source(index, way))
                read[way] = self.add(sheet, f"{_prefix(layer, way)}x", values, texts)
            return read
        late = layer.order == "processing"
        name = INPUT if layer.chain or late else "x"
        values = self.flat(self.trace.below(index))
        texts = _references(below, below.gives) if below else self._fed(sheet, len(values))
        columns = self.add(sheet, name, values, texts, given=below is None)
        if layer.chain:
            result = self.flat(self.trace.layers[index].x)
            columns = self.chain(sheet, layer.chain, before_names(layer), INPUT, columns, result)
        if late:
            columns = self._in_its_order(sheet, index, columns)
        return dict.fromkeys(layer.passes, columns)

    def _fed(self, sheet: Sheet, width: int) -> list[Text]:
        """The input: numbers, but for what a one-to-many network feeds back."""

        def fed(unit: int) -> Text:
            def text(sequence: int, t: int) -> str | None:
                if t == 1 or self.model.feedback not in ("x", "y"):
                    return None
                if self.model.feedback == "x":
                    return f"={sheet.place(len(sheet.keys) + unit, sequence, 1)}"
                output = self.sheets[-1]
                return f"={output.cell(output.gives[unit], sequence, t - 1)}"

            return text

        return [fed(unit) for unit in range(width)]

    def _in_its_order(self, sheet: Sheet, index: int, read: Columns) -> Columns:
        """What a layer in processing order reads in each of its steps."""
        trace, ends = self.trace, self.trace.ends
        t = np.arange(1, trace.timesteps + 1)
        every = [trace.rows_read(index, t, None if ends is None else end) for end in self._ends()]

        def turned(column: int) -> Text:
            return lambda s, t: f"={sheet.place(column, s, every[s][t - 1] + 1)}"

        source = self.series(trace.source(index, "backward"))
        values = np.stack([one[rows] for one, rows in zip(source, every, strict=True)])
        texts = [turned(read.first + unit) for unit in range(read.width)]
        return self.add(sheet, "x", self.flat(values), texts)

    def _ends(self) -> list[int]:
        """The last timestep of each sequence; of one without any, the last of all."""
        ends = self.trace.ends
        every = [0] * self.sequences if ends is None else [int(end) for end in np.atleast_1d(ends)]
        return [end or self.trace.timesteps for end in every]

    def _merge(
        self, sheet: Sheet, merge: str, ways: Mapping[str, list[int]], values: Numbers
    ) -> list[int]:
        """The outcomes of two directions, joined."""
        operands = {f"{way}.h": Columns(c[0], len(c)) for way, c in ways.items()}
        formulas = Formulas(sheet.next, operands, {name: np.empty(0) for name in operands})
        formulas.add("h", MERGE[merge](*map(symbol, operands)), {}, values)
        return self._made(sheet, formulas)

    def _outputs(self) -> None:
        """The sheets of the output layers: of every step, or of one row of them all."""
        chain, names, at = self.model.outputs, output_names(self.model), cut(self.model.outputs)
        y, last = self.flat(self.trace.y), self.sheets[-1]
        lines = output_formulas(self.model)
        title = chain[0].name if len(chain) == 1 else "output"
        if at is None and self.model.mode != "many-to-one":
            sheet = self._sheet(title, lines, self.trace.timesteps)
            texts, values = _references(last, last.gives), self.flat(self.trace.h)
            read = self.add(sheet, "h", values, texts)
            self.chain(sheet, chain, names, "h", read, y)
        elif at is None:
            sheet = self._sheet(title, lines, 1)
            self.chain(sheet, chain, names, "h", self._last(sheet, last), y)
        else:
            self._in_one_row(last, at, lines)

    def _last(self, sheet: Sheet, last: Sheet) -> Columns:
        """What many-to-one takes of the last layer."""
        layer, ends, texts = self.model.layers[-1], self._ends(), {}
        values = self.flat(self.trace.ended)
        if layer.return_sequences:
            return self.add(sheet, "h", values, _references(last, last.gives, ends))
        for way, columns in last.ways.items():
            first = [1] * len(ends) if layer.turned(way) else ends
            texts[way] = _references(last, columns, first)
        if layer.merge not in ("sum", "mul", "ave"):
            return self.add(sheet, "h", values, [text for way in texts.values() for text in way])
        halves = {}
        for way, refer in texts.items():
            of = self.series(self.trace.layers[-1][way]["h"])
            rows = [0] * len(ends) if layer.turned(way) else [end - 1 for end in ends]
            numbers = np.stack([one[end] for one, end in zip(of, rows, strict=True)])
            half = self.add(sheet, f"{way}.h", numbers.T, refer)
            halves[way] = [half.first + unit for unit in range(half.width)]
        joined = self._merge(sheet, str(layer.merge), halves, values)
        return Columns(joined[0], len(joined))

    def _in_one_row(self, last: Sheet, at: int, lines: list[str]) -> None:
        """Output layers of every step, and those of one row that is made of all steps."""
        chain, names, series = self.model.outputs, output_names(self.model), self.trace.h
        given = "h"
        if at:
            front = self._sheet("output", lines[:at], self.trace.timesteps)
            texts = _references(last, last.gives)
            read = self.add(front, "h", self.flat(series), texts)
            read = self.chain(front, chain[:at], names[:at], "h", read, None)
            numbers = np.stack([column.values for column in front.columns[-read.width :]], axis=-1)
            last, series, given = front, numbers, names[at - 1]
        made = chain[at]
        assert isinstance(made, Row)
        sheet = self._sheet(made.name, lines[at:], 1)
        values = self._row(made, self.series(series))
        read = self.add(sheet, names[at], values, self._of_steps(made, given, last))
        self.chain(
            sheet, chain[at + 1 :], names[at + 1 :], names[at], read, self.flat(self.trace.y)
        )

    def _steps(self) -> Steps:
        mask = None if self.trace.mask is None else np.atleast_2d(self.trace.mask).T
        return Steps(mask, hold=self.trace.ends is None)

    def _row(self, one: Row, series: Numbers) -> Numbers:
        """(width, sequences) of (sequences, timesteps, width)."""
        return make_row(one, series.transpose(1, 2, 0).astype(np.float64), self._steps())

    def _of_steps(self, one: Row, given: str, last: Sheet) -> list[Text]:
        """One row of the columns of all timesteps: the mean or largest of each, or all of them."""
        real = real_steps(one, self._steps())
        every = np.ones((self.trace.timesteps, self.sequences), bool) if real is None else real

        def pooled(column: int) -> Text:
            def text(sequence: int, _: int) -> str:
                runs = [
                    f"{last.cell(column, sequence, start)}:{last.place(column, sequence, end)}"
                    for start, end in runs_of(every[:, sequence])
                ]
                return notation.formula(notation.called(row(one, given).label, *runs), self.style)

            return text

        if isinstance(one, Pooling):
            return [pooled(column) for column in last.gives]
        times = range(1, self.trace.timesteps + 1)
        return [text for t in times for text in _references(last, last.gives, [t] * self.sequences)]

    def chain(
        self,
        sheet: Sheet,
        chain: Sequence[Stateless],
        names: Sequence[str],
        given: str,
        read: Columns,
        result: Numbers | None,
    ) -> Columns:
        """Layers without a state, each of what the one before it gave.

        Args:
            result: what the last of them gave in the run; None: it is computed.
        """
        values = np.stack([one.values.ravel() for one in sheet.columns[-read.width :]])
        for i, (one, name) in enumerate(zip(chain, names, strict=True)):
            arrays = {key: column(array) for key, array in one.operands.items()}
            alone = len(self.model.outputs) == 1 and one in self.model.outputs
            operands = self.ranges("" if alone else self.names.prefix(one.name), arrays)
            operands[given], numbers = read, {**arrays, given: values}
            formulas = Formulas(sheet.next, operands, numbers)
            term = stateless(one, given)
            named: dict[int, str] = {}
            for label, part in inside(term):
                formulas.add(label, part, named)
                named[id(part)] = label
            formulas.add(name, term, named, result if i == len(chain) - 1 else None)
            self._made(sheet, formulas, f"{one.name}." if len(chain) > 1 else "")
            given, read, values = name, formulas.columns(name), formulas.values[name]
        sheet.gives = [read.first + unit for unit in range(read.width)]
        return read

    def _made(self, sheet: Sheet, formulas: Formulas, prefix: str = "") -> list[int]:
        """Columns of quantities whose rows know only themselves; those of the last one."""
        columns: list[int] = []
        for made in formulas.made(self.style):
            texts = [_of_row(sheet, text) for text in made.texts]
            found = self.add(sheet, prefix + made.name, made.values, texts)
            columns = [found.first + unit for unit in range(found.width)]
        return columns

    def add(
        self,
        sheet: Sheet,
        name: str,
        values: Numbers,
        texts: Sequence[Text],
        *,
        given: bool = False,
    ) -> Columns:
        """Columns of a quantity, (width, sequences * timesteps)."""
        first, several = sheet.next, len(values) > 1
        for unit, (one, text) in enumerate(zip(values, texts, strict=True)):
            head = f"{name}[{unit}]" if several else name
            column = Column(head, one.reshape(self.sequences, -1), text, given=given)
            sheet.columns.append(column)
        return Columns(first, len(values))


def _references(
    below: Sheet, columns: Sequence[int], steps: Sequence[int] | None = None
) -> list[Text]:
    """What stands in columns of another sheet.

    Args:
        steps: of each sequence, whose row; None: of the same step.
    """

    def reference(column: int) -> Text:
        return lambda s, t: f"={below.cell(column, s, steps[s] if steps else t)}"

    return [reference(one) for one in columns]


def _of_row(sheet: Sheet, template: str) -> Text:
    """A formula that knows its own row."""
    return lambda s, t: template.format(r=sheet.rows(s, t))


def _prefix(layer: Layer, way: str) -> str:
    return f"{way}." if layer.backward else ""


def runs_of(real: Numbers) -> Iterator[tuple[int, int]]:
    """The first and the last timestep of each run of real steps."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], real, [False]]).astype(int)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield start + 1, end
