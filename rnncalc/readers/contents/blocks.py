"""Parts in a row: from the layers of a model file to the blocks of a config."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rnncalc.errors import FileError, printable
from rnncalc.readers.contents.part import Part

ONE_ROW = ("pooling", "flatten")
"""What makes one row of all timesteps."""

FRONT = ("embedding", "masking")
"""What stands in front of everything else."""


class Blocks:
    """The blocks of the parts so far.

    Attributes:
        data: the keys of a config.
        waiting: the layers without a state that the next recurrent one reads through; at the end
            those of the output.
        single: whether the last part gives one row, and not one for each timestep.
    """

    def __init__(self) -> None:
        self.data: dict[str, Any] = {"layers": []}
        self.waiting: list[dict[str, Any]] = []
        self.single = False

    def add(self, part: Part) -> None:
        """Add a part behind the others. Errors: FileError where it cannot stand there."""
        if part.kind == "recurrent":
            self._recurrent(part)
        elif part.kind in FRONT:
            self._front(part)
        elif part.kind == "output" and not (self.single and "flatten" in part.block):
            self.waiting.append({"name": part.name, **part.block})
            self.single = self.single or any(key in part.block for key in ONE_ROW)

    def _recurrent(self, part: Part) -> None:
        if self.single:
            what = "what stands before it gives one row (return_sequences false)"
            raise FileError(f"{printable(part.path)} needs a sequence, and {what}")
        before = {"before": self.waiting} if self.waiting else {}
        block = {"name": part.name, **part.block, **before}
        pooling = block.pop("pooling", None)
        self.data["layers"].append(block)
        self.single, self.waiting = block.get("return_sequences") is False or bool(pooling), []
        if pooling:
            self.waiting.append({"name": "pooling", "pooling": pooling})

    def _front(self, part: Part) -> None:
        if self.data["layers"] or self.waiting or {*FRONT} & {*self.data}:
            raise FileError(f"{printable(part.path)} ({part.says}) does not stand in front")
        self.data |= part.block if part.kind == "masking" else {"embedding": part.block}

    def config(self, mode: str | None, *, last_only: bool) -> dict[str, Any]:
        """The keys of a config of all parts, and how the network is used.

        Args:
            mode: what is taken where the layers themselves do not tell; None for every step.
            last_only: whether many-to-one is then what each direction computed last (Keras), and
                not the last timestep of both.
        """
        pooled = any(key in block for block in self.waiting for key in ONE_ROW)
        if mode == "many-to-one" and last_only and not pooled:
            self.data["layers"][-1].setdefault("return_sequences", False)
        output = {"output": self.waiting} if self.waiting else {}
        use = "many-to-one" if self.single else mode or "many-to-many"
        return self.data | output | {"mode": use}


def blocks_of(parts: Iterable[Part]) -> Blocks:
    """All of these parts, in their order. Errors: FileError for one that cannot stand there."""
    result = Blocks()
    for part in parts:
        result.add(part)
    return result
