"""Results that rnncalc wrote, read back: the quantities of a csv, csv-wide, ndjson or Markdown
file, of a table as a terminal has it, or of a JSON document, by the names that npz files give them.

Any Markdown table is read so: its columns are quantities of one number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import FileError, RnncalcError, listed, located, quoted, suggestion
from rnncalc.numbers.cells import csv_rows, name_in
from rnncalc.numbers.digits import parsed

TIDY = ["layer", "direction", "name", "index", "value"]
WIDE = r"(sequence,)?t(,[^,]+\[\d+\])+"
"""The first lines of csv and csv-wide."""

LINE = r'\{"(sequence|t)":\s*\d'
"""How the lines of ndjson begin."""

OF_GRAPHS = r'"(layer|direction)":\s*""'
"""What a line of a graph's ndjson says that no line of a row does."""

FORMULA = r"\s*\w+_t = |.+: (bidirectional |backward )?(rnn|gru|lstm)\b"
READS = r".+: .+ <- ."
RULE = "[\u2500-]{3,}"
GAP = " {3,}"
"""How the text above a table begins, of a graph what a layer reads; the line below its names, what
is between its columns."""

LABEL = r"(.+?)(?:_t)?(?:\[(\d+)\])?"
"""A column: ``layer0.forward.h[0]``, in Markdown ``h_t``."""

HIDDEN = r"(?:(?!(?:forward|backward|final)\.)(.+?)\.)??(?:(forward|backward)\.)?(?<!final\.)h"
FINAL = r"(^|\.)final\."
KEYS = {"sequence", "t", "layer", "direction"}
CELL = r"(?<!\\)\|"


def begins(line: str) -> bool:
    """Whether a text that begins with this line is one of rnncalc's results, but for JSON."""
    line = line.strip().replace("\t", ",")
    tidy = line.removeprefix("sequence,") == ",".join(["t", *TIDY])
    drawn = line.startswith("|") or bool(re.match(FORMULA, line) or re.match(READS, line))
    return tidy or drawn or bool(re.fullmatch(WIDE, line) or re.match(LINE, line))


def read(text: str) -> dict[str, Array]:
    """Every quantity, ([sequence,] timestep, index), and ``h`` where that is one of them.

    Errors: RnncalcError for what is no such file, FileError where a number is missing.
    """
    start = text.lstrip()
    if re.match(LINE, start):
        cells = _of_lines(text.splitlines())
    elif "\n|" in text or start.startswith("|"):
        cells = _of_markdown(text.splitlines())
    elif re.match(FORMULA, start) or re.match(READS, start):
        cells = _of_drawn(text.splitlines())
    else:
        cells = _of_csv(text.splitlines())
    found: dict[str, _Series] = {}
    for name, sequence, t, index, value in cells:
        found.setdefault(name, _Series()).add(sequence, t, index, value)
    if not found:
        raise FileError("there are no numbers in it")
    return with_hidden({name: series.array(name) for name, series in found.items()})


def with_hidden(named: dict[str, Array]) -> dict[str, Array]:
    """The same with ``h``, what the last layer gives, where that is one quantity."""
    names = _last(named)
    merged = [name for name in names if not _match(name)[2]] or names
    if len(merged) == 1 and "h" not in named:
        return {"h": named[merged[0]], **named}
    return named


def _last(named: Mapping[str, Array]) -> list[str]:
    """Every h of the last layer, of its directions, too."""
    names = [name for name in named if re.fullmatch(HIDDEN, name)]
    return [name for name in names if _match(name)[1] == _match(names[-1])[1]]


def _match(name: str) -> re.Match[str]:
    match = re.fullmatch(HIDDEN, name)
    assert match
    return match


def one(named: Mapping[str, Array], asked: Sequence[str] = ()) -> Array:
    """The quantity that is meant as an input: the only one, or those that were asked for.

    Errors: RnncalcError where there are several, and none of that name.
    """
    for name in asked:
        if name not in named:
            raise RnncalcError(f"there is no column {quoted(name)}. {suggestion(name, named)}")
    if asked:
        return np.concatenate([named[name] for name in asked], axis=-1)
    different = {id(array): array for array in named.values()}
    if len(different) > 1:
        example = "x" if "x" in named else next(iter(named))
        there = f"holds several quantities: {listed(named)}"
        raise RnncalcError(f"{there}. Say which is x, as with --columns {example}")
    return next(iter(different.values()))


def series(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The quantities of a JSON document, as lists."""
    inputs = document.get("x")
    several = inputs if isinstance(inputs, dict) else {}
    for name in ("x", "h", "y"):
        if document.get(name) is not None and not (name == "x" and several):
            yield name, document[name]
    for letter, arrays in (("x", several), ("y", document.get("outputs") or {})):
        yield from ((f"{letter}.{name}", array) for name, array in arrays.items())
    for layer in document["layers"]:
        name = str(layer["name"])
        if "kind" in layer:
            values = {key: part for key, part in layer.items() if key not in ("name", "kind")}
            yield from ((f"{name}.{key}", one) for key, one in values.items() if one is not None)
            continue
        if layer.get("h") is not None:
            yield f"{name}.h", layer["h"]
        for way in (way for way in ("forward", "backward") if layer.get(way)):
            parts = dict(layer[way])
            for state, final in parts.pop("final").items():
                yield f"{name}.{way}.final.{state}", final
            yield from ((f"{name}.{way}.{key}", part) for key, part in parts.items())


Cell = tuple[str, int, int, int, float]
"""A quantity's name, sequence (-1: there is one), timestep, index, value."""


@dataclass
class _Series:
    """The numbers of one quantity, in any order."""

    values: dict[tuple[int, int, int], float] = field(default_factory=dict)

    def add(self, *cell: Any) -> None:
        """Errors: FileError for a number that is there twice."""
        key = cell[:3]
        if key in self.values:
            raise FileError(f"t = {cell[1]} is there twice")
        self.values[key] = cell[3]

    def array(self, name: str) -> Array:
        """([sequence,] timestep, index). Errors: FileError where one is missing."""
        axes = [sorted(set(axis)) for axis in zip(*self.values, strict=True)]
        array = np.full([len(axis) for axis in axes], np.nan)
        if len(self.values) < array.size:
            raise FileError(f"{name} has {len(self.values):,} numbers of {array.size:,}")
        places = [{key: i for i, key in enumerate(axis)} for axis in axes]
        for key, value in self.values.items():
            array[tuple(place[part] for place, part in zip(places, key, strict=True))] = value
        array = array[..., 0, :] if re.search(FINAL, name) else array
        return array[0] if axes[0] == [-1] else array


def _of_csv(lines: Sequence[str]) -> Iterator[Cell]:
    rows = csv_rows(lines, delimiter="\t" if "\t" in lines[0] else ",")
    head = [*map(name_in, next(rows))]
    batched = head[0] == "sequence"
    tidy = head[-len(TIDY) :] == TIDY
    for number, row in enumerate(rows, 2):
        with located(f"line {number}"):
            if not row:
                continue
            if len(row) != len(head):
                raise FileError(f"{len(row)} cells, where line 1 has {len(head)}")
            sequence, t = (_whole(row[0]) if batched else -1), _whole(row[int(batched)])
            if tidy:
                *where, index, value = row[int(batched) + 1 :]
                name = ".".join(map(name_in, filter(None, where)))
                yield name, sequence, t, _whole(index), parsed(value)
            else:
                yield from _labelled(head, row, sequence, t)


def _labelled(head: Sequence[str], row: Sequence[str], sequence: int, t: int) -> Iterator[Cell]:
    """The cells of a row; an empty one is no number of that timestep."""
    for label, cell in zip(head, row, strict=True):
        match = re.fullmatch(LABEL, label)
        named = label == "name" and cell.startswith("'")  # of an id
        if match and cell and label not in ("sequence", "t") and not named:
            yield match[1], sequence, t, int(match[2] or 0), parsed(cell)


def _of_markdown(lines: Iterable[str]) -> Iterator[Cell]:
    head: list[str] = []
    t = 0
    for number, line in enumerate(lines, 1):
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(CELL, line.strip())[1:-1]]
        rule = bool(cells) and all(re.fullmatch(":?-+:?", cell) for cell in cells)
        if not cells:
            head = []
        elif not head:
            head, t = cells, 0
        elif not rule:
            t += 1
            with located(f"line {number}"):
                yield from _row(head, cells, t)


def _row(head: Sequence[str], cells: Sequence[str], t: int) -> Iterator[Cell]:
    """The cells of a row, which may say which sequence and timestep it is."""
    if len(cells) != len(head):
        raise FileError(f"{len(cells)} cells, where the names are {len(head)}")
    row = dict(zip(head, cells, strict=True))
    sequence = _whole(row["sequence"]) if "sequence" in row else -1
    yield from _labelled(head, cells, sequence, _whole(row.get("t", str(t))))


def _of_drawn(lines: Iterable[str]) -> Iterator[Cell]:
    """The blocks of a table as a terminal has it: names above a rule, rows below it."""
    head: list[str] = []
    before: list[str] = []
    ends: list[int] = []
    above, graph = "", False
    for number, line in enumerate(lines, 1):
        cells = re.split(GAP, line.strip())
        graph = graph or bool(re.match(READS, line))
        if re.fullmatch(RULE, cells[0]):
            head, ends = before, _ends(above) if graph else []
        elif not line.strip():
            head = []
        elif head:
            with located(f"line {number}"):
                if cells[0] == "...":
                    raise FileError("rows are left out: -o and a pipe have all of them")
                yield from _row(head, _placed(cells, _ends(line), ends), 0)
        before, above = cells, line


def _ends(line: str) -> list[int]:
    """Where the cells of a line end."""
    return [match.end() for match in re.finditer(r"\S+( {1,2}\S+)*", line)]


def _placed(cells: list[str], ends: list[int], heads: list[int]) -> list[str]:
    """The cells below their names, which end where the widest of them does; some may be empty."""
    if len(cells) >= len(heads):  # of a row none is empty
        return cells
    row = [""] * len(heads)
    for cell, end in zip(cells, ends, strict=True):
        row[next((i for i, head in enumerate(heads) if head >= end), -1)] = cell
    return row


def _of_lines(lines: Sequence[str]) -> Iterator[Cell]:
    import orjson

    graph, first = any(re.search(OF_GRAPHS, line) for line in lines), None
    for number, line in enumerate(lines, 1):
        with located(f"line {number}"):
            try:
                data = orjson.loads(line) if line.strip() else {}
                first = first or data.get("layer")
                where = [data[key] for key in ("layer", "direction") if data.get(key)]
                sequence, t = data.get("sequence", -1), data.get("t", 0)
                for name, values in [(k, v) for k, v in data.items() if k not in KEYS]:
                    alone = name in ("x", "y", "mask") and not graph
                    alone = alone and (name != "mask" or data.get("layer") == first)
                    full = name if alone else ".".join([*where, name])
                    for index, value in enumerate(values):
                        yield full, sequence, t, index, float(value)
            except (orjson.JSONDecodeError, TypeError, ValueError, AttributeError):
                raise FileError("is no line of a result of rnncalc") from None


def _whole(cell: str) -> int:
    if not re.fullmatch(r"\d{1,17}", cell, re.ASCII):
        raise FileError(f"{quoted(cell, 30)} where a whole number was expected")
    return int(cell)
