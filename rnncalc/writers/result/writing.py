"""What a network wrote: the names of the ids that it chose, step after step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import printable
from rnncalc.numbers.digits import counted
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.result.grid import Grid

LONGEST = 1000
"""So many letters of a text are written below a table."""


def quoted(name: str) -> str:
    """A name as it is shown: blanks are seen, what does not print is escaped."""
    return f"'{printable(name)}'"


def with_names(cells: Grid, vocab: Sequence[str]) -> Grid:
    """A table of ids with the names of those that were chosen in a column of their own."""
    if "id" not in cells.head:
        return cells
    ids = cells.columns[cells.head.index("id")]
    names: Array = np.array([quoted(vocab[int(one)]) for one in ids], dtype=object)
    return replace(
        cells, head=[*cells.head, "name"], columns=[*cells.columns, names], texts=cells.texts + 1
    )


def written(trace: Trace, selection: Selection) -> Iterator[str]:
    """``writes: 'hello'``, a line a sequence, of the steps that are shown; none without names."""
    vocab, ids, steps = trace.model.vocab, trace.ids, selection.rows(trace)
    if vocab is None or ids is None:
        return
    if steps is not None:
        ids = ids[..., np.array(steps) - 1 - trace.start]
    when = "" if steps is None else f"t = {steps[0]}{f' to {steps[-1]}' * (len(steps) > 1)} "
    apart = "" if all(len(name) <= 1 for name in vocab) else " "
    for number in selection.sequences(trace) or range(len(np.atleast_2d(ids))):
        names = [vocab[one] for one in np.atleast_2d(ids)[number]]
        text = apart.join(names)
        more = f"... ({counted(len(text), 'letter')})" if len(text) > LONGEST else ""
        whose = f"sequence {number} " if trace.batched else ""
        yield f"{whose}{when}writes: '{printable(text[:LONGEST], LONGEST)}'{more}"
