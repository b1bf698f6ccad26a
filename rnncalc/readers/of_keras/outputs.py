"""What a Keras model gives, where that is more than one output, in the names that runs have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnncalc.equations import CELLS
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_keras.wiring import Output

WAYS = ("forward", "backward")


def outputs(given: Sequence[Output], parts: Mapping[str, Part]) -> list[str]:
    """The names of outputs: ``lstm.h``, ``lstm.forward.final.c``; ``dense`` of a layer without."""
    names = []
    for layer, number in given:
        part = parts.get(layer)
        every = list(_of(part)) if part and part.kind == "recurrent" else [layer]
        names.append(every[number] if number < len(every) else f"{layer}, output {number}")
    return names


def _of(part: Part) -> Iterator[str]:
    """All that a recurrent layer can give: its output, or one for each direction; its states."""
    ways = [way for way in WAYS if way in part.block]
    if ways and part.block.get("merge") == "none":
        yield from (f"{part.name}.{way}.h" for way in ways)
    else:
        yield f"{part.name}.h"
    for way in ways or [part.block.get("direction", "forward")]:
        block: Mapping[str, Any] = part.block[way] if ways else part.block
        cells = block.get("cells", [block])
        for i, cell in enumerate(cells):
            called = f"{part.name}.{i}" if len(cells) > 1 else part.name
            yield from (f"{called}.{way}.final.{one}" for one in CELLS[cell["cell"]].states)
