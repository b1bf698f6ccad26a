"""How a run shows itself where Python prints it and in notebooks: both ends of x, h and y."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnncalc.numbers.digits import DEFAULT, number
from rnncalc.trace.quantity import is_absent
from rnncalc.trace.trace import Trace
from rnncalc.writers import html as pieces
from rnncalc.writers.markdown import safe, table

ROWS, COLUMNS = 20, 10
"""How many rows and columns at either end are shown."""

CUT = "..."
"""What stands in the place of those between."""


def text(trace: Trace) -> str:
    """A table in plain text."""
    rows = list(_rows(trace))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.rjust, cells, widths)) for cells in rows]
    return "\n".join([f"<Trace of {trace.model!r}>", *lines])


def html(trace: Trace) -> str:
    """The same as an HTML table."""
    head, *rows = list(_rows(trace))
    cells = (map(pieces.text, row) for row in rows)
    return pieces.page([pieces.table(head, cells, _title(trace), cell="")])


def markdown(trace: Trace) -> str:
    """The same as a table in Markdown."""
    head, *rows = list(_rows(trace))
    lines = table(list(safe(trace.model, head)), rows)
    return "\n".join([*safe(trace.model, [_title(trace)]), "", *lines])


def _title(trace: Trace) -> str:
    return repr(trace.model)[1:-1]


def _rows(trace: Trace) -> Iterator[list[str]]:
    """The heads, then the cells of every row that is shown."""
    keys, columns = trace.columns(["x", "h", "y"])
    names = [*columns]
    between = range(COLUMNS, len(names) - COLUMNS)
    shown = [*names[: between.start], *[CUT] * bool(between), *names[max(between.stop, COLUMNS) :]]
    yield [*keys, *shown]
    count = len(keys["t"])
    hidden = range(ROWS, count - ROWS)
    for i in [*range(count)[: hidden.start], *range(count)[max(hidden.stop, ROWS) :]]:
        if i == hidden.stop and hidden:
            yield [CUT] * (len(keys) + len(shown))
        cells = [CUT if name == CUT else _cell(columns[name][i]) for name in shown]
        yield [*(str(key[i]) for key in keys.values()), *cells]


def _cell(value: Any) -> str:
    return "" if is_absent(value) else number(value, DEFAULT)
