"""One JSON object a line for every (sequence,) timestep, layer and direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import orjson

from rnncalc.quantity import Quantity
from rnncalc.trace import Trace
from rnncalc.writers.numbers import json_rows, refuse_non_finite
from rnncalc.writers.view import View

Rows = dict[int, bytes]
"""t to a part of a line."""


def stream(traces: Iterable[Trace], view: View, out: IO[bytes]) -> None:
    """Write the lines in the order of time; x and y stand beside the layer they belong to."""
    for trace in traces:
        parts = view.parts(trace)
        for part in parts:
            refuse_non_finite(part.values, view.non_finite)
        for index, (_, sequence) in enumerate(trace.sequences(parts)):
            key = b'{"sequence":%d,"t":' % index if trace.batched else b'{"t":'
            out.write(b"".join(_lines(key, list(_objects(trace, sequence, view)))))


def _lines(key: bytes, objects: Sequence[tuple[bytes, Rows]]) -> Iterator[bytes]:
    times = sorted({t for _, rows in objects for t in rows})
    if len(objects) == 1:
        ((names, rows),) = objects
        return (b"%b%d%b%b}\n" % (key, t, names, rows[t]) for t in times)
    return (
        b"%b%d%b%b}\n" % (key, t, names, rows[t])
        for t in times
        for names, rows in objects
        if t in rows
    )


def _objects(trace: Trace, parts: Sequence[Quantity], view: View) -> Iterator[tuple[bytes, Rows]]:
    """Of each layer and direction its names, and by t all that stands in its line."""
    for place in _places(trace, view):
        rows: Rows = {}
        for part in (part for part in parts if _belongs(trace, view, place, part)):
            name = b",%b:" % orjson.dumps(part.name)
            texts = [name + text for text in json_rows(part.values, view.non_finite)]
            times = part.t.tolist()
            if rows:
                texts = [rows.get(t, b"") + text for t, text in zip(times, texts, strict=True)]
            rows |= zip(times, texts, strict=True)
        yield b',"layer":%b,"direction":%b' % tuple(map(orjson.dumps, place)), rows


def _places(trace: Trace, view: View) -> list[tuple[str, str]]:
    """The (layer, direction) of each line."""
    ways = [(layer.name, way) for layer in trace.layers for way in layer.directions]
    return [way for way in ways if view.shows(trace.model, *way)]


def _belongs(trace: Trace, view: View, place: tuple[str, str], part: Quantity) -> bool:
    """Which quantities stand in a line: x and the mask with the first, y with the last.

    The merged h of two directions is left to the other formats.
    """
    places = _places(trace, view)
    also = {"x", "mask"} if place == places[0] else set()
    also |= {"y"} if place == places[-1] else set()
    return (part.layer, part.direction) == place or (not part.layer and part.name in also)
