"""In which order the layers of a file run that does not say it: as their widths fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from rnncalc.containers.natural_order import in_numbers

MOST = 7
"""How many modules are tried in every order; more have those of their names."""

REGISTERED = "the order in which the modules were registered; no file of weights says how they run"
WIDTHS = "the one order in which their widths fit; this file keeps none"
NAMES = "the order of their names; this file keeps none, and their widths do not tell"


class OrderedPart(Protocol):
    """Something that runs: ``takes`` and ``gives`` are the numbers of a step, where known."""

    @property
    def name(self) -> str:
        """As of ``Part``."""

    @property
    def kind(self) -> str:
        """As of ``Part``."""

    @property
    def takes(self) -> int | None:
        """How many numbers a step of its input has."""

    @property
    def gives(self) -> int | None:
        """How many numbers a step of its output has."""


S = TypeVar("S", bound=OrderedPart)


def ordered_by_widths(given: Sequence[S]) -> tuple[list[S], str]:
    """The stages of a file that keeps no order, and where their order comes from.

    Embeddings are the first, recurrent ones follow, then those without a state, then the rest.
    """
    named = {stage.name: stage for stage in given}
    stages = [named[name] for name in in_numbers(named)]
    tables, recurrent, without, rest = (
        [stage for stage in stages if stage.kind == kind]
        for kind in ("embedding", "recurrent", "output", "other")
    )
    tables = [stage for stage in stages if stage.kind == "masking"] + tables
    rest += [stage for stage in stages if stage.kind == "nothing"]
    start = tables[-1].gives if len(tables) == 1 else None
    if one := _one_chain([*recurrent, *without], start):
        return [*tables, *one, *rest], WIDTHS if len(tables) < 2 else NAMES
    layers = _one_chain(recurrent, start)
    recurrent = layers or recurrent
    heads = _one_chain(without, recurrent[-1].gives if recurrent else None)
    sure = layers and heads and len(tables) < 2
    return [*tables, *recurrent, *(heads or without), *rest], WIDTHS if sure else NAMES


def _one_chain(stages: Sequence[S], start: int | None) -> list[S] | None:
    """The modules one behind the other, if there is one such order and not several.

    Args:
        start: how many numbers the first one takes; None where nothing tells.
    """
    if len(stages) > MOST:
        return None
    found = list(islice(_chains(list(stages), start), 2))
    return found[0] if len(found) == 1 else None


def _chains(stages: list[S], width: int | None) -> Iterator[list[S]]:
    """Every order in which each module takes what the one before it gives."""
    if not stages:
        yield []
    for i, stage in enumerate(stages):
        if width is None or stage.takes == width:
            for others in _chains(stages[:i] + stages[i + 1 :], stage.gives):
                yield [stage, *others]
