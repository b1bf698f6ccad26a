"""What every format of an exercise says: the task, what is given, the table with its blanks."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.array import Array
from rnncalc.errors import listed
from rnncalc.explaining.exercise import Exercise
from rnncalc.numbers.digits import counted, number
from rnncalc.trace.selection import Selection
from rnncalc.writers.result.grid import named
from rnncalc.writers.result.heading import given
from rnncalc.writers.style import Style


def task(exercise: Exercise, style: Style) -> str:
    """What is to be done, in a sentence."""
    count = exercise.trace.timesteps
    blanks = listed(exercise.blank)
    return f"Compute {blanks} of {counted(count, 'timestep')}; round to {style.rounding}."


def arrays(exercise: Exercise) -> dict[str, Array]:
    """The weights and the initial states."""
    ((_, found),) = given(exercise.trace.model, Selection())
    return found


def array(values: Array) -> str:
    """An array in brackets, with every digit; one number as it is."""
    if values.size == 1:
        return number(values.flat[0])
    parts = [array(part) if part.ndim else number(part) for part in values]
    return f"[{', '.join(parts)}]"


def head(exercise: Exercise) -> list[str]:
    """The names of the columns."""
    parts = exercise.trace.quantities({"x", *exercise.shown})
    columns = [named(parts, i, unit) for i, part in enumerate(parts) for unit in part.index]
    return ["t", *columns]


def rows(exercise: Exercise, style: Style) -> Iterator[list[str]]:
    """The table, row by row; what is to be found is empty."""
    parts = exercise.trace.quantities({"x", *exercise.shown})
    for t in range(exercise.trace.timesteps):
        cells = [str(t + 1)]
        for part in parts:
            digits = "full" if part.name == "x" else style.digits
            texts = [number(value, digits) for value in part.values[t]]
            cells += [""] * len(texts) if part.name in exercise.blank else texts
        yield cells
