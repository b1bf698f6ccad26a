"""Pictures: what is drawn of a run, as data; which kinds there are, and which one suits.

A kind's module makes its data (``make``): numbers, labels and choices, ready to be drawn, so that
figures, terminals and pages show the same. ``figures/`` draws them with matplotlib.
Importing this costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from rnncalc.errors import RnncalcError, printable, suggestion

if TYPE_CHECKING:
    from rnncalc.model.model import Model
    from rnncalc.pictures.picture import Picture
    from rnncalc.pictures.request import PictureRequest
    from rnncalc.trace.trace import Trace


class Kind(NamedTuple):
    """A kind of picture.

    Attributes:
        module: makes its data.
        shows: what is to be seen.
        streams: whether it takes a run in parts, of which none is held.
        runs: whether it takes a run, and not the network alone.
    """

    module: str
    shows: str
    streams: bool = False
    runs: bool = True


KINDS = {
    "unrolled": Kind("unrolled", "the network over time, with its numbers"),
    "cell": Kind("cell", "one step of one cell, its gates as valves; --step T --unit J"),
    "heatmap": Kind("panels", "units x time, in colours; the default from 2 units on", True),
    "lines": Kind("panels", "quantities over time; the default for 1 unit", True),
    "gates": Kind("panels", "every gate, c and h of a layer as heat maps under one axis", True),
    "saturation": Kind("insight", "how often each unit is near a bound, gates open or shut"),
    "memory": Kind("insight", "how much of each step is felt after the last one"),
    "graph": Kind("graph", "the network itself: which layer reads what", runs=False),
    "attention": Kind("attention", "how much of each timestep a query takes; --of LAYER"),
}
"""Every kind, by its name."""

WITH_SHOW = ("heatmap", "lines", "attention")
"""The kinds that show quantities by name."""

WITH_BLANKS = ("unrolled", "cell")
"""The kinds that have numbers to be left out."""


def of(run: Model | Trace | Iterator[Trace], request: PictureRequest) -> Picture:
    """What is drawn of a run, of its parts in time, where the kind streams, or of a network alone.

    Errors: RnncalcError for a kind that there is not, or that cannot show this run.
    """
    from rnncalc.model.model import Model

    if isinstance(run, Model):
        return _of_model(run, request)
    parts = run if isinstance(run, Iterator) else iter([run])
    trace = next(parts)
    kind = request.kind or suitable(trace, request)
    if kind not in KINDS:
        raise RnncalcError(f"--kind: there is no {printable(kind)}. {suggestion(kind, KINDS)}")
    if not KINDS[kind].runs:
        return _of_model(trace.model, request)
    if request.selection.show and kind not in WITH_SHOW:
        ways = " and ".join(WITH_SHOW)
        raise RnncalcError(f"--show is for --kind {ways}: {kind} has its own quantities")
    if request.blank:
        _refuse_blanks(kind, trace.model, request.blank)
    if trace.batched:
        selection = replace(request.selection, sequence=request.sequence(trace))
        request = replace(request, selection=selection)
    drawn = chain([trace], parts) if KINDS[kind].streams else trace
    made: Picture = import_module(f"rnncalc.pictures.{KINDS[kind].module}").make(
        kind, drawn, request
    )
    return made


def _of_model(model: Model, request: PictureRequest) -> Picture:
    """The picture of a network that needs no run. Errors: RnncalcError for what is of runs."""
    from rnncalc.pictures import graph

    if request.blank:
        _refuse_blanks("graph", model, request.blank)
    return graph.make("graph", model, request)


def _refuse_blanks(kind: str, model: Model, blank: Sequence[str]) -> None:
    """Errors: RnncalcError where a picture has no numbers to leave out, or none of that name."""
    from rnncalc.equations import CELLS

    if kind not in WITH_BLANKS:
        raise RnncalcError(f"--blank is for --kind {' and '.join(WITH_BLANKS)}, not for {kind}")
    cells = [CELLS[layer.cell] for layer in model.layers]
    gates = dict.fromkeys(gate for cell in cells for gate in cell.gates)
    known = ["x", "term", "a", *gates, "c", "h", "y", "all"]
    for name in blank:
        if name not in known:
            hint = suggestion(name, known)
            raise RnncalcError(f"--blank: there is no {printable(name)} in the picture. {hint}")


def suitable(trace: Trace, request: PictureRequest) -> str:
    """The kind that shows a run where nobody asks for one."""
    from rnncalc.pictures.place import names

    selection = request.selection
    parts = selection.cut(trace, names(selection, trace.model, ["h"]))
    return "lines" if max(len(part.index) for part in parts) == 1 else "heatmap"
