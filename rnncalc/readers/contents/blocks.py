"""From the layers of a model file to the blocks of a config: of a row, or of a graph.

Parts are a row where each reads the one before it and all stand where a row has them: ids or a mask
in front, then layers with a state, and others before, between and behind them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from rnncalc.errors import FileError, printable
from rnncalc.model.checks import Names
from rnncalc.readers.contents.part import Assumption, Part

ONE_ROW = ("pooling", "flatten")
"""What makes one row of all timesteps."""

FRONT = ("embedding", "masking")
"""What stands in front of everything else."""

OF_ROWS = ("W_y", "kernel", "weight", "normalization", "prelu", "pooling", "flatten", "activation")
"""The keys that tell a layer without a state which a row may have."""

OF_GRAPHS = ("input", "conv1d", "size", "attention", "permute")
"""The keys that no layer of a row has."""

WAYS, STATES = ("forward", "backward"), ("h0", "c0")

Block = dict[str, Any]


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


def is_row(parts: Sequence[Part]) -> bool:
    """Whether parts stand as those of a row do."""
    computed = [part for part in parts if part.kind not in ("nothing", "other")]
    front = [part.kind in FRONT for part in computed]
    return not any(front[1:]) and all(map(_may_be_of_row, computed))


def _may_be_of_row(part: Part) -> bool:
    if part.kind != "output":
        return "input" not in part.block
    return any(key in part.block for key in OF_ROWS) and not {*OF_GRAPHS} & {*part.block}


def graph_of(parts: Sequence[Part], results: Sequence[str]) -> dict[str, Any]:
    """The keys of a config of parts that are no row: ``layers`` and ``output``.

    Args:
        results: the names of what the network gives, where parts name what they read; nothing where
            each reads the one before it.
    """
    computed = [part for part in parts if part.kind != "nothing"]
    kinds, names = [part.kind for part in computed], Names()
    blocks = [
        block_of(part, part.name if results else names.unique(part.name)) for part in computed
    ]
    if not results:
        last = max((i for i, kind in enumerate(kinds) if kind == "recurrent"), default=-1)
        return _split(blocks[: last + 1], blocks[last + 1 :])
    used = Counter([*results, *(name for part in computed for name in read_by(part))])
    once = {name for name in results if used[name] == 1}
    own = {block["name"]: block for block, kind in zip(blocks, kinds, strict=True)
           if kind != "recurrent" and block["name"] in once}  # fmt: skip
    layers = [block for block in blocks if block["name"] not in own]
    return _split(layers, [own.get(name, {"input": name}) for name in results])


def _split(layers: list[Block], output: list[Block]) -> dict[str, Any]:
    return {"layers": layers, **({"output": output} if output else {})}


def block_of(part: Part, name: str) -> Block:
    """The block of a part among ``layers``."""
    block = {"name": name, **part.block}
    if part.kind == "embedding":
        block["embedding"] = block.pop("weights")
    return block


def read_by(part: Part) -> Iterator[str]:
    """The names of what a part reads, and of the layers that give it states."""
    given = part.block.get("input", ())
    yield from (given,) if isinstance(given, str) else given

    yield from (one[key]["layer"] for one, key in _given(part.block))


def _given(block: Block) -> Iterator[tuple[Block, str]]:
    """The initial states that other layers give, by the block and the key that they are at."""
    for one in (block, *(block[way] for way in WAYS if way in block)):
        yield from ((one, key) for key in STATES if isinstance(one.get(key), dict))


def owner(name: str) -> str:
    """The layer whose direction or state a name may mean: ``bi`` of ``bi.backward``."""
    return _ENDING.sub("", name)


_ENDING = re.compile(r"(\.(forward|backward))?(\.final\.[hc])?$")


def unwired(part: Part, there: Container[str]) -> Part:
    """The part as it reads the one before it; states that no part gives are zeros, assumed."""
    block = {key: dict(value) if key in WAYS else value
             for key, value in part.block.items() if key != "input"}  # fmt: skip
    found = replace(part, block=block, assumed=list(part.assumed))
    for one, key in [*_given(block)]:
        if (layer := one[key]["layer"]) not in there:
            del one[key]
            why = f"{printable(layer)} gives it, which does not run"
            found.assumed.append(Assumption(part.name, key, 0, why))
    return found
