"""Which sheets a network has, and what stands in their columns: the plan of a workbook.

A sheet a layer, with a row a timestep, and one of the output layers; the sequences of a batch are
below each other. The initial states have a row of their own in front of the first step (t = 0), of
a backward direction behind the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import NamedTuple

from rnncalc.array import Array as Numbers
from rnncalc.data import dataclass
from rnncalc.writers.sheets.notation import letters, quoted

Text = Callable[[int, int], str | None]
"""The formula of a cell, of its sequence and timestep; None where it is a number."""


def number(_: int, __: int) -> None:
    """No formula: the cell is a number."""


class Initial(NamedTuple):
    """The initial state of a unit: the timestep in whose row it stands, its number and formula.

    Attributes:
        t: 0, or one more than there are.
        values: (sequences).
        texts: a formula each.
    """

    t: int
    values: Numbers
    texts: list[str]


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    Attributes:
        head: what stands above it.
        values: (sequences, timesteps).
        text: its formulas.
        initial: of a state, what stands in the row of the initial ones.
        given: whether its numbers are the input.
    """

    head: str
    values: Numbers
    text: Text = number
    initial: Initial | None = None
    given: bool = False


@dataclass(frozen=True)
class Rows:
    """Where the rows of timesteps are: ``rows(sequence, t)``, as a formula counts.

    Attributes:
        first: the first of them.
        sequences, timesteps: how many there are.
        before, after: whether there is a row of initial states in front, and behind.
    """

    first: int
    sequences: int
    timesteps: int
    before: bool = False
    after: bool = False

    def __call__(self, sequence: int, t: int) -> int:
        return self.first + sequence * len(self.t) + t - 1 + self.before

    @property
    def t(self) -> range:
        """The timesteps of a sequence's rows."""
        return range(1 - self.before, self.timesteps + self.after + 1)


@dataclass
class Sheet:
    """A sheet: text, and below it a table.

    Attributes:
        name: what it is called in the workbook.
        lines: the text.
        rows: of the table.
        keys: what tells its rows apart: ``t``, and the sequence of a batch.
        columns: of the table, behind those.
        gives: where the next layer finds what this one gives, a column each.
        ways: the same of each direction.
    """

    name: str
    lines: list[str]
    rows: Rows
    keys: tuple[str, ...]
    columns: list[Column] = field(default_factory=list)
    gives: list[int] = field(default_factory=list)
    ways: dict[str, list[int]] = field(default_factory=dict)

    @property
    def next(self) -> int:
        """The first column that is free."""
        return len(self.keys) + len(self.columns)

    def place(self, column: int, sequence: int, t: int) -> str:
        """A cell, as other cells of the sheet name it."""
        return f"{letters(column)}{self.rows(sequence, t)}"

    def cell(self, column: int, sequence: int, t: int) -> str:
        """A cell, as another sheet names it."""
        return f"{quoted(self.name)}{self.place(column, sequence, t)}"
