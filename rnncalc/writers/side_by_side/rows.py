"""What all formats show of a run in several dtypes: which numbers, and the largest distances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from rnncalc.numbers import digits
from rnncalc.trace.selection import Selection
from rnncalc.trace.side_by_side import Numbers, SideBySide
from rnncalc.writers.result import heading
from rnncalc.writers.result.grid import Grid, ends, given, named, once

OFF = 3
"""Significant digits of a distance: its size is what people look for."""


def numbers(both: SideBySide, selection: Selection) -> Numbers:
    """The numbers that are selected; by default what the network gives."""
    if selection.show:
        return both.numbers([*once(trace, selection.parts(trace))] for trace in both.traces)
    asked = replace(selection, show=("h",) if both.last.y is None or selection.of else ("h", "y"))
    every = [[*once(trace, asked.parts(trace))] for trace in both.traces]
    if not selection.of:
        every = [given(trace, parts) for trace, parts in zip(both.traces, every, strict=True)]
    return both.numbers(every)


def place(found: Numbers, number: int) -> dict[str, Any]:
    """Which number it is: by the words of tidy tables."""
    part, index = found.columns[number]
    one = found.parts[part]
    keys = {key: int(column[number]) for key, column in found.keys.items()}
    return {
        **keys, "layer": one.layer, "direction": one.direction, "name": one.name, "index": index,
    }  # fmt: skip


class Largest(NamedTuple):
    """The largest distance of a dtype, and which number has it."""

    dtype: str
    distance: float
    number: int


def largest(both: SideBySide, found: Numbers) -> list[Largest]:
    """Of each dtype but the last."""
    return [
        Largest(dtype, float(distances.max()), int(np.argmax(distances)))
        for dtype, distances in zip(both.dtypes, found.distances, strict=False)
    ]


def grid(
    both: SideBySide, selection: Selection, wanted: digits.Digits, *, cut: bool = False
) -> tuple[Grid, str]:
    """The text of what is selected, with ``cut`` head and tail of it; below it a sentence."""
    found = numbers(both, selection)
    count = len(found.columns)
    numbered = np.arange(count)[ends(count, selection) if cut else slice(None)]
    heads = np.array([named(found.parts, *found.columns[number]) for number in numbered])
    shown = [one[numbered] for one in (*found.keys.values(), *found.values, *found.distances)]
    keys = len(found.keys)
    off = [np.array([*map(_rounded, column)]) for column in shown[-len(found.distances) :]]
    columns = [*shown[:keys], heads, *shown[keys : -len(off)], *off]
    head = [*found.keys, "number", *both.dtypes, *(f"{name} off" for name in both.dtypes[:-1])]
    hidden = count - len(numbered)
    cells = Grid(head, keys + 1, columns, wanted, hidden, texts=len(off))
    return cells, sentence(both, found)


def _rounded(distance: Any) -> str:
    return digits.rounded(float(distance), OFF)


def above(both: SideBySide, selection: Selection, wanted: digits.Digits) -> list[str]:
    """The lines above a table: those of a run, with all dtypes."""
    trace = replace(both.last, dtype=", ".join(both.dtypes))
    return heading.heading(trace, selection, wanted)


def sentence(both: SideBySide, found: Numbers) -> str:
    """``Largest distance from float64: float16 0.000413 (h_t, t 2).``"""
    texts = []
    for one in largest(both, found):
        keys = ", ".join(f"{key} {column[one.number]}" for key, column in found.keys.items())
        where = f" ({named(found.parts, *found.columns[one.number])}, {keys})"
        size = digits.rounded(one.distance, OFF)
        texts.append(f"{one.dtype} {size}{where if one.distance else ''}")
    return f"Largest distance from {both.dtypes[-1]}: {', '.join(texts)}."


def objects(both: SideBySide, found: Numbers) -> Iterator[dict[str, Any]]:
    """Each number as programs take it: its place, the values, the distances from the last."""
    for number in range(len(found.columns)):
        values = {name: one[number] for name, one in zip(both.dtypes, found.values, strict=True)}
        off = {name: one[number] for name, one in zip(both.dtypes, found.distances, strict=False)}
        yield {**place(found, number), "values": values, "distances": off}
