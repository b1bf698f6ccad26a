"""Attention: how much of each timestep of the keys each timestep of the query takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations.activations import Bounds
from rnncalc.errors import RnncalcError, listed, printable
from rnncalc.numbers.digits import counted
from rnncalc.pictures.panels import MOST_PANELS, Panel, Panels
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.selection import chosen
from rnncalc.trace.trace import Trace

DRAWN = ("weights", "scores")
"""The quantities that have a number for each query and key."""


@dataclass(frozen=True, eq=False)
class Attended(Panel):
    """The weights (or scores) of one head: columns are timesteps of the keys, rows of the query.

    Attributes:
        query, key: the names of what gives them.
        largest: of all heads, the end of the scale of each.
    """

    query: str
    key: str
    largest: float

    others: ClassVar = "queries: --steps A:B"

    @property
    def unseen(self) -> Array:
        """(keys, queries), where a query takes nothing of a key."""
        return _unseen(self.name, self.high)

    @property
    def limits(self) -> Bounds:
        """The range of its colours, to both sides of 0."""
        return -self.largest, self.largest

    def row(self, number: int) -> str:
        """What a row is called."""
        return self.query if self.width == 1 else f"{self.query} t={self.index[number]}"


def make(kind: str, trace: Trace, request: PictureRequest) -> Panels:
    """The weights of an attention layer: of the one that is named, else of the only one.

    Errors: RnncalcError where there is none, or several, or where another part is asked for.
    """
    selection = request.selection
    if selection.units is not None:
        raise RnncalcError("--units is for layers: --steps chooses the timesteps of the query")
    name = _layer(trace, selection.of)
    names = _names([*trace.stateless[name]], request)
    panels = tuple(_panel(trace, name, one, request) for one in names)
    queries = "1 query" if panels[0].width == 1 else f"{panels[0].width:,} queries"
    count = f"{queries} and {counted(panels[0].last, 'key')}"
    sequence = request.sequence(trace)
    whose = "" if sequence is None else f", sequence {sequence} (of 0 to {len(trace.x) - 1})"
    what = listed(dict.fromkeys(one.name.partition(".")[0] for one in panels))
    return Panels(
        kind=kind, title=f"{printable(name)}: {what} of {count}{whose}",
        description=" ".join(map(_told, panels)), panels=panels, digits=request.rounding,
        notes=tuple(_notes(panels)), absent="no query takes anything of it (just 0)",
    )  # fmt: skip


def _layer(trace: Trace, wanted: str) -> str:
    there = [name for name, found in trace.stateless.items()
             if any(one.startswith("weights") for one in found)]  # fmt: skip
    if wanted in there:
        return wanted
    if not there:
        raise RnncalcError("attention: this network has none; --kind graph shows its layers")
    if wanted or len(there) > 1:
        what = f"{printable(wanted)} has no weights" if wanted else "there are several"
        raise RnncalcError(f"attention: {what}: --of {' or '.join(map(printable, there))}")
    return there[0]


def _names(there: list[str], request: PictureRequest) -> list[str]:
    """Those that are drawn: the weights of every head, or what is asked for."""
    drawn = [name for name in there if name.partition(".")[0] in DRAWN]
    wanted = request.selection.show or ["weights"]
    if wrong := [one for one in wanted if one not in (*drawn, *DRAWN)]:
        raise RnncalcError(f"--show: attention draws {listed(drawn)}, not {printable(wrong[0])}")
    found = [name for name in drawn if {name, name.partition(".")[0]} & {*wanted}]
    if len(found) > MOST_PANELS:
        count = f"{len(found)} heads, of which at most {MOST_PANELS} are drawn"
        raise RnncalcError(f"attention: {count}: --show {found[0]},{found[1]} chooses")
    return found


def _panel(trace: Trace, layer: str, name: str, request: PictureRequest) -> Attended:
    """One head of one sequence."""
    values = np.asarray(trace.stateless[layer][name], np.float64)
    sequence = request.sequence(trace)
    values = np.atleast_2d(values if sequence is None else values[sequence])
    reads = next(node.reads for node in trace.model.nodes if node.name == layer)
    rows = _queries(len(values), request)
    columns = values[rows].T  # (keys, queries)
    heads = [array for one, array in trace.stateless[layer].items()
             if one.partition(".")[0] == name.partition(".")[0]]  # fmt: skip
    largest = max(float(np.abs(one[np.isfinite(one)]).max(initial=0)) for one in heads) or 1.0
    return Attended(
        name, name, 1, len(columns), 1, np.array(rows) + 1, columns, columns,
        np.any(~_unseen(name, columns), axis=1), None, None, len(values), reads[0], reads[-1],
        largest,
    )  # fmt: skip


def _unseen(name: str, values: Array) -> Array:
    """Where a query takes nothing of a key; a score of 0 is one like others."""
    return np.equal(values, 0 if name.startswith("weights") else np.nan)


def _queries(count: int, request: PictureRequest) -> list[int]:
    """The timesteps of the query that are shown, from 0."""
    steps = chosen(request.selection.steps, count, 1, "--steps", "step")
    return [t - 1 for t in steps or range(1, count + 1)]


def _told(one: Attended) -> str:
    """Where each query looks, for whoever does not see it."""
    most = np.argmax(one.high, axis=0) + 1
    looks = "; ".join(f"{one.row(i)}: most of {one.key} t={t}" for i, t in enumerate(most[:50]))
    return f"{one.name}: {looks}."


def _notes(panels: tuple[Attended, ...]) -> Iterator[str]:
    query, key = map(printable, (panels[0].query, panels[0].key))
    yield f"Down: timesteps of {query} (query); across: timesteps of {key} (key)."
    if any(not np.isfinite(panel.high).all() for panel in panels):
        yield "Grey: NaN or infinite."
