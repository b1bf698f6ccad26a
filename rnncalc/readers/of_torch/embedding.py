"""A matrix alone: rows of a table, nn.Embedding, or nn.Linear without bias.

Both keep ``weight`` and nothing else. The name tells, or the widths of the modules around it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_torch.layers import layer
from rnncalc.readers.of_torch.stage import Stage

NAMED = "emb"
"""What names of embeddings have in them: ``embedding``, ``word_emb``, ``embed_tokens``."""


class EmbeddingReading(NamedTuple):
    """What a matrix is.

    Attributes:
        embedding: whether it is an embedding.
        sure: whether name and widths leave no other reading.
    """

    embedding: bool
    sure: bool


def with_embeddings(stages: Sequence[Stage], *, ordered: bool) -> list[Stage]:
    """The modules, with an embedding for every matrix that is one.

    Args:
        ordered: whether they stand in the order in which they were registered.
    """
    result = []
    given = Counter(() if ordered else (stage.gives for stage in stages))
    for i, (stage, wanted) in enumerate(zip(stages, _wanted(stages, ordered), strict=True)):
        given[stage.gives] -= not ordered  # its own is not around it
        if stage.alone:
            rows, columns = _shape(stage)
            table, linear = columns in wanted, rows in wanted or given[columns] > 0
            named, first = NAMED in stage.name.lower(), ordered and i == 0
            stage = _as_read(stage, _reading(table, linear, named=named, first=first))
        result.append(stage)
        given[stage.gives] += 1
    return result


def _wanted(stages: Sequence[Stage], ordered: bool) -> list[set[int | None]]:
    """For each module, how many numbers those take that may stand behind it.

    In order these are the next one and the next recurrent one, where there is one.
    """
    if not ordered:
        return [{stage.takes for stage in _recurrent(stages)}] * len(stages)
    result: list[set[int | None]] = []
    behind: set[int | None] = set()
    following: int | None = None
    for stage in reversed(stages):
        result.append(behind | {following} if behind else set())
        behind = {stage.takes} if stage.kind == "recurrent" else behind
        following = stage.takes
    return result[::-1]


def _reading(table: bool, linear: bool, *, named: bool, first: bool) -> EmbeddingReading:
    """What a matrix is, where its widths fit a table's or those of nn.Linear, or both."""
    if named:
        return EmbeddingReading(table or not linear, table)
    if not table:
        return EmbeddingReading(False, True)
    return EmbeddingReading(first or not linear, not linear)


def _recurrent(stages: Iterable[Stage]) -> list[Stage]:
    return [stage for stage in stages if stage.kind == "recurrent"]


def _shape(stage: Stage) -> tuple[int, int]:
    rows, columns = stage.parts[0].block["weight"].shape
    return rows, columns


def as_kind(part: Part, kind: str) -> None:
    """Make of a matrix alone what its module's class says that it is."""
    weight = part.block.get("weights" if part.kind == "embedding" else "weight")
    if weight is None or "bias" in part.block or part.kind not in ("embedding", "output"):
        return
    part.assumed = [one for one in part.assumed if one.key != "kind"]
    if kind == "Embedding" and part.kind == "output":
        part.kind, part.says, part.block = "embedding", "nn.Embedding", {"weights": weight}
        part.assumed = [one for one in part.assumed if one.key != "activation"]
    elif kind == "Linear" and part.kind == "embedding":
        (made,) = layer(part.name, {"weight": weight}).parts
        part.kind, part.says, part.block = made.kind, made.says, made.block
        part.assumed += made.assumed


def _as_read(stage: Stage, reading: EmbeddingReading) -> Stage:
    part, (rows, columns) = stage.parts[0], _shape(stage)
    if reading.embedding:
        part = Part(part.name, "embedding", "nn.Embedding", {"weights": part.block["weight"]})
        stage = Stage(stage.name, [part], None, columns)
    if not reading.sure:
        kind = "embedding" if reading.embedding else "linear"
        either = f"nn.Embedding({rows}, {columns}) or nn.Linear({columns}, {rows}, bias=False)"
        part.assumed.append(Assumption(part.name, "kind", kind, f"its weight is that of {either}"))
    return stage
