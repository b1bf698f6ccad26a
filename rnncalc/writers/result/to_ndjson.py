"""One JSON object a line for every (sequence,) timestep, layer and direction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

import orjson

from rnncalc.trace.quantity import Quantity
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.numbers import json_rows, refuse_non_finite
from rnncalc.writers.style import Style

Rows = dict[int, bytes]
"""t to a line."""

OWN = "", ""
"""The place of what belongs to no layer: inputs and outputs of a graph."""


def stream(traces: Iterable[Trace], selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the lines in the order of time; x and y stand beside the layer they belong to."""
    for trace in traces:
        parts, places = selection.parts(trace), _places(trace, selection)
        for part in parts:
            refuse_non_finite(part.values, style.non_finite)
        for label, sequence in trace.sequences(parts):
            key = b'{"t":' if label is None else b'{"sequence":%b,"t":' % orjson.dumps(label)
            lines = [
                _rows(key, place, here, style)
                for place in places
                if (here := [part for part in sequence if _belongs(part, place, places)])
            ]
            out.write(b"".join(_in_time(lines)))


def _in_time(lines: Sequence[Rows]) -> Iterable[bytes]:
    """The lines of all places, those of one timestep behind each other."""
    if len(lines) == 1:
        return lines[0].values()
    times = sorted({t for rows in lines for t in rows})
    return [rows[t] for t in times for rows in lines if t in rows]


def _rows(key: bytes, place: tuple[str, str], parts: Sequence[Quantity], style: Style) -> Rows:
    """The lines of one layer and direction; most often all quantities have the same timesteps."""
    names = b',"layer":%b,"direction":%b' % tuple(map(orjson.dumps, place))
    texts = [json_rows(part.values, style.non_finite) for part in parts]
    times = [part.t.tolist() for part in parts]
    if all(each == times[0] for each in times):
        line = _line(key, names, parts)
        return dict(
            zip(times[0], [line % row for row in zip(times[0], *texts, strict=True)], strict=True)
        )
    by_time: dict[int, dict[int, bytes]] = {}
    for i, (each, rows) in enumerate(zip(times, texts, strict=True)):
        for t, text in zip(each, rows, strict=True):
            by_time.setdefault(t, {})[i] = text
    return {
        t: _line(key, names, [parts[i] for i in here]) % (t, *here.values())
        for t, here in by_time.items()
    }


def _line(key: bytes, names: bytes, parts: Sequence[Quantity]) -> bytes:
    """A line with gaps for t and for the numbers of each quantity."""
    arrays = b"".join(b",%b:[%%b]" % orjson.dumps(part.name) for part in parts)
    names = names.replace(b"%", b"%%")
    return b"%b%%d%b%b}\n" % (key.replace(b"%", b"%%"), names, arrays)


def _places(trace: Trace, selection: Selection) -> list[tuple[str, str]]:
    """The (layer, direction) of each line."""
    ways = {layer.name: [(layer.name, way) for way in layer.directions] for layer in trace.layers}
    names = [node.name for node in trace.model.nodes] if trace.model.wiring else ways
    every = [place for name in names for place in ways.get(name, [(name, "")])]
    own = [OWN] if trace.model.wiring else []
    return [*own, *(place for place in every if selection.shows(trace.model, *place))]


def _belongs(part: Quantity, place: tuple[str, str], places: Sequence[tuple[str, str]]) -> bool:
    """Which quantities stand in a line: x and the mask with the first, y and its id with the last;
    of a graph, where they have timesteps of their own, in a line of their own.

    The merged h of two directions is left to the other formats.
    """
    if (part.layer, part.direction) == place:
        return True
    if places[0] == OWN:
        return part.name == "mask" and part.layer == place[0]
    also = {"x", "mask"} if place == places[0] else set()
    also |= {"y", "id", "u"} if place == places[-1] else set()
    return not part.layer and part.name in also
