"""In which order the modules of a file run: as they were registered, or as their widths fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from rnncalc.readers.torch_stage import Stage

MOST = 7
"""How many modules are tried in every order; more have those of their names."""

REGISTERED = "the order in which the modules were registered; no file of weights says how they run"
WIDTHS = "the one order in which their widths fit; this file keeps none"
NAMES = "the order of their names; this file keeps none, and their widths do not tell"

Ordered = tuple[list[Stage], str]
"""The modules in their order, and where it comes from."""


def ordered_by_widths(stages: Sequence[Stage]) -> Ordered:
    """Modules of a file that keeps no order: embeddings, recurrent ones, those without a state.

    What cannot be computed stands behind.
    """
    stages = sorted(stages, key=lambda stage: _natural(stage.name))
    tables, recurrent, without, rest = (
        [stage for stage in stages if stage.kind == kind]
        for kind in ("embedding", "recurrent", "output", "other")
    )
    start = tables[0].gives if len(tables) == 1 else None
    if one := _one_chain([*recurrent, *without], start):
        return [*tables, *one, *rest], WIDTHS if len(tables) < 2 else NAMES
    layers = _one_chain(recurrent, start)
    recurrent = layers or recurrent
    heads = _one_chain(without, recurrent[-1].gives if recurrent else None)
    sure = layers and heads and len(tables) < 2
    return [*tables, *recurrent, *(heads or without), *rest], WIDTHS if sure else NAMES


def _one_chain(stages: Sequence[Stage], start: int | None) -> list[Stage] | None:
    """The modules one behind the other, if there is one such order and not several.

    Args:
        start: how many numbers the first one takes; None where nothing tells.
    """
    if len(stages) > MOST:
        return None
    found = list(islice(_chains(list(stages), start), 2))
    return found[0] if len(found) == 1 else None


def _chains(stages: list[Stage], width: int | None) -> Iterator[list[Stage]]:
    """Every order in which each module takes what the one before it gives."""
    if not stages:
        yield []
    for i, stage in enumerate(stages):
        if width is None or stage.takes == width:
            for others in _chains(stages[:i] + stages[i + 1 :], stage.gives):
                yield [stage, *others]


def _natural(name: str) -> list[tuple[int, str]]:
    """Numbers by their size: ``layer2`` before ``layer10``."""
    pieces = re.split(r"([0-9]+)", name)
    bare = [piece.lstrip("0") if i % 2 else piece for i, piece in enumerate(pieces)]
    return [(len(piece) if i % 2 else 0, piece) for i, piece in enumerate(bare)]
